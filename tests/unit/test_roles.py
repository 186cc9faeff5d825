# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all roles have in common."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path

import pytest
import yaml
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar

ROLES = Path(__file__).parents[2] / "roles"
#: The entry points of a lab.
ENTRY_POINTS = {"validate", "preflight", "prepare", "solve", "requirements", "reset"}


def load(role, path):
    file = ROLES / role / path
    return yaml.safe_load(file.read_text(encoding="utf-8")) if file.exists() else {}


def specs(role):
    return load(role, "meta/argument_specs.yml")["argument_specs"]


def values(node, key=""):
    """The texts in what a file has, each with its key."""
    if isinstance(node, str):
        yield key, node
    elif isinstance(node, dict):
        for name, value in node.items():
            yield from values(value, name)
    elif isinstance(node, list):
        for each in node:
            yield from values(each, key)


def texts(role, *folders):
    """Those in all files of these folders, as Ansible reads them."""
    for folder in folders:
        for path in sorted((ROLES / role / folder).glob("*.yml")):
            for key, text in values(DataLoader().load_from_file(str(path))):
                yield path.name, key, text


def expressions(role):
    """What Jinja evaluates, without the words in quotes."""
    for file, key, text in texts(role, "tasks", "vars", "defaults"):
        for found in [text] if key in CONDITIONS else re.findall(r"{[{%].*?[%}]}", text, re.DOTALL):
            yield file, re.sub(r"'[^']*'", "''", found)


CONDITIONS = {"when", "that", "failed_when", "changed_when", "until"}
NAMES = sorted(path.name for path in ROLES.iterdir())
#: Options of all roles that are true or false.
BOOLEANS = sorted({name for role in NAMES for spec in specs(role).values() for name, option in spec["options"].items() if option["type"] == "bool"})
SPECIFIED = [(role, entry_point) for role in NAMES for entry_point in specs(role)]
#: A lab has an answer as data.
LABS = sorted(role for role in NAMES if f"{role}_answers" in load(role, "defaults/main.yml"))


def test_there_are_labs():
    assert {"container_limits", "flask_image", "restart_policy"} <= set(LABS)


@pytest.mark.parametrize(("role", "entry_point"), SPECIFIED)
def test_defaults_are_the_options_that_are_specified(role, entry_point):
    defaults = load(role, "defaults/main.yml")
    # Class data has no default, and a role's own mechanics get theirs from who includes them.
    options = {name: option for name, option in specs(role)[entry_point]["options"].items() if not name.startswith("classroom_")}
    required = {name for name, option in options.items() if option.get("required")}
    assert set(options) - required <= set(defaults), "an option that is not required has a default"
    assert not required & set(defaults), "a required option has no default"
    for name, option in options.items():
        if "default" in option:
            assert option["default"] == defaults[name]


@pytest.mark.parametrize("role", NAMES)
def test_every_default_is_specified_somewhere(role):
    options = {name for entry_point in specs(role).values() for name in entry_point["options"]}
    assert set(load(role, "defaults/main.yml")) <= options


@pytest.mark.parametrize("role", NAMES)
def test_class_data_that_a_role_uses_is_specified(role):
    files = [path for folder in ("defaults", "tasks", "templates", "vars") for path in (ROLES / role / folder).glob("*")]
    used = {name for path in files for name in re.findall(r"\bclassroom_\w+", path.read_text(encoding="utf-8"))}
    assert used <= {name for entry_point in specs(role).values() for name in entry_point["options"]}


@pytest.mark.parametrize(("role", "entry_point"), SPECIFIED)
def test_an_entry_point_is_a_file_and_documented(role, entry_point):
    assert (ROLES / role / f"tasks/{entry_point}.yml").is_file()
    spec = specs(role)[entry_point]
    assert spec["short_description"] and spec["description"]
    assert all(option["description"] for option in spec["options"].values())


@pytest.mark.parametrize("role", NAMES)
def test_variables_of_a_role_carry_its_name(role):
    assert all(name.startswith(f"{role}_") for name in load(role, "defaults/main.yml"))
    assert all(name.startswith(f"__{role}_") for name in load(role, "vars/main.yml"))


def of_tasks(node, key):
    """What the tasks of a file and of its blocks have under a key."""
    for each in node if isinstance(node, list) else node.values() if isinstance(node, dict) else ():
        yield from of_tasks(each, key)
    if isinstance(node, dict) and key in node:
        yield node[key]


@pytest.mark.parametrize("role", NAMES)
def test_variables_of_tasks_carry_the_name_of_a_role(role):
    """An extra variable of the same name would win over them: these are a role's own, or the options of another that is included."""
    known = re.compile(rf"(__)?({'|'.join(NAMES)})_|ansible_")
    tasks = {path.name: DataLoader().load_from_file(str(path)) for path in (ROLES / role / "tasks").glob("*.yml")}
    used = [(file, name) for file, loaded in tasks.items() for variables in of_tasks(loaded, "vars") for name in variables]
    used += [(file, name) for file, loaded in tasks.items() for key in ("register", "loop_var") for name in of_tasks(loaded, key)]
    assert [(file, name) for file, name in used if not known.match(name)] == []


def tasks_of(node):
    """The tasks of a file, blocks and what is in them included."""
    for each in node:
        yield each
        for key in ("block", "rescue", "always"):
            yield from tasks_of(each.get(key, ()))


@pytest.mark.parametrize("role", NAMES)
def test_what_runs_on_the_controller_runs_as_the_trainer(role):
    """The inventory's ansible_become would win over a task's become, and what root made the trainer could not read."""
    files = (ROLES / role / "tasks").glob("*.yml")
    there = [task for path in files for task in tasks_of(DataLoader().load_from_file(str(path))) if task.get("delegate_to") == "localhost"]
    assert [task["name"] for task in there if task["vars"].get("ansible_become") is not False or task["vars"].get("ansible_connection") != "local"] == []


@pytest.mark.parametrize("role", NAMES)
def test_an_option_may_be_the_word_false(role):
    """As with --extra-vars x=false."""
    word = re.compile(rf"\b({'|'.join(BOOLEANS)})\b(?! *(\| default\(\w+\) )?\| bool\b)")
    assert [(file, found) for file, found in expressions(role) if word.search(found)] == []


@pytest.mark.parametrize("role", NAMES)
def test_what_a_script_may_do_hangs_on_more_than_the_command_line(role):
    """A play with check_mode: true has an ansible_check_mode that is false, and a script that runs in either of them would do it."""
    assert [file for file, key, text in texts(role, "tasks") if key == "cmd" and "ansible_check_mode" in text] == []


@pytest.mark.parametrize("lab", LABS)
def test_a_lab_has_all_entry_points(lab):
    assert set(specs(lab)) >= ENTRY_POINTS


@pytest.mark.parametrize("lab", LABS)
def test_all_entry_points_of_a_lab_take_the_same_options(lab):
    assert all(entry_point["options"] == specs(lab)["validate"]["options"] for entry_point in specs(lab).values())


@pytest.mark.parametrize("lab", LABS)
def test_the_steps_of_a_lab_are_among_its_answers(lab):
    defaults = load(lab, "defaults/main.yml")
    names = [answer["name"] for answer in defaults[f"{lab}_answers"]]
    assert len(names) == len(set(names))
    assert defaults[f"{lab}_steps"] and set(defaults[f"{lab}_steps"]) <= set(names)


def test_labs_with_numbers_that_vary_have_sheets():
    varying = [lab for lab in LABS if f"{lab}_variation" in load(lab, "defaults/main.yml")]
    assert varying == [lab for lab in LABS if "sheet" in specs(lab)] == load("class", "vars/main.yml")["__class_varying"]
    assert all("classroom_seed" in specs(lab)["requirements"]["options"] for lab in varying)


@pytest.mark.parametrize("entry_point", sorted(specs("class")))
def test_a_class_can_choose_every_lab_there_is(entry_point):
    options = specs("class")[entry_point]["options"]
    assert options["classroom_labs"]["choices"] == options["classroom_lab"]["choices"] == LABS


@pytest.mark.parametrize(("registries", "share"), [([{}, {"classroom_registry": ""}], True), ([{}, {"classroom_registry": "own.internal:5000"}], False)])
def test_hosts_that_name_no_registry_have_the_same_one(registries, share):
    hosts = dict(zip("ab", registries, strict=True))
    loader = DataLoader()
    loaded = [loader.load_from_file(str(ROLES / "base_images" / file), trusted_as_template=True) for file in ("vars/main.yml", "defaults/main.yml")]
    variables = {**loaded[0], "groups": {"training_hosts": list(hosts)}, "hostvars": hosts}
    assert Templar(loader, variables).template(loaded[1]["base_images_share"]) is share


#: What the rules of a role that need no host refuse: the variables, and those of them that are named.
REFUSED = {
    "docker_host": [
        *(({"docker_host_daemon_config": {"hosts": hosts}}, []) for hosts in (None, [], ["unix:///run/docker.sock", "fd://"], [" UNIX:///run/docker.sock"])),
        *(
            ({"docker_host_daemon_config": {"hosts": ["unix:///run/docker.sock", host]}}, ["docker_host_daemon_config"])
            for host in ("tcp://0.0.0.0:2375", "TCP://0.0.0.0:2375", "0.0.0.0:2375", ":2375", " 0.0.0.0:2375", "docker", "tcp:")
        ),
        ({"docker_host_daemon_config": {"hosts": "0.0.0.0:2375"}}, ["docker_host_daemon_config"]),
        ({"docker_host_daemon_config": {"hosts": ["0.0.0.0:2375"], "tlsverify": "true"}}, ["docker_host_daemon_config"]),
        ({"docker_host_daemon_config": {"hosts": ["0.0.0.0:2376"], "tlsverify": True}}, []),
    ],
}


@pytest.mark.parametrize(("role", "variables", "refused"), [(role, *case) for role, cases in REFUSED.items() for case in cases])
def test_rules_that_need_no_host(role, variables, refused):
    loader = DataLoader()
    loaded = [loader.load_from_file(str(ROLES / role / file), trusted_as_template=True) for file in ("vars/main.yml", "defaults/main.yml")]
    templar = Templar(loader, {**loaded[0], **loaded[1], **variables})
    task, *_others = loader.load_from_file(str(ROLES / role / "tasks/validate_variables.yml"), trusted_as_template=True)
    rules = [rule for rule in task["loop"] if rule["name"] in variables]
    assert {rule["name"] for rule in rules} == set(variables)
    assert [rule["name"] for rule in rules if not templar.evaluate_conditional(rule["that"])] == refused


#: Of a task that refuses: the role, the file, the name of the task, what passes and what does not.
ASSERTED = [
    *(
        (lab, "validate", "Refuse a port that is none", {f"{lab}_port": [1, "5000", 65535]}, {f"{lab}_port": [0, -1, 65536, "http"]})
        for lab in ("flask_image", "distroless_image")
    ),
    (
        "class",
        "data",
        "Look at the engine's socket",
        {"classroom_docker_host": ["unix:///run/docker.sock", "", None]},
        {"classroom_docker_host": ["/run/docker.sock", "unix://", "unix://run/docker.sock", "tcp://127.0.0.1:2375", "UNIX:///run/docker.sock"]},
    ),
]


@pytest.mark.parametrize(("role", "file", "name", "passing", "refused"), ASSERTED)
def test_what_a_task_refuses(role, file, name, passing, refused):
    loader = DataLoader()
    (task,) = [each for each in loader.load_from_file(str(ROLES / role / f"tasks/{file}.yml"), trusted_as_template=True) if each["name"] == name]
    known: dict = {}
    for path in ("defaults/main.yml", "vars/main.yml"):
        known.update(loader.load_from_file(str(ROLES / role / path), trusted_as_template=True) if (ROLES / role / path).exists() else {})

    def holds(variable, value):
        return Templar(loader, {**known, variable: value}).evaluate_conditional(task["ansible.builtin.assert"]["that"])

    for expected, cases in ((True, passing), (False, refused)):
        assert [(variable, value) for variable, values in cases.items() for value in values if holds(variable, value) is not expected] == []


@pytest.mark.parametrize(
    ("configuration", "contents"),
    [
        (None, ["/var/lib/docker"]),
        ({}, ["/var/lib/docker"]),
        ({"data-root": "/var/lib/docker/"}, ["/var/lib/docker"]),
        ({"data-root": "/data"}, ["/data/containers", "/data/image", "/data/overlay2", "/data/volumes"]),
    ],
)
def test_what_an_engine_keeps_where_it_was_told(configuration, contents):
    """Of a folder that somebody named, what is not the engine's stays."""
    loader = DataLoader()
    variables = loader.load_from_file(str(ROLES / "docker_host/vars/main.yml"), trusted_as_template=True)
    read = {} if configuration is None else {"content": base64.b64encode(json.dumps(configuration).encode()).decode()}
    found = Templar(loader, {**variables, "__docker_host_started_with": read}).template(variables["__docker_host_root_contents"])
    assert set(contents) <= set(found) and "/data" not in found
    assert found[0] == "/var/lib/docker" and "/data/lost+found" not in found
