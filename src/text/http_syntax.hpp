// The syntax that the parts of an HTTP request head share. Pure functions, safe from any thread.
#pragma once

#include <string_view>

namespace orchestrator::text {

// RFC 9110 section 5.6.2: methods and the names of headers.
bool is_http_token(std::string_view text);

// RFC 9110 section 5.5: the value of a header may hold no control characters except the tab.
bool is_http_field_value(std::string_view text);

}  // namespace orchestrator::text
