# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This module utility is private to the collection.

"""What a secret looks like, in a line of text and in a file. Nothing here returns a secret: only what kind it is, and where."""

from __future__ import annotations

import json
import posixpath
import re
from functools import lru_cache

from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError

#: A shorter value is found by chance.
SECRET_MIN = 6
#: How much of a file is looked at for what a secret looks like.
LOOKED_AT = 1 << 20

# A file of an image may have been written to keep whoever reads it busy: nothing here may take more than a time in proportion to
# the length. So no pattern can begin in the middle of what it is to match, and no two parts of one that follow each other can
# take the same character.

#: What the name of a secret ends with: TOKEN_FILE and PASSWORD_LENGTH are none.
_SECRET_NAME = re.compile(
    r"(?i)(?:passw(?:or)?d|(?<![a-z0-9])(?:(?:db|my|mysql|pg|redis|require|root|ssh|user|admin)_?)?pass|(?:db|mysql|pg|redis|root|sa|user|admin)_pwd"
    r"|passphrase|secret|token|api[_-]?key|access[_-]?key|secret[_-]?key|private[_-]?key|credentials?)[0-9]*$"
)
_ASSIGNED = re.compile(r"(?<![\w.$-])([\w.-]+)=", re.ASCII)
_ASSIGNED_VALUE = re.compile(r"\"([^\"]*)\"|'([^']*)'|([^\s\"';&|]+)")
_OPTION = re.compile(r"(?<![\w-])--([\w-]+)(?:=|[\"',\s]+)([^\s\"',;&|-][^\s\"',;&|]*)", re.ASCII)
_JSON = re.compile(r"[\"']([\w.-]+)\\*[\"']\s*:\s*\\*[\"']([^\"'\\]+)", re.ASCII)
_URL = re.compile(r"://[^\s/:@\"'$]+:([^\s/@\"']+)@")
#: The user of an address may be a token alone, with what a service begins its tokens with, or of the length of one.
_URL_TOKEN = re.compile(r"://((?:gh[a-z]_|github_pat_|glpat-|npm_|pypi-)[^\s/:@\"'$]+|(?=[^\s/:@\"'$0-9]*[0-9])[A-Za-z0-9_]{32,})(?::(?:x-oauth-basic)?)?@")
#: What a service begins its tokens with, and how long they are.
_TOKEN = re.compile(
    r"(?<![\w-])((?:gh[oprsu]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{22}|glpat-[\w-]{20}|npm_[A-Za-z0-9]{36}|pypi-[\w-]{50}|AKIA[A-Z0-9]{16}"
    r"|eyJ[\w-]{10,2000}\.eyJ[\w-]{10,2000}\.[\w-]{10,2000})[\w-]*)",
    re.ASCII,
)
_HEADER = re.compile(r"(?i)\bauthorization:\s{0,3}(?:bearer|basic|token)\s{1,3}([^\s\"']+)")
_CURL_USER = re.compile(r"(?<![\w-])curl\s[^|;&\n]{0,300}?(?<=\s)(?:-u|--user)[\s=]{1,3}[\"']?[^\s:\"']{1,100}:([^\s\"']+)")
#: --disabled-password has none, and --ask-pass asks for it.
_NO_OPTION = re.compile(r"(?i)(?:no|not|without|disabled?|ask|empty|skip|allow)-")
#: The option of a build that names a secret and does not have it.
_BUILD_SECRET = re.compile(r"(?:id|type|src|source|env|target)=")
_VARIABLE = re.compile(r"\$(?:[A-Za-z_]\w{0,99}|\{[^}]{0,200}\})")
#: What stands for a secret without being one: a command, a file that only a build sees, a switch.
_NO_VALUE = re.compile(r"(?i)(?:\$\(.*|[`<*].*|/run/secrets/.*|true|false|yes|no|on|off|none|null|0|1|)$")

#: What a step begins with that sets variables, or that was given arguments of the build; and where the value of one ends.
_STEP_VALUES = re.compile(r"(?:RUN )?(?:/bin/sh -c #\(nop\) +)?(?:ENV |\|[0-9]+ )")
_STEP_VALUE_END = re.compile(r"(?<!\s)\s+(?:[\w.-]+=|# buildkit|/bin/sh -c )|\Z")

_PRIVATE_KEY = re.compile(
    rb"-----BEGIN (?:[A-Z0-9]{1,20} ){0,4}PRIVATE KEY(?: BLOCK)?-----(?:\\n|[\r\n]){1,4}"
    rb"(?:[A-Za-z-]{1,40}: [^\r\n]{0,200}[\r\n]{1,2}){0,8}[ \t\r\n]{0,8}[A-Za-z0-9+/=]{32}"
)
_KEY_NAMES = {"id_rsa", "id_dsa", "id_ecdsa", "id_ecdsa_sk", "id_ed25519", "id_ed25519_sk"}
#: What a file of that name holds a secret by.
_FILES = {
    ".netrc": re.compile(rb"(?i)\bpassword\s+\S"),
    "_netrc": re.compile(rb"(?i)\bpassword\s+\S"),
    ".pypirc": re.compile(rb"(?im)^[ \t]*password[ \t]*[=:][ \t]*\S"),
    ".pgpass": re.compile(rb"(?m)^[^#\s][^\n]*:[^\n]+"),
    ".my.cnf": re.compile(rb"(?im)^[ \t]*password[ \t]*=[ \t]*\S"),
    ".npmrc": re.compile(rb"(?i)_(?:authtoken|auth|password)\s*=\s*[^$\s]"),
    ".git-credentials": re.compile(rb"://[^\s/@]+@"),
    "auth.conf": re.compile(rb"(?i)\bpassword\s+\S"),
    ".aws/credentials": re.compile(rb"(?i)aws_secret_access_key\s*=\s*\S"),
    ".kube/config": re.compile(rb"(?m)^[ \t]*(?:token|password|client-key-data):[ \t]*\S"),
}
_LOGIN_KEYS = ("auth", "password", "identitytoken", "registrytoken")
#: Files of settings, where an address may hold a password.
_SETTINGS = {"pip.conf", "pip.ini", "config", "sources.list"}

#: What a secret stands in, without a name of its own.
_PLACES = (
    (_URL, "a password in an address"),
    (_URL_TOKEN, "a token in an address"),
    (_HEADER, "the header Authorization"),
    (_CURL_USER, "the user of curl"),
    (_TOKEN, "a token of a service"),
)


def check_secrets(values: list) -> list:
    """The values as bytes.

    :raises ClassroomError: one is too short; the message does not have it
    """
    for index, value in enumerate(values):
        if len(value) < SECRET_MIN:
            raise ClassroomError(f"secrets[{index}]: it has {len(value)} characters, and one of less than {SECRET_MIN} is found by chance")
    return [value.encode() for value in dict.fromkeys(values)]


def in_text(text: str) -> list:
    """What looks like a secret in a step, a variable or a label: the names of variables and options, without their values."""
    return list(dict.fromkeys(name for name, _begin, _end in _places(text)))


def redacted(text: str) -> str:
    """The text with *** in the place of what looks like a secret."""
    shown, after = "", 0
    for _name, begin, end in sorted(_places(text), key=lambda place: place[1:]):
        if begin >= after:
            shown, after = f"{shown}{text[after:begin]}***", end
    return shown + text[after:]


def shown_step(step: str) -> str:
    """What made a layer, for a reader. The engine tells variables and arguments of a build without the quotes that they were written with."""
    begin = _STEP_VALUES.match(step)
    shown, after = "", 0
    for match in _ASSIGNED.finditer(step, begin.end()) if begin else ():
        if match.start() >= after and _SECRET_NAME.search(match[1]):
            end = _STEP_VALUE_END.search(step, match.end()).start()
            if _is_value(step[match.end():end]):
                shown, after = f"{shown}{redacted(step[after:match.end()])}***", end
    return shown + redacted(step[after:])


def shown_variable(name: str, value: str) -> str:
    """The value of a variable for a reader: *** where its name looks like a secret's, and in the place of what looks like one in it."""
    return "***" if _SECRET_NAME.search(name) else redacted(value)


def shown_words(words: list) -> list:
    """The parts of a command for a reader, with *** in the place of what looks like a secret."""
    return [shown_value(f"{before} ", word) for before, word in zip(["", *words], words)]


def shown_value(before: str, value: str) -> str:
    """A value for a reader, of which what stands before it tells whether it is a secret."""
    return "***" if redacted(f"{before}x") != f"{before}x" else redacted(value)


# The images of a class have most of their steps in common.
@lru_cache(maxsize=256)
def _places(text: str) -> list:
    """Each secret of a text: what it is called, and where its value begins and ends."""
    places = []
    after = 0
    for match in _ASSIGNED.finditer(text):
        # What stands in another's value is hidden with it.
        if match.start() >= after and _SECRET_NAME.search(match[1]):
            value = _ASSIGNED_VALUE.match(text, match.end())
            if value and _is_value(value[value.lastindex]):
                after = value.end()
                places.append((match[1], match.end(), after))
    for match in _OPTION.finditer(text):
        name, value = match[1], match[2]
        if _SECRET_NAME.search(name) and not _NO_OPTION.match(name) and not (name == "secret" and _BUILD_SECRET.match(value)) and _is_value(value):
            places.append((f"--{name}", *match.span(2)))
    for match in _JSON.finditer(text):
        if (match[1].lower() == "auth" or _SECRET_NAME.search(match[1])) and _is_value(match[2]):
            places.append((match[1], *match.span(2)))
    for pattern, name in _PLACES:
        places += [(name, *match.span(1)) for match in pattern.finditer(text) if _is_value(match[1])]
    return places


def _is_value(text: str) -> bool:
    rest, variables = _VARIABLE.subn("", text)
    return not (variables and not rest.strip("/:._-")) and not _NO_VALUE.match(text)


def in_file(path: str, content: bytes) -> str:
    """What kind of secret a file is; empty where it is none.

    :param path: from the root, without a slash before it
    :param content: as much of it as LOOKED_AT
    """
    name = posixpath.basename(path)
    if b"PRIVATE KEY" in content and _PRIVATE_KEY.search(content):
        return "a private key"
    if name in _KEY_NAMES and content.strip():
        return "a private key"
    for ending, pattern in _FILES.items():
        if _ends(path, ending) and pattern.search(content):
            return f"a password or token in {ending}"
    if (_ends(path, ".docker/config.json") or name == ".dockercfg") and _logged_in(content):
        return "a login at a registry"
    if f"/{path}".startswith("/run/secrets/") and content.strip():
        return "a secret of a build"
    if name == ".env" or name.startswith(".env."):
        if in_text(content.decode(errors="replace")):
            return "a password or token in .env"
    if name in _SETTINGS and any(pattern.search(content.decode(errors="replace")) for pattern in (_URL, _URL_TOKEN)):
        return "a password in an address"
    return ""


def _ends(path: str, ending: str) -> bool:
    return f"/{path}".endswith(f"/{ending}")


def _logged_in(content: bytes) -> bool:
    try:
        settings = json.loads(content)
        logins = settings.get("auths", settings)
        return any(isinstance(login, dict) and any(map(login.get, _LOGIN_KEYS)) for login in logins.values())
    except (ValueError, AttributeError, RecursionError):
        return False
