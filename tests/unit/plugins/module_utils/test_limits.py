# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Units, conversions and tolerances."""

from __future__ import annotations

import pytest
from ansible_collections.classroom.containers.plugins.module_utils import _limits as units
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError

SIZES = [
    ("100m", 104857600),
    ("100M", 104857600),
    ("100mb", 104857600),
    ("100MiB", 104857600),
    ("100 m", 104857600),
    (" 100m ", 104857600),
    ("0.5g", 536870912),
    ("1t", 2**40),
    ("1b", 1),
    ("104857600", 104857600),
    (104857600, 104857600),
    (104857600.0, 104857600),
]
NOT_SIZES = [
    ("100x", "is not a size"),
    ("m", "is not a size"),
    ("", "is not a size"),
    ("-1", "is not a size"),
    ("-100m", "is not a size"),
    ("1e9", "is not a size"),
    ("1_0m", "is not a size"),
    ("100m\nx", "is not a size"),
    ("１００m", "is not a size"),
    (True, "is not a size"),
    (None, "is not a size"),
    ([100], "is not a size"),
    ("0", "is not more than 0"),
    (0, "is not more than 0"),
    ("0.1b", "is not more than 0"),
    ("9223372036854771712", "is more than the kernel can count"),
    ("99999999p", "is more than the kernel can count"),
]


@pytest.mark.parametrize("text, size", SIZES)
def test_sizes(text, size):
    assert units.parse_bytes(text) == size


@pytest.mark.parametrize("text, rule", NOT_SIZES)
def test_not_sizes(text, rule):
    with pytest.raises(ClassroomError) as caught:
        units.parse_bytes(text)
    assert repr(text) in str(caught.value) and rule in str(caught.value)


@pytest.mark.parametrize("text, number", [("20", 20), (20, 20), (" 20 ", 20), ("+20", 20)])
def test_integers(text, number):
    assert units.parse_integer(text, 2, 262144) == number


@pytest.mark.parametrize(
    "text, rule",
    [
        ("1", "from 2 to 262144"),
        ("0", "from 2 to 262144"),
        (-5, "from 2 to 262144"),
        ("262145", "from 2 to 262144"),
        ("99999999999999999999", "from 2 to 262144"),
        (10**20, "100000000000000000000 is out of range: it has more than 20 digits"),
        ("-" + "9" * 5000, "more than 20 digits"),
        ("20.0", "not a whole number"),
        (20.0, "not a whole number"),
        ("1_0", "not a whole number"),
        ("٢٠", "not a whole number"),
        ("", "not a whole number"),
        (True, "not a whole number"),
        (None, "not a whole number"),
    ],
)
def test_not_integers(text, rule):
    with pytest.raises(ClassroomError, match=rule):
        units.parse_integer(text, 2, 262144)


@pytest.mark.parametrize(
    "text, nano",
    [("0.5", 500000000), (0.5, 500000000), (1, 10**9), ("1.", 10**9), (".5", 500000000), ("0.01", 10**7), ("0.333333333", 333333333), ("8192", 8192 * 10**9)],
)
def test_nanocpus(text, nano):
    assert units.parse_nanocpus(text) == nano


@pytest.mark.parametrize(
    "text, rule",
    [
        ("0.009", "least is 0.01"),
        ("0", "least is 0.01"),
        (-1, "least is 0.01"),
        ("0.0100000001", "too many digits"),
        ("8193", "more CPUs than a host can have"),
        ("1e9999999999", "not a number of CPUs"),
        ("1e999999", "not a number of CPUs"),
        ("inf", "not a number of CPUs"),
        ("nan", "not a number of CPUs"),
        ("sNaN", "not a number of CPUs"),
        ("1_0", "not a number of CPUs"),
        ("half", "not a number of CPUs"),
        (True, "not a number of CPUs"),
    ],
)
def test_not_nanocpus(text, rule):
    with pytest.raises(ClassroomError, match=rule):
        units.parse_nanocpus(text)


@pytest.mark.parametrize(
    "text, numbers, shortest",
    [
        ("0-1", {0, 1}, "0-1"),
        ("0,1", {0, 1}, "0-1"),
        ("1,0", {0, 1}, "0-1"),
        ("0-2,4", {0, 1, 2, 4}, "0-2,4"),
        ("4, 0-2", {0, 1, 2, 4}, "0-2,4"),
        (0, {0}, "0"),
        ("", set(), ""),
        ("0,0", {0}, "0"),
        ("8191", {8191}, "8191"),
        ("00000", {0}, "0"),
        ("01-00002", {1, 2}, "1-2"),
    ],
)
def test_cpusets(text, numbers, shortest):
    assert units.parse_cpuset(text) == numbers
    assert units.format_cpuset(numbers) == shortest


@pytest.mark.parametrize("text", ["x", "1-0", "0-", "-1", "0,,1", ",", "0-8192", "8192", "0-99999999999", "1.5", 1.5, True, "٠"])
def test_not_cpusets(text):
    with pytest.raises(ClassroomError, match="is not a list of CPU numbers"):
        units.parse_cpuset(text)


WEIGHTS = [(2, 1, 1), (20, 1, 6), (21, 1, 6), (100, 4, 17), (512, 20, 59), (1024, 39, 100), (262144, 10000, 10000)]


@pytest.mark.parametrize("shares, linear, quadratic", WEIGHTS)
def test_weights_of_shares(shares, linear, quadratic):
    assert units.weights_of_shares(shares) == {"linear": linear, "quadratic": quadratic}


def test_weights_of_all_shares_are_weights():
    for shares in range(units.SHARES_MIN, units.SHARES_MAX + 1, 997):
        assert all(1 <= weight <= 10000 for weight in units.weights_of_shares(shares).values())


@pytest.mark.parametrize("blkio, io", [(10, 1), (300, 2930), (500, 4950), (1000, 10000)])
def test_io_weight(blkio, io):
    assert units.io_weight_of_blkio(blkio) == io


@pytest.mark.parametrize("nano, quota", [(500000000, 50000), (333333333, 33333), (10**7, 1000), (15 * 10**8, 150000)])
def test_quota(nano, quota):
    assert units.quota_of_nanocpus(nano) == quota


@pytest.mark.parametrize(
    "quota, period, rounded",
    [(33300, 100000, 34000), (34000, 100000, 34000), (34001, 100000, 35000), (50000, 100000, 50000), (33333, 50000, 33500), (1000, 1000000, 10000)],
)
def test_systemd_quota(quota, period, rounded):
    assert units.systemd_quota(quota, period) == rounded


@pytest.mark.parametrize("size, floor, ceiling", [(100000001, 99999744, 100003840), (104857600, 104857600, 104857600), (4095, 0, 4096), (0, 0, 0)])
def test_pages(size, floor, ceiling):
    assert units.page_floor(size, 4096) == floor
    assert units.page_ceiling(size, 4096) == ceiling


@pytest.mark.parametrize("size, words", [(104857600, "104857600 bytes (100 MiB)"), (1023, "1023"), ("unlimited", "unlimited")])
def test_bytes_for_a_reader(size, words):
    assert units.format_bytes(size) == words
