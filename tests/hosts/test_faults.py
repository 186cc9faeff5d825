# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What happens to a class when something else goes wrong, and that the same run again comes to its end."""

from __future__ import annotations

import signal
import time

import pytest

from .conftest import STUDENTS
from .test_debian13 import PASSED

# The cells of the first host's student.
OWN = {key: word for key, word in PASSED.items() if key[0] == STUDENTS[0]}
FIRST = "--limit=trixie101"


def once_begun(task, action):
    """Do something as soon as a playbook has begun that task."""

    def during(process):
        for line in process.stdout:
            if line.startswith("TASK") and task in line:
                time.sleep(1)
                action(process)
                return
        raise AssertionError(f"{task} was never begun")

    return during


@pytest.fixture(scope="module")
def ready(classroom):
    """The class, solved."""
    classroom.play("solve").ok()
    return classroom


def test_ssh_is_cut_while_labs_are_solved(ready, debian13):
    ready.play("reset", FIRST, classroom_lab="restart_policy").ok()
    cut = ready.play("solve", FIRST, during=once_begun("restart_policy", lambda _process: debian13("pkill --full '^sshd.*trainer'", check=False)))
    assert cut.code in (2, 4)
    assert "trixie101" in cut.output.rpartition("PLAY RECAP")[2]
    ready.play("solve", FIRST).ok()
    run = ready.play("check", FIRST).ok()
    assert {key: word for key, word in run.cells.items() if key in OWN} == OWN
    assert ready.play("solve", FIRST).ok().changes == {"trixie101": 0}


def test_the_engine_is_killed_during_a_check(ready, debian13):
    """What could not be checked is neither passed nor failed."""
    debian13("systemctl stop docker.socket; systemctl mask --runtime docker.service")
    try:
        run = ready.play("check", FIRST, during=once_begun("Check the labs", lambda _process: debian13("systemctl stop docker.service", check=False)))
        words = {word for key, word in run.cells.items() if key in OWN}
        assert "could not check" in words
        assert "FAIL" not in words
    finally:
        debian13("systemctl unmask --runtime docker.service; systemctl start docker.socket docker.service")
        debian13.wait_until("docker info")
    assert {key: word for key, word in ready.play("check", FIRST).ok().cells.items() if key in OWN} == OWN


def test_the_disk_is_full_while_images_are_built(ready, debian13):
    ready.play("reset", FIRST, classroom_lab="flask_image").ok()
    debian13("docker builder prune --all --force; fallocate --length $(($(df --output=avail --block-size=1 / | tail -1) - 2000000)) /filled")
    try:
        run = ready.play("solve", FIRST, classroom_lab="flask_image")
        assert run.code == 2
        assert "No space left on device" in run.errors or "no space left on device" in run.errors
    finally:
        debian13("rm --force /filled")
    ready.play("solve", FIRST).ok()
    assert {key: word for key, word in ready.play("check", FIRST).ok().cells.items() if key in OWN} == OWN


@pytest.mark.parametrize("playbook", ["provision", "solve", "check", "reset"])
def test_the_trainer_interrupts_and_runs_it_again(ready, playbook):
    """Ctrl-C, in the middle."""
    interrupted = ready.play(playbook, FIRST, during=once_begun("", lambda process: process.send_signal(signal.SIGINT)))
    assert interrupted.code != 0
    ready.play(playbook, FIRST).ok()
    ready.play("solve", FIRST).ok()
    assert {key: word for key, word in ready.play("check", FIRST).ok().cells.items() if key in OWN} == OWN
