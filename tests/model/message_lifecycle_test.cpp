// Messages from the request to the provider, with failures of the LLM and of the provider, and with crashes:
// each reaches exactly one final state, in order, and is delivered at most as often as the policy allows.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <set>

#include "delivery/attempts.hpp"
#include "support/world.hpp"

namespace orchestrator {
namespace {

using namespace std::chrono_literals;
using support::World;
using States = std::set<std::string>;
using Kind = SendOutcome::Kind;

constexpr int kUsers = 12;
constexpr auto kLease = 60s;

// A message that the provider accepted, whether or not the program learned it.
struct Accepted {
  std::string id;  // the provider's
  std::string user;
  int copies = 0;
  std::size_t order = 0;  // among all accepted messages
};

class Lifecycle {
 public:
  Lifecycle(unsigned seed, UnknownPolicy policy) : random_(seed), policy_(policy) {
    world_.rules.has_renderer = true;
    for (int i = 0; i < kUsers; ++i) {
      const std::string id = user_id(i);
      world_.users.put(User{.id = UserId{id},
                            .phone_number = "+1555010" + std::to_string(1000 + i),
                            .timezone = "Europe/London"});
    }
  }

  void run(int steps) {
    for (int i = 0; i < steps; ++i) {
      step();
      observe_states();
    }
    failures_have_ended_ = true;
    for (int i = 0; i < 300 && !is_finished(); ++i) {
      world_.clock.advance(i < 60 ? Duration{2s} : Duration{30min});
      run_everything();
      observe_states();
    }
  }

  void check() {
    EXPECT_EQ(world_.sql.value("SELECT count(*) FROM message_queue WHERE status IN ('queued', 'approved')"),
              "0");
    EXPECT_EQ(world_.sql.value("SELECT count(*) FROM messages WHERE status IN ('pending', 'sending')"), "0");
    EXPECT_EQ(world_.sql.value("SELECT count(*) FROM message_queue AS queue FULL JOIN "
                               "(SELECT * FROM messages WHERE direction = 'outbound') AS message "
                               "ON message.shard = queue.shard AND message.queue_id = queue.id "
                               "AND message.id = queue.delivered_message_id "
                               "WHERE (queue.status = 'sent') IS DISTINCT FROM (message.id IS NOT NULL)"),
              "0")
        << "exactly the messages with status sent were promoted, once each";
    EXPECT_EQ(std::to_string(scheduled_), world_.sql.value("SELECT count(*) FROM message_queue"));
    const int most = policy_ == UnknownPolicy::hold ? 1 : 2;
    for (const auto& [message, accepted] : accepted_) EXPECT_LE(accepted.copies, most) << message;
    expect_order();
    expect_true_statuses();
  }

  const States& seen() const { return seen_; }

 private:
  static std::string user_id(int number) { return "person_" + std::to_string(number); }
  int draw(int below) { return static_cast<int>(random_() % static_cast<unsigned>(below)); }

  void step() {
    world_.clock.advance(std::chrono::milliseconds{draw(draw(30) == 0 ? 7'200'000 : 9'000)});
    switch (draw(8)) {
      case 0:
      case 1:
      case 2:
        return schedule();
      case 3:
        return draw(3) == 0 ? world_.person_writes(user_id(draw(kUsers))) : report();
      case 4:
        return draw(12) == 0 ? consent() : cancel();
      default:
        return run_everything();
    }
  }

  void schedule() {
    const bool has_text = draw(6) > 0;
    const std::string text = "text " + std::to_string(scheduled_);
    ScheduleRequest request;
    request.user = UserId{user_id(draw(kUsers))};
    request.agent = AgentId{"concierge_1"};
    request.parts = {nlohmann::json{{has_text ? "content" : "what", text}}.dump()};
    request.priority = static_cast<Priority>(draw(4));
    request.requires_fresh_context = draw(3) == 0;
    request.scheduled_for = world_.clock.now() + std::chrono::seconds{draw(3) == 0 ? draw(3000) : 0};
    if (draw(5) == 0) request.expires_at = request.scheduled_for + std::chrono::seconds{1 + draw(4000)};
    if (draw(8) == 0) request.supersede_key = "score";
    request.allow_duplicate = true;
    request_ids_.push_back(world_.submitted(std::move(request)));
    ++scheduled_;
  }

  void cancel() {
    if (request_ids_.empty()) return;
    const auto& id = request_ids_[static_cast<std::size_t>(draw(int(request_ids_.size())))];
    world_.messages.cancel(id, "cancelled_by_request", world_.clock.now());
  }

  void consent() {
    const std::string who = "'" + user_id(draw(kUsers)) + "'";
    world_.sql.run("UPDATE users SET opted_out_at = CASE WHEN opted_out_at IS NULL THEN timestamptz '" +
                   format_instant(world_.clock.now()) + "' END WHERE id = " + who);
  }

  void run_everything() {
    world_.pass(draw(2) == 0 ? processor::PassKind::full : processor::PassKind::express);
    observe_states();
    ask();
    observe_states();
    world_.pass();
    deliver();
    look_up();
    if (failures_have_ended_) report();
  }

  void ask() {
    for (int i = 0; i < 6; ++i) {
      const Instant now = world_.clock.now();
      const RenderLease lease{world_.ids.next_token(now), now + 90s};
      const auto request = world_.renderings.claim(lease, now);
      if (!request) return;
      if (!failures_have_ended_ && draw(8) == 0) continue;  // a crash
      using Verdict = RenderVerdict;
      Verdict verdict{.kind = Verdict::Kind::approve, .action = "rendered", .outcome = "x"};
      const int luck = draw(10);
      if (request->question == LlmQuestion::rendering) verdict.text = "rendered";
      if (luck == 0) verdict.kind = Verdict::Kind::fail;
      if (luck == 1 && request->question == LlmQuestion::relevance) verdict.kind = Verdict::Kind::supersede;
      if (luck == 2 && !failures_have_ended_) {
        verdict.kind = Verdict::Kind::retry;
        verdict.retry_at = now + 5s;
      }
      world_.renderings.record(lease, *request, verdict, now);
    }
  }

  void deliver() {
    const Instant now = world_.clock.now();
    world_.deliveries.expire_leases(now);
    const auto check = [&](const PendingMessage& pending) {
      return delivery::last_check(pending, world_.rules, now);
    };
    for (int i = 0; i < 4; ++i) {
      const DeliveryLease lease{world_.ids.next_token(now), now + kLease};
      const auto claimed = world_.deliveries.claim({lease, "twilio", 3, now}, check);
      observe_states();
      std::vector<AttemptResult> results;
      for (const OutgoingMessage& message : claimed.messages) {
        const SendOutcome outcome = send(message);
        if (!failures_have_ended_ && draw(12) == 0) continue;  // a crash before it was recorded
        AttemptResult result{message.id, message.user, lease.token, outcome, std::nullopt};
        if (outcome.kind == Kind::retryable) {
          if (const auto delay = delivery::retry_delay(outcome, message.attempt))
            result.next_attempt_at = now + *delay;
        }
        if (outcome.kind == Kind::unknown) result.next_attempt_at = now + delivery::look_up_delay(0).value();
        results.push_back(std::move(result));
      }
      world_.deliveries.record(results, now);
      if (claimed.messages.empty() && !claimed.may_be_more) return;
    }
  }

  // The provider accepts the message or not; the program learns it or not.
  SendOutcome send(const OutgoingMessage& message) {
    const int luck = failures_have_ended_ ? 99 : draw(100);
    if (luck < 10) return {.kind = Kind::retryable, .error_code = "429"};
    if (luck < 16) return {.kind = Kind::permanent, .error_code = "21211"};
    if (luck < 20) return {.kind = Kind::unknown, .error_code = "no_answer"};
    Accepted& accepted = accepted_[message.id.value];
    accepted.id = "SM" + std::to_string(accepted_.size());
    accepted.user = message.user.value;
    ++accepted.copies;
    accepted.order = ++orders_;
    if (luck < 28) return {.kind = Kind::unknown, .error_code = "no_answer"};
    return {.kind = Kind::accepted, .provider_message_id = accepted.id};
  }

  // Looks up messages with unknown outcome; the provider finds those that it accepted.
  void look_up() {
    const Instant now = world_.clock.now();
    for (const auto& unsettled : world_.deliveries.claim_unsettled("twilio", now, now + kLease, 10)) {
      SettlementFacts facts;
      if (const auto accepted = accepted_.find(unsettled.message.id.value); accepted != accepted_.end()) {
        facts.found = {{"twilio", accepted->second.id, std::nullopt, DeliveryReport::Status::sent, ""}};
      }
      const auto again = delivery::look_up_delay(unsettled.look_ups);
      if (again) facts.next_look_up_at = now + *again;
      facts.may_resend = policy_ == UnknownPolicy::retry && !again;
      world_.deliveries.settle(unsettled, facts, now);
    }
  }

  // Reports of accepted messages, unordered and repeated; some are missing.
  void report() {
    using Status = DeliveryReport::Status;
    std::vector<DeliveryReport> reports;
    for (const auto& [message, accepted] : accepted_) {
      if (draw(3) != 0) continue;
      const bool is_lost = std::hash<std::string>{}(message) % 7 == 0;
      const Status end = is_lost ? Status::undelivered : Status::delivered;
      reports.push_back({"twilio", accepted.id, MessageId{message}, draw(3) == 0 ? Status::sent : end,
                         is_lost ? "30003" : ""});
    }
    std::ranges::shuffle(reports, random_);
    world_.deliveries.report(reports, world_.clock.now());
  }

  void observe_states() {
    for (const auto& state : world_.sql.column("SELECT DISTINCT 'queue ' || status FROM message_queue UNION "
                                               "SELECT DISTINCT 'message ' || status FROM messages")) {
      seen_.insert(state);
    }
  }

  bool is_finished() {
    return world_.sql.value(
               "SELECT NOT EXISTS (SELECT FROM message_queue WHERE status IN ('queued', 'approved')) AND "
               "NOT EXISTS (SELECT FROM messages WHERE status IN ('pending', 'sending') OR "
               "(status = 'unknown' AND next_attempt_at IS NOT NULL))") == "t";
  }

  // With UnknownPolicy::hold, the provider accepts the messages of a user in the order of promotion.
  void expect_order() {
    if (policy_ != UnknownPolicy::hold) return;
    std::map<std::string, std::size_t> latest;
    for (const auto& id :
         world_.sql.column("SELECT id FROM messages WHERE direction = 'outbound' ORDER BY created_at, id")) {
      const auto accepted = accepted_.find(id);
      if (accepted == accepted_.end()) continue;
      std::size_t& before = latest[accepted->second.user];
      EXPECT_GT(accepted->second.order, before) << id << " was overtaken";
      before = accepted->second.order;
    }
  }

  // Messages with status sent were accepted by the provider, and failed ones were not.
  void expect_true_statuses() {
    for (const auto& id :
         world_.sql.column("SELECT id FROM messages WHERE status IN ('sent', 'delivered', 'undelivered')")) {
      EXPECT_TRUE(accepted_.contains(id)) << id << " is sent according to its status, but was not accepted";
    }
    if (policy_ != UnknownPolicy::hold) return;
    for (const auto& id : world_.sql.column("SELECT id FROM messages WHERE status = 'failed'")) {
      EXPECT_FALSE(accepted_.contains(id)) << id << " failed according to its status, but was accepted";
    }
  }

  std::mt19937 random_;
  const UnknownPolicy policy_;
  World world_;
  std::vector<MessageId> request_ids_;
  std::map<std::string, Accepted> accepted_;  // by messages.id
  std::size_t orders_ = 0;
  int scheduled_ = 0;
  bool failures_have_ended_ = false;
  States seen_;
};

TEST(MessageLifecycle, EveryMessageReachesOneFinalStateAndEveryStateOccurs) {
  States seen;
  for (unsigned seed = 1; seed <= 4; ++seed) {
    const UnknownPolicy policy = seed % 2 == 1 ? UnknownPolicy::hold : UnknownPolicy::retry;
    SCOPED_TRACE("seed " + std::to_string(seed));
    Lifecycle lifecycle(seed, policy);
    lifecycle.run(400);
    lifecycle.check();
    seen.insert(lifecycle.seen().begin(), lifecycle.seen().end());
    if (HasFailure()) return;
  }
  EXPECT_EQ(seen, (States{"queue queued", "queue approved", "queue sent", "queue superseded",
                          "queue cancelled", "queue expired", "queue failed", "message pending",
                          "message sending", "message sent", "message delivered", "message failed",
                          "message undelivered", "message unknown", "message received"}));
}

}  // namespace
}  // namespace orchestrator
