# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This plugin utility is private to the collection.

"""The numbers of every seat out of a lab's containers, as a sheet for each student: a page to print, and a table."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined

from ansible_collections.classroom.containers.plugins.plugin_utils._answers import ADDRESS
from ansible_collections.classroom.containers.plugins.plugin_utils._seats import check_one_class
from ansible_collections.classroom.containers.plugins.plugin_utils._variation import RESTART_POLICY, typed

_TEMPLATE = Path(__file__).with_name("_variation_sheets.html.j2")
_COLUMNS = ("student", "seat", "hosts", "lab", "step", "attribute", "value")


def variation_sheet(containers: list) -> list:
    """What a lab asks of each seat in its own numbers.

    :param containers: as lab_containers makes them, and connected those that are on networks
    :returns: ``student``, ``seat``, ``lab``, ``step``, ``attribute``, and ``value`` as one types it; a row for each attribute that varies
    """
    return [
        {
            "student": container["student"],
            "seat": container["seat"],
            "lab": container["lab"],
            "step": container["step"],
            **dict(zip(("attribute", "value"), _row(container, attribute))),
        }
        for container in containers
        for attribute in container["varied"]
    ]


def _row(container: dict, attribute: str) -> tuple:
    if attribute.startswith(ADDRESS):
        network = container["student"] + attribute[len(ADDRESS):]
        (address,) = [member["address"] for member in container["networks"] if member["name"] == network]
        return f"address on {network}", typed(attribute, address)
    value = container["restart_policy"] if attribute == RESTART_POLICY else container["limits"][attribute]
    return attribute, typed(attribute, value)


def variation_sheets(hosts: list) -> list:
    """The sheet of each student of a class, from the variables of its hosts: the rows of each lab are in C(LAB_sheet).

    :returns: ``student``, ``seat``, ``hosts``, which ask this, and ``rows``, as variation_sheet makes them; none where nothing varies
    :raises ClassroomError: the hosts are of several classes
    """
    check_one_class(hosts)
    found: dict = {}
    for host in hosts:
        rows: dict = {}
        for row in (row for lab in host["classroom_labs"] for row in host.get(f"{lab}_sheet") or ()):
            rows.setdefault((row["seat"], row["student"]), []).append(row)
        for (seat, student), its in rows.items():
            # Hosts that ask the same of a seat share a sheet.
            key = (seat, student, *(tuple(row.items()) for row in its))
            sheet = found.setdefault(key, {"student": student, "seat": seat, "hosts": [], "rows": its})
            sheet["hosts"].append(host["inventory_hostname"])
    return sorted(found.values(), key=lambda sheet: (sheet["seat"], sheet["student"]))


def variation_sheets_page(sheets: list, class_name: str) -> str:
    """The sheets as one page of HTML that needs nothing else.

    :param sheets: as variation_sheets makes them
    """
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(_TEMPLATE.read_text(encoding="utf-8")).render(sheets=sheets, class_name=class_name)


def variation_sheets_csv(sheets: list) -> str:
    """The same as a table, with a line for each row.

    :param sheets: as variation_sheets makes them
    """
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(_COLUMNS)
    for sheet in sheets:
        for row in sheet["rows"]:
            table.writerow([_cell({**row, "hosts": " ".join(sheet["hosts"])}[column]) for column in _COLUMNS])
    return text.getvalue()


def _cell(value: Any) -> str:
    # A spreadsheet takes what begins with a dash for a formula.
    return f" {value}" if str(value).startswith(("-", "=", "+", "@")) else str(value)
