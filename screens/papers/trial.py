"""A trial page: shows at a glance whether width, hanzi, barcode, square code and knife are right."""

from __future__ import annotations

from screens.papers.facts import PaperSettings
from screens.words import Words
from station.paper import Barcode, Block, Heading, KeyValues, Pair, Paper, Paragraph, Part, Qr, Rule, Title

DIGITS = "1234567890"
NUMBER = "123456789012"  # of no case: its check digit is wrong
GB2312, GBK, GB18030, BEYOND_BMP = "国泰民安", "镕喆堃", "㙍䶮", "𠮷𬭚"  # each line needs a newer font


def trial(words: Words, *, columns: int, paper: str, target: str, settings: PaperSettings) -> Paper:
    """The page, in one part and its cut. `columns` of the roll make a ruler that fills one line; 0 for sheets."""
    ruler: list[Block] = []
    if columns:
        full = (DIGITS * columns)[:columns]
        ruler = [Paragraph(words.say("trial.ruler", columns=columns)), Paragraph(full)]
    hanzi = (("common", GB2312), ("rarer", GBK), ("rare", GB18030), ("newest", BEYOND_BMP))
    blocks = [
        Title(words.say("trial.title")),
        KeyValues((Pair(words.say("trial.paper"), paper), Pair(words.say("trial.printer"), target))),
        Rule(),
        *ruler,
        Heading(words.say("trial.hanzi")),
        KeyValues(tuple(Pair(words.say(f"trial.{name}"), text) for name, text in hanzi)),
        Paragraph(words.say("trial.missing")),
        Paragraph(words.say("trial.large"), size="large", strong=True),
        Heading(words.say("trial.codes")),
        Barcode(NUMBER),
        Qr(settings.address_of(NUMBER) or NUMBER, words.say("trial.scan")),
        Paragraph(words.say("trial.cut")),
    ]
    return Paper(words.say("trial.title"), (Part(words.say("trial.title"), tuple(blocks)),))
