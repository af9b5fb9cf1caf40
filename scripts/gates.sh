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

# One line of one module is changed, in a copy of the tree: what is compiled and linked for it, which programs and which
# packages are other than before. It has to be that module's alone.
gate_independence() {
  local tree=$ROOT/build/independence module=admin before after
  copy_tree "$tree"
  "$tree/scripts/package"
  before=$(sums_of "$tree")
  one_line_more "$tree/modules/$module/$module.cc"
  say "What ninja makes anew after a change of one line in modules/$module/$module.cc:"
  # shellcheck disable=SC2046
  ninja -C "$tree/build/release" -n $(cut -s -d ' ' -f 2- "$tree/build/release/packaging/packages.list") |
    grep -oE '[^ ]+\.(cc\.o|a)$|bin/[^ ]+$' | sed 's/^/  /'
  "$tree/scripts/package" | grep -v 'is as it was'
  after=$(sums_of "$tree")
  only_these_differ "$before" "$after" "parley-$module"
}

# copy_tree DIR: what git has or would have of this tree, with its times; a build that is in DIR already stays.
copy_tree() {
  mkdir -p "$1"
  find "$1" -mindepth 1 -maxdepth 1 ! -name build -exec rm -rf {} +
  (cd "$ROOT" && git ls-files -z --cached --others --exclude-standard | xargs -0 cp -p --parents -t "$1" --)
}

# A line of the source that ends up in the program.
one_line_more() {
  [[ -f $1 ]]
  say "namespace parley { __attribute__((used)) const char kChanged[] = \"$(date +%s%N)\"; }" >>"$1"
}

# Programs and packages of a tree with their sums; a package without its revision.
sums_of() {
  (cd "$1/build/release/bin" && find . -type f -name 'parley*' -exec sha256sum {} +)
  (cd "$1/build/packages" && sha256sum ./*.deb | sed 's/_.*\.deb$/.deb/')
}

# only_these_differ BEFORE AFTER NAME: the program and the package of that name, and no other.
only_these_differ() {
  local differ
  differ=$(diff <(sort -k 2 <<<"$1") <(sort -k 2 <<<"$2") | sed -n 's/^> .*\.\///p' | sort | paste -sd ' ') || true
  if [[ $differ != "$3 $3.deb" ]]; then
    say "other than before are: ${differ:-none}; it should be $3 and $3.deb"
    return 1
  fi
  say "$(grep -c . <<<"$2") programs and packages, of which $differ changed"
}
