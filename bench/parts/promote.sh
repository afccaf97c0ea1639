# Promotions with all rules enabled, compared with the minimum work of PostgreSQL for the same rows, with a plain move
# between lean tables, and with what the peers do per job: fetch it, call a function that does nothing, complete it. An
# instance of the service runs its pass on two connections; 1 and 2 are instances of the service and the peers, and
# connections of plain SQL.

# prepare_queue USERS MESSAGES: creates users with MESSAGES messages each that no pass has evaluated yet.
prepare_queue() {
  create_users "$1"
  queue_for_all "$2"
  settle
}

expect_promoted() {
  local promoted
  promoted=$(count_of "messages WHERE direction = 'outbound'")
  ((promoted == $1)) || fail "$promoted messages were promoted, expected $1"
}

# measure_service_promote INSTANCES USERS MESSAGES: one message of each user passes the cooldown. Prints seconds, and the
# processor time a promotion.
measure_service_promote() {
  local ms ticks used cpu
  prepare_queue "$2" "$3"
  ticks=$(cpu_ticks)
  ms=$(pass_on "$1")
  used=$(cpu_ticks)
  expect_promoted "$2"
  cpu=$(cpu_each "$ticks" "$used" "$2")
  awk -v ms="$ms" -v cpu="$cpu" 'BEGIN { printf "%.3f %s\n", ms / 1000, cpu }'
}

# move_rows FILE CONNECTIONS: each connection moves its part.
move_rows() {
  local part moves=()
  for ((part = 0; part < $2; ++part)); do
    sql -v parts="$2" -v part=$part -f "bench/sql/$1.sql" &
    moves+=($!)
  done
  for part in "${moves[@]}"; do wait "$part" || fail "A move failed"; done
}

measure_sql_promote() {
  local seconds
  prepare_queue "$2" 1
  seconds=$(seconds_of move_rows pure_move "$1")
  expect_promoted "$2"
  echo "$seconds"
}

measure_lean_promote() {
  local seconds moved
  sql -v users="$2" -f bench/sql/lean_tables.sql
  settle
  seconds=$(seconds_of move_rows lean_move "$1")
  moved=$(count_of public.bench_messages)
  ((moved == $2)) || fail "$moved messages were moved, expected $2"
  echo "$seconds"
}

measure_peer_promote() {
  prepare_peer "$1"
  peer "$1" fill "$3"
  settle "$1"
  peer "$1" drain "$2" "$3"
}

bench_promote() {
  begin_results promote system,parallel,round,messages,seconds,service_cpu_us,postgres_cpu_us
  local round parallel users name seconds figures
  users=$(amount 200000 20000)
  start_instance 2
  prepare_queue 1000 1 # warm up
  seconds=$(pass_on 2)
  for ((round = 1; round <= $(amount 3 1); ++round)); do
    for parallel in 1 2; do
      figures=$(measure_service_promote $parallel "$users" 1)
      record promote service $parallel "$round" "$users" $figures
      seconds=$(measure_sql_promote $parallel "$users")
      record promote sql $parallel "$round" "$users" "$seconds" "" ""
      seconds=$(measure_lean_promote $parallel "$users")
      record promote lean $parallel "$round" "$users" "$seconds" "" ""
      for name in graphile_worker pg_boss; do
        seconds=$(measure_peer_promote $name $parallel "$users")
        record promote $name $parallel "$round" "$users" "$seconds" "" ""
      done
    done
    figures=$(measure_service_promote 1 $((users / 10)) 10)
    record promote service_ten_each 1 "$round" $((users / 10)) $figures
  done
}
