# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This plugin utility is private to the collection.

"""Class data in, images of a lab out: every student's names, what they are built of, what is asked of them, and whose they are."""

from __future__ import annotations

import posixpath
from typing import Any

from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError, parse_at
from ansible_collections.classroom.containers.plugins.module_utils._findings import owner
from ansible_collections.classroom.containers.plugins.module_utils._pages import PAGE_ARGUMENTS, parse_page
from ansible_collections.classroom.containers.plugins.module_utils._references import parse_reference
from ansible_collections.classroom.containers.plugins.plugin_utils._answers import ANSWER_NAME, check_answers, check_keys
from ansible_collections.classroom.containers.plugins.plugin_utils._asked import attributes_of, typed
from ansible_collections.classroom.containers.plugins.plugin_utils._seats import check_name, seats

_ANSWER_KEYS = {"name", "version", "files", "image", "container", "pages"}
#: The port is the lab's.
_PAGE_ARGUMENTS = {key: argument for key, argument in PAGE_ARGUMENTS.items() if key != "port"}
#: On an image of the collection, its own name: what is built on top of the image inherits the label, and has another name.
IMAGE_LABEL = "classroom.image"


def lab_images(
    answers: list, lab: str, class_name: str, students: list, steps: list, port_base: int | None, registry: str = "", suffix: str = "flask", first_port: int = 0
) -> list:
    """The images of a lab: every student's answer to every step.

    :param answers: the lab's answers: name, which is the tag, and version, files, image, container and pages of each step
    :param port_base: classroom_port_base
    :param registry: where the images are pushed to; empty where they are not
    :param suffix: what comes after the student's name in those of the images
    :param first_port: the first of a seat's ports that the lab takes, from 0
    :raises ClassroomError: an answer, a step or a name is wrong; the message names the variable, the value and the rule
    """
    check_name(class_name, "classroom_name")
    known = check_answers(answers, steps, lab, _answer)
    images: list = []
    containers: dict = {}
    for seat in seats(students, port_base):
        free = list(seat["ports"][first_port:])
        for step in steps:
            name = f"{seat['name']}{suffix}:{step}"
            image = dict(known[step], name=name, student=seat["name"], lab=lab, step=step, class_name=class_name, port=None)
            image["pushed_as"] = f"{registry}/{seat['name']}/{name}" if registry else ""
            _check_reference(image["pushed_as"] or name, lab, step)
            if image["container"]:
                if not free:
                    raise ClassroomError(
                        f"{lab}_answers: {step!r} has a container, and a seat has {len(seat['ports']) - first_port} ports for this lab: leave out containers"
                    )
                image["port"] = free.pop(0)
                image["container"] = name = seat["name"] + image["container"]
                if name in containers:
                    raise ClassroomError(
                        f"{lab}_answers: the container {name!r} would be both {containers[name]} and {seat['name']!r}'s {step!r}: "
                        "give a step another container, or a student another name"
                    )
                containers[name] = f"{seat['name']!r}'s {step!r}"
            images.append(image)
    return images


def _check_reference(name: str, lab: str, step: str) -> None:
    try:
        parse_reference(name)
    except ClassroomError as exc:
        raise ClassroomError(f"{lab}_answers ({step}): {exc}") from exc


def _answer(answer: Any, variable: str) -> dict:
    check_keys(answer, variable, _ANSWER_KEYS)
    files = answer.get("files") or []
    for number, file in enumerate(files):
        complete = isinstance(file, dict) and set(file) == {"path", "content"} and isinstance(file["content"], str) and file["content"].strip()
        path = file["path"] if complete else None
        if not isinstance(path, str) or not path or posixpath.isabs(path) or posixpath.normpath(path) != path or path.split("/")[0] == "..":
            rule = "it has a path inside of the source, such as templates/index.html, and a content, which is a text: in quotes"
            raise ClassroomError(f"{variable}.files[{number}]: {file!r}: {rule}")
    container = answer.get("container") or ""
    if container and (not isinstance(container, str) or not ANSWER_NAME.fullmatch(container)):
        raise ClassroomError(f"{variable}.container: {container!r}: the last part of a container's name has letters, digits and _ . -")
    pages = answer.get("pages") or []
    for number, page in enumerate(pages):
        where = f"{variable}.pages[{number}]"
        parse_at(where, parse_page, {**typed(page, _PAGE_ARGUMENTS, where), "port": None})
    if bool(container) != bool(pages):
        raise ClassroomError(f"{variable}: container {container!r} and pages {pages!r}: a container has pages to look at, and pages need a container")
    return {
        "version": str(answer.get("version") or ""),
        "files": list(files),
        "image": _typed(answer.get("image") or {}, f"{variable}.image"),
        "container": container,
        "pages": list(pages),
    }


def image_containers(images: list, port: int, hardened: bool = False) -> list:
    """The containers of a lab's images, as lab_containers makes those of other labs.

    :param port: what the server in a container listens on
    :param hardened: whether they can write nothing and have no capabilities
    """
    return [
        {
            "name": image["container"],
            "student": image["student"],
            "lab": image["lab"],
            "step": image["step"],
            "image": image["name"],
            "class_name": image["class_name"],
            "command": [],
            "limits": {},
            "restart_policy": None,
            "ports": [f"{image['port']}:{port}"],
            "pages": [{**page, "port": port} for page in image["pages"]],
            **({"read_only": True, "cap_drop": ["ALL"]} if hardened else {}),
        }
        for image in images
        if image["container"]
    ]


def image_builds(images: list, contexts: str, args: dict, commons: list | None = None) -> list:
    """What image_build is to build: the images that the class has in common, and those of all students.

    :param contexts: the folder that has a context for each step
    :param commons: the images of the class: name of each, and maybe the step whose context it is built from (the first of
        images without it), the stage that it ends with, and arguments beside args
    """
    builds = []
    for common in commons or [] if images else []:
        labels = {**_labels(images[0]), IMAGE_LABEL: parse_reference(common["name"]).familiar}
        del labels["classroom.student"], labels["classroom.step"]
        builds.append(
            {
                "tags": [common["name"]],
                "context": f"{contexts}/{common.get('step') or images[0]['step']}",
                "target": common.get("stage") or "",
                "args": {**args, **common.get("args", {})},
                "labels": labels,
            }
        )
    for image in images:
        builds.append(
            {
                "tags": [name for name in (image["name"], image["pushed_as"]) if name],
                "context": f"{contexts}/{image['step']}",
                "args": args,
                "labels": {"maintainer": image["student"], **_labels(image)},
            }
        )
    return builds


def _labels(image: dict) -> dict:
    return {
        "classroom.class": image["class_name"],
        "classroom.lab": image["lab"],
        "classroom.student": image["student"],
        "classroom.step": image["step"],
        IMAGE_LABEL: image["name"],
    }


def image_requirements(images: list, requirements: dict, only: list | None = None, root: str = "") -> list:
    """What image_check is to check of a lab's images.

    :param root: where the source is in an image: the files that an answer edits must be there as edited; not asked where it is empty
    :param requirements: what is asked of every image; an answer's own requirements come over it
    :param only: those of the attributes to keep; all without it
    :raises ClassroomError: one cannot be asked; the message names the variable, the value and the rule
    """
    asked: list = []
    checked = set()
    if not images:
        return asked
    requirements = _typed(requirements, f"{images[0]['lab']}_requirements")
    for image in images:
        attributes = {**requirements, **image["image"]}
        # Whatever else is asked: the image is the student's own.
        attributes["labels"] = {**(attributes.get("labels") or {}), "maintainer": image["student"]}
        if root and image["files"]:
            edited = [{"path": f"{root}/{file['path']}", "contains": [file["content"].strip()]} for file in image["files"]]
            attributes["files"] = [*edited, *(attributes.get("files") or [])]
        if image["pushed_as"]:
            attributes["pushed_as"] = image["pushed_as"]
        # Those of other students differ in what the collection asks alone. What is not kept is nobody's matter here.
        if only is None and image["step"] not in checked:
            _check_attributes(attributes, image)
            checked.add(image["step"])
        kept = {name: value for name, value in attributes.items() if only is None or name in only}
        asked.append({**kept, "name": image["name"], **owner(image)})
    return asked


def _typed(asked: Any, variable: str) -> dict:
    if asked == {}:
        return {}
    # Ansible reads a filter's modules anew for each task, and these are many.
    from ansible_collections.classroom.containers.plugins.module_utils._image_asked import REQUIREMENT_ARGUMENTS

    # What an answer asks to be null is not asked of its image, whatever is asked of all.
    return {name: value for name, value in typed(asked, attributes_of(REQUIREMENT_ARGUMENTS), variable).items() if name in asked}


def _check_attributes(attributes: dict, image: dict) -> None:
    from ansible_collections.classroom.containers.plugins.module_utils._image_asked import parse_attributes

    for name, value in attributes.items():
        variable = f"{image['lab']}_answers ({image['step']}).image" if name in image["image"] else f"{image['lab']}_requirements"
        parse_at(variable, parse_attributes, {name: value})


def image_comparison(compare: list, images: list) -> list:
    """What images are made of, in numbers, side by side.

    :param compare: image and title of each; those that the host does not have are left out
    :param images: as image_check returns them, with contents
    :returns: title, image, size in bytes, layers, packages, files and setuid files of each; None where that could not be read
    """
    known = {image["name"]: image for image in images}
    return [
        {
            "title": each["title"],
            "image": each["image"],
            "size": known[each["image"]]["size"],
            "layers": known[each["image"]]["layers"],
            "packages": known[each["image"]]["packages"],
            "files": known[each["image"]]["files"],
            "setuid": None if known[each["image"]]["setuid"] is None else len(known[each["image"]]["setuid"]),
        }
        for each in compare
        if each["image"] in known
    ]


def image_ownership(
    listed: list,
    images: list,
    class_name: str,
    lab: str,
    student: str = "",
    commons: list | None = None,
    containers: list | None = None,
    notes: dict | None = None,
) -> dict:
    """Which images of the engine belong to a lab, and which only have the names of it.

    :param listed: the engine's list of its images, with RepoTags and Labels
    :param images: the lab's images
    :param student: only this student's images are owned; all, and those of the class, without a student
    :param commons: the names of the images that the class has in common
    :param containers: the engine's list of those containers whose images are to stay, with ImageID
    :param notes: what image_build noted; an image that was made of one of the lab's has its labels, and another id
    :returns: ``owned``, names, and ids of those that lost theirs to a newer build; ``used``, the same of images that containers use;
        ``foreign``, names of the lab's that somebody else made
    """
    wanted = {name for image in images if not student or image["student"] == student for name in (image["name"], image["pushed_as"]) if name}
    wanted.update(parse_reference(name).familiar for name in commons or ())
    noted = {image_id for note in (notes or {}).values() for image_id in (note.get("id"), *note.get("earlier", ()))}
    staying = {container["ImageID"] for container in containers or ()}
    owned, used, foreign = [], [], []
    for item in listed:
        going = used if item["Id"] in staying else owned
        labels = item.get("Labels") or {}
        ours = item["Id"] in noted and labels.get("classroom.class") == class_name and labels.get("classroom.lab") == lab
        mine = ours and (not student or labels.get("classroom.student") == student)
        names = [name for name in item.get("RepoTags") or () if name != "<none>:<none>"]
        for name in names:
            # The same image has its name at the registry as another one.
            if ours and (name == labels[IMAGE_LABEL] or name.endswith("/" + labels[IMAGE_LABEL])):
                going += [name] if mine else []
            elif name in wanted:
                foreign.append(name)
        if mine and not names:
            going.append(item["Id"])
    return {"owned": sorted(owned), "used": sorted(used), "foreign": sorted(foreign)}
