#!/usr/bin/python
# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: image_check
short_description: Check that images are as asked, by the engine, their files, the registry and archives
description:
  - Compares, for any number of images in one call, what is asked with what Docker declares and with what is in the layers,
    at a registry and in archives.
  - Each attribute gives one finding with a verdict, an outcome (pass, fail, or could not check), the evidence and a hint;
    O(images[].files) gives one for each file.
  - The first finding of each image is V(exists). The others are those attributes that are given.
  - Also returns the steps that the images were made in, each once with the images that have it.
  - The files are read where a requirement needs them, from one archive of all these images, which comes from the engine as a stream.
    The module writes nothing on the target, and the engine sends a layer that images share once. Some engines first copy all layers into their
    temporary folder, which needs as much room on the disk for a while.
  - No message has a secret in it that was found.
author: Classroom Containers contributors (@classroom-containers)
extends_documentation_fragment:
  - classroom.containers.attributes
  - classroom.containers.engine
  - classroom.containers.findings
  - classroom.containers.images
options:
  images:
    description: The requirements, one entry for each image. Only what is given is compared.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: The image's name as C(docker run) takes it. Without a tag, V(latest) is meant. An id is no name.
        type: str
        required: true
      student:
        description: Whose image it is. Handed through to the findings.
        type: str
      lab:
        description: What the requirement belongs to. Handed through to the findings.
        type: str
      step:
        description: Which part of it that is. Handed through to the findings.
        type: str
      size_max:
        description:
          - The size that the image may have, of the files of all its layers. C(Size), which is what C(docker images) shows.
          - An engine that keeps its images in containerd, as C(DriverStatus) tells, has another C(Size), with the layers packed. There, the
            files in the layers are counted, which gives the same number.
          - A number of bytes, or one with V(kB), V(MB) or V(GB) after it, as C(docker images) shows sizes, in powers of 1000,
            or with V(k), V(m) or V(g), as C(docker run) takes them, in powers of 1024. So V(60MB) is 60000000, and V(60m) is 62914560.
        type: str
      layers_max:
        description: How many layers the image may have. C(RootFS.Layers).
        type: int
      base:
        description: The name of an image on the same host, whose layers must be the first ones of this image. C(RootFS.Layers).
        type: str
      user:
        description:
          - Who a container runs as, by number or name. C(Config.User).
          - A number and a name are the same where the image's C(/etc/passwd) says so. An image without a user runs as V(root), which is V(0).
          - A group after a colon is compared where it is given. Whether a name and a number are the same group, or which group a user has by
            itself, is not looked up, and is V(unverifiable).
        type: str
      entrypoint:
        description: The program and its first arguments. An empty list asks for none. C(Config.Entrypoint).
        type: list
        elements: str
      command:
        description: The arguments of the program, or the program where there is no entrypoint. An empty list asks for none. C(Config.Cmd).
        type: list
        elements: str
      starts:
        description:
          - The file name of the program that a container of the image starts, such as V(demo.py). It has to stand, with or without its ending, in
            C(Config.Entrypoint) or C(Config.Cmd), whatever starts it there.
          - Of C(flask run) that names none, C(FLASK_APP) in C(Config.Env) counts, and without that V(app.py) and V(wsgi.py), which Flask looks for.
        type: str
      exposed_ports:
        description: The ports that the image exposes, these and no others, such as V(5000) or V(53/udp). C(Config.ExposedPorts).
        type: list
        elements: str
      stop_signal:
        description: The signal that stops a container. C(Config.StopSignal), which is V(SIGTERM) where an image has none.
        type: str
      labels:
        description:
          - Labels that the image must have. It may have others. C(Config.Labels).
          - Where the label V(maintainer), V(classroom.student) or V(org.opencontainers.image.authors) has another value than asked,
            the hint says whose image it is.
        type: dict
      no_shell:
        description:
          - Whether the image must be without a shell. V(false) asks for nothing.
          - Looks for programs of these names in all folders, after all layers, and follows links. C(ash), C(bash), C(busybox), C(csh), C(dash),
            C(fish), C(ksh), C(lksh), C(mksh), C(posh), C(pwsh), C(rbash), C(sh), C(tcsh), C(toybox), C(yash) and C(zsh). A version behind
            the name, or C(static), makes no other program. One by another name is not found.
        type: bool
      no_package_manager:
        description:
          - Whether the image must be without a package manager. V(false) asks for nothing.
          - As O(images[].no_shell), for C(apk), C(apt), C(apt-get), C(aptitude), C(conda), C(dnf), C(dnf5), C(dpkg), C(gem), C(microdnf),
            C(nix-env), C(npm), C(opkg), C(pacman), C(pip), C(pip3), C(rpm), C(snap), C(tdnf), C(yum) and C(zypper).
        type: bool
      no_secrets:
        description:
          - Whether the image must be without secrets. V(false) asks for nothing.
          - Looks in the environment, the labels, the entrypoint, the command and the history for variables and options with a value whose names
            end like C(PASSWORD), C(TOKEN), C(SECRET) or C(API_KEY), for passwords in addresses, in C(curl -u) and in the header
            C(Authorization), and for what GitHub, GitLab, npm, PyPI and AWS begin their tokens with.
          - Looks in the files of every layer, also those that a later layer took away, for private keys, logins at registries, and
            passwords in C(.netrc), C(.pypirc), C(.pgpass), C(.my.cnf), C(.npmrc), C(.git-credentials), C(.aws/credentials), C(.kube/config),
            C(.env), C(auth.conf), C(pip.conf) and C(/run/secrets), in the first MiB of each.
          - Looks everywhere for the values of O(secrets), in files of any size. Compressed files are not unpacked.
        type: bool
      files:
        description:
          - Files that the image must have, as a container has them after all layers.
          - Symbolic links in the image are followed. A link to a file of another name is not read, and that could not be checked.
        type: list
        elements: dict
        suboptions:
          path:
            description: The absolute path in the image.
            type: str
            required: true
          contains:
            description: Texts that the file must have, in UTF-8. A file of more than 1 MiB is not read, and that could not be checked.
            type: list
            elements: str
            default: []
          executable:
            description: Whether its owner, its group or everybody must have the right to run it.
            type: bool
            default: false
      pushed_as:
        description:
          - A name at a registry, which must be that of this very image. The registry is asked over HTTPS.
          - The registry's digest of the configuration must be the image's C(Id). With an engine that keeps its images in containerd, that of the
            manifest or of its index must be, or from Docker 28 on, that of the manifest for the engine's processor, in C(Manifests).
        type: str
      archive:
        description:
          - The path of a file of C(docker save) on the target, compressed or not. It must hold this very image under this name, and be whole.
        type: path
seealso:
  - module: classroom.containers.container_check
  - module: classroom.containers.image_archive
"""

EXAMPLES = r"""
- name: Check that the images are small, safe and the students' own
  classroom.containers.image_check:
    images:
      - name: ashuflask:v001
        student: ashu
        size_max: 60MB
        base: classroom/python3:latest
        user: "65532"
        exposed_ports: ["5000"]
        labels:
          maintainer: ashu
        no_shell: true
        no_secrets: true
        files:
          - path: /webapp/message.txt
            contains: [The second version]
        pushed_as: registry.classroom.internal:5000/ashu/ashuflask:v001
    registry_username: trainer
    registry_password: "{{ trainer_password }}"

- name: Look at how images are made, and fail on nothing
  classroom.containers.image_check:
    images: [{name: ashuflask:v001}, {name: ashuflask:v002}]
    fail_on: []
  register: history
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
      sample: flask_image
    step:
      description: As in the requirement. Empty where it names none.
      type: str
      sample: v001
    subject:
      description: The image's name, as in the requirement.
      type: str
      sample: ashuflask:v001
    kind:
      description: What the subject is. Always V(image).
      type: str
      sample: image
    attribute:
      description: The option that was compared, or V(exists).
      type: str
      sample: size_max
    asked:
      description: What is asked, with sizes in bytes and names complete. Of a file, its path, whether it can be run, and the texts.
      type: raw
      sample: 60000000
    declared:
      description: What Docker declares, in the same words. V(null) where Docker knows nothing of it.
      type: raw
      sample: 57912345
    enforced:
      description:
        - What the files of the layers, the registry or the archive say. V(null) for all other attributes.
        - For V(pushed_as) and V(archive) it is an image's id, and for V(files) the path, and of what is asked that which the file has.
      type: raw
      sample: null
    verdict:
      description:
        - V(ok) means that it is as asked, V(differs) that it is not, and V(missing) that the image has nothing of the kind or no such file,
          or that it is not at the registry or in the archive.
        - V(absent) means that the engine has no such image.
        - V(unreachable) means that the engine or the registry does not answer, or not to this name and password, V(unreadable) that the files
          could not be read, V(unverifiable) that the base is not on the host, and V(unstable) that the image went away meanwhile.
      type: str
      sample: ok
    outcome:
      description: V(pass), V(fail) or V(could_not_check).
      type: str
      sample: pass
    evidence:
      description: What was read, with what it said.
      type: list
      elements: str
      sample: [Size=57912345]
    hint:
      description: What is wrong and what mends it. Empty where nothing is worth saying.
      type: str
      sample: ""
summary:
  description: How many findings there are of each outcome.
  returned: success, or when a verdict in O(fail_on) failed the task
  type: dict
  sample: {pass: 9, fail: 0, could_not_check: 0}
images:
  description: What is known of each required image that is there, in the order of the requirements.
  returned: success, or when a verdict in O(fail_on) failed the task
  type: list
  elements: dict
  contains:
    name:
      description: The name, as in the requirement.
      type: str
      sample: ashuflask:v001
    id:
      description: The id.
      type: str
      sample: sha256:9b7a53f4b6a0f1a3f2c5d0e8a7b6c5d4e3f2a1b0c9d8e7f6a5b4c3d2e1f0a9b8
    size:
      description:
        - The size in bytes, of the files of all its layers where RV(images[].files) is told, and else C(Size), which is that of packed layers
          where the engine keeps its images in containerd.
      type: int
      sample: 57912345
    created:
      description: When it was built.
      type: str
      sample: "2026-05-07T21:09:36.184209326Z"
    layers:
      description: How many layers it has, those of its base included.
      type: int
      sample: 7
    files:
      description: How many regular files a container of it has. V(null) where its layers were not read, or could not be.
      type: int
      sample: 1374
    setuid:
      description: Those of them that run as their owner, whoever starts them. V(null) as for RV(images[].files).
      type: list
      elements: str
      sample: [/usr/bin/passwd, /usr/bin/su]
    packages:
      description:
        - How many packages are installed, by C(/var/lib/dpkg/status), C(/var/lib/dpkg/status.d) and C(/lib/apk/db/installed).
        - V(null) as for RV(images[].files).
      type: int
      sample: 35
steps:
  description:
    - The steps that these images were made in, those of their bases included, each once, however many images have it.
    - The steps of one image, C(steps | selectattr('images', 'contains', name\)), are in the order of its Dockerfile.
  returned: success, or when a verdict in O(fail_on) failed the task
  type: list
  elements: dict
  contains:
    instruction:
      description: The word of the Dockerfile. Empty where it cannot be told, as of an import.
      type: str
      sample: COPY
    created_by:
      description: The step as C(docker history) shows it, with C(***) in the place of what looks like a secret.
      type: str
      sample: "COPY site/ . # buildkit"
    size:
      description: What the step added, in bytes.
      type: int
      sample: 3877
    empty:
      description: Whether the step left no layer. V(null) where that cannot be told.
      type: bool
      sample: false
    diff_id:
      description: The layer that the step left. V(null) where it left none, or where that cannot be told.
      type: str
      sample: sha256:1f0a9b8c7d6e5f4a3b2c1d0e9f8a7b6c5d4e3f2a1b0c9d8e7f6a5b4c3d2e1f0a
    images:
      description:
        - The required images that have it, by their names. A layer is the same on top of the same layers only, so that the host keeps it once.
        - Where it cannot be told which layer the step left, those that are the very same image.
      type: list
      elements: str
      sample: [ashuflask:v001, ashuflask:v002]
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.classroom.containers.plugins.module_utils._engine import ENGINE_ARGUMENTS, Engine
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.module_utils._findings import FINDINGS_ARGUMENTS, only_asked, report
from ansible_collections.classroom.containers.plugins.module_utils._image_asked import OPTION_ARGUMENTS, REGISTRY_TOGETHER, REQUIREMENT_ARGUMENTS
from ansible_collections.classroom.containers.plugins.module_utils._image_check import check


def main() -> None:
    module = AnsibleModule(
        argument_spec=dict(
            ENGINE_ARGUMENTS,
            **FINDINGS_ARGUMENTS,
            **OPTION_ARGUMENTS,
            images={"type": "list", "elements": "dict", "required": True, "options": REQUIREMENT_ARGUMENTS},
        ),
        required_together=REGISTRY_TOGETHER,
        supports_check_mode=True,
    )
    params = module.params
    params["images"] = only_asked(params["images"])
    try:
        findings, known = check(params["images"], Engine(params["docker_host"], params["timeout"]), params)
    except ClassroomError as exc:
        module.fail_json(msg=str(exc))
    report(module, findings, **known)


if __name__ == "__main__":
    main()
