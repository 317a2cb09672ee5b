"""Identity numbers, phones and names: what is taken, what is refused, and what is only warned of."""

# ruff: noqa: RUF001  (look-alike characters are what people type, and what is tested)

from __future__ import annotations

import json
import string
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station import check_digits, identity, names, resident_id
from station.errors import BadInput
from station.identity import check_identity
from station.names import check_name
from station.phone import check_phone

TODAY = date(2026, 3, 2)
EXAMPLES = json.loads((Path(__file__).parent / "data" / "identity_examples.json").read_text(encoding="utf-8"))
KIND_BY_START = {"83": "hmt_residence", "91": "foreign_permanent"}


def refusal(call, *args: object) -> BadInput:
    with pytest.raises(BadInput) as refused:
        call(*args)
    return refused.value


def refused(id_kind: str, id_no: str, today: date = TODAY) -> str:
    trouble = refusal(check_identity, id_kind, id_no, today, "applicant.id_no")
    assert trouble.fields["field"] == "applicant.id_no"
    return trouble.code


def warned(id_kind: str, id_no: str) -> tuple[str, ...]:
    return check_identity(id_kind, id_no, TODAY, "id_no").warnings


def resident(born: str, serial: str = "001", area: str = "350200") -> str:
    body = area + born + serial
    return body + check_digits.mod_11_2(body)


# Resident IDs


@pytest.mark.parametrize("example", EXAMPLES["resident_id"], ids=lambda example: example["value"])
def test_the_published_resident_ids_are_judged_as_published(example: dict) -> None:
    number = example["value"]
    kind = KIND_BY_START.get(number[:2], "resident_id")
    if example["valid"] and len(number) == 18:
        assert check_identity(kind, number, TODAY, "id_no").number == number
    else:
        expected = {"month 13, checksum right": "id_birth_date", "wrong check digit": "id_check_digit"}
        assert refused(kind, number) == expected.get(example["why"], "id_lookup_only")


@pytest.mark.parametrize(
    "typed", ["11010519491231002x", " 110105 19491231 002X\n", "１１０１０５１９４９１２３１００２ｘ"]
)
def test_full_width_digits_spaces_and_a_small_x_are_normalised(typed: str) -> None:
    assert check_identity("resident_id", typed, TODAY, "id_no") == identity.CheckedIdentity("11010519491231002X")


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("", "id_empty"),
        (" \u3000", "id_empty"),
        ("1101051949123100", "id_length"),
        ("11010519491231002X0", "id_length"),
        ("1" * 65, "id_length"),
        (resident("19551203") + " " * 64, "id_length"),
        ("\ufdfa" * 10_000, "id_length"),
        ("110105X94912310020", "id_characters"),
        ("1101051949123100\u200b2", "id_characters"),
        ("١١٠١٠٥١٩٤٩١٢٣١٠٠٢٠", "id_characters"),
        (resident("19990229"), "id_birth_date"),
        (resident("00000101"), "id_birth_date"),
        (resident("20260303"), "id_birth_future"),
        (resident("18760301"), None),
        (resident("18750302"), "id_age"),
    ],
)
def test_each_trouble_of_a_resident_id_has_its_own_code(number: str, code: str | None) -> None:
    if code:
        assert refused("resident_id", number) == code
    else:
        assert warned("resident_id", number) == ("id_age_unusual",)


def test_a_child_born_today_has_an_id() -> None:
    assert warned("resident_id", resident("20260302")) == ()


def test_leap_days_are_real_in_leap_years_only() -> None:
    assert warned("resident_id", resident("20000229")) == ()
    assert refused("resident_id", resident("19000229")) == "id_birth_date"


def test_an_age_above_110_is_only_warned_of() -> None:
    assert warned("resident_id", resident("19150302")) == ("id_age_unusual",)
    assert warned("resident_id", resident("19150303")) == ()


@pytest.mark.parametrize("area", ["350200", "350221", "350202", "350204", "350205", "350211", "350212", "710000"])
def test_areas_that_are_gone_raise_no_eyebrow(area: str) -> None:
    assert warned("resident_id", resident("19551203", area=area)) == ()


@pytest.mark.parametrize("area", ["000000", "160000", "770000"])
def test_an_unknown_area_is_warned_of_and_never_blocks(area: str) -> None:
    assert warned("resident_id", resident("19551203", area=area)) == ("id_area_unknown",)


@given(st.dates(date(1900, 1, 1), TODAY), st.integers(0, 999), st.integers(0, 99))
def test_no_area_code_ever_blocks(born_on: date, serial: int, area: int) -> None:
    number = resident(f"{born_on:%Y%m%d}", f"{serial:03}", f"{area:02}0200")
    if area in (81, 82, 83) or area >= 90:
        assert refused("resident_id", number) == "id_other_kind"
        return
    assert check_identity("resident_id", number, TODAY, "id_no").number == number
    facts = resident_id.person_facts(number)
    assert (facts.born_on, facts.sex) == (born_on, "male" if serial % 2 else "female")


@pytest.mark.parametrize(
    ("id_kind", "number", "right"),
    [
        ("resident_id", "810000199408230021", "hmt_residence"),
        ("resident_id", "820000199001010010", "hmt_residence"),
        ("resident_id", "830000199201300022", "hmt_residence"),
        ("resident_id", "911124198108030024", "foreign_permanent"),
        ("hmt_residence", "11010519491231002X", "resident_id"),
        ("foreign_permanent", "11010519491231002X", "resident_id"),
        ("uscc", "TE350212004173494J", "org_pseudo"),
    ],
)
def test_a_number_of_another_kind_names_the_right_kind(id_kind: str, number: str, right: str) -> None:
    trouble = refusal(check_identity, id_kind, number, TODAY, "id_no")
    assert (trouble.code, trouble.fields) == ("id_other_kind", {"field": "id_no", "id_kind": right})


def test_a_slip_in_the_first_digit_is_a_slip_not_another_kind() -> None:
    assert refused("resident_id", "9" + resident("19551203")[1:]) == "id_check_digit"


def test_fifteen_digits_are_for_looking_up_only() -> None:
    assert refused("resident_id", "610104620927690") == "id_lookup_only"
    assert refused("resident_id", "610104621327690") == "id_birth_date"
    assert resident_id.upgraded("610104620927690", "id_no") == "610104196209276908"
    assert resident_id.upgraded("61010419620927690８", "id_no") == "610104196209276908"


def test_only_fifteen_digits_are_upgraded() -> None:
    assert refusal(resident_id.upgraded, "61010462092769", "id_no").code == "id_length"
    assert refusal(resident_id.upgraded, "61010462092769A", "id_no").code == "id_characters"


def test_a_residence_permit_of_another_area_is_warned_of() -> None:
    assert warned("hmt_residence", "810000199408230021") == ()
    assert warned("hmt_residence", resident("19940823", area="810100")) == ("id_area_unknown",)


def test_a_foreigners_number_tells_a_birth_date_and_no_sex() -> None:
    assert resident_id.person_facts("911124198108030024") == resident_id.PersonFacts(date(1981, 8, 3), None)


def test_the_old_permanent_residents_card_has_no_checksum() -> None:
    assert warned("foreign_permanent", "usa110081080301") == ("id_no_checksum",)
    assert refused("foreign_permanent", "US1110081080301") == "id_characters"
    assert refused("foreign_permanent", "USA11008108030") == "id_length"


# Documents without a checksum


@pytest.mark.parametrize(
    ("id_kind", "number"),
    [
        ("passport", "E12345678"),
        ("passport", "ed1234567"),
        ("hm_permit", "H12345678"),
        ("hm_permit", "M1234567801"),
        ("tw_permit", "01234567"),
        ("tw_permit", "0123456789"),
        ("tw_permit", "T123456789"),
    ],
)
def test_travel_documents_are_taken_with_a_warning(id_kind: str, number: str) -> None:
    assert check_identity(id_kind, number, TODAY, "id_no") == identity.CheckedIdentity(
        number.upper(), ("id_no_checksum",)
    )


@pytest.mark.parametrize(
    ("id_kind", "number"), [("hm_permit", "X12345678"), ("tw_permit", "123456"), ("passport", "A" * 12)]
)
def test_an_odd_form_is_warned_of_because_no_rule_is_published(id_kind: str, number: str) -> None:
    assert warned(id_kind, number) == ("id_no_checksum", "id_form_unusual")


def test_travel_documents_have_letters_and_digits_and_some_length() -> None:
    assert refused("passport", "E123") == "id_length"
    assert refused("passport", "E" * 21) == "id_length"
    assert refused("passport", "E1234-5678") == "id_characters"
    assert refused("passport", "ı12345678") == "id_characters"


# Organisations


@pytest.mark.parametrize("example", EXAMPLES["uscc"], ids=lambda example: example["value"])
def test_the_published_credit_codes_are_judged_as_published(example: dict) -> None:
    code = example["value"]
    if example["valid"]:
        assert check_identity("uscc", code, TODAY, "id_no").number == code
    else:
        assert refused("uscc", code) == ("id_other_kind" if code.startswith("TE") else "uscc_check_digit")


@pytest.mark.parametrize(
    ("code", "trouble"),
    [
        ("", "id_empty"),
        ("91350100M000100Y4", "uscc_length"),
        ("9" * 65, "uscc_length"),
        ("91350100M000100I43", "uscc_characters"),
        ("91350100M000100-43", "uscc_characters"),
        ("91350100M000100Y44", "uscc_check_digit"),
        ("19350100M000100Y43", "uscc_check_digit"),
    ],
)
def test_each_trouble_of_a_credit_code_has_its_own_code(code: str, trouble: str) -> None:
    assert refused("uscc", code) == trouble


def test_a_credit_code_is_taken_in_small_letters() -> None:
    assert check_identity("uscc", "91350100m000100y43", TODAY, "id_no").number == "91350100M000100Y43"


def uscc(body: str) -> str:
    return body + check_digits.uscc(body)


def test_inner_code_and_area_of_a_credit_code_only_warn() -> None:
    assert warned("uscc", "1135020000413900XC") == ()
    assert warned("uscc", uscc("11350200004139000")) == ("uscc_inner_check",)
    assert warned("uscc", uscc("1100000000413900X")) == ("id_area_unknown",)
    assert warned("uscc", uscc("1110000000413900X")) == ()


def test_a_pseudo_code_is_never_put_to_the_credit_codes_check() -> None:
    assert check_identity("org_pseudo", "te350212004173494j", TODAY, "id_no") == identity.CheckedIdentity(
        "TE350212004173494J", ("id_no_checksum",)
    )


@pytest.mark.parametrize(
    "code", ["11350200004155341D", "TE35021", "TE350212", "TE3502120-1", "TE350212" + "1" * 25, "T" * 70]
)
def test_a_pseudo_code_needs_its_form(code: str) -> None:
    assert refused("org_pseudo", code) == "org_pseudo_form"


def test_an_unknown_kind_says_which_are_known() -> None:
    trouble = refusal(check_identity, "driving_licence", "1", TODAY, "id_no")
    assert trouble.code == "id_kind_unknown"
    assert set(trouble.fields["known"]) == {*identity.PERSON_KINDS, *identity.ORGANISATION_KINDS}


@given(st.sampled_from(identity.ID_KINDS), st.text(max_size=80))
def test_whatever_is_typed_is_taken_or_refused_with_a_code(id_kind: str, typed: str) -> None:
    try:
        checked = check_identity(id_kind, typed, TODAY, "id_no")
    except BadInput:
        return
    assert set(checked.number) <= set(string.digits + string.ascii_uppercase)
    assert check_identity(id_kind, checked.number, TODAY, "id_no") == checked


# Phones


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("13800000000", "13800000000"),
        (" 138-0000 0000 ", "13800000000"),
        ("+86 138 0000 0000", "13800000000"),
        ("0086-13800000000", "13800000000"),
        ("8613800000000", "13800000000"),
        ("１３８００００００００", "13800000000"),
        ("0592-6012345", "0592-6012345"),
        ("05926012345", "0592-6012345"),
        ("(0592) 601 2345", "0592-6012345"),
        ("（0592）6012345", "0592-6012345"),
        ("+86 592 6012345", "0592-6012345"),
        ("+86-0592-6012345", "0592-6012345"),
        ("+86 10 12345678", "010-12345678"),
        ("020—12345678", "020-12345678"),
        ("0591 87654321", "0591-87654321"),
        ("0597-2345678", "0597-2345678"),
    ],
)
def test_a_phone_is_kept_in_one_form(typed: str, kept: str) -> None:
    assert check_phone(typed, "phone") == kept
    assert check_phone(kept, "phone") == kept


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "12800000000",
        "1380000000",
        "138000000000",
        "6012345",
        "0592-60123456",
        "010-1234567",
        "1380000000a",
        "+852 61234567",
        "0192-6012345",
        "١٣٨٠٠٠٠٠٠٠٠",
        "1" * 1000,
        "13800000000" + " " * 40,
        "++8613800000000",
        "+86+8613800000000",
        "\u200b13800000000",
    ],
)
def test_anything_else_is_no_phone(typed: str) -> None:
    assert refusal(check_phone, typed, "applicant.phone").document() == {
        "code": "phone_form",
        "field": "applicant.phone",
    }


# Names


@pytest.mark.parametrize(
    "name",
    [
        "陈秀英",
        "买买提·艾力",
        "བསོད་ནམས་རྒྱལ་མཚན",
        "ئۇيغۇر",
        "𠮷野家",
        "\U0003137f氏",
        "张\U000323af",
        "Anna  Maria O'Neil-Smith",
        "\ue000某",
        "⺶",
        "é",
        "e\u0301",
        "葛\U000e0100",
        "ＡＢ",
        "李",
    ],
)
def test_names_are_kept_to_the_character(name: str) -> None:
    assert check_name(name, "person", "name") == names.CheckedName(name)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("买买提・艾力", "买买提·艾力"),
        ("买买提•艾力", "买买提·艾力"),
        ("买买提．艾力", "买买提·艾力"),
        ("阿・卜・杜", "阿·卜·杜"),
        ("\U0003137f•\U000323af", "\U0003137f·\U000323af"),
        ("བོད・ཡིག", "བོད·ཡིག"),
        ("བླུ・ཡིག", "བླུ·ཡིག"),
        ("・艾力", "・艾力"),
        ("艾力・", "艾力・"),
        ("A．1", "A．1"),
        ("艾・・力", "艾・・力"),
        ("\u3000 陈 秀英\t\r\n", "陈 秀英"),
    ],
)
def test_only_the_middle_dot_and_outer_white_space_are_rewritten(typed: str, kept: str) -> None:
    assert check_name(typed, "person", "name") == names.CheckedName(kept)


@pytest.mark.parametrize("char", ["\u200b", "\u200d", "\u202e", "\u2066", "\u061c", "\u00ad", "\ufeff", "\u3164"])
def test_what_cannot_be_seen_is_kept_and_warned_of(char: str) -> None:
    assert check_name(f"王{char}建国", "person", "name") == names.CheckedName(f"王{char}建国", ("name_invisible",))


@pytest.mark.parametrize("typed", ["", "  \u3000", "\n", "\u200b", "\u200b \u3164"])
def test_a_name_of_which_nothing_is_seen_is_empty(typed: str) -> None:
    assert refusal(check_name, typed, "person", "name").code == "name_empty"


@pytest.mark.parametrize(
    "char", ["\x00", "\n", "\t", "\x1b", "\x7f", "\x85", "\u2028", "\u2029", "\ud800", "\uffff", "\ufdd0"]
)
def test_control_characters_and_line_breaks_are_no_part_of_a_name(char: str) -> None:
    assert refusal(check_name, f"王{char}建国", "person", "name").code == "name_characters"


@pytest.mark.parametrize(("kind", "most"), [("person", 50), ("organisation", 200)])
def test_names_have_a_greatest_length(kind: names.NameKind, most: int) -> None:
    assert check_name("𠮷" * most, kind, "name").text == "𠮷" * most
    trouble = refusal(check_name, "𠮷" * (most + 1), kind, "name")
    assert (trouble.code, trouble.fields["maximum"]) == ("name_length", most)


@given(st.text(max_size=60))
def test_a_kept_name_stays_as_it_is(typed: str) -> None:
    try:
        checked = check_name(typed, "person", "name")
    except BadInput:
        return
    assert check_name(checked.text, "person", "name") == checked
    assert len(checked.text) == len(typed.strip())
