# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This module utility is private to the collection.

"""What is asked of images, against what the engine, their files, a registry and an archive say: the flow of the module image_check."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, Callable

from ansible_collections.classroom.containers.plugins.module_utils import _image_secrets
from ansible_collections.classroom.containers.plugins.module_utils._engine import AnswerError, Engine, EngineError, history_path, image_path
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.module_utils._findings import Finding, owner
from ansible_collections.classroom.containers.plugins.module_utils._image_asked import Asked, parse_contents, parse_requirement
from ansible_collections.classroom.containers.plugins.module_utils._image_compare import COMPARED, ROOT, Verdict, differ_in_kind, named
from ansible_collections.classroom.containers.plugins.module_utils._image_content import Archive, Content, ContentError
from ansible_collections.classroom.containers.plugins.module_utils._image_history import steps
from ansible_collections.classroom.containers.plugins.module_utils._image_seen import Image, Seen, place_of
from ansible_collections.classroom.containers.plugins.module_utils._registry import Registry, RegistryError, trusting

#: How often the archive is asked for anew when an image goes away meanwhile.
TRIES = 3
#: How many images that take too long to export are waited for: an engine may have a disk that is slow for all.
_SLOW = 5
#: How many questions a registry is asked at the same time.
_AT_ONCE = 4


def check(requirements: list, engine: Engine, options: dict) -> tuple:
    """The findings of all requirements, in their order, and what is known of the images that are there: ``images`` and ``steps`` of image_check.

    :param requirements: the option ``images`` of image_check
    :param options: the options of OPTION_ARGUMENTS, and timeout
    :raises ClassroomError: an option is wrong; nothing was looked at
    """
    parsed = [parse_requirement(index, requirement) for index, requirement in enumerate(requirements)]
    contents = parse_contents(options["contents"])
    seen = Seen(_connecting(options), values=_image_secrets.check_secrets(options["secrets"]))
    _look(parsed, engine, seen, contents)
    findings = [finding for asked in parsed for finding in _findings(asked, seen)]
    # Under two spellings of its name, an image is told of once.
    names = {asked.reference.familiar: asked.requirement["name"] for asked in reversed(parsed)}
    required = _there({names[asked.reference.familiar]: asked.reference.familiar for asked in parsed}, seen)
    return findings, {"images": _described({**required, **_there(contents, seen)}), "steps": _steps(required)}


def _connecting(options: dict) -> Callable:
    """What makes the client of the registry of an address.

    :raises ClassroomError: registry_ca is no CA, which is a mistake of the trainer's, and no finding
    """
    authority = options.get("registry_ca")
    if authority:
        try:
            trusting(authority)
        except RegistryError as exc:
            raise ClassroomError(f"registry_ca: {exc}") from exc
    return lambda address: Registry(address, options.get("registry_username"), options.get("registry_password"), authority, options["timeout"])


def _look(parsed: list, engine: Engine, seen: Seen, contents: dict) -> None:
    """Ask the engine for all images, and read the files of those where somebody asks for what is in them.

    :param contents: the familiar names of those where somebody does without a requirement, by the names that are given
    """
    required = [asked.reference.familiar for asked in parsed]
    bases = [asked.attributes["base"] for asked in parsed if "base" in asked.attributes]
    images: dict = {}
    names = list(dict.fromkeys([*required, *bases, *contents.values()]))
    engine.expect(map(image_path, names))
    for place, name in enumerate(names):
        try:
            found = engine.image(name)
            # What one image says is kept once, however many names it has.
            seen.images[name] = images.setdefault(found["Id"], Image(found)) if found else None
        except AnswerError as exc:
            # It may answer for the next one.
            seen.images[name] = exc
        except EngineError as exc:
            # To wait for it once is enough.
            seen.images.update(dict.fromkeys(names[place:], exc))
            break
    looked_at = [(asked.reference.familiar, asked.attributes) for asked in parsed] + [(familiar, {}) for familiar in contents.values()]
    there = [(familiar, attributes, image) for familiar, attributes in looked_at if isinstance(image := seen.images[familiar], Image)]
    engine.expect(dict.fromkeys(history_path(image.id) for _familiar, _attributes, image in there))
    if any("size_max" in attributes for _familiar, attributes, _image in there):
        seen.packed = _packs(engine)
    wanted, secrets, files = {}, False, {}
    for familiar, attributes, image in there:
        if image.history is None:
            try:
                image.history = engine.history(image.id)
            except EngineError as exc:
                seen.images[familiar] = exc
                continue
        if image.history is not None and (_needs_files(attributes, image) or ("size_max" in attributes and seen.packed is True)):
            wanted[image.id] = image
            secrets = secrets or "no_secrets" in attributes
            for file in attributes.get("files", ()):
                files.setdefault(file["path"], set()).update(file["contains"])
    pushed = [place_of(attributes["pushed_as"], image) for _familiar, attributes, image in there if "pushed_as" in attributes and image.history is not None]
    places = list(dict.fromkeys(pushed))
    with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
        # A registry counts a password anew for each answer, and the engine writes its archive meanwhile.
        answers = [pool.submit(_pull, places[begin::_AT_ONCE], seen.connect) for begin in range(_AT_ONCE)]
        _read_files(wanted, engine, (seen.values, secrets, files))
        # Nobody asks what is in the files of the others, which may be much larger.
        _read_files({image.id: image for image in _there(contents, seen).values() if image.content is None}, engine, ((), False, {}))
        for answer in answers:
            seen.manifests.update(answer.result())


def _pull(places: list, connect: Callable) -> dict:
    """What registries have at places: the manifest, None where there is none, or the error.

    :param connect: makes the client of the registry of an address, which is used here alone
    """
    registries: dict = {}
    found: dict = {}
    for place in places:
        address = place[0]
        registries[address] = registries.get(address) or connect(address)
        try:
            found[place] = registries[address].manifest(*place[1:])
        except RegistryError as exc:
            found[place] = exc
    return found


def _packs(engine: Engine) -> bool | EngineError:
    """Whether the engine keeps its images in containerd, which has their layers packed, too."""
    try:
        status = (engine.get("/info") or {}).get("DriverStatus") or ()
    except EngineError as exc:
        return exc
    return any("io.containerd.snapshotter" in str(value) for pair in status for value in pair)


def _needs_files(attributes: dict, image: Image) -> bool:
    if {"no_shell", "no_package_manager", "no_secrets", "files"} & set(attributes):
        return True
    # Only the image's own list of users says that nonroot is 65532, and not 0.
    user = attributes.get("user")
    return user is not None and (named(user) or differ_in_kind(user, image.config.get("User") or ROOT))


def _read_files(wanted: dict, engine: Engine, looked_for: tuple) -> None:
    for attempt in range(TRIES):
        if not wanted:
            return
        # Those of the same layers have the same files: the first of them stands for all in the archive, but where it cannot be read.
        first: dict = {}
        stands = {identity: identity if attempt else first.setdefault(tuple(image.layers), identity) for identity, image in wanted.items()}
        asked = {identity: (stands[identity], image.layers) for identity, image in wanted.items()}
        try:
            with engine.export(list(dict.fromkeys(stands.values()))) as stream:
                contents = Archive(stream, *looked_for).contents(asked) if stream else {}
            for identity, content in contents.items():
                if isinstance(content, Content) or stands[identity] == identity:
                    wanted.pop(identity).content = content
            # The archive is all or nothing: without the one that went away, it is had.
            for identity in [identity for identity in wanted if engine.image(identity) is None]:
                wanted.pop(identity).history = None
        except (EngineError, ContentError) as exc:
            alike: dict = {}
            for identity, image in wanted.items():
                alike.setdefault(tuple(image.layers), {})[identity] = image
                image.content = exc
            if isinstance(exc, AnswerError) and len(alike) > 1:
                # One that the engine cannot give takes nobody else the files.
                slow = 0
                for some in alike.values():
                    if slow < _SLOW:
                        with suppress(EngineError):
                            # Of an engine that answers, an export that takes too long says nothing.
                            engine.image(next(iter(some)))
                    _read_files(some, engine, looked_for)
                    slow += any(isinstance(image.content, EngineError) for image in some.values())
            return
    for image in wanted.values():
        image.content = ContentError("images went away again and again while they were being read")


def _findings(asked: Asked, seen: Seen) -> list:
    name = asked.reference.familiar
    image = seen.images[name]
    if isinstance(image, EngineError):
        return _alike(asked, Verdict("unreachable", evidence=[str(image)], hint=image.hint))
    if image is None:
        hint = f"There is no image named {name}: build it with docker build --tag {name}, in the folder of its Dockerfile."
        return _alike(asked, Verdict("absent", evidence=[f"GET /images/{name}/json: no such image"], hint=hint))
    if image.history is None:
        evidence = [f"GET /images/{name}/json: {image.id}", f"GET /images/{image.id}/history: no such image"]
        return _alike(asked, Verdict("unstable", evidence=evidence, hint=f"{name} could not be checked: it was removed while it was being read."))
    return [_finding(asked, attribute, shown, COMPARED[attribute](name, value, image, seen)) for attribute, value, shown in asked.parts]


def _alike(asked: Asked, verdict: Verdict) -> list:
    return [_finding(asked, attribute, shown, verdict) for attribute, _value, shown in asked.parts]


def _finding(asked: Asked, attribute: str, shown: Any, verdict: Verdict) -> Finding:
    return Finding(
        kind="image",
        subject=asked.requirement["name"],
        attribute=attribute,
        asked=shown,
        **owner(asked.requirement),
        **vars(verdict),
    )


def _described(images: dict) -> list:
    """What is known of images, by their names."""
    return [
        {
            "name": name,
            "id": image.id,
            "size": image.content.size if isinstance(image.content, Content) else image.engine["Size"],
            "created": image.engine.get("Created") or "",
            "layers": len(image.layers),
            "files": image.content.count if isinstance(image.content, Content) else None,
            "setuid": image.content.setuid if isinstance(image.content, Content) else None,
            "packages": image.content.packages if isinstance(image.content, Content) else None,
        }
        for name, image in images.items()
    ]


def _there(names: dict, seen: Seen) -> dict:
    """Those images that are there and are known, by the names that are given for their familiar ones."""
    found = {name: seen.images[familiar] for name, familiar in names.items()}
    return {name: image for name, image in found.items() if isinstance(image, Image) and image.history is not None}


def _steps(required: dict) -> list:
    """The steps that images were made in, each once with the names of the images that have it: what most of a class have in common is told once.

    A layer on top of other layers is another one, whatever is in it; so is a step without one. A step of which it cannot be told which layer
    it left is the image's own.
    """
    found: dict = {}
    for name, image in required.items():
        place, layers, since = 0, (), ()
        for step in steps(image.history, len(image.layers)):
            if step.empty:
                since += (step.created_by,)
            else:
                place = place + 1 if step.layer is None else step.layer + 1
                layers = (*layers, image.id) if step.layer is None else tuple(image.layers[:place])
                since = ()
            described = found.setdefault(
                (place, len(since), layers, since),
                {
                    "instruction": step.instruction,
                    "created_by": _image_secrets.shown_step(step.created_by),
                    "size": step.size,
                    "diff_id": None if step.layer is None else image.layers[step.layer],
                    "empty": step.empty,
                    "images": [],
                },
            )
            described["images"].append(name)
    # Those at the same place are of different images.
    return [found[place] for place in sorted(found, key=lambda place: (*place[:2], -len(found[place]["images"])))]
