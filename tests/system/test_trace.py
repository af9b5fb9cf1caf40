"""session.trace and `parley trace`: the way of one request through the processes, and its id in their logs."""

import json

import pytest

from parleytest.client import code_of


def hops_of(trace):
    return [(hop["node"], hop["method"], hop["what"]) for hop in sorted(trace["hops"], key=lambda hop: hop["at_us"])]


def test_a_message_is_traced_from_the_frontend_to_the_disk_and_back(town):
    root, bob = town.root(), town.newcomer("bob")
    trace = root.call("session.trace", method="message.send", arguments={"to": bob.user, "body": "where does this go?", "id": "1"})
    assert trace["result"]["seq"] == 1 and "error" not in trace
    assert bob.push("message.new")["body"] == "where does this go?"
    hops = hops_of(trace)
    way = [(node, what) for node, method, what in hops if method == "message.send"]
    assert way[0] == ("frontend-1", "receives it") and way[-1] == ("frontend-1", "answers the client")
    for hop in [("frontend-1", "sends it to the bus"), ("bus-1", "gives it to message-1"), ("message-1", "begins"), ("message-1", "writes to the disk"),
                ("message-1", "answers"), ("bus-1", "passes on the answer of message-1"), ("frontend-1", "answers the client")]:
        assert hop in way
    # It asked whether there is such a user.
    assert ("message-1", "message.send", "asks user.exists") in hops
    assert ("user-1", "user.exists", "begins") in hops and ("user-1", "user.exists", "answers") in hops
    times = [hop["at_us"] for hop in trace["hops"]]
    assert max(times) - min(times) < 60_000_000


def test_a_refused_request_is_traced_to_its_refusal(town):
    trace = town.root().call("session.trace", method="message.send", arguments={"to": "nobody.at.all", "body": "x", "id": "1"})
    assert trace["error"]["code"] == "not_found" and "result" not in trace
    assert ("message-1", "answers") in [(node, what) for node, _, what in hops_of(trace)]


def test_a_page_of_the_background_lane_is_traced_too(town):
    root, bob = town.root(), town.newcomer("bob")
    root.call("message.send", to=bob.user, body="hello", id="1")
    trace = root.call("session.trace", method="message.history", arguments={"with": bob.user})
    assert [record["body"] for record in trace["result"]["messages"]] == ["hello"]
    assert ("message-1", "has it wait for its turn") in [(node, what) for node, _, what in hops_of(trace)]


@pytest.mark.parametrize("arguments, code", [
    ({}, "bad_request"), ({"method": 7}, "bad_request"), ({"method": "no.such"}, "unsupported"), ({"method": "session.ping"}, "unsupported"),
    ({"method": "message.send", "arguments": [1]}, "bad_request"), ({"method": "message.send"}, "bad_request"),
    ({"method": "user.exists", "arguments": {"user": "root"}}, "unsupported"),
])
def test_what_makes_no_sense_is_refused(town, arguments, code):
    assert code_of(town.root().call, "session.trace", **arguments) == code


def test_only_administrators_trace(town):
    call = {"method": "message.sync", "arguments": {}}
    assert code_of(town.stranger().call, "session.trace", **call) == "unauthenticated"
    assert code_of(town.newcomer().call, "session.trace", **call) == "forbidden"


def test_a_request_that_waits_for_a_worker_says_so(own_cluster, own_town):
    root, bob = own_town.root(), own_town.newcomer("bob")
    own_cluster.down("message-1")
    asked = root.request("session.trace", method="message.send", arguments={"to": bob.user, "body": "wait", "id": "1"})
    own_cluster.up("message-1")
    waited = [what for node, _, what in hops_of(root.answer(asked)) if node == "bus-1"]
    assert "waits until a worker serves it" in waited


def test_the_log_of_a_worker_has_the_id_of_the_request(own_cluster, own_town):
    own_cluster.down("message-1")
    own_cluster.staff(env={"PARLEY_LOG_LEVEL": "debug"}, message=1)
    trace = own_town.root().call("session.trace", method="message.send", arguments={"to": "nobody.at.all", "body": "x", "id": "1"})
    lines = [line for line in (own_cluster.home / "log" / "message-1.log").read_text().splitlines() if line.endswith(f"request={trace['request']}")]
    assert len(lines) == 1 and "message.send is refused: not_found" in lines[0]


def test_parley_trace_prints_a_table(parley, town):
    class Root:
        user, password = "root", town.cluster.root_password()

    bob = town.newcomer("bob")
    done = parley("trace", "message.send", json.dumps({"to": bob.user, "body": "by table"}), "--new-id", user=Root)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].startswith("request ") and len(lines[0]) == len("request ") + 32
    assert lines[1].split() == ["after", "more", "process", "method", "what"]
    assert lines[2].split()[:5] == ["0.00", "ms", "0.00", "ms", "frontend-1"] and lines[-1].startswith("result: {")
    refused = parley("trace", "message.send", json.dumps({"to": "nobody.at.all", "body": "x", "id": "1"}), user=Root)
    assert refused.returncode == 0 and refused.stdout.splitlines()[-1].startswith("refused: not_found")
    assert parley("trace", "message.sync", user=bob).returncode == 1
    listed = parley("trace", "message.sync", "--json", user=Root)
    assert listed.returncode == 0, listed.stderr
    encoded = json.loads(listed.stdout)
    assert encoded["hops"] and encoded["result"]
