# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This module utility is private to the collection.

"""What containers can and cannot do, by running programs in them: the flow of the module container_proof."""

from __future__ import annotations

import re
import shlex
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, Callable

from ansible_collections.classroom.containers.plugins.module_utils import _runs
from ansible_collections.classroom.containers.plugins.module_utils._engine import Engine, EngineError
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.module_utils._findings import Finding
from ansible_collections.classroom.containers.plugins.module_utils._observe import check_name, find, same_life

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
#: How a program ends whose container goes away. The engine may know of that end first, and is asked again for so many seconds.
_KILLED, _SETTLED = "exit 137", 2
#: Seconds between two looks at such a container.
_PAUSE = 0.2
#: What a program ends with that is not there, with older engines and newer ones, and how they say so.
_NO_PROGRAM = (126, 127)
_NOT_FOUND = re.compile(r'exec: "[^"]*": (executable file not found in|stat [^:]*: no such file or directory)')
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
            check_name(run["container"], "container")
            if not run["command"]:
                raise ClassroomError("command: []: it is a program and its arguments")
            _runs.check_end(run)
        except ClassroomError as exc:
            raise ClassroomError(f"runs[{index}] ({run['name']}): {exc}") from exc
    if not runs:
        return []
    given = _given(runs)
    containers = list(dict.fromkeys(run["container"] for run in runs))
    # The engine is asked by one after the other: its client is none for threads.
    before = {name: _look(name, engine) for name in containers}
    with ThreadPoolExecutor(max_workers=min(len(runs), _AT_ONCE)) as pool:
        found = list(pool.map(lambda run: _untried(run, before[run["container"]]) or _prove(run, engine.host, timeout, command), runs))
    killed = {finding.subject for finding in found if str(finding.enforced).startswith(_KILLED)}
    end = time.monotonic() + _SETTLED
    after = {name: _look_after(name, engine, before[name], end if name in killed else 0) for name in containers if _runs_there(before[name])}
    found = [_of_one_life(finding, before[finding.subject], after.get(finding.subject)) for finding in found]
    true = {finding.attribute for finding in found if finding.verdict == "ok"}
    return [_weighed(run, finding, given, true) for run, finding in zip(runs, found)]


def _given(runs: list) -> dict:
    """For the name of each run, that of the one that it is given, or None.

    :raises ClassroomError: a name is none, or is there twice, or a run is given itself, be it by way of others
    """
    given: dict = {}
    for index, run in enumerate(runs):
        if not run["name"] or run["name"] in given:
            rule = "is the name of another run, and each has its own" if run["name"] else "is empty, and it says what the run proves"
            raise ClassroomError(f"runs[{index}] ({run['name']}): name: {run['name']!r} {rule}")
        given[run["name"]] = run.get("given")
    for index, (name, other) in enumerate(given.items()):
        if other is not None and (other not in given or other == name):
            raise ClassroomError(f"runs[{index}] ({name}): given: {other!r} is not the name of another run")
        if name in _grounds(name, given):
            raise ClassroomError(f"runs[{index}] ({name}): given: {other!r} is given {name!r} itself")
    return given


def _grounds(name: str, given: dict) -> list:
    """The names of the runs without which one proves nothing, its own last where they go in a circle."""
    grounds: list = []
    while (name := given.get(name)) is not None and name not in grounds:
        grounds.append(name)
    return grounds


def _weighed(run: dict, finding: Finding, given: dict, true: set) -> Finding:
    """The same finding, or one that says that it proves nothing.

    :param true: the names of the runs that went as asked
    """
    wrong = next((name for name in _grounds(run["name"], given) if name not in true), None)
    if wrong is not None:
        return replace(finding, verdict="unverifiable", hint=f"{run['name']}: this says nothing as long as it is not so that {wrong}.")
    if run.get("assumed") and finding.verdict == "differs":
        return replace(finding, verdict="unverifiable")
    return finding


def _look(name: str, engine: Engine) -> dict | EngineError | None:
    """A container as it is now, None where there is none, or why that is not known."""
    try:
        return find(engine, name)
    except EngineError as exc:
        return exc


def _look_after(name: str, engine: Engine, before: dict, end: float) -> dict | EngineError | None:
    """What _look returns when the programs have come to their end: as soon as it is not what it was before, or at a time of the monotonic clock."""
    while True:
        seen = _look(name, engine)
        if not isinstance(seen, dict) or not same_life(before, seen) or time.monotonic() >= end:
            return seen
        time.sleep(_PAUSE)


def _runs_there(seen: dict | EngineError | None) -> bool:
    """Whether something can be run in a container."""
    return isinstance(seen, dict) and seen["State"]["Running"] and not seen["State"]["Paused"]


def _untried(run: dict, seen: dict | EngineError | None) -> Finding | None:
    """Why nothing can be run; None where it can."""
    name = run["container"]
    if isinstance(seen, EngineError):
        return _finding(run, "unreachable", evidence=[str(seen)], hint=seen.hint)
    if seen is None:
        return _finding(run, "absent", evidence=[f"GET /containers/{name}/json: no such container"], hint=f"There is no container named {name} to run it in.")
    if not _runs_there(seen):
        status = seen["State"]["Status"]
        return _finding(run, "stopped", evidence=[f"State.Status={status}"], hint=f"{name} could not be tried: it is {status}.")
    return None


def _of_one_life(finding: Finding, before: dict | EngineError | None, after: dict | EngineError | None) -> Finding:
    """The same finding, or one that says that the container went away under the program, which ends with whatever that gives it."""
    if finding.verdict not in ("ok", "differs") or (isinstance(after, dict) and same_life(before, after)):
        return finding
    if isinstance(after, EngineError):
        return replace(finding, verdict="unreachable", evidence=[*finding.evidence, str(after)], hint=after.hint)
    what = "stopped or restarted" if after else "was removed"
    return replace(finding, verdict="unstable", hint=f"{finding.subject} could not be tried: it {what} while programs ran in it. Check it again.")


def _prove(run: dict, host: str, timeout: float, command: Callable) -> Finding:
    name = run["container"]
    told = f"docker exec {shlex.join([name, *run['command']])}"
    arguments = ["docker", f"--host={host}", "exec", name, *run["command"]]

    def refusal(code: int, output: str) -> str:
        # That there is no such program is the engine's word, and what such a run asks for.
        if run["exit_code"] in _NO_PROGRAM and _NOT_FOUND.search(output):
            return ""
        return f"The engine did not run it in {name}" if code and output.startswith(_REFUSED) else ""

    return _finding(run, **_runs.tried(run, told, arguments, timeout, command, refusal))


def _finding(run: dict, verdict: str, **fields: Any) -> Finding:
    return Finding(run["container"], run["name"], verdict, asked=_runs.asked(run), **fields)
