# Durable posts: POST /schedule-message, compared with an INSERT of a plain row, with one of the same row, and with the
# peers' calls that add one job. Each by 1, 8, 32 and 128 clients that wait for the response.

post_users=10000

# The embedded PostgreSQL accepts 100 sessions, including those of the service. Clients that connect to PostgreSQL
# directly are limited to this number.
max_sessions=80

post_by_wrk() {
  USERS=$post_users wrk -t$(($1 > 1 ? 2 : 1)) -c"$1" -d"$2s" --latency -s bench/post.lua "$(url_of 1)" |
    awk '/^RESULT/ { print $2, $3, $4, $5 }'
}

# cpu_ticks: prints the processor time that instance 1 and PostgreSQL have used.
cpu_ticks() {
  local postmaster
  postmaster=$(head -n 1 "$(find "$DATA_DIR" -name postmaster.pid)")
  awk '{ print $14 + $15 }' "/proc/${instance_pid[1]}/stat"
  {
    awk '{ print $14 + $15 + $16 + $17 }' "/proc/$postmaster/stat"
    for pid in $(pgrep -P "$postmaster"); do awk '{ print $14 + $15 }' "/proc/$pid/stat" 2>/dev/null || true; done
  } | awk '{ sum += $1 } END { print sum }'
}

# cpu_per_post TICKS TICKS POSTS: microseconds that the service and PostgreSQL used for each.
cpu_per_post() {
  paste <(echo "$1") <(echo "$2") | awk -v posts="$3" -v hz="$(getconf CLK_TCK)" '
    { printf "%.0f ", ($2 - $1) * 1e6 / hz / posts }'
}

measure_service_post() {
  local figures before rate p50 p99 errors stored ticks
  create_users $post_users
  settle
  figures=$(post_by_wrk "$1" 1) # warm up
  before=$(count_of message_queue)
  ticks=$(cpu_ticks)
  figures=$(post_by_wrk "$1" "$2")
  ticks=$(cpu_per_post "$ticks" "$(cpu_ticks)" $(($(count_of message_queue) - before)))
  read -r rate p50 p99 errors <<<"$figures"
  ((errors == 0)) || fail "$errors posts failed"
  # Every answered message must be stored. The last request of each connection may be stored without an answer.
  stored=$(($(count_of message_queue) - before))
  ((stored * 100 >= rate * $2 * 99)) || fail "$stored messages are stored, but $rate/s were answered for $2 s"
  echo "$rate $p50 $p99 $ticks"
}

# measure_pgbench_post ROW CLIENTS SECONDS: ROW is plain or same.
measure_pgbench_post() {
  local row=$1
  shift
  local threads=$(($1 > 1 ? 2 : 1)) summary
  local pgbench=(pgbench -n -M prepared -c "$1" -j $threads -D users=$post_users -f "bench/sql/insert_$row.pgbench")
  [[ $row == same ]] || sql -f bench/sql/plain_table.sql
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
  begin_results post system,connections,round,per_second,p50_ms,p99_ms,service_cpu_us,postgres_cpu_us
  local round connections seconds sessions figures name row
  seconds=$(amount 5 1)
  for ((round = 1; round <= $(amount 3 1); ++round)); do
    for connections in 1 8 32 128; do
      figures=$(measure_service_post "$connections" "$seconds")
      record post service "$connections" "$round" $figures
      sessions=$((connections < max_sessions ? connections : max_sessions))
      for row in plain same; do
        figures=$(measure_pgbench_post $row $sessions "$seconds")
        record post "pgbench_$row" "$connections" "$round" $figures
      done
      for name in graphile_worker pg_boss bullmq; do
        figures=$(measure_peer_post $name $sessions "$seconds")
        record post $name "$connections" "$round" $figures
      done
    done
  done
}
