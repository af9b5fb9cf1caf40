"""user.*: accounts, profiles, status, search, deletion."""

import time

import pytest

from parleytest.client import Disconnected, Rejected, code_of, direct, patiently

DAY_MS = 86_400_000


# --- registering and logging in -----------------------------------------------------------------------------------------------------------


def test_register_then_login(town):
    user, stranger = town.handle("ann"), town.stranger()
    assert stranger.register(user, "correct horse", name="Ann") == {"user": user}
    assert code_of(stranger.call, "user.profile") == "unauthenticated"  # Registering does not log in.
    result = stranger.login(user, "correct horse", device="laptop")
    assert result["user"] == user and result["role"] == "user"
    assert isinstance(result["token"], str) and isinstance(result["session"], str)
    assert abs(result["expires_ms"] - time.time() * 1000 - 30 * DAY_MS) < DAY_MS
    profile = stranger.call("user.profile")
    assert profile["user"] == user and profile["name"] == "Ann" and abs(profile["created_ms"] - time.time() * 1000) < 60_000


def test_a_taken_handle_exists(town):
    ann, stranger = town.newcomer(), town.stranger()
    assert code_of(stranger.register, ann.user, "correct horse") == "exists"
    assert code_of(stranger.register, ann.user, "another horse") == "exists"
    assert stranger.login(ann.user, "correct horse")["user"] == ann.user


def test_register_again_with_the_same_id_and_password_gives_the_same_result(town):
    user, stranger = town.handle("ann"), town.stranger()
    first = stranger.register(user, "correct horse", id="once")
    assert town.stranger().register(user, "correct horse", id="once") == first
    assert code_of(stranger.register, user, "another horse", id="once") == "exists"
    assert code_of(stranger.register, user, "correct horse", id="twice") == "exists"
    assert code_of(stranger.register, user, "correct horse") == "exists"


def test_ten_register_one_handle_at_once_and_one_gets_it(town):
    user, strangers = town.handle("ann"), [town.stranger() for _ in range(10)]
    asked = [s.request("user.register", user=user, password=f"password {i}") for i, s in enumerate(strangers)]
    outcomes = [code_of(s.answer, msgid) for s, msgid in zip(strangers, asked)]
    assert sorted(map(str, outcomes)) == sorted(["None"] + ["exists"] * 9)
    winner = outcomes.index(None)
    assert [code_of(town.stranger().login, user, f"password {i}") for i in range(10)].index(None) == winner


def test_wrong_user_wrong_password_and_wrong_token_look_alike(town):
    ann = town.newcomer()
    said = set()
    for user, password in ((ann.user, "wrong horse"), (town.handle("nobody"), "correct horse")):
        with pytest.raises(Rejected) as refused:
            town.stranger().login(user, password)
        assert refused.value.code == "unauthenticated"
        said.add(refused.value.message.replace(user, "USER"))
    assert len(said) == 1
    handle, _, secret = ann.token.partition(":")
    twisted = secret[:8] + ("A" if secret[8] != "A" else "B") + secret[9:]
    assert code_of(town.stranger().resume, f"{handle}:{twisted}") == "unauthenticated"
    assert code_of(town.stranger().resume, f"{town.handle('nobody')}:{secret}") == "unauthenticated"
    for garbage in ("x", ":", "a:b", ann.user, ann.user + ":", "x" * 5000, "ü:ü"):
        assert code_of(town.stranger().resume, garbage) in ("bad_request", "unauthenticated", "limit"), garbage


def test_login_or_resume_when_logged_in_is_conflict(town):
    ann, bob = town.newcomer(), town.newcomer("bob")
    assert code_of(ann.login, ann.user, ann.password) == "conflict"
    assert code_of(ann.call, "user.login", user=bob.user, password=bob.password) == "conflict"
    assert code_of(ann.call, "user.resume", token=bob.token) == "conflict"
    assert ann.call("user.profile")["user"] == ann.user and bob.call("session.ping")


def test_a_login_logs_in_only_its_own_connection(town):
    ann, stranger = town.newcomer(), town.stranger()
    assert code_of(stranger.call, "user.profile") == "unauthenticated"
    assert ann.call("user.profile")


def test_requests_sent_with_the_login_in_one_segment_are_answered_either_way(town):
    ann, stranger = town.newcomer(), town.stranger()
    login = stranger.request("user.login", user=ann.user, password=ann.password)
    early = stranger.request("user.profile")
    assert stranger.answer(login)
    assert code_of(stranger.answer, early) in (None, "unauthenticated")
    assert stranger.call("user.profile")["user"] == ann.user


def test_logout_voids_the_token_and_leaves_an_anonymous_connection(town):
    ann, bob = town.newcomer(), town.newcomer("bob")
    other = town.device(ann)
    assert ann.call("user.logout") == {}
    assert code_of(ann.call, "user.profile") == "unauthenticated"
    assert code_of(town.stranger().resume, ann.token) == "unauthenticated"
    assert other.call("user.profile")
    bob.call("message.send", to=ann.user, body="are you there?", id="1")
    other.push("message.new")
    assert ann.login(bob.user, bob.password)["user"] == bob.user  # The same connection, somebody else.
    assert not ann.pushes
    bob.call("message.send", to=ann.user, body="a second", id="2")
    assert ann.push("message.new")["from"] == bob.user


def test_the_root_user_is_there_and_stays(town, shared_cluster):
    root = town.stranger()
    assert root.login("root", shared_cluster.root_password())["role"] == "admin"
    assert code_of(root.call, "user.delete", password=shared_cluster.root_password()) == "forbidden"
    assert code_of(town.stranger().register, "root", "correct horse") == "exists"
    assert root.call("user.profile")["user"] == "root"


# --- profile and status -------------------------------------------------------------------------------------------------------------------


def test_profile_of_oneself_shows_presence_and_that_of_others_does_not(town):
    ann, bob = town.newcomer(), town.newcomer("bob")
    own = ann.call("user.profile")
    assert own["online"] is True and {"user", "name", "about", "created_ms"} <= own.keys()
    assert ann.call("user.profile", user=ann.user) == own
    seen = bob.call("user.profile", user=ann.user)
    assert seen == {k: own[k] for k in ("user", "name", "about", "created_ms")}


def test_profile_of_nobody_is_not_found(town):
    assert code_of(town.newcomer().call, "user.profile", user="nobody.at.all") == "not_found"


def test_update_changes_what_is_given_and_returns_the_profile(town):
    ann, bob = town.newcomer(), town.newcomer("bob")
    assert ann.call("user.update", name="Ann Ünïcode 🙂")["name"] == "Ann Ünïcode 🙂"
    profile = ann.call("user.update", about="likes trains")
    assert (profile["name"], profile["about"], profile["user"]) == ("Ann Ünïcode 🙂", "likes trains", ann.user)
    assert ann.call("user.update") == ann.call("user.profile")
    seen = bob.call("user.profile", user=ann.user)
    assert (seen["name"], seen["about"]) == ("Ann Ünïcode 🙂", "likes trains")


def test_status_is_the_users_on_all_devices_until_changed(town):
    ann = town.newcomer()
    other = town.device(ann)
    assert ann.call("user.status", state="busy", text="in a meeting") == {}
    for device in (ann, other):
        profile = device.call("user.profile")
        assert (profile["state"], profile["text"]) == ("busy", "in a meeting")
    other.call("user.status", state="away")
    profile = ann.call("user.profile")
    assert profile["state"] == "away" and "text" not in profile
    ann.close()
    other.close()
    assert town.back(ann).call("user.profile")["state"] == "away"


# --- password -----------------------------------------------------------------------------------------------------------------------------


def test_password_change_ends_all_other_sessions(town):
    ann = town.newcomer()
    other = town.device(ann)
    away = town.device(ann)
    away.close()
    assert ann.call("user.password", old="correct horse", new="battery staple") == {}
    assert other.wait_closed() == "revoked"
    for token in (other.token, away.token):
        assert code_of(town.stranger().resume, token) == "unauthenticated"
    assert code_of(town.stranger().login, ann.user, "correct horse") == "unauthenticated"
    assert town.stranger().login(ann.user, "battery staple")
    assert ann.call("user.profile") and town.back(ann)


def test_a_wrong_old_password_is_forbidden_and_changes_nothing(town):
    ann = town.newcomer()
    other = town.device(ann)
    assert code_of(ann.call, "user.password", old="wrong horse", new="battery staple") == "forbidden"
    assert other.call("session.ping") and town.stranger().login(ann.user, "correct horse")


# --- search -------------------------------------------------------------------------------------------------------------------------------


def test_search_lists_each_match_once_over_all_pages(town):
    stranger = town.stranger()
    expected = {f"quill.{i:02}" for i in range(23)}
    for user in sorted(expected):
        stranger.register(user, "correct horse", name=user.upper())
    ann = town.newcomer()
    patiently(lambda: len(ann.pages("user.search", "users", prefix="quill.", limit=200)) == 23, what="the search to have caught up")
    for limit in (1, 5, 23, 50, 1000):
        found = ann.pages("user.search", "users", prefix="quill.", limit=limit)
        assert len(found) == 23 and {u["user"] for u in found} == expected, limit
        assert all(u["name"] == u["user"].upper() for u in found)
    assert {u["user"] for u in ann.pages("user.search", "users", prefix="quill.1")} == {f"quill.1{i}" for i in range(10)}
    assert [u["user"] for u in ann.pages("user.search", "users", prefix="quill.07")] == ["quill.07"]
    assert ann.call("user.search", prefix="quill.99")["users"] == []
    assert code_of(ann.call, "user.search", prefix="quill.", limit=0) == "bad_request"


def test_a_page_has_fifty_by_default_and_two_hundred_at_most(town):
    stranger = town.stranger()
    for start in range(0, 204, 12):  # A dozen at a time: passwords to hash are queued up to a bound.
        for msgid in [stranger.request("user.register", user=f"many.{i:03}", password="correct horse") for i in range(start, start + 12)]:
            stranger.answer(msgid)
    ann = town.newcomer()
    patiently(lambda: len(ann.pages("user.search", "users", prefix="many.", limit=200)) == 204, what="the search to have caught up")
    assert len(ann.call("user.search", prefix="many.")["users"]) == 50
    assert len(ann.call("user.search", prefix="many.", limit=1000)["users"]) == 200
    assert len({u["user"] for u in ann.pages("user.search", "users", prefix="many.")}) == 204


def test_search_follows_a_new_name_and_forgets_the_deleted(town):
    ann, bob = town.newcomer("renamed"), town.newcomer("bob")
    ann.call("user.update", name="A New Name")
    patiently(lambda: bob.call("user.search", prefix=ann.user)["users"] == [{"user": ann.user, "name": "A New Name"}])
    ann.call("user.delete", password=ann.password)
    patiently(lambda: bob.call("user.search", prefix=ann.user)["users"] == [])


# --- deletion -----------------------------------------------------------------------------------------------------------------------------


def test_delete_wants_the_password(town):
    ann = town.newcomer()
    assert code_of(ann.call, "user.delete", password="wrong horse") == "forbidden"
    assert ann.call("user.profile") and town.stranger().login(ann.user, ann.password)


def test_a_deleted_account_is_gone_and_what_was_written_stays(town):
    ann, bob = town.newcomer(), town.newcomer("bob")
    other = town.device(ann)
    ann.call("message.send", to=bob.user, body="remember me", id="1")
    assert ann.call("user.delete", password=ann.password) == {}
    assert code_of(ann.call, "user.profile") == "unauthenticated"
    assert other.wait_closed() == "revoked"
    assert code_of(town.stranger().resume, other.token) == "unauthenticated"
    assert code_of(town.stranger().login, ann.user, ann.password) == "unauthenticated"
    assert code_of(town.stranger().register, ann.user, "correct horse") == "exists"
    assert code_of(bob.call, "user.profile", user=ann.user) == "not_found"
    assert [r["body"] for r in bob.history(direct(ann, bob))] == ["remember me"]
    assert direct(ann, bob) in {c["conversation"] for c in bob.pages("message.sync", "conversations")}
    again = town.handle("ann")
    ann.register(again, "correct horse")  # The connection is anonymous and of use.
    assert ann.login(again, "correct horse")


def test_deleting_at_once_from_two_devices(town):
    ann = town.newcomer()
    other = town.device(ann)
    asked = [(d, d.request("user.delete", password=ann.password)) for d in (ann, other)]
    outcomes = []
    for device, msgid in asked:
        try:
            outcomes.append(code_of(device.answer, msgid))
        except Disconnected as end:
            outcomes.append(end.code)
    assert None in outcomes and set(outcomes) <= {None, "revoked", "unauthenticated", "not_found", "forbidden", "conflict"}
    assert code_of(town.stranger().login, ann.user, ann.password) == "unauthenticated"
