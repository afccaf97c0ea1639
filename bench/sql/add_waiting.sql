-- Inserts messages :first to :last, ten per user, in the state in which a pass during quiet hours would have left
-- them. Triggers are disabled and their effects written here. Rows are inserted in the order of the primary keys, which
-- fills the indexes fastest; the ids are hashes, so users are spread over the indexes.
SET session_replication_role = replica;

CREATE TEMP TABLE new_user AS
SELECT shard_of(id) AS shard, id
FROM (SELECT 'user_' || md5(i::text) AS id FROM generate_series((:first - 1) / 10 + 1, :last / 10) AS i) AS named
ORDER BY 1, 2;

INSERT INTO users (shard, id, timezone) SELECT shard, id, :'zone' FROM new_user ORDER BY shard, id;

INSERT INTO user_message_budget (shard, user_id, date, daily_limit, hourly_limit, quiet_hours_enabled,
                                 next_attempt_at, blocked_until, blocked_by)
SELECT shard, id, (now() AT TIME ZONE :'zone')::date, 10, 5, true, morning, morning, 'quiet_hours'
FROM new_user, (SELECT (date_trunc('day', now() AT TIME ZONE :'zone') + interval '1 day 8 hours')
                     AT TIME ZONE :'zone' AS morning) AS night
ORDER BY shard, id;

INSERT INTO message_queue (shard, id, user_id, agent_id, message_data)
SELECT shard, uuid_v7(shard), id, 'bench_agent', jsonb_build_object('content', content)
FROM (SELECT shard, id, 'Message ' || number || ' of thread 1: your introduction has been accepted, reply to choose a '
                        'time.' AS content
      FROM new_user CROSS JOIN generate_series(1, 10) AS number ORDER BY shard, id) AS message;
