# What logical shards cost: posts by 32 clients and promotions with LOGICAL_SHARDS=1 and with the default, each in a
# database of its own, in turn.

shards_default=32

# measure_shards COUNT SECONDS USERS: prints posts/s and promotions/s.
measure_shards() {
  local post promoted
  post=$(measure_service_post 32 "$2")
  promoted=$(measure_service_promote 1 "$3" 1)
  awk -v post="${post%% *}" -v users="$3" -v seconds="${promoted%% *}" 'BEGIN { printf "%d %.0f\n", post, users / seconds }'
}

# with_shards COUNT COMMAND …: runs the command with an instance whose database has so many logical shards.
with_shards() {
  local count=$1 part_file=$DATA_DIR/part
  shift
  local -x DATA_DIR=$DATA_DIR/shards-$count
  local -x PGHOST=$DATA_DIR/socket
  mkdir -p "$DATA_DIR"
  chmod 755 "$DATA_DIR"
  cp "$part_file" "$DATA_DIR/part"
  start_instance 1 LOGICAL_SHARDS="$count"
  "$@"
  stop_instances
}

record_shards() {
  local figures
  [[ $(sql -c "SELECT logical_shards()") == "$1" ]] || fail "The database does not have $1 logical shards"
  figures=$(measure_shards "$1" "$(amount 4 1)" "$(amount 100000 5000)")
  record shards "$1" "$2" $figures
}

bench_shards() {
  begin_results shards shards,round,posts_per_second,promotions_per_second
  local round count
  stop_instances
  for ((round = 1; round <= $(amount 2 1); ++round)); do
    for count in 1 $shards_default; do with_shards $count record_shards $count "$round"; done
  done
}
