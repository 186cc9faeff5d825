# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: durations
type: aggregate
short_description: Append the name, the action and the seconds of every task to a file
description: For the measurements of this collection only.
author: Classroom Containers contributors (@classroom-containers)
requirements:
  - The environment variable E(BENCH_DURATIONS), the file.
"""

import json
import os
import time

from ansible.plugins.callback import CallbackBase


class CallbackModule(CallbackBase):
    """One line of JSON for each task and host."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "durations"

    def __init__(self) -> None:
        super().__init__()
        self._started: dict = {}

    def v2_runner_on_start(self, host, task) -> None:
        self._started[host.name, task._uuid] = time.monotonic()

    def _ended(self, result) -> None:
        seconds = time.monotonic() - self._started[result.host.name, result.task._uuid]
        with open(os.environ["BENCH_DURATIONS"], "a", encoding="utf-8") as lines:
            told = {"name": result.task.name, "action": result.task.action, "seconds": seconds, "changed": result.is_changed()}
            lines.write(json.dumps(told) + "\n")

    def v2_runner_on_ok(self, result) -> None:
        self._ended(result)

    def v2_runner_on_failed(self, result, ignore_errors=False) -> None:
        self._ended(result)

    def v2_runner_on_skipped(self, result) -> None:
        self._ended(result)
