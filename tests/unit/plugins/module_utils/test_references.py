# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of images: what Docker makes of them, and what it refuses."""

from __future__ import annotations

import pytest
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.module_utils._references import parse_reference

DIGEST = "sha256:" + "0123456789abcdef" * 4

#: The name as written, its canonical and its familiar form
NAMES = [
    ("ashuflask:v001", "docker.io/library/ashuflask:v001", "ashuflask:v001"),
    ("alpine", "docker.io/library/alpine:latest", "alpine:latest"),
    ("library/alpine", "docker.io/library/alpine:latest", "alpine:latest"),
    ("docker.io/alpine", "docker.io/library/alpine:latest", "alpine:latest"),
    ("docker.io/library/alpine:latest", "docker.io/library/alpine:latest", "alpine:latest"),
    ("index.docker.io/library/alpine", "docker.io/library/alpine:latest", "alpine:latest"),
    ("classroom/busybox:latest", "docker.io/classroom/busybox:latest", "classroom/busybox:latest"),
    ("library/a/b", "docker.io/library/a/b:latest", "library/a/b:latest"),
    ("registry.classroom.internal:5000/ashu/ashuflask:v001", *["registry.classroom.internal:5000/ashu/ashuflask:v001"] * 2),
    ("registry.classroom.internal/ashuflask", *["registry.classroom.internal/ashuflask:latest"] * 2),
    ("localhost/x", *["localhost/x:latest"] * 2),
    ("localhost:5000/x", *["localhost:5000/x:latest"] * 2),
    ("localhost:5000", "docker.io/library/localhost:5000", "localhost:5000"),
    ("localhost", "docker.io/library/localhost:latest", "localhost:latest"),
    ("[::1]:5000/x:1", *["[::1]:5000/x:1"] * 2),
    ("127.0.0.1:65535/x", *["127.0.0.1:65535/x:latest"] * 2),
    ("Host/x", *["Host/x:latest"] * 2),
    ("a-host/x", "docker.io/a-host/x:latest", "a-host/x:latest"),
    ("a.b_c__d-e---f", "docker.io/library/a.b_c__d-e---f:latest", "a.b_c__d-e---f:latest"),
    ("x:_", "docker.io/library/x:_", "x:_"),
    ("x:" + "T" * 128, "docker.io/library/x:" + "T" * 128, "x:" + "T" * 128),
    (f"x@{DIGEST}", f"docker.io/library/x@{DIGEST}", f"x@{DIGEST}"),
    (f"h:1/x:t@{DIGEST}", *[f"h:1/x:t@{DIGEST}"] * 2),
    ("0" * 63, f"docker.io/library/{'0' * 63}:latest", f"{'0' * 63}:latest"),
    ("0" * 64 + ":1", f"docker.io/library/{'0' * 64}:1", f"{'0' * 64}:1"),
    # docker.io/library/ has 18 characters.
    ("a" * 237, f"docker.io/library/{'a' * 237}:latest", f"{'a' * 237}:latest"),
]


@pytest.mark.parametrize(("text", "canonical", "familiar"), NAMES)
def test_names(text, canonical, familiar):
    reference = parse_reference(text)
    assert (reference.canonical, reference.familiar) == (canonical, familiar)
    assert parse_reference(canonical) == parse_reference(familiar) == reference


def test_parts():
    reference = parse_reference(f"registry.classroom.internal:5000/class/ashu/ashuflask:v001@{DIGEST}")
    assert (reference.registry, reference.host, reference.port) == ("registry.classroom.internal:5000", "registry.classroom.internal", 5000)
    assert (reference.repository, reference.namespace) == ("class/ashu/ashuflask", "class/ashu")
    assert (reference.tag, reference.digest) == ("v001", DIGEST)
    assert reference.name == "registry.classroom.internal:5000/class/ashu/ashuflask"


def test_parts_that_docker_adds():
    reference = parse_reference("ashuflask")
    assert (reference.registry, reference.host, reference.port) == ("docker.io", "docker.io", None)
    assert (reference.repository, reference.namespace, reference.tag, reference.digest) == ("library/ashuflask", "library", "latest", "")
    assert parse_reference("localhost/x").namespace == ""


#: What is refused, and words of the rule that it breaks
REFUSED = [
    *[(text, "it is a text") for text in (None, "", 1, True, ["x"])],
    ("0" * 64, "an id"),
    *[
        (text, "lower-case")
        for text in (
            *("Ashu", "ashuFlask:v001", "a/B", "-a", "a-", "a.", ".a", "_a", "a..b", "a___b", "a._b", "a-_b", "ä"),
            *("a b", " a", "a ", "a\n", "/a", "a/", "a//b", ":v001", "localhost:5000/", "host.a/", "x/y z:1", "*"),
        )
    ],
    *[(text, "a tag") for text in ("a:", "a:-b", "a:.b", "a:b c", "a:b\n", "a:" + "t" * 129, "a:ä", "a:1:2", f"a:@{DIGEST}")],
    *[
        (text, "sha256:")
        for text in (f"a@{DIGEST}0", f"a@{DIGEST[:-1]}", f"a@{DIGEST.upper()}", "a@", "a@v001", f"a@md5:{'0' * 32}", f"a@{DIGEST}\n", f"a@{DIGEST}@{DIGEST}")
    ],
    *[
        (text, "a host")
        for text in ("http://host/a", "host:/a", "host:65536/a", "host:x/a", ":5000/a", "-h.a/a", "h-.a/a", "a..b/c", ".a/b", "a_b.c/d", "[::1/a:b")
    ],
    ("a" * 238, "256"),
]


@pytest.mark.parametrize(("text", "words"), REFUSED)
def test_what_is_no_name(text, words):
    with pytest.raises(ClassroomError) as refused:
        parse_reference(text)
    assert str(refused.value).startswith(f"{text!r} is not the name of an image: ")
    assert words in str(refused.value)
