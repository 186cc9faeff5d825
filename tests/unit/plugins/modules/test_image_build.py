# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
import yaml
from ansible_collections.classroom.containers.plugins.module_utils._engine import ENGINE_ARGUMENTS
from ansible_collections.classroom.containers.plugins.module_utils._image_build import ARGUMENTS
from ansible_collections.classroom.containers.plugins.modules import image_build


def test_error(tmp_path, run_module):
    said = run_module(image_build, images=[{"tags": ["a:1"], "context": str(tmp_path / "none")}], notes=str(tmp_path / "notes"))
    assert said["failed"] and said["msg"].endswith("none: it must be a folder")


@pytest.mark.parametrize("check_mode", [False, True])
def test_without_the_program(tmp_path, image_host, run_module, monkeypatch, check_mode):
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "site").mkdir()
    (tmp_path / "site/Dockerfile").write_text("FROM a")
    images = [{"tags": ["a:1"], "context": str(tmp_path / "site")}]
    said = run_module(image_build, check_mode, docker_host=image_host.url, images=images, notes=str(tmp_path / "notes"))
    assert said["failed"] and 'executable "docker"' in said["msg"]


def shape(options):
    return {name: (o["type"], o.get("default"), shape(o.get("options") or o.get("suboptions") or {})) for name, o in options.items()}


def test_every_option_is_documented():
    assert shape(yaml.safe_load(image_build.DOCUMENTATION)["options"]) == shape({**ENGINE_ARGUMENTS, **ARGUMENTS})
