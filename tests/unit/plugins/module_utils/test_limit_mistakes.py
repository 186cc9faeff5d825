# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What people get wrong about limits, each named, and each hint with what mends it."""

from __future__ import annotations

import pytest
from ansible_collections.classroom.containers.plugins.module_utils import _cgroup_check
from ansible_collections.classroom.containers.plugins.module_utils._cgroup_check import check

M, G = 1024**2, 1024**3

#: Fields of HostConfig, the container's arguments, what is asked, words of the hint: the mistake and the command
MISTAKES = [
    ({"Memory": 100000000, "MemorySwap": 2 * 10**8}, [], {"memory": "100m"}, "That is 100 MB in powers of 1000: Docker's 100m means 104857600: docker"),
    ({"Memory": 10**9, "MemorySwap": -1}, [], {"memory": "1g"}, "That is 1 GB in powers of 1000: Docker's 1g means 1073741824: docker update --memory 1g"),
    ({"Memory": 102400000, "MemorySwap": -1}, [], {"memory": "102400k"}, "That is 102400 KB in powers of 1000: Docker's 102400k means 104857600"),
    ({"Memory": 100 * M, "MemorySwap": 200 * M}, [], {"memory": "100000000"}, "Docker's 100m means 104857600: 100000000 has to be written without a suffix"),
    ({"Memory": 100 * G, "MemorySwap": 200 * G}, [], {"memory": "100m"}, "100g was said for 100m: docker update --memory 100m --memory-swap 200m cgt-free"),
    ({"Memory": 8 * M, "MemorySwap": 16 * M}, [], {"memory": "8g"}, "The suffix is another one: 8m was said for 8g"),
    ({"Memory": 8 * M, "MemorySwap": 16 * M}, [], {"memory": "8192g"}, "The suffix is another one: 8m was said for 8192g"),
    ({"Memory": 10 * M, "MemorySwap": 20 * M}, [], {"memory": "100m"}, "That is a 10th part of it: look at the zeros: docker update --memory 100m"),
    ({"Memory": 1000 * M, "MemorySwap": -1}, [], {"memory": "100m"}, "That is 10 times as much: look at the zeros"),
    ({"Memory": 99 * M, "MemorySwap": 198 * M}, [], {"memory": "100m"}, "(100 MiB) is asked: docker update --memory 100m --memory-swap 200m cgt-free"),
    ({}, ["--memory", "100m"], {"memory": "100m"}, "--memory stands after the image, where it is an argument of its program: docker update --memory 100m"),
    ({"MemoryReservation": 100 * M}, [], {"memory": "100m"}, "--memory-reservation says how much, and --memory was meant"),
    ({"Memory": 50 * M, "MemorySwap": -1}, [], {"memory_reservation": "50m"}, "--memory says how much, and --memory-reservation was meant"),
    # Forgotten
    ({"Memory": 100 * M, "MemorySwap": 200 * M}, [], {"cpu_shares": "20"}, "with --memory and without --cpu-shares, and 20 shares is asked: docker"),
    ({"CpuShares": 20}, [], {"memory": "100m"}, "created with --cpu-shares and without --memory"),
    ({}, [], {"cpu_shares": "20"}, "created without --cpu-shares, and 20 shares is asked: docker update --cpu-shares 20 cgt-free"),
    # A weight and a limit
    ({"NanoCpus": 200000000}, [], {"cpu_shares": "20"}, "--cpus limits the time, to 0.2 CPUs, and is no weight: --cpu-shares 20 counts only while"),
    ({"CpuQuota": 20000}, [], {"cpu_shares": "20"}, "--cpu-quota limits the time, to 0.2 CPUs"),
    # What docker update --cpu-quota -1 leaves is no limit, and a period alone is none.
    ({"CpuQuota": -1}, [], {"cpu_shares": "20"}, "cgt-free was created without --cpu-shares, and 20 shares is asked: docker update"),
    ({"CpuPeriod": 50000}, [], {"cpu_shares": "20"}, "cgt-free was created without --cpu-shares, and 20 shares is asked: docker update"),
    ({"CpuQuota": 20000}, [], {"memory": "100m"}, "created with --cpu-quota and without --memory"),
    ({"CpuShares": 512}, [], {"cpus": "0.5"}, "--cpu-shares 512 is a weight among those that want the CPU at the same time"),
    ({"CpuShares": 200}, [], {"cpu_shares": "20"}, "That is 10 times as much"),
    ({"NanoCpus": 5 * 10**9}, [], {"cpus": "0.5"}, "That is 10 times as much: look at the zeros: docker update --cpus 0.5 cgt-free"),
    ({"NanoCpus": 5 * 10**7}, [], {"cpus": "0.5"}, "That is a 10th part of it"),
    # Quota and period
    ({"CpuQuota": 100000, "CpuPeriod": 50000}, [], {"cpus": "0.5"}, "--cpu-quota 100000 and --cpu-period 50000 are the wrong way round"),
    ({"CpuQuota": 100000, "CpuPeriod": 50000}, [], {"cpus": "0.5"}, "docker update --cpu-period 100000 --cpu-quota 50000 cgt-free"),
    ({"CpuQuota": 100000, "CpuPeriod": 50000}, [], {"cpu_quota": "50000"}, "the quota is the part of the period that it may use: docker"),
    ({"CpuQuota": 100000, "CpuPeriod": 50000}, [], {"cpu_period": "100000"}, "are the wrong way round"),
    ({"CpuQuota": 40000, "CpuPeriod": 100000}, [], {"cpus": "0.333333333"}, "create it again with --cpus 0.333333333"),
    ({"CpuQuota": 50000}, [], {"cpus": "unlimited"}, "docker update --cpu-quota -1 cgt-free"),
    ({"CpuQuota": 50000}, [], {"cpu_quota": "unlimited"}, "docker update --cpu-quota -1 cgt-free"),
    ({"NanoCpus": 5 * 10**8}, [], {"cpus": "unlimited"}, "create it again without --cpus"),
    ({"PidsLimit": 20}, [], {"pids_limit": "unlimited"}, "docker update --pids-limit -1 cgt-free"),
    # Swap
    ({"Memory": 100 * M, "MemorySwap": 100 * M}, [], {"memory_swap": "150m"}, "that leaves no swap: docker update --memory 100m --memory-swap 150m"),
    ({"Memory": 100 * M, "MemorySwap": 200 * M}, [], {"memory_swap": "150m"}, "Docker takes twice the memory: docker update --memory 100m --memory-swap 150m"),
    ({"Memory": 100 * M, "MemorySwap": 250 * M}, [], {"memory_swap": "150m"}, "157286400 bytes (150 MiB) in all, with the memory in it"),
    ({"Memory": 40 * M, "MemorySwap": 110 * M}, [], {"memory_swap": "150m"}, "and not the swap alone"),
]  # fmt: skip


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch):
    monkeypatch.setattr(_cgroup_check.time, "sleep", lambda _seconds: None)


@pytest.mark.parametrize(("host", "arguments", "asked", "words"), MISTAKES)
def test_mistakes(v1, host, arguments, asked, words):
    v1.declare("cgt-free", **host)
    v1.containers["cgt-free"]["Args"] = arguments
    (found,) = check([{"name": "cgt-free", **asked}], v1.engine, v1.kernel, lambda _command: "")
    assert found.outcome == "fail"
    assert words in found.hint


@pytest.mark.parametrize(("was", "mend"), [(0, "--memory-swap -1 cgt-free."), (60 * M, "--memory-swap -1 cgt-free, then docker restart cgt-free.")])
def test_a_swap_without_a_limit_needs_a_restart_where_it_had_one(v1, was, mend):
    v1.declare("cgt-free", Memory=was, MemorySwap=was)
    found = check([{"name": "cgt-free", "memory": "100m", "memory_swap": "-1"}], v1.engine, v1.kernel, lambda _command: "")
    assert found[0].hint.endswith(f"docker update --memory 100m {mend}")


def test_memory_and_swap_are_mended_together(v1):
    v1.declare("cgt-free", Memory=50 * M, MemorySwap=50 * M)
    found = check([{"name": "cgt-free", "memory": "100m", "memory_swap": "150m"}], v1.engine, v1.kernel, lambda _command: "")
    assert all("docker update --memory 100m --memory-swap 150m cgt-free" in each.hint for each in found)


def test_the_command_that_makes_it_is_the_requirements(v1):
    make = "docker run --detach --name cgt-free classroom/busybox ping 127.0.0.1"
    v1.declare("cgt-free", Memory=100 * M)
    asked = {"memory": "unlimited", "create_command": make}
    found = check([{"name": "cgt-free", **asked}, {"name": "cgt-fre", **asked}], v1.engine, v1.kernel, lambda _command: "")
    assert found[0].hint.endswith(f"create it again without --memory: docker rm --force cgt-free, then {make}.")
    assert found[1].hint == f"There is no container named cgt-fre: create it with {make}."


def test_one_that_may_be_meant(v1):
    v1.containers["other"] = {**v1.containers.pop("cgt-free"), "Name": "/cgt-Free"}
    found = check([{"name": "cgt-free", "memory": "100m", "cpus": "1"}], v1.engine, v1.kernel, lambda _command: "")
    assert {each.hint for each in found} == {"There is no container named cgt-free, and there is cgt-Free: docker rename cgt-Free cgt-free."}
