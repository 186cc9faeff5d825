# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This module utility is private to the collection.

"""The state of a container for a reader: why it is not at work, and what wakes it."""

from __future__ import annotations

import signal

#: Exit codes that say more than that a program was not content.
_MEANINGS = {
    0: "its program came to its end by itself",
    126: "its program could not be run",
    127: "its image has no such program",
    130: "SIGINT, as Ctrl+C sends",
    137: "SIGKILL, as docker kill sends, and docker stop after a while",
    143: "SIGTERM, as docker stop sends",
}
#: The shell's way, and the engine's, to say which signal ended a program.
_BY_SIGNAL = 128
_NO_PROGRAM = (126, 127)
#: What the engine and its runtime say before they come to the point, and after it.
_BEFORE, _AFTER = "unable to start container process: ", ": unknown"
_SHOWN = 160


def state_words(container: dict) -> str:
    """The state of an inspected container, as what follows its name: ``exited with the code 137 (...)``."""
    state = container["State"]
    status, code = state["Status"], state.get("ExitCode") or 0
    problem = _problem(state)
    if status == "created":
        return f"was created and could not be started ({problem})" if problem else "was created and never started"
    if status == "restarting":
        count = container.get("RestartCount") or 0
        return f"is restarting again and again: its program ends with the code {code} ({_meaning(state)}), and the engine restarted it {count} times"
    if status == "exited":
        return f"exited with the code {code} ({problem or _meaning(state)})"
    return f"is {status}"


def waking(container: dict, name: str, anew: str = "create it again with another program") -> str:
    """What brings a container to work that is not, with the command.

    :param anew: how it is made anew, where nothing else helps
    """
    state = container["State"]
    logs = f"docker logs {name} says why"
    if state["Paused"]:
        return f"docker unpause {name} wakes it"
    if state["Status"] == "restarting":
        return f"{logs}; if its command is at fault, {anew}"
    if state["Status"] in ("dead", "removing"):
        return f"docker rm --force {name} takes it away; {anew}"
    if state["Status"] == "created" and state.get("ExitCode") in _NO_PROGRAM:
        return f"no start helps, so {anew}"
    if state["Status"] == "created" and _problem(state):
        return f"docker start {name} starts it, once that is no more"
    if state["Status"] == "exited" and not state.get("ExitCode"):
        # It may have been stopped, or have had nothing more to do.
        return f"docker start {name} starts it; if its program ends again, {anew}"
    return f"docker start {name} starts it; if it stops again, {logs}"


def _meaning(state: dict) -> str:
    code = state.get("ExitCode") or 0
    if not state.get("OOMKilled"):
        return _of_code(code)
    # The engine says so of any process in it, and of one from docker exec, too: its program may have gone on.
    killed = "the kernel killed a process in it, which went over its memory limit"
    return killed if code == _BY_SIGNAL + signal.SIGKILL else f"{_of_code(code)}; before that, {killed}"


def _of_code(code: int) -> str:
    if code in _MEANINGS:
        return _MEANINGS[code]
    try:
        return signal.Signals(code - _BY_SIGNAL).name
    except ValueError:
        return "an error, as its program says"


def _problem(state: dict) -> str:
    """Why the engine could not start it, on one line; empty where it never failed."""
    text = " ".join((state.get("Error") or "").split())
    text = "".join(character for character in text.rpartition(_BEFORE)[2].removesuffix(_AFTER) if character.isprintable())
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."
