# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This plugin utility is private to the collection.

"""What a class asks of the checks, read as their modules will read it: they come when all is built, and know no variable of the class."""

from __future__ import annotations

import json
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.module_utils._findings import OWNER_ARGUMENTS


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
    # What Ansible hands over carries its tags, and the validator copies it again and again, which takes seconds.
    plain = json.loads(json.dumps(asked, default=repr))
    for key, value in plain.items():
        messages = ArgumentSpecValidator({key: arguments[key]}).validate({key: value}).error_messages
        if messages:
            raise ClassroomError(f"{variable}.{key}: {value!r}: {' '.join(messages)}")
    return ArgumentSpecValidator(arguments).validate(plain).validated_parameters


def attributes_of(arguments: dict) -> dict:
    """Of the argument spec of a requirement, what may be asked, without what it is asked of and whose that is."""
    return {key: argument for key, argument in arguments.items() if key != "name" and key not in OWNER_ARGUMENTS}
