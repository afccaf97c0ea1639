// Fields as forms and queries carry them. Pure.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace orchestrator::net {

using FormFields = std::vector<std::pair<std::string, std::string>>;

// RFC 3986: all but letters, digits and -._~ becomes %XX, so that it fits a path, a query and a form alike.
std::string percent_encoded(std::string_view text);

// "To=%2B15550100001&Body=Hello%20Ann", in the given order.
std::string form_encoded(const FormFields& fields);

}  // namespace orchestrator::net
