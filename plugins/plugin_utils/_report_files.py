# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This plugin utility is private to the collection.

"""A folder of results that are signed together: read, written as a whole or not at all, verified. The flow of the action report_files.

What is written is laid out in a folder of its own first, with its signature last. From then on it counts: a run that is interrupted
while it puts the files into place is ended by the next one.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import hmac
import json
import os
import re
import secrets
import shutil
import stat
from contextlib import contextmanager
from datetime import datetime, timezone
from typing import Any, Iterator

from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError

ARGUMENTS = {
    "folder": {"type": "path", "required": True},
    # It is the name of a file.
    "key_file": {"type": "path", "required": True, "no_log": False},
    "state": {"type": "str", "choices": ["read", "present", "verified"], "default": "present"},
    # Results of people: they are not for logs.
    "files": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {"name": {"type": "str", "required": True}, "content": {"type": "str", "required": True, "no_log": True}},
    },
    "attempts": {"type": "int", "default": 0},
    "after": {"type": "str"},
}
SIGNATURE = "signature.json"
ATTEMPTS = "attempts/"
ALGORITHM = "HMAC-SHA256"
_VERSION = 1
_NAME = re.compile(r"(attempts/)?[A-Za-z0-9][A-Za-z0-9._-]*")
_KEY = re.compile(rb"[0-9a-f]{64}\n?")
_DIGEST = re.compile(r"[0-9a-f]{64}")
#: What is not in place yet.
_NEW = ".new"
#: What LibreOffice, Excel, macOS and NFS put beside a file while somebody looks at it. No file of a report has such a name.
_PASSING = re.compile(r"\.~lock\..+#|~\$.+|\.DS_Store|\.nfs[0-9a-f]+")
_SHARED = 0o077


def run(params: dict, check_mode: bool) -> dict:
    """Do what the options of report_files ask.

    :raises ClassroomError: the folder cannot be read or written, or is not as its key signed it; the message says which file
    """
    folder, key_file = params["folder"], params["key_file"]
    for name in ("folder", "key_file"):
        if not os.path.isabs(params[name]):
            raise ClassroomError(f"{name}: {params[name]!r}: it must be an absolute path")
    if os.path.abspath(key_file).startswith(os.path.abspath(folder) + os.sep):
        raise ClassroomError(f"key_file: {key_file!r}: it must not be in the folder that it signs")
    umask = os.umask(_SHARED)
    try:
        if params["state"] == "verified":
            return verified(folder, key_file)
        if params["state"] == "read":
            return read(folder, key_file, check_mode)
        return written(folder, key_file, params, check_mode)
    except OSError as exc:
        raise ClassroomError(f"{exc.filename or folder}: {exc.strerror}. What was in {folder} is as it was.") from exc
    finally:
        os.umask(umask)


def read(folder: str, key_file: str, check_mode: bool) -> dict:
    """The attempts that are there, the oldest first, and what is not as it was signed.

    :returns: ``time``, now, for what is written next; ``after``, the signature, by which it is known whether somebody wrote meanwhile;
        ``last``, the number of the last attempt, whether it is as it was signed or not
    """
    found: dict = {"changed": False, "time": _now(), "after": "", "attempts": [], "last": 0, "problems": []}
    if not _occupied(folder):
        return found
    key = _key_of(folder, key_file)
    with _locked(folder):
        if not check_mode:
            _settle(folder, key)
        if not _occupied(folder):
            return found
        signed = _signed(folder, key)
        differing = dict(compare(folder, signed["files"]))
        attempts = [_attempt(folder, name) for name in signed["files"] if name.startswith(ATTEMPTS) and name not in differing]
    found.update(
        after=signed["signature"],
        attempts=sorted(attempts, key=lambda attempt: attempt["number"]),
        last=max((_numbered(name)[0] for name in signed["files"] if name.startswith(ATTEMPTS)), default=0),
        problems=[f"{name} was {how}" for name, how in differing.items()],
    )
    return found


def _attempt(folder: str, name: str) -> dict:
    """What the trend needs of an attempt: not its findings, which are many."""
    with open(os.path.join(folder, name), encoding="utf-8") as file:
        attempt = json.load(file)
    return {"name": name, **{key: attempt[key] for key in ("number", "time", "fingerprint", "summary", "students")}}


def written(folder: str, key_file: str, params: dict, check_mode: bool) -> dict:
    """Put the files in the place of those that are there, and sign them with the attempts that stay.

    An attempt that stays keeps the digest that it was signed with: who changed it does not get it signed by the next run.
    """
    contents = {entry["name"]: entry["content"].encode("utf-8", "surrogatepass") for entry in params["files"]}
    for name in contents:
        if not _NAME.fullmatch(name) or name == SIGNATURE:
            raise ClassroomError(f"files: {name!r}: a name has letters, digits and . _ -, and may be in attempts/; {SIGNATURE} is not to be chosen")
    if params["attempts"] < 0:
        raise ClassroomError(f"attempts: {params['attempts']}: it must be 0, for all, or more")
    occupied = _occupied(folder)
    if check_mode and not occupied:
        return {"changed": True, "written": False, "files": sorted(contents)}
    os.makedirs(folder, mode=0o700, exist_ok=True)
    key = _key_of(folder, key_file) if occupied else _key_made(key_file)
    with _locked(folder):
        if not check_mode:
            _settle(folder, key)
        old = _signed(folder, key) if _occupied(folder) else {"files": {}, "signature": ""}
        if params["after"] is not None and params["after"] != old["signature"]:
            return {"changed": False, "written": False, "files": sorted(old["files"])}
        kept = {name: digest for name, digest in old["files"].items() if name.startswith(ATTEMPTS)}
        digests = {**kept, **{name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}}
        for name in _surplus([*kept, *contents], params["attempts"]):
            del digests[name]
        changed = digests != old["files"]
        if check_mode:
            return {"changed": changed, "written": False, "files": sorted(digests)}
        os.chmod(folder, 0o700)
        _lay_out(folder, key, {name: content for name, content in contents.items() if name in digests}, digests)
        _settle(folder, key)
    return {"changed": changed, "written": True, "files": sorted(digests)}


def _surplus(names: Any, count: int) -> list:
    """The oldest attempts, by the numbers that their names begin with: a clock may be set back."""
    attempts = sorted({name for name in names if name.startswith(ATTEMPTS)}, key=_numbered)
    return attempts[: max(len(attempts) - count, 0)] if count else []


def _numbered(name: str) -> tuple:
    number = re.match(r"[0-9]+(?=-)", name[len(ATTEMPTS):])
    return int(number[0]) if number else 0, name


def verified(folder: str, key_file: str) -> dict:
    """Compare all that is in the folder with what was signed; a difference is a failure that names each file."""
    if not os.path.isdir(folder):
        raise ClassroomError(f"{folder}: there is no such folder, and so nothing to verify")
    key = _key_of(folder, key_file)
    with _locked(folder):
        signed = _signed(folder, key)
        problems = [f"{name} was {how}" for name, how in compare(folder, signed["files"])]
        if os.path.lexists(os.path.join(folder, _NEW)):
            problems.append(f"{_NEW} is what an interrupted run left: run the check again, and verify then")
    result = {"changed": False, "time": signed["time"], "files": sorted(signed["files"]), "problems": problems}
    if problems:
        result.update(failed=True, msg=f"{folder} is not as it was signed at {signed['time']}: {'; '.join(problems)}.")
    return result


def compare(folder: str, files: dict) -> list:
    """What is other than signed, each a name and whether it was changed, removed or added.

    :param files: for each name, the SHA-256 of its content
    """
    found = []
    for name, digest in files.items():
        path = os.path.join(folder, name)
        if not os.path.lexists(path):
            found.append((name, "removed"))
        # A link may lead to something else tomorrow.
        elif not stat.S_ISREG(os.lstat(path).st_mode) or _digest(path) != digest:
            found.append((name, "changed"))
    return found + [(name, "added") for name in _listed(folder) if name not in files and name != SIGNATURE]


def _listed(folder: str) -> list:
    """The names of all that is below the folder, but not of what is not in place yet, nor of what stands beside files that are open."""
    found = []
    for place, folders, files in os.walk(folder):
        below = os.path.relpath(place, folder)
        if below == os.curdir:
            folders[:] = [name for name in folders if name != _NEW]
        files = [name for name in files if not _PASSING.fullmatch(name)]
        # os.walk tells a link to a folder among the folders, and does not follow it.
        files += [name for name in folders if os.path.islink(os.path.join(place, name))]
        found += [os.path.normpath(os.path.join(below, name)) for name in files]
    return sorted(found)


def _digest(path: str) -> str:
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        for part in iter(lambda: file.read(1 << 20), b""):
            digest.update(part)
    return digest.hexdigest()


def load_key(path: str, folder: str) -> bytes:
    """The key of the trainer.

    :param folder: what it signed, for the message
    :raises ClassroomError: there is none, it is cut off, or others can read it
    """
    try:
        with open(path, "rb") as file:
            content, mode = file.read(), os.fstat(file.fileno()).st_mode
    except FileNotFoundError as exc:
        raise ClassroomError(
            f"{path}: the key is not there, and without it nobody can tell whether {folder} is as it was signed. Put the key back, "
            "or move the folder away: the next check begins another one with a key of its own."
        ) from exc
    if mode & _SHARED:
        raise ClassroomError(
            f"{path}: its mode is {stat.S_IMODE(mode):04o}: others than you can read it, and so sign what they please. "
            "Where you are sure that nobody did: chmod 600 this file."
        )
    if not _KEY.fullmatch(content):
        raise ClassroomError(f"{path}: it is no key: one has 64 hexadecimal digits. Put the right one back, or move it and {folder} away.")
    return bytes.fromhex(content.decode())


def _key_made(path: str) -> bytes:
    """The key, made where there is none."""
    if not os.path.lexists(path):
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        # A key that is cut off by a full disk must not count as one.
        temporary = f"{path}.{secrets.token_hex(4)}"
        _write(temporary, secrets.token_hex(32).encode() + b"\n")
        try:
            # Unlike a rename, it leaves a key alone that somebody made meanwhile.
            os.link(temporary, path)
        except FileExistsError:
            pass
        finally:
            os.unlink(temporary)
    return load_key(path, os.path.dirname(path))


def signature_of(key: bytes, signed: dict) -> str:
    """The HMAC-SHA256 of what a signature file says, without the signature itself."""
    said = {name: value for name, value in signed.items() if name != "signature"}
    return hmac.new(key, json.dumps(said, sort_keys=True, separators=(",", ":")).encode(), hashlib.sha256).hexdigest()


_UNSIGNED = (
    "{path}: the signature is not there: what is in {folder} is no report, or somebody took it away. "
    "Give the report a folder of its own, or move this one away."
)


def _key_of(folder: str, key_file: str) -> bytes:
    """The key that signed a folder; one in which nobody ever signed anything is refused before anybody looks for it.

    :raises ClassroomError: it is such a folder, or the key is none
    """
    path = os.path.join(folder, SIGNATURE)
    if not os.path.lexists(path) and not os.path.lexists(os.path.join(folder, _NEW, SIGNATURE)):
        raise ClassroomError(_UNSIGNED.format(path=path, folder=folder))
    return load_key(key_file, folder)


def _signed(folder: str, key: bytes, below: str = "") -> dict:
    """What was signed.

    :raises ClassroomError: there is no signature, it is cut off, or the key did not sign it
    """
    path = os.path.join(folder, below, SIGNATURE)
    try:
        with open(path, "rb") as file:
            signed = json.loads(file.read())
        whole = set(signed) == {"schema_version", "algorithm", "time", "files", "signature"} and _DIGEST.fullmatch(signed["signature"]) and all(
            isinstance(digest, str) and _DIGEST.fullmatch(digest) and _NAME.fullmatch(name) for name, digest in signed["files"].items()
        )
    except FileNotFoundError as exc:
        raise ClassroomError(_UNSIGNED.format(path=path, folder=folder)) from exc
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError):
        whole = False
    if not whole:
        raise ClassroomError(f"{path}: it is cut off or was changed: it is no signature of a report. Nothing in {folder} can be trusted.")
    if not hmac.compare_digest(signature_of(key, signed), signed["signature"]):
        raise ClassroomError(f"{path}: it was changed, or signed with another key than this one. Nothing in {folder} can be trusted.")
    if (signed["schema_version"], signed["algorithm"]) != (_VERSION, ALGORITHM):
        raise ClassroomError(f"{path}: its version is {signed['schema_version']}, and this collection knows {_VERSION}.")
    return signed


def _now() -> str:
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def _occupied(folder: str) -> bool:
    """Whether there is something in the folder, other than what was never ended."""
    try:
        return bool(set(os.listdir(folder)) - {_NEW}) or os.path.exists(os.path.join(folder, _NEW, SIGNATURE))
    except FileNotFoundError:
        return False


@contextmanager
def _locked(folder: str) -> Iterator[None]:
    """One at a time: a watch and a check may meet. The lock is the folder's, so that no file is left of it."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _write(path: str, content: bytes) -> None:
    """Write a file that is not there yet, for its owner alone, and wait until the disk has it."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError as exc:
        os.unlink(path)
        # A write does not say what it could not write.
        raise OSError(exc.errno, exc.strerror, path) from exc


def _lay_out(folder: str, key: bytes, contents: dict, digests: dict) -> None:
    new = os.path.join(folder, _NEW)
    try:
        os.makedirs(os.path.join(new, ATTEMPTS), mode=0o700)
        for name, content in contents.items():
            _write(os.path.join(new, name), content)
        signed: dict = {"schema_version": _VERSION, "algorithm": ALGORITHM, "time": _now(), "files": digests}
        signed["signature"] = signature_of(key, signed)
        _write(os.path.join(new, SIGNATURE + ".part"), json.dumps(signed, indent=1, sort_keys=True).encode() + b"\n")
        os.rename(os.path.join(new, SIGNATURE + ".part"), os.path.join(new, SIGNATURE))
    except OSError:
        shutil.rmtree(new, ignore_errors=True)
        raise


def _settle(folder: str, key: bytes) -> None:
    """Put into place what was laid out and signed; what was not signed is nothing."""
    new = os.path.join(folder, _NEW)
    if not os.path.lexists(new):
        return
    try:
        before = _signed(folder, key)["files"]
    except ClassroomError:
        before = None
    try:
        signed = _signed(folder, key, _NEW)
    except ClassroomError:
        # It may be the key that is wrong, and what waits for the right one is not to be lost.
        if before is None and os.path.lexists(os.path.join(new, SIGNATURE)):
            raise
        _remove(new)
        return
    os.makedirs(os.path.join(folder, ATTEMPTS), mode=0o700, exist_ok=True)
    for name, digest in signed["files"].items():
        source = os.path.join(new, name)
        if os.path.isfile(source) and _digest(source) == digest:
            _move(source, os.path.join(folder, name))
    for name in set(before or ()) - set(signed["files"]):
        _remove(os.path.join(folder, name))
    _move(os.path.join(new, SIGNATURE), os.path.join(folder, SIGNATURE))
    _remove(new)


def _move(source: str, target: str) -> None:
    # A folder in the place of a result is not the result; a rename does not replace it.
    if os.path.isdir(target) and not os.path.islink(target):
        shutil.rmtree(target)
    os.replace(source, target)


def _remove(path: str) -> None:
    try:
        if os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path)
        else:
            os.unlink(path)
    except OSError as exc:
        if exc.errno != errno.ENOENT:
            raise
