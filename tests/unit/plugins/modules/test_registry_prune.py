# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
import yaml
from ansible_collections.classroom.containers.plugins.module_utils._registry_prune import ARGUMENTS
from ansible_collections.classroom.containers.plugins.modules import registry_prune


def test_error(run_module):
    said = run_module(registry_prune, registry="localhost:1", labels={"a": "b"}, username="ashu", password="cassiopeia")
    assert said["failed"] and "no registry answers at localhost:1" in said["msg"]
    assert "cassiopeia" not in str(said["msg"])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        pytest.param({"timeout": -1}, "timeout: -1 is out of range: it must be from 1 to 86400", id="a time before"),
        pytest.param({"timeout": 10**11}, f"timeout: {10**11} is out of range", id="a time without end"),
        pytest.param({"registry": "http://x"}, "registry: 'http://x' is not a registry", id="a URL"),
        pytest.param({"registry": "a b"}, "registry: 'a b' is not a registry", id="a space"),
        pytest.param({"registry": "x/y"}, "registry: 'x/y' is not a registry", id="a path"),
        pytest.param({"registry": ""}, "registry: '' is not a registry", id="nothing"),
        pytest.param({"registry": "x:65536"}, "registry: 'x:65536' is not a registry", id="no port"),
        pytest.param({"password": None}, "parameters are required together: username, password", id="a name alone"),
        pytest.param({"username": None}, "parameters are required together: username, password", id="a password alone"),
        pytest.param({"labels": {"a": None}}, "labels: a: its value is no text", id="a label without a value"),
    ],
)
def test_bad_input(run_module, options, words):
    given = {"registry": "localhost:1", "labels": {"a": "b"}, "username": "ashu", "password": "cassiopeia", **options}
    said = run_module(registry_prune, **{key: value for key, value in given.items() if value is not None})
    assert said["failed"] and words in said["msg"]


def test_every_option_is_documented():
    documented = yaml.safe_load(registry_prune.DOCUMENTATION)["options"]
    assert {name: (o["type"], o.get("default")) for name, o in documented.items()} == {
        name: (o["type"], o.get("default")) for name, o in ARGUMENTS.items()
    }
