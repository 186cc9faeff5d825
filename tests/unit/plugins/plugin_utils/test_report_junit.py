# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""JUnit XML: valid whatever stands in a result, and three outcomes in three places."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET

import pytest
from ansible_collections.classroom.containers.plugins.plugin_utils._report_junit import class_junit


@pytest.fixture
def result(fixtures):
    return json.loads((fixtures / "report/result.json").read_text(encoding="utf-8"))


def parsed(result):
    # As bytes: a parser of a file believes the declaration.
    return ET.fromstring(class_junit(result).encode())


def cases(result):
    found = {}
    for suite in parsed(result):
        for case in suite:
            found[suite.get("name"), case.get("name")] = [child.tag for child in case]
    return found


def test_a_suite_a_lab_and_a_case_a_student_and_step(result):
    found = cases(result)
    assert len(found) == 3 * 19
    assert [suite.get("name") for suite in parsed(result)] == result["labs"]
    for cell in result["cells"]:
        for step in cell["steps"]:
            expected = {"pass": [], "fail": ["failure"], "could_not_check": ["skipped"]}[step["outcome"]]
            assert found[cell["lab"], f"{cell['student']} {step['step']}"] == expected


def test_counts(result):
    root = parsed({**result, "time": "2026-11-25T02:31:10Z"})
    assert {key: root.get(key) for key in ("tests", "failures", "errors", "skipped")} == {"tests": "57", "failures": "8", "errors": "0", "skipped": "1"}
    for key in ("tests", "failures", "skipped"):
        assert sum(int(suite.get(key)) for suite in root) == int(root.get(key))
    assert {suite.get("timestamp") for suite in root} == {"2026-11-25T02:31:10"}


def test_a_failure_says_what_to_do_and_where_it_was_read(result):
    (failure,) = [case.find("failure") for case in parsed(result).iter("testcase") if case.get("name") == "murali x2"]
    assert failure.get("message").endswith("docker update --memory 100m muralix2.")
    assert failure.get("type") == "differs"
    assert "HostConfig.Memory=100000000" in failure.text
    assert "asked 104857600 bytes (100 MiB), declared 100000000 bytes" in failure.text


def test_a_failure_tells_of_what_failed_and_not_of_what_is_open(result):
    (failure,) = [case.find("failure") for case in parsed(result).iter("testcase") if case.get("name") == "murali v001"]
    assert failure.get("type") == "differs"
    assert failure.get("message").startswith("state: muralic1 is exited")
    assert "could not be checked" not in failure.get("message")


def test_nothing_checked_is_skipped(result):
    for cell in result["cells"]:
        if cell["student"] == "ashu":
            cell.update(findings=[], outcome="could_not_check", steps=[{**step, "outcome": "could_not_check"} for step in cell["steps"]])
    found = cases(result)
    assert {tuple(tags) for (_lab, name), tags in found.items() if name.startswith("ashu ")} == {("skipped",)}
    for cell in result["cells"]:
        cell.update(findings=[], outcome="could_not_check", steps=[])
    assert set(map(tuple, cases(result).values())) == {("skipped",)}
    assert len(cases(result)) == 18


def test_a_dot_in_a_student_is_no_package(result):
    result["cells"][0]["student"] = "ashu.k"
    assert {case.get("classname") for case in parsed(result).iter("testcase")} == {f"classroom.{lab}" for lab in result["labs"]}


def test_students_of_two_hosts_are_told_apart(result):
    others = json.loads(json.dumps(result["cells"]).replace('"localhost"', '"other"'))
    result["cells"] += others
    assert len(cases(result)) == 2 * 57
    assert ("container_limits", "ashu on other x1") in cases(result)


HOSTILE = ["\x00\x01\x0b\x0c\x1f\x7f\x9f", "\x1b[31m", "]]>", "<a>&\"'", "</failure>", "\ud800", "\ufffe\uffff", "\u202e", "a\r\nb", "x" * 100_000, "Zoë 日本 😀"]


@pytest.mark.parametrize("text", HOSTILE)
def test_it_is_xml_whatever_stands_in_it(result, text):
    result.update({"class": text, "labs": [text, *result["labs"][1:]]})
    for cell in result["cells"]:
        if cell["lab"] == "container_limits":
            cell.update(lab=text, student=text, host=text)
            for step in cell["steps"]:
                step["step"] = text
            for finding in cell["findings"]:
                finding.update(subject=text, attribute=text, asked=text, declared=[text], enforced={text: text}, evidence=[text], hint=text, step=text)
    root = parsed(result)
    assert root.get("tests") == "57"
    assert len(class_junit(result)) < 800_000


def test_the_declaration_is_not_that_of_the_locale(result, monkeypatch):
    monkeypatch.setattr("locale.getpreferredencoding", lambda *_: "ANSI_X3.4-1968")
    assert class_junit(result).startswith('<?xml version="1.0" encoding="utf-8"?>\n<testsuites ')
