-- Moves the lease of turn $1 to $3, if $2 is still its token.
-- Locks the contact and the turn. Index: primary keys of inbound_turns and inbound_contacts.
WITH found AS MATERIALIZED (
-- include: turn_by_id
), renewed AS (
  UPDATE orchestrator.inbound_contacts AS contact SET next_turn_at = $3::timestamptz
  FROM found
  WHERE contact.shard = found.shard AND contact.user_id = found.user_id
    -- Not "=": the planner might read the whole of inbound_contacts_in_process for it.
    AND contact.turn_id = $1::uuid AND contact.token IS NOT DISTINCT FROM $2::uuid
  RETURNING contact.shard
)
UPDATE orchestrator.inbound_turns AS turn SET lease_until = $3::timestamptz
FROM renewed WHERE turn.shard = renewed.shard AND turn.id = $1::uuid
