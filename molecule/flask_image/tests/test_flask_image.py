# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The site is served on the seats' ports by a process that is nobody special, out of images that share their layers."""

from __future__ import annotations

import json
import re
import time
import urllib.request

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


def get(port, path="/"):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"http://127.0.0.1:{port}{path}", timeout=10) as response:
        return response.read().decode()


@pytest.mark.parametrize("student", PORTS)
def test_the_site_is_served(student):
    assert "<h1>Hello from Flask</h1>" in get(PORTS[student])
    assert "font-family" in get(PORTS[student], "/static/style.css")


@pytest.mark.parametrize("student", PORTS)
def test_the_server_is_nobody_special(host, containers, student):
    status = host.check_output("cat /proc/%s/status", str(containers[student + "c1"].pid))
    assert re.search(r"^Uid:\t(.*)$", status, re.MULTILINE)[1].split() == ["65532"] * 4
    assert re.search(r"^CapEff:\t0+$", status, re.MULTILINE)


def test_there_is_no_shell(host):
    done = host.run("docker exec molecule-adac1 /bin/sh -c true")
    assert done.rc in (126, 127)


def test_it_stops_at_once(host, containers):
    start = time.monotonic()
    host.check_output("docker stop molecule-gracec1")
    # Half of the ten seconds after which docker stop kills.
    assert time.monotonic() - start < 5
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
