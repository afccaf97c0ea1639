-- Reads the contacts $1 and their open turns. Runs after the locks are taken, so that it sees what the
-- previous holder committed.
-- Locks nothing. Index: primary keys of inbound_contacts and inbound_turns, inbound_queue_waiting.
SELECT contact.user_id, contact.contact_id, contact.turn_id, coalesce(turn.attempt, 0) AS attempts,
       EXISTS (SELECT FROM orchestrator.inbound_queue AS waiting
               WHERE waiting.shard = contact.shard AND waiting.user_id = contact.user_id
                 AND waiting.status = 'waiting') AS has_waiting
FROM (SELECT user_id, orchestrator.shard_of(user_id) AS shard FROM unnest($1::text[]) AS u (user_id)) AS locked
JOIN orchestrator.inbound_contacts AS contact ON contact.shard = locked.shard AND contact.user_id = locked.user_id
LEFT JOIN orchestrator.inbound_turns AS turn ON turn.shard = contact.shard AND turn.id = contact.turn_id
