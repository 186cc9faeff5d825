# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command, the variables and the image of a container."""

from __future__ import annotations

import pytest
from ansible_collections.classroom.containers.plugins.module_utils._container_check import check, shown

PING = ["ping", "127.0.0.1"]
SCRIPT = ["/code/hello.py", "a"]
EXEC = ["sh", "-c", "mkdir /www; exec httpd -f -p 80"]


def told(lab, entrypoint, command, running="same", init=None):
    """What Docker says that a container runs, and what its process is; None where that cannot be read."""
    lab.container["Config"].update(Entrypoint=entrypoint, Cmd=command)
    lab.container["Args"] = [*(entrypoint or []), *command][1:]
    lab.container["HostConfig"]["Init"] = init
    words = [*(entrypoint or []), *command] if running == "same" else running
    lab.host.write("/proc/31443/cmdline", "" if words is None else "".join(f"{word}\0" for word in words))


#: Config.Entrypoint, Config.Cmd, the process, what is asked, the verdict, words of the hint
COMMANDS = [
    (None, PING, "same", PING, "ok", ""),
    (PING, [], "same", PING, "ok", ""),
    (["ping"], ["127.0.0.1"], "same", PING, "ok", ""),
    (None, ["ping", ""], "same", ["ping", ""], "ok", ""),
    # One argument, one letter, one too many, one too few, the order
    (None, ["ping", "127.0.0.2"], "same", PING, "differs", "with ping 127.0.0.1 after the image"),
    (None, ["Ping", "127.0.0.1"], "same", PING, "differs", ""),
    (None, [*PING, "x"], "same", PING, "differs", ""),
    (None, ["ping"], "same", PING, "differs", ""),
    (None, PING[::-1], "same", PING, "differs", ""),
    (None, ["ping", "127.0.0.1 "], "same", PING, "differs", ""),
    (None, [*PING, ""], "same", PING, "differs", ""),
    # Right by chance: what Docker was told counts
    (None, ["sh", "-c", "exec ping 127.0.0.1"], PING, PING, "differs", ""),
    (None, ["/bin/sh", "-c", "ping 127.0.0.1"], "same", PING, "differs", 'This is the shell form: CMD ping 127.0.0.1 in a Dockerfile'),
    (["sh", "-c"], ["ping  127.0.0.1"], "same", PING, "differs", 'CMD ["ping", "127.0.0.1"] runs it'),
    (None, ["ping 127.0.0.1"], "same", PING, "differs", "In quotes it is the name of one program"),
    (None, [*PING, "--memory", "100m"], "same", PING, "differs", "write --memory before the image"),
    (None, [*PING, "--memory=100m"], "same", PING, "differs", "write --memory before the image"),
    (["/entry.sh"], PING, "same", PING, "differs", 'The ENTRYPOINT ["/entry.sh"] stands before it: --entrypoint ping'),
    # The kernel shows the interpreter of a script, and the engine's own init.
    (SCRIPT, [], ["/usr/bin/python3", *SCRIPT], SCRIPT, "ok", ""),
    (SCRIPT, [], ["/usr/bin/env", "python3", *SCRIPT], SCRIPT, "ok", ""),
    (["hello.py"], ["a"], ["/usr/bin/python3", "/code/hello.py", "a"], ["hello.py", "a"], "ok", ""),
    (SCRIPT, [], ["/usr/bin/python3", "/code/hello.py", "b"], SCRIPT, "unverifiable", "docker top"),
    (None, PING, ["/sbin/docker-init", "--", *PING], PING, "ok", ""),
    (None, PING, ["/sbin/docker-init", "--", "ping", "127.0.0.2"], PING, "unverifiable", "docker top"),
    # What a program makes of itself
    (None, EXEC, ["httpd", "-f", "-p", "80"], EXEC, "converted", "its first process is"),
    (["/entry.sh"], PING, PING, ["/entry.sh", *PING], "converted", ""),
    (None, ["nginx", "-g", "daemon off;"], ["nginx: master process nginx -g daemon off;", "", ""], ["nginx", "-g", "daemon off;"], "converted", ""),
    (None, EXEC, ["httpd", "-f", "-p", "81"], EXEC, "unverifiable", "docker top cgt-free"),
    (None, PING, ["sleep", "9"], PING, "unverifiable", "docker top cgt-free"),
    (None, PING, None, PING, "unverifiable", "could not be read"),
]  # fmt: skip


@pytest.mark.parametrize(("entrypoint", "command", "running", "asked", "verdict", "words"), COMMANDS)
def test_commands(lab, entrypoint, command, running, asked, verdict, words):
    told(lab, entrypoint, command, running)
    found = lab.one(command=asked)
    assert (found.verdict, found.asked, found.declared) == (verdict, asked, [*(entrypoint or []), *command])
    assert words in found.hint
    assert found.enforced == (None if running is None else found.declared if running == "same" else running)


def test_a_password_is_in_no_hint(lab):
    asked = ["redis-server", "--requirepass", "geheim"]
    told(lab, None, ["sh", "-c", " ".join(asked)], "same")
    hint = lab.one(command=asked).hint
    assert "This is the shell form: CMD redis-server --requirepass *** in" in hint and "geheim" not in hint


@pytest.mark.parametrize(
    ("of_image", "of_container", "command", "image", "verdict"),
    [
        # What follows the image in docker run
        (["/entry.sh"], ["/entry.sh"], PING, "classroom/busybox", "ok"),
        (["/entry.sh"], ["/other.sh"], PING, "classroom/busybox", "differs"),
        (["/entry.sh"], ["/entry.sh"], ["ping", "127.0.0.2"], "classroom/busybox", "differs"),
        (["/entry.sh"], None, PING, "classroom/busybox", "ok"),
        (None, ["/entry.sh"], PING, "classroom/busybox", "differs"),
        # Whose ENTRYPOINT is it?
        (["/entry.sh"], ["/entry.sh"], PING, "other:v1", "differs"),
        (["/entry.sh"], ["/entry.sh"], PING, "broken:v1", "differs"),
    ],
)
def test_a_command_behind_the_entrypoint_of_the_image_that_is_asked(lab, of_image, of_container, command, image, verdict):
    lab.entrypoint = of_image
    lab.images["other:v1"] = "sha256:" + "c" * 64
    told(lab, of_container, command)
    assert lab.check(image=image, command=PING)[1].verdict == verdict


def test_a_command_of_a_container_at_rest(lab):
    told(lab, None, PING)
    lab.rest("exited")
    assert lab.one(command=PING).verdict == "stopped"
    assert lab.one(command=["ping"]).verdict == "differs"


def test_a_secret_in_a_command_is_not_shown(lab):
    told(lab, None, ["app", "--password", "geheim1", "--token=geheim2"])
    for asked in (["app", "--password", "geheim1", "--token=geheim2"], ["app", "--password", "geheim3", "--token=geheim2"]):
        found = lab.one(command=asked)
        assert "geheim" not in str(found)
    assert found.verdict == "differs"


def test_a_very_long_command_or_value_is_told_by_its_beginning(lab):
    told(lab, None, ["x" * 10**6, *["y"] * 10**4])
    variables(lab, [f"COLOR={'z' * 10**6}"])
    for found in lab.check(command=PING, environment={"COLOR": "blue"}):
        assert found.verdict == "differs"
        assert len(str(found)) < 6000
    variables(lab, [f"COLOR={'z' * 10**6}"])
    found = lab.one(environment={"COLOR": "z" * 999})
    assert "another value of COLOR than is asked" in found.hint and len(str(found)) < 3000


def variables(lab, declared, process="same"):
    lab.container["Config"]["Env"] = declared
    lines = declared if process == "same" else process
    if lines is not None:
        lab.host.write("/proc/31443/environ", "".join(f"{line}\0" for line in lines))


#: Config.Env, the process's variables, what is asked, the verdict, words of the hint
VARIABLES = [
    (["PATH=/bin", "COLOR=blue"], "same", {"COLOR": "blue"}, "ok", ""),
    (["COLOR=a=b", "X="], "same", {"COLOR": "a=b"}, "ok", ""),
    (["X="], "same", {"X": ""}, "ok", ""),
    (["N=1"], "same", {"N": 1}, "ok", ""),
    (["COLOR=blue"], ["PATH=/bin", "COLOR=blue", "HOSTNAME=x"], {"COLOR": "blue"}, "ok", ""),
    (["COLOR=blu"], "same", {"COLOR": "blue"}, "differs", "has COLOR=blu, and COLOR=blue is asked: create it again with docker run --env COLOR=blue"),
    (["COLOR=Blue"], "same", {"COLOR": "blue"}, "differs", "Capital letters count"),
    (["COLOR=blue "], "same", {"COLOR": "blue"}, "differs", "Spaces at an end belong to the value"),
    (['COLOR="blue"'], "same", {"COLOR": "blue"}, "differs", "The quotes belong to the value"),
    (["COLOR="], "same", {"COLOR": "blue"}, "differs", ""),
    (["X=1"], "same", {"X": ""}, "differs", "--env X="),
    (["COLOR=two words"], "same", {"COLOR": "two  words"}, "differs", "--env 'COLOR=two  words'"),
    (["color=blue"], "same", {"COLOR": "blue"}, "missing", "It has color, and capital letters make another variable"),
    (["COLOR"], "same", {"COLOR": "blue"}, "missing", "--env COLOR without a value takes it from the shell"),
    (["COLORS=blue"], "same", {"COLOR": "blue"}, "missing", "create it again with docker run --env COLOR=blue"),
    (None, [], {"COLOR": "blue"}, "missing", ""),
    (["COLOR=blue"], ["PATH=/bin"], {"COLOR": "blue"}, "not_enforced", "no such variable"),
    (["COLOR=blue"], ["COLOR=red"], {"COLOR": "blue"}, "not_enforced", "docker restart cgt-free"),
    (["COLOR=blue"], None, {"COLOR": "blue"}, "unverifiable", "could not be read"),
    # Its title is where they were.
    (["COLOR=blue"], [], {"COLOR": "blue"}, "unverifiable", "no variable at all"),
    (["COLOR=red"], [], {"COLOR": "blue"}, "differs", ""),
]


@pytest.mark.parametrize(("declared", "process", "asked", "verdict", "words"), VARIABLES)
def test_variables(lab, declared, process, asked, verdict, words):
    variables(lab, declared, process)
    found = lab.one(environment=asked)
    (pair,) = asked.items()
    assert (found.verdict, found.asked) == (verdict, "{}={}".format(*pair))
    assert words in found.hint
    assert (found.declared is None) == (verdict == "missing")


def test_a_variable_behind_the_image(lab):
    told(lab, None, ["sleep", "COLOR=blue"])
    variables(lab, ["PATH=/bin"])
    assert "COLOR stands after the image" in lab.one(environment={"COLOR": "blue"}).hint


def test_each_variable_is_a_finding_and_the_others_are_never_shown(lab):
    variables(lab, ["COLOR=blue", "SIZE=7", "OTHER=hidden1"], ["COLOR=blue", "SIZE=8", "OTHER=hidden2"])
    found = lab.check(environment={"COLOR": "blue", "SIZE": "7", "SHAPE": "round"})
    assert [(each.asked, each.verdict) for each in found] == [("COLOR=blue", "ok"), ("SIZE=7", "not_enforced"), ("SHAPE=round", "missing")]
    assert "hidden" not in str(found)


@pytest.mark.parametrize(
    ("variable", "value"),
    [("DB_PASSWORD", "geheim1"), ("api_token", "geheim1"), ("SECRET", "geheim1"), ("URL", "http://me:geheim1@host/"), ("ARGS", "--password geheim1")],
)
@pytest.mark.parametrize("has", ["same", "geheim2", None])
def test_a_value_that_looks_like_a_secret_is_compared_and_not_shown(lab, variable, value, has):
    its_own = value if has == "same" else value.replace("geheim1", "geheim2")
    variables(lab, [] if has is None else [f"{variable}={its_own}"])
    found = lab.one(environment={variable: value})
    assert found.verdict == {"same": "ok", None: "missing"}.get(has, "differs")
    assert "geheim" not in str(found)
    variables(lab, [f"{variable}={value}"], [f"{variable}={value.replace('geheim1', 'geheim2')}"])
    found = lab.one(environment={variable: value})
    assert found.verdict == "not_enforced"
    assert "geheim" not in str(found)
    absent = check([{"name": "nobody", "environment": {variable: value}}], lab.engine, lab.host.kernel)
    assert "geheim" not in str(absent) and variable in absent[0].hint
    assert "geheim" not in str(shown([{"name": "x", "environment": {variable: value}}]))


NOW, OLD = "sha256:" + "a" * 64, "sha256:" + "b" * 64


def test_an_image_that_was_built_again_from_the_cache(lab):
    """Of an engine that keeps its images in containerd: the index is another one, and its manifest the same."""
    manifest = {"ID": "sha256:" + "c" * 64, "Kind": "image", "ImageData": {"Platform": {"os": "linux", "architecture": "amd64"}}}
    lab.images, lab.manifests = {"ashuflask:v001": NOW}, [manifest]
    lab.container["Config"]["Image"], lab.container["Image"] = "ashuflask:v001", OLD
    lab.container["ImageManifestDescriptor"] = {"digest": manifest["ID"]}
    assert lab.one(image="ashuflask:v001").verdict == "ok"
    manifest["ID"] = "sha256:" + "d" * 64
    assert lab.one(image="ashuflask:v001").verdict == "differs"


def test_another_tag_of_the_same_image(lab):
    lab.container["Config"]["Image"], lab.container["Image"] = "ashuflask:v002", OLD
    lab.images = {"ashuflask:v001": NOW}
    found = lab.one(image="ashuflask:v001")
    assert "which is the tag v002, and the tag v001 (aaaaaaaaaaaa) is asked: remove it with docker rm --force cgt-free" in found.hint
    (found,) = lab.check(image="ashuflask:v001", create_command="docker run --name cgt-free ashuflask:v001")
    assert found.hint.endswith("docker rm --force cgt-free, then docker run --name cgt-free ashuflask:v001.")


def test_an_image_is_asked_for_once_however_many_containers_are_made_of_it(lab):
    check([{"name": "cgt-free", "image": image, "command": PING} for image in ["classroom/busybox"] * 5 + ["broken:v1"] * 3], lab.engine, lab.host.kernel)
    asked = sorted(path.partition("?")[0] for path in lab.host.asked if path.startswith("/images/"))
    assert asked == ["/images/broken%3Av1/json", "/images/classroom%2Fbusybox%3Alatest/json"]
