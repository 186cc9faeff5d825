# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A class with a seed: each seat has numbers of its own, which solve makes, the check asks for and the sheet says."""

from __future__ import annotations

import csv
import shlex
from contextlib import contextmanager

import pytest

STUDENTS = ("nina", "omar", "zoe")
LABS = ("container_limits", "restart_policy", "bridge_network")
LIMITS, RESTART, BRIDGE = LABS
SEED = "a seed that only the tests know"
MIB = 1024 * 1024


def expected(*broken, students=STUDENTS):
    return {(student, lab): "FAIL" if (student, lab) in broken else "pass" for student in students for lab in LABS}


def numbers(classroom):
    """What the table of the sheets has: by seat, lab, step and attribute without names, what one types."""
    with open(f"{classroom.variables['classroom_secrets']}/acceptance/sheets/sheets.csv", encoding="utf-8", newline="") as table:
        rows = list(csv.DictReader(table))
    return {(int(row["seat"]), row["lab"], row["step"], row["attribute"].replace(row["student"], "")): row["value"].strip() for row in rows}


@pytest.fixture(scope="module")
def seeded(new_class, docker, tmp_path_factory):
    """Make a class with the seed, and sheets of its own."""

    def new(*students, **variables):
        return new_class(
            *students,
            **{
                "classroom_labs": list(LABS),
                "classroom_secrets": str(tmp_path_factory.mktemp("secrets")),
                "classroom_seed": SEED,
                "classroom_subnet_pools": ["10.235.0.0/16", "10.236.0.0/16"],
                "bridge_network_prove": False,
                **variables,
            },
        )

    return new


@pytest.fixture(scope="module")
def classroom(seeded):
    made = seeded(*STUDENTS)
    made.play("solve").ok()
    made.play("sheets").ok()
    yield made
    made.play("reset").ok()


@pytest.fixture(scope="module")
def sheet(classroom):
    return numbers(classroom)


@contextmanager
def moved(docker, name, network, address, right):
    """The container has another address on the network."""
    docker("network", "disconnect", network, name)
    docker("network", "connect", "--ip", address, network, name)
    try:
        yield
    finally:
        docker("network", "disconnect", network, name)
        docker("network", "connect", "--ip", right, network, name)


def test_solve_makes_what_the_sheet_says_and_the_check_passes_it(classroom, docker, sheet):
    assert classroom.play("solve").ok().stats["changed"] == 0
    run = classroom.play("check").ok()
    assert run.cells == expected()
    assert SEED not in run.output
    for seat, student in enumerate(STUDENTS, start=1):
        made = docker.inspect(f"{student}x2", "--memory {{.HostConfig.Memory}} --cpu-shares {{.HostConfig.CpuShares}}")
        memory, shares = sheet[seat, LIMITS, "x2", "memory"], sheet[seat, LIMITS, "x2", "cpu_shares"]
        assert made == f"--memory {int(memory.removeprefix('--memory ').removesuffix('m')) * MIB} {shares}"
        made = docker.inspect(f"{student}x3-on-failure", "{{with .HostConfig.RestartPolicy}}--restart {{.Name}}:{{.MaximumRetryCount}}{{end}}")
        assert made == sheet[seat, RESTART, "x3-on-failure", "restart_policy"]
        for step, network in (("n1", "br1"), ("n2", "br1"), ("n2", "br2")):
            made = docker.inspect(f"{student}{step}", f"--ip {{{{(index .NetworkSettings.Networks `{student}{network}`).IPAddress}}}}")
            assert made == sheet[seat, BRIDGE, step, f"address on {network}"]
    for key in [(LIMITS, "x2", "memory"), (LIMITS, "x2", "cpu_shares"), (RESTART, "x3-on-failure", "restart_policy")]:
        assert len({sheet[(seat, *key)] for seat in (1, 2, 3)}) == 3


def test_a_neighbours_numbers_and_those_that_are_one_off_fail_their_cell_alone(classroom, docker, sheet):
    neighbours = [*shlex.split(sheet[2, LIMITS, "x2", "memory"]), *shlex.split(sheet[2, LIMITS, "x2", "cpu_shares"])]
    one_less = int(sheet[3, LIMITS, "x2", "memory"].removeprefix("--memory ").removesuffix("m")) - 1
    right = sheet[3, BRIDGE, "n1", "address on br1"].removeprefix("--ip ")
    subnet, _dot, host = right.rpartition(".")
    docker("update", *neighbours, "--memory-swap=-1", "ninax2")
    docker("update", *shlex.split(sheet[1, RESTART, "x3-on-failure", "restart_policy"]), "omarx3-on-failure")
    docker("update", "--memory", f"{one_less}m", "zoex2")
    with moved(docker, "zoen1", "zoebr1", f"{subnet}.{int(host) + 1}", right):
        run = classroom.play("check").ok()
    assert run.cells == expected(("nina", LIMITS), ("omar", RESTART), ("zoe", LIMITS), ("zoe", BRIDGE))
    found = {(finding["subject"], finding["attribute"]) for finding in run.findings if finding["outcome"] != "pass"}
    assert found == {
        ("ninax2", "memory"),
        ("ninax2", "cpu_shares"),
        ("omarx3-on-failure", "restart_policy"),
        ("zoex2", "memory"),
        ("zoebr1", "members"),
    }
    # Each hint says what to type, and whose numbers one has is said to nobody.
    table = " ".join(run.table.split())
    for attribute, theirs in (("memory", neighbours[:2]), ("cpu_shares", neighbours[2:])):
        assert f"docker update {sheet[1, LIMITS, 'x2', attribute]} " in table
        assert f"ninax2. {' '.join(theirs)} is what is asked of another seat; yours is {sheet[1, LIMITS, 'x2', attribute]}." in table
    assert f"docker update {sheet[3, LIMITS, 'x2', 'memory']} --memory-swap {2 * (one_less + 1)}m zoex2." in table
    assert f"yours is {sheet[3, LIMITS, 'x2', 'memory']}" not in table

    assert classroom.play("solve").ok().stats["changed"]
    assert classroom.play("check").ok().cells == expected()


def test_who_is_renamed_joins_or_leaves_changes_nobodys_numbers(classroom, seeded, sheet):
    others = seeded("nora", "omar", {"name": "zoe", "state": "absent"}, "yan")
    first = others.play("sheets").ok()
    assert first.stats["changed"] == 3
    found = numbers(others)
    assert {key: value for key, value in found.items() if key[0] in (1, 2)} == {key: value for key, value in sheet.items() if key[0] in (1, 2)}
    assert {key[0] for key in found} == {1, 2, 4}
    # Of those who stayed, the work is as right as before.
    cells = others.play("check").ok().cells
    assert {key: word for key, word in cells.items() if key[0] == "omar"} == expected(students=["omar"])


def test_the_sheets_are_written_once_and_only_where_something_varies(seeded, tmp_path):
    made = seeded(*STUDENTS, classroom_secrets=str(tmp_path))
    dry = made.play("sheets", "--check", "--diff").ok()
    assert (dry.stats["changed"], list(tmp_path.iterdir())) == (3, [])
    assert "ninax2" in dry.output
    off = made.play("sheets", classroom_seed="").ok()
    assert (off.stats["changed"], list(tmp_path.iterdir())) == (0, [])
    assert "No sheets: classroom_seed is not set" in off.output
    made.play("sheets").ok()
    folder = tmp_path / "acceptance/sheets"
    assert {path.name: path.stat().st_mode & 0o777 for path in [folder, *folder.iterdir()]} == {"sheets": 0o700, "sheets.html": 0o600, "sheets.csv": 0o600}
    # It is the whole class's, whatever the run is narrowed to.
    again = made.play("sheets", classroom_student="omar", classroom_lab=LIMITS).ok()
    assert again.stats["changed"] == 0


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"container_limits_variation": {"x2": {"memory": {"from": 4, "to": 9, "unit": "m"}}}}, "container_limits_variation.x2.memory: '4m' is less than"),
        ({"classroom_seed": "too short"}, "classroom_seed: it is a text of at least 16 characters"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_changes(classroom, docker, variables, words):
    before = docker.of_class("acceptance")
    run = classroom.play("solve", **variables)
    assert run.code and run.stats["changed"] == 0
    assert words in run.errors
    assert "too short" not in run.output
    assert docker.of_class("acceptance") == before
