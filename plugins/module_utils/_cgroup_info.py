# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This module utility is private to the collection.

"""Every container's limits and use in one pass: the flow of the module cgroup_info."""

from __future__ import annotations

import time
from typing import Any

from ansible_collections.classroom.containers.plugins.module_utils._cgroups import V1, Kernel, Life
from ansible_collections.classroom.containers.plugins.module_utils._container_limits import SINGLE
from ansible_collections.classroom.containers.plugins.module_utils._engine import Engine, container_path, select
from ansible_collections.classroom.containers.plugins.module_utils._limits import UNLIMITED, check_range
from ansible_collections.classroom.containers.plugins.module_utils._observe import Observation, name_of, observe_listed

#: The limits that are shown: those of the resources that containers of one host compete for.
SHOWN = ("memory", "memory_swap", "memory_reservation", "cpus", "cpu_shares", "cpuset_cpus", "pids_limit")
#: What can be read of a container.
PARTS = ("limits", "usage", "io", "pressure", "cgroups", "labels")
#: The longest sample (seconds).
_SAMPLE_MAX = 60
_CONTROLLERS = ("memory", "cpu", "cpuset", "pids", "blkio", "io")


def check_sample(seconds: float) -> None:
    """Refuse what is no time between two readings.

    :raises ClassroomError: it is out of range
    """
    check_range(seconds, 0, _SAMPLE_MAX, "sample")


def gather(engine: Engine, kernel: Kernel, names: list | None, labels: list | None, parts: list, sample: float) -> dict:
    """What the module returns.

    :param names: patterns of names; all containers without
    :param labels: labels that a container must carry
    :param parts: which of PARTS to return
    :param sample: seconds between two readings of CPU time; 0 for one reading and no percentage
    :raises ClassroomError: sample is out of range
    :raises EngineError: the engine does not answer
    :raises KernelError: there is no cgroup file system
    """
    check_sample(sample)
    info = engine.get("/info")
    host = {
        "mode": kernel.mode,
        "driver": info["CgroupDriver"],
        "controllers": {name: version for name in _CONTROLLERS for version in [kernel.version_of(name)] if version},
        "cpus_online": kernel.read("/sys/devices/system/cpu/online") or "",
        "memory_total": info["MemTotal"],
        "engine_version": info["ServerVersion"],
    }
    memory_total = info["MemTotal"]

    def read(life: Life, container: dict) -> dict:
        reading = {"at": time.monotonic_ns()}
        if "limits" in parts:
            reading["limits"] = _limits(kernel, life, container["HostConfig"])
        if "usage" in parts:
            reading["usage"] = read_usage(kernel, life, memory_total)
        if "io" in parts:
            reading["io"] = _io(kernel, life, container["HostConfig"]["NetworkMode"])
        if "pressure" in parts:
            reading["pressure"] = _pressure(kernel, life)
        if "cgroups" in parts:
            reading["cgroups"] = {name: directory.path for name, directory in life.directories.items()}
        return reading

    listed = {item["Id"]: item for item in engine.containers(labels)}
    ids = select(list(listed.values()), names)
    engine.expect(map(container_path, ids))
    observations = [observe_listed(engine, kernel, listed[identity], read) for identity in ids]
    if sample and "usage" in parts:
        time.sleep(sample)
        for observation in observations:
            add_percentage(kernel, observation)
    return {"host": host, "containers": [_returned(observation, parts) for observation in observations if observation.verdict != "absent"]}


def _limits(kernel: Kernel, life: Life, host: dict) -> dict:
    shown = {}
    for name in SHOWN:
        limit = SINGLE[name]
        value = limit.enforced(kernel, life)
        shown[name] = {
            "declared": limit.show(limit.declared(host, kernel)),
            "enforced": limit.show(value.own),
            "effective": limit.show(value.effective),
            "effective_at": value.effective_at if value.effective != value.own else "",
        }
    return shown


def read_numbers(kernel: Kernel, path: str) -> dict:
    """A flat keyed file such as memory.stat; empty where there is none."""
    return dict(line.split(" ", 1) for line in (kernel.read(path) or "").splitlines())


def _number(kernel: Kernel, path: str) -> int | None:
    text = kernel.read(path)
    return int(text) if text and text.isdigit() else None


def read_usage(kernel: Kernel, life: Life, memory_total: int) -> dict:
    """What a container uses, as the module's return value ``usage`` describes it.

    :param memory_total: the host's memory in bytes; 0 where no percentage is wanted
    """
    usage: dict[str, Any] = {"cpu_percent": None}
    usage.update(_memory(kernel, life, memory_total))
    usage.update(_cpu(kernel, life))
    pids = life.directory("pids")
    usage["pids"] = _number(kernel, f"{pids.path}/pids.current") if pids else None
    return usage


def _memory(kernel: Kernel, life: Life, memory_total: int) -> dict:
    directory = life.directory("memory")
    if directory is None:
        return dict.fromkeys(("memory", "memory_limit", "memory_percent", "memory_peak", "oom_kills"))
    if directory.version == V1:
        current, peak, events, cache = "memory.usage_in_bytes", "memory.max_usage_in_bytes", "memory.oom_control", "total_inactive_file"
    else:
        current, peak, events, cache = "memory.current", "memory.peak", "memory.events", "inactive_file"
    used = _number(kernel, f"{directory.path}/{current}")
    inactive = int(read_numbers(kernel, f"{directory.path}/memory.stat").get(cache, 0))
    if used is not None and inactive < used:
        # As docker stats counts: what the kernel can drop at once is not in use.
        used -= inactive
    limit = SINGLE["memory"].enforced(kernel, life).effective
    limit = memory_total if limit in (UNLIMITED, None) else min(limit, memory_total)
    kills = read_numbers(kernel, f"{directory.path}/{events}").get("oom_kill")
    return {
        "memory": used,
        "memory_limit": limit,
        "memory_percent": round(100 * used / limit, 2) if used is not None and limit else None,
        "memory_peak": _number(kernel, f"{directory.path}/{peak}"),
        "oom_kills": int(kills) if kills else 0 if kills == "0" else None,
    }


def cpu_time(kernel: Kernel, life: Life) -> int | None:
    """Nanoseconds of CPU time since the cgroup was made."""
    directory = life.directory("cpuacct")
    if directory:
        return _number(kernel, f"{directory.path}/cpuacct.usage")
    directory = life.directory("cpu") or life.directory("unified")
    microseconds = read_numbers(kernel, f"{directory.path}/cpu.stat").get("usage_usec") if directory else None
    return int(microseconds) * 1000 if microseconds else None


def _cpu(kernel: Kernel, life: Life) -> dict:
    directory = life.directory("cpu")
    stat = read_numbers(kernel, f"{directory.path}/cpu.stat") if directory else {}
    throttled = int(stat["throttled_time"]) if "throttled_time" in stat else int(stat["throttled_usec"]) * 1000 if "throttled_usec" in stat else None
    return {
        "cpu_time": cpu_time(kernel, life),
        "cpu_periods": int(stat["nr_periods"]) if "nr_periods" in stat else None,
        "cpu_throttled_periods": int(stat["nr_throttled"]) if "nr_throttled" in stat else None,
        "cpu_throttled_time": throttled,
    }


def add_percentage(kernel: Kernel, observation: Observation) -> None:
    """Read the CPU time again and put its percentage into the reading, which holds ``usage`` and ``at``, nanoseconds of a monotonic clock."""
    if observation.life is None:
        return
    usage, before = observation.reading["usage"], observation.reading["at"]
    now, used = time.monotonic_ns(), cpu_time(kernel, observation.life)
    if None not in (used, usage["cpu_time"]) and kernel.still(observation.life):
        usage["cpu_percent"] = round(100 * (used - usage["cpu_time"]) / (now - before), 2)


def _io(kernel: Kernel, life: Life, network: str) -> dict:
    if network == "host":
        return dict(_block_io(kernel, life), network_received=None, network_sent=None)
    received = sent = 0
    # A name may have what splitlines takes for the end of a line.
    for line in (kernel.read(f"/proc/{life.pid}/net/dev") or "").split("\n")[2:]:
        name, _colon, counters = line.partition(":")
        if counters and name.strip() != "lo":
            fields = counters.split()
            received, sent = received + int(fields[0]), sent + int(fields[8])
    return dict(_block_io(kernel, life), network_received=received, network_sent=sent)


def _block_io(kernel: Kernel, life: Life) -> dict:
    directory = life.directory("blkio") or life.directory("io")
    if directory is None:
        return {"block_read": None, "block_written": None}
    text = kernel.read(f"{directory.path}/{'blkio.throttle.io_service_bytes_recursive' if directory.version == V1 else 'io.stat'}")
    if text is None:
        # The controller may be at work above the container alone.
        return {"block_read": None, "block_written": None}
    if directory.version == V1:
        entries = [line.split()[1:] for line in text.splitlines() if line.count(" ") == 2]
        read, written = "Read", "Write"
    else:
        # Some kernels write several devices at the beginning of one line.
        entries = [part.split("=") for part in text.split() if "=" in part]
        read, written = "rbytes", "wbytes"
    return {
        "block_read": sum(int(value) for key, value in entries if key == read),
        "block_written": sum(int(value) for key, value in entries if key == written),
    }


def _pressure(kernel: Kernel, life: Life) -> dict:
    directory = life.directory("unified")
    found = {}
    for resource in ("cpu", "memory", "io"):
        lines = (kernel.read(f"{directory.path}/{resource}.pressure") or "").splitlines() if directory else []
        found[resource] = {line.split()[0]: _stall(line.split()[1:]) for line in lines} or None
    return found


def _stall(parts: list) -> dict:
    pairs = [part.split("=") for part in parts]
    return {key: int(value) if key == "total" else float(value) for key, value in pairs}


def _returned(observation: Observation, parts: list) -> dict:
    container = observation.container
    state = container["State"]
    returned = {
        "name": name_of(container),
        "id": container["Id"],
        "image": container["Config"]["Image"],
        "status": state["Status"],
        "pid": state["Pid"],
        "started_at": state["StartedAt"],
        "restart_count": container["RestartCount"],
        "oom_killed": state["OOMKilled"],
        "exit_code": state["ExitCode"],
        "read": observation.life is not None,
        "reason": observation.reason,
    }
    reading = dict(observation.reading or {}, labels=container["Config"]["Labels"] or {})
    returned.update((part, reading.get(part, {})) for part in PARTS if part in parts)
    return returned
