# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This plugin utility is private to the collection.

"""What a class needs of its hosts, and whether they are ready for it: estimates, the rows that only the class's data can tell, and a table."""

from __future__ import annotations

import re
import textwrap
from typing import Any, Iterable

from ansible_collections.classroom.containers.plugins.module_utils._container_limits import SINGLE
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError, parse_at
from ansible_collections.classroom.containers.plugins.module_utils._host_check import NEED_ARGUMENTS, OUTCOMES, PASS, STOP, WARN, Row, unknown
from ansible_collections.classroom.containers.plugins.module_utils._limits import UNLIMITED, parse_bytes
from ansible_collections.classroom.containers.plugins.plugin_utils._lab_containers import check_host, published_ports
from ansible_collections.classroom.containers.plugins.plugin_utils._ownership import ownership
from ansible_collections.classroom.containers.plugins.plugin_utils._seats import seats
from ansible_collections.classroom.containers.plugins.plugin_utils._lab_networks import network_ownership, subnet_collisions
from ansible_collections.classroom.containers.plugins.plugin_utils._ports import PROCESS, port_collisions

#: The checks in the order of the table.
ORDER = (
    "reachable", "user", "python", "system", "clock", "engine", "compose", "storage", "cgroup", "swap", "limits",
    "disk", "inodes", "memory", "subnets", "ports", "names", "packages", "mirror", "tcp", "time",
)  # fmt: skip
_SCOPES = ("class", "student", "container", "image")
_BYTES = ("disk", "memory")
_NUMBERS = (*_BYTES, "inodes", "seconds")
_WORDS = {PASS: "pass", WARN: "warn", STOP: "STOP"}
#: Of a terminal's 80 columns, Ansible indents what it shows by 8.
_WIDTH = 72
#: The column that the text of a row begins in.
_INDENT = 2 + max(map(len, _WORDS.values())) + 2 + max(map(len, ORDER)) + 2
_UNIT = re.compile(r"([0-9]) ([kMGT]?B|bytes|s|min)\b")
#: How many of a kind a row names.
_NAMED = 5
#: How much of what a host said is shown.
_SHOWN = 300


def role_needs(size: Any, name: str, containers: Any = (), images: Any = (), networks: Any = ()) -> dict:
    """What a part of a class needs of a host.

    :param size: what each class, student, container and image takes: disk and memory in Docker's notation, inodes, and seconds
    :param name: the role that has it as NAME_size
    :param containers: as lab_containers and its like make them
    :param images: as lab_images makes them
    :param networks: as lab_networks makes them
    :returns: the sums, and what they are of
    :raises ClassroomError: a size is wrong; the message names the variable, the value and the rule
    """
    sizes = _sizes(size, f"{name}_size")
    students = {thing.get("student") for things in (containers, images, networks) for thing in things}
    counts = {"class": 1, "student": len(students), "container": len(containers), "image": len(images)}
    sums = {key: sum(sizes[scope][key] * count for scope, count in counts.items()) for key in _NUMBERS}
    above = [_above(container, sizes["container"]["memory"]) for container in containers]
    return {
        **sums,
        "name": name,
        "memory_limits": sums["memory"] + sum(above),
        "swap_limits": any(_limit(container, "memory_swap") != UNLIMITED for container in containers),
        "containers": list(containers),
        "images": [image["name"] for image in images],
        "networks": list(networks),
    }


def _above(container: dict, floor: int) -> int:
    """How many bytes a container may use beyond what it uses as it is."""
    limit = _limit(container, "memory")
    return 0 if limit == UNLIMITED else max(0, limit - floor)


def _limit(container: dict, name: str) -> Any:
    """A limit of memory that an answer sets, in bytes; UNLIMITED where it sets none, in whatever words."""
    asked = container["limits"].get(name)
    return UNLIMITED if asked is None else SINGLE[name].parse(asked)


def _sizes(size: Any, variable: str) -> dict:
    if not isinstance(size, dict) or set(size) - set(_SCOPES):
        raise ClassroomError(f"{variable}: {size!r}: it is a dictionary of {', '.join(_SCOPES)}, each with {', '.join(_NUMBERS)}")
    found = {}
    for scope in _SCOPES:
        given = size.get(scope) or {}
        if not isinstance(given, dict) or set(given) - set(_NUMBERS):
            raise ClassroomError(f"{variable}.{scope}: {given!r}: it is a dictionary of {', '.join(_NUMBERS)}")
        found[scope] = {key: _amount(given.get(key) or 0, key, f"{variable}.{scope}.{key}") for key in _NUMBERS}
    return found


def _amount(value: Any, key: str, variable: str) -> Any:
    if key in _BYTES and value:
        return parse_at(variable, parse_bytes, value)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0:
        raise ClassroomError(f"{variable}: {value!r}: it is a number that is not less than 0")
    return value


def host_needs(all_needs: list) -> list:
    """What host_check is to compare with the host: the needs of all parts of a class, without what it does not read."""
    return [dict({key: need[key] for key in NEED_ARGUMENTS if key in need}, containers=[each["name"] for each in need["containers"]]) for need in all_needs]


def host_rows(looked: dict, host: str, all_needs: list, class_name: str, students: Any, port_base: int | None = None) -> list:
    """What was found of a host, row by row, in the order of the table.

    :param looked: what host_check returned, or why it did not
    :param host: its name in the inventory
    :param all_needs: as role_needs makes them
    :raises ClassroomError: the class's data is wrong
    """
    places = seats(students, port_base)
    if looked.get("unreachable"):
        advice = f"Switch it on, or mend its address, user or key in the inventory. {_ping(host)}"
        return [Row("reachable", STOP, _line(looked.get("msg")), advice).as_dict()]
    if "rows" not in looked:
        return [_not_looked(looked, host).as_dict()]
    found = looked["found"]
    rows = [
        Row("reachable", PASS, "Ansible is on it"),
        _limits(found, all_needs),
        _subnets(found, all_needs),
        _ports(found, all_needs, places),
        _names(found, all_needs, class_name),
    ]
    return sorted([*(row.as_dict() for row in rows), *looked["rows"]], key=lambda row: ORDER.index(row["check"]))


def _not_looked(looked: dict, host: str) -> Row:
    said = " ".join(str(looked.get(key) or "") for key in ("msg", "module_stderr", "module_stdout"))
    if looked.get("rc") == 127 or "interpreter" in said or "Python version" in said:
        advice = "Install it (apt-get install python3), or name it with ansible_python_interpreter."
        return Row("python", STOP, f"Ansible finds no Python that it can use: {_line(said)}", advice)
    return Row("reachable", STOP, f"Ansible cannot work on it: {_line(said)}", f"Mend what it says. {_ping(host)}")


def _ping(host: str) -> str:
    return f"Then this answers: ansible {host} -m ansible.builtin.ping."


def _line(text: Any) -> str:
    return textwrap.shorten(str(text), _SHOWN, placeholder=" ...")


def _listed(texts: Iterable, separator: str = "; ") -> str:
    all_texts = list(texts)
    return separator.join(all_texts[:_NAMED]) + (f"{separator}and {len(all_texts) - _NAMED} more" if len(all_texts) > _NAMED else "")


def _limits(found: dict, all_needs: list) -> Row:
    if not found["cpus_online"] or not found["meminfo"]:
        return unknown("limits", "/sys/devices/system/cpu/online and /proc/meminfo do not tell")
    try:
        for need in all_needs:
            check_host(need["containers"], found["cpus_online"], found["meminfo"])
    except ClassroomError as exc:
        return Row("limits", STOP, str(exc), "Ask for less, or give the host more.")
    return Row("limits", PASS, f"CPUs {found['cpus_online']} and the memory are enough for each container's limits")


def _subnets(found: dict, all_needs: list) -> Row:
    networks = [network for need in all_needs for network in need["networks"]]
    if not networks:
        return Row("subnets", PASS, "no lab makes networks")
    if found["routes"] is None:
        return unknown("subnets", "the host's routes could not be read")
    if found["engine"] == "unknown":
        return unknown("subnets", "the engine does not tell its networks")
    groups: dict = {}
    for taken in subnet_collisions(networks, found["networks"], found["routes"], found["routes6"]):
        groups.setdefault((taken["other"], taken["by"]), []).append(f"{taken['subnet']} of {taken['name']}")
    if groups:
        read = _listed(f"{_listed(names, ', ')} overlap{'' if names[1:] else 's'} with {other}, {by}" for (other, by), names in groups.items())
        return Row("subnets", STOP, read, "Give the class other pools with classroom_subnet_pools, or free these.")
    words = f"{_count(len(networks), 'subnet')}, such as {networks[0]['subnet']} of {networks[0]['name']}"
    return Row("subnets", PASS, f"{words}: no route of the host and no other network of the engine has one of them")


def _ports(found: dict, all_needs: list, places: list) -> Row:
    if not found["sockets"]:
        return unknown("ports", "/proc/net/tcp could not be read")
    if found["engine"] == "unknown":
        return unknown("ports", "the engine does not tell what it publishes")
    labs = [port for need in all_needs for port in published_ports(need["containers"])]
    owners = {port["port"] for port in labs}
    students = {port: seat["name"] for seat in places for port in seat["ports"]}
    others = [{"port": port, "name": f"the seat of {name}"} for port, name in students.items() if port not in owners]
    taken = port_collisions(labs + others, found["containers"], found["sockets"])
    blocking = [each for each in taken if each["port"] in owners]
    # What a student publishes in the block of the seat is the student's own.
    names = {seat["name"] for seat in places}
    other = [each for each in taken if each["port"] not in owners and _whose(each["by"], names) != students[each["port"]]]
    advice = "Free it, or give the class other ports with classroom_port_base."
    if blocking or other:
        read = _listed(f"port {each['port']} of {each['name']} is taken by {each['by']}" for each in blocking + other)
        return Row("ports", STOP if blocking else WARN, read, advice)
    if not students:
        return Row("ports", PASS, "nobody sits on it")
    return Row("ports", PASS, f"{min(students)} to {max(students)}: nothing listens there that is not the class's")


def _whose(holder: str, students: Iterable) -> str:
    """The student whose name a container's begins with, of two such names the longer one; empty where it is nobody's."""
    return "" if holder == PROCESS else max((name for name in students if holder.startswith(name)), key=len, default="")


def _names(found: dict, all_needs: list, class_name: str) -> Row:
    if found["engine"] == "unknown":
        return unknown("names", "the engine does not tell its containers and networks")
    foreign: list = []
    elsewhere: list = []
    for need in all_needs:
        lab = need["name"]
        owned = ownership(found["containers"], need["containers"], class_name, lab)
        foreign += [name for name in owned["foreign"] if name not in owned["labs"]]
        elsewhere += [f"{name} (of {its_lab})" for name, its_lab in owned["labs"].items()]
        networks = network_ownership(found["networks"], found["containers"], need["networks"], class_name, lab)
        foreign += [f"the network {name}" for name in networks["foreign"]]
    groups = (("not made by the class", foreign), ("made by the class for another lab", elsewhere))
    said = [f"{words}: {_listed(dict.fromkeys(names), ', ')}" for words, names in groups if names]
    if said:
        advice = "A student's own work is graded as it is. What is in the way of solve is renamed or removed first."
        return Row("names", WARN, f"there already, and {'; '.join(said)}", advice)
    return Row("names", PASS, "no container or network has the name of one of the class's")


def room_table(hosts: list) -> str:
    """What was found of all hosts of a class, for a terminal of 80 columns.

    :param hosts: their variables, with preflight_rows
    """
    lines = []
    for host in hosts:
        # One with wrong data has no rows, and may have no students.
        if host.get("preflight_rows"):
            lines += [*_title(host), "", *(line for row in host["preflight_rows"] for line in _told(row)), ""]
    return "\n".join([*lines, *(line for host in hosts for line in _verdict(host))])


def _title(host: dict) -> list:
    students = _count(len(seats(host["classroom_students"])), "student")
    labs = _count(1 if host.get("classroom_lab") else len(host["classroom_labs"]), "lab")
    return _wrapped(f"{host['inventory_hostname']}: {students} of {host['classroom_name']}, {labs}", "", "  ")


def _told(row: dict) -> list:
    first = f"  {_WORDS[row['outcome']]}  {row['check']}"
    lines = _wrapped(row["read"], first.ljust(_INDENT), " " * _INDENT)
    return lines + (_wrapped(row["advice"], " " * _INDENT + "-> ", " " * (_INDENT + 3)) if row["advice"] else [])


def _wrapped(text: str, first: str, then: str) -> list:
    # What a host says may hold anything, and a terminal obeys.
    shown = "".join(character if character.isprintable() else " " for character in text)
    # A number and its unit stay together.
    lines = textwrap.wrap(_UNIT.sub("\\1\xa0\\2", shown), _WIDTH, initial_indent=first, subsequent_indent=then, break_on_hyphens=False)
    return [line.replace("\xa0", " ") for line in lines] or [first.rstrip()]


def _verdict(host: dict) -> list:
    rows = host.get("preflight_rows") or []
    name = host["inventory_hostname"]
    if not rows:
        return [f"{name}: NOT READY: it was not looked at, as the error above says"]
    checks = {outcome: [row["check"] for row in rows if row["outcome"] == outcome] for outcome in OUTCOMES}
    warned = f"{_count(len(checks[WARN]), 'warning')} ({', '.join(checks[WARN])})" if checks[WARN] else ""
    if checks[STOP]:
        words = f"NOT READY: {_count(len(checks[STOP]), 'stop')} ({', '.join(checks[STOP])})" + (f", {warned}" if warned else "")
    else:
        words = "ready" + (f", with {warned}" if warned else "")
    return _wrapped(f"{name}: {words}", "", "  ")


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
