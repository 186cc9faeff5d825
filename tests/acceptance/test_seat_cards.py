# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Seat cards as they come out of a printer: how many sheets, and nothing cut off. It takes Debian's chromium."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest
from ansible_collections.classroom.containers.plugins.plugin_utils._cards import seat_cards, seat_cards_page

pytestmark = pytest.mark.skipif(not shutil.which("chromium"), reason="there is no chromium")

LABS = ["container_limits", "restart_policy", "flask_image", "distroless_image", "bridge_network", "namespaces"]
#: Of what every card says how much is left below it, in the browser's own pixels, of which 96 are an inch.
SPARE = """<script>
  const cards = [...document.querySelectorAll(".card")];
  const cut = cards.filter(card => card.scrollWidth > card.clientWidth || card.scrollHeight > card.clientHeight);
  const spare = cards.map(card => card.getBoundingClientRect().bottom - card.lastElementChild.getBoundingClientRect().bottom);
  document.title = `${cards.length} cards, ${cut.length} cut, ${Math.floor(Math.min(...spare))} spare`;
</script></body>"""


def chromium(*arguments):
    command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", *arguments]
    return subprocess.run(command, check=True, capture_output=True, timeout=120).stdout.decode()


def page_of(count, numbers=0, **variables):
    names = [f"student{number}" for number in range(count)]
    passwords = {kind: dict.fromkeys(names, "m" * length) for kind, length in (("accounts", 12), ("registry", 24))}
    sheet = [
        {"student": name, "lab": "container_limits", "step": f"step{number // 3}", "attribute": "memory reservation", "value": "104857600"}
        for name in names
        for number in range(numbers)
    ]
    host = {"inventory_hostname": "docker1.example.com", "classroom_name": "monday", "classroom_students": names, "classroom_labs": LABS}
    host.update({"students_accounts": True, "students_docker_group": True, "container_limits_sheet": sheet, **variables})
    return seat_cards_page(seat_cards([host], passwords))


@pytest.mark.parametrize(
    ("sheets", "cards"),
    [
        (1, {"count": 3}),
        (4, {"count": 30}),
        (2, {"count": 9, "numbers": 2}),
        (3, {"count": 9, "numbers": 12}),
        (5, {"count": 9, "numbers": 30}),
        (3, {"count": 9, "inventory_hostname": "x" * 253, "classroom_name": "m" * 32, "classroom_registry": "r" * 200 + ":5000"}),
    ],
)
def test_every_card_has_all_of_it_on_paper(tmp_path, sheets, cards):
    page, paper = tmp_path / "cards.html", tmp_path / "cards.pdf"
    text = page_of(**cards)
    page.write_text(text, encoding="utf-8")
    chromium("--no-pdf-header-footer", f"--print-to-pdf={paper}", page.as_uri())
    content = paper.read_bytes()
    assert len(re.findall(rb"/Type\s*/Page\b", content)) == sheets == text.count('<section class="sheet">')
    # A4, in points.
    boxes = {tuple(round(float(number)) for number in box.split()) for box in re.findall(rb"/MediaBox\s*\[([^\]]+)\]", content)}
    assert boxes == {(0, 0, 595, 842)}
    # The page itself lets no script run.
    page.write_text(re.sub(r"<meta http-equiv[^>]*>", "", text).replace("</body>", SPARE), encoding="utf-8")
    found = re.search(r"<title>(\d+) cards, (\d+) cut, (-?\d+) spare</title>", chromium("--dump-dom", page.as_uri()))
    assert (int(found[1]), int(found[2])) == (cards["count"], 0)
    assert int(found[3]) >= 8
