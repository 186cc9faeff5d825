# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This module utility is private to the collection.

"""The namespaces of containers, as the engine declares and as the kernel has them: the flow of the module namespace_info."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any, Collection, Mapping

from ansible_collections.classroom.containers.plugins.module_utils import _capabilities
from ansible_collections.classroom.containers.plugins.module_utils._cgroups import Kernel, KernelError, Life
from ansible_collections.classroom.containers.plugins.module_utils._engine import Engine, EngineError, container_path, select
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.module_utils._observe import TRIES, Observation, is_name, name_of, observe_listed

#: The kinds that Linux has, by the names of the links in /proc/PID/ns.
KINDS = ("cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts")
HOST, PRIVATE, SHAREABLE, NONE, CONTAINER = "host", "private", "shareable", "none", "container:"
#: Of ipc, what to the kernel is one of its own, and to the engine more than that: others may join it, or there is no /dev/shm.
IPC_MODES = (SHAREABLE, NONE)
#: Of each kind that docker run can set, the option, and the field that HostConfig has it in.
FLAGS = {"cgroup": "--cgroupns", "ipc": "--ipc", "net": "--network", "pid": "--pid", "user": "--userns", "uts": "--uts"}
FIELDS = {"cgroup": "CgroupnsMode", "ipc": "IpcMode", "net": "NetworkMode", "pid": "PidMode", "user": "UsernsMode", "uts": "UTSMode"}
#: What is asked of each kind, as an argument spec.
MODE_ARGUMENTS = {kind: {"type": "str"} for kind in KINDS}
#: Kinds that one container may have from another.
JOINABLE = ("ipc", "net", "pid")
#: What no container has, and what Docker does instead.
_NEVER = {("time", PRIVATE): "Docker leaves all containers in the host's", ("mnt", HOST): "Docker gives each container its own"}
_LINK = re.compile(r"[a-z]+:\[([0-9]+)\]")
_SECCOMP = {"0": "disabled", "1": "strict", "2": "filter"}
#: States of the engine's list in which a container has no process.
_ENDED = ("created", "exited", "dead")
#: What a status says when nothing of it can be read.
_UNKNOWN = {"pids": [], "capabilities": {"bounding": None, "effective": None}, "seccomp": None, "no_new_privileges": None, "user_mapping": []}


def parse_modes(asked: dict) -> dict:
    """Which namespaces a container must have: of each kind private, host, or container: and a name; of ipc also shareable and none.

    :raises ClassroomError: one is none of these, or none is asked
    """
    modes = {kind: mode for kind, mode in asked.items() if mode is not None}
    if not modes:
        raise ClassroomError("it asks for nothing: name at least one namespace")
    for kind, mode in modes.items():
        others = list(IPC_MODES) if kind == "ipc" else []
        if mode not in (PRIVATE, HOST, *others) and not (kind in JOINABLE and mode.startswith(CONTAINER) and is_name(mode[len(CONTAINER):])):
            others += [f"{CONTAINER} and a name"] if kind in JOINABLE else []
            raise ClassroomError(f"{kind}: {mode!r} is not {PRIVATE} or {HOST}{''.join(f', or {other}' for other in others)}")
        if (kind, mode) in _NEVER:
            raise ClassroomError(f"{kind}: {mode!r}: {_NEVER[kind, mode]}")
    return modes


def enforced(entry: dict, mode: str, host: int | None) -> str | None:
    """What the kernel has of a kind, in the words of parse_modes; None where it was not read.

    :param entry: one of a container's namespaces, as gather returns it
    :param mode: what is asked
    :param host: the inode of the host's namespace of that kind
    """
    if entry["inode"] is None:
        return None
    # A container may have that name, too.
    if entry["inode"] == host:
        return HOST
    if mode.startswith(CONTAINER) and mode[len(CONTAINER):] in entry["shared_with"]:
        return mode
    # Others may have joined one that is its own.
    if (entry["declared"] or PRIVATE) == PRIVATE and entry["as_declared"] is not False or not entry["shared_with"]:
        return PRIVATE
    return CONTAINER + entry["shared_with"][0]


@dataclass(frozen=True)
class Known:
    """What another look at the same containers knows already, and wants to know.

    :param ids: of the containers that are told; None for all
    :param inspected: what the engine just said of containers, by their ids: it is not asked for them again
    :param kinds: which namespaces are looked at
    """

    ids: Collection[str] | None = None
    inspected: Mapping = field(default_factory=dict)
    kinds: Collection[str] = KINDS


def gather(engine: Engine, kernel: Kernel, names: list | None = None, labels: list | None = None, known: Known = Known()) -> dict:
    """What the module returns.

    :param names: patterns of names; all containers without
    :param labels: labels that a container must carry
    :raises EngineError: the engine does not answer, or it cannot tell the process of a container that runs
    :raises KernelError: not even this process's own namespaces can be read
    """
    source, host = _host(kernel, known.kinds)
    remapped = any("name=userns" in option or "name=rootless" in option for option in engine.get("/info").get("SecurityOptions") or ())
    # Whom a namespace is shared with may be any container of the host.
    listed = engine.containers()
    wanted = set(select(engine.containers(labels) if labels else listed, names)) if known.ids is None else known.ids
    engine.expect(container_path(item["Id"]) for item in listed if item["Id"] not in known.inspected)
    there = {identity: observation for identity, observation in _together(engine, kernel, listed, known, wanted).items() if observation.container}
    declared = {identity: _declared(observation.container, there, remapped) for identity, observation in there.items()}
    inside: dict = {}
    # In the order of their names, so that they need no sorting for each container.
    for identity, observation in sorted(there.items(), key=lambda item: name_of(item[1].container)):
        for kind, inode in (observation.reading or {"links": {}})["links"].items():
            inside.setdefault((kind, inode), {})[identity] = name_of(observation.container)
    return {
        "host": {"namespaces": host, "source": source},
        "containers": [_returned(identity, known.kinds, there, inside, declared, host) for identity in there if identity in wanted],
    }


def _together(engine: Engine, kernel: Kernel, listed: list, known: Known, wanted: Collection[str]) -> dict:
    """All listed containers by their ids, in lives that went on beside each other: the kernel gives the number of a namespace that is gone to a new one.

    :param wanted: the ids of those that are told of
    :raises EngineError: as _observed
    """

    def over(observation: Observation) -> bool:
        return observation.life is not None and not kernel.still(observation.life)

    seen = {item["Id"]: _observed(engine, kernel, item, known, item["Id"] in wanted) for item in listed}
    # What was known of those that have ended is of their last life.
    anew = replace(known, inspected={})
    for _round in range(TRIES):
        ended = [item for item in listed if over(seen[item["Id"]])]
        if not ended:
            return seen
        seen.update((item["Id"], _observed(engine, kernel, item, anew, item["Id"] in wanted)) for item in ended)
    reason = f"it did not stay the same beside the others in {TRIES} looks"
    return {identity: Observation(each.container, verdict="unstable", reason=reason) if over(each) else each for identity, each in seen.items()}


def _observed(engine: Engine, kernel: Kernel, item: dict, known: Known, wanted: bool) -> Observation:
    """A listed container; one that does not run has no namespaces, even where the engine cannot tell more of it.

    :param wanted: whether it is told of, and not only looked at for the namespaces that it may share with others
    :raises EngineError: it runs, and may share the namespaces of any other
    """
    read = _read if wanted else _read_links
    observation = observe_listed(engine, kernel, item, lambda life, _container: read(kernel, life, known.kinds), known.inspected.get(item["Id"]))
    if observation.verdict == "unreachable" and item["State"] not in _ENDED:
        raise EngineError(observation.reason)
    return observation


def _host(kernel: Kernel, kinds: Collection[str]) -> tuple:
    """The host's namespaces and where they were read: even root may be denied those of process 1."""
    try:
        found = _links(kernel, "1", kinds)
        if any(found.values()):
            return "/proc/1/ns", found
    except KernelError:
        pass
    return "/proc/self/ns", _links(kernel, "self", kinds)


def _links(kernel: Kernel, process: str, kinds: Collection[str]) -> dict:
    """The inode of each namespace; None where the kernel has no such kind."""
    found = {}
    for kind in kinds:
        match = _LINK.fullmatch(kernel.link(f"/proc/{process}/ns/{kind}") or "")
        found[kind] = int(match[1]) if match else None
    return found


def _read_links(kernel: Kernel, life: Life, kinds: Collection[str]) -> dict:
    return {"links": _links(kernel, str(life.pid), kinds)}


def _read(kernel: Kernel, life: Life, kinds: Collection[str]) -> dict:
    status = dict(line.split(":\t", 1) for line in (kernel.read(f"/proc/{life.pid}/status") or "").split("\n") if ":\t" in line)
    mapping = [tuple(map(int, line.split())) for line in (kernel.read(f"/proc/{life.pid}/uid_map") or "").splitlines()]
    return {
        **_read_links(kernel, life, kinds),
        "pids": [int(number) for number in status.get("NSpid", "").split()],
        "capabilities": {
            "bounding": _capabilities.in_mask(status["CapBnd"]) if "CapBnd" in status else None,
            "effective": _capabilities.in_mask(status["CapEff"]) if "CapEff" in status else None,
        },
        "seccomp": _SECCOMP.get(status.get("Seccomp", "")),
        "no_new_privileges": {"0": False, "1": True}.get(status.get("NoNewPrivs", "")),
        "user_mapping": [{"inside": inside, "outside": outside, "count": count} for inside, outside, count in mapping],
    }


def _declared(container: dict, there: dict, remapped: bool) -> dict:
    """Of each kind, what the engine was told: private, host, or container: and a name; None where it depends on the engine's own default,
    or the engine cannot tell.

    :param there: the observations of all containers by their ids
    :param remapped: whether the engine gives containers other users than the host's
    """
    config = container["HostConfig"]
    if config is None:
        return dict.fromkeys(KINDS)
    modes = {kind: config.get(FIELDS[kind]) or "" for kind in ("ipc", "net", "pid", "uts")}
    declared = {kind: _mode(mode, there) for kind, mode in modes.items()}
    declared["cgroup"] = {"host": HOST, "private": PRIVATE}.get(config.get("CgroupnsMode") or "")
    declared["user"] = PRIVATE if remapped and config.get("UsernsMode") != "host" else HOST
    # The engine always makes the one, and never the other.
    declared.update(mnt=PRIVATE, time=HOST)
    return declared


def _mode(mode: str, there: dict) -> str:
    if mode == HOST:
        return HOST
    if not mode.startswith(CONTAINER):
        return PRIVATE
    reference = mode[len(CONTAINER):]
    other = next((each.container for identity, each in there.items() if reference in (identity, name_of(each.container))), None)
    return CONTAINER + (name_of(other) if other else reference)


def _returned(identity: str, kinds: Collection[str], there: dict, inside: dict, declared: dict, host: dict) -> dict:
    """What the module returns of one container.

    :param inside: the names of the containers in each namespace by their ids, by its kind and inode
    """
    observation: Observation = there[identity]
    container = observation.container
    reading: dict[str, Any] = observation.reading or {"links": dict.fromkeys(kinds), **_UNKNOWN}
    returned = {
        "name": name_of(container),
        "id": container["Id"],
        "status": container["State"]["Status"],
        "pid": container["State"]["Pid"],
        "read": observation.life is not None,
        "verdict": observation.verdict,
        "reason": observation.reason,
        **{key: reading[key] for key in _UNKNOWN},
        "namespaces": {},
    }
    for kind in kinds:
        inode = reading["links"][kind]
        sharing = {other: name for other, name in inside[kind, inode].items() if other != identity} if inode is not None else {}
        with_host = inode is not None and inode == host[kind]
        returned["namespaces"][kind] = {
            "inode": inode,
            "declared": declared[identity][kind],
            "shared_with": ([HOST] if with_host else []) + list(sharing.values()),
            "as_declared": _agrees(kind, identity, inode, with_host, sharing, there, declared),
        }
    return returned


def _agrees(kind: str, identity: str, inode: int | None, with_host: bool, sharing: dict, there: dict, declared: dict) -> bool | None:
    """Whether the kernel has a namespace as it is declared; None where one of both is not known."""
    mode, name = declared[identity][kind], name_of(there[identity].container)
    if inode is None or mode is None:
        return None
    if mode == HOST:
        return with_host
    if mode == PRIVATE:
        # Others may have been told to join it, or it was told to let them in.
        opened = kind == "ipc" and there[identity].container["HostConfig"].get("IpcMode") == SHAREABLE
        return not with_host and (opened or all(declared[other][kind].startswith(CONTAINER) for other in sharing if declared[other][kind]))
    joined = mode[len(CONTAINER):]
    other = next((each for each, observation in there.items() if name_of(observation.container) == joined and each != identity), None)
    if other is None or there[other].reading is None:
        return None
    return other in sharing and name != joined
