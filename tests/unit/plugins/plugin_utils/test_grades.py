# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Steps, points and pass marks."""

from __future__ import annotations

import itertools

import pytest
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.module_utils._findings import OUTCOME_OF, Finding
from ansible_collections.classroom.containers.plugins.plugin_utils._grades import check_pass_mark, check_points, gradebook, graded, worst


@pytest.mark.parametrize("verdicts", [list(each) for size in range(4) for each in itertools.combinations(("ok", "stopped", "differs"), size)])
def test_no_outcome_is_folded_into_another(verdicts):
    """A fail counts whatever else there is; a pass needs that there is something and all of it passes."""
    expected = "fail" if "differs" in verdicts else "pass" if verdicts == ["ok"] else "could_not_check"
    for order in itertools.permutations(verdicts):
        assert worst(OUTCOME_OF[verdict] for verdict in order) == expected


@pytest.mark.parametrize("verdict", OUTCOME_OF)
def test_a_verdict_alone_is_its_outcome(verdict):
    assert worst([OUTCOME_OF[verdict]]) == OUTCOME_OF[verdict]


def cell(student, *findings, lab="container_limits", host="host1", seat=1):
    found = [Finding(f"{student}{step}", "memory", verdict, step=step).as_dict() for step, verdict in findings]
    return {"host": host, "seat": seat, "student": student, "lab": lab, "findings": found}


def steps(found):
    return [(row["step"], row["weight"], row["outcome"]) for row in found["steps"]]


def test_a_step_is_all_of_its_findings():
    (found,) = graded([cell("ashu", ("x1", "ok"), ("x1", "differs"), ("x2", "ok"), ("x2", "rounded"), ("x3", "ok"), ("x3", "stopped"))], {})
    assert steps(found) == [("x1", 1, "fail"), ("x2", 1, "pass"), ("x3", 1, "could_not_check")]
    assert (found["outcome"], found["points"], found["points_open"], found["points_max"]) == ("fail", 1, 1, 3)


def test_a_step_that_was_not_looked_at_is_open():
    (_all, some, none) = graded([cell("ashu", ("x1", "ok"), ("x2", "ok")), cell("priya", ("x2", "ok")), cell("zoe")], {})
    assert (steps(some), some["outcome"]) == ([("x1", 1, "could_not_check"), ("x2", 1, "pass")], "could_not_check")
    assert (none["outcome"], none["points"], none["points_open"], none["points_max"]) == ("could_not_check", 0, 2, 2)


def test_steps_are_those_of_the_own_host():
    """Another host may have fewer. Of one on which nothing was checked, they are those of all."""
    cells = [cell("ashu", ("x1", "ok")), cell("priya", ("x1", "ok"), ("swap", "differs"), host="host2"), cell("zoe", host="host3")]
    ashu, priya, zoe = graded(cells, {"host2": {"container_limits": {"swap": 9}}})
    assert (steps(ashu), ashu["outcome"]) == ([("x1", 1, "pass")], "pass")
    assert steps(priya) == [("x1", 1, "pass"), ("swap", 9, "fail")]
    assert steps(zoe) == [("x1", 1, "could_not_check"), ("swap", 1, "could_not_check")]


def test_points_of_a_class():
    points = {"host1": {"container_limits": {"x2": 3, "x3": 0}}}
    limits, policy = graded([cell("ashu", ("x1", "ok"), ("x2", "ok"), ("x3", "differs")), cell("ashu", ("x3", "ok"), lab="restart_policy")], points)
    assert steps(limits) == [("x1", 1, "pass"), ("x2", 3, "pass"), ("x3", 0, "fail")]
    assert steps(policy) == [("x3", 1, "pass")]
    (row,) = gradebook([limits, policy], None)
    assert row == {"host": "host1", "seat": 1, "student": "ashu", "points": 5, "points_open": 0, "points_max": 5, "percent": 100.0, "passed": None}


#: Points won, open and in all, the pass mark, and whether they suffice
MARKS = [
    (6, 0, 10, 60, True),
    (5, 0, 10, 60, False),
    (5, 1, 10, 60, None),
    (5, 0, 10, 50, True),
    (2, 0, 3, 66.6, True),
    (2, 0, 3, 66.7, False),
    (0, 10, 10, 100, None),
    (0, 9, 10, 100, False),
    (0, 9, 10, 90, None),
    (1, 0, 10, 100, False),
    (0, 0, 0, 50, None),
    (10, 0, 10, 100, True),
    # Exactly as much as is needed, of numbers that a processor does not have
    (161, 0, 250, 64.4, True),
    (160, 0, 250, 64.4, False),
    (0.9, 0, 1.2, 75, True),
    (0.89, 0, 1.2, 75, False),
    (0.6, 0.3, 1.2, 75, None),
]


@pytest.mark.parametrize(("won", "still_open", "most", "mark", "passed"), MARKS)
def test_pass_marks(won, still_open, most, mark, passed):
    found = dict(cell("ashu"), points=won, points_open=still_open, points_max=most, steps=[{"step": "x1"}])
    (row,) = gradebook([found], mark)
    assert row["passed"] is passed
    # Of a lab that was checked of nobody, nobody knows the steps: it is open.
    unknown = dict(cell("ashu", lab="bridge_network"), points=0, points_open=0, points_max=0, steps=[])
    (row,) = gradebook([found, unknown], mark)
    assert row["passed"] is None


def test_tenths_of_points_are_tenths():
    points = {"host1": {"container_limits": {"a": 0.2, "b": 0.7, "c": 0.3}}}
    made = graded([cell("ashu", ("a", "ok"), ("b", "ok"), ("c", "differs"))], points)
    assert (made[0]["points"], made[0]["points_max"]) == (0.9, 1.2)
    (row,) = gradebook(made, 75)
    assert (row["points"], row["points_max"], row["percent"], row["passed"]) == (0.9, 1.2, 75.0, True)


def test_points_of_no_step_are_no_grade():
    with pytest.raises(ClassroomError, match="'x9' is not a step"):
        graded([cell("ashu", ("x1", "ok"))], {"host1": {"container_limits": {"x9": 1}}})
    assert graded([cell("ashu")], {"host1": {"container_limits": {"x9": 1}}})[0]["points_max"] == 0


#: classroom_points, and what the message says
BAD_POINTS = [
    ([], "it is a dictionary of labs"),
    ({"container_limits": 3}, "classroom_points.container_limits: 3"),
    ({"container_limits": {"x9": 1}}, "'x9' is not a step that the class does in this lab: x1, x2"),
    ({"container_limits": {"x1": "2"}}, "classroom_points.container_limits.x1: '2': points are a number from 0 to 1000"),
    ({"container_limits": {"x1": True}}, "x1: True"),
    ({"container_limits": {"x1": -1}}, "x1: -1"),
    ({"container_limits": {"x1": 1001}}, "x1: 1001"),
    ({"container_limits": {"x1": float("nan")}}, "x1: nan"),
]


@pytest.mark.parametrize(("points", "words"), BAD_POINTS)
def test_points_that_no_lab_can_give(points, words):
    with pytest.raises(ClassroomError) as caught:
        check_points(points, "container_limits", ["x1", "x2"])
    assert words in str(caught.value)


@pytest.mark.parametrize(("points", "found"), [({}, {}), ({"restart_policy": {"x9": 1}}, {}), ({"container_limits": {"x2": 2.5}}, {"x2": 2.5})])
def test_points_that_it_can(points, found):
    assert check_points(points, "container_limits", ["x1", "x2"]) == found


@pytest.mark.parametrize("mark", [0, -1, 100.1, "101", "sixty", "nan", True, [60], float("nan")])
def test_no_pass_mark(mark):
    with pytest.raises(ClassroomError, match="classroom_pass_mark: .*over 0 and up to 100"):
        check_pass_mark(mark)


@pytest.mark.parametrize(("mark", "found"), [(None, None), ("", None), (60, 60), ("60", 60), (0.5, 0.5), (100, 100)])
def test_pass_mark(mark, found):
    assert check_pass_mark(mark) == found
