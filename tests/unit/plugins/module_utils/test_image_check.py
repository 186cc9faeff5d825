# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requirements for images: the verdict of each on an image that is as asked, and on one that is wrong by one."""

from __future__ import annotations

import io
import tarfile
import time
from urllib.parse import unquote

import pytest
from ansible_collections.classroom.containers.plugins.module_utils import _image_secrets
from ansible_collections.classroom.containers.plugins.module_utils._engine import SILENT, Engine
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.module_utils._image_asked import parse_port, parse_size
from ansible_collections.classroom.containers.plugins.module_utils._image_check import check

NAME = "ashuflask:v001"
BASE = [{"bin/python3": "program", "etc/passwd": "root:x:0:0::/:/x\nnonroot:x:65532:65532::/:/x"}, {"lib/python3": "library"}]
LAYERS = [*BASE, {"app/demo.py": "print()"}]
CONFIG = {
    "User": "65532",
    "Entrypoint": ["/bin/python3"],
    "Cmd": ["demo.py"],
    "ExposedPorts": {"5000/tcp": {}},
    "StopSignal": "SIGINT",
    "Labels": {"maintainer": "ashu", "x": "y"},
    "Env": ["PATH=/bin", "LANG=C.UTF-8"],
}


@pytest.fixture
def host(image_host):
    """Ashu's image, and the base that it is built on."""
    image_host.add("classroom/python3:latest", BASE)
    image_host.add(NAME, LAYERS, **CONFIG)
    return image_host


@pytest.fixture
def ask(host):
    def ask(*requirements, engine=host.engine, **options):
        findings, ask.known = check(list(requirements), engine, {"secrets": [], "contents": [], "timeout": 5, **options})
        return findings, ask.known["images"]

    return ask


@pytest.fixture
def verdict(ask):
    """The finding of the one attribute that is asked of an image."""

    def verdict(name=NAME, **asked):
        exists, found = ask({"name": name, "student": "ashu", "lab": "flask_image", **asked})[0]
        assert exists.verdict == "ok"
        assert [found.attribute] == [option for option in asked if not option.startswith("registry_")]
        assert (found.student, found.lab, found.subject) == ("ashu", "flask_image", name)
        assert found.evidence
        assert found.verdict != "ok" or (found.hint == "" and found.outcome == "pass")
        return found

    return verdict


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("57900000", 57900000),
        (1, 1),
        ("1b", 1),
        ("60MB", 60000000),
        ("60 mb", 60000000),
        ("57.9MB", 57900000),
        ("1kB", 1000),
        ("1.5GB", 1500000000),
        ("60m", 62914560),
        ("60M", 62914560),
        ("60MiB", 62914560),
        ("1g", 2**30),
    ],
)
def test_sizes(text, size):
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "0", "0MB", "-1", "60 MB MB", "much", "60Mb/s", None, True])
def test_sizes_that_are_none(text):
    with pytest.raises(ClassroomError, match="is not"):
        parse_size(text)


@pytest.mark.parametrize(("text", "port"), [("5000", "5000/tcp"), (5000, "5000/tcp"), ("53/UDP", "53/udp"), ("65535", "65535/tcp"), ("080", "80/tcp")])
def test_ports(text, port):
    assert parse_port(text) == port


@pytest.mark.parametrize("text", ["", "0", "65536", "5000/x", "tcp", "5000-5001", "-1"])
def test_ports_that_are_none(text):
    with pytest.raises(ClassroomError, match="is not a port"):
        parse_port(text)


#: What is asked, the verdict on ashu's image, and words of the hint
TABLE = [
    ({"layers_max": 3}, "ok", []),
    ({"layers_max": 2}, "differs", ["has 3 layers", "at most 2"]),
    ({"base": "classroom/python3"}, "ok", []),
    ({"base": NAME}, "ok", []),
    ({"base": "other"}, "unverifiable", ["no such image", "docker pull other:latest"]),
    ({"user": "65532"}, "ok", []),
    ({"user": "nonroot"}, "ok", []),
    ({"user": "65533"}, "differs", ["runs as 65532", "USER 65533"]),
    ({"user": "root"}, "differs", ["runs as 65532", "USER root"]),
    ({"user": "65532:65532"}, "unverifiable", ["is not looked up: write USER 65532:65532"]),
    ({"user": "65533:65532"}, "differs", ["USER 65533:65532"]),
    ({"user": "nobody"}, "differs", ["USER nobody"]),
    ({"starts": "demo.py"}, "ok", []),
    ({"starts": "demo"}, "ok", []),
    ({"starts": "emo.py"}, "differs", ['starts ["/bin/python3", "demo.py"], and emo.py is asked']),
    ({"starts": "demo2.py"}, "differs", ["ENTRYPOINT or CMD with demo2.py"]),
    ({"entrypoint": ["/bin/python3"]}, "ok", []),
    ({"entrypoint": ["/bin/python3", "demo.py"]}, "differs", ['ENTRYPOINT ["/bin/python3", "demo.py"]']),
    ({"entrypoint": ["python3"]}, "differs", ['has the ENTRYPOINT ["/bin/python3"]', 'write ENTRYPOINT ["python3"]']),
    ({"entrypoint": []}, "differs", ["none is asked"]),
    ({"command": ["demo.py"]}, "ok", []),
    ({"command": []}, "differs", ["none is asked"]),
    ({"command": ["demo.py", ""]}, "differs", ["CMD"]),
    ({"exposed_ports": ["5000"]}, "ok", []),
    ({"exposed_ports": ["5000/udp"]}, "differs", ["exposes 5000/tcp", "EXPOSE 5000/udp"]),
    ({"exposed_ports": ["5001"]}, "differs", ["EXPOSE 5001/tcp"]),
    ({"exposed_ports": ["5000", "5001"]}, "differs", ["EXPOSE 5000/tcp 5001/tcp"]),
    ({"exposed_ports": []}, "differs", ["leave EXPOSE out"]),
    ({"stop_signal": "SIGINT"}, "ok", []),
    ({"stop_signal": "2"}, "ok", []),
    ({"stop_signal": "SIGTERM"}, "differs", ["sends SIGINT", "STOPSIGNAL SIGTERM"]),
    ({"labels": {"maintainer": "ashu"}}, "ok", []),
    ({"labels": {"maintainer": "ashu", "x": "y"}}, "ok", []),
    ({"labels": {"x": "z"}}, "differs", ["has x=y, and x=z is asked", 'LABEL x="z"']),
    ({"labels": {"maintainer": "ashu", "z": "1"}}, "missing", ["has no label z", 'LABEL z="1"']),
    ({"labels": {"maintainer": "murali"}}, "differs", ["this is ashu's image"]),
    ({"no_shell": True}, "ok", []),
    ({"no_package_manager": True}, "ok", []),
    ({"no_secrets": True}, "ok", []),
    ({"archive": "/nowhere/ashu.tar"}, "missing", ["There is no archive /nowhere/ashu.tar", f"docker save --output /nowhere/ashu.tar {NAME}"]),
]


@pytest.mark.parametrize(("asked", "expected", "words"), TABLE)
def test_verdicts(verdict, asked, expected, words):
    found = verdict(**asked)
    assert found.verdict == expected
    assert all(word in found.hint for word in words), found.hint


@pytest.mark.parametrize(("more", "expected"), [(0, "ok"), (-1, "differs"), (1, "ok")])
def test_one_byte(host, verdict, more, expected):
    size = host.find(NAME)["inspect"]["Size"]
    found = verdict(size_max=str(size + more))
    assert (found.verdict, found.asked, found.declared) == (expected, size + more, size)
    assert found.hint == "" or "1 more than the budget" in found.hint


PACKS = (200, {"DriverStatus": [["driver-type", "io.containerd.snapshotter.v1"]]})


@pytest.mark.parametrize(("more", "expected"), [(0, "ok"), (-1, "differs"), (1, "ok")])
@pytest.mark.parametrize("told", [1, 10**9])
def test_one_byte_where_the_engine_tells_the_size_of_what_is_packed(host, verdict, told, more, expected):
    image = host.find(NAME)
    image["inspect"]["Size"] = told
    host.info = PACKS
    size = sum(member.size for layer in image["layers"] for member in tarfile.open(fileobj=io.BytesIO(layer)))
    found = verdict(size_max=str(size + more))
    assert (found.verdict, found.declared) == (expected, size)
    assert found.evidence == [f"Size={told}", f"the files of all layers: {size} bytes"]


def test_the_size_is_not_known_where_the_engine_does_not_tell_how_it_counts(host, verdict):
    host.info = (500, {"message": "busy"})
    assert verdict(size_max="1g").verdict == "unreachable"
    host.info = PACKS
    host.add(NAME, [b"\x28\xb5\x2f\xfd" + b"x" * 99])
    assert verdict(size_max="1g").verdict == "unreadable"


def file(*contains, path="/app/demo.py", executable=False):
    return {"path": path, "contains": list(contains), "executable": executable}


#: What is asked of a file, what is found, and words of the hint
FILES = [
    (file("print()"), "ok", "/app/demo.py: 'print()'", ""),
    (file("print", "()"), "ok", "/app/demo.py: 'print', '()'", ""),
    (file("print", "[]"), "differs", "/app/demo.py: 'print'", f"/app/demo.py of {NAME} does not have '[]'"),
    (file("Print()"), "differs", None, "does not have 'Print()'"),
    (file("print()", path="/app/demo.px"), "missing", None, f"{NAME} has no file /app/demo.px"),
    (file("print()", path="/app"), "missing", None, "has /app, which is a folder"),
    (file("root:", path="/etc/passwd"), "ok", "/etc/passwd: 'root:'", ""),
    (file(), "ok", "/app/demo.py: a file", ""),
    (file(path="/app"), "missing", None, "has /app, which is a folder"),
    (file(executable=True), "ok", "/app/demo.py: executable", ""),
    (file("print()", executable=True), "ok", "/app/demo.py: executable, 'print()'", ""),
    (file("[]", executable=True), "differs", "/app/demo.py: executable", "does not have '[]'"),
    (file(path="/etc/passwd", executable=True), "differs", "/etc/passwd: a file", "RUN chmod +x"),
    (file("root:", path="/etc/passwd", executable=True), "differs", "/etc/passwd: a file", "is not executable"),
    (file(path="/app/demo.px", executable=True), "missing", None, f"{NAME} has no file /app/demo.px"),
]


@pytest.mark.parametrize(("asked", "expected", "enforced", "words"), FILES)
def test_files(verdict, asked, expected, enforced, words):
    found = verdict(files=[asked])
    assert (found.verdict, found.declared, found.enforced) == (expected, None, enforced)
    told = ["executable"] * asked["executable"] + list(map(repr, asked["contains"]))
    assert found.asked == f"{asked['path']}: {', '.join(told) or 'a file'}"
    assert words in found.hint


def test_what_is_in_the_images(host, ask):
    """Of those of which that is asked, and of those whose files are read anyway."""
    host.add("other:1", [{"app": "x"}])
    counted = {NAME: 4, "other:1": 1}
    for contents, requirement, expected in (
        ([NAME, "other:1"], {}, counted),
        ([], {}, {NAME: None, "other:1": None}),
        (["other:1"], {"no_shell": True}, counted),
        ([], {"no_shell": True}, {NAME: 4, "other:1": None}),
    ):
        _findings, images = ask({"name": NAME, **requirement}, {"name": "other:1"}, contents=contents)
        assert {image["name"]: image["files"] for image in images} == expected
        assert all((image["setuid"], image["packages"]) == ((None, None) if image["files"] is None else ([], 0)) for image in images)


def test_what_is_in_images_of_which_nothing_is_required(host, ask):
    """They have no finding, and are told under the names that are given."""
    host.add("other:1", [{"app": "x"}])
    findings, images = ask({"name": NAME}, contents=["docker.io/library/other:1", "nobody:1", NAME])
    assert [(found.subject, found.attribute) for found in findings] == [(NAME, "exists")]
    assert [(image["name"], image["files"]) for image in images] == [(NAME, 4), ("docker.io/library/other:1", 1)]
    with pytest.raises(ClassroomError, match=r"contents\[0\]: 'No:1' is not"):
        ask({"name": NAME}, contents=["No:1"])


def test_an_image_that_may_have_secrets_is_not_searched(host, ask, monkeypatch):
    """It may be ten times as large as the others."""
    host.add("other:1", [{"elsewhere": "x"}])
    searched = []
    monkeypatch.setattr(_image_secrets, "in_file", lambda path, _begin: searched.append(path) or "")
    _findings, images = ask({"name": NAME, "no_secrets": True}, contents=["other:1"])
    assert {image["name"]: image["files"] for image in images} == {NAME: 4, "other:1": 1}
    assert len(searched) >= 4 and "elsewhere" not in searched


def test_each_file_has_a_finding(host, ask):
    requirement = {"name": NAME, "files": [file("print()"), file("x"), file("x", path="/x")], "no_shell": True}
    findings, _images = ask(requirement, {"name": "nobody", "files": requirement["files"]})
    assert [(each.attribute, each.verdict) for each in findings] == [
        ("exists", "ok"), ("files", "ok"), ("files", "differs"), ("files", "missing"), ("no_shell", "ok"),
        ("exists", "absent"), *[("files", "absent")] * 3,
    ]
    assert findings[7].asked == "/app/demo.py: 'x'"
    assert len([path for path in host.asked if "/images/get" in path]) == 1


def test_a_file_that_is_too_large(host, verdict):
    host.add("x:1", [{"app": "x" * ((1 << 20) + 1)}, {"b": "->app"}])
    found = verdict("x:1", files=[file("x", path="/app")])
    assert (found.verdict, found.outcome) == ("unreadable", "could_not_check")
    assert "more than 1048576 bytes" in found.hint
    host.add("x:1", [{"app": "x"}, {"b": "->app"}])
    found = verdict("x:1", files=[file("x", path="/b")])
    assert found.verdict == "unreadable" and "a link to /app: ask for that" in found.hint


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ([], "files: [] asks for no file"),
        ([file("x"), file("x", path="app")], "files: path: 'app' is not the absolute path"),
        ([file("x", path="")], "files: path: ''"),
        ([file("x", path="/app/")], "files: path: '/app/'"),
        ([file("x", "")], "files: contains: ['x', ''] of /app/demo.py"),
    ],
)
def test_files_that_nobody_can_ask_for(host, ask, files, words):
    with pytest.raises(ClassroomError) as refused:
        ask({"name": NAME, "files": files})
    assert words in str(refused.value)
    assert host.asked == []


#: An image without anything of the kind
BARE = [
    ({"user": "65532"}, "missing", "has no USER and runs as root"),
    ({"user": "root"}, "ok", ""),
    ({"user": "0"}, "ok", ""),
    ({"user": "root:wheel"}, "unverifiable", "runs as root, and whether that is the group of root:wheel"),
    ({"user": ""}, "ok", ""),
    ({"starts": "demo.py"}, "missing", "starts nothing"),
    ({"entrypoint": ["x"]}, "missing", "has no ENTRYPOINT"),
    ({"entrypoint": []}, "ok", ""),
    ({"command": ["x"]}, "missing", "has no CMD"),
    ({"command": []}, "ok", ""),
    ({"exposed_ports": ["5000"]}, "missing", "exposes no port"),
    ({"exposed_ports": []}, "ok", ""),
    ({"stop_signal": "SIGTERM"}, "ok", ""),
    ({"stop_signal": "SIGINT"}, "missing", "sends SIGTERM"),
    ({"labels": {"maintainer": "ashu"}}, "missing", "has no label maintainer"),
    ({"base": "classroom/python3"}, "differs", "layer 1 is another one"),
    ({"no_shell": True}, "ok", ""),
]


@pytest.mark.parametrize(("asked", "expected", "words"), BARE)
def test_an_image_of_nothing(host, verdict, asked, expected, words):
    host.add("bare:1", [], User="")
    host.find("bare:1")["inspect"]["Config"] = {key: None for key in CONFIG}
    found = verdict("bare:1", **asked)
    assert found.verdict == expected
    assert words in found.hint


@pytest.mark.parametrize(
    ("layers", "expected", "words"),
    [
        ([*BASE], "ok", ""),
        ([*BASE, BASE[0]], "ok", ""),
        ([BASE[0]], "differs", "layer 2 is another one"),
        ([BASE[0], {"lib/python3": "librarY"}], "differs", "layer 2 is another one"),
        ([BASE[1], BASE[0]], "differs", "layer 1 is another one"),
        ([{"x": "x"}, *BASE], "differs", "layer 1 is another one"),
    ],
)
def test_one_other_layer(host, verdict, layers, expected, words):
    host.add("other:1", layers)
    found = verdict("other:1", base="classroom/python3")
    assert (found.verdict, found.asked) == (expected, "classroom/python3:latest")
    assert words in found.hint


def test_a_user_by_name(host, verdict):
    host.add("named:1", LAYERS, User="nonroot:nonroot")
    assert verdict("named:1", user="65532").verdict == "ok"
    assert verdict("named:1", user="nonroot").verdict == "ok"
    assert verdict("named:1", user="nonroot:nonroot").verdict == "ok"
    assert verdict("named:1", user="65533").verdict == "differs"
    assert "/etc/passwd: nonroot is 65532" in verdict("named:1", user="65532").evidence
    assert verdict("named:1", user="65532:65532").verdict == "unverifiable"
    host.add("numbers:1", LAYERS, User="65532:1")
    assert verdict("numbers:1", user="65532:65532").verdict == "differs"


def test_a_base_without_layers_is_below_every_image(host, verdict):
    host.add("nothing:1", [])
    found = verdict(base="nothing:1")
    assert (found.verdict, found.outcome) == ("unverifiable", "could_not_check")


#: Layers above the base, the image's user, who is asked, and the verdict
USERS = [
    # A number is never looked up.
    ({"etc/passwd": "65532:x:0:0::/:"}, "", "65532", "missing"),
    ({"etc/passwd": "65532:x:0:0::/:"}, "65532", "65532", "ok"),
    ({"etc/passwd": "65532:x:0:0::/:"}, "065532", "65532", "ok"),
    # Nobody is root, and no user without a name.
    ({"etc/passwd": ":x:65532:0::/:"}, "", "65532", "missing"),
    # The first of two lines with one name.
    ({"etc/passwd": "nonroot:x:0:0::/:\nnonroot:x:65532:1::/:"}, "nonroot", "65532", "differs"),
    ({"etc/passwd": "nonroot:x:65532:0::/:\nnonroot:x:0:1::/:"}, "nonroot", "65532", "ok"),
    # The file of a lower layer is not that of the image.
    ({"etc/passwd": ""}, "nonroot", "65532", "differs"),
    ({"etc/.wh.passwd": ""}, "nonroot", "65532", "differs"),
    ({"etc/passwd": "->/app/passwd", "app/passwd": "nonroot:x:0:0::/:"}, "nonroot", "65532", "unverifiable"),
    ({"etc/passwd": "->/app/passwd", "app/passwd": "nonroot:x:0:0::/:"}, "65532", "65532", "ok"),
    # Another name of root.
    ({"etc/passwd": "nonroot:x:0:0::/:"}, "nonroot", "nonroot", "differs"),
    ({"etc/passwd": "nonroot:x:0:0::/:"}, "nonroot:nonroot", "nonroot", "differs"),
    ({"etc/passwd": "nonroot:x:1:0::/:"}, "nonroot", "nonroot", "ok"),
]


@pytest.mark.parametrize(("layer", "user", "asked", "expected"), USERS)
def test_who_a_container_runs_as(host, verdict, layer, user, asked, expected):
    host.add("users:1", [*BASE, layer], User=user)
    assert verdict("users:1", user=asked).verdict == expected


#: What a student may write that takes a reader long, or further than it can go
LONG = [{"User": "1" * 5000}, {"User": "0" * 5000 + "65532"}, {"Cmd": ["flask "] * 40000}, {"Cmd": ["run flask "] * 40000}]


@pytest.mark.parametrize("config", LONG)
def test_what_is_too_long_ends_nobodys_check(host, verdict, config):
    host.add("long:1", LAYERS, **config)
    assert verdict("long:1", user="65532").verdict == ("ok" if config.get("User", "").endswith("65532") else "differs" if "User" in config else "missing")
    assert verdict("long:1", starts="demo.py").verdict in ("differs", "missing")


#: CMD and FLASK_APP, the program that is asked, the verdict
STARTS_ELSEWISE = [
    (["python3", "-m", "flask", "run", "--host=0.0.0.0"], "demo.py", "demo.py", "ok"),
    (["python3", "-m", "flask", "run", "--host=0.0.0.0"], "demo", "demo.py", "ok"),
    (["flask", "run"], "other.py", "demo.py", "differs"),
    (["flask", "-A", "other", "run"], "demo.py", "demo.py", "differs"),
    (["python3", "other.py"], "demo.py", "demo.py", "differs"),
    (["/bin/sh", "-c", "FLASK_APP=other.py flask run"], None, "app.py", "differs"),
    (["/bin/sh", "-c", "FLASK_APP=demo.py flask run"], None, "demo.py", "ok"),
    # Two words, and no command of Flask's
    (["python3", "/flask/run.py"], "demo.py", "demo.py", "differs"),
    (["/bin/sh", "-c", "cd /opt/flask && python3 run.py"], None, "app.py", "differs"),
    (["/usr/local/bin/flask", "run"], "demo.py", "demo.py", "ok"),
    # What Flask itself looks for
    (["flask", "run"], None, "app.py", "ok"),
    (["flask", "run"], None, "wsgi.py", "ok"),
    (["flask", "run"], None, "demo.py", "differs"),
    (["flask", "run"], "demo.py", "app.py", "differs"),
    # A file of the same name with another ending
    (["/usr/bin/tail", "-f", "demo.log"], None, "demo.py", "differs"),
    (["/code1/hello.sh"], None, "hello.py", "differs"),
    (["python3", "demo.pyx"], None, "demo.py", "differs"),
    (["gunicorn", "demo:create.app"], None, "demo.py", "ok"),
    (["python3", "demo.py.old"], None, "demo.py", "differs"),
    # A folder of that name, and what is called so in another file
    (["python3", "/app/main.py"], None, "app.py", "differs"),
    (["python3", "/demo/other.py"], None, "demo.py", "differs"),
    (["gunicorn", "main:app"], None, "app.py", "differs"),
    (["flask", "--app", "main:app", "run"], None, "app.py", "differs"),
    (["gunicorn", "app:app"], None, "app.py", "ok"),
    (["python3", "/app/app.py"], None, "app.py", "ok"),
    (["flask", "--app", "src/app", "run"], None, "app.py", "ok"),
    # A module in a package
    (["python3", "-mdemo"], None, "demo.py", "ok"),
    (["python3", "-m", "webapp.demo"], None, "demo.py", "ok"),
    (["flask", "--app=webapp.demo", "run"], None, "demo.py", "ok"),
    (["flask", "-Ademo", "run"], None, "demo.py", "ok"),
    (["gunicorn", "webapp.demo:app"], None, "demo.py", "ok"),
    (["flask", "run"], "webapp.demo:app", "demo.py", "ok"),
    (["flask", "--app", "demo.other", "run"], None, "demo.py", "differs"),
    (["gunicorn", "main:app.demo"], None, "demo.py", "differs"),
    (["python3", "-m", "webapp.demo2"], None, "demo.py", "differs"),
    (["cat", "main.demo"], None, "demo.py", "differs"),
]


@pytest.mark.parametrize(("command", "app", "asked", "expected"), STARTS_ELSEWISE)
def test_what_an_image_starts_by_what_flask_is_told(host, verdict, command, app, asked, expected):
    host.add("starts:1", LAYERS, Cmd=command, Env=[f"FLASK_APP={app}"] if app else None)
    assert verdict("starts:1", starts=asked).verdict == expected


#: ENTRYPOINT and CMD that all start demo.py
STARTS = [
    (None, ["python3", "/webapp/demo.py"]),
    (["/usr/bin/python3"], ["./demo.py"]),
    (["/webapp/demo.py"], None),
    (["python3", "-m", "demo"], None),
    (None, ["flask", "--app", "demo", "run"]),
    (None, ["gunicorn", "demo:app"]),
    (None, ["/bin/sh", "-c", "cd /webapp && exec python3 demo.py"]),
]


@pytest.mark.parametrize(("entrypoint", "command"), STARTS)
def test_what_an_image_starts(host, verdict, entrypoint, command):
    host.add("starts:1", LAYERS, Entrypoint=entrypoint, Cmd=command)
    assert verdict("starts:1", starts="demo.py").verdict == "ok"
    assert verdict("starts:1", starts="dem.py").verdict == "differs"


def test_whose_image_it_is(host, verdict):
    host.add("muraliflask:v001", LAYERS, Labels={"maintainer": "murali"})
    host.tag("muraliflask:v001", "ashuflask:v002")
    found = verdict("ashuflask:v002", labels={"maintainer": "ashu"})
    assert (found.verdict, found.outcome) == ("differs", "fail")
    assert "maintainer=murali, and maintainer=ashu is asked: this is murali's image, which has the name muraliflask:v001, too" in found.hint
    assert found.declared == {"maintainer": "murali"}


#: What an image has more than ashu's, what is asked, and words of the hint
FOUND = [
    ({}, [{"bin/sh": "program"}], "no_shell", ["has a shell: /bin/sh"]),
    ({}, [{"bin/apt": "program"}], "no_package_manager", ["has a package manager: /bin/apt"]),
    ({"Env": ["PATH=/opt"]}, [{"opt/bash": "program"}], "no_shell", ["/opt/bash"]),
    ({"Env": ["DB_PASSWORD=hunter2"]}, [], "no_secrets", ["Config.Env: DB_PASSWORD"]),
    ({"Cmd": ["x", "--token", "hunter2"]}, [], "no_secrets", ["Config.Cmd: --token"]),
    ({"Healthcheck": {"Test": ["CMD", "x", "--token=hunter2"]}}, [], "no_secrets", ["Config.Healthcheck: --token"]),
    ({"Labels": {"token": "hunter2"}}, [], "no_secrets", ["Config.Labels.token: token"]),
    ({}, [{"root/.netrc": "password hunter2"}], "no_secrets", ["/root/.netrc in layer 4 of 4"]),
    ({}, [{"root/.netrc": "password hunter2"}, {"root/.wh..netrc": ""}], "no_secrets", ["/root/.netrc in layer 4 of 5", "a later layer takes away"]),
]


@pytest.mark.parametrize(("config", "layers", "asked", "words"), FOUND)
def test_what_must_not_be_in_an_image(host, verdict, config, layers, asked, words):
    host.add("x:1", LAYERS + layers, **config)
    found = verdict("x:1", **{asked: True})
    assert (found.verdict, found.asked) == ("differs", True)
    assert all(word in found.hint for word in words), found.hint
    assert "hunter2" not in str(found)
    assert (found.declared, found.enforced) in ((None, False), (True, False), (False, True))
    assert ("a later layer takes away" in found.hint) == (len(layers) == 2)


def test_nothing_of_the_kind(verdict):
    found = verdict(no_secrets=True)
    assert (found.asked, found.declared, found.enforced) == (True, True, True)
    assert len(found.evidence) == 2
    found = verdict(no_shell=True)
    assert (found.asked, found.declared, found.enforced) == (True, None, True)


def test_secrets_in_the_history(host, ask):
    history = [("COPY . . # buildkit", 9)] * 3 + [("ARG TOKEN", 0), ("RUN |1 TOKEN=hunter2 /bin/sh -c true # buildkit", 0), ("RUN |1 TOKEN=hunter2 /bin/sh", 0)]
    host.add("x:1", LAYERS, history)
    findings, _images = ask({"name": "x:1", "no_secrets": True})
    assert findings[1].evidence == ["docker history, step 5, 6 of 6: TOKEN"]
    assert ask.known["steps"][4]["created_by"] == "RUN |1 TOKEN=*** /bin/sh -c true # buildkit"
    assert "hunter2" not in str(findings) + str(ask.known)


@pytest.mark.parametrize(
    ("config", "layers", "place"),
    [
        ({"Env": ["A=xcorrect-horsex"]}, [], "Config.Env"),
        ({"Labels": {"a": "correct-horse"}}, [], "Config.Labels.a"),
        ({"Entrypoint": ["correct-horse"]}, [], "Config.Entrypoint"),
        ({}, [{"data": "\0correct-horse\0"}], "/data in layer 4 of 4"),
    ],
)
def test_exact_secrets(host, ask, config, layers, place):
    host.add("x:1", LAYERS + layers, **config)
    (_exists, found), _images = ask({"name": "x:1", "no_secrets": True}, secrets=["battery-staple", "correct-horse"])
    assert found.verdict == "differs" and place in found.hint and "one of the secrets that are looked for" in found.hint
    assert "horse" not in found.hint
    (_exists, found), _images = ask({"name": "x:1", "no_secrets": True}, secrets=["correct-horsf"])
    assert found.verdict == "ok"


def test_what_is_not_forbidden_is_not_asked_for(host, ask):
    findings, _images = ask({"name": NAME, "no_shell": False, "no_secrets": False, "no_package_manager": False})
    assert [finding.attribute for finding in findings] == ["exists"]
    assert not any("/images/get" in path for path in host.asked)


def test_secrets_in_values_that_are_shown(host, verdict):
    host.add("x:1", LAYERS, Entrypoint=["x", "--password", "hunter2"], Labels={"token": "hunter2"})
    assert "hunter2" not in str(verdict("x:1", entrypoint=["y"]))
    assert "hunter2" not in str(verdict("x:1", labels={"token": "x"}))


def test_what_is_not_there_fails(ask):
    findings, images = ask({"name": "nobody", "user": "65532", "no_shell": True})
    assert [(each.attribute, each.verdict, each.outcome) for each in findings] == [
        ("exists", "absent", "fail"), ("user", "absent", "fail"), ("no_shell", "absent", "fail"),
    ]
    assert all("docker build --tag nobody:latest" in each.hint for each in findings)
    assert images == []


def test_an_id_is_no_name(host, ask):
    short = host.find(NAME)["inspect"]["Id"][7:19]
    findings, _images = ask({"name": short})
    assert findings[0].verdict == "absent"


def test_names_are_what_docker_reads(ask):
    findings, images = ask({"name": "docker.io/library/ashuflask:v001"}, {"name": "classroom/python3"})
    assert [(each.subject, each.asked, each.declared) for each in findings] == [
        ("docker.io/library/ashuflask:v001", NAME, NAME), ("classroom/python3", "classroom/python3:latest", "classroom/python3:latest"),
    ]
    assert [image["name"] for image in images] == ["docker.io/library/ashuflask:v001", "classroom/python3"]


def test_what_is_known_of_images(host, ask):
    host.add("x:1", [BASE[0], {"x": "x"}, LAYERS[2]], [("", 5), ("COPY x # buildkit", 6), ("ENV a=b", 0), ("COPY . # buildkit", 7)])
    _findings, images = ask({"name": NAME}, {"name": "x:1"}, {"name": "classroom/python3"}, {"name": NAME, "layers_max": 9})
    assert [image["name"] for image in images] == [NAME, "x:1", "classroom/python3"]
    inspected = host.find("x:1")["inspect"]
    described = {"id": inspected["Id"], "size": inspected["Size"], "created": "2026-01-01T00:00:00Z", "layers": 3}
    assert {key: images[1][key] for key in described} == described
    own = [step for step in ask.known["steps"] if "x:1" in step["images"]]
    layers = inspected["RootFS"]["Layers"]
    # It is told by the history of the first that has it.
    assert (own[0]["diff_id"], own[0]["size"], own[0]["images"]) == (layers[0], 10240, [NAME, "x:1", "classroom/python3"])
    assert [tuple(step.values()) for step in own[1:]] == [
        ("COPY", "COPY x # buildkit", 6, layers[1], False, ["x:1"]),
        ("ENV", "ENV a=b", 0, None, True, ["x:1"]),
        # The last layer of both is the same, and not on top of the same ones.
        ("COPY", "COPY . # buildkit", 7, layers[2], False, ["x:1"]),
    ]
    below = "classroom/python3"
    assert [step["images"] for step in ask.known["steps"] if NAME in step["images"]] == [[NAME, "x:1", below], [NAME, below], [NAME]]


def test_steps_are_told_once(host, ask):
    """In the order of each Dockerfile. A step without a layer is another one after other such steps."""
    below = [("", 5), ("ENV a=b", 0)]
    host.add("x:1", BASE[:1], [*below, ("USER x", 0), ("ENV c=d", 0)])
    host.add("x:2", BASE[:1], [*below, ("ENV c=d", 0), ("USER x", 0)])
    host.add("x:3", [*BASE[:1], {"x": "x"}], [*below, ("USER x", 0), ("RUN true # buildkit", 2)])
    ask(*({"name": name} for name in ("x:1", "x:2", "x:3")))
    assert [(step["created_by"], step["images"]) for step in ask.known["steps"]] == [
        ("", ["x:1", "x:2", "x:3"]),
        ("ENV a=b", ["x:1", "x:2", "x:3"]),
        ("USER x", ["x:1", "x:3"]),
        ("ENV c=d", ["x:2"]),
        ("ENV c=d", ["x:1"]),
        ("USER x", ["x:2"]),
        ("RUN true # buildkit", ["x:3"]),
    ]


def test_a_layer_that_is_not_known_is_nobody_elses(host, ask):
    """Two that were made alike, of which the history does not tell what it left: each is counted."""
    for name, content in (("x:1", "1"), ("x:2", "2")):
        host.add(name, [BASE[0], {"x": content}, {"y": content}], [("", 5), ("unknown", 0), ("unknown", 0), ("unknown", 0)])
    ask({"name": "x:1"}, {"name": "x:2"})
    told = [(step["diff_id"], step["empty"], step["images"]) for step in ask.known["steps"]]
    assert told[1:] == [(None, None, [name]) for name in ("x:1", "x:2") * 3]


def test_a_layer_that_is_known_is_shared_above_one_that_is_not(host, ask):
    history = [("", 5), ("unknown", 0), ("unknown", 0), ("COPY big # buildkit", 5000), ("COPY x # buildkit", 7)]
    for name in ("x:1", "x:2"):
        host.add(name, [BASE[0], {"w": "w"}, {"big": "big"}, {"x": name}], history)
    ask({"name": "x:1"}, {"name": "x:2"})
    told = [(step["created_by"], step["images"]) for step in ask.known["steps"] if step["size"]]
    assert told == [("", ["x:1", "x:2"]), ("COPY big # buildkit", ["x:1", "x:2"]), ("COPY x # buildkit", ["x:1"]), ("COPY x # buildkit", ["x:2"])]


def test_each_thing_is_asked_for_once(host, ask):
    host.tag(NAME, "ashuflask:copy")
    requirements = [{"name": name, "no_shell": True, "no_secrets": True, "base": "classroom/python3"} for name in (NAME, "ashuflask:copy", NAME)]
    findings, _images = ask(*requirements)
    assert {each.verdict for each in findings} == {"ok"}
    identity = host.find(NAME)["inspect"]["Id"]
    assert sorted(host.asked) == sorted(
        [
            *(f"/images/{name}/json?manifests=1" for name in (NAME, "ashuflask:copy", "classroom/python3:latest")),
            *(f"/images/{identity}/history", f"/images/get?names={identity}"),
        ]
    )


def test_without_an_engine_nothing_is_known(ask, tmp_path):
    url = f"unix://{tmp_path}/none"
    findings, images = ask({"name": "a", "user": "x"}, {"name": "b", "no_shell": True}, engine=Engine(url, 1))
    assert [(each.subject, each.attribute, each.verdict) for each in findings] == [
        ("a", "exists", "unreachable"), ("a", "user", "unreachable"), ("b", "exists", "unreachable"), ("b", "no_shell", "unreachable"),
    ]
    assert all(url in each.hint for each in findings)
    assert images == []


def test_an_engine_that_does_not_answer_is_not_waited_for_again_and_again(ask, tmp_path, monkeypatch):
    waited = []
    engine = Engine(f"unix://{tmp_path}/none", 1)

    class Silent:
        def getresponse(self):
            waited.append(self)
            raise TimeoutError("timed out")

    monkeypatch.setattr(engine, "_ask", lambda _path: Silent())
    findings, _images = ask(*({"name": f"x:{number}"} for number in range(9)), engine=engine)
    assert {each.verdict for each in findings} == {"unreachable"}
    assert len(waited) == SILENT


def test_an_image_that_takes_too_long_takes_nobody_else_the_files(host, ask, monkeypatch):
    """The engine copies all layers before it says the first word."""
    for name in ("big:1", "big:2", "kept:1", "kept:2"):
        host.add(name, [*LAYERS, {"name": name}])
    archive = host.archive

    def slow(*references, names):
        if any("big" in host.find(reference)["inspect"]["RepoTags"][0] for reference in references):
            time.sleep(0.5)
        return archive(*references, names=names)

    monkeypatch.setattr(host, "archive", slow)
    names = ("big:1", "kept:1", "big:2", "kept:2")
    findings, _images = ask(*({"name": name, "no_shell": True} for name in names), engine=Engine(host.engine.host, 0.2))
    assert [each.verdict for each in findings if each.attribute == "no_shell"] == ["unreachable", "ok", "unreachable", "ok"]


def vanish(host, name, when):
    """The image goes away at the first request of that kind."""

    def on_request(path):
        if when in path and name in host.images:
            del host.images[name]

    host.on_request = on_request


@pytest.mark.parametrize("when", ["/history", "/images/get"])
def test_an_image_that_goes_away_meanwhile(host, ask, when):
    host.add("gone:1", LAYERS)
    vanish(host, "gone:1", when)
    findings, images = ask({"name": "gone:1", "no_shell": True, "layers_max": 9}, {"name": NAME, "no_shell": True})
    assert [(each.verdict, each.outcome) for each in findings[:3]] == [("unstable", "could_not_check")] * 3
    assert all("gone:1 could not be checked: it was removed while it was being read" in each.hint for each in findings[:3])
    assert [each.verdict for each in findings[3:]] == ["ok", "ok"]
    assert [image["name"] for image in images] == [NAME]


def test_images_that_go_away_one_by_one(host, ask):
    names = [f"gone:{number}" for number in range(5)]
    for name in names:
        host.add(name, [*LAYERS, {"name": name}])
    left = list(names)

    def on_request(path):
        if "/images/get" in path and left:
            del host.images[left.pop()]

    host.on_request = on_request
    findings, _images = ask({"name": NAME, "no_shell": True}, *({"name": name, "no_shell": True} for name in names))
    assert {each.outcome for each in findings if each.attribute == "no_shell"} == {"could_not_check"}


def test_one_that_stands_for_others_of_its_layers_and_goes_away(host, ask):
    for name in ("gone:1", "kept:1", "kept:2"):
        host.add(name, LAYERS, Env=[f"NAME={name}"])
    vanish(host, "gone:1", "/images/get")
    findings, _images = ask(*({"name": name, "no_shell": True} for name in ("gone:1", "kept:1", "kept:2")))
    assert [each.verdict for each in findings if each.attribute == "no_shell"] == ["unstable", "ok", "ok"]
    assert [path.count("names=") for path in host.asked if "/images/get" in path] == [1, 2]


def test_one_that_stands_for_others_of_its_layers_and_cannot_be_read(host, ask, monkeypatch):
    """It takes nobody else the result."""
    odd, _kept = [host.add(name, LAYERS, Env=[f"NAME={name}"]) for name in ("odd:1", "kept:1")]
    archive = host.archive
    monkeypatch.setattr(host, "archive", lambda *references, names: archive(*(each for each in references if each != odd), names=names))
    findings, _images = ask(*({"name": name, "no_shell": True} for name in ("odd:1", "kept:1")))
    assert [each.verdict for each in findings if each.attribute == "no_shell"] == ["unreadable", "ok"]


def test_files_that_cannot_be_read(host, ask):
    host.add("bad:1", [b"no tar" * 999], Env=["TOKEN=hunter2"], User="nonroot")
    findings, _images = ask({"name": "bad:1", "no_shell": True, "no_secrets": True, "user": "65532", "layers_max": 1})
    found = {each.attribute: each for each in findings}
    assert {name: each.verdict for name, each in found.items()} == {
        "exists": "ok", "layers_max": "ok", "user": "unreadable", "no_shell": "unreadable",
        # This much is known.
        "no_secrets": "differs",
    }
    assert "layer 1 of 1: it is not a tar" in found["no_shell"].hint


def test_an_engine_that_breaks_off(host, ask, monkeypatch):
    monkeypatch.setattr(host, "archive", lambda *_references, **_options: b"x" * 100)
    findings, _images = ask({"name": NAME, "no_shell": True, "layers_max": 9})
    assert [each.verdict for each in findings] == ["ok", "ok", "unreadable"]


def rebuilt(host):
    before = host.archive(NAME)
    host.add(NAME, LAYERS, **dict(CONFIG, User="65533"))
    return before


#: How the archive comes to be, the verdict, and words of the hint
ARCHIVES = [
    (lambda host: host.archive(NAME), "ok", []),
    (lambda host: host.archive("classroom/python3:latest", NAME), "ok", []),
    (lambda host: host.archive("classroom/python3:latest"), "missing", ["no image named ashuflask:v001", "another name: classroom/python3:latest"]),
    (lambda host: host.archive(NAME, names=False), "missing", ["no image named ashuflask:v001"]),
    (lambda host: host.archive(NAME)[:1000], "differs", ["not a whole tar"]),
    (lambda host: b"\x28\xb5\x2f\xfd" + host.archive(NAME), "unreadable", ["could not be read", "zstd"]),
    (lambda host: host.archive(NAME).replace(b"print()", b"print(1"), "differs", ["is broken: layer 3 is not the one"]),
    (rebuilt, "differs", ["another image as ashuflask:v001 than the engine"]),
]


@pytest.mark.parametrize(("made", "expected", "words"), ARCHIVES)
def test_archives(host, verdict, tmp_path, made, expected, words):
    file = tmp_path / "ashu.tar"
    file.write_bytes(made(host))
    found = verdict(archive=str(file))
    assert found.verdict == expected
    assert all(word in found.hint for word in words), found.hint
    assert expected == "ok" or f"docker save --output {file} {NAME}" in found.hint
    assert found.declared == host.find(NAME)["inspect"]["Id"]


def test_a_folder_is_no_archive(verdict, tmp_path):
    found = verdict(archive=str(tmp_path))
    assert (found.verdict, found.outcome) == ("unreadable", "could_not_check")


PUSHED = "ashu/ashuflask"


@pytest.fixture
def registry(serve_registry, host):
    server = serve_registry()
    server.users["trainer"] = "correct-horse"
    media_type = "application/vnd.oci.image.manifest.v1+json"
    server.push = lambda tag, config: server.put(PUSHED, tag, {"mediaType": media_type, "config": {"digest": config}, "layers": []})
    return server


@pytest.fixture
def pushed(registry, ask):
    def pushed(tag="v001", password="correct-horse", **options):
        asked = {"name": NAME, "pushed_as": f"{registry.address}/{PUSHED}:{tag}"}
        (_exists, found), _images = ask(
            asked, **{"registry_username": "trainer", "registry_password": password, "registry_ca": registry.authority, **options}
        )
        assert "horse" not in str(found)
        return found

    return pushed


def test_pushed(host, registry, pushed):
    identity = host.find(NAME)["inspect"]["Id"]
    digest = registry.push("v001", identity)
    host.find(NAME)["inspect"]["RepoDigests"] = [f"{registry.address}/{PUSHED}@{digest}", "other@sha256:1"]
    found = pushed()
    assert (found.verdict, found.declared, found.enforced) == ("ok", identity, identity)
    assert f'RepoDigests=["{registry.address}/{PUSHED}@{digest}"]' in found.evidence
    assert any(digest in line for line in found.evidence[2:])


def test_pushed_from_an_engine_whose_ids_are_digests_of_manifests(host, registry, pushed):
    host.find(NAME)["inspect"]["Id"] = registry.push("v001", "sha256:" + "c" * 64)
    assert pushed().verdict == "ok"


@pytest.mark.parametrize(("architecture", "expected"), [("arm64", "ok"), ("amd64", "differs"), ("", "differs"), ("riscv64", "differs")])
def test_pushed_for_one_of_several_processors(host, registry, pushed, architecture, expected):
    host.find(NAME)["inspect"]["Architecture"] = architecture
    described = []
    for processor, config in (("arm64", host.find(NAME)["inspect"]["Id"]), ("amd64", "sha256:" + "c" * 64)):
        described.append({"digest": registry.push("", config), "platform": {"os": "linux", "architecture": processor}})
    registry.put(PUSHED, "v001", {"mediaType": "application/vnd.oci.image.index.v1+json", "manifests": described})
    assert pushed().verdict == expected


def test_pushed_and_built_again_from_the_cache(host, registry, pushed):
    """The index is another one, and its manifest for this processor is the same."""
    manifest = {"ID": "sha256:" + "a" * 64, "Kind": "image", "ImageData": {"Platform": {"os": "linux", "architecture": "amd64"}}}
    host.find(NAME)["inspect"].update(Os="linux", Manifests=[manifest])
    manifest["ID"] = registry.push("v001", "sha256:" + "c" * 64)
    assert pushed().verdict == "ok"
    for other in ({"Kind": "attestation"}, {"ImageData": {"Platform": {"os": "linux", "architecture": "arm64"}}}, {"ID": "sha256:" + "b" * 64}):
        host.find(NAME)["inspect"]["Manifests"] = [{**manifest, **other}]
        assert pushed().verdict == "differs"


def test_not_pushed(registry, pushed):
    registry.push("v002", "sha256:" + "c" * 64)
    found = pushed()
    name = f"{registry.address}/{PUSHED}:v001"
    assert (found.verdict, found.outcome) == ("missing", "fail")
    assert f"docker tag {NAME} {name}, then docker push {name}" in found.hint


def test_pushed_and_built_again(host, registry, pushed):
    registry.push("v001", host.find(NAME)["inspect"]["Id"])
    host.add(NAME, LAYERS, **dict(CONFIG, User="65533"))
    found = pushed()
    assert (found.verdict, found.outcome) == ("differs", "fail")
    assert "another image" in found.hint and "docker push" in found.hint
    assert found.enforced != found.declared


def test_the_image_of_another(host, registry, ask):
    registry.push("v001", host.add("muraliflask:v001", LAYERS))
    asked = [{"name": NAME, "pushed_as": f"{registry.address}/{PUSHED}:v001"}, {"name": "muraliflask:v001"}]
    options = {"registry_username": "trainer", "registry_password": "correct-horse", "registry_ca": registry.authority}
    assert "which is muraliflask:v001 on this host" in ask(*asked, **options)[0][1].hint


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"password": "wrong-horse"}, "refuses trainer"),
        ({"registry_username": None}, "wants a name and a password"),
        ({"registry_ca": None}, "is not trusted"),
    ],
)
def test_what_the_registry_does_not_say(registry, pushed, options, words):
    registry.push("v001", "sha256:" + "c" * 64)
    found = pushed(**options)
    assert (found.verdict, found.outcome) == ("unreachable", "could_not_check")
    assert words in found.hint and "It is not known whether" in found.hint


def test_a_registry_that_is_down_leaves_the_rest(ask):
    findings, _images = ask({"name": NAME, "user": "65532", "pushed_as": "127.0.0.1:1/x"})
    assert [(each.attribute, each.verdict) for each in findings] == [("exists", "ok"), ("user", "ok"), ("pushed_as", "unreachable")]


@pytest.mark.parametrize(
    ("requirement", "words"),
    [
        ({"name": "Ashuflask"}, "name: 'Ashuflask' is not the name of an image"),
        ({"name": "x", "size_max": "much"}, "size_max: 'much' is not a size"),
        ({"name": "x", "layers_max": 0}, "layers_max: 0 is out of range"),
        ({"name": "x", "base": "a b"}, "base: 'a b' is not the name of an image"),
        ({"name": "x", "pushed_as": "host/A"}, "pushed_as: 'host/A' is not the name of an image"),
        ({"name": "x", "pushed_as": "host:1/a@sha256:" + "0" * 64}, "has a digest, and an image is pushed as a tag"),
        ({"name": "x", "user": "a b"}, "user: 'a b' is not a user"),
        ({"name": "x", "user": "1:"}, "user: '1:' is not a user"),
        ({"name": "x", "exposed_ports": ["5000", "x"]}, "exposed_ports: 'x' is not a port"),
        ({"name": "x", "stop_signal": "SIGX"}, "stop_signal: 'SIGX' is not a signal"),
        ({"name": "x", "size_max": "0"}, "size_max: '0' is not more than 0"),
        ({"name": "x", "layers_max": 10**20}, "layers_max: 100000000000000000000 is out of range: it has more than 20 digits"),
        ({"name": "x", "labels": {}}, "labels: {} asks for no label"),
        ({"name": "x", "labels": {"a": None}}, "labels: a: its value is no text"),
        ({"name": "x", "archive": "x.tar"}, "archive: 'x.tar' is not an absolute path"),
    ],
)
def test_requirements_that_are_none(host, ask, requirement, words):
    with pytest.raises(ClassroomError) as refused:
        ask({"name": NAME}, requirement)
    assert str(refused.value).startswith(f"images[1] ({requirement['name']}): ")
    assert words in str(refused.value) and "unlimited" not in str(refused.value)
    assert host.asked == []


@pytest.mark.parametrize(
    ("options", "words"),
    [({"registry_ca": "/nowhere"}, "registry_ca: /nowhere is not a file"), ({"secrets": ["short"]}, "secrets[0]: it has 5 characters")],
)
def test_options_that_are_none(host, ask, options, words):
    with pytest.raises(ClassroomError) as refused:
        ask({"name": NAME}, **options)
    assert words in str(refused.value)
    assert host.asked == []


def test_an_image_that_the_engine_cannot_give_takes_nobody_else_the_files(host, ask, serve):
    host.add("bad:1", [{"app": "another"}])
    answer = host._answer
    bad = host.find("bad:1")["inspect"]["Id"]

    def fail(path):
        return (500, {"message": "layer does not exist"}) if path.startswith("/images/get") and bad in unquote(path) else answer(path)

    findings, _images = ask(*({"name": name, "no_shell": True} for name in (NAME, "bad:1")), engine=Engine(serve(fail), 5))
    verdicts = {(each.subject, each.attribute): each.verdict for each in findings}
    assert (verdicts[NAME, "no_shell"], verdicts["bad:1", "no_shell"]) == ("ok", "unreachable")
