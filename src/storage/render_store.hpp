// Messages that are with the LLM: claimed under a lease, judged by the LLM outside any transaction, then
// recorded.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "orchestrator/rendering.hpp"
#include "storage/database.hpp"

namespace orchestrator::storage {

// Safe for concurrent use. The database must outlive the store. Throws what storage/errors.hpp lists.
class RenderStore {
 public:
  explicit RenderStore(Database& database) : database_(database) {}

  // Claims under the lease the message that has been due longest, urgent and high ones first. None: no
  // message is due.
  std::optional<RenderRequest> claim(const RenderLease& lease, Instant now);

  // Stores the verdict on a leased message. False if the message has another token, or has ended meanwhile.
  // Logs the cost in any case.
  bool record(const RenderLease& lease, const RenderRequest& request, const RenderVerdict& verdict,
              Instant now);

  // Returns all messages that are with the LLM to the queue, because no LLM is configured. Returns their
  // number.
  std::size_t release_all();

 private:
  Database& database_;
};

}  // namespace orchestrator::storage
