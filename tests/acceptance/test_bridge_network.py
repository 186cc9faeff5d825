# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bridges of students: graded when they are wrong by one, mended without a container made anew, and gone without a trace."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from contextlib import contextmanager
from copy import copy
from pathlib import Path
from threading import Thread

import pytest
from ansible_collections.classroom.containers.plugins.module_utils._cgroups import Kernel
from ansible_collections.classroom.containers.plugins.module_utils._engine import Engine
from ansible_collections.classroom.containers.plugins.module_utils._network_check import check

from .conftest import BY_HAND, CLASS, IMAGE, replaced, stopped

pytestmark = pytest.mark.alone

LAB = "bridge_network"
STUDENTS = ("nina", "omar")
POOLS = ["10.231.0.0/16", "10.232.0.0/16"]
BRIDGE = "com.docker.network.bridge"


def expected(*broken, word="FAIL"):
    return {(student, LAB): word if student in broken else "pass" for student in STUDENTS}


def host(*arguments):
    return subprocess.run(arguments, check=True, capture_output=True, text=True).stdout


def traces():
    """What networks leave on a host: bridges and rules."""
    rules = [line.partition(" [")[0] for line in host("iptables-save").splitlines() if not line.startswith("#")]
    return sorted(line.split()[0] for line in host("ip", "-brief", "link").splitlines() if not line.startswith("veth")), sorted(rules)


@pytest.fixture(scope="module")
def before(docker):
    return traces()


@pytest.fixture(scope="module")
def classroom(new_class, docker, before):
    made = new_class(*STUDENTS, classroom_labs=[LAB], classroom_subnet_pools=POOLS, bridge_network_prove=False)
    made.play("solve").ok()
    yield made
    made.play("reset").ok()


@contextmanager
def in_its_place(docker, name, *options):
    """The student made another container in the place of the right one, whose addresses are free."""
    with stopped(docker, name), replaced(docker, name, *options):
        yield


MEMBERS = {"ninan1": "10.231.1.100", "ninan2": "10.231.1.101"}


def anew(docker, name, *options):
    for member in MEMBERS:
        docker("network", "disconnect", name, member, check=False)
    docker("network", "rm", name)
    docker("network", "create", *options, name)
    for member, address in MEMBERS.items():
        docker("network", "connect", f"--ip={address}", name, member)


@contextmanager
def made_by_hand(docker, *options, subnet="10.231.1.0/24", gateway="10.231.1.1"):
    """The student made another network in the place of the right one, which comes back as it was."""
    (before,) = json.loads(docker("network", "inspect", "ninabr1"))
    pools = [option for pool in before["IPAM"]["Config"] for option in (f"--subnet={pool['Subnet']}", f"--gateway={pool['Gateway']}")]
    kept = [f"--{option}={key}={value}" for option, its in (("opt", before["Options"]), ("label", before["Labels"])) for key, value in its.items()]
    its_own = [f"--gateway={gateway}"] if gateway else []
    anew(docker, "ninabr1", f"--subnet={subnet}", *its_own, *options)
    try:
        yield
    finally:
        anew(docker, "ninabr1", *pools, *kept, *(["--ipv6"] if before["EnableIPv6"] else []))


@contextmanager
def address_by_hand(docker, name):
    enter = ("nsenter", f"--target={docker.inspect(name, '{{.State.Pid}}')}", "--net", "ip", "address")
    host(*enter, "add", "10.231.1.99/24", "dev", "eth0")
    host(*enter, "delete", "10.231.1.100/24", "dev", "eth0")
    try:
        yield
    finally:
        docker("restart", "--time", "0", name)


def bridge_of(docker, network):
    return f"br-{docker('network', 'inspect', '--format={{.Id}}', network)[:12]}"


@contextmanager
def plugged(docker, name, network):
    """The host's end of the container's interface becomes a port of another bridge."""
    number = docker("exec", name, "cat", "/sys/class/net/eth0/iflink")
    (end,) = [path.parent for path in Path("/sys/class/net").glob("veth*/ifindex") if path.read_text().strip() == number]
    before = (end / "master").resolve().name
    host("ip", "link", "set", end.name, "master", bridge_of(docker, network))
    try:
        yield
    finally:
        host("ip", "link", "set", end.name, "master", before)


#: Beside the mistakes that a student makes by typing: the container, what is done to it, the attribute that tells, its verdict, words of the hint
CONTAINERS = {
    "no network": (in_its_place, ["--network=none"], "networks", "missing", "docker run --network ninabr1"),
    "the host's network": (in_its_place, ["--network=host"], "networks", "missing", "docker run --network ninabr1"),
    "plugged into another's bridge": (plugged, ["omarbr1"], "members", "not_enforced", "the bridge of omarbr1, and not of br-"),
    "another address in the kernel": (address_by_hand, [], "members", "not_enforced", "docker restart ninan1"),
}


@pytest.mark.parametrize("case", CONTAINERS)
def test_a_wrong_container_fails_its_student(classroom, docker, case):
    doing, arguments, attribute, verdict, mend = CONTAINERS[case]
    with doing(docker, "ninan1", *arguments):
        run = classroom.play("check").ok()
    assert run.cells == expected("nina")
    (found,) = [finding for finding in run.findings if finding["attribute"] == attribute and finding["outcome"] != "pass"]
    assert (found["student"], found["verdict"], found["outcome"]) == ("nina", verdict, "fail")
    assert mend in found["hint"]
    assert mend in " ".join(run.table.split())


NETWORKS = {
    "no masquerade": (["--opt", f"{BRIDGE}.enable_ip_masquerade=false"], {}, "masquerade", "enable_ip_masquerade=true"),
    "half of the subnet": ([], {"subnet": "10.231.1.0/25"}, "subnet", "--subnet 10.231.1.0/24"),
}


@pytest.mark.parametrize("case", NETWORKS)
def test_a_wrong_network_fails_its_student(classroom, docker, case):
    options, where, attribute, mend = NETWORKS[case]
    with made_by_hand(docker, *options, **where):
        run = classroom.play("check").ok()
    assert run.cells == expected("nina")
    (found,) = [finding for finding in run.findings if finding["outcome"] != "pass"]
    assert (found["student"], found["attribute"], found["verdict"], found["subject"]) == ("nina", attribute, "differs", "ninabr1")
    assert mend in found["hint"]


def test_work_by_hand_passes_and_is_left_alone(classroom, docker):
    # As in the course, which leaves the gateway to Docker.
    with made_by_hand(docker, gateway=""):
        assert classroom.play("check").ok().cells == expected()
        solve = classroom.play("solve")
        assert solve.code
        assert "ninabr1" in solve.errors
        assert solve.stats["changed"] == 0


#: Each wrong by one
DEFAULT = {
    "driver": "macvlan",
    "subnet": "172.17.0.0/17",
    "gateway": "172.17.0.2",
    "bridge": "docker1",
    "mtu": 1499,
    "internal": True,
    "attachable": True,
    "ipv6": True,
    "icc": False,
    "masquerade": False,
    "host_binding": "127.0.0.1",
}


def test_a_default_bridge_that_is_not_as_it_should_be(classroom):
    """Nobody's work, and each key by its name."""
    run = classroom.play("check", bridge_network_default=DEFAULT).ok()
    assert run.cells == expected()
    found = [finding for line in run.of("ok") for finding in line["result"].get("findings", ()) if finding["subject"] == "bridge"]
    assert {finding["attribute"]: finding["asked"] for finding in found if finding["outcome"] == "fail"} == DEFAULT
    for finding in found:
        assert finding["hint"].startswith(f"{finding['attribute']} of bridge is ")


BUSY = "acceptance-busy"
JOIN = (f"--network={BUSY}", "--ip=10.231.8.100")


@pytest.fixture
def busy(docker):
    docker("network", "create", f"--label={BY_HAND}", "--subnet=10.231.8.0/24", BUSY)
    docker.run(BUSY, *JOIN)
    yield
    docker("rm", "--force", BUSY)
    docker("network", "rm", BUSY)


#: What is done to a container again and again, and what may be found of it then
MEANWHILE = {
    "restarted": ([("restart", "--time=0", BUSY)], set()),
    "made anew": ([("rm", "--force", BUSY), ("run", "--detach", f"--label={BY_HAND}", f"--name={BUSY}", *JOIN, IMAGE, "sleep", "3600")], {"absent"}),
    "connected anew": ([("network", "disconnect", BUSY, BUSY), ("network", "connect", JOIN[1], BUSY, BUSY)], {"missing"}),
}


@pytest.mark.parametrize("case", MEANWHILE)
def test_what_changes_while_it_is_checked(docker, busy, case):
    steps, also = MEANWHILE[case]

    def change():
        for _round in range(20):
            for step in steps:
                docker(*step)

    changing = Thread(target=change)
    engine, kernel, found = Engine(), Kernel(), Counter()
    changing.start()
    while changing.is_alive():
        for last in ("100", "101"):
            (finding,) = check([{"name": BUSY, "members": [{"container": BUSY, "address": f"10.231.8.{last}"}]}], engine, kernel)
            found[last, finding.verdict] += 1
    changing.join()
    unknown = {"stopped", "unstable", "unreadable", "unverifiable"}
    assert {verdict for last, verdict in found if last == "100"} <= {"ok", *unknown, *also}, found
    # What is wrong never passes.
    assert {verdict for last, verdict in found if last == "101"} <= {"differs", *unknown, *also}, found
    assert found["100", "ok"] and found["101", "differs"] and found.total() >= 40, found


def test_a_stopped_container_could_not_be_checked(classroom, docker):
    docker("kill", "ninan1")
    run = classroom.play("check").ok()
    docker("start", "ninan1")
    assert {finding["verdict"] for finding in run.findings if finding["outcome"] == "could_not_check"} == {"stopped"}


def test_solve_changes_nothing_that_is_right(classroom):
    assert classroom.play("solve").ok().stats["changed"] == 0
    assert classroom.play("solve", "--check", "--diff").ok().stats["changed"] == 0


def test_solve_connects_what_runs_and_keeps_what_is_in_it(classroom, docker):
    before = docker.of_class(CLASS)
    docker("exec", "ninan2", "touch", "/mine")
    docker("network", "disconnect", "ninabr2", "ninan2")
    docker("network", "connect", "omarbr2", "ninan1")
    dry = classroom.play("solve", "--check").ok()
    assert dry.stats["changed"] == 1
    assert classroom.play("check").ok().cells == expected("nina")
    assert classroom.play("solve").ok().stats["changed"] == 1
    assert classroom.play("check").ok().cells == expected()
    assert docker.of_class(CLASS) == before
    docker("exec", "ninan2", "test", "-e", "/mine")


@pytest.mark.long
def test_other_options_make_a_network_anew_and_no_container(classroom, docker):
    containers, network = docker.of_class(CLASS), docker("network", "inspect", "--format={{.Id}}", "ninabr1")
    docker("exec", "ninan2", "touch", "/mine")
    changed = {"bridge_network_networks": [{"name": "br1", "mtu": 1400, "ipv6": True}, {"name": "br2", "pool": 2}]}
    docker.run("acceptance-guest", "--network=ninabr1")
    classroom.play("solve", **changed).refused("acceptance-guest")
    docker("rm", "--force", "acceptance-guest")
    dry = classroom.play("solve", "--check", **changed).ok()
    assert "mtu of ninabr1 is 1500, and 1400 is asked" in dry.output
    assert dry.stats["changed"]
    assert docker("network", "inspect", "--format={{.Id}}", "ninabr1") == network
    assert classroom.play("solve", **changed).ok().stats["changed"]
    run = classroom.play("check", **changed).ok()
    assert run.cells == expected()
    enforced = {finding["attribute"]: finding["enforced"] for finding in run.findings if finding["subject"] == "ninabr1"}
    assert (enforced["ipv6"], enforced["subnet6"], enforced["gateway6"]) == (True, "fd00:0:ae7:100::/64", "fd00:0:ae7:100::1")
    assert classroom.play("solve", **changed).ok().stats["changed"] == 0
    assert docker.of_class(CLASS) == containers
    docker("exec", "ninan2", "test", "-e", "/mine")
    # The next subnet of IPv6, and its gateway
    options = ("--opt", "com.docker.network.driver.mtu=1400", "--ipv6", "--subnet=fd00:0:ae7:101::/64", "--gateway=fd00:0:ae7:101::1")
    with made_by_hand(docker, *options):
        run = classroom.play("check", **changed).ok()
    assert run.cells == expected("nina")
    wrong = {(finding["subject"], finding["attribute"], finding["verdict"]) for finding in run.findings if finding["outcome"] != "pass"}
    assert wrong == {("ninabr1", "subnet6", "differs"), ("ninabr1", "gateway6", "differs")}


def test_a_reset_of_one_student_leaves_the_networks_of_others(classroom, docker):
    for name in ("omarn1", "omarn2"):
        docker("kill", name)
    before = docker.of_class(CLASS)
    classroom.play("reset", classroom_student="nina").ok()
    assert docker.of_class(CLASS) == {name: before[name] for name in ("omarn1", "omarn2")}
    networks = docker("network", "ls", f"--filter=label=classroom.class={CLASS}", "--format={{.Name}}").split()
    assert sorted(networks) == ["omarbr1", "omarbr2"]
    for name in ("omarn1", "omarn2"):
        docker("start", name)
    classroom.play("solve").ok()
    assert classroom.play("check").ok().cells == expected()


def test_a_network_that_others_are_on_stays(classroom, docker):
    docker.run("acceptance-guest", "--network=ninabr2")
    classroom.play("reset", classroom_student="nina").ok()
    networks = docker("network", "ls", f"--filter=label=classroom.class={CLASS}", "--format={{.Name}}").split()
    assert sorted(networks) == ["ninabr2", "omarbr1", "omarbr2"]
    docker("rm", "--force", "acceptance-guest")
    classroom.play("solve").ok()


@contextmanager
def other_network(docker):
    docker("network", "create", f"--label={BY_HAND}", "--subnet=10.231.9.128/25", "acceptance-other")
    try:
        yield "the network acceptance-other"
    finally:
        docker("network", "rm", "acceptance-other")


@contextmanager
def route(_docker):
    host("ip", "link", "add", "acceptance0", "type", "bridge")
    host("ip", "address", "add", "10.231.8.1/22", "dev", "acceptance0")
    host("ip", "link", "set", "acceptance0", "up")
    try:
        yield "a route of the host by acceptance0"
    finally:
        host("ip", "link", "delete", "acceptance0")


@pytest.mark.parametrize("holder", [other_network, route])
@pytest.mark.parametrize("playbook", ["prepare", "solve"])
def test_subnets_that_are_taken(new_class, docker, holder, playbook):
    late = new_class({"name": "zoe", "seat": 9}, classroom_labs=[LAB], classroom_subnet_pools=POOLS)
    with holder(docker) as words:
        run = late.play(playbook)
    run.refused("10.231.9.0/24 of zoebr1 overlaps with", words)


#: The variables that are wrong, and what the message says
BAD_INPUT = {
    "a subnet that is none": ({"classroom_subnet_pools": ["192.168.0.0/33"]}, ["classroom_subnet_pools[0]: '192.168.0.0/33'", "not an IPv4 network"]),
    "bits of a host": ({"classroom_subnet_pools": ["192.168.0.1/16"]}, ["'192.168.0.1/16'", "host bits"]),
    "pools that overlap": ({"classroom_subnet_pools": ["10.0.0.0/8", "10.1.0.0/16"]}, ["'10.1.0.0/16' overlaps", "classroom_subnet_pools[0]"]),
    "more students than networks": ({"classroom_subnet_pools": ["10.9.0.0/23", "10.8.0.0/16"]}, ["'10.9.0.0/23' has 2 networks", "seat 2 of 'omar'"]),
    "an address out of the subnet": (
        {"bridge_network_steps": ["n1"], "bridge_network_answers": [{"name": "n1", "networks": [{"name": "br1", "address": 255}]}]},
        ["bridge_network_answers (n1).networks[0].address: 255", "from 1 to 254"],
    ),
    "the gateway's address": (
        {"bridge_network_steps": ["n1"], "bridge_network_answers": [{"name": "n1", "networks": [{"name": "br1", "address": 1}]}]},
        ["bridge_network_answers (n1).networks[0].address: 1", "is the gateway of ninabr1"],
    ),
    "a name over the limit": ({"bridge_network_networks": [{"name": "b" * 60, "pool": 2}, {"name": "br1"}]}, ["at most 63"]),
    "a label that is no text": ({"bridge_network_networks": [{"name": "br1", "labels": {"a": True}}]}, ["bridge_network_networks[0].labels: a", "no text"]),
    "what cannot be asked of the default bridge": ({"bridge_network_default": {"drivr": "x"}}, ["bridge_network_default: drivr", "driver"]),
    "two networks of one pool": ({"bridge_network_networks": [{"name": "br1"}, {"name": "br2"}]}, ["bridge_network_networks[1].pool: 1", "'br1' has"]),
}


@pytest.fixture(scope="module")
def bad_input(new_class):
    return new_class(*STUDENTS, classroom_labs=[LAB]).cases("validate", {case: variables for case, (variables, _words) in BAD_INPUT.items()})


@pytest.mark.parametrize("case", BAD_INPUT)
def test_bad_input_is_refused(bad_input, case):
    bad_input[case].refused(*BAD_INPUT[case][-1])


def test_bridges_do_what_they_promise(new_class, docker):
    run = new_class(*STUDENTS, classroom_labs=[LAB], classroom_subnet_pools=POOLS).play("check").ok()
    proofs = run.table.partition("Proofs by behaviour")[2]
    assert "FAIL" not in proofs
    for promise in (
        "a name is known on a bridge of one's own",
        "no name is known on the default bridge",
        "the same bridge reaches",
        "with icc off, the same bridge knows the name and does not reach",
        "another bridge does not",
        "none has only lo",
    ):
        assert promise in " ".join(proofs.split())
    assert docker.ids("name=acceptance-proof") == {}


def test_sixty_students_and_no_trace_of_them(new_class, docker, classroom, before):
    classroom.play("reset").ok()
    assert traces() == before
    sixty = new_class(
        *(f"student{number}" for number in range(60)),
        classroom_labs=[LAB],
        classroom_subnet_pools=POOLS,
        bridge_network_prove=False,
        bridge_network_steps=["n1"],
        bridge_network_networks=[{"name": "br1"}],
    )
    sixty.play("solve").ok()
    listed = docker("network", "ls", f"--filter=label=classroom.class={CLASS}", "--quiet").split()
    assert len(listed) == 60
    assert sixty.play("solve").ok().stats["changed"] == 0
    run = sixty.play("check").ok()
    assert len(run.cells) == 60
    assert set(run.cells.values()) == {"pass"}
    assert run.tasks == classroom.play("check").ok().tasks
    dry = sixty.play("reset", "--check").ok()
    assert dry.stats["changed"] >= 2
    sixty.play("reset").ok()
    assert traces() == before
    assert sixty.play("reset").ok().stats["changed"] == 0


def test_a_host_that_everybody_left_keeps_nothing(classroom, docker):
    """Labels alone tell whose it was."""
    left = copy(classroom)
    gone = [{"name": student, "state": "absent"} for student in STUDENTS]
    left.hosts = {"one": {"classroom_students": ["zoe"]}, "two": {"classroom_students": gone}}
    left.play("reset", "--limit=two").ok()
    assert docker.of_class(CLASS) == {}
    assert docker("network", "ls", "--quiet", f"--filter=label=classroom.class={CLASS}") == ""
    classroom.play("solve").ok()
