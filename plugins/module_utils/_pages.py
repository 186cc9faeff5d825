# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This module utility is private to the collection.

"""A page that a server is to answer with, and the answer."""

from __future__ import annotations

import hashlib
import re
import socket
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, IncompleteRead
from typing import Any, Callable

from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.module_utils._limits import check_range
from ansible_collections.classroom.containers.plugins.module_utils._published import PORT_MAX

#: One entry of the option ``http`` as an argument spec.
PAGE_ARGUMENTS = {
    "path": {"type": "str", "default": "/"},
    "port": {"type": "int"},
    "status": {"type": "int", "default": 200},
    "contains": {"type": "list", "elements": "str", "default": []},
    "sha256": {"type": "str"},
    "timeout": {"type": "int", "default": 5},
}
#: Bytes of a page that are read at most.
BODY_MAX = 1024 * 1024
_TIMEOUT_MAX = 300
_PAUSE_SECONDS = 0.2
_MORE_SECONDS = 2
_SHOWN = 60
# Neither a space nor what is not ASCII can stand in a request line.
_PATH = re.compile(r"/[!-~]*")
_SHA256 = re.compile(r"[0-9a-f]{64}")


class Silent(ClassroomError):
    """The server gave no whole answer in time; the message says how the last attempt ended.

    :param seconds: how long it was asked
    :param hangs: whether the last attempt went on after it would have been asked again: the server took the connection, and let it wait
    :param starts: whether it may have been starting all that time
    """

    def __init__(self, reason: str, seconds: float, hangs: bool, starts: bool = False) -> None:
        super().__init__(reason)
        self.seconds, self.hangs, self.starts = seconds, hangs, starts


@dataclass(frozen=True)
class Page:
    """What is asked of a page. Port is the container's; None is the only one that it publishes."""

    path: str
    port: int | None
    status: int
    contains: tuple
    sha256: str
    timeout: int

    @property
    def words(self) -> str:
        """All of it for a reader."""
        texts = [f", with {shown(text)}" for text in self.contains]
        return f"GET {self.path}: {self.status}" + "".join(texts) + (f", sha256 {self.sha256[:12]}" if self.sha256 else "")


@dataclass(frozen=True)
class Answer:
    """What a server answered.

    :param whole: whether the body is all there, and not only its first BODY_MAX bytes
    :param location: where a redirect points to
    """

    status: int
    body: bytes
    whole: bool = True
    location: str = ""

    @property
    def words(self) -> str:
        """The answer for a reader, without the page."""
        return f"{self.status}, {len(self.body) if self.whole else f'more than {BODY_MAX}'} bytes"


def parse_page(asked: dict) -> Page:
    """One entry of the option ``http``.

    :raises ClassroomError: it cannot be asked; the message names the key, the value and the rule
    """
    path, port, status, timeout = asked["path"], asked["port"], asked["status"], asked["timeout"]
    if not _PATH.fullmatch(path):
        raise ClassroomError(f"path: {path!r}: a path begins with / and has neither spaces nor letters outside of ASCII: write these as %20 and the like")
    for key, value, low, high in (("port", port, 1, PORT_MAX), ("status", status, 200, 599), ("timeout", timeout, 1, _TIMEOUT_MAX)):
        if value is not None:
            check_range(value, low, high, key)
    if not all(asked["contains"]):
        raise ClassroomError("contains: '': every page contains the empty text")
    sha256 = (asked["sha256"] or "").lower()
    if asked["sha256"] is not None and not _SHA256.fullmatch(sha256):
        raise ClassroomError(f"sha256: {asked['sha256']!r}: it is 64 digits from 0 to f")
    return Page(path, port, status, tuple(asked["contains"]), sha256, timeout)


def fetch(address: str, port: int, path: str, timeout: float, patience: float, starts: Callable = lambda: False, longest: float = 0) -> Answer:
    """The answer to ``GET path``, asked again and again until the server answers: it may just be starting.

    :param timeout: seconds in which it is asked again
    :param patience: seconds, not fewer, after which the last attempt ends as well
    :param starts: tells whether the server is still starting, each time that the timeout is over
    :param longest: seconds in which it is asked again where it is
    :raises Silent: no whole answer in that time
    """
    begun = time.monotonic()
    last = False
    while True:
        asked = time.monotonic() - begun
        try:
            return _get(address, port, path, begun + max(timeout, patience))
        # A length that is none, such as one below 0, is a ValueError.
        except (OSError, HTTPException, ValueError) as exc:
            reason = _reason(exc)
        took = time.monotonic() - begun
        if took > max(timeout, asked + _PAUSE_SECONDS):
            # Who is hung up on would be told to have closed the connection.
            raise Silent("timed out" if took > max(timeout, patience) - _PAUSE_SECONDS else reason, round(took), True)
        if last:
            raise Silent(reason, timeout, False)
        if took + _PAUSE_SECONDS >= timeout:
            if not starts():
                # It may have begun to listen since it was asked.
                last = True
                continue
            if timeout >= longest:
                raise Silent(reason, timeout, False, starts=True)
            timeout = min(timeout + _MORE_SECONDS, longest)
        time.sleep(_PAUSE_SECONDS)


def _get(address: str, port: int, path: str, end: float) -> Answer:
    left = max(end - time.monotonic(), 0.01)
    connection = HTTPConnection(address, port, timeout=left)
    try:
        connection.connect()
        # The timeout is for each read: a server that sends one byte after another would never meet it.
        watchdog = threading.Timer(left, _hang_up, [connection.sock])
        watchdog.start()
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            body = response.read(BODY_MAX + 1)
        finally:
            watchdog.cancel()
        if time.monotonic() >= end:
            raise socket.timeout("timed out")
        if response.length and len(body) <= BODY_MAX:
            raise IncompleteRead(body, response.length)
        return Answer(response.status, body[:BODY_MAX], len(body) <= BODY_MAX, response.getheader("Location") or "")
    finally:
        connection.close()


def _hang_up(connected: socket.socket) -> None:
    with suppress(OSError):
        connected.shutdown(socket.SHUT_RDWR)


def _reason(exc: Exception) -> str:
    if isinstance(exc, IncompleteRead):
        return "the connection was closed in the middle of the page"
    if isinstance(exc, (HTTPException, ValueError)) and not isinstance(exc, OSError):
        return f"something other than HTTP: {shown(str(exc))}"
    return getattr(exc, "strerror", None) or str(exc)


def compare(page: Page, answer: Answer) -> tuple:
    """The verdict and what is wrong, each thing as a sentence's part: none where the verdict is ok."""
    wrong = []
    if answer.status != page.status:
        wrong.append(f"the status {answer.status}{f' to {shown(answer.location)}' if answer.location else ''}, and {page.status} is asked")
    absent = [text for text in page.contains if text.encode() not in answer.body]
    digest = hashlib.sha256(answer.body).hexdigest()
    if answer.whole:
        wrong += [f"a page without {shown(text)}" for text in absent]
        if page.sha256 and digest != page.sha256:
            wrong.append(f"a page of {len(answer.body)} bytes with the SHA-256 {digest[:12]}, and {page.sha256[:12]} is asked")
    if wrong:
        return "differs", wrong
    if absent or (page.sha256 and not answer.whole):
        return "unverifiable", [f"more than {BODY_MAX} bytes, of which no more are read"]
    return "ok", []


def shown(text: Any) -> str:
    """The first words of a text, in quotes, on one line."""
    line = " ".join((text.decode("utf-8", "replace") if isinstance(text, bytes) else text).split())
    return repr(line if len(line) <= _SHOWN else line[: _SHOWN - 3] + "...")
