# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action report_files as Ansible runs it, but for the process of its own."""

from __future__ import annotations

import pytest
import yaml
from ansible.errors import AnsibleActionFail
from ansible.parsing.dataloader import DataLoader
from ansible.playbook.play_context import PlayContext
from ansible.playbook.task import Task
from ansible.plugins.loader import connection_loader
from ansible.template import Templar
from ansible_collections.classroom.containers.plugins.action.report_files import ActionModule
from ansible_collections.classroom.containers.plugins.modules import report_files
from ansible_collections.classroom.containers.plugins.plugin_utils._report_files import ARGUMENTS

FILES = [{"name": "class.csv", "content": "student\nashu-the-secret\n"}]


@pytest.fixture
def run_action(paths):
    def run(check_mode=False, **arguments):
        task = Task()
        task.check_mode, task.args = check_mode, {**paths, **arguments}
        context, loader = PlayContext(), DataLoader()
        connection = connection_loader.get("local", context)
        return ActionModule(task, connection, context, loader, Templar(loader=loader), None).run(task_vars={})

    return run


@pytest.fixture
def paths(tmp_path):
    return {"folder": str(tmp_path / "report"), "key_file": str(tmp_path / "report.key")}


def test_writes_reads_and_verifies(paths, run_action):
    written = run_action(files=FILES)
    assert (written["changed"], written["written"], written["files"]) == (True, True, ["class.csv"])
    assert not run_action(files=FILES)["changed"]
    read = run_action(state="read")
    verified = run_action(state="verified")
    assert read["attempts"] == [] and verified["files"] == ["class.csv"]
    assert set(yaml.safe_load(report_files.RETURN)) <= {*written, *read, *verified}
    with open(paths["folder"] + "/class.csv", "a", encoding="utf-8") as file:
        file.write("zoe\n")
    said = run_action(state="verified")
    assert said["failed"] and "class.csv was changed" in said["msg"]


def test_results_are_not_in_what_it_returns(run_action):
    assert "ashu-the-secret" not in str(run_action(files=FILES))


def test_check_mode_writes_nothing(tmp_path, run_action):
    assert run_action(check_mode=True, files=FILES)["changed"]
    assert list(tmp_path.iterdir()) == []


def test_error(run_action):
    said = run_action(state="verified")
    assert said["failed"] and "no such folder" in said["msg"]


@pytest.mark.parametrize("wrong", [{"state": "absent"}, {"attempts": "many"}, {"unknown": 1}, {"files": [{"name": "class.csv"}]}])
def test_wrong_options(run_action, wrong):
    with pytest.raises(AnsibleActionFail, match=next(iter(wrong)) if "files" not in wrong else "content"):
        run_action(**wrong)


def test_every_option_is_documented():
    documented = yaml.safe_load(report_files.DOCUMENTATION)["options"]
    assert {name: (o["type"], o.get("default"), o.get("choices")) for name, o in documented.items()} == {
        name: (o["type"], o.get("default"), o.get("choices")) for name, o in ARGUMENTS.items()
    }
