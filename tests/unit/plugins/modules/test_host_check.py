# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module itself: its options, its documentation, and what it prints of a host that has next to nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from ansible_collections.classroom.containers.plugins.module_utils._host_check import ARGUMENTS, OUTCOMES
from ansible_collections.classroom.containers.plugins.modules import host_check

DOCUMENTED = yaml.safe_load(host_check.DOCUMENTATION)["options"]
RETURNED = yaml.safe_load(host_check.RETURN)
FILES = Path(host_check.__file__).parents[1]


@pytest.fixture
def bare(tmp_path):
    """Arguments for a host without an engine, without cgroups, and almost without files."""
    (tmp_path / "proc").mkdir()
    return {"docker_host": f"unix://{tmp_path}/nowhere", "root": str(tmp_path)}


def test_documentation():
    suboptions = DOCUMENTED["needs"]["suboptions"]
    assert set(suboptions) == set(ARGUMENTS["needs"]["options"])
    assert {name: option.get("default") for name, option in suboptions.items()} == {
        name: option.get("default") for name, option in ARGUMENTS["needs"]["options"].items()
    }


@pytest.mark.parametrize("check_mode", [False, True])
def test_what_is_returned(run_module, bare, check_mode):
    returned = run_module(host_check, check_mode=check_mode, **bare)
    assert returned["changed"] is False
    assert set(returned["found"]) == set(RETURNED["found"]["contains"])
    contains = RETURNED["rows"]["contains"]
    assert all(set(row) == set(contains) and row["outcome"] in OUTCOMES for row in returned["rows"])
    words = " ".join(contains["check"]["description"])
    assert [row["check"] for row in returned["rows"] if f"V({row['check']})" not in words] == []
    assert len({row["check"] for row in returned["rows"]}) == len(returned["rows"]) == words.count("V(") - 1


def test_a_host_with_next_to_nothing(run_module, bare):
    rows = {row["check"]: row for row in run_module(host_check, **bare)["rows"]}
    for check in ("system", "cgroup", "swap", "memory", "packages", "tcp"):
        assert (rows[check]["outcome"], rows[check]["read"].partition(":")[0]) == ("warn", "could not be looked at"), rows[check]


def test_bad_input(run_module):
    returned = run_module(host_check, docker_host="tcp://127.0.0.1:2375")
    assert returned["failed"] and "docker_host: 'tcp://127.0.0.1:2375' is not a Unix socket" in returned["msg"]


def test_it_needs_nothing_but_the_standard_library():
    """Of a Python without any site-packages, as a host has it before it is provisioned."""
    program = (
        "import sys, types\n"
        "sys.path.insert(0, sys.argv[1])\n"
        "import ansible_collections.classroom.containers.plugins.module_utils._host_check\n"
    )
    folder = Path(__file__).parents[4] / ".cache"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", program, str(folder)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
