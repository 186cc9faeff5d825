# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This module utility is private to the collection.

"""The kernel's side: where a container's cgroups are, and what their files say.

Reads only, with the standard library only. Every path is under an injectable root, so that a tree
captured on another host reads like this one.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from typing import Callable

from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError

V1, V2 = 1, 2
_OCTAL = re.compile(r"\\([0-7]{3})")

#: Options of every module that reads the kernel; the documentation is the doc fragment ``engine.kernel``.
KERNEL_ARGUMENTS = {
    "root": {"type": "path", "default": "/"},
}


class KernelError(ClassroomError):
    """The kernel's files do not tell: no cgroup mount, another namespace, another PID namespace."""


class Gone(ClassroomError):
    """The process that was looked at is not there any more."""


@dataclass(frozen=True)
class Mount:
    """One cgroup file system."""

    version: int
    controllers: frozenset
    root: str
    point: str


@dataclass(frozen=True)
class Directory:
    """A container's directory in one hierarchy, and those above it, the nearest first, up to the mount point."""

    version: int
    path: str
    ancestors: tuple


@dataclass(frozen=True)
class Value:
    """What files say: the container's own value, and the strictest of it and its ancestors.

    own is None where the kernel has no such file. effective_at is the directory that sets the effective value.
    Evidence is one ``path=text`` for each file.
    """

    own: object
    evidence: list
    effective: object = None
    effective_at: str = ""
    effective_evidence: list = field(default_factory=list)


@dataclass(frozen=True)
class Life:
    """One life of a container: from this start of its PID 1 to its end.

    start is field 22 of /proc/PID/stat: clock ticks after boot.
    """

    pid: int
    start: str
    directories: dict

    def directory(self, controller: str) -> Directory | None:
        """The directory of a controller, or None where the kernel does not run the controller."""
        return self.directories.get(controller)


class Kernel:
    """The files of one host's kernel, under root."""

    def __init__(self, root: str = "/") -> None:
        self.root = root.rstrip("/")
        self.page_size = os.sysconf("SC_PAGE_SIZE")
        self._mounts: list | None = None
        self._unified_controllers: dict = {}
        self._by_line: dict = {}
        self._ancestor_texts: dict = {}

    # Files

    def read(self, path: str) -> str | None:
        """The text of a file without the newline at its end, or None where there is none or it has nothing to say."""
        try:
            descriptor = os.open(self.root + path, os.O_RDONLY)
        except OSError:
            return None
        try:
            chunks = []
            while True:
                chunk = os.read(descriptor, 65536)
                if not chunk:
                    break
                chunks.append(chunk)
        except OSError:
            return None
        finally:
            os.close(descriptor)
        return b"".join(chunks).decode("utf-8", "replace").rstrip("\n")

    def device(self, path: str) -> str | None:
        """``major:minor`` of a device node, or None where there is no such device."""
        try:
            number = os.stat(self.root + path).st_rdev
        except OSError:
            return None
        return f"{os.major(number)}:{os.minor(number)}" if number else None

    # Hierarchies

    @property
    def mounts(self) -> list:
        """The cgroup file systems that this reader can see.

        :raises KernelError: there is none
        """
        if self._mounts is None:
            self._mounts = _parse_mounts(self.read("/proc/self/mountinfo") or "")
            for mount in self._mounts:
                if mount.version == V2:
                    self._unified_controllers[mount.point] = frozenset((self.read(mount.point + "/cgroup.controllers") or "").split())
        if not self._mounts:
            raise KernelError(f"no cgroup file system is mounted under {self.root or '/'}")
        return self._mounts

    def version_of(self, controller: str) -> int | None:
        """Which cgroup version runs a controller here: 1, 2, or None where it is not available."""
        mount = self._mount_of(controller)
        return mount.version if mount else None

    @property
    def mode(self) -> str:
        """``v1``, ``v2``, or ``hybrid``: controllers under v1 with a v2 mount beside them."""
        versions = {mount.version for mount in self.mounts}
        if versions == {V2}:
            return "v2"
        return "hybrid" if V2 in versions else "v1"

    def _mount_of(self, controller: str) -> Mount | None:
        for mount in self.mounts:
            if controller in mount.controllers or controller in self._unified_controllers.get(mount.point, ()):
                return mount
        return None

    # A container

    def life(self, pid: int, container_id: str) -> Life:
        """Where the cgroups of a running container are.

        :param pid: its PID 1 as the engine names it, in the engine's PID namespace
        :param container_id: its 64 hexadecimal digits
        :raises Gone: there is no such process (any more), or the PID is another process's now
        :raises KernelError: its cgroups cannot be found from here
        """
        start = self._start(pid)
        membership = self.read(f"/proc/{pid}/cgroup")
        if start is None or membership is None:
            raise Gone(f"process {pid} is not there any more")
        directories: dict = {}
        for line in membership.splitlines():
            _hierarchy, controllers, path = line.split(":", 2)
            mount = self._mount_named(controllers)
            found = _directory(mount, path, container_id) if mount else None
            if found:
                if not directories:
                    self._confirm(pid, mount, path)
                names = mount.controllers if mount.version == V1 else self._unified_controllers[mount.point] | {"unified"}
                directories.update(dict.fromkeys(names, found))
        if not directories:
            raise KernelError(
                f"no cgroup of process {pid} carries the container's id: /proc/{pid}/cgroup says {membership.splitlines()!r} "
                "(a rootless engine without a cgroup driver, or an engine in another PID namespace)"
            )
        return Life(pid, start, directories)

    def still(self, life: Life) -> bool:
        """Whether that life goes on, so that all that was read since then belongs to it."""
        return self._start(life.pid) == life.start

    def _start(self, pid: int) -> str | None:
        stat = self.read(f"/proc/{pid}/stat")
        # The command's name, in parentheses, may hold spaces and parentheses: count from the last one.
        return stat.rpartition(")")[2].split()[19] if stat else None

    def _mount_named(self, controllers: str) -> Mount | None:
        # The second field of a line of /proc/PID/cgroup: empty for v2, else the hierarchy's controllers.
        if controllers not in self._by_line:
            wanted = frozenset(filter(None, controllers.split(",")))
            self._by_line[controllers] = next((mount for mount in self.mounts if (mount.controllers >= wanted if wanted else mount.version == V2)), None)
        return self._by_line[controllers]

    def _confirm(self, pid: int, mount: Mount, path: str) -> None:
        processes = self.read(_under(mount, path) + "/cgroup.procs")
        if processes is not None and str(pid) not in processes.split():
            raise KernelError(f"process {pid} is not in the cgroup that /proc/{pid}/cgroup names: the engine runs in another PID namespace")

    # Values

    def value(self, directory: Directory, names: tuple, parse: Callable, strictest: Callable | None = None) -> Value:
        """What the files of a container's directory say together, with the strictest value on the way up.

        :param names: files that make one value; their texts are joined with a space
        :param parse: text to value
        :param strictest: picks the stricter of two values, as min does; None where ancestors do not limit
        """
        texts = [self.read(f"{directory.path}/{name}") for name in names]
        if None in texts:
            return Value(None, _evidence(directory.path, names, texts))
        own = parse(" ".join(texts))
        effective, effective_at, effective_texts = own, directory.path, texts
        for ancestor in directory.ancestors if strictest else ():
            above = [self._ancestor_text(f"{ancestor}/{name}") for name in names]
            if None not in above:
                candidate = parse(" ".join(above))
                if candidate != effective and strictest(effective, candidate) == candidate:
                    effective, effective_at, effective_texts = candidate, ancestor, above
        evidence = _evidence(directory.path, names, texts)
        if effective_at == directory.path:
            return Value(own, evidence, effective, directory.path, evidence)
        return Value(own, evidence, effective, effective_at, _evidence(effective_at, names, effective_texts))

    def _ancestor_text(self, path: str) -> str | None:
        # The containers of a host share their ancestors: each is read once.
        if path not in self._ancestor_texts:
            self._ancestor_texts[path] = self.read(path)
        return self._ancestor_texts[path]


def _parse_mounts(mountinfo: str) -> list:
    mounts = []
    for line in mountinfo.splitlines():
        before, separator, after = line.partition(" - ")
        fields, kind = before.split(" "), after.split(" ")
        if not separator or kind[0] not in ("cgroup", "cgroup2"):
            continue
        version = V2 if kind[0] == "cgroup2" else V1
        options = frozenset(kind[-1].split(",")) if version == V1 else frozenset()
        mounts.append(Mount(version, options - {"rw", "ro"}, _unescape(fields[3]), _unescape(fields[4])))
    return mounts


def _unescape(text: str) -> str:
    return _OCTAL.sub(lambda match: chr(int(match.group(1), 8)), text)


def _under(mount: Mount, path: str) -> str:
    """The path of a cgroup in the file system, from its path in the hierarchy.

    :raises KernelError: it is not under what is mounted here
    """
    if path == "/.." or path.startswith("/../"):
        raise KernelError(f"the cgroup {path} is outside of this process's cgroup namespace: run on the host itself, not in a container")
    root = mount.root.rstrip("/")
    if root and path != root and not path.startswith(root + "/"):
        raise KernelError(f"the cgroup {path} is not under {mount.root}, which is all that {mount.point} shows")
    return mount.point + path[len(root):].rstrip("/")


def _directory(mount: Mount, path: str, container_id: str) -> Directory | None:
    """The directory of the component that holds the container's id: PID 1 may sit in a child of it."""
    below = _under(mount, path)
    relative = below[len(mount.point):].split("/")
    depth = max((index for index, part in enumerate(relative) if container_id in part), default=None)
    if depth is None:
        return None
    steps = [mount.point + "/".join(relative[: index + 1]) for index in range(depth + 1)]
    return Directory(mount.version, steps[-1], tuple(reversed(steps[:-1])))


def _evidence(path: str, names: tuple, texts: list) -> list:
    return [f"{path}/{name}={text}" if text is not None else f"{path}/{name}: no such file" for name, text in zip(names, texts)]
