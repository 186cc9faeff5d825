# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Three students type docker commands: what each did is graded, step by step, as it is, right or wrong by one."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path

import pytest

from .conftest import BY_HAND, CLASS

pytestmark = pytest.mark.alone

REGISTRY = "byhand.acceptance.internal:5040"
#: nina does everything right, and is the others' neighbour; a mistake is made now by omar, now by zoe.
STUDENTS = ("nina", "omar", "zoe")
NUMBERS = {student: number + 1 for number, student in enumerate(STUDENTS)}
PORTS = 18400
POOLS = ("10.237", "10.238")
LABS = {
    "container_limits": ("x1", "x2"),
    "restart_policy": ("x3", "x3-no", "x3-on-failure", "x3-unless-stopped"),
    "flask_image": ("v001", "v002", "v003"),
    "distroless_image": ("hello", "flask"),
    "bridge_network": ("br1", "br2", "n1", "n2"),
    "namespaces": ("s1", "s1-pid", "s1-net", "s1-ipc"),
}
LAYER, BUILDER, COURSE = "acceptance:flasklayer", "acceptance:builder", "acceptance:course"
MATERIAL = {lab: Path(f"/srv/{CLASS}-{lab}") for lab in ("flask_image", "distroless_image")}

RUN = f"docker run -itd --label {BY_HAND}"
PING = "classroom/busybox ping 127.0.0.1"
SLEEP = "classroom/busybox sleep 86400"
WEB = f"{RUN} --name {{s}}c1 -p {{port}}:5000 {{s}}flask:v001"
HARD = f"{RUN} --name {{s}}d1 --read-only --cap-drop ALL -p {{sixth}}:5000 {{s}}distroless:flask"
ON_ONE = f"{RUN} --name {{s}}n1 --network {{s}}br1 --ip {{one}}.100 {SLEEP}"
ON_BOTH = f"{RUN} --name {{s}}n2 --network {{s}}br1 --ip {{one}}.101 {SLEEP}"
SECOND = "docker network connect --ip {two}.100 {s}br2 {s}n2"
NETWORK = f"docker network create --label {BY_HAND}"
BRIDGE = f"{NETWORK} --subnet {{two}}.0/24 --gateway {{two}}.1"
SHIP = ("docker tag {s}flask:{v} {registry}/{s}/{s}flask:{v}", "docker push -q {registry}/{s}/{s}flask:{v}")


def site(version, *lines, label="--label maintainer={s}", base=LAYER):
    """The commands that build a version of the site, in a folder that the student has for it."""
    words = ("WORKDIR /webapp", "COPY site/ .", *lines, "EXPOSE 5000", "STOPSIGNAL SIGINT", 'ENTRYPOINT ["/usr/bin/python3"]', 'CMD ["demo.py"]')
    return [
        f"mkdir -p {{s}}/{version}",
        f"cp -r {MATERIAL['flask_image']}/site {{s}}/{version}/",
        *([f"write {{s}}/{version}/site/message.txt {MESSAGES[version]}"] if version in MESSAGES else []),
        f"write {{s}}/{version}/Dockerfile " + "\\n".join([f"FROM {base}", *words]),
        f"docker build -q --label {BY_HAND} {label} -t {{s}}flask:{version} {{s}}/{version}",
    ]


MESSAGES = {"v002": "The second version: only the layer with the site is new.", "v003": "The third version, and still the same layer of dependencies."}
UID = "USER 65532"
STAGED = ("FROM classroom/busybox AS builder", "WORKDIR /code", "COPY hello.py .")
FINAL = ("FROM classroom/python3:latest", "COPY --from=builder /code /code1")
START = 'ENTRYPOINT ["/code1/hello.py"]'


def hello(*lines):
    return [
        "mkdir -p {s}/hello",
        f"cp {MATERIAL['distroless_image']}/hello.py {{s}}/hello/",
        "write {s}/hello/Dockerfile " + "\\n".join(lines),
        f"docker build -q --label {BY_HAND} --label maintainer={{s}} -t {{s}}distroless:hello {{s}}/hello",
    ]


def shipped(version):
    return [each.replace("{v}", version) for each in SHIP]


#: What a student types for each step of each lab.
RIGHT = {
    ("container_limits", "x1"): [f"{RUN} --name {{s}}x1 {PING}"],
    ("container_limits", "x2"): [f"{RUN} --name {{s}}x2 --memory 100m --cpu-shares=20 {PING}"],
    ("restart_policy", "x3"): [f"{RUN} --name {{s}}x3 --restart always {PING}"],
    ("restart_policy", "x3-no"): [f"{RUN} --name {{s}}x3-no {PING}"],
    ("restart_policy", "x3-on-failure"): [f"{RUN} --name {{s}}x3-on-failure --restart on-failure:3 {PING}"],
    ("restart_policy", "x3-unless-stopped"): [f"{RUN} --name {{s}}x3-unless-stopped --restart unless-stopped {PING}"],
    ("flask_image", "v001"): [*site("v001", UID), *shipped("v001"), WEB],
    ("flask_image", "v002"): [*site("v002", UID), *shipped("v002")],
    ("flask_image", "v003"): [*site("v003", UID), *shipped("v003")],
    ("distroless_image", "hello"): hello(*STAGED, "RUN chmod +x hello.py", *FINAL, UID, START),
    ("distroless_image", "flask"): [
        "mkdir -p {s}/distroless",
        f"cp -r {MATERIAL['distroless_image']}/site {{s}}/distroless/",
        "write {s}/distroless/Dockerfile "
        + "\\n".join(
            [
                f"FROM {LAYER} AS packages", "FROM classroom/python3:latest", "COPY --from=packages /usr/local/lib/site-packages /usr/local/lib/site-packages",
                "ENV PYTHONPATH=/usr/local/lib/site-packages PYTHONDONTWRITEBYTECODE=1", "WORKDIR /webapp", "COPY site/ .", UID, "EXPOSE 5000",
                "STOPSIGNAL SIGINT", 'ENTRYPOINT ["/usr/bin/python3"]', 'CMD ["demo.py"]',
            ]
        ),
        f"docker build -q --label {BY_HAND} --label maintainer={{s}} -t {{s}}distroless:flask {{s}}/distroless",
        HARD,
    ],
    ("bridge_network", "br1"): [f"{NETWORK} --subnet {{one}}.0/24 --gateway {{one}}.1 {{s}}br1"],
    ("bridge_network", "br2"): [f"{BRIDGE} {{s}}br2"],
    ("bridge_network", "n1"): [ON_ONE],
    ("bridge_network", "n2"): [ON_BOTH, SECOND],
    ("namespaces", "s1"): [f"{RUN} --name {{s}}s1 --ipc shareable {SLEEP}"],
    ("namespaces", "s1-pid"): [f"{RUN} --name {{s}}s1-pid --pid host {SLEEP}"],
    ("namespaces", "s1-net"): [f"{RUN} --name {{s}}s1-net --network host {SLEEP}"],
    ("namespaces", "s1-ipc"): [f"{RUN} --name {{s}}s1-ipc --ipc container:{{s}}s1 {SLEEP}"],
}  # fmt: skip
#: What a step consists of, to begin it anew: containers, then images or networks.
MADE = {
    **{(lab, step): [f"docker rm -f {{s}}{step}"] for lab in ("container_limits", "restart_policy", "namespaces") for step in LABS[lab]},
    ("flask_image", "v001"): ["docker rm -f {s}c1"],
    ("flask_image", "v002"): [],
    ("flask_image", "v003"): [],
    ("distroless_image", "hello"): [],
    ("distroless_image", "flask"): ["docker rm -f {s}d1"],
    ("bridge_network", "br1"): [],
    ("bridge_network", "br2"): ["docker network disconnect {s}br2 {s}n2", "docker network rm {s}br2"],
    ("bridge_network", "n1"): ["docker rm -f {s}n1"],
    ("bridge_network", "n2"): ["docker rm -f {s}n2"],
}
#: Who loses a network has to be connected again.
AFTER = {("bridge_network", "br2"): [SECOND]}

X1 = ("container_limits", "x1")
X2 = ("container_limits", "x2")
X3, X3_NO, X3_FAIL, X3_UNLESS = (("restart_policy", step) for step in LABS["restart_policy"])
V1, V2, V3 = (("flask_image", step) for step in LABS["flask_image"])
HELLO, FLASK = (("distroless_image", step) for step in LABS["distroless_image"])
BR1, BR2, N1, N2 = (("bridge_network", step) for step in LABS["bridge_network"])
S1, S1_PID, S1_NET, S1_IPC = (("namespaces", step) for step in LABS["namespaces"])


def all_of(verdict, *attributes):
    return dict.fromkeys(attributes, verdict)


def x1(options):
    return [f"{RUN} --name {{s}}x1 {options} {PING}"]


def x2(options):
    return [f"{RUN} --name {{s}}x2 {options} {PING}"]


def x3(options, step="x3"):
    return [f"{RUN} --name {{s}}{step} {options} {PING}"]


def s1(options, step="s1"):
    return [f"{RUN} --name {{s}}{step} {options} {SLEEP}"]


LIMITS_OF_X1 = ("memory", "cpus", "cpu_shares")
IMAGE = ("size_max", "user", "starts", "files", "stop_signal", "exposed_ports", "no_secrets", "labels", "pushed_as")
#: The step, what the student types instead, which of its attributes get which verdict, and words of the hints.
CASES = {
    "x1 with memory": (X1, x1("--memory 100m"), {"memory": "differs"}, "create it again without --memory"),
    "x1 with shares": (X1, x1("--cpu-shares 20"), {"cpu_shares": "differs"}, "create it again without --cpu-shares"),
    "x1 with cpus": (X1, x1("--cpus 1.5"), {"cpus": "differs"}),
    "no x1": (X1, [], all_of("absent", *LIMITS_OF_X1)),
    "x1 stopped": (X1, [*x1(""), "docker kill {s}x1"], all_of("stopped", *LIMITS_OF_X1), "docker start {s}x1"),
    "x1 never started": (X1, [f"docker create --label {BY_HAND} --name {{s}}x1 {PING}"], all_of("stopped", *LIMITS_OF_X1)),
    "x1 with a limit later": (X1, [*x1(""), "docker update --memory 100m --memory-swap 200m {s}x1"], {"memory": "differs"}),
    "100 MB": (X2, x2("--memory 100000000 --cpu-shares 20"), {"memory": "differs"}, "docker update --memory 100m"),
    "a byte less": (X2, x2("--memory 104857599 --cpu-shares 20"), {"memory": "differs"}, "docker update --memory 100m"),
    "a byte more": (X2, x2("--memory 104857601 --cpu-shares 20"), {"memory": "differs"}),
    "101m": (X2, x2("--memory 101m --cpu-shares 20"), {"memory": "differs"}),
    "a gigabyte for a megabyte": (X2, x2("--memory 100g --cpu-shares 20"), {"memory": "differs"}),
    "no memory limit": (X2, x2("--cpu-shares 20"), {"memory": "missing"}),
    "21 shares": (X2, x2("--memory 100m --cpu-shares 21"), {"cpu_shares": "differs"}, "docker update --cpu-shares 20 {s}x2"),
    "19 shares": (X2, x2("--memory 100m --cpu-shares 19"), {"cpu_shares": "differs"}),
    "no shares": (X2, x2("--memory 100m"), {"cpu_shares": "missing"}, "docker update --cpu-shares 20 {s}x2"),
    "cpus for shares": (X2, x2("--memory 100m --cpus 0.2"), {"cpu_shares": "missing"}),
    "other shares later": (X2, [*x2("--memory 100m --cpu-shares 20"), "docker update --cpu-shares 1024 {s}x2"], {"cpu_shares": "differs"}),
    "no x2": (X2, [], all_of("absent", "memory", "cpu_shares"), "docker run --detach --name {s}x2 --memory 100m --cpu-shares 20 classroom/busybox:latest ping"),
    "x2 stopped": (X2, [*x2("--memory 100m --cpu-shares 20"), "docker kill {s}x2"], all_of("stopped", "memory", "cpu_shares")),
    "no policy": (X3, x3(""), {"restart_policy": "missing"}, "docker update --restart always {s}x3"),
    "unless-stopped for always": (X3, x3("--restart unless-stopped"), {"restart_policy": "differs"}, "docker update --restart always {s}x3"),
    "on-failure for always": (X3, x3("--restart on-failure"), {"restart_policy": "differs"}),
    "no x3": (X3, [], all_of("absent", "state", "restart_policy"), "docker run --detach --name {s}x3 --restart always classroom/busybox:latest ping 127.0.0.1"),
    "x3 stopped": (X3, [*x3("--restart always"), "docker stop -t 0 {s}x3"], {"state": "differs"}, "docker start {s}x3"),
    "x3 paused": (X3, [*x3("--restart always"), "docker pause {s}x3"], {"state": "differs"}, "docker unpause {s}x3"),
    "always for none": (X3_NO, x3("--restart always", "x3-no"), {"restart_policy": "differs"}, "docker update --restart no {s}x3-no"),
    "on-failure for none": (X3_NO, x3("--restart on-failure:3", "x3-no"), {"restart_policy": "differs"}),
    "on-failure without a count": (X3_FAIL, x3("--restart on-failure", "x3-on-failure"), {"restart_policy": "differs"}),
    "on-failure twice": (
        X3_FAIL,
        x3("--restart on-failure:2", "x3-on-failure"),
        {"restart_policy": "differs"},
        "docker update --restart on-failure:3 {s}x3-on-failure",
    ),
    "on-failure four times": (X3_FAIL, x3("--restart on-failure:4", "x3-on-failure"), {"restart_policy": "differs"}),
    "always for unless-stopped": (X3_UNLESS, x3("--restart always", "x3-unless-stopped"), {"restart_policy": "differs"}),
    "never started": (
        X3_UNLESS,
        [f"docker create --label {BY_HAND} --name {{s}}x3-unless-stopped --restart unless-stopped {PING}"],
        {"state": "differs"},
    ),
    "the next port": (V1, [WEB.replace("{port}", "{next}")], {"ports": "differs"}, "-p {port}:5000"),
    "a second port": (V1, [WEB.replace("-p {port}", "-p {next}:8443 -p {port}")], {}),
    "no port": (V1, [WEB.replace("-p {port}:5000 ", "")], all_of("missing", "ports", "http"), "-p {port}:5000"),
    "another port of the container": (V1, [WEB.replace(":5000 ", ":5001 ")], all_of("missing", "ports", "http")),
    "no container": (V1, [], all_of("absent", "state", "image", "ports", "http")),
    "a stopped container": (V1, [WEB, "docker kill {s}c1"], {"state": "differs", "ports": "stopped", "http": "stopped"}),
    "the neighbour's image": (V1, [WEB.replace(" {s}flask", " ninaflask")], {"image": "differs"}),
    "built anew, not run, not pushed": (V1, [WEB, *site("v001", "ENV EDITION=2", UID)], {"image": "differs", "pushed_as": "differs"}),
    "never edited": (V2, ["docker tag {s}flask:v001 {s}flask:v002"], {"files": "differs", "pushed_as": "differs"}),
    "as root": (V2, [*site("v002"), *shipped("v002")], {"user": "differs"}, "USER 65532"),
    "as another user": (V2, [*site("v002", "USER 65533"), *shipped("v002")], {"user": "differs"}, "65533"),
    "whose is it": (V2, [*site("v002", UID, label=""), *shipped("v002")], {"labels": "missing"}),
    "the neighbour's version": (V3, ["docker tag ninaflask:v003 {s}flask:v003"], {"labels": "differs", "pushed_as": "differs"}, "nina"),
    "not pushed": (V3, site("v003", "ENV EDITION=2", UID), {"pushed_as": "differs"}, "docker push"),
    "no image": (V3, ["docker rmi {registry}/{s}/{s}flask:v003 {s}flask:v003"], all_of("absent", "exists", *IMAGE)),
    "an image of a text alone": (
        V3,
        [
            "mkdir -p {s}/text",
            f"write {{s}}/text/message.txt {MESSAGES['v003']}",
            "write {s}/text/Dockerfile FROM scratch\\nCOPY message.txt /webapp/\\nUSER 65532\\nEXPOSE 5000\\nSTOPSIGNAL SIGINT",
            f"docker build -q --label {BY_HAND} --label maintainer={{s}} -t {{s}}flask:v003 {{s}}/text",
            *shipped("v003"),
        ],
        {"starts": "missing", "files": "missing"},
        "ENTRYPOINT or CMD with demo.py",
    ),
    "starts nothing of its own": (
        HELLO,
        hello(*STAGED, "RUN chmod +x hello.py", *FINAL, UID),
        {"starts": "differs"},
        "ENTRYPOINT or CMD with hello.py",
    ),
    "an empty hello": (HELLO, hello(*STAGED, "RUN : >hello.py && chmod +x hello.py", *FINAL, UID, START), {"files": "differs"}),
    "not executable": (HELLO, hello(*STAGED, *FINAL, UID, START), {"files": "differs"}, "chmod +x"),
    "hello as root": (HELLO, hello(*STAGED, "RUN chmod +x hello.py", *FINAL, START), {"user": "differs"}, "USER 65532"),
    "a single stage": (
        HELLO,
        hello("FROM classroom/busybox", "WORKDIR /code1", "COPY hello.py .", "RUN chmod +x hello.py", UID, START),
        all_of("differs", "base", "no_shell", "no_package_manager"),
        "FROM classroom/python3:latest",
    ),
    "can write": (FLASK, [HARD.replace("--read-only ", "")], {"read_only": "missing"}, "docker run --read-only"),
    "has capabilities": (FLASK, [HARD.replace("--cap-drop ALL ", "")], {"cap_drop": "missing"}, "docker run --cap-drop ALL"),
    "has one capability": (FLASK, [HARD.replace("ALL ", "ALL --cap-add CHOWN ")], {"cap_drop": "differs"}, "without --cap-add"),
    "at the seventh port": (FLASK, [HARD.replace("{sixth}", "{seventh}")], {"ports": "differs"}),
    "no hardened container": (FLASK, [], all_of("absent", "state", "image", "ports", "http", "read_only", "cap_drop")),
    "on the default bridge": (
        N1,
        [f"{RUN} --name {{s}}n1 {SLEEP}"],
        all_of("missing", "members", "networks"),
        "docker network connect --ip {one}.100 {s}br1 {s}n1",
    ),
    "an address less": (N1, [ON_ONE.replace(".100", ".99")], {"members": "differs"}, "{one}.100 is asked"),
    "an address by chance": (N1, [ON_ONE.replace("--ip {one}.100 ", "")], {"members": "differs"}, "docker network connect --ip {one}.100 {s}br1 {s}n1"),
    "the neighbour's bridge": (
        N1,
        [ON_ONE.replace("{s}br1 --ip {one}.100", "ninabr1")],
        all_of("missing", "members", "networks"),
        "docker network disconnect ninabr1 {s}n1",
    ),
    "no container on it": (N1, [], {"members": "absent", "state": "absent", "networks": "absent"}),
    "on one bridge only": (N2, [ON_BOTH], all_of("missing", "members", "networks"), "docker network connect --ip {two}.100 {s}br2 {s}n2"),
    "another's bridge, too": (
        N2,
        [ON_BOTH, SECOND, "docker network connect ninabr2 {s}n2"],
        {"networks": "differs"},
        "docker network disconnect ninabr2 {s}n2",
    ),
    "icc off": (BR2, [f"{BRIDGE} -o com.docker.network.bridge.enable_icc=false {{s}}br2", SECOND], {"icc": "differs"}, "enable_icc=true"),
    "an MTU less": (BR2, [f"{BRIDGE} -o com.docker.network.driver.mtu=1499 {{s}}br2", SECOND], {"mtu": "differs"}, "mtu=1500"),
    "internal": (BR2, [f"{BRIDGE} --internal {{s}}br2", SECOND], {"internal": "differs"}, "create it again without --internal"),
    "another gateway": (BR2, [f"{BRIDGE.replace('gateway {two}.1', 'gateway {two}.2')} {{s}}br2", SECOND], {"gateway": "differs"}, "--gateway {two}.1"),
    "the host's processes": (S1, s1("--ipc shareable --pid host"), {"namespaces": "differs"}, "create it again without --pid host"),
    "the host's name": (S1, s1("--ipc shareable --uts host"), {"namespaces": "differs"}, "without --uts host"),
    "the host's network": (S1, s1("--ipc shareable --network host"), {"namespaces": "differs"}, "without --network host"),
    "its own processes": (S1_PID, s1("", "s1-pid"), {"namespaces": "differs"}, "docker run --pid host"),
    "its own network": (S1_NET, s1("", "s1-net"), {"namespaces": "differs"}, "docker run --network host"),
    "its own memory": (S1_IPC, s1("", "s1-ipc"), {"namespaces": "differs"}, "docker run --ipc container:{s}s1"),
    "the neighbour's memory": (S1_IPC, s1("--ipc container:ninas1", "s1-ipc"), {"namespaces": "differs"}, "that of container:ninas1"),
    "nothing shared": (S1_PID, [], all_of("absent", "state", "namespaces")),
}
#: What a step takes with it: the memory that another has joined, the bridge that a container is on.
TAKES = {S1: S1_IPC, BR2: N2}


def rounds():
    """The cases in as few checks as it takes: in each, a student makes at most one mistake a step."""
    plan: list = []
    for name, (step, *_case) in CASES.items():
        touched = {step, TAKES.get(step, step)}
        plan.append((set(), []))
        taken, cases, student = next(
            (taken, cases, student) for taken, cases in plan for student in STUDENTS[1:] if not taken & {(student, each) for each in touched}
        )
        taken.update((student, each) for each in touched)
        cases.append((student, name))
        plan = [each for each in plan if each[1]]
    return [cases for _taken, cases in plan]


def filled(text, student):
    """A command or a hint with the names and numbers of a student's seat."""
    seat = NUMBERS[student]
    ports = {"port": 0, "next": 1, "sixth": 5, "seventh": 6}
    numbers = {name: PORTS + 10 * seat + number for name, number in ports.items()}
    return text.format(s=student, registry=REGISTRY, one=f"{POOLS[0]}.{seat}", two=f"{POOLS[1]}.{seat}", **numbers)


class Shell:
    """What a student has: a folder, and a login at the registry."""

    def __init__(self, folder: Path, secrets: Path) -> None:
        self.folder, self.secrets = folder, secrets

    def log_in(self, student: str) -> None:
        password = (self.secrets / CLASS / "registry" / student).read_text().strip()
        login = ["docker", f"--config={self.folder}/{student}/.docker", "login", "-u", student, "--password-stdin", REGISTRY]
        subprocess.run(login, input=password, text=True, check=True, capture_output=True)

    def type(self, student: str, commands: list, check: bool = True) -> None:
        for command in commands:
            if command.startswith("write "):
                _write, path, text = command.split(" ", 2)
                (self.folder / filled(path, student)).write_text(text.replace("\\n", "\n") + "\n")
                continue
            arguments = shlex.split(filled(command, student))
            environment = {**os.environ, "DOCKER_CONFIG": str(self.folder / student / ".docker")}
            done = subprocess.run(arguments, cwd=self.folder, env=environment, capture_output=True, text=True, check=False)
            assert done.returncode == 0 or not check, f"{command}: {done.stderr}"

    def begin(self, student: str, step: tuple, commands: list) -> None:
        """What a step consists of is made anew."""
        self.type(student, MADE[step], check=False)
        self.type(student, commands)


@pytest.fixture(scope="module")
def classroom(new_class, docker, tmp_path_factory):
    secrets = tmp_path_factory.mktemp("secrets")
    made = new_class(
        *STUDENTS,
        classroom_labs=list(LABS),
        classroom_registry=REGISTRY,
        classroom_secrets=str(secrets),
        classroom_port_base=PORTS,
        classroom_subnet_pools=[f"{pool}.0.0/16" for pool in POOLS],
        registry_name="acceptance-byhand",
        flask_image_layer=LAYER,
        flask_image_share=["registry"],
        distroless_image_stage=BUILDER,
        distroless_image_course=COURSE,
        **{f"{lab}_prove": False for lab in LABS},
    )
    made.shell = Shell(tmp_path_factory.mktemp("students"), secrets)
    # A run that was cut off may have left its images.
    made.role("registry", "teardown").ok()
    made.role("registry", "main").ok()
    made.play("prepare").ok()
    yield made
    docker.clear(f"label={BY_HAND}")
    made.play("reset")
    made.role("registry", "teardown").ok()


@pytest.fixture(scope="module")
def solved(classroom):
    """Everybody has done everything."""
    for student in STUDENTS:
        (classroom.shell.folder / student).mkdir()
        classroom.shell.log_in(student)
        for step, commands in RIGHT.items():
            classroom.shell.begin(student, step, commands)
    return classroom


def not_passed(run):
    return {
        (finding["student"], finding["lab"], finding["step"], finding["attribute"], finding["verdict"])
        for finding in run.findings
        if finding["outcome"] != "pass"
    }


def words(found):
    """The table that these findings make."""
    shown = {(student, lab): "pass" for student in STUDENTS for lab in LABS}
    for open_too in (True, False):
        for student, lab, _step, _attribute, verdict in found:
            if (verdict == "stopped") == open_too:
                shown[student, lab] = "could not check" if open_too else "FAIL"
    return shown


def test_nobody_has_begun(classroom):
    """Nothing is there: every cell fails, with a hint for each finding."""
    run = classroom.play("check").ok()
    assert set(run.cells.values()) == {"FAIL"}
    assert {finding["verdict"] for finding in run.findings if finding["outcome"] != "pass"} == {"absent"}
    assert {(finding["lab"], finding["step"]) for finding in run.findings} == {(lab, step) for lab, steps in LABS.items() for step in steps}
    assert [finding for finding in run.findings if finding["outcome"] != "pass" and not finding["hint"]] == []


def test_right_answers_pass_and_the_check_changes_nothing(solved, docker):
    before = engine_state(docker)
    run = solved.play("check").ok()
    assert not_passed(run) == set()
    assert run.cells == words(set())
    assert run.stats["changed"] == 0
    assert engine_state(docker) == before


def test_nor_does_a_check_that_proves_what_it_says(solved, docker):
    """Though it makes containers and networks of its own for that."""
    before = engine_state(docker)
    run = solved.play("check", **{f"{lab}_prove": True for lab in LABS}).ok()
    assert run.cells == words(set())
    assert "Proofs by behaviour" in run.table
    assert engine_state(docker) == before


@pytest.mark.parametrize("cases", rounds(), ids=lambda cases: f"{len(cases)} cases")
def test_mistakes_are_graded_as_what_they_are(solved, cases):
    due = set()
    for student, name in cases:
        step, commands, attributes, *_words = CASES[name]
        solved.shell.begin(student, step, commands)
        if step == S1:
            solved.shell.begin(student, S1_IPC, RIGHT[S1_IPC])
        due |= {(student, *step, attribute, verdict) for attribute, verdict in attributes.items()}
    try:
        run = solved.play("check").ok()
    finally:
        for student, name in cases:
            step = CASES[name][0]
            solved.shell.begin(student, step, [*RIGHT[step], *AFTER.get(step, [])])
            if step == S1:
                solved.shell.begin(student, S1_IPC, RIGHT[S1_IPC])
    assert not_passed(run) == due
    assert run.cells == words(due)
    assert [finding for finding in run.findings if finding["outcome"] != "pass" and not finding["hint"]] == []
    for student, name in cases:
        step, _commands, _attributes, *its_words = CASES[name]
        hints = " ".join(finding["hint"] for finding in run.findings if (finding["student"], finding["lab"], finding["step"]) == (student, *step))
        assert [each for each in its_words if filled(each, student) not in hints] == [], (name, hints)


def test_there_are_enough_of_them():
    assert len(CASES) >= 60
    assert {case[0] for case in CASES.values()} == set(RIGHT) - {BR1}
    assert sorted(name for cases in rounds() for _student, name in cases) == sorted(CASES)


def engine_state(docker):
    """All that an engine can tell of itself, but what changes by itself."""
    ids = docker("ps", "--all", "--quiet", "--no-trunc").split()
    inspected = docker("inspect", "--format", "{{.Id}} {{.State.Status}} {{.State.StartedAt}} {{.RestartCount}} {{json .HostConfig}} {{json .Config}}", *ids)
    return (
        sorted(inspected.splitlines()),
        sorted(docker("network", "ls", "--no-trunc", "--format", "{{.ID}} {{.Name}}").splitlines()),
        sorted(docker("image", "ls", "--all", "--no-trunc", "--format", "{{.ID}} {{.Repository}}:{{.Tag}}").splitlines()),
        sorted(docker("volume", "ls", "--quiet").splitlines()),
    )
