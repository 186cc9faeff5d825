#!/usr/bin/python
# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: namespace_info
short_description: Read the namespaces of every container of a host, as Docker declares and as the kernel has them
description:
  - Reads all containers of a host, or those of given names or labels, in one call.
  - Of each it tells which namespaces are its own, and which it shares with the host or with other containers, from the inodes of the
    kernel's namespaces, beside what Docker was told.
  - A container that stops or restarts while it is being read is looked at anew; the values of two lives are never mixed.
author: Classroom Containers contributors (@classroom-containers)
extends_documentation_fragment:
  - classroom.containers.attributes
  - classroom.containers.engine
  - classroom.containers.engine.kernel
options:
  names:
    description:
      - Names or name patterns (such as V(ashu*)) of the containers to return, or ids of at least 12 digits. All containers without it.
      - The others are read, too, since a namespace may be shared with any of them.
    type: list
    elements: str
  labels:
    description: Labels (V(key) or V(key=value)) that a container must carry, all of them.
    type: list
    elements: str
seealso:
  - module: classroom.containers.cgroup_info
"""

EXAMPLES = r"""
- name: Read the namespaces of every container
  classroom.containers.namespace_info:
  register: host_namespaces

- name: Show who sees the processes of the host
  ansible.builtin.debug:
    msg: "{{ host_namespaces.containers | selectattr('namespaces.pid.shared_with', 'contains', 'host') | map(attribute='name') }}"
"""

RETURN = r"""
host:
  description: The namespaces of the host.
  returned: success
  type: dict
  contains:
    source:
      description:
        - Where they were read. V(/proc/1/ns), or V(/proc/self/ns) where even root may not read that of process 1, and the module's own are taken.
      type: str
      sample: /proc/1/ns
    namespaces:
      description: The inode of each kind. V(null) where the kernel has no such kind.
      type: dict
      sample: {cgroup: 4026531835, ipc: 4026531839, mnt: 4026531841, net: 4026531840, pid: 4026531836, time: 4026531834, user: 4026531837, uts: 4026531838}
containers:
  description: One entry for each container, stopped ones too.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: The container's name. From C(Name) of C(GET /containers/ID/json), as all fields here whose source is an API field.
      type: str
      sample: ashux1
    id:
      description: The container's id of 64 hexadecimal digits. From C(Id).
      type: str
      sample: 4d0dbd2a0ad0f1b9ad33c7a4bf6f1ed0d8f0f1e2a3b4c5d6e7f8091a2b3c4d5e
    status:
      description: From C(State.Status).
      type: str
      sample: running
    pid:
      description: PID 1 of the container as the host sees it, V(0) where it does not run. From C(State.Pid).
      type: int
      sample: 31443
    read:
      description: Whether the kernel's side could be read. Only a running container has one.
      type: bool
      sample: true
    verdict:
      description: Why it could not, in a word. V(stopped), V(unstable), V(unreadable) or V(unreachable). Empty where it could.
      type: str
      sample: ""
    reason:
      description: >-
        The same as a sentence. Empty where it could. Where Docker itself could not inspect the container, name and status are those of its list, and
        what else it should have told is V(null); where such a container runs, the module fails, for it may share the namespaces of any other.
      type: str
      sample: ""
    namespaces:
      description: One entry for each of V(cgroup), V(ipc), V(mnt), V(net), V(pid), V(time), V(user) and V(uts).
      type: dict
      contains:
        cgroup: &namespace
          description: That namespace.
          type: dict
          contains:
            inode:
              description: The number of the namespace. V(null) where it was not read. From C(/proc/PID/ns).
              type: int
              sample: 4026532345
            declared:
              description:
                - What Docker was told. V(private), V(host), or V(container:) and the name of another one.
                - V(null) where that is the engine's default, and not known, or Docker could not tell.
                - From C(CgroupnsMode), C(IpcMode), C(NetworkMode), C(PidMode), C(UTSMode) and C(UsernsMode) of C(HostConfig), and C(SecurityOptions) of
                  C(GET /info). Docker always makes a C(mnt) namespace, and never one of C(time).
              type: str
              sample: private
            shared_with:
              description: V(host), and the names of other containers, that are in the same namespace.
              type: list
              elements: str
              sample: []
            as_declared:
              description: Whether that is what Docker was told. V(null) where one of both is not known.
              type: bool
              sample: true
        ipc: *namespace
        mnt: *namespace
        net: *namespace
        pid: *namespace
        time: *namespace
        user: *namespace
        uts: *namespace
      sample:
        pid: {inode: 4026532345, declared: private, shared_with: [], as_declared: true}
        net: {inode: 4026531840, declared: host, shared_with: [host], as_declared: true}
    pids:
      description: >-
        The number of its first process in each PID namespace, the host's first. Empty where they were not read. From C(NSpid) of C(/proc/PID/status).
      type: list
      elements: int
      sample: [31443, 1]
    user_mapping:
      description: Which users inside are which outside, each with how many. Empty where they were not read. From C(/proc/PID/uid_map).
      type: list
      elements: dict
      sample: [{inside: 0, outside: 0, count: 4294967295}]
    capabilities:
      description: >-
        The capabilities that the first process has, V(effective), and those that it can ever have, V(bounding). V(null) where they were not read.
        From C(CapEff) and C(CapBnd) of C(/proc/PID/status).
      type: dict
      sample: {effective: [CHOWN, KILL], bounding: [CHOWN, KILL]}
    seccomp:
      description: V(disabled), V(strict) or V(filter). V(null) where it was not read. From C(Seccomp) of C(/proc/PID/status).
      type: str
      sample: filter
    no_new_privileges:
      description: Whether no program can give it more rights. V(null) where it was not read. From C(NoNewPrivs) of C(/proc/PID/status).
      type: bool
      sample: false
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.classroom.containers.plugins.module_utils._cgroups import KERNEL_ARGUMENTS, Kernel
from ansible_collections.classroom.containers.plugins.module_utils._engine import ENGINE_ARGUMENTS, Engine
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.module_utils._namespaces import gather


def main() -> None:
    module = AnsibleModule(
        argument_spec=dict(ENGINE_ARGUMENTS, **KERNEL_ARGUMENTS, names={"type": "list", "elements": "str"}, labels={"type": "list", "elements": "str"}),
        supports_check_mode=True,
    )
    params = module.params
    try:
        engine = Engine(params["docker_host"], params["timeout"])
        gathered = gather(engine, Kernel(params["root"]), params["names"], params["labels"])
    except ClassroomError as exc:
        module.fail_json(msg=str(exc))
    module.exit_json(changed=False, **gathered)


if __name__ == "__main__":
    main()
