# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose things on a shared engine are."""

from __future__ import annotations

import pytest
from ansible_collections.classroom.containers.plugins.plugin_utils._claims import engine_objects, strangers, ungraded

SUBJECTS = {
    **{("container", name): "omar" for name in ("omarx2", "omars1", "omars1-pid")},
    ("container", "omx2"): "om",
    ("network", "omarbr1"): "omar",
    ("image", "omarflask:v001"): "omar",
}


def labels(student, class_name="monday", lab="container_limits", **more):
    return {"classroom.class": class_name, "classroom.student": student, "classroom.lab": lab, **more}


def found(containers=(), networks=(), images=(), present=("om", "omar"), absent=("zoe",), elsewhere=None):
    listed = engine_objects(
        [{"name": name, "labels": its} for name, its in containers],
        [{"Name": name, "Labels": its} for name, its in networks],
        [{"RepoTags": names, "Labels": its} for names, its in images],
    )
    return [(row["kind"], row["name"], row["students"], row["why"]) for row in strangers(listed, SUBJECTS, "monday", present, absent, elsewhere or {})]


#: Name and labels of a container, and who claims it; nothing where it is one student's, or of no concern
CONTAINERS = [
    ("omarx2", {}, None),
    ("omarx2", None, None),
    ("omarx2", labels("omar"), None),
    ("omarx2", {"classroom.student": "omar"}, None),
    ("omarx2", labels("om"), ["om", "omar"]),
    # Anybody can write that on a container; it takes the class, too.
    ("omarx2", {"classroom.student": "om"}, None),
    ("omarx2", labels("omar", "tuesday"), ["omar"]),
    ("bobx2", {}, ["bob"]),
    ("bobs1-pid", {}, ["bob"]),
    ("zoex2", {}, ["zoe"]),
    ("web", labels("bob"), ["bob"]),
    ("bobx2", labels("bob", "tuesday"), None),
    ("web", {}, None),
    ("omarx1", {}, None),
    ("x2", {}, None),
    ("-x2", {}, None),
    ("monday-proof-x2", labels("monday", lab="container_limits_proof"), None),
    # It was run from an image that a lab has labels on.
    ("omarx2", labels("om", **{"classroom.image": "omflask:v001"}), None),
    ("omarx2", labels("om", **{"classroom.image": "omflask:v001", "com.docker.compose.service": "omarx2"}), ["om", "omar"]),
]


@pytest.mark.parametrize(("name", "its", "students"), CONTAINERS)
def test_containers(name, its, students):
    assert [(row[1], row[2]) for row in found([(name, its)])] == ([(name, students)] if students else [])


def test_networks_and_images():
    rows = found(
        networks=[("bobbr1", {}), ("omarbr1", labels("om")), ("bridge", {})],
        images=[(["bobflask:v001", "registry:5000/bob/bobflask:v001"], None), (["omarflask:v001"], labels("omar")), (None, labels("zoe"))],
    )
    assert [row[:3] for row in rows] == [
        ("network", "bobbr1", ["bob"]),
        ("network", "omarbr1", ["om", "omar"]),
        ("image", "bobflask:v001", ["bob"]),
    ]


@pytest.mark.parametrize(
    ("name", "its", "why"),
    [
        ("bobx2", {}, "its name begins with bob, whom the class does not have"),
        ("zoex2", {}, "its name begins with zoe, who has left the class"),
        ("web", labels("zoe"), "its label classroom.student names zoe, who has left the class"),
        ("omarx2", labels("om"), "it is named as omar's, and its label classroom.student says om"),
        ("omarx2", labels("omar", "tuesday"), "it is named as omar's, and its label classroom.class says that it is of the class tuesday"),
    ],
)
def test_why(name, its, why):
    assert [row[3] for row in found([(name, its)])] == [why]


@pytest.mark.parametrize(("name", "how"), [("bobx2", "its name begins with"), ("zoex2", "its name begins with")])
def test_one_who_sits_elsewhere(name, how):
    assert [row[3] for row in found([(name, {})], elsewhere={"bob": "docker2", "zoe": "docker2"})] == [f"{how} {name[:3]}, who sits on docker2"]
    assert [row[3] for row in found([("web", labels(name[:3]))], elsewhere={name[:3]: "docker2"})] == [
        f"its label classroom.student names {name[:3]}, who sits on docker2"
    ]


def test_nothing_is_known_of_a_lab_without_findings():
    assert strangers(engine_objects([{"name": "bobx2", "labels": {}}], [], []), {}, "monday", ["om"]) == []


def test_only_what_is_claimed_twice_loses_its_grade():
    findings = [
        {"subject": name, "kind": kind, "verdict": "ok", "outcome": "pass", "evidence": ["a"], "hint": "", "student": "omar"}
        for kind, name in (("container", "omarx2"), ("container", "omars1"), ("network", "omarx2"))
    ]
    why = "it is named as omar's, and its label classroom.student says om"
    one, *others = ungraded(findings, [{"kind": "container", "name": "omarx2", "why": why}])
    assert (one["verdict"], one["outcome"], one["evidence"][0]) == ("unverifiable", "could_not_check", "a")
    assert "omarx2 is claimed twice: it is named as omar's" in one["hint"]
    assert others == findings[1:]


def test_what_is_of_another_kind_claims_nothing():
    """A network that is named as somebody's container, and a container as somebody's network."""
    assert found(networks=[("omarx2", labels("om"))]) == []
    assert found([("omarbr1", labels("om"))]) == []
