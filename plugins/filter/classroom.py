# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from importlib import import_module
from typing import Any, Callable

from ansible.errors import AnsibleFilterError

from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError

HOME = "ansible_collections.classroom.containers.plugins.plugin_utils"
#: Where each filter is; its documentation is the file of its name beside this one.
FILTERS = {
    "_accounts": ("student_accounts",),
    "_cards": ("seat_cards", "seat_cards_page"),
    "_compose": ("compose_project",),
    "_folders": ("check_folders",),
    "_grades": ("check_points", "check_pass_mark"),
    "_images": ("image_reference", "missing_images"),
    "_lab_containers": ("lab_containers", "check_host", "limit_requirements", "container_requirements", "settings_requirements", "published_ports"),
    "_lab_images": ("lab_images", "image_containers", "image_builds", "image_requirements", "image_ownership"),
    "_lab_networks": (
        "lab_networks",
        "scratch_networks",
        "connected",
        "network_connections",
        "network_requirements",
        "engine_networks",
        "network_ownership",
        "without_networks",
        "subnet_collisions",
        "default_router",
    ),
    "_labs": ("lab_makes", "check_labs"),
    "_ownership": ("volume_ownership", "ownership"),
    "_ports": ("port_collisions", "check_seat_ports"),
    "_report": ("class_files", "class_json"),
    "_report_csv": ("class_csv",),
    "_report_html": ("class_html",),
    "_report_junit": ("class_junit",),
    "_result": ("class_result",),
    "_room": ("role_needs", "host_needs", "host_rows", "room_table"),
    "_seats": ("check_one_class", "seats", "spread_students", "of_student"),
    "_table": ("class_table", "class_watch"),
    "_variation_sheets": ("variation_sheet", "variation_sheets", "variation_sheets_page", "variation_sheets_csv"),
}


def _filter(home: str, name: str) -> Callable:
    def filtered(*args: Any, **kwargs: Any) -> Any:
        # Ansible reads the code of collections anew in the process of every task: a task pays for the filters that it uses, and no others.
        function = getattr(import_module(f"{HOME}.{home}"), name)
        try:
            return function(*args, **kwargs)
        except ClassroomError as exc:
            raise AnsibleFilterError(str(exc)) from exc

    return filtered


class FilterModule:
    """Class data, labs, images and results."""

    def filters(self) -> dict:
        """The filters by name."""
        return {name: _filter(home, name) for home, names in FILTERS.items() for name in names}
