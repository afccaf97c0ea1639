# Inbound messages: bursts of 10,000 users over four instances, with an agent that answers at once. The load test
# starts its own PostgreSQL, which does not wait for the disk, and its own instances; it fails if a message is lost or out
# of order. The load is offered within a minute, and then as fast as the service takes it. How many statements a message
# and its turn take is counted by a test, which fails if they are more than twelve.

# measure_inbound LOAD CONTACTS SECONDS
measure_inbound() {
  local output figures
  output=$(ORCHESTRATOR_LOAD_CONTACTS=$2 ORCHESTRATOR_LOAD_SECONDS=$3 timeout 900 \
    build/release/orchestrator-tests --gtest_filter='InboundLoad.*' 2>&1) || fail "$output"
  # The test prints three lines with the figures in the order of the columns.
  figures=$(grep -v '^\[' <<<"$output" | grep -E 'messages \(|accepted in|turns,' | grep -oE '(^|[ (])[0-9][0-9.]*' |
    tr -d ' (')
  (($(wc -w <<<"$figures") == 12)) || fail "Unexpected output: $output"
  record inbound "$1" $figures
}

bench_inbound() {
  local columns=load,messages,duplicates,users,seconds,instances,per_minute
  columns+=,accepted_p50_ms,accepted_p99_ms,agent_p50_ms,agent_p99_ms,answered_s,turns
  begin_results inbound $columns
  begin_results inbound_statements at_most
  local output
  stop_instances
  output=$(build/release/orchestrator-tests --gtest_filter=InboundStatements.AMessageAndItsTurnTakeTwelveAtMost 2>&1) ||
    fail "$output"
  grep -qF '[  PASSED  ] 1 test.' <<<"$output" || fail "Unexpected output: $output"
  record inbound_statements 12
  measure_inbound minute "$(amount 10000 300)" "$(amount 60 5)"
  measure_inbound full "$(amount 10000 600)" "$(amount 5 1)"
}
