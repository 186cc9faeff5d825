#!/usr/bin/python
# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: image_build
short_description: Build any number of images with BuildKit in one call, and only those whose sources changed
description:
  - Builds the images with C(docker buildx bake), some at a time, so that what they have in common is built once.
  - An image is built when it is missing, when a tag is not the image that was built any more, or when what it is made of changed.
    That is the content and the permissions of its O(images[].context), its Dockerfile, its other options, and the O(bases).
    Times of files do not count.
  - The task is changed when a tag is another image afterwards. What BuildKit finds in its cache is the image that was there.
author: Classroom Containers contributors (@classroom-containers)
attributes:
  check_mode:
    description: Can run in check mode and say which images would be built, without building them.
    support: partial
    details:
      - An image that BuildKit would find in its cache is said to change, where the O(notes) of its build are gone.
      - One of the O(bases) that is not there passes, since it might have been made by a real run.
  diff_mode:
    description: Returns details of what changed when in diff mode.
    support: full
  idempotent:
    description: When run twice with the same options, the second run changes nothing.
    support: full
options:
  images:
    description: The images.
    type: list
    elements: dict
    required: true
    suboptions:
      tags:
        description: The names of the image, at least one. A name without a tag means V(latest).
        type: list
        elements: str
        required: true
      context:
        description: The folder that the build sees.
        type: path
        required: true
      dockerfile:
        description: The Dockerfile, by its path from O(images[].context) or by an absolute one. C(Dockerfile) without it.
        type: path
      target:
        description: The stage to build. The last one without it.
        type: str
      args:
        description:
          - The build arguments. Everybody who has the image can read them in its history.
          - A value is a text or a number. One that YAML takes for something else stands in quotes.
        type: dict
        default: {}
      labels:
        description: The labels of the image, beside those of the Dockerfile. They make no layer. Each has a value, which may be V('').
        type: dict
        default: {}
  bases:
    description:
      - Names of the images that the Dockerfiles start from. The engine must have them, and the images are built anew when one of them changed.
    type: list
    elements: str
    default: []
  secrets:
    description:
      - Files that a step of a build may read, by C(RUN --mount=type=secret,id=ID). Nothing of them gets into an image.
      - An image is not built anew when such a file changed.
    type: list
    elements: dict
    default: []
    suboptions:
      id:
        description:
          - The name that the Dockerfile calls it by, another one for each secret.
          - It has letters, digits, underscores, dots and hyphens, and begins with none of the last two.
        type: str
        required: true
      src:
        description: The file.
        type: path
        required: true
  notes:
    description:
      - A file, outside of the contexts, in which the module notes what each image was made of and which id it got. Its folder must exist.
      - Without the file, BuildKit is asked for every image, and finds in its cache what did not change.
    type: path
    required: true
  docker_host:
    description:
      - The Unix socket of the Docker engine, as a URL such as V(unix:///var/run/docker.sock).
      - Without it, the environment variable E(DOCKER_HOST) of the target counts, and then V(unix:///var/run/docker.sock).
    type: str
  timeout:
    description: Seconds that the engine may take for one answer. A build may take any time.
    type: int
    default: 60
notes:
  - The target needs the C(docker) command with its plugin buildx, which the role P(classroom.containers.docker_host#role) installs.
seealso:
  - module: classroom.containers.image_check
  - module: community.docker.docker_image_build
    description: Builds one image, and looks only whether its name is there.
"""

EXAMPLES = r"""
- name: Build the same site for two students, with one layer of dependencies
  classroom.containers.image_build:
    images:
      - {tags: ["common:flasklayer"], context: /srv/site, target: flasklayer}
      - {tags: ["ashuflask:v001"], context: /srv/site, labels: {maintainer: ashu}}
      - {tags: ["muraliflask:v001"], context: /srv/site, labels: {maintainer: murali}}
    bases: [classroom/python3:latest]
    notes: /srv/site.built.json

- name: Give a build the certificates of the host, without a trace in the image
  classroom.containers.image_build:
    images:
      - {tags: ["site:latest"], context: /srv/site}
    secrets:
      - {id: ca, src: /etc/ssl/certs/ca-certificates.crt}
    notes: /srv/site.built.json
"""

RETURN = r"""
images:
  description: One entry for each image, in the order of O(images).
  returned: success
  type: list
  elements: dict
  contains:
    tags:
      description: The names as Docker shows them.
      type: list
      elements: str
      sample: [ashuflask:v001]
    id:
      description: The image's id. C(Id). Empty in check mode where there is no such image yet.
      type: str
      sample: sha256:9b7a53f4b6a0f1a3f2c5d0e8a7b6c5d4e3f2a1b0c9d8e7f6a5b4c3d2e1f0a9b8
    changed:
      description: Whether a tag is another image than before, or in check mode, would be built.
      type: bool
      sample: true
    reason:
      description: Why it was built. Empty where nothing changed.
      type: str
      sample: what it is made of is not the same any more
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.classroom.containers.plugins.module_utils._engine import ENGINE_ARGUMENTS, Engine
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.module_utils._image_build import ARGUMENTS, run


def main() -> None:
    module = AnsibleModule(argument_spec=dict(ENGINE_ARGUMENTS, **ARGUMENTS), supports_check_mode=True)

    def command(arguments: list, data: str, environment: dict) -> tuple:
        program = module.get_bin_path(arguments[0], required=True)
        return module.run_command([program, *arguments[1:]], data=data, environ_update=environment)

    try:
        result = run(module.params, Engine(module.params["docker_host"], module.params["timeout"]), command, module.check_mode)
    except ClassroomError as exc:
        module.fail_json(msg=str(exc))
    if result["changed"]:
        # A dry run needs it as much as a real one.
        module.get_bin_path("docker", required=True)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
