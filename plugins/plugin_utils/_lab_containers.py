# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This plugin utility is private to the collection.

"""Answers and seats in, the containers of a lab out, and what a host and the checks are asked of them."""

from __future__ import annotations

import re
from graphlib import CycleError, TopologicalSorter
from typing import Any

from ansible_collections.classroom.containers.plugins.module_utils._container_life import parse_restart_policy
from ansible_collections.classroom.containers.plugins.module_utils._container_limits import SINGLE, check_creatable
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.module_utils._findings import owner
from ansible_collections.classroom.containers.plugins.module_utils._key_values import NO_TEXT, is_text
from ansible_collections.classroom.containers.plugins.module_utils._limits import parse_cpuset
from ansible_collections.classroom.containers.plugins.module_utils._namespaces import CONTAINER, JOINABLE, SHAREABLE
from ansible_collections.classroom.containers.plugins.module_utils._references import parse_reference
from ansible_collections.classroom.containers.plugins.plugin_utils import _answer_settings
from ansible_collections.classroom.containers.plugins.plugin_utils._answers import ANSWER_NAME, check_answers, check_keys
from ansible_collections.classroom.containers.plugins.plugin_utils._compose import LIMIT_KEYS, NAMESPACES
from ansible_collections.classroom.containers.plugins.plugin_utils._seats import check_name, seats
from ansible_collections.classroom.containers.plugins.plugin_utils._variation import vary

_ANSWER_KEYS = {"name", "command", "limits", "restart_policy", "networks", "network_mode", "namespaces", "ports"} | _answer_settings.SETTING_KEYS
#: Networks that every engine has, which a container is on without any other.
_NETWORK_MODES = ("bridge", "host", "none")


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
    _check_joins(known, steps, lab)
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
                namespaces=_joined(known[step]["namespaces"], seat["name"]),
            )
    return _answer_settings.check_volumes(list(containers.values()))


def _check_joins(known: dict, steps: list, lab: str) -> None:
    """Refuse namespaces of other steps that no container could join.

    :param known: the answers by their names
    """
    joined: dict = {step: [] for step in steps}
    for step in steps:
        for kind, mode in known[step]["namespaces"].items():
            if not mode.startswith(CONTAINER):
                continue
            other, variable = mode[len(CONTAINER):], f"{lab}_answers ({step}).namespaces.{kind}: {mode!r}"
            if other not in steps or other == step:
                raise ClassroomError(f"{variable}: {other!r} is not another of {lab}_steps: {', '.join(steps)}")
            own = known[other]["namespaces"].get(kind, "")
            # Without a word, it is as the engine has it: private, unless its configuration says otherwise.
            if kind == "ipc" and own != SHAREABLE and not own.startswith(CONTAINER):
                raise ClassroomError(f"{variable}: {lab}_answers ({other}).namespaces.ipc is {own or 'left out'}: only {SHAREABLE} memory can be joined")
            joined[step].append(other)
    try:
        TopologicalSorter(joined).prepare()
    except CycleError as exc:
        step = min(exc.args[1], key=steps.index)
        raise ClassroomError(
            f"{lab}_answers ({step}).namespaces: it joins {' and '.join(joined[step])}, and so itself in the end: "
            "of such a ring, no container can be made first"
        ) from exc


def _joined(namespaces: dict, student: str) -> dict:
    """The same namespaces with the names of the student's containers in the place of the steps'."""
    return {kind: f"{CONTAINER}{student}{mode[len(CONTAINER):]}" if mode.startswith(CONTAINER) else mode for kind, mode in namespaces.items()}


def _answer(answer: Any, variable: str) -> dict:
    check_keys(answer, variable, _ANSWER_KEYS)
    command = answer.get("command") or []
    if not isinstance(command, (list, tuple)):
        raise ClassroomError(f"{variable}.command: {command!r}: it is a list, such as [ping, 127.0.0.1]")
    for index, part in enumerate(command):
        if not is_text(part):
            raise ClassroomError(f"{variable}.command[{index}]: {part!r}: it is {NO_TEXT}")
    limits = answer.get("limits") or {}
    if not isinstance(limits, dict):
        raise ClassroomError(f"{variable}.limits: {limits!r}: it is a dictionary of limits")
    for name in limits:
        if name not in LIMIT_KEYS:
            raise ClassroomError(f"{variable}.limits: {name!r} is not a limit that a lab can set: {', '.join(LIMIT_KEYS)}")
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
        "command": list(map(str, command)),
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
        if kind not in NAMESPACES:
            raise ClassroomError(f"{variable}.namespaces: {kind!r} is not a namespace that a lab can ask for: {', '.join(NAMESPACES)}")
        modes, joins = NAMESPACES[kind][1], kind in JOINABLE
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


def _asked_of(container: dict) -> dict:
    if container.get("pages"):
        return {"image": container["image"], "ports": container["ports"], "http": container["pages"]}
    if container.get("namespaces"):
        return {"namespaces": container["namespaces"]}
    if container.get("networks") or container.get("network_mode"):
        addresses = {each["name"]: each["address"] for each in container.get("networks") or ()}
        return {"networks": list(addresses) or [container["network_mode"]], **({"network_addresses": addresses} if addresses else {})}
    return {"restart_policy": container["restart_policy"] or "no"}


def published_ports(containers: list) -> list:
    """The ports of the host that a lab's containers publish, each with the container's name; not those that the engine chooses."""
    published = [(port.partition(":")[0], container["name"]) for container in containers for port in container.get("ports", ())]
    return [{"port": int(port), "name": name} for port, name in published if port.isdigit()]
