# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every student's containers have the limits of the course in the kernel."""

from __future__ import annotations

import pytest

STUDENTS = ["molecule-ada", "molecule-grace"]
MIB = 1024 * 1024
# v1 has no word for it but the largest number of whole pages.
UNLIMITED = float("inf")


def number(text):
    """A number of the kernel's."""
    return UNLIMITED if text in ("max", "-1") or int(text) >= 0x7FFFFFFFFFFF0000 else int(text)


def memory(container):
    """Bytes of memory."""
    return number(container.kernel("memory.limit_in_bytes", "memory.max"))


def memory_swap(container):
    """Bytes of memory and swap together."""
    if container.kernel("memory.memsw.limit_in_bytes", "memory.swap.max") is None:
        pytest.skip("this kernel does not count swap")
    together = number(container.kernel("memory.memsw.limit_in_bytes", "memory.swap.max"))
    # v2 has swap alone.
    return together if "memsw" in container.path("memory.memsw.limit_in_bytes", "memory.swap.max") else together + memory(container)


def memory_reservation(container):
    """Bytes of memory that it keeps when others want them."""
    return number(container.kernel("memory.soft_limit_in_bytes", "memory.low"))


def cpu_shares(container):
    """Weight of the CPU time, in Docker's shares."""
    # On v2, older and newer runtimes convert by different formulas.
    weights = {"1": 20, "6": 20, "39": 1024, "100": 1024}
    text = container.kernel("cpu.shares", "cpu.weight")
    return int(text) if container.path("cpu.shares", "cpu.weight").endswith("shares") else weights[text]


def cpus(container):
    """CPU time, in CPUs."""
    if container.path("cpu.cfs_quota_us", "cpu.max").endswith("max"):
        quota, period = container.kernel("cpu.cfs_quota_us", "cpu.max").split()
    else:
        quota, period = container.kernel("cpu.cfs_quota_us", ""), container.kernel("cpu.cfs_period_us", "")
    return number(quota) / number(period)


def pids(container):
    """Number of processes."""
    return number(container.kernel("pids.max", "pids.max"))


def cpuset(container):
    """CPUs it may run on."""
    return container.kernel("cpuset.effective_cpus", "cpuset.cpus.effective")


@pytest.mark.parametrize("student", STUDENTS)
@pytest.mark.parametrize(
    ("step", "read", "expected"),
    [
        ("x1", memory, UNLIMITED),
        ("x1", cpus, UNLIMITED),
        ("x1", cpu_shares, 1024),
        ("x2", memory, 100 * MIB),
        ("x2", cpu_shares, 20),
        ("cpus", cpus, 0.5),
        ("cpus", memory, UNLIMITED),
        ("pids", pids, 20),
        ("cpuset", cpuset, "0"),
        ("swap", memory, 100 * MIB),
        ("swap", memory_swap, 150 * MIB),
        ("reservation", memory, 100 * MIB),
        ("reservation", memory_reservation, 50 * MIB),
    ],
)
def test_kernel(containers, student, step, read, expected):
    assert read(containers[student + step]) == expected


def test_only_students_who_are_there(containers):
    expected = [student + step for student in STUDENTS for step in ["x1", "x2", "cpus", "pids", "cpuset", "swap", "reservation"]]
    assert sorted(name for name in containers if "x3" not in name) == sorted(expected)


def test_memory_is_limited(containers):
    take = "dd if=/dev/zero of=/dev/null bs=256M count=1"
    assert containers["molecule-adax1"].run(take).rc == 0
    # Killed.
    assert containers["molecule-adax2"].run(take).rc == 137


def test_processes_are_limited(containers):
    fork = "for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do sleep 1 & done"
    assert containers["molecule-adax1"].run(fork).rc == 0
    done = containers["molecule-adapids"].run(fork)
    assert done.rc != 0
    assert "can't fork" in done.stderr
