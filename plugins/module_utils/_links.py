# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This module utility is private to the collection.

"""Symbolic links in a file system that is not this process's own: that of an image, or of a container."""

from __future__ import annotations

from typing import Callable

#: As many as the kernel follows.
_LINKS_MAX = 40


def follow(path: str, link: Callable[[str], "str | None"]) -> str:
    """Where a path leads to, as a path from the root without a slash at its beginning; empty where links lead in a circle, or to the root.

    :param link: what a symbolic link at such a path says, as it is written; None where there is no link
    """
    rest, real, links = path.split("/"), "", 0
    while rest:
        part = rest.pop(0)
        if part in ("", "."):
            continue
        if part == "..":
            real = real.rpartition("/")[0]
            continue
        here = f"{real}/{part}" if real else part
        told = link(here)
        if told is None:
            real = here
            continue
        links += 1
        if links > _LINKS_MAX:
            return ""
        rest = told.split("/") + rest
        real = "" if told.startswith("/") else real
    return real
