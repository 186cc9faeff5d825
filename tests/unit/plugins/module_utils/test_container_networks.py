# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What connects and disconnects containers. Real ones are in tests/integration."""

from __future__ import annotations

import pytest
from ansible_collections.classroom.containers.plugins.module_utils._container_networks import ConnectError, run
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError

NAME = "cgt-free"


class Program:
    """Ends with each of the codes in turn, and keeps what it was called with."""

    def __init__(self, *codes):
        self.codes, self.calls = list(codes), []

    def __call__(self, arguments):
        self.calls.append(" ".join(arguments[2:]))
        return (self.codes.pop(0) if self.codes else 0), "", "no such network"


@pytest.fixture
def connect(v1):
    def run_with(wanted, present, check_mode=False, program=None):
        networks = {name: {"IPAMConfig": {"IPv4Address": address} if address else None} for name, address in present.items()}
        v1.containers[NAME]["NetworkSettings"]["Networks"] = networks
        program = program or Program()
        asked = [{"name": name, "address": address} for name, address in wanted.items()]
        returned = run([{"name": NAME, "networks": asked}], v1.engine, program, check_mode)
        assert [change["action"] for change in returned["changes"]] == [call.split()[1] for call in program.calls] or check_mode
        assert returned["changed"] == bool(returned["changes"])
        return program.calls if not check_mode else returned

    return run_with


#: The networks that are asked, those that there are, and what is called
CONNECTIONS = [
    ({"br1": None}, {"br1": ""}, []),
    ({"br1": None}, {"br1": "10.0.0.7"}, []),
    ({"br1": "10.0.0.7"}, {"br1": "10.0.0.7"}, []),
    ({"br1": None}, {}, ["connect br1"]),
    ({"br1": "10.0.0.7"}, {}, ["connect --ip=10.0.0.7 br1"]),
    ({"br1": "10.0.0.7"}, {"br1": ""}, ["disconnect br1", "connect --ip=10.0.0.7 br1"]),
    ({"br1": "10.0.0.7"}, {"br1": "10.0.0.8"}, ["disconnect br1", "connect --ip=10.0.0.7 br1"]),
    ({"br1": None}, {"bridge": ""}, ["disconnect bridge", "connect br1"]),
    ({"br1": None, "br2": None}, {"br1": ""}, ["connect br2"]),
    ({}, {"br1": "", "br2": "10.0.0.8"}, ["disconnect br1", "disconnect br2"]),
    ({"none": None}, {"none": ""}, []),
]


@pytest.mark.parametrize(("wanted", "present", "calls"), CONNECTIONS)
def test_exactly_these_networks(connect, wanted, present, calls):
    assert connect(wanted, present) == [f"network {call} {NAME}" for call in calls]
    dry = connect(wanted, present, check_mode=True)
    assert dry["changed"] == bool(calls)
    if calls:
        assert dry["diff"]["before"] == {NAME: present}


def test_addresses_that_are_exchanged(v1):
    """Each must be off before the other can be on."""
    program = Program()
    for name, address in ((NAME, "10.0.0.7"), ("cgt-limits", "10.0.0.8")):
        v1.containers[name]["NetworkSettings"]["Networks"] = {"br1": {"IPAMConfig": {"IPv4Address": address}}}
    asked = [{"name": name, "networks": [{"name": "br1", "address": address}]} for name, address in ((NAME, "10.0.0.8"), ("cgt-limits", "10.0.0.7"))]
    run(asked, v1.engine, program, False)
    assert [call.split()[1] for call in program.calls] == ["disconnect", "disconnect", "connect", "connect"]


@pytest.mark.parametrize("present", [{"none": ""}, {"host": ""}])
def test_what_cannot_be_changed_later(connect, present):
    with pytest.raises(ClassroomError, match=f"it is on {next(iter(present))}"):
        connect({"br1": None}, present)


def test_what_was_done_before_the_engine_refused_is_told(connect):
    with pytest.raises(ConnectError, match="docker network connect br2 cgt-free: no such network") as refused:
        connect({"br1": None, "br2": None}, {}, program=Program(0, 1))
    assert [change["network"] for change in refused.value.changes] == ["br1"]


def test_a_container_that_is_not_there(v1):
    absent = [{"name": "none", "networks": []}]
    with pytest.raises(ClassroomError, match="no container named none"):
        run(absent, v1.engine, Program(), False)
    assert run(absent, v1.engine, Program(), True)["changed"] is False


@pytest.mark.parametrize(
    ("container", "words"),
    [
        ({"name": "a b", "networks": []}, r"containers\[0\] \(a b\)"),
        ({"name": "a", "networks": [{"name": "b", "address": "10.0.0"}]}, "'10.0.0' is not an address"),
        ({"name": "a", "networks": [{"name": "b", "address": "fd00::1"}]}, "'fd00::1' is not an address of IPv4"),
        ({"name": "a", "networks": [{"name": "../b"}]}, r"networks: '../b' is not a network's name"),
        ({"name": "a", "networks": [{"name": "b"}, {"name": "b"}]}, "'b' is there twice"),
    ],
)
def test_what_cannot_be(v1, container, words):
    with pytest.raises(ClassroomError, match=words):
        run([container], v1.engine, Program(), False)
    assert v1.asked == []
