# The database of the instances and the peers. To be sourced; needs PGHOST, PGUSER and PGDATABASE.

sql() {
  PGOPTIONS="-c client_min_messages=warning -c search_path=public,orchestrator" psql -XqAt -v ON_ERROR_STOP=1 "$@"
}
as_administrator() { sql -U postgres "$@"; }

# zone_where_it_is HOUR: a time zone in which the local hour is now HOUR.
zone_where_it_is() {
  local offset=$(($1 - 10#$(date -u +%H)))
  ((offset >= -12)) || offset=$((offset + 24))
  ((offset <= 12)) || offset=$((offset - 24))
  printf 'Etc/GMT%+d\n' $((-offset)) # POSIX: the sign is inverted
}

# Retries, because TRUNCATE may deadlock with an instance that reads several of the tables.
empty_tables() {
  local attempts=0
  until sql -c "TRUNCATE users, user_addresses, user_message_budget, message_queue, llm_work, messages, inbound_queue,
                          agent_actions_log, minute_counts CASCADE"
  do
    ((++attempts < 5)) || fail "Cannot empty the tables"
  done
}

# create_users COUNT: empties the tables and creates users whose local time is noon, so that quiet hours do not
# block them.
create_users() {
  empty_tables
  sql -v zone="$(zone_where_it_is 12)" -v count="$1" <<'SQL'
INSERT INTO users (id, timezone) SELECT 'user_' || i, :'zone' FROM generate_series(1, :count) AS i;
SQL
}

# queue_for_all COUNT: inserts COUNT messages for each user.
queue_for_all() {
  sql -v count="$1" <<'SQL'
INSERT INTO message_queue (user_id, agent_id, message_data)
SELECT id, 'bench_agent', jsonb_build_object('content', 'Message ' || number || ' of thread 1: your introduction '
       'has been accepted, reply to choose a time.')
FROM users CROSS JOIN generate_series(1, :count) AS number;
SQL
}

# settle [DATABASE]: writes back what earlier measurements left, so that it does not slow down the next one.
settle() {
  [[ ${1:-} != bullmq ]] || return 0
  as_administrator -d "${1:-$PGDATABASE}" -c "VACUUM (ANALYZE)" -c CHECKPOINT
}

count_of() { sql -c "SELECT count(*) FROM $1"; }

# make_database NAME: creates an empty database for a peer.
make_database() {
  as_administrator -d postgres -c "DROP DATABASE IF EXISTS $1" -c "CREATE DATABASE $1 OWNER $PGUSER"
}
