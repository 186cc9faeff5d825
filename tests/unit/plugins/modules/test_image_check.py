# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module image_check as Ansible runs it."""

from __future__ import annotations

import pytest
from ansible_collections.classroom.containers.plugins.modules import image_check

RIGHT = {"name": "ashuflask:v001", "user": "65532"}
WRONG = {"name": "ashuflask:v001", "user": "root"}
ABSENT = {"name": "nobody"}


@pytest.fixture
def url(image_host):
    image_host.add("ashuflask:v001", [{"app": "program"}, {"root/.netrc": "password correct-horse"}], User="65532")
    return image_host.url


@pytest.mark.parametrize("check_mode", [False, True])
def test_it_reads_and_says(run_module, url, check_mode):
    result = run_module(image_check, check_mode=check_mode, docker_host=url, images=[RIGHT])
    assert result["summary"] == {"pass": 2, "fail": 0, "could_not_check": 0}
    assert result["changed"] is False
    assert [finding["attribute"] for finding in result["findings"]] == ["exists", "user"]
    assert [image["name"] for image in result["images"]] == ["ashuflask:v001"]


@pytest.mark.parametrize(
    ("images", "fail_on", "failed"),
    [
        ([RIGHT], ["fail", "could_not_check"], False),
        ([RIGHT, WRONG], ["fail"], True),
        ([RIGHT, WRONG], ["differs"], True),
        ([RIGHT, WRONG], ["absent", "could_not_check"], False),
        ([RIGHT, ABSENT], ["absent"], True),
        ([RIGHT, WRONG, ABSENT], [], False),
    ],
)
def test_it_fails_on_what_is_told(run_module, url, images, fail_on, failed):
    result = run_module(image_check, docker_host=url, images=images, fail_on=fail_on)
    assert result.get("failed", False) == failed
    assert [image["name"] for image in result["images"]] == ["ashuflask:v001"]


def test_no_engine_fails_where_nothing_else_is_told(run_module, tmp_path):
    result = run_module(image_check, docker_host=f"unix://{tmp_path}/none", images=[RIGHT])
    assert result["failed"]
    assert result["summary"] == {"pass": 0, "fail": 0, "could_not_check": 2}


def test_a_secret_is_not_shown(run_module, url):
    result = run_module(image_check, docker_host=url, images=[dict(RIGHT, no_secrets=True)], secrets=["correct-horse"], fail_on=["fail"])
    assert result["failed"]
    assert "/root/.netrc in layer 2 of 2" in result["msg"]
    assert "correct-horse" not in str({key: value for key, value in result.items() if key != "invocation"})
    assert result["invocation"]["module_args"]["secrets"] != ["correct-horse"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"images": [{"name": "Ashu"}]}, "images[0] (Ashu): name: 'Ashu' is not the name of an image"),
        ({"images": [{"user": "root"}]}, "name"),
        ({}, "images"),
        ({"images": [RIGHT], "docker_host": "tcp://1.2.3.4"}, "docker_host: 'tcp://1.2.3.4'"),
        ({"images": [RIGHT], "registry_username": "ashu"}, "registry_password"),
        ({"images": [RIGHT], "registry_ca": "/nowhere"}, "registry_ca: /nowhere"),
    ],
)
def test_wrong_arguments(run_module, arguments, words):
    result = run_module(image_check, **arguments)
    assert result["failed"]
    assert words in result["msg"]
    assert "findings" not in result
