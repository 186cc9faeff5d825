# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The newest Docker that Debian has, with its images unpacked or in containerd, beside the engine that the other tests use."""

from __future__ import annotations

import json
import os
import subprocess

import pytest
import test_hosts

pytestmark = pytest.mark.skipif(os.getuid() != 0, reason="needs root, for an engine on this machine")

IMAGE, CONTAINER = "newest:v1", "newest-c1"
COMMAND = ["/bin/busybox", "sleep", "3600"]
DOCKERFILE = f"""
FROM scratch
COPY busybox note.txt /bin/
CMD {json.dumps(COMMAND)}
"""
NOTE = "the first\n"
LIMITS = {"memory": "64m", "memory_swap": "96m", "cpu_shares": 20, "cpus": "0.5", "pids_limit": 64}
#: Of each network, what docker network create is told.
NETWORKS = {
    "newest-isolated": ["--internal", "--subnet=10.239.1.0/24", "--opt=com.docker.network.bridge.gateway_mode_ipv4=isolated"],
    "newest-inhibited": ["--subnet=10.239.2.0/24", "--opt=com.docker.network.bridge.inhibit_ipv4=true"],
    "newest-overlay": ["--driver=overlay", "--attachable", "--subnet=10.239.3.0/24"],
}
WRONG_BY_ONE = {"memory": "67108863", "memory_swap": "100663297", "cpu_shares": 21, "cpus": "0.51", "pids_limit": 65}


class Engine:
    """An engine with an image that is built of a folder."""

    def __init__(self, engine, classroom):
        self._engine = engine
        self._classroom = classroom
        self.archive = f"{engine.folder}/image.tar"
        self._context = engine.folder / "context"
        self._context.mkdir()
        (self._context / "Dockerfile").write_text(DOCKERFILE, encoding="utf-8")
        self("cp", "/bin/busybox", self._context)

    def __call__(self, *command):
        done = subprocess.run(self._engine.command(*map(str, command)), capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        return done.stdout.strip()

    def build(self, note):
        """Build the image and return its id."""
        (self._context / "note.txt").write_text(note, encoding="utf-8")
        self("docker", "build", "--quiet", "--tag", IMAGE, self._context)
        return self("docker", "image", "inspect", "--format", "{{.Id}}", IMAGE)

    @property
    def size(self):
        """Of the files that go into the image."""
        return sum((self._context / name).stat().st_size for name in ("busybox", "note.txt"))

    def check(self, limits=None, images=None, containers=None, networks=None):
        """The verdicts of what is asked, by attribute."""
        asked = {"limits": (CONTAINER, limits), "images": (IMAGE, images), "containers": (CONTAINER, containers), "networks": ("", networks)}
        asked = {kind: [{"name": name, **requirement}] if requirement else [] for kind, (name, requirement) in asked.items()}
        run = self._classroom.play("../tests/hosts/class_check", docker_host=self._engine.url, **asked).ok()
        (findings,) = [line["result"]["findings"] for line in run.of("ok") if "findings" in line["result"]]
        return {finding["attribute"]: finding["verdict"] for finding in findings if finding["attribute"] != "exists"}


def interfaces():
    """Those of this machine, but for the ends of its containers, which come and go with them."""
    return sorted(name for name in os.listdir("/sys/class/net") if not name.startswith("veth"))


@pytest.fixture(scope="module", params=[False, True], ids=["unpacked", "in containerd"])
def engine(request, new_class):
    classroom = new_class()
    classroom.hosts = {"this-machine": {}}
    before = interfaces()
    with test_hosts.NewestEngine(containerd=request.param).running() as started:
        made = Engine(started, classroom)
        made.ids = [made.build(NOTE)]
        limits = ["--memory=64m", "--memory-swap=96m", "--cpu-shares=20", "--cpus=0.5", "--pids-limit=64"]
        made("docker", "run", "--detach", "--network=none", f"--name={CONTAINER}", *limits, IMAGE)
        made("docker", "save", f"--output={made.archive}", IMAGE)
        # From the cache.
        made.ids.append(made.build(NOTE))
        made.in_containerd = request.param
        yield made
    assert interfaces() == before, "what the other engine has stays, and nothing else"


def test_it_is_new_and_keeps_its_images_as_it_was_told(engine):
    info = json.loads(engine("docker", "info", "--format", "json"))
    assert int(info["ServerVersion"].partition(".")[0]) >= 28
    assert ("io.containerd.snapshotter" in str(info["DriverStatus"])) is engine.in_containerd
    # So that what follows is not about nothing.
    assert (engine.ids[0] != engine.ids[1]) is engine.in_containerd


def test_limits(engine):
    assert engine.check(limits=LIMITS) == dict.fromkeys(LIMITS, "ok")


def test_limits_that_are_wrong_by_one(engine):
    assert engine.check(limits=WRONG_BY_ONE) == dict.fromkeys(WRONG_BY_ONE, "differs")


@pytest.mark.parametrize(("more", "verdict"), [(0, "ok"), (-1, "differs")])
def test_the_size_is_that_of_the_files(engine, more, verdict):
    assert engine.check(images={"size_max": str(engine.size + more)}) == {"size_max": verdict}


def test_what_is_in_the_layers(engine):
    asked = {"no_shell": True, "no_secrets": True, "files": [{"path": "/bin/note.txt", "contains": [NOTE.strip()]}]}
    assert engine.check(images=asked) == {"no_shell": "differs", "no_secrets": "ok", "files": "ok"}


def test_an_image_that_was_built_again_from_the_cache_is_the_same(engine):
    asked = {"containers": {"state": "running", "image": IMAGE, "command": COMMAND}, "images": {"archive": engine.archive}}
    assert engine.check(**asked) == {"archive": "ok", "state": "ok", "image": "ok", "command": "ok"}


def test_an_image_with_one_letter_more_is_another(engine):
    engine.build(NOTE + ".")
    try:
        asked = {"containers": {"image": IMAGE}, "images": {"archive": engine.archive}}
        assert engine.check(**asked) == {"archive": "differs", "image": "differs"}
    finally:
        engine.build(NOTE)


@pytest.fixture(scope="module")
def networks(engine):
    """Networks whose bridge has no address on the host, and one without a bridge, each with a container of the same name."""
    engine("docker", "swarm", "init", "--advertise-addr=127.0.0.1")
    try:
        for name, options in NETWORKS.items():
            engine("docker", "network", "create", *options, name)
            engine("docker", "run", "--detach", f"--network={name}", f"--name={name}", IMAGE)
        yield
    finally:
        # What it makes on the host stays there when the engine ends.
        engine("sh", "-c", "docker ps --quiet --filter name=newest- | xargs docker rm --force")
        engine("docker", "network", "rm", "--force", *NETWORKS)
        engine("docker", "swarm", "leave", "--force")
        engine("docker", "network", "rm", "docker_gwbridge")


@pytest.mark.usefixtures("networks")
@pytest.mark.parametrize("name", NETWORKS)
def test_networks_of_which_the_host_has_no_address(engine, name):
    subnet = next(option.partition("=")[2] for option in NETWORKS[name] if option.startswith("--subnet"))
    network = {"name": name, "subnet": subnet, "members": [{"container": name}], "members_only": True}
    asked = {"networks": network, "containers": {"name": name, "networks": [name]}}
    assert engine.check(**asked) == dict.fromkeys(("subnet", "members", "members_only", "networks"), "ok")
    assert engine.check(networks={**network, "subnet": subnet.replace("/24", "/25")})["subnet"] == "differs"
