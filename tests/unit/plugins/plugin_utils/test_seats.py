# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names and seats of a class: the rules, each with what breaks it."""

from __future__ import annotations

import pytest
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.plugin_utils import _seats


def refusal(function, *args, **kwargs):
    with pytest.raises(ClassroomError) as refused:
        function(*args, **kwargs)
    return str(refused.value)


# Names


@pytest.mark.parametrize("name", ["a", "ashu", "ashu2", "a-b", "a.b", "a_b", "a1-b2.c3_d4", "a" * 32])
def test_names(name):
    assert _seats.check_name(name, "classroom_name") == name


@pytest.mark.parametrize(
    "name",
    ["", " ", "Ashu", "aSHU", "ashu b", " ashu", "ashu\n", "a/b", "-ashu", "_ashu", ".ashu", "ashu-", "ashu.", "a--b", "a..b", "a-_b", "1ashu", "a" * 33,
     "ashü", "ａshu", "a\u0661", "a:b", "a$b", "{{ a }}", "a;reboot", "../a", "a\0b", None, 7, 1.5, True, ["ashu"], {"name": "ashu"}],
)  # fmt: skip
def test_names_that_are_none(name):
    message = refusal(_seats.check_name, name, "classroom_name")
    assert message.startswith(f"classroom_name: {name!r}: ")
    assert "lowercase letter" in message and "at most 32" in message


def host(number, **variables):
    return {"inventory_hostname": f"h{number}", "classroom_labs": ["restart_policy"], "classroom_students": [f"s{number}"], **variables}


def test_hosts_of_one_class():
    hosts = [host(1, classroom_name="monday"), host(2), host(3, classroom_name="monday", classroom_pass_mark=50)]
    assert _seats.check_one_class(hosts) == hosts


@pytest.mark.parametrize(("variable", "one"), [("classroom_name", "monday"), ("classroom_pass_mark", 50)])
@pytest.mark.parametrize("other", ["tuesday", 7, ["monday"]])
def test_hosts_of_two_classes(variable, one, other):
    message = refusal(_seats.check_one_class, [host(1, **{variable: one}), host(2, **{variable: other})])
    assert message.startswith(f"{variable}: ") and f"{str(one)!r} of h1" in message and f"{str(other)!r} of h2" in message


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"classroom_students": None}, "classroom_students: None: it is a list, and h2 has none"),
        ({"classroom_labs": None}, "classroom_labs: None: it is a list, and h2 has none"),
        ({"classroom_labs": "restart_policy"}, "classroom_labs: 'restart_policy': it is a list, and h2"),
        ({"classroom_students": ["ada", "ada"]}, "h2: classroom_students"),
        ({"classroom_students": []}, "h2: classroom_students: []"),
    ],
)
def test_a_host_without_what_a_class_has_is_named(variables, words):
    hosts = [host(1), host(2, **variables)]
    assert refusal(_seats.check_one_class, hosts, True).startswith(words)
    assert _seats.check_one_class(hosts) == hosts


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
    assert {seat["name"]: seat["number"] for seat in _seats.seats(students)} == expected


@pytest.mark.parametrize(
    ("pools", "expected"),
    [
        ((), ["192.168.7.0/24", "10.192.7.0/24"]),
        (["172.30.0.0/16"], ["172.30.7.0/24"]),
        (["10.9.0.0/21"], ["10.9.7.0/24"]),
    ],
)
def test_subnets(pools, expected):
    (seat,) = _seats.seats([{"name": "ashu", "seat": 7}], subnet_pools=pools)
    assert seat["subnets"] == expected


@pytest.mark.parametrize(
    ("pools", "words"),
    [
        ("10.0.0.0/8", ["classroom_subnet_pools: '10.0.0.0/8'", "a list"]),
        (["10.0.0.0/33"], ["classroom_subnet_pools[0]: '10.0.0.0/33'", "not an IPv4 network"]),
        (["10.0.0.1/8"], ["'10.0.0.1/8'", "host bits"]),
        (["fd00::/8"], ["'fd00::/8'", "not an IPv4 network"]),
        (["10.0.0.0/8", "127.0.0.0/16"], ["classroom_subnet_pools[1]: '127.0.0.0/16'", "127.0.0.0/8, which is for loopback addresses"]),
        (["126.0.0.0/7"], ["'126.0.0.0/7'", "loopback"]),
        (["0.0.0.0/16"], ["'0.0.0.0/16'", "this host's own"]),
        (["0.0.0.0/0"], ["'0.0.0.0/0'", "no bridge can have them"]),
        (["169.254.0.0/16"], ["'169.254.0.0/16'", "link-local"]),
        (["239.0.0.0/16"], ["'239.0.0.0/16'", "multicast"]),
        (["255.255.0.0/16"], ["'255.255.0.0/16'", "reserved"]),
        (["10.0.0.0/25"], ["'10.0.0.0/25'", "at least as large as the /24"]),
        (["10.0.0.0/8", "10.7.0.0/16"], ["classroom_subnet_pools[1]: '10.7.0.0/16'", "classroom_subnet_pools[0]: '10.0.0.0/8'"]),
        # One less than seat 7 needs
        (["10.9.0.0/22"], ["'10.9.0.0/22' has 4 networks", "seat 7 of 'ashu' needs number 7"]),
    ],
)
def test_pools_that_are_none(pools, words):
    message = refusal(_seats.seats, [{"name": "ashu", "seat": 7}], 12300, pools)
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
    found = {host: {seat["name"]: seat["number"] for seat in _seats.seats(_seats.spread_students(students, hosts, host))} for host in hosts}
    assert found == expected


@pytest.mark.parametrize(
    ("students", "host", "words"),
    [
        (["ashu", "murali"], "four", ["'four'", "['one', 'two', 'three']"]),
        (["ashu", "murali"], "three", ["classroom_students", "nobody sits on three", "2 students", "3 hosts"]),
        (["ashu", "ashu", "priya"], "one", ["classroom_students[1]", "unique"]),
    ],
)
def test_students_that_cannot_be_spread(students, host, words):
    message = refusal(_seats.spread_students, students, ["one", "two", "three"], host)
    assert [word for word in words if word not in message] == []


def test_who_leaves_leaves_the_others_where_they_are():
    students = ["ashu", {"name": "murali", "state": "absent"}, "priya"]
    assert [_seats.seats(_seats.spread_students(students, ["one", "two", "three"], host)) != [] for host in ("one", "two", "three")] == [True, False, True]


def test_a_seat_does_not_change_when_others_join():
    before = _seats.seats(["ashu", "murali"])
    assert _seats.seats(["ashu", "murali", "priya"])[:2] == before


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
    ([f"student{number}" for number in range(251)], ["classroom_students[250]", "seat 251", "from 1 to 250"]),
]


@pytest.mark.parametrize(("students", "words"), NO_CLASS)
def test_classes_that_cannot_be_held(students, words):
    message = refusal(_seats.seats, students)
    assert [word for word in words if word not in message] == [], message


def test_of_student():
    found = [{"name": "ashx1", "student": "ash"}, {"name": "ashux1", "student": "ashu"}]
    assert _seats.of_student(found) == found
    assert [each["name"] for each in _seats.of_student(found, "ash")] == ["ashx1"]
    assert refusal(_seats.of_student, found, "as").startswith("classroom_student: 'as': ")
    assert _seats.of_student([], "as") == []
