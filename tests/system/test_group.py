"""group.*, and conversations of groups, over the public protocol: who may do what, what everybody sees of it, and what survives."""

import itertools
import re
import threading
import time

import pytest

from parleytest import cluster as clusters
from parleytest.client import Client, Disconnected, Rejected, code_of, patiently

FOREVER = 4_000_000_000_000
_numbers = itertools.count(1)


def name(what="group"):
    return f"#{what}{next(_numbers)}"


def say(person, group, body="hello", **more):
    return person.call("message.send", to=group, body=body, id=f"say {next(_numbers)}", **more)["seq"]


def found(owner, policy="open", **more):
    group = name()
    owner.call("group.create", group=group, policy=policy, **more)
    return group


def members(person, group):
    return {m["user"]: m["role"] for m in person.pages("group.members", "members", group=group, limit=200)}


def groups_of(person):
    return [g["group"] for g in person.pages("group.list", "groups", limit=200)]


def conversations_of(person):
    return {c["conversation"]: c for c in person.pages("message.sync", "conversations", limit=200)}


def events(records):
    return [(r["event"], r["from"], r.get("user")) for r in records if r["kind"] == "system"]


class Cast:
    """A group with somebody of each kind."""

    def __init__(self, town, policy="open"):
        self.town = town
        self.owner, self.admin, self.member = town.newcomer("own"), town.newcomer("adm"), town.newcomer("mem")
        self.below, self.peer, self.asking, self.stranger = (town.newcomer(n) for n in ("low", "peer", "ask", "str"))
        self.banned = town.newcomer("ban")
        self.nobody = town.stranger()
        self.root = town.stranger()
        self.root.login("root", town.cluster.root_password())
        self.group = found(self.owner)
        for person in (self.admin, self.member, self.below, self.peer):
            person.call("group.join", group=self.group)
        for person in (self.admin, self.peer):
            self.owner.call("group.role", group=self.group, user=person.user, role="admin")
        self.owner.call("group.kick", group=self.group, user=self.banned.user, ban=True)
        if policy != "open":
            self.owner.call("group.update", group=self.group, policy="request")
            self.asking.call("group.join", group=self.group)
            self.owner.call("group.update", group=self.group, policy=policy)


NO, NONE, ANON, OK = "forbidden", "not_found", "unauthenticated", None
#                                   nobody stranger banned member admin owner administrator of the system
MATRIX = {
    "info": (lambda c: {}, (ANON, OK, OK, OK, OK, OK, OK)),
    "members": (lambda c: {}, (ANON, NO, NO, OK, OK, OK, NO)),
    "requests": (lambda c: {}, (ANON, NO, NO, NO, OK, OK, NO)),
    "bans": (lambda c: {}, (ANON, NO, NO, NO, OK, OK, NO)),
    "update": (lambda c: {"topic": "about"}, (ANON, NO, NO, NO, OK, OK, NO)),
    "mute": (lambda c: {"user": c.below.user, "until_ms": FOREVER}, (ANON, NO, NO, NO, OK, OK, NO)),
    "mute ": (lambda c: {"user": c.peer.user, "until_ms": FOREVER}, (ANON, NO, NO, NO, NO, OK, NO)),
    "unban": (lambda c: {"user": c.stranger.user}, (ANON, NO, NO, NO, OK, OK, NO)),
    "reject": (lambda c: {"user": c.stranger.user}, (ANON, NO, NO, NO, NONE, NONE, NO)),
    "approve": (lambda c: {"user": c.stranger.user}, (ANON, NO, NO, NO, NONE, NONE, NO)),
    "role": (lambda c: {"user": c.below.user, "role": "member"}, (ANON, NO, NO, NO, NO, OK, NO)),
    "kick": (lambda c: {"user": c.owner.user}, (ANON, NO, NO, NO, NO, NO, NO)),
    "kick ": (lambda c: {"user": c.peer.user}, (ANON, NO, NO, NO, NO, OK, NO)),
    "kick  ": (lambda c: {"user": c.below.user}, (ANON, NO, NO, NO, OK, OK, NO)),
    "transfer": (lambda c: {"user": c.stranger.user}, (ANON, NO, NO, NO, NO, NONE, NO)),
    "leave": (lambda c: {}, (ANON, OK, OK, OK, OK, "conflict", OK)),
    "join": (lambda c: {}, (ANON, OK, NO, OK, OK, OK, OK)),
}


@pytest.fixture(scope="module")
def open_cast(shared_cluster):
    from conftest import Town

    town = Town(shared_cluster)
    yield Cast(town)
    town.leave()


@pytest.mark.parametrize("method", MATRIX)
def test_who_may_do_what_in_an_open_group(open_cast, method):
    cast, (arguments, expected) = open_cast, MATRIX[method]
    people = (cast.nobody, cast.stranger, cast.banned, cast.member, cast.admin, cast.owner, cast.root)
    found_codes = tuple(code_of(p.call, "group." + method.strip(), group=cast.group, **arguments(cast)) for p in people)
    assert found_codes == expected


@pytest.mark.parametrize("method", [m for m in MATRIX if m.strip() not in ("leave", "join")])
def test_who_may_know_of_a_group_for_the_invited(town, method):
    owner, stranger = town.newcomer("own"), town.newcomer("str")
    group = found(owner, "invite")
    arguments = {"user": owner.user} if method.strip() in ("mute", "unban", "reject", "approve", "role", "kick", "transfer") else {}
    arguments |= {"until_ms": 1} if method.strip() == "mute" else {"role": "member"} if method.strip() == "role" else {}
    assert code_of(stranger.call, "group." + method.strip(), group=group, **arguments) == NONE
    assert code_of(stranger.call, "group.join", group=group) == NONE
    assert code_of(stranger.call, "message.send", to=group, body="x", id="x") == NONE


# --- the life of a group ------------------------------------------------------------------------------------------------------------------

def test_a_group_from_its_beginning_to_its_end(town):
    ann, bob = town.newcomer(), town.newcomer("bob")
    group = name("life")
    info = ann.call("group.create", group=group, name="Life", topic="and everything")
    assert (info["group"], info["name"], info["topic"], info["policy"], info["owner"], info["members"], info["role"]) == (
        group, "Life", "and everything", "open", ann.user, 1, "owner")
    assert ann.push("group.joined", group=group)
    assert ann.push("message.new", conversation=group, seq=1)["event"] == "created"
    assert bob.call("group.join", group=group) == {"state": "joined"}
    assert ann.push("message.new", conversation=group, seq=2)["event"] == "joined"
    assert bob.push("message.new", conversation=group, seq=2)
    assert bob.push("group.joined", group=group)
    assert say(bob, group, "hello") == 3
    assert ann.push("message.new", conversation=group, seq=3)["body"] == "hello"
    assert say(ann, group, "welcome") == 4
    assert bob.push("message.new", conversation=group, seq=4)["body"] == "welcome"
    assert members(bob, group) == {ann.user: "owner", bob.user: "member"}
    assert group in groups_of(bob) and group in conversations_of(bob)
    assert ann.call("group.dissolve", group=group) == {}
    left = bob.push("group.left", group=group)
    assert (left["reason"], left["by"]) == ("dissolved", ann.user)
    assert bob.push("message.new", conversation=group, seq=5)["event"] == "dissolved"
    for person in (ann, bob):
        assert code_of(person.call, "group.info", group=group) == NONE
        assert code_of(person.call, "message.history", conversation=group) == NONE
        assert code_of(person.call, "message.send", to=group, body="x", id="after the end") == NONE
        assert group not in groups_of(person) and group not in conversations_of(person)
    assert code_of(bob.call, "group.create", group=group) == "exists"


def test_system_records_say_what_happened(town):
    ann, bob, carol = town.newcomer(), town.newcomer("bob"), town.newcomer("carol")
    group = found(ann, name="A name", topic="a topic")
    bob.call("group.join", group=group)
    carol.call("group.join", group=group)
    ann.call("group.role", group=group, user=bob.user, role="admin")
    ann.call("group.update", group=group, name="Another", policy="request")
    bob.call("group.mute", group=group, user=carol.user, until_ms=FOREVER)
    bob.call("group.mute", group=group, until_ms=FOREVER)
    bob.call("group.mute", group=group, until_ms=0)
    bob.call("group.kick", group=group, user=carol.user)
    ann.call("group.transfer", group=group, user=bob.user)
    ann.call("group.leave", group=group)
    records = bob.history(group)
    assert [r["seq"] for r in records] == list(range(2, 12))
    assert events(records) == [
        ("joined", bob.user, bob.user), ("joined", carol.user, carol.user), ("role", ann.user, bob.user), ("updated", ann.user, None),
        ("muted", bob.user, carol.user), ("muted", bob.user, None), ("muted", bob.user, None), ("kicked", bob.user, carol.user),
        ("transferred", ann.user, bob.user), ("left", ann.user, ann.user)]
    by_seq = {r["seq"]: r for r in records}
    assert by_seq[4]["role"] == "admin"
    assert (by_seq[5]["name"], by_seq[5]["policy"], by_seq[5].get("topic")) == ("Another", "request", None)
    assert by_seq[6]["until_ms"] == FOREVER and by_seq[8]["until_ms"] == 0


def test_members_see_nothing_from_before_they_joined(town):
    ann, bob = town.newcomer(), town.newcomer("bob")
    group = found(ann)
    say(ann, group, "before")
    bob.call("group.join", group=group)
    page = bob.call("message.history", conversation=group)
    assert (page["floor"], page["head"], [r["seq"] for r in page["messages"]], page["more"]) == (3, 3, [3], False)
    assert conversations_of(bob)[group]["floor"] == 3
    assert code_of(bob.call, "message.react", conversation=group, seq=2, emoji="+", on=True) == NONE
    assert code_of(bob.call, "message.receipts", conversation=group, seq=2) == NONE


def test_every_session_of_every_member_hears_all(town):
    ann, bob = town.newcomer(), town.newcomer("bob")
    group = found(ann)
    tablet = town.device(bob, "tablet")
    bob.call("group.join", group=group)
    late = town.device(bob, "late")  # Attached with the group on its list.
    for i in range(20):
        say(ann, group, f"line {i}")
    for device in (bob, tablet, late):
        assert [device.push("message.new", conversation=group, kind="text")["body"] for _ in range(20)] == [f"line {i}" for i in range(20)]
    phone = town.device(ann, "phone")
    seq = say(ann, group, "mine")
    assert phone.push("message.new", conversation=group, seq=seq)["id"]  # One's own devices see the id.
    assert "id" not in bob.push("message.new", conversation=group, seq=seq)


def test_who_is_out_hears_and_reads_nothing_more(town):
    ann, bob, carol = town.newcomer(), town.newcomer("bob"), town.newcomer("carol")
    group = found(ann)
    for person in (bob, carol):
        person.call("group.join", group=group)
    bob.call("group.leave", group=group)
    ann.call("group.kick", group=group, user=carol.user)
    assert bob.push("group.left", group=group)["reason"] == "left"
    assert carol.push("group.left", group=group)["reason"] == "kicked"
    for i in range(5):
        say(ann, group, "private")
    for person in (bob, carol):
        ann.call("message.send", to=person.user, body="over", id=f"over {person.user}")
        before, _ = person.pushes_until("message.new", kind="text", body="over")
        assert not [p for p in before if p.get("body") == "private"]
        for method, arguments in (("message.history", {}), ("message.read", {"seq": 1}), ("message.received", {"seq": 1}),
                                  ("message.mute", {"until_ms": 1}), ("message.receipts", {"seq": 1}), ("message.recall", {"seq": 1})):
            assert code_of(person.call, method, conversation=group, **arguments) == NONE, method
        assert code_of(person.call, "message.typing", to=group, on=True) == NONE
        assert group not in conversations_of(person) and group not in groups_of(person)


def test_asking_is_told_to_the_admins_and_answered_by_them(town):
    ann, bob, carol = town.newcomer(), town.newcomer("bob"), town.newcomer("carol")
    group = found(ann, "open")
    carol.call("group.join", group=group)
    ann.call("group.role", group=group, user=carol.user, role="admin")
    ann.call("group.update", group=group, policy="request")
    assert bob.call("group.join", group=group, note="please") == {"state": "requested"}
    for admin in (ann, carol):
        asked = admin.push("group.requested", group=group)
        assert (asked["user"], asked["note"]) == (bob.user, "please")
    assert [(u["user"], u["note"]) for u in carol.call("group.requests", group=group)["users"]] == [(bob.user, "please")]
    assert code_of(say, bob, group) == NONE
    carol.call("group.reject", group=group, user=bob.user)
    assert code_of(carol.call, "group.approve", group=group, user=bob.user) == NONE
    assert bob.call("group.join", group=group)["state"] == "requested"
    carol.call("group.approve", group=group, user=bob.user)
    assert bob.push("group.joined", group=group)["by"] == carol.user
    assert say(bob, group)


def test_an_invitation_admits_once(town):
    ann, bob = town.newcomer(), town.newcomer("bob")
    group = found(ann, "invite", name="Secret")
    assert code_of(ann.call, "group.invite", group=group, user="nobody-at-all") == NONE
    ann.call("group.invite", group=group, user=bob.user)
    assert bob.push("group.invited", group=group)["by"] == ann.user
    invitation, = bob.call("group.invitations")["groups"]
    assert (invitation["group"], invitation["name"], invitation["by"]) == (group, "Secret", ann.user)
    assert bob.call("group.info", group=group)["name"] == "Secret"
    assert code_of(bob.call, "group.members", group=group) == NO
    assert bob.call("group.join", group=group) == {"state": "joined"}
    assert bob.call("group.invitations")["groups"] == []
    bob.call("group.leave", group=group)
    assert code_of(bob.call, "group.join", group=group) == NONE


def test_who_blocks_is_not_invited_and_who_is_banned_stays_out(town):
    ann, bob = town.newcomer(), town.newcomer("bob")
    group = found(ann)
    bob.call("friend.block", user=ann.user)
    assert code_of(ann.call, "group.invite", group=group, user=bob.user) == NO
    bob.call("friend.unblock", user=ann.user)
    ann.call("group.invite", group=group, user=bob.user)
    ann.call("group.kick", group=group, user=bob.user, ban=True)
    assert bob.call("group.invitations")["groups"] == []
    assert code_of(bob.call, "group.join", group=group) == NO
    assert code_of(ann.call, "group.invite", group=group, user=bob.user) == NO


def test_a_ban_holds_until_it_is_lifted(town):
    ann, bob = town.newcomer(), town.newcomer("bob")
    group = found(ann)
    bob.call("group.join", group=group)
    ann.call("group.kick", group=group, user=bob.user, ban=True)
    assert bob.push("group.left", group=group)["reason"] == "banned"
    for policy in ("open", "request", "invite"):
        ann.call("group.update", group=group, policy=policy)
        assert code_of(bob.call, "group.join", group=group) == NO
    assert [u["user"] for u in ann.call("group.bans", group=group)["users"]] == [bob.user]
    ann.call("group.update", group=group, policy="open")
    ann.call("group.unban", group=group, user=bob.user)
    assert bob.call("group.join", group=group)["state"] == "joined"


def test_who_is_muted_is_silent(town):
    ann, bob, carol = town.newcomer(), town.newcomer("bob"), town.newcomer("carol")
    group = found(ann)
    for person in (bob, carol):
        person.call("group.join", group=group)
    ann.call("group.mute", group=group, user=bob.user, until_ms=FOREVER)
    assert code_of(say, bob, group) == NO and say(carol, group)
    assert bob.call("group.info", group=group)["muted_until_ms"] == FOREVER
    assert {m["user"]: m.get("muted_until_ms") for m in ann.call("group.members", group=group)["members"]} == {
        ann.user: None, bob.user: FOREVER, carol.user: None}
    ann.call("group.mute", group=group, until_ms=FOREVER)
    assert code_of(say, carol, group) == NO and say(ann, group)
    ann.call("group.mute", group=group, until_ms=0)
    ann.call("group.mute", group=group, user=bob.user, until_ms=0)
    assert say(carol, group) and say(bob, group)


def test_texts_of_a_group_are_edited_recalled_and_reacted_to(town):
    ann, bob = town.newcomer(), town.newcomer("bob")
    group = found(ann)
    bob.call("group.join", group=group)
    seq = say(bob, group, "first try")
    bob.call("message.edit", conversation=group, seq=seq, body="second try")
    ann.call("message.react", conversation=group, seq=seq, emoji="+", on=True)
    assert ann.push("message.new", conversation=group, kind="edit")["target"] == seq
    assert bob.push("message.new", conversation=group, kind="react")["emoji"] == "+"
    own = say(ann, group, "the owner's")
    assert code_of(bob.call, "message.recall", conversation=group, seq=own) == NO
    ann.call("message.recall", conversation=group, seq=seq)
    record = next(r for r in bob.history(group) if r["seq"] == seq)
    assert record["recalled"] and "body" not in record


def test_cursors_receipts_and_unread_of_a_group(town):
    ann, bob, carol = town.newcomer(), town.newcomer("bob"), town.newcomer("carol")
    phone = town.device(bob, "phone")
    group = found(ann)
    for person in (bob, carol):
        person.call("group.join", group=group)
    seqs = [say(p, group) for p in (ann, bob, ann, carol)]
    unread = {p.user: conversations_of(p)[group]["unread"] for p in (ann, bob, carol)}
    assert unread == {ann.user: 2, bob.user: 3, carol.user: 3}
    bob.call("message.read", conversation=group, seq=seqs[2])
    assert phone.push("message.read", conversation=group)["seq"] == seqs[2]
    assert conversations_of(bob)[group]["unread"] == 1
    carol.call("message.received", conversation=group, seq=seqs[0])
    receipts = {r["user"]: (r["received"], r["read"]) for r in ann.pages("message.receipts", "receipts", conversation=group, seq=seqs[0], limit=1)}
    assert receipts == {bob.user: (True, True), carol.user: (True, False)}
    bob.call("message.typing", to=group, on=True)
    assert ann.push("message.typing", conversation=group)["user"] == bob.user


def test_lists_and_search(town):
    ann, bob = town.newcomer(), town.newcomer("bob")
    stem = name("find")
    handles = [f"{stem}-{i:02}" for i in range(12)]
    for i, group in enumerate(handles):
        ann.call("group.create", group=group, policy="invite" if i == 5 else "request" if i == 6 else "open", name=f"number {i}")
    bob.call("group.join", group=handles[0])

    def search():
        return bob.pages("group.search", "groups", prefix=stem, limit=5)

    patiently(lambda: [g["group"] for g in search()] == [h for i, h in enumerate(handles) if i != 5], what="the search to have all")
    assert search()[0] == {"group": handles[0], "name": "number 0", "members": 2}
    assert groups_of(ann) == handles and groups_of(bob) == handles[:1]
    assert bob.call("group.list")["groups"] == [{"group": handles[0], "name": "number 0", "role": "member"}]
    assert code_of(bob.call, "group.search", prefix="no-hash") == "bad_request"


def test_what_is_so_already_is_quiet(town):
    ann, bob = town.newcomer(), town.newcomer("bob")
    group = found(ann)
    for _ in range(2):
        assert bob.call("group.join", group=group) == {"state": "joined"}
        ann.call("group.role", group=group, user=bob.user, role="admin")
        ann.call("group.mute", group=group, user=bob.user, until_ms=FOREVER)
        ann.call("group.update", group=group, topic="the same")
    for _ in range(2):
        assert bob.call("group.leave", group=group) == {}
        ann.call("group.kick", group=group, user=bob.user)
        ann.call("group.unban", group=group, user=bob.user)
    assert [e for e, _, _ in events(ann.history(group))] == ["created", "joined", "role", "muted", "updated", "left"]


def test_the_same_id_is_the_same_change(town):
    ann, bob = town.newcomer(), town.newcomer("bob")
    group = name("once")
    create = {"group": group, "topic": "t", "id": "create"}
    assert ann.call("group.create", **create) == ann.call("group.create", **create)
    assert code_of(ann.call, "group.create", **create | {"topic": "other"}) == "conflict"
    for _ in range(2):
        assert bob.call("group.join", group=group, id="join") == {"state": "joined"}
        assert bob.call("group.leave", group=group, id="leave") == {}
    assert [e for e, _, _ in events(ann.history(group))] == ["created", "joined", "left"]
    assert code_of(bob.call, "group.leave", group=group, id="join") == "conflict"
    assert ann.call("group.dissolve", group=group, id="end") == ann.call("group.dissolve", group=group, id="end") == {}


def test_a_deleted_account_leaves_its_groups_and_passes_them_on(town):
    ann, bob, carol = town.newcomer(), town.newcomer("bob"), town.newcomer("carol")
    mine, theirs = found(ann), found(carol)
    for person in (bob, carol):
        person.call("group.join", group=mine)
    ann.call("group.role", group=mine, user=carol.user, role="admin")
    ann.call("group.join", group=theirs)
    alone = found(ann)
    ann.call("user.delete", password=ann.password)
    patiently(lambda: members(bob, mine) == {bob.user: "member", carol.user: "owner"}, what="the group to pass on")
    patiently(lambda: members(carol, theirs) == {carol.user: "owner"}, what="the membership to end")
    patiently(lambda: code_of(bob.call, "group.info", group=alone) == NONE, what="the group of nobody to end")
    passed_on = [("transferred", ann.user, carol.user), ("left", ann.user, ann.user)]
    # The history is the message module's: it hears of what the group module did a moment later.
    patiently(lambda: events(bob.history(mine))[-2:] == passed_on, what="the history to tell of it")
    assert code_of(bob.call, "group.create", group=alone) == "exists"


def test_a_message_is_one_publication_and_one_event_for_each_frontend():
    from conftest import Town

    with clusters.Cluster(frontends=2) as system:
        town = Town(system)
        owner = town.newcomer("own")
        group = found(owner)
        people = [town.newcomer("mem") for _ in range(15)]
        for person in people:
            person.call("group.join", group=group)
        # Counted by a bus of its own, which knows nothing of the beginning.
        system.restart("bus-1")
        for person in (owner, *people):
            person.push("session.resync", patience=60)
        for i in range(200):
            say(owner, group, f"line {i}")
        for person in people:
            assert [person.push("message.new", conversation=group, kind="text")["body"] for _ in range(200)] == [f"line {i}" for i in range(200)]
        system.down("bus-1")
        counted = re.findall(r"So far: (.*)\.", (system.home / "log" / "bus-1.log").read_text())[-1]
        counts = {key: int(value) for key, value in (pair.split("=") for pair in counted.split())}
        # Sixteen sessions on two frontends; presence and the like may add a few.
        assert 200 <= counts["published"] <= 260
        assert 400 <= counts["events"] <= 460
        town.leave()


# --- harm ---------------------------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("how", ["restart", "kill"])
@pytest.mark.parametrize("victims", [("group-1",), ("message-1",), ("group-1", "message-1"), ("bus-1",)])
def test_groups_survive_the_end_of_their_workers(own_cluster, own_town, how, victims):
    ann, bob, carol = own_town.newcomer(), own_town.newcomer("bob"), own_town.newcomer("carol")
    group = found(ann, topic="survives")
    bob.call("group.join", group=group)
    carol.call("group.join", group=group)
    ann.call("group.role", group=group, user=bob.user, role="admin")
    ann.call("group.kick", group=group, user=carol.user, ban=True)
    seq = say(bob, group, "before")
    before = (members(ann, group), bob.history(group), ann.call("group.info", group=group), ann.call("group.bans", group=group))
    if how == "restart":
        own_cluster.restart(*victims)
    else:
        own_cluster.kill(*victims)
        own_cluster.up()
    assert (members(ann, group), bob.history(group), ann.call("group.info", group=group), ann.call("group.bans", group=group)) == before
    assert code_of(carol.call, "group.join", group=group) == NO
    bob.pushes.clear()
    assert say(ann, group, "after") == seq + 1
    assert bob.push("message.new", conversation=group, seq=seq + 1)["body"] == "after"


@pytest.fixture(scope="module")
def impatient_cluster():
    with clusters.Cluster(env={"PARLEY_PARK_MS": "1000"}) as system:
        yield system


def test_chat_goes_on_without_the_group_module(impatient_cluster):
    from conftest import Town

    town = Town(impatient_cluster)
    ann, bob = town.newcomer(), town.newcomer("bob")
    group = found(ann)
    bob.call("group.join", group=group)
    impatient_cluster.kill("group-1")
    seq = say(ann, group, "still here")
    assert bob.push("message.new", conversation=group, seq=seq)["body"] == "still here"
    phone = town.device(bob, "phone")  # Attaches without it.
    assert say(ann, group, "and here") == seq + 1
    assert phone.push("message.new", conversation=group, seq=seq + 1)
    assert group in conversations_of(phone)
    patiently(lambda: code_of(ann.call, "group.info", group=group) == "unavailable", what="group.* to be unavailable")
    assert code_of(ann.call, "group.leave", group=group) == "unavailable"
    impatient_cluster.up()
    assert ann.call("group.info", group=group)["members"] == 2
    ann.call("group.kick", group=group, user=bob.user)
    assert bob.push("group.left", group=group)
    town.leave()


class Restless:
    """One user who joins, writes in, leaves and is put out of groups, and keeps account of what was promised."""

    def __init__(self, person, groups, seed):
        import random

        self.person, self.groups, self.random = person, groups, random.Random(seed)
        self.said = {}  # (group, seq): body
        self.failure = None
        self.acts = 0

    def run(self, stop):
        try:
            while not stop.is_set():
                self.act()
        except BaseException as failure:
            self.failure = failure

    def act(self):
        group = self.random.choice(self.groups)
        choice = self.random.random()
        if choice < 0.25:
            self.insist("group.join", group=group)
        elif choice < 0.40:
            self.insist("group.leave", group=group)
        else:
            body = f"{self.person.user} {next(_numbers)}"
            sent = self.insist("message.send", to=group, body=body)
            if sent:
                self.said[group, sent["seq"]] = body
        self.acts += 1

    def insist(self, method, **arguments):
        """Until there is an answer that is final; under one id. None: refused."""
        ident = f"i{next(_numbers)}"
        while True:
            try:
                return self.person.call(method, id=ident, **arguments)
            except Rejected as error:
                if not error.retryable:
                    assert error.code in ("not_found", "forbidden", "conflict"), error
                    return None
            except (Disconnected, ConnectionError):
                self.reconnect()
            time.sleep(0.05)

    def reconnect(self):
        while True:
            try:
                again = Client(self.person.port)
                again.password = self.person.password
                again.resume(self.person.token)
                self.person = again
                return
            except (OSError, Disconnected, Rejected, ConnectionError):
                time.sleep(0.1)


def test_kill_9_while_people_come_and_go(own_town, note):
    own_cluster = own_town.cluster
    owner = Restless(own_town.newcomer("boss"), [], 0)
    groups = [found(owner.person) for _ in range(3)]
    crowd = [Restless(own_town.newcomer("res"), groups, i) for i in range(12)]
    stop = threading.Event()
    threads = [threading.Thread(target=r.run, args=(stop,)) for r in crowd]
    for thread in threads:
        thread.start()
    try:
        for victims in (("group-1",), ("message-1",), ("group-1", "message-1"), ("user-1",), ("bus-1",)):
            goal = sum(r.acts for r in crowd) + 60
            patiently(lambda: sum(r.acts for r in crowd) >= goal or any(r.failure for r in crowd), patience=60, what="the crowd to act")
            own_cluster.kill(*victims)
            revival = threading.Thread(target=own_cluster.up)
            revival.start()
            for kicked in crowd[:3]:  # Asked while nobody is there to answer.
                owner.insist("group.kick", group=groups[0], user=kicked.person.user)
                assert owner.insist("message.send", to=groups[0], body=f"after the kick {next(_numbers)}")
            revival.join()
    finally:
        stop.set()
        for thread in threads:
            thread.join(120)
    assert [r.failure for r in crowd if r.failure] == []
    boss = owner.person
    for group in groups:
        rows, records = members(boss, group), boss.history(group)
        # Members as the records say, as the lists say, as the group says, as the message module lets them read.
        said = set()
        inside = set()
        for record in records:
            if record["kind"] == "system":
                if record["event"] in ("created", "joined"):
                    assert record.get("user", record["from"]) not in inside
                    inside.add(record.get("user", record["from"]))
                elif record["event"] in ("left", "kicked"):
                    inside.remove(record["user"])
            else:
                assert record["from"] in inside, f"{record} is by nobody in the group"
                assert (record["from"], record["body"]) not in said
                said.add((record["from"], record["body"]))
        assert inside == set(rows)
        assert [r["seq"] for r in records] == list(range(1, len(records) + 1))
        for restless in crowd:
            person = restless.person
            assert (person.user in rows) == (group in groups_of(person)) == (group in conversations_of(person)) == (
                code_of(person.call, "message.history", conversation=group) is None)
            for (where, seq), body in restless.said.items():
                if where == group:
                    assert (records[seq - 1]["from"], records[seq - 1]["body"]) == (person.user, body)
    note(f"kill -9 while people come and go: {sum(r.acts for r in crowd)} acts, {sum(len(r.said) for r in crowd)} messages, each in its place")


def test_who_is_kicked_writes_nothing_after_the_answer(own_town):
    ann, bob = own_town.newcomer(), own_town.newcomer("bob")
    group = found(ann)
    for round_number in range(10):
        bob.call("group.join", group=group)
        answers = [bob.request("message.send", to=group, body=f"flood {i}", id=f"{round_number} {i}") for i in range(100)]
        ann.call("group.kick", group=group, user=bob.user)
        head = ann.call("message.history", conversation=group)["head"]
        for msgid in answers:
            try:
                assert bob.answer(msgid)["seq"] <= head
            except Rejected as error:
                assert error.code == NONE
        assert ann.call("message.history", conversation=group)["head"] == head
