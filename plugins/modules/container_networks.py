#!/usr/bin/python
# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: container_networks
short_description: Connect containers to exactly the networks asked, as they run
description:
  - Connects and disconnects any number of containers in one call, until each is on the networks asked and on no other.
  - No container is created again or restarted, so that each keeps what is in it. One that is stopped has its networks when it starts.
  - Of a fixed address that is another one, the container is disconnected from that network and connected again, with the aliases, links, IPv6 address
    and driver options that it had there.
  - Where the engine refuses a change, such as an address that another has, those before it are undone, and the task fails.
  - A container that is just restarting is refused where something is to change. Try again later.
  - Needs the C(docker) program on the target.
author: Classroom Containers contributors (@classroom-containers)
extends_documentation_fragment:
  - classroom.containers.engine
attributes:
  check_mode:
    description: Can run in check mode.
    support: partial
    details:
      - A container that is not there is left out then, since it might have been created by a real run.
      - So might a network, also with another subnet. In check mode, a network that is not there and an address outside of the subnet pass.
  diff_mode:
    description: Returns the networks of the containers that change, before and after.
    support: full
  idempotent:
    description: When run twice with the same options, the second run changes nothing.
    support: full
options:
  containers:
    description: The containers.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: The container's name. Each container is named once.
        type: str
        required: true
      networks:
        description: The networks that it is to be on. Of an empty list, it is disconnected from all.
        type: list
        elements: dict
        required: true
        suboptions:
          name:
            description: The name of a network that is there, or its id, of which 12 digits are enough.
            type: str
            required: true
          address:
            description:
              - The IPv4 address that it is to have there, and to keep. The network must have a subnet that its creator gave, and the address is in it.
              - Without it, any address is right.
            type: str
seealso:
  - module: classroom.containers.network_check
  - module: community.docker.docker_network
    description: Connects the containers of one network, and makes the network.
"""

EXAMPLES = r"""
- name: Connect a running container to a second bridge
  classroom.containers.container_networks:
    containers:
      - name: ashun1
        networks:
          - {name: ashubr1, address: 192.168.1.100}
          - {name: ashubr2}
"""

RETURN = r"""
changes:
  description: What was done, or would be, in this order. Where the engine refused, what was done before and could not be undone.
  returned: success, or when the engine refused
  type: list
  elements: dict
  contains:
    action:
      description: V(connect) or V(disconnect).
      type: str
      sample: connect
    container:
      description: The container's name.
      type: str
      sample: ashun1
    network:
      description: The network's name.
      type: str
      sample: ashubr2
    address:
      description: The fixed address. Empty where there is none.
      type: str
      sample: ""
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.classroom.containers.plugins.module_utils._container_networks import CONTAINER_ARGUMENTS, ConnectError, run
from ansible_collections.classroom.containers.plugins.module_utils._engine import ENGINE_ARGUMENTS, Engine
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError


def main() -> None:
    module = AnsibleModule(
        argument_spec=dict(ENGINE_ARGUMENTS, containers={"type": "list", "elements": "dict", "required": True, "options": CONTAINER_ARGUMENTS}),
        supports_check_mode=True,
    )
    params = module.params

    def command(arguments: list) -> tuple:
        return module.run_command([module.get_bin_path(arguments[0], required=True), *arguments[1:]])

    try:
        returned = run(params["containers"], Engine(params["docker_host"], params["timeout"]), command, module.check_mode)
    except ConnectError as exc:
        module.fail_json(msg=str(exc), changed=bool(exc.changes), changes=exc.changes)
    except ClassroomError as exc:
        module.fail_json(msg=str(exc))
    if returned["changed"]:
        # A dry run needs it as much as a real one.
        module.get_bin_path("docker", required=True)
    module.exit_json(**returned)


if __name__ == "__main__":
    main()
