# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
import yaml
from ansible_collections.classroom.containers.plugins.module_utils._report_files import ARGUMENTS
from ansible_collections.classroom.containers.plugins.modules import report_files

FILES = [{"name": "class.csv", "content": "student\nashu-the-secret\n"}]


@pytest.fixture
def paths(tmp_path):
    return {"folder": str(tmp_path / "report"), "key_file": str(tmp_path / "report.key")}


def test_writes_reads_and_verifies(paths, run_module):
    written = run_module(report_files, files=FILES, **paths)
    assert (written["changed"], written["written"], written["files"]) == (True, True, ["class.csv"])
    assert not run_module(report_files, files=FILES, **paths)["changed"]
    read = run_module(report_files, state="read", **paths)
    verified = run_module(report_files, state="verified", **paths)
    assert read["attempts"] == [] and verified["files"] == ["class.csv"]
    assert set(yaml.safe_load(report_files.RETURN)) <= {*written, *read, *verified}
    with open(paths["folder"] + "/class.csv", "a", encoding="utf-8") as file:
        file.write("zoe\n")
    said = run_module(report_files, state="verified", **paths)
    assert said["failed"] and "class.csv was changed" in said["msg"]


def test_results_are_not_in_what_it_returns(paths, run_module):
    assert "ashu-the-secret" not in str(run_module(report_files, files=FILES, **paths))


def test_check_mode_writes_nothing(tmp_path, paths, run_module):
    assert run_module(report_files, check_mode=True, files=FILES, **paths)["changed"]
    assert list(tmp_path.iterdir()) == []


def test_error(paths, run_module):
    said = run_module(report_files, state="verified", **paths)
    assert said["failed"] and "no such folder" in said["msg"]


def test_every_option_is_documented():
    documented = yaml.safe_load(report_files.DOCUMENTATION)["options"]
    assert {name: (o["type"], o.get("default"), o.get("choices")) for name, o in documented.items()} == {
        name: (o["type"], o.get("default"), o.get("choices")) for name, o in ARGUMENTS.items()
    }
