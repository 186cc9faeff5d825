# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This plugin utility is private to the collection.

"""Findings in, the result of a class out: a cell for each student and lab, with steps and points, and whatever else was seen."""

from __future__ import annotations

from typing import Any

from ansible.module_utils.parsing.convert_bool import boolean

from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.module_utils._findings import FAIL, OUTCOMES, Finding
from ansible_collections.classroom.containers.plugins.plugin_utils._claims import engine_objects, strangers, ungraded
from ansible_collections.classroom.containers.plugins.plugin_utils._seats import check_one_class, seats
from ansible_collections.classroom.containers.plugins.plugin_utils._grades import check_pass_mark, gradebook, graded, stuck
from ansible_collections.classroom.containers.plugins.plugin_utils._lab_images import image_comparison
from ansible_collections.classroom.containers.plugins.plugin_utils._variation import copied

#: The version of what class_result returns; another where a key is gone or means something else.
SCHEMA_VERSION = 1


def class_result(hosts: list) -> dict:
    """The cells of a class, from the variables of its hosts.

    What was found, and what else is on the engine, is in the variable C(class_check), as the module class_check returns it.
    A lab's images to compare are in C(LAB_asked), and the findings of its proofs in C(LAB_proof).
    A cell without findings could not be checked. A host that is checked for one student or one lab has no other cells.
    Points and hints are of each host's own variables, and the pass mark is one for the class.

    :raises ClassroomError: the hosts are of several classes, or a setting of the class is wrong
    """
    check_one_class(hosts, whole=True)
    cells: list = []
    sits = {seat["name"]: host["inventory_hostname"] for host in hosts for seat in seats(host["classroom_students"])}
    seen: dict = {name: [] for name in ("proofs", "layers", "compared", "usage", "hosts", "strangers")}
    for host in hosts:
        checks = {lab: _check(host, lab) for lab in _labs(host)}
        subjects = _subjects(checks)
        disputed = _strangers(host, subjects, sits)
        # Nobody of the class loses a point by what nobody of it made.
        rows = [row for row in disputed if (row["kind"], row["name"]) in subjects]
        for lab, check in checks.items():
            cells += _cells(host, lab, ungraded(copied(check["findings"]), rows))
        for name, found in {"strangers": disputed, **_of_labs(host, checks), **_of_engine(host, checks)}.items():
            seen[name] += [{"host": host["inventory_hostname"], **row} for row in found]
    settings = hosts[0] if hosts else {}
    hints = {host["inventory_hostname"]: check_hints(host.get("classroom_hints")) for host in hosts}
    pass_mark = next(filter(None, (check_pass_mark(host.get("classroom_pass_mark")) for host in hosts)), None)
    cells = graded(cells, {host["inventory_hostname"]: host.get("classroom_points") or {} for host in hosts})
    return {
        "schema_version": SCHEMA_VERSION,
        "class": settings.get("classroom_name", ""),
        "narrowed": {key: settings.get(f"classroom_{key}") or "" for key in ("student", "lab")},
        "labs": list(dict.fromkeys(lab for host in hosts for lab in _labs(host))),
        "pass_mark": pass_mark,
        "hints": not hints or any(hints.values()),
        "cells": [cell if hints[cell["host"]] else _without_hints(cell) for cell in cells],
        "students": gradebook(cells, pass_mark),
        "stuck": stuck(cells),
        **seen,
        "summary": {outcome: sum(cell["outcome"] == outcome for cell in cells) for outcome in OUTCOMES},
    }


def check_hints(value: Any) -> bool:
    """classroom_hints, whether the result has hints; it has where nothing is said.

    :raises ClassroomError: it is not true or false
    """
    if value is None:
        return True
    try:
        # On the command line, everything is a text.
        return boolean(value)
    except TypeError as exc:
        raise ClassroomError(f"classroom_hints: {value!r}: it is true or false") from exc


def _labs(host: dict) -> list:
    return [host["classroom_lab"]] if host.get("classroom_lab") else list(host["classroom_labs"])


def _check(host: dict, lab: str) -> dict:
    """What is one lab's of all that was found on a host.

    :returns: ``findings`` of the students' work and ``of_host``, those of nobody's; the ``steps`` of the lab's images; the images ``compared``
    """
    check = host.get("class_check") or {}
    found = [finding for finding in check.get("findings") or () if finding["lab"] == lab]
    images = {finding["subject"] for finding in found if finding["kind"] == "image"}
    steps = [dict(step, images=[name for name in step["images"] if name in images]) for step in check.get("steps") or ()]
    return {
        "findings": [finding for finding in found if finding["student"]],
        "of_host": [finding for finding in found if not finding["student"]],
        "steps": [step for step in steps if step["images"]],
        "compared": image_comparison((host.get(f"{lab}_asked") or {}).get("compare") or [], check.get("images") or []),
    }


def _cells(host: dict, lab: str, found: list) -> list:
    cells = []
    for seat in seats(host["classroom_students"]):
        if host.get("classroom_student") in (None, "", seat["name"]):
            mine = [finding for finding in found if finding["student"] == seat["name"]]
            cells.append({"host": host["inventory_hostname"], "seat": seat["number"], "student": seat["name"], "lab": lab, "findings": mine})
    return cells


def _without_hints(cell: dict) -> dict:
    """For an exam. Why something could not be checked, the first sentence of its hint, is none; what mends it may have the whole answer in it."""
    return dict(cell, findings=[dict(finding, hint=_exam_hint(finding)) for finding in cell["findings"]])


def _exam_hint(finding: dict) -> str:
    if finding["outcome"] == FAIL:
        return ""
    first, end, _mend = finding["hint"].partition(". ")
    return first + end.rstrip()


def _subjects(checks: dict) -> dict:
    return {(finding["kind"], finding["subject"]): finding["student"] for check in checks.values() for finding in check["findings"]}


def _strangers(host: dict, subjects: dict, sits: dict) -> list:
    """What is nobody's work on a host.

    :param sits: for the name of each student of the class, the host
    """
    usage, listed = _seen(host, "usage"), _seen(host, "objects")
    objects = engine_objects(usage.get("containers") or [], listed.get("networks") or [], listed.get("images") or [])
    everybody = [entry if isinstance(entry, dict) else {"name": entry} for entry in host["classroom_students"]]
    present = {seat["name"] for seat in seats(host["classroom_students"])}
    absent = {entry["name"] for entry in everybody} - present
    elsewhere = {name: where for name, where in sits.items() if name not in present}
    return [*_unlisted(host), *strangers(objects, subjects, host.get("classroom_name", ""), present, absent, elsewhere)]


def _unlisted(host: dict) -> list:
    """What kinds of objects a host did not list, as rows beside the strangers: whether any is claimed twice is not known."""
    asked = {"container": ("usage", "containers"), "network": ("objects", "networks"), "image": ("objects", "images")}
    return [
        {"kind": kind, "name": "?", "why": f"whose they are could not be looked at: {seen.get('msg', 'nothing was listed')}", "students": []}
        for kind, (part, key) in asked.items()
        if (seen := _seen(host, part)) and key not in seen
    ]


def _seen(host: dict, part: str) -> dict:
    return (host.get("class_check") or {}).get(part) or {}


def _of_labs(host: dict, checks: dict) -> dict:
    found: dict = {"proofs": [], "layers": [], "compared": []}
    for lab, check in checks.items():
        found["proofs"] += [dict(finding, lab=lab) for finding in check["of_host"] + _proved(host.get(f"{lab}_proof") or {})]
        if check["steps"]:
            found["layers"].append(dict(image_layers(check["steps"]), lab=lab))
        if check["compared"]:
            found["compared"].append({"lab": lab, "images": check["compared"]})
    return found


def _of_engine(host: dict, checks: dict) -> dict:
    seen = _seen(host, "usage")
    whose: dict = {}
    for lab, check in checks.items():
        found = (finding for finding in check["findings"] if finding["kind"] == "container")
        whose.update({finding["subject"]: dict(lab=lab, student=finding["student"], step=finding["step"]) for finding in found})
    usage = [{**whose[item["name"]], **item} for item in seen.get("containers") or () if item["name"] in whose]
    return {"usage": usage, "hosts": [seen["host"]] if seen.get("host") else []}


def image_layers(steps: list) -> dict:
    """What the layers of a lab's images take together, and would take if no two images had one in common.

    :param steps: as image_check returns them
    :returns: ``images``, how many; ``apart`` and ``together``, the bytes of their layers counted for each image and once;
        ``layers``, with created_by, size in bytes, and the number of images, the lowest first
    """
    layers = [{"created_by": step["created_by"], "size": step["size"], "images": len(step["images"])} for step in steps if not step["empty"]]
    return {
        "images": len({name for step in steps for name in step["images"]}),
        "apart": sum(layer["size"] * layer["images"] for layer in layers),
        "together": sum(layer["size"] for layer in layers),
        "layers": layers,
    }


def _proved(proof: dict) -> list:
    unproved = proof.get("unproved")
    reason = [Finding("scratch containers", "proof", "unverifiable", hint=f"Nothing was proved: {unproved}").as_dict()] if unproved else []
    return (proof.get("findings") or []) + reason
