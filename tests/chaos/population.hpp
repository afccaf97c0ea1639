// The people of a run: most have only the cooldown, others every rule.
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

struct Population {
  std::vector<Person> busy;      // no limits, no quiet hours: most of the load
  std::vector<Person> limited;   // hourly or daily limit
  std::vector<Person> asleep;    // in quiet hours
  std::vector<Person> dusk;      // quiet hours begin during the run
  std::vector<Person> talkers;   // write and get replies
  std::vector<Person> slow;      // write, and their agent never answers in time
  std::vector<Person> leavers;   // opt out during the run
  std::vector<Person> flushed;   // write, and an operator flushes their inbound queues
  std::vector<Person> editors;   // their settings change all the time
  std::vector<Person> refusing;  // opted out at the provider, which the service does not know yet
  std::vector<Person> poisoned;  // have a message that the database refuses to promote

  std::vector<Person> all() const;
};

// `scale` multiplies the numbers of people.
Population make_population(Instant now, int scale = 1);

}  // namespace orchestrator::chaos
