# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This module utility is private to the collection.

"""Sources in, images out, in as few runs of BuildKit as it bears: the flow of the module image_build.

BuildKit itself finds out what is in its cache. Whether it is to be asked at all is told by what the last build noted:
what each image was made of, and which id it got. An id tells more than a label, which an image made from this one inherits.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
import tempfile
from typing import Callable, Iterable

from ansible_collections.classroom.containers.plugins.module_utils._engine import Engine
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.module_utils._files import check_place
from ansible_collections.classroom.containers.plugins.module_utils._key_values import parse_labels, parse_variables
from ansible_collections.classroom.containers.plugins.module_utils._references import parse_reference

IMAGE_ARGUMENTS = {
    "tags": {"type": "list", "elements": "str", "required": True},
    "context": {"type": "path", "required": True},
    "dockerfile": {"type": "path"},
    "target": {"type": "str"},
    "args": {"type": "dict", "default": {}},
    "labels": {"type": "dict", "default": {}},
}
SECRET_ARGUMENTS = {
    "id": {"type": "str", "required": True},
    "src": {"type": "path", "required": True, "no_log": False},
}
ARGUMENTS = {
    "images": {"type": "list", "elements": "dict", "required": True, "options": IMAGE_ARGUMENTS},
    "bases": {"type": "list", "elements": "str", "default": []},
    "secrets": {"type": "list", "elements": "dict", "default": [], "options": SECRET_ARGUMENTS, "no_log": False},
    "notes": {"type": "path", "required": True},
}
_CHUNK = 1 << 20
#: How much of a failed build's output goes into the message.
_TOLD = 20
#: How many images BuildKit is given at once. Of 180 on two CPUs, it gave up those that it had not begun: "no such job".
_AT_ONCE = 16


class BuildError(ClassroomError):
    """An image was not built."""


def run(params: dict, engine: Engine, command: Callable, check_mode: bool) -> dict:
    """Build the images that are not there as their sources are now.

    :param params: the options of the module
    :param command: runs a program: called with its arguments, its standard input and its environment; returns code, output and errors
    :raises ClassroomError: an option is wrong, a source or a base is missing, the engine does not answer, or the build failed
    """
    images = [_parse(index, image) for index, image in enumerate(params["images"])]
    _check_unique(images)
    _check_secrets(params["secrets"])
    _check_notes(params["notes"], images)
    names = [_base_name(index, base) for index, base in enumerate(params["bases"])]
    bases = {base: _base(engine, base, name, check_mode) for base, name in zip(params["bases"], names)}
    digests: dict = {}
    notes = _read_notes(params["notes"])
    wanted = []
    for image in images:
        image["key"] = _key(image, bases, digests)
        image["before"] = {tag: _id(engine, tag) for tag in image["tags"]}
        image["reason"] = _reason(image, notes)
        if image["reason"]:
            wanted.append(image)
    if wanted and not check_mode:
        try:
            _build(wanted, params["secrets"], engine, command)
        finally:
            # Of a build that failed, some images may have been made.
            _write_notes(params["notes"], {**notes, **_built(wanted, engine, notes)})
    returned = []
    for image in images:
        after = image.get("after", image["before"])
        # What comes out of BuildKit's cache is the image that was there.
        changed = bool(image["reason"]) if check_mode else after != image["before"]
        returned.append({"tags": image["tags"], "id": after[image["tags"][0]], "changed": changed, "reason": image["reason"] if changed else ""})
    changed = any(shown["changed"] for shown in returned)
    return {"changed": changed, "images": returned, "diff": _diff(images, returned, check_mode)}


def _parse(index: int, image: dict) -> dict:
    variable = f"images[{index}]"
    if not image["tags"]:
        raise BuildError(f"{variable}.tags: []: an image has at least one tag")
    try:
        tags = [parse_reference(tag).familiar for tag in image["tags"]]
    except ClassroomError as exc:
        raise BuildError(f"{variable}.tags: {exc}") from exc
    context = image["context"]
    dockerfile = os.path.join(context, image.get("dockerfile") or "Dockerfile")
    if not os.path.isdir(context):
        raise BuildError(f"{variable}.context: {context}: it must be a folder")
    if not os.path.isfile(dockerfile):
        raise BuildError(f"{variable}.dockerfile: {dockerfile}: it must be a file, by an absolute path or one inside of context")
    strings = {}
    for name, parse in (("args", parse_variables), ("labels", parse_labels)):
        try:
            strings[name] = parse(image.get(name) or {})
        except ClassroomError as exc:
            raise BuildError(f"{variable}.{name}: {exc}") from exc
    return dict(strings, tags=tags, context=context, dockerfile=dockerfile, target=image.get("target") or "")


def _check_unique(images: list) -> None:
    first: dict = {}
    for index, image in enumerate(images):
        for tag in image["tags"]:
            if tag in first:
                raise BuildError(f"images[{index}].tags: {tag} is a tag of images[{first[tag]}], too: a tag stands for one image")
            first[tag] = index


def _check_secrets(secrets: list) -> None:
    there = set()
    for index, secret in enumerate(secrets):
        variable, name = f"secrets[{index}].id", secret["id"]
        # BuildKit is told of it with a comma and an equals sign.
        if not re.fullmatch("[A-Za-z0-9_][A-Za-z0-9_.-]*", name):
            raise BuildError(f"{variable}: {name!r} is not the id of a secret: letters, digits and _ . -, the first no dot and no hyphen")
        if name in there:
            raise BuildError(f"{variable}: {name!r} is there twice: an id stands for one file")
        there.add(name)
        if not os.path.isfile(secret["src"]):
            raise BuildError(f"secrets ({name}): src {secret['src']} must be a file: there is none")


def _check_notes(notes: str, images: list) -> None:
    try:
        folder = os.path.realpath(check_place(notes))
    except ClassroomError as exc:
        raise BuildError(f"notes: {exc}") from exc
    for index, image in enumerate(images):
        context = os.path.realpath(image["context"])
        if os.path.commonpath([context, folder]) == context:
            raise BuildError(f"notes: {notes}: it must be outside of images[{index}].context, which would change with every build")


def _base_name(index: int, base: str) -> str:
    try:
        return parse_reference(base).familiar
    except ClassroomError as exc:
        raise BuildError(f"bases[{index}]: {exc}") from exc


def _base(engine: Engine, base: str, name: str, check_mode: bool) -> str:
    found = _id(engine, name)
    # A dry run comes before what would make the base.
    if not found and not check_mode:
        raise BuildError(f"bases: {base}: the engine has no such image; build or pull it first")
    return found


def _id(engine: Engine, name: str) -> str:
    image = engine.image(name)
    return image["Id"] if image else ""


def _key(image: dict, bases: dict, digests: dict) -> str:
    """A digest of all that an image is made of."""
    # What is ignored may be beside a Dockerfile that is not in the context.
    sources = [image["context"], image["dockerfile"], *filter(os.path.exists, [f"{image['dockerfile']}.dockerignore"])]
    for source in sources:
        if source not in digests:
            digests[source] = tree_digest(os.path.realpath(source))
    parts = [bases, *map(digests.get, sources), image["target"], image["args"], image["labels"], image["tags"]]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def tree_digest(path: str) -> str:
    """A digest of a file or a folder: names, kinds, permissions and content, and no times.

    :raises BuildError: something in it cannot be read
    """
    digest = hashlib.sha256()
    try:
        for name in _names(path):
            digest.update(json.dumps(_facts(name, os.path.relpath(name, path))).encode())
    except OSError as exc:
        raise BuildError(f"{exc.filename} cannot be read: {exc.strerror}") from exc
    return digest.hexdigest()


def _names(path: str) -> Iterable:
    yield path
    if os.path.isdir(path):
        for folder, folders, files in os.walk(path, onerror=_raise):
            folders.sort()
            yield from (os.path.join(folder, name) for name in sorted(folders + files))


def _raise(error: OSError) -> None:
    raise error


def _facts(path: str, name: str) -> list:
    status = os.lstat(path)
    kind, content = stat.S_IFMT(status.st_mode), ""
    if stat.S_ISLNK(status.st_mode):
        return [name, kind, os.readlink(path)]
    if stat.S_ISREG(status.st_mode):
        digest = hashlib.sha256()
        with open(path, "rb") as file:
            for chunk in iter(lambda: file.read(_CHUNK), b""):
                digest.update(chunk)
        content = digest.hexdigest()
    return [name, kind, stat.S_IMODE(status.st_mode), content]


def _reason(image: dict, notes: dict) -> str:
    missing = [tag for tag, found in image["before"].items() if not found]
    if missing:
        return f"there is no image {missing[0]}"
    noted = notes.get(image["tags"][0])
    if not noted:
        return "nothing is noted of an earlier build"
    if noted["key"] != image["key"]:
        return "what it is made of is not the same any more"
    moved = [tag for tag, found in image["before"].items() if found != noted["id"]]
    return f"{moved[0]} is not the image that was built" if moved else ""


def _built(images: list, engine: Engine, notes: dict) -> dict:
    """What is to be noted of those images that are there now, the ids that they had before included."""
    built = {}
    for image in images:
        name = image["tags"][0]
        image["after"] = {tag: _id(engine, tag) for tag in image["tags"]}
        noted = notes.get(name, {"id": "", "earlier": []})
        found = image["after"][name]
        if image["after"] != image["before"] or image.get("done"):
            earlier = [each for each in (*noted["earlier"], noted["id"]) if each not in ("", found)]
            built[name] = {"key": image["key"], "id": found, "earlier": sorted(set(earlier))}
    return built


def _build(images: list, secrets: list, engine: Engine, command: Callable) -> None:
    for first in range(0, len(images), _AT_ONCE):
        _bake(images[first:first + _AT_ONCE], secrets, engine, command)


def _bake(images: list, secrets: list, engine: Engine, command: Callable) -> None:
    targets = {}
    for index, image in enumerate(images):
        target = {key: image[key] for key in ("context", "dockerfile", "tags", "args", "labels")}
        # Bake reads ${} and %{} in a string as expressions of its own.
        target = json.loads(json.dumps(target).replace("${", "$${").replace("%{", "%%{"))
        if image["target"]:
            target["target"] = image["target"]
        if secrets:
            target["secret"] = [f"id={secret['id']},src={secret['src']}" for secret in secrets]
        targets[re.sub("[^a-z0-9]+", "-", f"{image['tags'][0]}-{index}")] = target
    bake = {"group": {"default": {"targets": list(targets)}}, "target": targets}
    # Buildx keeps a record of every build in the home folder otherwise.
    with tempfile.TemporaryDirectory(prefix="image_build.") as folder:
        environment = {
            "DOCKER_HOST": engine.host,
            "BUILDX_CONFIG": folder,
            "BUILDX_BUILDER": "default",
            # Newer ones ask whether a build may read outside of the folder that they are called in.
            "BUILDX_BAKE_ENTITLEMENTS_FS": "0",
            # Where the engine keeps its images in containerd, an attestation with the time of the build makes each another image.
            "BUILDX_NO_DEFAULT_ATTESTATIONS": "1",
        }
        called = ["docker", "buildx", "bake", "--progress=plain", "--file=-"], json.dumps(bake), environment
        code, output, errors = command(*called)
        if code and _is_lost(output + errors):
            # What was built by then is in the cache: only the step that failed is run again.
            code, output, errors = command(*called)
    for image in images:
        image["done"] = not code
    if code:
        raise BuildError(f"The build failed:\n{_told(output + errors)}")


def _lines(output: str) -> list:
    return [line for line in output.splitlines() if line.strip()]


def _failed_step(output: str) -> list:
    """Of BuildKit's output, the line that names the step that failed, and those that it said."""
    lines = _lines(output)
    rules = [index for index, line in enumerate(lines) if re.fullmatch("-{3,}", line)]
    return lines[rules[0] + 1: rules[1]] if len(rules) > 1 else []


def _is_lost(output: str) -> bool:
    """Whether BuildKit lost why a build failed: what its last step said, or the build itself among its jobs."""
    return len(_failed_step(output)) == 1 or "failed to receive status: " in output


def _told(output: str) -> str:
    """Of BuildKit's output, the step that failed with what it said, and the error."""
    lines = _lines(output)
    errors = [line for line in lines if line.startswith(("ERROR:", "error:"))]
    return "\n".join(_failed_step(output)[-_TOLD:] + errors[-1:] or lines[-_TOLD:])


def _read_notes(path: str) -> dict:
    try:
        with open(path, encoding="utf-8") as file:
            notes = json.load(file)
        return {tag: noted for tag, noted in notes.items() if set(noted) == {"key", "id", "earlier"}}
    except (OSError, ValueError, AttributeError, TypeError):
        # Without notes, BuildKit is asked, and finds its own cache.
        return {}


def _write_notes(path: str, notes: dict) -> None:
    folder = os.path.dirname(os.path.abspath(path))
    try:
        handle, name = tempfile.mkstemp(prefix=".image_build.", dir=folder)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(notes, file, indent=2, sort_keys=True)
        os.replace(name, path)
    except OSError as exc:
        raise BuildError(f"notes: {path} cannot be written: {exc.strerror}") from exc


def _diff(images: list, returned: list, check_mode: bool) -> dict:
    before, after = [], []
    for image, shown in zip(images, returned):
        if shown["changed"]:
            for tag, found in image["before"].items():
                before.append(f"{tag} {found or 'missing'}\n")
                after.append(f"{tag} {'built anew: ' + shown['reason'] if check_mode else shown['id']}\n")
    return {"before_header": "images", "after_header": "images", "before": "".join(before), "after": "".join(after)}
