-- True for the row `message` if it is the next that its user may be sent at $1. A user's messages are sent one
-- after the other, in order. A message that waits for the end of quiet hours does not delay replies, which quiet
-- hours do not block. Nor does it keep a scheduled message behind it from being checked, once: that one then waits
-- with it (wait_until in lock_pending_messages.sql) until the end of quiet hours, when both are sent in order.
-- Each subquery is looked up by itself: NOT EXISTS would be joined, and without statistics the planner would read
-- every user's messages for it.
  (SELECT other.id FROM orchestrator.messages AS other
   WHERE other.shard = message.shard AND other.user_id = message.user_id
     AND other.direction = 'outbound' AND other.status = 'sending'
   LIMIT 1) IS NULL
  AND (SELECT older.id FROM orchestrator.messages AS older
       WHERE older.shard = message.shard AND older.user_id = message.user_id
         AND older.direction = 'outbound' AND older.status = 'pending'
         AND (older.created_at, older.id) < (message.created_at, message.id)
         AND (older.waiting_for IS DISTINCT FROM 'quiet_hours'
              OR message.purpose IS NULL AND older.next_attempt_at <= $1::timestamptz)
       LIMIT 1) IS NULL
