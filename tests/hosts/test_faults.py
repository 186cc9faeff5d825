# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What happens to a class when something else goes wrong, and that the same run again comes to its end."""

from __future__ import annotations

import contextlib
import shlex

import pytest

from ..playbooks import interrupt, once_begun
from .conftest import STUDENTS, UNPROVED

pytestmark = pytest.mark.long

NAME = "trixie-engine103"
LABS = ("container_limits", "restart_policy", "flask_image")
#: One long task of every lab's solve, on the host.
MAKING = "Make the containers of the lab"
#: What the host runs then, and to build images; the brackets keep the one that looks for it from finding itself.
COMPOSE, BAKE = "[d]ocker.* compose .* up", "[d]ocker buildx bake"


@contextlib.contextmanager
def once_it_runs(guest, program, script):
    """Do something on the guest as soon as a program runs there, and not any more afterwards. From here, it would come too late."""
    watch = f"until pgrep --full {shlex.quote(program)}; do sleep 0.1; done; {script}"
    guest(f"systemd-run --quiet --collect --unit=fault sh -c {shlex.quote(watch)}")
    try:
        yield
    finally:
        guest("systemctl stop fault.service 2>/dev/null || true")


def passed(*labs):
    return {(student, lab): "pass" for student in STUDENTS for lab in labs}


@pytest.fixture(scope="module")
def debian13(boot):
    """A host of Debian 13 that has an engine."""
    (guest,) = boot(NAME)
    guest.restore_live()
    return guest


@pytest.fixture(scope="module")
def ready(debian13, new_class):
    """A class on it, solved."""
    made = new_class(
        debian13,
        classroom_labs=list(LABS),
        registry_install=False,
        flask_image_share=[],
        **UNPROVED,
    )
    assert made.play("site").ok().cells == passed(*LABS)
    return made


def test_ssh_is_cut_while_a_lab_is_solved(ready, debian13):
    lab = "restart_policy"
    ready.play("reset", classroom_lab=lab).ok()
    with once_it_runs(debian13, COMPOSE, "pkill --full '^sshd.*trainer'"):
        run = ready.play("solve", classroom_lab=lab)
    assert run.code in (2, 4)
    assert NAME in run.output.rpartition("PLAY RECAP")[2]
    ready.play("solve", classroom_lab=lab).ok()
    assert ready.play("check", classroom_lab=lab).ok().cells == passed(lab)
    assert ready.play("solve", classroom_lab=lab).ok().changes == {NAME: 0}


def test_the_engine_ends_during_a_check(ready, debian13):
    """What could not be checked is neither passed nor failed."""
    lab = "container_limits"
    # It hangs until it ends, so that the check does not come to its end before. Nobody starts it again.
    debian13("systemctl mask --runtime docker.service; kill -STOP $(cat /run/docker.pid)")
    try:
        end = once_begun("Check what every student has made", lambda _process: debian13("kill -KILL $(cat /run/docker.pid)"), after=5)
        assert set(ready.play("check", during=end, classroom_lab=lab).ok().cells.values()) == {"could not check"}
    finally:
        debian13("systemctl unmask --runtime docker.service; systemctl reset-failed; systemctl restart docker.socket docker.service")
        debian13.wait_until("docker info")
    assert ready.play("check", classroom_lab=lab).ok().cells == passed(lab)


def test_the_disk_is_full_while_images_are_built(ready, debian13):
    lab = "flask_image"
    ready.play("reset", classroom_lab=lab).ok()
    debian13("docker builder prune --all --force")
    try:
        with once_it_runs(debian13, BAKE, "fallocate --length $(($(stat --file-system --format '%f * %S' /) - 1000000)) /filled"):
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
