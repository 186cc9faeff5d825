# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This module utility is private to the collection.

"""The network of a process as the kernel has it: addresses, routes, and where the other ends of its interfaces are on the host."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Callable

from ansible_collections.classroom.containers.plugins.module_utils import _interfaces
from ansible_collections.classroom.containers.plugins.module_utils._cgroups import Kernel
from ansible_collections.classroom.containers.plugins.module_utils._routes import parse_addresses6, parse_routes, parse_routes6

#: The files that have the addresses of IPv4 and of IPv6.
ADDRESSES4, ADDRESSES6 = "fib_trie", "if_inet6"
#: The process whose network is the host's.
HOST = "1"
_LOCAL = re.compile(r"\|-- ([0-9.]+)\n\s+/32 host LOCAL")
#: An interface that is up listens to its group of all hosts, and is in dev_mcast with its number.
_NUMBERED = re.compile(r"^([0-9]+)\s+(\S+)\s", re.MULTILINE)


#: What a host with many networks says of them is long, and parsed once for all of them.
_ROUTES = {4: lru_cache(maxsize=16)(parse_routes), 6: lru_cache(maxsize=16)(parse_routes6)}


@dataclass(frozen=True)
class Reading:
    """The network of a container.

    :param addresses: of each file of addresses, those in it
    :param routes: to the subnets that it is on, as pairs of subnet and interface
    :param numbers: of each interface, its number in the container
    :param ends: of each number, the host's interface that is the other end; None where the kernel does not tell
    :param bridges: of each of these, the bridge that it is a port of; empty where it is of none
    """

    addresses: dict
    routes: list
    numbers: dict
    ends: dict | None
    bridges: dict


class HostEnds:
    """Which interfaces of the host are other ends of containers' own.

    The host has hundreds, and the kernel tells of all at once: it is asked once for all containers.
    """

    def __init__(self) -> None:
        self._told: dict | None = None

    def __call__(self, kernel: Kernel, pid: int) -> dict | None:
        """The names of a container's, by the numbers of its own interfaces; None where the kernel does not tell.

        :param pid: a process of the container
        """
        # The kernel that would be asked is not the one that other files tell of.
        if kernel.root:
            return None
        try:
            namespace = _interfaces.namespace_of(pid)
            if self._told is None:
                self._told = _interfaces.host_ends()
        except OSError:
            return None
        return self._told.get(namespace, {})


def read_network(kernel: Kernel, pid: int, ends: Callable) -> Reading:
    """The network of a container.

    :param pid: a process of it
    :param ends: as HostEnds
    :raises KernelError: a file is there, and this user may not read it
    """
    found = ends(kernel, pid)
    routes = [*(routes_of(kernel, str(pid), 4) or ()), *(routes_of(kernel, str(pid), 6) or ())]
    bridges = {}
    for number, name in (found or {}).items():
        if kernel.read(f"/sys/class/net/{name}/iflink") == str(number):
            bridges[name] = (kernel.link(f"/sys/class/net/{name}/master") or "").rpartition("/")[2]
    return Reading(
        addresses={file: [address for _device, address in addresses_of(kernel, str(pid), file) or ()] for file in (ADDRESSES4, ADDRESSES6)},
        routes=[(str(route.subnet), route.device) for route in routes if not route.router],
        numbers={name: int(number) for number, name in _NUMBERED.findall(kernel.read(f"/proc/{pid}/net/dev_mcast") or "")},
        ends=found,
        bridges=bridges,
    )


def addresses_of(kernel: Kernel, process: str, file: str) -> list | None:
    """The addresses of the network namespace that a process is in, each after its interface; None where there is no such file.

    Of IPv4, the file does not tell by which interface, and the text is empty.
    """
    text = _text(kernel, process, file)
    if text is None:
        return None
    return parse_addresses6(text) if file == ADDRESSES6 else _local(text)


def _text(kernel: Kernel, process: str, file: str) -> str | None:
    path = f"/proc/{process}/net/{file}"
    # The host's has a line for each of its networks.
    return kernel.read_once(path) if process == HOST else kernel.read(path)


@lru_cache(maxsize=16)
def _local(text: str) -> list:
    return sorted({("", address) for address in _LOCAL.findall(text)})


def routes_of(kernel: Kernel, process: str, family: int) -> list | None:
    """The routes of the network namespace that a process is in; None where there is no such file."""
    text = _text(kernel, process, route_file(family))
    return None if text is None else _ROUTES[family](text)


def route_file(family: int) -> str:
    """The file that has the routes of IPv4 or IPv6."""
    return "ipv6_route" if family == 6 else "route"


def family_of(text: str) -> int:
    """Whether an address or a subnet is of IPv4 or of IPv6."""
    return 6 if ":" in text else 4
