# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This plugin utility is private to the collection.

"""The hosts of a class in, a card for each student out, and a page of them to print."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible.module_utils.parsing.convert_bool import boolean
from jinja2 import Environment, StrictUndefined

from ansible_collections.classroom.containers.plugins.module_utils._engine import DEFAULT_HOST
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.plugin_utils._accounts import student_accounts
from ansible_collections.classroom.containers.plugins.plugin_utils._seats import check_name, check_one_class, seats

_TEMPLATE = Path(__file__).with_name("_seat_cards.html.j2")
_REGISTRY = "registry.classroom.internal:5000"
#: Cards of a page, as columns and rows, with the lines that a card of that size has room for, and the characters of a line.
_SIZES = ((2, 4, 14, 42), (2, 2, 32, 42), (1, 2, 32, 94), (1, 1, 68, 94))


def seat_cards(hosts: list, passwords: Any = None) -> list:
    """A card for each present student: where the seat is, and how to get there. The same seat on several hosts is one card.

    What a lab asks of each seat alone is in the host's variable C(LAB_sheet), where there is one: rows of student, lab, step, attribute and value.

    :param hosts: the variables of the hosts
    :param passwords: C(accounts) and C(registry), the passwords by the names of students
    :raises ClassroomError: the class's data is wrong, or an account has neither key nor password
    """
    check_one_class(hosts)
    passwords = {**{"accounts": {}, "registry": {}}, **(passwords or {})}
    cards: list = []
    for host in hosts:
        class_name = check_name(host["classroom_name"], "classroom_name")
        students = host["classroom_students"]
        with_accounts = boolean(host.get("students_accounts") or False)
        reaches_engine = not with_accounts or boolean(host.get("students_docker_group") or False)
        labs = list(host.get("classroom_labs") or [])
        sheet = [row for lab in labs for row in host.get(f"{lab}_sheet") or ()]
        accounts = {account["name"]: account for account in student_accounts(students, passwords["accounts"])} if with_accounts else {}
        for seat in seats(students, host.get("classroom_port_base") or None, host.get("classroom_subnet_pools") or ()):
            name = seat["name"]
            card = {
                "class_name": class_name,
                "student": name,
                "seat": seat["number"],
                "account": _account(accounts[name]) if with_accounts else None,
                "ports": [seat["ports"][0], seat["ports"][-1]],
                "subnets": seat["subnets"],
                "registry": _registry(host, name, passwords["registry"]),
                "socket": (host.get("classroom_docker_host") or DEFAULT_HOST) if reaches_engine else "",
                "labs": labs,
                "numbers": _numbers([row for row in sheet if row["student"] == name]),
            }
            same = [other for other in cards if {**other, "hosts": None} == {**card, "hosts": None}]
            if same:
                same[0]["hosts"].append(_address(host))
            else:
                cards.append({**card, "hosts": [_address(host)]})
    return cards


def _address(host: Any) -> dict:
    name = host.get("classroom_login_host") or host.get("ansible_host") or host["inventory_hostname"]
    return {"name": str(name), "port": int(host.get("ansible_port") or 22)}


def _account(account: dict) -> dict:
    if account["authorized_keys"]:
        # What it was made with tells a student which of several keys it is.
        named = [key.split(None, 2)[2] if key.count(" ") > 1 else key.split()[0] for key in (" ".join(key.split()) for key in account["authorized_keys"])]
        return {"password": "", "keys": named}
    if not account["password"]:
        raise ClassroomError(
            f"classroom_secrets: it has no password of the account {account['name']!r} in accounts: "
            "run the playbook classroom.containers.provision on this controller, which makes it"
        )
    return {"password": account["password"], "keys": []}


def _registry(host: Any, student: str, passwords: dict) -> dict | None:
    if not passwords.get(student):
        return None
    return {"address": host.get("classroom_registry") or _REGISTRY, "password": passwords[student]}


def _numbers(rows: list) -> list:
    """What is asked of a seat alone, by lab and step."""
    found: dict = {}
    for row in rows:
        found.setdefault((row["lab"], row["step"]), []).append({"attribute": row["attribute"], "value": str(row["value"])})
    return [{"lab": lab, "step": step, "numbers": its} for (lab, step), its in found.items()]


def seat_cards_page(cards: list) -> str:
    """The cards as one page of HTML that needs nothing else: as many on a sheet of A4 as all have room.

    :param cards: as seat_cards makes them
    """
    columns, rows = next(((columns, rows) for columns, rows, room, width in _SIZES if all(_lines(card, width) <= room for card in cards)), _SIZES[-1][:2])
    per_page = columns * rows
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, finalize=_visible)
    template = environment.from_string(_TEMPLATE.read_text(encoding="utf-8"))
    pages = [cards[first:first + per_page] for first in range(0, len(cards), per_page)]
    return template.render(pages=pages, columns=columns, rows=rows, title=cards[0]["class_name"] if cards else "")


def _visible(value: Any) -> Any:
    """A text in which nothing turns others around, or is not seen."""
    return type(value)("".join(letter if letter.isprintable() else "\ufffd" for letter in value)) if isinstance(value, str) else value


def _lines(card: dict, width: int) -> int:
    """How many lines a card takes below its head, with some to spare.

    :param width: how many characters of fixed width a line has
    """
    typed = [host["name"] for host in card["hosts"]]
    typed += [f"ssh -p 12345 {card['student']}@{host['name']}" for host in card["hosts"] if card["account"]]
    typed += card["account"]["keys"] or [card["account"]["password"]] if card["account"] else []
    typed += ["ports", ", ".join(card["subnets"]), card["socket"]]
    typed += [f"docker login --username {card['student']} {card['registry']['address']}", card["registry"]["password"]] if card["registry"] else []
    # Letters of other widths are narrower, and numbers have the whole width of a card.
    told = [", ".join(card["labs"])]
    told += [f"{row['lab']}, {row['step']}: " + ", ".join(f"{each['attribute']} {each['value']}" for each in row["numbers"]) for row in card["numbers"]]
    # A head of more than a line, of two long names.
    head = (2 * len(card["student"]) + len(card["class_name"])) // width
    return head + sum(-(-len(text) // width) for text in typed) + sum(-(-len(text) // (width + 4)) for text in told)
