# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kernel has the students' bridges, and each container reaches its own bridge and no other."""

from __future__ import annotations

import pytest

SUBNETS = {"molecule-ada": 1, "molecule-grace": 3}


@pytest.mark.parametrize("student", SUBNETS)
def test_the_host_has_a_route_to_each_bridge(host, student):
    routes = host.check_output("ip -brief route")
    for pool in ("10.233", "10.234"):
        (line,) = [line for line in routes.splitlines() if line.startswith(f"{pool}.{SUBNETS[student]}.0/24 ")]
        device = line.split()[2]
        assert host.file(f"/sys/class/net/{device}/bridge").is_directory


@pytest.mark.parametrize("student", SUBNETS)
def test_addresses(containers, student):
    addresses = {step: containers[student + step].run("ip -4 -o address").stdout for step in ("n1", "n2")}
    seat = SUBNETS[student]
    assert f" 10.233.{seat}.100/24 " in addresses["n1"]
    assert f" 10.233.{seat}.101/24 " in addresses["n2"]
    assert f" 10.234.{seat}.100/24 " in addresses["n2"]
    assert "10.234." not in addresses["n1"]


def test_names_are_known_on_the_same_bridge(containers):
    assert containers["molecule-adan1"].run("ping -c 1 -W 2 molecule-adan2").succeeded


def test_another_students_bridge_is_out_of_reach(containers):
    assert containers["molecule-gracen2"].run("ping -c 1 -W 2 10.233.3.100").succeeded
    assert "100% packet loss" in containers["molecule-adan1"].run("ping -c 1 -W 1 10.233.3.100").stdout
    assert containers["molecule-adan1"].run("ping -c 1 -W 1 molecule-gracen1").failed
