# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This module utility is private to the collection.

"""The files of images, read from one archive as it comes from the engine: nothing is written, and no file is held whole."""

from __future__ import annotations

import gzip
import json
import posixpath
import re
import stat
import tarfile
import zlib
from collections import deque
from dataclasses import dataclass, field
from typing import IO, Iterable, Iterator, NamedTuple

from ansible_collections.classroom.containers.plugins.module_utils import _image_secrets
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.module_utils._links import follow

#: Programs by their names, of which an image may have one of a version, or one without libraries: pip3.11, busybox.static.
SHELLS = ("ash", "bash", "busybox", "csh", "dash", "fish", "ksh", "lksh", "mksh", "posh", "pwsh", "rbash", "sh", "tcsh", "toybox", "yash", "zsh")
PACKAGE_MANAGERS = (
    *("apk", "apt", "apt-get", "aptitude", "conda", "dnf", "dnf5", "dpkg", "gem", "microdnf", "nix-env", "npm", "opkg", "pacman"),
    *("pip", "pip3", "rpm", "snap", "tdnf", "yum", "zypper"),
)
_PROGRAMS = {*SHELLS, *PACKAGE_MANAGERS}
_VARIANT = re.compile(r"(?:[.-]static|[-.0-9]{1,20})$")

_BUFFER = 1 << 18
#: A configuration or a list of layers is smaller.
_JSON_MAX = 4 << 20
#: What a layer says of files of the layers below it.
_WHITEOUT, _OPAQUE = ".wh.", ".wh..wh..opq"
#: Lists of the packages that are installed, and how each package stands in them.
_PACKAGES = {
    "var/lib/dpkg/status": re.compile(rb"^Status: \S+ \S+ installed$", re.MULTILINE),
    "lib/apk/db/installed": re.compile(rb"^P:", re.MULTILINE),
}
_PACKAGES_MAX = 64 << 20
_PASSWD = "etc/passwd"
#: Where images without dpkg have a file for each package.
_STATUS_D = "var/lib/dpkg/status.d/"
#: A block of a tar, and what it has where.
_BLOCK, _MAGIC, _USTAR = 512, 257, b"ustar"
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"


def _may_be_json(begin: bytes) -> bool:
    """Whether the beginning of a file is no tar's, whose first file may have any name."""
    return begin[:1] in (b"{", b"[") and begin[_MAGIC:_MAGIC + len(_USTAR)] != _USTAR


class ContentError(ClassroomError):
    """The files of an image cannot be read."""


class _Entry(NamedTuple):
    """A name in a file system: its kind (f, d, l or o for others), its mode, where it leads to, and its file's size and texts."""

    kind: str
    mode: int = 0
    link: str = ""
    size: int = 0
    texts: frozenset | None = None

    @property
    def executable(self) -> bool:
        return bool(self.mode & 0o111)


@dataclass
class Layer:
    """What is known of one layer.

    :param size: of its files in bytes, unpacked
    :param programs: for the path of what may be a shell or a package manager, its name without a version
    :param secrets: paths, and what kind of secret each is
    :param packages: for the path of each list of packages, the number of packages in it
    :param problem: why it could not be read to its end; empty where it was
    """

    entries: dict = field(default_factory=dict)
    removed: list = field(default_factory=list)
    opaque: list = field(default_factory=list)
    size: int = 0
    programs: dict = field(default_factory=dict)
    secrets: list = field(default_factory=list)
    passwd: bytes | None = None
    packages: dict = field(default_factory=dict)
    problem: str = ""


@dataclass(frozen=True)
class File:
    """What is at a path after all layers.

    :param path: where it is, without symbolic links
    :param kind: as of an entry
    :param executable: whether its owner, its group or everybody may run it
    :param texts: those of the wanted texts that it has; None where it was not read
    """

    path: str
    kind: str
    executable: bool
    size: int
    texts: frozenset | None


@dataclass(frozen=True)
class Content:
    """What the files of one image say.

    :param shells: paths of shells
    :param managers: the same of package managers
    :param secrets: for each secret, the place of its layer from 0, path, kind, and whether a later layer took it away
    :param users: the ids of users by name; None where /etc/passwd is no file of its own, so that they are not known
    :param files: what is at each of the wanted paths; those that lead nowhere are left out
    :param size: of the files of all layers in bytes, as an engine counts it that keeps its images unpacked
    :param count: how many regular files there are
    :param setuid: paths of the programs that run as their owner, whoever starts them
    :param packages: how many packages of dpkg or apk are installed
    """

    shells: list
    managers: list
    secrets: list
    users: dict | None
    files: dict
    size: int
    count: int
    setuid: list
    packages: int


class Archive:
    """An archive of images as the engine writes it, read from front to end.

    :param values: exact secrets to look for in all files
    :param secrets: whether files are looked at for what a secret looks like
    :param files: wanted paths, and for each the texts that are looked for
    """

    def __init__(self, stream: IO[bytes], values: Iterable = (), secrets: bool = True, files: dict | None = None) -> None:
        self._values = list(values)
        self._secrets = secrets
        self._files = files or {}
        # Where a path leads to is known at the end only: its last part mostly stays.
        self._names = {posixpath.basename(posixpath.normpath(path)) for path in self._files}
        self._texts = {text: text.encode() for texts in self._files.values() for text in texts}
        self._layers: dict = {}
        self._json: dict = {}
        self._links: dict = {}
        try:
            with tarfile.open(fileobj=stream, mode="r|", bufsize=_BUFFER) as tar:
                for member in tar:
                    self._take(tar, member)
        except tarfile.TarError as exc:
            raise ContentError(f"the archive of the images broke off: {exc}") from exc

    @property
    def layers(self) -> int:
        """How many layers were read."""
        return len(self._layers)

    def _take(self, tar: tarfile.TarFile, member: tarfile.TarInfo) -> None:
        if member.issym() or member.islnk():
            # A layer that another image of the archive has, too.
            target = posixpath.join(posixpath.dirname(member.name), member.linkname) if member.issym() else member.linkname
            self._links[member.name] = posixpath.normpath(target)
        if not member.isreg():
            return
        content = tar.extractfile(member)
        begin = content.peek(_BLOCK)[:_BLOCK]
        if member.name.endswith("/layer.tar") or (member.name.startswith("blobs/") and not _may_be_json(begin)):
            # The same layer under the same name may come again.
            if member.name not in self._layers:
                self._layers[member.name] = self._read_layer(content, begin)
        elif member.size <= _JSON_MAX and (member.name.endswith(".json") or member.name.startswith("blobs/")):
            self._json[member.name] = content.read()

    def _read_layer(self, content: IO[bytes], begin: bytes) -> Layer:
        layer = Layer()
        if begin.startswith(_ZSTD):
            layer.problem = "it is compressed with zstd, which is not supported"
            return layer
        try:
            # Several gzip files, one behind the other, are one layer, of which tarfile by itself reads the first.
            unpacked = gzip.GzipFile(fileobj=content) if begin[:2] == _GZIP else content
            # The name of a file may be any bytes, and what a module returns is UTF-8.
            with tarfile.open(fileobj=unpacked, mode="r|", bufsize=_BUFFER, encoding="utf-8", errors="replace") as tar:
                while True:
                    member = tar.next()
                    if member is None:
                        break
                    # The list of all that it has read would grow with the layer.
                    tar.members = []
                    self._take_file(layer, tar, member)
        except (tarfile.TarError, gzip.BadGzipFile, EOFError, zlib.error, ValueError, RecursionError) as exc:
            layer.problem = f"it is not a tar that can be read: {exc}"
        return layer

    def _take_file(self, layer: Layer, tar: tarfile.TarFile, member: tarfile.TarInfo) -> None:
        path = posixpath.normpath(member.name).lstrip("/")
        folder, name = posixpath.split(path)
        layer.size += member.size
        if name == _OPAQUE:
            layer.opaque.append(folder)
        elif name.startswith(_WHITEOUT):
            layer.removed.append(posixpath.join(folder, name[len(_WHITEOUT):]))
        elif path not in ("", "."):
            # A tar need not have the folders that its files are in.
            while folder and folder not in layer.entries:
                layer.entries[folder] = _Entry("d")
                folder = posixpath.dirname(folder)
            kind = "l" if member.issym() else "d" if member.isdir() else "f" if member.isreg() or member.islnk() else "o"
            size, texts = member.size, None
            if member.isreg():
                texts = self._look_into(layer, path, tar.extractfile(member), size)
            elif member.islnk():
                other = layer.entries.get(posixpath.normpath(member.linkname).lstrip("/"))
                size, texts = (other.size, other.texts) if other else (size, None)
            plain = name if name in _PROGRAMS else _VARIANT.sub("", name)
            if plain in _PROGRAMS:
                layer.programs[path] = plain
            layer.entries[path] = _Entry(kind, member.mode, member.linkname if kind == "l" else "", size, texts)

    def _look_into(self, layer: Layer, path: str, content: IO[bytes], size: int) -> frozenset | None:
        """The wanted texts that a file has; None where nobody wants that of it, or it is too large."""
        wanted = posixpath.basename(path) in self._names and size <= _image_secrets.LOOKED_AT
        if not (wanted or self._secrets or path == _PASSWD or path in _PACKAGES):
            return None
        begin = content.read(_image_secrets.LOOKED_AT)
        if path in _PACKAGES:
            # A list may be longer than what is looked at of other files.
            rest = content.read(_PACKAGES_MAX) if size > len(begin) else b""
            layer.packages[path] = len(_PACKAGES[path].findall(begin + rest))
        if path == _PASSWD:
            layer.passwd = begin
        if self._secrets:
            kind = _image_secrets.in_file(path, begin) or ("one of the secrets that are looked for" if self._has_value(begin, content) else "")
            if kind:
                layer.secrets.append((path, kind))
        return frozenset(text for text, encoded in self._texts.items() if encoded in begin) if wanted else None

    def _has_value(self, chunk: bytes, content: IO[bytes]) -> bool:
        if not self._values:
            return False
        overlap = max(map(len, self._values)) - 1
        tail = b""
        while chunk:
            searched = tail + chunk
            if any(value in searched for value in self._values):
                return True
            tail = searched[-overlap:]
            chunk = content.read(_image_secrets.LOOKED_AT)
        return False

    def contents(self, images: dict) -> dict:
        """The content of each image, or the ContentError that says why it is not known.

        :param images: for each image, the id of one in the archive that has its layers, and their digests
        """
        chains: dict = {}
        found: dict = {}
        # Two images of the same layers have the same files, whatever else they are.
        known: dict = {}
        for key, (identity, layers) in images.items():
            try:
                chains[key] = self._chain(identity, layers)
            except ContentError as exc:
                found[key] = exc
        # In this order, what images have in common is put together once.
        stack: list = [((), {})]
        for key in sorted(chains, key=chains.get):
            chain = chains[key]
            while chain[:len(stack[-1][0])] != stack[-1][0]:
                stack.pop()
            for depth in range(len(stack[-1][0]), len(chain)):
                stack.append((chain[:depth + 1], _laid_over(stack[-1][1], self._layers[chain[depth]])))
            if chain not in known:
                known[chain] = self._content(chain, stack[-1][1])
            found[key] = known[chain]
        return found

    def _chain(self, identity: str, layers: list) -> tuple:
        """The names of an image's layers in the archive, the lowest first."""
        try:
            manifest = json.loads(self._json["manifest.json"])
            named = (entry for names in self._configs(identity) for entry in manifest if entry["Config"] in names)
            found = next(entry for entry in named if self._made_of(entry, layers))
            chain = tuple(self._links.get(name, name) for name in found["Layers"] or ())
        except (AttributeError, KeyError, RecursionError, StopIteration, TypeError, ValueError) as exc:
            # Who made the image wrote its JSON.
            raise ContentError("the engine's archive does not have it") from exc
        if len(chain) != len(layers) or any(name not in self._layers for name in chain):
            raise ContentError("the engine's archive does not have all of its layers")
        for place, name in enumerate(chain):
            if self._layers[name].problem:
                raise ContentError(f"layer {place + 1} of {len(layers)}: {self._layers[name].problem}")
        return chain

    def _made_of(self, entry: dict, layers: list) -> bool:
        """Whether the configuration of an image in the archive names these layers. An index may list images of other processors before the engine's own."""
        return (json.loads(self._json[entry["Config"]])["rootfs"]["diff_ids"] or []) == layers

    def _configs(self, identity: str) -> Iterator[tuple]:
        """How the configuration of an image may be called: some engines give the digest of a manifest for an image's id.

        What the id itself names comes first: to what else a configuration refers is up to who made it.
        """
        digests, known = deque([identity]), {identity}
        while digests:
            digest = digests.popleft().partition(":")[2]
            blob = f"blobs/sha256/{digest}"
            yield f"{digest}.json", blob
            described = json.loads(self._json.get(blob, b"{}"))
            # In a configuration, config is what containers are made with.
            for each in [*(described.get("manifests") or ()), described.get("config") or {}]:
                if "digest" in each and each["digest"] not in known:
                    known.add(each["digest"])
                    digests.append(each["digest"])

    def _content(self, chain: tuple, state: dict) -> Content:
        secrets = []
        for place, name in enumerate(chain):
            later = [self._layers[above] for above in chain[place + 1:]]
            secrets += [(place, file, kind, any(_takes_away(layer, file) for layer in later)) for file, kind in self._layers[name].secrets]
        files = {file: found for file in self._files if (found := _file(state, file))}
        regular = [(path, entry) for path, entry in state.items() if entry.kind == "f"]
        programs = {path: name for layer in chain for path, name in self._layers[layer].programs.items()}
        packages = 0
        for path in _PACKAGES:
            if path in state:
                # It may be a folder, or a link, and then no layer has such a list.
                packages += next((layer.packages[path] for layer in (self._layers[name] for name in reversed(chain)) if path in layer.packages), 0)
        return Content(
            shells=_runnable(state, programs, SHELLS),
            managers=_runnable(state, programs, PACKAGE_MANAGERS),
            secrets=secrets,
            users=self._users(chain, state),
            files=files,
            size=sum(self._layers[name].size for name in chain),
            count=len(regular),
            setuid=sorted(f"/{path}" for path, entry in regular if entry.mode & stat.S_ISUID),
            packages=packages + sum(path.startswith(_STATUS_D) and not path.endswith(".md5sums") for path, _entry in regular),
        )

    def _users(self, chain: tuple, state: dict) -> dict | None:
        real = _resolved(state, _PASSWD)
        if real not in state:
            return {}
        content = next((self._layers[name].passwd for name in reversed(chain) if _PASSWD in self._layers[name].entries), None)
        return None if real != _PASSWD or content is None else _ids(content)


def _takes_away(layer: Layer, path: str) -> bool:
    if path in layer.entries:
        return True
    above = {path, ""}
    while "/" in path:
        path = path.rpartition("/")[0]
        above.add(path)
    return bool(above.intersection(layer.removed) or above.intersection(layer.opaque))


def _laid_over(below: dict, layer: Layer) -> dict:
    """The file system of a layer on top of another."""
    state = dict(below)
    for path in layer.removed:
        entry = state.pop(path, None)
        if entry is None or entry.kind == "d":
            _empty(state, path)
    for path in layer.opaque:
        _empty(state, path)
    for path, entry in layer.entries.items():
        before = state.get(path)
        if before and before.kind == "d" and entry.kind != "d":
            _empty(state, path)
        state[path] = entry
    return state


def _empty(state: dict, folder: str) -> None:
    inside = f"{folder}/" if folder else ""
    for path in [path for path in state if path.startswith(inside)]:
        del state[path]


def _runnable(state: dict, programs: dict, names: tuple) -> list:
    """The paths that lead to a program of one of the names; a program that has one name in two folders is told once."""
    found: dict = {}
    for path, name in programs.items():
        real = _resolved(state, path) if name in names and path in state else ""
        program = state.get(real)
        if program and program.kind == "f" and program.executable:
            found.setdefault((posixpath.basename(path), real), f"/{path}")
    return sorted(found.values())


def _file(state: dict, path: str) -> File | None:
    real = _resolved(state, path)
    entry = state.get(real)
    return File(f"/{real}", entry.kind, entry.executable, entry.size, entry.texts) if entry else None


def _resolved(state: dict, path: str) -> str:
    """Where a path leads to, without symbolic links; empty where they lead in a circle."""

    def link(here: str) -> str | None:
        entry = state.get(here)
        return entry.link if entry and entry.kind == "l" else None

    return follow(path, link)


def _ids(passwd: bytes) -> dict:
    """Of two lines with one name, the engine takes the first."""
    fields = [line.strip().split(":") for line in passwd.decode(errors="replace").splitlines()]
    return {line[0]: line[2] for line in reversed(fields) if len(line) > 2}
