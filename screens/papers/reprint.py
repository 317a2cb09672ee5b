"""补打: a paper that left before says on each of its parts that it is printed again, when, and how many times."""

from __future__ import annotations

from screens.papers.facts import day_of
from screens.words import Words
from station.case import china_time
from station.paper import Block, Paper, Paragraph, Part, Title


def marked(paper: Paper, times: int, at_ms: int, words: Words) -> Paper:
    """The paper with its mark below each title. `times`: how often it left before; a first paper stays as it is."""
    if not times:
        return paper
    day = day_of(at_ms)
    written = words.say("paper.day", year=day.year, month=day.month, day=day.day)
    said = words.say("reprint.mark", times=times, day=written, time=china_time(at_ms)[11:16])
    parts = tuple(Part(part.name, _below_title(part.blocks, Paragraph(said, strong=True))) for part in paper.parts)
    return Paper(paper.title, parts, paper.cut)


def _below_title(blocks: tuple[Block, ...], mark: Paragraph) -> tuple[Block, ...]:
    titles = 1 if blocks and isinstance(blocks[0], Title) else 0
    return (*blocks[:titles], mark, *blocks[titles:])
