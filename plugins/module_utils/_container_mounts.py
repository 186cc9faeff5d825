# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This module utility is private to the collection.

"""What is mounted in a container: folders of the host, volumes, and memory."""

from __future__ import annotations

import posixpath
import re
import shlex
from dataclasses import dataclass, replace

from ansible_collections.classroom.containers.plugins.module_utils._container_process import MountPoint, normal
from ansible_collections.classroom.containers.plugins.module_utils._container_seen import Seen, of_process, unread
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError

BIND, VOLUME, TMPFS = "bind", "volume", "tmpfs"
#: One entry of the option ``mounts`` as an argument spec.
MOUNT_ARGUMENTS = {
    "type": {"type": "str", "choices": [BIND, VOLUME, TMPFS], "required": True},
    "source": {"type": "str"},
    "target": {"type": "str", "required": True},
    "read_only": {"type": "bool", "default": False},
}
_VOLUME_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]+")
#: What the kernel puts behind the name of a folder that is removed.
_DELETED = "//deleted"


@dataclass(frozen=True)
class Mount:
    """One thing mounted in a container.

    :param source: a folder of the host, or the name of a volume; empty of tmpfs, and where any volume will do
    """

    type: str
    source: str
    target: str
    read_only: bool = False

    @property
    def words(self) -> str:
        """For a reader, such as ``volume ashudata:/data:ro``."""
        return f"{self.type} {self._place}:{'ro' if self.read_only else 'rw'}"

    @property
    def option(self) -> str:
        """The option of docker run that mounts it."""
        if self.type == BIND and ":" in self.source + self.target:
            return shlex.join(["--mount", f"type=bind,source={self.source},target={self.target}{',readonly' if self.read_only else ''}"])
        end = ":ro" if self.read_only else ""
        return shlex.join(["--tmpfs" if self.type == TMPFS else "--volume", self._place + end])

    @property
    def _place(self) -> str:
        return f"{self.source}:{self.target}" if self.source else self.target


def parse_mount(asked: dict) -> Mount:
    """One entry of the option ``mounts``.

    :raises ClassroomError: it cannot be mounted; the message names the key, the value and the rule
    """
    kind, source, target = asked["type"], asked.get("source") or "", asked["target"]
    if not target.startswith("/") or posixpath.normpath(target) == "/":
        raise ClassroomError(f"target: {target!r} is not a path in the container that begins with a slash, such as /data")
    if kind == BIND and not source.startswith("/"):
        raise ClassroomError(f"source: {source!r} is not a path of the host that begins with a slash, such as /srv/data")
    if kind == VOLUME and source and not _VOLUME_NAME.fullmatch(source):
        raise ClassroomError(f"source: {source!r} is not the name of a volume: letters, digits and _ . -, at least two, the first a letter or digit")
    if kind == TMPFS and source:
        raise ClassroomError(f"source: {source!r}: tmpfs is memory, and has no source")
    return Mount(kind, normal(source) if kind == BIND else source, normal(target), bool(asked.get("read_only")))


def declared_mounts(container: dict) -> list:
    """What the engine was told to mount in an inspected container."""
    found = [
        Mount(each["Type"], each.get("Name") or _source(each), normal(each["Destination"]), not each["RW"])
        for each in container.get("Mounts") or ()
    ]
    there = {mount.target for mount in found}
    for target, options in (container["HostConfig"].get("Tmpfs") or {}).items():
        if normal(target) not in there:
            found.append(Mount(TMPFS, "", normal(target), "ro" in options.split(",")))
    return found


def _source(told: dict) -> str:
    return normal(told["Source"]) if told.get("Source") else ""


def compare_mounts(seen: Seen, asked: list) -> list:
    """The findings of the mounts, one for each."""
    declared = declared_mounts(seen.container)
    return [_mount(seen, mount, declared) for mount in asked]


def _mount(seen: Seen, asked: Mount, declared: list) -> dict:
    name = seen.name
    told = next((mount for mount in declared if mount.target == asked.target), None)
    reading, evidence = of_process(seen, "mounts")
    place = reading["places"].get(asked.target, asked.target) if reading else asked.target
    point = reading["points"].get(place) if reading else None
    found = {
        "asked": asked.words,
        "declared": told.words if told else None,
        "enforced": _as_mounted(point, told) if point else None,
        "evidence": [f"Mounts: {told.words if told else f'nothing at {asked.target}'}", *_told(evidence, point, place, reading is not None)],
    }
    mend = seen.anew(f"with docker run {asked.option}")
    if told is None:
        elsewhere = next((mount for mount in declared if asked.source and (mount.type, mount.source) == (asked.type, asked.source)), None)
        if elsewhere:
            hint = f"{name} has {asked.source} at {elsewhere.target}, and {asked.target} is asked: {mend}."
            return dict(found, verdict="differs", declared=elsewhere.words, hint=hint)
        return dict(found, verdict="missing", hint=f"{name} has nothing mounted at {asked.target}, and {asked.words} is asked: {mend}.")
    # Without a source, any volume will do.
    source = _same_source(asked, told, reading) or not asked.source
    if told != (replace(asked, source=told.source) if source else asked):
        return dict(found, verdict="differs", hint=f"{name} has {told.words}, and {asked.words} is asked{_mistake(told, asked)}: {mend}.")
    if reading is None:
        return unread(seen, dict(found, enforced=None), "The mounts")[0]
    return dict(found, **_in_kernel(seen, told, point, reading))


def _same_source(asked: Mount, told: Mount, reading: dict | None) -> bool:
    """Whether two folders of the host are one by another path, such as /run and /var/run; only what is in use is followed."""
    return told.type == asked.type == BIND and reading is not None and reading["real"](told.source) == reading["real"](asked.source)


def _told(evidence: list, point: MountPoint | None, target: str, read: bool) -> list:
    if not read:
        return evidence
    if point is None:
        return [f"{evidence[0]}: nothing at {target}"]
    return [f"{evidence[0]}: {point.root} {target} {point.options} {point.kind} {point.super_options}"]


def _as_mounted(point: MountPoint, told: Mount | None) -> str:
    """What the kernel has, in the words of a mount: it does not tell a volume from a folder."""
    kind = TMPFS if point.kind == TMPFS and (told is None or told.type == TMPFS) else told.type if told and told.type != TMPFS else BIND
    source = "" if kind == TMPFS else told.source if told else point.root
    return Mount(kind, source, point.target, point.read_only).words


def _mistake(told: Mount, asked: Mount) -> str:
    """What went wrong, as a sentence after a full stop; empty where the mounts themselves say it."""
    if told.type != asked.type:
        if TMPFS in (told.type, asked.type):
            return ". tmpfs is memory, and gone with the container"
        return ". A source that begins with a slash is a folder of the host, and one without is the name of a volume"
    if asked.source and told.source != asked.source:
        return ". Capital letters count" if told.source.casefold() == asked.source.casefold() else ""
    return ". :ro behind the target lets nothing be written" if asked.read_only else ". Without :ro behind the target it can be written"


def _in_kernel(seen: Seen, told: Mount, point: MountPoint | None, reading: dict) -> dict:
    """The verdict where Docker declares what is asked, and the hint."""
    name = seen.name
    mend = f"docker restart {name} makes it anew"
    if point is None:
        return {"verdict": "not_enforced", "hint": f"Docker was told {told.words} of {name}, and nothing is mounted there: {mend}."}
    if point.read_only != told.read_only:
        has = "ro" if point.read_only else "rw"
        return {"verdict": "not_enforced", "hint": f"Docker was told {told.words} of {name}, and the kernel has it {has}: {mend}."}
    if told.type == TMPFS:
        if point.kind == TMPFS:
            return {"verdict": "ok"}
        return {"verdict": "not_enforced", "hint": f"Docker was told {told.words} of {name}, and the kernel has {point.kind} there: {mend}."}
    if point.root.endswith(_DELETED):
        hint = f"What was mounted at {told.target} of {name} has been removed since, and what is there now under its name is another: {mend}."
        return {"verdict": "not_enforced", "hint": hint}
    source = next((each["Source"] for each in seen.container.get("Mounts") or () if normal(each["Destination"]) == told.target), "")
    if _is_source(point, source, reading):
        return {"verdict": "ok"}
    hint = f"Docker was told {told.words} of {name}, and the kernel has {point.root} of a file system there, which may be the same or not."
    return {"verdict": "unverifiable", "hint": hint}


def _is_source(point: MountPoint, source: str, reading: dict) -> bool:
    """Whether what is mounted may be a path of the host: the one ends with the other, wherever the file system is mounted."""
    if point.root == "/":
        # Of Btrfs, a file has another device than its file system.
        return not source or point.kind == "btrfs" or reading["device"](source) in ("", point.device)
    return bool(source) and any(path.endswith(point.root) or point.root.endswith(path) for path in (source, reading["real"](source)))
