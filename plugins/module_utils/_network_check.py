# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This module utility is private to the collection.

"""What is asked of networks and their members, against what the engine says and what the kernel has: the flow of the module network_check."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.classroom.containers.plugins.module_utils._cgroups import KERNEL_ARGUMENTS, Kernel
from ansible_collections.classroom.containers.plugins.module_utils._engine import ENGINE_ARGUMENTS, Engine, EngineError
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.module_utils._findings import FINDINGS_ARGUMENTS, Finding
from ansible_collections.classroom.containers.plugins.module_utils._observe import Observation, check_name, observe

MEMBER_ARGUMENTS = {
    "container": {"type": "str", "required": True},
    "address": {"type": "str"},
}
#: One requirement of network_check as an argument spec.
REQUIREMENT_ARGUMENTS = {
    "name": {"type": "str", "required": True},
    "student": {"type": "str"},
    "lab": {"type": "str"},
    "driver": {"type": "str"},
    "subnet": {"type": "str"},
    "gateway": {"type": "str"},
    "bridge": {"type": "str"},
    "mtu": {"type": "int"},
    "internal": {"type": "bool"},
    "attachable": {"type": "bool"},
    "ipv6": {"type": "bool"},
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
_BRIDGE = "com.docker.network.bridge"
#: The options of a network that the engine keeps as texts, and what it does where they are not set.
OPTIONS = {
    "mtu": ("com.docker.network.driver.mtu", "1500"),
    "icc": (f"{_BRIDGE}.enable_icc", "true"),
    "masquerade": (f"{_BRIDGE}.enable_ip_masquerade", "true"),
    "host_binding": (f"{_BRIDGE}.host_binding_ipv4", "0.0.0.0"),
}
#: What only the creation of a network sets, and the option of docker network create that does so.
_FLAGS = {
    "driver": "--driver {}",
    "subnet": "--subnet {}",
    "gateway": "--gateway {}",
    "bridge": f"--opt {_BRIDGE}.name={{}}",
    "internal": "--internal",
    "attachable": "--attachable",
    "ipv6": "--ipv6",
    **{attribute: f"--opt {option}={{}}" for attribute, (option, _default) in OPTIONS.items()},
}
#: What the engine's configuration calls an attribute of the default bridge, which is never created again.
_CONFIGURED = {
    "subnet": "bip",
    "gateway": "bip",
    "bridge": "bridge",
    "mtu": "mtu",
    "ipv6": "ipv6",
    "icc": "icc",
    "masquerade": "ip-masq",
    "host_binding": "ip",
}
#: The networks that every engine has.
_PREDEFINED = ("bridge", "host", "none")
_ID_SHOWN = 12
_LOCAL = re.compile(r"\|-- ([0-9.]+)\n\s+/32 host LOCAL")


@dataclass
class _Seen:
    """One requirement and all that is known of its network.

    :param network: as the engine's inspect tells it; None where there is none
    :param problem: why it is not known
    """

    requirement: dict
    asked: dict
    network: dict | None = None
    problem: EngineError | None = None
    members: dict = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.requirement["name"]

    @property
    def options(self) -> dict:
        return self.network.get("Options") or {}

    @property
    def device(self) -> str:
        """The network's bridge on the host; empty where its driver has none."""
        if self.network["Driver"] != "bridge":
            return ""
        return self.options.get(f"{_BRIDGE}.name") or f"br-{self.network['Id'][:_ID_SHOWN]}"

    @property
    def pools(self) -> list:
        return (self.network.get("IPAM") or {}).get("Config") or []


def check(requirements: list, engine: Engine, kernel: Kernel) -> list:
    """The findings of all requirements, in their order.

    :param requirements: the option ``networks`` of network_check
    :raises ClassroomError: a requirement is wrong; nothing was looked at
    """
    parsed = [_parse(index, requirement) for index, requirement in enumerate(requirements)]
    seen = [_Seen(requirement, asked) for requirement, asked in zip(requirements, parsed)]
    containers: dict = {}
    for each in seen:
        try:
            each.network = find(engine, each.name)
        except EngineError as exc:
            each.problem = exc
        for member in each.asked.get("members", ()):
            name = member["container"]
            if name not in containers:
                containers[name] = _observe(engine, kernel, name)
            each.members[name] = containers[name]
    return [finding for each in seen for finding in _findings(each, kernel)]


def find(engine: Engine, name: str) -> dict | None:
    """The inspected network of that name, or None."""
    network = engine.network(name)
    # The engine takes the beginning of an id for a name, too.
    return network if network and network["Name"] == name else None


def _parse(index: int, requirement: dict) -> dict:
    where = f"networks[{index}] ({requirement['name']})"
    asked = {}
    for attribute in _COMPARED:
        value = requirement.get(attribute)
        if value is None or value in ([], {}) or (attribute == "members_only" and not value):
            continue
        try:
            asked[attribute] = _PARSED[attribute](value) if attribute in _PARSED else value
        except ClassroomError as exc:
            raise ClassroomError(f"{where}: {attribute}: {exc}") from exc
    if not asked:
        raise ClassroomError(f"{where}: it asks for nothing: name at least one attribute")
    return asked


def parse_subnet(text: str) -> str:
    """A subnet as ``docker network create --subnet`` takes it.

    :raises ClassroomError: it is none, or an address in one
    """
    try:
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


def _parse_members(members: list) -> list:
    for member in members:
        check_name(member["container"])
    return [dict(member, address=parse_address(member["address"]) if member.get("address") else "") for member in members]


def _parse_mtu(value: int) -> int:
    if not 68 <= value <= 65535:
        raise ClassroomError(f"{value} is out of range: it must be from 68 to 65535")
    return value


_PARSED = {
    "subnet": parse_subnet,
    "gateway": parse_address,
    "host_binding": parse_address,
    "mtu": _parse_mtu,
    "members": _parse_members,
    "labels": lambda labels: {str(key): str(value) for key, value in labels.items()},
}


def _observe(engine: Engine, kernel: Kernel, name: str) -> Observation:
    try:
        return observe(engine, kernel, name, lambda life, _container: _addresses(kernel, str(life.pid)))
    except EngineError as exc:
        return Observation(None, verdict="unreachable", reason=str(exc))


def _addresses(kernel: Kernel, process: str) -> set:
    """The IPv4 addresses of the network namespace that a process is in."""
    return set(_LOCAL.findall(kernel.read(f"/proc/{process}/net/fib_trie") or ""))


def _routes(kernel: Kernel, device: str) -> list:
    """The subnets that the host reaches by a device without a gateway."""
    found = []
    for line in (kernel.read("/proc/1/net/route") or "").splitlines()[1:]:
        fields = line.split()
        if len(fields) > 7 and fields[0] == device and fields[2] == "00000000":
            found.append(f"{_little_endian(fields[1])}/{bin(int(fields[7], 16)).count('1')}")
    return found


def _little_endian(digits: str) -> str:
    return ".".join(str(int(digits[place:place + 2], 16)) for place in (6, 4, 2, 0))


def _findings(seen: _Seen, kernel: Kernel) -> list:
    if seen.problem:
        return [_finding(seen, attribute, asked, "unreachable", evidence=[str(seen.problem)], hint=seen.problem.hint) for attribute, asked in _parts(seen)]
    if seen.network is None:
        flags = " ".join(filter(None, (_flag(attribute, value) for attribute, value in seen.asked.items())))
        hint = f"There is no network named {seen.name}: create it with docker network create {flags} {seen.name}.".replace("  ", " ")
        evidence = [f"GET /networks/{seen.name}: no such network"]
        return [_finding(seen, attribute, asked, "absent", evidence=evidence, hint=hint) for attribute, asked in _parts(seen)]
    return [
        _finding(seen, attribute, **fields) for attribute, value in seen.asked.items() for fields in _COMPARED[attribute](seen, attribute, value, kernel)
    ]


def _parts(seen: _Seen) -> list:
    """What each finding is about: the attribute, and what is asked as the finding shows it."""
    parts: list = []
    for attribute, value in seen.asked.items():
        parts += [(attribute, _member_words(member)) for member in value] if attribute == "members" else [(attribute, value)]
    return parts


def _flag(attribute: str, value: Any) -> str:
    if attribute not in _FLAGS or value is False and "{}" not in _FLAGS[attribute]:
        return ""
    return _FLAGS[attribute].format(str(value).lower() if isinstance(value, bool) else value)


def _anew(seen: _Seen, attribute: str, value: Any) -> str:
    if seen.name in _PREDEFINED:
        key = _CONFIGURED.get(attribute)
        return f"{key} in /etc/docker/daemon.json sets it, when the engine starts" if key else "Docker makes this network, and nobody else"
    flag = _flag(attribute, value)
    how = f"with {flag}" if flag else f"without {_FLAGS[attribute]}"
    return f"create it again {how}: docker network rm {seen.name} comes first, and disconnect what is on it before that"


def _judged(seen: _Seen, attribute: str, asked: Any, declared: Any, evidence: list, enforced: Any = None, known: bool = True, where: str = "") -> list:
    """The one finding of an attribute.

    :param enforced: what the kernel has; None where it has nothing of the kind
    :param known: whether the kernel's word was to be had
    :param where: what to look at in the kernel, in words; empty where the engine alone knows
    """
    found = {"asked": asked, "declared": declared, "enforced": enforced, "evidence": evidence}
    if declared != asked:
        hint = f"{attribute} of {seen.name} is {declared if declared not in (None, '') else 'not set'}, and {asked} is asked: {_anew(seen, attribute, asked)}."
        return [dict(found, verdict="missing" if declared in (None, "") else "differs", hint=hint)]
    if where and not known:
        return [dict(found, verdict="unverifiable", hint=f"Docker says {declared} of {seen.name}, and this host shows nothing to compare it with: {where}.")]
    if where and enforced != asked:
        hint = f"Docker says {declared} of {seen.name}, and the kernel has {enforced or 'nothing'}: {where} was changed behind Docker's back. {_repair(seen)}."
        return [dict(found, verdict="not_enforced", hint=hint)]
    return [dict(found, verdict="ok")]


def _repair(seen: _Seen) -> str:
    if seen.name in _PREDEFINED:
        return "A restart of the engine makes it anew"
    return f"Disconnect what is on {seen.name}, remove it with docker network rm and create it again"


def _driver(seen: _Seen, attribute: str, asked: str, kernel: Kernel) -> list:
    declared, evidence = seen.network["Driver"], [f"Driver={seen.network['Driver']}"]
    if asked == declared == "bridge":
        there = _device_there(kernel, seen.device)
        evidence.append(f"/sys/class/net/{seen.device}: {'a bridge' if there else 'no bridge'}")
        return _judged(seen, attribute, asked, declared, evidence, "bridge" if there else None, where=f"the device {seen.device}")
    return _judged(seen, attribute, asked, declared, evidence)


def _device_there(kernel: Kernel, device: str) -> bool:
    return kernel.read(f"/sys/class/net/{device}/bridge/bridge_id") is not None


def _subnet(seen: _Seen, attribute: str, asked: str, kernel: Kernel) -> list:
    pools = [pool["Subnet"] for pool in seen.pools if pool.get("Subnet")]
    same = [subnet for subnet in pools if (":" in subnet) == (":" in asked)]
    declared = asked if asked in pools else (same or pools or [None])[0]
    evidence = [f"IPAM.Config.Subnet={', '.join(pools) or 'none'}"]
    if not seen.device or ":" in asked:
        return _judged(seen, attribute, asked, declared, evidence)
    routes = _routes(kernel, seen.device)
    evidence.append(f"/proc/1/net/route: {seen.device} {', '.join(routes) or 'none'}")
    enforced = asked if asked in routes else (routes or [None])[0]
    return _judged(seen, attribute, asked, declared, evidence, enforced, where=f"the route by {seen.device}")


def _gateway(seen: _Seen, attribute: str, asked: str, kernel: Kernel) -> list:
    gateways = [pool["Gateway"].partition("/")[0] for pool in seen.pools if pool.get("Gateway")]
    same = [gateway for gateway in gateways if (":" in gateway) == (":" in asked)]
    declared = asked if asked in gateways else (same or gateways or [None])[0]
    evidence = [f"IPAM.Config.Gateway={', '.join(gateways) or 'none'}"]
    if not seen.device or ":" in asked:
        return _judged(seen, attribute, asked, declared, evidence)
    held = asked in _addresses(kernel, "1")
    evidence.append(f"/proc/1/net/fib_trie: {asked} is {'an' if held else 'no'} address of the host")
    return _judged(seen, attribute, asked, declared, evidence, asked if held else None, where=f"the address of {seen.device}")


def _bridge(seen: _Seen, attribute: str, asked: str, kernel: Kernel) -> list:
    there = bool(seen.device) and _device_there(kernel, seen.device)
    evidence = [f"Options.{_BRIDGE}.name={seen.options.get(f'{_BRIDGE}.name', '')}", f"/sys/class/net/{seen.device}: {'a bridge' if there else 'no bridge'}"]
    return _judged(seen, attribute, asked, seen.device, evidence, seen.device if there else None, where=f"the device {seen.device}")


def _option(seen: _Seen, attribute: str, asked: Any, _kernel: Kernel) -> list:
    option, default = OPTIONS[attribute]
    text = seen.options.get(option) or default
    declared = text.lower() == "true" if isinstance(asked, bool) else int(text) if isinstance(asked, int) and text.isdigit() else text
    return _judged(seen, attribute, asked, declared, [f"Options.{option}={seen.options.get(option, '')}"])


def _flagged(key: str) -> Any:
    def compare(seen: _Seen, attribute: str, asked: bool, _kernel: Kernel) -> list:
        declared = bool(seen.network.get(key))
        return _judged(seen, attribute, asked, declared, [f"{key}={declared}"])

    return compare


def _labels(seen: _Seen, _attribute: str, asked: dict, _kernel: Kernel) -> list:
    labels = seen.network.get("Labels") or {}
    declared = {key: labels[key] for key in asked if key in labels}
    found = {"asked": asked, "declared": declared, "evidence": [f"Labels.{key}={labels.get(key, '')}" for key in asked]}
    wrong = [f"{key}={asked[key]}" for key in asked if declared.get(key) != asked[key]]
    if not wrong:
        return [dict(found, verdict="ok")]
    flags = " ".join(f"--label {each}" for each in wrong)
    hint = f"{seen.name} lacks the labels {', '.join(wrong)}: remove it with docker network rm, and create it again with {flags}."
    return [dict(found, verdict="differs" if declared else "missing", hint=hint)]


def _member_words(member: dict) -> str:
    return f"{member['container']} {member['address']}".rstrip()


def _members(seen: _Seen, _attribute: str, asked: list, _kernel: Kernel) -> list:
    return [_member(seen, member, seen.members[member["container"]]) for member in asked]


def _member(seen: _Seen, member: dict, observation: Observation) -> dict:
    name, wanted = member["container"], member["address"]
    found: dict[str, Any] = {"asked": _member_words(member)}
    if observation.container is None:
        missing = observation.verdict == "absent"
        hint = f"There is no container named {name} to be on {seen.name}: create it with docker run --name {name} {_connection(seen, wanted, 'network')}."
        told = f"GET /containers/{name}/json: no such container" if missing else observation.reason
        return dict(found, verdict=observation.verdict, evidence=[told], hint=hint if missing else EngineError(observation.reason).hint)
    endpoint = (observation.container["NetworkSettings"].get("Networks") or {}).get(seen.name)
    others = sorted(observation.container["NetworkSettings"].get("Networks") or {})
    mend = f"docker network connect {_connection(seen, wanted, '')}{seen.name} {name}"
    if endpoint is None or (endpoint.get("NetworkID") and endpoint["NetworkID"] != seen.network["Id"]):
        evidence = [f"NetworkSettings.Networks={', '.join(others) or 'none'}"]
        return dict(found, verdict="missing", evidence=evidence, hint=f"{name} is on {', '.join(others) or 'no network'}, and not on {seen.name}: {mend}.")
    configured = (endpoint.get("IPAMConfig") or {}).get("IPv4Address") or ""
    given = endpoint.get("IPAddress") or ""
    declared = given or configured
    found.update(
        declared=f"{name} {declared}".rstrip(),
        evidence=[f"NetworkSettings.Networks.{seen.name}.IPAddress={given}", f"NetworkSettings.Networks.{seen.name}.IPAMConfig.IPv4Address={configured}"],
    )
    if wanted and declared != wanted and (given or configured or observation.life):
        hint = f"{name} has the address {declared or 'none'} on {seen.name}, and {wanted} is asked: docker network disconnect {seen.name} {name}, then {mend}."
        return dict(found, verdict="differs", hint=hint)
    if wanted and not configured and given:
        hint = f"{name} has the address {given} on {seen.name} only until it starts again: docker network disconnect {seen.name} {name}, then {mend}."
        return dict(found, verdict="missing", hint=hint)
    if observation.life is None:
        hint = f"{name} could not be checked: {observation.reason}. docker start {name} starts it; if it stops again, docker logs {name} says why."
        return dict(found, verdict=observation.verdict, hint=hint)
    if not declared:
        return dict(found, verdict="ok", enforced=name)
    held = declared in observation.reading
    found["evidence"].append(f"/proc/{observation.life.pid}/net/fib_trie: {', '.join(sorted(observation.reading)) or 'no address'}")
    if not held:
        hint = f"Docker says that {name} has {declared} on {seen.name}, and in the container no interface has it: docker restart {name} gives it anew."
        return dict(found, verdict="not_enforced", hint=hint)
    return dict(found, verdict="ok", enforced=f"{name} {declared}")


def _connection(seen: _Seen, address: str, network: str) -> str:
    words = [f"--network {seen.name}"] if network else []
    return " ".join([*words, *([f"--ip {address}"] if address else [])]) + ("" if network else " " if address else "")


def _members_only(seen: _Seen, _attribute: str, asked: bool, _kernel: Kernel) -> list:
    wanted = {member["container"].lstrip("/") for member in seen.asked.get("members", ())}
    there = sorted(endpoint["Name"] for endpoint in (seen.network.get("Containers") or {}).values())
    strangers = [name for name in there if name not in wanted]
    found = {"asked": asked, "declared": not strangers, "evidence": [f"Containers={', '.join(there) or 'none'}"]}
    if not strangers:
        return [dict(found, verdict="ok")]
    hint = f"{', '.join(strangers)} {'is' if len(strangers) == 1 else 'are'} on {seen.name}, too: docker network disconnect {seen.name} {strangers[0]}."
    return [dict(found, verdict="differs", hint=hint)]


#: How each attribute is compared, in the order of the findings.
_COMPARED = {
    "driver": _driver,
    "subnet": _subnet,
    "gateway": _gateway,
    "bridge": _bridge,
    "mtu": _option,
    "internal": _flagged("Internal"),
    "attachable": _flagged("Attachable"),
    "ipv6": _flagged("EnableIPv6"),
    "icc": _option,
    "masquerade": _option,
    "host_binding": _option,
    "labels": _labels,
    "members": _members,
    "members_only": _members_only,
}


def _finding(seen: _Seen, attribute: str, asked: Any, verdict: str, **fields: Any) -> Finding:
    requirement = seen.requirement
    return Finding(
        subject=seen.name,
        attribute=attribute,
        asked=asked,
        verdict=verdict,
        student=requirement.get("student") or "",
        lab=requirement.get("lab") or "",
        **fields,
    )
