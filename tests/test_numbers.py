"""Case numbers: twelve digits, checked, from a lease or without one."""

# ruff: noqa: RUF001  (look-alike characters are what people type, and what is tested)

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station import numbers
from station.errors import BadInput

YEARS = st.integers(numbers.YEAR_MIN, numbers.YEAR_MAX)
SERIALS = st.integers(0, numbers.LEASED_SERIAL_MAX)
LEASED = st.builds(numbers.leased_number, YEARS, SERIALS)
SPARE = st.builds(
    numbers.spare_number, st.integers(0, numbers.DEVICE_CODE_MAX), st.integers(0, numbers.SPARE_SERIAL_MAX)
)


def code_of(text: str) -> str:
    with pytest.raises(BadInput) as refused:
        numbers.check_number(text)
    assert refused.value.fields["field"] == "number"
    return refused.value.code


def test_a_leased_number_is_year_serial_and_check_digit() -> None:
    assert numbers.leased_number(2026, 123) == "260000001238"


def test_a_spare_number_is_nine_device_serial_and_check_digit() -> None:
    assert numbers.spare_number(17, 42) == "900017000424"


@given(LEASED, SPARE)
def test_every_given_number_passes_its_own_check(leased: str, spare: str) -> None:
    assert numbers.check_number(leased) == leased
    assert numbers.check_number(spare) == spare


@given(LEASED, SPARE)
def test_leased_and_spare_numbers_never_meet(leased: str, spare: str) -> None:
    assert not numbers.is_spare(leased)
    assert numbers.is_spare(spare)


@given(st.one_of(LEASED, SPARE), st.integers(0, 11), st.sampled_from("0123456789"))
def test_one_wrong_digit_is_found(number: str, place: int, digit: str) -> None:
    changed = number[:place] + digit + number[place + 1 :]
    if changed != number:
        assert code_of(changed) == "number_check_digit"


@pytest.mark.parametrize(
    "typed", [" 260000001238 ", "26 0000001 238", "26-000000123-8", "２６００００００１２３８", "26–000000123\t8\n"]
)
def test_spaces_dashes_and_full_width_digits_are_taken(typed: str) -> None:
    assert numbers.check_number(typed) == "260000001238"


@pytest.mark.parametrize(
    "typed",
    ["", "26000000123", "2600000012380", "26000000123X", "٢٦٠٠٠٠٠٠١٢٣٢", "26_000000123", "2" * 1000, "\u200b" * 12],
)
def test_anything_else_has_not_the_form_of_a_number(typed: str) -> None:
    assert code_of(typed) == "number_form"


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: numbers.leased_number(2090, 1), "year"),
        (lambda: numbers.leased_number(26, 1), "year"),
        (lambda: numbers.leased_number(2026, 1_000_000_000), "serial"),
        (lambda: numbers.leased_number(2026, -1), "serial"),
        (lambda: numbers.spare_number(100_000, 1), "device_code"),
        (lambda: numbers.spare_number(1, 100_000), "serial"),
    ],
)
def test_what_does_not_fit_into_twelve_digits_is_refused(make, field: str) -> None:
    with pytest.raises(BadInput) as refused:
        make()
    assert (refused.value.code, refused.value.fields["field"]) == ("number_range", field)


def test_the_field_that_a_caller_names_comes_back() -> None:
    with pytest.raises(BadInput) as refused:
        numbers.check_number("x", "case")
    assert refused.value.fields["field"] == "case"


def test_a_number_lost_in_white_space_is_not_looked_for() -> None:
    assert code_of(" " * numbers.TYPED_MAX + "260000001238") == "number_form"
