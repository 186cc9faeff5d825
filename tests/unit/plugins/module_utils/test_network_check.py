# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Networks and their members, asked, declared and in the kernel, each wrong by one."""

from __future__ import annotations

import copy
from urllib.parse import unquote, urlsplit

import pytest
from ansible_collections.classroom.containers.plugins.module_utils._engine import Engine
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.module_utils._network_check import check

NETWORK_ID = "4d0dbd2a0ad0" + "0" * 52
DEVICE = "br-4d0dbd2a0ad0"
ONE, TWO = "cgt-free", "cgt-limits"
NETWORK = {
    "Name": "ashubr1",
    "Id": NETWORK_ID,
    "Driver": "bridge",
    "EnableIPv6": False,
    "IPAM": {"Driver": "default", "Config": [{"Subnet": "192.168.1.0/24", "Gateway": "192.168.1.1"}]},
    "Internal": False,
    "Attachable": False,
    "Containers": {},
    "Options": {},
    "Labels": {"classroom.student": "ashu"},
}
RIGHT = {
    "driver": "bridge",
    "subnet": "192.168.1.0/24",
    "gateway": "192.168.1.1",
    "bridge": DEVICE,
    "mtu": 1500,
    "internal": False,
    "attachable": False,
    "ipv6": False,
    "icc": True,
    "masquerade": True,
    "host_binding": "0.0.0.0",
    "labels": {"classroom.student": "ashu"},
}


def trie(*addresses):
    lines = ["Main:", "  +-- 0.0.0.0/0 3 0 5", "     |-- 192.168.1.0", "        /24 link UNICAST", "Local:", "  +-- 0.0.0.0/0 3 0 5"]
    for address in addresses:
        lines += [f"           |-- {address}", "              /32 host LOCAL", f"           |-- {address}9", "              /32 link BROADCAST"]
    return "\n".join(lines)


class Networks:
    """The captured host, with a network that a test may change."""

    def __init__(self, host, serve):
        self.host = host
        self.networks = {"ashubr1": copy.deepcopy(NETWORK)}
        self.engine = Engine(serve(self._answer), 5)
        self.bridge(DEVICE)
        self.routes((DEVICE, "0001A8C0", "00FFFFFF"))
        host.write("/proc/1/net/fib_trie", trie("127.0.0.1", "192.168.1.1"))
        self.join(ONE, "192.168.1.100")

    def _answer(self, path):
        path = unquote(urlsplit(path).path)
        if not path.startswith("/networks/"):
            return self.host._answer(path)
        reference = path.split("/")[2]
        for name, network in self.networks.items():
            if reference == name or network["Id"].startswith(reference):
                return 200, network
        return 404, {"message": f"network {reference} not found"}

    @property
    def network(self):
        return self.networks["ashubr1"]

    def bridge(self, device, there=True):
        self.host.write(f"/sys/class/net/{device}/bridge/bridge_id", "8000.0242" if there else None)

    def routes(self, *rows):
        header = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT"
        lines = [f"{device}\t{destination}\t00000000\t0001\t0\t0\t0\t{mask}\t0\t0\t0" for device, destination, mask in rows]
        self.host.write("/proc/1/net/route", "\n".join([header, "eth0\t00000000\t010011AC\t0003\t0\t0\t0\t00000000\t0\t0\t0", *lines]))

    def join(self, name, address="", configured=None, held=None, network_id=NETWORK_ID):
        """Put a container on the network; held are the addresses in it."""
        container = self.host.containers[name]
        own = address if configured is None else configured
        container["NetworkSettings"]["Networks"] = {
            "bridge": {"IPAddress": "172.17.0.2"},
            "ashubr1": {"IPAddress": address, "IPAMConfig": {"IPv4Address": own} if own else None, "NetworkID": network_id},
        }
        self.network["Containers"][container["Id"]] = {"Name": name, "IPv4Address": f"{address}/24"}
        self.host.write(f"/proc/{container['State']['Pid']}/net/fib_trie", trie("127.0.0.1", "172.17.0.2", *([address] if held is None else held)))

    def check(self, **asked):
        return check([{"name": "ashubr1", "student": "ashu", "lab": "bridge_network", **asked}], self.engine, self.host.kernel)

    def one(self, **asked):
        (found,) = self.check(**asked)
        assert (found.subject, found.student, found.lab, found.attribute) == ("ashubr1", "ashu", "bridge_network", *asked)
        assert found.evidence
        assert bool(found.hint) == (found.verdict != "ok")
        return found


@pytest.fixture
def here(v1, serve):
    return Networks(v1, serve)


def test_all_is_right(here):
    found = here.check(**RIGHT, members=[{"container": ONE, "address": "192.168.1.100"}], members_only=True)
    assert [each.attribute for each in found] == [*RIGHT, "members", "members_only"]
    assert {each.verdict for each in found} == {"ok"}
    enforced = {each.attribute: each.enforced for each in found if each.enforced is not None}
    assert enforced == {"driver": "bridge", "subnet": "192.168.1.0/24", "gateway": "192.168.1.1", "bridge": DEVICE, "members": f"{ONE} 192.168.1.100"}


#: What is asked and not so, what is declared, and words of the hint
WRONG = [
    ({"driver": "macvlan"}, "bridge", "--driver macvlan"),
    ({"subnet": "192.168.2.0/24"}, "192.168.1.0/24", "--subnet 192.168.2.0/24"),
    ({"subnet": "192.168.1.0/25"}, "192.168.1.0/24", "--subnet 192.168.1.0/25"),
    ({"subnet": "fd00::/64"}, "192.168.1.0/24", "--subnet fd00::/64"),
    ({"gateway": "192.168.1.2"}, "192.168.1.1", "--gateway 192.168.1.2"),
    ({"bridge": "br-4d0dbd2a0ad1"}, DEVICE, "name=br-4d0dbd2a0ad1"),
    ({"mtu": 1499}, 1500, "com.docker.network.driver.mtu=1499"),
    ({"internal": True}, False, "with --internal"),
    ({"attachable": True}, False, "with --attachable"),
    ({"ipv6": True}, False, "with --ipv6"),
    ({"icc": False}, True, "enable_icc=false"),
    ({"masquerade": False}, True, "enable_ip_masquerade=false"),
    ({"host_binding": "127.0.0.1"}, "0.0.0.0", "host_binding_ipv4=127.0.0.1"),
    ({"labels": {"classroom.student": "murali"}}, {"classroom.student": "ashu"}, "--label classroom.student=murali"),
]


@pytest.mark.parametrize(("asked", "declared", "words"), WRONG)
def test_what_docker_declares_otherwise(here, asked, declared, words):
    found = here.one(**asked)
    assert (found.verdict, found.outcome, found.declared) == ("differs", "fail", declared)
    assert words in found.hint and "docker network rm" in found.hint and "ashubr1" in found.hint


#: What the engine is told of the network, and what then is right
TOLD = [
    ({"Internal": True}, {"internal": True}),
    ({"Attachable": True}, {"attachable": True}),
    ({"EnableIPv6": True}, {"ipv6": True}),
    ({"Options": {"com.docker.network.bridge.enable_icc": "false"}}, {"icc": False}),
    ({"Options": {"com.docker.network.bridge.enable_ip_masquerade": "False"}}, {"masquerade": False}),
    ({"Options": {"com.docker.network.driver.mtu": "1400"}}, {"mtu": 1400}),
    ({"Options": {"com.docker.network.bridge.host_binding_ipv4": "127.0.0.1"}}, {"host_binding": "127.0.0.1"}),
    ({"Driver": "host", "IPAM": {"Config": None}}, {"driver": "host"}),
    ({"IPAM": {"Config": [{"Subnet": "192.168.1.0/24"}, {"Subnet": "fd00::/64", "Gateway": "fd00::1"}]}}, {"subnet": "fd00::/64", "gateway": "fd00::1"}),
]


@pytest.mark.parametrize(("told", "asked"), TOLD)
def test_what_the_network_was_made_with(here, told, asked):
    here.network.update(told)
    assert {each.verdict for each in here.check(**asked)} == {"ok"}


def test_a_bridge_with_a_name_of_its_own(here):
    here.network["Options"] = {"com.docker.network.bridge.name": "ashu0"}
    here.bridge("ashu0")
    here.routes(("ashu0", "0001A8C0", "00FFFFFF"))
    assert {each.verdict for each in here.check(bridge="ashu0", subnet="192.168.1.0/24", driver="bridge")} == {"ok"}
    assert here.one(bridge=DEVICE).verdict == "differs"


def test_nothing_of_the_kind(here):
    here.network.update(Driver="null", IPAM={"Config": []}, Labels=None)
    for asked in ({"subnet": "192.168.1.0/24"}, {"gateway": "192.168.1.1"}, {"bridge": "br0"}, {"labels": {"x": "y"}}):
        assert here.one(**asked).verdict == "missing"


#: What happens behind Docker's back, what is asked, and what the kernel has
BEHIND = {
    "no bridge": (lambda here: here.bridge(DEVICE, False), "driver", None),
    "the bridge has no device": (lambda here: here.bridge(DEVICE, False), "bridge", None),
    "no route": (lambda here: here.routes(), "subnet", None),
    "another device's route": (lambda here: here.routes(("br-4d0dbd2a0ad1", "0001A8C0", "00FFFFFF")), "subnet", None),
    "another mask": (lambda here: here.routes((DEVICE, "0001A8C0", "80FFFFFF")), "subnet", "192.168.1.0/25"),
    "another subnet": (lambda here: here.routes((DEVICE, "0002A8C0", "00FFFFFF")), "subnet", "192.168.2.0/24"),
    "no address": (lambda here: here.host.write("/proc/1/net/fib_trie", trie("127.0.0.1")), "gateway", None),
    "the next address": (lambda here: here.host.write("/proc/1/net/fib_trie", trie("192.168.1.2")), "gateway", None),
    "an address that only begins so": (lambda here: here.host.write("/proc/1/net/fib_trie", trie("192.168.1.10")), "gateway", None),
}


@pytest.mark.parametrize("case", BEHIND)
def test_behind_dockers_back(here, case):
    change, attribute, enforced = BEHIND[case]
    change(here)
    found = here.one(**{attribute: RIGHT[attribute]})
    assert (found.verdict, found.declared, found.enforced) == ("not_enforced", RIGHT[attribute], enforced)


def member(address="192.168.1.100", container=ONE):
    return {"members": [{"container": container, "address": address}]}


#: How the container is on the network, what is asked, the verdict, words of the hint
MEMBERS = [
    ({}, member(), "ok", ""),
    ({}, member(None), "ok", ""),
    ({}, member("192.168.1.101"), "differs", "docker network connect --ip 192.168.1.101 ashubr1 cgt-free"),
    ({}, member("192.168.1.10"), "differs", "192.168.1.10 is asked"),
    ({"configured": ""}, member(), "missing", "only until it starts again"),
    ({"configured": ""}, member(None), "ok", ""),
    ({"held": []}, member(), "not_enforced", "docker restart cgt-free"),
    ({"held": ["192.168.1.101"]}, member(), "not_enforced", "no interface has it"),
    ({"held": ["192.168.1.1001"]}, member(None), "not_enforced", "no interface"),
    # The network was removed and made again under the same name.
    ({"network_id": "f" * 64}, member(), "missing", "not on ashubr1"),
]


@pytest.mark.parametrize(("joined", "asked", "verdict", "words"), MEMBERS)
def test_members(here, joined, asked, verdict, words):
    here.join(ONE, "192.168.1.100", **joined)
    found = here.one(**asked)
    assert found.verdict == verdict and words in found.hint


def test_one_that_is_not_on_it(here):
    here.host.containers[TWO]["NetworkSettings"]["Networks"] = {"bridge": {"IPAddress": "172.17.0.3"}}
    found = here.one(**member(container=TWO))
    assert (found.verdict, found.outcome) == ("missing", "fail")
    assert f"{TWO} is on bridge, and not on ashubr1: docker network connect --ip 192.168.1.100 ashubr1 {TWO}" in found.hint


def test_one_that_is_not_there(here):
    found = here.one(**member(container="none"))
    assert (found.verdict, found.asked) == ("absent", "none 192.168.1.100")
    assert "docker run --name none --network ashubr1 --ip 192.168.1.100" in found.hint


def test_one_that_does_not_run(here):
    here.join(ONE, "", "192.168.1.100")
    here.host.containers[ONE]["State"].update(Running=False, Pid=0, Status="exited")
    found = here.one(**member())
    assert (found.verdict, found.outcome) == ("stopped", "could_not_check") and "docker start cgt-free" in found.hint
    # What it will have is wrong already.
    assert here.one(**member("192.168.1.101")).verdict == "differs"


def test_somebody_else_is_on_it(here):
    here.join(TWO, "192.168.1.2")
    asked = {"members": member()["members"], "members_only": True}
    assert [each.verdict for each in here.check(**asked)] == ["ok", "differs"]
    assert f"{TWO} is on ashubr1, too: docker network disconnect ashubr1 {TWO}" in here.check(**asked)[1].hint
    assert "members_only" not in [each.attribute for each in here.check(**{**asked, "members_only": False})]


def test_no_network(here):
    here.networks.clear()
    found = here.check(**RIGHT, members=[{"container": ONE, "address": None}])
    assert {each.verdict for each in found} == {"absent"} and len(found) == len(RIGHT) + 1
    assert "docker network create --driver bridge --subnet 192.168.1.0/24 --gateway 192.168.1.1" in found[0].hint


def test_an_id_is_no_name(here):
    (found,) = check([{"name": "4d0dbd2a0ad0", "driver": "bridge"}], here.engine, here.host.kernel)
    assert found.verdict == "absent"


def test_no_engine(here, tmp_path):
    found = check([{"name": "ashubr1", "driver": "bridge", **member()}], Engine(f"unix://{tmp_path}/none", 1), here.host.kernel)
    assert {(each.verdict, each.outcome) for each in found} == {("unreachable", "could_not_check")} and len(found) == 2


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({}, "it asks for nothing"),
        ({"members_only": False}, "it asks for nothing"),
        ({"subnet": "192.168.1.0"}, None),
        ({"subnet": "192.168.1.1/24"}, "subnet: '192.168.1.1/24' is not a subnet"),
        ({"subnet": "192.168.1.0/33"}, "subnet: '192.168.1.0/33'"),
        ({"subnet": "x"}, "subnet: 'x'"),
        ({"gateway": "192.168.1.256"}, "gateway: '192.168.1.256' is not an address"),
        ({"gateway": "192.168.1.1/24"}, "gateway: '192.168.1.1/24'"),
        ({"host_binding": "all"}, "host_binding: 'all'"),
        ({"mtu": 67}, "mtu: 67 is out of range"),
        ({"members": [{"container": "a b", "address": None}]}, "members: name: it is not a container's name"),
        ({"members": [{"container": "a", "address": "x"}]}, "members: 'x' is not an address"),
    ],
)
def test_what_nobody_can_ask_for(here, asked, words):
    if words is None:
        assert here.one(**asked).asked == "192.168.1.0/32"
        return
    with pytest.raises(ClassroomError) as refused:
        check([{"name": "ashubr1", "driver": "bridge"}, {"name": "murali", **asked}], here.engine, here.host.kernel)
    assert str(refused.value).startswith("networks[1] (murali): ") and words in str(refused.value)
    assert not [path for path in here.host.asked if "networks" in path]
