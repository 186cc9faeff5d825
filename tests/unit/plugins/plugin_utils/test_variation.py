# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbers of a seat: a secret permutation, the ranges it goes over, and what is said to one who copied."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
import yaml
from ansible_collections.classroom.containers.plugins.module_utils._container_limits import check_creatable
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.module_utils._findings import Finding
from ansible_collections.classroom.containers.plugins.plugin_utils import _lab_containers, _lab_networks, _variation

ROLES = Path(__file__).parents[4] / "roles"
SEED = "0123456789abcdef"
PURPOSE = ("container_limits", "x2", "memory")
LAB = "container_limits"
MEMORY = {"from": 64, "to": 128, "unit": "m"}
SHARES = {"from": 10, "to": 99}
X2 = {"name": "x2", "command": ["ping", "::1"], "limits": {"memory": "100m", "cpu_shares": 20, "pids_limit": "unlimited"}}
X3 = {"name": "x3", "restart_policy": "on-failure:3"}
N1 = {"name": "n1", "networks": [{"name": "br1", "address": 100}, {"name": "br2"}]}
N2 = {"name": "n2", "networks": [{"name": "br1", "address": 101}]}
ANSWERS = (X2, X3, N1, N2)


def containers(variation, students=("ashu", "murali", "priya"), seed=SEED, answers=ANSWERS, steps=None):
    steps = steps or [answer["name"] for answer in answers]
    return _lab_containers.lab_containers(list(answers), LAB, "docker101", list(students), steps, "busybox", seed=seed, variation=variation)


def refusal(variation, **arguments):
    with pytest.raises(ClassroomError) as refused:
        containers(variation, **arguments)
    return str(refused.value)


def numbers(variation=None, **arguments):
    """By seat: what is asked of memory and shares, and of restarts."""
    found: dict = {}
    for container in containers(variation or {"x2": {"memory": MEMORY, "cpu_shares": SHARES}, "x3": {"restart_policy": {"from": 2, "to": 9}}}, **arguments):
        values = [container["limits"].get("memory"), container["limits"].get("cpu_shares"), container["restart_policy"]]
        found.setdefault(container["seat"], []).extend(value for value in values if value is not None)
    return found


# The permutation


@pytest.mark.parametrize("count", [2, 3, 5, 8, 50, 65, 100, 249, 250, 251, 10**9])
@pytest.mark.parametrize("seed", [SEED, "another seed of a class", "ünïcödé ünïcödé"])
def test_no_number_comes_again_while_there_are_others(seed, count):
    found = _variation.draw(seed, PURPOSE, count, 250)
    assert len(found) == 250 and min(found) >= 0 and max(found) < count
    for first in range(0, 250, count):
        pack = found[first:first + count]
        assert len(set(pack)) == len(pack)
    assert not [seat for seat in range(1, 250) if found[seat] == found[seat - 1]], "neighbours have the same"


@pytest.mark.parametrize("count", [2, 3, 8, 65, 250])
def test_a_seats_number_does_not_depend_on_how_many_there_are(count):
    whole = _variation.draw(SEED, PURPOSE, count, 250)
    assert [_variation.draw(SEED, PURPOSE, count, seats) for seats in range(251)] == [whole[:seats] for seats in range(251)]


def test_the_numbers_are_those_of_every_controller():
    """Written down once: another Python, machine or version of the collection must not give a class other numbers."""
    assert _variation.draw(SEED, PURPOSE, 65, 12) == [33, 18, 60, 13, 30, 35, 29, 38, 58, 39, 50, 26]
    assert _variation.draw(SEED, ("restart_policy", "x3-on-failure", "restart_policy"), 8, 20) == [3, 5, 0, 1, 6, 4, 2, 7, 2, 7, 1, 6, 0, 4, 5, 3, 4, 2, 3, 6]


@pytest.mark.parametrize("place", range(3))
def test_each_purpose_and_each_seed_has_an_order_of_its_own(place):
    other = tuple("other" if index == place else word for index, word in enumerate(PURPOSE))
    orders = [_variation.draw(*each, 65, 65) for each in ((SEED, PURPOSE), (SEED, other), (SEED + " ", PURPOSE))]
    assert len({tuple(order) for order in orders}) == 3
    # Orders that have nothing to do with one another agree in one place on average.
    assert all(sum(one == two for one, two in zip(orders[0], order)) < 8 for order in orders[1:])
    # Words of a purpose do not run into one another.
    assert _variation.draw(SEED, ("a", "bc"), 65, 65) != _variation.draw(SEED, ("ab", "c"), 65, 65)


def test_all_numbers_are_as_likely():
    drawn = [_variation.draw(f"a seed of a class {seed}", PURPOSE, 4, 1)[0] for seed in range(2000)]
    assert all(420 < drawn.count(number) < 580 for number in range(4))


# The seed


@pytest.mark.parametrize("seed", ["", None])
@pytest.mark.parametrize("variation", [None, {}, {"x2": {"memory": MEMORY}}, {"x9": "nonsense"}])
def test_without_a_seed_nothing_differs(seed, variation):
    plain = _lab_containers.lab_containers(list(ANSWERS), LAB, "docker101", ["ashu", "murali"], ["x2", "x3", "n1"], "busybox")
    assert containers(variation, ["ashu", "murali"], seed, steps=["x2", "x3", "n1"]) == plain
    assert all(each["varied"] == {} for each in plain)
    # Copies: what is done to one student's is not done to the other's.
    assert [each["limits"] for each in plain if each["step"] == "x2"] == [X2["limits"]] * 2


@pytest.mark.parametrize("seed", ["short", "x" * 15, 12345678901234567, True, False, 0, ["0123456789abcdef"], {"seed": SEED}])
def test_seeds_that_are_none_and_are_told_to_nobody(seed):
    message = refusal({}, seed=seed)
    assert message.startswith("classroom_seed: it is a text of at least 16 characters")
    assert str(seed) not in message or seed in (True, False, 0)


# The seats


def test_every_seat_has_its_own_numbers():
    found = numbers(students=[f"student{number}" for number in range(60)])
    assert all(len(values) == 3 for values in found.values())
    assert len({values[0] for values in found.values()}) == len({values[1] for values in found.values()}) == 60
    assert {values[2] for values in found.values()} == {f"on-failure:{count}" for count in range(2, 10)}
    assert all(found[seat][2] != found[seat + 1][2] for seat in range(1, 60))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (["ashu", "murali"], ["ashu", "murali", "priya", "zoe"]),
        (["ashu", "murali", "priya"], ["ashu", {"name": "murali", "state": "absent"}, "priya"]),
        (["ashu", "murali"], ["nora", "murali"]),
        (["ashu", "murali"], ["murali", "ashu"]),
        (["ashu", {"name": "priya", "seat": 200}], [{"name": "priya", "seat": 200}, {"name": "ashu", "seat": 1}]),
    ],
    ids=["joined", "left", "renamed", "changed seats", "another order"],
)
def test_a_seats_numbers_stay_whoever_sits_there(before, after):
    one, two = numbers(students=before), numbers(students=after)
    assert set(one) & set(two)
    assert all(one[seat] == two[seat] for seat in set(one) & set(two))


def test_numbers_of_nobody():
    assert containers({"x2": {"memory": {"from": 64, "to": 128, "unit": "m"}}}, students=({"name": "ashu", "state": "absent"},)) == []


def test_only_what_varies_is_other_than_the_answer():
    (found,) = containers({"x2": {"memory": MEMORY}}, ["ashu"], answers=[X2])
    assert found["limits"] == {**X2["limits"], "memory": found["limits"]["memory"]}
    assert found["limits"]["memory"] in [f"{size}m" for size in range(64, 129)]
    assert (found["command"], found["varied"], found["seat"]) == (X2["command"], {"memory": ["64m", "128m"]}, 1)


def test_cpu_time_has_two_digits():
    answers = [{"name": "x2", "limits": {"cpus": 0.5}}]
    found = containers({"x2": {"cpus": {"from": 0.95, "to": 1.1}}}, [f"s{number}" for number in range(16)], answers=answers)
    assert sorted((each["limits"]["cpus"] for each in found), key=float) == [f"{number / 100:g}" for number in range(95, 111)]
    (found,) = containers({"x2": {"cpus": {"from": 10, "to": 20.5}}}, ["ashu"], answers=answers)
    assert found["varied"] == {"cpus": ["10", "20.5"]}


def test_addresses_vary_and_never_collide():
    variation = {"n1": {"networks": {"br1": {"from": 100, "to": 149}}}, "n2": {"networks": {"br1": {"from": 150, "to": 199}}}}
    students = [f"student{number}" for number in range(60)]
    made = _lab_networks.lab_networks([{"name": "br1"}, {"name": "br2", "pool": 2}], LAB, "docker101", students)
    found = _lab_networks.connected(containers(variation, students, answers=[N1, N2]), made)
    hosts = [int(each["networks"][0]["address"].rpartition(".")[2]) for each in found]
    assert all(100 <= one <= 149 < two <= 199 for one, two in zip(hosts[::2], hosts[1::2]))
    assert len(set(hosts[::2][:50])) == 50
    # No address was asked there.
    assert {each["networks"][1]["address"] for each in found[::2]} == {""}
    assert N1["networks"][0]["address"] == 100


# The ranges that the labs come with


def shipped(lab):
    return yaml.safe_load((ROLES / lab / "defaults/main.yml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("lab", ["bridge_network", "container_limits", "restart_policy"])
def test_all_that_the_labs_ask_can_be_made(lab):
    defaults = shipped(lab)
    answers = defaults[f"{lab}_answers"]
    students = [f"student{number}" for number in range(250)]
    found = _lab_containers.lab_containers(
        answers, lab, "docker101", students, [answer["name"] for answer in answers], "busybox", seed=SEED, variation=defaults[f"{lab}_variation"]
    )
    for container in found:
        check_creatable(container["limits"])
    if lab == "bridge_network":
        _lab_networks.connected(found, _lab_networks.lab_networks(defaults["bridge_network_networks"], lab, "docker101", students))
    assert {each["step"] for each in found if each["varied"]} == set(defaults[f"{lab}_variation"])


#: LAB_variation, and what the message says: the variable, the value and the rule
NO_VARIATION = [
    ("x2", ["variation: 'x2'", "dictionary of steps"]),
    (["x2"], ["variation: ['x2']", "dictionary of steps"]),
    ({"x9": {}}, ["variation: 'x9'", "not a step of the lab: x2, x3, n1, n2"]),
    ({"x2": "memory"}, ["variation.x2: 'memory'", "dictionary"]),
    ({"x2": {"cpus": {"from": 1, "to": 2}}}, ["variation.x2.cpus", "no such number", "memory, cpu_shares"]),
    ({"x2": {"pids_limit": {"from": 1, "to": 2}}}, ["variation.x2.pids_limit", "no such number"]),
    ({"x2": {"restart_policy": {"from": 1, "to": 2}}}, ["variation.x2.restart_policy", "no such number"]),
    ({"x3": {"memory": MEMORY}}, ["variation.x3.memory", "no such number", "but restart_policy"]),
    ({"n1": {"networks": {"br2": {"from": 100, "to": 149}}}}, ["variation.n1.networks.br2", "no such number", "networks.br1"]),
    ({"n1": {"networks": {"br9": {"from": 100, "to": 149}}}}, ["variation.n1.networks.br9", "no such number"]),
    ({"n1": {"networks": "br1"}}, ["variation.n1.networks: 'br1'", "dictionary"]),
    ({"n1": {"networks": ["br1"]}}, ["variation.n1.networks: ['br1']", "dictionary"]),
    ({"x2": {"memory": {"from": 5, "to": 128, "unit": "m"}}}, ["variation.x2.memory: '5m'", "6m"]),
    ({"x2": {"memory": {"from": 0, "to": 128, "unit": "m"}}}, ["variation.x2.memory: '0m'"]),
    ({"x2": {"memory": {"from": 1, "to": 2**31, "unit": "g"}}}, ["variation.x2.memory.to: 2147483648", "from 0 to 2147483647"]),
    ({"x2": {"memory": {"from": 64, "to": 128}}}, ["variation.x2.memory: ", "from, to, unit"]),
    ({"x2": {"memory": {"from": 64, "to": 128, "unit": "k"}}}, ["variation.x2.memory.unit: 'k'", "m, g", "whole pages"]),
    ({"x2": {"memory": {"from": "64m", "to": "128m", "unit": "m"}}}, ["variation.x2.memory.from: '64m'", "whole number"]),
    ({"x2": {"memory": {"from": 64.5, "to": 128, "unit": "m"}}}, ["variation.x2.memory.from: 64.5", "whole number"]),
    ({"x2": {"memory": {**MEMORY, "step": 4}}}, ["variation.x2.memory: ", "from, to, unit and nothing else"]),
    ({"x2": {"cpu_shares": {"from": 1, "to": 60}}}, ["variation.x2.cpu_shares: 1 ", "from 2 to 262144"]),
    ({"x2": {"cpu_shares": {"from": 10, "to": 262145}}}, ["variation.x2.cpu_shares: 262145 ", "from 2 to 262144"]),
    ({"x2": {"cpu_shares": {"from": -5, "to": 60}}}, ["variation.x2.cpu_shares.from: -5", "from 0"]),
    ({"x2": {"cpu_shares": {"from": True, "to": 60}}}, ["variation.x2.cpu_shares.from: True"]),
    ({"x2": {"cpu_shares": {"from": float("nan"), "to": 60}}}, ["variation.x2.cpu_shares.from: nan"]),
    ({"x2": {"cpu_shares": {"from": 60, "to": 60}}}, ["variation.x2.cpu_shares: ", "60", "larger"]),
    ({"x2": {"cpu_shares": {"from": 60, "to": 10}}}, ["variation.x2.cpu_shares: ", "10", "larger"]),
    ({"x2": {"cpu_shares": {"from": 10}}}, ["variation.x2.cpu_shares: ", "from, to and nothing else"]),
    ({"x2": {"cpu_shares": [10, 60]}}, ["variation.x2.cpu_shares: [10, 60]", "from, to"]),
    ({"x2": {"cpu_shares": {**SHARES, "unit": "m"}}}, ["variation.x2.cpu_shares: ", "from, to and nothing else"]),
    ({"x3": {"restart_policy": {"from": 0, "to": 9}}}, ["variation.x3.restart_policy: 'on-failure:0'", "at least 1"]),
    ({"n1": {"networks": {"br1": {"from": 101, "to": 149}}}}, ["variation.n1.networks.br1", "n1 has 101 to 149 of br1, and n2 101", "unique"]),
    (
        {"n1": {"networks": {"br1": {"from": 90, "to": 150}}}, "n2": {"networks": {"br1": {"from": 150, "to": 199}}}},
        ["variation.n2.networks.br1", "n1 has 90 to 150 of br1, and n2 150 to 199", "unique"],
    ),
]


@pytest.mark.parametrize(("variation", "words"), NO_VARIATION)
@pytest.mark.parametrize("seed", [SEED, "another seed of a class"])
def test_ranges_that_cannot_be_are_refused_whatever_the_seats(variation, words, seed):
    message = refusal(variation, students=["ashu"], seed=seed)
    assert message.startswith(f"{LAB}_variation")
    assert [word for word in words if word not in message] == [], message


@pytest.mark.parametrize(
    ("memory", "swap", "possible"), [((64, 100), (100, 200), True), ((64, 101), (100, 200), False), ((64, 128), (200, 300), True)]
)
def test_every_number_can_stand_beside_every_other(memory, swap, possible):
    answers = [{"name": "swap", "limits": {"memory": "100m", "memory_swap": "150m"}}]
    variation = {"swap": {name: {"from": low, "to": high, "unit": "m"} for name, (low, high) in (("memory", memory), ("memory_swap", swap))}}
    if possible:
        assert len(containers(variation, answers=answers)) == 3
    else:
        message = refusal(variation, answers=answers)
        assert message.startswith(f"{LAB}_variation.swap.memory_swap: ") and "less than memory" in message


@pytest.mark.parametrize(
    ("addresses", "gateway", "words"),
    [
        ({"from": 200, "to": 255}, 1, ["networks.br1.address: 255", "from 1 to 254"]),
        ({"from": 0, "to": 99}, 1, ["networks.br1.address: 0", "from 1 to 254"]),
        ({"from": 1, "to": 99}, 1, ["networks.br1.address: 1", "the gateway"]),
        ({"from": 10, "to": 99}, 50, ["networks.br1: 50 is between 10 and 99", "the gateway of ashubr1"]),
    ],
)
def test_ranges_of_addresses_that_a_network_does_not_have(addresses, gateway, words):
    made = _lab_networks.lab_networks([{"name": "br1", "gateway": gateway}, {"name": "br2", "pool": 2}], LAB, "docker101", ["ashu"])
    for seed in (SEED, "another seed of a class"):
        found = containers({"n1": {"networks": {"br1": addresses}}}, ["ashu"], seed, answers=[N1])
        with pytest.raises(ClassroomError) as refused:
            _lab_networks.connected(found, made)
        assert str(refused.value).startswith(f"{LAB}_variation.n1.networks.br1")
        assert [word for word in words if word not in str(refused.value)] == []


@pytest.mark.parametrize(
    ("answer", "variation", "words"),
    [
        ({"memory": "100m"}, {"memory": {"from": 1, "to": 2, "unit": "g"}}, "variation.x2.memory: '2g': this host has"),
        ({"memory": "2g", "cpu_shares": 20}, {"cpu_shares": SHARES}, "answers (x2).limits.memory: '2g': this host has"),
        ({"cpus": 1}, {"cpus": {"from": 0.5, "to": 2.01}}, "variation.x2.cpus: '2.01': this host has 2 CPUs"),
    ],
)
def test_what_a_host_cannot_give_is_refused_whatever_the_seats(answer, variation, words):
    found = containers({"x2": variation}, ["ashu"], answers=[{"name": "x2", "limits": answer}])
    with pytest.raises(ClassroomError) as refused:
        _lab_containers.check_host(found, "0-1", "MemTotal:        1048576 kB\n")
    assert str(refused.value).startswith(f"{LAB}_{words}")


# What is said to one who copied


def findings(declared, attributes=("memory", "cpu_shares"), asked=((87, 23), (91, 29), (70, 40))):
    """Those of three students; the first has what is declared."""
    found = []
    for student, numbers_of in zip(("ashu", "murali", "priya"), asked):
        for attribute, number, its in zip(attributes, numbers_of, declared if student == "ashu" else numbers_of):
            verdict = "ok" if number == its else "differs"
            parts = 1024**2 if attribute == "memory" else 1
            values = [value if isinstance(value, str) else value * parts for value in (number, its)]
            found.append(
                Finding(f"{student}x2", attribute, verdict, *values, hint="Mend it." if verdict != "ok" else "", student=student, lab=LAB, step="x2").as_dict()
            )
    random.Random(1).shuffle(found)
    return found


def hints(found):
    said = {finding["attribute"]: finding["hint"] for finding in _variation.copied(found) if finding["student"] == "ashu"}
    assert all("murali" not in hint and "priya" not in hint for hint in said.values())
    assert [finding for finding in _variation.copied(found) if finding["student"] != "ashu"] == [each for each in found if each["student"] != "ashu"]
    return said


def test_who_has_a_neighbours_numbers_is_told_so_and_not_whose():
    assert hints(findings((91, 29))) == {
        "memory": "Mend it. --memory 91m is what is asked of another seat; yours is --memory 87m.",
        "cpu_shares": "Mend it. --cpu-shares 29 is what is asked of another seat; yours is --cpu-shares 23.",
    }


@pytest.mark.parametrize("declared", [(86, 23), (91, 23), (91, 40), (100, 20), (87, 29)])
def test_a_mistake_is_no_copy(declared):
    assert set(hints(findings(declared)).values()) <= {"", "Mend it."}


def test_a_policy_and_cpu_time_are_said_as_they_are_typed():
    policies = findings(("on-failure:4",), ["restart_policy"], [("on-failure:3",), ("on-failure:4",), ("on-failure:5",)])
    assert hints(policies) == {"restart_policy": "Mend it. --restart on-failure:4 is what is asked of another seat; yours is --restart on-failure:3."}
    cpus = findings((0.37,), ["cpus"], [(0.3,), (0.37,), (0.8,)])
    assert hints(cpus) == {"cpus": "Mend it. --cpus 0.37 is what is asked of another seat; yours is --cpus 0.3."}


def test_where_all_have_the_same_numbers_nobody_copied():
    assert hints(findings((91, 23), asked=[(87, 23)] * 3)) == {"memory": "Mend it.", "cpu_shares": ""}


def test_what_could_not_be_checked_and_what_is_no_number_stays_as_it_is():
    found = findings((91, 29))
    for finding in found:
        if finding["student"] == "ashu":
            finding.update(verdict="stopped", outcome="could_not_check")
    found.append(Finding("ashun1", "networks", "differs", ["ashubr1"], ["muralibr1"], hint="Mend it.", student="ashu", lab=LAB, step="n1").as_dict())
    found.append(Finding("muralin1", "networks", "ok", ["muralibr1"], ["muralibr1"], student="murali", lab=LAB, step="n1").as_dict())
    found.append(Finding("ashux2", "memory", "absent", 5, student="", lab="").as_dict())
    assert _variation.copied(found) == found
    assert _variation.copied([]) == []
