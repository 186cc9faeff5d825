# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import hashlib
import io
import json
import os
import subprocess
import tarfile

import pytest
from ansible_collections.classroom.containers.plugins.module_utils import _image_archive
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.module_utils._image_archive import ArchiveError, run, write_layer

CREATED = 1_700_000_000


def make_root(root, order, when):
    """One and the same root file system; the order and the time of its making are not part of it."""
    contents = {"etc/passwd": "root:x:0:0::/root:/bin/sh\n", "bin/busybox": "program", "bin.d": "sorts between bin and bin/busybox"}
    for folder in ("bin", "etc", "tmp"):
        (root / folder).mkdir(parents=True)
    for name in order(sorted(contents)):
        (root / name).write_text(contents[name])
        (root / name).chmod(0o755 if name.startswith("bin/") else 0o644)
    os.link(root / "bin/busybox", root / "bin/a-link")
    (root / "bin/sh").symlink_to("/bin/busybox")
    for folder, mode in (("bin", 0o755), ("etc", 0o755), ("tmp", 0o1777)):
        (root / folder).chmod(mode)
    for name in [*contents, "bin", "etc", "tmp"]:
        os.utime(root / name, (when, when))
    os.utime(root / "bin/sh", (when, when), follow_symlinks=False)
    return root


@pytest.fixture
def params(tmp_path):
    return {
        "src": str(make_root(tmp_path / "root", list, CREATED + 5)),
        "dest": str(tmp_path / "image.tar"),
        "tags": ["b:2", "a:1"],
        "created": CREATED,
        "architecture": "amd64",
        "labels": {"kind": "busybox"},
        "env": {"PATH": "/bin", "LANG": "C"},
        "command": ["sh"],
        "entrypoint": [],
    }


def read_archive(path):
    with tarfile.open(path) as archive:
        read = {name: archive.extractfile(name).read() for name in archive.getnames()}
        times = {member.mtime for member in archive.getmembers()}
    (manifest,) = json.loads(read["manifest.json"])
    (layer,) = manifest["Layers"]
    return manifest, json.loads(read[manifest["Config"]]), tarfile.open(fileobj=io.BytesIO(read[layer])), times, read


def test_archive(params):
    result = run(params, check_mode=False)
    manifest, config, layer, times, read = read_archive(params["dest"])
    assert result["changed"]
    assert manifest["RepoTags"] == ["a:1", "b:2"]
    assert "sha256:" + hashlib.sha256(read[manifest["Config"]]).hexdigest() == result["image_id"]
    assert ["sha256:" + hashlib.sha256(read[manifest["Layers"][0]]).hexdigest()] == config["rootfs"]["diff_ids"] == [result["layer_id"]]
    assert len(read[manifest["Layers"][0]]) == result["layer_size"]
    assert config["created"] == "2023-11-14T22:13:20Z"
    assert config["config"] == {"Env": ["LANG=C", "PATH=/bin"], "Cmd": ["sh"], "Labels": {"kind": "busybox"}}
    assert times == {0}
    assert layer.getnames() == ["bin", "bin/a-link", "bin/sh", "bin.d", "etc", "etc/passwd", "tmp", "bin/busybox"]
    assert {member.mtime for member in layer.getmembers()} == {CREATED}
    assert {member.uname for member in layer.getmembers()} == {""}
    assert layer.getmember("tmp").mode == 0o1777
    assert layer.getmember("bin/sh").linkname == "/bin/busybox"
    assert layer.getmember("bin/busybox").linkname == "bin/a-link"
    assert layer.extractfile("bin/a-link").read() == b"program"


def test_same_files_same_bytes(tmp_path, params):
    run(params, check_mode=False)
    again = dict(params, src=str(make_root(tmp_path / "again", reversed, CREATED + 9)), dest=str(tmp_path / "again.tar"))
    run(again, check_mode=False)
    with open(params["dest"], "rb") as first, open(again["dest"], "rb") as second:
        assert first.read() == second.read()


def test_older_files_keep_their_time(tmp_path, params):
    root = make_root(tmp_path / "older", list, 1_000)
    run(dict(params, src=str(root)), check_mode=False)
    layer = read_archive(params["dest"])[2]
    assert layer.getmember("etc/passwd").mtime == 1_000


def written(path):
    """What tells that a file was written. Reading it changes the time of its last access, too."""
    found = os.stat(path)
    return found.st_ino, found.st_mode, found.st_mtime_ns, found.st_ctime_ns


def test_second_run_changes_nothing(params):
    run(params, check_mode=False)
    before = written(params["dest"])
    assert not run(params, check_mode=False)["changed"]
    assert written(params["dest"]) == before


def test_check_mode_says_what_a_run_would_do(tmp_path, params):
    said = run(params, check_mode=True)
    assert sorted(os.listdir(tmp_path)) == ["root"]
    assert run(params, check_mode=False) == said
    assert not run(params, check_mode=True)["changed"]
    assert run(dict(params, labels={"kind": "other"}), check_mode=True)["changed"]
    assert sorted(os.listdir(tmp_path)) == ["image.tar", "root"]


@pytest.mark.parametrize(
    "option, value",
    [
        ("labels", {"kind": "other"}),
        ("created", CREATED + 1),
        ("command", ["ash"]),
        ("env", {"PATH": "/sbin"}),
        ("architecture", "arm64"),
        ("user", "65532"),
    ],
)
def test_every_option_is_part_of_the_id(params, option, value):
    assert run(params, check_mode=True)["image_id"] != run(dict(params, **{option: value}), check_mode=True)["image_id"]


def make_tar(path, members):
    with tarfile.open(path, "w") as tar:
        for name, kind, content in members:
            member = tarfile.TarInfo(name)
            member.type = kind
            member.mtime = CREATED + 7
            member.uname = "somebody"
            if kind == tarfile.REGTYPE:
                member.size = len(content)
            else:
                member.linkname = content
            tar.addfile(member, io.BytesIO(content.encode()) if kind == tarfile.REGTYPE else None)
    return str(path)


def test_tar(tmp_path, params):
    src = make_tar(
        tmp_path / "root.tar",
        [
            ("./", tarfile.DIRTYPE, ""),
            ("./etc/b", tarfile.REGTYPE, "first"),
            ("./a", tarfile.LNKTYPE, "./etc/b"),
            ("./etc/b", tarfile.REGTYPE, "second"),
            ("/etc/a", tarfile.REGTYPE, "third"),
        ],
    )
    run(dict(params, src=src), check_mode=False)
    layer = read_archive(params["dest"])[2]
    assert layer.getnames() == ["etc/a", "etc/b", "a"]
    assert layer.extractfile("etc/b").read() == b"second"
    assert layer.getmember("a").linkname == "etc/b"
    assert layer.getmember("etc/a").mtime == CREATED
    assert layer.getmember("etc/a").uname == ""


def test_a_file_with_holes(tmp_path, params):
    with open(tmp_path / "holes", "wb") as file:
        file.seek(3 << 20)
        file.write(b"end")
    subprocess.run(["tar", "--create", "--sparse", f"--directory={tmp_path}", f"--file={tmp_path}/root.tar", "holes"], check=True)
    run(dict(params, src=str(tmp_path / "root.tar")), check_mode=False)
    assert read_archive(params["dest"])[2].extractfile("holes").read() == (tmp_path / "holes").read_bytes()


@pytest.mark.parametrize(("mode", "at"), [("gz", -3), ("gz", 200), ("xz", -3), ("xz", 200), ("bz2", -3), ("gz", None), ("xz", None)])
def test_what_is_cut_off_or_changed_is_no_image(tmp_path, params, mode, at):
    """Changed, where no place to cut at is given: only the end of a file tells that."""
    path = tmp_path / f"root.tar.{mode}"
    with tarfile.open(path, f"w:{mode}") as tar:
        tar.add(params["src"], ".")
    content = bytearray(path.read_bytes())
    if at is None:
        content[-6] ^= 1
    path.write_bytes(content[:at] if at else content)
    with pytest.raises(ArchiveError):
        run(dict(params, src=str(path)), check_mode=False)
    assert not os.path.exists(params["dest"])


@pytest.mark.parametrize("created", [-1, 1764400000000])
def test_a_time_that_is_none(params, created):
    with pytest.raises(ArchiveError, match=f"created is {created}: it is in seconds since 1970"):
        run(dict(params, created=created), check_mode=False)


def test_labels_are_texts(params):
    run(dict(params, labels={"version": 3, 5: "true"}), check_mode=False)
    assert read_archive(params["dest"])[1]["config"]["Labels"] == {"version": "3", "5": "true"}


def test_a_folder_that_cannot_be_read(params, monkeypatch):
    scan = os.scandir

    def refusing(path):
        if str(path).endswith("etc"):
            raise PermissionError(13, "Permission denied", path)
        return scan(path)

    monkeypatch.setattr(os, "scandir", refusing)
    with pytest.raises(ArchiveError, match="Permission denied"):
        run(params, check_mode=False)


def test_tar_outside_of_the_root(tmp_path):
    src = make_tar(tmp_path / "root.tar", [("etc/../../x", tarfile.REGTYPE, "x")])
    with pytest.raises(ArchiveError, match=r"etc/\.\./\.\./x: a name must not leave the root"):
        write_layer(src, CREATED, io.BytesIO())


def test_neither_folder_nor_tar(tmp_path, params):
    (tmp_path / "text").write_text("no tar")
    with pytest.raises(ArchiveError, match="must be a folder or a tar file"):
        run(dict(params, src=str(tmp_path / "text")), check_mode=False)


def test_socket_in_the_root(tmp_path, params):
    os.mkfifo(tmp_path / "root" / "pipe")
    with pytest.raises(ArchiveError, match="pipe is no file, folder or link"):
        run(params, check_mode=False)
    assert sorted(os.listdir(tmp_path)) == ["root"]


@pytest.mark.parametrize(
    "tag, words",
    [
        ("Busybox:latest", "'Busybox:latest' is not the name of an image: between slashes stand lower-case letters"),
        ("", "'' is not the name of an image"),
        ("a:1@sha256:" + "0" * 64, "no archive can give it one"),
    ],
)
def test_wrong_names(tmp_path, params, tag, words):
    with pytest.raises(ArchiveError) as refused:
        run(dict(params, tags=["a:1", tag]), check_mode=False)
    assert str(refused.value).startswith("tags[1]: ") and words in str(refused.value)
    assert sorted(os.listdir(tmp_path)) == ["root"]


def test_names_are_written_as_docker_shows_them(params):
    run(dict(params, tags=["docker.io/library/b", "127.0.0.1:5000/a:1"]), check_mode=False)
    assert read_archive(params["dest"])[0]["RepoTags"] == ["127.0.0.1:5000/a:1", "b:latest"]


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("tags", [], "tags: []: an image has at least one tag"),
        ("architecture", "", "architecture: '' is not a processor, such as amd64"),
        ("architecture", "a b", "architecture: 'a b' is not a processor"),
        ("user", "-1", "user: '-1' is not a user"),
        ("workdir", "rel", "workdir: 'rel' is not an absolute path"),
        ("stop_signal", "SIGFOO", "stop_signal: 'SIGFOO' is not a signal"),
        ("env", {"A=B": "c"}, "env: 'A=B' is not the name of a variable"),
        ("env", {"": "c"}, "env: '' is not the name of a variable"),
        ("env", {"A": None}, "env: A: its value is no text"),
        ("labels", {"": "c"}, "labels: '' is not the name of a label"),
        ("labels", {"c": None}, "labels: c: its value is no text"),
        ("labels", {"c": {"d": "e"}}, "labels: c: its value is no text"),
    ],
)
@pytest.mark.parametrize("check_mode", [False, True])
def test_what_no_image_has(tmp_path, params, option, value, words, check_mode):
    with pytest.raises(ClassroomError) as refused:
        run(dict(params, **{option: value}), check_mode=check_mode)
    assert str(refused.value).startswith(words)
    assert sorted(os.listdir(tmp_path)) == ["root"]


def test_a_signal_has_one_name(params):
    said = [run(dict(params, stop_signal=name), check_mode=True)["image_id"] for name in ("SIGINT", "int", "2")]
    assert len(set(said)) == 1


#: What dest may not be, made in a folder, and what is said of it
PLACES = {
    "no path": (lambda folder: "", "dest: '' is not the path of a file"),
    "a pipe": (lambda folder: os.mkfifo(folder / "pipe") or folder / "pipe", "pipe is there, and is no file"),
    "a link to a pipe": (
        lambda folder: os.mkfifo(folder / "pipe") or (folder / "link").symlink_to("pipe") or folder / "link",
        "link is there, and is no file",
    ),
    "a folder": (lambda folder: folder, "is there, and is no file"),
    "a folder that is to be": (lambda folder: f"{folder}/new/", "new/' is not the path of a file"),
    "in no folder": (lambda folder: folder / "nowhere" / "image.tar", "nowhere does not exist"),
}


@pytest.mark.parametrize("check_mode", [False, True])
@pytest.mark.parametrize("case", PLACES)
def test_no_place_for_an_archive(tmp_path, params, case, check_mode, monkeypatch):
    make, words = PLACES[case]
    dest = str(make(tmp_path))
    before = sorted(os.listdir(tmp_path))
    monkeypatch.setattr(_image_archive, "write_layer", None)
    with pytest.raises(ClassroomError) as refused:
        run(dict(params, dest=dest), check_mode=check_mode)
    assert str(refused.value).startswith("dest: ") and words in str(refused.value)
    assert sorted(os.listdir(tmp_path)) == before


def test_a_link_to_nothing_is_replaced(tmp_path, params):
    (tmp_path / "image.tar").symlink_to("nothing")
    assert run(params, check_mode=False)["changed"]
    assert read_archive(params["dest"])[0]["RepoTags"] == ["a:1", "b:2"]


def test_what_is_there_stays_when_writing_fails(tmp_path, params):
    run(params, check_mode=False)
    with open(params["dest"], "rb") as archive:
        before = archive.read()
    os.mkfifo(tmp_path / "root" / "pipe")
    with pytest.raises(ArchiveError):
        run(params, check_mode=False)
    with open(params["dest"], "rb") as archive:
        assert archive.read() == before
    assert sorted(os.listdir(tmp_path)) == ["image.tar", "root"]
