# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This module utility is private to the collection.

"""The one exception type that library code raises; only a module's main() turns it into fail_json."""

from __future__ import annotations

from typing import Any, Callable


class ClassroomError(Exception):
    """Something the user must know: the message is complete and is shown as it is."""


def parse_at(where: str, parse: Callable, value: Any) -> Any:
    """The value, parsed.

    :raises ClassroomError: it cannot be; the message begins with where it is
    """
    try:
        return parse(value)
    except ClassroomError as exc:
        raise ClassroomError(f"{where}: {exc}") from exc
