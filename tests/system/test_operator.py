"""The operator's view: nodes, slots, statistics; draining frontends and workers."""

import pytest

from parleytest import load
from parleytest.client import Disconnected, Rejected, code_of, patiently

SOME_MODULES = {"user", "message", "admin"}
DROPS_ARE_NONE = ("malformed", "misplaced", "stranger", "overloaded", "shed", "event_pipe_full")


@pytest.fixture
def root(wide_town):
    return wide_town.root()


def nodes(root):
    return {n["node"]: n for n in root.call("admin.nodes")["nodes"]}


def sessions_of(root):
    """How many sessions each frontend said it has."""
    return {name: n.get("sessions") for name, n in nodes(root).items() if n["kind"] == "frontend"}


def test_every_process_is_a_node(wide_cluster, root):
    patiently(lambda: all(n["up_ms"] for n in nodes(root).values()), what="every node to have told of itself")
    found = nodes(root)
    assert found.keys() == wide_cluster.pids().keys()
    for name, node in found.items():
        role = name.rsplit("-", 1)[0]
        assert node["kind"] == (role if role in ("bus", "frontend") else "worker")
        assert node.get("module") == (role if node["kind"] == "worker" else None)
        assert node["host"] and node["version"] and node["rates"] and node["totals"]
        assert ("slots" in node) == (node["kind"] == "worker") and ("sessions" in node) == (node["kind"] == "frontend")
        assert node.get("slots", 256) == 256 and "drained" not in node
    assert patiently(lambda: sum(n.get("sessions", 0) for n in nodes(root).values()) >= 1)


def test_every_slot_is_served_and_parked_while_its_worker_is_away(wide_cluster, root):
    slots = root.call("admin.slots")["slots"]
    assert SOME_MODULES <= {s["module"] for s in slots}
    assert len(slots) == 256 * len({s["module"] for s in slots})
    for slot in slots:
        assert slot["primary"] == slot["module"] + "-1" and slot["state"] == "serving" and slot["standbys"] == []
    epoch = root.call("admin.slots", module="message")["slots"][5]["epoch"]
    wide_cluster.kill("message-1")
    patiently(lambda: {s["state"] for s in root.call("admin.slots", module="message")["slots"]} == {"parked"})
    wide_cluster.up("message-1")
    patiently(lambda: {s["state"] for s in root.call("admin.slots", module="message")["slots"]} == {"serving"})
    assert root.call("admin.slots", module="message")["slots"][5]["epoch"] == epoch + 1
    assert code_of(root.call, "admin.slots", module="no-such") == "not_found"


def test_statistics_are_of_all_frontends_together(wide_town, root, note):
    people = load.Load(wide_town.cluster, 16, seed=70_000, think=0.02)
    try:
        def told():
            stats = root.call("admin.stats")
            return stats["totals"], {m["method"]: m for m in stats["methods"]}

        before, _ = told()
        with people:
            people.wait_sent(400)
            assert patiently(lambda: any(n["rates"].get("requests", 0) > 10 for n in nodes(root).values() if n["kind"] == "frontend"))
        sent = sum(len(c.acknowledged) for c in people.chatters)
        assert sent >= 400
        pushed = sum(m.to != c.user for c in people.chatters for m in c.acknowledged)  # What one writes to oneself is pushed to nobody.

        def all_told():
            """Each frontend tells once a second, and not all at the same moment."""
            totals, methods = told()
            grown = {name: totals[name] - before[name] for name in ("messages", "pushes")}
            return grown["messages"] >= sent and grown["pushes"] >= pushed and (totals, methods)

        totals, methods = patiently(all_told)
        send = methods["message.send"]
        note(f"message.send: p50 {send['p50_us']} us, p99 {send['p99_us']} us of {send['count']}")
        assert send["count"] - send["errors"] == totals["messages"]
        assert send["errors"] > 0  # Chatters ask for what must be refused, too.
        assert 0 < send["p50_us"] <= send["p99_us"] < 20_000_000
        assert totals["sessions"] >= 17
        assert totals["requests"] >= sum(m["count"] for m in methods.values()) > sent
        assert totals["errors"] >= send["errors"] and totals["commits"] > 0
        assert not {name: n for name, n in totals["drops"].items() if name in DROPS_ARE_NONE and n}
        assert all(n > 0 for name, n in sessions_of(root).items()), "people on both"
    finally:
        people.leave()


def test_a_role_reaches_sessions_on_every_frontend(wide_town, root):
    ann = wide_town.newcomer()
    devices = [ann, *[wide_town.device(ann, f"device {i}") for i in range(11)]]
    root.call("admin.grant", user=ann.user)
    for device in devices:
        assert patiently(lambda: code_of(device.call, "admin.slots", module="user") is None)
    root.call("admin.ungrant", user=ann.user)
    for device in devices:
        assert code_of(device.call, "admin.slots", module="user") == "forbidden"  # At once, wherever it is.
    root.call("admin.ban", user=ann.user, reason="spam")
    for device in devices:
        assert device.wait_closed() == "banned"


def test_a_drained_frontend_sends_its_clients_elsewhere_until_it_is_undrained(wide_cluster, wide_town):
    crowd = [wide_town.newcomer(f"d{i}-") for i in range(16)]
    root = wide_town.root()

    def ask(method):
        """The administrator may be among those who are sent away."""
        nonlocal root
        try:
            return root.call(method, node="frontend-2")
        except (Disconnected, ConnectionError):
            root = wide_town.root()
            return root.call(method, node="frontend-2")

    assert ask("admin.drain") == {"left": 0}
    moved = []
    for person in crowd:
        try:
            person.call("user.profile")
        except (Disconnected, ConnectionError):
            assert person.closed["code"] == "draining" and person.closed["retry_after_ms"] > 0
            moved.append(person)
        except Rejected as refused:
            assert refused.code == "unavailable"
            assert person.wait_closed() == "draining"
            moved.append(person)
    assert 0 < len(moved) < 16
    root = wide_town.root()
    for person in moved:
        assert wide_town.back(person).call("user.profile")
    back = [wide_town.newcomer(f"e{i}-") for i in range(16)]
    assert all(person.call("session.ping") for person in back)
    assert patiently(lambda: sessions_of(root).get("frontend-2") == 0)
    assert nodes(root)["frontend-2"]["drained"] is True
    # It stays so when the bus or the frontend itself is another.
    wide_cluster.kill("bus-1", "frontend-2")
    wide_cluster.up()
    assert patiently(lambda: nodes(root).get("frontend-2", {}).get("up_ms"))
    assert all(wide_town.newcomer(f"f{i}-").call("session.ping") for i in range(16))
    assert patiently(lambda: sessions_of(root).get("frontend-2") == 0)

    assert root.call("admin.undrain", node="frontend-2") == {"left": 0}

    def reached():
        wide_town.newcomer("g")
        return (sessions_of(root).get("frontend-2") or 0) > 0

    assert patiently(reached)
    assert "drained" not in nodes(root)["frontend-2"]


def test_a_drained_worker_says_what_it_still_has_and_goes_on_serving(wide_town, root):
    assert root.call("admin.drain", node="message-1") == {"left": 256}
    assert root.call("admin.drain", node="message-1", id="again") == {"left": 256}
    assert nodes(root)["message-1"]["drained"] is True
    ann, bob = wide_town.newcomer(), wide_town.newcomer("bob")
    assert ann.call("message.send", to=bob.user, body="as before", id="1")["seq"] == 1
    assert root.call("admin.undrain", node="message-1") == {"left": 0}
    assert "drained" not in nodes(root)["message-1"]


def test_what_cannot_be_sessions_of(root):
    assert code_of(root.call, "admin.drain", node="frontend-77") == "not_found"
    assert code_of(root.call, "admin.undrain", node="nothing") == "not_found"
    assert code_of(root.call, "admin.drain", node="bus-1") == "conflict"
