// Agents that post messages, single and bulk, and cancel some of them.
#include <deque>

#include "chaos/load.hpp"

namespace orchestrator::chaos {
namespace {

using nlohmann::json;
using Method = Client::Method;

constexpr std::size_t kRemembered = 50;  // messages that may still be cancelled
constexpr std::size_t kBulk = 8;
constexpr int kSupersedeKeys = 3;

struct Draft {
  Post post;
  json body;
};

class Poster {
 public:
  Poster(const LoadContext& context, int number, const std::atomic<bool>& stop)
      : context_(context),
        client_(context.fleet, context.statistics, context.seed * 31 + static_cast<unsigned>(number)),
        name_("p" + std::to_string(number)),
        stop_(stop) {}

  void act() {
    const unsigned lot = client_.draw(100);
    if (lot < 8) return cancel_one();
    if (lot < 14) return post_many();
    post_one(draft());
  }

 private:
  const Person& any_of(const std::vector<Person>& people) {
    return people[client_.draw(static_cast<unsigned>(people.size()))];
  }

  const Person& recipient() {
    const Population& population = context_.population;
    const unsigned lot = client_.draw(1000);
    if (lot < 8) return any_of(population.poisoned);
    if (lot < 60) return any_of(population.limited);
    if (lot < 90) return any_of(population.asleep);
    if (lot < 130) return any_of(population.dusk);
    if (lot < 200) return any_of(population.talkers);
    if (lot < 230) return any_of(population.leavers);
    if (lot < 240) return any_of(population.refusing);
    return any_of(population.busy);
  }

  // The database and the provider recognise by this prefix what to refuse.
  static std::string prefix_for(const Person& person) {
    if (person.id.starts_with("poisoned")) return "poison ";
    return person.id.starts_with("refusing") ? kOptedOutPrefix : "";
  }

  std::string text(const Person& person) {
    return prefix_for(person) + name_ + "-" + std::to_string(++texts_);
  }

  Draft draft() {
    const Person& person = recipient();
    Draft draft;
    Post& post = draft.post;
    post.user = person.id;
    post.texts = {text(person)};
    draft.body = {{"userId", person.id}, {"agentId", "concierge_agent_1"}};
    draft.body["idempotencyKey"] = post.texts.front();
    choose_lane(draft);
    const unsigned lot = client_.draw(100);
    if (lot < 6) {
      post.texts.push_back(text(person));
      post.texts.push_back(text(person));
    } else if (lot < 14) {
      post.supersede_key = "key_" + std::to_string(client_.draw(kSupersedeKeys));
      draft.body["supersedeKey"] = post.supersede_key;
    } else if (lot < 22 || (lot < 60 && person.id.starts_with("asleep"))) {
      post.expires_at = wall_clock() + std::chrono::milliseconds{1500 + client_.draw(3000)};
      draft.body["expiresAt"] = format_instant(*post.expires_at);
    } else if (lot < 26) {
      draft.body.erase("idempotencyKey");
    } else if (person.id.starts_with("talker")) {
      post.is_scheduled = post.requires_fresh_context = true;
      draft.body["requiresFreshContext"] = true;
      draft.body["scheduledFor"] = format_instant(wall_clock() + std::chrono::milliseconds{2500});
    }
    add_content(draft);
    return draft;
  }

  void choose_lane(Draft& draft) {
    const unsigned lot = client_.draw(100);
    draft.post.priority = lot < 8 ? "urgent" : lot < 20 ? "high" : lot < 90 ? "medium" : "low";
    draft.post.can_delay = client_.chance(80);
    draft.body["priority"] = draft.post.priority;
    draft.body["canDelay"] = draft.post.can_delay;
  }

  static void add_content(Draft& draft) {
    const auto& texts = draft.post.texts;
    if (texts.size() == 1) {
      draft.body["messageData"] = {{"content", texts.front()}};
      return;
    }
    for (const std::string& text : texts)
      draft.body["messageData"]["sequence"].push_back({{"content", text}});
  }

  void post_one(const Draft& draft) {
    const std::size_t place = context_.history.ask(&Records::posts, draft.post);
    const bool may_repeat = draft.body.contains("idempotencyKey");
    support::HttpAnswer answer = {};
    if (may_repeat) {
      client_.ask_until_answered(Method::post, "/schedule-message", draft.body, answer, stop_);
    } else {
      answer = client_.ask(Method::post, "/schedule-message", draft.body);
    }
    if (answer.status != 0 && answer.status != 503) settle(place, answer.status, json::parse(answer.body));
  }

  void settle(std::size_t place, int status, const json& answer) {
    std::string id;
    if (status == 200) id = answer.at("messageId").get<std::string>();
    context_.history.answer(&Records::posts, place, status, [&](Post& post) { post.id = id; });
    if (status == 200) {
      remember(id);
    } else if (!is_too_late(status, answer)) {
      context_.history.note_surprise("a post was answered with " + std::to_string(status) + ": " +
                                     answer.dump());
    }
  }

  // A repeated request that arrives after the message has expired is refused; the client does not learn
  // whether an earlier attempt was stored.
  static bool is_too_late(int status, const json& answer) {
    return status == 422 && answer.at("error") == "already_expired";
  }

  void post_many() {
    std::vector<std::size_t> places;
    json items = json::array();
    for (std::size_t i = 0; i < kBulk; ++i) {
      Draft item = draft();
      item.body["idempotencyKey"] = item.post.texts.front();
      places.push_back(context_.history.ask(&Records::posts, item.post));
      items.push_back(std::move(item.body));
    }
    while (!places.empty() && !stop_) {
      support::HttpAnswer answer;
      if (!client_.ask_until_answered(Method::post, "/schedule-messages", items, answer, stop_)) return;
      if (answer.status != 200)
        return context_.history.note_surprise("POST /schedule-messages: " + answer.body);
      keep_unanswered(places, items, answer.json().at("results"));
    }
  }

  // Items answered with 503 are posted again.
  void keep_unanswered(std::vector<std::size_t>& places, json& items, const json& results) {
    std::vector<std::size_t> open;
    json again = json::array();
    for (std::size_t i = 0; i < places.size(); ++i) {
      const json& result = results.at(i);
      if (result.at("success") == true) {
        settle(places[i], 200, result);
      } else if (result.at("status") == 503) {
        open.push_back(places[i]);
        again.push_back(items[i]);
      } else {
        settle(places[i], result.at("status").get<int>(), result);
      }
    }
    places = std::move(open);
    items = std::move(again);
  }

  void remember(const std::string& id) {
    recent_.push_back(id);
    if (recent_.size() > kRemembered) recent_.pop_front();
  }

  void cancel_one() {
    if (recent_.empty()) return;
    const std::string id = recent_[client_.draw(static_cast<unsigned>(recent_.size()))];
    const std::size_t place = context_.history.ask(&Records::cancels, Cancel{id, {}});
    support::HttpAnswer answer;
    if (!client_.ask_until_answered(Method::remove, "/messages/" + id, {}, answer, stop_)) return;
    context_.history.answer(&Records::cancels, place, answer.status, [](Cancel&) {});
    if (answer.status != 200 && answer.status != 409)
      context_.history.note_surprise("DELETE " + id + ": " + answer.body);
  }

  const LoadContext& context_;
  Client client_;
  const std::string name_;
  const std::atomic<bool>& stop_;
  int texts_ = 0;
  std::deque<std::string> recent_;
};

}  // namespace

void post_messages(const LoadContext& context, int poster, std::chrono::milliseconds between,
                   const std::atomic<bool>& stop) {
  Poster agent(context, poster, stop);
  while (!stop) {
    agent.act();
    pause(between, stop);
  }
}

}  // namespace orchestrator::chaos
