-- The functions that triggers call, as before but in PL/pgSQL: it keeps their plans for the session. A function in
-- SQL is planned anew by every statement that calls it, which took longer than what it does.

CREATE OR REPLACE FUNCTION arm_users(who text[], due timestamptz[], is_express boolean[]) RETURNS void
LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
  INSERT INTO user_message_budget AS budget (user_id, next_attempt_at, express)
  SELECT arming.user_id, arming.due, arming.is_express
  FROM unnest(arm_users.who, arm_users.due, arm_users.is_express) AS arming (user_id, due, is_express)
  ORDER BY arming.user_id
  ON CONFLICT (user_id) DO UPDATE
  SET next_attempt_at = least(budget.next_attempt_at, greatest(excluded.next_attempt_at, budget.blocked_until)),
      express = budget.express OR excluded.express
  WHERE budget.next_attempt_at IS NULL
     OR budget.next_attempt_at > greatest(excluded.next_attempt_at, budget.blocked_until)
     OR excluded.express > budget.express;
END $$;

CREATE OR REPLACE FUNCTION reopen_gates(who text[], at_once boolean) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  UPDATE user_message_budget AS budget
  SET next_attempt_at = CASE WHEN budget.next_attempt_at IS NOT NULL THEN timestamptz '-infinity' END,
      express = budget.express OR (at_once AND budget.next_attempt_at IS NOT NULL),
      blocked_until = NULL,
      blocked_by = NULL
  FROM (SELECT user_id FROM user_message_budget
        WHERE user_id = ANY (who) ORDER BY user_id FOR NO KEY UPDATE) AS locked
  WHERE budget.user_id = locked.user_id;
END $$;

CREATE OR REPLACE FUNCTION wake_deliveries(who text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  UPDATE messages SET next_attempt_at = NULL, waiting_for = NULL
  WHERE user_id = who AND direction = 'outbound' AND status = 'pending' AND waiting_for = 'quiet_hours';
END $$;
