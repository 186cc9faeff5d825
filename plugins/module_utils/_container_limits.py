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

from typing import Any, NamedTuple

from ansible_collections.classroom.containers.plugins.module_utils import _limits as units
from ansible_collections.classroom.containers.plugins.module_utils._cgroups import V1, V2, Directory, Kernel, Life, Value
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
    nothing: Any = DEFAULT
    #: What two values allow together, where ancestors limit too
    strictest: Any = None
    #: How nothing is asked for
    word_for_nothing = DEFAULT
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
        return self.nothing if str(asked).strip().lower() == self.word_for_nothing else self.parse_value(asked)

    def parse_value(self, asked: Any) -> Any:
        raise NotImplementedError

    def declared(self, host: dict, kernel: Kernel) -> Any:
        """What HostConfig says, in the limit's unit."""
        value = host.get(self.field)
        return self.nothing if value in (None, "", 0, -1) else value

    def declared_evidence(self, host: dict) -> list:
        return [f"HostConfig.{self.field}={host.get(self.field)}"]

    def enforced(self, kernel: Kernel, life: Life) -> Value:
        """What the kernel says, in the limit's unit."""
        tried: list = []
        nowhere = Value(None, tried)
        for version, controller, names, parse in self.files:
            directory = life.directory(controller)
            if directory is None or directory.version != version:
                continue
            value = kernel.value(directory, names, parse, self.strictest)
            if value.own is not None:
                return value
            tried += value.evidence
            # The controller may be at work above the container alone.
            nowhere = Value(None, tried, value.effective, value.effective_at, value.effective_evidence)
        if not tried:
            tried.append(f"no controller for {self.name} here")
        return nowhere

    def judge(self, declared: Any, value: Value, host: dict, kernel: Kernel, life: Life) -> str:
        """The verdict where Docker declares what is asked."""
        if value.own is None:
            if declared != self.nothing:
                return self.unreadable
            return "ok" if value.effective in (None, self.nothing) else "ancestor_stricter"
        agreed = self.agrees(declared, value.own, host, kernel, life)
        if agreed is None:
            # -1 is said, and 0 is not.
            silent = declared == self.nothing and not (declared == UNLIMITED and host.get(self.field) == -1)
            return "undeclared" if silent else "not_enforced"
        return agreed if value.effective == value.own else "ancestor_stricter"

    def agrees(self, declared: Any, own: Any, host: dict, kernel: Kernel, life: Life) -> str | None:
        """The verdict that the kernel's own value gives what Docker declares: ok, rounded, converted, or None."""
        return "ok" if declared == own else None

    def alike(self, declared: Any, asked: Any) -> bool:
        """Whether Docker's word may mean what is asked, said otherwise; the kernel's value decides."""
        return declared == asked

    def overruled(self, host: dict) -> str:
        """Which option of docker run makes another one mean nothing; empty where none does."""
        return ""

    def discards(self, value: Value) -> bool:
        """Whether this host drops the limit with no more than a warning: it has no file to keep it in."""
        return value.own is None and self.unreadable == "unsupported"

    def unused(self, value: Value) -> str:
        """Why the kernel keeps a value and does not go by it; empty where it does."""
        return ""

    def conversion(self, declared: Any, own: Any) -> str:
        """How the kernel's value came from the declared one, for a reader."""
        return ""

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
    word_for_nothing = UNLIMITED
    strictest = staticmethod(stricter)
    unit = "bytes"
    rounded = staticmethod(units.page_floor)

    def parse_value(self, asked: Any) -> int:
        return units.parse_bytes(asked, self.word_for_nothing == UNLIMITED)

    def agrees(self, declared: Any, own: Any, host: dict, kernel: Kernel, life: Life) -> str | None:
        if declared == own:
            return "ok"
        return "rounded" if declared != UNLIMITED and own == self.rounded(declared, kernel.page_size) else None

    def words(self, value: Any) -> str:
        return units.format_bytes(value)

    def option(self, asked: Any) -> str:
        return "" if asked == self.nothing else f"{self.flag} {_docker_size(asked)}"


def _docker_size(size: int) -> str:
    for suffix, power in (("g", 1024**3), ("m", 1024**2), ("k", 1024)):
        if size % power == 0:
            return f"{size // power}{suffix}"
    return str(size)


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
    """Memory and swap together, as Docker counts; -1 is Docker's word for no limit."""

    def parse(self, asked: Any) -> Any:
        return UNLIMITED if str(asked).strip() == "-1" else super().parse(asked)

    def agrees(self, declared: Any, own: Any, host: dict, kernel: Kernel, life: Life) -> str | None:
        directory = life.directory("memory")
        if UNLIMITED in (declared, own) or directory is None or directory.version == V1:
            return super().agrees(declared, own, host, kernel, life)
        memory = host.get("Memory") or 0
        parts = [units.page_floor(part, kernel.page_size) for part in (memory, declared - memory)]
        # What the memory lacks, the swap must not have too much.
        if own != sum(parts) or _amount(kernel.read(f"{directory.path}/memory.swap.max") or "max") != parts[1]:
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
    memory, swap = map(_amount, text.split())
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
    word_for_nothing = UNLIMITED
    strictest = staticmethod(stricter)

    def parse(self, asked: Any) -> Any:
        return UNLIMITED if str(asked).strip() == "-1" else super().parse(asked)

    def enforced(self, kernel: Kernel, life: Life) -> Value:
        value, directory = super().enforced(kernel, life), life.directory("pids")
        # The root of v1 has no such file, for it has no such limit.
        at_root = directory and directory.version == V1 and not directory.ancestors
        return Value(UNLIMITED, value.evidence, UNLIMITED) if value.own is None and at_root else value


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


class Shares(Number):
    """CPU shares: as they are on v1, as a weight by either of two formulas on v2."""

    def alike(self, declared: Any, asked: Any) -> bool:
        # Docker takes 1024 where nothing is said, and never goes back from a number to nothing.
        return declared == asked or {declared, asked} == {DEFAULT, units.SHARES_DEFAULT}

    def agrees(self, declared: Any, own: Any, host: dict, kernel: Kernel, life: Life) -> str | None:
        version = life.directories["cpu"].version
        if declared == DEFAULT:
            return "ok" if own == (units.SHARES_DEFAULT if version == V1 else units.WEIGHT_DEFAULT) else None
        if version == V1:
            return super().agrees(declared, own, host, kernel, life)
        return "converted" if own in units.weights_of_shares(declared).values() else None

    def conversion(self, declared: Any, own: Any) -> str:
        formulas = [name for name, weight in units.weights_of_shares(declared).items() if weight == own]
        return f" by the {' and the '.join(formulas)} formula"


class Cpus(Limit):
    """CPU time, in CPUs: the quota divided by the period. Inside, a pair (quota, period) of microseconds."""

    nothing = UNLIMITED
    word_for_nothing = UNLIMITED
    unit = "CPUs"

    @staticmethod
    def strictest(one: Any, other: Any) -> Any:
        if UNLIMITED in (one, other):
            return stricter(one, other)
        return one if one[0] * other[1] <= other[0] * one[1] else other

    def parse_value(self, asked: Any) -> tuple:
        return units.parse_nanocpus(asked), 10**9

    def declared(self, host: dict, kernel: Kernel) -> Any:
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
        return f"{_digits(value)} CPUs" if isinstance(value, tuple) else str(value)

    def option(self, asked: Any) -> str:
        return "" if asked == UNLIMITED else f"{self.flag} {_digits(asked)}"


def _digits(cpus: tuple) -> str:
    return f"{cpus[0] / cpus[1]:.9f}".rstrip("0").rstrip(".")


def _lowest_terms(quota: int, period: int) -> tuple:
    # In billionths where that is exact, so that --cpu-quota 50000 equals --cpus 0.5.
    return (quota * 10**9 // period, 10**9) if quota * 10**9 % period == 0 else (quota, period)


def _quota_and_period(text: str) -> Any:
    quota, period = text.split()
    return UNLIMITED if quota in ("max", "-1") else (int(quota), int(period))


def _period(host: dict) -> int:
    """The period that Docker writes (microseconds)."""
    return units.PERIOD_DEFAULT if host.get("NanoCpus") else host.get("CpuPeriod") or units.PERIOD_DEFAULT


class CpuQuota(Number):
    """The quota alone, in microseconds of its period, as --cpu-quota sets it."""

    nothing = UNLIMITED
    word_for_nothing = UNLIMITED
    strictest = staticmethod(Cpus.strictest)

    def parse(self, asked: Any) -> Any:
        return UNLIMITED if str(asked).strip() == "-1" else super().parse(asked)

    def declared(self, host: dict, kernel: Kernel) -> Any:
        return units.quota_of_nanocpus(host["NanoCpus"]) if host.get("NanoCpus") else super().declared(host, kernel)

    def declared_evidence(self, host: dict) -> list:
        return _evidence_with_nanocpus(super().declared_evidence(host), host)

    def enforced(self, kernel: Kernel, life: Life) -> Value:
        value = super().enforced(kernel, life)
        own, effective = value.own, value.effective
        if isinstance(effective, tuple) and effective != own:
            # In the container's own period, where an ancestor has another.
            period = own[1] if isinstance(own, tuple) else units.PERIOD_DEFAULT
            effective = effective[0] * period // effective[1]
        elif isinstance(effective, tuple):
            effective = effective[0]
        return Value(own[0] if isinstance(own, tuple) else own, value.evidence, effective, value.effective_at, value.effective_evidence)

    def agrees(self, declared: Any, own: Any, host: dict, kernel: Kernel, life: Life) -> str | None:
        if UNLIMITED in (declared, own):
            return "ok" if declared == own else None
        # The same quota in a longer period is less.
        if SINGLE["cpu_period"].enforced(kernel, life).own not in (None, _period(host)):
            return None
        return "ok" if declared == own else "rounded" if own == units.systemd_quota(declared, _period(host)) else None


class CpuPeriod(Number):
    """The period alone, in microseconds, as --cpu-period sets it."""

    nothing = units.PERIOD_DEFAULT

    def declared(self, host: dict, kernel: Kernel) -> int:
        return _period(host)

    def declared_evidence(self, host: dict) -> list:
        return _evidence_with_nanocpus(super().declared_evidence(host), host)


def _evidence_with_nanocpus(evidence: list, host: dict) -> list:
    return evidence + ([f"HostConfig.NanoCpus={host['NanoCpus']}"] if host.get("NanoCpus") else [])


class Cpuset(Limit):
    """A set of CPUs or memory nodes: compared as a set, so that 0,1 equals 0-1."""

    def __init__(self, name: str, field: str, effective_v1: str, *files: tuple) -> None:
        super().__init__(name, field, *files)
        self.effective_v1 = effective_v1

    def parse_value(self, asked: Any) -> frozenset:
        numbers = units.parse_cpuset(asked)
        if not numbers:
            raise ClassroomError(f"{asked!r} names none: where any may be used, write {DEFAULT}")
        return numbers

    def declared(self, host: dict, kernel: Kernel) -> Any:
        text = host.get(self.field) or ""
        try:
            return units.parse_cpuset(text) or DEFAULT
        except ClassroomError:
            # What the engine took is told as it stands: no other student's check ends with it.
            return text

    def enforced(self, kernel: Kernel, life: Life) -> Value:
        value = super().enforced(kernel, life)
        directory = life.directory("cpuset")
        if directory is None:
            return value
        if value.own is None:
            # The controller may be at work above the container alone.
            found = {above: self._of(kernel, above, directory) for above in directory.ancestors}
            above = next(filter(found.get, found), "")
            evidence = [f"{above}/{self._allowed(directory)}={units.format_cpuset(found[above])}"] if above else []
            return Value(None, value.evidence, found.get(above), above, evidence)
        allowed = kernel.value(directory, (self._allowed(directory),), units.parse_cpuset)
        if allowed.own is None:
            return value
        # Empty on v2, where it takes all that the one above has.
        own = value.own or allowed.own
        lacking = [above for above in directory.ancestors if not self._of(kernel, above, directory) >= own]
        return Value(own, value.evidence, allowed.own, lacking[-1] if lacking else directory.path, allowed.evidence)

    def agrees(self, declared: Any, own: Any, host: dict, kernel: Kernel, life: Life) -> str | None:
        if declared != DEFAULT:
            return "ok" if declared == own else None
        directory = life.directories["cpuset"]
        return "ok" if not directory.ancestors or own == self._of(kernel, directory.ancestors[0], directory) else None

    def judge(self, declared: Any, value: Value, host: dict, kernel: Kernel, life: Life) -> str:
        directory = life.directory("cpuset")
        inherited = declared == DEFAULT and directory and directory.ancestors and value.effective is not None
        verdict = "ok" if inherited and value.own is None else super().judge(declared, value, host, kernel, life)
        if verdict == "ok" and inherited:
            # It has all that the one above has: is that all there is?
            return "ok" if value.effective >= self._of(kernel, directory.ancestors[-1], directory) else "ancestor_stricter"
        return verdict

    def _allowed(self, directory: Directory) -> str:
        return self.effective_v1 if directory.version == V1 else f"{self.name.replace('_', '.')}.effective"

    def _of(self, kernel: Kernel, above: str, directory: Directory) -> frozenset:
        return units.parse_cpuset(kernel.read(f"{above}/{self._allowed(directory)}") or "")

    def show(self, value: Any) -> Any:
        return units.format_cpuset(value) if isinstance(value, frozenset) else value


class BlkioWeight(Number):
    """The weight of block I/O: as it is for BFQ, converted for io.weight."""

    def agrees(self, declared: Any, own: Any, host: dict, kernel: Kernel, life: Life) -> str | None:
        if declared == DEFAULT:
            return "ok" if own.weight == own.default else None
        if own.idle:
            return None
        if own.converts:
            return "converted" if own.weight == units.io_weight_of_blkio(declared) else None
        return "ok" if own.weight == declared else None

    def enforced(self, kernel: Kernel, life: Life) -> Value:
        value = super().enforced(kernel, life)
        directory = life.directory("io")
        if value.own is None or not value.own.converts or directory is None:
            return value
        path = f"{(directory.ancestors or [directory.path])[-1]}/io.cost.qos"
        switches = kernel.read(path)
        if switches is None:
            return value
        own = value.own._replace(idle="enable=1" not in switches)
        return Value(own, [*value.evidence, f"{path}={' '.join(switches.split())}"], own)

    def unused(self, value: Value) -> str:
        return "no device's io.cost.qos is enabled, without which the kernel looks at no weight" if value.own.idle else ""

    def discards(self, value: Value) -> bool:
        # Docker looks for blkio.weight alone on v1, which kernels with BFQ do not have.
        return super().discards(value) or "/blkio.bfq.weight=" in value.evidence[0]

    def show(self, value: Any) -> Any:
        return value.weight if isinstance(value, _Weight) else value


class _Weight(NamedTuple):
    """A weight of block I/O as a file has it.

    :param default: what stands there where nobody asks
    :param converts: whether Docker's number is another one there
    :param idle: whether the kernel does not go by it
    """

    weight: int
    default: int
    converts: bool
    idle: bool = False


def _weight(default: int, converts: bool = False) -> Any:
    def parse(text: str) -> _Weight:
        # v2 and BFQ say "default 100", with a line for each device after it; CFQ says "500".
        return _Weight(int(text.split("\n", maxsplit=1)[0].split()[-1]), default, converts)

    return parse


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
                pair = tuple(-1 if part == "unlimited" else int(part) for part in line[len(ULIMITS[self.key]):].split()[:2])
                return Value(pair, [f"{path}: {' '.join(line.split())}"], pair)
        return Value(None, [f"{path}: nothing of {self.key}"])

    def agrees(self, declared: Any, own: Any, host: dict, kernel: Kernel, life: Life) -> str | None:
        if declared in (DEFAULT, own):
            return "ok"
        # Programs in Go or Java raise their own soft limit as far as they may.
        return "unverifiable" if declared[1] == own[1] and declared[0] < own[0] else None

    def show(self, value: Any) -> Any:
        return ":".join(map(str, value)) if isinstance(value, tuple) else value

    def option(self, asked: Any) -> str:
        return "" if asked == DEFAULT else f"{self.flag} {self.key}={self.show(asked)}"


class DeviceItem(Item):
    """An entry of a block device. The same device may have many paths: its number counts."""

    entry_key = ""
    absent = "no such block device on the host"

    def declared(self, host: dict, kernel: Kernel) -> Any:
        device = kernel.device(self.key)
        entries = [entry for entry in host.get(self.field) or [] if entry["Path"] == self.key or (device and kernel.device(entry["Path"]) == device)]
        # Docker writes them one after the other: the last one counts.
        return entries[-1][self.entry_key] if entries else self.nothing

    def enforced(self, kernel: Kernel, life: Life) -> Value:
        device, directory = kernel.device(self.key), life.directory("blkio") or life.directory("io")
        if device is None or device[0] != "b":
            return Value(None, [f"{self.key}: {self.absent}"])
        if directory is None:
            return Value(None, ["no controller for block I/O here"])
        return self.of_device(kernel, directory, device[1])

    def of_device(self, kernel: Kernel, directory: Directory, number: str) -> Value:
        """What the kernel says of the device of that ``major:minor``."""
        raise NotImplementedError

    def discards(self, value: Value) -> bool:
        return super().discards(value) and self.absent not in value.evidence[0]

    def option(self, asked: Any) -> str:
        return "" if asked == self.nothing else f"{self.flag} {self.key}:{asked}"


class DeviceRate(DeviceItem):
    """How much one block device may be read or written, in bytes or operations a second."""

    nothing = UNLIMITED
    word_for_nothing = UNLIMITED
    entry_key = "Rate"

    def __init__(self, name: str, field: str, key: str, word: str) -> None:
        super().__init__(name, field, key)
        self.flag = "--" + name.replace("_", "-")
        self.word = word
        self.in_bytes = word.endswith("bps")
        self.unit = "bytes/s" if self.in_bytes else "operations/s"

    def parse_value(self, asked: Any) -> int:
        return units.parse_bytes(asked, unlimited=True) if self.in_bytes else units.parse_integer(asked, 1)

    def of_device(self, kernel: Kernel, directory: Directory, number: str) -> Value:
        verb, kind = ("read" if self.word[0] == "r" else "write"), self.word[1:]
        name = f"blkio.throttle.{verb}_{kind}_device" if directory.version == V1 else "io.max"

        def parse(text: str) -> Any:
            for line in text.splitlines():
                device, *rest = line.split()
                if device == number:
                    return int(rest[0]) if directory.version == V1 else _amount(dict(part.split("=") for part in rest).get(self.word, "max"))
            return UNLIMITED

        # To v1, the limits of a group above are nothing to the group below.
        return kernel.value(directory, (name,), parse, stricter if directory.version == V2 else None)


class DeviceWeight(DeviceItem):
    """The weight of one block device, which only BFQ keeps."""

    entry_key = "Weight"

    def __init__(self, key: str) -> None:
        super().__init__("blkio_weight_device", "BlkioWeightDevice", key)
        self.flag = "--blkio-weight-device"

    def parse_value(self, asked: Any) -> int:
        return units.parse_integer(asked, units.BLKIO_MIN, units.BLKIO_MAX)

    def of_device(self, kernel: Kernel, directory: Directory, number: str) -> Value:
        names = ("blkio.weight_device", "blkio.bfq.weight_device") if directory.version == V1 else ("io.bfq.weight",)

        def parse(text: str) -> Any:
            weights = dict(line.split() for line in text.splitlines())
            return int(weights[number]) if number in weights else DEFAULT

        values = [kernel.value(directory, (name,), parse) for name in names]
        return next((value for value in values if value.own is not None), values[-1])

    def discards(self, value: Value) -> bool:
        return super().discards(value) or "/blkio.bfq.weight_device=" in value.evidence[0]


class Device(Item):
    """Access to one device node: rules that v1 shows, and that v2 keeps in a program that nobody can read.

    Inside, ``path in the container:permissions``; the kernel knows the permissions alone.
    """

    unreadable = "unverifiable"

    def __init__(self, key: str) -> None:
        super().__init__("devices", "Devices", key)
        self.flag = "--device"

    def parse_value(self, asked: Any) -> str:
        inside, permissions = self.key, "rwm"
        parts = str(asked).split(":")
        if len(parts) == 2 and set(parts[1]) <= set("rwm"):
            permissions = parts[1]
        elif len(parts) > 1:
            inside = parts[1]
        if len(parts) > 2:
            permissions = parts[2]
        if len(parts) > 3 or not inside.startswith("/") or not permissions or not set(permissions) <= set("rwm"):
            raise ClassroomError(f"{asked!r} is not a device: write path, path:permissions or path:path_in_container:permissions, permissions of r, w and m")
        return f"{inside}:{_permissions(permissions)}"

    def declared(self, host: dict, kernel: Kernel) -> Any:
        entries = [entry for entry in host.get("Devices") or [] if entry["PathOnHost"] == self.key]
        return f"{entries[-1]['PathInContainer']}:{_permissions(entries[-1]['CgroupPermissions'])}" if entries else DEFAULT

    def enforced(self, kernel: Kernel, life: Life) -> Value:
        device, directory = kernel.device(self.key), life.directory("devices")
        if device is None or directory is None:
            return Value(None, [f"{self.key}: no such device on the host" if device is None else "v2 keeps device rules in an eBPF program: not readable"])
        kind, number = device
        every = {number, "*:*", number.partition(":")[0] + ":*"}

        def parse(text: str) -> Any:
            granted = ""
            for line in text.splitlines():
                rule_kind, rule_number, permissions = line.split()
                # Every container may make nodes of every device ("c *:* m"), which opens none.
                if rule_kind in (kind, "a") and rule_number in every and (rule_number == number or permissions != "m"):
                    granted += permissions
            return _permissions(granted) or DEFAULT

        return kernel.value(directory, ("devices.list",), parse)

    def agrees(self, declared: Any, own: Any, host: dict, kernel: Kernel, life: Life) -> str | None:
        return "ok" if declared.rpartition(":")[2] == own else None

    def option(self, asked: Any) -> str:
        return "" if asked == DEFAULT else f"{self.flag} {self.key}:{asked}"


def _permissions(letters: str) -> str:
    return "".join(letter for letter in "rwm" if letter in letters)


_CPU_MAX = (
    (V1, "cpu", ("cpu.cfs_quota_us", "cpu.cfs_period_us"), _quota_and_period),
    (V2, "cpu", ("cpu.max",), _quota_and_period),
)


_CPU_PERIOD = (
    (V1, "cpu", ("cpu.cfs_period_us",), int),
    (V2, "cpu", ("cpu.max",), lambda text: int(text.split()[1])),
)

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
        CpuQuota("cpu_quota", "CpuQuota", units.PERIOD_MIN, None, "microseconds", *_CPU_MAX),
        CpuPeriod("cpu_period", "CpuPeriod", units.PERIOD_MIN, units.PERIOD_MAX, "microseconds", *_CPU_PERIOD),
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
            (V1, "blkio", ("blkio.weight",), _weight(500)),
            (V1, "blkio", ("blkio.bfq.weight",), _weight(100)),
            (V2, "io", ("io.bfq.weight",), _weight(100)),
            (V2, "io", ("io.weight",), _weight(100, converts=True)),
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


def _items(name: str, asked: Any) -> list:
    if name not in NAMES:
        raise ClassroomError(f"there is no such limit: {', '.join(NAMES)}")
    if not isinstance(asked, list):
        raise ClassroomError(f"{asked!r} is not a list")
    items = [_item(name, entry) for entry in asked]
    keys = [limit.key for limit, _value in items]
    for key in keys:
        if keys.count(key) > 1:
            raise ClassroomError(f"{key!r} is named twice")
    return items


def _item(name: str, entry: Any) -> tuple:
    if name == "ulimits":
        key, _equals, value = str(entry).partition("=")
        if key not in ULIMITS:
            raise ClassroomError(f"{key!r} is not a ulimit: {', '.join(ULIMITS)}")
        return Ulimit(key), value
    if name == "devices":
        return Device(_device_path(str(entry).partition(":")[0])), str(entry)
    word = "weight" if name == "blkio_weight_device" else "rate"
    if not isinstance(entry, dict) or set(entry) != {"path", word}:
        raise ClassroomError(f"{entry!r} is not of path and {word}")
    path = _device_path(entry["path"])
    if name == "blkio_weight_device":
        return DeviceWeight(path), entry["weight"]
    field, word = _RATES[name]
    return DeviceRate(name, field, path, word), entry["rate"]


def _device_path(path: Any) -> str:
    if not isinstance(path, str) or not path.startswith("/"):
        raise ClassroomError(f"{path!r} is not a device's path on the host, such as /dev/sda")
    return path


def parse_limits(limits: dict) -> list:
    """The pairs (limit, value in its unit) of all the options of a requirement.

    :param limits: values by Docker's word; None is the same as left out
    :raises ClassroomError: a value is wrong, or less or more than its fellow allows; the message names the limit
    """
    pairs = [pair for name, asked in limits.items() if asked is not None for pair in requirement(name, asked)]
    amounts = {limit.name: value for limit, value in pairs if isinstance(value, int)}
    memory = amounts.get("memory")
    if memory and amounts.get("memory_swap", memory) < memory:
        raise ClassroomError(f"memory_swap: {amounts['memory_swap']} is less than memory, which is {memory}: it is the sum of memory and swap")
    if memory and amounts.get("memory_reservation", memory) > memory:
        raise ClassroomError(f"memory_reservation: {amounts['memory_reservation']} is more than memory, which is {memory}")
    return pairs


def check_creatable(limits: dict) -> None:
    """Refuse limits that Docker would refuse together when it creates a container.

    :param limits: as for parse_limits
    :raises ClassroomError: a value is wrong by itself or beside another; the message names the limit
    """
    given = {limit.name for limit, asked in parse_limits(limits) if asked != limit.nothing}
    if "memory_swap" in given and "memory" not in given:
        raise ClassroomError("memory_swap: Docker takes it only together with memory: it is the sum of memory and swap")
    if "cpus" in given and {"cpu_quota", "cpu_period"} & given:
        raise ClassroomError("cpus: Docker takes either cpus, or cpu_quota and cpu_period")
