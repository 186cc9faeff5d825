# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Class data in, containers of a lab out: the rules, each with what breaks it."""

from __future__ import annotations

import pytest
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.plugin_utils import _compose, _lab_containers

M = 1024**2
LAB = "container_limits"
MEMINFO = "MemTotal:        1048576 kB\nMemFree:          524288 kB\n"


def containers(*answers, students=("ashu",), steps=None, class_name="docker101", image="busybox"):
    answers = answers or ({"name": "x1"},)
    return _lab_containers.lab_containers(list(answers), LAB, class_name, list(students), steps or [answer["name"] for answer in answers], image)


def refusal(function, *args, **kwargs):
    with pytest.raises(ClassroomError) as refused:
        function(*args, **kwargs)
    return str(refused.value)


def test_every_student_gets_every_step_in_order():
    found = containers({"name": "x1"}, {"name": "x2", "command": ["ping", "::1"]}, {"name": "x9"}, students=["ashu", "priya"], steps=["x2", "x1"])
    assert [(each["name"], each["student"], each["step"], each["command"]) for each in found] == [
        ("ashux2", "ashu", "x2", ["ping", "::1"]),
        ("ashux1", "ashu", "x1", []),
        ("priyax2", "priya", "x2", ["ping", "::1"]),
        ("priyax1", "priya", "x1", []),
    ]
    assert all((each["lab"], each["class_name"], each["image"]) == (LAB, "docker101", "busybox") for each in found)


def test_who_is_absent_gets_nothing():
    assert {each["student"] for each in containers(students=["ashu", {"name": "priya", "state": "absent"}])} == {"ashu"}


#: One answer, and what the message says after its variable
NO_ANSWER = [
    ({"limits": {"memory": "100x"}}, [".limits.memory", "'100x'", "such as 100m"]),
    ({"limits": {"memory": 0}}, [".limits.memory", "0", "unlimited"]),
    ({"limits": {"memory": "-1m"}}, [".limits.memory", "'-1m'"]),
    ({"limits": {"memory": True}}, [".limits.memory", "True"]),
    ({"limits": {"memory": "5m"}}, [".limits.memory", "'5m'", "6m"]),
    ({"limits": {"memory": "6291455"}}, [".limits.memory", "6m"]),
    ({"limits": {"memory": "9999999999g"}}, [".limits.memory", "unlimited"]),
    ({"limits": {"memory": "100m; reboot"}}, [".limits.memory"]),
    ({"limits": {"memory_swap": "100m"}}, [".limits.memory_swap", "memory"]),
    ({"limits": {"memory": "100m", "memory_swap": "99m"}}, [".limits.memory_swap", "less than memory"]),
    ({"limits": {"memory": "100m", "memory_reservation": "101m"}}, [".limits.memory_reservation", "more than memory"]),
    ({"limits": {"cpu_shares": 1}}, [".limits.cpu_shares", "from 2 to 262144"]),
    ({"limits": {"cpu_shares": 262145}}, [".limits.cpu_shares", "from 2 to 262144"]),
    ({"limits": {"cpu_shares": 0}}, [".limits.cpu_shares", "from 2 to 262144"]),
    ({"limits": {"cpu_shares": -5}}, [".limits.cpu_shares", "from 2 to 262144"]),
    ({"limits": {"cpu_shares": 20.5}}, [".limits.cpu_shares", "whole number"]),
    ({"limits": {"cpus": 0}}, [".limits.cpus", "0.01"]),
    ({"limits": {"cpus": -1}}, [".limits.cpus"]),
    ({"limits": {"cpus": "half"}}, [".limits.cpus", "'half'"]),
    ({"limits": {"cpus": 1, "cpu_quota": 50000}}, [".limits.cpus", "either"]),
    ({"limits": {"cpuset_cpus": "0-"}}, [".limits.cpuset_cpus", "'0-'"]),
    ({"limits": {"cpuset_cpus": ""}}, [".limits.cpuset_cpus", "default"]),
    ({"limits": {"pids_limit": 0}}, [".limits.pids_limit", "at least 1"]),
    ({"limits": {"pids_limit": "many"}}, [".limits.pids_limit", "'many'"]),
    ({"limits": {"mem": "100m"}}, [".limits", "'mem'", "memory, memory_swap"]),
    ({"limits": {"privileged": True}}, [".limits", "'privileged'"]),
    ({"limits": "100m"}, [".limits", "'100m'", "dictionary"]),
    ({"limits": ["memory"]}, [".limits", "dictionary"]),
    ({"command": "ping 127.0.0.1"}, [".command", "'ping 127.0.0.1'", "a list"]),
    ({"command": ["echo", True]}, [".command[1]: True: it is no text: write it in quotes"]),
    ({"command": ["sleep", 1.10]}, [".command[1]: 1.1: it is no text"]),
    ({"command": [None]}, [".command[0]: None: it is no text"]),
    ({"restart_policy": "sometimes"}, [".restart_policy", "'sometimes'", "unless-stopped"]),
    ({"restart_policy": "Always"}, [".restart_policy", "'Always'", "always"]),
    ({"restart_policy": "always:3"}, [".restart_policy", "'always:3'"]),
    ({"restart_policy": "on-failure:0"}, [".restart_policy", "'on-failure:0'", "at least 1"]),
    ({"restart_policy": "on-failure:-1"}, [".restart_policy", "'on-failure:-1'", "at least 1"]),
    ({"restart_policy": "on-failure:"}, [".restart_policy", "'on-failure:'"]),
    ({"restart_policy": True}, [".restart_policy", "True"]),
    ({"restart": "always"}, ["restart:", "cap_add, command, compare, environment, limits, mounts, name, namespaces, network_mode"]),
    ({7: "always"}, ["7", "nothing else"]),
    ({"network_mode": "ashubr1"}, [".network_mode", "'ashubr1'", "bridge, host, none"]),
    ({"network_mode": "host", "networks": [{"name": "br1"}]}, [".network_mode", "'host'", "on no networks of the lab"]),
    ({"namespaces": ["pid"]}, [".namespaces", "dictionary"]),
    ({"namespaces": {"disk": "host"}}, [".namespaces", "'disk'", "cgroup, ipc"]),
    ({"namespaces": {"pid": "mine"}}, [".namespaces.pid", "'mine'", "host, private"]),
    ({"namespaces": {"uts": "container:x1"}}, [".namespaces.uts", "'container:x1'"]),
    ({"namespaces": {"mnt": "host"}}, [".namespaces.mnt", "'host'"]),
    ({"namespaces": {"ipc": "container:"}}, [".namespaces.ipc", "'container:'"]),
    ({"name": ""}, ["a name"]),
    ({"name": "x 2"}, ["'x 2'", "a name"]),
    ({"name": "x2\n"}, ["a name"]),
    ({"name": 2}, ["a name"]),
    ({"name": None}, ["a name"]),
    ({"name": "x2/../x1"}, ["a name"]),
    ({"name": "x1"}, ["'x1'", "unique"]),
]


@pytest.mark.parametrize(("answer", "words"), NO_ANSWER)
def test_answers_that_cannot_be(answer, words):
    message = refusal(containers, {"name": "x1"}, {"name": "x2", **answer}, steps=["x1"])
    assert message.startswith(f"{LAB}_answers[1]")
    assert [word for word in words if word not in message] == [], message


@pytest.mark.parametrize("answer", ["x2", None, ["x2"], 2])
def test_answers_that_are_no_dictionary(answer):
    assert refusal(_lab_containers.lab_containers, [answer], LAB, "docker101", ["ashu"], ["x2"], "busybox").startswith(f"{LAB}_answers[0]: {answer!r}")


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ([], ["[]", "at least one"]),
        ("x1", ["'x1'", "a list"]),
        (["x1", "x7"], ["'x7'", "x1, x2"]),
        ([None], ["None", "x1, x2"]),
        ([{"name": "x1"}], ["x1, x2"]),
        (["x1", "x2", "x1"], ["'x1'", "twice"]),
    ],
)
def test_steps_that_are_none(steps, words):
    message = refusal(_lab_containers.lab_containers, [{"name": "x1"}, {"name": "x2"}], LAB, "docker101", ["ashu"], steps, "busybox")
    assert message.startswith(f"{LAB}_steps: ")
    assert [word for word in words if word not in message] == [], message


def test_two_students_never_have_one_container():
    message = refusal(containers, {"name": "x1"}, {"name": "ux1"}, students=["ashu", "ash"])
    assert message.startswith(f"{LAB}_steps: the container 'ashux1' ")
    assert "'ashu'" in message and "'ash'" in message


def test_the_name_of_the_class_is_looked_at():
    assert refusal(containers, class_name="My class").startswith("classroom_name: 'My class'")


# Hosts


@pytest.mark.parametrize(
    "limits",
    [
        {},
        {"cpus": 2},
        {"cpus": "2.0"},
        {"cpus": "unlimited"},
        {"cpuset_cpus": "0-1"},
        {"cpuset_cpus": 0},
        {"cpuset_cpus": "Default"},
        {"memory": "1g"},
        {"memory": "unlimited"},
    ],
)
def test_what_a_host_gives(limits):
    asked = containers({"name": "x1", "limits": limits})
    assert _lab_containers.check_host(asked, "0-1", MEMINFO) is asked


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({"cpus": 2.01}, ["cpus", "2.01", "2 CPUs"]),
        ({"cpus": 64}, ["cpus", "64", "2 CPUs"]),
        ({"cpuset_cpus": "99"}, ["cpuset_cpus", "'99'", "0-1"]),
        ({"cpuset_cpus": "0-2"}, ["cpuset_cpus", "'0-2'", "0-1"]),
        ({"memory": M * 1024 + 1}, ["memory", str(M * 1024 + 1), f"{M * 1024} bytes"]),
    ],
)
def test_what_a_host_cannot_give(limits, words):
    message = refusal(_lab_containers.check_host, containers({"name": "x1", "limits": limits}), "0-1", MEMINFO)
    assert message.startswith(f"{LAB}_answers (x1).limits.{words[0]}: ")
    assert [word for word in words if word not in message] == [], message


# Compose


def service(answer, **kwargs):
    found = containers({"name": "x2", **answer}, **kwargs)
    (only,) = _compose.compose_project(found, found[0]["class_name"], LAB)["services"].values()
    return only


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"limits": {"memory": "100m", "cpu_shares": 20}}, {"mem_limit": 100 * M, "cpu_shares": 20}),
        ({"limits": {"memory": "unlimited", "cpus": "unlimited", "cpu_shares": "default"}}, {}),
        ({"limits": {"cpus": "0.5"}}, {"cpus": 0.5}),
        ({"limits": {"cpuset_cpus": 0}}, {"cpuset": "0"}),
        ({"limits": {"cpuset_cpus": "1,0"}}, {"cpuset": "0-1"}),
        ({"limits": {"pids_limit": "20"}}, {"pids_limit": 20}),
        ({"limits": {"pids_limit": -1}}, {}),
        ({"limits": {"memory": "100m", "memory_swap": "150m"}}, {"mem_limit": 100 * M, "memswap_limit": 150 * M}),
        ({"limits": {"memory": "100m", "memory_swap": "unlimited"}}, {"mem_limit": 100 * M, "memswap_limit": -1}),
        ({"limits": {"memory": "100m", "memory_swap": -1}}, {"mem_limit": 100 * M, "memswap_limit": -1}),
        ({"limits": {"memory": "100m", "memory_reservation": "50m"}}, {"mem_limit": 100 * M, "mem_reservation": 50 * M}),
        ({"limits": {"cpu_quota": 50000, "cpu_period": "default"}}, {"cpu_quota": 50000}),
        ({"limits": {"oom_kill_disable": False}}, {}),
        ({"restart_policy": "always"}, {"restart": "always"}),
        ({"restart_policy": "on-failure:3"}, {"restart": "on-failure:3"}),
        ({"restart_policy": False}, {"restart": "no"}),
        ({"command": ["sh", "-c", "echo $HOME $${x} {{ y }}", 5]}, {"command": ["sh", "-c", "echo $$HOME $$$${x} {{ y }}", "5"]}),
    ],
)
def test_an_answer_as_a_service(answer, expected):
    found = service(answer)
    for key in ("container_name", "image", "labels", "network_mode", "stdin_open", "tty"):
        del found[key]
    assert found == expected


def test_what_is_made_carries_whose_it_is():
    found = service({})
    assert found["container_name"] == "ashux2"
    assert found["labels"] == {"classroom.class": "docker101", "classroom.lab": LAB, "classroom.student": "ashu", "classroom.step": "x2"}


def test_a_project_is_named_after_class_and_lab():
    project = _compose.compose_project(containers(class_name="docker.101"), "docker.101", LAB)
    assert project["name"] == "docker_101-container_limits"
    assert set(project["services"]) == {"ashux1"}


# Requirements


def test_only_limits_that_are_asked_are_checked():
    found = containers({"name": "x1", "restart_policy": "always"}, {"name": "x2", "limits": {"memory": "100m"}})
    make = "docker run --detach --interactive --tty --name ashux2 --memory 100m busybox"
    assert _lab_containers.limit_requirements(found) == [
        {"name": "ashux2", "student": "ashu", "lab": LAB, "step": "x2", "memory": "100m", "create_command": make}
    ]
    assert [(each["name"], each["state"], each["restart_policy"]) for each in _lab_containers.container_requirements(found)] == [
        ("ashux1", "running", "always"),
        ("ashux2", "running", "no"),
    ]


def test_an_answer_that_the_check_could_not_fail_is_refused():
    answers = [{"name": "x1", "limits": {"memory": "100m"}}, {"name": "web", "restart_policy": "always"}]
    arguments = (answers, LAB, "docker101", ["ashu"])
    assert _lab_containers.lab_containers(*arguments, ["x1"], "busybox", "limits")
    with pytest.raises(ClassroomError, match=rf"{LAB}_answers \(web\): it has no limits"):
        _lab_containers.lab_containers(*arguments, ["x1", "web"], "busybox", "limits")


def test_namespaces_of_a_project():
    modes = {"pid": "host", "ipc": "shareable", "net": "host", "uts": "host", "mnt": "private", "cgroup": "private"}
    answers = [{"name": "s1", "namespaces": modes}, {"name": "s2", "namespaces": {"ipc": "container:s1", "net": "private"}}]
    made = _lab_containers.lab_containers(answers, LAB, "docker101", ["ashu"], ["s1", "s2"], "busybox")
    services = _compose.compose_project(made, "docker101", LAB)["services"]
    keys = ("pid", "ipc", "network_mode", "uts", "cgroup")
    assert [services["ashus1"][key] for key in keys] == ["host", "shareable", "host", "host", "private"]
    # As a service, so that Compose makes the other one first
    assert (services["ashus2"]["ipc"], services["ashus2"]["network_mode"]) == ("service:ashus1", "bridge")
    asked = [each["namespaces"] for each in _lab_containers.container_requirements(made)]
    assert asked == [modes, {"ipc": "container:ashus1", "net": "private"}]


@pytest.mark.parametrize("other", ["s2", "s3"])
def test_a_namespace_of_a_step_that_is_not_there(other):
    answers = [{"name": "s2", "namespaces": {"ipc": f"container:{other}"}}]
    assert f"'{other}' is not another of {LAB}_steps: s2" in refusal(_lab_containers.lab_containers, answers, LAB, "docker101", ["ashu"], ["s2"], "busybox")


def joining(**namespaces):
    """Steps with these namespaces, in short: what a value names is joined."""
    return [
        {"name": step, "namespaces": {kind: f"container:{mode}" if mode in namespaces else mode for kind, mode in its.items()}}
        for step, its in namespaces.items()
    ]


@pytest.mark.parametrize(
    "namespaces",
    [
        {"a": {"ipc": "b"}, "b": {"ipc": "shareable"}},
        # A chain, and the same step by two kinds
        {"a": {"ipc": "b", "pid": "b"}, "b": {"ipc": "c"}, "c": {"ipc": "shareable", "pid": "private"}},
        {"a": {"net": "c"}, "b": {"net": "c"}, "c": {}},
    ],
)
def test_namespaces_that_can_be_joined(namespaces):
    made = containers(*joining(**namespaces))
    assert made[0]["namespaces"] == {kind: f"container:ashu{mode}" for kind, mode in namespaces["a"].items()}


@pytest.mark.parametrize(
    ("namespaces", "message"),
    [
        ({"a": {"pid": "b"}, "b": {"pid": "a"}}, "(a).namespaces: it joins b, and so itself in the end: "),
        ({"a": {"net": "b"}, "b": {"pid": "a"}}, "(a).namespaces: it joins b, and so itself in the end: "),
        ({"z": {"pid": "a"}, "a": {"ipc": "b"}, "b": {"ipc": "c"}, "c": {"ipc": "a"}}, "(a).namespaces: it joins b, and so itself in the end: "),
        *(
            ({"a": {"ipc": "b"}, "b": own}, f"(a).namespaces.ipc: 'container:b': {LAB}_answers (b).namespaces.ipc is {words}: only shareable memory")
            for own, words in (
                *(({"ipc": mode}, mode) for mode in ("private", "none", "host")),
                ({"pid": "private"}, "left out"),
                ({}, "left out"),
            )
        ),
    ],
)
def test_namespaces_that_cannot_be_joined(namespaces, message):
    # Whether somebody sits there or not
    for students in (["ashu"], [{"name": "ashu", "state": "absent"}]):
        assert refusal(containers, *joining(**namespaces), students=students).startswith(f"{LAB}_answers {message}")


def test_ports_that_the_engine_chooses_are_none_of_the_hosts():
    made = [{"name": "web", "ports": ["1234:80", "127.0.0.1::8080"]}, {"name": "shop"}]
    assert _lab_containers.published_ports(made) == [{"port": 1234, "name": "web"}]
