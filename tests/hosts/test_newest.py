# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The newest ansible-core and community.docker, on the Python of Debian 13, beside those that the other tests use."""

from __future__ import annotations

import subprocess
from copy import copy

import pytest
import test_hosts

from .conftest import UNPROVED
from .test_debian13 import PASSED, UNCHANGED

#: What the versions of ansible-core, community.docker and Python begin with.
OLD, NEW = ("2.19", "4.", "3.11"), ("2.21", "5.", "3.13")
VERSIONS = (
    "import ansible.release, json, platform, ansible_collections.community.docker as docker;"
    "manifest = json.load(open(docker.__path__[0] + '/MANIFEST.json'));"
    "print(ansible.release.__version__, manifest['collection_info']['version'], platform.python_version())"
)


@pytest.fixture(scope="module")
def controller():
    made = test_hosts.Controller()
    made.make()
    return made


def run(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.mark.parametrize("newest", [False, True])
def test_they_are_of_other_versions(controller, newest):
    command = ["env", "PYTHONPATH=.cache", ".venv/bin/python", "-c", VERSIONS]
    found = run(*(controller.command(*command) if newest else command)).split()
    assert [version.startswith(begin) for version, begin in zip(found, NEW if newest else OLD, strict=True)] == [True] * 3, found


def test_the_unit_tests_pass(controller):
    run(*controller.command("make", "unit", f"REQUIREMENTS={controller.REQUIREMENTS}", "PYTEST_ARGS="))


@pytest.mark.long
def test_a_class_of_the_one_is_a_class_of_the_other(classroom, controller):
    """What the older has solved, the newer does not change and passes; and the other way round."""
    newer = copy(classroom)
    newer.wrap = controller.command
    classroom.play("solve").ok()
    run = newer.play("site", **UNPROVED).ok()
    assert run.changes == UNCHANGED
    assert run.cells == PASSED
    newer.play("reset", classroom_lab="restart_policy").ok()
    newer.play("solve", classroom_lab="restart_policy").ok()
    assert classroom.play("solve", classroom_lab="restart_policy").ok().changes == UNCHANGED
