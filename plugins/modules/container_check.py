#!/usr/bin/python
# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: container_check
short_description: Check that containers are as asked, and answer as asked
description:
  - Compares, for any number of containers in one call, what is asked with what Docker declares, and with what the containers do
    where that can be seen from the host, such as the page that a server answers with.
  - Each attribute gives one finding with a verdict, an outcome (pass, fail, or could not check), the evidence and a hint.
  - A container that is not there fails. What only a running container has, which are O(containers[].command), O(containers[].environment),
    O(containers[].user), O(containers[].read_only), O(containers[].cap_drop), O(containers[].cap_add), O(containers[].mounts),
    O(containers[].networks), O(containers[].namespaces), O(containers[].ports) and O(containers[].http), could not be checked of a stopped one,
    unless Docker already declares something other than asked, which fails.
  - For limits, which the kernel enforces, see M(classroom.containers.cgroup_check).
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
      state:
        description: The state as Docker names it. C(State.Status).
        type: str
        choices: [created, exited, paused, restarting, running]
      restart_policy:
        description:
          - V(no), V(always), V(unless-stopped), V(on-failure), or V(on-failure:N) with the number of restarts at most.
          - C(HostConfig.RestartPolicy). A bare C(no), which YAML reads as false, is taken for V(no).
          - A container that runs, and that the engine will not start again all the same, is V(not_enforced). That is so after any signal of
            C(docker kill), even one that the program ignores. Where the container has a stop signal of its own (C(Config.StopSignal)), other signals
            do that to V(unless-stopped) alone, and V(always) and V(on-failure) are V(unverifiable). C(HasBeenManuallyStopped) in
            C(containers/ID/config.v2.json) of the C(DockerRootDir) of C(GET /info), which root alone may read. Where it cannot be read,
            C(HostConfig.RestartPolicy) decides.
        type: str
      restart_count:
        description: How often the engine restarted it in its present run. C(RestartCount).
        type: int
      image:
        description:
          - The name of the image that it was made of, such as V(ashuflask:v001). Without a tag, C(latest) is meant.
          - C(Image) of the container must be the C(Id) that the name stands for now. An image that was built anew under the same name
            is another one.
          - From Docker 28 on, where it keeps its images in containerd, C(ImageManifestDescriptor) of the container may be the image's manifest
            for the engine's processor instead. Each build makes another index of the same manifest there.
        type: str
      command:
        description:
          - All words of what it runs, such as V([ping, 127.0.0.1]).
          - C(Config.Entrypoint) followed by C(Config.Cmd) must be these words, each as it is written. Where O(containers[].image) is asked, too, and the
            container is of that image, the words may also be what follows the image in C(docker run), behind the image's own C(ENTRYPOINT).
          - In C(/proc/PID/cmdline), the container's first process must be that, the interpreter of that script, or what the engine's own C(init) runs. A
            program may put another in its place, as a shell does with C(exec); where the command says so, the finding passes as V(converted), and
            elsewhere it is V(unverifiable).
        type: list
        elements: str
      environment:
        description:
          - Variables that it must have, with their values as texts. Each gives a finding. Others that it has are not looked at, and never shown.
          - C(Config.Env), and C(/proc/PID/environ) of the container's first process, which root alone may read.
          - Of a variable that is named like a secret, such as C(DB_PASSWORD), no value is shown anywhere, the one that is asked included.
        type: dict
      user:
        description:
          - Whom it runs as, a name or a number as in C(docker run --user), such as V(65532), V(root), or V(1000:1000) with a group.
          - C(Config.User), where empty is V(root), and of the container's first process the real user id in C(/proc/PID/status), as the
            container has it, and the group id where a group is asked.
          - Where a number is asked and the image has a name, or no group is told, the number that the process has decides. Where a name is asked
            and it is run with another number than root's, it is V(unverifiable). Where the process cannot be read, a C(Config.User) that is another one
            fails, and all else is V(unverifiable).
        type: str
      ports:
        description:
          - Ports that it publishes, each as in C(docker run -p) with the host's port, the container's port and maybe the protocol, such
            as V(1234:5000) or V(1234:5000/udp). An address may stand before them. Each gives a finding. Quote them, since YAML
            may take them for numbers. Others that it publishes are not looked at.
          - C(HostConfig.PortBindings), and C(NetworkSettings.Ports) for what the engine bound.
        type: list
        elements: str
      stop_signal:
        description:
          - The signal that C(docker stop) sends first, a name or a number, such as V(SIGINT).
          - C(Config.StopSignal), where empty is V(SIGTERM).
        type: str
      read_only:
        description:
          - Whether its root file system can only be read.
          - C(HostConfig.ReadonlyRootfs), and of the container's first process the options of the mount at C(/) in C(/proc/PID/mountinfo).
        type: bool
      cap_drop:
        description:
          - Linux capabilities that it must have been denied, as in C(docker run --cap-drop), such as V(NET_RAW), or V(ALL). All of them give one finding.
          - C(HostConfig.CapDrop), without those in C(HostConfig.CapAdd), and of the container's first process C(CapBnd) in C(/proc/PID/status).
        type: list
        elements: str
      cap_add:
        description:
          - Linux capabilities that it must have been given beside Docker's own, and no others, as in C(docker run --cap-add), such as V(NET_ADMIN), or V(ALL).
            All of them give one finding. A privileged container has been given all, and more.
          - C(HostConfig.CapAdd), and of the container's first process C(CapBnd) and C(CapEff) in C(/proc/PID/status). A process that does not run as root
            does not have them in effect from the start, which passes as V(converted).
        type: list
        elements: str
      mounts:
        description:
          - What must be mounted in it. Each gives a finding. Other mounts are not looked at.
          - C(Mounts) and C(HostConfig.Tmpfs), and C(/proc/PID/mountinfo) of the container's first process.
        type: list
        elements: dict
        suboptions:
          type:
            description: V(bind) is a folder of the host, V(volume) a volume, and V(tmpfs) memory.
            type: str
            choices: [bind, volume, tmpfs]
            required: true
          source:
            description: The folder of the host, or the name of the volume. Any volume is right without it. V(tmpfs) has none.
            type: str
          target:
            description: Where it is in the container.
            type: str
            required: true
          read_only:
            description: Whether nothing can be written there, which must be so or not so.
            type: bool
            default: false
      networks:
        description:
          - The networks that it must be on, and no other, such as V(ashubr1), or V(bridge), V(host) or V(none) alone. All of them give one finding.
          - C(NetworkSettings.Networks), and of the container's first process the interfaces that Docker gave it in C(/proc/PID/net/dev), of
            which there is one for each network. They are named C(ethN), or as C(Options) of the networks say.
        type: list
        elements: str
      network_addresses:
        description:
          - For the commands in the hints, the fixed addresses on O(containers[].networks), by the network.
          - They are not compared here. M(classroom.containers.network_check) does that.
        type: dict
      namespaces:
        description:
          - Which namespaces it must have. Each kind gives a finding.
          - V(private) is one of its own, which others may have joined, V(host) is the host's, and V(container:NAME) that of another container,
            of C(ipc), C(net) and C(pid). V(shareable), of C(ipc), is one of its own that the engine lets others join, and V(none) one without a C(/dev/shm).
          - C(CgroupnsMode), C(IpcMode), C(NetworkMode), C(PidMode), C(UTSMode) and C(UsernsMode) of C(HostConfig), and the inodes of
            C(/proc/PID/ns) of all containers of the host and of the host itself.
        type: dict
        suboptions:
          cgroup:
            description: V(private) or V(host), as in C(docker run --cgroupns).
            type: str
          ipc:
            description: V(private), V(shareable), V(none), V(host) or V(container:NAME), as in C(docker run --ipc).
            type: str
          mnt:
            description: V(private) or V(host). Docker always makes one of its own.
            type: str
          net:
            description: V(private), V(host) or V(container:NAME), as in C(docker run --network).
            type: str
          pid:
            description: V(private), V(host) or V(container:NAME), as in C(docker run --pid).
            type: str
          time:
            description: V(private) or V(host). Docker never makes one of its own.
            type: str
          user:
            description: V(private) or V(host), as in C(docker run --userns).
            type: str
          uts:
            description: V(private) or V(host), as in C(docker run --uts).
            type: str
      http:
        description:
          - Pages that it answers with. Each gives a finding.
          - Each is asked for with C(GET) from the host, at the address and port in C(NetworkSettings.Ports), again and again until
            there is an answer, since a server may just be starting. Pages of all containers are asked for at the same time.
          - Redirects are not followed. The first MiB of a page is read.
        type: list
        elements: dict
        suboptions:
          path:
            description: The path, which may have a query, such as V(/hello?name=ashu).
            type: str
            default: /
          port:
            description: The TCP port of the container. Not needed where it publishes only one.
            type: int
          status:
            description: The status that is asked.
            type: int
            default: 200
          contains:
            description: Texts that the page must contain, each as it is written, in UTF-8.
            type: list
            elements: str
            default: []
          sha256:
            description: The SHA-256 of the whole page, in hexadecimal digits.
            type: str
          timeout:
            description:
              - Seconds, from V(1) to V(300), in which the page is asked for again where nobody listens, or the connection is closed.
                In the first 30 seconds of a container, its server may still be starting, and is asked for as long; and in the first 180 seconds,
                while what runs in it is busy and listens nowhere, by its cgroup's CPU time and C(/proc/PID/net/tcp). One that is so to the end
                is V(unverifiable).
              - A server that takes the connection may be silent for four times as long, because its host may be busy with those of a whole class.
            type: int
            default: 5
seealso:
  - module: classroom.containers.cgroup_check
  - module: classroom.containers.namespace_info
  - module: classroom.containers.network_check
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

- name: Check that a container serves the page of the image as it is now
  classroom.containers.container_check:
    containers:
      - name: ashuflask1
        image: ashuflask:v001
        user: "65532"
        command: [/usr/bin/python3, demo.py]
        environment: {COLOR: blue}
        mounts:
          - {type: volume, source: ashudata, target: /data}
          - {type: tmpfs, target: /run}
        ports: ["1234:5000"]
        stop_signal: SIGINT
        http:
          - contains: [Hello ashu]
          - {path: /nothing, status: 404}

- name: Check that a container is isolated
  classroom.containers.container_check:
    containers:
      - name: ashus1
        networks: [ashubr1]
        namespaces: {ipc: private, mnt: private, net: private, pid: private, uts: private}
"""

RETURN = r"""
findings:
  description:
    - One entry for each attribute of each requirement, and for each port, page, variable, mount and kind of namespace, in the order of the requirements.
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
    step:
      description: As in the requirement. Empty where it names none.
      type: str
      sample: x3
    subject:
      description: The container's name.
      type: str
      sample: ashux3
    kind:
      description: What the subject is. Always V(container).
      type: str
      sample: container
    attribute:
      description: The option that was compared.
      type: str
      sample: restart_policy
    asked:
      description: What is asked, in the words of the option. Of a page, one line that has all of it.
      type: raw
      sample: always
    declared:
      description:
        - What Docker declares, in the same words. From the field that the option of that name tells.
        - Of an image, C(Config.Image) and the first 12 digits of the container's C(Image). Of a page, the port that it is asked for at.
      type: raw
      sample: always
    enforced:
      description:
        - Of O(containers[].command) the first process, of O(containers[].environment) the variable that it has, of
          O(containers[].user) the user id of the process, of O(containers[].read_only) whether its root is, of
          O(containers[].cap_drop) which capabilities it can never have, of O(containers[].cap_add) which it can have, of
          O(containers[].mounts) what is mounted there, of O(containers[].networks) its interfaces, of
          O(containers[].namespaces) what the kernel has of the kind, of O(containers[].ports) what the engine bound, and of
          O(containers[].http) the status and the length of the answer. V(null) where nothing of that could be seen.
        - Of O(containers[].restart_policy) V(no) where the engine does not follow it any more, and else V(null).
        - V(null) of the other attributes, which are the engine's own.
      type: raw
      sample: null
    verdict:
      description:
        - V(ok) means that it is as asked, V(differs) that it is not, and V(missing) that the container has no such policy, variable or mount,
          or publishes no such port.
        - V(converted) means that the user is a name that stands for the number that is asked, that the process is what the command made of
          itself, or that the capabilities are not in effect for a process that is not root's.
        - V(not_enforced) means that Docker declares it and it is not so, as with a published port that nothing answers at.
        - V(absent) means that there is no such container or no such image.
        - V(stopped) means that only a running container could tell, V(unstable) that it restarted while it was looked at,
          V(unverifiable) that what can be seen does not tell, V(unreadable) that the kernel's namespaces cannot be read,
          and V(unreachable) that the engine does not answer.
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

from ansible_collections.classroom.containers.plugins.module_utils._cgroups import Kernel
from ansible_collections.classroom.containers.plugins.module_utils._container_check import ARGUMENTS, check, shown
from ansible_collections.classroom.containers.plugins.module_utils._engine import Engine
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.module_utils._findings import only_asked, report


def main() -> None:
    # Variables may hold secrets: nothing is written into the host's log.
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True, no_log=True)
    params = module.params
    requirements = only_asked(params["containers"])
    params["containers"] = shown(requirements)
    try:
        findings = check(requirements, Engine(params["docker_host"], params["timeout"]), Kernel(params["root"]), params["other_names"], params["students"])
    except ClassroomError as exc:
        module.fail_json(msg=str(exc))
    report(module, findings)


if __name__ == "__main__":
    main()
