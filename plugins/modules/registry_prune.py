#!/usr/bin/python
# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: registry_prune
short_description: Remove the images with certain labels from a registry
description:
  - Looks at every image of a registry, and removes those that carry all of O(labels).
  - The registry must allow to delete. What the images are made of stays in its storage until its garbage is collected.
  - What it cannot read the labels of is left alone and named in RV(unread); a registry that does not answer is an error.
  - Needs no engine.
author: Classroom Containers contributors (@classroom-containers)
attributes:
  check_mode:
    description: Can run in check mode and say what would be removed, without removing it.
    support: full
  diff_mode:
    description: Returns details of what changed when in diff mode.
    support: full
  idempotent:
    description: When run twice with the same options, the second run changes nothing.
    support: full
options:
  registry:
    description: Host and port of the registry, which must speak TLS.
    type: str
    required: true
  username:
    description: The name to use the registry by, with O(password). None where it wants none.
    type: str
  password:
    description: The password of O(username), without which it means nothing.
    type: str
  ca:
    description:
      - A file with the CA of the registry.
      - Without it, Docker's own for this registry, C(/etc/docker/certs.d/HOST:PORT/ca.crt), and then the CAs of the system.
    type: path
  labels:
    description: Labels that an image must carry with these values to be removed. At least one.
    type: dict
    required: true
  except_labels:
    description: For each label, a list of values. An image stays that carries one of these labels with one of its values.
    type: dict
  name_label:
    description:
      - A label whose value must be the last part of the image's own name, such as V(ashuflask:v001).
      - With it, an image that was made on top of another and inherited its labels is not taken for that one.
    type: str
  timeout:
    description: Seconds that the registry may take for one answer, from 1 to 86400.
    type: int
    default: 60
seealso:
  - module: community.docker.docker_prune
    description: Removes images with certain labels from an engine.
"""

EXAMPLES = r"""
- name: Remove what a class pushed
  classroom.containers.registry_prune:
    registry: registry.classroom.internal:5000
    username: trainer
    password: "{{ registry_password }}"
    labels:
      classroom.class: monday

- name: Remove it but for what two students pushed
  classroom.containers.registry_prune:
    registry: registry.classroom.internal:5000
    username: trainer
    password: "{{ registry_password }}"
    labels:
      classroom.class: monday
    except_labels:
      classroom.student: [ashu, priya]
"""

RETURN = r"""
removed:
  description: The names of the images that were removed, or in check mode, would be.
  returned: success
  type: list
  elements: str
  sample: ["registry.classroom.internal:5000/ashu/ashuflask:v001"]
kept:
  description:
    - The names of images that carry the labels and were not removed, since another tag of the same repository stands for the same image
      and does not belong to them. A registry removes all tags of an image at once.
  returned: success
  type: list
  elements: str
  sample: []
unread:
  description: What the registry has and could not say the labels of, such as an artifact that is no image. It was not removed.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: The name it has in the registry.
      type: str
    reason:
      description: Why its labels are not known.
      type: str
  sample:
    - name: registry.classroom.internal:5000/omar/chart:1
      reason: >-
        registry.classroom.internal:5000 has omar/chart:1 as application/vnd.cncf.helm.chart.v1, which is no manifest of an image
        that can be compared
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.module_utils._registry import Registry
from ansible_collections.classroom.containers.plugins.module_utils._registry_prune import ARGUMENTS, TOGETHER, run


def main() -> None:
    module = AnsibleModule(argument_spec=ARGUMENTS, required_together=TOGETHER, supports_check_mode=True)
    params = module.params
    try:
        registry = Registry(params["registry"], params["username"], params["password"], params["ca"], params["timeout"])
        result = run(params, registry, module.check_mode)
    except ClassroomError as exc:
        module.fail_json(msg=str(exc))
    module.exit_json(**result)


if __name__ == "__main__":
    main()
