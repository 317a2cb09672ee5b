"""A clerk at an open intake, for tests: the real app on the base of a small city's village, driven by keys."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from loop_city import INSURANCE, Station
from textual.events import Key, Paste
from textual.keys import _character_to_key
from textual.pilot import Pilot

from screens.counter import Counter
from screens.counter_app import CounterApp
from screens.ordered_keys import WAY_OUT
from screens.pages.intake import IntakePage
from screens.pages.today import TodayPage
from screens.quiet import is_quiet
from screens.widgets.form_row import FormRow
from screens.widgets.row_list import RowList
from screens.words import Words
from station.drafts import Draft
from station.errors import Refused

ID_NO = "350200193503120026"  # of nobody who has a case here
NAMED_KEYS = frozenset(
    {"enter", "escape", "tab", "shift+tab", "up", "down", "left", "right", "home", "end", "space", "backspace"}
    | {"delete", "ctrl+z", "ctrl+y", *(f"f{number}" for number in range(1, 13))}
)
QUIET_S = 10.0


class Desk:
    """What the clerk sees and presses."""

    def __init__(self, pilot: Pilot[int], app: CounterApp, counter: Counter) -> None:
        self.pilot, self.app, self.counter = pilot, app, counter

    @property
    def page(self) -> IntakePage:
        """The intake that is open."""
        page = self.app.screen
        assert isinstance(page, IntakePage), page
        return page

    @property
    def draft(self) -> Draft:
        """What was typed."""
        return self.page.draft

    @property
    def told(self) -> str:
        """The sentence below the page."""
        return str(getattr(self.app.screen, "told", ""))

    @property
    def where(self) -> str:
        """The path of the field that has the keys."""
        focused = self.app.focused
        return focused.path if isinstance(focused, FormRow) else focused.id or "" if focused else ""

    def row(self, path: str) -> Any:
        """The widget of a field."""
        assert self.page.form is not None
        return self.page.form.field(path)

    def rows(self) -> list[str]:
        """The rows of a list, as text."""
        return ["  ".join(row.cells) for row in self.app.screen.query_one("#rows", RowList).window.rows]

    async def press(self, *keys: str) -> None:
        """Keys one after the other, and all that they cause; a text of several letters is typed letter by letter."""
        for key in keys:
            if key in WAY_OUT:  # who leaves a page looks at it first
                await self.quiet()
            self.burst(*([key] if key in NAMED_KEYS else key))
        await self.quiet()

    async def quiet(self) -> None:
        """Until the last key has had its consequences."""
        async with asyncio.timeout(QUIET_S):
            while self.app._line or self.app._delivery is not None or not is_quiet(self.app):
                await asyncio.sleep(0.001)

    def burst(self, *keys: str) -> None:
        """Keys all at once, as a fast clerk types ahead: nobody waits for a frame between them."""
        for key in keys:
            name = _character_to_key(key) if len(key) == 1 else key
            self.app.post_message(Key(name, " " if key == "space" else key if len(key) == 1 else None))

    async def paste(self, text: str) -> None:
        """A paste from the terminal."""
        self.app.post_message(Paste(text))
        await self.quiet()

    async def until(self, holds: Callable[[], Any]) -> None:
        """Waits for what comes from beside the keys."""
        for _ in range(400):
            if holds():
                return
            await asyncio.sleep(0.01)
        raise AssertionError(f"it did not come; {self.app.screen}: {self.told}")

    async def open(self, item: str) -> None:
        """A new intake of this item."""
        found = self.counter.item(item)
        self.app.push_screen(IntakePage(found, self.counter.new_draft(found)))
        await self.until(lambda: isinstance(self.app.screen, IntakePage) and self.app.focused is not None)
        await self.pilot.pause()

    async def resume(self) -> None:
        """The draft that was touched last."""
        self.app.open("draft", self.counter.drafts()[0].id)
        await self.until(lambda: isinstance(self.app.screen, IntakePage) and self.app.focused is not None)
        await self.pilot.pause()


Play = Callable[[Desk], Awaitable[None]]


def play(village: Station, what: Play, item: str = INSURANCE, size: tuple[int, int] = (80, 24)) -> None:
    """Opens an intake of the item, or nothing where it is empty, and plays."""
    counter = Counter(village.home)
    counter._database = village.database
    counter.clerk = village.clerk()

    async def run() -> None:
        app = CounterApp(counter, Words.of("zh-Hans"))
        async with app.run_test(size=size) as pilot:
            app.switch("today")
            desk = Desk(pilot, app, counter)
            await desk.until(lambda: isinstance(app.screen, TodayPage) and getattr(app.screen, "_begun", False))
            if item:
                await desk.open(item)
            await what(desk)

    asyncio.run(run())


def full_disk(*_args: Any, **_more: Any) -> Any:
    """In place of a verb that writes."""
    raise Refused("disk_full")
