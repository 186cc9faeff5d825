# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This module utility is private to the collection.

"""A program that is run for a proof: what is asked of its end, and what came of it."""

from __future__ import annotations

import os
import select
import subprocess
import time
from typing import Callable

from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.module_utils._limits import check_range

#: What is asked of every run, as an argument spec.
END_ARGUMENTS = {
    "exit_code": {"type": "int", "default": 0},
    "contains": {"type": "list", "elements": "str", "default": []},
}
#: How much of an output is told.
_SHOWN = 300
#: How much of an output is read, in bytes: a program that writes without end would take all of a host's memory.
OUTPUT_MAX = 1 << 20


class TooLong(Exception):
    """A program wrote more than is read."""


def run_program(arguments: list, timeout: float) -> subprocess.CompletedProcess:
    """Run a program without input, and return what it exits with and all that it writes.

    :param timeout: seconds until it must have come to its end
    :raises subprocess.TimeoutExpired: it did not, and was ended
    :raises TooLong: it wrote more than OUTPUT_MAX bytes, and was ended
    :raises OSError: it could not be started
    """
    deadline = time.monotonic() + timeout
    output = b""
    with subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        try:
            while select.select([process.stdout], [], [], max(deadline - time.monotonic(), 0))[0]:
                part = os.read(process.stdout.fileno(), 1 << 16)
                output += part
                if len(output) > OUTPUT_MAX:
                    raise TooLong
                if not part:
                    return subprocess.CompletedProcess(arguments, process.wait(max(deadline - time.monotonic(), 0)), output)
            raise subprocess.TimeoutExpired(arguments, timeout)
        except BaseException:
            process.kill()
            raise


def check_end(run: dict) -> None:
    """Refuse what no program can end with.

    :raises ClassroomError: it is so
    """
    check_range(run["exit_code"], 0, 255, "exit_code")
    if not all(run["contains"]):
        raise ClassroomError("contains: '': every output contains the empty text")


def _shown(output: str) -> str:
    """As much of an output as is told."""
    return output if len(output) <= _SHOWN else f"{output[:_SHOWN]} ..."


def asked(run: dict) -> str:
    """What is asked of a run's end, in words."""
    return _words(run["exit_code"], run["contains"])


def tried(run: dict, told: str, arguments: list, timeout: float, command: Callable, refusal: Callable, abandon: Callable = str) -> dict:
    """The fields of the finding of a run.

    :param told: the command, as one would type it
    :param arguments: the program to start, and its arguments
    :param timeout: seconds until it must have come to its end
    :param command: runs a program, as run_program does
    :param refusal: who did not run it, in words, where what it exits with and what it says are the engine's own; empty where they are not
    :param abandon: called where it did not end; tells in words what it left, and nothing where that is nothing
    """
    try:
        done = command(arguments, timeout)
    except (subprocess.TimeoutExpired, TooLong) as exc:
        problem, hint = f"no end in {timeout:g} s", f"did not end in {timeout:g} s"
        if isinstance(exc, TooLong):
            problem, hint = f"an output of more than {OUTPUT_MAX} bytes", f"wrote more than {OUTPUT_MAX} bytes, and was ended"
        left = abandon()
        return {"verdict": "unverifiable", "evidence": [f"{told}: {problem}", *([left] if left else [])], "hint": f"{told} {hint}."}
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
