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

from ansible_collections.classroom.containers.plugins.module_utils._engine import Engine, EngineError
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.module_utils._findings import Finding
from ansible_collections.classroom.containers.plugins.module_utils._references import parse_reference

RUN_ARGUMENTS = {
    "name": {"type": "str", "required": True},
    "image": {"type": "str", "required": True},
    "entrypoint": {"type": "str"},
    "command": {"type": "list", "elements": "str", "default": []},
    "exit_code": {"type": "int", "default": 0},
    "contains": {"type": "list", "elements": "str", "default": []},
}
#: No proof needs more, and none leaves anything behind.
_OPTIONS = ("--rm", "--pull=never", "--network=none", "--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges", "--log-driver=none")
#: What the docker program exits with where the engine did not run the container at all.
_NOT_RUN = 125
#: How much of an output is told.
_SHOWN = 300


def prove(runs: list, engine: Engine, timeout: float, command: Callable = subprocess.run) -> list:
    """The findings of all runs, in their order.

    :param runs: the option ``runs`` of image_proof
    :param timeout: seconds that a container may run
    :param command: runs a program, as subprocess.run does
    :raises ClassroomError: a run is wrong; nothing was run
    """
    for index, run in enumerate(runs):
        _check(index, run)
    return [_prove(run, engine, timeout, command) for run in runs]


def _check(index: int, run: dict) -> None:
    where = f"runs[{index}] ({run['name']})"
    try:
        parse_reference(run["image"])
    except ClassroomError as exc:
        raise ClassroomError(f"{where}: image: {exc}") from exc
    if not 0 <= run["exit_code"] <= 255:
        raise ClassroomError(f"{where}: exit_code: {run['exit_code']} is out of range: it must be from 0 to 255")
    if not all(run["contains"]):
        raise ClassroomError(f"{where}: contains: '': every output contains the empty text")


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
    try:
        done = command(
            [*docker, "run", f"--name={container}", *_OPTIONS, *entrypoint, image, *run["command"]],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired:
        command([*docker, "rm", "--force", container], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        return _finding(run, "unverifiable", evidence=[f"{told}: no end in {timeout:g} s"], hint=f"{told} did not end in {timeout:g} s.")
    except OSError as exc:
        return _finding(run, "unreachable", evidence=[f"{told}: {exc}"], hint=f"The docker program could not be started: {exc}.")
    output = done.stdout.decode(errors="replace").strip()
    evidence = [f"{told}: exit {done.returncode}", f"output: {_shown(output)!r}"]
    # A program may exit with the same number, and does not speak as Docker does.
    if done.returncode == _NOT_RUN and output.startswith("docker: "):
        return _finding(run, "unverifiable", evidence=evidence, hint=f"The engine did not run {image}: {_shown(output)}")
    there = [text for text in run["contains"] if text in output]
    enforced = _words(done.returncode, there)
    if enforced == _asked(run):
        return _finding(run, "ok", enforced=enforced, evidence=evidence, hint=run["name"])
    hint = f"{told} gave {enforced}, where {_asked(run)} is due. Its output: {_shown(output) or 'none'}"
    return _finding(run, "differs", enforced=enforced, evidence=evidence, hint=hint)


def _shown(output: str) -> str:
    return output if len(output) <= _SHOWN else f"{output[:_SHOWN]} ..."


def _asked(run: dict) -> str:
    return _words(run["exit_code"], run["contains"])


def _words(code: int, texts: list) -> str:
    return ", ".join([f"exit {code}", *map(repr, texts)])


def _finding(run: dict, verdict: str, **fields: Any) -> Finding:
    return Finding(run["image"], run["name"], verdict, asked=_asked(run), **fields)
