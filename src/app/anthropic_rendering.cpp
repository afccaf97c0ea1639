#include "app/anthropic_rendering.hpp"

#include <fmt/format.h>

#include "logging/logging.hpp"

namespace orchestrator::app {

AnthropicRendering::AnthropicRendering(const AnthropicConfig& config, storage::RenderStore& store,
                                       const Clock& clock, UuidV7Source& ids, metrics::Metrics& metrics)
    : renderer_(config),
      rendering_({.store = store,
                  .renderer = renderer_,
                  .clock = clock,
                  .ids = ids,
                  .on_in_flight = [&metrics](int calls) { metrics.set_llm_calls_in_flight(calls); },
                  .on_call = [&metrics](const auto& call) { metrics.record_llm_call(call); }},
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
        "Returned {} messages that await an LLM to the queue: ANTHROPIC_API_KEY is not set", released));
  }
  return nullptr;
}

}  // namespace orchestrator::app
