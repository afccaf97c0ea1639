// The statements of a pass, apart from the code that runs them, so that a test can ask for their plans. Only
// src/storage/pass_store.cpp runs them. Behind each: its parameters → its columns.
#pragma once

#include <cstddef>
#include <string>

namespace orchestrator::storage {

// How many waiting messages of a user are read before only the first two of each kind are.
inline constexpr std::size_t kLineLength = 8;

extern const std::string kReadFacts;       // users → position, and as in user_rows.hpp
extern const char* const kPassTxSettings;  // settings of the transaction
extern const char* const kClaim;           // due by, limit → user_id
extern const char* const kClaimExpress;    // the same, of express users
extern const std::string kReadLine;  // users → what waits for each, lane by lane; one more than kLineLength
                                     // says that there is more
extern const std::string kReadKinds;         // users → the first two of each kind
extern const char* const kReadParts;         // users, sequences → their parts in order
extern const char* const kLockMessages;      // users, ids → the ids of those that could be locked
extern const char* const kRefreshSequences;  // users, sequences
extern const char* const kAsk;
extern const char* const kClose;                 // [{user_id, id}], status, reason, now
extern const char* const kCancelAll;             // users, now
extern const char* const kLookAgainAtCancelled;  // users, now
extern const char* const kApply;     // decided: users … (see there), promoted: users, ids, message ids, now
extern const char* const kPostpone;  // due by, until, express only, user → user_id
extern const char* const kLockOverdue;       // now, limit
extern const char* const kExpireOverdue;     // now, limit, users whose rows are locked
extern const char* const kCountDue;          // now, how far to count → count
extern const char* const kNextExpressAlarm;  // → micros
extern const char* const kAnyoneDue;         // now → boolean
extern const char* const kAdoptRules;        // fingerprint → whether another was replaced; no row: the same
extern const char* const kForgetGates;

}  // namespace orchestrator::storage
