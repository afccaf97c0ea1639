-- Stores requests to schedule messages: this is where a POST becomes a row. The parameters and the rows returned are those
-- of the function in migrations/repeatable/05_submit_messages.sql, which does the work in one round trip.
-- Locks: see there. Index: primary key of user_message_budget, message_queue_idempotency, message_queue_content,
-- message_queue_head.
SELECT request, outcome, earlier_id, orchestrator.micros(earlier_scheduled_for) AS earlier_scheduled_for
FROM orchestrator.submit_messages($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
                                  $19::timestamptz, $20::integer, $21::timestamptz)
