# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This module utility is private to the collection.

"""What is asked of a container as a whole, against what the engine says and what the container does: the flow of the module container_check."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

from ansible_collections.classroom.containers.plugins.module_utils import _capabilities, _namespaces, _pages
from ansible_collections.classroom.containers.plugins.module_utils._cgroups import KERNEL_ARGUMENTS, Kernel, KernelError
from ansible_collections.classroom.containers.plugins.module_utils._engine import ENGINE_ARGUMENTS, Engine, EngineError
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.module_utils._findings import FINDINGS_ARGUMENTS, Finding
from ansible_collections.classroom.containers.plugins.module_utils._limits import parse_integer
from ansible_collections.classroom.containers.plugins.module_utils._observe import Observation, check_name, find, observe
from ansible_collections.classroom.containers.plugins.module_utils._published import Published, in_words, parse_published, published
from ansible_collections.classroom.containers.plugins.module_utils._references import Reference, parse_reference
from ansible_collections.classroom.containers.plugins.module_utils._signals import parse_signal

#: One requirement of container_check as an argument spec.
REQUIREMENT_ARGUMENTS = {
    "name": {"type": "str", "required": True},
    "student": {"type": "str"},
    "lab": {"type": "str"},
    "state": {"type": "str", "choices": ["created", "exited", "paused", "restarting", "running"]},
    "restart_policy": {"type": "str"},
    "restart_count": {"type": "int"},
    "image": {"type": "str"},
    "user": {"type": "str"},
    "ports": {"type": "list", "elements": "str"},
    "stop_signal": {"type": "str"},
    "read_only": {"type": "bool"},
    "cap_drop": {"type": "list", "elements": "str"},
    "networks": {"type": "list", "elements": "str"},
    "namespaces": {"type": "dict", "options": _namespaces.MODE_ARGUMENTS},
    "http": {"type": "list", "elements": "dict", "options": _pages.PAGE_ARGUMENTS},
}
#: The argument spec of container_check.
ARGUMENTS = {
    **ENGINE_ARGUMENTS,
    **KERNEL_ARGUMENTS,
    **FINDINGS_ARGUMENTS,
    "containers": {"type": "list", "elements": "dict", "required": True, "options": REQUIREMENT_ARGUMENTS},
}
POLICIES = ("no", "always", "unless-stopped", "on-failure")
#: Pages that are asked for at the same time. One that nobody answers takes all of its timeout.
_AT_ONCE = 32
_ID_SHOWN = 12
_USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(?::[A-Za-z0-9_][A-Za-z0-9_.-]*)?")
_BOUNDING = re.compile(r"^CapBnd:\t([0-9a-f]+)", re.MULTILINE)
#: The engine names them so; a kernel may put tunnels of its own beside them.
_INTERFACE = re.compile(r"eth[0-9]+")
_UID = re.compile(r"^Uid:\t([0-9]+)", re.MULTILINE)


@dataclass
class _Seen:
    """One requirement and all that is known of its container.

    :param asked: the values of the requirement, parsed
    :param namespaces: its namespaces as namespace_info returns them, or why they are not known
    :param answers: for each entry of ``http`` that was asked, by its number: an Answer, or Silent
    :param after: why these are not this container's, as a verdict and a reason
    """

    requirement: dict
    asked: dict
    observation: Observation
    engine: Engine
    namespaces: Any = None
    answers: dict = field(default_factory=dict)
    after: tuple = ()

    @property
    def name(self) -> str:
        return self.requirement["name"]

    @property
    def container(self) -> Any:
        return self.observation.container


def parse_restart_policy(asked: Any) -> str:
    """A restart policy as docker run takes it: no, always, unless-stopped, on-failure or on-failure:N.

    :raises ClassroomError: it is none of these
    """
    # YAML reads a bare no as false.
    text = "no" if asked in (False, "False", "false") else str(asked)
    name, colon, count = text.partition(":")
    if name not in POLICIES or (colon and name != "on-failure"):
        raise ClassroomError(f"{asked!r} is not one of {', '.join(POLICIES)}, on-failure:N")
    try:
        return f"{name}:{parse_integer(count, 1)}" if colon else name
    except ClassroomError as exc:
        raise ClassroomError(f"{asked!r}: the number of restarts: {exc}") from exc


def declared_restart_policy(container: dict) -> str:
    """The restart policy of an inspected container, in the same words."""
    policy = container["HostConfig"]["RestartPolicy"]
    name = policy["Name"] or "no"
    return f"{name}:{policy['MaximumRetryCount']}" if policy.get("MaximumRetryCount") else name


def parse_user(asked: str) -> str:
    """A user as docker run takes it: a name or a number, with a group after a colon.

    :raises ClassroomError: it is none
    """
    if not _USER.fullmatch(asked):
        raise ClassroomError(f"{asked!r} is not a user: write a name or a number, such as 65532, and maybe a colon and a group; root is root")
    return asked


def check(requirements: list, engine: Engine, kernel: Kernel) -> list:
    """The findings of all requirements, in their order.

    :param requirements: the option ``containers`` of container_check
    :raises ClassroomError: a requirement is wrong; nothing was looked at
    """
    parsed = [_parse(index, requirement) for index, requirement in enumerate(requirements)]
    seen = [_Seen(requirement, asked, _observe(engine, kernel, requirement, asked), engine) for requirement, asked in zip(requirements, parsed)]
    _read_namespaces(seen, engine, kernel)
    _fetch(seen)
    return [finding for each in seen for finding in _findings(each)]


def _parse(index: int, requirement: dict) -> dict:
    asked = {attribute: requirement[attribute] for attribute in _COMPARED if requirement.get(attribute) not in (None, [])}
    try:
        check_name(requirement["name"])
        if not asked:
            raise ClassroomError("it asks for nothing: name at least one attribute")
        return {attribute: _parse_value(attribute, value) for attribute, value in asked.items()}
    except ClassroomError as exc:
        raise ClassroomError(f"containers[{index}] ({requirement['name']}): {exc}") from exc


def _parse_value(attribute: str, value: Any) -> Any:
    if attribute not in _PARSED:
        return value
    where = attribute
    try:
        if not isinstance(value, list):
            return _PARSED[attribute](value)
        parsed = []
        for index, entry in enumerate(value):
            where = f"{attribute}[{index}]"
            parsed.append(_PARSED[attribute](entry))
        return parsed
    except ClassroomError as exc:
        raise ClassroomError(f"{where}: {exc}") from exc


#: The attributes whose values are not compared as they are written, and how a value, or each of several, is read.
_PARSED = {
    "restart_policy": parse_restart_policy,
    "image": parse_reference,
    "user": parse_user,
    "ports": parse_published,
    "stop_signal": parse_signal,
    "cap_drop": _capabilities.parse_capability,
    "namespaces": _namespaces.parse_modes,
    "http": _pages.parse_page,
}


def _observe(engine: Engine, kernel: Kernel, requirement: dict, asked: dict) -> Observation:
    try:
        wanted = [attribute for attribute in _OF_PROCESS if attribute in asked]
        if wanted:
            seen = observe(
                engine, kernel, requirement["name"], lambda life, container: {attribute: _OF_PROCESS[attribute](kernel, life.pid) for attribute in wanted}
            )
            return replace(seen, reason=f"it is {seen.container['State']['Status']}") if seen.verdict == "stopped" else seen
        container = find(engine, requirement["name"])
        return Observation(container, verdict="" if container else "absent")
    except EngineError as exc:
        # It may answer for the next one.
        return Observation(None, verdict="unreachable", reason=str(exc))


def _read_user(kernel: Kernel, pid: int) -> tuple:
    """The user id of a process as its container knows it, None where it cannot be read, and the evidence."""
    match = _UID.search(kernel.read(f"/proc/{pid}/status") or "")
    if not match:
        return None, [f"/proc/{pid}/status: no user id"]
    uid, evidence = int(match[1]), [f"/proc/{pid}/status: Uid={match[1]}"]
    # An engine with user namespaces gives a container other ids on the host than it has inside.
    for line in (kernel.read(f"/proc/{pid}/uid_map") or "").splitlines():
        inside, outside, count = map(int, line.split())
        if inside != outside and outside <= uid < outside + count:
            return inside + uid - outside, [*evidence, f"/proc/{pid}/uid_map={inside} {outside} {count}"]
    return uid, evidence


def _read_root(kernel: Kernel, pid: int) -> tuple:
    """Whether the root of a process is mounted read-only, None where that cannot be read, and the evidence."""
    roots = [line.split() for line in (kernel.read(f"/proc/{pid}/mountinfo") or "").splitlines() if line.split()[4:5] == ["/"]]
    if not roots:
        return None, [f"/proc/{pid}/mountinfo: no mount at /"]
    # What is mounted last is what the process sees.
    options = roots[-1][5]
    return "ro" in options.split(","), [f"/proc/{pid}/mountinfo: / {options}"]


def _read_capabilities(kernel: Kernel, pid: int) -> tuple:
    """The capabilities that a process can ever have, None where they cannot be read, and the evidence."""
    match = _BOUNDING.search(kernel.read(f"/proc/{pid}/status") or "")
    if not match:
        return None, [f"/proc/{pid}/status: no CapBnd"]
    return _capabilities.in_mask(match[1]), [f"/proc/{pid}/status: CapBnd={match[1]}"]


def _read_interfaces(kernel: Kernel, pid: int) -> tuple:
    """The network interfaces that the engine gave a process, None where they cannot be read, and the evidence."""
    text = kernel.read(f"/proc/{pid}/net/dev")
    if text is None:
        return None, [f"/proc/{pid}/net/dev: not readable"]
    names = sorted(line.partition(":")[0].strip() for line in text.splitlines() if ":" in line)
    return [name for name in names if _INTERFACE.fullmatch(name)], [f"/proc/{pid}/net/dev: {', '.join(names)}"]


#: What only the process of a running container tells, and how it is read: the value and the evidence.
_OF_PROCESS = {"user": _read_user, "read_only": _read_root, "cap_drop": _read_capabilities, "networks": _read_interfaces}


def _read_namespaces(seen: list, engine: Engine, kernel: Kernel) -> None:
    """The namespaces of all containers that are asked for them, in one reading of the host."""
    wanted = [each for each in seen if "namespaces" in each.asked and each.container]
    if not wanted:
        return
    try:
        gathered = {found["id"]: found for found in _namespaces.gather(engine, kernel, None, None)["containers"]}
    except (EngineError, KernelError) as exc:
        for each in wanted:
            each.namespaces = exc
        return
    for each in wanted:
        each.namespaces = gathered.get(each.container["Id"])


def _fetch(seen: list) -> None:
    """Get the pages of all containers, many at a time, and look whether each container went on while it was asked."""
    wanted = [(each, number, _doors(each, page)) for each in seen if each.container for number, page in enumerate(each.asked.get("http", ()))]
    wanted = [(each, number, doors[0]) for each, number, doors in wanted if len(doors) == 1 and not _resting(each.container)]
    if not wanted:
        return
    with ThreadPoolExecutor(max_workers=min(len(wanted), _AT_ONCE)) as pool:
        answers = list(pool.map(lambda one: _answer(one[0].asked["http"][one[1]], one[2]), wanted))
    for (each, number, _door), answer in zip(wanted, answers):
        each.answers[number] = answer
        each.after = each.after or _look_again(each)


def _answer(page: _pages.Page, door: Published) -> Any:
    try:
        return _pages.fetch(door.address, int(door.host), page.path, page.timeout)
    except _pages.Silent as exc:
        return exc


def _look_again(seen: _Seen) -> tuple:
    """Why an answer cannot be taken for that container's, as a verdict and a reason; both are empty where it can."""
    try:
        again = find(seen.engine, seen.name)
    except EngineError as exc:
        return "unreachable", str(exc)
    if again is None:
        return "unstable", "it was removed while it was asked"
    if _resting(again):
        return "stopped", f"it stopped while it was asked: {_resting(again)}"
    if _life(again) != _life(seen.container):
        return "unstable", "it restarted while it was asked"
    return "", ""


def _life(container: dict) -> tuple:
    return container["Id"], container["State"]["Pid"], container["State"]["StartedAt"]


def _runs(container: dict) -> bool:
    return container["State"]["Running"] and container["State"]["Pid"] > 0


def _resting(container: dict) -> str:
    """Why a container answers nobody; empty where it may."""
    state = container["State"]
    return "" if _runs(container) and not state["Paused"] else f"it is {state['Status']}"


def _unchecked(seen: _Seen, verdict: str, reason: str) -> dict:
    name = seen.name
    if verdict == "unreachable":
        return {"verdict": verdict, "hint": EngineError(reason).hint}
    mend = f"docker {'unpause' if seen.container['State']['Paused'] else 'start'} {name} starts it; if it stops again, docker logs {name} says why"
    if verdict == "unstable":
        mend = f"Check it again; docker logs {name} shows what it said"
    return {"verdict": verdict, "hint": f"{name} could not be checked: {reason}. {mend}."}


def _doors(seen: _Seen, page: _pages.Page) -> list:
    """Where the host reaches the port that a page is asked at: of one port the first, IPv4 before IPv6; several where several are meant."""
    bound = [port for port in published(seen.container["NetworkSettings"].get("Ports")) if port.container.endswith("/tcp")]
    of_port: dict = {}
    for port in sorted(bound, key=lambda port: ":" in port.ip):
        if page.port in (None, int(port.container.partition("/")[0])):
            of_port.setdefault(port.container, port)
    return list(of_port.values())


def _findings(seen: _Seen) -> list:
    if seen.container is not None:
        return [_finding(seen, attribute, **fields) for attribute, value in seen.asked.items() for fields in _COMPARED[attribute](seen, value)]
    if seen.observation.verdict == "unreachable":
        evidence, hint = [seen.observation.reason], EngineError(seen.observation.reason).hint
    else:
        evidence, hint = [f"GET /containers/{seen.name}/json: no such container"], f"There is no container named {seen.name}: create it with {_run(seen)}."
    return [
        _finding(seen, attribute, asked=asked, verdict=seen.observation.verdict, evidence=evidence, hint=hint)
        for attribute, value in seen.asked.items()
        for asked in _in_words(value)
    ]


def _in_words(value: Any) -> list:
    """What is asked, for each finding that an attribute gives."""
    if isinstance(value, Reference):
        return [value.familiar]
    if isinstance(value, dict):
        return [f"{kind} {mode}" for kind, mode in value.items()]
    # One finding tells of all capabilities or networks together.
    return [each.words for each in value] if isinstance(value, list) and not isinstance(value[0], str) else [value]


def _run(seen: _Seen) -> str:
    """The command that creates what is asked."""
    asked = seen.asked
    words = ["docker run", f"--name {seen.name}"]
    if asked.get("restart_policy", "no") != "no":
        words.append(f"--restart {asked['restart_policy']}")
    words += [f"-p {port.words}" for port in asked.get("ports", ())]
    words += [f"--{option.replace('_', '-')} {asked[option]}" for option in ("user", "stop_signal") if option in asked]
    words += ["--read-only"] if asked.get("read_only") else []
    words += [f"--cap-drop {name}" for name in asked.get("cap_drop", ())]
    words += [f"--network {name}" for name in asked.get("networks", ())[:1]]
    words += [f"{_namespaces.FLAGS[kind]} {mode}" for kind, mode in asked.get("namespaces", {}).items() if kind in _namespaces.FLAGS and mode != "private"]
    words += [asked["image"].familiar] if "image" in asked else []
    return " ".join(words)


def _compared(asked: Any, declared: Any, evidence: list, hint: str, verdict: str = "differs") -> list:
    """The one finding of an attribute that the engine alone knows.

    :param verdict: where declared is not what is asked
    """
    if declared == asked:
        return [{"asked": asked, "verdict": "ok", "declared": declared, "evidence": evidence}]
    return [{"asked": asked, "verdict": verdict, "declared": declared, "evidence": evidence, "hint": hint}]


def _state(seen: _Seen, asked: str) -> list:
    state, name = seen.container["State"], seen.name
    evidence = [f"State.{key}={state[key]}" for key in ("Status", "ExitCode", "OOMKilled")]
    # docker start refuses a paused container.
    mend = f"docker {'stop' if asked != 'running' else 'unpause' if state['Paused'] else 'start'} {name}"
    hint = f"{name} is {state['Status']}, and {asked} is asked: {mend}; docker logs {name} shows what it said."
    return _compared(asked, state["Status"], evidence, hint)


def _restart_policy(seen: _Seen, asked: str) -> list:
    policy, name = seen.container["HostConfig"]["RestartPolicy"], seen.name
    evidence = [
        f"HostConfig.RestartPolicy.Name={policy['Name']}",
        f"HostConfig.RestartPolicy.MaximumRetryCount={policy.get('MaximumRetryCount', 0)}",
        f"RestartCount={seen.container['RestartCount']}",
    ]
    declared = declared_restart_policy(seen.container)
    hint = f"{name} has the restart policy {declared}, and {asked} is asked: docker update --restart {asked} {name}."
    return _compared(asked, declared, evidence, hint, "missing" if declared == "no" else "differs")


def _restart_count(seen: _Seen, asked: int) -> list:
    count, name = seen.container["RestartCount"], seen.name
    hint = f"The engine restarted {name} {count} times, and {asked} is asked: docker logs {name} shows what it said."
    return _compared(asked, count, [f"RestartCount={count}"], hint)


def _stop_signal(seen: _Seen, asked: str) -> list:
    declared = seen.container["Config"].get("StopSignal") or ""
    try:
        its_own = parse_signal(declared or "SIGTERM")
    except ClassroomError:
        its_own = declared
    hint = (
        f"docker stop sends {its_own} to {seen.name}, and {asked} is asked: write STOPSIGNAL {asked} into the Dockerfile and build it anew, "
        f"or create {seen.name} again with docker run --stop-signal {asked}."
    )
    return _compared(asked, its_own, [f"Config.StopSignal={declared}"], hint)


def _image(seen: _Seen, asked: Reference) -> list:
    name, wanted = seen.name, asked.familiar
    its_name, its_id = seen.container["Config"]["Image"], seen.container["Image"]
    found = {"asked": wanted, "declared": f"{its_name} ({_short(its_id)})", "evidence": [f"Config.Image={its_name}", f"Image={its_id}"]}
    try:
        image = seen.engine.image(wanted)
    except EngineError as exc:
        return [dict(found, verdict="unreachable", evidence=[*found["evidence"], str(exc)], hint=exc.hint)]
    if image is None:
        found["evidence"].append(f"GET /images/{wanted}/json: no such image")
        return [dict(found, verdict="absent", hint=f"There is no image {wanted}: build it with docker build --tag {wanted} and the folder of its Dockerfile.")]
    found["evidence"].append(f"GET /images/{wanted}/json: Id={image['Id']}")
    if image["Id"] == its_id:
        return [dict(found, verdict="ok")]
    short = _short(image["Id"])
    if _is_named(its_name, asked):
        wrong = f"{name} was made of an older image of the name {wanted}: it has {_short(its_id)}, and the name stands for {short} now"
    else:
        wrong = f"{name} was made of {its_name} ({_short(its_id)}), and {wanted} ({short}) is asked"
    return [dict(found, verdict="differs", hint=f"{wrong}: remove it with docker rm --force {name} and create it again from {wanted}.")]


def _short(image_id: str) -> str:
    return image_id.partition(":")[2][:_ID_SHOWN]


def _is_named(name: str, asked: Reference) -> bool:
    try:
        return parse_reference(name) == asked
    except ClassroomError:
        return False


def _user(seen: _Seen, asked: str) -> list:
    name, observation = seen.name, seen.observation
    declared = seen.container["Config"].get("User") or ""
    uid, evidence = _of_process(seen, "user")
    asked_user, _colon, asked_group = asked.partition(":")
    its_user, _colon, its_group = (declared or "root").partition(":")
    wanted, its_own = _number(asked_user), _number(its_user)
    found = {
        "asked": asked,
        "declared": declared or "root",
        "enforced": None if uid is None else str(uid),
        "evidence": [f"Config.User={declared}", *evidence],
    }
    mend = f"write USER {asked} into the Dockerfile and build it anew, or create {name} again with docker run --user {asked}"
    # What number a name stands for is known in the image alone: the process tells.
    named = wanted is not None and its_own is None
    if asked_group not in ("", its_group) or not (named or asked_user == its_user or (wanted is not None and wanted == its_own)):
        return [dict(found, verdict="differs", hint=f"{name} is to run as {declared or 'root'}, and {asked} is asked: {mend}.")]
    if observation.verdict in ("stopped", "unstable"):
        return [dict(found, **_unchecked(seen, observation.verdict, observation.reason))]
    if uid is None:
        hint = f"{name} is to run as {declared or 'root'}, and the user id of its process could not be read: {observation.reason or evidence[0]}."
        return [dict(found, verdict="unverifiable", hint=hint)]
    if wanted not in (None, uid):
        hint = f"{name} is to run as {declared or 'root'}, and its process has the user id {uid}: {mend}."
        return [dict(found, verdict="differs" if named else "not_enforced", hint=hint)]
    if named:
        return [dict(found, verdict="converted", hint=f"{declared} is the user id {uid} in the image of {name}.")]
    return [dict(found, verdict="ok")]


def _of_process(seen: _Seen, attribute: str) -> tuple:
    return seen.observation.reading[attribute] if seen.observation.reading else (None, [seen.observation.reason])


def _as_declared(seen: _Seen, found: dict, what: str) -> list:
    """The finding of an attribute that Docker declares as asked: what the process says decides.

    :param found: the fields of the finding; enforced is None where it is not known
    :param what: what the attribute is of the container, in words
    """
    name, observation = seen.name, seen.observation
    if observation.verdict in ("stopped", "unstable"):
        return [dict(found, **_unchecked(seen, observation.verdict, observation.reason))]
    if found["enforced"] is None:
        return [dict(found, verdict="unverifiable", hint=f"{what} of {name} could not be read: {observation.reason or found['evidence'][-1]}.")]
    if found["enforced"] != found["asked"]:
        hint = f"Docker was told {found['declared']} for {what} of {name}, and its process has {found['enforced']}: docker restart {name} makes it anew."
        return [dict(found, verdict="not_enforced", hint=hint)]
    return [dict(found, verdict="ok")]


def _read_only(seen: _Seen, asked: bool) -> list:
    name, declared = seen.name, bool(seen.container["HostConfig"].get("ReadonlyRootfs"))
    enforced, evidence = _of_process(seen, "read_only")
    found = {"asked": asked, "declared": declared, "enforced": enforced, "evidence": [f"HostConfig.ReadonlyRootfs={declared}", *evidence]}
    if declared != asked:
        can, mend = ("can", "with") if asked else ("cannot", "without")
        hint = f"{name} {can} write to its root file system: create it again {mend} docker run --read-only."
        return [dict(found, verdict="missing" if asked else "differs", hint=hint)]
    return _as_declared(seen, found, "the root file system")


def _networks(seen: _Seen, asked: list) -> list:
    name, wanted = seen.name, sorted(set(asked))
    declared = sorted(seen.container["NetworkSettings"].get("Networks") or {})
    enforced, evidence = _of_process(seen, "networks")
    found = {"asked": wanted, "declared": declared, "enforced": enforced, "evidence": [f"NetworkSettings.Networks={', '.join(declared) or 'none'}", *evidence]}
    if declared != wanted:
        lacking, strange = sorted(set(wanted) - set(declared)), sorted(set(declared) - set(wanted))
        steps = [f"docker network connect {network} {name}" for network in lacking] + [f"docker network disconnect {network} {name}" for network in strange]
        if {"host", "none"} & {*lacking, *strange}:
            steps = [f"create it again with docker run --network {wanted[0]}"]
        hint = f"{name} is on {', '.join(declared) or 'no network'}, and {', '.join(wanted)} is asked: {', and '.join(steps)}."
        return [dict(found, verdict="missing" if lacking else "differs", hint=hint)]
    observation = seen.observation
    if observation.verdict in ("stopped", "unstable"):
        return [dict(found, **_unchecked(seen, observation.verdict, observation.reason))]
    if enforced is None:
        return [dict(found, verdict="unverifiable", hint=f"The interfaces of {name} could not be read: {observation.reason or evidence[-1]}.")]
    # With the host's network, it has the host's interfaces.
    if wanted != ["host"] and len(enforced) != len([network for network in wanted if network != "none"]):
        has = ", ".join(enforced) or "none"
        hint = f"Docker says that {name} is on {', '.join(wanted)}, and its process has the interfaces {has}: docker restart {name} makes them anew."
        return [dict(found, verdict="not_enforced", hint=hint)]
    return [dict(found, verdict="ok")]


def _isolation(seen: _Seen, asked: dict) -> list:
    return [dict(_namespace(seen, kind, mode), asked=f"{kind} {mode}") for kind, mode in asked.items()]


def _namespace(seen: _Seen, kind: str, mode: str) -> dict:
    name, known = seen.name, seen.namespaces
    if isinstance(known, EngineError):
        return {"verdict": "unreachable", "evidence": [str(known)], "hint": known.hint}
    if isinstance(known, KernelError):
        return {"verdict": "unreadable", "evidence": [str(known)], "hint": f"The namespaces of {name} could not be read: {known}."}
    if known is None:
        return {"evidence": ["it was removed"], **_unchecked(seen, "unstable", "it was removed while it was being read")}
    entry = known["namespaces"][kind]
    declared, enforced = entry["declared"], _namespaces.enforced(entry, mode)
    field_name = _namespaces.FIELDS.get(kind)
    evidence = [f"HostConfig.{field_name}={seen.container['HostConfig'].get(field_name) or ''}"] if field_name else []
    if entry["inode"] is not None:
        evidence.append(f"/proc/{known['pid']}/ns/{kind}={entry['inode']}, shared with {', '.join(entry['shared_with']) or 'nobody'}")
    found = {"declared": declared and f"{kind} {declared}", "enforced": enforced and f"{kind} {enforced}", "evidence": evidence or [known["reason"]]}
    flag = _namespaces.FLAGS.get(kind)
    has = {"host": "the host's", "private": "its own"}
    wanted = has.get(mode, f"that of {mode}")
    how = f"without {flag} {declared}" if mode == "private" else f"with docker run {flag} {mode}"
    if declared is not None and declared != mode:
        hint = f"{name} has {has.get(declared, f'that of {declared}')} {kind} namespace, and {wanted} is asked: create it again {how}."
        return dict(found, verdict="differs", hint=hint)
    if not known["read"]:
        # The engine may have seen it end before the kernel did.
        return dict(found, **_unchecked(seen, "unstable" if known["status"] == "running" else "stopped", known["reason"]))
    if enforced is None:
        reason = evidence[-1] if evidence else known["reason"]
        return dict(found, verdict="unverifiable", hint=f"The {kind} namespace of {name} could not be compared: {reason}.")
    if enforced != mode:
        hint = f"{name} has {has.get(enforced, f'that of {enforced}')} {kind} namespace in the kernel, and {wanted} is asked"
        mend = "docker restart makes it anew" if declared else f"create it again {how}"
        return dict(found, verdict="not_enforced" if declared else "differs", hint=f"{hint}: {mend}.")
    return dict(found, verdict="ok")


def _cap_drop(seen: _Seen, asked: list) -> list:
    name, host = seen.name, seen.container["HostConfig"]
    dropped, added = [sorted({each.upper().removeprefix("CAP_") for each in host.get(key) or ()}) for key in ("CapDrop", "CapAdd")]
    has, evidence = _of_process(seen, "cap_drop")
    wanted = [_capabilities.ALL] if _capabilities.ALL in asked else sorted(set(asked))
    kept = None if has is None else has if _capabilities.ALL in wanted else [each for each in wanted if each in has]
    found = {
        "asked": wanted,
        "declared": dropped,
        "enforced": None if kept is None else [each for each in _capabilities.NAMES if each not in has] if kept else wanted,
        "evidence": [f"HostConfig.CapDrop={dropped}", f"HostConfig.CapAdd={added}", f"HostConfig.Privileged={bool(host.get('Privileged'))}", *evidence],
    }
    mend = f"create it again with docker run {' '.join(f'--cap-drop {each}' for each in wanted)}"
    if host.get("Privileged"):
        return [dict(found, verdict="differs", hint=f"{name} is privileged, and has all capabilities: {mend}, and without --privileged.")]
    again = added if _capabilities.ALL in [*wanted, *added] else [each for each in added if each in wanted]
    if again:
        return [dict(found, verdict="differs", hint=f"{name} was given {', '.join(again)}: {mend}, and without --cap-add.")]
    left = [] if _capabilities.ALL in dropped else [each for each in wanted if each not in dropped]
    if left:
        hint = f"{name} was created without --cap-drop {', '.join(left)}: {mend}."
        return [dict(found, verdict="differs" if dropped else "missing", hint=hint)]
    return _as_declared(seen, found, "the capabilities")


def _number(user: str) -> int | None:
    return 0 if user == "root" else int(user) if user.isdecimal() else None


def _ports(seen: _Seen, asked: list) -> list:
    return [_port(seen, port) for port in asked]


def _port(seen: _Seen, asked: Published) -> dict:
    name = seen.name
    declared = [port for port in published(seen.container["HostConfig"].get("PortBindings")) if port.container == asked.container]
    bound = [port for port in published(seen.container["NetworkSettings"].get("Ports")) if port.container == asked.container]
    has, really = in_words(declared), in_words(bound)
    found = {
        "asked": asked.words,
        "declared": has,
        "enforced": really,
        "evidence": [f"HostConfig.PortBindings: {has or f'no {asked.container}'}", f"NetworkSettings.Ports: {really or f'no {asked.container}'}"],
    }
    mend = f"create it again with docker run -p {asked.words}"
    if asked.words not in [port.words for port in declared]:
        if has or really:
            return dict(found, verdict="differs", hint=f"{name} publishes {really or has}, and {asked.words} is asked: {mend}.")
        return dict(found, verdict="missing", hint=f"{name} does not publish its port {asked.container}, and {asked.words} is asked: {mend}.")
    if not _runs(seen.container):
        return dict(found, **_unchecked(seen, "stopped", _resting(seen.container)))
    if not any(asked.bound_as(port) for port in bound):
        network = seen.container["HostConfig"].get("NetworkMode")
        found["evidence"].append(f"HostConfig.NetworkMode={network}")
        hint = f"Docker was told to publish {asked.words} of {name}, and bound {really or 'nothing'} in the network {network}: {mend}, in the network bridge."
        return dict(found, verdict="not_enforced", hint=hint)
    return dict(found, verdict="ok")


def _http(seen: _Seen, asked: list) -> list:
    return [_page(seen, number, page) for number, page in enumerate(asked)]


def _page(seen: _Seen, number: int, page: _pages.Page) -> dict:
    name, doors = seen.name, _doors(seen, page)
    found = {"asked": page.words, "declared": in_words(doors), "evidence": [f"State.Status={seen.container['State']['Status']}"]}
    if _resting(seen.container):
        return dict(found, **_unchecked(seen, "stopped", _resting(seen.container)))
    found["evidence"].append(f"NetworkSettings.Ports: {in_words(doors) or ('no TCP port' if page.port is None else f'no {page.port}/tcp')}")
    if not doors:
        what = "no port" if page.port is None else f"no port {page.port}/tcp"
        hint = f"{name} publishes {what}: create it again with docker run -p, a free port of the host, a colon and {page.port or 'the port of its server'}."
        return dict(found, verdict="missing", hint=hint)
    if len(doors) > 1:
        hint = f"{name} publishes {in_words(doors)}, and the requirement does not say which of them GET {page.path} is for."
        return dict(found, verdict="unverifiable", hint=hint)
    door, answer = doors[0], seen.answers[number]
    url = f"http://{f'[{door.address}]' if ':' in door.address else door.address}:{door.host}{page.path}"
    silent = isinstance(answer, _pages.Silent)
    found["evidence"].append(f"GET {url}: {answer if silent else answer.words}")
    verdict, reason = seen.after
    if verdict:
        return dict(found, **_unchecked(seen, verdict, reason))
    if silent:
        hint = (
            f"{name} runs, and nothing answered GET {url} for {page.timeout} s: {answer}. docker logs {name} shows what it said; "
            f"a server in a container has to listen at 0.0.0.0, port {door.container.partition('/')[0]}."
        )
        return dict(found, verdict="not_enforced", hint=hint)
    found["enforced"] = answer.words
    verdict, wrong = _pages.compare(page, answer)
    if verdict == "ok":
        return dict(found, verdict=verdict)
    begins = f"it begins with {_pages.shown(answer.body)}"
    found["evidence"] += [*wrong, begins]
    return dict(found, verdict=verdict, hint=f"{name} answers GET {url} with {' and '.join(wrong)}; {begins}.")


#: How each attribute is compared: what it is asked to be in, the fields of its findings out.
_COMPARED = {
    "state": _state,
    "restart_policy": _restart_policy,
    "restart_count": _restart_count,
    "image": _image,
    "user": _user,
    "ports": _ports,
    "stop_signal": _stop_signal,
    "read_only": _read_only,
    "cap_drop": _cap_drop,
    "networks": _networks,
    "namespaces": _isolation,
    "http": _http,
}


def _finding(seen: _Seen, attribute: str, **fields: Any) -> Finding:
    requirement = seen.requirement
    return Finding(subject=seen.name, attribute=attribute, student=requirement.get("student") or "", lab=requirement.get("lab") or "", **fields)
