#!/usr/bin/python
# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: class_check
short_description: Check all that a class asks, and look around on the host, in one process
description:
  - Does in one call what M(classroom.containers.cgroup_check), M(classroom.containers.image_check), M(classroom.containers.network_check) and
    M(classroom.containers.container_check) do, with the same findings.
  - A module takes a while to start, whatever it then does, and the engine takes a while to answer. So one process that asks for everything at
    the same time takes less time than one for each kind of object, and inspects each container once.
  - It runs C(systemctl show) on the target, too, as M(classroom.containers.cgroup_check) says.
  - Also returns what every container of the host may use and uses, and what else the engine has, since what belongs to nobody shows only there.
author: Classroom Containers contributors (@classroom-containers)
extends_documentation_fragment:
  - classroom.containers.attributes
  - classroom.containers.engine
  - classroom.containers.engine.kernel
  - classroom.containers.findings
  - classroom.containers.findings.others
  - classroom.containers.images
options:
  limits:
    description: Requirements on limits, each as one of O(classroom.containers.cgroup_check#module:containers).
    type: list
    elements: dict
    default: []
  images:
    description: Requirements on images, each as one of O(classroom.containers.image_check#module:images).
    type: list
    elements: dict
    default: []
  networks:
    description: Requirements on networks, each as one of O(classroom.containers.network_check#module:networks).
    type: list
    elements: dict
    default: []
  containers:
    description: Requirements on containers, each as one of O(classroom.containers.container_check#module:containers).
    type: list
    elements: dict
    default: []
seealso:
  - module: classroom.containers.cgroup_check
  - module: classroom.containers.cgroup_info
  - module: classroom.containers.container_check
  - module: classroom.containers.image_check
  - module: classroom.containers.network_check
"""

EXAMPLES = r"""
- name: Check what a student has made of three labs
  classroom.containers.class_check:
    limits:
      - {name: ashux2, student: ashu, lab: container_limits, memory: 100m, cpu_shares: 20}
    networks:
      - {name: ashubr1, student: ashu, lab: bridge_network, driver: bridge, subnet: 192.168.1.0/24}
    containers:
      - {name: ashux2, student: ashu, lab: container_limits, state: running}
      - {name: ashur3, student: ashu, lab: restart_policy, restart_policy: "on-failure:3"}
    fail_on: []
  register: checked
"""

RETURN = r"""
findings:
  description:
    - Those of O(limits), O(images), O(networks) and O(containers), one after the other, as RV(classroom.containers.cgroup_check#module:findings),
      RV(classroom.containers.image_check#module:findings), RV(classroom.containers.network_check#module:findings) and
      RV(classroom.containers.container_check#module:findings).
  returned: success, or when a verdict in O(fail_on) failed the task
  type: list
  elements: dict
  sample:
    - student: ashu
      lab: container_limits
      step: x2
      subject: ashux2
      kind: container
      attribute: memory
      asked: 104857600
      declared: 104857600
      enforced: 104857600
      verdict: ok
      outcome: pass
      evidence:
        - HostConfig.Memory=104857600
        - /sys/fs/cgroup/memory/docker/4d0dbd2a0ad0f1b7ff66b6a1c98a2ba7a02e39ea4b5ae5b0f7ba0bd4cb6e3db3/memory.limit_in_bytes=104857600
      hint: ""
summary:
  description: How many findings there are of each outcome.
  returned: success, or when a verdict in O(fail_on) failed the task
  type: dict
  sample: {pass: 2, fail: 0, could_not_check: 0}
images:
  description: What is known of the images, as RV(classroom.containers.image_check#module:images).
  returned: success, or when a verdict in O(fail_on) failed the task
  type: list
  elements: dict
  sample:
    - name: ashuflask:v001
      id: sha256:9b7a53f4b6a0f1a3f2c5d0e8a7b6c5d4e3f2a1b0c9d8e7f6a5b4c3d2e1f0a9b8
      size: 57912345
      created: "2026-05-07T21:09:36.184209326Z"
      layers: 7
      files: 1374
      setuid: []
      packages: 0
steps:
  description: The steps that the images were made in, as RV(classroom.containers.image_check#module:steps).
  returned: success, or when a verdict in O(fail_on) failed the task
  type: list
  elements: dict
  sample:
    - instruction: COPY
      created_by: "COPY site/ . # buildkit"
      size: 3877
      empty: false
      diff_id: sha256:1f0a9b8c7d6e5f4a3b2c1d0e9f8a7b6c5d4e3f2a1b0c9d8e7f6a5b4c3d2e1f0a
      images: ["ashuflask:v001"]
usage:
  description:
    - The host and all its containers with limits, usage and labels, as RV(classroom.containers.cgroup_info#module:host) and
      RV(classroom.containers.cgroup_info#module:containers). Only C(msg), which says why, where they could not be read.
  returned: success, or when a verdict in O(fail_on) failed the task
  type: dict
  sample:
    host:
      mode: v2
      driver: systemd
      controllers: {memory: 2, cpu: 2, cpuset: 2, pids: 2, io: 2}
      cpus_online: 0-1
      memory_total: 1543503872
      engine_version: 26.1.5+dfsg1
    containers: []
objects:
  description:
    - The C(networks) and C(images) of the engine, as C(GET /networks) and C(GET /images/json) tell them. Only C(msg), which says why, where
      they could not be listed.
  returned: success, or when a verdict in O(fail_on) failed the task
  type: dict
  sample:
    networks: [{Name: ashubr1, Labels: {classroom.student: ashu}}]
    images: [{RepoTags: ["ashuflask:v001"], Labels: {maintainer: ashu}}]
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.classroom.containers.plugins.module_utils._class_check import ARGUMENTS, check, requirements
from ansible_collections.classroom.containers.plugins.module_utils._container_check import shown
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.module_utils._findings import report
from ansible_collections.classroom.containers.plugins.module_utils._image_asked import REGISTRY_TOGETHER
from ansible_collections.classroom.containers.plugins.module_utils._systemd import asking


def main() -> None:
    # Variables may hold secrets: nothing is written into the host's log.
    module = AnsibleModule(argument_spec=ARGUMENTS, required_together=REGISTRY_TOGETHER, supports_check_mode=True, no_log=True)
    params = module.params
    try:
        asked = requirements(params)
        params["containers"] = shown(asked["containers"])
        checked = check(asked, params, asking(module, params["root"]))
    except ClassroomError as exc:
        module.fail_json(msg=str(exc))
    report(module, **checked)


if __name__ == "__main__":
    main()
