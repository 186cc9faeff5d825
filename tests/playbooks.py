# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbooks of this checkout, run for a class of the tests' own, and what they said."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from contextlib import suppress
from copy import copy
from dataclasses import dataclass, replace
from itertools import takewhile
from pathlib import Path
from typing import Callable

TESTS = Path(__file__).parent
# A shell starts what runs in the background so that it is deaf to Ctrl-C, and the playbooks would be, too.
signal.signal(signal.SIGINT, signal.default_int_handler)


def once_begun(task: str, action: Callable, after: float = 0) -> Callable:
    """For ``during`` of Classroom.play: do something as soon as the playbook has begun that task.

    :param action: is called with the process
    :param after: seconds that the task goes on before
    """

    def during(process: subprocess.Popen) -> None:
        for line in process.stdout:
            if line.startswith("TASK") and task in line:
                time.sleep(after)
                action(process)
                return
        raise AssertionError(f"{task} was never begun")

    return during


def interrupt(process: subprocess.Popen) -> None:
    """Press Ctrl-C until ansible-playbook ends, which now and then does not hear the first."""
    for _attempt in range(20):
        process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(3)
            return
    process.kill()


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
    def changes(self) -> dict:
        """How many tasks changed something on each host."""
        return {line["host"]: line["result"]["changed"] for line in self.of("stats")}

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
        # Labs that are too many for a line have numbers.
        labs = dict(re.findall(r"(?:^|   )(\d) (\w+)", self.table.partition("Seat")[0], re.MULTILINE))
        for header in (re.split(r" {2,}", line) for line in lines if line.startswith("Seat")):
            for row in (re.split(r" {2,}", line.strip()) for line in takewhile(str.strip, lines)):
                found = dict(zip(header[2:], row[2:], strict=True))
                cells.update({(row[1], labs.get(lab, lab)): "could not check" if word == "?" else word for lab, word in found.items()})
        return {key: word for key, word in cells.items() if key[1] not in ("Points", "Passed")}

    @property
    def removal(self) -> dict:
        """What a reset said it removes and leaves."""
        said = [line["result"]["msg"] for line in self.of("ok") if line["task"].endswith("Name what goes and what stays")]
        return {key: sorted(name for message in said for name in message[key]) for key in ("removes", "leaves")}

    def on(self, host: str) -> Run:
        """What it did on one of several hosts. Where that went well, it is no failure, whatever happened on the others."""
        its_own = Run(self.code, self.output, [line for line in self.record if line.get("host", host) == host])
        failed = its_own.stats["failures"] or its_own.stats["unreachable"]
        return its_own if failed else replace(its_own, code=0)

    def refused(self, *words: str) -> Run:
        """The same run, which must have ended before any change, with these words."""
        assert self.code, self.output
        assert [word for word in words if word not in self.errors] == [], self.errors
        assert self.stats["changed"] == 0
        return self

    def ok(self) -> Run:
        """The same run, which must have gone well."""
        assert self.code == 0, self.output
        return self


class Classroom:
    """A class as inventory data, and the playbooks for it."""

    def __init__(self, folder: Path, **variables: object) -> None:
        self.folder = folder
        #: The training hosts, and the variables of each; all are this machine where they do not say otherwise.
        self.hosts: dict = {"localhost": {}}
        self.variables = {"classroom_secrets": str(folder / "secrets"), **variables}
        #: Makes a command of the one that runs a playbook, such as one that runs it with another Ansible.
        self.wrap: Callable[..., list] = lambda *command: [*command]

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
            self.wrap("ansible-playbook", f"--inventory={inventory}", f"--extra-vars={json.dumps(variables)}", *arguments, f"playbooks/{playbook}.yml"),
            cwd=TESTS.parent,
            env=dict(
                os.environ,
                ANSIBLE_CALLBACK_PLUGINS=str(TESTS / "callback_plugins"),
                ANSIBLE_CALLBACKS_ENABLED="record",
                # Without it, a task is told when it has a result, and not when it begins.
                ANSIBLE_DISPLAY_SKIPPED_HOSTS=str(bool(during)),
                ANSIBLE_NOCOLOR="1",
                TESTS_RECORD=str(record),
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

    def cases(self, playbook: str, cases: dict, **variables: object) -> dict:
        """Run a playbook on one host for each case, all of them this machine, which saves the time of a run for each.

        :param cases: the variables of each host by the name of the case
        :returns: the run on each host by the name of the case
        """
        beside = copy(self)
        beside.hosts = {f"case{number}": its_own for number, its_own in enumerate(cases.values())}
        run = beside.play(playbook, **variables)
        return {case: run.on(host) for case, host in zip(cases, beside.hosts, strict=True)}

    def role(self, role: str, entry_point: str, *arguments: str, **variables: object) -> Run:
        """Run one entry point of a role."""
        return self.play("../tests/role", *arguments, role=role, entry_point=entry_point, **variables)
