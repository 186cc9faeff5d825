# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This module utility is private to the collection.

"""The limits of a container, each as Docker's option, as HostConfig's field and as the kernel's file.

One class a rule, one instance a limit. To add a limit is to add an instance to LIMITS and, as
documentation, an option to the module cgroup_check.
"""

from __future__ import annotations

from typing import Any

from ansible_collections.classroom.containers.plugins.module_utils import _limits as units
from ansible_collections.classroom.containers.plugins.module_utils._cgroups import V1, V2, Kernel, Life, Value
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.module_utils._limits import DEFAULT, UNLIMITED


def stricter(one: Any, other: Any) -> Any:
    """The smaller of two amounts, either of which may be UNLIMITED."""
    if UNLIMITED in (one, other):
        return other if one == UNLIMITED else one
    return min(one, other)


def _v1_bytes(text: str) -> Any:
    number = int(text)
    return UNLIMITED if number < 0 or number >= units.V1_MEMORY_UNLIMITED else number


def _amount(text: str) -> Any:
    return UNLIMITED if text == "max" else int(text)


class Limit:
    """One limit: what may be asked, what Docker declares, what the kernel enforces, and when these agree.

    :param name: Docker's word, and the option of cgroup_check
    :param field: the field of HostConfig
    :param files: tuples of (cgroup version, controller, file names, parser), the first that exists counts
    """

    #: What stands for "nothing declared"
    nothing: str = DEFAULT
    #: Picks the stricter of two values where ancestors limit too
    strictest: Any = None
    unit = ""
    #: The option of docker run
    flag = ""
    #: Whether docker update takes the option
    updates = True
    #: The verdict where Docker declares the limit and the kernel shows nothing of it
    unreadable = "unsupported"

    def __init__(self, name: str, field: str, *files: tuple) -> None:
        self.name = name
        self.field = field
        self.files = files
        self.flag = "--" + name.replace("_", "-")

    def parse(self, asked: Any) -> Any:
        """The asked value in the limit's unit.

        :raises ClassroomError: it is not a value for this limit; the message does not name the limit
        """
        return self.nothing if str(asked).strip().lower() == self.nothing else self.parse_value(asked)

    def parse_value(self, asked: Any) -> Any:
        raise NotImplementedError

    def declared(self, host: dict) -> Any:
        """What HostConfig says, in the limit's unit."""
        value = host.get(self.field)
        return self.nothing if value in (None, "", 0, -1) else value

    def declared_evidence(self, host: dict) -> list:
        return [f"HostConfig.{self.field}={host.get(self.field)}"]

    def enforced(self, kernel: Kernel, life: Life) -> Value:
        """What the kernel says, in the limit's unit."""
        tried: list = []
        for version, controller, names, parse in self.files:
            directory = life.directory(controller)
            if directory is None or directory.version != version:
                continue
            value = kernel.value(directory, names, parse, self.strictest)
            if value.own is not None:
                return value
            tried += value.evidence
        return Value(None, tried or [f"no controller for {self.name} here"])

    def agrees(self, declared: Any, own: Any, host: dict, kernel: Kernel, life: Life) -> str | None:
        """The verdict that the kernel's own value gives what Docker declares: ok, rounded, converted, or None."""
        return "ok" if declared == own else None

    def discards(self, value: Value) -> bool:
        """Whether this host drops the limit without a word: it has no file to keep it in."""
        return value.own is None and self.unreadable == "unsupported"

    def show(self, value: Any) -> Any:
        """A value as findings carry it."""
        return value

    def words(self, value: Any) -> str:
        """A value for a reader."""
        return f"{self.show(value)} {self.unit}".rstrip() if isinstance(value, (int, float)) else str(self.show(value))

    def option(self, asked: Any) -> str:
        """The option of docker run (or update) that asks for a value; empty where leaving the option out does."""
        return "" if asked == self.nothing else f"{self.flag} {self.show(asked)}"


class Bytes(Limit):
    """An amount of memory that the kernel keeps in whole pages."""

    nothing = UNLIMITED
    strictest = staticmethod(stricter)
    unit = "bytes"

    def parse_value(self, asked: Any) -> int:
        return units.parse_bytes(asked)

    def agrees(self, declared: Any, own: Any, host: dict, kernel: Kernel, life: Life) -> str | None:
        if declared == own:
            return "ok"
        rounded = declared != UNLIMITED and own == units.page_floor(declared, kernel.page_size)
        return "rounded" if rounded else None

    def words(self, value: Any) -> str:
        return units.format_bytes(value)

    def option(self, asked: Any) -> str:
        return "" if asked == UNLIMITED else f"{self.flag} {_docker_size(asked)}"


def _docker_size(size: int) -> str:
    for suffix, power in (("g", 1024**3), ("m", 1024**2), ("k", 1024)):
        if size % power == 0:
            return f"{size // power}{suffix}"
    return str(size)


class Memory(Bytes):
    """The memory limit, of which Docker has a least."""

    def parse_value(self, asked: Any) -> int:
        size = units.parse_bytes(asked)
        if size < units.MEMORY_MIN:
            raise ClassroomError(f"{asked!r} is less than Docker's least memory limit of 6m")
        return size


class MemorySwap(Bytes):
    """Memory and swap together, as Docker counts; -1 is Docker's word for no limit."""

    def parse(self, asked: Any) -> Any:
        return UNLIMITED if str(asked).strip() == "-1" else super().parse(asked)

    def agrees(self, declared: Any, own: Any, host: dict, kernel: Kernel, life: Life) -> str | None:
        if declared == own:
            return "ok"
        if UNLIMITED in (declared, own):
            return None
        directory = life.directory("memory")
        if directory is not None and directory.version == V2:
            memory = host.get("Memory") or 0
            expected = units.page_floor(memory, kernel.page_size) + units.page_floor(declared - memory, kernel.page_size)
        else:
            expected = units.page_floor(declared, kernel.page_size)
        return "rounded" if own == expected else None

    def option(self, asked: Any) -> str:
        return f"{self.flag} -1" if asked == UNLIMITED else super().option(asked)


def _memory_and_swap(text: str) -> Any:
    memory, swap = map(_amount, text.split())
    return UNLIMITED if UNLIMITED in (memory, swap) else memory + swap


class Reservation(Bytes):
    """A soft limit (v1) or a protection (v2): ancestors do not make it stricter."""

    nothing = DEFAULT
    strictest = None

    def agrees(self, declared: Any, own: Any, host: dict, kernel: Kernel, life: Life) -> str | None:
        if declared == DEFAULT:
            return "ok" if own in (UNLIMITED, 0) else None
        return super().agrees(declared, own, host, kernel, life)

    def option(self, asked: Any) -> str:
        return "" if asked == DEFAULT else super().option(asked)


class Number(Limit):
    """A whole number in a range."""

    def __init__(self, name: str, field: str, low: int, high: int | None, unit: str, *files: tuple) -> None:
        super().__init__(name, field, *files)
        self.low, self.high, self.unit = low, high, unit

    def parse_value(self, asked: Any) -> int:
        return units.parse_integer(asked, self.low, self.high)


class Pids(Number):
    """The number of processes; -1 is Docker's word for no limit."""

    nothing = UNLIMITED
    strictest = staticmethod(stricter)

    def parse(self, asked: Any) -> Any:
        return UNLIMITED if str(asked).strip() == "-1" else super().parse(asked)


class Swappiness(Number):
    """How readily the kernel swaps; -1 and null are Docker's words for the default, and 0 is a value."""

    updates = False

    def declared(self, host: dict) -> Any:
        value = host.get(self.field)
        return DEFAULT if value in (None, -1) else value

    def agrees(self, declared: Any, own: Any, host: dict, kernel: Kernel, life: Life) -> str | None:
        return "ok" if declared in (DEFAULT, own) else None


class OomKillDisable(Limit):
    """Whether the kernel lets a process wait that goes over the limit, where it would kill it."""

    updates = False

    def parse(self, asked: Any) -> bool:
        if not isinstance(asked, bool):
            raise ClassroomError(f"{asked!r} is not true or false")
        return asked

    def declared(self, host: dict) -> bool:
        return bool(host.get(self.field))

    def option(self, asked: Any) -> str:
        return self.flag if asked else ""


def _oom_kill_disable(text: str) -> bool:
    return dict(line.split() for line in text.splitlines())["oom_kill_disable"] == "1"


class Shares(Number):
    """CPU shares: as they are on v1, as a weight by either of two formulas on v2."""

    def agrees(self, declared: Any, own: Any, host: dict, kernel: Kernel, life: Life) -> str | None:
        version = life.directories["cpu"].version
        if declared == DEFAULT:
            return "ok" if own == (units.SHARES_DEFAULT if version == V1 else units.WEIGHT_DEFAULT) else None
        if version == V1:
            return super().agrees(declared, own, host, kernel, life)
        return "converted" if own in units.weights_of_shares(declared).values() else None


class Cpus(Limit):
    """CPU time, in CPUs: the quota divided by the period. Inside, a pair (quota, period) of microseconds."""

    nothing = UNLIMITED
    unit = "CPUs"

    @staticmethod
    def strictest(one: Any, other: Any) -> Any:
        if UNLIMITED in (one, other):
            return stricter(one, other)
        return one if one[0] * other[1] <= other[0] * one[1] else other

    def parse_value(self, asked: Any) -> tuple:
        return units.parse_nanocpus(asked), 10**9

    def declared(self, host: dict) -> Any:
        if host.get("NanoCpus"):
            return host["NanoCpus"], 10**9
        if (host.get("CpuQuota") or 0) > 0:
            return _lowest_terms(host["CpuQuota"], host.get("CpuPeriod") or units.PERIOD_DEFAULT)
        return UNLIMITED

    def declared_evidence(self, host: dict) -> list:
        return [f"HostConfig.{field}={host.get(field)}" for field in ("NanoCpus", "CpuQuota", "CpuPeriod") if field == "NanoCpus" or host.get(field)]

    def agrees(self, declared: Any, own: Any, host: dict, kernel: Kernel, life: Life) -> str | None:
        if UNLIMITED in (declared, own):
            return "ok" if declared == own else None
        if host.get("NanoCpus"):
            quota, period = units.quota_of_nanocpus(host["NanoCpus"]), units.PERIOD_DEFAULT
        else:
            quota, period = host["CpuQuota"], host.get("CpuPeriod") or units.PERIOD_DEFAULT
        if own[1] != period:
            return None
        if own[0] == quota:
            return "ok" if quota * declared[1] == declared[0] * period else "rounded"
        return "rounded" if own[0] == units.systemd_quota(quota, period) else None

    def show(self, value: Any) -> Any:
        return value[0] / value[1] if isinstance(value, tuple) else value

    def words(self, value: Any) -> str:
        return f"{self.show(value):g} CPUs" if isinstance(value, tuple) else str(value)

    def option(self, asked: Any) -> str:
        return "" if asked == UNLIMITED else f"{self.flag} {self.show(asked):g}"


def _lowest_terms(quota: int, period: int) -> tuple:
    # In billionths where that is exact, so that --cpu-quota 50000 equals --cpus 0.5.
    return (quota * 10**9 // period, 10**9) if quota * 10**9 % period == 0 else (quota, period)


def _quota_and_period(text: str) -> Any:
    quota, period = text.split()
    return UNLIMITED if quota in ("max", "-1") else (int(quota), int(period))


class CfsPart(Number):
    """The quota or the period alone, in microseconds, as --cpu-quota and --cpu-period set them."""

    def __init__(self, name: str, field: str, index: int, low: int, high: int | None, *files: tuple) -> None:
        super().__init__(name, field, low, high, "microseconds", *files)
        self.index = index
        self.nothing = DEFAULT if index else UNLIMITED

    def parse(self, asked: Any) -> Any:
        return self.nothing if not self.index and str(asked).strip() == "-1" else super().parse(asked)

    def declared(self, host: dict) -> Any:
        if host.get("NanoCpus"):
            return units.PERIOD_DEFAULT if self.index else units.quota_of_nanocpus(host["NanoCpus"])
        return super().declared(host)

    def declared_evidence(self, host: dict) -> list:
        return super().declared_evidence(host) + ([f"HostConfig.NanoCpus={host['NanoCpus']}"] if host.get("NanoCpus") else [])

    def agrees(self, declared: Any, own: Any, host: dict, kernel: Kernel, life: Life) -> str | None:
        if declared == own or (self.index and declared == DEFAULT and own == units.PERIOD_DEFAULT):
            return "ok"
        if not self.index and UNLIMITED not in (declared, own):
            period = units.PERIOD_DEFAULT if host.get("NanoCpus") else host.get("CpuPeriod") or units.PERIOD_DEFAULT
            return "rounded" if own == units.systemd_quota(declared, period) else None
        return None


class Cpuset(Limit):
    """A set of CPUs or memory nodes: compared as a set, so that 0,1 equals 0-1."""

    def __init__(self, name: str, field: str, effective_v1: str, *files: tuple) -> None:
        super().__init__(name, field, *files)
        self.effective_v1 = effective_v1

    def parse_value(self, asked: Any) -> frozenset:
        numbers = units.parse_cpuset(asked)
        if not numbers:
            raise ClassroomError(f"{asked!r} names no CPU: where any may be used, write {DEFAULT}")
        return numbers

    def declared(self, host: dict) -> Any:
        return units.parse_cpuset(host.get(self.field) or "") or DEFAULT

    def enforced(self, kernel: Kernel, life: Life) -> Value:
        value = super().enforced(kernel, life)
        directory = life.directory("cpuset")
        if value.own is None or directory is None:
            return value
        name = self.effective_v1 if directory.version == V1 else f"{self.name.replace('_', '.')}.effective"
        effective = kernel.value(directory, (name,), units.parse_cpuset)
        if effective.own is None:
            return value
        own = value.own or effective.own
        return Value(own, value.evidence, effective.own, directory.path, effective.evidence)

    def agrees(self, declared: Any, own: Any, host: dict, kernel: Kernel, life: Life) -> str | None:
        if declared != DEFAULT:
            return super().agrees(declared, own, host, kernel, life)
        parent = life.directories["cpuset"].ancestors[:1]
        name = self.effective_v1 if life.directories["cpuset"].version == V1 else f"{self.name.replace('_', '.')}.effective"
        text = kernel.read(f"{parent[0]}/{name}") if parent else None
        return "ok" if text is None or own == units.parse_cpuset(text) else None

    def show(self, value: Any) -> Any:
        return units.format_cpuset(value) if isinstance(value, frozenset) else value


class BlkioWeight(Number):
    """The weight of block I/O: as it is for BFQ, converted for io.weight."""

    def agrees(self, declared: Any, own: Any, host: dict, kernel: Kernel, life: Life) -> str | None:
        own, converts = own
        if declared == DEFAULT:
            # 100 is the default of io.weight and of BFQ, 500 that of CFQ.
            return "ok" if own in (units.WEIGHT_DEFAULT, 500) else None
        if converts:
            return "converted" if own == units.io_weight_of_blkio(declared) else None
        return "ok" if own == declared else None

    def discards(self, value: Value) -> bool:
        # runc looks for blkio.weight alone on v1, which kernels with BFQ do not have.
        return super().discards(value) or "/blkio.bfq.weight=" in value.evidence[0]

    def show(self, value: Any) -> Any:
        return value[0] if isinstance(value, tuple) else value


def _weight(converts: bool) -> Any:
    def parse(text: str) -> tuple:
        # v2 and BFQ say "default 100", with a line for each device after it; CFQ says "100".
        return int(text.split("\n", maxsplit=1)[0].split()[-1]), converts

    return parse


class ShmSize(Bytes):
    """The size of /dev/shm, which is a mount of the container's and not a cgroup's."""

    nothing = DEFAULT
    strictest = None
    updates = False

    def enforced(self, kernel: Kernel, life: Life) -> Value:
        path = f"/proc/{life.pid}/mountinfo"
        for line in (kernel.read(path) or "").splitlines():
            fields = line.split(" ")
            if fields[4] == "/dev/shm":
                options = dict(option.partition("=")[::2] for option in fields[-1].split(","))
                size = units.parse_bytes(options["size"]) if "size" in options else UNLIMITED
                return Value(size, [f"{path}: /dev/shm {fields[-1]}"], size)
        return Value(None, [f"{path}: no /dev/shm"])

    def agrees(self, declared: Any, own: Any, host: dict, kernel: Kernel, life: Life) -> str | None:
        return "ok" if declared == DEFAULT else super().agrees(declared, own, host, kernel, life)


class Item(Limit):
    """One entry of a limit that is a list: of one ulimit, of one device.

    :param key: which entry, such as nofile or /dev/sda
    """

    updates = False

    def __init__(self, name: str, field: str, key: str, *files: tuple) -> None:
        super().__init__(name, field, *files)
        self.key = key
        self.name = f"{name}.{key}"


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

    flag = "--ulimit"

    def __init__(self, key: str) -> None:
        super().__init__("ulimits", "Ulimits", key)
        self.flag = "--ulimit"

    def parse_value(self, asked: Any) -> tuple:
        soft, _colon, hard = str(asked).partition(":")
        pair = tuple(-1 if part in ("-1", UNLIMITED) else units.parse_integer(part, 0) for part in (soft, hard or soft))
        if pair[1] != -1 and (pair[0] == -1 or pair[0] > pair[1]):
            raise ClassroomError(f"{asked!r} has a soft limit over its hard limit")
        return pair

    def declared(self, host: dict) -> Any:
        for entry in host.get("Ulimits") or []:
            if entry["Name"] == self.key:
                return entry["Soft"], entry["Hard"]
        return DEFAULT

    def enforced(self, kernel: Kernel, life: Life) -> Value:
        path = f"/proc/{life.pid}/limits"
        for line in (kernel.read(path) or "").splitlines():
            if line.startswith(ULIMITS[self.key] + " "):
                pair = tuple(-1 if part == "unlimited" else int(part) for part in line[len(ULIMITS[self.key]):].split()[:2])
                return Value(pair, [f"{path}: {' '.join(line.split())}"], pair)
        return Value(None, [f"{path}: nothing of {self.key}"])

    def agrees(self, declared: Any, own: Any, host: dict, kernel: Kernel, life: Life) -> str | None:
        return "ok" if declared in (DEFAULT, own) else None

    def show(self, value: Any) -> Any:
        return ":".join(map(str, value)) if isinstance(value, tuple) else value

    def option(self, asked: Any) -> str:
        return "" if asked == DEFAULT else f"{self.flag} {self.key}={self.show(asked)}"


class DeviceRate(Item):
    """How much one block device may be read or written, in bytes or operations a second."""

    nothing = UNLIMITED

    def __init__(self, name: str, field: str, key: str, word: str) -> None:
        super().__init__(name, field, key)
        self.flag = "--" + name.replace("_", "-")
        self.word = word
        self.in_bytes = word.endswith("bps")
        self.unit = "bytes/s" if self.in_bytes else "operations/s"

    def parse_value(self, asked: Any) -> int:
        return units.parse_bytes(asked) if self.in_bytes else units.parse_integer(asked, 1)

    def declared(self, host: dict) -> Any:
        return _of_device(host, self.field, self.key, "Rate", UNLIMITED)

    def enforced(self, kernel: Kernel, life: Life) -> Value:
        device, directory = kernel.device(self.key), life.directory("blkio") or life.directory("io")
        if device is None or directory is None:
            return Value(None, [f"{self.key}: no such device on the host" if device is None else "no controller for block I/O here"])
        verb, kind = ("read" if self.word[0] == "r" else "write"), self.word[1:]
        name = f"blkio.throttle.{verb}_{kind}_device" if directory.version == V1 else "io.max"

        def parse(text: str) -> Any:
            for line in text.splitlines():
                number, *rest = line.split()
                if number == device:
                    return _amount(rest[0] if directory.version == V1 else dict(part.split("=") for part in rest)[self.word])
            return UNLIMITED

        return kernel.value(directory, (name,), parse, stricter)

    def option(self, asked: Any) -> str:
        return "" if asked == UNLIMITED else f"{self.flag} {self.key}:{asked}"


class DeviceWeight(Item):
    """The weight of one block device, which only BFQ keeps."""

    def __init__(self, key: str) -> None:
        super().__init__("blkio_weight_device", "BlkioWeightDevice", key)
        self.flag = "--blkio-weight-device"

    def parse_value(self, asked: Any) -> int:
        return units.parse_integer(asked, units.BLKIO_MIN, units.BLKIO_MAX)

    def declared(self, host: dict) -> Any:
        return _of_device(host, self.field, self.key, "Weight", DEFAULT)

    def enforced(self, kernel: Kernel, life: Life) -> Value:
        device, directory = kernel.device(self.key), life.directory("blkio") or life.directory("io")
        if device is None or directory is None:
            return Value(None, [f"{self.key}: no such device on the host" if device is None else "no controller for block I/O here"])
        names = ("blkio.weight_device", "blkio.bfq.weight_device") if directory.version == V1 else ("io.bfq.weight",)

        def parse(text: str) -> Any:
            weights = dict(line.split() for line in text.splitlines())
            return int(weights[device]) if device in weights else DEFAULT

        values = [kernel.value(directory, (name,), parse) for name in names]
        return next((value for value in values if value.own is not None), values[-1])

    def option(self, asked: Any) -> str:
        return "" if asked == DEFAULT else f"{self.flag} {self.key}:{asked}"


class Device(Item):
    """Access to one device node: rules that v1 shows, and that v2 keeps in a program that nobody can read."""

    unreadable = "unverifiable"

    def __init__(self, key: str) -> None:
        super().__init__("devices", "Devices", key)
        self.flag = "--device"

    def parse_value(self, asked: Any) -> str:
        permissions = str(asked).rpartition(":")[2]
        if not permissions or not set(permissions) <= set("rwm"):
            raise ClassroomError(f"{asked!r} ends in permissions that are not of r, w and m")
        return "".join(letter for letter in "rwm" if letter in permissions)

    def declared(self, host: dict) -> Any:
        for entry in host.get("Devices") or []:
            if entry["PathOnHost"] == self.key:
                return "".join(letter for letter in "rwm" if letter in entry["CgroupPermissions"])
        return DEFAULT

    def enforced(self, kernel: Kernel, life: Life) -> Value:
        device, directory = kernel.device(self.key), life.directory("devices")
        if device is None or directory is None:
            return Value(None, [f"{self.key}: no such device on the host" if device is None else "v2 keeps device rules in an eBPF program: not readable"])

        def parse(text: str) -> Any:
            for line in text.splitlines():
                _kind, number, permissions = line.split()
                if number in (device, "*:*", f"{device.split(':', maxsplit=1)[0]}:*") and permissions != "m":
                    return "".join(letter for letter in "rwm" if letter in permissions)
            return DEFAULT

        return kernel.value(directory, ("devices.list",), parse)

    def option(self, asked: Any) -> str:
        return "" if asked == DEFAULT else f"{self.flag} {self.key}:{self.key}:{asked}"


def _of_device(host: dict, field: str, path: str, key: str, nothing: str) -> Any:
    for entry in host.get(field) or []:
        if entry["Path"] == path:
            return entry[key]
    return nothing


_CPU_MAX = (
    (V1, "cpu", ("cpu.cfs_quota_us", "cpu.cfs_period_us"), _quota_and_period),
    (V2, "cpu", ("cpu.max",), _quota_and_period),
)


def _cpu_part(index: int) -> tuple:
    def parse(text: str) -> Any:
        quota = text.split()[index]
        return UNLIMITED if quota in ("max", "-1") else int(quota)

    return tuple((version, controller, names, parse) for version, controller, names, _parse in _CPU_MAX)


#: The limits that have one value, by Docker's word.
SINGLE = {
    limit.name: limit
    for limit in (
        Memory("memory", "Memory", (V1, "memory", ("memory.limit_in_bytes",), _v1_bytes), (V2, "memory", ("memory.max",), _amount)),
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
            (V2, "memory", ("memory.low",), _amount),
        ),
        Swappiness("memory_swappiness", "MemorySwappiness", 0, 100, "", (V1, "memory", ("memory.swappiness",), int)),
        OomKillDisable("oom_kill_disable", "OomKillDisable", (V1, "memory", ("memory.oom_control",), _oom_kill_disable)),
        Bytes("kernel_memory", "KernelMemory", (V1, "memory", ("memory.kmem.limit_in_bytes",), _v1_bytes)),
        Shares(
            "cpu_shares", "CpuShares", units.SHARES_MIN, units.SHARES_MAX, "shares", (V1, "cpu", ("cpu.shares",), int), (V2, "cpu", ("cpu.weight",), int)
        ),
        Cpus("cpus", "NanoCpus", *_CPU_MAX),
        CfsPart("cpu_quota", "CpuQuota", 0, 1000, None, *_cpu_part(0)),
        CfsPart("cpu_period", "CpuPeriod", 1, 1000, 1000000, *_cpu_part(1)),
        Cpuset(
            "cpuset_cpus",
            "CpusetCpus",
            "cpuset.effective_cpus",
            (V1, "cpuset", ("cpuset.cpus",), units.parse_cpuset),
            (V2, "cpuset", ("cpuset.cpus",), units.parse_cpuset),
        ),
        Cpuset(
            "cpuset_mems",
            "CpusetMems",
            "cpuset.effective_mems",
            (V1, "cpuset", ("cpuset.mems",), units.parse_cpuset),
            (V2, "cpuset", ("cpuset.mems",), units.parse_cpuset),
        ),
        Pids("pids_limit", "PidsLimit", 1, None, "processes", (V1, "pids", ("pids.max",), _amount), (V2, "pids", ("pids.max",), _amount)),
        BlkioWeight(
            "blkio_weight",
            "BlkioWeight",
            units.BLKIO_MIN,
            units.BLKIO_MAX,
            "",
            (V1, "blkio", ("blkio.weight",), _weight(False)),
            (V1, "blkio", ("blkio.bfq.weight",), _weight(False)),
            (V2, "io", ("io.bfq.weight",), _weight(False)),
            (V2, "io", ("io.weight",), _weight(True)),
        ),
        ShmSize("shm_size", "ShmSize"),
    )
}

_RATES = {
    "device_read_bps": ("BlkioDeviceReadBps", "rbps"),
    "device_write_bps": ("BlkioDeviceWriteBps", "wbps"),
    "device_read_iops": ("BlkioDeviceReadIOps", "riops"),
    "device_write_iops": ("BlkioDeviceWriteIOps", "wiops"),
}

#: Every option of a requirement, in the order in which findings come.
NAMES = (*SINGLE, "blkio_weight_device", *_RATES, "devices", "ulimits")

#: The options of a requirement as an argument spec.
LIMIT_ARGUMENTS = {
    **{name: {"type": "bool" if name == "oom_kill_disable" else "str"} for name in SINGLE},
    "blkio_weight_device": {
        "type": "list",
        "elements": "dict",
        "options": {"path": {"type": "str", "required": True}, "weight": {"type": "str", "required": True}},
    },
    **{
        name: {
            "type": "list",
            "elements": "dict",
            "options": {"path": {"type": "str", "required": True}, "rate": {"type": "str", "required": True}},
        }
        for name in _RATES
    },
    "devices": {"type": "list", "elements": "str"},
    "ulimits": {"type": "list", "elements": "str"},
}


def requirement(name: str, asked: Any) -> list:
    """The pairs (limit, value in its unit) of one option of a requirement.

    :raises ClassroomError: there is no such limit, or the value is not one for it; the message names the limit
    """
    try:
        if name in SINGLE:
            return [(SINGLE[name], SINGLE[name].parse(asked))]
        return [(limit, limit.parse(value)) for limit, value in _items(name, asked)]
    except ClassroomError as exc:
        raise ClassroomError(f"{name}: {exc}") from exc


def _items(name: str, asked: list) -> list:
    if name == "ulimits":
        pairs = [str(entry).partition("=")[::2] for entry in asked]
        for key, _value in pairs:
            if key not in ULIMITS:
                raise ClassroomError(f"{key!r} is not a ulimit: {', '.join(ULIMITS)}")
        return [(Ulimit(key), value) for key, value in pairs]
    if name == "devices":
        return [(Device(str(entry).split(":", maxsplit=1)[0]), str(entry) if str(entry).count(":") == 2 else "rwm") for entry in asked]
    if name == "blkio_weight_device":
        return [(DeviceWeight(entry["path"]), entry["weight"]) for entry in asked]
    if name in _RATES:
        field, word = _RATES[name]
        return [(DeviceRate(name, field, entry["path"], word), entry["rate"]) for entry in asked]
    raise ClassroomError(f"there is no such limit: {', '.join(NAMES)}")


def parse_limits(limits: dict) -> list:
    """The pairs (limit, value in its unit) of all the options of a requirement.

    :param limits: values by Docker's word; None is the same as left out
    :raises ClassroomError: a value is wrong by itself; the message names the limit
    """
    return [pair for name, asked in limits.items() if asked is not None for pair in requirement(name, asked)]


def check_creatable(limits: dict) -> None:
    """Refuse limits that Docker would refuse together when it creates a container.

    :param limits: as for parse_limits
    :raises ClassroomError: a value is wrong by itself or beside another; the message names the limit
    """
    parsed = {name: requirement(name, asked) for name, asked in limits.items() if asked is not None}
    memory, swap, reservation = (
        parsed[name][0][1] if name in parsed and isinstance(parsed[name][0][1], int) else None for name in ("memory", "memory_swap", "memory_reservation")
    )
    if swap is not None and memory is None:
        raise ClassroomError("memory_swap: Docker takes it only together with memory: it is the sum of memory and swap")
    if swap is not None and swap < memory:
        raise ClassroomError(f"memory_swap: {swap} is less than memory, which is {memory}: it is the sum of memory and swap")
    if None not in (memory, reservation) and reservation > memory:
        raise ClassroomError(f"memory_reservation: {reservation} is more than memory, which is {memory}")
    if "cpus" in parsed and {"cpu_quota", "cpu_period"} & set(parsed):
        raise ClassroomError("cpus: Docker takes either cpus, or cpu_quota and cpu_period")
