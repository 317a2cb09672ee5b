"""The demo catalogue is what a publisher would accept, and every form of it can be filled in."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import station
from station import canonical
from station.checklist import required_materials, visible_fields, visible_questions
from station.errors import BadInput
from station.forms import check_answers
from station.item import CONDITIONAL, DEFERRABLE, FormField, Item, Question
from station.item_record import item_of, material_id
from sync.hub.catalogue_lint import hard, lint

RECORDS: list[dict[str, Any]] = json.loads(
    (Path(station.__file__).parent / "demo" / "catalog_seed.json").read_text(encoding="utf-8")
)["items"]
ITEMS = [item_of(record) for record in RECORDS]
each_item = pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.name)


def test_there_are_22_items_of_demo_codes() -> None:
    assert len({item.code for item in ITEMS}) == len(ITEMS) == 22
    for record, item in zip(RECORDS, ITEMS, strict=True):
        catalogue = record["demo_catalog_code"]
        assert item.code == f"{item.dept_code}{record['exercise_level']}{catalogue}"
        assert len(item.code) == 31
        assert catalogue[4] == "D", "a real code has two digits for its department"
        assert item.demo


def test_lint_finds_nothing_hard_and_every_conditional_material_reached() -> None:
    found = lint(RECORDS)
    assert hard(found) == ()
    assert {finding.code for finding in found} <= {"licence_steps_few", "fee_without_basis"}


def test_one_item_is_only_guided_and_one_must_not_be_taken_offline() -> None:
    assert [i.name for i in ITEMS if i.village_role == "guide_only"] == ["居民身份证申领、换领、补领"]
    assert [i.name for i in ITEMS if not i.offline_intake and i.village_role != "guide_only"] == [
        "跨省异地就医直接结算备案"
    ]
    assert [i.name for i in ITEMS if i.offline_accept] == ["社会保险待遇领取资格认证"]
    for record in RECORDS[20:]:
        assert "演示" in record["confidence"]


def test_organisations_may_apply_for_felling_and_machines_only() -> None:
    assert [i.name[:4] for i in ITEMS if "organisation" in i.applicant_kinds] == ["林木采伐", "农业机械"]


@each_item
def test_forms_have_a_village_size_and_few_required_fields(item: Item) -> None:
    if item.village_role == "guide_only":
        assert item.form == ()
        return
    assert 4 <= len(item.form) <= 14
    assert 1 <= sum(field.required for field in item.form) <= 4
    assert all(field.group for field in item.form)
    # A hidden field that is required would be missing from the moment it is shown: allowed, but none is needed here.
    assert not any(field.required and field.show_if for field in item.form)
    assert item.questions


@each_item
def test_each_conditional_material_can_be_asked_for(item: Item) -> None:
    wanted = {m.id for m in item.materials if m.necessity in (CONDITIONAL, DEFERRABLE)}
    for question in item.questions:
        for option in question.options:
            answers = {**_showing(item, question), question.id: option.value}
            wanted -= {m.id for m in required_materials(item, answers)}
    assert not wanted


@each_item
def test_each_condition_can_hold(item: Item) -> None:
    for asked in item.askables:
        shown = (*visible_questions(item, _showing(item, asked)), *visible_fields(item, _showing(item, asked)))
        assert asked in shown


def _showing(item: Item, asked: Question | FormField) -> dict[str, Any]:
    answers: dict[str, Any] = {}
    while asked.show_if is not None:
        decider = item.askable(asked.show_if.field)
        assert decider is not None
        value = asked.show_if.among[0]
        answers[decider.id] = [value] if isinstance(decider, FormField) and decider.type == "choices" else value
        asked = decider
    return answers


def _number(field: FormField, places: int) -> st.SearchStrategy[str]:
    low, high = int((field.minimum or 0) * 10**places), int((field.maximum or 10_000) * 10**places)
    return st.integers(low, high).map(lambda n: f"{n // 10**places}.{n % 10**places:0{places}d}" if places else str(n))


def _values(asked: Question | FormField) -> st.SearchStrategy[Any]:
    if isinstance(asked, Question):
        return st.sampled_from([option.value for option in asked.options])
    if asked.pattern:
        return st.from_regex(asked.pattern, fullmatch=True).filter(lambda t: len(t) <= (asked.max_length or 200))
    options = [option.value for option in asked.options]
    by_type: dict[str, Any] = {
        "text": lambda: st.sampled_from(["莲花镇军营村1号", "张三·阿不都"]),
        "long_text": lambda: st.just("家中主要劳动力患病，\n无固定收入。"),
        "integer": lambda: _number(asked, 0),
        "decimal": lambda: _number(asked, 1),
        "money": lambda: _number(asked, 2),
        "date": lambda: st.dates(date(1900, 1, 1), date(2199, 12, 31)).map(str),
        "yes_no": st.booleans,
        "choice": lambda: st.sampled_from(options),
        "choices": lambda: st.lists(st.sampled_from(options), min_size=1, unique=True),
        "phone": lambda: st.sampled_from(["13800000000", "0592-7012345"]),
        "resident_id": lambda: st.just("11010519491231002X"),
        "bank_account": lambda: st.sampled_from(["6217000010001234567", "90123456789012"]),
    }
    strategy: st.SearchStrategy[Any] = by_type[asked.type]()
    return strategy


@each_item
@given(data=st.data())
@settings(max_examples=15, deadline=None)
def test_valid_answers_pass_and_are_stable(item: Item, data: st.DataObject) -> None:
    typed = {asked.id: data.draw(_values(asked), label=asked.id) for asked in item.askables}
    once = check_answers(item, typed)
    assert once.keys() == typed.keys()
    assert check_answers(item, once) == once
    assert canonical.decode(canonical.encode(once)) == once
    assert not any(isinstance(value, float) for value in once.values())


def test_a_record_keeps_working_without_what_was_added_to_the_seed() -> None:
    bare = {k: v for k, v in RECORDS[6].items() if k not in ("questions", "form", "applicant_kinds", "suspendable")}
    bare["materials"] = [{k: v for k, v in m.items() if k != "id"} for m in bare["materials"]]
    item = item_of(bare)
    assert item.applicant_kinds == ("person",)
    assert not item.offline_accept
    assert item.materials[0].id == material_id(item.materials[0].name)
    assert hard(lint([bare])) == ()


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"demo_impl_code": None}, "item_code_absent", "impl_code"),
        ({"demo_impl_code": 7}, "item_field_type", "demo_impl_code"),
        ({"demo_impl_code": "X" * 65}, "item_code_length", "demo_impl_code"),
        ({"item_name": None}, "item_field_absent", "item_name"),
        ({"item_name": " "}, "item_field_absent", "item_name"),
        ({"version": "1"}, "item_field_type", "version"),
        ({"version": 0}, "item_version", "version"),
        ({"materials": "none"}, "item_field_type", "materials"),
        ({"materials": [{"id": "m"}]}, "item_field_absent", "materials[0].name"),
        ({"form": [{"id": "a", "label": "b", "type": "colour"}]}, "item_field_type", "form[0].type"),
    ],
)
def test_a_wrong_record_is_refused_with_its_path(change: dict[str, Any], code: str, field: str) -> None:
    with pytest.raises(BadInput) as refused:
        item_of({**RECORDS[0], **change})
    assert (refused.value.code, refused.value.fields["field"]) == (code, field)


def test_a_real_code_wins_over_a_demo_code_and_unknown_keys_pass() -> None:
    item = item_of({**RECORDS[0], "impl_code": "A1", "implementing_dept_code": "B", "colour": {"x": [None]}})
    assert (item.code, item.dept_code) == ("A1", "B")
    with pytest.raises(BadInput, match="item_not_object"):
        item_of([])  # type: ignore[arg-type]
