-- Stores requests to schedule messages: this is where a POST becomes a row. The parameters are those of the function in
-- migrations/repeatable/05_submit_messages.sql, which does the work in one round trip. Returns its outcome for each
-- request, the message of an earlier request, and the facts of the user, as they were before.
-- Locks: see there. Index: primary keys of user_message_budget and users, message_queue_idempotency, message_queue_head.
SELECT submitted.request, submitted.outcome, (submitted.budget).next_attempt_at IS NOT NULL AS others_wait,
       (submitted.earlier).id AS earlier_id, (submitted.earlier).priority AS earlier_priority,
       orchestrator.micros((submitted.earlier).scheduled_for) AS earlier_scheduled_for,
       orchestrator.micros((submitted.earlier).expires_at) AS earlier_expires_at,
       (submitted.earlier).can_delay AS earlier_can_delay, (submitted.earlier).status AS earlier_status,
       (submitted.earlier).status_reason AS earlier_reason, (submitted.earlier).ready AS earlier_ready,
-- include: user_facts_columns
FROM orchestrator.submit_messages($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,
                                  $20, $21, $22::boolean, $23::timestamptz, $24::integer, $25::timestamptz, $26::jsonb)
  AS submitted
CROSS JOIN LATERAL (SELECT (submitted.users).*) AS users
CROSS JOIN LATERAL (SELECT (submitted.budget).*) AS budget
