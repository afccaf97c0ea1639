-- Leases the send rate of provider $1 for $4 microseconds: from the end of what is leased, but not before $3. Returns when
-- the lease ends. Instants are microseconds since 1970. The value is "end of what is leased, when the last lease was taken":
-- if that is after $5, the database's clock was set back, and the rate starts again from now, $2.
-- Locks the row. Index: primary key of orchestrator_settings.
INSERT INTO orchestrator.orchestrator_settings AS rate (name, value)
VALUES ('send_rate:' || $1::text, ($3::bigint + $4::bigint)::text || ' ' || ($2::bigint)::text)
ON CONFLICT (name) DO UPDATE
SET value = (CASE WHEN split_part(rate.value, ' ', 2)::bigint > $5::bigint THEN $2::bigint
                  ELSE greatest(split_part(rate.value, ' ', 1)::bigint, $3::bigint) END
             + $4::bigint)::text || ' ' || ($2::bigint)::text
RETURNING split_part(value, ' ', 1)::bigint
