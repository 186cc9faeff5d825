# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kernel's namespaces of the students' containers, beside those of the engine's process."""

from __future__ import annotations

import pytest

STUDENTS = ["molecule-ada", "molecule-grace"]
KINDS = ["ipc", "mnt", "net", "pid", "uts"]


@pytest.fixture
def namespaces(host, containers, engine):
    """By kind, the namespaces of the engine, and of each container that runs."""
    pids = {"engine": engine.pid, **{name: pid for name, container in containers.items() if (pid := container.pid)}}
    found = {}
    for kind in KINDS:
        links = host.check_output("readlink " + " ".join(f"/proc/{pid}/ns/{kind}" for pid in pids.values()))
        found[kind] = dict(zip(pids, links.split(), strict=True))
    return found


@pytest.mark.parametrize("student", STUDENTS)
def test_isolated_in_all_but_from_its_neighbour(namespaces, student):
    for kind in KINDS:
        mine = namespaces[kind].pop(f"{student}s1")
        # Which has its shared memory, and nothing else of it.
        neighbour = namespaces[kind].pop(f"{student}s1-ipc")
        assert (mine == neighbour) is (kind == "ipc")
        assert "engine" in namespaces[kind] and mine not in namespaces[kind].values()


def test_what_is_shared_with_the_host(namespaces):
    assert namespaces["pid"]["molecule-adas1-pid"] == namespaces["pid"]["engine"]
    assert namespaces["net"]["molecule-adas1-net"] == namespaces["net"]["engine"]
