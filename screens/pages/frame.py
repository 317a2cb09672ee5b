"""What every page has: a head with place, clerk and time, a line for what just happened, the sync status, the keys."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from rich.cells import cell_len
from rich.segment import Segment
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.strip import Strip
from textual.widget import Widget

from screens.painted_page import Page
from screens.safe_output import shown
from screens.widgets.key_bar import KeyBar, KeyLabel
from screens.widgets.row_cells import fitted
from screens.widgets.status_bar import StatusBar, SyncStatus
from screens.widgets.wording import say
from station.errors import StationError

if TYPE_CHECKING:
    from screens.counter import Counter
    from screens.words import Words

Found = TypeVar("Found")


class TextLine(Widget):
    """One line of text, cut to its cells; markup in it means nothing."""

    DEFAULT_CSS = "TextLine { height: 1; }"

    def __init__(self, left: str = "", right: str = "", *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._left, self._right = left, right

    def say(self, left: str, right: str = "") -> None:
        """Shows this from the next frame on."""
        if (left, right) != (self._left, self._right):
            self._left, self._right = left, right
            self.refresh()

    @property
    def text(self) -> str:
        """What it says."""
        return self._left

    def render_line(self, y: int) -> Strip:
        """Left part, blanks, right part."""
        if y:
            return Strip.blank(self.size.width, self.rich_style)
        right = shown(self._right)
        left = fitted(shown(self._left), max(0, self.size.width - cell_len(right)))
        return Strip([Segment(left + right, self.rich_style)]).adjust_cell_length(self.size.width, self.rich_style)


class CounterPage(Page[Any]):
    """A page of the counter. Subclasses give `body`, their keys and actions."""

    CSS = """
    CounterPage { layout: vertical; }
    #head { text-style: reverse; }
    #body { height: 1fr; padding: 0 1; }
    #told { text-style: bold; padding: 0 1; }
    CounterPage StatusBar, CounterPage KeyBar { dock: none; }
    """
    title_id: ClassVar[str] = ""
    keys: ClassVar[tuple[KeyLabel, ...]] = ()
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1", "help", show=False),
        Binding("f2", "go('items')", show=False),
        Binding("f3", "go('cases')", show=False),
        Binding("f5", "sync", show=False),
        Binding("f10", "menu", show=False),
        Binding("f12", "lock", show=False),
        Binding("escape", "back", show=False),
    ]

    @property
    def counter(self) -> Counter:
        """The station."""
        return self.app.counter  # type: ignore[attr-defined, no-any-return]

    @property
    def words(self) -> Words:
        """The words."""
        return self.app.words  # type: ignore[attr-defined, no-any-return]

    def compose(self) -> ComposeResult:
        """Head, body, what happened, status, keys."""
        yield TextLine(id="head")
        with Vertical(id="body"):
            yield from self.body()
        yield TextLine(id="told")
        yield StatusBar()
        yield KeyBar(self.keys)

    def body(self) -> ComposeResult:
        """What is between the head and the bars."""
        yield from ()

    async def on_mount(self) -> None:
        """The head and the status, then what the page reads."""
        self.name_place()
        self.query_one(StatusBar).show(self.app.sync_status)  # type: ignore[attr-defined]
        await self.begin()
        self._begun = True

    async def begin(self) -> None:
        """What the page reads when it opens."""

    async def look_again(self) -> None:
        """Back from another page: what is shown may have changed."""

    @on(events.ScreenResume)
    async def _came_back(self) -> None:
        if getattr(self, "_begun", False):
            await self.look_again()

    def name_place(self, more: str = "") -> None:
        """Where we are and who sits here."""
        clerk = self.counter.clerk
        who = f"{clerk.name}（{self.words.role(clerk.role)}）" if clerk else ""
        title = say(self, self.title_id) + (f" > {more}" if more else "")
        self.query_one("#head", TextLine).say(f" {title}", f"{who} ")

    def tell(self, sentence: str) -> None:
        """What just happened, in one sentence."""
        self.query_one("#told", TextLine).say(sentence)

    @property
    def told(self) -> str:
        """The sentence that is shown."""
        return self.query_one("#told", TextLine).text

    async def asked(self, verb: Callable[..., Found], *args: Any, **more: Any) -> Found | None:
        """Runs a verb of the counter beside the terminal; its trouble becomes a sentence, and None comes back."""
        try:
            return await asyncio.to_thread(verb, *args, **more)
        except StationError as error:
            self.tell(self.words.error(error))
            self.app.bell()
            return None

    def show_status(self, status: SyncStatus) -> None:
        """The sync status changed."""
        self.query_one(StatusBar).show(status)

    def action_back(self) -> None:
        """One level back; nothing is lost."""
        self.app.action_leave_page()  # type: ignore[attr-defined]

    def action_go(self, place: str) -> None:
        """To another page by its name."""
        self.app.go(place)  # type: ignore[attr-defined]

    def action_help(self) -> None:
        """What can be done here."""
        self.app.go("help")  # type: ignore[attr-defined]

    def action_menu(self) -> None:
        """Everything that can be done."""
        self.app.go("menu")  # type: ignore[attr-defined]

    def action_lock(self) -> None:
        """The clerk leaves."""
        self.app.lock()  # type: ignore[attr-defined]

    def action_sync(self) -> None:
        """Meets the hub now, in a process of its own."""
        self.app.sync_now()  # type: ignore[attr-defined]
