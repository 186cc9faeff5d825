# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kernel's netlink, answered as a kernel answers it."""

from __future__ import annotations

import os
import socket
import struct

import pytest
from ansible_collections.classroom.containers.plugins.module_utils import _interfaces
from ansible_collections.classroom.containers.plugins.module_utils._cgroups import Kernel
from ansible_collections.classroom.containers.plugins.module_utils._network_reading import HostEnds


def message(kind, body, length=None):
    return struct.pack("=IHHII", length or 16 + len(body), kind, 2, 1, 0) + body + b"\0" * (-len(body) % 4)


def attribute(kind, content):
    return struct.pack("=HH", 4 + len(content), kind) + content + b"\0" * (-len(content) % 4)


def number(kind, value):
    return attribute(kind, struct.pack("=i", value))


def link(name, end=None, namespace=None):
    """One interface, with a name of any length, and another end if it has one."""
    its_own = attribute(3, name.encode() + b"\0")
    ends = (number(5, end) if end is not None else b"") + (number(37, namespace) if namespace is not None else b"")
    return message(16, struct.pack("=BxHiII", 0, 1, 12, 0, 0) + its_own + number(4, 1500) + ends)


def namespace(identity):
    return message(88, struct.pack("=Bxxx", 0) + number(1, identity))


DONE = message(3, struct.pack("=i", 0))


class Answers:
    """A socket whose kernel has these answers, each to one question, in pieces."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = []

    def __call__(self, *_arguments):
        self.pieces = list(self.answers.pop(0))
        return self

    def __enter__(self):
        return self

    def __exit__(self, *_problem):
        pass

    def settimeout(self, seconds):
        assert seconds

    def send(self, request):
        length, kind, flags = struct.unpack_from("=IHH", request)
        assert length == len(request)
        self.asked.append((kind, flags))

    def recv(self, _size):
        return self.pieces.pop(0)


@pytest.fixture
def answer(monkeypatch):
    def answer(*answers):
        asked = Answers(*answers)
        monkeypatch.setattr(socket, "socket", asked)
        return asked

    return answer


#: The pieces that the kernel tells its interfaces in, and what is found
LINKS = [
    ([link("lo") + link("docker0"), DONE], {}),
    ([link("veth1", 7, 3), DONE], {3: {7: "veth1"}}),
    # The same number in another namespace, and one whose other end is in this namespace
    ([link("veth1", 2, 4) + link("veth22", 2, 3), link("veth333", 3, 3) + link("vlan", 2), DONE], {3: {2: "veth22", 3: "veth333"}, 4: {2: "veth1"}}),
    ([link("veth1", 7, 3) + DONE], {3: {7: "veth1"}}),
]


@pytest.mark.parametrize(("pieces", "found"), LINKS)
def test_other_ends(answer, pieces, found):
    asked = answer(pieces)
    assert _interfaces.host_ends() == found
    assert asked.asked == [(18, 0x301)]


@pytest.mark.parametrize("number", [3, -1])
def test_the_namespace_of_a_process(answer, number):
    asked = answer([namespace(number)])
    assert _interfaces.namespace_of(4711) == number
    assert asked.asked == [(90, 1)]


def test_an_error(answer):
    answer([message(2, struct.pack("=i", -3) + b"\0" * 16)])
    with pytest.raises(ProcessLookupError):
        _interfaces.namespace_of(4711)


def test_this_kernel_answers():
    assert isinstance(_interfaces.host_ends(), dict)
    assert isinstance(_interfaces.namespace_of(os.getpid()), int)


def test_the_kernel_is_asked_once_for_all_containers(answer):
    asked = answer([namespace(3)], [link("veth1", 7, 3) + link("veth2", 7, 4) + DONE], [namespace(4)], [namespace(-1)])
    ends = HostEnds()
    assert [ends(Kernel(), pid) for pid in (4711, 4712, 4713)] == [{7: "veth1"}, {7: "veth2"}, {}]
    assert asked.asked == [(90, 1), (18, 0x301), (90, 1), (90, 1)]
