# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What connects and disconnects containers. Real ones are in tests/integration."""

from __future__ import annotations

import pytest
from ansible_collections.classroom.containers.plugins.module_utils._container_networks import ConnectError, run
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError

NAME, OTHER = "cgt-free", "cgt-limits"
SUBNETS = {"bridge": "172.17.0.0/16", "host": None, "none": None, "br1": "10.0.0.0/24", "br2": "10.0.1.0/24", "-odd name": "10.0.2.0/24"}
IDS = {name: f"{number:x}" * 64 for number, name in enumerate(SUBNETS, 10)}


class Program:
    """Says each of the words in turn, which is to fail where there are any, and keeps what it was called with."""

    def __init__(self, *words):
        self.words, self.calls = list(words), []

    def __call__(self, arguments):
        self.calls.append(" ".join(arguments[2:]))
        said = self.words.pop(0) if self.words else ""
        return int(bool(said)), "", said


def endpoint(address, dead=False):
    return {"IPAMConfig": {"IPv4Address": address} if address else None, "EndpointID": "" if dead else "e" * 64}


def asked(wanted):
    return [{"name": name, "address": address} for name, address in wanted.items()]


@pytest.fixture
def host(v1):
    v1.networks = [{"Name": name, "Id": IDS[name], "IPAM": {"Config": [{"Subnet": subnet}] if subnet else []}} for name, subnet in SUBNETS.items()]
    return v1


@pytest.fixture
def connect(host):
    def run_with(wanted, present, check_mode=False, program=None, dead=()):
        host.containers[NAME]["NetworkSettings"]["Networks"] = {name: endpoint(address, name in dead) for name, address in present.items()}
        program = program or Program()
        returned = run([{"name": NAME, "networks": asked(wanted)}], host.engine, program, check_mode)
        assert returned["changed"] == bool(returned["changes"])
        return program.calls if not check_mode else returned

    return run_with


#: The networks that are asked, those that there are, and what is called
CONNECTIONS = [
    ({"br1": None}, {"br1": ""}, []),
    ({"br1": None}, {"br1": "10.0.0.7"}, []),
    ({"br1": "10.0.0.7"}, {"br1": "10.0.0.7"}, []),
    ({"br1": None}, {}, ["connect -- br1"]),
    ({"br1": "10.0.0.7"}, {}, ["connect --ip=10.0.0.7 -- br1"]),
    ({"br1": "10.0.0.7"}, {"br1": ""}, ["disconnect -- br1", "connect --ip=10.0.0.7 -- br1"]),
    ({"br1": "10.0.0.7"}, {"br1": "10.0.0.8"}, ["disconnect -- br1", "connect --ip=10.0.0.7 -- br1"]),
    ({"br1": None}, {"bridge": ""}, ["disconnect -- bridge", "connect -- br1"]),
    ({"br1": None, "br2": None}, {"br1": ""}, ["connect -- br2"]),
    ({}, {"br1": "", "br2": "10.0.0.8"}, ["disconnect -- br1", "disconnect -- br2"]),
    ({"none": None}, {"none": ""}, []),
    # Docker makes networks of such names, and a container may be on one.
    ({"-odd name": None}, {}, ["connect -- -odd name"]),
    ({IDS["br1"]: None}, {"br1": ""}, []),
    ({IDS["br1"][:12]: "10.0.0.7"}, {}, ["connect --ip=10.0.0.7 -- br1"]),
]


@pytest.mark.parametrize(("wanted", "present", "calls"), CONNECTIONS)
def test_exactly_these_networks(connect, wanted, present, calls):
    assert connect(wanted, present) == [f"network {call} {NAME}" for call in calls]
    dry = connect(wanted, present, check_mode=True)
    assert [change["action"] for change in dry["changes"]] == [call.split()[0] for call in calls]
    if calls:
        assert dry["diff"]["before"] == {NAME: present}


MORE = {"Aliases": ["db", "1860619f6513"], "Links": ["x:y"], "DriverOpts": {"a": "b"}}
OPTIONS = "--ip6=fd00::9 --alias=db --link=x:y --driver-opt=a=b"


def test_what_a_connection_has_beside_its_address_stays(host):
    """Of the one that is made again, and of what is undone."""
    one = endpoint("10.0.0.9")
    one["IPAMConfig"]["IPv6Address"] = "fd00::9"
    host.containers[NAME]["NetworkSettings"]["Networks"] = {"br1": {**one, **MORE}}
    assert host.containers[NAME]["Id"].startswith(MORE["Aliases"][1])
    program = Program("", "", "address already in use")
    with pytest.raises(ConnectError, match="What was done before is undone") as refused:
        run([{"name": NAME, "networks": asked({"br1": "10.0.0.7", "br2": "10.0.1.9"})}], host.engine, program, False)
    assert refused.value.changes == []
    assert program.calls == [
        f"network disconnect -- br1 {NAME}",
        f"network connect --ip=10.0.0.7 {OPTIONS} -- br1 {NAME}",
        f"network connect --ip=10.0.1.9 -- br2 {NAME}",
        f"network disconnect -- br1 {NAME}",
        f"network connect --ip=10.0.0.9 {OPTIONS} -- br1 {NAME}",
    ]


@pytest.mark.parametrize(
    ("present", "dead", "calls"),
    [
        pytest.param({"br1": ""}, ["br1"], ["disconnect --force -- br1", "connect -- br1"], id="the one that is asked"),
        pytest.param({"br1": "", "br2": "10.0.1.9"}, ["br2"], ["disconnect --force -- br2"], id="another"),
    ],
)
def test_a_connection_that_is_dead_is_none(connect, host, present, dead, calls):
    assert connect({"br1": None}, present, dead=dead) == [f"network {call} {NAME}" for call in calls]
    assert dead[0] not in connect({"br1": None}, present, dead=dead, check_mode=True)["diff"]["before"][NAME]
    # One that is stopped has them when it starts.
    host.containers[NAME]["State"].update(Running=False, Pid=0, Status="exited")
    assert connect({name: None for name in present}, present, dead=dead) == []


def test_a_dead_connection_that_the_engine_does_not_find(connect):
    calls = connect({}, {"br2": ""}, dead=["br2"], program=Program("is not connected to network br2"))
    assert calls == [f"network {call} br2 {NAME}" for call in ("disconnect --force --", "connect --", "disconnect --")]


def test_one_that_is_restarting(connect, host):
    host.containers[NAME]["State"].update(Restarting=True, Status="restarting")
    assert connect({"br1": None}, {"br1": ""}, dead=["br1"]) == []
    assert connect({"br2": None}, {}, check_mode=True)["changed"]
    program = Program()
    with pytest.raises(ClassroomError, match=rf"containers\[0\] \({NAME}\): it is restarting, .* try again later"):
        connect({"br2": None}, {}, program=program)
    assert program.calls == []


@pytest.mark.parametrize(
    ("wanted", "after"),
    [
        pytest.param({"br1": None, "br2": None}, {"br1": "10.0.0.9", "br2": ""}, id="no address is asked"),
        pytest.param({"br1": "10.0.0.7", "br2": None}, {"br1": "10.0.0.7", "br2": ""}, id="another address"),
    ],
)
def test_an_address_that_stays_is_told(connect, wanted, after):
    assert connect(wanted, {"br1": "10.0.0.9"}, check_mode=True)["diff"]["after"] == {NAME: after}


def put(host, name, address):
    host.containers[name]["NetworkSettings"]["Networks"] = {"br1": endpoint(address)}


def test_addresses_that_are_exchanged(host):
    """Each must be off before the other can be on."""
    program = Program()
    put(host, NAME, "10.0.0.7")
    put(host, OTHER, "10.0.0.8")
    run([{"name": name, "networks": asked({"br1": address})} for name, address in ((NAME, "10.0.0.8"), (OTHER, "10.0.0.7"))], host.engine, program, False)
    assert [call.split()[1] for call in program.calls] == ["disconnect", "disconnect", "connect", "connect"]


@pytest.mark.parametrize("present", [{"none": ""}, {"host": ""}])
def test_what_cannot_be_changed_later(connect, present):
    with pytest.raises(ClassroomError, match=f"it is on {next(iter(present))}"):
        connect({"br1": None}, present)


IN_USE = "Address already in use"
#: What the commands say in turn, what is called once one failed, what the message ends with, and what is left
REFUSED = {
    "and all is undone": (["", "", IN_USE], ["disconnect -- br2", "connect --ip=10.0.0.9 -- br1"], f"{IN_USE}. What was done before is undone.", []),
    "and something is not": (
        ["", "", IN_USE, "", "no such network"],
        ["disconnect -- br2", "connect --ip=10.0.0.9 -- br1"],
        f"{IN_USE}. What was done before is undone, but for this: docker network connect --ip=10.0.0.9 -- br1 {NAME}: no such network.",
        ["disconnect"],
    ),
    "at once": ([IN_USE], [], IN_USE, []),
}


@pytest.mark.parametrize("case", REFUSED)
def test_the_engine_refuses(connect, case):
    words, undone, told, left = REFUSED[case]
    program = Program(*words)
    with pytest.raises(ConnectError) as refused:
        connect({"br2": None, "bridge": None}, {"br1": "10.0.0.9"}, program=program)
    assert str(refused.value).endswith(told)
    failed = words.index(IN_USE) + 1
    assert program.calls[failed:] == [f"network {call} {NAME}" for call in undone]
    assert [change["action"] for change in refused.value.changes] == left


def test_what_a_refused_connection_leaves_is_taken_off(connect, host):
    class Leaving(Program):
        def __call__(self, arguments):
            if "connect" in arguments:
                host.containers[NAME]["NetworkSettings"]["Networks"] = {"br2": endpoint("10.0.1.9", dead=True)}
            return super().__call__(arguments)

    program = Leaving("", IN_USE)
    with pytest.raises(ConnectError, match=IN_USE):
        connect({"br2": "10.0.1.9"}, {"br1": ""}, program=program)
    assert [call.rpartition(" ")[0] for call in program.calls[2:]] == ["network disconnect --force -- br2", "network connect -- br1"]


def test_a_container_that_is_not_there(host):
    absent = [{"name": "none", "networks": []}]
    with pytest.raises(ClassroomError, match="no container named none"):
        run(absent, host.engine, Program(), False)
    assert run(absent, host.engine, Program(), True)["changed"] is False


def test_a_dry_run_comes_before_what_makes_a_network(connect):
    """As new ones, or as those that are there with other subnets."""
    for wanted in ({"br3": None}, {"br1": "10.9.0.7"}):
        assert [change["action"] for change in connect(wanted, {}, check_mode=True)["changes"]] == ["connect"]


@pytest.mark.parametrize(
    ("container", "words"),
    [
        ({"name": "a b", "networks": []}, r"containers\[0\] \(a b\)"),
        ({"name": "a", "networks": [{"name": "b", "address": "10.0.0"}]}, "networks: b: address: '10.0.0' is not an address"),
        ({"name": "a", "networks": [{"name": "b", "address": "fd00::7"}]}, r"containers\[0\] \(a\): networks: b: address: 'fd00::7' is not an address of IPv4"),
    ],
)
def test_what_cannot_be(host, container, words):
    with pytest.raises(ClassroomError, match=words):
        run([container], host.engine, Program(), False)
    assert host.asked == []


#: The networks that are asked, what is said of them, and whether a dry run says it, too
WRONG = {
    "twice": ([{"name": "br1"}, {"name": "br1"}], "'br1' is there twice", True),
    "twice by its id": ([{"name": "br1"}, {"name": IDS["br1"]}], "'br1' is there twice", True),
    "an option": ([{"name": "--help"}], "'--help' is not a network's name: letters, digits,", True),
    "no name": ([{"name": ""}], "'' is not a network's name", True),
    "none": ([{"name": "br11"}], "there is no network named br11", False),
    "the beginning of an id": ([{"name": IDS["br1"][:4]}], f"there is no network named {IDS['br1'][:4]}", False),
    "an address on bridge": ([{"name": "bridge", "address": "172.17.0.9"}], "bridge: address: 172.17.0.9: only a network that somebody made", True),
    "an address outside": ([{"name": "br1", "address": "10.0.1.7"}], "br1: address: 10.0.1.7: it is outside of 10.0.0.0/24", False),
}


@pytest.mark.parametrize("case", WRONG)
def test_networks_that_cannot_be(host, case):
    networks, words, dry = WRONG[case]
    program = Program()
    container = [{"name": NAME, "networks": networks}]
    with pytest.raises(ClassroomError) as refused:
        run(container, host.engine, program, False)
    assert str(refused.value).startswith(f"containers[0] ({NAME}): networks: ") and words in str(refused.value)
    assert program.calls == []
    if dry:
        with pytest.raises(ClassroomError):
            run(container, host.engine, program, True)


@pytest.mark.parametrize("other", [NAME, f"/{NAME}", "id"])
@pytest.mark.parametrize("check_mode", [False, True])
def test_a_container_that_is_there_twice(host, other, check_mode):
    other = host.containers[NAME]["Id"] if other == "id" else other
    program = Program()
    with pytest.raises(ClassroomError, match=r"containers\[1\] .*: it is containers\[0\], too"):
        run([{"name": NAME, "networks": asked({"br1": None})}, {"name": other, "networks": []}], host.engine, program, check_mode)
    assert program.calls == []
