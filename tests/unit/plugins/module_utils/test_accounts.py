# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an account of a class may be, what is refused, and what is to be changed. Real ones are in tests/acceptance."""

from __future__ import annotations

import base64

import pytest
from ansible_collections.classroom.containers.plugins.module_utils import _accounts
from ansible_collections.classroom.containers.plugins.module_utils._accounts import Asked, Change, Found
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError

CLASS = "monday"
OURS = "classroom monday"
M = 1024**2


def public_key(kind="ssh-ed25519", fields=(b"\1" * 32,), inside="", comment="ashu@laptop"):
    """A line of authorized_keys."""
    blob = b"".join(len(each).to_bytes(4, "big") + each for each in ((inside or kind).encode(), *fields))
    return " ".join(filter(None, (kind, base64.b64encode(blob).decode(), comment)))


def refusal(function, *args):
    with pytest.raises(ClassroomError) as refused:
        function(*args)
    return str(refused.value)


# Names


@pytest.mark.parametrize("name", ["a", "ashu", "ashu2", "a.b_c-d", "dockerina", "rooty", "a" * 32])
def test_names(name):
    assert _accounts.check_account_name(name, "v") == name


@pytest.mark.parametrize("name", ["", "Ashu", "1ashu", "-a", "a b", "a:b", "a\n", "a/b", "a" * 33, None, 7])
def test_names_that_are_none(name):
    assert refusal(_accounts.check_account_name, name, "accounts[0].name").startswith(f"accounts[0].name: {name!r}: an account's name begins")


@pytest.mark.parametrize("name", ["", "../monday", "monday/x", "Monday", "monday\n"])
def test_names_of_a_class_that_are_none(name):
    assert refusal(_accounts.check_class_name, name).startswith(f"class_name: {name!r}: ")


@pytest.mark.parametrize("name", ["root", "daemon", "docker", "nobody", "www-data", "sudo", "docker-registry", "systemd-network", "systemd-anything"])
def test_names_of_the_system(name):
    assert "system's own" in refusal(_accounts.check_account_name, name, "v")


# Keys


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (public_key(), public_key()),
        (public_key(comment=""), public_key(comment="")),
        (f"  {public_key(comment='a b  c')}\n", public_key(comment="a b c")),
        (public_key("ssh-rsa", (b"\1\0\1", b"\2" * 257)), public_key("ssh-rsa", (b"\1\0\1", b"\2" * 257))),
        *((public_key(kind, (b"x", b"y")),) * 2 for kind in _accounts._KEY_TYPES),
    ],
)
def test_keys(text, expected):
    assert _accounts.check_key(text, "v") == expected


WHOLE = public_key().split()[1]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "TYPE BASE64 COMMENT"),
        (None, "None"),
        (7, "7"),
        ("ssh-ed25519", "TYPE BASE64 COMMENT"),
        ("ashu@laptop", "TYPE BASE64 COMMENT"),
        (WHOLE, "TYPE BASE64 COMMENT"),
        (public_key("ssh-dss"), "TYPE BASE64 COMMENT"),
        (f'command="sh" {public_key()}', "TYPE BASE64 COMMENT"),
        (f"{public_key()}\n{public_key()}", "TYPE BASE64 COMMENT"),
        (f"{public_key()}\0", "TYPE BASE64 COMMENT"),
        (f"ssh-ed25519 {WHOLE[:-1]}", "cut or changed"),
        (f"ssh-ed25519 {WHOLE[:-4]}", "cut or changed"),
        (f"ssh-ed25519 {WHOLE[:40]}*{WHOLE[41:]}", "cut or changed"),
        ("ssh-ed25519 AAAA", "cut or changed"),
        (public_key(fields=()), "there is no key"),
        (public_key("ssh-rsa", inside="ssh-ed25519"), "another type than ssh-rsa"),
    ],
)
def test_keys_that_are_none(text, words):
    message = refusal(_accounts.check_key, text, "classroom_students[2].authorized_keys[0]")
    assert message.startswith("classroom_students[2].authorized_keys[0]: ") and words in message


def test_nothing_of_a_private_key_is_told():
    message = refusal(_accounts.check_key, "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk\n", "v")
    assert "private key" in message and "b3Bl" not in message and "BEGIN" not in message


# Limits and options


@pytest.mark.parametrize(("text", "expected"), [("", 0), (" ", 0), ("32m", 32 * M), ("1g", 1024 * M)])
def test_memory(text, expected):
    assert _accounts.check_memory(text, "v") == expected


@pytest.mark.parametrize("text", ["31m", "1", "much", "0", "-1g"])
def test_memory_that_is_none(text):
    assert refusal(_accounts.check_memory, text, "memory_max").startswith(f"memory_max: {text!r}")


def test_tasks():
    assert [_accounts.check_tasks(number, "v") for number in (0, 20, 512)] == [0, 20, 512]
    assert refusal(_accounts.check_tasks, 19, "tasks_max").startswith("tasks_max: 19: ")
    assert refusal(_accounts.check_tasks, -1, "tasks_max").startswith("tasks_max: -1: ")


def asked(*accounts, groups=(), tasks_max=0, memory_max=""):
    return _accounts.asked_accounts(list(accounts), list(groups), "/bin/bash", tasks_max, memory_max)


def test_what_is_asked():
    (account,) = asked({"name": "ashu", "password": "secret", "authorized_keys": [public_key()]}, groups=["b", "a", "b"], tasks_max=30, memory_max="64m")
    assert account == Asked("ashu", "secret", (public_key(),), ("a", "b"), "/bin/bash", 30, 64 * M)
    assert "secret" not in repr(account)


@pytest.mark.parametrize(
    ("accounts", "words"),
    [
        ([{"name": "ashu"}, {"name": "ashu"}], "accounts[1].name: 'ashu' is there twice"),
        ([{"name": "ashu"}, {"name": "root"}], "accounts[1].name: 'root'"),
        ([{"name": "ashu", "password": "a\nroot:b"}], "accounts[0].password: the password of 'ashu'"),
        ([{"name": "ashu", "authorized_keys": [public_key(), "x"]}], "accounts[0].authorized_keys[1]: 'x'"),
    ],
)
def test_what_cannot_be_asked(accounts, words):
    message = refusal(asked, *accounts)
    assert words in message and "root:b" not in message


# What is the class's


def found(name="ashu", comment=OURS, **fields):
    return Found(name, 1001, 1001, comment, f"/home/{name}", **fields)


@pytest.mark.parametrize(
    ("comment", "state", "own"),
    [
        (OURS, {"accounts": {"ashu": {}}}, True),
        (f"{OURS},,12,", {"accounts": {"ashu": {}}}, True),
        (OURS, {"accounts": {}}, False),
        (OURS, {"accounts": {"ash": {}}}, False),
        (OURS, {}, False),
        (f"{OURS}s", {"accounts": {"ashu": {}}}, False),
        ("classroom tuesday", {"accounts": {"ashu": {}}}, False),
        ("", {"accounts": {"ashu": {}}}, False),
    ],
)
def test_an_account_is_the_class_s_where_both_say_so(comment, state, own):
    assert _accounts.is_own(found(comment=comment), state, CLASS) is own


@pytest.mark.parametrize(
    ("there", "groups", "homes", "state", "words"),
    [
        ({}, {}, set(), {}, ""),
        ({"ashu": found()}, {"ashu": []}, {"ashu"}, {"accounts": {"ashu": {}}}, ""),
        ({}, {}, {"ashu"}, {"homes": {"ashu": {}}}, ""),
        ({"ashu": found()}, {}, set(), {}, "an account of that name already"),
        ({"ashu": found(comment="Ashu")}, {}, set(), {"accounts": {"ashu": {}}}, "comment 'Ashu'"),
        ({}, {"ashu": []}, set(), {}, "a group of that name"),
        ({}, {}, {"ashu"}, {}, "/home/ashu is there already"),
        ({}, {}, {"ashu"}, {"homes": {"ash": {}}}, "/home/ashu is there already"),
    ],
)
def test_what_is_refused(there, groups, homes, state, words):
    arguments = (asked({"name": "ashu"}), there, groups, homes, state, CLASS)
    if words:
        message = refusal(_accounts.refuse, *arguments)
        assert message.startswith("accounts: 'ashu': ") and words in message
    else:
        _accounts.refuse(*arguments)


def test_a_group_that_is_not_there_is_refused():
    assert refusal(_accounts.refuse, asked({"name": "ashu"}, groups=["docker"]), {}, {}, set(), {}, CLASS) == "groups: 'docker': this host has no such group"


# Changes


def test_a_seal_fits_its_password_alone():
    seal = _accounts.sealed("secret", b"salt")
    assert "secret" not in str(seal) and seal != _accounts.sealed("secret", b"tlas")
    assert _accounts.is_sealed("secret", seal)
    assert not any(_accounts.is_sealed(other, seal) for other in ("secre", "", "none", None))
    assert not any(_accounts.is_sealed("secret", other) for other in (None, {}, _accounts.sealed(None, b"")))
    assert _accounts.is_sealed(None, _accounts.sealed(None, b"salt"))


MEMORY = {"shell": "/bin/bash", "password": _accounts.sealed("secret", b"salt")}


@pytest.mark.parametrize(
    ("wanted", "there", "memory", "limits", "expected"),
    [
        ({}, {}, MEMORY, "", []),
        ({"groups": ("docker",)}, {}, MEMORY, "", [("groups", [], ["docker"])]),
        ({}, {"groups": ("docker",)}, MEMORY, "", [("groups", ["docker"], [])]),
        ({"keys": ("k",)}, {"keys": ("l",)}, MEMORY, "", [("authorized_keys", ["l"], ["k"])]),
        # Where no key is asked, there is nothing to write.
        ({"keys": ("k",)}, {"keys": _accounts.UNREAD}, MEMORY, "", [("authorized_keys", ["?"], ["k"])]),
        ({}, {"keys": _accounts.UNREAD}, MEMORY, "", []),
        ({}, {"limits": "x"}, MEMORY, "y", [("limits", "x", "y")]),
        ({"shell": "/bin/sh"}, {}, MEMORY, "", [("shell", "/bin/bash", "/bin/sh")]),
        ({"password": "other"}, {}, MEMORY, "", [("password", "another", "that of the class")]),
        ({"password": None}, {}, MEMORY, "", [("password", "another", "none, by key alone")]),
        # A run that was cut short.
        ({}, {}, {}, "", [("shell", "", "/bin/bash"), ("password", "another", "that of the class")]),
    ],
)
def test_what_is_to_be_changed(wanted, there, memory, limits, expected):
    account = Asked(**{"name": "ashu", "password": "secret", "shell": "/bin/bash", **wanted})
    assert _accounts.wanted_changes(account, found(**there), memory, limits) == [Change("ashu", *each) for each in expected]


def test_what_a_new_account_gets():
    account = Asked("ashu", "secret", ("k",), ("docker",), "/bin/bash")
    changes = _accounts.wanted_changes(account, None, MEMORY, "x")
    assert {change.attribute for change in changes} == {"account", "shell", "password", "groups", "authorized_keys", "limits"}
    assert "secret" not in str(changes)


# Files

BEGIN, END = "# BEGIN keys of the class monday", "# END keys of the class monday"


@pytest.mark.parametrize(
    ("text", "keys", "expected"),
    [
        ("", (), ""),
        ("", ("k",), f"{BEGIN}\nk\n{END}\n"),
        ("mine", ("k",), f"mine\n{BEGIN}\nk\n{END}\n"),
        (f"a\n{BEGIN}\nold\n{END}\nb\n", ("k", "l"), f"a\nb\n{BEGIN}\nk\nl\n{END}\n"),
        (f"a\n{BEGIN}\nold\n{END}\nb\n", (), "a\nb\n"),
        # Where a mark is missing, no line of the student's goes.
        (f"a\n{BEGIN}\nb\n", ("k",), f"a\nb\n{BEGIN}\nk\n{END}\n"),
        (f"a\n{END}\nb\n", ("k",), f"a\nb\n{BEGIN}\nk\n{END}\n"),
        (f"{END}\n{BEGIN}\nb\n", (), "b\n"),
        ("# BEGIN keys of the class tuesday\nx\n", (), "# BEGIN keys of the class tuesday\nx\n"),
    ],
)
def test_keys_are_written_between_marks(text, keys, expected):
    written = _accounts.with_keys(text, keys, CLASS)
    assert written == expected
    assert _accounts.keys_in(written, CLASS) == keys
    assert _accounts.with_keys(written, keys, CLASS) == written


def test_limits():
    account = Asked("ashu", tasks_max=512, memory_max=M)
    assert _accounts.slice_text(account, CLASS).splitlines()[1:] == ["[Slice]", "TasksMax=512", f"MemoryMax={M}"]
    assert _accounts.limits_line(account) == "ashu - nproc 512"
    assert _accounts.slice_text(Asked("ashu"), CLASS) == _accounts.limits_line(Asked("ashu", memory_max=M)) == ""
