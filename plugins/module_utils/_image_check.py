# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This module utility is private to the collection.

"""What is asked of images, against what the engine, their files, a registry and an archive say: the flow of the module image_check."""

from __future__ import annotations

import json
import posixpath
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Callable

from ansible_collections.classroom.containers.plugins.module_utils import _image_secrets, _saved_images
from ansible_collections.classroom.containers.plugins.module_utils._engine import AnswerError, Engine, EngineError, history_path, image_path
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.module_utils._files import parse_path
from ansible_collections.classroom.containers.plugins.module_utils._findings import OWNER_ARGUMENTS, Finding, owner
from ansible_collections.classroom.containers.plugins.module_utils._image_content import Archive, Content, ContentError
from ansible_collections.classroom.containers.plugins.module_utils._image_history import steps
from ansible_collections.classroom.containers.plugins.module_utils._labels import parse_labels
from ansible_collections.classroom.containers.plugins.module_utils._limits import parse_bytes, parse_integer
from ansible_collections.classroom.containers.plugins.module_utils._references import Reference, parse_reference
from ansible_collections.classroom.containers.plugins.module_utils._signals import parse_signal
from ansible_collections.classroom.containers.plugins.module_utils._registry import Manifest, Registry, RegistryError, trusting

#: One requirement of image_check as an argument spec.
REQUIREMENT_ARGUMENTS = {
    "name": {"type": "str", "required": True},
    **OWNER_ARGUMENTS,
    "size_max": {"type": "str"},
    "layers_max": {"type": "int"},
    "base": {"type": "str"},
    "user": {"type": "str"},
    "entrypoint": {"type": "list", "elements": "str"},
    "command": {"type": "list", "elements": "str"},
    "starts": {"type": "str"},
    "exposed_ports": {"type": "list", "elements": "str"},
    "stop_signal": {"type": "str"},
    "labels": {"type": "dict"},
    "no_shell": {"type": "bool"},
    "no_package_manager": {"type": "bool"},
    "no_secrets": {"type": "bool", "no_log": False},
    "files": {
        "type": "list",
        "elements": "dict",
        "options": {
            "path": {"type": "str", "required": True},
            "contains": {"type": "list", "elements": "str", "default": []},
            "executable": {"type": "bool", "default": False},
        },
    },
    "pushed_as": {"type": "str"},
    "archive": {"type": "path"},
}
#: Options of image_check beside the requirements.
OPTION_ARGUMENTS = {
    "contents": {"type": "list", "elements": "str", "default": []},
    "secrets": {"type": "list", "elements": "str", "no_log": True, "default": []},
    "registry_username": {"type": "str"},
    "registry_password": {"type": "str", "no_log": True},
    "registry_ca": {"type": "path"},
}
#: Options that need each other.
REGISTRY_TOGETHER = [("registry_username", "registry_password")]
#: How often the archive is asked for anew when an image goes away meanwhile.
TRIES = 3
#: How many questions a registry is asked at the same time.
_AT_ONCE = 4
#: Labels that say whose an image is.
_OWNERS = ("maintainer", "classroom.student", "org.opencontainers.image.authors")
#: As `docker images` shows sizes, and unlike `docker run --memory`, which takes powers of 1024 whatever the suffix.
_DECIMAL_SIZE = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?([kmgt])b", re.IGNORECASE)
_POWERS = {"k": 1, "m": 2, "g": 3, "t": 4}
_PORT = re.compile(r"([0-9]{1,5})(?:/(tcp|udp|sctp))?", re.IGNORECASE)
_ROOT = "0"
#: Flask's own command, how it is told to start a site, and which, and which it looks for where it is not told.
_FLASK, _FLASK_RUN = re.compile(r"(?<!\S)(?:\S*/)?flask(?=\s)"), re.compile(r"(?<!\S)run(?!\S)")
_FLASK_APP = re.compile(r"(?<!\S)(?:--app\b|-A|FLASK_APP=)")
_FLASK_APPS = ("app.py", "wsgi.py")
#: What the name of a Python module comes after.
_MODULE = r"(?<!\S)(?:-[mAw]\s*|--(?:app|module)[=\s]\s*|FLASK_APP=)"


@dataclass
class _Image:
    """What is known of an image of the engine.

    :param engine: what its inspect says
    :param history: None where the image went away before it was asked for
    :param content: what its files say, or the error that says why that is not known; None where nobody asks
    """

    engine: dict
    history: list | None = None
    content: Content | ClassroomError | None = None

    @property
    def id(self) -> str:
        return self.engine["Id"]

    @property
    def config(self) -> dict:
        return self.engine.get("Config") or {}

    @property
    def layers(self) -> list:
        return (self.engine.get("RootFS") or {}).get("Layers") or []

    @property
    def names(self) -> list:
        return [name for name in self.engine.get("RepoTags") or () if "<none>" not in name]


@dataclass
class _Asked:
    """A requirement, parsed."""

    requirement: dict
    reference: Reference
    attributes: dict

    @property
    def parts(self) -> list:
        """What each finding is about: the attribute, its value, and the value as the finding shows it."""
        parts = []
        for attribute, value in self.attributes.items():
            if attribute == "files":
                parts += [(attribute, file, _shown_file(file["path"], file["executable"], file["contains"])) for file in value]
            else:
                parts.append((attribute, value, self.reference.familiar if attribute == "exists" else value))
        return parts


@dataclass
class _Seen:
    """All that the findings are made from: each thing is looked at once for the whole class.

    :param connect: makes the client of the registry of an address
    :param images: by familiar name: the image, None where there is none, or the error
    :param kinds: by text, what kinds of secrets are in it
    :param manifests: by registry, repository, tag and processor: the manifest, None where there is none, or the error
    """

    connect: Callable
    images: dict = field(default_factory=dict)
    manifests: dict = field(default_factory=dict)
    archives: dict = field(default_factory=dict)
    values: list = field(default_factory=list)
    kinds: dict = field(default_factory=dict)

    def names_of(self, digests: set, but: str) -> list:
        """Other names of an image."""
        return sorted(
            name for name, image in self.images.items() if isinstance(image, _Image) and image.id in digests and name != but
        )


@dataclass
class _Verdict:
    verdict: str
    declared: Any = None
    enforced: Any = None
    evidence: list = field(default_factory=list)
    hint: str = ""


def check(requirements: list, engine: Engine, options: dict) -> tuple:
    """The findings of all requirements, in their order, and what is known of the images that are there: ``images`` and ``steps`` of image_check.

    :param requirements: the option ``images`` of image_check
    :param options: the options of OPTION_ARGUMENTS, and timeout
    :raises ClassroomError: an option is wrong; nothing was looked at
    """
    parsed = [_parse(index, requirement) for index, requirement in enumerate(requirements)]
    contents = _parse_contents(options["contents"])
    seen = _Seen(_connecting(options), values=_image_secrets.check_secrets(options["secrets"]))
    _look(parsed, engine, seen, contents)
    findings = [finding for asked in parsed for finding in _findings(asked, seen)]
    # Under two spellings of its name, an image is told of once.
    names = {asked.reference.familiar: asked.requirement["name"] for asked in reversed(parsed)}
    required = _there({names[asked.reference.familiar]: asked.reference.familiar for asked in parsed}, seen)
    return findings, {"images": _described({**required, **_there(contents, seen)}), "steps": _steps(required)}


def parse_size(text: Any) -> int:
    """Bytes of a size: with kB, MB and GB as `docker images` shows it, in powers of 1000; with k, m and g as `docker run` takes it, of 1024.

    :raises ClassroomError: it is not a size, or not more than 0
    """
    match = _DECIMAL_SIZE.fullmatch(str(text).strip())
    size = int(Decimal(match.group(1)) * 1000 ** _POWERS[match.group(2).lower()]) if match else parse_bytes(text)
    if size <= 0:
        raise ClassroomError(f"{text!r} is not more than 0: no image is that small")
    return size


def parse_port(text: Any) -> str:
    """A port with its protocol, as an image tells it.

    :raises ClassroomError: it is none
    """
    match = _PORT.fullmatch(str(text).strip())
    if not match or not 1 <= int(match.group(1)) <= 65535:
        raise ClassroomError(f"{text!r} is not a port, such as 5000 or 5000/udp: a number from 1 to 65535")
    return f"{int(match.group(1))}/{(match.group(2) or 'tcp').lower()}"


def _parse_user(text: str) -> str:
    user, colon, group = text.strip().partition(":")
    if any(part and not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]*\$?", part) for part in (user, group)) or (colon and not group):
        raise ClassroomError(f"{text!r} is not a user, such as 65532, nonroot or 65532:65532")
    return text.strip()


def _parse_labels(labels: dict) -> dict:
    if not labels:
        raise ClassroomError("{} asks for no label")
    return parse_labels(labels)


def _parse_files(files: list) -> list:
    if not files:
        raise ClassroomError("[] asks for no file")
    for file in files:
        if not file["path"].startswith("/") or file["path"].endswith("/"):
            raise ClassroomError(f"path: {file['path']!r} is not the absolute path of a file, such as /webapp/message.txt")
        if not all(file["contains"]):
            raise ClassroomError(f"contains: {file['contains']!r} of {file['path']} is not a list of texts, each of at least one character")
    return files


def _parse_tagged(text: str) -> str:
    reference = parse_reference(text)
    if reference.digest:
        raise ClassroomError(f"{text!r} has a digest, and an image is pushed as a tag")
    return reference.familiar


#: How each attribute is read that is not taken as it is.
_PARSE: dict = {
    "size_max": parse_size,
    "layers_max": lambda value: parse_integer(value, 1),
    "base": lambda value: parse_reference(value).familiar,
    "user": _parse_user,
    "exposed_ports": lambda ports: sorted(map(parse_port, ports)),
    "stop_signal": parse_signal,
    "labels": _parse_labels,
    "files": _parse_files,
    "pushed_as": _parse_tagged,
    "archive": parse_path,
}


def _parse_contents(names: list) -> dict:
    """The familiar names of images by the names that are given."""
    familiar = {}
    for index, name in enumerate(names):
        try:
            familiar[name] = parse_reference(name).familiar
        except ClassroomError as exc:
            raise ClassroomError(f"contents[{index}]: {exc}") from exc
    return familiar


def _parse(index: int, requirement: dict) -> _Asked:
    where = f"images[{index}] ({requirement['name']})"
    try:
        reference = parse_reference(requirement["name"])
    except ClassroomError as exc:
        raise ClassroomError(f"{where}: name: {exc}") from exc
    attributes: dict = {"exists": True}
    for attribute in _COMPARED:
        value = requirement.get(attribute)
        # What is not forbidden is not asked for.
        if value is None or (attribute.startswith("no_") and not value):
            continue
        try:
            attributes[attribute] = _PARSE.get(attribute, lambda given: given)(value)
        except ClassroomError as exc:
            raise ClassroomError(f"{where}: {attribute}: {exc}") from exc
    return _Asked(requirement, reference, attributes)


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


def _look(parsed: list, engine: Engine, seen: _Seen, contents: dict) -> None:
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
            seen.images[name] = images.setdefault(found["Id"], _Image(found)) if found else None
        except AnswerError as exc:
            # It may answer for the next one.
            seen.images[name] = exc
        except EngineError as exc:
            # To wait for it once is enough.
            seen.images.update(dict.fromkeys(names[place:], exc))
            break
    looked_at = [(asked.reference.familiar, asked.attributes) for asked in parsed] + [(familiar, {}) for familiar in contents.values()]
    there = [(familiar, attributes, image) for familiar, attributes in looked_at if isinstance(image := seen.images[familiar], _Image)]
    engine.expect(dict.fromkeys(history_path(image.id) for _familiar, _attributes, image in there))
    wanted, secrets, files = {}, False, {}
    for familiar, attributes, image in there:
        if image.history is None:
            try:
                image.history = engine.history(image.id)
            except EngineError as exc:
                seen.images[familiar] = exc
                continue
        if image.history is not None and _needs_files(attributes, image):
            wanted[image.id] = image
            secrets = secrets or "no_secrets" in attributes
            for file in attributes.get("files", ()):
                files.setdefault(file["path"], set()).update(file["contains"])
    pushed = [_place(attributes["pushed_as"], image) for _familiar, attributes, image in there if "pushed_as" in attributes and image.history is not None]
    places = list(dict.fromkeys(pushed))
    with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
        # A registry counts a password anew for each answer, and the engine writes its archive meanwhile.
        answers = [pool.submit(_pull, places[begin::_AT_ONCE], seen.connect) for begin in range(_AT_ONCE)]
        _read_files(wanted, engine, (seen.values, secrets, files))
        # Nobody asks what is in the files of the others, which may be much larger.
        _read_files({image.id: image for image in _there(contents, seen).values() if image.content is None}, engine, ((), False, {}))
        for answer in answers:
            seen.manifests.update(answer.result())


def _place(pushed_as: str, image: _Image) -> tuple:
    """Where an image is looked for: registry, repository, tag, and the processor that it is for."""
    reference = parse_reference(pushed_as)
    return reference.registry, reference.repository, reference.tag, image.engine.get("Architecture") or "amd64"


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


def _needs_files(attributes: dict, image: _Image) -> bool:
    if {"no_shell", "no_package_manager", "no_secrets", "files"} & set(attributes):
        return True
    # Only the image's own list of users says that nonroot is 65532.
    return "user" in attributes and _differ_in_kind(attributes["user"], image.config.get("User") or _ROOT)


def _differ_in_kind(one: str, other: str) -> bool:
    numbers = [part.isdigit() for part in (one.partition(":")[0], other.partition(":")[0])]
    return "root" not in (one, other) and numbers[0] != numbers[1]


def _read_files(wanted: dict, engine: Engine, looked_for: tuple) -> None:
    for attempt in range(TRIES):
        if not wanted:
            return
        # Those of the same layers have the same files: the first of them stands for all in the archive, but where it cannot be read.
        first: dict = {}
        stands = {identity: identity if attempt else first.setdefault(tuple(image.layers), identity) for identity, image in wanted.items()}
        asked = {identity: (stands[identity], len(image.layers)) for identity, image in wanted.items()}
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
                for some in alike.values():
                    _read_files(some, engine, looked_for)
            return
    for image in wanted.values():
        image.content = ContentError("images went away again and again while they were being read")


def _findings(asked: _Asked, seen: _Seen) -> list:
    name = asked.reference.familiar
    image = seen.images[name]
    if isinstance(image, EngineError):
        return _alike(asked, _Verdict("unreachable", evidence=[str(image)], hint=image.hint))
    if image is None:
        hint = f"There is no image named {name}: build it with docker build --tag {name}, in the folder of its Dockerfile."
        return _alike(asked, _Verdict("absent", evidence=[f"GET /images/{name}/json: no such image"], hint=hint))
    if image.history is None:
        evidence = [f"GET /images/{name}/json: {image.id}", f"GET /images/{image.id}/history: no such image"]
        return _alike(asked, _Verdict("unstable", evidence=evidence, hint=f"{name} could not be checked: it was removed while it was being read."))
    return [_finding(asked, attribute, shown, _COMPARED[attribute](name, value, image, seen)) for attribute, value, shown in asked.parts]


def _alike(asked: _Asked, verdict: _Verdict) -> list:
    return [_finding(asked, attribute, shown, verdict) for attribute, _value, shown in asked.parts]


def _finding(asked: _Asked, attribute: str, shown: Any, verdict: _Verdict) -> Finding:
    return Finding(
        kind="image",
        subject=asked.requirement["name"],
        attribute=attribute,
        asked=shown,
        **owner(asked.requirement),
        **vars(verdict),
    )


def _exists(name: str, _asked: bool, image: _Image, _seen: _Seen) -> _Verdict:
    return _Verdict("ok", declared=name, evidence=[f"Id={image.id}", f"RepoTags={_words(image.names)}"])


def _size_max(name: str, asked: int, image: _Image, _seen: _Seen) -> _Verdict:
    size = image.engine["Size"]
    verdict = _Verdict("ok" if size <= asked else "differs", declared=size, evidence=[f"Size={size}"])
    if size > asked:
        verdict.hint = (
            f"{name} has {size} bytes ({size / 10**6:.3g} MB), which is {size - asked} more than the budget of {asked}: docker history {name} shows "
            "which step adds most. What only the build needs belongs into a stage of its own, and a removal belongs into the step that made the files."
        )
    return verdict


def _layers_max(name: str, asked: int, image: _Image, _seen: _Seen) -> _Verdict:
    count = len(image.layers)
    verdict = _Verdict("ok" if count <= asked else "differs", declared=count, evidence=[f"RootFS.Layers: {count}"])
    if count > asked:
        verdict.hint = f"{name} has {count} layers, and at most {asked} are asked: put RUN, COPY and ADD steps together that belong together."
    return verdict


def _base(name: str, asked: str, image: _Image, seen: _Seen) -> _Verdict:
    base = seen.images[asked]
    if isinstance(base, EngineError):
        return _Verdict("unreachable", evidence=[str(base)], hint=base.hint)
    if base is None:
        hint = f"It is not known whether {name} is built on {asked}: this host has no such image to compare with. docker pull {asked}, or make it."
        return _Verdict("unverifiable", evidence=[f"GET /images/{asked}/json: no such image"], hint=hint)
    if not base.layers:
        hint = f"It is not known whether {name} is built on {asked}: {asked} has no layer, and every image begins with none."
        return _Verdict("unverifiable", evidence=[f"RootFS.Layers: none in {asked}, which is {base.id}"], hint=hint)
    common = next((place for place, pair in enumerate(zip(base.layers, image.layers)) if pair[0] != pair[1]), min(len(base.layers), len(image.layers)))
    evidence = [f"RootFS.Layers: {common} of the {len(base.layers)} layers of {asked} are the first of {len(image.layers)}", f"{asked} is {base.id}"]
    if common == len(base.layers):
        return _Verdict("ok", declared=asked, evidence=evidence)
    hint = f"{name} is not built on {asked}: layer {common + 1} is another one. Write FROM {asked} in the Dockerfile and build it again."
    return _Verdict("differs", evidence=evidence, hint=hint)


def _user(name: str, asked: str, image: _Image, _seen: _Seen) -> _Verdict:
    declared = image.config.get("User") or ""
    evidence = [f"Config.User={declared}"]
    known = image.content.users if isinstance(image.content, Content) else None
    if known is None and _differ_in_kind(asked, declared or _ROOT):
        if not isinstance(image.content, Content):
            return _unread(name, image, declared, evidence)
        hint = f"It is not known who {declared or 'root'} is in {name}: its /etc/passwd is no file of its own. Write USER with a number in the Dockerfile."
        return _Verdict("unverifiable", declared=declared, evidence=[*evidence, "/etc/passwd leads elsewhere"], hint=hint)
    users = {"root": _ROOT, **(known or {})}
    pairs = []
    for text in (asked, declared):
        user, _colon, group = text.partition(":")
        uid = _uid(user, users)
        if user in users and uid == users[user] and user != "root":
            evidence.append(f"/etc/passwd: {user} is {uid}")
        pairs.append((uid, group))
    (wanted, wanted_group), (its_own, its_group) = pairs
    if wanted == its_own and wanted_group in ("", its_group):
        return _Verdict("ok", declared=declared, evidence=evidence)
    if wanted == its_own and not (wanted_group.isdecimal() and its_group.isdecimal()):
        runs = f"{name} runs as {declared or 'root'}"
        hint = f"{runs}, and whether that is the group of {asked} is not looked up: write USER {asked} in the Dockerfile to be sure."
        return _Verdict("unverifiable", declared=declared, evidence=evidence, hint=hint)
    runs = f"runs as {declared}" if declared else "has no USER and runs as root"
    hint = f"{name} {runs}, and {asked or 'root'} is asked: write USER {asked or 'root'} in the Dockerfile and build it again."
    return _Verdict("differs" if declared else "missing", declared=declared, evidence=evidence, hint=hint)


def _uid(user: str, users: dict) -> str:
    """As the engine takes it: a number is never looked up, and nobody is root."""
    return user.lstrip("0") or _ROOT if user.isdecimal() else users.get(user, user) if user else _ROOT


def _starts(name: str, asked: str, image: _Image, _seen: _Seen) -> _Verdict:
    told = [*(image.config.get("Entrypoint") or ()), *(image.config.get("Cmd") or ())]
    declared = _image_secrets.shown_words(told)
    evidence = [f"Config.Entrypoint and Config.Cmd={_words(declared)}"]
    line = " ".join(told)
    flask = _FLASK.search(line)
    if flask and _FLASK_RUN.search(line, flask.end()) and not _FLASK_APP.search(line):
        app = next((each.partition("=")[2] for each in image.config.get("Env") or () if each.startswith("FLASK_APP=")), "")
        evidence.append(f"Config.Env: FLASK_APP={app}" if app else f"flask run starts {' or '.join(_FLASK_APPS)}")
        line = " ".join([line, *([f"FLASK_APP={app}"] if app else _FLASK_APPS)])
    # However it is started: python3 demo.py, python3 -m demo, flask --app demo, or all in a line for the shell.
    # demo.log is another file, demo/main.py one in a folder of that name, and main:demo what is called so in main.
    stem, ending = posixpath.splitext(asked)
    other = rf"(?!\.(?!{re.escape(ending[1:])}(?![\w-]|\.\w))\w)" if ending else ""
    program = rf"{re.escape(stem)}(?![\w/-]){other}"
    # In a package it is webapp.demo, where a module is asked for.
    if re.search(rf"(?<![\w.:-]){program}|(?:{_MODULE})(?:\w+\.)*{program}|(?<![\w.:-])(?:\w+\.)+{re.escape(stem)}:", line):
        return _Verdict("ok", declared=declared, evidence=evidence)
    what = f"starts {_words(declared)}" if told else "starts nothing"
    hint = f"A container of {name} {what}, and {asked} is asked: write ENTRYPOINT or CMD with {asked} in the Dockerfile and build it again."
    return _Verdict("differs" if told else "missing", declared=declared, evidence=evidence, hint=hint)


def _list_of(key: str, word: str) -> Callable:
    def compare(name: str, asked: list, image: _Image, _seen: _Seen) -> _Verdict:
        told = image.config.get(key) or []
        declared = _image_secrets.shown_words(told)
        evidence = [f"Config.{key}={_words(declared)}"]
        if told == asked:
            return _Verdict("ok", declared=declared, evidence=evidence)
        mend = f"write {word} {_words(asked)} in the Dockerfile" if asked else f"write {word} [] in the Dockerfile"
        has = f"has the {word} {_words(declared)}" if declared else f"has no {word}"
        hint = f"{name} {has}, and {_words(asked) if asked else 'none'} is asked: {mend} and build it again."
        return _Verdict("differs" if declared else "missing", declared=declared, evidence=evidence, hint=hint)

    return compare


def _exposed_ports(name: str, asked: list, image: _Image, _seen: _Seen) -> _Verdict:
    declared = sorted(image.config.get("ExposedPorts") or {})
    evidence = [f"Config.ExposedPorts={_words(declared)}"]
    if declared == asked:
        return _Verdict("ok", declared=declared, evidence=evidence)
    hint = (
        f"{name} exposes {', '.join(declared) or 'no port'}, and {', '.join(asked) or 'none'} is asked: "
        f"{'write EXPOSE ' + ' '.join(asked) if asked else 'leave EXPOSE out'} in the Dockerfile and build it again."
    )
    return _Verdict("differs" if declared else "missing", declared=declared, evidence=evidence, hint=hint)


def _stop_signal(name: str, asked: str, image: _Image, _seen: _Seen) -> _Verdict:
    told = image.config.get("StopSignal") or ""
    evidence = [f"Config.StopSignal={told}"]
    try:
        declared = parse_signal(told or "SIGTERM")
    except ClassroomError:
        declared = told
    if declared == asked:
        return _Verdict("ok", declared=declared, evidence=evidence)
    hint = f"docker stop sends {declared} to a container of {name}, and {asked} is asked: write STOPSIGNAL {asked} in the Dockerfile and build it again."
    return _Verdict("differs" if told else "missing", declared=declared, evidence=evidence, hint=hint)


def _labels(name: str, asked: dict, image: _Image, _seen: _Seen) -> _Verdict:
    told = image.config.get("Labels") or {}
    wrong = {key: value for key, value in asked.items() if told.get(key) != value}
    declared = {key: _image_secrets.shown_value(f"{key}=", told[key]) if key in told else None for key in asked}
    evidence = [f"Config.Labels.{key}={value}" if value is not None else f"Config.Labels: no {key}" for key, value in declared.items()]
    if not wrong:
        return _Verdict("ok", declared=declared, evidence=evidence)
    hints = []
    for key, value in wrong.items():
        has = f"has {key}={declared[key]}" if declared[key] is not None else f"has no label {key}"
        hints.append(f"{name} {has}, and {key}={value} is asked")
    others = [other for other in image.names if other != name]
    owner = next((declared[key] for key in _OWNERS if key in wrong and declared[key]), "")
    if owner:
        also = f", which has the name {', '.join(others)}, too" if others else ""
        evidence += [f"RepoTags={_words(image.names)}"] if others else []
        hint = f"{', '.join(hints)}: this is {owner}'s image{also}. Build your own, and give it this name: docker build --tag {name}."
        return _Verdict("differs", declared=declared, evidence=evidence, hint=hint)
    written = " ".join(f"{key}={json.dumps(value)}" for key, value in wrong.items())
    hint = f"{', '.join(hints)}: write LABEL {written} in the Dockerfile and build it again."
    missing = all(declared[key] is None for key in wrong)
    return _Verdict("missing" if missing else "differs", declared=declared, evidence=evidence, hint=hint)


def _unread(name: str, image: _Image, declared: Any = None, evidence: list | None = None) -> _Verdict:
    """The files of an image could not be read."""
    problem = image.content
    verdict = "unreachable" if isinstance(problem, EngineError) else "unreadable"
    hint = problem.hint if isinstance(problem, EngineError) else f"The files of {name} could not be read: {problem}."
    return _Verdict(verdict, declared=declared, evidence=[*(evidence or ()), str(problem)], hint=hint)


def _without_programs(kind: str, found_in: Callable, mend: str) -> Callable:
    def compare(name: str, _asked: bool, image: _Image, _seen: _Seen) -> _Verdict:
        if not isinstance(image.content, Content):
            return _unread(name, image)
        found = found_in(image.content)
        evidence = [f"the files of all layers: {_words(found)}"]
        if not found:
            return _Verdict("ok", enforced=True, evidence=evidence)
        return _Verdict("differs", enforced=False, evidence=evidence, hint=f"{name} has {kind}: {', '.join(found)}. {mend}")

    return compare


def _no_secrets(name: str, _asked: bool, image: _Image, seen: _Seen) -> _Verdict:
    declared = _told_secrets(image, seen)
    if not isinstance(image.content, Content):
        if declared:
            return _secret(name, declared, [], None)
        return _unread(name, image, declared=True)
    files = []
    for place, path, kind, removed in image.content.secrets:
        later = ", which a later layer takes away, and which is still in this one" if removed else ""
        files.append(f"/{path} in layer {place + 1} of {len(image.layers)}: {kind}{later}")
    if declared or files:
        return _secret(name, declared, files, not files)
    evidence = [f"the environment, {len(image.config.get('Labels') or {})} labels and {len(image.history)} steps of docker history: none"]
    evidence.append("the files of all layers: none")
    return _Verdict("ok", declared=True, enforced=True, evidence=evidence)


def _secret(name: str, declared: list, files: list, enforced: bool | None) -> _Verdict:
    hint = (
        f"{name} has what looks like a secret: {'; '.join(declared + files)}. Whoever has the image can read it, so change that secret. "
        "A build gets one by RUN --mount=type=secret, and a container when it is started."
    )
    return _Verdict("differs", declared=not declared, enforced=enforced, evidence=declared + files, hint=hint)


def _told_secrets(image: _Image, seen: _Seen) -> list:
    """Where the configuration and the history of an image have what looks like a secret."""
    places = [("Config.Env", value) for value in image.config.get("Env") or ()]
    places += [(f"Config.{key}", _words(image.config[key])) for key in ("Entrypoint", "Cmd", "Healthcheck") if image.config.get(key)]
    places += [(f"Config.Labels.{key}", f"{key}={value}") for key, value in (image.config.get("Labels") or {}).items()]
    found = [f"{place}: {', '.join(kinds)}" for place, text in places if (kinds := _kinds(text, seen))]
    # A build's argument shows in every step after it.
    numbers: dict = {}
    for number, entry in enumerate(reversed(image.history), 1):
        for kind in _kinds(entry.get("CreatedBy") or "", seen):
            numbers.setdefault(kind, []).append(str(number))
    return found + [f"docker history, step {', '.join(told)} of {len(image.history)}: {kind}" for kind, told in numbers.items()]


def _kinds(text: str, seen: _Seen) -> list:
    # Most of what the images of a class say is the same in all of them.
    if text not in seen.kinds:
        encoded = text.encode()
        exact = ["one of the secrets that are looked for"] if any(value in encoded for value in seen.values) else []
        seen.kinds[text] = _image_secrets.in_text(text) + exact
    return seen.kinds[text]


def _shown_file(path: str, executable: bool, texts: list) -> str:
    told = [*(["executable"] if executable else []), *([_listed(texts)] if texts else [])]
    return f"{path}: {', '.join(told) or 'a file'}"


def _listed(texts: list) -> str:
    return ", ".join(map(repr, texts))


def _file(name: str, asked: dict, image: _Image, _seen: _Seen) -> _Verdict:
    if not isinstance(image.content, Content):
        return _unread(name, image)
    path, texts = asked["path"], asked["contains"]
    found = image.content.files.get(path)
    mend = "COPY it in the Dockerfile and build it again."
    if found is None:
        return _Verdict("missing", evidence=[f"the files of all layers: no {path}"], hint=f"{name} has no file {path}: {mend}")
    evidence = [f"{path}: {found.size} bytes" if found.path == path else f"{path} leads to {found.path}: {found.size} bytes"]
    if found.kind != "f":
        kind = "a folder" if found.kind == "d" else "no regular file"
        return _Verdict("missing", evidence=[f"{path}: {kind}"], hint=f"{name} has {path}, which is {kind}, in the place of the file: {mend}")
    evidence.append(f"{found.path}: {'executable' if found.executable else 'not executable'}")
    runs = asked["executable"] and found.executable
    if asked["executable"] and not found.executable:
        enforced = _shown_file(path, False, [])
        hint = f"{path} of {name} is not executable: write RUN chmod +x for it before the last stage takes it with COPY --from, and build it again."
        return _Verdict("differs", enforced=enforced, evidence=evidence, hint=hint)
    if not texts:
        return _Verdict("ok", enforced=_shown_file(path, runs, []), evidence=evidence)
    if found.texts is None:
        limit = _image_secrets.LOOKED_AT
        if found.size > limit:
            reason = f"it has more than {limit} bytes"
        else:
            reason = f"it is a link to {found.path}: ask for that" if found.path != path else "it is a hard link to a file of another name: copy that one here"
        return _Verdict("unreadable", evidence=evidence, hint=f"{path} of {name} could not be read: {reason}.")
    there, lacking = [text for text in texts if text in found.texts], [text for text in texts if text not in found.texts]
    enforced = _shown_file(path, runs, there) if there or runs else None
    evidence += [f"it has {_listed(there)}"] if there else []
    if not lacking:
        return _Verdict("ok", enforced=enforced, evidence=evidence)
    evidence.append(f"it does not have {_listed(lacking)}")
    hint = f"{path} of {name} does not have {_listed(lacking)}: correct it in the folder of the Dockerfile, and build it again."
    return _Verdict("differs", enforced=enforced, evidence=evidence, hint=hint)


def _pushed_as(name: str, asked: str, image: _Image, seen: _Seen) -> _Verdict:
    place = _place(asked, image)
    registry, repository = place[:2]
    digests = [digest for digest in image.engine.get("RepoDigests") or () if digest.startswith(f"{asked.rpartition(':')[0]}@")]
    evidence = [f"Id={image.id}", f"RepoDigests={_words(digests)}"]
    manifest = seen.manifests[place]
    if isinstance(manifest, RegistryError):
        hint = f"It is not known whether {name} is at the registry: {manifest}."
        return _Verdict("unreachable", declared=image.id, evidence=[*evidence, str(manifest)], hint=hint)
    tag = "" if asked in image.names else f"docker tag {name} {asked}, then "
    if manifest is None:
        hint = f"{registry} has no image {asked}: {tag}docker push {asked}."
        return _Verdict("missing", declared=image.id, evidence=[*evidence, f"GET /v2/{repository}/manifests: no such image"], hint=hint)
    evidence += _told(manifest)
    ids = {manifest.digest, manifest.index, manifest.config}
    if image.id in ids:
        return _Verdict("ok", declared=image.id, enforced=image.id, evidence=evidence)
    others = seen.names_of(ids, name)
    what = f"which is {' and '.join(others)} on this host" if others else "such as one from before the last build"
    tag = f"docker tag {name} {asked}, then "
    hint = f"{asked} at the registry is another image than {name} here, {what}: {tag}docker push {asked}."
    return _Verdict("differs", declared=image.id, enforced=manifest.config or manifest.digest, evidence=evidence, hint=hint)


def _told(manifest: Manifest) -> list:
    evidence = [f"manifest {manifest.digest} ({manifest.media_type}, {manifest.size} bytes)"]
    if manifest.index:
        evidence.append(f"list of manifests {manifest.index}")
    if manifest.config:
        evidence.append(f"config {manifest.config}, {len(manifest.layers)} layers, {sum(size for _digest, size in manifest.layers)} bytes compressed")
    return evidence


def _archive(name: str, asked: str, image: _Image, seen: _Seen) -> _Verdict:
    if asked not in seen.archives:
        try:
            seen.archives[asked] = _saved_images.read(asked)
        except (OSError, _saved_images.SavedError, _saved_images.UnreadError) as exc:
            seen.archives[asked] = exc
    found = seen.archives[asked]
    mend = f"docker save --output {asked} {name}"
    if isinstance(found, FileNotFoundError):
        return _Verdict("missing", declared=image.id, evidence=[f"{asked}: no such file"], hint=f"There is no archive {asked}: {mend}.")
    if isinstance(found, OSError):
        problem = f"{asked}: {found.strerror or found}"
        return _Verdict("unreadable", declared=image.id, evidence=[problem], hint=f"The archive could not be read: {problem}.")
    if isinstance(found, _saved_images.UnreadError):
        return _Verdict("unreadable", declared=image.id, evidence=[f"{asked}: {found}"], hint=f"{asked} could not be read: {found}. Write it with {mend}.")
    if isinstance(found, _saved_images.SavedError):
        hint = f"{asked} is no archive of {name}: {found}. Write it with {mend}."
        return _Verdict("differs", declared=image.id, evidence=[f"{asked}: {found}"], hint=hint)
    canonical = parse_reference(name).canonical
    under = [saved for saved in found if canonical in saved.names]
    evidence = [f"{', '.join(saved.familiar) or 'no name'}: {_words(sorted(saved.ids))}" for saved in under or found]
    if not under:
        holds = "it holds another name: " if len(found) == 1 else f"it holds {len(found)} others: " if found else "it holds no image"
        listed = ", ".join(name for saved in found for name in saved.familiar)
        hint = f"{asked} has no image named {name}: {holds}{listed}. Write it with {mend}."
        return _Verdict("missing", declared=image.id, evidence=evidence, hint=hint)
    saved = under[0]
    if saved.problem:
        return _Verdict("differs", declared=image.id, evidence=[*evidence, saved.problem], hint=f"{asked} is broken: {saved.problem}. Write it with {mend}.")
    if image.id not in saved.ids:
        enforced = sorted(saved.ids)[0]
        hint = f"{asked} has another image as {name} than the engine, such as one from before the last build: {mend}."
        return _Verdict("differs", declared=image.id, enforced=enforced, evidence=evidence, hint=hint)
    if saved.unread:
        hint = f"{asked} could not be read as a whole: {saved.unread}. Write it with {mend}."
        return _Verdict("unreadable", declared=image.id, evidence=[*evidence, saved.unread], hint=hint)
    return _Verdict("ok", declared=image.id, enforced=image.id, evidence=evidence)


#: How each attribute is compared, in the order of the findings.
_COMPARED: dict = {
    "exists": _exists,
    "size_max": _size_max,
    "layers_max": _layers_max,
    "base": _base,
    "user": _user,
    "entrypoint": _list_of("Entrypoint", "ENTRYPOINT"),
    "command": _list_of("Cmd", "CMD"),
    "starts": _starts,
    "exposed_ports": _exposed_ports,
    "stop_signal": _stop_signal,
    "labels": _labels,
    "files": _file,
    "no_shell": _without_programs(
        "a shell", lambda content: content.shells, "Build FROM a base without one, and copy only what the program needs from an earlier stage."
    ),
    "no_package_manager": _without_programs(
        "a package manager", lambda content: content.managers, "Install in an earlier stage, and copy only what the program needs from there."
    ),
    "no_secrets": _no_secrets,
    "pushed_as": _pushed_as,
    "archive": _archive,
}


def _words(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _described(images: dict) -> list:
    """What is known of images, by their names."""
    return [
        {
            "name": name,
            "id": image.id,
            "size": image.engine["Size"],
            "created": image.engine.get("Created") or "",
            "layers": len(image.layers),
            "files": image.content.count if isinstance(image.content, Content) else None,
            "setuid": image.content.setuid if isinstance(image.content, Content) else None,
            "packages": image.content.packages if isinstance(image.content, Content) else None,
        }
        for name, image in images.items()
    ]


def _there(names: dict, seen: _Seen) -> dict:
    """Those images that are there and are known, by the names that are given for their familiar ones."""
    found = {name: seen.images[familiar] for name, familiar in names.items()}
    return {name: image for name, image in found.items() if isinstance(image, _Image) and image.history is not None}


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
