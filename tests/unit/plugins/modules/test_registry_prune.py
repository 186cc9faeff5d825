# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import yaml
from ansible_collections.classroom.containers.plugins.module_utils._registry_prune import ARGUMENTS
from ansible_collections.classroom.containers.plugins.modules import registry_prune


def test_error(run_module):
    said = run_module(registry_prune, registry="localhost:1", labels={"a": "b"}, username="ashu", password="cassiopeia")
    assert said["failed"] and "no registry answers at localhost:1" in said["msg"]
    assert "cassiopeia" not in str(said["msg"])


def test_every_option_is_documented():
    documented = yaml.safe_load(registry_prune.DOCUMENTATION)["options"]
    assert {name: (o["type"], o.get("default")) for name, o in documented.items()} == {
        name: (o["type"], o.get("default")) for name, o in ARGUMENTS.items()
    }
