# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from functools import wraps
from typing import Any, Callable

from ansible.errors import AnsibleFilterError

from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.plugin_utils import _class, _images, _lab_images, _lab_networks, _ports, _result


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
            _class.seats,
            _class.lab_containers,
            _class.of_student,
            _class.check_host,
            _class.compose_project,
            _class.limit_requirements,
            _class.container_requirements,
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
            _result.class_table,
        )
        return {function.__name__: _filter(function) for function in functions}
