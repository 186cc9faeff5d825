# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab on the Flask image: what it makes, which answers pass, and what it leaves."""

from __future__ import annotations

import json
import subprocess
from copy import copy
from pathlib import Path

import pytest

from .conftest import BY_HAND, CLASS, OURS

pytestmark = pytest.mark.long

LAB = "flask_image"
REGISTRY = "flask.acceptance.internal:5030"
STUDENTS = ("nina", "omar", "zoe")
VERSIONS = ("v001", "v002", "v003")
DRY = ("--check", "--diff")
FOLDER = Path(f"/srv/{CLASS}-flask_image")


def names(students=STUDENTS, versions=VERSIONS):
    return {f"{student}flask:{version}" for student in students for version in versions}


@pytest.fixture(scope="module")
def images(docker):
    """List the images of the class and of the tests by their names, and the ids of those without one."""

    def listed():
        template = "{{.Repository}}:{{.Tag}} {{.ID}}"
        commands = [("image", "ls", "--no-trunc", "--format", template, f"--filter=label={label}") for label in (f"classroom.class={CLASS}", BY_HAND)]
        lines = [line for command in commands for line in docker(*command).splitlines()]
        return {name if "<none>" not in name else image: image for name, image in map(str.split, lines)}

    return listed


@pytest.fixture(scope="module")
def classroom(new_class, docker, tmp_path_factory):
    """A class with a registry of its own, in which everything is solved."""
    secrets = tmp_path_factory.mktemp("secrets")
    made = new_class(
        *STUDENTS,
        classroom_labs=[LAB],
        classroom_registry=REGISTRY,
        classroom_secrets=str(secrets),
        registry_name="acceptance-flask",
        classroom_port_base=18000,
        flask_image_layer="acceptance:flasklayer",
    )
    docker.clear(*OURS)
    # A run that was cut off may have left its images.
    made.role("registry", "teardown").ok()
    made.role("registry", "main").ok()
    made.dry = made.play("solve", *DRY).ok()
    made.absent = not FOLDER.exists() and not docker("image", "ls", "--quiet", "--filter", f"label=classroom.class={CLASS}")
    made.first = made.play("solve").ok()
    yield made
    made.play("reset")
    made.role("registry", "teardown").ok()
    docker.clear(*OURS)


@pytest.fixture
def by_hand(classroom, docker, tmp_path):
    """Put an image of a student's own under a name of the lab's; the lab's own image comes back afterwards."""
    before = {}

    def keep(name):
        before.setdefault(name, docker("image", "inspect", "--format", "{{.Id}}", name))

    def build(name, *lines, base=None, **files):
        keep(name)
        for file, content in files.items():
            (tmp_path / file).write_text(content)
        (tmp_path / "Dockerfile").write_text("\n".join([f"FROM {base or name}", *lines]) + "\n")
        docker("build", "--quiet", "--label", BY_HAND, "--tag", name, str(tmp_path))

    build.keep = keep
    yield build
    for name, image in before.items():
        # A reset may have taken it away.
        docker("tag", image, name, check=False)
    docker("image", "prune", "--force", f"--filter=label={BY_HAND}")


@pytest.fixture
def nothing_solved(classroom):
    """The class without its images: to a folder that did not note them, they would be somebody else's."""
    classroom.play("reset").ok()
    yield
    classroom.play("solve").ok()


def failed(run):
    return {(finding["student"], finding["attribute"]) for finding in run.findings if finding["outcome"] != "pass"}


def test_a_dry_run_builds_nothing(classroom):
    assert classroom.dry.stats["changed"]
    assert classroom.absent


def test_one_build_serves_the_class(classroom, docker, images):
    assert names() <= set(images())
    layers = {name: json.loads(docker("image", "inspect", "--format", "{{json .RootFS.Layers}}", name)) for name in (*names(), "acceptance:flasklayer")}
    for version in VERSIONS:
        assert len({tuple(layers[f"{student}flask:{version}"]) for student in STUDENTS}) == 1
    dependencies = layers["acceptance:flasklayer"]
    assert all(found[: len(dependencies)] == dependencies for found in layers.values())
    # A version differs in its last layer, and in nothing else.
    assert len({tuple(layers[f"ninaflask:{version}"][:-1]) for version in VERSIONS}) == 1
    assert len({layers[f"ninaflask:{version}"][-1] for version in VERSIONS}) == len(VERSIONS)


def test_everybody_passes_and_sees_the_layers(classroom):
    run = classroom.play("check").ok()
    assert failed(run) == set()
    assert run.cells == {(student, LAB): "pass" for student in STUDENTS}
    assert "Layers on localhost, flask_image: 9 images" in run.table


def test_a_second_run_changes_nothing(classroom, images):
    before = images()
    run = classroom.play("solve").ok()
    assert run.stats["changed"] == 0
    assert images() == before
    dry = classroom.play("solve", *DRY).ok()
    assert dry.stats["changed"] == 0


def test_the_registry_has_what_the_engine_has(classroom, docker):
    """By the digest that a pull of the engine itself tells."""
    name = f"{REGISTRY}/zoe/zoeflask:v002"
    local = docker("image", "inspect", "--format", "{{.Id}}", "zoeflask:v002")
    docker("image", "rm", name)
    (folder,) = Path(classroom.variables["classroom_secrets"]).glob(f"{CLASS}/registry")
    login = ["docker", "--config", str(folder / "config"), "login", "--username", "zoe", "--password-stdin", REGISTRY]
    done = subprocess.run(login, input=(folder / "zoe").read_text().strip(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    docker("--config", str(folder / "config"), "pull", "--quiet", name)
    assert docker("image", "inspect", "--format", "{{.Id}}", name) == local


def test_no_password_is_left(classroom):
    (folder,) = Path(classroom.variables["classroom_secrets"]).glob(f"{CLASS}/registry")
    password = (folder / "trainer").read_text().strip()
    assert len(password) >= 20
    assert password not in classroom.first.output
    searched = ["/root/.docker", "/tmp", "/dev/shm", "/srv", "/etc/classroom", "/var/lib/classroom", "/var/log"]
    found = subprocess.run(
        ["grep", "--recursive", "--files-with-matches", "--fixed-strings", password, *searched], capture_output=True, text=True, check=False
    ).stdout.splitlines()
    assert [file for file in found if not file.startswith(classroom.variables["classroom_secrets"])] == []


#: The image, what a student did to it, the attributes that fail then, and a word of the hint.
WRONG_IMAGES = {
    "ninaflask:v002": (["STOPSIGNAL SIGTERM"], {}, {"stop_signal", "pushed_as"}, "SIGTERM"),
    "ninaflask:v003": (["COPY ballast /ballast"], {"ballast": "0" * 6_000_000}, {"size_max", "pushed_as"}, "60"),
    # A secret in a layer, removed in the next one.
    "omarflask:v002": (
        ["USER root", "COPY id_rsa /id_rsa", 'RUN ["/usr/bin/python3", "-c", "import os; os.remove(\'/id_rsa\')"]', "USER 65532"],
        {"id_rsa": "-----BEGIN OPENSSH PRIVATE KEY-----\nnot really one\n-----END OPENSSH PRIVATE KEY-----\n"},
        {"no_secrets", "pushed_as"},
        "id_rsa",
    ),
    "omarflask:v003": (["ENV API_TOKEN=cassiopeia"], {}, {"no_secrets", "pushed_as"}, "API_TOKEN"),
}


def test_wrong_images_fail_alone(classroom, by_hand):
    for image, (lines, files, _attributes, _word) in WRONG_IMAGES.items():
        by_hand(image, *lines, **files)
    run = classroom.play("check").ok()
    assert run.cells == {(student, LAB): "pass" if student == "zoe" else "FAIL" for student in STUDENTS}
    wrong = [finding for finding in run.findings if finding["outcome"] != "pass"]
    assert {finding["subject"] for finding in wrong} == set(WRONG_IMAGES)
    for image, (_lines, _files, attributes, word) in WRONG_IMAGES.items():
        hints = {finding["attribute"]: finding["hint"] for finding in wrong if finding["subject"] == image}
        assert set(hints) == attributes
        (hint,) = [hint for attribute, hint in hints.items() if attribute != "pushed_as"]
        assert word in hint
    assert "cassiopeia" not in run.output


def test_what_was_made_of_an_image_is_not_the_class_s(classroom, docker, images, by_hand):
    """It has all labels of the image that it was made of."""
    by_hand.keep("zoeflask:v003")
    docker("commit", "zoec1", "zoeflask:v003")
    made = images()["zoeflask:v003"]
    run = classroom.play("solve")
    assert run.code and "zoeflask:v003" in run.errors
    dry = classroom.play("reset", *DRY).ok()
    assert "zoeflask:v003" in str([line["result"]["msg"]["leaves"] for line in dry.of("ok") if "which images go and which stay" in line["task"]])
    # A trainer lays out the lab for one who comes late.
    classroom.play("prepare").ok()
    assert images()["zoeflask:v003"] == made


def test_an_older_image_fails(classroom, by_hand):
    """Who built anew and did not push, and whose container runs on of the image before."""
    by_hand("omarflask:v002", "ENV EDITION=2")
    by_hand("zoeflask:v001", "ENV EDITION=2")
    run = classroom.play("check").ok()
    assert failed(run) == {("omar", "pushed_as"), ("zoe", "pushed_as"), ("zoe", "image")}
    assert "docker push" in next(finding["hint"] for finding in run.findings if finding["attribute"] == "pushed_as" and finding["outcome"] == "fail")


def test_another_port_fails_and_solve_puts_it_right(classroom, docker):
    """By one on either side of the colon."""
    published = {"omarc1": "18029:5000", "zoec1": "18030:5001"}
    docker("rm", "--force", *published)
    for name, ports in published.items():
        docker.run(name, "--publish", ports, image=f"{name.removesuffix('c1')}flask:v001", command=())
    run = classroom.play("check").ok()
    assert {student for student, attribute in failed(run) if attribute == "ports"} == {"omar", "zoe"}
    assert run.cells["nina", LAB] == "pass"
    classroom.play("solve").refused(*published)
    docker("rm", "--force", *published)
    classroom.play("solve").ok()


def test_a_page_that_says_something_else_fails(classroom, docker, by_hand):
    by_hand("zoeflask:v001", "COPY message.txt /webapp/message.txt", **{"message.txt": "This site came out of a contained.\n"})
    docker("rm", "--force", "zoec1")
    docker.run("zoec1", "--publish", "18030:5000", image="zoeflask:v001", command=())
    run = classroom.play("check").ok()
    assert {attribute for _student, attribute in failed(run)} - {"pushed_as"} == {"http"}
    docker("rm", "--force", "zoec1")


def test_a_registry_that_is_down_is_not_the_students_fault(classroom):
    run = classroom.play("check", classroom_registry="flask.acceptance.internal:5039", classroom_student="nina").ok()
    assert run.cells == {("nina", LAB): "could not check"}
    assert {attribute for _student, attribute in failed(run)} == {"pushed_as"}


def test_a_source_edit_changes_one_layer(classroom, docker):
    before = json.loads(docker("image", "inspect", "--format", "{{json .RootFS.Layers}}", "zoeflask:v003"))
    answers = [
        {"name": "v001", "container": "c1", "pages": [{"path": "/", "contains": ["Hello from Flask"]}]},
        {"name": "v002", "files": [{"path": "message.txt", "content": "The second version: only the layer with the site is new.\n"}]},
        {"name": "v003", "files": [{"path": "message.txt", "content": "Edited.\n"}]},
    ]
    edited = {"flask_image_answers": answers}
    dry = classroom.play("solve", *DRY, **edited).ok()
    assert dry.stats["changed"]
    classroom.play("solve", **edited).ok()
    after = json.loads(docker("image", "inspect", "--format", "{{json .RootFS.Layers}}", "zoeflask:v003"))
    assert after[:-1] == before[:-1] and after[-1] != before[-1]
    assert set(classroom.play("check", **edited).ok().cells.values()) == {"pass"}
    assert classroom.play("solve", **edited).ok().stats["changed"] == 0
    classroom.play("solve").ok()


def test_an_archive_gives_the_same_images_at_the_other_end(classroom, docker, images, by_hand):
    before = {name: image for name, image in images().items() if name in names()}
    docker.remove(f"label=classroom.class={CLASS}")
    docker("image", "rm", "--force", *before)
    assert not names() & set(images())
    classroom.role("flask_image", "load").ok()
    assert {name: image for name, image in images().items() if name in names()} == before
    # An archive of other images under these names.
    by_hand("zoeflask:v003", "ENV EDITION=2")
    run = classroom.role("flask_image", "load", "--check")
    assert run.code and "zoeflask:v003" in run.errors
    docker("tag", before["zoeflask:v003"], "zoeflask:v003")
    classroom.play("solve").ok()


def test_a_repository_is_a_source_too(classroom, nothing_solved, docker, tmp_path):
    bare, work = tmp_path / "site.git", tmp_path / "work"

    def git(*arguments):
        subprocess.run(["git", "-c", "user.name=t", "-c", "user.email=t@example.com", *arguments], check=True, capture_output=True)

    git("init", "--bare", str(bare))
    git("clone", str(bare), str(work))
    site = Path(__file__).parents[2] / "roles/flask_image/files/site"
    subprocess.run(["cp", "--recursive", f"{site}/.", str(work)], check=True)
    for version in ("1.0", "2.0"):
        (work / "message.txt").write_text(f"Out of the repository, {version}.\n")
        git("-C", str(work), "add", ".")
        git("-C", str(work), "commit", "--message", version)
        git("-C", str(work), "tag", version)
    git("-C", str(work), "push", "--tags", "origin", "HEAD")
    variables = {
        "classroom_student": "nina",
        "flask_image_folder": f"/srv/{CLASS}-flask_image-git",
        "flask_image_repo": str(bare),
        "flask_image_share": [],
        "flask_image_steps": ["v001", "v002"],
        "flask_image_answers": [
            {"name": "v001", "version": "1.0", "container": "c1", "pages": [{"path": "/", "contains": ["Out of the repository, 1.0."]}]},
            {"name": "v002", "container": "c2", "pages": [{"path": "/", "contains": ["Out of the repository, 2.0."]}]},
        ],
    }
    classroom.play("solve", **variables).ok()
    assert classroom.play("check", **variables).ok().cells == {("nina", LAB): "pass"}
    assert classroom.play("solve", **variables).ok().stats["changed"] == 0
    run = classroom.play("solve", **{**variables, "flask_image_version": "3.0"})
    assert run.code and "3.0" in run.errors
    # The class goes back to the role's own site, and again to the repository.
    clone = Path(variables["flask_image_folder"], "site/.git")
    for source, cloned in (({"flask_image_folder": variables["flask_image_folder"]}, False), (variables, True)):
        assert classroom.play("prepare", *DRY, **source).ok().stats["changed"]
        assert clone.exists() is not cloned
        classroom.play("prepare", **source).ok()
        assert clone.exists() is cloned
    classroom.play("reset", **{**variables, "classroom_student": ""}).ok()
    assert not Path(variables["flask_image_folder"]).exists()


def test_the_courses_own_dockerfile(classroom, nothing_solved, docker):
    bases = [{"name": "classroom/debian:latest", "kind": "debian"}]
    classroom.role("base_images", "main", base_images_list=bases).ok()
    variables = {
        "classroom_student": "nina",
        "flask_image_variant": "course",
        "flask_image_folder": f"/srv/{CLASS}-flask_image-course",
        "flask_image_share": [],
        "flask_image_steps": ["v001"],
    }
    classroom.play("solve", **variables).ok()
    run = classroom.play("check", **variables).ok()
    assert run.cells == {("nina", LAB): "pass"}
    assert int(docker("image", "inspect", "--format", "{{.Size}}", "ninaflask:v001")) > 300_000_000
    history = docker("history", "--no-trunc", "--format", "{{.CreatedBy}}", "ninaflask:v001")
    assert "apt install python3-pip -y" in history and "pip3 install --break-system-packages -r requirements.txt" in history
    assert "BEGIN CERTIFICATE" not in history
    assert classroom.play("solve", **variables).ok().stats["changed"] == 0
    # The same image does not pass for the layered one.
    assert ("nina", "size_max") in failed(classroom.play("check").ok())
    classroom.play("reset", **{**variables, "classroom_student": ""}).ok()


def test_requirements_that_cannot_be_had_are_named(classroom, tmp_path):
    repository = tmp_path / "site"
    repository.mkdir()
    (repository / "requirements.txt").write_text("flask\nno-such-package-of-this-class\n")
    (repository / "demo.py").write_text("")
    for arguments in (["init"], ["add", "."], ["-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "--message", "x"]):
        subprocess.run(["git", "-C", str(repository), *arguments], check=True, capture_output=True)
    folder = f"/srv/{CLASS}-flask_image-bad"
    run = classroom.play("prepare", flask_image_repo=str(repository), flask_image_folder=folder)
    assert run.code and "no-such-package-of-this-class" in run.errors
    assert sorted(path.name for path in Path(folder).iterdir()) == [".classroom", "site"]
    classroom.play("reset", flask_image_folder=folder, classroom_lab=LAB).ok()
    classroom.play("solve").ok()


def test_a_dockerfile_with_an_error_tells_the_builders_own_words(classroom, images):
    before = images()
    run = classroom.play("solve", flask_image_program="demo.py", flask_image_base="classroom/busybox:latest", classroom_student="nina")
    assert run.code
    assert "/usr/bin/python3" in run.errors and "no such file or directory" in run.errors
    assert images() == before


def test_a_port_that_is_taken_is_found_beforehand(classroom, docker):
    docker("rm", "--force", "ninac1")
    docker.run("acceptance-squatter", "--publish", "18010:80")
    run = classroom.play("solve")
    run.refused("18010", "acceptance-squatter", "classroom_port_base")
    docker("rm", "--force", "acceptance-squatter")
    classroom.play("solve").ok()


def test_solve_stops_at_an_image_that_is_not_its_own(classroom, docker, by_hand):
    by_hand("ninaflask:v002", "CMD []", base="classroom/busybox:latest")
    run = classroom.play("solve")
    run.refused("ninaflask:v002", "the class did not make it")


def test_an_archive_takes_no_place_of_somebody_else_s(classroom, tmp_path):
    archive, precious, link = tmp_path / "class.tar", tmp_path / "precious.tar", tmp_path / "link.tar"
    precious.write_text("mine")
    link.symlink_to(precious)
    for place in (precious, link, tmp_path, tmp_path / "no-such-folder/class.tar"):
        classroom.play("solve", flask_image_archive=str(place)).refused(f"flask_image_archive: {place}")
    elsewhere = {"flask_image_archive": str(archive)}
    assert classroom.play("solve", *DRY, **elsewhere).ok().stats["changed"] and not archive.exists()
    classroom.play("solve", **elsewhere).ok()
    assert classroom.play("solve", **elsewhere).ok().stats["changed"] == 0
    # A reset removes what the class saved, and not what the variable names by then.
    classroom.play("reset", flask_image_archive=str(precious)).ok()
    assert not archive.exists() and not FOLDER.exists()
    assert precious.read_text() == "mine"
    classroom.play("solve").ok()


def test_a_folder_of_somebody_else_is_left(classroom, tmp_path):
    (tmp_path / "precious").write_text("mine")
    run = classroom.play("prepare", flask_image_folder=str(tmp_path))
    assert run.code and f"flask_image_folder: {tmp_path}" in run.errors
    classroom.play("reset", *DRY, flask_image_folder=str(tmp_path)).ok()
    assert (tmp_path / "precious").read_text() == "mine"


def test_reset_leaves_nothing_but_what_is_not_its_own(classroom, docker, images, by_hand, tmp_path):
    by_hand("ninaflask:v002", "CMD []", base="classroom/busybox:latest")
    docker.run("acceptance-user", image="omarflask:v003", command=())
    made = images()

    dry = classroom.play("reset", *DRY).ok()
    assert dry.stats["changed"]
    assert images() == made

    one = classroom.play("reset", classroom_student="zoe").ok()
    assert not {name for name in images() if "zoeflask" in name}
    assert FOLDER.exists() and one.stats["changed"]

    # As if omar sat on another host, which pushed his to the same registry.
    spread = copy(classroom)
    spread.hosts = {"localhost": {"classroom_students": ["nina"]}, "other": {"classroom_students": ["omar"]}}
    spread.play("reset", "--limit=localhost").ok()
    assert registry_tags(classroom) == {f"omar/omarflask:{version}" for version in VERSIONS}

    classroom.play("reset").ok()
    left = {name for name in images() if REGISTRY in name or name in {*names(), "acceptance:flasklayer"}}
    assert left == {"ninaflask:v002", "omarflask:v003", f"{REGISTRY}/omar/omarflask:v003"}
    # Made by hand, of an image whose labels it has.
    assert set(docker.of_class(CLASS)) == {"acceptance-user"}
    assert FOLDER.exists()
    assert classroom.play("reset").ok().stats["changed"] == 0
    tags = registry_tags(classroom)
    assert tags == set()

    docker("rm", "--force", "acceptance-user")
    classroom.play("reset").ok()
    assert not {name for name in images() if "omarflask" in name}
    assert not FOLDER.exists()
    assert classroom.play("reset").ok().stats["changed"] == 0
    # Another controller.
    elsewhere = classroom.play("reset", classroom_secrets=str(tmp_path)).ok()
    assert f"{tmp_path}/{CLASS}/registry/trainer: this controller has no password for {REGISTRY}" in str(elsewhere.of("ok"))


def registry_tags(classroom):
    """All names in the registry of the class, asked by curl."""
    (folder,) = Path(classroom.variables["classroom_secrets"]).glob(f"{CLASS}/registry")
    password = (folder / "trainer").read_text().strip()
    ca = f"/etc/docker/certs.d/{REGISTRY}/ca.crt"

    def ask(path):
        command = ["curl", "--silent", "--show-error", "--cacert", ca, "--config", "-", f"https://{REGISTRY}/v2/{path}"]
        done = subprocess.run(command, input=f'user = "trainer:{password}"', capture_output=True, text=True, check=True)
        return json.loads(done.stdout)

    return {f"{name}:{tag}" for name in ask("_catalog").get("repositories") or () for tag in ask(f"{name}/tags/list").get("tags") or ()}
