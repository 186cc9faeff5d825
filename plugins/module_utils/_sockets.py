# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This module utility is private to the collection.

"""The TCP sockets of a network namespace that accept connections, as the kernel tells them."""

from __future__ import annotations

import ipaddress
from typing import NamedTuple

#: TCP_LISTEN in /proc/net/tcp
_LISTENING = "0A"


class Listening(NamedTuple):
    """One socket that accepts connections.

    :param address: the address that it is bound to; 0.0.0.0 or :: where it is bound to all
    :param inode: by which a process holds it
    """

    address: str
    port: int
    inode: str

    @property
    def reached_at(self) -> tuple:
        """The addresses at which the host itself may reach it."""
        # One at :: has mostly IPv4 as well, and a host may be without the other.
        return {"0.0.0.0": ("127.0.0.1",), "::": ("::1", "127.0.0.1")}.get(self.address, (self.address,))

    @property
    def words(self) -> str:
        """Address and port for a reader."""
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"

    @property
    def inside(self) -> bool:
        """Whether only the host itself reaches it."""
        return ipaddress.ip_address(self.address).is_loopback


def parse_listening(text: str) -> list:
    """Those in the text of a /proc/PID/net/tcp or tcp6."""
    rows = [line.split() for line in text.splitlines()]
    return [_parsed(row) for row in rows if len(row) > 9 and row[3] == _LISTENING]


def _parsed(row: list) -> Listening:
    digits, _colon, port = row[1].partition(":")
    # The kernel prints each four bytes of an address as it has them in memory.
    words = [bytes.fromhex(digits[place:place + 8])[::-1] for place in range(0, len(digits), 8)]
    address = ipaddress.ip_address(b"".join(words))
    mapped = getattr(address, "ipv4_mapped", None)
    return Listening(str(mapped or address), int(port, 16), row[9])
