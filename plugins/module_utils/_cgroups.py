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

import errno
import os
import re
import stat
from dataclasses import dataclass, field, replace
from typing import Callable

from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError

V1, V2 = 1, 2
#: In the flags of a process, field 9 of /proc/PID/stat: PF_EXITING.
_EXITING = 0x4
_OCTAL = re.compile(r"\\([0-7]{3})")
#: Answers of the kernel that mean "there is no such file, or nothing in it, here (any more)".
_NOTHING = frozenset((errno.ENOENT, errno.ENOTDIR, errno.ENODEV, errno.ENXIO, errno.ESRCH, errno.EOPNOTSUPP))
#: Options of a v1 mount that are not controllers.
_NO_CONTROLLERS = frozenset(("rw", "ro", "xattr", "noprefix", "clone_children", "cpuset_v2_mode", "favordynmods", "seclabel"))

#: The controllers that any limit or use is read from; "" is v2, whatever its controllers.
_READ = frozenset(("memory", "cpu", "cpuacct", "cpuset", "pids", "blkio", "devices", ""))

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
    """One cgroup file system. Its controllers are those of its mount options in v1, and of its cgroup.controllers in v2."""

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

    own is None where the kernel has no such file, effective where its ancestors have none either. effective_at is
    the directory that sets the effective value. Evidence is one ``path=text`` for each file.
    """

    own: object
    evidence: list
    effective: object = None
    effective_at: str = ""
    effective_evidence: list = field(default_factory=list)


@dataclass(frozen=True)
class Life:
    """One life of a container: from this start of its PID 1 to its end.

    start is field 22 of /proc/PID/stat: clock ticks after boot. directories is by controller, with ``unified``
    for a v2 hierarchy whatever its controllers. Where PID 1 was moved out of the container's directory, it is the one
    that PID 1 is in, which then limits it.
    """

    pid: int
    start: str
    directories: dict

    def directory(self, controller: str) -> Directory | None:
        """The directory of a controller, or None where the kernel does not run the controller."""
        return self.directories.get(controller)


class Kernel:
    """The files of one host's kernel, under root. Threads may share it."""

    def __init__(self, root: str = "/") -> None:
        """:raises ClassroomError: there is no kernel's /proc under root"""
        if not root.startswith("/") or not os.path.isdir(os.path.join(root, "proc")):
            raise ClassroomError(f"root: {root!r} is not a folder with a slash before it and the host's proc in it, such as / or /host")
        self.root = root.rstrip("/")
        self.page_size = os.sysconf("SC_PAGE_SIZE")
        self._mounts: list | None = None
        self._by_line: dict = {}
        self._common_texts: dict = {}

    # Files

    def read(self, path: str) -> str | None:
        """The text of a file without the newline at its end, or None where there is none or it has nothing to say.

        :raises KernelError: the file is there, and this user may not read it
        """
        try:
            descriptor = os.open(self.root + path, os.O_RDONLY | os.O_CLOEXEC)
            try:
                text = b""
                chunk = os.read(descriptor, 65536)
                while chunk:
                    text += chunk
                    chunk = os.read(descriptor, 65536)
            finally:
                os.close(descriptor)
        except OSError as exc:
            if exc.errno in _NOTHING:
                return None
            # Not "no such file": what cannot be read may hold anything.
            raise KernelError(f"{path} cannot be read by user id {os.geteuid()}: {exc.strerror}") from exc
        return text.decode("utf-8", "replace").rstrip("\n")

    def link(self, path: str) -> str | None:
        """Where a symbolic link leads to, as it is written, or None where there is none.

        :raises KernelError: it is there, and this user may not read it
        """
        try:
            return os.readlink(self.root + path).encode("utf-8", "replace").decode()
        except OSError as exc:
            if exc.errno in (*_NOTHING, errno.EINVAL):
                return None
            raise KernelError(f"{path} cannot be read by user id {os.geteuid()}: {exc.strerror}") from exc

    def device(self, path: str) -> tuple | None:
        """The kind (``b`` or ``c``) and ``major:minor`` of a device node, or None where there is no such device."""
        try:
            status = os.stat(self.root + path)
        except OSError:
            return None
        kind = "b" if stat.S_ISBLK(status.st_mode) else "c" if stat.S_ISCHR(status.st_mode) else ""
        return (kind, f"{os.major(status.st_rdev)}:{os.minor(status.st_rdev)}") if kind else None

    # Hierarchies

    @property
    def mounts(self) -> list:
        """The cgroup file systems that this reader can see.

        :raises KernelError: there is none
        """
        if self._mounts is None:
            # Under another root, "self" is this process there, with the mounts that it sees: process 1 sees the host's.
            text = self._mountinfo("1") if self.root else ""
            self._mounts = [self._with_controllers(mount) for mount in _parse_mounts(text or self._mountinfo("self"))]
        if not self._mounts:
            raise KernelError(f"no cgroup file system is mounted under {self.root or '/'}")
        return self._mounts

    def _with_controllers(self, mount: Mount) -> Mount:
        if mount.version == V1:
            return mount
        return replace(mount, controllers=frozenset((self.read(mount.point + "/cgroup.controllers") or "").split()))

    def _mountinfo(self, process: str) -> str:
        try:
            return self.read(f"/proc/{process}/mountinfo") or ""
        except KernelError:
            return ""

    def version_of(self, controller: str) -> int | None:
        """Which cgroup version runs a controller here: 1, 2, or None where it is not available."""
        mount = self._mount_of(controller)
        return mount.version if mount else None

    @property
    def mode(self) -> str:
        """``v1``, ``v2``, or ``hybrid``: controllers under v1 with a v2 mount beside them."""
        # A named v1 hierarchy, such as systemd's, limits nothing.
        v1 = any(mount.version == V1 and any("=" not in name for name in mount.controllers) for mount in self.mounts)
        if not any(mount.version == V2 for mount in self.mounts):
            return "v1"
        return "hybrid" if v1 else "v2"

    def _mount_of(self, controller: str) -> Mount | None:
        return next((mount for mount in self.mounts if controller in mount.controllers), None)

    # A container

    def life(self, pid: int, container_id: str) -> Life:
        """Where the cgroups of a running container are.

        :param pid: its PID 1 as the engine names it, in the engine's PID namespace
        :param container_id: its 64 hexadecimal digits
        :raises Gone: there is no such process (any more), or only its exit code is left
        :raises KernelError: its cgroups cannot be found from here
        """
        start = self._start(pid)
        membership = self.read(f"/proc/{pid}/cgroup")
        if start is None or membership is None:
            raise Gone(f"process {pid} is not there any more")
        directories: dict = {}
        moved: dict = {}
        at_root: list = []
        own = ""
        # A name may have what splitlines takes for the end of a line.
        for line in membership.rstrip("\n").split("\n"):
            _hierarchy, controllers, path = line.split(":", 2)
            if _READ.isdisjoint(controllers.split(",")):
                continue
            mount = self._mount_named(controllers, path)
            if mount is None:
                continue
            if container_id not in path:
                # The engine uses all controllers of v1, and none of v2 beside them: only by hand does PID 1 get elsewhere.
                if mount.version == V1 and path == "/":
                    at_root.append(mount)
                elif mount.version == V1:
                    moved.update(dict.fromkeys(sorted(mount.controllers), _directory(mount, path)))
                continue
            if not directories:
                self._confirm(pid, mount, path)
                before, _id, after = path.partition(container_id)
                own = before + container_id + after.partition("/")[0]
            names = mount.controllers if mount.version == V1 else mount.controllers | {"unified"}
            directories.update(dict.fromkeys(sorted(names), _directory(mount, path, container_id)))
        if not directories:
            raise KernelError(
                f"no cgroup of process {pid} carries the container's id: /proc/{pid}/cgroup says {membership.splitlines()!r} "
                "(a rootless engine without a cgroup driver, or an engine in another PID namespace)"
            )
        for mount in at_root:
            # It is there in all that the kernel does not run for containers, too: of what it was moved out of, the directory is left.
            if mount.root == "/" and self.read(f"{mount.point}{own}/cgroup.procs") is not None:
                moved.update(dict.fromkeys(sorted(mount.controllers), _directory(mount, "/")))
        return Life(pid, start, {**directories, **moved})

    def still(self, life: Life) -> bool:
        """Whether that life goes on, so that all that was read since then belongs to it."""
        return self._start(life.pid) == life.start

    def _start(self, pid: int) -> str | None:
        text = self.read(f"/proc/{pid}/stat")
        # The command's name, in parentheses, may hold spaces and parentheses: count from the last one.
        fields = text.rpartition(")")[2].split() if text else []
        # A zombie has ended: its cgroups may be gone, and their files with them. One that is just ending is in the root of all
        # v1 hierarchies already, and still in its own cgroup of v2.
        ended = not fields or fields[0] in "ZXx" or int(fields[6]) & _EXITING
        return None if ended else fields[19]

    def _mount_named(self, controllers: str, path: str) -> Mount | None:
        # The second field of a line of /proc/PID/cgroup: empty for v2, else the hierarchy's controllers.
        if controllers not in self._by_line:
            wanted = frozenset(filter(None, controllers.split(",")))
            version = V1 if wanted else V2
            self._by_line[controllers] = [mount for mount in self.mounts if mount.version == version and mount.controllers >= wanted]
        mounts = self._by_line[controllers]
        # A part of a hierarchy may be mounted elsewhere, too: the one that shows the path counts.
        return next((mount for mount in mounts if _shows(mount, path)), mounts[0] if mounts else None)

    def _confirm(self, pid: int, mount: Mount, path: str) -> None:
        directory = _under(mount, path)
        processes = self.read(directory + "/cgroup.procs")
        if processes is None:
            raise KernelError(f"there is no {directory}/cgroup.procs, though /proc/{pid}/cgroup names that cgroup")
        if str(pid) not in processes.split():
            raise KernelError(f"process {pid} is not in the cgroup that /proc/{pid}/cgroup names: the engine runs in another PID namespace")

    # Values

    def value(self, directory: Directory, names: tuple, parse: Callable, strictest: Callable | None = None) -> Value:
        """What the files of a container's directory say together, with the strictest value on the way up.

        :param names: files that make one value; their texts are joined with a space
        :param parse: text to value
        :param strictest: what two values allow together, as min does; None where ancestors do not limit
        """
        texts = [self.read(f"{directory.path}/{name}") for name in names]
        evidence = _evidence(directory.path, names, texts)
        own = None if None in texts else parse(" ".join(texts))
        effective, effective_at, effective_evidence = own, "" if own is None else directory.path, [] if own is None else evidence
        for ancestor in directory.ancestors if strictest else ():
            above = [self.read_once(f"{ancestor}/{name}") for name in names]
            if None in above:
                continue
            candidate = parse(" ".join(above))
            together = candidate if effective is None else strictest(effective, candidate)
            if together != effective:
                effective, effective_at, effective_evidence = together, ancestor, _evidence(ancestor, names, above)
        return Value(own, evidence, effective, effective_at, effective_evidence)

    def forget(self) -> None:
        """Read anew from here on what containers have in common."""
        self._common_texts.clear()

    def read_once(self, path: str) -> str | None:
        """As read, of a file that many containers have in common, such as one of a cgroup above theirs: it is read once.

        :raises KernelError: the file is there, and this user may not read it
        """
        try:
            return self._common_texts[path]
        except KeyError:
            text = self._common_texts[path] = self.read(path)
            return text


def _parse_mounts(mountinfo: str) -> list:
    mounts = []
    for line in mountinfo.split("\n"):
        before, separator, after = line.partition(" - ")
        fields, kind = before.split(" "), after.split(" ")
        if not separator or kind[0] not in ("cgroup", "cgroup2"):
            continue
        version = V2 if kind[0] == "cgroup2" else V1
        options = frozenset(kind[-1].split(",")) if version == V1 else frozenset()
        controllers = frozenset(option for option in options - _NO_CONTROLLERS if not option.startswith("release_agent="))
        mounts.append(Mount(version, controllers, unescape(fields[3]), unescape(fields[4])))
    return mounts


def unescape(text: str) -> str:
    """A path as it is, of one as the kernel writes it into mountinfo: spaces and the like by their numbers."""
    return _OCTAL.sub(lambda match: chr(int(match.group(1), 8)), text)


def _shows(mount: Mount, path: str) -> bool:
    root = mount.root.rstrip("/")
    return path == root or path.startswith(root + "/")


def _under(mount: Mount, path: str) -> str:
    """The path of a cgroup in the file system, from its path in the hierarchy.

    :raises KernelError: it is not under what is mounted here
    """
    if path == "/.." or path.startswith("/../"):
        raise KernelError(f"the cgroup {path} is outside of this process's cgroup namespace: run on the host itself, not in a container")
    if not _shows(mount, path):
        raise KernelError(f"the cgroup {path} is not under {mount.root}, which is all that {mount.point} shows")
    return mount.point + path[len(mount.root.rstrip("/")):].rstrip("/")


def _directory(mount: Mount, path: str, container_id: str = "") -> Directory:
    """The directory of the component that holds the container's id: PID 1 may sit in a child of it. Without an id, that of the path.

    The first such component, since the container may make any it likes below.

    :raises KernelError: only a child of it is mounted here
    """
    parts = _under(mount, path)[len(mount.point):].split("/")
    parts[0] = mount.root.rpartition("/")[2]
    depth = next((index for index, part in enumerate(parts) if container_id in part), None) if container_id else len(parts) - 1
    if depth is None:
        raise KernelError(f"{mount.point} shows only {mount.root}, which is below the container's own cgroup")
    parts[0] = ""
    steps = [mount.point + "/".join(parts[: index + 1]) for index in range(depth + 1)]
    return Directory(mount.version, steps[-1], tuple(reversed(steps[:-1])))


def _evidence(path: str, names: tuple, texts: list) -> list:
    return [f"{path}/{name}={text}" if text is not None else f"{path}/{name}: no such file" for name, text in zip(names, texts)]
