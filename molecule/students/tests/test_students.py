# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every student has an account, and can do what a student is to do and no more."""

from __future__ import annotations

import pytest

STUDENTS = ["molecule-ada", "molecule-grace"]
PASSWORDS = "accounts"


@pytest.mark.parametrize("name", STUDENTS)
def test_an_account(host, name):
    user, home = host.user(name), host.file(f"/home/{name}")
    assert user.exists and user.uid >= 1000
    assert (user.gecos, user.home, user.shell, user.groups) == ("classroom molecule", f"/home/{name}", "/bin/bash", [name])
    assert (home.user, home.group, home.mode) == (name, name, 0o700)
    assert user.password.startswith("$")


def test_who_is_absent_has_none(host):
    assert not host.user("molecule-alan").exists


def test_no_engine_and_no_secrets(host, secrets):
    assert "permission denied" in host.run("su - molecule-ada -c 'docker ps'").stderr
    for path in (f"{secrets}/{PASSWORDS}/molecule-ada", "/var/lib/classroom/accounts/molecule.json", "/home/molecule-grace"):
        assert host.run("su - molecule-ada -c 'ls %s'", path).rc != 0


def test_passwords_are_closed_to_others(secrets, mode_of):
    folder = secrets / PASSWORDS
    files = sorted(folder.iterdir())
    assert [file.name for file in files] == STUDENTS
    assert [mode_of(path) for path in [folder, *files]] == [0o700] + [0o600] * 2


def test_passwords_are_in_no_other_place(host, patterns):
    places = "/etc /home /var/log /var/lib/classroom /run /dev/shm /root/.docker"
    assert host.run(f"grep --recursive --devices=skip --no-messages --files-with-matches --fixed-strings {patterns} {places}").stdout == ""
