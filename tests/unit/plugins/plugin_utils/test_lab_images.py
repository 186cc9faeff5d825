# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.plugin_utils._compose import compose_project
from ansible_collections.classroom.containers.plugins.plugin_utils._lab_containers import container_requirements
from ansible_collections.classroom.containers.plugins.plugin_utils._lab_images import (
    image_builds,
    image_comparison,
    image_containers,
    image_ownership,
    image_requirements,
    lab_images,
)

PAGES = [{"path": "/", "contains": ["Hello"]}]
ANSWERS = [
    {"name": "v001", "container": "c1", "pages": PAGES},
    {"name": "v002", "files": [{"path": "message.txt", "content": "two"}], "image": {"size_max": "70MB"}},
]
REGISTRY = "registry.classroom.internal:5000"


def images(answers=None, students=("ashu", "priya"), steps=("v001", "v002"), port_base=12300, registry=REGISTRY, name="monday"):
    return lab_images(ANSWERS if answers is None else answers, "flask_image", name, list(students), list(steps), port_base, registry)


def test_every_student_has_every_step():
    made = images()
    assert [image["name"] for image in made] == ["ashuflask:v001", "ashuflask:v002", "priyaflask:v001", "priyaflask:v002"]
    assert [image["pushed_as"] for image in made][:2] == [f"{REGISTRY}/ashu/ashuflask:v001", f"{REGISTRY}/ashu/ashuflask:v002"]
    assert [(image["container"], image["port"]) for image in made] == [("ashuc1", 12310), ("", None), ("priyac1", 12320), ("", None)]


def test_without_a_registry_nothing_is_pushed():
    assert {image["pushed_as"] for image in images(registry="")} == {""}
    assert image_builds(images(registry=""), "/c", {})[0]["tags"] == ["ashuflask:v001"]
    assert "pushed_as" not in image_requirements(images(registry=""), {})[0]


def edited(file):
    return [{"name": "v001", "files": [file]}]


def paged(page):
    return [{"name": "v001", "container": "c1", "pages": [page]}]


WRONG = {
    "no answers": ({"steps": ["v003"]}, "flask_image_steps: 'v003' is not a step of the lab: v001, v002"),
    "no steps": ({"steps": []}, r"flask_image_steps: \[\]: it is a list of at least one step"),
    "a step twice": ({"steps": ["v001", "v001"]}, "flask_image_steps: 'v001' is there twice"),
    "an answer twice": ({"answers": [{"name": "v001"}] * 2}, r"flask_image_answers\[1\]: 'v001' is there already"),
    "a key": ({"answers": [{"name": "v001", "tag": "x"}]}, r"flask_image_answers\[0\]: tag: an answer has container, files, image, name, pages, version"),
    "no name": ({"answers": [{"version": "1"}]}, r"flask_image_answers\[0\]: .* an answer has a name"),
    "a tag": ({"answers": [{"name": ".v1"}], "steps": [".v1"]}, r"flask_image_answers \(.v1\): .* a tag begins with"),
    "a registry": ({"registry": "regi stry:5000"}, r"flask_image_answers \(v001\): .* is not the name of an image"),
    "answers that are no list": ({"answers": {"name": "v001"}}, "flask_image_answers: .*it is a list of answers"),
    "a path that leaves": ({"answers": edited({"path": "../x", "content": "x"})}, r"flask_image_answers\[0\].files\[0\]: .*inside of the source"),
    "an absolute path": ({"answers": edited({"path": "/x", "content": "x"})}, r"files\[0\]: .*inside of the source"),
    "a file without content": ({"answers": edited({"path": "x"})}, r"files\[0\]: .*a content, which is a text"),
    "a content that YAML reads as a number": ({"answers": edited({"path": "x", "content": 1.10})}, r"files\[0\]: .*in quotes"),
    "an edit that leaves nothing to look for": ({"answers": edited({"path": "x", "content": "\n"})}, r"files\[0\]: .*a content, which is a text"),
    "a container's name": ({"answers": [{"name": "v001", "container": "c 1", "pages": PAGES}]}, r"\[0\].container: 'c 1'"),
    "a container that serves nothing": ({"answers": [{"name": "v001", "container": "c1"}]}, r"a container has pages to look at"),
    "pages of nobody": ({"answers": [{"name": "v001", "pages": PAGES}]}, r"pages need a container"),
    "a page's path": ({"answers": paged({"path": "x"})}, r"flask_image_answers\[0\].pages\[0\]: path: 'x': a path begins with /"),
    "a page's key": ({"answers": paged({"text": "x"})}, r"flask_image_answers\[0\].pages\[0\]: text: it has contains, path, sha256, status, timeout and"),
    "a page's port": ({"answers": paged({"port": 80})}, r"pages\[0\]: port: it has"),
    "a page's status": ({"answers": paged({"status": "abc"})}, r"flask_image_answers\[0\].pages\[0\].status: 'abc': .*int"),
    "a page's time": ({"answers": paged({"timeout": -4})}, r"pages\[0\]: timeout.*-4"),
    "a page that is none": ({"answers": paged("/")}, r"pages\[0\]: '/': it is a dictionary with"),
    "an image's key": ({"answers": [{"name": "v001", "image": {"size_mx": "60MB"}}]}, r"_answers\[0\].image: size_mx: it has archive, base, .* and nothing"),
    "an image's type": ({"answers": [{"name": "v001", "image": {"layers_max": "x"}}]}, r"flask_image_answers\[0\].image.layers_max: 'x': .*int"),
    "an image that is none": ({"answers": [{"name": "v001", "image": ["x"]}]}, r"flask_image_answers\[0\].image: \['x'\]: it is a dictionary with"),
    "a class": ({"name": "My class"}, "classroom_name: 'My class'"),
    "ports that others have": ({"port_base": 80}, "classroom_port_base: 80: it is a number from 1024 to"),
    "ports that are none": ({"port_base": 63027}, "classroom_port_base: 63027: it is a number from 1024 to 63026"),
    "ports in words": ({"port_base": "12300"}, "classroom_port_base: '12300'"),
}


@pytest.mark.parametrize("case", WRONG)
def test_refused(case):
    wrong, message = WRONG[case]
    with pytest.raises(ClassroomError, match=message):
        images(**{"steps": ["v001"], **wrong} if "answers" in wrong else wrong)


def test_the_last_port_of_the_last_seat_is_a_port():
    last = images(students=[{"name": "zoe", "seat": 250}], port_base=63026)[0]
    assert last["port"] + 9 == 65535


def test_more_containers_than_ports():
    answers = [{"name": f"v{number}", "container": f"c{number}", "pages": PAGES} for number in range(11)]
    with pytest.raises(ClassroomError, match="'v10' has a container, and a seat has 10 ports for this lab"):
        images(answers, steps=[answer["name"] for answer in answers])


@pytest.mark.parametrize(
    ("students", "containers"),
    [(["ashu"], ["c1", "c1"]), (["a", "ab"], ["bc1", "c1"])],
)
def test_two_containers_of_one_name(students, containers):
    answers = [{"name": f"v{number}", "container": container, "pages": PAGES} for number, container in enumerate(containers)]
    with pytest.raises(ClassroomError, match="flask_image_answers: the container '(ashuc1|abc1)' would be both"):
        images(answers, students, steps=["v0", "v1"])


def test_a_foreign_layer_is_in_the_way_of_one_student_too():
    others = {"Id": "sha256:9", "RepoTags": ["common:flasklayer"], "Labels": {}}
    assert image_ownership([others], images(), "monday", "flask_image", "ashu", ["common:flasklayer"], notes=NOTES)["foreign"] == ["common:flasklayer"]


def test_other_labels_do_not_make_it_anybodys():
    asked = image_requirements(images(), {"labels": {"course": "x", "maintainer": "anybody"}})
    assert asked[0]["labels"] == {"course": "x", "maintainer": "ashu"}


#: What is asked of all images and of one, and what the message says
WRONG_ASKED = {
    "a key": ({"usr": "65532"}, {}, "^flask_image_requirements: usr: it has archive, base, .* and nothing else"),
    "whose it is": ({"student": "ashu"}, {}, "^flask_image_requirements: student: it has"),
    "a type": ({"files": [{"path": "/x", "executable": "maybe"}]}, {}, r"^flask_image_requirements.files: \[.*maybe"),
    "labels": ({"labels": ["x"]}, {}, r"^flask_image_requirements.labels: \['x'\]"),
    "a size": ({"size_max": [1]}, {}, r"^flask_image_requirements: size_max: '\[1\]'"),
    "a label": ({"labels": {"debug": True}}, {}, "^flask_image_requirements: labels: debug: its value is no text"),
    "of one": ({"size_max": "60MB"}, {"size_max": "60 bananas"}, r"^flask_image_answers \(v001\).image: size_max: '60 bananas'"),
}


@pytest.mark.parametrize("case", WRONG_ASKED)
def test_what_cannot_be_asked_of_an_image(case):
    of_all, of_one, message = WRONG_ASKED[case]
    made = images([{"name": "v001", "image": of_one}], steps=["v001"])
    with pytest.raises(ClassroomError, match=message):
        image_requirements(made, of_all)


def test_what_all_have_may_be_asked_of_one_not_to_be():
    (asked, *_others) = image_requirements(images([{"name": "v001", "image": {"user": None}}], steps=["v001"]), {"user": 65532, "no_secrets": "yes"})
    assert asked["user"] is None and asked["no_secrets"] is True


def test_containers_are_like_those_of_other_labs():
    (first, second) = image_containers(images(), 5000)
    assert (first["name"], first["image"], first["ports"]) == ("ashuc1", "ashuflask:v001", ["12310:5000"])
    assert first["pages"] == [{**page, "port": 5000} for page in PAGES]
    assert second["ports"] == ["12320:5000"]


def test_builds_differ_in_labels_only():
    layer, *builds = image_builds(images(), "/c", {"base": "b"}, [{"name": "common:flasklayer", "stage": "flasklayer"}])
    assert layer["tags"] == ["common:flasklayer"] and layer["target"] == "flasklayer"
    assert layer["labels"] == {"classroom.class": "monday", "classroom.lab": "flask_image", "classroom.image": "common:flasklayer"}
    assert [build["context"] for build in builds] == ["/c/v001", "/c/v002"] * 2
    assert builds[0]["tags"] == ["ashuflask:v001", f"{REGISTRY}/ashu/ashuflask:v001"]
    assert builds[0]["labels"]["maintainer"] == "ashu" and builds[2]["labels"]["maintainer"] == "priya"
    assert {key: value for key, value in builds[0].items() if key not in ("tags", "labels")} == {
        key: value for key, value in builds[2].items() if key not in ("tags", "labels")
    }


def test_what_the_class_has_in_common():
    commons = [{"name": "common:builder", "stage": "builder", "step": "v002"}, {"name": "common:course", "args": {"base": "d"}}]
    first, second, *builds = image_builds(images(), "/c", {"base": "b", "builder": "x"}, commons)
    assert (first["context"], first["target"], first["args"]) == ("/c/v002", "builder", {"base": "b", "builder": "x"})
    assert (second["context"], second["target"], second["args"]) == ("/c/v001", "", {"base": "d", "builder": "x"})
    assert second["labels"]["classroom.image"] == "common:course" and "classroom.student" not in second["labels"]
    assert len(builds) == 4
    assert image_builds([], "/c", {}, commons) == []


def test_two_labs_take_other_names_and_other_ports():
    made = lab_images(ANSWERS, "distroless_image", "monday", ["ashu"], ["v001"], 12300, suffix="distroless", first_port=5)
    assert [(image["name"], image["port"], image["container"]) for image in made] == [("ashudistroless:v001", 12315, "ashuc1")]
    answers = [{"name": f"v{number}", "container": f"c{number}", "pages": PAGES} for number in range(6)]
    with pytest.raises(ClassroomError, match="'v5' has a container, and a seat has 5 ports for this lab"):
        lab_images(answers, "distroless_image", "monday", ["ashu"], [answer["name"] for answer in answers], 12300, first_port=5)


def test_hardened_containers():
    (plain, _other), (hardened, _another) = image_containers(images(), 5000), image_containers(images(), 5000, hardened=True)
    assert "read_only" not in plain and "cap_drop" not in plain
    assert (hardened["read_only"], hardened["cap_drop"]) == (True, ["ALL"])
    service = compose_project([plain, hardened], "monday", "x")["services"][hardened["name"]]
    assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
    asked = container_requirements([plain, hardened])
    assert [(each.get("read_only"), each.get("cap_drop")) for each in asked] == [(None, None), (True, ["ALL"])]


def test_requirements():
    asked = image_requirements(images(), {"size_max": "60MB", "user": "65532"})
    assert asked[0] == {
        "name": "ashuflask:v001",
        "student": "ashu",
        "lab": "flask_image",
        "step": "v001",
        "labels": {"maintainer": "ashu"},
        "size_max": "60MB",
        "user": "65532",
        "pushed_as": f"{REGISTRY}/ashu/ashuflask:v001",
    }
    assert asked[1]["size_max"] == "70MB"
    assert set(image_requirements(images(), {"size_max": "60MB"}, ["pushed_as"])[0]) == {"name", "student", "lab", "step", "pushed_as"}


def test_the_edits_are_asked_for():
    asked = image_requirements(images(), {}, root="/webapp")
    assert "files" not in asked[0]
    assert asked[1]["files"] == [{"path": "/webapp/message.txt", "contains": ["two"]}]


def listed(name, image_id="sha256:1", **labels):
    defaults = {"class": "monday", "lab": "flask_image", "student": "ashu", "step": "v001", "image": "ashuflask:v001"}
    given = {f"classroom.{key}": value for key, value in {**defaults, **labels}.items() if value}
    return {"Id": image_id, "RepoTags": name if isinstance(name, list) else [name], "Labels": given}


NOTES = {"ashuflask:v001": {"key": "k", "id": "sha256:1", "earlier": ["sha256:used"]}}

#: What the engine has, and what that is.
OWNED = {
    "its own": (listed("ashuflask:v001"), "owned", ["ashuflask:v001"]),
    "with the name at the registry": (
        listed(["ashuflask:v001", f"{REGISTRY}/ashu/ashuflask:v001"]),
        "owned",
        ["ashuflask:v001", f"{REGISTRY}/ashu/ashuflask:v001"],
    ),
    "of one who left": (listed("zoeflask:v001", student="zoe", image="zoeflask:v001"), "owned", ["zoeflask:v001"]),
    "of an earlier step": (listed("ashuflask:v009", image="ashuflask:v009"), "owned", ["ashuflask:v009"]),
    "that lost its name": (listed(["<none>:<none>"]), "owned", ["sha256:1"]),
    "that never had one": ({**listed("x"), "RepoTags": None}, "owned", ["sha256:1"]),
    "the common layer": (listed("common:flasklayer", student="", step="", image="common:flasklayer"), "owned", ["common:flasklayer"]),
    "in use": (listed("ashuflask:v001", image_id="sha256:used"), "used", ["ashuflask:v001"]),
    "made of it, and put in its place": (listed("ashuflask:v001", image_id="sha256:2"), "foreign", ["ashuflask:v001"]),
    "made of it, without a name": (listed(["<none>:<none>"], image_id="sha256:2"), "", []),
    "a student's own": ({"Id": "sha256:1", "RepoTags": ["ashuflask:v001"], "Labels": None}, "foreign", ["ashuflask:v001"]),
    "built on top of the layer": (listed("ashuflask:v001", image="common:flasklayer"), "foreign", ["ashuflask:v001"]),
    "a copy of another student's": (listed("ashuflask:v001", student="priya", image="priyaflask:v001"), "foreign", ["ashuflask:v001"]),
    "of another class": (listed("ashuflask:v001", **{"class": "tuesday"}), "foreign", ["ashuflask:v001"]),
    "of another lab": (listed("ashuflask:v001", lab="distroless_image"), "foreign", ["ashuflask:v001"]),
    "the common layer of others": ({"Id": "sha256:1", "RepoTags": ["common:flasklayer"], "Labels": {}}, "foreign", ["common:flasklayer"]),
    "another name of its own": (listed("mine:v1"), "", []),
    "nothing of the lab": ({"Id": "sha256:1", "RepoTags": ["debian:12"], "Labels": None}, "", []),
}


@pytest.mark.parametrize("case", OWNED)
def test_ownership(case):
    item, kind, names = OWNED[case]
    told = image_ownership([item], images(), "monday", "flask_image", "", ["common:flasklayer"], [{"ImageID": "sha256:used"}], NOTES)
    assert told == {"owned": [], "used": [], "foreign": [], **({kind: names} if kind else {})}


def test_ownership_of_one_student():
    everything = [
        listed("ashuflask:v001"),
        listed("priyaflask:v001", student="priya", image="priyaflask:v001"),
        listed("common:flasklayer", student="", step="", image="common:flasklayer"),
    ]
    told = image_ownership(everything, images(), "monday", "flask_image", "ashu", ["common:flasklayer"], notes=NOTES)
    assert told == {"owned": ["ashuflask:v001"], "used": [], "foreign": []}


def test_side_by_side():
    images = [
        {"name": "b:1", "size": 2, "layers": 2, "packages": 3, "files": 4, "setuid": ["/su"]},
        {"name": "a:1", "size": 1, "layers": 0, "packages": None, "files": None, "setuid": None},
    ]
    compare = [{"image": "a:1", "title": "one"}, {"image": "none:1", "title": "none"}, {"image": "b:1", "title": "two"}]
    assert image_comparison(compare, images) == [
        {"title": "one", "image": "a:1", "size": 1, "layers": 0, "packages": None, "files": None, "setuid": None},
        {"title": "two", "image": "b:1", "size": 2, "layers": 2, "packages": 3, "files": 4, "setuid": 1},
    ]
    assert image_comparison(compare, []) == []
