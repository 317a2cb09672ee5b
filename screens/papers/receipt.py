"""收件凭证: what was handed in, what is missing, and by when who must do what. It proves receipt, not acceptance."""

from __future__ import annotations

from datetime import date

from screens.papers.facts import (
    Facts,
    entries,
    full_day,
    identity,
    near_day,
    taken_by,
)
from screens.words import Words
from station.case_states import BEFORE_ACCEPTANCE
from station.paper import (
    Barcode,
    Block,
    Entry,
    Heading,
    KeyValues,
    Numbered,
    Pair,
    Paper,
    Paragraph,
    Part,
    Qr,
    Rule,
    Signature,
    Title,
    printable_number,
)

DUES = ("correction", "intake", "promised", "statutory", "delivery")
PENDING = "pending"


def receipt(facts: Facts, words: Words) -> Paper:
    """The receipt in two parts: the applicant's first, then the station's. Raises Refused `paper_not_now`."""
    facts.require("receipt")
    slip, stub = words.say("paper.slip"), words.say("paper.stub")
    return Paper(
        title=words.say("paper_receipt.title"),
        parts=(
            Part(slip, (*_head(facts, words, slip), *_body(facts, words, whole=True), *_slip(facts, words))),
            Part(stub, (*_head(facts, words, stub), *_body(facts, words, whole=False), *_stub(facts, words))),
        ),
        cut=words.say("paper.cut"),
    )


def _head(facts: Facts, words: Words, copy: str) -> list[Block]:
    issuer = words.say("paper.issuer", station=facts.station, division=facts.division)
    blocks: list[Block] = [Title(words.say("paper_receipt.title"), issuer, copy)]
    if printable_number(facts.number):
        blocks.append(Barcode(facts.number))
    return blocks


def _body(facts: Facts, words: Words, *, whole: bool) -> list[Block]:
    """What both parts say: who, what was handed in, what is missing; the applicant also what is to be filled in."""
    about = identity(facts, words, *_received(facts, words))
    return [about, Rule(), *_materials(facts, words), *_lacking(facts, words, whole=whole)]


def _received(facts: Facts, words: Words) -> tuple[Pair, ...]:
    document = facts.document
    received_on = document["received_on"]
    return (
        Pair(words.say("paper_receipt.received"), full_day(date.fromisoformat(received_on), words)),
        Pair(words.say("paper_receipt.late"), document["received_reason"]),
        Pair(words.say("paper.clerk"), taken_by(facts)),
    )


def _materials(facts: Facts, words: Words) -> list[Block]:
    got = facts.received
    if not got:
        return [Heading(words.say("paper_receipt.nothing_got"))]
    listed = tuple(Entry(each["name"], words.say(f"got.{each['got']}")) for each in got)
    return [Heading(words.say("paper_receipt.got", count=len(got))), Numbered(listed)]


def _lacking(facts: Facts, words: Words, *, whole: bool) -> list[Block]:
    blocks: list[Block] = []
    if facts.lacking:
        blocks.append(Heading(words.say("paper_receipt.lacking", count=len(facts.lacking))))
        blocks.append(Numbered(tuple(_lacking_entry(name, facts, words) for name in facts.lacking)))
    if facts.unanswered:
        blocks.append(Heading(words.say("paper_receipt.unanswered", count=len(facts.unanswered))))
        blocks += [Numbered(entries(facts.unanswered, facts, words))] if whole else []
    return blocks or [Heading(words.say("paper_receipt.complete"))]


def _lacking_entry(name: str, facts: Facts, words: Words) -> Entry:
    return Entry(name, words.say("paper_receipt.deferred") if name in facts.deferred else "")


def _slip(facts: Facts, words: Words) -> list[Block]:
    """What only the applicant needs: when, what it means, where to ask."""
    dues, notes = _dues(facts, words)
    hint = "paper_receipt.query" if facts.phone else "paper_receipt.query_here"
    blocks: list[Block] = [Rule()]
    if dues:
        blocks += [Heading(words.say("paper_receipt.due")), KeyValues(dues)]
    blocks += [Paragraph(note, size="small") for note in notes]
    blocks += [Paragraph(sentence) for sentence in _meaning(facts, words)]
    blocks.append(Paragraph(words.say(hint, phone=facts.phone), strong=True))
    if printable_number(facts.number):
        blocks.append(_square(facts, words))
    return [*blocks, Signature((words.say("paper.clerk_signs"),)), _printed(facts, words)]


def _stub(facts: Facts, words: Words) -> list[Block]:
    return [
        Rule(),
        Paragraph(words.say("paper_receipt.declared")),
        Signature((words.say("paper.applicant_signs"), words.say("paper.clerk_signs"))),
        _printed(facts, words),
    ]


def _dues(facts: Facts, words: Words) -> tuple[tuple[Pair, ...], list[str]]:
    """The running and coming due dates in words, and what their marks mean."""
    due = facts.document["due"]
    days = [(name, date.fromisoformat(due[name])) for name in DUES if due[name]]
    here = facts.document["sync"] == PENDING
    marks = {name: _marks(here=here, open_year=name in due["estimated"], words=words) for name, _ in days}
    pairs = tuple(
        Pair(
            words.say(f"paper_receipt.due_{name}"),
            words.say("paper.last_day", day=near_day(day, words, facts.today)) + marks[name],
            strong=True,
        )
        for name, day in days
    )
    notes = [words.say("paper.here_note")] if days and here else []
    if any(name in due["estimated"] for name, _ in days):
        notes.append(words.say("paper.open_year_note"))
    return pairs, notes


def _marks(*, here: bool, open_year: bool, words: Words) -> str:
    return (words.say("paper.here") if here else "") + (words.say("paper.open_year") if open_year else "")


def _meaning(facts: Facts, words: Words) -> list[str]:
    if facts.document["status"] not in BEFORE_ACCEPTANCE:
        return [words.say("paper_receipt.after")]
    pre_accepted_on = facts.document["pre_accepted_on"]
    if pre_accepted_on:
        day = full_day(date.fromisoformat(pre_accepted_on), words)
        return [words.say("paper_receipt.pre_accepted", day=day)]
    return [words.say("paper_receipt.only_received")]


def _square(facts: Facts, words: Words) -> Qr:
    address = facts.settings.address_of(facts.number)
    if address:
        return Qr(address, words.say("paper.scan_to_query"))
    return Qr(facts.number, words.say("paper.scan_for_number"))


def _printed(facts: Facts, words: Words) -> Paragraph:
    return Paragraph(words.say("paper.printed", day=full_day(facts.today, words)), size="small")
