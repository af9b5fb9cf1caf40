"""message.*: sending, reading, cursors, changes to what was said."""

import time

import pytest

from parleytest import check
from parleytest.client import code_of, direct, patiently

SECRET = "the body that has to vanish"


@pytest.fixture
def ann(town):
    return town.newcomer()


@pytest.fixture
def bob(town):
    return town.newcomer("bob")


@pytest.fixture
def eve(town):
    return town.newcomer("eve")


def say(sender, receiver, *bodies, **more):
    """Sends each body; returns the last result."""
    for body in bodies:
        say.count = getattr(say, "count", 0) + 1
        result = sender.call("message.send", to=receiver.user, body=body, id=f"say-{say.count}", **more)
    return result


def sync_of(person, conversation, **more):
    return next((c for c in person.pages("message.sync", "conversations", **more) if c["conversation"] == conversation), None)


# --- sending ------------------------------------------------------------------------------------------------------------------------------


def test_sequences_are_dense_and_both_sides_read_the_same(ann, bob):
    for i in range(10):
        say(*((ann, bob) if i % 3 else (bob, ann)), f"line {i}")
    records = ann.history(direct(ann, bob))
    check.dense(records)
    assert [r["body"] for r in records] == [f"line {i}" for i in range(10)]
    strip = [{k: v for k, v in r.items() if k != "id"} for r in records]
    assert [{k: v for k, v in r.items() if k != "id"} for r in bob.history(direct(ann, bob))] == strip
    assert all(abs(r["time_ms"] - time.time() * 1000) < 60_000 for r in records)


def test_a_record_carries_what_was_sent(ann, bob):
    say(ann, bob, "first")
    seq = say(ann, bob, "zweite 🙂 \x00 \n", kind="poem", reply_to=1, mentions=[bob.user, "somebody.else"])["seq"]
    record = bob.push("message.new", seq=seq)
    assert (record["kind"], record["body"], record["reply_to"], record["mentions"]) == ("poem", "zweite 🙂 \x00 \n", 1, [bob.user, "somebody.else"])
    assert bob.history(direct(ann, bob))[1] == {k: v for k, v in record.items() if k != "head"}
    plain = bob.history(direct(ann, bob))[0]
    assert set(plain) == {"conversation", "seq", "from", "time_ms", "kind", "body"} and plain["kind"] == "text"


def test_reply_to_must_exist(ann, bob):
    say(ann, bob, "first")
    for seq in (0, 2, 1 << 40):
        assert code_of(ann.call, "message.send", to=bob.user, body="x", id="r", reply_to=seq) in ("not_found", "bad_request"), seq
    assert len(ann.history(direct(ann, bob))) == 1
    assert ann.call("message.send", to=bob.user, body="x", id="r", reply_to=1)["seq"] == 2  # Errors are not remembered.


def test_a_notebook_of_ones_own(ann, town):
    other = town.device(ann)
    assert say(ann, ann, "note to self")["conversation"] == f"{ann.user}~{ann.user}"
    push = other.push("message.new")
    assert push["body"] == "note to self" and push["from"] == ann.user
    assert sync_of(ann, f"{ann.user}~{ann.user}")["unread"] == 0


def listed_of(person, **more):
    """All of a person's conversations but the announcements, which everybody has once there are any."""
    return [c for c in person.pages("message.sync", "conversations", **more) if c["conversation"] != "!all"]


def test_nobody_to_write_to(ann):
    assert code_of(ann.call, "message.send", to="nobody.at.all", body="hello?", id="1") == "not_found"
    assert listed_of(ann) == []


def test_nobody_writes_to_the_deleted(ann, bob):
    say(bob, ann, "before")
    bob.call("user.delete", password=bob.password)
    assert patiently(lambda: code_of(ann.call, "message.send", to=bob.user, body="after", id=f"after-{time.time()}")) == "not_found"


# --- history ------------------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def long_talk(ann, bob):
    """225 messages; returns the conversation."""
    asked = [ann.request("message.send", to=bob.user, body=f"line {i}", id=f"line {i}") for i in range(1, 226)]
    for msgid in asked:
        ann.answer(msgid)
    return direct(ann, bob)


def seqs(page):
    return [r["seq"] for r in page["messages"]]


def test_history_pages(ann, bob, long_talk):
    newest = bob.call("message.history", conversation=long_talk)
    assert seqs(newest) == list(range(176, 226)) and (newest["head"], newest["floor"], newest["more"]) == (225, 1, True)
    assert newest["conversation"] == long_talk
    assert seqs(bob.call("message.history", conversation=long_talk, limit=1000)) == list(range(26, 226))  # 200 at most.
    oldest = bob.call("message.history", conversation=long_talk, after=0, limit=10)
    assert seqs(oldest) == list(range(1, 11)) and oldest["more"] is True
    last = bob.call("message.history", conversation=long_talk, after=220)
    assert seqs(last) == list(range(221, 226)) and last["more"] is False
    older = bob.call("message.history", conversation=long_talk, before=176, limit=20)
    assert seqs(older) == list(range(156, 176)) and older["more"] is True
    first = bob.call("message.history", conversation=long_talk, before=6)
    assert seqs(first) == [1, 2, 3, 4, 5] and first["more"] is False
    between = bob.call("message.history", conversation=long_talk, after=100, before=104)
    assert seqs(between) == [101, 102, 103] and between["more"] is False
    cut = bob.call("message.history", conversation=long_talk, after=100, before=200, limit=5)
    assert seqs(cut) == list(range(101, 106)) and cut["more"] is True
    assert seqs(bob.call("message.history", conversation=long_talk, after=225)) == []
    assert seqs(bob.call("message.history", conversation=long_talk, after=9999)) == []
    assert seqs(bob.call("message.history", conversation=long_talk, before=1)) == []
    assert bob.call("message.history", **{"with": ann.user}) == newest


def test_history_backwards_meets_history_forwards(ann, bob, long_talk):
    backwards, before = [], None
    while True:
        page = bob.call("message.history", conversation=long_talk, limit=30, **({"before": before} if before else {}))
        backwards = page["messages"] + backwards
        if not page["more"]:
            break
        before = backwards[0]["seq"]
    assert backwards == bob.history(long_talk)
    check.dense(backwards, head=225)


def test_history_of_a_pair_that_never_wrote_is_empty(ann, bob):
    for arguments in ({"conversation": direct(ann, bob)}, {"with": bob.user}):
        page = ann.call("message.history", **arguments)
        assert (page["messages"], page["head"], page["floor"], page["more"], page["conversation"]) == ([], 0, 1, False, direct(ann, bob))


def test_history_wants_one_of_conversation_and_with(ann, bob):
    assert code_of(ann.call, "message.history") == "bad_request"
    other = "zoe~zora"
    assert code_of(ann.call, "message.history", conversation=other, **{"with": bob.user}) == "bad_request"


def test_anothers_conversation_is_not_found(ann, bob, eve):
    say(ann, bob, "between us")
    where = direct(ann, bob)
    for method, arguments in {
        "message.history": {}, "message.received": {"seq": 1}, "message.read": {"seq": 1}, "message.receipts": {"seq": 1},
        "message.edit": {"seq": 1, "body": "x"}, "message.recall": {"seq": 1}, "message.react": {"seq": 1, "emoji": "+", "on": True},
        "message.mute": {"until_ms": 0},
    }.items():
        assert code_of(eve.call, method, conversation=where, **arguments) == "not_found", method
    assert len(ann.history(where)) == 1


# --- sync, cursors, receipts --------------------------------------------------------------------------------------------------------------


def test_sync_lists_all_conversations_of_the_caller_once(town, ann):
    friends = [town.stranger() for _ in range(12)]
    for i, friend in enumerate(friends):
        user = town.handle(f"friend{i}-")
        friend.register(user, "correct horse")
        friend.login(user, "correct horse")
        say(*((ann, friend) if i % 2 else (friend, ann)), "hello", "again")
    expected = {direct(ann, friend) for friend in friends}
    for limit in (1, 5, 12, 200):
        listed = listed_of(ann, limit=limit)
        assert len(listed) == 12 and {c["conversation"] for c in listed} == expected, limit
    for item in listed_of(ann):
        assert (item["head"], item["floor"]) == (2, 1) and "last" not in item and "muted_until_ms" not in item
    for item in listed_of(ann, previews=True, limit=7):
        assert item["last"]["seq"] == 2 and item["last"]["body"] == "again" and item["last"]["conversation"] == item["conversation"]


def test_sync_of_who_never_wrote_is_empty(ann):
    assert listed_of(ann) == []


def test_both_sides_see_a_new_conversation_at_once(ann, bob):
    for i in range(20):
        other = (ann, bob) if i % 2 else (bob, ann)
        say(*other, f"{i}")
        for person in (ann, bob):
            assert sync_of(person, direct(ann, bob))["head"] == i + 1


def test_unread_counts_others_messages_above_the_read_cursor(ann, bob):
    where = direct(ann, bob)
    say(ann, bob, "1", "2", "3")
    say(bob, ann, "4")
    ann.call("message.edit", conversation=where, seq=1, body="one")
    ann.call("message.react", conversation=where, seq=4, emoji="+", on=True)
    assert (sync_of(bob, where)["unread"], sync_of(ann, where)["unread"]) == (3, 1)
    bob.call("message.read", conversation=where, seq=2)
    assert sync_of(bob, where)["unread"] == 1
    say(ann, bob, "a kind of my own", kind="poem")
    assert sync_of(bob, where)["unread"] == 2
    bob.call("message.read", conversation=where, seq=1 << 40)
    item = sync_of(bob, where)
    assert (item["unread"], item["read"], item["received"]) == (0, item["head"], item["head"])


def test_unread_stops_at_a_hundred(ann, bob, long_talk):
    assert sync_of(bob, long_talk)["unread"] == 100
    bob.call("message.read", conversation=long_talk, seq=200)
    assert sync_of(bob, long_talk)["unread"] == 25


def test_cursors_never_go_back_are_cut_to_head_and_read_implies_received(ann, bob):
    where = direct(ann, bob)
    say(ann, bob, "1", "2", "3", "4")

    def cursors():
        item = sync_of(bob, where)
        return item["received"], item["read"]

    assert cursors() == (0, 0)
    for method, seq, expected in (("received", 2, (2, 0)), ("received", 1, (2, 0)), ("read", 1, (2, 1)), ("read", 3, (3, 3)), ("read", 2, (3, 3)),
                                  ("received", 1, (3, 3)), ("received", 99, (4, 3)), ("read", 99, (4, 4))):
        bob.call(f"message.{method}", conversation=where, seq=seq)
        assert cursors() == expected, (method, seq)


def test_receipts_tell_how_far_the_other_is(ann, bob):
    where = direct(ann, bob)
    say(ann, bob, "1", "2", "3")
    bob.call("message.received", conversation=where, seq=2)
    bob.call("message.read", conversation=where, seq=1)
    for seq, received, read in ((1, True, True), (2, True, False), (3, False, False)):
        assert ann.call("message.receipts", conversation=where, seq=seq) == {"receipts": [{"user": bob.user, "received": received, "read": read}]}
    for seq in (0, 4):
        assert code_of(ann.call, "message.receipts", conversation=where, seq=seq) in ("not_found", "bad_request")


def test_mute(ann, bob):
    where = direct(ann, bob)
    say(ann, bob, "1")
    until = int(time.time() * 1000) + 3_600_000
    assert bob.call("message.mute", conversation=where, until_ms=until) == {}
    assert sync_of(bob, where)["muted_until_ms"] == until and "muted_until_ms" not in sync_of(ann, where)
    bob.call("message.mute", conversation=where, until_ms=0)
    assert "muted_until_ms" not in sync_of(bob, where)


# --- edit, recall, react ------------------------------------------------------------------------------------------------------------------


def test_edit(ann, bob):
    where = direct(ann, bob)
    say(ann, bob, "helo")
    assert ann.call("message.edit", conversation=where, seq=1, body="hello") == {"seq": 2}
    push = bob.push("message.new", kind="edit")
    assert (push["target"], push["body"], push["seq"], push["from"]) == (1, "hello", 2, ann.user)
    original, edit = bob.history(where)
    assert original["body"] == "hello" and original["edited_ms"] >= original["time_ms"] and original["kind"] == "text"
    assert (edit["kind"], edit["target"], edit["body"]) == ("edit", 1, "hello")
    ann.call("message.edit", conversation=where, seq=1, body="hello!")
    assert bob.history(where)[0]["body"] == "hello!"


def test_edit_of_what_may_not_be_edited(ann, bob):
    where = direct(ann, bob)
    say(ann, bob, "mine", "mine too")
    ann.call("message.edit", conversation=where, seq=1, body="edited")  # 3
    ann.call("message.react", conversation=where, seq=1, emoji="+", on=True)  # 4
    ann.call("message.recall", conversation=where, seq=2)  # 5
    assert code_of(bob.call, "message.edit", conversation=where, seq=1, body="x") == "forbidden"
    for seq in (2, 3, 4, 5):
        assert code_of(ann.call, "message.edit", conversation=where, seq=seq, body="x") == "conflict", seq
    for seq in (6, 1 << 40):
        assert code_of(ann.call, "message.edit", conversation=where, seq=seq, body="x") == "not_found", seq
    assert len(ann.history(where)) == 5


def everything_said(person, town, conversation):
    """All that a client can read of a conversation, in one text."""
    fresh = town.device(person)
    newest = fresh.call("message.history", conversation=conversation, limit=200)
    return repr([fresh.history(conversation), newest, fresh.pages("message.sync", "conversations", previews=True), list(fresh.pushes)])


def test_recall_leaves_no_body_anywhere(ann, bob, town):
    where = direct(ann, bob)
    say(ann, bob, SECRET, kind="poem", mentions=[bob.user])
    ann.call("message.edit", conversation=where, seq=1, body=SECRET + ", edited")
    ann.call("message.edit", conversation=where, seq=1, body=SECRET + ", edited again")
    say(bob, ann, "an answer", reply_to=1)
    assert SECRET in everything_said(bob, town, where)
    assert ann.call("message.recall", conversation=where, seq=1) == {"seq": 5}
    push = bob.push("message.new", kind="recall")
    assert push["target"] == 1 and "body" not in push
    for person in (ann, bob):
        assert SECRET not in everything_said(person, town, where)
    first, *_ = bob.history(where)
    assert first["recalled"] is True and "body" not in first and (first["seq"], first["from"]) == (1, ann.user)
    check.dense(bob.history(where), head=5)


def test_recall_of_the_last_message_empties_the_preview(ann, bob, town):
    where = direct(ann, bob)
    say(ann, bob, SECRET)
    ann.call("message.recall", conversation=where, seq=1)
    for person in (ann, bob):
        assert SECRET not in everything_said(person, town, where)


def test_an_edit_record_as_last_loses_its_body_too(ann, bob, town):
    where = direct(ann, bob)
    say(ann, bob, "harmless")
    ann.call("message.edit", conversation=where, seq=1, body=SECRET)
    ann.call("message.recall", conversation=where, seq=1)
    assert SECRET not in everything_said(bob, town, where)
    edit = bob.history(where)[1]
    assert edit["kind"] == "edit" and "body" not in edit


def test_recall_of_what_may_not_be_recalled(ann, bob):
    where = direct(ann, bob)
    say(ann, bob, "mine")
    ann.call("message.react", conversation=where, seq=1, emoji="+", on=True)
    assert code_of(bob.call, "message.recall", conversation=where, seq=1) == "forbidden"
    assert code_of(ann.call, "message.recall", conversation=where, seq=2) == "conflict"
    assert code_of(ann.call, "message.recall", conversation=where, seq=3) == "not_found"


def test_recall_twice_records_one(ann, bob):
    where = direct(ann, bob)
    say(ann, bob, "mine")
    ann.call("message.recall", conversation=where, seq=1)
    assert code_of(ann.call, "message.recall", conversation=where, seq=1) in (None, "conflict")
    assert len(ann.history(where)) == 2


def test_reactions_are_recorded_when_they_change_something(ann, bob):
    where = direct(ann, bob)
    say(ann, bob, "what do you think?")

    def react(person, emoji, on):
        return person.call("message.react", conversation=where, seq=1, emoji=emoji, on=on)

    assert react(bob, "👍", True) == {"seq": 2}
    push = ann.push("message.new", kind="react")
    assert (push["target"], push["emoji"], push["on"], push["from"]) == (1, "👍", True, bob.user)
    assert "seq" not in react(bob, "👍", True)
    assert react(ann, "👍", True) == {"seq": 3}  # Each person's own.
    assert react(bob, "🎉", True) == {"seq": 4}
    assert react(bob, "👍", False) == {"seq": 5}
    assert "seq" not in react(bob, "👍", False)
    assert "seq" not in react(bob, "never", False)
    assert [(r["from"], r["emoji"], r["on"]) for r in ann.history(where)[1:]] == [
        (bob.user, "👍", True), (ann.user, "👍", True), (bob.user, "🎉", True), (bob.user, "👍", False)]


def test_reactions_to_what_is_no_message(ann, bob):
    where = direct(ann, bob)
    say(ann, bob, "x")
    ann.call("message.edit", conversation=where, seq=1, body="y")
    assert code_of(bob.call, "message.react", conversation=where, seq=2, emoji="+", on=True) == "conflict"
    assert code_of(bob.call, "message.react", conversation=where, seq=9, emoji="+", on=True) == "not_found"


def test_a_reply_to_the_recalled_keeps_its_place(ann, bob):
    where = direct(ann, bob)
    say(ann, bob, SECRET)
    say(bob, ann, "what?", reply_to=1)
    ann.call("message.recall", conversation=where, seq=1)
    assert bob.history(where)[1]["reply_to"] == 1


# --- offline and return -------------------------------------------------------------------------------------------------------------------


def test_who_comes_back_sees_exactly_what_was_missed(ann, bob, town):
    where = direct(ann, bob)
    say(ann, bob, "seen")
    seen = bob.push("message.new")["seq"]
    bob.call("message.read", conversation=where, seq=seen)
    bob.close()
    say(ann, bob, "missed 1", "missed 2", "missed 3")
    again = town.back(bob)
    item = sync_of(again, where, previews=True)
    assert (item["head"], item["read"], item["unread"], item["last"]["body"]) == (4, 1, 3, "missed 3")
    assert [r["body"] for r in again.history(where, after=item["read"])] == ["missed 1", "missed 2", "missed 3"]
    say(ann, bob, "live again")
    assert again.push("message.new")["body"] == "live again"


def test_nothing_falls_between_sync_and_push(ann, bob, town):
    """While one writes without a pause, the other comes back again and again; sync, history and pushes together have no hole."""
    where = direct(ann, bob)
    have = []
    for round_ in range(8):
        asked = [ann.request("message.send", to=bob.user, body="x", id=f"{round_}-{i}") for i in range(30)]
        again = town.back(bob)
        item = sync_of(again, where)
        if item and item["head"] > len(have):
            have += again.history(where, after=len(have))
        for msgid in asked:
            ann.answer(msgid)
        goal = 30 * (round_ + 1)
        while len(have) < goal:
            push = again.push("message.new")
            assert push["seq"] <= len(have) + 1, "a gap after sync"
            have += [push] * (push["seq"] == len(have) + 1)
        again.close()
    assert [r["seq"] for r in have] == list(range(1, 241))


def test_a_client_that_does_not_read_is_told_to_resync_and_misses_nothing(ann, bob, town):
    where, total = direct(ann, bob), 1200
    slow = town.stranger(receive_buffer=4096)
    slow.login(bob.user, bob.password)
    bob.close()
    asked = []
    for i in range(total):
        asked.append(ann.request("message.send", to=bob.user, body="x" * 16_000, id=str(i)))
        if len(asked) > 100:
            ann.answer(asked.pop(0))
    for msgid in asked:
        ann.answer(msgid)
    slow.push("session.resync", patience=60)
    pushed = [p["seq"] for p in slow.pushes if p.method == "message.new"]
    assert pushed == sorted(set(pushed)) and len(pushed) < total
    check.dense(slow.history(where), head=total)
    say(ann, bob, "pushed again")
    assert slow.push("message.new", body="pushed again")["seq"] == total + 1
