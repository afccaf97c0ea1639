// The routes for those who watch the coordinator, and pull its levers on a bad day.

#include <malloc.h>
#include <unistd.h>

#include <fstream>

#include "api/coordinator_json.hpp"
#include "api/routes.hpp"
#include "inbound/contact_identity.hpp"
#include "logging/logging.hpp"
#include "text/form.hpp"
#include "text/utf8.hpp"

namespace orchestrator::api {

namespace {

constexpr std::size_t kDetailedContacts = 100;

MemoryUsage memory_usage() {
  std::size_t total_pages = 0;
  std::size_t resident_pages = 0;
  std::ifstream("/proc/self/statm") >> total_pages >> resident_pages;
  return {.resident = resident_pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE)),
          .heap_used = mallinfo2().uordblks};
}

Rejection unknown_contact() {
  return {.status = 404, .code = "unknown_contact", .message = "Nobody has written under this contact id."};
}

std::variant<inbound::Contact, Rejection> contact_of(std::string_view parameter) {
  const auto text = text::percent_decode(parameter);
  if (!text || !text::is_utf8(*text)) {
    return Rejection{.status = 400,
                     .code = "invalid_contact_id",
                     .message = "The contact id in the path must be percent-encoded UTF-8."};
  }
  return inbound::read_contact("The contact id in the path", *text);
}

}  // namespace

InstanceVitals Routes::vitals() const {
  return {
      .uptime = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - started_),
      .memory = memory_usage()};
}

Response Routes::coordinator_stats(const Call&) {
  const auto& coordinator = services_.coordinator;
  return json_response(
      200, to_json(coordinator.stats(), coordinator.busiest(kDetailedContacts), vitals(), clock_.now()));
}

Response Routes::coordinator_contact(const Call& call) {
  const auto contact = contact_of(call.parameter);
  if (const auto* rejection = std::get_if<Rejection>(&contact)) return refusal(*rejection);
  const auto& [id, phone] = std::get<inbound::Contact>(contact);
  const auto status = services_.coordinator.find(id, phone);
  if (!status) return refusal(unknown_contact());
  return json_response(200, to_json(*status, clock_.now()));
}

Response Routes::flush_contact(const Call& call) {
  const auto contact = contact_of(call.parameter);
  if (const auto* rejection = std::get_if<Rejection>(&contact)) return refusal(*rejection);
  const auto& [id, phone] = std::get<inbound::Contact>(contact);
  const auto flushed = services_.coordinator.flush(id, phone);
  if (!flushed) return refusal(unknown_contact());
  logging::warning("Flushed by hand: " + std::to_string(*flushed) + " messages of one contact");
  return json_response(200, {{"success", true}, {"contactId", id}, {"flushedMessages", *flushed}});
}

Response Routes::emergency_flush(const Call&) {
  const auto flushed = services_.coordinator.flush_all();
  logging::warning("Emergency flush by hand: " + std::to_string(flushed.messages) + " messages of " +
                   std::to_string(flushed.contacts) + " contacts");
  return json_response(
      200, {{"success", true}, {"flushedContacts", flushed.contacts}, {"flushedMessages", flushed.messages}});
}

Response Routes::unlock_contact(const Call& call) {
  const auto contact = contact_of(call.parameter);
  if (const auto* rejection = std::get_if<Rejection>(&contact)) return refusal(*rejection);
  const auto& [id, phone] = std::get<inbound::Contact>(contact);
  const auto unlocked = services_.coordinator.unlock(id, phone);
  if (!unlocked) return refusal(unknown_contact());
  return json_response(200, {{"success", true}, {"contactId", id}, {"unlockedCount", *unlocked}});
}

Response Routes::unlock_all(const Call&) {
  const std::size_t unlocked = services_.coordinator.unlock_all();
  logging::warning("Unlocked by hand: " + std::to_string(unlocked) + " contacts");
  return json_response(200, {{"success", true}, {"unlockedCount", unlocked}});
}

Response Routes::detect_deadlocks(const Call&) {
  return json_response(200,
                       {{"success", true}, {"deadlocksResolved", services_.coordinator.recover_expired()}});
}

Response Routes::test_coordinator(const Call&) {
  auto steps = OrderedJson::array();
  bool all_passed = true;
  for (const auto& step : services_.coordinator.run_self_test()) {
    steps.push_back({{"step", step.what}, {"passed", step.passed}});
    all_passed = all_passed && step.passed;
  }
  return json_response(all_passed ? 200 : 500, {{"success", all_passed}, {"steps", std::move(steps)}});
}

Response Routes::queue_stats(const Call&) {
  const auto stats = services_.coordinator.stats();
  return json_response(200, {{"totalMessages", stats.messages_waiting},
                             {"activeUsers", stats.contacts_waiting + stats.contacts_in_process},
                             {"processing", stats.contacts_in_process},
                             {"timestamp", format_instant(clock_.now())}});
}

Response Routes::api_health(const Call&) {
  constexpr double kGoodRate = 95;  // percent of turns
  const auto stats = services_.coordinator.stats();
  const std::size_t threshold = services_.coordinator.emergency_threshold;
  auto alerts = OrderedJson::array();
  if (stats.contacts_waiting > threshold) {
    alerts.push_back({{"alert", "too_many_waiting"},
                      {"message", std::to_string(stats.contacts_waiting) +
                                      " people wait for their agents; EMERGENCY_THRESHOLD is " +
                                      std::to_string(threshold) + "."}});
  }
  if (success_rate(stats) < kGoodRate) {
    alerts.push_back({{"alert", "low_success_rate"},
                      {"message", "Fewer than 95 % of the turns succeeded; see totalErrors and the log."}});
  }
  if (!services_.processor_status().running) {
    alerts.push_back({{"alert", "processor_stopped"}, {"message", "This instance promotes no messages."}});
  }
  const bool healthy = alerts.empty();
  return json_response(200, {{"status", healthy ? "healthy" : "degraded"},
                             {"service", "message-orchestrator"},
                             {"timestamp", format_instant(clock_.now())},
                             {"alerts", std::move(alerts)},
                             {"coordinator", to_json(stats, {}, vitals(), clock_.now())}});
}

Response Routes::handlers_health(const Call&) {
  const auto stats = services_.coordinator.stats();
  const processor::ProcessorStatus processor = services_.processor_status();
  return json_response(200,
                       {{"timestamp", format_instant(clock_.now())},
                        {"handlers",
                         {{"coordinator",
                           {{"healthy", stats.contacts_waiting <= services_.coordinator.emergency_threshold},
                            {"successRate", success_rate(stats)},
                            {"currentlyProcessing", stats.contacts_in_process},
                            {"totalQueued", stats.messages_waiting},
                            {"totalErrors", stats.errors}}},
                          {"processor",
                           {{"healthy", processor.running},
                            {"messagesProcessed", processor.messages_processed},
                            {"lastProcessTime", or_null(processor.last_process_time, format_instant)}}}}}});
}

}  // namespace orchestrator::api
