// The list prices of Anthropic's models.
#pragma once

#include <cstdint>
#include <string_view>

namespace orchestrator::anthropic {

// In US dollars, at list prices; 0 for a model without a known price.
double cost_usd(std::string_view model, std::int64_t input_tokens, std::int64_t output_tokens);

}  // namespace orchestrator::anthropic
