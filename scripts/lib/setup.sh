# Everything that a fresh Debian needs before the program can be built and run. To be sourced; all that it
# prints goes to standard error.

source_directory=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

build_packages=(
  g++ cmake ninja-build ccache pkg-config
  libpqxx-dev libcpp-httplib-dev libhowardhinnant-date-dev nlohmann-json3-dev libspdlog-dev libcli11-dev
  prometheus-cpp-dev libssl-dev libcurl4-openssl-dev libutf8proc-dev libgtest-dev tzdata ca-certificates
)
oldest_postgresql=15

say() { printf '%s\n' "$*" >&2; }

is_installed() {
  [[ $(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null) == installed ]]
}

has_postgresql() {
  local directory
  for directory in /usr/lib/postgresql/*/bin; do
    [[ -x $directory/postgres && $(basename "$(dirname "$directory")") -ge $oldest_postgresql ]] && return
  done
  return 1
}

# Prints those of the given packages that are not installed.
missing_packages() {
  local package
  for package in "$@"; do
    is_installed "$package" || echo "$package"
  done
}

# Debian's package would start a server for the whole machine. The program runs its own, so none is made;
# clusters that exist, and later ones, are left alone.
without_system_cluster() {
  local directory=/etc/postgresql-common/createcluster.d
  local setting=$directory/message-orchestrator.conf
  mkdir -p "$directory"
  echo "create_main_cluster = false" >"$setting"
  local status=0
  "$@" || status=$?
  rm -f "$setting"
  rmdir --ignore-fail-on-non-empty "$directory"
  return "$status"
}

# Says nothing unless it fails.
quietly() {
  local output
  output=$(DEBIAN_FRONTEND=noninteractive "$@" </dev/null 2>&1) && return
  say "$output"
  return 1
}

# Installs what is missing of the given packages; needs neither root nor network when nothing is.
install_packages() {
  local missing
  mapfile -t missing < <(missing_packages "$@")
  ((${#missing[@]})) || return 0
  if ((EUID != 0)); then
    say "Packages are missing. As root, run:"
    say "  apt-get install --no-install-recommends ${missing[*]}"
    exit 1
  fi
  say "Installing ${missing[*]} ..."
  quietly apt-get update
  without_system_cluster quietly apt-get install --yes --no-install-recommends "${missing[@]}"
}

install_build_packages() {
  local packages=("${build_packages[@]}")
  has_postgresql || packages+=(postgresql)
  install_packages "${packages[@]}"
}

# One compiler a core, and no more than memory holds: a large translation unit takes about 1 GiB.
build_jobs() {
  local cores memory_gib
  cores=$(nproc)
  memory_gib=$(awk '/^MemAvailable:/ { print int($2 / 1024 / 1024) }' /proc/meminfo)
  local jobs=$((memory_gib < cores ? memory_gib : cores))
  echo $((jobs > 1 ? jobs : 1))
}

# directory_of PRESET: where it is built. AddressSanitizer's tests share their object files with the release build.
directory_of() {
  case $1 in
    asan) echo "$source_directory/build/release" ;;
    *) echo "$source_directory/build/$1" ;;
  esac
}

# build PRESET [TARGET]
build() {
  local preset=$1 target=${2:-all}
  local directory
  directory=$(directory_of "$preset")
  [[ $preset != asan || $target != all ]] || target=orchestrator-tests-asan
  if [[ ! $directory/build.ninja -nt $source_directory/CMakePresets.json ]]; then
    cmake -S "$source_directory" --preset "$(basename "$directory")" --log-level=WARNING >&2
  fi
  local jobs steps
  jobs=$(build_jobs)
  steps=$(ninja -C "$directory" -t commands "$target" | wc -l)
  say "Building $target ($preset): at most $steps steps, $jobs at a time ..."
  cmake --build "$directory" --target "$target" --parallel "$jobs" >&2
}

# run_in_preset PRESET COMMAND...: the command with what the sanitizer of the preset needs.
run_in_preset() {
  export LSAN_OPTIONS=suppressions=$source_directory/tests/support/leaks.txt:print_suppressions=0
  export TSAN_OPTIONS=suppressions=$source_directory/tests/support/races.txt:print_suppressions=0
  # ThreadSanitizer wants its fixed addresses free, which randomisation may not leave.
  if [[ $1 == tsan ]] && setarch --addr-no-randomize true 2>/dev/null; then
    setarch --addr-no-randomize "${@:2}"
  else
    "${@:2}"
  fi
}

# run_tests PRESET OPTION...: the test program, alone.
run_tests() {
  local directory
  directory=$(directory_of "$1")
  [[ $1 != asan ]] || directory+=/asan
  run_in_preset "$1" "$directory/orchestrator-tests" "${@:2}"
}

# run_suite PRESET: every test, several at a time. Under a sanitizer, bounds of time mean little: what fails is run
# once more. A sanitizer's report always counts.
run_suite() {
  local directory options=()
  directory=$(directory_of "$1")
  [[ $1 == release ]] || options+=(--repeat until-pass:2)
  [[ $1 != asan ]] || options+=(--build-config asan --tests-regex '^asan-')
  run_in_preset "$1" ctest --test-dir "$directory" --output-on-failure --parallel 3 "${options[@]}"
  if grep -E 'Sanitizer: |runtime error: ' "$directory/Testing/Temporary/LastTest.log" >&2; then
    return 1
  fi
}
