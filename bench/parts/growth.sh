# What a pass with 1,000 ready people costs while ever more messages are parked: time, and buffers touched by
# its statements (pg_stat_statements). At each size once with people held by quiet hours and once by cooldown;
# at last with a million messages of one person more, who is one of those ready.

ready_people=1000

# Medians are made of nine passes. One before them is told by itself: it finds the caches as VACUUM left them.
growth_passes=9

# What ten million rows, their indexes and the WAL take.
growth_gib=16

restart_with_statistics() {
  as_administrator -d postgres -c "ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements'"
  stop_instances
  start_instance 1
  as_administrator -c "CREATE EXTENSION IF NOT EXISTS pg_stat_statements"
}

# The people who are ready stay the same; in every index they are spread among the parked.
make_ready_people() {
  empty_tables
  sql -v zone="$(zone_where_it_is 12)" -v count=$ready_people <<'SQL'
CREATE TABLE IF NOT EXISTS bench_ready (id text PRIMARY KEY);
TRUNCATE bench_ready;
INSERT INTO bench_ready SELECT 'user_' || md5('ready ' || i) FROM generate_series(1, :count) AS i;
INSERT INTO users (id, timezone) SELECT id, :'zone' FROM bench_ready;
SQL
}

# The statements of the pass alone.
buffers_touched() {
  as_administrator -F, <<'SQL'
SELECT sum(shared_blks_hit + shared_blks_read), sum(shared_blks_read) FROM pg_stat_statements AS statement
JOIN pg_roles AS role ON role.oid = statement.userid WHERE rolname <> 'postgres'
SQL
}

# measure_passes PARKED HELD_BY
measure_passes() {
  local pass ms promoted
  settle
  for ((pass = 0; pass <= growth_passes; ++pass)); do
    sql -f bench/sql/queue_for_ready.sql
    as_administrator -c "SELECT pg_stat_statements_reset()" >/dev/null
    ms=$(pass_on 1)
    promoted=$(jq .promoted "$DATA_DIR/pass-1.json")
    ((promoted == ready_people)) || fail "a pass promoted $promoted of $ready_people: $(cat "$DATA_DIR/pass-1.json")"
    record growth "$1" "$2" $pass "$ms" "$(buffers_touched)"
  done
}

# A million messages of one person more, who is made one of the ready ones.
give_one_person_a_million() {
  as_administrator -v count="$1" <<'SQL'
SET session_replication_role = replica;
INSERT INTO message_queue (user_id, agent_id, message_data)
SELECT (SELECT min(id) FROM bench_ready), 'bench_agent', jsonb_build_object('content', 'Line ' || i)
FROM generate_series(1, :count) AS i;
SQL
}

bench_growth() {
  begin_results growth parked,held_by,pass,ms,buffers,buffers_read
  local parked=0 size zone sizes
  sizes=$(amount "10000 100000 1000000 10000000" "10000 100000")
  (($(df --output=avail --block-size=1G "$DATA_DIR" | tail -1) >= growth_gib)) ||
    fail "growth needs $growth_gib GiB of disk"
  restart_with_statistics
  make_ready_people
  zone=$(zone_where_it_is 23)
  for size in $sizes; do
    as_administrator -v first=$((parked + 1)) -v last="$size" -v zone="$zone" -f bench/sql/park.sql
    parked=$size
    measure_passes "$parked" quiet_hours
    as_administrator -f bench/sql/hold_by_cooldown.sql
    measure_passes "$parked" cooldown
  done
  size=$(amount 1000000 10000)
  give_one_person_a_million "$size"
  measure_passes $((parked + size)) one_person
  say "  the database holds $(sql -c "SELECT pg_size_pretty(pg_database_size(current_database()))")"
  sql -c "DROP TABLE bench_ready"
  empty_tables
  as_administrator -d postgres -c "ALTER SYSTEM RESET shared_preload_libraries"
}
