# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This module utility is private to the collection.

"""The limits of a container, each as Docker's option, as HostConfig's field and as the kernel's file.

One class a rule, one instance a limit. To add a limit is to add an instance beside its class, and, as
documentation, an option to the module cgroup_check.
"""

from __future__ import annotations

from typing import Any

from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.module_utils._limit_cpu import CPU
from ansible_collections.classroom.containers.plugins.module_utils._limit_device import BLKIO_WEIGHT, Device, DeviceRate, DeviceWeight
from ansible_collections.classroom.containers.plugins.module_utils._limit_memory import MEMORY, SHM_SIZE
from ansible_collections.classroom.containers.plugins.module_utils._limit_process import PIDS, ULIMITS, Ulimit

#: The limits that have one value, by Docker's word.
SINGLE = {limit.name: limit for limit in (*MEMORY, *CPU, PIDS, BLKIO_WEIGHT, SHM_SIZE)}

_RATES = {
    "device_read_bps": ("BlkioDeviceReadBps", "rbps"),
    "device_write_bps": ("BlkioDeviceWriteBps", "wbps"),
    "device_read_iops": ("BlkioDeviceReadIOps", "riops"),
    "device_write_iops": ("BlkioDeviceWriteIOps", "wiops"),
}

#: Every option of a requirement, in the order in which findings come.
NAMES = (*SINGLE, "blkio_weight_device", *_RATES, "devices", "ulimits")

#: The options of a requirement as an argument spec.
LIMIT_ARGUMENTS = {
    **{name: {"type": "bool" if name == "oom_kill_disable" else "str"} for name in SINGLE},
    "blkio_weight_device": {
        "type": "list",
        "elements": "dict",
        "options": {"path": {"type": "str", "required": True}, "weight": {"type": "str", "required": True}},
    },
    **{
        name: {
            "type": "list",
            "elements": "dict",
            "options": {"path": {"type": "str", "required": True}, "rate": {"type": "str", "required": True}},
        }
        for name in _RATES
    },
    "devices": {"type": "list", "elements": "str"},
    "ulimits": {"type": "list", "elements": "str"},
}


def requirement(name: str, asked: Any) -> list:
    """The pairs (limit, value in its unit) of one option of a requirement.

    :raises ClassroomError: there is no such limit, or the value is not one for it; the message names the limit
    """
    try:
        if name in SINGLE:
            return [(SINGLE[name], SINGLE[name].parse(asked))]
        return [(limit, limit.parse(value)) for limit, value in _items(name, asked)]
    except ClassroomError as exc:
        raise ClassroomError(f"{name}: {exc}") from exc


def _items(name: str, asked: Any) -> list:
    if name not in NAMES:
        raise ClassroomError(f"there is no such limit: {', '.join(NAMES)}")
    if not isinstance(asked, list):
        raise ClassroomError(f"{asked!r} is not a list")
    items = [_item(name, entry) for entry in asked]
    keys = [limit.key for limit, _value in items]
    for key in keys:
        if keys.count(key) > 1:
            raise ClassroomError(f"{key!r} is named twice")
    return items


def _item(name: str, entry: Any) -> tuple:
    if name == "ulimits":
        key, _equals, value = str(entry).partition("=")
        if key not in ULIMITS:
            raise ClassroomError(f"{key!r} is not a ulimit: {', '.join(ULIMITS)}")
        return Ulimit(key), value
    if name == "devices":
        return Device(_device_path(str(entry).partition(":")[0])), str(entry)
    word = "weight" if name == "blkio_weight_device" else "rate"
    if not isinstance(entry, dict) or set(entry) != {"path", word}:
        raise ClassroomError(f"{entry!r} is not of path and {word}")
    path = _device_path(entry["path"])
    if name == "blkio_weight_device":
        return DeviceWeight(path), entry["weight"]
    field, word = _RATES[name]
    return DeviceRate(name, field, path, word), entry["rate"]


def _device_path(path: Any) -> str:
    if not isinstance(path, str) or not path.startswith("/"):
        raise ClassroomError(f"{path!r} is not a device's path on the host, such as /dev/sda")
    return path


def parse_limits(limits: dict) -> list:
    """The pairs (limit, value in its unit) of all the options of a requirement.

    :param limits: values by Docker's word; None is the same as left out
    :raises ClassroomError: a value is wrong, or less or more than its fellow allows; the message names the limit
    """
    pairs = [pair for name, asked in limits.items() if asked is not None for pair in requirement(name, asked)]
    amounts = {limit.name: value for limit, value in pairs if isinstance(value, int)}
    memory = amounts.get("memory")
    if memory and amounts.get("memory_swap", memory) < memory:
        raise ClassroomError(f"memory_swap: {amounts['memory_swap']} is less than memory, which is {memory}: it is the sum of memory and swap")
    if memory and amounts.get("memory_reservation", memory) > memory:
        raise ClassroomError(f"memory_reservation: {amounts['memory_reservation']} is more than memory, which is {memory}")
    return pairs


def check_creatable(limits: dict) -> None:
    """Refuse limits that Docker would refuse together when it creates a container.

    :param limits: as for parse_limits
    :raises ClassroomError: a value is wrong by itself or beside another; the message names the limit
    """
    given = {limit.name for limit, asked in parse_limits(limits) if asked != limit.nothing}
    if "memory_swap" in given and "memory" not in given:
        raise ClassroomError("memory_swap: Docker takes it only together with memory: it is the sum of memory and swap")
    if "cpus" in given and {"cpu_quota", "cpu_period"} & given:
        raise ClassroomError("cpus: Docker takes either cpus, or cpu_quota and cpu_period")
