# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a container's cgroups are, and what their files say."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import pytest
from ansible_collections.classroom.containers.plugins.module_utils import _cgroups
from ansible_collections.classroom.containers.plugins.module_utils._cgroups import Gone, Kernel, KernelError
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError

ID = "4d" * 32
OTHER = "5e" * 32
PID = 2317
STAT = f"{PID} (s) h (x)) S 1 2 3 4 5 {{flags}} 7 8 9 10 11 12 13 14 15 16 17 18 {{start}} 20 21"
V1_MEMORY = "35 31 0:32 / /sys/fs/cgroup/memory rw,relatime shared:13 - cgroup cgroup rw,memory"
HYBRID = "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw"
V2_ALONE = "31 23 0:27 / /sys/fs/cgroup rw shared:9 - cgroup2 cgroup2 rw,nsdelegate"


class Tree:
    """A made tree of kernel files."""

    def __init__(self, folder):
        self.folder = folder
        self.start("100")

    def write(self, path, text):
        file = self.folder / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text + "\n")
        return self

    def start(self, ticks, state="S", flags=0x400100):
        return self.write(f"/proc/{PID}/stat", STAT.format(start=ticks, flags=flags).replace(" S ", f" {state} "))

    def mounts(self, *lines):
        return self.write("/proc/self/mountinfo", "\n".join(lines))

    def member(self, *lines):
        return self.write(f"/proc/{PID}/cgroup", "\n".join(lines))

    def procs(self, directory, *pids):
        return self.write(f"{directory}/cgroup.procs", "\n".join(map(str, pids or (PID,))))

    @property
    def kernel(self):
        return Kernel(str(self.folder))

    def life(self):
        return self.kernel.life(PID, ID)


@pytest.fixture
def tree(tmp_path):
    return Tree(tmp_path)


#: mountinfo lines, lines of /proc/PID/cgroup, controller, the directory found, those above it
PLACES = {
    "v1, cgroupfs": (
        [V1_MEMORY],
        [f"4:memory:/docker/{ID}"],
        "memory",
        f"/sys/fs/cgroup/memory/docker/{ID}",
        ["/sys/fs/cgroup/memory/docker", "/sys/fs/cgroup/memory"],
    ),
    "v1, CgroupParent": (
        [V1_MEMORY],
        [f"4:memory:/class/ashu/{ID}"],
        "memory",
        f"/sys/fs/cgroup/memory/class/ashu/{ID}",
        ["/sys/fs/cgroup/memory/class/ashu", "/sys/fs/cgroup/memory/class", "/sys/fs/cgroup/memory"],
    ),
    "v1, several controllers on one mount": (
        ["33 31 0:30 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct"],
        [f"1:cpu,cpuacct:/docker/{ID}"],
        "cpuacct",
        f"/sys/fs/cgroup/cpu,cpuacct/docker/{ID}",
        ["/sys/fs/cgroup/cpu,cpuacct/docker", "/sys/fs/cgroup/cpu,cpuacct"],
    ),
    "v2, systemd": (
        [V2_ALONE],
        [f"0::/system.slice/docker-{ID}.scope"],
        "unified",
        f"/sys/fs/cgroup/system.slice/docker-{ID}.scope",
        ["/sys/fs/cgroup/system.slice", "/sys/fs/cgroup"],
    ),
    "v2, rootless": (
        [V2_ALONE],
        [f"0::/user.slice/user-1000.slice/user@1000.service/app.slice/docker-{ID}.scope"],
        "unified",
        f"/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/app.slice/docker-{ID}.scope",
        [
            "/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/app.slice",
            "/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service",
            "/sys/fs/cgroup/user.slice/user-1000.slice",
            "/sys/fs/cgroup/user.slice",
            "/sys/fs/cgroup",
        ],
    ),
    "hybrid, the v2 part": (
        [V1_MEMORY, HYBRID],
        [f"4:memory:/docker/{ID}", f"0::/docker/{ID}"],
        "unified",
        f"/sys/fs/cgroup/unified/docker/{ID}",
        ["/sys/fs/cgroup/unified/docker", "/sys/fs/cgroup/unified"],
    ),
    "an escaped mount point": (
        [r"35 31 0:32 / /sys/fs/c\040g\134roup/memory rw - cgroup cgroup rw,memory"],
        [f"4:memory:/docker/{ID}"],
        "memory",
        rf"/sys/fs/c g\roup/memory/docker/{ID}",
        [r"/sys/fs/c g\roup/memory/docker", r"/sys/fs/c g\roup/memory"],
    ),
    "a mount root": (
        [V1_MEMORY.replace(" / ", " /lxc/one ", 1)],
        [f"4:memory:/lxc/one/docker/{ID}"],
        "memory",
        f"/sys/fs/cgroup/memory/docker/{ID}",
        ["/sys/fs/cgroup/memory/docker", "/sys/fs/cgroup/memory"],
    ),
    "an escaped mount root": (
        [V1_MEMORY.replace(" / ", r" /a\134x2db ", 1)],
        [rf"4:memory:/a\x2db/docker/{ID}"],
        "memory",
        f"/sys/fs/cgroup/memory/docker/{ID}",
        ["/sys/fs/cgroup/memory/docker", "/sys/fs/cgroup/memory"],
    ),
    "a part mounted elsewhere before": (
        ["30 23 0:32 /other /mnt rw - cgroup cgroup rw,memory", V1_MEMORY],
        [f"4:memory:/docker/{ID}"],
        "memory",
        f"/sys/fs/cgroup/memory/docker/{ID}",
        ["/sys/fs/cgroup/memory/docker", "/sys/fs/cgroup/memory"],
    ),
    "a reader inside the container": ([V1_MEMORY.replace(" / ", f" /docker/{ID} ", 1)], [f"4:memory:/docker/{ID}"], "memory", "/sys/fs/cgroup/memory", []),
    "an engine inside a container": (
        [V1_MEMORY],
        [f"4:memory:/docker/{OTHER}/docker/{ID}"],
        "memory",
        f"/sys/fs/cgroup/memory/docker/{OTHER}/docker/{ID}",
        [f"/sys/fs/cgroup/memory/docker/{OTHER}/docker", f"/sys/fs/cgroup/memory/docker/{OTHER}", "/sys/fs/cgroup/memory/docker", "/sys/fs/cgroup/memory"],
    ),
    "a controller that the engine leaves alone": (
        [V1_MEMORY, "36 31 0:33 / /sys/fs/cgroup/rdma rw - cgroup cgroup rw,rdma"],
        ["5:rdma:/", f"4:memory:/docker/{ID}"],
        "memory",
        f"/sys/fs/cgroup/memory/docker/{ID}",
        ["/sys/fs/cgroup/memory/docker", "/sys/fs/cgroup/memory"],
    ),
}


@pytest.mark.parametrize("root", ["", "rel", "/etc/passwd", "/nope", "/dev/shm"])
def test_a_root_that_is_none(root):
    with pytest.raises(ClassroomError, match=f"root: '{root}' is not a folder"):
        Kernel(root)


@pytest.mark.parametrize("mounts, member, controller, path, ancestors", PLACES.values(), ids=PLACES)
def test_places(tree, mounts, member, controller, path, ancestors):
    tree.mounts(*mounts).member(*member).procs(path)
    for line in member:
        if line.startswith("4:memory:") and controller == "unified":
            tree.procs("/sys/fs/cgroup/memory" + line.split(":")[2])
    directory = tree.life().directory(controller)
    assert directory.path == path
    assert list(directory.ancestors) == ancestors


@pytest.mark.parametrize("child", ["/init", "/init.scope", f"/kubepods/{ID}", f"/docker-{ID}.scope"])
def test_pid_1_in_a_child(tree, child):
    scope = f"/system.slice/docker-{ID}.scope"
    tree.mounts(V2_ALONE).member(f"0::{scope}{child}").procs(f"/sys/fs/cgroup{scope}{child}")
    assert tree.life().directory("unified").path == f"/sys/fs/cgroup{scope}"


MOVED = {
    "a cgroup of its own": ("/lim/lim2", "/sys/fs/cgroup/memory/lim/lim2", ["/sys/fs/cgroup/memory/lim", "/sys/fs/cgroup/memory"]),
    "another container's": (f"/docker/{OTHER}", f"/sys/fs/cgroup/memory/docker/{OTHER}", ["/sys/fs/cgroup/memory/docker", "/sys/fs/cgroup/memory"]),
}


@pytest.mark.parametrize("path, directory, ancestors", MOVED.values(), ids=MOVED)
def test_where_pid_1_was_moved_to_is_what_limits_it(tree, path, directory, ancestors):
    """Under one controller of v1 alone; the others tell that it is this container's process."""
    pids = f"/sys/fs/cgroup/pids/docker/{ID}"
    tree.mounts(V1_MEMORY, "36 31 0:33 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids").member(f"4:memory:{path}", f"5:pids:/docker/{ID}").procs(pids)
    found = tree.life().directories
    assert found["memory"].path == directory
    assert list(found["memory"].ancestors) == ancestors
    assert found["pids"].path == pids


@pytest.mark.parametrize("root", ["4:memory:/", "0::/system.slice/docker.service"])
def test_what_the_engine_leaves_alone_limits_nothing(tree, root):
    """The root of v1, and whatever cgroup of v2 the engine itself is in, beside v1."""
    pids = f"/sys/fs/cgroup/pids/docker/{ID}"
    mounts = [V1_MEMORY, "36 31 0:33 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids", HYBRID]
    tree.mounts(*mounts).member(root, f"5:pids:/docker/{ID}").procs(pids)
    assert list(tree.life().directories) == ["pids"]


#: What the process is in of memory and pids, whether there is a directory of its container in pids; that of pids
AT_ROOT = {
    "moved there": (f"4:memory:/docker/{ID}", True, "/sys/fs/cgroup/pids"),
    "never in another": (f"4:memory:/docker/{ID}", False, None),
    "moved there, and elsewhere in the other": ("4:memory:/lim", True, "/sys/fs/cgroup/pids"),
    "moved there in both": ("4:memory:/", True, "/sys/fs/cgroup/pids"),
}


@pytest.mark.parametrize("memory, left, found", AT_ROOT.values(), ids=AT_ROOT)
def test_what_was_moved_to_the_root_has_no_limit(tree, memory, left, found):
    """A directory of its container in that hierarchy tells that the engine had put it there."""
    unified = f"/sys/fs/cgroup/unified/docker/{ID}"
    mounts = [V1_MEMORY, "36 31 0:33 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids", HYBRID]
    tree.mounts(*mounts).member(memory, "5:pids:/", f"0::/docker/{ID}/init").procs(f"{unified}/init").procs(f"/sys/fs/cgroup/memory/docker/{ID}")
    if left:
        tree.procs(f"/sys/fs/cgroup/pids/docker/{ID}", 7)
    directory = tree.life().directory("pids")
    assert (directory and (directory.path, directory.ancestors)) == (found and (found, ()))


ELSEWHERE = {
    "another cgroup namespace": ([V1_MEMORY], [f"4:memory:/../../docker/{ID}"], "outside of this process's cgroup namespace"),
    "another mount root": ([V1_MEMORY.replace(" / ", " /lxc ", 1)], [f"4:memory:/docker/{ID}"], "is not under /lxc"),
    "a mount root with that beginning": ([V1_MEMORY.replace(" / ", " /dock ", 1)], [f"4:memory:/docker/{ID}"], "is not under /dock"),
    "a mount from another cgroup namespace": ([V1_MEMORY.replace(" / ", " /.. ", 1)], [f"4:memory:/docker/{ID}"], "is not under /.."),
    "only a child mounted": ([V1_MEMORY.replace(" / ", f" /docker/{ID}/init ", 1)], [f"4:memory:/docker/{ID}/init"], "is below the container's own cgroup"),
    "no driver": ([V2_ALONE], ["0::/user.slice/session-1.scope"], "no cgroup of process 2317 carries the container's id"),
    "a removed cgroup": ([V1_MEMORY], [f"4:memory:/docker/{ID} (deleted)"], "cgroup.procs"),
    "no cgroup mount": (["29 1 254:1 / / rw - ext4 /dev/vda1 rw"], [f"4:memory:/docker/{ID}"], "no cgroup file system is mounted"),
}


@pytest.mark.parametrize("mounts, member, message", ELSEWHERE.values(), ids=ELSEWHERE)
def test_elsewhere(tree, mounts, member, message):
    tree.procs("/sys/fs/cgroup/memory")
    with pytest.raises(KernelError, match=message):
        tree.mounts(*mounts).member(*member).life()


def test_another_pid_namespace(tree):
    tree.mounts(V1_MEMORY).member(f"4:memory:/docker/{ID}").procs(f"/sys/fs/cgroup/memory/docker/{ID}", 7, 23170)
    with pytest.raises(KernelError, match="another PID namespace"):
        tree.life()


def test_a_pid_that_another_container_has_now(tree):
    tree.mounts(V1_MEMORY).member(f"4:memory:/docker/{OTHER}").procs(f"/sys/fs/cgroup/memory/docker/{OTHER}")
    with pytest.raises(KernelError, match="carries the container's id"):
        tree.life()


def test_no_such_process(tree):
    os.unlink(tree.folder / f"proc/{PID}/stat")
    with pytest.raises(Gone):
        tree.mounts(V1_MEMORY).life()


@pytest.mark.parametrize("state", ["Z", "X"])
def test_a_process_that_has_ended_is_gone(tree, state):
    tree.mounts(V1_MEMORY).member(f"4:memory:/docker/{ID}").procs(f"/sys/fs/cgroup/memory/docker/{ID}").start("100", state)
    with pytest.raises(Gone):
        tree.life()


def test_a_process_that_is_just_ending_is_gone(tree):
    """Its v1 cgroups are the root's by then, and that of v2 is not: it would seem that the host has no memory controller."""
    tree.mounts(V1_MEMORY, HYBRID).member("4:memory:/", f"0::/docker/{ID}")
    tree.procs(f"/sys/fs/cgroup/unified/docker/{ID}")
    life = tree.kernel.life(PID, ID)
    assert life.directory("memory") is None
    tree.start("100", "R", 0x400104)
    assert not tree.kernel.still(life)
    with pytest.raises(Gone):
        tree.life()


@pytest.mark.parametrize("ticks, state, still", [("100", "S", True), ("100", "R", True), ("101", "S", False), ("100", "Z", False)])
def test_still(tree, ticks, state, still):
    tree.mounts(V1_MEMORY).member(f"4:memory:/docker/{ID}").procs(f"/sys/fs/cgroup/memory/docker/{ID}")
    kernel = tree.kernel
    life = kernel.life(PID, ID)
    tree.start(ticks, state)
    assert kernel.still(life) is still


MODES = {
    "v1": ([V1_MEMORY], "v1", 1),
    "hybrid": ([V1_MEMORY, HYBRID], "hybrid", 1),
    "v2": ([V2_ALONE], "v2", 2),
    "v2 with a named hierarchy": (["39 31 0:36 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,seclabel,xattr,name=systemd", V2_ALONE], "v2", 2),
}


@pytest.mark.parametrize("mounts, mode, version", MODES.values(), ids=MODES)
def test_mode(tree, mounts, mode, version):
    tree.mounts(*mounts)
    if mode == "v2":
        tree.write("/sys/fs/cgroup/cgroup.controllers", "cpu memory pids")
    assert tree.kernel.mode == mode
    assert tree.kernel.version_of("memory") == version
    assert tree.kernel.version_of("hugetlb") is None


def test_the_hosts_mounts_count_under_another_root(tree):
    tree.write("/proc/1/mountinfo", V1_MEMORY).mounts(V1_MEMORY.replace(" / ", " /docker/x ", 1))
    assert [mount.root for mount in tree.kernel.mounts] == ["/"]


def test_a_thread_that_asks_while_another_reads_the_mounts(tree, monkeypatch):
    tree.mounts(V1_MEMORY, HYBRID).member(f"4:memory:/docker/{ID}", f"0::/docker/{ID}")
    tree.procs(f"/sys/fs/cgroup/memory/docker/{ID}").procs(f"/sys/fs/cgroup/unified/docker/{ID}")
    kernel, read, lives = tree.kernel, Kernel.read, []

    def read_and_meanwhile(self, path):
        if path.endswith("/cgroup.controllers") and not lives:
            lives.append(None)
            with ThreadPoolExecutor() as pool:
                lives.append(pool.submit(kernel.life, PID, ID).result())
        return read(self, path)

    monkeypatch.setattr(Kernel, "read", read_and_meanwhile)
    assert kernel.life(PID, ID) == lives[1]
    assert "unified" in lives[1].directories


def _least(tree, own, *above):
    path = f"/sys/fs/cgroup/memory/a/docker-{ID}"
    tree.mounts(V1_MEMORY).member(f"4:memory:/a/docker-{ID}").procs(path)
    for directory, text in zip((path, "/sys/fs/cgroup/memory/a", "/sys/fs/cgroup/memory"), (own, *above)):
        if text is not None:
            tree.write(f"{directory}/limit", text)
    kernel = tree.kernel
    return kernel.value(kernel.life(PID, ID).directory("memory"), ("limit",), int, min)


#: the container's own text, those above it; own value, effective value, where
ANCESTORS = [
    ("50", ["20", "90"], 50, 20, "/sys/fs/cgroup/memory/a"),
    ("50", ["90", "20"], 50, 20, "/sys/fs/cgroup/memory"),
    ("50", ["30", "20"], 50, 20, "/sys/fs/cgroup/memory"),
    ("50", ["20", "30"], 50, 20, "/sys/fs/cgroup/memory/a"),
    ("50", ["50", "50"], 50, 50, f"/sys/fs/cgroup/memory/a/docker-{ID}"),
    ("50", [None, None], 50, 50, f"/sys/fs/cgroup/memory/a/docker-{ID}"),
    ("50", [None, "20"], 50, 20, "/sys/fs/cgroup/memory"),
    (None, ["20", "30"], None, 20, "/sys/fs/cgroup/memory/a"),
    (None, [None, None], None, None, ""),
]


@pytest.mark.parametrize("text, above, own, effective, where", ANCESTORS)
def test_the_strictest_of_the_ancestors(tree, text, above, own, effective, where):
    value = _least(tree, text, *above)
    assert (value.own, value.effective, value.effective_at) == (own, effective, where)
    if effective is not None:
        assert value.effective_evidence == [f"{where}/limit={effective}"]


def test_ancestors_are_read_once_until_forgotten(tree):
    path = f"/sys/fs/cgroup/memory/a/docker-{ID}"
    _least(tree, "50", "20", "90")
    kernel = tree.kernel
    directory = kernel.life(PID, ID).directory("memory")
    assert kernel.value(directory, ("limit",), int, min).effective == 20
    tree.write("/sys/fs/cgroup/memory/a/limit", "10").write(f"{path}/limit", "40")
    assert kernel.value(directory, ("limit",), int, min).own == 40
    assert kernel.value(directory, ("limit",), int, min).effective == 20
    kernel.forget()
    assert kernel.value(directory, ("limit",), int, min).effective == 10


@pytest.mark.parametrize("error, answer", [(2, None), (19, None), (95, None), (3, None)])
def test_nothing_to_say(tree, monkeypatch, error, answer):
    monkeypatch.setattr(_cgroups.os, "open", _raising(error))
    assert tree.kernel.read("/x") is answer


@pytest.mark.parametrize("error", [1, 13, 5])
def test_unreadable_is_not_absent(tree, monkeypatch, error):
    monkeypatch.setattr(_cgroups.os, "open", _raising(error))
    with pytest.raises(KernelError, match="/x cannot be read"):
        tree.kernel.read("/x")


def _raising(error):
    def fail(*_args):
        raise OSError(error, os.strerror(error))

    return fail


def test_long_files(tree):
    text = "line\n" * 50000
    assert tree.write("/x", text).kernel.read("/x") == text.rstrip("\n")


def test_devices():
    kernel = Kernel("/")
    assert kernel.device("/dev/null") == ("c", "1:3")
    assert kernel.device("/etc/passwd") is None
    assert kernel.device("/dev/there-is-none") is None
