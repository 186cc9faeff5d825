# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who has a port already, by what a real host said while three containers and one server ran."""

from __future__ import annotations

import pytest
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.plugin_utils._ports import PROCESS, check_seat_ports, port_collisions

# The engine's proxies listen at 18700 and 18701, a server at 18703, another at 2024; the last row is a connection that is closed.
TCP = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:07E8 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1678 1 000000007ea77e72 100 0 0 10 0
   1: 0100007F:490D 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 63080 1 0000000077a589c8 100 0 0 10 0
   2: 0100007F:490F 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 64835 1 0000000000f0548b 100 0 0 10 0
   3: 00000000:490C 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 64334 1 00000000a4baa75a 100 0 0 10 0
   4: 0100007F:490F 0100007F:AD32 06 00000000:00000000 03:0000176F 00000000     0        0 0 3 00000000af575737
"""
TCP6 = """\
  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000000000000000000000000000:490C 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 64337 1 00521d95a6
"""
SOCKETS = [TCP, TCP6]
#: cchk-c is linked to cchk-a, as web.
LISTED = [
    {"Names": ["/cchk-c"], "Ports": []},
    {
        "Names": ["/cchk-b"],
        "Ports": [
            {"IP": "0.0.0.0", "PrivatePort": 53, "PublicPort": 18702, "Type": "udp"},
            {"IP": "::", "PrivatePort": 53, "PublicPort": 18702, "Type": "udp"},
            {"IP": "127.0.0.1", "PrivatePort": 5000, "PublicPort": 18701, "Type": "tcp"},
        ],
    },
    {
        "Names": ["/cchk-c/web", "/cchk-a"],
        "Ports": [
            {"IP": "0.0.0.0", "PrivatePort": 5000, "PublicPort": 18700, "Type": "tcp"},
            {"IP": "::", "PrivatePort": 5000, "PublicPort": 18700, "Type": "tcp"},
            {"PrivatePort": 18703, "Type": "tcp"},
        ],
    },
]


def want(*pairs):
    return [{"port": port, "name": name} for port, name in pairs]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ([], []),
        # Its own, whose proxy listens
        ([(18700, "cchk-a")], []),
        ([(18701, "cchk-b")], []),
        # Another container's
        ([(18700, "cchk-b")], [(18700, "cchk-b", "cchk-a")]),
        ([(18701, "cchk-a")], [(18701, "cchk-a", "cchk-b")]),
        ([(18700, "web")], [(18700, "web", "cchk-a")]),
        # Published over UDP, exposed and not published
        ([(18702, "cchk-a")], []),
        ([(5000, "cchk-x")], []),
        # A process's
        ([(18703, "cchk-a")], [(18703, "cchk-a", PROCESS)]),
        ([(2024, "cchk-x")], [(2024, "cchk-x", PROCESS)]),
        ([("2024", "cchk-x")], [(2024, "cchk-x", PROCESS)]),
        # One beside each
        ([(port, "cchk-x") for port in (2023, 2025, 18699, 18704)], []),
        # Of one another
        ([(18710, "x"), (18711, "y")], []),
        ([(18710, "x"), (18710, "y")], [(18710, "x", "y"), (18710, "y", "x")]),
        ([(18710, "x"), ("18710", "x")], [(18710, "x", "x"), (18710, "x", "x")]),
        ([(18700, "cchk-a"), (18700, "cchk-b")], [(18700, "cchk-a", "cchk-b"), (18700, "cchk-b", "cchk-a")]),
        ([(2024, "x"), (2024, "y")], [(2024, "x", "y"), (2024, "x", PROCESS), (2024, "y", "x"), (2024, "y", PROCESS)]),
    ],
)
def test_collisions(wanted, expected):
    assert [(each["port"], each["name"], each["by"]) for each in port_collisions(want(*wanted), LISTED, SOCKETS)] == expected


@pytest.mark.parametrize("sockets", [SOCKETS, [TCP], [TCP6], [TCP + TCP6], ["\n".join(SOCKETS)]])
def test_either_family_and_both_in_one_text(sockets):
    assert port_collisions(want((18700, "x")), [], sockets) == [{"port": 18700, "name": "x", "by": PROCESS}]


def test_a_connection_that_nobody_listens_for_is_none():
    closed = "\n".join(line for line in TCP.splitlines() if " 06 " in line or "sl" in line)
    assert port_collisions(want((18703, "x")), LISTED, [closed]) == []


def test_nothing_is_there():
    assert port_collisions(want((18700, "x")), [], ["", TCP.splitlines()[0]]) == []


def test_what_the_engine_leaves_out():
    listed = [{"Names": None, "Ports": None}, {"Names": ["/y"], "Ports": [{"PublicPort": 18700}]}]
    assert port_collisions(want((18700, "x")), listed, []) == [{"port": 18700, "name": "x", "by": "y"}]


@pytest.mark.parametrize("port", [0, 65536, -1, "x", "", None, True, 1.5])
def test_what_is_no_port(port):
    with pytest.raises(ClassroomError) as refused:
        port_collisions(want((18700, "a"), (port, "x")), LISTED, SOCKETS)
    assert str(refused.value).startswith("wanted[1] (x): port: ")


STUDENTS = ["ashu", {"name": "murali", "seat": 7}, {"name": "priya", "state": "absent"}]


def test_services_beside_the_seats():
    services = {"classroom_registry": 5000, "registry_mirror_port": 12320, "one who left": 12330}
    assert [seat["name"] for seat in check_seat_ports(STUDENTS, 12300, services)] == ["ashu", "murali"]


@pytest.mark.parametrize(
    ("services", "base", "message"),
    [
        ({"registry": 12310}, None, "registry: port 12310 is one of seat 1 of 'ashu', which has 12310 to 12319 with classroom_port_base 12300: "),
        ({"a": 5010, "b": 5000}, 4990, "b: port 5000 is one of seat 1 of 'ashu', which has 5000 to 5009 with classroom_port_base 4990: "),
        ({"registry_mirror_port": 12379}, 12300, "registry_mirror_port: port 12379 is one of seat 7 of 'murali', which has 12370 to "),
    ],
)
def test_services_at_the_port_of_a_seat(services, base, message):
    with pytest.raises(ClassroomError) as refused:
        check_seat_ports(STUDENTS, base, services)
    assert str(refused.value).startswith(message)
