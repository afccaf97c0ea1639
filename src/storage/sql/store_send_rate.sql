-- Moves the send rate of provider $1 to $2.
-- Locks the row, which lock_send_rate.sql has locked before. Index: primary key of orchestrator_settings.
UPDATE orchestrator.orchestrator_settings SET value = orchestrator.micros($2::timestamptz)::text WHERE name = 'next_send:' || $1::text
