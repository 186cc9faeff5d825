# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This module utility is private to the collection.

"""Who answers a host: the sources of its packages, registries, and engines that listen on TCP. Nothing but GET is ever asked."""

from __future__ import annotations

import json
import os
import re
import socket
import ssl
import urllib.error
import urllib.request
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Iterable, NamedTuple
from urllib.parse import urlsplit

from ansible_collections.classroom.containers.plugins.module_utils._cgroups import Kernel, KernelError
from ansible_collections.classroom.containers.plugins.module_utils._registry import CERTIFICATES, new_context
from ansible_collections.classroom.containers.plugins.module_utils._sockets import Listening, parse_listening

#: The ports that everybody expects an engine on, without and with TLS.
ENGINE_PORTS = (2375, 2376)
#: What an engine on TCP is to whoever reaches it. OTHER is none, SILENT takes no connection or says nothing in time.
OPEN, UNVERIFIED, VERIFIED, OTHER, SILENT = "open", "unverified", "verified", "other", "silent"

_SOURCES = "/etc/apt/sources.list"
_PROXY = re.compile(r'^Acquire::(https?)::Proxy(?:::([^ :]+))? "(.*)";$', re.MULTILINE)
#: A program that tells apt the proxy of each address.
_DETECT = re.compile(r'^Acquire::(?:https?::)?Proxy-?Auto-?Detect "(.+)";$', re.MULTILINE)
_ONE_LINE = re.compile(r"deb\s+(?:\[(?P<options>[^\]]*)\]\s*)?(?P<uri>\S+)\s+(?P<suite>\S+)")
_ANSWER_MAX = 1 << 20
#: Seconds in which a server on the same host sends away who has no certificate.
_MOMENT = 0.3


class Source(NamedTuple):
    """A suite of packages at one address."""

    uri: str
    suite: str

    @property
    def folder(self) -> str:
        """The address of the folder that has its Release file."""
        # A suite that ends with a slash is the folder itself.
        return f"{self.uri.rstrip('/')}/" + (self.suite.lstrip("/") if self.suite.endswith("/") else f"dists/{self.suite}/")


def without_password(url: str) -> str:
    """The address without the name and the password that it may have."""
    return re.sub(r"(?<=://)[^/@]*@", "", url)


def apt_sources(kernel: Kernel) -> list:
    """The suites that a host takes packages from.

    :raises KernelError: a list of them may not be read
    """
    folder = f"{_SOURCES}.d"
    try:
        names = sorted(os.listdir(kernel.root + folder))
    except FileNotFoundError:
        names = []
    except OSError as exc:
        raise KernelError(f"{folder} cannot be read: {exc.strerror}") from exc
    found: list = []
    for path in [_SOURCES, *(f"{folder}/{name}" for name in names)]:
        text = kernel.read(path) or ""
        if path.endswith(".sources"):
            found += _stanzas(text)
        elif path.endswith(".list"):
            lines = (_ONE_LINE.match(line.strip()) for line in text.splitlines())
            found += [Source(match["uri"], match["suite"]) for match in lines if match]
    return list(dict.fromkeys(found))


def _stanzas(text: str) -> Iterable:
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    for stanza in re.split(r"\n\s*\n", "\n".join(lines)):
        fields: dict = {}
        name = ""
        for line in stanza.splitlines():
            if line[:1].isspace():
                fields[name] = f"{fields.get(name, '')} {line.strip()}"
            else:
                name, _colon, value = line.partition(":")
                name = name.strip().lower()
                fields[name] = value.strip()
        if "deb" in fields.get("types", "").split() and fields.get("enabled", "yes").lower() not in ("no", "false", "off", "0"):
            yield from (Source(uri, suite) for uri in fields.get("uris", "").split() for suite in fields.get("suites", "").split())


def apt_proxies(dump: str, host: str) -> dict:
    """The proxies by which apt goes to a host, by scheme.

    :param dump: what ``apt-config dump`` prints
    """
    told = _PROXY.findall(dump)
    configured = {scheme: proxy for wanted in ("", host) for scheme, its_host, proxy in told if its_host == wanted}
    proxies = {**urllib.request.getproxies(), **configured}
    if "http" in configured:
        proxies.setdefault("https", configured["http"])
    return {scheme: proxy for scheme, proxy in proxies.items() if scheme in ("http", "https") and proxy and proxy.upper() != "DIRECT"}


def detects_proxies(dump: str) -> bool:
    """Whether apt asks a program of the host for its proxies.

    :param dump: what ``apt-config dump`` prints
    """
    return bool(_DETECT.search(dump))


def refused_by_source(source: Source, proxies: dict, timeout: float) -> str:
    """Why a source of packages gives none; empty where it answers.

    :param timeout: seconds that it may take for an answer
    """
    # The second is what a source of older days has in the place of the first.
    reason = refused(source.folder + "InRelease", timeout, proxies)
    return refused(source.folder + "Release", timeout, proxies) if reason == "HTTP 404" else reason


def refused_by_registry(url: str, kernel: Kernel, timeout: float) -> str:
    """Why a registry does not serve; empty where it answers."""
    authority = f"{kernel.root}{CERTIFICATES}/{urlsplit(url).netloc.rpartition('@')[2]}/ca.crt"
    return refused(url.rstrip("/") + "/v2/", timeout, urllib.request.getproxies(), authority if os.path.isfile(authority) else None)


_PAGE = "a page for people, as of a network that wants a login first"


def refused(url: str, timeout: float, proxies: dict, authority: str | None = None) -> str:
    """Why ``GET url`` gives nothing; empty where it is answered, or a name and a password are wanted.

    :param authority: a file with a CA that vouches for the server, beside the system's
    """
    try:
        context = new_context()
        if authority:
            context.load_verify_locations(authority)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler(proxies), urllib.request.HTTPSHandler(context=context))
        # A name and a password in it are for the server alone, which says 401 without them.
        request = urllib.request.Request(without_password(url), headers={"User-Agent": "classroom.containers"})
        with opener.open(request, timeout=timeout) as response:
            # Neither a source nor a registry has a page for people where it is asked.
            return _PAGE if response.read(64).lstrip().startswith(b"<") else ""
    except urllib.error.HTTPError as exc:
        exc.close()
        return "" if exc.code == 401 else f"HTTP {exc.code}"
    except urllib.error.URLError as exc:
        return _reason(exc.reason)
    except (OSError, HTTPException, ValueError) as exc:
        return _reason(exc)


def _reason(exc: object) -> str:
    return getattr(exc, "verify_message", None) or getattr(exc, "strerror", None) or str(exc) or repr(exc)


# An engine on TCP


def engine_listeners(kernel: Kernel) -> tuple:
    """The sockets on which an engine may listen: those at the usual ports, and all that a process dockerd holds.

    :returns: them, and the inodes of the second kind
    :raises KernelError: the kernel does not tell what listens
    """
    listeners = [each for text in sockets(kernel) for each in parse_listening(text)]
    held = _held_by_dockerd(kernel)
    return [each for each in listeners if each.port in ENGINE_PORTS or each.inode in held], held


def sockets(kernel: Kernel) -> list:
    """The texts of the host's /proc/net/tcp and tcp6, without connections, which may be many; a host may be without the second.

    :raises KernelError: they may not be read
    """
    texts = [text.splitlines() for text in (host_net(kernel, name) for name in ("tcp", "tcp6")) if text]
    if not texts:
        raise KernelError("there is no /proc/net/tcp")
    return ["\n".join([heading, *(row for row in rows if parse_listening(row))]) for heading, *rows in texts]


def host_net(kernel: Kernel, name: str) -> str | None:
    """The text of a file of the host's network; None where there is none.

    :raises KernelError: it may not be read
    """
    try:
        text = kernel.read(f"/proc/1/net/{name}")
    except KernelError:
        text = None
    # Even root may be denied what process 1 has.
    return kernel.read(f"/proc/net/{name}") if text is None else text


def _held_by_dockerd(kernel: Kernel) -> set:
    held: set = set()
    for process in filter(str.isdigit, os.listdir(f"{kernel.root}/proc")):
        folder = f"/proc/{process}"
        try:
            if kernel.read(f"{folder}/comm") == "dockerd":
                links = [kernel.link(f"{folder}/fd/{descriptor}") or "" for descriptor in os.listdir(f"{kernel.root}{folder}/fd")]
                held.update(link[len("socket:["):-1] for link in links if link.startswith("socket:["))
        except (OSError, KernelError):
            # It is gone, or nobody may look into it: what is at the usual ports is asked all the same.
            continue
    return held


def engine_at(listener: Listening, timeout: float) -> str:
    """What listens there to whoever reaches it: OPEN, UNVERIFIED, VERIFIED, OTHER or SILENT.

    :param timeout: seconds that it may take for an answer
    """
    unverified = ssl.create_default_context()
    unverified.check_hostname = False
    unverified.verify_mode = ssl.CERT_NONE
    port = listener.port
    address = next((each for each in listener.reached_at if _accepts(each, port, timeout)), None)
    if address is None:
        return SILENT
    plain = _version(HTTPConnection(address, port, timeout=timeout))
    if plain in (OPEN, SILENT):
        return plain
    encrypted = _version(HTTPSConnection(address, port, timeout=timeout, context=unverified), _MOMENT)
    return UNVERIFIED if encrypted == OPEN else encrypted


def _listen(connection: HTTPConnection, seconds: float) -> None:
    """Hear what a server says before it is asked: that one who has no certificate must go would get lost beside a question."""
    connection.connect()
    connection.sock.settimeout(seconds)
    try:
        connection.sock.recv(1)
    except socket.timeout:
        pass
    connection.sock.settimeout(connection.timeout)


def _accepts(address: str, port: int, timeout: float) -> bool:
    try:
        socket.create_connection((address, port), timeout).close()
    except OSError:
        return False
    return True


def _version(connection: HTTPConnection, listen_first: float = 0) -> str:
    try:
        if listen_first:
            _listen(connection, listen_first)
        connection.request("GET", "/version")
        answer = json.loads(connection.getresponse().read(_ANSWER_MAX))
        return OPEN if isinstance(answer, dict) and "ApiVersion" in answer else OTHER
    except ssl.SSLError as exc:
        # That is how servers say that they want a certificate of their clients.
        return VERIFIED if re.search("CERTIFICATE|ALERT_HANDSHAKE_FAILURE", exc.reason or "") else OTHER
    except socket.timeout:
        return SILENT
    except (OSError, HTTPException, ValueError):
        return OTHER
    finally:
        connection.close()
