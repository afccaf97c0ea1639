// Messages from the request to the person's phone, through an LLM that hesitates and a provider that
// stumbles, with crashes on the way: each ends in exactly one final state, in order, and no more often than
// promised.
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

constexpr int kPeople = 12;
constexpr auto kLease = 60s;

// What the provider knows, whatever we have heard of it.
struct Taken {
  std::string id;  // the provider's
  std::string user;
  int copies = 0;
  std::size_t order = 0;  // among all that it took
};

class WholeLife {
 public:
  WholeLife(unsigned seed, UnknownPolicy policy) : random_(seed), policy_(policy) {
    world_.rules.has_renderer = true;
    for (int i = 0; i < kPeople; ++i) {
      const std::string id = person(i);
      world_.users.put(User{.id = UserId{id},
                            .phone_number = "+1555010" + std::to_string(1000 + i),
                            .timezone = "Europe/London"});
    }
  }

  void live(int steps) {
    for (int i = 0; i < steps; ++i) {
      step();
      look();
    }
    calm_ = true;
    for (int i = 0; i < 300 && !is_over(); ++i) {
      world_.clock.advance(i < 60 ? Duration{2s} : Duration{30min});
      run_everything();
      look();
    }
  }

  void check() {
    EXPECT_EQ(world_.sql.value("SELECT count(*) FROM message_queue WHERE status IN ('queued', 'approved')"),
              "0");
    EXPECT_EQ(world_.sql.value("SELECT count(*) FROM messages WHERE status IN ('pending', 'sending')"), "0");
    EXPECT_EQ(world_.sql.value("SELECT count(*) FROM message_queue AS queue FULL JOIN "
                               "(SELECT * FROM messages WHERE direction = 'outbound') AS message "
                               "ON message.queue_id = queue.id AND message.id = queue.delivered_message_id "
                               "WHERE (queue.status = 'sent') IS DISTINCT FROM (message.id IS NOT NULL)"),
              "0")
        << "what was sent crossed once, what was not did not";
    EXPECT_EQ(std::to_string(scheduled_), world_.sql.value("SELECT count(*) FROM message_queue"));
    const int most = policy_ == UnknownPolicy::hold ? 1 : 2;
    for (const auto& [message, taken] : taken_) EXPECT_LE(taken.copies, most) << message;
    expect_order();
    expect_truth();
  }

  const States& seen() const { return seen_; }

 private:
  static std::string person(int number) { return "person_" + std::to_string(number); }
  int draw(int below) { return static_cast<int>(random_() % static_cast<unsigned>(below)); }

  void step() {
    world_.clock.advance(std::chrono::milliseconds{draw(draw(30) == 0 ? 7'200'000 : 9'000)});
    switch (draw(8)) {
      case 0:
      case 1:
      case 2:
        return schedule();
      case 3:
        return draw(3) == 0 ? world_.person_writes(person(draw(kPeople))) : report();
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
    request.user = UserId{person(draw(kPeople))};
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
    const std::string who = "'" + person(draw(kPeople)) + "'";
    world_.sql.run("UPDATE users SET opted_out_at = CASE WHEN opted_out_at IS NULL THEN timestamptz '" +
                   format_instant(world_.clock.now()) + "' END WHERE id = " + who);
  }

  void run_everything() {
    world_.pass(draw(2) == 0 ? processor::PassKind::full : processor::PassKind::express);
    look();
    ask();
    look();
    world_.pass();
    deliver();
    look_up();
    if (calm_) report();
  }

  void ask() {
    for (int i = 0; i < 6; ++i) {
      const Instant now = world_.clock.now();
      const RenderLease lease{world_.ids.next(now).value, now + 90s};
      const auto request = world_.renderings.claim(lease, now);
      if (!request) return;
      if (!calm_ && draw(8) == 0) continue;  // a crash
      using Verdict = RenderVerdict;
      Verdict verdict{.kind = Verdict::Kind::approve, .action = "rendered", .outcome = "x"};
      const int luck = draw(10);
      if (request->question == LlmQuestion::rendering) verdict.text = "rendered";
      if (luck == 0) verdict.kind = Verdict::Kind::fail;
      if (luck == 1 && request->question == LlmQuestion::relevance) verdict.kind = Verdict::Kind::supersede;
      if (luck == 2 && !calm_) {
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
      const DeliveryLease lease{world_.ids.next(now).value, now + kLease};
      const auto claimed = world_.deliveries.claim({lease, "twilio", 3, 0, now}, check);
      look();
      std::vector<AttemptResult> results;
      for (const OutgoingMessage& message : claimed.messages) {
        const SendOutcome outcome = send(message);
        if (!calm_ && draw(12) == 0) continue;  // a crash before it was recorded
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

  // The provider takes it, or not, and says so, or not.
  SendOutcome send(const OutgoingMessage& message) {
    const int luck = calm_ ? 99 : draw(100);
    if (luck < 10) return {.kind = Kind::retryable, .error_code = "429"};
    if (luck < 16) return {.kind = Kind::permanent, .error_code = "21211"};
    if (luck < 20) return {.kind = Kind::unknown, .error_code = "no_answer"};
    Taken& taken = taken_[message.id.value];
    taken.id = "SM" + std::to_string(taken_.size());
    taken.user = message.user.value;
    ++taken.copies;
    taken.order = ++orders_;
    if (luck < 28) return {.kind = Kind::unknown, .error_code = "no_answer"};
    return {.kind = Kind::accepted, .provider_message_id = taken.id};
  }

  // What is unknown is looked up; the provider finds what it took.
  void look_up() {
    const Instant now = world_.clock.now();
    for (const auto& unsettled : world_.deliveries.claim_unsettled("twilio", now, now + kLease, 10)) {
      SettlementFacts settling;
      if (const auto taken = taken_.find(unsettled.message.id.value); taken != taken_.end()) {
        settling.found = {{"twilio", taken->second.id, std::nullopt, DeliveryReport::Status::sent, ""}};
      }
      const auto again = delivery::look_up_delay(unsettled.look_ups);
      if (again) settling.next_look_up_at = now + *again;
      settling.may_resend = policy_ == UnknownPolicy::retry && !again;
      world_.deliveries.settle(unsettled, settling, now);
    }
  }

  // Reports of what was taken, in any order, more than once; some never come.
  void report() {
    using Status = DeliveryReport::Status;
    std::vector<DeliveryReport> reports;
    for (const auto& [message, taken] : taken_) {
      if (draw(3) != 0) continue;
      const bool is_lost = std::hash<std::string>{}(message) % 7 == 0;
      const Status end = is_lost ? Status::undelivered : Status::delivered;
      reports.push_back({"twilio", taken.id, MessageId{message}, draw(3) == 0 ? Status::sent : end,
                         is_lost ? "30003" : ""});
    }
    std::ranges::shuffle(reports, random_);
    world_.deliveries.report(reports, world_.clock.now());
  }

  void look() {
    for (const auto& state : world_.sql.column("SELECT DISTINCT 'queue ' || status FROM message_queue UNION "
                                               "SELECT DISTINCT 'message ' || status FROM messages")) {
      seen_.insert(state);
    }
  }

  bool is_over() {
    return world_.sql.value(
               "SELECT NOT EXISTS (SELECT FROM message_queue WHERE status IN ('queued', 'approved')) AND "
               "NOT EXISTS (SELECT FROM messages WHERE status IN ('pending', 'sending') OR "
               "(status = 'unknown' AND next_attempt_at IS NOT NULL))") == "t";
  }

  // In hold mode, what the provider took of a person it took in the order in which it was promoted.
  void expect_order() {
    if (policy_ != UnknownPolicy::hold) return;
    std::map<std::string, std::size_t> latest;
    for (const auto& id :
         world_.sql.column("SELECT id FROM messages WHERE direction = 'outbound' ORDER BY created_at, id")) {
      const auto taken = taken_.find(id);
      if (taken == taken_.end()) continue;
      std::size_t& before = latest[taken->second.user];
      EXPECT_GT(taken->second.order, before) << id << " was overtaken";
      before = taken->second.order;
    }
  }

  // What is said to be sent was taken by the provider, and what failed was not.
  void expect_truth() {
    for (const auto& id :
         world_.sql.column("SELECT id FROM messages WHERE status IN ('sent', 'delivered', 'undelivered')")) {
      EXPECT_TRUE(taken_.contains(id)) << id << " is said to be sent";
    }
    if (policy_ != UnknownPolicy::hold) return;
    for (const auto& id : world_.sql.column("SELECT id FROM messages WHERE status = 'failed'")) {
      EXPECT_FALSE(taken_.contains(id)) << id << " is said to have failed";
    }
  }

  std::mt19937 random_;
  const UnknownPolicy policy_;
  World world_;
  std::vector<MessageId> request_ids_;
  std::map<std::string, Taken> taken_;  // by our id
  std::size_t orders_ = 0;
  int scheduled_ = 0;
  bool calm_ = false;
  States seen_;
};

TEST(WholeLife, EveryMessageEndsInOneFinalStateAndEveryStateIsReached) {
  States seen;
  for (unsigned seed = 1; seed <= 4; ++seed) {
    const UnknownPolicy policy = seed % 2 == 1 ? UnknownPolicy::hold : UnknownPolicy::retry;
    SCOPED_TRACE("seed " + std::to_string(seed));
    WholeLife life(seed, policy);
    life.live(400);
    life.check();
    seen.insert(life.seen().begin(), life.seen().end());
    if (HasFailure()) return;
  }
  EXPECT_EQ(seen, (States{"queue queued", "queue approved", "queue sent", "queue superseded",
                          "queue cancelled", "queue expired", "queue failed", "message pending",
                          "message sending", "message sent", "message delivered", "message failed",
                          "message undelivered", "message unknown", "message received"}));
}

}  // namespace
}  // namespace orchestrator
