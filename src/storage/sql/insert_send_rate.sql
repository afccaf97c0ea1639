-- Makes sure that the send rate of provider $1 has a row, starting at $2. The rate is one instant, shared by
-- all instances: when the next message may be sent.
-- Locks the row, if it inserts it. Index: primary key of orchestrator_settings.
INSERT INTO orchestrator.orchestrator_settings (name, value) VALUES ('next_send:' || $1::text, orchestrator.micros($2::timestamptz)::text)
ON CONFLICT (name) DO NOTHING
