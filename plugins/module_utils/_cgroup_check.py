# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This module utility is private to the collection.

"""Asked, declared, enforced: the flow of the module cgroup_check."""

from __future__ import annotations

import time
from typing import Any, Callable, Iterable

from ansible_collections.classroom.containers.plugins.module_utils import _limits, _systemd
from ansible_collections.classroom.containers.plugins.module_utils._cgroups import KERNEL_ARGUMENTS, Kernel, Value
from ansible_collections.classroom.containers.plugins.module_utils._container_limits import LIMIT_ARGUMENTS, NAMES, SINGLE, parse_limits
from ansible_collections.classroom.containers.plugins.module_utils._limit import Limit
from ansible_collections.classroom.containers.plugins.module_utils._container_state import state_words, waking
from ansible_collections.classroom.containers.plugins.module_utils._docker_run import CREATE_ARGUMENTS, absent_hint, anew, docker_run
from ansible_collections.classroom.containers.plugins.module_utils._engine import ENGINE_ARGUMENTS, Engine, EngineError, container_path
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.module_utils._findings import FAIL, FINDINGS_ARGUMENTS, OUTCOME_OF, OWNER_ARGUMENTS, PASS, Finding, owner
from ansible_collections.classroom.containers.plugins.module_utils._limit_mistakes import beside, mistake
from ansible_collections.classroom.containers.plugins.module_utils._near_names import OTHERS_ARGUMENTS, find_near
from ansible_collections.classroom.containers.plugins.module_utils._observe import TRIES, Observation, check_name, observe

#: One requirement of cgroup_check as an argument spec.
REQUIREMENT_ARGUMENTS = {
    "name": {"type": "str", "required": True},
    **OWNER_ARGUMENTS,
    **CREATE_ARGUMENTS,
    **LIMIT_ARGUMENTS,
}
#: The argument spec of cgroup_check.
ARGUMENTS = {
    **ENGINE_ARGUMENTS,
    **KERNEL_ARGUMENTS,
    **FINDINGS_ARGUMENTS,
    **OTHERS_ARGUMENTS,
    "containers": {"type": "list", "elements": "dict", "required": True, "options": REQUIREMENT_ARGUMENTS},
    "undeclared": {"type": "bool", "default": False},
}
#: The limits that a kernel may impose though nobody declared them.
_IMPOSED = ("memory", "memory_swap", "cpus", "pids_limit")
#: Seconds between two looks at what the kernel seems to disobey, more than Docker takes from its own note of a limit to the kernel's.
_PAUSE = 0.1


def check(
    requirements: list,
    engine: Engine,
    kernel: Kernel,
    systemctl: Callable,
    undeclared: bool = False,
    other_names: Iterable[str] = (),
    students: Iterable[str] = (),
    option: str = "containers",
) -> list:
    """The findings of all requirements, in their order.

    :param requirements: the option ``containers`` of cgroup_check
    :param systemctl: runs a command and returns its standard output
    :param undeclared: also report limits that are enforced and neither asked nor declared
    :param other_names: of containers that are asked for elsewhere
    :param students: the names of all students, beside those of the requirements
    :param option: what a message calls the requirements
    :raises ClassroomError: a requirement is wrong; nothing was looked at
    """
    parsed = [_parse(f"{option}[{index}]", requirement) for index, requirement in enumerate(requirements)]
    engine.expect(container_path(requirement["name"].lstrip("/")) for requirement in requirements)
    observations = [_observe(engine, kernel, requirement, pairs, undeclared) for requirement, pairs in zip(requirements, parsed)]
    held = _held(observations, systemctl)
    absent = [requirement for requirement, seen in zip(requirements, observations) if seen.verdict == "absent"]
    others = find_near(engine, absent, requirements, other_names, students)
    found = [_findings(*each, held, kernel, others) for each in zip(requirements, parsed, observations)]
    suspects = [index for index, each in enumerate(found) if _accuses(each)]
    for look in range(TRIES):
        if not suspects:
            break
        time.sleep(_PAUSE)
        kernel.forget()
        for index in suspects:
            observations[index] = _observe(engine, kernel, requirements[index], parsed[index], undeclared)
        held.update(_held([observations[index] for index in suspects], systemctl))
        for index in list(suspects):
            before = found[index]
            found[index] = _findings(requirements[index], parsed[index], observations[index], held, kernel, others)
            if not _accuses(found[index]) or (look and found[index] == before):
                suspects.remove(index)
    for index in suspects:
        changing = Observation(observations[index].container, verdict="unstable", reason="its limits were changed while it was being read")
        found[index] = _findings(requirements[index], parsed[index], changing, held, kernel, others)
    return [finding for each in found for finding in each]


def _accuses(findings: list) -> bool:
    """Whether the kernel seems to disobey. Docker knows of a new limit before the kernel does: only one look after another can tell."""
    return any(finding.verdict in ("not_enforced", "ancestor_stricter", "undeclared") for finding in findings)


def _parse(where: str, requirement: dict) -> list:
    try:
        check_name(requirement["name"])
        pairs = parse_limits({name: requirement.get(name) for name in NAMES})
        if not pairs:
            raise ClassroomError("it asks for nothing: name at least one limit")
        return pairs
    except ClassroomError as exc:
        raise ClassroomError(f"{where} ({requirement['name']}): {exc}") from exc


def _observe(engine: Engine, kernel: Kernel, requirement: dict, pairs: list, undeclared: bool) -> Observation:
    limits = [limit for limit, _asked in pairs]
    limits += [SINGLE[name] for name in _IMPOSED if undeclared and SINGLE[name] not in limits]
    try:
        return observe(engine, kernel, requirement["name"], lambda life, container: {limit.name: limit.enforced(kernel, life) for limit in limits})
    except EngineError as exc:
        return Observation(None, verdict="unreachable", reason=str(exc))


def _scope(observation: Observation) -> str | None:
    return _systemd.scope_of(observation.life) if observation.life else None


def _held(observations: list, systemctl: Callable) -> dict:
    """What systemd holds of the scopes of these containers, in one call of systemctl."""
    return _systemd.properties([scope for scope in map(_scope, observations) if scope], systemctl)


def _findings(requirement: dict, pairs: list, observation: Observation, held: dict, kernel: Kernel, others: dict) -> list:
    """The findings of one requirement.

    :param others: for names of containers that are not there, the name of one that may be meant
    """
    if observation.verdict == "absent":
        return _absent(requirement, pairs, others.get(requirement["name"], ""))
    if observation.life is None:
        return [_unread(requirement, limit, asked, observation, kernel) for limit, asked in pairs]
    found = [_compare(requirement, limit, asked, observation, held.get(_scope(observation) or "", {}), kernel) for limit, asked in pairs]
    asked_names = {limit.name for limit, _asked in pairs}
    for name in [name for name in observation.reading if name not in asked_names]:
        limit, value = SINGLE[name], observation.reading[name]
        host = observation.container["HostConfig"]
        if limit.declared(host, kernel) == limit.nothing:
            verdict = limit.judge(limit.nothing, value, host, kernel, observation.life)
            if OUTCOME_OF[verdict] == FAIL:
                found.append(_judged(requirement, limit, None, verdict, observation, value, kernel))
    return found


def _absent(requirement: dict, pairs: list, other: str) -> list:
    name = requirement["name"]
    evidence, hint = [f"GET /containers/{name}/json: no such container"], absent_hint(requirement, other, docker_run(name, {}, pairs))
    return [_finding(requirement, limit, asked, "absent", evidence=evidence, hint=hint) for limit, asked in pairs]


def _unread(requirement: dict, limit: Limit, asked: Any, observation: Observation, kernel: Kernel) -> Finding:
    name = requirement["name"]
    if observation.container is None:
        return _finding(requirement, limit, asked, observation.verdict, evidence=[observation.reason], hint=EngineError(observation.reason).hint)
    host = observation.container["HostConfig"]
    declared = limit.declared(host, kernel)
    if observation.verdict in ("stopped", "unreadable") and not limit.alike(declared, asked):
        return _judged(requirement, limit, asked, "missing" if declared == limit.nothing else "differs", observation, None, kernel)
    evidence = [*limit.declared_evidence(host), f"State.Status={observation.container['State']['Status']}"]
    hint = f"{name} could not be checked: {observation.reason}."
    if observation.verdict == "stopped":
        reason = f"it {state_words(observation.container)}, and only a running container has limits in the kernel"
        hint = f"{name} could not be checked: {reason}. {waking(observation.container, name, anew(requirement, 'with another program'))}."
    return _finding(requirement, limit, asked, observation.verdict, declared=limit.show(declared), evidence=evidence, hint=hint)


def _compare(requirement: dict, limit: Limit, asked: Any, observation: Observation, held: dict, kernel: Kernel) -> Finding:
    host = observation.container["HostConfig"]
    value = observation.reading[limit.name]
    declared = limit.declared(host, kernel)
    drift = ""
    if _means(limit, declared, asked, observation, kernel):
        verdict = limit.judge(declared, value, host, kernel, observation.life)
        if OUTCOME_OF[verdict] == PASS:
            drift = _systemd.pending(limit.name, value.own, host, held, kernel.page_size)
            verdict = "pending_drift" if drift else verdict
    elif declared == limit.nothing:
        verdict = "discarded" if limit.discards(value) else "missing"
    else:
        verdict = "differs"
    return _judged(requirement, limit, asked, verdict, observation, value, kernel, drift)


def _means(limit: Limit, declared: Any, asked: Any, observation: Observation, kernel: Kernel) -> bool:
    """Whether Docker's word means what is asked: the same, or another word for what the kernel has."""

    def holds(word: Any) -> bool:
        verdict = limit.judge(word, observation.reading[limit.name], observation.container["HostConfig"], kernel, observation.life)
        return OUTCOME_OF[verdict] == PASS

    return declared == asked or (limit.alike(declared, asked) and (holds(asked) or not holds(declared)))


def _judged(
    requirement: dict, limit: Limit, asked: Any, verdict: str, observation: Observation, value: Value | None, kernel: Kernel, drift: str = ""
) -> Finding:
    host = observation.container["HostConfig"]
    evidence = limit.declared_evidence(host)
    if value:
        evidence += value.evidence
        if verdict == "ancestor_stricter":
            evidence += value.effective_evidence
    if drift:
        evidence.append(f"systemctl show: {drift}")
    declared = limit.declared(host, kernel)
    return _finding(
        requirement,
        limit,
        asked,
        verdict,
        declared=limit.show(declared),
        enforced=limit.show(value.effective if value else None),
        evidence=evidence,
        hint=_hint(requirement, limit, asked, declared, verdict, value, drift, observation.container),
    )


def _finding(requirement: dict, limit: Limit, asked: Any, verdict: str, **fields: Any) -> Finding:
    return Finding(
        subject=requirement["name"],
        attribute=limit.name,
        verdict=verdict,
        asked=limit.show(asked),
        **owner(requirement),
        **fields,
    )


def _hint(requirement: dict, limit: Limit, asked: Any, declared: Any, verdict: str, value: Value | None, drift: str, container: dict) -> str:
    name = requirement["name"]
    own = limit.words(value.own) if value and value.own is not None else "nothing"
    if verdict in ("missing", "differs", "undeclared", "not_enforced") and (option := limit.overruled(container["HostConfig"])):
        has = f", so that the kernel has {own}" if value else ""
        return f"Docker says {limit.words(declared)} of {name}, and {limit.flag} means nothing beside {option}{has}: {anew(requirement, f'without {option}')}."
    if verdict in ("missing", "differs"):
        others = beside(limit, container)
        has = f"has {limit.words(declared)}"
        if verdict == "missing":
            has = f"was created {f'with {others} and ' if others else ''}without {limit.flag}{limit.lost}"
        wrong = mistake(limit, asked, declared, container)
        return f"{name} {has}, and {limit.words(asked)} is asked{f'. {wrong}' if wrong else ''}: {_mend(requirement, limit, asked, container['HostConfig'])}."
    if verdict == "discarded":
        return f"{limit.words(asked)} is asked of {name}, and this host has nowhere to keep it: Docker drops {limit.flag}. Ask your trainer for another host."
    if verdict == "not_enforced" and (why := limit.unused(value)):
        return f"Docker says {limit.words(declared)} of {name}, and the kernel keeps {own}, and does not go by it: {why}. Ask your trainer for another host."
    if verdict == "not_enforced":
        return (
            f"Docker says {limit.words(declared)} of {name}, and the kernel has {own}: the kernel's file was changed behind Docker's back, "
            f"or Docker could not write it. docker restart {name} writes it anew."
        )
    if verdict == "undeclared":
        # A cgroup that systemd makes anew has its TasksMax again.
        again = limit.name == "pids_limit"
        mend = f"docker update {limit.flag} -1 {name} takes it away" if again else f"docker restart {name} makes the cgroup anew"
        return f"Docker has no {limit.flag} for {name}, and the kernel has {own}: something else set it. {mend}."
    if verdict == "ancestor_stricter":
        return (
            f"{name} itself has {own}, and the cgroup {value.effective_at} above it allows only {limit.words(value.effective)}: "
            "look for --cgroup-parent, or ask your trainer who set that limit."
        )
    if verdict == "pending_drift":
        return f"The kernel has {own} now, and systemd holds {drift}: it will write that when a unit beside this one starts."
    if verdict == "unverifiable" and value and value.own is not None:
        has = f"its program has {own}, which it may have set by itself"
        return f"Docker says {limit.words(declared)} of {name}, and {has}. Check again after docker restart {name}."
    if verdict in ("unsupported", "unverifiable"):
        return f"Docker says {limit.words(declared)}, and this kernel shows nothing to compare it with."
    if verdict == "rounded":
        return f"The kernel keeps {own} of the {limit.words(declared)} that Docker wrote: it rounds to its own unit."
    if verdict == "converted":
        return f"Docker's {limit.words(declared)} is a weight of {limit.show(value.own)} to cgroup v2{limit.conversion(declared, value.own)}."
    return ""


def _mend(requirement: dict, limit: Limit, asked: Any, host: dict) -> str:
    name = requirement["name"]
    # Docker refuses to change one kind of CPU limit where the other is set.
    by_quota, by_cpus = bool(host.get("CpuQuota") or host.get("CpuPeriod")), bool(host.get("NanoCpus"))
    option = limit.option(asked)
    if limit.name == "cpus" and by_quota:
        option = _as_quota(asked)
    elif asked == limit.nothing and (limit.name == "pids_limit" or (limit.name == "cpu_quota" and not by_cpus)):
        option = f"{limit.flag} -1"
    if not option:
        return anew(requirement, f"without {limit.flag}" if asked == limit.nothing else f"with {limit.option(asked)}")
    if not limit.updates or (limit.name in ("cpu_quota", "cpu_period") and by_cpus):
        return anew(requirement, f"with {option}")
    if limit.name in ("memory", "memory_swap") and asked != _limits.UNLIMITED:
        option = _memory_and_swap(requirement, limit.name, asked, host)
    mend = f"docker update {option} {name}"
    # Docker writes no word of it to the kernel before the next start.
    return f"{mend}, then docker restart {name}" if option.endswith("--memory-swap -1") and (host.get("MemorySwap") or 0) > 0 else mend


def _memory_and_swap(requirement: dict, given: str, asked: int, host: dict) -> str:
    """The options that set one of the two in bytes, and the other one as it is asked for, as it was, or as Docker takes it by itself.

    Docker refuses a memory limit over that of memory and swap. On v2, which keeps memory and swap apart, some engines reckon with what the command
    names alone: they refuse it, or leave the swap as it was.
    """
    parsed = {name: SINGLE[name].parse(requirement[name]) for name in ("memory", "memory_swap") if requirement.get(name)} | {given: asked}
    memory, swap = parsed.get("memory"), parsed.get("memory_swap")
    was, was_together = host.get("Memory") or 0, host.get("MemorySwap") or 0
    if given == "memory_swap" and (memory in (None, _limits.UNLIMITED) or memory > swap):
        memory = min(was or swap, swap)
    elif swap is None:
        by_itself = 0 <= was_together < memory or was_together == 2 * was
        swap = _limits.UNLIMITED if was_together < 0 else 2 * memory if by_itself else was_together
    elif swap != _limits.UNLIMITED and swap < memory:
        swap = 2 * memory
    return f"{SINGLE['memory'].option(memory)} {SINGLE['memory_swap'].option(swap)}"


def _as_quota(cpus: Any) -> str:
    """The options that say a number of CPUs as quota and period; empty where these cannot say it."""
    if cpus == _limits.UNLIMITED:
        return "--cpu-quota -1"
    quota, rest = divmod(cpus[0] * _limits.PERIOD_DEFAULT, cpus[1])
    return "" if rest else f"--cpu-period {_limits.PERIOD_DEFAULT} --cpu-quota {quota}"
