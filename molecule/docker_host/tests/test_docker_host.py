# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine runs as the role says, and the role left it running."""

from __future__ import annotations

import json
import re

import pytest


@pytest.fixture
def config(host):
    """The engine's configuration."""
    if not host.file("/var/lib/classroom/docker_host.json").exists:
        pytest.skip("the engine was on this machine before the role, and is not the role's to configure")
    return json.loads(host.file("/etc/docker/daemon.json").content_string)


def test_engine_was_not_restarted(engine, bystander):
    assert engine.started < bystander.started


def test_engine_listens_on_its_socket(host, engine):
    assert {"/var/run/docker.sock", "/run/docker.sock"} & set(engine.listens("unix"))
    socket = host.file("/run/docker.sock")
    assert socket.is_socket
    assert (socket.user, socket.group, oct(socket.mode)) == ("root", "docker", "0o660")


@pytest.mark.parametrize("protocol", ["tcp", "tcp6"])
def test_engine_listens_on_no_port(engine, protocol):
    assert engine.listens(protocol) == []


def test_configuration(config):
    assert config["live-restore"] is True
    assert config["log-driver"] == "json-file"
    assert config["log-opts"] == {"max-file": "3", "max-size": "10m"}
    assert config["default-address-pools"][1] == {"base": "10.200.0.0/16", "size": 24}
    assert "hosts" not in config


def test_networks_come_from_the_pool(host, config):
    """The bridge of the bystander is one that the engine made, and the kernel has its address."""
    bridge = host.check_output("docker network ls --quiet --filter name=molecule-bystander")
    routes = [line.split() for line in host.file("/proc/net/route").content_string.splitlines()]
    # A /24 of 10.200.0.0/16, the last byte first.
    assert [(route[1][4:], route[7]) for route in routes if route[0] == f"br-{bridge}"] == [("C80A", "00FFFFFF")]


def test_logs_are_rotated(host, config, bystander):
    settings = json.loads(host.file(f"/var/lib/docker/containers/{bystander.id}/hostconfig.json").content_string)
    assert settings["LogConfig"] == {"Type": "json-file", "Config": {"max-file": "3", "max-size": "10m"}}


def test_tools(host):
    major, minor = host.check_output("docker compose version --short").removeprefix("v").split(".")[:2]
    assert (int(major), int(minor)) >= (2, 18)
    assert host.run("docker buildx version").rc == 0


def test_nothing_else_comes_from_the_suite_of_the_plugins(host, config):
    if not host.file("/etc/apt/preferences.d/classroom-docker-plugins").exists:
        pytest.skip("this release has all packages itself")
    policies = host.check_output("LC_ALL=C apt-cache policy docker.io libc6 python3")
    assert "trixie/main" in policies
    # A priority below zero: never to be installed.
    assert set(re.findall(r"^ +(-?\d+) \S+ trixie/main", policies, re.MULTILINE)) == {"-10"}
