// Messages that await the LLM, on a real database, with a manual clock and a stand-in for the Anthropic API.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <optional>
#include <string>

#include "providers/anthropic/renderer.hpp"
#include "rendering/rendering.hpp"
#include "support/anthropic.hpp"
#include "support/eventually.hpp"
#include "support/world.hpp"

namespace orchestrator::support {

class RenderingFlow : public ::testing::Test {
 protected:
  RenderingFlow() {
    world.rules.has_renderer = true;
    world.add_user("ann");
  }

  // Starts the rendering threads: from now on the stand-in is called and its responses are recorded.
  void start_asking(std::size_t concurrency = 2) {
    rendering.emplace(
        rendering::Rendering::Context{.store = world.renderings,
                                      .renderer = renderer,
                                      .clock = world.clock,
                                      .ids = world.ids,
                                      .on_in_flight = [](int) {},
                                      .on_call = [this](const metrics::Metrics::LlmCall&) { ++answers; }},
        concurrency);
  }

  MessageId submit(const std::string& data, bool requires_fresh_context, const std::string& user) {
    return world.submitted({.user = UserId{user},
                            .agent = AgentId{"concierge_1"},
                            .parts = {data},
                            .requires_fresh_context = requires_fresh_context,
                            .scheduled_for = world.clock.now(),
                            .allow_duplicate = true});
  }
  MessageId fresh(const std::string& text) {
    return submit(nlohmann::json{{"content", text}}.dump(), true, "ann");
  }
  MessageId data(const std::string& what, const std::string& user = "ann") {
    return submit(nlohmann::json{{"what", what}}.dump(), false, user);
  }

  // Queues a message whose person has written since.
  MessageId overtaken(const std::string& text) {
    const MessageId id = fresh(text);
    world.clock.advance(std::chrono::minutes{1});
    world.person_writes("ann");
    return id;
  }

  void pass() {
    world.pass();
    if (rendering) rendering->wake();
  }

  // Runs passes until a response was recorded.
  bool is_answered(int count) {
    return eventually([&] { return answers >= count; });
  }

  RenderLease a_lease() {
    return {world.ids.next_token(world.clock.now()), world.clock.now() + std::chrono::seconds{90}};
  }

  // What the LLM is asked about the message; "" for nothing.
  std::string awaiting(const MessageId& id) {
    return world.sql.value("SELECT max(question) FROM llm_work WHERE message_id = '" + id.value + "'");
  }

  World world;
  AnthropicStandIn anthropic{{judges("RELEVANT")}};
  anthropic::AnthropicRenderer renderer{{.api_key = Secret{"sk-test"}, .base_url = anthropic.url()}};
  std::atomic<int> answers{0};
  std::optional<rendering::Rendering> rendering;
};

}  // namespace orchestrator::support
