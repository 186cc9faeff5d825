# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import yaml
from ansible_collections.classroom.containers.plugins.modules import namespace_info


def test_all_that_is_returned_is_documented(run_module, v1):
    returned = run_module(namespace_info, docker_host=v1.url, root=str(v1.root))["containers"][0]
    contains = yaml.safe_load(namespace_info.RETURN)["containers"]["contains"]
    assert set(returned) == set(contains)
    namespaces = contains["namespaces"]["contains"]
    assert set(returned["namespaces"]) == set(namespaces)
    assert all(set(told) == set(namespaces[kind]["contains"]) for kind, told in returned["namespaces"].items())
