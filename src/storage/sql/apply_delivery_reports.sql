-- Applies reports of providers, $1 [{provider, provider_message_id, message, status, error_code}], at $2, and
-- logs failures. Statuses only move forward, in whatever order reports arrive. A failed earlier copy does not
-- fail a message that has been resent.
-- A report that names our message is about that row, which need not have the provider's id yet; if it has
-- another one, the report is about another message, and is ignored. The id tells the logical shard; one that was
-- made elsewhere may not, and is looked for in all of them, as is the provider's id of a report that names no
-- message.
-- Locks the messages. Index: primary key of messages, messages_provider.
WITH report AS MATERIALIZED (
  SELECT *, orchestrator.shard_in(message) AS shard, CASE status WHEN 'sent' THEN 1 ELSE 2 END AS rank,
         ordinality AS position
  FROM ROWS FROM (json_to_recordset($1::json) AS (
    provider text, provider_message_id text, message uuid, status orchestrator.message_status, error_code text))
    WITH ORDINALITY
), named AS (
  SELECT found.*, report.provider, report.provider_message_id, report.status, report.error_code, report.rank,
         report.position
  FROM report CROSS JOIN LATERAL (
    SELECT shard, id, provider AS known_provider, provider_message_id AS known_id FROM orchestrator.messages
    WHERE shard = report.shard AND id = report.message
    UNION ALL
    SELECT shard, id, provider, provider_message_id FROM orchestrator.messages
    WHERE shard = ANY (orchestrator.shards()) AND id = report.message
      AND (SELECT id FROM orchestrator.messages WHERE shard = report.shard AND id = report.message) IS NULL
    UNION ALL
    SELECT shard, id, provider, provider_message_id FROM orchestrator.messages
    WHERE shard = ANY (orchestrator.shards()) AND provider_message_id = report.provider_message_id
      AND report.message IS NULL
  ) AS found
), latest AS (
  SELECT DISTINCT ON (shard, id) * FROM named
  WHERE coalesce(known_provider, provider) = provider AND coalesce(known_id, provider_message_id) = provider_message_id
  ORDER BY shard, id, rank DESC, position
), changed AS (
  UPDATE orchestrator.messages AS message
  SET status = latest.status,
      error_code = CASE WHEN latest.status IN ('sent', 'delivered') THEN NULL
                        ELSE coalesce(latest.error_code, message.error_code) END,
      provider = latest.provider,
      provider_message_id = coalesce(nullif(latest.provider_message_id, ''), message.provider_message_id),
      sent_at = CASE WHEN latest.status = 'failed' THEN message.sent_at
                     ELSE coalesce(message.sent_at, $2::timestamptz) END,
      delivered_at = CASE latest.status WHEN 'delivered' THEN $2::timestamptz END,
      lease_token = NULL, lease_until = NULL, next_attempt_at = NULL, waiting_for = NULL
  FROM latest
  WHERE message.shard = latest.shard AND message.id = latest.id AND message.direction = 'outbound'
    AND coalesce(message.provider, latest.provider) = latest.provider
    AND coalesce(message.provider_message_id, latest.provider_message_id) = latest.provider_message_id
    AND (message.status IN ('pending', 'sending', 'unknown') AND message.attempts > 0
         OR message.status = 'sent' AND latest.status <> 'sent')
    AND (latest.status IN ('sent', 'delivered')
         OR NOT (message.resent AND message.status IN ('pending', 'sending')))
  RETURNING message.shard, message.id, message.user_id, message.queue_id, message.status, message.error_code
), logged AS (
  INSERT INTO orchestrator.agent_actions_log
    (shard, id, agent_type, action_type, user_id, input_data, output_data, error, created_at)
  SELECT shard, orchestrator.uuid_v7(shard), 'message_orchestrator', 'send_failed', user_id,
         jsonb_build_object('message_id', coalesce(queue_id, id), 'sent_as', id),
         jsonb_build_object('reason', coalesce(error_code, status::text)), error_code, $2::timestamptz
  FROM changed WHERE status IN ('failed', 'undelivered')
)
SELECT user_id, status, coalesce(error_code, '') AS error_code FROM changed
