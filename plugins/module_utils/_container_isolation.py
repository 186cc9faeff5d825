# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This module utility is private to the collection.

"""What a container shares with its host and with others: its networks and its namespaces."""

from __future__ import annotations

from ansible_collections.classroom.containers.plugins.module_utils import _namespaces
from ansible_collections.classroom.containers.plugins.module_utils._cgroups import Kernel, KernelError
from ansible_collections.classroom.containers.plugins.module_utils._container_seen import Seen, of_process, unchecked, unread
from ansible_collections.classroom.containers.plugins.module_utils._docker_run import connect, connectable
from ansible_collections.classroom.containers.plugins.module_utils._engine import Engine, EngineError

#: How the engine's names of interfaces begin, the option of a network that has them begin otherwise, and that of a container on it for the whole name.
_PREFIX = "eth"
_NETWORK_PREFIX = "com.docker.network.container_iface_prefix"
_WHOLE_NAME = "com.docker.network.endpoint.ifname"


def compare_networks(seen: Seen, asked: list) -> list:
    """The finding of all networks."""
    name, wanted = seen.name, sorted(set(asked))
    declared = sorted(seen.container["NetworkSettings"].get("Networks") or {})
    told, evidence = of_process(seen, "networks")
    names = told and told["names"]
    enforced = names and _by_docker(names, seen.container, [_PREFIX])
    found = {"asked": wanted, "declared": declared, "enforced": enforced, "evidence": [f"NetworkSettings.Networks={', '.join(declared) or 'none'}", *evidence]}
    if declared != wanted:
        lacking, strange = sorted(set(wanted) - set(declared)), sorted(set(declared) - set(wanted))
        addresses = seen.requirement.get("network_addresses") or {}
        steps = [connect(name, network, addresses.get(network)) for network in lacking] + [f"docker network disconnect {network} {name}" for network in strange]
        mode = seen.container["HostConfig"].get("NetworkMode") or ""
        # Where docker run was told the beginning of a network's id, Docker 20.10 may keep that, and refuses to take it off.
        kept = mode in strange and (seen.container["NetworkSettings"]["Networks"][mode].get("NetworkID") or "").startswith(mode)
        if {"host", "none"} & {*lacking, *strange} or kept or not connectable(seen.container):
            steps = [seen.anew(f"with docker run --network {wanted[0]}")]
        hint = f"{name} is on {', '.join(declared) or 'no network'}, and {', '.join(wanted)} is asked: {', and '.join(steps)}."
        return [dict(found, verdict="missing" if lacking else "differs", hint=hint)]
    if missing := unread(seen, found, "The interfaces"):
        return missing
    if wanted == ["host"] and told["host"] is False:
        found["evidence"].append(f"/proc/{seen.container['State']['Pid']}/ns/net: not that of /proc/1")
        hint = f"Docker says that {name} has the host's network, and its process has another one: {seen.anew('with a program that stays there')}."
        # The host of a rootless engine's containers is a network of the engine's own.
        return [dict(found, verdict="unverifiable" if names else "not_enforced", hint=hint)]
    # With the host's network, it has the host's interfaces.
    number = len(enforced) if wanted == ["host"] else len([network for network in wanted if network != "none"])
    gateways = 0
    if len(enforced) < min(number, len(names)) or len(enforced) > number:
        try:
            networks = [seen.engine.network(network) or {} for network in declared]
        except EngineError as exc:
            return [dict(found, verdict="unreachable", evidence=[*evidence, str(exc)], hint=exc.hint)]
        # An overlay leads nowhere else: for that, the engine gives one interface more, on docker_gwbridge, which it names nowhere.
        gateways = int(any(network.get("Driver") == "overlay" and not network.get("Internal") for network in networks))
    if len(enforced) < min(number, len(names)):
        prefixes = [(network.get("Options") or {}).get(_NETWORK_PREFIX) or _PREFIX for network in networks]
        found["enforced"] = enforced = _by_docker(names, seen.container, prefixes)
    if len(enforced) < number <= len(names):
        others = ", ".join(name for name in names if name not in enforced)
        hint = f"Which interfaces of {name} are of its networks is not known: Docker gave {others} no such name. docker restart {name} makes its own anew."
        return [dict(found, verdict="unverifiable", hint=hint)]
    if not number <= len(enforced) <= number + gateways:
        has = ", ".join(enforced) or "none"
        hint = f"Docker says that {name} is on {', '.join(wanted)}, and its process has the interfaces {has}: docker restart {name} makes them anew."
        return [dict(found, verdict="not_enforced", hint=hint)]
    return [dict(found, verdict="ok")]


def _by_docker(names: list, container: dict, prefixes: list) -> list:
    """Those of a container's interfaces that have a name that Docker gave them.

    :param prefixes: how such names begin
    """
    networks = (container["NetworkSettings"].get("Networks") or {}).values()
    whole = {(network.get("DriverOpts") or {}).get(_WHOLE_NAME) for network in networks}
    return [name for name in names if name in whole or any(name.startswith(prefix) and name[len(prefix):].isdecimal() for prefix in prefixes)]


def read_namespaces(seen: list, engine: Engine, kernel: Kernel) -> None:
    """The namespaces of all containers that are asked for them, in one reading of the host."""
    wanted = [each for each in seen if "namespaces" in each.asked and each.container]
    if not wanted:
        return
    try:
        known = _namespaces.Known(
            ids={each.container["Id"] for each in wanted},
            inspected={each.container["Id"]: each.container for each in seen if each.container},
            kinds=dict.fromkeys(kind for each in wanted for kind in each.asked["namespaces"]),
        )
        gathered = _namespaces.gather(engine, kernel, known=known)
    except (EngineError, KernelError) as exc:
        for each in wanted:
            each.namespaces = exc
        return
    told = {found["id"]: dict(found, host=gathered["host"]["namespaces"]) for found in gathered["containers"]}
    for each in wanted:
        each.namespaces = told.get(each.container["Id"])


def compare_namespaces(seen: Seen, asked: dict) -> list:
    """The findings of the namespaces, one for each kind."""
    return [dict(_namespace(seen, kind, mode), asked=f"{kind} {mode}") for kind, mode in asked.items()]


def _namespace(seen: Seen, kind: str, mode: str) -> dict:
    name, known = seen.name, seen.namespaces
    if isinstance(known, EngineError):
        return {"verdict": "unreachable", "evidence": [str(known)], "hint": known.hint}
    if isinstance(known, KernelError):
        return {"verdict": "unreadable", "evidence": [str(known)], "hint": f"The namespaces of {name} could not be read: {known}."}
    if known is None:
        return {"evidence": ["it was removed"], **unchecked(seen, "unstable", "it was removed while it was being read")}
    field_name, asked = _namespaces.FIELDS.get(kind), mode
    by_engine = asked in _namespaces.IPC_MODES
    told = by_engine and seen.container["HostConfig"].get(field_name) == asked
    if by_engine:
        mode = _namespaces.PRIVATE
    entry = known["namespaces"][kind]
    declared, enforced = entry["declared"], _namespaces.enforced(entry, mode, known["host"][kind])
    evidence = [f"HostConfig.{field_name}={seen.container['HostConfig'].get(field_name) or ''}"] if field_name else []
    if entry["inode"] is not None:
        evidence.append(f"/proc/{known['pid']}/ns/{kind}={entry['inode']}, shared with {', '.join(entry['shared_with']) or 'nobody'}")
    if kind == "pid" and known["pids"]:
        # The first is what the reader sees, the last what the container itself sees.
        outside, inside = known["pids"][0], known["pids"][-1]
        evidence.append(f"/proc/{known['pid']}/status: NSpid={' '.join(map(str, known['pids']))}: PID {inside} of {name} is PID {outside} on the host")
    says = asked if told else declared
    found = {"declared": says and f"{kind} {says}", "enforced": enforced and f"{kind} {enforced}", "evidence": evidence or [known["reason"]]}
    flag = _namespaces.FLAGS.get(kind)
    has = {"host": "the host's", "private": "its own"}
    wanted = has.get(mode, f"that of {mode}")
    # Whose cgroups it has without the option, the engine's configuration may say.
    how = f"without {flag} {declared}" if asked == "private" and kind != "cgroup" else f"with docker run {flag} {asked}"
    if kind == "user" and asked == _namespaces.PRIVATE and declared == _namespaces.HOST and seen.container["HostConfig"].get(field_name) != declared:
        hint = (
            f"{name} has the host's user namespace, as the engine gives it to all containers, and its own is asked: "
            "userns-remap in /etc/docker/daemon.json changes that. Ask your trainer."
        )
        return dict(found, verdict="differs", hint=hint)
    if declared is not None and declared != mode:
        hint = f"{name} has {has.get(declared, f'that of {declared}')} {kind} namespace, and {wanted} is asked: {seen.anew(how)}."
        return dict(found, verdict="differs", hint=hint)
    if by_engine and not told:
        wrong = f"{name} has a /dev/shm, and an ipc namespace without"
        if asked == _namespaces.SHAREABLE:
            wrong = f"Nobody may join the ipc namespace of {name}, and one for others"
        return dict(found, verdict="differs", hint=f"{wrong} is asked: {seen.anew(how)}.")
    if known["verdict"] == "unreadable":
        return dict(found, verdict="unreadable", hint=f"The namespaces of {name} could not be read: {known['reason']}.")
    if not known["read"]:
        # The engine may have seen it end before the kernel did.
        return dict(found, **unchecked(seen, "unstable" if known["status"] == "running" else "stopped", known["reason"]))
    if enforced is None:
        reason = evidence[-1] if evidence else known["reason"]
        return dict(found, verdict="unverifiable", hint=f"The {kind} namespace of {name} could not be compared: {reason}.")
    if enforced != mode and declared and entry["as_declared"] is None:
        other = mode.partition(":")[2]
        mend = f"docker start {other}, then docker restart {name}"
        hint = f"Whether the {kind} namespace of {name} is that of {mode} is not known: nothing runs in {other}. {mend}."
        return dict(found, verdict="unverifiable", hint=hint)
    if enforced != mode:
        hint = f"{name} has {has.get(enforced, f'that of {enforced}')} {kind} namespace in the kernel, and {wanted} is asked"
        mend = f"docker restart {name} makes it anew" if declared else seen.anew(how)
        return dict(found, verdict="not_enforced" if declared else "differs", hint=f"{hint}: {mend}.")
    return dict(found, verdict="ok")
