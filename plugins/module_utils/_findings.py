# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This module utility is private to the collection.

"""The finding: one compared attribute, and the three outcomes a finding can have."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Iterable

PASS = "pass"
FAIL = "fail"
COULD_NOT_CHECK = "could_not_check"
OUTCOMES = (PASS, FAIL, COULD_NOT_CHECK)

#: Every verdict and the one outcome it belongs to.
OUTCOME_OF = {
    # asked, declared and enforced agree
    "ok": PASS,
    "rounded": PASS,
    "converted": PASS,
    "pending_drift": PASS,
    # known to be other than asked
    "absent": FAIL,
    "differs": FAIL,
    "missing": FAIL,
    "discarded": FAIL,
    "not_enforced": FAIL,
    "ancestor_stricter": FAIL,
    "undeclared": FAIL,
    # not known
    "stopped": COULD_NOT_CHECK,
    "unstable": COULD_NOT_CHECK,
    "unsupported": COULD_NOT_CHECK,
    "unverifiable": COULD_NOT_CHECK,
    "unreadable": COULD_NOT_CHECK,
    "unreachable": COULD_NOT_CHECK,
}

#: How many findings the message of a failed task tells.
TOLD = 20

#: Options of every module that returns findings; the documentation is the doc fragment ``findings``.
FINDINGS_ARGUMENTS = {
    "fail_on": {"type": "list", "elements": "str", "choices": [*OUTCOMES, *OUTCOME_OF], "default": [FAIL, COULD_NOT_CHECK]},
}


#: Whose work a requirement is about, as options of it; handed through to its findings.
OWNER_ARGUMENTS = {
    "student": {"type": "str"},
    "lab": {"type": "str"},
    "step": {"type": "str"},
}


def owner(requirement: dict) -> dict:
    """Whose work a requirement is about, as fields of its findings."""
    return {name: requirement.get(name) or "" for name in OWNER_ARGUMENTS}


def only_asked(requirements: list) -> list:
    """Requirements without the options that are not given: these would come back with the result, for each of many."""
    return [{name: value for name, value in requirement.items() if value is not None} for requirement in requirements]


@dataclass(frozen=True)
class Finding:
    """One attribute of one subject, compared.

    The values are in the unit of the attribute (bytes, CPUs, shares, ...), the same in all three columns
    unless the evidence says otherwise. None means that there is nothing to show in that column.
    """

    subject: str
    attribute: str
    verdict: str
    asked: Any = None
    declared: Any = None
    enforced: Any = None
    evidence: list = field(default_factory=list)
    hint: str = ""
    student: str = ""
    lab: str = ""
    step: str = ""
    #: Of the subject: container, image or network.
    kind: str = "container"

    @property
    def outcome(self) -> str:
        return OUTCOME_OF[self.verdict]

    def as_dict(self) -> dict:
        """The finding as a module returns it."""
        return dict(vars(self), outcome=self.outcome)


def summarise(findings: Iterable[Finding]) -> dict:
    """How many findings there are of each outcome."""
    counts = dict.fromkeys(OUTCOMES, 0)
    for finding in findings:
        counts[finding.outcome] += 1
    return counts


def failing(findings: Iterable[Finding], fail_on: Iterable[str]) -> list:
    """The findings whose outcome or verdict is named in fail_on."""
    named = set(fail_on)
    return [finding for finding in findings if named & {finding.outcome, finding.verdict}]


def report(module: Any, findings: list, **more: Any) -> None:
    """End a module with its findings, as its option ``fail_on`` says.

    :param module: the AnsibleModule
    :param more: what it returns beside them
    """
    returned = dict(result(findings, module.params["fail_on"]), **more)
    end = module.fail_json if "failed" in returned else module.exit_json
    end(**returned)


def result(findings: list, fail_on: Iterable[str]) -> dict:
    """What a check module exits with: never changed, failed only as fail_on says."""
    returned = {
        "changed": False,
        "findings": [finding.as_dict() for finding in findings],
        "summary": summarise(findings),
    }
    bad = failing(findings, fail_on)
    if bad:
        returned["failed"] = True
        returned["msg"] = "; ".join(f"{f.subject} {f.attribute}: {f.verdict}: {f.hint}" for f in bad[:TOLD])
        if len(bad) > TOLD:
            returned["msg"] += f" And {len(bad) - TOLD} more: see findings."
    return returned
