# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Debian guests under QEMU, and classes on them over SSH."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import contextmanager

import pytest
import test_hosts

from ..playbooks import Classroom

STUDENTS = ("ada", "grace")
LABS = ("container_limits", "restart_policy", "flask_image", "distroless_image", "bridge_network", "namespaces")
#: Has a check look, and prove nothing, which takes minutes on a guest.
UNPROVED = {f"{lab}_prove": False for lab in LABS if lab != "flask_image"}
IMAGE = "classroom/busybox:latest"
#: Those of the class on one host that has an engine.
FEW_LABS = ("container_limits", "restart_policy", "flask_image")


def passed(*labs):
    """The table in which everybody passes."""
    return {(student, lab): "pass" for student in STUDENTS for lab in labs}


class Guest:
    """A guest by its name; called with a shell command, which runs there as root, it returns what the command prints."""

    def __init__(self, name: str) -> None:
        self.host = test_hosts.Host(name)

    def __call__(self, script: str, check: bool = True) -> str:
        command = [*self.host.ssh, "sudo", "sh", "-eu"]
        done = subprocess.run(command, input=script, capture_output=True, text=True, check=False)
        assert not check or done.returncode == 0, f"{script}\n{done.stdout}{done.stderr}"
        return done.stdout.strip()

    def wait_until(self, script: str, seconds: float = 120) -> None:
        """Until the command ends well."""
        deadline = time.monotonic() + seconds
        while subprocess.run([*self.host.ssh, "sudo", "sh", "-eu"], input=script, capture_output=True, text=True, check=False).returncode:
            assert time.monotonic() < deadline, f"{script}: not within {seconds} s"
            time.sleep(1)

    def reboot(self) -> None:
        """Have the kernel restarted, and go on meanwhile."""
        self.boot_id = self("cat /proc/sys/kernel/random/boot_id; systemctl reboot --no-block", check=False)

    def has_rebooted(self) -> None:
        """Wait until it has come up again, with its engine. With live-restore, systemd first waits 90 seconds for containers that ignore SIGTERM."""
        self.wait_until(f'test "$(cat /proc/sys/kernel/random/boot_id)" != {self.boot_id}; docker info', 600)

    def restore_live(self) -> None:
        """Have the containers of the engine that it came with outlive that engine."""
        self.wait_until("docker info")
        self("""echo '{"live-restore": true}' >/etc/docker/daemon.json; systemctl reload docker""")

    @contextmanager
    def stopped(self):
        """It hangs: connections to it are taken, and nobody answers."""
        os.kill(self.host.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self.host.pid, signal.SIGCONT)
            self.wait_until("true")


@contextmanager
def booted(*names):
    """Guests by their names; they are gone afterwards, but for those that somebody had booted before."""
    mine = [test_hosts.Host(name) for name in names if not test_hosts.Host(name).pid]
    try:
        test_hosts.up(names)
        yield [Guest(name) for name in names]
    finally:
        for host in mine:
            host.stop()


@pytest.fixture(scope="session")
def new_class(tmp_path_factory):
    """Make a class on guests; the variables are those of its inventory."""

    def new(*guests, **variables):
        data = {
            "classroom_name": "hosts",
            "classroom_students": list(STUDENTS),
            "base_images_list": [{"name": IMAGE, "kind": "busybox"}, {"name": "classroom/python3:latest", "kind": "python3"}],
            "class_report_formats": [],
        }
        made = Classroom(tmp_path_factory.mktemp("class"), **{**data, **variables})
        made.hosts = {guest.host.name: guest.host.variables for guest in guests}
        return made

    return new


@pytest.fixture(scope="session")
def debian13():
    """A host of Debian 13 that has an engine."""
    with booted("trixie-engine103") as (guest,):
        guest.restore_live()
        yield guest


@pytest.fixture(scope="session")
def ready(debian13, new_class):
    """A class of few labs on it, solved."""
    made = new_class(debian13, classroom_labs=list(FEW_LABS), registry_install=False, flask_image_share=[], **UNPROVED)
    assert made.play("site").ok().cells == passed(*FEW_LABS)
    return made
