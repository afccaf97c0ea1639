-- Stores message $3 with text $4 as the reply of turn $1 of user $2. $5: whether later turns may find it as a
-- repeated reply.
-- Locks the turn; the contact is locked. Index: primary key of inbound_turns.
UPDATE orchestrator.inbound_turns
SET reply_message_id = $3::uuid, reply_hash = CASE WHEN $5 THEN sha256(convert_to($4, 'UTF8')) END
WHERE shard = orchestrator.shard_of($2) AND id = $1::uuid
