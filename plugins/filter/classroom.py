# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from functools import wraps
from typing import Any, Callable

from ansible.errors import AnsibleFilterError

from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.plugin_utils import (
    _accounts,
    _cards,
    _class,
    _grades,
    _images,
    _lab_images,
    _lab_networks,
    _ports,
    _report,
    _report_csv,
    _report_html,
    _report_junit,
    _result,
    _room,
    _table,
    _variation_sheets,
)


def _filter(function: Callable) -> Callable:
    @wraps(function)
    def filtered(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except ClassroomError as exc:
            raise AnsibleFilterError(str(exc)) from exc

    return filtered


class FilterModule:
    """Class data, labs, images and results; each filter's documentation is the file of its name beside this one."""

    def filters(self) -> dict:
        """The filters by name."""
        functions = (
            _accounts.student_accounts,
            _cards.seat_cards,
            _cards.seat_cards_page,
            _class.seats,
            _class.spread_students,
            _class.lab_containers,
            _class.of_student,
            _class.check_host,
            _class.compose_project,
            _class.limit_requirements,
            _class.container_requirements,
            _class.settings_requirements,
            _class.volume_ownership,
            _class.published_ports,
            _class.ownership,
            _images.image_reference,
            _images.missing_images,
            _lab_images.lab_images,
            _lab_images.image_containers,
            _lab_images.image_builds,
            _lab_images.image_requirements,
            _lab_images.image_comparison,
            _lab_images.image_ownership,
            _lab_networks.lab_networks,
            _lab_networks.scratch_networks,
            _lab_networks.connected,
            _lab_networks.network_connections,
            _lab_networks.network_requirements,
            _lab_networks.network_ownership,
            _lab_networks.without_networks,
            _lab_networks.subnet_collisions,
            _lab_networks.default_router,
            _ports.port_collisions,
            _result.class_result,
            _grades.check_points,
            _grades.check_pass_mark,
            _room.role_needs,
            _room.host_needs,
            _room.host_rows,
            _room.room_table,
            _table.class_table,
            _table.class_watch,
            _report.class_files,
            _report.class_json,
            _report_csv.class_csv,
            _report_html.class_html,
            _report_junit.class_junit,
            _variation_sheets.variation_sheet,
            _variation_sheets.variation_sheets,
            _variation_sheets.variation_sheets_page,
            _variation_sheets.variation_sheets_csv,
        )
        return {function.__name__: _filter(function) for function in functions}
