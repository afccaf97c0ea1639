-- Reads the user of turn $1.
-- Locks nothing. Index: primary key of inbound_turns.
SELECT user_id FROM (
-- include: turn_by_id
) AS turn
