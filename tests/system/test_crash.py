"""kill -9 of every process at once, under load, again and again; then the audit: nothing acknowledged is lost, doubled or out of order."""

import random

import pytest

from parleytest import check, load

SEED = 20_000
USERS = 50


def round_of(cluster, loaded, chance):
    """Load, murder at a moment that the seed chooses, and up again, while the clients go on as clients do."""
    with loaded:
        loaded.wait_sent(chance.randrange(20, 400))
        cluster.kill()
        cluster.up()
        loaded.wait_sent(chance.randrange(20, 100), patience=60)
    return check.audit(loaded)


@pytest.fixture(scope="module")
def loaded(own_cluster):
    own_cluster.up()
    crowd = load.Load(own_cluster, USERS, seed=SEED, think=0.1)
    yield crowd
    crowd.leave()


@pytest.mark.parametrize("number", range(10))
def test_ten_rounds_of_killing_everything(own_cluster, loaded, number, note):
    before = loaded.sent
    records = round_of(own_cluster, loaded, random.Random(SEED + number))
    acknowledged, unknown = loaded.sent, sum(len(c.unknown) for c in loaded.chatters)
    refused = sum(len(c.refused) for c in loaded.chatters)
    note(f"kill everything, seed {SEED + number}: {acknowledged - before} acknowledged; in all {acknowledged} acknowledged, {unknown} of unknown fate, "
         f"{refused} refused; {records} records, each in its place")


@pytest.mark.long
def test_a_hundred_rounds_more(own_cluster, loaded):
    for number in range(10, 110):
        round_of(own_cluster, loaded, random.Random(SEED + number))


def test_accounts_and_cursors_survive_too(own_cluster, own_town):
    ann, bob = own_town.newcomer(), own_town.newcomer("bob")
    tablet = own_town.device(ann, "tablet")
    ann.call("user.update", name="Ann", about="about")
    ann.call("user.status", state="busy", text="do not disturb")
    for i in range(5):
        ann.call("message.send", to=bob.user, body=f"line {i}", id=str(i))
    where = ann.call("message.history", **{"with": bob.user})["conversation"]
    bob.call("message.received", conversation=where, seq=4)
    bob.call("message.read", conversation=where, seq=3)
    bob.call("message.mute", conversation=where, until_ms=4_000_000_000_000)
    ann.call("message.edit", conversation=where, seq=1, body="line 0, edited")
    ann.call("message.recall", conversation=where, seq=2)
    ann.call("user.password", old="correct horse", new="battery staple")
    before = (ann.history(where), bob.call("message.sync", previews=True), ann.call("message.receipts", conversation=where, seq=4))
    own_cluster.kill()
    own_cluster.up()
    ann, bob = own_town.back(ann), own_town.back(bob)
    assert (ann.history(where), bob.call("message.sync", previews=True), ann.call("message.receipts", conversation=where, seq=4)) == before
    profile = ann.call("user.profile")
    assert (profile["name"], profile["about"], profile["state"], profile["text"]) == ("Ann", "about", "busy", "do not disturb")
    stranger = own_town.stranger()
    assert stranger.login(ann.user, "battery staple")
    assert [s["session"] for s in ann.call("user.sessions")["sessions"]].count(tablet.session) == 0  # Ended by the password change.
