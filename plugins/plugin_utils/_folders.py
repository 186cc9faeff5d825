# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This plugin utility is private to the collection.

"""Folders of the class on a host, each of which is removed with all that is in it."""

from __future__ import annotations

import posixpath
from pathlib import PurePosixPath

from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError


def check_folders(folders: dict) -> dict:
    """The folders, by the variables that name them, if none is or has another of them.

    :raises ClassroomError: one is, or is no absolute path; the message names the variables, the values and the rule
    """
    places: dict = {}
    for variable, path in folders.items():
        place = _place(path, variable)
        for other, earlier in places.items():
            if place == earlier or place in earlier.parents or earlier in place.parents:
                raise ClassroomError(
                    f"{other} and {variable}: {folders[other]!r} and {path!r}: one is in the other, or both are the same: "
                    "what removes one would remove what the other has: give them folders beside each other"
                )
        places[variable] = place
    return folders


def _place(path: object, variable: str) -> PurePosixPath:
    if not isinstance(path, str) or not posixpath.isabs(path):
        raise ClassroomError(f"{variable}: {path!r}: it is the absolute path of a folder on the host")
    # To POSIX, two slashes at the beginning may be another place than one; to Linux they are not.
    return PurePosixPath("/" + posixpath.normpath(path).lstrip("/"))
