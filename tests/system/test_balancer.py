"""Two frontends behind HAProxy: whose a connection is, and what happens when one of them dies or is drained."""

import pytest

from conftest import Town
from parleytest import check, load, wire
from parleytest.balanced import TRUSTED, Balanced, header
from parleytest.client import Client, patiently

PING = wire.request(1, "session.ping", [{}])
CONNECTIONS_MAX = 5


@pytest.fixture(scope="module")
def balanced():
    with Balanced({"PARLEY_ADDRESS_CONNECTIONS_MAX": str(CONNECTIONS_MAX), "PARLEY_ANONYMOUS_MS": "12000"}) as system:
        yield system


@pytest.fixture
def town(balanced):
    """Also what the fixtures `parley` and `chat` talk to."""
    balanced.up()
    balanced.wait_up()
    people = Town(balanced)
    yield people
    people.leave()


def sessions_of(root, node):
    return next(n["sessions"] for n in root.call("admin.nodes")["nodes"] if n["node"] == node)


def closed_as(connection):
    """The code of session.closed, which must be the only thing the server says."""
    connection.receive(2)
    assert connection.ended
    (kind, method, params), = connection.messages
    assert (kind, method) == (2, "session.closed")
    return params[0]["code"], params[0]["message"]


def test_clients_have_their_own_addresses(balanced, town):
    ann = town.newcomer(source="127.0.0.2")
    addresses = {ann.session: "127.0.0.2"}
    for i in range(3, 11):  # So many that each frontend has some of them.
        device = town.stranger(source=f"127.0.0.{i}")
        device.login(ann.user, ann.password, device=f"device {i}")
        addresses[device.session] = f"127.0.0.{i}"
    assert {s["session"]: s["address"] for s in ann.call("user.sessions")["sessions"]} == addresses
    root = town.root()
    for node in ("frontend-1", "frontend-2"):
        patiently(lambda: sessions_of(root, node) >= 2, what=f"sessions at {node}")
    with pytest.raises(load.Rejected):
        ann.call("admin.ban", user=town.newcomer("bob").user, reason="why not")
    assert root.call("admin.audit", user=ann.user)["entries"][0]["address"] == "127.0.0.2"
    assert not balanced.said("PROXY header:")  # HAProxy's checks are in order too.


def test_an_address_limit_counts_the_clients_of_an_address(balanced, town):
    crowd = [balanced.direct() for _ in range(CONNECTIONS_MAX + 1)]
    for person in crowd[:-1]:
        person.send(header("203.0.113.7") + PING)
        assert person.receive(1)[0][0] == 1
    crowd[-1].send(header("203.0.113.7") + PING)
    assert closed_as(crowd[-1]) == ("overloaded", "too many connections from 203.0.113.7")
    with balanced.direct() as other:
        other.send(header("203.0.113.8") + PING)
        assert other.receive(1)[0][0] == 1
    for person in crowd:
        person.socket.close()


def test_hostile_bytes_instead_of_a_header(balanced, town):
    begun = header("203.0.113.7")
    for wrong in (PING, b"\0" * 100, b"GET / HTTP/1.1\r\n\r\n", b"PROXY TCP4 203.0.113.7 127.0.0.1 1 2\r\n", begun[:12] + b"\x31" + begun[13:],
                  header("203.0.113.7", command=0x2F), header("203.0.113.7", family=0x51), header("203.0.113.7", more=b"\x04\x00\x09"),
                  begun[:14] + b"\x00\x05" + begun[16:], begun[:15] + b"\x0b" + begun[16:]):
        with balanced.direct() as hostile:
            hostile.send(wrong + PING)
            code, message = closed_as(hostile)
            assert code == "protocol" and f"connections from {TRUSTED} must begin with a PROXY protocol header" in message
    told = balanced.said("without a right PROXY header:")
    assert 0 < len(told) < 10  # The log cannot be flooded.
    assert town.newcomer().call("user.profile")


def test_a_header_that_never_ends_is_closed_in_time(balanced, town):
    silent, begun, dripping = (balanced.direct() for _ in range(3))
    begun.send(header("203.0.113.7")[:20])
    dripping.send(header("203.0.113.7", more=b"\xe0\xff\x00" + bytes(0xFF00))[:40])
    for _ in range(200):
        dripping.send(b"\0")
        try:
            if dripping.receive(1, patience=0.5):
                break
        except TimeoutError:
            pass
    assert [closed_as(each)[0] for each in (silent, begun, dripping)] == ["idle"] * 3


def test_only_a_trusted_address_may_say_whose_a_connection_is(balanced, town):
    with balanced.direct(source="127.0.0.2") as liar:
        liar.send(header("203.0.113.7") + PING)
        assert closed_as(liar)[0] == "protocol"
    with Client(balanced.frontend_port, source="127.0.0.2") as honest:  # As if there were no balancer.
        user = town.handle("honest")
        honest.register(user, "correct horse")
        honest.login(user, "correct horse")
        assert [s["address"] for s in honest.call("user.sessions")["sessions"]] == ["127.0.0.2"]


def test_the_balancers_own_connection_has_its_own_address(balanced, town):
    ann = town.newcomer()
    with balanced.direct() as own:
        own.send(header("203.0.113.7", command=0x20) + wire.request(1, "user.resume", [{"token": ann.token}]))
        own.receive(1)
        own.send(wire.request(2, "user.sessions", [{}]))
        _, _, error, result = own.receive(2)[1]
        assert error is None and [s["address"] for s in result["sessions"]] == [TRUSTED]


@pytest.mark.parametrize("victim", ["frontend-1", "frontend-2"])
def test_a_frontend_killed_under_load(balanced, town, note, victim):
    crowd = load.Load(balanced, 24, seed=51_000, think=0.05, name=f"k{victim[-1]}")
    with crowd:
        crowd.wait_sent(150)
        balanced.kill(victim)
        crowd.wait_sent(150)  # Everybody is at the other one.
        balanced.up(victim)
        crowd.wait_sent(50)
    assert 0 < crowd.reconnects <= 24
    assert {code for _, code, _ in crowd.errors} <= {"unavailable", "timeout"}
    check.audit(crowd)
    note(f"{victim} killed behind HAProxy: {crowd.reconnects} reconnects, worst latency {crowd.worst_latency * 1000:.0f} ms")
    crowd.leave()


@pytest.mark.parametrize("way", ["drained", "stopped"])
def test_a_frontend_that_leaves_under_load(balanced, town, note, way):
    root = town.root()
    crowd = load.Load(balanced, 24, seed=52_000, think=0.05, name=way[0])
    downs = balanced.balancer_said("parley/frontend-1 is DOWN")
    with crowd:
        crowd.wait_sent(150)
        if way == "drained":
            root = stubborn(town, root, "admin.drain", "frontend-1")
        else:
            balanced.down("frontend-1")
        patiently(lambda: balanced.balancer_said("parley/frontend-1 is DOWN") > downs, what="HAProxy to see that frontend-1 is away")
        crowd.wait_sent(150)
        if way == "drained":
            root = stubborn(town, root, "admin.undrain", "frontend-1")
        else:
            balanced.up("frontend-1")
        crowd.wait_sent(50)
    assert 0 < crowd.reconnects <= 24  # Nobody who was sent away met the same frontend again.
    assert {code for _, code, _ in crowd.errors} <= {"unavailable"}
    check.audit(crowd)
    note(f"frontend-1 {way} behind HAProxy: {crowd.reconnects} reconnects, worst latency {crowd.worst_latency * 1000:.0f} ms")
    crowd.leave()


def stubborn(town, root, method, node):
    """Calls it as the administrator, whose own connection may be one that is sent away before it is answered. The connection that is left."""
    try:
        root.call(method, node=node)
    except (load.Disconnected, ConnectionError):
        root = town.root()
        root.call(method, node=node)
    return root


def test_the_command_line_comes_back_through_the_other_frontend(balanced, town, chat):
    ann, bob, root = town.newcomer("ann"), town.newcomer("bob"), town.root()
    window = chat(ann)
    for node in ("frontend-1", "frontend-2"):  # At one of them it is.
        root = stubborn(town, root, "admin.drain", node)
        bob = town.back(bob)
        bob.call("message.send", to=ann.user, body=f"are you there, without {node}?", id=node)
        window.expect(f"are you there, without {node}?")
        root = stubborn(town, root, "admin.undrain", node)
        balanced.wait_up()
