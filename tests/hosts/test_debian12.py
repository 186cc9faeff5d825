# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Debian 12 held to cgroup v1, with systemd: a bare host that gets no packages, and then a class on it."""

from __future__ import annotations

import shlex
from contextlib import contextmanager

import pytest

from ..playbooks import once_begun
from .conftest import IMAGE, STUDENTS, UNPROVED

NAME = "bookworm101"
# Those of the base image that needs no registry.
LABS = ("container_limits", "restart_policy", "bridge_network", "namespaces")
PASSED = {(student, lab): "pass" for student in STUDENTS for lab in LABS}
#: A file of apt's that leads it to a proxy at which nobody listens.
GONE = "/etc/apt/apt.conf.d/zz-gone"
LOCK = """
import fcntl, sys, time
files = [open(name, "w") for name in ("/var/lib/dpkg/lock-frontend", "/var/lib/apt/lists/lock")]
for file in files:
    fcntl.lockf(file, fcntl.LOCK_EX)
time.sleep(float(sys.argv[1]))
"""


@pytest.fixture(scope="module")
def host(boot):
    (guest,) = boot(NAME)
    return guest


@pytest.fixture(scope="module")
def bare(host, new_class):
    """A class on it, of which nothing is there yet."""
    assert host("command -v dockerd", check=False) == ""
    return new_class(host, classroom_labs=list(LABS), registry_install=False, base_images_list=[{"name": IMAGE, "kind": "busybox"}])


@contextmanager
def without_a_mirror(host):
    host(f"echo 'Acquire::http::Proxy \"http://127.0.0.1:9\"; Acquire::https::Proxy \"http://127.0.0.1:9\";' >{GONE}")
    try:
        yield ["127.0.0.1:9"]
    finally:
        host(f"rm {GONE}")


def lock(host, seconds):
    """Another program has the packages to itself, such as the updates that many hosts begin by themselves."""
    host(f"setsid python3 -c {shlex.quote(LOCK)} {seconds} >/dev/null 2>&1 </dev/null & sleep 1")


@contextmanager
def locked(host):
    lock(host, 600)
    try:
        yield ["lock"]
    finally:
        host("pkill --full lock-frontend", check=False)


@pytest.mark.parametrize("fault", [without_a_mirror, locked])
def test_without_packages_it_says_why(bare, host, fault):
    with fault(host) as words:
        run = bare.play("provision")
    assert run.code == 2
    assert [word for word in words if word not in run.errors] == [], run.errors
    assert host("command -v dockerd", check=False) == ""


@pytest.fixture(scope="module")
def made(bare, host):
    """The class, solved by one run that had to wait for the lock."""
    bare.first = bare.play("site", during=once_begun("Refresh the package index", lambda _process: lock(host, 20), after=1)).ok()
    return bare


@pytest.mark.long
def test_every_lab_is_solved_and_passes(made, host):
    assert made.first.cells == PASSED
    assert host("docker info --format '{{.CgroupVersion}} {{.CgroupDriver}}'") == "1 cgroupfs"
    assert host("ps --format comm= --pid 1") == "systemd"


@pytest.mark.long
def test_a_limit_written_by_hand_is_found(made, host):
    """By one page, the least that the kernel can tell apart."""
    name = f"{STUDENTS[0]}x2"
    file = f"/sys/fs/cgroup/memory/docker/$(docker inspect --format '{{{{.Id}}}}' {name})/memory.limit_in_bytes"
    before = int(host(f"cat {file}"))
    host(f"echo {before - 4096} >{file}")
    run = made.play("check", classroom_lab="container_limits", **UNPROVED).ok()
    host(f"echo {before} >{file}")
    (found,) = [finding for finding in run.findings if finding["outcome"] != "pass"]
    assert (found["subject"], found["attribute"], found["verdict"]) == (name, "memory", "not_enforced")
    assert made.play("check", classroom_lab="container_limits", **UNPROVED).ok().cells[STUDENTS[0], "container_limits"] == "pass"


@pytest.mark.long
def test_after_a_reboot_one_run_brings_the_class_back_and_the_next_changes_nothing(made, host):
    host.reboot()
    host.has_rebooted()
    assert made.play("site", **UNPROVED).ok().cells == PASSED
    assert made.play("site", **UNPROVED).ok().changes == {NAME: 0}
