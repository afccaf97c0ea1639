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

constexpr std::chrono::seconds kDepthsAreFresh{15};

// 0.1 ms to 10 s
const prometheus::Histogram::BucketBoundaries kLatencyBuckets = {
    0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10};

// 100 ms to a minute
const prometheus::Histogram::BucketBoundaries kAnswerBuckets = {0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60};
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
    if (refreshed_at && now - *refreshed_at < kDepthsAreFresh) return;
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
  std::mutex mutex;  // guards the two below
  std::optional<std::chrono::steady_clock::time_point> refreshed_at;
  std::vector<prometheus::Gauge*> depth_gauges;

  prometheus::Registry registry;
  prometheus::Gauge& database_up = prometheus::BuildGauge()
                                       .Name("orchestrator_database_up")
                                       .Help("Whether the database answered when the depths were read last.")
                                       .Register(registry)
                                       .Add({});
  prometheus::Family<prometheus::Gauge>& depths =
      prometheus::BuildGauge()
          .Name("orchestrator_queue_depth")
          .Help("Messages waiting in message_queue, all instances.")
          .Register(registry);
  prometheus::Histogram& ingest = prometheus::BuildHistogram()
                                      .Name("orchestrator_ingest_seconds")
                                      .Help("From a valid POST /schedule-message to its committed answer.")
                                      .Register(registry)
                                      .Add({}, kLatencyBuckets);
  prometheus::Family<prometheus::Histogram>& passes = prometheus::BuildHistogram()
                                                          .Name("orchestrator_pass_seconds")
                                                          .Help("Duration of passes.")
                                                          .Register(registry);
  prometheus::Counter& promoted =
      counter(registry, "orchestrator_promotions_total", "Messages that crossed into messages.").Add({});
  prometheus::Family<prometheus::Counter>& closed =
      counter(registry, "orchestrator_closed_total", "Messages that will not be sent, by final status.");
  prometheus::Family<prometheus::Counter>& deferrals = counter(
      registry, "orchestrator_deferrals_total", "Looks at a user whose head of line was held, by reason.");
  prometheus::Family<prometheus::Counter>& deliveries =
      counter(registry, "orchestrator_deliveries_total", "Messages handed to the sender, by outcome.");
  prometheus::Family<prometheus::Counter>& attempts = counter(
      registry, "orchestrator_send_attempts_total", "Tries at sending a message, by provider and outcome.");
  prometheus::Family<prometheus::Histogram>& sending = prometheus::BuildHistogram()
                                                           .Name("orchestrator_send_seconds")
                                                           .Help("How long a provider took for a message.")
                                                           .Register(registry);
  prometheus::Family<prometheus::Gauge>& in_flight =
      prometheus::BuildGauge()
          .Name("orchestrator_messages_in_flight")
          .Help("Messages that are with the provider, this instance.")
          .Register(registry);
  prometheus::Family<prometheus::Counter>& llm_calls =
      counter(registry, "orchestrator_llm_calls_total",
              "Questions to the LLM, by what was asked and what came of it.");
  prometheus::Family<prometheus::Counter>& llm_tokens = counter(
      registry, "orchestrator_llm_tokens_total", "Tokens that the LLM read (input) and wrote (output).");
  prometheus::Counter& llm_cost =
      counter(registry, "orchestrator_llm_cost_usd_total", "What they cost at list prices, in US dollars.")
          .Add({});
  prometheus::Family<prometheus::Histogram>& llm_seconds = prometheus::BuildHistogram()
                                                               .Name("orchestrator_llm_seconds")
                                                               .Help("How long questions to the LLM took.")
                                                               .Register(registry);
  prometheus::Gauge& llm_in_flight = prometheus::BuildGauge()
                                         .Name("orchestrator_llm_in_flight")
                                         .Help("Questions that are with the LLM now.")
                                         .Register(registry)
                                         .Add({});
  prometheus::Gauge& inbound_messages = prometheus::BuildGauge()
                                            .Name("orchestrator_inbound_waiting")
                                            .Help("People's messages that wait for a turn, all instances.")
                                            .Register(registry)
                                            .Add({});
  prometheus::Family<prometheus::Gauge>& inbound_contacts =
      prometheus::BuildGauge()
          .Name("orchestrator_inbound_contacts")
          .Help("People who wait for their agent, or whose agent is at work, all instances.")
          .Register(registry);
  prometheus::Family<prometheus::Counter>& received = counter(
      registry, "orchestrator_inbound_messages_total", "Messages that people wrote, by what became of them.");
  prometheus::Family<prometheus::Counter>& turns =
      counter(registry, "orchestrator_turns_total", "Answers of agents, by what became of the turn.");
  prometheus::Histogram& agent = prometheus::BuildHistogram()
                                     .Name("orchestrator_agent_seconds")
                                     .Help("How long agents take for a turn that is brought to them.")
                                     .Register(registry)
                                     .Add({}, kAgentBuckets);
};

Metrics::Metrics(ReadDepths read_depths, ReadInbound read_inbound)
    : families_(std::make_unique<Families>(std::move(read_depths), std::move(read_inbound))) {}

Metrics::~Metrics() = default;

void Metrics::ingested(Seconds took) { families_->ingest.Observe(took.count()); }

void Metrics::attempted(const std::string& provider, const std::string& outcome, Seconds took) {
  families_->attempts.Add({{"provider", provider}, {"outcome", outcome}}).Increment();
  families_->sending.Add({{"provider", provider}}, kLatencyBuckets).Observe(took.count());
  if (outcome != "retried") families_->deliveries.Add({{"outcome", outcome}}).Increment();
}

void Metrics::in_flight(const std::string& provider, std::size_t messages) {
  families_->in_flight.Add({{"provider", provider}}).Set(static_cast<double>(messages));
}

void Metrics::received(const std::string& outcome) {
  families_->received.Add({{"outcome", outcome}}).Increment();
}

void Metrics::turn_answered(const std::string& outcome) {
  families_->turns.Add({{"outcome", outcome}}).Increment();
}

void Metrics::agent_took(Seconds took) { families_->agent.Observe(took.count()); }

void Metrics::passed(const Pass& pass) {
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

void Metrics::asked(const LlmCall& asked) {
  families_->llm_calls.Add({{"question", asked.question}, {"outcome", asked.outcome}}).Increment();
  families_->llm_tokens.Add({{"direction", "input"}}).Increment(static_cast<double>(asked.input_tokens));
  families_->llm_tokens.Add({{"direction", "output"}}).Increment(static_cast<double>(asked.output_tokens));
  families_->llm_cost.Increment(asked.cost_usd);
  families_->llm_seconds.Add({{"question", asked.question}}, kAnswerBuckets).Observe(asked.took.count());
}

void Metrics::rendering(int in_flight) { families_->llm_in_flight.Set(in_flight); }

std::string Metrics::text() {
  families_->refresh_depths();
  return prometheus::TextSerializer().Serialize(families_->registry.Collect());
}

}  // namespace orchestrator::metrics
