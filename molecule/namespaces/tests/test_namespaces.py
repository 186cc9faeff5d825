# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kernel's namespaces of the students' containers, beside those of the engine's process."""

from __future__ import annotations

import pytest

STUDENTS = ["molecule-ada", "molecule-grace"]
KINDS = ["ipc", "mnt", "net", "pid", "uts"]


@pytest.fixture
def namespace(host):
    def read(pid, kind):
        return host.check_output("readlink /proc/%s/ns/%s", str(pid), kind)

    return read


@pytest.mark.parametrize("student", STUDENTS)
def test_isolated_in_all(containers, engine, namespace, student):
    others = [container.pid for name, container in containers.items() if name not in (f"{student}s1", f"{student}s1-ipc") and container.pid]
    for kind in KINDS:
        mine = namespace(containers[f"{student}s1"].pid, kind)
        assert mine != namespace(engine.pid, kind)
        assert mine not in [namespace(pid, kind) for pid in others]


def test_what_is_shared_with_the_host(containers, engine, namespace):
    assert namespace(containers["molecule-adas1-pid"].pid, "pid") == namespace(engine.pid, "pid")
    assert namespace(containers["molecule-adas1-net"].pid, "net") == namespace(engine.pid, "net")


@pytest.mark.parametrize("student", STUDENTS)
def test_what_is_shared_with_a_neighbour(containers, namespace, student):
    one, other = (containers[student + step].pid for step in ("s1", "s1-ipc"))
    assert namespace(one, "ipc") == namespace(other, "ipc")
    assert namespace(one, "pid") != namespace(other, "pid")
