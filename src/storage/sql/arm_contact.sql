-- Closes the open turn of contact $1, if any, and sets its next turn from what waits at $2; a turn has up to $3 messages.
-- Locks the contact, which is locked before. Index: primary key of inbound_contacts, inbound_queue_waiting.
UPDATE orchestrator.inbound_contacts AS contact
SET turn_id = NULL, token = NULL, turn_place = NULL,
    next_turn_at = orchestrator.next_turn_at($2::timestamptz, backlog.waiting, backlog.oldest, backlog.newest,
                                             contact.recent, $3::integer)
FROM (SELECT count(*) AS waiting, min(received_at) AS oldest, max(received_at) AS newest
      FROM orchestrator.inbound_queue
      WHERE shard = orchestrator.shard_of($1) AND user_id = $1 AND status = 'waiting') AS backlog
WHERE contact.shard = orchestrator.shard_of($1) AND contact.user_id = $1
