#include "providers/anthropic/prices.hpp"

#include <algorithm>
#include <array>

namespace orchestrator::anthropic {
namespace {

struct Price {
  std::string_view model_prefix;
  double input;  // US dollars per million tokens
  double output;
};

// platform.claude.com/docs/en/about-claude/pricing, November 2026. The first matching prefix applies.
constexpr std::array kPrices = {
    Price{"claude-opus-4-1", 15, 75},  Price{"claude-opus-4-2", 15, 75},    Price{"claude-opus-4-0", 15, 75},
    Price{"claude-opus", 5, 25},       Price{"claude-sonnet-5", 2, 10},     Price{"claude-sonnet", 3, 15},
    Price{"claude-3-7-sonnet", 3, 15}, Price{"claude-3-5-haiku", 0.8, 4.0}, Price{"claude-haiku-4", 1, 5},
};

}  // namespace

double cost_usd(std::string_view model, std::int64_t input_tokens, std::int64_t output_tokens) {
  const auto matches = [&](const Price& price) { return model.starts_with(price.model_prefix); };
  const auto price = std::ranges::find_if(kPrices, matches);
  if (price == kPrices.end()) return 0;
  constexpr double kMillion = 1e6;
  return (static_cast<double>(input_tokens) * price->input +
          static_cast<double>(output_tokens) * price->output) /
         kMillion;
}

}  // namespace orchestrator::anthropic
