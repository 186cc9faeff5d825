# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Networks and their members, asked, declared and in the kernel, each wrong by one."""

from __future__ import annotations

import copy
import os
from urllib.parse import unquote, urlsplit

import pytest
from ansible_collections.classroom.containers.plugins.module_utils._cgroups import Kernel, KernelError
from ansible_collections.classroom.containers.plugins.module_utils._engine import Engine
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.module_utils._network_check import check
from ansible_collections.classroom.containers.plugins.module_utils._network_reading import HostEnds

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


def routes(*rows):
    header = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT"
    lines = [f"{device}\t{destination}\t00000000\t0001\t0\t0\t0\t{mask}\t0\t0\t0" for device, destination, mask in rows]
    return "\n".join([header, "eth0\t00000000\t010011AC\t0003\t0\t0\t0\t00000000\t0\t0\t0", *lines])


class Networks:
    """The captured host, with a network that a test may change."""

    def __init__(self, host, serve):
        self.host = host
        self.networks = {"ashubr1": copy.deepcopy(NETWORK)}
        self.engine = Engine(serve(self._answer), 5)
        host.write("/sys/class/net/lo/ifindex", "1")
        #: By the container's PID, the host's interfaces that are the other ends of its own, by the numbers of these
        self.ends = {}
        self.bridge(DEVICE)
        self.route((DEVICE, "0001A8C0", "00FFFFFF"))
        host.write("/proc/1/net/fib_trie", trie("127.0.0.1", "192.168.1.1"))
        self.join(ONE, "192.168.1.100")

    def _answer(self, path):
        path = unquote(urlsplit(path).path)
        if path == "/networks":
            return 200, list(self.networks.values())
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

    def route(self, *rows):
        self.host.write("/proc/1/net/route", routes(*rows))

    def join(self, name, address="", configured=None, held=None, network_id=NETWORK_ID):
        """Put a container on the network; held are the addresses in it."""
        container = self.host.containers[name]
        own = address if configured is None else configured
        container["NetworkSettings"]["Networks"] = {
            "bridge": {"IPAddress": "172.17.0.2"},
            "ashubr1": {"IPAddress": address, "IPAMConfig": {"IPv4Address": own} if own else None, "NetworkID": network_id},
        }
        self.network["Containers"][container["Id"]] = {"Name": name, "IPv4Address": f"{address}/24"}
        self.inside(name, "fib_trie", trie("127.0.0.1", "172.17.0.2", *([address] if held is None else held)))
        self.inside(name, "route", routes(("eth0", "000011AC", "0000FFFF"), ("eth1", "0001A8C0", "00FFFFFF")))
        self.inside(name, "dev_mcast", "7    eth0            1     0     01005e000001\n9    eth1            1     0     01005e000001")
        self.plug(name, {7: ("vetha", "docker0"), 9: ("vethb", DEVICE)})

    def inside(self, name, file, text):
        self.host.write(f"/proc/{self.host.containers[name]['State']['Pid']}/net/{file}", text)

    def plug(self, name, ends):
        """Give a container's interfaces other ends on the host, by their numbers: the name, and the bridge that it is a port of."""
        self.ends[self.host.containers[name]["State"]["Pid"]] = {number: end for number, (end, _bridge) in ends.items()}
        for number, (end, bridge) in ends.items():
            self.host.write(f"/sys/class/net/{end}/iflink", str(number))
            master = self.host.root / f"sys/class/net/{end}/master"
            master.unlink(missing_ok=True)
            if bridge:
                master.symlink_to(f"../{bridge}")

    def check(self, **asked):
        requirement = {"name": "ashubr1", "student": "ashu", "lab": "bridge_network", **asked}
        return check([requirement], self.engine, self.host.kernel, lambda: lambda _kernel, pid: self.ends.get(pid))

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
    ({"Options": {"com.docker.network.bridge.enable_icc": "false"}}, {"icc": False}),
    ({"Options": {"com.docker.network.bridge.enable_ip_masquerade": "False"}}, {"masquerade": False}),
    ({"Options": {"com.docker.network.bridge.enable_icc": "1"}}, {"icc": True}),
    ({"Options": {"com.docker.network.bridge.enable_ip_masquerade": "t"}}, {"masquerade": True}),
    ({"Options": {"com.docker.network.driver.mtu": "1400"}}, {"mtu": 1400}),
    ({"Options": {"com.docker.network.bridge.host_binding_ipv4": "127.0.0.1"}}, {"host_binding": "127.0.0.1"}),
    ({"Driver": "host", "IPAM": {"Config": None}}, {"driver": "host"}),
    # As it was written, bits of the host included
    ({"IPAM": {"Config": [{"Subnet": "192.168.1.7/24", "Gateway": "192.168.1.1"}]}}, {"subnet": "192.168.1.0/24", "gateway": "192.168.1.1"}),
    # Zeros in front, as engines of Debian 11 take them
    ({"IPAM": {"Config": [{"Subnet": "192.168.001.0/24", "Gateway": "192.168.1.001"}]}}, {"subnet": "192.168.1.0/24", "gateway": "192.168.1.1"}),
    # Docker takes the first address by itself, and declares none.
    ({"IPAM": {"Config": [{"Subnet": "192.168.1.0/24"}]}}, {"gateway": "192.168.1.1"}),
]


@pytest.mark.parametrize(
    ("mode", "asked", "verdict"),
    [("routed", True, "differs"), ("isolated", True, "differs"), ("routed", False, "ok"), ("nat", True, "ok"), ("nat-unprotected", True, "ok")],
)
def test_a_gateway_that_does_no_nat(here, mode, asked, verdict):
    here.network["Options"] = {"com.docker.network.bridge.gateway_mode_ipv4": mode}
    found = here.one(masquerade=asked)
    assert found.verdict == verdict
    assert verdict == "ok" or f"without --opt com.docker.network.bridge.gateway_mode_ipv4={mode}" in found.hint


@pytest.mark.parametrize(("told", "asked"), TOLD)
def test_what_the_network_was_made_with(here, told, asked):
    here.network.update(told)
    assert {each.verdict for each in here.check(**asked)} == {"ok"}


def test_a_bridge_with_a_name_of_its_own(here):
    here.network["Options"] = {"com.docker.network.bridge.name": "ashu0"}
    here.bridge("ashu0")
    here.route(("ashu0", "0001A8C0", "00FFFFFF"))
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
    "no route": (lambda here: here.route(), "subnet", None),
    "another device's route": (lambda here: here.route(("br-4d0dbd2a0ad1", "0001A8C0", "00FFFFFF")), "subnet", None),
    "another mask": (lambda here: here.route((DEVICE, "0001A8C0", "80FFFFFF")), "subnet", "192.168.1.0/25"),
    "another subnet": (lambda here: here.route((DEVICE, "0002A8C0", "00FFFFFF")), "subnet", "192.168.2.0/24"),
    "no address": (lambda here: here.host.write("/proc/1/net/fib_trie", trie("127.0.0.1")), "gateway", None),
    "the next address": (lambda here: here.host.write("/proc/1/net/fib_trie", trie("192.168.1.2")), "gateway", "192.168.1.2"),
    "an address that only begins so": (lambda here: here.host.write("/proc/1/net/fib_trie", trie("192.168.1.10")), "gateway", "192.168.1.10"),
}


@pytest.mark.parametrize("case", BEHIND)
def test_behind_dockers_back(here, case):
    change, attribute, enforced = BEHIND[case]
    change(here)
    found = here.one(**{attribute: RIGHT[attribute]})
    assert (found.verdict, found.declared, found.enforced) == ("not_enforced", RIGHT[attribute], enforced)


@pytest.mark.parametrize(
    ("option", "value", "verdict"),
    [("gateway_mode_ipv4", "isolated", "ok"), ("gateway_mode_ipv4", "nat", "not_enforced"), ("gateway_mode_ipv6", "isolated", "not_enforced"),
     ("inhibit_ipv4", "true", "ok"), ("inhibit_ipv4", "false", "not_enforced")],
)
@pytest.mark.parametrize("attribute", ["subnet", "gateway"])
def test_a_network_of_which_the_host_has_no_address_by_design(here, option, value, verdict, attribute):
    here.network["Options"] = {f"com.docker.network.bridge.{option}": value}
    here.route()
    here.host.write("/proc/1/net/fib_trie", trie("127.0.0.1"))
    assert here.one(**{attribute: RIGHT[attribute]}).verdict == verdict


@pytest.mark.parametrize(
    ("file", "attribute"),
    [("sys/class/net/lo/ifindex", "driver"), ("sys/class/net/lo/ifindex", "bridge"), ("proc/1/net/route", "subnet"), ("proc/1/net/fib_trie", "gateway")],
)
def test_a_host_that_shows_nothing(here, file, attribute):
    (here.host.root / file).unlink()
    found = here.one(**{attribute: RIGHT[attribute]})
    assert (found.verdict, found.outcome) == ("unverifiable", "could_not_check") and "not readable" in found.evidence[-1]


def test_a_host_that_refuses(here, monkeypatch):
    def read(path):
        raise KernelError(f"{path} cannot be read")

    monkeypatch.setattr(here.host.kernel, "read", read)
    assert {each.verdict for each in here.check(driver="bridge", subnet="192.168.1.0/24", mtu=1500)} == {"unreadable", "ok"}


def test_a_gateway_that_nobody_asked_docker_for(here):
    here.network["IPAM"]["Config"] = [{"Subnet": "192.168.1.0/24"}]
    found = here.one(gateway="192.168.1.2")
    assert (found.verdict, found.declared, found.enforced) == ("differs", None, "192.168.1.1")
    assert "192.168.1.1, which Docker took by itself" in found.hint and "--gateway 192.168.1.2" in found.hint
    here.host.write("/proc/1/net/fib_trie", trie("127.0.0.1"))
    assert here.one(gateway="192.168.1.1").verdict == "missing"
    here.host.write("/proc/1/net/fib_trie", None)
    assert here.one(gateway="192.168.1.1").verdict == "unverifiable"


SUBNET6, GATEWAY6, HELD6 = "fd00:0:c0a8:100::/64", "fd00:0:c0a8:100::1", "fd000000c0a801000000000000000001"
RIGHT6 = {"ipv6": True, "subnet6": SUBNET6, "gateway6": GATEWAY6}


def with_ipv6(here, gateway="FD00:0:C0A8:0100::1", device=DEVICE, prefix="40", address=HELD6):
    """The network has IPv6, too; the gateway as Docker tells it, and the rest as the kernel does."""
    here.network["EnableIPv6"] = True
    pool = {"Subnet": "FD00:0:C0A8:0100::/64", **({"Gateway": gateway} if gateway else {})}
    here.network["IPAM"]["Config"] = [{"Subnet": "192.168.1.0/24", "Gateway": "192.168.1.1"}, pool]
    nowhere, local = "0" * 32, "fe80" + "0" * 28
    rows = [(HELD6[:16] + "0" * 16, prefix, device), (local, "40", DEVICE), (HELD6[:15] + "10" + "0" * 15, "40", "eth0")]
    lines = [f"{to} {bits} {nowhere} 00 {nowhere} 00000100 00000001 00000000 00000001 {by}" for to, bits, by in rows]
    here.host.write("/proc/1/net/ipv6_route", "\n".join(lines))
    lines = [f"{address} e8 40 00 c0 {device}", f"{local[:-1]}1 e8 40 20 c0 {DEVICE}", f"{HELD6[:-1]}2 04 40 00 82     eth0"]
    here.host.write("/proc/1/net/if_inet6", "\n".join(lines))


@pytest.mark.parametrize("gateway", ["FD00:0:C0A8:0100::1", "fd00:0:c0a8:100::1", ""])
def test_ipv6(here, gateway):
    with_ipv6(here, gateway)
    found = here.check(**RIGHT6)
    assert [(each.attribute, each.verdict, each.enforced) for each in found] == [("ipv6", "ok", True), ("subnet6", "ok", SUBNET6), ("gateway6", "ok", GATEWAY6)]
    # The subnet and the gateway may be asked for without the 6, too.
    assert {each.verdict for each in here.check(subnet=SUBNET6, gateway=GATEWAY6)} == {"ok"}


#: What is asked and not so, and words of the hint
WRONG6 = [
    ({"ipv6": False}, "without --ipv6"),
    ({"subnet6": "fd00:0:c0a8:101::/64"}, "--subnet fd00:0:c0a8:101::/64"),
    ({"subnet6": "fd00:0:c0a8:100::/65"}, "--subnet fd00:0:c0a8:100::/65"),
    ({"gateway6": "fd00:0:c0a8:100::2"}, "--gateway fd00:0:c0a8:100::2"),
]


@pytest.mark.parametrize(("asked", "words"), WRONG6)
@pytest.mark.parametrize("gateway", [GATEWAY6, ""])
def test_ipv6_that_is_wrong_by_one(here, asked, words, gateway):
    with_ipv6(here, gateway)
    found = here.one(**asked)
    assert (found.verdict, found.outcome) == ("differs", "fail") and words in found.hint


def test_the_route_of_all_multicast_is_no_subnet(here):
    with_ipv6(here, device="eth0")
    nowhere = "0" * 32
    here.host.write("/proc/1/net/ipv6_route", f"ff{'0' * 30} 08 {nowhere} 00 {nowhere} 00000100 00000001 00000000 00000001 {DEVICE}")
    found = here.one(subnet=SUBNET6)
    assert (found.verdict, found.enforced) == ("not_enforced", None) and "ff00" not in str(found.evidence)


#: What the kernel has instead, what is asked, and what the kernel has of it
BEHIND6 = [
    ({"device": "br-4d0dbd2a0ad1"}, "subnet6", None),
    ({"prefix": "41"}, "subnet6", "fd00:0:c0a8:100::/65"),
    ({"device": "br-4d0dbd2a0ad1"}, "gateway6", None),
    ({"address": HELD6[:-1] + "3"}, "gateway6", "fd00:0:c0a8:100::3"),
    ({"address": "fd01" + HELD6[4:]}, "gateway6", None),
    ({"device": "br-4d0dbd2a0ad1"}, "ipv6", False),
]


@pytest.mark.parametrize(("kernel", "attribute", "enforced"), BEHIND6)
def test_ipv6_behind_dockers_back(here, kernel, attribute, enforced):
    with_ipv6(here, **kernel)
    found = here.one(**{attribute: RIGHT6[attribute]})
    assert (found.verdict, found.enforced) == ("not_enforced", enforced)


@pytest.mark.parametrize("attribute", RIGHT6)
def test_a_kernel_without_ipv6(here, attribute):
    with_ipv6(here)
    here.host.write("/proc/1/net/ipv6_route", None)
    here.host.write("/proc/1/net/if_inet6", None)
    assert here.one(**{attribute: RIGHT6[attribute]}).verdict == "unverifiable"


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


#: The other ends of the container's interfaces 7 and 9 on the host, the verdict, words of the hint
ENDS = [
    ({9: ("vethb", DEVICE)}, "ok", ""),
    ({7: ("vetha", DEVICE), 9: ("vethb", "docker0")}, "not_enforced", f"vethb, the host's end of its eth1, is a port of docker0, and not of {DEVICE}"),
    ({7: ("vetha", "docker0"), 9: ("vethb", DEVICE[:-1] + "1")}, "not_enforced", f"a port of {DEVICE[:-1]}1, and not"),
    ({7: ("vetha", "docker0"), 9: ("vethb", "br-eeeeeeeeeeee")}, "not_enforced", "a port of br-eeeeeeeeeeee, the bridge of muralibr1, and not"),
    ({7: ("vetha", "docker0"), 9: ("vethb", "")}, "not_enforced", f"of no bridge, and not of {DEVICE}: as root on the host, ip link set vethb master {DEVICE}"),
    ({7: ("vetha", DEVICE)}, "not_enforced", "its interface eth1 has no other end on the host"),
    ({}, "unverifiable", "which of the host's interfaces"),
]


@pytest.mark.parametrize(("ends", "verdict", "words"), ENDS)
def test_where_the_other_end_is(here, ends, verdict, words):
    here.networks["muralibr1"] = dict(NETWORK, Name="muralibr1", Id="e" * 64)
    here.plug(ONE, ends)
    found = here.one(**member())
    assert found.verdict == verdict and words in found.hint
    assert any("dev_mcast: eth1 is 9" in line for line in found.evidence)
    if verdict == "ok":
        assert found.evidence[-2:] == ["/sys/class/net/vethb/iflink=9", f"/sys/class/net/vethb/master={DEVICE}"]


#: What is not readable, and words of the hint
UNKNOWN = {
    "no route": (lambda here: here.inside(ONE, "route", routes(("eth1", "0002A8C0", "00FFFFFF"))), "it has no route there"),
    "no routes": (lambda here: here.inside(ONE, "route", None), "it has no route there"),
    "no number": (lambda here: here.inside(ONE, "dev_mcast", "7    eth0            1     0     01005e000001"), "the number of its interface eth1"),
    "no numbers": (lambda here: here.inside(ONE, "dev_mcast", None), "the number of its interface eth1"),
    "no netlink": (lambda here: here.ends.clear(), "which of the host's interfaces"),
    "no files of the end": (lambda here: here.host.write("/sys/class/net/vethb/iflink", None), "the files of vethb"),
    "another end": (lambda here: here.host.write("/sys/class/net/vethb/iflink", "8"), "the files of vethb"),
}


@pytest.mark.parametrize("case", UNKNOWN)
def test_where_the_other_end_is_cannot_be_seen(here, case):
    hide, words = UNKNOWN[case]
    hide(here)
    found = here.one(**member())
    assert (found.verdict, found.outcome) == ("unverifiable", "could_not_check") and words in found.hint


def test_another_root_is_another_kernel(here):
    assert HostEnds()(here.host.kernel, os.getpid()) is None
    assert HostEnds()(Kernel("/"), 0) is None


#: Of IPv6, the address that Docker gave, the one it was told to give, those in the container, what is asked, the verdict, words of the hint
MEMBERS6 = [
    (GATEWAY6[:-1] + "64", "FD00:0:C0A8:0100::64", ["64"], GATEWAY6[:-1] + "64", "ok", ""),
    (GATEWAY6[:-1] + "2", "", ["02"], None, "ok", ""),
    (GATEWAY6[:-1] + "64", GATEWAY6[:-1] + "64", ["64"], GATEWAY6[:-1] + "65", "differs", f"--ip6 {GATEWAY6[:-1]}65 ashubr1 cgt-free"),
    (GATEWAY6[:-1] + "2", "", ["02"], GATEWAY6[:-1] + "2", "missing", "only until it starts again"),
    (GATEWAY6[:-1] + "2", "", ["03"], None, "not_enforced", "no interface has it"),
    ("", "", [], GATEWAY6[:-1] + "64", "differs", "has the address none"),
]


@pytest.mark.parametrize(("given", "configured", "held", "asked", "verdict", "words"), MEMBERS6)
def test_members_of_ipv6(here, given, configured, held, asked, verdict, words):
    endpoint = here.host.containers[ONE]["NetworkSettings"]["Networks"]["ashubr1"]
    endpoint.update(GlobalIPv6Address=given, IPAMConfig={"IPv4Address": "192.168.1.100", "IPv6Address": configured})
    here.inside(ONE, "if_inet6", "\n".join(f"{HELD6[:-2]}{end} e9 40 00 82     eth1" for end in held))
    found = here.one(members=[{"container": ONE, "address": "192.168.1.100", "address6": asked}])
    assert found.verdict == verdict and words in found.hint
    assert found.asked == " ".join(filter(None, (ONE, "192.168.1.100", asked)))


def test_an_address_with_zeros_in_front_is_the_one_without(here):
    """Engines of Debian 11 take them for decimal, and keep them."""
    endpoint = here.host.containers[ONE]["NetworkSettings"]["Networks"]["ashubr1"]
    endpoint["IPAMConfig"] = {"IPv4Address": "192.168.001.100"}
    assert here.one(members=[{"container": ONE, "address": "192.168.1.100"}]).verdict == "ok"


def test_an_mtu_that_is_no_number_is_another(here):
    here.network["Driver"], here.network["Options"] = "macvlan", {"com.docker.network.driver.mtu": "\u00b2"}
    assert here.one(mtu=1400).verdict == "differs"


def test_what_changes_meanwhile_could_not_be_checked(here):
    """Each time that it is looked at, it was connected anew."""
    looks = iter(range(2, 100))

    def change(path):
        if path.startswith("/containers/"):
            here.join(ONE, f"192.168.1.{next(looks)}")

    here.host.on_request = change
    found = here.one(**member())
    assert (found.verdict, found.outcome) == ("unstable", "could_not_check") and "Check it again" in found.hint


def test_what_is_right_at_the_second_look_is_right(here):
    here.join(ONE, "192.168.1.100", held=[])
    here.host.on_request = lambda path: here.inside(ONE, "fib_trie", trie("192.168.1.100")) if here.host.asked.count(path) == 2 else None
    assert here.one(**member()).verdict == "ok"


def test_one_that_goes_meanwhile(here):
    def remove(path):
        if here.host.asked.count(path) == 2:
            here.host.containers.pop(ONE, None)

    here.inside(ONE, "../stat", None)
    here.host.on_request = remove
    found = here.one(**member())
    assert (found.verdict, found.outcome) == ("unstable", "could_not_check")
    # Now it is really gone.
    assert here.one(**member()).verdict == "absent"


def test_one_that_is_not_on_it(here):
    here.host.containers[TWO]["NetworkSettings"]["Networks"] = {"bridge": {"IPAddress": "172.17.0.3"}}
    here.host.declare(TWO, NetworkMode="default")
    found = here.one(**member(container=TWO))
    assert (found.verdict, found.outcome) == ("missing", "fail")
    assert f"{TWO} is on bridge, and not on ashubr1: docker network connect --ip 192.168.1.100 ashubr1 {TWO}" in found.hint


@pytest.mark.parametrize("mode", ["host", "none", "container:0123"])
def test_one_that_docker_connects_to_nothing_is_made_anew(here, mode):
    here.host.containers[TWO]["NetworkSettings"]["Networks"] = {}
    here.host.declare(TWO, NetworkMode=mode)
    found = here.one(**member(container=TWO))
    assert found.verdict == "missing"
    assert f"docker rm --force {TWO}, and make it anew with docker run --network ashubr1 --ip 192.168.1.100" in found.hint
    assert "network connect" not in found.hint


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


def test_the_engines_own_load_balancer_is_nobody(here):
    here.network["Containers"]["lb-ashubr1"] = {"Name": "ashubr1-endpoint", "IPv4Address": "192.168.1.2/24"}
    assert [each.verdict for each in here.check(members=member()["members"], members_only=True)] == ["ok", "ok"]


def test_one_that_could_not_be_connected(here):
    endpoint = here.host.containers[ONE]["NetworkSettings"]["Networks"]["ashubr1"]
    endpoint.update(EndpointID="", IPAddress="", IPAMConfig=None)
    (found,) = here.check(members=[{"container": ONE, "address": None}])
    assert found.verdict == "missing" and "by name alone" in found.hint
    assert f"docker network disconnect ashubr1 {ONE}, then docker network connect ashubr1 {ONE}" in found.hint
    endpoint["EndpointID"] = "0123"
    assert here.check(members=[{"container": ONE, "address": None}])[0].verdict == "ok"


def test_no_network(here):
    here.networks.clear()
    found = here.check(**RIGHT, members=[{"container": ONE, "address": None}])
    assert {each.verdict for each in found} == {"absent"} and len(found) == len(RIGHT) + 1
    assert "docker network create --driver bridge --subnet 192.168.1.0/24 --gateway 192.168.1.1" in found[0].hint
    assert "--label classroom.student=ashu" in found[0].hint


@pytest.mark.parametrize("networks", [{}, {"ashubr1": NETWORK}])
def test_a_member_may_be_of_another_step_than_its_network(here, networks):
    here.networks = networks
    found = here.check(step="br1", driver="bridge", members=[{"container": "none", "step": "n1"}, {"container": "none"}])
    assert [(each.verdict == "absent", each.step) for each in found] == [(not networks, "br1"), (True, "n1"), (True, "br1")]


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
        ({"subnet": "192.168.1.0"}, "subnet: '192.168.1.0' is not a subnet, such as 192.168.1.0/24: it has no prefix"),
        ({"subnet": "fd00::"}, "subnet: 'fd00::' is not a subnet"),
        ({"subnet": "192.168.1.1/24"}, "subnet: '192.168.1.1/24' is not a subnet"),
        ({"subnet": "192.168.1.0/33"}, "subnet: '192.168.1.0/33'"),
        ({"subnet": "x"}, "subnet: 'x'"),
        ({"gateway": "192.168.1.256"}, "gateway: '192.168.1.256' is not an address"),
        ({"gateway": "192.168.1.1/24"}, "gateway: '192.168.1.1/24'"),
        ({"host_binding": "all"}, "host_binding: 'all'"),
        ({"host_binding": "::1"}, "host_binding: '::1' is not an address of IPv4"),
        ({"subnet6": "192.168.1.0/24"}, "subnet6: '192.168.1.0/24' is not a subnet of IPv6"),
        ({"subnet6": "fd00::1/64"}, "subnet6: 'fd00::1/64' is not a subnet"),
        ({"gateway6": "192.168.1.1"}, "gateway6: '192.168.1.1' is not an address of IPv6"),
        ({"bridge": "br-4d0dbd2a0ad0x"}, "bridge: 'br-4d0dbd2a0ad0x' is not the name of a bridge: it has 1 to 15 characters"),
        ({"bridge": "../docker0"}, "bridge: '../docker0'"),
        ({"bridge": ".."}, "bridge: '..'"),
        ({"mtu": 67}, "mtu: 67 is out of range"),
        ({"members": [{"container": "a b", "address": None}]}, "members: container: 'a b' is not a container's name"),
        ({"members": [{"container": "a", "address": "x"}]}, "members: 'x' is not an address"),
        ({"members": [{"container": "a", "address": "fd00::1"}]}, "members: 'fd00::1' is not an address of IPv4"),
        ({"labels": {"a": None}}, "labels: a: its value is no text"),
        ({"members": [{"container": "a", "address6": "192.168.1.2"}]}, "members: '192.168.1.2' is not an address of IPv6"),
    ],
)
def test_what_nobody_can_ask_for(here, asked, words):
    with pytest.raises(ClassroomError) as refused:
        check([{"name": "ashubr1", "driver": "bridge"}, {"name": "murali", **asked}], here.engine, here.host.kernel)
    assert str(refused.value).startswith("networks[1] (murali): ") and words in str(refused.value)
    assert not [path for path in here.host.asked if "networks" in path]


@pytest.mark.parametrize("name", ["", "../x", "a b", "é", "/x", ".", "x\n"])
def test_what_is_no_networks_name(here, name):
    with pytest.raises(ClassroomError) as refused:
        check([{"name": name, "driver": "bridge"}], here.engine, here.host.kernel)
    assert str(refused.value).startswith(f"networks[0] ({name}): name: {name!r} is not a network's name: letters, digits")
    assert not [path for path in here.host.asked if "networks" in path]


def test_one_at_rest_that_has_no_address_yet(here):
    here.join(ONE)
    here.host.containers[ONE]["State"].update(Running=False, Pid=0, Status="exited")
    found = here.one(**member())
    assert (found.verdict, found.outcome, found.declared) == ("stopped", "could_not_check", ONE)
