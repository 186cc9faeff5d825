# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Steps and layers: which belong together, and where that cannot be told."""

from __future__ import annotations

import pytest
from ansible_collections.classroom.containers.plugins.module_utils._image_history import instruction_of, steps


@pytest.mark.parametrize(
    ("created_by", "instruction"),
    [
        ("COPY site/ . # buildkit", "COPY"),
        ("RUN /bin/sh -c apt update # buildkit", "RUN"),
        ("RUN |1 owner=ashu /bin/sh -c true # buildkit", "RUN"),
        ('CMD ["sh"]', "CMD"),
        ("WORKDIR /webapp", "WORKDIR"),
        ("LABEL maintainer=ashu", "LABEL"),
        ('/bin/sh -c #(nop)  CMD ["sh"]', "CMD"),
        ("/bin/sh -c #(nop) WORKDIR /webapp", "WORKDIR"),
        ("/bin/sh -c #(nop) COPY file:8333 in /x ", "COPY"),
        ("/bin/sh -c apt update", "RUN"),
        ("|1 owner=ashu /bin/sh -c true", "RUN"),
        ("|2 a=b c=d /usr/bin/python3 -m pip", "RUN"),
        ("", ""),
        ("sleep 3600", ""),
        ("copy x", ""),
        ("RUNNER", ""),
        ("bazel build ...", ""),
    ],
)
def test_instructions(created_by, instruction):
    assert instruction_of(created_by) == instruction


#: Steps with what they added, the number of layers, whether each step is empty, and the place of its layer
TABLE = [
    # All steps that may have left a layer have left one.
    ([("", 9), ("RUN x", 0), ("ENV a=b", 0), ("COPY x", 3)], 3, [False, False, True, False], [0, 1, None, 2]),
    ([("", 9), ("WORKDIR /a", 0), ("RUN x", 0), ("CMD x", 0)], 3, [False, False, False, True], [0, 1, 2, None]),
    # Only those that added something.
    ([("", 9), ("RUN x", 0), ("WORKDIR /a", 0), ("COPY x", 3)], 2, [False, True, True, False], [0, None, None, 1]),
    ([("ENV a=b", 0), ("COPY x", 3)], 1, [True, False], [None, 0]),
    # One of two: what is below and above them is known all the same.
    (
        [("", 9), ("RUN x", 0), ("COPY x", 3), ("WORKDIR /a", 0), ("USER 1", 0), ("COPY y", 4)],
        4,
        [False, None, False, None, True, False],
        [0, None, None, None, None, 3],
    ),
    ([("RUN x", 0), ("RUN y", 0)], 1, [None, None], [None, None]),
    # Something wrote files though its word says otherwise.
    ([("", 9), ("VOLUME /x", 5)], 2, [False, False], [0, 1]),
    # A history that is not that of the layers.
    ([("", 9), ("COPY x", 3)], 1, [False, False], [None, None]),
    ([("", 9), ("CMD x", 0)], 2, [False, True], [None, None]),
    ([("", 9), ("RUN x", 0)], 5, [False, None], [None, None]),
    ([], 2, [], []),
    # An image of nothing.
    ([("CMD x", 0)], 0, [True], [None]),
]


@pytest.mark.parametrize(("told", "layers", "empty", "places"), TABLE)
def test_steps(told, layers, empty, places):
    found = steps([{"CreatedBy": created_by, "Size": size} for created_by, size in reversed(told)], layers)
    assert [(step.created_by, step.size) for step in found] == told
    assert [step.empty for step in found] == empty
    assert [step.layer for step in found] == places
