# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This module utility is private to the collection.

"""The limits of a container's memory."""

from __future__ import annotations

from typing import Any

from ansible_collections.classroom.containers.plugins.module_utils import _limits as units
from ansible_collections.classroom.containers.plugins.module_utils._cgroups import V1, V2, Kernel, Life, Value
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.module_utils._limit import Bytes, Limit, Number, amount, stricter
from ansible_collections.classroom.containers.plugins.module_utils._limits import DEFAULT, UNLIMITED


def _v1_bytes(text: str) -> Any:
    number = int(text)
    return UNLIMITED if number < 0 or number >= units.V1_MEMORY_UNLIMITED else number


def _parse_memory(asked: Any, unlimited: bool) -> int:
    size = units.parse_bytes(asked, unlimited)
    if size < units.MEMORY_MIN:
        raise ClassroomError(f"{asked!r} is less than Docker's least of 6m")
    return size


class Memory(Bytes):
    """The memory limit, of which Docker has a least."""

    def parse_value(self, asked: Any) -> int:
        return _parse_memory(asked, unlimited=True)


class MemorySwap(Bytes):
    """Memory and swap together, as Docker counts."""

    docker_words_for_nothing = ("-1",)

    def agrees(self, declared: Any, own: Any, host: dict, kernel: Kernel, life: Life) -> str | None:
        directory = life.directory("memory")
        if UNLIMITED in (declared, own) or directory is None or directory.version == V1:
            return super().agrees(declared, own, host, kernel, life)
        memory = host.get("Memory") or 0
        parts = [units.page_floor(part, kernel.page_size) for part in (memory, declared - memory)]
        # What the memory lacks, the swap must not have too much.
        if own != sum(parts) or amount(kernel.read(f"{directory.path}/memory.swap.max") or "max") != parts[1]:
            return None
        return "ok" if declared == own else "rounded"

    def enforced(self, kernel: Kernel, life: Life) -> Value:
        value = super().enforced(kernel, life)
        if not isinstance(value.effective, tuple):
            return value
        return Value(_sum(value.own), value.evidence, _sum(value.effective), value.effective_at, value.effective_evidence)

    @staticmethod
    def strictest(one: Any, other: Any) -> Any:
        if not isinstance(one, tuple):
            return stricter(one, other)
        # v2 limits memory and swap apart: each may be limited at another height.
        return stricter(one[0], other[0]), stricter(one[1], other[1])

    def option(self, asked: Any) -> str:
        return f"{self.flag} -1" if asked == UNLIMITED else super().option(asked)


def _memory_and_swap(text: str) -> tuple:
    memory, swap = map(amount, text.split())
    return memory, swap


def _sum(pair: tuple | None) -> Any:
    return None if pair is None else UNLIMITED if UNLIMITED in pair else sum(pair)


class Reservation(Bytes):
    """A soft limit (v1) or a protection (v2): ancestors do not make it stricter."""

    nothing = DEFAULT
    word_for_nothing = DEFAULT
    strictest = None

    def parse_value(self, asked: Any) -> int:
        return _parse_memory(asked, unlimited=False)

    def agrees(self, declared: Any, own: Any, host: dict, kernel: Kernel, life: Life) -> str | None:
        if declared == DEFAULT:
            return "ok" if own == (UNLIMITED if life.directories["memory"].version == V1 else 0) else None
        return super().agrees(declared, own, host, kernel, life)


class Swappiness(Number):
    """How readily the kernel swaps; -1 and null are Docker's words for the default, and 0 is a value."""

    updates = False

    def declared(self, host: dict, kernel: Kernel) -> Any:
        value = host.get(self.field)
        return DEFAULT if value in (None, -1) else value

    def agrees(self, declared: Any, own: Any, host: dict, kernel: Kernel, life: Life) -> str | None:
        if declared == DEFAULT:
            # A new cgroup takes it from the one above.
            above = life.directories["memory"].ancestors[:1]
            text = kernel.read(f"{above[0]}/memory.swappiness") if above else None
            return "ok" if text in (None, str(own)) else None
        return "ok" if declared == own else None


class OomKillDisable(Limit):
    """Whether the kernel lets a process wait that goes over the limit, where it would kill it."""

    nothing = False
    updates = False

    def parse(self, asked: Any) -> bool:
        if not isinstance(asked, bool):
            raise ClassroomError(f"{asked!r} is not true or false")
        return asked

    def declared(self, host: dict, kernel: Kernel) -> bool:
        return bool(host.get(self.field))

    def option(self, asked: Any) -> str:
        return self.flag if asked else ""


def _oom_kill_disable(text: str) -> bool:
    return dict(line.split() for line in text.splitlines())["oom_kill_disable"] == "1"


class ShmSize(Bytes):
    """The size of /dev/shm, which is a mount of the container's and not a cgroup's.

    Docker always declares it: 64m where nothing is asked.
    """

    nothing = units.SHM_SIZE_DEFAULT
    word_for_nothing = DEFAULT
    strictest = None
    updates = False
    rounded = staticmethod(units.page_ceiling)

    def overruled(self, host: dict) -> str:
        mode = host.get("IpcMode") or ""
        return f"--ipc {mode}" if mode in ("host", "none") or mode.startswith("container:") else ""

    def enforced(self, kernel: Kernel, life: Life) -> Value:
        path = f"/proc/{life.pid}/mountinfo"
        text = kernel.read(path)
        if text is None:
            return Value(None, [f"{path}: no such file"])
        size, evidence = 0, f"{path}: no /dev/shm"
        # A path may have what splitlines takes for the end of a line.
        for line in text.split("\n"):
            fields = line.split(" ")
            if fields[4:5] == ["/dev/shm"]:
                # The last one covers those before it. The kernel tells kibibytes, and 0 where there is no limit.
                options = dict(option.partition("=")[::2] for option in fields[-1].split(","))
                size, evidence = int(options.get("size", "0k").removesuffix("k")) * 1024 or UNLIMITED, f"{path}: /dev/shm {fields[-1]}"
        return Value(size, [evidence], size)


#: The limits of memory, in the order in which findings come.
MEMORY = (
    Memory("memory", "Memory", (V1, "memory", ("memory.limit_in_bytes",), _v1_bytes), (V2, "memory", ("memory.max",), amount)),
    MemorySwap(
        "memory_swap",
        "MemorySwap",
        (V1, "memory", ("memory.memsw.limit_in_bytes",), _v1_bytes),
        (V2, "memory", ("memory.max", "memory.swap.max"), _memory_and_swap),
    ),
    Reservation(
        "memory_reservation",
        "MemoryReservation",
        (V1, "memory", ("memory.soft_limit_in_bytes",), _v1_bytes),
        (V2, "memory", ("memory.low",), amount),
    ),
    Swappiness("memory_swappiness", "MemorySwappiness", 0, 100, "", (V1, "memory", ("memory.swappiness",), int)),
    OomKillDisable("oom_kill_disable", "OomKillDisable", (V1, "memory", ("memory.oom_control",), _oom_kill_disable)),
    Bytes("kernel_memory", "KernelMemory", (V1, "memory", ("memory.kmem.limit_in_bytes",), _v1_bytes)),
)
SHM_SIZE = ShmSize("shm_size", "ShmSize")
