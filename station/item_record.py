"""From one record of a published catalogue to an Item, or a refusal that says which field is wrong.

A record is an entry of the seed's shape or of a city's own catalogue. Keys that this version does not know are passed
over here and kept in the stored record. An absent key and a null one are the same.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any

import msgspec

from station.errors import BadInput
from station.item import Item

CODE_KEYS = ("impl_code", "demo_impl_code")
CATALOGUE_CODE_KEYS = ("catalog_code", "demo_catalog_code")
DEPT_CODE_KEYS = ("implementing_dept_code", "implementing_dept_code_demo")
CODE_MAX = 64  # national tables hold 36 and 50 characters; longer is a mistake in the file
MATERIAL_ID_HEX = 10  # 40 bits keep the materials of one item apart

_PATH = re.compile(r"(?P<what>.*?)(?: - at `\$\.?(?P<path>.*)`)?", re.DOTALL)
_ABSENT = re.compile(r"Object missing required field `(?P<name>[^`]+)`")


def item_of(record: Mapping[str, Any]) -> Item:
    """The record as an Item.

    Raises BadInput: `item_not_object`, `item_code_absent`, `item_code_length`, `item_field_absent`, `item_field_type`,
    `item_version`; `field` is the path in the record.
    """
    if not isinstance(record, Mapping):
        raise BadInput("item_not_object", field="")
    shaped = _without_nulls(record)
    shaped["code"] = _code_of(shaped)
    shaped["dept_code"] = first_of(shaped, DEPT_CODE_KEYS)
    shaped["materials"] = _with_ids(shaped.get("materials", []))
    item = _converted(shaped)
    if item.version < 1:
        raise BadInput("item_version", field="version", value=item.version)
    if not item.name.strip():
        raise BadInput("item_field_absent", field="item_name")
    return item


def first_of(record: Mapping[str, Any], keys: tuple[str, ...]) -> Any:
    """The first of these keys that holds something, else an empty text."""
    return next((record[key] for key in keys if record.get(key)), "")


def material_id(name: str) -> str:
    """The id of a material whose record gives none: the same name has the same id in every version."""
    return "m_" + hashlib.sha256(name.encode()).hexdigest()[:MATERIAL_ID_HEX]


def _code_of(record: Mapping[str, Any]) -> str:
    key = next((key for key in CODE_KEYS if record.get(key)), None)
    if key is None:
        raise BadInput("item_code_absent", field="impl_code")
    code = record[key]
    if not isinstance(code, str):
        raise BadInput("item_field_type", field=key, expected="str")
    if len(code) > CODE_MAX or not code.strip():
        raise BadInput("item_code_length", field=key, maximum=CODE_MAX)
    return code


def _with_ids(materials: Any) -> Any:
    """Materials with ids, where a city's catalogue gives only names; what is no list is refused later."""
    if not isinstance(materials, list | tuple):
        return materials
    return [
        {"id": material_id(material["name"]), **material}
        if isinstance(material, dict) and isinstance(material.get("name"), str)
        else material
        for material in materials
    ]


def _converted(record: dict[str, Any]) -> Item:
    try:
        return msgspec.convert(record, Item)
    except msgspec.ValidationError as refused:
        raise _as_bad_input(str(refused)) from None


def _as_bad_input(message: str) -> BadInput:
    """The conversion's complaint as a code and a path; its own words are for programmers only."""
    found = _PATH.fullmatch(message)
    assert found is not None
    path = found["path"] or ""
    absent = _ABSENT.match(found["what"])
    if absent:
        return BadInput("item_field_absent", field=f"{path}.{absent['name']}".lstrip("."))
    return BadInput("item_field_type", field=path, expected=found["what"])


def _without_nulls(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without_nulls(inner) for key, inner in value.items() if inner is not None}
    if isinstance(value, list | tuple):
        return [_without_nulls(inner) for inner in value]
    return value
