"""Several workers of a module, started together on an empty system, share its work."""

import pytest

from conftest import Town
from parleytest import check, cluster, load
from parleytest.client import direct


@pytest.fixture(scope="module")
def shared_out():
    with cluster.Cluster(options=("--workers", "message=3,user=2")) as system:
        yield system


def grown(folder):
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def test_every_worker_carries_a_part_and_one_may_die(shared_out, note):
    workers = [name for name in shared_out.pids() if name.startswith(("message-", "user-"))]
    assert len(workers) == 5
    before = {name: grown(shared_out.data(name)) for name in workers}
    crowd = load.Load(shared_out, 20, seed=50_000, think=0.05, name="w")
    with crowd:
        crowd.wait_sent(300)
        shared_out.kill("message-2")
        shared_out.up("message-2")
        crowd.wait_sent(100)
    assert crowd.errors == [] and crowd.reconnects == 0
    check.audit(crowd)
    note(f"one of three message workers killed under load: worst latency {crowd.worst_latency * 1000:.0f} ms")
    idle = [name for name in workers if grown(shared_out.data(name)) <= before[name]]
    assert not idle
    crowd.leave()


def test_all_of_them_killed(shared_out):
    town = Town(shared_out)
    people = [town.newcomer() for _ in range(8)]
    for i, person in enumerate(people):
        for other in people[:i]:
            person.call("message.send", to=other.user, body="hello", id=other.user)
    shared_out.kill()
    shared_out.up()
    people = [town.back(person) for person in people]
    for i, person in enumerate(people):
        assert len(person.pages("message.sync", "conversations")) == 7
        for other in people[:i]:
            assert [r["body"] for r in person.history(direct(person, other))] == ["hello"]
    assert len({u["user"] for u in people[0].pages("user.search", "users", prefix="ann")}) >= 8
    town.leave()
