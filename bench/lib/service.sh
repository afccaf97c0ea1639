# The measured instances and their memory use. To be sourced; needs DATA_DIR and results.

first_port=18123
declare -A instance_pid=()
sampler=
sampling_began=

url_of() { echo "http://127.0.0.1:$((first_port + $1 - 1))"; }

# start_instance N [NAME=VALUE …]: instance 1 starts the embedded PostgreSQL; the others connect to it.
start_instance() {
  local number=$1 log=$DATA_DIR/instance-$1.log database=()
  shift
  ((number == 1)) || database=(DATABASE_URL="host=$PGHOST user=$PGUSER dbname=$PGDATABASE")
  env PORT=$((first_port + number - 1)) SENDER=none PROCESS_INTERVAL_SECONDS=3600 "${database[@]}" "$@" \
    build/release/message-orchestrator >"$log" 2>&1 &
  instance_pid[$number]=$!
  local deadline=$((SECONDS + 120))
  until curl -sf "$(url_of "$number")/ready" >/dev/null; do
    if ! kill -0 "${instance_pid[$number]}" 2>/dev/null || ((SECONDS > deadline)); then
      cat "$log" >&2
      fail "Instance $number does not start"
    fi
    sleep 0.2
  done
}

stop_instance() {
  local pid=${instance_pid[$1]:-}
  [[ $pid ]] || return 0
  sample_process "$pid"
  kill "$pid" 2>/dev/null || true
  wait "$pid" || true
  unset "instance_pid[$1]"
}

stop_instances() {
  local number
  for number in $(printf '%s\n' "${!instance_pid[@]}" | sort -rn); do stop_instance "$number"; done
}

# pass_on N: runs a full pass on the first N instances at once. Prints the duration of the longest in
# milliseconds; the responses are in $DATA_DIR/pass-N.json.
pass_on() {
  local number passes=()
  for ((number = 1; number <= $1; ++number)); do
    curl -sf --max-time 600 -X POST "$(url_of "$number")/process-queue" -o "$DATA_DIR/pass-$number.json" \
      -w '%{time_total}\n' >"$DATA_DIR/pass-$number.seconds" &
    passes+=($!)
  done
  for number in "${passes[@]}"; do wait "$number" || fail "A pass failed"; done
  for ((number = 1; number <= $1; ++number)); do cat "$DATA_DIR/pass-$number.seconds"; done |
    awk '$1 > max { max = $1 } END { printf "%.1f\n", max * 1000 }'
}

# cpu_ticks: prints the processor time that the instances and PostgreSQL have used, a line each.
cpu_ticks() {
  local postmaster pid
  postmaster=$(head -n 1 "$DATA_DIR"/postgres/postmaster.pid)
  for pid in "${instance_pid[@]}"; do cat "/proc/$pid/stat"; done | awk '{ sum += $14 + $15 } END { print sum }'
  # The postmaster has added up the sessions that ended.
  {
    awk '{ print $14 + $15 + $16 + $17 }' "/proc/$postmaster/stat"
    for pid in $(pgrep -P "$postmaster"); do awk '{ print $14 + $15 }' "/proc/$pid/stat" 2>/dev/null || true; done
  } | awk '{ sum += $1 } END { print sum }'
}

# cpu_each BEFORE AFTER COUNT: the microseconds that the service and PostgreSQL used for each of COUNT.
cpu_each() {
  paste -d ' ' <(echo "$1") <(echo "$2") | awk -v count="$3" -v hz="$(getconf CLK_TCK)" '
    { printf "%s%.0f", (NR > 1) ? " " : "", ($2 - $1) * 1e6 / hz / count } END { print "" }'
}

# sample_process PID: records the current and the maximum resident memory of a process, and the part that is measured.
sample_process() {
  [[ $sampling_began ]] || return 0
  awk -v at=$((SECONDS - sampling_began)) -v pid="$1" -v part="$(cat "$DATA_DIR/part" 2>/dev/null)" '
    /^VmHWM:/ { max = $2 } /^VmRSS:/ { now = $2 }
    END { if (now) printf "%d,%s,%d,%.1f,%.1f\n", at, part, pid, now / 1024, max / 1024 }' \
    "/proc/$1/status" 2>/dev/null >>"$results/memory.csv" || true
}

# Samples each process of the service every second, until the script that started it ends; stop_instance takes the last
# sample.
sample_memory() {
  local pid parent=$$
  while kill -0 "$parent" 2>/dev/null; do
    for pid in $(pgrep -P "$parent" -x message-orchest); do sample_process "$pid"; done
    sleep 1
  done
}

start_sampling() {
  begin_results memory second,part,process,resident_mib,max_mib
  sampling_began=$SECONDS
  sample_memory &
  sampler=$!
}

stop_sampling() {
  [[ $sampler ]] || return 0
  kill "$sampler" 2>/dev/null || true
  wait "$sampler" 2>/dev/null || true
  sampler=
}
