# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This plugin utility is private to the collection.

"""Class data in, networks of a lab out: every student's bridges, who is on them, what is asked of them, and what they must not collide with."""

from __future__ import annotations

import ipaddress
from typing import Any

from ansible_collections.classroom.containers.plugins.module_utils._engine import own_names
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError, parse_at
from ansible_collections.classroom.containers.plugins.module_utils._findings import owner
from ansible_collections.classroom.containers.plugins.module_utils._key_values import parse_labels
from ansible_collections.classroom.containers.plugins.module_utils._limits import parse_integer
from ansible_collections.classroom.containers.plugins.module_utils._network_asked import REQUIREMENT_ARGUMENTS, parse_attributes
from ansible_collections.classroom.containers.plugins.module_utils._network_compare import OPTIONS
from ansible_collections.classroom.containers.plugins.module_utils._network_seen import bridge_of
from ansible_collections.classroom.containers.plugins.module_utils._routes import parse_routes, parse_routes6
from ansible_collections.classroom.containers.plugins.plugin_utils._answers import ADDRESS, check_keys
from ansible_collections.classroom.containers.plugins.plugin_utils._asked import attributes_of, typed
from ansible_collections.classroom.containers.plugins.plugin_utils._ownership import made_for
from ansible_collections.classroom.containers.plugins.plugin_utils._seats import check_name, check_pools, seats, subnet_of

_FLAGS = {"internal": False, "attachable": False, "ipv6": False, "icc": True, "masquerade": True}
_NETWORK_KEYS = {"name", "pool", "gateway", "mtu", "labels", *_FLAGS}
_MEMBER_KEYS = {"name", "address"}
#: A name that is looked up over DNS has no longer part.
_NAME_MAX = 63
_MTU = (68, 65535)
#: The first and the last number of an address in a /24 that a container or a gateway may have.
_ADDRESSES = (1, 254)
#: How many subnets the scratch networks of a proof may have.
_SCRATCH = 4
_LOOPBACK = "lo"


def lab_networks(networks: list, lab: str, class_name: str, students: list, subnet_pools: Any = ()) -> list:
    """The networks of a lab: for every student, each of the lab's.

    :param networks: name, pool, gateway, mtu, labels, internal, attachable, ipv6, icc and masquerade of each
    :param subnet_pools: classroom_subnet_pools
    :raises ClassroomError: a network, a pool or a name is wrong; the message names the variable, the value and the rule
    """
    check_name(class_name, "classroom_name")
    pools = check_pools(subnet_pools)
    parsed: dict = {}
    if not isinstance(networks, (list, tuple)):
        raise ClassroomError(f"{lab}_networks: {networks!r}: it is a list of networks")
    for index, network in enumerate(networks):
        variable = f"{lab}_networks[{index}]"
        checked = _parse(network, variable, len(pools))
        if network["name"] in parsed:
            raise ClassroomError(f"{variable}: {network['name']!r} is there already: the names of a lab's networks are unique")
        for name, other in parsed.items():
            if other["pool"] == checked["pool"]:
                raise ClassroomError(f"{variable}.pool: {checked['pool']}: {name!r} has the seat's subnet of this pool already: give it another pool")
        parsed[network["name"]] = checked
    found: dict = {}
    for seat in seats(students, subnet_pools=subnet_pools):
        for step, network in parsed.items():
            made = _named(network, seat["subnets"][network["pool"] - 1], seat["name"], step, lab, class_name)
            if made["name"] in found:
                other = found[made["name"]]
                raise ClassroomError(
                    f"{lab}_networks: the network {made['name']!r} would be both {other['student']!r}'s {other['step']!r} and {seat['name']!r}'s {step!r}: "
                    "give a student another name"
                )
            found[made["name"]] = made
    return list(found.values())


def scratch_networks(networks: list, lab: str, class_name: str, subnet_pools: Any = ()) -> list:
    """The networks of the scratch containers of a lab's proof, in what no seat has: the /24 number 0 of the last pool.

    :param networks: as those of lab_networks, without C(pool)
    :raises ClassroomError: there are too many, or one is wrong
    """
    subnet = ipaddress.IPv4Network(subnet_of(check_pools(subnet_pools)[-1], 0, "a proof"))
    parts = list(subnet.subnets(prefixlen_diff=2))
    if len(networks) > _SCRATCH:
        raise ClassroomError(f"{len(networks)} scratch networks: there are at most {_SCRATCH}")
    return [
        _named(_parse(network, f"{lab}_networks[{index}]", 1), str(part), class_name, network["name"], lab, class_name)
        for index, (network, part) in enumerate(zip(networks, parts))
    ]


def _parse(network: Any, variable: str, pools: int) -> dict:
    check_keys(network, variable, _NETWORK_KEYS)
    parsed: dict = {}
    for key, default in _FLAGS.items():
        value = default if network.get(key) is None else network[key]
        if not isinstance(value, bool):
            raise ClassroomError(f"{variable}.{key}: {value!r}: it is true or false")
        parsed[key] = value
    for key, default, least, most in (("pool", 1, 1, pools), ("gateway", 1, *_ADDRESSES), ("mtu", 1500, *_MTU)):
        value = default if network.get(key) is None else network[key]
        try:
            parsed[key] = parse_integer(value, least, most)
        except ClassroomError as exc:
            raise ClassroomError(f"{variable}.{key}: {exc}") from exc
    labels = network.get("labels") or {}
    if not isinstance(labels, dict):
        raise ClassroomError(f"{variable}.labels: {labels!r}: it is a dictionary of labels")
    parsed["labels"] = parse_at(f"{variable}.labels", parse_labels, labels)
    # What is Docker's default anyway is not set, so that a student's network without it is the same.
    set_by_hand = {key: parsed[key] for key, default in (("icc", True), ("masquerade", True), ("mtu", 1500)) if parsed[key] != default}
    parsed["options"] = {OPTIONS[key][0]: str(value).lower() for key, value in set_by_hand.items()}
    return parsed


def _named(network: dict, subnet: str, student: str, step: str, lab: str, class_name: str) -> dict:
    name = student + step
    _check_length(name, f"{lab}_networks ({step})")
    block = ipaddress.IPv4Network(subnet)
    # The IPv4 subnet's digits in a local prefix of IPv6.
    digits = int(block.network_address)
    block6 = ipaddress.IPv6Network((0xFD << 120 | digits << 64, 64))
    return dict(
        network,
        name=name,
        student=student,
        step=step,
        lab=lab,
        class_name=class_name,
        subnet=str(block),
        gateway=str(block[network["gateway"]]),
        subnet6=str(block6),
        gateway6=str(block6[network["gateway"]]),
    )


def _check_length(name: str, variable: str) -> None:
    if len(name) > _NAME_MAX:
        raise ClassroomError(f"{variable}: {name!r} has {len(name)} characters: a name on a network has at most {_NAME_MAX}, or it could not be looked up")


def connected(containers: list, networks: list) -> list:
    """The containers of a lab with the networks that they are on by their whole names, and their addresses there.

    :param containers: as lab_containers makes them
    :param networks: as lab_networks makes them
    :raises ClassroomError: a container is to be on a network that the lab does not have, or has an address that it cannot have
    """
    known = {(network["student"], network["step"]): network for network in networks}
    taken: dict = {}
    found = []
    for container in containers:
        variable = f"{container['lab']}_answers ({container['step']})"
        _check_length(container["name"], variable)
        members: list = []
        for index, member in enumerate(container["networks"]):
            where = f"{variable}.networks[{index}]"
            if not isinstance(member, dict) or set(member) - _MEMBER_KEYS or "name" not in member:
                raise ClassroomError(f"{where}: {member!r}: it has a name and maybe an address, which is the number of one in the subnet")
            network = known.get((container["student"], member["name"]))
            if network is None:
                raise ClassroomError(f"{where}: {member['name']!r} is not a network of the lab: {', '.join(dict.fromkeys(step for _student, step in known))}")
            if network["name"] in [other["name"] for other in members]:
                raise ClassroomError(f"{where}: {member['name']!r} is there twice: a container is on a network once")
            address = _address(member.get("address"), network, where)
            _check_range(container, member["name"], network)
            holder = taken.setdefault((network["name"], address), container["name"]) if address else container["name"]
            if holder != container["name"]:
                raise ClassroomError(f"{where}.address: {member['address']}: {holder!r} has {address} already: addresses on a network are unique")
            members.append({"name": network["name"], "address": address})
        found.append(dict(container, networks=members))
    return found


def _address(number: Any, network: dict, where: str) -> str:
    if number is None:
        return ""
    block = ipaddress.IPv4Network(network["subnet"])
    try:
        address = str(block[parse_integer(number, 1, block.num_addresses - 2)])
    except ClassroomError as exc:
        raise ClassroomError(f"{where}.address: {exc}, to be one in {network['subnet']}") from exc
    if address == network["gateway"]:
        raise ClassroomError(f"{where}.address: {number}: {address} is the gateway of {network['name']}: give the container another")
    return address


def _check_range(container: dict, member: str, network: dict) -> None:
    """Refuse a range of addresses that is not in the subnet, or that the gateway is in, whether a seat has that one or not."""
    first, last = (container.get("varied") or {}).get(f"{ADDRESS}{member}", (None, None))
    where = f"{container['lab']}_variation.{container['step']}.{ADDRESS}{member}"
    for end in (first, last):
        _address(end, network, where)
    gateway = int(ipaddress.IPv4Address(network["gateway"])) - int(ipaddress.IPv4Network(network["subnet"]).network_address)
    if first is not None and first < gateway < last:
        raise ClassroomError(f"{where}: {gateway} is between {first} and {last}: it is the number of the gateway of {network['name']}")


def network_connections(containers: list) -> list:
    """For container_networks, the containers of a lab that are to be on networks, and these.

    :param containers: as connected makes them
    """
    return [{"name": container["name"], "networks": container["networks"]} for container in containers if container["networks"]]


def network_requirements(networks: list, containers: Any = ()) -> list:
    """What network_check is to check of a lab's networks.

    :param containers: those that are to be on them, as connected makes them
    """
    members: dict = {}
    for container in containers:
        for each in container["networks"]:
            members.setdefault(each["name"], []).append({"container": container["name"], "address": each["address"], "step": container["step"]})
    return [
        {
            "name": network["name"],
            **owner(network),
            "driver": "bridge",
            **{key: network[key] for key in ("subnet", "gateway", "mtu", *_FLAGS, *(("subnet6", "gateway6") if network["ipv6"] else ()))},
            # Compose v1 sets it on every network, and on one of a single host it does nothing.
            "attachable": network["attachable"] or None,
            "labels": network["labels"],
            "members": members.get(network["name"], []),
        }
        for network in networks
    ]


def engine_networks(default: Any, lab: str) -> list:
    """What network_check is to check of the networks that every engine has.

    :param default: LAB_default, what is asked of the default bridge
    :raises ClassroomError: it cannot be asked; the message names the variable, the value and the rule
    """
    variable = f"{lab}_default"
    parse_at(variable, parse_attributes, typed(default, attributes_of(REQUIREMENT_ARGUMENTS), variable))
    return [{**default, "name": "bridge", "lab": lab}, {"name": "host", "lab": lab, "driver": "host"}, {"name": "none", "lab": lab, "driver": "null"}]


def network_ownership(listed: list, containers: list, networks: list, class_name: str, lab: str, student: str = "", owned_containers: Any = ()) -> dict:
    """Which networks of the engine belong to a lab, those of its scratch containers included, and which only have the names of it.

    :param listed: the engine's list of its networks, with Name and Labels
    :param containers: the engine's list of its containers, with Names and NetworkSettings
    :param networks: the lab's networks
    :param student: only this student's networks are owned; all without a student
    :param owned_containers: names of the lab's own containers, which are in nobody's way
    :returns: ``owned``, names, those of students who left the class included; ``foreign``, names of the lab's that somebody else made;
        ``strangers``, for each owned network that others are on, too, their names
    """
    wanted = {network["name"] for network in networks if not student or network["student"] == student}
    owned, foreign = [], []
    for item in listed:
        labels = item.get("Labels") or {}
        if not made_for(labels, class_name, lab):
            foreign += [item["Name"]] if item["Name"] in wanted else []
        elif not student or labels.get("classroom.student") == student:
            owned.append(item["Name"])
    strangers: dict = {}
    for item in containers:
        names = own_names(item)
        if not set(names) & set(owned_containers):
            for network in (item.get("NetworkSettings") or {}).get("Networks") or ():
                if network in owned:
                    strangers.setdefault(network, []).extend(names)
    return {"owned": sorted(owned), "foreign": sorted(foreign), "strangers": {name: sorted(strangers[name]) for name in sorted(strangers)}}


def without_networks(containers: list, owned: Any, networks: Any) -> list:
    """For container_networks, those of a lab's own containers that are on some networks, with all others that they are on.

    :param containers: the engine's list of its containers
    :param owned: names of the lab's own
    :param networks: names of the networks that are to go
    """
    found = []
    for item in containers:
        names = [name for name in own_names(item) if name in owned]
        present = (item.get("NetworkSettings") or {}).get("Networks") or {}
        if names and set(present) & set(networks):
            found.append({"name": names[0], "networks": [{"name": network} for network in present if network not in networks]})
    return found


def subnet_collisions(networks: list, listed: list, routes: str, routes6: str = "") -> list:
    """The subnets of a lab's networks that overlap with those of others.

    A network that is there under the same name is the lab's own, or refused for another reason.

    :param listed: the engine's list of its networks, with Name, Id, Options and IPAM
    :param routes: the text of the host's /proc/net/route
    :param routes6: that of /proc/net/ipv6_route; empty where the host has no IPv6
    :returns: ``name`` and ``subnet`` of the lab's network, and ``by``, which has the addresses, with ``other``, theirs
    """
    names = {network["name"] for network in networks}
    others, devices = [], {_LOOPBACK}
    for item in listed:
        # The engine's bridges have routes, too, and are named once.
        devices.add(bridge_of(item))
        if item["Name"] not in names:
            for pool in (item.get("IPAM") or {}).get("Config") or ():
                if pool.get("Subnet"):
                    others.append((ipaddress.ip_network(pool["Subnet"], strict=False), f"the network {item['Name']}"))
    for route in parse_routes(routes) + parse_routes6(routes6):
        # Every interface has routes of IPv6 to its own link, and to groups.
        everywhere = not route.subnet.prefixlen or route.subnet.is_link_local or route.subnet.is_multicast
        if route.device not in devices and not everywhere:
            others.append((route.subnet, f"a route of the host by {route.device}"))
    return [
        {"name": network["name"], "subnet": network[key], "by": by, "other": str(other)}
        for network in networks
        for key in ("subnet", "subnet6")
        for other, by in others
        if (key == "subnet" or network["ipv6"]) and _overlap(ipaddress.ip_network(network[key]), other)
    ]


def _overlap(one: Any, other: Any) -> bool:
    return one.version == other.version and one.overlaps(other)


def default_router(routes: str) -> str:
    """The address that a host sends to what it knows no other route for; empty where there is none.

    :param routes: the text of the host's /proc/net/route
    """
    return next((route.router for route in parse_routes(routes) if not route.subnet.prefixlen and route.router), "")
