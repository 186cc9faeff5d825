# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This plugin utility is private to the collection.

"""What a class asks of the checks, read as their modules will read it: they come when all is built, and know no variable of the class."""

from __future__ import annotations

import json
from typing import Any, Callable

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.module_utils._findings import OWNER_ARGUMENTS

#: What was read before, by the variable and the value as a text: Ansible evaluates a variable anew wherever it stands, and what it hands over is slow to copy.
_KNOWN: dict = {}


def parse_at(where: str, parse: Callable, value: Any) -> Any:
    """The value, parsed.

    :raises ClassroomError: it cannot be; the message begins with where it is
    """
    try:
        return parse(value)
    except ClassroomError as exc:
        raise ClassroomError(f"{where}: {exc}") from exc


def typed(asked: Any, arguments: dict, variable: str) -> dict:
    """What a module gets of it, with the defaults of what is left out.

    :param arguments: the argument spec
    :raises ClassroomError: it is no dictionary, has an unknown key, or a value of another type; the message names the variable, the value and the rule
    """
    if not isinstance(asked, dict):
        raise ClassroomError(f"{variable}: {asked!r}: it is a dictionary with {', '.join(sorted(arguments))}")
    unknown = [str(key) for key in asked if key not in arguments]
    if unknown:
        raise ClassroomError(f"{variable}: {', '.join(unknown)}: it has {', '.join(sorted(arguments))} and nothing else")
    text = json.dumps(asked, sort_keys=True, default=repr)
    if (variable, text) not in _KNOWN:
        _KNOWN[variable, text] = _validated(json.loads(text), arguments, variable)
    return dict(_KNOWN[variable, text])


def _validated(asked: dict, arguments: dict, variable: str) -> dict:
    result = ArgumentSpecValidator(arguments).validate(asked)
    if not result.error_messages:
        return result.validated_parameters
    for key, value in asked.items():
        messages = ArgumentSpecValidator({key: arguments[key]}).validate({key: value}).error_messages
        if messages:
            raise ClassroomError(f"{variable}.{key}: {value!r}: {' '.join(messages)}")
    raise ClassroomError(f"{variable}: {asked!r}: {' '.join(result.error_messages)}")


def attributes_of(arguments: dict) -> dict:
    """Of the argument spec of a requirement, what may be asked, without what it is asked of and whose that is."""
    return {key: argument for key, argument in arguments.items() if key != "name" and key not in OWNER_ARGUMENTS}
