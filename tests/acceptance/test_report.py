# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of a class: written by a check, kept, signed, and found changed."""

from __future__ import annotations

import csv
import json
import stat
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from .conftest import CLASS

FILES = ["class.csv", "class.html", "class.json", "junit.xml", "signature.json"]


@pytest.fixture(scope="module")
def classroom(new_class):
    """Two students on two hosts, which are the same machine."""
    made = new_class("nina", "omar", class_report_formats=["html", "json", "csv", "junit"])
    made.hosts = {"one": {}, "two": {}}
    return made


@pytest.fixture(scope="module")
def place(classroom):
    """Where everything of the class is on the controller."""
    return Path(classroom.variables["classroom_secrets"]) / CLASS


@pytest.fixture(scope="module")
def first(classroom):
    """Nobody has done anything: no container is there."""
    return classroom.play("check", "-vvv").ok()


def content(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def attempts(place):
    return [json.loads(path.read_text()) for path in sorted((place / "report/attempts").iterdir())]


def said(run):
    return "\n".join(str(line["result"].get("msg")) for line in run.of("ok"))


def test_a_check_writes_the_report(first, place):
    assert sorted(content(place / "report")) == sorted([f"attempts/{path.name}" for path in (place / "report/attempts").iterdir()] + FILES)
    assert {stat.S_IMODE(path.stat().st_mode) for path in (place / "report").rglob("*") if path.is_file()} == {0o600}
    assert {stat.S_IMODE((place / name).stat().st_mode) for name in ("report", "report/attempts")} == {0o700}
    assert stat.S_IMODE((place / "report.key").stat().st_mode) == 0o600
    assert f"The report is in {place}/report." in said(first)
    # What a run tells is no change.
    assert first.stats["changed"] == 0


def test_the_report_is_the_table(first, place):
    report = place / "report"
    document = json.loads((report / "class.json").read_text())
    # Both hosts have the same names.
    assert {(cell["student"], cell["lab"]): cell["outcome"] for cell in document["cells"]} == dict.fromkeys(first.cells, "fail")
    assert len(document["cells"]) == 2 * 2 * 2
    assert (document["attempt"], len(document["attempts"])) == (1, 1)
    rows = list(csv.DictReader((report / "class.csv").read_text().splitlines()))
    assert [(row["host"], row["student"], row["container_limits"]) for row in rows] == [
        (host, student, "FAIL") for host in ("one", "two") for student in ("nina", "omar")
    ]
    assert ET.parse(report / "junit.xml").getroot().get("failures") == str(2 * 2 * 6)
    page = (report / "class.html").read_text()
    assert "There is no container named ninax2" in page and "Students and labs on two" in page


def test_neither_the_key_nor_the_results_are_in_what_is_printed(first, place):
    key = (place / "report.key").read_text().strip()
    assert len(key) == 64 and key not in first.output
    assert "<!DOCTYPE html>" not in first.output
    assert key not in "".join(map(str, content(place / "report").values()))


def test_a_report_is_as_it_was_signed(first, classroom, place):
    run = classroom.play("verify").ok()
    assert f"All 5 files of the report in {place}/report are as they were signed" in said(run)
    assert run.stats["changed"] == 0


def test_a_part_of_the_class_is_no_report(first, classroom, place):
    before = content(place)
    of_one = {"classroom_student": "omar", "classroom_lab": "restart_policy"}
    for arguments, variables in (((), of_one), (("--limit=one",), {"classroom_labs": ["restart_policy"]})):
        run = classroom.play("check", *arguments, **variables).ok()
        assert "is as it was: only a part of the class was checked" in said(run)
        assert content(place) == before


@pytest.mark.parametrize("playbook", ["cards", "sheets"])
def test_what_is_of_the_whole_class_is_not_written_for_a_part(first, classroom, place, playbook):
    run = classroom.play(playbook, "--limit=one").refused("--limit", "two", f"the {playbook} are of the whole class")
    assert run.stats["changed"] == 0


def test_a_dry_run_and_an_empty_list_write_nothing(first, classroom, place, tmp_path):
    before = content(place)
    classroom.role("class_report", "main", "--check", "--diff", class_report_folder=str(tmp_path / "dry")).ok()
    classroom.role("class_report", "main", class_report_folder=str(tmp_path / "none"), class_report_formats=[]).ok()
    assert list(tmp_path.iterdir()) == []
    assert content(place) == before


def test_a_folder_that_cannot_be_written_is_said_after_the_table(first, classroom, tmp_path):
    (tmp_path / "file").write_text("x")
    run = classroom.role("class_report", "main", class_report_folder=str(tmp_path / "file/report"))
    assert run.code
    assert "Seat" in run.table
    assert f"{tmp_path}/file" in run.errors and "Not a directory" in run.errors


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"class_report_folder": "report"}, "class_report_folder"),
        ({"class_report_formats": ["pdf"]}, "class_report_formats"),
        ({"class_report_attempts": -1}, "class_report_attempts"),
    ],
)
def test_what_cannot_be_written_is_refused_before_anything_changes(classroom, variables, words):
    run = classroom.role("class_report", "validate", **variables)
    assert run.code and words in run.errors


def test_an_attempt_is_new_where_it_differs(first, classroom, place, docker):
    before = json.loads((place / "report/class.json").read_text())
    again = classroom.role("class_report", "main").ok()
    # Nothing was checked in that run: the outcomes differ from those of the check.
    assert [attempt["summary"] for attempt in attempts(place)] == [before["summary"], {"pass": 0, "fail": 0, "could_not_check": 8}]
    classroom.role("class_report", "main").ok()
    assert len(attempts(place)) == 2
    after = json.loads((place / "report/class.json").read_text())
    assert (after["attempt"], after["time"] > before["time"]) == (2, True)
    assert [attempt["number"] for attempt in after["attempts"]] == [1, 2]
    assert "Trend" in (place / "report/class.html").read_text()
    assert again.stats["changed"] == 0
    docker.run("ninax1")
    classroom.play("check", class_report_attempts=2).ok()
    docker("rm", "--force", "ninax1")
    assert [(attempt["number"], attempt["summary"]["pass"]) for attempt in attempts(place)] == [(2, 0), (3, 0)]
    assert [student["points"] for student in attempts(place)[-1]["students"]] == [1, 0, 1, 0]
    classroom.play("verify").ok()


def test_whoever_changes_a_grade_is_found(first, classroom, place):
    grades = place / "report/class.csv"
    kept = grades.read_bytes()
    grades.write_bytes(kept.replace(b"nina,FAIL", b"nina,pass", 1))
    assert grades.read_bytes() != kept
    run = classroom.play("verify")
    assert run.code and "class.csv was changed" in run.errors
    grades.write_bytes(kept)
    signature = place / "report/signature.json"
    signed = signature.read_bytes()
    signature.write_bytes(signed[:100])
    run = classroom.play("verify")
    assert run.code and "cut off or was changed" in run.errors
    signature.write_bytes(signed)
    key = (place / "report.key").rename(place / "elsewhere.key")
    run = classroom.play("verify")
    assert run.code and "the key is not there" in run.errors
    # Nor does the next check begin with another key over it.
    run = classroom.role("class_report", "main")
    assert run.code and "the key is not there" in run.errors
    assert "Seat" in run.table
    key.rename(place / "report.key")
    classroom.play("verify").ok()
