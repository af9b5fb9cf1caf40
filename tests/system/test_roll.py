"""scripts/roll under load: every process is replaced while people talk in pairs and in groups, and they see latency alone."""

import os
import subprocess

import pytest

from conftest import Town
from parleytest import check, cluster, load

ROLL_SECONDS = 170


class Member(load.Chatter):
    """Writes in groups, one message after the other. What it hears is the audit's business: it looks at the groups' histories."""

    def _follow(self, record):
        pass

    def _catch_up(self):
        self.client.pushes.clear()


class Crowd:
    """People in pairs, and members of groups, with one account of what they were promised."""

    def __init__(self, system, people, members, groups):
        self.system = system
        self.pairs = load.Load(system, people, seed=90_000, think=1.0, name="r")
        town = Town(system)
        boss = town.newcomer("boss")
        self.groups = [f"#rolling-{i}" for i in range(groups)]
        for group in self.groups:
            boss.call("group.create", group=group, policy="open")
        self.boss = boss
        self.talk = load.Load(system, members, seed=91_000, think=1.0, name="g")
        self.talk.chatters = [self._member(chatter) for chatter in self.talk.chatters]
        self.loads = (self.pairs, self.talk)

    def _member(self, chatter):
        chatter.leave()
        member = Member(self.system.client_port, chatter.user, "a long password", "groups")
        member.client = self.system.connect()
        member.token = member.client.login(member.user, "a long password")["token"]
        for group in self.groups:
            member.client.call("group.join", group=group)
        member.neighbours = self.groups
        return member

    def __enter__(self):
        for each in self.loads:
            each.start()
        return self

    def __exit__(self, kind, *rest):
        for each in self.loads:
            each.__exit__(kind, *rest)

    def wait_sent(self, more):
        for each in self.loads:
            each.wait_sent(more, patience=60)

    @property
    def sent(self):
        return sum(each.sent for each in self.loads)

    @property
    def errors(self):
        return [error for each in self.loads for error in each.errors]

    @property
    def reconnects(self):
        return sum(each.reconnects for each in self.loads)

    def latencies(self):
        """How many each chatter has by now."""
        return {c: len(c.latencies) for each in self.loads for c in each.chatters}

    def worst_since(self, before):
        return max((latency for chatter, count in before.items() for latency in chatter.latencies[count:]), default=0.0)

    def audit(self):
        check.audit(self.pairs)
        town = Town(self.system)
        reader = town.back(self.boss)
        for group in self.groups:
            records = reader.history(group)
            check.dense(records)
            texts = [r for r in records if r["kind"] == "text"]
            told = {m.seq: m.body for c in self.talk.chatters for m in c.acknowledged if m.conversation == group}
            possible = {m.body for c in self.talk.chatters for m in c.unknown if m.to == group} | set(told.values())
            assert len({r["body"] for r in texts}) == len(texts), f"{group} has a message twice"
            assert {r["seq"]: r["body"] for r in texts if r["seq"] in told} == told, f"{group} lacks what was acknowledged"
            assert {r["body"] for r in texts} <= possible
        town.leave()

    def leave(self):
        for each in self.loads:
            each.leave()


def roll(system, *arguments, on_line=lambda line: None):
    """Returns the exit code and what was said."""
    command = [str(cluster.ROOT / "scripts" / "roll"), "--home", str(system.home), *arguments]
    environment = cluster.environment() | {"PARLEY_BIN": str(cluster.program("parley").parent)}
    said = []
    with subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as running:
        for line in running.stdout:
            said.append(line)
            on_line(line)
    return running.returncode, "".join(said)


@pytest.fixture(scope="module")
def wide():
    # A restart may take long on a machine that has other things to do; requests wait that long and no error is told.
    with cluster.Cluster(frontends=2, options=("--workers", "message=2"), env={"PARLEY_PARK_MS": "9000"}) as system:
        yield system


def test_everything_is_replaced_while_people_talk(wide, note):
    crowd = Crowd(wide, people=40, members=10, groups=4)
    before, worst = wide.pids(), []
    marks = [crowd.latencies()]

    def look(line):
        if " is replaced (" not in line:
            return
        worst.append((line.split()[0], crowd.worst_since(marks[-1])))
        marks.append(crowd.latencies())

    with crowd:
        crowd.wait_sent(20)
        marks = [crowd.latencies()]
        code, said = roll(wide, "--all", on_line=look)
        crowd.wait_sent(20)
    note(f"every process replaced under load: {crowd.sent} messages, {len(crowd.errors)} errors, {crowd.reconnects} connections made again; worst latency "
         + ", ".join(f"{name} {latency * 1000:.0f} ms" for name, latency in worst))
    assert code == 0, said
    assert [name for name, _ in worst] == sorted(before, key=lambda n: (n != "bus-1", n.startswith("frontend"), n))
    after = wide.pids()
    assert after.keys() == before.keys() and not set(after.values()) & set(before.values())
    assert crowd.errors == []
    assert crowd.reconnects > 0  # Of those who were at a frontend that left, and of nobody else.
    assert "did not stop within" not in said
    crowd.audit()
    crowd.leave()


def test_only_what_is_older_goes_and_again_nothing(wide):
    before = wide.pids()
    code, said = roll(wide)
    assert code == 0 and "runs this build already" in said
    assert wide.pids() == before
    code, said = roll(wide, "--all", "group", "message-2")
    assert code == 0, said
    changed = {name for name, pid in wide.pids().items() if pid != before[name]}
    assert changed == {"group-1", "message-2"}


def test_it_is_said_when_the_system_is_not_well_and_nothing_more_is_touched(wide, tmp_path):
    for program in cluster.program("parley").parent.iterdir():
        (tmp_path / program.name).symlink_to(program)
    (tmp_path / "parley-friend").unlink()
    (tmp_path / "parley-friend").write_text("#!/bin/sh\necho 'this build is broken'\nexit 3\n")
    (tmp_path / "parley-friend").chmod(0o755)
    before = wide.pids()
    code, said = roll(wide, "--bin", str(tmp_path), "friend", "message", "--patience", "20")
    assert code == 1
    assert "friend-1 failed its start-up check" in said and "this build is broken" in said and "goes back" in said
    assert {name: pid for name, pid in wide.pids().items()} == {name: pid for name, pid in before.items() if name != "friend-1"}
    code, said = roll(wide, "friend")
    assert code == 0, said
    assert wide.pids().keys() == before.keys()


def test_a_lone_frontend_is_replaced_and_people_come_back_at_once():
    with cluster.Cluster() as system:
        town = Town(system)
        ann, bob = town.newcomer(), town.newcomer("bob")
        waiting = ann.request("message.send", to=bob.user, body="before", id="1")
        code, said = roll(system, "--all", "frontend", on_line=lambda line: "stands in" in line and town.stranger().call("session.hello"))
        assert code == 0, said
        assert ann.answer(waiting)["seq"] == 1
        assert ann.wait_closed() == "draining"
        assert [r["body"] for r in town.back(bob).history(f"{ann.user}~{bob.user}")] == ["before"]
        assert os.path.exists(system.home / "log" / "frontend-0.log") and "frontend-0" not in system.pids()
        town.leave()
