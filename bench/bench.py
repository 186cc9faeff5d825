# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run every measurement and print its figures. Started by bench/run, which prepares the environment."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path

# The folder of the collections is that of their Python packages, too.
COLLECTIONS = os.environ["ANSIBLE_COLLECTIONS_PATH"]
sys.path.append(COLLECTIONS)

import images  # noqa: E402

HERE = Path(__file__).parent
PLAYBOOKS = HERE.parent / "playbooks"


def _inventory(folder: Path, students: int, **variables) -> Path:
    path = folder / f"class-{students}.json"
    host = {"ansible_connection": "local", "ansible_python_interpreter": "/usr/bin/python3"}
    data = {
        "classroom_name": "bench",
        "classroom_students": [f"bench{number:03}" for number in range(1, students + 1)],
        "classroom_labs": ["container_limits", "restart_policy"],
        "registry_install": False,
    }
    path.write_text(json.dumps({"training_hosts": {"hosts": {"localhost": host}, "vars": {**data, **variables}}}))
    return path


def _play(folder: Path, inventory: Path, playbook: Path, *arguments: str) -> dict:
    """Seconds of a playbook, the name, action, seconds and change of each of its tasks, and the seconds of each process of timed_python."""
    durations, processes = folder / "durations", folder / "processes"
    durations.unlink(missing_ok=True)
    processes.write_text("")
    start = time.monotonic()
    played = subprocess.run(
        ["ansible-playbook", "--inventory", str(inventory), str(playbook), *arguments],
        env={**os.environ, "BENCH_DURATIONS": str(durations), "BENCH_PROCESSES": str(processes)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    seconds = time.monotonic() - start
    if played.returncode:
        sys.exit(played.stdout)
    tasks = [json.loads(line) for line in durations.read_text().splitlines()]
    spans = [map(int, line.split()) for line in processes.read_text().splitlines()]
    alone = [(end - begin) / 1e9 for begin, end in spans]
    return {"seconds": seconds, "tasks": tasks, "changed": sum(task["changed"] for task in tasks), "processes": alone}


def _containers() -> int:
    listed = subprocess.run(["docker", "ps", "--quiet", "--filter", "label=classroom.class=bench"], capture_output=True, text=True, check=True)
    return len(listed.stdout.split())


def _row(*cells) -> None:
    print("| " + " | ".join(str(cell) for cell in cells) + " |", flush=True)


def _table(title: str, *columns: str) -> None:
    print(f"\n## {title}\n")
    _row(*columns)
    _row(*("---" for _column in columns))


def class_times(folder: Path) -> None:
    """A class on this machine, whose engine and image are there already."""
    for students in (3, 30):
        inventory = _inventory(folder, students)
        first = _play(folder, inventory, PLAYBOOKS / "site.yml")
        _table(f"A class of {students} students on one host: {_containers()} containers", "step", "seconds", "tasks", "changed")
        steps = [
            ("site.yml, from nothing", first),
            ("site.yml, again", _play(folder, inventory, PLAYBOOKS / "site.yml")),
            ("solve.yml, no change", _play(folder, inventory, PLAYBOOKS / "solve.yml")),
            ("check.yml with proofs", _play(folder, inventory, PLAYBOOKS / "check.yml")),
            ("check.yml without", _play(folder, inventory, PLAYBOOKS / "check.yml", "-e", '{"container_limits_prove": false, "restart_policy_prove": false}')),
            ("reset.yml", _play(folder, inventory, PLAYBOOKS / "reset.yml")),
        ]
        for name, played in steps:
            _row(name, f"{played['seconds']:.1f}", len(played["tasks"]), played["changed"])


def one_call(folder: Path, students: int) -> None:
    """One call for all containers of a host, beside a call for each and beside docker stats."""
    inventory = _inventory(folder, students, classroom_labs=["container_limits"])
    requirements = [
        requirement
        for number in range(1, students + 1)
        for requirement in (
            {"name": f"bench{number:03}x1", "memory": "unlimited", "cpus": "unlimited", "cpu_shares": "default"},
            {"name": f"bench{number:03}x2", "memory": "100m", "cpu_shares": 20},
        )
    ]
    _play(folder, inventory, PLAYBOOKS / "solve.yml")
    try:
        variables = folder / "requirements.json"
        variables.write_text(json.dumps({"bench_requirements": requirements}))
        played = _play(folder, inventory, HERE / "measure.yml", "-e", f"@{variables}")
        environment = {**os.environ, "PYTHONPATH": COLLECTIONS}
        inside = json.loads(subprocess.run([sys.executable, str(HERE / "inside.py")], env=environment, stdout=subprocess.PIPE, text=True, check=True).stdout)
    finally:
        _play(folder, inventory, PLAYBOOKS / "reset.yml")
    seconds = {task["name"].removeprefix("Measure "): task["seconds"] for task in played["tasks"] if task["name"].startswith("Measure ")}
    looped = {name: 5 if name.startswith(("ansible", "cgroup")) else 1 for name in seconds}
    ping = seconds["ansible.builtin.ping"] / 5
    _table(f"All containers of a host: {_count(inside)}", "task", "seconds", "times a ping task")
    for name, total in seconds.items():
        each = total / looped[name]
        _row(name, f"{each:.2f}", f"{each / ping:.2f}")
    _table(f"Inside cgroup_info: {_count(inside)}, {inside['files']} files", "work", "seconds", "times the bare files")
    for name, key in (("the module's work", "inside"), ("reading the same files", "files_bare"), ("asking the engine the same", "engine_bare")):
        _row(name, f"{inside[key]:.3f}", f"{inside[key] / inside['files_bare']:.2f}")


def image_times(folder: Path) -> None:
    """The course's single stage beside the layered and the distroless image; and one student beside thirty."""
    shared = {
        "classroom_labs": ["flask_image"],
        "classroom_registry": images.REGISTRY,
        "classroom_secrets": str(folder / "secrets"),
        "classroom_port_base": 20000,
        "registry_install": True,
        "registry_name": "bench",
        "flask_image_layer": "bench:flasklayer",
        "flask_image_share": ["registry"],
        "base_images_list": [
            {"name": "classroom/busybox:latest", "kind": "busybox"},
            {"name": "classroom/python3:latest", "kind": "python3"},
            {"name": "classroom/debian:latest", "kind": "debian"},
        ],
    }
    inventory = _inventory(folder, 30, **shared)
    _play(folder, inventory, HERE / "registry.yml", "-e", "entry_point=main")
    try:
        _play(folder, inventory, PLAYBOOKS / "prepare.yml")
        password = (folder / "secrets/bench/registry/trainer").read_text().strip()
        figures = images.side_by_side(folder, Path("/srv/bench-flask_image/wheels"), password)
        _play(folder, inventory, PLAYBOOKS / "reset.yml")
        _table("The Flask image: the course's single stage, and what came of it", "", *figures, *(f"{variant} / course" for variant in list(figures)[1:]))
        for name, course in figures["course"].items():
            found = [each[name] for each in figures.values()]
            _row(name, *(f"{figure:.0f}" if "bytes" in name else f"{figure:.2f}" for figure in found), *(f"{figure / course:.4f}" for figure in found[1:]))
        _table("Solving flask_image from nothing, v001 to v003: built, tagged, pushed, run", "students", "images", "seconds", "build", "push", "run", "tasks")
        for students in (1, 30):
            # A word of its own in the requirements makes a layer of dependencies that no cache has.
            word = {"path": "requirements.txt", "content": f"flask\n# {uuid.uuid4()}\n"}
            answers = [
                {"name": "v001", "files": [word], "container": "c1", "pages": [{"path": "/", "contains": ["Hello from Flask"]}]},
                {"name": "v002", "files": [word, {"path": "message.txt", "content": "The second.\n"}]},
                {"name": "v003", "files": [word, {"path": "message.txt", "content": "The third.\n"}]},
            ]
            inventory = _inventory(folder, students, **shared, flask_image_answers=answers)
            _play(folder, inventory, PLAYBOOKS / "prepare.yml")
            played = _play(folder, inventory, PLAYBOOKS / "solve.yml")
            parts = ("Build the images of the lab", "Push what the registry does not have", "Make the containers of the lab")
            seconds = [sum(task["seconds"] for task in played["tasks"] if task["name"].endswith(part)) for part in parts]
            _row(students, 3 * students, f"{played['seconds']:.1f}", *(f"{part:.1f}" for part in seconds), len(played["tasks"]))
            again = _play(folder, inventory, PLAYBOOKS / "solve.yml")
            _row(f"{students}, again", 3 * students, f"{again['seconds']:.1f}", "", "", "", f"{len(again['tasks'])}, {again['changed']} changed")
            _play(folder, inventory, PLAYBOOKS / "reset.yml")
    finally:
        _play(folder, inventory, HERE / "registry.yml", "-e", "entry_point=teardown")


#: The labs of a class of all labs, without the proofs, which do not depend on the class.
_ALL_LABS = {
    "classroom_labs": ["container_limits", "restart_policy", "flask_image", "distroless_image", "bridge_network", "namespaces"],
    "classroom_registry": images.REGISTRY,
    "classroom_port_base": 20000,
    "classroom_subnet_pools": ["10.160.0.0/16", "10.161.0.0/16"],
    "registry_install": True,
    "registry_name": "bench",
    "flask_image_layer": "bench:flasklayer",
    "distroless_image_stage": "bench:builder",
    "base_images_list": [{"name": "classroom/busybox:latest", "kind": "busybox"}, {"name": "classroom/python3:latest", "kind": "python3"}],
    **{f"{lab}_prove": False for lab in ("container_limits", "restart_policy", "distroless_image", "bridge_network", "namespaces")},
}


def check_times(folder: Path) -> None:
    """A check of all labs, beside a loop of info modules over the same containers and networks."""
    rows, looped, bare = [], None, {}
    for students in (3, 60):
        inventory = _inventory(folder, students, classroom_secrets=str(folder / "secrets"), **_ALL_LABS)
        _play(folder, inventory, HERE / "registry.yml", "-e", "entry_point=main")
        try:
            for playbook in ("prepare", "solve", "check"):
                # The first check is the one that finds nothing in the caches of the host.
                _play(folder, inventory, PLAYBOOKS / f"{playbook}.yml")
            played = _play(folder, inventory, PLAYBOOKS / "check.yml")
            modules = [task for task in played["tasks"] if task["action"].startswith(("classroom.containers.", "community.docker."))]
            told = f"{sum(task['seconds'] for task in modules):.2f}"
            alone = _play(folder, inventory, PLAYBOOKS / "check.yml", "-e", f"ansible_python_interpreter={HERE / 'timed_python'}")["processes"]
            its_own = f"{sum(alone):.2f} of {len(alone)}"
            rows.append((students, _containers(), f"{played['seconds']:.1f}", len(played["tasks"]), len(modules), told, its_own))
            for task in modules:
                rows.append(("", "", "", "", task["name"], f"{task['seconds']:.2f}", ""))
            looped = _play(folder, inventory, HERE / "looped.yml")
            bare = _bare(folder, inventory, len(alone))
        finally:
            _play(folder, inventory, PLAYBOOKS / "reset.yml")
            _play(folder, inventory, HERE / "registry.yml", "-e", "entry_point=teardown")
    columns = ("students", "containers", "seconds", "tasks", "of them modules", "seconds of the modules", "of their processes")
    _table("A check of all labs, without the proofs", *columns)
    for row in rows:
        _row(*row)
    _table("The same class, looked at by a loop of info modules", "task", "items", "seconds")
    for task in looped["tasks"]:
        _row(task["name"], 60, f"{task['seconds']:.1f}")
    _table("What a check of it cannot do without, each once, with nothing done with the answers", "work", "seconds")
    for what, seconds in {**bare, "together": sum(bare.values())}.items():
        _row(what, f"{seconds:.2f}")


def _bare(folder: Path, inventory: Path, modules: int) -> dict:
    """Seconds of what a check cannot do without: its modules, if they did nothing, and the questions to engine, registry and kernel."""
    pings = _play(folder, inventory, HERE / "ping.yml", "-e", f"ansible_python_interpreter={HERE / 'timed_python'}")["processes"]
    command = [sys.executable, str(HERE / "bare.py"), "bench", images.REGISTRY, str(folder / "secrets")]
    asked = subprocess.run(command, env={**os.environ, "PYTHONPATH": COLLECTIONS}, stdout=subprocess.PIPE, text=True, check=True).stdout
    return {f"modules that do nothing, {modules}": modules * statistics.median(pings), **json.loads(asked)}


def _count(inside: dict) -> str:
    return f"{inside['containers']} containers"


#: By the names that bench/run takes; all of them without one.
MEASUREMENTS = {
    "class": class_times,
    "containers": lambda folder: one_call(folder, 100),
    "images": image_times,
    "checks": check_times,
}


def main() -> None:
    load = os.getloadavg()[0]
    print(f"{os.cpu_count()} CPUs, load {load:.1f} before the run, the mean of five where a task of this collection or a ping is measured")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for name in sys.argv[1:] or MEASUREMENTS:
            MEASUREMENTS[name](folder)


if __name__ == "__main__":
    main()
