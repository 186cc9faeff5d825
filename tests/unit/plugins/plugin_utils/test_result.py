# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings in, cells and a table out."""

from __future__ import annotations

import pytest
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.module_utils._findings import Finding
from ansible_collections.classroom.containers.plugins.plugin_utils._result import class_result
from ansible_collections.classroom.containers.plugins.plugin_utils._table import class_table, class_watch

LABS = ["container_limits", "restart_policy"]


def finding(student, verdict="ok", attribute="memory", hint="", subject="", lab="container_limits"):
    return Finding(subject or f"{student}x2", attribute, verdict, student=student, lab=lab, hint=hint).as_dict()


def host(name="host1", students=("ashu", "priya"), labs=("container_limits",), **variables):
    return {"inventory_hostname": name, "classroom_students": list(students), "classroom_labs": list(labs), **variables}


def cells(*hosts):
    return {(cell["host"], cell["student"], cell["lab"]): cell["outcome"] for cell in class_result(list(hosts))["cells"]}


def test_a_cell_has_the_findings_of_its_student_lab_and_host_alone():
    policies = [finding("ash", lab="restart_policy"), finding("ashu", "stopped", lab="restart_policy")]
    one = host("host1", ["ash", "ashu"], LABS, class_check={"findings": [finding("ash", "differs"), finding("ashu"), *policies]})
    two = host("host2", ["ash"], ["container_limits"], class_check={"findings": [finding("ash")]})
    assert cells(one, two) == {
        ("host1", "ash", "container_limits"): "fail",
        ("host1", "ashu", "container_limits"): "pass",
        ("host1", "ash", "restart_policy"): "pass",
        ("host1", "ashu", "restart_policy"): "could_not_check",
        ("host2", "ash", "container_limits"): "pass",
    }
    assert class_result([one, two])["summary"] == {"pass": 3, "fail": 1, "could_not_check": 1}


@pytest.mark.parametrize(
    "registered", [{}, {"class_check": None}, {"class_check": {"skipped": True}}, {"class_check": {"findings": []}}]
)
def test_nothing_found_is_nothing_checked(registered):
    assert set(cells(host(**registered)).values()) == {"could_not_check"}
    assert "did not run to its end" in " ".join(class_table(class_result([host(**registered)])).split())


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, {("ashu", lab) for lab in LABS} | {("priya", lab) for lab in LABS}),
        ({"classroom_student": "priya"}, {("priya", lab) for lab in LABS}),
        ({"classroom_lab": "restart_policy"}, {("ashu", "restart_policy"), ("priya", "restart_policy")}),
        ({"classroom_student": "ashu", "classroom_lab": "container_limits"}, {("ashu", "container_limits")}),
        ({"classroom_student": "", "classroom_lab": None}, {("ashu", lab) for lab in LABS} | {("priya", lab) for lab in LABS}),
    ],
)
def test_only_what_was_to_be_checked_has_a_cell(variables, expected):
    assert {(student, lab) for _host, student, lab in cells(host(labs=LABS, **variables))} == expected


def test_each_host_has_points_and_hints_of_its_own():
    def found(student):
        return [
            dict(finding(student, lab="restart_policy"), step="x3"),
            dict(finding(student, "differs", hint="Do it.", lab="restart_policy"), step="no"),
        ]

    one = host("host1", ["ashu"], ["restart_policy"], class_check={"findings": found("ashu")})
    exam = {"classroom_points": {"restart_policy": {"no": 9}}, "classroom_hints": False, "classroom_pass_mark": 50}
    two = host("host2", ["priya"], ["restart_policy"], class_check={"findings": found("priya")}, **exam)
    result = class_result([one, two])
    assert [(row["student"], row["points"], row["points_max"], row["passed"]) for row in result["students"]] == [("ashu", 1, 2, True), ("priya", 1, 10, False)]
    assert [finding["hint"] for cell in result["cells"] for finding in cell["findings"]] == ["", "Do it.", "", ""]
    assert (result["hints"], result["pass_mark"]) == (True, 50)
    two["classroom_pass_mark"] = 50.0
    one["classroom_pass_mark"] = 60
    with pytest.raises(ClassroomError, match="classroom_pass_mark: '50.0' of host2 and '60' of host1"):
        class_result([one, two])


def test_who_is_absent_has_no_cell_and_others_keep_their_seat():
    result = class_result([host(students=[{"name": "ashu", "state": "absent"}, "priya"])])
    assert [(cell["student"], cell["seat"]) for cell in result["cells"]] == [("priya", 2)]


def test_the_table():
    one = host(
        students=["ashu", {"name": "priya", "seat": 10}, "zoe"],
        labs=LABS,
        class_check={
            "findings": [
                finding("ashu", "differs", hint="ashux2 has a byte: docker update -m 100m ashux2."),
                finding("ashu", "differs", "memory_swap", hint="ashux2 has a byte: docker update -m 100m ashux2."),
                finding("ashu", "rounded", "cpus", hint="The kernel rounds."),
                finding("priya"),
                finding("zoe", "stopped", hint="zoex2 is exited."),
                *(finding(student, lab="restart_policy") for student in ("ashu", "priya", "zoe")),
            ]
        },
        container_limits_proof={
            "findings": [finding("", subject="proof-oom", hint="a process was killed"), finding("", "not_enforced", subject="proof-light", hint="1:1")]
        },
        restart_policy_proof={"unproved": "no such image"},
    )
    assert class_table(class_result([one])).splitlines() == [
        "Class on host1",
        "",
        "Seat  Student  container_limits  restart_policy  Points",
        "   1  ashu     FAIL              pass            1/2",
        "   3  zoe      could not check   pass            1/2",
        "  10  priya    pass              pass            2/2",
        "",
        "4 pass, 1 fail, 1 could not check, of 6",
        "",
        "ashu, container_limits, host1: FAIL",
        "  memory, memory_swap: ashux2 has a byte: docker update -m 100m ashux2.",
        "",
        "zoe, container_limits, host1: could not check",
        "  memory: zoex2 is exited.",
        "",
        "Proofs by behaviour on host1, container_limits",
        "  pass  proof-oom: a process was killed",
        "  FAIL  proof-light: 1:1",
        "",
        "Proofs by behaviour on host1, restart_policy",
        "  could not check  scratch containers: Nothing was proved: no such image",
    ]


def test_what_is_nobodys_work_is_no_cell():
    """Such as a network that every engine has."""
    of_engine = finding("", "differs", subject="bridge", hint="it is another")
    result = class_result([host(class_check={"findings": [finding("ashu"), finding("priya"), of_engine]})])
    assert result["summary"] == {"pass": 2, "fail": 0, "could_not_check": 0}
    assert [(row["lab"], row["subject"], row["outcome"]) for row in result["proofs"]] == [("container_limits", "bridge", "fail")]


def test_the_layers_of_each_labs_images_are_apart():
    def image(student, lab):
        return dict(finding(student, subject=f"{student}{lab}:1", lab=lab), kind="image")

    def step(text, *images):
        return {"created_by": text, "size": 10, "empty": False, "images": list(images)}

    steps = [step("base", "ashuone:1", "ashutwo:1"), step("COPY one", "ashuone:1"), step("COPY two", "ashutwo:1"), step("compared", "other:1")]
    result = class_result([host(labs=["one", "two"], class_check={"findings": [image("ashu", "one"), image("ashu", "two")], "steps": steps})])
    assert [(row["lab"], row["images"], [layer["created_by"] for layer in row["layers"]]) for row in result["layers"]] == [
        ("one", 1, ["base", "COPY one"]),
        ("two", 1, ["base", "COPY two"]),
    ]


def test_proofs_are_no_cell():
    result = class_result([host(class_check={"findings": [finding("ashu"), finding("priya")]}, container_limits_proof={"unproved": "x"})])
    assert result["summary"] == {"pass": 2, "fail": 0, "could_not_check": 0}


def test_each_host_has_its_table():
    lines = class_table(class_result([host("host1"), host("host2", ["zoe"])])).splitlines()
    assert lines.count("Seat  Student  container_limits  Points") == 2
    assert [line for line in lines if line.startswith("Class on")] == ["Class on host1", "Class on host2"]


SIX = ["container_limits", "restart_policy", "flask_image", "distroless_image", "bridge_network", "namespaces"]


@pytest.mark.parametrize("mark", [None, 60])
@pytest.mark.parametrize("length", [1, 20, 32])
def test_a_table_is_no_wider_than_a_terminal(length, mark):
    names = [chr(ord("a") + number) * length for number in range(26)]
    result = class_result([host(students=names, labs=SIX, classroom_pass_mark=mark)])
    lines = class_table(result).splitlines()
    # Ansible shows them behind 8 columns.
    assert max(map(len, lines)) <= 72
    assert "1 container_limits   2 restart_policy   3 flask_image" in lines
    headers = [line.split()[2:] for line in lines if line.startswith("Seat")]
    assert [column for header in headers for column in header] == ["1", "2", "3", "4", "5", "6", "Points", *(["Passed"] if mark else [])]
    assert "? could not check" in lines
    watched = class_watch(result).splitlines()
    assert max(map(len, watched)) <= 72


def test_hostile_text_stays_text():
    hint = "{{ 7 * 7 }} %s $(reboot) \\ </td>"
    one = host(students=["ashu"], class_check={"findings": [finding("ashu", "differs", hint=hint)]})
    assert hint in class_table(class_result([one]))


def test_images_side_by_side():
    images = [
        {"name": "d:1", "size": 54_700_000, "layers": 3, "packages": None, "files": None, "setuid": None},
        {"name": "c:1", "size": 548_512_345, "layers": 9, "packages": 229, "files": 20123, "setuid": [f"/{number}" for number in range(9)]},
    ]
    compare = [{"title": "course", "image": "c:1"}, {"title": "of nobody", "image": "n:1"}, {"title": "distroless", "image": "d:1"}]
    one = host(labs=LABS, class_check={"findings": [finding("ashu")], "images": images}, restart_policy_asked={"compare": compare})
    result = class_result([one, host("host2")])
    assert result["compared"] == [
        {
            "host": "host1",
            "lab": "restart_policy",
            "images": [
                {"title": "course", "image": "c:1", "size": 548_512_345, "layers": 9, "packages": 229, "files": 20123, "setuid": 9},
                {"title": "distroless", "image": "d:1", "size": 54_700_000, "layers": 3, "packages": None, "files": None, "setuid": None},
            ],
        }
    ]
    lines = class_table(result).splitlines()
    begin = lines.index("Images on host1, restart_policy, side by side")
    assert [line.split() for line in lines[begin + 2:begin + 5]] == [
        ["Size", "Layers", "Packages", "Files", "Setuid", "Built", "as"],
        ["548.5", "MB", "9", "229", "20123", "9", "course"],
        ["54.7", "MB", "3", "?", "?", "?", "distroless"],
    ]
    assert max(map(len, lines)) <= 80


def test_what_containers_say_cannot_drive_the_terminal():
    hint = "\x1b[2J\x07\u202egnp.exe \ud83d"
    one = host(students=["ashu"], class_check={"findings": [finding("ashu", "differs", hint=hint, attribute="a\x9bb")]})
    shown = class_table(class_result([one]))
    assert "\\x1b[2J\\x07\\u202egnp.exe" in shown
    assert all(each.isprintable() or each == "\n" for each in shown)


def stepped(student, step, verdict="ok", hint="mend it", lab="container_limits"):
    return dict(finding(student, verdict, hint=hint, subject=f"{student}{step}", lab=lab), step=step)


def graded(*findings, students=("ashu", "priya"), seen=None, **variables):
    return class_result([host(students=students, class_check={"findings": list(findings), **(seen or {})}, **variables)])


def test_an_exam_has_no_hints_and_says_why_something_could_not_be_checked():
    anew = "ashux2 could not be checked: it exited. docker rm --force ashux2, then docker run --memory 100m busybox."
    findings = [stepped("ashu", "x1", "differs"), stepped("ashu", "x2", "stopped", anew), stepped("ashu", "x3", "unreachable", "no engine")]
    exam = ["", "ashux2 could not be checked: it exited.", "no engine"]
    for asked, hints, expected in ((True, True, ["mend it", anew, "no engine"]), (False, False, exam), ("false", False, exam)):
        result = graded(*findings, classroom_hints=asked)
        assert [each["hint"] for each in result["cells"][0]["findings"]] == expected
        assert result["hints"] is hints
        table = class_table(result)
        assert ("mend it" in table, "--memory 100m" in table, "no engine" in table) == (hints, hints, True)


def test_what_could_not_be_listed_is_told():
    usage, listed = {"msg": "No engine.", "failed": False}, {"networks": [], "images": []}
    result = class_result([host(class_check={"findings": [finding("ashu")], "usage": usage, "objects": listed})])
    (row,) = result["strangers"]
    assert (row["kind"], row["why"]) == ("container", "whose they are could not be looked at: No engine.")
    assert row["why"] in " ".join(class_table(result).split())


def objects(containers=(), networks=(), images=()):
    return {
        "usage": {
            "host": {"mode": "v2"},
            "containers": [{"name": name, "labels": labels, "usage": {"memory": 1}} for name, labels in containers],
        },
        "objects": {
            "networks": [{"Name": name, "Labels": labels} for name, labels in networks],
            "images": [{"RepoTags": tags, "Labels": labels} for tags, labels in images],
        },
    }


def test_what_is_claimed_twice_is_nobodys_work():
    theirs = {"classroom.class": "monday", "classroom.student": "priya", "classroom.lab": "container_limits"}
    result = graded(
        stepped("ashu", "x1"), stepped("ashu", "x2"), stepped("priya", "x1"), stepped("priya", "x2"),
        classroom_name="monday", seen=objects([("ashux1", theirs), ("ashux2", {})]),
    )  # fmt: skip
    assert [(cell["student"], cell["outcome"], cell["points"], cell["points_open"]) for cell in result["cells"]] == [
        ("ashu", "could_not_check", 1, 1),
        ("priya", "pass", 2, 0),
    ]
    assert [(row["host"], row["name"], row["students"]) for row in result["strangers"]] == [("host1", "ashux1", ["ashu", "priya"])]
    assert "container ashux1 on host1: it is named as ashu's, and its label" in " ".join(class_table(result).split())
    assert [finding["verdict"] for finding in result["cells"][0]["findings"]] == ["unverifiable", "ok"]


def test_who_works_on_another_host_is_no_stranger():
    ashu, priya = ({"findings": [finding(name, subject=f"{name}x1") | {"step": "x1"}]} for name in ("ashu", "priya"))
    one = host("docker1", ["ashu"], class_check={**ashu, **objects([("ashux1", {}), ("priyax1", {})])}, classroom_name="monday")
    two = host("docker2", ["priya"], class_check=priya, classroom_name="monday")
    (row,) = class_result([one, two])["strangers"]
    assert (row["host"], row["name"], row["why"]) == ("docker1", "priyax1", "its name begins with priya, who sits on docker2")


def test_a_host_that_everybody_left_takes_nobody_the_result():
    empty = host("d3", [{"name": "priya", "state": "absent"}], classroom_name="monday")
    assert cells(host("docker1", ["ashu"], class_check={"findings": [finding("ashu")]}), empty) == {("docker1", "ashu", "container_limits"): "pass"}


@pytest.mark.parametrize(("value", "hints"), [(None, True), (True, True), ("yes", True), (False, False), ("false", False)])
def test_whether_there_are_hints(value, hints):
    assert graded(stepped("ashu", "x1", "differs"), classroom_hints=value)["hints"] is hints


def test_hints_that_are_neither_on_nor_off():
    with pytest.raises(ClassroomError, match="classroom_hints: 'maybe'"):
        graded(stepped("ashu", "x1"), classroom_hints="maybe")


def test_titles_are_no_wider_than_a_terminal():
    steps = [{"created_by": "COPY x", "size": 5400000000, "empty": False, "images": [f"student{number}flask:v001" for number in range(90)]}]
    images = [dict(finding(f"student{number}", subject=f"student{number}flask:v001", lab="flask_image"), kind="image") for number in range(90)]
    check = {"findings": images, "steps": steps}
    result = class_result([host("docker1.training.example.com" * 2, ["ashu"], ["flask_image"], class_check=check)])
    assert max(map(len, class_table(result).splitlines())) <= 72


def test_where_a_student_of_several_hosts_is_stuck():
    found = {"findings": [finding("ashu", "differs") | {"step": "x1"}]}
    result = class_result([host(name, ["ashu"], class_check=found) for name in ("docker1", "docker2")])
    assert result["stuck"][0]["students"] == ["ashu on docker1", "ashu on docker2"]


def test_use_and_hosts():
    result = graded(stepped("ashu", "x2"), seen=objects([("ashux2", {}), ("web", {})]))
    assert result["usage"] == [
        {"host": "host1", "lab": "container_limits", "student": "ashu", "step": "x2", "name": "ashux2", "labels": {}, "usage": {"memory": 1}}
    ]
    assert result["hosts"] == [{"host": "host1", "mode": "v2"}]


def test_where_the_class_is_stuck():
    result = graded(stepped("ashu", "x1"), stepped("ashu", "x2", "differs"), stepped("priya", "x1", "stopped"), stepped("priya", "x2", "absent"))
    assert [(row["step"], row["pass"], row["fail"], row["could_not_check"], row["students"]) for row in result["stuck"]] == [
        ("x2", 0, 2, 0, ["ashu", "priya"]),
        ("x1", 1, 0, 1, ["priya"]),
    ]
    assert class_watch(result).splitlines()[-2:] == ["  container_limits x2: 2 of 2: ashu, priya", "  container_limits x1: 1 of 2: priya"]
    assert class_watch(graded(stepped("ashu", "x1"), students=["ashu"])).splitlines()[-1] == "Everybody has passed everything."
    assert "nothing was checked of ashu on host1" in class_watch(graded(students=["ashu"]))


def test_who_has_passed():
    findings = [stepped("ashu", "x1"), stepped("ashu", "x2", "stopped"), stepped("priya", "x1"), stepped("priya", "x2", "differs")]
    result = graded(*findings, classroom_pass_mark=60, classroom_points={"container_limits": {"x2": 2}})
    assert [(row["points"], row["points_open"], row["points_max"], row["percent"], row["passed"]) for row in result["students"]] == [
        (1, 2, 3, 33.3, None),
        (1, 0, 3, 33.3, False),
    ]
    lines = class_table(result).splitlines()
    assert "   1  ashu     could not check   1/3     open" in lines
    assert "   2  priya    FAIL              1/3     NO" in lines
    assert "0 of 2 have the 60 per cent that are needed, 1 are open" in lines


def test_one_who_copied_is_told_so():
    def asked(student, value, declared):
        verdict = "ok" if value == declared else "differs"
        found = Finding(f"{student}x2", "memory", verdict, value, declared, hint="Mend it.", student=student, lab="container_limits", step="x2")
        return found.as_dict()

    found = [asked("ashu", 87 * 1024**2, 91 * 1024**2), asked("priya", 91 * 1024**2, 91 * 1024**2)]
    result = class_result([host(class_check={"findings": found})])
    assert "--memory 91m is what is asked of another seat; yours is --memory 87m." in " ".join(class_table(result).split())
    exam = class_result([host(classroom_hints=False, class_check={"findings": found})])
    assert "another seat" not in class_table(exam)


def test_hosts_of_two_classes_have_no_result():
    hosts = [host("h1", classroom_name="monday"), host("h2", classroom_name="tuesday"), host("h3", classroom_name="monday")]
    with pytest.raises(ClassroomError, match="classroom_name: 'monday' of h1 and 'tuesday' of h2: a run is of one class"):
        class_result(hosts)
