# The job queues that we are measured beside. To be sourced; needs lib/database.sh.

peers_directory=$source_directory/build/bench-peers

# Node is Debian's, or a newer one that is there. npm comes with it, or as a package of its own.
install_peers() {
  command -v node >/dev/null || install_packages nodejs
  command -v npm >/dev/null || install_packages npm
  if ! cmp -s bench/peers/package-lock.json "$peers_directory/package-lock.json"; then
    say "Installing the peers ..."
    mkdir -p "$peers_directory"
    cp bench/peers/package.json "$peers_directory/"
    rm -f "$peers_directory/package-lock.json"
    cp bench/peers/package-lock.json "$peers_directory/package-lock.json.new"
    mv "$peers_directory/package-lock.json.new" "$peers_directory/package-lock.json"
    (cd "$peers_directory" && quietly npm ci --ignore-scripts --no-audit --no-fund) ||
      { rm -f "$peers_directory/package-lock.json"; fail "the peers cannot be installed"; }
  fi
}

# peer NAME MEASUREMENT …: see bench/peers/peer.js. Each peer has a database of its own name.
peer() {
  NODE_PATH=$peers_directory/node_modules PGDATABASE=$1 timeout 600 node bench/peers/peer.js "$@"
}

# Makes the peer's database anew, with its tables.
prepare_peer() {
  make_database "$1"
  peer "$1" fill 0
}
