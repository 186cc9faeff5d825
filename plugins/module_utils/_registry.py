# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This module utility is private to the collection.

"""A client of an image registry: the HTTP API V2 over TLS, with a name and a password where it wants them. It reads, and it deletes."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import ssl
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse, HTTPSConnection
from typing import Any

from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.module_utils._limits import check_timeout
from ansible_collections.classroom.containers.plugins.module_utils._references import DEFAULT_REGISTRY

#: Where Docker looks for the CA of a registry, too.
CERTIFICATES = "/etc/docker/certs.d"

_INDEXES = ("application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json")
_MANIFESTS = ("application/vnd.oci.image.manifest.v1+json", "application/vnd.docker.distribution.manifest.v2+json")
#: A manifest is a list of digests: a longer answer is none.
_MANIFEST_MAX = 4 << 20
#: What a registry says where there is no such image, in the words of the API.
_UNKNOWN = {"NAME_UNKNOWN", "MANIFEST_UNKNOWN"}


class RegistryError(ClassroomError):
    """The registry gave no usable answer."""


class UnreachableError(RegistryError):
    """Nobody answers there."""


class UntrustedError(RegistryError):
    """It could not be told whether this is the registry: no TLS, or a certificate that nobody vouches for."""


class CredentialsError(RegistryError):
    """The registry refuses the name and the password, or wants some."""


class IncompleteError(RegistryError):
    """The registry lacks a part of what it has.

    :param listed: the digests of all manifests in the list that the part is of
    """

    def __init__(self, message: str, listed: tuple) -> None:
        super().__init__(message)
        self.listed = listed


class UnsupportedError(RegistryError):
    """The registry wants something that this client does not do."""


@dataclass(frozen=True)
class Manifest:
    """What a registry has under a tag or a digest.

    :param digest: of the manifest of one image
    :param index: the digest of the list of manifests that this one was chosen from; empty where there is none
    :param config: the digest of the image's configuration; empty where the list has no image for the processor
    :param size: of the manifest itself, in bytes
    :param layers: digest and compressed size in bytes of each layer, the lowest first
    :param listed: the digests of all manifests in the list that this one was chosen from
    """

    digest: str
    media_type: str
    config: str
    size: int
    layers: tuple
    index: str = ""
    listed: tuple = ()


class Registry:
    """One registry; nothing is asked before the first call.

    :param address: its host, and maybe a colon and a port
    :param username: None for a registry that wants no name
    :param authority: a file with the CA that vouches for it; None means Docker's file for this registry, then the system's CAs
    :param timeout: seconds that the registry may take for one answer
    :raises ClassroomError: timeout is out of range
    """

    def __init__(
        self, address: str, username: str | None = None, password: str | None = None, authority: str | None = None, timeout: float = 60,
        certificates: str = CERTIFICATES,
    ) -> None:
        check_timeout(timeout)
        self.address = address
        self._timeout = timeout
        self._username = username
        self._headers = {"Accept": ", ".join(_MANIFESTS + _INDEXES)}
        if username:
            pair = base64.b64encode(f"{username}:{password or ''}".encode()).decode()
            self._headers["Authorization"] = f"Basic {pair}"
        if not authority and os.path.isfile(f"{certificates}/{address}/ca.crt"):
            authority = f"{certificates}/{address}/ca.crt"
        self._context: ssl.SSLContext | None = None
        self._connection: HTTPSConnection | None = None
        self._failed: RegistryError | None = None
        try:
            self._context = trusting(authority)
        except RegistryError as exc:
            self._failed = exc

    def manifest(self, repository: str, reference: str, architecture: str = "amd64") -> Manifest | None:
        """What the registry has of a repository under a tag or a digest; None where there is no such repository or tag.

        :param architecture: which image is meant where there is a list of them, one for each processor
        :raises RegistryError: the registry does not say
        """
        try:
            return self._manifest(repository, reference, architecture)
        except (UnreachableError, UntrustedError) as exc:
            # To wait for it once is enough.
            self._failed = exc
            raise

    def repositories(self) -> list:
        """The names of all repositories.

        :raises RegistryError: the registry does not say
        """
        return self._listed("/v2/_catalog", "repositories")

    def tags(self, repository: str) -> list:
        """The tags of a repository; none where there is no such repository.

        :raises RegistryError: the registry does not say
        """
        return self._listed(f"/v2/{repository}/tags/list", "tags")

    def configuration(self, repository: str, digest: str) -> dict:
        """The configuration of an image, whose digest its manifest names.

        :raises RegistryError: the registry does not say
        """
        path = f"/v2/{repository}/blobs/{digest}"
        response, body = self._answer(path)
        if response.status != 200 or "sha256:" + hashlib.sha256(body).hexdigest() != digest:
            raise self._odd(path, response)
        return self._decoded(path, body)

    def delete(self, repository: str, digest: str) -> None:
        """Remove a manifest, and with it all tags that stand for it. One that is gone is no error.

        :raises RegistryError: the registry does not remove it
        """
        path = f"/v2/{repository}/manifests/{digest}"
        response, _body = self._answer(path, "DELETE")
        if response.status in (401, 403):
            raise self._refused(response, repository)
        if response.status == 405:
            raise UnsupportedError(f"{self.address} does not allow to delete: its configuration must have storage.delete.enabled")
        if response.status not in (202, 404):
            raise self._odd(path, response, "DELETE")

    def _listed(self, path: str, key: str) -> list:
        """All pages of a list; each says where the next one is."""
        listed: list = []
        following = path + "?n=1000"
        while following:
            response, body = self._answer(following)
            if response.status == 404 and _UNKNOWN & _codes(body):
                break
            if response.status in (401, 403):
                raise self._refused(response, path.split("/")[2])
            if response.status != 200:
                raise self._odd(following, response)
            listed += self._decoded(following, body).get(key) or []
            link = re.match(r"<(?:https?://[^/]+)?(/[^>]+)>", response.getheader("Link") or "")
            following = link[1] if link else ""
        return listed

    def _decoded(self, path: str, body: bytes) -> dict:
        try:
            return json.loads(body)
        except (ValueError, RecursionError) as exc:
            raise RegistryError(f"{self.address} answered GET {path} with something other than JSON") from exc

    def _odd(self, path: str, response: HTTPResponse, method: str = "GET") -> RegistryError:
        return RegistryError(f"{self.address} answered {method} {path} with HTTP {response.status} {response.reason}, and not as a registry does")

    def _manifest(self, repository: str, reference: str, architecture: str) -> Manifest | None:
        try:
            return self._chosen(repository, reference, architecture)
        except (KeyError, TypeError, AttributeError, ValueError) as exc:
            raise RegistryError(f"{self.address} has something other than a manifest as {repository}:{reference}") from exc

    def _chosen(self, repository: str, reference: str, architecture: str) -> Manifest | None:
        found = self._get(repository, reference)
        if found is None:
            return None
        digest, media_type, size, content = found
        index, listed = "", ()
        if media_type in _INDEXES:
            index, listed = digest, tuple(each.get("digest", "") for each in content.get("manifests") or ())
            chosen = [each for each in content.get("manifests") or () if _platform(each) == ("linux", architecture)]
            if not chosen:
                return Manifest(digest, media_type, "", size, (), index, listed)
            found = self._get(repository, chosen[0]["digest"])
            if found is None:
                raise IncompleteError(f"{self.address} has no manifest {chosen[0]['digest']} of {repository}, though {repository}:{reference} names it", listed)
            digest, media_type, size, content = found
        if media_type not in _MANIFESTS:
            raise UnsupportedError(f"{self.address} has {repository}:{reference} as {media_type}, which is no manifest of an image that can be compared")
        layers = tuple((layer["digest"], layer["size"]) for layer in content["layers"])
        return Manifest(digest, media_type, content["config"]["digest"], size, layers, index, listed)

    def _get(self, repository: str, reference: str) -> tuple | None:
        path = f"/v2/{repository}/manifests/{reference}"
        response, body = self._answer(path)
        if response.status == 404 and _UNKNOWN & _codes(body):
            return None
        if response.status in (401, 403):
            raise self._refused(response, repository)
        if response.status != 200:
            raise self._odd(path, response)
        if len(body) > _MANIFEST_MAX:
            raise RegistryError(f"{self.address} answered GET {path} with more than {_MANIFEST_MAX} bytes, which is no manifest")
        digest = "sha256:" + hashlib.sha256(body).hexdigest()
        for told in (response.getheader("Docker-Content-Digest"), reference if reference.startswith("sha256:") else None):
            if told and told != digest:
                raise RegistryError(f"{self.address} answered GET {path} with {digest}, and says that it is {told}: it was changed on its way")
        content = self._decoded(path, body)
        media_type = content.get("mediaType") or (response.getheader("Content-Type") or "").partition(";")[0].strip()
        return digest, media_type, len(body), content

    def _answer(self, path: str, method: str = "GET") -> tuple:
        if self._failed:
            raise self._failed
        again = self._connection is not None
        try:
            connection = self._connection = self._connection or self._connect()
            connection.request(method, path, headers=self._headers)
            response = connection.getresponse()
            body = response.read(_MANIFEST_MAX + 1)
            if len(body) > _MANIFEST_MAX:
                # The rest would be taken for the next answer.
                self._close()
            return response, body
        except ssl.SSLCertVerificationError as exc:
            self._close()
            raise UntrustedError(f"the certificate of {self.address} is not trusted: {exc.verify_message}") from exc
        except ssl.SSLError as exc:
            self._close()
            raise UntrustedError(f"{self.address} does not speak TLS as it should: {exc.reason or exc}") from exc
        except OSError as exc:
            self._close()
            # A registry closes a connection that was idle for a while.
            if again:
                return self._answer(path, method)
            raise UnreachableError(f"no registry answers at {self.address}: {exc.strerror or exc}") from exc
        except HTTPException as exc:
            self._close()
            raise RegistryError(f"{self.address} answered {method} {path} with something other than HTTP: {type(exc).__name__}") from exc

    def _connect(self) -> HTTPSConnection:
        # The registry of Docker's own has another address than its name.
        address = "registry-1.docker.io" if self.address == DEFAULT_REGISTRY else self.address
        return HTTPSConnection(address, timeout=self._timeout, context=self._context)

    def _close(self) -> None:
        if self._connection:
            self._connection.close()
        self._connection = None

    def _refused(self, response: HTTPResponse, repository: str) -> RegistryError:
        if (response.getheader("WWW-Authenticate") or "").lower().startswith("bearer"):
            return UnsupportedError(f"{self.address} wants a token of an authorization server, and only a name and a password are supported")
        if not self._username:
            return CredentialsError(f"{self.address} wants a name and a password for {repository} (HTTP {response.status})")
        return CredentialsError(f"{self.address} refuses {self._username} with this password for {repository} (HTTP {response.status})")


def new_context(authority: str | None = None) -> ssl.SSLContext:
    """What takes the certificates that Docker and apt take, of that CA, or of the system's without it.

    :raises OSError: the file cannot be used
    """
    context = ssl.create_default_context(cafile=authority)
    # Since 3.13, Python alone refuses a CA that does not say what its key is for.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context


def trusting(authority: str | None) -> ssl.SSLContext:
    """What takes a certificate of that CA, or one of the system's without it.

    :raises RegistryError: the file cannot be used
    """
    try:
        return new_context(authority)
    except OSError as exc:
        raise RegistryError(f"{authority} is not a file with the certificate of a CA in PEM: {exc.strerror or exc}") from exc


def _codes(body: bytes) -> set:
    try:
        return {error["code"] for error in json.loads(body)["errors"]}
    except (ValueError, TypeError, KeyError):
        return set()


def _platform(described: Any) -> tuple:
    platform = described.get("platform") or {}
    return platform.get("os"), platform.get("architecture")
