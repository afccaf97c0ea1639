#include "app/anthropic_rendering.hpp"

#include <fmt/format.h>

#include "logging/logging.hpp"

namespace orchestrator::app {

namespace {

metrics::Metrics::LlmCall metrics_of(const rendering::LlmCall& asked) {
  return {.question = std::string(to_text(asked.question)),
          .outcome = asked.outcome,
          .took = asked.took,
          .input_tokens = asked.usage.input_tokens,
          .output_tokens = asked.usage.output_tokens,
          .cost_usd = asked.usage.cost_usd};
}

}  // namespace

AnthropicRendering::AnthropicRendering(const AnthropicConfig& config, storage::RenderStore& store,
                                       const Clock& clock, UuidV7Source& ids, metrics::Metrics& metrics)
    : renderer_(config),
      rendering_({.store = store,
                  .renderer = renderer_,
                  .clock = clock,
                  .ids = ids,
                  .in_flight = [&metrics](int count) { metrics.rendering(count); },
                  .asked = [&metrics](const rendering::LlmCall& asked) { metrics.asked(metrics_of(asked)); }},
                 static_cast<std::size_t>(config.concurrency)) {}

std::unique_ptr<AnthropicRendering> start_rendering(const AnthropicConfig& config,
                                                    storage::RenderStore& store, const Clock& clock,
                                                    UuidV7Source& ids, metrics::Metrics& metrics) {
  if (!config.api_key.empty()) {
    return std::make_unique<AnthropicRendering>(config, store, clock, ids, metrics);
  }
  const std::size_t released = store.release_all();
  if (released > 0) {
    logging::warning(fmt::format(
        "{} messages waited for an LLM, and ANTHROPIC_API_KEY is not set: they are back in line", released));
  }
  return nullptr;
}

}  // namespace orchestrator::app
