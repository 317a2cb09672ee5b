"""The check of a catalogue before it is published: codes, dates and limits are hard, the rest is advice.

A hard finding refuses the file. Advice is shown to the publisher and stops nothing: a city's own catalogue is never
quite clean, and villages need it today. Every finding names its item and field: one run lists all there is to mend.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

import msgspec

from station.errors import BadInput
from station.item import Item
from station.item_record import CODE_KEYS, first_of, item_of
from sync.hub import catalogue_advice, item_lint


class Finding(msgspec.Struct, frozen=True):
    """One thing that is wrong or odd. `item` is the item's code, or its place in the file (`#3`) where it has none."""

    code: str
    level: Literal["hard", "advice"]
    item: str
    field: str
    value: Any = None


def lint(records: Sequence[Any]) -> tuple[Finding, ...]:
    """All findings, in the order of the file, hard ones of an item before its advice."""
    repeated = _repeated(records)
    found: list[Finding] = []
    for number, record in enumerate(records, 1):
        code = str(first_of(record, CODE_KEYS)) if isinstance(record, Mapping) else ""
        found += _of_record(record, code or f"#{number}", repeated=_version_of(record) in repeated)
    return tuple(found)


def hard(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Those that refuse the publication."""
    return tuple(finding for finding in findings if finding.level == "hard")


def _of_record(record: Any, name: str, *, repeated: bool) -> Iterator[Finding]:
    item = _shaped(record)
    raw = list(item_lint.of_record(record)) if isinstance(record, Mapping) else []
    if repeated:
        raw.append(("code_duplicate", "version", _version_of(record)[1]))
    if isinstance(item, Item):
        raw += item_lint.of_item(item)
    elif not raw:  # what the record's own check has named need not be said twice
        raw.append((item.code, item.fields.get("field", ""), item.fields.get("expected")))
    for code, field, value in raw:
        yield Finding(code, "hard", name, field, value)
    if isinstance(item, Item):
        for code, field, value in catalogue_advice.of_item(item, record):
            yield Finding(code, "advice", name, field, value)


def _shaped(record: Any) -> Item | BadInput:
    try:
        return item_of(record)
    except BadInput as refused:
        return refused


def _repeated(records: Sequence[Any]) -> frozenset[tuple[str, str]]:
    counts = Counter(_version_of(record) for record in records)
    return frozenset(key for key, count in counts.items() if count > 1 and key[0])


def _version_of(record: Any) -> tuple[str, str]:
    if not isinstance(record, Mapping):
        return "", ""
    return str(first_of(record, CODE_KEYS)), str(record.get("version"))
