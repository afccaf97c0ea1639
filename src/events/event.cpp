#include "events/event.hpp"

#include <nlohmann/json.hpp>
#include <string_view>

namespace orchestrator::events {

namespace {

using nlohmann::json;
using Source = EventRow::Source;

// Maps an action to an event. An action may become several events; some of them have a further condition, see
// applies().
struct EventMapping {
  Source source;
  std::string_view action;
  std::string_view event;
};

constexpr EventMapping kMappings[] = {
    {Source::queue, "scheduled", "messageScheduled"},
    {Source::orchestrator, "promoted", "messagePromoted"},
    {Source::orchestrator, "deferred", "messageDeferred"},
    {Source::orchestrator, "expired", "messageExpired"},
    {Source::orchestrator, "cancelled", "messageCancelled"},
    {Source::orchestrator, "superseded", "messageSuperseded"},
    {Source::orchestrator, "failed", "messageFailed"},
    {Source::coordinator, "received", "messageReceived"},
    {Source::coordinator, "received", "messageEnqueued"},
    {Source::coordinator, "received", "messageQueued"},
    {Source::coordinator, "duplicate", "messageReceived"},
    {Source::coordinator, "duplicate", "duplicateDetected"},
    {Source::coordinator, "dropped", "messageDropped"},
    {Source::coordinator, "opted_out", "optedOut"},
    {Source::coordinator, "opted_in", "optedIn"},
    {Source::coordinator, "turn_taken", "lockAcquired"},
    {Source::coordinator, "turn_taken", "messageDequeued"},
    {Source::coordinator, "turn_taken", "batchCreated"},
    {Source::coordinator, "turn_done", "processingComplete"},
    {Source::coordinator, "turn_done", "lockReleased"},
    {Source::coordinator, "turn_retried", "processingError"},
    {Source::coordinator, "turn_retried", "lockReleased"},
    {Source::coordinator, "turn_failed", "deadlocksResolved"},
    {Source::coordinator, "turn_failed", "processingError"},
    {Source::coordinator, "turn_failed", "lockReleased"},
    {Source::coordinator, "turn_recovered", "deadlocksResolved"},
    {Source::coordinator, "turn_recovered", "lockReleased"},
    {Source::coordinator, "turn_given_back", "lockReleased"},
    {Source::coordinator, "unlocked", "lockReleased"},
    {Source::coordinator, "flushed", "queueFlushed"},
    {Source::coordinator, "emergency_flushed", "emergencyFlush"},
    {Source::coordinator, "cleaned_up", "autoCleanup"},
};

std::string camel_case(std::string_view name) {
  std::string result;
  bool after_underscore = false;
  for (const char c : name) {
    const bool is_lower = c >= 'a' && c <= 'z';
    if (c != '_') result.push_back(after_underscore && is_lower ? static_cast<char>(c - 'a' + 'A') : c);
    after_underscore = c == '_';
  }
  return result;
}

// PostgreSQL formats instants in the time zone of the session.
json in_utc(const json& value) {
  const auto instant = value.is_string() ? parse_instant(value.get<std::string>()) : std::nullopt;
  return instant ? json(format_instant(*instant)) : value;
}

// Other programs may write to the log, so a column that is not a JSON object is ignored.
void add_columns(json& data, const std::string& text) {
  const json columns = json::parse(text, nullptr, false);
  if (!columns.is_object()) return;
  for (const auto& [name, value] : columns.items()) {
    const bool is_instant = name == "until" || name == "scheduled_for";
    data[camel_case(name)] = is_instant ? in_utc(value) : value;
  }
}

json data_of(const EventRow& row) {
  json data = json::object();
  add_columns(data, row.input);
  add_columns(data, row.output);
  if (row.user.value != "*") data["userId"] = row.user.value;
  if (!row.error.empty()) data["error"] = row.error;
  if (row.latency_ms) data["duration"] = *row.latency_ms;  // milliseconds
  data["at"] = format_instant(row.at);
  return data;
}

std::size_t batch_size(const json& data) {
  const auto messages = data.find("messages");
  return messages != data.end() && messages->is_array() ? messages->size() : 0;
}

bool applies(const EventMapping& mapping, const json& data) {
  const auto& [source, action, event] = mapping;
  if (action == "turn_failed" && event == "deadlocksResolved") return data.value("recovered", json()) == true;
  if (event == "messageQueued") return data.value("busy", json()) == true;
  if (event == "batchCreated") return batch_size(data) > 1;
  return true;
}

json with_details(json data, std::string_view event, const EventRow& row) {
  if (event == "messageReceived" && row.action == "received") data["text"] = row.text;
  if (event == "batchCreated") data["size"] = batch_size(data);
  if (event == "deadlocksResolved") data["count"] = 1;
  return data;
}

}  // namespace

std::vector<Event> events_of(const EventRow& row) {
  const json data = data_of(row);
  std::vector<Event> events;
  for (const EventMapping& mapping : kMappings) {
    if (mapping.source != row.source || mapping.action != row.action) continue;
    if (!applies(mapping, data)) continue;
    events.push_back(
        {row.id, std::string(mapping.event),
         with_details(data, mapping.event, row).dump(-1, ' ', false, json::error_handler_t::replace)});
  }
  if (events.size() > 1) {
    for (std::size_t i = 0; i < events.size(); ++i) events[i].id += "." + std::to_string(i);
  }
  return events;
}

Event gap(std::size_t missed) {
  const json data = {{"missed", missed == 0 ? json(nullptr) : json(missed)}};
  return {{}, "gap", data.dump()};
}

}  // namespace orchestrator::events
