# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Published ports in Docker's words."""

from __future__ import annotations

import pytest
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.module_utils._published import Published, in_words, parse_published, published


@pytest.mark.parametrize(
    ("asked", "words", "address"),
    [
        ("1234:5000", "1234:5000/tcp", "127.0.0.1"),
        ("1234:5000/tcp", "1234:5000/tcp", "127.0.0.1"),
        ("1:65535/udp", "1:65535/udp", "127.0.0.1"),
        ("080:0443/sctp", "80:443/sctp", "127.0.0.1"),
        ("0.0.0.0:1234:5000", "1234:5000/tcp", "127.0.0.1"),
        ("[::]:1234:5000", "[::]:1234:5000/tcp", "::1"),
        ("127.0.0.1:1234:5000", "127.0.0.1:1234:5000/tcp", "127.0.0.1"),
        ("10.0.0.1:1234:5000", "10.0.0.1:1234:5000/tcp", "10.0.0.1"),
        ("[0:0::1]:1234:5000", "[::1]:1234:5000/tcp", "::1"),
    ],
)
def test_words(asked, words, address):
    port = parse_published(asked)
    assert (port.words, port.address) == (words, address)
    assert parse_published(words).words == words


@pytest.mark.parametrize(
    "asked",
    [
        "",
        "5000",
        "133342",
        ":5000",
        "1234:",
        "1234:5000/",
        "1234:5000/TCP",
        "1234:5000/http",
        "0:5000",
        "1234:0",
        "65536:5000",
        "1234:65536",
        "1234-1235:5000",
        "1234 :5000",
        "1234:5000\n",
        "999.0.0.1:1234:5000",
        "host:1234:5000",
        "::1:1234:5000",
        "[::1:1234:5000",
        "[127.0.0.1.1]:1:2",
        "-1:5000",
        "١٢:5000",
        None,
        1234,
    ],
)
def test_what_is_no_published_port(asked):
    with pytest.raises(ClassroomError) as refused:
        parse_published(asked)
    assert str(refused.value).startswith(f"{asked!r} is not a published port: ")


@pytest.mark.parametrize(
    ("bindings", "words"),
    [
        (None, None),
        ({}, None),
        ({"5000/tcp": None}, None),
        ({"5000/tcp": []}, None),
        ({"5000/tcp": [{"HostIp": "", "HostPort": ""}]}, ":5000/tcp"),
        ({"5000/tcp": [{"HostIp": "0.0.0.0", "HostPort": "1"}, {"HostIp": "::", "HostPort": "1"}], "53/udp": [{"HostPort": "53"}]}, "1:5000/tcp, 53:53/udp"),
    ],
)
def test_what_the_engine_says(bindings, words):
    assert in_words(published(bindings)) == words


@pytest.mark.parametrize(
    ("asked", "bound", "expected"),
    [
        ("1234:5000", Published("5000/tcp", "1234", "::"), True),
        ("1234:5000", Published("5000/tcp", "1234", "10.0.0.1"), True),
        ("10.0.0.1:1234:5000", Published("5000/tcp", "1234", "10.0.0.1"), True),
        ("10.0.0.1:1234:5000", Published("5000/tcp", "1234", "10.0.0.2"), False),
        ("10.0.0.1:1234:5000", Published("5000/tcp", "1234", ""), False),
        ("1234:5000", Published("5000/tcp", "1235", ""), False),
        ("1234:5000", Published("5001/tcp", "1234", ""), False),
        ("1234:5000", Published("5000/udp", "1234", ""), False),
    ],
)
def test_bound(asked, bound, expected):
    assert parse_published(asked).bound_as(bound) is expected
