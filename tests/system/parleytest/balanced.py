"""A system whose two frontends are behind HAProxy, with the configuration and the script of docs/examples/haproxy."""

import socket
import struct
import subprocess

from . import client, cluster

TRUSTED = "127.0.0.1"  # Where HAProxy connects from; the rest of 127.0.0.0/8 are strangers.


class Balanced(cluster.Cluster):
    """Clients connect to the balancer (`client_port`); the frontends listen from `frontend_port` on."""

    def __init__(self, env):
        super().__init__(frontends=2, options=("--frontend-ports", "separate"), env={"PARLEY_PROXY_PROTOCOL": f"{TRUSTED}/32", **env}, start=False)
        self.frontend_port = _two_free_ports()
        self._haproxy = None
        try:
            self.up()
            self._start_balancer()
        except BaseException:
            self.close()
            raise

    def _start_balancer(self):
        command = [cluster.ROOT / "docs" / "examples" / "haproxy" / "start", "--home", self.home, "--listen", f"127.0.0.1:{self.client_port}"]
        with open(self.home / "log" / "haproxy.log", "ab") as log:
            # Its environment names the home, so that it would be found as a stray.
            self._haproxy = subprocess.Popen(list(map(str, command)), env=cluster.environment() | {"BALANCER_HOME": str(self.home)},
                                             stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        client.patiently(self._answers, what="HAProxy to pass clients on")

    def _answers(self):
        assert self._haproxy.poll() is None, self.log_tails()
        try:
            with client.Client(self.client_port) as someone:
                return someone.call("session.ping")
        except (ConnectionError, client.Disconnected):
            return False

    def close(self):
        if self._haproxy is not None and self._haproxy.poll() is None:
            self._haproxy.kill()
            self._haproxy.wait()
        super().close()

    def direct(self, i=1, **more) -> client.Bare:
        """A connection to the i-th frontend, past the balancer."""
        return client.Bare(self.frontend_port + i - 1, **more)

    def wait_up(self):
        """Until HAProxy gives clients to both frontends."""
        client.patiently(lambda: all(self._is_up(f"parley/frontend-{i} is ") for i in (1, 2)), what="HAProxy to see both frontends")

    def _is_up(self, words):
        lines = [line for line in (self.home / "log" / "haproxy.log").read_text().splitlines() if words in line]
        return not lines or f"{words}UP" in lines[-1]  # It tells of changes alone.

    def balancer_said(self, words):
        return sum(words in line for line in (self.home / "log" / "haproxy.log").read_text().splitlines())


def header(source, command=0x21, family=0x11, more=b""):
    """The header of PROXY version 2 of a client at `source`."""
    rest = socket.inet_aton(source) + socket.inet_aton("127.0.0.1") + struct.pack(">HH", 40_000, 7000) + more
    return b"\r\n\r\n\0\r\nQUIT\n" + bytes([command, family]) + struct.pack(">H", len(rest)) + rest


def _two_free_ports():
    while True:
        first, = cluster.free_ports(1)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", first + 1))
                return first
            except OSError:
                continue
