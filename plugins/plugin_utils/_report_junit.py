# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This plugin utility is private to the collection.

"""The result of a class as JUnit XML, as Jenkins and GitLab read it.

A step that could not be checked is skipped, with the reason. ``error`` would be the other place for it, and Jenkins counts an
error as a failure, so that the third outcome would be folded into the second. Both show skipped tests by themselves, beside those
that passed.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET

from ansible_collections.classroom.containers.plugins.module_utils._findings import COULD_NOT_CHECK, FAIL, PASS
from ansible_collections.classroom.containers.plugins.plugin_utils._report_text import shown, value_text, why


def class_junit(result: dict) -> str:
    """A testsuite for each lab, and in it a testcase for each student and step."""
    hosts = {cell["host"] for cell in result["cells"]}
    root = ET.Element("testsuites", name=shown(result.get("class", "")))
    for lab in result.get("labs", []):
        suite = ET.SubElement(root, "testsuite", name=shown(lab))
        for cell in result["cells"]:
            if cell["lab"] == lab:
                _cases(suite, result, cell, several=len(hosts) > 1)
        _count(suite)
        if result.get("time"):
            suite.set("timestamp", result["time"].rstrip("Z"))
    _count(root)
    ET.indent(root, " ")
    # By itself, it would declare the encoding of the locale.
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _cases(suite: ET.Element, result: dict, cell: dict, several: bool) -> None:
    student = f"{cell['student']} on {cell['host']}" if several else cell["student"]
    # Where there are no steps, the cell is all there is to tell.
    for step in cell.get("steps") or [{"step": "", "outcome": cell["outcome"]}]:
        # Jenkins takes what is before the last dot for the package: a dot in a student's name must not be there.
        classname = f"{result.get('class', '')}.{cell['lab']}"
        case = ET.SubElement(suite, "testcase", classname=shown(classname), name=shown(f"{student} {step['step']}".strip()), time="0")
        findings = [finding for finding in cell["findings"] if finding.get("step", "") == step["step"] or not cell.get("steps")]
        if step["outcome"] == PASS:
            continue
        bad = [finding for finding in findings if finding["outcome"] == (FAIL if step["outcome"] == FAIL else COULD_NOT_CHECK)]
        message = shown("; ".join(map(why, bad)) or "Nothing was checked: the check did not run to its end on this host.")
        if step["outcome"] == FAIL:
            told = ET.SubElement(case, "failure", message=message, type=", ".join(dict.fromkeys(finding["verdict"] for finding in bad)))
        else:
            told = ET.SubElement(case, "skipped", message=message)
        told.text = "\n".join(map(_told, findings)) or None


def _told(finding: dict) -> str:
    columns = ", ".join(f"{name} {value_text(finding['attribute'], finding.get(name))}" for name in ("asked", "declared", "enforced"))
    lines = [f"{finding['subject']} {finding['attribute']}: {finding['verdict']}: {columns}", *finding.get("evidence", ())]
    return "\n  ".join(map(shown, [*lines, *([finding["hint"]] if finding.get("hint") else [])]))


def _count(element: ET.Element) -> None:
    element.set("tests", str(len(list(element.iter("testcase")))))
    element.set("failures", str(len(list(element.iter("failure")))))
    element.set("errors", "0")
    element.set("skipped", str(len(list(element.iter("skipped")))))
