-- Locks up to $2 contacts whose attempt's lease expired by $1, with their budget rows, which a fallback reply
-- needs. Rows that another transaction has locked are skipped: one locked budget must not stop all other
-- turns. The result is in the order of the user ids, in which every transaction locks budgets.
-- Index: inbound_contacts_in_process, primary key of user_message_budget.
WITH expired AS MATERIALIZED (
  SELECT of_shard.*
  FROM unnest(orchestrator.shards_in_turn()) AS s (shard) CROSS JOIN LATERAL (
    SELECT
-- include: locked_turn_columns
    FROM orchestrator.inbound_contacts AS contact
    JOIN orchestrator.inbound_turns AS turn ON turn.shard = contact.shard AND turn.id = contact.turn_id
    JOIN orchestrator.user_message_budget AS budget
      ON budget.shard = contact.shard AND budget.user_id = contact.user_id
    WHERE contact.shard = s.shard AND contact.token IS NOT NULL AND contact.next_turn_at <= $1::timestamptz
    ORDER BY contact.next_turn_at LIMIT $2
    FOR NO KEY UPDATE OF contact, budget SKIP LOCKED
  ) AS of_shard
  LIMIT $2
)
SELECT * FROM expired ORDER BY user_id
