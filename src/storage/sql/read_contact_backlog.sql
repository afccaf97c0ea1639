-- Reads what waits for the next turn of contact $1, and its fourth latest arrival.
-- Locks nothing; the contact is locked. Index: primary key of inbound_contacts, inbound_queue_waiting.
SELECT count(waiting.id) AS waiting, orchestrator.micros(min(waiting.received_at)) AS oldest,
       orchestrator.micros(max(waiting.received_at)) AS newest,
       orchestrator.micros(contact.recent[cardinality(contact.recent) - 3]) AS fourth
FROM orchestrator.inbound_contacts AS contact
LEFT JOIN orchestrator.inbound_queue AS waiting
  ON waiting.shard = contact.shard AND waiting.user_id = contact.user_id AND waiting.status = 'waiting'
WHERE contact.shard = orchestrator.shard_of($1) AND contact.user_id = $1
GROUP BY contact.shard, contact.user_id
