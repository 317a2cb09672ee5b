"""An item as it is read at the counter: who may have it, by when, what it costs, what must be brought, what is asked.

Pure: from an item and its published record to labels and texts. A record may name the same thing by the keys of the
national exchange tables or by a city's own; what it does not say is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from screens.widgets.text_lines import Fact
from screens.words import Words
from station.errors import StationError
from station.intake import takeable
from station.item import CONDITIONAL, DEFERRABLE, FormField, Item, Material, Question
from station.item_record import first_of

Record = Mapping[str, Any]

UNITS = {"工作日": "workdays", "自然日": "days", "月": "months", "小时": "hours", "即办": "at_once"}
YES, NONE = ("是", "1", 1, True), (0, "0", "0次")  # as cities write them
PLACE, HOURS = ("transact_addr", "place"), ("transact_time", "hours")
PHONE, COMPLAINT = ("link_way", "phone"), ("supervise_way",)
LEGAL, FAQ = ("by_law", "legal_basis"), ("faq", "questions_and_answers")
NO_LABEL = " "  # keeps the text in its column
NAMES_MOST = 4  # of materials in a short look


def refusal(item: Item, today: date, words: Words) -> str:
    """Why no case of this item may be opened here today; empty where one may."""
    try:
        takeable(item, today)
    except StationError as error:
        return words.say(f"error.{error.code}", **error.fields)
    return ""


def brief(item: Item, record: Record, today: date, words: Words) -> list[Fact]:
    """A short look: five lines where the window is small."""
    say = words.say
    off = refusal(item, today, words)
    names = _listed((each.name for each in item.materials[:NAMES_MOST]), words)
    listed = say("closer.materials_text", count=len(item.materials), names=names)
    facts = [
        Fact("", off, loud=True),
        Fact("", "" if off else item.name, loud=True),
        Fact(say("closer.limit"), f"{limits(item, words).partition('  ')[0]}  {fee(record, words)}"),
        Fact(say("closer.materials"), listed if item.materials else say("sheet.no_materials")),
        Fact(say("closer.who"), _listed(item.conditions, words)),
        Fact(say("sheet.department"), item.implementing_dept),
    ]
    return [fact for fact in facts if fact.text]


def head(item: Item, record: Record, words: Words) -> list[Fact]:
    """What an item is: codes, department, limits, fee, where and when."""
    say = words.say
    facts = [
        Fact(say("sheet.department"), item.implementing_dept),
        Fact(say("sheet.kind"), _kind(item, words)),
        Fact(say("sheet.levels"), _named(words, "decide_level", item.decide_level)),
        Fact(say("sheet.limit"), limits(item, words)),
        Fact(say("sheet.special"), _listed((each.name for each in item.special_procedures), words)),
        Fact(say("sheet.notice"), say("limit.days", count=item.public_notice_days) if item.public_notice_days else ""),
        Fact(say("sheet.fee"), fee(record, words)),
        Fact(say("sheet.place"), _text(first_of(record, PLACE))),
        Fact(say("sheet.hours"), _text(first_of(record, HOURS))),
        Fact(say("sheet.phone"), _text(first_of(record, PHONE))),
        Fact(say("sheet.complaint"), _text(first_of(record, COMPLAINT))),
        Fact(say("sheet.ways"), _ways(record, words)),
        Fact(say("sheet.area"), _text(record.get("cross_region"))),
        Fact(say("sheet.result"), item.result),
        Fact(say("sheet.code"), item.code),
        Fact(say("sheet.version"), _version(item, words)),
    ]
    return [fact for fact in facts if fact.text]


def body(item: Item, record: Record, words: Words) -> list[Fact]:
    """What is read out: for whom, materials, questions, form, steps, law, answers. A label stands on its first line."""
    say = words.say
    sections = {
        "note": iter([_text(record.get("note"))]),
        "conditions": iter(item.conditions),
        "materials": _materials(item, words),
        "questions": _questions(item, words),
        "form": (_field(each, words) for each in item.form),
        "flow": (f"{place}. {step}" for place, step in enumerate(item.flow, 1)),
        "legal": _lines(first_of(record, LEGAL)),
        "faq": _answers(first_of(record, FAQ), words),
    }
    return [
        Fact(say(f"sheet.{name}") if not place else NO_LABEL, text)
        for name, texts in sections.items()
        for place, text in enumerate(text for text in texts if text)
    ]


def limits(item: Item, words: Words) -> str:
    """The promise, then the law, with their unit."""
    if item.limit_unit == "即办":
        return words.say("limit.at_once")
    said = [
        words.say(f"sheet.{name}", amount=_amount(amount, item.limit_unit, words))
        for name, amount in (("promised", item.promised_limit), ("statutory", item.statutory_limit))
        if amount is not None
    ]
    return "  ".join(said) or words.say("sheet.no_limit")


def fee(record: Record, words: Words) -> str:
    """What it costs; empty where the catalogue does not say."""
    charged = record.get("charge", record.get("is_fee"))
    if charged not in YES:
        return "" if charged is None else words.say("sheet.free")
    said = [*_lines(record.get("fee_items")), *_lines(record.get("fee_basis"))]
    return _listed(said, words) or words.say("sheet.charged")


def _amount(amount: int, unit: str, words: Words) -> str:
    return words.say(f"limit.{UNITS[unit]}", count=amount) if unit in UNITS else f"{amount}{unit}"


def _kind(item: Item, words: Words) -> str:
    parts = (("item_type", item.item_type), ("case_kind", item.case_type), ("village_role", item.village_role))
    return "  ".join(name for section, value in parts if (name := _named(words, section, value)))


def _named(words: Words, section: str, value: str) -> str:
    """A code's name; a code that has none is shown as it is."""
    said = words.say(f"{section}.{value}") if value else ""
    return value if said == f"{section}.{value}" else said


def _version(item: Item, words: Words) -> str:
    parts = [words.say("sheet.version_text", version=item.version)]
    if item.effective_to:
        parts.append(words.say("sheet.until", **{"from": item.effective_from, "to": item.effective_to}))
    elif item.effective_from:
        parts.append(words.say("sheet.since", **{"from": item.effective_from}))
    return "  ".join([*parts, item.status])


def _ways(record: Record, words: Words) -> str:
    forms = str(record.get("handling_form") or "").replace("^", ",").split(",")
    visits = record.get("visits")
    parts = [_named(words, "way", form.strip()) for form in forms]
    if visits is not None:
        parts.append(words.say("sheet.no_visit") if visits in NONE else words.say("sheet.visits", count=visits))
    return "  ".join(part for part in parts if part)


def _materials(item: Item, words: Words) -> Iterator[str]:
    if not item.materials:
        yield words.say("sheet.no_materials")
    for place, each in enumerate(item.materials, 1):
        yield f"{place}. {words.say('sheet.with', name=each.name, facts=_listed(_asked(each, words), words))}"
        for name, text in (("standard", each.accept_standard), ("ecert", each.ecert_name), ("remark", each.note)):
            if text:
                yield f"   {words.say(f'sheet.{name}', text=text)}"


def _asked(material: Material, words: Words) -> Iterator[str]:
    need = {CONDITIONAL: "conditional", DEFERRABLE: "deferrable"}.get(material.necessity, "required")
    yield words.say(f"sheet.{need}")
    if material.can_defer and need != "deferrable":
        yield words.say("sheet.deferrable")
    counts = (("originals", material.original_copies), ("photocopies", material.photocopy_copies))
    yield from (words.say(f"sheet.{name}", count=count) for name, count in counts if count)


def _questions(item: Item, words: Words) -> Iterator[str]:
    for place, question in enumerate(item.questions, 1):
        yield f"{place}. {question.text}"
        for label in _options(item, question, words):
            yield f"   {label}"


def _options(item: Item, question: Question, words: Words) -> Iterator[str]:
    for option in question.options:
        names = [found.name for name in option.materials if (found := item.material(name))]
        yield words.say("sheet.adds", label=option.label, names=_listed(names, words)) if names else option.label


def _field(field: FormField, words: Words) -> str:
    facts = [words.say("sheet.mandatory" if field.required else "sheet.optional")]
    facts.append(words.say(f"field_type.{field.type}") + (f" {field.unit}" if field.unit else ""))
    options = " / ".join(option.label for option in field.options)
    asked = words.say("sheet.with", name=field.label, facts=_listed(facts, words))
    return "  ".join(part for part in (asked, options, field.hint) if part)


def _answers(value: Any, words: Words) -> Iterator[str]:
    for each in value if isinstance(value, list | tuple) else [value]:
        if isinstance(each, Mapping):
            yield words.say("sheet.asked", text=_text(each.get("question")))
            yield f"   {words.say('sheet.answered', text=_text(each.get('answer')))}"
        else:
            yield _text(each)


def _listed(parts: Iterable[str], words: Words) -> str:
    """Parts in one line."""
    return words.say("layout.comma").join(parts)


def _lines(value: Any) -> Iterator[str]:
    for each in value if isinstance(value, list | tuple) else [value]:
        yield from (line for line in _text(each).splitlines() if line.strip())


def _text(value: Any) -> str:
    """A value of a record as text; what is nested is read out in its order."""
    if isinstance(value, Mapping):
        return "  ".join(text for each in value.values() if (text := _text(each)))
    if isinstance(value, list | tuple):
        return "；".join(text for each in value if (text := _text(each)))
    return "" if value is None else str(value)
