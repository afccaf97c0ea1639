# Durable posts: POST /schedule-message, compared with a plain INSERT of the same row and with the peers' calls that
# add one job. Each by 1, 8, 32 and 128 clients that wait for the response.

post_users=10000

# The embedded PostgreSQL accepts 100 sessions, including those of the service. Clients that connect to PostgreSQL
# directly are limited to this number.
max_sessions=80

post_by_wrk() {
  USERS=$post_users wrk -t$(($1 > 1 ? 2 : 1)) -c"$1" -d"$2s" --latency -s bench/post.lua "$(url_of 1)" |
    awk '/^RESULT/ { print $2, $3, $4, $5 }'
}

measure_service_post() {
  local figures before rate p50 p99 errors stored
  create_users $post_users
  settle
  figures=$(post_by_wrk "$1" 1) # warm up
  before=$(count_of message_queue)
  figures=$(post_by_wrk "$1" "$2")
  read -r rate p50 p99 errors <<<"$figures"
  ((errors == 0)) || fail "$errors posts failed"
  # Every answered message must be stored. The last request of each connection may be stored without an answer.
  stored=$(($(count_of message_queue) - before))
  ((stored * 100 >= rate * $2 * 99)) || fail "$stored messages are stored, but $rate/s were answered for $2 s"
  echo "$rate $p50 $p99"
}

measure_pgbench_post() {
  local threads=$(($1 > 1 ? 2 : 1)) summary
  local pgbench=(pgbench -n -M prepared -c "$1" -j $threads -D users=$post_users -f bench/sql/insert.pgbench)
  create_users $post_users
  settle
  summary=$("${pgbench[@]}" -T 1 2>&1) || fail "$summary" # warm up
  rm -f "$DATA_DIR"/transactions.*
  summary=$("${pgbench[@]}" -T "$2" -l --log-prefix="$DATA_DIR/transactions" 2>&1) || fail "$summary"
  awk '{ print $3 / 1000 }' "$DATA_DIR"/transactions.* >"$DATA_DIR/latencies"
  echo "$(awk '/^tps/ { printf "%.0f", $3 }' <<<"$summary") $(percentiles "$DATA_DIR/latencies")"
}

measure_peer_post() {
  prepare_peer "$1"
  settle "$1"
  peer "$1" add "$2" "$3"
}

bench_post() {
  begin_results post system,connections,round,per_second,p50_ms,p99_ms
  local round connections seconds sessions figures name
  seconds=$(amount 5 1)
  for ((round = 1; round <= $(amount 3 1); ++round)); do
    for connections in 1 8 32 128; do
      figures=$(measure_service_post "$connections" "$seconds")
      record post service "$connections" "$round" $figures
      sessions=$((connections < max_sessions ? connections : max_sessions))
      figures=$(measure_pgbench_post $sessions "$seconds")
      record post pgbench "$connections" "$round" $figures
      for name in graphile_worker pg_boss; do
        figures=$(measure_peer_post $name $sessions "$seconds")
        record post $name "$connections" "$round" $figures
      done
    done
  done
}
