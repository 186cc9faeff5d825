# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This module utility is private to the collection.

"""One requirement of container_check with all that is known of its container, and what the comparisons of all attributes share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ansible_collections.classroom.containers.plugins.module_utils import _docker_run
from ansible_collections.classroom.containers.plugins.module_utils._container_state import state_words, waking
from ansible_collections.classroom.containers.plugins.module_utils._engine import Engine, EngineError
from ansible_collections.classroom.containers.plugins.module_utils._observe import Observation


class Images:
    """The images of an engine, each asked for once however many containers are made of it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._known: dict = {}

    def get(self, name: str) -> dict | None:
        """All that the engine knows of one image; None where there is none.

        :raises EngineError: no answer
        """
        if name not in self._known:
            try:
                self._known[name] = self._engine.image(name)
            except EngineError as exc:
                self._known[name] = exc
        if isinstance(self._known[name], EngineError):
            raise self._known[name]
        return self._known[name]


@dataclass
class Seen:
    """One requirement and all that is known of its container.

    :param asked: the values of the requirement, parsed
    :param namespaces: its namespaces as namespace_info returns them, with those of the ``host``, or why they are not known
    :param answers: for each entry of ``http`` that was asked, by its number: an Answer, or Silent
    :param after: why these are not this container's, as a verdict and a reason
    :param let_go: the file that says that the engine will not start it again, or nothing
    :param settled: whether it ran, where it does, for long enough to be called running
    """

    requirement: dict
    asked: dict
    observation: Observation
    engine: Engine
    images: Images
    namespaces: Any = None
    answers: dict = field(default_factory=dict)
    after: tuple = ()
    let_go: str = ""
    settled: bool = True

    @property
    def name(self) -> str:
        return self.requirement["name"]

    @property
    def container(self) -> Any:
        return self.observation.container

    def anew(self, how: str) -> str:
        """How it gets what only its creation sets, with or without which option."""
        return _docker_run.anew(self.requirement, how)


def runs(container: dict) -> bool:
    """Whether a container has a process now; a paused one has, too."""
    return container["State"]["Running"] and container["State"]["Pid"] > 0


def resting(container: dict) -> str:
    """Why a container answers nobody; empty where it may."""
    state = container["State"]
    return "" if runs(container) and not state["Paused"] else f"it {state_words(container)}"


def unchecked(seen: Seen, verdict: str, reason: str) -> dict:
    """The verdict and the hint of what could not be checked.

    :param verdict: stopped, unstable or unreachable
    :param reason: why, as a sentence without its end
    """
    name = seen.name
    if verdict == "unreachable":
        return {"verdict": verdict, "hint": EngineError(reason).hint}
    mend = waking(seen.container, name, seen.anew("with another program"))
    if verdict == "unstable":
        mend = f"Check it again; docker logs {name} shows what it said"
    return {"verdict": verdict, "hint": f"{name} could not be checked: {reason}. {mend}."}


def compared(asked: Any, declared: Any, evidence: list, hint: str, verdict: str = "differs") -> list:
    """The one finding of an attribute that the engine alone knows.

    :param verdict: where declared is not what is asked
    """
    if declared == asked:
        return [{"asked": asked, "verdict": "ok", "declared": declared, "evidence": evidence}]
    return [{"asked": asked, "verdict": verdict, "declared": declared, "evidence": evidence, "hint": hint}]


def of_process(seen: Seen, attribute: str) -> tuple:
    """What the process told of an attribute, None where it told nothing, and the evidence."""
    return seen.observation.reading[attribute] if seen.observation.reading else (None, [seen.observation.reason])


def unread(seen: Seen, found: dict, what: str) -> list:
    """The finding of an attribute that the process did not tell; empty where it did.

    :param found: the fields of the finding; enforced is None where it is not known
    :param what: what the attribute is of the container, in words
    """
    observation = seen.observation
    if observation.verdict in ("stopped", "unstable"):
        return [dict(found, **unchecked(seen, observation.verdict, observation.reason))]
    if found["enforced"] is None:
        return [dict(found, verdict="unverifiable", hint=f"{what} of {seen.name} could not be read: {observation.reason or found['evidence'][-1]}.")]
    return []


def as_declared(seen: Seen, found: dict, what: str) -> list:
    """The finding of an attribute that Docker declares as asked: what the process says decides.

    :param found: the fields of the finding; enforced is None where it is not known
    :param what: what the attribute is of the container, in words
    """
    name = seen.name
    if missing := unread(seen, found, what):
        return missing
    if found["enforced"] != found["asked"]:
        hint = f"Docker was told {found['declared']} for {what} of {name}, and its process has {found['enforced']}: docker restart {name} makes it anew."
        return [dict(found, verdict="not_enforced", hint=hint)]
    return [dict(found, verdict="ok")]
