# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The trainer presses Ctrl-C in the middle of a playbook, and runs it again: it comes to its end, and all is as if nothing had happened."""

from __future__ import annotations

import pytest

from ..playbooks import interrupt, once_begun
from .conftest import CLASS, LABS

pytestmark = pytest.mark.long

STUDENTS = ("nina", "omar")
PASSED = {(student, lab): "pass" for student in STUDENTS for lab in LABS}
#: The playbooks that change something or read for long, and the task that is interrupted.
TASKS = {
    "provision": "base_images : Ask apt for the versions",
    "prepare": "lab : Ask the engine",
    "solve": "lab : Make the containers of the lab",
    "check": "class : Check what every student has made",
    "reset": "lab : Remove the containers",
}


@pytest.fixture(scope="module")
def classroom(new_class, docker):
    made = new_class(*STUDENTS, registry_install=False)
    made.play("solve").ok()
    yield made
    made.play("reset")


@pytest.mark.parametrize("playbook", TASKS)
def test_it_is_run_again_to_its_end(classroom, docker, playbook):
    # So that there is something to do.
    if playbook == "solve":
        classroom.play("reset").ok()
    interrupted = classroom.play(playbook, during=once_begun(TASKS[playbook], interrupt))
    assert interrupted.code not in (0, 2, 4), interrupted.output
    assert "PLAY RECAP" not in interrupted.output

    classroom.play(playbook).ok()
    if playbook == "reset":
        assert docker.of_class(CLASS) == {}
        return
    assert classroom.play("check").ok().cells == PASSED
    assert classroom.play("solve").ok().stats["changed"] == 0
