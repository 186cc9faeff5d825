# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a class needs of a host, what only the class's data can tell of it, and the table."""

from __future__ import annotations

import pytest
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.module_utils._host_check import PASS, STOP, WARN
from ansible_collections.classroom.containers.plugins.plugin_utils._lab_containers import lab_containers
from ansible_collections.classroom.containers.plugins.plugin_utils._lab_images import image_containers, lab_images
from ansible_collections.classroom.containers.plugins.plugin_utils._lab_networks import lab_networks
from ansible_collections.classroom.containers.plugins.plugin_utils._room import ORDER, host_needs, host_rows, role_needs, room_table

MIB = 1 << 20
STUDENTS = ["ashu", "murali"]
SIZE = {
    "class": {"disk": "10m", "seconds": 20},
    "student": {"memory": "1m", "seconds": 0.5},
    "container": {"disk": "1m", "inodes": 40, "memory": "4m", "seconds": 0.1},
    "image": {"inodes": 3},
}
LISTENING = "  sl  local_address rem_address   st\n   0: 00000000:{:04X} 00000000:0000 0A 0:0 00:0 0 0 0 7 1\n"
#: A route to 192.168.2.0/24 by eth0
NO_ROUTES = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\n"
ROUTES = NO_ROUTES + "eth0\t0002A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\n"
FOUND = {
    "engine": "there",
    "containers": [],
    "networks": [],
    "routes": NO_ROUTES,
    "routes6": "",
    "sockets": [LISTENING.format(22)],
    "cpus_online": "0-1",
    "meminfo": "MemTotal:        1048576 kB\n",
}


def containers(limits=({}, {"memory": "100m"}), lab="container_limits"):
    answers = [{"name": f"x{number}", "limits": each} for number, each in enumerate(limits, 1)]
    return lab_containers(answers, lab, "monday", STUDENTS, [answer["name"] for answer in answers], "busybox")


def images():
    answers = [{"name": "v001", "container": "c1", "pages": [{"path": "/"}]}, {"name": "v002"}]
    return lab_images(answers, "flask_image", "monday", STUDENTS, ["v001", "v002"], 12300)


def networks():
    return lab_networks([{"name": "br1"}], "bridge_network", "monday", STUDENTS, ["192.168.0.0/16"])


# Estimates


def test_what_a_lab_needs():
    need = role_needs(SIZE, "container_limits", containers())
    assert {key: need[key] for key in ("disk", "inodes", "memory", "seconds")} == {
        "disk": 14 * MIB, "inodes": 160, "memory": 18 * MIB, "seconds": pytest.approx(21.4),
    }  # fmt: skip
    # Each second container may use 96 MiB beyond the floor of 4.
    assert need["memory_limits"] == (18 + 2 * 96) * MIB
    assert need["swap_limits"] is False


def test_what_a_lab_with_images_needs():
    need = role_needs(SIZE, "flask_image", image_containers(images(), 5000), images())
    assert (need["inodes"], need["images"]) == (2 * 40 + 4 * 3, ["ashuflask:v001", "ashuflask:v002", "muraliflask:v001", "muraliflask:v002"])
    [for_module] = host_needs([need])
    assert for_module["containers"] == ["ashuc1", "muralic1"]
    assert "networks" not in for_module and "swap_limits" not in for_module


@pytest.mark.parametrize(
    ("limits", "above", "swap"),
    [
        ({}, 0, False),
        ({"memory": "unlimited"}, 0, False),
        # A limit below the floor is never reached by what is counted already.
        ({"memory": "6m"}, 2 * MIB, False),
        ({"memory": "100m", "memory_swap": "150m"}, 96 * MIB, True),
        ({"memory": "100m", "memory_swap": "unlimited"}, 96 * MIB, False),
        ({"memory": "100m", "memory_swap": -1}, 96 * MIB, False),
        ({"memory": "100m", "memory_swap": "-1"}, 96 * MIB, False),
        ({"memory": "Unlimited", "memory_swap": "Unlimited"}, 0, False),
    ],
)
def test_limits_of_memory(limits, above, swap):
    need = role_needs(SIZE, "container_limits", containers([limits]))
    assert (need["memory_limits"] - need["memory"], need["swap_limits"]) == (2 * above, swap)


def test_a_host_role_needs_no_students():
    need = role_needs({"image": {"disk": "2m"}}, "base_images", images=[{"name": "a"}, {"name": "b"}])
    assert (need["disk"], need["memory"], need["images"]) == (4 * MIB, 0, ["a", "b"])


@pytest.mark.parametrize(
    ("size", "words"),
    [
        ([], "lab_size: []: it is a dictionary of class, student, container, image"),
        ({"room": {}}, "lab_size: {'room': {}}"),
        ({"class": 5}, "lab_size.class: 5: it is a dictionary of disk, memory, inodes, seconds"),
        ({"class": {"ram": 5}}, "lab_size.class: {'ram': 5}"),
        ({"class": {"disk": "lots"}}, "lab_size.class.disk: 'lots' is not a size"),
        ({"class": {"memory": -1}}, "lab_size.class.memory: -1 is not a size"),
        ({"image": {"inodes": "many"}}, "lab_size.image.inodes: 'many': it is a number"),
        ({"image": {"seconds": -0.5}}, "lab_size.image.seconds: -0.5: it is a number that is not less than 0"),
        ({"image": {"seconds": True}}, "lab_size.image.seconds: True: it is a number"),
    ],
)
def test_a_size_that_is_none(size, words):
    with pytest.raises(ClassroomError) as refused:
        role_needs(size, "lab")
    assert str(refused.value).startswith(words)


# Rows


def rows(all_needs=(), **found):
    looked = {"rows": [{"check": "engine", "outcome": PASS, "read": "Docker", "advice": ""}], "found": {**FOUND, **found}}
    return {row["check"]: row for row in host_rows(looked, "docker1", list(all_needs), "monday", STUDENTS)}


def all_needs():
    return [role_needs(SIZE, "container_limits", containers()), role_needs(SIZE, "flask_image", image_containers(images(), 5000), images()),
            role_needs(SIZE, "bridge_network", networks=networks())]  # fmt: skip


def test_a_host_that_is_ready():
    found = rows(all_needs())
    assert list(found) == [check for check in ORDER if check in found]
    assert {row["outcome"] for row in found.values()} == {PASS}
    assert "2 subnets, such as 192.168.1.0/24 of ashubr1" in found["subnets"]["read"]
    assert "12310 to 12329" in found["ports"]["read"]


OWN = {"classroom.class": "monday", "classroom.lab": "flask_image", "com.docker.compose.project": "monday-flask_image", "com.docker.compose.service": "ashuc1"}
PORT = {"PublicPort": 12310, "Type": "tcp"}
#: What is found, the check that tells, its outcome, words
FOUND_CASES = {
    "a listener at a lab's port": ({"sockets": [LISTENING.format(12310)]}, "ports", STOP, "port 12310 of ashuc1 is taken by a process of the host"),
    "a listener at another of a seat's": (
        {"sockets": [LISTENING.format(12329)]}, "ports", WARN, "port 12329 of the seat of murali is taken by a process of the host",
    ),
    "a listener one below": ({"sockets": [LISTENING.format(12309)]}, "ports", PASS, ""),
    "a listener one above": ({"sockets": [LISTENING.format(12330)]}, "ports", PASS, ""),
    "the very container": ({"containers": [{"Names": ["/ashuc1"], "Labels": OWN, "Ports": [PORT]}], "sockets": [LISTENING.format(12310)]}, "ports", PASS, ""),
    "a stranger's container": ({"containers": [{"Names": ["/web"], "Labels": {}, "Ports": [PORT]}]}, "ports", STOP, "port 12310 of ashuc1 is taken by web"),
    "another of the student's own": (
        {"containers": [{"Names": ["/ashumine"], "Labels": {}, "Ports": [{"PublicPort": 12311, "Type": "tcp"}]}]}, "ports", PASS, "",
    ),
    "a neighbour's": (
        {"containers": [{"Names": ["/muralimine"], "Labels": {}, "Ports": [{"PublicPort": 12311, "Type": "tcp"}]}]},
        "ports", WARN, "port 12311 of the seat of ashu is taken by muralimine",
    ),
    "no sockets": ({"sockets": None}, "ports", WARN, "could not be looked at"),
    "an engine that says nothing": ({"engine": "unknown"}, "ports", WARN, "could not be looked at"),
    "no engine": ({"engine": "absent"}, "ports", PASS, ""),
    "a route": ({"routes": ROUTES}, "subnets", STOP, "192.168.2.0/24 of muralibr1 overlaps with 192.168.2.0/24, a route of the host by eth0"),
    "a network": (
        {"networks": [{"Name": "vpn", "Id": "1" * 64, "Labels": {}, "Options": {}, "IPAM": {"Config": [{"Subnet": "192.168.0.0/22"}]}}]},
        "subnets", STOP, "192.168.1.0/24 of ashubr1, 192.168.2.0/24 of muralibr1 overlap with 192.168.0.0/22, the network vpn",
    ),
    "no routes": ({"routes": None}, "subnets", WARN, "could not be looked at"),
    "networks that are not known": ({"engine": "unknown"}, "subnets", WARN, "could not be looked at"),
    "a container of that name": ({"containers": [{"Names": ["/ashux1"], "Labels": {}}]}, "names", WARN, "not made by the class: ashux1"),
    "a container that is ours": ({"containers": [{"Names": ["/ashuc1"], "Labels": OWN}]}, "names", PASS, ""),
    "a container of another lab": (
        {"containers": [{"Names": ["/ashuc1"], "Labels": {**OWN, "classroom.lab": "other", "com.docker.compose.project": "monday-other"}}]},
        "names", WARN, "made by the class for another lab: ashuc1 (of other)",
    ),
    "a container of another class": ({"containers": [{"Names": ["/ashuc1"], "Labels": {**OWN, "classroom.class": "tuesday"}}]}, "names", WARN, "ashuc1"),
    "a network of that name": (
        {"networks": [{"Name": "ashubr1", "Id": "1" * 64, "Labels": {}, "IPAM": {}}]}, "names", WARN, "the network ashubr1",
    ),
    "names that are not known": ({"engine": "unknown"}, "names", WARN, "could not be looked at"),
    "too little memory": ({"meminfo": "MemTotal:        102399 kB\n"}, "limits", STOP, "container_limits_answers (x2).limits.memory: '100m'"),
    "just enough memory": ({"meminfo": "MemTotal:        102400 kB\n"}, "limits", PASS, ""),
    "memory that is not known": ({"meminfo": None}, "limits", WARN, "could not be looked at"),
}  # fmt: skip


@pytest.mark.parametrize("case", FOUND_CASES)
def test_what_is_in_the_way(case):
    found, check, outcome, words = FOUND_CASES[case]
    row = rows(all_needs(), **found)[check]
    assert (row["outcome"], words in row["read"]) == (outcome, True), row
    assert bool(row["advice"]) == (outcome != PASS)


@pytest.mark.parametrize(
    ("students", "found", "outcome"),
    [
        # One whose name the words for a process begin with, and two of whom one has the other's name at the beginning
        (["a", "b"], {"sockets": [LISTENING.format(12311)]}, WARN),
        (["ann", "anna"], {"containers": [{"Names": ["/annaweb"], "Labels": {}, "Ports": [{"PublicPort": 12311, "Type": "tcp"}]}]}, WARN),
        (["ann", "anna"], {"containers": [{"Names": ["/annaweb"], "Labels": {}, "Ports": [{"PublicPort": 12321, "Type": "tcp"}]}]}, PASS),
    ],
)
def test_whose_port_it_is(students, found, outcome):
    looked = {"rows": [], "found": {**FOUND, **found}}
    told = {row["check"]: row for row in host_rows(looked, "docker1", [], "monday", students)}
    assert told["ports"]["outcome"] == outcome


def test_a_host_that_everybody_left():
    told = {row["check"]: row for row in host_rows({"rows": [], "found": FOUND}, "docker1", [], "monday", [{"name": "ashu", "state": "absent"}])}
    assert (told["ports"]["outcome"], told["ports"]["read"]) == (PASS, "nobody sits on it")


def test_many_in_the_way_are_counted():
    row = rows(all_needs(), sockets=[LISTENING.format(port) for port in range(12310, 12320)])["ports"]
    assert row["outcome"] == STOP and row["read"].endswith("; and 5 more")


def test_a_lab_without_networks():
    assert rows([role_needs(SIZE, "container_limits", containers())], routes=None)["subnets"]["outcome"] == PASS


@pytest.mark.parametrize(
    ("looked", "check", "words", "advice"),
    [
        ({"unreachable": True, "msg": "Failed to connect"}, "reachable", "Failed to connect", "ansible docker1 -m ansible.builtin.ping"),
        ({"failed": False, "rc": 127, "module_stderr": "/bin/sh: 1: /usr/bin/python3: not found"}, "python", "python3: not found", "python3"),
        ({"msg": "The module interpreter '/x' was not found."}, "python", "The module interpreter '/x' was not found.", "ansible_python_interpreter"),
        ({"msg": "ansible-core requires a minimum of Python version 3.8. Current version: 3.6"}, "python", "3.6", "ansible_python_interpreter"),
        ({"failed": True, "msg": "Missing sudo password"}, "reachable", "Ansible cannot work on it: Missing sudo password", "ansible docker1"),
        ({"failed": True, "msg": "x " * 5000}, "reachable", "x x ...", ""),
    ],
)
def test_a_host_that_was_not_looked_at(looked, check, words, advice):
    [row] = host_rows(looked, "docker1", [], "monday", STUDENTS)
    assert (row["check"], row["outcome"]) == (check, STOP)
    assert words in row["read"] and advice in row["advice"] and len(row["read"]) < 400


def test_bad_class_data():
    with pytest.raises(ClassroomError) as refused:
        host_rows({"unreachable": True}, "docker1", [], "monday", ["Ashu"])
    assert "classroom_students[0]: 'Ashu'" in str(refused.value)


# The table


def host(name, *found, **more):
    shown = [{"check": check, "outcome": outcome, "read": read, "advice": advice} for check, outcome, read, advice in found]
    its_class = {"classroom_name": "monday", "classroom_students": STUDENTS, "classroom_labs": ["a", "b"]}
    return {"inventory_hostname": name, **its_class, "preflight_rows": shown, **more}


def test_the_table():
    ready = host("docker1", ("engine", PASS, "Docker 20.10.24", ""), ("clock", WARN, "31 s ahead of the controller", "Set the clock."))
    stopped = host("docker2", ("reachable", STOP, "no route to host", "Switch it on."), classroom_lab="a", classroom_students=["ashu"])
    assert room_table([ready, stopped, host("docker3", preflight_rows=None, classroom_students="?")]) == """\
docker1: 2 students of monday, 2 labs

  pass  engine     Docker 20.10.24
  warn  clock      31 s ahead of the controller
                   -> Set the clock.

docker2: 1 student of monday, 1 lab

  STOP  reachable  no route to host
                   -> Switch it on.

docker1: ready, with 1 warning (clock)
docker2: NOT READY: 1 stop (reachable)
docker3: NOT READY: it was not looked at, as the error above says"""


def test_the_table_fits_a_terminal():
    words = "container_limits 1.5 GB, " * 30
    table = room_table([host("d" * 30, ("disk", STOP, words, words), *((check, STOP, "x", "y") for check in ORDER))])
    assert max(map(len, table.splitlines())) <= 72
    # A number stays with its unit.
    assert not any(line.endswith(" 1.5") or line.lstrip().startswith("GB") for line in table.splitlines())


def test_a_host_cannot_paint_the_terminal():
    table = room_table([host("docker1", ("reachable", STOP, "\x1b[31mred\x07\nnew line \u202eback <b>", "\x9b2J"))])
    assert all(character.isprintable() or character == "\n" for character in table)
    assert "red" in table and "new line" in table


def test_a_route_of_ipv6_is_in_the_way_of_a_network_that_has_it():
    made = lab_networks([{"name": "br1", "ipv6": True}], "bridge_network", "monday", STUDENTS, ["192.168.0.0/16"])
    zero = "0" * 32
    # To every address that begins as those of a class do.
    route = f"{made[0]['subnet6'][:2]}{'0' * 30} 08 {zero} 00 {zero} 00000400 00000001 00000000 00000001     tun0\n"
    need = role_needs(SIZE, "bridge_network", networks=made)
    assert rows([need])["subnets"]["outcome"] == PASS
    row = rows([need], routes6=route)["subnets"]
    assert (row["outcome"], "a route of the host by tun0" in row["read"]) == (STOP, True)
