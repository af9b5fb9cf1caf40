"""The gate at the end: the suite has used every method that the system offers, with success, and heard every notification of its modules."""

import pytest

from parleytest import client

HEARD = {"message.new", "message.read", "message.received", "message.typing", "session.closed", "session.resync", "friend.requested",
         "friend.accepted", "friend.removed", "friend.cancelled", "friend.presence", "group.invited", "group.requested",
         "group.joined", "group.left"}


@pytest.fixture(autouse=True)
def only_after_the_whole_suite(request):
    if not request.config.whole_suite:
        pytest.skip("only part of the suite ran")


def test_every_method_was_exercised(town):
    offered = {m["name"] for m in town.stranger().call("session.methods")["methods"]}
    silent = sorted(method for method in offered if not client.exercised[method]["ok"])
    assert not silent, f"never succeeded in any test: {silent}"


def test_every_method_was_refused_at_least_once(town):
    """A method that no test has seen refuse anything has no test of its errors."""
    offered = {m["name"] for m in town.stranger().call("session.methods")["methods"] if m["arguments"]}
    unrefused = sorted(method for method in offered if not client.exercised[method].keys() - {"ok"})
    assert not unrefused


def test_every_notification_was_heard():
    assert not HEARD - client.heard.keys()


def test_nothing_was_an_internal_error():
    assert not {method: outcomes for method, outcomes in client.exercised.items() if outcomes["internal"]}
