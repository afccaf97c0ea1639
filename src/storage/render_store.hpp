// Messages that are with the LLM: leased, asked about by the caller outside any transaction, then recorded.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "orchestrator/rendering.hpp"
#include "storage/database.hpp"

namespace orchestrator::storage {

// The fencing token of one lease: whoever records with another changes nothing.
struct RenderLease {
  std::string token;  // a UUID
  Instant until;
};

// What becomes of a message that was asked about.
struct RenderVerdict {
  enum class Kind {
    approve,    // back in line; with `text`, that is what the person will read
    supersede,  // reason stale_context, and its agent is asked to write a better one; a sequence as a whole
    fail,       // reason render_failed
    retry,      // asked again from `retry_at`
  };
  Kind kind = Kind::retry;
  std::string text = {};
  Instant retry_at = {};
  // For the log.
  std::string action = {};   // agent_actions_log.action_type
  std::string outcome = {};  // a word
  std::string explanation = {};
  RenderUsage usage = {};
  std::chrono::milliseconds latency{};
};

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

// For EXPLAIN in tests: the statement that finds what is due. Parameters: now, token, lease until.
extern const char* const kClaimRendering;

}  // namespace orchestrator::storage
