# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Beside what students type: one mistake of one student fails that student's cell of that lab and no other, with a hint that mends it."""

from __future__ import annotations

import shlex
from contextlib import contextmanager
from pathlib import Path

import pytest

from .conftest import LABS, put_aside, replaced, stopped

# om is the beginning of omar's name, and omar that of no other's.
STUDENTS = ("nina", "om", "omar", "zoe")
LIMITS, RESTART = LABS
MIB_100 = 100 * 1024 * 1024
MEMORY, SHARES, ALWAYS = ("--memory", "100m"), ("--cpu-shares", "20"), ("--restart", "always")
UPDATE_MEMORY, UPDATE_ALWAYS = (f"docker update {what} {{}}" for what in ("--memory 100m --memory-swap 200m", "--restart always"))


@pytest.fixture(scope="module")
def classroom(new_class, docker):
    made = new_class(*STUDENTS)
    made.play("solve").ok()
    yield made
    made.play("reset").ok()


def expected(*broken, word="FAIL"):
    return {(student, lab): word if (student, lab) in broken else "pass" for student in STUDENTS for lab in LABS}


@contextmanager
def updated(docker, name, wrong, right):
    docker("update", *wrong, name)
    try:
        yield
    finally:
        docker("update", *right, name)


@contextmanager
def signalled(docker, name):
    """With a signal that its program ignores. To the engine it is a stop by hand, and the policy does not count any more."""
    docker("kill", "--signal", "HUP", name)
    try:
        yield
    finally:
        docker("restart", "--time", "0", name)


def kernel_file(docker, name, controller, v1, v2):
    """The kernel's file of a container's limit, and the version of cgroups it belongs to."""
    pid = docker.inspect(name, "{{.State.Pid}}")
    lines = [line.split(":", 2) for line in Path(f"/proc/{pid}/cgroup").read_text(encoding="utf-8").splitlines()]
    for _number, controllers, path in lines:
        if controller in controllers.split(","):
            return Path(f"/sys/fs/cgroup/{controller}{path}/{v1}"), 1
    (path,) = [path for _number, controllers, path in lines if not controllers]
    return Path(f"/sys/fs/cgroup{path}/{v2}"), 2


@contextmanager
def written(path, value):
    """A number in a cgroup file, by hand."""
    before = path.read_text(encoding="utf-8")
    path.write_text(str(value), encoding="utf-8")
    try:
        yield
    finally:
        path.write_text(before, encoding="utf-8")


@contextmanager
def memory_raised(docker, name):
    path, version = kernel_file(docker, name, "memory", "memory.limit_in_bytes", "memory.max")
    # On v1 no limit may be over that of memory and swap.
    above = path.with_name("memory.memsw.limit_in_bytes")
    if version == 1 and above.exists():
        with written(above, 2 * MIB_100), written(path, 2 * MIB_100):
            yield
    else:
        with written(path, 2 * MIB_100):
            yield


@contextmanager
def shares_raised(docker, name):
    path, version = kernel_file(docker, name, "cpu", "cpu.shares", "cpu.weight")
    with written(path, 1024 if version == 1 else 100):
        yield


@contextmanager
def strict_parent(docker, name, *options):
    """A right container in a cgroup that is stricter than it."""
    path, version = kernel_file(docker, name, "memory", "memory.limit_in_bytes", "memory.max")
    systemd = docker("info", "--format", "{{.CgroupDriver}}") == "systemd"
    parent = "acceptancetest.slice" if systemd else "/acceptancetest"
    root = Path("/sys/fs/cgroup/memory" if version == 1 else "/sys/fs/cgroup") / parent.lstrip("/")
    with put_aside(docker, name):
        try:
            docker.run(name, "--cgroup-parent", parent, *options)
            (root / path.name).write_text(str(20 * 1024 * 1024), encoding="utf-8")
            yield
        finally:
            docker("rm", "--force", name)
            for left in Path("/sys/fs/cgroup").glob(f"*/{parent.lstrip('/')}"):
                left.rmdir()


#: What the student did: the container, how it is done with which arguments, the attribute that fails, its verdict, and what
#: the hint says to do. A docker update is done then, and must make the container right.
BROKEN = {
    "memory a page more": ("zoex2", (updated, ["--memory", str(MIB_100 + 4096)], MEMORY), "memory", "differs", UPDATE_MEMORY),
    "shares of 21 later": ("ninax2", (updated, ["--cpu-shares", "21"], SHARES), "cpu_shares", "differs", "docker update --cpu-shares 20 {}"),
    "a cgroup's memory by hand": ("omarx2", (memory_raised,), "memory", "not_enforced", "docker restart {}"),
    "a cgroup's shares by hand": ("omx2", (shares_raised,), "cpu_shares", "not_enforced", "docker restart {}"),
    "a stricter cgroup above": ("zoex2", (strict_parent, *MEMORY, *SHARES), "memory", "ancestor_stricter", "--cgroup-parent"),
    "a signal that stops nothing": ("omx3", (signalled,), "restart_policy", "not_enforced", "docker restart {}"),
    "on-failure for always": ("omarx3", (updated, ["--restart", "on-failure"], ALWAYS), "restart_policy", "differs", UPDATE_ALWAYS),
}


def settings(docker, name):
    """What Docker declares of a container, as far as the labs ask for it, and the kernel's memory limit."""
    path, _version = kernel_file(docker, name, "memory", "memory.limit_in_bytes", "memory.max")
    # An engine that was never told of a policy says nothing.
    template = "{{with .HostConfig}}{{.Memory}} {{.CpuShares}} {{with .RestartPolicy}}{{or .Name `no`}}:{{.MaximumRetryCount}}{{end}}{{end}}"
    return docker.inspect(name, template), path.read_text(encoding="utf-8")


@pytest.mark.parametrize("case", BROKEN)
def test_one_mistake_fails_one_cell(classroom, docker, case):
    name, (doing, *arguments), attribute, verdict, mend = BROKEN[case]
    student, x, number = name.partition("x")
    step, lab, mend = x + number, LIMITS if number in "12" else RESTART, mend.format(name)
    with doing(docker, name, *arguments):
        run = classroom.play("check").ok()
        assert run.cells == expected((student, lab))
        found = [finding for finding in run.findings if finding["outcome"] != "pass"]
        assert {(finding["student"], finding["lab"], finding["subject"]) for finding in found} == {(student, lab, name)}
        (finding,) = [finding for finding in found if finding["attribute"] == attribute]
        assert (finding["verdict"], finding["outcome"]) == (verdict, "fail")
        assert mend in finding["hint"]
        # The trainer reads the same hint in the table.
        assert " ".join(finding["hint"].split()) in " ".join(run.table.split())
        if mend.startswith("docker update"):
            docker(*shlex.split(mend)[1:])
            other = next(each for each in STUDENTS if each != student)
            assert settings(docker, name) == settings(docker, other + step)


def test_a_stopped_container_has_no_limits_to_check(classroom, docker):
    with stopped(docker, "omarx2"):
        run = classroom.play("check").ok()
    assert run.cells == expected(("omar", LIMITS), word="could not check")
    found = [finding for finding in run.findings if finding["outcome"] != "pass"]
    assert {(finding["subject"], finding["verdict"], finding["outcome"]) for finding in found} == {("omarx2", "stopped", "could_not_check")}
    assert all("docker start omarx2" in finding["hint"] for finding in found)


def test_a_watch_says_who_is_stuck_where(classroom, docker, tmp_path):
    """And nobody waits for its file, which is there as soon as the playbook has ended."""
    file = tmp_path / "watch"

    def watched():
        run = classroom.play("watch", class_report_watch_file=str(file)).ok()
        assert run.stats["changed"] == 0
        return [line.strip() for line in file.read_text(encoding="utf-8").splitlines()]

    assert watched()[-1] == "Everybody has passed everything."
    with updated(docker, "zoex2", ["--memory", str(MIB_100 - 1)], MEMORY), put_aside(docker, "omarx3-no"):
        lines = watched()
    assert lines[lines.index("Not passed yet:") + 1 :] == [f"{LIMITS} x2: 1 of {len(STUDENTS)}: zoe", f"{RESTART} x3-no: 1 of {len(STUDENTS)}: omar"]


def test_work_by_hand_passes_and_what_is_in_it_is_only_text(classroom, docker, tmp_path):
    """The labels and the command of a container are whatever a student writes into them."""
    bait = tmp_path / "bait"
    hostile = f"{{{{ lookup('pipe', 'touch {bait}') }}}} $(touch {bait}) %s \n \x1b[31m"
    labels = ("--label", f"hostile={hostile}", "--label", "com.docker.compose.project=acceptance-container_limits", "--label", "classroom.student=zoe")
    with (
        replaced(docker, "ninax1"),
        replaced(docker, "ninax2", *MEMORY, *SHARES, *labels, "--env", hostile),
        replaced(docker, "omarx3", "--restart", "always", "--label", f"hostile={hostile}"),
        replaced(docker, "omarx3-on-failure", "--restart", "on-failure:3"),
    ):
        run = classroom.play("check").ok()
        solve = classroom.play("solve")
    assert run.cells == expected()
    assert "ninax2" in solve.errors
    assert not bait.exists()


def test_solve_mends_what_differs_and_nothing_else(classroom, docker):
    before = docker.of_class("acceptance")
    docker("update", "--memory", str(MIB_100 - 4096), "ninax2")
    docker("update", "--memory", "100m", "--memory-swap", "-1", "omarx1")
    docker("update", "--restart", "on-failure", "zoex3")
    docker("rm", "--force", "omarx3-no")
    docker("kill", "zoex1")
    docker("kill", "--signal", "HUP", "ninax3")
    path, version = kernel_file(docker, "omx2", "cpu", "cpu.shares", "cpu.weight")
    path.write_text("1024" if version == 1 else "100", encoding="utf-8")
    broken = {("nina", LIMITS), ("omar", LIMITS), ("zoe", RESTART), ("omar", RESTART), ("om", LIMITS), ("nina", RESTART)}
    assert classroom.play("check").ok().cells == {**expected(*broken), ("zoe", LIMITS): "could not check"}
    assert classroom.play("solve").ok().stats["changed"]
    assert classroom.play("check").ok().cells == expected()
    after = docker.of_class("acceptance")
    assert {name for name in before if after[name] != before[name]} == {"ninax2", "omarx1", "zoex3", "omarx3-no", "omx2", "ninax3"}
