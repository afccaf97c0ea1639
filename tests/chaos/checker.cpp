#include "chaos/checker.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>

namespace orchestrator::chaos {
namespace {

std::size_t units_on(const std::vector<const SentRow*>& rows, const std::string& date) {
  std::set<std::string> units;
  for (const SentRow* row : rows) {
    if (row->local_date == date) units.insert(row->sequence_id.empty() ? row->id : row->sequence_id);
  }
  return units.size();
}

// The last setting that was acknowledged, or one whose request was not answered.
bool may_be_last(const std::vector<const Put*>& puts, int number) {
  int last = 0;
  for (const Put* put : puts) {
    if (put->exchange.is_acknowledged()) last = std::max(last, put->number);
  }
  return std::ranges::any_of(puts, [&](const Put* put) {
    return put->number == number && (number == last || !put->exchange.is_acknowledged());
  });
}

}  // namespace

std::string to_text(Invariant invariant) {
  switch (invariant) {
    case Invariant::nothing_lost:
      return "lost";
    case Invariant::promoted_once:
      return "promoted twice";
    case Invariant::sent_once:
      return "sent twice";
    case Invariant::limits_kept:
      return "limits exceeded";
    case Invariant::order_kept:
      return "order broken";
    case Invariant::everything_explained:
      return "unexplained";
  }
  std::abort();
}

Violations check(const Evidence& evidence) {
  Violations violations;
  for (auto* part : {check_queue, check_deliveries, check_limits, check_order, check_inbound, check_people}) {
    part(evidence, violations);
  }
  return violations;
}

// Counters agree with the messages sent, and settings are those that were acknowledged.
void check_people(const Evidence& evidence, Violations& violations) {
  std::map<std::string, std::vector<const SentRow*>> sent;
  for (const SentRow& row : evidence.tables.sent) sent[row.user].push_back(&row);
  std::map<std::string, std::vector<const Put*>> puts;
  for (const Put& put : evidence.history.puts) puts[put.user].push_back(&put);

  for (const PersonRow& person : evidence.tables.people) {
    const auto& rows = sent[person.id];
    const auto counted = static_cast<std::size_t>(person.messages_sent);
    if (units_on(rows, person.counted_date) != counted) {
      violations.push_back({Invariant::everything_explained,
                            person.id + ": " + std::to_string(counted) + " sends are counted, there are " +
                                std::to_string(units_on(rows, person.counted_date))});
    }
    if (!puts[person.id].empty() && !may_be_last(puts[person.id], person.hourly_limit)) {
      violations.push_back({Invariant::nothing_lost, person.id + " has the settings of request " +
                                                         std::to_string(person.hourly_limit)});
    }
  }
}

int count(const Violations& violations, Invariant invariant) {
  return static_cast<int>(std::ranges::count(violations, invariant, &Violation::invariant));
}

}  // namespace orchestrator::chaos
