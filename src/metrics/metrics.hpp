// What Prometheus scrapes.
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

// Safe for concurrent use. Counters are this instance's since it started; depths are the whole database's.
class Metrics {
 public:
  struct Depth {
    Priority lane = Priority::medium;
    std::string status;  // of message_queue
    std::int64_t messages = 0;
  };
  // Asks the database how much is waiting; throws when it does not answer.
  using ReadDepths = std::function<std::vector<Depth>()>;

  // What waits for agents, all instances.
  struct Inbound {
    std::size_t messages_waiting = 0;
    std::size_t contacts_waiting = 0;
    std::size_t contacts_in_process = 0;
  };
  using ReadInbound = std::function<Inbound()>;  // likewise

  Metrics(ReadDepths read_depths, ReadInbound read_inbound);
  ~Metrics();

  void ingested(Seconds took);
  // One try at handing a message to a provider; `outcome` is accepted, retried, permanent or unknown.
  void attempted(const std::string& provider, const std::string& outcome, Seconds took);
  void in_flight(const std::string& provider, std::size_t messages);

  void received(const std::string& outcome);  // a message that a person wrote
  void turn_answered(const std::string& outcome);
  void agent_took(Seconds took);  // to answer a turn that was brought to it

  struct Pass {
    std::string kind;  // full, express
    Seconds took{};
    std::int64_t promoted = 0;
    std::int64_t expired = 0;
    std::int64_t cancelled = 0;
    std::int64_t failed = 0;
    std::array<std::int64_t, kReasonCount> deferred_by = {};  // by Reason
  };
  void passed(const Pass& pass);

  // A question to the LLM, answered or not.
  struct LlmCall {
    std::string question;  // relevance, rendering
    std::string outcome;   // relevant, contextual, stale_context, rendered, unchecked, render_failed, retry
    Seconds took{};
    std::int64_t input_tokens = 0;
    std::int64_t output_tokens = 0;
    double cost_usd = 0;
  };
  void asked(const LlmCall& asked);
  void rendering(int in_flight);  // so many questions are with the LLM

  // The exposition format, version 0.0.4. Depths are read at most every 15 s; while the database is away
  // they are left out and orchestrator_database_up is 0.
  std::string text();

 private:
  struct Families;
  std::unique_ptr<Families> families_;
};

}  // namespace orchestrator::metrics
