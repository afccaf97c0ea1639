// Instances are killed and connections cut, at random and at every commit; PostgreSQL is stopped under load.
// Covers the whole way from ingest to the provider and from inbound messages to replies.
#include <algorithm>
#include <random>

#include "chaos/test_bed.hpp"
#include "chaos/transaction_kinds.hpp"

namespace orchestrator::chaos {
namespace {

using namespace std::chrono_literals;

constexpr auto kStrikePace = 300ms;
constexpr auto kBetweenFaults = 700ms;

// The rules differ slightly from start to start, so that instances adopt them again; one instance sometimes
// has no LLM key, so that messages awaiting the LLM are released.
support::Variables varying(int instance, int start) {
  support::Variables variables = {{"ACTIVE_WINDOW_SECONDS", start % 2 == 0 ? "5" : "6"}};
  if (instance == 0 && start % 2 == 1) variables["ANTHROPIC_API_KEY"] = "";
  return variables;
}

void plant_old_rows(const std::string& url) {
  support::Sql(url).run(
      "INSERT INTO agent_actions_log (id, agent_type, action_type, user_id, created_at) "
      "SELECT overlay(uuid_v7(shard_of('long_ago'))::text "
      "PLACING left(uuid_v7_floor(now() - interval '30 days')::text, 13) FROM 1)::uuid, "
      "'chaos', 'old', 'long_ago', now() - interval '30 days' FROM generate_series(1, 50)");
}

// Faults besides those at commits.
enum class Fault { kill, terminate, cut, stop_postgres, none };

// Draws without replacement, so that each fault occurs as often as intended, whatever the seed.
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

// Any instance that is not shutting down: an orderly shutdown must be able to finish.
std::optional<int> any_of(const std::vector<int>& candidates, std::mt19937& random) {
  if (candidates.empty()) return std::nullopt;
  return candidates[random() % candidates.size()];
}

std::vector<int> those_that_go_on(TestBed& test_bed) {
  std::vector<int> found;
  for (int instance = 0; instance < test_bed.fleet->size(); ++instance) {
    if (!(*test_bed.fleet)[instance].is_ending()) found.push_back(instance);
  }
  return found;
}

// An instance whose agent will not answer before it ends, so that it releases a turn; if there is none, any.
std::vector<int> those_with_a_turn(TestBed& test_bed) {
  std::vector<int> found = those_that_go_on(test_bed);
  const auto has_none = [&](int instance) {
    return !test_bed.external_services.is_waiting_for_agent(instance,
                                                            (*test_bed.fleet)[instance].started_at());
  };
  if (!std::ranges::all_of(found, has_none)) std::erase_if(found, has_none);
  return found;
}

void fault(TestBed& test_bed, Fault fault, std::mt19937& random) {
  const auto instance =
      any_of(fault == Fault::terminate ? those_with_a_turn(test_bed) : those_that_go_on(test_bed), random);
  switch (fault) {
    case Fault::kill:
      if (instance) test_bed.kill(*instance);
      return;
    case Fault::terminate:
      if (instance) test_bed.terminate(*instance);
      return;
    case Fault::cut:
      if (instance) test_bed.cut(*instance);
      return;
    case Fault::stop_postgres:
      test_bed.stop_postgres();
      test_bed.wait(std::chrono::milliseconds{random() % 1000});
      return test_bed.start_postgres();
    case Fault::none:
      return;
  }
}

}  // namespace

// The short version ends as soon as every commit kind has been hit in every way.
Outcome run_crashes(const Run& run) {
  const auto end = std::chrono::steady_clock::now() + run.time;
  TestBed test_bed(run, {.variables = varying, .initial_fault_pace = 200ms});
  test_bed.failpoints.inject_every(kStrikePace);
  std::mt19937 random(run.seed);
  Faults faults(run.seed);
  const auto has_shown_all = [&] {
    return !run.is_long && faults.all_were_dealt() && test_bed.failpoints.incomplete().empty();
  };
  while (std::chrono::steady_clock::now() < end && !has_shown_all()) {
    fault(test_bed, faults.next(), random);
    test_bed.wait(kBetweenFaults);
    test_bed.expire_leases();
    plant_old_rows(test_bed.database_url());
  }
  Outcome outcome = test_bed.finish();
  outcome.commit_faults = test_bed.failpoints.counts();
  for (const std::size_t kind : test_bed.failpoints.incomplete()) {
    const std::string what = "not struck in every way: " + std::string(transaction_kinds()[kind].name);
    (run.is_long ? outcome.failures : outcome.notes).push_back(what);
  }
  return outcome;
}

}  // namespace orchestrator::chaos
