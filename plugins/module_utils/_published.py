# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This module utility is private to the collection.

"""Published ports in Docker's words: ``1234:5000/tcp`` is port 5000 of the container at port 1234 of the host."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, replace
from typing import Any

from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError

PORT_MAX = 65535
_PUBLISHED = re.compile(r"(?:(?P<ip>[0-9.]+|\[[0-9A-Fa-f:.]+\]):)?(?P<host>[0-9]{1,5}):(?P<container>[0-9]{1,5})(?:/(?P<protocol>tcp|udp|sctp))?")
#: Where no address is given, and all of IPv4, which Docker makes of it beside all of IPv6.
_EVERYWHERE = ("", "0.0.0.0")
_EVERYWHERE6 = "::"
_RULE = "write the host's port, a colon and the container's port, in quotes, such as '1234:5000' or '1234:5000/udp'"


@dataclass(frozen=True)
class Published:
    """One port of a container at one port of its host.

    :param container: with the protocol, such as ``5000/tcp``
    :param host: as text, since Docker may have been given none or a range
    :param ip: the host's address
    """

    container: str
    host: str
    ip: str = ""

    @property
    def words(self) -> str:
        """As ``docker run -p`` takes it, with the protocol."""
        ip = "" if self.ip in _EVERYWHERE else f"[{self.ip}]:" if ":" in self.ip else f"{self.ip}:"
        return f"{ip}{self.host}:{self.container}"

    @property
    def address(self) -> str:
        """Where this host itself reaches it."""
        return {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.ip, self.ip)

    def bound_as(self, other: Published) -> bool:
        """Whether the engine bound it so. Where no address is asked, the engine's configuration may name one."""
        return self.words == other.words or (self.ip in _EVERYWHERE and (self.container, self.host) == (other.container, other.host))


def parse_published(text: Any) -> Published:
    """A published port as ``docker run -p`` takes it, with both ports given.

    :raises ClassroomError: it is none; the message names the value and the rule
    """
    match = _PUBLISHED.fullmatch(str(text))
    if not match:
        raise ClassroomError(f"{text!r} is not a published port: {_RULE}")
    for port in (match["host"], match["container"]):
        if not 1 <= int(port) <= PORT_MAX:
            raise ClassroomError(f"{text!r} is not a published port: a port is from 1 to {PORT_MAX}")
    ip = (match["ip"] or "").strip("[]")
    try:
        ip = str(ipaddress.ip_address(ip)) if ip else ""
    except ValueError as exc:
        raise ClassroomError(f"{text!r} is not a published port: {ip!r} is not an IP address") from exc
    return Published(f"{int(match['container'])}/{match['protocol'] or 'tcp'}", str(int(match["host"])), ip)


def published(bindings: dict | None) -> list:
    """The published ports of HostConfig.PortBindings or NetworkSettings.Ports."""
    return [Published(port, item.get("HostPort") or "", item.get("HostIp") or "") for port, items in (bindings or {}).items() for item in items or ()]


def in_words(ports: list) -> str | None:
    """Ports for a reader; None where there is none. The same port over IPv4 and IPv6 is said once."""
    words = dict.fromkeys(port.words for port in ports)
    twins = {port.words for port in ports if port.ip == _EVERYWHERE6 and replace(port, ip="").words in words}
    return ", ".join(each for each in words if each not in twins) or None
