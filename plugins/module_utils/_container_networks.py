# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This module utility is private to the collection.

"""Which networks containers are on, and what connects and disconnects them: the flow of the module container_networks."""

from __future__ import annotations

from typing import Any, Callable

from ansible_collections.classroom.containers.plugins.module_utils._engine import Engine
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.module_utils._network_check import parse_address4, parse_network_name
from ansible_collections.classroom.containers.plugins.module_utils._observe import check_name, find

NETWORK_ARGUMENTS = {
    "name": {"type": "str", "required": True},
    "address": {"type": "str"},
}
CONTAINER_ARGUMENTS = {
    "name": {"type": "str", "required": True},
    "networks": {"type": "list", "elements": "dict", "required": True, "options": NETWORK_ARGUMENTS},
}
#: Networks that a container is on from its creation to its end.
_FIXED = ("host", "none")


class ConnectError(ClassroomError):
    """A container was not connected or disconnected.

    :param changes: what was done before
    """

    def __init__(self, message: str, changes: list) -> None:
        super().__init__(message)
        self.changes = changes


def run(containers: list, engine: Engine, command: Callable, check_mode: bool) -> dict:
    """Connect and disconnect until each container is on exactly the networks asked.

    :param containers: the option ``containers`` of container_networks
    :param command: runs a program: called with its arguments; returns code, output and errors
    :returns: changed, changes, and before and after as a diff has them
    :raises ClassroomError: an option is wrong, or the engine does not answer; nothing was changed
    :raises ConnectError: the engine refused; the changes before are kept
    """
    wanted = [_parse(index, container) for index, container in enumerate(containers)]
    changes: list = []
    before, after = {}, {}
    for name, networks in wanted:
        container = find(engine, name)
        if container is None:
            if check_mode:
                # What would be created by now has its networks from the beginning.
                continue
            raise ClassroomError(f"containers: there is no container named {name}")
        present = _present(container)
        for network in sorted({*networks, *present} & set(_FIXED)):
            if set(networks) != set(present):
                raise ClassroomError(f"containers ({name}): it is on {', '.join(sorted(present))}: the engine puts nothing on or off {network} later")
        found = _changes(name, present, networks)
        if found:
            changes += found
            before[name], after[name] = present, networks
    # An address that one is to have may be another's until then.
    changes.sort(key=lambda change: change["action"] == "connect")
    if not check_mode:
        for number, change in enumerate(changes):
            code, _output, errors = command(["docker", f"--host={engine.host}", "network", *_arguments(change)])
            if code:
                raise ConnectError(f"docker network {' '.join(_arguments(change))}: {errors.strip()}", changes[:number])
    return {"changed": bool(changes), "changes": changes, "diff": {"before": before, "after": after}}


def _parse(index: int, container: dict) -> tuple:
    where = f"containers[{index}] ({container['name']})"
    try:
        check_name(container["name"])
    except ClassroomError as exc:
        raise ClassroomError(f"{where}: {exc}") from exc
    networks: dict = {}
    try:
        for network in container["networks"]:
            name = parse_network_name(network["name"])
            if name in networks:
                raise ClassroomError(f"{name!r} is there twice: a container is on a network once")
            networks[name] = parse_address4(network["address"]) if network.get("address") else ""
    except ClassroomError as exc:
        raise ClassroomError(f"{where}: networks: {exc}") from exc
    return container["name"].lstrip("/"), networks


def _present(container: dict) -> dict:
    """The networks of an inspected container, and the address that it was given on each; empty where the engine chose one."""
    found: dict = {}
    for name, endpoint in (container["NetworkSettings"].get("Networks") or {}).items():
        found[name] = (endpoint.get("IPAMConfig") or {}).get("IPv4Address") or ""
    return found


def _changes(name: str, present: dict, wanted: dict) -> list:
    """What is to be done, in the order in which it can be done."""
    off: list[dict[str, Any]] = []
    on: list[dict[str, Any]] = []
    for network, address in present.items():
        if network not in wanted or wanted[network] not in ("", address):
            off.append({"action": "disconnect", "container": name, "network": network, "address": ""})
    for network, address in wanted.items():
        if network not in present or address not in ("", present[network]):
            on.append({"action": "connect", "container": name, "network": network, "address": address})
    return off + on


def _arguments(change: dict) -> list:
    address = [f"--ip={change['address']}"] if change["address"] else []
    return [change["action"], *address, change["network"], change["container"]]
