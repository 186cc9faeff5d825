# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This plugin utility is private to the collection.

"""The ports of a host: who has those already that containers are to publish, and what must not have those of the seats."""

from __future__ import annotations

from typing import Any

from ansible_collections.classroom.containers.plugins.module_utils._engine import own_names
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.module_utils._limits import parse_integer
from ansible_collections.classroom.containers.plugins.module_utils._sockets import parse_listening
from ansible_collections.classroom.containers.plugins.plugin_utils._seats import PORT_BASE, seats

PROCESS = "a process of the host"
_PORT_MAX = 65535


def port_collisions(wanted: list, listed: list, sockets: list) -> list:
    """The TCP ports that somebody else has, or is to have.

    The address does not count: a port that is taken at one address cannot be published at all of them.

    :param wanted: ``port`` and ``name``, the container that is to publish it
    :param listed: the engine's list of its containers, with Names and Ports
    :param sockets: the texts of the host's /proc/net/tcp and /proc/net/tcp6
    :returns: ``port``, ``name`` and ``by`` for each that has the port
    :raises ClassroomError: what is wanted is no port
    """
    asked = [(_port(index, entry), entry["name"]) for index, entry in enumerate(wanted)]
    publishers: dict = {}
    for item in listed:
        name = next(iter(own_names(item)), "")
        for port in item.get("Ports") or ():
            if port.get("PublicPort") and port.get("Type", "tcp") == "tcp":
                publishers.setdefault(port["PublicPort"], []).append(name)
    listening = {each.port for text in sockets for each in parse_listening(text)}
    collisions = []
    for index, (port, name) in enumerate(asked):
        holders = [holder for holder in publishers.get(port, ()) if holder != name]
        holders += [other for place, (its_port, other) in enumerate(asked) if its_port == port and place != index]
        # The engine's own proxy listens for each port that a container publishes.
        if port in listening and port not in publishers:
            holders.append(PROCESS)
        collisions += [{"port": port, "name": name, "by": holder} for holder in dict.fromkeys(holders)]
    return collisions


def check_seat_ports(students: Any, port_base: int | None, services: dict) -> list:
    """The seats of a host, if they leave the ports of the class's own services there alone.

    :param students: classroom_students
    :param port_base: classroom_port_base
    :param services: the port of each service, by the variable that names it
    :raises ClassroomError: one is of a seat; the message names both variables, the port and the seat
    """
    present = seats(students, port_base)
    for variable, port in services.items():
        for seat in present:
            if port in seat["ports"]:
                raise ClassroomError(
                    f"{variable}: port {port} is one of seat {seat['number']} of {seat['name']!r}, which has {seat['ports'][0]} to {seat['ports'][-1]} "
                    f"with classroom_port_base {PORT_BASE if port_base is None else port_base}: give one of the variables another port"
                )
    return present


def _port(index: int, entry: dict) -> int:
    try:
        return parse_integer(entry["port"], 1, _PORT_MAX)
    except ClassroomError as exc:
        raise ClassroomError(f"wanted[{index}] ({entry['name']}): port: {exc}") from exc
