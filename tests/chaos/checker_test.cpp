// The checker of scripts/chaos detects violations that are planted in the evidence of a run without any.
#include "chaos/checker.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

namespace orchestrator::chaos {
namespace {

using std::chrono::seconds;

const Instant kNoon = parse_instant("2026-11-20T12:00:00Z").value();

Instant at(int second) { return kNoon + seconds{second}; }

RequestRecord acknowledged(int asked_at, int answered_at) { return {at(asked_at), at(answered_at), 200}; }

std::string number_of(const std::string& user) { return "+1" + user; }

// Ann receives a message, a sequence and another message; Bob's messages expire, are cancelled, superseded,
// or wait; Cem writes twice and gets a reply; Dan's settings change twice.
class Story {
 public:
  Story() {
    evidence_.cooldown = seconds{1};
    evidence_.active_window = seconds{10};
    evidence_.tables.read_at = at(100);
    for (const char* name : {"ann", "bob", "cem", "dan"}) {
      evidence_.tables.people.push_back({.id = name,
                                         .phone_number = number_of(name),
                                         .next_attempt_at = {},
                                         .counted_date = "2026-11-20",
                                         .last_message_at = {}});
    }
    tell_of_ann();
    tell_of_bob();
    tell_of_cem();
    for (const int number : {1001, 1002}) {
      evidence_.history.puts.push_back({"dan", number, acknowledged(number - 1000, number - 1000)});
    }
    person(3).hourly_limit = 1002;
  }

  Evidence evidence() const { return evidence_; }

 private:
  PersonRow& person(std::size_t place) { return evidence_.tables.people[place]; }

  void post(const std::string& user, std::vector<std::string> texts, int second) {
    evidence_.history.posts.push_back(
        {.user = user, .texts = texts, .exchange = acknowledged(second, second), .id = "q-" + texts.front()});
    int position = 0;
    for (const std::string& text : texts) {
      QueueRow row{.id = "q-" + text, .user = user, .text = text, .status = "queued", .expires_at = {}};
      if (texts.size() > 1) row.sequence_id = "q-" + texts.front();
      if (texts.size() > 1) row.sequence_position = ++position;
      evidence_.tables.queue.push_back(row);
    }
  }

  void send(const std::string& text, int second) {
    for (QueueRow& row : evidence_.tables.queue) {
      if (row.text != text) continue;
      row.status = "sent";
      row.message_id = "m-" + text;
      evidence_.tables.sent.push_back({.id = "m-" + text,
                                       .user = row.user,
                                       .text = text,
                                       .status = "delivered",
                                       .queue_id = row.id,
                                       .sequence_id = row.sequence_id,
                                       .created_at = at(second),
                                       .local_date = "2026-11-20"});
      evidence_.taken.push_back({"SM-" + text, number_of(row.user), text, ""});
    }
  }

  void tell_of_ann() {
    post("ann", {"first"}, 0);
    post("ann", {"part 1", "part 2"}, 1);
    post("ann", {"last"}, 2);
    send("first", 3);
    send("part 1", 5);
    send("part 2", 5);
    send("last", 7);
    person(0).messages_sent = 3;
  }

  void tell_of_bob() {
    for (const char* text : {"expires", "taken back", "replaced", "replaces", "waits"})
      post("bob", {text}, 0);
    auto& posts = evidence_.history.posts;
    auto& rows = evidence_.tables.queue;
    const std::size_t first = posts.size() - 5;
    const std::size_t row = rows.size() - 5;
    posts[first].expires_at = at(5);
    rows[row].status = rows[row].reason = "expired";
    rows[row + 1].status = "cancelled";
    rows[row + 1].reason = "cancelled_by_request";
    evidence_.history.cancels.push_back({"q-taken back", acknowledged(1, 1)});
    posts[first + 2].supersede_key = posts[first + 3].supersede_key = "key";
    rows[row + 2].supersede_key = rows[row + 3].supersede_key = "key";
    rows[row + 2].status = rows[row + 2].reason = "superseded";
    rows[row + 2].superseded_by = rows[row + 3].id;
    person(1).next_attempt_at = at(3600);
  }

  void tell_of_cem() {
    for (int i = 1; i <= 2; ++i) {
      const std::string number = std::to_string(i);
      evidence_.history.inbound.push_back({.user = "cem",
                                           .text = "said " + number,
                                           .exchange = acknowledged(10 * i, 10 * i),
                                           .id = "in-" + number,
                                           .status = "queued"});
      evidence_.tables.inbound.push_back(
          {"in-" + number, "cem", "said " + number, "done", i, "turn-" + number, at(10 * i)});
      evidence_.tables.turns.push_back(
          {"turn-" + number, "cem", "done", "", "reply-" + number, at(10 * i), at(10 * i + 5)});
      evidence_.agent_attempts.push_back(
          {0, "cem", "turn-" + number, 1, at(10 * i), at(10 * i + 30), {"said " + number}});
      evidence_.tables.sent.push_back({.id = "reply-" + number,
                                       .user = "cem",
                                       .text = "re " + number,
                                       .status = "sent",
                                       .purpose = "reply",
                                       .created_at = at(10 * i + 5),
                                       .local_date = "2026-11-20"});
      evidence_.taken.push_back({"SM-re " + number, "+1cem", "re " + number, ""});
    }
    person(2).messages_sent = 2;
  }

  Evidence evidence_;
};

SentRow& sent(Evidence& evidence, const std::string& text) {
  return *std::ranges::find(evidence.tables.sent, text, &SentRow::text);
}

QueueRow& queued(Evidence& evidence, const std::string& text) {
  return *std::ranges::find(evidence.tables.queue, text, &QueueRow::text);
}

Post& posted(Evidence& evidence, const std::string& text) {
  return *std::ranges::find_if(evidence.history.posts,
                               [&](const Post& post) { return post.texts.front() == text; });
}

TEST(ChaosChecker, FindsNothingWhereAllWentWell) {
  for (const Violation& violation : check(Story().evidence())) ADD_FAILURE() << violation.what;
}

struct Plant {
  const char* what;
  Invariant broken;
  std::function<void(Evidence&)> plant;
};

const std::vector<Plant> kPlants = {
    {"an acknowledged message is not stored", Invariant::nothing_lost,
     [](Evidence& e) {
       std::erase_if(e.tables.queue, [](const QueueRow& row) { return row.text == "waits"; });
     }},
    {"a message is sent, but did not cross", Invariant::nothing_lost,
     [](Evidence& e) {
       std::erase_if(e.tables.sent, [](const SentRow& row) { return row.text == "first"; });
     }},
    {"a message waits without a next_attempt_at", Invariant::nothing_lost,
     [](Evidence& e) { e.tables.people[1].next_attempt_at.reset(); }},
    {"an alarm is overdue", Invariant::everything_explained,
     [](Evidence& e) { e.tables.people[1].next_attempt_at = at(50); }},
    {"a repeated request is stored twice", Invariant::promoted_once,
     [](Evidence& e) {
       QueueRow again = queued(e, "waits");
       again.id = "q-again";
       e.tables.queue.push_back(again);
     }},
    {"a message crosses twice", Invariant::promoted_once,
     [](Evidence& e) {
       SentRow again = sent(e, "last");
       again.id = "m-again";
       again.created_at = at(9);
       e.tables.sent.push_back(again);
     }},
    {"a message that was taken back crosses", Invariant::promoted_once,
     [](Evidence& e) {
       SentRow row = sent(e, "last");
       row.id = "m-taken back";
       row.text = "taken back";
       row.queue_id = "q-taken back";
       e.tables.sent.push_back(row);
     }},
    {"an acknowledged cancellation is forgotten", Invariant::nothing_lost,
     [](Evidence& e) { queued(e, "taken back").status = "queued"; }},
    {"a message is cancelled without a request", Invariant::everything_explained,
     [](Evidence& e) { queued(e, "waits").status = "cancelled"; }},
    {"a message without an end expires", Invariant::everything_explained,
     [](Evidence& e) { queued(e, "waits").status = "expired"; }},
    {"a message is superseded by nothing", Invariant::everything_explained,
     [](Evidence& e) { queued(e, "replaced").superseded_by = ""; }},
    {"a message is superseded by an older one", Invariant::everything_explained,
     [](Evidence& e) { posted(e, "replaces").exchange = acknowledged(-2, -1); }},
    {"a message that was never posted", Invariant::everything_explained,
     [](Evidence& e) {
       e.tables.queue.push_back(
           {.id = "q", .user = "bob", .text = "?", .status = "queued", .expires_at = {}});
     }},
    {"a text is taken twice", Invariant::sent_once, [](Evidence& e) { e.taken.push_back(e.taken.back()); }},
    {"a text is accepted for another recipient", Invariant::sent_once,
     [](Evidence& e) { e.taken.back().to = number_of("bob"); }},
    {"a text is called sent, and was not", Invariant::nothing_lost,
     [](Evidence& e) { e.taken.erase(e.taken.begin()); }},
    {"a text stays pending", Invariant::nothing_lost,
     [](Evidence& e) { sent(e, "last").status = "pending"; }},
    {"a text fails for no reason", Invariant::everything_explained,
     [](Evidence& e) {
       sent(e, "last").status = "failed";
       std::erase_if(e.taken, [](const auto& text) { return text.body == "last"; });
     }},
    {"a text is unknown though nothing happened", Invariant::everything_explained,
     [](Evidence& e) { sent(e, "last").status = "unknown"; }},
    {"a text comes within the cooldown", Invariant::limits_kept,
     [](Evidence& e) { sent(e, "first").created_at = at(4) + std::chrono::milliseconds{500}; }},
    {"a text comes at night", Invariant::limits_kept,
     [](Evidence& e) { sent(e, "last").in_quiet_hours = true; }},
    {"the hourly limit is exceeded", Invariant::limits_kept,
     [](Evidence& e) { e.tables.people[0].hourly_limit = 2; }},
    {"the daily limit is exceeded", Invariant::limits_kept,
     [](Evidence& e) { e.tables.people[0].daily_limit = 2; }},
    {"a text comes after STOP", Invariant::limits_kept,
     [](Evidence& e) {
       e.history.inbound.push_back({.user = "ann",
                                    .text = "STOP",
                                    .exchange = acknowledged(6, 6),
                                    .id = "in",
                                    .status = "opted_out"});
       e.tables.inbound.push_back({"in", "ann", "STOP", "done", 1, "", at(6)});
     }},
    {"one overtakes another", Invariant::order_kept,
     [](Evidence& e) { std::swap(sent(e, "first").created_at, sent(e, "last").created_at); }},
    {"one is passed over", Invariant::order_kept,
     [](Evidence& e) {
       queued(e, "first").status = "queued";
       std::erase_if(e.tables.sent, [](const SentRow& row) { return row.text == "first"; });
     }},
    {"a sequence is torn apart", Invariant::order_kept,
     [](Evidence& e) { sent(e, "part 2").created_at = at(6); }},
    {"a sequence goes backwards", Invariant::order_kept,
     [](Evidence& e) { std::swap(sent(e, "part 1").id, sent(e, "part 2").id); }},
    {"a sequence lacks a part", Invariant::order_kept,
     [](Evidence& e) {
       std::erase_if(e.tables.queue, [](const QueueRow& row) { return row.text == "part 2"; });
     }},
    {"the provider gets them in another order", Invariant::order_kept,
     [](Evidence& e) { std::swap(e.taken[0], e.taken[3]); }},
    {"what a person wrote is not stored", Invariant::nothing_lost,
     [](Evidence& e) { e.tables.inbound.pop_back(); }},
    {"what a person wrote is stored twice", Invariant::promoted_once,
     [](Evidence& e) {
       InboundRow again = e.tables.inbound.back();
       again.message_id = "in-again";
       e.tables.inbound.push_back(again);
     }},
    {"what a person wrote is never answered", Invariant::nothing_lost,
     [](Evidence& e) { e.tables.inbound.back().status = "waiting"; }},
    {"an inbound message is flushed without a request", Invariant::nothing_lost,
     [](Evidence& e) { e.tables.inbound.back().status = "flushed"; }},
    {"a turn fails without a reason", Invariant::nothing_lost,
     [](Evidence& e) { e.tables.inbound.back().status = e.tables.turns.back().status = "failed"; }},
    {"a person's words change places", Invariant::order_kept,
     [](Evidence& e) { std::swap(e.tables.inbound[0].position, e.tables.inbound[1].position); }},
    {"a person's words come in the wrong turns", Invariant::order_kept,
     [](Evidence& e) { std::swap(e.tables.inbound[0].turn_id, e.tables.inbound[1].turn_id); }},
    {"a person has two turns at once", Invariant::order_kept,
     [](Evidence& e) { e.tables.turns.back().created_at = at(12); }},
    {"a turn comes again after the next one", Invariant::order_kept,
     [](Evidence& e) {
       e.agent_attempts.push_back(e.agent_attempts.front());
       e.agent_attempts.back().came_at = at(25);
     }},
    {"a turn has two replies", Invariant::promoted_once,
     [](Evidence& e) {
       SentRow again = sent(e, "re 2");
       again.id = "reply-again";
       e.tables.sent.push_back(again);
     }},
    {"a turn has a reply that is not there", Invariant::nothing_lost,
     [](Evidence& e) { e.tables.turns.back().reply_id = "reply-x"; }},
    {"a counter is wrong", Invariant::everything_explained,
     [](Evidence& e) { e.tables.people[0].messages_sent = 4; }},
    {"an acknowledged setting is forgotten", Invariant::nothing_lost,
     [](Evidence& e) { e.tables.people[3].hourly_limit = 1001; }},
};

TEST(ChaosChecker, FindsEveryPlantedViolation) {
  for (const Plant& plant : kPlants) {
    Evidence evidence = Story().evidence();
    plant.plant(evidence);
    EXPECT_GT(count(check(evidence), plant.broken), 0) << plant.what;
  }
}

TEST(ChaosChecker, AllowsWhatWasNotAnswered) {
  Evidence evidence = Story().evidence();
  for (Post& post : evidence.history.posts) {
    if (post.texts.front() == "waits") post.exchange = {.at = at(0), .answered_at = {}, .status = 0};
  }
  EXPECT_TRUE(check(evidence).empty()) << "stored, though the client got no response";
  std::erase_if(evidence.tables.queue, [](const QueueRow& row) { return row.text == "waits"; });
  EXPECT_TRUE(check(evidence).empty()) << "not stored";
}

// Confirmations have the same text for all people.
TEST(ChaosChecker, TellsTheSameWordsToTwoPeopleApart) {
  Evidence evidence = Story().evidence();
  SentRow lost = sent(evidence, "re 2");
  lost.id = "to dan";
  lost.user = "dan";
  lost.purpose = "consent";
  lost.status = "unknown";
  evidence.tables.people[3].messages_sent = 1;
  evidence.tables.sent.push_back(lost);
  evidence.in_doubt.insert(lost.text);
  for (const Violation& violation : check(evidence)) ADD_FAILURE() << violation.what;
}

}  // namespace
}  // namespace orchestrator::chaos
