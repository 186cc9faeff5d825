# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Training hosts to test on: Debian guests under QEMU, made of Debian packages alone.

    python tools/test_hosts.py up trixie1 bookworm1    boot them, and write an inventory of those that run
    python tools/test_hosts.py down [trixie1 ...]      stop them, or all, and remove their disks
    python tools/test_hosts.py inventory trixie1       print an inventory of them, as Ansible reads it of a script, running or not

A host is named after its image and a number. trixie has cgroup v2, bookworm is held to cgroup v1; both run systemd, and nothing
of Docker. trixie-engine has an engine already.
All is in one folder, .cache/hosts of this checkout: two checkouts never share a host, an image or a port.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import hashlib
import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HOSTS = Path(__file__).resolve().parents[1] / ".cache" / "hosts"
KEY = HOSTS / "ssh_key"


@dataclass(frozen=True)
class Image:
    """What a host is made of: a release of Debian, what its kernel is told and the packages it has beside the rest."""

    release: str
    kernel: str = ""
    packages: tuple[str, ...] = ()


IMAGES = {
    "trixie": Image("trixie"),
    # With what the modules of community.docker need; the role installs nothing beside an engine that is there.
    "trixie-engine": Image(
        "trixie",
        packages=("docker.io", "docker-cli", "docker-buildx", "docker-compose", "python3-requests", "python3-yaml", "busybox-static"),
    ),
    "bookworm": Image("bookworm", "systemd.unified_cgroup_hierarchy=0"),
}
#: What has to be on this machine: a program and the package that it comes from.
PROGRAMS = {
    "qemu-system-x86_64": "qemu-system-x86",
    "qemu-img": "qemu-utils",
    "mmdebstrap": "mmdebstrap",
    "mke2fs": "e2fsprogs",
    "ssh-keygen": "openssh-client",
}
#: What an unprivileged user needs as well, to own the files of the image.
UNPRIVILEGED = {"newuidmap": "uidmap"}
PACKAGES = (
    "systemd-sysv", "dbus", "libpam-systemd", "openssh-server", "python3", "python3-apt", "sudo", "iproute2", "ca-certificates",
    "linux-image-cloud-amd64", "initramfs-tools", "zstd", "apparmor", "libnss-myhostname",
)
#: MiB: of the file system, which takes only what is written, and of a guest's memory. With 1024, a class of 24 containers ran out of it.
DISK, MEMORY = 8192, 1536
#: A host that is made anew has another key, behind the same address.
_SSH_OPTIONS = ("-oStrictHostKeyChecking=no", "-oUserKnownHostsFile=/dev/null", "-oLogLevel=ERROR")
#: Seconds until a guest answers over SSH. Without KVM, on a busy machine, it took 52.
BOOT = 300

# Runs on the host, with the guest's root as $1.
SETTINGS = r"""
set -eu
cd "$1"
cat >etc/systemd/network/eth0.network <<'end'
[Match]
Name=eth0
[Network]
Address=10.0.2.15/24
Gateway=10.0.2.2
DNS=10.0.2.3
end
echo 'nameserver 10.0.2.3' >etc/resolv.conf
echo '/dev/vda / ext4 defaults 0 1' >etc/fstab
chroot . systemctl -q enable systemd-networkd
chroot . systemctl -q mask systemd-networkd-wait-online.service systemd-firstboot.service apt-daily.timer apt-daily-upgrade.timer
# systemd takes the machine's id from the kernel's command line, and the SSH keys are made at the first boot: no two guests are the same.
: >etc/machine-id
rm -f etc/ssh/ssh_host_* etc/hostname
cat >etc/systemd/system/ssh-host-key.service <<'end'
[Unit]
Before=ssh.service
ConditionPathExists=!/etc/ssh/ssh_host_ed25519_key
[Service]
Type=oneshot
ExecStart=/usr/bin/ssh-keygen -q -t ed25519 -N "" -f /etc/ssh/ssh_host_ed25519_key
[Install]
RequiredBy=ssh.service
end
chroot . systemctl -q enable ssh-host-key.service
printf 'UseDNS no\nHostKey /etc/ssh/ssh_host_ed25519_key\n' >etc/ssh/sshd_config.d/test.conf
# What this machine trusts, and where its pip looks, is the guest's, too.
cp -r /usr/local/share/ca-certificates usr/local/share/
chroot . update-ca-certificates >/dev/null
cp /etc/pip.conf etc/ 2>/dev/null || :
chroot . useradd --create-home --shell /bin/bash trainer
echo 'trainer ALL=(ALL) NOPASSWD: ALL' >etc/sudoers.d/trainer
mkdir -m 700 home/trainer/.ssh
cp "$KEY.pub" home/trainer/.ssh/authorized_keys
chroot . chown -R trainer: /home/trainer/.ssh
# A module of Ansible comes as a zip file, of which Python keeps no compiled code: without KVM, compiling takes longer than all else.
cat >usr/lib/python3/dist-packages/zipimport_cache.py <<'end'
import zipimport

compile_source = zipimport._compile_source

def cached(path, source):
    import hashlib, marshal, os
    kept = "/var/cache/zipimport/" + hashlib.sha256(source).hexdigest()
    try:
        with open(kept, "rb", 0) as file:
            return marshal.loads(file.read())
    except OSError:
        code = compile_source(path, source)
    try:
        with open(f"{kept}.{os.getpid()}", "wb") as file:
            marshal.dump(code, file)
        os.rename(file.name, kept)
    except OSError:
        pass
    return code

zipimport._compile_source = cached
end
echo 'import zipimport_cache' >usr/lib/python3/dist-packages/zipimport_cache.pth
mkdir -m 700 var/cache/zipimport
# Only what a guest under QEMU has.
sed -i 's/^MODULES=.*/MODULES=list/' etc/initramfs-tools/initramfs.conf
printf '%s\n' virtio_pci virtio_mmio virtio_blk virtio_net ext4 >>etc/initramfs-tools/modules
chroot . update-initramfs -u -k all >/dev/null
cp -L vmlinuz initrd.img "$IMAGE"
touch etc/.updated var/.updated
"""

# These run with mounts of their own: the root to change to is $0, a folder of this machine that has its place there $1, and the command the rest.
CONTROLLER = r"""
cd "$1"
for path in .venv .cache/ansible .cache/ansible_collections; do
  mkdir -p ".cache/hosts/controller/$path" "$path"
  mount --bind ".cache/hosts/controller/$path" "$path"
done
"""
# An engine wants a mount for its root.
ENGINE = r"""
mount --bind "$0" "$0"
mount -t tmpfs tmpfs "$0/run"
"""
ENTER = r"""
for path in /proc /dev PATHS "$1"; do
  if [ -d "$path" ]; then mkdir -p "$0$path"; elif [ -e "$path" ]; then touch "$0$path"; else continue; fi
  mount --rbind "$path" "$0$path"
done
exec chroot "$0" sh -c 'cd "$0" && exec "$@"' "$@"
"""


class HostError(Exception):
    """Why a host cannot be had."""


def _run(*command: str, **options: object) -> str:
    done = subprocess.run(command, text=True, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options)
    if done.returncode:
        raise HostError(f"{shlex.join(command)}\n{done.stdout}")
    return done.stdout


@contextlib.contextmanager
def _alone(what: str) -> Iterator[None]:
    """Also a decorator: another process of this checkout that is to make the same waits, and finds it made."""
    HOSTS.mkdir(parents=True, exist_ok=True)
    with (HOSTS / f"{what}.lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@_alone("programs")
def _install_programs() -> None:
    programs = PROGRAMS if os.getuid() == 0 else {**PROGRAMS, **UNPRIVILEGED}
    # The folder of mke2fs is not on everybody's path.
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    missing = sorted(package for program, package in programs.items() if not shutil.which(program))
    if missing and os.getuid():
        raise HostError(f"These packages are needed: {' '.join(missing)}. Install them with: sudo apt-get install --no-install-recommends {' '.join(missing)}")
    if missing:
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        _run("apt-get", "-q", "update")
        _run("apt-get", "-qy", "install", "--no-install-recommends", *missing, env=environment)


@_alone("key")
def _make_key() -> None:
    if not KEY.exists():
        _run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "test hosts", "-f", str(KEY))


def _apt_options() -> list[str]:
    """What apt is told on this machine about the dates of its lists, which a mirror may keep for long."""
    config = _run("apt-config", "dump")
    return [line for line in config.splitlines() if line.startswith(("Acquire::Check-", "Acquire::http", "Acquire::https"))]


def _bootstrap(release: str, packages: tuple[str, ...], root: Path, *options: str) -> list[str]:
    """The command that makes a folder of a release's packages."""
    exclude = [f"--dpkgopt=path-exclude=/usr/share/{folder}/*" for folder in ("doc", "man", "locale")]
    apt = [f"--aptopt={line}" for line in (*_apt_options(), "APT::Install-Recommends false")]
    return ["mmdebstrap", "--quiet", "--variant=minbase", f"--include={','.join(packages)}", *apt, *exclude, *options, release, str(root)]


def _as_root(*namespaces: str) -> list[str]:
    """What a command is begun with to have these namespaces of its own, as root; an unprivileged user is root over the ids that are his."""
    return ["unshare", *namespaces, "--fork", *([] if os.getuid() == 0 else ["--map-root-user", "--map-auto"])]


@_alone("image")
def _build(name: str) -> Path:
    """The folder of an image, which is made where it is not there: disk.qcow2, vmlinuz and initrd.img."""
    kind = IMAGES[name]
    packages = PACKAGES + kind.packages
    recipe = hashlib.sha256(repr((SETTINGS, packages, DISK)).encode()).hexdigest()[:12]
    image = HOSTS / f"{name}-{recipe}"
    if image.exists():
        return image
    print(f"Making the image of {name}, which takes a minute", flush=True)
    new = image.with_suffix(".new")
    # An interrupted one is root's, or of the ids that an unprivileged user has.
    _run(*_as_root("--mount"), "rm", "-rf", str(new))
    new.mkdir()
    settings = new / "settings.sh"
    settings.write_text(SETTINGS, encoding="utf-8")
    root, disk = new / "root", new / "disk.raw"
    bootstrap = _bootstrap(kind.release, packages, root, f"--customize-hook=sh {shlex.quote(str(settings))} \"$1\"")
    make = ["mke2fs", "-q", "-t", "ext4", "-d", str(root), str(disk), f"{DISK}M"]
    script = " && ".join(map(shlex.join, (bootstrap, make, ["rm", "-rf", str(root)])))
    _run(*_as_root("--pid", "--mount-proc"), "sh", "-c", script, env={**os.environ, "KEY": str(KEY), "IMAGE": str(new)})
    _run("qemu-img", "convert", "-O", "qcow2", str(disk), str(new / "disk.qcow2"))
    disk.unlink()
    new.rename(image)
    return image


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@_alone("kvm")
def _machine(image: Path) -> list[str]:
    """QEMU's machine. A /dev/kvm may be there and not work, so a kernel is booted on it first, which takes ten seconds at most."""
    works = HOSTS / "kvm"
    if not works.exists():
        probe = [
            "qemu-system-x86_64", "-accel", "kvm", "-M", "q35", "-m", "256", "-nodefaults", "-display", "none", "-serial", "stdio", "-no-reboot",
            "-kernel", str(image / "vmlinuz"), "-append", "console=ttyS0 panic=-1",
        ]
        try:
            booted = subprocess.run(probe, stdin=subprocess.DEVNULL, capture_output=True, timeout=10, check=False).stdout
        except subprocess.TimeoutExpired as exc:
            booted = exc.stdout or b""
        works.write_text("yes" if b"Linux version" in booted else "no", encoding="utf-8")
    if works.read_text(encoding="utf-8") == "yes":
        return ["-accel", "kvm", "-cpu", "host", "-M", "q35"]
    return ["-accel", "tcg,thread=multi,tb-size=256", "-cpu", "max,la57=off", "-M", "q35"]


@dataclass(frozen=True)
class Host:
    """A guest by its name; its folder holds its disk, the PID of its QEMU, its ports and what its console says."""

    name: str

    @property
    def folder(self) -> Path:
        return HOSTS / "running" / self.name

    @property
    def image(self) -> str:
        return self.name.rstrip("0123456789")

    @property
    def ports(self) -> dict:
        """Where it listens on 127.0.0.1 of this machine.

        ssh leads to its port 22, and service to the same number in the guest: the other guests reach a service of it there, at 10.0.2.2.
        """
        return json.loads((self.folder / "ports").read_text(encoding="utf-8"))

    @property
    def pid(self) -> int | None:
        """None where it does not run. A PID that has gone to another program is not the host's."""
        try:
            pid = int((self.folder / "pid").read_text(encoding="utf-8"))
            command = Path(f"/proc/{pid}/cmdline").read_bytes().decode()
        except (OSError, ValueError):
            return None
        return pid if str(self.folder) in command else None

    @property
    def ssh(self) -> list[str]:
        """The command that logs in to it."""
        return ["ssh", *_SSH_OPTIONS, "-oConnectTimeout=10", "-oBatchMode=yes", f"-i{KEY}", f"-p{self.ports['ssh']}", "trainer@127.0.0.1"]

    @property
    def variables(self) -> dict:
        """Those of an Ansible inventory."""
        return {
            "ansible_connection": "ssh",
            "ansible_host": "127.0.0.1",
            "ansible_port": self.ports["ssh"],
            "ansible_user": "trainer",
            "ansible_become": True,
            "ansible_ssh_private_key_file": str(KEY),
            "ansible_ssh_common_args": " ".join(_SSH_OPTIONS),
        }

    def start(self) -> None:
        """Boot it anew, with an empty disk of its own over the image."""
        image = _build(self.image)
        self.stop()
        self.folder.mkdir(parents=True)
        _run("qemu-img", "create", "-q", "-f", "qcow2", "-b", str(image / "disk.qcow2"), "-F", "qcow2", str(self.folder / "disk.qcow2"))
        kernel = [
            "root=/dev/vda", "rw", "console=ttyS0", "quiet", "mitigations=off", "net.ifnames=0", IMAGES[self.image].kernel,
            f"systemd.machine_id={uuid.uuid4().hex}", f"systemd.hostname={self.name}",
        ]
        for _attempt in range(5):
            ports = {name: _free_port() for name in ("ssh", "service")}
            (self.folder / "ports").write_text(json.dumps(ports), encoding="utf-8")
            forward = f"hostfwd=tcp:127.0.0.1:{ports['ssh']}-:22,hostfwd=tcp:127.0.0.1:{ports['service']}-:{ports['service']}"
            with contextlib.suppress(HostError):
                _run(
                    "qemu-system-x86_64", "-name", self.name, *_machine(image), "-smp", "2", "-m", str(MEMORY), "-nodefaults", "-display", "none",
                    "-serial", f"file:{self.folder}/console", "-device", "virtio-rng-pci",
                    "-drive", f"file={self.folder}/disk.qcow2,format=qcow2,if=virtio,cache=unsafe,discard=unmap",
                    "-netdev", f"user,id=net,{forward}", "-device", "virtio-net-pci,netdev=net",
                    "-kernel", str(image / "vmlinuz"), "-initrd", str(image / "initrd.img"), "-append", " ".join(kernel),
                    "-daemonize", "-pidfile", str(self.folder / "pid"),
                )
                return
        raise HostError(f"{self.name}: QEMU does not start, see {self.folder}/console")

    def wait(self) -> None:
        """Until it answers over SSH.

        :raises HostError: it does not
        """
        deadline = time.monotonic() + BOOT
        while time.monotonic() < deadline:
            if not self.pid:
                break
            if subprocess.run([*self.ssh, "true"], capture_output=True, check=False).returncode == 0:
                return
            time.sleep(1)
        raise HostError(f"{self.name} does not answer over SSH, see {self.folder}/console")

    def stop(self) -> None:
        """End it as a power cut does, and remove its disk."""
        pid = self.pid
        if pid:
            # One that a test has stopped would not hear of SIGTERM.
            os.kill(pid, signal.SIGKILL)
            while self.pid:
                time.sleep(0.1)
        shutil.rmtree(self.folder, ignore_errors=True)


@_alone("root")
def _make_root(release: str, packages: tuple[str, ...], root: Path, *hooks: str) -> None:
    """Make a folder of a release's packages to change the root to, where it is not there.

    :param hooks: for mmdebstrap, to run at its end
    """
    _install_programs()
    if not root.exists():
        new = root.with_suffix(".new")
        bootstrap = _bootstrap(release, packages, new, *(f"--customize-hook={hook}" for hook in hooks))
        script = f"rm -rf {shlex.quote(str(new))} && {shlex.join(bootstrap)}"
        _run(*_as_root("--pid", "--mount-proc"), "sh", "-c", script)
        new.rename(root)


def _in_root(prepare: str, paths: str, root: Path, folder: Path) -> list[str]:
    """The command that runs what stands after it with another root.

    :param prepare: a script to run before
    :param paths: of this machine, for the shell, that have their places there as well as the folder
    """
    return ["sh", "-euc", prepare + ENTER.replace("PATHS", paths), str(root), str(folder)]


def _recipe(packages: tuple[str, ...]) -> str:
    return hashlib.sha256(repr(packages).encode()).hexdigest()[:12]


class Controller:
    """A Debian with a newer Python, to run the playbooks of this checkout with the newest Ansible.

    It is a folder to change the root to. There, the checkout has a virtual environment and collections of its own.
    """

    RELEASE = "trixie"
    REQUIREMENTS = "requirements/newest"
    PACKAGES = ("python3", "python3-venv", "make", "openssh-client", "ca-certificates")

    def __init__(self) -> None:
        self.root = HOSTS / f"controller-{_recipe(self.PACKAGES)}"

    def make(self) -> None:
        """Make it where it is not there, and install what its requirements say."""
        hooks = ["copy-in /usr/local/share/ca-certificates /usr/local/share", "chroot \"$1\" update-ca-certificates"]
        _make_root(self.RELEASE, self.PACKAGES, self.root, *hooks)
        _run(*self.command("make", "setup", f"REQUIREMENTS={self.REQUIREMENTS}"))

    def command(self, *command: str) -> list[str]:
        """The command that runs this one in the checkout, as the controller sees it."""
        paths = '"${TMPDIR:-/tmp}" /etc/resolv.conf /etc/hosts /etc/pip.conf /etc/xdg/pip "$HOME/.config/pip"'
        return [*_as_root("--mount"), *_in_root(CONTROLLER, paths, self.root, HOSTS.parents[1]), *command]


class NewestEngine:
    """The newest Docker that Debian has, on this machine and as root: its processes have a root of their own, and its containers reach nobody.

    :param containerd: whether it keeps its images in containerd, as Docker does from 29 on
    """

    RELEASE = "forky"
    PACKAGES = ("docker.io", "docker-cli", "docker-buildx", "busybox-static", "ca-certificates", "iproute2")
    #: Told to have none, an engine removes docker0, which may be another one's. Each checkout has its own.
    _NUMBER = hashlib.sha256(str(HOSTS).encode()).digest()[0] % 240 + 10
    BRIDGE, ADDRESS = f"newest{_NUMBER}", f"10.239.{_NUMBER}.1/24"

    def __init__(self, containerd: bool) -> None:
        self._containerd = containerd
        self._root = HOSTS / f"engine-{_recipe(self.PACKAGES)}"
        self.folder = HOSTS / "engine"

    @property
    def url(self) -> str:
        return f"unix://{self.folder}/docker.sock"

    @contextlib.contextmanager
    def running(self) -> Iterator[NewestEngine]:
        """Start it with nothing in it, and stop it with all that it has, its containers included.

        :raises HostError: it does not answer
        """
        _make_root(self.RELEASE, self.PACKAGES, self._root)
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        config = {
            "features": {"containerd-snapshotter": self._containerd},
            "data-root": f"{self.folder}/data", "exec-root": f"{self.folder}/exec", "pidfile": f"{self.folder}/pid", "hosts": [self.url],
            "bridge": self.BRIDGE, "iptables": False, "ip6tables": False,
        }
        (self.folder / "daemon.json").write_text(json.dumps(config), encoding="utf-8")
        _succeeds(self.command("ip", "link", "delete", self.BRIDGE))
        for words in (["link", "add", self.BRIDGE, "type", "bridge"], ["address", "add", self.ADDRESS, "dev", self.BRIDGE]):
            _run(*self.command("ip", *words))
        # Where this process is killed, the engine hears of it, and stops its containers.
        command = ["setpriv", "--pdeathsig", "TERM", *self._enter, "dockerd", f"--config-file={self.folder}/daemon.json"]
        with (self.folder / "log").open("w", encoding="utf-8") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
            try:
                deadline = time.monotonic() + 60
                while not _succeeds(self.command("docker", "info")):
                    if process.poll() is not None or time.monotonic() > deadline:
                        raise HostError(f"The engine does not answer:\n{(self.folder / 'log').read_text(encoding='utf-8')[-2000:]}")
                    time.sleep(0.2)
                yield self
            finally:
                process.terminate()
        _run(*self.command("ip", "link", "delete", self.BRIDGE))
        shutil.rmtree(self.folder)

    def command(self, *command: str) -> list[str]:
        """The command that runs this one with its root, and with its folder."""
        return [*self._enter, "env", f"DOCKER_HOST={self.url}", *command]

    @property
    def _enter(self) -> list[str]:
        # Without a fork: what ends this process ends the engine.
        return ["unshare", "--mount", *_in_root(ENGINE, "/sys", self._root, self.folder)]


def _succeeds(command: list[str]) -> bool:
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False).returncode == 0


def running() -> list[Host]:
    """The hosts of this checkout that run."""
    hosts = [Host(folder.name) for folder in sorted((HOSTS / "running").glob("*"))]
    return [host for host in hosts if host.pid]


def _write_inventory() -> Path:
    inventory = HOSTS / "inventory.json"
    hosts = {host.name: host.variables for host in running()}
    inventory.write_text(json.dumps({"training_hosts": {"hosts": hosts}}, indent=2) + "\n", encoding="utf-8")
    return inventory


def inventory(names: list[str]) -> None:
    """Print that of these hosts. Those that do not run have no variables yet."""
    hosts = [Host(name) for name in names]
    variables = {host.name: host.variables for host in hosts if host.pid}
    print(json.dumps({"training_hosts": {"hosts": names}, "_meta": {"hostvars": variables}}))


def up(names: list[str]) -> None:
    """Boot those of these hosts that do not run.

    :raises HostError: one cannot be had
    """
    _install_programs()
    _make_key()
    hosts = [Host(name) for name in names]
    started = [host for host in hosts if not host.pid]
    for host in started:
        host.start()
    for host in hosts:
        host.wait()
    print(f"{', '.join(names)}: ready. The inventory is {_write_inventory()}")


def down(names: list[str]) -> None:
    """Stop these hosts, or all where none is named."""
    for host in [Host(name) for name in names] or [Host(folder.name) for folder in (HOSTS / "running").glob("*")]:
        host.stop()
    if HOSTS.exists():
        _write_inventory()


def _name(text: str) -> str:
    if not re.fullmatch(f"({'|'.join(IMAGES)})[0-9]+", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not one of {', '.join(IMAGES)} with a number, such as trixie1")
    return text


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("command", choices=("up", "down", "inventory"))
    parser.add_argument("names", nargs="*", type=_name)
    arguments = parser.parse_args()
    if arguments.command != "down" and not arguments.names:
        parser.error(f"{arguments.command}: name at least one host, such as trixie1")
    try:
        {"up": up, "down": down, "inventory": inventory}[arguments.command](arguments.names)
    except HostError as exc:
        sys.exit(str(exc))


if __name__ == "__main__":
    main()
