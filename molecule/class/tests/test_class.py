# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A class from nothing to its result, by the playbook that a trainer runs."""

from __future__ import annotations

import re

import pytest

LIMITS = ["x1", "x2", "cpus", "pids", "cpuset", "swap", "reservation"]
POLICIES = ["x3", "x3-no", "x3-on-failure", "x3-unless-stopped"]
SITES = ["c1", "d1"]
STUDENTS = ["molecule-ada", "molecule-grace"]


@pytest.fixture
def dry_run(playbook):
    """What the playbook prints when it only looks."""
    return playbook("site", "--check", "--diff")


def test_every_container_runs(containers):
    assert sorted(containers) == sorted(student + step for student in STUDENTS for step in LIMITS + POLICIES + SITES)
    assert [name for name, container in containers.items() if not container.pid] == []


def test_check_mode_changes_nothing_and_every_student_passes(dry_run):
    assert re.findall(r"changed=(\d+)", dry_run) == ["0"]
    rows = re.findall(r"^ *\d+ +(molecule-\w+) +(\w.*\w)$", dry_run, re.MULTILINE)
    assert {student: cells.split() for student, cells in rows} == {student: ["pass"] * 4 for student in STUDENTS}
