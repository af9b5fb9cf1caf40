"""A module from outside of this tree: docs/examples/poll-module, built with the installed CMake package, on a system that runs already."""

import re
import signal
import subprocess

import pytest

from parleytest import outside
from parleytest.client import code_of, direct, patiently

METHODS = {"poll.create", "poll.vote", "poll.close", "poll.show", "poll.list"}
TEA = {"question": "Tea?", "options": ["yes", "no", "later"]}


@pytest.fixture(scope="module")
def poll_module():
    """The folder where it was built. Before the test's own clock runs."""
    return outside.build_poll_module()


@pytest.fixture
def poll(guest, poll_module):
    def start():
        return guest(poll_module / "parley-poll", "poll-1")

    start.stop = guest.stop
    return start


def offered(person):
    return {method["name"] for method in person.call("session.methods", module="poll")["methods"]}


def votes(poll):
    return [option["votes"] for option in poll["options"]]


def test_its_own_tests_pass(poll_module):
    done = subprocess.run([poll_module / "test_poll"], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout
    assert re.search(r"All tests passed \(\d+ assertions in \d\d test cases\)", done.stdout)


def test_what_is_installed_for_it_is_whole_and_nothing_more(poll_module):
    include = poll_module.parent / "kit" / "include" / "parley"
    headers = {str(path.relative_to(include)): path.read_text() for path in include.rglob("*.h")}
    for text in headers.values():
        for included in re.findall(r'^#include "([^"]+)"', text, re.M):
            assert included in headers
    for internal in ("common/wire/sockets.h", "common/io/loop.h", "common/store/folder.h", "common/base/pch.h", "modules/user/user.h", "modules/message/rows.h"):
        assert internal not in headers
    # Warnings, sanitizers and the precompiled header are Parley's own affair.
    targets = "".join(path.read_text() for path in (poll_module.parent / "kit" / "lib" / "cmake" / "parley").glob("parley-targets*.cmake"))
    for word in ("Werror", "parley_flags", "pch", "PRECOMPILE", "sanitize", str(outside.ROOT)):
        assert word not in targets


def test_its_unit_is_like_those_of_parleys_own_modules(poll_module):
    unit = (poll_module / "parley-poll@.service").read_text()
    assert "ExecStart=/usr/bin/parley-poll --config /etc/parley/poll.conf --name poll-%i --data /var/lib/parley/poll-%i\n" in unit


def test_people_use_it_at_once_and_when_it_is_gone_the_rest_goes_on(own_cluster, own_town, poll):
    ann, bob, eve = own_town.newcomer(), own_town.newcomer("bob"), own_town.newcomer("eve")
    group = f"#{ann.user}"
    ann.call("group.create", group=group)
    bob.call("group.join", group=group)
    before = own_cluster.pids()
    assert code_of(ann.call, "poll.create", conversation=group, **TEA) == "unsupported"

    worker = poll()
    patiently(lambda: offered(ann) == METHODS, what="the new methods to be offered")
    asked = ann.call("poll.create", conversation=group, id="1", **TEA)["poll"]
    assert asked["poll"] == 1 and votes(asked) == [0, 0, 0]
    assert bob.push("poll.changed")["poll"] == asked
    voted = bob.call("poll.vote", conversation=group, poll=1, options=[3])
    assert voted["mine"] == [3] and votes(voted["poll"]) == [0, 0, 1]
    assert ann.push("poll.changed")["poll"] == voted["poll"]
    assert ann.call("poll.create", conversation=group, id="1", **TEA)["poll"]["poll"] == 1
    assert code_of(eve.call, "poll.vote", conversation=group, poll=1, options=[1]) == "not_found"
    assert code_of(bob.call, "poll.vote", conversation=group, poll=1, options=[4]) == "bad_request"
    assert code_of(bob.call, "poll.close", conversation=group, poll=1) == "forbidden"
    assert code_of(own_town.stranger().call, "poll.show", conversation=group, poll=1) == "unauthenticated"

    # Between two: once they have something to talk about, and while neither blocks the other.
    pair = direct(ann, eve)
    assert code_of(ann.call, "poll.create", conversation=pair, **TEA) == "not_found"
    ann.call("message.send", to=eve.user, body="hello", id="h")
    ann.call("poll.create", conversation=pair, **TEA)
    assert eve.push("poll.changed")["poll"]["question"] == "Tea?"
    eve.call("friend.block", user=ann.user)
    assert code_of(ann.call, "poll.vote", conversation=pair, poll=1, options=[1]) == "forbidden"

    # What was acknowledged is there after a kill -9; who calls meanwhile waits.
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    worker = poll()
    assert ann.call("poll.show", conversation=group, poll=1, patience=30)["poll"] == voted["poll"]
    closed = ann.call("poll.close", conversation=group, poll=1)["poll"]
    assert bob.push("poll.changed", where=lambda push: "closed_ms" in push["poll"])["poll"] == closed
    assert code_of(bob.call, "poll.vote", conversation=group, poll=1, options=[1]) == "conflict"
    assert not bob.call("poll.list", conversation=group, open=True)["polls"]

    poll.stop(worker)
    # What was on its way while the worker left may have arrived: its outcome is unknown.
    assert code_of(ann.call, "poll.list", conversation=group, patience=30) in ("unavailable", "timeout")
    assert code_of(ann.call, "poll.list", conversation=group, patience=30) == "unavailable"
    ann.call("message.send", to=group, body="the rest goes on", id="2")
    assert own_cluster.pids() == before
    # The bus has written down that there is such a module, so that a bus that restarts parks for it, too. Nobody else is concerned.
    own_cluster.restart("bus-1")
    ann.call("message.send", to=group, body="and on", id="3", patience=60)
    assert code_of(ann.call, "poll.list", conversation=group, patience=30) in ("unavailable", "timeout")
    assert code_of(ann.call, "poll.list", conversation=group, patience=30) == "unavailable"
    again = poll()
    assert ann.call("poll.show", conversation=group, poll=1, patience=30)["poll"] == closed
    poll.stop(again)
