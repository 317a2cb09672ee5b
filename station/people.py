"""People who have had a case here, found by the end of a number or by part of a name; and cases by their number.

Each person stands once, by kind and number of his identity, as he was last said to be. What people get wrong: a case
changes when an office decides it, and that says nothing new of the applicant; only taking and amending do.
"""

from __future__ import annotations

import re
import string
import unicodedata
from typing import Any

import msgspec

from station.case_lists import Listed
from station.case_states import State
from station.check_digits import mod_11_2
from station.database import Reader
from station.errors import BadInput
from station.names import MIDDLE_DOT

FOUND_MOST = 20
CASES_MOST = 200  # of one person that are looked at, the newest
NUMBER_LEAST = 4  # characters of a number that are worth a search
WHOLE = 18  # characters of a resident's identity number
OLD_WHOLE = 15  # before 1999: no century and no check digit
OPENING = ("register", "take")  # the acts that say all of the applicant
LETTERS_LEAST = 2  # one Latin letter is in every Latin name

_NUMBER = re.compile(rf"(?=.*[0-9])[0-9A-Z]{{{NUMBER_LEAST},{WHOLE}}}")  # other documents have letters too
_PHONE = re.compile(rf"[0-9]{{{NUMBER_LEAST},12}}")
_AS_KEPT = str.maketrans(dict.fromkeys("\u30fb\u2022\uff0e", MIDDLE_DOT))  # other dots, as check_name has them
_SMALL = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)  # what SQLite's lower() knows
_BY_NUMBER = "id_no <> '' AND substr(id_no, -4) = ? AND substr(id_no, ?) = ?"
_BY_PHONE = "phone <> '' AND substr(phone, -4) = ? AND substr(replace(phone, '-', ''), ?) = ?"
_BY_NAME, _BY_LETTERS = "instr(name, ?)", "instr(lower(name), ?)"
_HITS = "SELECT id_no, max(changed_hlc) FROM work WHERE {} GROUP BY id_no ORDER BY 2 DESC LIMIT ?"
_CASES = "SELECT case_id, number, item_code, item_name, name, status, due_on, division, sync, body FROM work "


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A person in a list. `case` is the id of his newest case, by which he is opened. Who shows him masks numbers."""

    case: str
    id_kind: str
    id_no: str
    name: str
    phone: str
    address: str
    cases: int


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """A person whole: the applicant as a new intake would take him, and his cases, the newest in front.

    `case` is the id of the newest; empty for a person of whom nothing is known but a number.
    """

    case: str = ""
    applicant: dict[str, str]
    cases: tuple[Listed, ...] = ()


class _Fields(msgspec.Struct):
    """What a case says of its applicant. Of any type: a newer hub may have written it."""

    kind: Any = msgspec.field(default="", name="applicant.kind")
    id_kind: Any = msgspec.field(default="", name="applicant.id_kind")
    name: Any = msgspec.field(default="", name="applicant.name")
    phone: Any = msgspec.field(default="", name="applicant.phone")
    address: Any = msgspec.field(default="", name="applicant.address")

    def text(self, key: str) -> str:
        """A field as text; absent reads as empty."""
        value = getattr(self, key)
        return "" if value is None else str(value)


class _Line(msgspec.Struct):
    at: int
    act: str
    fields: tuple[str, ...] = ()


class _Body(msgspec.Struct):
    fields: _Fields
    history: tuple[_Line, ...] = ()


class _Case(msgspec.Struct, frozen=True):
    listed: Listed
    body: _Body

    @property
    def id_kind(self) -> str:
        """The kind of the applicant's identity."""
        return self.body.fields.text("id_kind")


_decode = msgspec.json.Decoder(_Body).decode


def found(reader: Reader, text: str, limit: int = FOUND_MOST) -> list[Found]:
    """The people that a number's end (4 or more characters) or a part of a name leads to, who came last in front."""
    latest: dict[str, int] = {}
    for where, values in _searches(text):
        for id_no, changed in reader.execute(_HITS.format(where), (*values, limit)).fetchall():
            latest[id_no] = max(changed, latest.get(id_no, 0))
    latest.pop("", None)  # nobody: two of them are not the same
    best = sorted(latest, key=lambda id_no: (-latest[id_no], id_no))[:limit]
    known = [_in_list(id_no, cases) for id_no in best for cases in _by_kind(reader, id_no) if _is_meant(cases, text)]
    return known[:limit]


def person(reader: Reader, case_id: str) -> Person:
    """The person whose case this is. Raises BadInput `case_unknown`, `person_unknown` where it names nobody."""
    row = reader.execute("SELECT id_no FROM work WHERE case_id = ?", (case_id,)).fetchone()
    if row is None:
        raise BadInput("case_unknown", field="case", case=case_id)
    for cases in _by_kind(reader, row[0]):
        if any(each.listed.case == case_id for each in cases):
            return _whole(row[0], cases)
    raise BadInput("person_unknown", field="case")


def holder(reader: Reader, id_kind: str, id_no: str) -> Person | None:
    """The person of that number, where he has had a case here."""
    for cases in _by_kind(reader, id_no):
        if cases[0].id_kind == id_kind:
            return _whole(id_no, cases)
    return None


def numbered(reader: Reader, text: str, limit: int = FOUND_MOST) -> list[Listed]:
    """The cases whose number begins so."""
    if not (text.isascii() and text.isdigit() and len(text) >= NUMBER_LEAST):
        return []
    where = "WHERE number <> '' AND number >= ? AND number < ? ORDER BY number DESC LIMIT ?"
    rows = reader.execute(_CASES + where, (text, text + ":", limit)).fetchall()  # the character after 9
    return [_listed(row) for row in rows]


def _searches(text: str) -> list[tuple[str, tuple[Any, ...]]]:
    """The conditions, each with its values, under which a text leads to people."""
    number = _number(text)
    if _NUMBER.fullmatch(number):
        ends = [number] + ([_of_today(number)] if len(number) == OLD_WHOLE and number.isdigit() else [])
        searches: list[tuple[str, tuple[Any, ...]]] = [(_BY_NUMBER, (end[-4:], -len(end), end)) for end in ends]
        return searches + ([(_BY_PHONE, (number[-4:], -len(number), number))] if _PHONE.fullmatch(number) else [])
    name = _name(text)
    enough = len(name) >= (LETTERS_LEAST if name.isascii() else 1)
    if not enough or name.isdigit():
        return []
    return [(_BY_LETTERS if set(name) & set(string.ascii_lowercase) else _BY_NAME, (name,))]


def _is_meant(cases: list[_Case], text: str) -> bool:
    """Whether a name was ever theirs: another kind of document may have the same number, and another holder."""
    return bool(_NUMBER.fullmatch(_number(text))) or any(_name(text) in _name(each.listed.name) for each in cases)


def _number(text: str) -> str:
    """A text as a number is kept."""
    return "".join(unicodedata.normalize("NFKC", text).split()).replace("-", "").upper()


def _name(text: str) -> str:
    """A text as a name is compared."""
    return text.strip().translate(_AS_KEPT).translate(_SMALL)


def _of_today(number: str) -> str:
    """A number of 15 digits as the same person has it now. Source: GB 11643-1999."""
    body = f"{number[:6]}19{number[6:]}"
    return body + mod_11_2(body)


def _by_kind(reader: Reader, id_no: str) -> list[list[_Case]]:
    """The cases of one number: a list for each kind of identity, the newest case in front."""
    where = "WHERE id_no = ? AND id_no <> '' ORDER BY changed_hlc DESC, case_id LIMIT ?"
    kinds: dict[str, list[_Case]] = {}
    for row in reader.execute(_CASES + where, (id_no, CASES_MOST)).fetchall():
        case = _Case(_listed(row), _decode(row[9]))
        kinds.setdefault(case.id_kind, []).append(case)
    return list(kinds.values())


def _in_list(id_no: str, cases: list[_Case]) -> Found:
    newest = cases[0]
    return Found(case=newest.listed.case, id_kind=newest.id_kind, id_no=id_no, cases=len(cases), **_last_said(cases))


def _whole(id_no: str, cases: list[_Case]) -> Person:
    newest = cases[0]
    kinds = {"kind": newest.body.fields.text("kind"), "id_kind": newest.id_kind}
    applicant = {**kinds, "id_no": id_no, **_last_said(cases)}
    return Person(case=newest.listed.case, applicant=applicant, cases=tuple(each.listed for each in cases))


def _last_said(cases: list[_Case]) -> dict[str, str]:
    """Name, phone and address, each as it was said last and not left empty; a void case may be another person's."""
    sound = [each for each in cases if each.listed.status != State.VOID] or cases
    return {key: _newest(sound, key) for key in ("name", "phone", "address")}


def _newest(cases: list[_Case], key: str) -> str:
    said = [(_said_at(each, f"applicant.{key}"), each.body.fields.text(key)) for each in cases]
    return max((one for one in said if one[1]), key=lambda one: one[0], default=(0, ""))[1]


def _said_at(case: _Case, field: str) -> int:
    """When a field was last said: at the intake, or by an amendment that wrote it."""
    return max((line.at for line in case.body.history if line.act in OPENING or field in line.fields), default=0)


def _listed(row: tuple[Any, ...]) -> Listed:
    names = ("case", "number", "item", "item_name", "name", "status", "due", "division", "sync")
    return Listed(**dict(zip(names, row[:9], strict=True)))
