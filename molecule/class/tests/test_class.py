# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A class from nothing to its result, by the playbook that a trainer runs."""

from __future__ import annotations

import json
import re

import pytest

LIMITS = ["x1", "x2", "cpus", "pids", "cpuset", "swap", "reservation"]
POLICIES = ["x3", "x3-no", "x3-on-failure", "x3-unless-stopped"]
SITES = ["c1", "d1"]
BRIDGES = ["n1", "n2"]
NAMESPACES = ["s1", "s1-pid", "s1-net", "s1-ipc"]
STUDENTS = ["molecule-ada", "molecule-grace"]


@pytest.fixture
def dry_run(playbook):
    """What the playbook prints when it only looks."""
    return playbook("site", "--check", "--diff")


def test_every_container_runs(containers):
    assert sorted(containers) == sorted(student + step for student in STUDENTS for step in LIMITS + POLICIES + SITES + BRIDGES + NAMESPACES)
    assert [name for name, container in containers.items() if not container.pid] == []


def test_check_mode_changes_nothing_and_every_student_passes(dry_run):
    assert re.findall(r"changed=(\d+)", dry_run) == ["0"]
    rows = re.findall(r"^ *\d+ +(molecule-\w+) +(\w.*\w)$", dry_run, re.MULTILINE)
    # A student's points come after the labs.
    cells = {student: " ".join(its for name, its in rows if name == student).split() for student in STUDENTS}
    assert cells == {student: [*["pass"] * 6, "24/24"] for student in STUDENTS}


@pytest.fixture
def report(playbook, secrets):
    """The report that the class left on the controller."""
    assert "as they were signed" in " ".join(playbook("verify").split())
    return secrets / "report"


def test_the_report_is_signed_and_for_the_trainer_alone(report, mode_of):
    names = ["class.csv", "class.html", "class.json", "junit.xml", "signature.json"]
    assert [file.name for file in sorted(report.iterdir()) if file.name != "attempts"] == names
    assert mode_of(report) == 0o700
    assert {mode_of(report / name) for name in names} == {0o600}
    assert mode_of(report.with_suffix(".key")) == 0o600


def test_the_report_is_the_result(report):
    result = json.loads((report / "class.json").read_text(encoding="utf-8"))
    assert result["summary"] == {"pass": 12, "fail": 0, "could_not_check": 0}
    assert [student["student"] for student in result["students"]] == STUDENTS
