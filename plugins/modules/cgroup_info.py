#!/usr/bin/python
# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cgroup_info
short_description: Read the limits and the use of every container of a host, as Docker declares and as the kernel enforces them
description:
  - Reads all containers of a host, or those of given names or labels, in one call.
  - For each it returns what Docker declares, what the kernel's cgroup files say, the effective limit over the cgroups above it, and what it uses.
  - It reads cgroup v1, v2, and the hybrid of both, under the C(cgroupfs) and the C(systemd) driver, and finds each container's
    cgroup from the kernel, not from a constant path.
  - A container that stops or restarts while it is being read is looked at anew; the values of two lives are never mixed.
author: Classroom Containers contributors (@classroom-containers)
extends_documentation_fragment:
  - classroom.containers.attributes
  - classroom.containers.engine
  - classroom.containers.engine.kernel
options:
  names:
    description:
      - Names or name patterns (such as V(ashu*)) of the containers to read, or ids of at least 12 digits. All containers without it.
    type: list
    elements: str
  labels:
    description: Labels (V(key) or V(key=value)) that a container must carry, all of them.
    type: list
    elements: str
  gather:
    description:
      - What to return of each container, beside what tells one from the other.
      - V(limits) for the limits, V(usage) for memory, CPU time and processes, V(io) for network and block I/O,
        V(pressure) for pressure stall information, V(cgroups) for the directories of its cgroups, V(labels) for its labels.
      - What is not asked is not in the result, which for hundreds of containers is large.
    type: list
    elements: str
    choices: [limits, usage, io, pressure, cgroups, labels]
    default: [limits, usage]
  sample:
    description:
      - Seconds between two readings of CPU time, from which the percentage is made, at most 60. V(0) reads once and gives no percentage.
      - All containers share the one wait.
    type: float
    default: 0
seealso:
  - module: classroom.containers.cgroup_check
"""

EXAMPLES = r"""
- name: Read every container of the host
  classroom.containers.cgroup_info:
  register: host_cgroups

- name: Show who is close to the limit
  ansible.builtin.debug:
    msg: "{{ host_cgroups.containers | selectattr('read') | selectattr('usage.memory_percent', 'gt', 90) | map(attribute='name') }}"

- name: Read one student's containers as docker stats shows them
  classroom.containers.cgroup_info:
    names: ["ashu*"]
    gather: [usage, io]
    sample: 1
"""

RETURN = r"""
host:
  description: What holds for the whole host.
  returned: success
  type: dict
  contains:
    mode:
      description: >-
        V(v1), V(v2), or V(hybrid), which is controllers under v1 with a v2 mount beside them. From C(/proc/self/mountinfo).
      type: str
      sample: hybrid
    driver:
      description: Docker's cgroup driver. From C(CgroupDriver) of C(GET /info).
      type: str
      sample: cgroupfs
    controllers:
      description: The cgroup version that runs each controller. From C(/proc/self/mountinfo) and v2's C(cgroup.controllers).
      type: dict
      sample: {memory: 1, cpu: 1, cpuset: 1, pids: 1, blkio: 1}
    cpus_online:
      description: The list of CPUs that run. From C(/sys/devices/system/cpu/online).
      type: str
      sample: 0-1
    memory_total:
      description: The host's memory in bytes. From C(MemTotal) of C(GET /info).
      type: int
      sample: 8245710848
    engine_version:
      description: The engine's version. From C(ServerVersion) of C(GET /info).
      type: str
      sample: 26.1.5
containers:
  description: One entry for each container, stopped ones too.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: The container's name. From C(Name) of C(GET /containers/ID/json), as all fields here whose source is an API field.
      type: str
      sample: ashux2
    id:
      description: The container's id of 64 hexadecimal digits.
      type: str
      sample: 4d0dbd2a0ad0f1b7ff66b6a1c98a2ba7a02e39ea4b5ae5b0f7ba0bd4cb6e3db3
    image:
      description: The image as it was named. From C(Config.Image).
      type: str
      sample: classroom/busybox:latest
    labels:
      description: The container's labels. From C(Config.Labels).
      returned: when V(labels) is in O(gather)
      type: dict
      sample: {classroom.student: ashu}
    status:
      description: The state as Docker names it. From C(State.Status).
      type: str
      sample: running
    pid:
      description: The process id of the container's PID 1 on the host, V(0) where it does not run. From C(State.Pid).
      type: int
      sample: 2317
    started_at:
      description: When this life of the container began. From C(State.StartedAt).
      type: str
      sample: "2026-03-23T04:33:43.303576733Z"
    restart_count:
      description: How often the engine restarted it. From C(RestartCount).
      type: int
      sample: 0
    oom_killed:
      description:
        - Whether memory ran out in this life, or of a stopped container in its last one. A process in it may have been killed, and the container
          gone on. From C(State.OOMKilled).
      type: bool
      sample: false
    exit_code:
      description: What its last life ended with; 0 while it runs. From C(State.ExitCode).
      type: int
      sample: 0
    read:
      description: Whether the kernel's files were read within one life of the container. Where not, RV(containers[].reason) says why.
      type: bool
      sample: true
    reason:
      description: >-
        Why the kernel's files were not read. Empty where they were. Where Docker itself could not inspect the container, its name, image, status and
        labels are those of its list, and what else it should have told is V(null).
      type: str
      sample: it is exited, and only a running container has limits in the kernel
    cgroups:
      description: >-
        The directory of the container's cgroup, by controller. Empty where RV(containers[].read) is false, as the next four are.
        From C(/proc/PID/cgroup) and C(/proc/self/mountinfo).
      returned: when V(cgroups) is in O(gather)
      type: dict
      sample: {memory: /sys/fs/cgroup/memory/docker/4d0dbd2a0ad0f1b7ff66b6a1c98a2ba7a02e39ea4b5ae5b0f7ba0bd4cb6e3db3}
    limits:
      description:
        - Each limit with C(declared), C(enforced), C(effective) and C(effective_at).
        - C(declared) is HostConfig's value, C(enforced) that of the container's own cgroup, C(effective) the strictest of it and
          the cgroups above it, and C(effective_at) the directory above it that sets it, empty where it is the container's own.
        - C(memory), C(memory_swap) and C(memory_reservation) are bytes, or V(unlimited) or V(default). From C(memory.limit_in_bytes),
          C(memory.memsw.limit_in_bytes) and C(memory.soft_limit_in_bytes) on v1; C(memory.max), C(memory.swap.max) plus C(memory.max),
          and C(memory.low) on v2.
        - C(cpus) is CPUs or V(unlimited). From C(cpu.cfs_quota_us) and C(cpu.cfs_period_us), or C(cpu.max).
        - C(cpu_shares) is shares on v1 and a weight from 1 to 10000 on v2. From C(cpu.shares) or C(cpu.weight).
        - C(cpuset_cpus) is a list of CPUs. C(enforced) is from C(cpuset.cpus), or where that is empty, the same as C(effective), which is from
          C(cpuset.effective_cpus) on v1 and C(cpuset.cpus.effective) on v2.
        - C(pids_limit) is a number of processes or V(unlimited). From C(pids.max).
        - V(null) means that the kernel has no such file here.
      returned: when V(limits) is in O(gather)
      type: dict
      sample:
        memory:
          declared: 104857600
          enforced: 104857600
          effective: 20971520
          effective_at: /sys/fs/cgroup/memory/class
    usage:
      description: What the container uses. V(null) where the kernel does not say.
      returned: when V(usage) is in O(gather)
      type: dict
      contains:
        memory:
          description: >-
            Bytes in use as C(docker stats) counts, which is without the inactive file cache.
            From C(memory.usage_in_bytes) or C(memory.current), and C(memory.stat).
          type: int
          sample: 643072
        memory_limit:
          description: The effective limit in bytes, or the host's memory where that is less or there is no limit.
          type: int
          sample: 104857600
        memory_percent:
          description: RV(containers[].usage.memory) of RV(containers[].usage.memory_limit), in percent.
          type: float
          sample: 0.61
        memory_peak:
          description: The most bytes it had, the file cache included. From C(memory.max_usage_in_bytes) or C(memory.peak).
          type: int
          sample: 2154496
        oom_kills:
          description: How many of its processes were killed because memory ran out. From C(memory.oom_control) or C(memory.events).
          type: int
          sample: 0
        cpu_time:
          description: Nanoseconds of CPU time since its cgroup was made. From C(cpuacct.usage), or C(usage_usec) of C(cpu.stat).
          type: int
          sample: 31847502
        cpu_percent:
          description: CPU time of the sample in percent of one CPU, as C(docker stats) shows it. V(null) without O(sample).
          type: float
          sample: 0.02
        cpu_periods:
          description: How many CFS periods it ran in under a quota. From C(nr_periods) of C(cpu.stat).
          type: int
          sample: 42
        cpu_throttled_periods:
          description: In how many of them it had to wait. From C(nr_throttled) of C(cpu.stat).
          type: int
          sample: 41
        cpu_throttled_time:
          description: For how many nanoseconds it had to wait. From C(throttled_time) or C(throttled_usec) of C(cpu.stat).
          type: int
          sample: 3314225614
        pids:
          description: How many processes and threads it has. From C(pids.current).
          type: int
          sample: 1
    io:
      description: What it moved, in bytes since its life began.
      returned: when V(io) is in O(gather)
      type: dict
      contains:
        network_received:
          description: Over all its interfaces but the loopback. V(null) with the host's network. From C(/proc/PID/net/dev).
          type: int
          sample: 1266
        network_sent:
          description: Over all its interfaces but the loopback. V(null) with the host's network. From C(/proc/PID/net/dev).
          type: int
          sample: 0
        block_read:
          description: V(null) where there is no such controller. From C(blkio.throttle.io_service_bytes_recursive) or C(io.stat).
          type: int
          sample: 0
        block_written:
          description: V(null) where there is no such controller. From C(blkio.throttle.io_service_bytes_recursive) or C(io.stat).
          type: int
          sample: 0
    pressure:
      description:
        - Pressure stall information of C(cpu), C(memory) and C(io), each with C(some) and C(full) as far as the kernel has them.
        - The averages are percent of the last 10, 60 and 300 seconds, and C(total) is microseconds. From C(cpu.pressure),
          C(memory.pressure) and C(io.pressure). V(null) where the kernel keeps none.
      returned: when V(pressure) is in O(gather)
      type: dict
      sample:
        cpu: {some: {avg10: 0.0, avg60: 0.0, avg300: 0.0, total: 5132}}
        memory: {some: {avg10: 0.0, avg60: 0.0, avg300: 0.0, total: 0}, full: {avg10: 0.0, avg60: 0.0, avg300: 0.0, total: 0}}
        io: {some: {avg10: 0.0, avg60: 0.0, avg300: 0.0, total: 871}, full: {avg10: 0.0, avg60: 0.0, avg300: 0.0, total: 640}}
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.classroom.containers.plugins.module_utils._cgroup_info import PARTS, gather
from ansible_collections.classroom.containers.plugins.module_utils._cgroups import KERNEL_ARGUMENTS, Kernel
from ansible_collections.classroom.containers.plugins.module_utils._engine import ENGINE_ARGUMENTS, Engine
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError


def main() -> None:
    module = AnsibleModule(
        argument_spec=dict(
            ENGINE_ARGUMENTS,
            **KERNEL_ARGUMENTS,
            names={"type": "list", "elements": "str"},
            labels={"type": "list", "elements": "str"},
            gather={"type": "list", "elements": "str", "choices": list(PARTS), "default": ["limits", "usage"]},
            sample={"type": "float", "default": 0},
        ),
        supports_check_mode=True,
    )
    params = module.params
    try:
        engine = Engine(params["docker_host"], params["timeout"])
        gathered = gather(engine, Kernel(params["root"]), params["names"], params["labels"], params["gather"], params["sample"])
    except ClassroomError as exc:
        module.fail_json(msg=str(exc))
    module.exit_json(changed=False, **gathered)


if __name__ == "__main__":
    main()
