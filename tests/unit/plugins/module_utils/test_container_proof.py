# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What came of a program in a container, against what is asked. Real ones run in tests/integration."""

from __future__ import annotations

import subprocess

import pytest
from ansible_collections.classroom.containers.plugins.module_utils import _container_proof
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


NO_PROGRAM, NO_FILE = (
    f'OCI runtime exec failed: exec failed: unable to start container process: exec: {words}: unknown'
    for words in ('"sh": executable file not found in $PATH', '"/bin/sh": stat /bin/sh: no such file or directory')
)
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
    ({"exit_code": 127}, 127, "OCI runtime exec failed: exec failed", "unverifiable", None),
    # That there is no such program is asked, or in the way of what is.
    ({"exit_code": 127}, 127, NO_PROGRAM, "ok", "exit 127"),
    ({"exit_code": 127}, 127, NO_FILE, "ok", "exit 127"),
    ({"exit_code": 127}, 126, NO_PROGRAM, "differs", "exit 126"),
    ({"exit_code": 1}, 127, NO_PROGRAM, "unverifiable", None),
    ({}, 127, NO_PROGRAM, "unverifiable", None),
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


@pytest.mark.parametrize(
    ("ends", "verdicts"),
    [
        pytest.param({}, ["ok", "ok", "ok"], id="all is so"),
        pytest.param({"c": 1}, ["unverifiable", "unverifiable", "differs"], id="the last one is not, and the first one hangs on it"),
        pytest.param({"a": 1}, ["differs", "unverifiable", "ok"], id="one in the middle is not"),
        pytest.param({"b": 1}, ["ok", "differs", "ok"], id="the first one is not"),
    ],
)
def test_what_is_given_may_be_given_another(v1, ends, verdicts):
    runs = [asked(name="a", command=["a"], given="c"), asked(name="b", command=["b"], given="a"), asked(name="c", command=["c"])]
    found = prove(runs, v1.engine, 5, program(ends=ends))
    assert [each.verdict for each in found] == verdicts
    assert all(each.hint.endswith(f"not so that {name}.") for each in found if each.verdict == "unverifiable" for name in ends)


#: What becomes of the container under the program, and what its finding is then
LIVES = [
    pytest.param(lambda v1, _state: v1.containers.pop(NAME), "unstable", "it was removed while programs ran in it", id="removed"),
    pytest.param(lambda _v1, state: state.update(Pid=4711, StartedAt="2026-07-25T00:00:00Z"), "unstable", "it stopped or restarted", id="restarted"),
    pytest.param(lambda _v1, state: state.update(Pid=0, Running=False, Status="exited"), "unstable", "it stopped or restarted", id="stopped"),
    pytest.param(lambda v1, _state: v1.broken.add(f"/containers/{NAME}/json"), "unreachable", "could not be asked", id="the engine does not say"),
    pytest.param(lambda _v1, state: state.update(Paused=True, Status="paused"), "ok", "", id="paused"),
    pytest.param(lambda _v1, _state: None, "ok", "", id="nothing"),
]


@pytest.mark.parametrize(("end", "verdict", "words"), LIVES)
@pytest.mark.parametrize("code", [0, 137])
def test_a_container_that_goes_away_under_a_program_proves_nothing(v1, monkeypatch, code, end, verdict, words):
    monkeypatch.setattr(_container_proof, "_SETTLED", 0.05)

    def run(arguments, _timeout):
        end(v1, v1.containers[NAME]["State"])
        return subprocess.CompletedProcess(arguments, code, b"")

    (found,) = prove([asked(exit_code=code)], v1.engine, 5, run)
    assert (found.verdict, found.enforced) == (verdict, f"exit {code}")
    assert words in found.hint


def test_the_engine_may_know_of_the_programs_end_before_that_of_the_container(v1):
    def restart_at_the_third_look(_path):
        if len(v1.asked) == 3:
            v1.containers[NAME]["State"]["Pid"] += 1

    v1.on_request = restart_at_the_third_look
    assert prove([asked(exit_code=137)], v1.engine, 5, program(137))[0].verdict == "unstable"


def test_each_container_is_looked_at_once_before_and_after(v1):
    prove([asked(name=str(number)) for number in range(3)] + [asked(name="none", container="none")], v1.engine, 5, program())
    assert v1.asked == [f"/containers/{name}/json" for name in (NAME, "none", NAME)]


def test_what_is_not_tried(v1):
    runs = [asked(name="one", container="none"), asked(name="two", container="cgt-stopped"), asked()]
    found = prove(runs, v1.engine, 5, program(subprocess.TimeoutExpired("x", 5)))
    assert [each.verdict for each in found] == ["absent", "stopped", "unverifiable"]
    assert prove([asked()], v1.engine, 5, program(FileNotFoundError("docker")))[0].verdict == "unreachable"
    assert prove([asked()], Engine("unix:///nowhere"), 5, program())[0].verdict == "unreachable"
    assert prove([], v1.engine, 5, program()) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"container": "a b"}, "container: 'a b' is not a container's name"),
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


@pytest.mark.parametrize(
    ("runs", "words"),
    [
        pytest.param([{"name": ""}], "runs[0] (): name: ''", id="no name"),
        pytest.param([{"name": "a"}, {"name": "b"}, {"name": "a"}], "runs[2] (a): name: 'a' is the name of another run", id="a name twice"),
        pytest.param([{"name": "a", "given": "a"}], "runs[0] (a): given: 'a'", id="itself"),
        pytest.param([{"name": "a", "given": "b"}, {"name": "b", "given": "a"}], "runs[0] (a): given: 'b' is given 'a' itself", id="a circle"),
        pytest.param(
            [{"name": "x", "given": "a"}, {"name": "a", "given": "c"}, {"name": "b", "given": "a"}, {"name": "c", "given": "b"}],
            "runs[1] (a): given: 'c' is given 'a' itself",
            id="a circle that another leads to",
        ),
    ],
)
def test_names_that_cannot_be_given(v1, runs, words):
    with pytest.raises(ClassroomError) as refused:
        prove([asked(**run) for run in runs], v1.engine, 5, program())
    assert words in str(refused.value)
    assert v1.asked == []
