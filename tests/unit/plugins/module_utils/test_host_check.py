# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host that is ready, and what each check says where one thing is not as it should be."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from ansible_collections.classroom.containers.plugins.module_utils import _host_answers as answers
from ansible_collections.classroom.containers.plugins.module_utils._cgroups import Kernel, KernelError
from ansible_collections.classroom.containers.plugins.module_utils._engine import Engine
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.module_utils._host_check import PASS, STOP, WARN, Machine, look
from ansible_collections.classroom.containers.plugins.module_utils._sockets import Listening

DEBIAN_12 = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\nVERSION_ID="12"\n'
FEDORA = 'PRETTY_NAME="Fedora Linux 42"\nID=fedora\nVERSION_ID=42\n'
GIB = 1 << 30
MARK = "/var/lib/classroom/docker_host.json"
CGROUPS = "#subsys_name\thierarchy\tnum_cgroups\tenabled\nmemory\t4\t67\t{}\ncpu\t1\t45\t1\npids\t8\t45\t1\ncpuset\t3\t45\t1\n"
MEMSW = "/sys/fs/cgroup/memory/memory.memsw.limit_in_bytes"
TCP = "  sl  local_address rem_address   st\n   0: 0100007F:0016 00000000:0000 0A 0:0 00:0 0 0 0 7 1\n"
DOCKERD = "   1: 00000000:{:04X} 00000000:0000 0A 0:0 00:0 0 0 0 {} 1\n"
NAN = float("nan")
NEED = {
    **dict.fromkeys(("disk", "inodes", "memory", "memory_limits", "seconds"), 0),
    **{key: [] for key in ("containers", "images", "paths", "releases")},
    "builds": False,
    "engine": False,
    "instead": "",
}


class Room:
    """A host with cgroup v1 and an engine, both to be changed."""

    def __init__(self, fixture, folder, serve):
        self.root = folder / "root"
        shutil.copytree(fixture / "root", self.root)
        self.answers = {
            "/version": {"Version": "20.10.24", "ApiVersion": "1.41"},
            "/info": {
                "Driver": "overlay2",
                "DriverStatus": [["Backing Filesystem", "extfs"], ["Supports d_type", "true"]],
                "CgroupDriver": "cgroupfs",
                "DockerRootDir": "/var/lib/docker",
                **dict.fromkeys(("MemoryLimit", "SwapLimit", "CpuCfsQuota", "CPUShares", "CPUSet", "PidsLimit"), True),
            },
            "/containers/json": [],
            "/networks": [],
            "/images/json": [],
        }
        self.status = {}
        for path, text in {
            "/etc/os-release": DEBIAN_12,
            "/etc/apt/sources.list": "deb http://deb.example.com/debian bookworm main\n",
            "/proc/cmdline": "quiet\n",
            "/proc/cgroups": CGROUPS.format(1),
            "/proc/meminfo": f"MemTotal: {4 * GIB // 1024} kB\nMemAvailable: {2 * GIB // 1024} kB\n",
            "/proc/net/tcp": TCP,
            "/proc/net/route": "Iface\tDestination\n",
            "/proc/filesystems": "nodev\tsysfs\nnodev\toverlay\n",
            "/usr/sbin/dockerd": "",
            MARK: "{}",
            MEMSW: "9223372036854771712\n",
            "/var/lib/docker/x": "",
        }.items():
            self.write(path, text)
        self.params = {
            "needs": [],
            "engine_install": True,
            "engine_mark": MARK,
            "compose_minimum": "2.18",
            "swap_limits": False,
            "apt_sources": [],
            "registries": [],
            "controller_time": 1000.0,
            "answer_timeout": 0.5,
        }
        self.machine = Machine(
            Engine(serve(self._answer), 5),
            Kernel(str(self.root)),
            lambda command: (127, "", f"there is no program {command[0]}"),
            runs=False,
            statvfs=lambda path: SimpleNamespace(f_frsize=4096, f_blocks=10_000_000, f_bavail=5_000_000, f_files=1_000_000, f_favail=500_000),
            clock=lambda: 1000.0,
            user=0,
            python=(3, 9, 0),
            has_library=lambda name: True,
        )
        #: What each source of packages and registry says
        self.refused = {}

    def _answer(self, path):
        path = urlsplit(path).path
        return self.status.get(path, 200), self.answers.get(path, {"message": "page not found"})

    def write(self, path, text):
        file = self.root / path.lstrip("/")
        if text is None:
            file.unlink()
        else:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)

    def say(self, **info):
        self.answers["/info"].update(info)

    def stop_engine(self):
        self.machine.engine = Engine("unix:///nowhere/s", 5)

    def remove_engine(self):
        self.stop_engine()
        self.write("/usr/sbin/dockerd", None)
        self.write(MARK, None)

    def not_ours(self):
        self.write(MARK, None)

    def run(self, *answer, buildx=(0, "", "")):
        """Look at it as at this process's own host, whose programs can be run."""
        self.machine.run = lambda command: (buildx if command[1] == "buildx" else answer) if command[0] == "docker" else (0, "", "")
        self.machine.runs = True

    def need(self, **numbers):
        self.params["needs"].append({**NEED, "name": "lab", **numbers})

    def dockerd_listens(self, port, inode="77"):
        self.write("/proc/net/tcp", TCP + DOCKERD.format(port, inode))
        self.write("/proc/400/comm", "dockerd\n")
        folder = self.root / "proc/400/fd"
        folder.mkdir()
        (folder / "3").symlink_to(f"socket:[{inode}]")

    def rows(self):
        return {row["check"]: row for row in look(self.machine, self.params)["rows"]}


@pytest.fixture(autouse=True)
def network(monkeypatch):
    """No server beyond this machine is asked."""
    refused = {}
    monkeypatch.setattr(answers, "refused_by_source", lambda source, _proxies, _timeout: refused.get(source.uri, ""))
    monkeypatch.setattr(answers, "refused_by_registry", lambda url, _kernel, _timeout: refused.get(url, ""))
    return refused


@pytest.fixture
def room(fixtures, tmp_path, serve, network):
    made = Room(fixtures / "v1_hybrid", tmp_path, serve)
    made.refused = network
    return made


@pytest.fixture
def room_v2(fixtures, tmp_path, serve, network):
    made = Room(fixtures / "v2_systemd", tmp_path, serve)
    made.refused = network
    return made


def test_a_host_that_is_ready(room):
    room.run(0, "2.26.1-4\n", "")
    room.need(disk=10**9, inodes=1000, memory=GIB, memory_limits=GIB, seconds=30)
    rows = room.rows()
    assert {check: row["outcome"] for check, row in rows.items()} == dict.fromkeys(rows, PASS)
    assert not any(row["advice"] for row in rows.values())
    assert all(row["read"] for row in rows.values())


# What is changed: the check that tells, its outcome, words of what was read, words of what to do
V1_CASES = {
    "300 s off": (lambda room: room.params.update(controller_time=700.0), "clock", WARN, "300 s ahead of the controller", "Set the clock"),
    "the inodes are just not too few": (lambda room: room.need(inodes=500_000), "inodes", WARN, "500,000 more needed", "more inodes"),
    "the memory is just enough": (lambda room: room.need(memory=2 * GIB, memory_limits=2 * GIB), "memory", PASS, "lab 2.1 GB", ""),
    "not root": (lambda room: setattr(room.machine, "user", 1000), "user", STOP, "user id 1000", "ansible_become"),
    "an old Python": (lambda room: setattr(room.machine, "python", (3, 8, 20)), "python", STOP, "3.8.20: the modules need 3.9", "ansible_python_interpreter"),
    # System
    "no os-release": (lambda room: room.write("/etc/os-release", None), "system", WARN, "could not be looked at: there is no /etc/os-release", ""),
    "another system, and a registry": (
        lambda room: (room.write("/etc/os-release", FEDORA), room.need(releases=["debian 12", "debian 13"], instead="Take another host.")),
        "system", STOP, "Fedora Linux 42: lab is for debian 12, debian 13 only", "Take another host.",
    ),
    "another release": (
        lambda room: (room.write("/etc/os-release", DEBIAN_12.replace("12", "11")), room.need(releases=["debian 12"])),
        "system", STOP, "lab is for debian 12 only", "Take a host with debian 12.",
    ),
    "another system, and an engine of its own": (
        lambda room: (room.write("/etc/os-release", FEDORA), room.not_ours(), room.need(engine=True, releases=["debian 12"])),
        "system", PASS, "Fedora Linux 42", "",
    ),
    "another system, and no engine": (
        lambda room: (room.write("/etc/os-release", FEDORA), room.remove_engine(), room.need(engine=True, releases=["debian 12"], instead="Install Docker.")),
        "system", STOP, "lab is for debian 12 only", "Install Docker.",
    ),
    # Clock
    "30 s off": (lambda room: room.params.update(controller_time=970.0), "clock", PASS, "30 s ahead of the controller", ""),
    "31 s off": (lambda room: room.params.update(controller_time=969.0), "clock", WARN, "31 s ahead of the controller", "Set the clock"),
    "31 s behind": (lambda room: room.params.update(controller_time=1031.0), "clock", WARN, "31 s behind the controller", "Set the clock"),
    "301 s off": (lambda room: room.params.update(controller_time=699.0), "clock", STOP, "301 s ahead of the controller", "Set the clock"),
    "no time": (lambda room: room.params.update(controller_time=None), "clock", WARN, "could not be looked at", ""),
    # Engine
    "none": (lambda room: room.remove_engine(), "engine", PASS, "none: provisioning installs", ""),
    "none, and none to be installed": (
        lambda room: (room.remove_engine(), room.params.update(engine_install=False)), "engine", STOP, "none: no Docker engine", "docker_host_install: true",
    ),
    "ours does not run": (lambda room: room.stop_engine(), "engine", WARN, "/usr/sbin/dockerd is there and does not run", "make provision"),
    "another does not run": (lambda room: (room.stop_engine(), room.not_ours()), "engine", STOP, "does not run", "service docker start"),
    "ours does not run, and is not to be touched": (
        lambda room: (room.stop_engine(), room.params.update(engine_install=False)), "engine", STOP, "does not run", "service docker start",
    ),
    "an old engine": (
        lambda room: room.answers["/version"].update(Version="19.03.15", ApiVersion="1.40"), "engine", STOP, "API 1.40", "20.10 or later",
    ),
    "a new engine": (lambda room: room.answers["/version"].update(Version="29.0.0", ApiVersion="1.52"), "engine", PASS, "Docker 29.0.0, API 1.52", ""),
    "ours": (lambda room: None, "engine", PASS, "installed by docker_host", ""),
    "not ours": (lambda room: room.not_ours(), "engine", PASS, "kept as it is", ""),
    "an engine with an error": (
        lambda room: (room.status.update({"/info": 500}), room.answers.update({"/info": {"message": "no space left"}})),
        "engine", WARN, "could not be looked at: ", "docker info",
    ),
    "no answer at all": (lambda room: room.status.update({"/version": 500}), "engine", WARN, "could not be looked at: ", "docker version"),
    # Compose
    "no program can be run": (lambda room: None, "compose", WARN, "could not be looked at", ""),
    "Compose comes": (lambda room: room.remove_engine(), "compose", PASS, "comes with the engine", ""),
    "an engine that does not tell": (
        lambda room: (room.run(0, "2.17.9", ""), room.remove_engine(), setattr(room.machine, "engine", Engine(f"unix://{room.root}/proc/cmdline/s", 5))),
        "compose", STOP, "Compose 2.18 or later", "Install the Compose plugin",
    ),
    "the least Compose": (lambda room: room.run(0, "v2.18.0", ""), "compose", PASS, "2.18.0", ""),
    "an old Compose of ours": (lambda room: room.run(0, "2.17.9", ""), "compose", WARN, "2.17.9; Compose 2.18 or later", "make provision"),
    "an old Compose of another": (
        lambda room: (room.run(0, "2.17.9", ""), room.not_ours()),
        "compose", STOP, "Compose 2.18 or later", "Install the Compose plugin",
    ),
    "no Compose": (
        lambda room: (room.run(1, "", "docker: 'compose' is not a docker command."), room.not_ours()),
        "compose", STOP, "'compose' is not a docker command.; Compose 2.18", "Install the Compose plugin:",
    ),
    "no buildx": (
        lambda room: (room.need(builds=True), room.run(0, "2.18", "", buildx=(1, "", "docker: 'buildx' is not a docker command.")), room.not_ours()),
        "compose", STOP, "'buildx' is not a docker command.", "Install the buildx plugin:",
    ),
    "no buildx, of ours": (
        lambda room: (room.need(builds=True), room.run(0, "2.18", "", buildx=(127, "", ""))),
        "compose", WARN, "buildx version: exit code 127", "make provision",
    ),
    "no buildx, and nothing is built": (lambda room: (room.need(), room.run(0, "2.18", "", buildx=(1, "", ""))), "compose", PASS, "2.18", ""),
    "no library": (
        lambda room: (room.run(0, "2.18", ""), room.not_ours(), setattr(room.machine, "has_library", lambda name: name != "yaml")),
        "compose", STOP, "Python has no yaml", "Install python3-yaml:",
    ),
    # Storage
    "overlayfs": (lambda room: room.say(Driver="overlayfs", DriverStatus=[["driver-type", "io.containerd.snapshotter.v1"]]), "storage", PASS, "overlayfs", ""),
    "vfs": (lambda room: room.say(Driver="vfs"), "storage", WARN, "a whole copy of its image", "storage-driver: overlay2"),
    "devicemapper": (lambda room: room.say(Driver="devicemapper"), "storage", WARN, "deprecated", "storage-driver: overlay2"),
    "btrfs": (lambda room: room.say(Driver="btrfs"), "storage", WARN, "never tried", "storage-driver: overlay2"),
    "no d_type": (lambda room: room.say(DriverStatus=[["Supports d_type", "false"]]), "storage", WARN, "without d_type", "ftype=1"),
    "no engine, and overlay": (lambda room: room.remove_engine(), "storage", PASS, "the kernel has overlay (/proc/filesystems)", ""),
    "no engine, and a module": (
        lambda room: (
            room.remove_engine(), room.write("/proc/filesystems", "ext4\n"), room.write("/proc/sys/kernel/osrelease", "6.1\n"),
            room.write("/lib/modules/6.1/kernel/fs/overlayfs/overlay.ko", ""),
        ),
        "storage", PASS, "/lib/modules/6.1/kernel/fs/overlayfs", "",
    ),
    "no engine, and no overlay": (
        lambda room: (room.remove_engine(), room.write("/proc/filesystems", "ext4\n")), "storage", WARN, "would take vfs", "Boot a kernel",
    ),
    "an engine that does not run": (lambda room: room.stop_engine(), "storage", WARN, "could not be looked at", ""),
    # Cgroups
    "v1": (lambda room: None, "cgroup", PASS, "hybrid, driver cgroupfs: memory, cpu, pids, cpuset", ""),
    "memory disabled": (
        lambda room: room.write("/proc/cgroups", CGROUPS.format(0)),
        "cgroup", STOP, "no memory: the kernel has it disabled", "cgroup_enable=memory",
    ),
    "memory disabled by hand": (
        lambda room: (room.write("/proc/cgroups", CGROUPS.format(0)), room.write("/proc/cmdline", "quiet cgroup_disable=memory")),
        "cgroup", STOP, "no memory", "Take cgroup_disable=memory out of",
    ),
    "the engine sees no cpuset": (
        lambda room: (room.say(CPUSet=False), room.write("/proc/cmdline", "systemd.unified_cgroup_hierarchy=0")),
        "cgroup", STOP, "no cpuset: the engine says CPUSet=false", "Take systemd.unified_cgroup_hierarchy=0 out of",
    ),
    "no cgroups": (lambda room: room.write("/proc/self/mountinfo", ""), "cgroup", WARN, "could not be looked at: no cgroup file system", ""),
    # Swap
    "swap is not counted": (lambda room: room.say(SwapLimit=False), "swap", WARN, "SwapLimit=false", "Add cgroup_enable=memory swapaccount=1"),
    "swap is not counted, and a lab asks": (
        lambda room: (room.say(SwapLimit=False), room.params.update(swap_limits=True)), "swap", STOP, "memory_swap, which a lab asks for", "swapaccount=1",
    ),
    "no engine, and swap counted": (lambda room: room.remove_engine(), "swap", PASS, f"there is {MEMSW}", ""),
    "no engine, and swap not counted": (lambda room: (room.remove_engine(), room.write(MEMSW, None)), "swap", WARN, f"there is no {MEMSW}", "swapaccount=1"),
    # Disk: 20.48 GB are free
    "the disk is enough": (lambda room: room.need(disk=19_480_000_000), "disk", PASS, "20.5 GB free of 41.0 GB; 19.5 GB more needed: lab 19.5 GB", ""),
    "the disk is almost full": (lambda room: room.need(disk=19_480_000_001), "disk", WARN, "19.5 GB more needed", "Free 1 bytes"),
    "the disk is just not full": (lambda room: room.need(disk=20_480_000_000), "disk", WARN, "20.5 GB more needed", "Free 1.0 GB"),
    "the disk is too small": (lambda room: room.need(disk=20_480_000_001), "disk", STOP, "20.5 GB more needed", "larger disk"),
    "nothing is needed": (lambda room: None, "disk", PASS, "no more is needed", ""),
    "the inodes are enough": (lambda room: room.need(inodes=490_000), "inodes", PASS, "500,000 free of 1,000,000; 490,000 more needed: lab 490,000", ""),
    "the inodes are almost used": (lambda room: room.need(inodes=490_001), "inodes", WARN, "490,001 more needed", "more inodes"),
    "the inodes are too few": (lambda room: room.need(inodes=500_001), "inodes", STOP, "500,001 more needed", "more inodes"),
    "inodes as they are needed": (
        lambda room: setattr(room.machine, "statvfs", lambda path: SimpleNamespace(f_frsize=4096, f_blocks=9, f_bavail=9, f_files=0, f_favail=0)),
        "inodes", PASS, "makes them as it needs them", "",
    ),
    # Memory: 2 GiB are available
    "the memory is enough": (lambda room: room.need(memory=GIB, memory_limits=2 * GIB), "memory", PASS, "2.1 GB available of 4.3 GB", ""),
    "the limits are more": (
        lambda room: room.need(memory=GIB, memory_limits=2 * GIB + 1),
        "memory", WARN, "2.1 GB more where every container", "as long as not all",
    ),
    "the memory is too little": (lambda room: room.need(memory=2 * GIB + 1, memory_limits=2 * GIB + 1), "memory", STOP, "lab 2.1 GB", "more memory"),
    "no meminfo": (lambda room: room.write("/proc/meminfo", None), "memory", WARN, "could not be looked at", ""),
    # Packages
    "a source answers": (lambda room: None, "packages", PASS, "http://deb.example.com answers for bookworm", ""),
    "a source does not": (
        lambda room: room.refused.update({"http://deb.example.com/debian": "Connection refused"}),
        "packages", WARN, "no answer from http://deb.example.com/debian/dists/bookworm/: Connection refused", "docker_host_apt_mirror",
    ),
    "a source does not, and something is to be installed": (
        lambda room: (room.remove_engine(), room.refused.update({"http://deb.example.com/debian": "timed out"})), "packages", STOP, "timed out", "proxy",
    ),
    "a source that is to be added does not": (
        lambda room: (
            room.remove_engine(), room.refused.update({"http://more.example.com": "HTTP 404"}),
            room.params.update(apt_sources=[{"uri": "http://more.example.com", "suite": "trixie", "release": "debian 12"}]),
        ),
        "packages", STOP, "no answer from http://more.example.com/dists/trixie/: HTTP 404; http://deb.example.com answers for bookworm", "",
    ),
    "a source that is to be added elsewhere": (
        lambda room: (
            room.remove_engine(), room.refused.update({"http://more.example.com": "HTTP 404"}),
            room.params.update(apt_sources=[{"uri": "http://more.example.com", "suite": "trixie", "release": "debian 13"}]),
        ),
        "packages", PASS, "answers for bookworm", "",
    ),
    "a source on a disk": (
        lambda room: room.write("/etc/apt/sources.list", "deb file:/srv/debian bookworm main\n"),
        "packages", WARN, "file:/srv/debian is no address of HTTP", "",
    ),
    "no sources": (lambda room: room.write("/etc/apt/sources.list", None), "packages", WARN, "there is no source", ""),
    "a source does not, and ours is only to be started": (
        lambda room: (room.stop_engine(), room.refused.update({"http://deb.example.com/debian": "timed out"})), "packages", WARN, "timed out", "proxy",
    ),
    # Registry mirrors
    "no mirror": (lambda room: None, "mirror", PASS, "no registry mirror", ""),
    "a mirror": (lambda room: room.params.update(registries=["https://me:secret@m.example.com"]), "mirror", PASS, "https://m.example.com answers", ""),
    "a mirror that does not answer": (
        lambda room: (room.params.update(registries=["https://m.example.com/"]), room.refused.update({"https://m.example.com": "timed out"})),
        "mirror", WARN, "https://m.example.com does not answer: timed out", "docker_host_daemon_config",
    ),
    "a mirror of the engine's own": (
        lambda room: (room.say(RegistryConfig={"Mirrors": ["https://own.example.com/"]}), room.refused.update({"https://own.example.com": "HTTP 500"})),
        "mirror", WARN, "https://own.example.com does not answer: HTTP 500", "",
    ),
    # TCP
    "nothing on TCP": (lambda room: None, "tcp", PASS, "no engine listens on TCP", ""),
    "nothing tells": (lambda room: room.write("/proc/net/tcp", None), "tcp", WARN, "could not be looked at: there is no /proc/net/tcp", ""),
    # Time
    "time": (lambda room: (room.need(name="one", seconds=60), room.need(name="two", seconds=100)), "time", PASS, "3 min more needed: two 2 min, one 60 s", ""),
}  # fmt: skip


@pytest.mark.parametrize("case", V1_CASES)
def test_one_thing_is_not_as_it_should_be(room, case):
    change, check, outcome, read, advice = V1_CASES[case]
    change(room)
    row = room.rows()[check]
    assert (row["outcome"], read in row["read"], advice in row["advice"]) == (outcome, True, True), row
    assert bool(row["advice"]) == (outcome != PASS)


V2_CASES = {
    "all": (lambda room: None, "cgroup", PASS, "v2, driver cgroupfs: memory, cpu, pids, cpuset", ""),
    "no memory": (
        lambda room: room.write("/sys/fs/cgroup/cgroup.controllers", "cpuset cpu io pids\n"),
        "cgroup", STOP, "no memory: the kernel does not have it mounted", "Add cgroup_enable=memory to GRUB_CMDLINE_LINUX",
    ),
    "no memory and no pids": (
        lambda room: room.write("/sys/fs/cgroup/cgroup.controllers", "cpuset cpu io\n"), "cgroup", STOP, "no pids: the kernel", "cgroup_enable=pids",
    ),
    "swap is not counted": (lambda room: room.say(SwapLimit=False), "swap", WARN, "SwapLimit=false", "Add swapaccount=1"),
    "no engine, and swap counted": (lambda room: room.remove_engine(), "swap", PASS, "there is /sys/fs/cgroup/system.slice/memory.swap.max", ""),
    "no engine, and swap not counted": (
        lambda room: (room.remove_engine(), [file.unlink() for file in Path(room.root, "sys").rglob("memory.swap.max")]),
        "swap", WARN, "there is no /sys/fs/cgroup/", "swapaccount=1",
    ),
    "no engine, and nothing tells": (
        lambda room: (room.remove_engine(), [file.unlink() for file in Path(room.root, "sys").rglob("memory.max")]),
        "swap", WARN, "could not be looked at: no cgroup in /sys/fs/cgroup has memory.max yet", "",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", V2_CASES)
def test_cgroup_v2(room_v2, case):
    change, check, outcome, read, advice = V2_CASES[case]
    change(room_v2)
    row = room_v2.rows()[check]
    assert (row["outcome"], read in row["read"], advice in row["advice"]) == (outcome, True, True), row


@pytest.mark.parametrize(
    ("kind", "outcome", "words"),
    [
        (answers.OPEN, STOP, "0.0.0.0:2375 is a Docker engine that asks nobody for a certificate"),
        (answers.UNVERIFIED, STOP, "TLS that asks no client for a certificate"),
        (answers.VERIFIED, PASS, "0.0.0.0:2375 wants a certificate of its clients"),
        (answers.OTHER, PASS, "0.0.0.0:2375 is another program"),
        (answers.SILENT, WARN, "could not be looked at: 0.0.0.0:2375 gives no answer within 0.5 s"),
    ],
)
def test_somebody_listens_at_2375(room, monkeypatch, kind, outcome, words):
    room.write("/proc/net/tcp", TCP + DOCKERD.format(2375, "77"))
    asked = []
    monkeypatch.setattr(answers, "engine_at", lambda listener, timeout: asked.append((listener, timeout)) or kind)
    row = room.rows()["tcp"]
    assert (row["outcome"], words in row["read"]) == (outcome, True), row
    assert bool(row["advice"]) == (outcome != PASS)
    assert asked == [(Listening("0.0.0.0", 2375, "77"), 0.5)]


@pytest.mark.parametrize(
    ("kind", "outcome", "words"), [(answers.OPEN, STOP, "0.0.0.0:9999 is a Docker engine"), (answers.OTHER, PASS, "is dockerd, and no API")]
)
def test_dockerd_listens_elsewhere(room, monkeypatch, kind, outcome, words):
    room.dockerd_listens(9999)
    monkeypatch.setattr(answers, "engine_at", lambda listener, timeout: kind)
    row = room.rows()["tcp"]
    assert (row["outcome"], words in row["read"]) == (outcome, True), row


def test_an_open_engine_and_a_silent_one(room, monkeypatch):
    room.write("/proc/net/tcp", TCP + DOCKERD.format(2375, "77") + DOCKERD.format(2376, "78"))
    monkeypatch.setattr(answers, "engine_at", lambda listener, timeout: answers.SILENT if listener.port == 2375 else answers.OPEN)
    assert room.rows()["tcp"]["outcome"] == STOP


def test_what_is_there_already_is_not_needed_again(room):
    room.answers["/containers/json"] = [{"Id": "1", "Names": ["/ashux1", "/other/web"]}, {"Id": "2", "Names": ["/web"]}]
    room.answers["/images/json"] = [{"RepoTags": ["ashuflask:v001"]}, {"RepoTags": None}]
    room.write("/srv/site", "")
    room.need(
        disk=1000, inodes=100, memory=400, memory_limits=1400, seconds=40,
        containers=["ashux1", "ashux2"], images=["docker.io/library/ashuflask:v001"], paths=["/srv/site"],
    )  # fmt: skip
    rows = room.rows()
    assert "; 250 bytes more needed: lab 250 bytes" in rows["disk"]["read"]
    assert "; 25 more needed: lab 25" in rows["inodes"]["read"]
    # What may still be used of limits is not there yet, whatever is.
    assert "; 100 bytes more needed: lab 100 bytes; 1.1 kB more where every" in rows["memory"]["read"]
    assert rows["time"]["read"] == "10 s more needed: lab 10 s, on 2 CPUs; 3 of 4 containers, images and folders are there already"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda room: room.remove_engine(), "1.0 kB more needed: lab 1.0 kB"),
        (lambda room: None, "no more is needed"),
        (lambda room: room.not_ours(), "no more is needed"),
        (lambda room: (room.remove_engine(), room.params.update(engine_install=False)), "no more is needed"),
    ],
)
def test_the_engine_is_installed_where_there_is_none(room, change, expected):
    room.need(disk=1000, engine=True)
    change(room)
    assert room.rows()["disk"]["read"].endswith(expected)


def test_the_disk_is_that_of_the_engine(room):
    asked = []
    disk = room.machine.statvfs
    room.machine.statvfs = lambda path: asked.append(path) or disk(path)
    room.say(DockerRootDir="/data/docker/deep")
    (room.root / "data").mkdir()
    assert room.rows()["disk"]["read"].startswith("/data has ")
    room.remove_engine()
    assert room.rows()["disk"]["read"].startswith("/var/lib/docker has ")
    assert asked == [f"{room.root}/data", f"{room.root}/var/lib/docker"]


def test_a_disk_that_does_not_tell(room):
    def refuse(path):
        raise PermissionError(13, "Permission denied")

    room.machine.statvfs = refuse
    rows = room.rows()
    assert [(rows[check]["outcome"], "could not be looked at" in rows[check]["read"]) for check in ("disk", "inodes")] == [(WARN, True)] * 2


@pytest.mark.parametrize("path", ["/etc/os-release", "/proc/meminfo", "/proc/cgroups", "/proc/filesystems", "/etc/apt/sources.list", "/proc/net/tcp"])
def test_what_may_not_be_read_is_never_a_pass(room, monkeypatch, path):
    room.remove_engine()
    before = {check: row["outcome"] for check, row in room.rows().items()}
    read = Kernel.read

    def denied(kernel, asked):
        if asked == path:
            raise KernelError(f"{path} cannot be read by user id 1000: Permission denied")
        return read(kernel, asked)

    monkeypatch.setattr(Kernel, "read", denied)
    rows = room.rows()
    changed = {check for check, row in rows.items() if row["read"].startswith(f"could not be looked at: {path}")}
    assert changed and all(rows[check]["outcome"] == WARN for check in changed)
    assert {check for check in rows if rows[check]["outcome"] != before[check]} <= changed


def test_what_the_controller_gets(room):
    room.answers["/containers/json"] = [{"Id": "1", "Names": ["/a"], "Labels": {"x": "y"}, "Ports": [], "Command": "secret"}]
    room.answers["/networks"] = [{"Name": "bridge", "Id": "2", "Labels": {}, "Options": {}, "IPAM": {}, "Containers": {}}]
    found = look(room.machine, room.params)["found"]
    assert found["engine"] == "there"
    assert found["containers"] == [{"Names": ["/a"], "Labels": {"x": "y"}, "Ports": []}]
    assert [set(network) for network in found["networks"]] == [{"Name", "Id", "Labels", "Options", "IPAM"}]
    assert found["routes"].startswith("Iface") and found["sockets"] == [TCP.rstrip("\n")] and "MemTotal" in found["meminfo"]
    room.remove_engine()
    assert look(room.machine, room.params)["found"]["engine"] == "absent"
    room.write("/usr/sbin/dockerd", "")
    assert look(room.machine, room.params)["found"]["engine"] == "unknown"


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        pytest.param("answer_timeout", 0, "answer_timeout: 0", id="no time for an answer"),
        pytest.param("answer_timeout", NAN, "answer_timeout: nan", id="a time that is no number"),
        pytest.param("controller_time", NAN, "controller_time: nan", id="a clock that is no number"),
        pytest.param("needs", [{**NEED, "name": "lab", "disk": -1}], "needs (lab): disk: -1 is out of range: it must be at least 0", id="less than nothing"),
        pytest.param("needs", [{**NEED, "name": "lab", "seconds": NAN}], "needs (lab): seconds: nan is out of range", id="seconds that are no number"),
        pytest.param("needs", [{**NEED, "name": "lab", "seconds": float("inf")}], "needs (lab): seconds: inf is out of range", id="seconds without end"),
        pytest.param("compose_minimum", "x", "compose_minimum: 'x' is not a version, such as 2.18", id="no version"),
        pytest.param("compose_minimum", "", "compose_minimum: '' is not a version", id="an empty version"),
        pytest.param("compose_minimum", "2.x", "compose_minimum: '2.x' is not a version", id="half a version"),
    ],
)
def test_bad_input(room, option, value, words):
    room.params[option] = value
    with pytest.raises(ClassroomError) as refused:
        look(room.machine, room.params)
    assert words in str(refused.value)
