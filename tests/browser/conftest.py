# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pages of classes, in the distribution's Chromium."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from ansible_collections.classroom.containers.plugins.plugin_utils._grades import gradebook, graded, stuck
from ansible_collections.classroom.containers.plugins.plugin_utils._report import class_files
from playwright.sync_api import sync_playwright

FIXTURE = Path(__file__).parents[1] / "fixtures/report/result.json"
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
TIMES = ("2026-11-25T09:10:00Z", "2026-11-25T10:00:00Z", "2026-11-25T10:40:00Z", "2026-11-25T11:30:00Z")


def captured():
    """The result of a real check of the sample class, with the mistakes of two students."""
    return json.loads(FIXTURE.read_text(encoding="utf-8"))


def of_many(count):
    """A class of so many students: each has what one of the three captured ones has, under another name."""
    result = captured()
    models = [row["student"] for row in result["students"]]
    first = ("amina", "bao", "chidi", "daria", "emeka", "farah", "goran", "hana", "ivo", "jun", "kofi", "leila")
    names = [each + last for last in ("", "-k", ".n", "-ber", "_jo") for each in first]
    grown = {**result, "cells": [], "usage": []}
    for seat, name in enumerate(names[:count], 1):
        # More have done everything than not.
        model = models[(0, 1, 0, 2, 0, 1, 0)[seat % 7]]
        for key in ("cells", "usage"):
            text = json.dumps([row for row in result[key] if row["student"] == model])
            grown[key] += [{**row, **({"seat": seat} if key == "cells" else {})} for row in json.loads(text.replace(model, name))]
    grown["cells"] = graded(grown["cells"], {})
    grown["students"] = gradebook(grown["cells"], result["pass_mark"])
    grown["stuck"] = stuck(grown["cells"])
    grown["summary"] = {outcome: sum(cell["outcome"] == outcome for cell in grown["cells"]) for outcome in result["summary"]}
    return grown


def with_attempts(result):
    """The page's earlier attempts: the students were not as far then."""
    before = []
    for number, time in enumerate(TIMES[:-1], 1):
        students = [
            {**row, "points": min(row["points"], (row["seat"] * 3 + number * 5) % 11 + number * 3), "points_open": 0} for row in result["students"]
        ]
        cells = len(result["cells"])
        summary = {"pass": cells * number // 5, "fail": cells - cells * number // 5, "could_not_check": 0}
        before.append({"name": f"attempts/{number}.json", "number": number, "time": time, "fingerprint": str(number), "summary": summary, "students": students})
    return before


def page_of(result, attempts=()):
    files = class_files(result, TIMES[-1], ["html"], attempts)
    return next(file["content"] for file in files if file["name"] == "class.html")


@pytest.fixture(scope="session")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()
