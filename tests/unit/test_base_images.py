# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role base_images takes for its own."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar

ROLE = Path(__file__).parents[2] / "roles/base_images"


def load(path):
    return DataLoader().load_from_file(str(ROLE / path), trusted_as_template=True)


def templar(**variables):
    return Templar(DataLoader(), {**load("vars/main.yml"), **variables})


@pytest.mark.parametrize(
    ("folder", "own"),
    [
        ("classroom-base_images.monday.a1b2c3_4", True),
        ("classroom-base_images.monday.evening.a1b2c3_4", False),
        ("classroom-base_images.tuesday.a1b2c3_4", False),
        ("base_images.thesis", False),
    ],
)
def test_a_folder_that_a_build_of_the_class_left(folder, own):
    (look,) = [task["ansible.builtin.find"] for task in load("tasks/teardown.yml") if "ansible.builtin.find" in task]
    assert look["use_regex"]
    assert bool(re.match(templar(classroom_name="monday").template(look["patterns"]), folder)) is own


#: What `docker image history` says of images, the newest step first.
STEPS = {
    "packages:latest": ["busybox-static 1:1.35 of Debian bookworm"],
    "pulled:latest": ["/bin/sh -c #(nop)  LABEL classroom.base_image=pulled classroom.contents=sha256:1", "/bin/sh -c #(nop) ADD"],
    "pulled-by-buildkit:latest": ["LABEL classroom.base_image=pulled classroom.package=busybox", "ADD rootfs.tar /"],
    "made:latest": ["ENV EDITION=2", "busybox-static 1:1.35 of Debian bookworm"],
    "made-of-pulled:latest": ["RUN touch /edition2", "LABEL classroom.base_image=pulled classroom.package=busybox", "ADD rootfs.tar /"],
}


@pytest.fixture
def script(tmp_path):
    """Run a script of the role with a docker that only notes what it is called for, but for what it says of images."""

    def run(name, stdin, says, **environment):
        program, calls = tmp_path / "docker", tmp_path / "calls"
        answers = "\n".join(f"  '{call}') cat <<'end'\n{answer}\nend\n  ;;" for call, answer in says.items())
        program.write_text(f'#!/bin/bash\necho "$*" >>{calls}\ncase "$*" in\n{answers}\n  *) exit 1 ;;\nesac\n', encoding="utf-8")
        program.chmod(0o755)
        done = subprocess.run(
            ["/bin/bash", str(ROLE / "files" / name)],
            input=stdin, text=True, capture_output=True, check=True, env={**os.environ, **environment, "PATH": f"{tmp_path}:{os.environ['PATH']}"},
        )
        return done.stdout.splitlines(), calls.read_text(encoding="utf-8").splitlines()

    return run


def test_what_others_made_of_an_image_is_known_by_its_steps(script):
    says = {f"image history --no-trunc --format {{{{ .CreatedBy }}}} {name}": "\n".join(steps) for name, steps in STEPS.items()}
    assert script("derived.sh", "".join(f"{name}\n" for name in STEPS), says)[0] == ["made:latest", "made-of-pulled:latest"]


NAME, FROM, DIGEST = "classroom/busybox:latest", "mirror:5000/busybox:1", "sha256:1"


@pytest.mark.parametrize(("derived", "said"), [("", []), (NAME, [f"changed {NAME}: {FROM} {DIGEST}"])])
def test_what_others_made_is_not_what_was_pulled(script, derived, said):
    """It has the labels of what it was made of."""
    label = 'image inspect --format {{{{ with .Config.Labels }}}}{{{{ index . "{}" }}}}{{{{ end }}}} {}'
    says = {
        f"image inspect {NAME}": "[]",
        label.format("classroom.base_image", NAME): "pulled",
        label.format("classroom.contents", NAME): DIGEST,
        f"image inspect --format {{{{ .Id }}}} {NAME}": "sha256:old",
        f"image inspect --format {{{{ .Id }}}} {FROM}": "sha256:there",
        f"pull --quiet {FROM}": FROM,
        f"image inspect --format {{{{ range .RepoDigests }}}}{{{{ println . }}}}{{{{ end }}}} {FROM}": f"mirror:5000/busybox@{DIGEST}",
        f"build --quiet --tag={NAME} -": "sha256:new",
        "image inspect --format {{ len .RepoTags }} sha256:old": "1",
    }
    lines, calls = script("pull.sh", f"{NAME}||{FROM}\n", says, BASE_IMAGES_DERIVED=derived)
    assert lines == said
    assert not [call for call in calls if call.startswith("image rm")]


def test_what_others_made_is_not_removed():
    listed = [{"Id": f"sha256:{name}", "RepoTags": [f"classroom/{name}:latest"], "Labels": {"classroom.base_image": name}} for name in ("busybox", "python3")]
    known = templar(
        __base_images_names=["classroom/busybox:latest", "classroom/python3:latest"],
        __base_images_listed={"json": listed},
        __base_images_looked={"stdout_lines": ["classroom/python3:latest"]},
        __base_images_containers={"json": []},
        ansible_check_mode=False,
    )
    assert list(known.template(known.available_variables["__base_images_removable"])) == ["classroom/busybox:latest"]
