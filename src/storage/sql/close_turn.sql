-- Ends turn $1 of user $2 with status $3 and error $4 at $5: closes its messages, stores the reply, counts and logs, and
-- sets the contact's next turn from what waits then (a turn has up to $14 messages).
-- The reply: $6 text (NULL: none), $7 id, $8 role of the sender; it is withheld from a user who has opted out, and not sent
-- again if a turn that ended after $9 had the same. $10 to $13: the user's counters after it.
-- The log entry: $15 contact id, $16 action, $17 output, $18 milliseconds. $19: whether the lease had expired.
-- Locks the rows, after the contact and, for a reply, the budget row, which are locked before. It is a later statement than
-- those locks, so it sees what was committed before them.
-- Index: primary keys, inbound_queue_turn, inbound_queue_waiting, inbound_turns_replies.
WITH reply AS MATERIALIZED (
  SELECT users.shard, $6::text IS NOT NULL AND users.opted_out_at IS NOT NULL AS is_withheld,
         earlier.reply_message_id AS earlier_id
  FROM orchestrator.users
  LEFT JOIN LATERAL (
    SELECT reply_message_id FROM orchestrator.inbound_turns
    WHERE shard = users.shard AND user_id = users.id AND reply_hash = sha256(convert_to($6::text, 'UTF8'))
      AND finished_at > $9::timestamptz
    ORDER BY finished_at DESC LIMIT 1
  ) AS earlier ON users.opted_out_at IS NULL
  WHERE users.shard = orchestrator.shard_of($2) AND users.id = $2
), sent AS (
  INSERT INTO orchestrator.messages AS message (shard, id, user_id, direction, role, content, status, purpose, created_at)
  SELECT shard, $7::uuid, $2, 'outbound', $8, $6::text, 'pending', 'reply', $5::timestamptz
  FROM reply WHERE $6::text IS NOT NULL AND NOT is_withheld AND earlier_id IS NULL
  RETURNING message.shard, message.id
), counted AS (
  UPDATE orchestrator.user_message_budget AS budget
  SET date = $10::date, messages_sent = $11::integer, last_message_at = $12::timestamptz,
      recent_sends = $13::timestamptz[]
  FROM sent WHERE budget.shard = sent.shard AND budget.user_id = $2
), closed AS (
  UPDATE orchestrator.inbound_queue SET status = $3::text::orchestrator.inbound_status, finished_at = $5::timestamptz
  WHERE shard = orchestrator.shard_of($2) AND turn_id = $1::uuid AND status = 'processing'
  RETURNING id
), turn AS (
  UPDATE orchestrator.inbound_turns AS turn
  SET status = $3::text::orchestrator.turn_status, error = $4, finished_at = $5::timestamptz, lease_until = NULL,
      reply_message_id = coalesce(reply.earlier_id, sent.id),
      reply_hash = CASE WHEN sent.id IS NOT NULL THEN sha256(convert_to($6::text, 'UTF8')) END
  FROM reply LEFT JOIN sent ON true
  WHERE turn.shard = reply.shard AND turn.id = $1::uuid
), contact AS (
  UPDATE orchestrator.inbound_contacts AS contact
  SET turn_id = NULL, token = NULL, turn_place = NULL,
      next_turn_at = orchestrator.next_turn_at($5::timestamptz, backlog.waiting, backlog.oldest, backlog.newest,
                                               contact.recent, $14::integer)
  FROM (SELECT count(*) AS waiting, min(received_at) AS oldest, max(received_at) AS newest
        FROM orchestrator.inbound_queue
        WHERE shard = orchestrator.shard_of($2) AND user_id = $2 AND status = 'waiting') AS backlog
  WHERE contact.shard = orchestrator.shard_of($2) AND contact.user_id = $2
), logged AS (
  INSERT INTO orchestrator.agent_actions_log (shard, id, agent_type, action_type, user_id, input_data, output_data, error,
                                              latency_ms, created_at)
  SELECT reply.shard, orchestrator.uuid_v7(reply.shard), 'message_coordinator', $16, $2,
         jsonb_build_object('contact_id', $15::text, 'turn_id', $1::uuid),
         $17::jsonb || CASE WHEN $3::text = 'done'
                            THEN jsonb_build_object('reply', coalesce(reply.earlier_id, sent.id),
                                                    'repeated', reply.earlier_id IS NOT NULL)
                            ELSE '{}' END,
         $4, $18::integer, $5::timestamptz
  FROM reply LEFT JOIN sent ON true
), totals AS (
  UPDATE orchestrator.inbound_counters
  SET turns = turns + CASE WHEN $3::text = 'done' THEN 1 ELSE 0 END,
      processed = processed + CASE WHEN $3::text = 'done' THEN messages.closed ELSE 0 END,
      processing_ms = processing_ms + CASE WHEN $3::text = 'done' THEN $18::integer ELSE 0 END,
      failed_turns = failed_turns + CASE WHEN $3::text = 'failed' THEN 1 ELSE 0 END,
      failed = failed + CASE WHEN $3::text = 'failed' THEN messages.closed ELSE 0 END,
      errors = errors + CASE WHEN $3::text = 'failed' THEN 1 ELSE 0 END,
      timeouts = timeouts + CASE WHEN $19::boolean THEN 1 ELSE 0 END
  FROM (SELECT count(*) AS closed FROM closed) AS messages
  WHERE shard = orchestrator.shard_of($2) AND slot = orchestrator.counter_slot()
)
SELECT is_withheld, earlier_id FROM reply
