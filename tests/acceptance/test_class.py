# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Solve and reset: what they make, what they leave, and what a dry run says of it."""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import mkdtemp

import pytest

from .conftest import CLASS, LABS, replaced

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
    run.refused("zoex2", "the class did not make it")
    assert docker.ids("name=^/zoex2$") == {"zoex2": others}
    assert docker.of_class(CLASS) == {}


def test_solve_says_which_lab_of_the_class_has_a_container(new_class, docker, empty):
    made = new_class(*THREE)
    made.play("solve", classroom_lab="restart_policy").ok()
    answers = [{"name": "x3", "limits": {"memory": "100m"}}]
    run = made.play("solve", classroom_lab="container_limits", container_limits_steps=["x3"], container_limits_answers=answers)
    run.refused("zoex3, which is of the lab restart_policy", "made it for another lab", "container_limits_answers")


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


def test_a_reset_of_a_student_that_nobody_is_or_was_is_refused(new_class, docker, empty):
    lab = {"classroom_lab": "restart_policy"}
    new_class(*THREE).play("solve", **lab).ok()
    made = docker.of_class(CLASS)
    classroom = new_class(*THREE[:2])
    for arguments in ((), DRY):
        classroom.play("reset", *arguments, classroom_student="zo").refused('classroom_student: "zo"', "look how it is written")
    assert docker.of_class(CLASS) == made
    # Who left has labels, and then nothing more.
    classroom.play("reset", classroom_student="zoe", **lab).ok()
    assert set(docker.of_class(CLASS)) == names(THREE[:2], ["restart_policy"])
    classroom.play("reset", classroom_student="zoe", **lab).refused('classroom_student: "zoe"')
    new_class(*THREE[:2], {"name": "zoe", "state": "absent"}).play("reset", classroom_student="zoe", **lab).ok()


def test_a_student_of_several_hosts_concerns_one_of_them(new_class, docker, empty):
    classroom = new_class(*THREE)
    classroom.hosts = {"one": {"classroom_students": [THREE[0]]}, "two": {"classroom_students": [{"name": THREE[1], "seat": 2}]}}
    one = {"classroom_student": THREE[1], "classroom_lab": "restart_policy"}
    classroom.play("prepare", **one).ok()
    run = classroom.play("solve", **one).ok()
    assert run.changes["two"] and not run.changes.get("one")
    assert set(docker.of_class(CLASS)) == names([THREE[1]], ["restart_policy"])
    assert classroom.play("check", **one).ok().cells == {(THREE[1], "restart_policy"): "pass"}
    # On none of the hosts that are run.
    for student, *arguments in ((THREE[2],), (THREE[1], "--limit=one")):
        run = classroom.play("check", *arguments, classroom_student=student)
        assert run.code and f"classroom_student: '{student}'" in run.errors


def test_a_host_that_everybody_left_is_left_out(new_class, docker, empty):
    classroom = new_class(*THREE, classroom_seed="sixteen letters and more")
    gone = {"classroom_students": [{"name": THREE[1], "seat": 2, "state": "absent"}]}
    classroom.hosts = {"one": {"classroom_students": [THREE[0]]}, "two": gone}
    lab = {"classroom_lab": "restart_policy"}
    classroom.play("validate").ok()
    classroom.play("solve", **lab).ok()
    assert set(docker.of_class(CLASS)) == names([THREE[0]], ["restart_policy"])
    assert classroom.play("check", **lab).ok().cells == {(THREE[0], "restart_policy"): "pass"}
    classroom.hosts = {"two": gone}
    classroom.play("solve", **lab).refused("classroom_students", THREE[1], "all students are absent")


def test_joining_leaving_and_renaming_touch_nobody_elses_seat(new_class, docker, empty):
    classroom = new_class(*THREE, classroom_pass_mark=50)
    classroom.play("solve").ok()
    nina, omar, zoe = ({name: docker.of_class(CLASS)[name] for name in names([student])} for student in THREE)

    classroom.variables["classroom_students"] = [THREE[0], {"name": THREE[1], "state": "absent"}, "zara", "yara"]
    classroom.play("solve").ok()
    made = docker.of_class(CLASS)
    assert {name: made[name] for name in {**nina, **omar, **zoe}} == {**nina, **omar, **zoe}
    assert set(made) == names([*THREE, "zara", "yara"])

    run = classroom.play("check").ok()
    assert run.cells == {(student, lab): "pass" for student in (THREE[0], "zara", "yara") for lab in LABS}
    shown = " ".join(run.table.split())
    assert "3 of 3 have the 50 per cent that are needed, 0 are open" in shown
    for name in names([THREE[1], THREE[2]]):
        assert f"container {name} on localhost: its label classroom.student names" in shown
    assert f"names {THREE[1]}, who has left the class" in shown
    assert f"names {THREE[2]}, whom the class does not have" in shown

    gone = classroom.play("reset", classroom_student=THREE[2]).ok()
    assert gone.removal["removes"] == sorted(zoe)
    assert set(docker.of_class(CLASS)) == set(made) - set(zoe)
    classroom.play("reset").ok()


def test_what_is_claimed_twice_and_what_nobody_claims_is_nobodys_work(new_class, docker, empty):
    classroom = new_class(*THREE)
    classroom.play("solve").ok()
    labels = ("--label", f"classroom.class={CLASS}", "--label", "classroom.student=zoe")
    with replaced(docker, "omarx2", "--memory", "100m", "--cpu-shares", "20", *labels):
        docker.run("bobx2", "--memory", "100m")
        run = classroom.play("check").ok()
    expected = {(student, lab): "pass" for student in THREE for lab in LABS}
    assert run.cells == {**expected, ("omar", "container_limits"): "could not check"}
    shown = " ".join(run.table.split())
    assert "container bobx2 on localhost: its name begins with bob, whom the class does not have" in shown
    assert "container omarx2 on localhost: it is named as omar's, and its label classroom.student says zoe" in shown
    assert "omarx2 is claimed twice" in shown
    docker("rm", "--force", "bobx2")


#: What a class says of its points, and what the message says
NO_POINTS = {
    "of a lab that it does not do": ({"classroom_points": {"namespaces": {"s1": 1}}}, "classroom_points: {\"namespaces\": {\"s1\": 1}}: it is a dictionary"),
    "of a step that there is not": ({"classroom_points": {"container_limits": {"x9": 1}}}, "classroom_points.container_limits: 'x9' is not a step"),
    "that are none": ({"classroom_points": {"container_limits": {"x2": -1}}}, "classroom_points.container_limits.x2: -1: points are a number"),
    "that nobody can reach": ({"classroom_pass_mark": 101}, "classroom_pass_mark: 101"),
}


@pytest.mark.parametrize("case", NO_POINTS)
def test_points_that_no_class_can_give_are_refused(new_class, docker, empty, case):
    variables, words = NO_POINTS[case]
    run = new_class(*THREE, **variables).play("site")
    assert run.code
    assert words in run.errors
    assert docker.of_class(CLASS) == {}


def test_a_reset_removes_what_a_build_laid_out_that_was_cut_off(new_class, empty, request):
    ours, another = [Path(mkdtemp(prefix=f"classroom-{name}-distroless_image.")) for name in (CLASS, "tuesday")]
    request.addfinalizer(lambda: [shutil.rmtree(each, ignore_errors=True) for each in (ours, another)])
    (ours / "Dockerfile").touch()
    nina = new_class("nina", classroom_labs=["distroless_image"])
    assert nina.play("reset", *DRY).ok().stats["changed"] == 1
    assert ours.exists()
    # Another student's build may be at work.
    nina.play("reset", classroom_student="nina").ok()
    assert ours.exists()
    assert nina.play("reset").ok().stats["changed"] == 1
    assert (ours.exists(), another.exists()) == (False, True)
    assert nina.play("reset").ok().stats["changed"] == 0


def test_the_variables_of_containers_are_not_shown(new_class, empty):
    """One that is named like a secret is compared, however much of a run is told."""
    answer = {"name": "x3", "command": ["sleep", "3600"], "environment": {"API_TOKEN": "cassiopeia"}}
    nina = new_class("nina", classroom_labs=["restart_policy"], restart_policy_answers=[answer], restart_policy_steps=["x3"])
    run = nina.play("check", "-vvv").ok()
    assert run.cells == {("nina", "restart_policy"): "FAIL"}
    assert "API_TOKEN" in run.output and "cassiopeia" not in run.output
