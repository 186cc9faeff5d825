# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine keeps the promises of the course's restart policies when PID 1 dies, and when a user stops the container."""

from __future__ import annotations

STUDENTS = ["molecule-ada", "molecule-grace"]
STEPS = ["x3", "x3-no", "x3-on-failure", "x3-unless-stopped"]


def test_only_students_who_are_there(containers):
    assert sorted(name for name in containers if "x3" in name) == sorted(student + step for student in STUDENTS for step in STEPS)


def test_all_run(containers):
    assert [name for name, container in containers.items() if "x3" in name and not container.pid] == []


def test_killed_from_outside(host, containers, wait_until):
    """Not by docker kill, which counts as a stop by the user."""
    mine = [containers["molecule-ada" + step] for step in STEPS]
    before = {container.name: container.pid for container in mine}
    host.check_output("kill -KILL " + " ".join(map(str, before.values())))

    back = [container for container in mine if container.name != "molecule-adax3-no"]
    assert wait_until(lambda: all(container.pid not in (None, before[container.name]) for container in back))
    assert containers["molecule-adax3-no"].pid is None


def test_stopped_by_a_user(host, containers, wait_until):
    mine = [containers["molecule-grace" + step] for step in STEPS]
    host.check_output("docker stop --time 1 " + " ".join(container.name for container in mine))
    # Nothing is restarted after the first second, which is the engine's first delay and more.
    assert not wait_until(lambda: any(container.pid for container in mine), seconds=1.5)
