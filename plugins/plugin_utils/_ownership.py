# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This plugin utility is private to the collection.

"""What of an engine belongs to a lab, and what only has the names of it."""

from __future__ import annotations

from typing import Any

from ansible_collections.classroom.containers.plugins.module_utils._engine import own_names

#: What follows a lab's name where its scratch containers are meant.
PROOF = "_proof"
#: The label with which Compose marks what belongs to a project.
_PROJECT_LABEL = "com.docker.compose.project"
SERVICE_LABEL = "com.docker.compose.service"


def project_name(class_name: str, lab: str) -> str:
    """The Compose project of a lab of a class. A dot may stand in a class's name, and not in a project's."""
    return f"{class_name.replace('.', '_')}-{lab}"


def made_for(labels: dict, class_name: str, lab: str) -> bool:
    """Whether the labels of a container or network are those that Compose and the collection put on what they make for a lab or its proof."""
    its_lab = labels.get("classroom.lab")
    ours = its_lab in (lab, lab + PROOF) and labels.get("classroom.class") == class_name
    return ours and labels.get(_PROJECT_LABEL) == project_name(class_name, its_lab)


def ownership(listed: list, containers: list, class_name: str, lab: str, student: str = "") -> dict:
    """Which containers of the engine belong to a lab, its scratch containers included, and which only have the names of it.

    Anybody can put a label on a container: it takes all those of the collection to be owned.

    :param listed: the engine's list of its containers, with Names and Labels
    :param containers: the lab's containers
    :param student: only this student's containers are owned; all without a student
    :returns: ``owned``, names, those of students who left the class included; ``foreign``, names of the lab's that somebody else made,
        and containers made of an image of one of the lab's, with that one; ``labs``, of those that the class made for another lab, that one
    """
    # One who left may be named, too.
    wanted = {container["name"] for container in containers if not student or container["student"] == student}
    owned, foreign, copies = set(), [], set()
    labs: dict = {}
    for item in listed:
        labels = item.get("Labels") or {}
        names = own_names(item)
        service = labels.get(SERVICE_LABEL)
        if not made_for(labels, class_name, lab) or not service:
            taken = [name for name in names if name in wanted]
            foreign += taken
            its_lab = labels.get("classroom.lab", "")
            if service in taken and made_for(labels, class_name, its_lab):
                labs[service] = its_lab
        elif service not in names:
            # docker commit puts a container's labels into the image, and so onto all that is made of it. Compose cannot tell these apart.
            foreign += names
            copies.add(service)
        elif not student or labels.get("classroom.student") == student:
            owned.add(service)
    return {"owned": sorted(owned - copies), "foreign": sorted(foreign + list(owned & copies)), "labs": labs}


def volume_ownership(volumes: list, containers: list, owned: Any, class_name: str, lab: str, student: str = "") -> dict:
    """Which volumes of the engine belong to a lab, those of its scratch containers included.

    :param volumes: the engine's list of its volumes, with Name and Labels
    :param containers: the engine's list of its containers, with Names and Mounts
    :param owned: names of the lab's own containers, which are to go
    :param student: only this student's volumes are owned; all without a student
    :returns: ``owned``, names, those of students who left the class included; ``used``, those that other containers have, and that stay
    """

    def mine(labels: dict) -> bool:
        return made_for(labels, class_name, lab) and (not student or labels.get("classroom.student") == student)

    staying = {
        mount.get("Name")
        for item in containers
        if not set(own_names(item)) & set(owned)
        for mount in item.get("Mounts") or ()
        if mount.get("Type") == "volume"
    }
    found = sorted(volume["Name"] for volume in volumes if mine(volume.get("Labels") or {}))
    return {"owned": [name for name in found if name not in staying], "used": [name for name in found if name in staying]}
