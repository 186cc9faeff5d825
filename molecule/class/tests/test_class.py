# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A class from nothing to its result, by the playbooks that a trainer runs."""

from __future__ import annotations

import re

import pytest

STUDENTS = ["molecule-ada", "molecule-grace"]


@pytest.fixture
def result(playbook):
    """The table that the check shows, a line for each student."""

    def check():
        table = re.findall(r"^ *\d+ +(molecule-\w+) +(\S.*\S)$", playbook("check"), re.MULTILINE)
        return {student: re.split(" {2,}", cells) for student, cells in table}

    return check


def changes(output):
    """How many tasks changed something, from the recap of a playbook."""
    return sum(map(int, re.findall(r"changed=(\d+)", output)))


def test_check_mode_changes_nothing(playbook):
    assert changes(playbook("site", "--check", "--diff")) == 0


def test_every_student_passes(result):
    assert result() == {student: ["pass", "pass"] for student in STUDENTS}


def test_wrong_work_is_found_and_mended(host, list_containers, playbook, result):
    """By a hand in the kernel's files, of which the engine knows nothing."""
    kernel = ("cpu.shares", "cpu.weight")
    before = list_containers()
    wrong = before["molecule-gracex2"]
    right = wrong.kernel(*kernel)
    host.check_output("echo 999 >%s", wrong.path(*kernel))
    assert result() == {"molecule-ada": ["pass", "pass"], "molecule-grace": ["FAIL", "pass"]}

    assert changes(playbook("solve")) > 0
    after = list_containers()
    assert after["molecule-gracex2"].kernel(*kernel) == right
    assert [name for name in before if after[name].id != before[name].id] == ["molecule-gracex2"]


def test_reset_says_first_what_it_would_do(containers, playbook):
    pids = {name: container.pid for name, container in containers.items()}
    output = playbook("reset", "--check", "--diff")
    assert changes(output) > 0
    assert [name for name in pids if name not in output] == []
    assert {name: container.pid for name, container in containers.items()} == pids
