# shellcheck shell=bash disable=SC2154
# The canaries of scripts/check: each gate is given something bad and has to refuse it, and has to refuse it for that
# reason. To be sourced after gates.sh.

gate_canary() {
  local canary canaries
  CANARY_DIR=$(mktemp -d)
  trap 'rm -rf "$CANARY_DIR"' EXIT
  mapfile -t canaries < <(compgen -A function canary_)
  for canary in "${canaries[@]}"; do "$canary"; done
  say "${#canaries[@]} canaries"
}

# must_fail WHAT PATTERN COMMAND...: fails unless the command fails and says something that matches the pattern.
must_fail() {
  local what=$1 pattern=$2 output
  shift 2
  if output=$("$@" 2>&1); then
    warn "canary: $what was let through"
    return 1
  fi
  if ! grep -qE -- "$pattern" <<<"$output"; then
    warn "canary: $what was refused, but not for that: $output"
    return 1
  fi
  say "refused, as it should be: $what"
}

bad_file() {
  mkdir -p "$(dirname "$CANARY_DIR/$1")"
  cat >"$CANARY_DIR/$1"
}

canary_shell() {
  bad_file shell.sh <<<$'#!/usr/bin/env bash\nrm -rf $1/x'
  must_fail "an unquoted variable" SC2086 shell_check "$CANARY_DIR/shell.sh"
}

canary_format() {
  bad_file format.cc <<<'int  *a ;'
  must_fail "unformatted code" clang-format-violations format_check "$CANARY_DIR/format.cc"
}

canary_includes() {
  local tree=$CANARY_DIR/tree
  bad_file tree/common/base/a.h <<<$'#pragma once\n#include "common/wire/b.h"'
  bad_file tree/common/wire/b.h <<<$'#pragma once\n#include <zmq.h>'
  bad_file tree/bus/c.cc <<<$'#include <leveldb/db.h>\n#include "nowhere/d.h"'
  bad_file tree/modules/one/e.h <<<$'#pragma once'
  bad_file tree/modules/one/messages.h <<<'int a;'
  bad_file tree/modules/two/f.cc <<<$'#include "modules/one/e.h"\n#include "modules/one/messages.h"\n#include <msgpack.hpp>'
  local check=("$ROOT/scripts/check-includes" "$tree")
  must_fail "a lower layer that includes a higher one" 'base/a.h:2: .*may not depend on common/wire' "${check[@]}"
  must_fail "a library in a header" 'wire/b.h:2: .*not to a header' "${check[@]}"
  must_fail "a library outside of its room" 'bus/c.cc:1: .*common/store alone' "${check[@]}"
  must_fail "an include of no file" 'bus/c.cc:2: .*no file' "${check[@]}"
  must_fail "a module that includes another" 'two/f.cc:1: .*may not depend on modules/one' "${check[@]}"
  must_fail "MessagePack in a module" 'two/f.cc:3: .*common/schema alone' "${check[@]}"
  must_fail "a header without a guard" 'messages.h:1: .*pragma once' "${check[@]}"
  must_fail "nothing else" '^6 files, 7 findings' "${check[@]}" # so another module's messages.h is allowed
  must_fail "an empty tree" '^0 files' "$ROOT/scripts/check-includes" "$CANARY_DIR/nowhere"
}

canary_independence() {
  local before=$'1  ./parley-admin\n2  ./parley-bus\n3  ./parley-admin.deb\n4  ./parley-bus.deb'
  must_fail "a bus that changes with a module" 'are: parley-admin parley-admin.deb parley-bus;' \
    only_these_differ "$before" "${before//[1-3] /9 }" parley-admin
  must_fail "a change that changes nothing" 'are: none' only_these_differ "$before" "$before" parley-admin
  only_these_differ "$before" "${before//[13] /9 }" parley-admin
}

canary_units() {
  configure release
  unit_root "$CANARY_DIR/units"
  local folder=$CANARY_DIR/units/usr/lib/systemd/system
  bad_file units/usr/lib/systemd/system/parley-bad.service <<<$'[Service]\nExecStart=/usr/bin/parley-bus\nNoSuchSetting=1'
  must_fail "a setting that does not exist" NoSuchSetting units_check "$CANARY_DIR/units" parley-bad.service
  rm -rf "$folder/parley-.service.d"
  must_fail "a unit that is not hardened" 'is exposed to more' units_check "$CANARY_DIR/units" parley-bus.service
}

# compile_flags PRESET: the compiler flags that this build gives to every file.
compile_flags() {
  configure "$1"
  /usr/bin/python3 - "$ROOT/build/$1/compile_commands.json" <<'PYTHON'
import json, shlex, sys
entry = next(e for e in json.load(open(sys.argv[1])) if e["file"].endswith("common/base/error.cc"))
print("\n".join(w for w in shlex.split(entry["command"]) if w.startswith(("-W", "-f", "-std="))))
PYTHON
}

canary_warnings() {
  local flags
  mapfile -t flags < <(compile_flags release)
  bad_file shadow.cc <<<'int f(int a) { { int a = 1; return a; } }'
  must_fail "a shadowed variable" 'Werror=shadow' g++ "${flags[@]}" -fsyntax-only "$CANARY_DIR/shadow.cc"
  bad_file narrow.cc <<<'short f(long a) { return a; }'
  must_fail "a narrowing conversion" 'Werror=conversion' g++ "${flags[@]}" -fsyntax-only "$CANARY_DIR/narrow.cc"
}

canary_tidy() {
  bad_file moved.cc <<<$'#include <string>\n#include <utility>\nvoid g(std::string);\nauto f(std::string a) { g(std::move(a)); return a.size(); }'
  bad_file compile_commands.json <<<"[{\"file\": \"$CANARY_DIR/moved.cc\", \"command\": \"g++ -std=c++20 -I$ROOT -c moved.cc\"}]"
  must_fail "a use after a move" 'bugprone-use-after-move' "$ROOT/scripts/check-tidy" "$CANARY_DIR" "$CANARY_DIR/moved.cc"
}

canary_docs() {
  build_matching release parley-docs
  mkdir -p "$CANARY_DIR/docs"
  "$ROOT/build/release/bin/parley-docs" protocol >"$CANARY_DIR/docs/protocol.md"
  "$ROOT/build/release/bin/parley-docs" storage | sed '$d' >"$CANARY_DIR/docs/storage.md"
  must_fail "a page that lacks a line" 'storage.md is out of date' docs_check "$CANARY_DIR/docs"
}

canary_asan() {
  local flags
  mapfile -t flags < <(compile_flags asan | grep sanitize)
  bad_file heap.cc <<<'int main(int n, char**) { int* a = new int[2]; a[n + 1] = 1; int b = a[n + 1]; delete[] a; return b == 7; }'
  g++ "${flags[@]}" -g "$CANARY_DIR/heap.cc" -o "$CANARY_DIR/heap"
  must_fail "a write past the end" 'heap-buffer-overflow' env "${SANITIZER_OPTIONS[@]}" "$CANARY_DIR/heap"
  bad_file overflow.cc <<<'int main(int n, char**) { int a = 2147483647; a += n; return a == 7; }'
  g++ "${flags[@]}" -g "$CANARY_DIR/overflow.cc" -o "$CANARY_DIR/overflow"
  must_fail "a signed overflow" 'signed integer overflow' env "${SANITIZER_OPTIONS[@]}" "$CANARY_DIR/overflow"
  bad_file leak.cc <<<'int main(int n, char**) { volatile auto a = new int[n]; a = nullptr; return a != nullptr; }'
  g++ "${flags[@]}" -g "$CANARY_DIR/leak.cc" -o "$CANARY_DIR/leak"
  must_fail "a leak" 'detected memory leaks' env "${SANITIZER_OPTIONS[@]}" "$CANARY_DIR/leak"
}

canary_fuzz() {
  bad_file fuzz.cc <<'CODE'
#include <cstddef>
#include <cstdint>
#include <cstdlib>
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > 2 && data[0] == 'p' && data[1] == 'a' && data[2] == 'r') abort();
  return 0;
}
CODE
  clang++ -fsanitize=fuzzer -g "$CANARY_DIR/fuzz.cc" -o "$CANARY_DIR/fuzz_canary"
  must_fail "a parser that aborts" 'deadly signal' fuzz_canary
}

fuzz_canary() {
  local status=0
  FUZZ_SECONDS=20 "$ROOT/scripts/fuzz-one" "$CANARY_DIR/fuzz_canary" || status=$?
  rm -rf "$ROOT/build/corpus/fuzz_canary"
  return $status
}

# What the last line of scripts/test rests on.
canary_count() {
  local count=$ROOT/scripts/count-tests
  bad_file unit.xml <<<'<t><testcase name="a" status="run"><system-out>All tests passed (9 assertions in 4 test cases)</system-out></testcase></t>'
  "$count" "unit=$CANARY_DIR/unit.xml" | grep -qx '4 passed, 0 failed'
  bad_file fail.xml <<<'<t><testcase name="a" status="fail"><failure/><system-out>test cases: 5 | 3 passed | 2 failed</system-out></testcase></t>'
  must_fail "a failed Catch2 test" '^7 passed, 2 failed$' "$count" "a=$CANARY_DIR/unit.xml" "b=$CANARY_DIR/fail.xml"
  bad_file crash.xml <<<'<t><testcase name="a" status="fail"><failure/><system-out/></testcase></t>'
  must_fail "a crash without a summary" '^0 passed, 1 failed$' "$count" "a=$CANARY_DIR/crash.xml"
  bad_file notrun.xml <<<'<t><testcase name="a" status="notrun"><skipped/></testcase></t>'
  must_fail "a program that could not start" '^0 passed, 1 failed$' "$count" "a=$CANARY_DIR/notrun.xml"
  bad_file empty.xml <<<'<t/>'
  must_fail "a suite without tests" '^4 passed, 1 failed$' "$count" "a=$CANARY_DIR/unit.xml" "b=$CANARY_DIR/empty.xml"
  must_fail "a suite that left no report" '^4 passed, 1 failed$' "$count" "a=$CANARY_DIR/unit.xml" "b=$CANARY_DIR/none.xml"
  bad_file test_bad.py <<<$'def test_bad():\n    assert 1 == 2\ndef test_good():\n    pass'
  (cd "$CANARY_DIR" && /usr/bin/python3 -m pytest -q -p no:cacheprovider --junitxml pytest.xml test_bad.py >/dev/null) || true
  must_fail "a failed pytest" '^1 passed, 1 failed$' "$count" "a=$CANARY_DIR/pytest.xml"
}
