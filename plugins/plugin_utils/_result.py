# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This plugin utility is private to the collection.

"""Findings in, the result of a class out: a cell for each student and lab, and a table of them."""

from __future__ import annotations

import textwrap
from typing import Any

from ansible_collections.classroom.containers.plugins.module_utils._findings import COULD_NOT_CHECK, FAIL, OUTCOMES, PASS, Finding
from ansible_collections.classroom.containers.plugins.plugin_utils._class import seats

_WORDS = {PASS: "pass", FAIL: "FAIL", COULD_NOT_CHECK: "could not check"}
_WIDTH = 80


def class_result(hosts: list) -> dict:
    """The cells of a class, from the variables of its hosts.

    A lab's findings are in the variable C(LAB_check), and those of its proofs in C(LAB_proof), as registered from the check modules.
    Those of a lab with images have C(images), as image_check returns them, and may have C(compared), as image_comparison does.
    A cell without findings could not be checked. A host that is checked for one student or one lab has no other cells.
    """
    cells, proofs, labs, layers, compared = [], [], [], [], []
    for host in hosts:
        for lab in [host["classroom_lab"]] if host.get("classroom_lab") else host["classroom_labs"]:
            labs += [lab] if lab not in labs else []
            found = _registered(host, f"{lab}_check")
            images = (host.get(f"{lab}_check") or {}).get("images")
            layers += [dict(image_layers(images), host=host["inventory_hostname"], lab=lab)] if images else []
            rows = (host.get(f"{lab}_check") or {}).get("compared")
            compared += [{"host": host["inventory_hostname"], "lab": lab, "images": rows}] if rows else []
            proofs += [dict(finding, host=host["inventory_hostname"], lab=lab) for finding in _proved_of(host, f"{lab}_proof")]
            for seat in seats(host["classroom_students"]):
                if host.get("classroom_student") not in (None, "", seat["name"]):
                    continue
                mine = [finding for finding in found if finding["student"] == seat["name"]]
                cells.append(
                    {
                        "host": host["inventory_hostname"],
                        "seat": seat["number"],
                        "student": seat["name"],
                        "lab": lab,
                        "outcome": worst(mine),
                        "findings": mine,
                    }
                )
    summary = {outcome: sum(cell["outcome"] == outcome for cell in cells) for outcome in OUTCOMES}
    return {"labs": labs, "cells": cells, "proofs": proofs, "layers": layers, "compared": compared, "summary": summary}


def image_layers(images: list) -> dict:
    """Which layers the images of a lab are made of, and how many images have each.

    :param images: as image_check returns them
    :returns: ``images``, how many; ``apart`` and ``together``, the bytes of their layers counted for each image and once;
        ``layers``, with created_by, size in bytes, and the number of images, the lowest first
    """
    seen: dict = {}
    for image in images:
        chain: tuple = ()
        for layer in image["layers"]:
            if not layer["empty"]:
                # The same content above other layers is a layer of its own.
                chain += (layer["diff_id"] or layer["created_by"],)
                known = seen.setdefault(chain, {"created_by": layer["created_by"], "size": layer["size"], "images": 0})
                known["images"] += 1
    layers = [seen[chain] for chain in sorted(seen, key=lambda chain: (len(chain), -seen[chain]["images"]))]
    return {
        "images": len(images),
        "apart": sum(layer["size"] * layer["images"] for layer in layers),
        "together": sum(layer["size"] for layer in layers),
        "layers": layers,
    }


def _registered(host: dict, name: str) -> list:
    return (host.get(name) or {}).get("findings") or []


def _proved_of(host: dict, name: str) -> list:
    unproved = (host.get(name) or {}).get("unproved")
    reason = [Finding("scratch containers", "proof", "unverifiable", hint=f"Nothing was proved: {unproved}").as_dict()] if unproved else []
    return _registered(host, name) + reason


def worst(findings: list) -> str:
    """The outcome of several findings: a fail is a fail whatever else there is, and nothing found is nothing checked."""
    outcomes = {finding["outcome"] for finding in findings}
    if FAIL in outcomes:
        return FAIL
    return PASS if outcomes == {PASS} else COULD_NOT_CHECK


def class_table(result: dict) -> str:
    """The result for a terminal of 80 columns: the cells, then why those failed that failed, then the proofs."""
    hosts = list(dict.fromkeys(cell["host"] for cell in result["cells"]))
    lines = []
    for host in hosts:
        rows: dict = {}
        for cell in result["cells"]:
            if cell["host"] == host:
                rows.setdefault((cell["seat"], cell["student"]), {})[cell["lab"]] = _WORDS[cell["outcome"]]
        lines += [f"Class on {host}", "", *(line for block in _blocks(rows, result["labs"]) for line in [*block, ""])]
    summary = result["summary"]
    lines.append(", ".join(f"{summary[outcome]} {_WORDS[outcome].lower()}" for outcome in OUTCOMES) + f", of {sum(summary.values())}")
    for cell in result["cells"]:
        if cell["outcome"] != PASS:
            lines += ["", f"{cell['student']}, {cell['lab']}, {cell['host']}: {_WORDS[cell['outcome']]}", *_reasons(cell["findings"])]
    lines += _layers(result["layers"])
    lines += _compared(result["compared"])
    lines += _proofs(result["proofs"])
    return "\n".join(lines)


def _blocks(rows: dict, labs: list) -> list:
    """The table of a host, in as many parts as it takes for none to be wider than a terminal."""
    blocks: list = []
    left = list(labs)
    while left:
        for count in range(len(left), 0, -1):
            body = [[str(seat), student, *(row.get(lab, "-") for lab in left[:count])] for (seat, student), row in sorted(rows.items())]
            block = _columns([["Seat", "Student", *left[:count]], *body])
            if max(map(len, block)) <= _WIDTH or count == 1:
                break
        blocks.append(block)
        left = left[count:]
    return blocks


def _layers(labs: list) -> list:
    lines = []
    for lab in labs:
        sizes = f"{lab['images']} images, {_megabytes(lab['together'])} on disk, {_megabytes(lab['apart'])} if apart"
        lines += ["", f"Layers on {lab['host']}, {lab['lab']}: {sizes}", ""]
        rows = [["Bytes", "Images", "Made by"], *([str(layer["size"]), str(layer["images"]), _shortened(layer["created_by"])] for layer in lab["layers"])]
        lines += _columns(rows)
    return lines


def _compared(labs: list) -> list:
    lines = []
    for lab in labs:
        lines += ["", f"Images on {lab['host']}, {lab['lab']}, side by side", ""]
        rows = [
            [_megabytes(image["size"]), *("?" if image[key] is None else str(image[key]) for key in ("layers", "packages", "files", "setuid")), image["title"]]
            for image in lab["images"]
        ]
        lines += _columns([["Size", "Layers", "Packages", "Files", "Setuid", "Built as"], *rows])
    return lines


def _megabytes(size: int) -> str:
    # As Docker shows sizes: in millions.
    return f"{size / 1000_000:.1f} MB"


def _shortened(text: str) -> str:
    return textwrap.shorten(text.removeprefix("/bin/sh -c #(nop)").replace("# buildkit", ""), _WIDTH - 24, placeholder=" ...")


def _proofs(proofs: list) -> list:
    groups: dict = {}
    for proof in proofs:
        groups.setdefault((proof["host"], proof["lab"]), {}).setdefault(proof["subject"], []).append(proof)
    lines = []
    for (host, lab), subjects in groups.items():
        lines += ["", f"Proofs by behaviour on {host}, {lab}"]
        for subject, found in subjects.items():
            lines += _wrapped(f"{_WORDS[worst(found)]}  {subject}: " + ", ".join(_proved(finding) for finding in found))
    return lines


def _proved(finding: dict) -> str:
    return finding["hint"] or f"{finding['attribute']} {finding['declared']}"


def _columns(rows: list) -> list:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    aligned = [[row[0].rjust(widths[0]), *map(str.ljust, row[1:], widths[1:])] for row in rows]
    return ["  ".join(row).rstrip() for row in aligned]


def _reasons(findings: list) -> list:
    bad = [finding for finding in findings if finding["outcome"] != PASS]
    if not bad:
        return _wrapped("Nothing was checked: the check did not run to its end on this host.")
    hints: dict = {}
    for finding in bad:
        # A lab's containers may have the same to say of the same attribute.
        hints.setdefault(finding["hint"], {})[finding["attribute"]] = None
    return [line for hint, attributes in hints.items() for line in _wrapped(f"{', '.join(attributes)}: {hint}")]


def _wrapped(text: Any) -> list:
    return textwrap.wrap(str(text), _WIDTH - 4, initial_indent="  ", subsequent_indent="    ", break_long_words=False, break_on_hyphens=False)
