# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This module utility is private to the collection.

"""The limits of a container's CPU time, and the CPUs and memory nodes that it may use."""

from __future__ import annotations

from typing import Any

from ansible_collections.classroom.containers.plugins.module_utils import _limits as units
from ansible_collections.classroom.containers.plugins.module_utils._cgroups import V1, V2, Directory, Kernel, Life, Value
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.module_utils._limit import Limit, Number, stricter
from ansible_collections.classroom.containers.plugins.module_utils._limits import DEFAULT, UNLIMITED


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
    docker_words_for_nothing = ("-1",)
    strictest = staticmethod(Cpus.strictest)

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
        if _PERIOD.enforced(kernel, life).own not in (None, _period(host)):
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

    def __init__(self, name: str, field: str, kind: str) -> None:
        """:param kind: cpus or mems, as files are called that have them"""
        super().__init__(name, field, *((version, "cpuset", (f"cpuset.{kind}",), units.parse_cpuset) for version in (V1, V2)))
        self.kind = kind

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
        return f"cpuset.effective_{self.kind}" if directory.version == V1 else f"cpuset.{self.kind}.effective"

    def _of(self, kernel: Kernel, above: str, directory: Directory) -> frozenset:
        return units.parse_cpuset(kernel.read(f"{above}/{self._allowed(directory)}") or "")

    def show(self, value: Any) -> Any:
        return units.format_cpuset(value) if isinstance(value, frozenset) else value


_PERIOD = CpuPeriod(
    "cpu_period",
    "CpuPeriod",
    units.PERIOD_MIN,
    units.PERIOD_MAX,
    "microseconds",
    (V1, "cpu", ("cpu.cfs_period_us",), int),
    (V2, "cpu", ("cpu.max",), lambda text: int(text.split()[1])),
)
_MAX = (
    (V1, "cpu", ("cpu.cfs_quota_us", "cpu.cfs_period_us"), _quota_and_period),
    (V2, "cpu", ("cpu.max",), _quota_and_period),
)
#: The limits of CPU time and placement, in the order in which findings come.
CPU = (
    Shares("cpu_shares", "CpuShares", units.SHARES_MIN, units.SHARES_MAX, "shares", (V1, "cpu", ("cpu.shares",), int), (V2, "cpu", ("cpu.weight",), int)),
    Cpus("cpus", "NanoCpus", *_MAX),
    CpuQuota("cpu_quota", "CpuQuota", units.PERIOD_MIN, None, "microseconds", *_MAX),
    _PERIOD,
    Cpuset("cpuset_cpus", "CpusetCpus", "cpus"),
    Cpuset("cpuset_mems", "CpusetMems", "mems"),
)
