#!/usr/bin/python
# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: network_check
short_description: Check that networks and those on them are as asked, as Docker declares and as the kernel has them
description:
  - Compares, for any number of networks in one call, what is asked with what Docker declares, and with the bridges, routes and addresses
    that the kernel has, on the host and in the containers.
  - A container's interface on a bridge is one end of a pair. The other end, on the host, must be a port of that bridge, and of no other one.
  - Each attribute, and each member, gives one finding with a verdict, an outcome (pass, fail, or could not check), the evidence and a hint.
  - A network that is not there fails. The address of a container that does not run could not be checked, unless Docker already declares
    something other than asked.
  - What is not as asked is looked at again before it fails. Where it is something else each time, it could not be checked.
author: Classroom Containers contributors (@classroom-containers)
extends_documentation_fragment:
  - classroom.containers.attributes
  - classroom.containers.engine
  - classroom.containers.engine.kernel
  - classroom.containers.findings
options:
  networks:
    description: The requirements, one entry for each network. Only what is given is compared.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: The network's name.
        type: str
        required: true
      student:
        description: Whose network it is. Handed through to the findings.
        type: str
      lab:
        description: What the requirement belongs to. Handed through to the findings.
        type: str
      step:
        description: Which part of it that is. Handed through to the findings.
        type: str
      driver:
        description:
          - V(bridge), V(host), V(null), or another driver of the engine.
          - C(Driver); of V(bridge), whether C(/sys/class/net) has the network's bridge.
        type: str
      subnet:
        description:
          - A subnet of the network with its prefix, such as V(192.168.1.0/24).
          - C(IPAM.Config.Subnet); of a bridge, the host's route by it in C(/proc/1/net/route), of IPv6 in C(/proc/1/net/ipv6_route).
        type: str
      gateway:
        description:
          - The address of the host on the network.
          - C(IPAM.Config.Gateway); of a bridge, the host's addresses in C(/proc/1/net/fib_trie), of IPv6 those of the bridge in
            C(/proc/1/net/if_inet6).
          - Where the network was created without one, the kernel alone tells, for Docker takes the first address and does not say so.
        type: str
      bridge:
        description:
          - The name of the network's bridge on the host, of at most 15 characters. Without an option, Docker takes C(br-) and the first 12 digits
            of the network's id.
          - C(Options.com.docker.network.bridge.name), and C(/sys/class/net).
        type: str
      mtu:
        description: The largest packet in bytes. C(Options.com.docker.network.driver.mtu), where nothing is V(1500).
        type: int
      internal:
        description: Whether nothing on it reaches out, or is reached from outside. C(Internal).
        type: bool
      attachable:
        description: Whether containers may be attached by hand where the network is of a swarm. C(Attachable).
        type: bool
      ipv6:
        description: Whether it has IPv6. C(EnableIPv6); of a bridge that has, whether C(/proc/1/net/if_inet6) has an address of it on the network.
        type: bool
      subnet6:
        description: As O(networks[].subnet), of IPv6, where both are asked.
        type: str
      gateway6:
        description: As O(networks[].gateway), of IPv6, where both are asked.
        type: str
      icc:
        description: Whether its containers reach each other. C(Options.com.docker.network.bridge.enable_icc), where nothing is V(true).
        type: bool
      masquerade:
        description:
          - Whether what its containers send out has the host's address. C(Options.com.docker.network.bridge.enable_ip_masquerade), where
            nothing is V(true). With a C(Options.com.docker.network.bridge.gateway_mode_ipv4) that does no NAT, it is V(false) whatever that says.
        type: bool
      host_binding:
        description:
          - The host's address of IPv4 that ports are published at. C(Options.com.docker.network.bridge.host_binding_ipv4), where nothing is V(0.0.0.0).
        type: str
      labels:
        description: Labels that it must carry with these values, each of which has one. Others are not looked at. C(Labels).
        type: dict
      members:
        description:
          - Containers that must be on it. Each gives a finding.
          - C(NetworkSettings.Networks); of a bridge, the interface in C(/proc/PID/net/route), its number in C(/proc/PID/net/dev_mcast), and
            C(iflink) and C(master) of its other end in C(/sys/class/net).
          - Which of the host's interfaces is the other end, the kernel tells over netlink. Under another O(root) it could not be checked.
        type: list
        elements: dict
        suboptions:
          container:
            description: The container's name.
            type: str
            required: true
          address:
            description:
              - The IPv4 address that it must have there, given with C(docker run --ip) or C(docker network connect --ip), so that it keeps it.
              - C(NetworkSettings.Networks.NAME.IPAMConfig) and C(IPAddress), and the addresses in C(/proc/PID/net/fib_trie).
            type: str
          address6:
            description:
              - The same of IPv6, given with C(--ip6).
              - C(IPAMConfig) and C(GlobalIPv6Address), and the addresses in C(/proc/PID/net/if_inet6).
            type: str
          step:
            description: Which part of O(networks[].lab) its finding is about, where that is not O(networks[].step).
            type: str
      members_only:
        description: Whether nobody else may be on it. C(Containers), which has those that run.
        type: bool
seealso:
  - module: community.docker.docker_network_info
  - module: classroom.containers.container_check
"""

EXAMPLES = r"""
- name: Check a student's network
  classroom.containers.network_check:
    networks:
      - name: ashubr1
        driver: bridge
        subnet: 192.168.1.0/24
        members:
          - {container: ashuc1, address: 192.168.1.100}

- name: Check the default bridge as the course shows it
  classroom.containers.network_check:
    networks:
      - {name: bridge, driver: bridge, bridge: docker0, mtu: 1500, icc: true, masquerade: true, host_binding: 0.0.0.0}
"""

RETURN = r"""
findings:
  description: One entry for each attribute and each member of each requirement, in the order of the requirements.
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
      sample: bridge_network
    step:
      description: As in the requirement. Empty where it names none.
      type: str
      sample: br1
    subject:
      description: The network's name.
      type: str
      sample: ashubr1
    kind:
      description: What the subject is. Always V(network).
      type: str
      sample: network
    attribute:
      description: The option that was compared.
      type: str
      sample: subnet
    asked:
      description: What is asked. Of a member, the container's name and its addresses.
      type: raw
      sample: 192.168.1.0/24
    declared:
      description: What Docker declares, in the same words. V(null) where Docker knows nothing of it.
      type: raw
      sample: 192.168.1.0/24
    enforced:
      description:
        - What the kernel has, in the same words, of O(networks[].driver), O(networks[].subnet), O(networks[].gateway), O(networks[].bridge) and
          O(networks[].members), and of those of IPv6. V(null) where it has nothing of the kind.
        - Of a member at another bridge, that bridge as well.
        - V(null) of the other attributes, which are the engine's own.
      type: raw
      sample: 192.168.1.0/24
    verdict:
      description:
        - V(ok) means that it is as asked, V(differs) that Docker declares something else, V(missing) that Docker declares nothing of the kind, or
          that a container is not on the network, V(not_enforced) that the kernel has something else than Docker declares, and V(absent) that
          there is no such network or container.
        - V(stopped), V(unstable), V(unverifiable), V(unreadable) and V(unreachable) say why it could not be checked.
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
      sample: [IPAM.Config.Subnet=192.168.1.0/24, "/proc/1/net/route: br-4d0dbd2a0ad0 192.168.1.0/24"]
    hint:
      description: What is wrong and the command that mends it. Empty where nothing is worth saying.
      type: str
      sample: ""
summary:
  description: How many findings there are of each outcome.
  returned: success, or when a verdict in O(fail_on) failed the task
  type: dict
  sample: {pass: 3, fail: 0, could_not_check: 0}
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.classroom.containers.plugins.module_utils._cgroups import Kernel
from ansible_collections.classroom.containers.plugins.module_utils._engine import Engine
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.module_utils._findings import only_asked, report
from ansible_collections.classroom.containers.plugins.module_utils._network_asked import ARGUMENTS
from ansible_collections.classroom.containers.plugins.module_utils._network_check import check


def main() -> None:
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    params = module.params
    params["networks"] = only_asked(params["networks"])
    try:
        findings = check(params["networks"], Engine(params["docker_host"], params["timeout"]), Kernel(params["root"]))
    except ClassroomError as exc:
        module.fail_json(msg=str(exc))
    report(module, findings)


if __name__ == "__main__":
    main()
