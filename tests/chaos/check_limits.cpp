// Checks that no person received more messages, or earlier, than the limits allow. Replies to a person's own
// messages count but are never deferred.
#include <algorithm>
#include <map>

#include "chaos/checker.hpp"

namespace orchestrator::chaos {
namespace {

constexpr std::chrono::hours kRollingHour{1};

// A message, or a sequence, which counts as one message.
struct Unit {
  const SentRow* row;
  bool is_scheduled;
};

class LimitCheck {
 public:
  LimitCheck(const Evidence& evidence, Violations& violations)
      : evidence_(evidence), violations_(violations) {
    for (const SentRow& row : evidence.tables.sent) rows_[row.user].push_back(&row);
    for (const InboundRow& row : evidence.tables.inbound) wrote_[row.user].push_back(row.received_at);
    for (const InboundPost& said : evidence.history.inbound) {
      if (said.status == "opted_out" && said.exchange.answered_at)
        opted_out_[said.user] = *said.exchange.answered_at;
    }
  }

  void run() {
    for (const PersonRow& person : evidence_.tables.people) examine(person, units_of(person.id));
  }

 private:
  std::vector<Unit> units_of(const std::string& user) {
    auto& rows = rows_[user];
    std::ranges::sort(rows, {}, [](const SentRow* row) { return std::pair(row->created_at, row->id); });
    std::vector<Unit> units;
    std::set<std::string> sequences;
    for (const SentRow* row : rows) {
      if (!row->sequence_id.empty() && !sequences.insert(row->sequence_id).second) continue;
      units.push_back({row, row->purpose.empty()});
    }
    return units;
  }

  void examine(const PersonRow& person, const std::vector<Unit>& units) {
    const SentRow* last = nullptr;
    for (std::size_t i = 0; i < units.size(); ++i) {
      if (!units[i].is_scheduled) continue;
      const SentRow& row = *units[i].row;
      const std::string name =
          "\"" + row.text + "\" of " + row.user + " at " + format_instant(row.created_at);
      const std::vector<Unit> before(units.begin(), units.begin() + static_cast<std::ptrdiff_t>(i));
      if (last && row.created_at - last->created_at < evidence_.cooldown)
        report(name + " came within the cooldown");
      if (!is_active(row) && row.in_quiet_hours) report(name + " came in quiet hours");
      if (!is_active(row) && exceeds_hour(person, row, before)) report(name + " exceeds the hourly limit");
      if (exceeds_day(person, row, before)) report(name + " exceeds the daily limit");
      const auto opted_out = opted_out_.find(row.user);
      if (opted_out != opted_out_.end() && row.created_at > opted_out->second)
        report(name + " came after STOP");
      last = &row;
    }
  }

  void report(std::string what) { violations_.push_back({Invariant::limits_kept, std::move(what)}); }

  bool is_active(const SentRow& row) {
    return std::ranges::any_of(wrote_[row.user], [&](Instant at) {
      return at <= row.created_at && row.created_at - at <= evidence_.active_window;
    });
  }

  static bool exceeds_hour(const PersonRow& person, const SentRow& row, const std::vector<Unit>& before) {
    return person.hourly_limit > 0 && std::ranges::count_if(before, [&](const Unit& unit) {
                                        return unit.row->created_at > row.created_at - kRollingHour;
                                      }) >= person.hourly_limit;
  }

  static bool exceeds_day(const PersonRow& person, const SentRow& row, const std::vector<Unit>& before) {
    return person.daily_limit > 0 && std::ranges::count_if(before, [&](const Unit& unit) {
                                       return unit.row->local_date == row.local_date;
                                     }) >= person.daily_limit;
  }

  const Evidence& evidence_;
  Violations& violations_;
  std::map<std::string, std::vector<const SentRow*>> rows_;
  std::map<std::string, std::vector<Instant>> wrote_;
  std::map<std::string, Instant> opted_out_;
};

}  // namespace

void check_limits(const Evidence& evidence, Violations& violations) {
  LimitCheck(evidence, violations).run();
}

}  // namespace orchestrator::chaos
