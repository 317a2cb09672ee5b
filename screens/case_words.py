"""Sentences about a case that several pages say alike: how long there is time, and whose turn it is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from screens.words import Words

DAY = 10  # characters of a day in ISO


def due_mark(words: Words, due: str | None, today: date) -> str:
    """How long there is time, in brackets: a colour is never the only sign."""
    return f"[{due_in_words(words, due, today)}]" if due else ""


def due_in_words(words: Words, due: str, today: date) -> str:
    """How many days are left, or over."""
    days = (date.fromisoformat(due[:DAY]) - today).days
    if days < 0:
        return words.say("case.days_over", days=-days)
    return words.say("case.days_left", days=days) if days else words.say("case.due_today")


def is_late(due: str | None, today: date) -> bool:
    """Whether the day is over."""
    return bool(due) and str(due) < today.isoformat()


def next_step(words: Words, waits: str, steps: Sequence[str]) -> str:
    """By which acts the clerk may bring the case on; else for whom it waits."""
    if steps:
        return words.say("case.your_turn", acts=words.say("layout.comma").join(map(words.act, steps)))
    return words.say(f"case.waits_{waits}")


def minute(at: str) -> str:
    """An instant as people read it in a list: month, day, hour, minute."""
    return at[5:16].replace("T", " ")
