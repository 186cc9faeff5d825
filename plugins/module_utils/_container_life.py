# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This module utility is private to the collection.

"""How a container lives: its state, when the engine starts it again, and how it is stopped."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Any

from ansible_collections.classroom.containers.plugins.module_utils._cgroups import Kernel, KernelError
from ansible_collections.classroom.containers.plugins.module_utils._container_seen import Seen, compared, runs, unchecked
from ansible_collections.classroom.containers.plugins.module_utils._container_state import state_words, waking
from ansible_collections.classroom.containers.plugins.module_utils._docker_run import after_image
from ansible_collections.classroom.containers.plugins.module_utils._engine import Engine, EngineError
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.module_utils._limits import parse_integer
from ansible_collections.classroom.containers.plugins.module_utils._signals import parse_signal

#: Seconds that docker stop and docker restart wait for a program to end by itself, and a moment.
STOPPED = 11
#: Seconds that a program runs before the engine takes its restart for a success.
SETTLED = 10
POLICIES = ("no", "always", "unless-stopped", "on-failure")
#: What brings a container that works into another state.
_COMMANDS = {"exited": "docker stop", "paused": "docker pause"}
#: What tells policies apart that look alike.
_POLICY_WORDS = {
    ("unless-stopped", "always"): "unless-stopped leaves it stopped when the engine starts again, if it was stopped by hand, and always starts it",
    ("always", "unless-stopped"): "always starts it when the engine starts again, even if it was stopped by hand, and unless-stopped leaves it stopped",
}


def parse_restart_policy(asked: Any) -> str:
    """A restart policy as docker run takes it: no, always, unless-stopped, on-failure or on-failure:N.

    :raises ClassroomError: it is none of these
    """
    # YAML reads a bare no as false.
    text = "no" if asked in (False, "False", "false") else str(asked)
    name, colon, count = text.partition(":")
    if name not in POLICIES or (colon and name != "on-failure"):
        raise ClassroomError(f"{asked!r} is not one of {', '.join(POLICIES)}, on-failure:N")
    try:
        return f"{name}:{parse_integer(count, 1)}" if colon else name
    except ClassroomError as exc:
        raise ClassroomError(f"{asked!r}: the number of restarts: {exc}") from exc


def declared_restart_policy(container: dict) -> str:
    """The restart policy of an inspected container, in the same words."""
    policy = container["HostConfig"]["RestartPolicy"]
    name = policy["Name"] or "no"
    return f"{name}:{policy['MaximumRetryCount']}" if policy.get("MaximumRetryCount") else name


class Notes:
    """What the engine notes of each container on its disk, beside what it tells."""

    def __init__(self, engine: Engine, kernel: Kernel) -> None:
        self._engine, self._kernel = engine, kernel
        self._folder: str | None = None

    def let_go(self, container: dict | None) -> str:
        """The file that says that an inspected container, which runs, may not be started again, whatever its restart policy.

        Any signal that docker kill sends, or docker run hands on from a terminal, is noted as a stop by hand, even one that stops nothing.
        Empty where there is no such note, or it cannot be read.
        """
        if not container or not runs(container) or declared_restart_policy(container) == "no":
            return ""
        try:
            if self._folder is None:
                self._folder = (self._engine.get("/info") or {}).get("DockerRootDir") or ""
            path = f"{self._folder}/containers/{container['Id']}/config.v2.json"
            note = json.loads(self._kernel.read(path) or "{}")
        except (EngineError, KernelError, ValueError):
            return ""
        return path if note.get("HasBeenManuallyStopped") else ""


def just_restarted(container: dict | None) -> bool:
    """Whether the engine restarted an inspected container by itself and cannot know yet whether it stays up."""
    if not container or container["State"]["Status"] != "running" or not container.get("RestartCount"):
        return False
    return 0 <= seconds_up(container) < SETTLED


def seconds_up(container: dict) -> float:
    """How long ago an inspected container was started last; below 0 where the host's clock has been set back since."""
    started = datetime.strptime(container["State"]["StartedAt"][:19], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=timezone.utc)
    return (datetime.now(timezone.utc) - started).total_seconds()


def compare_state(seen: Seen, asked: str) -> list:
    """The finding of the state."""
    state, name = seen.container["State"], seen.name
    evidence = [f"State.{key}={state.get(key)}" for key in ("Status", "ExitCode", "OOMKilled")]
    evidence += [f"State.Error={state['Error']}"] if state.get("Error") else []
    if not seen.settled:
        evidence.append(f"RestartCount={seen.container['RestartCount']}")
        reason = f"its program ended, and was started again, within the {SETTLED} seconds that it was looked at"
        return [{"asked": asked, "declared": state["Status"], "evidence": evidence, **unchecked(seen, "unstable", reason)}]
    if asked == "running" or (asked == "paused" and not runs(seen.container)):
        mend = waking(seen.container, name, seen.anew("with another program")) + (f", then docker pause {name}" if asked == "paused" else "")
    elif asked in _COMMANDS and runs(seen.container):
        mend = f"{_COMMANDS[asked]} {name}"
    else:
        mend = f"docker rm --force {name}, and make it anew"
    return compared(asked, state["Status"], evidence, f"{name} {state_words(seen.container)}, and {asked} is asked: {mend}.")


def compare_restart_policy(seen: Seen, asked: str) -> list:
    """The finding of the restart policy."""
    policy, name = seen.container["HostConfig"]["RestartPolicy"], seen.name
    evidence = [
        f"HostConfig.RestartPolicy.Name={policy['Name']}",
        f"HostConfig.RestartPolicy.MaximumRetryCount={policy.get('MaximumRetryCount', 0)}",
        f"RestartCount={seen.container['RestartCount']}",
    ]
    declared = declared_restart_policy(seen.container)
    explained = _policy_mistake(seen.container, declared, asked)
    mend = f"docker update --restart {asked} {name}"
    if seen.container["HostConfig"].get("AutoRemove"):
        mend = f"it goes away when it ends, so {seen.anew(f'with docker run --restart {asked}, and without --rm')}"
    hint = f"{name} has the restart policy {declared}, and {asked} is asked{explained}: {mend}."
    if declared == asked and seen.let_go:
        return [{"asked": asked, "declared": declared, **_let_go(seen, declared, evidence)}]
    return compared(asked, declared, evidence, hint, "missing" if declared == "no" else "differs")


def _let_go(seen: Seen, declared: str, evidence: list) -> dict:
    """The verdict of a policy beside the note that the container was stopped by hand, though it runs."""
    name, own = seen.name, seen.container["Config"].get("StopSignal")
    evidence = [*evidence, f"{seen.let_go}: HasBeenManuallyStopped=true"]
    sent = "a signal that docker kill sent to it, or docker run handed on from its terminal,"
    again = f"docker restart {name} makes Docker follow the policy again."
    # unless-stopped asks for the note. The others end with a signal that is to stop it, which each is where the container names none.
    if own and not declared.startswith("unless-stopped"):
        which = f"by {own}, which is its stop signal, even where it went on, and not by any other"
        hint = f"Whether Docker will start {name} again is not known: {sent} was noted, and it counts as a stop by hand {which}. {again}"
        return {"verdict": "unverifiable", "evidence": [*evidence, f"Config.StopSignal={own}"], "hint": hint}
    hint = f"Docker was told {declared} for {name}, and will not start it again: {sent} counts as a stop by hand, even where it went on. {again}"
    return {"verdict": "not_enforced", "enforced": "no", "evidence": evidence, "hint": hint}


def _policy_mistake(container: dict, declared: str, asked: str) -> str:
    """What went wrong, as a sentence's beginning after a full stop; empty where the policies themselves say it."""
    (has, _colon, count), (wanted, _colon, number) = declared.partition(":"), asked.partition(":")
    words = _POLICY_WORDS.get((has, wanted), "")
    if declared == "no" and after_image(container, "--restart"):
        words = "--restart stands after the image, where it is an argument of its program"
    elif declared == "no":
        words = "--restart was left out, or says no"
    elif has == wanted == "on-failure":
        told = f"{count} times at most" if count else "without end"
        words = f"It is started again {told}, and {f'{number} times at most' if number else 'without end'} is asked"
    elif asked == "no":
        words = "Where nothing is to start it again, --restart is left out"
    return f". {words[0].upper()}{words[1:]}" if words else ""


def compare_restart_count(seen: Seen, asked: int) -> list:
    """The finding of how often the engine restarted it."""
    count, name = seen.container["RestartCount"], seen.name
    mend = f"docker restart {name} begins to count anew" if asked == 0 else "its program has to end by itself as often"
    hint = f"The engine restarted {name} {count} times, and {asked} is asked: {mend}; docker logs {name} shows what it said."
    return compared(asked, count, [f"RestartCount={count}"], hint)


def compare_stop_signal(seen: Seen, asked: str) -> list:
    """The finding of the signal that docker stop sends."""
    declared = seen.container["Config"].get("StopSignal") or ""
    try:
        its_own = parse_signal(declared or "SIGTERM")
    except ClassroomError:
        its_own = declared
    hint = (
        f"docker stop sends {its_own} to {seen.name}, and {asked} is asked: write STOPSIGNAL {asked} into the Dockerfile and build it anew, "
        f"or {seen.anew(f'with docker run --stop-signal {asked}')}."
    )
    return compared(asked, its_own, [f"Config.StopSignal={declared}"], hint)
