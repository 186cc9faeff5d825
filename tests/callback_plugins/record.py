# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: record
type: notification
short_description: Write down what a playbook did, as lines of JSON
description: For the acceptance tests only.
author: Classroom Containers contributors (@classroom-containers)
options:
  path:
    description: The file to write.
    type: path
    required: true
    env:
      - name: TESTS_RECORD
"""

import json
from typing import Any

from ansible.plugins.callback import CallbackBase


class CallbackModule(CallbackBase):
    """One line for each task that starts, each result and each host's numbers at the end."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "record"
    CALLBACK_NEEDS_ENABLED = True

    def _write(self, event: str, **fields: Any) -> None:
        with open(self.get_option("path"), "a", encoding="utf-8") as record:
            record.write(json.dumps(dict(fields, event=event), default=str) + "\n")

    def _result(self, event: str, result: Any) -> None:
        self._write(event, task=result.task.get_name(), action=result.task.action, host=result.host.get_name(), result=result.result)

    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool) -> None:
        self._write("task", task=task.get_name(), action=task.action)

    def v2_runner_on_ok(self, result: Any) -> None:
        self._result("ok", result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        self._result("failed", result)

    def v2_runner_on_unreachable(self, result: Any) -> None:
        self._result("unreachable", result)

    def v2_runner_on_skipped(self, result: Any) -> None:
        self._result("skipped", result)

    def v2_playbook_on_stats(self, stats: Any) -> None:
        for host in stats.processed:
            self._write("stats", host=host, result=stats.summarize(host))
