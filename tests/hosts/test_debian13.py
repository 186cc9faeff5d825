# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A class on two hosts of Debian 13, one of them bare: cgroup v2, systemd, one registry, and one report.

A run takes many minutes on guests, so what is done between two of them is done to both hosts, or to each something else.
"""

from __future__ import annotations

import pytest

from .conftest import LABS, STUDENTS, UNPROVED, Guest, booted, passed

pytestmark = pytest.mark.long

HOSTS = ("trixie101", "trixie-engine102")
PASSED = passed(*LABS)
IMAGES = "docker image ls --no-trunc --format '{{.Repository}}:{{.Tag}} {{.ID}}' classroom/*"
LIVES = "docker ps --quiet --no-trunc | sort | xargs docker inspect --format '{{.Name}} {{.State.Pid}} {{.State.StartedAt}}'"
KILL = "pid=$(cat /run/docker.pid); kill -{} $pid; while kill -0 $pid 2>&-; do sleep 0.1; done; systemctl start docker"


@pytest.fixture(scope="module")
def classroom(new_class):
    """A class on two hosts of Debian 13 in which everything is solved, made by one run: the first was bare, the second had an engine."""
    with booted(*HOSTS) as guests:
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
        yield made


@pytest.fixture(scope="module")
def hosts(classroom):
    """The guests of that class: the first has its registry."""
    return [Guest(name) for name in classroom.hosts]


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
    lab = "container_limits"
    with hosts[1].stopped():
        run = classroom.play("check", classroom_lab=lab, **UNPROVED)
    assert run.code == 4
    assert run.cells == {(STUDENTS[0], lab): "pass", (STUDENTS[1], lab): "could not check"}


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


def test_what_was_started_again_is_what_it_was_and_a_second_run_changes_nothing(classroom, rebooted, hosts):
    """Though engines and kernels are others now."""
    for host in hosts:
        # In the order in which they were made: one may join the namespace of one before.
        host("docker ps --all --quiet --filter status=exited | tac | xargs --no-run-if-empty docker start")
    before = [host(LIVES) for host in hosts]
    run = classroom.play("site", **UNPROVED).ok()
    assert run.changes == dict.fromkeys(HOSTS, 0)
    assert run.cells == PASSED
    assert [host(LIVES) for host in hosts] == before
