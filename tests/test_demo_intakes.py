"""The demo intakes are what a counter would take today, cover each takeable item, and name nobody real."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import station
from station import check_digits
from station.checklist import missing_materials, unanswered, visible_fields, visible_questions
from station.intake import Warnings, checked_intake, takeable
from station.item import Item
from station.item_record import item_of
from station.resident_id import age_on, person_facts
from station.rights import GUIDE_ONLY

TODAY = date(2026, 11, 23)
DEMO = Path(station.__file__).parent / "demo"
ITEMS: dict[str, Item] = {
    item.code: item
    for item in map(item_of, json.loads((DEMO / "catalog_seed.json").read_text(encoding="utf-8"))["items"])
}
LINES: list[dict[str, Any]] = [
    json.loads(line) for line in (DEMO / "intakes.jsonl").read_text(encoding="utf-8").splitlines()
]
PROMISED_KEYS = {
    "item", "applicant", "agent", "answers", "materials", "note", "received_at", "received_reason", "ref",
}  # fmt: skip
VILLAGES = ("军营村", "白交祠村", "小坪村")
AGES = {"高龄津贴申领": (80, 120), "福建省老年人优待证办理": (60, 120), "生育登记服务": (20, 40)}
each_line = pytest.mark.parametrize("line", LINES, ids=lambda line: line["ref"])


def numbers_in(value: Any) -> list[str]:
    """Every resident ID in a line, wherever a form asks for one."""
    found = re.findall(r"(?<![0-9])[1-6][0-9]{16}[0-9X](?![0-9])", json.dumps(value))
    return [number for number in found if number.startswith("35")]


def test_every_takeable_item_has_an_intake_and_no_other_has() -> None:
    takeable_codes = {code for code, item in ITEMS.items() if item.offline_intake and item.village_role != GUIDE_ONLY}
    assert len(takeable_codes) == 20
    assert {line["item"] for line in LINES} == takeable_codes
    assert 26 <= len(LINES) <= 30


def test_refs_count_up() -> None:
    assert [line["ref"] for line in LINES] == [f"demo-{number:02}" for number in range(1, len(LINES) + 1)]


@each_line
def test_each_line_is_taken_as_it_stands(line: dict[str, Any]) -> None:
    item = ITEMS[line["item"]]
    warnings = Warnings()
    takeable(item, TODAY)
    taken = checked_intake(line, item, TODAY, warnings)
    assert set(line) == PROMISED_KEYS
    assert warnings == []
    assert taken["answers"] == line["answers"], "answers stand in their stored form"
    assert taken["applicant"] == line["applicant"]
    assert taken["agent"] == (line["agent"] or {})
    assert unanswered(item, line["answers"]) == ()


@each_line
def test_nothing_is_answered_that_is_not_asked(line: dict[str, Any]) -> None:
    item, answers = ITEMS[line["item"]], line["answers"]
    shown = {question.id for question in visible_questions(item, answers)}
    shown |= {field.id for field in visible_fields(item, answers)}
    assert set(answers) <= shown


@each_line
def test_nobody_real_is_named(line: dict[str, Any]) -> None:
    applicant = line["applicant"]
    for number in numbers_in({**line, "item": ""}):
        assert number.startswith("350200")
        assert check_digits.mod_11_2(number[:17]) == number[17]
    if applicant["kind"] == "organisation":
        assert "DM0001" in applicant["id_no"]
    elif applicant["id_kind"] == "resident_id":
        assert applicant["id_no"].startswith("350200")
    text = json.dumps(line, ensure_ascii=False)
    for phone in re.findall(r"(?<![0-9])1[3-9][0-9]{9}(?![0-9])|0592-[0-9]+", text):
        assert re.fullmatch(r"1380000[0-9]{4}|0592-700[0-9]{4}", phone)
    assert any(f"莲花镇{village}" in applicant["address"] for village in VILLAGES)


@each_line
def test_ages_fit_the_item(line: dict[str, Any]) -> None:
    youngest, oldest = AGES.get(ITEMS[line["item"]].name, (0, 150))
    if line["applicant"]["kind"] == "person":
        age = age_on(person_facts(line["applicant"]["id_no"]).born_on, TODAY)
        assert youngest <= age <= oldest


def test_the_set_shows_what_a_counter_meets() -> None:
    applicants = [line["applicant"] for line in LINES]
    assert {a["id_kind"] for a in applicants} == {"resident_id", "hmt_residence", "foreign_permanent", "uscc"}
    assert any("·" in a["name"] for a in applicants)
    assert sum(a["phone"] == "" for a in applicants) >= 3
    assert any(line["agent"] and set(line["agent"]) == {"name", "relation", "phone", "id_no"} for line in LINES)
    assert {got["got"] for line in LINES for got in line["materials"]} == {
        "original_seen", "paper", "copy", "ecert", "deferred", "missing",
    }  # fmt: skip


def test_some_cases_are_complete_and_some_miss_something() -> None:
    complete = [_complete(line) for line in LINES]
    assert 8 <= sum(complete) <= len(LINES) - 8


def _complete(line: dict[str, Any]) -> bool:
    item = ITEMS[line["item"]]
    got = checked_intake(line, item, TODAY, Warnings())["materials"]
    return missing_materials(item, line["answers"], got) == ()
