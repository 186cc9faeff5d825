# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This module utility is private to the collection.

"""What may be asked of images, and how it is read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError, parse_at
from ansible_collections.classroom.containers.plugins.module_utils._files import parse_path
from ansible_collections.classroom.containers.plugins.module_utils._findings import OWNER_ARGUMENTS
from ansible_collections.classroom.containers.plugins.module_utils._image_compare import COMPARED, shown_file
from ansible_collections.classroom.containers.plugins.module_utils._key_values import parse_labels
from ansible_collections.classroom.containers.plugins.module_utils._limits import parse_bytes, parse_integer
from ansible_collections.classroom.containers.plugins.module_utils._references import Reference, parse_reference
from ansible_collections.classroom.containers.plugins.module_utils._signals import parse_signal

#: One requirement of image_check as an argument spec.
REQUIREMENT_ARGUMENTS = {
    "name": {"type": "str", "required": True},
    **OWNER_ARGUMENTS,
    "size_max": {"type": "str"},
    "layers_max": {"type": "int"},
    "base": {"type": "str"},
    "user": {"type": "str"},
    "entrypoint": {"type": "list", "elements": "str"},
    "command": {"type": "list", "elements": "str"},
    "starts": {"type": "str"},
    "exposed_ports": {"type": "list", "elements": "str"},
    "stop_signal": {"type": "str"},
    "labels": {"type": "dict"},
    "no_shell": {"type": "bool"},
    "no_package_manager": {"type": "bool"},
    "no_secrets": {"type": "bool", "no_log": False},
    "files": {
        "type": "list",
        "elements": "dict",
        "options": {
            "path": {"type": "str", "required": True},
            "contains": {"type": "list", "elements": "str", "default": []},
            "executable": {"type": "bool", "default": False},
        },
    },
    "pushed_as": {"type": "str"},
    "archive": {"type": "path"},
}
#: Options of image_check beside the requirements.
OPTION_ARGUMENTS = {
    "contents": {"type": "list", "elements": "str", "default": []},
    "secrets": {"type": "list", "elements": "str", "no_log": True, "default": []},
    "registry_username": {"type": "str"},
    "registry_password": {"type": "str", "no_log": True},
    "registry_ca": {"type": "path"},
}
#: Options that need each other.
REGISTRY_TOGETHER = [("registry_username", "registry_password")]
#: As `docker images` shows sizes, and unlike `docker run --memory`, which takes powers of 1024 whatever the suffix.
_DECIMAL_SIZE = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?([kmgt])b", re.IGNORECASE)
_POWERS = {"k": 1, "m": 2, "g": 3, "t": 4}
_PORT = re.compile(r"([0-9]{1,5})(?:/(tcp|udp|sctp))?", re.IGNORECASE)


@dataclass
class Asked:
    """A requirement, parsed."""

    requirement: dict
    reference: Reference
    attributes: dict

    @property
    def parts(self) -> list:
        """What each finding is about: the attribute, its value, and the value as the finding shows it."""
        parts = []
        for attribute, value in self.attributes.items():
            if attribute == "files":
                parts += [(attribute, file, shown_file(file["path"], file["executable"], file["contains"])) for file in value]
            else:
                parts.append((attribute, value, self.reference.familiar if attribute == "exists" else value))
        return parts


def parse_size(text: Any) -> int:
    """Bytes of a size: with kB, MB and GB as `docker images` shows it, in powers of 1000; with k, m and g as `docker run` takes it, of 1024.

    :raises ClassroomError: it is not a size, or not more than 0
    """
    match = _DECIMAL_SIZE.fullmatch(str(text).strip())
    size = int(Decimal(match.group(1)) * 1000 ** _POWERS[match.group(2).lower()]) if match else parse_bytes(text)
    if size <= 0:
        raise ClassroomError(f"{text!r} is not more than 0: no image is that small")
    return size


def parse_port(text: Any) -> str:
    """A port with its protocol, as an image tells it.

    :raises ClassroomError: it is none
    """
    match = _PORT.fullmatch(str(text).strip())
    if not match or not 1 <= int(match.group(1)) <= 65535:
        raise ClassroomError(f"{text!r} is not a port, such as 5000 or 5000/udp: a number from 1 to 65535")
    return f"{int(match.group(1))}/{(match.group(2) or 'tcp').lower()}"


def _parse_user(text: str) -> str:
    user, colon, group = text.strip().partition(":")
    if any(part and not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]*\$?", part) for part in (user, group)) or (colon and not group):
        raise ClassroomError(f"{text!r} is not a user, such as 65532, nonroot or 65532:65532")
    return text.strip()


def _parse_labels(labels: dict) -> dict:
    if not labels:
        raise ClassroomError("{} asks for no label")
    return parse_labels(labels)


def _parse_files(files: list) -> list:
    if not files:
        raise ClassroomError("[] asks for no file")
    for file in files:
        if not file["path"].startswith("/") or file["path"].endswith("/"):
            raise ClassroomError(f"path: {file['path']!r} is not the absolute path of a file, such as /webapp/message.txt")
        if not all(file["contains"]):
            raise ClassroomError(f"contains: {file['contains']!r} of {file['path']} is not a list of texts, each of at least one character")
    return files


def _parse_tagged(text: str) -> str:
    reference = parse_reference(text)
    if reference.digest:
        raise ClassroomError(f"{text!r} has a digest, and an image is pushed as a tag")
    return reference.familiar


#: How each attribute is read that is not taken as it is.
_PARSE: dict = {
    "size_max": parse_size,
    "layers_max": lambda value: parse_integer(value, 1),
    "base": lambda value: parse_reference(value).familiar,
    "user": _parse_user,
    "exposed_ports": lambda ports: sorted(map(parse_port, ports)),
    "stop_signal": parse_signal,
    "labels": _parse_labels,
    "files": _parse_files,
    "pushed_as": _parse_tagged,
    "archive": parse_path,
}


def parse_contents(names: list) -> dict:
    """The familiar names of images by the names that are given.

    :raises ClassroomError: one is no name of an image
    """
    familiar = {}
    for index, name in enumerate(names):
        familiar[name] = parse_at(f"contents[{index}]", parse_reference, name).familiar
    return familiar


def parse_attributes(requirement: dict) -> dict:
    """What a requirement asks for, by attribute.

    :raises ClassroomError: an attribute is wrong; the message names it
    """
    return {
        attribute: parse_at(attribute, _PARSE.get(attribute, lambda given: given), value)
        for attribute in COMPARED
        # What is not forbidden is not asked for.
        if (value := requirement.get(attribute)) is not None and (value or not attribute.startswith("no_"))
    }


def parse_requirement(index: int, requirement: dict) -> Asked:
    """A requirement of image_check.

    :param index: its place in the option ``images``
    :raises ClassroomError: an attribute is wrong; the message names it
    """
    where = f"images[{index}] ({requirement['name']})"
    reference = parse_at(f"{where}: name", parse_reference, requirement["name"])
    return Asked(requirement, reference, {"exists": True, **parse_at(where, parse_attributes, requirement)})
