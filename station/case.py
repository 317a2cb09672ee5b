"""A case (办件) as a value: a flat map of fields, so that a merge, a delta and an unknown field are all one thing.

Field names are paths: `status`, `number`, `applicant.name`, `answers.ID`, `agent.KEY`, `materials.ID`, `files.SHA256`,
`remarks.OP`, `requests.OP`. A field this version does not know is kept and sent back as it came.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import msgspec

CHINA = timezone(timedelta(hours=8), "CST")  # one zone, no daylight saving since 1991


class HistoryLine(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One act in the life of a case, as people read it. `rule` names the merge rule that changed its outcome."""

    op: str
    at: int
    act: str
    by: str
    seq: int = 0  # the hub's sequence number; 0 until the hub has spoken
    station: str = ""
    rule: str | None = None
    frm: str = msgspec.field(default="", name="from")
    to: str = ""
    reason: str = ""
    fields: tuple[str, ...] = ()


class Case(msgspec.Struct, frozen=True):
    """The fields of one case and its history, in the order in which the acts took effect."""

    id: str
    fields: Mapping[str, Any]
    history: tuple[HistoryLine, ...] = ()

    @property
    def status(self) -> str:
        """The state's id in the state table."""
        return str(self.fields["status"])

    def text(self, name: str) -> str:
        """A field as text; absent reads as empty."""
        value = self.fields.get(name)
        return "" if value is None else str(value)

    def day(self, name: str) -> date | None:
        """A field as a calendar day, or None where it is absent."""
        value = self.fields.get(name)
        return date.fromisoformat(value) if isinstance(value, str) and value else None

    def below(self, prefix: str) -> dict[str, Any]:
        """The fields under `prefix.`, without the prefix, in field order."""
        start = prefix + "."
        return {name[len(start) :]: value for name, value in self.fields.items() if name.startswith(start)}


def china_day(at_ms: int) -> date:
    """The calendar day in China of an instant."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(CHINA).date()


def china_time(at_ms: int) -> str:
    """An instant as ISO 8601 with China's offset, to the second."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(CHINA).isoformat(timespec="seconds")
