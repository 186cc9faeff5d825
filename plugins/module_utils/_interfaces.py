# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This module utility is private to the collection.

"""Which interface of the host is the other end of a container's: what no file tells, and the kernel's netlink does.

An interface's files know its other end by a number. Numbers are unique in one network namespace only, and an engine that makes
the container's end in the container gives all of them the same one.
"""

from __future__ import annotations

import socket
import struct
from typing import Iterator

# rtnetlink(7), and include/uapi/linux/{netlink,rtnetlink,net_namespace,if_link}.h
_NETLINK_ROUTE = 0
_REQUEST, _DUMP = 0x1, 0x300
_ERROR, _DONE = 2, 3
_GET_LINK, _GET_NAMESPACE = 18, 90
_NAMESPACE_ID, _NAMESPACE_OF_PROCESS = 1, 2
_NAME, _OTHER_END, _EXTENT, _OTHER_NAMESPACE = 3, 5, 29, 37
_READ = frozenset((_NAMESPACE_ID, _NAME, _OTHER_END, _OTHER_NAMESPACE))
_WITHOUT_STATISTICS = 1 << 3
#: The kernel's answers come in pieces of at most 32 KiB.
_PIECE = 1 << 16
_HEADER, _ATTRIBUTE, _LINK = struct.Struct("=IHHII"), struct.Struct("=HH"), struct.Struct("=BxHiII")
#: Seconds. The kernel answers at once, or not at all.
_TIMEOUT = 5


def namespace_of(pid: int) -> int:
    """The number that this process's network namespace has for that of another process; -1 where no interface leads there.

    :raises OSError: the kernel does not tell, or there is no such process (any more)
    """
    (answer,) = _ask(_GET_NAMESPACE, 0, struct.pack("=Bxxx", socket.AF_UNSPEC) + _packed(_NAMESPACE_OF_PROCESS, pid))
    return struct.unpack("=i", _attributes(answer[4:])[_NAMESPACE_ID])[0]


def host_ends() -> dict:
    """The interfaces of this process's network namespace whose other ends are in other namespaces.

    :returns: by the number of the namespace, their names, by the number that the other end has there
    :raises OSError: the kernel does not tell
    """
    ends: dict = {}
    for answer in _ask(_GET_LINK, _DUMP, _LINK.pack(socket.AF_UNSPEC, 0, 0, 0, 0) + _packed(_EXTENT, _WITHOUT_STATISTICS)):
        found = _attributes(answer[_LINK.size:])
        if _OTHER_END in found and _OTHER_NAMESPACE in found:
            namespace, number = struct.unpack("=ii", found[_OTHER_NAMESPACE] + found[_OTHER_END])
            ends.setdefault(namespace, {})[number] = found[_NAME].rstrip(b"\0").decode("utf-8", "replace")
    return ends


def _ask(kind: int, flags: int, request: bytes) -> Iterator[bytes]:
    """The bodies of the messages that the kernel answers with."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_ROUTE) as asked:
        asked.settimeout(_TIMEOUT)
        asked.send(_HEADER.pack(_HEADER.size + len(request), kind, _REQUEST | flags, 1, 0) + request)
        while True:
            piece = asked.recv(_PIECE)
            while piece:
                length, answered, _flags, _number, _sender = _HEADER.unpack_from(piece)
                if answered == _DONE:
                    return
                if answered == _ERROR:
                    (code,) = struct.unpack_from("=i", piece, _HEADER.size)
                    raise OSError(-code, "netlink")
                yield piece[_HEADER.size:length]
                piece = piece[_aligned(length):]
            if not flags:
                return


def _packed(attribute: int, number: int) -> bytes:
    return _ATTRIBUTE.pack(_ATTRIBUTE.size + 4, attribute) + struct.pack("=I", number)


def _attributes(body: bytes) -> dict:
    found, begin = {}, 0
    # A host has hundreds of interfaces, with dozens of attributes each: nothing is copied that is not asked for.
    while begin + _ATTRIBUTE.size <= len(body):
        length, attribute = _ATTRIBUTE.unpack_from(body, begin)
        if attribute in _READ:
            found[attribute] = body[begin + _ATTRIBUTE.size:begin + length]
        begin += _aligned(length)
    return found


def _aligned(length: int) -> int:
    return (length + 3) & ~3
