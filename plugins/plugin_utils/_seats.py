# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This plugin utility is private to the collection.

"""Class data in, seats out: names, numbers, ports and subnets, and what they must not collide with."""

from __future__ import annotations

import ipaddress
import re
from typing import Any

from ansible_collections.classroom.containers.plugins.module_utils._accounts import check_key
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError

#: A student's name becomes part of container names, image repositories and account names: the rule that fits all three.
NAME = re.compile(r"[a-z](?:[._-]?[a-z0-9])*")
_NAME_MAX = 32
_NAME_RULE = (
    "a name begins with a lowercase letter, goes on with lowercase letters, digits and single . _ - between them, "
    f"and has at most {_NAME_MAX} characters"
)
_SEAT_MAX = 250
#: classroom_port_base where it is not set.
PORT_BASE = 12300
#: How many ports a seat has.
_PORTS = 10
_PORT_BASE_MAX = 65535 - (_SEAT_MAX + 1) * _PORTS + 1
#: classroom_subnet_pools where it is not set.
_SUBNET_POOLS = ("192.168.0.0/16", "10.192.0.0/16")
_SUBNET_PREFIX = 24
#: What no bridge can have, as it means something to every host.
_SPECIAL = {
    "0.0.0.0/8": "this host's own",
    "127.0.0.0/8": "loopback",
    "169.254.0.0/16": "link-local",
    "224.0.0.0/4": "multicast",
    "240.0.0.0/4": "reserved",
}
_STUDENT_KEYS = {"authorized_keys", "name", "seat", "state"}


def check_name(name: Any, variable: str) -> str:
    """The name, if it may be one.

    :raises ClassroomError: it may not; the message names the variable, the value and the rule
    """
    if not isinstance(name, str) or not NAME.fullmatch(name) or len(name) > _NAME_MAX:
        raise ClassroomError(f"{variable}: {name!r}: {_NAME_RULE}")
    return name


def check_one_class(hosts: list, whole: bool = False) -> list:
    """The hosts, if they are of a single class.

    :param hosts: the variables of the hosts
    :param whole: whether each must have its labs and students, too: what is said of all of them is lost with one of them
    :raises ClassroomError: they are of several, or one has no labs or students, or wrong ones; the message names the host, or one of each of two
    """
    for variable, rule in (("classroom_name", "a run is of one class: give each an inventory of its own"), ("classroom_pass_mark", "a class has one")):
        values = {str(host[variable]): host["inventory_hostname"] for host in reversed(hosts) if host.get(variable)}
        if len(values) > 1:
            (one, first), (other, second) = sorted(values.items())[:2]
            raise ClassroomError(f"{variable}: {one!r} of {first} and {other!r} of {second}: {rule}")
    for host in hosts if whole else ():
        name = host["inventory_hostname"]
        for variable in ("classroom_labs", "classroom_students"):
            if not isinstance(host.get(variable), (list, tuple)):
                raise ClassroomError(f"{variable}: {host.get(variable)!r}: it is a list, and {name} has none")
        try:
            seats(host["classroom_students"])
        except ClassroomError as exc:
            raise ClassroomError(f"{name}: {exc}") from exc
    return hosts


def seats(students: Any, port_base: int | None = None, subnet_pools: Any = ()) -> list:
    """The seats of a class: for each present student, in order, the name, the number, the block of ports and the subnets.

    A student's number is the one that the class data gives, or else the place in the list, from 1. A student
    who left keeps the place with C(state: absent), so that nobody else's number changes.

    :param port_base: classroom_port_base: a seat's block begins at that and ten times the seat's number; the default where it is none
    :param subnet_pools: classroom_subnet_pools: of each, a seat has the /24 of the seat's number, counted from 0; the default where it is empty
    :returns: none where all students left: a class on several hosts goes on without one of these
    :raises ClassroomError: a name, a number or a key is wrong, two students collide, or nobody is named
    """
    if not isinstance(students, (list, tuple)) or not students:
        raise ClassroomError(f"classroom_students: {students!r}: it is a list of at least one student")
    base = PORT_BASE if port_base is None else port_base
    if isinstance(base, bool) or not isinstance(base, int) or not 1024 <= base <= _PORT_BASE_MAX:
        raise ClassroomError(f"classroom_port_base: {base!r}: it is a number from 1024 to {_PORT_BASE_MAX}")
    pools = check_pools(subnet_pools)
    taken: dict = {}
    numbers: dict = {}
    present = []
    for index, entry in enumerate(students):
        variable = f"classroom_students[{index}]"
        student = _student(entry, variable)
        name, number = student["name"], student.get("seat", index + 1)
        if name in taken:
            raise ClassroomError(f"{variable}: {name!r} is in the class already, as classroom_students[{taken[name]}]: names are unique")
        if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= _SEAT_MAX:
            raise ClassroomError(f"{variable}: seat {number!r} of {name!r}: a seat is a number from 1 to {_SEAT_MAX}")
        if number in numbers:
            raise ClassroomError(f"{variable}: seat {number} of {name!r} is taken by {numbers[number]!r}: give one of them another seat")
        taken[name], numbers[number] = index, name
        if student.get("state", "present") == "present":
            first = base + number * _PORTS
            subnets = [subnet_of(pool, number, f"seat {number} of {name!r}") for pool in pools]
            present.append({"name": name, "number": number, "ports": list(range(first, first + _PORTS)), "subnets": subnets})
    return present


def spread_students(students: Any, hosts: Any, host: str) -> list:
    """The students of one host, where the class sits on several: the first sits on the first host, the next on the next one, and round again.

    Each has the seat that the whole class gives, so that no two seats of the class are the same. Who leaves keeps the place, with
    C(state: absent), be it that of the only one on a host; a host that joins or leaves moves students.

    :param students: all students of the class, as in classroom_students
    :param hosts: the names of the hosts, in order
    :param host: the name of one of them
    :returns: classroom_students of that host
    :raises ClassroomError: a student is wrong, the host is none of the hosts, or nobody is left for it
    """
    seats(students)
    if not isinstance(hosts, (list, tuple)) or host not in hosts:
        raise ClassroomError(f"spread_students: {host!r} is none of the hosts {hosts!r}")
    entries = [_student(entry, f"classroom_students[{index}]") for index, entry in enumerate(students)]
    own = [{"seat": index + 1, **student} for index, student in enumerate(entries) if hosts[index % len(hosts)] == host]
    if not own:
        raise ClassroomError(f"classroom_students: nobody sits on {host}: {len(entries)} students are too few for {len(hosts)} hosts")
    return own


def check_pools(subnet_pools: Any) -> list:
    """classroom_subnet_pools as networks; the default where it is empty.

    :raises ClassroomError: one is no IPv4 network with room for a /24, has addresses that no bridge can have, or two overlap
    """
    if not isinstance(subnet_pools, (list, tuple)):
        raise ClassroomError(f"classroom_subnet_pools: {subnet_pools!r}: it is a list of networks, such as {list(_SUBNET_POOLS)}")
    pools: list = []
    for index, text in enumerate(subnet_pools or _SUBNET_POOLS):
        variable = f"classroom_subnet_pools[{index}]: {text!r}"
        try:
            pool = ipaddress.IPv4Network(text)
        except ValueError as exc:
            raise ClassroomError(f"{variable} is not an IPv4 network, such as {_SUBNET_POOLS[0]}: {exc}") from exc
        if pool.prefixlen > _SUBNET_PREFIX:
            raise ClassroomError(f"{variable}: a pool is at least as large as the /{_SUBNET_PREFIX} that each seat has of it")
        for special, meaning in _SPECIAL.items():
            if pool.overlaps(ipaddress.IPv4Network(special)):
                raise ClassroomError(f"{variable} overlaps with {special}, which is for {meaning} addresses: no bridge can have them")
        for other, earlier in enumerate(pools):
            if pool.overlaps(earlier):
                raise ClassroomError(f"{variable} overlaps with classroom_subnet_pools[{other}]: {str(earlier)!r}: no two pools have an address in common")
        pools.append(pool)
    return pools


def subnet_of(pool: ipaddress.IPv4Network, number: int, whose: str) -> str:
    """The /24 of that number in a pool, counted from 0.

    :raises ClassroomError: the pool has fewer
    """
    count = 1 << (_SUBNET_PREFIX - pool.prefixlen)
    if number >= count:
        raise ClassroomError(
            f"classroom_subnet_pools: {str(pool)!r} has {count} networks of the size /{_SUBNET_PREFIX}, numbered from 0, and {whose} needs number {number}: "
            "give a larger pool, or seats of lower numbers"
        )
    return str(ipaddress.IPv4Network((int(pool.network_address) + (number << (32 - _SUBNET_PREFIX)), _SUBNET_PREFIX)))


def _student(entry: Any, variable: str) -> dict:
    student = dict(entry) if isinstance(entry, dict) else {"name": entry}
    check_name(student.get("name"), variable)
    unknown = set(student) - _STUDENT_KEYS
    if unknown:
        raise ClassroomError(f"{variable}: {', '.join(sorted(map(str, unknown)))}: a student has {', '.join(sorted(_STUDENT_KEYS))} and nothing else")
    if student.get("state", "present") not in ("present", "absent"):
        raise ClassroomError(f"{variable}: state {student['state']!r} of {student['name']!r}: it is present or absent")
    keys = student.get("authorized_keys") or []
    if not isinstance(keys, (list, tuple)):
        raise ClassroomError(f"{variable}.authorized_keys: {type(keys).__name__} of {student['name']!r}: it is a list of public keys")
    for index, key in enumerate(keys):
        check_key(key, f"{variable}.authorized_keys[{index}]")
    return student


def of_student(containers: list, student: str = "") -> list:
    """The containers or images of one student; all without a student.

    :raises ClassroomError: the class has no such student
    """
    if not student or not containers:
        return containers
    found = [container for container in containers if container["student"] == student]
    if not found:
        raise ClassroomError(f"classroom_student: {student!r}: the class has no such student, or the student is absent")
    return found
