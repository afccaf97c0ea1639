// The Anthropic Messages API as far as it is used here: what is written into a call and read out of its
// answer. Pure functions, safe from any thread.
//
// Shapes: docs.claude.com, API reference, "Messages" (version 2023-06-01), "Structured outputs", "Errors".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "net/http_client.hpp"
#include "orchestrator/config.hpp"
#include "orchestrator/rendering.hpp"

namespace orchestrator::anthropic {

// A rendered text may take so many SMS.
inline constexpr std::size_t kMostSegments = 3;

// The call that asks `request`. A text that came back too long is shown to the model once more, to be
// shortened; empty: it is asked for the first time.
net::HttpRequest call_of(const AnthropicConfig& config, const RenderRequest& request,
                         const std::string& too_long = {});

// What was answered: a text for the caller to judge, or what became of the question.
RenderAnswer answer_of(const net::HttpResult& result, LlmQuestion question);

// At list prices, in US dollars; 0 for a model whose price is not known.
double cost_usd(std::string_view model, std::int64_t input_tokens, std::int64_t output_tokens);

}  // namespace orchestrator::anthropic
