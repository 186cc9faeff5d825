# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This plugin utility is private to the collection.

"""The result of a class and its earlier attempts in, the files of its report out."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.module_utils._findings import PASS
from ansible_collections.classroom.containers.plugins.plugin_utils._report_csv import class_csv
from ansible_collections.classroom.containers.plugins.plugin_utils._report_html import class_html
from ansible_collections.classroom.containers.plugins.plugin_utils._report_junit import class_junit

#: The key of the class's report in a student's row that the trend is made of.
_TREND = ("host", "student", "points", "points_open", "points_max")


def class_json(result: dict) -> str:
    """The whole result, as docs/class.schema.json describes it."""
    # ASCII alone: whatever a container says, a terminal that shows the file obeys nothing of it.
    return json.dumps(plain(result), indent=1) + "\n"


#: The files of a report, by the name of their format.
FORMATS = {
    "html": ("class.html", class_html),
    "json": ("class.json", class_json),
    "csv": ("class.csv", class_csv),
    "junit": ("junit.xml", class_junit),
}


def class_files(result: dict, time: str, formats: Any = tuple(FORMATS), attempts: Any = (), last: int = 0) -> list:
    """The files of a report.

    :param result: as class_result makes it
    :param time: now, in UTC, as ISO 8601
    :param formats: which of FORMATS
    :param attempts: those before this one, as report_files returns them
    :param last: the number of the last one, which may not be among them; 0 where there is none
    :returns: ``name`` and ``content`` of each; the attempt is among them where it differs from the last one, or nobody knows whether
    :raises ClassroomError: there is no such format, or the time is none
    """
    unknown = [name for name in formats if name not in FORMATS]
    if unknown:
        raise ClassroomError(f"class_report_formats: {unknown[0]!r}: it is one of {', '.join(FORMATS)}")
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", time):
        raise ClassroomError(f"time: {time!r}: it must be in UTC, as in 2026-03-23T04:33:43Z")
    result, before = plain(result), plain(list(attempts))
    number = before[-1]["number"] if before else 0
    attempt = _attempt(result, max(number, int(last)) + 1, time)
    new = not before or number < int(last) or before[-1]["fingerprint"] != attempt["fingerprint"]
    document = {**result, "time": time, "attempts": [_in_trend(each) for each in [*before, *([attempt] if new else [])]]}
    document["attempt"] = document["attempts"][-1]["number"]
    files = [FORMATS[name] for name in FORMATS if name in formats]
    found = [{"name": name, "content": render(document)} for name, render in files]
    if new:
        found.append({"name": _file_name(attempt), "content": json.dumps(attempt) + "\n"})
    return found


def plain(value: Any) -> Any:
    """The same of Python's own types alone: Ansible's are made of them, and renderers look into them."""
    if isinstance(value, dict):
        return {str(key): plain(its) for key, its in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(its) for its in value]
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value)
    return float(value) if isinstance(value, float) else str(value)


def _attempt(result: dict, number: int, time: str) -> dict:
    """What is kept of this attempt: who had what, and why not; what passed needs no evidence any more."""
    return {
        "schema_version": result.get("schema_version", 1),
        "class": result.get("class", ""),
        "number": number,
        "time": time,
        "fingerprint": _fingerprint(result),
        "labs": result.get("labs", []),
        "pass_mark": result.get("pass_mark"),
        "summary": result["summary"],
        "students": result.get("students", []),
        "cells": [{**cell, "findings": [_kept(finding) for finding in cell["findings"]]} for cell in result["cells"]],
    }


def _kept(finding: dict) -> dict:
    if finding["outcome"] != PASS:
        return finding
    return {key: finding[key] for key in ("subject", "attribute", "step", "verdict", "outcome") if key in finding}


def _fingerprint(result: dict) -> str:
    """The same for two results with the same outcomes, verdicts and points: the proofs and what containers use are not of it."""
    cells = [
        [
            [cell["host"], cell["student"], cell["lab"], cell["outcome"]],
            sorted([finding["subject"], finding["attribute"], finding["verdict"]] for finding in cell["findings"]),
            [[step["step"], step["weight"], step["outcome"]] for step in cell.get("steps", ())],
        ]
        for cell in result["cells"]
    ]
    return hashlib.sha256(json.dumps(sorted(cells)).encode()).hexdigest()


def _in_trend(attempt: dict) -> dict:
    students = [{key: student.get(key) for key in _TREND} for student in attempt["students"]]
    return {"number": attempt["number"], "time": attempt["time"], "summary": attempt["summary"], "students": students}


def _file_name(attempt: dict) -> str:
    """attempts/, the number by which they are in order, and the time: a clock that was set back may give a time twice."""
    return f"attempts/{attempt['number']:04}-{re.sub('[:-]', '', attempt['time'])}.json"
