# The job queues that the service is compared with. To be sourced; needs lib/database.sh.

peers_directory=$source_directory/build/bench-peers

# Uses an installed Node, else Debian's package. npm may be a separate package.
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
      { rm -f "$peers_directory/package-lock.json"; fail "Cannot install the peers"; }
  fi
}

# peer NAME MEASUREMENT …: see bench/peers/peer.js. The database of a peer has its name.
peer() {
  NODE_PATH=$peers_directory/node_modules PGDATABASE=$1 timeout 600 node bench/peers/peer.js "$@"
}

# prepare_peer NAME: recreates the peer's database and tables.
prepare_peer() {
  make_database "$1"
  peer "$1" fill 0
}
