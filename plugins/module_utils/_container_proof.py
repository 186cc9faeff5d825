# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This module utility is private to the collection.

"""What containers can and cannot do, by running programs in them: the flow of the module container_proof."""

from __future__ import annotations

import shlex
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, Callable

from ansible_collections.classroom.containers.plugins.module_utils import _runs
from ansible_collections.classroom.containers.plugins.module_utils._engine import Engine, EngineError
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.module_utils._findings import Finding
from ansible_collections.classroom.containers.plugins.module_utils._observe import check_name, find

RUN_ARGUMENTS = {
    "name": {"type": "str", "required": True},
    "container": {"type": "str", "required": True},
    "command": {"type": "list", "elements": "str", "required": True},
    **_runs.END_ARGUMENTS,
    "given": {"type": "str"},
    "assumed": {"type": "bool", "default": False},
}
#: Programs that run at the same time. What cannot be reached takes all of its time.
_AT_ONCE = 16
_REFUSED = ("Error response from daemon", "Error: No such", "OCI runtime exec failed", "Cannot connect to")


def prove(runs: list, engine: Engine, timeout: float, command: Callable = _runs.run_program) -> list:
    """The findings of all runs, in their order.

    :param runs: the option ``runs`` of container_proof
    :param timeout: seconds that a program may run
    :param command: runs a program, as run_program does
    :raises ClassroomError: a run is wrong; nothing was run
    """
    for index, run in enumerate(runs):
        try:
            check_name(run["container"])
            if not run["command"]:
                raise ClassroomError("command: []: it is a program and its arguments")
            _runs.check_end(run)
        except ClassroomError as exc:
            raise ClassroomError(f"runs[{index}] ({run['name']}): {exc}") from exc
    if not runs:
        return []
    names = [run["name"] for run in runs]
    for index, run in enumerate(runs):
        if run.get("given") is not None and (run["given"] not in names or run["given"] == run["name"]):
            raise ClassroomError(f"runs[{index}] ({run['name']}): given: {run['given']!r} is not the name of another run")
    # The engine is asked by one after the other: its client is none for threads.
    seen = [_look(run, engine) for run in runs]
    with ThreadPoolExecutor(max_workers=min(len(runs), _AT_ONCE)) as pool:
        found = list(pool.map(lambda each: each[1] or _prove(each[0], engine.host, timeout, command), zip(runs, seen)))
    true = {run["name"] for run, finding in zip(runs, found) if finding.verdict == "ok"}
    return [_weighed(run, finding, true) for run, finding in zip(runs, found)]


def _weighed(run: dict, finding: Finding, true: set) -> Finding:
    """The same finding, or one that says that it proves nothing.

    :param true: the names of the runs that went as asked
    """
    if run.get("given") and run["given"] not in true:
        return replace(finding, verdict="unverifiable", hint=f"{run['name']}: this says nothing as long as it is not so that {run['given']}.")
    if run.get("assumed") and finding.verdict == "differs":
        return replace(finding, verdict="unverifiable")
    return finding


def _look(run: dict, engine: Engine) -> Finding | None:
    """Why nothing can be run; None where it can."""
    name = run["container"]
    try:
        container = find(engine, name)
    except EngineError as exc:
        return _finding(run, "unreachable", evidence=[str(exc)], hint=exc.hint)
    if container is None:
        return _finding(run, "absent", evidence=[f"GET /containers/{name}/json: no such container"], hint=f"There is no container named {name} to run it in.")
    state = container["State"]
    if not state["Running"] or state["Paused"]:
        hint = f"{name} could not be tried: it is {state['Status']}."
        return _finding(run, "stopped", evidence=[f"State.Status={state['Status']}"], hint=hint)
    return None


def _prove(run: dict, host: str, timeout: float, command: Callable) -> Finding:
    name = run["container"]
    told = f"docker exec {shlex.join([name, *run['command']])}"
    arguments = ["docker", f"--host={host}", "exec", name, *run["command"]]

    def refusal(code: int, output: str) -> str:
        return f"The engine did not run it in {name}" if code and output.startswith(_REFUSED) else ""

    return _finding(run, **_runs.tried(run, told, arguments, timeout, command, refusal))


def _finding(run: dict, verdict: str, **fields: Any) -> Finding:
    return Finding(run["container"], run["name"], verdict, asked=_runs.asked(run), **fields)
