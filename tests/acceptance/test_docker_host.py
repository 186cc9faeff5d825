# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role remembers of a host before it, so that teardown can give it back."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

MARKER = Path("/var/lib/classroom/docker_host.json")


@pytest.fixture
def remembered():
    """What the marker says, which is put back."""
    if not MARKER.exists():
        pytest.skip("the engine here is not the role's")
    content = MARKER.read_text()
    yield json.loads(content)
    MARKER.write_text(content)


def test_an_engines_own_policy_is_not_taken_for_the_hosts(new_class, remembered):
    """As where the role installed the engine before it looked at the firewall, and a package is missing since."""
    made = new_class("nina")
    MARKER.write_text(json.dumps({key: value for key, value in remembered.items() if key != "forward_policy"}))
    subprocess.run(["apt-get", "remove", "--yes", "docker-buildx"], check=True, capture_output=True)
    made.role("docker_host", "main").ok()
    assert json.loads(MARKER.read_text()) == {**remembered, "forward_policy": ""}
