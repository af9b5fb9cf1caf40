"""Every argument of every method: missing, of the wrong type, malformed, too long, twice. Each costs an error that names it, and nothing else."""

import itertools

import pytest

from parleytest import wire
from parleytest.client import Rejected, direct
from test_session import GROUP, MESSAGE, PUBLISHED, USER

BAD, LIMIT = "bad_request", "limit"
LONG_HANDLES = [("A", BAD), ("a", BAD), ("", BAD), ("Alice", BAD), ("al ice", BAD), (".alice", BAD), ("a" * 33, BAD), ("ålice", BAD), ("a~b", BAD), ("#group", BAD)]
PASSWORDS = [("", BAD), ("1234567", BAD), ("é" * 65, LIMIT), ("x" * 129, LIMIT)]
PAGE = {"limit": [(0, BAD), (-1, BAD)], "cursor": [("no cursor of ours", BAD)]}
CONVERSATION = [("", BAD), ("alice", BAD), ("bob~alice", BAD), ("alice~Bob", BAD), ("alice~", BAD), ("~", BAD), ("alice~bob~carol", BAD), ("!none", BAD),
                ("alice bob", BAD)]
REF = {"conversation": CONVERSATION}
LONG_GROUPS = [("", BAD), ("#", BAD), ("#a", BAD), ("group", BAD), ("#Group", BAD), ("#gr oup", BAD), ("#" + "g" * 50, BAD), ("#.dot", BAD), ("!all", BAD)]
OF_GROUP = {"group": LONG_GROUPS}
WHO = OF_GROUP | {"user": LONG_HANDLES}
WORDS = {"name": [("n" * 65, LIMIT)], "topic": [("t" * 501, LIMIT)], "policy": [("", BAD), ("closed", BAD), ("Open", BAD)]}

# method: {argument: [(value, code)]}: forms and limits; types are derived from the published table.
VALUES = {
    "user.register": {"user": LONG_HANDLES, "password": PASSWORDS, "name": [("n" * 65, LIMIT), ("é" * 33, LIMIT)]},
    "user.login": {"user": LONG_HANDLES, "device": [("d" * 65, LIMIT)]},
    "user.resume": {"device": [("d" * 65, LIMIT)]},
    "user.password": {"new": PASSWORDS},
    "user.profile": {"user": LONG_HANDLES},
    "user.update": {"name": [("n" * 65, LIMIT)], "about": [("a" * 501, LIMIT)]},
    "user.status": {"state": [("", BAD), ("invisible", BAD), ("Online", BAD)], "text": [("t" * 101, LIMIT)]},
    "user.search": {"prefix": [("", BAD), ("a", BAD), ("p" * 65, LIMIT)]} | PAGE,
    "message.send": {"to": [(v, c) for v, c in LONG_HANDLES if v != "#group"], "body": [("", BAD), ("b" * 16_385, LIMIT)],
                     "id": [("", BAD), ("i" * 65, LIMIT)],
                     "kind": [("k" * 33, LIMIT), ("edit", BAD), ("recall", BAD), ("react", BAD), ("system", BAD)],
                     "mentions": [(["bob"] * 51, LIMIT), ([5], BAD), (["No Handle"], BAD), ([None], BAD)]},
    "message.history": REF | {"with": LONG_HANDLES, "limit": [(0, BAD), (-1, BAD)]},
    "message.sync": PAGE,
    "message.received": REF, "message.read": REF, "message.mute": REF, "message.recall": REF,
    "message.receipts": REF | PAGE,
    "message.edit": REF | {"body": [("", BAD), ("b" * 16_385, LIMIT)]},
    "message.react": REF | {"emoji": [("e" * 33, LIMIT)]},
    "message.typing": {"to": LONG_HANDLES[:6]},
    "group.create": OF_GROUP | WORDS, "group.update": OF_GROUP | WORDS, "group.info": OF_GROUP, "group.leave": OF_GROUP, "group.dissolve": OF_GROUP,
    "group.join": OF_GROUP | {"note": [("n" * 201, LIMIT)]},
    "group.invite": WHO, "group.approve": WHO, "group.reject": WHO, "group.kick": WHO, "group.unban": WHO, "group.transfer": WHO,
    "group.role": WHO | {"role": [("", BAD), ("owner", BAD), ("Admin", BAD)]},
    "group.mute": WHO | {"until_ms": [(-1, BAD)]},
    "group.members": OF_GROUP | PAGE, "group.requests": OF_GROUP | PAGE, "group.bans": OF_GROUP | PAGE, "group.list": PAGE,
    "group.search": {"prefix": [("", BAD), ("#", BAD), ("cpp", BAD), ("#" + "p" * 64, LIMIT)]} | PAGE,
}
GROUP_OF_ANN = "#of-ann"
WRONG = {
    "text": [5, -1, 1.5, True, b"bytes", ["x"], {"x": "y"}, wire.bad_text(b"caf\xe9"), wire.bad_text(b"\xed\xa0\x80"), wire.bad_text(b"\xc0\xaf")],
    "int": ["7", 7.0, True, b"7", [7], {}],
    "bool": [0, 1, "true", [True], 1.0],
    "list": ["x", 5, {"0": "x"}, True, b"x"],
    "map": ["x", 5, ["x"], True, b"x"],
}
CHANGING = sorted((USER.keys() | MESSAGE.keys() | GROUP.keys()) - {
    "group.info", "group.members", "group.requests", "group.bans", "group.invitations", "group.list", "group.search",
    "user.login", "user.resume", "user.logout", "user.profile", "user.sessions", "user.search", "message.history", "message.sync", "message.receipts",
    "message.typing"})


@pytest.fixture(scope="module")
def people(shared_cluster):
    """One pair for the whole file: refused requests change nothing, so they may share."""
    from conftest import Town

    town = Town(shared_cluster)
    ann, bob = town.newcomer("ann"), town.newcomer("bob")
    ann.call("message.send", to=bob.user, body="the first", id="first")
    ann.call("group.create", group=GROUP_OF_ANN)
    yield town, ann, bob
    town.leave()


def good_arguments(method, ann, bob):
    """What makes `method` succeed, or fail only later than at its arguments."""
    conversation = direct(ann, bob)
    by_name = {"user": bob.user, "password": "wrong password", "old": "wrong password", "new": "new password", "token": ann.token[:-4] + "AAAA",
               "state": "online", "session": "none", "prefix": "an", "to": bob.user, "body": "x", "id": "an id", "seq": 1, "emoji": "+", "on": True,
               "until_ms": 0, "conversation": conversation, "group": GROUP_OF_ANN, "role": "member", "reason": "none", "node": "nobody-1", "method": "message.sync"}
    if method in GROUP:
        # Refused for what they are about, where they would end something.
        by_name |= {"prefix": "#an"} | ({"group": "#nobodys"} if method in ("group.dissolve", "group.leave", "group.transfer") else {})
    return {name: by_name[name] for name, (_, required) in PUBLISHED[method][1].items() if required}


def cases():
    for method, (_, arguments) in PUBLISHED.items():
        for name, (kind, required) in arguments.items():
            if required:
                yield pytest.param(method, name, [(None, BAD)], id=f"{method}-{name}-missing")
            yield pytest.param(method, name, [(value, BAD) for value in WRONG[kind]], id=f"{method}-{name}-type")
        for name, values in VALUES.get(method, {}).items():
            yield pytest.param(method, name, values, id=f"{method}-{name}-form")
    for method in CHANGING:
        yield pytest.param(method, "id", [("", BAD), ("i" * 65, LIMIT), (5, BAD), (b"x", BAD), (wire.bad_text(b"\xff"), BAD)], id=f"{method}-id")


@pytest.fixture(scope="module")
def administrator(people):
    return people[0].root()


@pytest.mark.parametrize("method, argument, values", cases())
def test_a_wrong_argument_is_refused_and_named(people, administrator, method, argument, values):
    town, ann, bob = people
    caller = town.stranger() if method in ("user.register", "user.login", "user.resume") else administrator if PUBLISHED[method][0] == "admin" else ann
    wrong = []
    for value, code in values:
        arguments = good_arguments(method, ann, bob) | {argument: value}
        if method == "message.history" and argument == "conversation":
            arguments.pop("with", None)
        elif method == "message.history" and argument not in ("with", "conversation"):
            arguments["with"] = bob.user
        if value is None:
            del arguments[argument]
        try:
            result = caller.call_raw(method, [arguments])
            wrong.append(f"{value!r}: succeeded with {result}")
        except Rejected as error:
            if error.code != code:
                wrong.append(f"{value!r}: {error.code} ({error.message}) instead of {code}")
            elif argument not in error.message:
                wrong.append(f"{value!r}: {error.message!r} does not name the argument")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("method", [m for m, (_, arguments) in (USER | MESSAGE | GROUP).items() if any(required for _, required in arguments.values())])
def test_an_argument_given_twice_is_refused(people, method):
    town, ann, bob = people
    caller = town.stranger() if method in ("user.register", "user.login", "user.resume") else ann
    arguments = good_arguments(method, ann, bob)
    for name in arguments:
        with pytest.raises(Rejected) as refused:
            caller.call_raw(method, [wire.Pairs([*arguments.items(), (name, arguments[name])])])
        assert refused.value.code == BAD, name


@pytest.mark.parametrize("method, name", [(m, n) for m, (_, args) in MESSAGE.items() for n, (kind, _) in args.items() if kind == "int"])
def test_numbers_from_end_to_end_of_64_bits_are_no_bug(people, method, name):
    _, ann, bob = people
    for value in (-(1 << 63), -1, 0, (1 << 31), (1 << 63) - 1, 1 << 63, (1 << 64) - 1):
        arguments = good_arguments(method, ann, bob) | {name: value}
        if method == "message.history":
            arguments["with"] = bob.user
        if method == "message.send":
            arguments["id"] = f"number {value}"
        try:
            ann.call(method, **arguments)
        except Rejected as error:
            assert error.code in ("bad_request", "limit", "not_found", "conflict"), f"{value}: {error}"


def test_refused_arguments_left_no_trace(people):
    _, ann, bob = people
    bodies = {record.get("body") for record in ann.history(direct(ann, bob))}
    assert bodies <= {"the first", "x", None}
    for record in ann.history(direct(ann, bob)):
        assert record["kind"] in ("text", "react", "edit", "recall")


@pytest.mark.parametrize("method, name, longest", [
    ("user.update", "name", 64), ("user.update", "about", 500), ("message.send", "body", 16_384), ("message.send", "id", 64), ("message.send", "kind", 32)])
def test_the_longest_that_is_allowed_is_allowed(people, method, name, longest):
    _, ann, bob = people
    for letter in ("x", "é"):
        fill = letter * (longest // len(letter.encode()))
        arguments = {"to": bob.user, "body": "x", "id": f"{name} {letter}"} if method == "message.send" else {}
        ann.call(method, **arguments | {name: fill})


def test_handles_and_passwords_at_their_bounds(people):
    town, _, _ = people
    for user, password in (("b0", "12345678"), ("9" + "z" * 31, "x" * 128), ("a.b-c_d", "pass word with spaces"), ("x1", "пароль!!")):
        stranger = town.stranger()
        assert stranger.register(user, password)["user"] == user
        assert stranger.login(user, password, device="d" * 64)["user"] == user


def test_fifty_mentions_are_fine(people):
    _, ann, bob = people
    mentions = list(itertools.islice(itertools.cycle([ann.user, bob.user]), 50))
    assert ann.call("message.send", to=bob.user, body="all of you", id="mentions", mentions=mentions)["seq"]
