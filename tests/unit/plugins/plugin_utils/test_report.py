# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a report: which there are, the schema, and what is a new attempt."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.plugin_utils._report import class_files, class_json, plain

TIME, LATER = "2026-11-25T02:31:10Z", "2026-11-25T03:00:00Z"
SCHEMA = json.loads((Path(__file__).parents[4] / "docs/class.schema.json").read_text(encoding="utf-8"))


@pytest.fixture
def result(fixtures):
    return json.loads((fixtures / "report/result.json").read_text(encoding="utf-8"))


def files(result, time=TIME, **options):
    return {file["name"]: file["content"] for file in class_files(result, time, **options)}


def attempt_of(made):
    """What report_files returns of the attempt that is among the files; None where there is none."""
    for name, content in made.items():
        if name.startswith("attempts/"):
            return {"name": name, **{key: json.loads(content)[key] for key in ("number", "time", "fingerprint", "summary", "students")}}
    return None


def test_all_formats(result):
    assert set(files(result)) == {"class.html", "class.json", "class.csv", "junit.xml", "attempts/0001-20261125T023110Z.json"}


@pytest.mark.parametrize(("name", "file"), [("html", "class.html"), ("json", "class.json"), ("csv", "class.csv"), ("junit", "junit.xml")])
def test_one_format(result, name, file):
    assert set(files(result, formats=[name])) == {file, "attempts/0001-20261125T023110Z.json"}


def test_the_json_is_what_the_schema_says(result):
    made = files(result)
    validator = jsonschema.Draft202012Validator(SCHEMA)
    validator.check_schema(SCHEMA)
    document = json.loads(made["class.json"])
    validator.validate(document)
    assert (document["time"], document["attempt"]) == (TIME, 1)
    assert {key: document[key] for key in result} == result
    attempt = jsonschema.Draft202012Validator({"$ref": "#/$defs/attempt", "$defs": SCHEMA["$defs"]})
    attempt.validate(json.loads(made["attempts/0001-20261125T023110Z.json"]))


@pytest.mark.parametrize("key", ["cells", "summary", "students", "schema_version", "attempts"])
def test_the_schema_says_what_must_be_there(result, key):
    document = json.loads(files(result)["class.json"])
    del document[key]
    assert not jsonschema.Draft202012Validator(SCHEMA).is_valid(document)


@pytest.mark.parametrize("wrong", [{"outcome": "passed"}, {"outcome": None}, {"findings": [{"subject": "x"}]}, {"points": -1}])
def test_the_schema_refuses_a_cell_that_is_none(result, wrong):
    document = json.loads(files(result)["class.json"])
    document["cells"][0].update(wrong)
    assert not jsonschema.Draft202012Validator(SCHEMA).is_valid(document)


def test_an_attempt_has_what_did_not_pass_in_full(result):
    (attempt,) = [json.loads(content) for name, content in files(result).items() if name.startswith("attempts/")]
    cells = {(cell["student"], cell["lab"]): cell["findings"] for cell in attempt["cells"]}
    bad = [finding for finding in cells["murali", "container_limits"] if finding["outcome"] == "fail"]
    assert [(finding["declared"], finding["verdict"]) for finding in bad] == [(100000000, "differs")]
    assert bad[0]["evidence"] and bad[0]["hint"]
    assert all(set(finding) == {"subject", "attribute", "step", "verdict", "outcome"} for finding in cells["ashu", "container_limits"])


def first(result):
    return result["cells"][0]


#: What may be otherwise at the next check, and whether that is another attempt.
DIFFERENT = {
    "nothing": (lambda r: None, False),
    "the use of a container": (lambda r: r["usage"][0]["usage"].update(memory=1), False),
    "a proof": (lambda r: r["proofs"][0].update(outcome="fail", verdict="not_enforced"), False),
    "the evidence": (lambda r: first(r)["findings"][0].update(evidence=["another id"]), False),
    "the order of findings": (lambda r: first(r)["findings"].reverse(), False),
    "the order of cells": (lambda r: r["cells"].reverse(), False),
    "somebody nobody knows": (lambda r: r["strangers"].clear(), False),
    "a verdict": (lambda r: first(r)["findings"][0].update(verdict="rounded"), True),
    "an outcome": (lambda r: first(r).update(outcome="fail"), True),
    "the outcome of a step": (lambda r: first(r)["steps"][0].update(outcome="fail"), True),
    "what a step is worth": (lambda r: first(r)["steps"][0].update(weight=3), True),
    "a finding less": (lambda r: first(r)["findings"].pop(), True),
    "a student less": (lambda r: r["cells"].pop(), True),
}


@pytest.mark.parametrize("name", DIFFERENT)
def test_a_new_attempt_is_one_that_differs(result, name):
    change, new = DIFFERENT[name]
    before = attempt_of(files(result))
    change(result)
    made = files(result, LATER, attempts=[before])
    assert (attempt_of(made) is not None) == new
    document = json.loads(made["class.json"])
    assert document["time"] == LATER
    assert document["attempt"] == (2 if new else 1)
    assert [each["time"] for each in document["attempts"]] == ([TIME, LATER] if new else [TIME])


def test_back_to_what_was_before_the_last_is_new(result):
    one = attempt_of(files(result))
    two = {**one, "number": 2, "fingerprint": "other"}
    assert attempt_of(files(result, LATER, attempts=[one, two]))["number"] == 3


def test_numbers_go_on_where_old_attempts_are_gone(result):
    one = {**attempt_of(files(result)), "number": 41, "fingerprint": "other"}
    assert attempt_of(files(result, LATER, attempts=[one]))["number"] == 42


def test_numbers_go_on_where_the_last_attempt_is_not_known(result):
    """Whether this one differs from it is not known either, and its number is not given again."""
    one = attempt_of(files(result))
    assert attempt_of(files(result, LATER, attempts=[one], last=2))["number"] == 3
    assert attempt_of(files(result, LATER, last=2))["number"] == 3
    assert attempt_of(files(result, LATER, attempts=[one], last=1)) is None


def test_a_time_that_comes_twice_overwrites_no_attempt(result):
    one = {**attempt_of(files(result)), "fingerprint": "other"}
    assert attempt_of(files(result, attempts=[one]))["name"] == "attempts/0002-20261125T023110Z.json"


def test_the_trend_has_the_points_of_each(result):
    document = json.loads(files(result)["class.json"])
    assert document["attempts"][0]["students"][1] == {"host": "localhost", "student": "murali", "points": 15, "points_open": 0, "points_max": 19}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"formats": ["pdf"]}, "class_report_formats: 'pdf'"),
        ({"time": ""}, "time: ''"),
        ({"time": "2026-11-25 02:31"}, "time: '2026-11-25 02:31'"),
        ({"time": "2026-11-25T02:31:10Z\n"}, "time:"),
    ],
)
def test_what_is_refused(result, options, words):
    with pytest.raises(ClassroomError, match=words):
        files(result, **options)


def test_a_result_of_an_older_collection_is_rendered(result):
    """Points, use and hosts are not in every result."""
    for cell in result["cells"]:
        for key in ("steps", "points", "points_open", "points_max"):
            del cell[key]
        for finding in cell["findings"]:
            del finding["step"]
    old = {key: result[key] for key in ("labs", "cells", "proofs", "layers", "compared", "summary")}
    made = files(old)
    assert "murali" in made["class.html"] and "murali" in made["class.csv"] and 'name="murali"' in made["junit.xml"]


def test_a_class_of_nobody():
    empty = {"labs": [], "cells": [], "summary": {"pass": 0, "fail": 0, "could_not_check": 0}}
    assert set(files(empty)) == {"class.html", "class.json", "class.csv", "junit.xml", "attempts/0001-20261125T023110Z.json"}


def test_json_is_ascii_and_obeys_no_terminal(result):
    result["cells"][0]["findings"][0]["hint"] = "\x1b[2J\x9b31m é \ud800 \u202e"
    text = class_json(result)
    assert text.isascii() and text.isprintable() is False
    assert {each for each in text if not each.isprintable()} == {"\n"}
    assert json.loads(text)["cells"][0]["findings"][0]["hint"] == "\x1b[2J\x9b31m é \ud800 \u202e"


def test_plain_is_of_pythons_own_types():
    class Text(str):
        pass

    class Number(int):
        pass

    made = plain({Text("a"): (Text("b"), Number(3), True, None, 1.5, object)})
    assert [type(value) for value in (next(iter(made)), *made["a"])] == [str, str, int, bool, type(None), float, str]
