# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This plugin utility is private to the collection.

"""Ranges and a class's seed in, the numbers of each seat out: what a lab asks of one student and not of the next."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ansible_collections.classroom.containers.plugins.module_utils._container_life import parse_restart_policy
from ansible_collections.classroom.containers.plugins.module_utils._container_limits import SINGLE, check_creatable
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.module_utils._findings import FAIL
from ansible_collections.classroom.containers.plugins.module_utils._limit import Bytes, Number
from ansible_collections.classroom.containers.plugins.module_utils._limit_cpu import Cpus
from ansible_collections.classroom.containers.plugins.plugin_utils._answers import ADDRESS, NETWORKS

RESTART_POLICY = "restart_policy"
_ON_FAILURE = "on-failure"
_SEED_MIN = 16
#: Of memory, whole pages on every host.
_UNITS = ("m", "g")
#: Of CPU time, as much as systemd keeps.
_HUNDREDTHS = 100
_NUMBER_MAX = 2**31 - 1


def check_seed(seed: Any) -> str:
    """classroom_seed; empty where nothing varies.

    :raises ClassroomError: it is none; the message does not have the value, which is a secret
    """
    if seed is None or seed == "":
        return ""
    if not isinstance(seed, str) or len(seed) < _SEED_MIN:
        raise ClassroomError(
            f"classroom_seed: it is a text of at least {_SEED_MIN} characters that nobody can guess, such as openssl rand -hex {_SEED_MIN} prints, in quotes; "
            "or empty, and all students have the same numbers"
        )
    return seed


def draw(seed: str, purpose: tuple, count: int, seats: int) -> list:
    """For each of the seats from 1 on, one of the numbers from 0 to count - 1.

    No two seats have the same while there are enough. Then they come again, in another order, and neighbours still differ.
    A seat's number does not depend on how many seats there are, and tells nothing of the others or of the seed.

    :param purpose: what the numbers are for: each has an order of its own
    :param count: at least 2
    """
    found: list = []
    while len(found) < seats:
        moved: dict = {}
        drawn: list = []
        # The first two may change places, and so are drawn together.
        for place in range(min(count, max(2, seats - len(found)))):
            message = json.dumps([*purpose, len(found) + place]).encode("ascii")
            other = place + int.from_bytes(hmac.new(seed.encode("utf-8"), message, hashlib.sha256).digest(), "big") % (count - place)
            drawn.append(moved.get(other, other))
            moved[other] = moved.get(place, place)
        if found and drawn[0] == found[-1]:
            drawn[:2] = drawn[1], drawn[0]
        found += drawn
    return found[:seats]


@dataclass(frozen=True)
class _Range:
    """What one attribute of a step may be, in whole numbers of its unit.

    :param variable: where the range stands
    """

    variable: str
    attribute: str
    first: int
    last: int
    unit: str = ""

    def value(self, number: int) -> Any:
        """The value of that number, counted from 0, as an answer has it."""
        amount = self.first + number
        if self.attribute == RESTART_POLICY:
            return f"{_ON_FAILURE}:{amount}"
        if isinstance(SINGLE.get(self.attribute), Cpus):
            return f"{amount / _HUNDREDTHS:.2f}".rstrip("0").rstrip(".")
        return f"{amount}{self.unit}" if self.unit else amount

    @property
    def ends(self) -> list:
        return [self.value(0), self.value(self.last - self.first)]


def vary(lab: str, answers: dict, steps: Any, variation: Any, seed: Any, numbers: list) -> dict:
    """The answer of each seat to each step.

    :param answers: the lab's answers by their names, checked
    :param steps: the names of those that the class does
    :param variation: LAB_variation; not looked at without a seed
    :param seed: classroom_seed
    :param numbers: those of the seats
    :returns: by (step, number), the answer with the seat's numbers, and C(varied): of each attribute that varies, the first and the last of the range
    :raises ClassroomError: the seed is none, or a range has a value that could not be; the message names the variable, the value and the rule
    """
    seed = check_seed(seed)
    ranges = _parse(variation or {}, f"{lab}_variation", answers) if seed else {}
    _check_addresses(answers, steps, ranges)
    found = {}
    for step in steps:
        its = ranges.get(step, [])
        drawn = {each: draw(seed, (lab, step, each.attribute), each.last - each.first + 1, max(numbers, default=0)) for each in its}
        varied = {each.attribute: each.ends for each in its}
        for number in numbers:
            values = {each.attribute: each.value(drawn[each][number - 1]) for each in its}
            found[step, number] = dict(_with(answers[step], values), varied=varied)
    return found


def _with(answer: dict, values: dict) -> dict:
    """An answer with other values of its attributes."""
    return {
        **answer,
        "limits": {name: values.get(name, value) for name, value in answer["limits"].items()},
        RESTART_POLICY: values.get(RESTART_POLICY, answer[RESTART_POLICY]),
        NETWORKS: [dict(member, address=values[_attribute_of(member)]) if _attribute_of(member) in values else member for member in answer[NETWORKS]],
    }


def _attribute_of(member: Any) -> str:
    """The attribute that is the address of a container on a network; empty where it has none."""
    # What else may be wrong with a member is said where containers are put on their networks.
    return f"{ADDRESS}{member.get('name')}" if isinstance(member, dict) and str(member.get("address")).isdecimal() else ""


def _parse(variation: Any, variable: str, answers: dict) -> dict:
    """The ranges of each step, checked."""
    if not isinstance(variation, dict):
        raise ClassroomError(f"{variable}: {variation!r}: it is a dictionary of steps, each with what varies of it")
    found: dict = {}
    for step, asked in variation.items():
        where = f"{variable}.{step}"
        if step not in answers:
            raise ClassroomError(f"{variable}: {step!r} is not a step of the lab: {', '.join(answers)}")
        found[step] = []
        varying = _varying(answers[step])
        for attribute, entry in _flat(asked, where).items():
            if attribute not in varying:
                raise ClassroomError(f"{where}.{attribute}: the answer has no such number that could vary, but {', '.join(varying) or 'none'}")
            found[step].append(_range(f"{where}.{attribute}", attribute, entry))
        _check_creatable(where, answers[step], found[step])
    return found


def _varying(answer: dict) -> list:
    """The attributes of an answer that are numbers, and so may vary."""
    limits = [name for name, value in answer["limits"].items() if isinstance(SINGLE[name], (Bytes, Cpus, Number)) and _given(name, value)]
    restarts = [RESTART_POLICY] if str(answer[RESTART_POLICY]).partition(":")[0] == _ON_FAILURE else []
    return limits + restarts + [each for each in map(_attribute_of, answer[NETWORKS]) if each]


def _given(name: str, value: Any) -> bool:
    return SINGLE[name].parse(value) != SINGLE[name].nothing


def _flat(asked: Any, where: str) -> dict:
    """The ranges by attribute, those of addresses among the others."""
    for place, entry in ((where, asked), (f"{where}.{NETWORKS}", asked.get(NETWORKS, {}) if isinstance(asked, dict) else {})):
        if not isinstance(entry, dict):
            raise ClassroomError(f"{place}: {entry!r}: it is a dictionary of what varies, each with a range such as {{from: 64, to: 128, unit: m}}")
    others = {attribute: entry for attribute, entry in asked.items() if attribute != NETWORKS}
    return {**others, **{f"{ADDRESS}{name}": entry for name, entry in asked.get(NETWORKS, {}).items()}}


def _range(variable: str, attribute: str, asked: Any) -> _Range:
    limit = SINGLE.get(attribute)
    keys = ("from", "to", "unit") if isinstance(limit, Bytes) else ("from", "to")
    if not isinstance(asked, dict) or set(asked) != set(keys):
        raise ClassroomError(f"{variable}: {asked!r}: a range of it has {', '.join(keys)} and nothing else")
    unit = asked.get("unit", "")
    if "unit" in keys and unit not in _UNITS:
        raise ClassroomError(f"{variable}.unit: {unit!r}: it is one of {', '.join(_UNITS)}, so that every value is whole pages of memory")
    first, last = (_amount(f"{variable}.{end}", asked[end], _HUNDREDTHS if isinstance(limit, Cpus) else 1) for end in ("from", "to"))
    if first >= last:
        raise ClassroomError(f"{variable}: {asked!r}: it goes from a number to a larger one, or neighbours would have the same")
    return _Range(variable, attribute, first, last, unit)


def _amount(variable: str, value: Any, parts: int) -> int:
    """A number in parts of 1."""
    known = isinstance(value, (int, float)) and not isinstance(value, bool)
    amount = Decimal(str(value)) * parts if known else Decimal("NaN")
    if not amount.is_finite() or amount != amount.to_integral_value() or not 0 <= amount <= _NUMBER_MAX:
        kind = "a whole number" if parts == 1 else "a number with at most two digits after the point"
        raise ClassroomError(f"{variable}: {value!r}: it is {kind}, from 0 to {_NUMBER_MAX // parts}")
    return int(amount)


def _check_creatable(variable: str, answer: dict, ranges: list) -> None:
    """Refuse ranges with a value that Docker would refuse, alone or beside another: what holds at all ends holds between them."""
    for values in itertools.product(*(each.ends for each in ranges)):
        made = _with(answer, dict(zip((each.attribute for each in ranges), values)))
        try:
            check_creatable(made["limits"])
            parse_restart_policy(made[RESTART_POLICY] or "no")
        except ClassroomError as exc:
            # The limits name themselves.
            raise ClassroomError(f"{variable}.{exc}" if str(exc).partition(":")[0] in SINGLE else f"{variable}.{RESTART_POLICY}: {exc}") from exc


def _check_addresses(answers: dict, steps: Any, ranges: dict) -> None:
    """Refuse ranges by which two containers of a student could have one address."""
    taken: list = []
    for step in steps:
        own = {each.attribute: each for each in ranges.get(step, ())}
        for member in answers[step][NETWORKS]:
            attribute = _attribute_of(member)
            if attribute:
                each = own.get(attribute) or _Range("", attribute, int(member["address"]), int(member["address"]))
                taken.append((step, each))
    for (step, one), (other_step, other) in itertools.combinations(taken, 2):
        if one.attribute == other.attribute and (one.variable or other.variable) and one.first <= other.last and other.first <= one.last:
            raise ClassroomError(
                f"{other.variable or one.variable}: {step} has {_words(one)} of {one.attribute[len(ADDRESS):]}, and {other_step} {_words(other)}: "
                "addresses on a network are unique, whatever the seat"
            )


def _words(each: _Range) -> str:
    return str(each.first) if each.first == each.last else f"{each.first} to {each.last}"


def typed(attribute: str, value: Any) -> str:
    """An attribute that varies as one types it: the option of docker run."""
    if attribute in SINGLE:
        return SINGLE[attribute].option(SINGLE[attribute].parse(value))
    return f"--restart {value}" if attribute == RESTART_POLICY else f"--ip {value}"


def copied(findings: list) -> list:
    """The findings; where all the numbers of a container that vary are those of one other seat, the hints of those that fail say so.

    :param findings: those of a lab, of all its students
    """
    asked: dict = {}
    declared: dict = {}
    for finding in findings:
        if finding["attribute"] in (*SINGLE, RESTART_POLICY):
            asked.setdefault(finding["step"], {}).setdefault(finding["student"], {})[finding["attribute"]] = finding["asked"]
            declared.setdefault((finding["step"], finding["student"]), {})[finding["attribute"]] = finding["declared"]
    return [_copied(finding, asked.get(finding["step"], {}), declared.get((finding["step"], finding["student"]), {})) for finding in findings]


def _copied(finding: dict, asked: dict, declared: dict) -> dict:
    own, attribute = asked.get(finding["student"], {}), finding["attribute"]
    varied = [name for name in own if any(others.get(name) != own[name] for others in asked.values())]
    if finding["outcome"] != FAIL or attribute not in varied or finding["declared"] == finding["asked"]:
        return finding
    others = [student for student, numbers in asked.items() if all(numbers.get(name) == declared[name] for name in varied)]
    if not others:
        return finding
    words = f"{typed(attribute, finding['declared'])} is what is asked of another seat; yours is {typed(attribute, finding['asked'])}."
    return dict(finding, hint=f"{finding['hint']} {words}".strip())
