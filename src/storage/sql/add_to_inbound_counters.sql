-- Adds to the counters of this session's row.
-- Locks the row: run it last. Index: primary key of inbound_counters.
UPDATE orchestrator.inbound_counters
SET received = received + $1, duplicates = duplicates + $2, dropped = dropped + $3, flushed = flushed + $4,
    processed = processed + $5, failed = failed + $6, turns = turns + $7, failed_turns = failed_turns + $8,
    errors = errors + $9, timeouts = timeouts + $10, processing_ms = processing_ms + $11
WHERE shard = pg_backend_pid() % orchestrator.logical_shards()
  AND slot = pg_backend_pid() / orchestrator.logical_shards() % greatest(16 / orchestrator.logical_shards(), 1)
