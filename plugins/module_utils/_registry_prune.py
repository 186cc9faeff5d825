# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This module utility is private to the collection.

"""Labels in, the images of a registry that carry them out: the flow of the module registry_prune."""

from __future__ import annotations

from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.module_utils._registry import Registry

ARGUMENTS = {
    "registry": {"type": "str", "required": True},
    "username": {"type": "str"},
    "password": {"type": "str", "no_log": True},
    "ca": {"type": "path"},
    "labels": {"type": "dict", "required": True},
    "name_label": {"type": "str"},
    "timeout": {"type": "int", "default": 60},
}


def run(params: dict, registry: Registry, check_mode: bool) -> dict:
    """Remove the images that carry all the labels.

    :param params: the options of the module
    :raises ClassroomError: no labels are given, or the registry does not answer
    """
    if not params["labels"]:
        raise ClassroomError("labels: {}: at least one label, for an image without any is everybody's")
    removed: list = []
    kept: list = []
    for repository in registry.repositories():
        owned: dict = {}
        others: dict = {}
        for tag in registry.tags(repository):
            manifest = registry.manifest(repository, tag)
            if manifest is None:
                # It was removed since the tags were listed.
                continue
            labels = ((registry.configuration(repository, manifest.config).get("config") or {}).get("Labels") or {}) if manifest.config else {}
            mine = all(labels.get(name) == str(value) for name, value in params["labels"].items())
            if mine and params["name_label"]:
                mine = labels.get(params["name_label"]) == f"{repository.rpartition('/')[2]}:{tag}"
            (owned if mine else others).setdefault(manifest.index or manifest.digest, []).append(f"{registry.address}/{repository}:{tag}")
        for digest, names in owned.items():
            # A registry removes what a digest stands for, and with it all tags of it.
            if digest in others:
                kept += names
                continue
            if not check_mode:
                registry.delete(repository, digest)
            removed += names
    return {"changed": bool(removed), "removed": sorted(removed), "kept": sorted(kept), "diff": _diff(removed)}


def _diff(removed: list) -> dict:
    return {"before_header": "images", "after_header": "images", "before": "".join(f"{name}\n" for name in sorted(removed)), "after": ""}
