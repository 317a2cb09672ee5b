"""The steps of an intake, without a terminal: what stands on a page, and what the desk is given at the end."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest

import station
from screens import intake_answers as given
from screens import intake_materials, intake_review, intake_steps
from screens.words import Words
from station.drafts import Draft
from station.errors import BadInput
from station.intake import Warnings, checked_intake
from station.item import Item
from station.item_record import item_of

SEED = json.loads((Path(station.__file__).parent / "demo" / "catalog_seed.json").read_text(encoding="utf-8"))["items"]
ITEMS = [item_of(record) for record in SEED if record["village_role"] != "guide_only" and record["offline_intake"]]
TODAY = date(2026, 9, 1)
WORDS = Words.of("zh-Hans")
ID_NO = "350200195503120025"
USCC = "91350200M0001N0MX9"
FORESTRY = next(item for item in ITEMS if "organisation" in item.applicant_kinds)
LOW_INCOME = next(item for item in ITEMS if item.name.startswith("最低生活保障"))


def draft_of(item: Item, **texts: str) -> Draft:
    draft = Draft(id="d1", clerk="林小梅", item=item.code, item_version=item.version)
    return filled(draft, {path.replace("__", "."): text for path, text in texts.items()})


def filled(draft: Draft, texts: dict[str, str]) -> Draft:
    for path, text in texts.items():
        draft = given.typed(draft, path, text)
    return draft


def whole(item: Item) -> Draft:
    """A draft with every choice made and every material on paper."""
    draft = draft_of(item, applicant__id_no=f" {ID_NO} ", applicant__name="陈秀英", note="腿脚不便")
    for _ in range(2):  # an answer may ask for more
        for step in intake_steps.steps(item, draft):
            for entry in step.entries:
                if entry.choices and entry.path.startswith("answers."):
                    draft = given.typed(draft, entry.path, entry.choices[0].value)
    for material in item.materials:
        draft = intake_materials.marked(draft, material.id, "paper")
    return draft


def entries_of(item: Item, draft: Draft) -> dict[str, intake_steps.Entry]:
    return {entry.path: entry for step in intake_steps.steps(item, draft) for entry in step.entries}


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.name)
def test_every_item_begins_with_the_applicant_and_ends_with_materials_and_review(item: Item) -> None:
    found = intake_steps.steps(item, draft_of(item))
    assert [found[0].title, found[-2].kind, found[-1].kind] == ["intake.applicant", "materials", "review"]
    assert all(len(step.entries) <= intake_steps.LINES_MOST for step in found)


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.name)
def test_what_was_typed_becomes_a_line_that_the_desk_takes(item: Item) -> None:
    if "person" not in item.applicant_kinds:
        pytest.skip("for organisations only")
    draft = whole(item)
    args = checked_intake(given.line(item, draft), item, TODAY, Warnings())
    assert args["applicant"]["name"] == "陈秀英"
    assert args["applicant"]["id_no"] == ID_NO
    assert args["agent"] == {}
    assert set(args["materials"]) == {material.id for material in item.materials}
    assert not [name for name in given.lacking(item, draft) if not name.startswith("answers.")]


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.name)
def test_a_field_keeps_its_page_and_its_order_whatever_is_answered(item: Item) -> None:
    bare, full = draft_of(item), whole(item)
    order = [asked.id for asked in item.askables]
    for draft in (bare, full):
        shown = [path.partition(".")[2] for path in entries_of(item, draft) if path.startswith("answers.")]
        assert shown == sorted(shown, key=order.index)
    both = set(entries_of(item, bare)) & set(entries_of(item, full))
    pages = [{e.path: step.part for step in intake_steps.steps(item, d) for e in step.entries} for d in (bare, full)]
    if all(any(step.part for step in intake_steps.steps(item, d)) for d in (bare, full)):
        assert {path: pages[0][path] for path in both} == {path: pages[1][path] for path in both}


def test_an_answer_that_asks_for_more_shows_it_and_taking_it_back_hides_it() -> None:
    question = next(q for q in LOW_INCOME.questions if any(option.materials for option in q.options))
    asking = next(option for option in question.options if option.materials)
    quiet = draft_of(LOW_INCOME)
    loud = given.typed(quiet, f"answers.{question.id}", asking.value)
    needed = {each.material.id for each in intake_materials.offered(LOW_INCOME, loud) if each.asked}
    before = {each.material.id for each in intake_materials.offered(LOW_INCOME, quiet) if each.asked}
    assert set(asking.materials) <= needed
    assert not set(asking.materials) & before


def test_what_is_hidden_again_stays_typed_and_is_not_sent() -> None:
    vehicle = filled(draft_of(LOW_INCOME), {"answers.vehicle": "1", "answers.vehicle_use": "三轮车，拉货"})
    assert given.line(LOW_INCOME, vehicle)["answers"] == {"vehicle": True, "vehicle_use": "三轮车，拉货"}
    without = given.typed(vehicle, "answers.vehicle", "2")
    assert given.line(LOW_INCOME, without)["answers"] == {"vehicle": False}
    assert given.text_of(without, "answers.vehicle_use") == "三轮车，拉货"


def test_the_materials_that_are_asked_for_stand_in_front_and_come_as_they_usually_do() -> None:
    found = intake_materials.offered(LOW_INCOME, draft_of(LOW_INCOME))
    assert [each.asked for each in found] == sorted((each.asked for each in found), reverse=True)
    all_here = intake_materials.all_received(LOW_INCOME, draft_of(LOW_INCOME))
    assert all_here.materials["m_id_cards"] == "original_seen"
    assert all_here.materials["m_form"] == "paper"
    assert intake_materials.counts(LOW_INCOME, all_here) == (5, 5)
    assert "m_kin_record" not in all_here.materials


def test_marking_all_leaves_what_was_marked_by_hand() -> None:
    by_hand = intake_materials.marked(draft_of(LOW_INCOME), "m_form", "missing")
    assert intake_materials.all_received(LOW_INCOME, by_hand).materials["m_form"] == "missing"
    assert intake_materials.marked(by_hand, "m_form", "").materials == {}


def test_only_what_the_item_lets_come_later_may_be_deferred() -> None:
    later = {each.id for each in LOW_INCOME.materials if intake_materials.may_defer(each)}
    assert later == {"m_illness"}


def test_trouble_names_its_field_and_an_empty_field_has_none() -> None:
    draft = draft_of(LOW_INCOME)
    assert given.trouble(LOW_INCOME, draft, "applicant.id_no", TODAY) is None
    wrong = given.typed(draft, "applicant.id_no", "350200195503120026")
    found = given.trouble(LOW_INCOME, wrong, "applicant.id_no", TODAY)
    assert found is not None
    assert (found.code, found.fields["field"]) == ("id_check_digit", "applicant.id_no")


@pytest.mark.parametrize(
    ("path", "text", "code"),
    [
        ("applicant.phone", "138", "phone_form"),
        ("applicant.address", "长" * 201, "text_too_long"),
        ("applicant.name", "长" * 51, "name_length"),
        ("agent.id_no", "350200195503120026", "id_check_digit"),
        ("agent.phone", "abc", "phone_form"),
        ("agent.name", "a\x00b", "name_characters"),
        ("note", "长" * 2001, "text_too_long"),
        ("answers.monthly_income", "很多", "answer_type"),
        ("answers.members", "--5", "answer_type"),
        ("answers.members", "\u00bd", "answer_type"),
        ("answers.members", "9" * 5_000, "answer_length"),
    ],
)
def test_each_kind_of_field_is_checked_as_the_desk_would(path: str, text: str, code: str) -> None:
    found = given.trouble(LOW_INCOME, filled(draft_of(LOW_INCOME), {path: text}), path, TODAY)
    assert found is not None
    assert found.code == code


def test_an_agent_is_a_person_who_came_and_going_back_keeps_what_was_typed() -> None:
    alone = draft_of(LOW_INCOME)
    assert "agent.name" not in entries_of(LOW_INCOME, alone)
    acted = filled(alone, {"agent.by": "agent", "agent.name": "李四", "agent.phone": "13800000001"})
    assert entries_of(LOW_INCOME, acted)["agent.name"].required
    assert given.line(LOW_INCOME, acted)["agent"] == {"name": "李四", "phone": "13800000001"}
    numbered = given.typed(acted, "agent.id_no", ID_NO)
    assert given.line(LOW_INCOME, numbered)["agent"]["id_kind"] == "resident_id"
    back = given.typed(numbered, "agent.by", "self")
    assert given.line(LOW_INCOME, back)["agent"] is None
    assert given.text_of(back, "agent.name") == "李四"


def test_an_agent_of_an_earlier_draft_is_shown_without_being_chosen() -> None:
    draft = msgspec.structs.replace(draft_of(LOW_INCOME), agent={"name": "李四"})
    assert "agent.name" in entries_of(LOW_INCOME, draft)


def test_an_organisation_has_a_legal_name_its_own_number_and_a_handler() -> None:
    draft = draft_of(FORESTRY, applicant__kind="organisation", applicant__id_kind="resident_id")
    found = entries_of(FORESTRY, draft)
    assert found["applicant.name"].label == "intake.legal_name"
    assert found["applicant.id_no"].fixed_length == len(USCC)
    assert "agent.by" not in found
    assert found["agent.name"].label == "intake.handler_name"
    assert given.line(FORESTRY, draft)["applicant"]["id_kind"] == "uscc"


def test_the_commonest_kinds_are_preset_and_the_keys_pass_them() -> None:
    found = entries_of(FORESTRY, draft_of(FORESTRY))
    assert list(found)[:3] == ["applicant.kind", "applicant.id_kind", "applicant.id_no"]
    assert (found["applicant.id_kind"].preset, found["applicant.id_kind"].passed) == ("resident_id", True)
    assert not found["agent.by"].passed


def test_what_an_earlier_case_knows_fills_only_what_is_empty_and_is_marked() -> None:
    known = {"name": "陈秀英", "phone": "13800000001", "address": "军营村1号", "id_no": "x"}
    draft = given.bring(draft_of(LOW_INCOME, applicant__name="陈秀 英", applicant__phone=" "), known)
    assert draft.applicant == {"name": "陈秀 英", "phone": "13800000001", "address": "军营村1号"}
    assert draft.brought == ("applicant.phone", "applicant.address")
    edited = given.typed(draft, "applicant.phone", "13800000002")
    assert edited.brought == ("applicant.address",)
    assert given.typed(edited, "applicant.address", "军营村1号").brought == ("applicant.address",)


def test_what_was_brought_of_another_person_goes_and_what_was_typed_stays() -> None:
    draft = given.bring(draft_of(LOW_INCOME, applicant__name="陈秀英"), {"phone": "13800000001"})
    gone = given.without_brought(draft)
    assert (gone.applicant, gone.brought) == ({"name": "陈秀英", "phone": ""}, ())


def test_dates_are_written_out_and_nothing_else_is_touched() -> None:
    item = next(item for item in ITEMS if any(field.type == "date" for field in item.form))
    field = next(field for field in item.form if field.type == "date")
    draft = draft_of(item, note="0312")
    dated = given.typed(draft, f"answers.{field.id}", "0312")
    assert given.trouble(item, dated, f"answers.{field.id}", TODAY) is None
    tidy = given.tidied(item, dated, TODAY)
    assert given.text_of(tidy, f"answers.{field.id}") == "2026-03-12"
    assert tidy.note == "0312"
    assert given.tidied(item, draft, TODAY) is draft


def test_several_choices_are_kept_apart() -> None:
    field = next(field for field in LOW_INCOME.form if field.type == "choices")
    values = [option.value for option in field.options][:2]
    draft = given.typed(draft_of(LOW_INCOME), f"answers.{field.id}", given.BETWEEN.join(values))
    assert given.answers(LOW_INCOME, draft)[field.id] == values


def test_progress_counts_what_says_something_rightly() -> None:
    step = intake_steps.steps(LOW_INCOME, draft_of(LOW_INCOME))[0]
    bare = intake_steps.progress(LOW_INCOME, draft_of(LOW_INCOME), step, TODAY)
    assert [entry.path for entry in bare.needed] == ["applicant.id_no", "applicant.name"]
    wrong = draft_of(LOW_INCOME, applicant__id_no=ID_NO[:-1] + "6", applicant__name="陈秀英")
    far = intake_steps.progress(LOW_INCOME, wrong, step, TODAY)
    assert [entry.path for entry in far.needed] == ["applicant.id_no"]
    assert far.filled == bare.filled + 1


def test_hostile_text_stays_as_typed() -> None:
    text = "[bold]\u202e\x1b]0;x\x07陈"
    assert given.text_of(given.typed(draft_of(LOW_INCOME), "note", text), "note") == text


# The review.


def review_of(item: Item, draft: Draft, **options: Any) -> dict[str, intake_review.Line]:
    return {line.path: line for line in intake_review.lines(item, draft, WORDS, whole_numbers=False, **options)}


def test_the_review_masks_numbers_until_they_are_asked_for() -> None:
    draft = filled(whole(LOW_INCOME), {"agent.by": "agent", "agent.name": "李四", "agent.id_no": ID_NO})
    text = " ".join(line.text for line in review_of(LOW_INCOME, draft).values())
    assert ID_NO not in text
    shown = intake_review.lines(LOW_INCOME, draft, WORDS, whole_numbers=True)
    assert sum(ID_NO in line.text for line in shown) == 2


def test_the_review_names_what_is_missing_and_what_is_not_right() -> None:
    draft = filled(draft_of(LOW_INCOME), {"answers.monthly_income": "很多"})
    found = review_of(LOW_INCOME, draft)
    assert found["answers.monthly_income"].loud
    assert "很多" in found["answers.monthly_income"].text
    assert found["materials.m_form"].text == "还缺"
    assert found["applicant.name"].text == "还没有填"
    assert "materials.m_kin_record" not in found


def test_answers_stand_on_the_review_as_people_read_them() -> None:
    field = next(field for field in LOW_INCOME.form if field.type == "choices")
    values = [option.value for option in field.options][:2]
    draft = filled(
        draft_of(LOW_INCOME),
        {"answers.members": "3", "answers.vehicle": "2", f"answers.{field.id}": given.BETWEEN.join(values)},
    )
    found = review_of(LOW_INCOME, draft)
    assert found["answers.members"].text == "3人"
    assert found["answers.vehicle"].text == "否"
    assert found[f"answers.{field.id}"].text == "、".join(option.label for option in field.options[:2])


def test_every_line_of_the_review_leads_to_a_step() -> None:
    draft = filled(whole(LOW_INCOME), {"agent.by": "agent", "agent.name": "李四"})
    steps = intake_steps.steps(LOW_INCOME, draft)
    for path in review_of(LOW_INCOME, draft):
        assert (intake_steps.place_of(steps, path) is None) == (path == intake_review.DISCARD), path


def test_the_checks_say_what_the_desk_would_and_the_age_of_the_applicant() -> None:
    wrong = draft_of(LOW_INCOME, applicant__id_no="350200195503120026", applicant__name="陈秀英")
    [desk, missing] = intake_review.checks(LOW_INCOME, wrong, WORDS, TODAY)
    assert (desk.good, desk.path) == (False, "applicant.id_no")
    assert not missing.good
    assert "最低生活保障申请书/承诺书" in missing.text
    right = given.typed(wrong, "applicant.id_no", ID_NO)
    [desk, _] = intake_review.checks(LOW_INCOME, right, WORDS, TODAY)
    assert desk.good
    assert "女 71岁" in desk.text


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.name)
def test_what_the_checks_pass_the_desk_takes(item: Item) -> None:
    if "person" not in item.applicant_kinds:
        pytest.skip("for organisations only")
    for draft in (whole(item), draft_of(item, applicant__id_no=ID_NO), draft_of(item)):
        passed = intake_review.checks(item, draft, WORDS, TODAY)[0].good
        try:
            checked_intake(given.line(item, draft), item, TODAY, Warnings())
        except BadInput:
            assert not passed
        else:
            assert passed
