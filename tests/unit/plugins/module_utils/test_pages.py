# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pages over real sockets: servers that are late, slow, or no servers at all. Whole pages are in the tests of container_check."""

from __future__ import annotations

import socket
import threading
import time

import pytest
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.module_utils._pages import Silent, fetch, parse_page, shown

RIGHT = {"path": "/", "port": None, "status": 200, "contains": [], "sha256": None, "timeout": 5}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("path", "/"),
        ("path", "/a/b?c=d&e=%20#f"),
        ("port", 1),
        ("port", 65535),
        ("status", 200),
        ("status", 599),
        ("timeout", 1),
        ("timeout", 300),
        ("sha256", "0123456789abcdefABCDEF" + "0" * 42),
        ("contains", ["a", " "]),
    ],
)
def test_what_can_be_asked(key, value):
    parse_page({**RIGHT, key: value})


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("path", ""),
        ("path", "hello"),
        ("path", "http://127.0.0.1/"),
        ("path", "/a b"),
        ("path", "/grüß"),
        ("path", "/\r\nHost: x"),
        ("path", "/\n"),
        ("port", 0),
        ("port", 65536),
        ("status", 199),
        ("status", 600),
        ("timeout", 0),
        ("timeout", 301),
        ("sha256", ""),
        ("sha256", "0" * 63),
        ("sha256", "0" * 65),
        ("sha256", "g" * 64),
        ("contains", ["a", ""]),
    ],
)
def test_what_cannot_be_asked(key, value):
    with pytest.raises(ClassroomError) as refused:
        parse_page({**RIGHT, key: value})
    assert str(refused.value).startswith(f"{key}: ")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", "'a'"),
        (b"gr\xc3\xbc\xc3\x9f \xff", "'grüß \ufffd'"),
        ("a\n\tb  c ", "'a b c'"),
        ("\x1b[31m", "'\\x1b[31m'"),
        ("x" * 60, repr("x" * 60)),
        ("x" * 61, repr("x" * 57 + "...")),
    ],
)
def test_shown(text, expected):
    assert shown(text) == expected


class Socket:
    """Listens at a port, and hands each connection to a function."""

    def __init__(self, serve):
        self.serve = serve
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port = self.listening.getsockname()[1]
        self.served = 0
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        while True:
            try:
                connection, _address = self.listening.accept()
            except OSError:
                return
            self.served += 1
            threading.Thread(target=self._one, args=(connection, self.served), daemon=True).start()

    def _one(self, connection, number):
        with connection:
            try:
                self.serve(connection, number)
            except OSError:
                pass


@pytest.fixture
def listen():
    sockets = []

    def start(serve):
        sockets.append(Socket(serve))
        return sockets[-1]

    yield start
    for each in sockets:
        each.listening.close()


def says(text):
    def serve(connection, _number):
        connection.recv(65536)
        connection.sendall(text)

    return serve


def drips(text):
    def serve(connection, _number):
        connection.recv(65536)
        connection.sendall(text)
        while True:
            connection.sendall(b"x")
            time.sleep(0.05)

    return serve


def hangs(connection, _number):
    time.sleep(5)


#: What a server does, and the reason that is told
NONE = [
    (says(b""), "closed"),
    (says(b"SSH-2.0-OpenSSH_9.2\r\n"), "something other than HTTP: 'SSH-2.0"),
    (says(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort"), "closed the middle"),
    (says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nshort"), "closed the middle"),
    (says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\n"), "something other than HTTP: 'read length"),
    (hangs, "timed out"),
    (drips(b"HTTP/1.1 200 OK\r\nX-Long: "), "timed out"),
    (drips(b"HTTP/1.1 200 OK\r\n\r\n"), "timed out"),
    (drips(b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n"), "timed out"),
]


@pytest.mark.parametrize(("serve", "reason"), NONE)
def test_no_answer_in_time(listen, serve, reason):
    server = listen(serve)
    start = time.monotonic()
    with pytest.raises(Silent) as silent:
        fetch("127.0.0.1", server.port, "/", 0.6, 2)
    assert time.monotonic() - start < (3 if silent.value.hangs else 1.2)
    assert all(word in str(silent.value) for word in reason.split())
    assert (silent.value.hangs, silent.value.seconds) == ((True, 2) if reason == "timed out" else (False, 0.6))


def test_nobody_listens():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    with pytest.raises(Silent, match="Connection refused"):
        fetch("127.0.0.1", port, "/", 0.3, 1)


def test_a_server_that_began_to_listen_since_it_was_asked(listen):
    """Which is why it is not starting any more when that is looked at."""
    ready = threading.Event()

    def serve(connection, number):
        if ready.is_set():
            says(b"HTTP/1.0 200 OK\r\n\r\nHello")(connection, number)

    assert fetch("127.0.0.1", listen(serve).port, "/", 0.5, 2, starts=ready.set).body == b"Hello"
    ready.clear()
    with pytest.raises(Silent) as silent:
        fetch("127.0.0.1", listen(serve).port, "/", 0.5, 2)
    assert (silent.value.hangs, silent.value.starts, silent.value.seconds) == (False, False, 0.5)


def test_a_server_on_a_busy_host_may_take_its_time(listen):
    def serve(connection, number):
        time.sleep(1)
        says(b"HTTP/1.0 200 OK\r\n\r\nHello")(connection, number)

    assert fetch("127.0.0.1", listen(serve).port, "/", 0.5, 2).body == b"Hello"


def test_a_server_that_is_just_starting(listen):
    def serve(connection, number):
        if number > 2:
            says(b"HTTP/1.0 200 OK\r\n\r\nHello")(connection, number)

    server = listen(serve)
    answer = fetch("127.0.0.1", server.port, "/", 5, 5)
    assert (answer.status, answer.body, answer.whole, server.served) == (200, b"Hello", True, 3)


def test_a_server_that_listens_later():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]

    def late():
        time.sleep(0.4)
        with socket.create_server(("127.0.0.1", port)) as listening:
            connection, _address = listening.accept()
            with connection:
                says(b"HTTP/1.0 503 Busy\r\n\r\n")(connection, 1)

    thread = threading.Thread(target=late)
    thread.start()
    # An error is an answer.
    assert fetch("127.0.0.1", port, "/", 5, 5).status == 503
    thread.join()


def test_more_than_is_read(listen):
    answer = fetch("127.0.0.1", listen(says(b"HTTP/1.0 200 OK\r\n\r\n" + b"x" * 2000000)).port, "/", 5, 5)
    assert (len(answer.body), answer.whole, answer.words) == (1048576, False, "200, more than 1048576 bytes")
