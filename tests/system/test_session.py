"""session.*: what a client learns before it says who it is."""

import re
import time

from parleytest.client import code_of

# As published: name, access, {argument: (type, required)}. `id` may come with everything that changes something.
USER = {
    "user.register": ("anonymous", {"user": ("text", True), "password": ("text", True), "name": ("text", False)}),
    "user.login": ("anonymous", {"user": ("text", True), "password": ("text", True), "device": ("text", False)}),
    "user.resume": ("anonymous", {"token": ("text", True), "device": ("text", False)}),
    "user.logout": ("user", {}),
    "user.password": ("user", {"old": ("text", True), "new": ("text", True)}),
    "user.profile": ("user", {"user": ("text", False)}),
    "user.update": ("user", {"name": ("text", False), "about": ("text", False)}),
    "user.status": ("user", {"state": ("text", True), "text": ("text", False)}),
    "user.sessions": ("user", {}),
    "user.revoke": ("user", {"session": ("text", True)}),
    "user.search": ("user", {"prefix": ("text", True), "cursor": ("text", False), "limit": ("int", False)}),
    "user.delete": ("user", {"password": ("text", True)}),
}
MESSAGE = {
    "message.send": ("user", {"to": ("text", True), "body": ("text", True), "id": ("text", True), "kind": ("text", False), "reply_to": ("int", False),
                              "mentions": ("list", False)}),
    "message.history": ("user", {"conversation": ("text", False), "with": ("text", False), "after": ("int", False), "before": ("int", False),
                                 "limit": ("int", False)}),
    "message.sync": ("user", {"previews": ("bool", False), "cursor": ("text", False), "limit": ("int", False)}),
    "message.received": ("user", {"conversation": ("text", True), "seq": ("int", True)}),
    "message.read": ("user", {"conversation": ("text", True), "seq": ("int", True)}),
    "message.receipts": ("user", {"conversation": ("text", True), "seq": ("int", True), "cursor": ("text", False), "limit": ("int", False)}),
    "message.edit": ("user", {"conversation": ("text", True), "seq": ("int", True), "body": ("text", True)}),
    "message.recall": ("user", {"conversation": ("text", True), "seq": ("int", True)}),
    "message.react": ("user", {"conversation": ("text", True), "seq": ("int", True), "emoji": ("text", True), "on": ("bool", True)}),
    "message.typing": ("user", {"to": ("text", True), "on": ("bool", True)}),
    "message.mute": ("user", {"conversation": ("text", True), "until_ms": ("int", True)}),
}
ADMIN = {
    "admin.announce": ("admin", {"body": ("text", True), "id": ("text", True)}),
    "admin.ban": ("admin", {"user": ("text", True), "reason": ("text", True), "until_ms": ("int", False)}),
    "admin.unban": ("admin", {"user": ("text", True)}),
    "admin.kick": ("admin", {"user": ("text", True)}),
    "admin.grant": ("admin", {"user": ("text", True)}),
    "admin.ungrant": ("admin", {"user": ("text", True)}),
    "admin.users": ("admin", {"prefix": ("text", False), "cursor": ("text", False), "limit": ("int", False)}),
    "admin.recall": ("admin", {"conversation": ("text", True), "seq": ("int", True)}),
    "admin.audit": ("admin", {"user": ("text", False), "cursor": ("text", False), "limit": ("int", False)}),
    "admin.nodes": ("admin", {}),
    "admin.slots": ("admin", {"module": ("text", False)}),
    "admin.drain": ("admin", {"node": ("text", True)}),
    "admin.undrain": ("admin", {"node": ("text", True)}),
    "admin.stats": ("admin", {}),
}


def _of_group(**more):
    return {"group": ("text", True), **more}


_USER, _PAGE = {"user": ("text", True)}, {"cursor": ("text", False), "limit": ("int", False)}
_WORDS = {"name": ("text", False), "topic": ("text", False), "policy": ("text", False)}
GROUP = {
    "group.create": ("user", _of_group(**_WORDS)), "group.info": ("user", _of_group()), "group.update": ("user", _of_group(**_WORDS)),
    "group.join": ("user", _of_group(note=("text", False))), "group.leave": ("user", _of_group()), "group.invite": ("user", _of_group(**_USER)),
    "group.approve": ("user", _of_group(**_USER)), "group.reject": ("user", _of_group(**_USER)),
    "group.kick": ("user", _of_group(**_USER, ban=("bool", False))), "group.unban": ("user", _of_group(**_USER)),
    "group.role": ("user", _of_group(**_USER, role=("text", True))), "group.transfer": ("user", _of_group(**_USER)),
    "group.mute": ("user", _of_group(user=("text", False), until_ms=("int", True))), "group.dissolve": ("user", _of_group()),
    "group.members": ("user", _of_group(**_PAGE)), "group.requests": ("user", _of_group(**_PAGE)), "group.bans": ("user", _of_group(**_PAGE)),
    "group.invitations": ("user", {}), "group.list": ("user", _PAGE), "group.search": ("user", {"prefix": ("text", True), **_PAGE}),
}
SESSION = {
    "session.hello": ("anonymous", {"client": ("text", False), "version": ("text", False)}),
    "session.ping": ("anonymous", {}),
    "session.methods": ("anonymous", {"module": ("text", False)}),
    "session.trace": ("admin", {"method": ("text", True), "arguments": ("map", False)}),
}
PUBLISHED = SESSION | USER | MESSAGE | GROUP | ADMIN


def test_hello_tells_the_limits(town):
    hello = town.stranger().call("session.hello", client="system tests", version="1")
    assert hello["protocol"] == 1 and hello["idle_ms"] == 600_000
    assert isinstance(hello["server"], str) and re.match(r"\d", hello["version"])
    assert hello["limits"] == {"request": 65_536, "body": 16_384, "in_flight": 256, "user_rate": 0, "page": 200}
    assert town.stranger().call("session.hello")["protocol"] == 1


def test_hello_wants_text(town):
    stranger = town.stranger()
    assert code_of(stranger.call, "session.hello", client=5) == "bad_request"
    assert code_of(stranger.call, "session.hello", version=b"1") == "bad_request"


def test_ping_tells_the_time(town):
    answer = town.stranger().call("session.ping")
    assert abs(answer["time_ms"] - time.time() * 1000) < 60_000


def test_methods_lists_what_is_published_and_documents_it(town):
    listed = {m["name"]: m for m in town.stranger().call("session.methods")["methods"]}
    for name, (access, arguments) in PUBLISHED.items():
        method = listed[name]
        assert method["access"] == access, name
        assert method["doc"], name
        found = {a["name"]: a for a in method["arguments"]}
        for argument, (kind, required) in arguments.items():
            assert argument in found, f"{name} lacks {argument}"
            assert (found[argument]["type"], found[argument]["required"]) == (kind, required), f"{name} {argument}"
            assert isinstance(found[argument]["doc"], str), f"{name} {argument}"
        assert found.keys() - arguments.keys() <= {"id"}, f"{name} has more arguments than published"
    assert all(m["access"] in ("anonymous", "user", "admin") for m in listed.values())


def test_methods_by_module(town):
    stranger = town.stranger()
    for module, published in (("session", SESSION), ("user", USER), ("message", MESSAGE), ("group", GROUP), ("admin", ADMIN)):
        assert {m["name"] for m in stranger.call("session.methods", module=module)["methods"]} == published.keys()
    assert code_of(stranger.call, "session.methods", module=5) == "bad_request"


def test_everything_but_the_front_door_needs_a_login(town):
    stranger = town.stranger()
    for method, (access, _) in PUBLISHED.items():
        if access != "anonymous":
            assert code_of(stranger.call, method) == "unauthenticated", method
