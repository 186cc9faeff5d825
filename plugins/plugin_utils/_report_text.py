# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This plugin utility is private to the collection.

"""What stands in results, as text that a page, a spreadsheet and an XML parser can hold."""

from __future__ import annotations

import json
from typing import Any

from ansible_collections.classroom.containers.plugins.module_utils._limits import format_bytes
from ansible_collections.classroom.containers.plugins.plugin_utils._table import printable

#: What stands where there is nothing to show.
NOTHING = "–"
#: The longest text of one value; all of it is in class.json.
LONGEST = 1000
#: Attributes whose numbers are bytes.
_BYTES = {"memory", "memory_swap", "memory_reservation", "kernel_memory", "shm_size", "size", "size_max"}


def shown(text: Any, longest: int = LONGEST) -> str:
    """A text in which every character is one that can be seen: no control, no ANSI escape, nothing that turns the direction of writing.

    :param longest: the number of characters it is cut to; 0 for all of them
    """
    text = str(text)
    more = len(text) - longest if longest else 0
    if more > 0:
        text = text[:longest]
    if not text.isprintable():
        # White space that XML does not have, and that a page would not show.
        text = printable(text).replace("\r", "\\r").replace("\x0b", "\\x0b").replace("\x0c", "\\x0c")
    return f"{text} … and {more} characters more" if more > 0 else text


def value_text(attribute: str, value: Any) -> str:
    """A value of a finding for a reader, with its unit where it is one of bytes."""
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int) and attribute in _BYTES:
        return format_bytes(value)
    if isinstance(value, dict):
        return shown(", ".join(f"{key}: {_inner(its)}" for key, its in value.items())) or NOTHING
    if isinstance(value, (list, tuple)):
        return shown(", ".join(map(_inner, value))) or NOTHING
    return shown(value) or NOTHING


def _inner(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def number(value: Any) -> str:
    """A number without the zeros that say nothing."""
    return NOTHING if value is None else f"{value:.10g}"


def points_text(row: dict, unit: str = "") -> str:
    """Won of all, and what is open. Empty where there are no points to be had."""
    if not row.get("points_max"):
        return ""
    still = f", {number(row['points_open'])} open" if row.get("points_open") else ""
    return f"{number(row['points'])} of {number(row['points_max'])}{unit}{still}"


def why(finding: dict) -> str:
    """A finding in one line, for who looks for what to do."""
    hint = finding.get("hint") or f"{finding['subject']} is not as asked."
    return f"{finding['attribute']}: {hint}"
