# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Solve and reset: what they make, what they leave, and what a dry run says of it."""

from __future__ import annotations

import pytest

from .conftest import CLASS, LABS

DRY = ("--check", "--diff")
STEPS = {"container_limits": ("x1", "x2"), "restart_policy": ("x3", "x3-no", "x3-on-failure", "x3-unless-stopped")}
THREE = ("nina", "omar", "zoe")
SIX = (*THREE, "bo", "cy", "dee")


def names(students, labs=LABS):
    return {student + step for student in students for lab in labs for step in STEPS[lab]}


@pytest.fixture
def empty(docker):
    """Before and after the test, the class has nothing."""

    def clear():
        docker.remove(f"label=classroom.class={CLASS}", "label=acceptance.by-hand")

    clear()
    yield
    clear()


def test_solve_makes_what_a_dry_run_says_and_is_done_then(new_class, docker, empty):
    classroom = new_class(*THREE)
    dry = classroom.play("solve", *DRY).ok()
    assert dry.stats["changed"] == len(LABS)
    # Compose's own labels are on what it makes, too.
    assert docker.ids(f"label=com.docker.compose.project={CLASS}-{LABS[0]}") == {}
    assert docker.of_class(CLASS) == {}
    assert not set(docker.ids()) & names(THREE)

    first = classroom.play("solve").ok()
    assert first.stats["changed"] == len(LABS)
    made = docker.of_class(CLASS)
    assert set(made) == names(THREE)

    second = classroom.play("solve").ok()
    assert second.stats["changed"] == 0
    assert docker.of_class(CLASS) == made

    # Others join: the tasks are the same, and nobody who was there loses a container.
    more = new_class(*SIX)
    third = more.play("solve").ok()
    assert third.tasks == first.tasks
    assert docker.of_class(CLASS).items() >= made.items()
    assert set(docker.of_class(CLASS)) == names(SIX)
    assert set(more.play("check").ok().cells.values()) == {"pass"}


def test_a_check_of_thirty_has_the_tasks_of_a_check_of_three(new_class, empty):
    few = new_class(*THREE).play("check").ok()
    many = new_class(*(f"student{number}" for number in range(30))).play("check").ok()
    assert few.tasks == many.tasks
    assert len(few.cells) == 3 * len(LABS)
    assert len(many.cells) == 30 * len(LABS)
    assert set(many.cells.values()) == {"FAIL"}


def test_solve_stops_at_a_container_that_is_not_its_own(new_class, docker, empty):
    others = docker.run("zoex2", "--label", "com.docker.compose.project=acceptance-container_limits")
    run = new_class(*THREE).play("solve")
    assert run.code
    assert "zoex2" in run.errors
    assert "the class did not make it" in run.errors
    assert run.stats["changed"] == 0
    assert docker.ids("name=^/zoex2$") == {"zoex2": others}
    assert docker.of_class(CLASS) == {}


def test_reset_removes_what_was_made_and_names_the_rest(new_class, docker, empty):
    new_class(*SIX).play("solve").ok()
    # cy and dee left the class; bo's x1 is his own work now.
    classroom = new_class(*SIX[:4])
    docker("rm", "--force", "box1")
    by_hand = {
        "box1": docker.run("box1"),
        # It has the label of the Compose project, and still the class did not make it.
        "box9": docker.run("box9", "--label", "com.docker.compose.project=acceptance-container_limits"),
    }
    made = docker.of_class(CLASS)
    assert set(made) == names(SIX) - {"box1"}

    dry = classroom.play("reset", *DRY).ok()
    assert dry.removal == {"removes": sorted(made), "leaves": ["box1"]}
    assert dry.stats["changed"]
    assert docker.of_class(CLASS) == made

    one = classroom.play("reset", classroom_student="zoe").ok()
    assert one.removal == {"removes": sorted(names(["zoe"])), "leaves": []}
    made = {name: made[name] for name in made if name not in names(["zoe"])}
    assert docker.of_class(CLASS) == made

    one = classroom.play("reset", classroom_lab="restart_policy").ok()
    assert one.removal == {"removes": sorted(set(made) & names(SIX, ["restart_policy"])), "leaves": []}
    made = {name: made[name] for name in made if name not in names(SIX, ["restart_policy"])}
    assert docker.of_class(CLASS) == made

    rest = classroom.play("reset").ok()
    assert rest.removal == {"removes": sorted(made), "leaves": ["box1"]}
    assert docker.of_class(CLASS) == {}
    assert docker.ids("label=acceptance.by-hand") == by_hand

    again = classroom.play("reset").ok()
    assert again.removal == {"removes": [], "leaves": ["box1"]}
    assert again.stats["changed"] == 0


def test_a_student_or_a_lab_alone_is_checked_and_solved_alone(new_class, docker, empty):
    classroom = new_class(*THREE)
    classroom.play("solve", classroom_student="omar", classroom_lab="restart_policy").ok()
    assert set(docker.of_class(CLASS)) == names(["omar"], ["restart_policy"])
    run = classroom.play("check", classroom_student="omar").ok()
    assert run.cells == {("omar", "restart_policy"): "pass", ("omar", "container_limits"): "FAIL"}
    run = classroom.play("check", classroom_lab="restart_policy").ok()
    assert run.cells == {(student, "restart_policy"): "pass" if student == "omar" else "FAIL" for student in THREE}
    run = classroom.play("solve", classroom_student="nobody")
    assert run.code
    assert "classroom_student: 'nobody'" in run.errors
