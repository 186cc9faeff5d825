# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This module utility is private to the collection.

"""The limits of a container's processes: how many there may be, and what each may take."""

from __future__ import annotations

from typing import Any

from ansible_collections.classroom.containers.plugins.module_utils import _limits as units
from ansible_collections.classroom.containers.plugins.module_utils._cgroups import V1, V2, Kernel, Life, Value
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.module_utils._limit import Item, Number, amount, stricter
from ansible_collections.classroom.containers.plugins.module_utils._limits import DEFAULT, UNLIMITED


class Pids(Number):
    """The number of processes."""

    nothing = UNLIMITED
    word_for_nothing = UNLIMITED
    docker_words_for_nothing = ("-1",)
    strictest = staticmethod(stricter)

    def enforced(self, kernel: Kernel, life: Life) -> Value:
        value, directory = super().enforced(kernel, life), life.directory("pids")
        # The root of v1 has no such file, for it has no such limit.
        at_root = directory and directory.version == V1 and not directory.ancestors
        return Value(UNLIMITED, value.evidence, UNLIMITED) if value.own is None and at_root else value


#: Docker's name of a ulimit and the kernel's.
ULIMITS = {
    "core": "Max core file size",
    "cpu": "Max cpu time",
    "data": "Max data size",
    "fsize": "Max file size",
    "locks": "Max file locks",
    "memlock": "Max locked memory",
    "msgqueue": "Max msgqueue size",
    "nice": "Max nice priority",
    "nofile": "Max open files",
    "nproc": "Max processes",
    "rss": "Max resident set",
    "rtprio": "Max realtime priority",
    "rttime": "Max realtime timeout",
    "sigpending": "Max pending signals",
    "stack": "Max stack size",
}


class Ulimit(Item):
    """A soft and a hard limit of a process, which the kernel shows for PID 1."""

    def __init__(self, key: str) -> None:
        super().__init__("ulimits", "Ulimits", key)
        self.flag = "--ulimit"

    def parse_value(self, asked: Any) -> tuple:
        soft, colon, hard = str(asked).partition(":")
        pair = tuple(-1 if part in ("-1", UNLIMITED) else units.parse_integer(part, 0) for part in (soft, hard if colon else soft))
        if pair[1] != -1 and (pair[0] == -1 or pair[0] > pair[1]):
            raise ClassroomError(f"{asked!r} has a soft limit over its hard limit")
        return pair

    def declared(self, host: dict, kernel: Kernel) -> Any:
        pairs = [(entry["Soft"], entry["Hard"]) for entry in host.get("Ulimits") or [] if entry["Name"] == self.key]
        return pairs[-1] if pairs else DEFAULT

    def enforced(self, kernel: Kernel, life: Life) -> Value:
        path = f"/proc/{life.pid}/limits"
        for line in (kernel.read(path) or "").splitlines():
            if line.startswith(ULIMITS[self.key] + " "):
                pair = tuple(-1 if part == "unlimited" else int(part) for part in line[len(ULIMITS[self.key]) :].split()[:2])
                return Value(pair, [f"{path}: {' '.join(line.split())}"], pair)
        return Value(None, [f"{path}: nothing of {self.key}"])

    def agrees(self, declared: Any, own: Any, host: dict, kernel: Kernel, life: Life) -> str | None:
        if declared in (DEFAULT, own):
            return "ok"
        # Programs in Go or Java raise their own soft limit as far as they may.
        raised = declared[0] != -1 and (own[0] == -1 or declared[0] < own[0])
        return "unverifiable" if declared[1] == own[1] and raised else None

    def show(self, value: Any) -> Any:
        return ":".join(map(str, value)) if isinstance(value, tuple) else value

    def option(self, asked: Any) -> str:
        return "" if asked == DEFAULT else f"{self.flag} {self.key}={self.show(asked)}"


PIDS = Pids("pids_limit", "PidsLimit", 1, None, "processes", (V1, "pids", ("pids.max",), amount), (V2, "pids", ("pids.max",), amount))
