# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The verdict of each attribute, on a captured host that a test changes by one value; pages come from servers of the tests."""

from __future__ import annotations

import hashlib
import itertools
import socket
import threading
import time
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from ansible_collections.classroom.containers.plugins.module_utils import _container_check, _container_service, _namespaces, _pages
from ansible_collections.classroom.containers.plugins.module_utils._cgroups import Kernel, KernelError
from ansible_collections.classroom.containers.plugins.module_utils._container_check import check
from ansible_collections.classroom.containers.plugins.module_utils._container_life import declared_restart_policy, parse_restart_policy
from ansible_collections.classroom.containers.plugins.module_utils._container_program import parse_user
from ansible_collections.classroom.containers.plugins.module_utils._engine import Engine, EngineError
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("no", "no"),
        (False, "no"),
        ("False", "no"),
        ("always", "always"),
        ("unless-stopped", "unless-stopped"),
        ("on-failure", "on-failure"),
        ("on-failure:1", "on-failure:1"),
        ("on-failure:03", "on-failure:3"),
    ],
)
def test_policies(asked, expected):
    assert parse_restart_policy(asked) == expected


@pytest.mark.parametrize(
    "asked",
    [
        "",
        "sometimes",
        "Always",
        "always ",
        "always:3",
        "no:1",
        ":",
        ":3",
        "on-failure:",
        "on-failure:0",
        "on-failure:-1",
        "on-failure:x",
        "on-failure:1:2",
        True,
        None,
        3,
    ],
)
def test_policies_that_are_none(asked):
    with pytest.raises(ClassroomError) as refused:
        parse_restart_policy(asked)
    assert str(refused.value).startswith(f"{asked!r}")


def policy(name, count=0):
    return {"Name": name, "MaximumRetryCount": count}


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        (policy("no"), "no"),
        # What podman and older engines say.
        (policy(""), "no"),
        ({"Name": "always"}, "always"),
        (policy("on-failure"), "on-failure"),
        (policy("on-failure", 3), "on-failure:3"),
    ],
)
def test_declared(declared, expected):
    assert declared_restart_policy({"HostConfig": {"RestartPolicy": declared}}) == expected


def page(**asked):
    return {"path": "/", "port": None, "status": 200, "contains": [], "sha256": None, "timeout": 1, **asked}


def changed(host, restart_policy=None, restart_count=None, arguments=(), **state):
    container = host.containers["cgt-free"]
    container["Args"] = list(arguments)
    container["State"].update(state)
    if restart_policy:
        container["HostConfig"]["RestartPolicy"] = restart_policy
    if restart_count is not None:
        container["RestartCount"] = restart_count


#: What the engine says, what is asked, the verdict, and what the hint says to do
TABLE = [
    ({"restart_policy": policy("always")}, {"restart_policy": "always"}, "ok", ""),
    ({"restart_policy": policy("on-failure", 3)}, {"restart_policy": "on-failure:3"}, "ok", ""),
    ({"restart_policy": policy("no")}, {"restart_policy": "no"}, "ok", ""),
    ({"restart_policy": policy("no")}, {"restart_policy": "False"}, "ok", ""),
    ({"restart_policy": policy("no")}, {"restart_policy": "always"}, "missing", "docker update --restart always cgt-free"),
    ({"restart_policy": policy("always")}, {"restart_policy": "no"}, "differs", "docker update --restart no cgt-free"),
    ({"restart_policy": policy("no")}, {"restart_policy": "always"}, "missing", "--restart was left out, or says no: docker update"),
    ({"restart_policy": policy("no"), "arguments": ["--restart", "always"]}, {"restart_policy": "always"}, "missing", "--restart stands after the image"),
    ({"restart_policy": policy("on-failure")}, {"restart_policy": "always"}, "differs", "docker update --restart always cgt-free"),
    ({"restart_policy": policy("unless-stopped")}, {"restart_policy": "always"}, "differs", "Unless-stopped leaves it stopped when the engine starts"),
    ({"restart_policy": policy("always")}, {"restart_policy": "unless-stopped"}, "differs", "even if it was stopped by hand, and unless-stopped leaves"),
    ({"restart_policy": policy("on-failure")}, {"restart_policy": "on-failure:3"}, "differs", "started again without end, and 3 times at most is asked"),
    ({"restart_policy": policy("on-failure", 2)}, {"restart_policy": "on-failure:3"}, "differs", "2 times at most, and 3 times at most is asked: docker"),
    ({"restart_policy": policy("always")}, {"restart_policy": "no"}, "differs", "Where nothing is to start it again, --restart is left out: docker update"),
    ({"restart_policy": policy("unless-stopped")}, {"restart_policy": "always"}, "differs", "docker update --restart always cgt-free"),
    ({"restart_policy": policy("on-failure", 2)}, {"restart_policy": "on-failure:3"}, "differs", "docker update --restart on-failure:3 cgt-free"),
    ({"restart_policy": policy("on-failure")}, {"restart_policy": "on-failure:3"}, "differs", "docker update --restart on-failure:3 cgt-free"),
    ({"restart_policy": policy("on-failure", 3)}, {"restart_policy": "on-failure"}, "differs", "docker update --restart on-failure cgt-free"),
    ({}, {"state": "running"}, "ok", ""),
    ({"Status": "exited"}, {"state": "running"}, "differs", "docker start cgt-free"),
    ({"Status": "created"}, {"state": "running"}, "differs", "docker start cgt-free"),
    ({"Status": "paused", "Paused": True}, {"state": "running"}, "differs", "docker unpause cgt-free"),
    ({"Status": "created"}, {"state": "running"}, "differs", "cgt-free was created and never started, and running is asked: docker start cgt-free"),
    ({"Status": "exited", "ExitCode": 137}, {"state": "running"}, "differs", "exited with the code 137 (SIGKILL, as docker kill sends"),
    ({"Status": "exited", "ExitCode": 1}, {"state": "running"}, "differs", "if it stops again, docker logs cgt-free says why"),
    ({"Status": "restarting", "Pid": 0, "ExitCode": 1}, {"state": "running"}, "differs", "docker logs cgt-free says why; if its command is at"),
    ({}, {"state": "exited"}, "differs", "docker stop cgt-free"),
    ({}, {"state": "paused"}, "differs", "docker pause cgt-free"),
    ({}, {"state": "created"}, "differs", "docker rm --force cgt-free"),
    ({"restart_count": 3}, {"restart_count": 3}, "ok", ""),
    ({"restart_count": 0}, {"restart_count": 0}, "ok", ""),
    ({"restart_count": 2}, {"restart_count": 3}, "differs", "docker logs cgt-free"),
    ({"restart_count": 1}, {"restart_count": 0}, "differs", "docker restart cgt-free begins to count anew; docker logs cgt-free"),
]


@pytest.mark.parametrize(("said", "asked", "verdict", "mend"), TABLE)
def test_verdicts(v1, said, asked, verdict, mend):
    changed(v1, **said)
    (finding,) = check([{"name": "cgt-free", "student": "ashu", "lab": "restart_policy", **asked}], v1.engine, v1.kernel)
    assert (finding.verdict, finding.attribute) == (verdict, *asked)
    assert (finding.student, finding.lab, finding.subject) == ("ashu", "restart_policy", "cgt-free")
    assert finding.evidence
    assert finding.enforced is None
    if verdict == "ok":
        assert finding.hint == ""
        assert finding.declared == finding.asked
    else:
        assert mend in finding.hint
        assert str(finding.declared) in finding.hint and str(finding.asked) in finding.hint


@pytest.mark.parametrize(
    ("asked", "mend"),
    [
        ({"restart_policy": "always"}, "docker run --detach --name nobody --restart always IMAGE."),
        ({"state": "running"}, "docker run --detach --name nobody IMAGE."),
    ],
)
def test_what_is_not_there_fails(v1, asked, mend):
    (finding,) = check([{"name": "nobody", **asked}], v1.engine, v1.kernel)
    assert (finding.verdict, finding.outcome) == ("absent", "fail")
    assert mend in finding.hint


def test_the_beginning_of_an_id_is_no_name(v1):
    start = v1.containers["cgt-free"]["Id"][:6]
    (finding,) = check([{"name": start, "state": "running"}], v1.engine, v1.kernel)
    assert finding.verdict == "absent"


def test_findings_are_in_the_order_of_the_requirements(v1):
    found = check(
        [{"name": "cgt-stopped", "state": "running", "restart_count": 0}, {"name": "nobody", "state": "running"}, {"name": "cgt-free", "restart_policy": "no"}],
        v1.engine,
        v1.kernel,
    )
    assert [(each.subject, each.attribute) for each in found] == [
        ("cgt-stopped", "state"),
        ("cgt-stopped", "restart_count"),
        ("nobody", "state"),
        ("cgt-free", "restart_policy"),
    ]


def test_without_an_engine_nothing_is_known(tmp_path):
    url = f"unix://{tmp_path}/none"
    found = check([{"name": "cgt-free", "state": "running", "restart_policy": "always"}, {"name": "other", "state": "running"}], Engine(url, 1), Kernel())
    assert [(each.subject, each.attribute, each.verdict, each.outcome) for each in found] == [
        ("cgt-free", "state", "unreachable", "could_not_check"),
        ("cgt-free", "restart_policy", "unreachable", "could_not_check"),
        ("other", "state", "unreachable", "could_not_check"),
    ]
    assert all(url in each.hint for each in found)


@pytest.mark.parametrize(
    ("requirement", "words"),
    [
        ({"name": "x"}, "asks for nothing"),
        ({"name": "x", "restart_policy": "sometimes"}, "'sometimes'"),
        ({"name": "", "state": "running"}, "not a container's name"),
        ({"name": "../info", "state": "running"}, "not a container's name"),
        ({"name": "x y", "state": "running"}, "not a container's name"),
        ({"name": "x\n", "state": "running"}, "not a container's name"),
        ({"name": "x", "ports": [], "http": []}, "ports: it is empty"),
        ({"name": "x", "cap_drop": []}, "cap_drop: it is empty"),
        ({"name": "x", "command": []}, "command: it is empty"),
        ({"name": "x", "environment": {}}, "environment: it is empty"),
        ({"name": "x", "networks": []}, "networks: it is empty"),
        ({"name": "x", "networks": ["ashubr1", "host"]}, "networks: host is the only network of a container, and ashubr1, host are asked"),
        ({"name": "x", "restart_count": -1}, "restart_count: -1 is out of range: it must be at least 0"),
        ({"name": "x", "restart_policy": f"on-failure:{2**63}"}, f"out of range: it must be at most {2**63 - 1}"),
        ({"name": "x", "ports": ["80:80", "80:80/tcp"]}, "ports: 80:80/tcp is named twice"),
        ({"name": "x", "mounts": [{"type": "tmpfs", "target": "/x"}, {"type": "tmpfs", "target": "/x/"}]}, "mounts: /x is named twice"),
        ({"name": "x", "image": "Ashuflask:v001"}, "image: 'Ashuflask:v001' is not the name of an image"),
        ({"name": "x", "user": "65 532"}, "user: '65 532'"),
        ({"name": "x", "ports": ["1234:5000", "1234"]}, "ports[1]: '1234'"),
        ({"name": "x", "cap_drop": ["NET_RAW", "NET_ROW"]}, "cap_drop[1]: 'NET_ROW' is not a capability"),
        ({"name": "x", "namespaces": {"pid": "mine"}}, "namespaces: pid: 'mine' is not private or host, or container: and a name"),
        ({"name": "x", "namespaces": {"uts": "container:y"}}, "namespaces: uts: 'container:y' is not private or host"),
        ({"name": "x", "namespaces": {"time": "private"}}, "namespaces: time: 'private': Docker leaves all containers in the host's"),
        ({"name": "x", "namespaces": {"mnt": "host"}}, "namespaces: mnt: 'host': Docker gives each container its own"),
        ({"name": "x", "namespaces": {"pid": None}}, "namespaces: it asks for nothing"),
        ({"name": "x", "namespaces": {"pid": "container:plat zz"}}, "namespaces: pid: 'container:plat zz' is not private or host, or container: and a name"),
        ({"name": "x", "networks": ["bridge", ""]}, "networks[1]: '' is not a network's name"),
        ({"name": "x", "networks": ["../info"]}, "networks[0]: '../info' is not a network's name"),
        ({"name": "x", "cap_add": ["NET_ADMON"]}, "cap_add[0]: 'NET_ADMON' is not a capability"),
        ({"name": "x", "environment": {"A": True}}, "environment: A: its value is no text"),
        ({"name": "x", "mounts": [{"type": "bind", "target": "/x"}]}, "mounts[0]: source: ''"),
        ({"name": "x", "stop_signal": "SIGHUPP"}, "stop_signal: 'SIGHUPP'"),
        ({"name": "x", "http": [page(), page(path="hello")]}, "http[1]: path: 'hello'"),
    ],
)
def test_requirements_that_are_none(v1, requirement, words):
    with pytest.raises(ClassroomError) as refused:
        check([{"name": "cgt-free", "state": "running"}, requirement], v1.engine, v1.kernel)
    assert str(refused.value).startswith("containers[1] (")
    assert words in str(refused.value)
    assert v1.asked == []


@pytest.mark.parametrize("asked", ["root", "65532", "nonroot", "1000:1000", "www-data", "a.b_c:0"])
def test_users(asked):
    assert parse_user(asked) == asked


@pytest.mark.parametrize("asked", ["", " root", "a b", ":0", "root:", "-x", "a:b:c", "root\n"])
def test_users_that_are_none(asked):
    with pytest.raises(ClassroomError) as refused:
        parse_user(asked)
    assert repr(asked) in str(refused.value)


#: HostConfig.ReadonlyRootfs, the mounts of the process, what is asked, the verdict, what is enforced
ROOTS = [
    (True, "/ ro,relatime", True, "ok", True),
    (False, "/ rw,relatime", False, "ok", False),
    (None, "/ rw", False, "ok", False),
    (False, "/ rw,relatime", True, "missing", False),
    (True, "/ ro,relatime", False, "differs", True),
    # Somebody mounted it anew.
    (True, "/ rw,relatime", True, "not_enforced", False),
    (True, "/ ro\n/ rw", True, "not_enforced", False),
    (True, "/ rw,errors=remount-ro", True, "not_enforced", False),
    # Of another mount, nothing follows.
    (True, "/proc ro", True, "unverifiable", None),
    (True, None, True, "unverifiable", None),
]


@pytest.mark.parametrize(("declared", "mounts", "asked", "verdict", "enforced"), ROOTS)
def test_a_root_that_can_only_be_read(lab, declared, mounts, asked, verdict, enforced):
    lab.container["HostConfig"]["ReadonlyRootfs"] = declared
    lines = None if mounts is None else "\n".join(f"1 2 0:1 / {line} - overlay overlay rw" for line in mounts.splitlines())
    lab.host.write("/proc/31443/mountinfo", lines if lines is not None else "")
    found = lab.one(read_only=asked)
    assert (found.verdict, found.declared, found.enforced) == (verdict, bool(declared), enforced)
    assert found.verdict not in ("missing", "differs") or "docker run --read-only" in found.hint


#: CapDrop, CapAdd, the process's bounding set (None where it cannot be read), what is asked, the verdict, words of the hint
DOCKERS = "00000000a80425fb"
CAPABILITIES = [
    (["ALL"], None, "0", ["ALL"], "ok", ""),
    (["all"], [], "0000000000000000", ["cap_all", "NET_RAW"], "ok", ""),
    (["CAP_NET_RAW"], None, "00000000a80405fb", ["net_raw"], "ok", ""),
    (["ALL"], None, "0", ["NET_RAW", "MKNOD"], "ok", ""),
    (None, None, DOCKERS, ["ALL"], "missing", "without --cap-drop ALL: create it again with docker run --cap-drop ALL"),
    (["NET_RAW"], None, "00000000a80405fb", ["ALL"], "differs", "--cap-drop ALL"),
    (["NET_RAW"], None, "00000000a80405fb", ["NET_RAW", "MKNOD"], "differs", "without --cap-drop MKNOD"),
    (["ALL"], ["CAP_NET_RAW"], "0000000000002000", ["ALL"], "differs", "was given NET_RAW"),
    (["ALL"], ["NET_RAW"], "0000000000002000", ["NET_RAW"], "differs", "without --cap-add"),
    (["ALL"], ["NET_RAW"], "0000000000002000", ["MKNOD"], "ok", ""),
    # Of all, it has none that are taken away by name.
    (["MKNOD"], ["ALL"], "1fff7ffffff", ["MKNOD"], "ok", ""),
    (["MKNOD"], ["ALL"], "1ffffffffff", ["MKNOD"], "not_enforced", "docker restart"),
    (["MKNOD"], ["ALL"], "1fff7ffffff", ["MKNOD", "NET_RAW"], "differs", "was given ALL"),
    (["MKNOD"], ["ALL"], "1fff7ffffff", ["ALL"], "differs", "was given ALL"),
    (["ALL"], ["ALL"], "1ffffffffff", ["MKNOD"], "differs", "was given ALL"),
    # The kernel says otherwise.
    (["ALL"], None, "1", ["ALL"], "not_enforced", "docker restart"),
    (["ALL"], None, "8000000000000000", ["ALL"], "not_enforced", "docker restart"),
    (["NET_RAW"], None, DOCKERS, ["NET_RAW"], "not_enforced", "docker restart"),
    (["ALL"], None, None, ["ALL"], "unverifiable", "could not be read"),
]


@pytest.mark.parametrize(("drop", "add", "bounding", "asked", "verdict", "words"), CAPABILITIES)
def test_capabilities(lab, drop, add, bounding, asked, verdict, words):
    lab.container["HostConfig"].update(CapDrop=drop, CapAdd=add)
    lab.host.write("/proc/31443/status", f"CapEff:\t00000000a80425fb\nCapBnd:\t{bounding}" if bounding else "Name:\tx")
    found = lab.one(cap_drop=asked)
    assert found.verdict == verdict
    assert words in found.hint
    assert (found.enforced == found.asked) == (verdict == "ok")


def test_privileged(lab):
    lab.container["HostConfig"].update(CapDrop=["ALL"], Privileged=True)
    lab.host.write("/proc/31443/status", "CapBnd:\t000001ffffffffff")
    found = lab.one(cap_drop=["ALL"])
    assert (found.verdict, found.enforced) == ("differs", [])
    assert "--privileged" in found.hint


@pytest.mark.parametrize("status", ["exited", "restarting"])
def test_what_only_a_process_tells_of_a_container_at_rest(lab, status):
    lab.container["HostConfig"].update(CapDrop=["ALL"], ReadonlyRootfs=True)
    lab.rest(status)
    for asked in ({"cap_drop": ["ALL"]}, {"read_only": True}):
        found = lab.one(**asked)
        assert (found.verdict, found.outcome, found.enforced) == ("stopped", "could_not_check", None)
    # What Docker declares is wrong whether it runs or not.
    assert lab.one(read_only=False).verdict == "differs"


def test_a_policy_of_one_that_goes_away_needs_another_container(lab):
    lab.container["HostConfig"].update(RestartPolicy=policy("no"), AutoRemove=True)
    hint = lab.one(restart_policy="always").hint
    assert "create it again with docker run --restart always, and without --rm" in hint
    assert "docker update" not in hint


def test_one_on_anothers_network_is_connected_to_none(lab):
    lab.container["NetworkSettings"]["Networks"] = {}
    lab.container["HostConfig"]["NetworkMode"] = "container:0123"
    hint = lab.one(networks=["ashubr1"]).hint
    assert "create it again with docker run --network ashubr1" in hint
    assert "docker network connect" not in hint


#: What docker run was told of its network, the id of the network that the engine still tells so; words of the hint
SHORT_IDS = {
    "by the beginning of its id": ("9afb3fae8b6d", "9afb3fae8b6da2", "create it again with docker run --network ashubr1"),
    "by a name that looks so": ("9afb3fae8b6d", "1b627077a6d46d", "docker network disconnect 9afb3fae8b6d cgt-free"),
    "by another name": ("ashubr1", "9afb3fae8b6da2", "docker network disconnect 9afb3fae8b6d cgt-free"),
}


@pytest.mark.parametrize(("mode", "identity", "words"), SHORT_IDS.values(), ids=SHORT_IDS)
def test_a_network_that_the_engine_cannot_take_off(lab, mode, identity, words):
    """Docker 20.10 keeps the short id that docker run was told, and knows no such network of the container."""
    lab.container["NetworkSettings"]["Networks"] = {"9afb3fae8b6d": {"NetworkID": identity}, "ashubr1": {"NetworkID": "4d5e"}}
    lab.container["HostConfig"]["NetworkMode"] = mode
    hint = lab.one(networks=["ashubr1"]).hint
    assert words in hint and ("network disconnect" in hint) == ("network disconnect" in words)


def gathers(known):
    """Instead of gather: what it tells of one container, on a host that has the namespaces that the container shares with it."""
    host = {kind: entry["inode"] if "host" in entry["shared_with"] else 1 for kind, entry in known["namespaces"].items()}
    return lambda *_arguments, **_more: {"host": {"namespaces": host}, "containers": [{"verdict": "", **known}]}


#: What Docker declares of the shared memory; the verdict where none at all is asked
NONE = [("none", "ok"), ("private", "differs"), ("shareable", "differs"), ("host", "differs")]


@pytest.mark.parametrize(("declared", "verdict"), NONE)
def test_no_shared_memory_at_all(lab, monkeypatch, declared, verdict):
    """To the kernel, it is one of its own in three of these."""
    lab.container["HostConfig"]["IpcMode"] = declared
    entry = {"inode": 7, "declared": "host" if declared == "host" else "private", "shared_with": ["host"] if declared == "host" else [], "as_declared": True}
    known = {"id": lab.container["Id"], "namespaces": {"ipc": entry}, "pid": 31443, "pids": [], "read": True, "status": "running", "reason": ""}
    monkeypatch.setattr(_namespaces, "gather", gathers(known))
    found = lab.one(namespaces={"ipc": "none"})
    assert (found.verdict, found.asked) == (verdict, "ipc none")
    assert verdict == "ok" or "docker run --ipc none" in found.hint


def test_namespaces_that_this_user_may_not_read(lab, monkeypatch):
    """Another look will not help, so it is not called unstable."""
    entry = {"inode": None, "declared": "private", "shared_with": [], "as_declared": None}
    known = {"id": lab.container["Id"], "namespaces": {"pid": entry}, "pid": 31443, "pids": [], "read": False, "status": "running"}
    monkeypatch.setattr(_namespaces, "gather", gathers(dict(known, verdict="unreadable", reason="/proc/31443/ns/pid cannot be read by user id 65534")))
    found = lab.one(namespaces={"pid": "private"})
    assert (found.verdict, found.outcome) == ("unreadable", "could_not_check")
    assert "by user id 65534" in found.hint


def test_the_cgroups_of_its_own_are_asked_for_in_words(lab, monkeypatch):
    """An engine with cgroup v1 gives the host's where nothing is said: to leave something out mends nothing."""
    lab.container["HostConfig"]["CgroupnsMode"] = "host"
    entry = {"inode": 4, "declared": "host", "shared_with": ["host"], "as_declared": True}
    known = {"id": lab.container["Id"], "namespaces": {"cgroup": entry}, "pid": 1, "pids": [], "read": True, "status": "running", "reason": ""}
    monkeypatch.setattr(_namespaces, "gather", gathers(known))
    assert "create it again with docker run --cgroupns private" in lab.one(namespaces={"cgroup": "private"}).hint


@pytest.mark.parametrize(("told", "words"), [("", "userns-remap in /etc/docker/daemon.json"), ("host", "create it again without --userns host")])
def test_the_users_of_its_own_are_the_engines_to_give(lab, monkeypatch, told, words):
    lab.container["HostConfig"]["UsernsMode"] = told
    entry = {"inode": 4, "declared": "host", "shared_with": ["host"], "as_declared": True}
    known = {"id": lab.container["Id"], "namespaces": {"user": entry}, "pid": 1, "pids": [], "read": True, "status": "running", "reason": ""}
    monkeypatch.setattr(_namespaces, "gather", gathers(known))
    found = lab.one(namespaces={"user": "private"})
    assert found.verdict == "differs" and words in found.hint


def test_one_to_be_paused_that_is_not_there_to_pause(lab):
    lab.rest("exited")
    assert "docker start cgt-free" in (hint := lab.one(state="paused").hint) and hint.endswith(", then docker pause cgt-free.")


def test_a_port_that_nat_does_not_reach(lab):
    """On a network that routes, the engine names an address and no port."""
    lab.publish({"5000/tcp": EVERYWHERE}, {"5000/tcp": [("0.0.0.0", "")]})
    page = {"path": "/", "port": 5000, "status": 200, "contains": [], "sha256": None, "timeout": 1}
    assert lab.one(ports=["1234:5000"]).verdict == "not_enforced"
    (found,) = lab.check(http=[page])
    assert (found.verdict, found.outcome) == ("missing", "fail")


def test_an_interface_with_a_name_that_was_asked_for(lab):
    lab.host.write("/proc/31443/net/dev", "Inter-|\n face |\n lo: 0\n lan0: 1 2\n tunl0: 0\n")
    lab.container["NetworkSettings"]["Networks"] = {"ashubr1": {"DriverOpts": {"com.docker.network.endpoint.ifname": "lan0"}}}
    assert lab.one(networks=["ashubr1"]).verdict == "ok"
    lab.container["NetworkSettings"]["Networks"] = {"ashubr1": {"DriverOpts": None}}
    assert lab.one(networks=["ashubr1"]).verdict == "unverifiable"


#: The prefix of ashubr1, the interfaces of one that is on it and on bridge, the verdict, words of the hint
PREFIXES = {
    "as its networks say": ("web", "lo web0 eth0", "ok", ""),
    "beside the kernel's tunnels": ("web", "lo tunl0 gre0 gretap0 erspan0 ip_vti0 ip6_vti0 sit0 ip6tnl0 ip6gre0 web1 eth0", "ok", ""),
    "beside one that somebody made": ("web", "lo web0 dummy0 eth0", "ok", ""),
    "a tunnel is none": ("web", "lo tunl0 eth0", "not_enforced", "has the interfaces eth0: docker restart"),
    "one is lacking": (None, "lo eth0", "not_enforced", "has the interfaces eth0: docker restart"),
    "two are lacking, and one has another name": ("web", "lo dummy0", "not_enforced", "has the interfaces none: docker restart"),
    "one has another name": ("web", "lo dummy0 eth0", "unverifiable", "is not known: Docker gave dummy0 no such name"),
    "both have another name": (None, "lo web0 dummy0", "unverifiable", "Docker gave dummy0, web0 no such name"),
    "one is of no network": ("web", "lo web0 web1 eth0", "not_enforced", "has the interfaces eth0, web0, web1"),
    "the network is gone": ("", "lo web0 eth0", "unverifiable", "Docker gave web0 no such name"),
}


@pytest.mark.parametrize(("prefix", "interfaces", "verdict", "words"), PREFIXES.values(), ids=PREFIXES)
def test_interfaces_that_a_network_names(lab, prefix, interfaces, verdict, words):
    lab.networks = {"bridge": (200, {"Name": "bridge", "Options": None})}
    if prefix != "":
        lab.networks["ashubr1"] = (200, {"Name": "ashubr1", "Options": {"com.docker.network.container_iface_prefix": prefix} if prefix else {}})
    lab.container["NetworkSettings"]["Networks"] = {"ashubr1": {}, "bridge": {}}
    lab.host.write("/proc/31443/net/dev", "Inter-|\n face |\n" + "".join(f"{name:>6}: 0 0\n" for name in interfaces.split()))
    found = lab.one(networks=["ashubr1", "bridge"])
    assert found.verdict == verdict and words in found.hint


def test_networks_that_the_engine_does_not_tell(lab):
    lab.networks = {"ashubr1": (500, {"message": "driver failed"})}
    lab.container["NetworkSettings"]["Networks"] = {"ashubr1": {}}
    lab.host.write("/proc/31443/net/dev", "Inter-|\n face |\n lo: 0\n web0: 1 2\n")
    assert lab.one(networks=["ashubr1"]).verdict == "unreachable"
    # It is asked only where that tells more.
    lab.host.write("/proc/31443/net/dev", "Inter-|\n face |\n lo: 0\n eth0: 1 2\n")
    assert lab.one(networks=["ashubr1"]).verdict == "ok"


#: What an overlay is besides, the interfaces of one that is on it, and the verdict
OVERLAYS = [
    ({}, "lo eth0", "ok"),
    # By the other one it gets out of the overlay.
    ({}, "lo eth0 eth1", "ok"),
    ({}, "lo eth0 eth1 eth2", "not_enforced"),
    ({}, "lo", "not_enforced"),
    ({"Internal": True}, "lo eth0 eth1", "not_enforced"),
    ({"Driver": "bridge"}, "lo eth0 eth1", "not_enforced"),
]


@pytest.mark.parametrize(("network", "interfaces", "verdict"), OVERLAYS)
def test_a_container_on_an_overlay_may_have_an_interface_more(lab, network, interfaces, verdict):
    lab.networks = {"teamnet": (200, {"Name": "teamnet", "Driver": "overlay", "Internal": False, **network})}
    lab.container["NetworkSettings"]["Networks"] = {"teamnet": {}}
    lab.host.write("/proc/31443/net/dev", "Inter-|\n face |\n" + "".join(f"{name:>6}: 0 0\n" for name in interfaces.split()))
    assert lab.one(networks=["teamnet"]).verdict == verdict


#: What Docker declares of the shared memory, and whether it runs; the verdict of one that others may join
SHAREABLE = [("shareable", True, "ok"), ("private", True, "differs"), ("host", True, "differs"), ("shareable", False, "stopped"), ("private", False, "differs")]


@pytest.mark.parametrize(("declared", "runs", "verdict"), SHAREABLE)
def test_shared_memory_that_others_may_join(lab, monkeypatch, declared, runs, verdict):
    lab.container["HostConfig"]["IpcMode"] = declared
    entry = {"inode": 7, "declared": "host" if declared == "host" else "private", "shared_with": ["host"] if declared == "host" else [], "as_declared": True}
    known = {"id": lab.container["Id"], "namespaces": {"ipc": entry}, "pid": 31443, "pids": [], "read": True, "status": "running", "reason": ""}
    if not runs:
        known.update(read=False, status="exited", reason="it is exited")
        entry.update(inode=None, as_declared=None)
    monkeypatch.setattr(_namespaces, "gather", gathers(known))
    found = lab.one(namespaces={"ipc": "shareable"})
    assert (found.verdict, found.asked) == (verdict, "ipc shareable")
    assert verdict != "differs" or "docker run --ipc shareable" in found.hint
    assert found.declared == f"ipc {declared}"
    # The others are its own all the same.
    assert declared != "shareable" or lab.one(namespaces={"ipc": "private"}).verdict == verdict


#: The networks that Docker declares, the interfaces of the process, what is asked, the verdict, words of the hint
NETWORKS = [
    (["ashubr1"], "lo eth0", ["ashubr1"], "ok", ""),
    (["ashubr1", "bridge"], "lo eth0 eth1", ["bridge", "ashubr1"], "ok", ""),
    (["none"], "lo", ["none"], "ok", ""),
    (["host"], "lo eth0 docker0", ["host"], "ok", ""),
    # What the kernel puts into every namespace
    (["ashubr1"], "lo eth0 tunl0 sit0", ["ashubr1"], "ok", ""),
    (["bridge"], "lo eth0", ["ashubr1"], "missing", "docker network connect ashubr1 cgt-free, and docker network disconnect bridge cgt-free"),
    (["ashubr1", "omarbr1"], "lo eth0 eth1", ["ashubr1"], "differs", "docker network disconnect omarbr1 cgt-free"),
    (["ashubr1"], "lo eth0", ["ashubr1", "ashubr2"], "missing", "docker network connect ashubr2 cgt-free"),
    (["host"], "lo eth0", ["ashubr1"], "missing", "docker run --network ashubr1"),
    ([], "lo", ["ashubr1"], "missing", "is on no network"),
    (["ashubr1"], "lo", ["ashubr1"], "not_enforced", "docker restart cgt-free"),
    (["ashubr1"], "lo eth0 eth1", ["ashubr1"], "not_enforced", "has the interfaces eth0, eth1"),
    (["none"], "lo eth0", ["none"], "not_enforced", "docker restart"),
    (["ashubr1"], None, ["ashubr1"], "unverifiable", "could not be read"),
]


@pytest.mark.parametrize(("declared", "interfaces", "asked", "verdict", "words"), NETWORKS)
def test_networks(lab, declared, interfaces, asked, verdict, words):
    lab.container["NetworkSettings"]["Networks"] = dict.fromkeys(declared, {})
    rows = "".join(f"{name:>6}: 0 0\n" for name in (interfaces or "").split())
    lab.host.write("/proc/31443/net/dev", None if interfaces is None else f"Inter-|   Receive\n face |bytes\n{rows}")
    found = lab.one(networks=asked)
    assert (found.verdict, found.asked, found.declared) == (verdict, sorted(asked), sorted(declared))
    assert words in found.hint


@pytest.mark.parametrize(
    ("links", "interfaces", "verdict"),
    [
        ({"31443": 1, "1": 1}, "lo eth0", "ok"),
        ({"31443": 2, "1": 1}, "lo", "not_enforced"),
        ({"31443": 2, "self": 1}, "lo", "not_enforced"),
        # As with a rootless engine
        ({"31443": 2, "1": 1}, "lo tap0", "unverifiable"),
        ({"1": 1}, "lo", "ok"),
        ({"31443": 2}, "lo", "ok"),
    ],
)
def test_a_process_that_left_the_network_of_the_host(lab, links, interfaces, verdict):
    lab.container["NetworkSettings"]["Networks"] = {"host": {}}
    rows = "".join(f"{name:>6}: 0 0\n" for name in interfaces.split())
    lab.host.write("/proc/31443/net/dev", f"Inter-|   Receive\n face |bytes\n{rows}")
    for process, inode in links.items():
        lab.host.write(f"/proc/{process}/ns/x", "")
        (lab.host.root / f"proc/{process}/ns/net").symlink_to(f"net:[{inode}]")
    assert lab.one(networks=["host"]).verdict == verdict


def test_a_fixed_address_is_in_the_command(lab):
    lab.container["NetworkSettings"]["Networks"] = {"bridge": {}}
    addresses = {"ashubr1": "10.0.0.2", "ashubr2": ""}
    (found,) = lab.check(networks=["ashubr1", "ashubr2"], network_addresses=addresses)
    assert "docker network connect --ip 10.0.0.2 ashubr1 cgt-free, and docker network connect ashubr2 cgt-free, and docker network disc" in found.hint
    (absent,) = check([{"name": "none", "networks": ["ashubr1", "ashubr2"], "network_addresses": addresses}], lab.engine, lab.host.kernel)
    assert absent.hint.endswith("--network ashubr1 --ip 10.0.0.2 IMAGE && docker network connect ashubr2 none.")


def test_what_only_creation_sets_has_the_command_that_makes_it(lab):
    make = "docker run --detach --name cgt-free classroom/busybox"
    asked = {"read_only": True, "cap_drop": ["ALL"], "cap_add": ["NET_ADMIN"], "ports": ["1:2"], "user": "7", "stop_signal": "INT", "networks": ["host"]}
    found = lab.check(**asked, namespaces={"pid": "host"}, command=["x"], environment={"A": "1"}, mounts=[TMPFS], create_command=make)
    assert len(found) == len(asked) + 4
    assert [each for each in found if not each.hint.endswith(f": docker rm --force cgt-free, then {make}.")] == []


TMPFS = {"type": "tmpfs", "source": None, "target": "/run", "read_only": False}


def restart_before(lab, seconds):
    started = datetime.now(timezone.utc) - timedelta(seconds=seconds)
    lab.container.update(RestartCount=3)
    lab.container["State"].update(Status="running", StartedAt=started.strftime("%Y-%m-%dT%H:%M:%S.123456789Z"))


def test_what_ends_again_and_again_is_not_taken_for_running(lab, monkeypatch):
    """It is looked at in the moment in which it runs, and again."""
    restart_before(lab, 1)
    monkeypatch.setattr(_container_check.time, "sleep", lambda _seconds: lab.rest("restarting"))
    assert lab.one(state="running").verdict == "differs"


def test_what_stays_up_after_a_restart_runs(lab, monkeypatch):
    restart_before(lab, 1)
    monkeypatch.setattr(_container_check.time, "sleep", lambda _seconds: restart_before(lab, 11))
    assert lab.one(state="running").verdict == "ok"


def test_what_was_restarted_at_each_look_may_run_or_not(lab, monkeypatch):
    """Nobody saw it at rest, because its restarts are short, and it did not stay up either."""
    restart_before(lab, 1)
    moments = itertools.count(step=4)
    monkeypatch.setattr(_container_check.time, "monotonic", lambda: next(moments))
    monkeypatch.setattr(_container_check.time, "sleep", lambda _seconds: restart_before(lab, 2))
    found = lab.one(state="running")
    assert (found.verdict, found.outcome, found.declared) == ("unstable", "could_not_check", "running")
    assert "RestartCount=3" in found.evidence
    assert "was started again" in found.hint and "docker logs cgt-free" in found.hint


@pytest.mark.parametrize("asked", [{"state": "running"}, {"restart_count": 3}])
def test_nobody_waits_for_what_has_long_been_up_or_is_not_asked(lab, monkeypatch, asked):
    restart_before(lab, 11 if "state" in asked else 1)
    monkeypatch.setattr(_container_check.time, "sleep", lambda _seconds: pytest.fail("it waited"))
    assert lab.one(**asked).verdict == "ok"


@pytest.mark.parametrize(("up", "count"), [(-60, 3), (1, 0)])
def test_nobody_waits_after_a_start_by_hand_or_a_clock_set_back(lab, monkeypatch, up, count):
    restart_before(lab, up)
    lab.container["RestartCount"] = count
    monkeypatch.setattr(_container_check.time, "sleep", lambda _seconds: pytest.fail("it waited"))
    assert lab.one(state="running").verdict == "ok"


#: Of the net namespace: what Docker declares, with whom the kernel shares it, as_declared, what is asked, the verdict
NAMESPACES = [
    ("private", [], True, "private", "ok"),
    # Others may have joined it.
    ("private", ["b"], True, "private", "ok"),
    ("host", ["host"], True, "host", "ok"),
    ("container:b", ["b"], True, "container:b", "ok"),
    (None, [], None, "private", "ok"),
    (None, ["host"], None, "private", "differs"),
    ("host", ["host"], True, "private", "differs"),
    ("private", [], True, "host", "differs"),
    ("container:c", ["c"], True, "container:b", "differs"),
    ("container:b", ["b"], True, "private", "differs"),
    ("private", ["host"], False, "private", "not_enforced"),
    ("private", ["b"], False, "private", "not_enforced"),
    ("host", [], False, "host", "not_enforced"),
    ("container:b", ["host"], False, "container:b", "not_enforced"),
    # The other does not run.
    ("container:b", [], None, "container:b", "unverifiable"),
]


@pytest.mark.parametrize(("declared", "shared", "as_declared", "asked", "verdict"), NAMESPACES)
def test_namespaces(lab, monkeypatch, declared, shared, as_declared, asked, verdict):
    entry = {"inode": 7, "declared": declared, "shared_with": shared, "as_declared": as_declared}
    known = {"id": lab.container["Id"], "namespaces": {"net": entry}, "pid": 31443, "read": True, "status": "running", "reason": ""}
    monkeypatch.setattr(_namespaces, "gather", gathers(known))
    found = lab.one(namespaces={"net": asked, "pid": None})
    assert (found.verdict, found.asked) == (verdict, f"net {asked}")
    assert verdict not in ("ok",) or found.enforced == f"net {asked}"
    # A container at rest shows what Docker declares, and no more.
    known.update(read=False, status="exited", reason="it is exited")
    entry.update(inode=None, shared_with=[], as_declared=None)
    resting = lab.one(namespaces={"net": asked}).verdict
    assert resting == ("differs" if declared not in (None, asked) else "stopped")


def test_a_container_that_is_called_host_is_not_the_host(lab, monkeypatch):
    entry = {"inode": 7, "declared": "private", "shared_with": [], "as_declared": True}
    known = {"id": lab.container["Id"], "namespaces": {"net": entry}, "pid": 31443, "read": True, "status": "running", "reason": ""}
    monkeypatch.setattr(_namespaces, "gather", gathers(known))
    entry["shared_with"] = ["host"]
    assert lab.one(namespaces={"net": "private"}).verdict == "ok"
    entry["declared"] = "container:host"
    assert lab.one(namespaces={"net": "container:host"}).verdict == "ok"


#: The PIDs of its first process, from the host's to its own, and the end of the evidence
PIDS = [
    ([31443, 1], "NSpid=31443 1: PID 1 of cgt-free is PID 31443 on the host"),
    ([31443, 60, 1], "PID 1 of cgt-free is PID 31443 on the host"),
    ([31443], "PID 31443 of cgt-free is PID 31443 on the host"),
    ([], "shared with nobody"),
]


@pytest.mark.parametrize(("pids", "words"), PIDS)
def test_which_pid_it_is_on_the_host(lab, monkeypatch, pids, words):
    entry = {"inode": 7, "declared": "private", "shared_with": [], "as_declared": True}
    known = {"id": lab.container["Id"], "namespaces": {"pid": entry, "net": entry}, "pid": 31443, "pids": pids, "read": True, "status": "running", "reason": ""}
    monkeypatch.setattr(_namespaces, "gather", gathers(known))
    assert lab.one(namespaces={"pid": "private"}).evidence[-1].endswith(words)
    assert "NSpid" not in " ".join(lab.one(namespaces={"net": "private"}).evidence)


def test_namespaces_that_cannot_be_read(lab, monkeypatch):
    for problem, verdict in ((EngineError("no"), "unreachable"), (KernelError("no"), "unreadable")):

        def gather(*_arguments, problem=problem, **_more):
            raise problem

        monkeypatch.setattr(_namespaces, "gather", gather)
        assert [found.verdict for found in lab.check(namespaces={"net": "host", "pid": "private"})] == [verdict, verdict]


def test_one_that_is_not_there_is_created_so(lab):
    (finding,) = check([{"name": "none", "read_only": True, "cap_drop": ["all"]}], lab.engine, lab.host.kernel)[:1]
    assert "docker run --detach --name none --read-only --cap-drop ALL IMAGE" in finding.hint


NOW, OLD = "sha256:" + "a" * 64, "sha256:" + "b" * 64

#: Config.Image and Image of the container, the images by name, what is asked, the verdict, words of the hint
IMAGES = [
    ("ashuflask:v001", NOW, {"ashuflask:v001": NOW}, "ashuflask:v001", "ok", ""),
    ("ashuflask", NOW, {"ashuflask:latest": NOW}, "ashuflask", "ok", ""),
    ("ashuflask:v001", NOW, {"ashuflask:v001": NOW}, "docker.io/library/ashuflask:v001", "ok", ""),
    # The same image by another name and by its id
    ("other:v001", NOW, {"ashuflask:v001": NOW, "other:v001": NOW}, "ashuflask:v001", "ok", ""),
    (NOW, NOW, {"ashuflask:v001": NOW}, "ashuflask:v001", "ok", ""),
    ("a" * 12, NOW, {"ashuflask:v001": NOW}, "ashuflask:v001", "ok", ""),
    ("ashuflask:v001", OLD, {"ashuflask:v001": NOW}, "ashuflask:v001", "differs", "older image of the name ashuflask:v001: it has bbbbbbbbbbbb"),
    ("ashuflask:v002", OLD, {"ashuflask:v001": NOW, "ashuflask:v002": OLD}, "ashuflask:v001", "differs", "made of ashuflask:v002 (bbbbbbbbbbbb)"),
    (OLD, OLD, {"ashuflask:v001": NOW}, "ashuflask:v001", "differs", "made of sha256:"),
    ("ashuflask:v002", OLD, {}, "ashuflask:v001", "absent", "docker build --tag ashuflask:v001"),
    # Whose name went: a right container of the trainer's image is no mistake of the student's.
    ("ashuflask:v001", OLD, {}, "ashuflask:v001", "unverifiable", "docker build --tag ashuflask:v001"),
    ("r.x:5000/ashu/flask:v1", NOW, {"r.x:5000/ashu/flask:v1": NOW}, "r.x:5000/ashu/flask:v1", "ok", ""),
    ("r.x:5000/ashu/flask:v1", NOW, {"ashu/flask:v1": NOW}, "r.x:5000/ashu/flask:v1", "unverifiable", "docker build"),
    ("ashuflask", NOW, {"ashuflask:v001": NOW}, "ashuflask", "unverifiable", "docker build --tag ashuflask:latest"),
]


@pytest.mark.parametrize(("config", "identity", "images", "asked", "verdict", "words"), IMAGES)
def test_images(lab, config, identity, images, asked, verdict, words):
    lab.container["Config"]["Image"], lab.container["Image"], lab.images = config, identity, images
    found = lab.one(image=asked)
    assert (found.verdict, found.declared, found.enforced) == (verdict, f"{config} ({identity[7:19]})", None)
    assert words in found.hint
    assert found.hint.count("docker rm --force cgt-free") == (verdict == "differs")


def test_an_image_counts_for_a_stopped_container_too(lab):
    lab.rest("exited")
    assert lab.one(image="classroom/busybox").verdict == "ok"


def test_an_engine_that_cannot_look_at_an_image(lab):
    image, state = lab.check(image="broken:v1", state="running")[::-1]
    assert (image.verdict, image.outcome, state.verdict) == ("unreachable", "could_not_check", "ok")
    assert "driver failed" in image.hint


#: Config.User, the process's user id (None where it cannot be read), what is asked, the verdict, the enforced id
USERS = [
    ("65532", 65532, "65532", "ok", "65532"),
    ("65532:65532", 65532, "65532", "ok", "65532"),
    ("65532:65532", 65532, "65532:65532", "ok", "65532"),
    ("nonroot:nonroot", 65532, "nonroot:nonroot", "ok", "65532"),
    # The group that it has without one, or by a name, is in the image alone.
    ("65532", 65532, "65532:65532", "converted", "65532"),
    ("nonroot:nonroot", 65532, "65532:65532", "converted", "65532"),
    ("65532", 65532, "65532:65533", "differs", "65532"),
    ("nonroot:nonroot", 65532, "65532:0", "differs", "65532"),
    ("65532:65533", 65532, "65532:65533", "not_enforced", "65532"),
    ("65532:65532", 65532, "65532:nonroot", "unverifiable", "65532"),
    ("65532:users", 65532, "65532:nonroot", "differs", "65532"),
    ("65533", 65533, "65532:65532", "differs", "65533"),
    ("65532:0", 65532, "65532:65532", "differs", "65532"),
    ("65533", 65533, "65532", "differs", "65533"),
    ("", 0, "65532", "differs", "0"),
    # A process that gives up being root by itself: docker exec is root still.
    ("", 65532, "65532", "differs", "65532"),
    ("65532", 0, "65532", "not_enforced", "0"),
    ("65532", 65531, "65532", "not_enforced", "65531"),
    ("", 0, "root", "ok", "0"),
    ("", 0, "0", "ok", "0"),
    ("0", 0, "root", "ok", "0"),
    ("root", 0, "0", "ok", "0"),
    ("", 1, "root", "not_enforced", "1"),
    ("nonroot", 65532, "65532", "converted", "65532"),
    ("nonroot", 65531, "65532", "differs", "65531"),
    ("nonroot", 65532, "nonroot", "ok", "65532"),
    ("65532", 65532, "nonroot", "unverifiable", "65532"),
    ("", 0, "nonroot", "differs", "0"),
    # Another name of root.
    ("nonroot", 0, "nonroot", "not_enforced", "0"),
    ("nonroot", 1, "nonroot", "ok", "1"),
    ("nobody", 65534, "nonroot", "differs", "65534"),
    ("65532", None, "65532", "unverifiable", None),
    ("", None, "65532", "differs", None),
    ("nonroot", None, "65532", "unverifiable", None),
]


@pytest.mark.parametrize(
    ("uid", "gid", "asked", "verdict", "words"),
    [
        pytest.param(0, 0, "root:wheel", "unverifiable", "cgt-free is to run as root, and whether its group is wheel", id="a group by name"),
        pytest.param(0, 0, "root:0", "converted", "root is the user id 0 and the group id 0", id="a group by number"),
    ],
)
def test_nobody_is_told_as_root(lab, uid, gid, asked, verdict, words):
    lab.container["Config"]["User"] = ""
    lab.process(uid, gid=gid)
    found = lab.one(user=asked)
    assert found.verdict == verdict and words in found.hint


@pytest.mark.parametrize(("config", "uid", "asked", "verdict", "enforced"), USERS)
def test_whom_it_runs_as(lab, config, uid, asked, verdict, enforced):
    lab.container["Config"]["User"] = config
    if uid is not None:
        lab.process(uid, gid=65532)
    found = lab.one(user=asked)
    assert (found.verdict, found.asked, found.declared, found.enforced) == (verdict, asked, config or "root", enforced)
    assert found.outcome == {"ok": "pass", "converted": "pass", "unverifiable": "could_not_check"}.get(verdict, "fail")
    if found.outcome == "fail":
        assert (f"docker run --user {asked}" if (config, uid) != ("nonroot", 0) else "give nonroot another id") in found.hint
    assert f"Config.User={config}" in found.evidence


@pytest.mark.parametrize(
    ("uid", "uid_map", "enforced"),
    [
        (165532, "0 100000 65536", "65532"),
        (165532, "0 165532 1\n1 1 10", "0"),
        (65532, "0 0 4294967295", "65532"),
        (65532, "0 100000 65536", "65532"),
        (100000, "0 100000 65536", "0"),
        (165535, "0 100000 65536", "65535"),
        (165536, "0 100000 65536", "165536"),
    ],
)
def test_a_user_as_the_container_knows_it(lab, uid, uid_map, enforced):
    lab.container["Config"]["User"] = "65532"
    lab.process(uid, uid_map)
    found = lab.one(user="65532")
    assert (found.enforced, found.verdict) == (enforced, "ok" if enforced == "65532" else "not_enforced")


@pytest.mark.parametrize(
    ("status", "config", "verdict"),
    [
        ("exited", "65532", "stopped"),
        ("exited", "nonroot", "stopped"),
        ("exited", "", "differs"),
        ("restarting", "65532", "stopped"),
        ("paused", "65532", "ok"),
    ],
)
def test_a_user_of_a_container_that_rests(lab, status, config, verdict):
    lab.container["Config"]["User"] = config
    lab.process(65532)
    lab.rest(status)
    assert lab.one(user="65532").verdict == verdict


def test_a_process_of_another_namespace_is_not_taken_for_it(lab):
    """The id of PID 1 is another process's here: it is not in the container's cgroup."""
    lab.container["Config"]["User"] = "65532"
    lab.process(0)
    lab.host.write("/proc/31443/cgroup", "12:memory:/\n0::/")
    found = lab.one(user="65532")
    assert (found.verdict, found.enforced) == ("unverifiable", None)
    assert any("no cgroup of process 31443" in line for line in found.evidence)


EVERYWHERE = [("", 1234)]
BOUND = [("0.0.0.0", 1234), ("::", 1234)]

#: What is declared, what is bound, what is asked, the verdict
PORTS = [
    ({"5000/tcp": EVERYWHERE}, {"5000/tcp": BOUND}, "1234:5000", "ok"),
    ({"5000/tcp": EVERYWHERE}, {"5000/tcp": BOUND}, "1234:5000/tcp", "ok"),
    ({"5000/tcp": EVERYWHERE}, {"5000/tcp": BOUND}, "0.0.0.0:1234:5000", "ok"),
    ({"5000/tcp": [("0.0.0.0", 1234)]}, {"5000/tcp": [("0.0.0.0", 1234)]}, "1234:5000", "ok"),
    ({"5000/tcp": EVERYWHERE, "80/tcp": [("", 80)]}, None, "1234:5000", "ok"),
    ({"5000/tcp": [("", 1233), ("", 1234)]}, None, "1234:5000", "ok"),
    ({"53/udp": EVERYWHERE}, None, "1234:53/udp", "ok"),
    ({"5000/tcp": [("127.0.0.1", 1234)]}, None, "127.0.0.1:1234:5000", "ok"),
    ({"5000/tcp": [("::1", 1234)]}, None, "[::1]:1234:5000", "ok"),
    # An engine that is configured to publish at one address
    ({"5000/tcp": EVERYWHERE}, {"5000/tcp": [("10.0.0.1", 1234)]}, "1234:5000", "ok"),
    ({"5000/tcp": [("", 1235)]}, None, "1234:5000", "differs"),
    ({"5000/tcp": [("127.0.0.1", 1234)]}, None, "1234:5000", "differs"),
    # At no address of IPv4
    ({"5000/tcp": [("::", 1234)]}, None, "1234:5000", "differs"),
    ({"5000/tcp": [("::", 1234)]}, None, "0.0.0.0:1234:5000", "differs"),
    ({"5000/tcp": [("::", 1234)]}, None, "[::]:1234:5000", "ok"),
    ({"5000/tcp": [("0.0.0.0", 1234), ("::", 1234)]}, None, "1234:5000", "ok"),
    ({"5000/tcp": EVERYWHERE}, None, "127.0.0.1:1234:5000", "differs"),
    ({"5000/tcp": [("", "")]}, {"5000/tcp": [("", 32768)]}, "1234:5000", "differs"),
    # A host's port that is right by chance
    ({"5000/tcp": [("", "")]}, {"5000/tcp": BOUND}, "1234:5000", "differs"),
    ({}, {"5000/tcp": [("", 32768)]}, "1234:5000", "differs"),
    ({"5001/tcp": EVERYWHERE}, None, "1234:5000", "missing"),
    ({"5000/udp": EVERYWHERE}, None, "1234:5000", "missing"),
    ({"1234/tcp": [("", 5000)]}, None, "1234:5000", "missing"),
    ({}, {"5000/tcp": []}, "1234:5000", "missing"),
    ({"5000/tcp": EVERYWHERE}, {}, "1234:5000", "not_enforced"),
    ({"5000/tcp": EVERYWHERE}, {"5000/tcp": [("", 1235)]}, "1234:5000", "not_enforced"),
]


@pytest.mark.parametrize(("declared", "bound", "asked", "verdict"), PORTS)
def test_published_ports(lab, declared, bound, asked, verdict):
    lab.publish(declared, bound)
    found = lab.one(ports=[asked])
    assert found.verdict == verdict
    if verdict == "ok":
        assert found.declared and found.enforced
    else:
        assert f"docker run -p {found.asked}" in found.hint
    assert (found.declared is None) == (verdict == "missing" or not declared)


def test_each_port_is_a_finding(lab):
    lab.publish({"5000/tcp": [("", 1234)], "80/tcp": [("", 81)]}, {"5000/tcp": BOUND, "80/tcp": [("", 81)]})
    found = lab.check(ports=["1234:5000", "80:80", "53:53/udp"])
    assert [(each.attribute, each.asked, each.declared, each.enforced, each.verdict) for each in found] == [
        ("ports", "1234:5000/tcp", "1234:5000/tcp", "1234:5000/tcp", "ok"),
        ("ports", "80:80/tcp", "81:80/tcp", "81:80/tcp", "differs"),
        ("ports", "53:53/udp", None, None, "missing"),
    ]


@pytest.mark.parametrize(
    ("status", "asked", "verdict"),
    [("exited", "1234:5000", "stopped"), ("exited", "1235:5000", "differs"), ("exited", "1234:5001", "missing"), ("paused", "1234:5000", "ok")],
)
def test_ports_of_a_container_that_rests(lab, status, asked, verdict):
    lab.publish({"5000/tcp": EVERYWHERE})
    lab.rest(status)
    assert lab.one(ports=[asked]).verdict == verdict


@pytest.mark.parametrize(
    ("config", "asked", "verdict"),
    [
        ("SIGINT", "SIGINT", "ok"),
        ("INT", "SIGINT", "ok"),
        ("2", "int", "ok"),
        ("", "SIGTERM", "ok"),
        (None, "SIGTERM", "ok"),
        ("", "SIGINT", "differs"),
        ("SIGQUIT", "SIGINT", "differs"),
        ("SIGRTMIN+3", "RTMIN+3", "ok"),
        ("SIGRTMIN+3", "RTMIN+4", "differs"),
        ("nonsense", "SIGTERM", "differs"),
    ],
)
def test_stop_signals(lab, config, asked, verdict):
    lab.container["Config"]["StopSignal"] = config
    found = lab.one(stop_signal=asked)
    assert (found.verdict, found.enforced) == (verdict, None)
    if verdict == "differs":
        assert f"STOPSIGNAL {found.asked} " in found.hint and f"--stop-signal {found.asked}." in found.hint


class Server(ThreadingHTTPServer):
    """Pages by path: a status, headers and a body."""

    daemon_threads = True

    def __init__(self, pages):
        self.pages = pages
        self.requests = []
        super().__init__(("127.0.0.1", 0), _Handler)
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.requests.append(self.path)
        status, headers, body = self.server.pages[self.path]
        self.send_response(status)
        for key, value in ({"Content-Length": str(len(body))} | headers).items():
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args):
        pass


HELLO = "Hello ashu, grüß dich. Version 1\n".encode()
BIG = b"x" * (1024 * 1024) + b"end"


@pytest.fixture
def server(lab):
    server = Server(
        {
            "/": (200, {}, HELLO),
            "/a?b=c": (200, {}, b"query"),
            "/none": (404, {}, b"no such page"),
            "/moved": (302, {"Location": "/"}, b""),
            "/big": (200, {}, BIG),
            "/edge": (200, {}, BIG[: 1024 * 1024]),
            "/empty": (200, {}, b""),
            "/short": (200, {"Content-Length": "99"}, b"cut"),
        }
    )
    lab.publish({"5000/tcp": [("", server.server_port)]}, {"5000/tcp": [("0.0.0.0", server.server_port), ("::", server.server_port)]})
    yield server
    server.shutdown()
    server.server_close()


def sha256(body):
    return hashlib.sha256(body).hexdigest()


#: What is asked, the verdict, words of the hint, what was answered
PAGES = [
    ({}, "ok", "", "200, 35 bytes"),
    ({"port": 5000}, "ok", "", "200, 35 bytes"),
    ({"contains": ["Hello ashu", "grüß", "Version 1"]}, "ok", "", "200, 35 bytes"),
    ({"sha256": sha256(HELLO)}, "ok", "", "200, 35 bytes"),
    ({"sha256": sha256(HELLO).upper()}, "ok", "", "200, 35 bytes"),
    ({"path": "/a?b=c", "contains": ["query"]}, "ok", "", "200, 5 bytes"),
    ({"path": "/none", "status": 404, "contains": ["no such page"]}, "ok", "", "404, 12 bytes"),
    ({"path": "/moved", "status": 302}, "ok", "", "302, 0 bytes"),
    ({"path": "/empty", "sha256": sha256(b"")}, "ok", "", "200, 0 bytes"),
    ({"path": "/edge", "sha256": sha256(BIG[:-3])}, "ok", "", "200, 1048576 bytes"),
    ({"path": "/big", "contains": ["xxx"]}, "ok", "", "200, more than 1048576 bytes"),
    ({"contains": ["Hello ashu", "Version 2"]}, "differs", "a page without 'Version 2'; it begins with 'Hello ashu,", "200, 35 bytes"),
    ({"contains": ["hello ashu"]}, "differs", "a page without 'hello ashu'", "200, 35 bytes"),
    ({"contains": ["Version 2", "Hello priya"]}, "differs", "a page without 'Version 2' and a page without 'Hello priya'", "200, 35 bytes"),
    ({"sha256": sha256(HELLO[:-1])}, "differs", "SHA-256", "200, 35 bytes"),
    ({"status": 201}, "differs", "the status 200, and 201 is asked", "200, 35 bytes"),
    ({"path": "/none"}, "differs", "the status 404, and 200 is asked; it begins with 'no such page'", "404, 12 bytes"),
    ({"path": "/moved"}, "differs", "the status 302 to '/', and 200 is asked", "302, 0 bytes"),
    ({"path": "/big", "contains": ["end"]}, "unverifiable", "1048576", "200, more than 1048576 bytes"),
    ({"path": "/big", "sha256": sha256(BIG)}, "unverifiable", "1048576", "200, more than 1048576 bytes"),
    ({"path": "/short"}, "not_enforced", "closed in the middle", None),
    ({"port": 5001}, "missing", "docker run -p", None),
]


@pytest.mark.parametrize(("asked", "verdict", "words", "enforced"), PAGES)
def test_pages(lab, server, asked, verdict, words, enforced):
    found = lab.one(http=[page(**asked)])
    assert (found.verdict, found.enforced) == (verdict, enforced)
    assert words in found.hint
    assert ("Correct what it serves, build" in found.hint) == (verdict == "differs")
    assert found.declared == (None if verdict == "missing" else f"{server.server_port}:5000/tcp")
    if verdict != "missing":
        assert f"GET http://127.0.0.1:{server.server_port}{asked.get('path', '/')}" in found.evidence[2]


def test_what_is_asked_of_a_page_is_one_line(lab, server):
    found = lab.one(http=[page(contains=["Hello ashu"], sha256=sha256(HELLO))])
    assert found.asked == f"GET /: 200, with 'Hello ashu', sha256 {sha256(HELLO)[:12]}"


def test_each_page_is_a_finding_and_each_is_asked_once(lab, server):
    found = lab.check(http=[page(), page(path="/none"), page(path="/a?b=c")])
    assert [(each.attribute, each.verdict) for each in found] == [("http", "ok"), ("http", "differs"), ("http", "ok")]
    assert sorted(server.requests) == ["/", "/a?b=c", "/none"]


def test_a_page_of_one_of_several_ports(lab, server):
    port = server.server_port
    lab.publish({"5000/tcp": [("", port)], "5001/tcp": [("", 1)], "5000/udp": [("", port)]})
    assert lab.one(http=[page(port=5000)]).verdict == "ok"
    found = lab.one(http=[page()])
    assert found.verdict == "unverifiable"
    assert f"{port}:5000/tcp, 1:5001/tcp" in found.hint
    lab.publish({"5000/tcp": [("", port)], "53/udp": [("", 53)]})
    assert lab.one(http=[page()]).verdict == "ok"
    lab.publish({"53/udp": [("", 53)]})
    assert lab.one(http=[page()]).verdict == "missing"


def test_a_page_at_the_address_that_is_bound(lab, server):
    lab.publish({"5000/tcp": [("127.0.0.2", server.server_port)]})
    found = lab.one(http=[page()])
    assert found.verdict == "not_enforced"
    assert f"http://127.0.0.2:{server.server_port}/" in found.hint


def test_pages_of_many_containers_in_the_time_of_one(lab):
    lab.publish({"5000/tcp": [("", 1)]})
    start = time.monotonic()
    found = check([{"name": "cgt-free", "http": [page(path=f"/{number}")]} for number in range(20)], lab.engine, lab.host.kernel)
    assert time.monotonic() - start < 3
    assert [each.asked for each in found] == [f"GET /{number}: 200" for number in range(20)]
    assert {each.verdict for each in found} == {"not_enforced"}
    assert all("Connection refused" in each.hint and "docker logs cgt-free" in each.hint and "0.0.0.0, port 5000" in each.hint for each in found)


def test_a_server_that_takes_the_connection_and_says_nothing(lab, monkeypatch):
    monkeypatch.setattr(_container_service, "_PATIENCE", 2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        lab.publish({"5000/tcp": [("", silent.getsockname()[1])]})
        found = lab.one(http=[page(timeout=1)])
    assert (found.verdict, found.outcome) == ("not_enforced", "fail")
    assert "for 2 s: timed out. docker logs cgt-free" in found.hint and "docker stats" in found.hint and "listen at" not in found.hint


@pytest.mark.parametrize(("up", "timeouts"), [(10, (19, 20)), (24, (5, 6)), (26, (5,)), (3600, (5,)), (-60, (5,))])
def test_the_server_of_a_container_that_has_just_started_may_be_starting(lab, monkeypatch, up, timeouts):
    """But not for longer because the host's clock was set back."""
    asked = []

    def fetch(_address, _port, _path, timeout, patience, **_starting):
        asked.append((timeout, patience))
        raise _pages.Silent("Connection refused", timeout, False)

    monkeypatch.setattr(_pages, "fetch", fetch)
    restart_before(lab, up)
    lab.publish({"5000/tcp": [("", 1)]})
    found = lab.one(http=[page(timeout=5)])
    ((timeout, patience),) = asked
    assert timeout in timeouts and patience == 20
    assert f"for {timeout} s: Connection refused" in found.hint


HTTP = " 1: 00000000:1388 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 99 1"
DNS = " 0: 0B00007F:9C2B 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 98 1"
#: How long it is up, the CPU time that it uses each time, its sockets, the verdict, and whether more than the timeout is waited
STARTS = {
    "busy, until it has had time enough": (176, 10**9, DNS, "unverifiable", True),
    "idle": (170, 0, DNS, "not_enforced", False),
    "hardly busy": (170, 10**6, DNS, "not_enforced", False),
    "it listens, and to somebody else": (170, 10**9, f"{DNS}\n{HTTP}", "not_enforced", False),
    "where it listens is not known": (170, 10**9, None, "not_enforced", False),
    "it has had time enough": (181, 10**9, DNS, "not_enforced", False),
}


@pytest.mark.parametrize(("up", "uses", "sockets", "verdict", "waits"), STARTS.values(), ids=STARTS)
def test_a_server_that_is_busy_and_listens_nowhere_may_be_starting(lab, monkeypatch, up, uses, sockets, verdict, waits):
    used = iter(range(0, 99 * uses + 99, uses or 1)) if uses else iter([7] * 99)
    monkeypatch.setattr(_container_service, "cpu_time", lambda _kernel, _life: next(used))
    restart_before(lab, up)
    if sockets is not None:
        lab.host.write("/proc/31443/net/tcp", f"  sl  local_address\n{sockets}")
    lab.publish({"5000/tcp": [("", 1)]})
    begun = time.monotonic()
    found = lab.one(http=[page(timeout=1)])
    assert found.verdict == verdict
    assert (time.monotonic() - begun > 2) is waits
    assert ("it has been busy and listens nowhere yet" in found.hint) is waits


@pytest.mark.parametrize(("status", "mend"), [("exited", "docker start"), ("paused", "docker unpause"), ("restarting", "docker logs")])
def test_a_page_of_a_container_that_rests(lab, server, status, mend):
    lab.rest(status)
    found = lab.one(http=[page()])
    assert (found.verdict, found.enforced, found.outcome) == ("stopped", None, "could_not_check")
    assert mend in found.hint and status in found.hint
    assert server.requests == []


def restarted(lab):
    lab.container["State"]["StartedAt"] = "2026-11-24T00:00:00Z"


def stopped(lab):
    lab.rest("exited")


def removed(lab):
    del lab.host.containers["cgt-free"]


def replaced(lab):
    lab.container = lab.host.containers["cgt-free"] = dict(lab.container, Id="f" * 64)


@pytest.mark.parametrize(("happens", "verdict"), [(restarted, "unstable"), (stopped, "stopped"), (removed, "unstable"), (replaced, "unstable")])
@pytest.mark.parametrize("path", ["/", "/none"])
def test_a_page_that_may_be_of_another_life(lab, server, happens, verdict, path):
    def on_request(_path):
        if server.requests and "cgt-free" in lab.host.containers:
            happens(lab)

    lab.host.on_request = on_request
    found = lab.one(http=[page(path=path)])
    assert (found.verdict, found.enforced, found.outcome) == (verdict, None, "could_not_check")


def test_what_is_not_there_is_created_with_all_that_is_asked(lab):
    found = check(
        [{"name": "nobody", "image": "ashuflask", "user": "65532", "ports": ["1:2", "3:4/udp"], "stop_signal": "INT", "http": [page(), page(path="/x")]}],
        lab.engine,
        lab.host.kernel,
    )
    assert {each.verdict for each in found} == {"absent"}
    assert [(each.attribute, each.asked) for each in found] == [
        ("image", "ashuflask:latest"),
        ("user", "65532"),
        ("ports", "1:2/tcp"),
        ("ports", "3:4/udp"),
        ("stop_signal", "SIGINT"),
        ("http", "GET /: 200"),
        ("http", "GET /x: 200"),
    ]
    command = "docker run --detach --name nobody -p 1:2/tcp -p 3:4/udp --user 65532 --stop-signal SIGINT ashuflask:latest."
    assert all(each.hint.endswith(command) for each in found)


def test_without_an_engine_no_attribute_is_known(tmp_path):
    asked = {"image": "x", "user": "1", "ports": ["1:2"], "stop_signal": "INT", "http": [page(timeout=60)]}
    found = check([{"name": "x", **asked}], Engine(f"unix://{tmp_path}/none", 1), Kernel())
    assert [each.attribute for each in found] == list(asked)
    assert {each.verdict for each in found} == {"unreachable"}


@pytest.fixture
def note(lab, monkeypatch):
    """Have the engine note on its disk whether the container was stopped by hand, and a clock that does not wait."""
    lab.host.info["DockerRootDir"] = "/data"
    lab.container["HostConfig"]["RestartPolicy"] = policy("always")
    moments = itertools.count()
    monkeypatch.setattr(_container_check.time, "monotonic", lambda: next(moments))
    monkeypatch.setattr(_container_check.time, "sleep", lambda _seconds: None)

    def write(text):
        lab.host.write(f"/data/containers/{lab.container['Id']}/config.v2.json", text)

    return write


LET_GO = '{"Name": "/cgt-free", "HasBeenManuallyStopped": true}'


def test_a_policy_that_the_engine_does_not_follow_any_more(lab, note):
    """A signal that stops nothing is to the engine a stop by hand."""
    note(LET_GO)
    found = lab.one(restart_policy="always")
    assert (found.verdict, found.outcome, found.declared, found.enforced) == ("not_enforced", "fail", "always", "no")
    assert f"/data/containers/{lab.container['Id']}/config.v2.json: HasBeenManuallyStopped=true" in found.evidence
    assert "docker restart cgt-free" in found.hint


@pytest.mark.parametrize(
    ("policies", "signal", "verdict"),
    [
        ("always", "", "not_enforced"),
        ("on-failure:3", "", "not_enforced"),
        ("unless-stopped", "", "not_enforced"),
        # It may have been another signal, after which the engine goes on.
        ("always", "SIGQUIT", "unverifiable"),
        ("on-failure:3", "SIGQUIT", "unverifiable"),
        ("unless-stopped", "SIGQUIT", "not_enforced"),
    ],
)
def test_which_signals_end_a_policy(lab, note, policies, signal, verdict):
    note(LET_GO)
    name, _colon, count = policies.partition(":")
    lab.container["HostConfig"]["RestartPolicy"] = policy(name, int(count or 0))
    lab.container["Config"]["StopSignal"] = signal
    found = lab.one(restart_policy=policies)
    assert (found.verdict, found.declared, found.enforced) == (verdict, policies, "no" if verdict == "not_enforced" else None)
    assert "docker restart cgt-free" in found.hint
    unsure = verdict == "unverifiable"
    assert ("by SIGQUIT, which is its stop signal" in found.hint) is ("Config.StopSignal=SIGQUIT" in found.evidence) is unsure


@pytest.mark.parametrize("text", ['{"HasBeenManuallyStopped": false}', "{}", "", "not JSON", None])
def test_a_policy_that_the_engine_follows_or_says_nothing_of(lab, note, text):
    if text is not None:
        note(text)
    assert lab.one(restart_policy="always").verdict == "ok"


def test_what_is_about_to_be_restarted_by_hand_is_looked_at_again(lab, note, monkeypatch):
    note(LET_GO)
    monkeypatch.setattr(_container_check.time, "sleep", lambda _seconds: note("{}"))
    assert lab.one(restart_policy="always").verdict == "ok"


def test_without_a_policy_or_a_process_nothing_is_noted_against_it(lab, note):
    note(LET_GO)
    assert lab.one(restart_policy="on-failure").verdict == "differs"
    lab.container["HostConfig"]["RestartPolicy"] = policy("no")
    assert lab.one(restart_policy="no").verdict == "ok"
    lab.container["HostConfig"]["RestartPolicy"] = policy("always")
    lab.rest("exited")
    assert lab.one(restart_policy="always").verdict == "ok"
