# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Namespaces of students' containers: what is shared and was to be one's own, and the other way round."""

from __future__ import annotations

import pytest

from .conftest import replaced

LAB = "namespaces"
STUDENTS = ("nina", "omar")


def expected(*broken, word="FAIL"):
    return {(student, LAB): word if student in broken else "pass" for student in STUDENTS}


@pytest.fixture(scope="module")
def classroom(new_class, docker):
    made = new_class(*STUDENTS, classroom_labs=[LAB], namespaces_prove=False)
    made.play("solve").ok()
    yield made
    made.play("reset").ok()


#: The container, what it is made with instead, the finding that tells, words of its hint
BROKEN = {
    "the host's shared memory": ("ninas1", ["--ipc=host"], "ipc shareable", "docker run --ipc shareable"),
    "another's shared memory": ("ninas1", ["--ipc=container:omars1"], "ipc shareable", "that of container:omars1"),
    "shared memory that nobody may join": ("ninas1", [], "ipc shareable", "docker run --ipc shareable"),
    "processes of a neighbour": ("ninas1-pid", ["--pid=container:omars1"], "pid host", "docker run --pid host"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_one_mistake_fails_one_cell(classroom, docker, case):
    name, options, asked, words = BROKEN[case]
    with replaced(docker, name, *options):
        run = classroom.play("check").ok()
    assert run.cells["omar", LAB] == "pass"
    assert run.cells["nina", LAB] == "FAIL"
    (found,) = [finding for finding in run.findings if finding["outcome"] != "pass" and finding["subject"] == name]
    assert (found["asked"], found["verdict"]) == (asked, "differs")
    assert words in found["hint"]
    assert found["enforced"] not in (None, asked)


def test_a_stopped_container_could_not_be_checked(classroom, docker):
    docker("kill", "ninas1-net")
    run = classroom.play("check").ok()
    docker("start", "ninas1-net")
    bad = [finding for finding in run.findings if finding["outcome"] == "could_not_check"]
    assert {(finding["subject"], finding["attribute"], finding["verdict"]) for finding in bad} == {("ninas1-net", "namespaces", "stopped")}


def test_solve_changes_nothing_that_is_right_and_mends_the_rest(classroom, docker):
    assert classroom.play("solve").ok().stats["changed"] == 0
    docker("rm", "--force", "omars1-ipc")
    assert classroom.play("solve").ok().stats["changed"] == 1
    run = classroom.play("check").ok()
    assert run.cells == expected()
    # The course's first picture: who is PID 1 in there is another one out here.
    evidence = {finding["subject"]: finding["evidence"][-1] for finding in run.findings if str(finding["asked"]).startswith("pid ")}
    pid, shared = (docker.inspect(name, "{{.State.Pid}}") for name in ("ninas1", "ninas1-pid"))
    assert evidence["ninas1"].endswith(f"NSpid={pid} 1: PID 1 of ninas1 is PID {pid} on the host")
    assert evidence["ninas1-pid"].endswith(f"PID {shared} of ninas1-pid is PID {shared} on the host")


def test_what_isolation_is(new_class, docker):
    run = new_class(*STUDENTS, classroom_labs=[LAB]).play("check").ok()
    proofs = run.table.partition("Proofs by behaviour")[2]
    assert "it sees no process of the host" in " ".join(proofs.split())
    assert "FAIL" not in proofs
    assert "could not check" not in proofs
    assert docker.ids("name=acceptance-proof") == {}


@pytest.mark.parametrize(
    ("namespaces", "words"),
    [
        ({"pid": "mine"}, "namespaces_answers[0].namespaces.pid: 'mine'"),
        ({"disk": "host"}, "'disk' is not a namespace"),
        ({"ipc": "container:s9"}, "'s9' is not another of namespaces_steps"),
        ({}, "it has no namespaces"),
    ],
)
def test_bad_input_is_refused(new_class, namespaces, words):
    run = new_class(*STUDENTS, classroom_labs=[LAB]).play(
        "validate", namespaces_steps=["s1"], namespaces_answers=[{"name": "s1", "namespaces": namespaces}]
    )
    assert run.code
    assert words in run.errors
