# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This plugin utility is private to the collection.

"""The gradebook of a class: a row for each student, for spreadsheets and learning platforms."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

from ansible_collections.classroom.containers.plugins.plugin_utils._report_text import shown
from ansible_collections.classroom.containers.plugins.plugin_utils._table import WORDS

_PASSED = {True: "yes", False: "no", None: "open"}
#: Where a spreadsheet would begin a formula: first in a cell, and after whatever another spreadsheet may take for the end of one.
_FORMULA = re.compile(r"(^|[,;|\t\n\"])(\s*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20])")


def class_csv(result: dict) -> str:
    """The gradebook, as RFC 4180 has it: a title line, then a line for each student of each host.

    Of each lab there is the outcome, and its points in the column NAME_points.
    """
    labs = result.get("labs", [])
    marked = result.get("pass_mark") is not None
    file = io.StringIO()
    writer = csv.writer(file)
    of_labs = [title for lab in labs for title in (lab, f"{lab}_points")]
    writer.writerow(map(_cell, ["class", "attempt", "time", "host", "seat", "student", *of_labs, "points", "points_open", "points_max", "percent", "passed"]))
    cells = {(cell["host"], cell["student"], cell["lab"]): cell for cell in result["cells"]}
    for student in gradebook_rows(result):
        its = [cells.get((student["host"], student["student"], lab), {}) for lab in labs]
        row = [result.get("class"), result.get("attempt"), result.get("time"), student["host"], student["seat"], student["student"]]
        row += [value for cell in its for value in (WORDS.get(cell.get("outcome"), ""), cell.get("points"))]
        row += [student.get(key) for key in ("points", "points_open", "points_max", "percent")]
        writer.writerow(map(_cell, [*row, _PASSED[student.get("passed")] if marked else ""]))
    return file.getvalue()


def gradebook_rows(result: dict) -> list:
    """The rows of the students, or those that the cells name where there are none."""
    if result.get("students"):
        return result["students"]
    seen = {(cell["host"], cell["seat"], cell["student"]): None for cell in result["cells"]}
    return [{"host": host, "seat": seat, "student": student} for host, seat, student in seen]


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    return _FORMULA.sub(r"\1\2'", shown(value)) if isinstance(value, str) else value
