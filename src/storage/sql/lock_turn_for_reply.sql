-- As lock_turn.sql, for an answer that may be sent: also locks the budget row, after the contact, and reads the user's
-- settings and counters.
-- Index: primary keys of inbound_turns, inbound_contacts, users and user_message_budget.
SELECT
-- include: locked_turn_columns
  ,
-- include: user_facts_columns
FROM orchestrator.inbound_turns AS turn
JOIN orchestrator.inbound_contacts AS contact ON contact.shard = turn.shard AND contact.user_id = turn.user_id
JOIN orchestrator.users ON users.shard = turn.shard AND users.id = turn.user_id
JOIN orchestrator.user_message_budget AS budget ON budget.shard = turn.shard AND budget.user_id = turn.user_id
WHERE turn.shard = coalesce($2::smallint, orchestrator.shard_in($1::uuid)) AND turn.id = $1::uuid
FOR NO KEY UPDATE OF contact, budget
