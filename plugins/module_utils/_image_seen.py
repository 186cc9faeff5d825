# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This module utility is private to the collection.

"""What is seen of images: by the engine, in their files, and at a registry."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Callable

from ansible_collections.classroom.containers.plugins.module_utils._engine import EngineError, ids_of
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.module_utils._image_content import Content
from ansible_collections.classroom.containers.plugins.module_utils._references import parse_reference


@dataclass
class Image:
    """What is known of an image of the engine.

    :param engine: what its inspect says
    :param history: None where the image went away before it was asked for
    :param content: what its files say, or the error that says why that is not known; None where nobody asks
    """

    engine: dict
    history: list | None = None
    content: Content | ClassroomError | None = None

    @property
    def id(self) -> str:
        return self.engine["Id"]

    @property
    def ids(self) -> set:
        """The id, and the digest of the manifest where the engine tells it."""
        return ids_of(self.engine)

    @property
    def config(self) -> dict:
        return self.engine.get("Config") or {}

    @property
    def layers(self) -> list:
        return (self.engine.get("RootFS") or {}).get("Layers") or []

    @property
    def names(self) -> list:
        return [name for name in self.engine.get("RepoTags") or () if "<none>" not in name]


@dataclass
class Seen:
    """All that the findings are made from: each thing is looked at once for the whole class.

    :param connect: makes the client of the registry of an address
    :param images: by familiar name: the image, None where there is none, or the error
    :param packed: whether the engine tells the size of an image with its layers packed, or the error; None where nobody asks
    :param kinds: by text, what kinds of secrets are in it
    :param manifests: by registry, repository, tag and processor: the manifest, None where there is none, or the error
    """

    connect: Callable
    images: dict = field(default_factory=dict)
    manifests: dict = field(default_factory=dict)
    archives: dict = field(default_factory=dict)
    packed: bool | EngineError | None = None
    values: list = field(default_factory=list)
    kinds: dict = field(default_factory=dict)

    def names_of(self, digests: set, but: str) -> list:
        """Other names of an image."""
        return sorted(name for name, image in self.images.items() if isinstance(image, Image) and image.ids & digests and name != but)


def place_of(pushed_as: str, image: Image) -> tuple:
    """Where an image is looked for: registry, repository, tag, and the processor that it is for."""
    reference = parse_reference(pushed_as)
    return reference.registry, reference.repository, reference.tag, image.engine.get("Architecture") or "amd64"
