// The routes by which operators observe the coordinator and intervene: /api/admin/coordinator/….
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "api/process_statistics.hpp"
#include "api/router.hpp"
#include "inbound/contact_identity.hpp"
#include "orchestrator/clock.hpp"
#include "orchestrator/coordinator.hpp"

namespace orchestrator::api {

// Called from many threads at once; may throw what storage/errors.hpp lists. What takes a contact returns
// nothing for one that has never written.
class CoordinatorService {
 public:
  virtual ~CoordinatorService() = default;

  virtual CoordinatorStats coordinator_stats() = 0;
  virtual std::vector<ContactStatus> busiest_contacts(std::size_t limit) = 0;
  virtual std::optional<ContactStatus> find_contact(const inbound::ContactIdentity& contact) = 0;

  // Remove the waiting messages; the count of those.
  virtual std::optional<std::size_t> flush_contact(const inbound::ContactIdentity& contact) = 0;
  virtual FlushCounts flush_all_contacts() = 0;

  // End the attempts in process, so that their turns are claimed again; the count of those.
  virtual std::optional<std::size_t> unlock_contact(const inbound::ContactIdentity& contact) = 0;
  virtual std::size_t unlock_all_contacts() = 0;

  // Ends the attempts whose lease has expired; the count of those.
  virtual std::size_t recover_expired_turns() = 0;

  virtual std::vector<SelfTestStep> run_coordinator_self_test() = 0;

  // More waiting contacts than this are unhealthy.
  virtual std::size_t emergency_threshold() const = 0;
};

// Safe for concurrent use. What it is given must outlive it.
class CoordinatorRoutes {
 public:
  CoordinatorRoutes(CoordinatorService& service, const Clock& clock, const ProcessMonitor& process)
      : service_(service), clock_(clock), process_(process) {}

  Routes routes();

 private:
  Result<Response> stats(const Call& call);
  Result<Response> get_contact(const Call& call);
  Result<Response> flush_contact(const Call& call);
  Result<Response> flush_all(const Call& call);
  Result<Response> unlock_contact(const Call& call);
  Result<Response> unlock_all(const Call& call);
  Result<Response> detect_deadlocks(const Call& call);
  Result<Response> self_test(const Call& call);

  CoordinatorService& service_;
  const Clock& clock_;
  const ProcessMonitor& process_;
};

}  // namespace orchestrator::api
