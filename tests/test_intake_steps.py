"""The steps of an intake, without a terminal: what stands on a page, and what the desk is given at the end."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

import station
from screens import intake_steps
from station.drafts import Draft
from station.intake import Warnings, checked_intake
from station.item import Item
from station.item_record import item_of

SEED = json.loads((Path(station.__file__).parent / "demo" / "catalog_seed.json").read_text(encoding="utf-8"))["items"]
ITEMS = [item_of(record) for record in SEED if record["village_role"] != "guide_only" and record["offline_intake"]]
TODAY = date(2026, 9, 1)


def draft_of(item: Item) -> Draft:
    return Draft(id="d1", clerk="林小梅", item=item.code, item_version=item.version)


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.name)
def test_every_item_begins_with_the_applicant_and_ends_with_materials_and_review(item: Item) -> None:
    found = intake_steps.steps(item, draft_of(item))
    assert [found[0].title, found[-2].kind, found[-1].kind] == ["intake.applicant", "materials", "review"]
    assert all(len(step.entries) <= intake_steps.ROWS_MOST for step in found)


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.name)
def test_what_was_typed_becomes_a_line_that_the_desk_takes(item: Item) -> None:
    draft = draft_of(item)
    for path, text in (("applicant.id_no", " 350200195503120025 "), ("applicant.name", "陈秀英"), ("note", "腿脚不便")):
        draft = intake_steps.typed(draft, path, text)
    for step in intake_steps.steps(item, draft):
        for entry in step.entries:
            if entry.choices and entry.path.startswith("answers."):
                draft = intake_steps.typed(draft, entry.path, entry.choices[0].value)
    for material, _needed in intake_steps.offered(item, draft):
        draft = intake_steps.received(draft, material.id, "paper")
    if "person" not in item.applicant_kinds:
        pytest.skip("for organisations only")
    args = checked_intake(intake_steps.line(item, draft), item, TODAY, Warnings())
    assert args["applicant"]["name"] == "陈秀英"
    assert args["applicant"]["id_no"] == "350200195503120025"
    assert set(args["materials"]) == {material.id for material in item.materials}
    assert not [name for name in intake_steps.lacking(item, draft) if not name.startswith("answers.")]


def test_an_answer_that_asks_for_more_shows_it_and_taking_it_back_hides_it() -> None:
    item = next(
        each for each in ITEMS if any(question.show_if is None for question in each.questions) and each.questions
    )
    question = next(q for q in item.questions if any(option.materials for option in q.options))
    asking = next(option for option in question.options if option.materials)
    quiet = draft_of(item)
    asked = intake_steps.typed(quiet, f"answers.{question.id}", asking.value)
    needed = {material.id for material, is_needed in intake_steps.offered(item, asked) if is_needed}
    assert set(asking.materials) <= needed
    before = {material.id for material, is_needed in intake_steps.offered(item, quiet) if is_needed}
    assert not set(asking.materials) & before


def test_the_same_state_of_a_material_again_takes_it_back() -> None:
    item = ITEMS[0]
    once = intake_steps.received(draft_of(item), item.materials[0].id, "paper")
    assert once.materials == {item.materials[0].id: "paper"}
    assert intake_steps.received(once, item.materials[0].id, "paper").materials == {}
    assert intake_steps.received(once, item.materials[0].id, "copy").materials == {item.materials[0].id: "copy"}


def test_trouble_names_its_field_and_an_empty_field_has_none() -> None:
    item = ITEMS[0]
    draft = draft_of(item)
    assert intake_steps.trouble(item, draft, "applicant.id_no", TODAY) is None
    wrong = intake_steps.typed(draft, "applicant.id_no", "350200195503120026")
    found = intake_steps.trouble(item, wrong, "applicant.id_no", TODAY)
    assert found is not None
    assert (found.code, found.fields["field"]) == ("id_check_digit", "applicant.id_no")


def test_hostile_text_stays_as_typed() -> None:
    item = ITEMS[0]
    text = "[bold]\u202e\x1b]0;x\x07陈"
    assert intake_steps.text_of(intake_steps.typed(draft_of(item), "note", text), "note") == text
