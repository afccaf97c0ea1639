#include "metrics/metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <mutex>
#include <optional>

namespace orchestrator::metrics {
namespace {

constexpr std::chrono::seconds kDepthsLifetime{15};

// 0.1 ms to 10 s
const prometheus::Histogram::BucketBoundaries kLatencyBuckets = {
    0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10};

// 100 ms to 60 s
const prometheus::Histogram::BucketBoundaries kLlmBuckets = {0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60};
// 10 ms to 30 s
const prometheus::Histogram::BucketBoundaries kAgentBuckets = {0.01, 0.02, 0.05, 0.1, 0.2, 0.5,
                                                               1,    2,    5,    10,  20,  30};

prometheus::Family<prometheus::Counter>& counter(prometheus::Registry& registry, const char* name,
                                                 const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}

}  // namespace

struct Metrics::Families {
  Families(ReadDepths depths_reader, ReadInbound inbound_reader)
      : read_depths(std::move(depths_reader)), read_inbound(std::move(inbound_reader)) {}

  void refresh_depths() {
    const std::lock_guard lock(mutex);
    const auto now = std::chrono::steady_clock::now();
    if (refreshed_at && now - *refreshed_at < kDepthsLifetime) return;
    for (auto* gauge : depth_gauges) depths.Remove(gauge);
    depth_gauges.clear();
    try {
      for (const Depth& depth : read_depths()) {
        auto& gauge = depths.Add({{"lane", std::string(to_text(depth.lane))}, {"status", depth.status}});
        gauge.Set(static_cast<double>(depth.messages));
        depth_gauges.push_back(&gauge);
      }
      const Inbound inbound = read_inbound();
      inbound_messages.Set(static_cast<double>(inbound.messages_waiting));
      inbound_contacts.Add({{"state", "waiting"}}).Set(static_cast<double>(inbound.contacts_waiting));
      inbound_contacts.Add({{"state", "in_process"}}).Set(static_cast<double>(inbound.contacts_in_process));
      database_up.Set(1);
      refreshed_at = now;
    } catch (const std::exception&) {
      database_up.Set(0);
      refreshed_at.reset();
    }
  }

  ReadDepths read_depths;
  ReadInbound read_inbound;
  std::mutex mutex;  // guards the next two members
  std::optional<std::chrono::steady_clock::time_point> refreshed_at;
  std::vector<prometheus::Gauge*> depth_gauges;

  prometheus::Registry registry;
  prometheus::Gauge& database_up =
      prometheus::BuildGauge()
          .Name("orchestrator_database_up")
          .Help("Whether the database was available when the depths were last read (1 or 0).")
          .Register(registry)
          .Add({});
  prometheus::Family<prometheus::Gauge>& depths =
      prometheus::BuildGauge()
          .Name("orchestrator_queue_depth")
          .Help("Messages in message_queue by lane and status, over all instances.")
          .Register(registry);
  prometheus::Histogram& ingest =
      prometheus::BuildHistogram()
          .Name("orchestrator_ingest_seconds")
          .Help("Time from a valid POST /schedule-message to its committed answer.")
          .Register(registry)
          .Add({}, kLatencyBuckets);
  prometheus::Family<prometheus::Histogram>& passes = prometheus::BuildHistogram()
                                                          .Name("orchestrator_pass_seconds")
                                                          .Help("Duration of passes by kind (full, express).")
                                                          .Register(registry);
  prometheus::Counter& promoted =
      counter(registry, "orchestrator_promotions_total", "Messages promoted from message_queue to messages.")
          .Add({});
  prometheus::Family<prometheus::Counter>& closed =
      counter(registry, "orchestrator_closed_total", "Messages closed without being sent, by final status.");
  prometheus::Family<prometheus::Counter>& deferrals =
      counter(registry, "orchestrator_deferrals_total",
              "Evaluations that deferred a user's first message, by reason.");
  prometheus::Family<prometheus::Counter>& deliveries =
      counter(registry, "orchestrator_deliveries_total",
              "Messages given to the provider, by final outcome of sending.");
  prometheus::Family<prometheus::Counter>& attempts = counter(
      registry, "orchestrator_send_attempts_total", "Attempts to send a message, by provider and outcome.");
  prometheus::Family<prometheus::Histogram>& sending =
      prometheus::BuildHistogram()
          .Name("orchestrator_send_seconds")
          .Help("Duration of an attempt to send a message, by provider.")
          .Register(registry);
  prometheus::Family<prometheus::Gauge>& in_flight =
      prometheus::BuildGauge()
          .Name("orchestrator_messages_in_flight")
          .Help("Calls to the provider in progress on this instance.")
          .Register(registry);
  prometheus::Family<prometheus::Counter>& llm_calls =
      counter(registry, "orchestrator_llm_calls_total", "Calls to the LLM, by question and outcome.");
  prometheus::Family<prometheus::Counter>& llm_tokens = counter(
      registry, "orchestrator_llm_tokens_total", "Tokens read (input) and written (output) by the LLM.");
  prometheus::Counter& llm_cost = counter(registry, "orchestrator_llm_cost_usd_total",
                                          "Cost of the LLM calls at list prices, in US dollars.")
                                      .Add({});
  prometheus::Family<prometheus::Histogram>& llm_seconds =
      prometheus::BuildHistogram()
          .Name("orchestrator_llm_seconds")
          .Help("Duration of calls to the LLM, by question.")
          .Register(registry);
  prometheus::Gauge& llm_in_flight = prometheus::BuildGauge()
                                         .Name("orchestrator_llm_in_flight")
                                         .Help("Calls to the LLM in progress on this instance.")
                                         .Register(registry)
                                         .Add({});
  prometheus::Gauge& inbound_messages =
      prometheus::BuildGauge()
          .Name("orchestrator_inbound_waiting")
          .Help("Incoming messages that wait for a turn, over all instances.")
          .Register(registry)
          .Add({});
  prometheus::Family<prometheus::Gauge>& inbound_contacts =
      prometheus::BuildGauge()
          .Name("orchestrator_inbound_contacts")
          .Help("Contacts whose messages wait for a turn or are in process, over all instances.")
          .Register(registry);
  prometheus::Family<prometheus::Counter>& received =
      counter(registry, "orchestrator_inbound_messages_total", "Incoming messages received, by outcome.");
  prometheus::Family<prometheus::Counter>& turns =
      counter(registry, "orchestrator_turns_total", "Turns answered by agents, by outcome.");
  prometheus::Histogram& agent = prometheus::BuildHistogram()
                                     .Name("orchestrator_agent_seconds")
                                     .Help("Time that agents take to answer a pushed turn.")
                                     .Register(registry)
                                     .Add({}, kAgentBuckets);
};

Metrics::Metrics(ReadDepths read_depths, ReadInbound read_inbound)
    : families_(std::make_unique<Families>(std::move(read_depths), std::move(read_inbound))) {}

Metrics::~Metrics() = default;

void Metrics::record_ingest(Seconds took) { families_->ingest.Observe(took.count()); }

void Metrics::record_send_attempt(const std::string& provider, const std::string& outcome, Seconds took) {
  families_->attempts.Add({{"provider", provider}, {"outcome", outcome}}).Increment();
  families_->sending.Add({{"provider", provider}}, kLatencyBuckets).Observe(took.count());
  if (outcome != "retried") families_->deliveries.Add({{"outcome", outcome}}).Increment();
}

void Metrics::set_messages_in_flight(const std::string& provider, std::size_t messages) {
  families_->in_flight.Add({{"provider", provider}}).Set(static_cast<double>(messages));
}

void Metrics::count_inbound_message(const std::string& outcome) {
  families_->received.Add({{"outcome", outcome}}).Increment();
}

void Metrics::count_turn(const std::string& outcome) {
  families_->turns.Add({{"outcome", outcome}}).Increment();
}

void Metrics::record_agent_call(Seconds took) { families_->agent.Observe(took.count()); }

void Metrics::record_pass(const Pass& pass) {
  families_->passes.Add({{"kind", pass.kind}}, kLatencyBuckets).Observe(pass.took.count());
  families_->promoted.Increment(static_cast<double>(pass.promoted));
  families_->closed.Add({{"status", "expired"}}).Increment(static_cast<double>(pass.expired));
  families_->closed.Add({{"status", "cancelled"}}).Increment(static_cast<double>(pass.cancelled));
  families_->closed.Add({{"status", "failed"}}).Increment(static_cast<double>(pass.failed));
  for (std::size_t i = 0; i < kReasonCount; ++i) {
    if (pass.deferred_by[i] == 0) continue;
    const std::string reason{to_text(static_cast<Reason>(i))};
    families_->deferrals.Add({{"reason", reason}}).Increment(static_cast<double>(pass.deferred_by[i]));
  }
}

void Metrics::count_promotions(std::int64_t messages) {
  families_->promoted.Increment(static_cast<double>(messages));
}

void Metrics::record_llm_call(const LlmCall& call) {
  families_->llm_calls.Add({{"question", call.question}, {"outcome", call.outcome}}).Increment();
  families_->llm_tokens.Add({{"direction", "input"}}).Increment(static_cast<double>(call.input_tokens));
  families_->llm_tokens.Add({{"direction", "output"}}).Increment(static_cast<double>(call.output_tokens));
  families_->llm_cost.Increment(call.cost_usd);
  families_->llm_seconds.Add({{"question", call.question}}, kLlmBuckets).Observe(call.took.count());
}

void Metrics::set_llm_calls_in_flight(int calls) { families_->llm_in_flight.Set(calls); }

std::string Metrics::text() {
  families_->refresh_depths();
  return prometheus::TextSerializer().Serialize(families_->registry.Collect());
}

}  // namespace orchestrator::metrics
