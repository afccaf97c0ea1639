// Settings of transactions, by who waits for them. The settings travel in the same message as BEGIN. Only
// src/storage/*.cpp and tests include this.
#pragma once

#include <string>

namespace orchestrator::storage {

// For transactions that a caller waits for: a row that another session has locked fails them (Locked) after a
// second. When this host dies in the middle, the server ends the transaction after ten.
inline const std::string kShortLockTimeout =
    "SET LOCAL lock_timeout = '1s'; "
    "SET LOCAL idle_in_transaction_session_timeout = '10s'";

// For batches. They are joined to their rows by one index look-up each: with fresh statistics, the planner
// might scan and hash the whole queue instead, ten times slower (docs/decisions.md). Claims read an index in
// its order, so that they end at their limit: a bitmap scan would read and sort all that is due. An instance
// that freezes in the middle does not keep a thousand users' rows locked.
inline const std::string kBatchTxSettings =
    "SET LOCAL enable_hashjoin = off; SET LOCAL "
    "enable_mergejoin = off; SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; "
    "SET LOCAL idle_in_transaction_session_timeout = '10s'";

// For claims of messages that the LLM is asked about: they read an index in its order, and skip locked rows.
inline const std::string kLlmClaimTxSettings = kBatchTxSettings + "; SET LOCAL lock_timeout = '1s'";

// For contacts. Their rows are locked for milliseconds, and gateways wait for seconds.
inline const std::string kContactTxSettings =
    "SET LOCAL lock_timeout = '5s'; "
    "SET LOCAL idle_in_transaction_session_timeout = '10s'";

// For the self-test, which updates the counters before it locks contacts, while other transactions update
// them last: it gives up before the server ends one of them for a deadlock.
inline const std::string kSelfTestTxSettings = kContactTxSettings + "; SET LOCAL lock_timeout = '500ms'";

// For retention: a batch is worth neither a wait nor a scan of the table.
inline const std::string kRetentionTxSettings = R"sql(
SET LOCAL lock_timeout = '1s'; SET LOCAL statement_timeout = '10s';
SET LOCAL idle_in_transaction_session_timeout = '10s';
SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL plan_cache_mode = force_custom_plan)sql";

// For the event feed: a listener is not worth a scan of the table. Indexes are read in their order up to a
// limit: a bitmap scan would read and sort the whole span.
inline const std::string kFeedTxSettings = R"sql(
SET LOCAL statement_timeout = '5s'; SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off;
SET LOCAL enable_mergejoin = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off;
SET LOCAL plan_cache_mode = force_custom_plan)sql";

// For figures of the monitoring.
inline const std::string kStatsTxSettings = "SET LOCAL statement_timeout = '5s'";

}  // namespace orchestrator::storage
