# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Capabilities that are to be given, declared, held and in effect."""

from __future__ import annotations

import pytest
from ansible_collections.classroom.containers.plugins.module_utils import _capabilities

DOCKERS, WITH_ADMIN, EVERYTHING = "00000000a80425fb", "00000000a80435fb", "000001ffffffffff"

#: CapAdd, CapDrop, CapBnd, CapEff, the user id, what is asked, the verdict, words of the hint
GIVEN = [
    (["CAP_NET_ADMIN"], None, WITH_ADMIN, WITH_ADMIN, 0, ["net_admin"], "ok", ""),
    (["NET_ADMIN"], [], WITH_ADMIN, WITH_ADMIN, 0, ["CAP_NET_ADMIN", "NET_ADMIN"], "ok", ""),
    (["NET_ADMIN"], ["ALL"], "1000", "1000", 0, ["NET_ADMIN"], "ok", ""),
    # One of Docker's own, named as well
    (["NET_ADMIN", "NET_RAW"], None, WITH_ADMIN, WITH_ADMIN, 0, ["NET_ADMIN"], "ok", ""),
    (["ALL"], None, EVERYTHING, EVERYTHING, 0, ["ALL"], "ok", ""),
    # Of all, those that are named are taken away.
    (["ALL"], ["SYS_ADMIN"], "000001ffffdfffff", "000001ffffdfffff", 0, ["ALL"], "differs", "with --cap-drop SYS_ADMIN: create it again with"),
    (["ALL"], ["ALL"], EVERYTHING, EVERYTHING, 0, ["ALL"], "ok", ""),
    # A kernel that does not know the last ones
    (["ALL"], None, "0000003fffffffff", "0000003fffffffff", 0, ["ALL"], "ok", ""),
    (None, None, DOCKERS, DOCKERS, 0, ["NET_ADMIN"], "missing", "without --cap-add NET_ADMIN: create it again with docker run --cap-add NET_ADMIN."),
    (["SYS_TIME"], None, "00000000aa0425fb", DOCKERS, 0, ["NET_ADMIN"], "differs", "--cap-add NET_ADMIN, and without --cap-add SYS_TIME"),
    (["NET_ADMIN"], None, WITH_ADMIN, WITH_ADMIN, 0, ["NET_ADMIN", "SYS_TIME"], "differs", "without --cap-add SYS_TIME"),
    (["NET_ADMIN", "SYS_TIME"], None, EVERYTHING, EVERYTHING, 0, ["NET_ADMIN"], "differs", "was given SYS_TIME, too"),
    (["ALL"], None, EVERYTHING, EVERYTHING, 0, ["NET_ADMIN"], "differs", "without --cap-add ALL"),
    (["NET_ADMIN"], None, WITH_ADMIN, WITH_ADMIN, 0, ["ALL"], "differs", "--cap-add ALL"),
    (None, ["NET_ADMIN"], DOCKERS, DOCKERS, 0, ["NET_ADMIN"], "missing", "and with --cap-drop NET_ADMIN"),
    # None at all
    (None, None, DOCKERS, DOCKERS, 0, [], "ok", ""),
    (["NET_ADMIN"], None, WITH_ADMIN, WITH_ADMIN, 0, [], "differs", "NET_ADMIN, too: create it again with docker run, and without --cap-add NET_ADMIN."),
    # The kernel says otherwise.
    (["NET_ADMIN"], None, DOCKERS, DOCKERS, 0, ["NET_ADMIN"], "not_enforced", "docker restart cgt-free"),
    (["NET_ADMIN"], None, WITH_ADMIN, DOCKERS, 0, ["NET_ADMIN"], "not_enforced", "has given up NET_ADMIN"),
    (["NET_ADMIN"], None, WITH_ADMIN, "0", 1000, ["NET_ADMIN"], "converted", "it has the user id 1000"),
    (["NET_ADMIN"], None, DOCKERS, "0", 1000, ["NET_ADMIN"], "not_enforced", "docker restart"),
    (["NET_ADMIN"], None, None, None, 0, ["NET_ADMIN"], "unverifiable", "could not be read"),
]


@pytest.mark.parametrize(("add", "drop", "bounding", "effective", "uid", "asked", "verdict", "words"), GIVEN)
def test_capabilities_that_are_given(lab, add, drop, bounding, effective, uid, asked, verdict, words):
    lab.container["HostConfig"].update(CapAdd=add, CapDrop=drop)
    lab.host.write("/proc/31443/status", f"Uid:\t{uid}\t0\t0\t0\nCapEff:\t{effective}\nCapBnd:\t{bounding}" if bounding else "Name:\tx")
    found = lab.one(cap_add=asked)
    assert found.verdict == verdict
    assert words in found.hint
    if verdict in ("ok", "converted"):
        assert found.asked == found.enforced


def test_privileged_is_more_than_was_asked(lab):
    lab.container["HostConfig"].update(CapAdd=["NET_ADMIN"], Privileged=True)
    lab.host.write("/proc/31443/status", f"Uid:\t0\t0\t0\t0\nCapEff:\t{EVERYTHING}\nCapBnd:\t{EVERYTHING}")
    found = lab.one(cap_add=["NET_ADMIN"])
    assert (found.verdict, found.outcome) == ("differs", "fail")
    assert "docker run --cap-add NET_ADMIN, and without --privileged" in found.hint


def test_capabilities_of_a_container_at_rest(lab):
    lab.container["HostConfig"].update(CapAdd=["NET_ADMIN"])
    lab.rest("exited")
    assert lab.one(cap_add=["NET_ADMIN"]).verdict == "stopped"
    assert lab.one(cap_add=["SYS_TIME"]).verdict == "differs"


def test_given_and_denied_at_once(lab):
    lab.container["HostConfig"].update(CapAdd=["NET_ADMIN"], CapDrop=["ALL"])
    lab.host.write("/proc/31443/status", "Uid:\t0\t0\t0\t0\nCapEff:\t1000\nCapBnd:\t1000")
    for asked in (["NET_RAW"], ["ALL"]):
        assert [found.verdict for found in lab.check(cap_drop=asked, cap_add=["NET_ADMIN"])] == ["ok", "ok"]
    denied, given = lab.check(cap_drop=["ALL"], cap_add=["SYS_TIME"])
    assert (denied.verdict, given.verdict) == ("differs", "differs")
    assert "was given NET_ADMIN" in denied.hint


def test_what_is_kept_of_all_that_are_denied(lab):
    """It was given what is asked, and the kernel leaves it another."""
    lab.container["HostConfig"].update(CapAdd=["NET_ADMIN"], CapDrop=["ALL"])
    lab.host.write("/proc/31443/status", "Uid:\t0\t0\t0\t0\nCapEff:\t3000\nCapBnd:\t3000")
    denied, given = lab.check(cap_drop=["ALL"], cap_add=["NET_ADMIN"])
    assert (denied.verdict, given.verdict) == ("not_enforced", "ok")


def test_docker_own_denied_one_by_one(lab):
    lab.container["HostConfig"].update(CapDrop=_capabilities.in_mask(DOCKERS))
    lab.host.write("/proc/31443/status", "Uid:\t0\t0\t0\t0\nCapEff:\t0\nCapBnd:\t0")
    assert lab.one(cap_drop=["ALL"]).verdict == "ok"
    lab.container["HostConfig"]["CapDrop"].remove("NET_RAW")
    lab.host.write("/proc/31443/status", "Uid:\t0\t0\t0\t0\nCapEff:\t2000\nCapBnd:\t2000")
    assert lab.one(cap_drop=["ALL"]).verdict == "differs"
