# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever stands in a result can be seen, and does nothing."""

from __future__ import annotations

import pytest
from ansible_collections.classroom.containers.plugins.plugin_utils._report_text import number, points_text, shown, value_text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("a\nb\tc", "a\nb\tc"),
        ("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"),
        ("\x00\x07\x08\x7f\x9b", "\\x00\\x07\\x08\\x7f\\x9b"),
        ("a\rb\x0bc\x0cd", "a\\rb\\x0bc\\x0cd"),
        ("\u202eexe.nohtyp", "\\u202eexe.nohtyp"),
        ("\ud800\ufffe", "\\ud800\\ufffe"),
        ("Zoë 日本 ✓", "Zoë 日本 ✓"),
        (12, "12"),
    ],
)
def test_shown(text, expected):
    assert shown(text) == expected


def test_what_is_long_is_cut_and_says_so():
    assert shown("x" * 1000) == "x" * 1000
    assert shown("x" * 1001) == "x" * 1000 + " … and 1 characters more"
    assert shown("x" * 100_000, 0) == "x" * 100_000


@pytest.mark.parametrize(
    ("attribute", "value", "expected"),
    [
        ("memory", 104857600, "104857600 bytes (100 MiB)"),
        ("memory", "unlimited", "unlimited"),
        ("cpu_shares", 104857600, "104857600"),
        ("cpus", 0.5, "0.5"),
        ("no_shell", True, "true"),
        ("memory", None, "–"),
        ("networks", ["a", "b"], "a, b"),
        ("cap_drop", [], "–"),
        ("labels", {"maintainer": "ashu", "n": 1}, "maintainer: ashu, n: 1"),
        ("ports", [{"a": 1}], '{"a": 1}'),
        ("http", "", "–"),
        ("http", "\x1b", "\\x1b"),
        ("x", 0, "0"),
    ],
)
def test_values(attribute, value, expected):
    assert value_text(attribute, value) == expected


@pytest.mark.parametrize(("value", "expected"), [(2, "2"), (2.0, "2"), (2.5, "2.5"), (1000, "1000"), (1e6, "1000000"), (None, "–")])
def test_numbers(value, expected):
    assert number(value) == expected


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({}, ""),
        ({"points": 0, "points_open": 0, "points_max": 0}, ""),
        ({"points": 1, "points_open": 0, "points_max": 2}, "1 of 2"),
        ({"points": 1.5, "points_open": 1, "points_max": 3}, "1.5 of 3, 1 open"),
    ],
)
def test_points(row, expected):
    assert points_text(row) == expected
