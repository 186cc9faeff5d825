# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This module utility is private to the collection.

"""What a container may do: whether it can write to its root, and its capabilities."""

from __future__ import annotations

from ansible_collections.classroom.containers.plugins.module_utils import _capabilities
from ansible_collections.classroom.containers.plugins.module_utils._container_seen import Seen, as_declared, of_process, unread


def compare_read_only(seen: Seen, asked: bool) -> list:
    """The finding of whether the root can only be read."""
    name, declared = seen.name, bool(seen.container["HostConfig"].get("ReadonlyRootfs"))
    enforced, evidence = of_process(seen, "read_only")
    found = {"asked": asked, "declared": declared, "enforced": enforced, "evidence": [f"HostConfig.ReadonlyRootfs={declared}", *evidence]}
    if declared != asked:
        can, mend = ("can", "with") if asked else ("cannot", "without")
        hint = f"{name} {can} write to its root file system: {seen.anew(f'{mend} docker run --read-only')}."
        return [dict(found, verdict="missing" if asked else "differs", hint=hint)]
    return as_declared(seen, found, "the root file system")


def compare_cap_drop(seen: Seen, asked: list) -> list:
    """The finding of all capabilities that are to be denied."""
    name, host = seen.name, seen.container["HostConfig"]
    dropped, added = _told(host)
    has, evidence = of_process(seen, "cap_drop")
    wanted = [_capabilities.ALL] if _capabilities.ALL in asked else sorted(set(asked))
    # Of all, it may keep what it is asked to be given.
    given = set(seen.asked.get("cap_add") or ()) if _capabilities.ALL in wanted else set()
    kept = None if has is None else [each for each in has if each not in given and (_capabilities.ALL in wanted or each in wanted)]
    found = {
        "asked": wanted,
        "declared": dropped,
        "enforced": None if kept is None else [each for each in _capabilities.NAMES if each not in has] if kept else wanted,
        "evidence": [f"HostConfig.CapDrop={dropped}", f"HostConfig.CapAdd={added}", f"HostConfig.Privileged={bool(host.get('Privileged'))}", *evidence],
    }
    options = f"docker run {' '.join(f'--cap-drop {each}' for each in wanted)}"
    if host.get("Privileged"):
        anew = seen.anew(f"with {options}, and without --privileged")
        return [dict(found, verdict="differs", hint=f"{name} is privileged, and has all capabilities: {anew}.")]
    again = [each for each in added if each not in given and (_capabilities.ALL in [*wanted, *added] or each in wanted)]
    # Of all that are given, the engine takes away those that are named.
    if _capabilities.ALL in added and _capabilities.ALL not in wanted and set(wanted) <= set(dropped):
        again = []
    if again:
        return [dict(found, verdict="differs", hint=f"{name} was given {', '.join(again)}: {seen.anew(f'with {options}, and without --cap-add')}.")]
    # All of Docker's own, one by one, are all there are where none is given beside them.
    every = _capabilities.ALL in dropped or (_capabilities.ALL in wanted and _capabilities.OF_DOCKER.issubset(dropped))
    left = [] if every else [each for each in wanted if each not in dropped]
    if left:
        hint = f"{name} was created without --cap-drop {', '.join(left)}: {seen.anew(f'with {options}')}."
        return [dict(found, verdict="differs" if dropped else "missing", hint=hint)]
    return as_declared(seen, found, "the capabilities")


def _told(host: dict) -> list:
    """The capabilities that HostConfig takes away, and those that it gives."""
    return [sorted({each.upper().removeprefix("CAP_") for each in host.get(key) or ()}) for key in ("CapDrop", "CapAdd")]


def compare_cap_add(seen: Seen, asked: list) -> list:
    """The finding of all capabilities that are to be given beside Docker's own, and of no others."""
    name, host = seen.name, seen.container["HostConfig"]
    dropped, added = _told(host)
    has, evidence = of_process(seen, "cap_add")
    wanted = [_capabilities.ALL] if _capabilities.ALL in asked else sorted(set(asked))
    every = [*_capabilities.NAMES] if _capabilities.ALL in wanted else wanted
    found = {
        "asked": wanted,
        "declared": added,
        "enforced": None,
        "evidence": [f"HostConfig.CapAdd={added}", f"HostConfig.CapDrop={dropped}", f"HostConfig.Privileged={bool(host.get('Privileged'))}", *evidence],
    }
    options = " ".join(["docker run", *(f"--cap-add {each}" for each in wanted)])
    # Of all that are given, the engine takes away those that are named.
    gone = [each for each in dropped if _capabilities.ALL in wanted and each not in (_capabilities.ALL, *seen.asked.get("cap_drop", ()))]
    if has is not None:
        # A kernel need not know all that have a name.
        held = [each for each in every if each in has["bounding"]]
        found["enforced"] = wanted if held == every or (_capabilities.ALL in wanted and _capabilities.ALL in added and not gone) else held
    if host.get("Privileged"):
        hint = f"{name} is privileged, which gives it all capabilities and the devices of the host: {seen.anew(f'with {options}, and without --privileged')}."
        return [dict(found, verdict="differs", hint=hint)]
    lacking = [each for each in wanted if each not in added]
    # To name one of Docker's own, too, gives nothing more.
    strange = [each for each in added if each not in wanted and each not in _capabilities.OF_DOCKER]
    if lacking or strange:
        what = f"was created without --cap-add {', '.join(lacking)}" if lacking else f"was given {', '.join(strange)}, too"
        if lacking and set(lacking) & set(dropped):
            what += f", and with --cap-drop {', '.join(sorted(set(lacking) & set(dropped)))}"
        without = f", and without --cap-add {', '.join(strange)}" if strange else ""
        return [dict(found, verdict="differs" if added else "missing", hint=f"{name} {what}: {seen.anew(f'with {options}{without}')}.")]
    if gone:
        without = f"without --cap-drop {', '.join(gone)}"
        return [dict(found, verdict="differs", hint=f"{name} was created with --cap-drop {', '.join(gone)}: {seen.anew(f'with {options}, and {without}')}.")]
    if missing := unread(seen, found, "The capabilities"):
        return missing
    if found["enforced"] != wanted:
        return as_declared(seen, found, "the capabilities")
    idle = [each for each in every if each in has["bounding"] and each not in has["effective"]]
    if not idle:
        return [dict(found, verdict="ok")]
    if has["uid"] == 0:
        hint = f"Docker was told {', '.join(added)} for {name}, and its first process has given up {', '.join(idle)}: docker restart {name} begins again."
        return [dict(found, verdict="not_enforced", hint=hint)]
    hint = f"{', '.join(wanted)} can be had in {name}, and its first process does not: it has the user id {has['uid']}, and only root has it from the start."
    return [dict(found, verdict="converted", hint=hint)]
