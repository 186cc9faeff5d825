# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This module utility is private to the collection.

"""A limit of a container: what is asked, what Docker declares, and what the kernel enforces; the rules that many limits share."""

from __future__ import annotations

from typing import Any

from ansible_collections.classroom.containers.plugins.module_utils import _limits as units
from ansible_collections.classroom.containers.plugins.module_utils._cgroups import Kernel, Life, Value
from ansible_collections.classroom.containers.plugins.module_utils._limits import DEFAULT, UNLIMITED


def stricter(one: Any, other: Any) -> Any:
    """The smaller of two amounts, either of which may be UNLIMITED."""
    if UNLIMITED in (one, other):
        return other if one == UNLIMITED else one
    return min(one, other)


def amount(text: str) -> Any:
    """The amount that a file of cgroup v2 has, UNLIMITED where that is ``max``."""
    return UNLIMITED if text == "max" else int(text)


class Limit:
    """One limit: what may be asked, what Docker declares, what the kernel enforces, and when these agree.

    :param name: Docker's word, and the option of cgroup_check
    :param field: the field of HostConfig
    :param files: tuples of (cgroup version, controller, file names, parser), the first that exists counts
    """

    #: What stands for "nothing declared"
    nothing: Any = DEFAULT
    #: What two values allow together, where ancestors limit too
    strictest: Any = None
    #: How nothing is asked for
    word_for_nothing = DEFAULT
    #: Docker's own words for it, which are taken, too
    docker_words_for_nothing: tuple = ()
    unit = ""
    #: What else than to forget it there is, where Docker declares nothing
    lost = ""
    #: Whether docker update takes the option
    updates = True
    #: The verdict where Docker declares the limit and the kernel shows nothing of it
    unreadable = "unsupported"

    def __init__(self, name: str, field: str, *files: tuple) -> None:
        self.name = name
        self.field = field
        self.files = files
        #: The option of docker run
        self.flag = "--" + name.replace("_", "-")

    def parse(self, asked: Any) -> Any:
        """The asked value in the limit's unit.

        :raises ClassroomError: it is not a value for this limit; the message does not name the limit
        """
        return self.nothing if str(asked).strip().lower() in (self.word_for_nothing, *self.docker_words_for_nothing) else self.parse_value(asked)

    def parse_value(self, asked: Any) -> Any:
        raise NotImplementedError

    def declared(self, host: dict, kernel: Kernel) -> Any:
        """What HostConfig says, in the limit's unit."""
        value = host.get(self.field)
        return self.nothing if value in (None, "", 0, -1) else value

    def declared_evidence(self, host: dict) -> list:
        return [f"HostConfig.{self.field}={host.get(self.field)}"]

    def enforced(self, kernel: Kernel, life: Life) -> Value:
        """What the kernel says, in the limit's unit."""
        tried: list = []
        nowhere = Value(None, tried)
        for version, controller, names, parse in self.files:
            directory = life.directory(controller)
            if directory is None or directory.version != version:
                continue
            value = kernel.value(directory, names, parse, self.strictest)
            if value.own is not None:
                return value
            tried += value.evidence
            # The controller may be at work above the container alone.
            nowhere = Value(None, tried, value.effective, value.effective_at, value.effective_evidence)
        if not tried:
            tried.append(f"no controller for {self.name} here")
        return nowhere

    def judge(self, declared: Any, value: Value, host: dict, kernel: Kernel, life: Life) -> str:
        """The verdict where Docker declares what is asked."""
        if value.own is None:
            if declared != self.nothing:
                return self.unreadable
            return "ok" if value.effective in (None, self.nothing) else "ancestor_stricter"
        agreed = self.agrees(declared, value.own, host, kernel, life)
        if agreed is None:
            # -1 is said, and 0 is not.
            silent = declared == self.nothing and not (declared == UNLIMITED and host.get(self.field) == -1)
            return "undeclared" if silent else "not_enforced"
        return agreed if value.effective == value.own else "ancestor_stricter"

    def agrees(self, declared: Any, own: Any, host: dict, kernel: Kernel, life: Life) -> str | None:
        """The verdict that the kernel's own value gives what Docker declares: ok, rounded, converted, or None."""
        return "ok" if declared == own else None

    def alike(self, declared: Any, asked: Any) -> bool:
        """Whether Docker's word may mean what is asked, said otherwise; the kernel's value decides."""
        return declared == asked

    def overruled(self, host: dict) -> str:
        """Which option of docker run makes another one mean nothing; empty where none does."""
        return ""

    def discards(self, value: Value) -> bool:
        """Whether this host drops the limit with no more than a warning: it has no file to keep it in."""
        return value.own is None and self.unreadable == "unsupported"

    def unused(self, value: Value) -> str:
        """Why the kernel keeps a value and does not go by it; empty where it does."""
        return ""

    def conversion(self, declared: Any, own: Any) -> str:
        """How the kernel's value came from the declared one, for a reader."""
        return ""

    def show(self, value: Any) -> Any:
        """A value as findings carry it."""
        return value

    def words(self, value: Any) -> str:
        """A value for a reader."""
        return f"{self.show(value)} {self.unit}".rstrip() if isinstance(value, (int, float)) else str(self.show(value))

    def option(self, asked: Any) -> str:
        """The option of docker run (or update) that asks for a value; empty where leaving the option out does."""
        return "" if asked == self.nothing else f"{self.flag} {self.show(asked)}"


class Bytes(Limit):
    """An amount of memory that the kernel keeps in whole pages."""

    nothing = UNLIMITED
    word_for_nothing = UNLIMITED
    strictest = staticmethod(stricter)
    unit = "bytes"
    rounded = staticmethod(units.page_floor)

    def parse_value(self, asked: Any) -> int:
        return units.parse_bytes(asked, self.word_for_nothing == UNLIMITED)

    def agrees(self, declared: Any, own: Any, host: dict, kernel: Kernel, life: Life) -> str | None:
        if declared == own:
            return "ok"
        return "rounded" if declared != UNLIMITED and own == self.rounded(declared, kernel.page_size) else None

    def words(self, value: Any) -> str:
        return units.format_bytes(value)

    def option(self, asked: Any) -> str:
        return "" if asked == self.nothing else f"{self.flag} {_docker_size(asked)}"


def _docker_size(size: int) -> str:
    for suffix, power in (("g", 1024**3), ("m", 1024**2), ("k", 1024)):
        if size % power == 0:
            return f"{size // power}{suffix}"
    return str(size)


class Number(Limit):
    """A whole number in a range."""

    def __init__(self, name: str, field: str, low: int, high: int | None, unit: str, *files: tuple) -> None:
        super().__init__(name, field, *files)
        self.low, self.high, self.unit = low, high, unit

    def parse_value(self, asked: Any) -> int:
        return units.parse_integer(asked, self.low, self.high)


class Item(Limit):
    """One entry of a limit that is a list: of one ulimit, of one device.

    :param key: which entry, such as nofile or /dev/sda
    """

    updates = False

    def __init__(self, name: str, field: str, key: str, *files: tuple) -> None:
        super().__init__(name, field, *files)
        self.key = key
        self.name = f"{name}.{key}"
