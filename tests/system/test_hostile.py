"""Those who mean harm: ten thousand half-open connections, floods, readers that do not read. Bystanders notice nothing and memory is bounded."""

import os
import random
import select
import socket
import threading
import time

import pytest

from parleytest import check, load, wire
from parleytest.client import Rejected, code_of

MIB = 1 << 20
HALF_OPEN = 10_000
LOGIN = wire.request(1, "user.login", [{"user": "nobody", "password": "correct horse"}])


@pytest.fixture
def bystanders(own_cluster, note, request):
    """Ten people chat during the attack; afterwards nobody may have noticed it."""
    own_cluster.up()
    crowd = load.Load(own_cluster, 10, seed=abs(hash(request.node.name)) % 10_000, think=0.05, name="by")
    with crowd:
        crowd.wait_sent(20)
        yield crowd
        crowd.wait_sent(50)
    note(f"{request.node.name}: bystanders sent {crowd.sent}, worst latency {crowd.worst_latency * 1000:.0f} ms")
    assert crowd.errors == [] and crowd.reconnects == 0
    assert own_cluster.said("dropping") == []  # A lost answer is asked for again, which only looks like a slow one.
    check.audit(crowd)
    crowd.leave()


@pytest.fixture
def memory(own_cluster, note, request):
    """bounded(mib): the frontend grew by no more than that since the test began."""
    own_cluster.up()
    before = own_cluster.rss("frontend-1")

    def bounded(mib):
        grown = (own_cluster.rss("frontend-1") - before) / MIB
        note(f"{request.node.name}: the frontend grew by {grown:.1f} MiB")
        assert grown < mib

    return bounded


def raise_file_limit(wanted):
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < wanted:
        pytest.skip(f"needs {wanted} open files, this machine allows {hard}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))


def test_ten_thousand_half_open_connections(own_cluster, bystanders, memory):
    """Each sends a part of a login and then nothing. Either they are held, cheaply, or those too many are turned away with a word."""
    raise_file_limit(HALF_OPEN + 1000)
    sockets = []
    try:
        for i in range(HALF_OPEN):
            one = socket.create_connection(("127.0.0.1", own_cluster.client_port), timeout=20)
            sockets.append(one)
            one.sendall(LOGIN[:1 + i % (len(LOGIN) - 1)])
        bystanders.wait_sent(50)
        memory(64)
        with own_cluster.connect() as late:  # Others still get in.
            late.register("late.comer", "correct horse")
            assert late.login("late.comer", "correct horse")["user"] == "late.comer"
    finally:
        for one in sockets:
            one.close()
    bystanders.wait_sent(20)


def test_garbage_from_many_at_once(own_cluster, bystanders, memory):
    chance = random.Random(7)
    stop, failures = threading.Event(), []

    def vandal(seed):
        chance = random.Random(seed)
        while not stop.is_set():
            try:
                with own_cluster.bare() as connection:
                    kind = chance.randrange(6)
                    if kind == 0:
                        connection.send(chance.randbytes(chance.randrange(1, 5000)))
                    elif kind == 1:
                        whole = bytearray(LOGIN)
                        whole[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
                        connection.send(bytes(whole) * 3)
                    elif kind == 2:
                        connection.send(b"\x91" * chance.randrange(1, 60_000))
                    elif kind == 3:
                        connection.send(b"\x94\x00\x01\xdb\xff\xff\xff\xff" + b"x" * 1000)
                    elif kind == 4:
                        connection.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                    else:
                        connection.send(wire.request(1, "user.login", [{"user": wire.bad_text(b"\xff\xfe"), "password": "x" * 8}]))
                    connection.socket.shutdown(socket.SHUT_WR)
                    connection.until_closed()
            except ConnectionError:
                pass
            except Exception as failure:
                failures.append(failure)
                return

    threads = [threading.Thread(target=vandal, args=(chance.random(),)) for _ in range(8)]
    for thread in threads:
        thread.start()
    try:
        bystanders.wait_sent(400, patience=60)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert not failures
    memory(48)


def test_who_asks_and_never_reads_costs_little(own_cluster, bystanders, memory):
    """Large answers, asked for without end and never read: the server stops taking requests or closes; it does not hoard."""
    greedy = [socket.create_connection(("127.0.0.1", own_cluster.client_port), timeout=20) for _ in range(5)]
    ask, given, deadline = wire.request(1, "session.methods", []), [0] * len(greedy), time.monotonic() + 10
    dead = set()
    for one in greedy:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        one.setblocking(False)
    quiet_since = time.monotonic()
    while time.monotonic() < deadline and time.monotonic() - quiet_since < 2 and len(dead) < len(greedy):
        _, writable, _ = select.select([], [g for g in greedy if g not in dead], [], 0.2)
        for one in writable:
            try:
                given[greedy.index(one)] += one.send(ask * 1000)
                quiet_since = time.monotonic()
            except BlockingIOError:
                pass
            except ConnectionError:
                dead.add(one)
    memory(96)
    for one in greedy:
        one.close()
    bystanders.wait_sent(20)


def test_pages_asked_for_and_never_read_cost_little(own_cluster, own_town, bystanders, memory):
    """Two hundred pages of a megabyte each, over one connection. What is not kept for it is answered with an error that can be retried."""
    ann, bob = own_town.newcomer(), own_town.newcomer("bob")
    for start in range(0, 70, 10):
        for msgid in [ann.request("message.send", to=bob.user, body="x" * 16_384, id=str(i)) for i in range(start, start + 10)]:
            ann.answer(msgid)
    greedy = own_town.stranger(receive_buffer=4096)
    greedy.login(ann.user, ann.password)
    asked = [greedy.request("message.history", after=0, limit=200, **{"with": bob.user}) for _ in range(200)]
    bystanders.wait_sent(200)
    memory(16)
    outcomes = [code_of(greedy.answer, msgid) for msgid in asked]  # Every one is answered, once they are read.
    assert set(outcomes) <= {None, "timeout", "overloaded"} and outcomes.count(None) >= 4
    assert greedy.call("session.ping")


def test_connecting_and_leaving_a_thousand_times(own_cluster, bystanders, memory):
    for i in range(1000):
        one = socket.create_connection(("127.0.0.1", own_cluster.client_port), timeout=20)
        if i % 3 == 0:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")  # A reset instead of a farewell.
        one.sendall(LOGIN[:i % len(LOGIN)])
        one.close()
    memory(16)


def test_a_flood_of_wrong_passwords_is_slowed_down_and_nobody_else(own_cluster, own_town, bystanders):
    victim, honest = own_town.newcomer("victim"), own_town.newcomer("honest")
    guessers = [own_town.stranger() for _ in range(10)]
    asked = [(g, g.request("user.login", user=victim.user, password=f"guess number {i}")) for i in range(20) for g in guessers]
    assert own_town.device(honest).call("user.profile")  # Another account, meanwhile.
    outcomes = [code_of(guesser.answer, msgid, patience=60) for guesser, msgid in asked]
    assert set(outcomes) <= {"unauthenticated", "rate_limited", "overloaded"} and outcomes.count("rate_limited") > 100
    assert own_town.back(victim).call("user.profile")  # A token needs no password.
    bystanders.wait_sent(20)


def test_who_mistyped_gets_in_after_the_wait_that_is_told(own_town):
    ann = own_town.newcomer()
    stranger, wrong, wait_ms = own_town.stranger(), 0, 0
    while not wait_ms:
        try:
            stranger.login(ann.user, f"wrong {wrong}, as password")
        except Rejected as error:
            wrong += 1
            assert error.code in ("unauthenticated", "rate_limited") and wrong < 50
            wait_ms = error.retry_after_ms or 0
    assert wrong > 3
    stranger.listen(wait_ms / 1000)
    assert stranger.login(ann.user, "correct horse")["user"] == ann.user


def test_garbage_at_the_port_of_the_bus(own_cluster, bystanders):
    """Nobody should reach it, but a port scan must not stop the system."""
    for length in (1, 10, 64, 1000, 100_000):
        with socket.create_connection(("127.0.0.1", own_cluster.bus_port), timeout=20) as one:
            try:
                one.sendall(os.urandom(length))
                one.sendall(b"\xff" + b"\x00" * 8 + b"\x7f" + os.urandom(length))
            except ConnectionError:
                pass
    bystanders.wait_sent(50)
