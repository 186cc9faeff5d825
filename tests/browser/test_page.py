# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of a class, as somebody has it who opens it: with a mouse, with a keyboard, in the dark, on a phone, on paper."""

from __future__ import annotations

import json
import re
import time

import pytest
from playwright.sync_api import expect

from .conftest import captured, of_many, page_of, with_attempts

STUDENTS = ["ashu", "murali", "priya"]
LABS = ["container_limits", "restart_policy", "flask_image", "distroless_image", "bridge_network", "namespaces"]
MEMORY = "docker update --memory 100m muralix2"
EVIDENCE = "HostConfig.Memory=100000000"


class Opened:
    """A page, with all that it asked of the network and said to the console."""

    def __init__(self, chromium, file, **context):
        self.context = chromium.new_context(**{"viewport": {"width": 1280, "height": 900}, **context})
        self.page = self.context.new_page()
        self.requests, self.said, self.dialogs = [], [], []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.dialogs.append(dialog.message), dialog.dismiss()))
        self.url = f"file://{file}"
        self.page.goto(self.url)

    def drawn(self):
        """Wait for what was just opened: before it is drawn, it has no text as a reader sees it."""
        self.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def quiet(self):
        """It asked for nothing but itself, and there was nothing to complain of."""
        assert self.requests == [self.url]
        assert self.said == [] and self.dialogs == []

    def cell(self, student, lab):
        row = self.page.locator(f".matrix tr[data-student='{student}']")
        return row.locator(f"td.cell[data-lab='{lab}'] button")

    def shown(self, selector, attribute):
        found = self.page.locator(selector).evaluate_all("(all, name) => all.filter((one) => one.checkVisibility()).map((one) => one.dataset[name])", attribute)
        return list(dict.fromkeys(found))

    @property
    def rows(self):
        return self.shown(".matrix > tbody > tr[data-student]", "student")

    @property
    def panels(self):
        return self.page.locator(".panel").evaluate_all(
            "(all) => all.filter((one) => one.checkVisibility()).map((one) => [one.dataset.student, one.dataset.lab])"
        )


@pytest.fixture(scope="session")
def files(tmp_path_factory):
    """The page of the captured class, and one of thirty; hostile ones are made as needed."""
    folder = tmp_path_factory.mktemp("pages")
    made = {}
    for name, result in (("three", captured()), ("thirty", of_many(30))):
        made[name] = folder / f"{name}.html"
        made[name].write_text(page_of(result, with_attempts(result)), encoding="utf-8")
    return made


@pytest.fixture
def visit(chromium, files):
    opened = []

    def open_page(name="three", **context):
        opened.append(Opened(chromium, files.get(name, name), **context))
        return opened[-1]

    yield open_page
    for each in opened:
        each.quiet()
        each.context.close()


def test_the_matrix_comes_first_and_everything_is_folded(visit):
    its = visit()
    assert its.page.title() == "Class classroom, attempt 4"
    assert its.rows == STUDENTS
    assert its.shown(".matrix td.cell", "lab") == LABS
    assert its.panels == []
    assert its.page.get_by_text(MEMORY).is_hidden()
    assert its.cell("murali", "container_limits").inner_text().split() == ["✗", "FAIL", "1/2"]
    assert its.cell("priya", "container_limits").inner_text().split() == ["?", "could", "not", "check", "1/2"]


def test_a_cell_opens_to_its_findings_beneath_the_student(visit):
    its = visit()
    button = its.cell("murali", "container_limits")
    button.click()
    assert its.panels == [["murali", "container_limits"]]
    assert button.get_attribute("aria-expanded") == "true"
    panel = its.page.locator("#" + button.get_attribute("aria-controls"))
    its.drawn()
    (row,) = [each.split("\t") for each in panel.inner_text().splitlines() if each.startswith("muralix2 memory")]
    assert row[1:4] == ["104857600 bytes (100 MiB)", "100000000 bytes (95.3674 MiB)", "99999744 bytes (95.3672 MiB)"]
    assert MEMORY in panel.inner_text()
    assert EVIDENCE not in panel.inner_text()
    panel.locator("details", has_text=EVIDENCE).locator("summary").click()
    its.drawn()
    assert EVIDENCE in panel.inner_text()
    assert its.page.evaluate("(panel) => panel.closest('tr').previousElementSibling.dataset.student", panel.element_handle()) == "murali"
    # In the order of the labs, whichever was opened first.
    its.cell("murali", "namespaces").click()
    its.cell("murali", "restart_policy").click()
    assert its.panels == [["murali", "container_limits"], ["murali", "restart_policy"], ["murali", "namespaces"]]
    button.click()
    assert its.panels == [["murali", "restart_policy"], ["murali", "namespaces"]]
    its.page.get_by_role("button", name="Close all").click()
    assert its.panels == []
    assert its.page.locator("tr.opened").count() == 0


def test_the_keyboard_is_enough(visit):
    its = visit()
    page = its.page

    def focused():
        return page.evaluate("document.activeElement.closest('td.cell')?.dataset.lab ?? document.activeElement.id")

    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    for _press in range(60):
        page.keyboard.press("Tab")
        if focused() == LABS[0]:
            break
    assert focused() == LABS[0]
    outline = page.evaluate("(({outlineStyle, outlineWidth}) => [outlineStyle, outlineWidth])(getComputedStyle(document.activeElement))")
    assert outline == ["solid", "3px"]
    page.keyboard.press("Enter")
    assert its.panels == [["ashu", LABS[0]]]
    page.keyboard.press("Space")
    assert its.panels == []
    page.keyboard.press("Space")
    # What was opened comes next but for the other cells of the row: the evidence can be reached, and read.
    for _press in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.tagName") == "SUMMARY":
            break
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.parentElement.open")
    page.keyboard.press("Escape")
    assert its.panels == []
    assert focused() == LABS[0]
    assert page.evaluate("document.activeElement.getAttribute('aria-expanded')") == "false"


@pytest.mark.parametrize(
    ("student", "lab", "outcome", "rows", "cells"),
    [
        ("PRI", "", "", ["priya"], 6),
        ("r", "", "", ["murali", "priya"], 12),
        ("nobody", "", "", [], 0),
        ("", "namespaces", "", STUDENTS, 3),
        ("", "", "fail", ["murali", "priya"], 7),
        ("", "", "could_not_check", ["priya"], 1),
        ("", "", "fail could_not_check", ["murali", "priya"], 8),
        ("", "", "pass", STUDENTS, 10),
        ("", "namespaces", "fail", ["murali"], 1),
        ("priya", "namespaces", "fail", [], 0),
    ],
)
def test_filters(visit, student, lab, outcome, rows, cells):
    its = visit()
    page = its.page
    page.fill("#by-student", student)
    page.select_option("#by-lab", lab)
    page.select_option("#by-outcome", outcome)
    assert its.rows == rows
    buttons = page.locator("td.cell button").evaluate_all("(all) => all.filter((one) => one.checkVisibility({visibilityProperty: true})).length")
    assert buttons == cells
    assert its.shown(".matrix th.lab", "lab") == ([lab] if lab else LABS)
    said = page.locator("#shown").inner_text()
    assert said == ("" if len(rows) == 3 else f"{len(rows)} of 3 students shown")
    assert page.locator("#shown").get_attribute("aria-live") == "polite"
    # The other tables follow the student and the lab.
    page.locator("#usage summary").click()
    assert set(its.shown("#usage tr[data-student]", "student")) <= {name for name in STUDENTS if student.lower() in name}
    if lab:
        assert set(its.shown("#stuck tr[data-lab]", "lab")) <= {lab}
    page.get_by_role("button", name="Show all").click()
    expect(page.locator("[hidden]")).to_have_count(0)
    assert its.rows == STUDENTS


def test_what_is_not_passed_is_opened_at_once_and_a_filter_hides_it(visit):
    its = visit()
    its.page.get_by_role("button", name="Open what is not passed").click()
    assert len(its.panels) == 8
    its.page.fill("#by-student", "priya")
    assert {student for student, _lab in its.panels} == {"priya"}
    its.page.select_option("#by-outcome", "could_not_check")
    assert its.panels == [["priya", "container_limits"]]


def test_a_link_to_a_cell_opens_it(visit, files):
    its = visit()
    identity = its.cell("priya", "bridge_network").get_attribute("aria-controls")
    its.page.goto("about:blank")
    its.page.goto(f"{its.url}#{identity}")
    assert its.panels == [["priya", "bridge_network"]]
    its.requests = its.requests[:1]


def test_without_a_script_everything_is_there(visit):
    its = visit(java_script_enabled=False)
    assert its.page.locator("td.cell a").count() == 18
    assert its.page.locator(".panel").count() == 18
    assert its.page.get_by_text(MEMORY).is_visible()
    assert its.page.locator(".filters").is_hidden()


def test_a_screen_reader_is_told_of_tables_and_buttons(visit):
    its = visit()
    page = its.page
    assert page.locator("html").get_attribute("lang") == "en"
    row = page.get_by_role("row", name="murali").first
    assert row.get_by_role("rowheader").inner_text() == "murali"
    assert row.get_by_role("button").count() == 6
    assert page.get_by_role("columnheader", name="container_limits").count() >= 1
    assert page.get_by_role("region", name="Where the class is stuck").count() == 1
    assert page.get_by_label("Student", exact=True).get_attribute("id") == "by-student"
    headings = page.locator("main h2, main h3").evaluate_all("(all) => all.filter((one) => one.checkVisibility()).map((one) => +one.tagName[1])")
    assert all(later - earlier <= 1 for earlier, later in zip(headings, headings[1:]))
    # Each button is found by a name that says what it opens.
    assert row.get_by_role("button", name="FAIL 1/2").count() == 1


CONTRAST = """(least) => {
  const channel = (value) => (value /= 255) <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  const luminance = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const parse = (text) => { const parts = text.match(/[\\d.]+/g).map(Number); return parts.length < 4 ? [...parts, 1] : parts; };
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour[3] === 1) return colour;
      if (colour[3] !== 0) throw Error("half transparent: " + at.className);
    }
    throw Error("no background");
  };
  const ratio = (one, other) => {
    const [high, low] = [luminance(one), luminance(other)].sort((a, b) => b - a);
    return (high + 0.05) / (low + 0.05);
  };
  const bad = new Set();
  let looked = 0;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.checkVisibility({visibilityProperty: true, opacityProperty: true})) continue;
    looked += 1;
    const found = ratio(parse(getComputedStyle(element).color), behind(element));
    if (found < least) bad.add(`${element.tagName}.${element.className}: ${found.toFixed(2)}: ${walker.currentNode.data.trim().slice(0, 30)}`);
  }
  // What is drawn: 3 to 1 against what is next to it.
  for (const shape of document.querySelectorAll(".bar .fill, .bar .fail, .bar .could_not_check, .bar .peak, .line polyline, .line .dot")) {
    if (!shape.checkVisibility()) continue;
    looked += 1;
    const style = getComputedStyle(shape);
    const track = shape.parentElement.querySelector(".track");
    const colour = parse(shape.matches(".line *") ? style.stroke : style.fill);
    const found = ratio(colour, track && !shape.matches(".peak") ? parse(getComputedStyle(track).fill) : behind(shape));
    if (found < 3) bad.add(`${shape.getAttribute("class")}: ${found.toFixed(2)}`);
  }
  for (const field of document.querySelectorAll(".filters input, .filters select, .filters button")) {
    const found = ratio(parse(getComputedStyle(field).borderTopColor), behind(field.parentElement));
    if (found < 3) bad.add(`the edge of ${field.id}: ${found.toFixed(2)}`);
  }
  return [looked, [...bad]];
}"""


@pytest.mark.parametrize("width", [1280, 400])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast(visit, scheme, width):
    its = visit(color_scheme=scheme, viewport={"width": width, "height": 900})
    page = its.page
    page.get_by_role("button", name="Open what is not passed").click()
    its.cell("ashu", "container_limits").click()
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    luminous = page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(255, 255, 255)"
    assert luminous == (scheme == "light")
    looked, bad = page.evaluate(CONTRAST, 4.5)
    assert looked > 1500
    assert bad == []


def test_a_contrast_that_is_too_low_would_be_found(visit):
    its = visit()
    its.page.evaluate("document.querySelector('h1').style.color = '#999'")
    assert its.page.evaluate(CONTRAST, 4.5)[1] != []


def test_who_wants_no_motion_gets_none(visit):
    its = visit(reduced_motion="reduce")
    moving = its.page.evaluate(
        "[...document.querySelectorAll('*')].some((one) => { const style = getComputedStyle(one);"
        " return style.transitionDuration !== '0s' || style.animationName !== 'none' || style.scrollBehavior === 'smooth'; })"
    )
    assert not moving


@pytest.mark.parametrize("width", [320, 400, 768, 1280])
@pytest.mark.parametrize("name", ["three", "thirty"])
def test_a_narrow_screen_is_not_scrolled_sideways(visit, name, width):
    its = visit(name, viewport={"width": width, "height": 800})
    its.page.locator("td.cell.fail button").first.click()
    assert its.page.evaluate("document.documentElement.scrollWidth") <= width
    matrix = its.page.locator(".matrix").first.evaluate("(table) => [table.offsetWidth, table.parentElement.offsetWidth]")
    assert width > 700 or matrix[0] <= matrix[1]
    signs = its.page.locator("td.cell.fail .sign").first
    assert signs.is_visible() and signs.inner_text() == "✗"


def on_paper(page):
    page.emulate_media(media="print", color_scheme="dark")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")


def test_on_paper_everything_that_did_not_pass_is_open(visit):
    its = visit(color_scheme="dark")
    page = its.page
    its.cell("murali", "container_limits").click()
    on_paper(page)
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(255, 255, 255)"
    assert page.locator(".filters").is_hidden() and page.locator("nav").is_hidden()
    assert len(its.panels) == 8
    # The table of all is whole, and the findings come after it.
    assert page.locator("tr.opened").count() == 0
    for text in (MEMORY, EVIDENCE):
        assert page.get_by_text(text, exact=False).first.is_visible()
    assert page.evaluate(CONTRAST, 4.5)[1] == []
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    page.emulate_media(media="screen")
    assert its.panels == [["murali", "container_limits"]]
    assert page.locator("details[open]").count() == 0


def test_on_paper_there_is_all_if_it_is_asked(visit):
    its = visit()
    its.page.check("#paper")
    on_paper(its.page)
    assert len(its.panels) == 18
    folded = its.page.locator("#findings details.evidence dl").evaluate_all("(all) => all.filter((one) => !one.checkVisibility()).length")
    assert folded == 0
    assert its.shown("#usage tr[data-student]", "student") == STUDENTS


def test_on_paper_there_is_what_the_filters_leave(visit):
    its = visit()
    its.page.fill("#by-student", "priya")
    on_paper(its.page)
    assert its.rows == ["priya"]
    assert {student for student, _lab in its.panels} == {"priya"}


def test_a_pdf(visit, tmp_path):
    its = visit("thirty")
    pdf = its.page.pdf(format="A4")
    pages = len(re.findall(rb"/Type\s*/Page\b", pdf))
    assert 5 < pages < 60


SCRIPT = "</script><script>alert(1)</script>"
HOSTILE = {
    "ashu": SCRIPT,
    "murali": "\"'><img src=x onerror=alert(2)><svg onload=alert(3)>",
    "priya": "\x1b[31m\u202e" + "x" * 3000 + "é日本",
}


def test_hostile_names_and_outputs_are_text(visit, tmp_path):
    result = captured()

    def chosen(value, key=""):
        if isinstance(value, dict):
            return {name: chosen(its, name) for name, its in value.items()}
        if isinstance(value, list):
            return [chosen(each, key) for each in value]
        if not isinstance(value, str) or key in ("outcome", "started_at"):
            return value
        if key in ("hint", "evidence", "declared", "reason", "why", "created_by", "title", "lab"):
            return f"{value}<script>alert(4)</script>\x1b[0m\"'</style></textarea><b>"
        for name, other in HOSTILE.items():
            value = value.replace(name, other)
        return value

    result = chosen(result)
    result["labs"] = list(dict.fromkeys(cell["lab"] for cell in result["cells"]))
    file = tmp_path / "hostile.html"
    file.write_text(page_of(result, with_attempts(result)), encoding="utf-8")
    its = visit(file)
    page = its.page
    assert page.locator("script").count() == 1
    assert page.locator("img, svg [onload], b b, iframe").count() == 0
    assert its.rows[0] == SCRIPT and its.rows[1] == HOSTILE["murali"]
    assert page.locator(".matrix tbody th.student").first.inner_text() == SCRIPT
    assert page.locator("#by-lab option").all_inner_texts()[1].startswith("container_limits<script>")
    page.get_by_role("button", name="Open what is not passed").click()
    # What is out of sight has no rendered text.
    assert "\\x1b[0m" in page.locator(".hint").first.text_content()
    # The filters take such names as they take others.
    page.fill("#by-student", "<svg ONLOAD")
    assert its.rows == [HOSTILE["murali"]]
    page.select_option("#by-lab", index=1)
    assert len(its.panels) == 1
    page.fill("#by-student", "")
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    # As long as it would have taken an error handler to run.
    page.wait_for_timeout(200)


def test_a_script_that_was_not_escaped_would_not_run(visit, tmp_path, files):
    """The policy is the second wall. Here, the first one is pulled down."""
    file = tmp_path / "broken.html"
    unescaped = "<main><script>alert(1)</script><img src=x onerror='alert(2)'>"
    file.write_text(files["three"].read_text(encoding="utf-8").replace("<main>", unescaped), encoding="utf-8")
    its = visit(file)
    its.page.wait_for_timeout(200)
    assert its.dialogs == []
    assert len([line for line in its.said if "Content Security Policy" in line]) >= 2
    assert its.cell("ashu", LABS[0]).count() == 1
    its.said.clear()
    its.requests = its.requests[:1]


def test_sixty_students_and_six_labs(chromium, tmp_path, capsys):
    """Some 6000 findings and 850 containers: how long it takes, and how large it is."""
    result = of_many(60)
    findings = sum(len(cell["findings"]) for cell in result["cells"])
    began = time.monotonic()
    page = page_of(result, with_attempts(result))
    rendered = time.monotonic() - began
    file = tmp_path / "sixty.html"
    file.write_text(page, encoding="utf-8")
    began = time.monotonic()
    its = Opened(chromium, file)
    loaded = time.monotonic() - began
    began = time.monotonic()
    its.page.get_by_role("button", name="Open what is not passed").click()
    its.page.evaluate("document.body.offsetHeight")
    opened = time.monotonic() - began
    its.quiet()
    its.context.close()
    with capsys.disabled():
        print(
            f"\n{len(result['students'])} students, {findings} findings, {len(result['usage'])} containers: {len(page.encode()) / 1e6:.1f} MB,"
            f" rendered in {rendered:.2f} s, loaded in {loaded:.2f} s, all opened in {opened:.2f} s; JSON {len(json.dumps(result)) / 1e6:.1f} MB"
        )
    assert findings > 5000
    assert len(page.encode()) < 10_000_000
    # Of a machine that has other things to do.
    assert rendered < 10 and loaded < 15 and opened < 15
