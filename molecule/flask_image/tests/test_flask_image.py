# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The site is served on the seats' ports by a process that is nobody special, out of images that share their layers."""

from __future__ import annotations

import json
import re

import pytest

#: The third student of the list has the third seat, though the second is absent.
PORTS = {"molecule-ada": 19010, "molecule-grace": 19030}
VERSIONS = ["v001", "v002", "v003"]


@pytest.fixture
def inspect(host):
    """What the engine says of an image."""

    def inspected(name):
        (image,) = json.loads(host.check_output("docker image inspect %s", name))
        return image

    return inspected


@pytest.mark.parametrize("student", PORTS)
def test_the_site_is_served(page, student):
    assert "<h1>Hello from Flask</h1>" in page(PORTS[student])
    assert "font-family" in page(PORTS[student], "/static/style.css")


@pytest.mark.parametrize("student", PORTS)
def test_the_server_is_nobody_special(host, containers, student):
    status = host.check_output("cat /proc/%s/status", str(containers[student + "c1"].pid))
    assert re.search(r"^Uid:\t(.*)$", status, re.MULTILINE)[1].split() == ["65532"] * 4
    assert re.search(r"^CapEff:\t0+$", status, re.MULTILINE)


def test_there_is_no_shell(host):
    done = host.run("docker exec molecule-adac1 /bin/sh -c true")
    assert done.rc in (126, 127)


def test_it_stops_when_it_is_asked_to(host, containers):
    host.check_output("docker stop molecule-gracec1")
    # One that docker stop killed at the end of its time has 137.
    assert host.check_output("docker inspect --format '{{.State.ExitCode}}' molecule-gracec1") == "0"
    host.check_output("docker start molecule-gracec1")


def test_an_image_is_a_student_s_own_and_its_layers_are_the_class_s(inspect):
    images = {(student, version): inspect(f"{student}flask:{version}") for student in PORTS for version in VERSIONS}
    common = inspect("molecule:flasklayer")["RootFS"]["Layers"]
    for (student, version), image in images.items():
        assert image["Config"]["Labels"]["maintainer"] == student
        assert image["RootFS"]["Layers"][: len(common)] == common
        assert image["RootFS"]["Layers"] == images["molecule-ada", version]["RootFS"]["Layers"]
        assert image["Size"] <= 60_000_000
    assert len({image["Id"] for image in images.values()}) == len(images)


def test_the_archive_has_them_all(host):
    manifest = json.loads(host.check_output("tar --extract --to-stdout --file /srv/molecule-flask_image/flask_image.tar manifest.json"))
    names = sorted(name for image in manifest for name in image["RepoTags"])
    assert names == sorted(f"{student}flask:{version}" for student in PORTS for version in VERSIONS)


def test_nothing_of_the_build_is_left(host):
    assert host.run("ls -d /tmp/classroom-molecule-flask_image.* /tmp/image_build.* /dev/shm/classroom-*").stdout == ""
