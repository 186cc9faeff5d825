# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This module utility is private to the collection.

"""Whether a host is ready for a class, as rows of pass, warn or stop: the flow of the module host_check. It reads, and changes nothing."""

from __future__ import annotations

import importlib.util
import os
import re
import sys
import time
from dataclasses import dataclass
from typing import Any, Callable, Iterable
from urllib.parse import urlsplit

from ansible_collections.classroom.containers.plugins.module_utils import _host_answers as answers
from ansible_collections.classroom.containers.plugins.module_utils._cgroups import KERNEL_ARGUMENTS, V1, Kernel, KernelError
from ansible_collections.classroom.containers.plugins.module_utils._engine import ENGINE_ARGUMENTS, Engine, EngineError, own_names
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.module_utils._limits import check_range
from ansible_collections.classroom.containers.plugins.module_utils._references import parse_reference

PASS, WARN, STOP = "pass", "warn", "stop"
OUTCOMES = (PASS, WARN, STOP)

#: What one part of the class needs, as an argument spec.
NEED_ARGUMENTS = {
    "name": {"type": "str", "required": True},
    "disk": {"type": "int", "default": 0},
    "inodes": {"type": "int", "default": 0},
    "memory": {"type": "int", "default": 0},
    "memory_limits": {"type": "int", "default": 0},
    "seconds": {"type": "float", "default": 0},
    "containers": {"type": "list", "elements": "str", "default": []},
    "images": {"type": "list", "elements": "str", "default": []},
    "paths": {"type": "list", "elements": "path", "default": []},
    "builds": {"type": "bool", "default": False},
    "engine": {"type": "bool", "default": False},
    "releases": {"type": "list", "elements": "str", "default": []},
    "instead": {"type": "str", "default": ""},
}
SOURCE_ARGUMENTS = {
    "uri": {"type": "str", "required": True},
    "suite": {"type": "str", "required": True},
    "release": {"type": "str"},
}
#: The argument spec of host_check.
ARGUMENTS = {
    **ENGINE_ARGUMENTS,
    **KERNEL_ARGUMENTS,
    "needs": {"type": "list", "elements": "dict", "options": NEED_ARGUMENTS, "default": []},
    "engine_install": {"type": "bool", "default": True},
    "engine_mark": {"type": "path", "default": "/var/lib/classroom/docker_host.json"},
    "compose_minimum": {"type": "str"},
    "swap_limits": {"type": "bool", "default": False},
    "apt_sources": {"type": "list", "elements": "dict", "options": SOURCE_ARGUMENTS, "default": []},
    "registries": {"type": "list", "elements": "str", "default": []},
    "controller_time": {"type": "float"},
    "answer_timeout": {"type": "float", "default": 5},
}

#: The collection's modules run on this and later ones.
PYTHON_MIN = (3, 9)
#: The API of the engine 20.10.
API_MIN = (1, 41)
CONTROLLERS = ("memory", "cpu", "pids", "cpuset")
#: What the engine says of each controller in /info.
_FLAGS = {"memory": ("MemoryLimit",), "cpu": ("CPUShares", "CpuCfsQuota"), "pids": ("PidsLimit",), "cpuset": ("CPUSet",)}
#: What the modules of community.docker import, and Debian's package of it.
_LIBRARIES = {"requests": "python3-requests", "yaml": "python3-yaml"}
_PROGRAM_FOLDERS = ("/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin")
_TRIED_DRIVERS = ("overlay2", "overlayfs")
_DATA_ROOT = "/var/lib/docker"
#: What must be left on the file system for the engine itself to go on, in bytes and in inodes.
_DISK_RESERVE = 10**9
_INODES_RESERVE = 10_000
#: Seconds that the clock may be off: TLS and packages have dates, and to be asked takes its time, too.
_CLOCK_WARN, _CLOCK_STOP = 30, 300
#: The longest time that a server may take for an answer (seconds).
_ANSWER_TIMEOUT_MAX = 3600
_VERSION = re.compile(r"v?[0-9]+(\.[0-9]+)*")
_PARAMETERS = "to GRUB_CMDLINE_LINUX in /etc/default/grub, run update-grub, and start the host anew"


@dataclass(frozen=True)
class Row:
    """One thing that was looked at.

    :param read: what was read, with its source
    :param advice: what to do; empty where there is nothing to do
    """

    check: str
    outcome: str
    read: str
    advice: str = ""

    def as_dict(self) -> dict:
        """The row as a module returns it."""
        return dict(vars(self))


def unknown(check: str, reason: Any, advice: str = "Mend that and look again, or look by hand.") -> Row:
    """The row of what could not be looked at: never a pass."""
    return Row(check, WARN, f"could not be looked at: {reason}", advice)


@dataclass
class Machine:
    """A host as it is looked at: what else would be this process's own.

    :param run: runs a program and returns its exit code, output and errors; 127 where there is none
    :param runs: whether it is this process's own host, whose programs can be run
    :param clock: seconds since 1970
    """

    engine: Engine
    kernel: Kernel
    run: Callable
    runs: bool = True
    statvfs: Callable = os.statvfs
    clock: Callable = time.time
    user: int = os.geteuid()
    python: tuple = tuple(sys.version_info[:3])
    has_library: Callable = importlib.util.find_spec


@dataclass
class _Seen:
    """What was read of the engine, once for all rows.

    :param problem: why nothing was; there may be no engine
    :param on_disk: where its program is; empty where there is none
    :param ours: whether the role docker_host installed it
    :param managed: whether the role docker_host is to install, configure and start it
    """

    problem: EngineError | None = None
    on_disk: str = ""
    ours: bool = False
    managed: bool = False
    version: Any = None
    info: Any = None
    containers: Any = ()
    networks: Any = ()
    images: Any = ()

    @property
    def absent(self) -> bool:
        """Whether it is known that there is no engine, not even one that does not run."""
        return bool(self.problem) and not self.on_disk and isinstance(self.problem.__cause__, (FileNotFoundError, ConnectionRefusedError))


def look(machine: Machine, params: dict) -> dict:
    """What host_check returns: the rows, and what the controller makes more rows of.

    :param params: the options of the module
    :raises ClassroomError: an option is wrong
    """
    # First, for all the rest takes its time.
    clock = _clock(machine.clock(), params["controller_time"])
    if not 0 < params["answer_timeout"] <= _ANSWER_TIMEOUT_MAX:
        raise ClassroomError(f"answer_timeout: {params['answer_timeout']:g} is out of range: it must be more than 0, and at most {_ANSWER_TIMEOUT_MAX}")
    if params["controller_time"] is not None:
        check_range(params["controller_time"], 0, option="controller_time")
    if params["compose_minimum"] is not None and not _VERSION.fullmatch(params["compose_minimum"]):
        raise ClassroomError(f"compose_minimum: {params['compose_minimum']!r} is not a version, such as 2.18")
    for need in params["needs"]:
        for key in ("disk", "inodes", "memory", "memory_limits", "seconds"):
            check_range(need[key], 0, option=f"needs ({need['name']}): {key}")
    seen = _ask(machine, params)
    needs = [_left(need, machine, seen) for need in params["needs"]]
    rows = [
        _user(machine.user),
        _python(machine.python),
        _system(machine.kernel, seen, params["needs"]),
        clock,
        _engine_row(machine, seen, params["engine_install"]),
        _compose(machine, seen, params["compose_minimum"], any(need["builds"] for need in params["needs"])),
        _storage(machine.kernel, seen),
        *_cgroup(machine.kernel, seen, params["swap_limits"]),
        *_disk(machine, seen, needs),
        _memory(machine.kernel, needs),
        _packages(machine, seen, params),
        _registries(machine.kernel, seen, params),
        _tcp(machine.kernel, params["answer_timeout"]),
        _time(needs),
    ]
    return {"rows": [row.as_dict() for row in rows], "found": _found(machine.kernel, seen)}


def _found(kernel: Kernel, seen: _Seen) -> dict:
    """What the controller compares with the class: who has which names, subnets and ports."""
    return {
        "engine": "there" if seen.problem is None else "absent" if seen.absent else "unknown",
        "containers": [{key: item.get(key) for key in ("Names", "Labels", "Ports")} for item in seen.containers],
        "networks": [{key: item.get(key) for key in ("Name", "Id", "Labels", "Options", "IPAM")} for item in seen.networks],
        "routes": _or_none(lambda: answers.host_net(kernel, "route")),
        # A host may be without IPv6.
        "routes6": _or_none(lambda: answers.host_net(kernel, "ipv6_route")) or "",
        "sockets": _or_none(lambda: answers.sockets(kernel)),
        "cpus_online": _or_none(lambda: kernel.read("/sys/devices/system/cpu/online")),
        "meminfo": _or_none(lambda: kernel.read("/proc/meminfo")),
    }


def _or_none(read: Callable) -> Any:
    try:
        return read() or None
    except KernelError:
        return None


def _ask(machine: Machine, params: dict) -> _Seen:
    kernel, engine = machine.kernel, machine.engine
    programs = [f"{folder}/dockerd" for folder in _PROGRAM_FOLDERS]
    seen = _Seen(
        on_disk=next((path for path in programs if os.path.lexists(kernel.root + path)), ""),
        ours=os.path.exists(kernel.root + params["engine_mark"]),
    )
    try:
        seen.version = engine.get("/version")
        seen.info = engine.get("/info")
        seen.containers, seen.networks, seen.images = engine.containers(), engine.get("/networks") or [], engine.get("/images/json") or []
    except EngineError as exc:
        seen.problem = exc
    seen.managed = params["engine_install"] and (seen.ours or seen.absent)
    return seen


# The host itself


def _user(user: int) -> Row:
    if user == 0:
        return Row("user", PASS, "root")
    return Row("user", STOP, f"user id {user}: provisioning installs packages and builds images as root", "Set ansible_become: true, or log in as root.")


def _python(version: tuple) -> Row:
    words = ".".join(map(str, version))
    if version >= PYTHON_MIN:
        return Row("python", PASS, words)
    least = ".".join(map(str, PYTHON_MIN))
    return Row("python", STOP, f"{words}: the modules need {least}", f"Install Python {least} or later, and name it with ansible_python_interpreter.")


def _release(kernel: Kernel) -> dict:
    """The host's /etc/os-release; empty where it has none.

    :raises KernelError: it may not be read
    """
    text = kernel.read("/etc/os-release") or kernel.read("/usr/lib/os-release") or ""
    return {name: value.strip("\"'") for name, _equals, value in (line.partition("=") for line in text.splitlines())}


def _system(kernel: Kernel, seen: _Seen, needs: list) -> Row:
    try:
        release = _release(kernel)
    except KernelError as exc:
        return unknown("system", exc)
    if "ID" not in release:
        return unknown("system", "there is no /etc/os-release")
    name = release.get("PRETTY_NAME") or release["ID"]
    wrong = []
    for need in needs:
        # An engine that is there already is kept, on whatever system.
        if need["releases"] and release_of(release) not in need["releases"] and (seen.managed or not need["engine"]):
            wrong.append(need)
    if not wrong:
        return Row("system", PASS, f"{name}, {os.uname().machine}")
    names = ", ".join(need["name"] for need in wrong)
    right = ", ".join(dict.fromkeys(each for need in wrong for each in need["releases"]))
    return Row("system", STOP, f"{name}: {names} is for {right} only", " ".join(need["instead"] or f"Take a host with {right}." for need in wrong))


def release_of(release: dict) -> str:
    """The distribution and its version, such as ``debian 12``."""
    return f"{release.get('ID', '')} {release.get('VERSION_ID', '')}".strip()


def _clock(here: float, controller: float | None) -> Row:
    if controller is None:
        return unknown("clock", "the controller's time was not given")
    offset = here - controller
    size = abs(offset)
    words = f"{size:.0f} s {'ahead of' if offset > 0 else 'behind'} the controller" if size >= 1 else "as the controller's, to the second"
    if size <= _CLOCK_WARN:
        return Row("clock", PASS, words)
    return Row(
        "clock",
        STOP if size > _CLOCK_STOP else WARN,
        f"{words}: certificates and lists of packages are not valid before their date",
        "Set the clock of the one that is wrong, and keep it so: apt-get install systemd-timesyncd, or chrony.",
    )


# The engine


def _engine_row(machine: Machine, seen: _Seen, install: bool) -> Row:
    if seen.version is not None:
        return _engine_there(machine, seen)
    problem = seen.problem
    if seen.absent:
        if install:
            return Row("engine", PASS, "none: provisioning installs that of the distribution")
        return Row("engine", STOP, f"none: {problem}", "Set docker_host_install: true, or install Docker yourself.")
    if seen.on_disk and isinstance(problem.__cause__, (FileNotFoundError, ConnectionRefusedError)):
        if seen.managed:
            return Row("engine", WARN, f"{seen.on_disk} is there and does not run: {problem}", "Provisioning starts it: make provision.")
        return Row("engine", STOP, f"{seen.on_disk} is there and does not run: {problem}", "Start it: service docker start.")
    return unknown("engine", problem, "Mend what is wrong with it first: docker version.")


def _engine_there(machine: Machine, seen: _Seen) -> Row:
    version, api = seen.version.get("Version", "?"), str(seen.version.get("ApiVersion", ""))
    words = f"Docker {version}, API {api}, at {machine.engine.host}"
    numbers = tuple(int(number) for number in re.findall(r"\d+", api))
    if numbers < API_MIN:
        least = ".".join(map(str, API_MIN))
        return Row("engine", STOP, f"{words}: the labs need the API {least}", "Upgrade the engine to 20.10 or later.")
    if seen.problem is not None:
        return unknown("engine", seen.problem, "Mend what is wrong with it first: docker info.")
    whose = "installed by docker_host" if seen.ours else "not docker_host's: kept as it is, with its configuration"
    return Row("engine", PASS, f"{words}; {whose}")


def _compose(machine: Machine, seen: _Seen, minimum: str | None, builds: bool) -> Row:
    if seen.absent and seen.managed:
        return Row("compose", PASS, "comes with the engine")
    if not machine.runs:
        return unknown("compose", f"no program under {machine.kernel.root} can be run")
    code, output, errors = machine.run(["docker", "compose", "version", "--short"])
    found = output.strip().lstrip("v")
    said = f"docker compose version --short: {found if code == 0 else (errors or output).strip() or f'exit code {code}'}"
    wrong = {}
    if code != 0 or (minimum and _numbers(found) < _numbers(minimum)):
        wrong["the Compose plugin"] = f"Compose {minimum or 'v2'} or later is needed"
    if builds:
        code, output, errors = machine.run(["docker", "buildx", "version"])
        if code != 0:
            wrong["the buildx plugin"] = f"docker buildx version: {(errors or output).strip() or f'exit code {code}'}"
    wrong.update({package: f"Python has no {name}" for name, package in _LIBRARIES.items() if not machine.has_library(name)})
    if not wrong:
        return Row("compose", PASS, said)
    words = "; ".join([said, *wrong.values()])
    if seen.managed:
        return Row("compose", WARN, words, "Provisioning installs what is missing: make provision.")
    return Row("compose", STOP, words, f"Install {' and '.join(wrong)}: docker_host adds nothing to an engine that is not its own.")


def _numbers(version: str) -> tuple:
    return tuple(int(number) for number in re.findall(r"\d+", version)[:3])


def _storage(kernel: Kernel, seen: _Seen) -> Row:
    if seen.info is None:
        return _storage_to_be(kernel, seen)
    driver = seen.info.get("Driver") or "?"
    status = {str(pair[0]): str(pair[1]) for pair in seen.info.get("DriverStatus") or () if len(pair) == 2}
    words = f"{driver} on {status['Backing Filesystem']}" if status.get("Backing Filesystem") else driver
    if status.get("Supports d_type") == "false":
        advice = "Give the engine a file system of ext4, or of xfs with ftype=1."
        return Row("storage", WARN, f"{words} without d_type: files that an image removes come back", advice)
    if driver in _TRIED_DRIVERS:
        return Row("storage", PASS, words)
    why = {
        "vfs": "every container is a whole copy of its image, which takes the disk and the time of one",
        "devicemapper": "it is slow, deprecated, and gone from newer engines",
    }.get(driver, "the labs were never tried on it")
    return Row("storage", WARN, f"{words}: {why}", "Set docker_host_daemon_config: {storage-driver: overlay2}, where the engine is docker_host's.")


def _storage_to_be(kernel: Kernel, seen: _Seen) -> Row:
    if not seen.absent:
        return unknown("storage", seen.problem)
    try:
        built_in = "overlay" in (kernel.read("/proc/filesystems") or "").split()
        running = kernel.read("/proc/sys/kernel/osrelease") or ""
    except KernelError as exc:
        return unknown("storage", exc)
    folder = f"/lib/modules/{running}/kernel/fs/overlayfs"
    if built_in or (running and os.path.isdir(kernel.root + folder)):
        return Row("storage", PASS, f"the kernel has overlay ({'/proc/filesystems' if built_in else folder})")
    return Row("storage", WARN, "neither /proc/filesystems nor the kernel's modules have overlay: the engine would take vfs", "Boot a kernel with overlayfs.")


# Cgroups


def _cgroup(kernel: Kernel, seen: _Seen, swap_limits: bool) -> list:
    try:
        versions = {name: kernel.version_of(name) for name in CONTROLLERS}
        mode = kernel.mode
        parameters = (kernel.read("/proc/cmdline") or "").split()
        disabled = _disabled(kernel)
    except KernelError as exc:
        return [unknown("cgroup", exc), unknown("swap", exc)]
    missing = {name: "the kernel does not have it mounted" for name, version in versions.items() if version is None}
    missing.update({name: "the kernel has it disabled" for name in CONTROLLERS if name in disabled})
    info = seen.info or {}
    for name, flags in _FLAGS.items():
        denied = [flag for flag in flags if info.get(flag) is False]
        if denied:
            missing.setdefault(name, f"the engine says {', '.join(f'{flag}=false' for flag in denied)}")
    driver = f", driver {info['CgroupDriver']}" if info.get("CgroupDriver") else ""
    if missing:
        read = f"{mode}{driver}: no " + "; no ".join(f"{name}: {why}" for name, why in missing.items())
        return [Row("cgroup", STOP, read, " ".join(_enable(name, parameters) for name in missing)), _swap(kernel, seen, versions, swap_limits)]
    return [Row("cgroup", PASS, f"{mode}{driver}: {', '.join(CONTROLLERS)}"), _swap(kernel, seen, versions, swap_limits)]


def _disabled(kernel: Kernel) -> list:
    rows = [line.split() for line in (kernel.read("/proc/cgroups") or "").splitlines() if not line.startswith("#")]
    return [row[0] for row in rows if len(row) == 4 and row[3] == "0"]


def _enable(controller: str, parameters: list) -> str:
    if f"cgroup_disable={controller}" in parameters:
        return f"Take cgroup_disable={controller} out of GRUB_CMDLINE_LINUX in /etc/default/grub, run update-grub, and start the host anew."
    legacy = [each for each in parameters if each in ("systemd.unified_cgroup_hierarchy=0", "systemd.unified_cgroup_hierarchy=false")]
    if legacy and controller != "memory":
        return f"Take {legacy[0]} out of GRUB_CMDLINE_LINUX in /etc/default/grub, run update-grub, and start the host anew."
    return f"Add cgroup_enable={controller} {_PARAMETERS}."


def _swap(kernel: Kernel, seen: _Seen, versions: dict, asked: bool) -> Row:
    version = versions["memory"]
    said = (seen.info or {}).get("SwapLimit")
    source = f"the engine says SwapLimit={str(said).lower()}"
    if said is None:
        said, source = _swap_files(kernel, version)
    if said is None:
        return unknown("swap", source)
    if said:
        return Row("swap", PASS, f"counted: {source}")
    parameters = "cgroup_enable=memory swapaccount=1" if version == V1 else "swapaccount=1"
    return Row(
        "swap",
        STOP if asked else WARN,
        f"not counted: {source}; {'memory_swap, which a lab asks for, is not kept' if asked else 'whoever reaches a memory limit goes on in swap'}",
        f"Add {parameters} {_PARAMETERS}.",
    )


def _swap_files(kernel: Kernel, version: int | None) -> tuple:
    """Whether the kernel's files say that swap is counted, and which; None where they do not say."""
    if version is None:
        return None, "no memory controller is there"
    mount = next(mount for mount in kernel.mounts if ("memory" in mount.controllers if version == V1 else mount.version == version))
    if version == V1:
        path = f"{mount.point}/memory.memsw.limit_in_bytes"
        there = os.path.exists(kernel.root + path)
        return there, f"{'there is' if there else 'there is no'} {path}"
    # The root has no such file.
    try:
        below = sorted(entry.name for entry in os.scandir(kernel.root + mount.point) if entry.is_dir())
    except OSError as exc:
        return None, f"{mount.point}: {exc.strerror}"
    limited = [name for name in below if os.path.exists(f"{kernel.root}{mount.point}/{name}/memory.max")]
    if not limited:
        return None, f"no cgroup in {mount.point} has memory.max yet"
    path = f"{mount.point}/{limited[0]}/memory.swap.max"
    there = os.path.exists(kernel.root + path)
    return there, f"{'there is' if there else 'there is no'} {path}"


# Room


def _left(need: dict, machine: Machine, seen: _Seen) -> dict:
    """What is still to come of a need: what is on the host already takes its share of it.

    ``limits`` is what may come to be used, of what is there, too.
    """
    names = {name for item in seen.containers for name in own_names(item)}
    tags = {tag for item in seen.images for tag in item.get("RepoTags") or ()}
    there = (
        sum(name in names for name in need["containers"])
        + sum(_familiar(name) in tags for name in need["images"])
        + sum(os.path.lexists(machine.kernel.root + path) for path in need["paths"])
    )
    count = sum(len(need[kind]) for kind in ("containers", "images", "paths"))
    if need["engine"]:
        # Not to be installed twice, and not at all where it must not be.
        there, count = int(bool(seen.on_disk) or not seen.managed), 1
    share = 1 - there / count if count else 1.0
    left = {key: round(need[key] * share) for key in ("disk", "inodes", "memory")}
    return {
        **left,
        "name": need["name"],
        "seconds": need["seconds"] * share,
        "limits": max(0, need["memory_limits"] - (need["memory"] - left["memory"])),
        "there": there,
        "count": count,
    }


def _familiar(name: str) -> str:
    return parse_reference(name).familiar


def _summed(needs: list, key: str, show: Callable) -> str:
    """A sum and its parts for a reader, the largest first."""
    parts = ", ".join(f"{need['name']} {show(need[key])}" for need in sorted(needs, key=lambda need: -need[key]) if need[key])
    return f"{show(sum(need[key] for need in needs))} more needed: {parts}" if parts else "no more is needed"


def _disk(machine: Machine, seen: _Seen, needs: list) -> list:
    root = machine.kernel.root
    path = (seen.info or {}).get("DockerRootDir") or _DATA_ROOT
    while not os.path.isdir(root + path) and path != "/":
        path = os.path.dirname(path)
    try:
        status = machine.statvfs(root + path)
    except OSError as exc:
        reason = f"{path}: {exc.strerror or exc}"
        return [unknown("disk", reason), unknown("inodes", reason)]
    need, free = sum(each["disk"] for each in needs), status.f_bavail * status.f_frsize
    words = f"{path} has {size(free)} free of {size(status.f_blocks * status.f_frsize)}; {_summed(needs, 'disk', size)}"
    outcome = STOP if need > free else WARN if free - need < _DISK_RESERVE else PASS
    advice = f"Free {size(need + _DISK_RESERVE - free)}, such as with docker system df and docker builder prune, or give {path} a larger disk."
    rows = [Row("disk", outcome, words, "" if outcome == PASS else advice)]
    if not status.f_files:
        return [*rows, Row("inodes", PASS, f"the file system of {path} makes them as it needs them")]
    need, free = sum(each["inodes"] for each in needs), status.f_favail
    words = f"{path} has {number(free)} free of {number(status.f_files)}; {_summed(needs, 'inodes', number)}"
    outcome = STOP if need > free else WARN if free - need < _INODES_RESERVE else PASS
    advice = f"Remove what has many small files, such as old images, or give {path} a file system with more inodes."
    return [*rows, Row("inodes", outcome, words, "" if outcome == PASS else advice)]


def _memory(kernel: Kernel, needs: list) -> Row:
    try:
        fields = dict(re.findall(r"^(\w+): +(\d+) kB$", kernel.read("/proc/meminfo") or "", re.MULTILINE))
    except KernelError as exc:
        return unknown("memory", exc)
    if "MemAvailable" not in fields:
        return unknown("memory", "/proc/meminfo has no MemAvailable")
    available, total = (int(fields[name]) * 1024 for name in ("MemAvailable", "MemTotal"))
    floor, most = sum(each["memory"] for each in needs), sum(each["limits"] for each in needs)
    words = f"{size(available)} available of {size(total)}; {_summed(needs, 'memory', size)}"
    if most > floor:
        words += f"; {size(most)} more where every container with a limit reaches it"
    if floor > available:
        return Row("memory", STOP, words, "Give the host more memory, or the class more hosts with fewer students on each.")
    if most > available:
        return Row("memory", WARN, words, "Enough as long as not all use what their limits allow: give the host more memory, or fewer students.")
    return Row("memory", PASS, words)


def _time(needs: list) -> Row:
    there, count = (sum(each[key] for each in needs) for key in ("there", "count"))
    words = f"{_summed(needs, 'seconds', duration)}, on 2 CPUs" if any(each["seconds"] for each in needs) else "nothing is left to be made"
    return Row("time", PASS, f"{words}; {there} of {count} containers, images and folders are there already" if there else words)


def size(count: float) -> str:
    """Bytes for a reader, in millions and billions as Docker and disks have them."""
    for unit, factor in (("TB", 10**12), ("GB", 10**9), ("MB", 10**6), ("kB", 1000)):
        if abs(count) >= factor:
            return f"{count / factor:.1f} {unit}" if abs(count) < 100 * factor else f"{count / factor:.0f} {unit}"
    return f"{count:.0f} bytes"


def number(count: int) -> str:
    """A count for a reader."""
    return f"{count:,}"


def duration(seconds: float) -> str:
    """Seconds for a reader."""
    return f"{seconds / 60:.0f} min" if seconds >= 90 else f"{seconds:.0f} s"


# The network


def _packages(machine: Machine, seen: _Seen, params: dict) -> Row:
    kernel = machine.kernel
    try:
        sources = answers.apt_sources(kernel)
        release = release_of(_release(kernel))
    except KernelError as exc:
        return unknown("packages", exc)
    # Only where something is to be installed is the class held up.
    due = seen.managed and not seen.on_disk
    if due:
        sources += [answers.Source(each["uri"], each["suite"]) for each in params["apt_sources"] if each["release"] in (None, release)]
    sources = list(dict.fromkeys(sources))
    if not sources:
        return unknown("packages", "there is no source of packages in /etc/apt")
    code, dump, _errors = machine.run(["apt-config", "dump"]) if machine.runs else (0, "", "")
    dump = dump if code == 0 else ""
    failed: dict = {}
    odd: list = []
    good: dict = {}
    for source in sources:
        address = urlsplit(source.uri)
        server = f"{address.scheme}://{address.netloc.rpartition('@')[2]}"
        if address.scheme not in ("http", "https"):
            odd.append(source.uri)
        elif server not in failed:
            reason = answers.refused_by_source(source, answers.apt_proxies(dump, address.hostname or ""), params["answer_timeout"])
            if reason:
                failed[server] = f"{answers.without_password(source.folder)}: {reason}"
            else:
                good.setdefault(server, []).append(source.suite)
    said = [f"{server} answers for {', '.join(suites)}" for server, suites in good.items()]
    if failed and answers.detects_proxies(dump):
        asks = "apt asks a program for its proxy (Acquire::http::Proxy-Auto-Detect), and without one there is no answer from"
        return unknown("packages", "; ".join([f"{asks} {', '.join(failed.values())}", *said]))
    if failed:
        advice = "Give the host a mirror that answers (/etc/apt/sources.list.d, docker_host_apt_mirror), or a proxy (Acquire::http::Proxy)."
        return Row("packages", STOP if due else WARN, "; ".join([*(f"no answer from {why}" for why in failed.values()), *said]), advice)
    if odd:
        return unknown("packages", "; ".join([f"{', '.join(odd)} is no address of HTTP", *said]))
    return Row("packages", PASS, "; ".join(said))


def _registries(kernel: Kernel, seen: _Seen, params: dict) -> Row:
    mirrors = ((seen.info or {}).get("RegistryConfig") or {}).get("Mirrors") or ()
    asked = list(dict.fromkeys(url.rstrip("/") for url in [*params["registries"], *mirrors]))
    if not asked:
        return Row("mirror", PASS, "the engine has no registry mirror, and is asked to have none")
    reasons = {url: answers.refused_by_registry(url, kernel, params["answer_timeout"]) for url in asked}
    if any(reasons.values()):
        words = "; ".join(f"{answers.without_password(url)} does not answer: {reason}" for url, reason in reasons.items() if reason)
        return Row("mirror", WARN, words, "Start it, or take it out of registry-mirrors in docker_host_daemon_config. Provisioning starts the class's own.")
    return Row("mirror", PASS, ", ".join(f"{answers.without_password(url)} answers" for url in asked))


_TOLD = {
    answers.OPEN: "is a Docker engine that asks nobody for a certificate: whoever reaches it is root on this host",
    answers.UNVERIFIED: "is a Docker engine with TLS that asks no client for a certificate: whoever reaches it is root on this host",
    answers.VERIFIED: "wants a certificate of its clients",
    answers.OTHER: "is another program",
}


def _tcp(kernel: Kernel, timeout: float) -> Row:
    try:
        listeners, held = answers.engine_listeners(kernel)
    except (KernelError, OSError) as exc:
        return unknown("tcp", exc)
    kinds = {listener: answers.engine_at(listener, timeout) for listener in listeners}
    doors = _words(kinds, held, (answers.OPEN, answers.UNVERIFIED))
    if doors:
        advice = (
            "Take its tcp:// address out of hosts in /etc/docker/daemon.json (or -H of its service) and start the engine anew, "
            "or set tlsverify with certificates."
        )
        return Row("tcp", STOP, doors, advice)
    silent = [listener for listener, kind in kinds.items() if kind == answers.SILENT]
    if silent:
        names = ", ".join(listener.words for listener in silent)
        return unknown("tcp", f"{names} gives no answer within {timeout:g} s, neither as an engine nor as another program")
    nothing = "no engine listens on TCP: nothing at 2375 and 2376, and no port is dockerd's"
    return Row("tcp", PASS, _words(kinds, held, (answers.VERIFIED, answers.OTHER)) or nothing)


def _words(kinds: dict, held: set, wanted: Iterable) -> str:
    told = [(listener, kind) for listener, kind in kinds.items() if kind in wanted]
    return "; ".join(f"{each.words} {_TOLD[kind] if kind != answers.OTHER or each.inode not in held else 'is dockerd, and no API'}" for each, kind in told)
