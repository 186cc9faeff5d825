# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""After a reset, nothing of the class is left, and what is not of the class is as it was."""

from __future__ import annotations

import re

import pytest


def test_no_containers(host, containers):
    assert containers == {}
    assert host.check_output("docker ps --all --quiet --filter label=classroom.class=molecule") == ""


@pytest.mark.parametrize("kind", ["network", "volume"])
def test_nothing_else(host, kind):
    labels = host.check_output("docker %s ls --format '{{.Labels}}'", kind)
    assert not re.search(r"classroom\.class=molecule|com\.docker\.compose\.project=molecule", labels)
    assert re.findall(r"molecule\S*", host.check_output("docker %s ls --format '{{.Name}}'", kind)) == ["molecule-bystander"]


def test_no_images(host):
    """But for the bases, which belong to the host and not to a lab."""
    listed = host.check_output("docker image ls --filter label=classroom.class=molecule --format '{{.Repository}}:{{.Tag}} {{.ID}}'")
    assert listed == ""


@pytest.mark.parametrize("lab", ["flask_image", "distroless_image"])
def test_no_folders(host, lab):
    assert not host.file(f"/srv/molecule-{lab}").exists


def test_no_projects(host):
    assert re.findall(r"^molecule\S*", host.check_output("docker compose ls --all"), re.MULTILINE) == []


def test_bystander_runs_on(bystander, engine):
    assert bystander.pid
    assert bystander.started > engine.started
