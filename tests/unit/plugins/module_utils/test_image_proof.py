# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What came of a run, against what is asked. Real containers run in tests/integration."""

from __future__ import annotations

import subprocess

import pytest
from ansible_collections.classroom.containers.plugins.module_utils._engine import Engine
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.module_utils._image_proof import prove

NAME = "ashudistroless:hello"
NOT_FOUND = "docker: Error response from daemon: OCI runtime create failed: exec: \"/bin/sh\": stat /bin/sh: no such file or directory: unknown."


def asked(**changes):
    return {"name": "no shell", "image": NAME, "entrypoint": None, "command": [], "exit_code": 0, "contains": [], **changes}


class Program:
    """Ends as it is told, and keeps what it was called with."""

    def __init__(self, code=0, output=""):
        self.code, self.output, self.calls = code, output, []

    def __call__(self, arguments, _timeout):
        self.calls.append(arguments)
        if isinstance(self.code, BaseException) and len(self.calls) == 1:
            raise self.code
        return subprocess.CompletedProcess(arguments, self.code, self.output.encode())


@pytest.fixture
def one(image_host):
    """The finding of one run, with the program that ran."""
    image_host.add(NAME)

    def run(program, **changes):
        (finding,) = prove([asked(**changes)], image_host.engine, 5, program)
        assert (finding.subject, finding.attribute, finding.declared) == (changes.get("image", NAME), "no shell", None)
        assert finding.evidence and finding.hint
        return finding

    return run


#: What is asked, what the program exits with and says, the verdict, what is enforced
ENDS = [
    ({"exit_code": 127}, 127, NOT_FOUND, "ok", "exit 127"),
    ({"exit_code": 127}, 126, "docker: permission denied", "differs", "exit 126"),
    ({"exit_code": 127}, 0, "", "differs", "exit 0"),
    ({}, 1, "", "differs", "exit 1"),
    ({"contains": ["65532"]}, 0, "65532\n", "ok", "exit 0, '65532'"),
    ({"contains": ["65532", "x"]}, 0, "65532\n", "differs", "exit 0, '65532'"),
    ({"contains": ["65532"]}, 0, "65533\n", "differs", "exit 0"),
    ({"contains": ["65532"]}, 1, "65532\n", "differs", "exit 1, '65532'"),
    ({"contains": ["ü"]}, 0, "grün", "ok", "exit 0, 'ü'"),
    ({}, 125, "docker: Error response from daemon: no space left on device.", "unverifiable", None),
    ({"exit_code": 125}, 125, "docker: Error response from daemon: no space left on device.", "unverifiable", None),
    ({"exit_code": 125}, 125, "the program's own", "ok", "exit 125"),
    ({}, 125, 'it began\ntime="2026-11-29T12:00:00Z" level=error msg="error waiting for container: unexpected EOF"\n', "unverifiable", None),
]


@pytest.mark.parametrize(("changes", "code", "output", "verdict", "enforced"), ENDS)
def test_ends(one, changes, code, output, verdict, enforced):
    found = one(Program(code, output), **changes)
    assert (found.verdict, found.enforced) == (verdict, enforced)
    assert (found.asked == enforced) == (verdict == "ok")


def test_how_it_is_run(one, image_host):
    program = Program()
    one(program, entrypoint="/bin/sh", command=["-c", "a b"])
    (arguments,) = program.calls
    assert arguments[:3] == ["docker", f"--host={image_host.engine.host}", "run"]
    assert arguments[-4:] == ["--entrypoint=/bin/sh", NAME, "-c", "a b"]
    assert {"--rm", "--network=none", "--read-only", "--cap-drop=ALL", "--pull=never"} <= set(arguments)
    one(program)
    assert not [each for each in program.calls[1] if each.startswith("--entrypoint")]
    # To run none at all is something else than to run the image's own.
    one(program, entrypoint="")
    assert "--entrypoint=" in program.calls[2]


def test_one_that_does_not_end_is_removed(one):
    program = Program(subprocess.TimeoutExpired("docker", 5))
    found = one(program)
    assert (found.verdict, found.outcome) == ("unverifiable", "could_not_check")
    assert program.calls[1][2:4] == ["rm", "--force"]
    name = next(each for each in program.calls[0] if each.startswith("--name="))
    assert program.calls[1][4] == name.partition("=")[2]


def test_no_program(one):
    assert one(Program(FileNotFoundError("docker"))).verdict == "unreachable"


def test_no_image(one):
    program = Program()
    assert (one(program, image="none:1").verdict, program.calls) == ("absent", [])


def test_no_engine(tmp_path):
    program = Program()
    (found,) = prove([asked()], Engine(f"unix://{tmp_path}/none", 1), 5, program)
    assert (found.verdict, found.outcome, program.calls) == ("unreachable", "could_not_check", [])


def test_a_long_output_is_cut(one):
    found = one(Program(1, "x" * 10_000))
    assert len(found.hint) < 600 and len(str(found.evidence)) < 600


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"image": "Ashu"}, "runs[1] (no shell): image: 'Ashu'"),
        ({"exit_code": 256}, "runs[1] (no shell): exit_code: 256 is out of range"),
        ({"exit_code": -1}, "runs[1] (no shell): exit_code: -1"),
        ({"contains": [""]}, "runs[1] (no shell): contains"),
    ],
)
def test_what_cannot_be_asked(image_host, changes, words):
    program = Program()
    with pytest.raises(ClassroomError) as refused:
        prove([asked(), asked(**changes)], image_host.engine, 5, program)
    assert str(refused.value).startswith(words)
    assert program.calls == []
