"""A client of the public protocol: MessagePack-RPC over TCP.

It has no thread of its own. Whoever waits (for an answer, a push, the end) reads the socket meanwhile, and what was not asked for is kept in
order. So a test sees one sequence of events, and nothing moves behind its back. Every message of the server is checked against the
protocol's rules as it arrives. One thread per client at a time.
"""

import collections
import socket
import threading
import time

import msgpack

from . import wire

PATIENCE = 20.0  # Seconds to wait for what should come at once; generous, for a busy machine.

ERRORS = {  # code: retryable
    "bad_request": False, "limit": False, "unauthenticated": False, "forbidden": False, "not_found": False, "exists": False, "conflict": False,
    "unsupported": False, "rate_limited": True, "overloaded": True, "unavailable": True, "timeout": True, "internal": False,
}

RESPONSE_BYTES_MAX = 1 << 20

# method -> Counter of outcomes ("ok", error codes), over the whole run: what tests/system/test_coverage.py judges.
exercised = collections.defaultdict(collections.Counter)
heard = collections.Counter()  # Notifications of the server, by method.


class Rejected(Exception):
    """The server answered with an error."""

    def __init__(self, method, error):
        super().__init__(f"{method}: {error['code']}: {error['message']}")
        self.method, self.code, self.message = method, error["code"], error["message"]
        self.retryable, self.retry_after_ms = error["retryable"], error.get("retry_after_ms")


class Disconnected(Exception):
    """The connection ended; `code` is that of `session.closed`, if the server said one."""

    def __init__(self, closed):
        super().__init__(f"connection closed ({closed or 'without a word'})")
        self.closed, self.code = closed, (closed or {}).get("code")


class Violation(AssertionError):
    """The server broke the protocol."""


class Push(dict):
    """A notification of the server: its arguments, and `method`."""

    def __init__(self, method, arguments):
        super().__init__(arguments)
        self.method = method

    def __repr__(self):
        return f"{self.method}{dict(self)!r}"


class Client:
    def __init__(self, port, host="127.0.0.1", receive_buffer=None, source=None):
        """`source`: the address to come from."""
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        if source:
            self.socket.bind((source, 0))
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(PATIENCE)
        try:
            self.socket.connect((host, port))
        except OSError:
            self.socket.close()
            raise
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.port = port
        self.user = self.password = self.token = self.session = None
        self.pushes = collections.deque()  # In order of arrival, not yet asked for.
        self.arrivals = []  # The msgids of answers, in order of arrival.
        self.closed = None  # The arguments of session.closed.
        self.ended = False  # The server has closed its side.
        self.largest = 0  # Bytes of the largest message received.
        self._unpacker = msgpack.Unpacker(raw=False, strict_map_key=False)
        self._answers = {}
        self._open = {}
        self._next_id = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # --- asking -----------------------------------------------------------------------------------------------------------------------

    def request(self, method, /, **arguments) -> int:
        """Sends a request and returns its msgid; see answer()."""
        return self.request_raw(method, [arguments])

    def request_raw(self, method, params) -> int:
        """The same with `params` as given: any value, also wire.Raw and wire.Pairs."""
        msgid = self.reserve(method)
        self.send(wire.request(msgid, method, params))
        return msgid

    def reserve(self, method) -> int:
        """A fresh msgid for a request whose bytes the caller sends itself."""
        self._next_id += 1
        self._open[self._next_id] = method
        return self._next_id

    def answer(self, msgid, patience=PATIENCE):
        """The result of a request, or Rejected."""
        self._read_until(lambda: msgid in self._answers, patience, f"the answer to {self._open.get(msgid)} ({msgid})")
        error, result = self._answers.pop(msgid)
        method = self._open.pop(msgid)
        exercised[method][error["code"] if error else "ok"] += 1
        if error:
            raise Rejected(method, error)
        return result

    def call(self, method, /, patience=PATIENCE, **arguments):
        return self.answer(self.request(method, **arguments), patience)

    def call_raw(self, method, params):
        return self.answer(self.request_raw(method, params))

    def notify(self, method, **arguments):
        self.send(wire.notification(method, [arguments]))

    def pages(self, method, key, **arguments):
        """All items of a paged method; checks that no page is longer than was asked for."""
        items, limit = [], arguments.get("limit", 50)
        while True:
            page = self.call(method, **arguments)
            if len(page[key]) > min(limit, 200):
                raise Violation(f"{method}: a page of {len(page[key])} for limit {limit}")
            items += page[key]
            if "cursor" not in page:
                return items
            arguments["cursor"] = page["cursor"]

    def history(self, conversation, after=0):
        """All records above `after`, page by page."""
        records = []
        while True:
            page = self.call("message.history", conversation=conversation, after=after, limit=200)
            records += page["messages"]
            if not page["more"]:
                return records
            if not page["messages"]:
                raise Violation("message.history: more is true on an empty page")
            after = records[-1]["seq"]

    # --- the user behind it -----------------------------------------------------------------------------------------------------------

    def register(self, user, password, **more):
        return self.call("user.register", user=user, password=password, **more)

    def login(self, user, password, **more):
        self.user, self.password = user, password
        return self._logged_in(self.call("user.login", user=user, password=password, **more))

    def resume(self, token, **more):
        return self._logged_in(self.call("user.resume", token=token, **more))

    def _logged_in(self, result):
        self.user, self.token, self.session = result["user"], result["token"], result["session"]
        return result

    # --- bytes ------------------------------------------------------------------------------------------------------------------------

    def send(self, data: bytes):
        try:
            self.socket.settimeout(PATIENCE)
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionError) as broken:
            self._drain_what_is_left()
            raise Disconnected(self.closed) from broken

    def half_close(self):
        self.socket.shutdown(socket.SHUT_WR)

    def close(self):
        self.socket.close()
        self.ended = True

    # --- listening --------------------------------------------------------------------------------------------------------------------

    def push(self, method, patience=PATIENCE, where=None, **fields):
        """Takes the first push of that method whose fields are as given (and for which `where` holds), waiting for it if need be."""
        found = []

        def match():
            for push in self.pushes:
                if push.method == method and all(push.get(k) == v for k, v in fields.items()) and (not where or where(push)):
                    found.append(push)
                    return True
            return False

        self._read_until(match, patience, f"{method} {fields or ''}; there is {list(self.pushes)[-5:]}")
        self.pushes.remove(found[0])
        return found[0]

    def pushes_until(self, method, **fields):
        """All pushes before the first such one, which is taken too: how a test shows that something was not pushed."""
        sentinel = self.push(method, **fields)
        # Everything that arrived is in self.pushes in order of arrival; what is there now came before the sentinel or right after it.
        before, self.pushes = list(self.pushes), collections.deque()
        return before, sentinel

    def wait_closed(self, patience=PATIENCE):
        """Waits until the server closes; returns the code it gave, or None."""
        deadline = time.monotonic() + patience
        while not self.ended:
            self._read_once(deadline, "the server to close the connection")
        return (self.closed or {}).get("code")

    def listen(self, seconds):
        """Reads what comes within that time; for loads, not for tests."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                self._read_once(deadline, "")
            except TimeoutError:
                return
            if self.ended:
                raise Disconnected(self.closed)

    def _read_until(self, done, patience, what):
        deadline = time.monotonic() + patience
        while not done():
            if self.ended:
                raise Disconnected(self.closed)
            self._read_once(deadline, what)

    def _read_once(self, deadline, what):
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError(f"waited in vain for {what}")
        self.socket.settimeout(left)
        try:
            data = self.socket.recv(1 << 18)
        except socket.timeout:
            raise TimeoutError(f"waited in vain for {what}") from None
        except ConnectionError:
            data = b""
        if not data:
            self.ended = True
            return
        self._unpacker.feed(data)
        before = self._unpacker.tell()
        for message in self._unpacker:
            self._take(message, self._unpacker.tell() - before)
            before = self._unpacker.tell()

    def _drain_what_is_left(self):
        deadline = time.monotonic() + 1.0
        try:
            while not self.ended:
                self._read_once(deadline, "the end")
        except (TimeoutError, OSError):
            self.ended = True

    def _take(self, message, size):
        self.largest = max(self.largest, size)
        if size > RESPONSE_BYTES_MAX:
            raise Violation(f"a message of {size} bytes")
        if not isinstance(message, list) or not message:
            raise Violation(f"not MessagePack-RPC: {message!r}")
        if message[0] == 1 and len(message) == 4:
            self._take_answer(*message[1:])
        elif message[0] == 2 and len(message) == 3 and isinstance(message[2], list) and len(message[2]) == 1 and isinstance(message[2][0], dict):
            push = Push(message[1], message[2][0])
            heard[push.method] += 1
            if push.method == "session.closed":
                self.closed = dict(push)
                if not isinstance(push.get("code"), str) or not isinstance(push.get("message"), str):
                    raise Violation(f"session.closed without code or message: {push}")
            self.pushes.append(push)
        else:
            raise Violation(f"neither a response nor a notification: {message!r}")

    def _take_answer(self, msgid, error, result):
        if msgid not in self._open or msgid in self._answers:
            raise Violation(f"an answer to {msgid!r}, which was never asked or was answered already")
        if error is None:
            if not isinstance(result, dict):
                raise Violation(f"{self._open[msgid]}: a result that is no map: {result!r}")
        else:
            check_error(error)
        self._answers[msgid] = (error, result)
        self.arrivals.append(msgid)


def check_error(error):
    """An error is what the table of errors says, and nothing else."""
    if not isinstance(error, dict) or error.get("code") not in ERRORS:
        raise Violation(f"not an error of the table: {error!r}")
    if error.get("retryable") is not ERRORS[error["code"]]:
        raise Violation(f"retryable is wrong in {error!r}")
    if not isinstance(error.get("message"), str) or not error["message"]:
        raise Violation(f"no message in {error!r}")
    if "retry_after_ms" in error and (not isinstance(error["retry_after_ms"], int) or error["retry_after_ms"] < 0):
        raise Violation(f"retry_after_ms is wrong in {error!r}")


def code_of(call, *arguments, **named):
    """The error code that `call` is rejected with, or None if it succeeds."""
    try:
        call(*arguments, **named)
    except Rejected as error:
        return error.code
    return None


def direct(one, other):
    """The conversation of two clients' users."""
    return "~".join(sorted((one.user, other.user)))


def patiently(condition, patience=PATIENCE, every=0.02, what=None):
    """Polls `condition` until it returns something true, and returns that; for what has no event to wait for."""
    deadline, pause = time.monotonic() + patience, threading.Event()
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited in vain for {what or condition}; last: {value!r}")
        pause.wait(every)


class Bare:
    """A connection without manners: any bytes out, any messages in, nothing checked."""

    def __init__(self, port, host="127.0.0.1", source=None):
        self.socket = socket.create_connection((host, port), timeout=PATIENCE, source_address=(source, 0) if source else None)
        self.messages = []
        self.ended = False
        self._unpacker = msgpack.Unpacker(raw=False, strict_map_key=False)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data: bytes):
        """Sends what the server is still willing to take."""
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionError):
            pass

    def receive(self, count, patience=PATIENCE):
        """The first `count` messages, or fewer if the server closes before."""
        deadline = time.monotonic() + patience
        while len(self.messages) < count and not self.ended:
            self._read(deadline)
        return self.messages[:count]

    def until_closed(self, patience=PATIENCE):
        """All messages up to the end of the connection."""
        deadline = time.monotonic() + patience
        while not self.ended:
            self._read(deadline)
        return self.messages

    def _read(self, deadline):
        self.socket.settimeout(max(0.001, deadline - time.monotonic()))
        try:
            data = self.socket.recv(1 << 16)
        except socket.timeout:
            raise TimeoutError(f"the server neither answered nor closed; so far {self.messages}") from None
        except ConnectionError:
            data = b""
        self.ended = not data
        self._unpacker.feed(data)
        self.messages += self._unpacker
