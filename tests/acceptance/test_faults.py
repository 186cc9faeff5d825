# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Input that is wrong and hosts that are: an error before any change, and never a grade that nobody earned."""

from __future__ import annotations

import socket

import pytest

from .conftest import CLASS, LABS

STUDENTS = ("nina", "omar", "zoe")


def answers(**limits):
    return [{"name": "x2", "limits": limits}]


#: The playbook, the variables that are wrong, and what the message says: the variable, the value and the rule.
BAD_INPUT = {
    "a student's name": ("validate", {"classroom_students": ["nina", "Omar"]}, ["classroom_students[1]", "'Omar'", "lowercase"]),
    "a name twice": ("solve", {"classroom_students": ["nina", "nina"]}, ["classroom_students[1]", "'nina'", "unique"]),
    "nobody": ("validate", {"classroom_students": []}, ["classroom_students", "[]", "at least one"]),
    # Another name than the hosts of the other cases have is another class.
    "the class's name": ("prepare", {"classroom_name": "My class"}, ["classroom_name", "'My class'", "lowercase"]),
    "a lab that is none": (
        "validate",
        {"classroom_labs": ["quantum"]},
        ["classroom_labs", "quantum", "bridge_network, container_limits, distroless_image, flask_image, namespaces, restart_policy"],
    ),
    "memory of no size": (
        "site",
        {"container_limits_steps": ["x2"], "container_limits_answers": answers(memory="100x")},
        ["container_limits_answers[0].limits.memory", "'100x'", "such as 100m"],
    ),
    "a CPU that is not there": (
        "validate",
        {"container_limits_steps": ["x2"], "container_limits_answers": answers(cpuset_cpus="99")},
        ["container_limits_answers (x2).limits.cpuset_cpus", "'99'", "this host has the CPUs"],
    ),
    "an image's name": ("validate", {"restart_policy_image": "Busybox:v1"}, ["restart_policy_image", "'Busybox:v1'", "lower-case"]),
    "a name of the common layer": (
        "validate",
        {"classroom_labs": ["flask_image"], "flask_image_layer": "common/Layer"},
        ["flask_image_layer", "'common/Layer'", "lower-case"],
    ),
    "a tag": (
        "site",
        {"classroom_labs": ["flask_image"], "flask_image_steps": [".v1"], "flask_image_answers": [{"name": ".v1"}]},
        ["flask_image_answers (.v1)", "a tag begins with"],
    ),
    "ports that others have": ("validate", {"classroom_labs": ["flask_image"], "classroom_port_base": 80}, ["classroom_port_base: 80", "from 1024"]),
    "ports that no lab uses": ("validate", {"classroom_port_base": -1}, ["classroom_port_base: -1", "from 1024"]),
    "pools that no lab uses": ("site", {"classroom_subnet_pools": ["banana"]}, ["classroom_subnet_pools[0]: 'banana'", "not an IPv4 network"]),
    "pools that no bridge can have": ("validate", {"classroom_subnet_pools": ["127.0.0.0/16"]}, ["classroom_subnet_pools[0]: '127.0.0.0/16'", "loopback"]),
    "a socket without a scheme": ("validate", {"classroom_docker_host": "/var/run/docker.sock"}, ["classroom_docker_host", "/var/run/docker.sock", "the URL"]),
    "accounts that are neither made nor not": ("validate", {"registry_install": False, "students_accounts": "maybe"}, ["students_accounts", "maybe"]),
    "an archive at no absolute path": (
        "validate",
        {"classroom_labs": ["flask_image"], "flask_image_archive": "flask.tar"},
        ["flask_image_archive: flask.tar", "absolute path"],
    ),
    "a port that is none": ("validate", {"classroom_labs": ["flask_image"], "flask_image_port": 70000}, ["flask_image_port: 70000", "from 1 to 65535"]),
    "a folder to build in at no absolute path": ("validate", {"registry_install": False, "base_images_build_dir": "tmp"}, ["base_images_build_dir: tmp"]),
    "a version of no repository": (
        "validate",
        {"classroom_labs": ["flask_image"], "flask_image_steps": ["v1"], "flask_image_answers": [{"name": "v1", "version": "1.0"}]},
        ["flask_image_answers: version 1.0", "flask_image_repo is empty"],
    ),
    "a variant that is none": (
        "validate",
        {"classroom_labs": ["flask_image"], "flask_image_variant": "tiny"},
        ["flask_image_variant", "tiny", "layered, course"],
    ),
    "a container of two labs": (
        "site",
        {
            "container_limits_steps": ["web"],
            "container_limits_answers": [{"name": "web", "limits": {"memory": "100m"}}],
            "restart_policy_steps": ["web"],
            "restart_policy_answers": [{"name": "web", "restart_policy": "always"}],
        },
        ["container_limits_answers (web)", "restart_policy_answers (web)", "'ninaweb'"],
    ),
    "a layer in the place of its base": (
        "validate",
        {"classroom_labs": ["flask_image"], "flask_image_layer": "classroom/python3:latest"},
        ["flask_image_layer and flask_image_base", "'classroom/python3:latest'"],
    ),
    "a folder of two labs": (
        "validate",
        {"classroom_labs": ["flask_image", "distroless_image"], "flask_image_folder": "/srv/both", "distroless_image_folder": "/srv/both/"},
        ["flask_image_folder and distroless_image_folder", "'/srv/both'"],
    ),
    "edits of what has no site": (
        "validate",
        {
            "classroom_labs": ["distroless_image"],
            "distroless_image_steps": ["hello"],
            "distroless_image_answers": [{"name": "hello", "files": [{"path": "hello.py", "content": "print('Hello')"}]}],
        },
        ["distroless_image_answers (hello).files", "only the answer flask"],
    ),
    "a step that is none": ("solve", {"restart_policy_steps": ["x7"]}, ["restart_policy_steps", "'x7'", "x3, x3-no"]),
    "a policy that is none": (
        "validate",
        {"restart_policy_steps": ["x3"], "restart_policy_answers": [{"name": "x3", "restart_policy": "sometimes"}]},
        ["restart_policy_answers[0].restart_policy", "'sometimes'", "unless-stopped"],
    ),
    "namespaces of a ring": (
        "validate",
        {
            "classroom_labs": ["namespaces"],
            "namespaces_steps": ["a", "b"],
            "namespaces_answers": [{"name": "a", "namespaces": {"pid": "container:b"}}, {"name": "b", "namespaces": {"pid": "container:a"}}],
        },
        ["namespaces_answers (a).namespaces", "it joins b", "a ring"],
    ),
    "memory that cannot be joined": (
        "validate",
        {
            "classroom_labs": ["namespaces"],
            "namespaces_steps": ["a", "b"],
            "namespaces_answers": [{"name": "a", "namespaces": {"ipc": "container:b"}}, {"name": "b", "namespaces": {"ipc": "private"}}],
        },
        ["namespaces_answers (a).namespaces.ipc", "(b).namespaces.ipc is private", "shareable"],
    ),
    "a registry that cannot be": (
        "validate",
        {"registry_install": True, "registry_mirror_upstream": "https://bob:s3cret@example.org"},
        ["registry_mirror_upstream", "https://***@example.org", "without a password"],
    ),
    "a registry without a scheme": (
        "validate",
        {"registry_install": True, "registry_mirror_upstream": "bob:s3cret@example.org"},
        ["registry_mirror_upstream", "***@example.org", "without a password"],
    ),
    "base images of no kind": (
        "validate",
        # The registry would ask for the students of all hosts, which are wrong in other cases.
        {"registry_install": False, "base_images_list": [{"name": "classroom/busybox:latest"}]},
        ["base_images_list", "kind"],
    ),
    "a base image that is made of its own name": (
        "validate",
        {
            "registry_install": False,
            "base_images_source": "pull",
            "base_images_list": [{"name": "busybox", "aliases": ["x:1"], "from": "docker.io/library/x:1"}, {"name": "alpine:3.20", "from": "alpine:3.20"}],
        },
        ["base_images_list", "from: x:1, alpine:3.20", "give them others"],
    ),
    "base images of no kind, before the host is provisioned": (
        "provision",
        {"registry_install": False, "base_images_list": [{"name": "classroom/busybox:latest"}]},
        ["base_images_list", "kind"],
    ),
    "a release by a word that moves": (
        "validate",
        {"registry_install": False, "docker_host_apt_plugins_suite": "stable"},
        ["docker_host_apt_plugins_suite", "stable", "code name"],
    ),
    "an engine that listens to everybody": (
        "validate",
        {"docker_host_daemon_config": {"hosts": ["unix:///var/run/docker.sock", "0.0.0.0:2375"]}},
        ["docker_host_daemon_config", "0.0.0.0:2375", "tlsverify"],
    ),
    "a socket at which the engine does not listen": ("provision", {"docker_host_socket": "/srv/none.sock"}, ["docker_host_socket", "/srv/none.sock"]),
    "a lab that the class does not have, before it is provisioned": ("site", {"classroom_lab": "namespaces"}, ["classroom_lab", "namespaces"]),
    "a lab that the class does not have": ("solve", {"classroom_lab": "namespaces"}, ["classroom_lab", "namespaces", ", ".join(LABS)]),
    "a teardown of one student": ("teardown", {"classroom_student": "zoe"}, ["classroom_student", "zoe", "the whole class", "reset"]),
    "a teardown of one lab": ("teardown", {"classroom_lab": LABS[0]}, ["classroom_lab", LABS[0], "the whole class", "reset"]),
}


@pytest.fixture(scope="module")
def bad_input(new_class):
    """The runs with it."""
    # Hosts that push the same names to one registry would be refused for that.
    data = new_class(*STUDENTS, classroom_registry="registry.{{ inventory_hostname }}.internal:5000")
    runs = {}
    for playbook in {playbook for playbook, _variables, _words in BAD_INPUT.values()}:
        runs.update(data.cases(playbook, {case: variables for case, (its, variables, _words) in BAD_INPUT.items() if its == playbook}))
    return runs


@pytest.mark.parametrize("case", BAD_INPUT)
def test_bad_input_is_refused_before_any_change(bad_input, docker, case):
    run = bad_input[case].refused(*BAD_INPUT[case][-1])
    assert run.stats["failures"] == 1
    assert "s3cret" not in run.output
    assert docker.of_class(CLASS) == {}


def test_two_hosts_do_not_push_the_same_names_to_one_registry(new_class):
    made = new_class(*STUDENTS, classroom_labs=["flask_image"])
    made.hosts = {"one": {}, "two": {"classroom_registry": ""}}
    run = made.play("validate")
    assert {line["host"] for line in run.of("failed")} == set(made.hosts)
    assert "classroom_registry: registry.classroom.internal:5000" in run.errors and "nina, omar, zoe" in run.errors
    spread = "{{ everybody | classroom.containers.spread_students(groups.training_hosts, inventory_hostname) }}"
    made.play("validate", everybody=list(STUDENTS), classroom_students=spread).ok()


@pytest.mark.parametrize("lab", ["flask_image", "distroless_image"])
def test_a_folder_of_somebody_else_is_refused_by_its_own_variable(new_class, tmp_path, lab):
    (tmp_path / "notes").touch()
    run = new_class(*STUDENTS).role(lab, "material", **{f"{lab}_folder": str(tmp_path)})
    run.refused()
    assert run.errors.startswith(f"{lab}_folder: {tmp_path}: ")


@pytest.fixture(scope="module", params=["no socket", "nobody at the socket"])
def dead_engine(request, tmp_path_factory):
    """The URL of an engine that does not answer."""
    path = tmp_path_factory.mktemp("engine") / "docker.sock"
    if request.param == "nobody at the socket":
        with socket.socket(socket.AF_UNIX) as bound:
            bound.bind(str(path))
    return f"unix://{path}"


def test_without_an_engine_nobody_fails_or_passes(new_class, dead_engine):
    run = new_class(*STUDENTS, container_limits_prove=True, restart_policy_prove=True).play("check", classroom_docker_host=dead_engine).ok()
    assert set(run.cells.values()) == {"could not check"}
    assert len(run.cells) == len(STUDENTS) * len(LABS)
    assert {finding["outcome"] for finding in run.findings} == {"could_not_check"}
    assert all(dead_engine in finding["hint"] for finding in run.findings)
    assert "could not be asked" in run.table
    assert "Nothing was proved" in run.table


@pytest.mark.parametrize("playbook", ["prepare", "solve", "reset"])
def test_without_an_engine_nothing_is_made_and_it_says_why(new_class, docker, playbook, tmp_path):
    nowhere = f"unix://{tmp_path}/docker.sock"
    run = new_class(*STUDENTS).play(playbook, classroom_docker_host=nowhere)
    run.refused(f"classroom_docker_host: {nowhere}: no Docker engine answers")
    assert docker.of_class(CLASS) == {}


#: What makes something that another class has before it has containers, and what removes it
OF_ANOTHER_CLASS = {
    "network": (["network", "create", "--label", "classroom.class=tuesday", "tuesday-left"], ["network", "rm", "tuesday-left"]),
    "volume": (["volume", "create", "--label", "classroom.class=tuesday", "tuesday-left"], ["volume", "rm", "tuesday-left"]),
    "image": (["import", "--change", "LABEL classroom.class=tuesday", "/dev/null", "tuesday-left"], ["image", "rm", "tuesday-left"]),
}


@pytest.mark.parametrize("kind", OF_ANOTHER_CLASS)
def test_the_engine_stays_while_it_holds_what_is_another_classs(new_class, docker, kind):
    make, remove = OF_ANOTHER_CLASS[kind]
    made = new_class(*STUDENTS)
    docker(*make)
    try:
        # Without --check, a test that fails would take the engine away.
        made.role("docker_host", "teardown", "--check", docker_host_remove_engine=True).refused("docker_host_remove_engine", "other classes", "tuesday-left")
        own = made.role("docker_host", "teardown", "--check", docker_host_remove_engine=True, classroom_name="tuesday")
        assert "tuesday-left" not in own.errors
    finally:
        docker(*remove)


@pytest.mark.parametrize("playbook", ["prepare", "solve"])
def test_a_missing_image_is_named(new_class, docker, playbook):
    run = new_class(*STUDENTS).play(playbook, container_limits_image="classroom/missing:latest")
    assert run.code
    assert "classroom/missing" in run.errors
    assert docker.of_class(CLASS) == {}
