"""A module that did not exist when the bus and the frontends were started: the one that scripts/new-module copies."""

import os
import signal
import subprocess

import pytest

from parleytest import client, cluster
from parleytest.client import code_of


@pytest.fixture
def note_worker(own_cluster, own_town):
    """Starts the worker against the running system, as on a command line; stops it gracefully."""
    started = []

    def start():
        ready = own_cluster.home / "run" / "note-1.ready"
        ready.unlink(missing_ok=True)
        command = [cluster.program("template_note"), "--name", "note-1", "--bus", f"tcp://127.0.0.1:{own_cluster.bus_port}",
                   "--data", own_cluster.data("note-1"), "--ready-file", ready]
        with open(own_cluster.home / "log" / "note-1.log", "ab") as log:
            started.append(subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=cluster.environment()))
        client.patiently(ready.exists, what="the new module's worker to be ready")
        return started[-1]

    def stop(process):
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0

    start.stop = stop
    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
            process.wait()


def test_a_module_that_nobody_knew_is_called_at_once_and_leaves_no_trace_but_unavailable(own_cluster, own_town, note_worker):
    before = own_cluster.pids()
    early, other = own_town.newcomer(), own_town.newcomer("bob")
    assert code_of(early.call, "note.read") == "unsupported"
    assert not early.call("session.methods", module="note")["methods"]

    worker = note_worker()
    offered = client.patiently(lambda: {m["name"] for m in early.call("session.methods", module="note")["methods"]}, what="the new methods to be offered")
    assert offered == {"note.write", "note.read"}
    second = own_town.device(early)
    assert early.call("note.write", text="tea at five", id="1")["text"] == "tea at five"
    assert second.push("note.changed")["text"] == "tea at five"
    assert early.call("note.write", text="tea at five", id="1")["text"] == "tea at five"
    assert code_of(early.call, "note.write", text="coffee", id="1") == "conflict"
    assert code_of(early.call, "note.write", text="two\nlines") == "bad_request"
    assert code_of(own_town.stranger().call, "note.read") == "unauthenticated"
    assert other.call("note.read")["text"] == ""

    note_worker.stop(worker)
    # What was on its way while the worker left may have arrived: its outcome is unknown.
    assert code_of(early.call, "note.read", patience=30) in ("unavailable", "timeout")
    assert code_of(early.call, "note.read", patience=30) == "unavailable"
    early.call("message.send", to=other.user, body="the rest goes on", id="2")
    again = note_worker()
    assert early.call("note.read")["text"] == "tea at five"
    note_worker.stop(again)
    # Nothing else was started, stopped or restarted for it.
    assert own_cluster.pids() == before
    assert all(os.path.exists(f"/proc/{pid}") for pid in before.values())
