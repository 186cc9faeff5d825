# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an answer asks beside what its lab is about: refused, made by Compose, compared, and taken away again."""

from __future__ import annotations

import pytest
from ansible_collections.classroom.containers.plugins.module_utils._container_check import check
from ansible_collections.classroom.containers.plugins.module_utils._engine import Engine
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.plugin_utils import _compose, _lab_containers, _ownership

LAB = "container_limits"
DATA = {"type": "volume", "source": "data", "target": "/data", "read_only": True}
SRV = {"type": "bind", "source": "/srv/$x", "target": "/srv"}
RUN = {"type": "tmpfs", "target": "/run"}
ANSWER = {
    "name": "x2",
    "command": ["sleep", 3600],
    "limits": {"memory": "100m"},
    "environment": {"COLOR": "$blue", "SIZE": 7, "DB_PASSWORD": "geheim1"},
    "mounts": [DATA, SRV, RUN],
    "cap_add": ["cap_net_admin"],
    "compare": ["image", "command"],
}


def containers(*answers, students=("ashu",), **more):
    answers = [{"name": "x2", **answer} for answer in answers or (ANSWER,)]
    return _lab_containers.lab_containers(answers, LAB, "docker101", list(students), [answer["name"] for answer in answers], "busybox", **more)


def test_what_compose_is_told():
    project = _compose.compose_project(containers(students=("ashu", "priya")), "docker101", LAB)
    service = project["services"]["ashux2"]
    assert service["environment"] == {"COLOR": "$$blue", "SIZE": "7", "DB_PASSWORD": "geheim1"}
    (odd,) = _compose.compose_project(containers({"environment": {"A$B": "$c"}}), "docker101", LAB)["services"].values()
    assert odd["environment"] == {"A$B": "$$c"}, "Compose takes no variables in a key"
    assert service["cap_add"] == ["NET_ADMIN"]
    assert service["volumes"] == [
        {"type": "volume", "source": "ashudata", "target": "/data", "read_only": True},
        {"type": "bind", "source": "/srv/$$x", "target": "/srv", "read_only": False, "bind": {"create_host_path": False}},
    ]
    assert service["tmpfs"] == ["/run"]
    assert list(project["volumes"]) == ["ashudata", "priyadata"]
    assert project["volumes"]["ashudata"] == {
        "name": "ashudata",
        "labels": {"classroom.class": "docker101", "classroom.lab": LAB, "classroom.student": "ashu", "classroom.step": "x2"},
    }


def test_nothing_is_said_of_what_is_not_asked():
    made = containers({"command": ["sleep", "1"]})
    project = _compose.compose_project(made, "docker101", LAB)
    assert "volumes" not in project
    assert not {"environment", "cap_add", "volumes", "tmpfs"} & set(project["services"]["ashux2"])
    assert _lab_containers.settings_requirements(made) == []
    assert not {"environment", "cap_add", "mounts", "image", "command"} & set(_lab_containers.container_requirements(made)[0])


def test_what_is_compared():
    (asked,) = _lab_containers.settings_requirements(containers())
    assert asked == {
        "name": "ashux2",
        "student": "ashu",
        "lab": LAB,
        "step": "x2",
        "environment": {"COLOR": "$blue", "SIZE": "7", "DB_PASSWORD": "geheim1"},
        "mounts": [
            {"type": "volume", "source": "ashudata", "target": "/data", "read_only": True},
            {"type": "bind", "source": "/srv/$x", "target": "/srv", "read_only": False},
            {"type": "tmpfs", "source": "", "target": "/run", "read_only": False},
        ],
        "cap_add": ["NET_ADMIN"],
        "image": "busybox",
        "command": ["sleep", "3600"],
        "create_command": (
            "docker run --detach --name ashux2 --memory 100m --cap-add NET_ADMIN --env 'COLOR=$blue' --env SIZE=7 --env DB_PASSWORD "
            "--volume ashudata:/data:ro --volume '/srv/$x:/srv' --tmpfs /run busybox sleep 3600"
        ),
    }
    (also,) = _lab_containers.container_requirements(containers())
    assert {**asked, "state": "running", "restart_policy": "no"} == also
    assert _lab_containers.limit_requirements(containers())[0]["create_command"] == asked["create_command"]


def test_the_module_takes_what_is_asked(tmp_path):
    """The same values are parsed on the host."""
    found = check(_lab_containers.settings_requirements(containers()), Engine(f"unix://{tmp_path}/none", 1), None)
    assert [each.attribute for each in found] == ["image", "command", *["environment"] * 3, "cap_add", *["mounts"] * 3]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"command": ["x"]}, "docker run --detach --name ashux2 busybox x"),
        ({"command": ["x", "--password", "geheim"]}, "docker run --detach --name ashux2 busybox x --password '***'"),
        ({}, "docker run --detach --interactive --tty --name ashux2 busybox"),
        ({"restart_policy": "on-failure:3"}, "--name ashux2 --restart on-failure:3 busybox"),
        ({"network_mode": "host"}, "--network host busybox"),
        ({"network_mode": "bridge"}, "--name ashux2 busybox"),
        ({"namespaces": {"pid": "host", "ipc": "shareable"}}, "--pid host --ipc shareable busybox"),
    ],
)
def test_the_command_that_a_student_types(answer, words):
    assert _lab_containers.container_requirements(containers(answer))[0]["create_command"].endswith(words)


#: What is wrong, and words of the message
WRONG = [
    ({"environment": ["A=1"]}, ".environment: it is a dictionary"),
    ({"environment": {"A B=": "x"}}, ".environment: 'A B=' is not the name"),
    ({"environment": {"DEBUG": True}}, ".environment: DEBUG: its value is no text"),
    ({"mounts": DATA}, ".mounts: {"),
    ({"mounts": ["data:/data"]}, ".mounts[0]: 'data:/data': it has type, target"),
    ({"mounts": [{"type": "bind", "source": "/x"}]}, ".mounts[0]: {"),
    ({"mounts": [DATA, dict(DATA, size=1)]}, ".mounts[1]: {"),
    ({"mounts": [dict(DATA, type="nfs")]}, ".mounts[0]: type: 'nfs': it is one of bind, volume, tmpfs"),
    ({"mounts": [dict(DATA, read_only="yes")]}, ".mounts[0]: read_only: 'yes'"),
    ({"mounts": [{"type": "volume", "target": "/data"}]}, ".mounts[0]: source: a volume has the last part of its name"),
    ({"mounts": [dict(DATA, source="../data")]}, ".mounts[0]: source: '../data' is not the name of a volume"),
    ({"mounts": [dict(DATA, target="data")]}, ".mounts[0]: target: 'data'"),
    ({"mounts": [dict(SRV, source="srv")]}, ".mounts[0]: source: 'srv'"),
    ({"cap_add": "NET_ADMIN"}, ".cap_add: 'NET_ADMIN': it is a list"),
    ({"cap_add": ["NET_ADMIN", "NET"]}, ".cap_add[1]: 'NET' is not a capability"),
    ({"compare": "image"}, ".compare: 'image': it is a list"),
    ({"compare": ["user"]}, ".compare[0]: 'user': it is one of image, command"),
    ({"compare": ["command"]}, ".compare: 'command': the answer has no command"),
]


@pytest.mark.parametrize(("answer", "words"), WRONG)
def test_settings_that_cannot_be(answer, words):
    with pytest.raises(ClassroomError) as refused:
        containers(answer)
    assert str(refused.value).startswith(f"{LAB}_answers[0]{words}")


def test_two_students_never_have_one_volume():
    answers = ({"mounts": [DATA]}, {"name": "x3", "mounts": [dict(DATA, source="data"), dict(DATA, source="udata", target="/u")]})
    assert containers(*answers)
    with pytest.raises(ClassroomError) as refused:
        containers(*answers, students=("ash", "ashu"))
    assert f"{LAB}_answers (x2).mounts: the volume 'ashudata' would be both 'ash''s and 'ashu''s" in str(refused.value)


def listed(name, student="ashu", **labels):
    known = {"com.docker.compose.project": f"docker101-{LAB}", "classroom.class": "docker101", "classroom.lab": LAB, "classroom.student": student}
    return {"Name": name, "Labels": {**known, **labels}}


def test_volumes_that_go_and_stay():
    volumes = [
        listed("ashudata"),
        listed("zoedata", "zoe"),
        listed("usedata"),
        listed("otherdata", **{"classroom.class": "docker102"}),
        {"Name": "byhand", "Labels": None},
    ]
    using = [
        {"Names": ["/ashux2"], "Mounts": [{"Type": "volume", "Name": "ashudata"}, {"Type": "bind"}]},
        {"Names": ["/mine"], "Mounts": [{"Type": "volume", "Name": "usedata"}]},
    ]
    found = _ownership.volume_ownership(volumes, using, ["ashux2"], "docker101", LAB)
    assert found == {"owned": ["ashudata", "zoedata"], "used": ["usedata"]}
    assert _ownership.volume_ownership(volumes, using, ["ashux2"], "docker101", LAB, "zoe") == {"owned": ["zoedata"], "used": []}
    assert _ownership.volume_ownership(volumes, using, [], "docker101", LAB) == {"owned": ["zoedata"], "used": ["ashudata", "usedata"]}
