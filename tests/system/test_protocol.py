"""The wire: framing, strict types, sizes, ordering, and what becomes of bytes that are none of it."""

import os
import time

import msgpack
import pytest

from parleytest import wire
from parleytest.client import Disconnected, Rejected, check_error, code_of, direct

PING = "session.ping"


# --- forms of a request -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("params", [[{}], [], None, {}], ids=["[{}]", "[]", "nil", "{}"])
def test_params_may_be_an_array_with_a_map_empty_nil_or_a_bare_map(town, params):
    assert "time_ms" in town.stranger().call_raw(PING, params)


def test_a_bare_map_carries_arguments(town):
    methods = town.stranger().call_raw("session.methods", {"module": "user"})["methods"]
    assert methods and all(m["name"].startswith("user.") for m in methods)


@pytest.mark.parametrize("message", [
    [0, 7], [0, 7, PING], [0, 7, 5, [{}]], [0, 7, None, [{}]], [0, 7, PING, [{}], 1], [0, 7, PING, [{}, {}]], [0, 7, PING, 5], [0, 7, PING, "x"],
    [0, 7, PING, [5]], [0, 7, PING, [[]]], [0, 7, wire.bad_text(b"session.\xff"), [{}]], [0, 7, b"session.ping", [{}]],
], ids=repr)
def test_a_request_with_a_good_msgid_that_is_otherwise_wrong_is_answered(shared_cluster, message):
    with shared_cluster.bare() as connection:
        connection.send(wire.pack(message) + wire.request(8, PING, []))
        first, second = connection.receive(2)
        assert first[:2] == [1, 7] and first[2]["code"] == "bad_request"
        check_error(first[2])
        assert second[:3] == [1, 8, None]  # The connection goes on.


@pytest.mark.parametrize("message", [
    [], [0], ["hello"], [0, -1, PING, []], [0, 1 << 32, PING, []], [0, 1.0, PING, []], [0, "1", PING, []], [0, None, PING, []], [1, 7, None, {}],
    [3, PING, []], [None], {}, {"method": PING}, 5, -1, None, True, "GET / HTTP/1.1", b"bytes", 1.5, [[0, 1, PING, []]],
    wire.Raw(b"\xc1"), wire.Raw(b"\xd4\x01\x00"),
], ids=repr)
def test_what_is_no_request_ends_the_connection_and_says_why(shared_cluster, message):
    with shared_cluster.bare() as connection:
        connection.send(wire.pack(message))
        last = connection.until_closed()[-1]
        assert last[:2] == [2, "session.closed"] and last[2][0]["code"] == "protocol" and last[2][0]["message"]


@pytest.mark.parametrize("message", [[2], [2, 5], [2, "user.update"], [2, PING, 5], [2, PING, [{}, {}]], [2, PING, [{}], 1], [2, "no.such", [{}]],
                                     [2, wire.bad_text(b"\xff"), [{}]], [2, "message.send", [{"to": 5}]]], ids=repr)
def test_a_notification_that_is_otherwise_wrong_is_ignored(town, message):
    ann = town.newcomer()
    ann.send(wire.pack(message))
    ann.call(PING)
    assert not ann.pushes


def test_requests_before_the_wrong_bytes_are_answered(shared_cluster):
    with shared_cluster.bare() as connection:
        connection.send(wire.request(1, PING, []) + b"\xc1")
        messages = connection.until_closed()
        assert [m[1] for m in messages] == [1, "session.closed"]


def test_an_unknown_method_is_unsupported(town):
    ann = town.newcomer()
    for method in ("message.shout", "nothing.at.all", "ping", "session.", ".ping", "message.send ", "Message.send", "m" * 1000):
        assert code_of(ann.call, method) == "unsupported", method


def test_a_msgid_may_be_any_unsigned_32_bit_number(shared_cluster):
    with shared_cluster.bare() as connection:
        for msgid in (0, 1, 127, 128, 65536, (1 << 32) - 1):
            connection.send(wire.request(msgid, PING, []))
        assert [m[1] for m in connection.receive(6)] == [0, 1, 127, 128, 65536, (1 << 32) - 1]


def test_the_msgid_of_an_open_request_is_refused(shared_cluster, town):
    user = town.newcomer().user
    with shared_cluster.bare() as connection:  # Logging in takes long enough to be open still.
        login = wire.request(9, "user.login", [{"user": user, "password": "correct horse"}])
        connection.send(login + wire.request(9, PING, []))
        first, second = connection.receive(2)
        assert first[1] == second[1] == 9
        errors = [m[2]["code"] for m in (first, second) if m[2]]
        assert errors == ["bad_request"]
        connection.send(wire.request(9, PING, []))  # Free again.
        assert connection.receive(3)[2][:3] == [1, 9, None]


# --- strictness of values -----------------------------------------------------------------------------------------------------------------


def test_a_key_that_occurs_twice_is_bad_request(town):
    bob, ann = town.newcomer("bob"), town.newcomer()
    twice = wire.Pairs([("to", bob.user), ("body", "one"), ("body", "two"), ("id", "1")])
    assert code_of(ann.call_raw, "message.send", [twice]) == "bad_request"
    assert code_of(ann.call_raw, "user.profile", [wire.Pairs([("user", bob.user), ("user", bob.user)])]) == "bad_request"
    assert ann.call("message.history", **{"with": bob.user})["head"] == 0


@pytest.mark.parametrize("value", [None, True, -5, 1 << 63, 1.5, "x", b"\x00\xff", [1, [2]], {"a": {"b": None}}, {5: 6}, wire.Raw(b"\xd4\x01\x00")], ids=repr)
def test_an_unknown_key_is_ignored_whatever_it_holds(town, value):
    ann = town.newcomer()
    assert ann.call("user.profile", somethingelse=value)["user"] == ann.user


def test_nil_means_absent(town):
    ann = town.newcomer()
    ann.call("user.update", name="Ann", about="about")
    assert ann.call("user.update", name=None, about="new")["name"] == "Ann"
    with pytest.raises(Rejected) as refused:
        ann.call("message.send", to=None, body="x", id="1")
    assert refused.value.code == "bad_request" and "to" in refused.value.message


# --- sizes --------------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("depth, fine", [(13, True), (14, False)])
def test_sixteen_levels_are_the_deepest(shared_cluster, depth, fine):
    with shared_cluster.bare() as connection:  # The message is level 1, params 2, the arguments 3.
        connection.send(wire.request(1, PING, [{"deep": wire.nested(depth)}]))
        if fine:
            assert connection.receive(1)[0][:3] == [1, 1, None]
        else:
            assert connection.until_closed()[-1][2][0]["code"] == "protocol"


@pytest.mark.parametrize("size, fine", [(65536, True), (65537, False), (200_000, False)])
def test_a_message_has_at_most_64_kib(shared_cluster, size, fine):
    with shared_cluster.bare() as connection:
        connection.send(wire.sized_request(1, PING, size))
        if fine:
            assert connection.receive(1)[0][:3] == [1, 1, None]
        else:
            assert connection.until_closed()[-1][2][0]["code"] == "protocol"


@pytest.mark.parametrize("lie", [
    b"\xdd\xff\xff\xff\xff", b"\xdf\xff\xff\xff\xff", b"\xdb\xff\xff\xff\xff", b"\xc6\xff\xff\xff\xff", b"\xc9\xff\xff\xff\xff\x01",
    b"\x94\x00\x01\xdb\xff\xff\xff\xff", b"\x94\x00\x01\xacsession.ping\x91\xdf\xff\xff\xff\xff", b"\x94\x00\x01\xacsession.ping\xdd\x7f\xff\xff\xff",
    b"\x94\x00\x01\xacsession.ping\x91\x81\xa1x\xc6\xff\xff\xff\xf0", b"\x91" * 60_000, b"\x81\xa1x" * 20_000, b"\xdc\xff\xff" * 20_000,
], ids=lambda lie: lie[:24].hex())
def test_lengths_that_lie_and_bombs_end_the_connection_at_once(shared_cluster, lie):
    before = time.monotonic()
    with shared_cluster.bare() as connection:
        connection.send(lie)
        assert connection.until_closed()[-1][2][0]["code"] == "protocol"
    assert time.monotonic() - before < 15  # Well before the timeout for a message left incomplete.


def test_one_byte_at_a_time_is_as_good(shared_cluster):
    with shared_cluster.bare() as connection:
        for byte in wire.request(1, "session.hello", [{"client": "slow", "version": "ünïcode"}]):
            connection.send(bytes([byte]))
        assert connection.receive(1)[0][3]["protocol"] == 1


def test_random_bytes_never_hurt_anybody_else(shared_cluster, town):
    ann, bob = town.newcomer(), town.newcomer("bob")
    for i in range(200):
        with shared_cluster.bare() as connection:
            connection.send(os.urandom(1 + i * 7))
    ann.call("message.send", to=bob.user, body="still here", id="1")
    assert bob.push("message.new")["body"] == "still here"


def test_every_truncation_of_a_request_followed_by_the_end_is_survived(shared_cluster, town):
    whole = wire.request(1, "user.login", [{"user": "nobody", "password": "correct horse", "device": "d"}])
    for length in range(len(whole)):
        with shared_cluster.bare() as connection:
            connection.send(whole[:length])
            connection.socket.shutdown(1)
            assert all(m[0] == 2 for m in connection.until_closed())
    assert town.stranger().call(PING)


def test_a_page_is_cut_to_one_mebibyte(town):
    ann, bob = town.newcomer(), town.newcomer("bob")
    asked = [ann.request("message.send", to=bob.user, body="x" * 16_384, id=str(i)) for i in range(80)]
    for msgid in asked:
        ann.answer(msgid)
    reader = town.device(bob)
    page = reader.call("message.history", conversation=direct(ann, bob), after=0, limit=80)
    assert 0 < len(page["messages"]) < 80 and page["more"] is True
    assert len(reader.history(direct(ann, bob))) == 80  # Client checks the size of every message.
    newest = reader.call("message.history", conversation=direct(ann, bob), limit=80)
    assert newest["more"] is True and newest["messages"][-1]["seq"] == 80


# --- ordering, pipelining, half-close -----------------------------------------------------------------------------------------------------


def test_ping_is_answered_after_all_that_was_asked_before(town):
    ann, bob = town.newcomer(), town.newcomer("bob")
    for round_ in range(10):
        asked, burst = [], b""
        for i in range(20):
            asked.append(ann.reserve("message.send"))
            burst += wire.request(asked[-1], "message.send", [{"to": bob.user, "body": "x", "id": f"{round_}-{i}"}])
        ping = ann.reserve(PING)
        ann.arrivals.clear()
        ann.send(burst + wire.request(ping, PING, []))
        ann.answer(ping)
        assert set(ann.arrivals[:-1]) == set(asked) and ann.arrivals[-1] == ping
        for msgid in asked:
            ann.answer(msgid)


def test_two_hundred_requests_in_one_segment_are_all_answered(town):
    ann, bob = town.newcomer(), town.newcomer("bob")
    asked, burst = [], b""
    for i in range(200):
        asked.append(ann.reserve("message.send"))
        burst += wire.request(asked[-1], "message.send", [{"to": bob.user, "body": f"number {i}", "id": str(i)}])
    ann.send(burst)
    assert sorted(ann.answer(msgid)["seq"] for msgid in asked) == list(range(1, 201))
    assert [bob.push("message.new")["seq"] for _ in range(200)] == list(range(1, 201))


def test_more_than_256_in_flight_are_overloaded_and_do_nothing(town):
    ann, bob = town.newcomer(), town.newcomer("bob")
    asked, burst = {}, b""
    for i in range(700):
        msgid = ann.reserve("message.send")
        asked[msgid] = f"number {i}"
        burst += wire.request(msgid, "message.send", [{"to": bob.user, "body": f"number {i}", "id": str(i)}])
    ann.send(burst)
    done, refused = set(), set()
    for msgid, body in asked.items():
        try:
            ann.answer(msgid)
            done.add(body)
        except Rejected as error:
            assert error.code == "overloaded"
            refused.add(body)
    assert len(done) >= 256 and refused
    assert {r["body"] for r in ann.history(direct(ann, bob))} == done


def test_after_a_half_close_what_was_received_is_answered(shared_cluster, town):
    ann, bob = town.newcomer(), town.newcomer("bob")
    asked = [ann.request("message.send", to=bob.user, body=f"last words {i}", id=str(i)) for i in range(50)]
    ping = ann.request(PING)
    ann.half_close()
    assert len({ann.answer(msgid)["seq"] for msgid in asked}) == 50
    assert ann.answer(ping)
    assert ann.wait_closed() is None
    assert len(bob.history(direct(ann, bob))) == 50


def test_a_half_close_at_once_ends_the_connection(shared_cluster):
    with shared_cluster.bare() as connection:
        connection.socket.shutdown(1)
        assert connection.until_closed() == []


def test_a_connection_that_vanishes_with_requests_open_leaves_them_done(town):
    ann, bob = town.newcomer(), town.newcomer("bob")
    ann.request("message.send", to=bob.user, body="said before leaving", id="1")
    ann.close()
    assert bob.push("message.new")["body"] == "said before leaving"


def test_a_notification_is_carried_out_and_not_answered(town):
    ann, bob = town.newcomer(), town.newcomer("bob")
    ann.notify("message.send", to=bob.user, body="no answer, please", id="1")
    assert bob.push("message.new")["body"] == "no answer, please"
    own = ann.push("message.new")  # Without an answer, the push tells its own connection.
    assert own["seq"] == 1 and own["id"] == "1" and not ann.arrivals[3:]
    ann.notify("user.update", name="Ann by notification")
    ann.call(PING)
    assert ann.call("user.profile")["name"] == "Ann by notification"


def test_garbage_of_a_logged_in_connection_closes_only_that(town):
    ann = town.newcomer()
    other = town.device(ann)
    ann.socket.sendall(b"\xc1")
    assert ann.wait_closed() == "protocol"
    with pytest.raises(Disconnected):
        ann.call(PING)
    assert other.call(PING) and town.back(ann).call("user.profile")["user"] == ann.user


def test_the_server_speaks_plain_messagepack(shared_cluster):
    """An answer decodes with the strictest settings, and text is str, never bin."""
    with shared_cluster.bare() as connection:
        connection.socket.sendall(wire.request(1, "session.hello", []))
        unpacker, message = msgpack.Unpacker(raw=False, strict_map_key=True, unicode_errors="strict"), None
        while message is None:
            unpacker.feed(connection.socket.recv(4096))
            message = next(unpacker, None)
        assert isinstance(message[3]["server"], str)
