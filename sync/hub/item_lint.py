"""The hard checks of one catalogue record: what would lead a case, a deadline or a checklist astray.

Each check yields (code, field, value); `of_record` looks at the record as it was typed, `of_item` at the decoded item.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any, get_args

from station.item import FieldType, FormField, Item, Question
from station.item_record import CATALOGUE_CODE_KEYS, CODE_KEYS, DEPT_CODE_KEYS, first_of

Raw = tuple[str, str, Any]

LIMIT_UNITS = ("工作日", "自然日", "月", "小时", "即办")
LIMIT_FIELDS = ("statutory_limit", "promised_limit", "public_notice_days")
DATE_FIELDS = ("effective_from", "effective_to")
SCHEME = "39554"  # GB/T 39554.1-2020: body 18 + level 1 + catalogue code 12
SCHEME_LENGTH = 31
BODY_LENGTH = 18
COUNTS_MAX = {"materials": 200, "questions": 60, "form": 200}  # protects the screens of a village laptop
OPTIONS_MAX = 200

_FIELD_TYPES = frozenset(get_args(FieldType))
_CATALOGUE_CODE = re.compile(r"[0-9A-Z]{12}")
_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def of_record(record: Mapping[str, Any]) -> Iterator[Raw]:
    """Codes, dates, limits and field types, as they stand in the file."""
    yield from _codes(record)
    yield from _dates(record)
    yield from _limits(record)
    yield from _field_types(record)


def of_item(item: Item) -> Iterator[Raw]:
    """Ids and what refers to them."""
    yield from _ids(item)
    asked = {one.id: one for one in item.askables}
    materials = {material.id for material in item.materials}
    for path, one in _paths(item):
        yield from _options(path, one, materials)
        yield from _condition(path, one, asked)
    for number, field in enumerate(item.form):
        yield from _field(f"form[{number}]", field)


def _codes(record: Mapping[str, Any]) -> Iterator[Raw]:
    key = next((key for key in CODE_KEYS if record.get(key)), None)
    if key is None:
        yield "code_absent", CODE_KEYS[0], None
    elif _claims_scheme(record, key) and not _fits_scheme(record, str(record[key])):
        yield "code_scheme", key, record[key]


def _claims_scheme(record: Mapping[str, Any], key: str) -> bool:
    """A code claims the scheme by name, as a demo code, or by its length beside a catalogue code."""
    named = record.get("code_scheme")
    if named is not None:
        return str(named) == SCHEME
    return key == "demo_impl_code" or (len(str(record[key])) == SCHEME_LENGTH and bool(_catalogue_code(record)))


def _fits_scheme(record: Mapping[str, Any], code: str) -> bool:
    body, level, catalogue = code[:BODY_LENGTH], code[BODY_LENGTH : BODY_LENGTH + 1], code[BODY_LENGTH + 1 :]
    levels = str(record.get("exercise_level") or level)  # several levels are joined by ^ or ,
    return (
        len(code) == SCHEME_LENGTH
        and body == (first_of(record, DEPT_CODE_KEYS) or body)
        and level in re.split(r"[\^,]", levels)
        and level in "1234567"
        and catalogue == (_catalogue_code(record) or catalogue)
        and _CATALOGUE_CODE.fullmatch(catalogue) is not None
    )


def _catalogue_code(record: Mapping[str, Any]) -> Any:
    return first_of(record, CATALOGUE_CODE_KEYS)


def _dates(record: Mapping[str, Any]) -> Iterator[Raw]:
    days = {key: record[key] for key in DATE_FIELDS if record.get(key) not in (None, "")}
    wrong = [key for key, value in days.items() if not _is_date(value)]
    for key in wrong:
        yield "date_not_iso", key, days[key]
    if len(days) == len(DATE_FIELDS) and not wrong and days["effective_to"] < days["effective_from"]:
        yield "dates_crossed", "effective_to", days["effective_to"]


def _is_date(value: Any) -> bool:
    try:
        return isinstance(value, str) and _ISO_DATE.fullmatch(value) is not None and bool(date.fromisoformat(value))
    except ValueError:
        return False


def _limits(record: Mapping[str, Any]) -> Iterator[Raw]:
    limits = {key: record[key] for key in LIMIT_FIELDS if record.get(key) is not None}
    sound = {key: value for key, value in limits.items() if isinstance(value, int) and not isinstance(value, bool)}
    for key, value in limits.items():
        if key not in sound:
            yield "limit_not_integer", key, value
        elif value < 0:
            yield "limit_negative", key, value
    unit = record.get("limit_unit")
    if unit is not None and unit not in LIMIT_UNITS:
        yield "limit_unit_unknown", "limit_unit", unit
    if "statutory_limit" in sound and sound.get("promised_limit", 0) > sound["statutory_limit"]:
        yield "promised_over_statutory", "promised_limit", sound["promised_limit"]


def _field_types(record: Mapping[str, Any]) -> Iterator[Raw]:
    form = record.get("form")
    for number, field in enumerate(form if isinstance(form, list | tuple) else ()):
        kind = field.get("type") if isinstance(field, Mapping) else None
        if kind is not None and kind not in _FIELD_TYPES:
            yield "field_type_unknown", f"form[{number}].type", kind


def _ids(item: Item) -> Iterator[Raw]:
    yield from _repeated("material_duplicate", "materials", (material.id for material in item.materials))
    asked = [one.id for one in item.askables]
    yield from _repeated("answer_id_duplicate", "questions,form", asked)
    for name, most in COUNTS_MAX.items():
        if len(getattr(item, name)) > most:
            yield "too_many", name, len(getattr(item, name))


def _repeated(code: str, field: str, ids: Iterable[str]) -> Iterator[Raw]:
    for one, count in Counter(ids).items():
        if count > 1 or not one:
            yield code, field, one


def _paths(item: Item) -> Iterator[tuple[str, Question | FormField]]:
    yield from ((f"questions[{number}]", one) for number, one in enumerate(item.questions))
    yield from ((f"form[{number}]", one) for number, one in enumerate(item.form))


def _options(path: str, asked: Question | FormField, materials: set[str]) -> Iterator[Raw]:
    choosing = isinstance(asked, Question) or asked.type in ("choice", "choices")
    if choosing and not asked.options:
        yield "options_absent", f"{path}.options", asked.id
    if len(asked.options) > OPTIONS_MAX:
        yield "too_many", f"{path}.options", len(asked.options)
    yield from _repeated("option_duplicate", f"{path}.options", (option.value for option in asked.options))
    for number, option in enumerate(asked.options):
        for material in option.materials:
            if material not in materials:
                yield "option_material_unknown", f"{path}.options[{number}].materials", material


def _condition(path: str, asked: Question | FormField, others: Mapping[str, Question | FormField]) -> Iterator[Raw]:
    if asked.show_if is None:
        return
    if asked.show_if.field not in others:
        yield "show_if_unknown", f"{path}.show_if.field", asked.show_if.field
    elif _in_circle(asked, others):
        yield "show_if_circle", f"{path}.show_if.field", asked.show_if.field


def _in_circle(asked: Question | FormField, others: Mapping[str, Question | FormField]) -> bool:
    passed: set[str] = set()
    one: Question | FormField | None = asked
    while one is not None and one.show_if is not None:
        if one.id in passed:
            return True
        passed.add(one.id)
        one = others.get(one.show_if.field)
    return False


def _field(path: str, field: FormField) -> Iterator[Raw]:
    if field.minimum is not None and field.maximum is not None and field.minimum > field.maximum:
        yield "range_crossed", f"{path}.maximum", field.maximum
    if field.max_length is not None and field.max_length < 1:
        yield "limit_negative", f"{path}.max_length", field.max_length
    if field.pattern is not None:
        try:
            re.compile(field.pattern)
        except re.error:
            yield "pattern_unreadable", f"{path}.pattern", field.pattern
