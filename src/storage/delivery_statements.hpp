// The statements of src/storage/delivery_store.cpp, by name.
#pragma once

#include <string>

namespace orchestrator::storage {

// What may go, one at a time for each person, replies' people first: $1 now, $2 how many of each kind. What
// another claim has locked is passed over.
extern const std::string kCandidates;

// Of the people $1 those whom no other claim has in hand, until the transaction ends.
extern const char* const kTakePeople;

// Reads and locks the messages $2 of the people $1 that may still go at $3. What stands behind a message that
// the night holds is to wait with it: held_until.
extern const std::string kReadPending;

// Decided: [{id, user_id, …}] (see there), provider, token, until, now
extern const char* const kApplyClaim;

// Tokens.
extern const char* const kGiveBack;

// The sender's rate is one instant, shared by all instances: when the next message may go.
extern const char* const kRateRow;
extern const char* const kLockRate;
extern const char* const kSpendRate;

// Results: [{id, user_id, token, …}] (see there), now → of those that are still to be recorded, whether
// somebody holds the row, so that it was not
extern const char* const kRecord;
extern const char* const kOptOut;
extern const char* const kExpireLeases;
extern const char* const kNextDue;

extern const char* const kClaimUnsettled;
extern const char* const kLockUnsettled;
extern const char* const kOthersOfProvider;
extern const char* const kLeaveUnsettled;
extern const char* const kResend;
extern const char* const kReport;

}  // namespace orchestrator::storage
