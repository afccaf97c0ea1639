// The metrics that Prometheus scrapes.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "orchestrator/types.hpp"

namespace orchestrator::metrics {

using Seconds = std::chrono::duration<double>;

// Safe for concurrent use. Counters and histograms cover this instance since its start; depths are read from
// the database and cover all instances.
class Metrics {
 public:
  struct Depth {
    Priority lane = Priority::medium;
    std::string status;  // of message_queue
    std::int64_t messages = 0;
  };
  // Reads the depths from the database. Throws if the database is unavailable.
  using ReadDepths = std::function<std::vector<Depth>()>;

  // Incoming messages and their contacts.
  struct Inbound {
    std::size_t messages_waiting = 0;
    std::size_t contacts_waiting = 0;
    std::size_t contacts_in_process = 0;
  };
  using ReadInbound = std::function<Inbound()>;  // throws likewise

  Metrics(ReadDepths read_depths, ReadInbound read_inbound);
  ~Metrics();

  void record_ingest(Seconds took);
  // `outcome` is accepted, retried, permanent or unknown.
  void record_send_attempt(const std::string& provider, const std::string& outcome, Seconds took);
  void set_messages_in_flight(const std::string& provider, std::size_t messages);

  void count_inbound_message(const std::string& outcome);
  void count_turn(const std::string& outcome);
  void record_agent_call(Seconds took);  // of a pushed turn

  struct Pass {
    std::string kind;  // full, express
    Seconds took{};
    std::int64_t promoted = 0;
    std::int64_t expired = 0;
    std::int64_t cancelled = 0;
    std::int64_t failed = 0;
    std::array<std::int64_t, kReasonCount> deferred_by = {};  // by Reason
  };
  void record_pass(const Pass& pass);
  void count_promotions(std::int64_t messages);  // outside passes

  // One call to the LLM, whether it gave an answer or not.
  struct LlmCall {
    std::string question;  // relevance, rendering
    std::string outcome;   // relevant, contextual, stale_context, rendered, unchecked, render_failed, retry
    Seconds took{};
    std::int64_t input_tokens = 0;
    std::int64_t output_tokens = 0;
    double cost_usd = 0;
  };
  void record_llm_call(const LlmCall& call);
  void set_llm_calls_in_flight(int calls);

  // The Prometheus text format, version 0.0.4. Depths are read at most every 15 s. While the database is
  // unavailable they are omitted, and orchestrator_database_up is 0.
  std::string text();

 private:
  struct Families;
  std::unique_ptr<Families> families_;
};

}  // namespace orchestrator::metrics
