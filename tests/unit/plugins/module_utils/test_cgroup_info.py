# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is read of containers, on captured hosts."""

from __future__ import annotations

import pytest
from ansible_collections.classroom.containers.plugins.module_utils._cgroup_info import PARTS, gather
from ansible_collections.classroom.containers.plugins.module_utils._engine import EngineError
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError

M = 1024**2


def read(host, name, parts=PARTS):
    returned = gather(host.engine, host.kernel, [name], None, parts, 0)["containers"]
    assert len(returned) == 1
    return returned[0]


@pytest.mark.parametrize(
    "host, expected",
    [
        ("v1", {"mode": "hybrid", "driver": "cgroupfs", "controllers": {"memory": 1, "cpu": 1, "cpuset": 1, "pids": 1, "blkio": 1}}),
        ("v2", {"mode": "v2", "driver": "systemd", "controllers": {"memory": 2, "cpu": 2, "cpuset": 2, "pids": 2, "io": 2}}),
    ],
    indirect=["host"],
)
def test_host(host, expected):
    returned = gather(host.engine, host.kernel, None, None, [], 0)["host"]
    assert {key: returned[key] for key in expected} == expected
    assert returned["cpus_online"] == "0-1" and returned["memory_total"] == host.info["MemTotal"] and returned["engine_version"] == host.info["ServerVersion"]


def limit(declared, enforced, effective=None, effective_at=""):
    return {"declared": declared, "enforced": enforced, "effective": effective or enforced, "effective_at": effective_at}


LIMITS = [
    ("v1", "cgt-limits", "memory", limit(100 * M, 100 * M)),
    ("v1", "cgt-limits", "memory_swap", limit(150 * M, 150 * M)),
    ("v1", "cgt-limits", "memory_reservation", limit(50 * M, 50 * M)),
    ("v1", "cgt-limits", "cpus", limit(0.5, 0.5)),
    ("v1", "cgt-limits", "cpu_shares", limit(20, 20)),
    ("v1", "cgt-limits", "cpuset_cpus", limit("0", "0")),
    ("v1", "cgt-limits", "pids_limit", limit(64, 64)),
    ("v1", "cgt-free", "memory", limit("unlimited", "unlimited")),
    ("v1", "cgt-free", "cpuset_cpus", limit("default", "0-1")),
    ("v1", "cgt-nested", "memory", limit(50 * M, 50 * M, 20 * M, "/sys/fs/cgroup/memory/cgt-parent")),
    ("v2", "nested", "memory", limit(50 * M, 50 * M, 20 * M, "/sys/fs/cgroup/x.slice")),
    ("v2", "nested", "memory_swap", limit(100 * M, 100 * M, 70 * M, "/sys/fs/cgroup/x.slice")),
    ("v2", "init", "memory", limit(100 * M, 100 * M)),
    ("v2", "init", "pids_limit", limit("unlimited", 1140)),
    ("v2", "shares", "cpu_shares", limit(20, 1)),
    ("v2", "noswap", "memory_swap", limit(50 * M, 50 * M)),
]


@pytest.mark.parametrize("host, name, which, expected", LIMITS, indirect=["host"])
def test_limits(host, name, which, expected):
    assert read(host, name)["limits"][which] == expected


def test_usage_on_v2(v2):
    for file, text in {
        "memory.current": "643072",
        "memory.peak": "2154496",
        "memory.stat": "anon 5\ninactive_file 36864",
        "cpu.stat": "usage_usec 31847\nuser_usec 1\nnr_periods 42\nnr_throttled 41\nthrottled_usec 3314225",
    }.items():
        v2.write(v2.path("init", file), text)
    assert read(v2, "init")["usage"] == {
        "memory": 643072 - 36864,
        "memory_limit": 100 * M,
        "memory_percent": 0.58,
        "memory_peak": 2154496,
        "oom_kills": 0,
        "cpu_time": 31847000,
        "cpu_percent": None,
        "cpu_periods": 42,
        "cpu_throttled_periods": 41,
        "cpu_throttled_time": 3314225000,
        "pids": 1,
    }


def test_usage_on_v1(v1):
    for file, text in {
        "memory.usage_in_bytes": "643072",
        "memory.max_usage_in_bytes": "2154496",
        "memory.stat": "inactive_file 1\ntotal_inactive_file 36864",
        "memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 3",
        "cpuacct.usage": "31847502",
        "cpu.stat": "nr_periods 42\nnr_throttled 41\nthrottled_time 3314225614",
    }.items():
        v1.write(v1.path("cgt-limits", file), text)
    assert read(v1, "cgt-limits")["usage"] == {
        "memory": 643072 - 36864,
        "memory_limit": 100 * M,
        "memory_percent": 0.58,
        "memory_peak": 2154496,
        "oom_kills": 3,
        "cpu_time": 31847502,
        "cpu_percent": None,
        "cpu_periods": 42,
        "cpu_throttled_periods": 41,
        "cpu_throttled_time": 3314225614,
        "pids": 1,
    }


@pytest.mark.parametrize("inactive, used", [("0", 344064), ("344063", 1), ("344064", 344064), ("700000", 344064)])
def test_memory_as_docker_stats_counts(v2, inactive, used):
    v2.write(v2.path("init", "memory.stat"), f"anon 5\ninactive_file {inactive}")
    assert read(v2, "init")["usage"]["memory"] == used


def test_the_limit_is_the_effective_one_or_the_hosts_memory(v1, v2):
    assert read(v2, "nested")["usage"]["memory_limit"] == 20 * M
    assert read(v1, "cgt-free")["usage"]["memory_limit"] == v1.info["MemTotal"]


def test_what_the_kernel_does_not_have(v2):
    for file in ("memory.peak", "memory.events", "pids.current", "cpu.stat", "memory.current", "cpu.pressure", "io.stat"):
        v2.write(v2.path("init", file), None)
    returned = read(v2, "init")
    assert {key for key, value in returned["usage"].items() if value is None} == set(returned["usage"]) - {"memory_limit"}
    assert returned["pressure"]["cpu"] is None and returned["pressure"]["io"]["some"]["avg10"] == 0.0
    assert (returned["io"]["block_read"], returned["io"]["block_written"]) == (None, None)


@pytest.mark.parametrize("host, name", [("v1", "cgt-free"), ("v2", "init")], indirect=["host"])
def test_io_and_pressure(host, name):
    returned = read(host, name)
    assert set(returned["io"]) == {"network_received", "network_sent", "block_read", "block_written"}
    assert all(isinstance(value, int) for value in returned["io"].values())
    assert set(returned["pressure"]) == {"cpu", "memory", "io"}
    assert set(returned["pressure"]["cpu"]["some"]) == {"avg10", "avg60", "avg300", "total"}


def test_an_interface_with_an_odd_name_is_counted(v1):
    """Some letters are the end of a line to Python, and the kernel takes them."""
    v1.write(v1.path("cgt-free", "pid/net/dev"), "Inter-|\n face |\n    lo: 9 0 0 0 0 0 0 0 9 0\n a\u2028b: 5 0 0 0 0 0 0 0 7 0\n")
    returned = read(v1, "cgt-free")["io"]
    assert (returned["network_received"], returned["network_sent"]) == (5, 7)


def test_block_io(v1, v2):
    v1.write(
        v1.path("cgt-free", "blkio.throttle.io_service_bytes_recursive"),
        "254:0 Read 10\n254:0 Write 20\n254:0 Total 30\n254:16 Read 1\n254:16 Write 2\nTotal 33",
    )
    v2.write(v2.path("init", "io.stat"), "254:0 rbytes=10 wbytes=20 rios=1 wios=1 dbytes=0 dios=0\n7:7 7:6 254:16 rbytes=1 wbytes=2\n7:0")
    for host, name in ((v1, "cgt-free"), (v2, "init")):
        returned = read(host, name)["io"]
        assert (returned["block_read"], returned["block_written"]) == (11, 22)


def test_network(v2):
    assert (read(v2, "init")["io"]["network_received"], read(v2, "init")["io"]["network_sent"]) == (946, 0)
    v2.declare("init", NetworkMode="host")
    assert read(v2, "init")["io"]["network_received"] is None


def test_only_what_is_gathered(v1):
    returned = read(v1, "cgt-limits", ["limits"])
    assert returned["limits"]
    assert set(PARTS) & set(returned) == {"limits"}


def test_a_stopped_container(v1):
    returned = read(v1, "cgt-stopped")
    assert (returned["read"], returned["pid"], returned["limits"], returned["cgroups"]) == (False, 0, {}, {})
    assert returned["reason"].startswith("it is created")


def test_cgroups(v1, v2):
    identity = v1.containers["cgt-limits"]["Id"]
    returned = read(v1, "cgt-limits")["cgroups"]
    assert returned["memory"] == f"/sys/fs/cgroup/memory/docker/{identity}"
    assert returned["unified"] == f"/sys/fs/cgroup/unified/docker/{identity}"
    assert set(read(v2, "init")["cgroups"].values()) == {f"/sys/fs/cgroup/system.slice/docker-{v2.containers['init']['Id']}.scope"}


def test_sample(v2, monkeypatch):
    stat = v2.path("init", "cpu.stat")

    def sleep(seconds):
        v2.write(stat, v2.read(stat).replace("usage_usec 1166193", f"usage_usec {1166193 + int(seconds * 1000000)}"))

    clock = iter(range(0, 10**12, 10**9 // 2))
    monkeypatch.setattr("time.sleep", sleep)
    monkeypatch.setattr("time.monotonic_ns", lambda: next(clock))
    returned = gather(v2.engine, v2.kernel, ["init"], None, ["usage"], 0.5)["containers"]
    assert returned[0]["usage"]["cpu_percent"] == 100.0


def test_no_percentage_of_two_lives(v2, monkeypatch):
    stat = v2.path("init", "pid/stat")
    monkeypatch.setattr("time.sleep", lambda seconds: v2.write(stat, v2.read(stat).replace(") S ", ") Z ")))
    assert gather(v2.engine, v2.kernel, ["init"], None, ["usage"], 0.1)["containers"][0]["usage"]["cpu_percent"] is None


@pytest.mark.parametrize("sample", [-1, -0.001, 60.1, float("nan"), float("inf")])
def test_samples_that_are_none(v1, sample):
    with pytest.raises(ClassroomError, match="sample: .* from 0 to 60"):
        gather(v1.engine, v1.kernel, None, None, ["usage"], sample)


def test_the_engine_fails_on_one_container(v1):
    """The list still tells of it, and the others are read."""
    v1.break_inspect("cgt-free")
    returned = gather(v1.engine, v1.kernel, None, None, PARTS, 0)["containers"]
    found = {each["name"]: each for each in returned}
    assert found.keys() == v1.containers.keys() and found["cgt-limits"]["read"]
    broken, container = found["cgt-free"], v1.containers["cgt-free"]
    assert not broken["read"] and "driver failed" in broken["reason"]
    expected = (container["Id"], container["Config"]["Image"], container["State"]["Status"], container["Config"]["Labels"])
    assert tuple(broken[key] for key in ("id", "image", "status", "labels")) == expected
    assert {broken[key] for key in ("pid", "started_at", "restart_count", "oom_killed", "exit_code")} == {None}
    assert broken["limits"] == broken["usage"] == {}


def test_the_engine_ends(v1):
    v1.engine = type(v1.engine)("unix:///nowhere.sock")
    with pytest.raises(EngineError, match="no Docker engine answers"):
        gather(v1.engine, v1.kernel, None, None, [], 0)


def test_a_container_that_goes_between_the_list_and_the_look(v1):
    gone = v1.containers["cgt-free"]["Id"]
    answer = v1._answer
    v1.engine = type(v1.engine)(v1.serve(lambda path: (404, {"message": "No such container"}) if gone in path else answer(path)))
    returned = gather(v1.engine, v1.kernel, None, None, [], 0)["containers"]
    assert sorted(each["name"] for each in returned) == ["cgt-limits", "cgt-nested", "cgt-stopped"]


def test_labels_are_the_engines_matter(v1):
    asked = []

    def answers(path):
        asked.append(path)
        return v1._answer(path)

    v1.engine = type(v1.engine)(v1.serve(answers))
    gather(v1.engine, v1.kernel, None, ["classroom.student=ashu"], [], 0)
    assert any("filters=" in path and "classroom.student" in path for path in asked)
