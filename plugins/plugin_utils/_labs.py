# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This plugin utility is private to the collection.

"""What the labs of a class make on a host, and what no two of them can both make."""

from __future__ import annotations

from typing import Any

from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.plugin_utils._folders import check_folders
from ansible_collections.classroom.containers.plugins.plugin_utils._images import image_reference
from ansible_collections.classroom.containers.plugins.plugin_utils._lab_containers import published_ports

#: The kinds of what can be there once, each with what to do where two would make it.
_ADVICE = {
    "container": "give one of the answers, or a student, another name",
    "port": "leave one of the containers out, or give it another port",
    "network": "give one of the networks, or a student, another name",
    "image": "give one of the images another name",
}
#: An image that is there before, and a folder: what may not be these, either, and is more than the same.
_BASE = "base"
_FOLDER = "folder"


def lab_makes(
    containers: list,
    lab: str,
    images: Any = (),
    networks: Any = (),
    commons: dict | None = None,
    needs: dict | None = None,
    folders: dict | None = None,
) -> list:
    """What a lab makes on a host, and what it begins with, as check_labs compares it.

    :param containers: as lab_containers and its like make them
    :param images: as lab_images makes them
    :param networks: as lab_networks makes them
    :param commons: the names of the images that it builds for the class, by the variables that name them
    :param needs: the images that it begins with, in the same way
    :param folders: the folders that it has, in the same way
    """
    names = {container["name"]: f"{lab}_answers ({container['step']}) of {container['student']!r}" for container in containers}
    made = [("container", name, variable) for name, variable in names.items()]
    made += [("port", each["port"], names[each["name"]]) for each in published_ports(containers)]
    made += [("network", network["name"], f"{lab}_networks ({network['step']}) of {network['student']!r}") for network in networks]
    for image in images:
        variable = f"{lab}_answers ({image['step']}) of {image['student']!r}"
        made += [("image", name, variable) for name in (image["name"], image["pushed_as"]) if name]
    for kind, named in (("image", commons), (_BASE, needs), (_FOLDER, folders)):
        made += [(kind, name, variable) for variable, name in (named or {}).items()]
    return [{"kind": kind, "name": name, "variable": variable} for kind, name, variable in made]


def check_labs(makes: list, bases: Any = ()) -> list:
    """What the labs of a class make on a host, if no two of them make the same.

    :param makes: as lab_makes returns it, of all labs
    :param bases: the names of base_images_list
    :raises ClassroomError: two of them do, or an image would take the place of one that a lab begins with; the message names both variables and the value
    """
    begun: dict = {}
    for each in [*makes, *({"kind": _BASE, "name": name, "variable": "base_images_list"} for name in bases)]:
        try:
            if each["kind"] == _BASE:
                begun.setdefault(_identity(each), each["variable"])
        except ClassroomError:
            # What is no name is refused by the role that has it.
            continue
    made: dict = {}
    for each in makes:
        kind, name, variable = each["kind"], each["name"], each["variable"]
        if kind not in _ADVICE:
            continue
        identity = _identity(each)
        if kind == "image" and identity in begun:
            raise ClassroomError(
                f"{variable} and {begun[identity]}: {name!r}: what is built would take the place of an image that is there before: {_ADVICE[kind]}"
            )
        other = made.setdefault((kind, identity), each)
        if other is not each:
            raise ClassroomError(f"{other['variable']} and {variable}: {name!r} would be the {kind} of both: {_ADVICE[kind]}")
    check_folders({each["variable"]: each["name"] for each in makes if each["kind"] == _FOLDER})
    return makes


def _identity(made: dict) -> Any:
    """What is the same for two names of the same thing."""
    return image_reference(made["name"])["canonical"] if made["kind"] in ("image", _BASE) else made["name"]
