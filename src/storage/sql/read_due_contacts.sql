-- Reads the contacts $1 and their open turns. Runs after the locks are taken, so that it sees what the
-- previous holder committed.
-- Locks nothing. Index: primary keys of inbound_contacts and inbound_turns, inbound_queue_waiting.
SELECT contact.user_id, contact.contact_id, contact.turn_id, coalesce(turn.attempt, 0) AS attempts,
       EXISTS (SELECT FROM orchestrator.inbound_queue AS waiting
               WHERE waiting.user_id = contact.user_id AND waiting.status = 'waiting') AS has_waiting
FROM unnest($1::text[]) AS locked (user_id)
JOIN orchestrator.inbound_contacts AS contact USING (user_id)
LEFT JOIN orchestrator.inbound_turns AS turn ON turn.id = contact.turn_id AND turn.user_id = contact.user_id
