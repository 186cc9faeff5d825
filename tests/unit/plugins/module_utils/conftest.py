# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A container to be asked for, on a captured host that a test changes by one value."""

from __future__ import annotations

import re
from urllib.parse import unquote

import pytest
from ansible_collections.classroom.containers.plugins.module_utils._container_check import check
from ansible_collections.classroom.containers.plugins.module_utils._engine import Engine
from ansible_collections.classroom.containers.plugins.module_utils._findings import COULD_NOT_CHECK, PASS, Finding

#: The tests of the modules that grade; each calls a module's flow.
_GRADING = {
    f"test_{name}"
    for name in (
        *("cgroup_check", "limit_mistakes", "container_check", "container_mounts", "container_program", "container_rights"),
        *("image_check", "network_check"),
    )
}
#: As hints tell what to type.
_COMMAND = re.compile("(: |, then )docker ")


@pytest.fixture(autouse=True)
def hints(request, monkeypatch):
    """Whatever a check finds in any of these tests: what does not pass has a hint, and the first sentence of why it is not known has no command in it."""
    if request.module.__name__.rpartition(".")[2] in _GRADING:
        make = Finding.__init__

        def made(finding, *args, **kwargs):
            make(finding, *args, **kwargs)
            assert finding.outcome == PASS or finding.hint.strip(), finding
            assert finding.outcome != COULD_NOT_CHECK or not _COMMAND.search(finding.hint.partition(". ")[0]), finding

        monkeypatch.setattr(Finding, "__init__", made)


class Classroom:
    """The captured host, with images at its engine, and cgt-free to be asked for."""

    def __init__(self, v1, serve):
        self.host = v1
        self.container = v1.containers["cgt-free"]
        self.images = {"classroom/busybox:latest": self.container["Image"]}
        #: Of all images
        self.entrypoint = None
        self.manifests = None
        #: What the engine says of networks, by their names
        self.networks = {}
        self.engine = Engine(serve(self._answer), 5)

    def _answer(self, path):
        if path.startswith("/networks/"):
            return self.networks.get(path.split("/")[2], (404, {"message": "network x not found"}))
        if not path.startswith("/images/"):
            return self.host._answer(path)
        name = unquote(path.split("/")[2])
        self.host.asked.append(path)
        if name == "broken:v1":
            return 500, {"message": "driver failed"}
        image = {"Id": self.images.get(name), "Config": {"Entrypoint": self.entrypoint}, "Os": "linux", "Architecture": "amd64", "Manifests": self.manifests}
        return (200, image) if name in self.images else (404, {"message": f"no such image: {name}: No such image: {name}"})

    def check(self, **asked):
        return check([{"name": "cgt-free", "student": "ashu", "lab": "flask_image", **asked}], self.engine, self.host.kernel)

    def one(self, **asked):
        (found,) = self.check(**asked)
        assert (found.subject, found.student, found.lab, found.attribute) == ("cgt-free", "ashu", "flask_image", *asked)
        assert found.evidence
        assert bool(found.hint) == (found.verdict != "ok")
        assert found.verdict in ("ok", "converted", "unreachable") or "cgt-free" in found.hint or str(found.asked) in found.hint
        return found

    def rest(self, status):
        self.container["State"].update(
            {"exited": {"Running": False, "Pid": 0}, "paused": {"Paused": True}, "restarting": {"Restarting": True, "Pid": 0}}[status], Status=status
        )
        if status != "paused":
            self.container["NetworkSettings"]["Ports"] = {}

    def process(self, uid, uid_map=None, gid=1):
        self.host.write("/proc/31443/status", f"Name:\tpython3\nUid:\t{uid}\t0\t0\t0\nGid:\t{gid}\t0\t0\t0")
        if uid_map:
            self.host.write("/proc/31443/uid_map", uid_map)

    def publish(self, declared, bound=None):
        self.container["HostConfig"]["PortBindings"] = bindings(declared)
        self.container["NetworkSettings"]["Ports"] = bindings(declared if bound is None else bound)


def bindings(ports):
    """From {container's port: [(host's address, host's port)]}"""
    return {port: [{"HostIp": ip, "HostPort": str(host)} for ip, host in binds] for port, binds in ports.items()}


@pytest.fixture
def lab(v1, serve):
    return Classroom(v1, serve)
