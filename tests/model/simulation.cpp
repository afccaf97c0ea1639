#include "model/simulation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>

#include "model/checker.hpp"
#include "model/observer.hpp"
#include "model/writers.hpp"
#include "processor/pass.hpp"
#include "support/world.hpp"

namespace orchestrator::model {

namespace {

using namespace std::chrono_literals;

// Two days before clocks are turned, somewhere: New York and Havana, London, Lord Howe and Santiago,
// Casablanca for Ramadan and back, Cairo; and an ordinary month.
constexpr std::array kBeginnings = {"2026-10-30T12:00:00Z", "2027-03-12T03:00:00Z", "2026-10-23T00:00:00Z",
                                    "2027-03-26T00:00:00Z", "2026-10-02T00:00:00Z", "2027-04-02T06:00:00Z",
                                    "2027-02-05T00:00:00Z", "2027-03-12T12:00:00Z", "2026-10-27T09:00:00Z",
                                    "2026-09-04T00:00:00Z", "2026-06-10T00:00:00Z"};

// The default first.
const std::vector<std::string> kZones = {
    "America/New_York", "Europe/London",      "Africa/Casablanca", "Australia/Lord_Howe", "Asia/Kathmandu",
    "Pacific/Chatham",  "Pacific/Kiritimati", "Etc/GMT+12",        "America/Havana",      "America/Santiago",
    "Africa/Cairo",     "Asia/Beirut",        "America/St_Johns",  "Asia/Kolkata",        "Pacific/Apia"};

// A world lasts about so long: when it is late, time goes faster.
constexpr std::chrono::hours kLifetime{16 * 24};

// Among so many lives the next first instant is chosen.
constexpr std::size_t kWatched = 25;
constexpr std::size_t kWatchedWhenLate = 2;

class Simulation {
 public:
  explicit Simulation(const WorldOptions& options)
      : options_(options), random_(options.seed), lives_(made(options)) {
    rules_.has_renderer = options.seed / 500 % 2 == 0;
    clock_.set(beginning_);
    calendar_ = std::make_unique<Calendar>(sql_, kZones, beginning_ - 120h, beginning_ + 90 * 24h);
    expectation_ = std::make_unique<Expectation>(*calendar_, rules_);
    checker_ = std::make_unique<Checker>(*expectation_, lives_);
    writers_.create(lives_, beginning_);
  }

  Outcome run() {
    for (int step = 0; step < options_.steps && is_fine(); ++step) {
      is_late_ = clock_.now() < beginning_ + kLifetime * step / options_.steps;
      move_clock();
      if (is_fine() && !one_in(3)) write();
      if (is_fine() && !one_in(3)) answer();
      if (is_fine()) look(one_in(4) ? Look::express : Look::full);
    }
    if (is_fine()) look(Look::full);
    if (is_fine()) observer_.audit(lives_, *checker_, clock_.now());
    Outcome outcome{.violation = checker_->violation(), .looks = looks_};
    for (const Life& life : lives_) outcome.sent += life.sends.size();
    outcome.days = std::chrono::duration<double, std::ratio<86400>>(clock_.now() - beginning_).count();
    return outcome;
  }

 private:
  static std::vector<Life> made(const WorldOptions& options) {
    std::vector<Life> lives(static_cast<std::size_t>(options.lives));
    for (std::size_t i = 0; i < lives.size(); ++i) {
      lives[i].id = fmt::format("seed-{}", options.seed + i);
      lives[i].random.seed(options.seed + i);
    }
    return lives;
  }

  bool is_fine() const { return checker_->violation().empty(); }
  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
  bool one_in(std::uint64_t n) { return below(n) == 0; }
  Life& any_life() { return lives_[below(lives_.size())]; }

  void write() {
    writers_.write(lives_, clock_.now(), options_.writes_per_mille);
    checker_->follow(observer_.observe(), Look::none, clock_.now());
  }

  // The LLM answers what it was asked, or fails, or is never heard of again.
  void answer() {
    using Kind = RenderVerdict::Kind;
    const Instant now = clock_.now();
    while (true) {
      const RenderLease lease{ids_.next(now).value, now + 90s};
      const auto request = renderings_.claim(lease, now);
      if (!request) break;
      const auto fate = below(100);
      if (fate >= 90) continue;
      const bool is_relevance = request->question == LlmQuestion::relevance;
      RenderVerdict verdict;
      verdict.kind = is_relevance ? Kind::supersede : Kind::fail;
      if (fate < 60) verdict.kind = Kind::approve;
      if (fate >= 75) verdict.kind = Kind::retry;
      if (!is_relevance) verdict.text = "Hello";
      verdict.retry_at = now + below(120) * 1s + 1us;
      verdict.action = "relevance";
      renderings_.record(lease, *request, verdict, now);
    }
    checker_->follow(observer_.observe(), Look::none, now);
  }

  void look(Look look) {
    const processor::PassContext context{passes_, clock_, ids_, rules_, kNeverBusy, options_.plan};
    processor::run_pass(context,
                        look == Look::full ? processor::PassKind::full : processor::PassKind::express,
                        std::stop_token{});
    ++looks_;
    checker_->follow(observer_.observe(), look, clock_.now());
  }

  void move_clock() {
    const auto kind = below(100);
    if (kind < 40) {
      jump_to_a_first_instant();
    } else if (kind < 55) {
      jump_to_a_boundary();
    } else if (kind < 80) {
      clock_.advance(Duration{static_cast<Duration::rep>(below(90'000'000))});
    } else if (kind < 92) {
      clock_.advance(below(is_late_ ? 600 : 60) * 1min);
    } else if (const auto& alarm = any_life().alarm; alarm && *alarm > clock_.now()) {
      if (*alarm < clock_.now() + 2h) clock_.set(*alarm);
    }
  }

  // The instant at which something must go, and one microsecond before it, at which it must not.
  void jump_to_a_first_instant() {
    std::optional<Instant> first;
    for (std::size_t i = 0; i < (is_late_ ? kWatchedWhenLate : kWatched); ++i) {
      const auto eligible = any_life().first_eligible;
      if (eligible && *eligible > clock_.now()) first = std::min(first.value_or(*eligible), *eligible);
    }
    if (!first) return;
    if (one_in(2)) {
      clock_.set(*first - 1us);
      look(Look::full);
      if (!is_fine()) return;
    }
    clock_.set(*first);
  }

  // Around the begin or end of somebody's quiet hours or day, with something that would go.
  void jump_to_a_boundary() {
    static constexpr std::array<Duration, 4> kAround = {-1us, 0us, 1us, 30s};
    Life& life = any_life();
    const Instant now = clock_.now();
    auto boundaries = expectation_->quiet_boundaries(life, now, 1);
    const ZoneClock& zone = expectation_->clock_of(life);
    boundaries.push_back(zone.first(Wall{zone.date(now) + std::chrono::days{1}}));
    if (life.last_inbound) boundaries.push_back(*life.last_inbound + rules_.active_window);
    std::erase_if(boundaries, [now](Instant boundary) { return boundary <= now || boundary > now + 2h; });
    if (boundaries.empty()) return;
    clock_.set(std::max(now, boundaries[below(boundaries.size())] + kAround[below(kAround.size())]));
    if (!life.opted_out) writers_.hurry(life, clock_.now());
  }

  // Whether others are due is not of a life; policy tests look at that.
  static constexpr std::int64_t kNeverBusy = 1'000'000;

  const WorldOptions& options_;
  const Instant beginning_ = parse_instant(kBeginnings[options_.seed % kBeginnings.size()]).value();
  bool is_late_ = false;
  std::mt19937_64 random_;
  std::vector<Life> lives_;
  support::TestDatabase test_database_;
  support::FakeClock clock_;
  RuleDefaults rules_;
  UuidV7Source ids_;
  storage::Database database_{Secret{test_database_.url()}, 2};
  storage::PassStore passes_{database_};
  storage::RenderStore renderings_{database_};
  support::Sql sql_{test_database_.url()};
  Observer observer_{sql_};
  Writers writers_{sql_, kZones};
  std::unique_ptr<Calendar> calendar_;
  std::unique_ptr<Expectation> expectation_;
  std::unique_ptr<Checker> checker_;
  std::size_t looks_ = 0;
};

}  // namespace

Outcome live_through(const WorldOptions& options) { return Simulation(options).run(); }

}  // namespace orchestrator::model
