#include "chaos/test_bed.hpp"

#include <algorithm>
#include <cstdio>

#include "chaos/lease_expiry.hpp"
#include "support/eventually.hpp"
#include "support/running_service.hpp"

namespace orchestrator::chaos {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::seconds kCooldown{1};
constexpr std::chrono::seconds kActiveWindow{6};
// Leases last 60 and 90 s and look-ups follow after 2, 10 and 60 s; the short version expires them early.
constexpr std::chrono::seconds kLongDrainLimit = 300s;
constexpr std::chrono::seconds kShortDrainLimit = 100s;
constexpr auto kPollInterval = 250ms;
constexpr int kPollsPerProgressLine = 40;
constexpr auto kCopyLimit = 30s;

// For all instances of all scenarios: short intervals, so that a run of minutes covers what otherwise takes
// hours.
const support::Variables kVariables = {{"PROCESS_INTERVAL_SECONDS", "1"},
                                       {"COOLDOWN_SECONDS", std::to_string(kCooldown.count())},
                                       {"ACTIVE_WINDOW_SECONDS", std::to_string(kActiveWindow.count())},
                                       {"SEND_CONCURRENCY", "16"},
                                       {"MESSAGES_PER_SECOND", "400"},
                                       {"MAX_INBOUND_PER_CONTACT", "1000"},
                                       {"RETENTION_DAYS", "1"}};

// The work that can still be done; everything else waits for an hour to pass, for the end of quiet hours, or
// for an operator.
constexpr const char* kRemainingWork = R"sql(
SELECT string_agg(format('%s %s', n, what), ', ') FROM (
  SELECT 'people due' AS what, count(*) AS n FROM user_message_budget WHERE next_attempt_at < now() + interval '3 s'
  UNION ALL
  SELECT 'with the LLM', count(*) FROM llm_work WHERE question IS NOT NULL
  UNION ALL
  SELECT 'people to be answered', count(*) FROM inbound_contacts WHERE next_turn_at IS NOT NULL
  UNION ALL
  SELECT 'messages ' || status, count(*) FROM messages
  WHERE direction = 'outbound' AND (status = 'sending' OR status = 'unknown' AND next_attempt_at IS NOT NULL
                                    OR status = 'pending' AND waiting_for IS DISTINCT FROM 'quiet_hours')
  GROUP BY status
) AS work WHERE n > 0)sql";

// Copies the cluster, with owner and permissions, to `place`.
std::filesystem::path copy_cluster(const std::filesystem::path& cluster, const std::filesystem::path& place) {
  const embedded::Command copy{.arguments = {"/bin/cp", "--archive", cluster, place / "postgres"},
                               .environment = {"PATH=/usr/bin:/bin"}};
  const embedded::CommandResult result = embedded::run(copy, kCopyLimit);
  if (result.status != 0) throw std::runtime_error("cp: " + result.output);
  return place;
}

}  // namespace

TestBed::TestBed(const Run& the_run, TestBedOptions options)
    : run(the_run),
      postgres({.data_dir = copy_cluster(run.cluster, data_.path()), .durable = true}),
      failpoints(run.seed),
      external_services(run.seed, options.instances),
      population(make_population(wall_clock())),
      options_(std::move(options)),
      database_url_(postgres.url()) {
  failpoints.inject_every(options_.initial_fault_pace);
  fleet.emplace(
      FleetOptions{.instances = options_.instances,
                   .upstreams = options_.upstreams({(data_.path() / "socket").string(), 5432}),
                   .has_proxies = options_.has_proxies,
                   .login = "user=orchestrator dbname=orchestrator",
                   .environment = [this](int instance, int start) { return variables(instance, start); },
                   .logs = run.directory},
      failpoints);
  if (!fleet->all_listen()) throw std::runtime_error("the instances do not start");
  prepare_database();
  load_.emplace(LoadContext{*fleet, external_services, population, history, statistics, run.seed},
                options_.load);
  began_ = wall_clock();
}

support::Variables TestBed::variables(int instance, int start) const {
  return support::with(support::with(kVariables, external_services.variables(instance)),
                       options_.variables(instance, start));
}

// Provokes rare transactions: a message that no pass can store, and rows that are due for deletion.
void TestBed::prepare_database() {
  support::Sql sql(database_url());
  sql.run("ALTER TABLE messages ADD CONSTRAINT no_poison CHECK (content NOT LIKE 'poison%')");
  sql.run("INSERT INTO users (id) VALUES ('long_ago')");
}

void TestBed::wait(std::chrono::milliseconds time) const {
  const std::atomic<bool> never = false;
  pause(time, never);
}

void TestBed::kill(int instance) {
  history.note_fault("kill -9 of instance " + std::to_string(instance));
  (*fleet)[instance].signal(SIGKILL);
  ++outcome_.kills;
}

void TestBed::terminate(int instance) {
  history.note_fault("SIGTERM to instance " + std::to_string(instance));
  (*fleet)[instance].signal(SIGTERM);
  ++outcome_.stops;
}

void TestBed::cut(int instance) {
  history.note_fault("connections of instance " + std::to_string(instance) + " cut");
  (*fleet)[instance].cut_connections();
  ++outcome_.cuts;
}

void TestBed::stop_postgres() {
  history.note_fault("PostgreSQL stopped");
  postgres.stop_now();
  ++outcome_.stops;
}

void TestBed::start_postgres() {
  postgres.start();
  history.note_fault("PostgreSQL started");
}

void TestBed::stall(int instance, std::chrono::milliseconds time) {
  history.note_fault("instance " + std::to_string(instance) + " stopped in mid-work");
  (*fleet)[instance].signal(SIGSTOP);
  ++outcome_.stops;
  wait(time);
  (*fleet)[instance].signal(SIGCONT);
  history.note_fault("instance " + std::to_string(instance) + " goes on");
}

void TestBed::expire_leases() const {
  if (!run.is_long) expire_leases_of_dead_instances(database_url(), kUnderLoad);
}

std::string TestBed::remaining_work() const {
  if (!run.is_long) {
    expire_leases_of_dead_instances(database_url(), kWithoutLoad);
    expire_unrenewed_turns(database_url());
  }
  return support::Sql(database_url()).value(kRemainingWork);
}

void TestBed::drain() {
  const auto began = std::chrono::steady_clock::now();
  const auto limit = run.is_long ? kLongDrainLimit : kShortDrainLimit;
  std::string left = remaining_work();
  int looks = 0;
  while (!left.empty() && std::chrono::steady_clock::now() < began + limit) {
    wait(kPollInterval);
    left = remaining_work();
    if (++looks % kPollsPerProgressLine == 0) std::fprintf(stderr, "  still to be done: %s\n", left.c_str());
  }
  if (!left.empty()) outcome_.failures.push_back("left, though it can be done: " + left);
  const auto took =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - began);
  outcome_.notes.push_back("all was done after " + std::to_string(took.count()) + " s more");
}

Outcome TestBed::finish() {
  failpoints.stop_injecting();
  const std::chrono::milliseconds silence = longest_silence(history.records());
  load_->stop();
  external_services.stop_misbehaving();
  if (!fleet->all_listen()) outcome_.failures.push_back("not all instances came back");
  drain();
  const Evidence seen = evidence();
  fleet->stop();
  postgres.stop_now();  // its data is no longer needed
  outcome_.violations = check(seen);
  outcome_.acknowledged = history.acknowledged_posts();
  outcome_.longest_silence = silence;
  outcome_.kills += failpoints.total(CommitFault::kill_before) + failpoints.total(CommitFault::kill_after);
  outcome_.cuts += failpoints.total(CommitFault::cut_before) + failpoints.total(CommitFault::cut_after);
  collect_failures(outcome_);
  if (!outcome_.is_good()) write(seen.history, run.directory / "history.txt");
  return outcome_;
}

Evidence TestBed::evidence() {
  Evidence evidence;
  evidence.history = history.records();
  evidence.tables = read_tables(database_url());
  evidence.taken = external_services.provider().taken();
  evidence.agent_attempts = external_services.agent_attempts();
  for (const auto& [text, is_in_doubt] : external_services.texts_in_doubt()) evidence.in_doubt.insert(text);
  evidence.cooldown = kCooldown;
  evidence.active_window = kActiveWindow;
  return evidence;
}

void TestBed::collect_failures(Outcome& outcome) {
  for (const std::string& response : history.records().unexplained_responses)
    outcome.failures.push_back(response);
  for (const std::string& transaction : failpoints.unknown()) {
    outcome.failures.push_back("a transaction of no known kind has written:\n" + transaction);
  }
  if (statistics.without_retry_after > 0) outcome.failures.push_back("503 without Retry-After");
  if (const int ended = fleet->unexpected_exits(); ended > 0) {
    outcome.failures.push_back(std::to_string(ended) + " times an instance ended by itself");
  }
}

std::chrono::milliseconds TestBed::longest_silence(const Records& records) const {
  std::vector<Instant> acknowledged = {began_};
  for (const Post& post : records.posts) {
    if (post.exchange.is_acknowledged() && *post.exchange.answered_at > began_) {
      acknowledged.push_back(*post.exchange.answered_at);
    }
  }
  acknowledged.push_back(wall_clock());
  std::ranges::sort(acknowledged);
  Duration longest{0};
  for (std::size_t i = 1; i < acknowledged.size(); ++i) {
    longest = std::max(longest, acknowledged[i] - acknowledged[i - 1]);
  }
  return std::chrono::duration_cast<std::chrono::milliseconds>(longest);
}

}  // namespace orchestrator::chaos
