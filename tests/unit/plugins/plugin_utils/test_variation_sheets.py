# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sheets with the numbers of every seat: as rows, as a page and as a table."""

from __future__ import annotations

import csv
import io
from html.parser import HTMLParser

from ansible_collections.classroom.containers.plugins.plugin_utils import _lab_containers, _lab_networks
from ansible_collections.classroom.containers.plugins.plugin_utils._variation_sheets import (
    variation_sheet,
    variation_sheets,
    variation_sheets_csv,
    variation_sheets_page,
)

SEED = "0123456789abcdef"
ANSWERS = [
    {"name": "x2", "limits": {"memory": "100m", "cpus": 0.5, "pids_limit": 20}},
    {"name": "x3", "restart_policy": "on-failure:3", "networks": [{"name": "br1", "address": 7}, {"name": "br2", "address": 100}]},
]
VARIATION = {
    "x2": {"memory": {"from": 64, "to": 65, "unit": "m"}, "cpus": {"from": 0.25, "to": 0.26}},
    "x3": {"restart_policy": {"from": 2, "to": 3}, "networks": {"br2": {"from": 100, "to": 101}}},
}


def sheet(students=("ashu", {"name": "priya", "seat": 7}), seed=SEED):
    students = list(students)
    found = _lab_containers.lab_containers(ANSWERS, "lab", "monday", students, ["x2", "x3"], "busybox", seed=seed, variation=VARIATION)
    return variation_sheet(_lab_networks.connected(found, _lab_networks.lab_networks([{"name": "br1"}, {"name": "br2", "pool": 2}], "lab", "monday", students)))


def host(name="one", rows=None, **variables):
    data = {"inventory_hostname": name, "classroom_labs": ["lab", "flask_image"], "classroom_students": ["ashu"]}
    return {**data, "lab_sheet": sheet() if rows is None else rows, **variables}


def test_a_row_is_what_one_types():
    rows = sheet()
    assert [(row["student"], row["seat"], row["lab"], row["step"], row["attribute"]) for row in rows] == [
        (student, seat, "lab", step, attribute)
        for student, seat in (("ashu", 1), ("priya", 7))
        for step, attribute in (("x2", "memory"), ("x2", "cpus"), ("x3", "restart_policy"), ("x3", f"address on {student}br2"))
    ]
    values = [row["value"] for row in rows if row["student"] == "priya"]
    assert values[0] in ("--memory 64m", "--memory 65m")
    assert values[1] in ("--cpus 0.25", "--cpus 0.26")
    assert values[2] in ("--restart on-failure:2", "--restart on-failure:3")
    assert values[3] in ("--ip 10.192.7.100", "--ip 10.192.7.101")


def test_what_does_not_vary_has_no_row():
    assert sheet(seed="") == []
    assert variation_sheets([host(rows=[]), host("two", classroom_labs=["flask_image"]), host("three", lab_sheet=None)]) == []


def test_hosts_that_ask_the_same_share_a_sheet():
    others = sheet(seed="another seed of a class")
    found = variation_sheets([host("one"), host("two"), host("three", others)])
    assert [(each["student"], each["seat"], each["hosts"]) for each in found] == [
        ("ashu", 1, ["one", "two"]),
        ("ashu", 1, ["three"]),
        ("priya", 7, ["one", "two"]),
        ("priya", 7, ["three"]),
    ]
    assert [row for each in found if each["hosts"] == ["three"] for row in each["rows"]] == others


def test_the_table_has_every_row_and_no_formula():
    (header, *lines) = csv.reader(io.StringIO(variation_sheets_csv(variation_sheets([host("one"), host("two")]))))
    assert header == ["student", "seat", "hosts", "lab", "step", "attribute", "value"]
    rows = [{**row, "seat": str(row["seat"]), "hosts": "one two", "value": f" {row['value']}"} for row in sheet()]
    assert [dict(zip(header, line)) for line in lines] == rows
    assert not [cell for line in lines for cell in line if cell[0] in "-=+@"]


class Page(HTMLParser):
    """The elements of a page, and the text of its cells."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.cells, self.inside = [], [], ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        self.inside = tag

    def handle_endtag(self, tag):
        self.inside = ""

    def handle_data(self, data):
        if self.inside in ("td", "h2"):
            self.cells.append(data)


def test_the_page_has_a_block_for_each_student_and_needs_nothing_else():
    text = variation_sheets_page(variation_sheets([host()]), "monday")
    page = Page(text)
    assert [tag for tag, _attributes in page.elements].count("section") == 2
    expected = []
    for student in ("ashu", "priya"):
        expected.append(student)
        for row in sheet():
            if row["student"] == student:
                expected += [row["lab"], student + row["step"], row["attribute"].replace("_", " "), row["value"]]
    assert page.cells == expected
    assert not [tag for tag, attributes in page.elements if tag in ("script", "link", "img") or {"src", "href"} & set(attributes)]
    # The same every time, or a second run would change it.
    assert text == variation_sheets_page(variation_sheets([host()]), "monday")


def test_hostile_text_stays_text():
    hostile = "<script>alert(1)</script>{{ 7 * 7 }}\"'&"
    rows = [{"student": hostile, "seat": 1, "lab": hostile, "step": hostile, "attribute": hostile, "value": hostile}]
    text = variation_sheets_page(variation_sheets([{**host(hostile, rows), "classroom_labs": ["lab"]}]), hostile)
    assert "<script" not in text and "49" not in text.partition("</style>")[2]
    assert Page(text).cells.count(hostile) == 4
