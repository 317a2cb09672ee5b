"""一次性告知单: everything that is missing, once, in large plain words, and what happens if it does not come.

Source: 行政许可法 第三十二条第一款第四项. Before the act `ask_correction` it only helps; the period runs from the act.
"""

from __future__ import annotations

from datetime import date

from screens.papers.facts import Facts, entries, full_day, identity, near_day, told_by
from screens.words import Words
from station.case_states import State
from station.errors import Refused
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
    Rule,
    Signature,
    Title,
    printable_number,
)

TOLD_IN = frozenset({State.RECEIVED, State.CORRECTION})


def notice(facts: Facts, words: Words) -> Paper:
    """The notice in two parts. Raises Refused `paper_not_now`, `nothing_to_correct`."""
    facts.require("notice", states=TOLD_IN)
    lacking = _lacking(facts)
    if not lacking:
        raise Refused("nothing_to_correct")
    slip, stub = words.say("paper.slip"), words.say("paper.stub")
    return Paper(
        title=words.say("paper_notice.title"),
        parts=(
            Part(slip, (*_head(facts, words, slip), *_told(facts, words, lacking), *_slip(facts, words))),
            Part(stub, (*_head(facts, words, stub), *_brief(facts, words, lacking), *_stub(words))),
        ),
        cut=words.say("paper.cut"),
    )


def _lacking(facts: Facts) -> list[str]:
    """What the notice told, as it was told; before that, what is missing now."""
    told = facts.correction.get("missing")
    return facts.labels(told) if told else facts.labels(facts.document["missing"])


def _head(facts: Facts, words: Words, copy: str) -> list[Block]:
    issuer = words.say("paper.issuer", station=facts.station, division=facts.division)
    blocks: list[Block] = [Title(words.say("paper_notice.title"), issuer, copy)]
    if printable_number(facts.number):
        blocks.append(Barcode(facts.number))
    return [*blocks, identity(facts, words), Rule()]


def _told(facts: Facts, words: Words, lacking: list[str]) -> list[Block]:
    """Large: many who read this are old."""
    return [
        Paragraph(words.say("paper_notice.plain", count=len(lacking)), size="large", strong=True),
        Numbered(entries(lacking, facts, words), large=True),
        *_have(facts, words),
        Rule(),
    ]


def _have(facts: Facts, words: Words) -> list[Block]:
    got = facts.received
    if not got:
        return []
    listed = tuple(Entry(each["name"], words.say(f"got.{each['got']}")) for each in got)
    return [Heading(words.say("paper_notice.have", count=len(got))), Numbered(listed)]


def _slip(facts: Facts, words: Words) -> list[Block]:
    blocks: list[Block] = [
        *_period(facts, words),
        Paragraph(words.say("paper_notice.ask" if facts.phone else "paper_notice.ask_here", phone=facts.phone)),
    ]
    by_hand = () if facts.phone else (words.say("paper_notice.phone_by_hand"),)
    return [*blocks, Signature((*by_hand, words.say("paper.clerk_signs"))), *_by(facts, words)]


def _period(facts: Facts, words: Words) -> list[Block]:
    """The applicant's own period in natural days and its last day, or that it does not run yet."""
    told, last = facts.correction, facts.document["due"]["correction"]
    if not told or not last:
        return [Paragraph(words.say("paper_notice.not_formal"))]
    day = near_day(date.fromisoformat(last), words, facts.today)
    return [
        Paragraph(words.say("paper_notice.period", days=told["within_days"]), size="large"),
        Paragraph(words.say("paper_notice.until", day=day), size="large", strong=True),
        Paragraph(words.say("paper_notice.consequence")),
        Paragraph(words.say("paper_notice.restart")),
    ]


def _brief(facts: Facts, words: Words, lacking: list[str]) -> list[Block]:
    """The stub: what was told, in short."""
    return [
        Heading(words.say("paper_notice.lacking", count=len(lacking))),
        Numbered(entries(lacking, facts, words)),
        *_period_brief(facts, words),
        *_by(facts, words),
    ]


def _period_brief(facts: Facts, words: Words) -> list[Block]:
    last = facts.document["due"]["correction"]
    if not last:
        return []
    return [Paragraph(words.say("paper_notice.until", day=full_day(date.fromisoformat(last), words)), strong=True)]


def _by(facts: Facts, words: Words) -> list[Block]:
    told_on = facts.correction.get("told_on")
    day = date.fromisoformat(told_on) if told_on else facts.today
    told = Pair(words.say("paper_notice.told_on"), full_day(day, words))
    return [KeyValues((told, Pair(words.say("paper_notice.told_by"), told_by(facts))))]


def _stub(words: Words) -> list[Block]:
    return [
        Rule(),
        Paragraph(words.say("paper_notice.understood")),
        Signature((words.say("paper.applicant_signs"), words.say("paper.clerk_signs"))),
    ]
