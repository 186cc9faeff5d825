# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This module utility is private to the collection.

"""The limits of a container's block I/O, and the devices that it may use."""

from __future__ import annotations

from typing import Any, NamedTuple

from ansible_collections.classroom.containers.plugins.module_utils import _limits as units
from ansible_collections.classroom.containers.plugins.module_utils._cgroups import V1, V2, Directory, Kernel, Life, Value
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.module_utils._limit import Item, Number, amount, stricter
from ansible_collections.classroom.containers.plugins.module_utils._limits import DEFAULT, UNLIMITED


class BlkioWeight(Number):
    """The weight of block I/O: as it is for BFQ, converted for io.weight."""

    def agrees(self, declared: Any, own: Any, host: dict, kernel: Kernel, life: Life) -> str | None:
        if declared == DEFAULT:
            return "ok" if own.weight == own.default else None
        if own.idle:
            return None
        if own.converts:
            return "converted" if own.weight == units.io_weight_of_blkio(declared) else None
        return "ok" if own.weight == declared else None

    def enforced(self, kernel: Kernel, life: Life) -> Value:
        value = super().enforced(kernel, life)
        directory = life.directory("io")
        if value.own is None or directory is None:
            return value
        if not value.own.converts:
            schedulers = [f"{path}={text}" for path in _scheduler_files(kernel) if (text := kernel.read_once(path))]
            own = value.own._replace(idle=bool(schedulers) and not any("[bfq]" in each for each in schedulers))
            return Value(own, [*value.evidence, *(schedulers if own.idle else ())], own)
        path = f"{(directory.ancestors or [directory.path])[-1]}/io.cost.qos"
        switches = kernel.read(path)
        if switches is None:
            return value
        own = value.own._replace(idle="enable=1" not in switches)
        return Value(own, [*value.evidence, f"{path}={' '.join(switches.split())}"], own)

    def unused(self, value: Value) -> str:
        if not value.own.idle:
            return ""
        if value.own.converts:
            return "no device's io.cost.qos is enabled, without which the kernel looks at no weight"
        return "no device has the scheduler bfq, and no other one looks at a weight"

    def discards(self, value: Value) -> bool:
        # Docker looks for blkio.weight alone on v1, which kernels with BFQ do not have.
        return super().discards(value) or "/blkio.bfq.weight=" in value.evidence[0]

    def show(self, value: Any) -> Any:
        return value.weight if isinstance(value, _Weight) else value


def _scheduler_files(kernel: Kernel) -> list:
    disks = [line.split()[2] for line in (kernel.read_once("/proc/diskstats") or "").splitlines()]
    return [f"/sys/block/{disk}/queue/scheduler" for disk in disks]


class _Weight(NamedTuple):
    """A weight of block I/O as a file has it.

    :param default: what stands there where nobody asks
    :param converts: whether Docker's number is another one there
    :param idle: whether the kernel does not go by it
    """

    weight: int
    default: int
    converts: bool
    idle: bool = False


def _weight(default: int, converts: bool = False) -> Any:
    def parse(text: str) -> _Weight:
        # v2 and BFQ say "default 100", with a line for each device after it; CFQ says "500".
        return _Weight(int(text.split("\n", maxsplit=1)[0].split()[-1]), default, converts)

    return parse


class DeviceItem(Item):
    """An entry of a block device. The same device may have many paths: its number counts."""

    entry_key = ""
    absent = "no such block device on the host"

    def declared(self, host: dict, kernel: Kernel) -> Any:
        device = kernel.device(self.key)
        entries = [entry for entry in host.get(self.field) or [] if entry["Path"] == self.key or (device and kernel.device(entry["Path"]) == device)]
        # Docker writes them one after the other: the last one counts.
        return entries[-1][self.entry_key] if entries else self.nothing

    def enforced(self, kernel: Kernel, life: Life) -> Value:
        device, directory = kernel.device(self.key), life.directory("blkio") or life.directory("io")
        if device is None or device[0] != "b":
            return Value(None, [f"{self.key}: {self.absent}"])
        if directory is None:
            return Value(None, ["no controller for block I/O here"])
        return self.of_device(kernel, directory, device[1])

    def of_device(self, kernel: Kernel, directory: Directory, number: str) -> Value:
        """What the kernel says of the device of that ``major:minor``."""
        raise NotImplementedError

    def discards(self, value: Value) -> bool:
        return super().discards(value) and self.absent not in value.evidence[0]

    def option(self, asked: Any) -> str:
        return "" if asked == self.nothing else f"{self.flag} {self.key}:{asked}"


class DeviceRate(DeviceItem):
    """How much one block device may be read or written, in bytes or operations a second."""

    nothing = UNLIMITED
    word_for_nothing = UNLIMITED
    entry_key = "Rate"
    lost = ", or the docker program lost it, as those from 25.0 to 27.1 do (docker --version) and Compose, with its blkio_config, does not"

    def __init__(self, name: str, field: str, key: str, word: str) -> None:
        super().__init__(name, field, key)
        self.word = word
        self.in_bytes = word.endswith("bps")
        self.unit = "bytes/s" if self.in_bytes else "operations/s"

    def parse_value(self, asked: Any) -> int:
        return units.parse_bytes(asked, unlimited=True) if self.in_bytes else units.parse_integer(asked, 1)

    def of_device(self, kernel: Kernel, directory: Directory, number: str) -> Value:
        verb, kind = ("read" if self.word[0] == "r" else "write"), self.word[1:]
        name = f"blkio.throttle.{verb}_{kind}_device" if directory.version == V1 else "io.max"

        def parse(text: str) -> Any:
            for line in text.splitlines():
                device, *rest = line.split()
                if device == number:
                    return int(rest[0]) if directory.version == V1 else amount(dict(part.split("=") for part in rest).get(self.word, "max"))
            return UNLIMITED

        # To v1, the limits of a group above are nothing to the group below.
        return kernel.value(directory, (name,), parse, stricter if directory.version == V2 else None)


class DeviceWeight(DeviceItem):
    """The weight of one block device, which only BFQ keeps."""

    entry_key = "Weight"

    def __init__(self, key: str) -> None:
        super().__init__("blkio_weight_device", "BlkioWeightDevice", key)

    def parse_value(self, asked: Any) -> int:
        return units.parse_integer(asked, units.BLKIO_MIN, units.BLKIO_MAX)

    def of_device(self, kernel: Kernel, directory: Directory, number: str) -> Value:
        names = ("blkio.weight_device", "blkio.bfq.weight_device") if directory.version == V1 else ("io.bfq.weight",)

        def parse(text: str) -> Any:
            # Kernels before 5.4 have one number for all, and none of a device.
            weights = dict(line.split() for line in text.splitlines() if " " in line)
            return int(weights[number]) if number in weights else DEFAULT

        values = [kernel.value(directory, (name,), parse) for name in names]
        return next((value for value in values if value.own is not None), values[-1])

    def discards(self, value: Value) -> bool:
        return super().discards(value) or "/blkio.bfq.weight_device=" in value.evidence[0]


class Device(Item):
    """Access to one device node: rules that v1 shows, and that v2 keeps in a program that nobody can read.

    Inside, ``path in the container:permissions``; the kernel knows the permissions alone.
    """

    unreadable = "unverifiable"

    def __init__(self, key: str) -> None:
        super().__init__("devices", "Devices", key)
        self.flag = "--device"

    def parse_value(self, asked: Any) -> str:
        inside, permissions = self.key, "rwm"
        parts = str(asked).split(":")
        if len(parts) == 2 and set(parts[1]) <= set("rwm"):
            permissions = parts[1]
        elif len(parts) > 1:
            inside = parts[1]
        if len(parts) > 2:
            permissions = parts[2]
        if len(parts) > 3 or not inside.startswith("/") or not permissions or not set(permissions) <= set("rwm"):
            raise ClassroomError(f"{asked!r} is not a device: write path, path:permissions or path:path_in_container:permissions, permissions of r, w and m")
        return f"{inside}:{_permissions(permissions)}"

    def declared(self, host: dict, kernel: Kernel) -> Any:
        entries = [entry for entry in host.get("Devices") or [] if entry["PathOnHost"] == self.key]
        return f"{entries[-1]['PathInContainer']}:{_permissions(entries[-1]['CgroupPermissions'])}" if entries else DEFAULT

    def enforced(self, kernel: Kernel, life: Life) -> Value:
        device, directory = kernel.device(self.key), life.directory("devices")
        if device is None or directory is None:
            return Value(None, [f"{self.key}: no such device on the host" if device is None else "v2 keeps device rules in an eBPF program: not readable"])
        kind, number = device
        every = {number, "*:*", number.partition(":")[0] + ":*"}

        def parse(text: str) -> Any:
            granted = ""
            for line in text.splitlines():
                rule_kind, rule_number, permissions = line.split()
                # Every container may make nodes of every device ("c *:* m"), which opens none.
                if rule_kind in (kind, "a") and rule_number in every and (rule_number == number or permissions != "m"):
                    granted += permissions
            return _permissions(granted) or DEFAULT

        return kernel.value(directory, ("devices.list",), parse)

    def agrees(self, declared: Any, own: Any, host: dict, kernel: Kernel, life: Life) -> str | None:
        return "ok" if declared.rpartition(":")[2] == own else None

    def option(self, asked: Any) -> str:
        return "" if asked == DEFAULT else f"{self.flag} {self.key}:{asked}"


def _permissions(letters: str) -> str:
    return "".join(letter for letter in "rwm" if letter in letters)


BLKIO_WEIGHT = BlkioWeight(
    "blkio_weight",
    "BlkioWeight",
    units.BLKIO_MIN,
    units.BLKIO_MAX,
    "",
    (V1, "blkio", ("blkio.weight",), _weight(500)),
    (V1, "blkio", ("blkio.bfq.weight",), _weight(100)),
    (V2, "io", ("io.bfq.weight",), _weight(100)),
    (V2, "io", ("io.weight",), _weight(100, converts=True)),
)
