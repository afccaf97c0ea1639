#include "api/schedule_routes.hpp"

#include <memory>
#include <optional>
#include <utility>

#include "api/schedule_json.hpp"
#include "logging/logging.hpp"

namespace orchestrator::api {

namespace {

constexpr const char* kIdempotencyKey = "Idempotency-Key";

Rejection idempotency_key_on_bulk() {
  return {.status = 400,
          .code = "idempotency_key_on_bulk",
          .message =
              "One header Idempotency-Key cannot stand for many messages; put an idempotencyKey into "
              "each of them."};
}

bool is_queued(const Scheduled& scheduled) { return scheduled.kind == Scheduled::Kind::queued; }

// The results of a bulk request, kept as text: 10,000 of them take a tenth of the memory that JSON values
// would.
class BulkResults {
 public:
  explicit BulkResults(std::size_t items) { list_.reserve(items * kTypicalBytes); }

  void add(const ingest::ScheduleResult& result) {
    ++total_;
    if (const auto* scheduled = std::get_if<Scheduled>(&result)) {
      ++accepted_;
      if (is_queued(*scheduled)) ++queued_;
    } else {
      note(std::get<Rejection>(result));
    }
    list_.append(list_.empty() ? "" : ",").append(bulk_result_json(result).dump());
  }

  std::int64_t total() const { return total_; }
  std::int64_t queued() const { return queued_; }
  std::int64_t rejected() const { return total_ - accepted_; }

  // The refusal of the whole request if the database failed for every item.
  std::optional<Rejection> database_failure() const { return failures_ == total_ ? failure_ : std::nullopt; }

  std::string to_json() && {
    list_.insert(0, R"({"success":true,"accepted":)" + std::to_string(accepted_) + R"(,"rejected":)" +
                        std::to_string(rejected()) + R"(,"results":[)");
    return std::move(list_.append("]}"));
  }

 private:
  static constexpr std::size_t kTypicalBytes = 256;

  // An unknown outcome takes precedence, because it changes how the caller may repeat the request.
  void note(const Rejection& rejection) {
    if (rejection.status != 503) return;
    ++failures_;
    if (!failure_ || rejection.code == "outcome_unknown") failure_ = rejection;
  }

  std::string list_;
  std::int64_t total_ = 0;
  std::int64_t accepted_ = 0;
  std::int64_t queued_ = 0;
  std::int64_t failures_ = 0;
  std::optional<Rejection> failure_;
};

}  // namespace

Routes ScheduleRoutes::routes() {
  return {{"POST", "/schedule-message", Auth::api_key, Body::required,
           std::bind_front(&ScheduleRoutes::schedule_one, this)},
          {.method = "POST",
           .path = "/schedule-messages",
           .body = Body::required,
           .limit = kBulkBodyLimit,
           .receive_body = std::bind_front(&ScheduleRoutes::receive_many, this)}};
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

BodySink ScheduleRoutes::receive_many(const server::RequestHead& head) {
  const auto body = std::make_shared<BulkBody>(head.first_value_of("Content-Type"));
  return {.receive =
              [body](std::string_view bytes) {
                body->append(bytes);
                return body->kept_bytes();
              },
          .handle = [this, body](const Call& call) { return schedule_many(call, *body); }};
}

Result<Response> ScheduleRoutes::schedule_many(const Call& call, BulkBody& body) {
  if (!call.request.head.values_of(kIdempotencyKey).empty()) return idempotency_key_on_bulk();
  const server::ConcurrencyLimiter::Permit permit(bulk_requests_);
  if (!permit.is_granted()) return overloaded();
  if (auto rejection = body.end()) return *std::move(rejection);

  BulkResults results(body.item_count());
  const Instant now = clock_.now();
  service_.schedule_all(
      [&]() -> std::optional<Result<ScheduleRequest>> {
        const auto item = body.next_item();
        if (!item) return std::nullopt;
        return schedule_request_from_json(*item, {}, now, rules_.has_renderer);
      },
      [&](const ingest::ScheduleResult& result) { results.add(result); });
  if (auto rejection = results.database_failure()) return *std::move(rejection);

  messages_queued_ += results.queued();
  logging::info("Bulk request: " + std::to_string(results.queued()) + " messages queued of " +
                std::to_string(results.total()) + ", " + std::to_string(results.rejected()) + " rejected");
  return Response{.content_type = "application/json", .body = std::move(results).to_json()};
}

}  // namespace orchestrator::api
