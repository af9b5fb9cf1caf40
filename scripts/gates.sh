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

EXPOSURE_MAX=20 # tenths, as systemd-analyze counts it: of 100

# The units as they are installed, in a root of their own: no systemd runs for it.
gate_units() {
  local place=$ROOT/build/units unit units=()
  configure release
  unit_root "$place"
  for unit in "$place"/usr/lib/systemd/system/parley-*.service; do
    units+=("$(basename "$unit" | sed 's/@\./@1./')")
  done
  units_check "$place" "${units[@]}"
  say "${#units[@]} units"
}

# unit_root DIR: units of all packages, the drop-in of all, and programs by name.
unit_root() {
  local folder=$1/usr/lib/systemd/system target unit
  rm -rf "$1"
  mkdir -p "$folder/parley-.service.d" "$1/usr/bin"
  cp "$ROOT"/build/release/packaging/*/*.service "$ROOT"/packaging/common/*.target "$folder"
  cp "$ROOT/packaging/common/service.conf" "$folder/parley-.service.d"
  for target in sysinit basic network network-online shutdown multi-user; do
    printf '[Unit]\nDescription=%s\n' "$target" >"$folder/$target.target"
  done
  for unit in "$folder"/parley-*.service; do
    install -m 755 /dev/null "$1$(sed -n 's/^ExecStart=\([^ ]*\).*/\1/p' "$unit")"
  done
}

# units_check DIR UNIT...
units_check() {
  local place=$1 said
  shift
  # It complains of unknown settings, but ends with 0.
  said=$(systemd-analyze verify --root="$place" --man=no "$@" parley.target 2>&1) || { say "$said"; return 1; }
  if [[ -n $said ]]; then say "$said"; return 1; fi
  systemd-analyze security --offline=yes --threshold="$EXPOSURE_MAX" --root="$place" --no-pager "$@" >/dev/null ||
    { say "a unit is exposed to more than $EXPOSURE_MAX of 100: systemd-analyze security --offline=yes --root=$place $*"; return 1; }
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
