# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which images of a registry go, and which stay. The registry itself is asked in tests/acceptance."""

from __future__ import annotations

import pytest
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.module_utils._registry import (
    CredentialsError,
    IncompleteError,
    Manifest,
    RegistryError,
    UnreachableError,
    UnsupportedError,
)
from ansible_collections.classroom.containers.plugins.module_utils._registry_prune import run

PARAMS = {"registry": "r:5000", "labels": {"classroom.class": "monday"}, "except_labels": None, "name_label": None}
MINE = {"classroom.class": "monday", "classroom.image": "ashuflask:v001"}


class Content:
    """What a registry has: digests by repository and tag, and labels by digest."""

    address = "r:5000"

    def __init__(self, tags, labels):
        self._tags, self._labels = tags, labels
        self.deleted = []

    def repositories(self):
        return list(self._tags)

    def tags(self, repository):
        return list(self._tags[repository])

    def manifest(self, repository, tag):
        digest = self._tags[repository][tag]
        return Manifest(digest, "", f"config of {digest}", 1, ()) if digest else None

    def configuration(self, _repository, digest):
        return {"config": {"Labels": self._labels[digest.removeprefix("config of ")]}}

    def delete(self, repository, digest):
        self.deleted.append((repository, digest))


def prune(tags, found, check_mode=False, **params):
    content = Content(tags, found)
    said = run({**PARAMS, **params}, content, check_mode)
    return said, content.deleted


CASES = {
    "its own": ({"v001": "d1"}, {"d1": MINE}, ["v001"], []),
    "another class's": ({"v001": "d1"}, {"d1": {**MINE, "classroom.class": "tuesday"}}, [], []),
    "without labels": ({"v001": "d1"}, {"d1": None}, [], []),
    "made on top of it": ({"mine": "d1"}, {"d1": MINE}, [], []),
    "beside one of others": ({"v001": "d1", "v002": "d2"}, {"d1": MINE, "d2": {}}, ["v001"], []),
    "under a name of a student's, too": ({"v001": "d1", "mine": "d1"}, {"d1": MINE}, [], ["v001"]),
    "gone meanwhile": ({"v001": None}, {}, [], []),
}


@pytest.mark.parametrize("case", CASES)
def test_what_goes(case):
    tags, labels, removed, kept = CASES[case]
    said, deleted = prune({"ashu/ashuflask": tags}, labels, name_label="classroom.image")
    assert said["removed"] == [f"r:5000/ashu/ashuflask:{tag}" for tag in removed]
    assert said["kept"] == [f"r:5000/ashu/ashuflask:{tag}" for tag in kept]
    assert said["changed"] == bool(removed)
    assert deleted == [("ashu/ashuflask", tags[tag]) for tag in removed]


class Lists(Content):
    """Of a digest that is a pair, the first is that of a list, and the others what is in it; the last is the one for the processor, if any."""

    def manifest(self, repository, tag):
        if tag in self._labels:
            return Manifest(tag, "", f"config of {tag}", 1, ())
        found = self._tags[repository][tag]
        if isinstance(found, str):
            return Manifest(found, "", f"config of {found}", 1, ())
        index, *listed, chosen = found
        return Manifest(chosen or index, "", chosen and f"config of {chosen}", 1, (), index, (*listed, *filter(None, [chosen])))


#: What somebody has beside v001, which is d1; the labels of all; what goes
LISTED = [
    # A list of others that has the image in it cannot do without it.
    ({"multi": ("i1", "d2", "d1")}, {"d1": MINE, "d2": {}}, []),
    ({"multi": ("i1", "d1", "d2")}, {"d1": MINE, "d2": {}}, []),
    ({"multi": ("i1", "d2", "d3")}, {"d1": MINE, "d2": {}, "d3": {}}, ["v001"]),
    # One without an image for this processor has the labels of another.
    ({"v002": ("i1", "d2", "d3", "")}, {"d1": {}, "d2": {}, "d3": {**MINE, "classroom.image": "ashuflask:v002"}}, ["v002"]),
]


@pytest.mark.parametrize(("beside", "labels", "removed"), LISTED)
def test_lists_of_images(beside, labels, removed):
    content = Lists({"ashu/ashuflask": {"v001": "d1", **beside}}, labels)
    said = run({**PARAMS, "name_label": "classroom.image"}, content, False)
    assert said["removed"] == [f"r:5000/ashu/ashuflask:{tag}" for tag in removed]
    assert said["unread"] == []


def test_a_list_that_lacks_a_part_needs_the_others():
    content = Content({"a": {"v001": "d1", "multi": "i1"}}, {"d1": MINE})
    read = content.manifest

    def manifest(repository, tag):
        if tag == "multi":
            raise IncompleteError("it is not there", ("d0", "d1"))
        return read(repository, tag)

    content.manifest = manifest
    said = run(PARAMS, content, False)
    assert (said["removed"], said["kept"], [each["name"] for each in said["unread"]]) == ([], ["r:5000/a:v001"], ["r:5000/a:multi"])


def test_two_tags_of_one_image_go_at_once():
    said, deleted = prune({"a": {"1": "d1", "2": "d1"}}, {"d1": MINE})
    assert said["removed"] == ["r:5000/a:1", "r:5000/a:2"]
    assert deleted == [("a", "d1")]


def test_check_mode_says_the_same_and_removes_nothing():
    said, deleted = prune({"a": {"1": "d1"}}, {"d1": MINE}, check_mode=True)
    assert said["changed"] and said["removed"] == ["r:5000/a:1"] and said["diff"]["before"] == "r:5000/a:1\n"
    assert deleted == []


def test_every_label_counts():
    said, _deleted = prune({"a": {"1": "d1"}}, {"d1": MINE}, labels={"classroom.class": "monday", "classroom.lab": "flask_image"})
    assert said["removed"] == []


@pytest.mark.parametrize(
    ("except_labels", "removed"),
    [
        ({}, ["r:5000/a:1", "r:5000/b:1"]),
        ({"classroom.student": []}, ["r:5000/a:1", "r:5000/b:1"]),
        ({"classroom.student": ["7", "zoe"]}, ["r:5000/a:1", "r:5000/b:1"]),
        ({"classroom.student": ["zoe", "omar"]}, ["r:5000/a:1"]),
        ({"classroom.student": [12]}, ["r:5000/b:1"]),
        ({"classroom.student": ["omar"], "classroom.class": ["monday"]}, []),
    ],
)
def test_what_carries_an_excepted_label_stays(except_labels, removed):
    found = {"d1": {**MINE, "classroom.student": "12"}, "d2": {**MINE, "classroom.student": "omar"}}
    said, _deleted = prune({"a": {"1": "d1"}, "b": {"1": "d2"}}, found, except_labels=except_labels)
    assert (said["removed"], said["kept"]) == (removed, [])


@pytest.mark.parametrize("value", [["omar"], {"omar": 1}, None, 12])
def test_a_label_that_is_no_text_is_nobodys(value):
    said, _deleted = prune({"a": {"1": "d1"}}, {"d1": {**MINE, "classroom.student": value}}, except_labels={"classroom.student": ["omar", "12", "None"]})
    assert said["removed"] == ["r:5000/a:1"]


def test_excepted_values_are_a_list():
    with pytest.raises(ClassroomError, match="except_labels.classroom.student: 'omar': it is a list"):
        prune({"a": {"1": "d1"}}, {"d1": MINE}, except_labels={"classroom.student": "omar"})


def test_without_labels_nothing_is_asked():
    with pytest.raises(ClassroomError, match="labels: .*at least one"):
        prune({"a": {"1": "d1"}}, {"d1": MINE}, labels={})


class Odd(Content):
    """One in which the tag odd cannot be read."""

    def __init__(self, tags, labels, error):
        super().__init__(tags, labels)
        self._error = error

    def manifest(self, repository, tag):
        if tag == "odd":
            raise self._error
        return super().manifest(repository, tag)


@pytest.mark.parametrize("error", [RegistryError("not JSON"), UnsupportedError("no image")])
def test_what_cannot_be_read_is_named_and_keeps_nothing_in_it(error):
    content = Odd({"a": {"odd": "d2", "v001": "d1"}, "b": {"v001": "d1"}}, {"d1": MINE}, error)
    said = run(PARAMS, content, check_mode=False)
    assert said["removed"] == ["r:5000/a:v001", "r:5000/b:v001"]
    assert said["unread"] == [{"name": "r:5000/a:odd", "reason": str(error)}]


@pytest.mark.parametrize("error", [UnreachableError("away"), CredentialsError("refused")])
def test_a_registry_that_does_not_answer_is_an_error(error):
    content = Odd({"a": {"odd": "d2"}}, {}, error)
    with pytest.raises(type(error)):
        run(PARAMS, content, check_mode=False)


@pytest.mark.parametrize("configuration", [[], "x", None, {"config": "x"}, {"config": None}, {"config": {"Labels": ["x"]}}, {"config": {"Labels": None}}])
def test_a_configuration_that_is_none_has_no_labels(configuration):
    content = Content({"a": {"1": "d1"}}, {})
    content.configuration = lambda _repository, _digest: configuration
    said = run(PARAMS, content, check_mode=False)
    assert said["removed"] == said["unread"] == []
