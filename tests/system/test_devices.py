"""Sessions: several devices of one user, resuming, revoking, the twenty-first."""

import pytest

from parleytest.client import Disconnected, code_of, direct, patiently


def sessions_of(person):
    return {s["session"]: s for s in person.call("user.sessions")["sessions"]}


# --- the list of sessions -----------------------------------------------------------------------------------------------------------------


def test_sessions_lists_every_device_and_marks_the_current_one(town):
    ann = town.newcomer()
    tablet = town.device(ann, "tablet")
    listed = sessions_of(ann)
    assert listed.keys() == {ann.session, tablet.session}
    assert [s for s, item in listed.items() if item["current"]] == [ann.session]
    assert listed[tablet.session]["device"] == "tablet" and listed[ann.session]["device"] == "first"
    for item in listed.values():
        assert item["connected"] is True and "127.0.0.1" in item["address"] and item["since_ms"] > 1_600_000_000_000


def test_a_session_outlives_its_connection(town):
    ann = town.newcomer()
    tablet = town.device(ann, "tablet")
    tablet.close()
    patiently(lambda: sessions_of(ann)[tablet.session]["connected"] is False)
    back = town.back(tablet)
    assert (back.token, back.session) == (tablet.token, tablet.session)
    patiently(lambda: sessions_of(ann)[tablet.session]["connected"] is True)
    assert len(sessions_of(ann)) == 2


def test_resume_returns_what_login_did(town):
    ann = town.stranger()
    user = town.handle("ann")
    ann.register(user, "correct horse")
    login = ann.login(user, "correct horse")
    ann.close()
    resumed = town.stranger().resume(login["token"])
    assert {k: resumed[k] for k in ("user", "token", "session", "role")} == {k: login[k] for k in ("user", "token", "session", "role")}
    assert resumed["expires_ms"] >= login["expires_ms"]


def test_resume_replaces_the_older_connection(town):
    ann, bob = town.newcomer(), town.newcomer("bob")
    again = town.back(ann)
    assert ann.wait_closed() == "replaced"
    bob.call("message.send", to=ann.user, body="where are you?", id="1")
    assert again.push("message.new")["body"] == "where are you?"
    third = town.back(ann)
    assert again.wait_closed() == "replaced"
    assert third.call("user.profile")["user"] == ann.user and len(sessions_of(third)) == 1


def test_what_a_replaced_connection_still_waited_for_can_be_asked_again(town):
    ann, bob = town.newcomer(), town.newcomer("bob")
    arguments = [{"to": bob.user, "body": f"line {i}", "id": f"line {i}"} for i in range(50)]
    asked = [ann.request("message.send", **a) for a in arguments]
    again = town.back(ann)
    for msgid in asked:  # Each is answered, or the connection ends first.
        try:
            ann.answer(msgid)
        except Disconnected:
            break
    for a in arguments:
        again.call("message.send", **a)
    bodies = [r["body"] for r in again.history(direct(ann, bob))]
    assert sorted(bodies) == sorted(a["body"] for a in arguments)


# --- revoking -----------------------------------------------------------------------------------------------------------------------------


def test_revoke_ends_a_session_on_another_device(town):
    ann = town.newcomer()
    tablet = town.device(ann)
    assert ann.call("user.revoke", session=tablet.session) == {}
    assert tablet.wait_closed() == "revoked"
    assert code_of(town.stranger().resume, tablet.token) == "unauthenticated"
    assert sessions_of(ann).keys() == {ann.session}


def test_revoke_ends_a_session_that_is_not_connected(town):
    ann = town.newcomer()
    tablet = town.device(ann)
    tablet.close()
    ann.call("user.revoke", session=tablet.session)
    assert code_of(town.stranger().resume, tablet.token) == "unauthenticated"


def test_only_ones_own_sessions_can_be_revoked(town):
    ann, bob = town.newcomer(), town.newcomer("bob")
    assert code_of(ann.call, "user.revoke", session="no such session") in ("not_found", "bad_request")
    assert code_of(ann.call, "user.revoke", session=bob.session) == "not_found"
    assert bob.call("user.profile") and town.back(bob)


def test_the_session_that_revokes_may_be_its_own(town):
    ann = town.newcomer()
    msgid = ann.request("user.revoke", session=ann.session)
    try:
        ann.answer(msgid)
    except Disconnected:
        pass
    assert code_of(town.stranger().resume, ann.token) == "unauthenticated"


def test_the_twenty_first_session_replaces_the_one_idle_longest(town):
    ann = town.newcomer()
    devices = [ann] + [town.device(ann, f"device {i}") for i in range(1, 20)]
    idle = devices[0]
    idle.close()
    patiently(lambda: sessions_of(devices[1])[idle.session]["connected"] is False)
    for device in devices[1:]:
        device.call("user.profile")
    latest = town.device(ann, "the twenty-first")
    listed = sessions_of(latest)
    assert len(listed) == 20 and idle.session not in listed and latest.session in listed
    assert code_of(town.stranger().resume, idle.token) == "unauthenticated"
    for device in devices[1:]:
        assert device.call("session.ping")


# --- who hears what -----------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def pair(town):
    """Two people with two devices each."""
    ann, bob = town.newcomer(), town.newcomer("bob")
    return ann, town.device(ann), bob, town.device(bob)


def test_a_message_reaches_every_device_but_the_one_that_got_the_answer(pair):
    ann, ann2, bob, bob2 = pair
    sent = ann.call("message.send", to=bob.user, body="hello", id="my id")
    record = {"conversation": direct(ann, bob), "seq": 1, "from": ann.user, "time_ms": sent["time_ms"], "kind": "text", "body": "hello"}
    assert sent == {"conversation": direct(ann, bob), "seq": 1, "time_ms": sent["time_ms"]}
    assert ann2.push("message.new") == record | {"id": "my id", "head": 1}
    for device in (bob, bob2):
        assert device.push("message.new") == record | {"head": 1}  # The id is the sender's devices' alone.
    bob.call("message.send", to=ann.user, body="hello yourself", id="other id")
    before, _ = ann.pushes_until("message.new", seq=2)
    assert not before  # Nothing of its own message.


def last_of(device, where):
    """As the listing shows it; there may be announcements beside it."""
    listed = device.call("message.sync", previews=True)["conversations"]
    return next(c for c in listed if c["conversation"] == where)["last"]


def test_the_id_is_shown_to_the_senders_devices_only(pair):
    ann, ann2, bob, _ = pair
    ann.call("message.send", to=bob.user, body="hello", id="secret id")
    for device in (ann, ann2):
        assert device.history(direct(ann, bob))[0]["id"] == "secret id"
        assert last_of(device, direct(ann, bob))["id"] == "secret id"
    assert "id" not in bob.history(direct(ann, bob))[0]
    assert "id" not in last_of(bob, direct(ann, bob))


def test_edits_recalls_and_reactions_reach_every_device(pair):
    ann, ann2, bob, bob2 = pair
    where = direct(ann, bob)
    ann.call("message.send", to=bob.user, body="helo", id="1")
    ann.call("message.edit", conversation=where, seq=1, body="hello")
    bob.call("message.react", conversation=where, seq=1, emoji="👍", on=True)
    ann.call("message.recall", conversation=where, seq=1)
    kinds = {2: "edit", 3: "react", 4: "recall"}
    for device, own in ((ann, {2, 4}), (ann2, set()), (bob, {3}), (bob2, set())):
        for seq in sorted(kinds.keys() - own):
            push = device.push("message.new", seq=seq)
            assert (push["kind"], push["target"], push["head"]) == (kinds[seq], 1, seq)
        device.call("session.ping")
        assert not [p for p in device.pushes if p.get("seq") in own]


def test_typing_reaches_the_others_devices(pair):
    ann, ann2, bob, bob2 = pair
    assert ann.call("message.typing", to=bob.user, on=True) == {}
    for device in (bob, bob2):
        assert device.push("message.typing") == {"conversation": direct(ann, bob), "user": ann.user, "on": True}
    ann.call("message.typing", to=bob.user, on=False)
    assert bob.push("message.typing")["on"] is False
    assert bob.call("message.history", **{"with": ann.user})["head"] == 0  # Never stored.


def test_read_marks_reach_both_sides(pair):
    ann, ann2, bob, bob2 = pair
    where = direct(ann, bob)
    for i in range(3):
        ann.call("message.send", to=bob.user, body="x", id=str(i))
    assert bob.call("message.received", conversation=where, seq=3) == {}
    assert bob.call("message.read", conversation=where, seq=2) == {}
    for device in (ann, ann2, bob2):
        assert device.push("message.received", user=bob.user)["seq"] == 3
        assert device.push("message.read", user=bob.user) == {"conversation": where, "user": bob.user, "seq": 2}


def test_a_device_that_logs_out_hears_nothing_more(pair):
    ann, _, bob, bob2 = pair
    bob2.call("user.logout")
    ann.call("message.send", to=bob.user, body="for one only", id="1")
    bob.push("message.new")
    bob2.call("session.ping")
    assert not bob2.pushes


def test_third_persons_hear_nothing(pair, town):
    ann, _, bob, _ = pair
    eve = town.newcomer("eve")
    ann.call("message.send", to=bob.user, body="between us", id="1")
    bob.call("message.read", conversation=direct(ann, bob), seq=1)
    ann.call("message.send", to=eve.user, body="to you", id="2")
    before, _ = eve.pushes_until("message.new", conversation=direct(ann, eve))
    assert not before
