"""What is typed into a form becomes one stored form, or is refused at its field."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.errors import BadInput
from station.forms import ANSWERS_MAX, check_answer, check_answers
from station.item import FormField, Item, Option, Question


def wide(text: str) -> str:
    """As an input method in full-width mode types it."""
    return "".join(chr(ord(character) + 0xFEE0) for character in text)


COLOURS = (Option("red", "红"), Option("green", "绿"), Option("blue", "蓝"))
ITEM = Item(
    code="X",
    version=1,
    name="示例",
    questions=(Question("q", "?", COLOURS),),
    form=(
        FormField("text", "t", "text", max_length=10),
        FormField("plain", "t", "text"),
        FormField("long", "t", "long_text"),
        FormField("code", "t", "text", pattern="[A-Z]{2}[0-9]+"),
        FormField("int", "t", "integer", minimum=0, maximum=20, unit="人"),
        FormField("any_int", "t", "integer"),
        FormField("dec", "t", "decimal", minimum=0.1, unit="亩"),
        FormField("money", "t", "money", minimum=0, maximum=100000, unit="元"),
        FormField("yearly", "t", "money", unit="元/年"),
        FormField("date", "t", "date"),
        FormField("yes", "t", "yes_no"),
        FormField("one", "t", "choice", options=COLOURS),
        FormField("some", "t", "choices", options=COLOURS),
        FormField("phone", "t", "phone"),
        FormField("id", "t", "resident_id"),
        FormField("bank", "t", "bank_account"),
    ),
)


@pytest.mark.parametrize(
    ("field", "typed", "stored"),
    [
        ("q", "red", "red"),
        ("q", "绿", "green"),
        ("text", "  张三 ", "张三"),
        ("text", "a\nb", "a b"),
        ("long", "a\r\nb ", "a\nb"),
        ("text", "e\u0301", "\u00e9"),
        ("code", "AB12", "AB12"),
        ("int", "3", 3),
        ("int", 20, 20),
        ("int", wide("12"), 12),
        ("int", "4人", 4),
        ("int", "5.0", 5),
        ("int", 0, 0),
        ("any_int", "-7", -7),
        ("any_int", "1,200", 1200),
        ("dec", "0.10", "0.1"),
        ("dec", "12.3400", "12.34"),
        ("dec", 12.5, "12.5"),
        ("dec", "3亩", "3"),
        ("dec", 100, "100"),
        ("money", "1,200.50", "1200.5"),
        ("money", "￥1200", "1200"),
        ("money", "1200元", "1200"),
        ("money", "0", "0"),
        ("money", "-0.00", "0"),
        ("yearly", "500元/年", "500"),
        ("yearly", "500元", "500"),
        ("date", "2026-03-12", "2026-03-12"),
        ("date", "20260312", "2026-03-12"),
        ("date", "2026/3/12", "2026-03-12"),
        ("date", "2026.3.2", "2026-03-02"),
        ("date", "2026年3月12日", "2026-03-12"),
        ("date", wide("2026") + "-3-" + wide("1"), "2026-03-01"),
        ("yes", True, True),
        ("yes", "否", False),
        ("yes", "是", True),
        ("yes", "false", False),
        ("one", "blue", "blue"),
        ("some", ["blue", "red", "blue"], ["red", "blue"]),
        ("some", "蓝", ["blue"]),
        ("phone", "138 0000 0000", "13800000000"),
        ("id", "11010519491231002x", "11010519491231002X"),
        ("bank", "6217 0000 1000-1234567", "6217000010001234567"),
    ],
)
def test_typed_values_have_one_stored_form(field: str, typed: Any, stored: Any) -> None:
    value = check_answers(ITEM, {field: typed})[field]
    assert value == stored
    assert type(value) is type(stored)
    assert check_answers(ITEM, {field: value}) == {field: value}


@pytest.mark.parametrize(
    ("field", "typed", "code"),
    [
        ("nothing", "x", "unknown_answer"),
        ("q", "violet", "answer_choice"),
        ("q", 1, "answer_type"),
        ("text", 5, "answer_type"),
        ("text", "x" * 11, "answer_length"),
        ("plain", "x" * 201, "answer_length"),
        ("long", "x" * 2001, "answer_length"),
        ("code", "ab12", "answer_pattern"),
        ("code", "AB12 x", "answer_pattern"),
        ("int", "three", "answer_type"),
        ("int", True, "answer_type"),
        ("int", "3.5", "answer_type"),
        ("int", 21, "answer_range"),
        ("int", -1, "answer_range"),
        ("any_int", 10**15, "answer_range"),
        pytest.param("any_int", 10**5000, "answer_range", id="any_int-huge"),
        ("any_int", "9" * 65, "answer_length"),
        ("any_int", "1e5", "answer_type"),
        ("any_int", "1,2,3", "answer_type"),
        ("any_int", float("nan"), "answer_type"),
        ("any_int", float("inf"), "answer_type"),
        ("any_int", [1], "answer_type"),
        ("dec", "0.05", "answer_range"),
        ("dec", "1.23456", "answer_decimals"),
        ("dec", 1e300, "answer_range"),
        ("money", "1.005", "answer_decimals"),
        ("money", "100000.01", "answer_range"),
        ("money", "十元", "answer_type"),
        ("date", "2026-02-30", "answer_date"),
        ("date", "12.3.2026", "answer_date"),
        ("date", "1026-01-01", "answer_date"),
        ("date", "2026-3/12", "answer_date"),
        ("date", 20260312, "answer_type"),
        ("date", "2" * 65, "answer_length"),
        ("yes", "maybe", "answer_type"),
        ("yes", 1, "answer_type"),
        ("one", "violet", "answer_choice"),
        ("one", ["red"], "answer_type"),
        ("some", ["red", "violet"], "answer_choice"),
        ("some", ["red"] * 4, "answer_choice"),
        ("some", [1], "answer_type"),
        ("phone", "12345", "phone_form"),
        ("phone", 13800000000, "answer_type"),
        ("id", "110105194912310021", "id_check_digit"),
        ("id", "123", "id_characters"),
        ("id", "350200197813010015", "id_birth_date"),
        ("bank", "12", "answer_account"),
        ("bank", "6217x", "answer_account"),
    ],
)
def test_wrong_values_are_refused_at_their_field(field: str, typed: Any, code: str) -> None:
    with pytest.raises(BadInput) as refused:
        check_answers(ITEM, {field: typed})
    assert (refused.value.code, refused.value.fields["field"]) == (code, f"answers.{field}")


def test_absent_and_emptied_answers_are_no_error() -> None:
    assert check_answers(ITEM, {}) == {}
    assert check_answers(ITEM, {"text": "", "int": None, "some": [], "q": "  "}) == {}
    assert check_answer(ITEM, "text", "") is None


def test_a_refusal_tells_what_would_do() -> None:
    with pytest.raises(BadInput) as refused:
        check_answer(ITEM, "int", 21)
    assert (refused.value.fields["minimum"], refused.value.fields["maximum"]) == ("0", "20")
    with pytest.raises(BadInput) as refused:
        check_answer(ITEM, "one", "violet")
    assert refused.value.fields["known"] == ["red", "green", "blue"]


def test_too_many_answers_are_refused_before_they_are_read() -> None:
    with pytest.raises(BadInput, match="too_many_answers"):
        check_answers(ITEM, {str(number): "x" for number in range(ANSWERS_MAX + 1)})


any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4),
    max_leaves=6,
)


@given(st.sampled_from([asked.id for asked in ITEM.askables]), any_json)
def test_whatever_is_sent_is_stored_stably_or_refused(field: str, value: Any) -> None:
    try:
        once = check_answers(ITEM, {field: value})
    except BadInput as refused:
        assert refused.fields["field"] == f"answers.{field}"
    else:
        assert check_answers(ITEM, once) == once
        assert not any(isinstance(stored, float) for stored in once.values())
