# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This module utility is private to the collection.

"""What a container serves: the ports that it publishes, and the pages that it answers with."""

from __future__ import annotations

import math
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any, Iterator

from ansible_collections.classroom.containers.plugins.module_utils import _pages
from ansible_collections.classroom.containers.plugins.module_utils._cgroup_info import cpu_time
from ansible_collections.classroom.containers.plugins.module_utils._cgroups import Gone, Kernel, KernelError, Life
from ansible_collections.classroom.containers.plugins.module_utils._container_life import seconds_up
from ansible_collections.classroom.containers.plugins.module_utils._container_seen import Seen, resting, runs, unchecked
from ansible_collections.classroom.containers.plugins.module_utils._engine import EngineError, container_path
from ansible_collections.classroom.containers.plugins.module_utils._observe import find
from ansible_collections.classroom.containers.plugins.module_utils._published import Published, in_words, published
from ansible_collections.classroom.containers.plugins.module_utils._sockets import parse_listening

#: Seconds from a container's start in which its server may still be starting: on a host that starts those of a whole class, one takes that long.
_STARTING = 30
#: The same of a program that is busy and listens nowhere yet: on a slow host, Python takes so long to import what a site needs.
_STARTING_BUSY = 180
#: From which part of one CPU on it is busy.
_BUSY = 0.02
#: Where the engine itself listens in each container, to tell names.
_DNS = "127.0.0.11"
#: How many times longer than page.timeout a server may be silent that took the connection: its host may be busy with all the others.
_PATIENCE = 4
#: Pages that are asked for at the same time. One that nobody answers takes all of its timeout.
_AT_ONCE = 32


def compare_ports(seen: Seen, asked: list) -> list:
    """The findings of the published ports, one for each."""
    return [_port(seen, port) for port in asked]


def _port(seen: Seen, asked: Published) -> dict:
    name = seen.name
    declared = [port for port in published(seen.container["HostConfig"].get("PortBindings")) if port.container == asked.container]
    bound = [port for port in published(seen.container["NetworkSettings"].get("Ports")) if port.container == asked.container]
    has, really = in_words(declared), in_words(bound)
    found = {
        "asked": asked.words,
        "declared": has,
        "enforced": really,
        "evidence": [f"HostConfig.PortBindings: {has or f'no {asked.container}'}", f"NetworkSettings.Ports: {really or f'no {asked.container}'}"],
    }
    option = f"with docker run -p {asked.words}"
    if asked.words not in [port.words for port in declared]:
        if has or really:
            return dict(found, verdict="differs", hint=f"{name} publishes {really or has}, and {asked.words} is asked: {seen.anew(option)}.")
        return dict(found, verdict="missing", hint=f"{name} does not publish its port {asked.container}, and {asked.words} is asked: {seen.anew(option)}.")
    if not runs(seen.container):
        return dict(found, **unchecked(seen, "stopped", resting(seen.container)))
    if not any(asked.bound_as(port) for port in bound):
        network = seen.container["HostConfig"].get("NetworkMode")
        found["evidence"].append(f"HostConfig.NetworkMode={network}")
        anew = seen.anew(f"{option}, in the network bridge")
        hint = f"Docker was told to publish {asked.words} of {name}, and bound {really or 'nothing'} in the network {network}: {anew}."
        return dict(found, verdict="not_enforced", hint=hint)
    return dict(found, verdict="ok")


@contextmanager
def fetching(seen: list, kernel: Kernel) -> Iterator:
    """Get the pages of all containers meanwhile, many at a time, and look at the end whether each container went on while it was asked."""
    wanted = [(each, number, _doors(each, page)) for each in seen if each.container for number, page in enumerate(each.asked.get("http", ()))]
    wanted = [(each, number, doors[0]) for each, number, doors in wanted if len(doors) == 1 and not resting(each.container)]
    if not wanted:
        yield
        return
    with ThreadPoolExecutor(max_workers=min(len(wanted), _AT_ONCE)) as pool:
        asked = pool.map(lambda one: _answer(kernel, one[0].container, one[0].asked["http"][one[1]], one[2]), wanted)
        yield
        answers = list(asked)
    wanted[0][0].engine.expect(container_path(each.name.lstrip("/")) for each, _number, _door in wanted)
    for (each, number, _door), answer in zip(wanted, answers):
        each.answers[number] = answer
        each.after = each.after or _look_again(each)


def _answer(kernel: Kernel, container: dict, page: _pages.Page, door: Published) -> Any:
    up = seconds_up(container)
    timeout = max(page.timeout, math.ceil(_STARTING - up)) if up >= 0 else page.timeout
    longest = math.ceil(_STARTING_BUSY - up) if up >= 0 else 0
    starting = {"starts": _Starting(kernel, container), "longest": longest} if longest > timeout else {}
    try:
        return _pages.fetch(door.address, int(door.host), page.path, timeout, max(timeout, page.timeout * _PATIENCE), **starting)
    except _pages.Silent as exc:
        return exc


class _Starting:
    """Called again and again, it tells whether what runs in a container is still starting: it was busy since the last call, and listens nowhere."""

    def __init__(self, kernel: Kernel, container: dict) -> None:
        self._kernel, self._pid = kernel, container["State"]["Pid"]
        self._life: Life | None = None
        with suppress(Gone, KernelError):
            self._life = kernel.life(self._pid, container["Id"])
        self._before = self._used()

    def __call__(self) -> bool:
        before, self._before = self._before, self._used()
        if before is None or self._before is None or self._listens():
            return False
        return self._before[1] - before[1] > _BUSY * (self._before[0] - before[0])

    def _used(self) -> tuple | None:
        """The time and the CPU time, in nanoseconds; None where that is not known."""
        with suppress(KernelError):
            used = cpu_time(self._kernel, self._life) if self._life else None
            return None if used is None else (time.monotonic_ns(), used)
        return None

    def _listens(self) -> bool:
        with suppress(KernelError):
            texts = [self._kernel.read(f"/proc/{self._pid}/net/{file}") for file in ("tcp", "tcp6")]
            return texts[0] is None or any(listening.address != _DNS for text in texts for listening in parse_listening(text or ""))
        # Where that is not to be seen, it is given no more time.
        return True


def _look_again(seen: Seen) -> tuple:
    """Why an answer cannot be taken for that container's, as a verdict and a reason; both are empty where it can."""
    try:
        again = find(seen.engine, seen.name)
    except EngineError as exc:
        return "unreachable", str(exc)
    if again is None:
        return "unstable", "it was removed while it was asked"
    if resting(again):
        return "stopped", f"it stopped while it was asked: {resting(again)}"
    if _life(again) != _life(seen.container):
        return "unstable", "it restarted while it was asked"
    return "", ""


def _life(container: dict) -> tuple:
    return container["Id"], container["State"]["Pid"], container["State"]["StartedAt"]


def _doors(seen: Seen, page: _pages.Page) -> list:
    """Where the host reaches the port that a page is asked at: of one port the first, IPv4 before IPv6; several where several are meant."""
    # On a network without NAT the engine names an address and no port.
    bound = [port for port in published(seen.container["NetworkSettings"].get("Ports")) if port.container.endswith("/tcp") and port.host]
    of_port: dict = {}
    for port in sorted(bound, key=lambda port: ":" in port.ip):
        if page.port in (None, int(port.container.partition("/")[0])):
            of_port.setdefault(port.container, port)
    return list(of_port.values())


def compare_http(seen: Seen, asked: list) -> list:
    """The findings of the pages, one for each."""
    return [_page(seen, number, page) for number, page in enumerate(asked)]


def _page(seen: Seen, number: int, page: _pages.Page) -> dict:
    name, doors = seen.name, _doors(seen, page)
    found = {"asked": page.words, "declared": in_words(doors), "evidence": [f"State.Status={seen.container['State']['Status']}"]}
    if resting(seen.container):
        return dict(found, **unchecked(seen, "stopped", resting(seen.container)))
    found["evidence"].append(f"NetworkSettings.Ports: {in_words(doors) or ('no TCP port' if page.port is None else f'no {page.port}/tcp')}")
    if not doors:
        what = "no port" if page.port is None else f"no port {page.port}/tcp"
        anew = seen.anew(f"with docker run -p, a free port of the host, a colon and {page.port or 'the port of its server'}")
        hint = f"{name} publishes {what}: {anew}."
        return dict(found, verdict="missing", hint=hint)
    if len(doors) > 1:
        hint = f"{name} publishes {in_words(doors)}, and the requirement does not say which of them GET {page.path} is for."
        return dict(found, verdict="unverifiable", hint=hint)
    door, answer = doors[0], seen.answers[number]
    url = f"http://{f'[{door.address}]' if ':' in door.address else door.address}:{door.host}{page.path}"
    silent = isinstance(answer, _pages.Silent)
    found["evidence"].append(f"GET {url}: {answer if silent else answer.words}")
    verdict, reason = seen.after
    if verdict:
        return dict(found, **unchecked(seen, verdict, reason))
    if silent and answer.starts:
        reason = f"for {answer.seconds} s it has been busy and listens nowhere yet, as a server that is starting: {answer}"
        hint = f"Whether {name} answers GET {url} could not be checked: {reason}. Check it again; docker logs {name} shows what it does."
        return dict(found, verdict="unverifiable", hint=hint)
    if silent:
        hint = f"{name} runs, and nothing answered GET {url} for {answer.seconds} s: {answer}. docker logs {name} shows what it said; "
        if answer.hangs:
            hint += "docker stats shows whether its server or another is busy."
        else:
            hint += f"a server in a container has to listen at 0.0.0.0, port {door.container.partition('/')[0]}."
        return dict(found, verdict="not_enforced", hint=hint)
    found["enforced"] = answer.words
    verdict, wrong = _pages.compare(page, answer)
    if verdict == "ok":
        return dict(found, verdict=verdict)
    begins = f"it begins with {_pages.shown(answer.body)}"
    found["evidence"] += [*wrong, begins]
    hint = f"{name} answers GET {url} with {' and '.join(wrong)}; {begins}."
    if verdict == "differs":
        hint += f" Correct what it serves, build {seen.container['Config']['Image']} anew, and {seen.anew('from that image')}."
    return dict(found, verdict=verdict, hint=hint)
