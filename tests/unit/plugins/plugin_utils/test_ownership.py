# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What of an engine belongs to a lab: what the collection made, and nothing that only looks like it."""

from __future__ import annotations

import pytest
from ansible_collections.classroom.containers.plugins.plugin_utils import _ownership

LAB = "container_limits"


def listed(name, student="ashu", **labels):
    """A container as the engine lists it; a label of None is left out."""
    known = {
        "com.docker.compose.project": f"docker101-{LAB}",
        "com.docker.compose.service": name,
        "classroom.class": "docker101",
        "classroom.lab": LAB,
        "classroom.student": student,
    }
    known.update({key.replace("__", "."): value for key, value in labels.items()})
    return {"Names": [f"/{name}"], "Image": "busybox", "Labels": {key: value for key, value in known.items() if value is not None}}


def owned(*items, student="", class_name="docker101", students=("ashu", "priya")):
    return _ownership.ownership(list(items), [{"name": f"{student}x1", "student": student} for student in students], class_name, LAB, student)


def test_what_was_made_is_owned_whoever_left():
    found = owned(listed("priyax1", "priya"), listed("ashux1"), listed("zoex1", "zoe"))
    assert found == {
        "owned": ["ashux1", "priyax1", "zoex1"],
        "foreign": [],
        "labs": {},
    }


NOT_OURS = {
    "no labels": {"Names": ["/ashux1"], "Image": "busybox", "Labels": {}},
    "labels of null": {"Names": ["/ashux1"], "Image": "busybox", "Labels": None},
    "another project": listed("ashux1", com__docker__compose__project="shop"),
    "only the project": listed("ashux1", classroom__class=None, classroom__lab=None, com__docker__compose__service=None),
    "no service": listed("ashux1", com__docker__compose__service=None),
    "another class": listed("ashux1", classroom__class="docker102"),
    "another lab": listed("ashux1", classroom__lab="restart_policy"),
    "only our labels": listed("ashux1", com__docker__compose__project=None),
}


@pytest.mark.parametrize("case", NOT_OURS)
def test_what_lacks_one_label_is_not_ours(case):
    assert owned(NOT_OURS[case]) == {"owned": [], "foreign": ["ashux1"], "labs": {}}


def test_what_the_class_made_for_another_lab_is_told_as_such():
    other = {"classroom__lab": "restart_policy", "com__docker__compose__project": "docker101-restart_policy"}
    mine = dict(listed("priyax1", "priya"), Labels=listed("ashux1", **other)["Labels"])
    found = owned(listed("ashux1", **other), listed("zoex9", **other), mine)
    assert found == {"owned": [], "foreign": ["ashux1", "priyax1"], "labs": {"ashux1": "restart_policy"}}


@pytest.mark.parametrize("item", [{"Names": ["/shop"], "Labels": {}}, {"Names": None, "Labels": {}}, {"Names": ["/shop", "/shop/ashux1"], "Labels": {}}])
def test_what_has_another_name_is_nobodys_matter(item):
    assert owned(dict(item, Image="busybox")) == {"owned": [], "foreign": [], "labs": {}}


def test_a_container_made_of_a_committed_one_is_left_with_the_one_it_came_from():
    mine = dict(listed("mywork"), Labels=listed("ashux1")["Labels"])
    found = owned(listed("ashux1"), mine, listed("priyax1", "priya"))
    assert (found["owned"], found["foreign"]) == (["priyax1"], ["ashux1", "mywork"])


def test_one_student_is_not_another_whose_name_begins_so():
    items = [listed("ashx1", "ash"), listed("ashux1", "ashu")]
    assert owned(*items, student="ash", students=("ash", "ashu"))["owned"] == ["ashx1"]


def test_one_who_left_may_be_named():
    items = [listed("ashux1"), listed("zoex1", "zoe")]
    assert owned(*items, student="zoe")["owned"] == ["zoex1"]


def test_scratch_containers_are_owned_but_by_no_student():
    scratch = listed("docker101-proof-oom", "docker101", com__docker__compose__project=f"docker101-{LAB}_proof", classroom__lab=f"{LAB}_proof")
    assert owned(scratch)["owned"] == ["docker101-proof-oom"]
    assert owned(scratch, student="ashu")["owned"] == []


def test_classes_whose_projects_have_one_name_do_not_own_each_other():
    item = listed("ashux1", com__docker__compose__project=f"docker_101-{LAB}", classroom__class="docker.101")
    assert owned(item, class_name="docker.101")["owned"] == ["ashux1"]
    assert owned(item, class_name="docker_101") == {"owned": [], "foreign": ["ashux1"], "labs": {}}
