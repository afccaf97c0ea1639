// An operator who uses every admin route repeatedly; those that concern all contacts seldom, because they end
// every other course that a turn could take.
#include "chaos/load.hpp"

namespace orchestrator::chaos {
namespace {

using nlohmann::json;
using Method = Client::Method;

// An operation on all contacts is performed once in so many steps, about every half minute.
constexpr int kRound = 400;
constexpr int kUnlockAll = 50;
constexpr int kFlushAll = 100;

class Operator {
 public:
  Operator(const LoadContext& context, const std::atomic<bool>& stop)
      : context_(context),
        client_(context.fleet, context.statistics, context.seed * 41 + 2000),
        stop_(stop) {}

  void act() {
    const int place = acts_++ % kRound;
    if (place == kUnlockAll) return pull("/api/admin/coordinator/unlock");
    if (place == kFlushAll) return flush_all();
    const unsigned lot = client_.draw(100);
    if (lot < 21) return edit();
    if (lot < 42) return flush_one();
    if (lot < 63) return unlock_one();
    if (lot < 82) return run_self_test();
    take_up_reformulations();
  }

 private:
  const Person& any_of(const std::vector<Person>& people) {
    return people[client_.draw(static_cast<unsigned>(people.size()))];
  }

  static std::string escaped(const std::string& phone_number) { return "%2B" + phone_number.substr(1); }

  // Repeats until there is a response; 404: the person has not written yet.
  support::HttpAnswer post(const std::string& path) {
    support::HttpAnswer answer;
    client_.ask_until_answered(Method::post, path, json::object(), answer, stop_);
    return answer;
  }

  void pull(const std::string& path) { post(path); }

  void unlock_one() {
    pull("/api/admin/coordinator/unlock/" + escaped(any_of(context_.population.flushed).phone_number));
  }

  // A self-test yields to concurrent transactions and may then fail.
  void run_self_test() { client_.ask(Method::post, "/api/admin/coordinator/test", json::object()); }

  void edit() {
    const Person& person = any_of(context_.population.editors);
    const int number = 1000 + ++edits_;
    json settings = person.settings;
    settings["hourlyLimit"] = number;
    const std::size_t place = context_.history.ask(&Records::puts, Put{person.id, number, {}});
    support::HttpAnswer answer;
    if (!client_.ask_until_answered(Method::put, "/users/" + person.id, settings, answer, stop_)) return;
    context_.history.answer(&Records::puts, place, answer.status, [](Put&) {});
    if (answer.status != 200) context_.history.note_surprise("PUT /users: " + answer.body);
  }

  void flush_one() {
    const Person& person = any_of(context_.population.flushed);
    flush(person.id, "/api/admin/coordinator/flush/" + escaped(person.phone_number));
  }

  void flush_all() { flush("", "/api/admin/coordinator/emergency-flush"); }

  void flush(const std::string& user, const std::string& path) {
    const std::size_t place = context_.history.ask(&Records::flushes, Flush{user, {}});
    const support::HttpAnswer answer = post(path);
    if (answer.status != 0) context_.history.answer(&Records::flushes, place, answer.status, [](Flush&) {});
  }

  void take_up_reformulations() {
    const support::HttpAnswer answer = client_.ask(Method::get, "/reformulations?limit=2");
    if (answer.status != 200) return;
    const json open = answer.json();
    for (const auto& request : open.at("reformulations")) {
      post("/reformulations/" + request.at("id").get<std::string>() + "/done");
    }
  }

  const LoadContext& context_;
  Client client_;
  const std::atomic<bool>& stop_;
  int acts_ = 0;
  int edits_ = 0;
};

}  // namespace

void operate(const LoadContext& context, const std::atomic<bool>& stop) {
  Operator hand(context, stop);
  while (!stop) {
    hand.act();
    pause(std::chrono::milliseconds{30}, stop);
  }
}

// Often enough that it sometimes finds a turn whose agent died before an instance's own sweep does.
void sweep(const LoadContext& context, const std::atomic<bool>& stop) {
  Client client(context.fleet, context.statistics, context.seed * 43 + 3000);
  while (!stop) {
    client.ask(Method::post, "/api/admin/coordinator/detect-deadlocks", json::object());
    pause(std::chrono::milliseconds{10}, stop);
  }
}

}  // namespace orchestrator::chaos
