#!/usr/bin/python
# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: host_check
short_description: Look whether a host is ready for a class
description:
  - Looks at one host in one call, before or after it is provisioned, and returns a row for each thing that it looked at.
  - A row is V(pass), V(warn) or V(stop), with what was read and what to do. What could not be looked at is V(warn), and never V(pass).
  - A host without an engine is looked at, too. The module does not fail because of what it finds.
  - The role P(classroom.containers.preflight#role) adds what only the class's data can tell, and shows all of it.
author: Classroom Containers contributors (@classroom-containers)
extends_documentation_fragment:
  - classroom.containers.attributes
  - classroom.containers.engine
  - classroom.containers.engine.kernel
options:
  needs:
    description:
      - What the class needs of the host, one entry for each part of it. The rows V(disk), V(inodes), V(memory) and V(time) compare the sums.
      - Where a third of an entry's containers, images and paths are on the host already, two thirds of its numbers are still to come.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: What needs it, such as a lab. The rows say what they summed by these names.
        type: str
        required: true
      disk:
        description: Bytes on the file system of the engine.
        type: int
        default: 0
      inodes:
        description: Files and folders there.
        type: int
        default: 0
      memory:
        description: Bytes that its containers use as they are in the answer.
        type: int
        default: 0
      memory_limits:
        description: Bytes that they use where all that have a limit reach it.
        type: int
        default: 0
      seconds:
        description: How long it takes to make.
        type: float
        default: 0
      containers:
        description: The names of its containers.
        type: list
        elements: str
        default: []
      images:
        description: The names of its images.
        type: list
        elements: str
        default: []
      paths:
        description: Files and folders that are there once it is made.
        type: list
        elements: path
        default: []
      builds:
        description: Whether it builds images, for which the C(docker) command needs its plugin buildx. The row V(compose) looks at that.
        type: bool
        default: false
      engine:
        description: Whether it is the engine itself, which is installed only where there is none and O(engine_install) is true.
        type: bool
        default: false
      releases:
        description: The distributions that it can be installed on, such as V(debian 12). Any without it.
        type: list
        elements: str
        default: []
      instead:
        description: What to do on another one.
        type: str
        default: ""
  engine_install:
    description: Whether a host without an engine is to get one, as the role P(classroom.containers.docker_host#role) does.
    type: bool
    default: true
  engine_mark:
    description: The file that tells that the role installed the engine. One without it is kept as it is.
    type: path
    default: /var/lib/classroom/docker_host.json
  compose_minimum:
    description: The version of Compose that the labs need at least, such as V(2.18). Any without it.
    type: str
  swap_limits:
    description: Whether a lab asks for limits of swap. Where the kernel does not count swap, that is V(stop), and V(warn) otherwise.
    type: bool
    default: false
  apt_sources:
    description: Sources of packages that are to be added where the engine is to be installed. Those that the host has are asked anyway.
    type: list
    elements: dict
    default: []
    suboptions:
      uri:
        description: The address, such as V(http://deb.debian.org/debian).
        type: str
        required: true
      suite:
        description: The suite, such as V(trixie).
        type: str
        required: true
      release:
        description: The only distribution that it is added on, such as V(debian 12).
        type: str
  registries:
    description: Addresses of registries that the engine is to pull through. Those that it has as mirrors are asked anyway.
    type: list
    elements: str
    default: []
  controller_time:
    description: The time of the controller in seconds since 1970 when the task begins, as in the example. The clock is not compared without it.
    type: float
  answer_timeout:
    description: Seconds that each server on the network may take for an answer, more than 0 and at most 3600.
    type: float
    default: 5
notes:
  - It asks servers for pages with C(GET), and runs C(docker compose version), C(docker buildx version) and C(apt-config dump).
    Nothing else is run, and nothing is written.
seealso:
  - module: classroom.containers.cgroup_info
"""

EXAMPLES = r"""
- name: Look whether a host has room for ten containers of 100 MiB
  classroom.containers.host_check:
    controller_time: "{{ now().timestamp() }}"
    needs:
      - name: web
        disk: 1000000000
        memory: 40000000
        memory_limits: 1048576000
  register: host_ready

- name: Show what is in the way
  ansible.builtin.debug:
    msg: "{{ host_ready.rows | rejectattr('outcome', 'eq', 'pass') }}"
"""

RETURN = r"""
rows:
  description: What was looked at, one entry each.
  returned: success
  type: list
  elements: dict
  contains:
    check:
      description:
        - V(user), V(python), V(system), V(clock), V(engine), V(compose), V(storage), V(cgroup), V(swap), V(disk), V(inodes), V(memory),
          V(packages), V(mirror), V(tcp) or V(time).
        - V(tcp) looks for an engine that listens on TCP, at the ports 2375 and 2376 and at any that C(dockerd) has, and does not ask its
          clients for a certificate.
      type: str
      sample: swap
    outcome:
      description: V(pass), V(warn) or V(stop).
      type: str
      sample: warn
    read:
      description: What was read, and where.
      type: str
      sample: "not counted: the engine says SwapLimit=false; whoever reaches a memory limit goes on in swap"
    advice:
      description: What to do. Empty where there is nothing to do.
      type: str
      sample: >-
        Add cgroup_enable=memory swapaccount=1 to GRUB_CMDLINE_LINUX in /etc/default/grub, run update-grub, and start the host anew.
found:
  description: What the role compares with the names, subnets, ports and limits of the class.
  returned: success
  type: dict
  contains:
    engine:
      description: V(there), V(absent), or V(unknown) where it could not be asked.
      type: str
      sample: there
    containers:
      description: C(Names), C(Labels) and C(Ports) of C(GET /containers/json), stopped containers too.
      type: list
      elements: dict
      sample: [{Names: [/ashux1], Labels: {}, Ports: []}]
    networks:
      description: C(Name), C(Id), C(Labels), C(Options) and C(IPAM) of C(GET /networks).
      type: list
      elements: dict
      sample: [{Name: none, Id: 777f448a3d85, Labels: {}, Options: {}, IPAM: {Driver: default, Options: null, Config: []}}]
    routes:
      description: The text of C(/proc/1/net/route). V(null) where it could not be read, as of the others.
      type: str
      sample: "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT"
    routes6:
      description: The text of C(/proc/1/net/ipv6_route). Empty where the host has no IPv6.
      type: str
      sample: ""
    sockets:
      description: The texts of C(/proc/1/net/tcp) and C(tcp6), without connections.
      type: list
      elements: str
      sample: []
    cpus_online:
      description: From C(/sys/devices/system/cpu/online).
      type: str
      sample: 0-1
    meminfo:
      description: The text of C(/proc/meminfo).
      type: str
      sample: "MemTotal:       24683996 kB"
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.classroom.containers.plugins.module_utils._cgroups import Kernel
from ansible_collections.classroom.containers.plugins.module_utils._engine import Engine
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.module_utils._host_check import ARGUMENTS, Machine, look


def main() -> None:
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    params = module.params

    def run(command: list) -> tuple:
        program = module.get_bin_path(command[0])
        return module.run_command([program, *command[1:]]) if program else (127, "", f"there is no program {command[0]}")

    try:
        machine = Machine(Engine(params["docker_host"], params["timeout"]), Kernel(params["root"]), run, params["root"] == "/")
        returned = look(machine, params)
    except ClassroomError as exc:
        module.fail_json(msg=str(exc))
    module.exit_json(changed=False, **returned)


if __name__ == "__main__":
    main()
