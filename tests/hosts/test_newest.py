# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The newest ansible-core and community.docker, on the Python of Debian 13, beside those that the other tests use."""

from __future__ import annotations

import os
import subprocess
from copy import copy

import pytest
import test_hosts

from .conftest import LABS, STUDENTS, UNPROVED

#: What the versions of ansible-core, community.docker and Python begin with.
OLD, NEW = ("2.19", "4.", "3.11"), ("2.21", "5.", "3.13")
HOST = "this-machine"
BUSYBOX, PYTHON = "newest/busybox:latest", "newest/python3:latest"
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


@pytest.fixture
def classroom(new_class):
    """A class on this machine, with names, images and a registry of its own, beside a class that the machine may hold."""
    made = new_class(
        classroom_name="newest",
        classroom_labs=list(LABS),
        classroom_port_base=19500,
        classroom_subnet_pools=["10.235.0.0/16", "10.236.0.0/16"],
        classroom_registry="registry.newest.internal:5050",
        registry_name="newest",
        base_images_list=[{"name": BUSYBOX, "kind": "busybox"}, {"name": PYTHON, "kind": "python3"}],
        **{f"{lab}_image": BUSYBOX for lab in ("container_limits", "restart_policy", "bridge_network", "namespaces")},
        flask_image_base=PYTHON,
        flask_image_layer="newest:flasklayer",
        distroless_image_base=PYTHON,
        distroless_image_builder=BUSYBOX,
        distroless_image_stage="newest:distrolessbuilder",
        distroless_image_course="newest:flaskcourse",
    )
    made.hosts = {HOST: {}}
    yield made
    made.play("teardown").ok()


@pytest.mark.long
@pytest.mark.skipif(os.getuid() != 0, reason="needs root, for an engine on this machine")
def test_a_class_of_the_one_is_a_class_of_the_other(classroom, controller):
    """What the older has solved, the newer does not change and passes; and the other way round."""
    newer = copy(classroom)
    newer.wrap = controller.command
    # Its root is another one, so it goes to where this process is.
    newer.hosts = {HOST: {"ansible_connection": "community.docker.nsenter", "ansible_nsenter_pid": os.getpid()}}
    passed = {(student, lab): "pass" for student in STUDENTS for lab in LABS}
    assert classroom.play("site", **UNPROVED).ok().cells == passed
    run = newer.play("site").ok()
    assert run.changes == {HOST: 0}
    assert run.cells == passed
    newer.play("reset", classroom_lab="restart_policy").ok()
    newer.play("solve", classroom_lab="restart_policy").ok()
    assert classroom.play("site", **UNPROVED).ok().changes == {HOST: 0}
