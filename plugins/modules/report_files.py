#!/usr/bin/python
# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: report_files
short_description: Keep the files of a class report in a folder, signed together
description:
  - Writes the files of a report and the attempts that came before it into a folder of their own, and signs all of them with the trainer's key.
  - A file that was changed, added or removed since is found by O(state=verified), which names it. What programs put beside a file that is open,
    such as C(.~lock.class.csv#), is none.
  - All of the files are replaced, or none. Files have the mode C(0600) and the folder C(0700), for results are personal data.
  - It runs on the controller, whatever host the task is for, as the user that runs Ansible.
  - A run that was interrupted while it put the files into place is ended by the next one.
  - The signature is HMAC-SHA256, in C(signature.json) beside the files. It tells that who has the key wrote the files, and nothing of who
    put back an older folder as a whole.
author: Classroom Containers contributors (@classroom-containers)
attributes:
  action:
    description: Has a plugin of the same name that runs on the controller.
    support: full
  check_mode:
    description: Can run in check mode and return what it would return otherwise, without writing anything.
    support: full
  diff_mode:
    description: Returns details of what changed when in diff mode.
    support: none
  idempotent:
    description: When run twice with the same options, the second run changes nothing.
    support: partial
    details:
      - The files are written anew each time, and C(changed) tells whether there is anything new in them.
options:
  folder:
    description:
      - The folder, an absolute path. It is made where it is not there, with those above it.
      - A folder that has something in it and no signature is refused.
    type: path
    required: true
  key_file:
    description:
      - The file of the key, an absolute path outside of O(folder).
      - O(state=present) makes it with the mode C(0600) where neither it nor a report is there. It is never shown.
    type: path
    required: true
  state:
    description:
      - V(present) writes O(files) and signs them. Files of the report before that are not among them are removed, but attempts stay.
      - V(read) returns the attempts that are there.
      - V(verified) compares all that is in the folder with what was signed, and fails where anything differs, where the key is missing
        and where the signature is not complete.
    type: str
    choices: [read, present, verified]
    default: present
  files:
    description: The files to write.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Letters, digits and C(. _ -). Attempts are V(attempts/NUMBER-TIME.json), and in the order of their numbers.
        type: str
        required: true
      content:
        description: What is in it.
        type: str
        required: true
  attempts:
    description: How many attempts are kept, the newest ones. V(0) keeps all.
    type: int
    default: 0
  after:
    description:
      - RV(after) of O(state=read). Where somebody wrote the report meanwhile, nothing is written.
      - It is written in any case without it.
    type: str
seealso:
  - ref: classroom.containers.class_files filter <ansible_collections.classroom.containers.class_files_filter>
    description: Makes the files of a result.
"""

EXAMPLES = r"""
- name: Read the attempts so far
  classroom.containers.report_files:
    folder: /home/trainer/monday/report
    key_file: /home/trainer/monday/report.key
    state: read
  register: kept

- name: Write the report
  classroom.containers.report_files:
    folder: /home/trainer/monday/report
    key_file: /home/trainer/monday/report.key
    files: "{{ result | classroom.containers.class_files(kept.time, attempts=kept.attempts, last=kept.last) }}"
    after: "{{ kept.after }}"

- name: Look whether somebody changed it
  classroom.containers.report_files:
    folder: /home/trainer/monday/report
    key_file: /home/trainer/monday/report.key
    state: verified
"""

RETURN = r"""
time:
  description: Of O(state=read), now; of O(state=verified), when the report was signed. UTC.
  returned: with O(state=read) and O(state=verified)
  type: str
  sample: "2026-03-23T04:33:43Z"
after:
  description: The signature of the report that was read, empty where there is none.
  returned: with O(state=read)
  type: str
  sample: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
attempts:
  description:
    - The attempts that are as they were signed, the oldest first, each with C(name) of its file, C(number), C(time), C(fingerprint), by which one
      knows whether another attempt differs, C(summary) and C(students) with their points.
  returned: with O(state=read)
  type: list
  elements: dict
last:
  description: The number of the last attempt, whether it is as it was signed or not; 0 where there is none.
  returned: with O(state=read)
  type: int
  sample: 3
problems:
  description: What is not as it was signed, a sentence each.
  returned: with O(state=read) and O(state=verified)
  type: list
  elements: str
  sample: [class.csv was changed]
files:
  description: The names of all files that are signed.
  returned: with O(state=present) and O(state=verified)
  type: list
  elements: str
  sample: [attempts/0001-20260323T043343Z.json, class.csv, class.html, class.json, junit.xml]
written:
  description: Whether the files were written. Not in check mode, and not where O(after) is no longer what is there.
  returned: with O(state=present)
  type: bool
  sample: true
"""
