"""A whole Parley chat client: client.py USER [HOST:PORT]. "@bob hello" writes to bob, further lines go to him too.

The wire is MessagePack-RPC: [0, msgid, method, [arguments]] asks, [1, msgid, error, result] answers, and the server pushes
[2, method, [arguments]] when it likes. A push is only a hint: the records of a conversation are numbered 1, 2, 3, …, and
who sees a hole asks for the history. What is sent again with the same id takes effect once. So nothing is lost or doubled.
"""
import getpass, msgpack, os, select, socket, sys, time, uuid  # msgpack is Debian's python3-msgpack


class Chat:
    def __init__(self, host, port):
        self.socket, self.unpacker = socket.create_connection((host, int(port))), msgpack.Unpacker()
        self.msgid, self.answers, self.pushes = 0, [], []
        self.have = {}  # conversation: the number up to which we lack nothing

    def call(self, method, **arguments):
        self.msgid += 1
        self.socket.sendall(msgpack.packb([0, self.msgid, method, [arguments]]))
        while not self.answers:  # We ask one thing at a time. Pushes may come in between.
            self.receive()
        _, error, result = self.answers.pop()
        if error and error["retryable"]:
            time.sleep(error.get("retry_after_ms", 500) / 1000)
            return self.call(method, **arguments)  # With the same id.
        return error, result

    def receive(self):
        self.unpacker.feed(self.socket.recv(65536) or sys.exit("The server is gone. Come back: what you miss will be here."))
        for kind, *rest in self.unpacker:
            (self.answers if kind == 1 else self.pushes).append(rest)

    def sync(self, cursor=None):
        _, page = self.call("message.sync", cursor=cursor)
        for talk in page["conversations"]:
            self.have.setdefault(talk["conversation"], talk["read"])
            self.pull(talk["conversation"], talk["head"])
        if "cursor" in page:
            self.sync(page["cursor"])

    def pull(self, conversation, head):
        while self.have[conversation] < head:
            _, page = self.call("message.history", conversation=conversation, after=self.have[conversation])
            for record in page["messages"]:
                self.take(record)

    def take(self, record):
        conversation, seq = record["conversation"], record["seq"]
        if seq > self.have.setdefault(conversation, 0) + 1:
            self.pull(conversation, seq)  # A hole. The history has this record too, in its place.
        elif seq > self.have[conversation]:  # A lower one is a copy.
            self.have[conversation] = seq
            print(time.ctime(record["time_ms"] / 1000)[11:16], record["from"] + ":", record.get("body", record["kind"]))
            self.call("message.read", conversation=conversation, seq=seq)


if not sys.argv[1:] or sys.argv[1].startswith("-"):
    sys.exit(__doc__)
user, server, *_ = [*sys.argv[1:], "127.0.0.1:7000"]
me = {"user": user, "password": os.environ.get("PARLEY_PASSWORD") or getpass.getpass()}
chat, keyboard, to = Chat(*server.split(":")), open(0, "rb", buffering=0), None
chat.call("user.register", **me)  # If the name is taken, the login tells whether by us.
if error := chat.call("user.login", **me)[0]:
    sys.exit(f"{error['code']}: {error['message']}")
chat.sync()
while True:
    while chat.pushes:
        method, (arguments,) = chat.pushes.pop(0)
        if method == "message.new":
            chat.take(arguments)
        elif method == "session.resync":
            chat.sync()
    if chat.socket in select.select([chat.socket, keyboard], [], [])[0]:
        chat.receive()
    else:
        line = keyboard.readline().decode() or sys.exit()
        to, _, body = line[1:].strip().partition(" ") if line.startswith("@") else (to, None, line.strip())
        said = {"to": to, "body": body, "id": uuid.uuid4().hex}
        error, done = chat.call("message.send", **said)
        print(f"! {error['message']}") if error else chat.take({**said, **done, "from": user, "kind": "text"})
