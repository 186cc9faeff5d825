# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A class on two hosts of Debian 13, one of them bare: cgroup v2, systemd, one registry, and one report.

A run takes many minutes on guests, so what is done between two of them is done to both hosts, or to each something else.
"""

from __future__ import annotations

import pytest

from .conftest import HOSTS, LABS, STUDENTS, UNPROVED

pytestmark = pytest.mark.long

PASSED = {(student, lab): "pass" for student in STUDENTS for lab in LABS}
UNCHANGED = dict.fromkeys(HOSTS, 0)
IMAGES = "docker image ls --no-trunc --format '{{.Repository}}:{{.Tag}} {{.ID}}' classroom/*"
LIVES = "docker ps --quiet --no-trunc | sort | xargs docker inspect --format '{{.Name}} {{.State.Pid}} {{.State.StartedAt}}'"
KILL = "pid=$(cat /run/docker.pid); kill -{} $pid; while kill -0 $pid 2>&-; do sleep 0.1; done; systemctl start docker"


def test_every_lab_is_solved_and_passes(classroom):
    assert classroom.had_an_engine == [False, True]
    assert classroom.first.cells == PASSED


def test_the_engine_is_debians_and_begins_with_the_host(hosts):
    for host in hosts:
        assert host("docker version --format '{{.Server.Version}}'").startswith("26.1.")
        assert host("docker info --format '{{.CgroupVersion}} {{.CgroupDriver}}'") == "2 systemd"
        assert host("docker compose version --short; docker buildx version")
        assert host("systemctl is-enabled docker.service docker.socket containerd.service").split() == ["enabled"] * 3


def test_an_engine_that_was_there_keeps_its_configuration(hosts):
    kept = [host("test -e /var/lib/classroom/docker_host.json || cat /etc/docker/daemon.json") for host in hosts]
    assert kept == ["", '{"live-restore": true}']


def test_each_student_is_on_one_host(hosts):
    for host, student in zip(hosts, STUDENTS):
        listed = host("docker ps --format '{{.Label \"classroom.student\"}}' --filter label=classroom.student | sort --unique")
        assert listed == student


def test_one_host_makes_the_base_images_and_the_other_pulls_them(classroom, hosts):
    first, second = (host(IMAGES).splitlines() for host in hosts)
    assert sorted(first) == sorted(second) != []
    assert {line["host"] for line in classroom.first.of("ok") if line["task"].endswith("Download the packages")} == {HOSTS[0]}


def test_the_registry_has_the_images_of_both(classroom, hosts):
    """Pushed from both hosts to the registry of the first: the names are those of the repositories in its storage."""
    stored = hosts[0]("ls /var/lib/classroom/registry/docker/registry/v2/repositories")
    assert set(STUDENTS) <= set(stored.split())


@pytest.fixture(scope="module")
def killed(hosts):
    """What runs on each host before and after its engine ended, by SIGKILL on the first and by SIGTERM on the second."""
    before = [host(LIVES) for host in hosts]
    for host, signal in zip(hosts, ("KILL", "TERM"), strict=True):
        host(KILL.format(signal))
        host.wait_until("docker info")
    return before, [host(LIVES) for host in hosts]


def test_containers_outlive_the_engine(killed):
    """With live-restore, they do not notice."""
    before, after = killed
    assert after == before
    assert all(before)


def test_a_host_that_hangs_holds_up_nobody_else(classroom, hosts):
    """Of its students nothing is known: they neither pass nor fail."""
    with hosts[1].stopped():
        run = classroom.play("check", **UNPROVED)
    assert run.code == 4
    assert run.cells == {(student, lab): "pass" if student == STUDENTS[0] else "could not check" for student, lab in PASSED}


@pytest.fixture(scope="module")
def rebooted(classroom, hosts):
    """What the hosts' containers are after a restart of their kernels, and what the next check says."""
    for host in hosts:
        host.reboot()
    for host in hosts:
        host.has_rebooted()
    template = '{{.Name}} {{.HostConfig.RestartPolicy.Name}} {{.State.Running}}'
    listed = [host(f"docker ps --all --quiet --filter label=classroom.student | xargs docker inspect --format '{template}'") for host in hosts]
    containers = [line.lstrip("/").split() for lines in listed for line in lines.splitlines()]
    return containers, classroom.play("check", **UNPROVED).ok()


def test_after_a_reboot_the_restart_policies_have_done_what_they_promise(rebooted):
    containers, _check = rebooted
    assert {(policy, running) for _name, policy, running in containers} == {
        ("no", "false"), ("on-failure", "true"), ("always", "true"), ("unless-stopped", "true"),
    }


def test_after_a_reboot_all_that_runs_passes(rebooted):
    """And what Docker was not to start again fails by its state, and not by a limit that is wrong."""
    containers, check = rebooted
    stopped = {name for name, _policy, running in containers if running == "false"}
    assert {finding["subject"] for finding in check.findings if finding["outcome"] != "pass" and finding["kind"] == "container"} <= stopped
    assert {finding["attribute"] for finding in check.findings if finding["outcome"] == "fail"} <= {"state"}
    assert {finding["verdict"] for finding in check.findings if finding["outcome"] == "could_not_check"} == {"stopped"}


@pytest.fixture(scope="module")
def solved_again(classroom, rebooted, hosts):
    """What ran on each host before and after the labs were solved once more."""
    before = [host(LIVES) for host in hosts]
    classroom.play("solve").ok()
    return before, [host(LIVES) for host in hosts]


def test_solving_it_again_leaves_alone_what_runs(solved_again):
    for before, after in zip(*solved_again, strict=True):
        assert set(before.splitlines()) < set(after.splitlines())


def test_a_second_run_changes_nothing(classroom, solved_again):
    """Though engines and kernels are others now."""
    run = classroom.play("site").ok()
    assert run.changes == UNCHANGED
    assert run.cells == PASSED
