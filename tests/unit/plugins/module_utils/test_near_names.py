# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Slips of the keyboard in names, and what is no slip but another container."""

from __future__ import annotations

from functools import partial

import pytest
from ansible_collections.classroom.containers.plugins.module_utils._cgroup_check import check as check_limits
from ansible_collections.classroom.containers.plugins.module_utils._container_check import check
from ansible_collections.classroom.containers.plugins.module_utils._engine import Engine
from ansible_collections.classroom.containers.plugins.module_utils._near_names import find_near, near

#: The right name, another one, whose it is, whether that is a slip
NAMES = [
    ("ashux2", "ashux-2", "ashu", True),
    ("ashux2", "ashuX2", "ashu", True),
    ("ashux2", "AshuX2", "ashu", True),
    ("ashux2", "ASHUX2", "ashu", True),
    ("ashux2", "ashuxx2", "ashu", True),
    ("ashux2", "ashux22", "ashu", True),
    ("ashux2", "ashux", "ashu", True),
    ("ashux2", "ashux2a", "ashu", True),
    ("ashux3-no", "ashux3_no", "ashu", True),
    ("ashux3-no", "ashux3no", "ashu", True),
    ("ashux3-no", "ashux3-on", "ashu", True),
    ("ashux3-on-failure", "ashux3-on-failuer", "ashu", True),
    ("ashux3-on-failure", "ashux3-on-feilure", "ashu", True),
    ("ashux3-unless-stopped", "ashux3-unless-stoped", "ashu", True),
    ("web", "Web", "", True),
    ("web", "wbe", "", True),
    ("web", "we-b", "", True),
    ("server1", "sever1", "", True),
    ("server1", "cerver1", "", True),
    # The same, and two slips
    ("ashux2", "ashux2", "ashu", False),
    ("ashux2", "ashu_x-2", "ashu", False),
    ("ashux3-on-failure", "ashux3-onfailuer", "ashu", False),
    # Other numbers and other labs
    ("ashux2", "ashux1", "ashu", False),
    ("ashux2", "ashux12", "ashu", False),
    ("ashux2", "ashux21", "ashu", False),
    ("ashux12", "ashux21", "ashu", False),
    ("ashun1", "ashux1", "ashu", False),
    ("ashus1", "ashud1", "ashu", False),
    ("ashux3-no", "ashux3-na", "ashu", False),
    ("ashus1-pid", "ashus1-ipc", "ashu", False),
    # Another student's
    ("omx2", "omax2", "om", False),
    ("ashux2", "ashax2", "ashu", False),
    ("ashux2", "ahsux2", "ashu", False),
    ("ashux2", "ashu2", "ashu", False),
    # Nobody knows whose.
    ("web1", "web2", "", False),
    ("x", "y", "", False),
]


@pytest.mark.parametrize(("wanted", "other", "student", "expected"), NAMES)
def test_slips(wanted, other, student, expected):
    assert near(wanted, other, student) is expected


def engine_with(serve, *names, **labels):
    return Engine(serve(lambda _path: (200, [{"Id": name, "Names": [f"/{name}"], "Labels": labels or None} for name in names])), 5)


def asked(*names, student="ashu"):
    return [{"name": name, "student": student} for name in names]


@pytest.mark.parametrize(
    ("there", "absent", "required", "expected"),
    [
        (["ashux-2"], ["ashux2"], [], {"ashux2": "ashux-2"}),
        # Who is right is not asked to be another.
        (["ashux-2"], ["ashux2"], ["ashux-2"], {}),
        # Two that may be meant, and one that may be meant by two
        (["ashux-2", "ashuxx2"], ["ashux2"], [], {}),
        (["ashux"], ["ashux1", "ashux2"], [], {}),
        (["ashux"], ["ashux2"], ["ashux1"], {"ashux2": "ashux"}),
        (["ashux-2", "ashux-1"], ["ashux1", "ashux2"], [], {"ashux1": "ashux-1", "ashux2": "ashux-2"}),
        (["other"], ["ashux2"], [], {}),
        (["ashux-2"], [], [], {}),
    ],
)
def test_which_is_meant(serve, there, absent, required, expected):
    assert find_near(engine_with(serve, *there), asked(*absent), asked(*absent, *required)) == expected


@pytest.mark.parametrize(
    ("there", "student", "students", "expected"),
    [
        ("lucasx1", "luca", ["luca", "lucas"], {}),
        ("lucasx1", "luca", ["luca", "lucia"], {"lucas1": "lucasx1"}),
        ("lucasx1", "luca", [], {"lucas1": "lucasx1"}),
        ("lucasx1", "", ["luca", "lucas"], {"lucas1": "lucasx1"}),
    ],
)
def test_what_begins_with_a_neighbour_s_name_is_the_neighbour_s(serve, there, student, students, expected):
    """The one's lucas1 is not there, and the other's lucasx1 of another lab is."""
    assert find_near(engine_with(serve, there), asked("lucas1", student=student), asked("lucas1", student=student), students=students) == expected


def test_what_the_collection_made_and_nobody_renamed_has_its_right_name(serve):
    labels = {"classroom.student": "ashu", "classroom.step": "x-2"}
    assert find_near(engine_with(serve, "ashux-2", **labels), asked("ashux2"), asked("ashux2")) == {}
    labels["classroom.step"] = "x2"
    assert find_near(engine_with(serve, "ashux-2", **labels), asked("ashux2"), asked("ashux2")) == {"ashux2": "ashux-2"}


def test_without_an_engine_nothing_is_meant(tmp_path):
    assert find_near(Engine(f"unix://{tmp_path}/none", 1), asked("ashux2"), asked("ashux2")) == {}


def test_a_rename_is_the_hint(v1):
    v1.containers["cgt-free2"] = {**v1.containers.pop("cgt-free"), "Name": "/cgt-fre-e"}
    found = check([{"name": "cgt-free", "state": "running", "restart_policy": "no", "create_command": "docker run x"}], v1.engine, v1.kernel)
    assert {each.verdict for each in found} == {"absent"}
    assert {each.hint for each in found} == {"There is no container named cgt-free, and there is cgt-fre-e: docker rename cgt-fre-e cgt-free."}
    # The engine is asked for its list once, however many are absent, and not where none is.
    assert v1.asked.count("/containers/json") == 1
    v1.asked.clear()
    check([{"name": name, "state": "running"} for name in ("none1", "none2", "none3", "cgt-limits")], v1.engine, v1.kernel)
    assert v1.asked.count("/containers/json") == 1
    v1.asked.clear()
    check([{"name": "cgt-limits", "state": "running"}], v1.engine, v1.kernel)
    assert v1.asked == ["/containers/cgt-limits/json"]


@pytest.mark.parametrize(("look", "asked"), [(check, {"restart_policy": "no"}), (partial(check_limits, systemctl=None), {"memory": "100m"})])
def test_what_others_are_asked_for_is_no_hint(v1, look, asked):
    """Where one student is checked: the container of ashu may have been meant, and it is also that of ashux, of whom nothing is asked here."""
    v1.containers["ashuxx1"] = {**v1.containers.pop("cgt-free"), "Name": "/ashuxx1"}
    requirements = [{"name": "ashux1", "student": "ashu", **asked}]
    (found,) = look(requirements, v1.engine, v1.kernel)
    assert "docker rename ashuxx1 ashux1" in found.hint
    for written in ("ashuxx1", "/ashuxx1"):
        (found,) = look(requirements, v1.engine, v1.kernel, other_names=[written])
        assert found.verdict == "absent"
        assert "ashuxx1" not in found.hint
