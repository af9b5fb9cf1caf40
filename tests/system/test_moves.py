"""Workers come and leave while people talk: slots move between them, and the clients see latency and no error."""

import collections
import threading

import pytest

from conftest import Town
from parleytest import check, cluster, load
from parleytest.client import Disconnected, Rejected, direct, patiently

MOVING_SECONDS = 120  # For all slots of a module, on a machine that has other things to do.


class Slots:
    """Who has which slots of the message module, as an administrator sees it."""

    def __init__(self, system):
        self.system = system
        self._root = None

    def ask(self, method, **arguments):
        if self._root is None:
            self._root = self.system.connect()
            self._root.login("root", self.system.root_password(), device="console")
        return self._root.call(method, **arguments)

    def all(self):
        """Nothing while the system can't say."""
        try:
            return self.ask("admin.slots", module="message")["slots"]
        except (Rejected, Disconnected, ConnectionError):
            self.leave()
            return []

    def leave(self):
        if self._root:
            self._root.close()
        self._root = None

    def counts(self):
        return collections.Counter(slot["primary"] for slot in self.all())

    def moving(self):
        return [slot for slot in self.all() if slot["state"] == "moving"]

    def settled(self, **counts):
        """Waits until each worker (message_1=128, …) serves so many slots and nothing moves."""
        wanted = {name.replace("_", "-"): count for name, count in counts.items() if count}

        def reached():
            slots = self.all()
            return slots and {s["state"] for s in slots} == {"serving"} and dict(collections.Counter(s["primary"] for s in slots)) == wanted

        patiently(reached, patience=MOVING_SECONDS, every=0.1, what=f"slots to be {wanted}")


@pytest.fixture
def system():
    with cluster.Cluster() as fresh:
        yield fresh


@pytest.fixture
def slots(system):
    view = Slots(system)
    yield view
    view.leave()


def unharmed(people, note, what):
    note(f"{what}: {people.sent} messages, worst latency {people.worst_latency * 1000:.0f} ms")
    assert people.errors == []
    assert people.reconnects == 0
    check.audit(people)


def test_workers_come_and_leave_while_two_hundred_people_talk(system, slots, note):
    people = load.Load(system, 200, seed=80_000, think=4.0, name="m")
    with people:
        people.wait_sent(200, patience=60)
        system.staff(message=3)
        patiently(lambda: sorted(slots.counts().values()) == [85, 85, 86], patience=MOVING_SECONDS, every=0.1, what="slots to be spread")
        people.wait_sent(200, patience=60)
        left = slots.ask("admin.drain", node="message-1")["left"]
        assert left in (85, 86)
        patiently(lambda: slots.ask("admin.drain", node="message-1")["left"] == 0, patience=MOVING_SECONDS, every=0.1, what="message-1 to be empty")
        slots.settled(message_2=128, message_3=128)
        people.wait_sent(200, patience=60)
        system.down("message-2")
        slots.settled(message_3=256)
        people.wait_sent(200, patience=60)
        slots.ask("admin.undrain", node="message-1")
        slots.settled(message_1=128, message_3=128)
        people.wait_sent(200, patience=60)
    unharmed(people, note, "two workers come, one is drained, one is told to end, and one gets its share back")
    assert not system.said("did not stop within")
    people.leave()


class Speaker:
    """One member who writes in groups, one message after the other."""

    def __init__(self, person, groups):
        self.person, self.groups = person, groups
        self.said, self.failure = {}, None

    def run(self, stop):
        try:
            while not stop.is_set():
                group = self.groups[len(self.said) % len(self.groups)]
                body = f"{self.person.user} {len(self.said)}"
                self.said[group, self.person.call("message.send", to=group, body=body, id=body)["seq"]] = body
                self.person.listen(0.05)
        except BaseException as failure:
            self.failure = failure


def test_groups_talk_on_while_their_slots_move(system, slots, note):
    town = Town(system)
    boss = town.newcomer("boss")
    groups = [f"#moving-{i}" for i in range(12)]
    for group in groups:
        boss.call("group.create", group=group, policy="open")
    members = [town.newcomer("mem") for _ in range(12)]
    for member in members:
        for group in groups:
            member.call("group.join", group=group)
    speakers = [Speaker(member, groups[i:] + groups[:i]) for i, member in enumerate(members)]
    stop = threading.Event()
    threads = [threading.Thread(target=s.run, args=(stop,), daemon=True) for s in speakers]
    for thread in threads:
        thread.start()
    try:
        system.staff(message=2, group=2, user=2)
        slots.settled(message_1=128, message_2=128)
        system.down("message-1", "group-1", "user-1")
        slots.settled(message_2=256)
        goal = sum(len(s.said) for s in speakers) + 100
        patiently(lambda: sum(len(s.said) for s in speakers) >= goal or any(s.failure for s in speakers), patience=60)
    finally:
        stop.set()
        for thread in threads:
            thread.join(60)
    assert [s.failure for s in speakers if s.failure] == []
    listener = town.back(boss)
    for group in groups:
        records = listener.history(group)
        check.dense(records)
        said = {r["seq"]: r["body"] for r in records if r["kind"] == "text"}
        assert said == {seq: body for s in speakers for (where, seq), body in s.said.items() if where == group}
    note(f"groups whose slots moved: {sum(len(s.said) for s in speakers)} messages, each in its place")
    town.leave()


def test_three_times_the_capacity_is_three_times_the_slots(system, slots):
    system.staff(message=2, env={"PARLEY_CAPACITY": "3"})
    slots.settled(message_1=64, message_2=192)
    town = Town(system)
    ann, bob = town.newcomer(), town.newcomer("bob")
    assert ann.call("message.send", to=bob.user, body="hello", id="1")["seq"] == 1
    system.restart("message-2")  # With a capacity of 1 this time.
    slots.settled(message_1=128, message_2=128)
    assert ann.call("message.send", to=bob.user, body="hello again", id="2")["seq"] == 2
    town.leave()


def test_a_worker_that_is_killed_takes_only_its_own_slots_with_it():
    with cluster.Cluster(options=("--workers", "message=3"), env={"PARLEY_PARK_MS": "1500"}) as system:
        slots, town = Slots(system), Town(system)
        pairs = [(town.newcomer(), town.newcomer("bob")) for _ in range(16)]
        for ann, bob in pairs:
            ann.call("message.send", to=bob.user, body="first", id="1")
        owned = {s["slot"]: s["primary"] for s in slots.all()}
        assert sorted(collections.Counter(owned.values()).values()) == [85, 85, 86]
        system.kill("message-2")

        def parked():
            return {s["slot"] for s in slots.all() if s["state"] == "parked"}

        patiently(lambda: parked() == {slot for slot, primary in owned.items() if primary == "message-2"}, what="its slots, and no others, to be parked")
        asked = [(ann, bob, ann.request("message.send", to=bob.user, body="second", id="2")) for ann, bob in pairs]
        waiting = []
        for ann, bob, request in asked:
            try:
                assert ann.answer(request)["seq"] == 2
            except Rejected as refused:
                assert refused.code == "unavailable" and refused.retryable
                waiting.append((ann, bob))
        assert 0 < len(waiting) < 16  # Each pair has one chance in three.
        system.up("message-2")
        slots.settled(message_1=list(owned.values()).count("message-1"), message_2=list(owned.values()).count("message-2"),
                      message_3=list(owned.values()).count("message-3"))
        assert {s["slot"]: s["primary"] for s in slots.all()} == owned  # Recognised by what it has on its disk; nothing moved.
        for ann, bob in waiting:
            assert ann.call("message.send", to=bob.user, body="second", id="2")["seq"] == 2
        for ann, bob in pairs:
            assert [r["body"] for r in ann.history(direct(ann, bob))] == ["first", "second"]
        slots.leave()
        town.leave()


def test_the_only_worker_is_told_to_end_and_what_it_has_waits(system, slots):
    town = Town(system)
    ann, bob = town.newcomer(), town.newcomer("bob")
    ann.call("message.send", to=bob.user, body="before", id="1")
    system.down("message-1")
    meanwhile = ann.request("message.send", to=bob.user, body="meanwhile", id="2")
    system.up("message-1")
    assert ann.answer(meanwhile)["seq"] == 2
    assert [r["body"] for r in bob.history(direct(ann, bob))] == ["before", "meanwhile"]
    slots.settled(message_1=256)
    town.leave()


class Heavy:
    """A system with so much in it that moving takes a while, and people who talk."""

    def __init__(self):
        self.system = cluster.Cluster()
        self.slots = Slots(self.system)
        self.people = load.Load(self.system, 20, seed=81_000, think=0.2, name="h")
        town = Town(self.system)
        pairs = [(town.newcomer(), town.newcomer("bob")) for _ in range(8)]
        self.written = {}
        for ann, bob in pairs:
            requests = [ann.request("message.send", to=bob.user, body=f"{i} " + "x" * 16_000, id=str(i)) for i in range(100)]
            for request in requests:
                ann.answer(request)
            self.written[direct(ann, bob)] = (ann, 100)

    def close(self):
        self.people.leave()
        self.slots.leave()
        self.system.close()

    def check(self):
        check.audit(self.people)
        for conversation, (ann, count) in self.written.items():
            records = ann.history(conversation)
            check.dense(records, count)
            assert sorted(int(r["body"].split()[0]) for r in records) == list(range(count))


@pytest.fixture(scope="module")
def heavy():
    made = Heavy()
    yield made
    made.close()


@pytest.mark.parametrize("victims", [("message-2",), ("message-1",), ("bus-1",), ("message-1", "message-2"), ("bus-1", "message-1"), ("bus-1", "message-2")],
                         ids="+".join)
def test_processes_are_killed_while_slots_move(heavy, victims, note):
    """Once while message-1 gives everything to message-2, once while it takes half of it back."""
    system, slots, people = heavy.system, heavy.slots, heavy.people
    system.staff(message=2)
    slots.settled(message_1=128, message_2=128)
    before = people.sent
    with people:
        for change in ("admin.drain", "admin.undrain"):
            people.wait_sent(20)
            slots.ask(change, node="message-1")
            patiently(slots.moving, what="slots to move")
            system.kill(*victims)
            system.up()
            people.wait_sent(20)
            slots.settled(**({"message_2": 256} if change == "admin.drain" else {"message_1": 128, "message_2": 128}))
        people.wait_sent(20)
    note(f"{' and '.join(victims)} killed while slots moved: {people.sent - before} messages, worst latency {people.worst_latency * 1000:.0f} ms, "
         f"{len(people.errors)} errors told")
    # Where starting again took longer than the bus parks, people were told to ask again; what became of it is in the audit.
    assert {code for _, code, _ in people.errors} <= {"unavailable", "timeout"} and people.reconnects == 0
    heavy.check()
