# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Class data in, containers of a lab out: the rules, each with what breaks it."""

from __future__ import annotations

import pytest
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.plugin_utils import _class

M = 1024**2
LAB = "container_limits"
MEMINFO = "MemTotal:        1048576 kB\nMemFree:          524288 kB\n"


def containers(*answers, students=("ashu",), steps=None, class_name="docker101", image="busybox"):
    answers = answers or ({"name": "x1"},)
    return _class.lab_containers(list(answers), LAB, class_name, list(students), steps or [answer["name"] for answer in answers], image)


def refusal(function, *args, **kwargs):
    with pytest.raises(ClassroomError) as refused:
        function(*args, **kwargs)
    return str(refused.value)


# Names


@pytest.mark.parametrize("name", ["a", "ashu", "ashu2", "a-b", "a.b", "a_b", "a1-b2.c3_d4", "a" * 32])
def test_names(name):
    assert _class.check_name(name, "classroom_name") == name


@pytest.mark.parametrize(
    "name",
    ["", " ", "Ashu", "aSHU", "ashu b", " ashu", "ashu\n", "a/b", "-ashu", "_ashu", ".ashu", "ashu-", "ashu.", "a--b", "a..b", "a-_b", "1ashu", "a" * 33,
     "ashü", "ａshu", "a\u0661", "a:b", "a$b", "{{ a }}", "a;reboot", "../a", "a\0b", None, 7, 1.5, True, ["ashu"], {"name": "ashu"}],
)  # fmt: skip
def test_names_that_are_none(name):
    message = refusal(_class.check_name, name, "classroom_name")
    assert message.startswith(f"classroom_name: {name!r}: ")
    assert "lowercase letter" in message and "at most 32" in message


# Seats


@pytest.mark.parametrize(
    ("students", "expected"),
    [
        (["ashu"], {"ashu": 1}),
        (["ashu", "murali", "priya"], {"ashu": 1, "murali": 2, "priya": 3}),
        # One who left keeps the place.
        (["ashu", {"name": "murali", "state": "absent"}, "priya"], {"ashu": 1, "priya": 3}),
        (["ashu", {"name": "murali", "seat": 20}, "priya"], {"ashu": 1, "murali": 20, "priya": 3}),
        ([{"name": "ashu", "seat": 250, "state": "present"}], {"ashu": 250}),
        (["ash", "ashu"], {"ash": 1, "ashu": 2}),
        (("ashu",), {"ashu": 1}),
    ],
)
def test_seats(students, expected):
    assert {seat["name"]: seat["number"] for seat in _class.seats(students)} == expected


@pytest.mark.parametrize(
    ("pools", "expected"),
    [
        ((), ["192.168.7.0/24", "10.192.7.0/24"]),
        (["172.30.0.0/16"], ["172.30.7.0/24"]),
        (["10.9.0.0/21"], ["10.9.7.0/24"]),
    ],
)
def test_subnets(pools, expected):
    (seat,) = _class.seats([{"name": "ashu", "seat": 7}], subnet_pools=pools)
    assert seat["subnets"] == expected


@pytest.mark.parametrize(
    ("pools", "words"),
    [
        ("10.0.0.0/8", ["classroom_subnet_pools: '10.0.0.0/8'", "a list"]),
        (["10.0.0.0/33"], ["classroom_subnet_pools[0]: '10.0.0.0/33'", "not an IPv4 network"]),
        (["10.0.0.1/8"], ["'10.0.0.1/8'", "host bits"]),
        (["fd00::/8"], ["'fd00::/8'", "not an IPv4 network"]),
        (["10.0.0.0/25"], ["'10.0.0.0/25'", "at least as large as the /24"]),
        (["10.0.0.0/8", "10.7.0.0/16"], ["classroom_subnet_pools[1]: '10.7.0.0/16'", "classroom_subnet_pools[0]: '10.0.0.0/8'"]),
        # One less than seat 7 needs
        (["10.9.0.0/22"], ["'10.9.0.0/22' has 4 networks", "seat 7 of 'ashu' needs number 7"]),
    ],
)
def test_pools_that_are_none(pools, words):
    message = refusal(_class.seats, [{"name": "ashu", "seat": 7}], 12300, pools)
    assert [word for word in words if word not in message] == []


@pytest.mark.parametrize(
    ("students", "hosts", "expected"),
    [
        (["ashu"], ["one"], {"one": {"ashu": 1}}),
        (["ashu", "murali", "priya"], ["one", "two"], {"one": {"ashu": 1, "priya": 3}, "two": {"murali": 2}}),
        # One who left keeps the place, and the seat that is given stays.
        (["ashu", {"name": "murali", "state": "absent"}, "priya", "zoe"], ["one", "two"], {"one": {"ashu": 1, "priya": 3}, "two": {"zoe": 4}}),
        (["ashu", {"name": "murali", "seat": 20}], ["two", "one"], {"two": {"ashu": 1}, "one": {"murali": 20}}),
    ],
)
def test_students_of_several_hosts(students, hosts, expected):
    found = {host: {seat["name"]: seat["number"] for seat in _class.seats(_class.spread_students(students, hosts, host))} for host in hosts}
    assert found == expected


@pytest.mark.parametrize(
    ("students", "host", "words"),
    [
        (["ashu", "murali"], "four", ["'four'", "['one', 'two', 'three']"]),
        (["ashu", "murali"], "three", ["classroom_students", "nobody sits on three", "2 students", "3 hosts"]),
        (["ashu", {"name": "murali", "state": "absent"}, "priya"], "two", ["nobody sits on two"]),
        (["ashu", "ashu", "priya"], "one", ["classroom_students[1]", "unique"]),
    ],
)
def test_students_that_cannot_be_spread(students, host, words):
    message = refusal(_class.spread_students, students, ["one", "two", "three"], host)
    assert [word for word in words if word not in message] == []


def test_a_seat_does_not_change_when_others_join():
    before = _class.seats(["ashu", "murali"])
    assert _class.seats(["ashu", "murali", "priya"])[:2] == before


#: classroom_students, and what the message says: the variable, the value and the rule
NO_CLASS = [
    ([], ["classroom_students:", "[]", "at least one"]),
    (None, ["classroom_students:", "None", "at least one"]),
    ("ashu", ["classroom_students:", "'ashu'", "a list"]),
    ({"ashu": 1}, ["classroom_students:", "a list"]),
    (["ashu", "Murali"], ["classroom_students[1]", "'Murali'", "lowercase"]),
    (["ashu", None], ["classroom_students[1]", "None"]),
    (["ashu", 7], ["classroom_students[1]", "7"]),
    (["ashu", {}], ["classroom_students[1]", "None"]),
    (["ashu", {"seat": 2}], ["classroom_students[1]", "None"]),
    (["ashu", "murali", "ashu"], ["classroom_students[2]", "'ashu'", "classroom_students[0]", "unique"]),
    (["ashu", {"name": "ashu", "state": "absent"}], ["classroom_students[1]", "'ashu'", "unique"]),
    (["ashu", {"name": "murali", "seat": 1}], ["classroom_students[1]", "seat 1", "'murali'", "'ashu'", "another seat"]),
    ([{"name": "ashu", "seat": 2}, "murali"], ["classroom_students[1]", "seat 2", "'murali'", "'ashu'"]),
    ([{"name": "ashu", "seat": 2, "state": "absent"}, "murali"], ["classroom_students[1]", "seat 2", "'ashu'"]),
    ([{"name": "ashu", "seat": 0}], ["classroom_students[0]", "seat 0", "from 1 to 250"]),
    ([{"name": "ashu", "seat": -1}], ["classroom_students[0]", "seat -1", "from 1 to 250"]),
    ([{"name": "ashu", "seat": 251}], ["classroom_students[0]", "seat 251", "from 1 to 250"]),
    ([{"name": "ashu", "seat": "2"}], ["classroom_students[0]", "seat '2'", "a number"]),
    ([{"name": "ashu", "seat": 1.5}], ["classroom_students[0]", "seat 1.5", "a number"]),
    ([{"name": "ashu", "seat": True}], ["classroom_students[0]", "seat True", "a number"]),
    ([{"name": "ashu", "seat": None}], ["classroom_students[0]", "seat None", "a number"]),
    ([{"name": "ashu", "state": "gone"}], ["classroom_students[0]", "'gone'", "'ashu'", "present or absent"]),
    ([{"name": "ashu", "sate": "absent"}], ["classroom_students[0]", "sate", "name, seat, state"]),
    ([{"name": "ashu", 5: "absent"}], ["classroom_students[0]", "5", "nothing else"]),
    ([{"name": "ashu", "state": "absent"}], ["classroom_students", "all students are absent", "at least one"]),
    ([f"student{number}" for number in range(251)], ["classroom_students[250]", "seat 251", "from 1 to 250"]),
]


@pytest.mark.parametrize(("students", "words"), NO_CLASS)
def test_classes_that_cannot_be_held(students, words):
    message = refusal(_class.seats, students)
    assert [word for word in words if word not in message] == [], message


# Answers


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
    assert refusal(_class.lab_containers, [answer], LAB, "docker101", ["ashu"], ["x2"], "busybox").startswith(f"{LAB}_answers[0]: {answer!r}")


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
    message = refusal(_class.lab_containers, [{"name": "x1"}, {"name": "x2"}], LAB, "docker101", ["ashu"], steps, "busybox")
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
    assert _class.check_host(asked, "0-1", MEMINFO) is asked


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
    message = refusal(_class.check_host, containers({"name": "x1", "limits": limits}), "0-1", MEMINFO)
    assert message.startswith(f"{LAB}_answers (x1).limits.{words[0]}: ")
    assert [word for word in words if word not in message] == [], message


# Compose


def service(answer, **kwargs):
    found = containers({"name": "x2", **answer}, **kwargs)
    (only,) = _class.compose_project(found, found[0]["class_name"], LAB)["services"].values()
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
    project = _class.compose_project(containers(class_name="docker.101"), "docker.101", LAB)
    assert project["name"] == "docker_101-container_limits"
    assert set(project["services"]) == {"ashux1"}


# Requirements


def test_only_limits_that_are_asked_are_checked():
    found = containers({"name": "x1", "restart_policy": "always"}, {"name": "x2", "limits": {"memory": "100m"}})
    make = "docker run --detach --interactive --tty --name ashux2 --memory 100m busybox"
    assert _class.limit_requirements(found) == [
        {"name": "ashux2", "student": "ashu", "lab": LAB, "step": "x2", "memory": "100m", "create_command": make}
    ]
    assert [(each["name"], each["state"], each["restart_policy"]) for each in _class.container_requirements(found)] == [
        ("ashux1", "running", "always"),
        ("ashux2", "running", "no"),
    ]


def test_of_student():
    found = containers(students=["ash", "ashu"])
    assert _class.of_student(found) == found
    assert [each["name"] for each in _class.of_student(found, "ash")] == ["ashx1"]
    assert refusal(_class.of_student, found, "as").startswith("classroom_student: 'as': ")
    assert _class.of_student([], "as") == []


# Ownership


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
    return _class.ownership(list(items), containers(students=students, class_name=class_name), class_name, LAB, student)


def test_what_was_made_is_owned_whoever_left():
    found = owned(listed("priyax1", "priya"), listed("ashux1"), listed("zoex1", "zoe"))
    assert found == {
        "owned": ["ashux1", "priyax1", "zoex1"],
        "foreign": [],
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
    assert owned(NOT_OURS[case]) == {"owned": [], "foreign": ["ashux1"]}


@pytest.mark.parametrize("item", [{"Names": ["/shop"], "Labels": {}}, {"Names": None, "Labels": {}}, {"Names": ["/shop", "/shop/ashux1"], "Labels": {}}])
def test_what_has_another_name_is_nobodys_matter(item):
    assert owned(dict(item, Image="busybox")) == {"owned": [], "foreign": []}


def test_a_container_made_of_a_committed_one_is_left_with_the_one_it_came_from():
    mine = dict(listed("mywork"), Labels=listed("ashux1")["Labels"])
    found = owned(listed("ashux1"), mine, listed("priyax1", "priya"))
    assert (found["owned"], found["foreign"]) == (["priyax1"], ["ashux1", "mywork"])


def test_an_answer_that_the_check_could_not_fail_is_refused():
    answers = [{"name": "x1", "limits": {"memory": "100m"}}, {"name": "web", "restart_policy": "always"}]
    arguments = (answers, LAB, "docker101", ["ashu"])
    assert _class.lab_containers(*arguments, ["x1"], "busybox", "limits")
    with pytest.raises(ClassroomError, match=rf"{LAB}_answers \(web\): it has no limits"):
        _class.lab_containers(*arguments, ["x1", "web"], "busybox", "limits")


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
    assert owned(item, class_name="docker_101") == {"owned": [], "foreign": ["ashux1"]}


def test_namespaces_of_a_project():
    modes = {"pid": "host", "ipc": "shareable", "net": "host", "uts": "host", "mnt": "private", "cgroup": "private"}
    answers = [{"name": "s1", "namespaces": modes}, {"name": "s2", "namespaces": {"ipc": "container:s1", "net": "private"}}]
    made = _class.lab_containers(answers, LAB, "docker101", ["ashu"], ["s1", "s2"], "busybox")
    services = _class.compose_project(made, "docker101", LAB)["services"]
    keys = ("pid", "ipc", "network_mode", "uts", "cgroup")
    assert [services["ashus1"][key] for key in keys] == ["host", "shareable", "host", "host", "private"]
    # As a service, so that Compose makes the other one first
    assert (services["ashus2"]["ipc"], services["ashus2"]["network_mode"]) == ("service:ashus1", "bridge")
    asked = [each["namespaces"] for each in _class.container_requirements(made)]
    assert asked == [{**modes, "ipc": "private"}, {"ipc": "container:ashus1", "net": "private"}]


@pytest.mark.parametrize("other", ["s2", "s3"])
def test_a_namespace_of_a_step_that_is_not_there(other):
    answers = [{"name": "s2", "namespaces": {"ipc": f"container:{other}"}}]
    assert f"'{other}' is not another of {LAB}_steps: s2" in refusal(_class.lab_containers, answers, LAB, "docker101", ["ashu"], ["s2"], "busybox")


def test_ports_that_the_engine_chooses_are_none_of_the_hosts():
    made = [{"name": "web", "ports": ["1234:80", "127.0.0.1::8080"]}, {"name": "shop"}]
    assert _class.published_ports(made) == [{"port": 1234, "name": "web"}]
