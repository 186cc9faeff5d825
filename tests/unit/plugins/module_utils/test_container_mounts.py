# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is mounted in a container: declared, in the kernel, and wrong by one."""

from __future__ import annotations

import os

import pytest
from ansible_collections.classroom.containers.plugins.module_utils._container_mounts import Mount, parse_mount
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError

VOLUMES = "/var/lib/docker/volumes"


def volume(name="data", target="/data", writable=True):
    return {"Type": "volume", "Name": name, "Source": f"{VOLUMES}/{name}/_data", "Destination": target, "RW": writable}


def bind(source="/srv/data", target="/data", writable=True):
    return {"Type": "bind", "Source": source, "Destination": target, "RW": writable}


def point(root=f"{VOLUMES}/data/_data", target="/data", options="rw,relatime", kind="ext4", more="rw"):
    return f"9 8 254:0 {root} {target} {options} master:1 - {kind} /dev/vda {more}"


def asked(kind="volume", source="data", target="/data", read_only=False):
    return {"type": kind, "source": source, "target": target, "read_only": read_only}


TMPFS = asked("tmpfs", None, "/run")
SRV = point("/srv/data")

#: Mounts, HostConfig.Tmpfs, the process's mounts (None where they cannot be read), what is asked, the verdict, words of the hint
MOUNTS = [
    ([volume()], None, [point()], asked(), "ok", ""),
    ([volume()], None, [point()], asked(target="/data/"), "ok", ""),
    ([volume()], None, [point()], asked(source=None), "ok", ""),
    ([volume(writable=False)], None, [point(options="ro,relatime")], asked(read_only=True), "ok", ""),
    ([bind()], None, [SRV], asked("bind", "/srv/data"), "ok", ""),
    ([bind("/srv/data/")], None, [SRV], asked("bind", "/srv//data"), "ok", ""),
    # A file system of its own at /srv, at /srv/data, and a subvolume
    ([bind()], None, [point("/data")], asked("bind", "/srv/data"), "ok", ""),
    ([bind()], None, [point("/")], asked("bind", "/srv/data"), "ok", ""),
    ([bind()], None, [point("/@/srv/data")], asked("bind", "/srv/data"), "ok", ""),
    ([bind("/srv/my data", "/my data")], None, [point("/srv/my\\\\040data", "/my\\\\040data")], asked("bind", "/srv/my data", "/my data"), "ok", ""),
    ([], {"/run": "size=1m"}, [point("/", "/run", kind="tmpfs")], TMPFS, "ok", ""),
    ([], {"/run": "ro"}, [point("/", "/run", "ro", "tmpfs")], dict(TMPFS, read_only=True), "ok", ""),
    ([{"Type": "tmpfs", "Source": "", "Destination": "/run", "RW": True}], None, [point("/", "/run", kind="tmpfs")], TMPFS, "ok", ""),
    # Others are not looked at.
    ([volume(), volume("more", "/more")], {"/run": ""}, [point(), point(target="/more")], asked(), "ok", ""),
    # Wrong by one: nothing, the source, the place, the kind, whether it can be written
    ([], None, [], asked(), "missing", "nothing mounted at /data, and volume data:/data:rw is asked: create it again with docker run --volume data:/data."),
    ([volume("dat")], None, [point()], asked(), "differs", "has volume dat:/data:rw, and volume data:/data:rw is asked: create it"),
    ([volume("Data")], None, [point()], asked(), "differs", "Capital letters count"),
    ([bind("/srv/dat")], None, [SRV], asked("bind", "/srv/data"), "differs", "--volume /srv/data:/data"),
    ([volume(target="/dat")], None, [point(target="/dat")], asked(), "differs", "has data at /dat, and /data is asked"),
    ([volume("other", "/dat")], None, [point(target="/dat")], asked(), "missing", ""),
    ([bind()], None, [SRV], asked(), "differs", "one without is the name of a volume"),
    ([volume()], None, [point()], asked("bind", "/srv/data"), "differs", "A source that begins with a slash is a folder of the host"),
    ([], {"/data": ""}, [point("/", kind="tmpfs")], asked(), "differs", "tmpfs is memory, and gone with the container"),
    ([volume(target="/run")], None, [point(target="/run")], TMPFS, "differs", "docker run --tmpfs /run"),
    ([volume()], None, [point()], asked(read_only=True), "differs", ":ro behind the target lets nothing be written"),
    ([volume(writable=False)], None, [point(options="ro")], asked(), "differs", "Without :ro behind the target it can be written"),
    ([], {"/run": "rw,ro"}, [point("/", "/run", "ro", "tmpfs")], TMPFS, "differs", "docker run --tmpfs /run."),
    # The kernel says otherwise.
    ([volume()], None, [], asked(), "not_enforced", "nothing is mounted there: docker restart cgt-free"),
    ([volume()], None, [point(), point(target="/data", options="ro")], asked(), "not_enforced", "the kernel has it ro"),
    ([volume(writable=False)], None, [point()], asked(read_only=True), "not_enforced", "the kernel has it rw"),
    # A file system that is read-only as a whole
    ([volume()], None, [point(more="ro,errors=continue")], asked(), "not_enforced", "the kernel has it ro"),
    ([], {"/run": ""}, [point("/", "/run", kind="ext4")], TMPFS, "not_enforced", "the kernel has ext4 there"),
    ([bind()], None, [point("/srv/data//deleted")], asked("bind", "/srv/data"), "not_enforced", "has been removed since"),
    ([bind()], None, [point("/opt/other")], asked("bind", "/srv/data"), "unverifiable", "may be the same or not"),
    ([volume()], None, None, asked(), "unverifiable", "could not be read"),
]


@pytest.mark.parametrize(("mounts", "tmpfs", "lines", "wanted", "verdict", "words"), MOUNTS)
def test_mounts(lab, mounts, tmpfs, lines, wanted, verdict, words):
    lab.container["Mounts"] = mounts
    lab.container["HostConfig"]["Tmpfs"] = tmpfs
    root = "1 2 0:1 / / rw,relatime - overlay overlay rw"
    lab.host.write("/proc/31443/mountinfo", "" if lines is None else "\n".join([root, *lines]).replace("\\\\", "\\"))
    found = lab.one(mounts=[wanted])
    assert (found.verdict, found.asked) == (verdict, parse_mount(wanted).words)
    assert words in found.hint
    if verdict == "ok":
        assert found.enforced == found.declared
    assert (found.enforced is None) == (lines is None or not any(f" {wanted['target'].rstrip('/')} " in line.replace("\\\\040", " ") for line in lines))


def test_a_source_that_is_a_link(lab):
    lab.host.write("/opt/real/x", "")
    (lab.host.root / "srv").mkdir()
    (lab.host.root / "srv/data").symlink_to(lab.host.root / "opt/real")
    lab.container["Mounts"] = [bind()]
    lab.host.write("/proc/31443/mountinfo", point("/opt/real"))
    assert lab.one(mounts=[asked("bind", "/srv/data")]).verdict == "ok"


def test_a_source_by_another_path(lab):
    """As /run/docker.sock and /var/run/docker.sock; asked or told, and another folder beside it."""
    lab.host.write("/run/app/x", "")
    (lab.host.root / "var").mkdir()
    (lab.host.root / "var/run").symlink_to(lab.host.root / "run")
    lab.host.write("/proc/31443/mountinfo", point("/app"))
    for told, wanted in (("/run/app", "/var/run/app"), ("/var/run/app", "/run/app")):
        lab.container["Mounts"] = [bind(told)]
        assert lab.one(mounts=[asked("bind", wanted)]).verdict == "ok"
        assert lab.one(mounts=[asked("bind", "/run/app2")]).verdict == "differs"


#: The kind of what is mounted, whether it is on the folder's own device, the verdict
ROOTS = [("ext4", True, "ok"), ("ext4", False, "unverifiable"), ("tmpfs", False, "unverifiable"), ("btrfs", False, "ok")]


@pytest.mark.parametrize(("kind", "same", "verdict"), ROOTS)
def test_the_root_of_a_file_system(lab, kind, same, verdict):
    """Something else may have been mounted over the folder since."""
    lab.host.write("/srv/data/x", "")
    device = (lab.host.root / "srv/data").stat().st_dev
    there = f"{os.major(device)}:{os.minor(device)}" if same else "0:99"
    lab.container["Mounts"] = [bind()]
    lab.host.write("/proc/31443/mountinfo", point("/", kind=kind).replace("254:0", there))
    assert lab.one(mounts=[asked("bind", "/srv/data")]).verdict == verdict


#: Links in the container, a place as it is asked, where it really is, the verdict
LINKS = [
    ({"var/run": "/run"}, "/var/run/app", "/run/app", "ok"),
    ({"lib": "usr/lib"}, "/lib/modules", "/usr/lib/modules", "ok"),
    ({"a": "b", "b": "../c"}, "/a/x", "/c/x", "ok"),
    ({"var/run": "/run"}, "/var/run/app", "/var/app", "not_enforced"),
    ({"a": "b", "b": "a"}, "/a/x", "/b/x", "not_enforced"),
    ({}, "/var/run/app", "/run/app", "not_enforced"),
]


@pytest.mark.parametrize(("links", "target", "real", "verdict"), LINKS)
def test_a_place_behind_a_link(lab, links, target, real, verdict):
    lab.host.write("/proc/31443/root/etc/hostname", "x")
    inside = lab.host.root / "proc/31443/root"
    for path, to in links.items():
        (inside / path).parent.mkdir(parents=True, exist_ok=True)
        (inside / path).symlink_to(to)
    lab.container["Mounts"] = [bind("/srv/data", target)]
    lab.container["HostConfig"]["Tmpfs"] = None
    lab.host.write("/proc/31443/mountinfo", f"1 2 0:1 / / rw,relatime - overlay overlay rw\n{point('/srv/data', real)}")
    found = lab.one(mounts=[asked("bind", "/srv/data", target)])
    assert found.verdict == verdict
    assert verdict != "ok" or f" {real} " in found.evidence[-1]


def test_each_mount_is_a_finding(lab):
    lab.container["Mounts"] = [volume(), bind(target="/srv", writable=False)]
    lab.host.write("/proc/31443/mountinfo", "\n".join([point(), point("/srv/data", "/srv", "ro")]))
    found = lab.check(mounts=[asked(), asked("bind", "/srv/data", "/srv"), TMPFS])
    assert [(each.attribute, each.asked, each.declared, each.verdict) for each in found] == [
        ("mounts", "volume data:/data:rw", "volume data:/data:rw", "ok"),
        ("mounts", "bind /srv/data:/srv:rw", "bind /srv/data:/srv:ro", "differs"),
        ("mounts", "tmpfs /run:rw", None, "missing"),
    ]


def test_mounts_of_a_container_at_rest(lab):
    lab.container["Mounts"] = [volume()]
    lab.rest("exited")
    assert lab.one(mounts=[asked()]).verdict == "stopped"
    assert lab.one(mounts=[asked(read_only=True)]).verdict == "differs"


@pytest.mark.parametrize(
    ("mount", "option"),
    [
        (Mount("volume", "data", "/data"), "--volume data:/data"),
        (Mount("volume", "", "/data", True), "--volume /data:ro"),
        (Mount("bind", "/srv/my data", "/data", True), "--volume '/srv/my data:/data:ro'"),
        (Mount("bind", "/srv/a:b", "/data", True), "--mount type=bind,source=/srv/a:b,target=/data,readonly"),
        (Mount("tmpfs", "", "/run"), "--tmpfs /run"),
        (Mount("tmpfs", "", "/run", True), "--tmpfs /run:ro"),
    ],
)
def test_options(mount, option):
    assert mount.option == option


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (asked(target="data"), "target: 'data' is not a path in the container"),
        (asked(target="/"), "target: '/'"),
        (asked("bind", "data"), "source: 'data' is not a path of the host"),
        (asked("bind", None), "source: ''"),
        (asked(source="/data"), "source: '/data' is not the name of a volume"),
        (asked(source="a b"), "source: 'a b'"),
        (asked("tmpfs", "x"), "source: 'x': tmpfs is memory, and has no source"),
    ],
)
def test_mounts_that_are_none(wanted, words):
    with pytest.raises(ClassroomError) as refused:
        parse_mount(wanted)
    assert words in str(refused.value)
