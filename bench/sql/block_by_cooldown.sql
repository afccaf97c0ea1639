-- Blocks the waiting users by a cooldown that ends 20 to 80 minutes from now: next_attempt_at is in the near future
-- and different for each user, but no user becomes due during the measurement.
UPDATE user_message_budget
SET blocked_until = now() + interval '20 minutes' + interval '1 hour' * (abs(hashtext(user_id)) % 1000000) / 1e6,
    next_attempt_at = now() + interval '20 minutes' + interval '1 hour' * (abs(hashtext(user_id)) % 1000000) / 1e6,
    blocked_by = 'cooldown', last_message_at = now(), messages_sent = 1, recent_sends = ARRAY[now()]
WHERE user_id NOT IN (SELECT id FROM bench_ready);
