# What people write: bursts of 10,000 people over four instances of their own, with an agent that answers at
# once. The load test makes its own cluster and instances, and fails when anything is lost or out of order.

bench_inbound() {
  local columns=messages,repeats,people,seconds,instances,per_minute
  columns+=,accepted_p50_ms,accepted_p99_ms,agent_p50_ms,agent_p99_ms,answered_s,turns
  begin_results inbound $columns
  local output figures
  stop_instances
  output=$(ORCHESTRATOR_LOAD_CONTACTS=$(amount 10000 300) ORCHESTRATOR_LOAD_SECONDS=$(amount 60 5) \
    timeout 900 build/release/orchestrator-tests --gtest_filter='InboundLoad.*' 2>&1) || fail "$output"
  # Its three lines name the figures in the order of the columns.
  figures=$(grep -v '^\[' <<<"$output" | grep -E 'messages \(|accepted in|turns,' | grep -oE '(^|[ (])[0-9][0-9.]*' |
    tr -d ' (')
  (($(wc -w <<<"$figures") == 12)) || fail "not what was expected: $output"
  record inbound $figures
}
