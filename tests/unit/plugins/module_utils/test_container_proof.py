# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What came of a program in a container, against what is asked. Real ones run in tests/integration."""

from __future__ import annotations

import subprocess

import pytest
from ansible_collections.classroom.containers.plugins.module_utils._container_proof import prove
from ansible_collections.classroom.containers.plugins.module_utils._engine import Engine
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError

NAME = "cgt-free"


def asked(**changes):
    return {"name": "it answers", "container": NAME, "command": ["ping", "x"], "exit_code": 0, "contains": [], "given": None, "assumed": False, **changes}


def program(code=0, output="", ends=None):
    """Ends as it is told; ``ends`` has the codes of other programs."""

    def run(arguments, _timeout):
        if isinstance(code, BaseException):
            raise code
        return subprocess.CompletedProcess(arguments, (ends or {}).get(arguments[-1], code), output.encode())

    return run


#: What is asked, what the program exits with and says, the verdict, what is enforced
ENDS = [
    ({}, 0, "", "ok", "exit 0"),
    ({}, 1, "", "differs", "exit 1"),
    ({"exit_code": 1, "contains": ["bad address"]}, 1, "ping: bad address 'x'", "ok", "exit 1, 'bad address'"),
    ({"exit_code": 1, "contains": ["bad address"]}, 1, "100% packet loss", "differs", "exit 1"),
    ({"assumed": True}, 1, "", "unverifiable", "exit 1"),
    ({"assumed": True}, 0, "", "ok", "exit 0"),
    ({"exit_code": 1}, 1, "Error response from daemon: Container x is not running", "unverifiable", None),
    ({}, 126, "OCI runtime exec failed: exec failed", "unverifiable", None),
]


@pytest.mark.parametrize(("changes", "code", "output", "verdict", "enforced"), ENDS)
def test_ends(v1, changes, code, output, verdict, enforced):
    (found,) = prove([asked(**changes)], v1.engine, 5, program(code, output))
    assert (found.subject, found.attribute, found.verdict, found.enforced) == (NAME, "it answers", verdict, enforced)
    assert found.evidence and found.hint


def test_what_is_given_weighs_on_the_other(v1):
    runs = [asked(name="one", command=["one"]), asked(name="two", command=["two"], exit_code=1, given="one")]
    assert [each.verdict for each in prove(runs, v1.engine, 5, program(ends={"two": 1}))] == ["ok", "ok"]
    assert [each.verdict for each in prove(runs, v1.engine, 5, program(ends={"two": 0}))] == ["ok", "differs"]
    assert [each.verdict for each in prove(runs, v1.engine, 5, program(ends={"one": 1, "two": 1}))] == ["differs", "unverifiable"]


def test_what_is_not_tried(v1):
    runs = [asked(container="none"), asked(container="cgt-stopped"), asked()]
    found = prove(runs, v1.engine, 5, program(subprocess.TimeoutExpired("x", 5)))
    assert [each.verdict for each in found] == ["absent", "stopped", "unverifiable"]
    assert prove([asked()], v1.engine, 5, program(FileNotFoundError("docker")))[0].verdict == "unreachable"
    assert prove([asked()], Engine("unix:///nowhere"), 5, program())[0].verdict == "unreachable"
    assert prove([], v1.engine, 5, program()) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"container": "a b"}, "not a container's name"),
        ({"command": []}, "command"),
        ({"exit_code": 256}, "from 0 to 255"),
        ({"contains": [""]}, "empty text"),
        ({"given": "two"}, "given: 'two' is not the name of another run"),
        ({"given": "it answers"}, "given: 'it answers'"),
    ],
)
def test_what_cannot_be_asked(v1, changes, words):
    with pytest.raises(ClassroomError, match=r"runs\[0\] \(it answers\)") as refused:
        prove([asked(**changes)], v1.engine, 5, program())
    assert words in str(refused.value)
    assert v1.asked == []
