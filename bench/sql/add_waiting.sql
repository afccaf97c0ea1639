-- Inserts messages :first to :last, ten per user, in the state in which a pass during quiet hours would have left
-- them. Triggers are disabled and their effects written here. Rows are inserted in the order of user ids, which fills
-- the indexes fastest; the ids are hashes, so users are spread over the indexes.
SET session_replication_role = replica;

CREATE TEMP TABLE new_user AS
SELECT 'user_' || md5(i::text) AS id FROM generate_series((:first - 1) / 10 + 1, :last / 10) AS i
ORDER BY 1;

INSERT INTO users (id, timezone) SELECT id, :'zone' FROM new_user ORDER BY id;

INSERT INTO user_message_budget (user_id, date, daily_limit, hourly_limit, quiet_hours_enabled,
                                 next_attempt_at, blocked_until, blocked_by)
SELECT id, (now() AT TIME ZONE :'zone')::date, 10, 5, true, morning, morning, 'quiet_hours'
FROM new_user, (SELECT (date_trunc('day', now() AT TIME ZONE :'zone') + interval '1 day 8 hours')
                     AT TIME ZONE :'zone' AS morning) AS night
ORDER BY id;

INSERT INTO message_queue (user_id, agent_id, message_data, content_hash)
SELECT id, 'bench_agent', jsonb_build_object('content', content), sha256(convert_to(content, 'UTF8'))
FROM (SELECT id, 'Message ' || number || ' of thread 1: your introduction has been accepted, reply to choose a '
                 'time.' AS content
      FROM new_user CROSS JOIN generate_series(1, 10) AS number ORDER BY id) AS message;
