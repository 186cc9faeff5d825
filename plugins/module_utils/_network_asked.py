# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This module utility is private to the collection.

"""What may be asked of networks, and how it is read."""

from __future__ import annotations

import ipaddress
import re

from ansible_collections.classroom.containers.plugins.module_utils._cgroups import KERNEL_ARGUMENTS
from ansible_collections.classroom.containers.plugins.module_utils._engine import ENGINE_ARGUMENTS
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError, parse_at
from ansible_collections.classroom.containers.plugins.module_utils._findings import FINDINGS_ARGUMENTS, OWNER_ARGUMENTS
from ansible_collections.classroom.containers.plugins.module_utils._key_values import parse_labels
from ansible_collections.classroom.containers.plugins.module_utils._network_compare import COMPARED
from ansible_collections.classroom.containers.plugins.module_utils._observe import NAME_RULE, check_name, is_name

MEMBER_ARGUMENTS = {
    "container": {"type": "str", "required": True},
    "address": {"type": "str"},
    "address6": {"type": "str"},
    "step": {"type": "str"},
}
#: One requirement of network_check as an argument spec.
REQUIREMENT_ARGUMENTS = {
    "name": {"type": "str", "required": True},
    **OWNER_ARGUMENTS,
    "driver": {"type": "str"},
    "subnet": {"type": "str"},
    "gateway": {"type": "str"},
    "bridge": {"type": "str"},
    "mtu": {"type": "int"},
    "internal": {"type": "bool"},
    "attachable": {"type": "bool"},
    "ipv6": {"type": "bool"},
    "subnet6": {"type": "str"},
    "gateway6": {"type": "str"},
    "icc": {"type": "bool"},
    "masquerade": {"type": "bool"},
    "host_binding": {"type": "str"},
    "labels": {"type": "dict"},
    "members": {"type": "list", "elements": "dict", "options": MEMBER_ARGUMENTS},
    "members_only": {"type": "bool"},
}
#: The argument spec of network_check.
ARGUMENTS = {
    **ENGINE_ARGUMENTS,
    **KERNEL_ARGUMENTS,
    **FINDINGS_ARGUMENTS,
    "networks": {"type": "list", "elements": "dict", "required": True, "options": REQUIREMENT_ARGUMENTS},
}
#: The kernel has 16 bytes for an interface's name and the end of it.
_DEVICE = re.compile(r"(?!\.{1,2}$)[^\s/:]{1,15}")


def parse_network_name(text: str) -> str:
    """The name of a network.

    :raises ClassroomError: it is none
    """
    if not is_name(text):
        raise ClassroomError(f"{text!r} is not a network's name: {NAME_RULE}")
    return text


def parse_subnet(text: str) -> str:
    """A subnet as ``docker network create --subnet`` takes it.

    :raises ClassroomError: it is none, or an address in one
    """
    try:
        if "/" not in text:
            raise ValueError("it has no prefix")
        return str(ipaddress.ip_network(text))
    except ValueError as exc:
        raise ClassroomError(f"{text!r} is not a subnet, such as 192.168.1.0/24: {exc}") from exc


def parse_address(text: str) -> str:
    """An address without a prefix.

    :raises ClassroomError: it is none
    """
    try:
        return str(ipaddress.ip_address(text))
    except ValueError as exc:
        raise ClassroomError(f"{text!r} is not an address, such as 192.168.1.100: {exc}") from exc


def parse_address4(text: str) -> str:
    """An address of IPv4 without a prefix, as ``--ip`` and ``host_binding_ipv4`` take it.

    :raises ClassroomError: it is none
    """
    address = parse_address(text)
    if ":" in address:
        raise ClassroomError(f"{text!r} is not an address of IPv4, such as 192.168.1.100")
    return address


def _parse_subnet6(text: str) -> str:
    subnet = parse_subnet(text)
    if ":" not in subnet:
        raise ClassroomError(f"{text!r} is not a subnet of IPv6, such as fd00:0:c0a8:100::/64")
    return subnet


def _parse_address6(text: str) -> str:
    address = parse_address(text)
    if ":" not in address:
        raise ClassroomError(f"{text!r} is not an address of IPv6, such as fd00:0:c0a8:100::1")
    return address


def _parse_bridge(name: str) -> str:
    if not _DEVICE.fullmatch(name):
        raise ClassroomError(f"{name!r} is not the name of a bridge: it has 1 to 15 characters, none of them white space, a slash or a colon")
    return name


def _parse_members(members: list) -> list:
    parsed = []
    for member in members:
        check_name(member["container"], "container")
        parse = {"address": parse_address4, "address6": _parse_address6}
        parsed.append(dict(member, **{key: parse[key](member[key]) if member.get(key) else "" for key in parse}))
    return parsed


def _parse_mtu(value: int) -> int:
    if not 68 <= value <= 65535:
        raise ClassroomError(f"{value} is out of range: it must be from 68 to 65535")
    return value


_PARSED = {
    "subnet": parse_subnet,
    "gateway": parse_address,
    "subnet6": _parse_subnet6,
    "gateway6": _parse_address6,
    "bridge": _parse_bridge,
    "host_binding": parse_address4,
    "mtu": _parse_mtu,
    "members": _parse_members,
    "labels": parse_labels,
}


def parse_attributes(requirement: dict) -> dict:
    """What a requirement asks for, by attribute.

    :raises ClassroomError: it asks for nothing, or an attribute is wrong; the message names it
    """
    asked = {
        attribute: parse_at(attribute, _PARSED.get(attribute, lambda given: given), value)
        for attribute in COMPARED
        if (value := requirement.get(attribute)) not in (None, [], {}) and (value or attribute != "members_only")
    }
    if not asked:
        raise ClassroomError("it asks for nothing: name at least one attribute")
    return asked


def parse_requirement(index: int, requirement: dict) -> dict:
    """A requirement of network_check.

    :param index: its place in the option ``networks``
    :raises ClassroomError: an attribute is wrong; the message names it
    """
    where = f"networks[{index}] ({requirement['name']})"
    parse_at(f"{where}: name", parse_network_name, requirement["name"])
    return parse_at(where, parse_attributes, requirement)
