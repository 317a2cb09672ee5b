"""An intake (收件) as a clerk or a script brings it, checked field by field into the payload of a `take` operation.

Absent materials and answers are never refused here: they count as missing and go onto the receipt. What is said wrongly
is refused at its field, and nothing of the line is kept. Source: the command line's intake line.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from station.case import CHINA
from station.errors import BadInput, Refused
from station.forms import check_answers
from station.identity import ORGANISATION_KINDS, PERSON_KINDS, check_identity
from station.item import Item
from station.names import check_name
from station.phone import check_phone
from station.rights import GUIDE_ONLY

GOT = ("original_seen", "paper", "copy", "ecert", "deferred", "missing")
KINDS = {"person": PERSON_KINDS, "organisation": ORGANISATION_KINDS}
NOTE_MAX = 2_000  # characters of the amendable note: two printed pages
ADDRESS_MAX = 200
AGENT_KEY_MAX = 40
BACKDATE_DAYS_MAX = 366  # a power-cut book older than a year is a matter for the town

LINE_KEYS = frozenset(
    {"item", "applicant", "agent", "answers", "materials", "note", "received_at", "received_reason", "ref", "channel"}
)
APPLICANT_KEYS = frozenset({"kind", "name", "id_kind", "id_no", "phone", "address"})


class Warnings(list[dict[str, str]]):
    """What a clerk should look at again; never stops the work."""

    def note(self, field: str, codes: tuple[str, ...]) -> None:
        """Adds one line for each code."""
        self.extend({"field": field, "code": code} for code in codes)


def takeable(item: Item, today: date) -> None:
    """Whether a case of this item may be opened here today. Raises Refused with the item's reason."""
    if item.village_role == GUIDE_ONLY:
        raise Refused("item_guide_only", field="item", item=item.code)
    if not item.offline_intake:
        raise Refused("item_not_offline", field="item", item=item.code)
    if item.status in ("取消", "暂停"):
        code = "item_abolished" if item.status == "取消" else "item_suspended"
        raise Refused(code, field="item", item=item.code)
    if item.effective_to and item.effective_to < today.isoformat():
        raise Refused("item_abolished", field="item", item=item.code, since=item.effective_to)
    if item.effective_from and item.effective_from > today.isoformat():
        raise Refused("item_not_yet", field="item", item=item.code, since=item.effective_from)


def checked_intake(line: Mapping[str, Any], item: Item, today: date, warnings: Warnings) -> dict[str, Any]:
    """The payload of `take`, without number and division. Raises BadInput at the field that is wrong."""
    unknown = sorted(set(line) - LINE_KEYS)
    if unknown:
        raise BadInput("unknown_field", field=unknown[0])
    received_on, reason = _received(line, today)
    return {
        "item": item.code,
        "item_version": item.version,
        "applicant": checked_applicant(mapping(line, "applicant"), item, today, warnings),
        "agent": checked_agent(line.get("agent"), today, warnings),
        "answers": check_answers(item, mapping(line, "answers", {})),
        "materials": checked_materials(line.get("materials"), item),
        "note": checked_note(line.get("note"), "note"),
        "received_on": received_on.isoformat(),
        "received_reason": reason,
        "channel": text(line, "channel", "counter") or "counter",
    }


def checked_applicant(applicant: Mapping[str, Any], item: Item, today: date, warnings: Warnings) -> dict[str, Any]:
    """The applicant's snapshot in the case."""
    unknown = sorted(set(applicant) - APPLICANT_KEYS)
    if unknown:
        raise BadInput("unknown_field", field=f"applicant.{unknown[0]}")
    kind = text(applicant, "kind", "person", "applicant.") or "person"
    if kind not in KINDS:
        raise BadInput("applicant_kind_unknown", field="applicant.kind", known=sorted(KINDS))
    if kind not in item.applicant_kinds:
        raise BadInput("applicant_kind_not_for_item", field="applicant.kind", known=list(item.applicant_kinds))
    id_kind = text(applicant, "id_kind", "resident_id" if kind == "person" else "uscc", "applicant.")
    if id_kind not in KINDS[kind]:
        raise BadInput("id_kind_unknown", field="applicant.id_kind", known=list(KINDS[kind]))
    name = check_name(text(applicant, "name", "", "applicant."), kind, "applicant.name")  # type: ignore[arg-type]
    number = check_identity(id_kind, text(applicant, "id_no", "", "applicant."), today, "applicant.id_no")
    warnings.note("applicant.name", name.warnings)
    warnings.note("applicant.id_no", number.warnings)
    return {
        "kind": kind,
        "name": name.text,
        "id_kind": id_kind,
        "id_no": number.number,
        "phone": checked_phone(applicant.get("phone"), "applicant.phone"),
        "address": bounded(text(applicant, "address", "", "applicant."), ADDRESS_MAX, "applicant.address"),
    }


def checked_agent(agent: Any, today: date, warnings: Warnings) -> dict[str, Any]:
    """代办: who acts for the applicant; free keys beside name, identity and phone."""
    if agent in (None, {}):
        return {}
    if not isinstance(agent, dict):
        raise BadInput("not_an_object", field="agent")
    checked: dict[str, Any] = {}
    for key, value in agent.items():
        field = f"agent.{key}"
        if not key or len(key) > AGENT_KEY_MAX or "." in key:
            raise BadInput("unknown_field", field=field)
        checked[key] = agent_value(key, value, agent, today, warnings)
    return checked


def agent_value(key: str, value: Any, agent: Mapping[str, Any], today: date, warnings: Warnings) -> str:
    """One value about the agent, checked as an applicant's would be."""
    field = f"agent.{key}"
    if not isinstance(value, str):
        raise BadInput("not_text", field=field)
    if key == "name":
        return check_name(value, "person", field).text
    if key == "phone":
        return checked_phone(value, field)
    if key == "id_no" and value:
        number = check_identity(str(agent.get("id_kind") or "resident_id"), value, today, field)
        warnings.note(field, number.warnings)
        return number.number
    return bounded(value, ADDRESS_MAX, field)


def checked_materials(materials: Any, item: Item) -> dict[str, str]:
    """{material id: got} from [{"name": ..., "got": ...}]; the id is as good as the name."""
    if materials is None:
        return {}
    if not isinstance(materials, list):
        raise BadInput("not_a_list", field="materials")
    checked: dict[str, str] = {}
    for place, each in enumerate(materials):
        field = f"materials[{place}]"
        if not isinstance(each, dict):
            raise BadInput("not_an_object", field=field)
        material = item.material(text(each, "name", "", f"{field}."))
        if material is None:
            raise BadInput("unknown_material", field=f"{field}.name", name=each.get("name"))
        got = each.get("got")
        if got not in GOT:
            raise BadInput("got_unknown", field=f"{field}.got", known=list(GOT))
        checked[material.id] = got
    return checked


def checked_phone(value: Any, field: str) -> str:
    """A phone number, or empty: an elder may have none."""
    if value in (None, ""):
        return ""
    if not isinstance(value, str):
        raise BadInput("not_text", field=field)
    return check_phone(value, field)


def checked_note(value: Any, field: str) -> str:
    """The one amendable text of a case."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BadInput("not_text", field=field)
    return bounded(value, NOTE_MAX, field)


def bounded(value: str, maximum: int, field: str) -> str:
    """The text as typed, if it is not too long and carries no zero byte."""
    if len(value) > maximum:
        raise BadInput("text_too_long", field=field, maximum=maximum, got=len(value))
    if "\0" in value:
        raise BadInput("text_characters", field=field)
    return value


def text(source: Mapping[str, Any], key: str, default: str, path: str = "") -> str:
    """A text under a key; absent reads as the default. Raises BadInput `not_text`."""
    value = source.get(key, default)
    if value is None:
        return default
    if not isinstance(value, str):
        raise BadInput("not_text", field=f"{path}{key}")
    return value


def mapping(source: Mapping[str, Any], key: str, default: dict[str, Any] | None = None) -> dict[str, Any]:
    """An object under a key. Raises BadInput `field_missing` or `not_an_object`."""
    value = source.get(key)
    if value is None:
        if default is None:
            raise BadInput("field_missing", field=key)
        return default
    if not isinstance(value, dict):
        raise BadInput("not_an_object", field=key)
    return value


def _received(line: Mapping[str, Any], today: date) -> tuple[date, str]:
    """The day of receipt: today, or an earlier one with its reason (power-cut book), flagged to the town."""
    given = line.get("received_at")
    reason = text(line, "received_reason", "").strip()
    if given in (None, ""):
        return today, ""
    day = _day(given)
    if day > today:
        raise BadInput("received_in_future", field="received_at")
    if day == today:
        return today, reason
    if (today - day).days > BACKDATE_DAYS_MAX:
        raise BadInput("received_too_long_ago", field="received_at", maximum_days=BACKDATE_DAYS_MAX)
    if not reason:
        raise BadInput("received_reason_missing", field="received_reason")
    return day, bounded(reason, ADDRESS_MAX, "received_reason")


def _day(given: Any) -> date:
    """A day, or the day in China of an instant with its offset. Raises BadInput `received_form`."""
    if not isinstance(given, str):
        raise BadInput("received_form", field="received_at")
    try:
        if len(given) == len("2026-01-01"):
            return date.fromisoformat(given)
        instant = datetime.fromisoformat(given)
        return (instant if instant.tzinfo else instant.replace(tzinfo=CHINA)).astimezone(CHINA).date()
    except (ValueError, OverflowError):
        raise BadInput("received_form", field="received_at") from None
