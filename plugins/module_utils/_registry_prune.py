# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This module utility is private to the collection.

"""Labels in, the images of a registry that carry them out: the flow of the module registry_prune."""

from __future__ import annotations

from typing import Iterable, Iterator

from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.module_utils._key_values import parse_labels
from ansible_collections.classroom.containers.plugins.module_utils._references import check_registry
from ansible_collections.classroom.containers.plugins.module_utils._registry import (
    CredentialsError,
    IncompleteError,
    Manifest,
    Registry,
    RegistryError,
    UnreachableError,
    UntrustedError,
)

ARGUMENTS = {
    "registry": {"type": "str", "required": True},
    "username": {"type": "str"},
    "password": {"type": "str", "no_log": True},
    "ca": {"type": "path"},
    "labels": {"type": "dict", "required": True},
    "except_labels": {"type": "dict"},
    "name_label": {"type": "str"},
    "timeout": {"type": "int", "default": 60},
}
#: Options that need each other.
TOGETHER = [("username", "password")]


def run(params: dict, registry: Registry, check_mode: bool) -> dict:
    """Remove the images that carry all the labels.

    :param params: the options of the module
    :raises ClassroomError: no labels are given, one has no value, those to leave have no lists of values, or the registry is none, or does not answer
    """
    check_registry(params["registry"])
    if not params["labels"]:
        raise ClassroomError("labels: {}: at least one label, for an image without any is everybody's")
    try:
        wanted = parse_labels(params["labels"])
    except ClassroomError as exc:
        raise ClassroomError(f"labels: {exc}") from exc
    spared = _values(params["except_labels"] or {})
    removed: list = []
    kept: list = []
    unread: list = []
    for repository in registry.repositories():
        owned: dict = {}
        others: set = set()
        for tag in registry.tags(repository):
            name = f"{registry.address}/{repository}:{tag}"
            manifest = None
            try:
                manifest = registry.manifest(repository, tag)
                # One that is None was removed since the tags were listed.
                labels = _labels(registry, repository, manifest) if manifest else {}
            except (UnreachableError, UntrustedError, CredentialsError):
                raise
            except RegistryError as exc:
                # Whatever others pushed there must not keep the class's own in it.
                unread.append({"name": name, "reason": str(exc)})
                labels = {}
                others.update(exc.listed if isinstance(exc, IncompleteError) else ())
            if manifest is None:
                continue
            mine = all(labels.get(label) == value for label, value in wanted.items())
            mine = mine and not any(labels.get(label) in values for label, values in spared.items())
            if mine and params["name_label"]:
                mine = labels.get(params["name_label"]) == f"{repository.rpartition('/')[2]}:{tag}"
            if mine:
                owned.setdefault(manifest.index or manifest.digest, []).append(name)
            else:
                # A list needs all that are in it.
                others.update([manifest.index, manifest.digest, *manifest.listed])
        for digest, names in owned.items():
            # A registry removes what a digest stands for, and with it all tags of it.
            if digest in others:
                kept += names
                continue
            if not check_mode:
                registry.delete(repository, digest)
            removed += names
    return {
        "changed": bool(removed),
        "removed": sorted(removed),
        "kept": sorted(kept),
        "unread": sorted(unread, key=lambda each: each["name"]),
        "diff": _diff(removed),
    }


def _values(except_labels: dict) -> dict:
    """The values of each label of images that stay, as texts.

    :raises ClassroomError: those of a label are no list
    """
    for label, values in except_labels.items():
        if not isinstance(values, list):
            raise ClassroomError(f"except_labels.{label}: {values!r}: it is a list of values")
    # No sets: whatever somebody pushed may have anything for a label.
    return {label: [str(value) for value in values] for label, values in except_labels.items()}


def _labels(registry: Registry, repository: str, manifest: Manifest) -> dict:
    """The labels of an image; of a list without one for the processor, those of the first that has some.

    :raises RegistryError: the registry does not say
    """
    for configuration in [manifest.config] if manifest.config else _configurations(registry, repository, manifest.listed):
        told = registry.configuration(repository, configuration)
        settings = told.get("config") if isinstance(told, dict) else None
        labels = settings.get("Labels") if isinstance(settings, dict) else None
        if labels and isinstance(labels, dict):
            return labels
    return {}


def _configurations(registry: Registry, repository: str, digests: Iterable) -> Iterator:
    for digest in digests:
        manifest = registry.manifest(repository, digest)
        if manifest and manifest.config:
            yield manifest.config


def _diff(removed: list) -> dict:
    return {"before_header": "images", "after_header": "images", "before": "".join(f"{name}\n" for name in sorted(removed)), "after": ""}
