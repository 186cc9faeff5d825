# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This module utility is private to the collection.

"""What is asked of networks and their members, against what the engine says and what the kernel has: the flow of the module network_check."""

from __future__ import annotations

import ipaddress
import re
import shlex
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Callable, Iterable

from ansible_collections.classroom.containers.plugins.module_utils._cgroups import KERNEL_ARGUMENTS, Kernel, KernelError
from ansible_collections.classroom.containers.plugins.module_utils._container_state import state_words, waking
from ansible_collections.classroom.containers.plugins.module_utils._docker_run import connectable
from ansible_collections.classroom.containers.plugins.module_utils._engine import ENGINE_ARGUMENTS, Engine, EngineError, container_path, network_path
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.module_utils._findings import FAIL, FINDINGS_ARGUMENTS, OWNER_ARGUMENTS, Finding, owner
from ansible_collections.classroom.containers.plugins.module_utils._labels import parse_labels
from ansible_collections.classroom.containers.plugins.module_utils._network_reading import (
    ADDRESSES4,
    ADDRESSES6,
    HOST,
    addresses_of,
    family_of,
    HostEnds,
    read_network,
    route_file,
    routes_of,
)
from ansible_collections.classroom.containers.plugins.module_utils._observe import NAME_RULE, TRIES, Observation, check_name, is_name, observe

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
_BRIDGE = "com.docker.network.bridge"
#: The options of a network that the engine keeps as texts, and what it does where they are not set.
OPTIONS = {
    "mtu": ("com.docker.network.driver.mtu", "1500"),
    "icc": (f"{_BRIDGE}.enable_icc", "true"),
    "masquerade": (f"{_BRIDGE}.enable_ip_masquerade", "true"),
    "host_binding": (f"{_BRIDGE}.host_binding_ipv4", "0.0.0.0"),
}
#: Of engines from 27.0 on: nat and nat-unprotected do NAT, and the others none, whatever else is said of it.
_GATEWAY_MODE = f"{_BRIDGE}.gateway_mode_ipv4"
#: What the engine takes for true.
_TRUE = ("1", "t", "T", "true", "TRUE", "True")
#: What only the creation of a network sets, and the option of docker network create that does so.
_FLAGS = {
    "driver": "--driver {}",
    "subnet": "--subnet {}",
    "gateway": "--gateway {}",
    "bridge": f"--opt {_BRIDGE}.name={{}}",
    "internal": "--internal",
    "attachable": "--attachable",
    "ipv6": "--ipv6",
    "subnet6": "--subnet {}",
    "gateway6": "--gateway {}",
    **{attribute: f"--opt {option}={{}}" for attribute, (option, _default) in OPTIONS.items()},
}
#: What the engine's configuration calls an attribute of the default bridge, which is never created again.
_CONFIGURED = {
    "subnet": "bip",
    "gateway": "bip",
    "bridge": "bridge",
    "mtu": "mtu",
    "ipv6": "ipv6",
    "subnet6": "fixed-cidr-v6",
    "gateway6": "fixed-cidr-v6",
    "icc": "icc",
    "masquerade": "ip-masq",
    "host_binding": "ip",
}
#: The networks that every engine has.
PREDEFINED = ("bridge", "host", "none")
#: Of each family of addresses, what a member is asked for, what the engine gave it and was told to give, the option that tells it, and the kernel's file.
_FAMILIES = (
    ("address", "IPAddress", "IPv4Address", "--ip", ADDRESSES4),
    ("address6", "GlobalIPv6Address", "IPv6Address", "--ip6", ADDRESSES6),
)
_ID_SHOWN = 12
_LEADING_ZEROS = re.compile(r"(?<![0-9])0+(?=[0-9])")
#: The kernel has 16 bytes for an interface's name and the end of it.
_DEVICE = re.compile(r"(?!\.{1,2}$)[^\s/:]{1,15}")


#: A host has the addresses of all its networks, and each network is compared with all of them.
_ip_address = lru_cache(maxsize=4096)(ipaddress.ip_address)


def _ip_subnet(text: str) -> Any:
    return ipaddress.ip_network(text, strict=False)


def bridge_of(network: dict) -> str:
    """The name of the bridge that the host has for an inspected or listed network."""
    return (network.get("Options") or {}).get(f"{_BRIDGE}.name") or f"br-{network['Id'][:_ID_SHOWN]}"


def _pools_of(network: dict) -> list:
    return (network.get("IPAM") or {}).get("Config") or []


def subnets_of(network: dict) -> list:
    """The subnets of an inspected or listed network, as parse_subnet returns them."""
    return [_canonical(pool["Subnet"], _ip_subnet) for pool in _pools_of(network) if pool.get("Subnet")]


@dataclass
class _Seen:
    """One requirement and all that is known of its network.

    :param network: as the engine's inspect tells it; None where there is none
    :param problem: why it is not known
    :param members: of each container's name, what was observed
    """

    requirement: dict
    asked: dict
    engine: Engine
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
        return bridge_of(self.network) if self.network["Driver"] == "bridge" else ""

    @property
    def pools(self) -> list:
        return _pools_of(self.network)

    @property
    def subnets(self) -> list:
        return subnets_of(self.network)

    @property
    def gateways(self) -> list:
        return [_canonical(pool["Gateway"].partition("/")[0]) for pool in self.pools if pool.get("Gateway")]


def check(requirements: list, engine: Engine, kernel: Kernel, ends: Callable = HostEnds) -> list:
    """The findings of all requirements, in their order.

    :param requirements: the option ``networks`` of network_check
    :param ends: makes, for one look, what is called as HostEnds
    :raises ClassroomError: a requirement is wrong; nothing was looked at
    """
    parsed = [_parse(index, requirement) for index, requirement in enumerate(requirements)]
    # A container may be on several networks.
    observed: dict = {}
    found = []
    first = ends()
    kernel.forget()
    engine.expect(_wanted(zip(requirements, parsed)))
    for requirement, asked in zip(requirements, parsed):
        found += _settled(_Seen(requirement, asked, engine), kernel, first, ends, observed)
    return found


def _wanted(requirements: Iterable) -> list:
    """What the engine will be asked for, in that order: each network, and each member when a network first has it.

    :param requirements: pairs of a requirement and the same, parsed
    """
    paths = []
    for requirement, asked in requirements:
        paths.append(network_path(requirement["name"]))
        paths += [container_path(member["container"].lstrip("/")) for member in asked.get("members", ())]
    return list(dict.fromkeys(paths))


def _settled(seen: _Seen, kernel: Kernel, first: Callable, ends: Callable, observed: dict) -> list:
    """The findings of one requirement: what changes while it is looked at is nobody's mistake, and a failure counts when two looks agree.

    :param observed: what was observed of containers already, by their names
    """
    found = _findings(_look(seen, kernel, first, observed), kernel)
    for _attempt in range(TRIES):
        if all(finding.outcome != FAIL for finding in found):
            return found
        kernel.forget()
        again = _findings(_look(seen, kernel, ends(), {}), kernel)
        if again == found:
            return found
        found = again
    hint = f"It could not be checked: it was something else each time in {TRIES + 1}. Check it again."
    return [replace(finding, verdict="unstable", hint=hint) if finding.outcome == FAIL else finding for finding in found]


def _look(seen: _Seen, kernel: Kernel, ends: Callable, observed: dict) -> _Seen:
    """The same requirement with what there is now."""
    seen = replace(seen, members={})
    try:
        seen.network = find(seen.engine, seen.name)
    except EngineError as exc:
        seen.problem = exc
    for member in seen.asked.get("members", ()):
        name = member["container"]
        if name not in observed:
            observed[name] = _observe(seen.engine, kernel, name, ends)
        seen.members[name] = observed[name]
    return seen


def find(engine: Engine, name: str) -> dict | None:
    """The inspected network of that name, or None."""
    network = engine.network(name)
    # The engine takes the beginning of an id for a name, too.
    return network if network and network["Name"] == name else None


def _parse(index: int, requirement: dict) -> dict:
    where = f"networks[{index}] ({requirement['name']})"
    asked = {}
    try:
        parse_network_name(requirement["name"])
    except ClassroomError as exc:
        raise ClassroomError(f"{where}: name: {exc}") from exc
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
    """An address of IPv4 without a prefix, as ``--ip`` takes it.

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


def _canonical(text: str, read: Callable = _ip_address) -> str:
    """An address as parse_address returns it, or with _ip_subnet a subnet as parse_subnet does. The engine keeps what it was told as it was written."""
    # Some engines take 192.168.1.010 for 192.168.1.10, and nobody else reads it.
    return str(read(text if ":" in text else _LEADING_ZEROS.sub("", text))) if text else ""


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
    "host_binding": parse_address,
    "mtu": _parse_mtu,
    "members": _parse_members,
    "labels": parse_labels,
}


def _observe(engine: Engine, kernel: Kernel, name: str, ends: Callable) -> Observation:
    try:
        return observe(engine, kernel, name, lambda life, _container: read_network(kernel, life.pid, ends))
    except EngineError as exc:
        return Observation(None, verdict="unreachable", reason=str(exc))


def _findings(seen: _Seen, kernel: Kernel) -> list:
    if seen.problem:
        evidence, hint = [str(seen.problem)], seen.problem.hint
        return [_finding(seen, attribute, verdict="unreachable", evidence=evidence, hint=hint, **part) for attribute, part in _parts(seen)]
    if seen.network is None:
        flags = " ".join(filter(None, (_flag(attribute, value) for attribute, value in seen.asked.items())))
        hint = f"There is no network named {seen.name}: create it with docker network create {flags} {seen.name}.".replace("  ", " ")
        evidence = [f"GET /networks/{seen.name}: no such network"]
        return [_finding(seen, attribute, verdict="absent", evidence=evidence, hint=hint, **part) for attribute, part in _parts(seen)]
    return [_finding(seen, attribute, **fields) for attribute, value in seen.asked.items() for fields in _compare(seen, attribute, value, kernel)]


def _compare(seen: _Seen, attribute: str, asked: Any, kernel: Kernel) -> list:
    try:
        return _COMPARED[attribute](seen, attribute, asked, kernel)
    except KernelError as exc:
        return [{"asked": asked, "verdict": "unreadable", "evidence": [str(exc)], "hint": f"{attribute} of {seen.name} could not be checked: {exc}."}]


def _parts(seen: _Seen) -> list:
    """What each finding is about: the attribute, and what is asked as the finding shows it, with the step that it belongs to where that is another one."""
    parts: list = []
    for attribute, value in seen.asked.items():
        members = [dict(_step(member), asked=_member_words(member)) for member in value] if attribute == "members" else [{"asked": value}]
        parts += [(attribute, part) for part in members]
    return parts


def _step(member: dict) -> dict:
    return {"step": member["step"]} if member.get("step") else {}


def _flag(attribute: str, value: Any) -> str:
    if attribute == "labels":
        return _label_flags(value)
    if attribute not in _FLAGS or value is False and "{}" not in _FLAGS[attribute]:
        return ""
    return _FLAGS[attribute].format(str(value).lower() if isinstance(value, bool) else value)


def _anew(seen: _Seen, attribute: str, value: Any) -> str:
    if seen.name in PREDEFINED:
        key = _CONFIGURED.get(attribute)
        return f"{key} in /etc/docker/daemon.json sets it, when the engine starts" if key else "Docker makes this network, and nobody else"
    flag = _flag(attribute, value)
    return _again(seen, f"with {flag}" if flag else f"without {_FLAGS[attribute]}")


def _again(seen: _Seen, how: str) -> str:
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
    if seen.name in PREDEFINED:
        return "A restart of the engine makes it anew"
    return f"Disconnect what is on {seen.name}, remove it with docker network rm and create it again"


def _driver(seen: _Seen, attribute: str, asked: str, kernel: Kernel) -> list:
    declared, evidence = seen.network["Driver"], [f"Driver={seen.network['Driver']}"]
    if asked == declared == "bridge":
        there = _device_there(kernel, seen.device)
        evidence.append(_device_words(seen, there))
        return _judged(seen, attribute, asked, declared, evidence, "bridge" if there else None, there is not None, f"the device {seen.device}")
    return _judged(seen, attribute, asked, declared, evidence)


def _device_there(kernel: Kernel, device: str) -> bool | None:
    """Whether the host has that bridge; None where it shows no interface at all."""
    if kernel.read("/sys/class/net/lo/ifindex") is None:
        return None
    return kernel.read(f"/sys/class/net/{device}/bridge/bridge_id") is not None


def _device_words(seen: _Seen, there: bool | None) -> str:
    return f"/sys/class/net/{seen.device}: {'a bridge' if there else 'no bridge'}" if there is not None else "/sys/class/net: not readable"


def _subnet(seen: _Seen, attribute: str, asked: str, kernel: Kernel) -> list:
    same = [subnet for subnet in seen.subnets if family_of(subnet) == family_of(asked)]
    declared = asked if asked in same else (same or seen.subnets or [None])[0]
    evidence = [f"IPAM.Config.Subnet={', '.join(seen.subnets) or 'none'}"]
    if not seen.device:
        return _judged(seen, attribute, asked, declared, evidence)
    routes = routes_of(kernel, HOST, family_of(asked))
    direct = [route.subnet for route in routes or () if route.device == seen.device and not route.router]
    its_own = [str(subnet) for subnet in direct if not subnet.is_link_local and not subnet.is_multicast]
    words = "not readable" if routes is None else f"{seen.device} {', '.join(its_own) or 'none'}"
    evidence.append(f"/proc/1/net/{route_file(family_of(asked))}: {words}")
    enforced = asked if asked in its_own else (its_own or [None])[0]
    return _judged(seen, attribute, asked, declared, evidence, enforced, routes is not None, f"the route by {seen.device}")


def _gateway(seen: _Seen, attribute: str, asked: str, kernel: Kernel) -> list:
    family = family_of(asked)
    same = [gateway for gateway in seen.gateways if family_of(gateway) == family]
    declared = asked if asked in same else (same or seen.gateways or [None])[0]
    evidence = [f"IPAM.Config.Gateway={', '.join(seen.gateways) or 'none'}"]
    if not seen.device:
        return _judged(seen, attribute, asked, declared, evidence)
    known, held, words = _held(seen, kernel, family)
    evidence.append(words)
    enforced = asked if asked in held else (held or [None])[0]
    # Without the option, the engine takes the first address of the subnet, and does not say so.
    if not same and any(family_of(subnet) == family for subnet in seen.subnets):
        found = {"asked": asked, "declared": None, "enforced": enforced, "evidence": evidence}
        if not known:
            return [dict(found, verdict="unverifiable", hint=f"Docker does not say which {attribute} it took for {seen.name}, and this host does not show it.")]
        hint = f"{attribute} of {seen.name} is {enforced or 'none'}, which Docker took by itself, and {asked} is asked: {_anew(seen, attribute, asked)}."
        return [dict(found, verdict="ok") if enforced == asked else dict(found, verdict="differs" if enforced else "missing", hint=hint)]
    return _judged(seen, attribute, asked, declared, evidence, enforced, known, f"the address of {seen.device}")


def _held(seen: _Seen, kernel: Kernel, family: int) -> tuple:
    """The host's addresses on a network: whether they were to be had, the addresses, and the evidence."""
    file = ADDRESSES6 if family == 6 else ADDRESSES4
    addresses = addresses_of(kernel, HOST, file)
    blocks = [ipaddress.ip_network(subnet) for subnet in seen.subnets if family_of(subnet) == family]
    held = [address for device, address in addresses or () if device in ("", seen.device) and any(_ip_address(address) in block for block in blocks)]
    if addresses is None:
        return False, [], f"/proc/1/net/{file}: not readable"
    return True, held, f"/proc/1/net/{file}: the host has {', '.join(held) or 'no address'} on the network"


def _bridge(seen: _Seen, attribute: str, asked: str, kernel: Kernel) -> list:
    evidence = [f"Options.{_BRIDGE}.name={seen.options.get(f'{_BRIDGE}.name', '')}"]
    if not seen.device:
        return _judged(seen, attribute, asked, None, evidence)
    there = _device_there(kernel, seen.device)
    evidence.append(_device_words(seen, there))
    return _judged(seen, attribute, asked, seen.device, evidence, seen.device if there else None, there is not None, f"the device {seen.device}")


def _ipv6(seen: _Seen, attribute: str, asked: bool, kernel: Kernel) -> list:
    declared = bool(seen.network.get("EnableIPv6"))
    evidence = [f"EnableIPv6={declared}"]
    if not (asked and declared and seen.device):
        return _judged(seen, attribute, asked, declared, evidence)
    known, held, words = _held(seen, kernel, 6)
    return _judged(seen, attribute, asked, declared, [*evidence, words], bool(held), known, f"the IPv6 address of {seen.device}")


def _option(seen: _Seen, attribute: str, asked: Any, _kernel: Kernel) -> list:
    option, default = OPTIONS[attribute]
    text = seen.options.get(option) or default
    declared = text in _TRUE if isinstance(asked, bool) else int(text) if isinstance(asked, int) and text.isdecimal() else text
    return _judged(seen, attribute, asked, declared, [f"Options.{option}={seen.options.get(option, '')}"])


def _masquerade(seen: _Seen, attribute: str, asked: bool, kernel: Kernel) -> list:
    mode = seen.options.get(_GATEWAY_MODE, "")
    if not mode or mode.startswith("nat"):
        return _option(seen, attribute, asked, kernel)
    found = {"asked": asked, "declared": False, "evidence": [f"Options.{_GATEWAY_MODE}={mode}"]}
    if not asked:
        return [dict(found, verdict="ok")]
    hint = f"{seen.name} has the gateway mode {mode}, which does no NAT, and masquerading is asked: {_again(seen, f'without --opt {_GATEWAY_MODE}={mode}')}."
    return [dict(found, verdict="differs", hint=hint)]


def _flagged(key: str) -> Any:
    def compare(seen: _Seen, attribute: str, asked: bool, _kernel: Kernel) -> list:
        declared = bool(seen.network.get(key))
        return _judged(seen, attribute, asked, declared, [f"{key}={declared}"])

    return compare


def _labels(seen: _Seen, _attribute: str, asked: dict, _kernel: Kernel) -> list:
    labels = seen.network.get("Labels") or {}
    declared = {key: labels[key] for key in asked if key in labels}
    found = {"asked": asked, "declared": declared, "evidence": [f"Labels.{key}={labels.get(key, '')}" for key in asked]}
    wrong = {key: value for key, value in asked.items() if declared.get(key) != value}
    if not wrong:
        return [dict(found, verdict="ok")]
    lacks = ", ".join(f"{key}={value}" for key, value in wrong.items())
    hint = f"{seen.name} lacks the labels {lacks}: remove it with docker network rm, and create it again with {_label_flags(asked)}."
    return [dict(found, verdict="differs" if declared else "missing", hint=hint)]


def _label_flags(labels: dict) -> str:
    return " ".join(f"--label {shlex.quote(f'{key}={value}')}" for key, value in labels.items())


def _member_words(member: dict) -> str:
    return " ".join(filter(None, (member[key] for key in ("container", "address", "address6"))))


def _members(seen: _Seen, _attribute: str, asked: list, _kernel: Kernel) -> list:
    return [dict(_member(seen, member, seen.members[member["container"]]), **_step(member)) for member in asked]


def _member(seen: _Seen, member: dict, observation: Observation) -> dict:
    name = member["container"]
    found: dict[str, Any] = {"asked": _member_words(member)}
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
        given, configured = endpoint.get(gave) or "", _canonical((endpoint.get("IPAMConfig") or {}).get(told) or "")
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


def _plugged(seen: _Seen, name: str, declared: str, evidence: list, observation: Observation) -> dict:
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


def _unplugged(seen: _Seen, name: str, reason: str) -> dict:
    return {"verdict": "unverifiable", "hint": f"Whether {name} is plugged into {seen.device}, the bridge of {seen.name}, could not be seen: {reason}."}


def _whose(seen: _Seen, bridge: str) -> str:
    """Which network of the engine a bridge belongs to, in words; empty where it is of none."""
    try:
        return "".join(f", the bridge of {network['Name']}" for network in seen.engine.get("/networks") or () if bridge_of(network) == bridge)
    except EngineError:
        return ""


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
    "ipv6": _ipv6,
    "subnet6": _subnet,
    "gateway6": _gateway,
    "icc": _option,
    "masquerade": _masquerade,
    "host_binding": _option,
    "labels": _labels,
    "members": _members,
    "members_only": _members_only,
}


def _finding(seen: _Seen, attribute: str, asked: Any, verdict: str, **fields: Any) -> Finding:
    return Finding(seen.name, attribute, verdict, asked=asked, kind="network", **{**owner(seen.requirement), **fields})
