# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A class from nothing to its result, by the playbooks that a trainer runs."""

from __future__ import annotations

import re

STUDENTS = ["molecule-ada", "molecule-grace"]


def table(output):
    """The result that the check shows: the cells of each student."""
    rows = re.findall(r"^ *\d+ +(molecule-\w+) +(\S.*\S)$", output, re.MULTILINE)
    return {student: re.split(" {2,}", cells) for student, cells in rows}


def changes(output):
    """How many tasks changed something, from the recap of a playbook."""
    return sum(map(int, re.findall(r"changed=(\d+)", output)))


def test_check_mode_changes_nothing(playbook):
    assert changes(playbook("site", "--check", "--diff")) == 0


def test_every_student_passes_and_the_proofs_hold(list_containers, playbook):
    before = {name: container.pid for name, container in list_containers().items()}
    output = playbook("check", "--extra-vars", '{"container_limits_prove": true, "restart_policy_prove": true}')
    assert table(output) == {student: ["pass", "pass"] for student in STUDENTS}
    assert changes(output) == 0
    proofs = re.findall(r"^ *(\S.*)  molecule-proof-([\w-]+)", output, re.MULTILINE)
    assert {outcome for outcome, _subject in proofs} == {"pass"}
    assert {"oom", "no", "always", "unless-stopped", "on-failure", "stopped"} <= {subject for _outcome, subject in proofs}
    # The scratch containers are gone, and nothing happened to the students' own.
    assert {name: container.pid for name, container in list_containers().items()} == before


def test_wrong_work_is_found_and_mended(host, list_containers, playbook):
    """By a hand in the kernel's files, of which the engine knows nothing."""
    kernel = ("cpu.shares", "cpu.weight")
    before = list_containers()
    wrong = before["molecule-gracex2"]
    right = wrong.kernel(*kernel)
    host.check_output("echo 999 >%s", wrong.path(*kernel))
    assert table(playbook("check")) == {"molecule-ada": ["pass", "pass"], "molecule-grace": ["FAIL", "pass"]}

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
