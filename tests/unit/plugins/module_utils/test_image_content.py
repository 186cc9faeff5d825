# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of images: what the layers on top leave of those below, and what is in each of them."""

from __future__ import annotations

import gzip
import io
import json
import tarfile

import pytest
from ansible_collections.classroom.containers.plugins.module_utils import _image_secrets
from ansible_collections.classroom.containers.plugins.module_utils._image_content import Archive, Content, ContentError

BUSYBOX = {"bin/busybox": "program", "bin/sh": "->busybox", "bin/ls": "->busybox"}


def wanted(image_host, *names):
    """Images as contents() takes them: the id and the digests of the layers, by name."""
    return {name: (inspected["Id"], inspected["RootFS"]["Layers"]) for name in names for inspected in [image_host.find(name)["inspect"]]}


def read(image_host, name="x", values=(), secrets=True, files=None):
    archive = Archive(io.BytesIO(image_host.archive(name, names=False)), values, secrets, files)
    return archive.contents(wanted(image_host, name))[name]


#: Two packages that are installed, and one of which only the settings are left
DPKG = """Package: libc6
Status: install ok installed

Package: held
Status: hold ok installed

Package: gone
Status: deinstall ok config-files

"""
#: Layers, and the shells that are left
SHELLS = [
    ([{"app": "program"}], []),
    ([BUSYBOX], ["/bin/busybox", "/bin/sh"]),
    ([{"usr/bin/dash": "program", "usr/bin/sh": "->dash", "bin": "->usr/bin"}], ["/usr/bin/dash", "/usr/bin/sh"]),
    ([{"usr/bin/bash": "program", "bin/sh": "->../usr/bin/bash"}], ["/bin/sh", "/usr/bin/bash"]),
    ([{"opt/x": "program", "bin/sh": "->/opt/x"}], ["/bin/sh"]),
    ([{"opt/x": "program", "bin/sh": "->../../../opt/./x"}], ["/bin/sh"]),
    # A later layer takes them away.
    ([BUSYBOX, {"bin/.wh.busybox": "", "bin/.wh.sh": ""}], []),
    ([BUSYBOX, {".wh.bin": ""}], []),
    ([BUSYBOX, {"bin": None, "bin/.wh..wh..opq": "", "bin/app": "program"}], []),
    ([BUSYBOX, {"bin": "program"}], []),
    ([BUSYBOX, {"bin": "->usr/bin"}], []),
    ([BUSYBOX, {"bin/.wh.busybox": ""}], []),
    # Not all of them.
    ([BUSYBOX, {"bin/.wh.sh": ""}], ["/bin/busybox"]),
    ([BUSYBOX, {"bin/.wh.s": ""}], ["/bin/busybox", "/bin/sh"]),
    ([BUSYBOX, {"sbin/.wh..wh..opq": ""}], ["/bin/busybox", "/bin/sh"]),
    # What a layer brings stays, whatever it takes away.
    ([BUSYBOX, {".wh.bin": "", "bin/sh": "program"}], ["/bin/sh"]),
    ([BUSYBOX, {"bin/.wh..wh..opq": "", "bin/sh": "program"}], ["/bin/sh"]),
    ([{"bin/.wh.sh": ""}, {"bin/sh": "program"}], ["/bin/sh"]),
    # Nothing that runs.
    ([{"bin/sh": "->busybox"}], []),
    ([{"bin/sh": "->sh"}], []),
    ([{"bin/sh": None}], []),
    ([{"etc/sh": "text", "bin/sh": "->../etc/sh"}], []),
    # Wherever it is.
    ([{"busybox/sh": "program", "sh": "program"}], ["/busybox/sh", "/sh"]),
    # Only the whole name counts, without a version and how it was linked.
    ([{"bin/shred": "program", "bin/ssh": "program", "bin/bashful": "program", "bin/sh.bak": "program", "bin/static": "program"}], []),
    ([{"bin/bash-static": "program", "bin/busybox.static": "program", "bin/zsh-5.9": "program"}], ["/bin/bash-static", "/bin/busybox.static", "/bin/zsh-5.9"]),
    ([{"./bin/sh": "program"}], ["/bin/sh"]),
    ([{"/bin/sh": "program"}], ["/bin/sh"]),
    ([], []),
    ([b"\0" * 1024, BUSYBOX], ["/bin/busybox", "/bin/sh"]),
]


@pytest.mark.parametrize(("layers", "shells"), SHELLS)
def test_shells(image_host, layers, shells):
    image_host.add("x", layers)
    assert read(image_host).shells == shells


def test_hard_links_run(image_host):
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as tar:
        for name, kind, link in (("opt/x", tarfile.REGTYPE, ""), ("bin/sh", tarfile.LNKTYPE, "opt/x")):
            member = tarfile.TarInfo(name)
            member.type, member.linkname, member.mode = kind, link, 0o755
            tar.addfile(member)
    image_host.add("x", [layer.getvalue()])
    assert read(image_host).shells == ["/bin/sh"]


def test_package_managers(image_host):
    image_host.add("x", [{"usr/bin/apt-get": "program", "usr/local/bin/pip3.11": "program", "usr/bin/dpkg": "program"}, {"usr/bin/.wh.dpkg": ""}])
    assert read(image_host).managers == ["/usr/bin/apt-get", "/usr/local/bin/pip3.11"]


def test_users(image_host):
    image_host.add("x", [{"etc/passwd": "root:x:0:0::/:/x\nnobody:x:1:1::/:/x"}, {"etc/passwd": "root:x:0:0::/:/x\nnonroot:x:65532:65532::/:/x\n\nbroken"}])
    assert read(image_host).users == {"root": "0", "nonroot": "65532"}


#: Layers, a path, where it leads to, what kind that is, and the texts of it
FILES = [
    ([{"webapp/m.txt": "The second version\n"}], "/webapp/m.txt", "f", {"second", "version\n"}),
    ([{"webapp/m.txt": "The second"}, {"webapp/m.txt": "The version\n"}], "/webapp/m.txt", "f", {"version\n"}),
    ([{"webapp/m.txt": "The Second Version"}], "/webapp/m.txt", "f", set()),
    ([{"webapp/m.txt": ""}], "/webapp/m.txt", "f", set()),
    ([{"webapp/m.txt": "second"}, {"webapp/.wh.m.txt": ""}], None, "", None),
    ([{"webapp/m.txt": "second"}, {"webapp/.wh..wh..opq": ""}], None, "", None),
    ([{"webapp/m.tx": "second"}], None, "", None),
    ([{"webapp/m.txt": None}], "/webapp/m.txt", "d", None),
    ([{"srv/m.txt": "second", "webapp": "->srv"}], "/srv/m.txt", "f", {"second"}),
    ([{"srv/m.txt": "second", "webapp/m.txt": "->../srv/m.txt"}], "/srv/m.txt", "f", {"second"}),
    ([{"srv/other": "second", "webapp/m.txt": "->/srv/other"}], "/srv/other", "f", None),
    ([{"webapp/m.txt": "->m.txt"}], None, "", None),
    ([{"webapp/m.txt": "second" + "." * (_image_secrets.LOOKED_AT - 6)}], "/webapp/m.txt", "f", {"second"}),
    ([{"webapp/m.txt": "second" + "." * (_image_secrets.LOOKED_AT - 5)}], "/webapp/m.txt", "f", None),
]


@pytest.mark.parametrize("secrets", [False, True])
@pytest.mark.parametrize(("layers", "path", "kind", "texts"), FILES)
def test_texts_of_files(image_host, layers, path, kind, texts, secrets):
    image_host.add("x", layers)
    found = read(image_host, secrets=secrets, files={"/webapp/m.txt": {"second", "version\n"}}).files.get("/webapp/m.txt")
    assert found is None if path is None else (found.path, found.kind, found.texts) == (path, kind, texts)


def test_texts_of_hard_links(image_host):
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as tar:
        member = tarfile.TarInfo("srv/m.txt")
        member.size = 6
        tar.addfile(member, io.BytesIO(b"second"))
        member = tarfile.TarInfo("webapp/m.txt")
        member.type, member.linkname = tarfile.LNKTYPE, "srv/m.txt"
        tar.addfile(member)
    image_host.add("x", [layer.getvalue()])
    found = read(image_host, files={"/webapp/m.txt": {"second"}}).files["/webapp/m.txt"]
    assert (found.size, found.texts) == (6, {"second"})


def test_secrets_of_every_layer(image_host):
    image_host.add(
        "x",
        [
            {"root/.ssh/id_rsa": "x", "root/.netrc": "password x", "app/.env": "TOKEN=x"},
            {"root/.ssh/.wh.id_rsa": "", "root/.ssh/id_dsa": "x"},
            {"app/.wh..wh..opq": "", ".wh.srv": ""},
            {"srv/id_rsa": "x"},
        ],
    )
    assert [(place, path, removed) for place, path, _kind, removed in read(image_host).secrets] == [
        (0, "root/.ssh/id_rsa", True),
        (0, "root/.netrc", False),
        (0, "app/.env", True),
        (1, "root/.ssh/id_dsa", False),
        (3, "srv/id_rsa", False),
    ]
    assert read(image_host, secrets=False).secrets == []


@pytest.mark.parametrize("before", [0, 1, _image_secrets.LOOKED_AT - 4, _image_secrets.LOOKED_AT, 3 * _image_secrets.LOOKED_AT - 1])
def test_exact_secrets_wherever_they_are_in_a_file(image_host, before):
    image_host.add("x", [{"app": "." * before + "hunter2" + "." * 9, "other": "." * before + "hunter"}])
    assert [path for _place, path, _kind, _removed in read(image_host, values=[b"correct-horse", b"hunter2"]).secrets] == ["app"]
    assert read(image_host, values=[]).secrets == []


def test_layers_that_images_share_are_read_once(image_host):
    image_host.add("a", [BUSYBOX, {"a": "a"}])
    image_host.add("b", [BUSYBOX, {"b": "b"}])
    image_host.add("c", [BUSYBOX])
    archive = Archive(io.BytesIO(image_host.archive("a", "b", "c", names=False)))
    assert archive.layers == 3
    assert [content.shells for content in archive.contents(wanted(image_host, "a", "b", "c")).values()] == [["/bin/busybox", "/bin/sh"]] * 3


def test_one_image_stands_for_others_of_its_layers(image_host):
    image_host.add("x", [{"opt/sh": "program"}])
    (its,) = wanted(image_host, "x").values()
    found = Archive(io.BytesIO(image_host.archive("x"))).contents({"x": its, "like-x": its})
    assert found["x"].shells == found["like-x"].shells == ["/opt/sh"]


def test_each_image_has_its_own_layers_only(image_host):
    shells = {"a": ["a", "sh"], "b": ["a", "bash"], "c": ["a", "sh", "bash"], "d": ["sh"], "e": ["bash", "a", "sh"], "f": []}
    for name, programs in shells.items():
        image_host.add(name, [{f"bin/{program}": program} for program in programs])
    found = Archive(io.BytesIO(image_host.archive(*shells))).contents(wanted(image_host, *shells))
    for name, programs in shells.items():
        expected = sorted(f"/bin/{program}" for program in programs if program != "a")
        assert sorted(found[name].shells) == expected


def as_blobs(image_host, images, others=()):
    """An archive as engines from 25.0 on write it.

    :param images: of each, the text of its configuration and the layers
    :param others: texts that are in it, too
    """
    blobs = {}

    def blob(content):
        name = f"blobs/sha256/{image_host.digest_of(content)[7:]}"
        blobs[name] = content
        return name

    manifest = [{"Config": blob(config), "RepoTags": None, "Layers": [blob(layer) for layer in layers]} for config, layers in images]
    for other in others:
        blob(other)
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as tar:
        for name, text in [*blobs.items(), ("manifest.json", json.dumps(manifest).encode())]:
            member = tarfile.TarInfo(name)
            member.size = len(text)
            tar.addfile(member, io.BytesIO(text))
    content.seek(0)
    return content


def in_members(layer):
    """As a registry's lazy layers are compressed: several gzip files, one behind the other."""
    return b"".join(gzip.compress(layer[begin:begin + 512]) for begin in range(0, len(layer), 512))


@pytest.mark.parametrize("packed", [bytes, gzip.compress, in_members])
def test_an_engine_that_keeps_its_images_in_containerd(image_host, packed):
    """The id is the digest of a list of manifests, and a layer may be compressed."""
    image_host.add("x", [BUSYBOX, {"root/.netrc": "password x"}])
    image = image_host.find("x")
    config = image["inspect"]["Id"]
    layers = [packed(layer) for layer in image["layers"]]
    attestation = json.dumps({"config": {"digest": "sha256:" + "0" * 64}, "layers": []}).encode()
    manifest = json.dumps({"config": {"digest": config}, "layers": [{"digest": image_host.digest_of(layer)} for layer in layers]}).encode()
    index = json.dumps({"manifests": [{"digest": image_host.digest_of(each)} for each in (manifest, attestation)]}).encode()
    for identity in (image_host.digest_of(index), image_host.digest_of(manifest), config):
        archive = as_blobs(image_host, [(image["config"], layers)], [attestation, manifest, index])
        found = Archive(archive).contents({"x": (identity, image["inspect"]["RootFS"]["Layers"])})["x"]
        assert isinstance(found, Content)
        assert (found.shells, len(found.secrets)) == (["/bin/busybox", "/bin/sh"], 1)


@pytest.mark.parametrize("first", ["[slug].js", "{x}"])
def test_a_layer_whose_first_file_begins_like_json(image_host, first):
    """Engines from 25.0 on call layers as they call JSON."""
    image_host.add("x", [{first: "text", **BUSYBOX}])
    image = image_host.find("x")
    found = Archive(as_blobs(image_host, [(image["config"], image["layers"])])).contents(wanted(image_host, "x"))["x"]
    assert found.shells == ["/bin/busybox", "/bin/sh"]


@pytest.mark.parametrize("kind", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_names_of_files_that_are_no_text(image_host, kind):
    """What a module returns is UTF-8."""
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w", format=kind, encoding="latin-1") as tar:
        member = tarfile.TarInfo("app/caf\xe9")
        member.mode = 0o4755
        tar.addfile(member)
    raw = layer.getvalue() if kind == tarfile.GNU_FORMAT else layer.getvalue().replace("app/caf\xe9".encode(), b"app/caf\xe9\xe9")
    image_host.add("x", [raw])
    (path,) = read(image_host).setuid
    assert path.startswith("/app/caf") and path.encode() and path.isprintable()


#: What a student may write into the configuration of an image, which docker load takes
REFERENCES = [
    {"config": {"digest": "CLEAN"}},
    {"manifests": [{"digest": "CLEAN"}]},
    {"config": {"digest": 5}},
    {"manifests": 7},
    {"config": []},
]


@pytest.mark.parametrize("references", REFERENCES)
def test_a_configuration_that_names_another_is_still_that_of_its_own_image(image_host, references):
    image_host.add("clean", [{"app": "program"}])
    image_host.add("shell", [BUSYBOX])
    clean, shell = image_host.find("clean"), image_host.find("shell")
    config = json.dumps({**json.loads(shell["config"]), **references}).replace("CLEAN", clean["inspect"]["Id"]).encode()
    archive = as_blobs(image_host, [(clean["config"], clean["layers"]), (config, shell["layers"])])
    found = Archive(archive).contents({"x": (image_host.digest_of(config), shell["inspect"]["RootFS"]["Layers"])})["x"]
    assert found.shells == ["/bin/busybox", "/bin/sh"]


#: What somebody may write by hand, to an engine that gives its digest as the image's id
MANIFESTS = [
    b'{"config": {"digest": 5}}',
    b'{"config": 5}',
    b'{"manifests": 7}',
    b'{"manifests": [7]}',
    b"[]",
    b"{",
    b'{"a": ' + b"[" * 99999 + b"]" * 99999 + b"}",
]


@pytest.mark.parametrize("text", MANIFESTS)
def test_a_manifest_that_is_none_spoils_only_its_image(image_host, text):
    image_host.add("good", [BUSYBOX])
    good = image_host.find("good")
    archive = Archive(as_blobs(image_host, [(good["config"], good["layers"])], [text]))
    layers = good["inspect"]["RootFS"]["Layers"]
    found = archive.contents({"bad": (image_host.digest_of(text), layers), **wanted(image_host, "good")})
    assert "does not have it" in str(found["bad"])
    assert found["good"].shells


def test_manifests_that_name_each_other_many_times_are_read_once(image_host):
    """The number of ways from one to the last is 2 to the power of their number."""
    image_host.add("x", [BUSYBOX])
    image = image_host.find("x")
    texts, name = [], image["inspect"]["Id"]
    for _each in range(99):
        texts.append(json.dumps({"manifests": [{"digest": name}] * 2}).encode())
        name = image_host.digest_of(texts[-1])
    archive = Archive(as_blobs(image_host, [(image["config"], image["layers"])], texts))
    assert archive.contents({"x": (name, image["inspect"]["RootFS"]["Layers"])})["x"].shells


@pytest.mark.parametrize(
    ("layer", "words"),
    [(b"\x28\xb5\x2f\xfd" + b"x" * 99, "zstd"), (b"no tar" * 999, "not a tar that can be read"), (b"\x1f\x8b" + b"x" * 99, "not a tar that can be read"),
     (gzip.compress(b"x" * 9999)[:40], "not a tar that can be read"), (gzip.compress(b"\0" * 9999)[:20] + b"x" * 99, "not a tar that can be read")],
)
def test_a_layer_that_cannot_be_read_spoils_only_its_images(image_host, layer, words):
    image_host.add("bad", [BUSYBOX, layer])
    image_host.add("good", [BUSYBOX])
    archive = Archive(io.BytesIO(image_host.archive("bad", "good")))
    found = archive.contents(wanted(image_host, "bad", "good"))
    assert isinstance(found["bad"], ContentError) and words in str(found["bad"]) and "layer 2 of 2" in str(found["bad"])
    assert found["good"].shells


def test_a_layer_of_names_without_end_spoils_only_its_image(image_host):
    """Python's tarfile calls itself for each long name before a file."""
    name = tarfile.TarInfo("././@LongLink")
    name.type, name.size = tarfile.GNUTYPE_LONGNAME, 2
    image_host.add("bad", [(name.tobuf(tarfile.GNU_FORMAT) + b"x\0".ljust(512, b"\0")) * 5000])
    image_host.add("good", [BUSYBOX])
    archive = Archive(io.BytesIO(image_host.archive("bad", "good")))
    found = archive.contents(wanted(image_host, "bad", "good"))
    assert "layer 1 of 1: it is not a tar that can be read" in str(found["bad"])
    assert found["good"].shells


def test_an_image_that_the_archive_does_not_have(image_host):
    identity = image_host.add("x", [BUSYBOX])
    layers = image_host.find("x")["inspect"]["RootFS"]["Layers"]
    archive = Archive(io.BytesIO(image_host.archive("x")))
    found = archive.contents({"none": ("sha256:" + "0" * 64, layers), "more": (identity, layers * 2)})
    assert [str(each) for each in found.values()] == ["the engine's archive does not have it"] * 2


def test_an_image_whose_layers_the_archive_does_not_have_all(image_host):
    image_host.add("x", [BUSYBOX, {"a": "a"}])
    image = image_host.find("x")
    found = Archive(as_blobs(image_host, [(image["config"], image["layers"][:1])])).contents(wanted(image_host, "x"))
    assert str(found["x"]) == "the engine's archive does not have all of its layers"


def test_of_an_index_the_image_of_the_engines_processor_is_read(image_host):
    """Whoever writes an index may list an image of another processor first."""
    image_host.add("clean", [{"app": "program"}])
    image_host.add("shell", [BUSYBOX])
    images = [image_host.find(name) for name in ("clean", "shell")]
    manifests = [json.dumps({"config": {"digest": image["inspect"]["Id"]}, "layers": []}).encode() for image in images]
    index = json.dumps({"manifests": [{"digest": image_host.digest_of(each)} for each in manifests]}).encode()
    archive = Archive(as_blobs(image_host, [(image["config"], image["layers"]) for image in images], [*manifests, index]))
    for image, shells in zip(images, ([], ["/bin/busybox", "/bin/sh"]), strict=True):
        assert archive.contents({"x": (image_host.digest_of(index), image["inspect"]["RootFS"]["Layers"])})["x"].shells == shells


def test_an_archive_that_breaks_off(image_host):
    image_host.add("x", [BUSYBOX])
    content = image_host.archive("x")
    for length in (0, 700, 1600, 5000):
        with pytest.raises(ContentError, match="broke off"):
            Archive(io.BytesIO(content[:length])).contents({})


# What there is of it


def tar_of(**modes):
    """A layer of empty files with these modes."""
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as tar:
        for path, mode in modes.items():
            member = tarfile.TarInfo(path)
            member.mode = mode
            tar.addfile(member)
    return layer.getvalue()


#: Layers, regular files, setuid programs, packages
COUNTS = [
    ([{"app": "x"}], 1, [], 0),
    ([{"app": "x", "folder": None, "link": "->app"}], 1, [], 0),
    ([{"app": "x"}, {"app": "y"}], 1, [], 0),
    ([{"app": "x", "other": "x"}, {".wh.app": ""}], 1, [], 0),
    ([tar_of(su=0o4755, plain=0o755, group=0o2755, sticky=0o1755)], 4, ["/su"], 0),
    ([tar_of(su=0o4755), tar_of(su=0o755)], 1, [], 0),
    ([tar_of(su=0o755), tar_of(su=0o4755)], 1, ["/su"], 0),
    ([{"var/lib/dpkg/status": DPKG}], 1, [], 2),
    ([{"var/lib/dpkg/status": DPKG}, {"var/lib/dpkg/status": DPKG * 2}], 1, [], 4),
    ([{"var/lib/dpkg/status": DPKG}, {"app": "x"}], 2, [], 2),
    ([{"var/lib/dpkg/status": DPKG}, {"var/lib/dpkg/.wh.status": ""}], 0, [], 0),
    ([{"var/lib/dpkg/status": DPKG + "x" * (2 << 20) + "\n" + DPKG}], 1, [], 4),
    ([{"var/lib/dpkg/status.d/libc6": "Package: libc6", "var/lib/dpkg/status.d/libc6.md5sums": "", "var/lib/dpkg/status.d/tzdata": ""}], 3, [], 2),
    # No list, but something of its name
    ([{"var/lib/dpkg/status": None}], 0, [], 0),
    ([{"var/lib/dpkg/status": "->/x"}], 0, [], 0),
    ([{"var/lib/dpkg/status": None, "lib/apk/db/installed": "P:musl\n"}], 1, [], 1),
    ([{"lib/apk/db/installed": "C:Q1\nP:musl\nV:1.2\n\nP:busybox\nr:P:\n"}], 1, [], 2),
]


@pytest.mark.parametrize("secrets", [True, False])
@pytest.mark.parametrize(("layers", "count", "setuid", "packages"), COUNTS)
def test_counts(image_host, layers, count, setuid, packages, secrets):
    image_host.add("x", layers)
    content = read(image_host, secrets=secrets)
    assert (content.count, content.setuid, content.packages) == (count, setuid, packages)
