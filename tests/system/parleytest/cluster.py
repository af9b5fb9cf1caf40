"""A whole Parley system in a temporary home, of real processes started by scripts/up.

Knows the layout of a home (run/NAME.pid, log/NAME.log, data/NAME/) and nothing of the protocol but how to connect. Leaves no process behind.
"""

import atexit
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile

from . import client

ROOT = pathlib.Path(__file__).resolve().parents[3]
CHEAP_HASH = {"PARLEY_HASH_OPS": "1", "PARLEY_HASH_MEMORY_KIB": "8192"}
START_SECONDS = 60
STOP_SECONDS = 90
METRICS_PORTS = 24  # more processes than any test has

_alive = []


class Cluster:
    """Options are those of scripts/up; `env` reaches every program (PARLEY_USER_RATE and so on)."""

    def __init__(self, *, frontends=1, options=(), env=None, cheap_hash=True, start=True):
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="parley-test-"))
        self.client_port, self.http_port, self.bus_port = free_ports(3)
        self.frontend_port = self.client_port  # Where the frontends listen, or the first of them.
        self.metrics_port = free_run_of_ports(METRICS_PORTS)
        self._frontends, self._options = frontends, tuple(options)
        self._env = {"PARLEY_USER_RATE": "0", **(CHEAP_HASH if cheap_hash else {}), **(env or {})}
        self._mounts = []
        _alive.append(self)
        if start:
            try:
                self.up()
            except BaseException:
                self.close()
                raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # --- starting and stopping --------------------------------------------------------------------------------------------------------

    def up(self, *names):
        """Starts what is not running, or only the processes named; returns when they are ready."""
        self._script("up", "--client-port", self.frontend_port, "--http-port", self.http_port, "--bus-port", self.bus_port,
                     "--metrics-port", self.metrics_port, "--frontends", self._frontends, *self._options, *names,
                     patience=START_SECONDS + (0 if _built() else 1800))

    def staff(self, env=None, **workers):
        """From now on the system has so many workers of these modules; those that are missing start, with `env` besides."""
        before = self._env
        self._options = ("--workers", ",".join(f"{module}={count}" for module, count in workers.items()))
        self._env = before | (env or {})
        try:
            self.up()
        finally:
            self._env = before

    def down(self, *names):
        """Stops gracefully."""
        self._script("down", *names, patience=STOP_SECONDS)

    def kill(self, *names):
        """kill -9, all at once; without names every process, in no order. Returns when they are gone."""
        pids = self.pids()
        victims = [pids[name] for name in names] if names else random.sample(sorted(pids.values()), len(pids))
        for pid in victims:
            os.kill(pid, signal.SIGKILL)
        client.patiently(lambda: not any(map(alive, victims)), what="killed processes to be gone")

    def restart(self, *names):
        self.down(*names)
        self.up(*names)

    def close(self):
        """Ends every process, forcefully if need be, unmounts and removes the home."""
        if self not in _alive:
            return
        _alive.remove(self)
        try:
            if self.pids():
                self.down()
        except Exception as failure:  # The kill below does it; the log shows why it was needed.
            print(f"{self.home}: {failure}", file=sys.stderr)
        for pid in self.strays():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        client.patiently(lambda: not self.strays(), what=f"processes of {self.home} to end")
        for folder in reversed(self._mounts):
            subprocess.run(["umount", "--lazy", folder], check=False)
        shutil.rmtree(self.home, ignore_errors=True)

    # --- looking ----------------------------------------------------------------------------------------------------------------------

    def pids(self):
        """name: pid of every process of this home that runs."""
        found = {}
        for path in sorted((self.home / "run").glob("*.pid")):
            try:
                pid = int(path.read_text().split()[0])
            except (ValueError, IndexError, OSError):
                continue
            if alive(pid):
                found[path.stem] = pid
        return found

    def strays(self):
        """Every process that mentions this home in its command line or environment, whether or not a pid file knows it."""
        mark, found = str(self.home).encode(), []
        for entry in pathlib.Path("/proc").iterdir():
            if not entry.name.isdigit() or int(entry.name) == os.getpid():
                continue
            try:
                if mark in (entry / "cmdline").read_bytes() or mark in (entry / "environ").read_bytes():
                    found += [int(entry.name)] if alive(int(entry.name)) else []
            except OSError:
                continue
        return found

    def rss(self, name) -> int:
        """Resident bytes."""
        for line in pathlib.Path(f"/proc/{self.pids()[name]}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        raise LookupError(name)

    def data(self, name) -> pathlib.Path:
        return self.home / "data" / name

    def mount(self, folder, megabytes):
        """A small tmpfs at `folder`; False where that is not permitted."""
        folder.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "parley-test", folder], capture_output=True)
        if done.returncode == 0:
            self._mounts.append(folder)
        return done.returncode == 0

    def said(self, words):
        """The lines of all logs with these words."""
        return [f"{path.stem}: {line}" for path in sorted((self.home / "log").glob("*.log"))
                for line in path.read_text(errors="replace").splitlines() if words in line]

    def log_tails(self, lines=25):
        parts = []
        for path in [self.home / "scripts.log", *sorted((self.home / "log").glob("*.log"))]:
            if path.exists():
                tail = path.read_text(errors="replace").splitlines()[-lines:]
                parts.append(f"--- {path.name}\n" + "\n".join(tail))
        return "\n".join(parts)

    def metrics_targets(self):
        """name: address of the metrics of every process, as Prometheus is told."""
        found = json.loads((self.home / "run" / "prometheus-targets.json").read_text())
        return {entry["labels"]["node"]: entry["targets"][0] for entry in found}

    # --- connecting -------------------------------------------------------------------------------------------------------------------

    def connect(self, **more) -> client.Client:
        return client.Client(self.client_port, **more)

    def bare(self) -> client.Bare:
        return client.Bare(self.client_port)

    def root_password(self):
        return (self.home / "root-password").read_text().rstrip("\n")

    def _script(self, name, *arguments, patience):
        command = [str(ROOT / "scripts" / name), "--home", str(self.home), *map(str, arguments)]
        log = self.home / "scripts.log"
        # A file, not a pipe: the processes that are started may inherit it and keep it open.
        with open(log, "ab") as out:
            start = out.tell()
            done = subprocess.run(command, env=environment() | self._env | _binaries(), cwd=ROOT, stdin=subprocess.DEVNULL, stdout=out, stderr=out, timeout=patience)
        if done.returncode:
            said = log.read_bytes()[start:].decode(errors="replace")
            raise ScriptFailed(f"{' '.join(command)}: exit code {done.returncode}\n{said}\n{self.log_tails()}", done.returncode, said)


class ScriptFailed(Exception):
    def __init__(self, message, code, said):
        super().__init__(message)
        self.code, self.said = code, said


def environment():
    """This one's, without what is set for Parley in it."""
    return {k: v for k, v in os.environ.items() if not k.startswith("PARLEY_")}


def _binaries():
    """Once this run has built (or was told where the programs are), nothing is built again."""
    if "PARLEY_BIN" in os.environ:
        return {"PARLEY_BIN": os.environ["PARLEY_BIN"]}
    return {"PARLEY_BIN": str(program("parley").parent)} if _built() else {}


def program(name) -> pathlib.Path:
    """One of the programs under test."""
    return pathlib.Path(os.environ.get("PARLEY_BIN", ROOT / "build" / "release" / "bin")) / name


_first_start_done = False


def _built():
    return "PARLEY_BIN" in os.environ or _first_start_done


def build():
    """Installs and builds through scripts/up, once per run: a first system is started and ended."""
    global _first_start_done
    if not _built():
        with Cluster():
            _first_start_done = True


def free_ports(count):
    """Ports below the range the kernel hands out, so that no outgoing connection takes one while a process is down."""
    found = []
    while len(found) < count:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in found:
            found.append(port)
    return found


def free_run_of_ports(count):
    """The first of so many in a row, apart from those of free_ports."""
    while True:
        first = random.randrange(12_000, 20_000 - count)
        try:
            for port in range(first, first + count):
                with socket.socket() as probe:
                    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        return first


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


def log_tails():
    """Of every system that runs now."""
    return "\n".join(f"=== {cluster.home}\n{cluster.log_tails()}" for cluster in _alive)


@atexit.register
def _end_all():
    for cluster in list(_alive):
        cluster.close()
