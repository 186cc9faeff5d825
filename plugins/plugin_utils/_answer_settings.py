# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This plugin utility is private to the collection.

"""What an answer may ask of a container beside what its lab is about: variables, mounts, capabilities; and the commands that students would type."""

from __future__ import annotations

from typing import Any

from ansible_collections.classroom.containers.plugins.module_utils import _image_secrets
from ansible_collections.classroom.containers.plugins.module_utils._capabilities import parse_capability
from ansible_collections.classroom.containers.plugins.module_utils._container_limits import parse_limits
from ansible_collections.classroom.containers.plugins.module_utils._container_mounts import BIND, MOUNT_ARGUMENTS, TMPFS, VOLUME, parse_mount
from ansible_collections.classroom.containers.plugins.module_utils._docker_run import docker_run
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError, parse_at
from ansible_collections.classroom.containers.plugins.module_utils._key_values import parse_variables

#: The keys that an answer may have for it.
SETTING_KEYS = {"environment", "mounts", "cap_add", "compare"}
#: What a student may choose, and is compared only where an answer says so.
_COMPARE = ("image", "command")
_DEFAULT_BRIDGE = "bridge"


def parse_settings(answer: dict, variable: str) -> dict:
    """The settings of an answer, each empty where it has none.

    :raises ClassroomError: one is wrong; the message names the variable, the value and the rule
    """
    compare = _listed(answer, "compare", variable, _COMPARE)
    for index, what in enumerate(compare):
        if what not in _COMPARE:
            raise ClassroomError(f"{variable}.compare[{index}]: {what!r}: it is one of {', '.join(_COMPARE)}")
    if "command" in compare and not answer.get("command"):
        raise ClassroomError(f"{variable}.compare: 'command': the answer has no command to compare with")
    return {
        "environment": parse_at(f"{variable}.environment", parse_variables, answer.get("environment") or {}),
        "mounts": [
            parse_at(f"{variable}.mounts[{index}]", _mount, mount)
            for index, mount in enumerate(_listed(answer, "mounts", variable, [{"type": VOLUME, "source": "data", "target": "/data"}]))
        ],
        "cap_add": [
            parse_at(f"{variable}.cap_add[{index}]", parse_capability, capability)
            for index, capability in enumerate(_listed(answer, "cap_add", variable, ["NET_ADMIN"]))
        ],
        "compare": compare,
    }


def _listed(answer: dict, key: str, variable: str, example: Any) -> list:
    value = answer.get(key) or []
    if not isinstance(value, (list, tuple)):
        raise ClassroomError(f"{variable}.{key}: {value!r}: it is a list, such as {list(example)}")
    return list(value)


def _mount(asked: Any) -> dict:
    needed = [key for key, option in MOUNT_ARGUMENTS.items() if option.get("required")]
    if not isinstance(asked, dict) or set(asked) - set(MOUNT_ARGUMENTS) or not all(isinstance(asked.get(key), str) for key in needed):
        raise ClassroomError(f"{asked!r}: it has {', '.join(needed)}, and maybe {', '.join(key for key in MOUNT_ARGUMENTS if key not in needed)}")
    if asked["type"] not in MOUNT_ARGUMENTS["type"]["choices"]:
        raise ClassroomError(f"type: {asked['type']!r}: it is one of {', '.join(MOUNT_ARGUMENTS['type']['choices'])}")
    if not isinstance(asked.get("read_only") or False, bool):
        raise ClassroomError(f"read_only: {asked['read_only']!r}: it is true or false")
    if asked["type"] == VOLUME and not asked.get("source"):
        raise ClassroomError("source: a volume has the last part of its name here, such as data: the student's name goes before it")
    return vars(parse_mount(asked)).copy()


def own_mounts(mounts: list, student: str) -> list:
    """The same mounts with the student's own volumes in the place of those of the answer."""
    return [{**mount, "source": student + mount["source"]} if mount["type"] == VOLUME else mount for mount in mounts]


def check_volumes(containers: list) -> list:
    """The containers of a lab, if no two students would share a volume.

    :raises ClassroomError: two would; the message names the variable, the value and the rule
    """
    owners: dict = {}
    for container in containers:
        for mount in container["mounts"]:
            owner = owners.setdefault(mount["source"], container["student"]) if mount["type"] == VOLUME else container["student"]
            if owner != container["student"]:
                raise ClassroomError(
                    f"{container['lab']}_answers ({container['step']}).mounts: the volume {mount['source']!r} would be both {owner!r}'s and "
                    f"{container['student']!r}'s: give it another name"
                )
    return containers


def settings_requirement(container: dict) -> dict:
    """What container_check is to compare of the settings."""
    asked = {key: container[key] for key in ("environment", "mounts", "cap_add") if container.get(key)}
    return {**asked, **{key: container[key] for key in container.get("compare") or ()}}


def settings_service(container: dict) -> dict:
    """The keys of a Compose service for the settings."""
    service: dict = {}
    if container.get("environment"):
        service["environment"] = {name: literal(value) for name, value in container["environment"].items()}
    if container.get("cap_add"):
        service["cap_add"] = container["cap_add"]
    volumes = [_volume(mount) for mount in container.get("mounts") or () if mount["type"] != TMPFS]
    if volumes:
        service["volumes"] = volumes
    memory = [literal(f"{mount['target']}:ro" if mount["read_only"] else mount["target"]) for mount in container.get("mounts") or () if mount["type"] == TMPFS]
    if memory:
        service["tmpfs"] = memory
    return service


def _volume(mount: dict) -> dict:
    found = {"type": mount["type"], "source": literal(mount["source"]), "target": literal(mount["target"]), "read_only": mount["read_only"]}
    # A folder that is missing is a mistake of the trainer's, and no reason to make one.
    return {**found, "bind": {"create_host_path": False}} if mount["type"] == BIND else found


def literal(text: str) -> str:
    """A value of a Compose project, which would take a dollar sign for a variable; in keys it does not."""
    return text.replace("$", "$$")


def settings_volumes(containers: list, labels: Any) -> dict:
    """The volumes of a Compose project.

    :param labels: of a container, those that its volumes carry
    """
    return {
        mount["source"]: {"name": mount["source"], "labels": labels(container)}
        for container in containers
        for mount in container.get("mounts") or ()
        if mount["type"] == VOLUME
    }


def create_command(container: dict) -> str:
    """The docker commands that make a lab's container by hand."""
    networks = {each["name"]: each["address"] for each in container.get("networks") or ()}
    if not networks and container.get("network_mode", _DEFAULT_BRIDGE) not in ("", _DEFAULT_BRIDGE):
        networks = {container["network_mode"]: ""}
    asked = {
        **{key: container[key] for key in ("ports", "read_only", "cap_drop", "cap_add", "environment") if container.get(key)},
        "restart_policy": container["restart_policy"] or "no",
        "mounts": [parse_mount(mount) for mount in container.get("mounts") or ()],
        "networks": list(networks),
        "network_addresses": networks,
        "namespaces": container.get("namespaces") or {},
    }
    command = _image_secrets.shown_words(container["command"])
    # A shell ends at once where nobody could type, and a server of an image does not care.
    interactive = not container["command"] and not container.get("pages")
    return docker_run(container["name"], asked, parse_limits(container["limits"]), container["image"], command, interactive)
