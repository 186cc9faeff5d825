# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This module utility is private to the collection.
"""What people get wrong about limits: units, a word in the place of another, what belongs together. For hints only: nothing is graded by it."""

from __future__ import annotations

from typing import Any

from ansible_collections.classroom.containers.plugins.module_utils import _limits as units
from ansible_collections.classroom.containers.plugins.module_utils._container_limits import SINGLE
from ansible_collections.classroom.containers.plugins.module_utils._limit import Bytes, Limit
from ansible_collections.classroom.containers.plugins.module_utils._limit_cpu import Cpus
from ansible_collections.classroom.containers.plugins.module_utils._docker_run import after_image

_SUFFIXES = ("k", "m", "g")
#: The limits that a command may have beside the one that was forgotten.
_BESIDE = ("memory", "cpu_shares", "cpus", "pids_limit", "cpuset_cpus", "memory_reservation")


def mistake(limit: Limit, asked: Any, declared: Any, container: dict) -> str:
    """What went wrong with a limit, as a sentence without its end; empty where that is not known.

    :param asked: in the limit's unit
    :param declared: what Docker declares, in the same
    :param container: what the engine says of it
    """
    rules = (_swapped_places, _misplaced, _weight_and_time, _quota_and_period, _swap, _size, _tenfold)
    return next(filter(None, (rule(limit, asked, declared, container) for rule in rules)), "")


def beside(limit: Limit, container: dict) -> str:
    """The options of other limits that a container was created with, for what was forgotten beside them; empty without any."""
    host = container["HostConfig"]
    names = [name for name in _BESIDE if name != limit.name and _is_set(name, host)]
    return " and ".join(_flag(name, host) for name in names)


def _is_set(name: str, host: dict) -> bool:
    if name == "cpus":
        return _cpus(host)[0] > 0
    return host.get(SINGLE[name].field) not in (None, "", 0, -1)


def _flag(name: str, host: dict) -> str:
    """The option that set a limit: of CPU time there are two."""
    return SINGLE["cpu_quota" if name == "cpus" and not host.get("NanoCpus") else name].flag


def _misplaced(limit: Limit, _asked: Any, declared: Any, container: dict) -> str:
    option = after_image(container, limit.flag) if declared == limit.nothing else ""
    return f"{option} stands after the image, where it is an argument of its program" if option else ""


def _weight_and_time(limit: Limit, asked: Any, declared: Any, container: dict) -> str:
    host = container["HostConfig"]
    if declared != limit.nothing:
        return ""
    if limit.name == "cpu_shares" and _is_set("cpus", host):
        told = SINGLE["cpus"].words(_cpus(host))
        return f"{_flag('cpus', host)} limits the time, to {told}, and is no weight: --cpu-shares {asked} counts only while others want the CPU, too"
    if isinstance(limit, Cpus) and _is_set("cpu_shares", host):
        shares = host["CpuShares"]
        return f"--cpu-shares {shares} is a weight among those that want the CPU at the same time, and limits nothing while it is idle"
    return ""


def _cpus(host: dict) -> tuple:
    if host.get("NanoCpus"):
        return host["NanoCpus"], 10**9
    return max(host.get("CpuQuota") or 0, 0), host.get("CpuPeriod") or units.PERIOD_DEFAULT


def _quota_and_period(limit: Limit, asked: Any, _declared: Any, container: dict) -> str:
    host = container["HostConfig"]
    quota, period = host.get("CpuQuota") or 0, host.get("CpuPeriod") or 0
    if quota <= 0 or not period:
        return ""
    if isinstance(limit, Cpus):
        swapped = isinstance(asked, tuple) and quota * asked[0] == period * asked[1] and quota != period
    else:
        swapped = (limit.name == "cpu_quota" and period == asked) or (limit.name == "cpu_period" and quota == asked)
    return f"--cpu-quota {quota} and --cpu-period {period} are the wrong way round: the quota is the part of the period that it may use" if swapped else ""


def _swap(limit: Limit, asked: Any, declared: Any, container: dict) -> str:
    memory = container["HostConfig"].get("Memory") or 0
    if limit.name != "memory_swap" or not memory or not isinstance(asked, int):
        return ""
    if declared == memory:
        return "--memory-swap is memory and swap together, and the same as --memory: that leaves no swap"
    if declared == asked - memory:
        return "--memory-swap is memory and swap together, and not the swap alone"
    if declared == memory + asked:
        return f"--memory-swap is memory and swap together: {units.format_bytes(asked)} in all, with the memory in it"
    return "Without --memory-swap, Docker takes twice the memory" if declared == 2 * memory else ""


def _swapped_places(limit: Limit, asked: Any, declared: Any, container: dict) -> str:
    other = {"memory": "memory_reservation", "memory_reservation": "memory"}.get(limit.name)
    if other and declared == limit.nothing and container["HostConfig"].get(SINGLE[other].field) == asked:
        return f"{SINGLE[other].flag} says how much, and {limit.flag} was meant: --memory is the limit, and --memory-reservation what is kept for it"
    return ""


def _size(limit: Limit, asked: Any, declared: Any, _container: dict) -> str:
    if not isinstance(limit, Bytes) or not isinstance(asked, int) or not isinstance(declared, int):
        return ""
    for power, suffix in enumerate(_SUFFIXES, 1):
        number, rest = divmod(declared, 1000**power)
        if not rest and number * 1024**power == asked:
            return f"That is {number} {suffix.upper()}B in powers of 1000: Docker's {number}{suffix} means {asked}"
        # A number that is not whole in the larger unit has been written in a smaller one.
        number, rest = divmod(asked, 1000**power)
        if not rest and number * 1024**power == declared:
            return f"Docker's {number}{suffix} means {declared}: {asked} has to be written without a suffix"
    if any(asked * 1024**power == declared or declared * 1024**power == asked for power in (1, 2, 3)):
        told, wanted = limit.option(declared).partition(" ")[2], limit.option(asked).partition(" ")[2]
        return f"The suffix is another one: {told} was said for {wanted}"
    return ""


def _tenfold(limit: Limit, asked: Any, declared: Any, _container: dict) -> str:
    if isinstance(limit, Cpus) and isinstance(asked, tuple) and isinstance(declared, tuple):
        one, other = asked[0] * declared[1], declared[0] * asked[1]
    elif isinstance(asked, int) and isinstance(declared, int) and not isinstance(asked, bool):
        one, other = asked, declared
    else:
        return ""
    if declared == limit.nothing:
        return ""
    for factor in (10, 100, 1000):
        if one * factor == other:
            return f"That is {factor} times as much: look at the zeros"
        if other * factor == one:
            return f"That is a {factor}th part of it: look at the zeros"
    return ""
