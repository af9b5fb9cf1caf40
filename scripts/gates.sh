# shellcheck shell=bash disable=SC2034
# The gates of scripts/check, one function each; what a gate looks at can be given, so that canary.sh can give it
# something bad. To be sourced after lib.sh. The last line a gate prints is its summary.

CODE_FOLDERS=(common bus frontend modules client tests)

gate_shell() {
  local files=()
  mapfile -t files < <(cd "$ROOT" && grep -lE '^#(!/usr/bin/env bash| shellcheck shell=bash)' .ci/run scripts/* docs/examples/*/*)
  shell_check "${files[@]/#/$ROOT/}"
  say "${#files[@]} scripts"
}

shell_check() { shellcheck -x "$@"; }

gate_format() {
  local files=()
  mapfile -t files < <(cd "$ROOT" && find "${CODE_FOLDERS[@]}" -name '*.h' -o -name '*.cc')
  format_check "${files[@]/#/$ROOT/}"
  say "${#files[@]} files"
}

format_check() { clang-format --style=file:"$ROOT/.clang-format" --dry-run -Werror "$@"; }

gate_includes() { "$ROOT/scripts/check-includes" "$ROOT"; }

gate_docs() {
  build_matching release parley-docs
  docs_check "$ROOT/docs"
  say "2 pages"
}

# docs_check DIR: whether its generated pages are what the code says now.
docs_check() {
  local page status=0
  for page in protocol storage; do
    "$ROOT/build/release/bin/parley-docs" "$page" | diff -u "$1/$page.md" - || {
      say "docs/$page.md is out of date: build/release/bin/parley-docs $page >docs/$page.md"
      status=1
    }
  done
  return $status
}

gate_tidy() {
  configure release
  "$ROOT/scripts/check-tidy" "$ROOT/build/release"
}

SANITIZER_OPTIONS=(
  ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1:check_initialization_order=1
  UBSAN_OPTIONS=print_stacktrace=1
)

gate_asan() {
  local report=$ROOT/build/reports/asan.xml
  mkdir -p "$ROOT/build/reports"
  rm -f "$report"
  export "${SANITIZER_OPTIONS[@]}"
  run_unit_tests asan "$report"
  "$ROOT/scripts/count-tests" "asan=$report"
}

gate_fuzz() {
  local target targets=()
  build_matching fuzz fuzz_
  for target in "$ROOT"/build/fuzz/bin/fuzz_*; do
    if [[ -x $target ]]; then targets+=("$target"); fi
  done
  printf '%s\n' "${targets[@]}" | xargs -P "$(nproc)" -I{} "$ROOT/scripts/fuzz-one" {}
  say "${#targets[@]} targets"
}
