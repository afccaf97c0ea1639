# Bulk requests of 16 MiB, the largest that the service accepts, one at a time: 10,000 messages each, as NDJSON and as a
# JSON array in turn. Shows how much memory the service needs for them.

bulk_messages=10000
bulk_bytes=$((16 * 1024 * 1024))

# write_bulk_request NUMBER: writes a request of nearly bulk_bytes, to $DATA_DIR/bulk-request.
write_bulk_request() {
  awk -v number="$1" -v count=$bulk_messages -v bytes=$((bulk_bytes / bulk_messages - 2)) '
    function item(i,  head, tail) {
      head = sprintf("{\"userId\":\"user_%d\",\"agentId\":\"bench_agent\",\"messageData\":{\"content\":\"Message %d of " \
                     "request %d: your introduction has been accepted, reply to choose a time.\",\"details\":\"", i, i, number)
      tail = "\"}}"
      return head substr(text, 1, bytes - length(head) - length(tail)) tail
    }
    BEGIN {
      while (length(text) < bytes) text = text "What an agent keeps beside the text. "
      is_array = number % 2 == 0
      if (is_array) printf "["
      for (i = 1; i <= count; ++i) printf "%s%s", item(i), is_array ? (i < count ? "," : "]") : "\n"
    }' >"$DATA_DIR/bulk-request"
}

post_bulk_request() {
  local type=application/x-ndjson
  (($1 % 2)) || type=application/json
  curl -sf --max-time 120 -H "Content-Type: $type" --data-binary "@$DATA_DIR/bulk-request" \
    "$(url_of 1)/schedule-messages" -o "$DATA_DIR/bulk-answer.json" || fail "A bulk request failed"
  jq -e ".accepted == $bulk_messages and .rejected == 0" "$DATA_DIR/bulk-answer.json" >/dev/null ||
    fail "Messages were rejected: $(head -c 500 "$DATA_DIR/bulk-answer.json")"
}

bench_bulk() {
  begin_results bulk request,messages,bytes,seconds,max_mib
  local number requests seconds max
  requests=$(amount 12 4)
  create_users $bulk_messages
  settle
  for ((number = 1; number <= requests; ++number)); do
    write_bulk_request "$number"
    seconds=$(seconds_of post_bulk_request "$number")
    max=$(awk '/^VmHWM:/ { printf "%.1f", $2 / 1024 }' "/proc/${instance_pid[1]}/status")
    record bulk "$number" $bulk_messages "$(stat -c %s "$DATA_DIR/bulk-request")" "$seconds" "$max"
  done
  rm "$DATA_DIR/bulk-request"
  empty_tables
}
