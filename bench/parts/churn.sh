# A busy day compressed to minutes: each round posts in bulk, runs one pass, and deletes rows that are ten rounds
# old; autovacuum has its default settings. Each user has a message in every twelfth round and five in all, so
# every rule is enabled and none blocks. Shows whether pass times and table sizes stay constant.

churn_groups=12
churn_rounds_kept=10

# The minimum time between the starts of two rounds with a message of the same user: the cooldown, plus the time
# that a round may take until its pass.
churn_cooldown_ms=34000

# write_requests GROUP COUNT ROUND: writes the request bodies of a round, 10,000 items each.
write_requests() {
  rm -f "$DATA_DIR"/bulk.*
  awk -v first=$(($1 * $2 + 1)) -v count="$2" -v round="$3" -v prefix="$DATA_DIR/bulk." 'BEGIN {
    for (i = 0; i < count; ++i) {
      printf "{\"userId\":\"user_%d\",\"agentId\":\"bench_agent\",\"messageData\":{\"content\":\"Message %d of " \
             "round %d: your introduction has been accepted, reply to choose a time.\"}}\n",
             first + i, i, round > (prefix int(i / 10000))
    }
  }'
}

post_requests() {
  local body
  for body in "$DATA_DIR"/bulk.*; do
    curl -sf --max-time 60 -H 'Content-Type: application/x-ndjson' --data-binary "@$body" \
      "$(url_of 1)/schedule-messages" -o "$DATA_DIR/bulk-answer.json" || fail "A bulk post failed"
    jq -e '.rejected == 0' "$DATA_DIR/bulk-answer.json" >/dev/null || fail "Messages were rejected"
  done
}

# Sizes in MiB: message_queue, its indexes, and with their indexes the log, the budgets and messages.
table_sizes() {
  sql -F, <<'SQL'
SELECT (pg_table_size('message_queue') / 1048576.0)::numeric(10, 1),
       (pg_indexes_size('message_queue') / 1048576.0)::numeric(10, 1),
       (pg_total_relation_size('agent_actions_log') / 1048576.0)::numeric(10, 1),
       (pg_total_relation_size('user_message_budget') / 1048576.0)::numeric(10, 1),
       (pg_total_relation_size('messages') / 1048576.0)::numeric(10, 1)
SQL
}

as_time() { date -u -d "@$(($1 / 1000)).$(printf '%03d' $(($1 % 1000)))" +%FT%T.%3NZ; }

wait_until_ms() {
  local left=$(($1 - $(date +%s%3N)))
  ((left <= 0)) || sleep "$(awk -v ms=$left 'BEGIN { printf "%.3f", ms / 1000 }')"
}

churn_round() {
  local round=$1 count=$2 before=$3 posted pass_ms promoted retained
  write_requests $((round % churn_groups)) "$count" "$round"
  posted=$(seconds_of post_requests)
  pass_ms=$(pass_on 1)
  promoted=$(jq .promoted "$DATA_DIR/pass-1.json")
  ((promoted == count)) || fail "Round $round promoted $promoted of $count: $(cat "$DATA_DIR/pass-1.json")"
  retained=$(seconds_of sql -v before="$before" -f bench/sql/retain.sql)
  record churn "$round" "$posted" "$(awk -v ms="$pass_ms" 'BEGIN { printf "%.3f", ms / 1000 }')" "$retained" \
    "$(count_of message_queue)" "$(table_sizes)"
}

bench_churn() {
  begin_results churn round,post_s,pass_s,retain_s,rows,queue_mib,queue_indexes_mib,log_mib,budgets_mib,messages_mib
  local round rounds count began=() before=1970-01-02
  rounds=$(amount 60 14)
  count=$(amount 20000 1000)
  create_users $((churn_groups * count))
  settle
  for ((round = 0; round < rounds; ++round)); do
    ((round < churn_groups)) || wait_until_ms $((began[round - churn_groups] + churn_cooldown_ms))
    began[round]=$(date +%s%3N)
    ((round < churn_rounds_kept)) || before=$(as_time "${began[round - churn_rounds_kept + 1]}")
    churn_round $round "$count" "$before"
  done
  sql -c "DROP PROCEDURE bench_retain"
  empty_tables
}
