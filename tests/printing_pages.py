"""What the tests of the printing pages stand on: the app of the village, its clerk at the counter, driven by keys."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from loop_city import BASE_KEY, PIN, Station
from textual.pilot import Pilot

from screens.counter import Counter
from screens.counter_app import CounterApp
from screens.pages.frame import CounterPage
from screens.pages.taken import TakenPage
from screens.pages.today import TodayPage
from screens.papers import printer_setting
from screens.papers.printer_setting import PrinterSetting
from screens.widgets.text_lines import Facts
from screens.words import Words
from station import settings
from station.database import Database

CLERK = "林小梅"
Play = Callable[[Pilot[int], CounterApp], Awaitable[None]]


def open_counter(village: Station) -> Counter:
    """The counter of the village, open and signed in as on any morning."""
    made = Counter(village.home)
    village.database.close()
    made._database = Database(village.database.path, BASE_KEY)
    made.station_name = village.identity.name
    made.sign_in(CLERK, PIN)
    return made


def play(counter: Counter, what: Play, size: tuple[int, int] = (80, 24), lang: str = "zh-Hans") -> None:
    """Plays from the page of the day on."""

    async def run() -> None:
        app = CounterApp(counter, Words.of(lang))
        async with app.run_test(size=size) as pilot:
            clerk = counter.clerk
            app.switch("today")
            await until(pilot, lambda: begun(app, TodayPage))
            counter.clerk = clerk
            await what(pilot, app)
        counter.close()

    asyncio.run(run())


def begun(app: CounterApp, page: type[CounterPage]) -> bool:
    """Whether a page is up and has read what it shows."""
    return isinstance(app.screen, page) and bool(getattr(app.screen, "_begun", False))


async def until(pilot: Pilot[int], holds: Callable[[], bool]) -> None:
    """Waits for something that a thread brings."""
    for _ in range(1_000):
        if holds():
            return
        await pilot.pause(0.01)
    raise AssertionError(f"it did not come; {pilot.app.screen}: {said(pilot.app.screen)}")


async def taken(pilot: Pilot[int], app: CounterApp, done: Any) -> TakenPage:
    """The page of a case that was just taken, over the day."""
    page = TakenPage(done, "陈秀英", app.counter.item(app.counter.case(done.case)["item"]))
    app.push_screen(page)
    await until(pilot, lambda: begun(app, TakenPage))
    return page


def said(page: Any) -> str:
    """Everything that panels and the line for what happened say."""
    facts = [f"{fact.label} {fact.text}" for panel in page.query(Facts) for fact in panel.facts]
    return "\n".join([*facts, page.told])


def choose(counter: Counter, target: str, **more: Any) -> None:
    """Sets the printer."""
    with counter.database.changing() as rows:
        settings.keep(rows, printer_setting.KEY, PrinterSetting(target=target, **more))
