"""Stand-ins for the programs, and homes of them, for tests of the scripts.

They listen where they are told, touch their ready file and leave on SIGTERM; environment variables make single ones misbehave.
"""

import json
import os
import pathlib
import random
import signal
import socket
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]

STAND_IN = """#!/usr/bin/python3
import os, signal, socket, sys
words = sys.argv
def option(name): return words[words.index(name) + 1] if name in words else None
name = option("--name")
print("options:", *words[1:], flush=True)
if os.environ.get("DIES") == name:
    print("the data folder is not mine", flush=True)
    sys.exit(3)
if option("--listen"):
    host, port = option("--listen").replace("tcp://", "").split(":")
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listener.bind((host, int(port)))
    listener.listen()
print("rate:", os.environ.get("PARLEY_USER_RATE"), "files:", len(os.listdir("/proc/self/fd")), flush=True)
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
open(option("--ready-file"), "w").close()
signal.sigwait([signal.SIGTERM])
print("asked to leave", flush=True)
"""

MODULES = sorted(file.parent.name for file in (ROOT / "modules").glob("*/CMakeLists.txt"))
ALL = sorted(f"{name}-1" for name in ["bus", "frontend", *MODULES])


class Home:
    def __init__(self, folder, programs):
        self.folder, self.programs = folder, programs
        self.client_port, self.bus_port = free_port(), free_port()
        self.metrics_port = random.randrange(9_000, 11_900)

    def run(self, script, *arguments, **environment):
        command = [ROOT / "scripts" / script, "--home", self.folder, *map(str, arguments)]
        clean = {k: v for k, v in os.environ.items() if not k.startswith("PARLEY_")}
        done = subprocess.run(command, env=clean | {"PARLEY_BIN": str(self.programs)} | environment, cwd="/", timeout=240,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.code, self.said = done.returncode, done.stdout
        return done.returncode

    def up(self, *arguments, **environment):
        ports = ("--client-port", self.client_port, "--bus-port", self.bus_port, "--metrics-port", self.metrics_port)
        return self.run("up", *ports, *arguments, **environment)

    def down(self, *names):
        return self.run("down", *names)

    def pids(self):
        found = {path.stem: int(path.read_text()) for path in sorted((self.folder / "run").glob("*.pid"))}
        return {name: pid for name, pid in found.items() if pathlib.Path(f"/proc/{pid}").exists()}

    def metrics(self):
        """name: port of its metrics, as Prometheus is told."""
        targets = json.loads((self.folder / "run" / "prometheus-targets.json").read_text())
        return {entry["labels"]["node"]: int(entry["targets"][0].removeprefix("127.0.0.1:")) for entry in targets}

    def log(self, name):
        return (self.folder / "log" / f"{name}.log").read_text()


def free_ports_in_a_row(count):
    while True:
        first = free_port()
        try:
            for port in range(first, first + count):
                with socket.create_server(("127.0.0.1", port)):
                    pass
            return first
        except (OSError, OverflowError):
            continue


def free_port():
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


@pytest.fixture
def programs(tmp_path):
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("bus", "frontend", *MODULES):
        (folder / f"parley-{name}").write_text(STAND_IN)
    (folder / "parley").write_text("#!/bin/sh\n[ \"$NOBODY_ANSWERS\" ] || [ $1 = admin ] && exit 1\necho '{}'\n")
    for program in folder.iterdir():
        program.chmod(0o755)
    return folder


@pytest.fixture
def new_home(tmp_path, programs):
    made = []

    def make(name="home"):
        made.append(Home(tmp_path / name, programs))
        return made[-1]

    yield make
    for home in made:
        for pid in home.pids().values():
            os.kill(pid, signal.SIGKILL)


@pytest.fixture
def home(new_home):
    return new_home()
