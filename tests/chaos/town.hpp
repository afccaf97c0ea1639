// The people whom a run writes to: for most nothing but the cooldown holds, for others every rule is in
// force.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "orchestrator/instant.hpp"

namespace orchestrator::chaos {

struct Person {
  std::string id;
  std::string phone_number;
  nlohmann::json settings;  // of PUT /users/{id}
};

struct Town {
  std::vector<Person> busy;      // no limits, never asleep: most of the load
  std::vector<Person> limited;   // by the hour or by the day
  std::vector<Person> asleep;    // it is night where they live
  std::vector<Person> dusk;      // their night begins within the run
  std::vector<Person> talkers;   // write themselves, and are answered
  std::vector<Person> slow;      // write too, and their agent never answers in time
  std::vector<Person> leavers;   // opt out at some time
  std::vector<Person> flushed;   // write, and have their lines emptied by hand
  std::vector<Person> editors;   // have their settings changed all the time
  std::vector<Person> refusing;  // have opted out at the provider, which nobody else knows yet
  std::vector<Person> poisoned;  // have a message that the database refuses to let across the line

  std::vector<Person> all() const;
};

// It is `now`; `scale` multiplies the numbers of people.
Town make_town(Instant now, int scale = 1);

}  // namespace orchestrator::chaos
