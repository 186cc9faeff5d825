# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What listens, by the kernel's words."""

from __future__ import annotations

import pytest
from ansible_collections.classroom.containers.plugins.module_utils._sockets import parse_listening

ROW = "   0: {}:0947 {}:0000 {} 00000000:00000000 00:00000000 00000000     0        0 45453 1 00000000366ad465 100 0 0 10 0"
#: The kernel's digits; the address, where the host reaches it, how it is shown, whether only the host reaches it
ADDRESSES = {
    "00000000": ("0.0.0.0", ("127.0.0.1",), "0.0.0.0:2375", False),
    "0100007F": ("127.0.0.1", ("127.0.0.1",), "127.0.0.1:2375", True),
    "0101A8C0": ("192.168.1.1", ("192.168.1.1",), "192.168.1.1:2375", False),
    "0" * 32: ("::", ("::1", "127.0.0.1"), "[::]:2375", False),
    "0" * 24 + "01000000": ("::1", ("::1",), "[::1]:2375", True),
    "B80D0120" + "0" * 16 + "01000000": ("2001:db8::1", ("2001:db8::1",), "[2001:db8::1]:2375", False),
    "0000000000000000FFFF00000100007F": ("127.0.0.1", ("127.0.0.1",), "127.0.0.1:2375", True),
}


@pytest.mark.parametrize("digits", ADDRESSES)
def test_an_address(digits):
    [listening] = parse_listening("  sl  local_address rem_address   st\n" + ROW.format(digits, digits, "0A"))
    assert (listening.address, listening.reached_at, listening.words, listening.inside) == ADDRESSES[digits]
    assert (listening.port, listening.inode) == (2375, "45453")


@pytest.mark.parametrize("state", ["01", "06", "0B"])
def test_a_connection_is_none(state):
    assert parse_listening(ROW.format("00000000", "00000000", state)) == []
