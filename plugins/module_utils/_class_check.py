# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This module utility is private to the collection.

"""All that a class asks, compared by one process: limits, images, networks and containers."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Callable

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.classroom.containers.plugins.module_utils import (
    _cgroup_check,
    _container_check,
    _image_asked,
    _image_check,
    _network_asked,
    _network_check,
)
from ansible_collections.classroom.containers.plugins.module_utils._cgroup_info import gather
from ansible_collections.classroom.containers.plugins.module_utils._cgroups import KERNEL_ARGUMENTS, Kernel
from ansible_collections.classroom.containers.plugins.module_utils._engine import ENGINE_ARGUMENTS, Engine, EngineError
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.module_utils._findings import FINDINGS_ARGUMENTS, only_asked
from ansible_collections.classroom.containers.plugins.module_utils._near_names import OTHERS_ARGUMENTS

#: The options that are lists of requirements, and the argument spec of one of each.
_REQUIREMENTS = {
    "limits": _cgroup_check.REQUIREMENT_ARGUMENTS,
    "images": _image_asked.REQUIREMENT_ARGUMENTS,
    "networks": _network_asked.REQUIREMENT_ARGUMENTS,
    "containers": _container_check.REQUIREMENT_ARGUMENTS,
}
#: The argument spec of class_check.
ARGUMENTS = {
    **ENGINE_ARGUMENTS,
    **KERNEL_ARGUMENTS,
    **FINDINGS_ARGUMENTS,
    **OTHERS_ARGUMENTS,
    **_image_asked.OPTION_ARGUMENTS,
    # What an entry may be is said once, by the module that compares it, and looked at in requirements().
    **{option: {"type": "list", "elements": "dict", "default": []} for option in _REQUIREMENTS},
}
#: What is read of a container beside what is compared.
_USED = ["limits", "usage", "labels"]


def requirements(options: dict) -> dict:
    """The requirements of each kind, as the module that compares them would have them.

    :raises ClassroomError: one is not of its form
    """
    return {option: _of_form(option, spec, options[option]) for option, spec in _REQUIREMENTS.items()}


def _of_form(option: str, spec: dict, given: list) -> list:
    whole = {option: {"type": "list", "elements": "dict", "options": spec}}
    validated = ArgumentSpecValidator(whole).validate({option: given})
    if validated.error_messages:
        raise ClassroomError("; ".join(validated.error_messages))
    return only_asked(validated.validated_parameters[option])


def check(asked: dict, options: dict, systemctl: Callable) -> dict:
    """What the module returns: ``findings``, ``images`` and ``steps`` of image_check, ``usage`` and ``objects``.

    :param asked: what requirements returned
    :param options: those of the module
    :param systemctl: runs a command and returns its standard output
    :raises ClassroomError: a requirement is wrong
    """
    others = (options["other_names"], options["students"])

    def engine(answers: dict | None = None) -> Engine:
        return Engine(options["docker_host"], options["timeout"], answers)

    def kernel() -> Kernel:
        return Kernel(options["root"])

    # All wait for most of their time: for the engine, for the registry, for pages.
    with ThreadPoolExecutor() as pool:
        images = pool.submit(_image_check.check, asked["images"], engine(), options)
        # Each inspects them, and what one has seen is as new to the others.
        known = _known(engine())
        containers = pool.submit(_container_check.check, asked["containers"], engine(known), kernel(), *others)
        networks = pool.submit(_network_check.check, asked["networks"], engine(known), kernel())
        limits = pool.submit(_cgroup_check.check, asked["limits"], engine(known), kernel(), systemctl, False, *others, option="limits")
        usage = pool.submit(_or_why, lambda: gather(engine(known), kernel(), None, None, _USED, 0))
        objects = pool.submit(_or_why, lambda: {"networks": engine().networks(), "images": engine().images()})
        of_images, described = images.result()
        findings = [*limits.result(), *of_images, *networks.result(), *containers.result()]
    return {"findings": findings, **described, "usage": usage.result(), "objects": objects.result()}


def _known(engine: Engine) -> dict:
    """What the engine says of all containers, as Engine takes it; nothing where it does not answer, so that each check says so of its own."""
    try:
        return engine.everything()
    except EngineError:
        return {}


def _or_why(look: Callable) -> dict:
    """What a look finds, or in ``msg`` why it is not known. Nothing is asked of it: that it is missing is no finding."""
    try:
        return look()
    except ClassroomError as exc:
        return {"msg": str(exc)}
