"""Metrics and health of every process, as Prometheus and a load balancer see them; and what docs/monitoring makes of them."""

import json
import os
import re
import signal
import subprocess

import pytest

from parleytest import cluster, scrape
from parleytest.client import code_of, patiently
from parleytest.cluster import ROOT

MONITORING = ROOT / "docs" / "monitoring"
DASHBOARD = MONITORING / "parley-dashboard.json"
RULES = MONITORING / "parley.rules.yml"
NAME = re.compile(r"\b(?:parley|process)_[a-z0-9_]+\b")


def is_ready(address):
    return scrape.status(address, "/readyz")[0] == 200


def all_ready(system):
    patiently(lambda: all(map(is_ready, system.metrics_targets().values())), what="every process to be ready")


def pages(system):
    return {name: scrape.page(address) for name, address in system.metrics_targets().items()}


def busy(town):
    """Something of everything has been done."""
    ann, bob = town.newcomer(), town.newcomer("bob")
    ann.call("message.send", to=bob.user, body="hello", id="1")
    bob.push("message.new")
    town.root().call("admin.nodes")
    return ann


def test_every_process_serves_its_three_pages(wide_cluster, wide_town):
    all_ready(wide_cluster)
    targets = wide_cluster.metrics_targets()
    assert targets.keys() == wide_cluster.pids().keys()
    for name, address in targets.items():
        assert scrape.status(address, "/healthz") == (200, "ok"), name
        assert scrape.status(address, "/readyz") == (200, "ok"), name
        found = scrape.samples(scrape.page(address))
        assert all((labels["node"], labels["module"]) == (name, name.rsplit("-", 1)[0]) for _, labels, _ in found)
        code, headers, body = scrape.ask(address, "/metrics", "HEAD")
        assert code == 200 and int(headers["Content-Length"]) > 0 and body == ""
        assert scrape.status(address, "/nothing")[0] == 404
        code, headers, _ = scrape.ask(address, "/readyz", "DELETE")
        assert code == 405 and headers["Allow"] == "GET, HEAD"


def test_promtool_finds_nothing_to_say_about_the_metrics(wide_cluster, wide_town):
    busy(wide_town)
    for name, text in pages(wide_cluster).items():
        done = subprocess.run([scrape.promtool(), "check", "metrics"], input=text, capture_output=True, text=True, timeout=60)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", ""), name


def test_promtool_takes_the_rules_and_the_configuration(wide_cluster, tmp_path):
    config = (MONITORING / "prometheus.yml").read_text()
    assert config.count("../../.parley/run/prometheus-targets.json") == 1
    targets = wide_cluster.home / "run" / "prometheus-targets.json"
    (tmp_path / "prometheus.yml").write_text(config.replace("../../.parley/run/prometheus-targets.json", str(targets)))
    (tmp_path / RULES.name).write_text(RULES.read_text())
    for what, file in (("rules", RULES), ("config", tmp_path / "prometheus.yml")):
        done = subprocess.run([scrape.promtool(), "check", what, file], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0 and "SUCCESS" in done.stdout and "WARNING" not in done.stdout, done.stdout + done.stderr


def test_promtool_refuses_what_is_wrong(tmp_path):
    (tmp_path / "rules.yml").write_text(RULES.read_text().replace("parley_ready == 0", "parley_ready === 0"))
    assert subprocess.run([scrape.promtool(), "check", "rules", tmp_path / "rules.yml"], capture_output=True, timeout=60).returncode != 0
    bad = "# TYPE parley_apples counter\nparley_apples 1\n"
    assert subprocess.run([scrape.promtool(), "check", "metrics"], input=bad, capture_output=True, text=True, timeout=60).returncode != 0


def test_whatever_the_dashboard_and_the_rules_ask_for_is_there(wide_cluster, wide_town):
    busy(wide_town)
    shown = {name for text in pages(wide_cluster).values() for name, _, _ in scrape.samples(text)}
    dashboard = json.loads(DASHBOARD.read_text())
    asked = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", [])]
    asked += [variable["query"] for variable in dashboard["templating"]["list"]]
    asked += re.findall(r"expr: (.*)", RULES.read_text())
    wanted = {name for expression in asked for name in NAME.findall(expression)}
    assert len(wanted) > 40
    assert wanted <= shown, wanted - shown


def test_every_metric_is_explained_to_operators(wide_cluster, wide_town):
    busy(wide_town)
    families = {line.split()[2] for text in pages(wide_cluster).values() for line in text.splitlines() if line.startswith("# TYPE ")}
    explained = set(NAME.findall((ROOT / "docs" / "monitoring" / "README.md").read_text()))
    assert families <= explained, families - explained


def test_what_clients_do_is_counted(wide_cluster, wide_town):
    before = pages(wide_cluster)
    ann = busy(wide_town)
    for i in range(20):
        ann.call("message.send", to="root", body="again", id=f"again {i}")
    after = pages(wide_cluster)

    def grown(metric, **labels):
        return sum(scrape.value(after[name], metric, **labels) - scrape.value(before[name], metric, **labels) for name in after)

    assert grown("parley_client_requests_total", method="message.send", code="ok") == 21
    assert grown("parley_client_request_seconds_count", method="message.send") == 21
    assert grown("parley_served_requests_total", method="message.send", code="ok") == 21
    assert grown("parley_commit_seconds_count", module="message") >= 21
    assert grown("parley_helper_work_seconds_count", module="user") >= 2  # a hash for each newcomer at least
    assert grown("parley_client_received_bytes_total") > 0 < grown("parley_client_sent_bytes_total")
    assert grown("parley_bus_requests_total") >= 21
    assert sum(scrape.value(text, "parley_slots_served", module="message") for text in after.values()) == 256
    assert scrape.value(after["bus-1"], "parley_bus_slots", of="message", served="yes") == 256
    assert scrape.value(after["bus-1"], "parley_bus_nodes") == len(after) - 1
    assert scrape.value(after["message-1"], "parley_store_bytes") > 0 < scrape.value(after["message-1"], "parley_disk_free_bytes")


def test_a_method_that_a_client_invents_becomes_no_label(wide_cluster, wide_town):
    ann = wide_town.newcomer()
    for i in range(10):
        assert code_of(ann.call, f"invented.method{i}") == "unsupported"
    texts = pages(wide_cluster).values()
    assert not any("invented" in text for text in texts)
    assert sum(scrape.value(text, "parley_client_requests_total", method="not_routed", code="unsupported") for text in texts) >= 10


def test_a_bus_that_is_away_makes_all_others_not_ready(wide_cluster, wide_town):
    all_ready(wide_cluster)
    targets = wide_cluster.metrics_targets()
    wide_cluster.kill("bus-1")
    others = {name: address for name, address in targets.items() if name != "bus-1"}
    for name, address in others.items():
        patiently(lambda at=address: scrape.status(at, "/readyz") == (503, "the bus does not answer"), what=f"{name} to notice")
        assert scrape.status(address, "/healthz") == (200, "ok")
    assert scrape.status(targets["bus-1"], "/readyz") == (0, "")
    wide_cluster.up("bus-1")
    all_ready(wide_cluster)


def test_a_drained_frontend_is_not_ready_until_it_is_undrained(wide_cluster, wide_town):
    all_ready(wide_cluster)
    address = wide_cluster.metrics_targets()["frontend-2"]
    wide_town.root().request("admin.drain", node="frontend-2")  # It may be the very frontend that is asked.
    patiently(lambda: scrape.status(address, "/readyz") == (503, "it is drained by an operator"), what="the frontend to be drained")
    assert scrape.status(address, "/healthz") == (200, "ok")
    assert is_ready(wide_cluster.metrics_targets()["frontend-1"])
    wide_town.root().call("admin.undrain", node="frontend-2")
    patiently(lambda: is_ready(address), what="the frontend to be ready again")


def test_a_frontend_that_leaves_says_so_while_it_still_answers(wide_cluster, wide_town):
    all_ready(wide_cluster)
    pids, address = wide_cluster.pids(), wide_cluster.metrics_targets()["frontend-1"]
    crowd = [wide_town.newcomer(f"late{i}-") for i in range(16)]  # so many that some are at each frontend
    os.kill(pids["message-1"], signal.SIGSTOP)  # Their requests stay open.
    try:
        for person in crowd:
            person.request("message.send", to="root", body="on its way", id="late")
        patiently(lambda: scrape.value(scrape.page(address), "parley_client_requests_open") > 0, what="requests to be open")
        os.kill(pids["frontend-1"], signal.SIGTERM)
        patiently(lambda: scrape.status(address, "/readyz") == (503, "it is leaving"), what="the frontend to say that it leaves")
    finally:
        os.kill(pids["message-1"], signal.SIGCONT)
    patiently(lambda: scrape.status(address, "/readyz") == (0, ""), what="the frontend to be gone")
    wide_cluster.up("frontend-1")
    all_ready(wide_cluster)


def test_a_main_loop_that_stands_still_is_told_by_the_process_itself(wide_cluster, wide_town):
    all_ready(wide_cluster)
    address = wide_cluster.metrics_targets()["friend-1"]
    try:
        with scrape.main_thread_held(wide_cluster.pids()["friend-1"]):
            patiently(lambda: scrape.status(address, "/healthz")[0] == 503, what="the process to notice")
            for path in ("/healthz", "/readyz"):
                code, reason = scrape.status(address, path)
                assert code == 503 and reason.startswith("the main loop has not turned for ")
            text = scrape.page(address)
            assert scrape.value(text, "parley_loop_turn_age_seconds") > 5 and scrape.value(text, "parley_ready") == 0
            assert "parley_slots_served" not in text and "process_resident_memory_bytes" in text
    except scrape.NotPermitted as why:
        pytest.skip(f"holding a thread of another process is not permitted here: {why}")
    patiently(lambda: scrape.status(address, "/healthz") == (200, "ok"), what="the process to be well again")
    all_ready(wide_cluster)
    assert "parley_slots_served" in scrape.page(address)


def test_garbage_at_a_metrics_port_harms_nobody(wide_cluster, wide_town):
    all_ready(wide_cluster)
    before, targets = wide_cluster.pids(), wide_cluster.metrics_targets()
    silent = [scrape.connect(address) for address in targets.values() for _ in range(100)]
    for address in targets.values():
        for garbage in (os.urandom(4096) + b"\r\n\r\n", b"\x94\x00\x01\xacsession.ping\x90", b"GET " + b"x" * 1_000_000, b"GET /metrics HTTP/1.1\r\n" * 500,
                        b"POST /metrics HTTP/1.1\r\nContent-Length: 1000000000\r\n\r\n", b"GET /metrics HTTP/1.1\r\n\r\n" * 1000):
            with scrape.connect(address) as connection:
                try:
                    connection.sendall(garbage)
                except OSError:
                    pass  # It had enough.
    ann, bob = wide_town.newcomer(), wide_town.newcomer("bob")
    ann.call("message.send", to=bob.user, body="still here", id="1")
    assert bob.push("message.new")["body"] == "still here"
    for name, address in targets.items():
        assert scrape.status(address, "/healthz") == (200, "ok"), name
        assert "parley_loop_turn_seconds_count" in scrape.page(address)
    for connection in silent:
        connection.close()
    assert wide_cluster.pids() == before


def test_a_process_whose_metrics_port_is_taken_does_not_start(wide_cluster, wide_town):
    address = wide_cluster.metrics_targets()["bus-1"]
    command = [cluster.program("parley-bus"), "--name", "bus-9", "--listen", "tcp://127.0.0.1:0", "--data", wide_cluster.data("bus-9"), "--metrics"]
    for given, said in ((address, f"the address {address} is in use"), ("nonsense", "'nonsense' is not HOST:PORT")):
        done = subprocess.run([str(word) for word in [*command, given]], capture_output=True, text=True, timeout=60, env=cluster.environment())
        assert done.returncode == 3 and said in done.stderr
