# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This module utility is private to the collection.

"""Names of images as Docker reads them: ``ashuflask:v001`` is ``docker.io/library/ashuflask:v001``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError

DEFAULT_REGISTRY = "docker.io"
#: What Docker takes for the default registry, too.
_OLD_DEFAULT_REGISTRY = "index.docker.io"
#: What a repository at the default registry belongs to that names nobody.
_OFFICIAL = "library/"
DEFAULT_TAG = "latest"
_NAME_MAX = 255

_ID = re.compile(r"[0-9a-f]{64}")
_COMPONENT = re.compile(r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_HOST_COMPONENT = r"(?:[A-Za-z0-9]|[A-Za-z0-9][A-Za-z0-9-]*[A-Za-z0-9])"
_REGISTRY = re.compile(rf"(?P<host>{_HOST_COMPONENT}(?:\.{_HOST_COMPONENT})*|\[[0-9A-Fa-f:]+\])(?::(?P<port>[0-9]{{1,5}}))?")

_COMPONENT_RULE = (
    "between slashes stand lower-case letters and digits, with one dot, one or two underscores or any number of hyphens between them, and nowhere else"
)
_TAG_RULE = "a tag begins with a letter, a digit or an underscore, goes on with these, dots and hyphens, and has at most 128 characters"
_DIGEST_RULE = "after @ stands sha256: and 64 digits from 0 to f, with lower-case letters"
_REGISTRY_FORM = "a host and maybe a colon and a port up to 65535"
_REGISTRY_EXAMPLE = "registry.classroom.internal:5000"
_REGISTRY_RULE = f"before the first slash stands {_REGISTRY_FORM}, if it has a dot, a colon or an upper-case letter: {_REGISTRY_EXAMPLE}"


@dataclass(frozen=True)
class Reference:
    """The name of an image, complete.

    :param registry: host and maybe port
    :param repository: the path at the registry, ``library/`` included
    :param tag: empty where only a digest is given
    :param digest: with ``sha256:``; empty where none is given
    """

    registry: str
    repository: str
    tag: str = ""
    digest: str = ""

    @property
    def host(self) -> str:
        return _REGISTRY.fullmatch(self.registry)["host"]

    @property
    def port(self) -> int | None:
        port = _REGISTRY.fullmatch(self.registry)["port"]
        return int(port) if port else None

    @property
    def namespace(self) -> str:
        """The repository but for its last part."""
        return self.repository.rpartition("/")[0]

    @property
    def name(self) -> str:
        """Registry and repository."""
        return f"{self.registry}/{self.repository}"

    @property
    def canonical(self) -> str:
        """With all that Docker adds."""
        return self.name + self._suffix

    @property
    def familiar(self) -> str:
        """As Docker shows it: without what it adds, but for the tag."""
        name = self.name
        if self.registry == DEFAULT_REGISTRY:
            name = self.repository[len(_OFFICIAL):] if self.namespace == _OFFICIAL[:-1] else self.repository
        return name + self._suffix

    @property
    def _suffix(self) -> str:
        return (f":{self.tag}" if self.tag else "") + (f"@{self.digest}" if self.digest else "")


def parse_reference(text: Any) -> Reference:
    """The complete name of an image, of a name as ``docker run`` takes it.

    :raises ClassroomError: it is none; the message names the value and the rule
    """
    if not isinstance(text, str) or not text:
        raise _refused(text, "it is a text such as classroom/busybox:latest")
    if _ID.fullmatch(text):
        raise _refused(text, "64 digits from 0 to f are an id, and a name must not look like one")
    rest, at, digest = text.partition("@")
    if at and not _DIGEST.fullmatch(digest):
        raise _refused(text, _DIGEST_RULE)
    # A colon before a slash begins a port.
    colon = rest.find(":", rest.rfind("/") + 1)
    tag = "" if at else DEFAULT_TAG
    if colon >= 0:
        rest, tag = rest[:colon], rest[colon + 1:]
        if not _TAG.fullmatch(tag):
            raise _refused(text, _TAG_RULE)
    registry, slash, repository = rest.partition("/")
    if not slash or not _is_registry(registry):
        registry, repository = DEFAULT_REGISTRY, rest
    if not _is_address(registry):
        raise _refused(text, _REGISTRY_RULE)
    registry = DEFAULT_REGISTRY if registry == _OLD_DEFAULT_REGISTRY else registry
    if not all(_COMPONENT.fullmatch(component) for component in repository.split("/")):
        raise _refused(text, _COMPONENT_RULE)
    if registry == DEFAULT_REGISTRY and "/" not in repository:
        repository = _OFFICIAL + repository
    reference = Reference(registry, repository, tag, digest)
    if len(reference.name) > _NAME_MAX:
        raise _refused(text, f"registry and repository have at most {_NAME_MAX} characters together, and {reference.name} has {len(reference.name)}")
    return reference


def check_registry(text: str) -> None:
    """Refuse what cannot be a registry.

    :raises ClassroomError: it cannot
    """
    if not _is_address(text):
        raise ClassroomError(f"registry: {text!r} is not a registry: it is {_REGISTRY_FORM}, such as {_REGISTRY_EXAMPLE}")


def _is_address(text: str) -> bool:
    match = _REGISTRY.fullmatch(text)
    return bool(match) and int(match["port"] or 0) <= 65535


def _is_registry(part: str) -> bool:
    return "." in part or ":" in part or part == "localhost" or part != part.lower()


def _refused(text: Any, rule: str) -> ClassroomError:
    return ClassroomError(f"{text!r} is not the name of an image: {rule}")
