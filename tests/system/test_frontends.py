"""Several frontends on one port; one dies, one leaves. Sessions move, and nothing is lost."""

import pytest

from parleytest import check, load
from parleytest.client import Disconnected, direct, patiently


def crowd_of(town, name):
    """Sixteen people: so many that the kernel has certainly (but for 1 in 32,768) given some to each frontend."""
    return [town.newcomer(f"{name}{i}-") for i in range(16)]


def test_people_on_different_frontends_reach_each_other(wide_town):
    crowd = crowd_of(wide_town, "n")
    for i, person in enumerate(crowd):
        person.call("message.send", to=crowd[(i + 1) % 16].user, body=f"from {i}", id="1")
    for i, person in enumerate(crowd):
        assert person.push("message.new")["body"] == f"from {(i - 1) % 16}"


def test_devices_of_one_user_on_different_frontends(wide_town):
    ann, bob = wide_town.newcomer(), wide_town.newcomer("bob")
    devices = [wide_town.device(ann, f"device {i}") for i in range(12)]
    bob.call("message.send", to=ann.user, body="to all of you", id="1")
    for device in [ann, *devices]:
        assert device.push("message.new")["body"] == "to all of you"
    assert all(s["connected"] for s in ann.call("user.sessions")["sessions"])
    ann.call("user.password", old=ann.password, new="battery staple")
    for device in devices:
        assert device.wait_closed() == "revoked"


def test_resuming_on_another_frontend_replaces_the_old_connection(wide_town):
    ann = wide_town.newcomer()
    for _ in range(12):
        again = wide_town.back(ann)
        assert ann.wait_closed() == "replaced"
        ann = again
    assert ann.call("user.profile")


def test_a_killed_frontend_takes_only_its_own_connections(wide_cluster, wide_town):
    crowd = crowd_of(wide_town, "k")
    for person in crowd:
        person.call("user.status", state="busy", text="here")
    wide_cluster.kill("frontend-2")
    lost = []
    for i, person in enumerate(crowd):
        try:
            person.call("session.ping")
        except (Disconnected, ConnectionError):
            lost.append(i)
    assert 0 < len(lost) < 16
    watcher = crowd[next(i for i in range(16) if i not in lost)]
    for i in lost:
        watcher.call("message.send", to=crowd[i].user, body="while you were out", id=f"out-{i}")
    for i in lost:  # They come back through the frontend that is left.
        crowd[i] = wide_town.back(crowd[i])
        assert crowd[i].history(direct(watcher, crowd[i]))[0]["body"] == "while you were out"
        profile = crowd[i].call("user.profile")
        assert (profile["online"], profile["state"], profile["text"]) == (True, "busy", "here")
        assert [s["connected"] for s in crowd[i].call("user.sessions")["sessions"]] == [True]


def test_sessions_of_a_killed_frontend_are_no_longer_connected(wide_cluster, wide_town):
    ann = wide_town.newcomer()
    devices = [wide_town.device(ann, f"device {i}") for i in range(14)]
    wide_cluster.kill("frontend-1")
    alive = {}
    for device in [ann, *devices]:
        try:
            device.call("session.ping")
            alive[device.session] = device
        except (Disconnected, ConnectionError):
            pass
    assert 0 < len(alive) < 15
    watcher = next(iter(alive.values()))

    def connected():
        return {s["session"] for s in watcher.call("user.sessions")["sessions"] if s["connected"]}

    patiently(lambda: connected() == alive.keys(), patience=40, what="the dead frontend's sessions to be known as gone")


def test_a_frontend_that_leaves_tells_its_clients(wide_cluster, wide_town):
    crowd = crowd_of(wide_town, "d")
    friend = wide_town.newcomer("friend")
    asked = [(p, p.request("message.send", to=friend.user, body="just before", id="1")) for p in crowd]
    wide_cluster.down("frontend-2")
    left = 0
    for person, msgid in asked:
        assert person.answer(msgid)["seq"] == 1  # What was received is answered.
        try:
            person.call("session.ping")
        except Disconnected:
            assert person.closed["code"] == "draining" and person.closed["retry_after_ms"] >= 0
            left += 1
        except load.Rejected as error:
            assert error.code == "unavailable" and person.wait_closed() == "draining"
            left += 1
    assert 0 < left < 16


@pytest.mark.parametrize("victim", ["frontend-1", "frontend-2"])
def test_frontends_killed_under_load(wide_cluster, note, victim):
    wide_cluster.up()
    crowd = load.Load(wide_cluster, 30, seed=40_000, think=0.05, name=victim[-1])
    with crowd:
        crowd.wait_sent(200)
        wide_cluster.kill(victim)
        crowd.wait_sent(200)
        wide_cluster.up(victim)
        crowd.wait_sent(50)
    assert 0 < crowd.reconnects <= 60
    assert {code for _, code, _ in crowd.errors} <= {"unavailable", "timeout"}
    check.audit(crowd)
    note(f"{victim} killed under load: {crowd.reconnects} reconnects, worst latency {crowd.worst_latency * 1000:.0f} ms")
    crowd.leave()
