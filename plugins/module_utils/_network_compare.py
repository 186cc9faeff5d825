# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This module utility is private to the collection.

"""What is asked of one network, against what the engine says and what the kernel has: a comparison for each attribute."""

from __future__ import annotations

import ipaddress
import shlex
from typing import Any

from ansible_collections.classroom.containers.plugins.module_utils._cgroups import Kernel
from ansible_collections.classroom.containers.plugins.module_utils._network_members import compare_members, compare_members_only
from ansible_collections.classroom.containers.plugins.module_utils._network_reading import (
    ADDRESSES4,
    ADDRESSES6,
    HOST,
    addresses_of,
    family_of,
    route_file,
    routes_of,
)
from ansible_collections.classroom.containers.plugins.module_utils._network_seen import BRIDGE, TRUE, Seen, ip_address

#: The options of a network that the engine keeps as texts, and what it does where they are not set.
OPTIONS = {
    "mtu": ("com.docker.network.driver.mtu", "1500"),
    "icc": (f"{BRIDGE}.enable_icc", "true"),
    "masquerade": (f"{BRIDGE}.enable_ip_masquerade", "true"),
    "host_binding": (f"{BRIDGE}.host_binding_ipv4", "0.0.0.0"),
}
#: Of engines from 27.0 on: nat and nat-unprotected do NAT, and the others none, whatever else is said of it.
_GATEWAY_MODE = f"{BRIDGE}.gateway_mode_ipv4"
#: What only the creation of a network sets, and the option of docker network create that does so.
_FLAGS = {
    "driver": "--driver {}",
    "subnet": "--subnet {}",
    "gateway": "--gateway {}",
    "bridge": f"--opt {BRIDGE}.name={{}}",
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


def creation_flag(attribute: str, value: Any) -> str:
    """The options of docker network create that set an attribute; empty where leaving one out does."""
    if attribute == "labels":
        return _label_flags(value)
    if attribute not in _FLAGS or value is False and "{}" not in _FLAGS[attribute]:
        return ""
    return _FLAGS[attribute].format(str(value).lower() if isinstance(value, bool) else value)


def _label_flags(labels: dict) -> str:
    return " ".join(f"--label {shlex.quote(f'{key}={value}')}" for key, value in labels.items())


def _anew(seen: Seen, attribute: str, value: Any) -> str:
    if seen.name in PREDEFINED:
        key = _CONFIGURED.get(attribute)
        return f"{key} in /etc/docker/daemon.json sets it, when the engine starts" if key else "Docker makes this network, and nobody else"
    flag = creation_flag(attribute, value)
    return _again(seen, f"with {flag}" if flag else f"without {_FLAGS[attribute]}")


def _again(seen: Seen, how: str) -> str:
    return f"create it again {how}: docker network rm {seen.name} comes first, and disconnect what is on it before that"


def _judged(seen: Seen, attribute: str, asked: Any, declared: Any, evidence: list, enforced: Any = None, known: bool = True, where: str = "") -> list:
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


def _repair(seen: Seen) -> str:
    if seen.name in PREDEFINED:
        return "A restart of the engine makes it anew"
    return f"Disconnect what is on {seen.name}, remove it with docker network rm and create it again"


def _driver(seen: Seen, attribute: str, asked: str, kernel: Kernel) -> list:
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


def _device_words(seen: Seen, there: bool | None) -> str:
    return f"/sys/class/net/{seen.device}: {'a bridge' if there else 'no bridge'}" if there is not None else "/sys/class/net: not readable"


def _subnet(seen: Seen, attribute: str, asked: str, kernel: Kernel) -> list:
    same = [subnet for subnet in seen.subnets if family_of(subnet) == family_of(asked)]
    declared = asked if asked in same else (same or seen.subnets or [None])[0]
    evidence = [f"IPAM.Config.Subnet={', '.join(seen.subnets) or 'none'}"]
    if not seen.addressed(family_of(asked)):
        return _judged(seen, attribute, asked, declared, evidence)
    routes = routes_of(kernel, HOST, family_of(asked))
    direct = [route.subnet for route in routes or () if route.device == seen.device and not route.router]
    its_own = [str(subnet) for subnet in direct if not subnet.is_link_local and not subnet.is_multicast]
    words = "not readable" if routes is None else f"{seen.device} {', '.join(its_own) or 'none'}"
    evidence.append(f"/proc/1/net/{route_file(family_of(asked))}: {words}")
    enforced = asked if asked in its_own else (its_own or [None])[0]
    return _judged(seen, attribute, asked, declared, evidence, enforced, routes is not None, f"the route by {seen.device}")


def _gateway(seen: Seen, attribute: str, asked: str, kernel: Kernel) -> list:
    family = family_of(asked)
    same = [gateway for gateway in seen.gateways if family_of(gateway) == family]
    declared = asked if asked in same else (same or seen.gateways or [None])[0]
    evidence = [f"IPAM.Config.Gateway={', '.join(seen.gateways) or 'none'}"]
    if not seen.addressed(family):
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


def _held(seen: Seen, kernel: Kernel, family: int) -> tuple:
    """The host's addresses on a network: whether they were to be had, the addresses, and the evidence."""
    file = ADDRESSES6 if family == 6 else ADDRESSES4
    addresses = addresses_of(kernel, HOST, file)
    blocks = [ipaddress.ip_network(subnet) for subnet in seen.subnets if family_of(subnet) == family]
    held = [address for device, address in addresses or () if device in ("", seen.device) and any(ip_address(address) in block for block in blocks)]
    if addresses is None:
        return False, [], f"/proc/1/net/{file}: not readable"
    return True, held, f"/proc/1/net/{file}: the host has {', '.join(held) or 'no address'} on the network"


def _bridge(seen: Seen, attribute: str, asked: str, kernel: Kernel) -> list:
    evidence = [f"Options.{BRIDGE}.name={seen.options.get(f'{BRIDGE}.name', '')}"]
    if not seen.device:
        return _judged(seen, attribute, asked, None, evidence)
    there = _device_there(kernel, seen.device)
    evidence.append(_device_words(seen, there))
    return _judged(seen, attribute, asked, seen.device, evidence, seen.device if there else None, there is not None, f"the device {seen.device}")


def _ipv6(seen: Seen, attribute: str, asked: bool, kernel: Kernel) -> list:
    declared = bool(seen.network.get("EnableIPv6"))
    evidence = [f"EnableIPv6={declared}"]
    if not (asked and declared and seen.addressed(6)):
        return _judged(seen, attribute, asked, declared, evidence)
    known, held, words = _held(seen, kernel, 6)
    return _judged(seen, attribute, asked, declared, [*evidence, words], bool(held), known, f"the IPv6 address of {seen.device}")


def _option(seen: Seen, attribute: str, asked: Any, _kernel: Kernel) -> list:
    option, default = OPTIONS[attribute]
    text = seen.options.get(option) or default
    declared = text in TRUE if isinstance(asked, bool) else int(text) if isinstance(asked, int) and text.isdecimal() else text
    return _judged(seen, attribute, asked, declared, [f"Options.{option}={seen.options.get(option, '')}"])


def _masquerade(seen: Seen, attribute: str, asked: bool, kernel: Kernel) -> list:
    mode = seen.options.get(_GATEWAY_MODE, "")
    if not mode or mode.startswith("nat"):
        return _option(seen, attribute, asked, kernel)
    found = {"asked": asked, "declared": False, "evidence": [f"Options.{_GATEWAY_MODE}={mode}"]}
    if not asked:
        return [dict(found, verdict="ok")]
    hint = f"{seen.name} has the gateway mode {mode}, which does no NAT, and masquerading is asked: {_again(seen, f'without --opt {_GATEWAY_MODE}={mode}')}."
    return [dict(found, verdict="differs", hint=hint)]


def _flagged(key: str) -> Any:
    def compare(seen: Seen, attribute: str, asked: bool, _kernel: Kernel) -> list:
        declared = bool(seen.network.get(key))
        return _judged(seen, attribute, asked, declared, [f"{key}={declared}"])

    return compare


def _labels(seen: Seen, _attribute: str, asked: dict, _kernel: Kernel) -> list:
    labels = seen.network.get("Labels") or {}
    declared = {key: labels[key] for key in asked if key in labels}
    found = {"asked": asked, "declared": declared, "evidence": [f"Labels.{key}={labels.get(key, '')}" for key in asked]}
    wrong = {key: value for key, value in asked.items() if declared.get(key) != value}
    if not wrong:
        return [dict(found, verdict="ok")]
    lacks = ", ".join(f"{key}={value}" for key, value in wrong.items())
    hint = f"{seen.name} lacks the labels {lacks}: remove it with docker network rm, and create it again with {_label_flags(asked)}."
    return [dict(found, verdict="differs" if declared else "missing", hint=hint)]


#: How each attribute is compared, in the order of the findings.
COMPARED = {
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
    "members": compare_members,
    "members_only": compare_members_only,
}
