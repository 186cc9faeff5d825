# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gradebook, and that no spreadsheet computes what is in it."""

from __future__ import annotations

import csv
import io
import json

import pytest
from ansible_collections.classroom.containers.plugins.plugin_utils._report_csv import class_csv


def rows(result, **format_options):
    return list(csv.DictReader(io.StringIO(class_csv(result), newline=""), **format_options))


@pytest.fixture
def result(fixtures):
    return json.loads((fixtures / "report/result.json").read_text(encoding="utf-8"))


def test_a_row_for_each_student(result):
    found = rows({**result, "attempt": 3, "time": "2026-11-25T02:31:10Z"})
    assert [row["student"] for row in found] == ["ashu", "murali", "priya"]
    assert found[2] == {
        "class": "classroom", "attempt": "3", "time": "2026-11-25T02:31:10Z", "host": "localhost", "seat": "3", "student": "priya",
        "container_limits": "could not check", "container_limits_points": "1", "restart_policy": "FAIL", "restart_policy_points": "3",
        "flask_image": "pass", "flask_image_points": "3", "distroless_image": "FAIL", "distroless_image_points": "0",
        "bridge_network": "FAIL", "bridge_network_points": "3", "namespaces": "pass", "namespaces_points": "4",
        "points": "14", "points_open": "1", "points_max": "19", "percent": "73.7", "passed": "yes",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("mark", "passed", "expected"), [(60, True, "yes"), (60, False, "no"), (60, None, "open"), (None, None, "")]
)
def test_who_passed(result, mark, passed, expected):
    result["pass_mark"] = mark
    result["students"][0]["passed"] = passed
    assert rows(result)[0]["passed"] == expected


def test_a_lab_that_a_host_does_not_have_is_empty(result):
    result["cells"] = [cell for cell in result["cells"] if (cell["student"], cell["lab"]) != ("ashu", "namespaces")]
    assert (rows(result)[0]["namespaces"], rows(result)[0]["namespaces_points"]) == ("", "")


def test_students_of_two_hosts_are_not_mixed(result):
    others = json.loads(json.dumps(result).replace('"localhost"', '"other"'))
    for cell in others["cells"]:
        cell["outcome"] = "fail"
    both = {**result, "cells": result["cells"] + others["cells"], "students": result["students"] + others["students"]}
    assert [(row["host"], row["namespaces"]) for row in rows(both) if row["student"] == "ashu"] == [("localhost", "pass"), ("other", "FAIL")]


#: Names that a spreadsheet would compute, and as what they are written.
FORMULAS = {
    "=1+1": "'=1+1",
    "=cmd|' /C calc'!A0": "'=cmd|' /C calc'!A0",
    "+1": "'+1",
    "-2+3": "'-2+3",
    "@SUM(A1)": "'@SUM(A1)",
    "  =1": "  '=1",
    "\t=1": "\t'=1",
    "\r=1": "\\r=1",
    "\n=1": "\n'=1",
    "＝1+1": "'＝1+1",
    "＠x": "'＠x",
    "a;=1": "a;'=1",
    'a",=1': "a\",'=1",
    'a";"=1': "a\";\"'=1",
    "a\t@x": "a\t'@x",
    "\x00=1": "\\x00=1",
    "ashu-k": "ashu-k",
    "on-failure:3": "on-failure:3",
    "a=b": "a=b",
    "2026-01-01": "2026-01-01",
}


@pytest.mark.parametrize("name", FORMULAS)
@pytest.mark.parametrize("field", ["student", "host", "class", "lab"])
def test_no_field_is_a_formula(result, field, name):
    if field == "class":
        result["class"] = name
    elif field == "lab":
        result["labs"][0] = name
        assert FORMULAS[name] in rows(result)[0]
        return
    else:
        for row in (result["students"][0], *(cell for cell in result["cells"] if cell["student"] == "ashu")):
            row[field] = name
    assert rows(result)[0][field] == FORMULAS[name]


@pytest.mark.parametrize("name", ['"', ",", "a\nb", "a\r\nb", '"","', "x" * 5000, "Zoë 日本", "\x1b[31m"])
def test_whatever_a_name_is_there_is_a_row_a_student(result, name):
    result["students"][0]["student"] = name
    found = rows(result, strict=True)
    assert len(found) == 3
    assert all(None not in row and None not in row.values() for row in found)
    assert "\x1b" not in class_csv(result)
