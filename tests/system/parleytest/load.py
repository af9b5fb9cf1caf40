"""Many users who talk to each other, and keep account of what they were promised.

Each Chatter sends one message at a time to a neighbour, remembers what became of each (acknowledged, refused, or unknown) and follows its
conversations the way the protocol asks a client to: a contiguous cursor, duplicates dropped, gaps pulled from the history; after a lost
connection it resumes, syncs, pulls what is behind and sends what was unanswered again with the same id. check.audit() compares the accounts
with the histories.
"""

import dataclasses
import random
import threading
import time

from .client import Client, Disconnected, Rejected, Violation

RECONNECT_SECONDS = 60.0
ANSWER_SECONDS = 30.0
REFUSED_FOR_SURE = 0.05  # Share of messages that the server has to refuse.
GIVES_UP = 0.3  # How often a sender gives up on a message that was refused for the moment, or whose fate is unknown.


@dataclasses.dataclass
class Message:
    """One try to say something, whatever became of it."""

    id: str
    to: str
    body: str
    arguments: dict = dataclasses.field(default_factory=dict)
    doomed: str = ""  # The error code it must get.
    uncertain: bool = False  # It was sent once without an answer.
    conversation: str = ""
    seq: int = 0  # Set by the acknowledgement.
    first_sent: float = 0.0


class Follower:
    """One conversation as one client knows it: records 1..n without a hole."""

    def __init__(self, conversation):
        self.conversation = conversation
        self.records = []

    @property
    def last(self):
        return len(self.records)

    def offer(self, record):
        """True if the record was the next or a known one; False if it shows a gap."""
        if record["seq"] > self.last + 1:
            return False
        if record["seq"] == self.last + 1:
            self.records.append(record)
        elif essence(record) != essence(self.records[record["seq"] - 1]):
            raise Violation(f"{self.conversation}: record {record['seq']} was {self.records[record['seq'] - 1]} and is now {record}")
        return True


def essence(record):
    """What every reader of a record sees alike."""
    return {k: v for k, v in record.items() if k not in ("head", "id")}


def conversation_of(one, other):
    return "~".join(sorted((one, other)))


class Chatter:
    """One user. Its account outlives its connections and the load's rounds."""

    def __init__(self, port, user, password, seed):
        self.port, self.user, self.password = port, user, password
        self.neighbours = []
        self.random = random.Random(f"{seed}:{user}")
        self.token = None
        self.client = None
        self.follows = {}
        self.acknowledged, self.refused, self.unknown = [], [], []
        self.pending = None
        self.errors = []  # (seconds since start, method, code): every retryable error seen.
        self.reconnects = 0
        self.latencies = []
        self.failure = None
        self._count = 0

    def enter(self):
        """Registers and logs in; before the load."""
        self.client = Client(self.port)
        self.client.register(self.user, self.password)
        self.token = self.client.login(self.user, self.password)["token"]

    def run(self, stop: threading.Event, think):
        """Talks until `stop`, and then until nothing is pending."""
        try:
            while not stop.is_set():
                self._survive(lambda: self._talk(think))
            while self.pending:
                self._survive(self._send_pending)
        except Exception as failure:  # Reported by Load.finish(); a thread has nobody above it.
            self.failure = failure

    def settle(self):
        """After everybody's run(): behind with nothing."""
        self._survive(self._catch_up)

    def leave(self):
        if self.client:
            self.client.close()

    def _survive(self, step):
        """Does `step`; a lost connection is restored instead."""
        while True:
            try:
                if self.client is None:
                    self._reconnect()
                return step()
            except (Disconnected, ConnectionError):
                self._lost()

    def _lost(self):
        self.client.close()
        self.client = None
        self.reconnects += 1
        if self.pending:
            self.pending.uncertain = True
            if self.random.random() < GIVES_UP:
                self.unknown.append(self.pending)
                self.pending = None

    def _reconnect(self):
        deadline, pause = time.monotonic() + RECONNECT_SECONDS, threading.Event()
        while self.client is None:
            try:
                self.client = Client(self.port)
                self.client.resume(self.token)
            except (ConnectionError, Disconnected, Rejected) as no:
                if isinstance(no, Rejected) and not no.retryable:
                    raise
                if time.monotonic() > deadline:
                    raise TimeoutError(f"{self.user} could not connect again: {no!r}") from no
                if self.client:
                    self.client.close()
                    self.client = None
                pause.wait(self.random.uniform(0.02, 0.1))  # Not all at once, as any client.
        self._catch_up()

    # --- sending ----------------------------------------------------------------------------------------------------------------------

    def _talk(self, think):
        if not self.pending:
            self.pending = self._next_message()
        self._send_pending()
        self.client.listen(self.random.uniform(0, think))
        self._take_pushes()

    def _next_message(self):
        self._count += 1
        to = self.random.choice(self.neighbours)
        message = Message(id=f"{self.user}-{self._count}", to=to, body=f"{self.user} says {self._count} " + "." * self.random.randrange(200))
        if self.random.random() < REFUSED_FOR_SURE:
            message.doomed, message.arguments = self.random.choice((
                ("bad_request", {"kind": "system"}), ("bad_request", {"mentions": ["No Handle"]}), ("limit", {"kind": "k" * 33}),
                ("limit", {"mentions": ["bob"] * 51})))
        return message

    def _send_pending(self):
        """Sends the pending message until its fate is known."""
        message = self.pending
        message.first_sent = message.first_sent or time.monotonic()
        while self.pending:
            try:
                result = self.client.call("message.send", patience=ANSWER_SECONDS, to=message.to, body=message.body, id=message.id, **message.arguments)
            except Rejected as error:
                self._refused(message, error)
                continue
            if message.doomed:
                raise Violation(f"{message} had to be refused with {message.doomed}")
            message.conversation, message.seq = result["conversation"], result["seq"]
            self.latencies.append(time.monotonic() - message.first_sent)
            self.acknowledged.append(message)
            self.pending = None
            self._follow({"conversation": message.conversation, "seq": message.seq, "from": self.user, "time_ms": result["time_ms"], "kind": "text",
                          "body": message.body})

    def _refused(self, message, error):
        if not error.retryable:
            if error.code != message.doomed:
                raise error
            self.refused.append(message)
            self.pending = None
            return
        self.errors.append((message.id, error.code, error.message))
        message.uncertain |= error.code == "timeout"
        if self.random.random() < GIVES_UP:
            (self.unknown if message.uncertain else self.refused).append(message)
            self.pending = None
        else:
            self.client.listen((error.retry_after_ms or 50) / 1000)

    # --- following --------------------------------------------------------------------------------------------------------------------

    def _take_pushes(self):
        while self.client.pushes:
            push = self.client.pushes.popleft()
            if push.method == "message.new":
                self._follow(push)
            elif push.method == "session.resync":
                self._catch_up()

    def _follow(self, record):
        follower = self.follows.setdefault(record["conversation"], Follower(record["conversation"]))
        if not follower.offer(dict(record)):
            self._pull(follower)

    def _pull(self, follower):
        for record in self._patient(lambda: self.client.history(follower.conversation, after=follower.last)):
            if not follower.offer(record):
                raise Violation(f"{follower.conversation}: the history after {follower.last} begins with {record['seq']}")

    def _catch_up(self):
        self._take_known_pushes()
        listed = self._patient(lambda: self.client.pages("message.sync", "conversations", limit=200))
        heads = {item["conversation"]: item["head"] for item in listed}
        if len(heads) != len(listed):
            raise Violation(f"message.sync lists a conversation twice: {listed}")
        missing = {m.conversation for m in self.acknowledged} - heads.keys()
        if missing:
            raise Violation(f"message.sync of {self.user} lacks {missing}")
        for conversation, head in heads.items():
            follower = self.follows.setdefault(conversation, Follower(conversation))
            if head > follower.last:
                self._pull(follower)
            elif head < follower.last:  # Nothing is applied while the answer is awaited, so it cannot be merely late.
                raise Violation(f"{conversation}: head went back from {follower.last} to {head}")

    def _take_known_pushes(self):
        """What has arrived already, without asking for gaps: the sync that follows finds those."""
        while self.client.pushes:
            push = self.client.pushes.popleft()
            if push.method == "message.new":
                self.follows.setdefault(push["conversation"], Follower(push["conversation"])).offer(dict(push))

    def _patient(self, ask):
        """A read may be refused for the moment like anything else."""
        deadline = time.monotonic() + RECONNECT_SECONDS
        while True:
            try:
                return ask()
            except Rejected as error:
                if not error.retryable or time.monotonic() > deadline:
                    raise
                self.errors.append((error.method, error.code, error.message))
                self.client.listen((error.retry_after_ms or 50) / 1000)


class Load:
    """`users` chatters in a ring, each talking to the nearest ones."""

    def __init__(self, cluster, users, seed=1, think=0.05, name="u"):
        self.cluster, self.think = cluster, think
        self.chatters = [Chatter(cluster.client_port, f"{name}{i:03}-{seed}", "a long password", seed) for i in range(users)]
        for i, chatter in enumerate(self.chatters):
            chatter.neighbours = [self.chatters[(i + step) % users].user for step in (1, 2, users - 1)] + [chatter.user] * (i % 10 == 0)
            chatter.enter()
        self._threads = []
        self._stop = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, kind, *_):
        if kind is None:
            self.finish()
        else:
            self._stop.set()  # The failure that is under way counts, not what the threads say about it.

    def start(self):
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=chatter.run, args=(self._stop, self.think), daemon=True) for chatter in self.chatters]
        for thread in self._threads:
            thread.start()

    def finish(self, patience=90):
        """Stops talking; returns when every chatter knows the fate of each message and is behind with none."""
        self._stop.set()
        deadline = time.monotonic() + patience
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        stuck = [c.user for c, t in zip(self.chatters, self._threads) if t.is_alive()]
        if stuck:
            raise TimeoutError(f"still not settled: {stuck}")
        for chatter in self.chatters:
            if chatter.failure:
                raise AssertionError(f"{chatter.user}: {chatter.failure!r}") from chatter.failure
        for chatter in self.chatters:
            chatter.settle()

    def leave(self):
        for chatter in self.chatters:
            chatter.leave()

    # --- what came of it --------------------------------------------------------------------------------------------------------------

    @property
    def sent(self):
        return sum(len(c.acknowledged) for c in self.chatters)

    @property
    def errors(self):
        return [error for c in self.chatters for error in c.errors]

    @property
    def reconnects(self):
        return sum(c.reconnects for c in self.chatters)

    @property
    def worst_latency(self):
        return max((latency for c in self.chatters for latency in c.latencies), default=0.0)

    def wait_sent(self, more, patience=30):
        """Waits until that many more messages are acknowledged: how a test knows that the load is under way, or again."""
        goal, deadline, pause = self.sent + more, time.monotonic() + patience, threading.Event()
        while self.sent < goal:
            broken = next((c for c in self.chatters if c.failure), None)
            if broken:
                raise AssertionError(f"{broken.user}: {broken.failure!r}") from broken.failure
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.sent} of {goal} messages acknowledged; errors: {self.errors[-3:]}")
            pause.wait(0.01)
