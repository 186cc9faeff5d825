#!/usr/bin/python
# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: container_check
short_description: Check that containers are as asked, as the engine knows them
description:
  - Compares, for any number of containers in one call, what is asked with what Docker declares.
  - Each attribute gives one finding with a verdict, an outcome (pass, fail, or could not check), the evidence and a hint.
  - For limits, which the kernel enforces, see M(classroom.containers.cgroup_check).
author: Classroom Containers contributors (@classroom-containers)
extends_documentation_fragment:
  - classroom.containers.attributes
  - classroom.containers.engine
  - classroom.containers.findings
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
      state:
        description: The state as Docker names it. C(State.Status).
        type: str
        choices: [created, exited, paused, restarting, running]
      restart_policy:
        description:
          - V(no), V(always), V(unless-stopped), V(on-failure), or V(on-failure:N) with the number of restarts at most.
          - C(HostConfig.RestartPolicy). A bare C(no), which YAML reads as false, is taken for V(no).
        type: str
      restart_count:
        description: How often the engine restarted it in its present run. C(RestartCount).
        type: int
seealso:
  - module: classroom.containers.cgroup_check
"""

EXAMPLES = r"""
- name: Check that a service comes back by itself
  classroom.containers.container_check:
    containers:
      - name: web
        state: running
        restart_policy: always
      - name: worker
        restart_policy: on-failure:3
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
      sample: restart_policy
    subject:
      description: The container's name.
      type: str
      sample: ashux3
    attribute:
      description: The option that was compared.
      type: str
      sample: restart_policy
    asked:
      description: What is asked, in the words of the option.
      type: raw
      sample: always
    declared:
      description: What Docker declares, in the same words. From the field that the option of that name tells.
      type: raw
      sample: always
    enforced:
      description: Always V(null), since these attributes are the engine's own and the kernel knows nothing of them.
      type: raw
      sample: null
    verdict:
      description:
        - V(ok) means that it is as asked, V(differs) that it is not, and V(missing) that the container has no such policy.
        - V(absent) means that there is no such container, and V(unreachable) that the engine does not answer.
      type: str
      sample: ok
    outcome:
      description: V(pass), V(fail) or V(could_not_check).
      type: str
      sample: pass
    evidence:
      description: The fields that were read, with what they said.
      type: list
      elements: str
      sample: [HostConfig.RestartPolicy.Name=always, HostConfig.RestartPolicy.MaximumRetryCount=0, RestartCount=0]
    hint:
      description: What is wrong and the command that mends it. Empty where nothing is worth saying.
      type: str
      sample: "ashux3 has the restart policy on-failure, and always is asked: docker update --restart always ashux3."
summary:
  description: How many findings there are of each outcome.
  returned: success, or when a verdict in O(fail_on) failed the task
  type: dict
  sample: {pass: 2, fail: 0, could_not_check: 0}
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.classroom.containers.plugins.module_utils._container_check import REQUIREMENT_ARGUMENTS, check
from ansible_collections.classroom.containers.plugins.module_utils._engine import ENGINE_ARGUMENTS, Engine
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.module_utils._findings import FINDINGS_ARGUMENTS, result


def main() -> None:
    module = AnsibleModule(
        argument_spec=dict(
            ENGINE_ARGUMENTS,
            **FINDINGS_ARGUMENTS,
            containers={"type": "list", "elements": "dict", "required": True, "options": REQUIREMENT_ARGUMENTS},
        ),
        supports_check_mode=True,
    )
    params = module.params
    try:
        findings = check(params["containers"], Engine(params["docker_host"], params["timeout"]))
    except ClassroomError as exc:
        module.fail_json(msg=str(exc))
    returned = result(findings, params["fail_on"])
    end = module.fail_json if "failed" in returned else module.exit_json
    end(**returned)


if __name__ == "__main__":
    main()
