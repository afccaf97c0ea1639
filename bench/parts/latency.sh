# One urgent message every 50 ms on an idle system, each for a different user outside quiet hours: the time from the
# start of the POST until a listener is notified that the row in `messages` is committed. For
# graphile-worker and BullMQ, as in the former's own latency test, from the call that adds a job until its function runs. Each client is one Node process.

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

bench_latency() {
  begin_results latency system,round,p50_ms,p99_ms,sent_p50_ms,sent_p99_ms
  local round figures name samples pause_ms=50
  samples=$(amount 400 60)
  stop_instances
  start_instance 1 SENDER=console
  for ((round = 1; round <= $(amount 3 1); ++round)); do
    figures=$(measure_service_latency "$samples" $pause_ms)
    record latency service "$round" $figures
    for name in graphile_worker bullmq; do
      figures=$(measure_peer_latency $name "$samples" $pause_ms)
      record latency $name "$round" $figures "" ""
    done
  done
}
