# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This module utility is private to the collection.

"""The names of signals, as a STOPSIGNAL has them."""

from __future__ import annotations

import re
import signal
from typing import Any

from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError

_REALTIME = re.compile(r"SIGRT(?:MIN\+|MAX-)[0-9]{1,2}")


def parse_signal(asked: Any) -> str:
    """The whole name of a signal that docker run takes: INT and 2 are SIGINT.

    :raises ClassroomError: there is no such signal
    """
    text = str(asked).strip().upper()
    try:
        if text.isdecimal():
            return signal.Signals(int(text)).name
        name = text if text.startswith("SIG") else f"SIG{text}"
        return name if _REALTIME.fullmatch(name) else signal.Signals[name].name
    except (KeyError, ValueError) as exc:
        raise ClassroomError(f"{asked!r} is not a signal, such as SIGINT") from exc
