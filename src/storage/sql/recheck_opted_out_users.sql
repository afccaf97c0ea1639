-- Makes those of the users $1 due again one second after $2 who still have waiting messages: rows that
-- another transaction had locked when cancel_messages_of_opted_out_users.sql ran.
-- Locks the rows of user_message_budget, which the pass has locked before. Index: message_queue_head.
UPDATE orchestrator.user_message_budget AS budget SET next_attempt_at = $2::timestamptz + interval '1 second'
WHERE user_id = ANY ($1::text[])
  AND EXISTS (SELECT FROM orchestrator.message_queue
              WHERE user_id = budget.user_id AND status IN ('queued', 'approved') AND ready AND awaiting IS NULL)
