#!/usr/bin/python
# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cgroup_check
short_description: Check that the limits of containers are asked, declared and enforced alike
description:
  - Compares, for any number of containers in one call, the limits that are asked with those that Docker declares and those
    that the kernel enforces, the cgroups above the container included.
  - Each attribute gives one finding with a verdict, an outcome (pass, fail, or could not check), the evidence and a hint.
  - The values are Docker's own words and units, as C(docker run) takes them.
  - On v2 under the C(systemd) driver, it also runs C(systemctl show), where the target has C(systemctl) and O(root) is V(/). Without that, it never
    finds V(pending_drift).
  - A container that is not there fails. A stopped one, and one whose cgroups cannot be read, fails where Docker already declares something other than
    asked, and could not be checked otherwise.
author: Classroom Containers contributors (@classroom-containers)
extends_documentation_fragment:
  - classroom.containers.attributes
  - classroom.containers.engine
  - classroom.containers.engine.kernel
  - classroom.containers.findings
  - classroom.containers.findings.others
options:
  containers:
    description: The requirements, one entry for each container. Only what is given is compared.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: The container's name, or its id of at least 12 digits.
        type: str
        required: true
      student:
        description: Whose container it is. Handed through to the findings.
        type: str
      lab:
        description: What the requirement belongs to. Handed through to the findings.
        type: str
      step:
        description: Which part of it that is. Handed through to the findings.
        type: str
      create_command:
        description:
          - The whole command that makes the container, for the hints where it is not there, or has to be made anew.
          - Without it, the hints have what follows from the requirement. Nothing is compared with it.
        type: str
      memory:
        description:
          - The memory limit in bytes, with the suffixes b, k, m, g, t and p as powers of 1024, or V(unlimited). Docker's least is V(6m).
          - C(HostConfig.Memory); C(memory.limit_in_bytes) on v1, C(memory.max) on v2. The kernel rounds down to whole pages.
        type: str
      memory_swap:
        description:
          - Memory and swap together, in bytes as O(containers[].memory), or V(unlimited) or V(-1).
          - C(HostConfig.MemorySwap); C(memory.memsw.limit_in_bytes) on v1, C(memory.max) plus C(memory.swap.max) on v2.
        type: str
      memory_reservation:
        description:
          - The soft limit (v1) or protection (v2) in bytes as O(containers[].memory), or V(default) for none.
          - C(HostConfig.MemoryReservation); C(memory.soft_limit_in_bytes) on v1, C(memory.low) on v2.
          - The container's own file is compared. On v2, the kernel protects no more than C(memory.low) of the cgroups above, which systemd leaves at 0.
        type: str
      memory_swappiness:
        description:
          - How readily the kernel swaps, from 0 to 100, or V(default). Docker drops it on v2.
          - C(HostConfig.MemorySwappiness); C(memory.swappiness) on v1.
        type: str
      oom_kill_disable:
        description:
          - Whether a process that goes over the memory limit waits until memory is free, and is not killed. Docker drops it on v2.
          - C(HostConfig.OomKillDisable); C(memory.oom_control) on v1.
        type: bool
      kernel_memory:
        description:
          - The limit on kernel memory in bytes as O(containers[].memory). Docker has given it up, and newer kernels ignore it.
          - C(HostConfig.KernelMemory); C(memory.kmem.limit_in_bytes) on v1.
        type: str
      cpu_shares:
        description:
          - The weight of the container's CPU time, from 2 to 262144, or V(default), which is 1024.
          - C(HostConfig.CpuShares); C(cpu.shares) on v1, C(cpu.weight) on v2, where either of the two formulas is taken that
            container runtimes convert shares by.
        type: str
      cpus:
        description:
          - The number of CPUs, at least 0.01, or V(unlimited). A quota and period that say the same are taken too.
          - C(HostConfig.NanoCpus), or C(HostConfig.CpuQuota) over C(HostConfig.CpuPeriod); C(cpu.cfs_quota_us) over
            C(cpu.cfs_period_us) on v1, C(cpu.max) on v2. systemd rounds up to hundredths of a CPU.
        type: str
      cpu_quota:
        description:
          - Microseconds of CPU time in each period, at least 1000, or V(unlimited) or V(-1).
          - C(HostConfig.CpuQuota), or C(HostConfig.NanoCpus) as microseconds in a period of 100000; C(cpu.cfs_quota_us) on v1, C(cpu.max) on v2.
        type: str
      cpu_period:
        description:
          - The length of a period in microseconds, from 1000 to 1000000, or V(default), which is 100000.
          - C(HostConfig.CpuPeriod), or 100000 beside C(HostConfig.NanoCpus); C(cpu.cfs_period_us) on v1, C(cpu.max) on v2.
        type: str
      cpuset_cpus:
        description:
          - The CPUs it may run on, as a list such as V(0-2,4), or V(default) for all. Compared as a set.
          - C(HostConfig.CpusetCpus); C(cpuset.cpus), and C(cpuset.effective_cpus) on v1 or C(cpuset.cpus.effective) on v2.
        type: str
      cpuset_mems:
        description:
          - The memory nodes it may use, as O(containers[].cpuset_cpus).
          - C(HostConfig.CpusetMems); C(cpuset.mems), and C(cpuset.effective_mems) on v1 or C(cpuset.mems.effective) on v2.
        type: str
      pids_limit:
        description:
          - The number of processes and threads, at least 1, or V(unlimited) or V(-1).
          - C(HostConfig.PidsLimit); C(pids.max).
        type: str
      blkio_weight:
        description:
          - The weight of the container's block I/O, from 10 to 1000, or V(default).
          - C(HostConfig.BlkioWeight); C(blkio.weight) on v1 (Docker drops it where the kernel has only C(blkio.bfq.weight)),
            C(io.bfq.weight) on v2, which the kernel goes by only where C(/sys/block/DEVICE/queue/scheduler) of a device has C(bfq),
            or, converted, C(io.weight), which it goes by only where C(io.cost.qos) is enabled.
        type: str
      blkio_weight_device:
        description:
          - The weight of the container's I/O to a device.
          - C(HostConfig.BlkioWeightDevice); C(blkio.weight_device) or C(blkio.bfq.weight_device) on v1, C(io.bfq.weight) on v2.
        type: list
        elements: dict
        suboptions:
          path:
            description: The device on the host.
            type: str
            required: true
          weight:
            description: From 10 to 1000, or V(default).
            type: str
            required: true
      device_read_bps:
        description:
          - How much may be read from a device.
          - C(HostConfig.BlkioDeviceReadBps); C(blkio.throttle.read_bps_device) on v1, C(rbps) of C(io.max) on v2.
        type: list
        elements: dict
        suboptions: &bps
          path:
            description: The device on the host.
            type: str
            required: true
          rate:
            description: Bytes a second, in the notation of O(containers[].memory), or V(unlimited).
            type: str
            required: true
      device_write_bps:
        description:
          - How much may be written to a device.
          - C(HostConfig.BlkioDeviceWriteBps); C(blkio.throttle.write_bps_device) on v1, C(wbps) of C(io.max) on v2.
        type: list
        elements: dict
        suboptions: *bps
      device_read_iops:
        description:
          - How often a device may be read from.
          - C(HostConfig.BlkioDeviceReadIOps); C(blkio.throttle.read_iops_device) on v1, C(riops) of C(io.max) on v2.
        type: list
        elements: dict
        suboptions: &iops
          path:
            description: The device on the host.
            type: str
            required: true
          rate:
            description: Operations a second, at least 1, or V(unlimited).
            type: str
            required: true
      device_write_iops:
        description:
          - How often a device may be written to.
          - C(HostConfig.BlkioDeviceWriteIOps); C(blkio.throttle.write_iops_device) on v1, C(wiops) of C(io.max) on v2.
        type: list
        elements: dict
        suboptions: *iops
      devices:
        description:
          - Devices that it may use, each as C(path), C(path:permissions) or C(path:path_in_container:permissions). Permissions are of r, w and m.
          - C(HostConfig.Devices); C(devices.list) on v1. On v2 the rules are a program that cannot be read, so the verdict is V(unverifiable).
        type: list
        elements: str
      shm_size:
        description:
          - The size of C(/dev/shm) in bytes as O(containers[].memory), or V(default), which is 64m. The kernel rounds up to whole pages.
          - C(HostConfig.ShmSize); the mount in C(/proc/PID/mountinfo).
        type: str
      ulimits:
        description:
          - Limits of the container's first process, each as C(name=soft:hard) or C(name=both), with V(-1) or V(unlimited) for no limit.
          - C(HostConfig.Ulimits); C(/proc/PID/limits), in the kernel's own units.
        type: list
        elements: str
  undeclared:
    description:
      - Also report limits on memory, swap, CPU time and processes that the kernel enforces though nobody asked or declared them.
    type: bool
    default: false
seealso:
  - module: classroom.containers.cgroup_info
  - module: classroom.containers.container_check
"""

EXAMPLES = r"""
- name: Check that what was asked is what the kernel enforces
  classroom.containers.cgroup_check:
    containers:
      - name: web
        memory: 512m
        cpus: 1.5
        pids_limit: 200
      - name: worker
        memory: 100m
        cpu_shares: 20
        cpuset_cpus: "0-1"

- name: Report, and go on whatever the findings are
  classroom.containers.cgroup_check:
    containers:
      - {name: ashux2, student: ashu, lab: container_limits, memory: 100m, cpu_shares: 20}
    fail_on: []
  register: limits

- name: Fail only where the kernel does not do what Docker says
  classroom.containers.cgroup_check:
    containers:
      - {name: web, memory: 512m}
    fail_on: [not_enforced, ancestor_stricter, pending_drift]
"""

RETURN = r"""
findings:
  description: One entry for each attribute of each requirement, in the order of the requirements.
  returned: success, or when a verdict in O(fail_on) failed the task
  type: list
  elements: dict
  contains:
    student:
      description: As in the requirement. Empty where it names none.
      type: str
      sample: ashu
    lab:
      description: As in the requirement. Empty where it names none.
      type: str
      sample: container_limits
    step:
      description: As in the requirement. Empty where it names none.
      type: str
      sample: x2
    subject:
      description: The container's name.
      type: str
      sample: ashux2
    kind:
      description: What the subject is. Always V(container).
      type: str
      sample: container
    attribute:
      description: The limit, with the entry after a dot where it is a list, such as C(ulimits.nofile).
      type: str
      sample: memory
    asked:
      description: What is asked. Bytes, CPUs, shares, microseconds or a number, as the option of that name, or V(unlimited) or V(default).
      type: raw
      sample: 104857600
    declared:
      description: What Docker declares, in the same unit. From C(HostConfig) of C(GET /containers/NAME/json).
      type: raw
      sample: 104857600
    enforced:
      description:
        - What the kernel enforces, in the same unit, the cgroups above the container included. C(cpu_shares) and C(blkio_weight)
          are weights on v2. From the file that the option of that name tells.
      type: raw
      sample: 104857600
    verdict:
      description:
        - V(ok) means that all three agree.
        - V(rounded) and V(converted) mean that they agree but for the kernel's own unit, such as whole pages, or v2's weights.
        - V(pending_drift) means that they agree now, and that systemd holds another value for the container's scope, which it writes when a unit
          beside it starts. From C(systemctl show).
        - V(absent) means that there is no such container.
        - V(missing) means that Docker declares nothing, V(differs) that it declares something else.
        - V(discarded) means that this host drops the limit, since it has nowhere to keep it.
        - V(not_enforced) means that the kernel has something other than Docker declares.
        - V(undeclared) means that the kernel has a limit that Docker does not declare.
        - V(ancestor_stricter) means that a cgroup above the container allows less.
        - V(stopped) means that the container does not run, V(unstable) that it stopped or restarted while it was being read.
        - V(unsupported) means that the kernel has no such file, V(unverifiable) that nobody can read it.
        - V(unreadable) means that the container's cgroup cannot be found from here, V(unreachable) that the engine does not answer.
      type: str
      sample: ok
    outcome:
      description: V(pass), V(fail) or V(could_not_check).
      type: str
      sample: pass
    evidence:
      description: The fields and files that were read, with what they said.
      type: list
      elements: str
      sample:
        - HostConfig.Memory=104857600
        - /sys/fs/cgroup/memory/docker/4d0dbd2a0ad0f1b7ff66b6a1c98a2ba7a02e39ea4b5ae5b0f7ba0bd4cb6e3db3/memory.limit_in_bytes=104857600
    hint:
      description: What is wrong and the command that mends it. Empty where nothing is worth saying.
      type: str
      sample: "ashux2 has 21 shares, and 20 shares is asked: docker update --cpu-shares 20 ashux2."
summary:
  description: How many findings there are of each outcome.
  returned: success, or when a verdict in O(fail_on) failed the task
  type: dict
  sample: {pass: 2, fail: 0, could_not_check: 0}
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.classroom.containers.plugins.module_utils._cgroup_check import ARGUMENTS, check
from ansible_collections.classroom.containers.plugins.module_utils._cgroups import Kernel
from ansible_collections.classroom.containers.plugins.module_utils._engine import Engine
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.module_utils._findings import only_asked, report
from ansible_collections.classroom.containers.plugins.module_utils._systemd import asking


def main() -> None:
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    params = module.params
    params["containers"] = only_asked(params["containers"])
    try:
        engine = Engine(params["docker_host"], params["timeout"])
        kernel, systemctl = Kernel(params["root"]), asking(module, params["root"])
        findings = check(params["containers"], engine, kernel, systemctl, params["undeclared"], params["other_names"], params["students"])
    except ClassroomError as exc:
        module.fail_json(msg=str(exc))
    report(module, findings)


if __name__ == "__main__":
    main()
