"""What the server ends after 30 s. The connections were opened when the run began (see SlowFuses), so little is left to wait for."""

import time

PATIENCE = 40


def test_an_anonymous_connection_is_closed_after_thirty_seconds(slow_fuses):
    assert slow_fuses.anonymous.wait_closed(PATIENCE) == "idle"


def test_a_message_left_incomplete_is_closed_after_thirty_seconds(slow_fuses):
    for connection in slow_fuses.unfinished:
        last = connection.until_closed(PATIENCE)[-1]
        assert last[1] == "session.closed" and last[2][0]["code"] in ("protocol", "idle")
    assert slow_fuses.unfinished_user.wait_closed(PATIENCE) in ("protocol", "idle")


def test_not_before_its_time(shared_cluster):
    with shared_cluster.bare() as connection, shared_cluster.connect() as anonymous:
        began = time.monotonic()
        connection.send(b"\x94\x00\x01")
        while time.monotonic() < began + 5:  # Long enough to catch a server that closes in a hurry.
            anonymous.call("session.ping")
            anonymous.listen(0.5)
        connection.send(b"\xacsession.ping\x90")
        assert connection.receive(1)[0][:3] == [1, 1, None]
