# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This module utility is private to the collection.

"""A read-only client of the Docker Engine API over its Unix socket."""

from __future__ import annotations

import json
import os
import socket
from collections import deque
from contextlib import contextmanager, suppress
from fnmatch import fnmatchcase
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import IO, Any, Iterable, Iterator
from urllib.parse import quote, urlencode

from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.module_utils._limits import check_timeout

DEFAULT_HOST = "unix:///var/run/docker.sock"
#: How many answers the engine is asked for before they are wanted.
AHEAD = 4
#: After how many answers in a row that did not come in time nothing more is asked: a container may hang alone, and an engine hangs for all of them.
SILENT = 2

#: Options of every module that reads the engine; the documentation is the doc fragment ``engine``.
ENGINE_ARGUMENTS = {
    "docker_host": {"type": "str"},
    "timeout": {"type": "int", "default": 60},
}


class EngineError(ClassroomError):
    """The engine gave no usable answer."""

    @property
    def hint(self) -> str:
        """The same as a finding says it."""
        return f"The Docker engine could not be asked: {self}."


class AnswerError(EngineError):
    """One question had an error for an answer, or none in time; the engine may answer others."""


class _UnixConnection(HTTPConnection):
    def __init__(self, path: str, timeout: float) -> None:
        super().__init__("docker", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class Engine:
    """The engine behind one socket; nothing is asked before the first call.

    :param docker_host: ``unix://`` and a path; None means the environment's DOCKER_HOST, then the usual socket
    :param timeout: seconds that the engine may take for one answer
    :param answers: what it has just said, by path: each stands for its first answer, and what is asked for again is answered anew
    :raises EngineError: docker_host is not the URL of a Unix socket
    :raises ClassroomError: timeout is out of range
    """

    def __init__(self, docker_host: str | None = None, timeout: float = 60, answers: dict | None = None) -> None:
        self.host = docker_host or os.environ.get("DOCKER_HOST") or DEFAULT_HOST
        if not self.host.startswith("unix:///"):
            raise EngineError(f"docker_host: {self.host!r} is not a Unix socket, such as {DEFAULT_HOST}: the kernel's files are read on the engine's own host")
        check_timeout(timeout)
        self._timeout = timeout
        self._answers = dict(answers or {})
        self._idle: list = []
        self._expected: deque = deque()
        self._asked: deque = deque()
        self._silent = 0

    def get(self, path: str) -> Any:
        """The decoded answer to ``GET path``, or None where the engine says that there is no such thing.

        :raises EngineError: no answer, or no permission
        :raises AnswerError: an answer that is an error, or that did not come in time
        """
        if path in self._answers:
            return self._answers.pop(path)
        with self._translated(path):
            self._ask_ahead()
            connection = self._asked.popleft()[1] if self._asked and self._asked[0][0] == path else self._ask(path)
            response = connection.getresponse()
            body = response.read()
        self._silent = 0
        self._idle.append(connection)
        return self._decoded(path, response, body)

    @contextmanager
    def _translated(self, path: str) -> Iterator:
        if self._silent >= SILENT:
            raise EngineError(f"no Docker engine answers at {self.host}: {self._silent} answers in a row took longer than {self._timeout:g} seconds")
        try:
            yield
        except socket.timeout as exc:
            self._silent += 1
            raise AnswerError(f"no Docker engine answers at {self.host}: GET {path} {exc}") from exc
        except PermissionError as exc:
            raise EngineError(f"the socket {self.host} is not readable for user id {os.geteuid()}: become root, or a member of its group") from exc
        except OSError as exc:
            raise EngineError(f"no Docker engine answers at {self.host}: {exc.strerror or exc}") from exc
        except HTTPException as exc:
            raise AnswerError(f"{self.host} answered GET {path} with something other than HTTP: {exc!r}") from exc

    def _decoded(self, path: str, response: HTTPResponse, body: bytes) -> Any:
        try:
            answer = json.loads(body)
        except ValueError as exc:
            raise AnswerError(f"{self.host} answered GET {path} with something other than JSON (HTTP {response.status})") from exc
        if response.status == 200:
            return answer
        message = str(answer.get("message", answer) if isinstance(answer, dict) else answer)
        # The engine says 404 of a page that it does not have, too: "page not found".
        if response.status == 404 and ("no such" in message.lower() or message.startswith("network ")):
            return None
        raise AnswerError(f"the engine at {self.host} answered GET {path} with HTTP {response.status}: {message}")

    def _ask(self, path: str) -> HTTPConnection:
        connection = self._idle.pop() if self._idle else _UnixConnection(self.host[len("unix://"):], self._timeout)
        connection.request("GET", path)
        return connection

    def containers(self, labels: list | None = None) -> list:
        """The engine's list of its containers, stopped ones too: those that carry all the labels (``key`` or ``key=value``)."""
        return self.get(_list_path(labels)) or []

    def everything(self) -> dict:
        """The list of all containers, and what their inspect says by name and by id, as ``answers`` of another Engine.

        :raises EngineError: no answer
        """
        listed = self.containers()
        answers = {_list_path(): listed}
        self.expect(container_path(item["Id"]) for item in listed)
        for item in listed:
            with suppress(AnswerError):
                # One that cannot be inspected, or is gone meanwhile, is asked for by whoever wants it.
                answers.update(dict.fromkeys(map(container_path, (item["Id"], *own_names(item))), self.inspect(item["Id"])))
        return {path: answer for path, answer in answers.items() if answer is not None}

    def networks(self) -> list:
        """The engine's list of its networks."""
        return self.get("/networks") or []

    def images(self) -> list:
        """The engine's list of its images, without those that are but steps of others."""
        return self.get("/images/json") or []

    def inspect(self, container: str) -> dict | None:
        """All that the engine knows of one container, by name or id; None where there is none. Its networks are by their names alone."""
        answer = self.get(container_path(container))
        _name_networks(answer or {})
        for alias in (answer["Id"], answer["Name"].lstrip("/")) if answer else ():
            # Whoever asks for it again wants to know what has changed, by whatever name.
            self._answers.pop(container_path(alias), None)
        return answer

    def image(self, image: str) -> dict | None:
        """All that the engine knows of one image, by name or id; None where there is none."""
        return self.get(image_path(image))

    def network(self, network: str) -> dict | None:
        """All that the engine knows of one network, by name or id; None where there is none."""
        return self.get(network_path(network))

    def history(self, image: str) -> list | None:
        """The steps that an image was made in, the last one first; None where there is no such image."""
        return self.get(history_path(image))

    @contextmanager
    def export(self, images: list) -> Iterator[IO[bytes] | None]:
        """The archive of images, by name or id, as ``docker save`` writes it, to be read from front to end; None where one is not there.

        :raises EngineError: no answer, here or while it is being read
        """
        path = "/images/get?" + urlencode({"names": images}, doseq=True)
        with self._translated(path):
            # Never idle: what is left of an archive would be taken for the next answer.
            connection = self._ask(path)
            try:
                response = connection.getresponse()
                self._silent = 0
                yield response if response.status == 200 else self._decoded(path, response, response.read())
            finally:
                connection.close()

    def expect(self, paths: Iterable[str]) -> None:
        """Say what will be asked for, in that order: the engine works on the next answers while one is looked at.

        What is asked for again is answered anew, for what was asked ahead may be older than the first answer.
        """
        self._expected.extend(path for path in dict.fromkeys(paths) if path not in self._answers)

    def _ask_ahead(self) -> None:
        while self._expected and len(self._asked) < AHEAD:
            path = self._expected.popleft()
            try:
                self._asked.append((path, self._ask(path)))
            except (OSError, HTTPException):
                # To ask again when it is wanted tells why.
                self._expected.clear()


def _name_networks(container: dict) -> None:
    """Take away that a network is told a second time by the beginning of its id, where docker run was told that."""
    networks = (container.get("NetworkSettings") or {}).get("Networks") or {}
    ids = [endpoint.get("NetworkID") for endpoint in networks.values()]
    for key, network_id in zip(list(networks), ids):
        if network_id and network_id.startswith(key) and ids.count(network_id) > 1:
            del networks[key]


def _list_path(labels: list | None = None) -> str:
    filters = {"filters": json.dumps({"label": labels})} if labels else {}
    return "/containers/json?" + urlencode({"all": "1", **filters})


def container_path(container: str) -> str:
    """Where the engine tells of a container."""
    return f"/containers/{quote(container, safe='')}/json"


def image_path(image: str) -> str:
    """Where the engine tells of an image, and from 28.0 on of its manifests, where it keeps its images in containerd."""
    return f"/images/{quote(image, safe='')}/json?manifests=1"


def ids_of(image: dict) -> set:
    """What an inspected image may be called: its id, and the digest of its manifest.

    An engine that keeps its images in containerd calls an image by an index of manifests, of which each build makes another one, with the time in
    it. The manifest for the engine's processor is another one only where the image is.
    """
    platform = [image.get(key) or "" for key in ("Os", "Architecture", "Variant")]
    return {image["Id"], *(each["ID"] for each in image.get("Manifests") or () if _platform_of(each) == platform)}


def _platform_of(manifest: dict) -> list | None:
    told = (manifest.get("ImageData") or {}).get("Platform") or {}
    return [told.get(key) or "" for key in ("os", "architecture", "variant")] if manifest.get("Kind") == "image" else None


def history_path(image: str) -> str:
    """Where the engine tells of the steps of an image."""
    return f"/images/{quote(image, safe='')}/history"


def network_path(network: str) -> str:
    """Where the engine tells of a network."""
    return f"/networks/{quote(network, safe='')}"


def select(containers: list, patterns: list | None) -> list:
    """The ids of listed containers of which a name matches a pattern (``ashu*``) or the id begins with it; all without patterns."""
    return [item["Id"] for item in containers if not patterns or any(_matches(item, pattern) for pattern in patterns)]


def own_names(item: dict) -> list:
    """The names of a listed container itself: a link between containers appears there as /other/alias."""
    return [name[1:] for name in item.get("Names") or () if name.count("/") == 1]


def _matches(item: dict, pattern: str) -> bool:
    return any(fnmatchcase(name, pattern.removeprefix("/")) for name in own_names(item)) or (len(pattern) >= 12 and item["Id"].startswith(pattern))
