// Rendering by the Anthropic API: the renderer and the threads that use it, as configured.
#pragma once

#include <memory>

#include "metrics/metrics.hpp"
#include "providers/anthropic/renderer.hpp"
#include "rendering/rendering.hpp"

namespace orchestrator::app {

// Safe for concurrent use. Runs from construction to destruction. What it is given must outlive it.
class AnthropicRendering {
 public:
  AnthropicRendering(const AnthropicConfig& config, storage::RenderStore& store, const Clock& clock,
                     UuidV7Source& ids, metrics::Metrics& metrics);

  // Something may wait to be asked about.
  void wake() { rendering_.wake(); }

 private:
  anthropic::AnthropicRenderer renderer_;
  rendering::Rendering rendering_;  // last: it uses the other
};

// Null without a key. What was left with an LLM that is no longer there then goes on without it.
std::unique_ptr<AnthropicRendering> start_rendering(const AnthropicConfig& config,
                                                    storage::RenderStore& store, const Clock& clock,
                                                    UuidV7Source& ids, metrics::Metrics& metrics);

}  // namespace orchestrator::app
