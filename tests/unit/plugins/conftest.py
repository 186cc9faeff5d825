# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A captured host to test with: its kernel's files in a copy, its engine's answers behind a real socket."""

from __future__ import annotations

import json
import shutil
import socketserver
import tempfile
import threading
from http.server import BaseHTTPRequestHandler
from urllib.parse import unquote, urlsplit

import pytest
from ansible_collections.classroom.containers.plugins.module_utils._cgroups import Kernel
from ansible_collections.classroom.containers.plugins.module_utils._engine import Engine


class SocketServer(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """Serves canned answers over HTTP at a Unix socket: what ``answers`` returns for a path, a status and a body."""

    daemon_threads = True

    def __init__(self, answers):
        self.folder = tempfile.mkdtemp()
        self.answers = answers
        super().__init__(f"{self.folder}/s", _Handler)
        self.url = f"unix://{self.folder}/s"
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    def close(self):
        self.shutdown()
        self.server_close()
        shutil.rmtree(self.folder)


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        status, body = self.server.answers(self.path)
        body = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def address_string(self):
        return "unix"

    def log_message(self, *_args):
        pass


@pytest.fixture
def serve():
    """Start a server of canned answers; returns its URL."""
    servers = []

    def start(answers):
        servers.append(SocketServer(answers))
        return servers[-1].url

    yield start
    for server in servers:
        server.close()


class Host:
    """A copy of a captured host that a test may change."""

    def __init__(self, captured, folder, serve):
        self.root = captured / "root"
        self._copy = folder / captured.name
        self.info = json.loads((captured / "engine/info.json").read_text())
        files = [file for file in (captured / "engine").glob("*.json") if file.name != "info.json"]
        self.containers = {file.stem: json.loads(file.read_text()) for file in files}
        self.asked = []
        #: Called with each path that the engine is asked for
        self.on_request = lambda path: None
        self.kernel = Kernel(str(self.root))
        self.serve = serve
        self.url = serve(self._answer)
        self.engine = Engine(self.url, 5)

    def _answer(self, path):
        path = unquote(urlsplit(path).path)
        self.asked.append(path)
        self.on_request(path)
        if path == "/info":
            return 200, self.info
        if path == "/containers/json":
            return 200, [{"Id": each["Id"], "Names": [each["Name"]]} for each in self.containers.values()]
        reference = path.split("/")[2]
        for name, container in self.containers.items():
            if reference in (name, container["Id"]) or container["Id"].startswith(reference):
                return 200, container
        return 404, {"message": f"No such container: {reference}"}

    def declare(self, name, **fields):
        """Change HostConfig as the engine tells it."""
        self.containers[name]["HostConfig"].update(fields)

    def path(self, name, file, above=0):
        """The path of a kernel file: pid/X under /proc/PID, else of the container's cgroup or one above it."""
        container = self.containers[name]
        if file.startswith("pid/"):
            return f"/proc/{container['State']['Pid']}/{file[4:]}"
        directories = [path for path in self.root.glob(f"sys/fs/cgroup/**/*{container['Id']}*") if (path / file).exists()]
        directory = min(directories, key=lambda path: len(path.parts))
        for _step in range(above):
            directory = directory.parent
        return "/" + str((directory / file).relative_to(self.root))

    def write(self, path, text):
        """Change a kernel file; None removes it."""
        if self.root != self._copy:
            shutil.copytree(self.root, self._copy)
            self.root = self._copy
            self.kernel.root = str(self._copy)
        file = self.root / path.lstrip("/")
        if text is None:
            file.unlink()
        else:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text + "\n")

    def read(self, path):
        return (self.root / path.lstrip("/")).read_text().rstrip("\n")


@pytest.fixture
def v1(fixtures, tmp_path, serve):
    """A host with cgroup v1, a v2 mount beside it, and the cgroupfs driver."""
    return Host(fixtures / "v1_hybrid", tmp_path, serve)


@pytest.fixture
def v2(fixtures, tmp_path, serve):
    """A host with cgroup v2 and the systemd driver."""
    return Host(fixtures / "v2_systemd", tmp_path, serve)


@pytest.fixture
def host(request):
    """The host that a parameter names."""
    return request.getfixturevalue(request.param)
