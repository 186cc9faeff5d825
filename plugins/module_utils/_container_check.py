# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This module utility is private to the collection.

"""What is asked of a container as a whole, against what the engine says: the flow of the module container_check."""

from __future__ import annotations

from typing import Any

from ansible_collections.classroom.containers.plugins.module_utils._engine import Engine, EngineError
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.module_utils._findings import Finding
from ansible_collections.classroom.containers.plugins.module_utils._limits import parse_integer
from ansible_collections.classroom.containers.plugins.module_utils._observe import check_name, find

#: One requirement of container_check as an argument spec.
REQUIREMENT_ARGUMENTS = {
    "name": {"type": "str", "required": True},
    "student": {"type": "str"},
    "lab": {"type": "str"},
    "state": {"type": "str", "choices": ["created", "exited", "paused", "restarting", "running"]},
    "restart_policy": {"type": "str"},
    "restart_count": {"type": "int"},
}
POLICIES = ("no", "always", "unless-stopped", "on-failure")


def parse_restart_policy(asked: Any) -> str:
    """A restart policy as docker run takes it: no, always, unless-stopped, on-failure or on-failure:N.

    :raises ClassroomError: it is none of these
    """
    # YAML reads a bare no as false.
    text = "no" if asked in (False, "False", "false") else str(asked)
    name, colon, count = text.partition(":")
    if name not in POLICIES or (colon and name != "on-failure"):
        raise ClassroomError(f"restart_policy: {asked!r} is not one of {', '.join(POLICIES)}, on-failure:N")
    try:
        return f"{name}:{parse_integer(count, 1)}" if colon else name
    except ClassroomError as exc:
        raise ClassroomError(f"restart_policy: {asked!r}: the number of restarts: {exc}") from exc


def declared_restart_policy(container: dict) -> str:
    """The restart policy of an inspected container, in the same words."""
    policy = container["HostConfig"]["RestartPolicy"]
    name = policy["Name"] or "no"
    return f"{name}:{policy['MaximumRetryCount']}" if policy.get("MaximumRetryCount") else name


def check(requirements: list, engine: Engine) -> list:
    """The findings of all requirements, in their order.

    :param requirements: the option ``containers`` of container_check
    :raises ClassroomError: a requirement is wrong; nothing was looked at
    """
    parsed = [_parse(index, requirement) for index, requirement in enumerate(requirements)]
    findings: list = []
    for requirement, asked in zip(requirements, parsed):
        try:
            findings += _findings(requirement, asked, find(engine, requirement["name"]))
        except EngineError as exc:
            # It may answer for the next one.
            findings += [_finding(requirement, attribute, value, "unreachable", evidence=[str(exc)], hint=exc.hint) for attribute, value in asked.items()]
    return findings


def _parse(index: int, requirement: dict) -> dict:
    asked = {attribute: requirement[attribute] for attribute in _COMPARED if requirement.get(attribute) is not None}
    try:
        check_name(requirement["name"])
        if not asked:
            raise ClassroomError("it asks for nothing: name at least one attribute")
        if "restart_policy" in asked:
            asked["restart_policy"] = parse_restart_policy(asked["restart_policy"])
        return asked
    except ClassroomError as exc:
        raise ClassroomError(f"containers[{index}] ({requirement['name']}): {exc}") from exc


def _findings(requirement: dict, asked: dict, container: dict | None) -> list:
    name = requirement["name"]
    if container is None:
        policy = asked.get("restart_policy", "no")
        hint = f"There is no container named {name}: create it with docker run --name {name}" + ("." if policy == "no" else f" --restart {policy}.")
        evidence = [f"GET /containers/{name}/json: no such container"]
        return [_finding(requirement, attribute, value, "absent", evidence=evidence, hint=hint) for attribute, value in asked.items()]
    found = []
    for attribute, value in asked.items():
        declared, evidence, hint = _COMPARED[attribute](name, value, container)
        verdict = "ok" if declared == value else "missing" if (attribute, declared) == ("restart_policy", "no") else "differs"
        found.append(_finding(requirement, attribute, value, verdict, declared=declared, evidence=evidence, hint="" if verdict == "ok" else hint))
    return found


def _state(name: str, asked: str, container: dict) -> tuple:
    state = container["State"]
    evidence = [f"State.{key}={state[key]}" for key in ("Status", "ExitCode", "OOMKilled")]
    # docker start refuses a paused container.
    mend = f"docker {'stop' if asked != 'running' else 'unpause' if state['Paused'] else 'start'} {name}"
    return state["Status"], evidence, f"{name} is {state['Status']}, and {asked} is asked: {mend}; docker logs {name} shows what it said."


def _restart_policy(name: str, asked: str, container: dict) -> tuple:
    policy = container["HostConfig"]["RestartPolicy"]
    evidence = [
        f"HostConfig.RestartPolicy.Name={policy['Name']}",
        f"HostConfig.RestartPolicy.MaximumRetryCount={policy.get('MaximumRetryCount', 0)}",
        f"RestartCount={container['RestartCount']}",
    ]
    declared = declared_restart_policy(container)
    return declared, evidence, f"{name} has the restart policy {declared}, and {asked} is asked: docker update --restart {asked} {name}."


def _restart_count(name: str, asked: int, container: dict) -> tuple:
    count = container["RestartCount"]
    return count, [f"RestartCount={count}"], f"The engine restarted {name} {count} times, and {asked} is asked: docker logs {name} shows what it said."


#: How each attribute is compared: what is declared, the evidence, and the hint where it differs.
_COMPARED = {"state": _state, "restart_policy": _restart_policy, "restart_count": _restart_count}


def _finding(requirement: dict, attribute: str, asked: Any, verdict: str, **fields: Any) -> Finding:
    return Finding(
        subject=requirement["name"],
        attribute=attribute,
        verdict=verdict,
        asked=asked,
        student=requirement.get("student") or "",
        lab=requirement.get("lab") or "",
        **fields,
    )
