# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Verdicts, outcomes, and what fails a task."""

from __future__ import annotations

import pytest
from ansible_collections.classroom.containers.plugins.module_utils import _findings
from ansible_collections.classroom.containers.plugins.module_utils._findings import COULD_NOT_CHECK, FAIL, OUTCOME_OF, OUTCOMES, PASS, Finding

VERDICTS = {
    PASS: {"ok", "rounded", "converted", "pending_drift"},
    FAIL: {"absent", "differs", "missing", "discarded", "not_enforced", "ancestor_stricter", "undeclared"},
    COULD_NOT_CHECK: {"stopped", "unstable", "unsupported", "unverifiable", "unreadable", "unreachable"},
}


def finding(verdict):
    return Finding("web", "memory", verdict, 1, 2, 3, ["f=1"], "a hint", "ashu", "lab")


def test_every_verdict_has_its_outcome():
    assert {outcome: {verdict for verdict in OUTCOME_OF if OUTCOME_OF[verdict] == outcome} for outcome in OUTCOMES} == VERDICTS


def test_no_verdict_is_an_outcome():
    assert not set(OUTCOME_OF) & set(OUTCOMES)


def test_as_dict():
    assert finding("differs").as_dict() == {
        "subject": "web",
        "kind": "container",
        "attribute": "memory",
        "verdict": "differs",
        "outcome": "fail",
        "asked": 1,
        "declared": 2,
        "enforced": 3,
        "evidence": ["f=1"],
        "hint": "a hint",
        "student": "ashu",
        "lab": "lab",
        "step": "",
    }


def test_unknown_verdict():
    with pytest.raises(KeyError):
        finding("fine").as_dict()


@pytest.mark.parametrize("verdict", OUTCOME_OF)
@pytest.mark.parametrize("named", [[], [*OUTCOMES], [PASS], [FAIL], [COULD_NOT_CHECK], ["ok"], ["stopped", "differs"]])
def test_fail_on(verdict, named):
    returned = _findings.result([finding(verdict)], named)
    assert returned.get("failed", False) == (verdict in named or OUTCOME_OF[verdict] in named)
    assert ("msg" in returned) == ("failed" in returned)
    assert returned["changed"] is False
    assert returned["summary"] == {outcome: int(outcome == OUTCOME_OF[verdict]) for outcome in OUTCOMES}


def test_a_long_message_is_cut():
    message = _findings.result([finding("differs")] * 23, ["fail"])["msg"]
    assert message.count("web memory: differs: a hint") == 20
    assert message.endswith("And 3 more: see findings.")


def test_nothing_is_asked():
    assert _findings.result([], [*OUTCOMES]) == {"changed": False, "findings": [], "summary": dict.fromkeys(OUTCOMES, 0)}
