# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What may be asked of each limit, and what Docker takes together."""

from __future__ import annotations

import pytest
from ansible_collections.classroom.containers.plugins.module_utils import _container_limits as limits
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.module_utils._limit import stricter
from ansible_collections.classroom.containers.plugins.module_utils._limit_cpu import Cpus
from ansible_collections.classroom.containers.plugins.module_utils._limits import DEFAULT, UNLIMITED

M = 1024**2

#: option, what is asked (also as the types that YAML gives), the value inside, docker's option for it
ASKED = [
    ("memory", "100m", 100 * M, "--memory 100m"),
    ("memory", 104857600, 100 * M, "--memory 100m"),
    ("memory", "100000001", 100000001, "--memory 100000001"),
    ("memory", "6m", 6 * M, "--memory 6m"),
    ("memory", "1g", 1024 * M, "--memory 1g"),
    ("memory", "unlimited", UNLIMITED, ""),
    ("memory", " Unlimited ", UNLIMITED, ""),
    ("memory_swap", "-1", UNLIMITED, "--memory-swap -1"),
    ("memory_swap", -1, UNLIMITED, "--memory-swap -1"),
    ("memory_swap", "150m", 150 * M, "--memory-swap 150m"),
    ("memory_reservation", "50m", 50 * M, "--memory-reservation 50m"),
    ("memory_reservation", "default", DEFAULT, ""),
    ("memory_swappiness", 0, 0, "--memory-swappiness 0"),
    ("memory_swappiness", "100", 100, "--memory-swappiness 100"),
    ("oom_kill_disable", True, True, "--oom-kill-disable"),
    ("oom_kill_disable", False, False, ""),
    ("kernel_memory", "50m", 50 * M, "--kernel-memory 50m"),
    ("cpu_shares", 20, 20, "--cpu-shares 20"),
    ("cpu_shares", "262144", 262144, "--cpu-shares 262144"),
    ("cpu_shares", "default", DEFAULT, ""),
    ("cpus", 0.5, (500000000, 10**9), "--cpus 0.5"),
    ("cpus", "1.2345678", (1234567800, 10**9), "--cpus 1.2345678"),
    ("cpus", 2, (2 * 10**9, 10**9), "--cpus 2"),
    ("cpus", "unlimited", UNLIMITED, ""),
    ("cpu_quota", 50000, 50000, "--cpu-quota 50000"),
    ("cpu_quota", -1, UNLIMITED, ""),
    ("cpu_period", 50000, 50000, "--cpu-period 50000"),
    ("cpu_period", "default", 100000, ""),
    ("cpuset_cpus", "0,1", frozenset({0, 1}), "--cpuset-cpus 0-1"),
    ("cpuset_cpus", 0, frozenset({0}), "--cpuset-cpus 0"),
    ("cpuset_mems", "0", frozenset({0}), "--cpuset-mems 0"),
    ("pids_limit", 64, 64, "--pids-limit 64"),
    ("pids_limit", -1, UNLIMITED, ""),
    ("blkio_weight", 300, 300, "--blkio-weight 300"),
    ("shm_size", "8m", 8 * M, "--shm-size 8m"),
    ("shm_size", "default", 64 * M, ""),
]


@pytest.mark.parametrize("name, asked, value, option", ASKED)
def test_asked(name, asked, value, option):
    [(limit, parsed)] = limits.requirement(name, asked)
    assert (limit.name, parsed) == (name, value)
    assert limit.option(parsed) == option


#: option, what is asked, the name of the finding, the value inside, docker's option for it
ASKED_ITEMS = [
    ("ulimits", "nofile=512:1024", "ulimits.nofile", (512, 1024), "--ulimit nofile=512:1024"),
    ("ulimits", "nofile=512", "ulimits.nofile", (512, 512), "--ulimit nofile=512:512"),
    ("ulimits", "core=-1", "ulimits.core", (-1, -1), "--ulimit core=-1:-1"),
    ("ulimits", "core=0:unlimited", "ulimits.core", (0, -1), "--ulimit core=0:-1"),
    ("ulimits", "nofile=default", "ulimits.nofile", DEFAULT, ""),
    ("devices", "/dev/fuse", "devices./dev/fuse", "/dev/fuse:rwm", "--device /dev/fuse:/dev/fuse:rwm"),
    ("devices", "/dev/fuse:r", "devices./dev/fuse", "/dev/fuse:r", "--device /dev/fuse:/dev/fuse:r"),
    ("devices", "/dev/fuse:/dev/f", "devices./dev/fuse", "/dev/f:rwm", "--device /dev/fuse:/dev/f:rwm"),
    ("devices", "/dev/fuse:/dev/f:mr", "devices./dev/fuse", "/dev/f:rm", "--device /dev/fuse:/dev/f:rm"),
    ("device_read_bps", {"path": "/dev/vda", "rate": "1m"}, "device_read_bps./dev/vda", M, "--device-read-bps /dev/vda:1048576"),
    ("device_write_iops", {"path": "/dev/vda", "rate": 100}, "device_write_iops./dev/vda", 100, "--device-write-iops /dev/vda:100"),
    ("device_write_bps", {"path": "/dev/vda", "rate": "unlimited"}, "device_write_bps./dev/vda", UNLIMITED, ""),
    ("blkio_weight_device", {"path": "/dev/vda", "weight": 300}, "blkio_weight_device./dev/vda", 300, "--blkio-weight-device /dev/vda:300"),
]


@pytest.mark.parametrize("option, asked, name, value, docker", ASKED_ITEMS)
def test_asked_items(option, asked, name, value, docker):
    [(limit, parsed)] = limits.requirement(option, [asked])
    assert (limit.name, parsed) == (name, value)
    assert limit.option(parsed) == docker


#: option, what is asked, the value that the message names, the rule that it names
REFUSED = [
    ("memory", "100x", "'100x'", "is not a size"),
    ("memory", 0, "0", "write unlimited"),
    ("memory_swap", "9999p", "'9999p'", "write unlimited"),
    ("device_read_bps", [{"path": "/dev/vda", "rate": 0}], "0", "write unlimited"),
    ("memory", "-5m", "'-5m'", "is not a size"),
    ("memory", "-1", "'-1'", "is not a size"),
    ("memory", "5m", "'5m'", "least of 6m"),
    ("memory", "6291455", "'6291455'", "least of 6m"),
    ("memory", "default", "'default'", "is not a size"),
    ("memory", "99999999999t", "'99999999999t'", "more than the kernel can count"),
    ("memory", True, "True", "is not a size"),
    ("memory", {"m": 1}, "{'m': 1}", "is not a size"),
    ("memory_swap", -2, "-2", "is not a size"),
    ("memory_reservation", "1m", "'1m'", "least of 6m"),
    ("memory_reservation", "unlimited", "'unlimited'", "is not a size"),
    ("memory_swappiness", 101, "101", "from 0 to 100"),
    ("memory_swappiness", -1, "-1", "from 0 to 100"),
    ("oom_kill_disable", "yes", "'yes'", "is not true or false"),
    ("oom_kill_disable", 1, "1", "is not true or false"),
    ("cpu_shares", 1, "1", "from 2 to 262144"),
    ("cpu_shares", 262145, "262145", "from 2 to 262144"),
    ("cpu_shares", 20.5, "20.5", "not a whole number"),
    ("cpus", 0, "0", "least is 0.01"),
    ("cpus", -0.5, "-0.5", "least is 0.01"),
    ("cpus", "all", "'all'", "not a number of CPUs"),
    ("cpu_quota", 999, "999", "at least 1000"),
    ("cpu_quota", 0, "0", "at least 1000"),
    ("cpu_period", 999, "999", "from 1000 to 1000000"),
    ("cpu_period", 1000001, "1000001", "from 1000 to 1000000"),
    ("cpuset_cpus", "", "''", "write default"),
    ("cpuset_cpus", "a-b", "'a-b'", "list of CPU numbers"),
    ("cpuset_cpus", "3-1", "'3-1'", "list of CPU numbers"),
    ("cpuset_mems", "0-", "'0-'", "list of CPU numbers"),
    ("pids_limit", 0, "0", "at least 1"),
    ("pids_limit", -2, "-2", "at least 1"),
    ("pids_limit", True, "True", "not a whole number"),
    ("pids_limit", 2**63, str(2**63), f"at most {2**63 - 1}"),
    ("blkio_weight", 9, "9", "from 10 to 1000"),
    ("blkio_weight", 1001, "1001", "from 10 to 1000"),
    ("shm_size", 0, "0", "not more than 0"),
    ("ulimits", ["nofiles=1"], "'nofiles'", "is not a ulimit"),
    ("ulimits", ["nofile"], "''", "not a whole number"),
    ("ulimits", ["nofile=1024:"], "''", "not a whole number"),
    ("ulimits", ["nofile=1024:512"], "'1024:512'", "soft limit over its hard limit"),
    ("ulimits", ["nofile=-1:512"], "'-1:512'", "soft limit over its hard limit"),
    ("ulimits", ["nofile=1", "nofile=2"], "'nofile'", "named twice"),
    ("ulimits", "nofile=1", "'nofile=1'", "not a list"),
    ("devices", ["/dev/fuse:/dev/fuse:x"], "'/dev/fuse:/dev/fuse:x'", "permissions of r, w and m"),
    ("devices", ["/dev/fuse:/dev/fuse:"], "'/dev/fuse:/dev/fuse:'", "permissions of r, w and m"),
    ("devices", ["/dev/fuse:a:b:c"], "'/dev/fuse:a:b:c'", "path_in_container"),
    ("devices", ["fuse"], "'fuse'", "device's path"),
    ("devices", ["/dev/fuse:r", "/dev/fuse:w"], "'/dev/fuse'", "named twice"),
    ("device_read_bps", [{"path": "/dev/vda", "rate": "fast"}], "'fast'", "is not a size"),
    ("device_read_bps", [{"path": "vda", "rate": "1m"}], "'vda'", "device's path"),
    ("device_read_bps", [{"path": "/dev/vda"}], "{'path': '/dev/vda'}", "is not of path and rate"),
    ("device_read_bps", ["/dev/vda:1m"], "'/dev/vda:1m'", "is not of path and rate"),
    ("device_read_iops", [{"path": "/dev/vda", "rate": 0}], "0", "at least 1"),
    ("blkio_weight_device", [{"path": "/dev/vda", "weight": 5}], "5", "from 10 to 1000"),
    ("blkio_weight_device", [{"path": "/dev/vda", "rate": 5}], "/dev/vda", "is not of path and weight"),
    ("memry", "100m", "memry", "there is no such limit: memory,"),
]


@pytest.mark.parametrize("name, asked, value, rule", REFUSED)
def test_refused(name, asked, value, rule):
    with pytest.raises(ClassroomError) as caught:
        limits.parse_limits({name: asked})
    message = str(caught.value)
    assert message.startswith(f"{name}: ") and value in message and rule in message


#: option, and what is asked, where it cannot be unlimited
NEVER_UNLIMITED = [("memory_reservation", 0), ("memory_reservation", "9999p"), ("kernel_memory", 0), ("shm_size", "0"), ("shm_size", "9999p")]


@pytest.mark.parametrize("name, asked", NEVER_UNLIMITED)
def test_nobody_is_told_a_word_that_is_refused(name, asked):
    with pytest.raises(ClassroomError) as caught:
        limits.parse_limits({name: asked})
    accepted = limits.SINGLE[name].word_for_nothing == "unlimited"
    assert ("write unlimited" in str(caught.value)) is accepted
    if not accepted:
        with pytest.raises(ClassroomError):
            limits.parse_limits({name: "unlimited"})


def test_none_is_left_out():
    assert limits.parse_limits({"memory": None, "cpus": None}) == []


@pytest.mark.parametrize(
    "asked, message",
    [
        ({"memory": "100m", "memory_swap": "50m"}, "memory_swap: 52428800 is less than memory, which is 104857600"),
        ({"memory_reservation": "101m", "memory": "100m"}, "memory_reservation: 105906176 is more than memory, which is 104857600"),
    ],
)
def test_what_docker_refuses_at_any_time(asked, message):
    with pytest.raises(ClassroomError) as caught:
        limits.parse_limits(asked)
    assert message in str(caught.value)


def test_what_has_another_word_may_be_asked_beside_it():
    """A quota and a period make a number of CPUs."""
    assert len(limits.parse_limits({"cpus": 0.5, "cpu_quota": 50000, "memory_swap": "100m"})) == 3


TOGETHER = [
    {"memory": "100m", "memory_swap": "100m"},
    {"memory": "100m", "memory_swap": "-1"},
    {"memory": "unlimited", "memory_swap": "-1"},
    {"memory_swap": "unlimited"},
    {"memory": "100m", "memory_reservation": "100m"},
    {"memory_reservation": "100m"},
    {"cpus": "0.5"},
    {"cpus": "unlimited", "cpu_quota": 50000},
    {"cpus": "0.5", "cpu_quota": -1, "cpu_period": "default"},
    {"cpu_quota": 50000, "cpu_period": 50000},
    {},
    {"memory": None},
]
NOT_TOGETHER = [
    ({"memory_swap": "100m"}, "memory_swap: Docker takes it only together with memory"),
    ({"memory": "unlimited", "memory_swap": "100m"}, "memory_swap: Docker takes it only together with memory"),
    ({"memory": "100m", "memory_swap": "99m"}, "memory_swap: 103809024 is less than memory, which is 104857600"),
    ({"memory": "100m", "memory_reservation": "101m"}, "memory_reservation: 105906176 is more than memory, which is 104857600"),
    ({"cpus": 0.5, "cpu_quota": 50000}, "cpus: Docker takes either"),
    ({"cpus": 0.5, "cpu_period": 50000}, "cpus: Docker takes either"),
    ({"memory": "100x"}, "memory: '100x' is not a size"),
]


@pytest.mark.parametrize("together", TOGETHER)
def test_creatable(together):
    limits.check_creatable(together)


@pytest.mark.parametrize("together, message", NOT_TOGETHER)
def test_not_creatable(together, message):
    with pytest.raises(ClassroomError) as caught:
        limits.check_creatable(together)
    assert message in str(caught.value)


@pytest.mark.parametrize("one, other, both", [(1, 2, 1), (2, 1, 1), (UNLIMITED, 2, 2), (2, UNLIMITED, 2), (UNLIMITED, UNLIMITED, UNLIMITED)])
def test_stricter(one, other, both):
    assert stricter(one, other) == both


@pytest.mark.parametrize(
    "one, other, both",
    [
        ((50000, 100000), (25000, 50000), (50000, 100000)),
        ((50000, 100000), (24999, 50000), (24999, 50000)),
        ((24999, 50000), (50000, 100000), (24999, 50000)),
        (UNLIMITED, (50000, 100000), (50000, 100000)),
        ((50000, 100000), UNLIMITED, (50000, 100000)),
    ],
)
def test_stricter_cpus(one, other, both):
    assert Cpus.strictest(one, other) == both


def test_every_option_has_arguments_and_a_flag():
    assert set(limits.NAMES) == set(limits.LIMIT_ARGUMENTS)
    assert all(limit.flag == "--" + name.replace("_", "-") for name, limit in limits.SINGLE.items())
    assert all(limit.name == name and limit.field for name, limit in limits.SINGLE.items())
