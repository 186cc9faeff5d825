# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    # A module that only reads
    DOCUMENTATION = r"""
attributes:
  check_mode:
    description: Can run in check mode and return what it would return otherwise.
    support: full
  diff_mode:
    description: Returns details of what changed when in diff mode.
    support: N/A
    details:
      - This module never changes anything.
  idempotent:
    description: When run twice with the same options, the second run changes nothing.
    support: N/A
    details:
      - This module never changes anything.
options: {}
"""
