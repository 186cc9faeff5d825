# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Is this machine ready for a class? It is, and what is put in its way is named. Nothing on it changes."""

from __future__ import annotations

import json
import socket
import threading
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from .conftest import BY_HAND

pytestmark = pytest.mark.alone

LABS = ["container_limits", "restart_policy", "flask_image", "distroless_image", "bridge_network", "namespaces"]
POOLS = ["10.231.0.0/16", "10.232.0.0/16"]
PORTS = 21000
CHECKS = {
    "reachable", "user", "python", "system", "clock", "engine", "compose", "storage", "cgroup", "swap", "limits",
    "disk", "inodes", "memory", "subnets", "ports", "names", "packages", "mirror", "tcp", "time",
}  # fmt: skip
OVERLAP = "acceptance-overlap"


@pytest.fixture(scope="module")
def new_room(new_class):
    def new(*students):
        return new_class(*students, classroom_labs=LABS, classroom_port_base=PORTS, classroom_subnet_pools=POOLS)

    return new


def rows(run):
    """By host and check."""
    facts = {line["host"]: line["result"]["ansible_facts"] for line in run.of("ok") if line["task"].endswith("Put the rows together")}
    return {host: {row["check"]: row for row in each["preflight_rows"]} for host, each in facts.items()}


def table(run):
    (shown,) = [line["result"]["msg"] for line in run.of("ok") if line["task"].endswith("Show whether the room is ready")]
    return shown


def state(docker):
    """All that the engine has."""
    formats = {"ps --all": "{{.ID}} {{.Names}} {{.State}}", "images --all": "{{.ID}} {{.Repository}}:{{.Tag}}", "network ls": "{{.ID}} {{.Name}}"}
    listed = {command: docker(*command.split(), "--no-trunc", f"--format={shown}") for command, shown in formats.items()}
    return {command: sorted(lines.splitlines()) for command, lines in {**listed, "volume ls": docker("volume", "ls")}.items()}


@contextmanager
def listening(port):
    with socket.create_server(("127.0.0.1", port)):
        yield


@contextmanager
def overlapping(docker, subnet):
    docker("network", "create", f"--label={BY_HAND}", f"--subnet={subnet}", OVERLAP)
    try:
        yield
    finally:
        docker("network", "rm", OVERLAP)


@contextmanager
def by_hand(docker, name):
    docker.run(name)
    try:
        yield
    finally:
        docker("rm", "--force", name)


@contextmanager
def answering(port, answer):
    """A server on loopback alone that tells everybody the same."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        def log_message(self, *_args):
            pass

    with HTTPServer(("127.0.0.1", port), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()


def test_this_machine_is_ready(new_room, docker):
    before = state(docker)
    few = new_room("pia", "quin").play("preflight", "--check").ok()
    many = new_room(*(f"pia{number}" for number in range(60))).play("preflight").ok()
    assert state(docker) == before
    assert few.tasks == many.tasks
    for run in (few, many):
        assert run.stats["changed"] == 0
        assert set(rows(run)["localhost"]) == CHECKS
        assert [row for row in rows(run)["localhost"].values() if row["outcome"] == "stop"] == []
        assert "\nlocalhost: ready" in table(run)
    version = docker("version", "--format={{.Server.Version}}, API {{.Server.APIVersion}}")
    assert f"Docker {version}," in rows(few)["localhost"]["engine"]["read"]


def test_what_is_in_the_way_is_named(new_room, docker):
    room = new_room("pia", "quin")
    room.hosts = {
        "localhost": {},
        # Nothing listens there.
        "gone": {"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 1},
        "bare": {"ansible_python_interpreter": "/nowhere/python3"},
        "down": {"classroom_docker_host": "unix:///run/acceptance-nowhere.sock", "docker_host_install": False},
    }
    with ExitStack() as stack:
        # The port of piac1, and one of the seat that no lab publishes.
        for port in (PORTS + 10, PORTS + 29):
            stack.enter_context(listening(port))
        stack.enter_context(overlapping(docker, "10.231.2.128/25"))
        stack.enter_context(by_hand(docker, "piax1"))
        stack.enter_context(answering(2375, {"Version": docker("version", "--format={{.Server.Version}}"), "ApiVersion": "1.41"}))
        # Not an engine's: it has no version of an API.
        stack.enter_context(answering(2376, {"version": "1.0"}))
        before = state(docker)
        run = room.play("preflight")
        assert state(docker) == before
    assert run.code == 2
    assert {line["host"] for line in run.of("failed")} == set(room.hosts)
    found = rows(run)
    here = found["localhost"]
    assert {check for check, row in here.items() if row["outcome"] == "stop"} == {"subnets", "ports", "tcp"}
    assert here["ports"]["read"] == (
        f"port {PORTS + 10} of piac1 is taken by a process of the host; port {PORTS + 29} of the seat of quin is taken by a process of the host"
    )
    assert here["subnets"]["read"] == f"10.231.2.0/24 of quinbr1 overlaps with 10.231.2.128/25, the network {OVERLAP}"
    assert here["tcp"]["read"] == "127.0.0.1:2375 is a Docker engine that asks nobody for a certificate: whoever reaches it is root on this host"
    assert (here["names"]["outcome"], here["names"]["read"].endswith(": piax1")) == ("warn", True)
    # Each of the others has a row that says so, and kept nobody waiting.
    assert {host: [(check, row["outcome"]) for check, row in found[host].items()] for host in ("gone", "bare")} == {
        "gone": [("reachable", "stop")],
        "bare": [("python", "stop")],
    }
    assert "Connection refused" in found["gone"]["reachable"]["read"]
    assert (found["down"]["engine"]["outcome"], "Start it" in found["down"]["engine"]["advice"]) == ("stop", True)
    assert "could not be looked at" in found["down"]["names"]["read"]
    shown = table(run)
    assert [line.partition(" (")[0] for line in shown.splitlines() if "NOT READY" in line] == [
        "localhost: NOT READY: 3 stops",
        "gone: NOT READY: 1 stop",
        "bare: NOT READY: 1 stop",
        "down: NOT READY: 2 stops",
    ]
    assert max(map(len, shown.splitlines())) <= 72
    assert all(row["advice"] for each in found.values() for row in each.values() if row["outcome"] != "pass")


def test_bad_input_names_the_variable(new_room):
    run = new_room("pia").play("preflight", container_limits_size={"container": {"disk": "lots"}})
    assert run.code == 2
    assert "container_limits_size.container.disk: 'lots' is not a size" in run.errors
    assert not [task for task in run.tasks if task.endswith("Look at the host")]
