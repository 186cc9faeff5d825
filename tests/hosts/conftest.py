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
#: Those of the class on two hosts.
HOSTS = ("trixie101", "trixie-engine102")


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


@pytest.fixture(scope="session")
def boot():
    """Boot guests by their names; they are gone after the tests, but for those that somebody had booted before."""
    booted = []

    def up(*names):
        booted.extend(name for name in names if not test_hosts.Host(name).pid)
        test_hosts.up(names)
        return [Guest(name) for name in names]

    yield up
    for name in booted:
        test_hosts.Host(name).stop()


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
def engine_host(boot):
    """A host of Debian 13 that has an engine, and the image of the sample class; no class was ever on it."""
    (guest,) = boot("trixie-engine101")
    guest.wait_until("docker info")
    guest(
        f"""
        docker image inspect {IMAGE} >/dev/null 2>&1 && exit
        mkdir -p /tmp/image/bin
        cp /bin/busybox /tmp/image/bin
        for name in sh sleep; do ln -sf busybox /tmp/image/bin/$name; done
        tar --create --directory /tmp/image . | docker import - {IMAGE}
        """
    )
    return guest


@pytest.fixture(scope="session")
def classroom(boot, new_class):
    """A class on two hosts of Debian 13 in which everything is solved, made by one run: the first was bare, the second had an engine."""
    guests = boot(*HOSTS)
    guests[1].restore_live()
    made = new_class(
        *guests,
        classroom_labs=list(LABS),
        # Guests see each other through this machine alone.
        classroom_registry=f"registry.hosts.internal:{guests[0].host.ports['service']}",
        registry_ip="10.0.2.2",
        classroom_students="{{ everybody | classroom.containers.spread_students(groups.training_hosts, inventory_hostname) }}",
        everybody=list(STUDENTS),
    )
    made.had_an_engine = [guest("command -v dockerd", check=False) != "" for guest in guests]
    made.first = made.play("site").ok()
    return made


@pytest.fixture(scope="session")
def hosts(classroom):
    """The guests of that class: the first has its registry."""
    return [Guest(name) for name in classroom.hosts]
