"""scripts/up and scripts/down, with stand-ins for the programs: what is started, recognised, refused, stopped and said.

The same with the real programs is in tests/system.
"""

import json
import os
import pathlib
import signal
import socket
import time

import pytest

from standins import ALL, free_port, free_ports_in_a_row, home, new_home, programs  # noqa: F401  (fixtures)


def test_up_starts_everything_and_says_how_to_connect(home):
    assert home.up() == 0
    assert sorted(home.pids()) == ALL
    assert f"127.0.0.1:{home.client_port}" in home.said
    assert all((home.folder / "data" / name).is_dir() for name in ALL)


def test_up_again_starts_nothing(home):
    home.up()
    before = home.pids()
    assert home.up() == 0
    assert home.pids() == before
    assert "ready" not in home.said


def test_processes_are_detached_and_inherit_nothing_but_the_environment(home):
    home.up(PARLEY_USER_RATE="7")
    for name, pid in home.pids().items():
        assert os.getsid(pid) == pid
        assert os.readlink(f"/proc/{pid}/fd/0") == "/dev/null"
        assert set(os.listdir(f"/proc/{pid}/fd")) <= {"0", "1", "2", "3"}  # 3: the stand-in's listener
        assert "rate: 7" in home.log(name)


def test_one_process_is_restarted_with_remembered_options(home):
    home.up("--workers", "message=2")
    home.down("message-2")
    assert sorted(home.pids()) == sorted([*ALL])
    assert home.run("up", "message-2") == 0
    assert "message-2" in home.pids()
    assert f"tcp://127.0.0.1:{home.bus_port}" in home.log("message-2")


def test_a_changed_option_is_said_and_counts_from_the_next_start(home):
    home.up()
    old, home.client_port = home.client_port, free_port()
    home.up()
    assert f"client-port is {home.client_port} from now on; it was {old}" in home.said
    assert "until stopped: frontend-1" in home.said
    assert f"127.0.0.1:{old}" in home.said
    home.down("frontend-1")
    home.up()
    assert f"127.0.0.1:{home.client_port}" in home.said
    assert "until stopped" not in home.said


def test_frontends_behind_a_balancer_have_ports_of_their_own(home):
    home.client_port = free_ports_in_a_row(2)
    assert home.up("--frontends", "2", "--frontend-ports", "separate") == 0
    assert f"127.0.0.1:{home.client_port} to {home.client_port + 1}" in home.said
    home.down("frontend-1")  # The other one keeps its port, and so does this one when it comes back.
    assert home.run("up") == 0
    for i in (1, 2):
        words = pathlib.Path(f"/proc/{home.pids()[f'frontend-{i}']}/cmdline").read_text().split("\0")
        assert f"127.0.0.1:{home.client_port + i - 1}" in words
    assert home.up("--frontend-ports", "shared") == 0
    assert "until stopped: frontend-2" in home.said


def test_frontends_ports_meet_no_other(home):
    assert home.up("--frontends", "9", "--frontend-ports", "separate", "--http-port", home.client_port + 8) == 2
    assert "hold another one" in home.said


def test_frontends_that_expect_a_balancer_are_not_asked_without_one(home):
    assert home.up(PARLEY_PROXY_PROTOCOL="127.0.0.0/8", NOBODY_ANSWERS="1") == 0
    assert "PROXY protocol, version 2, from 127.0.0.0/8" in home.said


def test_a_kill_of_all_leaves_nothing_in_the_way(home):
    home.up()
    for pid in home.pids().values():
        os.kill(pid, signal.SIGKILL)
    while home.pids():
        time.sleep(0.01)
    assert home.up() == 0
    assert sorted(home.pids()) == ALL


def test_a_pid_file_that_names_another_process_is_seen_through(home):
    home.up()
    home.down()
    (home.folder / "run" / "user-1.pid").write_text(f"{os.getpid()}\n")
    assert home.down() == 0  # And this test goes on.
    (home.folder / "run" / "user-1.pid").write_text("rubbish\n")
    assert home.up() == 0
    assert sorted(home.pids()) == ALL


def test_one_that_dies_at_its_start_is_explained_by_its_own_words(home):
    assert home.up(DIES="message-1") == 1
    assert "message-1 failed its start-up check (exit code 3)" in home.said
    assert "the data folder is not mine" in home.said
    assert home.up() == 0
    assert "the data folder is not mine" not in home.said


def test_a_system_that_answers_nobody_is_not_called_up(home):
    assert home.up(NOBODY_ANSWERS="1") == 1
    assert "session.hello" in home.said


@pytest.mark.parametrize("port", ["client_port", "bus_port"])
def test_a_taken_port_is_named_before_anything_starts(home, port):
    with socket.create_server(("127.0.0.1", getattr(home, port))):
        assert home.up() == 1
    assert f"port {getattr(home, port)} is taken by" in home.said
    assert home.pids() == {}


def test_each_process_has_a_metrics_port_that_stays_its_own(home):
    home.up()
    first = home.metrics()
    assert sorted(first) == ALL
    assert sorted(first.values()) == list(range(home.metrics_port, home.metrics_port + len(ALL)))
    assert all(f"--metrics 127.0.0.1:{port}" in home.log(name) for name, port in first.items())
    assert f"127.0.0.1:{first['bus-1']}/metrics" in home.said
    home.up("--workers", "friend=2", "--frontends", "2")
    more = home.metrics()
    assert {name: more[name] for name in first} == first
    assert {more["friend-2"], more["frontend-2"]} == {home.metrics_port + len(ALL), home.metrics_port + len(ALL) + 1}
    assert "until stopped" not in home.said  # nothing that runs would be started otherwise now
    home.down()
    home.up("--workers", "friend=1", "--frontends", "2")
    assert home.metrics() == {name: port for name, port in more.items() if name != "friend-2"}


def test_no_metrics_port_is_none_at_all(home):
    home.metrics_port = 0
    home.up()
    assert home.metrics() == {}
    assert "--metrics" not in home.log("bus-1")
    assert "/metrics of" not in home.said


def test_a_taken_metrics_port_is_named_before_anything_starts(home):
    with socket.create_server(("127.0.0.1", home.metrics_port)):
        assert home.up() == 1
    assert f"port {home.metrics_port}, of the metrics of bus-1, is taken by" in home.said
    assert home.pids() == {}


def test_metrics_ports_stay_clear_of_the_others(home):
    home.metrics_port = home.client_port - 2
    assert home.up() == 2
    assert f"would have port {home.client_port}" in home.said
    assert home.pids() == {}


def test_two_homes_do_not_meet(new_home):
    one, other = new_home("one"), new_home("other")
    one.up()
    other.up()
    other.client_port = one.client_port
    other.down("frontend-1")
    assert other.up() == 1  # Sharing the port would mix their clients.
    assert "is taken by" in other.said
    other.down()
    assert sorted(one.pids()) == ALL


def test_down_stops_frontends_first_and_the_bus_last_and_keeps_data(home):
    home.up()
    kept = home.folder / "data" / "user-1" / "kept"
    kept.write_text("x")
    assert home.down() == 0
    assert home.pids() == {}
    assert all("asked to leave" in home.log(name) for name in ALL)
    order = [line.split()[0] for line in home.said.splitlines() if "stopped" in line]
    assert order[0] == "frontend-1" and order[-1] == "bus-1"
    assert kept.exists()
    assert home.down() == 0


def test_the_root_password_is_made_once_and_for_the_owner_only(home):
    home.up()
    file = home.folder / "root-password"
    password = file.read_text()
    assert len(password.strip()) >= 20
    assert file.stat().st_mode & 0o777 == 0o600
    assert (home.folder / "data").stat().st_mode & 0o077 == 0
    home.down()
    home.up()
    assert file.read_text() == password
    assert password.strip() not in "".join(home.log(name) for name in ALL)


@pytest.mark.parametrize("arguments, reason", [
    (["--buses", "2"], "more than one bus is not supported yet"),
    (["--replicas", "2"], "not supported yet"),
    (["--workers", "banking=1"], "there is no module 'banking'"),
    (["--workers", "message"], "not of the form"),
    (["--frontends", "many"], "not a number"),
    (["--client-port", "70000"], "not a port"),
    (["--frontend-ports", "many"], "neither shared nor separate"),
    (["--metrics-port", "65500"], "neither a port up to 65000 nor 0"),
    (["--root-user", "Root"], "not a user's handle"),
    (["--frontends"], "needs a value"),
    (["--colour", "red"], "there is no option --colour"),
    (["message-7"], "not part of this system"),
])
def test_what_makes_no_sense_is_refused_with_a_sentence(home, arguments, reason):
    assert home.run("up", *arguments) == 2
    assert reason in home.said
    assert home.pids() == {}


def test_down_of_an_unknown_name_is_refused(home):
    home.up()
    assert home.down("message-7") == 2
    assert sorted(home.pids()) == ALL
