"""A line that asks for an act, checked into its payload: each wrong thing has its code and its field."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from loop_city import CATALOGUE, INSURANCE, VILLAGE, City, Station

from station.act_request import NOT_ASKED, checked_args, read_request, settled_value
from station.acts import ACTS
from station.case import Case
from station.errors import BadInput, Refused, StationError
from station.item_record import item_of

TODAY = date(2026, 9, 21)
ITEM = next(item for item in map(item_of, CATALOGUE["items"]) if item.code == INSURANCE)
CASE = Case(
    "c",
    {
        "status": "RECEIVED",
        "item": ITEM.code,
        "item_version": 1,
        "applicant.kind": "person",
        "applicant.id_kind": "resident_id",
        "agent.id_kind": "passport",
        "materials.m_id_card": "original_seen",
    },
)
FIRM = Case("f", {**CASE.fields, "applicant.kind": "organisation", "applicant.id_kind": "uscc"})


def asked(act: str, case: Case = CASE, **more: Any) -> dict[str, Any]:
    return checked_args(read_request({"case": case.id, "act": act, **more}), case, ITEM, TODAY)


@pytest.mark.parametrize(
    ("line", "code", "field"),
    [
        ([], "not_an_object", ""),
        (None, "not_an_object", ""),
        ({}, "field_missing", "case"),
        ({"case": "c"}, "field_missing", "act"),
        ({"case": " ", "act": "note"}, "field_missing", "case"),
        ({"case": 7, "act": "note"}, "field_missing", "case"),
        ({"case": "c", "act": None}, "field_missing", "act"),
        ({"case": "c", "act": "approve"}, "unknown_act", "act"),
        *[({"case": "c", "act": act}, "unknown_act", "act") for act in sorted(NOT_ASKED)],
    ],
)
def test_a_line_names_a_case_and_an_act_that_may_be_asked_for(line: Any, code: str, field: str) -> None:
    with pytest.raises(BadInput) as refused:
        read_request(line)
    assert (refused.value.code, refused.value.fields["field"]) == (code, field)


@pytest.mark.parametrize("act", sorted(set(ACTS) - NOT_ASKED))
def test_every_other_act_may_be_asked_for_by_its_name(act: str) -> None:
    found = read_request({"case": " 260000000010 ", "act": act})
    assert (found.case, found.act) == ("260000000010", act)


WRONG: list[tuple[str, dict[str, Any], str, str]] = [
    ("amend", {}, "field_missing", "set"),
    ("amend", {"set": {}}, "nothing_to_set", "set"),
    ("amend", {"set": []}, "not_an_object", "set"),
    ("amend", {"set": {"status": "CLOSED"}}, "unknown_field", "set.status"),
    ("amend", {"set": {"applicant.phone": "1"}}, "unknown_field", "set.applicant.phone"),
    ("amend", {"set": {"answers.": "1"}}, "unknown_field", "set.answers."),
    ("amend", {"set": {"phone": "1"}}, "phone_form", "set.phone"),
    ("amend", {"set": {"phone": 13800000000}}, "not_text", "set.phone"),
    ("amend", {"set": {"note": "字" * 2_001}}, "text_too_long", "set.note"),
    ("amend", {"set": {"note": 1}}, "not_text", "set.note"),
    ("amend", {"set": {"name": " "}}, "name_empty", "set.name"),
    ("amend", {"set": {"name": None}}, "not_text", "set.name"),
    ("amend", {"set": {"address": "村" * 201}}, "text_too_long", "set.address"),
    ("amend", {"set": {"id_kind": "uscc"}}, "id_kind_unknown", "set.id_kind"),
    ("amend", {"set": {"id_no": "350200195503120026"}}, "id_check_digit", "set.id_no"),
    ("amend", {"set": {"id_kind": "nothing", "id_no": "1"}}, "id_kind_unknown", "set.id_kind"),
    ("amend", {"set": {"answers.nobody": "x"}}, "unknown_answer", "answers.nobody"),
    ("amend", {"set": {"answers.handler": "nobody"}}, "answer_choice", "answers.handler"),
    ("amend", {"set": {"agent.phone": "1"}}, "phone_form", "agent.phone"),
    ("amend", {"set": {"delivery.to": 1}}, "not_text", "set.delivery.to"),
    ("supplement", {}, "materials_empty", "materials"),
    ("supplement", {"materials": []}, "materials_empty", "materials"),
    ("supplement", {"materials": {}}, "not_a_list", "materials"),
    ("supplement", {"materials": [{"name": "x", "got": "paper"}]}, "unknown_material", "materials[0].name"),
    ("supplement", {"materials": [{"name": "m_form"}]}, "got_unknown", "materials[0].got"),
    ("ask_correction", {"also": "x"}, "not_a_list", "also"),
    ("ask_correction", {"also": [1]}, "not_a_list", "also"),
    ("ask_correction", {"also": ["字" * 2_001]}, "text_too_long", "also"),
    ("ask_correction", {"within_days": 0}, "days_form", "within_days"),
    ("ask_correction", {"within_days": True}, "days_form", "within_days"),
    ("ask_correction", {"within_days": "30"}, "days_form", "within_days"),
    ("ask_correction", {"within_days": 3_651}, "days_form", "within_days"),
    ("decide", {}, "outcome_unknown", "outcome"),
    ("decide", {"outcome": "maybe"}, "outcome_unknown", "outcome"),
    ("decide", {"outcome": ["grant"]}, "outcome_unknown", "outcome"),
    ("note", {}, "note_empty", "text"),
    ("note", {"text": "  "}, "note_empty", "text"),
    ("note", {"text": 1}, "not_text", "text"),
    ("note", {"text": "字" * 2_001}, "text_too_long", "text"),
    ("start_special", {"limit": -1}, "days_form", "limit"),
    ("start_special", {"name": 1}, "not_text", "name"),
    ("deliver", {"recipient": "x" * 201}, "text_too_long", "recipient"),
    ("withdraw", {"reason": 1}, "not_text", "reason"),
    ("withdraw", {"reason": "字" * 501}, "text_too_long", "reason"),
]


@pytest.mark.parametrize(("act", "more", "code", "field"), WRONG)
def test_each_wrong_thing_has_its_code_and_its_field(act: str, more: dict[str, Any], code: str, field: str) -> None:
    before = copy.deepcopy(more)
    with pytest.raises(BadInput) as refused:
        asked(act, **more)
    assert (refused.value.code, refused.value.fields["field"]) == (code, field)
    assert more == before


RIGHT: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("amend", {"set": {"phone": "138 0000 0001"}}, {"set": {"phone": "13800000001"}}),
    ("amend", {"set": {"phone": None}}, {"set": {"phone": ""}}),
    ("amend", {"set": {"note": None}}, {"set": {"note": ""}}),
    ("amend", {"set": {"name": " 陈秀兰 "}}, {"set": {"name": "陈秀兰"}}),
    ("amend", {"set": {"answers.handler": ""}}, {"set": {"answers.handler": None}}),
    (
        "amend",
        {"set": {"id_kind": "passport", "id_no": "e12345678"}},
        {"set": {"id_kind": "passport", "id_no": "E12345678"}},
    ),
    ("amend", {"set": {"agent.id_no": "E12345678"}}, {"set": {"agent.id_no": "E12345678"}}),
    ("supplement", {"materials": [{"name": "m_form", "got": "paper"}]}, {"materials": {"m_form": "paper"}}),
    ("decide", {"outcome": "grant", "reason": " 符合条件 "}, {"outcome": "grant", "reason": "符合条件"}),
    ("note", {"text": " 已电话核对 "}, {"text": "已电话核对"}),
    ("note", {"note": "也行"}, {"text": "也行"}),
    ("withdraw", {"reason": " 不办了 "}, {"reason": "不办了"}),
    ("accept", {"unknown": 1}, {}),
    ("start_special", {"name": "听证", "limit": 20, "reason": "依法"}, {"name": "听证", "limit": 20, "reason": "依法"}),
    ("deliver", {"recipient": "陈秀英", "method": "", "proxy": None}, {"recipient": "陈秀英"}),
]


@pytest.mark.parametrize(("act", "more", "args"), RIGHT)
def test_a_right_line_becomes_the_payload_and_nothing_else(
    act: str, more: dict[str, Any], args: dict[str, Any]
) -> None:
    assert asked(act, **more) == args


def test_a_notice_lists_everything_that_is_missing_at_once() -> None:
    found = asked("ask_correction", also=["户口簿复印件不清"], within_days=30)
    form = ITEM.material("m_form")
    assert form is not None
    assert found["missing"][0] == form.name
    assert found["missing"][-1] == "户口簿复印件不清"
    assert found["within_days"] == 30
    assert {"answers.handler", "answers.insured"} < set(found["missing"])
    assert asked("defer")["missing"] == found["missing"][:-1]


def test_a_notice_of_nothing_is_none() -> None:
    whole = item_of({"impl_code": "X", "version": 1, "item_name": "示例", "materials": []})
    request = read_request({"case": "c", "act": "ask_correction"})
    with pytest.raises(BadInput, match="nothing_to_correct"):
        checked_args(request, CASE, whole, TODAY)
    told = read_request({"case": "c", "act": "ask_correction", "reason": "照片不清"})
    assert checked_args(told, CASE, whole, TODAY) == {"missing": [], "reason": "照片不清"}


def test_what_an_organisation_is_called_and_by_which_number_has_its_own_rules() -> None:
    assert asked("amend", FIRM, set={"name": "军" * 60})["set"] == {"name": "军" * 60}
    with pytest.raises(BadInput, match="name_length"):
        asked("amend", set={"name": "军" * 60})
    with pytest.raises(BadInput, match="id_kind_unknown"):
        asked("amend", FIRM, set={"id_kind": "passport"})
    assert asked("amend", FIRM, set={"id_kind": "org_pseudo"})["set"] == {"id_kind": "org_pseudo"}


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("applicant.phone", "138 0000 0001", "13800000001"),
        ("applicant.name", " 陈秀兰 ", "陈秀兰"),
        ("note", "说明", "说明"),
        ("answers.handler", "self", "self"),
        ("materials.m_form", "copy", "copy"),
        ("applicant.phone", "1", BadInput("phone_form", field="set.phone")),
        ("materials.m_form", "lost", BadInput("got_unknown", field="value")),
        ("applicant.id_no", "1", BadInput("id_length", field="set.id_no")),
        ("status", "CLOSED", BadInput("unknown_field", field="set.status")),
    ],
)
def test_a_value_typed_to_settle_a_conflict_is_checked_as_an_amendment_is(
    field: str, value: str, expected: Any
) -> None:
    if not isinstance(expected, BadInput):
        assert settled_value(field, value, CASE, ITEM, TODAY) == expected
        return
    with pytest.raises(BadInput) as refused:
        settled_value(field, value, CASE, ITEM, TODAY)
    assert (refused.value.code, refused.value.fields["field"]) == (expected.code, expected.fields["field"])


# At a desk


@pytest.fixture(scope="module")
def village(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Station]:
    city = City(tmp_path_factory.mktemp("city"))
    yield city.station("village", VILLAGE)
    city.close()


@pytest.mark.parametrize(("act", "more", "code", "field"), WRONG[::4])
def test_of_a_wrong_line_the_desk_keeps_nothing(
    village: Station, act: str, more: dict[str, Any], code: str, field: str
) -> None:
    done = village.take()
    before, pending = village.bodies(), village.pending()
    with pytest.raises(StationError) as refused:
        village.act(done.number, act, **more)
    assert (refused.value.code, refused.value.fields["field"]) == (code, field)
    assert (village.bodies(), village.pending()) == (before, pending)


def test_an_act_that_the_law_refuses_leaves_no_trace_either(village: Station) -> None:
    done = village.take(materials=[])
    before, pending = village.bodies(), village.pending()
    for act, more, code in (
        ("accept", {}, "materials_missing"),
        ("withdraw", {}, "reason_missing"),
        ("decide", {"outcome": "grant"}, "illegal_act"),
        ("not_accept", {"reason": "x"}, "not_your_role"),
        ("restore", {}, "illegal_act"),
    ):
        with pytest.raises((Refused, BadInput), match=code):
            village.act(done.case, act, **more)
    with pytest.raises(BadInput, match="case_unknown"):
        village.act("260000000990", "note", text="x")
    assert (village.bodies(), village.pending()) == (before, pending)


def test_a_case_goes_by_its_number_as_well_as_by_its_id(village: Station) -> None:
    done = village.take()
    assert village.act(done.number, "note", text="x").case == village.act(done.case, "note", text="y").case == done.case
