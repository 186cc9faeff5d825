# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Print the name of the get-pip file that the installed ansible-test looks for in its cache."""

from __future__ import annotations

import sys
from types import SimpleNamespace

from ansible_test._internal.python_requirements import get_venv_packages

pip_version = get_venv_packages(SimpleNamespace(version=sys.argv[1]))["pip"]
print(f"get_pip_{pip_version.replace('.', '_')}.py")
