"""Escapes, markup and naughty strings as data of citizens: on every page they are seen and never obeyed."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from loop_city import INSURANCE, Station, intake
from test_pages import counter, play, signed_in, until  # noqa: F401 - the fixture
from textual.pilot import Pilot

from screens.counter import Counter
from screens.counter_app import CounterApp
from screens.page_table import OPENED, PLACES
from screens.pages.today import TodayPage
from screens.quiet import is_quiet
from screens.safe_output import is_hidden
from station.errors import StationError

pytest_plugins = ["loop_fixtures"]

DATA = Path(__file__).parent / "data"
LENGTH_MOST = 120
CASES_LOOKED_AT = 25
OF_A_CASE = {"case", "receipt", "notice", "person", "acts"}  # pages that open with the id of a case
SIZES = [(80, 24), (120, 40)]


def corpus() -> list[str]:
    """One of every kind that the corpora hold, and markup of our own toolkit."""
    escapes = json.loads((DATA / "terminal_escapes.json").read_text(encoding="utf-8"))
    spoofs = json.loads((DATA / "unicode_spoof.json").read_text(encoding="utf-8"))
    naughty = json.loads((DATA / "blns.json").read_text(encoding="utf-8"))
    found = [text for text in map(str, [*_texts(escapes), *_texts(spoofs), *naughty]) if 1 < len(text) < LENGTH_MOST]
    return ["[bold red]王[/]", "[@click=app.exit]王[/]", "=1+1", "王\u202e国", "王\u200b国", *found]


def _texts(node: Any) -> list[str]:
    if isinstance(node, str):
        return [node]
    inner = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    return [text for each in inner for text in _texts(each)]


@pytest.fixture
def hostile(village: Station) -> list[str]:
    """The ids of cases whose free texts are hostile: one for each string that a counter takes."""
    taken = []
    for place, text in enumerate(corpus()):
        applicant = {**intake(INSURANCE)["applicant"], "name": text, "address": text}
        for line in ({"applicant": applicant, "note": text}, {"note": text}):
            with contextlib.suppress(StationError):
                taken.append(village.take(**line, ref=f"hostile-{place}").case)
                break
    return taken


def overlong(app: CounterApp) -> list[str]:
    """Lines that are not as wide as the window, or hold what a terminal obeys or nobody sees."""
    wrong = []
    for strip in app.screen._compositor.render_strips():
        text = "".join(segment.text for segment in strip)
        if strip.cell_length != app.size.width or any(map(is_hidden, text)):
            wrong.append(repr(text))
    return wrong


async def looked_at(pilot: Pilot[int], app: CounterApp) -> None:
    await until(pilot, lambda: is_quiet(app))
    assert overlong(app) == [], type(app.screen).__name__
    assert app.bug is None


@pytest.mark.parametrize("size", SIZES)
def test_no_page_obeys_what_a_citizen_is_called(
    hostile: list[str],
    counter: Counter,  # noqa: F811
    size: tuple[int, int],
) -> None:
    async def what(pilot: Pilot[int], app: CounterApp) -> None:
        await signed_in(pilot, app)
        await looked_at(pilot, app)
        for place in PLACES:
            app.go(place)
            await looked_at(pilot, app)
            await pilot.press("escape")
        for case in hostile[:: max(1, len(hostile) // CASES_LOOKED_AT)]:
            for kind in sorted(OPENED.keys() & OF_A_CASE):
                app.open(kind, case)
                await looked_at(pilot, app)
                await pilot.press("escape")
                assert isinstance(app.screen, TodayPage)

    play(counter, what, size)


def test_the_counter_takes_most_of_them_as_typed(hostile: list[str]) -> None:
    assert len(hostile) > len(corpus()) * 0.8
