# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The names of signals."""

from __future__ import annotations

import pytest
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.module_utils._signals import parse_signal


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("SIGINT", "SIGINT"),
        ("INT", "SIGINT"),
        ("sigint", "SIGINT"),
        ("2", "SIGINT"),
        ("15", "SIGTERM"),
        ("SIGIOT", "SIGABRT"),
        ("RTMIN+3", "SIGRTMIN+3"),
        ("SIGRTMAX-1", "SIGRTMAX-1"),
    ],
)
def test_signals(asked, expected):
    assert parse_signal(asked) == expected


@pytest.mark.parametrize("asked", ["", "SIG", "SIGHUPP", "0", "99", "-2", "SIG_DFL"])
def test_signals_that_are_none(asked):
    with pytest.raises(ClassroomError) as refused:
        parse_signal(asked)
    assert str(refused.value) == f"{asked!r} is not a signal, such as SIGINT"
