# shellcheck shell=bash disable=SC2034
# `./scripts/bench scale`: what more workers of one module carry, each held to a small part of a processor. To be sourced by
# bench, which starts and stops the systems.
#
# So one machine of few cores shows what more machines would: a worker's processor is what there is too little of, all else is
# not limited. That it stays so is watched: once the whole machine is busy, a step measures the machine and says so.

CPU_GROUP='' # the folder of the control group made by this run

# Where control groups (version 1) of the processor are mounted.
cpu_groups() { awk '$3 == "cgroup" && $4 ~ /(^|,)cpu(,|$)/ { print $2; exit }' /proc/mounts; }

make_cpu_group() {
  local mounted
  mounted=$(cpu_groups)
  [[ -n $mounted ]] || die "scale needs the cpu controller of control groups, version 1, to hold workers to a share of the \
processor, and none is mounted here (as root: mkdir -p /sys/fs/cgroup/cpu && mount -t cgroup -o cpu cgroup /sys/fs/cgroup/cpu)"
  CPU_GROUP=$mounted/parley-bench-$$
  mkdir "$CPU_GROUP" 2>/dev/null || {
    CPU_GROUP=''
    die "scale may not make a control group in $mounted: run it as root"
  }
  [[ -w $CPU_GROUP/cpu.cfs_quota_us ]] || {
    remove_cpu_group
    die "this kernel's control groups in $mounted have no cpu.cfs_quota_us (CONFIG_CFS_BANDWIDTH), so no worker can be held to a share"
  }
}

# Groups that still have processes stay until those are gone.
remove_cpu_group() {
  [[ -n $CPU_GROUP ]] || return 0
  find "$CPU_GROUP" -depth -type d -exec rmdir {} + 2>/dev/null || warn "$CPU_GROUP could not be removed: something runs in it"
  CPU_GROUP=''
}

# hold MODULE PERCENT: each of its workers gets so much of one core from now on. Short periods keep the pauses short; but each time
# a worker may run again the others have had the core's caches meanwhile, the more so the more of them there are, which a worker
# that has a core to itself does not know. So it gets 8 ms at a time.
hold() {
  local file group period_us=$((800000 / $2))
  if ((period_us < 20000)); then period_us=20000; fi
  for file in "$HOME_DIR/run/$1"-*.pid; do
    group=$CPU_GROUP/$(basename "$file" .pid)
    mkdir -p "$group"
    printf '%s\n' "$period_us" >"$group/cpu.cfs_period_us"
    printf '%s\n' $((period_us * $2 / 100)) >"$group/cpu.cfs_quota_us"
    cat "$file" >"$group/cgroup.procs"
  done
}

# Processor time of the whole machine so far, in ticks: idle and all.
machine_ticks() { awk '/^cpu / { all = 0; for (i = 2; i <= 9; i++) all += $i; print $5 + $6, all }' /proc/stat; }

# machine_busy IDLE ALL: percent since those ticks.
machine_busy() {
  local idle all
  read -r idle all < <(machine_ticks)
  printf '%d\n' $((100 - 100 * (idle - $1) / (all > $2 ? all - $2 : 1)))
}

# field NAME <JSON: that number of a report.
field() { grep -o "\"$1\": [0-9.e+-]*" | head -n 1 | cut -d ' ' -f 2; }

# median NUMBER…
median() { printf '%s\n' "$@" | sort -g | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }

# measure MODULE WORKERS: one run in a system of its own. Sets RATE, BUSY and, for messages, P50.
measure() {
  rm -rf "$HOME_DIR"/{run,log,data,topology,tokens}
  CLIENT_PORT=$(free_port)
  start_system --client-port "$CLIENT_PORT" --bus-port "$(free_port)" --http-port "$(free_port)" --workers "$1=$2"
  P50=''
  "measure_$1" "$2" || return 1
  stop_system
  find "$CPU_GROUP" -mindepth 1 -depth -type d -exec rmdir {} + 2>/dev/null || true
}

measure_message() {
  local ticks report
  hold message "$SCALE_SHARE"
  read -ra ticks < <(machine_ticks)
  report=$(put_load chat --connections $((SCALE_CONNECTIONS * $1)) --in-flight "$SCALE_IN_FLIGHT" --seconds "$SCALE_SECONDS" \
    --logins-at-once 8 --json) || { warn "$report" && return 1; }
  BUSY=$(machine_busy "${ticks[@]}")
  RATE=$(field delivered_per_second <<<"$report")
  P50=$(field ack_p50_ms <<<"$report")
}

# New users register and then log in with their password: each hashes it once. So many of them that they outlast the window,
# in whose midst they are counted, as the frontends count answers.
measure_user() {
  local ticks before after began ended load report=$HOME_DIR/load.txt
  hashes >/dev/null # the administrator logs in before anyone is held
  hold user "$SCALE_SHARE"
  put_load login --connections 10000 --logins-at-once $((SCALE_AT_ONCE * $1)) >"$report" 2>&1 &
  load=$!
  sleep 4
  read -ra ticks < <(machine_ticks)
  before=$(hashes) began=$(now_ms)
  sleep "$SCALE_SECONDS"
  after=$(hashes) ended=$(now_ms)
  BUSY=$(machine_busy "${ticks[@]}")
  if ! kill -0 "$load" 2>/dev/null; then
    cat "$report" >&2
    return 1
  fi
  # The shell in between does not pass a signal on.
  pkill -TERM -P "$load" || kill "$load"
  wait "$load" 2>/dev/null || true
  RATE=$(awk -v n=$((after - before)) -v ms=$((ended - began)) 'BEGIN { printf "%.3g", n * 1000 / ms }')
}

# How many registrations and logins succeeded so far. The figures of frontends are a second old at most.
hashes() {
  "$BIN/parley" admin stats --json --server "127.0.0.1:$CLIENT_PORT" --user root --password-file "$HOME_DIR/root-password" \
    --state "$HOME_DIR/scale.state" | grep -oE '\{"count":[0-9]+,"errors":[0-9]+,"method":"user\.(register|login)"' |
    awk -F '[:,]' '{ n += $2 - $4 } END { print n + 0 }'
}

scale_options() {
  SCALE_MODULE=message SCALE_STEPS=1,2,4,8 SCALE_RUNS=3 SCALE_SECONDS='' SCALE_SHARE='' SCALE_JSON=0
  SCALE_CONNECTIONS=128 SCALE_IN_FLIGHT=8 SCALE_AT_ONCE=10
  if [[ $# -gt 0 && $1 != -* ]]; then
    [[ $1 == message || $1 == user ]] || usage_error "scale: message or user, not '$1'"
    SCALE_MODULE=$1
    shift
  fi
  local option
  while [[ $# -gt 0 ]]; do
    option=$1
    shift
    if [[ $option == --json ]]; then
      SCALE_JSON=1
      continue
    fi
    [[ $option =~ ^--(steps|runs|seconds|share|connections|in-flight|at-once)$ ]] || usage_error "scale has no option $option"
    [[ ${1:-} =~ ^[0-9]{1,6}(,[0-9]{1,3})*$ ]] || usage_error "$option: '${1:-}' is not a number"
    option=${option#--} option=${option//-/_}
    printf -v "SCALE_${option^^}" %s "$1"
    shift
  done
  # A password takes a good part of a second of such a share, so fewer happen in the same time.
  if [[ -z $SCALE_SECONDS ]]; then if [[ $SCALE_MODULE == user ]]; then SCALE_SECONDS=30; else SCALE_SECONDS=8; fi; fi
  # A message worker's tenth of a core carries so much that eight of them keep more than two cores busy with the rest of the way.
  if [[ -z $SCALE_SHARE ]]; then if [[ $SCALE_MODULE == user ]]; then SCALE_SHARE=10; else SCALE_SHARE=4; fi; fi
  ((SCALE_SHARE >= 1 && SCALE_SHARE <= 100)) || usage_error "--share: from 1 to 100 percent of a core"
}

# run_scale OPTION…: all steps, several times over, so that a change of the machine's mood meets them all.
run_scale() {
  local workers run steps first=0 value ratio busy p50 json='' runs_json
  local -A rates=() busiest=() latencies=()
  scale_options "$@"
  IFS=, read -ra steps <<<"$SCALE_STEPS"
  CORES='' # nobody is tied to a core: what is scarce is the workers' share
  make_cpu_group
  warn "machine             $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), $(nproc) cores"
  warn "build               $("$BIN/parley" --version), $(git -C "$ROOT" describe --always --dirty 2>/dev/null || echo 'no git'), $BIN"
  warn "command             ./scripts/bench scale${*:+ $*}"
  for ((run = 1; run <= SCALE_RUNS; run++)); do
    for workers in "${steps[@]}"; do
      measure "$SCALE_MODULE" "$workers" || die "the run with $workers workers failed"
      rates[$workers]+=" $RATE" latencies[$workers]+=" $P50"
      if ((BUSY > ${busiest[$workers]:-0})); then busiest[$workers]=$BUSY; fi
      warn "  run $run of $SCALE_RUNS, $workers workers: $RATE/s, the machine $BUSY % busy"
    done
  done
  ((SCALE_JSON)) || say "scale               $SCALE_MODULE, each worker held to $SCALE_SHARE % of one core; medians of $SCALE_RUNS runs"
  for workers in "${steps[@]}"; do
    # shellcheck disable=SC2086 # lists of numbers
    value=$(median ${rates[$workers]}) p50='' busy=${busiest[$workers]}
    # shellcheck disable=SC2086
    [[ $SCALE_MODULE == user ]] || p50=$(median ${latencies[$workers]})
    [[ $first != 0 ]] || first=$(awk -v v="$value" -v n="$workers" 'BEGIN { print v / n }')
    ratio=$(awk -v v="$value" -v n="$workers" -v one="$first" 'BEGIN { printf "%.3f", v / n / one }')
    runs_json=$(xargs <<<"${rates[$workers]}")
    json+="${json:+, }{\"workers\": $workers, \"per_second\": $value, \"ratio_to_linear\": $ratio, ${p50:+\"p50_ms\": $p50, }\"machine_busy_percent\": $busy, \"runs\": [${runs_json// /, }]}"
    ((SCALE_JSON)) || printf '  %2d workers        %8.0f %s/s, %.2f of linear%s; the machine was %d %% busy%s\n' "$workers" "$value" \
      "$([[ $SCALE_MODULE == user ]] && echo hashes || echo messages)" "$ratio" "${p50:+; p50 $p50 ms}" "$busy" \
      "$( ((busy < 90)) || echo ', which is its own limit')"
  done
  if ((SCALE_JSON)); then say "{\"module\": \"$SCALE_MODULE\", \"share_percent\": $SCALE_SHARE, \"steps\": [$json]}"; fi
}
