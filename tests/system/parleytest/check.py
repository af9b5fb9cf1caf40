"""The audit: compares what clients were told with what the histories hold."""

from . import load


def dense(records, head=None):
    """The sequence is 1, 2, 3, … and time never goes back."""
    assert [r["seq"] for r in records] == list(range(1, len(records) + 1))
    assert all(a["time_ms"] <= b["time_ms"] for a, b in zip(records, records[1:])), "time went back"
    if head is not None:
        assert head == len(records)


def audit(loaded: load.Load):
    """Every acknowledged message is in its history exactly once, under its seq, as it was said; sequences are dense; what was refused is
    nowhere; both sides see the same; every client that followed has exactly the history. Returns the number of records looked at."""
    histories = _histories(loaded)
    mine = {c.user: c for c in loaded.chatters}
    promised = {m.id: m for c in loaded.chatters for m in c.acknowledged}
    possible = promised | {m.id: m for c in loaded.chatters for m in c.unknown}
    refused = {m.id: m for c in loaded.chatters for m in c.refused}
    seen = {}
    for conversation, records in histories.items():
        dense(records)
        for record in records:
            message = possible.get(_id(record))
            assert _id(record) not in refused, f"{refused[_id(record)]} was refused and is in {conversation}: {record}"
            assert message, f"{conversation} has a record that nobody sent: {record}"
            assert _id(record) not in seen, f"twice: {record} and {seen[_id(record)]}"
            assert record["body"] == message.body and record["from"] in mine and load.conversation_of(record["from"], message.to) == conversation
            seen[_id(record)] = record
    for message in promised.values():
        record = seen.get(message.id)
        assert record, f"acknowledged and lost: {message}"
        assert (record["conversation"], record["seq"]) == (message.conversation, message.seq), f"{message} is {record}"
    for chatter in loaded.chatters:
        _in_order(chatter)
        for conversation, follower in chatter.follows.items():
            assert list(map(load.essence, follower.records)) == list(map(load.essence, histories[conversation])), f"{chatter.user} differs in {conversation}"
    return sum(map(len, histories.values()))


def _histories(loaded):
    """conversation: records, read anew by every member, who must see the same."""
    histories = {}
    for chatter in loaded.chatters:
        for item in chatter.client.pages("message.sync", "conversations", limit=200):
            records = chatter.client.history(item["conversation"])
            assert len(records) >= item["head"]
            known = histories.setdefault(item["conversation"], records)
            assert list(map(load.essence, known)) == list(map(load.essence, records)), f"members see {item['conversation']} differently"
    return histories


def _in_order(chatter):
    """What one user said to one other, one after the other, stands in that order."""
    last = {}
    for message in chatter.acknowledged:
        assert message.seq > last.get(message.conversation, 0), f"out of order: {message}"
        last[message.conversation] = message.seq


def _id(record):
    """The id that load.Chatter gave; other readers than the sender know it from the body."""
    said = record["body"].split()
    return f"{said[0]}-{said[2]}"
