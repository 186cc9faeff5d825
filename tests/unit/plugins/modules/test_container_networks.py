# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.classroom.containers.plugins.modules import container_networks


@pytest.mark.parametrize("check_mode", [False, True])
def test_without_the_program(v1, run_module, monkeypatch, tmp_path, check_mode):
    monkeypatch.setenv("PATH", str(tmp_path))
    v1.networks = [{"Name": "br1", "Id": "a" * 64, "IPAM": {"Config": []}}]
    said = run_module(container_networks, check_mode, docker_host=v1.url, containers=[{"name": "cgt-free", "networks": [{"name": "br1"}]}])
    assert said["failed"] and 'executable "docker"' in said["msg"]
