# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What tests/acceptance cannot have on every host: systemd, damaged files, mounts. Accounts themselves are made there."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest
from ansible_collections.classroom.containers.plugins.module_utils import _account_tools
from ansible_collections.classroom.containers.plugins.module_utils._accounts import Asked, Found
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError

ASHU, PRIYA = Asked("ashu", tasks_max=512, memory_max=1024**3), Asked("priya", tasks_max=512, memory_max=1024**3)
FOUND = {name: Found(name, uid, uid, "classroom monday", f"/home/{name}") for name, uid in (("ashu", 1001), ("priya", 1002))}


class Command:
    """Keeps what it was called with."""

    def __init__(self, code=0, errors=""):
        self.calls, self.code, self.errors = [], code, errors

    def __call__(self, arguments, **_options):
        self.calls.append(" ".join(arguments))
        return self.code, "", self.errors


@pytest.fixture
def host(tmp_path, monkeypatch):
    """A host whose files are in a folder of the test's."""
    monkeypatch.setattr(_account_tools, "_STATE", str(tmp_path / "classroom/accounts"))
    monkeypatch.setattr(_account_tools, "_slice_file", lambda uid: str(tmp_path / f"user-{uid}.slice.d/50-classroom.conf"))
    made = _account_tools.Host(Command(), "monday")
    made.limits_file = str(tmp_path / "limits.d/classroom-monday.conf")
    return made


def slices(tmp_path):
    return {path.parent.name: path.read_text() for path in tmp_path.glob("user-*.slice.d/*")}


def test_under_systemd_each_slice_is_limited(host, tmp_path):
    host.systemd = True
    host.write_limits([ASHU, PRIYA], FOUND)
    assert slices(tmp_path) == {f"user-{FOUND[each.name].uid}.slice.d": host.limits_of(each) for each in (ASHU, PRIYA)}
    assert "TasksMax=512\nMemoryMax=1073741824\n" in host.limits_of(ASHU)
    host.forget_limits([FOUND["ashu"]])
    assert [path.name for path in tmp_path.glob("user-*")] == ["user-1002.slice.d"]
    # No limit is asked any more.
    host.write_limits([Asked("priya")], FOUND)
    assert slices(tmp_path) == {} and not list(tmp_path.glob("user-*"))
    assert host._command.calls == ["systemctl daemon-reload"] * 3


def test_without_systemd_each_has_a_line(host, tmp_path):
    host.systemd = False
    host.write_limits([ASHU, PRIYA], FOUND)
    path = tmp_path / "limits.d/classroom-monday.conf"
    assert path.read_text().splitlines()[1:] == ["ashu - nproc 512", "priya - nproc 512"]
    assert path.stat().st_mode & 0o777 == 0o644
    host.forget_limits([FOUND["ashu"]])
    assert path.read_text().splitlines()[1:] == ["priya - nproc 512"]
    host.forget_limits([FOUND["priya"]])
    assert not path.exists() and host._command.calls == []


def test_what_is_remembered(host, tmp_path):
    assert host.state() == {"accounts": {}, "homes": {}}
    state = {"accounts": {"ashu": {}}, "homes": {}}
    host.remember(state)
    path = tmp_path / "classroom/accounts/monday.json"
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert host.state() == state
    host.remember({"accounts": {}, "homes": {}})
    assert not (tmp_path / "classroom").exists()
    path.parent.mkdir(parents=True)
    path.write_text("{")
    with pytest.raises(ClassroomError, match="damaged"):
        host.state()


def test_what_others_have_beside_it_stays(host, tmp_path):
    host.remember({"accounts": {"ashu": {}}, "homes": {}})
    (tmp_path / "classroom/accounts/tuesday.json").write_text("{}")
    host.remember({"accounts": {}, "homes": {}})
    assert [path.name for path in (tmp_path / "classroom/accounts").iterdir()] == ["tuesday.json"]


def test_a_tool_that_refuses_is_told(host):
    host._command = Command(9, "useradd: user 'ashu' already exists\n")
    with pytest.raises(ClassroomError, match="^useradd: useradd: user 'ashu' already exists$"):
        host.create(ASHU, None)


def test_files_of_every_number_that_an_account_had_are_its_own_again(host, monkeypatch):
    """Where a return was cut short between the account and the files, these have a number of before."""
    kept = _account_tools._noted_home(Found("ashu", 61001, 61001, "", "/home/ashu"), None)
    kept = _account_tools._noted_home(Found("ashu", 61002, 61003, "", "/home/ashu"), kept)
    kept = _account_tools._noted_home(Found("ashu", 61002, 61003, "", "/home/ashu"), kept)
    assert kept == {"uid": 61002, "gid": 61003, "earlier": [{"uid": 61001, "gid": 61001}]}
    assert _account_tools._noted_home(Found("ashu", 61001, 61001, "", "/home/ashu"), kept)["earlier"] == [{"uid": 61002, "gid": 61003}]
    monkeypatch.setattr(host, "entries", lambda *_arguments: {"ashu": ["ashu", "x", "61009", "61009"]})
    monkeypatch.setattr(_account_tools.os, "chown", lambda *_arguments: None)
    host.create(ASHU, kept)
    assert [re.search("--from=([0-9:]+) ", call)[1] for call in host._command.calls if "chown" in call] == ["61001", ":61001", "61002", ":61003"]


def test_half_an_archive_is_none(host, monkeypatch, tmp_path):
    monkeypatch.setattr(_account_tools, "_ARCHIVES", str(tmp_path / "homes"))
    host._command = Command(2, "tar: No space left on device")
    with pytest.raises(ClassroomError, match="No space left"):
        host.archive("ashu")
    assert list((tmp_path / "homes/monday").iterdir()) == []


def test_the_comment_and_the_home_folder_of_a_new_account(host):
    host.create(Asked("ashu", groups=("docker", "x"), shell="/bin/sh"), None)
    (call,) = host._command.calls
    for option in ("--comment classroom monday ashu", "--home-dir /home/ashu", "--groups docker,x", "--shell /bin/sh", "--user-group", "--key HOME_MODE=0700"):
        assert option in call


@pytest.mark.parametrize(
    ("mounted", "refused"),
    [("/home/ashu", True), ("/home/ashu/data", True), ("/home/ashu2", False), ("/home", False), ("/srv/home/ashu", False), ("/home/a\\040b", False)],
)
def test_what_is_mounted_is_not_removed(monkeypatch, mounted, refused):
    monkeypatch.setattr(_account_tools, "_lines", lambda _path: ["21 1 0:1 / / rw - ext4 /dev/a rw", f"22 21 0:2 / {mounted} rw - tmpfs tmpfs rw"])
    if refused:
        with pytest.raises(ClassroomError, match=f"mounted at {mounted}"):
            _account_tools._check_mounts(["ashu"])
    else:
        _account_tools._check_mounts(["ashu"])


# What a student's user reads and writes


def test_keys_are_written_once_and_kept_from_others(tmp_path):
    home, path = str(tmp_path), tmp_path / ".ssh/authorized_keys"
    mask = os.umask(0o077)
    try:
        assert _account_tools._edit_keys(home, lambda text: (f"{text}k\n", "told")) == "told"
    finally:
        os.umask(mask)
    assert (path.read_text(), path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == ("k\n", 0o600, 0o700)
    before = path.stat().st_ino
    _account_tools._edit_keys(home, lambda text: (text, None))
    _account_tools._edit_keys(home, lambda text: (None, None))
    assert path.stat().st_ino == before


def test_bytes_that_are_no_text_stay(tmp_path):
    (tmp_path / ".ssh").mkdir()
    path = tmp_path / ".ssh/authorized_keys"
    path.write_bytes(b"\xff\xfe\n")
    _account_tools._edit_keys(str(tmp_path), lambda text: (f"{text}k\n", None))
    assert path.read_bytes() == b"\xff\xfe\nk\n"
    assert _account_tools._printable(b"\xff".decode(errors="surrogateescape")) == "?"


@pytest.mark.parametrize("kind", ["pipe", "folder", "large"])
def test_what_is_no_file_of_keys(tmp_path, kind):
    (tmp_path / ".ssh").mkdir()
    path = tmp_path / ".ssh/authorized_keys"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        path.write_bytes(b"\n" * (_account_tools._KEYS_MAX + 1))
    with pytest.raises(OSError, match="authorized_keys"):
        _account_tools._edit_keys(str(tmp_path), lambda text: (text, None))


def test_a_pipe_where_keys_are_to_be_written(tmp_path):
    """A student may make one, and a writer would wait for a reader."""
    (tmp_path / ".ssh").mkdir()
    os.mkfifo(tmp_path / ".ssh/authorized_keys.classroom")
    _account_tools._edit_keys(str(tmp_path), lambda text: (f"{text}k\n", None))
    assert (tmp_path / ".ssh/authorized_keys").read_text() == "k\n"
    assert [path.name for path in (tmp_path / ".ssh").iterdir()] == ["authorized_keys"]


def test_processes_of_users():
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        assert _account_tools.processes({os.getuid()})[process.pid] == os.getuid()
        assert process.pid not in _account_tools.processes({os.getuid() + 1})
        process.kill()
        # It has ended, and waits for its parent.
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert process.pid not in _account_tools.processes({os.getuid()})
