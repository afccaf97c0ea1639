# Measurements, as CSV files in build/bench. To be sourced.

results=$source_directory/build/bench

fail() {
  say "bench: $*"
  exit 1
}

# begin_results NAME COLUMNS: creates an empty results file.
begin_results() {
  mkdir -p "$results"
  echo "$2" >"$results/$1.csv"
}

# record NAME VALUE…: appends a line to a results file and prints it.
record() {
  local name=$1
  shift
  local IFS=,
  echo "$*" >>"$results/$name.csv"
  say "  $name: $*"
}

# percentiles FILE: prints the 50th and 99th percentile of the numbers in it, by nearest rank.
percentiles() {
  sort -n "$1" | awk '
    { value[NR] = $1 }
    function at(part) { rank = int(part * NR + 0.999999); return value[rank > 1 ? rank : 1] }
    END { if (NR == 0) exit 1; printf "%.2f %.2f\n", at(0.50), at(0.99) }'
}

# seconds_of COMMAND…: runs the command and prints how many seconds it took.
seconds_of() {
  local began
  began=$(date +%s%N)
  "$@" >/dev/null
  awk -v ns=$(($(date +%s%N) - began)) 'BEGIN { printf "%.3f\n", ns / 1e9 }'
}

# Records the machine, the versions and the PostgreSQL settings.
describe_machine() {
  begin_results machine name,value
  local name
  {
    echo "date,$(date -u +%F)"
    echo "commit,$(git -C "$source_directory" describe --always --dirty 2>/dev/null || echo unknown)"
    echo "cores,$(nproc)"
    echo "processor,$(awk -F': ' '/^model name/ { print $2; exit }' /proc/cpuinfo)"
    echo "system,$(. /etc/os-release && echo "${NAME%% *} $VERSION_ID")"
    echo "memory_gib,$(awk '/^MemTotal:/ { printf "%.0f", $2 / 1024 / 1024 }' /proc/meminfo)"
    echo "postgresql,$(sql -c "SHOW server_version" | cut -d' ' -f1)"
    for name in fsync synchronous_commit full_page_writes shared_buffers max_wal_size autovacuum; do
      echo "$name,$(sql -c "SHOW $name")"
    done
    echo "node,$(node --version)"
    echo "redis,$(redis-server --version | sed 's/.* v=\([^ ]*\).*/\1/')"
    for name in graphile-worker pg-boss bullmq; do
      echo "$name,$(jq -r ".dependencies[\"$name\"]" bench/peers/package.json)"
    done
  } >>"$results/machine.csv"
}
