# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This module utility is private to the collection.

"""What is asked of a container as a whole, against what the engine says and what the container does: the flow of the module container_check."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any, Iterable

from ansible_collections.classroom.containers.plugins.module_utils import (
    _capabilities,
    _container_isolation,
    _container_life,
    _container_mounts,
    _container_program,
    _container_rights,
    _container_service,
    _image_secrets,
    _namespaces,
    _pages,
)
from ansible_collections.classroom.containers.plugins.module_utils._cgroups import KERNEL_ARGUMENTS, Kernel
from ansible_collections.classroom.containers.plugins.module_utils._container_process import READERS, Process, read
from ansible_collections.classroom.containers.plugins.module_utils._container_seen import Images, Seen
from ansible_collections.classroom.containers.plugins.module_utils._container_state import state_words
from ansible_collections.classroom.containers.plugins.module_utils._docker_run import CREATE_ARGUMENTS, absent_hint, docker_run
from ansible_collections.classroom.containers.plugins.module_utils._engine import ENGINE_ARGUMENTS, Engine, EngineError, container_path
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.module_utils._findings import FINDINGS_ARGUMENTS, OWNER_ARGUMENTS, Finding, owner
from ansible_collections.classroom.containers.plugins.module_utils._key_values import parse_variables
from ansible_collections.classroom.containers.plugins.module_utils._limits import parse_integer
from ansible_collections.classroom.containers.plugins.module_utils._near_names import OTHERS_ARGUMENTS, find_near
from ansible_collections.classroom.containers.plugins.module_utils._network_asked import parse_network_name
from ansible_collections.classroom.containers.plugins.module_utils._observe import Observation, check_name, find, observe
from ansible_collections.classroom.containers.plugins.module_utils._published import parse_published
from ansible_collections.classroom.containers.plugins.module_utils._references import Reference, parse_reference
from ansible_collections.classroom.containers.plugins.module_utils._signals import parse_signal

#: One requirement of container_check as an argument spec.
REQUIREMENT_ARGUMENTS = {
    "name": {"type": "str", "required": True},
    **OWNER_ARGUMENTS,
    **CREATE_ARGUMENTS,
    "state": {"type": "str", "choices": ["created", "exited", "paused", "restarting", "running"]},
    "restart_policy": {"type": "str"},
    "restart_count": {"type": "int"},
    "image": {"type": "str"},
    "command": {"type": "list", "elements": "str"},
    "environment": {"type": "dict"},
    "user": {"type": "str"},
    "ports": {"type": "list", "elements": "str"},
    "stop_signal": {"type": "str"},
    "read_only": {"type": "bool"},
    "cap_drop": {"type": "list", "elements": "str"},
    "cap_add": {"type": "list", "elements": "str"},
    "mounts": {"type": "list", "elements": "dict", "options": _container_mounts.MOUNT_ARGUMENTS},
    "networks": {"type": "list", "elements": "str"},
    "network_addresses": {"type": "dict"},
    "namespaces": {"type": "dict", "options": _namespaces.MODE_ARGUMENTS},
    "http": {"type": "list", "elements": "dict", "options": _pages.PAGE_ARGUMENTS},
}
#: Seconds between two looks at a container that was just restarted. The engine soon waits longer before it restarts one again.
_PAUSE = 0.2
#: The argument spec of container_check.
ARGUMENTS = {
    **ENGINE_ARGUMENTS,
    **KERNEL_ARGUMENTS,
    **FINDINGS_ARGUMENTS,
    **OTHERS_ARGUMENTS,
    "containers": {"type": "list", "elements": "dict", "required": True, "options": REQUIREMENT_ARGUMENTS},
}


def check(requirements: list, engine: Engine, kernel: Kernel, other_names: Iterable[str] = (), students: Iterable[str] = ()) -> list:
    """The findings of all requirements, in their order.

    :param requirements: the option ``containers`` of container_check
    :param other_names: of containers that are asked for elsewhere
    :param students: the names of all students, beside those of the requirements
    :raises ClassroomError: a requirement is wrong; nothing was looked at
    """
    parsed = [_parse(index, requirement) for index, requirement in enumerate(requirements)]
    images = Images(engine)
    engine.expect(container_path(requirement["name"].lstrip("/")) for requirement in requirements)
    seen = [Seen(requirement, asked, _observe(engine, kernel, requirement, asked), engine, images) for requirement, asked in zip(requirements, parsed)]
    _settle(seen, engine, kernel)
    _look_for_notes(seen, engine, kernel)
    with _container_service.fetching(seen, kernel):
        _container_isolation.read_namespaces(seen, engine, kernel)
    absent = [each.requirement for each in seen if each.observation.verdict == "absent"]
    others = find_near(engine, absent, requirements, other_names, students)
    return [finding for each in seen for finding in _findings(each, others.get(each.name, ""))]


def shown(requirements: list) -> list:
    """The requirements as they may be shown: without the values of variables that look like secrets."""
    return [
        {**each, "environment": {name: _image_secrets.shown_variable(str(name), str(value)) for name, value in each["environment"].items()}}
        if each.get("environment")
        else each
        for each in requirements
    ]


def _parse(index: int, requirement: dict) -> dict:
    asked = {attribute: requirement[attribute] for attribute in _COMPARED if requirement.get(attribute) is not None}
    try:
        check_name(requirement["name"])
        if not asked:
            raise ClassroomError("it asks for nothing: name at least one attribute")
        parsed = {attribute: _parse_value(attribute, value) for attribute, value in asked.items()}
        _check_together(parsed)
        return parsed
    except ClassroomError as exc:
        raise ClassroomError(f"containers[{index}] ({requirement['name']}): {exc}") from exc


def _check_together(parsed: dict) -> None:
    """Refuse what no container can have at once."""
    networks, mounts, ports = (parsed.get(attribute, ()) for attribute in ("networks", "mounts", "ports"))
    if alone := [network for network in networks if network in ("host", "none")]:
        if len(set(networks)) > 1:
            raise ClassroomError(f"networks: {alone[0]} is the only network of a container, and {', '.join(networks)} are asked")
    for attribute, keys in (("mounts", [mount.target for mount in mounts]), ("ports", [port.words for port in ports])):
        for key in keys:
            if keys.count(key) > 1:
                raise ClassroomError(f"{attribute}: {key} is named twice")


def _parse_value(attribute: str, value: Any) -> Any:
    where = attribute
    try:
        # That no capability is given is asked by naming none. That there is no network has a word, which is none.
        if value in ([], {}) and attribute != "cap_add":
            raise ClassroomError("it is empty, which asks for nothing: name at least one, or leave it out")
        if attribute not in _PARSED:
            return value
        if not isinstance(value, list):
            return _PARSED[attribute](value)
        parsed = []
        for index, entry in enumerate(value):
            where = f"{attribute}[{index}]"
            parsed.append(_PARSED[attribute](entry))
        return parsed
    except ClassroomError as exc:
        raise ClassroomError(f"{where}: {exc}") from exc


#: The attributes whose values are not compared as they are written, and how a value, or each of several, is read.
_PARSED = {
    "restart_policy": _container_life.parse_restart_policy,
    "restart_count": lambda count: parse_integer(count, 0),
    "image": parse_reference,
    "user": _container_program.parse_user,
    "ports": parse_published,
    "stop_signal": parse_signal,
    "environment": parse_variables,
    "cap_drop": _capabilities.parse_capability,
    "cap_add": _capabilities.parse_capability,
    "mounts": _container_mounts.parse_mount,
    "networks": parse_network_name,
    "namespaces": _namespaces.parse_modes,
    "http": _pages.parse_page,
}


def _observe(engine: Engine, kernel: Kernel, requirement: dict, asked: dict) -> Observation:
    try:
        wanted = [attribute for attribute in READERS if attribute in asked]
        if wanted:
            seen = observe(engine, kernel, requirement["name"], lambda life, container: read(Process(kernel, life.pid, container), wanted))
            return replace(seen, reason=f"it {state_words(seen.container)}") if seen.verdict == "stopped" else seen
        container = find(engine, requirement["name"])
        return Observation(container, verdict="" if container else "absent")
    except EngineError as exc:
        # It may answer for the next one.
        return Observation(None, verdict="unreachable", reason=str(exc))


def _settle(seen: list, engine: Engine, kernel: Kernel) -> None:
    """Look again at those that run and were just restarted: what ends again and again runs for a moment each time."""
    end = time.monotonic() + _container_life.SETTLED
    young = [each for each in seen if each.asked.get("state") == "running"]
    while (young := [each for each in young if _container_life.just_restarted(each.container)]) and time.monotonic() < end:
        time.sleep(_PAUSE)
        for each in young:
            each.observation = _observe(engine, kernel, each.requirement, each.asked)
    for each in young:
        each.settled = False


def _look_for_notes(seen: list, engine: Engine, kernel: Kernel) -> None:
    """Find those that the engine will not start again. While docker stop or docker restart waits for one, the same is noted of it: look again."""
    notes = _container_life.Notes(engine, kernel)
    end = time.monotonic() + _container_life.STOPPED
    noted = [each for each in seen if "restart_policy" in each.asked]
    while True:
        for each in noted:
            each.let_go = notes.let_go(each.container)
        noted = [each for each in noted if each.let_go]
        if not noted or time.monotonic() >= end:
            return
        time.sleep(_PAUSE)
        for each in noted:
            each.observation = _observe(engine, kernel, each.requirement, each.asked)


def _findings(seen: Seen, other: str) -> list:
    """The findings of one requirement.

    :param other: the name of a container that may be meant, where there is none of the right name
    """
    if seen.container is not None:
        return [_finding(seen, attribute, **fields) for attribute, value in seen.asked.items() for fields in _COMPARED[attribute](seen, value)]
    if seen.observation.verdict == "unreachable":
        evidence, hint = [seen.observation.reason], EngineError(seen.observation.reason).hint
    else:
        evidence, hint = [f"GET /containers/{seen.name}/json: no such container"], absent_hint(seen.requirement, other, _run(seen))
    return [
        _finding(seen, attribute, asked=asked, verdict=seen.observation.verdict, evidence=evidence, hint=hint)
        for attribute, value in seen.asked.items()
        for asked in _in_words(attribute, value)
    ]


def _in_words(attribute: str, value: Any) -> list:
    """What is asked, for each finding that an attribute gives."""
    if isinstance(value, Reference):
        return [value.familiar]
    if attribute == "environment":
        return [f"{name}={_image_secrets.shown_variable(name, text)}" for name, text in value.items()]
    if attribute == "command":
        return [_image_secrets.shown_words(value)]
    if isinstance(value, dict):
        return [f"{kind} {mode}" for kind, mode in value.items()]
    # One finding tells of all capabilities or networks together.
    return [each.words for each in value] if isinstance(value, list) and value and not isinstance(value[0], str) else [value]


def _run(seen: Seen) -> str:
    """The command that creates what is asked."""
    asked = {**seen.asked, "ports": [port.words for port in seen.asked.get("ports", ())], "network_addresses": seen.requirement.get("network_addresses") or {}}
    image = seen.asked["image"].familiar if "image" in seen.asked else ""
    return docker_run(seen.name, asked, image=image, command=_image_secrets.shown_words(seen.asked.get("command", [])))


#: How each attribute is compared: what it is asked to be in, the fields of its findings out.
_COMPARED = {
    "state": _container_life.compare_state,
    "restart_policy": _container_life.compare_restart_policy,
    "restart_count": _container_life.compare_restart_count,
    "image": _container_program.compare_image,
    "command": _container_program.compare_command,
    "environment": _container_program.compare_environment,
    "user": _container_program.compare_user,
    "ports": _container_service.compare_ports,
    "stop_signal": _container_life.compare_stop_signal,
    "read_only": _container_rights.compare_read_only,
    "cap_drop": _container_rights.compare_cap_drop,
    "cap_add": _container_rights.compare_cap_add,
    "mounts": _container_mounts.compare_mounts,
    "networks": _container_isolation.compare_networks,
    "namespaces": _container_isolation.compare_namespaces,
    "http": _container_service.compare_http,
}


def _finding(seen: Seen, attribute: str, **fields: Any) -> Finding:
    return Finding(subject=seen.name, attribute=attribute, **owner(seen.requirement), **fields)
