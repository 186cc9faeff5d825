# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This module utility is private to the collection.

"""What containers do against what their limits promise: the flow of the module limit_proof."""

from __future__ import annotations

import time
from typing import Any

from ansible_collections.classroom.containers.plugins.module_utils._cgroup_info import add_percentage, check_sample, read_numbers, read_usage
from ansible_collections.classroom.containers.plugins.module_utils._cgroups import Kernel, Life
from ansible_collections.classroom.containers.plugins.module_utils._container_limits import SINGLE
from ansible_collections.classroom.containers.plugins.module_utils._engine import Engine, EngineError
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.module_utils._findings import OUTCOME_OF, PASS, Finding
from ansible_collections.classroom.containers.plugins.module_utils._limits import UNLIMITED, WAIT_MAX, check_range, format_bytes
from ansible_collections.classroom.containers.plugins.module_utils._observe import Observation, check_name, observe

#: The proofs as an argument spec.
PROOF_ARGUMENTS = {
    "oom": {"type": "list", "elements": "str", "default": []},
    "cpu_weights": {"type": "list", "elements": "str", "default": []},
    "sample": {"type": "float", "default": 3},
    "tolerance": {"type": "float", "default": 0.2},
    "wait": {"type": "float", "default": 30},
}
#: Percent of one CPU under which busy containers say nothing: the host gave them no time to compete for.
_LEAST_PERCENT = 20
_POLL_SECONDS = 0.2
#: Bytes and a part of the limit, by which the peak of what was killed under it may miss it. The kernel charges pages in batches, and some of them by force.
_NEAR = 1024**2, 0.01


def prove(engine: Engine, kernel: Kernel, oom: list, cpu_weights: list, sample: float, tolerance: float, wait: float) -> list:
    """The findings of both proofs.

    :param oom: containers in which a process goes over the memory limit
    :param cpu_weights: busy containers on one CPU
    :param sample: seconds for which their CPU time is counted
    :param tolerance: how far the measured ratio may be from that of the weights, as a part of it
    :param wait: seconds until a process must have been killed
    :raises ClassroomError: there is no container, or only one to be compared, or an option is out of range; nothing was looked at
    """
    for option, names in (("oom", oom), ("cpu_weights", cpu_weights)):
        for index, name in enumerate(names):
            check_name(name, f"{option}[{index}]")
    check_sample(sample)
    check_range(tolerance, 0, 1, "tolerance")
    check_range(wait, 0, WAIT_MAX, "wait")
    if not oom and not cpu_weights:
        raise ClassroomError("oom and cpu_weights: both are empty: name at least one container")
    if len(cpu_weights) == 1:
        raise ClassroomError(f"cpu_weights: {cpu_weights!r}: it takes at least two containers to compare")
    try:
        found = [_prove_oom(engine, kernel, name, time.monotonic() + wait) for name in oom]
        return found + (_prove_cpu_weights(engine, kernel, cpu_weights, sample, tolerance) if cpu_weights else [])
    except EngineError as exc:
        subjects = [(name, "memory") for name in oom] + [(name, "cpu_shares") for name in cpu_weights[1:]]
        return [Finding(name, attribute, "unreachable", evidence=[str(exc)], hint=exc.hint) for name, attribute in subjects]


def _observe(engine: Engine, kernel: Kernel, name: str) -> Observation:
    return observe(
        engine,
        kernel,
        name,
        lambda life, container: {
            "at": time.monotonic_ns(),
            "usage": read_usage(kernel, life, 0),
            "refused": _refused(kernel, life),
            **{limit: SINGLE[limit].enforced(kernel, life) for limit in ("memory", "cpu_shares")},
        },
    )


def _refused(kernel: Kernel, life: Life) -> int | None:
    """How often memory could not be had under a cgroup's own limit, and not under that of another. None on v1, and on kernels before 5.2."""
    directory = life.directory("memory")
    refused = read_numbers(kernel, f"{directory.path}/memory.events.local").get("oom") if directory else None
    return int(refused) if refused else None


def _unread(attribute: str, name: str, observation: Observation) -> Finding:
    return Finding(name, attribute, observation.verdict, evidence=[observation.reason], hint=f"{name} could not be read: {observation.reason}.")


def _prove_oom(engine: Engine, kernel: Kernel, name: str, deadline: float) -> Finding:
    while True:
        observation = _observe(engine, kernel, name)
        if observation.life is None:
            return _unread("memory", name, observation)
        usage, limit = observation.reading["usage"], observation.reading["memory"]
        declared = SINGLE["memory"].declared(observation.container["HostConfig"], kernel)
        unlimited = declared == limit.effective == UNLIMITED
        if usage["oom_kills"] or unlimited or time.monotonic() > deadline:
            break
        time.sleep(_POLL_SECONDS)
    evidence = [*limit.effective_evidence, f"oom_kill={usage['oom_kills']}", f"peak={usage['memory_peak']}"]
    values: dict[str, Any] = {"asked": declared, "declared": declared, "enforced": limit.effective, "evidence": evidence}
    if usage["oom_kills"] is None:
        return Finding(name, "memory", "unsupported", hint="This kernel does not count OOM kills.", **values)
    if unlimited:
        return Finding(name, "memory", "unverifiable", hint=f"{name} has no memory limit to prove.", **values)
    if limit.effective == UNLIMITED:
        return Finding(name, "memory", "not_enforced", hint=f"It got up to {format_bytes(usage['memory_peak'])}, and the kernel has no limit.", **values)
    if not usage["oom_kills"]:
        hint = f"Nothing went against the limit: no process was killed, at a peak of {format_bytes(usage['memory_peak'])}."
        return Finding(name, "memory", "unverifiable", hint=hint, **values)
    verdict = SINGLE["memory"].judge(declared, limit, observation.container["HostConfig"], kernel, observation.life)
    if OUTCOME_OF[verdict] != PASS:
        hint = f"A process was killed under a limit of {format_bytes(limit.effective)}, and Docker says {format_bytes(declared)} of {name}."
        return Finding(name, "memory", verdict, hint=hint, **values)
    if reason := _other_killer(limit.effective, usage["memory_peak"], observation.reading["refused"]):
        return Finding(name, "memory", "unverifiable", hint=f"A process was killed, {reason}. Restart {name}, and let it go against its limit again.", **values)
    return Finding(name, "memory", "ok", hint=f"a process over {format_bytes(limit.effective)} was killed (oom_kill {usage['oom_kills']})", **values)


def _other_killer(limit: int, peak: int | None, refused: int | None) -> str:
    """Why a kill was none under this limit; empty where it was. The kernel counts those of a host without memory, and of a cgroup inside, too."""
    if peak is None:
        return "" if refused else "and this kernel does not tell under which limit"
    least, part = _NEAR
    if abs(peak - limit) <= max(least, limit * part):
        return ""
    if peak < limit:
        return f"at a peak of {format_bytes(peak)}, far from this limit: the host had no memory, or the process had another limit"
    return f"at a peak of {format_bytes(peak)}, over this limit: that was another one then"


def _prove_cpu_weights(engine: Engine, kernel: Kernel, names: list, sample: float, tolerance: float) -> list:
    observations = [_observe(engine, kernel, name) for name in names]
    time.sleep(sample)
    for observation in observations:
        add_percentage(kernel, observation)
    unread = [_unread("cpu_shares", name, observation) for name, observation in zip(names, observations) if observation.life is None]
    if unread:
        return unread
    percents = [observation.reading["usage"]["cpu_percent"] for observation in observations]
    weights = [observation.reading["cpu_shares"].own for observation in observations]
    # 0 is that of cpu.idle: it has what nobody else wants.
    if not all(weights):
        hint = "This host has no file that tells the weight of a container's CPU time, or the weight is none."
        return [Finding(name, "cpu_shares", "unsupported", hint=hint) for name in names[1:]]
    if None in percents or sum(percents) < _LEAST_PERCENT:
        hint = f"The containers got {percents} percent of a CPU: too little to compare."
        return [Finding(name, "cpu_shares", "unstable", hint=hint) for name in names[1:]]
    return [_ratio(names[0], name, percents[0], percents[index], weights[0], weights[index], tolerance) for index, name in enumerate(names) if index]


def _ratio(first: str, name: str, first_percent: float, percent: float, first_weight: int, weight: int, tolerance: float) -> Finding:
    asked, measured = first_weight / weight, first_percent / percent if percent else float("inf")
    agrees = abs(measured - asked) <= tolerance * asked
    return Finding(
        name,
        "cpu_shares",
        "ok" if agrees else "not_enforced",
        asked=round(asked, 2),
        declared=round(asked, 2),
        enforced=round(measured, 2) if percent else None,
        evidence=[f"{first}: weight {first_weight}, {first_percent}% of a CPU", f"{name}: weight {weight}, {percent}% of a CPU"],
        hint=f"weights {first_weight}:{weight} gave CPU time {measured:.2f}:1, where {asked:.2f}:1 is due, within {tolerance:.0%}",
    )
