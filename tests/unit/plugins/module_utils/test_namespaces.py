# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Namespaces as declared and as the kernel has them, on a captured host with namespaces that a test chooses."""

from __future__ import annotations

import pytest
from ansible_collections.classroom.containers.plugins.module_utils._cgroups import KernelError
from ansible_collections.classroom.containers.plugins.module_utils._engine import EngineError
from ansible_collections.classroom.containers.plugins.module_utils._namespaces import KINDS, gather

HOST = dict(zip(KINDS, range(1, 9)))
ONE, TWO = "cgt-free", "cgt-limits"


class Namespaces:
    """The captured host, with the links of processes, which no fixture can keep."""

    def __init__(self, host):
        self.host = host
        self.links = {"1": dict(HOST)}
        self.denied = set()
        host.kernel.link = self._link
        for place, name in enumerate((ONE, TWO), 1):
            own = {kind: 100 * place + number for kind, number in HOST.items()}
            self.links[self.pid(name)] = {**own, "user": HOST["user"], "time": HOST["time"]}
            host.declare(name, CgroupnsMode="private", IpcMode="private", NetworkMode="bridge", PidMode="", UTSMode="", UsernsMode="")
        # What else was captured does not run.
        for name, container in host.containers.items():
            if name not in (ONE, TWO):
                container["State"].update(Running=False, Pid=0, Status="exited")

    def pid(self, name):
        return str(self.host.containers[name]["State"]["Pid"])

    def _link(self, path):
        _empty, _proc, process, _ns, kind = path.split("/")
        if process in self.denied:
            raise KernelError(f"{path} cannot be read")
        inode = self.links.get(process, {}).get(kind)
        return None if inode is None else f"{kind}:[{inode}]"

    def put(self, name, **kinds):
        self.links[self.pid(name)].update(kinds)

    def read(self, name=ONE):
        (found,) = gather(self.host.engine, self.host.kernel, [name], None)["containers"]
        assert found["name"] == name
        return found

    def one(self, kind, name=ONE):
        found = self.read(name)["namespaces"][kind]
        return found["declared"], found["shared_with"], found["as_declared"]


@pytest.fixture
def here(v1):
    return Namespaces(v1)


def test_what_docker_makes(here):
    found = here.read()
    assert {kind: (each["declared"], each["shared_with"], each["as_declared"]) for kind, each in found["namespaces"].items()} == {
        **dict.fromkeys(("cgroup", "ipc", "mnt", "net", "pid", "uts"), ("private", [], True)),
        **dict.fromkeys(("time", "user"), ("host", ["host", TWO], True)),
    }
    assert found["namespaces"]["pid"]["inode"] == 105
    assert (found["read"], found["reason"]) == (True, "")


#: The kind, the field of HostConfig, what it says, the inode, and what is found
SHARED = [
    ("pid", "PidMode", "host", HOST["pid"], ("host", ["host"], True)),
    ("net", "NetworkMode", "host", HOST["net"], ("host", ["host"], True)),
    ("ipc", "IpcMode", "host", HOST["ipc"], ("host", ["host"], True)),
    ("uts", "UTSMode", "host", HOST["uts"], ("host", ["host"], True)),
    ("cgroup", "CgroupnsMode", "host", HOST["cgroup"], ("host", ["host"], True)),
    ("cgroup", "CgroupnsMode", "", HOST["cgroup"], (None, ["host"], None)),
    ("user", "UsernsMode", "host", HOST["user"], ("host", ["host", TWO], True)),
    ("net", "NetworkMode", "none", 900, ("private", [], True)),
    ("net", "NetworkMode", "ashubr1", 900, ("private", [], True)),
    ("ipc", "IpcMode", "shareable", 900, ("private", [], True)),
    # The kernel says otherwise, by one.
    ("pid", "PidMode", "host", 105, ("host", [], False)),
    ("pid", "PidMode", "", HOST["pid"], ("private", ["host"], False)),
    ("net", "NetworkMode", "bridge", HOST["net"], ("private", ["host"], False)),
    ("mnt", "UTSMode", "", HOST["mnt"], ("private", ["host"], False)),
    ("time", "UTSMode", "", 900, ("host", [], False)),
    # The number of another kind is none of this one.
    ("pid", "PidMode", "", HOST["net"], ("private", [], True)),
]


@pytest.mark.parametrize(("kind", "field", "mode", "inode", "expected"), SHARED)
def test_shared_with_the_host(here, kind, field, mode, inode, expected):
    here.host.declare(ONE, **{field: mode})
    here.put(ONE, **{kind: inode})
    assert here.one(kind) == expected


@pytest.mark.parametrize("by", ["name", "id"])
@pytest.mark.parametrize(("kind", "field"), [("ipc", "IpcMode"), ("net", "NetworkMode"), ("pid", "PidMode")])
def test_shared_with_another(here, kind, field, by):
    here.host.declare(ONE, **{field: "container:" + (TWO if by == "name" else here.host.containers[TWO]["Id"])})
    here.put(ONE, **{kind: 200 + HOST[kind]})
    assert here.one(kind) == (f"container:{TWO}", [TWO], True)
    # The other one's is its own, and others may join it.
    assert here.one(kind, TWO) == ("private", [ONE], True)
    here.put(ONE, **{kind: 900})
    assert here.one(kind) == (f"container:{TWO}", [], False)


def test_shared_with_another_that_was_not_told(here):
    here.put(ONE, net=200 + HOST["net"])
    assert here.one("net") == ("private", [TWO], False)
    assert here.one("net", TWO) == ("private", [ONE], False)


#: What the two are told of their shared memory, in which one entered that of the other; whether each has it as declared
ENTERED = {
    "it lets others in": ("shareable", "private", True, False),
    "it lets nobody in": ("private", "private", False, False),
    "the host's lets everybody in": ("host", "private", True, False),
}


@pytest.mark.parametrize(("mode", "other", "as_declared", "of_other"), ENTERED.values(), ids=ENTERED)
def test_one_whose_shared_memory_another_entered(here, mode, other, as_declared, of_other):
    inode = HOST["ipc"] if mode == "host" else 900
    for name, told in ((ONE, mode), (TWO, other)):
        here.host.declare(name, IpcMode=told)
        here.put(name, ipc=inode)
    assert (here.one("ipc")[2], here.one("ipc", TWO)[2]) == (as_declared, of_other)
    # One told to share it has that of the host to itself no more than any other.
    here.host.declare(ONE, IpcMode="shareable")
    assert here.one("ipc")[2] is (mode != "host")


def test_shared_with_one_that_does_not_run(here):
    here.host.declare(ONE, NetworkMode=f"container:{TWO}")
    here.host.containers[TWO]["State"].update(Running=False, Pid=0, Status="exited")
    assert here.one("net") == (f"container:{TWO}", [], None)
    here.host.declare(ONE, NetworkMode="container:" + "0" * 64)
    assert here.one("net") == ("container:" + "0" * 64, [], None)


@pytest.mark.parametrize("option", ["name=userns", "name=rootless"])
def test_an_engine_that_maps_users(here, option):
    here.host.info["SecurityOptions"] = ["name=seccomp,profile=default", option]
    assert here.one("user") == ("private", ["host", TWO], False)
    here.put(ONE, user=900)
    assert here.one("user") == ("private", [], True)
    here.host.declare(ONE, UsernsMode="host")
    assert here.one("user") == ("host", [], False)


def test_what_its_first_process_is(here):
    here.host.write(
        f"/proc/{here.pid(ONE)}/status",
        "Name:\tping\nNSpid:\t31443\t1\nCapEff:\t0000000000000021\nCapBnd:\t0000000000002021\nNoNewPrivs:\t1\nSeccomp:\t2\nSeccomp_filters:\t1",
    )
    here.host.write(f"/proc/{here.pid(ONE)}/uid_map", "         0     100000      65536\n     65536     300000          1")
    found = here.read()
    assert (found["pids"], found["seccomp"], found["no_new_privileges"]) == ([31443, 1], "filter", True)
    assert found["capabilities"] == {"effective": ["CHOWN", "KILL"], "bounding": ["CHOWN", "KILL", "NET_RAW"]}
    assert found["user_mapping"] == [{"inside": 0, "outside": 100000, "count": 65536}, {"inside": 65536, "outside": 300000, "count": 1}]


def test_one_that_does_not_run(here):
    here.host.containers[ONE]["State"].update(Running=False, Pid=0, Status="exited")
    found = here.read()
    assert (found["read"], found["status"]) == (False, "exited") and "only a running container" in found["reason"]
    assert {each["inode"] for each in found["namespaces"].values()} == {each["as_declared"] for each in found["namespaces"].values()} == {None}
    assert found["namespaces"]["pid"]["declared"] == "private"
    assert found["capabilities"] == {"effective": None, "bounding": None}


def test_a_kernel_without_a_kind(here):
    for links in here.links.values():
        del links["time"]
    assert here.read()["namespaces"]["time"] == {"inode": None, "declared": "host", "shared_with": [], "as_declared": None}


def test_even_root_may_be_denied_the_first_process(here):
    here.denied.add("1")
    here.links["self"] = dict(HOST)
    returned = gather(here.host.engine, here.host.kernel, [ONE], None)
    assert returned["host"] == {"namespaces": HOST, "source": "/proc/self/ns"}
    assert returned["containers"][0]["namespaces"]["user"]["shared_with"][0] == "host"


def test_a_container_that_cannot_be_read(here):
    here.denied.add(here.pid(ONE))
    found = here.read()
    assert (found["read"], found["verdict"]) == (False, "unreadable") and "cannot be read" in found["reason"]
    assert here.read(TWO)["read"]


def test_one_that_the_engine_cannot_inspect_and_that_does_not_run(here):
    """Nobody shares anything with it."""
    here.host.containers[TWO]["State"].update(Running=False, Pid=0, Status="exited")
    here.host.break_inspect(TWO)
    assert here.one("pid") == ("private", [], True)
    found = here.read(TWO)
    assert (found["read"], found["status"], found["pid"]) == (False, "exited", None) and "driver failed" in found["reason"]
    assert {(each["inode"], each["declared"], each["as_declared"]) for each in found["namespaces"].values()} == {(None, None, None)}


@pytest.mark.parametrize("status", ["running", "paused", "restarting", "removing"])
def test_one_that_the_engine_cannot_inspect_and_that_may_run(here, status):
    here.host.containers[TWO]["State"]["Status"] = status
    here.host.break_inspect(TWO)
    with pytest.raises(EngineError, match="driver failed"):
        here.read()


def over(here, name):
    """Have the life of a container end, and another one begin."""
    path = f"/proc/{here.pid(name)}/stat"
    fields = here.host.read(path).split(" ")
    fields[21] = str(int(fields[21]) + 1)
    here.host.write(path, " ".join(fields))


def meanwhile(here, changes):
    """Have something happen each time that the namespaces of a container were read, of ONE before those of TWO."""
    here.host.containers = {name: here.host.containers[name] for name in (ONE, TWO, *(here.host.containers.keys() - {ONE, TWO}))}

    def link(path):
        found = here._link(path)
        _empty, _proc, process, _ns, kind = path.split("/")
        for name, change in changes.items():
            if (process, kind) == (here.pid(name), KINDS[-1]):
                change()
        return found

    here.host.kernel.link = link


#: What TWO is told of its ipc, what it has, and what ONE has after its restart; how ONE and TWO have theirs in the end
RESTARTED = {
    # The kernel gives the number of a namespace that is gone to the next one.
    "another has what was freed": ("private", 100 + HOST["ipc"], 901, ("private", [], True), ("private", [], True)),
    "another joined what is new": (f"container:{ONE}", 901, 901, ("private", [TWO], True), (f"container:{ONE}", [ONE], True)),
    "another stayed in what is old": (f"container:{ONE}", 100 + HOST["ipc"], 901, ("private", [], True), (f"container:{ONE}", [], False)),
}


@pytest.mark.parametrize(("mode", "inode", "new", "one", "two"), RESTARTED.values(), ids=RESTARTED)
def test_one_that_restarts_while_another_is_read(here, mode, inode, new, one, two):
    here.host.declare(TWO, IpcMode=mode)
    here.put(TWO, ipc=inode)

    def restart():
        if here.links[here.pid(ONE)]["ipc"] != new:
            over(here, ONE)
            here.put(ONE, ipc=new)

    meanwhile(here, {TWO: restart})
    returned = gather(here.host.engine, here.host.kernel, [ONE, TWO])["containers"]
    found = {each["name"]: tuple(each["namespaces"]["ipc"].values()) for each in returned}
    assert found == {ONE: (new, *one), TWO: (inode, *two)}


def test_one_that_never_stays(here):
    meanwhile(here, {ONE: lambda: over(here, TWO), TWO: lambda: over(here, ONE)})
    gone, there = sorted(gather(here.host.engine, here.host.kernel, [ONE, TWO])["containers"], key=lambda each: each["read"])
    assert [(each["read"], each["status"]) for each in (gone, there)] == [(False, "running"), (True, "running")]
    assert "did not stay" in gone["reason"]
    assert {each["inode"] for each in gone["namespaces"].values()} == {None}
    assert there["namespaces"]["net"]["as_declared"] is True


def test_who_is_returned(here):
    returned = gather(here.host.engine, here.host.kernel, ["cgt-*"], None)["containers"]
    assert {ONE, TWO} <= {each["name"] for each in returned}
    assert gather(here.host.engine, here.host.kernel, ["none*"], None)["containers"] == []
