# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What cgroup_info does inside, beside nothing but reading the same files and asking the engine the same."""

from __future__ import annotations

import json
import os
import statistics
import time

from ansible_collections.classroom.containers.plugins.module_utils._cgroup_info import gather
from ansible_collections.classroom.containers.plugins.module_utils._cgroups import Kernel
from ansible_collections.classroom.containers.plugins.module_utils._engine import Engine

TIMES = 7
PARTS = ["limits", "usage"]


class _Noted(Kernel):
    """Notes the files that are read."""

    def __init__(self) -> None:
        super().__init__()
        self.paths: list = []

    def read(self, path: str) -> str | None:
        self.paths.append(path)
        return super().read(path)


class _NotedEngine(Engine):
    """Notes what the engine is asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list = []

    def get(self, path: str):
        self.asked.append(path)
        return super().get(path)


def read_bare(paths: list) -> None:
    for path in paths:
        try:
            descriptor = os.open(path, os.O_RDONLY)
        except OSError:
            continue
        try:
            while os.read(descriptor, 65536):
                pass
        except OSError:
            pass
        os.close(descriptor)


def files_read() -> list:
    """The paths of all kernel files that cgroup_info reads on this host."""
    kernel = _Noted()
    gather(Engine(), kernel, None, None, PARTS, 0)
    return kernel.paths


def ask_bare(engine: Engine, paths: list) -> None:
    for path in paths:
        engine.get(path)


def _median(function, *arguments) -> float:
    spent = []
    for _time in range(TIMES):
        start = time.perf_counter()
        function(*arguments)
        spent.append(time.perf_counter() - start)
    return statistics.median(spent)


def main() -> None:
    kernel, engine = _Noted(), _NotedEngine()
    found = gather(engine, kernel, None, None, PARTS, 0)
    print(
        json.dumps(
            {
                "containers": len(found["containers"]),
                "files": len(kernel.paths),
                "inside": _median(lambda: gather(Engine(), Kernel(), None, None, PARTS, 0)),
                "files_bare": _median(read_bare, kernel.paths),
                "engine_bare": _median(ask_bare, Engine(), engine.asked),
            }
        )
    )


if __name__ == "__main__":
    main()
