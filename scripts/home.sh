# shellcheck shell=bash disable=SC2034
# A home: the folder of one running system. Which processes belong to it, how each is started, found and stopped.
# To be sourced; brings lib.sh along.
#
#   DIR/topology          what the system consists of, one name=value a line; remembered between starts
#   DIR/metrics-ports     which process's metrics are at which port, counted from the topology's metrics-port
#   DIR/root-password     the root user's password, made at the first start (mode 600)
#   DIR/run/NAME.pid      the process's id;  DIR/run/NAME.ready: exists once the process is ready for work
#   DIR/run/prometheus-targets.json   where the metrics of all processes are, for Prometheus
#   DIR/log/NAME.log      its output;  NAME.log.1: the older part
#   DIR/data/NAME/        its store
#
# A process is recognised by its command line, which holds the path of its ready file: so a stale pid file is seen for
# what it is, also when that pid is somebody else's by now, and two homes never meet.

# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

LOG_BYTES_MAX=$((16 * 1024 * 1024)) # a log is moved aside at the next start once it is larger

# One home's settings, with their defaults. The workers of a module are counted under the module's own name.
declare -A topology=(
  [client-port]=7000 [http-port]=7080 [bus-port]=7100 [metrics-port]=7200
  [frontends]=1 [frontend-ports]=shared [buses]=1 [replicas]=1 [root-user]="${PARLEY_ROOT_USER:-root}"
)

# Every module is a folder with a program of its own.
module_names() {
  local file
  for file in "$ROOT"/modules/*/CMakeLists.txt; do
    [[ -f $file ]] || continue
    file=${file%/CMakeLists.txt}
    say "${file##*/}"
  done
}

# home_use DIR: sets HOME_DIR, and HOME_OPTION to what a command needs to mean the same home. The folders are made by
# home_create alone, so that asking about a home does not make one.
home_use() {
  HOME_DIR=$(realpath -m -- "${1:-$ROOT/.parley}")
  HOME_OPTION=''
  if [[ $HOME_DIR != "$ROOT/.parley" ]]; then HOME_OPTION=" --home $(printf '%q' "$HOME_DIR")"; fi
}

home_create() {
  (umask 077 && mkdir -p "$HOME_DIR"/{run,log,data}) || die "cannot make the home $HOME_DIR"
}

# One script at a time works on a home. The lock is released when the script ends; started processes do not inherit it.
home_lock() {
  exec {HOME_LOCK}>"$HOME_DIR/run/lock"
  flock -n "$HOME_LOCK" && return 0
  say "Another script is at work on $HOME_DIR; waiting for it …"
  flock -w 120 "$HOME_LOCK" || die "another script has been at work on $HOME_DIR for two minutes"
}

home_root_password() {
  local file=$HOME_DIR/root-password password
  [[ -s $file ]] && return 0
  password=$(head -c 18 /dev/urandom | base64 | tr '+/' '-_')
  (umask 077 && printf '%s\n' "$password" >"$file.new" && mv "$file.new" "$file")
}

# --- topology ---------------------------------------------------------------------------------------------------------

topology_read() {
  local module key value
  for module in $(module_names); do topology[$module]=1; done
  [[ -f $HOME_DIR/topology ]] || return 0
  while IFS='=' read -r key value; do
    if [[ -n ${topology[$key]+known} ]]; then topology[$key]=$value; fi
  done <"$HOME_DIR/topology"
}

topology_write() {
  local key
  for key in "${!topology[@]}"; do printf '%s=%s\n' "$key" "${topology[$key]}"; done |
    sort >"$HOME_DIR/topology.new"
  mv "$HOME_DIR/topology.new" "$HOME_DIR/topology"
}

# The names of all processes, in the order of starting: what others connect to comes first.
topology_names() {
  local module
  numbered bus "${topology[buses]}"
  for module in $(module_names); do numbered "$module" "${topology[$module]}"; done
  numbered frontend "${topology[frontends]}"
}

numbered() {
  local i
  for ((i = 1; i <= $2; i++)); do say "$1-$i"; done
}

# --- metrics ports ----------------------------------------------------------------------------------------------------

# Each process has a number, given when the system first has a process of that name: the lowest that is free, in the
# order of starting. It stays, so a port never becomes another process's when workers come or go.
declare -A metrics_numbers=()

metrics_numbers_settle() {
  local name number next=0
  local -A used=()
  if [[ -f $HOME_DIR/metrics-ports ]]; then
    while IFS='=' read -r name number; do
      [[ $number =~ ^[0-9]{1,4}$ && -z ${used[$number]:-} ]] || continue
      metrics_numbers[$name]=$number used[$number]=1
    done <"$HOME_DIR/metrics-ports"
  fi
  for name in $(topology_names); do
    [[ -z ${metrics_numbers[$name]:-} ]] || continue
    while [[ -n ${used[$next]:-} ]]; do next=$((next + 1)); done
    metrics_numbers[$name]=$next used[$next]=1
  done
}

metrics_numbers_write() {
  local name
  for name in "${!metrics_numbers[@]}"; do printf '%s=%s\n' "$name" "${metrics_numbers[$name]}"; done |
    sort -t = -k 2n >"$HOME_DIR/metrics-ports.new"
  mv "$HOME_DIR/metrics-ports.new" "$HOME_DIR/metrics-ports"
}

# metrics_port NAME: sets METRICS_PORT to the port of its metrics; fails when there are to be none.
metrics_port() {
  ((topology[metrics-port] > 0)) && [[ -n ${metrics_numbers[$1]:-} ]] || return 1
  METRICS_PORT=$((topology[metrics-port] + metrics_numbers[$1]))
}

# For Prometheus's file_sd: of each process of the topology, also while it does not run, since that is to be noticed.
metrics_targets_write() {
  local name address separator='' file=$HOME_DIR/run/prometheus-targets.json
  {
    printf '['
    for name in $(topology_names); do
      if ! address=$(process_option "$name" --metrics); then
        metrics_port "$name" || continue
        address=127.0.0.1:$METRICS_PORT
      fi
      printf '%s\n  {"targets": ["%s"], "labels": {"module": "%s", "node": "%s"}}' \
        "$separator" "$address" "${name%-*}" "$name"
      separator=,
    done
    printf '\n]\n'
  } >"$file.new"
  mv "$file.new" "$file"
}

# --- processes --------------------------------------------------------------------------------------------------------

# process_command NAME: sets the array COMMAND to the program and its arguments. Only what ties the processes of a home
# together is given here; all else is left to defaults and PARLEY_… variables.
process_command() {
  local name=$1 role=${1%-*}
  COMMAND=("$BIN/parley-$role" --name "$name" --ready-file "$HOME_DIR/run/$name.ready")
  case $role in
    bus) COMMAND+=(--listen "tcp://127.0.0.1:$BUS_PORT" --data "$HOME_DIR/data/$name") ;;
    frontend) COMMAND+=(--bus "tcp://127.0.0.1:$BUS_PORT" --listen "127.0.0.1:$(frontend_port "$name")") ;;
    *) COMMAND+=(--bus "tcp://127.0.0.1:$BUS_PORT" --data "$HOME_DIR/data/$name") ;;
  esac
  case $role in
    user) COMMAND+=(--root-user "${topology[root-user]}" --root-password-file "$HOME_DIR/root-password") ;;
  esac
  if metrics_port "$name"; then COMMAND+=(--metrics "127.0.0.1:$METRICS_PORT"); fi
}

# frontend_port NAME: where it listens: at the client port, or, with a port for each, at that of its number from there.
# frontend-0, which scripts/roll has stand in for a lone frontend-1, is at the same port as that one.
frontend_port() {
  if [[ ${topology[frontend-ports]} == separate && $1 != frontend-0 ]]; then
    printf '%s\n' $((CLIENT_PORT + ${1##*-} - 1))
  else
    printf '%s\n' "$CLIENT_PORT"
  fi
}

# process_runs NAME: whether it does; then RUNNING_PID is its pid, and RUNNING_WORDS its command line. Asked of every
# process several times in a script, so it starts none itself.
process_runs() {
  local word
  RUNNING_PID=''
  { read -r RUNNING_PID <"$HOME_DIR/run/$1.pid"; } 2>/dev/null || true
  [[ $RUNNING_PID =~ ^[0-9]+$ ]] || return 1
  { mapfile -d '' -t RUNNING_WORDS <"/proc/$RUNNING_PID/cmdline"; } 2>/dev/null || return 1
  for word in "${RUNNING_WORDS[@]}"; do
    [[ $word == "$HOME_DIR/run/$1.ready" ]] && return 0
  done
  return 1
}

# process_pid NAME: prints the pid when that process runs, else fails.
process_pid() {
  process_runs "$1" || return 1
  printf '%s\n' "$RUNNING_PID"
}

# process_option NAME --OPTION: the value that the running process was given.
process_option() {
  local i
  process_runs "$1" || return 1
  for ((i = 0; i < ${#RUNNING_WORDS[@]}; i++)); do
    [[ ${RUNNING_WORDS[i]} == "$2" ]] && printf '%s\n' "${RUNNING_WORDS[i + 1]}" && return 0
  done
  return 1
}

# running_port ROLE --OPTION DEFAULT: the port that running processes of this role listen on, else the default.
running_port() {
  local file name address
  for file in "$HOME_DIR/run/$1"-*.pid; do
    name=${file##*/}
    name=${name%.pid}
    if [[ -f $file ]] && address=$(process_option "$name" "$2"); then
      printf '%s\n' "${address##*:}"
      return 0
    fi
  done
  printf '%s\n' "$3"
}

# Sets the ports in use: what runs keeps its port, a changed one counts once that is stopped.
home_ports() {
  BUS_PORT=$(running_port bus --listen "${topology[bus-port]}")
  if [[ ${topology[frontend-ports]} == separate ]]; then
    CLIENT_PORT=$(process_option frontend-1 --listen) || CLIENT_PORT=${topology[client-port]}
    CLIENT_PORT=${CLIENT_PORT##*:}
  else
    CLIENT_PORT=$(running_port frontend --listen "${topology[client-port]}")
  fi
}

# Names with a pid file, in the order of starting.
recorded_names() {
  local file names=()
  for file in "$HOME_DIR"/run/*.pid; do
    [[ -f $file ]] || continue
    file=${file##*/}
    names+=("${file%.pid}")
  done
  [[ ${#names[@]} == 0 ]] && return 0
  printf '%s\n' "${names[@]}" | awk '{ print (/^bus-/ ? 0 : /^frontend-/ ? 2 : 1), $0 }' | sort -V | cut -d ' ' -f 2
}

# process_start NAME: starts it, detached from this terminal and script. Use process_command first.
process_start() {
  local name=$1 log=$HOME_DIR/log/$1.log
  rm -f "$HOME_DIR/run/$name.ready"
  (umask 077 && mkdir -p "$HOME_DIR/data/$name")
  if [[ -f $log && $(stat -c %s "$log") -gt $LOG_BYTES_MAX ]]; then mv "$log" "$log.1"; fi
  (
    umask 077
    exec </dev/null >>"$log" 2>&1
    local fd
    for fd in /proc/self/fd/*; do
      fd=${fd##*/}
      if ((fd > 2)); then exec {fd}>&-; fi
    done
    # The pid stays the same through both execs, so the file is right from the start.
    printf '%s\n' "$BASHPID" >"$HOME_DIR/run/$name.pid"
    exec setsid "${COMMAND[@]}"
  ) &
}

# process_stop SECONDS NAME...: asks all of them to leave and waits; whoever is still there then is killed. Fails if one was.
process_stop() {
  local seconds=$1 name pid started deadline killed=0
  local -A pids=()
  shift
  started=$(now_ms)
  deadline=$((started + seconds * 1000))
  for name in "$@"; do
    if pid=$(process_pid "$name"); then
      pids[$name]=$pid
      kill -TERM "$pid" 2>/dev/null || true
    fi
  done
  while [[ ${#pids[@]} -gt 0 && $(now_ms) -lt $deadline ]]; do
    for name in "${!pids[@]}"; do
      process_runs "$name" && continue
      process_gone "$name" "stopped ($(seconds_since "$started"))"
      unset "pids[$name]"
    done
    [[ ${#pids[@]} == 0 ]] || sleep 0.05
  done
  for name in "${!pids[@]}"; do
    kill -KILL "${pids[$name]}" 2>/dev/null || true
    while process_runs "$name"; do sleep 0.02; done
    process_gone "$name" "did not stop within $seconds s and was killed; see $HOME_DIR/log/$name.log"
    killed=1
  done
  return $killed
}

# explain_death NAME: says how the process that was started as ${pids[NAME]} ended, in its own words. Those of before this start
# are left out: ${log_sizes[NAME]} is how long its log was then.
explain_death() {
  local name=$1 status=0
  wait "${pids[$name]}" || status=$?
  rm -f "$HOME_DIR/run/$name.pid"
  case $status in
    2) warn "  $name did not accept its options (exit code 2):" ;;
    3) warn "  $name failed its start-up check (exit code 3):" ;;
    4) warn "  $name could not use its store (exit code 4):" ;;
    *) warn "  $name ended at its start (exit code $status):" ;;
  esac
  last_words "$name"
}

# The log's last lines, as far as they are of this start.
last_words() {
  local log=$HOME_DIR/log/$1.log from=${log_sizes[$1]:-0}
  (($(stat -c %s "$log") < from)) && from=0 # moved aside at this start
  tail -c "+$((from + 1))" "$log" | tail -n 15 | sed 's/^/    /' >&2
  warn "    (all of it: $log)"
}

process_gone() {
  rm -f "$HOME_DIR/run/$1.pid" "$HOME_DIR/run/$1.ready"
  say "  $1 $2"
}

# --- ports ------------------------------------------------------------------------------------------------------------

# port_listener PORT: says who listens on it; fails when nobody does.
port_listener() {
  local hex holder
  hex=$(printf ':%04X' "$1")
  awk -v port="$hex" '$4 == "0A" && substr($2, length($2) - 4) == port { found = 1 } END { exit !found }' \
    /proc/net/tcp /proc/net/tcp6 2>/dev/null || return 1
  holder=$(ss -Hltnp "sport = :$1" 2>/dev/null | sed -n 's/.*users:(("\([^"]*\)",pid=\([0-9]*\).*/\1, pid \2/p' | head -n 1)
  printf '%s\n' "${holder:-another program}"
}
