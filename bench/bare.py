# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a check of the bench's class cannot do without, each once, with nothing done with the answers: the least that it can take.

python bare.py CLASS REGISTRY SECRETS
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import inside
from ansible_collections.classroom.containers.plugins.module_utils._engine import Engine, container_path, history_path, image_path, network_path
from ansible_collections.classroom.containers.plugins.module_utils._registry import Registry


def _ask(engine: Engine, paths: list) -> None:
    """As the modules do, which say ahead what they will ask."""
    engine.expect(paths)
    inside.ask_bare(engine, paths)


def _save(engine: Engine, names: list) -> None:
    with engine.export(names) as archive:
        while archive.read(1 << 20):
            pass


def _pull(registry: Registry, names: list) -> None:
    """Of each image, what tells which it is."""
    for name in names:
        repository, _colon, tag = name.partition("/")[2].rpartition(":")
        registry.manifest(repository, tag)


def main() -> None:
    name, address, secrets = sys.argv[1:]
    engine = Engine()
    containers, networks, listed = (
        [item for item in found if (item.get("Labels") or {}).get("classroom.class") == name]
        for found in (engine.containers(), engine.get("/networks"), engine.get("/images/json"))
    )
    tags = sorted(tag for item in listed for tag in item.get("RepoTags") or ())
    pushed = [tag for tag in tags if tag.startswith(f"{address}/")]
    registry = Registry(address, "trainer", (Path(secrets) / name / "registry/trainer").read_text().strip())
    noted = inside.files_read()
    work = {
        f"inspect {len(containers)} containers": lambda: _ask(engine, [container_path(each["Id"]) for each in containers]),
        f"inspect {len(networks)} networks": lambda: _ask(engine, [network_path(each["Id"]) for each in networks]),
        f"inspect {len(listed)} images, and their history": lambda: _ask(
            engine, [path(each["Id"]) for each in listed for path in (image_path, history_path)]
        ),
        "read these images from the engine": lambda: _save(engine, [each["Id"] for each in listed]),
        f"ask the registry for {len(pushed)} images": lambda: _pull(registry, pushed),
        f"read {len(noted)} files of the kernel's, of limits and use": lambda: inside.read_bare(noted),
    }
    spent = {}
    for what, do in work.items():
        start = time.perf_counter()
        do()
        spent[what] = time.perf_counter() - start
    print(json.dumps(spent))


if __name__ == "__main__":
    main()
