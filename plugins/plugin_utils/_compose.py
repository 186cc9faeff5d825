# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This plugin utility is private to the collection.

"""The containers and networks of a lab as a Compose project."""

from __future__ import annotations

from typing import Any

from ansible_collections.classroom.containers.plugins.module_utils._container_limits import SINGLE
from ansible_collections.classroom.containers.plugins.module_utils._namespaces import CONTAINER
from ansible_collections.classroom.containers.plugins.plugin_utils import _answer_settings
from ansible_collections.classroom.containers.plugins.plugin_utils._ownership import project_name

#: The key of a Compose service for each limit that a lab may set.
LIMIT_KEYS = {
    "memory": "mem_limit",
    "memory_swap": "memswap_limit",
    "memory_reservation": "mem_reservation",
    "memory_swappiness": "mem_swappiness",
    "oom_kill_disable": "oom_kill_disable",
    "cpu_shares": "cpu_shares",
    "cpus": "cpus",
    "cpu_quota": "cpu_quota",
    "cpu_period": "cpu_period",
    "cpuset_cpus": "cpuset",
    "pids_limit": "pids_limit",
    "shm_size": "shm_size",
}
#: The key of a Compose service for each namespace that a lab may set, and what it may be set to beside that of another container.
NAMESPACES = {
    "cgroup": ("cgroup", ("host", "private")),
    "ipc": ("ipc", ("host", "none", "private", "shareable")),
    "mnt": (None, ("private",)),
    "net": ("network_mode", ("host", "private")),
    "pid": ("pid", ("host", "private")),
    "user": ("userns_mode", ("host", "private")),
    "uts": ("uts", ("host", "private")),
}


def compose_project(containers: list, class_name: str, lab: str, networks: Any = ()) -> dict:
    """The Compose project of a lab: one service for each container, named as it.

    :param networks: the lab's networks, as lab_networks makes them
    """
    project: dict = {
        "name": project_name(class_name, lab),
        "services": {container["name"]: _service(container) for container in containers},
    }
    volumes = _answer_settings.settings_volumes(containers, _labels)
    if volumes:
        project["volumes"] = volumes
    if networks:
        project["networks"] = {network["name"]: _network(network) for network in networks}
    return project


def _labels(thing: dict) -> dict:
    labels = {"class": thing["class_name"], "lab": thing["lab"], "student": thing["student"], "step": thing["step"]}
    return {f"classroom.{key}": value for key, value in labels.items()}


def _network(network: dict) -> dict:
    pools = [(network["subnet"], network["gateway"])] + ([(network["subnet6"], network["gateway6"])] if network["ipv6"] else [])
    return {
        "name": network["name"],
        "driver": "bridge",
        "driver_opts": dict(network["options"]),
        "ipam": {"config": [{"subnet": subnet, "gateway": gateway} for subnet, gateway in pools]},
        "internal": network["internal"],
        "attachable": network["attachable"],
        "enable_ipv6": network["ipv6"],
        "labels": {**{name: _answer_settings.literal(value) for name, value in network["labels"].items()}, **_labels(network)},
    }


def _service(container: dict) -> dict:
    service: dict = {
        "container_name": container["name"],
        "image": container["image"],
        "labels": _labels(container),
        "stdin_open": True,
        "tty": True,
    }
    if container["command"]:
        service["command"] = [_answer_settings.literal(part) for part in container["command"]]
    if container["restart_policy"]:
        service["restart"] = container["restart_policy"]
    service.update({key: container[key] for key in ("ports", "read_only", "cap_drop") if container.get(key)})
    service.update(_answer_settings.settings_service(container))
    if container.get("networks"):
        service["networks"] = {each["name"]: {"ipv4_address": each["address"]} if each["address"] else {} for each in container["networks"]}
    else:
        # The course's containers are on the default bridge; a project has one of its own otherwise.
        service["network_mode"] = container.get("network_mode") or "bridge"
    for kind, mode in container.get("namespaces", {}).items():
        key = NAMESPACES[kind][0]
        # As a service, so that Compose makes that one first.
        if mode.startswith(CONTAINER):
            service[key] = f"service:{mode[len(CONTAINER):]}"
        elif key and (mode != "private" or kind == "cgroup"):
            service[key] = mode
    for name, value in container["limits"].items():
        # As the checks understand it, and not as Compose would: a CPU number 0 is none to it.
        limit = SINGLE[name]
        asked = limit.parse(value)
        if asked != limit.nothing:
            service[LIMIT_KEYS[name]] = limit.show(asked)
        elif name == "memory_swap":
            service[LIMIT_KEYS[name]] = -1
    return service
