// Messages that are with the LLM: leased, asked about by the caller outside any transaction, then recorded.
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

  // Takes the message of the highest lane that has been due for the longest under the lease; nothing when
  // none is due.
  std::optional<RenderRequest> claim(const RenderLease& lease, Instant now);

  // Stores what became of a leased message; false when the lease was another's by then, or the message has
  // come to its end meanwhile. What was spent is written to the log in any case.
  bool record(const RenderLease& lease, const RenderRequest& request, const RenderVerdict& verdict,
              Instant now);

  // Puts everything that is with the LLM back in line, for there is none to ask. Returns how many.
  std::size_t release_all();

 private:
  Database& database_;
};

}  // namespace orchestrator::storage
