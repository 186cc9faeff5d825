# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What two labs of a class cannot both make, by both their variables."""

from __future__ import annotations

import pytest
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.plugin_utils._lab_containers import lab_containers
from ansible_collections.classroom.containers.plugins.plugin_utils._lab_images import image_containers, lab_images
from ansible_collections.classroom.containers.plugins.plugin_utils._lab_networks import lab_networks
from ansible_collections.classroom.containers.plugins.plugin_utils._labs import check_labs, lab_makes

STUDENTS = ("ashu", "ashu2")


def plain(lab, *steps, ports=(), students=STUDENTS):
    answers = [{"name": step, "restart_policy": "always", "ports": list(ports)} for step in steps]
    return lab_makes(lab_containers(answers, lab, "monday", students, list(steps), "busybox"), lab, needs={f"{lab}_image": "busybox"})


def built(lab="flask_image", containers=1, suffix="flask", first_port=0, **named):
    answers = [{"name": f"v{number}", "container": f"{suffix}{number}", "pages": [{"path": "/"}]} for number in range(containers)]
    steps = [answer["name"] for answer in answers]
    images = lab_images(answers, lab, "monday", STUDENTS, steps, 12300, "registry.internal:5000", suffix, first_port)
    return lab_makes(image_containers(images, 5000), lab, images, **named)


def bridged(lab):
    return lab_makes([], lab, networks=lab_networks([{"name": "br1"}], lab, "monday", STUDENTS))


def test_labs_beside_each_other():
    flask = built(commons={"flask_image_layer": "common:layer"}, needs={"flask_image_base": "python"}, folders={"flask_image_folder": "/srv/f"})
    distroless = built(
        "distroless_image", 1, "distroless", 5,
        commons={"distroless_image_stage": "common:stage"}, needs={"distroless_image_base": "python"}, folders={"distroless_image_folder": "/srv/d"},
    )  # fmt: skip
    makes = plain("container_limits", "x1") + plain("restart_policy", "x3") + flask + distroless + bridged("bridge_network")
    # One that cannot be is for its own role to say.
    assert check_labs(makes, ["python:latest", "Python", ""]) == makes


#: What is made, other base images, and what is said.
TWICE = {
    "a container": (
        plain("container_limits", "web") + plain("restart_policy", "web"),
        "container_limits_answers (web) of 'ashu' and restart_policy_answers (web) of 'ashu': 'ashuweb' would be the container of both: ",
    ),
    "a container of two students": (
        plain("container_limits", "2x") + plain("restart_policy", "x"),
        "container_limits_answers (2x) of 'ashu' and restart_policy_answers (x) of 'ashu2': 'ashu2x' would be the container of both: ",
    ),
    "a port": (
        built(containers=6) + built("distroless_image", 1, "distroless", 5),
        "flask_image_answers (v5) of 'ashu' and distroless_image_answers (v0) of 'ashu': 12315 would be the port of both: ",
    ),
    "a port of two students": (
        plain("restart_policy", "web", ports=["8080:80"]),
        "restart_policy_answers (web) of 'ashu' and restart_policy_answers (web) of 'ashu2': 8080 would be the port of both: ",
    ),
    "a network": (bridged("one") + bridged("two"), "one_networks (br1) of 'ashu' and two_networks (br1) of 'ashu': 'ashubr1' would be the network of both: "),
    "an image of the class": (
        built(commons={"flask_image_layer": "common:layer"}) + lab_makes([], "distroless_image", commons={"distroless_image_stage": "docker.io/common:layer"}),
        "flask_image_layer and distroless_image_stage: 'docker.io/common:layer' would be the image of both: ",
    ),
    "two images of the class in one lab": (
        lab_makes([], "distroless_image", commons={"distroless_image_stage": "common", "distroless_image_course": "common:latest"}),
        "distroless_image_stage and distroless_image_course: 'common:latest' would be the image of both: ",
    ),
    "an image of a student": (
        built(commons={"flask_image_layer": "ashuflask:v0"}),
        "flask_image_answers (v0) of 'ashu' and flask_image_layer: 'ashuflask:v0' would be the image of both: ",
    ),
    "an image of a student at the registry": (
        built(commons={"flask_image_layer": "registry.internal:5000/ashu/ashuflask:v0"}),
        "flask_image_answers (v0) of 'ashu' and flask_image_layer: 'registry.internal:5000/ashu/ashuflask:v0' would be the image of both: ",
    ),
    "an image that a lab begins with": (
        built(commons={"flask_image_layer": "busybox:latest"}) + plain("restart_policy", "x3"),
        "flask_image_layer and restart_policy_image: 'busybox:latest': what is built would take the place of an image that is there before: ",
    ),
    "an image of base_images_list": (
        built(commons={"flask_image_layer": "classroom/debian"}),
        "flask_image_layer and base_images_list: 'classroom/debian': what is built would take the place of an image that is there before: ",
    ),
    "a folder": (
        built(folders={"flask_image_folder": "/srv/f"}) + lab_makes([], "distroless_image", folders={"distroless_image_folder": "/srv/f/"}),
        "flask_image_folder and distroless_image_folder: '/srv/f' and '/srv/f/': ",
    ),
}


@pytest.mark.parametrize("case", TWICE)
def test_what_two_cannot_both_make(case):
    makes, message = TWICE[case]
    with pytest.raises(ClassroomError) as refused:
        check_labs(makes, ["classroom/debian:latest"])
    assert str(refused.value).startswith(message)
