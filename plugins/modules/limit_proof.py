#!/usr/bin/python
# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: limit_proof
short_description: Prove limits by what containers do
description:
  - Watches containers that go against their limits, and tells from the kernel's counters whether the limits held.
  - It starts and stops nothing. The containers are the caller's, such as the scratch containers of a lab's check.
author: Classroom Containers contributors (@classroom-containers)
extends_documentation_fragment:
  - classroom.containers.attributes
  - classroom.containers.engine
  - classroom.containers.engine.kernel
  - classroom.containers.findings
options:
  oom:
    description:
      - Containers in which a process goes over the memory limit, while another one keeps the container running.
      - The proof is the kernel's count of killed processes, and a peak at the limit, give or take a hundredth of it or 1 MiB.
      - A kill at another peak is V(unverifiable). The kernel counts those of a host without memory, and of a cgroup inside, too, and the limit may have
        been another one then. A kernel before 5.19 keeps no peak on v2, and the count of C(memory.events.local) is looked at instead.
    type: list
    elements: str
    default: []
  cpu_weights:
    description:
      - Containers that are busy without end on one and the same CPU, at least two. Without O(oom), there must be some.
      - The proof is that their CPU time is in the ratio of their weights, each compared with the first.
    type: list
    elements: str
    default: []
  sample:
    description: Seconds for which the CPU time is counted, from 0 to 60.
    type: float
    default: 3
  tolerance:
    description: How far the measured ratio may be from that of the weights, as a part of it, from 0 to 1.
    type: float
    default: 0.2
  wait:
    description: Seconds within which the process must have been killed, from 0 to 86400.
    type: float
    default: 30
seealso:
  - module: classroom.containers.cgroup_check
"""

EXAMPLES = r"""
- name: Prove that limits hold on this host
  classroom.containers.limit_proof:
    oom: [proof-oom]
    cpu_weights: [proof-heavy, proof-light]
"""

RETURN = r"""
findings:
  description: >-
    One entry for each container of O(oom), and for each of O(cpu_weights) but the first. Where some of these could not be read, one for each of them.
  returned: success, or when a verdict in O(fail_on) failed the task
  type: list
  elements: dict
  contains:
    student:
      description: Always empty, since proofs are of the host.
      type: str
      sample: ""
    lab:
      description: Always empty.
      type: str
      sample: ""
    step:
      description: Always empty.
      type: str
      sample: ""
    subject:
      description: The container's name.
      type: str
      sample: proof-oom
    kind:
      description: What the subject is. Always V(container).
      type: str
      sample: container
    attribute:
      description: V(memory) for O(oom), V(cpu_shares) for O(cpu_weights).
      type: str
      sample: memory
    asked:
      description: The limit in bytes, or the ratio of the weights.
      type: raw
      sample: 33554432
    declared:
      description: C(HostConfig.Memory) in bytes, or the ratio of the weights.
      type: raw
      sample: 33554432
    enforced:
      description: The effective limit in bytes, or the ratio of the CPU times that were measured.
      type: raw
      sample: 33554432
    verdict:
      description:
        - V(ok); V(not_enforced) where the kernel has another limit than Docker says, or where CPU time is not in the ratio of the weights;
          V(ancestor_stricter) where a cgroup above has a lower limit; V(undeclared) where Docker says none; V(absent); or one of the verdicts that
          could not be checked.
      type: str
      sample: ok
    outcome:
      description: V(pass), V(fail) or V(could_not_check).
      type: str
      sample: pass
    evidence:
      description:
        - The limit's own file with its value, and the counters that were read. C(oom_kill) of C(memory.oom_control) (v1) or
          C(memory.events) (v2), the peak from C(memory.max_usage_in_bytes) or C(memory.peak), CPU time from C(cpuacct.usage) or C(cpu.stat), the weights from
          C(cpu.shares) or C(cpu.weight).
      type: list
      elements: str
      sample:
        - /sys/fs/cgroup/memory/docker/4d0dbd2a0ad0f1b7ff66b6a1c98a2ba7a02e39ea4b5ae5b0f7ba0bd4cb6e3db3/memory.limit_in_bytes=33554432
        - oom_kill=1
        - peak=33554432
    hint:
      description: What happened.
      type: str
      sample: a process over 33554432 bytes (32 MiB) was killed (oom_kill 1)
summary:
  description: How many findings there are of each outcome.
  returned: success, or when a verdict in O(fail_on) failed the task
  type: dict
  sample: {pass: 2, fail: 0, could_not_check: 0}
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.classroom.containers.plugins.module_utils._cgroups import KERNEL_ARGUMENTS, Kernel
from ansible_collections.classroom.containers.plugins.module_utils._engine import ENGINE_ARGUMENTS, Engine
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.module_utils._findings import FINDINGS_ARGUMENTS, report
from ansible_collections.classroom.containers.plugins.module_utils._limit_proof import PROOF_ARGUMENTS, prove


def main() -> None:
    module = AnsibleModule(
        argument_spec=dict(ENGINE_ARGUMENTS, **KERNEL_ARGUMENTS, **FINDINGS_ARGUMENTS, **PROOF_ARGUMENTS),
        supports_check_mode=True,
    )
    params = module.params
    try:
        engine = Engine(params["docker_host"], params["timeout"])
        findings = prove(engine, Kernel(params["root"]), **{name: params[name] for name in PROOF_ARGUMENTS})
    except ClassroomError as exc:
        module.fail_json(msg=str(exc))
    report(module, findings)


if __name__ == "__main__":
    main()
