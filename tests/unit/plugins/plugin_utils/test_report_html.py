# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page, without a browser: what is in it, and that nothing of a result is markup. tests/browser opens it."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import pytest
from ansible_collections.classroom.containers.plugins.plugin_utils._report_html import _bar, _cpu, _cpus, _line, _seconds, _size, class_html

VOID = {"meta", "link", "input", "br", "wbr", "img", "hr"}
#: What a reader sees apart from what stands before it.
APART = {"td", "th", "dt", "dd", "code", "p", "span"}


class Page(HTMLParser):
    """The elements of a page, whose tags must be closed in their order."""

    def __init__(self, text):
        super().__init__()
        self.open, self.found, self.text = [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        if tag in APART:
            self.text.append(("", " "))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append((self.open[-1] if self.open else "", data))

    def of(self, tag, **attributes):
        return [its for name, its in self.found if name == tag and attributes.items() <= its.items()]

    @property
    def words(self):
        return " ".join("".join(data if tag not in ("style", "script") else "" for tag, data in self.text).split())

    def content(self, wanted):
        return "".join(data for tag, data in self.text if tag == wanted)


@pytest.fixture
def result(fixtures):
    return json.loads((fixtures / "report/result.json").read_text(encoding="utf-8"))


def test_a_cell_leads_to_its_findings(result):
    page = Page(class_html(result))
    cells = [its for its in page.of("td") if its.get("class", "").startswith("cell")]
    assert [its["data-outcome"] for its in cells] == [
        cell["outcome"] for student in ("ashu", "murali", "priya") for cell in result["cells"] if cell["student"] == student
    ]
    links = {its["href"] for its in page.of("a") if re.fullmatch(r"#p\d+", its["href"])}
    assert links == {"#" + its["id"] for its in page.of("article")}
    assert len(links) == 18


def test_everything_that_was_found_is_there(result):
    words = Page(class_html(result)).words
    for cell in result["cells"]:
        for finding in cell["findings"]:
            assert f"{finding['subject']} {finding['attribute']}" in words
            assert all(" ".join(line.split()) in words for line in finding["evidence"])
            assert " ".join(finding["hint"].split()) in words
    for text in ("104857600 bytes (100 MiB) 100000000 bytes (95.3674 MiB) 99999744 bytes", "zoex1", "20.10.24+dfsg1", "548.5 MB", "240", "492.6 MB"):
        assert text in words


def test_what_is_the_same_is_said_once(result):
    page = class_html(result)
    assert page.count("There is no container named priyad1: create it with") == 1
    assert "<b>state, image, ports, read_only, cap_drop, http</b>" in page


def test_a_page_loads_nothing(result):
    page = Page(class_html(result))
    assert [tag for tag, _its in page.found if tag in ("link", "img", "iframe", "object", "embed", "base")] == []
    assert [its for _tag, its in page.found if {"src", "style", "srcset", "onclick", "xlink:href", "action"} & set(its)] == []
    assert [its["href"] for its in page.of("a") if not its["href"].startswith("#")] == []
    assert not re.search(r"url\(|@import|https?://", page.content("style"))


def test_only_its_own_style_and_script_are_allowed(result):
    page = Page(class_html(result))
    (policy,) = [its["content"] for its in page.of("meta") if its.get("http-equiv") == "Content-Security-Policy"]
    for tag in ("style", "script"):
        digest = base64.b64encode(hashlib.sha256(page.content(tag).encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy and "unsafe" not in policy


def test_headers_say_of_what_they_are(result):
    page = Page(class_html(result))
    assert page.of("html") == [{"lang": "en"}]
    assert [its for its in page.of("th") if its.get("scope") not in ("col", "row", "rowgroup")] == []
    identities = [its["id"] for _tag, its in page.found if "id" in its]
    assert len(identities) == len(set(identities))
    referred = [its[key] for _tag, its in page.found for key in ("aria-labelledby", "for") if key in its] + [
        its["href"][1:] for its in page.of("a")
    ]
    assert set(referred) <= set(identities)


def test_no_outcome_is_told_by_colour_alone(result):
    page = class_html(result)
    for outcome, sign, word in (("pass", "✓", "pass"), ("fail", "✗", "FAIL"), ("could_not_check", "?", "could not check")):
        cell = f'<td class="cell {outcome}"'
        assert cell in page
        within = f'<span class="sign" aria-hidden="true">{re.escape(sign)}</span> <span class="word">{word}<'
        assert re.search(f"{re.escape(cell)}[^>]*><a [^>]*>{within}", page)


@pytest.mark.parametrize(
    ("passed", "words"), [([True, False, None], "1 passed, 1 NOT passed, 1 open, with 60 % needed"), ([True] * 3, "3 passed, with 60 % needed")]
)
def test_the_pass_mark(result, passed, words):
    for student, its in zip(result["students"], passed):
        student["passed"] = its
    assert words in Page(class_html(result)).words


def test_no_pass_mark_and_no_points(result):
    result["pass_mark"] = None
    assert "needed" not in Page(class_html(result)).words


def test_nothing_checked_is_said(result):
    for cell in result["cells"]:
        cell.update(findings=[], outcome="could_not_check")
    result["stuck"] = []
    words = Page(class_html(result)).words
    assert "Nothing was checked of ashu (container_limits, localhost)" in words
    assert "Everybody has passed everything" not in words


def test_an_exam_has_no_hints_and_says_so(result):
    assert "Hints are off" not in Page(class_html(result)).words
    result["hints"] = False
    for cell in result["cells"]:
        cell["findings"] = [{**finding, "hint": ""} for finding in cell["findings"]]
    words = Page(class_html(result)).words
    assert "Hints are off" in words and "docker update" not in words
    assert "memory: muralix2 is not as asked." in words


def test_everybody_has_passed(result):
    result["stuck"] = []
    assert "Everybody has passed everything" in Page(class_html(result)).words


def test_each_host_has_its_table(result):
    others = json.loads(json.dumps(result).replace('"localhost"', '"other"'))
    for key in ("cells", "students", "usage", "hosts"):
        result[key] += others[key]
    page = Page(class_html(result))
    assert len(page.of("table", **{"class": "matrix"})) == 2
    assert "Students and labs on other" in page.words


def test_a_lab_that_a_host_does_not_have(result):
    result["cells"] = [cell for cell in result["cells"] if (cell["student"], cell["lab"]) != ("ashu", "namespaces")]
    assert "not asked here" in Page(class_html(result)).words


HOSTILE = [
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "</style><img src=x onerror=alert(1)>",
    "\"><svg onload=alert(1)>",
    "' onmouseover='alert(1)",
    "<!--",
    "]]>",
    "{{ 7 * 7 }}{% raw %}",
    "\x1b[31mred\x1b]0;title\x07",
    "\x00\x08\x7f\x9b31m",
    "\u202egnp.exe",
    "\ud800",
    "javascript:alert(1)",
    "&lt;b&gt;&#x3c;",
    "x" * 50_000,
    "a" + "\u0301" * 500,
    "日本語 ñ 😀 \u05e9\u05dc\u05d5\u05dd",
    "../../etc/passwd",
]


def hostile_everywhere(result, text):
    """The text in the place of every text that somebody may have chosen."""

    def replaced(value, key=""):
        if isinstance(value, dict):
            # Keys of labels and controllers are chosen, too.
            return {(text if key in ("labels", "controllers") else name): replaced(its, name) for name, its in value.items()}
        if isinstance(value, list):
            return [replaced(each, key) for each in value]
        fixed = {"outcome", "time", "started_at", "driver", "mode", "read"}
        return text if isinstance(value, str) and key not in fixed else value

    return replaced(result)


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_is_markup(result, text):
    plain = Page(class_html(result))
    page_text = class_html(hostile_everywhere(result, text))
    page = Page(page_text)
    # The same elements, but for those that there are one for each name.
    assert {tag for tag, _its in page.found} <= {tag for tag, _its in plain.found}
    assert {name for _tag, its in page.found for name in its} <= {name for _tag, its in plain.found for name in its}
    assert len(page.of("script")) == len(page.of("style")) == 1
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", page_text)
    # It is text, whole or cut.
    assert "alert(1)" not in text or "alert(1)" in page.words
    assert len(page_text) < 5_000_000


def test_autoescape_is_on_in_every_place(result):
    """A mark in every text: it comes out escaped each time."""
    page = class_html(hostile_everywhere(result, "<mark-me>&"))
    assert "<mark-me>" not in page
    assert page.count("&lt;mark-me&gt;&amp;") > 500


@pytest.mark.parametrize(
    ("size", "expected"),
    [(None, "–"), (0, "0 bytes"), (1023, "1023 bytes"), (1024, "1 KiB"), (104857600, "100 MiB"), (25276502016, "23.54 GiB"), (2**50, "1024 TiB")],
)
def test_sizes(size, expected):
    assert _size(size) == expected


@pytest.mark.parametrize(
    ("begin", "end", "expected"),
    [
        ("2026-11-25T01:00:00.444654879Z", "2026-11-25T01:00:10Z", 9.555346),
        ("2026-11-25T01:00:00Z", "2026-11-25T01:00:10Z", 10),
        ("0001-01-01T00:00:00Z", "", 0),
        (None, "2026-11-25T01:00:10Z", 0),
        # The host's clock is ahead of the controller's.
        ("2026-11-25T02:00:00Z", "2026-11-25T01:00:10Z", 0),
    ],
)
def test_seconds(begin, end, expected):
    assert _seconds(begin, end) == pytest.approx(expected)


@pytest.mark.parametrize(("text", "expected"), [("0-1", [0, 1]), ("0", [0]), ("0,2-3", [0, 2, 3]), ("", []), (None, []), ("x-y", [])])
def test_cpu_lists(text, expected):
    assert _cpus(text) == expected


@pytest.mark.parametrize(
    ("share", "limited", "drawn", "full"),
    [(None, True, None, False), (50, True, 50, False), (90, True, 90, True), (95, False, 95, False), (250, True, 100, True), (-1, True, 0, False)],
)
def test_bars(share, limited, drawn, full):
    gauge = _bar(share, limited, "")
    assert (gauge["share"], gauge["full"]) == (drawn, full)


@pytest.mark.parametrize(
    ("use", "cpus", "text", "share"),
    [
        ({"cpu_percent": 25.0}, 0.5, "25.0 %, limit 50 %", 50),
        ({"cpu_percent": 50.0}, "unlimited", "50.0 %, no limit", 25),
        ({"cpu_percent": None, "cpu_time": 5_000_000_000}, 0.5, "50.0 % on average, limit 50 %", 100),
        ({"cpu_percent": None, "cpu_time": None}, 0.5, "–", None),
    ],
)
def test_cpu(use, cpus, text, share):
    item = {"started_at": "2026-11-25T01:00:00Z"}
    gauge = _cpu(item, use, {"cpus": cpus}, {"cpus_online": "0-1"}, "2026-11-25T01:00:10Z")
    assert (gauge["text"], gauge["share"]) == (text, share)


def test_a_container_that_is_close_to_its_limit_says_so(result):
    container = next(item for item in result["usage"] if item["name"] == "ashux2")
    container["usage"].update(memory=100_000_000, oom_kills=2)
    words = Page(class_html(result)).words
    assert "95.37 MiB of 100 MiB nearly full 2 killed: out of memory" in words


@pytest.mark.parametrize(
    ("values", "points", "last"),
    [([], "", None), ([50], "0.0,12.0", (0.0, 12.0)), ([0, None, 100], "0.0,22.0 100.0,2.0", (100.0, 2.0)), ([None], "", None)],
)
def test_lines(values, points, last):
    assert _line(values) == {"points": points, "last": last}
