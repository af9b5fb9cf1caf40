"""The parts of scripts/bench that are not parley-bench: shares of a core, medians, and what counts as harm to clients."""

import json
import pathlib
import subprocess

import pytest

SCRIPTS = pathlib.Path(__file__).resolve().parents[2] / "scripts"


def bash(text, **variables):
    """Runs it with the functions of bench at hand; returns (code, output, errors)."""
    parts = "; ".join(f". {SCRIPTS}/{name}" for name in ("home.sh", "bench-scale.sh", "bench-roll.sh"))
    done = subprocess.run(["bash", "-c", f"{parts}; {text}", "bench"], env={"PATH": "/usr/bin:/bin", **variables}, capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("numbers, middle", [("3", "3"), ("5 1 3", "3"), ("4 1 2 3", "2.5"), ("1e3 20 300", "300")])
def test_the_median_of_runs(numbers, middle):
    assert bash(f"median {numbers}")[1].strip() == middle


def test_a_field_of_a_report():
    report = '{"connections": 12, "delivered_per_second": 1.234e+04, "ack_p50_ms": 5}'
    assert bash(f"field delivered_per_second <<<'{report}'")[1].strip() == "1.234e+04"


@pytest.mark.parametrize("share, period, quota", [(10, 80_000, 8_000), (4, 200_000, 8_000), (1, 800_000, 8_000), (50, 20_000, 10_000)])
def test_a_worker_is_held_to_its_share_in_periods_that_the_kernel_can_count(tmp_path, share, period, quota):
    (tmp_path / "run").mkdir()
    for name, pid in (("message-1", 11), ("message-2", 22), ("user-1", 33)):
        (tmp_path / "run" / f"{name}.pid").write_text(f"{pid}\n")
    group = tmp_path / "group"
    assert bash(f"HOME_DIR={tmp_path} CPU_GROUP={group}; hold message {share}")[0] == 0
    assert sorted(folder.name for folder in group.iterdir()) == ["message-1", "message-2"]
    for name, pid in (("message-1", 11), ("message-2", 22)):
        assert int((group / name / "cpu.cfs_period_us").read_text()) == period
        assert int((group / name / "cpu.cfs_quota_us").read_text()) == quota
        assert int((group / name / "cgroup.procs").read_text()) == pid


@pytest.mark.parametrize("mounted, reason", [("", "needs the cpu controller"), ("/proc", "run it as root")])
def test_what_is_missing_to_hold_workers_is_named(mounted, reason):
    code, _, errors = bash(f"cpu_groups() {{ echo {mounted}; }}; make_cpu_group")
    assert code == 1 and reason in errors


@pytest.mark.parametrize("options, reason", [
    ("banking", "message or user, not 'banking'"), ("--steps many", "--steps: 'many' is not a number"), ("--share 0", "from 1 to 100"),
    ("--colour red", "scale has no option --colour"), ("--runs", "is not a number"),
])
def test_scale_refuses_what_makes_no_sense(options, reason):
    code, _, errors = bash(f"scale_options {options}")
    assert code == 2 and reason in errors


@pytest.mark.parametrize("options, reason", [("--people 1", "at least 2"), ("--rate fast", "is not a number"), ("--group-percent 101", "at most"), ("message", "no option message")])
def test_roll_refuses_what_makes_no_sense(options, reason):
    code, _, errors = bash(f"roll_options {options}")
    assert code == 2 and reason in errors


def step(tmp_path, what="user is replaced", trouble="", **figures):
    """What is reported of a step whose load has these figures."""
    good = {"acknowledged_per_second": 2e3, "ack_max_ms": 12.5, "errors": 0, "asked_again": 0, "came_back": 0, "missing": 0, "twice": 0, "unpromised": 0, "unanswered": 0}
    (tmp_path / "people.json").write_text(json.dumps(good | figures))
    code, said, errors = bash(f"HOME_DIR={tmp_path}; roll_options --json; report_step '{what}' '1.5 s' '{trouble}'; echo \"$ROLL_JSON\"; exit $ROLL_STATUS")
    assert errors == ""
    return code, json.loads(said)


def test_a_step_that_harms_nobody_is_good(tmp_path):
    code, report = step(tmp_path)
    assert code == 0
    assert (report["step"], report["seconds"], report["verdict"], report["load"]["ack_max_ms"]) == ("user is replaced", 1.5, "good", 12.5)


@pytest.mark.parametrize("harm", ["errors", "twice", "unpromised", "unanswered", "missing", "asked_again", "came_back"])
def test_any_harm_makes_a_step_bad(tmp_path, harm):
    code, report = step(tmp_path, **{harm: 3})
    assert code == 1 and report["verdict"] == "bad"


def test_a_step_that_failed_is_bad(tmp_path):
    code, report = step(tmp_path, trouble="the step failed")
    assert code == 1 and report["verdict"] == "bad"


def test_a_load_that_did_not_begin_is_bad(tmp_path):
    code, report = step(tmp_path, acknowledged_per_second=0)
    assert code == 1 and report["verdict"] == "bad"


def test_only_those_whose_frontend_goes_may_come_back_and_ask_again(tmp_path):
    assert step(tmp_path, what="frontends are replaced", asked_again=3, came_back=200)[0] == 0
    assert step(tmp_path, what="frontends are replaced", missing=1)[0] == 1
