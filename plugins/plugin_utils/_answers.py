# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This plugin utility is private to the collection.

"""The answers of a lab: their names, and the steps that a class does of them."""

from __future__ import annotations

import re
from typing import Any, Callable

from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError

#: The last part of a container's name.
ANSWER_NAME = re.compile(r"[a-zA-Z0-9_.-]+")
NETWORKS = "networks"
#: The attribute of a fixed address is this and the network's name.
ADDRESS = f"{NETWORKS}."


def check_answers(answers: Any, steps: Any, lab: str, check: Callable) -> dict:
    """The lab's answers by their names, checked.

    :param steps: the names of those that the class does
    :param check: takes an answer and the variable it is in, and returns what is in it
    :raises ClassroomError: an answer or a step is wrong; the message names the variable, the value and the rule
    """
    known: dict = {}
    if not isinstance(answers, (list, tuple)):
        raise ClassroomError(f"{lab}_answers: {answers!r}: it is a list of answers")
    for index, answer in enumerate(answers):
        variable = f"{lab}_answers[{index}]"
        checked = check(answer, variable)
        if answer["name"] in known:
            raise ClassroomError(f"{variable}: {answer['name']!r} is there already: the names of a lab's answers are unique")
        known[answer["name"]] = checked
    _check_steps(steps, known, lab)
    return known


def _check_steps(steps: Any, known: dict, lab: str) -> None:
    """Refuse steps that a lab does not have.

    :param known: the lab's answers by their names
    :raises ClassroomError: there are no steps, one is none of the lab's, or is there twice
    """
    if not isinstance(steps, (list, tuple)) or not steps:
        raise ClassroomError(f"{lab}_steps: {steps!r}: it is a list of at least one step")
    for index, step in enumerate(steps):
        if step not in list(known):
            raise ClassroomError(f"{lab}_steps: {step!r} is not a step of the lab: {', '.join(known)}")
        if step in steps[:index]:
            raise ClassroomError(f"{lab}_steps: {step!r} is there twice: a class does each step once")


def check_keys(answer: Any, variable: str, keys: set) -> None:
    """Refuse an answer that is no dictionary with a name, or has keys that no answer has.

    :raises ClassroomError: it is so
    """
    if not isinstance(answer, dict) or not isinstance(answer.get("name"), str) or not ANSWER_NAME.fullmatch(answer["name"]):
        raise ClassroomError(f"{variable}: {answer!r}: an answer has a name of letters, digits and _ . -")
    unknown = set(answer) - keys
    if unknown:
        raise ClassroomError(f"{variable}: {', '.join(sorted(map(str, unknown)))}: an answer has {', '.join(sorted(keys))} and nothing else")
