"""A full disk under the message worker: sends are refused with a reason and can be retried; nothing acknowledged is lost."""

import pytest

from parleytest import check, cluster
from parleytest.client import Rejected, patiently

MEGABYTES = 160


@pytest.fixture(scope="module")
def small_disk():
    with cluster.Cluster(start=False) as system:
        if not system.mount(system.data("message-1"), MEGABYTES):
            pytest.skip("mounting a tmpfs is not permitted here")
        system.up()
        yield system


def fill(folder, leave_bytes):
    """Takes all of the disk's space but that."""
    import os

    space = os.statvfs(folder)
    size = space.f_bavail * space.f_frsize - leave_bytes
    with open(folder / "FILLER", "wb") as filler:
        os.posix_fallocate(filler.fileno(), 0, size)


def test_a_full_disk_refuses_and_recovers(small_disk, note):
    from conftest import Town

    town, disk = Town(small_disk), small_disk.data("message-1")
    ann, bob = town.newcomer(), town.newcomer("bob")
    acknowledged, refused = [], []

    def send(body):
        number = len(acknowledged) + len(refused)
        try:
            acknowledged.append((ann.call("message.send", to=bob.user, body=f"{number} {body}", id=str(number))["seq"], f"{number} {body}"))
            return None
        except Rejected as error:
            refused.append((number, error))
            return error

    for _ in range(20):
        assert send("while there is space") is None
    fill(disk, leave_bytes=72 << 20)  # A little above what the server keeps in reserve, so that it meets the bound while writing.
    error = None
    for _ in range(6000):  # 16 KB each: more than is left altogether.
        error = send("x" * 16_000)
        if error:
            break
    assert error, "the disk is full and sends still succeed"
    assert error.retryable and error.code in ("unavailable", "overloaded")
    assert "disk" in error.message or "space" in error.message
    note(f"disk full: refused with {error.code}: {error.message}")
    for _ in range(20):
        assert send("still full") is not None
    where = ann.call("message.history", **{"with": bob.user})["conversation"]  # Reading goes on.
    check.dense(ann.history(where), head=len(acknowledged))
    assert bob.call("user.update", name="Bob")["name"] == "Bob"  # Other modules too.
    (disk / "FILLER").unlink()
    patiently(lambda: send("space again") is None, what="sends to succeed again")
    assert send("for good") is None
    small_disk.kill("message-1")
    small_disk.up("message-1")
    records = ann.history(where)
    check.dense(records)
    assert [(r["seq"], r["body"]) for r in records] == acknowledged
    town.leave()


def test_a_disk_that_is_full_at_the_start_is_said_so(small_disk):
    """Either it starts and refuses writes, or it does not start and says why; it never damages what is there."""
    from conftest import Town

    town, disk = Town(small_disk), small_disk.data("message-1")
    ann, bob = town.newcomer(), town.newcomer("bob")
    ann.call("message.send", to=bob.user, body="before", id="1")
    small_disk.down("message-1")
    fill(disk, leave_bytes=0)
    try:
        small_disk.up("message-1")
        with pytest.raises(Rejected) as refused:
            ann.call("message.send", to=bob.user, body="full", id="2")
        assert refused.value.retryable
    except cluster.ScriptFailed as failure:
        assert "disk" in str(failure) or "space" in str(failure)
    (disk / "FILLER").unlink()
    small_disk.up("message-1")
    sent = patiently(lambda: retry(ann, bob))
    assert sent["seq"] == 2
    assert [r["body"] for r in ann.history(sent["conversation"])] == ["before", "full"]
    town.leave()


def retry(ann, bob):
    try:
        return ann.call("message.send", to=bob.user, body="full", id="2")
    except Rejected as error:
        assert error.retryable
        return None
