# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This module utility is private to the collection.

"""Which images a file of `docker save` holds, with every digest of it counted anew."""

from __future__ import annotations

import hashlib
import json
import posixpath
import tarfile
import zlib
from dataclasses import dataclass
from typing import IO, Iterator

from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.module_utils._references import parse_reference

_CHUNK = 1 << 20
_JSON_MAX = 4 << 20
_GZIP = b"\x1f\x8b"
#: Has zlib read what gzip writes.
_GZIP_WINDOW = 31
#: Python reads it from 3.14 on.
_ZSTD = b"\x28\xb5\x2f\xfd"


class SavedError(ClassroomError):
    """The file is there, and holds no images that could be loaded."""


class UnreadError(ClassroomError):
    """The file is there, and what it holds cannot be told here."""


@dataclass(frozen=True)
class Saved:
    """One image of an archive.

    :param names: its names, canonical
    :param ids: the digests that an engine may call it by
    :param problem: why it could not be loaded; empty where it could
    :param unread: what of it cannot be read here; empty where all can
    """

    names: frozenset
    ids: frozenset
    problem: str = ""
    unread: str = ""

    @property
    def familiar(self) -> list:
        """The names as Docker shows them."""
        return sorted(parse_reference(name).familiar for name in self.names)


def read(path: str) -> list:
    """The images of an archive, compressed or not.

    :raises OSError: the file is not there or cannot be read
    :raises SavedError: it is not such an archive
    :raises UnreadError: it is compressed by what is not known here
    """
    with open(path, "rb") as file:
        if file.read(len(_ZSTD)) == _ZSTD:
            raise UnreadError("it is compressed with zstd")
    digests: dict = {}
    texts: dict = {}
    links: dict = {}
    try:
        with tarfile.open(path, mode="r|*") as tar:
            for member in tar:
                if member.issym():
                    links[member.name] = posixpath.normpath(posixpath.join(posixpath.dirname(member.name), member.linkname))
                elif member.islnk():
                    links[member.name] = member.linkname
                elif member.isreg():
                    digests[member.name], texts[member.name] = _counted(tar.extractfile(member))
    except (tarfile.TarError, EOFError, zlib.error) as exc:
        raise SavedError(f"it is not a whole tar: {exc}") from exc
    try:
        return [_image(entry, digests, texts, links) for entry in json.loads(texts["manifest.json"])]
    except (KeyError, ValueError, TypeError, AttributeError, RecursionError) as exc:
        raise SavedError("it is not a file that docker save has written") from exc


def _counted(content: IO[bytes]) -> tuple:
    """The digests of a file, of what is in it where it is compressed, too, and None where that is not known; and its text, where it may be JSON."""
    counts = [hashlib.sha256()]
    begin = content.read(_CHUNK)
    unpacker = zlib.decompressobj(_GZIP_WINDOW) if begin[:2] == _GZIP else None
    zstd = begin.startswith(_ZSTD)
    if unpacker:
        counts.append(hashlib.sha256())
    may_be_json = begin[:1] in (b"{", b"[")
    text = b""
    while begin:
        counts[0].update(begin)
        packed = begin if unpacker else b""
        while packed:
            # Several that stand one behind the other are one.
            unpacker = zlib.decompressobj(_GZIP_WINDOW) if unpacker.eof else unpacker
            # Little may become much, and is not held whole.
            while not unpacker.eof and (plain := unpacker.decompress(packed, _CHUNK)):
                counts[1].update(plain)
                packed = unpacker.unconsumed_tail
            packed = unpacker.unused_data
        if may_be_json and len(text) <= _JSON_MAX:
            text += begin
        begin = content.read(_CHUNK)
    return {f"sha256:{count.hexdigest()}" for count in counts} | ({None} if zstd else set()), text


def _image(entry: dict, digests: dict, texts: dict, links: dict) -> Saved:
    config = links.get(entry["Config"], entry["Config"])
    wanted = json.loads(texts[config])["rootfs"]["diff_ids"] or []
    layers = [links.get(name, name) for name in entry["Layers"] or ()]
    wrong = [place for place, (name, digest) in enumerate(zip(layers, wanted)) if not digests.get(name, set()) & {digest, None}]
    unread = [place for place, (name, digest) in enumerate(zip(layers, wanted)) if digest not in digests.get(name, ()) and place not in wrong]
    problem = ""
    if len(layers) != len(wanted):
        problem = f"it has {len(layers)} layers, and its configuration tells {len(wanted)}"
    elif wrong:
        problem = f"layer {wrong[0] + 1} is {'not the one that its configuration tells' if layers[wrong[0]] in digests else 'not there'}"
    ids = set(digests[config])
    # An engine that keeps its images in containerd calls an image by the digest of its manifest, or of a list of manifests.
    for _level in ("manifest", "list"):
        ids.update(*(digests[name] for name, text in texts.items() if name.startswith("blobs/") and any(digest.encode() in text for digest in ids)))
    return Saved(
        frozenset(_canonical(entry.get("RepoTags") or ())),
        frozenset(ids),
        problem,
        f"layer {unread[0] + 1} is compressed with zstd" if unread else "",
    )


def _canonical(names: list) -> Iterator:
    for name in names:
        try:
            yield parse_reference(name).canonical
        except ClassroomError:
            # Nobody can ask for it.
            continue
