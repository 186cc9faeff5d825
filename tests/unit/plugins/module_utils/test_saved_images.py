# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of `docker save`: what they hold, and whether that is whole."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import tracemalloc

import pytest
from ansible_collections.classroom.containers.plugins.module_utils._saved_images import SavedError, UnreadError, read

LAYERS = [{"bin/sh": "program"}, {"app": "program"}]


@pytest.fixture
def saved(image_host):
    image_host.add("ashuflask:v001", LAYERS)
    image_host.add("muraliflask:v001", [LAYERS[0], {"app": "other"}])
    return image_host.archive("ashuflask:v001", "muraliflask:v001")


def changed(content, change):
    """The archive with each member as change returns it; None leaves it out."""
    out = io.BytesIO()
    with tarfile.open(fileobj=io.BytesIO(content)) as before, tarfile.open(fileobj=out, mode="w") as after:
        for member in before:
            text = change(member.name, before.extractfile(member).read() if member.isreg() else b"")
            if text is not None:
                member.size = len(text)
                after.addfile(member, io.BytesIO(text))
    return out.getvalue()


@pytest.mark.parametrize("packed", [bytes, gzip.compress])
def test_whole(image_host, saved, tmp_path, packed):
    file = tmp_path / "images.tar"
    file.write_bytes(packed(saved))
    found = read(str(file))
    assert [(sorted(each.names), sorted(each.ids), each.problem) for each in found] == [
        ([f"docker.io/library/{name}"], [image_host.find(name)["inspect"]["Id"]], "") for name in ("ashuflask:v001", "muraliflask:v001")
    ]


def in_two(content):
    """As gzip files that stand one behind the other, which are one."""
    return gzip.compress(content[:100]) + gzip.compress(content[100:])


def in_large_parts(content):
    """Of which each is more than what is unpacked at a time, with parts of nothing among them."""
    return b"".join(gzip.compress(part) for part in (content, b"\0" * 3145738, b"", b"\0" * 3145728, b"12345", b""))


def test_parts_that_are_large_when_they_are_unpacked(image_host, tmp_path):
    image_host.add("ashuflask:v001", [{"app": "program"}])
    (layer,) = image_host.find("ashuflask:v001")["layers"]
    whole = layer + b"\0" * (3145738 + 3145728) + b"12345"
    image_host.add("ashuflask:v001", [whole])
    file = tmp_path / "images.tar"
    file.write_bytes(changed(image_host.archive("ashuflask:v001"), lambda name, text: in_large_parts(layer) if name.endswith("layer.tar") else text))
    assert [each.problem for each in read(str(file))] == [""]


@pytest.mark.parametrize("packed", [bytes, gzip.compress, in_two])
def test_of_an_engine_that_keeps_its_images_in_containerd(image_host, tmp_path, packed):
    """Its ids are the digests of manifests, or of lists of these; a layer may be compressed."""
    image_host.add("ashuflask:v001", LAYERS)
    image = image_host.find("ashuflask:v001")
    blobs = {}

    def blob(content):
        digest = image_host.digest_of(content)
        blobs[f"blobs/sha256/{digest[7:]}"] = content
        return digest

    layers = [blob(packed(layer)) for layer in image["layers"]]
    config = blob(image["config"])
    manifest = blob(json.dumps({"config": {"digest": config}, "layers": [{"digest": digest} for digest in layers]}).encode())
    index = blob(json.dumps({"manifests": [{"digest": manifest}]}).encode())
    blob(json.dumps({"manifests": [{"digest": "sha256:" + "0" * 64}]}).encode())
    listed = {"Config": f"blobs/sha256/{config[7:]}", "RepoTags": ["ashuflask:v001"], "Layers": [f"blobs/sha256/{digest[7:]}" for digest in layers]}
    blobs["manifest.json"] = json.dumps([listed]).encode()
    file = tmp_path / "images.tar"
    with tarfile.open(file, mode="w") as tar:
        for name, text in blobs.items():
            member = tarfile.TarInfo(name)
            member.size = len(text)
            tar.addfile(member, io.BytesIO(text))
    (found,) = read(str(file))
    assert (found.familiar, found.ids, found.problem) == (["ashuflask:v001"], {config, manifest, index}, "")


def test_much_that_is_packed_into_little_is_not_held_whole(image_host, tmp_path):
    much = 128 << 20
    image_host.add("ashuflask:v001", [{"app": "program"}, {"zeros": "\0" * much}])
    file = tmp_path / "images.tar"
    file.write_bytes(changed(image_host.archive("ashuflask:v001"), lambda name, text: gzip.compress(text, 1) if name.endswith("layer.tar") else text))
    tracemalloc.start()
    try:
        (found,) = read(str(file))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert found.problem == ""
    assert peak < much / 8


def test_one_bit(image_host, saved, tmp_path):
    file = tmp_path / "images.tar"
    file.write_bytes(changed(saved, lambda name, text: text.replace(b"other", b"othes") if name.endswith("layer.tar") else text))
    assert [each.problem for each in read(str(file))] == ["", "layer 2 is not the one that its configuration tells"]


def test_a_layer_that_cannot_be_read(saved, tmp_path):
    """Where another layer is wrong, that is what counts."""
    file = tmp_path / "images.tar"
    zstd = b"\x28\xb5\x2f\xfd and more"
    file.write_bytes(changed(saved, lambda name, text: zstd if name == "0-1/layer.tar" else text))
    assert [(each.problem, each.unread) for each in read(str(file))] == [("", "layer 2 is compressed with zstd"), ("", "")]
    file.write_bytes(changed(saved, lambda name, text: zstd if name == "0-1/layer.tar" else b"x" if name == "0-0/layer.tar" else text))
    assert read(str(file))[0].problem == "layer 1 is not the one that its configuration tells"


def test_an_archive_that_cannot_be_read(tmp_path):
    file = tmp_path / "images.tar.zst"
    file.write_bytes(b"\x28\xb5\x2f\xfd and more")
    with pytest.raises(UnreadError, match="compressed with zstd"):
        read(str(file))


def test_a_layer_less(saved, tmp_path):
    file = tmp_path / "images.tar"
    file.write_bytes(changed(saved, lambda name, text: None if name == "0-1/layer.tar" else text))
    assert [each.problem for each in read(str(file))] == ["layer 2 is not there", ""]


def test_a_layer_more(saved, tmp_path):
    file = tmp_path / "images.tar"
    more = b'"0-0/layer.tar", "0-0/layer.tar", "0-1/layer.tar"'
    file.write_bytes(changed(saved, lambda name, text: text.replace(b'"0-0/layer.tar", "0-1/layer.tar"', more) if name == "manifest.json" else text))
    assert [each.problem for each in read(str(file))] == ["it has 3 layers, and its configuration tells 2", ""]


def test_a_name_that_nobody_can_ask_for(saved, tmp_path):
    file = tmp_path / "images.tar"
    file.write_bytes(changed(saved, lambda name, text: text.replace(b"ashuflask", b"Ashuflask") if name == "manifest.json" else text))
    assert [each.familiar for each in read(str(file))] == [[], ["muraliflask:v001"]]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda content: content[:6000], "docker save|not a whole tar"),
        (lambda content: content[:1000], "not a whole tar"),
        (lambda content: b"", "not a whole tar"),
        (lambda content: b"text", "not a whole tar"),
        (lambda content: gzip.compress(content)[:-2000], "not a whole tar"),
        (lambda content: changed(content, lambda name, text: None if name == "manifest.json" else text), "docker save"),
        (lambda content: changed(content, lambda name, text: b"{}" if name == "manifest.json" else text), None),
        (lambda content: changed(content, lambda name, text: b"[7]" if name == "manifest.json" else text), "docker save"),
        (lambda content: changed(content, lambda name, text: b"[{}]" if name == "manifest.json" else text), "docker save"),
        (lambda content: changed(content, lambda name, text: None if name.endswith(".json") and name[0] != "m" else text), "docker save"),
    ],
)
def test_what_is_none(saved, tmp_path, change, words):
    file = tmp_path / "images.tar"
    file.write_bytes(change(saved))
    if words is None:
        assert read(str(file)) == []
        return
    with pytest.raises(SavedError, match=words):
        read(str(file))


def test_no_file(tmp_path):
    with pytest.raises(FileNotFoundError):
        read(str(tmp_path / "none"))
    with pytest.raises(IsADirectoryError):
        read(str(tmp_path))
