# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This module utility is private to the collection.

"""The accounts of a class: what is asked, what a host has, and what is to be done; nothing is touched here."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError, parse_at
from ansible_collections.classroom.containers.plugins.module_utils._limits import parse_bytes

#: Names that the system, its packages or the collection's own roles use for users and groups: Debian's base-passwd, and what a training host installs.
RESERVED = frozenset(
    """
    root daemon bin sys sync games man lp mail news uucp proxy www-data backup list irc gnats nobody nogroup adm tty disk kmem dialout fax voice cdrom floppy
    tape sudo wheel audio dip operator src shadow utmp video sasl plugdev staff users input sgx kvm render crontab netdev ssh sshd messagebus polkitd tss
    uuidd dhcpcd syslog rtkit avahi systemd systemd-journal systemd-network systemd-resolve systemd-timesync systemd-coredump docker docker-registry
    containerd podman lxd libvirt admin ansible debian ubuntu vagrant cloud-user ec2-user halt shutdown reboot toor
    """.split()
)
_NAME = re.compile(r"[a-z](?:[._-]?[a-z0-9])*")
#: The longest name that useradd takes.
_NAME_MAX = 32
#: The types of keys that OpenSSH accepts without a word in its configuration.
_KEY_TYPES = (
    "ssh-ed25519",
    "ssh-rsa",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "sk-ssh-ed25519@openssh.com",
    "sk-ecdsa-sha2-nistp256@openssh.com",
)
#: How much of a key is told.
_SHOWN = 40
_ROUNDS = 20000
#: Fewer tasks than this, and a login over SSH with a shell does not come about.
_TASKS_MIN = 20
#: Less than this, and the same is so (bytes).
_MEMORY_MIN = 32 * 1024 * 1024
HOMES = ("keep", "archive", "remove")


@dataclass(frozen=True)
class Asked:
    """An account as it is asked. Without a password it is entered by key alone."""

    name: str
    password: str | None = field(default=None, repr=False)
    keys: tuple = ()
    groups: tuple = ()
    shell: str = ""
    tasks_max: int = 0
    #: Bytes; 0 is no limit
    memory_max: int = 0


#: The keys of an account whose authorized_keys cannot be read.
UNREAD = ("?",)


@dataclass(frozen=True)
class Found:
    """An account that the host has."""

    name: str
    uid: int
    gid: int
    comment: str
    home: str
    #: Supplementary ones, in order
    groups: tuple = ()
    #: The lines of its authorized_keys that the class put there
    keys: tuple = ()
    #: What limits it, as a text to be compared
    limits: str = ""


@dataclass(frozen=True)
class Change:
    """One thing that is done, or would be."""

    name: str
    attribute: str
    before: Any
    after: Any

    def as_dict(self) -> dict:
        return {"name": self.name, "attribute": self.attribute, "before": self.before, "after": self.after}


def comment_of(class_name: str) -> str:
    """The comment (GECOS) of the class's accounts. A user cannot change the first field of it."""
    return f"classroom {class_name}"


def check_class_name(name: str) -> str:
    """The name of a class, which becomes part of paths, if it may be one.

    :raises ClassroomError: it may not
    """
    if not _NAME.fullmatch(name) or len(name) > _NAME_MAX:
        raise ClassroomError(
            f"class_name: {name!r}: a class's name begins with a lowercase letter, goes on with lowercase letters, digits and single . _ -, "
            f"and has at most {_NAME_MAX} characters"
        )
    return name


def check_account_name(name: Any, variable: str) -> str:
    """The name, if an account of a class may have it.

    :raises ClassroomError: it may not
    """
    if not isinstance(name, str) or not _NAME.fullmatch(name) or len(name) > _NAME_MAX:
        raise ClassroomError(
            f"{variable}: {name!r}: an account's name begins with a lowercase letter, goes on with lowercase letters, digits and single . _ -, "
            f"and has at most {_NAME_MAX} characters"
        )
    if name in RESERVED or name.startswith(("systemd-", "_")):
        raise ClassroomError(f"{variable}: {name!r} is a name of the system's own, and no student can have an account of it: give the student another name")
    return name


def check_key(text: Any, variable: str) -> str:
    """A line of authorized_keys, if it is one public key of a type that OpenSSH accepts, without options.

    :returns: the same with single spaces and without those around it
    :raises ClassroomError: it is none; the message has the beginning of the value, and nothing of a private key
    """
    if isinstance(text, str) and "PRIVATE KEY" in text:
        raise ClassroomError(f"{variable}: it is a private key, which nobody else may have: give the public one, from the file that ends with .pub")
    shown = repr(text if not isinstance(text, str) or len(text) <= _SHOWN else text[:_SHOWN] + " ...")
    rule = f"a key is one line of TYPE BASE64 COMMENT, as in a file that ends with .pub, with one of the types {', '.join(_KEY_TYPES)}"
    if not isinstance(text, str) or not text.strip().isprintable():
        raise ClassroomError(f"{variable}: {shown}: {rule}")
    parts = text.split()
    if len(parts) < 2 or parts[0] not in _KEY_TYPES:
        raise ClassroomError(f"{variable}: {shown}: {rule}")
    try:
        fields = _fields(base64.b64decode(parts[1], validate=True))
    except (binascii.Error, ValueError) as exc:
        raise ClassroomError(f"{variable}: {shown}: it is cut or changed ({exc}): {rule}") from exc
    if fields[0] != parts[0].encode():
        raise ClassroomError(f"{variable}: {shown}: inside, it is a key of another type than {parts[0]}: {rule}")
    return " ".join(parts)


def _fields(blob: bytes) -> list:
    """The fields of a public key, each with its length before it (RFC 4253, section 6.6).

    :raises ValueError: they do not add up
    """
    fields, at = [], 0
    while at < len(blob):
        length = int.from_bytes(blob[at:at + 4], "big")
        at += 4
        if at + length > len(blob):
            raise ValueError(f"a field of {length} bytes where {max(len(blob) - at, 0)} are left")
        fields.append(blob[at:at + length])
        at += length
    if len(fields) < 2:
        raise ValueError("there is no key in it")
    return fields


def check_memory(text: Any, variable: str) -> int:
    """Bytes of a limit for logins in Docker's notation; 0 where it is empty.

    :raises ClassroomError: it is no size, or nobody could log in with so little
    """
    if not str(text).strip():
        return 0
    size = parse_at(variable, parse_bytes, text)
    if size < _MEMORY_MIN:
        raise ClassroomError(f"{variable}: {text!r}: with less than {_MEMORY_MIN // 1024**2}m nobody can log in; leave it empty for no limit")
    return size


def check_tasks(number: int, variable: str) -> int:
    """A limit of processes and threads for logins; 0 is none.

    :raises ClassroomError: nobody could log in with so few
    """
    if number and number < _TASKS_MIN:
        raise ClassroomError(f"{variable}: {number}: with fewer than {_TASKS_MIN} nobody can log in; 0 is no limit")
    return number


def asked_accounts(accounts: list, groups: list, shell: str, tasks_max: int, memory_max: str) -> list:
    """What is asked, in order.

    :param accounts: the option ``accounts`` of class_accounts
    :raises ClassroomError: a name, a password or a key is wrong, or somebody is there twice
    """
    memory, tasks = check_memory(memory_max, "memory_max"), check_tasks(tasks_max, "tasks_max")
    found: dict = {}
    for index, account in enumerate(accounts):
        variable = f"accounts[{index}]"
        name = check_account_name(account["name"], f"{variable}.name")
        if name in found:
            raise ClassroomError(f"{variable}.name: {name!r} is there twice: each account once")
        password = account.get("password")
        if password is not None and not password.isprintable():
            raise ClassroomError(f"{variable}.password: the password of {name!r} is not one line of printable characters")
        keys = [check_key(key, f"{variable}.authorized_keys[{number}]") for number, key in enumerate(account.get("authorized_keys") or ())]
        found[name] = Asked(name, password, tuple(keys), tuple(sorted(set(groups))), shell, tasks, memory)
    return list(found.values())


def sealed(password: str | None, salt: bytes) -> dict:
    """What is remembered of a password that was set, to tell whether another one is asked now.

    Nothing is compared with what the host has: a student may have another one by now.
    """
    if password is None:
        return {"salt": "", "hash": "none"}
    return {"salt": salt.hex(), "hash": hashlib.pbkdf2_hmac("sha512", password.encode(), salt, _ROUNDS).hex()}


def is_sealed(password: str | None, seal: dict | None) -> bool:
    """Whether this is the password that was set."""
    return bool(seal) and hmac.compare_digest(sealed(password, bytes.fromhex(seal["salt"]))["hash"], seal["hash"])


def refuse(asked: list, found: dict, groups: dict, homes: set, state: dict, class_name: str) -> None:
    """Refuse to touch what is not the class's.

    :param found: the accounts of the host by name, as :class:`Found`
    :param groups: the groups of the host with the names of accounts or of the groups asked, by name
    :param homes: the home folders that are there, by the names of accounts
    :param state: what earlier runs made for the class
    :raises ClassroomError: an account, a group or a home folder has the name of one that is asked; the message names it
    """
    for account in asked:
        name = account.name
        there = found.get(name)
        if there and not is_own(there, state, class_name):
            whose = f"which is not of the class {class_name!r} (user id {there.uid}, comment {there.comment!r})"
            raise ClassroomError(f"accounts: {name!r}: this host has an account of that name already, {whose}: give the student another name")
        if not there and name in groups:
            raise ClassroomError(f"accounts: {name!r}: this host has a group of that name, and none can be made for the account: give the student another name")
        if not there and name in homes and name not in state.get("homes", {}):
            raise ClassroomError(
                f"accounts: {name!r}: /home/{name} is there already, and is not of the class {class_name!r}: move it away, or give the student another name"
            )
        for group in account.groups:
            if group not in groups:
                raise ClassroomError(f"groups: {group!r}: this host has no such group")


def is_own(account: Found, state: dict, class_name: str) -> bool:
    """Whether an account was made for the class: it was written down, and the account's comment says so, too."""
    return account.name in state.get("accounts", {}) and account.comment.split(",")[0] == comment_of(class_name)


def wanted_changes(asked: Asked, found: Found | None, memory: dict, limits: str) -> list:
    """What is to be changed of an account, or to be given to a new one.

    What the class's data says the same of as the last time is left as the student has it, where a student may change it: password and shell.

    :param memory: what was written down of the account
    :param limits: the limits as they would be told by the host
    """
    name = asked.name
    changes = [] if found else [Change(name, "account", "absent", "present")]
    if not found or memory.get("shell") != asked.shell:
        changes.append(Change(name, "shell", memory.get("shell", "") if found else "", asked.shell))
    if not found or not is_sealed(asked.password, memory.get("password")):
        changes.append(Change(name, "password", "another" if found else "", "none, by key alone" if asked.password is None else "that of the class"))
    groups = found.groups if found else ()
    if groups != asked.groups:
        changes.append(Change(name, "groups", list(groups), list(asked.groups)))
    keys = found.keys if found else ()
    # One that cannot be read is written, which says why it cannot; where no key is asked, there is nothing to write.
    if keys != asked.keys and (keys != UNREAD or asked.keys):
        changes.append(Change(name, "authorized_keys", list(keys), list(asked.keys)))
    present = found.limits if found else ""
    if present != limits:
        changes.append(Change(name, "limits", present, limits))
    return changes


def with_keys(text: str, keys: tuple, class_name: str) -> str:
    """The text of an authorized_keys with the class's keys between two marks; without keys, without marks. Other lines stay."""
    lines = text.splitlines()
    first, last = _block(lines, class_name)
    marks = _marks(class_name)
    lines = [line for line in lines[:first] + lines[last:] if line not in marks]
    block = [marks[0], *keys, marks[1]] if keys else []
    return "".join(f"{line}\n" for line in [*lines, *block])


def keys_in(text: str, class_name: str) -> tuple:
    """The class's keys in the text of an authorized_keys; nothing where a mark is missing."""
    lines = text.splitlines()
    first, last = _block(lines, class_name)
    return tuple(lines[first + 1:last - 1])


def _block(lines: list, class_name: str) -> tuple:
    """Where the class's block begins and ends, its marks included; an empty one at the end where a mark is missing."""
    begin, end = _marks(class_name)
    first = lines.index(begin) if begin in lines else len(lines)
    return (first, lines.index(end, first) + 1) if end in lines[first:] else (len(lines), len(lines))


def _marks(class_name: str) -> tuple:
    return f"# BEGIN keys of the class {class_name}", f"# END keys of the class {class_name}"


def slice_text(account: Asked, class_name: str) -> str:
    """The drop-in of systemd for the slice of a user; empty where nothing is limited."""
    lines = [f"TasksMax={account.tasks_max}"] if account.tasks_max else []
    lines += [f"MemoryMax={account.memory_max}"] if account.memory_max else []
    head = f"# {account.name}, {comment_of(class_name)}: written by the module class_accounts.\n[Slice]\n"
    return head + "".join(f"{line}\n" for line in lines) if lines else ""


def limits_line(account: Asked) -> str:
    """The line of pam_limits for a user; empty where nothing is limited. It knows no memory of a user, only that of a process."""
    return f"{account.name} - nproc {account.tasks_max}" if account.tasks_max else ""
