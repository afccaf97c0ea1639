#include "api/coordinator_json.hpp"

#include <cmath>
#include <cstdio>

namespace orchestrator::api {
namespace {

// "1d 2h 3m 4s"
std::string format_uptime(std::chrono::seconds uptime) {
  const auto total = uptime.count();
  char text[64];
  std::snprintf(text, sizeof text, "%lldd %lldh %lldm %llds", static_cast<long long>(total / 86'400),
                static_cast<long long>(total / 3600 % 24), static_cast<long long>(total / 60 % 60),
                static_cast<long long>(total % 60));
  return text;
}

double round_to_hundredths(double value) { return std::round(value * 100) / 100; }

OrderedJson turn_json(const ContactStatus& contact, Instant now) {
  if (!contact.turn_id) return nullptr;
  OrderedJson turn = {{"turnId", *contact.turn_id}, {"attempt", contact.attempt}};
  if (!contact.in_process) {
    turn["retryAt"] = or_null(contact.next_turn_at, format_instant);
    return turn;
  }
  turn["startedAt"] = or_null(contact.taken_at, format_instant);
  turn["leaseExpiresAt"] = or_null(contact.next_turn_at, format_instant);
  if (contact.taken_at) {
    turn["processingMs"] = std::max<long long>(
        0, std::chrono::duration_cast<std::chrono::milliseconds>(now - *contact.taken_at).count());
  }
  return turn;
}

}  // namespace

double success_rate(const CoordinatorStats& stats) {
  const auto ended = stats.turns + stats.failed_turns;
  return ended == 0
             ? 100
             : round_to_hundredths(100 * static_cast<double>(stats.turns) / static_cast<double>(ended));
}

OrderedJson to_json(const ContactStatus& contact, Instant now) {
  return {
      {"contactId", contact.contact_id},
      {"userId", contact.user.value},
      {"queueSize", contact.waiting},
      {"isProcessing", contact.in_process},
      {"oldestWaitingAt", or_null(contact.oldest_waiting_at, format_instant)},
      {"lastMessageAt", or_null(contact.last_message_at, format_instant)},
      {"nextTurnAt", contact.turn_id ? OrderedJson(nullptr) : or_null(contact.next_turn_at, format_instant)},
      {"turn", turn_json(contact, now)}};
}

OrderedJson to_json(const CoordinatorStats& stats, const std::vector<ContactStatus>& busiest,
                    const ProcessStatistics& process, Instant now) {
  auto details = OrderedJson::array();
  for (const auto& contact : busiest) details.push_back(to_json(contact, now));
  const double turns = static_cast<double>(stats.turns);
  const double average_ms = stats.turns == 0 ? 0 : static_cast<double>(stats.processing_ms) / turns;
  return {{"totalReceived", stats.received},
          {"totalProcessed", stats.processed},
          {"totalFailed", stats.failed},
          {"successRate", success_rate(stats)},
          {"currentlyProcessing", stats.contacts_in_process},
          {"totalQueued", stats.messages_waiting},
          {"contactsWaiting", stats.contacts_waiting},
          {"totalTurns", stats.turns},
          {"totalFailedTurns", stats.failed_turns},
          {"totalErrors", stats.errors},
          {"totalTimeouts", stats.timeouts},
          {"totalDeadlocks", stats.timeouts},
          {"duplicatesDetected", stats.duplicates},
          {"totalDropped", stats.dropped},
          {"totalFlushed", stats.flushed},
          {"messagesPerMinute", stats.received_last_minute},
          {"averageProcessingTime", round_to_hundredths(average_ms)},
          {"queueDetails", std::move(details)},
          {"countingSince", format_instant(stats.since)},
          {"uptime", process.uptime.count()},
          {"uptimeFormatted", format_uptime(process.uptime)},
          {"memoryUsage", {{"rss", process.resident_bytes}, {"heapUsed", process.heap_bytes}}}};
}

}  // namespace orchestrator::api
