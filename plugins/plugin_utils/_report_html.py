# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This plugin utility is private to the collection.

"""The result of a class as one page: what the template shows, made of the result.

The page loads nothing. Its policy allows the one style sheet and the one script that are in it, by their hashes, so that what a
student put into a name or an output would be no script even if it were not escaped.
"""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import datetime, timezone
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from ansible_collections.classroom.containers.plugins.module_utils._findings import COULD_NOT_CHECK, FAIL, OUTCOMES, PASS
from ansible_collections.classroom.containers.plugins.module_utils._limits import DEFAULT, UNLIMITED
from ansible_collections.classroom.containers.plugins.plugin_utils._grades import worst
from ansible_collections.classroom.containers.plugins.plugin_utils._report_csv import gradebook_rows
from ansible_collections.classroom.containers.plugins.plugin_utils._report_text import NOTHING, number, points_text, shown, value_text, why
from ansible_collections.classroom.containers.plugins.plugin_utils._table import WORDS

_ROLE = Path(__file__).parents[2] / "roles/class_report"
_SIGNS = {PASS: "✓", FAIL: "✗", COULD_NOT_CHECK: "?"}
#: More containers than these have a list of the fullest above the list of all.
_FEW = 12
#: From which share of a limit on a bar says that it is nearly full, in percent.
_FULL = 90
#: How many attempts a line shows.
_DRAWN = 40


def class_html(result: dict) -> str:
    """The page.

    :param result: as class_result makes it, with ``time``, ``attempt`` and ``attempts`` where it is that of a report
    """
    css, script = _asset("class.css"), _asset("class.js")
    return _template().render(_view(result), css=Markup(css), script=Markup(script), css_hash=_hash(css), script_hash=_hash(script))


@lru_cache(maxsize=1)
def _template() -> Any:
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        loader=FileSystemLoader(_ROLE / "templates"),
        finalize=lambda value: value if isinstance(value, Markup) else shown(value),
    )
    environment.filters["breakable"] = _breakable
    environment.filters["when"] = lambda time: time.replace("T", " ").replace("Z", " UTC")
    environment.globals.update(signs=_SIGNS, words=WORDS, nothing=NOTHING)
    return environment.get_template("class.html.j2")


def _asset(name: str) -> str:
    return (_ROLE / "files" / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _breakable(name: str) -> Markup:
    """A name that may go on in the next line after what divides its words."""
    return Markup(re.sub(r"([_.:/-])", r"\1<wbr>", str(escape(shown(name)))))


def _view(result: dict) -> dict:
    labs = result.get("labs", [])
    panels = [_panel(f"p{place}", cell) for place, cell in enumerate(result["cells"])]
    students = gradebook_rows(result)
    usage = _usage(result)
    return {
        "name": result.get("class") or "",
        "time": result.get("time") or "",
        "attempt": result.get("attempt"),
        "labs": labs,
        "hints": result.get("hints", True),
        "panels": panels,
        "hosts": [_matrix(host, labs, panels, [row for row in students if row["host"] == host], result) for host in _unique(panels, "host")],
        "summary": [(outcome, result["summary"][outcome]) for outcome in OUTCOMES],
        "count": len({row["student"] for row in students}),
        "grades": _grades(students, result.get("pass_mark")),
        "stuck": _stuck(result),
        "unchecked": [panel for panel in panels if not panel["steps"]],
        "trend": _trend(result, students),
        "usage": usage,
        "fullest": sorted(usage, key=lambda row: -row["share"])[:_FEW] if len(usage) > _FEW else [],
        "compared": [_compared(row) for row in result.get("compared", ())],
        "layers": [_layers(row) for row in result.get("layers", ())],
        "proofs": _proofs(result.get("proofs", ())),
        "strangers": result.get("strangers", []),
        "engines": [_engine(row) for row in result.get("hosts", ())],
    }


def _unique(rows: list, key: str) -> list:
    return list(dict.fromkeys(row[key] for row in rows))


def _panel(identity: str, cell: dict) -> dict:
    steps: dict = {step["step"]: {**step, "findings": []} for step in cell.get("steps", ())}
    for finding in cell["findings"]:
        name = finding.get("step", "")
        steps.setdefault(name, {"step": name, "outcome": cell["outcome"], "findings": []})["findings"].append(_finding(finding))
    for step in steps.values():
        step["points"] = _step_points(step)
        step["hints"] = _hints(step["findings"])
        step["evidence"] = [finding for finding in step["findings"] if finding["evidence"]]
    return {
        **{key: cell[key] for key in ("host", "seat", "student", "lab", "outcome")},
        "id": identity,
        "points": points_text(cell, " points"),
        "ratio": f"{number(cell['points'])}/{number(cell['points_max'])}" if cell.get("points_max") else "",
        "steps": [step for step in steps.values() if step["findings"] or cell["findings"]],
    }


def _finding(finding: dict) -> dict:
    values = {key: value_text(finding["attribute"], finding.get(key)) for key in ("asked", "declared", "enforced")}
    return {
        **{key: finding[key] for key in ("subject", "attribute", "verdict", "outcome")},
        **values,
        "hint": finding.get("hint") or "",
        "evidence": list(finding.get("evidence") or ()),
    }


def _step_points(step: dict) -> str:
    if step.get("weight") is None:
        return ""
    won = {PASS: number(step["weight"]), FAIL: "0"}.get(step["outcome"], "open,")
    return f"{won} of {number(step['weight'])}" if step["outcome"] != COULD_NOT_CHECK else f"{number(step['weight'])} open"


def _hints(findings: list) -> list:
    """Each hint once, with the attributes that have it: of a container that is not there, all say the same."""
    hints: dict = {}
    for finding in findings:
        if finding["outcome"] != PASS:
            hints.setdefault(why(finding).partition(": ")[2], (finding["outcome"], []))[1].append(finding["attribute"])
    return [{"hint": hint, "outcome": outcome, "attributes": ", ".join(dict.fromkeys(attributes))} for hint, (outcome, attributes) in hints.items()]


def _matrix(host: str, labs: list, panels: list, students: list, result: dict) -> dict:
    mine: dict = {}
    for panel in panels:
        if panel["host"] == host:
            mine.setdefault((panel["seat"], panel["student"]), {})[panel["lab"]] = panel
    totals = {(row["seat"], row["student"]): row for row in students}
    rows = []
    for key, cells in sorted(mine.items()):
        total = totals.get(key, {})
        rows.append(
            {
                "seat": key[0],
                "student": key[1],
                "cells": [cells.get(lab) for lab in labs],
                "points": f"{number(total['points'])} of {number(total['points_max'])}" if total.get("points_max") else "",
                "open": number(total["points_open"]) if total.get("points_open") else "",
                "percent": total.get("percent"),
                "passed": _PASSED[total.get("passed")] if result.get("pass_mark") is not None else None,
            }
        )
    return {"name": host, "rows": rows, "points": any(row["points"] for row in rows), "marked": result.get("pass_mark") is not None}


#: The outcome whose sign and colour it has, and the word.
_PASSED = {True: (PASS, "passed"), False: (FAIL, "NOT passed"), None: (COULD_NOT_CHECK, "open")}


def _grades(students: list, pass_mark: Any) -> dict:
    counts = [row.get("passed") for row in students]
    most = sum(row.get("points_max") or 0 for row in students)
    won = sum(row.get("points") or 0 for row in students)
    return {
        "points": f"{number(won)} of {number(most)}" if most else "",
        "percent": round(100 * won / most, 1) if most else None,
        "mark": number(pass_mark) if pass_mark is not None else "",
        "counts": [(*_PASSED[passed], counts.count(passed)) for passed in (True, False, None)],
    }


def _stuck(result: dict) -> list:
    rows = []
    for row in result.get("stuck", ()):
        total = sum(row.get(outcome, 0) for outcome in OUTCOMES)
        parts = _stacked([(outcome, 100 * row.get(outcome, 0) / total if total else 0) for outcome in (FAIL, COULD_NOT_CHECK)])
        rows.append({**row, "total": total, "count": len(row["students"]), "parts": parts})
    return rows


def _stacked(shares: list) -> list:
    """Parts of a bar, one after the other: class, begin and width, in percent."""
    parts, begin = [], 0.0
    for name, share in shares:
        parts.append((name, round(begin, 2), round(share, 2)))
        begin += share
    return parts


def _trend(result: dict, students: list) -> dict:
    attempts = result.get("attempts") or []
    drawn = attempts[-_DRAWN:]
    points = [{(row["host"], row["student"]): row for row in attempt["students"]} for attempt in drawn]
    rows = []
    for student in students:
        its = [row for row in (of_attempt.get((student["host"], student["student"])) for of_attempt in points) if row]
        values = [_percent(of_attempt.get((student["host"], student["student"]))) for of_attempt in points]
        rows.append(
            {
                "student": student["student"],
                "host": student["host"],
                "line": _line(values),
                "said": ", ".join("no points" if value is None else f"{value:.0f} %" for value in values),
                "first": points_text(its[0]) if its else NOTHING,
                "last": points_text(its[-1]) if its else NOTHING,
                "change": _change(its),
            }
        )
    return {
        "attempts": [{**attempt, "percent": _mean(attempt["students"])} for attempt in reversed(attempts)],
        "shown": len(drawn),
        "rows": rows,
        "line": _line([_mean(attempt["students"]) for attempt in drawn]),
    }


def _percent(row: dict | None) -> float | None:
    return 100 * row["points"] / row["points_max"] if row and row.get("points_max") else None


def _mean(rows: list) -> float | None:
    """The points of all in percent of those to be had."""
    most = sum(row.get("points_max") or 0 for row in rows)
    return 100 * sum(row.get("points") or 0 for row in rows) / most if most else None


def _change(rows: list) -> str:
    """How many points more or less there are now than at first."""
    known = [row["points"] for row in rows if row.get("points") is not None]
    return f"{known[-1] - known[0]:+.10g}" if len(known) > 1 else NOTHING


def _line(values: list) -> dict:
    """A line in a box of 100 times 24, and its last point."""
    step = 100 / max(len(values) - 1, 1)
    places = [(round(index * step, 1), round(22 - 20 * value / 100, 1)) for index, value in enumerate(values) if value is not None]
    return {"points": " ".join(f"{x},{y}" for x, y in places), "last": places[-1] if places else None}


def _usage(result: dict) -> list:
    hosts = {row["host"]: row for row in result.get("hosts", ())}
    rows = [_container(item, hosts.get(item.get("host"), {}), result.get("time") or "") for item in result.get("usage", ())]
    return sorted(rows, key=lambda row: (row["host"], row["student"], row["lab"], row["name"]))


def _container(item: dict, host: dict, time: str) -> dict:
    use, limits = item.get("usage") or {}, item.get("limits") or {}
    effective = {name: (limits.get(name) or {}).get("effective") for name in ("memory", "cpus", "pids_limit", "cpu_shares")}
    bars = [_memory(use, effective["memory"]), _cpu(item, use, effective, host, time), _pids(use, effective["pids_limit"])]
    return {
        **{key: item.get(key) or "" for key in ("host", "student", "lab", "step", "name", "status", "reason")},
        "read": bool(use) and item.get("read", True),
        "bars": bars,
        # Those of a limit of their own come first: what is without one is never near it.
        "share": max([its["share"] or 0 for its in bars if its["limited"]], default=0),
    }


def _bar(share: float | None, limited: bool, text: str, peak: float | None = None, note: str = "") -> dict:
    drawn = None if share is None else round(min(max(share, 0), 100), 2)
    full = limited and share is not None and share >= _FULL
    return {"share": drawn, "limited": limited, "text": text, "peak": peak, "note": note, "full": full}


def _memory(use: dict, limit: Any) -> dict:
    used, most = use.get("memory"), use.get("memory_limit")
    if used is None:
        return _bar(None, False, NOTHING)
    limited = limit not in (UNLIMITED, None)
    share = 100 * used / most if most else None
    peak = round(min(100 * use["memory_peak"] / most, 100), 2) if limited and most and use.get("memory_peak") else None
    kills = use.get("oom_kills")
    note = f"{kills} killed: out of memory" if kills else ""
    return _bar(share, limited, f"{_size(used)} of {_size(most)}" if limited else f"{_size(used)}, no limit", peak, note)


def _cpu(item: dict, use: dict, effective: dict, host: dict, time: str) -> dict:
    """CPU time in percent of one CPU: of a sample where there is one, or else on average since the container began."""
    percent, how = use.get("cpu_percent"), ""
    if percent is None:
        alive = _seconds(item.get("started_at"), time)
        if use.get("cpu_time") is None or not alive:
            return _bar(None, False, NOTHING)
        percent, how = use["cpu_time"] / alive / 1e7, " on average"
    cpus = effective["cpus"]
    limited = isinstance(cpus, (int, float)) and not isinstance(cpus, bool)
    most = cpus if limited else len(_cpus(host.get("cpus_online")))
    text = f"{percent:.1f} %{how}, {f'limit {number(100 * cpus)} %' if limited else 'no limit'}"
    throttled = use.get("cpu_throttled_periods")
    notes = [f"held back in {throttled} of {use.get('cpu_periods')} periods"] if throttled else []
    if (item.get("limits", {}).get("cpu_shares") or {}).get("declared") not in (None, DEFAULT):
        notes.append(f"{'weight' if (host.get('controllers') or {}).get('cpu') == 2 else 'shares'} {effective['cpu_shares']}")
    return _bar(percent / most if most else None, limited, text, note="; ".join(notes))


def _pids(use: dict, limit: Any) -> dict:
    count = use.get("pids")
    if count is None:
        return _bar(None, False, NOTHING)
    limited = isinstance(limit, int) and not isinstance(limit, bool) and limit > 0
    return _bar(100 * count / limit if limited else None, limited, f"{count} of {limit}" if limited else f"{count}, no limit")


def _seconds(begin: Any, end: str) -> float:
    """How long it was from one time to another, in seconds; 0 where that is not known."""
    try:
        # The engine tells nanoseconds, which is more than Python takes.
        began = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", str(begin).rstrip("Z"))).replace(tzinfo=timezone.utc)
        ended = datetime.fromisoformat(end.rstrip("Z")).replace(tzinfo=timezone.utc)
    except ValueError:
        return 0
    return max((ended - began).total_seconds(), 0)


def _cpus(text: Any) -> list:
    """The CPUs of a list such as 0-1,4."""
    ranges = [part.partition("-") for part in str(text or "").split(",") if part]
    return [place for first, _dash, last in ranges if (first + last).isdigit() for place in range(int(first), int(last or first) + 1)]


def _size(size: Any) -> str:
    """Bytes in the unit that a reader counts in."""
    if size is None:
        return NOTHING
    units = ["bytes", "KiB", "MiB", "GiB", "TiB"]
    place = 0
    while size >= 1024 and place < len(units) - 1:
        size, place = size / 1024, place + 1
    return f"{size:.4g} {units[place]}"


def _megabytes(size: int) -> str:
    # As Docker shows sizes: in millions.
    return f"{size / 1000_000:.1f} MB"


def _compared(row: dict) -> dict:
    largest = max([image["size"] for image in row["images"]], default=0)
    images = [{**image, "shown": _megabytes(image["size"]), "share": round(100 * image["size"] / largest, 2) if largest else 0} for image in row["images"]]
    return {**row, "images": images}


def _layers(row: dict) -> dict:
    largest = max([layer["size"] for layer in row["layers"]], default=0)
    layers = [
        {
            **layer,
            "shown": _megabytes(layer["size"]) if layer["size"] >= 100_000 else f"{layer['size']} bytes",
            "share": round(100 * layer["size"] / largest, 2) if largest else 0,
            "made": layer["created_by"].removeprefix("/bin/sh -c #(nop)").replace("# buildkit", "").strip(),
        }
        for layer in row["layers"]
    ]
    saved = round(100 * row["together"] / row["apart"], 2) if row["apart"] else 100
    return {**row, "layers": layers, "shared": _megabytes(row["together"]), "single": _megabytes(row["apart"]), "share": saved}


def _proofs(proofs: Any) -> list:
    groups: dict = {}
    for proof in proofs:
        groups.setdefault((proof["host"], proof["lab"]), {}).setdefault(proof["subject"], []).append(_finding(proof))
    return [
        {
            "host": host,
            "lab": lab,
            "subjects": [
                {
                    "subject": subject,
                    "outcome": worst(finding["outcome"] for finding in found),
                    "said": [finding["hint"] or f"{finding['attribute']}: {finding['declared']}" for finding in _told(found)],
                    "findings": found,
                }
                for subject, found in subjects.items()
            ],
        }
        for (host, lab), subjects in groups.items()
    ]


def _told(findings: list) -> list:
    """What did not pass is not to be looked for among what did."""
    return [finding for finding in findings if finding["outcome"] != PASS] or findings


def _engine(row: dict) -> dict:
    controllers = ", ".join(f"{name} v{version}" for name, version in sorted((row.get("controllers") or {}).items()))
    return {
        "host": row["host"],
        "cells": [row.get("engine_version"), row.get("mode"), row.get("driver"), controllers, row.get("cpus_online"), _size(row.get("memory_total"))],
    }
