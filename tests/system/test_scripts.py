"""scripts/up and scripts/down, as an operator meets them."""

import os
import signal
import stat

import pytest

from parleytest import cluster
from parleytest.client import patiently

NAMES = {"bus-1", "frontend-1"} | {f"{folder.parent.name}-1" for folder in (cluster.ROOT / "modules").glob("*/CMakeLists.txt")}


def test_a_home_has_its_layout(shared_cluster):
    home = shared_cluster.home
    assert shared_cluster.pids().keys() == NAMES
    for name in NAMES:
        assert (home / "log" / f"{name}.log").exists()
    for name in NAMES - {"frontend-1"}:
        assert shared_cluster.data(name).is_dir()
    assert stat.S_IMODE((home / "root-password").stat().st_mode) == 0o600
    assert len(shared_cluster.root_password()) >= 8


def test_up_again_starts_nothing_twice(own_cluster):
    before, password = own_cluster.pids(), own_cluster.root_password()
    own_cluster.up()
    assert own_cluster.pids() == before and own_cluster.root_password() == password


def test_up_starts_only_what_is_missing(own_cluster):
    before = own_cluster.pids()
    own_cluster.kill("message-1")
    own_cluster.up()
    after = own_cluster.pids()
    assert after.keys() == NAMES and after["message-1"] != before["message-1"]
    assert {n: after[n] for n in NAMES - {"message-1"}} == {n: before[n] for n in NAMES - {"message-1"}}


def test_up_and_down_by_name(own_cluster):
    own_cluster.up()
    own_cluster.down(*(NAMES - {"bus-1", "frontend-1"}))
    assert own_cluster.pids().keys() == {"bus-1", "frontend-1"}
    own_cluster.up("user-1")
    assert own_cluster.pids().keys() == {"bus-1", "frontend-1", "user-1"}
    own_cluster.up()
    assert own_cluster.pids().keys() == NAMES


def test_down_leaves_no_process_and_keeps_the_data(own_cluster, own_town):
    ann = own_town.newcomer()
    ann.call("message.send", to=ann.user, body="kept", id="1")
    own_cluster.down()
    assert own_cluster.pids() == {}
    patiently(lambda: own_cluster.strays() == [])
    own_cluster.down()  # Quietly.
    own_cluster.up()
    again = own_town.back(ann)
    assert [r["body"] for r in again.history(f"{ann.user}~{ann.user}")] == ["kept"]


def test_two_homes_side_by_side(shared_cluster, own_cluster, town, own_town):
    ann, other = town.newcomer("twin"), own_town.stranger()
    other.register(ann.user, "a different one")
    assert other.login(ann.user, "a different one")["user"] == ann.user
    own_cluster.down()
    assert shared_cluster.pids().keys() == NAMES and ann.call("session.ping")
    own_cluster.up()


def test_sigterm_is_enough_to_leave(own_cluster):
    own_cluster.up()
    pids = own_cluster.pids()
    for name in ("frontend-1", *sorted(NAMES - {"frontend-1", "bus-1"}), "bus-1"):
        os.kill(pids[name], signal.SIGTERM)
    patiently(lambda: not any(cluster.alive(pid) for pid in pids.values()), patience=30)
    own_cluster.up()


@pytest.mark.parametrize("options", [("--replicas", "2"), ("--buses", "2"), ("--no-such-option",), ("--frontends", "none"), ("no-such-process-1",)], ids=" ".join)
def test_what_up_cannot_do_is_refused_with_a_sentence(options):
    with cluster.Cluster(start=False) as system:
        with pytest.raises(cluster.ScriptFailed) as failed:
            system.up(*options)
        assert failed.value.said.strip() and "Traceback" not in failed.value.said
        assert system.pids() == {}


def test_a_port_in_use_is_said_so(shared_cluster):
    with cluster.Cluster(start=False) as system:
        system.bus_port = shared_cluster.bus_port
        with pytest.raises(cluster.ScriptFailed) as failed:
            system.up()
        assert str(system.bus_port) in str(failed.value)
