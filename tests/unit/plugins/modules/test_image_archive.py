# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import yaml
from ansible_collections.classroom.containers.plugins.module_utils._image_archive import ARGUMENTS
from ansible_collections.classroom.containers.plugins.modules import image_archive


def test_writes_an_archive(tmp_path, run_module):
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "file").write_text("x")
    args = {"src": str(tmp_path / "root"), "dest": str(tmp_path / "image.tar"), "tags": ["a:1"]}
    first = run_module(image_archive, **args)
    assert first["changed"] and (tmp_path / "image.tar").is_file()
    second = run_module(image_archive, **args)
    assert not second["changed"] and second["image_id"] == first["image_id"]
    assert set(yaml.safe_load(image_archive.RETURN)) == set(first) - {"changed", "invocation"}
    # A layer with one file of a byte, and the archive with that layer and what is said of it.
    assert first["layer_size"] == second["layer_size"] == 10240 and first["size"] == (tmp_path / "image.tar").stat().st_size > 10240


def test_check_mode_writes_nothing(tmp_path, run_module):
    (tmp_path / "root").mkdir()
    said = run_module(image_archive, check_mode=True, src=str(tmp_path / "root"), dest=str(tmp_path / "image.tar"), tags=["a:1"])
    assert said["changed"] and said["layer_size"] == 10240 and not (tmp_path / "image.tar").exists()


def test_error(tmp_path, run_module):
    said = run_module(image_archive, src=str(tmp_path / "none"), dest=str(tmp_path / "image.tar"), tags=["a:1"])
    assert said["failed"] and said["msg"].endswith("none: it must be a folder or a tar file.")


def test_every_option_is_documented():
    documented = yaml.safe_load(image_archive.DOCUMENTATION)["options"]
    assert {name: (o["type"], o.get("default")) for name, o in documented.items()} == {
        name: (o["type"], o.get("default")) for name, o in ARGUMENTS.items()
    }
