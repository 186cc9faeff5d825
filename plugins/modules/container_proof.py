#!/usr/bin/python
# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: container_proof
short_description: Prove by running programs in them what containers can and cannot do
description:
  - Runs programs in containers that run, many at the same time, and compares what each exits with and what it says with what is asked.
    Such as that a name is known on a bridge of one's own, since C(ping) finds it.
  - It starts and stops no container. What a program changes in one stays changed, and the module does not know of it.
  - Needs the C(docker) program on the target.
author: Classroom Containers contributors (@classroom-containers)
extends_documentation_fragment:
  - classroom.containers.engine
  - classroom.containers.findings
attributes:
  check_mode:
    description: Can run in check mode. It is skipped there, for a program may change something.
    support: none
  diff_mode:
    description: Returns details of what changed when in diff mode.
    support: none
  idempotent:
    description: When run twice with the same options, the second run changes nothing.
    support: N/A
    details:
      - That is up to the programs.
options:
  runs:
    description: What is run, and what must come of it.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: What it proves. The attribute of the finding. Each run has a name of its own.
        type: str
        required: true
      container:
        description: The container's name.
        type: str
        required: true
      command:
        description: The program and its arguments, as in C(docker exec).
        type: list
        elements: str
        required: true
      exit_code:
        description:
          - What it must exit with, from V(0) to V(255).
          - V(127), with older engines V(126), is the engine's word that there is no such program. Where anything else is asked, a program that is
            not there could not be checked.
        type: int
        default: 0
      contains:
        description:
          - Texts that its output must have, standard error included, in UTF-8.
          - A program that writes more than 1 MiB is ended, and proves nothing.
        type: list
        elements: str
        default: []
      given:
        description:
          - The name of another run, without which this one proves nothing. Where that one did not go as asked, this one could not be checked.
          - That one may be given another in turn, and all of them count. They must not go in a circle.
          - Such as that a container does not reach an address, which says something only where another one reaches it.
        type: str
      assumed:
        description: Whether it is nobody's promise, so that it could not be checked where it does not go as asked, and does not fail.
        type: bool
        default: false
seealso:
  - module: classroom.containers.image_proof
"""

EXAMPLES = r"""
- name: Prove that a name is known on a bridge of one's own, and not on the default one
  classroom.containers.container_proof:
    runs:
      - name: names on ashubr1
        container: ashun1
        command: [ping, -c, "1", ashun2]
      - name: no names on the default bridge
        container: ashux1
        command: [ping, -c, "1", ashux2]
        exit_code: 1
        contains: [bad address]
"""

RETURN = r"""
findings:
  description: One entry for each of O(runs).
  returned: success, or when a verdict in O(fail_on) failed the task
  type: list
  elements: dict
  contains:
    student:
      description: Always empty, since a proof is of the host.
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
      description: The container.
      type: str
      sample: ashun1
    kind:
      description: What the subject is. Always V(container).
      type: str
      sample: container
    attribute:
      description: The name of the run.
      type: str
      sample: names on ashubr1
    asked:
      description: What it must exit with, and the texts.
      type: str
      sample: exit 0
    declared:
      description: Always V(null). Nobody declares what a program can do.
      type: str
      sample: null
    enforced:
      description: What it exited with, and those of the texts that it said. V(null) where it did not run.
      type: str
      sample: exit 0
    verdict:
      description:
        - V(ok), V(differs) where something else came of it, V(absent) where there is no such container.
        - V(stopped) where the container does not run, V(unreachable) where the engine does not answer, V(unstable) where the
          container stopped, restarted or was removed while programs ran in it, and V(unverifiable) where it did not
          run the program, or the program did not end within O(timeout), or where what is O(runs[].assumed) or O(runs[].given) is not so.
      type: str
      sample: ok
    outcome:
      description: V(pass), V(fail) or V(could_not_check).
      type: str
      sample: pass
    evidence:
      description: What was run, what it exited with, and the beginning of its output.
      type: list
      elements: str
      sample:
        - "docker exec ashun1 ping -c 1 ashun2: exit 0"
        - "output: 'PING ashun2 (192.168.1.101): 56 data bytes ...'"
    hint:
      description: What happened instead. The name of the run where it went as asked.
      type: str
      sample: names on ashubr1
summary:
  description: How many findings there are of each outcome.
  returned: success, or when a verdict in O(fail_on) failed the task
  type: dict
  sample: {pass: 2, fail: 0, could_not_check: 0}
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.classroom.containers.plugins.module_utils._engine import ENGINE_ARGUMENTS, Engine
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.module_utils._findings import FINDINGS_ARGUMENTS, report
from ansible_collections.classroom.containers.plugins.module_utils._container_proof import RUN_ARGUMENTS, prove


def main() -> None:
    module = AnsibleModule(
        argument_spec=dict(
            ENGINE_ARGUMENTS, **FINDINGS_ARGUMENTS, runs={"type": "list", "elements": "dict", "required": True, "options": RUN_ARGUMENTS}
        )
    )
    params = module.params
    try:
        findings = prove(params["runs"], Engine(params["docker_host"], params["timeout"]), params["timeout"])
    except ClassroomError as exc:
        module.fail_json(msg=str(exc))
    report(module, findings)


if __name__ == "__main__":
    main()
