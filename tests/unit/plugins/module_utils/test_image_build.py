# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an image is made of, and what of a failed build is told. The builds themselves are in tests/integration."""

from __future__ import annotations

import json
import os

import pytest
from ansible_collections.classroom.containers.plugins.module_utils._engine import Engine
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.module_utils._image_build import BuildError, _build, _key, _read_notes, _told, run, tree_digest


@pytest.fixture
def tree(tmp_path):
    (tmp_path / "site" / "web").mkdir(parents=True)
    (tmp_path / "site" / "web" / "index.html").write_text("one")
    (tmp_path / "site" / "link").symlink_to("web")
    return tmp_path / "site"


CHANGES = {
    "a byte": lambda tree: (tree / "web/index.html").write_text("onE"),
    "a name": lambda tree: (tree / "web/index.html").rename(tree / "web/index.htm"),
    "a permission": lambda tree: (tree / "web/index.html").chmod(0o755),
    "an empty folder": lambda tree: (tree / "new").mkdir(),
    "where a link points": lambda tree: ((tree / "link").unlink(), (tree / "link").symlink_to("web/")),
    "a link instead of a folder": lambda tree: ((tree / "link").unlink(), (tree / "link").mkdir()),
    "a file more": lambda tree: (tree / "web/b").write_text(""),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_digest_changes_with(tree, change):
    before = tree_digest(str(tree))
    CHANGES[change](tree)
    assert tree_digest(str(tree)) != before


def test_a_digest_does_not_change_with_times_and_places(tree, tmp_path):
    before = tree_digest(str(tree))
    os.utime(tree / "web/index.html", (1, 1))
    tree.rename(tmp_path / "elsewhere")
    assert tree_digest(str(tmp_path / "elsewhere")) == before


def test_content_does_not_move_from_one_name_to_another(tmp_path):
    for name, contents in (("a", ("xy", "z")), ("b", ("x", "yz"))):
        (tmp_path / name).mkdir()
        for file, content in zip("12", contents):
            (tmp_path / name / file).write_text(content)
    assert tree_digest(str(tmp_path / "a")) != tree_digest(str(tmp_path / "b"))


@pytest.mark.parametrize("changed", ["Dockerfile.v1", "Dockerfile.dockerignore"])
def test_what_a_build_goes_by_beside_the_context(tree, tmp_path, changed):
    """A Dockerfile that is a link to another, and what it ignores."""
    image = {"context": str(tree), "dockerfile": str(tmp_path / "Dockerfile"), "target": None, "args": {}, "labels": {}, "tags": ["a:1"]}
    (tmp_path / "Dockerfile").symlink_to("Dockerfile.v1")
    (tmp_path / "Dockerfile.v1").write_text("FROM a")
    before = _key(image, {}, {})
    (tmp_path / changed).write_text("FROM b")
    assert _key(image, {}, {}) != before


def test_what_is_gone_is_said(tmp_path):
    with pytest.raises(BuildError, match=r"nosuch cannot be read: No such file"):
        tree_digest(str(tmp_path / "nosuch"))


STEP = """#9 [4/4] RUN nosuch
#9 0.157 /bin/sh: nosuch: not found
#9 ERROR: executor failed running [/bin/sh -c nosuch]: exit code: 127
------
 > [4/4] RUN nosuch:
0.157 /bin/sh: nosuch: not found
------
ERROR: failed to solve: executor failed running [/bin/sh -c nosuch]: exit code: 127
"""
PARSE = """#3 DONE 0.0s
ERROR: failed to solve: dockerfile parse error line 7: unknown instruction: RUNN
"""
TOLD = {
    "a step": (STEP, [" > [4/4] RUN nosuch:", "0.157 /bin/sh: nosuch: not found", STEP.splitlines()[-1]]),
    "a Dockerfile": (PARSE, PARSE.splitlines()[1:]),
    "the end of anything else": ("\n".join(map(str, range(50))), list(map(str, range(30, 50)))),
}


@pytest.mark.parametrize("case", TOLD)
def test_of_a_failed_build_is_told(case):
    output, told = TOLD[case]
    assert _told(output).splitlines() == told


@pytest.mark.parametrize("text", ["", "[]", "{", '{"a:1": 1}', '{"a:1": {"key": "x"}}', '{"a:1": {"key": "x", "id": "y"}}'])
def test_notes_that_say_nothing_are_none(tmp_path, text):
    (tmp_path / "notes").write_text(text)
    assert _read_notes(str(tmp_path / "notes")) == {}


def test_no_notes(tmp_path):
    assert _read_notes(str(tmp_path / "none")) == {}


@pytest.fixture
def params(tree, tmp_path, image_host):
    (tree / "Dockerfile").write_text("FROM a")
    (tmp_path / "secret").write_text("x")
    image_host.add("base:1")
    return {"images": [{"tags": ["a:1"], "context": str(tree)}], "bases": [], "secrets": [], "notes": str(tmp_path / "notes")}


def secret(name):
    return lambda folder: {"secrets": [{"id": name, "src": str(folder / "secret")}]}


def image(**options):
    return lambda folder: {"images": [{"tags": ["a:1"], "context": str(folder / "site"), **options}]}


#: What is asked that cannot be, by the folder of a test, and what is said of it
REFUSED = {
    "notes without a path": (lambda folder: {"notes": ""}, "notes: '' is not the path of a file"),
    "notes in no folder": (lambda folder: {"notes": str(folder / "nope/x")}, "nope does not exist"),
    "notes that are a folder": (lambda folder: {"notes": str(folder)}, "is there, and is no file"),
    "notes that are a pipe": (lambda folder: os.mkfifo(folder / "pipe") or {"notes": str(folder / "pipe")}, "pipe is there, and is no file"),
    "notes in a context": (lambda folder: {"notes": str(folder / "site/web/notes")}, "it must be outside of images[0].context"),
    "notes in a context behind a link": (
        lambda folder: (folder / "other").symlink_to("site/web") or {"notes": str(folder / "other/notes")},
        "it must be outside of images[0].context",
    ),
    "a base that is no name": (lambda folder: {"bases": ["base:1", "A B"]}, "bases[1]: 'A B' is not the name of an image"),
    "a secret without an id": (secret(""), "secrets[0].id: '' is not the id of a secret"),
    "a secret with an id that is more": (secret("a,b=c"), "secrets[0].id: 'a,b=c' is not the id of a secret"),
    "a secret twice": (lambda folder: {"secrets": 2 * secret("a")(folder)["secrets"]}, "secrets[1].id: 'a' is there twice"),
    "an argument of no name": (image(args={"A=B": "x"}), "images[0].args: 'A=B' is not the name of a variable"),
    "an argument without a value": (image(args={"A": None}), "images[0].args: A: its value is no text"),
    "a label of no name": (image(labels={"": "x"}), "images[0].labels: '' is not the name of a label"),
    "a label without a value": (image(labels={"a": None}), "images[0].labels: a: its value is no text"),
}


@pytest.mark.parametrize("check_mode", [False, True])
@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_built(params, tmp_path, image_host, case, check_mode):
    ask, words = REFUSED[case]
    buildx = Buildx()
    with pytest.raises(ClassroomError) as refused:
        run({**params, **ask(tmp_path)}, image_host.engine, buildx, check_mode)
    assert words in str(refused.value)
    assert not buildx.calls and not image_host.asked


def test_notes_beside_a_context_whose_name_begins_like_theirs(params, tmp_path, image_host):
    (tmp_path / "site2").mkdir()
    assert run({**params, "notes": str(tmp_path / "site2/notes")}, image_host.engine, Buildx(), True)["changed"]


class Buildx:
    """Fails as often as there are outputs, and succeeds then."""

    def __init__(self, *outputs):
        self.outputs, self.calls = list(outputs), 0

    def __call__(self, _arguments, _stdin, _environment):
        self.calls += 1
        return (1, self.outputs.pop(0), "") if self.outputs else (0, "", "")


STEP = "------\n > [a 2/2] RUN nosuch:\n{}------\nERROR: failed to solve: exit code: 127\n"
SAID = STEP.format("#5 0.2 /bin/sh: nosuch: not found\n")


@pytest.mark.parametrize(
    ("outputs", "calls", "told"),
    [
        ([SAID], 1, "not found"),
        # BuildKit lost what the step said, and has it the second time.
        ([STEP.format(""), SAID], 2, "not found"),
        ([STEP.format(""), STEP.format("")], 2, "RUN nosuch"),
        # The first failure was no failure of the step itself.
        ([STEP.format("")], 2, None),
        # It lost the build.
        (["ERROR: failed to receive status: rpc error: code = Unknown desc = no such job h99xfj\n"], 2, None),
        (["ERROR: no builder\n"], 1, "no builder"),
    ],
)
def test_a_step_that_said_nothing_is_run_again(engine_host, outputs, calls, told):
    image = {"context": "/", "dockerfile": "Dockerfile", "tags": ["a"], "args": {}, "labels": {}, "target": None}
    buildx = Buildx(*outputs)
    if told is None:
        _build([image], [], engine_host, buildx)
    else:
        with pytest.raises(BuildError, match=told):
            _build([image], [], engine_host, buildx)
    assert buildx.calls == calls
    assert image["done"] is (told is None)


def test_buildkit_is_not_given_all_images_of_a_large_class_at_once(engine_host):
    images = [{"context": "/", "dockerfile": "Dockerfile", "tags": [f"a:{number}"], "args": {}, "labels": {}, "target": None} for number in range(180)]
    given = []

    def buildx(_arguments, bake, _environment):
        given.append([target["tags"][0] for target in json.loads(bake)["target"].values()])
        return (1, SAID, "") if "a:100" in given[-1] else (0, "", "")

    with pytest.raises(BuildError, match="not found"):
        _build(images, [], engine_host, buildx)
    assert max(map(len, given)) <= 16
    built = sum(given[:-1], [])
    assert built == [f"a:{number}" for number in range(len(built))]
    # What was built before another failed is kept in mind.
    assert [image["tags"][0] for image in images if image.get("done")] == built


@pytest.fixture
def engine_host():
    return Engine("unix:///nowhere.sock")
