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

from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError

#: A shorter value is found by chance.
SECRET_MIN = 6
#: How much of a file is looked at for what a secret looks like.
LOOKED_AT = 1 << 20

_WORDS = r"passw(?:or)?d|(?<![a-z0-9])pass|passphrase|secret|token|api_?key|access_?key|secret_?key|private_?key|credentials?"
#: NAME=value, where the name ends like that of a secret: TOKEN_FILE and PASSWORD_LENGTH are none.
_ASSIGNED = re.compile(rf"(?i)(?<![a-z0-9_$])((?:[a-z0-9_.-]*?)(?:{_WORDS})[0-9]*)=(\"[^\"]*\"|'[^']*'|[^\s\"';&|]+)")
_OPTION = re.compile(rf"(?i)(--[a-z0-9-]*(?:{_WORDS.replace('_?', '[-_]?')}))(?:=|[\"',\s]+)([^\s\"',;&|-][^\s\"',;&|]*)")
_JSON = re.compile(rf"(?i)(\\*[\"'](?:auth|[a-z0-9_.-]*(?:{_WORDS}))\\*[\"']\s*:\s*\\*[\"'])([^\"'\\]+)")
_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*://[^\s/:@\"'$]+):([^\s/@\"']+)@")
_TEXTS = (_ASSIGNED, _OPTION, _JSON, _URL)
#: What stands for a secret without being one: a variable, a command, a file that only a build sees, a switch.
_NO_VALUE = re.compile(r"(?i)(?:(?:\$(?:[a-z_]\w*|\{[^}]*\})[/:._-]*)+|\$\(.*|[`<*].*|/run/secrets/.*|true|false|yes|no|on|off|none|null|0|1|)$")

_PRIVATE_KEY = re.compile(
    rb"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----(?:\\n|\s)+(?:[A-Za-z-]+: [^\r\n]*\s+)*[A-Za-z0-9+/=]{32}"
)
_KEY_NAMES = {"id_rsa", "id_dsa", "id_ecdsa", "id_ecdsa_sk", "id_ed25519", "id_ed25519_sk"}
#: What a file of that name holds a secret by.
_FILES = {
    ".netrc": re.compile(rb"(?i)\bpassword\s+\S"),
    "_netrc": re.compile(rb"(?i)\bpassword\s+\S"),
    ".pypirc": re.compile(rb"(?im)^\s*password\s*[=:]\s*\S"),
    ".pgpass": re.compile(rb"(?m)^[^#\s][^\n]*:[^\n]+"),
    ".my.cnf": re.compile(rb"(?im)^\s*password\s*=\s*\S"),
    ".npmrc": re.compile(rb"(?i)_(?:authtoken|auth|password)\s*=\s*[^$\s]"),
    ".git-credentials": re.compile(rb"://[^\s/@]+@"),
    "auth.conf": re.compile(rb"(?i)\bpassword\s+\S"),
    ".aws/credentials": re.compile(rb"(?i)aws_secret_access_key\s*=\s*\S"),
    ".kube/config": re.compile(rb"(?m)^\s*(?:token|password|client-key-data):\s*\S"),
}
_LOGIN_KEYS = ("auth", "password", "identitytoken", "registrytoken")
#: Files of settings, where an address may hold a password.
_SETTINGS = {"pip.conf", "pip.ini", "config", "sources.list"}


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
    found = []
    for pattern in _TEXTS:
        names = [match[1].strip("\"': \\") for match in pattern.finditer(text) if not _NO_VALUE.match(match[2].strip("\"'"))]
        found += ["a password in an address"] if names and pattern is _URL else names
    return list(dict.fromkeys(found))


def redacted(text: str) -> str:
    """The text with *** in the place of what looks like a secret."""
    for pattern in _TEXTS:
        text = pattern.sub(_hidden, text)
    return text


def _hidden(match: re.Match) -> str:
    if _NO_VALUE.match(match[2].strip("\"'")):
        return match[0]
    begin, end = match.start(2) - match.start(), match.end(2) - match.start()
    return f"{match[0][:begin]}***{match[0][end:]}"


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
    if name in _SETTINGS and _URL.search(content.decode(errors="replace")):
        return "a password in an address"
    return ""


def _ends(path: str, ending: str) -> bool:
    return f"/{path}".endswith(f"/{ending}")


def _logged_in(content: bytes) -> bool:
    try:
        settings = json.loads(content)
        logins = settings.get("auths", settings)
        return any(isinstance(login, dict) and any(map(login.get, _LOGIN_KEYS)) for login in logins.values())
    except (ValueError, AttributeError):
        return False
