# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This module utility is private to the collection.

"""The docker run that makes a container as it is asked, for hints."""

from __future__ import annotations

import shlex
from typing import Any

from ansible_collections.classroom.containers.plugins.module_utils import _image_secrets, _namespaces

#: What every requirement on a container may have for its hints.
CREATE_ARGUMENTS = {"create_command": {"type": "str"}}
#: What stands for an image that nobody names, as in Docker's own synopsis.
_IMAGE = "IMAGE"


def docker_run(name: str, asked: dict, limits: Any = (), image: str = "", command: Any = (), interactive: bool = False) -> str:
    """The command that makes a container with all that is asked.

    :param asked: the attributes of container_check in Docker's words: ports and mounts as texts, namespaces and environment as dictionaries
    :param limits: pairs of a limit and its value, as parse_limits returns them
    :param interactive: whether it has a terminal, without which a shell ends at once
    """
    words = ["docker run --detach", *(["--interactive --tty"] if interactive else []), f"--name {name}"]
    words += filter(None, (limit.option(value) for limit, value in limits))
    if asked.get("restart_policy", "no") != "no":
        words.append(f"--restart {asked['restart_policy']}")
    words += [f"-p {port}" for port in asked.get("ports", ())]
    words += [f"--{option.replace('_', '-')} {asked[option]}" for option in ("user", "stop_signal") if option in asked]
    words += ["--read-only"] if asked.get("read_only") else []
    words += [f"--{option.replace('_', '-')} {capability}" for option in ("cap_drop", "cap_add") for capability in asked.get(option, ())]
    words += [environment_option(*pair) for pair in asked.get("environment", {}).items()]
    words += [mount.option for mount in asked.get("mounts", ())]
    first, *others = [(network, asked.get("network_addresses", {}).get(network)) for network in asked.get("networks", ())] or [("", "")]
    words += [f"--network {first[0]}"] if first[0] else []
    words += [f"--ip {first[1]}"] if first[1] else []
    modes = asked.get("namespaces", {}).items()
    # What Docker does by itself is not said; whose cgroups it shows, the engine's configuration may say.
    words += [f"{_namespaces.FLAGS[kind]} {mode}" for kind, mode in modes if kind in _namespaces.FLAGS and (mode != "private" or kind == "cgroup")]
    words += [image or _IMAGE, *map(shlex.quote, command)]
    return " && ".join([" ".join(words), *(connect(name, *other) for other in others)])


def connect(name: str, network: str, address: str | None = "") -> str:
    """The command that puts a container on a network."""
    return " ".join(["docker network connect", *([f"--ip {address}"] if address else []), network, name])


def connectable(container: dict) -> bool:
    """Whether Docker can connect an inspected container: not from the host's network, none, or that of another container."""
    mode = container["HostConfig"].get("NetworkMode") or ""
    return mode not in ("host", "none") and not mode.startswith("container:")


def environment_option(variable: str, value: str) -> str:
    """The option that sets a variable. One that looks like a secret is taken from the shell, and its value not said."""
    return f"--env {variable}" if _image_secrets.shown_variable(variable, value) != value else f"--env {shlex.quote(f'{variable}={value}')}"


def anew(requirement: dict, how: str) -> str:
    """How a container gets what only its creation sets.

    :param how: with or without which option
    """
    command = requirement.get("create_command")
    return f"create it again {how}" + (f": docker rm --force {requirement['name']}, then {command}" if command else "")


def absent_hint(requirement: dict, other: str, command: str) -> str:
    """What is to be done about a container that is not there.

    :param other: the name of one that may be meant; empty where there is none
    :param command: what makes it, where the requirement has no command
    """
    name = requirement["name"]
    if other:
        return f"There is no container named {name}, and there is {other}: docker rename {other} {name}."
    return f"There is no container named {name}: create it with {requirement.get('create_command') or command}."


def after_image(container: dict, *options: str) -> str:
    """Which of some options of docker run stands among the arguments of a container's program instead; empty where none does."""
    told = [argument.partition("=")[0] for argument in container.get("Args") or ()]
    return next((option for option in options if option in told), "")
