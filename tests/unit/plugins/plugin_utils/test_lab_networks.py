# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Networks of a lab: their subnets and members, whose they are, and what is in their way."""

from __future__ import annotations

import pytest
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.plugin_utils import _compose, _lab_containers, _lab_networks

LAB = "bridge_network"
TWO = [{"name": "br1"}, {"name": "br2", "pool": 2}]


def networks(definition=None, students=("ashu", "priya"), **arguments):
    return _lab_networks.lab_networks(definition or TWO, LAB, "docker101", list(students), **arguments)


def containers(*members, students=("ashu",), name="n1"):
    answers = [{"name": name, "networks": list(members)}]
    return _lab_containers.lab_containers(answers, LAB, "docker101", list(students), [name], "busybox")


def one(**network):
    (found,) = networks([{"name": "br1", **network}], ["ashu"])
    return found


def test_every_student_has_each_network():
    assert [(each["name"], each["subnet"], each["gateway"]) for each in networks()] == [
        ("ashubr1", "192.168.1.0/24", "192.168.1.1"),
        ("ashubr2", "10.192.1.0/24", "10.192.1.1"),
        ("priyabr1", "192.168.2.0/24", "192.168.2.1"),
        ("priyabr2", "10.192.2.0/24", "10.192.2.1"),
    ]


def test_what_is_dockers_default_is_not_set():
    assert one(icc=True, masquerade=True, mtu=1500)["options"] == {}
    bridge = "com.docker.network.bridge"
    assert one(icc=False, masquerade=False, mtu=1400)["options"] == {
        f"{bridge}.enable_icc": "false",
        f"{bridge}.enable_ip_masquerade": "false",
        "com.docker.network.driver.mtu": "1400",
    }


def test_ipv6_has_the_digits_of_ipv4():
    found = one(ipv6=True, gateway=254)
    assert (found["gateway"], found["subnet6"], found["gateway6"]) == ("192.168.1.254", "fd00:0:c0a8:100::/64", "fd00:0:c0a8:100::fe")
    (asked,) = _lab_networks.network_requirements([found])
    assert (asked["ipv6"], asked["subnet6"], asked["gateway6"]) == (True, found["subnet6"], found["gateway6"])
    (asked,) = _lab_networks.network_requirements([one()])
    assert asked["ipv6"] is False and not {"subnet6", "gateway6"} & set(asked)


#: What a trainer's answer says of attachable, and what network_check is asked
ATTACHABLE = {"nothing": ({}, None), "false": ({"attachable": False}, None), "true": ({"attachable": True}, True)}


@pytest.mark.parametrize(("answer", "asked"), ATTACHABLE.values(), ids=ATTACHABLE)
def test_attachable_is_asked_where_it_is_set(answer, asked):
    """Compose v1 sets it on all networks, and outside of a swarm it does nothing."""
    (found,) = _lab_networks.network_requirements([one(**answer)])
    assert found.get("attachable") is asked


#: A network, and what the message says
NO_NETWORK = [
    ({"name": "br 1"}, ["bridge_network_networks[0]", "br 1"]),
    ({"name": "br1", "driver": "overlay"}, ["bridge_network_networks[0]: driver", "nothing else"]),
    ({"name": "br1", "pool": 3}, ["bridge_network_networks[0].pool: 3", "from 1 to 2"]),
    ({"name": "br1", "pool": 0}, ["bridge_network_networks[0].pool: 0", "from 1 to 2"]),
    ({"name": "br1", "gateway": 255}, ["bridge_network_networks[0].gateway: 255", "from 1 to 254"]),
    ({"name": "br1", "gateway": 0}, ["gateway: 0"]),
    ({"name": "br1", "mtu": 67}, ["bridge_network_networks[0].mtu: 67", "from 68"]),
    ({"name": "br1", "icc": "no"}, ["bridge_network_networks[0].icc: 'no'", "true or false"]),
    ({"name": "br1", "labels": ["a"]}, ["bridge_network_networks[0].labels", "dictionary"]),
    ({"name": "br1", "labels": {"debug": True}}, ["bridge_network_networks[0].labels: debug: its value is no text"]),
    ({"name": "br1", "labels": {"version": 1.10}}, ["bridge_network_networks[0].labels: version: its value is no text"]),
    ({"name": "br1", "labels": {"owner": None}}, ["bridge_network_networks[0].labels: owner: its value is no text"]),
    ({"name": "b" * 60}, ["bridge_network_networks", "64 characters", "at most 63"]),
]


@pytest.mark.parametrize(("network", "words"), NO_NETWORK)
def test_networks_that_cannot_be(network, words):
    with pytest.raises(ClassroomError) as refused:
        networks([network], ["ashu"])
    assert [word for word in words if word not in str(refused.value)] == []


def test_a_name_of_63_characters_is_one():
    assert len(one(name="b" * 59)["name"]) == 63


def test_networks_that_cannot_be_together():
    with pytest.raises(ClassroomError, match="bridge_network_networks: .*: it is a list of networks"):
        networks({"name": "br1"})
    with pytest.raises(ClassroomError, match="'br1' is there already"):
        networks([{"name": "br1"}, {"name": "br1", "pool": 2}])
    with pytest.raises(ClassroomError, match=r"networks\[1\].pool: 1: 'br1' has"):
        networks([{"name": "br1"}, {"name": "br2"}])
    with pytest.raises(ClassroomError, match="'ashubr1' would be both"):
        networks([{"name": "br1"}, {"name": "ubr1", "pool": 2}], ["ash", "ashu"])


def test_containers_have_addresses_on_their_networks():
    (found,) = _lab_networks.connected(containers({"name": "br1", "address": 100}, {"name": "br2"}), networks())
    assert found["networks"] == [{"name": "ashubr1", "address": "192.168.1.100"}, {"name": "ashubr2", "address": ""}]
    assert _lab_networks.network_connections([found]) == [{"name": "ashun1", "networks": found["networks"]}]
    (first, *others) = _lab_networks.network_requirements(networks(), [found])
    assert first["members"] == [{"container": "ashun1", "address": "192.168.1.100", "step": "n1"}]
    assert (first["subnet"], first["gateway"], first["icc"], first["internal"]) == ("192.168.1.0/24", "192.168.1.1", True, False)
    assert [len(each["members"]) for each in others] == [1, 0, 0]


#: The networks of an answer, and what the message says
NO_MEMBERS = [
    ([{"name": "br9"}], ["bridge_network_answers (n1).networks[0]: 'br9'", "br1, br2"]),
    ([{"name": "br1"}, {"name": "br1"}], ["networks[1]: 'br1' is there twice"]),
    ([{"name": "br1", "address": 1}], ["networks[0].address: 1: 192.168.1.1 is the gateway of ashubr1"]),
    ([{"name": "br1", "address": 0}], ["address: 0", "192.168.1.0/24"]),
    ([{"name": "br1", "address": 255}], ["address: 255", "from 1 to 254"]),
    ([{"name": "br1", "address": "192.168.1.7"}], ["'192.168.1.7' is not a whole number"]),
    (["br1"], ["networks[0]: 'br1'", "it has a name"]),
]


@pytest.mark.parametrize(("members", "words"), NO_MEMBERS)
def test_members_that_cannot_be(members, words):
    with pytest.raises(ClassroomError) as refused:
        _lab_networks.connected(containers(*members), networks())
    assert [word for word in words if word not in str(refused.value)] == []


def test_a_container_on_a_network_has_a_name_that_can_be_looked_up():
    assert _lab_networks.connected(containers({"name": "br1"}, name="n" * 59), networks())
    with pytest.raises(ClassroomError, match=r"bridge_network_answers \(n+\): 'ashun+' has 64 characters: .* at most 63"):
        _lab_networks.connected(containers({"name": "br1"}, name="n" * 60), networks())


def test_an_address_has_one_holder():
    both = containers({"name": "br1", "address": 7}) + containers({"name": "br1", "address": 7}, name="n2")
    with pytest.raises(ClassroomError, match="'ashun1' has 192.168.1.7 already"):
        _lab_networks.connected(both, networks())


def test_scratch_networks_are_on_no_seat():
    found = _lab_networks.scratch_networks([{"name": "-one"}, {"name": "-two", "internal": True}], "x", "docker101")
    assert [(each["name"], each["subnet"], each["internal"]) for each in found] == [
        ("docker101-one", "10.192.0.0/26", False),
        ("docker101-two", "10.192.0.64/26", True),
    ]
    with pytest.raises(ClassroomError, match="at most 4"):
        _lab_networks.scratch_networks([{"name": f"-{number}"} for number in range(5)], "x", "docker101")


def test_the_project_has_them():
    (container,) = _lab_networks.connected(containers({"name": "br1", "address": 100}, {"name": "br2"}), networks())
    project = _compose.compose_project([container], "docker101", LAB, networks(students=["ashu"]))
    service = project["services"]["ashun1"]
    assert service["networks"] == {"ashubr1": {"ipv4_address": "192.168.1.100"}, "ashubr2": {}}
    assert "network_mode" not in service
    network = project["networks"]["ashubr1"]
    assert (network["name"], network["ipam"]) == ("ashubr1", {"config": [{"subnet": "192.168.1.0/24", "gateway": "192.168.1.1"}]})
    assert network["labels"] == {"classroom.class": "docker101", "classroom.lab": LAB, "classroom.student": "ashu", "classroom.step": "br1"}


def test_compose_takes_no_variables_in_labels():
    """It would make the network anew at every run."""
    network = one(labels={"of$x": "$HOME", "price": 5})
    labels = _compose.compose_project([], "docker101", LAB, [network])["networks"]["ashubr1"]["labels"]
    assert (labels["of$x"], labels["price"]) == ("$$HOME", "5")
    assert _lab_networks.network_requirements([network])[0]["labels"] == {"of$x": "$HOME", "price": "5"}


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"drivr": "x"}, "^bridge_network_default: drivr: it has attachable, bridge, .* and nothing else"),
        ({"name": "x"}, "^bridge_network_default: name: it has"),
        ({"mtu": "x"}, "^bridge_network_default.mtu: 'x': .*int"),
        ({"mtu": 1}, "^bridge_network_default: mtu: 1 is out of range"),
        ({"subnet": "172.17.0.1/16"}, "^bridge_network_default: subnet: '172.17.0.1/16' is not a subnet"),
        ({"labels": {"debug": True}}, "^bridge_network_default: labels: debug: its value is no text"),
        ({}, "^bridge_network_default: it asks for nothing"),
        ("bridge", "^bridge_network_default: 'bridge': it is a dictionary with"),
    ],
)
def test_what_cannot_be_asked_of_the_default_bridge(asked, message):
    with pytest.raises(ClassroomError, match=message):
        _lab_networks.engine_networks(asked, LAB)


def test_the_networks_that_every_engine_has():
    assert _lab_networks.engine_networks({"mtu": 1400}, LAB) == [
        {"name": "bridge", "lab": LAB, "mtu": 1400},
        {"name": "host", "lab": LAB, "driver": "host"},
        {"name": "none", "lab": LAB, "driver": "null"},
    ]


def listed(name, student="ashu", **changes):
    labels = {"com.docker.compose.project": f"docker101-{LAB}", "classroom.class": "docker101", "classroom.lab": LAB, "classroom.student": student}
    return {"Name": name, "Id": "0" * 64, "Labels": {**labels, **changes}}


def on(name, *its_networks):
    return {"Names": [f"/{name}"], "NetworkSettings": {"Networks": dict.fromkeys(its_networks, {})}}


def owned(*items, there=(), **arguments):
    return _lab_networks.network_ownership(list(items), list(there), networks(), "docker101", LAB, **arguments)


def test_whose_networks_are():
    foreign = {"Name": "ashubr2", "Id": "1", "Labels": None}
    assert owned(listed("ashubr1"), listed("zoebr1", "zoe"), foreign, {"Name": "bridge", "Labels": {}}) == {
        "owned": ["ashubr1", "zoebr1"],
        "foreign": ["ashubr2"],
        "strangers": {},
    }
    assert owned(listed("ashubr1"), listed("zoebr1", "zoe"), student="zoe")["owned"] == ["zoebr1"]
    # A scratch network of an interrupted check
    scratch = {"classroom.lab": f"{LAB}_proof", "com.docker.compose.project": f"docker101-{LAB}_proof"}
    assert owned(listed("docker101-proof-one", "docker101", **scratch))["owned"] == ["docker101-proof-one"]


@pytest.mark.parametrize("label", ["com.docker.compose.project", "classroom.class", "classroom.lab"])
def test_what_lacks_a_label_is_not_ours(label):
    assert owned(listed("ashubr1", **{label: "other"})) == {"owned": [], "foreign": ["ashubr1"], "strangers": {}}


def test_who_else_is_on_a_network():
    there = [on("ashun1", "ashubr1"), on("web", "ashubr1", "bridge"), on("shop", "bridge"), {"Names": None}]
    found = owned(listed("ashubr1"), listed("ashubr2"), there=there, owned_containers=["ashun1"])
    assert found["strangers"] == {"ashubr1": ["web"]}


def test_containers_taken_off():
    there = [on("ashun1", "ashubr1", "ashubr2"), on("ashun2", "ashubr2"), on("web", "ashubr1")]
    assert _lab_networks.without_networks(there, ["ashun1", "ashun2"], ["ashubr1"]) == [{"name": "ashun1", "networks": [{"name": "ashubr2"}]}]


ROUTES = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n"


def route(device, destination, mask, router="00000000"):
    return f"{device}\t{destination}\t{router}\t0001\t0\t0\t0\t{mask}\t0\t0\t0\n"


#: The engine's networks, the host's routes, and who is in the way of 192.168.1.0/24
COLLISIONS = [
    ([], "", None),
    ([{"Name": "shop", "Id": "a" * 64, "IPAM": {"Config": [{"Subnet": "192.168.1.128/25"}]}}], "", "the network shop"),
    ([{"Name": "shop", "Id": "a" * 64, "IPAM": {"Config": [{"Subnet": "192.168.0.0/16"}]}}], "", "the network shop"),
    # The next one, one of IPv6, one without, and the lab's own
    ([{"Name": "shop", "Id": "a" * 64, "IPAM": {"Config": [{"Subnet": "192.168.2.0/24"}, {"Subnet": "fd00::/8"}]}}], "", None),
    ([{"Name": "none", "Id": "a" * 64, "IPAM": {"Config": None}}], "", None),
    ([{"Name": "ashubr1", "Id": "a" * 64, "IPAM": {"Config": [{"Subnet": "192.168.1.0/24"}]}}], route("br-aaaaaaaaaaaa", "0001A8C0", "00FFFFFF"), None),
    ([], route("eth0", "0000A8C0", "0000FFFF"), "a route of the host by eth0"),
    ([], route("eth0", "0701A8C0", "FFFFFFFF"), "a route of the host by eth0"),
    ([], route("eth0", "00000000", "00000000", "010200C0"), None),
    ([], route("eth0", "0002A8C0", "00FFFFFF"), None),
    ([], route("lo", "0001A8C0", "00FFFFFF"), None),
    # A bridge of the engine is its network's matter.
    ([{"Name": "x", "Id": "b" * 64, "Options": {"com.docker.network.bridge.name": "mine0"}}], route("mine0", "0001A8C0", "00FFFFFF"), None),
]


@pytest.mark.parametrize(("listed_networks", "routes", "by"), COLLISIONS)
def test_subnets_that_are_taken(listed_networks, routes, by):
    found = _lab_networks.subnet_collisions(networks([{"name": "br1"}], ["ashu"]), listed_networks, ROUTES + routes)
    assert [each["by"] for each in found] == ([by] if by else [])
    assert all((each["name"], each["subnet"]) == ("ashubr1", "192.168.1.0/24") for each in found)


def route6(device, destination, bits):
    return f"{destination} {bits} {'0' * 32} 00 {'0' * 32} 00000100 00000001 00000000 00000001 {device}\n"


#: The engine's networks, the host's routes of IPv6, and who is in the way of fd00:0:c0a8:100::/64
COLLISIONS6 = [
    ([], "", None),
    ([{"Name": "shop", "Id": "a" * 64, "IPAM": {"Config": [{"Subnet": "FD00::/32"}]}}], "", "the network shop"),
    ([{"Name": "shop", "Id": "a" * 64, "IPAM": {"Config": [{"Subnet": "fd00:0:c0a8:101::/64"}]}}], "", None),
    ([], route6("eth0", "fd000000c0a801000000000000000001", "80"), "a route of the host by eth0"),
    ([], route6("eth0", "fd000000c0a801010000000000000000", "40"), None),
    ([], route6("eth0", "0" * 32, "00"), None),
    ([], route6("lo", "fd000000c0a801000000000000000001", "80"), None),
    ([], route6("eth0", "fe80" + "0" * 28, "40") + route6("eth0", "ff00" + "0" * 28, "08"), None),
]


@pytest.mark.parametrize(("listed_networks", "routes", "by"), COLLISIONS6)
def test_subnets_of_ipv6_that_are_taken(listed_networks, routes, by):
    found = _lab_networks.subnet_collisions(networks([{"name": "br1", "ipv6": True}], ["ashu"]), listed_networks, ROUTES, routes)
    assert [(each["subnet"], each["by"]) for each in found] == ([("fd00:0:c0a8:100::/64", by)] if by else [])
    # A network without IPv6 is in nobody's way.
    assert _lab_networks.subnet_collisions(networks([{"name": "br1"}], ["ashu"]), listed_networks, ROUTES, routes) == []


@pytest.mark.parametrize(
    ("routes", "router"),
    [
        ("", ""),
        (route("eth0", "000200C0", "00FFFFFF"), ""),
        (route("eth0", "00000000", "00000000", "010200C0"), "192.0.2.1"),
        (route("tun0", "00000000", "00000000"), ""),
    ],
)
def test_the_router_of_a_host(routes, router):
    assert _lab_networks.default_router(ROUTES + routes) == router
