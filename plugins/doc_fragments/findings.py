# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    # A module that compares and returns findings
    DOCUMENTATION = r"""
options:
  fail_on:
    description:
      - The outcomes and verdicts that fail the task. An empty list makes the module report and never fail.
      - V(pass), V(fail) and V(could_not_check) are outcomes, the others are verdicts.
      - V(ok), V(rounded), V(converted) and V(pending_drift) are passes.
      - V(absent), V(differs), V(missing), V(discarded), V(not_enforced), V(ancestor_stricter) and V(undeclared) are fails.
      - V(stopped), V(unstable), V(unsupported), V(unverifiable), V(unreadable) and V(unreachable) could not be checked.
    type: list
    elements: str
    default: [fail, could_not_check]
    choices:
      - pass
      - fail
      - could_not_check
      - ok
      - rounded
      - converted
      - pending_drift
      - absent
      - differs
      - missing
      - discarded
      - not_enforced
      - ancestor_stricter
      - undeclared
      - stopped
      - unstable
      - unsupported
      - unverifiable
      - unreadable
      - unreachable
"""

    # A module that may suggest another container's name
    OTHERS = r"""
options:
  other_names:
    description:
      - Names of containers that are asked for elsewhere, such as those of the other students where one of them is checked.
      - The hint of a container that is absent may name another, as one whose name was mistyped. It names none of these.
    type: list
    elements: str
    default: []
  students:
    description:
      - Names of students, beside those that the requirements name. Where one begins with another, such as C(lucas) and C(luca), no hint takes
        what the first made for the second's.
    type: list
    elements: str
    default: []
"""
