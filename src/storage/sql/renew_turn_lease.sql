-- Moves the lease of turn $1 to $3, if $2 is still its token.
-- Locks the contact and the turn. Index: primary keys of inbound_turns and inbound_contacts.
WITH renewed AS (
  UPDATE orchestrator.inbound_contacts AS contact SET next_turn_at = $3::timestamptz
  FROM orchestrator.inbound_turns AS turn
  WHERE turn.id = $1::uuid AND contact.user_id = turn.user_id
    AND contact.turn_id = turn.id AND contact.token = $2::uuid
  RETURNING contact.user_id
)
UPDATE orchestrator.inbound_turns AS turn SET lease_until = $3::timestamptz
FROM renewed WHERE turn.id = $1::uuid AND turn.user_id = renewed.user_id
