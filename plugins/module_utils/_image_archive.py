# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This module utility is private to the collection.

"""A root file system in, an archive for `docker load` out: the flow of the module image_archive.

The same files and options always give the same bytes, so that an image built twice has one id: members are sorted,
owners are numbers, and no time is later than the one that is asked for.
"""

from __future__ import annotations

import copy
import datetime
import hashlib
import io
import json
import lzma
import os
import posixpath
import re
import stat
import tarfile
import tempfile
import zlib
from typing import IO, Iterable

from ansible_collections.classroom.containers.plugins.module_utils._container_program import parse_user
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.module_utils._files import check_place, parse_path
from ansible_collections.classroom.containers.plugins.module_utils._key_values import parse_labels, parse_variables
from ansible_collections.classroom.containers.plugins.module_utils._references import parse_reference
from ansible_collections.classroom.containers.plugins.module_utils._signals import parse_signal

ARGUMENTS = {
    "src": {"type": "path", "required": True},
    "dest": {"type": "path", "required": True},
    "tags": {"type": "list", "elements": "str", "required": True},
    "created": {"type": "int", "default": 0},
    "architecture": {"type": "str", "default": "amd64"},
    "labels": {"type": "dict", "default": {}},
    "env": {"type": "dict", "default": {}},
    "entrypoint": {"type": "list", "elements": "str", "default": []},
    "command": {"type": "list", "elements": "str", "default": []},
    "user": {"type": "str", "default": ""},
    "workdir": {"type": "str", "default": ""},
    "stop_signal": {"type": "str", "default": ""},
    "created_by": {"type": "str", "default": ""},
}
_CHUNK = 1 << 20
#: The end of the year 9999, after which no time can be written.
_LATEST = 253402300799
#: The options that go into the image's configuration, and the names they have there.
_SETTINGS = {
    "env": "Env",
    "entrypoint": "Entrypoint",
    "command": "Cmd",
    "user": "User",
    "workdir": "WorkingDir",
    "labels": "Labels",
    "stop_signal": "StopSignal",
}


def _parse_architecture(text: str) -> str:
    if not re.fullmatch("[a-z0-9]+", text):
        raise ClassroomError(f"{text!r} is not a processor, such as amd64: lower-case letters and digits")
    return text


#: How each option is read that is not taken as it is. Where it is empty, the image has none, but for the processor.
_PARSE = {
    "architecture": _parse_architecture,
    "labels": parse_labels,
    "env": parse_variables,
    "user": parse_user,
    "workdir": parse_path,
    "stop_signal": parse_signal,
}


class ArchiveError(ClassroomError):
    """The root file system cannot be made into an archive."""


def run(params: dict, check_mode: bool) -> dict:
    """Write the archive where it is not there yet, and say which image is in it.

    :param params: the options of the module
    :raises ArchiveError: the source is no root file system, there is no place for the archive, or no image has such an option
    """
    dest = params["dest"]
    params, tags, folder = _parse(params)
    try:
        with tempfile.TemporaryFile(dir=folder) as layer:
            write_layer(params["src"], params["created"], layer)
            config = image_config(params, "sha256:" + _digest(layer))
            temporary, name = _temporary(folder)
            try:
                with temporary:
                    write_archive(layer, config, tags, temporary)
                changed = not os.path.isfile(dest) or _digest_of(name) != _digest_of(dest)
                if changed and not check_mode:
                    os.chmod(name, 0o644)
                    os.replace(name, dest)
            finally:
                if os.path.exists(name):
                    os.unlink(name)
            return {
                "changed": changed,
                "dest": dest,
                "image_id": "sha256:" + hashlib.sha256(config).hexdigest(),
                "layer_id": json.loads(config)["rootfs"]["diff_ids"][0],
                "layer_size": layer.seek(0, os.SEEK_END),
            }
    except (OSError, EOFError, tarfile.TarError, zlib.error, lzma.LZMAError) as exc:
        raise ArchiveError("The archive of %s cannot be written to %s: %s" % (params["src"], dest, exc)) from exc


def _parse(params: dict) -> tuple:
    """The options as an image has them, its names, and the folder of the archive."""
    if not params["tags"]:
        raise ArchiveError("tags: []: an image has at least one tag")
    tags = [_tag(index, tag) for index, tag in enumerate(params["tags"])]
    if not 0 <= params["created"] <= _LATEST:
        raise ArchiveError("created is %s: it is in seconds since 1970, from 0 to %s." % (params["created"], _LATEST))
    parsed = dict(params)
    for option, parse in _PARSE.items():
        try:
            if params.get(option) or option == "architecture":
                parsed[option] = parse(params[option])
        except ClassroomError as exc:
            raise ArchiveError(f"{option}: {exc}") from exc
    try:
        return parsed, tags, check_place(params["dest"])
    except ClassroomError as exc:
        raise ArchiveError(f"dest: {exc}") from exc


def _tag(index: int, tag: str) -> str:
    try:
        reference = parse_reference(tag)
    except ClassroomError as exc:
        raise ArchiveError(f"tags[{index}]: {exc}") from exc
    if reference.digest:
        raise ArchiveError(f"tags[{index}]: {tag!r}: an image gets its digest at a registry, and no archive can give it one")
    return reference.familiar


def write_layer(src: str, created: int, out: IO[bytes]) -> None:
    """Write a root file system as one uncompressed tar, always the same for the same files.

    :param src: a folder or a tar file
    :param created: seconds since 1970; later times of files become this one
    :raises ArchiveError: src is neither, or a name in it leaves the root
    """
    if os.path.isdir(src):
        _write_members(_members_of_folder(src, created), out)
    elif os.path.isfile(src) and tarfile.is_tarfile(src):
        with tarfile.open(src) as tar:
            _write_members(_members_of_tar(tar, created), out)
            # Only its end tells whether what is compressed is whole.
            while tar.fileobj.read(_CHUNK):
                pass
    else:
        raise ArchiveError("src is %s: it must be a folder or a tar file." % src)


def _write_members(members: Iterable, out: IO[bytes]) -> None:
    # A hard link comes after all files, for it needs the one it links to.
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for member, opened in sorted(members, key=lambda pair: (pair[0].islnk(), pair[0].name.split("/"))):
            if opened is None:
                tar.addfile(member)
            else:
                with opened() as content:
                    tar.addfile(member, content)


def _members_of_folder(root: str, created: int) -> Iterable:
    first_names: dict = {}
    for folder, folders, files in os.walk(root, onerror=_raise):
        for entry in sorted(folders + files):
            path = os.path.join(folder, entry)
            status = os.lstat(path)
            member = tarfile.TarInfo(os.path.relpath(path, root))
            member.mode = stat.S_IMODE(status.st_mode)
            member.uid, member.gid = status.st_uid, status.st_gid
            member.mtime = min(int(status.st_mtime), created)
            opened = None
            if stat.S_ISDIR(status.st_mode):
                member.type = tarfile.DIRTYPE
            elif stat.S_ISLNK(status.st_mode):
                member.type, member.linkname, member.mode = tarfile.SYMTYPE, os.readlink(path), 0o777
            elif stat.S_ISREG(status.st_mode):
                member.size = status.st_size
                opened = _opener(path)
                if status.st_nlink > 1:
                    first_names.setdefault((status.st_dev, status.st_ino), []).append((member, opened))
                    continue
            else:
                raise ArchiveError("src is %s: %s is no file, folder or link." % (root, member.name))
            yield member, opened
    # Which name is the file and which are its links must not depend on the order of the walk.
    for names in first_names.values():
        names.sort(key=lambda pair: pair[0].name.split("/"))
        yield names[0]
        for member, _opened in names[1:]:
            member.type, member.linkname, member.size = tarfile.LNKTYPE, names[0][0].name, 0
            yield member, None


def _raise(error: OSError) -> None:
    raise error


def _opener(path: str):
    return lambda: open(path, "rb")


def _members_of_tar(tar: tarfile.TarFile, created: int) -> Iterable:
    # A name that comes twice stands for its last member, as it does for whoever unpacks the tar.
    members = {}
    for original in tar.getmembers():
        name = _inside(original.name)
        if not name:
            continue
        member = copy.copy(original)
        member.name = name
        if member.islnk():
            member.linkname = _inside(member.linkname)
        member.uname = member.gname = ""
        member.mtime = min(int(member.mtime), created)
        member.pax_headers = {}
        if original.isreg():
            # The holes of a sparse file are read as zeros.
            member.type = tarfile.REGTYPE
        members[name] = (member, _extractor(tar, original) if original.isreg() else None)
    return members.values()


def _extractor(tar: tarfile.TarFile, member: tarfile.TarInfo):
    return lambda: tar.extractfile(member)


def _inside(name: str) -> str:
    """The name from the root of the file system, without the dots and slashes that tar puts before it."""
    clean = posixpath.normpath(name.lstrip("/"))
    if clean == ".." or clean.startswith("../"):
        raise ArchiveError("src has the member %s: a name must not leave the root." % name)
    return "" if clean == "." else clean


def image_config(params: dict, diff_id: str) -> bytes:
    """The image's configuration, whose SHA-256 is the image's id."""
    created = datetime.datetime.fromtimestamp(params["created"], datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    config = {}
    for option, name in _SETTINGS.items():
        if params.get(option):
            config[name] = params[option]
    if "Env" in config:
        config["Env"] = ["%s=%s" % pair for pair in sorted(config["Env"].items())]
    return _json(
        {
            "architecture": params["architecture"],
            "os": "linux",
            "created": created,
            "config": config,
            "rootfs": {"type": "layers", "diff_ids": [diff_id]},
            "history": [{"created": created, "created_by": params.get("created_by") or ""}],
        }
    )


def write_archive(layer: IO[bytes], config: bytes, tags: list, out: IO[bytes]) -> None:
    """Write what `docker load` reads: the layer, the configuration, and which names the image gets."""
    layer_name = _digest(layer) + "/layer.tar"
    config_name = hashlib.sha256(config).hexdigest() + ".json"
    manifest = _json([{"Config": config_name, "RepoTags": sorted(tags), "Layers": [layer_name]}])
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as tar:
        size = layer.seek(0, os.SEEK_END)
        layer.seek(0)
        for name, length, content in (
            (layer_name, size, layer),
            (config_name, len(config), io.BytesIO(config)),
            ("manifest.json", len(manifest), io.BytesIO(manifest)),
        ):
            member = tarfile.TarInfo(name)
            member.size = length
            tar.addfile(member, content)


def _json(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def _digest(content: IO[bytes]) -> str:
    digest = hashlib.sha256()
    content.seek(0)
    for chunk in iter(lambda: content.read(_CHUNK), b""):
        digest.update(chunk)
    return digest.hexdigest()


def _digest_of(path: str) -> str:
    with open(path, "rb") as content:
        return _digest(content)


def _temporary(folder: str) -> tuple:
    """A file beside the archive, for only within one file system a rename is all or nothing."""
    handle, name = tempfile.mkstemp(prefix=".image_archive.", dir=folder)
    return os.fdopen(handle, "wb"), name
