# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This module utility is private to the collection.

"""What is asked of one image, against what was seen of it: a comparison for each attribute."""

from __future__ import annotations

import json
import posixpath
import re
from dataclasses import dataclass, field
from typing import Any, Callable

from ansible_collections.classroom.containers.plugins.module_utils import _image_secrets, _saved_images
from ansible_collections.classroom.containers.plugins.module_utils._engine import EngineError
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.module_utils._image_content import Content
from ansible_collections.classroom.containers.plugins.module_utils._image_seen import Image, Seen, place_of
from ansible_collections.classroom.containers.plugins.module_utils._references import parse_reference
from ansible_collections.classroom.containers.plugins.module_utils._registry import Manifest, RegistryError
from ansible_collections.classroom.containers.plugins.module_utils._signals import parse_signal

#: Labels that say whose an image is.
_OWNERS = ("maintainer", "classroom.student", "org.opencontainers.image.authors")
ROOT = "0"
#: Flask's own command, how it is told to start a site, and which, and which it looks for where it is not told.
_FLASK, _FLASK_RUN = re.compile(r"(?<!\S)(?:\S*/)?flask(?=\s)"), re.compile(r"(?<!\S)run(?!\S)")
_FLASK_APP = re.compile(r"(?<!\S)(?:--app\b|-A|FLASK_APP=)")
_FLASK_APPS = ("app.py", "wsgi.py")
#: What the name of a Python module comes after.
_MODULE = r"(?<!\S)(?:-[mAw]\s*|--(?:app|module)[=\s]\s*|FLASK_APP=)"


@dataclass
class Verdict:
    verdict: str
    declared: Any = None
    enforced: Any = None
    evidence: list = field(default_factory=list)
    hint: str = ""


def _exists(name: str, _asked: bool, image: Image, _seen: Seen) -> Verdict:
    return Verdict("ok", declared=name, evidence=[f"Id={image.id}", f"RepoTags={words(image.names)}"])


def _size_max(name: str, asked: int, image: Image, seen: Seen) -> Verdict:
    if isinstance(seen.packed, EngineError):
        return Verdict("unreachable", evidence=[str(seen.packed)], hint=seen.packed.hint)
    if seen.packed and not isinstance(image.content, Content):
        return _unread(name, image)
    size, evidence = image.engine["Size"], [f"Size={image.engine['Size']}"]
    if seen.packed:
        size = image.content.size
        evidence.append(f"the files of all layers: {size} bytes")
    verdict = Verdict("ok" if size <= asked else "differs", declared=size, evidence=evidence)
    if size > asked:
        verdict.hint = (
            f"{name} has {size} bytes ({size / 10**6:.3g} MB), which is {size - asked} more than the budget of {asked}: docker history {name} shows "
            "which step adds most. What only the build needs belongs into a stage of its own, and a removal belongs into the step that made the files."
        )
    return verdict


def _layers_max(name: str, asked: int, image: Image, _seen: Seen) -> Verdict:
    count = len(image.layers)
    verdict = Verdict("ok" if count <= asked else "differs", declared=count, evidence=[f"RootFS.Layers: {count}"])
    if count > asked:
        verdict.hint = f"{name} has {count} layers, and at most {asked} are asked: put RUN, COPY and ADD steps together that belong together."
    return verdict


def _base(name: str, asked: str, image: Image, seen: Seen) -> Verdict:
    base = seen.images[asked]
    if isinstance(base, EngineError):
        return Verdict("unreachable", evidence=[str(base)], hint=base.hint)
    if base is None:
        hint = f"It is not known whether {name} is built on {asked}: this host has no such image to compare with. docker pull {asked}, or make it."
        return Verdict("unverifiable", evidence=[f"GET /images/{asked}/json: no such image"], hint=hint)
    if not base.layers:
        hint = f"It is not known whether {name} is built on {asked}: {asked} has no layer, and every image begins with none."
        return Verdict("unverifiable", evidence=[f"RootFS.Layers: none in {asked}, which is {base.id}"], hint=hint)
    common = next((place for place, pair in enumerate(zip(base.layers, image.layers)) if pair[0] != pair[1]), min(len(base.layers), len(image.layers)))
    evidence = [f"RootFS.Layers: {common} of the {len(base.layers)} layers of {asked} are the first of {len(image.layers)}", f"{asked} is {base.id}"]
    if common == len(base.layers):
        return Verdict("ok", declared=asked, evidence=evidence)
    hint = f"{name} is not built on {asked}: layer {common + 1} is another one. Write FROM {asked} in the Dockerfile and build it again."
    return Verdict("differs", evidence=evidence, hint=hint)


def _user(name: str, asked: str, image: Image, _seen: Seen) -> Verdict:
    declared = image.config.get("User") or ""
    evidence = [f"Config.User={declared}"]
    known = image.content.users if isinstance(image.content, Content) else None
    if known is None and differ_in_kind(asked, declared or ROOT):
        if not isinstance(image.content, Content):
            return _unread(name, image, declared, evidence)
        hint = f"It is not known who {declared or 'root'} is in {name}: its /etc/passwd is no file of its own. Write USER with a number in the Dockerfile."
        return Verdict("unverifiable", declared=declared, evidence=[*evidence, "/etc/passwd leads elsewhere"], hint=hint)
    users = {"root": ROOT, **(known or {})}
    pairs = []
    for text in (asked, declared):
        user, _colon, group = text.partition(":")
        uid = _uid(user, users)
        if user in users and uid == users[user] and user != "root":
            evidence.append(f"/etc/passwd: {user} is {uid}")
        pairs.append((uid, group))
    (wanted, wanted_group), (its_own, its_group) = pairs
    if wanted == ROOT and named(asked):
        user = asked.partition(":")[0]
        hint = f"{user} is the user id 0 in {name}, which is root: give {user} another id in the Dockerfile and build it again."
        return Verdict("differs", declared=declared, evidence=evidence, hint=hint)
    if wanted == its_own and wanted_group in ("", its_group):
        return Verdict("ok", declared=declared, evidence=evidence)
    if wanted == its_own and not (wanted_group.isdecimal() and its_group.isdecimal()):
        runs = f"{name} runs as {declared or 'root'}"
        hint = f"{runs}, and whether that is the group of {asked} is not looked up: write USER {asked} in the Dockerfile to be sure."
        return Verdict("unverifiable", declared=declared, evidence=evidence, hint=hint)
    runs = f"runs as {declared}" if declared else "has no USER and runs as root"
    hint = f"{name} {runs}, and {asked or 'root'} is asked: write USER {asked or 'root'} in the Dockerfile and build it again."
    return Verdict("differs" if declared else "missing", declared=declared, evidence=evidence, hint=hint)


def differ_in_kind(one: str, other: str) -> bool:
    """Whether of two users one is told by name and the other by number. Everybody knows the number of root."""
    numbers = [part.isdigit() for part in (one.partition(":")[0], other.partition(":")[0])]
    return "root" not in (one, other) and numbers[0] != numbers[1]


def named(user: str) -> bool:
    """Whether a user is told by a name that only an image knows."""
    name = user.partition(":")[0]
    return bool(name) and name != "root" and not name.isdecimal()


def _uid(user: str, users: dict) -> str:
    """As the engine takes it: a number is never looked up, and nobody is root."""
    return user.lstrip("0") or ROOT if user.isdecimal() else users.get(user, user) if user else ROOT


def _starts(name: str, asked: str, image: Image, _seen: Seen) -> Verdict:
    told = [*(image.config.get("Entrypoint") or ()), *(image.config.get("Cmd") or ())]
    declared = _image_secrets.shown_words(told)
    evidence = [f"Config.Entrypoint and Config.Cmd={words(declared)}"]
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
        return Verdict("ok", declared=declared, evidence=evidence)
    what = f"starts {words(declared)}" if told else "starts nothing"
    hint = f"A container of {name} {what}, and {asked} is asked: write ENTRYPOINT or CMD with {asked} in the Dockerfile and build it again."
    return Verdict("differs" if told else "missing", declared=declared, evidence=evidence, hint=hint)


def _list_of(key: str, word: str) -> Callable:
    def compare(name: str, asked: list, image: Image, _seen: Seen) -> Verdict:
        told = image.config.get(key) or []
        declared = _image_secrets.shown_words(told)
        evidence = [f"Config.{key}={words(declared)}"]
        if told == asked:
            return Verdict("ok", declared=declared, evidence=evidence)
        mend = f"write {word} {words(asked)} in the Dockerfile" if asked else f"write {word} [] in the Dockerfile"
        has = f"has the {word} {words(declared)}" if declared else f"has no {word}"
        hint = f"{name} {has}, and {words(asked) if asked else 'none'} is asked: {mend} and build it again."
        return Verdict("differs" if declared else "missing", declared=declared, evidence=evidence, hint=hint)

    return compare


def _exposed_ports(name: str, asked: list, image: Image, _seen: Seen) -> Verdict:
    declared = sorted(image.config.get("ExposedPorts") or {})
    evidence = [f"Config.ExposedPorts={words(declared)}"]
    if declared == asked:
        return Verdict("ok", declared=declared, evidence=evidence)
    hint = (
        f"{name} exposes {', '.join(declared) or 'no port'}, and {', '.join(asked) or 'none'} is asked: "
        f"{'write EXPOSE ' + ' '.join(asked) if asked else 'leave EXPOSE out'} in the Dockerfile and build it again."
    )
    return Verdict("differs" if declared else "missing", declared=declared, evidence=evidence, hint=hint)


def _stop_signal(name: str, asked: str, image: Image, _seen: Seen) -> Verdict:
    told = image.config.get("StopSignal") or ""
    evidence = [f"Config.StopSignal={told}"]
    try:
        declared = parse_signal(told or "SIGTERM")
    except ClassroomError:
        declared = told
    if declared == asked:
        return Verdict("ok", declared=declared, evidence=evidence)
    hint = f"docker stop sends {declared} to a container of {name}, and {asked} is asked: write STOPSIGNAL {asked} in the Dockerfile and build it again."
    return Verdict("differs" if told else "missing", declared=declared, evidence=evidence, hint=hint)


def _labels(name: str, asked: dict, image: Image, _seen: Seen) -> Verdict:
    told = image.config.get("Labels") or {}
    wrong = {key: value for key, value in asked.items() if told.get(key) != value}
    declared = {key: _image_secrets.shown_value(f"{key}=", told[key]) if key in told else None for key in asked}
    evidence = [f"Config.Labels.{key}={value}" if value is not None else f"Config.Labels: no {key}" for key, value in declared.items()]
    if not wrong:
        return Verdict("ok", declared=declared, evidence=evidence)
    hints = []
    for key, value in wrong.items():
        has = f"has {key}={declared[key]}" if declared[key] is not None else f"has no label {key}"
        hints.append(f"{name} {has}, and {key}={value} is asked")
    others = [other for other in image.names if other != name]
    owner = next((declared[key] for key in _OWNERS if key in wrong and declared[key]), "")
    if owner:
        also = f", which has the name {', '.join(others)}, too" if others else ""
        evidence += [f"RepoTags={words(image.names)}"] if others else []
        hint = f"{', '.join(hints)}: this is {owner}'s image{also}. Build your own, and give it this name: docker build --tag {name}."
        return Verdict("differs", declared=declared, evidence=evidence, hint=hint)
    written = " ".join(f"{key}={json.dumps(value)}" for key, value in wrong.items())
    hint = f"{', '.join(hints)}: write LABEL {written} in the Dockerfile and build it again."
    missing = all(declared[key] is None for key in wrong)
    return Verdict("missing" if missing else "differs", declared=declared, evidence=evidence, hint=hint)


def _unread(name: str, image: Image, declared: Any = None, evidence: list | None = None) -> Verdict:
    """The files of an image could not be read."""
    problem = image.content
    verdict = "unreachable" if isinstance(problem, EngineError) else "unreadable"
    hint = problem.hint if isinstance(problem, EngineError) else f"The files of {name} could not be read: {problem}."
    return Verdict(verdict, declared=declared, evidence=[*(evidence or ()), str(problem)], hint=hint)


def _without_programs(kind: str, found_in: Callable, mend: str) -> Callable:
    def compare(name: str, _asked: bool, image: Image, _seen: Seen) -> Verdict:
        if not isinstance(image.content, Content):
            return _unread(name, image)
        found = found_in(image.content)
        evidence = [f"the files of all layers: {words(found)}"]
        if not found:
            return Verdict("ok", enforced=True, evidence=evidence)
        return Verdict("differs", enforced=False, evidence=evidence, hint=f"{name} has {kind}: {', '.join(found)}. {mend}")

    return compare


def _no_secrets(name: str, _asked: bool, image: Image, seen: Seen) -> Verdict:
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
    return Verdict("ok", declared=True, enforced=True, evidence=evidence)


def _secret(name: str, declared: list, files: list, enforced: bool | None) -> Verdict:
    hint = (
        f"{name} has what looks like a secret: {'; '.join(declared + files)}. Whoever has the image can read it, so change that secret. "
        "A build gets one by RUN --mount=type=secret, and a container when it is started."
    )
    return Verdict("differs", declared=not declared, enforced=enforced, evidence=declared + files, hint=hint)


def _told_secrets(image: Image, seen: Seen) -> list:
    """Where the configuration and the history of an image have what looks like a secret."""
    places = [("Config.Env", value) for value in image.config.get("Env") or ()]
    places += [(f"Config.{key}", words(image.config[key])) for key in ("Entrypoint", "Cmd", "Healthcheck") if image.config.get(key)]
    places += [(f"Config.Labels.{key}", f"{key}={value}") for key, value in (image.config.get("Labels") or {}).items()]
    found = [f"{place}: {', '.join(kinds)}" for place, text in places if (kinds := _kinds(text, seen))]
    # A build's argument shows in every step after it.
    numbers: dict = {}
    for number, entry in enumerate(reversed(image.history), 1):
        for kind in _kinds(entry.get("CreatedBy") or "", seen):
            numbers.setdefault(kind, []).append(str(number))
    return found + [f"docker history, step {', '.join(told)} of {len(image.history)}: {kind}" for kind, told in numbers.items()]


def _kinds(text: str, seen: Seen) -> list:
    # Most of what the images of a class say is the same in all of them.
    if text not in seen.kinds:
        encoded = text.encode()
        exact = ["one of the secrets that are looked for"] if any(value in encoded for value in seen.values) else []
        seen.kinds[text] = _image_secrets.in_text(text) + exact
    return seen.kinds[text]


def shown_file(path: str, executable: bool, texts: list) -> str:
    """A file as findings show it."""
    told = [*(["executable"] if executable else []), *([_listed(texts)] if texts else [])]
    return f"{path}: {', '.join(told) or 'a file'}"


def _listed(texts: list) -> str:
    return ", ".join(map(repr, texts))


def _file(name: str, asked: dict, image: Image, _seen: Seen) -> Verdict:
    if not isinstance(image.content, Content):
        return _unread(name, image)
    path, texts = asked["path"], asked["contains"]
    found = image.content.files.get(path)
    mend = "COPY it in the Dockerfile and build it again."
    if found is None:
        return Verdict("missing", evidence=[f"the files of all layers: no {path}"], hint=f"{name} has no file {path}: {mend}")
    evidence = [f"{path}: {found.size} bytes" if found.path == path else f"{path} leads to {found.path}: {found.size} bytes"]
    if found.kind != "f":
        kind = "a folder" if found.kind == "d" else "no regular file"
        return Verdict("missing", evidence=[f"{path}: {kind}"], hint=f"{name} has {path}, which is {kind}, in the place of the file: {mend}")
    evidence.append(f"{found.path}: {'executable' if found.executable else 'not executable'}")
    runs = asked["executable"] and found.executable
    if asked["executable"] and not found.executable:
        enforced = shown_file(path, False, [])
        hint = f"{path} of {name} is not executable: write RUN chmod +x for it before the last stage takes it with COPY --from, and build it again."
        return Verdict("differs", enforced=enforced, evidence=evidence, hint=hint)
    if not texts:
        return Verdict("ok", enforced=shown_file(path, runs, []), evidence=evidence)
    if found.texts is None:
        limit = _image_secrets.LOOKED_AT
        if found.size > limit:
            reason = f"it has more than {limit} bytes"
        else:
            reason = f"it is a link to {found.path}: ask for that" if found.path != path else "it is a hard link to a file of another name: copy that one here"
        return Verdict("unreadable", evidence=evidence, hint=f"{path} of {name} could not be read: {reason}.")
    there, lacking = [text for text in texts if text in found.texts], [text for text in texts if text not in found.texts]
    enforced = shown_file(path, runs, there) if there or runs else None
    evidence += [f"it has {_listed(there)}"] if there else []
    if not lacking:
        return Verdict("ok", enforced=enforced, evidence=evidence)
    evidence.append(f"it does not have {_listed(lacking)}")
    hint = f"{path} of {name} does not have {_listed(lacking)}: correct it in the folder of the Dockerfile, and build it again."
    return Verdict("differs", enforced=enforced, evidence=evidence, hint=hint)


def _pushed_as(name: str, asked: str, image: Image, seen: Seen) -> Verdict:
    place = place_of(asked, image)
    registry, repository = place[:2]
    digests = [digest for digest in image.engine.get("RepoDigests") or () if digest.startswith(f"{asked.rpartition(':')[0]}@")]
    evidence = [f"Id={image.id}", *(f"Manifests.ID={each}" for each in image.ids - {image.id}), f"RepoDigests={words(digests)}"]
    manifest = seen.manifests[place]
    if isinstance(manifest, RegistryError):
        hint = f"It is not known whether {name} is at the registry: {manifest}."
        return Verdict("unreachable", declared=image.id, evidence=[*evidence, str(manifest)], hint=hint)
    tag = "" if asked in image.names else f"docker tag {name} {asked}, then "
    if manifest is None:
        hint = f"{registry} has no image {asked}: {tag}docker push {asked}."
        return Verdict("missing", declared=image.id, evidence=[*evidence, f"GET /v2/{repository}/manifests: no such image"], hint=hint)
    evidence += _told(manifest)
    ids = {manifest.digest, manifest.index, manifest.config}
    if image.ids & ids:
        return Verdict("ok", declared=image.id, enforced=image.id, evidence=evidence)
    others = seen.names_of(ids, name)
    what = f"which is {' and '.join(others)} on this host" if others else "such as one from before the last build"
    tag = f"docker tag {name} {asked}, then "
    hint = f"{asked} at the registry is another image than {name} here, {what}: {tag}docker push {asked}."
    return Verdict("differs", declared=image.id, enforced=manifest.config or manifest.digest, evidence=evidence, hint=hint)


def _told(manifest: Manifest) -> list:
    evidence = [f"manifest {manifest.digest} ({manifest.media_type}, {manifest.size} bytes)"]
    if manifest.index:
        evidence.append(f"list of manifests {manifest.index}")
    if manifest.config:
        evidence.append(f"config {manifest.config}, {len(manifest.layers)} layers, {sum(size for _digest, size in manifest.layers)} bytes compressed")
    return evidence


def _archive(name: str, asked: str, image: Image, seen: Seen) -> Verdict:
    if asked not in seen.archives:
        try:
            seen.archives[asked] = _saved_images.read(asked)
        except (OSError, _saved_images.SavedError, _saved_images.UnreadError) as exc:
            seen.archives[asked] = exc
    found = seen.archives[asked]
    mend = f"docker save --output {asked} {name}"
    if isinstance(found, FileNotFoundError):
        return Verdict("missing", declared=image.id, evidence=[f"{asked}: no such file"], hint=f"There is no archive {asked}: {mend}.")
    if isinstance(found, OSError):
        problem = f"{asked}: {found.strerror or found}"
        return Verdict("unreadable", declared=image.id, evidence=[problem], hint=f"The archive could not be read: {problem}.")
    if isinstance(found, _saved_images.UnreadError):
        return Verdict("unreadable", declared=image.id, evidence=[f"{asked}: {found}"], hint=f"{asked} could not be read: {found}. Write it with {mend}.")
    if isinstance(found, _saved_images.SavedError):
        hint = f"{asked} is no archive of {name}: {found}. Write it with {mend}."
        return Verdict("differs", declared=image.id, evidence=[f"{asked}: {found}"], hint=hint)
    canonical = parse_reference(name).canonical
    under = [saved for saved in found if canonical in saved.names]
    evidence = [f"{', '.join(saved.familiar) or 'no name'}: {words(sorted(saved.ids))}" for saved in under or found]
    if not under:
        holds = "it holds another name: " if len(found) == 1 else f"it holds {len(found)} others: " if found else "it holds no image"
        listed = ", ".join(name for saved in found for name in saved.familiar)
        hint = f"{asked} has no image named {name}: {holds}{listed}. Write it with {mend}."
        return Verdict("missing", declared=image.id, evidence=evidence, hint=hint)
    saved = under[0]
    if saved.problem:
        return Verdict("differs", declared=image.id, evidence=[*evidence, saved.problem], hint=f"{asked} is broken: {saved.problem}. Write it with {mend}.")
    if not image.ids & saved.ids:
        enforced = sorted(saved.ids)[0]
        hint = f"{asked} has another image as {name} than the engine, such as one from before the last build: {mend}."
        return Verdict("differs", declared=image.id, enforced=enforced, evidence=evidence, hint=hint)
    if saved.unread:
        hint = f"{asked} could not be read as a whole: {saved.unread}. Write it with {mend}."
        return Verdict("unreadable", declared=image.id, evidence=[*evidence, saved.unread], hint=hint)
    return Verdict("ok", declared=image.id, enforced=image.id, evidence=evidence)


def words(value: Any) -> str:
    """A list as Dockerfiles and findings write it."""
    return json.dumps(value, ensure_ascii=False)


#: How each attribute is compared, in the order of the findings.
COMPARED: dict = {
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
