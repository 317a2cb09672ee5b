"""Each hard code is found in a record that was broken in one place, and a sound record has none."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import station
from scripts.made_items import made_items
from station.item_record import item_of
from sync.hub.catalogue_lint import hard, lint

Record = dict[str, Any]
SEED: list[Record] = json.loads(
    (Path(station.__file__).parent / "demo" / "catalog_seed.json").read_text(encoding="utf-8")
)["items"]


def broken(change: Callable[[Record], Any]) -> Record:
    record = copy.deepcopy(SEED[6])
    change(record)
    return record


def put(**values: Any) -> Callable[[Record], Any]:
    return lambda record: record.update(values)


def field(**values: Any) -> Callable[[Record], Any]:
    return lambda record: record["form"].append({"id": "new", "label": "x", "type": "text", **values})


HARD: list[tuple[str, str, Callable[[Record], Any]]] = [
    ("code_absent", "impl_code", put(demo_impl_code="")),
    ("code_scheme", "demo_impl_code", put(demo_impl_code="11350212DM0001104K53505D000700")),
    ("code_scheme", "demo_impl_code", put(demo_catalog_code="3505D0009000")),
    ("code_scheme", "demo_impl_code", put(implementing_dept_code_demo="11350212DM00010165")),
    ("code_scheme", "demo_impl_code", put(exercise_level=6)),
    ("code_scheme", "impl_code", put(impl_code="1" * 31, code_scheme="39554")),
    ("date_not_iso", "effective_from", put(effective_from="2026/01/01")),
    ("date_not_iso", "effective_to", put(effective_to="2026-02-30")),
    ("dates_crossed", "effective_to", put(effective_to="2025-12-31")),
    ("limit_negative", "promised_limit", put(promised_limit=-1)),
    ("limit_not_integer", "statutory_limit", put(statutory_limit=2.5)),
    ("limit_not_integer", "statutory_limit", put(statutory_limit="30")),
    ("limit_not_integer", "promised_limit", put(promised_limit=True)),
    ("limit_unit_unknown", "limit_unit", put(limit_unit="天")),
    ("promised_over_statutory", "promised_limit", put(promised_limit=31)),
    ("material_duplicate", "materials", lambda r: r["materials"].append(r["materials"][0])),
    ("answer_id_duplicate", "questions,form", lambda r: r["form"].append(r["form"][0])),
    ("answer_id_duplicate", "questions,form", field(id="illness")),
    ("option_duplicate", "questions[0].options", lambda r: r["questions"][0]["options"][0].update(value="no")),
    (
        "option_material_unknown",
        "questions[0].options[1].materials",
        lambda r: r["questions"][0]["options"][1].update(materials=["m_x"]),
    ),
    ("options_absent", "form[13].options", field(type="choice")),
    ("show_if_unknown", "form[13].show_if.field", field(show_if={"field": "nobody", "among": ["x"]})),
    ("show_if_circle", "form[13].show_if.field", field(show_if={"field": "new", "among": ["x"]})),
    ("field_type_unknown", "form[13].type", field(type="colour")),
    ("pattern_unreadable", "form[13].pattern", field(pattern="[")),
    ("range_crossed", "form[13].maximum", field(type="integer", minimum=5, maximum=4)),
    ("limit_negative", "form[13].max_length", field(max_length=0)),
    ("too_many", "form", lambda r: r["form"].extend({"id": f"f{n}", "label": "x", "type": "text"} for n in range(200))),
    ("item_field_type", "version", put(version="1")),
    ("item_field_absent", "item_name", put(item_name=None)),
    ("item_version", "version", put(version=0)),
]


@pytest.mark.parametrize(("code", "where", "change"), HARD)
def test_each_hard_fault_is_found_where_it_is(code: str, where: str, change: Callable[[Record], Any]) -> None:
    found = hard(lint([broken(change)]))
    assert [(finding.code, finding.field) for finding in found] == [(code, where)]


def test_the_sound_record_has_no_hard_finding() -> None:
    assert lint([SEED[6]]) == ()


def test_a_code_may_come_twice_in_two_versions_only() -> None:
    second = {**SEED[6], "version": 2}
    assert hard(lint([SEED[6], second])) == ()
    found = hard(lint([SEED[6], second, SEED[6]]))
    assert [(finding.code, finding.item) for finding in found] == [("code_duplicate", SEED[6]["demo_impl_code"])] * 2


def test_two_records_without_a_code_are_not_called_the_same() -> None:
    without = broken(put(demo_impl_code=None))
    assert [finding.code for finding in lint([without, without])] == ["code_absent"] * 2


def test_other_code_schemes_are_text() -> None:
    plain = {k: v for k, v in SEED[6].items() if not k.startswith("demo_")}
    for code in ("XK5200001001", "ff8080-17", "5" * 31):
        assert hard(lint([{**plain, "impl_code": code}])) == ()
    assert hard(lint([{**SEED[6], "demo_impl_code": "X1", "code_scheme": "local"}])) == ()


@pytest.mark.parametrize("record", [None, 3, [], "x"])
def test_what_is_no_record_is_named_by_its_place(record: Any) -> None:
    found = lint([SEED[6], record])
    assert [(finding.code, finding.level, finding.item) for finding in found] == [("item_not_object", "hard", "#2")]


ADVICE: list[tuple[str, Callable[[Record], Any]]] = [
    ("at_once_not_on_the_spot", put(promised_limit=0)),
    ("on_the_spot_not_at_once", put(case_type="1")),
    ("visits_without_reason", put(visits_reason="")),
    ("no_visit_no_way", put(visits=0, handling_form="1")),
    ("fee_without_basis", put(charge="是")),
    ("online_pay_without_fee", put(pay_online="是")),
    ("contacts_same", put(link_way="0592-7000000", supervise_way="0592-7000000")),
    ("contact_without_area", put(link_way="7000000")),
    ("licence_steps_few", put(item_type="01", flow=["受理"])),
    ("result_unnamed", put(result="", result_sample="样本")),
    ("material_unreached", lambda r: r["questions"].pop(0)),
    ("condition_never_holds", field(show_if={"field": "illness", "among": ["perhaps"]})),
    ("offline_accept_without_intake", put(offline_accept=True, offline_intake=False)),
    ("no_limit", put(promised_limit=None, statutory_limit=None)),
]


@pytest.mark.parametrize(("code", "change"), ADVICE)
def test_advice_never_refuses(code: str, change: Callable[[Record], Any]) -> None:
    found = lint([broken(change)])
    assert [(finding.code, finding.level) for finding in found] == [(code, "advice")]


def test_made_catalogues_are_sound_and_repeatable() -> None:
    records = made_items(3, 1400)
    assert hard(lint(records)) == ()
    assert records == made_items(3, 1400) != made_items(4, 1400)
    assert len({record["item_name"] for record in records}) == 1400
    assert not {item_of(record).code for record in records} & {item_of(record).code for record in SEED}


@pytest.mark.parametrize("value", [[], {}, 7, 2.5, "x", True, [[]], [{}], [None], {"a": 1}])
def test_no_shape_of_a_record_breaks_the_check(value: Any) -> None:
    for key in SEED[6]:
        lint([{**SEED[6], key: value}])
