# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Class data in, accounts out."""

from __future__ import annotations

import pytest
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.plugin_utils._accounts import student_accounts

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDyr1q1qZx0bqmXo2Qr1yUOtGzcCQu4yqWzq9S2dTq0b priya@laptop"


def test_an_account_for_each_present_student():
    students = ["ashu", {"name": "murali", "state": "absent"}, {"name": "priya", "seat": 7, "authorized_keys": [KEY]}, {"name": "omar"}]
    assert student_accounts(students, {"ashu": "one", "murali": "two", "priya": "three"}) == [
        {"name": "ashu", "authorized_keys": [], "password": "one"},
        {"name": "priya", "authorized_keys": [KEY]},
        {"name": "omar", "authorized_keys": [], "password": ""},
    ]


@pytest.mark.parametrize(
    ("students", "words"),
    [
        (["ashu", "docker"], "classroom_students: 'docker'"),
        ([{"name": "priya", "authorized_keys": [KEY, KEY[:60]]}], "classroom_students[0].authorized_keys[1]: "),
        ([{"name": "priya", "authorized_keys": KEY}], "classroom_students[0].authorized_keys: str of 'priya'"),
        # Of one who is absent, too: the entry stays in the class.
        (["ashu", {"name": "priya", "state": "absent", "authorized_keys": ["x"]}], "classroom_students[1].authorized_keys[0]: 'x'"),
        ([{"name": "priya", "keys": [KEY]}], "keys: a student has authorized_keys, name, seat, state"),
        ("ashu", "classroom_students: 'ashu'"),
    ],
)
def test_what_is_refused(students, words):
    with pytest.raises(ClassroomError) as refused:
        student_accounts(students)
    assert words in str(refused.value)
