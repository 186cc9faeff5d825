# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two hosts, which are two engines of this machine: one makes the base images, and the other takes them from the registry."""

from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.long
REGISTRY = "shared.acceptance.internal:5031"
FOLDER = Path("/var/lib/acceptance-engine")
SOCKET = "/run/acceptance-engine.sock"
#: An engine without a bridge would take docker0 away from the other one.
NETWORK = BRIDGE = "acceptance-br0"
BUSYBOX, PYTHON = "sharedtest/busybox:latest", "sharedtest/python3:latest"
ALIAS = "gcr.io/sharedtest/python3:latest"
IMAGES = [{"name": BUSYBOX, "kind": "busybox"}, {"name": PYTHON, "kind": "python3", "aliases": [ALIAS]}]
NAMES = (BUSYBOX, PYTHON, ALIAS)


def second(*arguments, check=True):
    """The docker command of the second engine."""
    done = subprocess.run(["docker", f"--host=unix://{SOCKET}", *arguments], capture_output=True, text=True, check=False)
    assert not check or done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture(scope="module")
def bridge(docker):
    """A bridge for the second engine, which the first one makes."""
    docker("network", "rm", NETWORK, check=False)
    docker("network", "create", f"--opt=com.docker.network.bridge.name={BRIDGE}", NETWORK)
    yield BRIDGE
    docker("network", "rm", NETWORK)


@pytest.fixture(scope="module")
def engine(bridge):
    """A second engine, with nothing in it."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    options = [f"--host=unix://{SOCKET}", f"--data-root={FOLDER}/data", f"--exec-root={FOLDER}/exec", f"--pidfile={FOLDER}/pid", f"--bridge={bridge}"]
    options += ["--iptables=false", "--ip6tables=false", "--ip-forward=false", "--ip-masq=false", f"--config-file={FOLDER}/daemon.json"]
    (FOLDER / "daemon.json").write_text("{}")
    with open(FOLDER / "log", "w", encoding="utf-8") as log, subprocess.Popen(["dockerd", *options], stdout=log, stderr=log) as process:
        try:
            for _attempt in range(300):
                if subprocess.run(["docker", f"--host=unix://{SOCKET}", "info"], capture_output=True, check=False).returncode == 0:
                    break
                assert process.poll() is None, (FOLDER / "log").read_text()
                time.sleep(0.1)
            yield second
        finally:
            process.terminate()
            process.wait(30)
    shutil.rmtree(FOLDER, ignore_errors=True)


@pytest.fixture(scope="module")
def classroom(new_class, docker, engine, tmp_path_factory):
    """A class of two hosts, whose registry runs on the first."""
    made = new_class(
        "nina",
        classroom_registry=REGISTRY,
        classroom_secrets=str(tmp_path_factory.mktemp("secrets")),
        registry_name="acceptance-shared",
        base_images_list=IMAGES,
        base_images_build_dir=str(tmp_path_factory.mktemp("build")),
        base_images_sbom_dir=str(tmp_path_factory.mktemp("sbom")),
    )
    made.hosts = {"one": {}, "two": {"classroom_docker_host": f"unix://{SOCKET}"}}
    docker("image", "rm", *NAMES, check=False)
    # Both are this machine, which has one /etc/hosts.
    made.role("registry", "main", "--limit=one").ok()
    yield made
    made.role("base_images", "teardown")
    made.role("registry", "teardown", "--limit=one").ok()


@pytest.fixture(scope="module")
def shared(classroom):
    return classroom.role("base_images", "main").ok()


def of_host(run, host, task):
    return [line["result"] for line in run.of("ok") if line["host"] == host and line["task"].endswith(task)]


def ids(command):
    return {name: command("image", "inspect", "--format", "{{.Id}}", name, check=False) for name in NAMES}


def test_one_makes_them_and_the_other_takes_them(shared, docker):
    assert len(of_host(shared, "one", "Download the packages")) == len(IMAGES)
    assert of_host(shared, "two", "Download the packages") == []
    assert "" not in ids(docker).values()
    assert ids(docker) == ids(second)
    assert second("run", "--rm", "--network=none", PYTHON, "-c", "print(6 * 7)") == "42"


@pytest.mark.usefixtures("shared")
def test_no_name_of_the_registry_stays(docker):
    for command in (docker, second):
        assert REGISTRY not in command("image", "ls", "--digests")


@pytest.mark.usefixtures("shared")
def test_a_second_run_changes_nothing(classroom):
    run = classroom.role("base_images", "main").ok()
    dry = classroom.role("base_images", "main", "--check").ok()
    for each in (run, dry):
        assert {line["host"]: line["result"]["changed"] for line in each.of("stats")} == {"one": 0, "two": 0}


@pytest.mark.usefixtures("shared")
def test_a_host_that_comes_later_takes_them_alone(classroom, docker):
    second("image", "rm", "--force", *NAMES)
    run = classroom.role("base_images", "main", "--limit=two").ok()
    assert of_host(run, "two", "Download the packages") == []
    assert ids(docker) == ids(second)


@pytest.mark.usefixtures("shared")
def test_what_is_made_of_other_packages_is_not_taken(classroom, docker):
    """As on a host of another release: it makes its own."""
    before = ids(docker)
    second("image", "rm", "--force", *NAMES)
    # The registry's name of the busybox leads to the image of Python.
    wrong = [{"name": BUSYBOX, "kind": "python3"}]
    docker("image", "rm", "--force", BUSYBOX)
    classroom.role("base_images", "main", "--limit=one", base_images_list=wrong).ok()
    run = classroom.role("base_images", "main", "--limit=two").ok()
    assert len(of_host(run, "two", "Download the packages")) == 1
    assert ids(second) == before
    docker("image", "rm", "--force", BUSYBOX)
    classroom.role("base_images", "main", "--limit=one").ok()
    assert ids(docker) == before


@pytest.mark.usefixtures("shared")
def test_a_registry_that_is_down(classroom):
    second("image", "rm", "--force", *NAMES)
    subprocess.run(["service", "classroom-acceptance-shared", "stop"], check=True, capture_output=True)
    try:
        run = classroom.role("base_images", "main", "--limit=two")
    finally:
        subprocess.run(["service", "classroom-acceptance-shared", "start"], check=True, capture_output=True)
    assert run.code and REGISTRY in run.errors and "does not answer" in run.errors
    classroom.role("base_images", "main", "--limit=two").ok()
