"""One-time codes: forgiving to fingers, unforgiving to strangers."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.errors import BadInput, HubRefused, NotAuthorised, NotOurHub
from sync import signatures
from sync.enrolment import check_answer, check_request, code_parts, make_answer, make_refusal, make_request, new_code
from sync.signatures import SigningKey


class Fixed:
    def __init__(self, data: bytes) -> None:
        self.data = data

    def token(self, size: int) -> bytes:
        assert size == len(self.data)
        return self.data


FULL_WIDTH = "".join(chr(ord(letter) + 0xFEE0) for letter in "0123ABCD1010WXYZ")
CODE = new_code(Fixed(bytes(range(7, 17))))
KEY = code_parts(CODE).key
DEVICE = SigningKey(bytes(32)).public
FACTS = {"name": "青山村便民服务站", "newer": {"x": 1}}


def asked() -> bytes:
    return make_request(CODE, DEVICE, FACTS, b"n" * 16)


def keys(code_id: str) -> bytes | None:
    return KEY if code_id == code_parts(CODE).id else None


@given(st.binary(min_size=10, max_size=10))
def test_a_code_reads_back_as_the_bytes_it_was_made_of(data: Any) -> None:
    code = new_code(Fixed(data))
    assert [len(group) for group in code.split("-")] == [4, 4, 4, 4]
    assert not set(code) & set("ILOUilou")
    number = 0
    for letter in code.replace("-", ""):
        number = number * 32 + "0123456789ABCDEFGHJKMNPQRSTVWXYZ".index(letter)
    assert number.to_bytes(10, "big") == data


def test_fingers_are_forgiven() -> None:
    code = "0123-ABCD-1010-WXYZ"
    same = ["o123abcdlOi0wxyz", " O123 ABCD 1O1O WXYZ ", "0123—abcd-L0I0-wxyz", FULL_WIDTH]
    assert {code_parts(each) for each in same} == {code_parts(code)}


@pytest.mark.parametrize(
    "code", ["", "0123", CODE + "0", CODE[:-1], "U" * 16, "é" * 16, "王" * 16, "0123-ABCD-1010-WXY!"]
)
def test_a_code_typed_wrongly_is_refused(code: Any) -> None:
    with pytest.raises(BadInput) as caught:
        code_parts(code)
    assert caught.value.document() == {"code": "code_form", "field": "code"}


def test_neither_code_nor_key_travels() -> None:
    sent = asked() + make_answer(check_request(asked(), keys), KEY, {"hub": "x"})
    for secret in (CODE, CODE.replace("-", ""), KEY.hex(), signatures.to_text(KEY)):
        assert secret.encode() not in sent


def test_request_and_answer_fit_each_other() -> None:
    request = check_request(asked(), keys)
    assert (request.device_key, request.facts, request.code_id) == (DEVICE, FACTS, code_parts(CODE).id)
    answer = make_answer(request, KEY, {"ca": "PEM", "station": "S-1"})
    assert check_answer(answer, CODE.lower(), asked()) == {"ca": "PEM", "station": "S-1"}


def test_a_refusal_comes_in_the_hubs_own_name() -> None:
    refusal = make_refusal(check_request(asked(), keys), KEY, "code_used", at=7)
    with pytest.raises(HubRefused) as caught:
        check_answer(refusal, CODE, asked())
    assert caught.value.document() == {"code": "code_used", "at": 7}


def test_an_unknown_code_and_a_wrong_mac_are_one_answer() -> None:
    changed = json.loads(asked())
    changed["facts"]["name"] = "别处"
    for data in (make_request("0" * 16, DEVICE, FACTS, b"n" * 16), json.dumps(changed).encode()):
        with pytest.raises(NotAuthorised, match="code_unknown"):
            check_request(data, keys)


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"code":1}', b"<html>", b"[" * 5000])
def test_a_request_that_is_none_is_bad_input(data: Any) -> None:
    with pytest.raises(BadInput):
        check_request(data, keys)


def test_forged_changed_and_foreign_answers_are_not_our_hub() -> None:
    request = check_request(asked(), keys)
    good = make_answer(request, KEY, {"ca": "PEM"})
    other = make_request(CODE, DEVICE, FACTS, b"m" * 16)
    reflected = asked()
    for data, ask in [
        (good, other),
        (reflected, asked()),
        (good.replace(b"PEM", b"BAD"), asked()),
        (b"<html>", asked()),
    ]:
        with pytest.raises(NotOurHub):
            check_answer(data, CODE, ask)
    with pytest.raises(NotOurHub):
        check_answer(make_answer(request, b"k" * 32, {"ca": "PEM"}), CODE, asked())
    with pytest.raises(NotOurHub):
        check_answer(json.dumps({"body": {}, "mac": "é"}).encode(), CODE, asked())


def test_every_changed_byte_of_an_answer_is_noticed() -> None:
    good = make_answer(check_request(asked(), keys), KEY, {"ca": "PEM", "n": 1})
    for place in range(len(good)):
        changed = bytearray(good)
        changed[place] ^= 1
        with pytest.raises(NotOurHub):
            check_answer(bytes(changed), CODE, asked())
