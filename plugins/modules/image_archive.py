#!/usr/bin/python
# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: image_archive
short_description: Make a root file system into an archive for docker load, always with the same image id
description:
  - Writes a folder or a tar file as an image of one layer, in the format that C(docker load) reads.
  - The same files and options give the same bytes and so the same image id, on every host and on every day.
    C(docker import) does not, for it puts the time of the import into the image.
  - Owners and modes are kept, so the folder must belong to the users that the image is to have. Extended attributes are not kept.
  - Needs no engine.
author: Classroom Containers contributors (@classroom-containers)
attributes:
  check_mode:
    description: Can run in check mode and say whether the archive would change, without writing it.
    support: full
  diff_mode:
    description: Returns details of what changed when in diff mode.
    support: none
  idempotent:
    description: When run twice with the same options, the second run changes nothing.
    support: full
options:
  src:
    description: The root file system, which is a folder or a tar file.
    type: path
    required: true
  dest:
    description:
      - The archive to write. Its folder must exist. Of what is there, only a file, or a link to one or to nothing, is replaced.
      - The name appears only when the archive is complete.
    type: path
    required: true
  tags:
    description: The names that C(docker load) gives the image, at least one, with the tag C(latest) where one has none.
    type: list
    elements: str
    required: true
  created:
    description:
      - When the image was made, in seconds since 1970.
      - A file that is younger gets this time, so a fixed time makes the files that were made just now the same each time.
    type: int
    default: 0
  architecture:
    description: The processor the files are for, by the name that Go gives it, of lower-case letters and digits.
    type: str
    default: amd64
  labels:
    description: The labels of the image. Each has a value, which may be V('').
    type: dict
    default: {}
  env:
    description:
      - The environment variables of the image.
      - A value is a text or a number. One that YAML takes for something else stands in quotes.
    type: dict
    default: {}
  entrypoint:
    description: The program that a container runs, with its first arguments.
    type: list
    elements: str
    default: []
  command:
    description: The arguments of the program, or the program where there is no O(entrypoint).
    type: list
    elements: str
    default: []
  user:
    description: The user a container runs as, by name or number, maybe with a colon and a group. Root where it is empty.
    type: str
    default: ""
  workdir:
    description: The folder a container starts in, by its absolute path.
    type: str
    default: ""
  stop_signal:
    description: The signal that stops a container, by name or number, C(SIGTERM) where it is empty.
    type: str
    default: ""
  created_by:
    description: What C(docker history) says the layer was made by.
    type: str
    default: ""
seealso:
  - module: community.docker.docker_image_load
"""

EXAMPLES = r"""
- name: Write a root file system as an image
  classroom.containers.image_archive:
    src: /var/tmp/rootfs
    dest: /var/tmp/busybox.tar
    tags: [classroom/busybox:latest]
    created: 1767225600
    command: [sh]
    env:
      PATH: /usr/sbin:/usr/bin:/sbin:/bin
    labels:
      classroom.base_image: busybox
  register: busybox

- name: Load it
  community.docker.docker_image_load:
    path: "{{ busybox.dest }}"
"""

RETURN = r"""
dest:
  description: The archive.
  returned: success
  type: str
  sample: /var/tmp/busybox.tar
image_id:
  description: >-
    The SHA-256 of the image's configuration, which is the id that C(docker images --no-trunc) shows.
    An engine that keeps its images in containerd shows another one, always the same, too.
  returned: success
  type: str
  sample: sha256:9b7a53f4b6a0f1a3f2c5d0e8a7b6c5d4e3f2a1b0c9d8e7f6a5b4c3d2e1f0a9b8
layer_id:
  description: The SHA-256 of the uncompressed layer.
  returned: success
  type: str
  sample: sha256:1f0a9b8c7d6e5f4a3b2c1d0e9f8a7b6c5d4e3f2a1b0c9d8e7f6a5b4c3d2e1f0a
layer_size:
  description: The size of the uncompressed layer in bytes.
  returned: success
  type: int
  sample: 2293760
size:
  description: The size of the archive in bytes.
  returned: when the archive is there
  type: int
  sample: 2304000
state:
  description: V(file), or V(absent) where there is no archive after a run in check mode.
  returned: success
  type: str
  sample: file
mode:
  description: The permissions of the archive.
  returned: when the archive is there
  type: str
  sample: "0644"
owner:
  description: Who owns the archive.
  returned: when the archive is there
  type: str
  sample: root
uid:
  description: The number of its owner.
  returned: when the archive is there
  type: int
  sample: 0
group:
  description: The group of the archive.
  returned: when the archive is there
  type: str
  sample: root
gid:
  description: The number of its group.
  returned: when the archive is there
  type: int
  sample: 0
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.module_utils._image_archive import ARGUMENTS, run


def main() -> None:
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    try:
        result = run(module.params, module.check_mode)
    except ClassroomError as exc:
        module.fail_json(msg=str(exc))
    module.exit_json(**result)


if __name__ == "__main__":
    main()
