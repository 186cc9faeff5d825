# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module itself: its options, its documentation, and what it prints."""

from __future__ import annotations

import yaml
from ansible_collections.classroom.containers.plugins.module_utils._cgroup_info import PARTS, SHOWN
from ansible_collections.classroom.containers.plugins.modules import cgroup_info

DOCUMENTED = yaml.safe_load(cgroup_info.DOCUMENTATION)["options"]
RETURNED = yaml.safe_load(cgroup_info.RETURN)


def test_documentation():
    assert DOCUMENTED["gather"]["choices"] == list(PARTS)
    words = " ".join(RETURNED["containers"]["contains"]["limits"]["description"])
    assert [name for name in SHOWN if f"C({name})" not in words] == []


def test_returned_keys(run_module, v1):
    returned = run_module(cgroup_info, docker_host=v1.url, root=str(v1.root), names=["cgt-limits"], gather=list(PARTS))
    contains = RETURNED["containers"]["contains"]
    assert set(returned["host"]) == set(RETURNED["host"]["contains"])
    [container] = returned["containers"]
    assert set(container) == set(contains)
    for part in ("usage", "io"):
        assert set(container[part]) == set(contains[part]["contains"])
    assert set(container["limits"]) == set(SHOWN)
    assert returned["changed"] is False


def test_no_engine(run_module, v1):
    returned = run_module(cgroup_info, docker_host="unix:///nowhere/s", root=str(v1.root))
    assert returned["failed"] and "no Docker engine answers at unix:///nowhere/s" in returned["msg"]


def test_no_cgroups(run_module, v1, tmp_path):
    (tmp_path / "empty" / "proc").mkdir(parents=True)
    returned = run_module(cgroup_info, docker_host=v1.url, root=str(tmp_path / "empty"))
    assert returned["failed"] and "no cgroup file system is mounted" in returned["msg"]
