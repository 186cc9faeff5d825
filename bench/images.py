# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ways to build the Flask image, side by side, and a class that builds, tags and pushes it."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
import uuid
from pathlib import Path

from ansible_collections.classroom.containers.plugins.module_utils._registry import Registry
from jinja2 import Environment

ROLES = Path(__file__).parent.parent / "roles"
SITE = ROLES / "flask_image/files/site"
#: The Dockerfile and the base of each way to build it; those whose dependencies come as wheels have the site in a folder of its own.
VARIANTS = {
    "course": ("flask_image/templates/course.dockerfile.j2", "classroom/debian:latest"),
    "layered": ("flask_image/templates/layered.dockerfile.j2", "classroom/python3:latest"),
    "distroless": ("distroless_image/templates/flask.dockerfile.j2", "classroom/python3:latest"),
}
REGISTRY = "registry.bench.internal:5040"
#: What the certificate's and pip's files are called in the builds, as in the role.
SECRETS = {"ca": "/etc/ssl/certs/ca-certificates.crt", "pip": "/etc/pip.conf"}


def _docker(*arguments, environment=None):
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        raise SystemExit(f"docker {' '.join(arguments)}: {done.stdout}{done.stderr}")
    return done.stdout.strip()


def context(folder: Path, variant: str, wheels: Path) -> Path:
    """A context as the role lays it out."""
    site = folder if variant == "course" else folder / "site"
    shutil.copytree(SITE, site)
    if variant != "course":
        shutil.copytree(wheels, folder / "wheels")
    environment = Environment(trim_blocks=True, keep_trailing_newline=True)
    environment.filters["to_json"] = json.dumps
    template = environment.from_string((ROLES / VARIANTS[variant][0]).read_text())
    values = {"port": 5000, "program": "demo.py", "root": "/webapp"}
    given = {f"{lab}_{name}": value for lab in ("flask_image", "distroless_image") for name, value in values.items()}
    (folder / "Dockerfile").write_text(template.render(given))
    return site


def build(folder: Path, base: str, tag: str, *arguments: str) -> float:
    """Seconds of docker build."""
    secrets = [f"--secret=id={name},src={path}" for name, path in SECRETS.items() if Path(path).is_file()]
    start = time.monotonic()
    _docker("buildx", "build", "--quiet", f"--build-arg=base={base}", *secrets, *arguments, f"--tag={tag}", str(folder))
    return time.monotonic() - start


def push(tag: str, config: Path) -> float:
    """Seconds of docker push."""
    start = time.monotonic()
    _docker("--config", str(config), "push", "--quiet", tag)
    return time.monotonic() - start


def sent(registry: Registry, repository: str, tags: list) -> list:
    """For each push, the bytes that the registry did not have before: new layers, the configuration and the manifest."""
    had: set = set()
    totals = []
    for tag in tags:
        manifest = registry.manifest(repository, tag)
        layers = dict(manifest.layers)
        configuration = len(json.dumps(registry.configuration(repository, manifest.config), separators=(",", ":")))
        totals.append(sum(size for digest, size in layers.items() if digest not in had) + configuration + manifest.size)
        had.update(layers)
    return totals


def side_by_side(folder: Path, wheels: Path, password: str) -> dict:
    """Size, seconds and bytes of each variant."""
    config = folder / "docker"
    config.mkdir(mode=0o700)
    login = ["docker", "--config", str(config), "login", "--username=trainer", "--password-stdin", REGISTRY]
    subprocess.run(login, input=password, text=True, check=True, capture_output=True)
    registry = Registry(REGISTRY, "trainer", password)
    figures = {}
    for variant, (_dockerfile, base) in VARIANTS.items():
        site = context(folder / variant, variant, wheels)
        repository = f"bench/{variant}"
        tags = [f"{REGISTRY}/{repository}:{version}" for version in ("v001", "v002")]
        cold = build(folder / variant, base, tags[0], "--no-cache")
        size = int(_docker("image", "inspect", "--format", "{{.Size}}", tags[0]))
        first = push(tags[0], config)
        (site / "message.txt").write_text(f"{uuid.uuid4()}\n")
        rebuild = build(folder / variant, base, tags[1])
        second = push(tags[1], config)
        bytes_first, bytes_second = sent(registry, repository, ["v001", "v002"])
        figures[variant] = {
            "size, MB": size / 1e6,
            "cold build, s": cold,
            "rebuild after a source edit, s": rebuild,
            "first push, s": first,
            "first push, bytes": bytes_first,
            "second push after a source edit, s": second,
            "second push after a source edit, bytes": bytes_second,
        }
        _docker("image", "rm", *tags)
    return figures
