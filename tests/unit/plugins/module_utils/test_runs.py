# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A program that is run for a proof comes to its end in time, and writes no more than is read."""

from __future__ import annotations

import subprocess

import pytest
from ansible_collections.classroom.containers.plugins.module_utils import _runs

RUN = {"name": "it runs", "exit_code": 0, "contains": []}


def tried(script, timeout=60.0, abandon=str):
    return _runs.tried(RUN, "docker run x", ["sh", "-c", script], timeout, _runs.run_program, lambda _code, _output: "", abandon)


def test_what_a_program_exits_with_and_writes():
    done = _runs.run_program(["sh", "-c", "echo out; echo err >&2; cat; exit 3"], 60)
    assert (done.returncode, done.stdout) == (3, b"out\nerr\n")


@pytest.mark.parametrize("script", ["sleep 60", "exec >&- 2>&-; sleep 60"])
def test_a_program_without_an_end_is_ended(script):
    with pytest.raises(subprocess.TimeoutExpired):
        _runs.run_program(["sh", "-c", f"exec sh -c '{script}'"], 0.3)


def test_a_program_that_writes_without_end_is_ended():
    found = tried("yes")
    assert (found["verdict"], found["evidence"]) == ("unverifiable", [f"docker run x: an output of more than {_runs.OUTPUT_MAX} bytes"])
    assert "wrote more than" in found["hint"]


def test_what_is_left_of_a_program_without_an_end_is_told():
    assert tried("sleep 60", 0.1, lambda: "it may still be there")["evidence"] == ["docker run x: no end in 0.1 s", "it may still be there"]


def test_a_program_that_is_not_there():
    with pytest.raises(OSError):
        _runs.run_program(["/nowhere/docker"], 1)
