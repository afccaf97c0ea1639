-- Locks the contact of turn $1 in shard $2 (NULL: the shard that the id carries), and reads its open turn and attempt.
-- Index: primary keys of inbound_turns and inbound_contacts.
SELECT
-- include: locked_turn_columns
FROM orchestrator.inbound_turns AS turn
JOIN orchestrator.inbound_contacts AS contact ON contact.shard = turn.shard AND contact.user_id = turn.user_id
WHERE turn.shard = coalesce($2::smallint, orchestrator.shard_in($1::uuid)) AND turn.id = $1::uuid
FOR NO KEY UPDATE OF contact
