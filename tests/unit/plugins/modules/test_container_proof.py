# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.classroom.containers.plugins.modules import container_proof


@pytest.mark.parametrize("check_mode", [False, True])
def test_nothing_is_run_in_check_mode(run_module, monkeypatch, check_mode):
    run = []
    monkeypatch.setattr(container_proof, "prove", lambda runs, *_: run.extend(runs) or [])
    said = run_module(container_proof, check_mode=check_mode, runs=[{"name": "a file", "container": "x", "command": ["touch", "/changed"]}])
    assert (len(run), said.get("skipped", False)) == ((0, True) if check_mode else (1, False))
