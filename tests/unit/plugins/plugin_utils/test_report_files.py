# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A folder of signed results: whoever changes one is found, and whatever goes wrong leaves the one before."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import shutil
import stat
import threading

import pytest
from ansible_collections.classroom.containers.plugins.plugin_utils import _report_files as report
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError

PAGE = "<h1>Monday</h1>\n"
FIRST, SECOND, THIRD = (f"attempts/000{number}-20260323T04330{number}Z.json" for number in (1, 2, 3))


def attempt(number, points=1):
    students = [{"host": "h", "student": "ashu", "points": points, "points_open": 0, "points_max": 2}]
    content = {"number": number, "time": f"2026-03-23T04:33:0{number}Z", "fingerprint": str(points), "summary": {}, "students": students, "cells": ["many"]}
    return {"name": f"attempts/000{number}-20260323T04330{number}Z.json", "content": json.dumps(content)}


class Folder:
    def __init__(self, place):
        self.path = place / "secrets/monday/report"
        self.key_file = place / "secrets/monday/report.key"

    def run(self, check_mode=False, **params):
        asked = {"state": "present", "files": [], "attempts": 0, "after": None, **params}
        return report.run(dict(asked, folder=str(self.path), key_file=str(self.key_file)), check_mode)

    def write(self, *attempts, page=PAGE, more=(), **params):
        files = [{"name": "class.html", "content": page}, {"name": "class.csv", "content": "student\r\nashu\r\n"}, *attempts, *more]
        return self.run(files=files, **params)

    def verify(self):
        return self.run(state="verified")

    def listed(self):
        return sorted(str(path.relative_to(self.path)) for path in self.path.rglob("*") if path.is_file())

    def refused(self, **params):
        with pytest.raises(ClassroomError) as refusal:
            self.run(**params)
        return str(refusal.value)


@pytest.fixture
def folder(tmp_path):
    return Folder(tmp_path)


@pytest.fixture
def signed(folder):
    """Two attempts and two results."""
    folder.write(attempt(1))
    folder.write(attempt(2, points=2))
    return folder


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_what_is_written_is_for_its_owner_alone(signed):
    assert signed.listed() == [FIRST, SECOND, "class.csv", "class.html", "signature.json"]
    assert {mode(path) for path in signed.path.rglob("*") if path.is_file()} == {0o600}
    assert {mode(path) for path in (signed.path, signed.path / "attempts", signed.path.parent, signed.path.parent.parent)} == {0o700}
    assert mode(signed.key_file) == 0o600
    assert (signed.path / "class.csv").read_bytes() == b"student\r\nashu\r\n"
    assert signed.verify()["problems"] == []
    assert "failed" not in signed.verify()


def test_a_folder_of_something_else_needs_no_key(folder):
    """Nobody ever had one."""
    folder.path.mkdir(parents=True)
    (folder.path / "monday.yml").write_text("mine")
    assert "is no report" in folder.refused(state="read")
    assert "is no report" in folder.refused(state="verified")
    assert not folder.key_file.exists() and folder.listed() == ["monday.yml"]


@pytest.mark.parametrize("name", [".~lock.class.csv#", "~$class.csv", "attempts/.DS_Store", ".nfs000000000001"])
def test_what_stands_beside_an_open_file_was_not_added(signed, name):
    (signed.path / name).write_text("x")
    assert signed.verify()["problems"] == []


def test_the_key_is_nowhere_but_in_its_file(signed):
    key = signed.key_file.read_text().strip()
    assert len(key) == 64
    results = [signed.run(state="read"), signed.verify(), signed.write()]
    assert key not in json.dumps(results) + "".join(path.read_text() for path in signed.path.rglob("*") if path.is_file())


def test_every_class_has_a_key_of_its_own(tmp_path):
    keys = set()
    for name in ("a", "b"):
        one = Folder(tmp_path / name)
        one.write()
        keys.add(one.key_file.read_text())
    assert len(keys) == 2


def edit(path, old, new):
    content = path.read_bytes()
    assert old in content
    path.write_bytes(content.replace(old, new, 1))


def in_place_of(path, make):
    path.unlink()
    make(path)


#: What somebody does in the folder, and what is said of it.
TAMPERED = {
    "a byte": (lambda p: edit(p / "class.csv", b"ashu", b"asha"), ["class.csv was changed"]),
    "a byte more": (lambda p: edit(p / "class.html", b"\n", b"\n\n"), ["class.html was changed"]),
    "the order of two bytes": (lambda p: edit(p / "class.html", b"Mo", b"oM"), ["class.html was changed"]),
    "nothing left in it": (lambda p: (p / "class.csv").write_bytes(b""), ["class.csv was changed"]),
    "a point in an attempt": (lambda p: edit(p / FIRST, b'"points": 1', b'"points": 2'), [f"{FIRST} was changed"]),
    "removed": (lambda p: (p / "class.html").unlink(), ["class.html was removed"]),
    "an attempt removed": (lambda p: (p / SECOND).unlink(), [f"{SECOND} was removed"]),
    "all attempts removed": (lambda p: shutil.rmtree(p / "attempts"), [f"{FIRST} was removed", f"{SECOND} was removed"]),
    "added": (lambda p: (p / "class.pdf").write_text("x"), ["class.pdf was added"]),
    "an attempt added": (
        lambda p: shutil.copy(p / FIRST, p / THIRD),
        [f"{THIRD} was added"],
    ),
    "something hidden": (lambda p: (p / ".class.html").write_text("x"), [".class.html was added"]),
    "a lock of a name of its own": (lambda p: (p / ".~lock#").write_text("x"), [".~lock# was added"]),
    "something deep": (lambda p: ((p / "a/b").mkdir(parents=True), (p / "a/b/c").write_text("x")), ["a/b/c was added"]),
    "renamed": (lambda p: (p / "class.csv").rename(p / "old.csv"), ["class.csv was removed", "old.csv was added"]),
    "two exchanged": (
        lambda p: ((p / FIRST).rename(p / "x"), (p / SECOND).rename(p / FIRST), (p / "x").rename(p / SECOND)),
        [f"{FIRST} was changed", f"{SECOND} was changed"],
    ),
    "a link to the same": (
        lambda p: ((p / "class.csv").rename(p.parent / "elsewhere.csv"), (p / "class.csv").symlink_to(p.parent / "elsewhere.csv")),
        ["class.csv was changed"],
    ),
    "a folder in its place": (lambda p: in_place_of(p / "class.csv", os.mkdir), ["class.csv was changed"]),
    "a linked folder": (lambda p: (p / "more").symlink_to("/etc"), ["more was added"]),
    "a pipe": (lambda p: in_place_of(p / "class.csv", os.mkfifo), ["class.csv was changed"]),
}


@pytest.mark.parametrize("name", TAMPERED)
def test_what_was_changed_is_found_and_named(signed, name):
    tamper, expected = TAMPERED[name]
    tamper(signed.path)
    found = signed.verify()
    assert sorted(found["problems"]) == sorted(expected)
    assert found["failed"]
    assert all(problem in found["msg"] for problem in expected)


def rewritten(path, **changes):
    signed = json.loads(path.read_text())
    signed.update(changes)
    path.write_text(json.dumps(signed))


def signed_by_another(folder):
    rewritten(folder.path / "signature.json", signature=report.signature_of(b"\0" * 32, json.loads((folder.path / "signature.json").read_text())))


def without_a_file(folder):
    files = json.loads((folder.path / "signature.json").read_text())["files"]
    rewritten(folder.path / "signature.json", files={name: digest for name, digest in files.items() if name != FIRST})
    (folder.path / FIRST).unlink()


SIGNATURES = {
    "missing": (lambda f: (f.path / "signature.json").unlink(), "signature is not there"),
    "empty": (lambda f: (f.path / "signature.json").write_text(""), "cut off or was changed"),
    "cut off": (lambda f: (f.path / "signature.json").write_bytes((f.path / "signature.json").read_bytes()[:-3]), "cut off or was changed"),
    "half": (lambda f: (f.path / "signature.json").write_bytes((f.path / "signature.json").read_bytes()[:200]), "cut off or was changed"),
    "no object": (lambda f: (f.path / "signature.json").write_text("[]"), "cut off or was changed"),
    "nothing in it": (lambda f: (f.path / "signature.json").write_text("{}"), "cut off or was changed"),
    "no text": (lambda f: (f.path / "signature.json").write_bytes(b"\xff\xfe"), "cut off or was changed"),
    "files no object": (lambda f: rewritten(f.path / "signature.json", files=["class.html"]), "cut off or was changed"),
    "a name that leads out": (lambda f: rewritten(f.path / "signature.json", files={"../report.key": "0" * 64}), "cut off or was changed"),
    "an empty signature": (lambda f: rewritten(f.path / "signature.json", signature=""), "cut off or was changed"),
    "no signature": (lambda f: rewritten(f.path / "signature.json", signature=None), "cut off or was changed"),
    "a signature of other letters": (lambda f: rewritten(f.path / "signature.json", signature="\u00e9" * 64), "cut off or was changed"),
    "a thousand lists": (lambda f: (f.path / "signature.json").write_text("[" * 100000), "cut off or was changed"),
    "another time": (lambda f: rewritten(f.path / "signature.json", time="2020-01-01T00:00:00Z"), "another key"),
    "a file left out": (without_a_file, "another key"),
    "another key's": (signed_by_another, "another key"),
}
KEYS = {
    "missing": (lambda f: f.key_file.unlink(), "the key is not there"),
    "another": (lambda f: f.key_file.write_text("0" * 64 + "\n"), "another key"),
    "empty": (lambda f: f.key_file.write_text(""), "it is no key"),
    "cut off": (lambda f: f.key_file.write_text(f.key_file.read_text()[:40]), "it is no key"),
    "no digits": (lambda f: f.key_file.write_bytes(b"\xff" * 64), "it is no key"),
    "for all to read": (lambda f: f.key_file.chmod(0o644), "0644"),
    "for the group to write": (lambda f: f.key_file.chmod(0o620), "0620"),
}


@pytest.mark.parametrize("state", ["verified", "read", "present"])
@pytest.mark.parametrize(("harm", "words"), [*SIGNATURES.values(), *KEYS.values()], ids=[*SIGNATURES, *(f"key {name}" for name in KEYS)])
def test_without_a_good_key_and_signature_nothing_passes_and_nothing_is_written(signed, state, harm, words):
    harm(signed)
    before = {name: (signed.path / name).read_bytes() for name in signed.listed()}
    assert words in signed.refused(state=state, files=[{"name": "class.html", "content": "new"}])
    assert {name: (signed.path / name).read_bytes() for name in signed.listed()} == before


def test_a_folder_that_is_not_there_is_no_pass(folder):
    assert "no such folder" in folder.refused(state="verified")
    assert folder.run(state="read")["attempts"] == []
    assert not folder.path.exists()
    assert not folder.key_file.exists()


def test_a_folder_with_something_else_in_it_is_left_alone(folder):
    folder.path.mkdir(parents=True, mode=0o755)
    (folder.path / "notes.txt").write_text("mine")
    folder.key_file.write_text("0" * 64)
    folder.key_file.chmod(0o600)
    assert "folder of its own" in folder.refused(state="present")
    assert folder.listed() == ["notes.txt"]
    assert mode(folder.path) == 0o755


def test_attempts_are_read_without_their_findings(signed):
    found = signed.run(state="read")
    assert [(each["name"], each["number"], each["fingerprint"]) for each in found["attempts"]] == [(FIRST, 1, "1"), (SECOND, 2, "2")]
    assert "cells" not in found["attempts"][0]
    assert (found["last"], found["problems"]) == (2, [])


def test_who_changes_an_attempt_does_not_get_it_signed_by_the_next_check(signed):
    edit(signed.path / FIRST, b'"points": 1', b'"points": 2')
    found = signed.run(state="read")
    assert found["problems"] == [f"{FIRST} was changed"]
    assert [each["name"] for each in found["attempts"]] == [SECOND]
    signed.write(attempt(3), after=found["after"])
    assert signed.verify()["problems"] == [f"{FIRST} was changed"]
    (signed.path / FIRST).unlink()
    signed.write()
    assert signed.verify()["problems"] == [f"{FIRST} was removed"]


def test_the_number_of_the_last_is_known_whatever_became_of_it(signed):
    """It is not given to another one."""
    (signed.path / SECOND).unlink()
    found = signed.run(state="read")
    assert ([each["number"] for each in found["attempts"]], found["last"]) == ([1], 2)


def test_what_is_added_is_not_signed_by_the_next_check(signed):
    (signed.path / "attempts/20260101T000000Z.json").write_text("{}")
    signed.write(attempt(3))
    assert signed.verify()["problems"] == ["attempts/20260101T000000Z.json was added"]


def test_a_result_that_was_changed_is_said_and_written_anew(signed):
    edit(signed.path / "class.csv", b"ashu", b"asha")
    assert signed.run(state="read")["problems"] == ["class.csv was changed"]
    signed.write()
    assert signed.verify()["problems"] == []
    assert b"ashu" in (signed.path / "class.csv").read_bytes()


def test_a_format_that_is_no_longer_asked_leaves_nothing_stale(signed):
    signed.run(files=[{"name": "class.html", "content": PAGE}])
    assert signed.listed() == [FIRST, SECOND, "class.html", "signature.json"]
    assert signed.verify()["problems"] == []


def test_only_so_many_attempts_are_kept(signed):
    signed.write(attempt(3), attempts=2)
    assert [name for name in signed.listed() if name.startswith("attempts")] == [SECOND, THIRD]
    assert signed.verify()["problems"] == []
    signed.write(attempts=0)
    assert len(signed.run(state="read")["attempts"]) == 2
    signed.write(attempt(4), attempts=1)
    assert [each["number"] for each in signed.run(state="read")["attempts"]] == [4]
    assert "attempts: -1" in signed.refused(attempts=-1)


def test_the_newest_are_kept_whatever_the_clock_said(folder):
    stamps = ("20260323T090000Z", "0002-20260323T091000Z", "0003-20260323T081100Z", "10000-20260323T080000Z")
    names = [f"attempts/{stamp}.json" for stamp in stamps]
    for number, name in enumerate(names, 1):
        folder.run(files=[{"name": name, "content": attempt(number)["content"]}], attempts=2)
        assert [each["name"] for each in folder.run(state="read")["attempts"]] == names[max(0, number - 2): number]


def test_as_many_attempts_are_kept_as_there_may_be(folder):
    for number in range(1, 9):
        folder.write(attempt(number), attempts=5)
        kept = [each["number"] for each in folder.run(state="read")["attempts"]]
        assert kept == list(range(max(1, number - 4), number + 1))


def test_changed_is_whether_there_is_anything_new(folder):
    assert folder.write(attempt(1))["changed"]
    assert not folder.write(attempt(1))["changed"]
    assert folder.write(attempt(1), page="other")["changed"]


def test_who_comes_second_does_not_overwrite(signed):
    before = signed.run(state="read")["after"]
    assert signed.write(attempt(3), after=before)["written"]
    second = signed.write(attempt(4), page="second", after=before)
    assert (second["written"], second["changed"]) == (False, False)
    assert (signed.path / "class.html").read_text() == PAGE
    assert signed.write(page="second", after=signed.run(state="read")["after"])["written"]


def test_one_waits_for_the_other(signed):
    done = threading.Event()
    descriptor = os.open(signed.path, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    thread = threading.Thread(target=lambda: (signed.write(page="waited"), done.set()))
    thread.start()
    assert not done.wait(0.2)
    assert (signed.path / "class.html").read_text() == PAGE
    os.close(descriptor)
    thread.join(10)
    assert (signed.path / "class.html").read_text() == "waited"


def test_check_mode_writes_nothing(folder):
    assert folder.write(check_mode=True) == {"changed": True, "written": False, "files": ["class.csv", "class.html"]}
    assert not folder.path.parent.exists()


def test_check_mode_says_what_a_run_would(signed):
    before = {name: (signed.path / name).read_bytes() for name in signed.listed()}
    for params in ({}, {"page": "another"}, {"attempts": 1}):
        said = signed.write(check_mode=True, **params)
        assert {name: (signed.path / name).read_bytes() for name in signed.listed()} == before
        done = signed.write(**params)
        assert (said["changed"], said["files"]) == (done["changed"], done["files"])
        assert not said["written"]
        before = {name: (signed.path / name).read_bytes() for name in signed.listed()}
    assert len(said["files"]) == 3
    signed.key_file.unlink()
    assert "the key is not there" in signed.refused(files=[], check_mode=True)


@pytest.mark.parametrize("name", ["../report.key", "/etc/passwd", "attempts/../x", "a/b", "", ".x", "signature.json", "attempts/", "x\n", ".new"])
def test_no_name_leads_out_of_the_folder(signed, name):
    assert "a name has" in signed.refused(files=[{"name": name, "content": "x"}])


@pytest.mark.parametrize(
    ("folder", "key_file", "words"), [("report", "/k", "folder: 'report'"), ("/r", "k", "key_file: 'k'"), ("/r", "/r/k", "must not be in")]
)
def test_paths_that_are_refused(folder, key_file, words):
    with pytest.raises(ClassroomError, match=words):
        report.run({"folder": folder, "key_file": key_file, "state": "read"}, False)


class Interrupted(BaseException):
    """As by kill -9."""


def steps_of(monkeypatch, folder):
    """How many times a complete write changes the disk, and a way to stop it at any of these."""
    calls = {"count": 0, "stop": None}

    def stopped(function):
        def step(*args, **kwargs):
            calls["count"] += 1
            if calls["count"] == calls["stop"]:
                raise Interrupted
            return function(*args, **kwargs)

        return step

    for name in ("makedirs", "replace", "rename", "unlink", "fsync", "open"):
        monkeypatch.setattr(report.os, name, stopped(getattr(os, name)))
    return calls


def test_a_run_that_is_interrupted_anywhere_leaves_the_old_or_the_new(tmp_path, monkeypatch):
    whole = set()
    for stop in range(1, 80):
        folder = Folder(tmp_path / str(stop))
        folder.write(attempt(1), more=[{"name": "junit.xml", "content": "old"}])
        with monkeypatch.context() as patch:
            calls = steps_of(patch, folder)
            calls["stop"] = stop
            try:
                folder.write(attempt(2), page="new", attempts=1)
                done = True
            except Interrupted:
                done = False
        # Whoever looks now sees whole files, and is told where they do not belong together.
        assert (folder.path / "class.html").read_text() in (PAGE, "new")
        shown = folder.verify()
        assert not shown["problems"] or shown["failed"]
        # The next run ends it, before it reads.
        found = folder.run(state="read")
        assert found["problems"] == []
        page, numbers = (folder.path / "class.html").read_text(), [each["number"] for each in found["attempts"]]
        assert (page, numbers, (folder.path / "junit.xml").exists()) in ((PAGE, [1], True), ("new", [2], False))
        assert folder.verify()["problems"] == []
        assert not (folder.path / ".new").exists()
        whole.add(page)
        if done:
            break
    else:
        raise AssertionError("it never ended")
    assert whole == {PAGE, "new"}


@pytest.mark.parametrize("fault", [errno.ENOSPC, errno.EDQUOT, errno.EIO])
def test_a_full_disk_is_said_and_leaves_what_was_there(signed, monkeypatch, fault):
    before = {name: (signed.path / name).read_bytes() for name in signed.listed()}

    def full(_descriptor):
        raise OSError(fault, os.strerror(fault))

    with monkeypatch.context() as patch:
        patch.setattr(report.os, "fsync", full)
        said = signed.refused(files=[{"name": "class.html", "content": "new"}])
    assert os.strerror(fault) in said and str(signed.path) in said
    assert {name: (signed.path / name).read_bytes() for name in signed.listed()} == before
    assert signed.verify()["problems"] == []


def test_a_full_disk_at_the_first_key_leaves_none_that_is_cut_off(folder, monkeypatch):
    def full(_descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(report.os, "fsync", full)
        assert "No space left" in folder.refused()
    assert list(folder.key_file.parent.glob("report.key*")) == []
    assert folder.write()["written"]


def test_a_folder_that_is_a_file_is_said(folder):
    folder.path.parent.mkdir(parents=True)
    folder.path.write_text("x")
    assert str(folder.path) in folder.refused()


def test_what_an_interrupted_run_laid_out_and_did_not_sign_is_nothing(signed):
    (signed.path / ".new/attempts").mkdir(parents=True)
    (signed.path / ".new/class.html").write_text("half")
    assert signed.verify()["failed"]
    signed.run(state="read")
    assert (signed.path / "class.html").read_text() == PAGE
    assert signed.verify()["problems"] == []


def test_what_somebody_else_lays_out_is_not_put_into_place(signed):
    (signed.path / ".new").mkdir()
    (signed.path / ".new/class.html").write_text("forged")
    forged = json.loads((signed.path / "signature.json").read_text())
    forged["signature"] = report.signature_of(b"\0" * 32, forged)
    (signed.path / ".new/signature.json").write_text(json.dumps(forged))
    signed.run(state="read")
    assert (signed.path / "class.html").read_text() == PAGE


@pytest.mark.parametrize("before", [True, False])
def test_what_waits_for_the_right_key_is_not_lost_to_a_wrong_one(folder, monkeypatch, before):
    """A run was cut off while it put the files into place, and the key of another class stands there at the next."""
    if before:
        folder.write(attempt(1))

    def cut_off(*_arguments):
        raise Interrupted

    with monkeypatch.context() as patch:
        patch.setattr(report, "_move", cut_off)
        with pytest.raises(Interrupted):
            folder.write(attempt(1), attempt(2), page="new")
    right = folder.key_file.read_bytes()
    folder.key_file.write_bytes(b"0" * 64)
    assert "another key" in folder.refused(state="read")
    assert "another key" in folder.refused()
    folder.key_file.write_bytes(right)
    assert [each["number"] for each in folder.run(state="read")["attempts"]] == [1, 2]
    assert folder.verify()["problems"] == []
    assert (folder.path / "class.html").read_text() == "new"


def test_what_is_laid_out_under_a_good_signature_must_be_what_it_signed(signed):
    (signed.path / ".new").mkdir()
    (signed.path / ".new/class.html").write_text("forged")
    shutil.copy(signed.path / "signature.json", signed.path / ".new/signature.json")
    signed.run(state="read")
    assert (signed.path / "class.html").read_text() == PAGE
    assert signed.verify()["problems"] == []
