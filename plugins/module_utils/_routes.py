# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This module utility is private to the collection.

"""The routes of a network namespace, and its addresses of IPv6, as the kernel tells them."""

from __future__ import annotations

import ipaddress
from typing import Any, NamedTuple


class Route(NamedTuple):
    """One route.

    :param device: the interface that it goes by
    :param subnet: where it leads to
    :param router: the address on the way there; empty where there is none
    """

    device: str
    subnet: Any
    router: str


def parse_routes(text: str) -> list:
    """The routes in the text of a /proc/PID/net/route."""
    found = []
    for fields in map(str.split, text.splitlines()[1:]):
        if len(fields) > 7:
            # The kernel prints the addresses as it has them in memory.
            address, router, mask = (int.from_bytes(bytes.fromhex(fields[place]), "little") for place in (1, 2, 7))
            subnet = ipaddress.IPv4Network((address, bin(mask).count("1")))
            found.append(Route(fields[0], subnet, str(ipaddress.IPv4Address(router)) if router else ""))
    return found


def parse_routes6(text: str) -> list:
    """The routes in the text of a /proc/PID/net/ipv6_route."""
    found = []
    for fields in map(str.split, text.splitlines()):
        if len(fields) > 9:
            subnet = ipaddress.IPv6Network((int(fields[0], 16), int(fields[1], 16)))
            router = int(fields[4], 16)
            found.append(Route(fields[9], subnet, str(ipaddress.IPv6Address(router)) if router else ""))
    return found


def parse_addresses6(text: str) -> list:
    """The interfaces and addresses in the text of a /proc/PID/net/if_inet6, as pairs, without those of one link alone."""
    found = []
    for fields in map(str.split, text.splitlines()):
        address = ipaddress.IPv6Address(int(fields[0], 16)) if len(fields) > 5 else None
        if address and not address.is_link_local:
            found.append((fields[5], str(address)))
    return found
