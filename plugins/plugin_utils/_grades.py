# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This plugin utility is private to the collection.

"""Cells with findings in, steps and points out: what a student has won, lost, and what is still open."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.module_utils._findings import COULD_NOT_CHECK, FAIL, OUTCOMES, PASS


_SUMS = ("points", "points_open", "points_max")


def worst(outcomes: Any) -> str:
    """The outcome of several: a fail is a fail whatever else there is, and nothing is nothing checked."""
    found = set(outcomes)
    if FAIL in found:
        return FAIL
    return PASS if found == {PASS} else COULD_NOT_CHECK


def check_points(points: Any, lab: str, steps: Any) -> dict:
    """classroom_points of a lab: how many points each of its steps is worth.

    :param points: classroom_points
    :param steps: the names of the steps that the class does in this lab
    :raises ClassroomError: it names a step that the lab does not have, or gives what is no number of points
    """
    variable = f"classroom_points.{lab}"
    if not isinstance(points, dict):
        raise ClassroomError(f"classroom_points: {points!r}: it is a dictionary of labs, each with the points of its steps")
    its = points.get(lab) or {}
    if not isinstance(its, dict):
        raise ClassroomError(f"{variable}: {its!r}: it is a dictionary of steps and their points")
    for step, weight in its.items():
        if step not in list(steps):
            raise ClassroomError(f"{variable}: {step!r} is not a step that the class does in this lab: {', '.join(steps)}")
        if isinstance(weight, bool) or not isinstance(weight, (int, float)) or not 0 <= weight <= 1000:
            raise ClassroomError(f"{variable}.{step}: {weight!r}: points are a number from 0 to 1000")
    return dict(its)


def check_pass_mark(mark: Any) -> float | None:
    """classroom_pass_mark, the per cent of the points that a student needs; None where there is none.

    :raises ClassroomError: it is no percentage
    """
    if mark is None or mark == "":
        return None
    try:
        # On the command line, everything is a text.
        number = float(mark) if isinstance(mark, str) else mark
    except ValueError:
        number = None
    if isinstance(number, bool) or not isinstance(number, (int, float)) or not 0 < number <= 100:
        raise ClassroomError(f"classroom_pass_mark: {mark!r}: it is a number over 0 and up to 100, the per cent of the points that a student needs")
    return number


def _steps(cells: list, *keys: str) -> dict:
    """The steps of all cells that are alike in these keys, as their findings name them, in their order."""
    steps: dict = {}
    for cell in cells:
        known = steps.setdefault(tuple(cell[key] for key in keys), {})
        known.update(dict.fromkeys(finding["step"] for finding in cell["findings"]))
    return steps


def graded(cells: list, points: dict) -> list:
    """The cells with their steps and points.

    A step that cells of other students on the same host have and this one does not was not checked. A step that could not be checked is
    neither won nor lost: its points are open. Where nothing of a lab was checked on a host, its steps are those of all hosts.

    :param points: classroom_points of each host, by its name; a step has one point where they name none
    :raises ClassroomError: they name a step that is none of its lab's
    """
    here, everywhere = _steps(cells, "host", "lab"), _steps(cells, "lab")
    weights = {(host, lab): check_points(points.get(host) or {}, lab, everywhere[lab,]) if everywhere[lab,] else {} for host, lab in here}
    found = []
    for cell in cells:
        place, rows = (cell["host"], cell["lab"]), []
        for step in here[place] or everywhere[cell["lab"],]:
            outcome = worst(finding["outcome"] for finding in cell["findings"] if finding["step"] == step)
            rows.append({"step": step, "weight": weights[place].get(step, 1), "outcome": outcome})
        outcome = worst(row["outcome"] for row in rows) if cell["findings"] else COULD_NOT_CHECK
        found.append({**cell, "outcome": outcome, "steps": rows, **_sum(rows)})
    return found


def _sum(steps: list) -> dict:
    weights = {outcome: sum(_exact(row["weight"]) for row in steps if row["outcome"] == outcome) for outcome in OUTCOMES}
    return {"points": _number(weights[PASS]), "points_open": _number(weights[COULD_NOT_CHECK]), "points_max": _number(sum(weights.values()))}


def _exact(number: Any) -> Fraction:
    """A number as it is written: 0.2 and 0.7 are 0.9, which they are not to a processor."""
    return Fraction(str(number))


def _number(exact: Any) -> Any:
    return int(exact) if exact == int(exact) else float(exact)


def gradebook(cells: list, pass_mark: float | None) -> list:
    """A row for each student of each host: the points over all labs, and whether they suffice.

    :param pass_mark: per cent
    :returns: ``percent``, None where there are no points to be had; ``passed``, None where there is no pass mark, where what is open decides,
        or where nobody knows the steps of a lab, since it was checked of nobody
    """
    rows: dict = {}
    unknown = {(cell["host"], cell["student"]) for cell in cells if not cell["steps"]}
    for cell in cells:
        key = (cell["host"], cell["seat"], cell["student"])
        row = rows.setdefault(key, {"host": key[0], "seat": key[1], "student": key[2], "points": 0, "points_open": 0, "points_max": 0})
        for name in _SUMS:
            row[name] += _exact(cell[name])
    for row in rows.values():
        points, still, most = (row[name] for name in _SUMS)
        row.update({name: _number(row[name]) for name in _SUMS})
        row["percent"] = round(float(100 * points / most), 1) if most else None
        row["passed"] = None
        if most and pass_mark is not None and (row["host"], row["student"]) not in unknown:
            # A third of three points is no 33.3 per cent.
            needed = _exact(pass_mark) * most
            if points * 100 >= needed:
                row["passed"] = True
            elif (points + still) * 100 < needed:
                row["passed"] = False
    return list(rows.values())


def stuck(cells: list) -> list:
    """Where the class is stuck: the steps that somebody has not passed, those of most students first.

    :returns: ``lab``, ``step``, how many students there are of each outcome, and ``students``, who has not passed
    """
    rows: dict = {}
    # Where a student has the labs on each of several hosts, the name alone does not say where.
    places: dict = {}
    for cell in cells:
        places.setdefault(cell["student"], set()).add(cell["host"])
    for cell in cells:
        for step in cell["steps"]:
            row = rows.setdefault((cell["lab"], step["step"]), {"lab": cell["lab"], "step": step["step"], **dict.fromkeys(OUTCOMES, 0), "students": []})
            row[step["outcome"]] += 1
            if step["outcome"] != PASS:
                row["students"].append(f"{cell['student']} on {cell['host']}" if len(places[cell["student"]]) > 1 else cell["student"])
    return sorted((row for row in rows.values() if row["students"]), key=lambda row: -len(row["students"]))
