# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The proofs by behaviour: they hold here, they can fail, and nothing of them is left."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path

import pytest
from ansible_collections.classroom.containers.plugins.module_utils._cgroups import Kernel
from ansible_collections.classroom.containers.plugins.module_utils._engine import Engine
from ansible_collections.classroom.containers.plugins.module_utils._limit_proof import prove

from .conftest import CLASS, LABS

PROVE = {f"{lab}_prove": True for lab in LABS}
BUSY = ("sh", "-c", "while :; do :; done")
GREEDY = ("sh", "-c", "dd if=/dev/zero of=/dev/null bs=64M count=1; sleep 3600")


@pytest.fixture
def scratch(docker):
    """A container made by hand that the test's end removes."""
    yield docker
    docker.remove("label=acceptance.by-hand")


def outcomes(oom=(), cpu_weights=(), wait=30.0):
    found = prove(Engine(), Kernel("/"), oom=list(oom), cpu_weights=list(cpu_weights), sample=2, tolerance=0.35, wait=wait)
    return {finding.subject: finding.verdict for finding in found}


def test_the_proofs_hold_on_this_host_and_leave_nothing(new_class, docker):
    before = docker.ids()
    run = new_class("nina", **PROVE).play("check").ok()
    proofs = [finding for line in run.of("ok") if line["task"].endswith(("against their limits", "became of them")) for finding in line["result"]["findings"]]
    assert {finding["subject"] for finding in proofs} == {
        f"{CLASS}-proof-{name}" for name in ("oom", "light", "no", "always", "unless-stopped", "on-failure", "stopped")
    }
    assert [finding for finding in proofs if finding["outcome"] != "pass"] == []
    assert run.stats["changed"] == 0
    assert not {name for name in docker.ids() if name.startswith(f"{CLASS}-proof")} | (set(docker.of_class(CLASS)) - set(before))


def test_a_proof_that_cannot_start_is_no_grade_and_leaves_nothing(new_class, docker):
    labs, empty = [*LABS, "distroless_image"], f"{CLASS}/empty:latest"
    archive = subprocess.run(["tar", "--create", "--files-from", "/dev/null"], capture_output=True, check=True).stdout
    subprocess.run(["docker", "import", "-", empty], input=archive, capture_output=True, check=True)
    try:
        broken = {"container_limits_image": empty, "restart_policy_image": empty, "distroless_image_debug": "no image"}
        run = new_class("nina", **{**PROVE, **broken, "classroom_labs": labs}).play("check").ok()
    finally:
        docker("rmi", empty)
    assert set(run.cells.values()) == {"FAIL"}, "nina has no containers"
    for lab in labs:
        assert f"Proofs by behaviour on localhost, {lab}" in run.table
    assert run.table.count("Nothing was proved") == len(labs)
    assert not docker.of_class(CLASS)


def test_what_an_interrupted_proof_left_goes_with_a_reset(new_class, docker):
    classroom = new_class("nina", **PROVE)

    def interrupt_once_started(process):
        while process.poll() is None and f"{CLASS}-proof-heavy" not in docker.ids("status=running"):
            time.sleep(0.1)
        process.send_signal(signal.SIGKILL)

    classroom.play("check", during=interrupt_once_started)
    left = docker.of_class(CLASS)
    assert left
    assert classroom.play("reset").ok().removal == {"removes": sorted(left), "leaves": []}
    assert docker.of_class(CLASS) == {}


def test_memory_without_a_limit_is_no_proof(scratch):
    scratch.run("acceptance-free", command=GREEDY)
    assert outcomes(oom=["acceptance-free"], wait=2) == {"acceptance-free": "unverifiable"}


def test_memory_within_the_limit_is_no_proof(scratch):
    scratch.run("acceptance-modest", "--memory", "128m", command=GREEDY)
    assert outcomes(oom=["acceptance-modest"], wait=2) == {"acceptance-modest": "unverifiable"}


def test_a_kill_in_a_container_without_a_proper_limit_is_no_proof(scratch):
    """The process was killed under a limit that is not there any more."""
    scratch.run("acceptance-raised", "--memory", "32m", "--memory-swap", "32m", command=GREEDY)
    assert outcomes(oom=["acceptance-raised"]) == {"acceptance-raised": "ok"}
    scratch("update", "--memory", "16m", "--memory-swap", "16m", "acceptance-raised")
    assert outcomes(oom=["acceptance-raised"]) == {"acceptance-raised": "unverifiable"}


def test_a_stopped_container_proves_nothing(scratch):
    scratch.run("acceptance-over", command=("true",))
    scratch("wait", "acceptance-over")
    assert outcomes(oom=["acceptance-over", "acceptance-nowhere"]) == {"acceptance-over": "stopped", "acceptance-nowhere": "absent"}


@pytest.mark.parametrize(("shares", "verdict"), [((1024, 1024), "ok"), ((1024, 256), "not_enforced")])
def test_weights_that_do_not_compete_are_no_proof(scratch, shares, verdict):
    """Each is alone in a cgroup, and these two weigh the same: whatever the containers' own weights, each gets half."""
    systemd = scratch("info", "--format", "{{.CgroupDriver}}") == "systemd"
    parents = {name: f"{name.replace('-', '')}.slice" if systemd else f"/{name}" for name in ("acceptance-one", "acceptance-two")}
    try:
        for (name, parent), share in zip(parents.items(), shares, strict=True):
            scratch.run(name, "--cgroup-parent", parent, "--cpuset-cpus", "0", "--cpu-shares", str(share), command=BUSY)
        assert outcomes(cpu_weights=parents) == {"acceptance-two": verdict}
    finally:
        scratch("rm", "--force", *parents, check=False)
        for left in [path for parent in parents.values() for path in Path("/sys/fs/cgroup").glob(f"**/{parent.lstrip('/')}")]:
            left.rmdir()
