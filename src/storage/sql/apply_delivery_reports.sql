-- Applies reports of providers, $1 [{provider, provider_message_id, message, status, error_code}], at $2, and
-- logs failures. Statuses only move forward, in whatever order reports arrive. A failed earlier copy does not
-- fail a message that has been resent.
-- Locks the messages. Index: primary key of messages, messages_provider.
WITH report AS MATERIALIZED (
  SELECT *, CASE status WHEN 'sent' THEN 1 ELSE 2 END AS rank, ordinality AS position
  FROM ROWS FROM (json_to_recordset($1::json) AS (
    provider text, provider_message_id text, message uuid, status orchestrator.message_status, error_code text)) WITH ORDINALITY
), matched AS (
  SELECT message.id, message.user_id, report.*
  FROM report JOIN orchestrator.messages AS message ON message.id = report.message
  UNION ALL
  SELECT message.id, message.user_id, report.*
  FROM report JOIN orchestrator.messages AS message
    ON message.provider_message_id = report.provider_message_id AND message.provider = report.provider
  WHERE report.message IS NULL
), latest AS (
  SELECT DISTINCT ON (id, user_id) * FROM matched ORDER BY id, user_id, rank DESC, position
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
  WHERE message.id = latest.id AND message.user_id = latest.user_id AND message.direction = 'outbound'
    AND (message.provider IS NULL OR message.provider = latest.provider)
    AND (message.status IN ('pending', 'sending', 'unknown') AND message.attempts > 0
         OR message.status = 'sent' AND latest.status <> 'sent')
    AND (latest.status IN ('sent', 'delivered')
         OR coalesce(message.provider_message_id, latest.provider_message_id) = latest.provider_message_id
            AND NOT (message.resent AND message.status IN ('pending', 'sending')))
  RETURNING message.id, message.user_id, message.queue_id, message.status, message.error_code
), logged AS (
  INSERT INTO orchestrator.agent_actions_log (agent_type, action_type, user_id, input_data, output_data, error, created_at)
  SELECT 'message_orchestrator', 'send_failed', user_id,
         jsonb_build_object('message_id', coalesce(queue_id, id), 'sent_as', id),
         jsonb_build_object('reason', coalesce(error_code, status::text)), error_code, $2::timestamptz
  FROM changed WHERE status IN ('failed', 'undelivered')
)
SELECT user_id, status, coalesce(error_code, '') AS error_code FROM changed
