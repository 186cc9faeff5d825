# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A captured host to test with: its kernel's files in a copy, its engine's answers behind a real socket."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import shutil
import socketserver
import ssl
import subprocess
import sys
import tarfile
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

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

    def handle_error(self, request, client_address):
        # A client may go away before it has read all.
        if not isinstance(sys.exc_info()[1], BrokenPipeError):
            super().handle_error(request, client_address)

    def close(self):
        self.shutdown()
        self.server_close()
        shutil.rmtree(self.folder)


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        status, body = self.server.answers(self.path)
        if not isinstance(body, bytes):
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
        self.networks = []
        self.asked = []
        self.broken = set()
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
        if path == "/networks":
            return 200, self.networks
        if path == "/containers/json":
            return 200, [
                {"Id": each["Id"], "Names": [each["Name"]], "State": each["State"]["Status"], **{key: each["Config"][key] for key in ("Image", "Labels")}}
                for each in self.containers.values()
            ]
        if path in self.broken:
            return 500, {"message": "driver failed"}
        reference = path.split("/")[2]
        for name, container in self.containers.items():
            if reference in (name, container["Id"]) or container["Id"].startswith(reference):
                return 200, container
        return 404, {"message": f"No such container: {reference}"}

    def break_inspect(self, name):
        """Have the engine fail to inspect a container."""
        self.broken.add(f"/containers/{self.containers[name]['Id']}/json")

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


def make_layer(files):
    """A layer as a tar: by path, the content of a program; None is a folder, a text that begins with -> a link."""
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as tar:
        for path, content in files.items():
            member = tarfile.TarInfo(path)
            member.mode = 0o644 if path.startswith("etc/") else 0o755
            if content is None:
                member.type = tarfile.DIRTYPE
            elif content.startswith("->"):
                member.type, member.linkname = tarfile.SYMTYPE, content[2:]
            else:
                member.size = len(content.encode())
            tar.addfile(member, io.BytesIO(content.encode()) if member.isreg() else None)
    return layer.getvalue()


def digest_of(content):
    return "sha256:" + hashlib.sha256(content).hexdigest()


class ImageHost:
    """An engine with the images that a test makes."""

    digest_of = staticmethod(digest_of)

    def __init__(self, serve):
        self.images = {}
        told = {"DriverStatus": [["Backing Filesystem", "extfs"]], "CgroupDriver": "cgroupfs", "MemTotal": 2**31, "ServerVersion": "28.5.2"}
        self.info = (200, told)
        self.asked = []
        #: Called with each path that the engine is asked for
        self.on_request = lambda path: None
        self.url = serve(self._answer)
        self.engine = Engine(self.url, 5)

    def add(self, name, layers=({"app": "program"},), history=None, **config):
        """An image of layers, each made by COPY where no history is given (the first step first); returns its id."""
        tars = [layer if isinstance(layer, bytes) else make_layer(layer) for layer in layers]
        diff_ids = [digest_of(tar) for tar in tars]
        text = json.dumps({"architecture": "amd64", "config": config, "rootfs": {"diff_ids": diff_ids}, "name": name}).encode()
        if history is None:
            history = [("COPY . . # buildkit", len(tar)) for tar in tars]
        inspected = {
            "Id": digest_of(text),
            "RepoTags": [name],
            "RepoDigests": [],
            "Architecture": "amd64",
            "Created": "2026-01-01T00:00:00Z",
            "Size": sum(map(len, tars)),
            "Config": config,
            "RootFS": {"Type": "layers", "Layers": diff_ids},
        }
        steps = [{"CreatedBy": created_by, "Size": size, "Id": "<missing>"} for created_by, size in reversed(history)]
        self.images[name] = {"inspect": inspected, "history": steps, "config": text, "layers": tars}
        return inspected["Id"]

    def tag(self, name, other):
        """Another name for an image."""
        self.images[other] = self.images[name]
        self.images[name]["inspect"]["RepoTags"].append(other)

    def find(self, reference):
        for name, image in self.images.items():
            if reference in (name, image["inspect"]["Id"]):
                return image
        return None

    def archive(self, *references, names=True):
        """As docker save writes it: the layer that an image has from another one is a link to that one's."""
        content = io.BytesIO()
        manifest, written = [], {}
        with tarfile.open(fileobj=content, mode="w") as tar:

            def write(name, text):
                member = tarfile.TarInfo(name)
                member.size = len(text)
                tar.addfile(member, io.BytesIO(text))

            for number, image in enumerate(map(self.find, references)):
                paths = []
                for place, layer in enumerate(image["layers"]):
                    path = f"{number}-{place}/layer.tar"
                    if layer in written:
                        member = tarfile.TarInfo(path)
                        member.type, member.linkname = tarfile.SYMTYPE, f"../{written[layer]}"
                        tar.addfile(member)
                    else:
                        written[layer] = path
                        write(path, layer)
                    paths.append(path)
                config = image["inspect"]["Id"][len("sha256:"):] + ".json"
                write(config, image["config"])
                manifest.append({"Config": config, "RepoTags": image["inspect"]["RepoTags"] if names else None, "Layers": paths})
            write("manifest.json", json.dumps(manifest).encode())
        return content.getvalue()

    def _answer(self, path):
        self.asked.append(unquote(path))
        self.on_request(unquote(path))
        parts = urlsplit(path)
        if parts.path == "/info":
            return self.info
        if parts.path == "/images/get":
            references = parse_qs(parts.query)["names"]
            lacking = [reference for reference in references if not self.find(reference)]
            return (404, {"message": f"No such image: {lacking[0]}"}) if lacking else (200, self.archive(*references, names=False))
        _empty, _images, reference, what = parts.path.split("/")
        image = self.find(unquote(reference))
        if not image:
            return 404, {"message": f"no such image: {unquote(reference)}"}
        return 200, image["inspect" if what == "json" else "history"]


@pytest.fixture
def image_host(serve):
    """An engine without images."""
    return ImageHost(serve)


class RegistryServer(ThreadingHTTPServer):
    """A registry with manifests and no layers, on a free port of this host."""

    daemon_threads = True

    def __init__(self, certificates, tls):
        super().__init__(("127.0.0.1", 0), _RegistryHandler)
        self.address = f"127.0.0.1:{self.server_port}"
        self.authority, self.other_authority = str(certificates / "ca.crt"), str(certificates / "other.crt")
        #: By repository and reference: the media type and the body
        self.manifests = {}
        #: Digests that are told in the place of the right ones; None tells none
        self.digests = {}
        #: Passwords by name; without any, everybody may ask
        self.users = {}
        self.refuses_with, self.challenge = 401, 'Basic realm="class"'
        #: A status and a body that answer everything
        self.canned = None
        #: Whether it ends each connection after one answer without a word
        self.closes = False
        self.asked = []
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificates / "server.crt", certificates / "server.key")
            self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    def put(self, repository, tag, content, media_type=None):
        """Add a manifest under its digest, and a tag; returns the digest."""
        body = json.dumps(content).encode()
        digest = "sha256:" + hashlib.sha256(body).hexdigest()
        for reference in filter(None, (tag, digest)):
            self.manifests[repository, reference] = (media_type or content["mediaType"], body)
        return digest

    def handle_error(self, request, client_address):
        # Whoever does not trust the certificate goes away in the middle.
        pass


class _RegistryHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 5

    def do_GET(self):
        self.server.asked.append(self.path)
        self.close_connection = self.server.closes
        users = {"Basic " + base64.b64encode(":".join(pair).encode()).decode() for pair in self.server.users.items()}
        repository, _manifests, reference = self.path[len("/v2/"):].rsplit("/", 2)
        if self.server.canned:
            status, body = self.server.canned
            self._answer(status, body.encode())
        elif users and self.headers["Authorization"] not in users:
            self._answer(self.server.refuses_with, b'{"errors": [{"code": "UNAUTHORIZED"}]}', **{"WWW-Authenticate": self.server.challenge})
        elif (repository, reference) in self.server.manifests:
            media_type, body = self.server.manifests[repository, reference]
            digest = self.server.digests.get(reference, "sha256:" + hashlib.sha256(body).hexdigest())
            self._answer(200, body, **{"Content-Type": media_type}, **({"Docker-Content-Digest": digest} if digest else {}))
        else:
            known = any(repository == name for name, _reference in self.server.manifests)
            self._answer(404, json.dumps({"errors": [{"code": "MANIFEST_UNKNOWN" if known else "NAME_UNKNOWN"}]}).encode())

    def _answer(self, status, body, **headers):
        self.send_response(status)
        for name, value in dict(headers, **{"Content-Length": len(body)}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args):
        pass


@pytest.fixture(scope="session")
def certificates(tmp_path_factory):
    """A CA, a certificate of it for 127.0.0.1, and another CA."""
    folder = tmp_path_factory.mktemp("certificates")

    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)

    new = ("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj")
    for name in ("ca", "other"):
        openssl(*new, f"/CN={name}", "-x509", "-keyout", f"{name}.key", "-out", f"{name}.crt")
    openssl(*new, "/CN=registry", "-keyout", "server.key", "-out", "server.csr")
    (folder / "names").write_text("subjectAltName=IP:127.0.0.1")
    openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "names", "-out", "server.crt")
    return folder


@pytest.fixture
def serve_registry(certificates):
    """Start a registry."""
    servers = []

    def start(tls=True):
        servers.append(RegistryServer(certificates, tls))
        return servers[-1]

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()
