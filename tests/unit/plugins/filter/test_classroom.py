# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filters as Ansible sees them; what they do is tested where they are made."""

from __future__ import annotations

import inspect
from importlib import import_module
from pathlib import Path

import pytest
import yaml
from ansible.errors import AnsibleFilterError
from ansible_collections.classroom.containers.plugins.filter.classroom import FILTERS as HOMES
from ansible_collections.classroom.containers.plugins.filter.classroom import HOME, FilterModule

FILTERS = FilterModule().filters()
FOLDER = Path(__file__).parents[4] / "plugins/filter"


def test_every_filter_is_documented_and_nothing_else():
    assert {file.stem for file in FOLDER.glob("*.yml")} == set(FILTERS)


@pytest.mark.parametrize(("home", "name"), [(home, name) for home, names in HOMES.items() for name in names])
def test_the_documentation_has_the_arguments_of_the_filter(home, name):
    documentation = yaml.safe_load((FOLDER / f"{name}.yml").read_text(encoding="utf-8"))["DOCUMENTATION"]
    options = dict(documentation["options"])
    del options["_input"]
    _first, *parameters = inspect.signature(getattr(import_module(f"{HOME}.{home}"), name)).parameters.values()
    assert documentation.get("positional", "").replace(",", " ").split() == [parameter.name for parameter in parameters]
    assert set(options) == {parameter.name for parameter in parameters}
    required = {parameter.name for parameter in parameters if parameter.default is parameter.empty}
    assert {option for option, spec in options.items() if spec.get("required")} == required


@pytest.mark.parametrize(
    ("name", "arguments", "words"),
    [
        ("seats", (["Ashu"],), "classroom_students[0]: 'Ashu'"),
        ("lab_containers", ([], "container_limits", "My class", ["ashu"], ["x1"], "busybox"), "classroom_name: 'My class'"),
        ("of_student", ([{"student": "murali"}], "ashu"), "classroom_student: 'ashu'"),
    ],
)
def test_what_is_wrong_is_said_as_it_is(name, arguments, words):
    with pytest.raises(AnsibleFilterError) as refused:
        FILTERS[name](*arguments)
    assert words in str(refused.value)
