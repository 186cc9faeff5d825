# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The base images of a class: what is in them, when they are made, and what goes wrong on the way."""

from __future__ import annotations

import http.server
import json
import os
import re
import shutil
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request

import pytest

from .conftest import CLASS

pytestmark = pytest.mark.long

PREFIX = "basetest"
BUSYBOX = f"{PREFIX}/busybox:latest"
PYTHON = f"{PREFIX}/python3:latest"
DEBUG = f"{PREFIX}/python3:debug-nonroot"
TRIXIE = f"{PREFIX}/python3:trixie"
SLIM = f"{PREFIX}/slim:latest"
DEBIAN = f"{PREFIX}/debian:latest"
DISTROLESS = f"gcr.io/{PREFIX}/python3:latest"
IMAGES = [
    {"name": BUSYBOX, "kind": "busybox"},
    {"name": PYTHON, "kind": "python3", "aliases": [f"gcr.io/{PREFIX}/python3"]},
    {"name": DEBUG, "kind": "python3", "variant": "debug-nonroot"},
    {"name": TRIXIE, "kind": "python3", "release": "trixie"},
    {"name": SLIM, "kind": "slim"},
    {"name": DEBIAN, "kind": "debian"},
]
MEGABYTE = 1_000_000


def ours(docker):
    listed = docker("image", "ls", "--format", "{{.Repository}}:{{.Tag}}").splitlines()
    return sorted(name for name in listed if re.match(rf"(gcr\.io/|127\.0\.0\.1:\d+/)?{PREFIX}(/|-)", name))


def image_id(docker, name):
    return docker("image", "inspect", "--format", "{{.Id}}", name)


@pytest.fixture(scope="module", autouse=True)
def nothing_left(docker):
    """Neither before nor after: an image of these names."""

    def remove():
        if found := ours(docker):
            docker("image", "rm", "--force", *found)

    remove()
    yield
    remove()


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Where the role builds, and where it writes what the images are made of."""
    return {"base_images_build_dir": str(tmp_path_factory.mktemp("build")), "base_images_sbom_dir": str(tmp_path_factory.mktemp("sbom"))}


@pytest.fixture(scope="module")
def play(new_class, folders):
    """Run the role for a list of images."""

    def run(images, *arguments, during=None, **variables):
        classroom, entry_point = new_class("nina"), variables.pop("entry_point", "main")
        return classroom.role("base_images", entry_point, *arguments, during=during, **{**folders, "base_images_list": images, **variables})

    return run


@pytest.fixture(scope="module")
def made(play, docker):
    """All images, made."""
    run = play(IMAGES).ok()
    return run, {image["name"]: image_id(docker, image["name"]) for image in IMAGES}


def python(docker, image, program, *options):
    return docker("run", "--rm", "--network", "none", "--label", "acceptance.by-hand", *options, image, "-c", program)


# What is in them


@pytest.mark.parametrize(("image", "most"), [(BUSYBOX, 3), (PYTHON, 60), (TRIXIE, 60), (DEBUG, 60), (SLIM, 80), (DEBIAN, 90)])
def test_size(made, docker, image, most):
    assert int(docker("image", "inspect", "--format", "{{.Size}}", image)) <= most * MEGABYTE


@pytest.mark.parametrize("image", [PYTHON, TRIXIE])
def test_distroless_has_no_shell_and_no_package_manager(made, docker, image):
    for program in ("/bin/sh", "/bin/bash", "/usr/bin/apt", "/usr/bin/dpkg"):
        done = subprocess.run(["docker", "run", "--rm", "--entrypoint", program, image], capture_output=True, check=False)
        assert done.returncode == 127, program
    said = python(docker, image, "import subprocess\ntry: subprocess.run('true', shell=True)\nexcept FileNotFoundError as exc: print('none')")
    assert said == "none"


@pytest.mark.parametrize("image", [PYTHON, TRIXIE, DEBUG])
def test_distroless_python_has_all_that_it_needs(made, docker, image):
    program = """
import ctypes, ctypes.util, glob, importlib, json, locale, os, pwd, grp, sqlite3, ssl, sys, zoneinfo
broken = []
for path in glob.glob(sys.prefix + "/lib/python3*/lib-dynload/*.so"):
    try:
        importlib.import_module(os.path.basename(path).split(".")[0])
    except ImportError as exc:
        broken.append(str(exc))
print(json.dumps({
    "broken": broken,
    "locale": locale.setlocale(locale.LC_ALL, ""),
    "encoding": sys.getfilesystemencoding(),
    "certificates": len(ssl.create_default_context().get_ca_certs()) > 100,
    "zone": str(zoneinfo.ZoneInfo("Asia/Kolkata")),
    "sqlite": sqlite3.connect(":memory:").execute("select 6 * 7").fetchone()[0],
    "libc": ctypes.util.find_library("c"),
    "libssl": bool(ctypes.CDLL(ctypes.util.find_library("ssl"))),
    "users": {name: pwd.getpwnam(name).pw_uid for name in ("root", "nobody", "nonroot")},
    "groups": {name: grp.getgrnam(name).gr_gid for name in ("root", "nobody", "nonroot")},
    "status": "libc6" in os.listdir("/var/lib/dpkg/status.d"),
}))
"""
    users = {"root": 0, "nobody": 65534, "nonroot": 65532}
    assert json.loads(python(docker, image, program, "--user", "65532", "--read-only", "--cap-drop", "ALL")) == {
        "broken": [],
        "locale": "C.UTF-8",
        "encoding": "utf-8",
        "certificates": True,
        "zone": "Asia/Kolkata",
        "sqlite": 42,
        "libc": "libc.so.6",
        "libssl": True,
        "users": users,
        "groups": users,
        "status": True,
    }


def test_release_and_variant(made, docker):
    assert python(docker, PYTHON, "import os; print(os.getuid())") == "0"
    assert python(docker, DEBUG, "import os; print(os.getuid(), os.getcwd())") == "65532 /home/nonroot"
    assert docker("run", "--rm", "--entrypoint", "sh", DEBUG, "-c", "id -un") == "nonroot"
    assert "trixie" in python(docker, TRIXIE, "print(open('/etc/os-release').read())")


def test_debian_installs_what_a_dockerfile_asks_for(made, docker):
    asked = "apt update && apt install -y --no-install-recommends netbase && dpkg -s netbase"
    said = docker("run", "--rm", "--label", "acceptance.by-hand", DEBIAN, "sh", "-c", asked)
    assert "install ok installed" in said
    config = docker("run", "--rm", DEBIAN, "sh", "-c", "apt-config dump; /usr/sbin/policy-rc.d; echo $?; ls /etc/ssl/certs/ca-certificates.crt")
    assert 'Acquire::GzipIndexes "true"' in config
    assert config.splitlines()[-2:] == ["101", "/etc/ssl/certs/ca-certificates.crt"]


def sbom(folders, image):
    with open(f"{folders['base_images_sbom_dir']}/{re.sub('[/:]', '_', image)}.spdx.json", encoding="utf-8") as document:
        return json.load(document)


@pytest.mark.parametrize("image", [SLIM, DEBIAN])
def test_the_sbom_is_what_dpkg_says(made, docker, folders, image):
    document = sbom(folders, image)
    installed = docker("run", "--rm", image, "dpkg-query", "--show", "--showformat", "${Package} ${Version}\n").splitlines()
    assert sorted(f"{package['name']} {package['versionInfo']}" for package in document["packages"][1:]) == sorted(installed)
    assert document["packages"][0]["versionInfo"] == image_id(docker, image)


def test_the_sbom_of_distroless_is_its_status(made, docker, folders):
    document = sbom(folders, PYTHON)
    names = json.loads(python(docker, PYTHON, "import json, os; print(json.dumps(os.listdir('/var/lib/dpkg/status.d')))"))
    assert {package["name"] for package in document["packages"][1:]} == {name for name in names if not name.endswith(".md5sums")}


# When they are made


def test_a_second_run_changes_nothing(made, play, folders):
    assert play(IMAGES).ok().stats["changed"] == 0
    assert os.listdir(folders["base_images_build_dir"]) == []


def test_made_again_they_are_the_same(made, play, docker):
    images = [image for image in IMAGES if image["name"] in (PYTHON, DEBIAN)]
    docker("image", "rm", PYTHON, DISTROLESS, DEBIAN)
    assert play(images, "--check").ok().stats["changed"] == 1
    assert not {PYTHON, DEBIAN} & set(ours(docker))
    play(images).ok()
    assert {name: image_id(docker, name) for name in (PYTHON, DEBIAN)} == {name: made[1][name] for name in (PYTHON, DEBIAN)}


def relabelled(docker, name, contents):
    """An image as the role makes it, in one step, with other contents under the name."""
    nothing = subprocess.run(["tar", "--create", "--files-from=/dev/null"], capture_output=True, check=True).stdout
    labels = f"LABEL classroom.base_image=busybox classroom.contents={contents}"
    subprocess.run(["docker", "import", f"--change={labels}", "-", name], input=nothing, check=True, capture_output=True)
    return image_id(docker, name)


def derive(docker, name, line):
    """What somebody makes of an image, and calls the same: its id, and the name that the role gives it."""
    subprocess.run(["docker", "build", "--quiet", "--tag", name, "-"], input=f"FROM {name}\n{line}\n", text=True, check=True, capture_output=True)
    found = image_id(docker, name)
    return found, f"{name.rpartition(':')[0]}:derived-{found.partition(':')[2][:12]}"


def test_other_versions_make_it_again(made, play, docker):
    old = relabelled(docker, BUSYBOX, "old")
    assert play(IMAGES[:1]).ok().stats["changed"] > 0
    assert image_id(docker, BUSYBOX) == made[1][BUSYBOX]
    assert subprocess.run(["docker", "image", "inspect", old], capture_output=True, check=False).returncode, "the old one is gone"


@pytest.mark.parametrize("line", ["ENV EDITION=2", "RUN touch /edition2"])
def test_what_a_student_made_on_top_and_called_the_same_is_kept_under_another_name(made, play, docker, line):
    """It has all labels of what it was made of."""
    derived, aside = derive(docker, BUSYBOX, line)
    assert derived != made[1][BUSYBOX]
    dry = play(IMAGES[:1], "--check").ok()
    assert aside in dry.output and dry.stats["changed"] == 1
    assert image_id(docker, BUSYBOX) == derived and aside not in ours(docker)
    run = play(IMAGES[:1]).ok()
    assert aside in run.output and run.stats["changed"] > 0
    assert image_id(docker, BUSYBOX) == made[1][BUSYBOX]
    assert image_id(docker, aside) == derived
    assert play(IMAGES[:1]).ok().stats["changed"] == 0
    docker("image", "rm", aside)


def test_what_was_replaced_stays_under_another_name(made, play, docker):
    old = relabelled(docker, BUSYBOX, "old")
    docker("tag", BUSYBOX, f"{PREFIX}/kept:latest")
    play(IMAGES[:1]).ok()
    assert image_id(docker, f"{PREFIX}/kept:latest") == old != image_id(docker, BUSYBOX)
    docker("image", "rm", f"{PREFIX}/kept:latest")


# Names from elsewhere


def test_a_dockerfile_works_as_it_is(made, docker):
    assert "made of packages of Debian" in made[0].output.replace("\n        ", " ")
    built = subprocess.run(
        ["docker", "build", "--network=none", "--tag", f"{PREFIX}/app:latest", "-"],
        input=f"FROM gcr.io/{PREFIX}/python3\nCMD [\"-c\", \"print(1)\"]\n", text=True, capture_output=True, check=False,
    )
    assert built.returncode == 0, built.stderr
    assert docker("run", "--rm", f"{PREFIX}/app:latest") == "1"


@pytest.mark.parametrize("by", ["name", "alias"])
def test_an_image_of_others_is_left(made, play, docker, by):
    other = f"{PREFIX}/other:latest"
    nothing = subprocess.run(["tar", "--create", "--files-from=/dev/null"], capture_output=True, check=True).stdout
    subprocess.run(["docker", "import", "-", other], input=nothing, check=True, capture_output=True)
    before = image_id(docker, other)
    if by == "name":
        run = play([{"name": other, "kind": "busybox"}]).ok()
        assert "the role did not make it" in run.output
    else:
        run = play([{"name": BUSYBOX, "kind": "busybox", "aliases": [other]}])
        assert run.code and other in run.errors and "the role did not make" in run.errors
    assert run.stats["changed"] == 0
    assert image_id(docker, other) == before
    docker("image", "rm", other)


# Input that is wrong

BAD_INPUT = {
    "no name": ([{"name": "Base", "kind": "busybox"}], ["base_images_list", "'Base'", "lower-case"]),
    "a name twice": ([{"name": BUSYBOX, "kind": "busybox"}, {"name": f"{PREFIX}/busybox", "kind": "slim"}], ["base_images_list", BUSYBOX, "once"]),
    "a digest": ([{"name": f"{BUSYBOX}@sha256:{'0' * 64}", "kind": "busybox"}], ["base_images_list", "digest"]),
    "an alias that is a name": ([{"name": BUSYBOX, "kind": "busybox", "aliases": [BUSYBOX]}], ["base_images_list", BUSYBOX, "once"]),
    "a kind that is none": ([{"name": BUSYBOX, "kind": "alpine"}], ["base_images_list", "alpine", "busybox, debian, python3, slim"]),
    "no kind": ([{"name": BUSYBOX}], ["base_images_list", BUSYBOX, "kind"]),
    "a variant of another kind": ([{"name": BUSYBOX, "kind": "busybox", "variant": "debug"}], ["base_images_list", BUSYBOX, "python3"]),
    "a release that is none": ([{"name": BUSYBOX, "kind": "busybox", "release": "sarge"}], ["base_images_list", "sarge", "bookworm, trixie"]),
}


@pytest.fixture(scope="module")
def bad_input(new_class, folders):
    cases = {case: {**folders, "base_images_list": images} for case, (images, _words) in BAD_INPUT.items()}
    return new_class("nina").cases("../tests/role", cases, role="base_images", entry_point="main")


@pytest.mark.parametrize("case", BAD_INPUT)
def test_bad_input_is_refused_before_any_change(bad_input, case):
    bad_input[case].refused(*BAD_INPUT[case][-1])


def test_without_from_nothing_is_pulled(play):
    run = play([{"name": BUSYBOX, "kind": "busybox"}], base_images_source="pull")
    assert "from says which image" in run.errors and BUSYBOX in run.errors


# Hosts that are wrong


class Proxy(http.server.BaseHTTPRequestHandler):
    """Between apt and its mirror. What happens to a package is the server's `fault`."""

    def do_GET(self):
        fault = self.server.fault if self.path.endswith(".deb") else ""
        if fault == "hang":
            self.server.asked.set()
            self.server.released.wait(60)
        if fault in ("gone", "hang"):
            self.send_error(404)
            return
        try:
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(self.path) as answer:
                body = answer.read()
        except urllib.error.HTTPError as exc:
            self.send_error(exc.code)
            return
        if fault == "corrupt":
            body = body[:-1] + bytes([body[-1] ^ 1])
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments):
        pass


@pytest.fixture
def mirror(tmp_path, monkeypatch):
    """Lead apt to its mirror through a proxy with a fault."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
    server.fault, server.asked, server.released = "", threading.Event(), threading.Event()
    threading.Thread(target=server.serve_forever, daemon=True).start()

    def configure(*lines):
        (tmp_path / "apt.conf").write_text("".join(f"{line};\n" for line in lines), encoding="utf-8")
        monkeypatch.setenv("APT_CONFIG", str(tmp_path / "apt.conf"))

    server.configure = configure
    configure(f'Acquire::http::Proxy "http://127.0.0.1:{server.server_address[1]}"', 'Acquire::Retries "0"')
    yield server
    server.released.set()
    server.shutdown()


NEW = [{"name": f"{PREFIX}/new:latest", "kind": "busybox"}]


def refused(run, docker, folders, *words):
    run.refused(*words)
    assert f"{PREFIX}/new:latest" not in ours(docker)
    assert os.listdir(folders["base_images_build_dir"]) == []


@pytest.mark.parametrize(("fault", "words"), [("gone", "404"), ("corrupt", "Hash Sum mismatch")])
def test_a_package_that_does_not_come(mirror, play, docker, folders, fault, words):
    mirror.fault = fault
    refused(play(NEW), docker, folders, f"{PREFIX}/new:latest", "busybox-static", words)
    mirror.fault = ""
    play(NEW).ok()
    docker("image", "rm", NEW[0]["name"])


def test_a_mirror_that_is_away(made, mirror, play, docker, folders):
    mirror.configure('Acquire::http::Proxy "http://127.0.0.1:9"', 'Acquire::Retries "0"')
    refused(play(NEW), docker, folders, f"{PREFIX}/new:latest", "127.0.0.1:9")
    # What is there does not need it.
    assert play(IMAGES[:2]).ok().stats["changed"] == 0


def test_a_mirror_that_was_never_there(made, mirror, play, docker, folders, tmp_path):
    (tmp_path / "lists/partial").mkdir(parents=True)
    mirror.configure('Acquire::http::Proxy "http://127.0.0.1:9"', f'Dir::State::Lists "{tmp_path}/lists"', 'Acquire::Retries "0"')
    refused(play(NEW), docker, folders, f"{PREFIX}/new:latest", "no index of Debian", "127.0.0.1:9")
    run = play(IMAGES[:1]).ok()
    assert run.stats["changed"] == 0
    assert "is not known" in run.output


def test_an_architecture_without_the_packages(mirror, play, docker, folders):
    mirror.configure('APT::Architecture "alpha"', 'APT::Architectures { "alpha"; }')
    refused(play(NEW), docker, folders, f"{PREFIX}/new:latest", "for alpha", "no index")


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts a file system")
def test_a_disk_that_is_full(play, docker, folders, tmp_path):
    small = tmp_path / "small"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(small)], check=True)
    try:
        run = play(NEW, base_images_build_dir=str(small))
        refused(run, docker, folders, f"{PREFIX}/new:latest", "base_images_build_dir", str(small), "MB left")
        assert os.listdir(small) == []
    finally:
        subprocess.run(["umount", str(small)], check=True)


def test_interrupted_it_leaves_nothing_half_made(mirror, play, docker, folders):
    mirror.fault = "hang"

    def interrupt(process):
        assert mirror.asked.wait(60)
        process.send_signal(signal.SIGKILL)

    play(NEW, during=interrupt)
    mirror.released.set()
    assert f"{PREFIX}/new:latest" not in ours(docker)
    mirror.fault = ""
    play(NEW).ok()
    assert f"{PREFIX}/new:latest" in ours(docker)
    docker("image", "rm", NEW[0]["name"])
    for left in os.listdir(folders["base_images_build_dir"]):
        shutil.rmtree(os.path.join(folders["base_images_build_dir"], left))


# Pulled


@pytest.fixture(scope="module")
def registry(tmp_path_factory, docker, made):
    """A registry with a busybox in it; the address."""
    folder = tmp_path_factory.mktemp("registry")
    address = "127.0.0.1:15997"
    config = {"version": 0.1, "storage": {"filesystem": {"rootdirectory": str(folder / "data")}}, "http": {"addr": address}}
    (folder / "config.yml").write_text(json.dumps(config), encoding="utf-8")
    program = shutil.which("docker-registry")
    if not program:
        pytest.skip("no docker-registry on this host")
    with subprocess.Popen([program, "serve", str(folder / "config.yml")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            upstream = f"{address}/{PREFIX}/upstream:1"
            for _attempt in range(50):
                try:
                    urllib.request.urlopen(f"http://{address}/v2/").read()
                    break
                except OSError:
                    time.sleep(0.1)
            push(docker, upstream, "first")
            yield address
        finally:
            process.terminate()


def push(docker, upstream, word):
    subprocess.run(
        ["docker", "build", "--quiet", "--tag", upstream, "-"],
        input=f"FROM {BUSYBOX}\nLABEL classroom.base_image= classroom.contents= classroom.package=\nENV WORD={word}\n",
        text=True, check=True, capture_output=True,
    )
    docker("push", "--quiet", upstream)
    docker("image", "rm", upstream)


def test_pull(registry, play, docker):
    upstream = f"{registry}/{PREFIX}/upstream:1"
    name = f"{PREFIX}/pulled:latest"
    images = [{"name": name, "from": upstream, "aliases": [f"{PREFIX}/alias"]}]
    assert play(images, "--check", base_images_source="pull").ok().stats["changed"] == 1
    assert name not in ours(docker)
    run = play(images, base_images_source="pull").ok()
    assert run.stats["changed"] == 1
    assert f"pulled from {upstream}" in run.output.replace("\n        ", " ")
    assert docker("run", "--rm", f"{PREFIX}/alias", "sh", "-c", "echo $WORD") == "first"
    assert upstream not in ours(docker), "what it pulled has only the class's name"
    assert play(images, base_images_source="pull").ok().stats["changed"] == 0

    push(docker, upstream, "second")
    assert play(images, base_images_source="pull").ok().stats["changed"] == 1
    assert docker("run", "--rm", name, "sh", "-c", "echo $WORD") == "second"

    derived, aside = derive(docker, name, "ENV WORD=third")
    dry = play(images, "--check", base_images_source="pull").ok()
    assert aside in dry.output and dry.stats["changed"] == 1
    run = play(images, base_images_source="pull").ok()
    assert aside in run.output
    assert image_id(docker, aside) == derived
    assert docker("run", "--rm", name, "sh", "-c", "echo $WORD") == "second"
    assert play(images, base_images_source="pull").ok().stats["changed"] == 0
    docker("image", "rm", aside)

    missing = [{"name": f"{PREFIX}/missing:latest", "from": f"{registry}/{PREFIX}/missing:1"}]
    would = play([*images, *missing], "--check", base_images_source="pull").ok().output.partition("Say which names")[0]
    assert missing[0]["from"] in would and upstream not in would
    run = play(missing, base_images_source="pull")
    assert run.code and "basetest/missing:latest" in run.errors and missing[0]["from"] in run.errors

    run = play(images, base_images_source="pull", entry_point="teardown").ok()
    assert not {name, f"{PREFIX}/alias:latest"} & set(ours(docker))


# Removed


def test_teardown_leaves_what_others_made_of_them(made, play, docker):
    derived, _aside = derive(docker, DEBUG, "ENV EDITION=2")
    images = [image for image in IMAGES if image["name"] == DEBUG]
    for arguments in (["--check"], []):
        assert f"{DEBUG} stay" in play(images, *arguments, entry_point="teardown").ok().output
        assert image_id(docker, DEBUG) == derived
    docker("image", "rm", DEBUG)
    play(images).ok()


def test_teardown_takes_its_own_and_leaves_the_rest(made, play, docker, folders):
    docker("tag", PYTHON, f"{PREFIX}/student:latest")
    others = ["base_images.thesis", f"classroom-base_images.{CLASS}.evening.a1b2c3d4", "classroom-base_images.other.a1b2c3d4"]
    for name in (*others, f"classroom-base_images.{CLASS}.a1b2c3d4"):
        os.makedirs(os.path.join(folders["base_images_build_dir"], name, "rootfs"))
    play(IMAGES, "--check", entry_point="teardown").ok()
    assert PYTHON in ours(docker)
    # Another list had this one, and a trainer may change the list before the teardown.
    play([*IMAGES, *NEW], entry_point="teardown").ok()
    assert sorted(os.listdir(folders["base_images_build_dir"])) == others
    # Another class may run containers of the same busybox, and then it stays.
    assert [name for name in ours(docker) if name != BUSYBOX] == [f"{PREFIX}/app:latest", f"{PREFIX}/student:latest"]
    assert not os.path.exists(folders["base_images_sbom_dir"])
    assert play(IMAGES, entry_point="teardown").ok().stats["changed"] == 0
