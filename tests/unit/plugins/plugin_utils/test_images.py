# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of images in roles: their parts, and which of them an engine lacks."""

from __future__ import annotations

import pytest
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.plugin_utils._images import image_reference, missing_images

DIGEST = "sha256:" + "a" * 64
LISTED = [
    {"RepoTags": ["alpine:latest", "registry.a:5000/ashu/flask:v001"], "RepoDigests": [f"registry.a:5000/ashu/flask@{DIGEST}"]},
    # As podman and newer engines write.
    {"RepoTags": ["docker.io/library/busybox:1"], "RepoDigests": []},
    {"RepoTags": ["<none>:<none>"], "RepoDigests": ["<none>@<none>"]},
    # Docker takes this for a path without a host, and nobody can ask for it here.
    {"RepoTags": ["a_b.c/d:latest"]},
    {"RepoTags": None, "RepoDigests": None},
    {"RepoTags": []},
]


def test_parts():
    assert image_reference("ashuflask:v001") == {
        "canonical": "docker.io/library/ashuflask:v001",
        "familiar": "ashuflask:v001",
        "registry": "docker.io",
        "host": "docker.io",
        "port": None,
        "name": "docker.io/library/ashuflask",
        "repository": "library/ashuflask",
        "namespace": "library",
        "tag": "v001",
        "digest": "",
    }


@pytest.mark.parametrize(
    "image",
    [
        *("alpine", "alpine:latest", "library/alpine", "docker.io/library/alpine:latest", "busybox:1", "registry.a:5000/ashu/flask:v001"),
        *(f"registry.a:5000/ashu/flask@{DIGEST}", f"registry.a:5000/ashu/flask:v009@{DIGEST}"),
    ],
)
def test_an_image_that_is_there_however_it_is_written(image):
    assert missing_images([image], LISTED) == []


@pytest.mark.parametrize(
    "image",
    [
        *("alpine:3", "ashu/alpine", "registry.a/alpine", "busybox", "registry.a:5000/ashu/flask", "registry.a:5001/ashu/flask:v001"),
        *("ashu/flask:v001", f"registry.a:5000/ashu/flask@sha256:{'b' * 64}", f"alpine:latest@{DIGEST}"),
    ],
)
def test_an_image_that_is_not_there(image):
    assert missing_images([image, "alpine"], LISTED) == [image]


@pytest.mark.parametrize(("variable", "message"), [("", "'Alpine' is not the"), ("lab_image", "lab_image: 'Alpine' is not the")])
def test_wrong_names(variable, message):
    for refused in (lambda: image_reference("Alpine", variable), lambda: missing_images(["Alpine"], LISTED, variable)):
        with pytest.raises(ClassroomError) as caught:
            refused()
        assert str(caught.value).startswith(message)
