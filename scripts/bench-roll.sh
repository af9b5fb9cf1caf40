# shellcheck shell=bash disable=SC2034
# `./scripts/bench roll`: workers come, one is drained, and every process is replaced, while people talk in pairs and in groups, at
# a steady rate. To be sourced by bench, which starts and stops the system.
#
# Each step has a load of its own, which begins before it and outlasts it, so that each has figures of its own: what clients were
# told, whether everybody has every acknowledged message once and at its place, and the longest wait for an acknowledgement.
# Clients whose frontend is replaced come back and pull what they missed; what they had asked is asked again under the same id.

ROLL_LEAD_SECONDS=3 ROLL_TAIL_SECONDS=3 # of load before and after each step
ROLL_STEP_SECONDS=60                    # for slots to move

# admin_says METHOD ARGUMENTS: as root.
admin_says() {
  "$BIN/parley" call "$1" "$2" --server "127.0.0.1:$CLIENT_PORT" --user root --password-file "$HOME_DIR/root-password" \
    --state "$HOME_DIR/roll.state" </dev/null
}

wait_until() {
  local deadline=$(($(now_ms) + ROLL_STEP_SECONDS * 1000))
  until "$@"; do
    (($(now_ms) < deadline)) || return 1
    sleep 0.2
  done
}

three_workers() {
  PARLEY_BIN=$BIN "$ROOT/scripts/up" --home "$HOME_DIR" --workers message=3 && wait_until all_have 3
}
all_have() {
  local slots
  slots=$(admin_says admin.slots '{"module": "message"}' 2>&1) || return 1
  [[ $slots != *moving* && $slots != *parked* && $(grep -oE 'message-[0-9]+' <<<"$slots" | sort -u | wc -l) == "$1" ]]
}
first_is_empty() {
  local said
  said=$(admin_says admin.drain '{"node": "message-1"}' 2>&1) && [[ $said =~ \"left\":\ ?0[,}] ]]
}
drain_first() { wait_until first_is_empty; }
undrain_first() { admin_says admin.undrain '{"node": "message-1"}' && wait_until all_have 3; }
replace() { PARLEY_BIN=$BIN "$ROOT/scripts/roll" --home "$HOME_DIR" --all "$1"; }

# is_ready PID: the load's people are logged in and in their groups; fails when it ended.
is_ready() {
  until grep -q '^ready ' "$HOME_DIR/people.err"; do
    kill -0 "$1" 2>/dev/null || return 1
    sleep 0.1
  done
}

# under_load WHAT COMMAND…: one step.
under_load() {
  local what=$1 load began took status=0 bad=''
  shift
  "$BIN/parley-bench" people --people "$ROLL_PEOPLE" --rate "$ROLL_RATE" --group-size "$ROLL_GROUP_SIZE" \
    --group-percent "$ROLL_GROUP_PERCENT" --seconds 0 --warm-up 1 --server "127.0.0.1:$CLIENT_PORT" \
    --tokens "$HOME_DIR/people.tokens" --json </dev/null >"$HOME_DIR/people.json" 2>"$HOME_DIR/people.err" &
  load=$!
  if is_ready "$load"; then
    sleep "$ROLL_LEAD_SECONDS"
    began=$(now_ms)
    "$@" >"$HOME_DIR/step.txt" 2>&1 || status=$?
    took=$(seconds_since "$began")
    sleep "$ROLL_TAIL_SECONDS"
    kill -TERM "$load" 2>/dev/null || true
  else
    bad="the load did not begin"
    took='0 s'
  fi
  wait "$load" || true
  if [[ $status != 0 ]]; then
    bad="the step failed"
    cat "$HOME_DIR/step.txt" >&2
  fi
  grep -v '^ready ' "$HOME_DIR/people.err" >&2 || true
  report_step "$what" "$took" "$bad"
}

# figure FIELD: of the load, 0 where it is not there.
figure() { field "$1" <"$HOME_DIR/people.json" 2>/dev/null || say 0; }

# report_step WHAT TOOK TROUBLE
report_step() {
  local rate again back harmed verdict=good
  rate=$(figure acknowledged_per_second) again=$(figure asked_again) back=$(figure came_back)
  harmed=$(($(figure errors) + $(figure missing) + $(figure twice) + $(figure unpromised) + $(figure unanswered)))
  if ((harmed > 0)) || [[ $rate == 0 || -n $3 ]]; then verdict=bad; fi
  # Only those whose frontend goes may have to ask again: no other change is to be seen by a client.
  if ((again + back > 0)) && [[ $1 != frontends* ]]; then verdict=bad; fi
  if [[ $verdict == bad ]]; then ROLL_STATUS=1; fi
  ROLL_JSON+="${ROLL_JSON:+, }{\"step\": \"$1\", \"seconds\": ${2% s}, \"load\": $(cat "$HOME_DIR/people.json"), \"verdict\": \"$verdict\"}"
  ((ROLL_AS_JSON)) || printf '  %-34s %7s  %5.0f/s, acknowledged after p99 %4.0f ms, at most %5.0f ms; heard after at most %5.0f ms; %d errors, %d missing, %d twice, %d unanswered, %d asked again, %d came back: %s\n' \
    "$1" "$2" "$rate" "$(figure ack_p99_ms)" "$(figure ack_max_ms)" "$(figure heard_max_ms)" "$(figure errors)" \
    "$(figure missing)" "$(($(figure twice) + $(figure unpromised)))" "$(figure unanswered)" "$again" "$back" "$verdict${3:+; $3}"
}

roll_options() {
  ROLL_PEOPLE=200 ROLL_RATE=2000 ROLL_GROUP_SIZE=10 ROLL_GROUP_PERCENT=20 ROLL_AS_JSON=0 ROLL_JSON='' ROLL_STATUS=0
  while [[ $# -gt 0 ]]; do
    case $1 in
      --json) ROLL_AS_JSON=1 ;;
      --people | --rate | --group-size | --group-percent)
        [[ ${2:-} =~ ^[0-9]{1,5}$ ]] || usage_error "$1: '${2:-}' is not a number"
        local name=${1#--}
        name=${name//-/_}
        printf -v "ROLL_${name^^}" %s "$2"
        shift
        ;;
      *) usage_error "roll has no option $1" ;;
    esac
    shift
  done
  ((ROLL_PEOPLE >= 2 && ROLL_RATE >= 1 && ROLL_GROUP_SIZE >= 2 && ROLL_GROUP_PERCENT <= 100)) ||
    usage_error "at least 2 --people, --rate 1 and --group-size 2, and at most --group-percent 100"
}

run_roll() {
  local name
  roll_options "$@"
  CORES=''
  start_system --client-port "$CLIENT_PORT" --bus-port "$(free_port)" --http-port "$(free_port)" --frontends 2
  warn "machine             $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), $(nproc) cores"
  warn "build               $("$BIN/parley" --version), $(git -C "$ROOT" describe --always --dirty 2>/dev/null || echo 'no git'), $BIN"
  warn "command             ./scripts/bench roll${*:+ $*}"
  ((ROLL_AS_JSON)) || say "roll                $ROLL_PEOPLE people in pairs and in groups of $ROLL_GROUP_SIZE, $ROLL_RATE messages/s, $ROLL_GROUP_PERCENT % of them to groups"
  under_load 'nothing changes' true
  under_load 'a second and third worker come' three_workers
  under_load 'the first one is drained' drain_first
  under_load 'it gets its share back' undrain_first
  for name in bus user message-1 message-2 message-3 friend group admin; do
    under_load "$name is replaced" replace "$name"
  done
  under_load 'frontends are replaced' replace frontend
  if ((ROLL_AS_JSON)); then say "{\"steps\": [$ROLL_JSON]}"; fi
  return "$ROLL_STATUS"
}
