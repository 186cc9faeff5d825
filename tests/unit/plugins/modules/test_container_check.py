# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module container_check as Ansible runs it."""

from __future__ import annotations

import pytest
from ansible_collections.classroom.containers.plugins.modules import container_check

RUNS = {"name": "cgt-free", "state": "running"}
STOPPED = {"name": "cgt-stopped", "state": "running"}


@pytest.mark.parametrize("check_mode", [False, True])
def test_it_reads_and_says(run_module, v1, check_mode):
    result = run_module(container_check, check_mode=check_mode, docker_host=v1.url, containers=[RUNS])
    assert result["summary"] == {"pass": 1, "fail": 0, "could_not_check": 0}
    assert result["changed"] is False
    assert [finding["verdict"] for finding in result["findings"]] == ["ok"]


def test_every_attribute_at_once(run_module, v1):
    """With the defaults of what is not given; no port is published, so that no page is asked for."""
    v1.write("/proc/31443/status", "Name:\tsleep\nUid:\t0\t0\t0\t0")
    asked = {"image": "classroom/busybox", "user": 0, "ports": ["1234:5000"], "stop_signal": 15, "http": [{}]}
    result = run_module(container_check, docker_host=v1.url, root=str(v1.root), containers=[{"name": "cgt-free", **asked}], fail_on=[])
    assert [(each["attribute"], each["verdict"], each["asked"]) for each in result["findings"]] == [
        ("image", "unverifiable", "classroom/busybox:latest"),
        ("user", "ok", "0"),
        ("ports", "missing", "1234:5000/tcp"),
        ("stop_signal", "ok", "SIGTERM"),
        ("http", "missing", "GET /: 200"),
    ]
    assert result["findings"][1]["enforced"] == "0"


def test_a_secret_does_not_come_back(run_module, v1):
    asked = {"name": "cgt-free", "environment": {"DB_PASSWORD": "geheim1", "COLOR": "blue"}}
    result = run_module(container_check, docker_host=v1.url, root=str(v1.root), containers=[asked], fail_on=["fail"])
    assert "geheim1" not in str(result) and "blue" in str(result)
    assert result["summary"]["fail"] == 2
    refused = run_module(container_check, docker_host=v1.url, containers=[asked, {"name": "x"}])
    assert refused["failed"] and "geheim1" not in str(refused)


def test_what_is_not_asked_does_not_come_back(run_module, v1):
    result = run_module(container_check, docker_host=v1.url, containers=[RUNS])
    assert "restart_policy" not in str(result["invocation"]["module_args"]["containers"])


@pytest.mark.parametrize(
    ("containers", "fail_on", "failed"),
    [
        ([RUNS], ["fail", "could_not_check"], False),
        ([RUNS, STOPPED], ["fail"], True),
        ([RUNS, STOPPED], ["differs"], True),
        ([RUNS, STOPPED], ["could_not_check"], False),
        ([RUNS, STOPPED], [], False),
    ],
)
def test_it_fails_on_what_is_told(run_module, v1, containers, fail_on, failed):
    result = run_module(container_check, docker_host=v1.url, containers=containers, fail_on=fail_on)
    assert result.get("failed", False) == failed
    assert len(result["findings"]) == len(containers)
    assert not failed or "docker start cgt-stopped" in result["msg"]


def test_no_engine_fails_where_nothing_else_is_told(run_module, tmp_path):
    result = run_module(container_check, docker_host=f"unix://{tmp_path}/none", containers=[RUNS])
    assert result["failed"]
    assert result["summary"] == {"pass": 0, "fail": 0, "could_not_check": 1}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"containers": [{"name": "x", "restart_policy": "sometimes"}]}, "containers[0] (x): restart_policy: 'sometimes'"),
        ({"containers": [{"name": "x", "state": "up"}]}, "running"),
        ({"containers": [{"state": "running"}]}, "name"),
        ({"containers": [{"name": "x", "ports": ["5000"]}]}, "containers[0] (x): ports[0]: '5000' is not a published port"),
        ({"containers": [{"name": "x", "http": [{"path": "x"}]}]}, "containers[0] (x): http[0]: path: 'x'"),
        ({"containers": [{"name": "x", "http": [{"paths": "/"}]}]}, "paths"),
        ({"containers": [{"name": "x", "http": [{"port": "http"}]}]}, "port"),
        ({}, "containers"),
        ({"containers": [RUNS], "docker_host": "tcp://1.2.3.4"}, "docker_host: 'tcp://1.2.3.4'"),
    ],
)
def test_wrong_arguments(run_module, arguments, words):
    result = run_module(container_check, **arguments)
    assert result["failed"]
    assert words in result["msg"]
    assert "findings" not in result
