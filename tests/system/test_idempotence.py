"""The same id again: one effect, one answer; also after everything was killed."""

import pytest

from parleytest.client import code_of, direct


@pytest.fixture
def ann(town):
    return town.newcomer()


@pytest.fixture
def bob(town):
    return town.newcomer("bob")


def test_a_message_sent_twice_with_one_id_is_there_once(ann, bob):
    first = ann.call("message.send", to=bob.user, body="once", id="the id")
    assert ann.call("message.send", to=bob.user, body="once", id="the id") == first
    assert ann.call("message.send", to=bob.user, body="once", id="the id", kind="text") == first  # Equal after defaults.
    assert len(bob.history(direct(ann, bob))) == 1
    ann.call("message.send", to=bob.user, body="next", id="another id")
    bob.push("message.new", seq=1)
    before, _ = bob.pushes_until("message.new", seq=2)
    assert not before


def test_copies_in_flight_at_once_get_the_same_answer(ann, bob, town):
    other = town.device(ann)
    asked = [(d, d.request("message.send", to=bob.user, body="once", id="the id")) for _ in range(20) for d in (ann, other)]
    answers = [d.answer(msgid) for d, msgid in asked]
    assert all(a == answers[0] for a in answers) and answers[0]["seq"] == 1
    assert len(bob.history(direct(ann, bob))) == 1


def test_the_same_id_with_other_arguments_is_conflict(ann, bob):
    ann.call("message.send", to=bob.user, body="once", id="the id")
    for change in ({"body": "twice"}, {"kind": "poem"}, {"reply_to": 1}, {"mentions": [bob.user]}):
        assert code_of(ann.call, "message.send", **{"to": bob.user, "body": "once", "id": "the id"} | change) == "conflict", change
    assert len(bob.history(direct(ann, bob))) == 1


def test_the_same_id_with_another_method_is_conflict(ann, bob):
    where = direct(ann, bob)
    ann.call("message.send", to=bob.user, body="once", id="the id")
    assert code_of(ann.call, "message.edit", conversation=where, seq=1, body="edited", id="the id") == "conflict"
    assert code_of(ann.call, "message.recall", conversation=where, seq=1, id="the id") == "conflict"
    assert code_of(ann.call, "message.react", conversation=where, seq=1, emoji="+", on=True, id="the id") == "conflict"
    assert [r["body"] for r in bob.history(where)] == ["once"]


def test_an_id_belongs_to_one_user_and_one_conversation(ann, bob, town):
    eve = town.newcomer("eve")
    assert ann.call("message.send", to=bob.user, body="to bob", id="1")["seq"] == 1
    assert ann.call("message.send", to=eve.user, body="to eve", id="1")["seq"] == 1
    assert bob.call("message.send", to=ann.user, body="from bob", id="1")["seq"] == 2
    assert ann.call("user.update", name="Ann", id="1")["name"] == "Ann"


def test_errors_are_not_remembered(ann, bob):
    assert code_of(ann.call, "message.send", to=bob.user, body="", id="1") == "bad_request"
    assert code_of(ann.call, "message.edit", conversation=direct(ann, bob), seq=1, body="x", id="2") == "not_found"
    assert ann.call("message.send", to=bob.user, body="now", id="1")["seq"] == 1
    assert ann.call("message.edit", conversation=direct(ann, bob), seq=1, body="x", id="2")["seq"] == 2


def test_every_change_to_a_conversation_takes_an_id(ann, bob):
    where = direct(ann, bob)
    ann.call("message.send", to=bob.user, body="one", id="0")
    ann.call("message.send", to=bob.user, body="two", id="00")
    for id_, method, arguments, change in (
        ("e", "message.edit", {"seq": 1, "body": "uno"}, {"body": "un"}),
        ("r", "message.react", {"seq": 1, "emoji": "+", "on": True}, {"emoji": "-"}),
        ("q", "message.recall", {"seq": 2}, {"seq": 1}),
        ("c", "message.received", {"seq": 1}, {"seq": 2}),
        ("d", "message.read", {"seq": 1}, {"seq": 2}),
        ("m", "message.mute", {"until_ms": 4_000_000_000_000}, {"until_ms": 0}),
    ):
        first = ann.call(method, conversation=where, id=id_, **arguments)
        head = ann.call("message.history", conversation=where)["head"]
        assert ann.call(method, conversation=where, id=id_, **arguments) == first, method
        assert code_of(ann.call, method, conversation=where, id=id_, **arguments | change) == "conflict", method
        assert ann.call("message.history", conversation=where)["head"] == head, method


def test_a_reaction_undone_is_not_done_again_by_its_copy(ann, bob):
    where = direct(ann, bob)
    ann.call("message.send", to=bob.user, body="one", id="0")
    on = ann.call("message.react", conversation=where, seq=1, emoji="+", on=True, id="on")
    ann.call("message.react", conversation=where, seq=1, emoji="+", on=False, id="off")
    assert ann.call("message.react", conversation=where, seq=1, emoji="+", on=True, id="on") == on
    assert ann.call("message.history", conversation=where)["head"] == 3


def test_changes_to_ones_own_account_share_their_ids(ann):
    first = ann.call("user.update", name="Ann", id="1")
    ann.call("user.update", name="Anna")
    assert ann.call("user.update", name="Ann", id="1") == first  # The remembered answer, no second effect.
    assert ann.call("user.profile")["name"] == "Anna"
    assert code_of(ann.call, "user.update", name="Anne", id="1") == "conflict"
    assert code_of(ann.call, "user.status", state="busy", id="1") == "conflict"
    assert ann.call("user.status", state="busy", id="2") == ann.call("user.status", state="busy", id="2") == {}


def test_a_password_change_sent_again_is_one_change(ann, town):
    assert ann.call("user.password", old="correct horse", new="battery staple", id="p") == {}
    later = town.stranger()
    later.login(ann.user, "battery staple")
    assert ann.call("user.password", old="correct horse", new="battery staple", id="p") == {}
    assert later.call("session.ping") and later.call("user.profile")  # Not ended by the copy.


def test_a_copy_sent_as_a_notification_does_nothing(ann, bob):
    ann.call("message.send", to=bob.user, body="once", id="1")
    ann.notify("message.send", to=bob.user, body="once", id="1")
    ann.call("session.ping")
    assert ann.call("message.history", **{"with": bob.user})["head"] == 1


def test_ids_survive_the_death_of_every_process(own_cluster, own_town):
    ann, bob = own_town.newcomer(), own_town.newcomer("bob")
    sent = ann.call("message.send", to=bob.user, body="once", id="1")
    edited = ann.call("message.edit", conversation=direct(ann, bob), seq=1, body="once!", id="2")
    profile = ann.call("user.update", name="Ann", id="3")
    user = own_town.handle("late")
    registered = own_town.stranger().register(user, "correct horse", id="4")
    own_cluster.kill()
    own_cluster.up()
    again = own_town.back(ann)
    assert again.call("message.send", to=bob.user, body="once", id="1") == sent
    assert again.call("message.edit", conversation=direct(ann, bob), seq=1, body="once!", id="2") == edited
    assert again.call("user.update", name="Ann", id="3") == profile
    assert own_town.stranger().register(user, "correct horse", id="4") == registered
    for change in ({"body": "twice"}, {"kind": "poem"}):
        assert code_of(again.call, "message.send", **{"to": bob.user, "body": "once", "id": "1"} | change) == "conflict"
    assert code_of(again.call, "message.recall", conversation=direct(ann, bob), seq=1, id="1") == "conflict"
    assert again.call("message.history", conversation=direct(ann, bob))["head"] == 2
