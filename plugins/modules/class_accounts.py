#!/usr/bin/python
# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: class_accounts
short_description: The login accounts of a class, all in one call
description:
  - Makes, changes and removes accounts with the distribution's own C(useradd), C(usermod), C(userdel) and C(chpasswd), until the class has
    exactly those of O(accounts). For 60 students that is one call.
  - An account is the class's where C(/var/lib/classroom/accounts/CLASS.json) has it and the first field of its comment (GECOS) is C(classroom CLASS).
    An account, a group or a home folder of that name that is not is refused before anything is changed.
    Names of the system's own, such as C(root) or C(docker), are refused whether they are there or not.
  - Password and shell are set when the account is made, and again when another one is asked. What a student chose meanwhile stays until then.
  - Nobody but the user, and root, can look into a home folder.
  - Of an account that goes, no one can log in any more, its processes end, and its mail spool, crontab and jobs of C(at) are removed.
    Processes inside containers and files in other places, such as C(/tmp), stay.
  - Must run as root.
author: Classroom Containers contributors (@classroom-containers)
attributes:
  check_mode:
    description: Can run in check mode and say what would be changed, without changing it.
    support: full
  diff_mode:
    description: Returns what changes of each account, before and after, but for passwords.
    support: full
  idempotent:
    description: When run twice with the same options, the second run changes nothing.
    support: full
options:
  class_name:
    description: The class. It is the owner of the accounts.
    type: str
    required: true
  accounts:
    description: The accounts that the class is to have. Others of the class are removed, and of an empty list all are.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: The account's name.
        type: str
        required: true
      password:
        description:
          - The password. Without it, the account can only be entered by key.
          - It is handed to C(chpasswd) by its standard input, which hashes it as the host does.
            Its own salted hash is written down beside the name, for root alone, to tell whether another one is asked the next time.
        type: str
      authorized_keys:
        description:
          - Public keys of OpenSSH, a line each, without options. They stand in a block of their own in C(~/.ssh/authorized_keys); other lines stay.
          - The file is read and written with the rights of the account's user.
        type: list
        elements: str
        default: []
  groups:
    description:
      - The supplementary groups of every account, which it is in and in no other.
      - Whoever is in the group C(docker) is as good as root on the host.
    type: list
    elements: str
    default: []
  shell:
    description: The login shell.
    type: path
    default: /bin/bash
  tasks_max:
    description:
      - How many processes and threads an account may have, V(0) for no limit.
      - Where there is systemd, it is C(TasksMax) of the account's slice. Elsewhere it is C(nproc) of C(pam_limits), in C(/etc/security/limits.d).
    type: int
    default: 0
  memory_max:
    description:
      - How much memory all processes of an account may have together, in Docker's notation, such as V(1g). Empty for no limit.
      - Where there is systemd, it is C(MemoryMax) of the account's slice. Elsewhere it is not enforced, which RV(notes) says.
    type: str
    default: ""
  home:
    description:
      - What becomes of the home folder of an account that goes, and of those that an earlier run kept.
      - V(keep) leaves it where it is, closed to everybody but root. An account of that name of the same class gets it back.
      - V(archive) puts it into C(/var/lib/classroom/homes/CLASS/NAME-TIME.tar.gz), which only root can read, and removes it.
      - V(remove) removes it.
    type: str
    choices: [keep, archive, remove]
    default: keep
seealso:
  - module: ansible.builtin.user
    description: Makes and removes one account.
  - module: ansible.posix.authorized_key
    description: Adds or removes the keys of one account.
"""

EXAMPLES = r"""
- name: Give the students of a class their accounts
  classroom.containers.class_accounts:
    class_name: monday
    accounts:
      - {name: ashu, password: "{{ lookup('ansible.builtin.password', '~/monday/ashu length=12') }}"}
      - {name: priya, authorized_keys: ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDyr1q1qZx0bqmXo2Qr1yUOtGzcCQu4yqWzq9S2dTq0b priya"]}
    tasks_max: 512
    memory_max: 1g

- name: Remove them, and keep what they have done in archives
  classroom.containers.class_accounts:
    class_name: monday
    accounts: []
    home: archive
"""

RETURN = r"""
changes:
  description: What was done, or would be. Where a tool refused, what was done before.
  returned: success, or when a tool refused
  type: list
  elements: dict
  contains:
    name:
      description: The account's name.
      type: str
      sample: ashu
    attribute:
      description: V(account), V(home), V(password), V(shell), V(groups), V(authorized_keys) or V(limits).
      type: str
      sample: home
    before:
      description: What it was. Of a password, only whether there was one.
      type: raw
      sample: /home/ashu
    after:
      description: What it is now. Of an archived home folder, the archive, or in check mode the word V(archived).
      type: raw
      sample: /var/lib/classroom/homes/monday/ashu-20260105T170000Z.tar.gz
notes:
  description: What is otherwise than asked, in sentences.
  returned: success
  type: list
  elements: str
  sample:
    - >-
      This host has no systemd: memory_max is not enforced. tasks_max is, for all processes of an account, by pam_limits from its next login on.
"""

import os

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.classroom.containers.plugins.module_utils._account_tools import ARGUMENTS, AccountsError, run
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError


def main() -> None:
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    # The tools are in folders that the path of a session without login may lack, and their words are to be told as they are.
    module.run_command_environ_update = {"LC_ALL": "C", "PATH": f"{os.environ.get('PATH', '/usr/bin:/bin')}:/usr/sbin:/sbin"}
    try:
        returned = run(module.params, module.run_command, module.check_mode)
    except AccountsError as exc:
        module.fail_json(msg=str(exc), changed=bool(exc.changes), changes=exc.changes)
    except ClassroomError as exc:
        module.fail_json(msg=str(exc))
    module.exit_json(**returned)


if __name__ == "__main__":
    main()
