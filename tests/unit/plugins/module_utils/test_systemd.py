# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What systemd holds of a scope, against what the kernel has."""

from __future__ import annotations

import pytest
from ansible_collections.classroom.containers.plugins.module_utils import _systemd
from ansible_collections.classroom.containers.plugins.module_utils._cgroups import Directory, Life

UNSET = str(2**64 - 1)
M = 1024**2

#: limit, the kernel's value, HostConfig, the property's text, whether it is pending
DRIFTS = [
    ("memory", 50 * M, {}, "52428800", False),
    ("memory", 99999744, {}, "100000001", False),
    ("memory", 200 * M, {}, "52428800", True),
    ("memory", 50 * M, {}, "infinity", True),
    ("memory", "unlimited", {}, "infinity", False),
    ("memory", "unlimited", {}, UNSET, False),
    ("memory", "unlimited", {}, "52428800", True),
    ("memory", 50 * M, {}, "", False),
    ("memory_swap", 50 * M, {"Memory": 50 * M}, "0", False),
    ("memory_swap", 50 * M, {"Memory": 50 * M}, "infinity", True),
    ("memory_swap", 100 * M, {"Memory": 50 * M}, "52428800", False),
    ("memory_swap", 199999488, {"Memory": 100000001}, "100000001", False),
    ("memory_swap", "unlimited", {"Memory": 50 * M}, "infinity", False),
    ("cpus", (33300, 100000), {}, "340ms", True),
    ("cpus", (34000, 100000), {}, "340ms", False),
    ("cpus", (134000, 100000), {}, "1.340s", False),
    ("cpus", (134000, 100000), {}, "1s 340ms", False),
    ("cpus", (150000, 100000), {}, "1.5s", False),
    ("cpus", (100000, 100000), {}, "1s", False),
    ("cpus", (9000000, 100000), {}, "1min 30s", False),
    ("cpus", (1000, 100000), {}, "10ms", False),
    ("cpus", (17000, 50000), {}, "340ms", False),
    ("cpus", (5, 1000000), {}, "5us", False),
    ("cpus", (50000, 100000), {}, "infinity", True),
    ("cpus", "unlimited", {}, "infinity", False),
    ("cpus", "unlimited", {}, "500ms", True),
    ("cpu_quota", 33300, {"CpuPeriod": 0}, "340ms", True),
    ("cpu_quota", 17000, {"CpuPeriod": 50000}, "340ms", False),
    # systemd's quota is no whole number of microseconds in that period.
    ("cpu_quota", 10333, {"CpuPeriod": 33333}, "310ms", False),
    ("cpu_quota", 10332, {"CpuPeriod": 33333}, "310ms", True),
    ("cpu_quota", "unlimited", {}, "infinity", False),
    ("cpu_shares", 1, {}, "1", False),
    ("cpu_shares", 39, {}, "100", True),
    ("cpu_shares", 100, {}, "[not set]", False),
    ("cpu_shares", 100, {}, UNSET, False),
    ("cpu_shares", 39, {}, "[not set]", True),
    ("cpu_shares", 39, {}, "idle", True),
    ("blkio_weight", (2930, 100, True), {}, "[not set]", True),
    ("blkio_weight", (2930, 100, True), {}, "2930", False),
    ("blkio_weight", (100, 100, True), {}, "[not set]", False),
    ("pids_limit", 2338, {}, "2338", False),
    ("pids_limit", 64, {}, "2338", True),
    ("pids_limit", "unlimited", {}, "infinity", False),
    ("pids_limit", "unlimited", {}, UNSET, False),
    ("pids_limit", None, {}, "2338", False),
    ("cpuset_cpus", frozenset({0}), {}, "", False),
]


@pytest.mark.parametrize("name, own, declared, text, pending", DRIFTS)
def test_pending(name, own, declared, text, pending):
    held = {_systemd.PROPERTIES[name]: text} if name in _systemd.PROPERTIES else {}
    said = _systemd.pending(name, own, declared, held, 4096)
    assert bool(said) == pending
    if pending:
        assert said == f"{_systemd.PROPERTIES[name]}={text}"


def test_nothing_is_held():
    assert _systemd.pending("memory", 5, {}, {}, 4096) == ""


def test_properties_of_many_scopes_in_one_call():
    calls = []

    def run(command):
        calls.append(command)
        return "Id=a.scope\nLoadState=loaded\nMemoryMax=1\n\nId=b.scope\nLoadState=loaded\nMemoryMax=2\n"

    held = _systemd.properties(["a.scope", "b.scope"], run)
    assert {scope: block["MemoryMax"] for scope, block in held.items()} == {"a.scope": "1", "b.scope": "2"}
    assert len(calls) == 1 and calls[0][:4] == ["systemctl", "show", "a.scope", "b.scope"]


def test_a_unit_that_systemd_does_not_know():
    assert _systemd.properties(["a.scope"], lambda command: "Id=a.scope\nLoadState=not-found\nMemoryMax=infinity\n") == {}


@pytest.mark.parametrize("shown", ["", "System has not been booted with systemd as init system", "\n\n"])
def test_no_systemd(shown):
    assert _systemd.properties(["a.scope"], lambda command: shown) == {}


def test_systemctl_is_not_run_for_nothing():
    assert _systemd.properties([], None) == {}


@pytest.mark.parametrize(
    "version, path, scope",
    [
        (2, "/sys/fs/cgroup/system.slice/docker-4d.scope", "docker-4d.scope"),
        (2, "/sys/fs/cgroup/docker/4d", None),
        (1, "/sys/fs/cgroup/memory/system.slice/docker-4d.scope", None),
    ],
)
def test_scope(version, path, scope):
    assert _systemd.scope_of(Life(1, "1", {"memory": Directory(version, path, ())})) == scope


def test_no_scope_without_controllers():
    assert _systemd.scope_of(Life(1, "1", {})) is None
