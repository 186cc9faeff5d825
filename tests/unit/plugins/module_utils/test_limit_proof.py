# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What counts as proof: the verdict on each counter, on captured hosts that a test changes by one value."""

from __future__ import annotations

import pytest
from ansible_collections.classroom.containers.plugins.module_utils import _limit_proof
from ansible_collections.classroom.containers.plugins.module_utils._engine import Engine
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.module_utils._limit_proof import prove

LIMIT = 100 * 1024**2
#: As far as a peak may be from the limit: a hundredth, and 1 MiB at least.
SLACK = 1024**2
NAN = float("nan")


def limited(host):
    """The name of the captured container that has the limit."""
    return "init" if host.kernel.mode == "v2" else "cgt-limits"


def proofs(host, oom=(), cpu_weights=(), wait=0.0, sample=0.0, tolerance=0.2):
    return prove(host.engine, host.kernel, list(oom), list(cpu_weights), sample, tolerance, wait)


def kills(host, number):
    """The kernel's count of killed processes, as it says it on this version."""
    if host.kernel.mode == "v2":
        host.write(host.path(limited(host), "memory.events"), f"low 0\nhigh 0\nmax 9\noom {number}\noom_kill {number}\noom_group_kill 0")
    else:
        host.write(host.path(limited(host), "memory.oom_control"), f"oom_kill_disable 0\nunder_oom 0\noom_kill {number}")


def peak(host, size):
    host.write(host.path(limited(host), "memory.peak" if host.kernel.mode == "v2" else "memory.max_usage_in_bytes"), str(size))


@pytest.mark.parametrize("host", ["v1", "v2"], indirect=True)
@pytest.mark.parametrize(
    ("killed", "reached", "verdict"),
    [
        (1, LIMIT, "ok"),
        (7, LIMIT - 4096, "ok"),
        (0, LIMIT, "unverifiable"),
        (0, 4096, "unverifiable"),
        (0, LIMIT + 4096, "unverifiable"),
        # By force, as an engine's own memory.
        (1, LIMIT + 4096, "ok"),
        (1, LIMIT - SLACK, "ok"),
        (1, LIMIT + SLACK, "ok"),
        # Under a limit that is not there any more, the host's own, or that of a cgroup inside.
        (1, LIMIT - SLACK - 1, "unverifiable"),
        (1, LIMIT + SLACK + 1, "unverifiable"),
        (1, 5 * 1024**2, "unverifiable"),
    ],
)
def test_a_kill_under_the_limit_is_the_proof(host, killed, reached, verdict):
    kills(host, killed)
    peak(host, reached)
    (finding,) = proofs(host, oom=[limited(host)])
    assert (finding.subject, finding.attribute, finding.verdict) == (limited(host), "memory", verdict)
    assert finding.asked == finding.declared == finding.enforced == LIMIT
    assert f"oom_kill={killed}" in finding.evidence and f"peak={reached}" in finding.evidence
    assert finding.hint


@pytest.mark.parametrize("host", ["v1", "v2"], indirect=True)
@pytest.mark.parametrize(("above", "verdict"), [(0, "not_enforced"), (1, "ancestor_stricter")])
def test_a_kill_under_another_limit_proves_nothing_of_the_one_that_docker_declares(host, above, verdict):
    kills(host, 1)
    peak(host, LIMIT // 2)
    host.write(host.path(limited(host), "memory.max" if host.kernel.mode == "v2" else "memory.limit_in_bytes", above), str(LIMIT // 2))
    (finding,) = proofs(host, oom=[limited(host)])
    assert (finding.verdict, finding.declared, finding.enforced) == (verdict, LIMIT, LIMIT // 2)
    assert "under a limit of 52428800 bytes (50 MiB)" in finding.hint and "(100 MiB) of" in finding.hint


@pytest.mark.parametrize("host", ["v2"], indirect=True)
@pytest.mark.parametrize(
    ("local", "verdict"),
    [("low 0\nhigh 0\nmax 9\noom 1\noom_kill 1\n", "ok"), ("low 0\nhigh 0\nmax 0\noom 0\noom_kill 1\n", "unverifiable"), (None, "unverifiable")],
)
def test_a_kernel_that_keeps_no_peak_tells_by_its_counts(host, local, verdict):
    """Before 5.19, v2 had none."""
    kills(host, 1)
    host.write(host.path("init", "memory.peak"), None)
    if local:
        host.write(host.path("init", "memory.events") + ".local", local)
    (finding,) = proofs(host, oom=["init"])
    assert finding.verdict == verdict


@pytest.mark.parametrize(("host", "name"), [("v1", "cgt-free"), ("v2", "shares")], indirect=["host"])
def test_without_a_limit_there_is_nothing_to_prove(host, name):
    (finding,) = proofs(host, oom=[name], wait=30)
    assert (finding.verdict, finding.outcome, finding.declared, finding.enforced) == ("unverifiable", "could_not_check", "unlimited", "unlimited")
    assert finding.hint == f"{name} has no memory limit to prove."


@pytest.mark.parametrize("host", ["v1", "v2"], indirect=True)
def test_a_limit_that_the_kernel_does_not_have_is_not_enforced(host):
    kills(host, 0)
    peak(host, 4096)
    file, nothing = ("memory.max", "max") if host.kernel.mode == "v2" else ("memory.limit_in_bytes", str(2**63 - 4096))
    host.write(host.path(limited(host), file), nothing)
    (finding,) = proofs(host, oom=[limited(host)])
    assert (finding.verdict, finding.declared, finding.enforced) == ("not_enforced", LIMIT, "unlimited")


@pytest.mark.parametrize("host", ["v1", "v2"], indirect=True)
def test_it_waits_for_the_kill(host):
    kills(host, 0)
    peak(host, LIMIT)
    asked = []

    def kill_at_the_second_look(path):
        asked.append(path)
        if len(asked) == 2:
            kills(host, 1)

    host.on_request = kill_at_the_second_look
    (finding,) = proofs(host, oom=[limited(host)], wait=30)
    assert finding.verdict == "ok"


def test_a_kernel_that_does_not_count_proves_nothing(v1):
    v1.write(v1.path(limited(v1), "memory.oom_control"), "oom_kill_disable 0\nunder_oom 0")
    (finding,) = proofs(v1, oom=[limited(v1)])
    assert (finding.verdict, finding.outcome) == ("unsupported", "could_not_check")


@pytest.mark.parametrize(("name", "verdict"), [("cgt-stopped", "stopped"), ("nobody", "absent")])
def test_what_does_not_run_proves_nothing(v1, name, verdict):
    assert [(finding.subject, finding.verdict) for finding in proofs(v1, oom=[name])] == [(name, verdict)]
    assert [(finding.subject, finding.verdict) for finding in proofs(v1, cpu_weights=["cgt-limits", name])] == [(name, verdict)]


def test_containers_that_are_idle_prove_nothing(v1):
    (finding,) = proofs(v1, cpu_weights=["cgt-limits", "cgt-free"], sample=0.01)
    assert (finding.subject, finding.verdict, finding.outcome) == ("cgt-free", "unstable", "could_not_check")


def test_weights_that_nobody_tells_prove_nothing(v1):
    v1.write(v1.path("cgt-free", "cpu.shares"), None)
    (found,) = proofs(v1, cpu_weights=["cgt-free", "cgt-limits"])
    assert found.verdict == "unsupported"


def test_a_weight_of_nothing_proves_nothing(v2):
    """What cpu.weight shows where cpu.idle is 1."""
    v2.write(v2.path("shares", "cpu.weight"), "0")
    assert [finding.verdict for finding in proofs(v2, cpu_weights=["init", "shares"])] == ["unsupported"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        pytest.param({"oom": []}, "oom and cpu_weights: both are empty: name at least one container", id="no container"),
        pytest.param({"cpu_weights": ["cgt-limits"]}, "cpu_weights: ['cgt-limits']: it takes at least two", id="one container competes with nobody"),
        pytest.param({"oom": ["a", ""]}, "oom[1]: '' is not a container's name", id="an empty name"),
        pytest.param({"cpu_weights": ["a", "../info"]}, "cpu_weights[1]: '../info' is not a container's name", id="a path"),
        pytest.param({"sample": -1.0}, "sample: -1.0 is out of range: it must be from 0 to 60", id="a negative sample"),
        pytest.param({"sample": NAN}, "sample: nan is out of range", id="a sample that is no number"),
        pytest.param({"sample": 1e300}, "sample: 1e+300 is out of range", id="an endless sample"),
        pytest.param({"wait": -1.0}, "wait: -1.0 is out of range: it must be from 0 to 86400", id="a negative wait"),
        pytest.param({"wait": NAN}, "wait: nan is out of range", id="a wait that is no number"),
        pytest.param({"tolerance": -1.0}, "tolerance: -1.0 is out of range: it must be from 0 to 1", id="a negative tolerance"),
        pytest.param({"tolerance": 50.0}, "tolerance: 50.0 is out of range", id="a tolerance in percent"),
    ],
)
def test_what_cannot_be_asked(v1, changes, words):
    with pytest.raises(ClassroomError) as refused:
        proofs(v1, **{"oom": ["cgt-limits"], **changes})
    assert words in str(refused.value)
    assert v1.asked == []


def test_without_an_engine_nothing_is_proved(v1, tmp_path):
    v1.engine = Engine(f"unix://{tmp_path}/none", 1)
    found = proofs(v1, oom=["a"], cpu_weights=["b", "c"])
    assert [(finding.subject, finding.attribute, finding.outcome) for finding in found] == [
        ("a", "memory", "could_not_check"),
        ("c", "cpu_shares", "could_not_check"),
    ]
    assert all(str(tmp_path) in finding.hint for finding in found)


@pytest.mark.parametrize(
    ("first", "second", "verdict", "measured"),
    [
        (60.0, 20.0, "ok", 3.0),
        (100.0, 20.0, "ok", 5.0),
        (59.0, 20.0, "not_enforced", 2.95),
        (101.0, 20.0, "not_enforced", 5.05),
        (20.0, 80.0, "not_enforced", 0.25),
        (80.0, 0.0, "not_enforced", None),
    ],
)
def test_time_by_weight(v1, monkeypatch, first, second, verdict, measured):
    """Asked is 4 to 1, and a quarter of that may be missed."""
    given = {"cgt-limits": (800, first), "cgt-free": (200, second)}
    for name, (shares, _percent) in given.items():
        v1.write(v1.path(name, "cpu.shares"), str(shares))

    def add(_kernel, observation):
        observation.reading["usage"]["cpu_percent"] = given[observation.container["Name"].lstrip("/")][1]

    monkeypatch.setattr(_limit_proof, "add_percentage", add)
    (found,) = proofs(v1, cpu_weights=[*given], tolerance=0.25)
    assert (found.subject, found.verdict, found.asked, found.enforced) == ("cgt-free", verdict, 4.0, measured)
