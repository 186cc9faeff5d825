# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who answers a host: real servers on this machine, and lists of sources as a host has them."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from ansible_collections.classroom.containers.plugins.module_utils import _host_answers as answers
from ansible_collections.classroom.containers.plugins.module_utils._cgroups import Kernel
from ansible_collections.classroom.containers.plugins.module_utils._host_answers import Source
from ansible_collections.classroom.containers.plugins.module_utils._sockets import Listening

VERSION = {"Version": "26.1.5", "ApiVersion": "1.45"}


class Server(ThreadingHTTPServer):
    """Answers a path with a status, with a page, or with what is given as JSON."""

    daemon_threads = True

    def __init__(self, pages, context=None):
        super().__init__(("127.0.0.1", 0), Handler)
        self.pages, self.asked = pages, []
        if context:
            self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request, client_address):
        # Whoever has no certificate is sent away.
        pass


class Handler(BaseHTTPRequestHandler):
    timeout = 5

    def do_GET(self):
        self.server.asked.append((self.path, self.headers.get("Host"), self.headers.get("Authorization")))
        answer = self.server.pages.get(self.path, 404)
        self.send_response(answer if isinstance(answer, int) else 200)
        body = answer if isinstance(answer, bytes) else b"" if isinstance(answer, int) else json.dumps(answer).encode()
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args):
        pass


@pytest.fixture(autouse=True)
def proc(tmp_path):
    """What makes a folder the root of a host."""
    (tmp_path / "proc").mkdir()


@pytest.fixture
def server():
    servers = []

    def start(pages, context=None):
        servers.append(Server(pages, context))
        return servers[-1]

    yield start
    for each in servers:
        each.shutdown()
        each.server_close()


# Sources of packages

DEB822 = """\
# The distribution
Types: deb deb-src
URIs: http://deb.example.com/debian
  http://other.example.com/debian
Suites: bookworm bookworm-updates
Components: main

Enabled: no
Types: deb
URIs: http://off.example.com
Suites: bookworm

Types: deb-src
URIs: http://source.example.com
Suites: bookworm
"""
ONE_LINE = """\
# deb http://comment.example.com bookworm main
deb [arch=amd64 signed-by=/a b] http://old.example.com/debian bookworm main contrib
deb-src http://source.example.com bookworm main
deb http://flat.example.com ./
deb http://old.example.com/debian bookworm main
"""


def test_the_sources_of_a_host(tmp_path):
    folder = tmp_path / "etc/apt/sources.list.d"
    folder.mkdir(parents=True)
    (tmp_path / "etc/apt/sources.list").write_text(ONE_LINE)
    (folder / "debian.sources").write_text(DEB822)
    (folder / "more.list").write_text("deb http://more.example.com bookworm main\n")
    (folder / "more.list.disabled").write_text("deb http://never.example.com bookworm main\n")
    assert answers.apt_sources(Kernel(str(tmp_path))) == [
        Source("http://old.example.com/debian", "bookworm"),
        Source("http://flat.example.com", "./"),
        *(Source(f"http://{host}.example.com/debian", suite) for host in ("deb", "other") for suite in ("bookworm", "bookworm-updates")),
        Source("http://more.example.com", "bookworm"),
    ]


def test_a_host_without_sources(tmp_path):
    assert answers.apt_sources(Kernel(str(tmp_path))) == []


@pytest.mark.parametrize(
    ("uri", "suite", "folder"),
    [
        ("http://a/debian", "bookworm", "http://a/debian/dists/bookworm/"),
        ("http://a/debian/", "bookworm-security/updates", "http://a/debian/dists/bookworm-security/updates/"),
        ("http://a", "./", "http://a/./"),
        ("http://a", "/", "http://a/"),
    ],
)
def test_the_folder_of_a_suite(uri, suite, folder):
    assert Source(uri, suite).folder == folder


@pytest.mark.parametrize(
    ("dump", "expected"),
    [
        ("", {}),
        ('Acquire::http::Proxy "http://p:3128";\nAPT::X "1";', {"http": "http://p:3128", "https": "http://p:3128"}),
        ('Acquire::http::Proxy "http://p";\nAcquire::https::Proxy "DIRECT";', {"http": "http://p"}),
        ('Acquire::http::Proxy "";', {}),
        ('Acquire::http::Proxy::deb.debian.org "DIRECT";', {}),
        ('Acquire::http::Proxy "http://p";\nAcquire::http::Proxy::deb.debian.org "DIRECT";', {}),
        ('Acquire::http::Proxy::deb.debian.org "DIRECT";\nAcquire::http::Proxy "http://p";', {}),
        ('Acquire::http::Proxy "http://p";\nAcquire::http::Proxy::other.debian.org "DIRECT";', {"http": "http://p", "https": "http://p"}),
        ('Acquire::http::Proxy "DIRECT";\nAcquire::http::Proxy::deb.debian.org "http://p";', {"http": "http://p", "https": "http://p"}),
        ('Acquire::http::Proxy "http://p";\nAcquire::https::Proxy::deb.debian.org "http://q";', {"http": "http://p", "https": "http://q"}),
    ],
)
def test_the_proxies_of_apt(monkeypatch, dump, expected):
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    assert answers.apt_proxies(dump, "deb.debian.org") == expected


@pytest.mark.parametrize(
    ("dump", "expected"),
    [
        ('Acquire::http::Proxy-Auto-Detect "/usr/bin/auto-apt-proxy";', True),
        ('Acquire::http::ProxyAutoDetect "/usr/bin/x";', True),
        ('Acquire::Proxy-Auto-Detect "/usr/bin/x";', True),
        ('Acquire::http::Proxy-Auto-Detect "";', False),
        ('Acquire::http::Proxy "http://p";', False),
    ],
)
def test_a_program_that_apt_asks_for_its_proxies(dump, expected):
    assert answers.detects_proxies(dump) is expected


@pytest.mark.parametrize(
    ("pages", "reason"),
    [
        ({"/d/dists/s/InRelease": 200}, ""),
        ({"/d/dists/s/Release": 200}, ""),
        # It wants a name and a password, which apt has.
        ({"/d/dists/s/InRelease": 401}, ""),
        ({}, "HTTP 404"),
        ({"/d/dists/s/InRelease": 503, "/d/dists/s/Release": 200}, "HTTP 503"),
    ],
)
def test_a_source_that_answers_or_not(server, pages, reason):
    assert answers.refused_by_source(Source(server(pages).url + "/d", "s"), {}, 5) == reason


def test_a_source_by_way_of_a_proxy(server):
    proxy = server({"http://deb.example.com/dists/s/InRelease": 200})
    assert answers.refused_by_source(Source("http://deb.example.com", "s"), {"http": proxy.url}, 5) == ""


def test_nobody_is_there(server):
    stopped = server({})
    url = stopped.url
    stopped.shutdown()
    stopped.server_close()
    assert answers.refused(url, 5, {}) == "Connection refused"


def test_a_server_that_says_nothing(silent):
    assert "timed out" in answers.refused(f"http://127.0.0.1:{silent}", 0.2, {})


def test_a_password_goes_nowhere(server):
    source = server({"/dists/s/InRelease": 200})
    assert answers.refused_by_source(Source(source.url.replace("//", "//me:secret@"), "s"), {}, 5) == ""
    assert [authorization for _path, _host, authorization in source.asked] == [None]
    assert answers.without_password("https://me:secret@mirror.example.com/x@y") == "https://mirror.example.com/x@y"


@pytest.mark.parametrize("status", [200, 401])
def test_a_registry_that_answers(server, tmp_path, status):
    assert answers.refused_by_registry(server({"/v2/": status}).url + "/", Kernel(str(tmp_path)), 5) == ""


def test_a_network_that_wants_a_login(server, tmp_path):
    """It answers whatever is asked, with a page."""
    url = server(dict.fromkeys(("/v2/", "/dists/s/InRelease"), b"\n<!DOCTYPE html><html>Log in first")).url
    assert "login" in answers.refused_by_registry(url, Kernel(str(tmp_path)), 5)
    assert "login" in answers.refused_by_source(Source(url, "s"), {}, 5)


def test_a_registry_that_does_not(server, tmp_path):
    assert answers.refused_by_registry(server({}).url, Kernel(str(tmp_path)), 5) == "HTTP 404"


def test_a_registry_is_trusted_as_docker_does(server, certificates, tmp_path):
    registry = server({"/v2/": 401}, serving(certificates))
    url = registry.url.replace("http:", "https:")
    assert "certificate" in answers.refused_by_registry(url, Kernel(str(tmp_path)), 5)
    folder = tmp_path / f"etc/docker/certs.d/127.0.0.1:{registry.server_port}"
    folder.mkdir(parents=True)
    (folder / "ca.crt").write_bytes((certificates / "ca.crt").read_bytes())
    assert answers.refused_by_registry(url, Kernel(str(tmp_path)), 5) == ""


# Engines on TCP


def serving(certificates, clients=False, version=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates / "server.crt", certificates / "server.key")
    if version:
        context.maximum_version = version
    if clients:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(certificates / "ca.crt")
    return context


@pytest.fixture
def silent():
    """A port at which connections are accepted, and nothing is ever said."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


def at(port, address="0.0.0.0"):
    return answers.engine_at(Listening(address, port, "1"), 0.5)


@pytest.mark.parametrize("address", ["0.0.0.0", "127.0.0.1", "::"])
def test_an_engine_for_everybody(server, address):
    assert at(server({"/version": VERSION}).server_port, address) == answers.OPEN


@pytest.mark.parametrize("pages", [{}, {"/version": {"version": "1.0"}}, {"/version": [1]}])
def test_another_program(server, pages):
    assert at(server(pages).server_port) == answers.OTHER


def test_tls_for_everybody(server, certificates):
    assert at(server({"/version": VERSION}, serving(certificates)).server_port) == answers.UNVERIFIED


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_tls_that_wants_a_certificate(server, certificates, version):
    assert at(server({"/version": VERSION}, serving(certificates, clients=True, version=version)).server_port) == answers.VERIFIED


def test_tls_of_another_program(server, certificates):
    assert at(server({}, serving(certificates)).server_port) == answers.OTHER


def test_one_that_says_nothing_is_not_known(silent):
    assert at(silent) == answers.SILENT


def test_one_that_is_gone_is_not_known():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    assert at(port) == answers.SILENT


def test_one_that_hangs_up(server):
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def hang_up():
            for _connection in range(3):
                listening.accept()[0].close()

        threading.Thread(target=hang_up, daemon=True).start()
        assert at(listening.getsockname()[1]) == answers.OTHER


def test_what_listens_without_the_connections(tmp_path):
    row = "   0: 0100007F:0947 00000000:0000 {} 0:0 00:0 0 0 0 7 1"
    (tmp_path / "proc/net").mkdir(parents=True)
    (tmp_path / "proc/net/tcp").write_text("\n".join(["heading", row.format("01"), row.format("0A"), row.format("06")]) + "\n")
    assert answers.sockets(Kernel(str(tmp_path))) == ["heading\n" + row.format("0A")]
    listeners, held = answers.engine_listeners(Kernel(str(tmp_path)))
    assert (listeners, held) == ([Listening("127.0.0.1", 2375, "7")], set())


def test_nothing_at_all_listens(tmp_path):
    (tmp_path / "proc/net").mkdir(parents=True)
    (tmp_path / "proc/net/tcp").write_text("heading\n")
    assert answers.sockets(Kernel(str(tmp_path))) == ["heading"]
