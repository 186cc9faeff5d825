# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""State, restart policy and number of restarts: the verdict of each, on a captured host that a test changes by one value."""

from __future__ import annotations

import pytest
from ansible_collections.classroom.containers.plugins.module_utils._container_check import check, declared_restart_policy, parse_restart_policy
from ansible_collections.classroom.containers.plugins.module_utils._engine import Engine
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("no", "no"),
        (False, "no"),
        ("False", "no"),
        ("always", "always"),
        ("unless-stopped", "unless-stopped"),
        ("on-failure", "on-failure"),
        ("on-failure:1", "on-failure:1"),
        ("on-failure:03", "on-failure:3"),
    ],
)
def test_policies(asked, expected):
    assert parse_restart_policy(asked) == expected


@pytest.mark.parametrize(
    "asked",
    [
        "",
        "sometimes",
        "Always",
        "always ",
        "always:3",
        "no:1",
        ":",
        ":3",
        "on-failure:",
        "on-failure:0",
        "on-failure:-1",
        "on-failure:x",
        "on-failure:1:2",
        True,
        None,
        3,
    ],
)
def test_policies_that_are_none(asked):
    with pytest.raises(ClassroomError) as refused:
        parse_restart_policy(asked)
    assert str(refused.value).startswith(f"restart_policy: {asked!r}")


def policy(name, count=0):
    return {"Name": name, "MaximumRetryCount": count}


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        (policy("no"), "no"),
        # What podman and older engines say.
        (policy(""), "no"),
        ({"Name": "always"}, "always"),
        (policy("on-failure"), "on-failure"),
        (policy("on-failure", 3), "on-failure:3"),
    ],
)
def test_declared(declared, expected):
    assert declared_restart_policy({"HostConfig": {"RestartPolicy": declared}}) == expected


def changed(host, restart_policy=None, restart_count=None, **state):
    container = host.containers["cgt-free"]
    container["State"].update(state)
    if restart_policy:
        container["HostConfig"]["RestartPolicy"] = restart_policy
    if restart_count is not None:
        container["RestartCount"] = restart_count


#: What the engine says, what is asked, the verdict, and what the hint says to do
TABLE = [
    ({"restart_policy": policy("always")}, {"restart_policy": "always"}, "ok", ""),
    ({"restart_policy": policy("on-failure", 3)}, {"restart_policy": "on-failure:3"}, "ok", ""),
    ({"restart_policy": policy("no")}, {"restart_policy": "no"}, "ok", ""),
    ({"restart_policy": policy("no")}, {"restart_policy": "False"}, "ok", ""),
    ({"restart_policy": policy("no")}, {"restart_policy": "always"}, "missing", "docker update --restart always cgt-free"),
    ({"restart_policy": policy("always")}, {"restart_policy": "no"}, "differs", "docker update --restart no cgt-free"),
    ({"restart_policy": policy("on-failure")}, {"restart_policy": "always"}, "differs", "docker update --restart always cgt-free"),
    ({"restart_policy": policy("unless-stopped")}, {"restart_policy": "always"}, "differs", "docker update --restart always cgt-free"),
    ({"restart_policy": policy("on-failure", 2)}, {"restart_policy": "on-failure:3"}, "differs", "docker update --restart on-failure:3 cgt-free"),
    ({"restart_policy": policy("on-failure")}, {"restart_policy": "on-failure:3"}, "differs", "docker update --restart on-failure:3 cgt-free"),
    ({"restart_policy": policy("on-failure", 3)}, {"restart_policy": "on-failure"}, "differs", "docker update --restart on-failure cgt-free"),
    ({}, {"state": "running"}, "ok", ""),
    ({"Status": "exited"}, {"state": "running"}, "differs", "docker start cgt-free"),
    ({"Status": "created"}, {"state": "running"}, "differs", "docker start cgt-free"),
    ({"Status": "paused", "Paused": True}, {"state": "running"}, "differs", "docker unpause cgt-free"),
    ({}, {"state": "exited"}, "differs", "docker stop cgt-free"),
    ({"restart_count": 3}, {"restart_count": 3}, "ok", ""),
    ({"restart_count": 0}, {"restart_count": 0}, "ok", ""),
    ({"restart_count": 2}, {"restart_count": 3}, "differs", "docker logs cgt-free"),
    ({"restart_count": 1}, {"restart_count": 0}, "differs", "docker logs cgt-free"),
]


@pytest.mark.parametrize(("said", "asked", "verdict", "mend"), TABLE)
def test_verdicts(v1, said, asked, verdict, mend):
    changed(v1, **said)
    (finding,) = check([{"name": "cgt-free", "student": "ashu", "lab": "restart_policy", **asked}], v1.engine)
    assert (finding.verdict, finding.attribute) == (verdict, *asked)
    assert (finding.student, finding.lab, finding.subject) == ("ashu", "restart_policy", "cgt-free")
    assert finding.evidence
    assert finding.enforced is None
    if verdict == "ok":
        assert finding.hint == ""
        assert finding.declared == finding.asked
    else:
        assert mend in finding.hint
        assert str(finding.declared) in finding.hint and str(finding.asked) in finding.hint


@pytest.mark.parametrize(
    ("asked", "mend"), [({"restart_policy": "always"}, "docker run --name nobody --restart always."), ({"state": "running"}, "docker run --name nobody.")]
)
def test_what_is_not_there_fails(v1, asked, mend):
    (finding,) = check([{"name": "nobody", **asked}], v1.engine)
    assert (finding.verdict, finding.outcome) == ("absent", "fail")
    assert mend in finding.hint


def test_the_beginning_of_an_id_is_no_name(v1):
    start = v1.containers["cgt-free"]["Id"][:6]
    (finding,) = check([{"name": start, "state": "running"}], v1.engine)
    assert finding.verdict == "absent"


def test_findings_are_in_the_order_of_the_requirements(v1):
    found = check(
        [{"name": "cgt-stopped", "state": "running", "restart_count": 0}, {"name": "nobody", "state": "running"}, {"name": "cgt-free", "restart_policy": "no"}],
        v1.engine,
    )
    assert [(each.subject, each.attribute) for each in found] == [
        ("cgt-stopped", "state"),
        ("cgt-stopped", "restart_count"),
        ("nobody", "state"),
        ("cgt-free", "restart_policy"),
    ]


def test_without_an_engine_nothing_is_known(tmp_path):
    url = f"unix://{tmp_path}/none"
    found = check([{"name": "cgt-free", "state": "running", "restart_policy": "always"}, {"name": "other", "state": "running"}], Engine(url, 1))
    assert [(each.subject, each.attribute, each.verdict, each.outcome) for each in found] == [
        ("cgt-free", "state", "unreachable", "could_not_check"),
        ("cgt-free", "restart_policy", "unreachable", "could_not_check"),
        ("other", "state", "unreachable", "could_not_check"),
    ]
    assert all(url in each.hint for each in found)


@pytest.mark.parametrize(
    ("requirement", "words"),
    [
        ({"name": "x"}, "asks for nothing"),
        ({"name": "x", "restart_policy": "sometimes"}, "'sometimes'"),
        ({"name": "", "state": "running"}, "not a container's name"),
        ({"name": "../info", "state": "running"}, "not a container's name"),
        ({"name": "x y", "state": "running"}, "not a container's name"),
        ({"name": "x\n", "state": "running"}, "not a container's name"),
    ],
)
def test_requirements_that_are_none(v1, requirement, words):
    with pytest.raises(ClassroomError) as refused:
        check([{"name": "cgt-free", "state": "running"}, requirement], v1.engine)
    assert str(refused.value).startswith("containers[1] (")
    assert words in str(refused.value)
    assert v1.asked == []
