# shellcheck shell=bash disable=SC2034
# What the scripts share: talking, installing packages, building. To be sourced. Knows nothing of running systems: that
# is home.sh.

set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

say() { printf '%s\n' "$*"; }
warn() { printf '%s\n' "$*" >&2; }
die() {
  warn "${0##*/}: $*"
  exit 1
}
usage_error() {
  warn "${0##*/}: $*"
  warn "See ${0##*/} --help."
  exit 2
}

# Prints the comment at the top of the running script: that is its --help. Lines after the first empty line stay out.
print_help() { awk 'NR == 1 { next } !/^#/ { exit } { sub(/^# ?/, ""); print }' "$0"; }

# seconds_since MILLISECONDS: time passed since then, as "1.2 s".
now_ms() { date +%s%3N; }
seconds_since() {
  local ms=$(($(now_ms) - $1))
  printf '%d.%d s' $((ms / 1000)) $((ms % 1000 / 100))
}

# --- packages ---------------------------------------------------------------------------------------------------------

# Debian's names, by what needs them. `up` needs the first group alone.
PACKAGES_BUILD=(
  g++ cmake ninja-build ccache pkg-config
  libzmq3-dev cppzmq-dev libmsgpack-cxx-dev libboost-dev libleveldb-dev libcli11-dev libspdlog-dev libsodium-dev
  libxxhash-dev libexpected-dev prometheus-cpp-dev nlohmann-json3-dev libreadline-dev
)
PACKAGES_TEST=(catch2 haproxy python3 python3-msgpack python3-pytest procps iproute2)
PACKAGES_CHECK=(clang clang-format clang-tidy shellcheck git systemd)
PACKAGES_PACKAGE=(dpkg-dev file)

# missing_packages NAME...: those of them that are not installed.
missing_packages() {
  local installed
  # dpkg-query complains about names it never heard of, which are just as missing.
  installed=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' "$@" 2>/dev/null | sed -n 's/^installed //p') || true
  printf '%s\n' "$@" | sort -u | comm -23 - <(sort -u <<<"$installed")
}

as_root() {
  if [[ $(id -u) == 0 ]]; then
    "$@"
  elif [[ -t 0 ]]; then
    sudo "$@"
  else
    sudo -n "$@"
  fi
}

can_be_root() {
  [[ $(id -u) == 0 ]] && return 0
  command -v sudo >/dev/null || return 1
  [[ -t 0 ]] || sudo -n true 2>/dev/null
}

# install_packages NAME...: installs those that are missing, and does nothing at all when none is.
install_packages() {
  local missing log
  if ! command -v dpkg-query >/dev/null; then
    warn "This is not Debian, so nothing is installed; what is needed is Debian's: $*"
    return 0
  fi
  mapfile -t missing < <(missing_packages "$@")
  [[ ${#missing[@]} == 0 ]] && return 0
  can_be_root || die "these packages are missing, and installing them needs root: apt-get install ${missing[*]}"
  say "Installing ${missing[*]} …"
  mkdir -p "$ROOT/build/log"
  log=$ROOT/build/log/install.log
  # Offline for systemd: a program that is wanted for a test (HAProxy) is not started as a service.
  if ! {
    as_root apt-get update -q && as_root env DEBIAN_FRONTEND=noninteractive SYSTEMD_OFFLINE=1 apt-get install -q -y \
      --no-install-recommends -o DPkg::Lock::Timeout=300 "${missing[@]}"
  } >"$log" 2>&1 </dev/null; then
    tail -n 30 "$log" >&2
    die "apt-get could not install ${missing[*]} (all of its output: $log)"
  fi
}

# Sets PROMTOOL to the program that checks metrics, rules and configurations of Prometheus. Debian has it in the package
# of the server, which runs as a service once it is installed: so that package is not installed, and the program alone
# taken out of it.
fetch_promtool() {
  local dir log=$ROOT/build/log/promtool.log
  PROMTOOL=$(command -v promtool) && return 0
  PROMTOOL=$ROOT/build/tools/promtool
  [[ -x $PROMTOOL ]] && return 0
  if ! command -v dpkg-deb >/dev/null; then
    warn "This is not Debian, so promtool is not fetched; the tests of metrics need it."
    return 0
  fi
  say "Fetching promtool out of Debian's package prometheus …"
  mkdir -p "$ROOT/build/tools" "$ROOT/build/log"
  dir=$(mktemp -d)
  if ! (
    cd "$dir"
    apt-get download -q prometheus || { as_root apt-get update -q && apt-get download -q prometheus; } || exit 1
    dpkg-deb --fsys-tarfile prometheus_*.deb | tar -xO ./usr/bin/promtool >"$PROMTOOL.new" || exit 1
    chmod +x "$PROMTOOL.new"
    mv "$PROMTOOL.new" "$PROMTOOL"
  ) >"$log" 2>&1 </dev/null; then
    tail -n 30 "$log" >&2
    rm -rf "$dir"
    die "promtool could not be had (all of the output: $log)"
  fi
  rm -rf "$dir"
}

# --- building ---------------------------------------------------------------------------------------------------------

# configure PRESET: makes build/PRESET, or brings it up to date with the CMake files.
configure() {
  local log=$ROOT/build/log/$1.log command=(cmake --preset "$1")
  mkdir -p "$ROOT/build/log"
  if [[ -f $ROOT/build/$1/build.ninja ]]; then command=(ninja -C "$ROOT/build/$1" build.ninja); fi
  if ! (cd "$ROOT" && "${command[@]}") >"$log" 2>&1; then
    cat "$log" >&2
    die "cmake could not configure the build '$1'"
  fi
}

# build PRESET [TARGET...]: configures build/PRESET if need be and builds it. Two scripts at once take turns.
build() {
  local preset=$1 dir=$ROOT/build/$1 started lock quiet=()
  shift
  mkdir -p "$dir" "$ROOT/build/log"
  exec {lock}>"$ROOT/build/log/$preset.lock"
  flock "$lock"
  started=$(now_ms)
  configure "$preset"
  if [[ $(ninja -C "$dir" -n "$@") != *'no work to do'* ]]; then
    say "Building ($preset) …"
    # On a terminal ninja shows its progress in one line; elsewhere only what goes wrong is worth reading.
    [[ -t 1 ]] || quiet=(--quiet)
    ninja -C "$dir" "${quiet[@]}" ${CMAKE_BUILD_PARALLEL_LEVEL:+-j "$CMAKE_BUILD_PARALLEL_LEVEL"} "$@" || die "the build '$preset' failed"
    say "Built ($preset) in $(seconds_since "$started")."
  fi
  exec {lock}>&-
}

# Sets BIN to the folder with the programs: PARLEY_BIN as it is, or else the release build as it is.
find_programs() {
  BIN=$ROOT/build/release/bin
  if [[ -n ${PARLEY_BIN:-} ]]; then
    BIN=$(cd "$PARLEY_BIN" 2>/dev/null && pwd) || die "PARLEY_BIN: there is no folder $PARLEY_BIN"
  fi
  [[ -x $BIN/parley ]] || die "there is no program $BIN/parley; ./scripts/up builds it"
}

# The same, after bringing the release build up to date.
make_programs() {
  if [[ -z ${PARLEY_BIN:-} ]]; then
    install_packages "${PACKAGES_BUILD[@]}"
    build_matching release 'parley(?!-docs)'
  fi
  find_programs
}

# build_matching PRESET PATTERN: builds the programs of that preset whose names match from their beginning, no others.
build_matching() {
  local targets
  configure "$1"
  mapfile -t targets < <(ninja -C "$ROOT/build/$1" -t targets all | grep -oP "^bin/($2)[^:]*(?=:)" || true)
  [[ ${#targets[@]} -gt 0 ]] || die "the build '$1' has no programs that match '$2'"
  build "$1" "${targets[@]}"
}

# run_unit_tests PRESET REPORT [PATTERN]: builds and runs the test programs; the outcome of each goes to REPORT (JUnit).
run_unit_tests() {
  build_matching "$1" 'test_|fuzz_'
  # The end of a program's output holds its counts, whatever else it printed.
  ctest --test-dir "$ROOT/build/$1" --output-on-failure -j "$(nproc)" --output-junit "$2" --no-tests=error \
    --test-output-truncation head --test-output-size-passed 20000 --test-output-size-failed 200000 ${3:+-R "$3"}
}
