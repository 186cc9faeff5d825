# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This module utility is private to the collection.

"""What systemd would write again: it keeps limits of its own for a scope, and sets them anew when a unit beside it starts."""

from __future__ import annotations

import re
from typing import Any, Callable

from ansible_collections.classroom.containers.plugins.module_utils import _limits as units
from ansible_collections.classroom.containers.plugins.module_utils._cgroups import V2, Life
from ansible_collections.classroom.containers.plugins.module_utils._limits import UNLIMITED

#: The property of a scope that stands for a limit.
PROPERTIES = {
    "memory": "MemoryMax",
    "memory_swap": "MemorySwapMax",
    "cpus": "CPUQuotaPerSecUSec",
    "cpu_quota": "CPUQuotaPerSecUSec",
    "cpu_shares": "CPUWeight",
    "pids_limit": "TasksMax",
    "blkio_weight": "IOWeight",
}
_INFINITY = ("infinity", str(2**64 - 1))
#: What systemd writes for a weight that is not set; pids.max and the others are then infinity.
_WEIGHT_UNSET = ("[not set]", str(2**64 - 1))
_TIME = re.compile(r"([0-9.]+)(us|ms|s|min|h|d)")
_MICROSECONDS = {"us": 1, "ms": 10**3, "s": 10**6, "min": 60 * 10**6, "h": 3600 * 10**6, "d": 86400 * 10**6}


def asking(module: Any, root: str) -> Callable:
    """What asks the host's systemd: called with a command as a list, it returns the standard output, empty where there is nobody to ask.

    :param module: the AnsibleModule
    :param root: the folder of the kernel's files: another root's systemd cannot be asked, and not every host has one
    """
    return lambda command: module.run_command(command)[1] if root == "/" and module.get_bin_path(command[0]) else ""


def scope_of(life: Life) -> str | None:
    """The systemd scope that holds a container, on cgroup v2 under the systemd driver; else None."""
    directory = life.directory("memory") or life.directory("cpu")
    name = directory.path.rpartition("/")[2] if directory and directory.version == V2 else ""
    return name if name.endswith(".scope") else None


def properties(scopes: list, run: Callable) -> dict:
    """The properties of scopes, in one call of systemctl.

    :param run: called with the command as a list; returns its standard output, empty where it failed
    """
    if not scopes:
        return {}
    shown = run(["systemctl", "show", *scopes, "--property=Id,LoadState," + ",".join(sorted(set(PROPERTIES.values())))])
    blocks = [dict(line.partition("=")[::2] for line in block.splitlines()) for block in shown.split("\n\n")]
    # Of a unit that it does not know, such as a rootless engine's, systemd shows defaults.
    return {block["Id"]: block for block in blocks if "Id" in block and block.get("LoadState") == "loaded"}


def pending(name: str, own: Any, declared: dict, held: dict, page: int) -> str:
    """What systemd would change, as ``property=value``; empty where it holds the same as the kernel.

    :param name: the limit
    :param own: the kernel's value now
    :param declared: HostConfig
    :param held: the properties of the scope
    :param page: bytes of a page of the kernel
    """
    text = held.get(PROPERTIES.get(name, ""), "")
    if not text or own is None:
        return ""
    if name in ("cpus", "cpu_quota"):
        same = _same_quota(name, own, declared, text)
    elif name in ("cpu_shares", "blkio_weight"):
        weight = own[0] if isinstance(own, tuple) else own
        same = str(weight) == (str(units.WEIGHT_DEFAULT) if text in _WEIGHT_UNSET else text)
    elif text in _INFINITY:
        same = own == UNLIMITED
    elif not text.isdigit():
        same = True
    elif name == "pids_limit":
        same = own == int(text)
    else:
        size = units.page_floor(int(text), page)
        same = own == (size + units.page_floor(declared.get("Memory") or 0, page) if name == "memory_swap" else size)
    return "" if same else f"{PROPERTIES[name]}={text}"


def _same_quota(name: str, own: Any, declared: dict, text: str) -> bool:
    if text in _INFINITY or own == UNLIMITED:
        return own == UNLIMITED and text in _INFINITY
    quota, period = own if name == "cpus" else (own, declared.get("CpuPeriod") or units.PERIOD_DEFAULT)
    # A timespan such as "1s 340ms".
    per_second = round(sum(float(number) * _MICROSECONDS[unit] for number, unit in _TIME.findall(text)))
    return per_second == quota * 10**6 // period or quota == per_second * period // 10**6
