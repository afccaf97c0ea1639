// Requests to the Anthropic Messages API, and the interpretation of its answers. Pure functions, safe for
// concurrent use.
//
// Shapes: docs.claude.com, API reference, "Messages" (version 2023-06-01), "Structured outputs", "Errors".
#pragma once

#include <string>

#include "net/http_client.hpp"
#include "orchestrator/config.hpp"
#include "orchestrator/rendering.hpp"

namespace orchestrator::anthropic {

// The maximum length of a rendered text, in SMS segments.
inline constexpr std::size_t kMaxSegments = 3;

// If `too_long` is not empty, it is the text of an earlier answer, and the model is asked to shorten it.
net::HttpRequest messages_request(const AnthropicConfig& config, const RenderRequest& request,
                                  const std::string& too_long = {});

// The caller must check the length of a rendered text.
RenderAnswer parse_answer(const net::HttpResult& result, LlmQuestion question);

}  // namespace orchestrator::anthropic
