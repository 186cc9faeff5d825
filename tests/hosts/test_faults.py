# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What happens to a class when something else goes wrong, and that the same run again comes to its end."""

from __future__ import annotations

import pytest

from ..playbooks import interrupt, once_begun
from .conftest import STUDENTS

pytestmark = pytest.mark.long

NAME = "trixie-engine103"
LABS = ("container_limits", "restart_policy", "flask_image")
#: One long task of every lab's solve, on the host.
MAKING = "Make the containers of the lab"


def passed(*labs):
    return {(student, lab): "pass" for student in STUDENTS for lab in labs}


@pytest.fixture(scope="module")
def debian13(boot):
    """A host of Debian 13 that has an engine."""
    (guest,) = boot(NAME)
    guest.wait_until("docker info")
    return guest


@pytest.fixture(scope="module")
def ready(debian13, new_class):
    """A class on it, solved."""
    made = new_class(debian13, classroom_labs=list(LABS), registry_install=False, flask_image_share=[])
    for lab in LABS[:2]:
        made.variables[f"{lab}_prove"] = False
    assert made.play("site").ok().cells == passed(*LABS)
    return made


def test_ssh_is_cut_while_a_lab_is_solved(ready, debian13):
    lab = "restart_policy"
    ready.play("reset", classroom_lab=lab).ok()
    cut = once_begun(MAKING, lambda _process: debian13("pkill --full '^sshd.*trainer'", check=False), after=1)
    run = ready.play("solve", during=cut, classroom_lab=lab)
    assert run.code in (2, 4)
    assert NAME in run.output.rpartition("PLAY RECAP")[2]
    ready.play("solve", classroom_lab=lab).ok()
    assert ready.play("check", classroom_lab=lab).ok().cells == passed(lab)
    assert ready.play("solve", classroom_lab=lab).ok().changes == {NAME: 0}


def test_the_engine_ends_during_a_check(ready, debian13):
    """What could not be checked is neither passed nor failed."""
    lab = "container_limits"
    try:
        mask_and_stop = "systemctl mask --runtime docker.service; systemctl stop docker.socket docker.service"
        stop = once_begun("Check the labs", lambda _process: debian13(mask_and_stop), after=1)
        assert set(ready.play("check", during=stop, classroom_lab=lab).cells.values()) == {"could not check"}
    finally:
        debian13("systemctl unmask --runtime docker.service; systemctl start docker.socket docker.service")
        debian13.wait_until("docker info")
    assert ready.play("check", classroom_lab=lab).ok().cells == passed(lab)


def test_the_disk_is_full_while_images_are_built(ready, debian13):
    lab = "flask_image"
    ready.play("reset", classroom_lab=lab).ok()
    debian13("docker builder prune --all --force; fallocate --length $(($(stat --file-system --format '%f * %S' /) - 20000000)) /filled")
    try:
        run = ready.play("solve", classroom_lab=lab)
        assert run.code == 2
        assert "no space left on device" in run.errors.lower()
    finally:
        debian13("rm --force /filled")
    ready.play("solve", classroom_lab=lab).ok()
    assert ready.play("check", classroom_lab=lab).ok().cells == passed(lab)


def test_the_trainer_interrupts_and_runs_it_again(ready):
    """Ctrl-C, over SSH; on this machine, tests/acceptance/test_interrupted.py does so in each playbook."""
    lab = "restart_policy"
    ready.play("reset", classroom_lab=lab).ok()
    run = ready.play("solve", during=once_begun(MAKING, interrupt, after=1), classroom_lab=lab)
    assert run.code != 0
    ready.play("solve", classroom_lab=lab).ok()
    assert ready.play("check", classroom_lab=lab).ok().cells == passed(lab)
