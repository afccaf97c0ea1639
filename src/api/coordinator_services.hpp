// What the routes about turns and their operators ask of the rest of the program. All are called from many
// threads at once, and may throw what storage/errors.hpp lists.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/coordinator.hpp"
#include "orchestrator/inbound.hpp"

namespace orchestrator::api {

struct TurnServices {
  std::function<std::optional<Turn>()> claim = {};
  std::function<TurnResult(const std::string& turn, const std::string& token, const AgentAnswer&)> finish =
      {};
  // The lease's new end; nothing if the token is not the present one.
  std::function<std::optional<Instant>(const std::string& turn, const std::string& token)> renew = {};
  std::function<bool(const std::string& turn)> exists = {};
};

// Contacts are named by their id, and by their phone number where the id is one.
struct CoordinatorServices {
  using Phone = std::optional<std::string>;

  std::function<CoordinatorStats()> stats = {};
  std::function<std::vector<ContactStatus>(std::size_t limit)> busiest = {};
  std::function<std::optional<ContactStatus>(const std::string& contact, const Phone&)> find = {};
  std::function<std::optional<std::size_t>(const std::string& contact, const Phone&)> flush = {};
  std::function<FlushCounts()> flush_all = {};
  std::function<std::optional<std::size_t>(const std::string& contact, const Phone&)> unlock = {};
  std::function<std::size_t()> unlock_all = {};
  std::function<std::size_t()> recover_expired = {};
  std::function<std::vector<SelfTestStep>()> run_self_test = {};
  std::size_t emergency_threshold = 1000;  // contacts that wait; more are a reason to alert
};

}  // namespace orchestrator::api
