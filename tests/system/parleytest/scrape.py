"""Metrics and health of processes over HTTP, and a process whose main thread alone stands still."""

import contextlib
import ctypes
import http.client
import os
import pathlib
import re
import shutil
import socket

from .cluster import ROOT

PATIENCE = 20
SAMPLE = re.compile(r'([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)')
LABEL = re.compile(r'([a-z_]+)="((?:[^"\\]|\\.)*)",?')


def ask(address, path, method="GET"):
    """Status, headers and text."""
    connection = http.client.HTTPConnection(address, timeout=PATIENCE)
    with contextlib.closing(connection):
        connection.request(method, path)
        response = connection.getresponse()
        return response.status, response.headers, response.read().decode()


def status(address, path):
    """Status and text; 0 where nobody answers."""
    try:
        code, _, text = ask(address, path)
        return code, text.strip()
    except OSError:
        return 0, ""


def page(address):
    code, headers, text = ask(address, "/metrics")
    assert code == 200 and headers["Content-Type"].startswith("text/plain; version=0.0.4"), (code, headers)
    return text


def samples(text):
    """[(name, labels, value)] of a page; fails on a line that is none."""
    found = []
    for line in text.splitlines():
        if line.startswith("#") or not line:
            continue
        match = SAMPLE.fullmatch(line)
        assert match, line
        found.append((match[1], dict(LABEL.findall(match[2] or "")), float(match[3])))
    return found


def value(text, name, **labels):
    """The sum over all samples of that name with these labels."""
    return sum(number for found, its, number in samples(text) if found == name and labels.items() <= its.items())


def connect(address):
    host, port = address.rsplit(":", 1)
    return socket.create_connection((host, int(port)), timeout=PATIENCE)


def promtool():
    """Debian's, as scripts/test fetches it."""
    for known in (os.environ.get("PROMTOOL"), shutil.which("promtool"), ROOT / "build" / "tools" / "promtool"):
        if known and pathlib.Path(known).exists():
            return str(known)
    raise FileNotFoundError("there is no promtool; ./scripts/test system fetches it")


class NotPermitted(Exception):
    pass


@contextlib.contextmanager
def main_thread_held(pid):
    """Stops that one thread, as a disk that hangs would. A signal would stop them all."""
    seize, interrupt, detach, wait_all = 0x4206, 0x4207, 17, 0x40000000
    libc = ctypes.CDLL(None, use_errno=True)
    libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
    libc.ptrace.restype = ctypes.c_long
    if libc.ptrace(seize, pid, None, None) != 0:
        raise NotPermitted(os.strerror(ctypes.get_errno()))
    try:
        assert libc.ptrace(interrupt, pid, None, None) == 0
        os.waitpid(pid, wait_all)
        yield
    finally:
        libc.ptrace(detach, pid, None, None)
