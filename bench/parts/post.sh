# Durable posts: POST /schedule-message, compared with an INSERT of a plain row, with one of the same row, and with the
# peers' calls that add one job. Each by 1, 8, 32 and 80 clients that wait for the response: the embedded PostgreSQL accepts
# 100 sessions, including those of the service.

post_users=10000

post_by_wrk() {
  USERS=$post_users wrk -t$(($1 > 1 ? 2 : 1)) -c"$1" -d"$2s" --latency -s bench/post.lua "$(url_of 1)" |
    awk '/^RESULT/ { print $2, $3, $4, $5 }'
}

measure_service_post() {
  local figures before rate p50 p99 errors stored ticks used cpu
  create_users $post_users
  settle
  figures=$(post_by_wrk "$1" 1) # warm up
  before=$(count_of message_queue)
  ticks=$(cpu_ticks)
  figures=$(post_by_wrk "$1" "$2")
  used=$(cpu_ticks)
  read -r rate p50 p99 errors <<<"$figures"
  ((errors == 0)) || fail "$errors posts failed"
  # Every answered message must be stored. The last request of each connection may be stored without an answer.
  stored=$(($(count_of message_queue) - before))
  ((stored * 100 >= rate * $2 * 99)) || fail "$stored messages are stored, but $rate/s were answered for $2 s"
  cpu=$(cpu_each "$ticks" "$used" "$stored")
  echo "$rate $p50 $p99 $cpu"
}

# measure_pgbench_post ROW CLIENTS SECONDS: ROW is plain or same.
measure_pgbench_post() {
  local row=$1
  shift
  local threads=$(($1 > 1 ? 2 : 1)) summary first figures
  local pgbench=(pgbench -n -M prepared -c "$1" -j $threads -D users=$post_users -f "bench/sql/insert_$row.pgbench")
  [[ $row == same ]] || sql -f bench/sql/plain_table.sql
  create_users $post_users
  settle
  rm -f "$DATA_DIR"/transactions.*
  summary=$("${pgbench[@]}" -T $(($2 + 1)) -l --log-prefix="$DATA_DIR/transactions" 2>&1) || fail "$summary"
  # The first second warms up: each session makes its plans. The log has the end of each transaction.
  first=$(cat "$DATA_DIR"/transactions.* | awk '{ at = $5 + $6 / 1e6 } NR == 1 || at < first { first = at }
                                                END { printf "%.6f", first }')
  cat "$DATA_DIR"/transactions.* | awk -v first="$first" -v seconds="$2" '
    { at = $5 + $6 / 1e6 - first } at >= 1 && at < 1 + seconds { print $3 / 1000 }' >"$DATA_DIR/latencies"
  figures=$(percentiles "$DATA_DIR/latencies") || fail "No transaction of pgbench in $2 s"
  echo "$(awk -v seconds="$2" 'END { printf "%.0f", NR / seconds }' "$DATA_DIR/latencies") $figures"
}

measure_peer_post() {
  prepare_peer "$1"
  settle "$1"
  peer "$1" add "$2" "$3"
}

bench_post() {
  begin_results post system,connections,round,per_second,p50_ms,p99_ms,service_cpu_us,postgres_cpu_us
  local round connections seconds figures name row
  seconds=$(amount 4 1)
  for ((round = 1; round <= $(amount 3 1); ++round)); do
    for connections in 1 8 32 80; do
      figures=$(measure_service_post "$connections" "$seconds")
      record post service "$connections" "$round" $figures
      for row in plain same; do
        figures=$(measure_pgbench_post $row "$connections" "$seconds")
        record post "pgbench_$row" "$connections" "$round" $figures
      done
      for name in graphile_worker pg_boss bullmq; do
        figures=$(measure_peer_post $name "$connections" "$seconds")
        record post $name "$connections" "$round" $figures
      done
    done
  done
}
