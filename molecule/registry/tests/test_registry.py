# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The registry runs as nobody special, lets in who has a password, and proves who it is."""

from __future__ import annotations

import re

import pytest

ADDRESS = "registry.molecule.internal:5010"
CONFIG = "/etc/classroom/molecule"
CA = f"/etc/docker/certs.d/{ADDRESS}/ca.crt"
USER = "docker-registry"
STUDENTS = ["molecule-ada", "molecule-grace"]
PASSWORDS = "registry"

# The host's Python is there, curl may not be. The password comes on stdin.
ASK = """
import base64, ssl, sys, urllib.error, urllib.request
url, ca, user = sys.argv[1:]
request = urllib.request.Request(url)
if user:
    request.add_header("Authorization", "Basic " + base64.b64encode((user + ":" + sys.stdin.readline().strip()).encode()).decode())
context = ssl.create_default_context(cafile=ca or None)
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))
try:
    print(opener.open(request, timeout=10).status)
except urllib.error.HTTPError as exc:
    print(exc.code)
except urllib.error.URLError as exc:
    print(type(exc.reason).__name__)
"""


@pytest.fixture
def ask(host, passwords):
    """What the registry answers: a status, or the name of the error."""

    def asked(user="", password_of="", ca=CA, address=ADDRESS):
        secret = passwords[password_of or user] if user else "/dev/null"
        return host.check_output("python3 -c %s %s %s %s < %s", ASK, f"https://{address}/v2/", ca, user, secret)

    return asked


@pytest.fixture
def process(host):
    """The registry's process."""
    return host.process.get(user=USER, args=f"/usr/bin/docker-registry serve {CONFIG}/config.yml")


def test_it_is_not_root(host, process):
    status = host.check_output("cat /proc/%s/status", str(process.pid))
    user = host.user(USER)
    assert re.search(r"^Uid:\t(.*)$", status, re.MULTILINE)[1].split() == [str(user.uid)] * 4
    assert re.search(r"^CapEff:\t0+$", status, re.MULTILINE)
    assert user.uid


def test_it_starts_at_boot_and_the_package_s_own_does_not(host):
    assert host.service("classroom-molecule").is_running
    assert host.service("classroom-molecule").is_enabled
    assert not host.service("docker-registry").is_running
    assert not host.service("docker-registry").is_enabled


@pytest.mark.parametrize(
    ("path", "owner", "group", "mode"),
    [
        ("", "root", USER, 0o750),
        ("/ca.key", "root", "root", 0o600),
        ("/server.key", USER, USER, 0o600),
        ("/htpasswd", "root", USER, 0o640),
        ("/config.yml", "root", USER, 0o640),
    ],
)
def test_files_are_closed_to_others(host, path, owner, group, mode):
    file = host.file(CONFIG + path)
    assert (file.user, file.group, file.mode) == (owner, group, mode)


def test_storage_is_closed_to_others(host):
    storage = host.file("/var/lib/classroom/molecule")
    assert (storage.user, storage.group, storage.mode) == (USER, USER, 0o750)


def test_passwords_are_hashed(host):
    lines = host.file(f"{CONFIG}/htpasswd").content_string.splitlines()
    assert [line.split(":")[0] for line in lines] == ["trainer", *STUDENTS]
    assert all(re.fullmatch(r"[^:]+:\$2y\$05\$[./A-Za-z0-9]{53}", line) for line in lines)


def test_passwords_are_closed_to_others(secrets, mode_of):
    folder = secrets / PASSWORDS
    files = sorted(folder.iterdir())
    assert [file.name for file in files] == sorted(["trainer", *STUDENTS])
    assert [mode_of(path) for path in [folder, *files]] == [0o700] + [0o600] * 3


def test_passwords_are_in_no_other_place(host, patterns):
    places = "/etc /var/log /var/lib/classroom /run /dev/shm /root/.docker"
    found = host.run(f"grep --recursive --devices=skip --no-messages --files-with-matches --fixed-strings {patterns} {places}")
    assert found.stdout == ""
    assert host.run(f"cat /proc/[0-9]*/cmdline | tr '\\0' ' ' | grep --fixed-strings {patterns}").stdout == ""


def test_who_gets_in(ask):
    assert ask() == "401"
    assert [ask(user) for user in ["trainer", *STUDENTS]] == ["200"] * 3
    assert ask("molecule-ada", password_of="molecule-grace") == "401"
    assert ask("molecule-alan", password_of="molecule-grace") == "401"


def test_tls_is_verified(host, ask):
    assert ask(ca="") == "SSLCertVerificationError"
    # The right CA under another name.
    assert ask(address=ADDRESS.replace("registry.molecule.internal", "127.0.0.1")) == "SSLCertVerificationError"


def test_the_name_does_not_lead_to_loopback(host):
    addresses = host.check_output("getent ahosts registry.molecule.internal").split()[::3]
    assert addresses and not [address for address in addresses if address.startswith("127.") or address == "::1"]


def test_the_engine_verifies_tls(host):
    """Without a password the engine is refused by the registry; with another CA it does not even ask."""
    pull = f"docker pull {ADDRESS}/nobody/nothing:latest"
    assert "no basic auth credentials" in host.run(pull).stderr
    kept = host.file(CA).content_string
    host.check_output("cp %s %s", "/etc/ssl/certs/ca-certificates.crt", CA)
    try:
        assert "x509" in host.run(pull).stderr
    finally:
        host.check_output("printf %%s %s > %s", kept, CA)


def test_it_stores_images_and_deletes_them(host):
    config = host.file(f"{CONFIG}/config.yml").content_string
    assert '"addr": ":5010"' in config
    assert re.search(r'"delete": \{\s*"enabled": true', config)
