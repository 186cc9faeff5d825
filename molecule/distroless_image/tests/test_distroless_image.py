# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The images hold what their programs need and nothing else, and the site runs where nothing can be written."""

from __future__ import annotations

import re

import pytest

#: The sixth port of the first and of the third seat: the second student is absent.
PORTS = {"molecule-ada": 19015, "molecule-grace": 19035}


@pytest.mark.parametrize("student", PORTS)
def test_it_says_hello_as_nobody_special(host, student):
    assert host.check_output("docker run --rm --network none %s", f"{student}distroless:hello").startswith("Hello from user id 65532,")


@pytest.mark.parametrize("step", ["hello", "flask"])
@pytest.mark.parametrize("program", ["/bin/sh", "/bin/bash", "/usr/bin/apt-get", "/usr/bin/dpkg", "/busybox/sh"])
def test_there_is_no_such_program(host, step, program):
    assert host.run("docker run --rm --network none --entrypoint %s %s", program, f"molecule-adadistroless:{step}").rc == 127


def test_the_stage_that_built_it_has_a_shell(host):
    assert host.check_output("docker run --rm --network none molecule:distrolessbuilder /bin/sh -c 'ls -l /code/hello.py'").startswith("-rwxr-xr-x")


def test_one_can_look_inside_with_the_debug_variant(host):
    assert "Python 3" in host.check_output("docker run --rm --network none --entrypoint /busybox/sh molecule/python3:debug -c '/usr/bin/python3 -VV'")


@pytest.mark.parametrize("student", PORTS)
def test_the_site_is_served(page, student):
    assert "<h1>Hello from Flask</h1>" in page(PORTS[student])


@pytest.mark.parametrize("student", PORTS)
def test_the_server_can_do_nothing_else(host, containers, student):
    pid = containers[student + "d1"].pid
    status = host.check_output("cat /proc/%s/status", str(pid))
    assert re.search(r"^Uid:\t(.*)$", status, re.MULTILINE)[1].split() == ["65532"] * 4
    assert re.search(r"^CapBnd:\t(.*)$", status, re.MULTILINE)[1].strip("0") == ""
    root = [line.split()[5] for line in host.check_output("cat /proc/%s/mountinfo", str(pid)).splitlines() if line.split()[4] == "/"]
    assert [options.split(",")[0] for options in root] == ["ro"]
    assert host.run(f"docker exec {student}d1 /bin/sh -c true").rc in (126, 127)


def test_pip_stays_in_the_first_stage(host):
    program = "import os; print(os.listdir('/usr/local/lib/site-packages'), os.listdir('/'))"
    listed = host.check_output("docker run --rm --network none --entrypoint /usr/bin/python3 molecule-adadistroless:flask -c %s", program)
    assert "'flask'" in listed and "pip" not in listed and "wheels" not in listed
