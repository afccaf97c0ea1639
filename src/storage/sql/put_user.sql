-- Inserts or replaces a user: $1 id, $2.. settings. `created` tells which: xmax is 0 only in a row that this
-- statement inserted. Opt-out and counters stay as they are.
-- Locks the row of users. Index: its primary key.
INSERT INTO orchestrator.users (shard, id, phone_number, timezone, quiet_hours_start, quiet_hours_end,
                                quiet_hours_enabled, hourly_limit, daily_limit, response_pattern)
VALUES (orchestrator.shard_of($1), $1, $2, $3, $4::time, $5::time, $6, $7, $8, $9::jsonb)
ON CONFLICT (shard, id) DO UPDATE
SET phone_number = excluded.phone_number, timezone = excluded.timezone,
    quiet_hours_start = excluded.quiet_hours_start, quiet_hours_end = excluded.quiet_hours_end,
    quiet_hours_enabled = excluded.quiet_hours_enabled, hourly_limit = excluded.hourly_limit,
    daily_limit = excluded.daily_limit, response_pattern = excluded.response_pattern, updated_at = now()
RETURNING xmax = 0 AS created
