# The database under the instances and the peers. To be sourced; needs PGHOST, PGUSER, PGDATABASE.

sql() { PGOPTIONS="-c client_min_messages=warning" psql -XqAt -v ON_ERROR_STOP=1 "$@"; }
as_administrator() { sql -U postgres "$@"; }

# A zone in which it is HOUR o'clock now.
zone_where_it_is() {
  local offset=$(($1 - 10#$(date -u +%H)))
  ((offset >= -12)) || offset=$((offset + 24))
  ((offset <= 12)) || offset=$((offset - 24))
  printf 'Etc/GMT%+d\n' $((-offset)) # whose signs are those of POSIX
}

# An instance that reads several tables at this moment may deadlock with it: then it is tried again.
empty_tables() {
  local tries=0
  until sql -c "TRUNCATE users, message_queue, user_message_budget, messages, inbound_queue, agent_actions_log CASCADE"
  do
    ((++tries < 5)) || fail "the tables cannot be emptied"
  done
}

# make_people COUNT: an empty database and so many people for whom it is noon, so that no rule holds them but
# those of the measurement.
make_people() {
  empty_tables
  sql -v zone="$(zone_where_it_is 12)" -v count="$1" <<'SQL'
INSERT INTO users (id, timezone) SELECT 'user_' || i, :'zone' FROM generate_series(1, :count) AS i;
SQL
}

# queue_for_all COUNT: so many messages for each person.
queue_for_all() {
  sql -v count="$1" <<'SQL'
INSERT INTO message_queue (user_id, agent_id, message_data)
SELECT id, 'bench_agent', jsonb_build_object('content', 'Message ' || number || ' of thread 1: your introduction '
       'has been accepted, reply to choose a time.')
FROM users CROSS JOIN generate_series(1, :count) AS number;
SQL
}

# Whatever was measured or made before is over: nobody pays for another's pages.
settle() {
  as_administrator -d "${1:-$PGDATABASE}" -c "VACUUM (ANALYZE)" -c CHECKPOINT
}

count_of() { sql -c "SELECT count(*) FROM $1"; }

# make_database NAME: an empty one for a peer.
make_database() {
  as_administrator -d postgres -c "DROP DATABASE IF EXISTS $1" -c "CREATE DATABASE $1 OWNER $PGUSER"
}
