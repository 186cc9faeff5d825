# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The docker run of a hint."""

from __future__ import annotations

import pytest
from ansible_collections.classroom.containers.plugins.module_utils._container_limits import parse_limits
from ansible_collections.classroom.containers.plugins.module_utils._container_mounts import Mount
from ansible_collections.classroom.containers.plugins.module_utils._docker_run import absent_hint, after_image, anew, docker_run


@pytest.mark.parametrize(
    ("asked", "more", "expected"),
    [
        ({}, {}, "docker run --detach --name x IMAGE"),
        ({"restart_policy": "no"}, {"image": "a:1"}, "docker run --detach --name x a:1"),
        ({}, {"image": "a:1", "command": ["sh", "-c", "echo $X"]}, "docker run --detach --name x a:1 sh -c 'echo $X'"),
        ({}, {"image": "a:1", "interactive": True}, "docker run --detach --interactive --tty --name x a:1"),
        ({}, {"limits": parse_limits({"memory": "100m", "cpus": "unlimited", "cpu_shares": 20})}, "--name x --memory 100m --cpu-shares 20 IMAGE"),
        ({"ports": ["1:2/tcp"], "user": "1", "stop_signal": "SIGINT", "read_only": True}, {}, "-p 1:2/tcp --user 1 --stop-signal SIGINT --read-only IMAGE"),
        ({"cap_drop": ["ALL"], "cap_add": ["NET_ADMIN"]}, {}, "--cap-drop ALL --cap-add NET_ADMIN IMAGE"),
        ({"environment": {"A": "b c", "PASSWORD": "geheim1"}}, {}, "--env 'A=b c' --env PASSWORD IMAGE"),
        ({"mounts": [Mount("volume", "data", "/data", True)]}, {}, "--volume data:/data:ro IMAGE"),
        ({"networks": ["one"]}, {}, "--network one IMAGE"),
        (
            {"networks": ["one", "two", "three"], "network_addresses": {"one": "10.0.0.2", "two": "10.1.0.2", "three": ""}},
            {},
            "--network one --ip 10.0.0.2 IMAGE && docker network connect --ip 10.1.0.2 two x && docker network connect three x",
        ),
        ({"namespaces": {"pid": "host", "net": "private", "mnt": "private", "cgroup": "private", "ipc": "container:y"}}, {},
         "--pid host --cgroupns private --ipc container:y IMAGE"),
    ],
)  # fmt: skip
def test_commands(asked, more, expected):
    assert docker_run("x", asked, **more).endswith(expected)


def test_made_anew():
    assert anew({"name": "x"}, "without --tty") == "create it again without --tty"
    assert anew({"name": "x", "create_command": "docker run y"}, "without --tty") == "create it again without --tty: docker rm --force x, then docker run y"


def test_absent():
    assert absent_hint({"name": "x"}, "", "docker run z") == "There is no container named x: create it with docker run z."
    assert absent_hint({"name": "x", "create_command": "docker run y"}, "", "docker run z") == "There is no container named x: create it with docker run y."
    assert absent_hint({"name": "x", "create_command": "docker run y"}, "X", "") == "There is no container named x, and there is X: docker rename X x."


@pytest.mark.parametrize(
    ("arguments", "expected"), [(["127.0.0.1", "--memory", "1g"], "--memory"), (["--memory=1g"], "--memory"), (["--memories"], ""), (None, "")]
)
def test_what_stands_after_the_image(arguments, expected):
    assert after_image({"Args": arguments}, "--restart", "--memory") == expected
