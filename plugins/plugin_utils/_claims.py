# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This plugin utility is private to the collection.

"""Whose the containers, networks and images of a shared engine are: by the name, and by the labels where there are any."""

from __future__ import annotations

import re
from typing import Any

from ansible_collections.classroom.containers.plugins.module_utils._findings import OUTCOME_OF
from ansible_collections.classroom.containers.plugins.plugin_utils._ownership import PROOF, SERVICE_LABEL
from ansible_collections.classroom.containers.plugins.plugin_utils._seats import NAME
from ansible_collections.classroom.containers.plugins.plugin_utils._lab_images import IMAGE_LABEL

_CLAIMED_TWICE = "unverifiable"


def engine_objects(containers: list, networks: list, images: list) -> list:
    """What an engine has, as kind, name and labels.

    :param containers: as cgroup_info returns them, with labels
    :param networks: the engine's list, with Name and Labels
    :param images: the engine's list, with RepoTags and Labels
    """
    found = [{"kind": "container", "name": item["name"], "labels": _its_own(item.get("labels") or {}, item["name"])} for item in containers]
    found += [{"kind": "network", "name": item["Name"], "labels": item.get("Labels")} for item in networks]
    found += [{"kind": "image", "name": name, "labels": item.get("Labels")} for item in images for name in item.get("RepoTags") or ()]
    return [{**item, "labels": item["labels"] or {}} for item in found]


def _its_own(labels: dict, name: str) -> dict:
    """A container's labels, without those that it has from an image of a lab: who runs it need not be who built that."""
    if IMAGE_LABEL in labels and labels.get(SERVICE_LABEL) != name:
        return {key: value for key, value in labels.items() if not key.startswith("classroom.")}
    return labels


def strangers(objects: list, subjects: dict, class_name: str, present: Any, absent: Any = (), elsewhere: Any = ()) -> list:
    """The objects that are named as a lab asks for, and that are not one student's.

    :param objects: as engine_objects makes them
    :param subjects: for the kind and name of each subject of a finding, whose it is by its name
    :param present: the names of the class's students on this host
    :param absent: the names of those who left it
    :param elsewhere: for the name of each who sits on another host, which one
    :returns: ``kind``, ``name``, ``why``, and ``students``, who claim it: two where it is claimed twice
    """
    endings = {subject[len(student):] for (_kind, subject), student in subjects.items() if student and subject.startswith(student)}
    ends = re.compile("(.+?)(" + "|".join(map(re.escape, sorted(endings))) + ")") if endings else None
    found = []
    for item in objects:
        labels = item["labels"]
        its_class, labelled = labels.get("classroom.class", ""), labels.get("classroom.student", "")
        if labels.get("classroom.lab", "").endswith(PROOF):
            continue
        by_name = subjects.get((item["kind"], item["name"]), "")
        if by_name:
            why = _disputed(item["name"], by_name, its_class, labelled, class_name)
            if why:
                found.append(_row(item, why, sorted({by_name, labelled} - {""})))
        elif its_class == class_name and labelled and labelled not in present:
            found.append(_row(item, _unknown(labelled, absent, elsewhere, "its label classroom.student names"), [labelled]))
        elif not its_class and ends and (match := ends.fullmatch(item["name"])) and NAME.fullmatch(match[1]) and match[1] not in present:
            found.append(_row(item, _unknown(match[1], absent, elsewhere, "its name begins with"), [match[1]]))
    return found


def _row(item: dict, why: str, students: list) -> dict:
    return {"kind": item["kind"], "name": item["name"], "why": why, "students": students}


def _disputed(name: str, by_name: str, its_class: str, labelled: str, class_name: str) -> str:
    if its_class and its_class != class_name:
        return f"it is named as {by_name}'s, and its label classroom.class says that it is of the class {its_class}"
    if its_class and labelled not in ("", by_name):
        return f"it is named as {by_name}'s, and its label classroom.student says {labelled}"
    return ""


def _unknown(student: str, absent: Any, elsewhere: Any, how: str) -> str:
    if student in elsewhere:
        return f"{how} {student}, who sits on {elsewhere[student]}"
    return f"{how} {student}, {'who has left the class' if student in absent else 'whom the class does not have'}"


def ungraded(findings: list, disputed: list) -> list:
    """The findings, without a grade for what is claimed twice.

    :param disputed: rows of strangers that are named as somebody's of the class
    """
    why = {(row["kind"], row["name"]): row["why"] for row in disputed}
    return [_ungraded(finding, why[key]) if (key := (finding["kind"], finding["subject"])) in why else finding for finding in findings]


def _ungraded(finding: dict, why: str) -> dict:
    name = finding["subject"]
    hint = f"{name} is claimed twice: {why}. It is nobody's work until that is settled: create it again without the labels of another."
    return dict(finding, verdict=_CLAIMED_TWICE, outcome=OUTCOME_OF[_CLAIMED_TWICE], evidence=[*finding["evidence"], f"{name}: {why}"], hint=hint)
