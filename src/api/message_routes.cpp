// The routes that take, show, explain and cancel messages.

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iterator>
#include <optional>
#include <span>
#include <utility>

#include "api/bulk_body.hpp"
#include "api/message_json.hpp"
#include "api/preview_json.hpp"
#include "api/routes.hpp"
#include "api/schedule_json.hpp"
#include "logging/logging.hpp"
#include "text/form.hpp"
#include "text/utf8.hpp"

namespace orchestrator::api {

namespace {

constexpr const char* kIdempotencyKey = "Idempotency-Key";

Rejection unknown_message() {
  return {.status = 404, .code = "unknown_message", .message = "There is no message with this id."};
}

Rejection unknown_user(const UserId& id) {
  constexpr std::size_t kQuotedCharacters = 40;
  return {.status = 422,
          .code = "unknown_user",
          .message = "There is no user \"" + text::shorten(id.value, kQuotedCharacters) +
                     "\"; PUT /users/{id} creates one."};
}

Rejection one_key_for_many() {
  return {.status = 400,
          .code = "idempotency_key_on_bulk",
          .message = "A header Idempotency-Key cannot be of many messages; put idempotencyKey into each."};
}

Rejection not_cancellable(const std::string& status) {
  if (status == "sent") {
    return {
        .status = 409, .code = "already_sent", .message = "The message was sent; it cannot be taken back."};
  }
  return {.status = 409,
          .code = "not_waiting",
          .message = "The message is " + status + " and does not wait any longer."};
}

// What is no id at all is unknown like any other.
MessageId message_id(std::string_view parameter) {
  return MessageId(text::percent_decode(parameter).value_or(std::string()));
}

// What of a bulk request is in memory as requests at once: enough for several commits.
constexpr std::size_t kItemsAtOnce = 2'000;

using Items = std::span<const std::string_view>;

// Their results, each in its item's place. Those of accepted requests are not known yet.
struct Parsed {
  std::vector<ingest::ScheduleResult> results;
  std::vector<ScheduleRequest> requests;
  std::vector<std::size_t> places;  // of the requests among the results
};

Parsed parse_all(Items items, Instant now, bool has_renderer) {
  Parsed parsed;
  parsed.results.resize(items.size());
  parsed.requests.reserve(items.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    auto request = schedule_request_from_json(items[i], {}, now, has_renderer);
    if (auto* rejection = std::get_if<Rejection>(&request)) {
      parsed.results[i] = std::move(*rejection);
    } else {
      parsed.requests.push_back(std::get<ScheduleRequest>(std::move(request)));
      parsed.places.push_back(i);
    }
  }
  return parsed;
}

std::vector<ingest::ScheduleResult> schedule_all(Items items, const Services& services, Instant now,
                                                 bool has_renderer) {
  std::vector<ingest::ScheduleResult> all;
  all.reserve(items.size());
  while (!items.empty()) {
    const Items some = items.first(std::min(kItemsAtOnce, items.size()));
    items = items.subspan(some.size());
    auto [results, requests, places] = parse_all(some, now, has_renderer);
    if (!requests.empty()) {
      auto stored = services.schedule_all(std::move(requests));
      for (std::size_t i = 0; i < places.size(); ++i) results[places[i]] = std::move(stored.at(i));
    }
    std::ranges::move(results, std::back_inserter(all));
  }
  return all;
}

// Nothing unless all came to the same: the database was away. That the outcome is unknown goes before, for
// then it matters how the request is repeated.
std::optional<Rejection> refused_for_want_of_database(const std::vector<ingest::ScheduleResult>& results) {
  const Rejection* told = nullptr;
  for (const ingest::ScheduleResult& result : results) {
    const auto* rejection = std::get_if<Rejection>(&result);
    if (rejection == nullptr || rejection->status != 503) return std::nullopt;
    if (told == nullptr || rejection->code == "outcome_unknown") told = rejection;
  }
  return told == nullptr ? std::nullopt : std::optional(*told);
}

}  // namespace

Response Routes::schedule_message(const Call& call) {
  const auto began = std::chrono::steady_clock::now();
  auto request = schedule_request_from_json(call.request.body, call.request.head.values_of(kIdempotencyKey),
                                            clock_.now(), rules_.has_renderer);
  if (const auto* rejection = std::get_if<Rejection>(&request)) return refusal(*rejection);

  const auto result = services_.schedule(std::get<ScheduleRequest>(std::move(request)));
  if (const auto* rejection = std::get_if<Rejection>(&result)) return refusal(*rejection);
  const auto& scheduled = std::get<Scheduled>(result);
  if (scheduled.kind == Scheduled::Kind::queued) {
    ++messages_queued_;
    logging::info("Message queued with ID " + scheduled.id.value + ", scheduled for " +
                  format_instant(scheduled.scheduled_for));
  }
  Response response = json_response(200, to_json(scheduled));
  services_.schedule_took(std::chrono::steady_clock::now() - began);
  return response;
}

Response Routes::schedule_messages(const Call& call) {
  if (!call.request.head.values_of(kIdempotencyKey).empty()) return refusal(one_key_for_many());
  const server::ConcurrencyLimiter::Permit permit(bulk_requests_);
  if (!permit.is_granted()) return refusal(overloaded());
  const std::string& body = call.request.body;
  const auto items = split_items(body, bulk_format(call.request.head.first_value_of("Content-Type"), body));
  if (const auto* rejection = std::get_if<Rejection>(&items)) return refusal(*rejection);

  const auto results = schedule_all(std::get<std::vector<std::string_view>>(items), services_, clock_.now(),
                                    rules_.has_renderer);
  if (const auto rejection = refused_for_want_of_database(results)) {
    return refusal(*rejection);
  }

  std::int64_t accepted = 0;
  std::int64_t queued = 0;
  std::string answers;  // as text at once: ten thousand results take a tenth of the memory
  for (const ingest::ScheduleResult& result : results) {
    const auto* scheduled = std::get_if<Scheduled>(&result);
    if (scheduled != nullptr) ++accepted;
    if (scheduled != nullptr && scheduled->kind == Scheduled::Kind::queued) ++queued;
    answers.append(answers.empty() ? "" : ",").append(result_json(result).dump());
  }
  messages_queued_ += queued;
  const std::int64_t rejected = static_cast<std::int64_t>(results.size()) - accepted;
  logging::info(std::to_string(queued) + " messages queued of " + std::to_string(results.size()) +
                " in one request, " + std::to_string(rejected) + " rejected");
  return {.content_type = "application/json",
          .body = R"({"success":true,"accepted":)" + std::to_string(accepted) + R"(,"rejected":)" +
                  std::to_string(rejected) + R"(,"results":[)" + answers + "]}"};
}

Response Routes::get_message(const Call& call) {
  const auto record = services_.find_message(message_id(call.parameter));
  if (!record) return refusal(unknown_message());
  return json_response(200, to_json(*record));
}

Response Routes::explain_message(const Call& call) {
  const auto record = services_.find_message(message_id(call.parameter));
  if (!record) return refusal(unknown_message());
  if (!is_waiting(*record)) return json_response(200, settled_json(*record));
  const auto line = services_.snapshot_of(record->user);
  if (!line) return refusal(unknown_message());
  return json_response(200, why_json(*record, *line, rules_, clock_.now()));
}

Response Routes::cancel_message(const Call& call) {
  using Outcome = Cancellation::Outcome;
  const MessageId id = message_id(call.parameter);
  const auto cancellation = services_.cancel_message(id, "cancelled_by_request", clock_.now());
  switch (cancellation.outcome) {
    case Outcome::cancelled:
      return json_response(200, {{"success", true}, {"messageId", id.value}, {"status", "cancelled"}});
    case Outcome::not_waiting:
      return refusal(not_cancellable(cancellation.status));
    case Outcome::unknown:
      return refusal(unknown_message());
  }
  std::abort();
}

Response Routes::preview(const Call& call) {
  const auto parsed =
      preview_request_from_json(call.request.body, clock_.now(), rules_, services_.is_timezone);
  if (const auto* rejection = std::get_if<Rejection>(&parsed)) return refusal(*rejection);
  const auto& request = std::get<PreviewRequest>(parsed);
  if (const auto* described = std::get_if<UserFacts>(&request.user)) {
    return json_response(200, preview_json(request, *described, rules_));
  }
  const auto& id = std::get<UserId>(request.user);
  const auto stored = services_.find_user(id);
  if (!stored) return refusal(unknown_user(id));
  return json_response(200, preview_json(request, stored->facts, rules_));
}

}  // namespace orchestrator::api
