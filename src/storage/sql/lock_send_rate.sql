-- Locks and reads the send rate of provider $1.
-- Index: primary key of orchestrator_settings.
SELECT value::bigint FROM orchestrator.orchestrator_settings WHERE name = 'next_send:' || $1::text FOR NO KEY UPDATE
