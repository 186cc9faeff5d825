# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings in, cells and a table out."""

from __future__ import annotations

import itertools

import pytest
from ansible_collections.classroom.containers.plugins.module_utils._findings import OUTCOME_OF, Finding
from ansible_collections.classroom.containers.plugins.plugin_utils._result import class_result, class_table, worst

LABS = ["container_limits", "restart_policy"]


def finding(student, verdict="ok", attribute="memory", hint="", subject="", lab="container_limits"):
    return Finding(subject or f"{student}x2", attribute, verdict, student=student, lab=lab, hint=hint).as_dict()


def host(name="host1", students=("ashu", "priya"), labs=("container_limits",), **variables):
    return {"inventory_hostname": name, "classroom_students": list(students), "classroom_labs": list(labs), **variables}


def cells(*hosts):
    return {(cell["host"], cell["student"], cell["lab"]): cell["outcome"] for cell in class_result(list(hosts))["cells"]}


@pytest.mark.parametrize("verdicts", [list(each) for size in range(4) for each in itertools.combinations(("ok", "stopped", "differs"), size)])
def test_no_outcome_is_folded_into_another(verdicts):
    """A fail counts whatever else there is; a pass needs that there is something and all of it passes."""
    expected = "fail" if "differs" in verdicts else "pass" if verdicts == ["ok"] else "could_not_check"
    for order in itertools.permutations(verdicts):
        assert worst([finding("ashu", verdict) for verdict in order]) == expected


@pytest.mark.parametrize("verdict", OUTCOME_OF)
def test_a_verdict_alone_is_its_outcome(verdict):
    assert worst([finding("ashu", verdict)]) == OUTCOME_OF[verdict]


def test_a_cell_has_the_findings_of_its_student_lab_and_host_alone():
    one = host("host1", ["ash", "ashu"], LABS, container_limits_check={"findings": [finding("ash", "differs"), finding("ashu")]},
               restart_policy_check={"findings": [finding("ash"), finding("ashu", "stopped")]})  # fmt: skip
    two = host("host2", ["ash"], ["container_limits"], container_limits_check={"findings": [finding("ash")]})
    assert cells(one, two) == {
        ("host1", "ash", "container_limits"): "fail",
        ("host1", "ashu", "container_limits"): "pass",
        ("host1", "ash", "restart_policy"): "pass",
        ("host1", "ashu", "restart_policy"): "could_not_check",
        ("host2", "ash", "container_limits"): "pass",
    }
    assert class_result([one, two])["summary"] == {"pass": 3, "fail": 1, "could_not_check": 1}


@pytest.mark.parametrize(
    "registered", [{}, {"container_limits_check": None}, {"container_limits_check": {"skipped": True}}, {"container_limits_check": {"findings": []}}]
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


def test_who_is_absent_has_no_cell_and_others_keep_their_seat():
    result = class_result([host(students=[{"name": "ashu", "state": "absent"}, "priya"])])
    assert [(cell["student"], cell["seat"]) for cell in result["cells"]] == [("priya", 2)]


def test_the_table():
    one = host(
        students=["ashu", {"name": "priya", "seat": 10}, "zoe"],
        labs=LABS,
        container_limits_check={
            "findings": [
                finding("ashu", "differs", hint="ashux2 has a byte: docker update -m 100m ashux2."),
                finding("ashu", "differs", "memory_swap", hint="ashux2 has a byte: docker update -m 100m ashux2."),
                finding("ashu", "rounded", "cpus", hint="The kernel rounds."),
                finding("priya"),
                finding("zoe", "stopped", hint="zoex2 is exited."),
            ]
        },
        restart_policy_check={"findings": [finding(student) for student in ("ashu", "priya", "zoe")]},
        container_limits_proof={
            "findings": [finding("", subject="proof-oom", hint="a process was killed"), finding("", "not_enforced", subject="proof-light", hint="1:1")]
        },
        restart_policy_proof={"unproved": "no such image"},
    )
    assert class_table(class_result([one])).splitlines() == [
        "Class on host1",
        "",
        "Seat  Student  container_limits  restart_policy",
        "   1  ashu     FAIL              pass",
        "   3  zoe      could not check   pass",
        "  10  priya    pass              pass",
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


def test_proofs_are_no_cell():
    result = class_result([host(container_limits_check={"findings": [finding("ashu"), finding("priya")]}, container_limits_proof={"unproved": "x"})])
    assert result["summary"] == {"pass": 2, "fail": 0, "could_not_check": 0}


def test_each_host_has_its_table():
    lines = class_table(class_result([host("host1"), host("host2", ["zoe"])])).splitlines()
    assert lines.count("Seat  Student  container_limits") == 2
    assert [line for line in lines if line.startswith("Class on")] == ["Class on host1", "Class on host2"]


def test_a_table_is_no_wider_than_a_terminal():
    labs = ["container_limits", "restart_policy", "flask_image", "distroless_image", "bridge_network", "namespaces"]
    lines = class_table(class_result([host(students=["a" * 32, "zoe"], labs=labs)])).splitlines()
    assert max(map(len, lines)) <= 80
    headers = [line.split()[2:] for line in lines if line.startswith("Seat")]
    assert [lab for header in headers for lab in header] == labs
    assert len(headers) == 3
    assert len([line for line in lines if line.strip().startswith("2  zoe")]) == 3


def test_hostile_text_stays_text():
    hint = "{{ 7 * 7 }} %s $(reboot) \\ </td>"
    one = host(students=["ashu"], container_limits_check={"findings": [finding("ashu", "differs", hint=hint)]})
    assert hint in class_table(class_result([one]))


def test_images_side_by_side():
    rows = [
        {"title": "course", "image": "c:1", "size": 548_512_345, "layers": 9, "packages": 229, "files": 20123, "setuid": 9},
        {"title": "distroless", "image": "d:1", "size": 54_700_000, "layers": 3, "packages": None, "files": None, "setuid": None},
    ]
    result = class_result([host(container_limits_check={"findings": [finding("ashu")], "compared": rows}), host("host2")])
    assert result["compared"] == [{"host": "host1", "lab": "container_limits", "images": rows}]
    lines = class_table(result).splitlines()
    begin = lines.index("Images on host1, container_limits, side by side")
    assert [line.split() for line in lines[begin + 2:begin + 5]] == [
        ["Size", "Layers", "Packages", "Files", "Setuid", "Built", "as"],
        ["548.5", "MB", "9", "229", "20123", "9", "course"],
        ["54.7", "MB", "3", "?", "?", "?", "distroless"],
    ]
    assert max(map(len, lines)) <= 80
