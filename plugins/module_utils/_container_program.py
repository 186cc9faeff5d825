# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This module utility is private to the collection.

"""What a container runs, and as whom: its image, its command, its variables and its user."""

from __future__ import annotations

import json
import re
import shlex

from ansible_collections.classroom.containers.plugins.module_utils import _image_secrets
from ansible_collections.classroom.containers.plugins.module_utils._container_process import parse_environment
from ansible_collections.classroom.containers.plugins.module_utils._container_seen import Seen, of_process, unchecked, unread
from ansible_collections.classroom.containers.plugins.module_utils._docker_run import environment_option
from ansible_collections.classroom.containers.plugins.module_utils._engine import EngineError, ids_of
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.module_utils._references import Reference, parse_reference

_ID_SHOWN = 12
_USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(?::[A-Za-z0-9_][A-Za-z0-9_.-]*)?")
#: How many words of a command and how many letters of a word or a value are shown: a student may write a megabyte into it.
_WORDS_SHOWN, _LETTERS_SHOWN = 50, 200
#: Whose second word is a program of its own language.
_SHELLS = ("sh", "ash", "bash", "dash", "ksh", "zsh")


def parse_user(asked: str) -> str:
    """A user as docker run takes it: a name or a number, with a group after a colon.

    :raises ClassroomError: it is none
    """
    if not _USER.fullmatch(asked):
        raise ClassroomError(f"{asked!r} is not a user: write a name or a number, such as 65532, and maybe a colon and a group; root is root")
    return asked


def compare_image(seen: Seen, asked: Reference) -> list:
    """The finding of the image."""
    name, wanted = seen.name, asked.familiar
    its_name, its_id = seen.container["Config"]["Image"], seen.container["Image"]
    found = {"asked": wanted, "declared": f"{its_name} ({_short(its_id)})", "evidence": [f"Config.Image={its_name}", f"Image={its_id}"]}
    try:
        image = seen.images.get(wanted)
    except EngineError as exc:
        return [dict(found, verdict="unreachable", evidence=[*found["evidence"], str(exc)], hint=exc.hint)]
    if image is None:
        found["evidence"].append(f"GET /images/{wanted}/json: no such image")
        if _parsed(its_name) == asked:
            mend = f"Build it again with docker build --tag {wanted} and the folder of its Dockerfile, or ask your trainer, where it is not yours"
            hint = f"{name} was made of {wanted}, and no image has that name any more, so that it could not be compared. {mend}."
            return [dict(found, verdict="unverifiable", hint=hint)]
        return [dict(found, verdict="absent", hint=f"There is no image {wanted}: build it with docker build --tag {wanted} and the folder of its Dockerfile.")]
    found["evidence"].append(f"GET /images/{wanted}/json: Id={image['Id']}")
    if manifest := _manifest_of(seen.container):
        found["evidence"] += [f"ImageManifestDescriptor.digest={manifest}", *(f"Manifests.ID={each}" for each in ids_of(image) - {image["Id"]})]
    if _made_of(seen.container, image):
        return [dict(found, verdict="ok")]
    short, its_reference = _short(image["Id"]), _parsed(its_name)
    if its_reference == asked:
        wrong = f"{name} was made of an older image of the name {wanted}: it has {_short(its_id)}, and the name stands for {short} now"
    elif its_reference and its_reference.name == asked.name and its_reference.tag and asked.tag:
        wrong = f"{name} was made of {its_name} ({_short(its_id)}), which is the tag {its_reference.tag}, and the tag {asked.tag} ({short}) is asked"
    else:
        wrong = f"{name} was made of {its_name} ({_short(its_id)}), and {wanted} ({short}) is asked"
    command = seen.requirement.get("create_command")
    mend = f"docker rm --force {name}, then {command}" if command else f"remove it with docker rm --force {name} and create it again from {wanted}"
    return [dict(found, verdict="differs", hint=f"{wrong}: {mend}.")]


def _short(image_id: str) -> str:
    return image_id.partition(":")[2][:_ID_SHOWN]


def _parsed(name: str) -> Reference | None:
    try:
        return parse_reference(name)
    except ClassroomError:
        return None


def compare_command(seen: Seen, asked: list) -> list:
    """The finding of the program and its arguments: what the container was told is compared, and what its process shows now must come from that."""
    config, wanted = seen.container["Config"], [asked]
    entrypoint, command = config.get("Entrypoint") or [], config.get("Cmd") or []
    told = [*entrypoint, *command]
    image = _asked_image(seen)
    if image:
        # What follows the image in docker run.
        wanted.append([*((image.get("Config") or {}).get("Entrypoint") or []), *asked])
    running, evidence = of_process(seen, "command")
    shown = {name: _shown_words(words) for name, words in (("asked", asked), ("told", told), ("running", running or []))}
    found = {
        "asked": shown["asked"],
        "declared": shown["told"],
        "enforced": None if running is None else shown["running"],
        "evidence": [
            f"Config.Entrypoint={json.dumps(_shown_words(entrypoint))}",
            f"Config.Cmd={json.dumps(_shown_words(told)[len(entrypoint):])}",
            *(evidence if running is None else [f"{evidence[0]}={json.dumps(shown['running'])}"]),
        ],
    }
    if told not in wanted:
        what = f"{seen.name} runs {json.dumps(shown['told'])}, and {json.dumps(shown['asked'])} is asked{_command_mistake(asked, entrypoint, command)}"
        mend = seen.anew(f"with {' '.join(map(shlex.quote, shown['asked']))} after the image")
        return [dict(found, verdict="differs", hint=f"{what}: {mend}.")]
    if missing := unread(seen, found, "The command"):
        return missing
    if _same(running, told) or _is_script(told, running):
        return [dict(found, verdict="ok")]
    what = f"{seen.name} was told {json.dumps(shown['told'])}, and its first process is {json.dumps(shown['running'])} now"
    if _came_of(told, running):
        return [dict(found, verdict="converted", hint=f"{what}.")]
    hint = f"{what}: a program may put another in its place, or give itself another name. docker top {seen.name} shows what runs."
    return [dict(found, verdict="unverifiable", hint=hint)]


def _shown_words(words: list) -> list:
    """The words of a command for a reader: the first of them, without secrets."""
    more = ["..."] if len(words) > _WORDS_SHOWN else []
    return [_cut(word) for word in _image_secrets.shown_words(words[:_WORDS_SHOWN])] + more


def _cut(text: str) -> str:
    return text if len(text) <= _LETTERS_SHOWN else f"{text[:_LETTERS_SHOWN]}..."


def _made_of(container: dict, image: dict) -> bool:
    return not ids_of(image).isdisjoint((container["Image"], _manifest_of(container)))


def _manifest_of(container: dict) -> str | None:
    """The manifest that a container was made of, where an engine keeps its images in containerd, from 28.0 on."""
    return (container.get("ImageManifestDescriptor") or {}).get("digest")


def _asked_image(seen: Seen) -> dict | None:
    """The image that is asked, where the container is made of it."""
    if "image" not in seen.asked:
        return None
    try:
        image = seen.images.get(seen.asked["image"].familiar)
    except EngineError:
        return None
    return image if image and _made_of(seen.container, image) else None


def _command_mistake(asked: list, entrypoint: list, command: list) -> str:
    """What went wrong, as a sentence after a full stop; empty where the commands themselves say it."""
    told = [*entrypoint, *command]
    line = " ".join(asked)
    if len(told) == 3 and told[0].rpartition("/")[2] in _SHELLS and told[1] == "-c" and told[2].split() == line.split():
        words = _shown_words(asked)
        return f". This is the shell form: CMD {' '.join(words)} in a Dockerfile runs a shell that runs it, and CMD {json.dumps(words)} runs it"
    if len(asked) > 1 and line in command:
        return ". In quotes it is the name of one program, with spaces in it: leave the quotes out"
    options = [word for word in command[len(asked):] if word.startswith("--")]
    if command[: len(asked)] == asked and options:
        return f". What stands after the image is for its program: write {options[0].partition('=')[0]} before the image"
    if entrypoint and command == asked:
        return f". The ENTRYPOINT {json.dumps(_shown_words(entrypoint))} stands before it: --entrypoint {asked[0]} takes its place"
    return ""


def _same(running: list, told: list) -> bool:
    """Whether a process is a command, or the engine's own init, which runs it."""
    return told in (running, running[2:] if running[0].endswith("-init") and running[1:2] == ["--"] else running)


def _is_script(told: list, running: list) -> bool:
    """Whether a command is a script, which the kernel gives to its interpreter with the script's path before the arguments."""
    script = len(running) - len(told)
    if script not in (1, 2) or running[script + 1:] != told[1:]:
        return False
    return running[script] == told[0] or ("/" not in told[0] and running[script].endswith(f"/{told[0]}"))


def _came_of(told: list, running: list) -> bool:
    """Whether a process is what a command makes of itself: an entrypoint that runs its arguments, a shell that runs its text, another name."""
    stripped = [word for word in running if word]
    if told[-len(stripped):] == stripped and stripped:
        return True
    if " ".join(told) in " ".join(stripped):
        return True
    for text in told[1:]:
        try:
            words = shlex.split(text)
        except ValueError:
            continue
        if len(words) > 1 and any(words[place: place + len(stripped)] == stripped for place in range(len(words))):
            return True
    return False


def compare_environment(seen: Seen, asked: dict) -> list:
    """The findings of the variables, one for each. No value is shown that is not asked for, and none of what looks like a secret."""
    declared = parse_environment(seen.container["Config"].get("Env"))
    enforced, evidence = of_process(seen, "environment")
    return [_variable(seen, pair, declared, enforced, evidence) for pair in asked.items()]


def _variable(seen: Seen, asked: tuple, declared: dict, enforced: dict | None, evidence: list) -> dict:
    (variable, value), name = asked, seen.name

    def words(variables: dict | None) -> str | None:
        if not variables or variable not in variables:
            return None
        return f"{variable}={_cut(_image_secrets.shown_variable(variable, variables[variable]))}"

    wanted, told, has = words({variable: value}), words(declared), words(enforced)
    where = evidence if enforced is None else [f"{evidence[0]}: {has or f'no {variable}'}"]
    found = {"asked": wanted, "declared": told, "enforced": has, "evidence": [f"Config.Env: {told or f'no {variable}'}", *where]}
    mend = seen.anew(f"with docker run {environment_option(variable, value)}")
    if variable not in declared:
        return dict(found, verdict="missing", hint=f"{name} does not have the variable {variable}{_unset(seen, variable, declared)}: {mend}.")
    if declared[variable] != value:
        what = f"{told}, and {wanted} is asked" if told != wanted else f"another value of {variable} than is asked, and none of both is shown here"
        return dict(found, verdict="differs", hint=f"{name} has {what}{_other_value(declared[variable], value)}: {mend}.")
    if enforced is None:
        return unread(seen, found, f"The variable {variable}")[0]
    if enforced.get(variable) != value:
        other = "no such variable" if has is None else "another value" if has == told else has
        hint = f"Docker was told {told} of {name}, and its first process has {other}: its program was started anew without it"
        return dict(found, verdict="not_enforced", hint=f"{hint}. docker restart {name} begins again.")
    return dict(found, verdict="ok")


def _unset(seen: Seen, variable: str, declared: dict) -> str:
    other = next((name for name in declared if name.casefold() == variable.casefold()), "")
    if other:
        return f". It has {other}, and capital letters make another variable"
    if variable in (seen.container["Config"].get("Env") or ()):
        return f". --env {variable} without a value takes it from the shell, which has none"
    if any(argument.startswith((f"{variable}=", f"--env={variable}=")) for argument in seen.container.get("Args") or ()):
        return f". {variable} stands after the image, where it is an argument of its program"
    return ""


def _other_value(told: str, value: str) -> str:
    if told.strip() == value.strip():
        return ". Spaces at an end belong to the value"
    if told.strip("\"'") == value and told != value:
        return ". The quotes belong to the value: a file for --env-file has none"
    return ". Capital letters count" if told.casefold() == value.casefold() else ""


def compare_user(seen: Seen, asked: str) -> list:
    """The finding of the user, and of the group where one is asked."""
    name, observation = seen.name, seen.observation
    declared = seen.container["Config"].get("User") or ""
    ids, evidence = of_process(seen, "user")
    (user, _colon, group), (its_user, _colon, its_group) = asked.partition(":"), (declared or "root").partition(":")
    found = {
        "asked": asked,
        "declared": declared or "root",
        "enforced": None if ids is None else str(ids["uid"]),
        "evidence": [f"Config.User={declared}", *evidence],
    }
    mend = f"write USER {asked} into the Dockerfile and build it anew, or {seen.anew(f'with docker run --user {asked}')}"
    alike = [_alike(user, its_user), _alike(group, its_group) if group else True]
    if False in alike:
        return [dict(found, verdict="differs", hint=f"{name} is to run as {declared or 'root'}, and {asked} is asked: {mend}.")]
    if observation.verdict in ("stopped", "unstable"):
        return [dict(found, **unchecked(seen, observation.verdict, observation.reason))]
    if ids is None:
        hint = f"{name} is to run as {declared or 'root'}, and the user id of its process could not be read: {observation.reason or evidence[0]}."
        return [dict(found, verdict="unverifiable", hint=hint)]
    if ids["uid"] == 0 and _number(user) is None:
        hint = f"{user} is the user id 0 in {name}, which is root: give {user} another id in the Dockerfile, and build it anew."
        return [dict(found, verdict="not_enforced", hint=hint)]
    for told, word, number, one in zip(alike, ("user", "group"), ids.values(), (user, group)):
        wanted = _number(one)
        if told is None and wanted is None:
            hint = f"{name} is to run as {declared or 'root'}, and whether its {word} is {one} is known in its image alone: {mend}, to be sure."
            return [dict(found, verdict="unverifiable", hint=hint)]
        if one and wanted not in (None, number):
            hint = f"{name} is to run as {declared or 'root'}, and its process has the {word} id {number}: {mend}."
            return [dict(found, verdict="differs" if told is None else "not_enforced", hint=hint)]
    if None in alike:
        also = f" and the group id {ids['gid']}" if group else ""
        return [dict(found, verdict="converted", hint=f"{declared or 'root'} is the user id {ids['uid']}{also} in the image of {name}.")]
    return [dict(found, verdict="ok")]


def _alike(asked: str, told: str) -> bool | None:
    """Whether two words mean one user or group; None where one is a name and the other a number, or none, which the image alone tells."""
    wanted, its_own = _number(asked), _number(told)
    if asked == told or (wanted is not None and wanted == its_own):
        return True
    # Everybody has a user, and nobody but root is called 0.
    unknown = not told or ((wanted is None) != (its_own is None) and its_own != 0)
    return None if unknown else False


def _number(user: str) -> int | None:
    return 0 if user == "root" else int(user) if user.isdecimal() else None
