# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This plugin utility is private to the collection.

"""The result of a class as text for a terminal of 80 columns."""

from __future__ import annotations

import string
import textwrap

from ansible_collections.classroom.containers.plugins.module_utils._findings import COULD_NOT_CHECK, FAIL, OUTCOMES, PASS
from ansible_collections.classroom.containers.plugins.plugin_utils._grades import worst

#: What a reader is told of each outcome.
WORDS = {PASS: "pass", FAIL: "FAIL", COULD_NOT_CHECK: "could not check"}
#: The same where every column counts.
_SHORT = {**WORDS, COULD_NOT_CHECK: "?"}
_PASSED = {True: "yes", False: "NO", None: "open"}
#: Ansible indents what it shows by 8.
_WIDTH = 72


def class_table(result: dict) -> str:
    """The result for a terminal of 80 columns: the cells, then why those failed that failed, then the proofs."""
    lines = []
    for host in _hosts(result):
        lines += [*_wrapped(f"Class on {host}", indent=""), "", *_matrix(result, host)]
    summary = result["summary"]
    lines.append(", ".join(f"{summary[outcome]} {WORDS[outcome].lower()}" for outcome in OUTCOMES) + f", of {sum(summary.values())}")
    if result["pass_mark"] is not None:
        passed = [student["passed"] for student in result["students"]]
        lines.append(f"{passed.count(True)} of {len(passed)} have the {result['pass_mark']:g} per cent that are needed, {passed.count(None)} are open")
    for cell in result["cells"]:
        if cell["outcome"] != PASS:
            title = f"{cell['student']}, {cell['lab']}, {cell['host']}: {WORDS[cell['outcome']]}"
            lines += ["", *_wrapped(title, indent=""), *_reasons(cell["findings"])]
    lines += _strangers(result["strangers"])
    lines += _layers(result["layers"])
    lines += _compared(result["compared"])
    lines += _proofs(result["proofs"])
    return "\n".join(lines)


def class_watch(result: dict) -> str:
    """Where a class is stuck, for a terminal of 80 columns: the cells, and for each step that somebody has not passed, who."""
    lines = []
    for host in _hosts(result):
        lines += [*_wrapped(f"Class on {host}", indent=""), "", *_matrix(result, host)]
    passed = all(cell["outcome"] == PASS for cell in result["cells"])
    lines.append("Everybody has passed everything." if passed else "Not passed yet:")
    for row in result["stuck"]:
        count = sum(row[outcome] for outcome in OUTCOMES)
        lines += _wrapped(f"{row['lab']} {row['step'] or '-'}: {len(row['students'])} of {count}: {', '.join(row['students'])}")
    for cell in result["cells"]:
        if not cell["findings"]:
            lines += _wrapped(f"{cell['lab']}: nothing was checked of {cell['student']} on {cell['host']}")
    return "\n".join(lines)


def _hosts(result: dict) -> list:
    return list(dict.fromkeys(cell["host"] for cell in result["cells"]))


def _matrix(result: dict, host: str) -> list:
    """The table of a host, a row for each student. Where the labs' names do not fit, the columns have numbers; where these do not, there are several parts."""
    labs = result["labs"]
    rows: dict = {}
    for cell in result["cells"]:
        if cell["host"] == host:
            rows.setdefault((cell["seat"], cell["student"]), {})[cell["lab"]] = cell["outcome"]
    last = {(row["seat"], row["student"]): _points(row, result["pass_mark"]) for row in result["students"] if row["host"] == host}
    title = ["Points"] if result["pass_mark"] is None else ["Points", "Passed"]

    def part(first: int, end: int, names: list, words: dict) -> list:
        body = [
            [str(key[0]), key[1], *(words.get(row.get(lab), "-") for lab in labs[first:end]), *(last[key] if end == len(labs) else [])]
            for key, row in sorted(rows.items())
        ]
        return _columns([["Seat", "Student", *names[first:end], *(title if end == len(labs) else [])], *body])

    named = part(0, len(labs), labs, WORDS)
    if max(map(len, named)) <= _WIDTH:
        return [*named, ""]
    numbers = [str(number + 1) for number in range(len(labs))]
    legend = textwrap.wrap("   ".join(f"{number}\xa0{lab}" for number, lab in zip(numbers, labs)), _WIDTH)
    lines = [*(line.replace("\xa0", " ") for line in legend), ""]
    first = 0
    while first < len(labs):
        for end in range(len(labs), first, -1):
            block = part(first, end, numbers, _SHORT)
            if max(map(len, block)) <= _WIDTH or end == first + 1:
                break
        lines += [*block, ""]
        first = end
    if COULD_NOT_CHECK in [outcome for row in rows.values() for outcome in row.values()]:
        lines += ["? could not check", ""]
    return lines


def _points(row: dict, pass_mark: float | None) -> list:
    points = f"{row['points']:g}/{row['points_max']:g}"
    return [points] if pass_mark is None else [points, _PASSED[row["passed"]]]


def _strangers(rows: list) -> list:
    lines = ["", "Nobody's work"] if rows else []
    for row in rows:
        lines += _wrapped(f"{row['kind']} {row['name']} on {row['host']}: {row['why']}")
    return lines


def _layers(labs: list) -> list:
    lines = []
    for lab in labs:
        sizes = f"{lab['images']} images, {_megabytes(lab['together'])} on disk, {_megabytes(lab['apart'])} if apart"
        lines += ["", *_wrapped(f"Layers on {lab['host']}, {lab['lab']}: {sizes}", indent=""), ""]
        rows = [["Bytes", "Images", "Made by"], *([str(layer["size"]), str(layer["images"]), _shortened(layer["created_by"])] for layer in lab["layers"])]
        lines += _columns(rows)
    return lines


def _compared(labs: list) -> list:
    lines = []
    for lab in labs:
        lines += ["", *_wrapped(f"Images on {lab['host']}, {lab['lab']}, side by side", indent=""), ""]
        rows = [
            [_megabytes(image["size"]), *("?" if image[key] is None else str(image[key]) for key in ("layers", "packages", "files", "setuid")), image["title"]]
            for image in lab["images"]
        ]
        lines += _columns([["Size", "Layers", "Packages", "Files", "Setuid", "Built as"], *rows])
    return lines


def _megabytes(size: int) -> str:
    # As Docker shows sizes: in millions.
    return f"{size / 1000_000:.1f} MB"


def _shortened(text: str) -> str:
    return textwrap.shorten(text.removeprefix("/bin/sh -c #(nop)").replace("# buildkit", ""), _WIDTH - 24, placeholder=" ...")


def _proofs(proofs: list) -> list:
    groups: dict = {}
    for proof in proofs:
        groups.setdefault((proof["host"], proof["lab"]), {}).setdefault(proof["subject"], []).append(proof)
    lines = []
    for (host, lab), subjects in groups.items():
        lines += ["", *_wrapped(f"Proofs by behaviour on {host}, {lab}", indent="")]
        for subject, found in subjects.items():
            outcome = worst(finding["outcome"] for finding in found)
            # What did not pass is not to be looked for among what did.
            told = [finding for finding in found if finding["outcome"] != PASS] or found
            others = f" ({len(found) - len(told)} more pass)" if len(told) < len(found) else ""
            lines += _wrapped(f"{WORDS[outcome]}  {subject}: " + ", ".join(_proved(finding) for finding in told) + others)
    return lines


def _proved(finding: dict) -> str:
    return finding["hint"] or f"{finding['attribute']} {finding['declared']}"


def printable(text: str) -> str:
    """A text that cannot move the cursor or change colours: what containers say may have anything in it."""
    return "".join(each if each.isprintable() or each in string.whitespace else each.encode("unicode_escape").decode() for each in text)


def _columns(rows: list) -> list:
    rows = [[printable(cell) for cell in row] for row in rows]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    aligned = [[row[0].rjust(widths[0]), *map(str.ljust, row[1:], widths[1:])] for row in rows]
    return ["  ".join(row).rstrip() for row in aligned]


def _reasons(findings: list) -> list:
    bad = [finding for finding in findings if finding["outcome"] != PASS]
    if not bad:
        return _wrapped("Nothing was checked: the check did not run to its end on this host.")
    hints: dict = {}
    for finding in bad:
        # A lab's containers may have the same to say of the same attribute. In an exam, there is no more to say than what is wrong.
        hints.setdefault(finding["hint"] or f"{finding['subject']} is not as asked.", {})[finding["attribute"]] = None
    return [line for hint, attributes in hints.items() for line in _wrapped(f"{', '.join(attributes)}: {hint}")]


def _wrapped(text: str, indent: str = "  ") -> list:
    return textwrap.wrap(printable(text), _WIDTH, initial_indent=indent, subsequent_indent=f"{indent}  ", break_long_words=False, break_on_hyphens=False)
