# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Docker declares and the kernel of cgroup v2 enforces, under systemd, which sets limits anew by itself.

systemd writes what it holds of a scope when its configuration was read anew and a unit beside the scope starts: until
then, a container may have limits that are about to go.
"""

from __future__ import annotations

import pytest

from .conftest import IMAGE

# The names of the containers, and what docker run is told.
RUN = {
    "all": "--memory 100m --memory-swap 150m --memory-reservation 50m --cpu-shares 512 --cpus 0.5 --cpuset-cpus 0 --pids-limit 64 "
    "--shm-size 8m --ulimit nofile=512:1024 --device /dev/fuse",
    "rounded": "--memory 100000001",
    "noswap": "--memory 50m --memory-swap 50m",
    "quota": "--cpu-period 100000 --cpu-quota 33300",
    "weight": "--blkio-weight 300",
    "dropped": "--memory 50m --memory-swappiness 10 --oom-kill-disable --device-read-bps /dev/vda:1mb",
    "hand": "--memory 50m",
    "updated": "--memory 100m",
    "nested": "--memory 50m --cgroup-parent narrow.slice",
    "free": "",
}
# What somebody does to them afterwards.
DONE = """
systemctl set-property --runtime narrow.slice MemoryMax=20M
docker update --memory 150m updated
echo 209715200 >/sys/fs/cgroup/system.slice/docker-$(docker inspect --format '{{.Id}}' hand).scope/memory.max
"""
SYSTEMD = "systemctl daemon-reload; systemd-run --quiet --wait --unit=sibling true; sleep 1"
# What is asked, by the container and the attribute that the finding names; the verdict before systemd sets anything anew, and the one after it.
ASKED = {
    ("all", "memory"): ("100m", "ok", "ok"),
    ("all", "memory_swap"): ("150m", "ok", "ok"),
    ("all", "memory_reservation"): ("50m", "ok", "ok"),
    ("all", "cpu_shares"): (512, "converted", "converted"),
    ("all", "cpus"): ("0.5", "ok", "ok"),
    ("all", "cpuset_cpus"): ("0", "ok", "ok"),
    ("all", "pids_limit"): (64, "ok", "ok"),
    ("all", "shm_size"): ("8m", "ok", "ok"),
    ("all", "ulimits.nofile"): (["nofile=512:1024"], "ok", "ok"),
    ("all", "devices./dev/fuse"): (["/dev/fuse"], "unverifiable", "unverifiable"),
    ("rounded", "memory"): ("100000001", "rounded", "rounded"),
    ("noswap", "memory_swap"): ("50m", "pending_drift", "not_enforced"),
    ("quota", "cpu_quota"): (33300, "pending_drift", "rounded"),
    # The kernel keeps it, and nothing goes by it as Debian starts.
    ("weight", "blkio_weight"): (300, "not_enforced", "not_enforced"),
    ("dropped", "memory_swappiness"): (10, "discarded", "discarded"),
    ("dropped", "oom_kill_disable"): (True, "discarded", "discarded"),
    ("dropped", "device_read_bps./dev/vda"): ([{"path": "/dev/vda", "rate": "1m"}], "missing", "missing"),
    ("hand", "memory"): ("50m", "not_enforced", "ok"),
    ("updated", "memory"): ("150m", "ok", "ok"),
    ("updated", "memory_swap"): ("200m", "not_enforced", "not_enforced"),
    ("nested", "memory"): ("50m", "ancestor_stricter", "ancestor_stricter"),
    ("free", "memory"): ("unlimited", "ok", "ok"),
    ("free", "pids_limit"): (None, "undeclared", "undeclared"),
}
# By how much an answer may be wrong and must fail.
WRONG_BY_ONE = {
    ("all", "memory"): "104857599",
    ("all", "memory_swap"): "157286401",
    ("all", "memory_reservation"): "52428799",
    ("all", "cpu_shares"): 513,
    ("all", "cpus"): "0.51",
    ("all", "cpuset_cpus"): "1",
    ("all", "pids_limit"): 65,
    ("all", "shm_size"): "8388609",
    ("all", "ulimits.nofile"): ["nofile=512:1025"],
    ("rounded", "memory"): "100000002",
    ("quota", "cpu_quota"): 33301,
    ("weight", "blkio_weight"): 301,
}


def requirements(asked):
    """As cgroup_check takes them, of what is asked by container and attribute."""
    wanted = {name: {"name": name} for name, _attribute in asked}
    for (name, attribute), value in asked.items():
        if value is not None:
            wanted[name][attribute.partition(".")[0]] = value
    return list(wanted.values())


@pytest.fixture(scope="module")
def check(engine_host, new_class):
    """Check what is asked, and return the verdicts of the attributes that are."""
    classroom = new_class(engine_host)

    def checked(asked):
        run = classroom.play("../tests/hosts/cgroup_check", containers=requirements(asked)).ok()
        (findings,) = [line["result"]["findings"] for line in run.of("ok") if "findings" in line["result"]]
        return {(finding["subject"], finding["attribute"]): finding for finding in findings}

    return checked


@pytest.fixture(scope="module")
def verdicts(engine_host, check):
    """What is found before and after systemd has set its limits anew, and of answers that are wrong by one."""
    asked = {key: value for key, (value, *_verdicts) in ASKED.items()}
    made = "\n".join(f"docker run --detach --name {name} {options} {IMAGE} sleep 3600" for name, options in RUN.items())
    engine_host(made + DONE)
    try:
        before = check(asked)
        engine_host(SYSTEMD)
        yield before, check(asked), check(WRONG_BY_ONE)
    finally:
        engine_host(f"docker rm --force {' '.join(RUN)}; systemctl revert narrow.slice", check=False)


@pytest.mark.parametrize("key", ASKED, ids=" ".join)
def test_a_limit_is_named_as_what_it_is(verdicts, key):
    before, after, _wrong = verdicts
    assert (before[key]["verdict"], after[key]["verdict"]) == ASKED[key][1:], (before[key], after[key])


def test_nothing_else_is_found(verdicts):
    """What nobody asked for is told of the processes alone, which systemd limits."""
    before, after, _wrong = verdicts
    more = {key: finding["verdict"] for found in (before, after) for key, finding in found.items() if key not in ASKED}
    assert more == {(name, "pids_limit"): "undeclared" for name in RUN if name not in ("all", "free")}


@pytest.mark.parametrize("key", WRONG_BY_ONE, ids=" ".join)
def test_an_answer_that_is_wrong_by_one_fails(verdicts, key):
    assert verdicts[2][key]["outcome"] == "fail"
    assert verdicts[2][key]["hint"]
