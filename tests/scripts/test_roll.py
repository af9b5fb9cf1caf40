"""scripts/roll, with stand-ins for the programs: what is replaced, in which order, by what, and where it stops.

The same with the real programs, under load, is in tests/system.
"""

import os
import shutil
import signal
import socket
import threading
import time

import pytest

from standins import ALL, MODULES, home, new_home, programs  # noqa: F401  (fixtures)

# What the system says of itself where a test wants it to: one worker's slots, in the given state.
PARLEY_THAT_SEES = """#!/bin/sh
case "$*" in
  *nodes*) printf '{"nodes":['; for file in "{run}"/*.pid; do name=${file##*/}; printf '{"kind":"x","node":"%s"},' "${name%.pid}"; done; echo ']}' ;;
  *slots*) echo '{"slots":[{"epoch":1,"module":"message","primary":"message-1","slot":0,"standbys":[],"state":"'"$STATE"'"}]}' ;;
  *) echo '{}' ;;
esac
"""


def build_anew(programs, *names):
    """As a linker does it: a new file in the place of the old one."""
    time.sleep(0.01)  # File times are as coarse as the kernel's clock.
    for name in names:
        text = (programs / name).read_text()
        (programs / name).unlink()
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)


def replaced(home):
    """The names, in the order in which it is said of them."""
    return [line.split()[0] for line in home.said.splitlines() if " is replaced (" in line]


def test_what_is_older_than_the_build_is_replaced_and_nothing_else(home, programs):
    home.up()
    before = home.pids()
    build_anew(programs, "parley-message", "parley-friend")
    assert home.run("roll") == 0
    assert replaced(home) == ["friend-1", "message-1"]
    after = home.pids()
    assert sorted(after) == ALL
    assert {name for name in ALL if after[name] != before[name]} == {"friend-1", "message-1"}


def test_again_it_replaces_nothing(home, programs):
    home.up()
    build_anew(programs, "parley-message")
    home.run("roll")
    before = home.pids()
    assert home.run("roll") == 0
    assert home.pids() == before
    assert "runs this build already" in home.said


def test_all_are_replaced_the_bus_first_and_frontends_last_each_after_the_one_before(home):
    home.up("--workers", "message=2", "--frontends", "2")
    before = home.pids()
    assert home.run("roll", "--all") == 0
    order = replaced(home)
    assert order[0] == "bus-1" and order[-2:] == ["frontend-1", "frontend-2"]
    assert sorted(order) == sorted(before)
    assert [line.split("(")[1].split(" ")[0] for line in home.said.splitlines() if " is replaced (" in line] == [str(i + 1) for i in range(len(order))]
    assert not set(home.pids().values()) & set(before.values())
    starts = [(home.folder / "run" / f"{name}.ready").stat().st_mtime for name in order]
    assert starts == sorted(starts)


def test_a_kind_and_a_name_mean_those_alone(home):
    home.up("--workers", "message=2,group=2")
    assert home.run("roll", "--all", "group-2", "message") == 0
    assert replaced(home) == ["group-2", "message-1", "message-2"]


def test_it_stops_at_the_first_that_dies_and_goes_on_from_there(home, programs):
    home.up()
    before = home.pids()
    build_anew(programs, *(f"parley-{module}" for module in MODULES))
    assert home.run("roll", DIES="group-1") == 1
    assert "group-1 failed its start-up check (exit code 3)" in home.said
    assert "the data folder is not mine" in home.said
    assert "Stopped: the new group-1 ended." in home.said and "./scripts/roll" in home.said
    after = home.pids()
    assert replaced(home) == ["admin-1", "friend-1"]
    assert {name for name in after if after[name] == before[name]} == {"bus-1", "frontend-1", "message-1", "user-1"}
    assert home.run("roll") == 0
    assert replaced(home) == ["group-1", "message-1", "user-1"]
    assert sorted(home.pids()) == ALL


def test_a_lone_frontend_leaves_only_while_another_one_listens(home):
    home.up()
    refused, stop = [], threading.Event()

    def knock():
        while not stop.wait(0.02):
            try:
                socket.create_connection(("127.0.0.1", home.client_port), timeout=5).close()
            except ConnectionRefusedError as error:
                refused.append(error)
            except OSError:
                pass  # It was accepted by one that left right then.

    knocking = threading.Thread(target=knock)
    knocking.start()
    try:
        assert home.run("roll", "--all", "frontend") == 0
    finally:
        stop.set()
        knocking.join()
    assert refused == []
    assert "frontend-0 stands in for frontend-1" in home.said
    assert "asked to leave" in home.log("frontend-0")
    assert sorted(home.pids()) == ALL


def test_a_stand_in_of_an_interrupted_run_is_used_and_ended(home):
    home.up()
    assert home.run("roll", "--all", "frontend", DIES="frontend-1") == 1
    assert "frontend-0 goes on serving clients" in home.said
    assert home.log("frontend-0").count("asked to leave") == 0
    assert home.run("roll") == 0
    assert "frontend-0" not in home.pids() and sorted(home.pids()) == ALL
    assert home.log("frontend-0").count("options:") == home.log("frontend-0").count("asked to leave") == 1


def test_among_several_frontends_no_stand_in_is_needed(home):
    home.up("--frontends", "2")
    assert home.run("roll", "--all", "frontend") == 0
    assert not (home.folder / "log" / "frontend-0.log").exists()


def test_variables_are_kept_and_those_of_the_script_count_instead(home):
    home.up(PARLEY_USER_RATE="7")
    assert home.run("roll", "--all", "user", "frontend") == 0
    assert home.log("user-1").count("rate: 7 ") == 2 and home.log("frontend-1").count("rate: 7 ") == 2
    assert home.run("roll", "frontend", PARLEY_USER_RATE="8") == 0
    assert replaced(home) == ["frontend-1"]
    assert "rate: 8 " in home.log("frontend-1")


def test_to_programs_from_elsewhere_and_back(home, programs, tmp_path):
    home.up()
    newer = tmp_path / "newer"
    shutil.copytree(programs, newer)
    assert home.run("roll", "--bin", newer, "message") == 0
    assert replaced(home) == ["message-1"]
    assert str(newer / "parley-message").encode() in open(f"/proc/{home.pids()['message-1']}/cmdline", "rb").read()
    assert home.run("roll") == 0
    assert replaced(home) == ["message-1"]


def test_the_way_back_is_named_when_the_new_build_fails(home, programs, tmp_path):
    home.up()
    newer = tmp_path / "newer"
    shutil.copytree(programs, newer)
    assert home.run("roll", "--bin", newer, "message", DIES="message-1") == 1
    assert f"--bin {programs} message-1 goes back" in home.said
    assert home.run("roll", "--bin", programs, "message-1") == 0
    assert sorted(home.pids()) == ALL


@pytest.mark.parametrize("state, code", [("serving", 0), ("parked", 1), ("moving", 1)])
def test_ready_is_not_enough_while_slots_are_parked_or_move(home, programs, state, code):
    home.up()
    (programs / "parley").write_text(PARLEY_THAT_SEES.replace("{run}", str(home.folder / "run")))
    assert home.run("roll", "--all", "--patience", "1", "message", STATE=state) == code
    if code:
        assert "message-1 is not healthy after 1 s (1 slots are parked or move)" in home.said


def test_a_system_that_cannot_be_asked_is_judged_by_ready_files_and_that_is_said(home, programs):
    home.up()
    (programs / "parley").write_text("#!/bin/sh\ncase $1 in admin) echo 'wrong password' >&2; exit 1;; esac\necho '{}'\n")
    assert home.run("roll", "--all", "message") == 0
    assert "(wrong password), so ready files decide" in home.said


def test_what_was_killed_is_started(home):
    home.up()
    os.kill(home.pids()["group-1"], signal.SIGKILL)
    while "group-1" in home.pids():
        time.sleep(0.01)
    assert home.run("roll") == 0
    assert replaced(home) == ["group-1"]


def test_a_home_in_which_nothing_runs_is_left_alone(home):
    assert home.run("roll") == 1
    assert "./scripts/up" in home.said and not home.folder.exists()
    home.up()
    home.down()
    assert home.run("roll") == 1
    assert home.pids() == {}


@pytest.mark.parametrize("arguments, reason", [
    (["message-7"], "neither a process nor a kind"),
    (["banking"], "neither a process nor a kind"),
    (["--patience", "long"], "not a number of seconds"),
    (["--patience"], "needs a value"),
    (["--bin", "/nowhere"], "there is no folder /nowhere"),
    (["--colour", "red"], "there is no option --colour"),
])
def test_what_makes_no_sense_is_refused_with_a_sentence(home, arguments, reason):
    home.up()
    before = home.pids()
    assert home.run("roll", *arguments) == 2
    assert reason in home.said
    assert home.pids() == before


def test_the_help_teaches(home):
    assert home.run("roll", "--help") == 0
    for word in ("--home", "--bin", "--all", "--patience", "PARLEY_USER_RATE", "frontend-0", "The bus is first"):
        assert word in home.said
