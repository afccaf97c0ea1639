#include "events/event.hpp"

#include <nlohmann/json.hpp>
#include <string_view>

namespace orchestrator::events {

namespace {

using nlohmann::json;
using Source = EventRow::Source;

// Which events each action is. Some need another to have happened too: see is_told().
struct Telling {
  Source source;
  std::string_view action;
  std::string_view event;
};

constexpr Telling kTellings[] = {
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

// PostgreSQL writes instants in the zone of its session.
json in_utc(const json& value) {
  const auto instant = value.is_string() ? parse_instant(value.get<std::string>()) : std::nullopt;
  return instant ? json(format_instant(*instant)) : value;
}

// Anybody may write rows: what is not an object is left aside.
void add_columns(json& data, const std::string& text) {
  const json columns = json::parse(text, nullptr, false);
  if (!columns.is_object()) return;
  for (const auto& [name, value] : columns.items()) {
    const bool is_instant = name == "until" || name == "scheduled_for";
    data[camel_case(name)] = is_instant ? in_utc(value) : value;
  }
}

json data_of(const EventRow& happening) {
  json data = json::object();
  add_columns(data, happening.input);
  add_columns(data, happening.output);
  if (happening.user.value != "*") data["userId"] = happening.user.value;
  if (!happening.error.empty()) data["error"] = happening.error;
  if (happening.latency_ms) data["duration"] = *happening.latency_ms;  // milliseconds
  data["at"] = format_instant(happening.at);
  return data;
}

std::size_t batch_size(const json& data) {
  const auto messages = data.find("messages");
  return messages != data.end() && messages->is_array() ? messages->size() : 0;
}

bool is_told(const Telling& telling, const json& data) {
  const auto& [source, action, event] = telling;
  if (action == "turn_failed" && event == "deadlocksResolved") return data.value("recovered", json()) == true;
  if (event == "messageQueued") return data.value("busy", json()) == true;
  if (event == "batchCreated") return batch_size(data) > 1;
  return true;
}

json with_details(json data, std::string_view event, const EventRow& happening) {
  if (event == "messageReceived" && happening.action == "received") data["text"] = happening.text;
  if (event == "batchCreated") data["size"] = batch_size(data);
  if (event == "deadlocksResolved") data["count"] = 1;
  return data;
}

}  // namespace

std::vector<Event> events_of(const EventRow& happening) {
  const json data = data_of(happening);
  std::vector<Event> events;
  for (const Telling& telling : kTellings) {
    if (telling.source != happening.source || telling.action != happening.action) continue;
    if (!is_told(telling, data)) continue;
    events.push_back(
        {happening.id, std::string(telling.event),
         with_details(data, telling.event, happening).dump(-1, ' ', false, json::error_handler_t::replace)});
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
