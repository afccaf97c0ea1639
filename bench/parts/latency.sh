# A single urgent message on a quiet system, every 50 ms, each for another person who is awake: from the begin
# of its POST until a listener is told that its row in `messages` is committed. Beside it graphile-worker, as in
# its own latency test: from the call of addJob until its function runs. Both clients are one Node process.

latency_warm_up=20

measure_ours_latency() {
  make_people $(($1 + latency_warm_up))
  settle
  NODE_PATH=$peers_directory/node_modules timeout 600 node bench/latency.js "$(url_of 1)" "$1" "$2"
}

measure_peer_latency() {
  prepare_peer graphile_worker
  settle graphile_worker
  peer graphile_worker latency "$1" "$2"
}

bench_latency() {
  begin_results latency system,round,p50_ms,p99_ms,sent_p50_ms,sent_p99_ms
  local round figures samples pause_ms=50
  samples=$(amount 400 60)
  stop_instances
  start_instance 1 SENDER=console
  for ((round = 1; round <= $(amount 3 1); ++round)); do
    figures=$(measure_ours_latency "$samples" $pause_ms)
    record latency ours "$round" $figures
    figures=$(measure_peer_latency "$samples" $pause_ms)
    record latency graphile_worker "$round" $figures "" ""
  done
}
