"""Check characters: published samples, and which slips of the hand each scheme promises to find."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station import check_digits

EXAMPLES = json.loads((Path(__file__).parent / "data" / "identity_examples.json").read_text(encoding="utf-8"))
SCHEMES = {
    # name: function, alphabet of the body, length of the body, finds every swap of neighbours
    "mod_11_2": (check_digits.mod_11_2, check_digits.DIGITS, 17, True),
    "mod_11_10": (check_digits.mod_11_10, check_digits.DIGITS, 11, False),
    "mod_37_36": (check_digits.mod_37_36, check_digits.ALPHANUMERIC, 20, False),
    "uscc": (check_digits.uscc, check_digits.USCC_ALPHABET, 17, True),
    "organisation": (check_digits.organisation, check_digits.DIGITS, 8, True),
}


@st.composite
def scheme_and_number(draw: st.DrawFn, swaps: bool = False) -> tuple[Callable[[str], str], str, str]:
    names = sorted(name for name, scheme in SCHEMES.items() if scheme[3] or not swaps)
    check, alphabet, length, _ = SCHEMES[draw(st.sampled_from(names))]
    body = draw(st.text(alphabet, min_size=length, max_size=length))
    return check, alphabet, body + check(body)


@given(scheme_and_number(), st.data())
def test_every_single_wrong_character_is_found(scheme: tuple, data: st.DataObject) -> None:
    check, alphabet, number = scheme
    place = data.draw(st.integers(0, len(number) - 1))
    wrong = data.draw(st.sampled_from([char for char in alphabet if char != number[place]]))
    changed = number[:place] + wrong + number[place + 1 :]
    assert check(changed[:-1]) != changed[-1]


@given(scheme_and_number(swaps=True), st.data())
def test_every_swap_of_neighbours_is_found_where_the_scheme_promises_it(scheme: tuple, data: st.DataObject) -> None:
    check, alphabet, number = scheme
    place = data.draw(st.integers(0, len(number) - 2))
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    if swapped == number or not set(swapped[:-1]) <= set(alphabet):
        return  # nothing was swapped, or an X came into the body, where its form is refused
    assert check(swapped[:-1]) != swapped[-1]


@pytest.mark.parametrize(
    ("body", "check"), [("11010519491231002", "X"), ("44052418800101001", "4"), ("91112419810803002", "4")]
)
def test_mod_11_2_gives_the_published_check_characters(body: str, check: str) -> None:
    assert check_digits.mod_11_2(body) == check


def test_mod_11_2_is_the_weights_and_letters_of_the_resident_id_standard() -> None:
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    for number in range(10**16, 10**17, 10**15 + 7_654_321):
        total = sum(int(digit) * weight for digit, weight in zip(str(number), weights, strict=True))
        assert check_digits.mod_11_2(str(number)) == "10X98765432"[total % 11]


def test_mod_11_10_gives_the_example_of_the_standard() -> None:
    assert check_digits.mod_11_10("0794") == "5"


def test_mod_37_36_gives_the_example_of_the_standard() -> None:
    assert check_digits.mod_37_36("A12425GABC1234002") == "M"


@pytest.mark.parametrize("example", EXAMPLES["ecert"], ids=lambda example: example["value"][-20:])
def test_an_e_certificate_is_checked_without_its_root_and_dots(example: dict) -> None:
    *parts, check = example["value"].split(".")[5:]
    assert check_digits.mod_37_36("".join(parts)) == check == example["computed"]


@pytest.mark.parametrize("example", EXAMPLES["uscc"], ids=lambda example: example["value"])
def test_the_credit_codes_check_character_is_as_computed(example: dict) -> None:
    if "computed_check" in example:
        assert check_digits.uscc(example["value"][:17]) == example["computed_check"]


@pytest.mark.parametrize("code", ["004139000", "00413900X", "345071904", "196720244", "D2143569X"])
def test_an_organisation_codes_check_character(code: str) -> None:
    assert (check_digits.organisation(code[:8]) == code[8]) is (code != "004139000")


def test_a_character_outside_of_the_alphabet_is_no_body() -> None:
    for check, body in [(check_digits.mod_11_2, "1101051949123100X"), (check_digits.uscc, "I" * 17)]:
        with pytest.raises(ValueError, match="substring not found"):
            check(body)
