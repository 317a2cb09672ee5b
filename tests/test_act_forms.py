"""Acts before they are done: which may be, why not the others, what a form sends, and what will change in words."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from loop_city import INSURANCE, PENSION, UNEMPLOYED, City, Station
from reducer_cases import INSURANCE as INSURANCE_ITEM
from reducer_cases import ITEMS, START_MS, taken, went

from screens import act_forms, intake_answers, intake_materials
from screens.act_changes import ActChanges
from screens.case_commands import SeenCase
from screens.words import LANGUAGES, Words
from station import act_offers, case_queue, replica
from station.act_request import NOT_ASKED
from station.case import Case
from station.case_document import document
from station.case_queue import Stand
from station.case_states import TABLE, Offline, Place, Role
from station.desk import actor_of
from station.drafts import Draft
from station.errors import BadInput, Refused
from station.item import Item
from station.operation import Base
from station.rights import Actor
from station.workdays import Calendar

pytest_plugins = ("loop_fixtures",)

TODAY = date(2026, 11, 23)
VILLAGER = Actor("林小梅", Role.VILLAGE_CLERK, "350212103201")
WORDS = Words.of("zh-Hans")


def brought(**more: Any) -> Case:
    """A case with an applicant who has a phone."""
    applicant = {
        "kind": "person",
        "name": "陈秀英",
        "id_kind": "resident_id",
        "id_no": "350200195503120025",
        "phone": "13800000000",
        "address": "莲花镇军营村1号",
    }
    return taken(INSURANCE_ITEM, applicant=applicant, **more)


def seen(case: Case, item: Item = INSURANCE_ITEM) -> SeenCase:
    shown = document(case, item, Calendar(version=0), sync="pending")
    return SeenCase(shown, case, item, Stand(Base(), 0, "pending", (None, 0, case.id)))


def codes(case: Case, item: Item = INSURANCE_ITEM, actor: Actor = VILLAGER) -> dict[str, str]:
    """What may be done ("") and why the rest may not."""
    return {
        each.act: each.refusal.code if each.refusal else "" for each in act_offers.offers(case, item, actor, START_MS)
    }


# Which acts


def test_what_may_be_done_stands_in_front_and_the_rest_says_why() -> None:
    found = codes(taken(INSURANCE_ITEM))
    assert list(found.values()) == sorted(found.values(), key=bool)
    assert found["accept"] == found["note"] == found["amend"] == ""
    assert next(iter(found)) == "accept", "what brings the case on comes first"
    assert found["close"] == found["deliver"] == "illegal_act"
    assert "forward" not in found, "a village clerk never forwards"
    assert not NOT_ASKED & set(found)


def test_what_the_reducer_would_refuse_is_off_too() -> None:
    assert codes(taken(INSURANCE_ITEM, got="missing"))["accept"] == "materials_missing"
    assert codes(went(taken(INSURANCE_ITEM), INSURANCE_ITEM, "accept"))["decide"] == "item_not_on_spot"
    assert codes(went(taken(INSURANCE_ITEM), INSURANCE_ITEM, "accept"))["void"] == "not_your_role"


def test_the_offers_are_what_the_desk_does(city: City, village: Station) -> None:
    fields: dict[str, dict[str, Any]] = {
        "amend": {"set": {"phone": "13800000009"}},
        "note": {"text": "电话联系"},
        "supplement": {"materials": [{"name": "m_id_card", "got": "paper"}]},
        "ask_correction": {"also": ["照片不清"]},
        "decide": {"outcome": "grant"},
        "withdraw": {"reason": "不办了"},
        "void": {"reason": "重复"},
    }
    ready = {
        INSURANCE: (),
        UNEMPLOYED: ("ask_correction",),
        PENSION: ("accept", "decide", "close"),
    }
    tried = set()
    for item, steps in ready.items():
        for place in range(len(steps) + 1):
            for act in codes(taken(ITEMS[item])):
                case = village.take(item).case
                for step in steps[:place]:
                    village.act(case, step, **fields.get(step, {}))
                with village.database.reading() as reader:
                    work = replica.work(reader, case)
                offer = {
                    each.act: each
                    for each in act_offers.offers(work.case, work.item, actor_of(village.clerk()), START_MS)
                }[act]
                if offer.refusal is None:
                    village.act(case, act, **fields.get(act, {}))
                else:
                    with pytest.raises(Refused, match=offer.refusal.code):
                        village.act(case, act, **fields.get(act, {}))
                tried.add((act, offer.refusal is None))
    assert {act for act, legal in tried if legal} >= {"accept", "decide", "close", "deliver", "note", "amend"}
    assert {act for act, legal in tried if not legal} >= {"accept", "decide", "close", "deliver"}


def test_whose_turn_it_is_depends_on_the_item() -> None:
    found = act_offers.turns(ITEMS.values(), VILLAGER)
    assert found["CORRECTION"] is None
    assert INSURANCE in (found["RECEIVED"] or ())
    assert "REVIEW_DEPT" not in found
    accepted = found["ACCEPTED"] or ()
    assert PENSION in accepted
    assert INSURANCE not in accepted


def test_the_queue_of_my_turn_holds_what_i_may_bring_on(city: City, village: Station) -> None:
    mine, not_mine = village.take(INSURANCE).case, village.take("11350212DM0001104K53520D0005000").case
    accepted = village.take(INSURANCE).case
    village.act(accepted, "accept")  # provisional: it waits for the hub now
    wanted = case_queue.Wanted(
        filter=case_queue.Filter.MINE,
        turns=act_offers.turns(ITEMS.values(), actor_of(village.clerk())),
        division="350212103201",
    )
    with village.database.reading() as reader:
        found = [each.case for each in case_queue.page(reader, wanted, None, 50)]
    assert mine in found
    assert not_mine not in found
    assert accepted not in found


# The forms


def test_an_amendment_is_what_differs_and_nothing_else() -> None:
    held = seen(brought(answers={"handler": "self"}))
    draft = act_forms.begun(held, "林小梅")
    assert act_forms.line("amend", held, draft)["set"] == {}
    assert not act_forms.is_touched("amend", held, draft)
    draft = intake_answers.typed(draft, "applicant.phone", " 13800000009 ")
    draft = intake_answers.typed(draft, "applicant.address", "")
    draft = intake_answers.typed(draft, "answers.handler", "")
    assert act_forms.line("amend", held, draft)["set"] == {"phone": "13800000009", "address": "", "answers.handler": ""}
    assert act_forms.is_touched("amend", held, draft)


def test_an_identity_number_is_not_laid_open_by_a_form_and_sent_only_where_it_was_typed() -> None:
    held = seen(brought())
    draft = act_forms.begun(held, "林小梅")
    first = {entry.path: entry for entry in act_forms.pages("amend", held, draft)[0]}
    number = str(held.document["applicant"]["id_no"])
    assert first["applicant.id_no"].hint == f"{number[:6]}********{number[-4:]}"
    assert number not in str(draft)
    draft = intake_answers.typed(draft, "applicant.id_no", "350200195503120041")
    assert act_forms.line("amend", held, draft)["set"] == {"id_no": "350200195503120041"}
    said = str([fact.text for fact in changes("amend", held, draft)])
    assert "350200195503120041" not in said
    assert "350200********0041" in said


def test_other_peoples_numbers_in_a_form_stay_as_they_are_until_new_ones_are_typed() -> None:
    held = seen(brought(answers={"pay_way": "deduct", "bank_account": "6222000011112222"}))
    draft = act_forms.begun(held, "")
    assert act_forms.line("amend", held, draft)["set"] == {}
    assert "6222000011112222" not in str(draft)
    fields = {entry.path: entry for page in act_forms.pages("amend", held, draft) for entry in page}
    assert "6222000011112222" not in str(fields)
    draft = intake_answers.typed(draft, "answers.bank_account", "6222000011113333")
    review = str([fact.text for fact in changes("amend", held, draft)])
    assert "62220*******2222 → 62220*******3333" in review
    no_longer_asked = intake_answers.typed(draft, "answers.pay_way", "counter")
    assert act_forms.line("amend", held, no_longer_asked)["set"] == {"answers.pay_way": "counter"}


def test_answers_are_sent_as_what_they_mean_and_come_back_as_they_were_typed() -> None:
    held = seen(brought(answers={"handler": "self", "other_insured": False}))
    draft = act_forms.begun(held, "")
    assert draft.answers == {"handler": "self", "other_insured": "2"}
    assert act_forms.line("amend", held, draft)["set"] == {}
    draft = intake_answers.typed(draft, "answers.other_insured", "1")
    assert act_forms.line("amend", held, draft)["set"] == {"answers.other_insured": True}


def test_what_nobody_touched_follows_the_news_and_what_was_typed_stays() -> None:
    before = Draft(id="", clerk="", applicant={"phone": "1", "address": "old"}, answers={"a": "x"}, note="n")
    now_held = Draft(
        id="", clerk="", applicant={"phone": "2", "address": "new"}, answers={"a": "x", "b": "y"}, note="m"
    )
    typed = intake_answers.typed(before, "applicant.address", "mine")
    now = act_forms.carried(typed, before, now_held)
    assert now.applicant == {"phone": "2", "address": "mine"}
    assert (now.answers, now.note) == ({"a": "x", "b": "y"}, "m")


def test_a_notice_lists_free_lines_and_days_and_a_wrong_number_is_said() -> None:
    held = seen(brought())
    draft = act_forms.begun(held, "")
    for name, text in (("also_1", "照片不清"), ("also_3", "缺签名"), ("within_days", "30")):
        draft = intake_answers.typed(draft, act_forms.OWN + name, text)
    line = act_forms.line("ask_correction", held, draft)
    assert (line["also"], line["within_days"]) == (["照片不清", "缺签名"], 30)
    wrong = intake_answers.typed(draft, act_forms.OWN + "within_days", "²")
    with pytest.raises(BadInput, match="days_form"):
        act_offers.foreseen(
            act_forms.line("ask_correction", held, wrong), held.case, held.item, VILLAGER, START_MS, TODAY
        )


def test_materials_are_handed_in_as_they_were_marked() -> None:
    held = seen(brought(got="missing"))
    draft = intake_materials.marked(act_forms.begun(held, ""), "m_id_card", "copy")
    assert act_forms.line("supplement", held, draft)["materials"] == [{"name": "m_id_card", "got": "copy"}]
    assert act_forms.is_touched("supplement", held, draft)


# What will change


def changes(act: str, held: SeenCase, draft: Draft, actor: Actor = VILLAGER) -> list[Any]:
    line = act_forms.line(act, held, draft)
    foreseen = act_offers.foreseen(line, held.case, held.item, actor, START_MS, TODAY)
    return ActChanges(WORDS, held, foreseen).lines()


def said(act: str, held: SeenCase, draft: Draft | None = None) -> str:
    return " | ".join(f"{fact.label} {fact.text}" for fact in changes(act, held, draft or act_forms.begun(held, "")))


def test_the_review_says_the_state_the_values_and_the_paper() -> None:
    held = seen(brought())
    draft = intake_answers.typed(act_forms.begun(held, ""), "applicant.phone", "13800000009")
    assert "13800000000 → 13800000009" in said("amend", held, draft)
    assert "还是「已收件」" in said("amend", held, draft)
    notice = intake_answers.typed(act_forms.begun(held, ""), act_forms.OWN + "also_1", "照片不清")
    assert "已收件 → 待补正" in said("ask_correction", held, notice)
    assert "照片不清" in said("ask_correction", held, notice)
    assert "一次性告知单" in said("ask_correction", held, notice)


def test_the_review_says_what_is_only_asked_for_or_provisional() -> None:
    assert "预受理" in said("accept", seen(brought()))
    late = seen(went(brought(), INSURANCE_ITEM, "accept"))
    draft = intake_answers.typed(act_forms.begun(late, ""), "answers.handler", "self")
    assert "送决定的人定" in said("amend", late, draft)


def test_a_line_that_the_desk_would_refuse_is_refused_before() -> None:
    held = seen(brought())
    empty = act_forms.begun(held, "")
    for act, code in (("amend", "nothing_to_set"), ("withdraw", "reason_missing"), ("note", "note_empty")):
        with pytest.raises(BadInput, match=code):
            changes(act, held, empty)
    with pytest.raises(Refused, match="illegal_act"):
        changes("deliver", held, empty)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_act_that_a_station_may_do_has_a_sentence_and_every_state_a_next_step(lang: str) -> None:
    words = Words.of(lang)
    at_station = {row.act for row in TABLE if Place.STATION in row.places and row.offline != Offline.NO} - NOT_ASKED
    ids = [f"act_page.does_{act}" for act in at_station] + [f"case.waits_{row.frm}" for row in TABLE if row.frm != "-"]
    ids += [f"case.waits_{row.to}" for row in TABLE if row.to.isupper()]
    ids += [f"cases.{prefix}{each}" for each in case_queue.Filter for prefix in ("", "f6_")]
    assert [id_ for id_ in ids if words.say(id_) == id_] == []
