# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This module utility is private to the collection.

"""The members of a network that are asked for, against those that it has: by the engine and by the kernel."""

from __future__ import annotations

import re
from typing import Any

from ansible_collections.classroom.containers.plugins.module_utils._cgroups import Kernel
from ansible_collections.classroom.containers.plugins.module_utils._container_state import state_words, waking
from ansible_collections.classroom.containers.plugins.module_utils._docker_run import connectable
from ansible_collections.classroom.containers.plugins.module_utils._engine import EngineError
from ansible_collections.classroom.containers.plugins.module_utils._network_reading import ADDRESSES4, ADDRESSES6, family_of, route_file
from ansible_collections.classroom.containers.plugins.module_utils._network_seen import Seen, bridge_of, canonical
from ansible_collections.classroom.containers.plugins.module_utils._observe import Observation

#: Of each family of addresses, what a member is asked for, what the engine gave it and was told to give, the option that tells it, and the kernel's file.
_FAMILIES = (
    ("address", "IPAddress", "IPv4Address", "--ip", ADDRESSES4),
    ("address6", "GlobalIPv6Address", "IPv6Address", "--ip6", ADDRESSES6),
)
_CONTAINER_ID = re.compile(r"[0-9a-f]{64}")


def member_words(member: dict) -> str:
    """A member as findings show it."""
    return " ".join(filter(None, (member[key] for key in ("container", "address", "address6"))))


def step_of(member: dict) -> dict:
    """The step that a member belongs to, as a finding takes it, where it is not that of its network."""
    return {"step": member["step"]} if member.get("step") else {}


def compare_members(seen: Seen, _attribute: str, asked: list, _kernel: Kernel) -> list:
    """Whether each member that is asked for is there, has its addresses, and is plugged into the bridge."""
    return [dict(_member(seen, member, seen.members[member["container"]]), **step_of(member)) for member in asked]


def _member(seen: Seen, member: dict, observation: Observation) -> dict:
    name = member["container"]
    found: dict[str, Any] = {"asked": member_words(member)}
    if observation.container is None:
        missing = observation.verdict == "absent"
        hint = f"There is no container named {name} to be on {seen.name}: create it with docker run --name {name} --network {seen.name}{_fixed(member)} IMAGE."
        told = f"GET /containers/{name}/json: no such container" if missing else observation.reason
        return dict(found, verdict=observation.verdict, evidence=[told], hint=hint if missing else EngineError(observation.reason).hint)
    networks = observation.container["NetworkSettings"].get("Networks") or {}
    endpoint, others = networks.get(seen.name), ", ".join(sorted(networks))
    mend = f"docker network connect{_fixed(member)} {seen.name} {name}"
    if endpoint is None or (endpoint.get("NetworkID") and endpoint["NetworkID"] != seen.network["Id"]):
        evidence = [f"NetworkSettings.Networks={others or 'none'}"]
        if not connectable(observation.container):
            mend = f"that is for its creation alone, so docker rm --force {name}, and make it anew with docker run --network {seen.name}{_fixed(member)}"
        return dict(found, verdict="missing", evidence=evidence, hint=f"{name} is on {others or 'no network'}, and not on {seen.name}: {mend}.")
    again = f"docker network disconnect {seen.name} {name}, then {mend}"
    addresses = {}
    evidence = found["evidence"] = []
    for key, gave, told, _option_name, _file in _FAMILIES:
        given, configured = endpoint.get(gave) or "", canonical((endpoint.get("IPAMConfig") or {}).get(told) or "")
        if given or configured or member[key] or key == "address":
            evidence += [f"NetworkSettings.Networks.{seen.name}.{gave}={given}", f"NetworkSettings.Networks.{seen.name}.IPAMConfig.{told}={configured}"]
        addresses[key] = (given, configured)
    has = {key: given or configured for key, (given, configured) in addresses.items()}
    found["declared"] = " ".join(filter(None, (name, *has.values())))
    for key, (given, configured) in addresses.items():
        wanted = member[key]
        if wanted and has[key] != wanted and (has[key] or observation.life):
            hint = f"{name} has the address {has[key] or 'none'} on {seen.name}, and {wanted} is asked: {again}."
            return dict(found, verdict="differs", hint=hint)
        if wanted and not configured and given:
            return dict(found, verdict="missing", hint=f"{name} has the address {given} on {seen.name} only until it starts again: {again}.")
    if observation.life is None:
        mend = waking(observation.container, name) if observation.verdict == "stopped" else "Check it again"
        reason = f"it {state_words(observation.container)}" if observation.verdict == "stopped" else observation.reason
        return dict(found, verdict=observation.verdict, hint=f"{name} could not be checked: {reason}. {mend}.")
    if endpoint.get("EndpointID") == "" and not observation.container["State"].get("Restarting"):
        evidence.append(f"NetworkSettings.Networks.{seen.name}.EndpointID=")
        return dict(found, verdict="missing", hint=f"{name} is on {seen.name} by name alone, since it could not be connected: {again}.")
    for key, *_told, file in _FAMILIES:
        held = observation.reading.addresses[file]
        if has[key]:
            evidence.append(f"/proc/{observation.life.pid}/net/{file}: {', '.join(held) or 'no address'}")
            if has[key] not in held:
                hint = f"Docker says that {name} has {has[key]} on {seen.name}, and in the container no interface has it: docker restart {name} gives it anew."
                return dict(found, verdict="not_enforced", hint=hint)
    if not seen.device:
        return dict(found, verdict="ok", enforced=found["declared"])
    return dict(found, **_plugged(seen, name, found["declared"], evidence, observation))


def _fixed(member: dict) -> str:
    return "".join(f" {option} {member[key]}" for key, _gave, _told, option, _file in _FAMILIES if member[key])


def _plugged(seen: Seen, name: str, declared: str, evidence: list, observation: Observation) -> dict:
    """Whether the container's interface on a network is the other end of a port of the network's bridge.

    :param evidence: what is read is added to it
    """
    reading, process = observation.reading, f"/proc/{observation.life.pid}/net"
    subnet, device = next((route for route in reading.routes if route[0] in seen.subnets), ("", ""))
    if not device:
        evidence.append(f"{process}/route: none to {', '.join(seen.subnets)}")
        return _unplugged(seen, name, "it has no route there")
    evidence.append(f"{process}/{route_file(family_of(subnet))}: {subnet} by {device}")
    number = reading.numbers.get(device)
    if number is None:
        evidence.append(f"{process}/dev_mcast: no {device}")
        return _unplugged(seen, name, f"the number of its interface {device} is not known")
    evidence.append(f"{process}/dev_mcast: {device} is {number}")
    if not reading.ends:
        evidence.append("netlink: " + ("not readable" if reading.ends is None else "none of these interfaces has its other end in the container"))
        return _unplugged(seen, name, f"which of the host's interfaces is the other end of {device} is not known")
    end = reading.ends.get(number)
    if end is None:
        evidence.append(f"netlink: the other ends of the container's interfaces are {', '.join(sorted(reading.ends.values()))}, and none is that of {device}")
        hint = f"Docker says that {name} is on {seen.name}, and its interface {device} has no other end on the host: docker restart {name} makes it anew."
        return {"verdict": "not_enforced", "hint": hint}
    bridge = reading.bridges.get(end)
    if bridge is None:
        evidence.append(f"/sys/class/net/{end}/iflink: not {number}, or not readable")
        return _unplugged(seen, name, f"the files of {end}, the other end of {device}, do not tell")
    evidence += [f"/sys/class/net/{end}/iflink={number}", f"/sys/class/net/{end}/master={bridge or 'none'}"]
    enforced = f"{declared} at {bridge or 'no bridge'}"
    if bridge == seen.device:
        return {"verdict": "ok", "enforced": declared}
    where = f"a port of {bridge}{_whose(seen, bridge)}" if bridge else "a port of no bridge"
    hint = (
        f"Docker says that {name} is on {seen.name}, and {end}, the host's end of its {device}, is {where}, and not of {seen.device}: "
        f"as root on the host, ip link set {end} master {seen.device} puts it back."
    )
    return {"verdict": "not_enforced", "enforced": enforced, "hint": hint}


def _unplugged(seen: Seen, name: str, reason: str) -> dict:
    return {"verdict": "unverifiable", "hint": f"Whether {name} is plugged into {seen.device}, the bridge of {seen.name}, could not be seen: {reason}."}


def _whose(seen: Seen, bridge: str) -> str:
    """Which network of the engine a bridge belongs to, in words; empty where it is of none."""
    try:
        return "".join(f", the bridge of {network['Name']}" for network in seen.engine.get("/networks") or () if bridge_of(network) == bridge)
    except EngineError:
        return ""


def compare_members_only(seen: Seen, _attribute: str, asked: bool, _kernel: Kernel) -> list:
    """Whether nobody else is there."""
    wanted = {member["container"].lstrip("/") for member in seen.asked.get("members", ())}
    # Of an overlay, the engine's own load balancer is there, too, which has no container's id.
    there = sorted(endpoint["Name"] for key, endpoint in (seen.network.get("Containers") or {}).items() if _CONTAINER_ID.fullmatch(key))
    strangers = [name for name in there if name not in wanted]
    found = {"asked": asked, "declared": not strangers, "evidence": [f"Containers={', '.join(there) or 'none'}"]}
    if not strangers:
        return [dict(found, verdict="ok")]
    hint = f"{', '.join(strangers)} {'is' if len(strangers) == 1 else 'are'} on {seen.name}, too: docker network disconnect {seen.name} {strangers[0]}."
    return [dict(found, verdict="differs", hint=hint)]
