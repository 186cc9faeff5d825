# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This module utility is private to the collection.

"""What is seen of a network and its members."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Callable

from ansible_collections.classroom.containers.plugins.module_utils._engine import Engine, EngineError

BRIDGE = "com.docker.network.bridge"
#: What the engine takes for true.
TRUE = ("1", "t", "T", "true", "TRUE", "True")
_ID_SHOWN = 12
_LEADING_ZEROS = re.compile(r"(?<![0-9])0+(?=[0-9])")
#: A host has the addresses of all its networks, and each network is compared with all of them.
ip_address = lru_cache(maxsize=4096)(ipaddress.ip_address)


def _ip_subnet(text: str) -> Any:
    return ipaddress.ip_network(text, strict=False)


def canonical(text: str, read: Callable = ip_address) -> str:
    """An address as parse_address returns it, or with _ip_subnet a subnet as parse_subnet does. The engine keeps what it was told as it was written."""
    # Some engines take 192.168.1.010 for 192.168.1.10, and nobody else reads it.
    return str(read(text if ":" in text else _LEADING_ZEROS.sub("", text))) if text else ""


def bridge_of(network: dict) -> str:
    """The name of the bridge that the host has for an inspected or listed network."""
    return (network.get("Options") or {}).get(f"{BRIDGE}.name") or f"br-{network['Id'][:_ID_SHOWN]}"


def _pools_of(network: dict) -> list:
    return (network.get("IPAM") or {}).get("Config") or []


def subnets_of(network: dict) -> list:
    """The subnets of an inspected or listed network, as parse_subnet returns them."""
    return [canonical(pool["Subnet"], _ip_subnet) for pool in _pools_of(network) if pool.get("Subnet")]


@dataclass
class Seen:
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

    def addressed(self, family: int) -> bool:
        """Whether the host has a bridge for it, with an address of this family there, as far as the engine was not told to give it none."""
        without = [self.options.get(f"{BRIDGE}.gateway_mode_ipv{family}") == "isolated", family == 4 and self.options.get(f"{BRIDGE}.inhibit_ipv4") in TRUE]
        return bool(self.device) and not any(without)

    @property
    def subnets(self) -> list:
        return subnets_of(self.network)

    @property
    def gateways(self) -> list:
        return [canonical(pool["Gateway"].partition("/")[0]) for pool in _pools_of(self.network) if pool.get("Gateway")]
