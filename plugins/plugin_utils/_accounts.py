# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This plugin utility is private to the collection.

"""Class data in, the accounts of the students out."""

from __future__ import annotations

from typing import Any

from ansible_collections.classroom.containers.plugins.module_utils._accounts import check_account_name
from ansible_collections.classroom.containers.plugins.plugin_utils._seats import seats


def student_accounts(students: Any, passwords: Any = None) -> list:
    """The accounts that the present students have on a host, as class_accounts takes them.

    A student with C(authorized_keys) enters by these and has no password.

    :param students: classroom_students
    :param passwords: the passwords by the names of students; of one that is not made yet, it is empty
    :raises ClassroomError: the class's data is wrong, or a name is the system's own
    """
    known = passwords or {}
    keys = {entry["name"]: entry.get("authorized_keys") or [] for entry in students if isinstance(entry, dict)} if isinstance(students, (list, tuple)) else {}
    accounts = []
    for seat in seats(students):
        name = check_account_name(seat["name"], "classroom_students")
        account: dict = {"name": name, "authorized_keys": list(keys.get(name, []))}
        if not account["authorized_keys"]:
            account["password"] = known.get(name, "")
        accounts.append(account)
    return accounts
