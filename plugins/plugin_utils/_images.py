# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This plugin utility is private to the collection.

"""Names of images, compared as Docker reads them and not as they are written."""

from __future__ import annotations

from typing import Any

from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.module_utils._references import Reference, parse_reference

_PARTS = ("canonical", "familiar", "registry", "host", "port", "name", "repository", "namespace", "tag", "digest")


def image_reference(image: Any, variable: str = "") -> dict:
    """The parts of an image's name, with all that Docker adds.

    :param variable: what the name is the value of, for the message
    :raises ClassroomError: it is not an image's name
    """
    reference = _parse(image, variable)
    return {part: getattr(reference, part) for part in _PARTS}


def missing_images(images: list, listed: list, variable: str = "") -> list:
    """Those of the images, as they are written, that an engine does not have.

    :param listed: the engine's list of its images, with RepoTags and RepoDigests
    :param variable: what the names are the value of, for the message
    :raises ClassroomError: one is not an image's name
    """
    there = set()
    for image in listed:
        for name in [*(image.get("RepoTags") or ()), *(image.get("RepoDigests") or ())]:
            try:
                there.add(_identity(parse_reference(name)))
            except ClassroomError:
                # One that has lost its name is listed as <none>:<none>.
                continue
    return [image for image in images if _identity(_parse(image, variable)) not in there]


def _identity(reference: Reference) -> tuple:
    # Docker looks at the digest alone where there is one.
    return reference.name, reference.digest or reference.tag


def _parse(image: Any, variable: str) -> Reference:
    try:
        return parse_reference(image)
    except ClassroomError as exc:
        raise ClassroomError(f"{variable}: {exc}" if variable else str(exc)) from exc
