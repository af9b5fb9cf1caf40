"""A system with its default limits and its default password hash: rates, idleness, and that the defaults work at all."""

import time

import pytest

from conftest import Town
from parleytest import cluster
from parleytest.client import Rejected, direct

IDLE_MS = 3000


@pytest.fixture(scope="module")
def plain_cluster():
    """No rate lifted and no hash made cheap; only idleness is shortened."""
    with cluster.Cluster(cheap_hash=False, env={"PARLEY_USER_RATE": "200", "PARLEY_IDLE_MS": str(IDLE_MS)}) as system:
        yield system


@pytest.fixture
def plain_town(plain_cluster):
    people = Town(plain_cluster)
    yield people
    people.leave()


def test_the_default_hash_registers_logs_in_and_refuses(plain_town):
    ann = plain_town.newcomer()
    with pytest.raises(Rejected) as refused:
        plain_town.stranger().login(ann.user, "wrong horse")
    assert refused.value.code == "unauthenticated"
    assert ann.call("user.profile")["user"] == ann.user


def test_a_burst_of_logins_does_not_hold_up_who_is_logged_in(plain_town, note):
    """Hashing is slow on purpose; it must not be in the way of anybody else."""
    ann, bob = plain_town.newcomer(), plain_town.newcomer("bob")
    others = [plain_town.newcomer("carl"), plain_town.newcomer("dora")]
    arrivals = [plain_town.stranger() for _ in range(30)]
    asked = [s.request("user.login", user=others[i % 2].user, password="correct horse") for i, s in enumerate(arrivals)]
    worst = 0.0
    for i in range(100):
        before = time.monotonic()
        ann.call("message.send", to=bob.user, body="meanwhile", id=str(i))
        ann.call("user.profile")
        worst = max(worst, time.monotonic() - before)
    for stranger, msgid in zip(arrivals, asked):
        stranger.answer(msgid, patience=60)
    note(f"worst send and profile during 30 logins with the default hash: {worst * 1000:.0f} ms")
    assert worst < 2.0


def test_hello_tells_the_limits_in_force(plain_town):
    hello = plain_town.stranger().call("session.hello")
    assert hello["idle_ms"] == IDLE_MS and hello["limits"]["user_rate"] == 200


def test_a_user_beyond_the_rate_is_told_to_wait_and_others_are_not(plain_town):
    ann, bob = plain_town.newcomer(), plain_town.newcomer("bob")
    other = plain_town.device(ann)  # The rate is the user's, over all connections.
    refused, done, sent = [], 0, 0
    deadline = time.monotonic() + 30
    while not refused and time.monotonic() < deadline:
        asked = []
        for device in (ann, other):
            for _ in range(100):
                sent += 1
                asked.append((device, sent, device.request("message.send", to=bob.user, body=f"{sent}", id=f"{sent}")))
        for device, number, msgid in asked:
            try:
                device.answer(msgid)
                done += 1
            except Rejected as error:
                assert error.code == "rate_limited" and error.retry_after_ms > 0
                refused.append((number, error.retry_after_ms))
        bob.call("session.ping")
    assert refused and done >= 1000
    assert bob.call("user.profile")["user"] == bob.user
    bodies = {r["body"] for r in bob.history(direct(ann, bob))}
    assert len(bodies) == done and not bodies & {str(number) for number, _ in refused}  # Nothing was done.
    ann.listen(max(wait for _, wait in refused) / 1000)  # After the wait it was told, it may go on.
    assert ann.call("message.send", to=bob.user, body="patient", id="patient")["seq"] == done + 1


def test_a_connection_that_sends_nothing_is_closed_as_idle(plain_town):
    ann, bob = plain_town.newcomer(), plain_town.newcomer("bob")
    before = time.monotonic()
    while time.monotonic() < before + IDLE_MS / 1000 * 1.5:  # Sending keeps bob; listening does not keep ann.
        bob.call("session.ping")
        bob.listen(IDLE_MS / 1000 / 5)
    assert ann.wait_closed() == "idle"
    assert bob.call("session.ping") and plain_town.back(ann)
