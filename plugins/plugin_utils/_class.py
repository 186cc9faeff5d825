# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This plugin utility is private to the collection.

"""Class data in, containers of a lab out: seats, names, and what they must not collide with."""

from __future__ import annotations

import ipaddress
import re
from typing import Any, Callable

from ansible_collections.classroom.containers.plugins.module_utils._accounts import check_key
from ansible_collections.classroom.containers.plugins.module_utils._container_life import parse_restart_policy
from ansible_collections.classroom.containers.plugins.module_utils._container_limits import SINGLE, check_creatable
from ansible_collections.classroom.containers.plugins.module_utils._engine import own_names
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.module_utils._findings import owner
from ansible_collections.classroom.containers.plugins.module_utils._limits import parse_cpuset
from ansible_collections.classroom.containers.plugins.module_utils._namespaces import CONTAINER, JOINABLE
from ansible_collections.classroom.containers.plugins.module_utils._references import parse_reference
from ansible_collections.classroom.containers.plugins.plugin_utils import _answer_settings
from ansible_collections.classroom.containers.plugins.plugin_utils._variation import vary

#: A student's name becomes part of container names, image repositories and account names: the rule that fits all three.
NAME = re.compile(r"[a-z](?:[._-]?[a-z0-9])*")
#: The last part of a container's name.
ANSWER_NAME = re.compile(r"[a-zA-Z0-9_.-]+")
_NAME_MAX = 32
_NAME_RULE = (
    "a name begins with a lowercase letter, goes on with lowercase letters, digits and single . _ - between them, "
    f"and has at most {_NAME_MAX} characters"
)
_SEAT_MAX = 250
#: How many ports a seat has.
_PORTS = 10
_PORT_BASE_MAX = 65535 - (_SEAT_MAX + 1) * _PORTS + 1
#: classroom_subnet_pools where it is not set.
_SUBNET_POOLS = ("192.168.0.0/16", "10.192.0.0/16")
_SUBNET_PREFIX = 24
_STUDENT_KEYS = {"authorized_keys", "name", "seat", "state"}
_ANSWER_KEYS = {"name", "command", "limits", "restart_policy", "networks", "network_mode", "namespaces", "ports"} | _answer_settings.SETTING_KEYS
#: Networks that every engine has, which a container is on without any other.
_NETWORK_MODES = ("bridge", "host", "none")
#: The key of a Compose service for each namespace that a lab may set, and what it may be set to beside that of another container.
_NAMESPACES = {
    "cgroup": ("cgroup", ("host", "private")),
    "ipc": ("ipc", ("host", "none", "private", "shareable")),
    "mnt": (None, ("private",)),
    "net": ("network_mode", ("host", "private")),
    "pid": ("pid", ("host", "private")),
    "user": ("userns_mode", ("host", "private")),
    "uts": ("uts", ("host", "private")),
}

#: The key of a Compose service for each limit that a lab may set.
_COMPOSE_KEYS = {
    "memory": "mem_limit",
    "memory_swap": "memswap_limit",
    "memory_reservation": "mem_reservation",
    "memory_swappiness": "mem_swappiness",
    "oom_kill_disable": "oom_kill_disable",
    "cpu_shares": "cpu_shares",
    "cpus": "cpus",
    "cpu_quota": "cpu_quota",
    "cpu_period": "cpu_period",
    "cpuset_cpus": "cpuset",
    "pids_limit": "pids_limit",
    "shm_size": "shm_size",
}
#: What follows a lab's name where its scratch containers are meant.
PROOF = "_proof"
#: The label with which Compose marks what belongs to a project.
_PROJECT_LABEL = "com.docker.compose.project"
SERVICE_LABEL = "com.docker.compose.service"


def check_name(name: Any, variable: str) -> str:
    """The name, if it may be one.

    :raises ClassroomError: it may not; the message names the variable, the value and the rule
    """
    if not isinstance(name, str) or not NAME.fullmatch(name) or len(name) > _NAME_MAX:
        raise ClassroomError(f"{variable}: {name!r}: {_NAME_RULE}")
    return name


def seats(students: Any, port_base: int = 12300, subnet_pools: Any = ()) -> list:
    """The seats of a class: for each present student, in order, the name, the number, the block of ports and the subnets.

    A student's number is the one that the class data gives, or else the place in the list, from 1. A student
    who left keeps the place with C(state: absent), so that nobody else's number changes.

    :param port_base: classroom_port_base: a seat's block begins at that and ten times the seat's number
    :param subnet_pools: classroom_subnet_pools: of each, a seat has the /24 of the seat's number, counted from 0; the default where it is empty
    :raises ClassroomError: a name, a number or a key is wrong, two students collide, or nobody is there
    """
    if not isinstance(students, (list, tuple)) or not students:
        raise ClassroomError(f"classroom_students: {students!r}: it is a list of at least one student")
    if isinstance(port_base, bool) or not isinstance(port_base, int) or not 1024 <= port_base <= _PORT_BASE_MAX:
        raise ClassroomError(f"classroom_port_base: {port_base!r}: it is a number from 1024 to {_PORT_BASE_MAX}")
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
            first = port_base + number * _PORTS
            subnets = [subnet_of(pool, number, f"seat {number} of {name!r}") for pool in pools]
            present.append({"name": name, "number": number, "ports": list(range(first, first + _PORTS)), "subnets": subnets})
    if not present:
        raise ClassroomError("classroom_students: all students are absent: a class has at least one")
    return present


def spread_students(students: Any, hosts: Any, host: str) -> list:
    """The students of one host, where the class sits on several: the first sits on the first host, the next on the next one, and round again.

    Each has the seat that the whole class gives, so that no two seats of the class are the same. Who leaves keeps the place, with
    C(state: absent); a host that joins or leaves moves students.

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
    if not any(student.get("state", "present") == "present" for student in own):
        raise ClassroomError(f"classroom_students: nobody sits on {host}: {len(entries)} students are too few for {len(hosts)} hosts")
    return own


def check_pools(subnet_pools: Any) -> list:
    """classroom_subnet_pools as networks; the default where it is empty.

    :raises ClassroomError: one is no IPv4 network with room for a /24, or two overlap
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


def _listed(names: Any) -> str:
    return ", ".join(sorted(map(str, names)))


def _student(entry: Any, variable: str) -> dict:
    student = dict(entry) if isinstance(entry, dict) else {"name": entry}
    check_name(student.get("name"), variable)
    if set(student) - _STUDENT_KEYS:
        raise ClassroomError(f"{variable}: {_listed(set(student) - _STUDENT_KEYS)}: a student has {_listed(_STUDENT_KEYS)} and nothing else")
    if student.get("state", "present") not in ("present", "absent"):
        raise ClassroomError(f"{variable}: state {student['state']!r} of {student['name']!r}: it is present or absent")
    keys = student.get("authorized_keys") or []
    if not isinstance(keys, (list, tuple)):
        raise ClassroomError(f"{variable}.authorized_keys: {type(keys).__name__} of {student['name']!r}: it is a list of public keys")
    for index, key in enumerate(keys):
        check_key(key, f"{variable}.authorized_keys[{index}]")
    return student


def lab_containers(
    answers: list, lab: str, class_name: str, students: list, steps: list, image: str, graded: str = "", seed: Any = "", variation: Any = None
) -> list:
    """The containers of a lab: every student's answer to every step.

    :param answers: the lab's answers: name, command, limits and restart_policy of each step
    :param students: classroom_students
    :param steps: the names of the steps that the class does
    :param graded: what the lab's check compares: each step's answer must have it
    :param seed: classroom_seed; empty where all seats have the same numbers
    :param variation: LAB_variation, what else the numbers may be
    :raises ClassroomError: an answer, a step, a name or a range is wrong; the message names the variable, the value and the rule
    """
    check_name(class_name, "classroom_name")
    known = check_answers(answers, steps, lab, _answer)
    try:
        parse_reference(image)
    except ClassroomError as exc:
        raise ClassroomError(f"{lab}_image: {exc}") from exc
    for step in steps:
        if graded and not known[step][graded]:
            raise ClassroomError(f"{lab}_answers ({step}): it has no {graded}, and nothing else is compared in this lab: no student could fail it")
    containers: dict = {}
    present = seats(students)
    answer_of = vary(lab, known, steps, variation, seed, [seat["number"] for seat in present])
    for seat in present:
        for step in steps:
            name = seat["name"] + step
            if name in containers:
                other = containers[name]
                raise ClassroomError(
                    f"{lab}_steps: the container {name!r} would be both {other['student']!r}'s {other['step']!r} and {seat['name']!r}'s {step!r}: "
                    "give a student another name"
                )
            containers[name] = dict(
                answer_of[step, seat["number"]],
                name=name,
                student=seat["name"],
                seat=seat["number"],
                lab=lab,
                step=step,
                image=image,
                class_name=class_name,
                mounts=_answer_settings.own_mounts(known[step]["mounts"], seat["name"]),
                namespaces=_joined(known[step]["namespaces"], step, seat["name"], steps, lab),
            )
    return _answer_settings.check_volumes(list(containers.values()))


def _joined(namespaces: dict, step: str, student: str, steps: list, lab: str) -> dict:
    """The same namespaces with the names of the student's containers in the place of the steps'."""
    found = dict(namespaces)
    for kind, mode in namespaces.items():
        if mode.startswith(CONTAINER):
            other = mode[len(CONTAINER):]
            if other not in steps or other == step:
                raise ClassroomError(f"{lab}_answers ({step}).namespaces.{kind}: {mode!r}: {other!r} is not another of {lab}_steps: {', '.join(steps)}")
            found[kind] = f"{CONTAINER}{student}{other}"
    return found


def check_answers(answers: Any, steps: Any, lab: str, check: Callable) -> dict:
    """The lab's answers by their names, checked.

    :param steps: the names of those that the class does
    :param check: takes an answer and the variable it is in, and returns what is in it
    :raises ClassroomError: an answer or a step is wrong; the message names the variable, the value and the rule
    """
    known: dict = {}
    for index, answer in enumerate(answers):
        variable = f"{lab}_answers[{index}]"
        checked = check(answer, variable)
        if answer["name"] in known:
            raise ClassroomError(f"{variable}: {answer['name']!r} is there already: the names of a lab's answers are unique")
        known[answer["name"]] = checked
    _check_steps(steps, known, lab)
    return known


def _check_steps(steps: Any, known: dict, lab: str) -> None:
    """Refuse steps that a lab does not have.

    :param known: the lab's answers by their names
    :raises ClassroomError: there are no steps, one is none of the lab's, or is there twice
    """
    if not isinstance(steps, (list, tuple)) or not steps:
        raise ClassroomError(f"{lab}_steps: {steps!r}: it is a list of at least one step")
    for index, step in enumerate(steps):
        if step not in list(known):
            raise ClassroomError(f"{lab}_steps: {step!r} is not a step of the lab: {', '.join(known)}")
        if step in steps[:index]:
            raise ClassroomError(f"{lab}_steps: {step!r} is there twice: a class does each step once")


def check_keys(answer: Any, variable: str, keys: set) -> None:
    """Refuse an answer that is no dictionary with a name, or has keys that no answer has.

    :raises ClassroomError: it is so
    """
    if not isinstance(answer, dict) or not isinstance(answer.get("name"), str) or not ANSWER_NAME.fullmatch(answer["name"]):
        raise ClassroomError(f"{variable}: {answer!r}: an answer has a name of letters, digits and _ . -")
    if set(answer) - keys:
        raise ClassroomError(f"{variable}: {_listed(set(answer) - keys)}: an answer has {_listed(keys)} and nothing else")


def _answer(answer: Any, variable: str) -> dict:
    check_keys(answer, variable, _ANSWER_KEYS)
    command = answer.get("command") or []
    if not isinstance(command, (list, tuple)):
        raise ClassroomError(f"{variable}.command: {command!r}: it is a list, such as [ping, 127.0.0.1]")
    limits = answer.get("limits") or {}
    if not isinstance(limits, dict):
        raise ClassroomError(f"{variable}.limits: {limits!r}: it is a dictionary of limits")
    for name in limits:
        if name not in _COMPOSE_KEYS:
            raise ClassroomError(f"{variable}.limits: {name!r} is not a limit that a lab can set: {', '.join(_COMPOSE_KEYS)}")
    try:
        check_creatable(limits)
    except ClassroomError as exc:
        raise ClassroomError(f"{variable}.limits.{exc}") from exc
    policy = answer.get("restart_policy")
    try:
        policy = parse_restart_policy(policy) if policy is not None else None
    except ClassroomError as exc:
        raise ClassroomError(f"{variable}.restart_policy: {exc}") from exc
    return {
        "command": list(command),
        "limits": dict(limits),
        "restart_policy": policy,
        "ports": list(answer.get("ports") or []),
        "networks": list(answer.get("networks") or []),
        "network_mode": _network_mode(answer, variable),
        "namespaces": _namespaces(answer.get("namespaces") or {}, variable),
        **_answer_settings.parse_settings(answer, variable),
    }


def _network_mode(answer: dict, variable: str) -> str:
    mode = answer.get("network_mode") or ""
    if mode and (answer.get("networks") or mode not in _NETWORK_MODES):
        raise ClassroomError(f"{variable}.network_mode: {mode!r}: it is one of {', '.join(_NETWORK_MODES)}, of a container that is on no networks of the lab")
    return mode


def _namespaces(asked: Any, variable: str) -> dict:
    if not isinstance(asked, dict):
        raise ClassroomError(f"{variable}.namespaces: {asked!r}: it is a dictionary of namespaces")
    for kind, mode in asked.items():
        if kind not in _NAMESPACES:
            raise ClassroomError(f"{variable}.namespaces: {kind!r} is not a namespace that a lab can ask for: {', '.join(_NAMESPACES)}")
        modes, joins = _NAMESPACES[kind][1], kind in JOINABLE
        if mode not in modes and not (joins and str(mode).startswith(CONTAINER) and ANSWER_NAME.fullmatch(str(mode)[len(CONTAINER):])):
            also = f", or {CONTAINER} and the name of another step" if joins else ""
            raise ClassroomError(f"{variable}.namespaces.{kind}: {mode!r}: it is one of {', '.join(modes)}{also}")
    return dict(asked)


def check_host(containers: list, cpus_online: str, meminfo: str) -> list:
    """The containers, if this host can give them what they ask for.

    :param cpus_online: the host's CPUs as a list such as 0-1
    :param meminfo: the host's /proc/meminfo
    :raises ClassroomError: the host lacks a CPU, CPU time or memory
    """
    online = parse_cpuset(cpus_online)
    memory_total = int(re.search(r"^MemTotal: +(\d+) kB$", meminfo, re.MULTILINE).group(1)) * 1024
    for container in containers:
        place, varied = f"{container['lab']}_answers ({container['step']}).limits", container.get("varied") or {}
        # Of what varies, the most that a seat may have, whether somebody sits there or not.
        limits = {name: varied[name][-1] if name in varied else value for name, value in container["limits"].items()}
        where = {name: f"{container['lab']}_variation.{container['step']}.{name}" if name in varied else f"{place}.{name}" for name in limits}
        asked = {name: SINGLE[name].parse(value) for name, value in limits.items()}
        if isinstance(asked.get("cpuset_cpus"), frozenset) and not asked["cpuset_cpus"] <= online:
            raise ClassroomError(f"{where['cpuset_cpus']}: {limits['cpuset_cpus']!r}: this host has the CPUs {cpus_online}")
        if isinstance(asked.get("cpus"), tuple) and SINGLE["cpus"].show(asked["cpus"]) > len(online):
            raise ClassroomError(f"{where['cpus']}: {limits['cpus']!r}: this host has {len(online)} CPUs")
        if isinstance(asked.get("memory"), int) and asked["memory"] > memory_total:
            raise ClassroomError(f"{where['memory']}: {limits['memory']!r}: this host has {memory_total} bytes of memory")
    return containers


def project_name(class_name: str, lab: str) -> str:
    """The Compose project of a lab of a class. A dot may stand in a class's name, and not in a project's."""
    return f"{class_name.replace('.', '_')}-{lab}"


def compose_project(containers: list, class_name: str, lab: str, networks: Any = ()) -> dict:
    """The Compose project of a lab: one service for each container, named as it.

    :param networks: the lab's networks, as lab_networks makes them
    """
    project: dict = {
        "name": project_name(class_name, lab),
        "services": {container["name"]: _service(container) for container in containers},
    }
    volumes = _answer_settings.settings_volumes(containers, _labels)
    if volumes:
        project["volumes"] = volumes
    if networks:
        project["networks"] = {network["name"]: _network(network) for network in networks}
    return project


def _labels(thing: dict) -> dict:
    labels = {"class": thing["class_name"], "lab": thing["lab"], "student": thing["student"], "step": thing["step"]}
    return {f"classroom.{key}": value for key, value in labels.items()}


def _network(network: dict) -> dict:
    pools = [(network["subnet"], network["gateway"])] + ([(network["subnet6"], network["gateway6"])] if network["ipv6"] else [])
    return {
        "name": network["name"],
        "driver": "bridge",
        "driver_opts": dict(network["options"]),
        "ipam": {"config": [{"subnet": subnet, "gateway": gateway} for subnet, gateway in pools]},
        "internal": network["internal"],
        "attachable": network["attachable"],
        "enable_ipv6": network["ipv6"],
        "labels": {**network["labels"], **_labels(network)},
    }


def _service(container: dict) -> dict:
    service: dict = {
        "container_name": container["name"],
        "image": container["image"],
        "labels": _labels(container),
        "stdin_open": True,
        "tty": True,
    }
    if container["command"]:
        # Compose would take a dollar sign for a variable.
        service["command"] = [str(part).replace("$", "$$") for part in container["command"]]
    if container["restart_policy"]:
        service["restart"] = container["restart_policy"]
    service.update({key: container[key] for key in ("ports", "read_only", "cap_drop") if container.get(key)})
    service.update(_answer_settings.settings_service(container))
    if container.get("networks"):
        service["networks"] = {each["name"]: {"ipv4_address": each["address"]} if each["address"] else {} for each in container["networks"]}
    else:
        # The course's containers are on the default bridge; a project has one of its own otherwise.
        service["network_mode"] = container.get("network_mode") or "bridge"
    for kind, mode in container.get("namespaces", {}).items():
        key = _NAMESPACES[kind][0]
        # As a service, so that Compose makes that one first.
        if mode.startswith(CONTAINER):
            service[key] = f"service:{mode[len(CONTAINER):]}"
        elif key and (mode != "private" or kind == "cgroup"):
            service[key] = mode
    for name, value in container["limits"].items():
        # As the checks understand it, and not as Compose would: a CPU number 0 is none to it.
        limit = SINGLE[name]
        asked = limit.parse(value)
        if asked != limit.nothing:
            service[_COMPOSE_KEYS[name]] = limit.show(asked)
        elif name == "memory_swap":
            service[_COMPOSE_KEYS[name]] = -1
    return service


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


def limit_requirements(containers: list) -> list:
    """What cgroup_check is to check of a lab's containers: those that have limits in the answer."""
    return [
        {**container["limits"], "name": container["name"], **owner(container), "create_command": _answer_settings.create_command(container)}
        for container in containers
        if container["limits"]
    ]


def container_requirements(containers: list) -> list:
    """What container_check is to check of a lab's containers: their pages, namespaces or networks where they have any, or else the restart policy."""
    return [
        {
            "name": container["name"],
            **owner(container),
            "state": "running",
            **_asked_of(container),
            **{key: container[key] for key in ("read_only", "cap_drop") if container.get(key)},
            **_answer_settings.settings_requirement(container),
            "create_command": _answer_settings.create_command(container),
        }
        for container in containers
    ]


def settings_requirements(containers: list) -> list:
    """What container_check is to check of a lab whose own matter another module compares: what answers ask beside it."""
    asked = [(container, _answer_settings.settings_requirement(container)) for container in containers]
    return [
        {"name": container["name"], **owner(container), **settings, "create_command": _answer_settings.create_command(container)}
        for container, settings in asked
        if settings
    ]


def volume_ownership(volumes: list, containers: list, owned: Any, class_name: str, lab: str, student: str = "") -> dict:
    """Which volumes of the engine belong to a lab, those of its scratch containers included.

    :param volumes: the engine's list of its volumes, with Name and Labels
    :param containers: the engine's list of its containers, with Names and Mounts
    :param owned: names of the lab's own containers, which are to go
    :param student: only this student's volumes are owned; all without a student
    :returns: ``owned``, names, those of students who left the class included; ``used``, those that other containers have, and that stay
    """

    def mine(labels: dict) -> bool:
        return made_for(labels, class_name, lab) and (not student or labels.get("classroom.student") == student)

    return _answer_settings.volume_ownership(volumes, containers, owned, mine)


def _asked_of(container: dict) -> dict:
    if container.get("pages"):
        return {"image": container["image"], "ports": container["ports"], "http": container["pages"]}
    if container.get("namespaces"):
        # What others may join is its own all the same.
        modes = {kind: "private" if mode in ("shareable", "none") else mode for kind, mode in container["namespaces"].items()}
        return {"namespaces": modes}
    if container.get("networks") or container.get("network_mode"):
        addresses = {each["name"]: each["address"] for each in container.get("networks") or ()}
        return {"networks": list(addresses) or [container["network_mode"]], **({"network_addresses": addresses} if addresses else {})}
    return {"restart_policy": container["restart_policy"] or "no"}


def published_ports(containers: list) -> list:
    """The ports of the host that a lab's containers publish, each with the container's name; not those that the engine chooses."""
    published = [(port.partition(":")[0], container["name"]) for container in containers for port in container.get("ports", ())]
    return [{"port": int(port), "name": name} for port, name in published if port.isdigit()]


def made_for(labels: dict, class_name: str, lab: str) -> bool:
    """Whether the labels of a container or network are those that Compose and the collection put on what they make for a lab or its proof."""
    its_lab = labels.get("classroom.lab")
    ours = its_lab in (lab, lab + PROOF) and labels.get("classroom.class") == class_name
    return ours and labels.get(_PROJECT_LABEL) == project_name(class_name, its_lab)


def ownership(listed: list, containers: list, class_name: str, lab: str, student: str = "") -> dict:
    """Which containers of the engine belong to a lab, its scratch containers included, and which only have the names of it.

    Anybody can put a label on a container: it takes all those of the collection to be owned.

    :param listed: the engine's list of its containers, with Names and Labels
    :param containers: the lab's containers
    :param student: only this student's containers are owned; all without a student
    :returns: ``owned``, names, those of students who left the class included; ``foreign``, names of the lab's that somebody else made,
        and containers made of an image of one of the lab's, with that one
    """
    # One who left may be named, too.
    wanted = {container["name"] for container in containers if not student or container["student"] == student}
    owned, foreign, copies = set(), [], set()
    for item in listed:
        labels = item.get("Labels") or {}
        names = own_names(item)
        service = labels.get(SERVICE_LABEL)
        if not made_for(labels, class_name, lab) or not service:
            foreign += [name for name in names if name in wanted]
        elif service not in names:
            # docker commit puts a container's labels into the image, and so onto all that is made of it. Compose cannot tell these apart.
            foreign += names
            copies.add(service)
        elif not student or labels.get("classroom.student") == student:
            owned.add(service)
    return {"owned": sorted(owned - copies), "foreign": sorted(foreign + list(owned & copies))}
