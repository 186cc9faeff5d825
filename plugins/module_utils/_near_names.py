# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This module utility is private to the collection.

"""Names that were meant to be others: a container that is there under a name with a slip of the keyboard in it."""

from __future__ import annotations

import re
from typing import Any

from ansible_collections.classroom.containers.plugins.module_utils._engine import Engine, EngineError, own_names

#: The option of a module whose hints may name another container; the documentation is the doc fragment ``findings.others``.
OTHERS_ARGUMENTS = {name: {"type": "list", "elements": "str", "default": []} for name in ("other_names", "students")}
_SEPARATORS = "-_."
_WORD = re.compile(r"[a-z]+", re.IGNORECASE)
#: Shorter ones are told apart by one letter: x1, n1 and s1 are of different labs.
_WORD_MIN = 4
#: The labels of what the collection made, which together are its right name.
_MADE = ("classroom.student", "classroom.step")


def near(wanted: str, other: str, student: str = "") -> bool:
    """Whether a name is another one with one slip: capital letters, or one character too much, too few, at its neighbour's place or mistyped.

    Numbers and single letters tell containers apart, and are no slips. Nor is what may be another student's.

    :param student: whose the container is: the slip is behind that name
    """
    if wanted == other or wanted.casefold() == other.casefold():
        return wanted != other
    kept = len(student) + 1 if student else 0
    if wanted[:kept] != other[:kept]:
        return False
    begin = next((place for place, pair in enumerate(zip(wanted, other)) if pair[0] != pair[1]), min(len(wanted), len(other)))
    rest = min(len(wanted), len(other)) - begin
    end = next((place for place in range(rest) if wanted[-1 - place] != other[-1 - place]), rest)
    right, wrong = wanted[begin: len(wanted) - end], other[begin: len(other) - end]
    if len(right) + len(wrong) == 1:
        # One digit more is another number, but where a key was held down.
        return not wrong.isdigit() or wrong == other[begin - 1: begin]
    if len(right) == len(wrong) == 2:
        return right == wrong[::-1] and not right.isdigit()
    if len(right) == len(wrong) == 1:
        return _mistyped(wanted, begin, right, wrong, kept)
    return False


def _mistyped(wanted: str, place: int, right: str, wrong: str, kept: int) -> bool:
    if right in _SEPARATORS:
        return wrong in _SEPARATORS
    words = [match.span() for match in _WORD.finditer(wanted, max(kept - 1, 0))]
    return not wrong.isdigit() and any(begin <= place < end and end - begin >= _WORD_MIN for begin, end in words)


def find_near(engine: Engine, absent: Any, requirements: Any, other_names: Any = (), students: Any = ()) -> dict:
    """For the names of containers that are not there, the one of a container that is meant by each; without those where none or several may be.

    :param absent: requirements, each with name and maybe student
    :param requirements: all of them: who has the name of one is right
    :param other_names: names that are asked for elsewhere
    :param students: names of students, beside those of the requirements: what begins with the name of another one is that one's
    """
    if not absent:
        return {}
    try:
        listed = engine.containers()
    except EngineError:
        # Nothing is graded by it.
        return {}
    taken = {name.lstrip("/") for name in (*(each["name"] for each in requirements), *other_names)}
    everybody = {*students, *(each.get("student") or "" for each in requirements)}
    free = [name for item in listed for name in own_names(item) if name not in taken and name != _made_as(item)]
    found = {each["name"]: [name for name in free if _may_be(name, each, everybody)] for each in absent}
    claimed = [name for names in found.values() for name in names]
    return {wanted: names[0] for wanted, names in found.items() if len(names) == 1 and claimed.count(names[0]) == 1}


def _may_be(name: str, absent: dict, students: Any) -> bool:
    student = absent.get("student") or ""
    longer = (other for other in students if len(other) > len(student) and other.startswith(student) and name.startswith(other))
    return near(absent["name"], name, student) and not (student and any(longer))


def _made_as(item: dict) -> str:
    labels = item.get("Labels") or {}
    return "".join(labels.get(label) or "" for label in _MADE)
