-- Adds to this session's counters in the shard of user $1.
-- Locks the row: run it last. Index: primary key of inbound_counters.
UPDATE orchestrator.inbound_counters
SET received = received + $2, duplicates = duplicates + $3, dropped = dropped + $4, flushed = flushed + $5,
    processed = processed + $6, failed = failed + $7, turns = turns + $8, failed_turns = failed_turns + $9,
    errors = errors + $10, timeouts = timeouts + $11, processing_ms = processing_ms + $12
WHERE shard = orchestrator.shard_of($1)
  AND slot = orchestrator.counter_slot()
