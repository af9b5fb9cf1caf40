"""The command line against a real system: `parley call` and `parley watch`, as scripts use them."""

import json
import os
import subprocess
import threading

import pytest

from parleytest import cluster
from parleytest.client import direct, patiently


@pytest.fixture
def parley(town, tmp_path):
    """parley("call", …) runs it to its end; its memory of sessions is the test's own."""

    def run(*arguments, user=None, **more):
        return subprocess.run(command(*arguments, user=user), capture_output=True, text=True, timeout=60, env=environment(), **more)

    def command(*arguments, user=None):
        where = ["--server", f"127.0.0.1:{town.cluster.client_port}", "--state", str(tmp_path / "state")]
        if user:
            (tmp_path / "password").write_text(f"{user.password}\n")
            where += ["--user", user.user, "--password-file", str(tmp_path / "password")]
        return [str(cluster.program("parley")), arguments[0], *where, *arguments[1:]]

    run.command = command
    return run


def environment():
    return {k: v for k, v in os.environ.items() if not k.startswith("PARLEY_")}


def test_call_prints_the_result_as_json(parley):
    done = parley("call", "session.hello")
    assert done.returncode == 0 and json.loads(done.stdout)["protocol"] == 1


def test_call_as_a_user_who_is_remembered(parley, town):
    ann, bob = town.newcomer(), town.newcomer("bob")
    sent = parley("call", "message.send", json.dumps({"to": bob.user, "body": "from a script", "id": "1"}), user=ann)
    assert sent.returncode == 0 and json.loads(sent.stdout)["seq"] == 1
    assert bob.push("message.new")["body"] == "from a script"
    again = parley("call", "message.history", json.dumps({"with": bob.user}), user=ann)
    assert [r["body"] for r in json.loads(again.stdout)["messages"]] == ["from a script"]
    assert len(ann.call("user.sessions")["sessions"]) == 2  # Its own, used twice.


def test_call_shows_errors_on_standard_error(parley, town):
    refused = parley("call", "user.profile", json.dumps({"user": "nobody.at.all"}), user=town.newcomer())
    assert refused.returncode == 1 and refused.stdout == "" and "not_found" in refused.stderr
    assert "unauthenticated" in parley("call", "user.profile").stderr
    assert "unsupported" in parley("call", "no.such").stderr
    assert parley("call", "session.ping", "{not json").returncode == 1
    assert parley("call").returncode == 2


def test_methods_lists_them(parley):
    listed = parley("methods", "message.")
    assert listed.returncode == 0 and "message.send" in listed.stdout and "user.login" not in listed.stdout


def test_watch_prints_pushes_as_json_lines(parley, town):
    ann, bob = town.newcomer(), town.newcomer("bob")
    watch = subprocess.Popen(parley.command("watch", user=bob), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment())
    try:
        said = []
        reader = threading.Thread(target=lambda: said.extend(iter(watch.stdout.readline, "")), daemon=True)
        reader.start()
        patiently(lambda: len([s for s in bob.call("user.sessions")["sessions"] if s["connected"]]) == 2, what="the watcher to be connected")
        ann.call("message.send", to=bob.user, body="watch this", id="1")
        ann.call("message.typing", to=bob.user, on=True)
        patiently(lambda: len(said) >= 2, what="two lines")
        pushes = [json.loads(line) for line in said]
        new = next(p for p in pushes if p["method"] == "message.new")["params"]
        assert (new["body"], new["conversation"], new["seq"]) == ("watch this", direct(ann, bob), 1)
        assert any(p["method"] == "message.typing" for p in pushes)
    finally:
        watch.terminate()
        assert watch.wait(20) == 0
        watch.stdout.close()
        watch.stderr.close()
