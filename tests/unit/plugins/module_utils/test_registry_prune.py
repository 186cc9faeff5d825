# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which images of a registry go, and which stay. The registry itself is asked in tests/acceptance."""

from __future__ import annotations

import pytest
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.module_utils._registry import Manifest
from ansible_collections.classroom.containers.plugins.module_utils._registry_prune import run

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
    said = run({"labels": {"classroom.class": "monday"}, "name_label": None, **params}, content, check_mode)
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


def test_without_labels_nothing_is_asked():
    with pytest.raises(ClassroomError, match="labels: .*at least one"):
        prune({"a": {"1": "d1"}}, {"d1": MINE}, labels={})
