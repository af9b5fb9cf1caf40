"""One process at a time is replaced under load. The clients see latency, and no error."""

import threading

import pytest

from parleytest import check, load
from parleytest.client import patiently

USERS = 30


@pytest.fixture(scope="module")
def crowd(own_cluster):
    own_cluster.up()
    people = load.Load(own_cluster, USERS, seed=30_000, think=0.05)
    yield people
    people.leave()


@pytest.fixture
def loaded(own_cluster, crowd):
    """The crowd with fresh accounts of its troubles."""
    own_cluster.up()
    for chatter in crowd.chatters:
        chatter.errors.clear()
        chatter.latencies.clear()
        chatter.reconnects = 0
    return crowd


def assert_unharmed(loaded, note, what):
    note(f"{what}: {sum(len(c.latencies) for c in loaded.chatters)} messages, worst latency {loaded.worst_latency * 1000:.0f} ms")
    assert loaded.errors == []
    assert loaded.reconnects == 0
    check.audit(loaded)


def test_message_worker_restarted_gracefully(own_cluster, loaded, note):
    with loaded:
        loaded.wait_sent(200)
        own_cluster.restart("message-1")
        loaded.wait_sent(200)
    assert_unharmed(loaded, note, "message-1 restarted gracefully")


def test_message_worker_killed(own_cluster, loaded, note):
    with loaded:
        loaded.wait_sent(200)
        own_cluster.kill("message-1")
        own_cluster.up("message-1")
        loaded.wait_sent(200)
    assert_unharmed(loaded, note, "message-1 killed -9 and started again")


def test_bus_restarted_gracefully(own_cluster, loaded, note):
    with loaded:
        loaded.wait_sent(200)
        own_cluster.restart("bus-1")
        loaded.wait_sent(200)
    assert_unharmed(loaded, note, "bus-1 restarted gracefully")


def test_bus_killed(own_cluster, loaded, note):
    with loaded:
        loaded.wait_sent(200)
        own_cluster.kill("bus-1")
        own_cluster.up("bus-1")
        loaded.wait_sent(200)
    assert_unharmed(loaded, note, "bus-1 killed -9 and started again")


def test_bus_and_message_worker_killed_together(own_cluster, loaded, note):
    with loaded:
        loaded.wait_sent(200)
        own_cluster.kill("bus-1", "message-1")
        own_cluster.up()
        loaded.wait_sent(200)
    assert_unharmed(loaded, note, "bus-1 and message-1 killed -9 and started again")


def test_the_message_worker_killed_three_times_in_a_row(own_cluster, loaded, note):
    with loaded:
        for _ in range(3):
            loaded.wait_sent(50)
            own_cluster.kill("message-1")
            own_cluster.up("message-1")
        loaded.wait_sent(200)
    assert_unharmed(loaded, note, "message-1 killed -9 three times")


@pytest.mark.parametrize("how", ["gracefully", "killed"])
def test_user_worker_replaced_while_people_log_in(own_cluster, own_town, loaded, note, how):
    ann = own_town.newcomer()
    stop, outcomes = threading.Event(), []

    def log_in_again_and_again():
        while not stop.is_set():
            try:
                stranger = own_town.stranger()
                stranger.login(ann.user, ann.password)
                stranger.call("user.profile")
                stranger.call("user.logout")
                stranger.close()
                outcomes.append(None)
            except Exception as failure:
                outcomes.append(failure)

    thread = threading.Thread(target=log_in_again_and_again)
    with loaded:
        thread.start()
        try:
            patiently(lambda: len(outcomes) >= 10)
            (own_cluster.down if how == "gracefully" else own_cluster.kill)("user-1")
            own_cluster.up("user-1")
            seen = len(outcomes)
            patiently(lambda: len(outcomes) >= seen + 10)
        finally:
            stop.set()
            thread.join()
    assert [o for o in outcomes if o is not None] == []
    assert ann.call("user.profile")["online"] is True  # Told anew to the worker that came back.
    assert_unharmed(loaded, note, f"user-1 replaced ({how}), {len(outcomes)} logins meanwhile")


def test_a_restarted_user_worker_still_reaches_the_sessions_it_ends(own_cluster, own_town):
    ann = own_town.newcomer()
    tablet, phone = own_town.device(ann), own_town.device(ann)
    own_cluster.restart("user-1")
    assert ann.call("user.revoke", session=tablet.session) == {}
    assert tablet.wait_closed() == "revoked"
    own_cluster.kill("bus-1")
    own_cluster.up("bus-1")
    assert ann.call("user.revoke", session=phone.session) == {}
    assert phone.wait_closed() == "revoked"
    assert [s["session"] for s in ann.call("user.sessions")["sessions"] if s["connected"]] == [ann.session]


def test_pushes_go_on_after_the_bus_was_killed(own_cluster, own_town):
    """Subscriptions are soft state of the bus; those who hold the sessions tell it again."""
    ann, bob = own_town.newcomer(), own_town.newcomer("bob")
    own_cluster.kill("bus-1")
    own_cluster.up("bus-1")

    def reached():
        reached.count += 1
        ann.call("message.send", to=bob.user, body="are you there?", id=str(reached.count))
        bob.call("session.ping")
        return any(p.method == "message.new" for p in bob.pushes)

    reached.count = 0
    patiently(reached)
    ann.call("message.typing", to=bob.user, on=True)
    assert bob.push("message.typing")


def test_without_a_message_worker_the_rest_goes_on(own_cluster, own_town):
    ann, bob = own_town.newcomer(), own_town.newcomer("bob")
    own_cluster.kill("message-1")
    parked = ann.request("message.send", to=bob.user, body="parked", id="1")
    assert bob.call("user.update", name="Bob")["name"] == "Bob"
    assert own_town.newcomer("eve").call("session.methods")["methods"]
    own_cluster.up("message-1")
    assert ann.answer(parked)["seq"] == 1
    assert bob.push("message.new")["body"] == "parked"


def test_a_worker_that_stays_away_is_unavailable_and_nothing_was_done(own_cluster, own_town):
    ann, bob = own_town.newcomer(), own_town.newcomer("bob")
    own_cluster.down("message-1")
    parked = ann.request("message.send", to=bob.user, body="refused", id="1")
    with pytest.raises(load.Rejected) as refused:
        ann.answer(parked, patience=30)
    assert refused.value.code in ("unavailable", "timeout") and refused.value.retryable
    own_cluster.up("message-1")
    if refused.value.code == "unavailable":
        assert ann.call("message.history", **{"with": bob.user})["head"] == 0
    assert ann.call("message.send", to=bob.user, body="refused", id="1")["seq"] == 1
