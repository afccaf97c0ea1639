-- Selects the status of contacts: their open turn, and how much waits.
SELECT contact.contact_id, contact.user_id, orchestrator.micros(contact.last_message_at) AS last_message_at,
       orchestrator.micros(contact.next_turn_at) AS next_turn_at, contact.turn_id,
       contact.token IS NOT NULL AS in_process,
       coalesce(turn.attempt, 0) AS attempt, orchestrator.micros(turn.taken_at) AS taken_at,
       backlog.waiting, orchestrator.micros(backlog.oldest) AS oldest
FROM orchestrator.inbound_contacts AS contact
LEFT JOIN orchestrator.inbound_turns AS turn ON turn.shard = contact.shard AND turn.id = contact.turn_id
CROSS JOIN LATERAL (
  SELECT count(*) AS waiting, min(received_at) AS oldest FROM orchestrator.inbound_queue
  WHERE shard = contact.shard AND user_id = contact.user_id AND status = 'waiting'
) AS backlog
