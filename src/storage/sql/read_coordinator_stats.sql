-- Reads the counters of all instances and the current totals, as of $1.
-- Locks nothing. Index: inbound_contacts_in_process, inbound_contacts_due, inbound_queue_waiting, primary key
-- of inbound_queue.
SELECT orchestrator.micros(min(since)) AS since, sum(received) AS received, sum(duplicates) AS duplicates,
       sum(dropped) AS dropped, sum(flushed) AS flushed, sum(processed) AS processed, sum(failed) AS failed,
       sum(turns) AS turns, sum(failed_turns) AS failed_turns, sum(errors) AS errors, sum(timeouts) AS timeouts,
       sum(processing_ms) AS processing_ms,
       (SELECT count(*) FROM orchestrator.inbound_contacts WHERE token IS NOT NULL) AS in_process,
       (SELECT count(*) FROM orchestrator.inbound_contacts
        WHERE next_turn_at IS NOT NULL AND token IS NULL) AS contacts_waiting,
       (SELECT count(*) FROM orchestrator.inbound_queue WHERE status = 'waiting') AS messages_waiting,
       (SELECT sum(of_shard.received)
        FROM unnest(orchestrator.shards()) AS s (shard) CROSS JOIN LATERAL (
          SELECT count(*) AS received FROM orchestrator.inbound_queue
          WHERE shard = s.shard AND id >= orchestrator.uuid_v7_floor($1::timestamptz - interval '1 minute')
        ) AS of_shard) AS last_minute
FROM orchestrator.inbound_counters
