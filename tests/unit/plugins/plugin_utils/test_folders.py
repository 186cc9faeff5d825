# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Folders that are beside each other, and those that are not, however they are written."""

from __future__ import annotations

import pytest
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.plugin_utils._folders import check_folders


@pytest.mark.parametrize("folders", [{}, {"a": "/srv/r"}, {"a": "/srv/r", "b": "/srv/r-mirror", "c": "/srv/m/r"}, {"a": "/srv/r/../m", "b": "/srv/r"}])
def test_folders_beside_each_other(folders):
    assert check_folders(folders) == folders


@pytest.mark.parametrize("other", ["/srv/r", "/srv/r/", "/srv//r", "/srv/./r", "/srv/x/../r", "//srv/r", "/srv/r/m", "/srv", "/"])
def test_one_in_the_other(other):
    with pytest.raises(ClassroomError) as refused:
        check_folders({"a": "/srv/r", "c": "/elsewhere", "b": other})
    if other != "/":
        assert str(refused.value).startswith(f"a and b: '/srv/r' and {other!r}: one is in the other")


@pytest.mark.parametrize("path", ["", "srv", "~/srv", "./srv", None, 7])
def test_what_is_no_absolute_path(path):
    with pytest.raises(ClassroomError, match="absolute path") as refused:
        check_folders({"a": path})
    assert str(refused.value).startswith(f"a: {path!r}: ")
