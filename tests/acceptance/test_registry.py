# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A registry beside that of the machine's class: who gets in, what is pushed, and what every fault says."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from copy import copy
from pathlib import Path

import pytest

from .conftest import IMAGE

pytestmark = pytest.mark.long

NAME = CLASS = "acceptance-registry"
HOST, PORT = "registry.acceptance.internal", 5020
ADDRESS = f"{HOST}:{PORT}"
#: A disk of its own, which the tests fill. Not in pytest's folder, into which only root can look.
STORAGE = Path("/var/lib/acceptance-registry")
CONFIG = Path(f"/etc/classroom/{NAME}")
CERTS = Path("/etc/docker/certs.d")
SERVICE = f"classroom-{NAME}"
MIRROR_PORT, UPSTREAM_PORT = 5021, 5022
EARLIER, BIG = f"{ADDRESS}/nina/ninaflask:v001", f"{ADDRESS}/nina/ninaflask:v002"


def service(action, name=SERVICE):
    subprocess.run(["service", name, action], check=True, capture_output=True)


class Registry:
    """The registry, and the class that it belongs to."""

    def __init__(self, classroom, secrets):
        self.classroom, self.secrets = classroom, secrets

    def play(self, entry_point, *arguments, during=None, **variables):
        return self.classroom.role("registry", entry_point, *arguments, during=during, **variables)

    def secrets_go(self, *arguments, **variables):
        """The hosts for which a teardown removes the passwords."""
        run = self.play("teardown", *arguments, **variables).ok()
        return [line["host"] for line in run.of("ok") if line["task"].endswith("Remove the passwords from the controller")]

    def push(self, *images, **variables):
        return self.play("push", registry_images=list(images), **variables)

    def password(self, user):
        return (self.secrets / CLASS / "registry" / user).read_text(encoding="utf-8").strip()

    @property
    def passwords(self):
        return [path.read_text(encoding="utf-8").strip() for path in (self.secrets / CLASS / "registry").iterdir()]

    @property
    def users(self):
        lines = (CONFIG / "htpasswd").read_text(encoding="utf-8").splitlines()
        return dict(line.split(":") for line in lines)

    def ask(self, path="", user=None, password=None, ca=CERTS / ADDRESS / "ca.crt", port=PORT, method="GET", body=None, media=""):
        """The status and the headers of an answer, over TLS that is verified."""
        request = urllib.request.Request(f"https://{HOST}:{port}/v2/{path}", method=method, data=body)
        if media:
            request.add_header("Content-Type", media)
        request.add_header("Accept", "application/vnd.docker.distribution.manifest.v2+json")
        if user:
            request.add_header("Authorization", "Basic " + base64.b64encode(f"{user}:{password or self.password(user)}".encode()).decode())
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=ca)))
        try:
            with opener.open(request, timeout=10) as response:
                return response.status, dict(response.headers)
        except urllib.error.HTTPError as exc:
            return exc.code, dict(exc.headers)

    def tag_as_index(self, repository, digest, tag):
        """What buildx pushes for several platforms: a list of manifests, which have no tags of their own."""
        media = "application/vnd.docker.distribution.manifest.list.v2+json"
        status, headers = self.ask(f"{repository}/manifests/{digest}", "trainer")
        entry = {"mediaType": headers["Content-Type"], "digest": digest, "size": int(headers["Content-Length"])}
        entry["platform"] = {"architecture": "amd64", "os": "linux"}
        body = json.dumps({"schemaVersion": 2, "mediaType": media, "manifests": [entry]}).encode()
        assert self.ask(f"{repository}/manifests/{tag}", "trainer", method="PUT", body=body, media=media)[0] == 201

    def digest(self, image):
        repository, tag = image.removeprefix(ADDRESS + "/").rsplit(":", 1)
        status, headers = self.ask(f"{repository}/manifests/{tag}", "trainer")
        return headers["Docker-Content-Digest"] if status == 200 else None


def unmount():
    subprocess.run(["umount", STORAGE], check=False, capture_output=True)
    shutil.rmtree(STORAGE, ignore_errors=True)


@pytest.fixture(scope="module")
def registry(new_class, docker, tmp_path_factory):
    """It runs, and has one image."""
    secrets = tmp_path_factory.mktemp("secrets")
    classroom = new_class(
        "nina",
        "omar",
        classroom_name=CLASS,
        classroom_registry=ADDRESS,
        classroom_secrets=str(secrets),
        registry_name=NAME,
        registry_storage=str(STORAGE),
        registry_mirror_port=MIRROR_PORT,
        registry_mirror_storage=f"{STORAGE}-mirror",
    )
    it = Registry(classroom, secrets)
    it.play("teardown").ok()
    unmount()
    STORAGE.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", STORAGE], check=True)
    it.play("main").ok()
    docker("tag", IMAGE, EARLIER)
    it.push(EARLIER).ok()
    yield it
    it.play("teardown").ok()
    unmount()
    listed = docker("image", "ls", "--digests", "--format", "{{.Repository}} {{.Tag}} {{.Digest}}", f"{HOST}:*/*/*").splitlines()
    for repository, tag, digest in map(str.split, listed):
        # One whose tag went to another image is known by its digest alone. Several names may have gone with one.
        docker("image", "rm", f"{repository}:{tag}" if tag != "<none>" else f"{repository}@{digest}", check=False)


@pytest.fixture(scope="module")
def big(registry, docker):
    """An image that the registry's disk has no room for."""
    subprocess.run(
        ["docker", "build", "--quiet", "--tag", BIG, "-"],
        input=f"FROM {IMAGE}\nRUN dd if=/dev/urandom of=/big bs=1M count=96\n",
        text=True,
        check=True,
        capture_output=True,
    )
    return BIG


@pytest.fixture
def intact(registry):
    """Whatever a push met: no password is left, none was shown, and what the registry had it still has."""
    before = registry.digest(EARLIER)
    folders = set(Path("/dev/shm").iterdir())
    runs = []
    yield runs.append
    for run in runs:
        assert [password for password in registry.passwords if password in run.output + json.dumps(run.record)] == []
        assert run.tasks[-1].endswith("Forget the password") or "Forget the password" not in " ".join(run.tasks)
    assert set(Path("/dev/shm").iterdir()) <= folders
    assert not list(Path("/tmp").glob("classroom-registry.*"))
    assert before
    assert registry.digest(EARLIER) == before


@pytest.mark.parametrize("arguments", [(), ("--check", "--diff")], ids=["for real", "check mode"])
def test_again_it_changes_nothing(registry, arguments):
    run = registry.play("main", *arguments).ok()
    assert run.stats["changed"] == 0


def test_no_password_is_shown(registry):
    run = registry.play("main", "-vvv", "--diff").ok()
    assert [password for password in registry.passwords if password in run.output + json.dumps(run.record)] == []


BAD_INPUT = {
    "no port": ({"classroom_registry": HOST}, ["classroom_registry", HOST, "a colon and a port"]),
    "a port for root": ({"classroom_registry": f"{HOST}:443"}, ["classroom_registry", ":443", "1024"]),
    "loopback": ({"classroom_registry": "127.0.0.1:5020"}, ["classroom_registry", "127.0.0.1:5020", "does not verify TLS"]),
    "localhost": ({"classroom_registry": "localhost:5020"}, ["classroom_registry", "localhost:5020", "does not verify TLS"]),
    "a name that leads to loopback": (
        {"classroom_registry": "ip6-localhost.localdomain:5020", "registry_ip": "127.0.1.1"},
        ["registry_ip", "127.0.1.1", "does not verify TLS"],
    ),
    "a name that nobody knows": (
        {"classroom_registry": "registry.invalid:5020", "registry_hosts_entry": False},
        ["classroom_registry", "registry.invalid:5020", "leads to nothing"],
    ),
    "an account that is a student's": ({"classroom_registry_account": "nina"}, ["classroom_registry_account", "nina", "a student has this name"]),
    "secrets without a place": ({"classroom_secrets": "secrets"}, ["classroom_secrets", "secrets", "absolute path"]),
    "a storage that holds something else": ({"registry_storage": "/etc"}, ["registry_storage", "/etc", "must be empty"]),
    "a storage for two": ({"registry_mirror_storage": f"{STORAGE}/"}, ["registry_storage and registry_mirror_storage", f"{STORAGE}/", "both are the same"]),
    "a storage in the other": ({"registry_mirror_storage": f"{STORAGE}/m"}, ["registry_storage and registry_mirror_storage", f"{STORAGE}/m"]),
    "a port for two": ({"registry_mirror_port": PORT}, ["registry_mirror_port", str(PORT), "not the port of classroom_registry"]),
    "a port of a seat": ({"classroom_port_base": PORT - 10}, [f"classroom_registry: port {PORT} is one of seat 1", f"classroom_port_base {PORT - 10}"]),
    "an upstream with a password": ({"registry_mirror_upstream": "https://a:b@example.org"}, ["registry_mirror_upstream", "without a password"]),
    "the registry of another class": ({"classroom_name": "tuesday"}, ["registry_name", NAME, CLASS, "tuesday"]),
}


@pytest.fixture(scope="module")
def bad_input(registry, tmp_path_factory):
    """What it is, and the runs with it."""
    cases = dict(BAD_INPUT)
    for mark in (None, f"{SERVICE} of another class\n"):
        for variable in ("registry_storage", "registry_mirror_storage"):
            folder = tmp_path_factory.mktemp("storage")
            (folder / "docker/registry/v2").mkdir(parents=True)
            if mark:
                (folder / ".classroom-registry").write_text(mark, encoding="utf-8")
            variables = {"registry_mirror_upstream": "http://127.0.0.1:1", variable: str(folder)}
            cases[f"{variable}, {mark}"] = variables, [f"{variable} is {folder}", "docker", "must be empty", CLASS]
    hosts = {case: {"registry_host": "{{ inventory_hostname }}", **variables} for case, (variables, _words) in cases.items()}
    return cases, registry.classroom.cases("../tests/role", hosts, role="registry", entry_point="main")


def test_bad_input_is_refused_before_any_change(bad_input):
    cases, runs = bad_input
    for case, (_variables, words) in cases.items():
        runs[case].refused(*words)


def test_a_storage_that_the_class_had_before_is_taken_again(registry, tmp_path):
    (tmp_path / "docker").mkdir()
    (tmp_path / ".classroom-registry").write_text(f"{SERVICE} of {CLASS}\n", encoding="utf-8")
    run = registry.play("main", "--check", registry_storage=str(tmp_path)).ok()
    assert run.stats["changed"] > 0


def test_each_host_may_have_a_registry_of_its_own(registry, tmp_path):
    """Two names of this machine, only as far as nothing is changed."""
    host = {"ansible_connection": "local", "ansible_python_interpreter": "/usr/bin/python3"}
    inventory = tmp_path / "two.json"
    inventory.write_text(json.dumps({"training_hosts": {"hosts": {"first": host, "second": host}}}), encoding="utf-8")
    own = {"registry_host": "{{ inventory_hostname }}", "registry_storage": "/nowhere/{{ inventory_hostname }}"}
    run = registry.play("main", "--check", f"--inventory={inventory}", "--limit=first,second", **own)
    assert run.code == 0, run.output
    checked = [line for line in run.of("ok") if line["task"].endswith("Refuse a folder that is somebody else's")]
    assert {line["host"] for line in checked} == {"first", "second"}


@pytest.mark.parametrize(("host", "words"), [({"ansible_connection": "ssh", "ansible_port": 9}, "cannot be reached"), ({}, "has no registry_name")])
def test_without_the_host_of_the_registry_nothing_changes(registry, host, words):
    """It is down, or this run leaves it out and no other provisioned it."""
    away = copy(registry.classroom)
    away.hosts = {"first": {"ansible_host": "127.0.0.1", **host}, "second": {}}
    elsewhere = {"classroom_registry": "away.acceptance.internal:5029", "registry_name": "acceptance-away"}
    away.role("registry", "main", "--limit=second", **elsewhere).refused("registry_host: first", words, "second cannot use the registry")


def test_the_ca_of_somebody_else_is_not_replaced(registry):
    folder = CERTS / f"other.acceptance.internal:{PORT}"
    folder.mkdir()
    try:
        (folder / "ca.crt").write_text("somebody's\n", encoding="utf-8")
        run = registry.play("main", classroom_registry=folder.name)
        assert (folder / "ca.crt").read_text(encoding="utf-8") == "somebody's\n"
    finally:
        shutil.rmtree(folder)
    run.refused("classroom_registry", folder.name, str(folder / "ca.crt"), "Remove it")


def test_a_port_that_is_taken_is_named(registry):
    with socket.create_server(("127.0.0.1", MIRROR_PORT)):
        run = registry.play("main", registry_mirror_upstream="http://127.0.0.1:1")
    run.refused(f"port {MIRROR_PORT}", "another program answers")


def test_another_class_tears_down_nothing(registry):
    run = registry.play("teardown", classroom_name="tuesday").ok()
    assert run.stats["changed"] == 0
    assert registry.ask()[0] == 401


def test_who_gets_in(registry):
    assert registry.ask()[0] == 401
    for user in ("trainer", "nina", "omar"):
        assert registry.ask(user=user)[0] == 200
        assert re.fullmatch("[A-Za-z0-9]{24}", registry.password(user))
    assert len(set(registry.passwords)) == 3
    assert list(registry.users) == ["trainer", "nina", "omar"]
    assert registry.ask(user="nina", password=registry.password("omar"))[0] == 401
    assert registry.ask(user="nobody", password=registry.password("omar"))[0] == 401


def test_tls_is_verified(registry):
    with pytest.raises(urllib.error.URLError, match="CERTIFICATE_VERIFY_FAILED"):
        registry.ask(ca=None)


def test_who_left_does_not_get_in_any_more(registry):
    password, before = registry.password("omar"), registry.users
    run = registry.play("main", classroom_students=["nina", {"name": "omar", "state": "absent"}, "zoe"]).ok()
    after = registry.users
    assert set(after) == {"trainer", "nina", "zoe"}
    # Who stayed keeps the line.
    assert (after["trainer"], after["nina"]) == (before["trainer"], before["nina"])
    assert registry.ask(user="omar", password=password)[0] == 401
    # A registry that is not restarted loses no push.
    assert not [task for task in run.of("ok") if "Start it, and again" in task["task"] and task["result"].get("changed")]
    registry.play("main").ok()
    assert registry.ask(user="omar", password=password)[0] == 200


def test_a_password_that_was_changed_by_hand(registry):
    path = registry.secrets / CLASS / "registry" / "nina"
    before = registry.users
    path.write_text("x" * 24 + "\n", encoding="utf-8")
    new = {"classroom_students": ["nina", "omar", "zoe"]}
    for dry in (registry.play("main", "--check", **new), registry.play("users", play_check_mode=True, **new)):
        assert dry.ok().stats["changed"] == 1
        assert registry.users == before and not path.with_name("zoe").exists()
    assert registry.play("main").ok().stats["changed"] == 1
    assert registry.ask(user="nina", password="x" * 24)[0] == 200
    assert registry.users["omar"] == before["omar"]


def test_another_address(registry):
    """The certificate is for the new name, and the old address is no longer trusted. What somebody else put there stays."""
    (CERTS / ADDRESS / "client.cert").write_text("somebody's\n", encoding="utf-8")
    registry.play("main", classroom_registry=f"moved.acceptance.internal:{PORT}").ok()
    assert [path.name for path in (CERTS / ADDRESS).iterdir()] == ["client.cert"]
    (CERTS / ADDRESS / "client.cert").unlink()
    assert HOST not in Path("/etc/hosts").read_text(encoding="utf-8")
    context = ssl.create_default_context(cafile=CERTS / f"moved.acceptance.internal:{PORT}" / "ca.crt")
    for name, good in (("moved.acceptance.internal", True), (HOST, False)):
        with socket.create_connection(("moved.acceptance.internal", PORT)) as connection:
            try:
                context.wrap_socket(connection, server_hostname=name).close()
                assert good
            except ssl.SSLCertVerificationError:
                assert not good
    registry.play("main").ok()
    assert registry.ask()[0] == 401


def test_push(registry, docker, intact):
    second = f"{ADDRESS}/omar/omarflask:v001"
    docker("tag", IMAGE, second)
    # Of pushes that were cut off: one of yesterday, one that may be at work, and one of another class.
    left, now, others = (Path(f"/dev/shm/classroom-registry.{whose}") for whose in (f"{CLASS}.cutoff_0", f"{CLASS}.cutoff_1", f"{CLASS}.b.cutoff_0"))
    for folder in (left, now, others):
        folder.mkdir(exist_ok=True)
    for folder in (left, others):
        os.utime(folder, (0, 0))
    try:
        intact(run := registry.push(EARLIER, second).ok())
        assert [folder.exists() for folder in (left, now, others)] == [False, True, True]
    finally:
        for folder in (now, others):
            folder.rmdir()
    # What was pushed, and the password that was left.
    assert run.stats["changed"] == 2
    assert registry.digest(second) == registry.digest(EARLIER)
    intact(run := registry.push(EARLIER, second).ok())
    assert run.stats["changed"] == 0


def test_push_of_a_tag_that_moved(registry, docker, intact):
    """All layers are there already, and the tag leads elsewhere: it is pushed, and that is a change."""
    first, second = f"{ADDRESS}/omar/tags:v001", f"{ADDRESS}/omar/tags:v002"
    subprocess.run(["docker", "build", "--quiet", "--tag", second, "-"], input=f"FROM {IMAGE}\nLABEL moved=yes\n", text=True, check=True, capture_output=True)
    docker("tag", IMAGE, first)
    registry.push(first, second).ok()
    docker("tag", second, first)
    intact(run := registry.push(first).ok())
    assert run.stats["changed"] == 1
    assert registry.digest(first) == registry.digest(second)


def test_push_in_check_mode(registry, docker, intact):
    other = f"{ADDRESS}/omar/dry:v001"
    docker("tag", IMAGE, other)
    run = registry.play("push", "--check", registry_images=[other, EARLIER]).ok()
    intact(run)
    assert (run.stats["changed"], other in run.output, EARLIER in run.output) == (1, True, False)
    assert registry.digest(other) is None
    for images in ([EARLIER], []):
        assert registry.play("push", "--check", registry_images=images).ok().stats["changed"] == 0


def test_pull_in_check_mode(registry, docker):
    here, gone = f"{ADDRESS}/omar/here:v001", f"{ADDRESS}/omar/gone:v001"
    docker("tag", IMAGE, here)
    run = registry.play("pull", "--check", registry_images=[here, EARLIER, gone]).ok()
    assert (run.stats["changed"], [image in run.output for image in (here, EARLIER, gone)]) == (1, [False, False, True])


def wrong_password(registry, folder):
    shutil.copytree(registry.secrets, folder, dirs_exist_ok=True)
    (folder / CLASS / "registry" / "trainer").write_text("y" * 24, encoding="utf-8")
    return {"classroom_secrets": str(folder)}


def unknown_user(registry, folder):
    shutil.copytree(registry.secrets, folder, dirs_exist_ok=True)
    (folder / CLASS / "registry" / "stranger").write_text("y" * 24, encoding="utf-8")
    return {"classroom_secrets": str(folder), "classroom_registry_account": "stranger"}


FAULTS = {
    "a wrong password": (wrong_password, ["classroom_registry_account trainer", "refuses", "provision"]),
    "an unknown user": (unknown_user, ["classroom_registry_account stranger", "refuses", "provision"]),
    "no password": (lambda *_: {"classroom_registry_account": "stranger"}, ["classroom_registry_account", "stranger", "classroom_secrets"]),
    "a tag that is not there": (lambda *_: {"registry_images": [EARLIER, f"{ADDRESS}/nina/none:v009"]}, ["registry_images", "/nina/none:v009", "Build"]),
    "another registry's image": (lambda *_: {"registry_images": ["docker.io/library/a:1"]}, ["registry_images", "docker.io/library/a:1", ADDRESS]),
}


@pytest.mark.parametrize("case", FAULTS)
def test_push_that_is_refused(registry, tmp_path, intact, case):
    prepare, words = FAULTS[case]
    intact(run := registry.play("push", **{"registry_images": [EARLIER], **prepare(registry, tmp_path)}))
    run.refused(*words)


def test_push_to_a_registry_that_is_down(registry, intact):
    service("stop")
    try:
        intact(run := registry.push(EARLIER))
    finally:
        service("start")
        wait_until(lambda: registry.ask()[0] == 401)
    assert run.code
    assert "classroom_registry" in run.errors and "does not answer" in run.errors and SERVICE in run.errors


def test_push_to_a_registry_of_another_ca(registry, intact, tmp_path):
    path = CERTS / ADDRESS / "ca.crt"
    kept = path.read_bytes()
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=another"]
        + ["-keyout", tmp_path / "key", "-out", path],
        check=True,
        capture_output=True,
    )
    try:
        intact(run := registry.push(EARLIER))
    finally:
        path.write_bytes(kept)
    assert run.code
    assert "its certificate is not by the CA" in run.errors and str(path) in run.errors


def wait_until(condition, seconds=40):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if condition():
                return True
        except OSError:
            pass
        time.sleep(0.05)
    return False


def uploading():
    return any(path.stat().st_size for path in STORAGE.glob("docker/registry/v2/repositories/nina/ninaflask/_uploads/*/data"))


def test_push_while_the_registry_goes_down(registry, big, intact):
    seen = []

    def go_down(process):
        seen.append(wait_until(uploading))
        service("stop")

    try:
        intact(run := registry.play("push", during=go_down, registry_images=[EARLIER, big]))
    finally:
        service("start")
        assert wait_until(lambda: registry.ask()[0] == 401)
    assert seen == [True]
    assert run.code
    # The other one is looked for at the same time, and may not have been found yet.
    assert "does not answer" in run.errors and big in run.errors.partition("Not pushed: ")[2]
    assert registry.digest(big) is None


def test_a_full_storage_and_its_garbage(registry, docker, big, intact):
    intact(run := registry.push(EARLIER, big))
    assert run.code
    assert f"registry_storage {STORAGE} on localhost has 0 bytes free" in run.errors and "garbage_collect" in run.errors
    assert f"Not pushed: {big}" in run.errors

    def said(*arguments, **variables):
        run = registry.play("garbage_collect", *arguments, **variables).ok()
        (words,) = re.findall(rf"{STORAGE}: (.*) bytes\.", run.output)
        return run.stats["changed"], *words.rsplit(" ", 1)

    changed, words, dry = said("--check")
    assert (changed, words) == (1, "would free") and int(dry) > 2**20
    assert said(play_check_mode=True) == (changed, words, dry)
    assert shutil.disk_usage(STORAGE).free < 2**20
    changed, words, freed = said()
    assert (changed, words) == (1, "freed") and int(freed) >= int(dry)
    assert shutil.disk_usage(STORAGE).free > 2**20
    assert said() == (0, "freed", "0")
    assert registry.ask()[0] == 401


def test_garbage_of_a_manifest_that_lost_its_name(registry, docker):
    lost = f"{ADDRESS}/nina/lost:v001"
    for line in ("a", "b"):
        dockerfile = f"FROM {IMAGE}\nRUN echo {line} >/{line}\n"
        subprocess.run(["docker", "build", "--quiet", "--tag", lost, "-"], input=dockerfile, text=True, check=True, capture_output=True)
        registry.push(lost).ok()
    blobs = len(list(STORAGE.glob("docker/registry/v2/blobs/sha256/*/*")))
    kept = registry.digest(lost)
    assert registry.play("garbage_collect").ok().stats["changed"] == 1
    # The manifest, the configuration and the layer of the first.
    assert len(list(STORAGE.glob("docker/registry/v2/blobs/sha256/*/*"))) == blobs - 3
    assert registry.digest(lost) == kept


def test_garbage_beside_an_image_for_several_platforms(registry, docker):
    """The parts of an index have no tags, and stay."""
    repository = "nina/platforms"
    image = f"{ADDRESS}/{repository}:latest"
    subprocess.run(["docker", "build", "--quiet", "--tag", image, "-"], input=f"FROM {IMAGE}\nLABEL part=one\n", text=True, check=True, capture_output=True)
    registry.push(image).ok()
    part = registry.digest(image)
    registry.tag_as_index(repository, part, "latest")
    for arguments in (["--check"], []):
        run = registry.play("garbage_collect", *arguments).ok()
        assert f"{repository}:latest: images for several platforms" in run.output
    assert registry.ask(f"{repository}/manifests/{part}", "trainer")[0] == 200
    assert registry.ask(f"{repository}/manifests/latest", "trainer")[0] == 200
    # With its last tag gone, so is the reason.
    shutil.rmtree(STORAGE / "docker/registry/v2/repositories" / repository / "_manifests/tags/latest")
    assert "several platforms" not in registry.play("garbage_collect").ok().output
    assert registry.ask(f"{repository}/manifests/{part}", "trainer")[0] == 404


def test_the_registry_is_back_after_a_collection_that_failed(registry):
    link = STORAGE / "docker/registry/v2/repositories/nina/ninaflask/_manifests/tags/broken/current/link"
    link.parent.mkdir(parents=True)
    link.write_text("sha256:nonsense", encoding="utf-8")
    shutil.chown(link, "docker-registry")
    try:
        run = registry.play("garbage_collect")
    finally:
        shutil.rmtree(link.parents[1])
    assert run.code
    assert registry.ask()[0] == 401


@pytest.fixture
def upstream(tmp_path, docker):
    """Start and stop a registry that is open to everybody."""
    config, processes = tmp_path / "upstream.yml", []
    config.write_text(
        json.dumps(
            {
                "version": 0.1,
                "log": {"level": "error", "accesslog": {"disabled": True}},
                "storage": {"filesystem": {"rootdirectory": str(tmp_path / "upstream")}},
                "http": {"addr": f"127.0.0.1:{UPSTREAM_PORT}"},
            }
        ),
        encoding="utf-8",
    )

    def start():
        processes.append(subprocess.Popen(["docker-registry", "serve", config], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        assert wait_until(lambda: urllib.request.urlopen(f"http://127.0.0.1:{UPSTREAM_PORT}/v2/").status == 200)

    def stop():
        for process in processes:
            process.terminate()
            process.wait()
        processes.clear()

    start()
    for tag in ("seen", "unseen"):
        image = f"127.0.0.1:{UPSTREAM_PORT}/library/busybox:{tag}"
        docker("tag", IMAGE, image)
        docker("push", image)
        docker("image", "rm", image)
    yield start, stop
    stop()


def test_mirror(registry, upstream):
    start, stop = upstream
    url = f"http://127.0.0.1:{UPSTREAM_PORT}"

    def has(tag):
        return registry.ask(f"library/busybox/manifests/{tag}", port=MIRROR_PORT)[0] == 200

    registry.play("main", registry_mirror_upstream=url).ok()
    assert registry.ask(port=MIRROR_PORT)[0] == 200
    assert has("seen")
    stop()
    assert has("seen")
    # It starts without its upstream, says so, and finds it again.
    service("restart", f"{SERVICE}-mirror")
    assert wait_until(lambda: has("seen"))
    assert not has("unseen")
    run = registry.play("main", registry_mirror_upstream=url).ok()
    assert run.stats["changed"] == 0
    assert f"registry_mirror_upstream is {url}, which does not answer" in run.output.replace("\n        ", " ")
    start()
    assert wait_until(lambda: has("unseen"), seconds=60)

    registry.play("main").ok()
    with pytest.raises(urllib.error.URLError):
        registry.ask(port=MIRROR_PORT)
    assert not list(Path("/etc").rglob(f"*{SERVICE}-mirror*"))
    assert registry.ask()[0] == 401


def test_teardown_of_another_host_leaves_the_passwords(registry, tmp_path):
    """The host that has the registry is not in the play."""
    host = {"ansible_connection": "local", "ansible_python_interpreter": "/usr/bin/python3"}
    inventory = tmp_path / "second.json"
    inventory.write_text(json.dumps({"training_hosts": {"hosts": {"second": host}}}), encoding="utf-8")
    arguments = ("--check", f"--inventory={inventory}")
    assert registry.secrets_go(*arguments, "--limit=second") == []
    assert registry.secrets_go(*arguments, "--limit=second", registry_host="second") == ["second"]
    assert registry.secrets_go(*arguments, "--limit=second", registry_host="{{ inventory_hostname }}") == []
    assert registry.secrets_go(*arguments, "--limit=localhost") == ["localhost"]


def test_teardown_leaves_the_passwords_for_a_registry_from_elsewhere(registry):
    """It did not make them."""
    assert registry.secrets_go("--check", registry_install=False) == []


def test_teardown_leaves_nothing(registry):
    """And what other registries of the role have stays."""
    others = {path: path.read_bytes() for path in Path("/etc/docker/certs.d").glob("*/ca.crt") if ADDRESS not in str(path)}
    stored = sorted(STORAGE.rglob("*"))
    dry = registry.play("teardown", "--check").ok()
    assert registry.play("teardown", play_check_mode=True).ok().stats["changed"] == dry.stats["changed"] > 0
    assert sorted(STORAGE.rglob("*")) == stored and registry.ask()[0] == 401
    run = registry.play("teardown").ok()
    assert run.stats["changed"] == dry.stats["changed"]
    assert registry.play("teardown").ok().stats["changed"] == 0
    assert not CONFIG.exists() and not (CERTS / ADDRESS).exists()
    assert list(STORAGE.iterdir()) == []
    assert not (registry.secrets / CLASS).exists()
    assert HOST not in Path("/etc/hosts").read_text(encoding="utf-8")
    for folder in ("/etc", "/run", "/var/log", "/var/lib/classroom"):
        assert not list(Path(folder).rglob(f"*{SERVICE}*"))
    assert {path: path.read_bytes() for path in others} == others
