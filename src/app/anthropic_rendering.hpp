// Rendering through the Anthropic API: the renderer and the threads that use it.
#pragma once

#include <memory>

#include "metrics/metrics.hpp"
#include "providers/anthropic/renderer.hpp"
#include "rendering/rendering.hpp"

namespace orchestrator::app {

// Safe for concurrent use. Runs from construction to destruction. The arguments must outlive the object.
class AnthropicRendering {
 public:
  AnthropicRendering(const AnthropicConfig& config, storage::RenderStore& store, const Clock& clock,
                     UuidV7Source& ids, metrics::Metrics& metrics);

  // Tells the threads that messages may await the LLM.
  void wake() { rendering_.wake(); }

 private:
  anthropic::AnthropicRenderer renderer_;
  rendering::Rendering rendering_;  // last: it uses renderer_
};

// Null if ANTHROPIC_API_KEY is not set. Messages that await an LLM then return to the queue and are sent
// without it.
std::unique_ptr<AnthropicRendering> start_rendering(const AnthropicConfig& config,
                                                    storage::RenderStore& store, const Clock& clock,
                                                    UuidV7Source& ids, metrics::Metrics& metrics);

}  // namespace orchestrator::app
