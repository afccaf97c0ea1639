# One urgent message every 50 ms on an idle system, each for a different user outside quiet hours: the time from the
# start of the POST until a listener is notified that the row in `messages` is committed. For
# graphile-worker and BullMQ, as in the former's own latency test, from the call that adds a job until its function runs.
# Each client is one Node process.

latency_warm_up=20

measure_service_latency() {
  create_users $(($1 + latency_warm_up))
  settle
  node bench/latency.js "$(url_of 1)" "$1" "$2"
}

measure_peer_latency() {
  prepare_peer "$1"
  settle "$1"
  peer "$1" latency "$2" "$3"
}

# The same while a full pass promotes MESSAGES messages that came due at once. Fails unless the pass outlasts it.
measure_busy_latency() {
  create_users $(($1 + latency_warm_up))
  sql -v zone="$(zone_where_it_is 12)" -v count="$3" <<'SQL'
INSERT INTO users (id, timezone) SELECT 'due_' || i, :'zone' FROM generate_series(1, :count) AS i;
INSERT INTO message_queue (user_id, agent_id, message_data)
SELECT id, 'bench_agent', '{"content": "Your table is booked."}' FROM users WHERE id LIKE 'due%';
SQL
  settle
  curl -sf --max-time 600 -X POST "$(url_of 1)/process-queue" -o "$DATA_DIR/pass-1.json" &
  local pass=$!
  sleep 0.2 # the pass has begun
  node bench/latency.js "$(url_of 1)" "$1" "$2" unsent
  kill -0 "$pass" 2>/dev/null || fail "The pass ended before the urgent messages"
  wait "$pass" || fail "A pass failed"
}

bench_latency() {
  begin_results latency system,due,round,p50_ms,p99_ms,sent_p50_ms,sent_p99_ms
  local round figures name samples due pause_ms=50
  samples=$(amount 300 60)
  due=$(amount 300000 100000)
  stop_instances
  start_instance 1 SENDER=console
  for ((round = 1; round <= $(amount 3 1); ++round)); do
    figures=$(measure_service_latency "$samples" $pause_ms)
    record latency service 0 "$round" $figures
    for name in graphile_worker bullmq; do
      figures=$(measure_peer_latency $name "$samples" $pause_ms)
      record latency $name 0 "$round" $figures "" ""
    done
  done
  stop_instances
  start_instance 1
  for ((round = 1; round <= $(amount 3 1); ++round)); do
    figures=$(measure_busy_latency "$(amount 100 10)" 30 "$due")
    record latency service_busy "$due" "$round" $figures "" ""
  done
}
