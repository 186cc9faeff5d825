# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module class_check as Ansible runs it."""

from __future__ import annotations

import pytest
from ansible_collections.classroom.containers.plugins.modules import cgroup_check, cgroup_info, class_check, container_check, image_check, network_check

LIMITED = {"name": "cgt-free", "student": "ashu", "lab": "container_limits", "memory": "100m"}
RUNS = {"name": "cgt-free", "state": "running"}
STOPPED = {"name": "cgt-stopped", "state": "running"}
NETWORK = {"name": "ashubr1", "driver": "bridge"}
IMAGE = {"name": "ashuflask:v001", "user": "65532"}
ASKED = {"limits": [LIMITED], "images": [IMAGE], "networks": [NETWORK], "containers": [RUNS, STOPPED]}
MODULES = {"limits": cgroup_check, "images": image_check, "networks": network_check, "containers": container_check}


def test_it_finds_what_the_modules_for_each_kind_find(run_module, v1):
    where = {"docker_host": v1.url, "root": str(v1.root), "fail_on": []}
    alone = []
    for option, module in MODULES.items():
        options = {key: value for key, value in where.items() if key != "root" or module is not image_check}
        alone += run_module(module, **options, **{"containers" if option == "limits" else option: ASKED[option]})["findings"]
    result = run_module(class_check, **where, **ASKED)
    assert result["findings"] == alone
    assert {finding["kind"] for finding in alone} == {"container", "image", "network"}
    assert result["changed"] is False
    usage = run_module(cgroup_info, docker_host=v1.url, root=str(v1.root), gather=["limits", "usage", "labels"])
    assert [each["name"] for each in result["usage"]["containers"]] == [each["name"] for each in usage["containers"]]


def test_the_engine_inspects_each_container_once(run_module, v1):
    run_module(class_check, docker_host=v1.url, root=str(v1.root), fail_on=[], limits=[LIMITED], containers=[RUNS])
    inspected = [path for path in v1.asked if path.startswith("/containers/") and path != "/containers/json"]
    assert sorted(inspected) == sorted(f"/containers/{each['Id']}/json" for each in v1.containers.values())


def test_it_tells_of_images_what_image_check_tells(run_module, image_host):
    image_host.add("ashuflask:v001", [{"app": "program"}], User="65532")
    asked = {"docker_host": image_host.url, "images": [IMAGE], "contents": ["ashuflask:v001"], "fail_on": []}
    alone, together = run_module(image_check, **asked), run_module(class_check, **asked)
    assert {key: together[key] for key in ("findings", "summary", "images", "steps")} == {
        key: alone[key] for key in ("findings", "summary", "images", "steps")
    }
    assert together["images"][0]["files"] == 1


def test_nothing_asked_is_nothing_found(run_module, v1):
    result = run_module(class_check, docker_host=v1.url, root=str(v1.root))
    assert (result["findings"], result["images"], result["steps"]) == ([], [], [])
    assert result["usage"]["host"]["mode"] == "hybrid"


def test_no_engine_is_could_not_check_and_says_why(run_module, tmp_path):
    result = run_module(class_check, docker_host=f"unix://{tmp_path}/none", fail_on=[], **ASKED)
    assert set(result["summary"].items()) >= {("pass", 0), ("fail", 0)}
    assert {finding["verdict"] for finding in result["findings"]} == {"unreachable"}
    assert "no Docker engine answers" in result["usage"]["msg"]
    assert "no Docker engine answers" in result["objects"]["msg"]


def test_a_secret_does_not_come_back(run_module, v1):
    asked = {"name": "cgt-free", "environment": {"DB_PASSWORD": "geheim1", "COLOR": "blue"}}
    result = run_module(class_check, docker_host=v1.url, root=str(v1.root), containers=[asked], secrets=["very-secret"], fail_on=["fail"])
    assert result["summary"]["fail"] == 2
    assert "geheim1" not in str(result) and "very-secret" not in str(result) and "blue" in str(result)
    refused = run_module(class_check, docker_host=v1.url, containers=[asked, {"name": "x"}])
    assert refused["failed"] and "geheim1" not in str(refused)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"limits": [{"name": "x", "memory": "5"}]}, "limits[0] (x): memory: "),
        ({"limits": [{"name": "x", "memorie": "6m"}]}, "memorie"),
        ({"limits": [{"memory": "6m"}]}, "name found in limits"),
        ({"images": [{"name": "x", "size_max": "-1"}]}, "images[0] (x): size_max: "),
        ({"networks": [{"name": "x", "subnet": "10"}]}, "networks[0] (x): subnet: "),
        ({"containers": [{"name": "x", "state": "up"}]}, "running"),
        ({"containers": [{"name": "x", "ports": ["5000"]}]}, "containers[0] (x): ports[0]: "),
        ({"secrets": ["short"]}, "secrets"),
        ({"registry_username": "ashu"}, "registry_password"),
        ({"docker_host": "tcp://docker:2375"}, "docker_host"),
    ],
)
def test_it_refuses_what_is_wrong_and_names_it(run_module, v1, arguments, words):
    result = run_module(class_check, **{"docker_host": v1.url, **arguments})
    assert result["failed"]
    assert words in result["msg"]
    assert "findings" not in result
