#!/usr/bin/python
# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: image_proof
short_description: Prove by running them what images can and cannot do
description:
  - Runs a container of each image, one after the other, and compares what it exits with and what it says with what is asked.
    Such as that an image has no shell, since a shell of it cannot be started.
  - The containers have no network, no capabilities and a root that can only be read, and are removed again.
  - Needs the C(docker) program on the target.
author: Classroom Containers contributors (@classroom-containers)
extends_documentation_fragment:
  - classroom.containers.attributes
  - classroom.containers.engine
  - classroom.containers.findings
options:
  runs:
    description: What is run, and what must come of it.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: What it proves. The attribute of the finding.
        type: str
        required: true
      image:
        description: The image. It is not pulled.
        type: str
        required: true
      entrypoint:
        description: The program to run, as in C(docker run --entrypoint). The image's own without it.
        type: str
      command:
        description: The arguments of the program.
        type: list
        elements: str
        default: []
      exit_code:
        description:
          - What it must exit with, from V(0) to V(255).
          - Docker says V(127) where the image has no such program, and V(126) where the program cannot be run. A program may do so itself,
            so ask for Docker's words in O(runs[].contains), too.
        type: int
        default: 0
      contains:
        description:
          - Texts that its output must have, standard error included, in UTF-8.
          - A program that writes more than 1 MiB is ended, and proves nothing.
        type: list
        elements: str
        default: []
seealso:
  - module: classroom.containers.image_check
    description: Looks into the files of images without running anything.
"""

EXAMPLES = r"""
- name: Prove that an image has no shell, and that its builder stage has one
  classroom.containers.image_proof:
    runs:
      - name: no shell
        image: ashudistroless:hello
        entrypoint: /bin/sh
        exit_code: 127
        contains: ["stat /bin/sh: no such file or directory"]
      - name: a shell in the builder stage
        image: common:distrolessbuilder
        entrypoint: /bin/sh
        command: [-c, echo here]
        contains: [here]
"""

RETURN = r"""
findings:
  description: One entry for each of O(runs).
  returned: success, or when a verdict in O(fail_on) failed the task
  type: list
  elements: dict
  contains:
    student:
      description: Always empty, since a proof is of the image.
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
      description: The image.
      type: str
      sample: ashudistroless:hello
    kind:
      description: What the subject is. Always V(image).
      type: str
      sample: image
    attribute:
      description: The name of the run.
      type: str
      sample: no shell
    asked:
      description: What it must exit with, and the texts.
      type: str
      sample: "exit 127, 'stat /bin/sh: no such file or directory'"
    declared:
      description: Always V(null). Nobody declares what an image can do.
      type: str
      sample: null
    enforced:
      description: What it exited with, and those of the texts that it said. V(null) where it did not run.
      type: str
      sample: "exit 127, 'stat /bin/sh: no such file or directory'"
    verdict:
      description:
        - V(ok), V(differs) where something else came of it, V(absent) where there is no such image.
        - V(unreachable) where the engine does not answer, and V(unverifiable) where it did not run the container, or the container did
          not end within O(timeout).
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
        - "docker run --entrypoint=/bin/sh ashudistroless:hello: exit 127"
        - "output: 'docker: Error response from daemon: ... exec: \"/bin/sh\": stat /bin/sh: no such file or directory: unknown.'"
    hint:
      description: What happened instead. The name of the run where it went as asked.
      type: str
      sample: no shell
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
from ansible_collections.classroom.containers.plugins.module_utils._image_proof import RUN_ARGUMENTS, prove


def main() -> None:
    module = AnsibleModule(
        argument_spec=dict(
            ENGINE_ARGUMENTS, **FINDINGS_ARGUMENTS, runs={"type": "list", "elements": "dict", "required": True, "options": RUN_ARGUMENTS}
        ),
        supports_check_mode=True,
    )
    params = module.params
    try:
        findings = prove(params["runs"], Engine(params["docker_host"], params["timeout"]), params["timeout"])
    except ClassroomError as exc:
        module.fail_json(msg=str(exc))
    report(module, findings)


if __name__ == "__main__":
    main()
