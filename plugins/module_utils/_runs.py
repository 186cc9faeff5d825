# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This module utility is private to the collection.

"""A program that is run for a proof: what is asked of its end, and what came of it."""

from __future__ import annotations

import subprocess
from typing import Any, Callable

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


def start(arguments: list, timeout: float, command: Callable) -> tuple:
    """Run a program to its end; what it exits with, and its output and errors.

    :param timeout: seconds
    :param command: runs a program, as subprocess.run does
    :raises subprocess.TimeoutExpired: it did not end
    :raises OSError: it could not be started
    """
    done = command(arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=timeout, check=False)
    return done.returncode, done.stdout.decode(errors="replace").strip()


def shown(output: str) -> str:
    """As much of an output as is told."""
    return output if len(output) <= _SHOWN else f"{output[:_SHOWN]} ..."


def asked(run: dict) -> str:
    """What is asked of a run's end, in words."""
    return _words(run["exit_code"], run["contains"])


def judged(run: dict, told: str, code: int, output: str) -> dict:
    """The fields of the finding of a run that came to its end.

    :param told: the command, as one would type it
    """
    enforced = _words(code, [text for text in run["contains"] if text in output])
    found: dict[str, Any] = {"enforced": enforced, "evidence": [f"{told}: exit {code}", f"output: {shown(output)!r}"]}
    if enforced == asked(run):
        return dict(found, verdict="ok", hint=run["name"])
    return dict(found, verdict="differs", hint=f"{told} gave {enforced}, where {asked(run)} is due. Its output: {shown(output) or 'none'}")


def _words(code: int, texts: list) -> str:
    return ", ".join([f"exit {code}", *map(repr, texts)])
