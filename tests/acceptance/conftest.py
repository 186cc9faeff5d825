# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbooks of this checkout, run against the engine of this machine for a class of the tests' own."""

from __future__ import annotations

import json
import os
import re
import subprocess
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Callable

import pytest

ROOT = Path(__file__).parents[2]
IMAGE = "classroom/busybox:latest"
CLASS = "acceptance"
LABS = ("container_limits", "restart_policy")
#: On all containers that the tests make by hand: what a student made carries none of the collection's labels.
BY_HAND = "acceptance.by-hand"


@dataclass(frozen=True)
class Run:
    """What a playbook did."""

    code: int
    output: str
    record: list

    def of(self, event: str) -> list:
        return [line for line in self.record if line["event"] == event]

    @property
    def tasks(self) -> list:
        return [line["task"] for line in self.of("task")]

    @property
    def stats(self) -> dict:
        return self.of("stats")[0]["result"]

    @property
    def errors(self) -> str:
        """The messages of all tasks that failed, those of loops included."""
        results = [line["result"] for line in self.of("failed")]
        return "\n".join(str(result.get("msg")) for each in results for result in [each, *each.get("results", ())])

    @property
    def findings(self) -> list:
        """Those of the labs' checks, and not those of their proofs."""
        return [finding for line in self.of("ok") for finding in line["result"].get("findings", ()) if finding["student"]]

    @property
    def table(self) -> str:
        """What the trainer reads."""
        (shown,) = [line["result"]["msg"] for line in self.of("ok") if line["task"].endswith("Show the result of the class")]
        return shown

    @property
    def cells(self) -> dict:
        """The table as (student, lab): word."""
        lines = iter(self.table.splitlines())
        cells = {}
        # Labs that are too many for a line have several.
        for header in (re.split(r" {2,}", line) for line in lines if line.startswith("Seat")):
            for row in (re.split(r" {2,}", line.strip()) for line in takewhile(str.strip, lines)):
                cells.update({(row[1], lab): word for lab, word in zip(header[2:], row[2:], strict=True)})
        return cells

    @property
    def removal(self) -> dict:
        """What a reset said it removes and leaves."""
        said = [line["result"]["msg"] for line in self.of("ok") if line["task"].endswith("Name what goes and what stays")]
        return {key: sorted(name for message in said for name in message[key]) for key in ("removes", "leaves")}

    def ok(self) -> Run:
        """The same run, which must have gone well."""
        assert self.code == 0, self.output
        return self


class Engine:
    """The docker command."""

    def __call__(self, *arguments: str, check: bool = True) -> str:
        done = subprocess.run(["docker", *arguments], capture_output=True, text=True, check=False)
        assert not check or done.returncode == 0, done.stderr
        return done.stdout.strip()

    def run(self, name: str, *options: str, command: tuple = ("sleep", "3600"), image: str = IMAGE) -> str:
        """A container made by hand; its id."""
        return self("run", "--detach", "--label", BY_HAND, "--name", name, *options, image, *command)

    def inspect(self, name: str, template: str) -> str:
        return self("inspect", "--type", "container", "--format", template, name)

    def ids(self, *filters: str) -> dict:
        """Names and ids of containers, stopped ones too."""
        listed = self("ps", "--all", "--no-trunc", "--format", "{{.Names}} {{.ID}}", *(f"--filter={each}" for each in filters))
        return dict(line.split() for line in listed.splitlines())

    def of_class(self, name: str) -> dict:
        return self.ids(f"label=classroom.class={name}")

    def remove(self, *filters: str) -> None:
        for each in filters:
            if found := list(self.ids(each).values()):
                # One that is gone meanwhile is no loss.
                self("rm", "--force", "--volumes", *found, check=False)


class Classroom:
    """A class as inventory data, and the playbooks for it."""

    def __init__(self, folder: Path, **variables: object) -> None:
        self.folder = folder
        #: The training hosts, and the variables of each; all are this machine.
        self.hosts: dict = {"localhost": {}}
        self.variables = {
            "classroom_name": CLASS,
            "classroom_labs": list(LABS),
            "container_limits_prove": False,
            "restart_policy_prove": False,
            **variables,
        }

    def play(self, playbook: str, *arguments: str, during: Callable | None = None, **variables: object) -> Run:
        """Run a playbook.

        :param arguments: more arguments of ansible-playbook
        :param during: is called with the process while it runs
        :param variables: those of the command line
        """
        record, inventory = self.folder / "record", self.folder / "inventory.json"
        host = {"ansible_connection": "local", "ansible_python_interpreter": "/usr/bin/python3"}
        hosts = {name: {**host, **its_own} for name, its_own in self.hosts.items()}
        inventory.write_text(json.dumps({"training_hosts": {"hosts": hosts, "vars": self.variables}}), encoding="utf-8")
        record.write_text("", encoding="utf-8")
        with subprocess.Popen(
            ["ansible-playbook", f"--inventory={inventory}", f"--extra-vars={json.dumps(variables)}", *arguments, f"playbooks/{playbook}.yml"],
            cwd=ROOT,
            env=dict(
                os.environ,
                ANSIBLE_CALLBACK_PLUGINS=str(Path(__file__).parent / "callback_plugins"),
                ANSIBLE_CALLBACKS_ENABLED="record",
                ANSIBLE_NOCOLOR="1",
                ACCEPTANCE_RECORD=str(record),
            ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            if during:
                during(process)
            output = process.communicate()[0]
        return Run(process.returncode, output, [json.loads(line) for line in record.read_text(encoding="utf-8").splitlines()])

    def role(self, role: str, entry_point: str, *arguments: str, **variables: object) -> Run:
        """Run one entry point of a role."""
        return self.play("../tests/acceptance/role", *arguments, role=role, entry_point=entry_point, **variables)


@pytest.fixture(scope="session")
def docker():
    """The engine, without anything that earlier tests left or these would leave."""
    engine = Engine()
    filters = (f"label={BY_HAND}", f"label=classroom.class={CLASS}")
    engine.remove(*filters)
    yield engine
    engine.remove(*filters)


@pytest.fixture(scope="session")
def new_class(tmp_path_factory, docker):
    """Make a class; the variables are those of its inventory."""

    def new(*students: object, **variables: object) -> Classroom:
        return Classroom(tmp_path_factory.mktemp("class"), classroom_students=list(students), **variables)

    return new
