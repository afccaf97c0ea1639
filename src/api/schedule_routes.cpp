#include "api/schedule_routes.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <span>
#include <utility>

#include "api/bulk_body.hpp"
#include "api/schedule_json.hpp"
#include "logging/logging.hpp"

namespace orchestrator::api {

namespace {

constexpr const char* kIdempotencyKey = "Idempotency-Key";

// How many items of a bulk request are parsed at once: enough for several commits, few enough to bound the
// memory.
constexpr std::size_t kItemsPerChunk = 2'000;

using BulkItems = std::span<const std::string_view>;
using Results = std::vector<ingest::ScheduleResult>;

Rejection idempotency_key_on_bulk() {
  return {.status = 400,
          .code = "idempotency_key_on_bulk",
          .message =
              "One header Idempotency-Key cannot stand for many messages; put an idempotencyKey into "
              "each of them."};
}

// The items of one chunk: the results of those that are refused, in their places, and the requests of the
// others.
struct ParsedChunk {
  Results results;
  std::vector<ScheduleRequest> requests;
  std::vector<std::size_t> places;  // the index in `results` of each request
};

ParsedChunk parse_chunk(BulkItems items, Instant now, bool has_renderer) {
  ParsedChunk chunk;
  chunk.results.resize(items.size());
  chunk.requests.reserve(items.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    auto request = schedule_request_from_json(items[i], {}, now, has_renderer);
    if (!request) {
      chunk.results[i] = request.rejection();
      continue;
    }
    chunk.requests.push_back(*std::move(request));
    chunk.places.push_back(i);
  }
  return chunk;
}

Results schedule_items(BulkItems items, ScheduleService& service, Instant now, bool has_renderer) {
  Results all;
  all.reserve(items.size());
  while (!items.empty()) {
    const BulkItems chunk = items.first(std::min(kItemsPerChunk, items.size()));
    items = items.subspan(chunk.size());
    auto [results, requests, places] = parse_chunk(chunk, now, has_renderer);
    if (!requests.empty()) {
      auto stored = service.schedule_all(std::move(requests));
      for (std::size_t i = 0; i < places.size(); ++i) results[places[i]] = std::move(stored.at(i));
    }
    std::ranges::move(results, std::back_inserter(all));
  }
  return all;
}

// The refusal of the whole request if the database failed for every item. An unknown outcome takes
// precedence, because it changes how the caller may repeat the request.
std::optional<Rejection> database_failure(const Results& results) {
  const Rejection* failure = nullptr;
  for (const ingest::ScheduleResult& result : results) {
    const auto* rejection = std::get_if<Rejection>(&result);
    if (rejection == nullptr || rejection->status != 503) return std::nullopt;
    if (failure == nullptr || rejection->code == "outcome_unknown") failure = rejection;
  }
  return failure == nullptr ? std::nullopt : std::optional(*failure);
}

bool is_queued(const Scheduled& scheduled) { return scheduled.kind == Scheduled::Kind::queued; }

}  // namespace

Routes ScheduleRoutes::routes() {
  return {{"POST", "/schedule-message", Auth::api_key, Body::required,
           std::bind_front(&ScheduleRoutes::schedule_one, this)},
          {"POST", "/schedule-messages", Auth::api_key, Body::required,
           std::bind_front(&ScheduleRoutes::schedule_many, this), kBulkBodyLimit}};
}

Result<Response> ScheduleRoutes::schedule_one(const Call& call) {
  const auto began = std::chrono::steady_clock::now();
  auto request = schedule_request_from_json(call.request.body, call.request.head.values_of(kIdempotencyKey),
                                            clock_.now(), rules_.has_renderer);
  if (!request) return request.rejection();
  const Result<Scheduled> scheduled = service_.schedule(*std::move(request));
  if (!scheduled) return scheduled.rejection();

  if (is_queued(*scheduled)) {
    ++messages_queued_;
    logging::info("Message queued with ID " + scheduled->id.value + ", scheduled for " +
                  format_instant(scheduled->scheduled_for));
  }
  Response response = json_response(200, to_json(*scheduled));
  service_.record_duration(std::chrono::steady_clock::now() - began);
  return response;
}

Result<Response> ScheduleRoutes::schedule_many(const Call& call) {
  const server::RequestHead& head = call.request.head;
  const std::string& body = call.request.body;
  if (!head.values_of(kIdempotencyKey).empty()) return idempotency_key_on_bulk();
  const server::ConcurrencyLimiter::Permit permit(bulk_requests_);
  if (!permit.is_granted()) return overloaded();
  const auto items = split_items(body, bulk_format(head.first_value_of("Content-Type"), body));
  if (!items) return items.rejection();

  const Results results = schedule_items(*items, service_, clock_.now(), rules_.has_renderer);
  if (auto rejection = database_failure(results)) return *std::move(rejection);

  std::int64_t accepted = 0;
  std::int64_t queued = 0;
  std::string list;  // as text: 10,000 results take a tenth of the memory that JSON values would
  for (const ingest::ScheduleResult& result : results) {
    const auto* scheduled = std::get_if<Scheduled>(&result);
    if (scheduled != nullptr) ++accepted;
    if (scheduled != nullptr && is_queued(*scheduled)) ++queued;
    list.append(list.empty() ? "" : ",").append(bulk_result_json(result).dump());
  }
  messages_queued_ += queued;
  const std::int64_t rejected = static_cast<std::int64_t>(results.size()) - accepted;
  logging::info("Bulk request: " + std::to_string(queued) + " messages queued of " +
                std::to_string(results.size()) + ", " + std::to_string(rejected) + " rejected");
  return Response{.content_type = "application/json",
                  .body = R"({"success":true,"accepted":)" + std::to_string(accepted) + R"(,"rejected":)" +
                          std::to_string(rejected) + R"(,"results":[)" + list + "]}"};
}

}  // namespace orchestrator::api
