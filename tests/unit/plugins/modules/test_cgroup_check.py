# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module itself: its options, its documentation, and what it prints."""

from __future__ import annotations

import pytest
import yaml
from ansible_collections.classroom.containers.plugins.doc_fragments.engine import ModuleDocFragment as EngineFragment
from ansible_collections.classroom.containers.plugins.doc_fragments.findings import ModuleDocFragment as FindingsFragment
from ansible_collections.classroom.containers.plugins.module_utils._cgroup_check import ARGUMENTS, REQUIREMENT_ARGUMENTS
from ansible_collections.classroom.containers.plugins.module_utils._container_limits import NAMES
from ansible_collections.classroom.containers.plugins.module_utils._findings import OUTCOME_OF, OUTCOMES, OWNER_ARGUMENTS
from ansible_collections.classroom.containers.plugins.modules import cgroup_check

DOCUMENTED = yaml.safe_load(cgroup_check.DOCUMENTATION)["options"]
RETURNED = yaml.safe_load(cgroup_check.RETURN)


def test_documented_limits():
    assert set(DOCUMENTED["containers"]["suboptions"]) == set(REQUIREMENT_ARGUMENTS)
    assert set(REQUIREMENT_ARGUMENTS) == {"name", "create_command", *OWNER_ARGUMENTS, *NAMES}


@pytest.mark.parametrize("name", REQUIREMENT_ARGUMENTS)
def test_documented_types(name):
    documented, argument = DOCUMENTED["containers"]["suboptions"][name], REQUIREMENT_ARGUMENTS[name]
    assert (documented["type"], documented.get("elements")) == (argument["type"], argument.get("elements"))
    assert {key: each["type"] for key, each in documented.get("suboptions", {}).items()} == {
        key: each["type"] for key, each in argument.get("options", {}).items()
    }


def test_documented_options():
    fragments = [FindingsFragment.DOCUMENTATION, FindingsFragment.OTHERS, EngineFragment.DOCUMENTATION, EngineFragment.KERNEL]
    options = {key: value for fragment in fragments for key, value in yaml.safe_load(fragment)["options"].items()}
    options.update(DOCUMENTED)
    assert set(options) == set(ARGUMENTS)
    for name, argument in ARGUMENTS.items():
        assert (options[name]["type"], options[name].get("default"), options[name].get("choices")) == (
            argument["type"],
            argument.get("default"),
            argument.get("choices"),
        )


def test_documented_verdicts():
    words = " ".join(RETURNED["findings"]["contains"]["verdict"]["description"])
    assert [verdict for verdict in OUTCOME_OF if f"V({verdict})" not in words] == []
    fragment = yaml.safe_load(FindingsFragment.DOCUMENTATION)["options"]["fail_on"]
    assert fragment["choices"] == [*OUTCOMES, *OUTCOME_OF]
    for outcome, line in zip(OUTCOMES, fragment["description"][2:]):
        assert {verdict for verdict in OUTCOME_OF if f"V({verdict})" in line} == {verdict for verdict in OUTCOME_OF if OUTCOME_OF[verdict] == outcome}


def run(run_module, host, requirements, **options):
    return run_module(cgroup_check, docker_host=host.url, root=str(host.root), containers=requirements, **options)


def test_returned_keys(run_module, v1):
    returned = run(run_module, v1, [{"name": "cgt-limits", "memory": "100m"}])
    assert set(returned["findings"][0]) == set(RETURNED["findings"]["contains"])
    assert set(returned) - {"invocation", "changed"} == set(RETURNED)
    assert returned["summary"] == {"pass": 1, "fail": 0, "could_not_check": 0}


#: as YAML reads them: numbers, and words that are numbers
@pytest.mark.parametrize(
    "asked, verdict",
    [
        ({"memory": 104857600}, "ok"),
        ({"cpus": 0.5}, "ok"),
        ({"cpu_shares": 20}, "ok"),
        ({"cpu_shares": 21}, "differs"),
        ({"cpuset_cpus": 0}, "ok"),
        ({"pids_limit": 64}, "ok"),
        ({"pids_limit": -1}, "differs"),
        ({"oom_kill_disable": "no"}, "ok"),
        ({"ulimits": ["nofile=512:1024"]}, "ok"),
    ],
)
def test_types_of_yaml(run_module, v1, asked, verdict):
    returned = run(run_module, v1, [{"name": "cgt-limits", **asked}], fail_on=[])
    assert [finding["verdict"] for finding in returned["findings"]] == [verdict]


@pytest.mark.parametrize(
    "asked, words", [({"memory": True}, "memory: 'True'"), ({"cpu_shares": 20.5}, "cpu_shares: '20.5'"), ({"memory": [1]}, "memory"), ({}, "asks for nothing")]
)
def test_wrong_requirements(run_module, v1, asked, words):
    returned = run(run_module, v1, [{"name": "cgt-limits", **asked}], fail_on=[])
    assert returned["failed"] and words in returned["msg"] and "containers" in returned["msg"]
    assert "findings" not in returned


def test_no_requirements(run_module, v1):
    assert run(run_module, v1, [])["findings"] == []


@pytest.mark.parametrize(
    "fail_on, failed", [(None, True), ([], False), (["differs"], True), (["missing"], False), (["fail"], True), (["could_not_check"], False)]
)
def test_fail_on(run_module, v1, fail_on, failed):
    options = {} if fail_on is None else {"fail_on": fail_on}
    returned = run(run_module, v1, [{"name": "cgt-limits", "memory": "101m"}], **options)
    assert returned.get("failed", False) is failed
    assert returned["findings"][0]["verdict"] == "differs"


def test_could_not_check_fails_by_default(run_module, v1):
    v1.url = "unix:///nowhere/s"
    returned = run(run_module, v1, [{"name": "cgt-limits", "memory": "100m"}])
    assert returned["failed"] and returned["summary"]["could_not_check"] == 1


def test_check_mode(run_module, v1):
    requirement = [{"name": "cgt-limits", "memory": "100m"}]
    assert run(run_module, v1, requirement, check_mode=True)["findings"] == run(run_module, v1, requirement)["findings"]


def test_what_is_not_asked_does_not_come_back(run_module, v1):
    returned = run(run_module, v1, [{"name": "cgt-limits", "memory": "100m"}])
    assert returned["invocation"]["module_args"]["containers"] == [{"name": "cgt-limits", "memory": "100m"}]
