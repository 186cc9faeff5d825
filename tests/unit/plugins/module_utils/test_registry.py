# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The client of a registry, over real TLS: what it has, what it refuses, and what cannot be known."""

from __future__ import annotations

import json
import shutil
import socket

import pytest
from ansible_collections.classroom.containers.plugins.module_utils._registry import (
    CredentialsError,
    Manifest,
    Registry,
    RegistryError,
    UnreachableError,
    UnsupportedError,
    UntrustedError,
)

PASSWORD = "correct-horse"
DOCKER = "application/vnd.docker.distribution.manifest.v2+json"
OCI = "application/vnd.oci.image.manifest.v1+json"
LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = "sha256:" + "c" * 64
LAYERS = [{"digest": "sha256:" + "1" * 64, "size": 100}, {"digest": "sha256:" + "2" * 64, "size": 20}]


def manifest(config=CONFIG, media_type=DOCKER, **more):
    return dict({"schemaVersion": 2, "mediaType": media_type, "config": {"digest": config, "size": 7}, "layers": LAYERS}, **more)


@pytest.fixture
def registry(serve_registry):
    """A registry with one image that only ashu may see."""
    server = serve_registry()
    server.users["ashu"] = PASSWORD
    server.put("ashu/ashuflask", "v001", manifest())
    return server


@pytest.fixture
def ask(registry):
    def ask(repository="ashu/ashuflask", reference="v001", architecture="amd64", username="ashu", password=PASSWORD, authority=registry.authority, **options):
        return Registry(registry.address, username, password, authority, timeout=5, **options).manifest(repository, reference, architecture)

    return ask


def test_what_is_there(registry, ask):
    digest = registry.put("ashu/ashuflask", "v002", manifest(config=CONFIG.replace("c", "d")))
    size = len(json.dumps(manifest()))
    assert ask(reference="v002") == Manifest(digest, DOCKER, CONFIG.replace("c", "d"), size, ((LAYERS[0]["digest"], 100), (LAYERS[1]["digest"], 20)))
    assert ask(reference=digest) == ask(reference="v002")


@pytest.mark.parametrize(("repository", "reference"), [("ashu/ashuflask", "v002"), ("murali/muraliflask", "v001"), ("ashu/ashuflask", "sha256:" + "0" * 64)])
def test_what_is_not_there(ask, repository, reference):
    assert ask(repository, reference) is None


def test_a_manifest_that_only_the_header_names(registry, ask):
    text = manifest()
    del text["mediaType"]
    registry.put("ashu/ashuflask", "v002", text, media_type=OCI)
    assert (ask(reference="v002").media_type, ask(reference="v002").config) == (OCI, CONFIG)


@pytest.mark.parametrize("media_type", [LIST, INDEX])
@pytest.mark.parametrize(("architecture", "letter"), [("amd64", "a"), ("arm64", "b"), ("riscv64", "")])
def test_lists_of_manifests(registry, ask, media_type, architecture, letter):
    described = []
    for system, processor, each in (("unknown", "unknown", "e"), ("windows", "amd64", "f"), ("linux", "amd64", "a"), ("linux", "arm64", "b")):
        digest = registry.put("ashu/ashuflask", "", manifest(config="sha256:" + each * 64))
        described.append({"digest": digest, "platform": {"os": system, "architecture": processor}})
    index = registry.put("ashu/ashuflask", "all", {"schemaVersion": 2, "mediaType": media_type, "manifests": described}, media_type)
    found = ask(reference="all", architecture=architecture)
    assert found.index == index
    assert found.config == ("sha256:" + letter * 64 if letter else "")
    assert found.digest == (described["ab".index(letter) + 2]["digest"] if letter else index)


@pytest.mark.parametrize(
    ("username", "password", "words"),
    [
        ("ashu", "wrong-horse", "refuses ashu with this password"),
        ("ashu", "", "refuses ashu with this password"),
        ("murali", PASSWORD, "refuses murali with this password"),
        (None, None, "wants a name and a password"),
        (None, PASSWORD, "wants a name and a password"),
    ],
)
@pytest.mark.parametrize("status", [401, 403])
def test_wrong_credentials(registry, ask, username, password, words, status):
    registry.refuses_with = status
    with pytest.raises(CredentialsError) as caught:
        ask(username=username, password=password)
    assert words in str(caught.value) and registry.address in str(caught.value) and "ashu/ashuflask" in str(caught.value)
    assert "horse" not in str(caught.value)


def test_tokens_are_not_supported(registry, ask):
    registry.challenge = 'Bearer realm="https://auth.invalid/token",service="registry"'
    with pytest.raises(UnsupportedError, match="wants a token of an authorization server"):
        ask(password="wrong-horse")


def test_a_name_and_a_password_are_not_told_before_the_certificate_is_trusted(registry, ask):
    with pytest.raises(UntrustedError, match="certificate of .* is not trusted"):
        ask(authority=None)
    assert registry.asked == []


def test_the_authority_of_docker(registry, ask, tmp_path):
    folder = tmp_path / registry.address
    folder.mkdir()
    shutil.copy(registry.authority, folder / "ca.crt")
    assert ask(authority=None, certificates=str(tmp_path)).config == CONFIG
    # The one that is given counts.
    with pytest.raises(UntrustedError):
        ask(authority=registry.other_authority, certificates=str(tmp_path))


def test_the_certificate_of_another_host(registry):
    address = registry.address.replace("127.0.0.1", "localhost")
    with pytest.raises(UntrustedError, match="Hostname mismatch"):
        Registry(address, authority=registry.authority, timeout=5).manifest("a", "b")


def test_no_tls(serve_registry):
    server = serve_registry(tls=False)
    with pytest.raises(UntrustedError, match=f"{server.address} does not speak TLS"):
        Registry(server.address, timeout=5).manifest("a", "b")


@pytest.mark.parametrize("address", ["127.0.0.1:1", "registry.invalid:5000"])
def test_nobody_answers(address):
    with pytest.raises(UnreachableError, match=f"no registry answers at {address}: "):
        Registry(address, timeout=5).manifest("a", "b")


def test_too_slow_is_waited_for_once():
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        slow = Registry(f"127.0.0.1:{listening.getsockname()[1]}", timeout=0.05)
        for _attempt in range(3):
            with pytest.raises(UnreachableError, match="timed out"):
                slow.manifest("a", "b")
        listening.setblocking(False)
        listening.accept()[0].close()
        with pytest.raises(BlockingIOError):
            listening.accept()


def test_a_connection_that_was_closed_meanwhile(registry):
    client = Registry(registry.address, "ashu", PASSWORD, registry.authority, 5)
    registry.closes = True
    assert [client.manifest("ashu/ashuflask", "v001").config for _attempt in range(3)] == [CONFIG] * 3


@pytest.mark.parametrize("authority", ["/nowhere/ca.crt", __file__])
def test_a_file_that_is_no_certificate(authority):
    with pytest.raises(RegistryError, match=f"{authority} is not a file with the certificate of a CA in PEM"):
        Registry("127.0.0.1:1", authority=authority).manifest("a", "b")


def test_a_body_that_was_changed_on_its_way(registry, ask):
    registry.digests["v001"] = "sha256:" + "0" * 64
    with pytest.raises(RegistryError, match="it was changed on its way"):
        ask()


def test_a_digest_that_is_another(registry, ask):
    digest = "sha256:" + "9" * 64
    registry.manifests["ashu/ashuflask", digest] = registry.manifests["ashu/ashuflask", "v001"]
    registry.digests[digest] = None
    with pytest.raises(RegistryError, match="it was changed on its way"):
        ask(reference=digest)


def test_what_is_too_long_is_not_the_next_answer(registry):
    client = Registry(registry.address, "ashu", PASSWORD, registry.authority, timeout=5)
    registry.canned = (200, " " * (5 * 2**20))
    with pytest.raises(RegistryError, match="and not as a registry does"):
        client.configuration("ashu/ashuflask", CONFIG)
    registry.canned = None
    assert client.manifest("ashu/ashuflask", "v001").config == CONFIG


@pytest.mark.parametrize(("status", "body"), [(404, "<html>Not found</html>"), (404, '{"errors": [{"code": "UNSUPPORTED"}]}'), (200, "[" * 200000)])
def test_what_is_no_list_is_no_empty_one(registry, status, body):
    client = Registry(registry.address, "ashu", PASSWORD, registry.authority, timeout=5)
    registry.canned = (status, body)
    for ask in (client.repositories, lambda: client.tags("ashu/ashuflask")):
        with pytest.raises(RegistryError):
            ask()


def test_tags_of_what_is_not_there(registry):
    registry.canned = (404, '{"errors": [{"code": "NAME_UNKNOWN"}]}')
    assert Registry(registry.address, "ashu", PASSWORD, registry.authority, timeout=5).tags("ashu/none") == []


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (404, "<html>Not found</html>", "HTTP 404"),
        (404, '{"errors": [{"code": "UNSUPPORTED"}]}', "HTTP 404"),
        (404, '{"errors": null}', "HTTP 404"),
        (404, "[]", "HTTP 404"),
        (500, "", "HTTP 500"),
        (307, "", "HTTP 307"),
        (200, "OK", "other than JSON"),
        (200, "[]", "other than a manifest"),
        (200, json.dumps({"mediaType": DOCKER}), "other than a manifest"),
        (200, json.dumps(manifest(layers=[{}])), "other than a manifest"),
        (200, json.dumps({"mediaType": INDEX, "manifests": [7]}), "other than a manifest"),
        (200, json.dumps(manifest(media_type="application/vnd.docker.distribution.manifest.v1+prettyjws")), "no manifest of an image"),
        (200, "{}", "no manifest of an image"),
        (200, " " * (4 * 2**20 + 1), "no manifest"),
    ],
)
def test_what_no_registry_answers(registry, ask, status, body, words):
    registry.canned = (status, body)
    with pytest.raises(RegistryError, match=words) as caught:
        ask()
    assert registry.address in str(caught.value)
