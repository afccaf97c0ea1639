-- Stores the fingerprint $1 of the rules in force. Returns one row if it was new or different: whether it
-- replaced another one.
-- Locks the row of orchestrator_settings. Index: its primary key.
INSERT INTO orchestrator.orchestrator_settings AS settings (name, value) VALUES ('rules', $1)
ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE settings.value <> excluded.value
RETURNING xmax <> 0 AS replaced
