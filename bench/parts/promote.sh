# Promotions with every rule on, beside the least that PostgreSQL has to do for the same rows and beside what the
# peers do per job: fetch it, call a function that does nothing, complete it. An instance of ours makes its pass
# on two connections; 1 and 2 are instances for ours and the peers, connections for plain SQL.

# prepare_queue PEOPLE MESSAGES: so many messages for each of so many people, none of them looked at yet.
prepare_queue() {
  make_people "$1"
  queue_for_all "$2"
  settle
}

expect_promoted() {
  local promoted
  promoted=$(count_of "messages WHERE direction = 'outbound'")
  ((promoted == $1)) || fail "$promoted messages were promoted instead of $1"
}

# measure_ours_promote INSTANCES PEOPLE MESSAGES: the cooldown lets one message of each person go.
measure_ours_promote() {
  local ms
  prepare_queue "$2" "$3"
  ms=$(pass_on "$1")
  expect_promoted "$2"
  awk -v ms="$ms" 'BEGIN { printf "%.3f\n", ms / 1000 }'
}

move_on() {
  local part moves=()
  for ((part = 0; part < $1; ++part)); do
    sql -v parts="$1" -v part=$part -f bench/sql/pure_move.sql &
    moves+=($!)
  done
  for part in "${moves[@]}"; do wait "$part" || fail "a move failed"; done
}

measure_sql_promote() {
  local seconds
  prepare_queue "$2" 1
  seconds=$(seconds_of move_on "$1")
  expect_promoted "$2"
  echo "$seconds"
}

measure_peer_promote() {
  prepare_peer "$1"
  peer "$1" fill "$3"
  settle "$1"
  peer "$1" drain "$2" "$3"
}

bench_promote() {
  begin_results promote system,parallel,round,messages,seconds
  local round parallel people name seconds
  people=$(amount 200000 20000)
  start_instance 2
  prepare_queue 1000 1 # warm up
  seconds=$(pass_on 2)
  for ((round = 1; round <= $(amount 3 1); ++round)); do
    for parallel in 1 2; do
      seconds=$(measure_ours_promote $parallel "$people" 1)
      record promote ours $parallel "$round" "$people" "$seconds"
      seconds=$(measure_sql_promote $parallel "$people")
      record promote sql $parallel "$round" "$people" "$seconds"
      for name in graphile_worker pg_boss; do
        seconds=$(measure_peer_promote $name $parallel "$people")
        record promote $name $parallel "$round" "$people" "$seconds"
      done
    done
    seconds=$(measure_ours_promote 1 $((people / 10)) 10)
    record promote ours_ten_each 1 "$round" $((people / 10)) "$seconds"
  done
}
