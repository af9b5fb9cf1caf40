"""admin.*: bans, kicks, roles, announcements, recalls, the list of accounts, and the audit of all that."""

import threading
import time

import pytest

from conftest import Town
from parleytest import cluster, load, wire
from parleytest.client import Disconnected, Rejected, code_of, direct, patiently
from test_arguments import LIMIT, LONG_HANDLES, WRONG
from test_session import ADMIN

BAD = "bad_request"
CHANGING = ["admin.announce", "admin.ban", "admin.unban", "admin.kick", "admin.grant", "admin.ungrant", "admin.recall", "admin.drain", "admin.undrain"]


@pytest.fixture
def root(town):
    return town.root()


@pytest.fixture
def ann(town):
    return town.newcomer()


@pytest.fixture
def bob(town):
    return town.newcomer("bob")


def good_arguments(method, user):
    """What nobody but an administrator would be refused."""
    by_name = {"user": user, "reason": "because", "body": "hear", "id": "an id", "conversation": "!all", "seq": 1, "node": "frontend-1"}
    return {name: by_name[name] for name, (_, required) in ADMIN[method][1].items() if required}


def audit(root, **of):
    """The whole audit, newest first, and that it is dense where it is whole."""
    entries = root.pages("admin.audit", "entries", limit=200, **of)
    seqs = [e["seq"] for e in entries]
    assert seqs == sorted(set(seqs), reverse=True)
    if not of:
        assert seqs == list(range(len(entries), 0, -1)), "the audit is not dense"
    assert all(a["time_ms"] >= b["time_ms"] for a, b in zip(entries, entries[1:])), "time went back"
    return entries


def essence(entry):
    return entry["by"], entry["action"], entry.get("target"), entry["outcome"]


def refusal(call, *arguments, **named):
    with pytest.raises(Rejected) as refused:
        call(*arguments, **named)
    return refused.value


# --- who may ------------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ADMIN)
def test_only_administrators_may_and_every_try_is_in_the_audit(town, root, bob, ann, method):
    arguments = good_arguments(method, ann.user)
    assert code_of(town.stranger().call, method, **arguments) == "unauthenticated"
    assert code_of(bob.call, method, **arguments) == "forbidden"
    assert [essence(e) for e in audit(root, user=bob.user)] == [(bob.user, method, arguments.get("user", arguments.get("conversation", arguments.get("node"))), "forbidden")]
    assert ann.call("session.ping")  # Nothing was done.


@pytest.mark.parametrize("method, argument, values", [
    *[(m, n, [None]) for m, (_, arguments) in ADMIN.items() for n, (_, required) in arguments.items() if required],
    *[(m, n, WRONG[kind]) for m, (_, arguments) in ADMIN.items() for n, (kind, _) in arguments.items()],
    *[(m, "user", [v for v, _ in LONG_HANDLES]) for m, (_, arguments) in ADMIN.items() if "user" in arguments],
    *[(m, "id", ["", 5, b"x"]) for m in CHANGING],
    *[(m, "limit", [0, -1]) for m in ("admin.users", "admin.audit")],
    *[(m, "cursor", ["no cursor of ours"]) for m in ("admin.users", "admin.audit")],
    ("admin.users", "prefix", ["", "a"]), ("admin.announce", "body", [""]), ("admin.ban", "until_ms", [0, -1, 1000]),
    ("admin.recall", "conversation", ["", "ann", "bob~ann", "!none"]), ("admin.recall", "seq", [-1]), ("admin.drain", "node", [""])])
def test_a_wrong_argument_is_refused_and_named(root, ann, method, argument, values):
    for value in values:
        arguments = good_arguments(method, ann.user) | {argument: value}
        if value is None:
            del arguments[argument]
        refused = refusal(root.call_raw, method, [arguments])
        assert refused.code == BAD and argument in refused.message, f"{value!r}: {refused}"


@pytest.mark.parametrize("method, argument, longest", [
    ("admin.announce", "body", 16_384), ("admin.ban", "reason", 500), ("admin.ban", "id", 64), ("admin.users", "prefix", 64), ("admin.drain", "node", 128)])
def test_too_long_is_a_limit(root, ann, method, argument, longest):
    refused = refusal(root.call, method, **good_arguments(method, ann.user) | {argument: "x" * (longest + 1)})
    assert refused.code == LIMIT and argument in refused.message


@pytest.mark.parametrize("method", ["admin.ban", "admin.unban", "admin.kick", "admin.grant", "admin.ungrant"])
def test_who_is_not_there_is_not_found(town, root, method):
    nobody = town.handle("nobody")
    assert code_of(root.call, method, **good_arguments(method, nobody)) == "not_found"
    assert [essence(e) for e in audit(root, user=nobody)] == [("root", method, nobody, "not_found")]


def test_the_root_user_stays_what_it_is(town, root):
    assert code_of(root.call, "admin.ban", user="root", reason="why not") == "forbidden"
    assert code_of(root.call, "admin.ungrant", user="root") == "forbidden"
    assert code_of(root.call, "user.delete", password=root.password) == "forbidden"
    assert root.call("admin.grant", user="root") == {}
    assert town.root().call("admin.stats")


# --- bans, kicks --------------------------------------------------------------------------------------------------------------------------


def test_a_ban_ends_every_connection_and_lets_nobody_in_until_it_is_lifted(town, root, ann, bob):
    tablet = town.device(ann)
    assert root.call("admin.ban", user=ann.user, reason="spam & scam") == {}
    for device in (ann, tablet):
        assert device.wait_closed() == "banned"
        assert "spam & scam" in device.closed["message"]
    for call in (lambda: town.stranger().login(ann.user, ann.password), lambda: town.stranger().resume(tablet.token)):
        refused = refusal(call)
        assert refused.code == "forbidden" and "spam & scam" in refused.message
    assert code_of(town.stranger().login, ann.user, "wrong password") == "unauthenticated"
    assert bob.call("message.send", to=ann.user, body="for later", id="1")["seq"] == 1
    assert root.call("admin.unban", user=ann.user) == {}
    assert root.call("admin.unban", user=ann.user) == {}
    assert town.back(ann).call("message.history", **{"with": bob.user})["head"] == 1
    assert town.stranger().login(ann.user, ann.password)


def test_a_ban_says_when_it_ends_and_ends_then(town, root, ann):
    until_ms = int(time.time() * 1000) + 1500
    root.call("admin.ban", user=ann.user, reason="calm down", until_ms=until_ms)
    assert ann.wait_closed() == "banned"
    refused = refusal(town.stranger().login, ann.user, ann.password)
    assert refused.code == "forbidden" and str(until_ms) in refused.message and "calm down" in refused.message
    assert patiently(lambda: code_of(town.stranger().resume, ann.token) is None)
    assert time.time() * 1000 >= until_ms - 50
    assert [u["state"] for u in root.call("admin.users", prefix=ann.user)["users"]] == ["active"]


def test_another_ban_takes_the_place_of_the_first(town, root, ann):
    root.call("admin.ban", user=ann.user, reason="first", until_ms=int(time.time() * 1000) + 3_600_000)
    root.call("admin.ban", user=ann.user, reason="second")
    message = refusal(town.stranger().login, ann.user, ann.password).message
    assert "second" in message and "first" not in message


def test_a_kick_ends_connections_and_the_tokens_stay_good(town, root, ann, bob):
    tablet = town.device(ann)
    assert root.call("admin.kick", user=ann.user) == {}
    assert ann.wait_closed() == "kicked" and tablet.wait_closed() == "kicked"
    assert town.back(ann).call("user.profile") and town.back(tablet).call("user.profile")
    assert bob.call("session.ping")
    gone = town.newcomer("gone")
    gone.close()
    assert root.call("admin.kick", user=gone.user) == {}


# --- roles --------------------------------------------------------------------------------------------------------------------------------


def test_a_role_changes_in_open_sessions_at_once(town, root, ann):
    tablet = town.device(ann)
    assert root.call("admin.grant", user=ann.user) == {}
    for device in (ann, tablet):
        assert device.call("admin.stats")["totals"]
    assert town.stranger().login(ann.user, ann.password)["role"] == "admin"
    assert town.stranger().resume(tablet.token)["role"] == "admin"
    assert tablet.wait_closed() == "replaced"
    assert root.call("admin.ungrant", user=ann.user) == {}
    assert code_of(ann.call, "admin.stats") == "forbidden"
    assert town.stranger().login(ann.user, ann.password)["role"] == "user"
    assert root.call("admin.ungrant", user=ann.user) == {}


def test_an_administrator_may_do_what_the_root_user_may(town, root, ann, bob):
    root.call("admin.grant", user=ann.user)
    assert ann.call("admin.kick", user=bob.user) == {}
    assert bob.wait_closed() == "kicked"
    assert code_of(ann.call, "admin.ungrant", user="root") == "forbidden"
    assert ann.call("admin.ungrant", user=ann.user) == {}  # Of oneself.
    assert code_of(ann.call, "admin.grant", user=ann.user) == "forbidden"
    assert [essence(e) for e in audit(root, user=ann.user)] == [
        (ann.user, "admin.grant", ann.user, "forbidden"), (ann.user, "admin.ungrant", ann.user, "ok"), (ann.user, "admin.ungrant", "root", "forbidden"),
        (ann.user, "admin.kick", bob.user, "ok"), ("root", "admin.grant", ann.user, "ok")]


# --- ids ----------------------------------------------------------------------------------------------------------------------------------


def test_the_same_id_is_one_change_and_one_entry(root, ann):
    assert root.call("admin.ban", user=ann.user, reason="once", id=f"{ann.user}-1") == {}
    assert root.call("admin.ban", user=ann.user, reason="once", id=f"{ann.user}-1") == {}
    assert code_of(root.call, "admin.ban", user=ann.user, reason="twice", id=f"{ann.user}-1") == "conflict"
    assert code_of(root.call, "admin.kick", user=ann.user, id=f"{ann.user}-1") == "conflict"
    assert [essence(e)[1::2] for e in audit(root, user=ann.user)] == [("admin.kick", "conflict"), ("admin.ban", "conflict"), ("admin.ban", "ok")]


def test_copies_in_flight_at_once_are_one_change(root, ann):
    asked = [root.request("admin.grant", user=ann.user, id=f"{ann.user}-2") for _ in range(20)]
    assert all(root.answer(msgid) == {} for msgid in asked)
    assert len(audit(root, user=ann.user)) == 1


def test_an_id_means_one_method_also_of_the_methods_that_keep_secrets(ann):
    ann.call("user.update", name="Ann", id="1")
    assert code_of(ann.call, "user.password", old=ann.password, new="battery staple", id="1") == "conflict"
    assert code_of(ann.call, "user.delete", password=ann.password, id="1") == "conflict"
    ann.call("user.password", old=ann.password, new="battery staple", id="2")
    assert code_of(ann.call, "user.update", name="Anna", id="2") == "conflict"
    assert ann.call("user.password", old=ann.password, new="battery staple", id="2") == {}


# --- accounts -----------------------------------------------------------------------------------------------------------------------------


def test_every_account_is_listed_exactly_once(town, root):
    known = {town.newcomer(name).user for name in ("list-a", "list-b", "list-c", "other") for _ in range(3)}
    listed = [u["user"] for u in root.pages("admin.users", "users", limit=200)]
    assert len(listed) == len(set(listed)) and known | {"root"} <= set(listed)
    some = {u for u in known if u.startswith("list-")}
    for limit in (1, 4, 200):
        assert sorted(u["user"] for u in root.pages("admin.users", "users", prefix="list-", limit=limit)) == sorted(some)
    assert root.call("admin.users", prefix="list-", limit=1_000)["users"]
    assert root.call("admin.users", prefix="nobody-has-this") == {"users": []}
    cursor = root.call("admin.users", prefix="list-", limit=1)["cursor"]
    assert code_of(root.call, "admin.users", cursor=cursor) == BAD


def test_an_account_is_listed_as_it_stands(town, root, ann):
    def listed():
        users = root.call("admin.users", prefix=ann.user)["users"]
        return next(u for u in users if u["user"] == ann.user)

    ann.call("user.update", name="Ann A.")
    town.device(ann)
    assert listed() == {"user": ann.user, "name": "Ann A.", "role": "user", "state": "active", "sessions": 2,
                        "created_ms": ann.call("user.profile")["created_ms"]}
    root.call("admin.grant", user=ann.user)
    until_ms = int(time.time() * 1000) + 3_600_000
    root.call("admin.ban", user=ann.user, reason="spam", until_ms=until_ms)
    assert listed() | {"role": "admin", "state": "banned", "reason": "spam", "until_ms": until_ms} == listed()
    root.call("admin.unban", user=ann.user)
    again = town.back(ann)
    again.call("user.delete", password=ann.password)
    assert listed()["state"] == "deleted" and listed()["sessions"] == 0 and "reason" not in listed()


# --- messages -----------------------------------------------------------------------------------------------------------------------------


def test_an_announcement_reaches_everybody_and_nobody_else_may_write_there(town, root, ann, bob):
    before = ann.call("message.history", conversation="!all")["head"]
    placed = root.call("admin.announce", body="maintenance at noon", id=f"{ann.user}-3")
    assert placed == {"seq": before + 1}
    assert root.call("admin.announce", body="maintenance at noon", id=f"{ann.user}-3") == placed
    assert code_of(root.call, "admin.announce", body="something else", id=f"{ann.user}-3") == "conflict"
    for person in (ann, bob):
        push = person.push("message.new", conversation="!all", seq=placed["seq"])
        assert push["body"] == "maintenance at noon" and push["from"] == "root"
    late = town.newcomer("late")
    assert late.history("!all")[-1]["body"] == "maintenance at noon"
    assert code_of(ann.call, "message.send", to="!all", body="me too", id="1") in (BAD, "forbidden")
    entry = audit(root, user="root")[1]
    assert essence(entry)[1::2] == ("admin.announce", "ok") and entry["arguments"]["body"] == "maintenance at noon"


def test_an_administrator_takes_anyones_message_back(root, ann, bob):
    where = direct(ann, bob)
    ann.call("message.send", to=bob.user, body="something bad", id="1")
    placed = root.call("admin.recall", conversation=where, seq=1)
    assert placed == {"seq": 2}
    assert root.call("admin.recall", conversation=where, seq=1) == placed
    assert bob.push("message.new", conversation=where, kind="recall")["target"] == 1
    for person in (ann, bob):
        first = person.history(where)[0]
        assert first["recalled"] is True and "body" not in first
    assert code_of(root.call, "admin.recall", conversation=where, seq=99) == "not_found"
    assert code_of(root.call, "admin.recall", conversation=where, seq=2) == "conflict"


# --- the audit ----------------------------------------------------------------------------------------------------------------------------


def test_an_entry_says_who_did_what_to_whom_from_where(root, ann):
    before = time.time() * 1000
    root.call("admin.ban", user=ann.user, reason="spam", until_ms=int(before) + 60_000, id=f"{ann.user}-4")
    entry = audit(root)[0]
    assert entry | {"by": "root", "action": "admin.ban", "target": ann.user, "address": "127.0.0.1", "outcome": "ok"} == entry
    assert entry["arguments"] == {"user": ann.user, "reason": "spam", "until_ms": int(before) + 60_000, "id": f"{ann.user}-4"}
    assert abs(entry["time_ms"] - before) < 60_000


def test_the_audit_is_paged_newest_first_and_by_user(root, ann, bob):
    for person in (ann, bob, ann, ann):
        root.call("admin.grant", user=person.user)
    first = root.call("admin.audit", user=ann.user, limit=2)
    root.call("admin.ungrant", user=ann.user)
    second = root.call("admin.audit", user=ann.user, limit=2, cursor=first["cursor"])
    assert "cursor" not in second
    seqs = [e["seq"] for e in first["entries"] + second["entries"]]
    assert len(seqs) == 3 and seqs == sorted(seqs, reverse=True)
    assert code_of(root.call, "admin.audit", cursor=first["cursor"]) == BAD
    assert len(audit(root, user=ann.user)) == 4


def test_what_strangers_send_is_kept_small(root, bob):
    assert code_of(bob.call, "admin.ban", user="x" * 60_000, reason=["a"] * 100, until_ms=1.5, password="secret") == "forbidden"
    assert code_of(bob.call_raw, "admin.ban", [{"reason": wire.bad_text(b"\xff")}]) == "forbidden"
    strange, long = audit(root, user=bob.user)
    assert long["arguments"] == {"user": "x" * 500, "reason": "(list)", "until_ms": "(float)"}
    assert strange["arguments"] == {"reason": "(not UTF-8)"}


def test_reading_is_not_in_the_audit(root):
    before = len(audit(root))
    for method in ("admin.users", "admin.audit", "admin.nodes", "admin.slots", "admin.stats"):
        root.call(method)
    assert len(audit(root)) == before


# --- dying processes ----------------------------------------------------------------------------------------------------------------------


def test_a_ban_outlives_every_process(own_cluster, own_town):
    root, ann, bob = own_town.root(), own_town.newcomer(), own_town.newcomer("bob")
    root.call("admin.ban", user=ann.user, reason="spam")
    assert ann.wait_closed() == "banned"
    own_cluster.kill("user-1", "frontend-1")
    own_cluster.up()
    assert refusal(own_town.stranger().login, ann.user, ann.password).code == "forbidden"
    assert refusal(own_town.stranger().resume, ann.token).code == "forbidden"
    own_cluster.restart()
    assert refusal(own_town.stranger().resume, ann.token).code == "forbidden"
    assert own_town.back(bob).call("user.profile")
    root = own_town.root()
    root.call("admin.unban", user=ann.user)
    assert own_town.back(ann).call("user.profile")


def test_chatting_goes_on_without_the_admin_module(own_cluster, own_town):
    root, ann, bob = own_town.root(), own_town.newcomer(), own_town.newcomer("bob")
    own_cluster.kill("admin-1")
    parked = root.request("admin.kick", user=bob.user, id="parked")
    for i in range(20):
        ann.call("message.send", to=bob.user, body="still here", id=str(i))
        assert bob.push("message.new", seq=i + 1)
    refused = refusal(root.answer, parked, patience=30)
    assert refused.code in ("unavailable", "timeout") and refused.retryable
    assert bob.call("session.ping")
    own_cluster.up("admin-1")
    assert root.call("admin.kick", user=bob.user, id="parked") == {}
    assert bob.wait_closed() == "kicked"
    assert [essence(e)[1::2] for e in audit(root, user=bob.user)] == [("admin.kick", "ok")]


def test_what_waits_for_the_admin_module_is_done_when_it_is_back(own_cluster, own_town):
    root, bob = own_town.root(), own_town.newcomer("bob")
    own_cluster.kill("admin-1")
    parked = root.request("admin.kick", user=bob.user)
    own_cluster.up("admin-1")
    assert root.answer(parked) == {}
    assert bob.wait_closed() == "kicked"


class Administrator(threading.Thread):
    """Grants and takes back a role again and again, under ids, and keeps account of what was acknowledged."""

    def __init__(self, town, victim):
        super().__init__()
        self.client, self.victim = town.root(), victim
        self.acknowledged, self.failures, self.stop = [], [], threading.Event()

    def run(self):
        number = 0
        while not self.stop.is_set():
            number += 1
            method, id = ("admin.grant", "admin.ungrant")[number % 2], f"{self.victim}-{number}"
            try:
                while True:
                    try:
                        self.client.call(method, patience=60, user=self.victim, id=id)
                        break
                    except Rejected as refused:
                        if not refused.retryable:
                            raise
                self.acknowledged.append((method, id))
            except Exception as failure:
                self.failures.append(failure)
                return


@pytest.mark.parametrize("victims", [["admin-1"], ["admin-1", "user-1"], ["bus-1"]], ids=str)
def test_the_audit_is_complete_whatever_is_killed(own_cluster, own_town, victims):
    admins = [Administrator(own_town, own_town.newcomer(f"v{i}-").user) for i in range(4)]
    for admin in admins:
        admin.start()
    try:
        for _ in range(3):
            done = sum(len(a.acknowledged) for a in admins)
            patiently(lambda: sum(len(a.acknowledged) for a in admins) >= done + 40 or any(a.failures for a in admins), patience=60)
            own_cluster.kill(*victims)
            own_cluster.up()
        done = sum(len(a.acknowledged) for a in admins)
        patiently(lambda: sum(len(a.acknowledged) for a in admins) >= done + 40 or any(a.failures for a in admins), patience=60)
    finally:
        for admin in admins:
            admin.stop.set()
        for admin in admins:
            admin.join()
    assert [f for a in admins for f in a.failures] == []
    root = own_town.root()
    audit(root)  # Dense.
    for admin in admins:
        entries = audit(root, user=admin.victim)
        done = [(e["action"], e["arguments"]["id"]) for e in reversed(entries) if e["outcome"] == "ok"]
        assert done == admin.acknowledged, "each acknowledged change is there once, in order"
        for entry in entries:
            assert entry["outcome"] in ("ok", "timeout", "unavailable", "overloaded"), entry
        expected = {"admin.grant": "admin", "admin.ungrant": "user"}[admin.acknowledged[-1][0]]
        assert root.call("admin.users", prefix=admin.victim)["users"][0]["role"] == expected
