# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This module utility is private to the collection.

"""Paths of options: what may be one, and where a file may be written."""

from __future__ import annotations

import os

from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError


def parse_path(text: str) -> str:
    """An absolute path.

    :raises ClassroomError: it is none
    """
    if not os.path.isabs(text):
        raise ClassroomError(f"{text!r} is not an absolute path")
    return text


def check_place(path: str) -> str:
    """The folder of a file that is to be written, or to be replaced.

    :raises ClassroomError: the path is no file's, something else is there, or there is no such folder
    """
    if not os.path.basename(path):
        raise ClassroomError(f"{path!r} is not the path of a file")
    if os.path.exists(path) and not os.path.isfile(path):
        raise ClassroomError(f"{path} is there, and is no file: only a file is replaced")
    folder = os.path.dirname(os.path.abspath(path))
    if not os.path.isdir(folder):
        raise ClassroomError(f"{path}: the folder {folder} does not exist")
    return folder
