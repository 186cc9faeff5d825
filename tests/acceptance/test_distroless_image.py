# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab on images without a shell: what it makes, which answers pass, what it proves, and what it leaves."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .conftest import BY_HAND, CLASS, IMAGE

pytestmark = pytest.mark.long

LAB = "distroless_image"
STUDENTS = ("nina", "omar")
STAGE, COURSE = "acceptance:builder", "acceptance:course"
BASE, DEBUG = "classroom/python3:latest", "classroom/python3:debug"
FOLDER = Path(f"/srv/{CLASS}-{LAB}")
DRY = ("--check", "--diff")
PROOFS = {
    "it says hello", "no shell", "no shell for a program that wants one", "no package manager", "a shell in the stage that builds",
    "a shell to look inside with",
}


@pytest.fixture(scope="module")
def images(docker):
    """The images of the class by name."""

    def listed():
        lines = docker("image", "ls", "--no-trunc", "--format", "{{.Repository}}:{{.Tag}} {{.ID}}", f"--filter=label=classroom.class={CLASS}").splitlines()
        return dict(line.split() for line in lines if "<none>" not in line)

    return listed


@pytest.fixture(scope="module")
def classroom(new_class, docker):
    """A class in which the lab is solved."""
    made = new_class(
        *STUDENTS,
        classroom_labs=[LAB],
        classroom_port_base=18000,
        distroless_image_stage=STAGE,
        distroless_image_course=COURSE,
        distroless_image_debug=DEBUG,
    )
    made.play("reset").ok()
    made.dry = made.play("solve", *DRY).ok()
    made.absent = not FOLDER.exists() and not docker("image", "ls", "--quiet", "--filter", f"label=classroom.class={CLASS}")
    made.prepared = made.play("prepare").ok()
    made.play("solve").ok()
    made.first = made.play("check").ok()
    yield made
    made.play("reset")
    docker("image", "prune", "--force", f"--filter=label={BY_HAND}")


@pytest.fixture
def by_hand(classroom, docker, tmp_path):
    """Put an image of a student's own under a name of the lab's; the lab's own image comes back afterwards."""
    before = {}

    def build(name, *lines, **files):
        before.setdefault(name, docker("image", "inspect", "--format", "{{.Id}}", name))
        for file, content in {"hello.py": "#!/usr/bin/python3\nprint('Hello')\n", **files}.items():
            (tmp_path / file).write_text(content)
        (tmp_path / "Dockerfile").write_text("\n".join(lines) + "\n")
        docker("build", "--quiet", "--label", BY_HAND, "--label", f"maintainer={name.partition('distroless')[0]}", "--tag", name, str(tmp_path))

    yield build
    for name, image in before.items():
        docker("tag", image, name, check=False)
    docker("image", "prune", "--force", f"--filter=label={BY_HAND}")


def failed(run):
    return {(finding["student"], finding["attribute"]) for finding in run.findings if finding["outcome"] != "pass"}


def proofs(run):
    (results,) = [line["result"] for line in run.of("ok") if line["task"].endswith("Prove what the images can and cannot do")]
    return {finding["attribute"]: finding for finding in results["findings"]}


def test_a_dry_run_makes_nothing(classroom):
    assert classroom.dry.stats["changed"]
    assert classroom.absent


def test_everybody_passes_and_all_is_proved(classroom):
    assert failed(classroom.first) == set()
    assert classroom.first.cells == {(student, LAB): "pass" for student in STUDENTS}
    found = proofs(classroom.first)
    assert set(found) == PROOFS
    assert {finding["outcome"] for finding in found.values()} == {"pass"}
    assert "Images on localhost, distroless_image, side by side" in classroom.first.table


def test_a_second_run_changes_nothing(classroom, images):
    before = images()
    assert classroom.play("prepare").ok().stats["changed"] == 0
    assert classroom.play("solve").ok().stats["changed"] == 0
    assert classroom.play("solve", *DRY).ok().stats["changed"] == 0
    assert images() == before


def test_one_build_serves_the_class(images, docker, classroom):
    assert {f"{student}distroless:{step}" for student in STUDENTS for step in ("hello", "flask")} | {STAGE} == set(images())
    for step in ("hello", "flask"):
        layers = {docker("image", "inspect", "--format", "{{json .RootFS.Layers}}", f"{student}distroless:{step}") for student in STUDENTS}
        assert len(layers) == 1
        base = json.loads(docker("image", "inspect", "--format", "{{json .RootFS.Layers}}", BASE))
        assert json.loads(layers.pop())[: len(base)] == base


STAGED = (f"FROM {IMAGE} AS builder", "WORKDIR /code", "COPY hello.py .")
FINAL = (f"FROM {BASE}", "COPY --from=builder /code /code1", "USER 65532", 'ENTRYPOINT ["/code1/hello.py"]')

#: How a student built hello, what fails, and a word of each hint
WRONG_IMAGES = {
    "by one": ([*STAGED, "RUN chmod +x hello.py", *FINAL[:2], "USER 65533", FINAL[3]], {"user": "65533"}),
    "with a shell": (
        [*STAGED, "RUN chmod +x hello.py", *FINAL[:2], "COPY --from=builder /bin/busybox /bin/sh", *FINAL[2:]],
        {"no_shell": "stage"},
    ),
    "of the debug variant": (
        [*STAGED, "RUN chmod +x hello.py", f"FROM {DEBUG}", *FINAL[1:]],
        {"base": BASE, "no_shell": "/busybox", "no_package_manager": "/busybox/dpkg"},
    ),
    "in another place": (
        [*STAGED, "RUN chmod +x hello.py", FINAL[0], "COPY --from=builder /code /code2", *FINAL[2:]],
        {"files": "/code1/hello.py"},
    ),
}


@pytest.mark.parametrize("case", WRONG_IMAGES)
def test_a_wrong_image_fails_alone(classroom, by_hand, case):
    lines, words = WRONG_IMAGES[case]
    by_hand("ninadistroless:hello", *lines)
    run = classroom.play("check", distroless_image_prove=False).ok()
    assert failed(run) == {("nina", attribute) for attribute in words}
    assert run.cells == {("nina", LAB): "FAIL", ("omar", LAB): "pass"}
    hints = {finding["attribute"]: finding["hint"] for finding in run.findings if finding["outcome"] != "pass"}
    assert [attribute for attribute, word in words.items() if word not in hints[attribute]] == [], hints


def test_a_right_image_by_hand_passes(classroom, by_hand):
    by_hand("ninadistroless:hello", *STAGED, "RUN chmod +x hello.py", *FINAL)
    assert failed(classroom.play("check", distroless_image_prove=False).ok()) == set()


def test_what_is_proved_can_fail(classroom, by_hand):
    """The image of the first student, on which the class's proofs run, with a shell under the name of another."""
    programs = [f"COPY --from=builder /bin/busybox {program}" for program in ("/bin/sh", "/usr/bin/apt-get")]
    by_hand("ninadistroless:hello", *STAGED, "RUN chmod +x hello.py", *FINAL[:2], *programs, *FINAL[2:])
    found = proofs(classroom.play("check").ok())
    wrong = {"it says hello", "no shell", "no shell for a program that wants one", "no package manager"}
    assert {name for name, finding in found.items() if finding["outcome"] == "fail"} == wrong


def test_the_courses_own_dockerfile(classroom, docker, images):
    classroom.play("reset").ok()
    variables = {"distroless_image_variant": "course"}
    classroom.play("solve", **variables).ok()
    run = classroom.play("check", **variables).ok()
    assert failed(run) == set()
    assert {finding["outcome"] for finding in proofs(run).values()} == {"pass"}
    assert docker("run", "--rm", "--network", "none", "omardistroless:hello").startswith("Hello from user id 0,")
    # What the course asks for is not what the modern form does.
    assert failed(classroom.play("check", distroless_image_prove=False).ok()) == {(student, "user") for student in STUDENTS}
    assert classroom.play("solve", **variables).ok().stats["changed"] == 0
    classroom.play("reset").ok()
    classroom.play("solve").ok()


BAD_INPUT = {
    "a step that is none": ({"distroless_image_steps": ["course"]}, ["distroless_image_steps", "'course'", "hello, flask"]),
    "an answer that is none": (
        {"distroless_image_steps": ["java"], "distroless_image_answers": [{"name": "java"}]}, ["distroless_image_answers", "java", "hello"]
    ),
    "a variant that is none": ({"distroless_image_variant": "new"}, ["distroless_image_variant", "new", "modern, course"]),
    "a base that is none": ({"distroless_image_base": "Python3"}, ["distroless_image_base", "'Python3'", "lower-case"]),
    "a stage that is none": ({"distroless_image_stage": ""}, ["distroless_image_stage", "''"]),
    "a debug variant that is none": ({"distroless_image_debug": "x:"}, ["distroless_image_debug", "'x:'"]),
    "what cannot be asked of an image": ({"distroless_image_requirements": {"usr": "65532"}}, ["distroless_image_requirements: usr", "user"]),
    "a size that is none": ({"distroless_image_requirements": {"size_max": "60 bananas"}}, ["distroless_image_requirements: size_max: '60 bananas'"]),
    "ports that are none": ({"classroom_port_base": 80}, ["classroom_port_base", "80", "1024"]),
}


@pytest.fixture(scope="module")
def bad_input(classroom):
    return classroom.cases("solve", {case: variables for case, (variables, _words) in BAD_INPUT.items()})


@pytest.mark.parametrize("case", BAD_INPUT)
def test_bad_input_is_refused_before_any_change(bad_input, case):
    bad_input[case].refused(*BAD_INPUT[case][-1])


def test_a_base_that_is_missing(classroom):
    run = classroom.play("prepare", distroless_image_base="classroom/none:latest")
    assert run.code and "distroless_image_base: classroom/none:latest" in run.errors and "provision" in run.errors


def test_a_student_s_own_image_is_left(classroom, docker, images, by_hand):
    by_hand("omardistroless:hello", *STAGED, *FINAL)
    refused = classroom.play("solve")
    assert refused.code and "omardistroless:hello" in refused.errors
    assert refused.stats["changed"] == 0


def test_a_reset_leaves_nothing(classroom, docker, images):
    dry = classroom.play("reset", *DRY).ok()
    assert dry.stats["changed"] and FOLDER.exists()
    classroom.play("reset").ok()
    assert images() == {}
    assert not FOLDER.exists()
    assert docker.of_class(CLASS) == {}
    assert classroom.play("reset").ok().stats["changed"] == 0
