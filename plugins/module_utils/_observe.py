# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This module utility is private to the collection.

"""One container seen whole: what the engine says of it and what the kernel says, of the same life."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any, Callable

from ansible_collections.classroom.containers.plugins.module_utils._cgroups import Gone, Kernel, KernelError, Life
from ansible_collections.classroom.containers.plugins.module_utils._engine import AnswerError, Engine, own_names
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError

#: How often a container is looked at anew that stops or restarts while it is being read.
TRIES = 3
_ID = re.compile(r"[0-9a-f]{12,64}")

#: What the engine takes for a name; others would ask it for another page.
_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]*")
NAME_RULE = "letters, digits, underscores, dots and hyphens, the first a letter or digit"


@dataclass(frozen=True)
class Observation:
    """A container at one moment.

    :param container: what the engine's inspect says; None where there is no such container
    :param life: the life that reading belongs to; None where nothing was read
    :param reading: what the reader returned
    :param verdict: why nothing was read: absent, stopped, unstable, unreadable or unreachable; empty where it was
    :param reason: the same as a sentence
    """

    container: dict | None
    life: Life | None = None
    reading: Any = None
    verdict: str = ""
    reason: str = ""


def observe(engine: Engine, kernel: Kernel, reference: str, read: Callable, inspected: dict | None = None) -> Observation:
    """Look at a container by name or id, and read its kernel files within one life of it.

    :param read: called with the Life and the inspected container; what it returns becomes the reading
    :param inspected: what the engine just said of it, so that it is asked only where that life is over
    :raises EngineError: the engine does not answer
    """
    seen = None
    reason = ""
    for attempt in range(TRIES):
        try:
            container = inspected if inspected and not attempt else find(engine, reference)
        except AnswerError as exc:
            return Observation(None, verdict="unreachable", reason=str(exc))
        if container is None and seen:
            return Observation(seen, verdict="unstable", reason="it was removed while it was being read")
        if container is None:
            return Observation(None, verdict="absent", reason="there is no such container")
        state = container["State"]
        if not state["Running"] or state["Pid"] <= 0:
            return Observation(container, verdict="stopped", reason=f"it is {state['Status']}, and only a running container has limits in the kernel")
        unchanged = seen and same_life(seen, container)
        seen = container
        try:
            life = kernel.life(state["Pid"], container["Id"])
            reading = read(life, container)
            if kernel.still(life):
                return Observation(container, life, reading)
            reason = "it stopped or restarted while it was being read"
        except Gone as exc:
            reason = f"{exc}, yet the engine says that the container runs"
        except KernelError as exc:
            reason = str(exc)
            # A process that is just ending loses its cgroups first: only a second look tells that from a host without them.
            if unchanged:
                return Observation(container, verdict="unreadable", reason=reason)
    return Observation(seen, verdict="unstable", reason=f"it did not stay the same for one reading in {TRIES}: {reason}")


def same_life(one: dict, other: dict) -> bool:
    """Whether two looks at a container saw the same life of it."""
    return all(one["State"][key] == other["State"][key] for key in ("Pid", "StartedAt"))


def is_name(text: str) -> bool:
    """Whether it can be the name of a container or a network."""
    return bool(_NAME.fullmatch(text))


def check_name(reference: str, option: str = "name") -> None:
    """Refuse what cannot be a container's name or id, which Docker writes with a slash before it.

    :raises ClassroomError: it cannot
    """
    if not is_name(reference.removeprefix("/")):
        raise ClassroomError(f"{option}: {reference!r} is not a container's name: {NAME_RULE}")


def find(engine: Engine, reference: str) -> dict | None:
    """The inspected container of that name or id (12 digits or more), or None."""
    wanted = reference.lstrip("/")
    container = engine.inspect(wanted)
    return container if container and is_meant(wanted, name_of(container), container["Id"]) else None


def is_meant(reference: str, name: str, identifier: str) -> bool:
    """Whether a name or an id (12 digits or more) stands for what has that name and that id."""
    # The engine takes the beginning of an id for a name: "beef" must not find a container whose id begins so.
    return reference == name or bool(_ID.fullmatch(reference)) and identifier.startswith(reference)


def observe_listed(engine: Engine, kernel: Kernel, item: dict, read: Callable, inspected: dict | None = None) -> Observation:
    """As observe, of a container from the engine's list. One that the engine cannot inspect is told by that list; what it does not say is None.

    :raises EngineError: the engine does not answer
    """
    observation = observe(engine, kernel, item["Id"], read, inspected)
    return replace(observation, container=_outline(item)) if observation.verdict == "unreachable" else observation


def _outline(item: dict) -> dict:
    """A listed container in the form of an inspected one."""
    names = own_names(item) or [item["Id"][:12]]
    return {
        "Id": item["Id"],
        "Name": f"/{names[0]}",
        "Config": {"Image": item["Image"], "Labels": item.get("Labels")},
        "HostConfig": None,
        "RestartCount": None,
        "State": {"Status": item["State"], **dict.fromkeys(("Pid", "StartedAt", "OOMKilled", "ExitCode"))},
    }


def name_of(container: dict) -> str:
    """The name of an inspected container."""
    return container["Name"].lstrip("/")
