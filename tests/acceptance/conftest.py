# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A class of the tests' own on the engine of this machine."""

from __future__ import annotations

import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path

import pytest

from ..playbooks import Classroom

IMAGE = "classroom/busybox:latest"
CLASS = "acceptance"
LABS = ("container_limits", "restart_policy")
#: On all containers that the tests make by hand: what a student made carries none of the collection's labels.
BY_HAND = "acceptance.by-hand"
#: Docker's filters for all that the tests make, by hand and with the playbooks.
OURS = (f"label={BY_HAND}", f"label=classroom.class={CLASS}")


class Engine:
    """The docker command."""

    def __call__(self, *arguments: str, check: bool = True) -> str:
        done = subprocess.run(["docker", *arguments], capture_output=True, text=True, check=False)
        assert not check or done.returncode == 0, done.stderr
        return done.stdout.strip()

    def run(self, name: str, *options: str, command: tuple = ("sleep", "3600"), image: str = IMAGE) -> str:
        """A container made by hand; its id."""
        return self("run", "--detach", "--label", BY_HAND, "--name", name, *options, image, *command)

    def inspect(self, name: str, template: str) -> str:
        return self("inspect", "--type", "container", "--format", template, name)

    def ids(self, *filters: str) -> dict:
        """Names and ids of containers, stopped ones too."""
        listed = self("ps", "--all", "--no-trunc", "--format", "{{.Names}} {{.ID}}", *(f"--filter={each}" for each in filters))
        return dict(line.split() for line in listed.splitlines())

    def of_class(self, name: str) -> dict:
        return self.ids(f"label=classroom.class={name}")

    def remove(self, *filters: str) -> None:
        """The containers of these filters go."""
        for each in filters:
            if found := list(self.ids(each).values()):
                # One that is gone meanwhile is no loss.
                self("rm", "--force", "--volumes", *found, check=False)

    def clear(self, *filters: str) -> None:
        """The containers, networks and images of these filters go, images without a name included."""
        self.remove(*filters)
        for each in filters:
            for kind, options in (("network", ()), ("image", ("--force",))):
                if found := set(self(kind, "ls", "--quiet", f"--filter={each}").split()):
                    self(kind, "rm", *options, *found, check=False)


@contextmanager
def put_aside(docker, name):
    """The container gets out of the way under another name, and comes back as it was."""
    docker("rename", name, f"{name}.aside")
    try:
        yield
    finally:
        docker("rm", "--force", name, check=False)
        docker("rename", f"{name}.aside", name)


@contextmanager
def replaced(docker, name, *options):
    """The student made another container in the place of the right one."""
    with put_aside(docker, name):
        docker.run(name, *options)
        yield


@contextmanager
def stopped(docker, name):
    docker("kill", name)
    try:
        yield
    finally:
        docker("start", name)


@pytest.fixture(scope="session")
def docker():
    """The engine, without anything that earlier tests left or these would leave."""
    engine = Engine()
    engine.clear(*OURS)
    for folder in Path("/srv").glob(f"{CLASS}-*"):
        shutil.rmtree(folder)
    yield engine
    engine.clear(*OURS)


@pytest.fixture(scope="session")
def new_class(tmp_path_factory, docker):
    """Make a class; the variables are those of its inventory."""

    def new(*students: object, **variables: object) -> Classroom:
        data = {
            "classroom_name": CLASS,
            "classroom_students": list(students),
            "classroom_labs": list(LABS),
            # It takes some seconds a check, and has tests of its own.
            "class_report_formats": [],
            "container_limits_prove": False,
            "restart_policy_prove": False,
        }
        return Classroom(tmp_path_factory.mktemp("class"), **{**data, **variables})

    return new
