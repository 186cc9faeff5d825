# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Take the collections that galaxy.yml depends on, and theirs, out of the ansible wheel."""

from __future__ import annotations

import json
import shutil
import sys
import zipfile
from pathlib import Path

import yaml
from packaging.specifiers import SpecifierSet

ROOT = "ansible_collections"


def unpack(wheel: Path, galaxy: Path, destination: Path) -> None:
    wanted = list(yaml.safe_load(galaxy.read_text(encoding="utf-8"))["dependencies"].items())
    done = set()
    with zipfile.ZipFile(wheel) as archive:
        members = archive.namelist()
        while wanted:
            name, versions = wanted.pop()
            folder = f"{ROOT}/{name.replace('.', '/')}/"
            try:
                info = json.loads(archive.read(folder + "MANIFEST.json"))["collection_info"]
            except KeyError:
                sys.exit(f"{galaxy}: {name} is not in {wheel.name}")
            if info["version"] not in SpecifierSet(versions.replace("*", "")):
                sys.exit(f"{galaxy}: {name} {versions} is asked for, {wheel.name} has {info['version']}")
            if name in done:
                continue
            done.add(name)
            shutil.rmtree(destination / folder, ignore_errors=True)
            archive.extractall(destination, [member for member in members if member.startswith(folder)])
            print(f"{name} {info['version']}")
            wanted += info["dependencies"].items()


if __name__ == "__main__":
    unpack(*map(Path, sys.argv[1:]))
