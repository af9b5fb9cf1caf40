"""friend.*: requests, friends, blocks, presence; what they mean for writing; and that both sides agree whatever dies meanwhile."""

import random
import threading
import time

import pytest

from conftest import Town
from parleytest import cluster, load
from parleytest.client import Disconnected, Rejected, code_of, direct, patiently


def befriend(one, other):
    one.call("friend.request", user=other.user)
    other.call("friend.accept", user=one.user)
    one.push("friend.accepted", user=other.user)


def friends_of(person):
    return [f["user"] for f in person.pages("friend.list", "friends", limit=200)]


def entry(person, friend):
    return next(f for f in person.pages("friend.list", "friends") if f["user"] == friend.user)


def names(entries):
    return [e["user"] for e in entries]


def incoming(person):
    return names(person.call("friend.requests")["incoming"])


def outgoing(person):
    return names(person.call("friend.requests")["outgoing"])


def blocked(person):
    return names(person.call("friend.blocked")["users"])


def told_so_far(person, by):
    """The friend.* pushes to `person` that nobody has taken yet, before a message that is sent now."""
    end = f"the end {random.random()}"
    by.call("message.send", to=person.user, body=end, id=end)
    before, _ = person.pushes_until("message.new", body=end)
    return [p.method for p in before if p.method.startswith("friend.")]


# --- what the methods do -------------------------------------------------------------------------------------------------------------------


def test_asking_and_accepting(town):
    ann, bob = town.newcomer(), town.newcomer("bob")
    tablet = town.device(bob, "tablet")
    assert ann.call("friend.request", user=bob.user, note="it's me") == {"state": "requested"}
    for device in (bob, tablet):
        assert dict(device.push("friend.requested")) == {"user": ann.user, "note": "it's me"}
    (asked,) = bob.call("friend.requests")["incoming"]
    assert (asked["user"], asked["note"]) == (ann.user, "it's me")
    assert ann.call("friend.requests") == {"incoming": [], "outgoing": [{**asked, "user": bob.user}]}
    assert bob.call("friend.accept", user=ann.user) == {}
    assert dict(ann.push("friend.accepted")) == {"user": bob.user}
    assert dict(tablet.push("friend.accepted")) == {"user": ann.user}
    assert friends_of(ann) == [bob.user] and friends_of(bob) == [ann.user] and friends_of(tablet) == [ann.user]
    assert incoming(bob) == outgoing(ann) == []
    assert entry(ann, bob)["since_ms"] == entry(bob, ann)["since_ms"]
    assert told_so_far(bob, ann) == []  # The connection that accepted was answered.
    assert ann.call("friend.request", user=bob.user) == {"state": "accepted"}


def test_asking_back_accepts(town):
    ann, bob = town.newcomer(), town.newcomer("bob")
    ann.call("friend.request", user=bob.user)
    assert bob.call("friend.request", user=ann.user) == {"state": "accepted"}
    assert friends_of(ann) == [bob.user] and friends_of(bob) == [ann.user]


def test_declining_cancelling_and_removing(town):
    ann, bob = town.newcomer(), town.newcomer("bob")
    tablet = town.device(ann, "tablet")
    ann.call("friend.request", user=bob.user)
    bob.push("friend.requested")
    assert bob.call("friend.decline", user=ann.user) == {}
    assert incoming(bob) == outgoing(ann) == []
    ann.call("friend.request", user=bob.user)
    assert ann.call("friend.cancel", user=bob.user) == {}
    assert dict(bob.push("friend.cancelled")) == {"user": ann.user}
    assert told_so_far(ann, bob) == told_so_far(tablet, bob) == []  # Neither the decline nor one's own cancelling.
    befriend(ann, bob)
    tablet.push("friend.accepted")
    assert ann.call("friend.remove", user=bob.user) == {}
    assert dict(bob.push("friend.removed")) == {"user": ann.user}
    assert dict(tablet.push("friend.removed")) == {"user": bob.user}
    assert friends_of(ann) == friends_of(bob) == []
    assert told_so_far(ann, bob) == []


def test_blocking_ends_and_forbids_both_ways(town):
    ann, bob = town.newcomer(), town.newcomer("bob")
    befriend(ann, bob)
    ann.call("message.send", to=bob.user, body="hello", id="1")
    bob.call("message.send", to=ann.user, body="hello", id="1")
    where = direct(ann, bob)
    assert ann.call("friend.block", user=bob.user) == {}
    assert dict(bob.push("friend.removed")) == {"user": ann.user}
    assert friends_of(ann) == friends_of(bob) == [] and blocked(ann) == [bob.user] and blocked(bob) == []
    for one, other, seq in ((ann, bob, 1), (bob, ann, 2)):
        assert code_of(one.call, "message.send", to=other.user, body="no", id="2") == "forbidden"
        assert code_of(one.call, "message.typing", to=other.user, on=True) == "forbidden"
        assert code_of(one.call, "message.edit", conversation=where, seq=seq, body="no") == "forbidden"
        assert code_of(one.call, "message.react", conversation=where, seq=seq, emoji="+", on=True) == "forbidden"
        assert code_of(one.call, "friend.request", user=other.user) == "forbidden"
        assert code_of(one.call, "friend.accept", user=other.user) == "not_found"
        assert len(one.history(where)) >= 2  # What was written stays to be read,
    assert ann.call("message.recall", conversation=where, seq=1)["seq"] == 3  # and to be taken back.
    bob.call("friend.unblock", user=ann.user)  # Not his to lift.
    assert code_of(bob.call, "message.send", to=ann.user, body="no", id="3") == "forbidden"
    assert ann.call("friend.unblock", user=bob.user) == {}
    assert bob.call("message.send", to=ann.user, body="yes", id="4")["seq"] == 4
    assert bob.call("friend.request", user=ann.user) == {"state": "requested"}


def test_a_block_by_who_was_asked_tells_no_more_than_a_decline(town):
    ann, bob = town.newcomer(), town.newcomer("bob")
    tablet = town.device(ann, "tablet")
    ann.call("friend.request", user=bob.user)
    bob.call("friend.block", user=ann.user)
    assert outgoing(ann) == []
    ann.call("message.send", to=ann.user, body="the end", id="1")
    assert [p.method for p in tablet.pushes_until("message.new")[0]] == []


def test_aliases(town):
    ann, bob = town.newcomer(), town.newcomer("bob")
    assert code_of(ann.call, "friend.alias", user=bob.user, alias="Bobby") == "not_found"
    befriend(ann, bob)
    assert ann.call("friend.alias", user=bob.user, alias="Bobby") == {}
    assert entry(ann, bob)["alias"] == "Bobby" and "alias" not in entry(bob, ann)
    ann.call("friend.alias", user=bob.user, alias="")
    assert "alias" not in entry(ann, bob)


def test_what_is_so_already_succeeds_quietly(town):
    ann, bob, cleo = town.newcomer(), town.newcomer("bob"), town.newcomer("cleo")
    for _ in range(2):
        assert ann.call("friend.request", user=bob.user) == {"state": "requested"}
    for _ in range(2):
        assert bob.call("friend.accept", user=ann.user) == {}
    assert ann.call("friend.accept", user=bob.user) == {}
    for _ in range(2):
        assert ann.call("friend.remove", user=bob.user) == {}
    assert ann.call("friend.remove", user=cleo.user) == ann.call("friend.unblock", user=cleo.user) == {}
    for _ in range(2):
        assert ann.call("friend.block", user=bob.user) == {}
    for _ in range(2):
        assert ann.call("friend.unblock", user=bob.user) == {}
    assert told_so_far(bob, ann) == ["friend.requested", "friend.removed"]


def test_requests_that_are_not_there(town):
    ann, bob = town.newcomer(), town.newcomer("bob")
    for method in ("friend.accept", "friend.decline", "friend.cancel"):
        assert code_of(ann.call, method, user=bob.user) == "not_found"
    ann.call("friend.request", user=bob.user)
    assert code_of(ann.call, "friend.accept", user=bob.user) == "not_found"
    assert code_of(ann.call, "friend.decline", user=bob.user) == "not_found"
    assert code_of(bob.call, "friend.cancel", user=ann.user) == "not_found"


WITH_USER = ("friend.request", "friend.accept", "friend.decline", "friend.cancel", "friend.remove", "friend.block", "friend.unblock")


def test_who_may_and_about_whom(town, shared_cluster):
    ann, stranger, root = town.newcomer(), town.stranger(), town.stranger()
    for method in WITH_USER:
        assert code_of(stranger.call, method, user=ann.user) == "unauthenticated"
        assert code_of(ann.call, method, user=ann.user) == "bad_request"
        assert code_of(ann.call, method, user="nobody.is.called.so") == "not_found"
        assert code_of(ann.call, method, user="Not A Handle") == "bad_request"
        assert code_of(ann.call, method, user="#group") == "bad_request"
        assert code_of(ann.call, method, user=7) == "bad_request"
        assert code_of(ann.call, method) == "bad_request"
        assert code_of(ann.call, method, user="bob", id="") == "bad_request"
        assert code_of(ann.call, method, user="bob", id="i" * 65) == "limit"
    for method in ("friend.list", "friend.requests", "friend.blocked"):
        assert code_of(stranger.call, method) == "unauthenticated"
    assert code_of(stranger.call, "friend.alias", user=ann.user, alias="a") == "unauthenticated"
    assert code_of(ann.call, "friend.alias", user=ann.user, alias="a") == "bad_request"
    assert code_of(ann.call, "friend.alias", user=ann.user) == "bad_request"
    assert code_of(ann.call, "friend.alias", user="bob", alias="a" * 65) == "limit"
    assert code_of(ann.call, "friend.request", user="bob", note="n" * 201) == "limit"
    assert code_of(ann.call, "friend.list", limit=0) == "bad_request"
    assert code_of(ann.call, "friend.list", cursor="nonsense") == "bad_request"
    # An administrator is a user like any other here, and what modules say to each other is nobody's to call.
    root.login("root", shared_cluster.root_password())
    assert root.call("friend.request", user=ann.user) == {"state": "requested"}
    assert ann.call("friend.decline", user="root") == {}
    for method in ("friend.change", "friend.listed", "friend.end", "friend.relation", "friend.user_gone", "friend.attach"):
        assert code_of(root.call, method) == "unsupported"


def test_the_same_id_is_the_same_request(town):
    ann, bob, cleo = town.newcomer(), town.newcomer("bob"), town.newcomer("cleo")
    assert ann.call("friend.request", user=bob.user, id="1") == {"state": "requested"}
    bob.call("friend.accept", user=ann.user, id="1")
    assert ann.call("friend.request", user=bob.user, id="1") == {"state": "requested"}  # As it was.
    assert code_of(ann.call, "friend.request", user=cleo.user, id="1") == "conflict"
    assert code_of(ann.call, "friend.remove", user=bob.user, id="1") == "conflict"
    ann.call("friend.remove", user=bob.user, id="2")
    assert ann.call("friend.request", user=bob.user, id="1") == {"state": "requested"}
    assert outgoing(ann) == [] and incoming(cleo) == []
    assert code_of(ann.call, "friend.decline", user=cleo.user, id="3") == "not_found"
    cleo.call("friend.request", user=ann.user)
    assert ann.call("friend.decline", user=cleo.user, id="3") == {}  # Errors are not remembered.
    tablet = town.device(ann)
    assert tablet.call("friend.decline", user=cleo.user, id="3") == {}


def test_as_a_notification_it_is_done_too(town):
    ann, bob = town.newcomer(), town.newcomer("bob")
    ann.notify("friend.request", user=bob.user)
    bob.push("friend.requested", user=ann.user)
    bob.notify("friend.accept", user=ann.user)
    ann.push("friend.accepted", user=bob.user)
    bob.push("friend.accepted", user=ann.user)  # Nothing was answered, so this connection is told as well.


def test_a_long_list_is_listed_once_page_by_page(town):
    ann = town.newcomer()
    crowd = [town.newcomer("p") for _ in range(12)]
    for person in crowd:
        befriend(ann, person)
    everybody = sorted(p.user for p in crowd)
    for limit in (1, 5, 12, 50, 1000):
        assert names(ann.pages("friend.list", "friends", limit=limit)) == everybody


def test_pipelined_requests_end_as_one_by_one(town):
    ann = town.newcomer()
    crowd = [town.newcomer("p") for _ in range(20)]
    asked = [ann.request("friend.request", user=p.user) for p in crowd]
    assert [ann.answer(msgid) for msgid in asked] == [{"state": "requested"}] * 20
    answers = [p.request("friend.accept", user=ann.user) for p in crowd]
    for person, msgid in zip(crowd, answers):
        assert person.answer(msgid) == {}
    assert friends_of(ann) == sorted(p.user for p in crowd)


# --- presence ------------------------------------------------------------------------------------------------------------------------------


def test_presence_of_friends(town):
    ann, bob, cleo = town.newcomer(), town.newcomer("bob"), town.newcomer("cleo")
    befriend(ann, bob)
    assert entry(ann, bob)["online"] is True and entry(ann, bob)["state"] == "online"
    bob.call("user.status", state="busy", text="do not disturb")
    push = ann.push("friend.presence", user=bob.user)
    assert (push["online"], push["state"], push["text"]) == (True, "busy", "do not disturb") and push["time_ms"] > 0
    assert (entry(ann, bob)["state"], entry(ann, bob)["text"]) == ("busy", "do not disturb")
    profile = ann.call("user.profile", user=bob.user)
    assert (profile["online"], profile["state"], profile["text"]) == (True, "busy", "do not disturb")
    assert "online" not in cleo.call("user.profile", user=bob.user)
    bob.call("user.logout")
    assert ann.push("friend.presence", user=bob.user)["online"] is False
    assert entry(ann, bob)["online"] is False and "state" not in entry(ann, bob)
    profile = ann.call("user.profile", user=bob.user)
    assert profile["online"] is False and profile["last_seen_ms"] > 0 and "text" not in profile
    bob.login(bob.user, bob.password)
    push = ann.push("friend.presence", user=bob.user)
    assert (push["online"], push["state"], push["text"]) == (True, "busy", "do not disturb")
    assert told_so_far(cleo, ann) == []


def test_a_reconnect_is_no_news_and_a_lost_connection_is_after_a_while(town):
    ann, bob = town.newcomer(), town.newcomer("bob")
    befriend(ann, bob)
    bob.close()
    bob = town.back(bob)
    bob.call("user.status", state="away")
    assert ann.push("friend.presence")["state"] == "away"  # The first: nobody was told of a moment's absence.
    bob.close()
    assert ann.push("friend.presence")["online"] is False


def test_who_is_no_friend_any_more_hears_nothing(town):
    ann, bob, cleo = town.newcomer(), town.newcomer("bob"), town.newcomer("cleo")
    befriend(ann, bob)
    befriend(ann, cleo)
    ann.call("friend.remove", user=bob.user)
    bob.call("user.status", state="busy")
    cleo.call("user.status", state="away")
    assert ann.push("friend.presence")["user"] == cleo.user
    assert "online" not in ann.call("user.profile", user=bob.user)


def test_every_device_hears_it(town):
    ann, bob = town.newcomer(), town.newcomer("bob")
    early = town.device(ann, "before")
    befriend(ann, bob)
    late = town.device(ann, "after")
    bob.call("user.status", state="busy")
    for device in (ann, early, late):
        assert device.push("friend.presence", user=bob.user, state="busy")


def back_elsewhere(town, person):
    """Resumes; a port that a dying process listened to as well may have given it the connection."""
    try:
        return town.back(person)
    except Disconnected:
        return None


def test_presence_with_two_frontends_and_one_of_them_killed(wide_cluster):
    town = Town(wide_cluster)
    ann = town.newcomer()
    crowd = [town.newcomer(f"c{i}-") for i in range(16)]
    for person in crowd:
        befriend(ann, person)
    for person in crowd:
        person.call("user.status", state="busy")
        ann.push("friend.presence", user=person.user, state="busy")
    wide_cluster.kill("frontend-2")
    again = {}
    for person in (ann, *crowd):
        try:
            person.call("session.ping")
        except Exception:  # Its connection died with the frontend.
            again[person.user] = patiently(lambda: back_elsewhere(town, person), what="a frontend that lives")
    ann = again.get(ann.user, ann)
    assert again
    wide_cluster.up()
    # All are back in time: whoever was told anything was told of this change first.
    for person in crowd:
        person = again.get(person.user, person)
        person.call("user.status", state="away")
        assert ann.push("friend.presence", user=person.user)["state"] == "away"
    assert all(f["online"] for f in ann.pages("friend.list", "friends"))
    town.leave()


# --- what dies ------------------------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def impatient_cluster():
    with cluster.Cluster(env={"PARLEY_PARK_MS": "1000"}) as system:
        yield system


def test_without_the_friend_module_the_rest_goes_on(impatient_cluster):
    town = Town(impatient_cluster)
    ann, bob = town.newcomer(), town.newcomer("bob")
    befriend(ann, bob)
    impatient_cluster.kill("friend-1")
    patiently(lambda: code_of(ann.call, "friend.list") == "unavailable", what="friend.* to be unavailable")
    assert code_of(ann.call, "friend.request", user=bob.user) == "unavailable"
    ann.call("message.send", to=bob.user, body="still here", id="1")
    assert bob.push("message.new")["body"] == "still here"
    town.newcomer().call("message.send", to=ann.user, body="hello", id="1")
    late = town.device(bob, "late")
    impatient_cluster.up("friend-1")
    late.push("session.resync")  # It was attached late, and told to look.
    assert friends_of(late) == [ann.user]
    ann.call("user.status", state="busy")
    assert late.push("friend.presence", user=ann.user)["state"] == "busy"
    assert bob.push("friend.presence", user=ann.user)["state"] == "busy"
    town.leave()


def test_a_frontend_that_starts_without_the_friend_module_serves_as_well(impatient_cluster):
    impatient_cluster.up()
    impatient_cluster.kill("friend-1", "frontend-1")
    impatient_cluster.up("frontend-1")
    town = Town(impatient_cluster)
    ann, bob = town.newcomer(), town.newcomer("bob")
    ann.call("message.send", to=bob.user, body="hello", id="1")
    assert bob.push("message.new")["body"] == "hello"
    impatient_cluster.up()
    ann.push("session.resync")
    bob.push("session.resync")
    befriend(ann, bob)
    town.leave()


@pytest.mark.parametrize("victim", ["friend-1", "frontend-1", "bus-1", "user-1"])
def test_friends_survive(own_cluster, own_town, victim):
    ann, bob, cleo, dan = (own_town.newcomer(name) for name in ("ann", "bob", "cleo", "dan"))
    befriend(ann, bob)
    ann.call("friend.alias", user=bob.user, alias="Bobby")
    cleo.call("friend.request", user=ann.user, note="please")
    ann.call("friend.block", user=dan.user)
    before = (entry(ann, bob), ann.call("friend.requests"), ann.call("friend.blocked"))
    own_cluster.kill(victim)
    own_cluster.up()
    if victim == "frontend-1":
        ann, bob, cleo, dan = map(own_town.back, (ann, bob, cleo, dan))
    assert (entry(ann, bob), ann.call("friend.requests"), ann.call("friend.blocked")) == before
    assert code_of(dan.call, "message.send", to=ann.user, body="no", id="1") == "forbidden"
    # And whoever has to hear of whom still does.
    bob.call("user.status", state="busy", text=victim)
    assert ann.push("friend.presence", user=bob.user, text=victim)["state"] == "busy"
    ann.call("friend.accept", user=cleo.user)
    assert cleo.push("friend.accepted", user=ann.user)


def test_a_deleted_account_is_nobodys_friend(own_town):
    ann, bob, cleo, dan, eve = (own_town.newcomer(name) for name in ("ann", "bob", "cleo", "dan", "eve"))
    befriend(ann, bob)
    bob.call("friend.request", user=cleo.user)
    dan.call("friend.request", user=bob.user)
    eve.call("friend.block", user=bob.user)
    bob.call("user.delete", password=bob.password)
    assert dict(ann.push("friend.removed")) == {"user": bob.user}
    assert friends_of(ann) == []
    cleo.push("friend.cancelled", user=bob.user)
    patiently(lambda: incoming(cleo) == outgoing(dan) == blocked(eve) == [], what="the deleted user to be gone from all lists")
    for person in (ann, cleo, dan, eve):
        assert code_of(person.call, "friend.request", user=bob.user) == "not_found"
        assert code_of(person.call, "friend.block", user=bob.user) == "not_found"


def test_only_friends_may_write_where_that_is_wanted():
    with cluster.Cluster(env={"PARLEY_DIRECT": "friends"}) as system:
        town = Town(system)
        ann, bob = town.newcomer(), town.newcomer("bob")
        assert code_of(ann.call, "message.send", to=bob.user, body="hello", id="1") == "forbidden"
        befriend(ann, bob)
        assert bob.call("message.send", to=ann.user, body="hello", id="1")["seq"] == 1
        ann.call("friend.remove", user=bob.user)
        assert code_of(bob.call, "message.send", to=ann.user, body="hello", id="2") == "forbidden"
        assert ann.call("message.send", to=ann.user, body="note", id="3")["seq"] == 1
        town.leave()


# --- kill -9 under load -----------------------------------------------------------------------------------------------------------------------


class Fickle(threading.Thread):
    """Somebody who asks, accepts, removes and blocks at random, and asks again under the same id until the end is known."""

    STEPS = ("friend.request", "friend.request", "friend.accept", "friend.accept", "friend.remove", "friend.block", "friend.unblock",
             "friend.cancel", "friend.decline")

    def __init__(self, person, seed, stop):
        super().__init__(daemon=True)
        self.person, self.stop, self.others = person, stop, []
        self.random = random.Random(f"{seed}:{person.user}")
        self.done, self.failure = 0, None

    def run(self):
        try:
            while not self.stop.is_set():
                self.do(self.random.choice(self.STEPS), self.random.choice(self.others))
        except BaseException as failure:
            self.failure = failure

    def do(self, method, user):
        self.done += 1
        deadline = time.monotonic() + 90
        while True:
            try:
                return self.person.call(method, user=user, id=f"{self.done}", patience=load.ANSWER_SECONDS)
            except Rejected as error:
                if not error.retryable:
                    assert error.code in ("not_found", "forbidden"), error
                    return None
                assert time.monotonic() < deadline, error
                self.stop.wait(0.02)


def everything_of(people):
    return {p.user: (set(friends_of(p)), set(incoming(p)), set(outgoing(p)), set(blocked(p))) for p in people}


@pytest.mark.parametrize("seed", [1, 2])
def test_both_sides_agree_whatever_is_killed(own_cluster, own_town, seed, note):
    own_cluster.up()
    chance, stop = random.Random(seed), threading.Event()
    people = [own_town.newcomer("f") for _ in range(8)]
    crowd = [Fickle(p, seed, stop) for p in people]
    for one in crowd:
        one.others = [p.user for p in people if p is not one.person]
        one.start()
    for _ in range(6):
        before = sum(one.done for one in crowd)
        patiently(lambda: sum(one.done for one in crowd) > before + 40 or any(one.failure for one in crowd), patience=60)
        victims = chance.sample(["friend-1", "user-1", "message-1"], chance.randrange(1, 4))
        own_cluster.kill(*victims)
        own_cluster.up()
    stop.set()
    for one in crowd:
        one.join(120)
        assert not one.is_alive() and one.failure is None
    state = {}

    def agreed():
        state.update(everything_of(people))
        return all((b in state[a][0]) == (a in state[b][0]) and (b in state[a][1]) == (a in state[b][2]) for a in state for b in state)

    patiently(agreed, patience=30, what="both sides' lists to agree")
    for i, one in enumerate(people):
        for other in people[:i]:
            a, b = state[one.user], state[other.user]
            is_friend, is_blocked = other.user in a[0], other.user in a[3] or one.user in b[3]
            is_asked = bool({other.user} & (a[1] | a[2]))
            assert is_friend + is_blocked + is_asked <= 1, (one.user, other.user, a, b)
            for sender, receiver in ((one, other), (other, one)):
                code = code_of(sender.call, "message.send", to=receiver.user, body="now?", id=f"last-{receiver.user}")
                assert code == ("forbidden" if is_blocked else None)
            assert ("online" in one.call("user.profile", user=other.user)) == is_friend
            assert ("online" in other.call("user.profile", user=one.user)) == is_friend
    note(f"friends under kill -9, seed {seed}: {sum(one.done for one in crowd)} steps, all pairs agree")
