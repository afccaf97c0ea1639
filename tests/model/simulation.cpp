#include "model/simulation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <set>

#include "model/checker.hpp"
#include "model/external_writers.hpp"
#include "model/observer.hpp"
#include "model/poster.hpp"
#include "processor/pass.hpp"
#include "support/world.hpp"

namespace orchestrator::model {

namespace {

using namespace std::chrono_literals;

// Two days before clock changes: New York and Havana, London, Lord Howe and Santiago,
// Casablanca for Ramadan and back, Cairo; and a month without changes.
constexpr std::array kStarts = {"2026-10-30T12:00:00Z", "2027-03-12T03:00:00Z", "2026-10-23T00:00:00Z",
                                "2027-03-26T00:00:00Z", "2026-10-02T00:00:00Z", "2027-04-02T06:00:00Z",
                                "2027-02-05T00:00:00Z", "2027-03-12T12:00:00Z", "2026-10-27T09:00:00Z",
                                "2026-09-04T00:00:00Z", "2026-06-10T00:00:00Z"};

// The default first.
const std::vector<std::string> kZones = {
    "America/New_York", "Europe/London",      "Africa/Casablanca", "Australia/Lord_Howe", "Asia/Kathmandu",
    "Pacific/Chatham",  "Pacific/Kiritimati", "Etc/GMT+12",        "America/Havana",      "America/Santiago",
    "Africa/Cairo",     "Asia/Beirut",        "America/St_Johns",  "Asia/Kolkata",        "Pacific/Apia"};

// The simulated time of a world, approximately; the clock moves faster when it lags behind.
constexpr std::chrono::hours kLifetime{16 * 24};

// The clock jumps to the earliest first_eligible of this many random users.
constexpr std::size_t kSampledUsers = 25;
constexpr std::size_t kSampledUsersWhenLate = 2;

class Simulation {
 public:
  explicit Simulation(const WorldOptions& options)
      : options_(options), random_(options.seed), users_(make_users(options)) {
    rules_.has_renderer = options.seed / 500 % 2 == 0;
    clock_.set(start_);
    calendar_ = std::make_unique<Calendar>(sql_, kZones, start_ - 120h, start_ + 90 * 24h);
    expectation_ = std::make_unique<Expectation>(*calendar_, rules_);
    checker_ = std::make_unique<Checker>(*expectation_, users_);
    writers_.create(users_, start_);
  }

  Outcome run() {
    for (int step = 0; step < options_.steps && is_fine(); ++step) {
      is_late_ = clock_.now() < start_ + kLifetime * step / options_.steps;
      move_clock();
      if (is_fine() && !one_in(3)) write();
      if (is_fine() && one_in(2)) post();
      if (is_fine() && !one_in(3)) answer();
      if (is_fine()) run_pass(one_in(4) ? PassRun::express : PassRun::full);
    }
    if (is_fine()) run_pass(PassRun::full);
    if (is_fine()) observer_.audit(users_, *checker_, clock_.now());
    Outcome outcome{
        .violation = checker_->violation(), .passes = pass_count_, .promoted_at_once = promoted_at_once_};
    for (const SimulatedUser& user : users_) outcome.sent += user.sends.size();
    outcome.days = std::chrono::duration<double, std::ratio<86400>>(clock_.now() - start_).count();
    return outcome;
  }

 private:
  static std::vector<SimulatedUser> make_users(const WorldOptions& options) {
    std::vector<SimulatedUser> users(static_cast<std::size_t>(options.users));
    for (std::size_t i = 0; i < users.size(); ++i) {
      users[i].id = fmt::format("seed-{}", options.seed + i);
      users[i].random.seed(options.seed + i);
    }
    return users;
  }

  bool is_fine() const { return checker_->violation().empty(); }
  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
  bool one_in(std::uint64_t n) { return below(n) == 0; }
  SimulatedUser& any_user() { return users_[below(users_.size())]; }

  void write() {
    writers_.write(users_, clock_.now(), options_.writes_per_mille);
    checker_->check(observer_.observe(), PassRun::none, clock_.now());
  }

  // Some users get an urgent or high message; sometimes another program writes while it is decided on.
  void post() {
    const Instant now = clock_.now();
    std::set<std::string> posted;
    for (auto count = 1 + below(5); count > 0; --count) {
      SimulatedUser& user = any_user();
      if (!posted.insert(user.id).second) continue;
      const bool is_disturbed = user.one_in(3);
      if (poster_.post(user, writers_.any_express_message(user, now), now, [&] {
            if (is_disturbed) writers_.write(user, now);
          }))
        ++promoted_at_once_;
    }
    checker_->check(observer_.observe(), PassRun::post, now);
  }

  // The LLM answers, or fails, or the process dies during the call.
  void answer() {
    using Kind = RenderVerdict::Kind;
    const Instant now = clock_.now();
    while (true) {
      const RenderLease lease{ids_.next_token(now), now + 90s};
      const auto request = renderings_.claim(lease, now);
      if (!request) break;
      const auto luck = below(100);
      if (luck >= 90) continue;
      const bool is_relevance = request->question == LlmQuestion::relevance;
      RenderVerdict verdict;
      verdict.kind = is_relevance ? Kind::supersede : Kind::fail;
      if (luck < 60) verdict.kind = Kind::approve;
      if (luck >= 75) verdict.kind = Kind::retry;
      if (!is_relevance) verdict.text = "Hello";
      verdict.retry_at = now + below(120) * 1s + 1us;
      verdict.action = "relevance";
      renderings_.record(lease, *request, verdict, now);
    }
    checker_->check(observer_.observe(), PassRun::none, now);
  }

  void run_pass(PassRun pass) {
    const processor::PassContext context{pass_store_, clock_, ids_, rules_, kNeverBusy, options_.plan};
    processor::run_pass(context,
                        pass == PassRun::full ? processor::PassKind::full : processor::PassKind::express,
                        std::stop_token{});
    ++pass_count_;
    checker_->check(observer_.observe(), pass, clock_.now());
  }

  void move_clock() {
    const auto kind = below(100);
    if (kind < 40) {
      jump_to_first_eligible();
    } else if (kind < 55) {
      jump_to_boundary();
    } else if (kind < 80) {
      clock_.advance(Duration{static_cast<Duration::rep>(below(90'000'000))});
    } else if (kind < 92) {
      clock_.advance(below(is_late_ ? 600 : 60) * 1min);
    } else if (const auto& next_attempt_at = any_user().next_attempt_at;
               next_attempt_at && *next_attempt_at > clock_.now()) {
      if (*next_attempt_at < clock_.now() + 2h) clock_.set(*next_attempt_at);
    }
  }

  // To the instant at which a message must be sent, or to one microsecond before it, at which it must not.
  void jump_to_first_eligible() {
    std::optional<Instant> first;
    for (std::size_t i = 0; i < (is_late_ ? kSampledUsersWhenLate : kSampledUsers); ++i) {
      const auto eligible = any_user().first_eligible;
      if (eligible && *eligible > clock_.now()) first = std::min(first.value_or(*eligible), *eligible);
    }
    if (!first) return;
    if (one_in(2)) {
      clock_.set(*first - 1us);
      run_pass(PassRun::full);
      if (!is_fine()) return;
    }
    clock_.set(*first);
  }

  // To an instant around a boundary of a user's quiet hours, day or activity, with a sendable message.
  void jump_to_boundary() {
    static constexpr std::array<Duration, 4> kAround = {-1us, 0us, 1us, 30s};
    SimulatedUser& user = any_user();
    const Instant now = clock_.now();
    auto boundaries = expectation_->quiet_boundaries(user, now, 1);
    const ZoneClock& zone = expectation_->clock_of(user);
    boundaries.push_back(zone.first(Wall{zone.date(now) + std::chrono::days{1}}));
    if (user.last_inbound) boundaries.push_back(*user.last_inbound + rules_.active_window);
    std::erase_if(boundaries, [now](Instant boundary) { return boundary <= now || boundary > now + 2h; });
    if (boundaries.empty()) return;
    clock_.set(std::max(now, boundaries[below(boundaries.size())] + kAround[below(kAround.size())]));
    if (!user.opted_out) writers_.schedule_urgent(user, clock_.now());
  }

  // The number of due users does not depend on one user; the tests of policy cover it.
  static constexpr std::int64_t kNeverBusy = 1'000'000;

  const WorldOptions& options_;
  const Instant start_ = parse_instant(kStarts[options_.seed % kStarts.size()]).value();
  bool is_late_ = false;
  std::mt19937_64 random_;
  std::vector<SimulatedUser> users_;
  support::TestDatabase test_database_;
  support::FakeClock clock_;
  RuleDefaults rules_;
  UuidV7Source ids_{support::logical_shards()};
  storage::Database database_{Secret{test_database_.url()}, 2};
  storage::PassStore pass_store_{database_};
  storage::QueueStore queue_store_{database_};
  storage::RenderStore renderings_{database_};
  support::Sql sql_{test_database_.url()};
  Observer observer_{sql_};
  ExternalWriters writers_{sql_, kZones};
  Poster poster_{queue_store_, ids_, rules_, sql_, options_.ignores_versions};
  std::unique_ptr<Calendar> calendar_;
  std::unique_ptr<Expectation> expectation_;
  std::unique_ptr<Checker> checker_;
  std::size_t pass_count_ = 0;
  std::size_t promoted_at_once_ = 0;
};

}  // namespace

Outcome simulate(const WorldOptions& options) { return Simulation(options).run(); }

}  // namespace orchestrator::model
