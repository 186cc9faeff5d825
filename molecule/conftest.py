# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the scenarios' tests share: containers as the kernel shows them.

The engine is only asked which id a name has. The collection's own modules are not used: they are what is tested.
"""

from __future__ import annotations

import os
import re
import subprocess
import time
from pathlib import Path

import pytest

PROJECT = Path(os.environ["MOLECULE_PROJECT_DIRECTORY"])

# The host's Python is there, curl may not be.
PAGE = """
import sys, urllib.request
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
print(opener.open(sys.argv[1], timeout=30).read().decode())
"""

# The processes of a container's cgroups, each with its numbers in all namespaces. A process may be gone by the time that it is looked at.
PROCESSES = """
for file in $(grep --files-with-matches --no-messages "$0" /proc/[0-9]*/cgroup); do
  process=${file%/cgroup}
  echo ${process#/proc/} $(sed -n 's/^NSpid://p' $process/status 2>/dev/null)
done
"""


class Container:
    """A container by its name."""

    def __init__(self, host, name, container_id):
        self._host = host
        self.name = name
        self.id = container_id

    @property
    def pid(self):
        """PID 1 of the container, by the host's count; None while nothing runs."""
        found = [line.split() for line in self._host.run("sh -c %s %s", PROCESSES, self.id).stdout.splitlines()]
        numbers = sorted((int(line[0]), line[-1]) for line in found if len(line) > 1)
        # One with the host's PIDs has no number 1 of its own.
        return next((number for number, inside in numbers if inside == "1"), numbers[0][0] if numbers else None)

    @property
    def started(self):
        """When PID 1 was started, in the kernel's ticks since boot."""
        return started(self._host, self.pid)

    def path(self, v1, v2):
        """The kernel's file for the container: the first on a host with v1's controller of that name, the second on v2."""
        cgroups = {}
        for line in self._host.file(f"/proc/{self.pid}/cgroup").content_string.splitlines():
            _number, controllers, cgroup = line.split(":", 2)
            cgroups.update(dict.fromkeys(controllers.split(","), cgroup))
        controller = v1.partition(".")[0]
        kind, controller, name = ("cgroup", controller, v1) if controller in cgroups else ("cgroup2", "", v2)
        for line in self._host.file("/proc/self/mountinfo").content_string.splitlines():
            left, _dash, right = line.partition(" - ")
            root, mountpoint = left.split()[3:5]
            found, _source, options = right.split()
            if found == kind and controller in ["", *options.split(",")]:
                return "/".join([mountpoint, cgroups[controller].removeprefix(root).strip("/"), name])
        raise AssertionError(f"no {kind} is mounted with {v1 if controller else v2}")

    def kernel(self, v1, v2):
        """What the kernel's file says for the container; None where the kernel has no such file."""
        path = self.path(v1, v2)
        return self._host.file(path).content_string.strip() if self._host.file(path).exists else None

    def run(self, command):
        """Run a shell command in the container."""
        return self._host.run("docker exec %s sh -c %s", self.name, command)


def started(host, pid):
    """When a process was started, in the kernel's ticks since boot."""
    # The name of the program, in brackets, may hold anything.
    return int(host.check_output("cat /proc/%s/stat", str(pid)).rpartition(")")[2].split()[19])


@pytest.fixture
def list_containers(host):
    """List the containers of the scenarios by their names, stopped ones included."""

    def listed():
        lines = host.check_output("docker ps --all --no-trunc --filter name=^molecule- --format '{{.Names}} {{.ID}}'").splitlines()
        return {name: Container(host, name, container_id) for name, container_id in map(str.split, lines)}

    return listed


@pytest.fixture
def containers(list_containers):
    """The containers of the class of the scenarios by their names."""
    return {name: container for name, container in list_containers().items() if name != "molecule-bystander"}


@pytest.fixture
def bystander(list_containers):
    """A container that is not of the class; it runs since the scenarios began."""
    return list_containers()["molecule-bystander"]


class Engine:
    """The engine's process."""

    def __init__(self, host):
        self._host = host
        self.pid = int(host.check_output("pidof dockerd"))
        self.started = started(host, self.pid)

    def listens(self, protocol):
        """On which of its sockets of a protocol the engine listens, as addresses or paths."""
        folder = f"/proc/{self.pid}"
        mine = re.findall(r"socket:\[([0-9]+)\]", self._host.check_output("ls -l %s/fd", folder))
        addresses = []
        for line in self._host.check_output("cat %s/net/%s", folder, protocol).splitlines()[1:]:
            fields = line.split()
            # The flag of a Unix socket that accepts connections, and the state LISTEN of TCP.
            listening, inode, address = (fields[3] == "00010000", fields[6], fields[-1]) if protocol == "unix" else (fields[3] == "0A", fields[9], fields[1])
            addresses += [address] if listening and inode in mine else []
        return addresses


@pytest.fixture
def engine(host):
    """The engine's process."""
    return Engine(host)


@pytest.fixture
def page(host):
    """What a page on one of the host's ports says, as the host itself sees it."""

    def read(port, path="/"):
        return host.check_output("python3 -c %s %s", PAGE, f"http://127.0.0.1:{port}{path}")

    return read


@pytest.fixture
def secrets():
    """The folder on the controller with what the class keeps there."""
    return PROJECT / ".cache/molecule-secrets/molecule"


@pytest.fixture
def mode_of():
    """The mode of a file on the controller."""
    return lambda path: path.stat().st_mode & 0o777


@pytest.fixture
def passwords(host, request, secrets):
    """The host's copies of the files of passwords in the folder of the secrets that the module names, as long as the test runs."""
    folder = host.check_output("mktemp --directory")
    files = {}
    try:
        for file in sorted((secrets / request.module.PASSWORDS).iterdir()):
            files[file.name] = f"{folder}/{file.name}"
            host.ansible("copy", f"src={file} dest={files[file.name]} mode=0600", check=False)
        yield files
    finally:
        host.check_output("rm --recursive %s", folder)


@pytest.fixture
def patterns(passwords):
    """The options of grep that look for these passwords. Among the arguments, they would be seen by all."""
    return " ".join(f"--file={file}" for file in passwords.values())


@pytest.fixture
def playbook(request):
    """Run a playbook of the collection on the class of the scenarios and return what it prints."""

    def run(name, *arguments):
        inventory = request.config.getoption("ansible_inventory")
        command = ["ansible-playbook", "--inventory", inventory, *arguments, PROJECT / "playbooks" / f"{name}.yml"]
        environment = dict(os.environ, ANSIBLE_FORCE_COLOR="false")
        done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


@pytest.fixture
def wait_until():
    """Wait until a condition is true, and return whether it came to be."""

    def wait(condition, seconds=20):
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.2)
        return True

    return wait
