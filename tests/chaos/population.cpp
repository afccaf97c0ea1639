#include "chaos/population.hpp"

#include <cstdio>

namespace orchestrator::chaos {
namespace {

using nlohmann::json;

int minute_of_day(Instant now) {
  const auto since_midnight = now - std::chrono::floor<std::chrono::days>(now);
  return static_cast<int>(std::chrono::duration_cast<std::chrono::minutes>(since_midnight).count());
}

// A zone where it is about 03:00. POSIX zone names have the opposite sign.
std::string zone_of_night(Instant now) {
  const int ahead = (27 - minute_of_day(now) / 60) % 24;
  const int offset = ahead > 12 ? ahead - 24 : ahead;
  return "Etc/GMT" + std::string(offset > 0 ? "-" : "+") + std::to_string(std::abs(offset));
}

std::string time_text(int minutes) {
  char text[8];
  std::snprintf(text, sizeof text, "%02d:%02d", minutes / 60 % 24, minutes % 60);
  return text;
}

class Registry {
 public:
  std::vector<Person> people(const std::string& name, int count, const json& settings) {
    std::vector<Person> made;
    for (int i = 0; i < count; ++i) {
      Person person{name + "_" + std::to_string(i), "+1555" + std::to_string(1'000'000 + next_++), settings};
      person.settings["phoneNumber"] = person.phone_number;
      made.push_back(std::move(person));
    }
    return made;
  }

 private:
  int next_ = 0;
};

}  // namespace

Population make_population(Instant now, int scale) {
  const json free = {
      {"timezone", "Europe/London"}, {"quietHoursEnabled", false}, {"hourlyLimit", 0}, {"dailyLimit", 0}};
  const auto changed = [](json settings, const json& changes) {
    settings.update(changes);
    return settings;
  };
  const int dusk = minute_of_day(now) + 1;
  Registry registry;
  Population population;
  population.busy = registry.people("busy", 200 * scale, free);
  population.limited = registry.people("hourly", 15 * scale, changed(free, {{"hourlyLimit", 3}}));
  for (auto& person : registry.people("daily", 15 * scale, changed(free, {{"dailyLimit", 4}})))
    population.limited.push_back(std::move(person));
  population.asleep = registry.people(
      "asleep", 12 * scale, {{"timezone", zone_of_night(now)}, {"hourlyLimit", 0}, {"dailyLimit", 0}});
  population.dusk = registry.people("dusk", 12 * scale,
                                    changed(free, {{"timezone", "Etc/UTC"},
                                                   {"quietHoursEnabled", true},
                                                   {"quietHoursStart", time_text(dusk)},
                                                   {"quietHoursEnd", time_text(dusk + 180)}}));
  population.talkers = registry.people("talker", 20 * scale, free);
  population.slow = registry.people("slow", 24, free);
  population.leavers = registry.people("leaver", 8 * scale, free);
  population.flushed = registry.people("flushed", 4, free);
  population.editors = registry.people("editor", 4, free);
  population.refusing = registry.people("refusing", 40, free);
  population.poisoned = registry.people("poisoned", 40, free);
  return population;
}

std::vector<Person> Population::all() const {
  std::vector<Person> everybody;
  for (const auto* group : {&busy, &limited, &asleep, &dusk, &talkers, &slow, &leavers, &flushed, &editors,
                            &refusing, &poisoned}) {
    everybody.insert(everybody.end(), group->begin(), group->end());
  }
  return everybody;
}

}  // namespace orchestrator::chaos
