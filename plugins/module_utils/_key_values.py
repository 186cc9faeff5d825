# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This module utility is private to the collection.

"""Variables, build arguments and labels: names with a text each; and what is a text."""

from __future__ import annotations

from typing import Any

from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError

NO_TEXT = "no text: write it in quotes, '' where it is empty, since YAML takes yes and 1.10 for something else"


def parse_variables(asked: Any) -> dict:
    """Variables and their values as texts.

    :raises ClassroomError: a name or a value cannot be one; the message names the variable and never shows the value
    """
    if not isinstance(asked, dict):
        raise ClassroomError("it is a dictionary of variables and their values")
    for name in asked:
        if not isinstance(name, str) or not name or "=" in name or "\0" in name:
            raise ClassroomError(f"{name!r} is not the name of a variable, such as COLOR")
    return _texts(asked)


def parse_labels(asked: dict) -> dict:
    """Labels and their values as texts.

    :raises ClassroomError: a name or a value cannot be one; the message names the label
    """
    for name in asked:
        if not str(name):
            raise ClassroomError(f"{name!r} is not the name of a label, such as maintainer")
    return _texts(asked)


def is_text(value: Any) -> bool:
    """Whether it is a text, or an integer: of that alone, Python writes what was in the YAML, where true and 1.10 would be True and 1.1."""
    return not isinstance(value, bool) and isinstance(value, (str, int)) and "\0" not in str(value)


def _texts(asked: dict) -> dict:
    for name, value in asked.items():
        if not is_text(value):
            raise ClassroomError(f"{name}: its value is {NO_TEXT}")
    return {str(name): str(value) for name, value in asked.items()}
