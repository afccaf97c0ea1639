# Inbound messages: bursts of 10,000 users over four instances, with an agent that answers at once. The load test
# starts its own PostgreSQL and instances, and fails if a message is lost or out of order.

bench_inbound() {
  local columns=messages,duplicates,users,seconds,instances,per_minute
  columns+=,accepted_p50_ms,accepted_p99_ms,agent_p50_ms,agent_p99_ms,answered_s,turns
  begin_results inbound $columns
  local output figures
  stop_instances
  output=$(ORCHESTRATOR_LOAD_CONTACTS=$(amount 10000 300) ORCHESTRATOR_LOAD_SECONDS=$(amount 60 5) \
    timeout 900 build/release/orchestrator-tests --gtest_filter='InboundLoad.*' 2>&1) || fail "$output"
  # The test prints three lines with the figures in the order of the columns.
  figures=$(grep -v '^\[' <<<"$output" | grep -E 'messages \(|accepted in|turns,' | grep -oE '(^|[ (])[0-9][0-9.]*' |
    tr -d ' (')
  (($(wc -w <<<"$figures") == 12)) || fail "Unexpected output: $output"
  record inbound $figures
}
