# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This module utility is private to the collection.

"""What images can and cannot do, by running them: the flow of the module image_proof."""

from __future__ import annotations

import shlex
import subprocess
import uuid
from typing import Any, Callable

from ansible_collections.classroom.containers.plugins.module_utils import _runs
from ansible_collections.classroom.containers.plugins.module_utils._engine import Engine, EngineError
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.module_utils._findings import Finding
from ansible_collections.classroom.containers.plugins.module_utils._references import parse_reference

RUN_ARGUMENTS = {
    "name": {"type": "str", "required": True},
    "image": {"type": "str", "required": True},
    "entrypoint": {"type": "str"},
    "command": {"type": "list", "elements": "str", "default": []},
    **_runs.END_ARGUMENTS,
}
#: No proof needs more, and none leaves anything behind.
_OPTIONS = ("--rm", "--pull=never", "--network=none", "--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges", "--log-driver=none")
#: What the docker program exits with where the engine did not run the container at all.
_NOT_RUN = 125


def prove(runs: list, engine: Engine, timeout: float, command: Callable = _runs.run_program) -> list:
    """The findings of all runs, in their order.

    :param runs: the option ``runs`` of image_proof
    :param timeout: seconds that a container may run
    :param command: runs a program, as run_program does
    :raises ClassroomError: a run is wrong; nothing was run
    """
    for index, run in enumerate(runs):
        _check(index, run)
    return [_prove(run, engine, timeout, command) for run in runs]


def _check(index: int, run: dict) -> None:
    try:
        try:
            parse_reference(run["image"])
        except ClassroomError as exc:
            raise ClassroomError(f"image: {exc}") from exc
        _runs.check_end(run)
    except ClassroomError as exc:
        raise ClassroomError(f"runs[{index}] ({run['name']}): {exc}") from exc


def _prove(run: dict, engine: Engine, timeout: float, command: Callable) -> Finding:
    image = run["image"]
    try:
        if engine.image(image) is None:
            return _finding(run, "absent", evidence=[f"GET /images/{image}/json: no such image"], hint=f"There is no image named {image} to run.")
    except EngineError as exc:
        return _finding(run, "unreachable", evidence=[str(exc)], hint=exc.hint)
    docker, container = ["docker", f"--host={engine.host}"], f"image_proof-{uuid.uuid4().hex}"
    entrypoint = [] if run.get("entrypoint") is None else [f"--entrypoint={run['entrypoint']}"]
    told = f"docker run {shlex.join([*entrypoint, image, *run['command']])}"
    arguments = [*docker, "run", f"--name={container}", *_OPTIONS, *entrypoint, image, *run["command"]]

    def refusal(code: int, output: str) -> str:
        # A program may exit with the same number, and does not speak as Docker does.
        refused = output.startswith("docker: ") or "error waiting for container" in output.rstrip().rpartition("\n")[2]
        return f"The engine did not run {image}" if code == _NOT_RUN and refused else ""

    def abandon() -> str:
        try:
            gone = command([*docker, "rm", "--force", container], timeout).returncode == 0
        except (subprocess.TimeoutExpired, OSError, _runs.TooLong):
            gone = False
        return "" if gone else f"the container {container} may still be there"

    return _finding(run, **_runs.tried(run, told, arguments, timeout, command, refusal, abandon))


def _finding(run: dict, verdict: str, **fields: Any) -> Finding:
    return Finding(run["image"], run["name"], verdict, kind="image", asked=_runs.asked(run), **fields)
