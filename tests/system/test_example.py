"""docs/examples/client.py against a real system: it is what people learn the protocol from, so it has to work."""

import os
import subprocess
import sys
import threading

import pytest

from parleytest import cluster
from parleytest.client import code_of, patiently

EXAMPLE = cluster.ROOT / "docs" / "examples" / "client.py"


class Terminal:
    """The example, with its input and output in our hands."""

    def __init__(self, port, user, password="correct horse"):
        self.process = subprocess.Popen(
            [sys.executable, "-u", str(EXAMPLE), user, f"127.0.0.1:{port}"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, env=os.environ | {"PARLEY_PASSWORD": password, "PYTHONUTF8": "1"})
        self.lines = []
        self._reader = threading.Thread(target=lambda: self.lines.extend(iter(self.process.stdout.readline, "")), daemon=True)
        self._reader.start()

    def type(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def shows(self, text):
        patiently(lambda: any(text in line for line in list(self.lines)), what=f"{text!r} in {self.lines}")

    def leave(self):
        self.process.stdin.close()
        code = self.process.wait(20)
        self._reader.join(20)
        return code


@pytest.fixture
def terminals():
    opened = []
    yield lambda *arguments, **more: opened.append(Terminal(*arguments, **more)) or opened[-1]
    for terminal in opened:
        if terminal.process.poll() is None:
            terminal.process.kill()
            terminal.process.wait()


def test_it_is_short():
    assert len(EXAMPLE.read_text().splitlines()) < 80


def test_two_people_chat_and_one_comes_back(town, terminals):
    port, watcher = town.cluster.client_port, town.newcomer("watcher")
    ann_name, bob_name = town.handle("ann"), town.handle("bob")
    ann, bob = terminals(port, ann_name), terminals(port, bob_name)
    for name in (ann_name, bob_name):
        patiently(lambda: code_of(watcher.call, "user.profile", user=name) is None, what=f"{name} to have registered")
    ann.type(f"@{bob_name} hello bob")
    bob.shows("hello bob")
    bob.type(f"@{ann_name} hello ann")
    ann.shows("hello ann")
    ann.type("and how are you?")  # To the same person still.
    bob.shows("and how are you?")
    assert bob.leave() == 0
    ann.type("are you gone?")
    ann.type("ünïcode 🙂")
    ann.shows("ünïcode 🙂")
    again = terminals(port, bob_name)
    again.shows("are you gone?")
    again.shows("ünïcode 🙂")
    assert not any("hello bob" in line for line in again.lines)  # Only what was missed.
    again.type(f"@{ann_name} back again")
    ann.shows("back again")
    ann.type("@nobody.at.all hello?")
    ann.shows("!")
    assert again.leave() == 0 and ann.leave() == 0


def test_a_wrong_password_is_said_so(town, terminals):
    ann = town.newcomer()
    terminal = terminals(town.cluster.client_port, ann.user, password="wrong horse")
    assert terminal.process.wait(20) != 0
    terminal.shows("unauthenticated")


def test_it_says_when_the_server_is_gone_and_catches_up_when_started_again(own_cluster, own_town, terminals):
    bob, name = own_town.newcomer("bob"), own_town.handle("ann")
    ann = terminals(own_cluster.client_port, name)
    patiently(lambda: code_of(bob.call, "user.profile", user=name) is None)
    bob.call("message.send", to=name, body="before", id="1")
    ann.shows("before")
    own_cluster.kill("frontend-1")
    assert ann.process.wait(20) != 0
    ann.shows("server is gone")
    own_cluster.up("frontend-1")
    bob = own_town.back(bob)
    bob.call("message.send", to=name, body="while you were out", id="2")
    ann = terminals(own_cluster.client_port, name)
    ann.shows("while you were out")
    assert not any("before" in line for line in ann.lines)
