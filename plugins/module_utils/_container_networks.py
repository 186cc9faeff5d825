# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This module utility is private to the collection.

"""Which networks containers are on, and what connects and disconnects them: the flow of the module container_networks."""

from __future__ import annotations

import ipaddress
from contextlib import suppress
from typing import Any, Callable

from ansible_collections.classroom.containers.plugins.module_utils._engine import Engine
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError, parse_at
from ansible_collections.classroom.containers.plugins.module_utils._network_asked import parse_address4, parse_network_name
from ansible_collections.classroom.containers.plugins.module_utils._network_compare import PREDEFINED
from ansible_collections.classroom.containers.plugins.module_utils._network_seen import subnets_of
from ansible_collections.classroom.containers.plugins.module_utils._observe import check_name, find, is_meant

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

    :param changes: what was done before, and could not be undone
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
    :raises ConnectError: the engine refused; what was done before is undone
    """
    parsed = [_parse(index, container) for index, container in enumerate(containers)]
    listed = engine.networks()
    wanted = [(where, name, _resolved(where, networks, listed, check_mode)) for where, name, networks in parsed]
    changes: list = []
    before, after = {}, {}
    dead: set = set()
    kept: dict = {}
    first: dict = {}
    for index, (where, name, networks) in enumerate(wanted):
        container = find(engine, name)
        there = first.setdefault(container["Id"] if container else name, index)
        if there != index:
            raise ClassroomError(f"{where}: it is containers[{there}], too: a container has one list of networks")
        if container is None:
            if check_mode:
                # What would be created by now has its networks from the beginning.
                continue
            raise ClassroomError(f"containers: there is no container named {name}")
        present, left = _present(container)
        found = _changes(name, present, left, networks)
        if found:
            _check_possible(where, container, present, networks, check_mode)
            changes += found
            before[name] = present
            after[name] = {network: address or present.get(network, "") for network, address in networks.items()}
            dead.update((name, network) for network in left)
            kept.update({(name, network): _options(container, network) for network in present})
    # An address that one is to have may be another's until then.
    changes.sort(key=lambda change: change["action"] == "connect")
    if not check_mode:
        _Docker(engine, command, before, dead, kept).apply(changes)
    return {"changed": bool(changes), "changes": changes, "diff": {"before": before, "after": after}}


def _parse(index: int, container: dict) -> tuple:
    where = f"containers[{index}] ({container['name']})"
    parse_at(where, check_name, container["name"])
    return where, container["name"].lstrip("/"), [_parse_network(where, network) for network in container["networks"]]


def _parse_network(where: str, network: dict) -> tuple:
    address = network.get("address")
    return network["name"], parse_at(f"{where}: networks: {network['name']}: address", parse_address4, address) if address else ""


def _resolved(where: str, networks: list, listed: list, check_mode: bool) -> dict:
    """The addresses by the networks' own names.

    :param listed: the engine's list of its networks
    :raises ClassroomError: there is no such network, it is there twice, or the address cannot be one on it
    """
    found: dict = {}
    try:
        for reference, address in networks:
            # A name comes before the beginning of an id.
            meant = [each for each in listed if each["Name"] == reference] or [each for each in listed if is_meant(reference, each["Name"], each["Id"])]
            if meant:
                _check_address(meant[0], address, check_mode)
            elif parse_network_name(reference) and not check_mode:
                raise ClassroomError(f"there is no network named {reference}")
            name = meant[0]["Name"] if meant else reference
            if name in found:
                raise ClassroomError(f"{name!r} is there twice: a container is on a network once")
            found[name] = address
    except ClassroomError as exc:
        raise ClassroomError(f"{where}: networks: {exc}") from exc
    return found


def _check_address(network: dict, address: str, check_mode: bool) -> None:
    where = f"{network['Name']}: address: {address}"
    if address and network["Name"] in PREDEFINED:
        raise ClassroomError(f"{where}: only a network that somebody made has fixed addresses")
    # A dry run comes before what would make the network anew, with another subnet.
    subnets = [] if check_mode else subnets_of(network)
    if address and subnets and not any(ipaddress.ip_address(address) in ipaddress.ip_network(subnet) for subnet in subnets):
        raise ClassroomError(f"{where}: it is outside of {', '.join(subnets)}")


def _present(container: dict) -> tuple:
    """The networks of an inspected container, and those that it is on in name only, for connecting it failed.

    :returns: of each of the first, the address that it was given, empty where the engine chose one; and the names of the others
    """
    found: dict = {}
    dead: list = []
    state = container["State"]
    for name, endpoint in (container["NetworkSettings"].get("Networks") or {}).items():
        # One that does not run, or is just restarting, is connected when it starts.
        if state["Running"] and not state["Restarting"] and not endpoint.get("EndpointID"):
            dead.append(name)
        else:
            found[name] = (endpoint.get("IPAMConfig") or {}).get("IPv4Address") or ""
    return found, dead


def _options(container: dict, network: str) -> list:
    """What else than an IPv4 address the connection of an inspected container was given, as options of docker network connect."""
    endpoint = container["NetworkSettings"]["Networks"][network]
    address = (endpoint.get("IPAMConfig") or {}).get("IPv6Address")
    return [
        *([f"--ip6={address}"] if address else []),
        # The engine gives each the beginning of its id by itself.
        *(f"--alias={alias}" for alias in endpoint.get("Aliases") or () if alias != container["Id"][:12]),
        *(f"--link={link}" for link in endpoint.get("Links") or ()),
        *(f"--driver-opt={key}={value}" for key, value in (endpoint.get("DriverOpts") or {}).items()),
    ]


def _check_possible(where: str, container: dict, present: dict, wanted: dict, check_mode: bool) -> None:
    fixed = sorted({*wanted, *present} & set(_FIXED))
    if fixed:
        raise ClassroomError(f"{where}: it is on {', '.join(sorted(present)) or 'no network'}: the engine puts nothing on or off {fixed[0]} later")
    # A dry run comes before what would make it anew.
    if container["State"]["Restarting"] and not check_mode:
        raise ClassroomError(f"{where}: it is restarting, and the engine connects only what runs or is stopped: look why it ends, and try again later")


def _changes(name: str, present: dict, dead: list, wanted: dict) -> list:
    """What is to be done, in the order in which it can be done."""
    off: list[dict[str, Any]] = []
    on: list[dict[str, Any]] = []
    for network, address in {**present, **dict.fromkeys(dead)}.items():
        if network in dead or network not in wanted or wanted[network] not in ("", address):
            off.append({"action": "disconnect", "container": name, "network": network, "address": ""})
    for network, address in wanted.items():
        if network not in present or address not in ("", present[network]):
            on.append({"action": "connect", "container": name, "network": network, "address": address})
    return off + on


class _Docker:
    """Connects and disconnects, all or nothing.

    :param before: the networks of each container before, with their addresses
    :param dead: container and network of each connection that is one in name only
    :param kept: the options of each of the other connections, by container and network: one that is made again has them, too
    """

    def __init__(self, engine: Engine, command: Callable, before: dict, dead: set, kept: dict) -> None:
        self._engine = engine
        self._command = command
        self._before = before
        self._dead = dead
        self._kept = kept

    def apply(self, changes: list) -> None:
        """Do all of it.

        :raises ConnectError: the engine refused
        """
        for number, change in enumerate(changes):
            refused = self._clear(change) if self._is_dead(change) else self._call(*self._arguments(change))
            if refused:
                raise self._undone(changes[:number], change, refused)

    def _is_dead(self, change: dict) -> bool:
        return change["action"] == "disconnect" and (change["container"], change["network"]) in self._dead

    def _call(self, *arguments: str) -> str:
        """Why the engine refused; empty where it did not."""
        code, _output, errors = self._command(["docker", f"--host={self._engine.host}", "network", *arguments])
        return (errors.strip() or f"exit {code}") if code else ""

    def _clear(self, change: dict) -> str:
        """Take off what is a connection in name only; returns why the engine refused."""
        place = ("--", change["network"], change["container"])
        if not self._call("disconnect", "--force", *place):
            return ""
        # Where connecting failed, some engines find nothing to take off, and keep the network in mind until it is connected and taken off again.
        return self._call("connect", *place) or self._call("disconnect", *place)

    def _undone(self, done: list, failed: dict, refused: str) -> ConnectError:
        words = f"docker network {' '.join(self._arguments(failed))}: {refused}"
        if failed["action"] == "connect":
            with suppress(ClassroomError):
                if failed["network"] in _present(find(self._engine, failed["container"]))[1]:
                    self._clear(failed)
        left, problems = [], []
        for change in reversed(done):
            undo = dict(change, action="disconnect", address="")
            if change["action"] == "disconnect":
                undo = dict(change, action="connect", address=self._before[change["container"]].get(change["network"], ""))
            problem = "" if self._is_dead(change) else self._call(*self._arguments(undo))
            if problem or self._is_dead(change):
                left.insert(0, change)
            if problem:
                problems.append(f", but for this: docker network {' '.join(self._arguments(undo))}: {problem}")
        if done:
            words += f". What was done before is undone{''.join(problems)}."
        return ConnectError(words, left)

    def _arguments(self, change: dict) -> list:
        place = (change["container"], change["network"])
        address = [f"--ip={change['address']}"] if change["address"] else []
        options = [*address, *self._kept.get(place, ())] if change["action"] == "connect" else []
        return [change["action"], *options, "--", change["network"], change["container"]]
