"""An intake line, checked: each wrong thing has its code and its field, and nothing of a wrong line is kept."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest
from loop_city import CATALOGUE, INSURANCE, VILLAGE, City, Station, intake

from station.errors import BadInput, Refused, StationError
from station.intake import GOT, Warnings, checked_intake, takeable
from station.item import Item
from station.item_record import item_of

TODAY = date(2026, 9, 21)
ITEMS = {item.code: item for item in map(item_of, CATALOGUE["items"])}
ITEM = ITEMS[INSURANCE]
FELLING = next(item for item in ITEMS.values() if "organisation" in item.applicant_kinds)
GUIDE_ONLY = next(item for item in ITEMS.values() if item.village_role == "guide_only")
NOT_OFFLINE = next(item for item in ITEMS.values() if not item.offline_intake and item.village_role != "guide_only")


def line(**more: Any) -> dict[str, Any]:
    return intake(INSURANCE) | more


def applicant(**more: Any) -> dict[str, Any]:
    return line(applicant={**line()["applicant"], **more})


def checked(given: dict[str, Any], item: Item = ITEM) -> dict[str, Any]:
    return checked_intake(given, item, TODAY, Warnings())


WRONG: list[tuple[dict[str, Any], str, str]] = [
    (line(extra=1), "unknown_field", "extra"),
    (line(applicant=None), "field_missing", "applicant"),
    (line(applicant=[]), "not_an_object", "applicant"),
    (applicant(extra=1), "unknown_field", "applicant.extra"),
    (applicant(kind="animal"), "applicant_kind_unknown", "applicant.kind"),
    (applicant(kind="organisation"), "applicant_kind_not_for_item", "applicant.kind"),
    (applicant(kind=7), "not_text", "applicant.kind"),
    (applicant(id_kind="uscc"), "id_kind_unknown", "applicant.id_kind"),
    (applicant(name=""), "name_empty", "applicant.name"),
    (applicant(name=None), "name_empty", "applicant.name"),
    (applicant(name=7), "not_text", "applicant.name"),
    (applicant(name="陈" * 51), "name_length", "applicant.name"),
    (applicant(name="陈\x07英"), "name_characters", "applicant.name"),
    (applicant(id_no="350200195503120026"), "id_check_digit", "applicant.id_no"),
    (applicant(id_no=350200195503120025), "not_text", "applicant.id_no"),
    (applicant(phone="12"), "phone_form", "applicant.phone"),
    (applicant(phone=13800000000), "not_text", "applicant.phone"),
    (applicant(address="村" * 201), "text_too_long", "applicant.address"),
    (applicant(address="村\0"), "text_characters", "applicant.address"),
    (line(agent="陈志强"), "not_an_object", "agent"),
    (line(agent={"name": 1}), "not_text", "agent.name"),
    (line(agent={"name": " "}), "name_empty", "agent.name"),
    (line(agent={"phone": "1"}), "phone_form", "agent.phone"),
    (line(agent={"id_no": "1"}), "id_length", "agent.id_no"),
    (line(agent={"": "x"}), "unknown_field", "agent."),
    (line(agent={"a.b": "x"}), "unknown_field", "agent.a.b"),
    (line(agent={"k" * 41: "x"}), "unknown_field", "agent." + "k" * 41),
    (line(agent={"relation": "x" * 201}), "text_too_long", "agent.relation"),
    (line(answers=[]), "not_an_object", "answers"),
    (line(answers={"nobody_asked": "x"}), "unknown_answer", "answers.nobody_asked"),
    (line(answers={"handler": "nobody"}), "answer_choice", "answers.handler"),
    (line(answers={"insured_year": "soon"}), "answer_type", "answers.insured_year"),
    (line(materials={}), "not_a_list", "materials"),
    (line(materials=["m_form"]), "not_an_object", "materials[0]"),
    (line(materials=[{"name": "m_form", "got": "paper"}, {"name": "x"}]), "unknown_material", "materials[1].name"),
    (line(materials=[{"got": "paper"}]), "unknown_material", "materials[0].name"),
    (line(materials=[{"name": 1}]), "not_text", "materials[0].name"),
    (line(materials=[{"name": "m_form"}]), "got_unknown", "materials[0].got"),
    (line(materials=[{"name": "m_form", "got": "lost"}]), "got_unknown", "materials[0].got"),
    (line(materials=[{"name": "m_form", "got": []}]), "got_unknown", "materials[0].got"),
    (line(note=1), "not_text", "note"),
    (line(note="字" * 2_001), "text_too_long", "note"),
    (line(channel=1), "not_text", "channel"),
    (line(received_at="soon"), "received_form", "received_at"),
    (line(received_at=20260920), "received_form", "received_at"),
    (line(received_at="2026-09-20 at noon"), "received_form", "received_at"),
    (line(received_at=["2026-09-20"] * 10), "received_form", "received_at"),
    (line(received_at="0001-01-01T00:00:00+14:00"), "received_form", "received_at"),
    (line(received_at="2026-09-22"), "received_in_future", "received_at"),
    (line(received_at="2026-09-21T16:00:00Z"), "received_in_future", "received_at"),
    (line(received_at="2026-09-20"), "received_reason_missing", "received_reason"),
    (line(received_at="2026-09-20", received_reason="  "), "received_reason_missing", "received_reason"),
    (line(received_at="2026-09-20", received_reason=1), "not_text", "received_reason"),
    (line(received_at="2026-09-20", received_reason="停电" * 101), "text_too_long", "received_reason"),
    (line(received_at="2025-09-19", received_reason="停电"), "received_too_long_ago", "received_at"),
]


@pytest.mark.parametrize(("given", "code", "field"), WRONG, ids=[f"{code} {field}"[:60] for _, code, field in WRONG])
def test_each_wrong_thing_has_its_code_and_its_field(given: dict[str, Any], code: str, field: str) -> None:
    before = copy.deepcopy(given)
    with pytest.raises(BadInput) as refused:
        checked(given)
    assert (refused.value.code, refused.value.fields["field"]) == (code, field)
    assert given == before


def test_a_whole_line_becomes_the_payload_of_an_act() -> None:
    assert checked(line(answers={"handler": "self"}, note="老人行动不便")) == {
        "item": INSURANCE,
        "item_version": 1,
        "applicant": line()["applicant"],
        "agent": {},
        "answers": {"handler": "self"},
        "materials": {material.id: "original_seen" for material in ITEM.materials},
        "note": "老人行动不便",
        "received_on": "2026-09-21",
        "received_reason": "",
        "channel": "counter",
    }


def test_what_is_not_said_is_never_refused_and_reads_as_empty() -> None:
    found = checked({"item": INSURANCE, "applicant": {"name": "陈秀英", "id_no": "350200195503120025"}})
    assert (found["materials"], found["answers"], found["agent"], found["note"]) == ({}, {}, {}, "")
    assert found["applicant"]["kind"] == "person"
    assert found["applicant"]["id_kind"] == "resident_id"
    assert found["applicant"]["phone"] == ""
    nulls = dict.fromkeys(("agent", "answers", "materials", "note", "received_at", "received_reason", "ref", "channel"))
    assert checked(line(**nulls)) == checked(line(materials=[]))


def test_typed_values_are_kept_in_their_one_form() -> None:
    given = applicant(name=" 阿依•古丽 ", phone="+86 138-0000-0000", id_no="350200 19550312 0025")
    found = checked(given)["applicant"]
    assert (found["name"], found["phone"], found["id_no"]) == ("阿依·古丽", "13800000000", "350200195503120025")


@pytest.mark.parametrize("got", GOT)
def test_a_material_goes_by_its_name_or_its_id(got: str) -> None:
    material = ITEM.materials[0]
    for name in (material.id, material.name):
        assert checked(line(materials=[{"name": name, "got": got}]))["materials"] == {material.id: got}


def test_organisations_apply_where_the_item_lets_them() -> None:
    who = {"kind": "organisation", "name": "军营村合作社", "id_no": "91350200MA31GCG84Q"}
    try:
        found = checked(intake(FELLING.code, applicant=who), FELLING)["applicant"]
    except BadInput as refused:
        assert refused.fields["field"] == "applicant.id_no", "the kind and its number's kind were taken"
    else:
        assert found["id_kind"] == "uscc"


@pytest.mark.parametrize(
    ("received_at", "reason", "expected"),
    [
        ("2026-09-21", "", ("2026-09-21", "")),
        ("2026-09-20", "停电，记在本子上", ("2026-09-20", "停电，记在本子上")),
        ("2026-09-20T09:30:00+08:00", "停电", ("2026-09-20", "停电")),
        ("2026-09-20T09:30:00", "停电", ("2026-09-20", "停电")),
        ("2026-09-19T20:00:00Z", "停电", ("2026-09-20", "停电")),
        ("2026-09-20T20:00:00Z", "", ("2026-09-21", "")),
        ("2025-09-20", "停电", ("2025-09-20", "停电")),
    ],
)
def test_an_earlier_day_of_receipt_comes_with_its_reason(received_at: str, reason: str, expected: Any) -> None:
    found = checked(line(received_at=received_at, received_reason=reason))
    assert (found["received_on"], found["received_reason"]) == expected


def test_what_a_clerk_should_look_at_again_is_a_warning_and_stops_nothing() -> None:
    warnings = Warnings()
    checked_intake(applicant(name="陈\u200b英"), ITEM, TODAY, warnings)
    assert warnings == [{"field": "applicant.name", "code": "name_invisible"}]


@pytest.mark.parametrize(
    ("item", "code"),
    [
        (GUIDE_ONLY, "item_guide_only"),
        (NOT_OFFLINE, "item_not_offline"),
        (msgspec.structs.replace(ITEM, status="取消"), "item_abolished"),
        (msgspec.structs.replace(ITEM, status="暂停"), "item_suspended"),
        (msgspec.structs.replace(ITEM, effective_to="2026-09-20"), "item_abolished"),
        (msgspec.structs.replace(ITEM, effective_from="2026-09-22"), "item_not_yet"),
    ],
)
def test_an_item_that_may_not_be_taken_here_today_says_why(item: Item, code: str) -> None:
    with pytest.raises(Refused) as refused:
        takeable(item, TODAY)
    assert (refused.value.code, refused.value.fields["field"], refused.value.fields["item"]) == (
        code,
        "item",
        item.code,
    )


@pytest.mark.parametrize(("begins", "ends"), [("", ""), ("2026-09-21", ""), ("", "2026-09-21")])
def test_an_item_is_taken_on_its_first_and_on_its_last_day(begins: str, ends: str) -> None:
    takeable(msgspec.structs.replace(ITEM, effective_from=begins, effective_to=ends), TODAY)


# At a desk


@pytest.fixture(scope="module")
def village(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Station]:
    city = City(tmp_path_factory.mktemp("city"))
    yield city.station("village", VILLAGE)
    city.close()


AT_THE_DESK: list[tuple[Any, str, str]] = [
    ([], "not_an_object", ""),
    ("陈秀英", "not_an_object", ""),
    ({}, "field_missing", "item"),
    (line(item=None), "field_missing", "item"),
    (line(item=7), "field_missing", "item"),
    (line(item="  "), "field_missing", "item"),
    (line(item="nothing"), "unknown_item", "item"),
    (line(item=GUIDE_ONLY.code), "item_guide_only", "item"),
    (line(item=NOT_OFFLINE.code), "item_not_offline", "item"),
    (line(ref=7), "not_text", "ref"),
    (line(ref="r" * 201), "text_too_long", "ref"),
    *WRONG[:3],
    *WRONG[-3:],
]


@pytest.mark.parametrize(("given", "code", "field"), AT_THE_DESK)
def test_of_a_wrong_line_the_desk_keeps_nothing_not_even_a_number(
    village: Station, given: Any, code: str, field: str
) -> None:
    before = counts(village)
    with pytest.raises(StationError) as refused:
        village.desk.take(given, village.clerk())
    assert (refused.value.code, refused.value.fields["field"]) == (code, field)
    assert counts(village) == before


def counts(village: Station) -> tuple[int, ...]:
    with village.database.reading() as reader:
        tables = ("journal", "payload", "pending", "work", "intake_ref")
        found = [reader.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables]
    return (*found, village.numbers_left())


def test_the_same_ref_twice_is_the_first_case_whatever_the_second_line_says(village: Station) -> None:
    first = village.take(ref="号001")
    before = counts(village)
    again = village.take(ref="号001", applicant={"name": "别人"})
    assert (again.case, again.number, again.known, first.known) == (first.case, first.number, True, False)
    assert counts(village) == before
    assert village.take(ref="号002").case != first.case
    assert village.take().case != village.take().case, "without a ref every line is a case"


def test_a_ref_of_a_line_that_was_refused_is_free(village: Station) -> None:
    with pytest.raises(BadInput):
        village.take(ref="号003", applicant={"name": ""})
    assert not village.take(ref="号003").known


def test_what_is_lacking_is_told_and_not_refused(village: Station) -> None:
    done = village.take(materials=[{"name": "m_form", "got": "deferred"}])
    names = [material.name for material in ITEM.materials if material.id in ("m_id_card", "m_form")]
    assert done.missing[:2] == tuple(names)
    assert done.status == "RECEIVED"
    assert done.due["promised"] is None
    assert done.due["intake"] == "2026-09-29"


def test_a_backdated_case_counts_from_its_day_and_carries_its_reason(village: Station) -> None:
    done = village.take(received_at="2026-09-18", received_reason="停电")
    assert done.due["intake"] == "2026-09-24", "the Sunday before is a working day"
    shown = village.case(done.case)
    assert (shown["received_on"], shown["received_reason"]) == ("2026-09-18", "停电")


def test_a_role_that_does_not_take_takes_nothing(village: Station) -> None:
    before = counts(village)
    with pytest.raises(Refused, match="not_your_role"):
        village.take(by="苏初审")
    assert counts(village) == before


def test_a_station_that_no_hub_knows_takes_nothing(tmp_path: Path) -> None:
    city = City(tmp_path)
    home = city.new_home("alone", VILLAGE)
    with pytest.raises(Refused, match="not_enrolled"):
        home.desk.take(line(), msgspec.convert({"name": "x", "role": "village_clerk", "division": VILLAGE}, type_of()))
    city.close()


def type_of() -> Any:
    from station.clerks import Clerk  # noqa: PLC0415

    return Clerk
