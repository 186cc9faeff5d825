# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asked, declared, enforced: the verdict of each rule, on captured hosts that a test changes by one value."""

from __future__ import annotations

import threading

import pytest
from ansible_collections.classroom.containers.plugins.module_utils import _cgroup_check, _cgroups
from ansible_collections.classroom.containers.plugins.module_utils._cgroup_check import check
from ansible_collections.classroom.containers.plugins.module_utils._cgroups import KernelError
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError

M = 1024**2
NO_LIMIT_4K, NO_LIMIT_64K = "9223372036854771712", "9223372036854710272"


def findings(host, container, undeclared=False, held="", **asked):
    """The findings of one requirement by attribute."""
    found = check([{"name": container, **asked}], host.engine, host.kernel, lambda command: held, undeclared)
    assert len({finding.attribute for finding in found}) == len(found)
    return {finding.attribute: finding for finding in found}


def verdict(host, container, **asked):
    [finding] = findings(host, container, **asked).values()
    assert finding.evidence
    return finding.verdict


@pytest.fixture(autouse=True)
def devices(monkeypatch):
    """Device nodes cannot be kept in a fixture."""
    numbers = {"/dev/vda": ("b", "254:0"), "/dev/disk/by-id/one": ("b", "254:0"), "/dev/vdb": ("b", "254:16"), "/dev/fuse": ("c", "10:229")}
    monkeypatch.setattr(_cgroups.Kernel, "device", lambda _kernel, path: numbers.get(path))


@pytest.fixture(autouse=True)
def pauses(monkeypatch):
    """How often the check paused, without doing so."""
    made = []
    monkeypatch.setattr(_cgroup_check.time, "sleep", made.append)
    return made


#: host, container, what is asked, the verdict
AS_CAPTURED = [
    ("v1", "cgt-limits", {"memory": "100m"}, "ok"),
    ("v1", "cgt-limits", {"memory": "104861696"}, "differs"),
    ("v1", "cgt-limits", {"memory": "104853504"}, "differs"),
    ("v1", "cgt-limits", {"memory": "104857601"}, "differs"),
    ("v1", "cgt-limits", {"memory": "104857599"}, "differs"),
    ("v1", "cgt-limits", {"memory": "unlimited"}, "differs"),
    ("v1", "cgt-limits", {"memory_swap": "150m"}, "ok"),
    ("v1", "cgt-limits", {"memory_swap": "200m"}, "differs"),
    ("v1", "cgt-limits", {"memory_swap": "-1"}, "differs"),
    ("v1", "cgt-limits", {"memory_reservation": "50m"}, "ok"),
    ("v1", "cgt-limits", {"memory_reservation": "default"}, "differs"),
    ("v1", "cgt-limits", {"memory_swappiness": "10"}, "ok"),
    ("v1", "cgt-limits", {"memory_swappiness": "11"}, "differs"),
    ("v1", "cgt-limits", {"memory_swappiness": "default"}, "differs"),
    ("v1", "cgt-limits", {"oom_kill_disable": False}, "ok"),
    ("v1", "cgt-limits", {"oom_kill_disable": True}, "missing"),
    ("v1", "cgt-limits", {"kernel_memory": "50m"}, "missing"),
    ("v1", "cgt-limits", {"kernel_memory": "unlimited"}, "ok"),
    ("v1", "cgt-limits", {"cpu_shares": "20"}, "ok"),
    ("v1", "cgt-limits", {"cpu_shares": "21"}, "differs"),
    ("v1", "cgt-limits", {"cpu_shares": "default"}, "differs"),
    ("v1", "cgt-limits", {"cpus": "0.5"}, "ok"),
    ("v1", "cgt-limits", {"cpus": "0.51"}, "differs"),
    ("v1", "cgt-limits", {"cpu_quota": "50000"}, "ok"),
    ("v1", "cgt-limits", {"cpu_quota": "50001"}, "differs"),
    ("v1", "cgt-limits", {"cpu_quota": "-1"}, "differs"),
    ("v1", "cgt-limits", {"cpu_period": "100000"}, "ok"),
    ("v1", "cgt-limits", {"cpu_period": "default"}, "ok"),
    ("v1", "cgt-limits", {"cpu_period": "50000"}, "missing"),
    ("v1", "cgt-limits", {"cpuset_cpus": "0"}, "ok"),
    ("v1", "cgt-limits", {"cpuset_cpus": "0-1"}, "differs"),
    ("v1", "cgt-limits", {"cpuset_cpus": "default"}, "differs"),
    ("v1", "cgt-limits", {"cpuset_mems": "0"}, "ok"),
    ("v1", "cgt-limits", {"pids_limit": "64"}, "ok"),
    ("v1", "cgt-limits", {"pids_limit": "65"}, "differs"),
    ("v1", "cgt-limits", {"pids_limit": "unlimited"}, "differs"),
    ("v1", "cgt-limits", {"blkio_weight": "300"}, "discarded"),
    ("v1", "cgt-limits", {"blkio_weight": "default"}, "ok"),
    ("v1", "cgt-limits", {"blkio_weight_device": [{"path": "/dev/vda", "weight": "300"}]}, "discarded"),
    ("v1", "cgt-limits", {"blkio_weight_device": [{"path": "/dev/none", "weight": "300"}]}, "missing"),
    ("v1", "cgt-limits", {"shm_size": "8m"}, "ok"),
    ("v1", "cgt-limits", {"shm_size": "64m"}, "differs"),
    ("v1", "cgt-limits", {"ulimits": ["nofile=512:1024"]}, "ok"),
    ("v1", "cgt-limits", {"ulimits": ["nofile=512"]}, "differs"),
    ("v1", "cgt-limits", {"ulimits": ["nproc=512"]}, "missing"),
    ("v1", "cgt-limits", {"ulimits": ["nproc=default"]}, "ok"),
    ("v1", "cgt-limits", {"device_read_bps": [{"path": "/dev/vda", "rate": "1m"}]}, "ok"),
    ("v1", "cgt-limits", {"device_read_bps": [{"path": "/dev/disk/by-id/one", "rate": "1m"}]}, "ok"),
    ("v1", "cgt-limits", {"device_read_bps": [{"path": "/dev/vda", "rate": "2m"}]}, "differs"),
    ("v1", "cgt-limits", {"device_read_bps": [{"path": "/dev/vdb", "rate": "1m"}]}, "missing"),
    ("v1", "cgt-limits", {"device_write_bps": [{"path": "/dev/vda", "rate": "1m"}]}, "missing"),
    ("v1", "cgt-limits", {"device_write_bps": [{"path": "/dev/vda", "rate": "unlimited"}]}, "ok"),
    ("v1", "cgt-limits", {"devices": ["/dev/fuse:rw"]}, "ok"),
    ("v1", "cgt-limits", {"devices": ["/dev/fuse:/dev/fuse:rw"]}, "ok"),
    ("v1", "cgt-limits", {"devices": ["/dev/fuse"]}, "differs"),
    ("v1", "cgt-limits", {"devices": ["/dev/fuse:/dev/other:rw"]}, "differs"),
    ("v1", "cgt-free", {"memory": "unlimited"}, "ok"),
    ("v1", "cgt-free", {"memory": "100m"}, "missing"),
    ("v1", "cgt-free", {"memory_swap": "unlimited"}, "ok"),
    ("v1", "cgt-free", {"memory_reservation": "default"}, "ok"),
    ("v1", "cgt-free", {"memory_swappiness": "default"}, "ok"),
    ("v1", "cgt-free", {"cpu_shares": "default"}, "ok"),
    ("v1", "cgt-free", {"cpu_shares": "1024"}, "ok"),
    ("v1", "cgt-free", {"cpu_shares": "1023"}, "missing"),
    ("v1", "cgt-free", {"cpus": "unlimited"}, "ok"),
    ("v1", "cgt-free", {"cpus": "0.5"}, "missing"),
    ("v1", "cgt-free", {"cpu_quota": "unlimited"}, "ok"),
    ("v1", "cgt-free", {"cpuset_cpus": "default"}, "ok"),
    ("v1", "cgt-free", {"cpuset_cpus": "0-1"}, "missing"),
    ("v1", "cgt-free", {"pids_limit": "unlimited"}, "ok"),
    ("v1", "cgt-free", {"shm_size": "default"}, "ok"),
    ("v1", "cgt-free", {"shm_size": "8m"}, "missing"),
    ("v1", "cgt-nested", {"memory": "50m"}, "ancestor_stricter"),
    ("v1", "cgt-nested", {"memory": "20m"}, "differs"),
    ("v1", "cgt-stopped", {"memory": "100m"}, "stopped"),
    ("v1", "cgt-stopped", {"memory": "101m"}, "differs"),
    ("v1", "cgt-stopped", {"cpus": "0.5"}, "missing"),
    ("v1", "cgt-stopped", {"cpus": "unlimited"}, "stopped"),
    ("v1", "cgt-none", {"memory": "100m"}, "absent"),
    ("v1", "/cgt-limits", {"memory": "100m"}, "ok"),
    ("v2", "init", {"memory": "100m"}, "ok"),
    ("v2", "init", {"memory_swap": "200m"}, "ok"),
    ("v2", "init", {"memory_reservation": "default"}, "ok"),
    ("v2", "init", {"memory_swappiness": "60"}, "discarded"),
    ("v2", "init", {"memory_swappiness": "default"}, "ok"),
    ("v2", "init", {"oom_kill_disable": True}, "discarded"),
    ("v2", "init", {"oom_kill_disable": False}, "ok"),
    ("v2", "init", {"kernel_memory": "50m"}, "discarded"),
    ("v2", "init", {"cpu_shares": "default"}, "ok"),
    ("v2", "init", {"cpuset_cpus": "default"}, "ok"),
    ("v2", "init", {"pids_limit": "unlimited"}, "undeclared"),
    ("v2", "init", {"blkio_weight": "default"}, "ok"),
    ("v2", "init", {"blkio_weight_device": [{"path": "/dev/vda", "weight": "300"}]}, "discarded"),
    ("v2", "init", {"device_read_bps": [{"path": "/dev/vda", "rate": "unlimited"}]}, "ok"),
    ("v2", "init", {"devices": ["/dev/fuse"]}, "missing"),
    ("v2", "init", {"shm_size": "64m"}, "ok"),
    ("v2", "nested", {"memory": "50m"}, "ancestor_stricter"),
    ("v2", "nested", {"memory_swap": "100m"}, "ancestor_stricter"),
    ("v2", "shares", {"cpu_shares": "20"}, "converted"),
    ("v2", "shares", {"cpu_shares": "21"}, "differs"),
    ("v2", "shares", {"cpus": "0.333"}, "ok"),
    ("v2", "shares", {"cpu_quota": "33300"}, "ok"),
    ("v2", "shares", {"cpu_period": "default"}, "ok"),
    # The kernel keeps it, and as Debian starts, nothing goes by it.
    ("v2", "shares", {"blkio_weight": "300"}, "not_enforced"),
    ("v2", "shares", {"blkio_weight": "301"}, "differs"),
    ("v2", "shares", {"cpuset_cpus": "1,0"}, "ok"),
    ("v2", "shares", {"pids_limit": "64"}, "ok"),
    ("v2", "noswap", {"memory_swap": "50m"}, "ok"),
    ("v2", "rounded", {"memory": "100000001"}, "rounded"),
    ("v2", "rounded", {"memory": "99999744"}, "differs"),
    ("v2", "rounded", {"memory_swap": "200000002"}, "rounded"),
]


@pytest.mark.parametrize("host, container, asked, expected", AS_CAPTURED, indirect=["host"])
def test_as_captured(host, container, asked, expected):
    assert verdict(host, container, **asked) == expected


#: host, container, file (with the number of directories above the container's), its text, what is asked, the verdict
KERNEL_CHANGED = [
    ("v1", "cgt-limits", "memory.limit_in_bytes", "209715200", {"memory": "100m"}, "not_enforced"),
    ("v1", "cgt-limits", "memory.limit_in_bytes", "104861696", {"memory": "100m"}, "not_enforced"),
    ("v1", "cgt-limits", "memory.limit_in_bytes", "104853504", {"memory": "100m"}, "not_enforced"),
    ("v1", "cgt-limits", "memory.limit_in_bytes", NO_LIMIT_4K, {"memory": "100m"}, "not_enforced"),
    ("v1", "cgt-limits", "memory.limit_in_bytes", NO_LIMIT_64K, {"memory": "100m"}, "not_enforced"),
    ("v1", "cgt-free", "memory.limit_in_bytes", NO_LIMIT_64K, {"memory": "unlimited"}, "ok"),
    ("v1", "cgt-free", "memory.limit_in_bytes", "9223372036854775807", {"memory": "unlimited"}, "ok"),
    ("v1", "cgt-free", "memory.limit_in_bytes", "104857600", {"memory": "unlimited"}, "undeclared"),
    ("v1", "cgt-limits", "memory.memsw.limit_in_bytes", NO_LIMIT_4K, {"memory_swap": "150m"}, "not_enforced"),
    ("v1", "cgt-limits", "memory.memsw.limit_in_bytes", None, {"memory_swap": "150m"}, "unsupported"),
    ("v1", "cgt-free", "memory.memsw.limit_in_bytes", None, {"memory_swap": "150m"}, "discarded"),
    ("v1", "cgt-free", "memory.memsw.limit_in_bytes", None, {"memory_swap": "unlimited"}, "ok"),
    ("v1", "cgt-limits", "memory.soft_limit_in_bytes", "0", {"memory_reservation": "50m"}, "not_enforced"),
    ("v1", "cgt-free", "memory.soft_limit_in_bytes", "0", {"memory_reservation": "default"}, "undeclared"),
    ("v1", "cgt-limits", "memory.swappiness", "60", {"memory_swappiness": "10"}, "not_enforced"),
    ("v1", "cgt-free", "memory.swappiness", "10", {"memory_swappiness": "default"}, "undeclared"),
    ("v1", "cgt-free", "memory.oom_control", "oom_kill_disable 1\nunder_oom 0\noom_kill 0", {"oom_kill_disable": False}, "undeclared"),
    ("v1", "cgt-limits", "cpu.shares", "21", {"cpu_shares": "20"}, "not_enforced"),
    ("v1", "cgt-free", "cpu.shares", "1023", {"cpu_shares": "default"}, "undeclared"),
    ("v1", "cgt-limits", "cpu.cfs_quota_us", "-1", {"cpus": "0.5"}, "not_enforced"),
    ("v1", "cgt-limits", "cpu.cfs_quota_us", "50001", {"cpus": "0.5"}, "not_enforced"),
    ("v1", "cgt-limits", "cpu.cfs_period_us", "50000", {"cpus": "0.5"}, "not_enforced"),
    ("v1", "cgt-limits", "cpu.cfs_quota_us", "-1", {"cpu_quota": "50000"}, "not_enforced"),
    ("v1", "cgt-limits", "cpu.cfs_period_us", "50000", {"cpu_period": "100000"}, "undeclared"),
    ("v1", "cgt-free", "cpu.cfs_quota_us", "50000", {"cpus": "unlimited"}, "undeclared"),
    ("v1", "cgt-limits", "cpu.cfs_quota_us", None, {"cpus": "0.5"}, "unsupported"),
    ("v1", "cgt-limits", "cpuset.cpus", "0-1", {"cpuset_cpus": "0"}, "not_enforced"),
    ("v1", "cgt-free", "cpuset.cpus", "0", {"cpuset_cpus": "default"}, "undeclared"),
    ("v1", "cgt-free", "cpuset.cpus", "0,1", {"cpuset_cpus": "default"}, "ok"),
    ("v1", "cgt-limits", "pids.max", "65", {"pids_limit": "64"}, "not_enforced"),
    ("v1", "cgt-limits", "pids.max", "max", {"pids_limit": "64"}, "not_enforced"),
    ("v1", "cgt-free", "pids.max", "2338", {"pids_limit": "unlimited"}, "undeclared"),
    ("v1", "cgt-free", "blkio.bfq.weight", "default 300", {"blkio_weight": "default"}, "undeclared"),
    ("v1", "cgt-free", "blkio.bfq.weight", "default 500", {"blkio_weight": "default"}, "undeclared"),
    ("v1", "cgt-limits", "blkio.throttle.read_bps_device", "254:0 2097152", {"device_read_bps": [{"path": "/dev/vda", "rate": "1m"}]}, "not_enforced"),
    ("v1", "cgt-limits", "blkio.throttle.read_bps_device", "", {"device_read_bps": [{"path": "/dev/vda", "rate": "1m"}]}, "not_enforced"),
    ("v1", "cgt-limits", "blkio.throttle.read_bps_device", "254:1 1048576", {"device_read_bps": [{"path": "/dev/vda", "rate": "1m"}]}, "not_enforced"),
    ("v1", "cgt-limits", "blkio.throttle.write_bps_device", "254:0 1", {"device_write_bps": [{"path": "/dev/vda", "rate": "unlimited"}]}, "undeclared"),
    ("v1", "cgt-limits", "devices.list", "c *:* m\nc 10:229 rwm", {"devices": ["/dev/fuse:rw"]}, "not_enforced"),
    ("v1", "cgt-limits", "devices.list", "a *:* rwm", {"devices": ["/dev/fuse:rw"]}, "not_enforced"),
    ("v1", "cgt-limits", "devices.list", "c *:* m\nb 10:229 rw", {"devices": ["/dev/fuse:rw"]}, "not_enforced"),
    ("v1", "cgt-limits", "devices.list", "c *:* m\nc 10:229 r\nc 10:229 w", {"devices": ["/dev/fuse:rw"]}, "ok"),
    ("v1", "cgt-limits", "devices.list", "c *:* m\nc 10:* rw", {"devices": ["/dev/fuse:rw"]}, "ok"),
    (
        "v1",
        "cgt-limits",
        "pid/limits",
        "Max open files            512                  4096                 files",
        {"ulimits": ["nofile=512:1024"]},
        "not_enforced",
    ),
    (
        "v1",
        "cgt-limits",
        "pid/limits",
        "Max open files            1024                 1024                 files",
        {"ulimits": ["nofile=512:1024"]},
        "unverifiable",
    ),
    (
        "v1",
        "cgt-limits",
        "pid/limits",
        "Max open files            511                  1024                 files",
        {"ulimits": ["nofile=512:1024"]},
        "not_enforced",
    ),
    ("v1", "cgt-limits", "pid/mountinfo", "1 2 0:1 / /dev/shm rw - tmpfs shm rw,size=16384k", {"shm_size": "8m"}, "not_enforced"),
    ("v1", "cgt-limits", "pid/mountinfo", "1 2 0:1 / / rw - overlay overlay rw", {"shm_size": "8m"}, "not_enforced"),
    ("v1", "cgt-limits", "pid/mountinfo", "1 2 0:1 / /dev/shm rw - tmpfs shm rw", {"shm_size": "8m"}, "not_enforced"),
    ("v1", "cgt-free", "pid/mountinfo", "1 2 0:1 / / rw - overlay overlay rw", {"shm_size": "default"}, "undeclared"),
    ("v2", "init", "memory.max", "max", {"memory": "100m"}, "not_enforced"),
    ("v2", "init", "memory.max", "104861696", {"memory": "100m"}, "not_enforced"),
    ("v2", "init", "memory.max", None, {"memory": "100m"}, "unsupported"),
    ("v2", "init", "memory.swap.max", "max", {"memory_swap": "200m"}, "not_enforced"),
    ("v2", "init", "memory.swap.max", None, {"memory_swap": "200m"}, "unsupported"),
    ("v2", "init", "memory.low", "52428800", {"memory_reservation": "default"}, "undeclared"),
    ("v2", "init", "memory.low", "max", {"memory_reservation": "default"}, "undeclared"),
    ("v2", "noswap", "memory.swap.max", "max", {"memory_swap": "50m"}, "not_enforced"),
    ("v2", "noswap", "memory.swap.max", "4096", {"memory_swap": "50m"}, "not_enforced"),
    ("v2", "rounded", "memory.max", "99995648", {"memory": "100000001"}, "not_enforced"),
    ("v2", "rounded", "memory.max", "100003840", {"memory": "100000001"}, "not_enforced"),
    ("v2", "shares", "cpu.weight", "6", {"cpu_shares": "20"}, "converted"),
    ("v2", "shares", "cpu.weight", "2", {"cpu_shares": "20"}, "not_enforced"),
    ("v2", "init", "cpu.weight", "39", {"cpu_shares": "default"}, "undeclared"),
    ("v2", "shares", "cpu.max", "34000 100000", {"cpus": "0.333"}, "rounded"),
    ("v2", "shares", "cpu.max", "34000 100000", {"cpu_quota": "33300"}, "rounded"),
    ("v2", "shares", "cpu.max", "35000 100000", {"cpus": "0.333"}, "not_enforced"),
    ("v2", "shares", "cpu.max", "max 100000", {"cpus": "0.333"}, "not_enforced"),
    ("v2", "shares", "cpu.max", "max 100000", {"cpu_quota": "33300"}, "not_enforced"),
    ("v2", "shares", "cpu.max", "33300 50000", {"cpu_period": "default"}, "undeclared"),
    ("v2", "shares", "cpu.max", "33300 1000000", {"cpu_quota": "33300"}, "not_enforced"),
    ("v2", "shares", "io.weight", "default 100", {"blkio_weight": "300"}, "not_enforced"),
    ("v2", "shares", "../../io.cost.qos", "", {"blkio_weight": "300"}, "not_enforced"),
    ("v2", "shares", "../../io.cost.qos", "254:0 enable=0 ctrl=auto\n", {"blkio_weight": "300"}, "not_enforced"),
    ("v2", "shares", "../../io.cost.qos", "254:0 enable=1 ctrl=auto\n", {"blkio_weight": "300"}, "converted"),
    ("v2", "init", "../../io.cost.qos", "", {"blkio_weight": "default"}, "ok"),
    ("v2", "shares", "io.bfq.weight", "default 300", {"blkio_weight": "300"}, "ok"),
    ("v2", "shares", "io.bfq.weight", "default 301", {"blkio_weight": "300"}, "not_enforced"),
    ("v2", "init", "io.weight", "default 500", {"blkio_weight": "default"}, "undeclared"),
    ("v2", "init", "io.max", "254:0 rbps=1048576 wbps=max riops=max", {"device_read_bps": [{"path": "/dev/vda", "rate": "unlimited"}]}, "undeclared"),
    ("v2", "init", "io.max", "254:0 rbps=1048576", {"device_write_iops": [{"path": "/dev/vda", "rate": "unlimited"}]}, "ok"),
    ("v2", "shares", "cpuset.cpus.effective", "0", {"cpuset_cpus": "0-1"}, "ancestor_stricter"),
    ("v2", "init", "cpuset.cpus", "0", {"cpuset_cpus": "default"}, "undeclared"),
    ("v2", "shares", "cpuset.cpus", None, {"cpuset_cpus": "0-1"}, "unsupported"),
    ("v2", "shares", "pids.max", "max", {"pids_limit": "64"}, "not_enforced"),
]


@pytest.mark.parametrize("host, container, file, text, asked, expected", KERNEL_CHANGED, indirect=["host"])
def test_the_kernel_has_something_else(host, container, file, text, asked, expected):
    try:
        path = host.path(container, file)
    except ValueError:
        path = host.path(container, "cgroup.procs").replace("cgroup.procs", file)
    host.write(path, text)
    assert verdict(host, container, **asked) == expected


#: host, container, file, how far above, its text, what is asked, the verdict
ABOVE = [
    ("v1", "cgt-limits", "memory.limit_in_bytes", 1, "104853504", {"memory": "100m"}, "ancestor_stricter"),
    ("v1", "cgt-limits", "memory.limit_in_bytes", 1, "104857600", {"memory": "100m"}, "ok"),
    ("v1", "cgt-limits", "memory.limit_in_bytes", 1, "104861696", {"memory": "100m"}, "ok"),
    ("v1", "cgt-free", "memory.limit_in_bytes", 1, "104857600", {"memory": "unlimited"}, "ancestor_stricter"),
    ("v1", "cgt-limits", "memory.memsw.limit_in_bytes", 1, "104857600", {"memory_swap": "150m"}, "ancestor_stricter"),
    ("v1", "cgt-limits", "memory.soft_limit_in_bytes", 1, "4096", {"memory_reservation": "50m"}, "ok"),
    ("v1", "cgt-limits", "pids.max", 1, "63", {"pids_limit": "64"}, "ancestor_stricter"),
    ("v1", "cgt-free", "pids.max", 1, "63", {"pids_limit": "unlimited"}, "ancestor_stricter"),
    ("v1", "cgt-limits", "cpu.cfs_quota_us", 1, "49999", {"cpus": "0.5"}, "ancestor_stricter"),
    ("v1", "cgt-limits", "cpu.cfs_quota_us", 1, "49999", {"cpu_quota": "50000"}, "ancestor_stricter"),
    ("v1", "cgt-limits", "cpu.cfs_quota_us", 1, "50000", {"cpu_quota": "50000"}, "ok"),
    ("v1", "cgt-limits", "cpu.cfs_period_us", 1, "1000000", {"cpu_period": "100000"}, "ok"),
    ("v1", "cgt-free", "cpu.cfs_quota_us", 1, "50000", {"cpu_quota": "unlimited"}, "ancestor_stricter"),
    ("v1", "cgt-limits", "cpu.shares", 1, "2", {"cpu_shares": "20"}, "ok"),
    # To v1, these groups are not above one another.
    ("v1", "cgt-limits", "blkio.throttle.read_bps_device", 1, "254:0 1", {"device_read_bps": [{"path": "/dev/vda", "rate": "1m"}]}, "ok"),
    ("v2", "init", "memory.max", 1, "20971520", {"memory": "100m"}, "ancestor_stricter"),
    ("v2", "init", "memory.max", 1, "20971520", {"memory_swap": "200m"}, "ancestor_stricter"),
    ("v2", "init", "memory.swap.max", 1, "0", {"memory_swap": "200m"}, "ancestor_stricter"),
    ("v2", "init", "memory.swap.max", 1, "0", {"memory": "100m"}, "ok"),
    ("v2", "shares", "memory.max", 1, "20971520", {"memory": "unlimited"}, "ancestor_stricter"),
    ("v2", "shares", "memory.max", 1, "20971520", {"memory_swap": "unlimited"}, "ok"),
    ("v2", "shares", "cpu.weight", 1, "1", {"cpu_shares": "20"}, "converted"),
    ("v2", "shares", "cpu.max", 1, "20000 100000", {"cpus": "0.333"}, "ancestor_stricter"),
    # In a period of its own: a tenth of the time, and more of it.
    ("v2", "shares", "cpu.max", 1, "33300 1000000", {"cpu_quota": "33300"}, "ancestor_stricter"),
    ("v2", "shares", "cpu.max", 1, "33300 50000", {"cpu_quota": "33300"}, "ok"),
    ("v2", "shares", "cpu.max", 1, "66600 200000", {"cpu_quota": "33300"}, "ok"),
    (
        "v2",
        "shares",
        "io.max",
        1,
        "254:0 rbps=1 wbps=max riops=max wiops=max",
        {"device_read_bps": [{"path": "/dev/vda", "rate": "unlimited"}]},
        "ancestor_stricter",
    ),
]


@pytest.mark.parametrize("host, container, file, above, text, asked, expected", ABOVE, indirect=["host"])
def test_a_cgroup_above(host, container, file, above, text, asked, expected):
    host.write(host.path(container, "cgroup.procs" if file.startswith("io") else file, above).replace("cgroup.procs", file), text)
    assert verdict(host, container, **asked) == expected


RATES = [("read_bps", "ReadBps", "rbps"), ("write_bps", "WriteBps", "wbps"), ("read_iops", "ReadIOps", "riops"), ("write_iops", "WriteIOps", "wiops")]


@pytest.mark.parametrize(("option", "field", "word"), RATES)
@pytest.mark.parametrize(("host", "name", "beside"), [("v1", "cgt-free", "blkio.bfq.weight"), ("v2", "init", "io.weight")], indirect=["host"])
def test_each_rate_has_a_field_and_a_file_of_its_own(host, name, beside, option, field, word):
    host.declare(name, **{f"BlkioDevice{field}": [{"Path": "/dev/vda", "Rate": 7}]})
    folder = host.path(name, beside).rpartition("/")[0]
    host.write(f"{folder}/io.max", "254:0 " + " ".join(f"{each}={7 if each == word else 'max'}" for _option, _field, each in RATES))
    for other, _field, _word in RATES:
        host.write(f"{folder}/blkio.throttle.{other}_device", "254:0 7" if other == option else "")
    for other, _field, _word in RATES:
        asked = [{"path": "/dev/vda", "rate": "7" if other == option else "unlimited"}]
        assert verdict(host, name, **{f"device_{other}": asked}) == "ok", other


def test_what_the_docker_program_may_have_lost_is_not_told_as_forgotten(v1):
    """Those of some versions drop these options without a word, and the engine knows of none of them."""
    (found,) = check([{"name": "cgt-limits", "device_read_bps": [{"path": "/dev/vdb", "rate": "1m"}]}], v1.engine, v1.kernel, lambda command: "")
    assert found.verdict == "missing"
    assert "without --device-read-bps, or the docker program lost it, as those from 25.0 to 27.1 do" in found.hint


def test_the_controller_is_at_work_above_alone(v2):
    v2.write(v2.path("shares", "memory.max"), None)
    v2.write("/sys/fs/cgroup/system.slice/memory.max", "20971520")
    finding = findings(v2, "shares", memory="unlimited")["memory"]
    assert (finding.verdict, finding.enforced) == ("ancestor_stricter", 20 * M)
    assert "/sys/fs/cgroup/system.slice" in finding.hint


#: What Docker declares of one that was moved to the root of the controller, what is asked, the verdict, and what the kernel has there
AT_ROOT = {
    "a memory limit": ("memory", {"Memory": 100 * M}, {"memory": "100m"}, "not_enforced", "unlimited"),
    "no memory limit": ("memory", {}, {"memory": "unlimited"}, "ok", "unlimited"),
    "none, and one is asked": ("memory", {}, {"memory": "100m"}, "missing", "unlimited"),
    "a limit of processes": ("pids", {"PidsLimit": 50}, {"pids_limit": 50}, "not_enforced", "unlimited"),
    "another one than is asked": ("pids", {"PidsLimit": 50}, {"pids_limit": 51}, "differs", "unlimited"),
    "no limit of processes": ("pids", {}, {"pids_limit": "unlimited"}, "ok", "unlimited"),
    "none of processes, and one is asked": ("pids", {}, {"pids_limit": 50}, "missing", "unlimited"),
    "CPU time": ("cpu", {"NanoCpus": 500000000}, {"cpus": "0.5"}, "not_enforced", "unlimited"),
    "a CPU of two": ("cpuset", {"CpusetCpus": "1"}, {"cpuset_cpus": "1"}, "not_enforced", "0-1"),
    "both CPUs": ("cpuset", {"CpusetCpus": "0-1"}, {"cpuset_cpus": "0-1"}, "ok", "0-1"),
    "no CPU by name": ("cpuset", {}, {"cpuset_cpus": "default"}, "ok", "0-1"),
    "a device": ("devices", {}, {"devices": ["/dev/fuse"]}, "missing", "rwm"),
}


@pytest.mark.parametrize(("controller", "declared", "asked", "expected", "enforced"), AT_ROOT.values(), ids=AT_ROOT)
def test_one_that_was_moved_to_where_nothing_limits_it(v1, controller, declared, asked, expected, enforced):
    v1.declare("cgt-free", **{"Memory": 0, "PidsLimit": None, "NanoCpus": 0, "CpusetCpus": "", **declared})
    path = v1.path("cgt-free", "pid/cgroup")
    lines = [line.split(":") for line in v1.read(path).split("\n")]
    for _number, names, place in lines:
        v1.write(f"/sys/fs/cgroup/{names or 'unified'}{place}/cgroup.procs", "" if names == controller else "31443")
    v1.write("/sys/fs/cgroup/cpuset/cpuset.cpus", "0-1")
    v1.write(path, "\n".join(":".join((number, names, "/" if names == controller else place)) for number, names, place in lines))
    (finding,) = findings(v1, "cgt-free", **asked).values()
    assert (finding.verdict, finding.enforced) == (expected, enforced)
    assert expected != "not_enforced" or "docker restart cgt-free" in finding.hint


def test_two_ancestors_limit_memory_and_swap(v2):
    v2.write("/sys/fs/cgroup/x.slice/memory.swap.max", "1048576")
    finding = findings(v2, "nested", memory_swap="100m")["memory_swap"]
    assert (finding.verdict, finding.enforced) == ("ancestor_stricter", 21 * M)


def test_a_cpuset_that_nobody_can_read(v1):
    """Whatever the engine took: the others' checks go on."""
    v1.containers["cgt-free"]["HostConfig"]["CpusetCpus"] = "+0"
    asked = [{"name": name, "cpuset_cpus": "0"} for name in ("cgt-free", "cgt-limits")]
    odd, other = check(asked, v1.engine, v1.kernel, None)
    assert (odd.verdict, odd.declared, other.verdict) == ("differs", "+0", "ok")


def test_the_default_cpuset_of_a_limited_parent(v1):
    for file in ("cpuset.cpus", "cpuset.effective_cpus"):
        v1.write(v1.path("cgt-free", file), "0")
        v1.write(v1.path("cgt-free", file, 1), "0")
    assert verdict(v1, "cgt-free", cpuset_cpus="default") == "ancestor_stricter"


@pytest.mark.parametrize(("above", "expected"), [("0", "ancestor_stricter"), ("0-1", "ok"), (None, "ok")])
def test_the_default_cpuset_of_one_that_has_no_files_for_it(v2, above, expected):
    """The controller is at work above it alone."""
    for file in ("cpuset.cpus", "cpuset.cpus.effective"):
        v2.write(v2.path("init", file), None)
    v2.write("/sys/fs/cgroup/system.slice/cpuset.cpus.effective", above)
    v2.write("/sys/fs/cgroup/cpuset.cpus.effective", "0-1")
    assert verdict(v2, "init", cpuset_cpus="default") == expected


def test_a_program_that_raised_its_own_ulimit_may_have_done_so(v1):
    v1.write(v1.path("cgt-limits", "pid/limits"), "Max open files            1024                 1024                 files")
    hint = findings(v1, "cgt-limits", ulimits=["nofile=512:1024"])["ulimits.nofile"].hint
    assert "512:1024" in hint and "has 1024:1024, which it may have set by itself. Check again after docker restart cgt-limits." in hint


@pytest.mark.parametrize(("soft", "hard", "expected"), [("unlimited", "unlimited", "unverifiable"), ("5", "unlimited", "not_enforced")])
def test_a_program_that_raised_its_own_ulimit_to_unlimited(v1, soft, hard, expected):
    v1.declare("cgt-limits", Ulimits=[{"Name": "core", "Soft": 6, "Hard": -1}])
    v1.write(v1.path("cgt-limits", "pid/limits"), f"Max core file size         {soft}                 {hard}                 bytes")
    assert verdict(v1, "cgt-limits", ulimits=["core=6:-1"]) == expected


def test_a_program_that_lowered_an_unlimited_ulimit_did_not_raise_it(v1):
    v1.declare("cgt-limits", Ulimits=[{"Name": "core", "Soft": -1, "Hard": -1}])
    v1.write(v1.path("cgt-limits", "pid/limits"), "Max core file size         5                 unlimited                 bytes")
    assert verdict(v1, "cgt-limits", ulimits=["core=-1:-1"]) == "not_enforced"


@pytest.mark.parametrize(("scheduler", "expected"), [("[mq-deadline] none bfq", "not_enforced"), ("mq-deadline none [bfq]", "ok"), ("", "ok")])
def test_a_weight_for_a_scheduler_that_no_disk_has(v2, scheduler, expected):
    v2.write(v2.path("shares", "cgroup.procs").replace("cgroup.procs", "io.bfq.weight"), "default 300")
    v2.write("/proc/diskstats", "254 0 vda 1 2 3\n254 1 vda1 1 2 3")
    v2.write("/sys/block/vda/queue/scheduler", scheduler)
    found = findings(v2, "shares", blkio_weight="300")["blkio_weight"]
    assert found.verdict == expected
    assert ("no device has the scheduler bfq" in found.hint) is (expected != "ok")


def test_a_kernel_that_keeps_one_weight_for_all_devices(v2):
    v2.write(v2.path("init", "io.weight").replace("io.weight", "io.bfq.weight"), "300")
    v2.declare("init", BlkioWeightDevice=[{"Path": "/dev/vda", "Weight": 300}])
    assert verdict(v2, "init", blkio_weight_device=[{"path": "/dev/vda", "weight": "300"}]) == "not_enforced"


def test_what_docker_declares_is_wrong_whatever_the_kernel_would_say(v2):
    v2.write(v2.path("init", "pid/cgroup"), "0::/")
    found = findings(v2, "init", memory="64m", cpu_shares="default")
    assert {limit: finding.verdict for limit, finding in found.items()} == {"memory": "differs", "cpu_shares": "unreadable"}


def test_a_cgroup_with_an_odd_name_takes_nobody_else_the_findings(v1):
    """Whoever may make cgroups chooses their names, and some letters are the end of a line to Python."""
    path = v1.path("cgt-free", "pid/cgroup")
    lines = v1.kernel.read(path).split("\n")
    v1.write(path, "\n".join(f"{line}/a\u2028b" if ":memory:" in line else line for line in lines))
    found = check([{"name": "cgt-free", "memory": "unlimited"}, {"name": "cgt-limits", "memory": "100m"}], v1.engine, v1.kernel, None)
    assert [finding.verdict for finding in found] == ["ok", "ok"]


def test_the_cpuset_of_a_limited_parent(v2):
    v2.write(v2.path("shares", "cpuset.cpus.effective"), "0")
    v2.write("/sys/fs/cgroup/system.slice/cpuset.cpus.effective", "0")
    finding = findings(v2, "shares", cpuset_cpus="0-1")["cpuset_cpus"]
    assert (finding.verdict, finding.enforced) == ("ancestor_stricter", "0")
    assert "/sys/fs/cgroup/system.slice above it allows only 0" in finding.hint


#: host, container, fields of HostConfig, what is asked, the verdict
DECLARED = [
    ("v1", "cgt-limits", {"Memory": 0}, {"memory": "100m"}, "missing"),
    ("v1", "cgt-limits", {"MemorySwap": -1}, {"memory_swap": "-1"}, "not_enforced"),
    ("v1", "cgt-limits", {"MemorySwap": -1}, {"memory_swap": "150m"}, "missing"),
    # As much of both together, and more of it swap.
    ("v2", "init", {"Memory": 150 * M}, {"memory_swap": "200m"}, "not_enforced"),
    ("v2", "init", {"MemorySwap": -1}, {"memory_swap": "unlimited"}, "not_enforced"),
    ("v1", "cgt-free", {"KernelMemory": 50 * M}, {"kernel_memory": "50m"}, "not_enforced"),
    ("v2", "init", {"KernelMemory": 50 * M}, {"kernel_memory": "50m"}, "unsupported"),
    (
        "v2",
        "init",
        {"BlkioWeightDevice": [{"Path": "/dev/vda", "Weight": 300}]},
        {"blkio_weight_device": [{"path": "/dev/vda", "weight": "300"}]},
        "unsupported",
    ),
    ("v2", "init", {"BlkioDeviceReadBps": [{"Path": "/dev/vda", "Rate": M}]}, {"device_read_bps": [{"path": "/dev/vda", "rate": "1m"}]}, "not_enforced"),
    (
        "v1",
        "cgt-limits",
        {"BlkioDeviceReadBps": [{"Path": "/dev/vda", "Rate": 5}, {"Path": "/dev/vda", "Rate": M}]},
        {"device_read_bps": [{"path": "/dev/vda", "rate": "1m"}]},
        "ok",
    ),
    (
        "v1",
        "cgt-limits",
        {"BlkioDeviceReadBps": [{"Path": "/dev/vda", "Rate": M}, {"Path": "/dev/vda", "Rate": 5}]},
        {"device_read_bps": [{"path": "/dev/vda", "rate": "1m"}]},
        "differs",
    ),
    (
        "v2",
        "init",
        {"Devices": [{"PathOnHost": "/dev/fuse", "PathInContainer": "/dev/fuse", "CgroupPermissions": "rwm"}]},
        {"devices": ["/dev/fuse"]},
        "unverifiable",
    ),
    ("v1", "cgt-limits", {"NanoCpus": 0, "CpuQuota": 50000, "CpuPeriod": 100000}, {"cpus": "0.5"}, "ok"),
    ("v1", "cgt-limits", {"NanoCpus": 0, "CpuQuota": 50000, "CpuPeriod": 0}, {"cpus": "0.5"}, "ok"),
    ("v1", "cgt-limits", {"NanoCpus": 0, "CpuQuota": 25000, "CpuPeriod": 50000}, {"cpus": "0.5"}, "not_enforced"),
    ("v1", "cgt-limits", {"NanoCpus": 0, "CpuQuota": 1000, "CpuPeriod": 3000}, {"cpus": "0.333333333"}, "differs"),
    ("v1", "cgt-limits", {"NanoCpus": 0, "CpuQuota": -1}, {"cpus": "unlimited"}, "undeclared"),
    ("v1", "cgt-limits", {"NanoCpus": 500000001}, {"cpus": "0.500000001"}, "rounded"),
    ("v1", "cgt-limits", {"PidsLimit": -1}, {"pids_limit": "unlimited"}, "not_enforced"),
    ("v1", "cgt-free", {"PidsLimit": None}, {"pids_limit": "-1"}, "ok"),
    ("v1", "cgt-free", {"PidsLimit": 0}, {"pids_limit": "-1"}, "ok"),
    ("v1", "cgt-free", {"MemorySwappiness": -1}, {"memory_swappiness": "default"}, "ok"),
    ("v1", "cgt-free", {"MemorySwappiness": 0}, {"memory_swappiness": "0"}, "not_enforced"),
    ("v1", "cgt-free", {"OomKillDisable": None}, {"oom_kill_disable": False}, "ok"),
    ("v1", "cgt-free", {"OomKillDisable": True}, {"oom_kill_disable": True}, "not_enforced"),
    ("v1", "cgt-free", {"BlkioWeight": 300}, {"blkio_weight": "300"}, "not_enforced"),
    ("v1", "cgt-free", {"BlkioWeight": 200}, {"blkio_weight": "300"}, "differs"),
    ("v1", "cgt-free", {"Ulimits": None}, {"ulimits": ["nofile=512"]}, "missing"),
    ("v1", "cgt-free", {"ShmSize": 64 * M + 1}, {"shm_size": "67108865"}, "not_enforced"),
    # Docker's own number, said: who updated it by mistake has no other way back.
    ("v1", "cgt-free", {"CpuShares": 1024}, {"cpu_shares": "default"}, "ok"),
    ("v1", "cgt-free", {"CpuShares": 1023}, {"cpu_shares": "default"}, "differs"),
    ("v1", "cgt-free", {"CpuShares": 1025}, {"cpu_shares": "default"}, "differs"),
    ("v1", "cgt-stopped", {"CpuShares": 1024}, {"cpu_shares": "default"}, "stopped"),
    ("v1", "cgt-stopped", {"CpuShares": 1023}, {"cpu_shares": "default"}, "differs"),
    ("v2", "init", {"CpuShares": 1024}, {"cpu_shares": "default"}, "converted"),
]


@pytest.mark.parametrize("host, container, declared, asked, expected", DECLARED, indirect=["host"])
def test_docker_declares_something_else(host, container, declared, asked, expected):
    host.declare(container, **declared)
    assert verdict(host, container, **asked) == expected


@pytest.mark.parametrize(
    ("host", "container", "file", "text", "declared", "asked", "expected"),
    [
        ("v1", "cgt-free", "cpu.shares", "512", 1024, "default", "not_enforced"),
        ("v1", "cgt-free", "cpu.shares", "512", 0, "1024", "undeclared"),
        # By the formula of an older runc, 1024 is less than what a container has of which nothing is said.
        ("v2", "init", "cpu.weight", "39", 1024, "default", "differs"),
        ("v2", "init", "cpu.weight", "39", 1024, "1024", "converted"),
        ("v2", "init", "cpu.weight", "100", 0, "1024", "ok"),
    ],
    indirect=["host"],
)
def test_shares_that_are_docker_s_own_number(host, container, file, text, declared, asked, expected):
    host.declare(container, CpuShares=declared)
    host.write(host.path(container, file), text)
    assert verdict(host, container, cpu_shares=asked) == expected


def test_memory_to_share_without_a_limit(v1):
    """The kernel writes 0k, of which Docker makes no limit."""
    v1.write(f"/proc/{v1.containers['cgt-free']['State']['Pid']}/mountinfo", "9 8 0:7 / /dev/shm\x0c rw\n9 8 0:77 / /dev/shm rw - tmpfs tmpfs rw,size=0k")
    v1.declare("cgt-free", ShmSize=128 * M)
    found = findings(v1, "cgt-free", shm_size="128m")["shm_size"]
    assert (found.verdict, found.enforced) == ("not_enforced", "unlimited")


@pytest.mark.parametrize("asked", ["64m", "8m"])
def test_memory_to_share_that_is_not_its_own_and_whose_size_nobody_set(v1, asked):
    v1.declare("cgt-free", IpcMode="host")
    v1.write(f"/proc/{v1.containers['cgt-free']['State']['Pid']}/mountinfo", "9 8 0:77 / /dev/shm rw - tmpfs tmpfs rw,size=99k")
    found = findings(v1, "cgt-free", shm_size=asked)["shm_size"]
    assert found.outcome == "fail"
    assert "--shm-size means nothing beside --ipc host" in found.hint and "create it again without --ipc host" in found.hint


@pytest.mark.parametrize("mode", ["host", "none", "container:other"])
def test_memory_to_share_that_is_not_its_own(v1, mode):
    v1.declare("cgt-free", ShmSize=128 * M, IpcMode=mode)
    found = findings(v1, "cgt-free", shm_size="128m")["shm_size"]
    assert found.verdict == "not_enforced"
    assert f"--shm-size means nothing beside --ipc {mode}" in found.hint and f"create it again without --ipc {mode}" in found.hint


def test_shm_is_rounded_up(v1):
    v1.declare("cgt-free", ShmSize=100000001)
    v1.write(v1.path("cgt-free", "pid/mountinfo"), "1 2 0:1 / /dev/shm rw - tmpfs shm rw,size=65536k\n3 2 0:2 / /dev/shm rw - tmpfs shm rw,size=97660k")
    assert verdict(v1, "cgt-free", shm_size="100000001") == "rounded"


def test_larger_pages(v1):
    v1.kernel.page_size = 65536
    v1.declare("cgt-limits", Memory=100 * M + 65535)
    assert verdict(v1, "cgt-limits", memory=str(100 * M + 65535)) == "rounded"


def test_an_update_that_swap_did_not_follow(v2):
    v2.declare("init", Memory=150 * M)
    v2.write(v2.path("init", "memory.max"), str(150 * M))
    found = findings(v2, "init", memory="150m", memory_swap="200m")
    assert {name: finding.verdict for name, finding in found.items()} == {"memory": "ok", "memory_swap": "not_enforced"}


def test_all_of_a_container_at_once(v1):
    asked = {
        name: value
        for host, container, requirement, expected in AS_CAPTURED
        if (host, container, expected) == ("v1", "cgt-limits", "ok")
        for name, value in requirement.items()
    }
    found = findings(v1, "cgt-limits", **asked)
    assert {finding.outcome for finding in found.values()} == {"pass"}
    v1.write(v1.path("cgt-limits", "memory.limit_in_bytes"), "104861696")
    found = findings(v1, "cgt-limits", **asked)
    assert {name: finding.verdict for name, finding in found.items() if finding.outcome != "pass"} == {"memory": "not_enforced"}


def test_a_finding_in_full(v1):
    identity = v1.containers["cgt-limits"]["Id"]
    found = check([{"name": "cgt-limits", "student": "ashu", "lab": "container_limits", "step": "x2", "cpu_shares": "21"}], v1.engine, v1.kernel, None)
    assert [finding.as_dict() for finding in found] == [
        {
            "subject": "cgt-limits",
            "kind": "container",
            "student": "ashu",
            "lab": "container_limits",
            "step": "x2",
            "attribute": "cpu_shares",
            "asked": 21,
            "declared": 20,
            "enforced": 20,
            "verdict": "differs",
            "outcome": "fail",
            "evidence": ["HostConfig.CpuShares=20", f"/sys/fs/cgroup/cpu/docker/{identity}/cpu.shares=20"],
            "hint": "cgt-limits has 20 shares, and 21 shares is asked: docker update --cpu-shares 21 cgt-limits.",
        }
    ]


#: container, fields of HostConfig, what is asked, what the hint tells to do
MENDS = [
    ("cgt-free", {}, {"memory": "100m"}, "docker update --memory 100m --memory-swap 200m cgt-free"),
    ("cgt-free", {"Memory": 50 * M, "MemorySwap": 100 * M}, {"memory": "80m"}, "docker update --memory 80m --memory-swap 160m cgt-free"),
    ("cgt-free", {"Memory": 50 * M, "MemorySwap": 90 * M}, {"memory": "80m"}, "docker update --memory 80m --memory-swap 90m cgt-free"),
    ("cgt-free", {"Memory": 50 * M, "MemorySwap": 60 * M}, {"memory": "80m"}, "docker update --memory 80m --memory-swap 160m cgt-free"),
    ("cgt-free", {"Memory": 50 * M, "MemorySwap": -1}, {"memory": "80m"}, "docker update --memory 80m --memory-swap -1 cgt-free"),
    ("cgt-free", {"Memory": 50 * M, "MemorySwap": 60 * M}, {"memory_swap": "70m"}, "docker update --memory 50m --memory-swap 70m cgt-free"),
    ("cgt-free", {"Memory": 50 * M, "MemorySwap": 60 * M}, {"memory_swap": "40m"}, "docker update --memory 40m --memory-swap 40m cgt-free"),
    ("cgt-free", {}, {"memory_swap": "40m"}, "docker update --memory 40m --memory-swap 40m cgt-free"),
    ("cgt-limits", {}, {"memory_swap": "-1"}, "docker update --memory-swap -1 cgt-limits, then docker restart cgt-limits"),
    ("cgt-limits", {}, {"memory": "unlimited"}, "create it again without --memory"),
    ("cgt-limits", {}, {"cpus": "0.25"}, "docker update --cpus 0.25 cgt-limits"),
    ("cgt-limits", {"NanoCpus": 0, "CpuQuota": 30000}, {"cpus": "0.25"}, "docker update --cpu-period 100000 --cpu-quota 25000 cgt-limits"),
    ("cgt-limits", {}, {"cpu_quota": "25000"}, "create it again with --cpu-quota 25000"),
    ("cgt-free", {}, {"cpu_quota": "25000"}, "docker update --cpu-quota 25000 cgt-free"),
    ("cgt-limits", {}, {"shm_size": "16m"}, "create it again with --shm-size 16m"),
    ("cgt-limits", {}, {"cpuset_cpus": "1"}, "docker update --cpuset-cpus 1 cgt-limits"),
]


@pytest.mark.parametrize("container, declared, asked, mend", MENDS)
def test_what_mends_it(v1, container, declared, asked, mend):
    v1.declare(container, **declared)
    [finding] = findings(v1, container, **asked).values()
    assert finding.hint.endswith(f"asked: {mend}.")


def test_a_container_that_is_not_there(v1):
    found = findings(v1, "web", memory="100m", cpus="0.5")
    assert {finding.verdict for finding in found.values()} == {"absent"}
    assert found["memory"].hint == "There is no container named web: create it with docker run --detach --name web --memory 100m --cpus 0.5 IMAGE."


def test_an_id_for_a_name(v1):
    identity = v1.containers["cgt-limits"]["Id"]
    assert verdict(v1, identity[:12], memory="100m") == "ok"
    assert verdict(v1, identity[:11], memory="100m") == "absent"


def test_one_container_in_two_requirements(v1):
    found = check([{"name": "cgt-limits", "memory": "100m"}, {"name": "cgt-limits", "memory": "101m"}], v1.engine, v1.kernel, None)
    assert [finding.verdict for finding in found] == ["ok", "differs"]


def test_the_order_of_requirements(v1):
    names = ["cgt-nested", "cgt-none", "cgt-limits", "cgt-stopped"]
    found = check([{"name": name, "memory": "50m", "cpus": "0.5"} for name in names], v1.engine, v1.kernel, None)
    assert [finding.subject for finding in found] == [name for name in names for _limit in "12"]


#: fields of State, the verdict where Docker declares what is asked, words of the hint
STATES = [
    ({"Running": False, "Pid": 0, "Status": "exited", "ExitCode": 137}, "stopped", "exited with the code 137 (SIGKILL"),
    ({"Running": False, "Pid": 0, "Status": "dead", "Dead": True}, "stopped", "is dead"),
    ({"Running": True, "Restarting": True, "Pid": 0, "Status": "restarting"}, "stopped", "is restarting again and again"),
    ({"Running": True, "Paused": True, "Status": "paused"}, "ok", ""),
]


@pytest.mark.parametrize("state, expected, words", STATES)
def test_states(v1, state, expected, words):
    v1.containers["cgt-limits"]["State"].update(state)
    found = findings(v1, "cgt-limits", memory="100m", cpus="0.6")
    assert found["memory"].verdict == expected
    assert found["cpus"].verdict == "differs"
    if expected == "stopped":
        assert f"could not be checked: it {words}" in found["memory"].hint


def test_undeclared(v1):
    host = v1
    host.write(host.path("cgt-free", "pids.max"), "2338")
    host.write(host.path("cgt-free", "cpu.cfs_quota_us"), "50000")
    assert set(findings(host, "cgt-free", cpu_shares="default")) == {"cpu_shares"}
    found = findings(host, "cgt-free", undeclared=True, cpu_shares="default")
    assert {name: (finding.verdict, finding.asked, finding.declared) for name, finding in found.items()} == {
        "cpu_shares": ("ok", "default", "default"),
        "cpus": ("undeclared", None, "unlimited"),
        "pids_limit": ("undeclared", None, "unlimited"),
    }
    assert list(found) == ["cpu_shares", "cpus", "pids_limit"]


def test_undeclared_says_nothing_twice_or_of_what_is_declared(v1):
    v1.write(v1.path("cgt-limits", "pids.max"), "2338")
    assert set(findings(v1, "cgt-limits", undeclared=True, pids_limit="64")) == {"pids_limit"}
    assert set(findings(v1, "cgt-limits", undeclared=True, cpu_shares="20")) == {"cpu_shares"}


def test_undeclared_above(v1):
    v1.write(v1.path("cgt-free", "memory.limit_in_bytes", 1), "104857600")
    assert findings(v1, "cgt-free", undeclared=True, cpu_shares="default")["memory"].verdict == "ancestor_stricter"


def test_swap_that_docker_does_not_declare(v1):
    v1.write(v1.path("cgt-free", "memory.memsw.limit_in_bytes"), "104857600")
    found = findings(v1, "cgt-free", undeclared=True, cpu_shares="default")
    assert {attribute: each.verdict for attribute, each in found.items()} == {"cpu_shares": "ok", "memory_swap": "undeclared"}


def test_the_weight_of_a_device_is_beside_the_default(v2):
    v2.write("/sys/fs/cgroup/io.cost.qos", "254:0 enable=1 ctrl=auto")
    v2.write(v2.path("shares", "io.weight"), "default 2930\n254:0 100")
    assert verdict(v2, "shares", blkio_weight="300") == "converted"


def test_what_systemd_holds(v2, fixtures):
    v2.write("/sys/fs/cgroup/io.cost.qos", "254:0 enable=1 ctrl=auto")
    held = (fixtures / "v2_systemd/systemctl_show.txt").read_text()
    found = check(
        [
            {"name": "noswap", "memory": "50m", "memory_swap": "50m"},
            {"name": "shares", "cpus": "0.333", "cpu_quota": "33300", "cpu_shares": "20", "blkio_weight": "300", "pids_limit": "64"},
            {"name": "init", "memory": "100m", "memory_swap": "200m"},
            {"name": "rounded", "memory": "100000001"},
        ],
        v2.engine,
        v2.kernel,
        lambda command: held,
    )
    assert [(finding.subject, finding.attribute, finding.verdict) for finding in found] == [
        ("noswap", "memory", "ok"),
        ("noswap", "memory_swap", "pending_drift"),
        ("shares", "cpu_shares", "converted"),
        ("shares", "cpus", "pending_drift"),
        ("shares", "cpu_quota", "pending_drift"),
        ("shares", "pids_limit", "ok"),
        ("shares", "blkio_weight", "pending_drift"),
        ("init", "memory", "ok"),
        ("init", "memory_swap", "ok"),
        ("rounded", "memory", "rounded"),
    ]
    assert "systemctl show: MemorySwapMax=infinity" in found[1].evidence
    assert {finding.outcome for finding in found} == {"pass"}


def test_a_fail_is_not_made_a_drift(v2, fixtures):
    held = (fixtures / "v2_systemd/systemctl_show.txt").read_text()
    v2.write(v2.path("init", "memory.max"), str(200 * M))
    assert findings(v2, "init", held=held, memory="100m")["memory"].verdict == "not_enforced"


def test_which_formula(v2):
    assert "a weight of 1 to cgroup v2 by the linear formula" in findings(v2, "shares", cpu_shares="20")["cpu_shares"].hint
    v2.write(v2.path("shares", "cpu.weight"), "6")
    assert "a weight of 6 to cgroup v2 by the quadratic formula" in findings(v2, "shares", cpu_shares="20")["cpu_shares"].hint


# Changes while it is being read


def test_an_update_between_inspect_and_the_files(v1):
    path = v1.path("cgt-limits", "memory.limit_in_bytes")

    def update(_path):
        if len([asked for asked in v1.asked if "cgt-limits" in asked]) == 2:
            v1.declare("cgt-limits", Memory=100 * M)

    v1.declare("cgt-limits", Memory=80 * M)
    v1.on_request = update
    v1.write(path, str(100 * M))
    assert verdict(v1, "cgt-limits", memory="80m") == "differs"


def test_a_change_that_passes(v1):
    path = v1.path("cgt-limits", "memory.limit_in_bytes")
    v1.write(path, str(90 * M))
    v1.write(v1.path("cgt-limits", "memory.limit_in_bytes", 1), str(80 * M))

    def mend(_path):
        if len(v1.asked) == 2:
            v1.write(path, str(100 * M))
            v1.write(v1.path("cgt-limits", "memory.limit_in_bytes", 1), NO_LIMIT_4K)

    v1.on_request = mend
    assert verdict(v1, "cgt-limits", memory="100m") == "ok"


class Restarting:
    """Begins another life of a container after each time that a file of it was read."""

    def __init__(self, host, container, lives):
        self.host, self.container, self.lives, self.ticks = host, container, lives, 1000
        self.read = host.kernel.read
        host.kernel.read = self

    def __call__(self, path):
        text = self.read(path)
        if path.endswith("memory.limit_in_bytes") and self.host.containers[self.container]["Id"] in path and self.lives:
            self.lives -= 1
            self.ticks += 100
            stat = self.host.path(self.container, "pid/stat")
            before, _paren, after = self.host.read(stat).rpartition(")")
            fields = after.split()
            self.host.write(stat, f"{before}) {' '.join(fields[:19])} {self.ticks} {' '.join(fields[20:])}")
            self.host.containers[self.container]["State"]["StartedAt"] = f"2026-01-01T00:00:{self.lives:02d}Z"
        return text


@pytest.mark.parametrize("lives, expected", [(0, "ok"), (1, "ok"), (2, "ok"), (3, "unstable"), (100, "unstable")])
def test_two_lives_are_never_mixed(v1, lives, expected):
    Restarting(v1, "cgt-limits", lives)
    finding = findings(v1, "cgt-limits", memory="100m")["memory"]
    assert finding.verdict == expected
    if expected == "unstable":
        assert finding.outcome == "could_not_check" and finding.enforced is None


def test_a_zombie(v1):
    stat = v1.path("cgt-limits", "pid/stat")
    v1.write(stat, v1.read(stat).replace(") S ", ") Z "))
    assert verdict(v1, "cgt-limits", memory="100m") == "unstable"


def test_the_process_is_gone(v1):
    v1.write(v1.path("cgt-limits", "pid/stat"), None)
    assert verdict(v1, "cgt-limits", memory="100m") == "unstable"
    # What it would be asked of another life of it is not known, whatever Docker declares.
    assert verdict(v1, "cgt-limits", memory="101m") == "unstable"


def test_a_process_that_is_just_ending_is_looked_at_again(v1):
    member = v1.path("cgt-limits", "pid/cgroup")
    right = v1.read(member)
    v1.write(member, "12:memory:/\n0::/")
    v1.on_request = lambda _path: v1.write(member, right) if len(v1.asked) == 2 else None
    assert verdict(v1, "cgt-limits", memory="100m") == "ok"


def test_the_pid_is_another_process_now(v1):
    member = v1.path("cgt-limits", "pid/cgroup")
    v1.write(member, v1.read(member).replace(v1.containers["cgt-limits"]["Id"], v1.containers["cgt-free"]["Id"]))
    assert verdict(v1, "cgt-limits", memory="100m") == "unreadable"


def test_removed_while_it_is_being_read(v1):
    v1.write(v1.path("cgt-limits", "pid/stat"), None)

    def remove(_path):
        if len(v1.asked) == 2:
            del v1.containers["cgt-limits"]

    v1.on_request = remove
    assert verdict(v1, "cgt-limits", memory="100m") == "unstable"


def test_no_driver(v2):
    v2.write(v2.path("init", "pid/cgroup"), "0::/user.slice/user-1000.slice/session-2.scope")
    finding = findings(v2, "init", memory="100m")["memory"]
    assert (finding.verdict, finding.outcome) == ("unreadable", "could_not_check")
    assert "rootless engine without a cgroup driver" in finding.hint


def test_a_file_that_may_not_be_read(v1, monkeypatch):
    read = v1.kernel.read

    def refuse(path):
        if path.endswith("memory.limit_in_bytes"):
            raise KernelError(f"{path} cannot be read by user id 1000: Permission denied")
        return read(path)

    monkeypatch.setattr(v1.kernel, "read", refuse)
    assert verdict(v1, "cgt-free", memory="unlimited") == "unreadable"


# The engine


def test_no_engine(v1):
    v1.engine = type(v1.engine)("unix:///nowhere/s")
    found = findings(v1, "cgt-limits", memory="100m", ulimits=["nofile=1"])
    assert {name: (finding.verdict, finding.outcome) for name, finding in found.items()} == {
        "memory": ("unreachable", "could_not_check"),
        "ulimits.nofile": ("unreachable", "could_not_check"),
    }


def test_the_engine_fails_on_one_container(v1):
    answer = v1._answer

    def fail(path):
        return (500, {"message": "driver failed"}) if "cgt-free" in path else answer(path)

    v1.engine = type(v1.engine)(v1.serve(fail))
    found = check([{"name": name, "memory": "100m"} for name in ("cgt-free", "cgt-limits")], v1.engine, v1.kernel, None)
    assert [finding.verdict for finding in found] == ["unreachable", "ok"]
    assert "driver failed" in found[0].hint


def test_one_container_that_hangs_takes_nobody_else_the_findings(v1):
    """The engine is silent about one, and tells the others."""
    answer = v1._answer

    def hang(path):
        if "cgt-free" in path:
            threading.Event().wait(0.5)
        return answer(path)

    v1.engine = type(v1.engine)(v1.serve(hang), 0.1)
    found = check([{"name": name, "memory": "100m"} for name in ("cgt-limits", "cgt-free", "cgt-limits")], v1.engine, v1.kernel, None)
    assert [finding.verdict for finding in found] == ["ok", "unreachable", "ok"]
    assert "timed out" in found[1].hint


def test_something_else_at_the_socket(v1, serve):
    v1.engine = type(v1.engine)(serve(lambda path: (404, "<html>Not Found</html>")))
    assert verdict(v1, "cgt-limits", memory="100m") == "unreachable"


# Requirements that are wrong


@pytest.mark.parametrize(
    "requirement, words",
    [
        ({"name": "web"}, ["containers[1] (web)", "asks for nothing"]),
        ({"name": "web", "memory": "100x"}, ["containers[1] (web)", "memory: '100x'", "is not a size"]),
        ({"name": "web", "cpu_shares": "1"}, ["cpu_shares: 1 is out of range", "from 2 to 262144"]),
        ({"name": "", "memory": "100m"}, ["containers[1] ()", "name: "]),
        ({"name": "a b", "memory": "100m"}, ["containers[1] (a b)", "name: "]),
        ({"name": "../info", "memory": "100m"}, ["name: "]),
        ({"name": "web/json", "memory": "100m"}, ["name: "]),
    ],
)
def test_wrong_requirements(v1, requirement, words):
    with pytest.raises(ClassroomError) as caught:
        check([{"name": "cgt-limits", "memory": "100m"}, requirement], v1.engine, v1.kernel, None)
    assert all(word in str(caught.value) for word in words)
    assert v1.asked == []


# Limits that are changed meanwhile


@pytest.mark.parametrize(
    ("kernel", "expected", "paused"),
    [
        ([100], "ok", 0),
        ([201, 100], "ok", 1),
        ([201, 202, 100], "ok", 2),
        ([201, 202, 203, 100], "ok", 3),
        ([201, 202, 203, 203], "not_enforced", 3),
        ([201, 201, 201], "not_enforced", 2),
        ([201, 201, 100], "ok", 2),
        ([201, 202, 203, 204], "unstable", 3),
    ],
)
def test_docker_knows_a_limit_before_the_kernel_does(v1, pauses, kernel, expected, paused):
    """What the kernel has at each look, in MiB: one look alone accuses nobody."""
    looks = iter(kernel)
    v1.on_request = lambda path: v1.write(v1.path("cgt-limits", "memory.limit_in_bytes"), str(next(looks) * M)) if path.endswith("/json") else None
    finding = findings(v1, "cgt-limits", memory="100m")["memory"]
    assert (finding.verdict, len(pauses)) == (expected, paused)
    assert finding.outcome == {"ok": "pass", "not_enforced": "fail", "unstable": "could_not_check"}[expected]
