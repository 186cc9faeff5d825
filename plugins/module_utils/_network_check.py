# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This module utility is private to the collection.

"""What is asked of networks and their members, against what the engine says and what the kernel has: the flow of the module network_check."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Callable, Iterable

from ansible_collections.classroom.containers.plugins.module_utils._cgroups import Kernel, KernelError
from ansible_collections.classroom.containers.plugins.module_utils._engine import Engine, EngineError, container_path, network_path
from ansible_collections.classroom.containers.plugins.module_utils._findings import FAIL, Finding, owner
from ansible_collections.classroom.containers.plugins.module_utils._network_asked import parse_requirement
from ansible_collections.classroom.containers.plugins.module_utils._network_compare import COMPARED, creation_flag
from ansible_collections.classroom.containers.plugins.module_utils._network_members import member_words, step_of
from ansible_collections.classroom.containers.plugins.module_utils._network_reading import HostEnds, read_network
from ansible_collections.classroom.containers.plugins.module_utils._network_seen import Seen
from ansible_collections.classroom.containers.plugins.module_utils._observe import TRIES, Observation, observe


def check(requirements: list, engine: Engine, kernel: Kernel, ends: Callable = HostEnds) -> list:
    """The findings of all requirements, in their order.

    :param requirements: the option ``networks`` of network_check
    :param ends: makes, for one look, what is called as HostEnds
    :raises ClassroomError: a requirement is wrong; nothing was looked at
    """
    parsed = [parse_requirement(index, requirement) for index, requirement in enumerate(requirements)]
    # A container may be on several networks.
    observed: dict = {}
    found = []
    first = ends()
    kernel.forget()
    engine.expect(_wanted(zip(requirements, parsed)))
    for requirement, asked in zip(requirements, parsed):
        found += _settled(Seen(requirement, asked, engine), kernel, first, ends, observed)
    return found


def _wanted(requirements: Iterable) -> list:
    """What the engine will be asked for, in that order: each network, and each member when a network first has it.

    :param requirements: pairs of a requirement and the same, parsed
    """
    paths = []
    for requirement, asked in requirements:
        paths.append(network_path(requirement["name"]))
        paths += [container_path(member["container"].lstrip("/")) for member in asked.get("members", ())]
    return list(dict.fromkeys(paths))


def _settled(seen: Seen, kernel: Kernel, first: Callable, ends: Callable, observed: dict) -> list:
    """The findings of one requirement: what changes while it is looked at is nobody's mistake, and a failure counts when two looks agree.

    :param observed: what was observed of containers already, by their names
    """
    found = _findings(_look(seen, kernel, first, observed), kernel)
    for _attempt in range(TRIES):
        if all(finding.outcome != FAIL for finding in found):
            return found
        kernel.forget()
        again = _findings(_look(seen, kernel, ends(), {}), kernel)
        if again == found:
            return found
        found = again
    hint = f"It could not be checked: it was something else each time in {TRIES + 1}. Check it again."
    return [replace(finding, verdict="unstable", hint=hint) if finding.outcome == FAIL else finding for finding in found]


def _look(seen: Seen, kernel: Kernel, ends: Callable, observed: dict) -> Seen:
    """The same requirement with what there is now."""
    seen = replace(seen, members={})
    try:
        seen.network = _find(seen.engine, seen.name)
    except EngineError as exc:
        seen.problem = exc
    for member in seen.asked.get("members", ()):
        name = member["container"]
        if name not in observed:
            observed[name] = _observe(seen.engine, kernel, name, ends)
        seen.members[name] = observed[name]
    return seen


def _find(engine: Engine, name: str) -> dict | None:
    """The inspected network of that name, or None."""
    network = engine.network(name)
    # The engine takes the beginning of an id for a name, too.
    return network if network and network["Name"] == name else None


def _observe(engine: Engine, kernel: Kernel, name: str, ends: Callable) -> Observation:
    try:
        return observe(engine, kernel, name, lambda life, _container: read_network(kernel, life.pid, ends))
    except EngineError as exc:
        return Observation(None, verdict="unreachable", reason=str(exc))


def _findings(seen: Seen, kernel: Kernel) -> list:
    if seen.problem:
        evidence, hint = [str(seen.problem)], seen.problem.hint
        return [_finding(seen, attribute, verdict="unreachable", evidence=evidence, hint=hint, **part) for attribute, part in _parts(seen)]
    if seen.network is None:
        flags = " ".join(filter(None, (creation_flag(attribute, value) for attribute, value in seen.asked.items())))
        hint = f"There is no network named {seen.name}: create it with docker network create {flags} {seen.name}.".replace("  ", " ")
        evidence = [f"GET /networks/{seen.name}: no such network"]
        return [_finding(seen, attribute, verdict="absent", evidence=evidence, hint=hint, **part) for attribute, part in _parts(seen)]
    return [_finding(seen, attribute, **fields) for attribute, value in seen.asked.items() for fields in _compare(seen, attribute, value, kernel)]


def _compare(seen: Seen, attribute: str, asked: Any, kernel: Kernel) -> list:
    try:
        return COMPARED[attribute](seen, attribute, asked, kernel)
    except KernelError as exc:
        return [{"asked": asked, "verdict": "unreadable", "evidence": [str(exc)], "hint": f"{attribute} of {seen.name} could not be checked: {exc}."}]


def _parts(seen: Seen) -> list:
    """What each finding is about: the attribute, and what is asked as the finding shows it, with the step that it belongs to where that is another one."""
    parts: list = []
    for attribute, value in seen.asked.items():
        members = [dict(step_of(member), asked=member_words(member)) for member in value] if attribute == "members" else [{"asked": value}]
        parts += [(attribute, part) for part in members]
    return parts


def _finding(seen: Seen, attribute: str, asked: Any, verdict: str, **fields: Any) -> Finding:
    return Finding(seen.name, attribute, verdict, asked=asked, kind="network", **{**owner(seen.requirement), **fields})
