# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This module utility is private to the collection.

"""The steps an image was made in, with the layer that each step left: what `docker history` does not say."""

from __future__ import annotations

import re
from dataclasses import dataclass

#: These steps change the image's configuration and no file.
_WITHOUT_LAYER = {"ARG", "CMD", "ENTRYPOINT", "ENV", "EXPOSE", "HEALTHCHECK", "LABEL", "MAINTAINER", "ONBUILD", "SHELL", "STOPSIGNAL", "USER", "VOLUME"}
_INSTRUCTIONS = _WITHOUT_LAYER | {"ADD", "COPY", "RUN", "WORKDIR"}
#: What the builder without BuildKit writes before an instruction that is not RUN.
_NOP = re.compile(r"(?:/bin/sh -c )?#\(nop\)\s+")
#: How that builder writes RUN: with the number of build arguments and these before the shell.
_OLD_RUN = re.compile(r"(?:\|[0-9]+ .*?)?/bin/sh -c |\|[0-9]+ ")


@dataclass(frozen=True)
class Step:
    """One step of an image.

    :param instruction: the Dockerfile's word; empty where it cannot be told
    :param created_by: the step as the engine tells it
    :param size: what it added, in bytes
    :param empty: whether it left no layer; None where that cannot be told
    :param layer: the place of its layer among the image's, from 0; None where there is none, or where that cannot be told
    """

    instruction: str
    created_by: str
    size: int
    empty: bool | None
    layer: int | None


def instruction_of(created_by: str) -> str:
    """The Dockerfile's word for a step; empty where it cannot be told, as of a commit or an import."""
    nop = _NOP.match(created_by)
    word = created_by[nop.end() if nop else 0:].partition(" ")[0]
    if word in _INSTRUCTIONS:
        return word
    return "RUN" if not nop and _OLD_RUN.match(created_by) else ""


def steps(history: list, layers: int) -> list:
    """The steps in the order of the Dockerfile.

    The engine tells what a step added, and not whether it left a layer: one that added nothing may have left an empty one.

    :param history: as the engine tells it, the last step first
    :param layers: how many layers the image has
    """
    told = [(instruction_of(entry.get("CreatedBy") or ""), entry.get("CreatedBy") or "", entry.get("Size") or 0) for entry in reversed(history)]
    empties = [False if size else True if instruction in _WITHOUT_LAYER else None for instruction, _created_by, size in told]
    certain, possible = empties.count(False), empties.count(False) + empties.count(None)
    if layers in (certain, possible):
        empties = [layers == certain if empty is None else empty for empty in empties]
    # Another number of layers is not that of this history.
    places = _places(empties, layers) if certain <= layers <= possible else [None] * len(empties)
    return [Step(*entry, empty, place) for entry, empty, place in zip(told, empties, places)]


def _places(empties: list, layers: int) -> list:
    """The layer of each step that surely left one: counted from below and from above, as far as nothing is in doubt."""
    places: list = [None] * len(empties)
    for order, place, pace in ((range(len(empties)), 0, 1), (reversed(range(len(empties))), layers - 1, -1)):
        for index in order:
            if empties[index] is None:
                break
            if not empties[index]:
                places[index] = place
                place += pace
    return places
