"""The command line against a real system: `parley call`, `watch`, `admin` and `top`, as scripts and operators use them."""

import json
import os
import pty
import re
import select
import signal
import subprocess
import termios
import threading
import time

import pytest

from parleytest import cluster
from parleytest.client import PATIENCE, code_of, direct, patiently


def test_call_prints_the_result_as_json(parley):
    done = parley("call", "session.hello")
    assert done.returncode == 0 and json.loads(done.stdout)["protocol"] == 1


def test_call_as_a_user_who_is_remembered(parley, town):
    ann, bob = town.newcomer(), town.newcomer("bob")
    sent = parley("call", "message.send", json.dumps({"to": bob.user, "body": "from a script", "id": "1"}), user=ann)
    assert sent.returncode == 0 and json.loads(sent.stdout)["seq"] == 1
    assert bob.push("message.new")["body"] == "from a script"
    again = parley("call", "message.history", json.dumps({"with": bob.user}), user=ann)
    assert [r["body"] for r in json.loads(again.stdout)["messages"]] == ["from a script"]
    assert len(ann.call("user.sessions")["sessions"]) == 2  # Its own, used twice.


def test_call_shows_errors_on_standard_error(parley, town):
    refused = parley("call", "user.profile", json.dumps({"user": "nobody.at.all"}), user=town.newcomer())
    assert refused.returncode == 1 and refused.stdout == "" and "not_found" in refused.stderr
    assert "unauthenticated" in parley("call", "user.profile").stderr
    assert "unsupported" in parley("call", "no.such").stderr
    assert parley("call", "session.ping", "{not json").returncode == 1
    assert parley("call").returncode == 2


def test_methods_lists_them(parley):
    listed = parley("methods", "message.")
    assert listed.returncode == 0 and "message.send" in listed.stdout and "user.login" not in listed.stdout


def test_watch_prints_pushes_as_json_lines(parley, town):
    ann, bob = town.newcomer(), town.newcomer("bob")
    watch = subprocess.Popen(parley.command("watch", user=bob), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=cluster.environment())
    try:
        said = []
        reader = threading.Thread(target=lambda: said.extend(iter(watch.stdout.readline, "")), daemon=True)
        reader.start()
        patiently(lambda: len([s for s in bob.call("user.sessions")["sessions"] if s["connected"]]) == 2, what="the watcher to be connected")
        ann.call("message.send", to=bob.user, body="watch this", id="1")

        def both_heard():
            ann.call("message.typing", to=bob.user, on=True)  # A hint, which may be missed.
            return {json.loads(line)["method"] for line in list(said)} >= {"message.new", "message.typing"}

        patiently(both_heard, what="a message and a hint")
        pushes = [json.loads(line) for line in said]
        new = next(p for p in pushes if p["method"] == "message.new")["params"]
        assert (new["body"], new["conversation"], new["seq"]) == ("watch this", direct(ann, bob), 1)
        assert any(p["method"] == "message.typing" for p in pushes)
    finally:
        watch.terminate()
        assert watch.wait(20) == 0
        watch.stdout.close()
        watch.stderr.close()


# --- parley admin and parley top


class Root:
    """The root user, as the command line logs in."""

    def __init__(self, town):
        self.user, self.password = "root", town.cluster.root_password()


@pytest.fixture
def admin(parley, town):
    """admin("nodes", …) as the root user; returns what it said. It must succeed."""

    def run(*arguments):
        done = parley("admin", *arguments, user=Root(town))
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def cells(table):
    """The rows of a table, as lists of cells."""
    return [re.split(r"  +", line.strip()) for line in table.splitlines()[1:]]


def test_a_reader_who_has_seen_enough_is_no_crash(parley, town):
    reading, writing = os.pipe()
    os.close(reading)
    command = parley.command("admin", "nodes", "--json", user=Root(town))
    try:
        done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, text=True, timeout=60, env=cluster.environment())
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (1, "")


def test_what_cannot_be_written_is_said(parley):
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run(parley.command("methods"), stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, env=cluster.environment())
    assert (done.returncode, done.stderr) == (1, "parley: standard output: No space left on device\n")


def test_admin_nodes_shows_every_process(admin, town):
    names = {row[0] for row in cells(admin("nodes"))}
    assert names == set(town.cluster.pids())
    nodes = json.loads(admin("nodes", "--json"))["nodes"]
    assert {n["node"] for n in nodes} == names and {n["kind"] for n in nodes} == {"bus", "frontend", "worker"}


def test_admin_slots_sums_up_or_lists(admin):
    assert any(row[:3] == ["message", "message-1", "256"] for row in cells(admin("slots")))
    every = cells(admin("slots", "message", "--all"))
    assert [int(row[1]) for row in every] == list(range(256)) and all(row[3] == "message-1" for row in every)


def test_admin_stats_counts_calls(admin, town):
    town.newcomer().call("user.profile")

    def counted():
        return next((row for row in cells(admin("stats")) if row[0] == "user.profile"), None)

    assert int(patiently(counted, every=0.2)[1].replace(",", "")) >= 1


def test_admin_announces_to_everyone(admin, town):
    ann = town.newcomer()
    said = admin("announce", "the cake is ready")
    seq = int(re.search(r"number (\d+) of !all", said)[1])
    assert ann.push("message.new")["body"] == "the cake is ready"
    assert "taken back" in admin("recall", "!all", str(seq))
    assert ann.call("message.history", conversation="!all", after=seq - 1, limit=1)["messages"][0]["recalled"]


def test_admin_bans_kicks_and_pardons(admin, parley, town):
    ann = town.newcomer()
    assert f"{ann.user} is banned until 20" in admin("ban", ann.user, "--reason", "noise", "--for", "7d")
    assert ann.wait_closed() == "banned"
    assert next(row for row in cells(admin("users", ann.user)) if row[0] == ann.user)[3] == "banned"
    assert code_of(town.stranger().call, "user.login", user=ann.user, password=ann.password) == "forbidden"
    admin("unban", ann.user)
    again = town.stranger()
    again.login(ann.user, ann.password)
    admin("kick", ann.user)
    assert again.wait_closed() == "kicked"
    audit = cells(admin("audit", "--about", ann.user))
    assert [row[3] for row in audit][:3] == ["admin.kick", "admin.unban", "admin.ban"]


def test_admin_role_comes_and_goes(admin, parley, town):
    ann = town.newcomer()
    refused = parley("admin", "nodes", user=ann)
    assert refused.returncode == 3 and "forbidden" in refused.stderr and refused.stdout == ""
    admin("grant", ann.user)
    assert parley("admin", "nodes", user=ann).returncode == 0
    admin("ungrant", ann.user)
    assert parley("admin", "nodes", user=ann).returncode == 3


def test_admin_says_what_is_wrong(parley, town):
    assert parley("admin", "kick", "no.such.user", user=Root(town)).returncode == 4
    assert parley("admin", "drain", "no-such-node", user=Root(town)).returncode == 4
    assert parley("admin", "ban", "bob", user=Root(town)).returncode == 2
    assert parley("admin", user=Root(town)).returncode == 2
    assert "Exit codes" in parley("admin", "--help").stdout


def test_admin_drains_and_takes_back(admin, town):
    worker = next(name for name in town.cluster.pids() if name.startswith("message"))
    assert f"{worker} is draining; slots still to move: " in admin("drain", worker)
    assert f"{worker} takes part again" in admin("undrain", worker)


def test_users_come_page_after_page(admin, town):
    for _ in range(3):
        town.newcomer("page.er")
    users = json.loads(admin("users", "page.er", "--json", "--limit", "2"))
    assert len(users["users"]) == 2 and "cursor" in users
    assert len(json.loads(admin("users", "page.er", "--json", "--limit", "0"))["users"]) == 3


def test_top_prints_one_frame(parley, town):
    done = parley("top", "--once", "--interval", "0.5", user=Root(town))
    assert done.returncode == 0, done.stderr
    assert "1 bus" in done.stdout and "message-1" in done.stdout and "256 of 256" in done.stdout
    assert "\x1b" not in done.stdout
    assert parley("top", "--once", user=town.newcomer()).returncode == 1


@pytest.mark.parametrize("way", ["q", "SIGINT"])
def test_top_lives_on_a_terminal_and_gives_it_back(parley, town, way):
    master, slave = pty.openpty()
    termios.tcsetwinsize(slave, (40, 100))
    command = parley.command("top", "--interval", "0.2", user=Root(town))
    top = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, env=cluster.environment() | {"TERM": "xterm"}, start_new_session=True)
    os.close(slave)
    shown = ""
    try:
        deadline = time.monotonic() + PATIENCE
        while "message " not in shown and time.monotonic() < deadline:
            if select.select([master], [], [], 0.1)[0]:
                shown += os.read(master, 65536).decode(errors="replace")
        assert shown.startswith("\x1b[?1049h") and "parley top" in shown and "message " in shown
        os.write(master, b"q") if way == "q" else top.send_signal(signal.SIGINT)
        while True:
            try:
                data = os.read(master, 65536)
            except OSError:  # Its side is closed.
                break
            if not data:
                break
            shown += data.decode(errors="replace")
        assert top.wait(PATIENCE) == 0
        assert shown.endswith("\x1b[?25h\x1b[?1049l")
    finally:
        if top.poll() is None:
            top.kill()
            top.wait()
        os.close(master)


def test_completion_is_what_a_shell_understands(parley):
    script = subprocess.run([parley.command("completion", "bash")[0], "completion", "bash"], capture_output=True, text=True, timeout=60).stdout
    ask = script + """
complete_for() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); _parley; echo "${COMPREPLY[@]}"; }
complete_for parley ''
complete_for parley admin --user root un
complete_for parley admin ban bob --r
complete_for parley top --o
"""
    commands, un, options, top = subprocess.run(["bash"], input=ask, capture_output=True, text=True, timeout=60).stdout.splitlines()
    assert {"chat", "call", "watch", "admin", "top"} <= set(commands.split())
    assert un.split() == ["unban", "ungrant", "undrain"]
    assert options.split() == ["--reason"]
    assert top.split() == ["--once"]
