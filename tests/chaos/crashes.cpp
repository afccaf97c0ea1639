// Instances killed and connections cut at random and at every commit, PostgreSQL stopped in mid-work: through
// the whole way, from ingest to the provider, and from what people write to the replies.
#include <algorithm>
#include <random>

#include "chaos/kinds.hpp"
#include "chaos/stage.hpp"

namespace orchestrator::chaos {
namespace {

using namespace std::chrono_literals;

constexpr auto kStrikePace = 300ms;
constexpr auto kBetweenFaults = 700ms;

// The rules differ a little from start to start, so that they are adopted again; and one instance has no key
// for the LLM at times, so that what waits for it is released.
support::Variables varying(int instance, int start) {
  support::Variables variables = {{"ACTIVE_WINDOW_SECONDS", start % 2 == 0 ? "5" : "6"}};
  if (instance == 0 && start % 2 == 1) variables["ANTHROPIC_API_KEY"] = "";
  return variables;
}

void plant_old_rows(const std::string& url) {
  support::Sql(url).run(
      "INSERT INTO agent_actions_log (id, agent_type, action_type, user_id, created_at) "
      "SELECT overlay(uuid_v7()::text PLACING left(uuid_v7_floor(now() - interval '30 days')::text, 13) FROM "
      "1)::uuid, "
      "'chaos', 'old', 'long_ago', now() - interval '30 days' FROM generate_series(1, 50)");
}

// What befalls instances and the database besides the strikes at commits.
enum class Fault { kill, terminate, cut, stop_postgres, none };

// Deals faults like cards, so that each comes as often as it is to, whatever the seed.
class Faults {
 public:
  explicit Faults(unsigned seed) : random_(seed) {}

  Fault next() {
    if (cards_.empty()) {
      for (const auto& [fault, times] : kTimes) cards_.insert(cards_.end(), times, fault);
      std::ranges::shuffle(cards_, random_);
    }
    const Fault fault = cards_.back();
    cards_.pop_back();
    all_were_dealt_ = all_were_dealt_ || cards_.empty();
    return fault;
  }

  bool all_were_dealt() const { return all_were_dealt_; }

 private:
  static constexpr std::pair<Fault, std::size_t> kTimes[] = {
      {Fault::kill, 3}, {Fault::terminate, 6}, {Fault::cut, 6}, {Fault::stop_postgres, 2}, {Fault::none, 3}};
  std::mt19937 random_;
  std::vector<Fault> cards_;
  bool all_were_dealt_ = false;
};

// Any that is not ending: what ends in an orderly way is to come to it.
std::optional<int> somebody(const std::vector<int>& candidates, std::mt19937& random) {
  if (candidates.empty()) return std::nullopt;
  return candidates[random() % candidates.size()];
}

std::vector<int> those_that_go_on(Stage& stage) {
  std::vector<int> found;
  for (int instance = 0; instance < stage.fleet->size(); ++instance) {
    if (!(*stage.fleet)[instance].is_ending()) found.push_back(instance);
  }
  return found;
}

// Those that will not have their agent's answer before they end, so that they give a turn back; if there is
// none, any.
std::vector<int> those_with_a_turn(Stage& stage) {
  std::vector<int> found = those_that_go_on(stage);
  const auto has_none = [&](int instance) {
    return !stage.surroundings.waits_for_agent(instance, (*stage.fleet)[instance].started_at());
  };
  if (!std::ranges::all_of(found, has_none)) std::erase_if(found, has_none);
  return found;
}

void strike(Stage& stage, Fault fault, std::mt19937& random) {
  const auto instance =
      somebody(fault == Fault::terminate ? those_with_a_turn(stage) : those_that_go_on(stage), random);
  switch (fault) {
    case Fault::kill:
      if (instance) stage.kill(*instance);
      return;
    case Fault::terminate:
      if (instance) stage.terminate(*instance);
      return;
    case Fault::cut:
      if (instance) stage.cut(*instance);
      return;
    case Fault::stop_postgres:
      stage.stop_postgres();
      stage.wait(std::chrono::milliseconds{random() % 1000});
      return stage.start_postgres();
    case Fault::none:
      return;
  }
}

}  // namespace

// The short version ends as soon as all has happened that is to be shown.
Outcome play_crashes(const Run& run) {
  const auto end = std::chrono::steady_clock::now() + run.time;
  Stage stage(run, {.variables = varying, .first_strikes = 200ms});
  stage.failpoints.strike_every(kStrikePace);
  std::mt19937 random(run.seed);
  Faults faults(run.seed);
  const auto has_shown_all = [&] {
    return !run.is_long && faults.all_were_dealt() && stage.failpoints.incomplete().empty();
  };
  while (std::chrono::steady_clock::now() < end && !has_shown_all()) {
    strike(stage, faults.next(), random);
    stage.wait(kBetweenFaults);
    stage.let_time_pass();
    plant_old_rows(stage.database_url());
  }
  Outcome outcome = stage.finish();
  outcome.strikes = stage.failpoints.counts();
  for (const std::size_t kind : stage.failpoints.incomplete()) {
    const std::string what = "not struck in every way: " + std::string(kinds()[kind].name);
    (run.is_long ? outcome.complaints : outcome.notes).push_back(what);
  }
  return outcome;
}

}  // namespace orchestrator::chaos
