// Instances killed and connections cut at random and at every commit, PostgreSQL stopped in mid-work: through
// the whole way, from ingest to the provider, and from what people write to the replies.
#include <algorithm>
#include <random>

#include "chaos/kinds.hpp"
#include "chaos/stage.hpp"

namespace orchestrator::chaos {
namespace {

using namespace std::chrono_literals;

constexpr auto kStrikePace = 350ms;
constexpr auto kBetweenFaults = 900ms;

// The rules differ a little from start to start, so that they are adopted again; and one instance has no key
// for the LLM at times, so that what waits for it is released.
support::Variables varying(int instance, int start) {
  support::Variables variables = {{"ACTIVE_WINDOW_SECONDS", start % 2 == 0 ? "8" : "9"}};
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

void strike_at_random(Stage& stage, std::mt19937& random) {
  const int instance = static_cast<int>(random() % static_cast<std::size_t>(stage.fleet->size()));
  const auto lot = random() % 100;
  if (lot < 15) {
    if (!(*stage.fleet)[instance].is_ending()) stage.kill(instance);
  } else if (lot < 45) {
    stage.terminate(instance);
  } else if (lot < 75) {
    stage.cut(instance);
  } else if (lot < 85) {
    stage.stop_postgres();
    stage.wait(std::chrono::milliseconds{random() % 1000});
    stage.start_postgres();
  }
}

}  // namespace

Outcome play_crashes(const Run& run) {
  const auto end = std::chrono::steady_clock::now() + run.time;
  Stage stage(run, {.variables = varying, .first_strikes = 200ms});
  stage.failpoints.strike_every(kStrikePace);
  std::mt19937 random(run.seed);
  while (std::chrono::steady_clock::now() < end) {
    strike_at_random(stage, random);
    stage.wait(kBetweenFaults);
    stage.let_time_pass();
    plant_old_rows(stage.database_url());
  }
  Outcome outcome = stage.finish();
  outcome.strikes = stage.failpoints.counts();
  for (std::size_t kind = 0; kind < kinds().size(); ++kind) {
    const auto& strikes = outcome.strikes[kind];
    const bool is_reached = std::ranges::all_of(strikes, [](int times) { return times > 0; });
    if (is_reached) continue;
    const std::string what = "not struck in every way: " + std::string(kinds()[kind].name);
    (run.is_long ? outcome.complaints : outcome.notes).push_back(what);
  }
  return outcome;
}

}  // namespace orchestrator::chaos
