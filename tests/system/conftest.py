"""Fixtures of the system tests: systems of real processes, and people who use them."""

import itertools
import pathlib
import signal
import subprocess
import sys
import time

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from parleytest import client, cluster  # noqa: E402
from parleytest.chat import Chat  # noqa: E402

TEST_SECONDS = 180
LONG_TEST_SECONDS = 3600
FOLDER = pathlib.Path(__file__).parent

figures = []  # Lines that tests want to see in the summary: measured latencies and the like.


def pytest_configure(config):
    config.addinivalue_line("markers", "long: takes minutes; run only with -m long")


def pytest_collection_modifyitems(config, items):
    if not config.getoption("-m"):
        for item in items:
            if "long" in item.keywords:
                item.add_marker(pytest.mark.skip(reason="long; run with -m long"))
    order = {"test_timeouts.py": 1, "test_coverage.py": 2}  # These look back on what the others did.
    items.sort(key=lambda item: order.get(item.path.name, 0))
    wanted = {path.name for path in FOLDER.glob("test_*.py")}
    config.whole_suite = wanted == {item.path.name for item in items} and not config.getoption("-k") and not config.getoption("-m")


def pytest_terminal_summary(terminalreporter):
    if figures:
        terminalreporter.section("figures")
        for line in figures:
            terminalreporter.line(line)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if report.failed:
        report.sections.append(("logs of the systems under test", cluster.log_tails()))


@pytest.fixture(autouse=True)
def no_test_hangs(request):
    seconds = LONG_TEST_SECONDS if "long" in request.keywords else TEST_SECONDS

    def expire(*_):
        raise TimeoutError(f"the test took more than {seconds} s")

    before = signal.signal(signal.SIGALRM, expire)
    signal.alarm(seconds)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture(scope="session", autouse=True)
def programs(request):
    """Installed and built before the first clock runs, if any test needs them."""
    if any(item.path.name != "test_audit.py" for item in request.session.items):
        cluster.build()


@pytest.fixture
def note():
    """note("…") puts a line into the summary at the end of the run."""
    return figures.append


class Town:
    """People of one system. Handles are new each time, so tests do not meet."""

    _numbers = itertools.count(1)

    def __init__(self, system):
        self.cluster = system
        self._clients = []

    def stranger(self, **more):
        """Connected, not logged in."""
        self._clients.append(self.cluster.connect(**more))
        return self._clients[-1]

    def handle(self, name):
        return f"{name}{next(self._numbers)}"

    def newcomer(self, name="ann", **more):
        """Registered and logged in, under a handle of its own that begins with `name`."""
        person = self.stranger(**more)
        user = self.handle(name)
        person.register(user, "correct horse")
        person.login(user, "correct horse", device="first")
        return person

    def root(self):
        """The first administrator, on one more connection."""
        person = self.stranger()
        person.login("root", self.cluster.root_password(), device="console")
        return person

    def device(self, person, device="another"):
        """One more session of that person."""
        other = self.stranger()
        other.login(person.user, person.password, device=device)
        return other

    def back(self, person):
        """A new connection that resumes the person's session."""
        again = self.stranger()
        again.password = person.password
        again.resume(person.token)
        return again

    def leave(self):
        for person in self._clients:
            person.close()


@pytest.fixture(scope="session")
def shared_cluster():
    """The system that most tests use: nothing is killed or restarted in it."""
    with cluster.Cluster() as system:
        yield system


@pytest.fixture
def town(shared_cluster):
    people = Town(shared_cluster)
    yield people
    people.leave()


@pytest.fixture(scope="module")
def own_cluster():
    """A system of the test file's own, to do harm to."""
    with cluster.Cluster() as system:
        yield system


@pytest.fixture
def own_town(own_cluster):
    own_cluster.up()  # What an earlier test of the file may have left dead.
    people = Town(own_cluster)
    yield people
    people.leave()


@pytest.fixture(scope="module")
def wide_cluster():
    """The same with two frontends."""
    with cluster.Cluster(frontends=2) as system:
        yield system


@pytest.fixture
def wide_town(wide_cluster):
    wide_cluster.up()
    people = Town(wide_cluster)
    yield people
    people.leave()


@pytest.fixture
def guest(own_cluster, own_town):
    """guest(program, name) starts a worker that scripts/up knows nothing of against the running system, as on a command line, and waits
    until it is ready; guest.stop(worker) stops it gracefully."""
    started = []

    def start(program, name):
        ready = own_cluster.home / "run" / f"{name}.ready"
        ready.unlink(missing_ok=True)
        command = [program, "--name", name, "--bus", f"tcp://127.0.0.1:{own_cluster.bus_port}", "--data", own_cluster.data(name), "--ready-file", ready]
        with open(own_cluster.home / "log" / f"{name}.log", "ab") as log:
            started.append(subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=cluster.environment()))
        client.patiently(ready.exists, what=f"{name} to be ready")
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


class SlowFuses:
    """Connections that the server has to close after 30 s; lit at the start, so that nobody waits for them idly."""

    def __init__(self, system):
        self.lit = time.monotonic()
        self.anonymous = system.connect()
        self.unfinished = [system.bare() for _ in range(100)]
        for i, connection in enumerate(self.unfinished):
            connection.send(b"\x94\x00\x01\xacsession.ping"[:1 + i % 16])
        self.unfinished_user = system.connect()
        self.unfinished_user.register("fuse", "correct horse")
        self.unfinished_user.login("fuse", "correct horse")
        self.unfinished_user.socket.sendall(b"\x94\x00\x01\xacsession.")


@pytest.fixture(scope="session")
def slow_fuses(shared_cluster):
    return SlowFuses(shared_cluster)


@pytest.fixture(autouse=True)
def _light_slow_fuses(request):
    """Lights the fuses with the first test that uses the shared system."""
    if "shared_cluster" in request.fixturenames:
        request.getfixturevalue("slow_fuses")


# --- the command line


@pytest.fixture
def parley(town, tmp_path):
    """parley("call", …) runs it to its end; its memory of sessions is the test's own."""

    def run(*arguments, user=None, **more):
        return subprocess.run(command(*arguments, user=user), capture_output=True, text=True, timeout=60, env=cluster.environment(), **more)

    def command(*arguments, user=None):
        where = ["--server", f"127.0.0.1:{town.cluster.client_port}", "--state", str(tmp_path / "state")]
        if user:
            password = tmp_path / f"password-{user.user}"
            password.write_text(f"{user.password}\n")
            where += ["--user", user.user, "--password-file", str(password)]
        return [str(cluster.program("parley")), arguments[0], *where, *arguments[1:]]

    run.command = command
    return run


@pytest.fixture
def chat(parley, town):
    """chat(person, …) starts `parley chat` as that person, with pipes. All end with the test."""
    running = []

    def start(person, *arguments):
        running.append(Chat(parley.command("chat", *arguments, user=person), cluster.environment()))
        running[-1].expect("/help lists what can be done here")
        return running[-1]

    yield start
    for each in running:
        each.stop()
