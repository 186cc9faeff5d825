# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all scenarios stand on."""

from __future__ import annotations

from pathlib import Path

import pytest

SCENARIOS = sorted(path.parent for path in Path(__file__).parents[2].glob("*/molecule.yml"))


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_scenario_has_tests(scenario):
    """Molecule passes over a scenario without tests, and says that it went well."""
    assert list(scenario.glob("tests/test_*.py"))


def test_engine_answers(host):
    assert host.check_output("docker version --format '{{.Server.Os}}'") == "linux"


def test_bystander_runs(bystander):
    assert bystander.pid
