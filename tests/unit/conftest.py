# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What unit tests share."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ansible.module_utils.common.parameters import PASS_VARS
from ansible.module_utils.testing import patch_module_args


@pytest.fixture(scope="session")
def fixtures():
    """The folder of captured trees."""
    return Path(__file__).parents[1] / "fixtures"


@pytest.fixture
def run_module(capsys):
    """Run a module in this process and return what it prints for Ansible."""

    def run(module, check_mode=False, diff=False, **arguments):
        arguments.update(_ansible_check_mode=check_mode, _ansible_diff=diff)
        # Since ansible-core 2.21, a module returns its arguments only where it is told to.
        if "inject_invocation" in PASS_VARS:
            arguments["_ansible_inject_invocation"] = True
        with patch_module_args(arguments), pytest.raises(SystemExit) as stop:
            module.main()
        result = json.loads(capsys.readouterr().out)
        assert bool(stop.value.code) == result.get("failed", False)
        return result

    return run
