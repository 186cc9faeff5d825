# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The image is made from nothing, always the same, and runs."""

from __future__ import annotations

import pytest

IMAGE = "molecule/busybox:latest"


@pytest.fixture
def image_id(host):
    """The id of an image by its name."""
    return lambda name: host.check_output("docker image ls --no-trunc --quiet %s", name)


def test_made_again_it_is_the_same(image_id):
    assert image_id(IMAGE).startswith("sha256:")
    assert image_id(IMAGE) == image_id("molecule/first:latest")


def test_labels(host):
    labels = host.check_output("docker image inspect --format '{{.Config.Labels}}' %s", IMAGE)
    assert "classroom.base_image:busybox" in labels
    assert "classroom.package:busybox-static" in labels


@pytest.mark.parametrize(
    ("command", "output"),
    [
        ("busybox | head -n 1 | cut -d ' ' -f 1", "BusyBox"),
        ("ping -c 1 127.0.0.1 | grep -c ' 0% packet loss'", "1"),
        ("id -un; su -s /bin/sh nobody -c 'id -un'", "root\nnobody"),
        ("stat -c %a /tmp /root", "1777\n700"),
    ],
)
def test_runs(host, command, output):
    assert host.check_output("docker run --rm --network none %s sh -c %s", IMAGE, command) == output
