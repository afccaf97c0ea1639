-- Ends the current attempt of turn $1 of user $2 with error $3; the next one is due at $4. $5: 1 if the
-- attempt does not count, else 0.
-- Locks the turn; the contact is locked. Index: primary keys.
WITH turn AS (
  UPDATE orchestrator.inbound_turns SET status = 'retrying', error = $3, lease_until = NULL, attempt = attempt - $5
  WHERE shard = orchestrator.shard_of($2) AND id = $1::uuid
)
UPDATE orchestrator.inbound_contacts SET token = NULL, turn_place = NULL, next_turn_at = $4::timestamptz
WHERE shard = orchestrator.shard_of($2) AND user_id = $2
