# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This module utility is private to the collection.

"""Labels of images and networks."""

from __future__ import annotations

from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError


def parse_labels(labels: dict) -> dict:
    """Labels and their values as texts.

    :raises ClassroomError: a name or a value cannot be one
    """
    for key, value in labels.items():
        if not str(key):
            raise ClassroomError(f"{key!r} is not the name of a label, such as maintainer")
        if not isinstance(value, (str, int, float)):
            raise ClassroomError(f"{key}: its value is no text: an empty one is ''")
    return {str(key): str(value) for key, value in labels.items()}
