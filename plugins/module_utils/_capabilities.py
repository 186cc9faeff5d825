# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This module utility is private to the collection.

"""Linux capabilities: their names as `docker run` takes them, and the masks in which the kernel shows them."""

from __future__ import annotations

from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError

ALL = "ALL"
#: In the order of their numbers, from 0: capability.h of Linux 6.12.
NAMES = (
    *("CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP", "LINUX_IMMUTABLE", "NET_BIND_SERVICE"),
    *("NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER", "SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT"),
    *("SYS_ADMIN", "SYS_BOOT", "SYS_NICE", "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD", "LEASE", "AUDIT_WRITE", "AUDIT_CONTROL"),
    *("SETFCAP", "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF", "CHECKPOINT_RESTORE"),
)
#: What Docker gives a container that is told nothing of capabilities.
OF_DOCKER = frozenset(
    (
        *("CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP", "NET_BIND_SERVICE", "NET_RAW", "SYS_CHROOT"),
        *("MKNOD", "AUDIT_WRITE", "SETFCAP"),
    )
)


def parse_capability(text: str) -> str:
    """A capability without the prefix CAP_, or ALL.

    :raises ClassroomError: there is no such capability
    """
    name = str(text).strip().upper().removeprefix("CAP_")
    if name != ALL and name not in NAMES:
        raise ClassroomError(f"{text!r} is not a capability, such as NET_RAW or CAP_NET_RAW, and not ALL")
    return name


def in_mask(mask: str) -> list:
    """The names of the capabilities in a mask of ``/proc/PID/status``, such as that of CapBnd. One that has no name here is its number."""
    bits = int(mask, 16)
    return [NAMES[number] if number < len(NAMES) else str(number) for number in range(bits.bit_length()) if bits >> number & 1]
