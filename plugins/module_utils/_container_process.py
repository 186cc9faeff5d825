# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This module utility is private to the collection.
"""What only the first process of a running container tells."""

from __future__ import annotations

import os
import posixpath
import re
from contextlib import suppress
from typing import Any, NamedTuple

from ansible_collections.classroom.containers.plugins.module_utils import _capabilities
from ansible_collections.classroom.containers.plugins.module_utils._cgroups import Kernel, KernelError, unescape
from ansible_collections.classroom.containers.plugins.module_utils._links import follow

_MASK = re.compile(r"^(Cap(?:Bnd|Eff)):\t([0-9a-f]+)", re.MULTILINE)
#: What the kernel itself puts into a namespace, tunnels among it.
_KERNELS = frozenset("lo tunl0 gre0 gretap0 erspan0 ip_vti0 ip6_vti0 sit0 ip6tnl0 ip6gre0".split())
_IDS = {"uid": re.compile(r"^Uid:\t([0-9]+)", re.MULTILINE), "gid": re.compile(r"^Gid:\t([0-9]+)", re.MULTILINE)}


class Process:
    """The first process of a container, whose files are read once each.

    :param container: what the engine says of its container
    """

    def __init__(self, kernel: Kernel, pid: int, container: dict) -> None:
        self.container = container
        self.folder = f"/proc/{pid}"
        self._kernel = kernel
        self._read: dict = {}

    def read(self, name: str) -> str | None:
        """The text of one of its files, or None where there is none.

        :raises KernelError: this user may not read it
        """
        if name not in self._read:
            self._read[name] = self._kernel.read(f"{self.folder}/{name}")
        return self._read[name]

    @property
    def in_host_network(self) -> bool | None:
        """Whether it has the network namespace of the host; None where that is not known."""
        try:
            its_own = self._kernel.link(f"{self.folder}/ns/net")
        except KernelError:
            return None
        for process in ("1", "self"):
            # Even root may be denied process 1.
            with suppress(KernelError):
                if host := self._kernel.link(f"/proc/{process}/ns/net"):
                    return its_own == host if its_own else None
        return None

    def inside(self, path: str) -> str:
        """Where a path of the container leads to, its links followed; empty where they lead in a circle.

        :raises KernelError: this user may not look into the container
        """
        real = follow(path, lambda here: self._kernel.link(f"{self.folder}/root/{here}"))
        return f"/{real}" if real else ""

    def real(self, path: str) -> str:
        """Where a path of the host leads to, links followed."""
        root = self._kernel.root
        return os.path.realpath(root + path)[len(root):] or "/"

    def device(self, path: str) -> str:
        """``major:minor`` of the file system that a path of the host is on now; empty where there is no such path."""
        try:
            device = os.stat(self._kernel.root + path).st_dev
        except OSError:
            return ""
        return f"{os.major(device)}:{os.minor(device)}"


def normal(path: str) -> str:
    """A path without what leads nowhere."""
    # Two slashes at the beginning are a path of their own to POSIX, and not to Linux.
    return "/" + posixpath.normpath(path).lstrip("/")


class MountPoint(NamedTuple):
    """What is mounted at one place of a container.

    :param root: what of its file system is there
    :param device: the number of that, which two mounts of the same file system have in common
    """

    target: str
    root: str
    device: str
    options: str
    kind: str
    super_options: str

    @property
    def read_only(self) -> bool:
        """Whether nothing can be written there: by the mount, or by its file system."""
        return "ro" in self.options.split(",") or "ro" in self.super_options.split(",")


def read(process: Process, attributes: list) -> dict:
    """For each attribute, what the process tells of it and the evidence; None and the evidence where it tells nothing."""
    return {attribute: READERS[attribute](process) for attribute in attributes}


def _read_user(process: Process) -> tuple:
    """The ids of its user and its group as its container knows them."""
    (uid, evidence), (gid, more) = (_read_id(process, kind) for kind in _IDS)
    return None if uid is None else {"uid": uid, "gid": gid}, evidence + more


def _read_id(process: Process, kind: str) -> tuple:
    match = _IDS[kind].search(process.read("status") or "")
    if not match:
        return None, [f"{process.folder}/status: no {kind.capitalize()}"]
    number, evidence = int(match[1]), [f"{process.folder}/status: {kind.capitalize()}={match[1]}"]
    # An engine with user namespaces gives a container other ids on the host than it has inside.
    for line in (process.read(f"{kind}_map") or "").splitlines():
        inside, outside, count = map(int, line.split())
        if inside != outside and outside <= number < outside + count:
            return inside + number - outside, [*evidence, f"{process.folder}/{kind}_map={inside} {outside} {count}"]
    return number, evidence


def _mount_points(process: Process) -> list:
    points = []
    # A path may have what splitlines takes for the end of a line.
    for line in (process.read("mountinfo") or "").split("\n"):
        before, separator, after = line.partition(" - ")
        fields, more = before.split(" "), after.split(" ")
        if separator:
            points.append(MountPoint(unescape(fields[4]), unescape(fields[3]), fields[2], fields[5], more[0], more[-1]))
    return points


def _read_root(process: Process) -> tuple:
    """Whether the root is mounted read-only."""
    roots = [point for point in _mount_points(process) if point.target == "/"]
    if not roots:
        return None, [f"{process.folder}/mountinfo: no mount at /"]
    # What is mounted last is what the process sees.
    options = roots[-1].options
    return "ro" in options.split(","), [f"{process.folder}/mountinfo: / {options}"]


def _read_mounts(process: Process) -> tuple:
    """What is mounted, by its place, what is mounted last there; and where the places that the engine tells and paths of the host really are.

    A place behind a link of the image, such as /var/run/app with /var/run leading to /run, is where the link leads to.
    """
    points = {point.target: point for point in _mount_points(process)}
    if not points:
        return None, [f"{process.folder}/mountinfo: no mounts"]
    mounts = process.container.get("Mounts") or ()
    targets = {normal(target) for target in [*(mount["Destination"] for mount in mounts), *(process.container["HostConfig"].get("Tmpfs") or ())]}
    try:
        places = {target: target if target in points else process.inside(target) for target in targets}
    except KernelError as exc:
        return None, [str(exc)]
    return {"points": points, "places": places, "real": process.real, "device": process.device}, [f"{process.folder}/mountinfo"]


def _masks(process: Process) -> dict:
    return dict(_MASK.findall(process.read("status") or ""))


def _read_bounding(process: Process) -> tuple:
    """The capabilities that it can ever have."""
    mask = _masks(process).get("CapBnd")
    if mask is None:
        return None, [f"{process.folder}/status: no CapBnd"]
    return _capabilities.in_mask(mask), [f"{process.folder}/status: CapBnd={mask}"]


def _read_capabilities(process: Process) -> tuple:
    """The capabilities that it can ever have and that it has in effect, and its user id."""
    masks = _masks(process)
    if len(masks) < 2:
        return None, [f"{process.folder}/status: no CapBnd and CapEff"]
    uid, evidence = _read_id(process, "uid")
    found = {"bounding": _capabilities.in_mask(masks["CapBnd"]), "effective": _capabilities.in_mask(masks["CapEff"]), "uid": uid}
    return found, [f"{process.folder}/status: {name}={masks[name]}" for name in ("CapBnd", "CapEff")] + evidence


def _read_interfaces(process: Process) -> tuple:
    """The network interfaces that somebody gave it, and whether they are the host's, where they are to be."""
    text = process.read("net/dev")
    if text is None:
        return None, [f"{process.folder}/net/dev: not readable"]
    names = sorted(line.partition(":")[0].strip() for line in text.split("\n") if ":" in line)
    on_host = "host" in ((process.container.get("NetworkSettings") or {}).get("Networks") or {})
    told = {"names": [name for name in names if name not in _KERNELS], "host": process.in_host_network if on_host else None}
    return told, [f"{process.folder}/net/dev: {', '.join(names)}"]


def _read_command(process: Process) -> tuple:
    """Its program and the arguments."""
    text = process.read("cmdline")
    if not text:
        return None, [f"{process.folder}/cmdline: nothing"]
    return text.removesuffix("\0").split("\0"), [f"{process.folder}/cmdline"]


def _read_environment(process: Process) -> tuple:
    """The variables that it was started with."""
    try:
        text = process.read("environ")
    except KernelError as exc:
        return None, [str(exc)]
    if text is None:
        return None, [f"{process.folder}/environ: not readable"]
    variables = parse_environment(text.split("\0"))
    if not variables:
        # A program that shows a title of its own, as nginx does, writes it over those that Docker gave it.
        return None, [f"{process.folder}/environ: no variable at all, not even PATH"]
    return variables, [f"{process.folder}/environ"]


def parse_environment(lines: Any) -> dict:
    """The variables of lines such as ``NAME=value``. A name alone is of one that is not set."""
    return dict(line.split("=", 1) for line in lines or () if "=" in line)


#: What only the process of a running container tells, and how it is read: the value, None where it cannot be had, and the evidence.
READERS = {
    "user": _read_user,
    "read_only": _read_root,
    "cap_drop": _read_bounding,
    "cap_add": _read_capabilities,
    "networks": _read_interfaces,
    "command": _read_command,
    "environment": _read_environment,
    "mounts": _read_mounts,
}
