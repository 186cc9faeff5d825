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
from ansible_collections.classroom.containers.plugins.module_utils._observe import find

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
    return f"{name}:{parse_integer(count, 1)}" if colon else name


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
    for index, requirement in enumerate(requirements):
        try:
            if requirement["restart_policy"] is not None:
                requirement["restart_policy"] = parse_restart_policy(requirement["restart_policy"])
            if not _asked(requirement):
                raise ClassroomError("it asks for nothing: name at least one attribute")
        except ClassroomError as exc:
            raise ClassroomError(f"containers[{index}] ({requirement['name']}): {exc}") from exc
    try:
        return [finding for requirement in requirements for finding in _findings(requirement, find(engine, requirement["name"]))]
    except EngineError as exc:
        return [
            _finding(requirement, attribute, asked, "unreachable", evidence=[str(exc)], hint=f"The Docker engine could not be asked: {exc}.")
            for requirement in requirements
            for attribute, asked in _asked(requirement)
        ]


def _asked(requirement: dict) -> list:
    return [(attribute, requirement[attribute]) for attribute in ("state", "restart_policy") if requirement[attribute] is not None]


def _findings(requirement: dict, container: dict | None) -> list:
    name = requirement["name"]
    if container is None:
        hint = f"There is no container named {name}: create it with docker run --name {name}"
        hint += f" --restart {requirement['restart_policy']}." if requirement["restart_policy"] else "."
        evidence = [f"GET /containers/{name}/json: no such container"]
        return [_finding(requirement, attribute, asked, "absent", evidence=evidence, hint=hint) for attribute, asked in _asked(requirement)]
    compared = {"state": _state, "restart_policy": _restart_policy}
    return [compared[attribute](requirement, container) for attribute, _asked_value in _asked(requirement)]


def _state(requirement: dict, container: dict) -> Finding:
    name, asked, state = requirement["name"], requirement["state"], container["State"]
    evidence = [f"State.Status={state['Status']}", f"State.ExitCode={state['ExitCode']}", f"State.OOMKilled={state['OOMKilled']}"]
    if state["Status"] == asked:
        return _finding(requirement, "state", asked, "ok", declared=state["Status"], evidence=evidence)
    mend = f"docker start {name}" if asked == "running" else f"docker stop {name}"
    hint = f"{name} is {state['Status']}, and {asked} is asked: {mend}; docker logs {name} shows what it said."
    return _finding(requirement, "state", asked, "differs", declared=state["Status"], evidence=evidence, hint=hint)


def _restart_policy(requirement: dict, container: dict) -> Finding:
    name, asked, declared = requirement["name"], requirement["restart_policy"], declared_restart_policy(container)
    policy = container["HostConfig"]["RestartPolicy"]
    evidence = [
        f"HostConfig.RestartPolicy.Name={policy['Name']}",
        f"HostConfig.RestartPolicy.MaximumRetryCount={policy.get('MaximumRetryCount', 0)}",
        f"RestartCount={container['RestartCount']}",
    ]
    if declared == asked:
        return _finding(requirement, "restart_policy", asked, "ok", declared=declared, evidence=evidence)
    verdict = "missing" if declared == "no" else "differs"
    hint = f"{name} has the restart policy {declared}, and {asked} is asked: docker update --restart {asked} {name}."
    return _finding(requirement, "restart_policy", asked, verdict, declared=declared, evidence=evidence, hint=hint)


def _finding(requirement: dict, attribute: str, asked: Any, verdict: str, **fields: Any) -> Finding:
    return Finding(
        subject=requirement["name"],
        attribute=attribute,
        verdict=verdict,
        asked=asked,
        student=requirement["student"] or "",
        lab=requirement["lab"] or "",
        **fields,
    )
