"""A module that did not exist when the bus and the frontends were started: the one that scripts/new-module copies."""

import os

from parleytest import client, cluster
from parleytest.client import code_of


def note_worker(guest):
    return guest(cluster.program("template_note"), "note-1")


def test_a_module_that_nobody_knew_is_called_at_once_and_leaves_no_trace_but_unavailable(own_cluster, own_town, guest):
    before = own_cluster.pids()
    early, other = own_town.newcomer(), own_town.newcomer("bob")
    assert code_of(early.call, "note.read") == "unsupported"
    assert not early.call("session.methods", module="note")["methods"]

    worker = note_worker(guest)
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

    guest.stop(worker)
    # What was on its way while the worker left may have arrived: its outcome is unknown.
    assert code_of(early.call, "note.read", patience=30) in ("unavailable", "timeout")
    assert code_of(early.call, "note.read", patience=30) == "unavailable"
    early.call("message.send", to=other.user, body="the rest goes on", id="2")
    again = note_worker(guest)
    assert early.call("note.read")["text"] == "tea at five"
    guest.stop(again)
    # Nothing else was started, stopped or restarted for it.
    assert own_cluster.pids() == before
    assert all(os.path.exists(f"/proc/{pid}") for pid in before.values())
