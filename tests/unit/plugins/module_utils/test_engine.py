# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The client of the engine: errors over a real socket, and choosing containers."""

from __future__ import annotations

import os
import socket
import time

import pytest
from ansible_collections.classroom.containers.plugins.module_utils._engine import SILENT, AnswerError, Engine, EngineError, container_path, select
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError

ANSWERS = {
    "/json": (200, {"Id": "4d"}),
    "/none": (404, {"message": "No such container: none"}),
    "/podman": (404, {"cause": "no such container", "message": 'no container with name or ID "x" found: no such container', "response": 404}),
    "/page": (404, {"message": "page not found"}),
    "/else": (404, "<html>Not found</html>"),
    "/broken": (500, {"message": "driver failed"}),
    "/list": (500, ["driver failed"]),
    "/text": (200, "OK"),
    "/empty": (200, ""),
    "/moved": (301, ""),
    "/big": (200, {"text": "x" * 3000000}),
}


@pytest.fixture
def url(serve):
    return serve(lambda path: ANSWERS[path])


def test_answers(url):
    engine = Engine(url)
    assert engine.get("/json") == {"Id": "4d"}
    assert engine.get("/none") is None
    assert engine.get("/podman") is None
    assert len(engine.get("/big")["text"]) == 3000000


#: The networks of a container by the name that the engine tells, with their ids, and the names that are left
NETWORKS = {
    "by the beginning of its id": ({"4d5e": "4d5e6f", "web": "4d5e6f", "bridge": "4d77"}, ["web", "bridge"]),
    "with a name that an id begins with": ({"4d": "4d5e6f"}, ["4d"]),
    "of a container that never started": ({"4d5e": ""}, ["4d5e"]),
    "without networks": (None, None),
}


@pytest.mark.parametrize("told, left", NETWORKS.values(), ids=NETWORKS)
def test_a_network_is_told_once(serve, told, left):
    networks = told and {name: {"NetworkID": network_id} for name, network_id in told.items()}
    engine = Engine(serve(lambda path: (200, {"Id": "4d", "Name": "/x", "NetworkSettings": {"Networks": networks}})))
    found = engine.inspect("x")["NetworkSettings"]["Networks"]
    assert (found and list(found)) == left


@pytest.mark.parametrize(
    "path, words",
    [
        ("/broken", ["HTTP 500", "driver failed"]),
        ("/list", ["HTTP 500", "driver failed"]),
        ("/page", ["HTTP 404", "page not found"]),
        ("/else", ["other than JSON", "HTTP 404"]),
        ("/text", ["other than JSON", "HTTP 200"]),
        ("/empty", ["other than JSON"]),
        ("/moved", ["other than JSON", "HTTP 301"]),
    ],
)
def test_errors_that_the_engine_answers(url, path, words):
    with pytest.raises(AnswerError) as caught:
        Engine(url).get(path)
    assert all(word in str(caught.value) for word in [*words, path, url])


def test_no_socket():
    with pytest.raises(EngineError, match="no Docker engine answers at unix:///nowhere/s: No such file"):
        Engine("unix:///nowhere/s").get("/info")


def test_nobody_listens(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind("s")
    with pytest.raises(EngineError, match="Connection refused"):
        Engine("unix:///proc/self/cwd/s").get("/info")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_unreadable_socket(url):
    os.chmod(url[len("unix://"):], 0o600)
    os.chmod(os.path.dirname(url[len("unix://"):]), 0o755)
    os.seteuid(65534)
    try:
        with pytest.raises(EngineError, match="not readable for user id 65534: become root, or a member of its group"):
            Engine(url).get("/json")
    finally:
        os.seteuid(0)


def test_too_slow(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("s")
        listening.listen()
        with pytest.raises(EngineError, match="timed out"):
            Engine("unix:///proc/self/cwd/s", 0.05).get("/info")


def test_one_answer_that_does_not_come_takes_nobody_else_the_answers(serve):
    """A container may hang alone."""
    engine = Engine(serve(lambda path: (200, time.sleep(0.5) if "hangs" in path else {"Id": path, "Name": ""})), 0.1)
    for _time in range(SILENT + 1):
        with pytest.raises(AnswerError, match="no Docker engine answers at .*: GET /containers/hangs/json timed out"):
            engine.inspect("hangs")
        assert engine.inspect("other")


def test_an_engine_that_answers_nothing_is_not_waited_for_again_and_again(serve):
    asked = []
    engine = Engine(serve(lambda path: (200, asked.append(path) or time.sleep(0.5))), 0.1)
    for _time in range(SILENT):
        with pytest.raises(AnswerError):
            engine.get("/info")
    with pytest.raises(EngineError, match=f"{SILENT} answers in a row took longer than 0.1 seconds") as caught:
        engine.containers()
    assert not isinstance(caught.value, AnswerError)
    with pytest.raises(EngineError, match="in a row"), engine.export(["x"]):
        pass
    assert asked == ["/info"] * SILENT


@pytest.mark.parametrize("host", ["tcp://127.0.0.1:2375", "ssh://host", "/var/run/docker.sock", "unix://", "unix://relative"])
def test_only_unix_sockets(host):
    with pytest.raises(EngineError) as caught:
        Engine(host)
    assert "docker_host" in str(caught.value) and repr(host) in str(caught.value) and "is not a Unix socket" in str(caught.value)
    assert isinstance(caught.value, ClassroomError)


@pytest.mark.parametrize("timeout", [-1, 0, 86401, 10**11])
def test_times_that_nobody_can_wait(timeout):
    with pytest.raises(ClassroomError) as refused:
        Engine(timeout=timeout)
    assert str(refused.value) == f"timeout: {timeout} is out of range: it must be from 1 to 86400"


@pytest.mark.parametrize(
    "option, environment, host",
    [
        (None, None, "unix:///var/run/docker.sock"),
        (None, "", "unix:///var/run/docker.sock"),
        (None, "unix:///e.sock", "unix:///e.sock"),
        ("unix:///o.sock", "unix:///e.sock", "unix:///o.sock"),
    ],
)
def test_which_socket(monkeypatch, option, environment, host):
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    if environment is not None:
        monkeypatch.setenv("DOCKER_HOST", environment)
    assert Engine(option).host == host


def test_filters_and_names_are_escaped(serve):
    asked = []

    def answers(path):
        asked.append(path)
        return 200, []

    engine = Engine(serve(answers))
    engine.containers(["classroom.student=ash u"])
    engine.inspect("a/../b")
    assert asked == ["/containers/json?all=1&filters=%7B%22label%22%3A+%5B%22classroom.student%3Dash+u%22%5D%7D", "/containers/a%2F..%2Fb/json"]


def test_what_it_has_just_said_is_the_first_answer_of_another(v1):
    v1.break_inspect("cgt-stopped")
    said = v1.engine.everything()
    v1.asked.clear()
    other = Engine(v1.url, 5, said)
    other.expect(["/containers/cgt-free/json", "/containers/cgt-stopped/json"])
    free = v1.containers["cgt-free"]
    assert [each["Id"] for each in other.containers()] == [each["Id"] for each in v1.containers.values()]
    assert other.inspect("cgt-free") == free
    assert v1.asked == []
    # What could not be said is asked, and so is whatever is asked again, by whatever name.
    assert other.inspect("cgt-stopped") == v1.containers["cgt-stopped"]
    assert other.inspect(free["Id"]) == other.inspect("cgt-free") == free
    assert v1.asked == [f"/containers/{name}/json" for name in ("cgt-stopped", free["Id"], "cgt-free")]
    other = Engine(v1.url, 5, said)
    assert other.inspect(free["Id"]) == other.inspect("cgt-free") == free
    assert len(v1.asked) == 4


def test_images(image_host):
    identity = image_host.add("class/x:1", [{"a": "a"}])
    engine = image_host.engine
    assert engine.image("class/x:1") == engine.image(identity)
    assert engine.image("class/x:1")["Id"] == identity
    assert [step["CreatedBy"] for step in engine.history(identity)] == ["COPY . . # buildkit"]
    assert engine.image("x:1") is None
    assert engine.history("x:1") is None


def test_archives(image_host):
    identities = [image_host.add("x:1", [{"a": "a"}]), image_host.add("x:2", [{"a": "b"}])]
    with image_host.engine.export(identities) as stream:
        assert stream.read(100) + stream.read() == image_host.archive("x:1", "x:2", names=False)
    with image_host.engine.export([*identities, "x:3"]) as stream:
        assert stream is None
    # What is left of an archive is not the next answer.
    with image_host.engine.export(identities) as stream:
        stream.read(1)
    assert image_host.engine.image("x:1")


def test_archives_that_nobody_sends(serve):
    with pytest.raises(EngineError, match="no Docker engine answers"), Engine("unix:///nowhere/s").export(["x"]):
        pass
    with pytest.raises(AnswerError, match="HTTP 500: no space left"), Engine(serve(lambda path: (500, {"message": "no space left"}))).export(["x"]):
        pass


LISTED = [
    {"Id": "aa" * 32, "Names": ["/ashux2", "/web/alias"]},
    {"Id": "bb" * 32, "Names": ["/ashux3"]},
    {"Id": "cc" * 32, "Names": ["/web"]},
    {"Id": "dd" * 32, "Names": None},
]


@pytest.mark.parametrize(
    "patterns, found",
    [
        (None, "abcd"),
        ([], "abcd"),
        (["ashu*"], "ab"),
        (["web"], "c"),
        (["alias"], ""),
        (["/web"], "c"),
        (["Web"], ""),
        (["aa" * 6], "a"),
        (["aa" * 5], ""),
        (["ashux[23]", "web"], "abc"),
        (["*"], "abc"),
    ],
)
def test_select(patterns, found):
    assert "".join(identity[0] for identity in select(LISTED, patterns)) == found


def test_asked_ahead(serve):
    asked = []

    def answers(path):
        asked.append(path.split("/")[2])
        return 200, {"Id": asked[-1], "Name": asked[-1]}

    engine = Engine(serve(answers))
    names = [f"c{number}" for number in range(12)]
    engine.expect(map(container_path, names))
    assert asked == []
    assert [engine.inspect(name)["Id"] for name in names] == names
    assert sorted(asked) == sorted(names)


def test_another_than_was_expected(serve):
    engine = Engine(serve(lambda path: (200, {"Id": path.split("/")[2], "Name": ""})))
    engine.expect(map(container_path, ["a", "b"]))
    assert [engine.inspect(name)["Id"] for name in ("b", "a", "a", "b", "b")] == ["b", "a", "a", "b", "b"]


def test_what_is_asked_again_is_answered_anew(serve):
    state = {"Id": "before", "Name": "/a"}
    engine = Engine(serve(lambda _path: (200, state)))
    engine.expect(map(container_path, ["a", "a", "b"]))
    assert engine.inspect("a")["Id"] == "before"
    state["Id"] = "after"
    assert engine.inspect("a")["Id"] == "after"


def test_nobody_answers_what_is_asked_ahead():
    engine = Engine("unix:///nowhere/s")
    engine.expect(map(container_path, ["a", "b"]))
    for name in ("a", "b"):
        with pytest.raises(EngineError, match="no Docker engine answers"):
            engine.inspect(name)
