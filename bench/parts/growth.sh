# The cost of a pass with 1,000 ready users while more and more messages wait: time, and buffers touched by its
# statements (pg_stat_statements). Each size is measured with the waiting users blocked by quiet hours and by a
# cooldown; the last measurement adds a million messages of one of the ready users.

ready_users=1000

# The median is taken over nine passes. One more runs before them, with the caches as VACUUM left them, and is
# reported separately.
growth_passes=9

# Disk space for ten million rows, their indexes and the WAL.
growth_gib=16

restart_with_statistics() {
  as_administrator -d postgres -c "ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements'"
  stop_instances
  start_instance 1
  as_administrator -c "CREATE EXTENSION IF NOT EXISTS pg_stat_statements"
}

# The same users are ready in every pass; their ids are spread over the indexes.
create_ready_users() {
  empty_tables
  sql -v zone="$(zone_where_it_is 12)" -v count=$ready_users <<'SQL'
CREATE TABLE IF NOT EXISTS bench_ready (shard smallint, id text, PRIMARY KEY (shard, id));
TRUNCATE bench_ready;
INSERT INTO bench_ready
SELECT shard_of(id), id FROM (SELECT 'user_' || md5('ready ' || i) AS id FROM generate_series(1, :count) AS i) AS named;
INSERT INTO users (id, timezone) SELECT id, :'zone' FROM bench_ready;
SQL
}

# Only the statements of the pass.
buffers_touched() {
  as_administrator -F, <<'SQL'
SELECT sum(shared_blks_hit + shared_blks_read), sum(shared_blks_read) FROM pg_stat_statements AS statement
JOIN pg_roles AS role ON role.oid = statement.userid WHERE rolname <> 'postgres'
SQL
}

# measure_passes WAITING BLOCKED_BY
measure_passes() {
  local pass ms promoted
  settle
  for ((pass = 0; pass <= growth_passes; ++pass)); do
    sql -f bench/sql/queue_for_ready.sql
    as_administrator -c "SELECT pg_stat_statements_reset()" >/dev/null
    ms=$(pass_on 1)
    promoted=$(jq .promoted "$DATA_DIR/pass-1.json")
    ((promoted == ready_users)) || fail "A pass promoted $promoted of $ready_users: $(cat "$DATA_DIR/pass-1.json")"
    record growth "$1" "$2" $pass "$ms" "$(buffers_touched)"
  done
}

# add_messages_of_one_user COUNT: adds messages of one of the ready users.
add_messages_of_one_user() {
  as_administrator -v count="$1" <<'SQL'
SET session_replication_role = replica;
INSERT INTO message_queue (shard, id, user_id, agent_id, message_data)
SELECT shard, uuid_v7(shard), id, 'bench_agent', jsonb_build_object('content', 'Line ' || i)
FROM (SELECT shard, id FROM bench_ready ORDER BY id LIMIT 1) AS ready, generate_series(1, :count) AS i;
SQL
}

bench_growth() {
  begin_results growth waiting,blocked_by,pass,ms,buffers,buffers_read
  local waiting=0 size zone sizes
  sizes=$(amount "10000 100000 1000000 10000000" "10000 100000")
  (($(df --output=avail --block-size=1G "$DATA_DIR" | tail -1) >= growth_gib)) ||
    fail "Growth needs $growth_gib GiB of free disk space"
  restart_with_statistics
  create_ready_users
  zone=$(zone_where_it_is 23)
  for size in $sizes; do
    as_administrator -v first=$((waiting + 1)) -v last="$size" -v zone="$zone" -f bench/sql/add_waiting.sql
    waiting=$size
    measure_passes "$waiting" quiet_hours
    as_administrator -f bench/sql/block_by_cooldown.sql
    measure_passes "$waiting" cooldown
  done
  size=$(amount 1000000 10000)
  add_messages_of_one_user "$size"
  measure_passes $((waiting + size)) one_user
  say "  the database holds $(sql -c "SELECT pg_size_pretty(pg_database_size(current_database()))")"
  sql -c "DROP TABLE bench_ready"
  empty_tables
  as_administrator -d postgres -c "ALTER SYSTEM RESET shared_preload_libraries"
}
