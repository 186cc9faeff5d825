# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role base_images takes for its own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar

ROLE = Path(__file__).parents[2] / "roles/base_images"


def load(path):
    return DataLoader().load_from_file(str(ROLE / path), trusted_as_template=True)


def templar(**variables):
    return Templar(DataLoader(), {**load("vars/main.yml"), **variables})


@pytest.mark.parametrize(
    ("folder", "own"),
    [
        ("classroom-base_images.monday.a1b2c3_4", True),
        ("classroom-base_images.monday.evening.a1b2c3_4", False),
        ("classroom-base_images.tuesday.a1b2c3_4", False),
        ("base_images.thesis", False),
    ],
)
def test_a_folder_that_a_build_of_the_class_left(folder, own):
    (look,) = [task["ansible.builtin.find"] for task in load("tasks/teardown.yml") if "ansible.builtin.find" in task]
    assert look["use_regex"]
    assert bool(re.match(templar(classroom_name="monday").template(look["patterns"]), folder)) is own
