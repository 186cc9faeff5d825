# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This module utility is private to the collection.

"""A program that is run for a proof: what is asked of its end, and what came of it."""

from __future__ import annotations

import subprocess
from typing import Callable

from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError

#: What is asked of every run, as an argument spec.
END_ARGUMENTS = {
    "exit_code": {"type": "int", "default": 0},
    "contains": {"type": "list", "elements": "str", "default": []},
}
#: How much of an output is told.
_SHOWN = 300


def check_end(run: dict) -> None:
    """Refuse what no program can end with.

    :raises ClassroomError: it is so
    """
    if not 0 <= run["exit_code"] <= 255:
        raise ClassroomError(f"exit_code: {run['exit_code']} is out of range: it must be from 0 to 255")
    if not all(run["contains"]):
        raise ClassroomError("contains: '': every output contains the empty text")


def _shown(output: str) -> str:
    """As much of an output as is told."""
    return output if len(output) <= _SHOWN else f"{output[:_SHOWN]} ..."


def asked(run: dict) -> str:
    """What is asked of a run's end, in words."""
    return _words(run["exit_code"], run["contains"])


def tried(run: dict, told: str, arguments: list, timeout: float, command: Callable, refusal: Callable, abandon: Callable = bool) -> dict:
    """The fields of the finding of a run.

    :param told: the command, as one would type it
    :param arguments: the program to start, and its arguments
    :param timeout: seconds until it must have come to its end
    :param command: runs a program, as subprocess.run does
    :param refusal: who did not run it, in words, where what it exits with and what it says are the engine's own; empty where they are not
    :param abandon: called where it did not end
    """
    try:
        done = command(arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=timeout, check=False)
    except subprocess.TimeoutExpired:
        abandon()
        return {"verdict": "unverifiable", "evidence": [f"{told}: no end in {timeout:g} s"], "hint": f"{told} did not end in {timeout:g} s."}
    except OSError as exc:
        return {"verdict": "unreachable", "evidence": [f"{told}: {exc}"], "hint": f"The docker program could not be started: {exc}."}
    output = done.stdout.decode(errors="replace").strip()
    evidence = [f"{told}: exit {done.returncode}", f"output: {_shown(output)!r}"]
    if refused := refusal(done.returncode, output):
        return {"verdict": "unverifiable", "evidence": evidence, "hint": f"{refused}: {_shown(output)}"}
    enforced = _words(done.returncode, [text for text in run["contains"] if text in output])
    found = {"enforced": enforced, "evidence": evidence}
    if enforced == asked(run):
        return dict(found, verdict="ok", hint=run["name"])
    return dict(found, verdict="differs", hint=f"{told} gave {enforced}, where {asked(run)} is due. Its output: {_shown(output) or 'none'}")


def _words(code: int, texts: list) -> str:
    return ", ".join([f"exit {code}", *map(repr, texts)])
