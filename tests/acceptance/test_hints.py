# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What students get wrong by hand is named, and the commands of the hints mend it: they are typed as they are written, and all passes then."""

from __future__ import annotations

import re
import shlex
import subprocess

import pytest

from .conftest import BY_HAND, IMAGE

LIMITS, RESTART, BRIDGE = LABS = ("container_limits", "restart_policy", "bridge_network")
STUDENTS = ("ada", "bela", "cora", "dina", "emil", "fred", "gina", "hugo")
PING = ("ping", "127.0.0.1")
#: Beside its limits, the first container has all that an answer can ask.
ANSWERS = [
    {
        "name": "x2",
        "command": list(PING),
        "limits": {"memory": "100m", "cpu_shares": 20},
        "environment": {"COLOR": "blue and $green", "DB_PASSWORD": "geheim1"},
        "mounts": [
            {"type": "volume", "source": "data", "target": "/data", "read_only": True},
            {"type": "bind", "source": "/usr/share", "target": "/srv"},
            {"type": "tmpfs", "target": "/run/app"},
        ],
        "cap_add": ["SYS_TIME"],
        "compare": ["image", "command"],
    },
    {"name": "cpus", "command": list(PING), "limits": {"cpus": 0.5}},
    {"name": "swap", "command": list(PING), "limits": {"memory": "100m", "memory_swap": "150m"}},
]
#: What a student types for a right x2, by its parts.
X2 = {
    "memory": "--memory 100m",
    "cpu_shares": "--cpu-shares 20",
    "cap_add": "--cap-add SYS_TIME",
    "environment": "--env 'COLOR=blue and $green' --env DB_PASSWORD=geheim1",
    "mounts": "--volume {}data:/data:ro --volume /usr/share:/srv --tmpfs /run/app",
    "image": IMAGE,
    "command": "ping 127.0.0.1",
}


def x2(**wrong):
    return " ".join({**X2, **wrong}.values())


def run(options, command="ping 127.0.0.1"):
    return f"{options} {IMAGE} {command}"


#: For each container, what the student typed in its place after docker run --name, or the command that was done to it; which attributes
#: fail with which verdict; and words of a hint. {} is the student, {c} the container, {n} the number of the seat.
CASES = {
    ("ada", "x2"): (x2(memory="--memory 100000000"), {"memory": "differs"}, "Docker's 100m means 104857600"),
    ("bela", "x2"): (x2(memory="--memory 100g"), {"memory": "differs"}, "100g was said for 100m"),
    ("cora", "x2"): (x2(cpu_shares=""), {"cpu_shares": "missing"}, "created with --memory and without --cpu-shares"),
    ("dina", "x2"): (x2(cpu_shares="--cpus 0.2"), {"cpu_shares": "missing"}, "--cpus limits the time, to 0.2 CPUs, and is no weight"),
    ("emil", "x2"): (
        x2(environment="--env 'COLOR=blue and green' --env db_password=geheim1", cap_add=""),
        {"environment": "differs", "environment2": "missing", "cap_add": "missing"},
        "has COLOR=blue and green, and COLOR=blue and $green is asked",
    ),
    ("fred", "x2"): (
        x2(mounts="--volume {}data:/data --volume /usr/share:/srv:ro"),
        {"mounts": "differs", "mounts2": "differs", "mounts3": "missing"},
        ":ro behind the target lets nothing be written",
    ),
    ("gina", "x2"): ("docker rename {c} {}x-2", {}, "docker rename ginax-2 ginax2"),
    ("hugo", "x2"): (x2(command="'ping 127.0.0.1'"), {"command": "differs", "memory": "stopped"}, "In quotes it is the name of one program"),
    ("ada", "cpus"): (run("--cpu-quota 100000 --cpu-period 50000"), {"cpus": "differs"}, "are the wrong way round"),
    ("bela", "cpus"): (run("--cpu-shares 512"), {"cpus": "missing"}, "--cpu-shares 512 is a weight"),
    ("cora", "cpus"): (run(""), {"cpus": "missing"}, "docker update --cpus 0.5 coracpus"),
    ("dina", "cpus"): ("docker kill {c}", {"cpus": "stopped"}, "exited with the code 137 (SIGKILL"),
    ("emil", "cpus"): ("docker rm --force {c}", {"cpus": "absent"}, "create it with docker run --detach --name emilcpus --cpus 0.5"),
    ("fred", "cpus"): ("docker create --label BY_HAND --name {c} --cpus 0.5 IMAGE ping 127.0.0.1", {"cpus": "stopped"}, "was created and never started"),
    ("gina", "cpus"): ("docker rename {c} GinaCPUs", {"cpus": "absent"}, "docker rename GinaCPUs ginacpus"),
    ("hugo", "cpus"): (run("--cpus 0.05"), {"cpus": "differs"}, "That is a 10th part of it"),
    ("ada", "swap"): (run("--memory 100m --memory-swap 100m"), {"memory_swap": "differs"}, "that leaves no swap"),
    ("bela", "swap"): (run("--memory 100m"), {"memory_swap": "differs"}, "Docker takes twice the memory"),
    ("cora", "swap"): (run("--memory 50m --memory-swap 50m"), {"memory": "differs", "memory_swap": "differs"}, "--memory 100m --memory-swap 150m"),
    ("dina", "swap"): (run(""), {"memory": "missing", "memory_swap": "missing"}, "created without --memory"),
    ("emil", "swap"): (run("--memory 200m --memory-swap 300m"), {"memory": "differs", "memory_swap": "differs"}, ""),
    ("ada", "x3"): (run("--restart on-failure"), {"restart_policy": "differs"}, "docker update --restart always adax3"),
    ("bela", "x3"): (run("--restart unless-stopped"), {"restart_policy": "differs"}, "Unless-stopped leaves it stopped"),
    ("cora", "x3"): (run(""), {"restart_policy": "missing"}, "--restart was left out"),
    ("dina", "x3"): (run("--restart always", "sh -c 'exit 7'"), {"state": "differs"}, "is restarting again and again: its program ends with the code 7"),
    ("emil", "x3"): ("docker pause {c}", {"state": "differs"}, "docker unpause emilx3"),
    ("fred", "x3"): ("docker rm --force {c}", {"state": "absent", "restart_policy": "absent"}, "--restart always"),
    ("gina", "x3"): ("docker rename {c} {}x33", {"state": "absent", "restart_policy": "absent"}, "docker rename ginax33 ginax3"),
    ("hugo", "x3"): (run("--restart always", "pingg"), {"state": "differs"}, 'could not be started (exec: "pingg": executable file not found'),
    ("ada", "x3-on-failure"): (run("--restart on-failure"), {"restart_policy": "differs"}, "started again without end, and 3 times at most is asked"),
    ("bela", "x3-on-failure"): (run("--restart on-failure:2"), {"restart_policy": "differs"}, "2 times at most, and 3 times at most is asked"),
    ("cora", "x3-on-failure"): (run("--restart always"), {"restart_policy": "differs"}, "docker update --restart on-failure:3"),
    ("dina", "x3-on-failure"): ("docker rename {c} {}x3-on-failuer", {"state": "absent", "restart_policy": "absent"}, "docker rename"),
    ("emil", "x3-on-failure"): (run("--restart on-failure:3", "sh -c 'exit 0'"), {"state": "differs"}, "its program came to its end by itself"),
    ("ada", "n1"): (run(""), {"networks": "missing", "members": "missing"}, "docker network connect --ip 10.231.{n}.100 adabr1 adan1"),
    ("bela", "n1"): (run("--network {}br1 --ip 10.231.{n}.99"), {"members": "differs"}, "10.231.{n}.100 is asked"),
    ("cora", "n1"): (run("--network belabr1"), {"networks": "missing", "members": "missing"}, "docker network disconnect belabr1 coran1"),
    ("dina", "n1"): ("docker rm --force {c}", {"state": "absent", "networks": "absent", "members": "absent"}, "--network dinabr1 --ip 10.231.{n}.100"),
    ("emil", "n1"): (run("--network host"), {"networks": "missing", "members": "missing"}, "docker rm --force emiln1"),
    ("fred", "n1"): ("docker kill {c}", {"state": "differs", "networks": "stopped", "members": "stopped"}, "docker start fredn1"),
}  # fmt: skip
STEPS = {"x2": LIMITS, "cpus": LIMITS, "swap": LIMITS, "x3": RESTART, "x3-on-failure": RESTART, "n1": BRIDGE}
#: The commands that stand in hints. What they are followed by is prose.
TYPED = re.compile(
    r"docker (?:start|unpause|restart) \S+|docker rename \S+ \S+|docker update(?: --\S+ \S+)+ \S+|docker network (?:dis)?connect(?: --\S+ \S+)? \S+ \S+"
)
MADE = re.compile(r"(?:create it with|docker rm --force \S+, then) (docker run .+)\.$")


def type_in(line, *hidden):
    return subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=False, env={"PATH": "/usr/bin:/bin", **dict(hidden)})


def typed(hint):
    """The commands of a hint, as a student types them."""
    made = MADE.search(hint)
    if made:
        return [*re.findall(r"docker rm --force \S+(?=, then)", hint), made[1].replace("docker run ", f"docker run --label {BY_HAND} ")]
    return [command.rstrip(".,;:") for command in TYPED.findall(hint)]


@pytest.fixture(scope="module")
def classroom(new_class, docker):
    made = new_class(
        *STUDENTS,
        classroom_labs=list(LABS),
        classroom_subnet_pools=["10.231.0.0/16", "10.232.0.0/16"],
        container_limits_answers=ANSWERS,
        container_limits_steps=["x2", "cpus", "swap"],
        restart_policy_steps=["x3", "x3-on-failure"],
        bridge_network_networks=[{"name": "br1"}],
        bridge_network_steps=["n1"],
        bridge_network_prove=False,
    )
    made.play("solve").ok()
    yield made
    # What is made by hand holds the networks and the volumes.
    docker.remove(f"label={BY_HAND}")
    made.play("reset").ok()
    assert docker("volume", "ls", "--quiet", "--filter", "label=classroom.class=acceptance") == ""


def cells(word):
    return {(student, lab): word for student in STUDENTS for lab in LABS}


def test_solve_gives_all_that_an_answer_can_ask(classroom, docker):
    run_ = classroom.play("check").ok()
    assert run_.cells == cells("pass")
    asked = {finding["attribute"] for finding in run_.findings if finding["subject"] == "adax2"}
    assert asked == {"memory", "cpu_shares", "image", "command", "environment", "mounts", "cap_add"}
    assert "geheim1" not in run_.output + str(run_.findings)
    assert classroom.play("solve").ok().stats["changed"] == 0
    assert docker("volume", "ls", "--quiet", "--filter", "label=classroom.student=ada") == "adadata"


def test_hints_mend_what_they_are_about(classroom, docker):
    for (student, step), (mistake, _verdicts, _words) in CASES.items():
        name = student + step
        words = mistake.replace("{}", student).replace("{c}", name).replace("{n}", str(STUDENTS.index(student) + 1))
        if words.startswith("docker create") or not words.startswith("docker "):
            docker("rm", "--force", name)
        if words.startswith("docker "):
            docker(*shlex.split(words.replace("BY_HAND", BY_HAND).replace("IMAGE", IMAGE))[1:])
        else:
            # Some cannot be started.
            docker("run", "--detach", "--label", BY_HAND, "--name", name, *shlex.split(words), check=False)
    checked = classroom.play("check").ok()
    bad = [finding for finding in checked.findings if finding["outcome"] != "pass"]
    assert [finding for finding in bad if not finding["hint"]] == []
    by_container: dict = {}
    for finding in bad:
        # A member of a network is told in the network's findings.
        name = finding["asked"].split()[0] if finding["attribute"] == "members" else finding["subject"]
        by_container.setdefault(name, []).append(finding)
    assert set(by_container) == {student + step for student, step in CASES}
    for (student, step), (_mistake, verdicts, words) in CASES.items():
        found = by_container[student + step]
        told = [(finding["attribute"], finding["verdict"]) for finding in found]
        for attribute, verdict in verdicts.items():
            assert (attribute.rstrip("123"), verdict) in told, (student, step, told)
        if verdicts and "absent" not in verdicts.values() and "stopped" not in verdicts.values():
            assert sorted(attribute for attribute, _verdict in told) == sorted(attribute.rstrip("123") for attribute in verdicts), (student, step)
        assert any(words.replace("{n}", str(STUDENTS.index(student) + 1)) in finding["hint"] for finding in found), (student, step, found)
        assert {(finding["student"], finding["lab"]) for finding in found} == {(student, STEPS[step])}
    assert "geheim1" not in checked.output
    done = set()
    for command in [command for finding in bad for command in typed(finding["hint"])]:
        if command not in done:
            # Of two hints about one container, the first may have done it all. A secret comes from the shell.
            done.add(command)
            type_in(command, ("DB_PASSWORD", "geheim1"))
    again = classroom.play("check").ok()
    assert [(finding["subject"], finding["hint"]) for finding in again.findings if finding["outcome"] != "pass"] == []
    assert again.cells == cells("pass")
