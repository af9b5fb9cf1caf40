# shellcheck shell=bash disable=SC2034
# `./scripts/bench roll`: workers come, one is drained, and every process but the frontends is replaced, while people talk in pairs
# and in a group. To be sourced by bench, which starts and stops the system.
#
# Each step has loads of its own, which begin before it and outlast it, so that each has figures of its own: what clients were told,
# what was lost, doubled or out of order, and the longest wait for an acknowledgement. Frontends are left out because
# parley-bench's connections are not made again; what clients see of theirs is in tests/system/test_roll.py.

ROLL_LEAD_SECONDS=4 # the loads log in, meet and warm up

# admin_says METHOD ARGUMENTS: as root.
admin_says() {
  "$BIN/parley" call "$1" "$2" --server "127.0.0.1:$CLIENT_PORT" --user root --password-file "$HOME_DIR/root-password" \
    --state "$HOME_DIR/roll.state" </dev/null
}

wait_until() {
  local deadline=$(($(now_ms) + ROLL_SECONDS * 1000))
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

# under_load WHAT COMMAND…: one step.
under_load() {
  local what=$1 chat group began took status=0 name bad=''
  shift
  for name in chat group; do
    local load=(chat --connections "$ROLL_PAIRED" --users pair)
    if [[ $name == group ]]; then load=(group --members "$ROLL_MEMBERS" --online "$ROLL_MEMBERS" --writers 4 --users mem); fi
    "$BIN/parley-bench" "${load[@]}" --server "127.0.0.1:$CLIENT_PORT" --tokens "$HOME_DIR/$name.tokens" --warm-up 0.2 \
      --seconds $((ROLL_SECONDS + ROLL_LEAD_SECONDS)) --json </dev/null >"$HOME_DIR/$name.json" 2>"$HOME_DIR/$name.err" &
    if [[ $name == chat ]]; then chat=$!; else group=$!; fi
  done
  sleep "$ROLL_LEAD_SECONDS"
  began=$(now_ms)
  "$@" >"$HOME_DIR/step.txt" 2>&1 || status=$?
  took=$(seconds_since "$began")
  if [[ $status != 0 ]] || ! kill -0 "$chat" 2>/dev/null || ! kill -0 "$group" 2>/dev/null; then
    bad="the step did not end within the load ($took): give it more --seconds"
  fi
  wait "$chat" || true
  wait "$group" || true
  if [[ $status != 0 ]]; then cat "$HOME_DIR/step.txt" >&2; fi
  cat "$HOME_DIR/chat.err" "$HOME_DIR/group.err" >&2
  report_step "$what" "$took" "$bad"
}

# sum FIELD…: over both loads.
sum() {
  local name
  for name in "$@"; do cat "$HOME_DIR"/{chat,group}.json | grep -o "\"$name\": [0-9]*" || true; done | awk '{ n += $2 } END { print n + 0 }'
}

# report_step WHAT TOOK TROUBLE
report_step() {
  local rate max p99 errors unanswered unpushed twice verdict=good
  rate=$(field delivered_per_second <"$HOME_DIR/chat.json" || true) max=$(field ack_max_ms <"$HOME_DIR/chat.json" || true)
  p99=$(field heard_p99_ms <"$HOME_DIR/group.json" || true)
  errors=$(sum errors) unanswered=$(sum unanswered lost_connections) unpushed=$(sum missing) twice=$(sum twice out_of_order)
  if ((errors + unanswered + twice > 0)) || [[ -z $rate || -z $p99 || -n $3 ]]; then verdict=bad; fi
  # A push is a hint: those that are on their way through a bus that goes are pulled by clients, which see the gap.
  if ((unpushed > 0)) && [[ $1 != bus* ]]; then verdict=bad; fi
  if [[ $verdict == bad ]]; then ROLL_STATUS=1; fi
  ROLL_JSON+="${ROLL_JSON:+, }{\"step\": \"$1\", \"seconds\": ${2% s}, \"pairs_per_second\": ${rate:-0}, \"ack_max_ms\": ${max:-0}, \
\"group_heard_p99_ms\": ${p99:-0}, \"errors\": $errors, \"unanswered\": $unanswered, \"twice_or_disordered\": $twice, \"not_pushed\": $unpushed, \
\"verdict\": \"$verdict\"}"
  ((ROLL_AS_JSON)) || printf '  %-34s %7s  %5.0f/s in pairs, acknowledged after at most %5.0f ms; group p99 %4.0f ms; %d errors, %d unanswered, %d twice, %d to be pulled: %s\n' \
    "$1" "$2" "${rate:-0}" "${max:-0}" "${p99:-0}" "$errors" "$unanswered" "$twice" "$unpushed" "$verdict${3:+; $3}"
}

roll_options() {
  ROLL_SECONDS=60 ROLL_PAIRED=160 ROLL_MEMBERS=40 ROLL_AS_JSON=0 ROLL_JSON='' ROLL_STATUS=0
  while [[ $# -gt 0 ]]; do
    case $1 in
      --json) ROLL_AS_JSON=1 ;;
      --seconds | --paired | --members)
        [[ ${2:-} =~ ^[0-9]{1,5}$ ]] || usage_error "$1: '${2:-}' is not a number"
        local name=${1#--}
        printf -v "ROLL_${name^^}" %s "$2"
        shift
        ;;
      *) usage_error "roll has no option $1" ;;
    esac
    shift
  done
  ((ROLL_PAIRED >= 2 && ROLL_MEMBERS >= 5)) || usage_error "at least 2 --paired and 5 --members"
}

run_roll() {
  local name
  roll_options "$@"
  CORES=''
  start_system --client-port "$CLIENT_PORT" --bus-port "$(free_port)" --http-port "$(free_port)"
  warn "machine             $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), $(nproc) cores"
  warn "build               $("$BIN/parley" --version), $(git -C "$ROOT" describe --always --dirty 2>/dev/null || echo 'no git'), $BIN"
  warn "command             ./scripts/bench roll${*:+ $*}"
  ((ROLL_AS_JSON)) || say "roll                $ROLL_PAIRED users in pairs and a group of $ROLL_MEMBERS, of whom 4 write, as fast as they are answered"
  under_load 'nothing changes' true
  under_load 'a second and third worker come' three_workers
  under_load 'the first one is drained' drain_first
  under_load 'it gets its share back' undrain_first
  for name in bus user message-1 message-2 message-3 friend group admin; do
    under_load "$name is replaced" replace "$name"
  done
  if ((ROLL_AS_JSON)); then say "{\"steps\": [$ROLL_JSON]}"; fi
  return "$ROLL_STATUS"
}
