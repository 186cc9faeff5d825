# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This module utility is private to the collection.

"""Units, conversions and tolerances of container limits: Docker's words on one side, the kernel's on the other."""

from __future__ import annotations

import math
import re
import sys
from decimal import Decimal
from typing import Any

from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError

#: No limit, said in words: to Docker a bare 0 means the same, and reads like its opposite.
UNLIMITED = "unlimited"
#: Whatever Docker and the kernel do when nothing is asked.
DEFAULT = "default"

#: Docker refuses a smaller memory limit (bytes).
MEMORY_MIN = 6 * 1024 * 1024
SHARES_MIN, SHARES_MAX, SHARES_DEFAULT = 2, 262144, 1024
WEIGHT_DEFAULT = 100
BLKIO_MIN, BLKIO_MAX = 10, 1000
#: The kernel's bounds of the CFS period, and Docker's where none is given (microseconds).
PERIOD_MIN, PERIOD_MAX, PERIOD_DEFAULT = 1000, 1000000, 100000
#: Docker's /dev/shm where nothing is asked (bytes).
SHM_SIZE_DEFAULT = 64 * 1024 * 1024
#: A v1 memory file at or above this many bytes means "no limit" (the value depends on the page size).
V1_MEMORY_UNLIMITED = 0x7FFFFFFFFFFF0000

#: The longest time that anything is waited for (seconds): a day.
WAIT_MAX = 86400

_BYTES = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?([kmgtp]?)(?:i?b)?", re.IGNORECASE)
_POWERS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4, "p": 5}
_INTEGER = re.compile(r"[+-]?[0-9]+")
_DIGITS_MAX = 20
_DECIMAL = re.compile(r"[+-]?[0-9]{1,20}(?:\.[0-9]{0,20})?|\.[0-9]{1,20}")
_CPU_RANGE = re.compile(r"0*([0-9]{1,4})(?:-0*([0-9]{1,4}))?")
#: What Docker keeps a number in.
_INTEGER_MAX = 2**63 - 1
#: The kernel numbers CPUs and memory nodes from 0 to less than this.
_CPUS_MAX = 8192


def parse_bytes(text: Any, unlimited: bool = False) -> int:
    """Bytes of a size in Docker's notation (``100m`` is 104857600: the suffixes are powers of 1024).

    :param unlimited: whether UNLIMITED may be written instead
    :raises ClassroomError: it is not a size, or not more than 0
    """
    match = None if isinstance(text, bool) else _BYTES.fullmatch(str(text).strip())
    if not match:
        raise ClassroomError(f"{text!r} is not a size: write a positive number with b, k, m, g or t after it, such as 100m")
    size = int(Decimal(match.group(1)) * 1024 ** _POWERS[match.group(2).lower()])
    advice = f": where no limit is meant, write {UNLIMITED}" if unlimited else ""
    if size <= 0:
        raise ClassroomError(f"{text!r} is not more than 0{advice}")
    if size >= V1_MEMORY_UNLIMITED:
        raise ClassroomError(f"{text!r} is more than the kernel can count{advice}")
    return size


def parse_integer(text: Any, low: int, high: int | None = None) -> int:
    """An integer from low to high, or to what Docker can count.

    :raises ClassroomError: it is not an integer, or out of the range
    """
    digits = str(text).strip()
    if isinstance(text, bool) or not _INTEGER.fullmatch(digits):
        raise ClassroomError(f"{text!r} is not a whole number")
    if len(digits.lstrip("+-")) > _DIGITS_MAX:
        raise ClassroomError(f"{digits} is out of range: it has more than {_DIGITS_MAX} digits")
    number = int(digits)
    if high is None and number > _INTEGER_MAX:
        raise ClassroomError(f"{number} is out of range: it must be at most {_INTEGER_MAX}")
    check_range(number, low, high)
    return number


def check_range(number: float, low: float, high: float | None = None, option: str = "") -> None:
    """Refuse what is not from low to high, as what is no number, and what has no end, never is.

    :raises ClassroomError: it is out of the range; the message begins with the option where there is one
    """
    if not low <= number <= (sys.float_info.max if high is None else high):
        rule = f"at least {low}" if high is None else f"from {low} to {high}"
        raise ClassroomError(f"{option and f'{option}: '}{number} is out of range: it must be {rule}")


def check_timeout(seconds: float) -> None:
    """Refuse what the option ``timeout`` cannot be, for an engine, a registry or a program.

    :raises ClassroomError: it is out of the range
    """
    # The option has whole seconds; a part of one is the collection's own.
    if not 0 < seconds < 1:
        check_range(seconds, 1, WAIT_MAX, "timeout")


def parse_nanocpus(text: Any) -> int:
    """Billionths of a CPU of a number of CPUs (``0.5`` is 500000000), as in HostConfig.NanoCpus.

    :raises ClassroomError: it is not a number, finer than Docker keeps, or under Docker's least of 0.01
    """
    digits = str(text).strip()
    if isinstance(text, bool) or not _DECIMAL.fullmatch(digits):
        raise ClassroomError(f"{text!r} is not a number of CPUs, such as 0.5")
    nano = Decimal(digits) * 10**9
    if nano < 10**7:
        raise ClassroomError(f"{text!r} is too few CPUs: Docker's least is 0.01; where no limit is meant, write {UNLIMITED}")
    if nano != nano.to_integral_value():
        raise ClassroomError(f"{text!r} has too many digits: Docker keeps billionths of a CPU")
    if nano > _CPUS_MAX * 10**9:
        raise ClassroomError(f"{text!r} is more CPUs than a host can have: where no limit is meant, write {UNLIMITED}")
    return int(nano)


def parse_cpuset(text: Any) -> frozenset:
    """The CPU (or memory node) numbers of a list such as ``0-2,4``; the kernel's empty list is the empty set.

    :raises ClassroomError: it is not such a list
    """
    if isinstance(text, bool):
        raise ClassroomError(f"{text!r} is not a list of CPU numbers, such as 0-2,4")
    numbers: set = set()
    listed = str(text).strip()
    for part in listed.split(",") if listed else ():
        match = _CPU_RANGE.fullmatch(part.strip())
        first, last = (int(match.group(1)), int(match.group(2) or match.group(1))) if match else (1, 0)
        if first > last or last >= _CPUS_MAX:
            raise ClassroomError(f"{text!r} is not a list of CPU numbers, such as 0-2,4")
        numbers.update(range(first, last + 1))
    return frozenset(numbers)


def format_cpuset(numbers: Any) -> str:
    """The shortest list for a set of CPU numbers: {0, 1, 2, 4} is ``0-2,4``."""
    runs: list = []
    for number in sorted(numbers):
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)


def format_bytes(size: Any) -> str:
    """Bytes for a reader: the number itself, and in MiB where that says more."""
    if not isinstance(size, int) or size < 1024:
        return str(size)
    return f"{size} bytes ({size / 1024**2:.6g} MiB)"


def page_floor(size: int, page: int) -> int:
    """Bytes as the kernel keeps them: whole pages, rounded down."""
    return size // page * page


def page_ceiling(size: int, page: int) -> int:
    """Bytes as tmpfs keeps them: whole pages, rounded up."""
    return -(-size // page) * page


def weights_of_shares(shares: int) -> dict:
    """Each formula's cpu.weight (1-10000) for cpu.shares (2-262144).

    ``linear`` is that of runc before 1.3.2 and crun before 1.23, ``quadratic`` that of the later ones.
    """
    if shares <= SHARES_MIN:
        quadratic = 1
    elif shares >= SHARES_MAX:
        quadratic = 10000
    else:
        log = math.log2(shares)
        quadratic = math.ceil(10 ** ((log * log + 125 * log) / 612 - 7 / 34))
    return {"linear": 1 + ((shares - 2) * 9999) // 262142, "quadratic": quadratic}


def io_weight_of_blkio(weight: int) -> int:
    """io.weight (1-10000) of a blkio weight (10-1000)."""
    return 1 + (weight - 10) * 9999 // 990


def quota_of_nanocpus(nano: int) -> int:
    """Microseconds of CPU time in a period of 100000 that Docker writes for NanoCpus."""
    return nano * PERIOD_DEFAULT // 10**9


def systemd_quota(quota: int, period: int) -> int:
    """The quota (microseconds in the period) that systemd rounds a quota up to: whole hundredths of a CPU."""
    return systemd_per_second(quota, period) * period // 10**6


def systemd_per_second(quota: int, period: int) -> int:
    """systemd's CPUQuotaPerSecUSec for a quota and a period: microseconds of CPU time in a second."""
    per_second = quota * 10**6 // period
    return -(-per_second // 10000) * 10000
