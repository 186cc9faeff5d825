# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What preflight says is what this machine has, and it left the engine alone."""

from __future__ import annotations

import re

import pytest


@pytest.fixture(scope="module")
def rows(request):
    return {}


@pytest.fixture
def table(playbook, rows):
    """The rows that are shown, by their checks; the playbook runs once."""
    if not rows:
        lines = re.findall(r"^ +(pass|warn|STOP)  (\w+) +(.*)$", playbook("preflight"), re.MULTILINE)
        rows.update({check: (outcome, read) for outcome, check, read in lines})
    return rows


def test_nothing_is_in_the_way(table):
    assert len(table) == 21
    assert [check for check, (outcome, _read) in table.items() if outcome == "STOP"] == []


def test_it_reads_what_is_there(host, engine, table):
    assert table["python"] == ("pass", host.check_output("/usr/bin/python3 -c 'import platform; print(platform.python_version())'"))
    assert table["engine"][1].startswith(f"Docker {host.check_output('docker version --format {{.Server.Version}}')},")
    assert (table["tcp"][0] == "pass") == (engine.listens("tcp") + engine.listens("tcp6") == [])


def test_engine_was_not_restarted(engine, bystander):
    assert engine.started < bystander.started
