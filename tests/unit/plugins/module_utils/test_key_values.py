# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.module_utils._key_values import parse_labels, parse_variables


@pytest.mark.parametrize("parse", [parse_labels, parse_variables])
def test_an_integer_and_an_empty_text_are_texts(parse):
    assert parse({"A": "1.10", "B": 12, "C": ""}) == {"A": "1.10", "B": "12", "C": ""}


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"": "x"}, "'' is not the name of a variable"),
        ({"A=B": "x"}, "'A=B' is not the name"),
        ({1: "x"}, "1 is not the name"),
        ({"DEBUG": True}, "DEBUG: its value is no text"),
        ({"DEBUG": 1.10}, "DEBUG: its value is no text"),
        ({"DEBUG": None}, "DEBUG: its value is no text"),
        ({"DEBUG": ["x"]}, "DEBUG: its value is no text"),
        ({"PASSWORD": "geheim\0"}, "PASSWORD: its value is no text"),
    ],
)
def test_variables_that_are_none(asked, words):
    with pytest.raises(ClassroomError) as refused:
        parse_variables(asked)
    assert words in str(refused.value)
    assert "geheim" not in str(refused.value)


@pytest.mark.parametrize("value", [True, False, 1.10, None, [], {"a": "b"}, "a\0b"])
def test_a_label_whose_value_is_no_text(value):
    with pytest.raises(ClassroomError, match="^debug: its value is no text: write it in quotes"):
        parse_labels({"debug": value})


def test_a_label_without_a_name():
    with pytest.raises(ClassroomError, match="'' is not the name of a label"):
        parse_labels({"": "x"})
