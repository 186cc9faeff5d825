# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands on a seat's card, and a page of them. How it prints is looked at in tests/acceptance."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from types import MappingProxyType

import pytest
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.plugin_utils._cards import seat_cards, seat_cards_page

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDyr1q1qZx0bqmXo2Qr1yUOtGzcCQu4yqWzq9S2dTq0b"
PASSWORDS = MappingProxyType({"accounts": {"ashu": "of-account", "priya": "of-priya"}, "registry": {"ashu": "of-registry"}})
HOSTILE = "<script>alert(1)</script>\"'&{{ 7 * 7 }}\u202e\x1b[31m"


def host(name="host1", students=("ashu",), **variables):
    return {
        "inventory_hostname": name,
        "classroom_name": "monday",
        "classroom_students": list(students),
        "classroom_labs": ["container_limits", "restart_policy"],
        **variables,
    }


def cards(*hosts, passwords=PASSWORDS):
    return seat_cards(list(hosts), passwords)


class Page(HTMLParser):
    """The texts of each card, and all tags."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.cards = [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag == "article":
            self.cards.append([])

    def handle_data(self, data):
        if self.cards and data.strip():
            self.cards[-1].append(" ".join(data.split()))


def texts(*hosts, passwords=PASSWORDS):
    return [" ".join(card) for card in Page(seat_cards_page(cards(*hosts, passwords=passwords))).cards]


def test_all_that_a_card_has():
    (card,) = cards(host(students_accounts=True, ansible_host="10.0.0.1", ansible_port=2222))
    assert card == {
        "class_name": "monday",
        "student": "ashu",
        "seat": 1,
        "hosts": [{"name": "10.0.0.1", "port": 2222}],
        "account": {"password": "of-account", "keys": []},
        "ports": [12310, 12319],
        "subnets": ["192.168.1.0/24", "10.192.1.0/24"],
        "registry": {"address": "registry.classroom.internal:5000", "password": "of-registry"},
        "socket": "",
        "labs": ["container_limits", "restart_policy"],
        "numbers": [],
    }


@pytest.mark.parametrize(
    ("variables", "shown", "hidden"),
    [
        ({}, ["Host host1", "Engine unix:///var/run/docker.sock", "docker login --username ashu", "of-registry"], ["of-account", "ssh "]),
        ({"students_accounts": True}, ["Log in ssh ashu@host1", "Password of-account"], ["Engine"]),
        ({"students_accounts": "true", "students_docker_group": "yes"}, ["Engine unix:///var/run/docker.sock"], []),
        ({"students_accounts": "false"}, [], ["of-account"]),
        ({"students_accounts": True, "ansible_port": 22}, ["ssh ashu@host1"], ["-p 22"]),
        ({"students_accounts": True, "ansible_port": 2222}, ["ssh -p 2222 ashu@host1"], []),
        ({"students_accounts": True, "ansible_host": "10.0.0.1", "classroom_login_host": "lab.example"}, ["ssh ashu@lab.example"], ["10.0.0.1", "host1"]),
        ({"classroom_port_base": 19000, "classroom_subnet_pools": ["10.9.0.0/16"]}, ["Ports 19010 to 19019", "Subnets 10.9.1.0/24"], ["192.168"]),
        ({"classroom_docker_host": "unix:///run/other.sock", "classroom_registry": "r:1"}, ["unix:///run/other.sock", "--username ashu r:1"], []),
        (
            {"container_limits_sheet": [{"student": who, "lab": "container_limits", "step": "x2", "attribute": "memory", "value": value, "seat": 1}
                                        for who, value in (("ashu", "87m"), ("priya", "91m"))]},
            ["container_limits, x2: memory 87m"], ["91m"],
        ),
    ],
)  # fmt: skip
def test_what_is_shown(variables, shown, hidden):
    (text,) = texts(host(**variables))
    for words in (*shown, "monday, seat 1", "container_limits, restart_policy"):
        assert words in text
    for words in hidden:
        assert words not in text


@pytest.mark.parametrize(
    ("keys", "shown"), [([f"{KEY} priya@laptop"], "Key priya@laptop"), ([KEY], "Key ssh-ed25519"), ([f"{KEY} one", f"{KEY} two words"], "Key one, two words")]
)
def test_who_has_a_key_has_no_password(keys, shown):
    (text,) = texts(host(students=[{"name": "priya", "authorized_keys": keys}], students_accounts=True))
    assert shown in text and "of-priya" not in text


def test_an_account_without_a_password_is_refused():
    with pytest.raises(ClassroomError, match="no password of the account 'omar'.*provision"):
        cards(host(students=["ashu", "omar"], students_accounts=True))


def test_a_class_without_registry_and_accounts():
    (text,) = texts(host(), passwords=None)
    assert "docker login" not in text and "Password" not in text


def test_the_same_seat_on_several_hosts_is_one_card():
    found = cards(host("host1"), host("host2"), host("host3", classroom_port_base=19000))
    assert [[each["name"] for each in card["hosts"]] for card in found] == [["host1", "host2"], ["host3"]]


def test_who_is_absent_has_no_card():
    assert [(card["student"], card["seat"]) for card in cards(host(students=[{"name": "ashu", "state": "absent"}, "priya"]))] == [("priya", 2)]


@pytest.mark.parametrize(
    ("count", "numbers", "pages", "per_page"), [(1, 0, 1, 8), (3, 0, 1, 8), (8, 0, 1, 8), (9, 0, 2, 8), (30, 0, 4, 8), (9, 12, 3, 4), (9, 60, 9, 1)]
)
def test_as_many_on_a_sheet_as_have_room(count, numbers, pages, per_page):
    names = [f"student{number}" for number in range(count)]
    row = {"lab": "container_limits", "attribute": "memory", "value": "87m"}
    sheet = [dict(row, student=name, step=f"step{number}") for name in names for number in range(numbers)]
    page = seat_cards_page(cards(host(students=names, container_limits_sheet=sheet)))
    sheets = page.split('<section class="sheet">')[1:]
    assert [text.count("<article") for text in sheets] == [per_page] * (pages - 1) + [count - per_page * (pages - 1)]


def test_nothing_hostile_comes_through():
    variables = {name: HOSTILE for name in ("ansible_host", "classroom_registry", "classroom_docker_host")}
    sheet = [{"student": "ashu", "lab": HOSTILE, "step": HOSTILE, "attribute": HOSTILE, "value": HOSTILE}]
    passwords = {"accounts": {"ashu": HOSTILE}, "registry": {"ashu": HOSTILE}}
    found = cards(host(students_accounts=True, students_docker_group=True, container_limits_sheet=sheet, **variables), passwords=passwords)
    found[0]["labs"] = [HOSTILE]
    page = seat_cards_page(found)
    harmless = Page(seat_cards_page(cards(host(students_accounts=True, students_docker_group=True, container_limits_sheet=[dict(sheet[0], lab="x")]))))
    assert "script" not in Page(page).tags and set(Page(page).tags) == set(harmless.tags)
    assert not re.search("[\x00-\x09\x0b-\x1f\u202e]", page) and "{{ 7 * 7 }}" in page
    assert Page(page).cards[0].count(HOSTILE.replace("\u202e", "\ufffd").replace("\x1b", "\ufffd")) >= 5
    # Nothing is fetched, whatever stands there.
    assert "default-src 'none'" in page and not re.search(r"(?:src|href)=", page)


def test_a_name_of_a_class_that_is_none_is_refused():
    with pytest.raises(ClassroomError, match="classroom_name"):
        cards(host(classroom_name=HOSTILE))


def test_hosts_of_two_classes_have_no_cards():
    """The passwords are those of one."""
    with pytest.raises(ClassroomError, match="'monday' of host1 and 'tuesday' of host2"):
        cards(host(), host("host2", classroom_name="tuesday"))
