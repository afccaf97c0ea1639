-- Puts an incoming message into the contact's queue, or records it there as a duplicate or as done.
-- Locks nothing; the contact is locked.
INSERT INTO orchestrator.inbound_queue (shard, id, user_id, contact_id, message_id, provider_message_id, content_hash,
                                        status, position, message_type, metadata, written_at, received_at,
                                        finished_at)
VALUES (orchestrator.shard_of($2), $1, $2, $3, $4, $5, decode($6, 'hex'), $7::orchestrator.inbound_status, $8, $9,
        $10::jsonb, $11::timestamptz, $12::timestamptz,
        CASE WHEN $7::orchestrator.inbound_status <> 'waiting' THEN $12::timestamptz END)
