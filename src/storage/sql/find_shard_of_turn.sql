-- Finds the shard of turn $1, wherever it is.
-- Locks nothing. Index: primary key of inbound_turns.
SELECT shard FROM (
-- include: turn_by_id
) AS turn
