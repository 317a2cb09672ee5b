"""What every page has: a head with place, clerk and time, a line for what just happened, the sync status, the keys."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from screens.painted_page import Page
from screens.widgets.key_bar import KeyBar, KeyLabel
from screens.widgets.status_bar import StatusBar, SyncStatus
from screens.widgets.text_lines import Sentence, TextLine
from screens.widgets.wording import say
from station.errors import StationError

if TYPE_CHECKING:
    from screens.counter import Counter
    from screens.words import Words

Found = TypeVar("Found")

COLUMNS_LEAST, ROWS_LEAST = 80, 20  # cells: below that a page cannot be read
WIDE_FROM = 100  # columns: the list has its details beside it
EVERYWHERE = (  # what these keys mean on every page that does not say otherwise
    KeyLabel("f1", "key.help"),
    KeyLabel("f2", "key.new"),
    KeyLabel("f3", "key.find"),
    KeyLabel("f5", "key.sync"),
    KeyLabel("f10", "key.menu"),
    KeyLabel("f12", "key.lock"),
)


class CounterPage(Page[Any]):
    """A page of the counter. Subclasses give `body`, their keys, their actions and the steps of their help."""

    DEFAULT_CSS = """
    CounterPage { layout: vertical; layers: base over; }
    CounterPage #head { text-style: reverse; }
    CounterPage #body { height: 1fr; padding: 0 1; }
    CounterPage #told { text-style: bold; padding: 0 1; }
    CounterPage #too-small { layer: over; dock: top; width: 100%; height: 100%; max-height: 100%; display: none; }
    CounterPage.-small #too-small { display: block; }
    CounterPage StatusBar, CounterPage KeyBar { dock: none; }
    CounterPage .listing { height: 1fr; layout: vertical; }
    CounterPage .listing > Facts { height: 6; border-top: ascii $foreground 30%; }
    CounterPage.-wide .listing { layout: horizontal; }
    CounterPage.-wide .listing > RowList { width: 1fr; height: 1fr; }
    CounterPage.-wide .listing > Facts { width: 40; height: 1fr; border-top: none; padding-left: 2; }
    """
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDE_FROM, "-wide")]
    title_id: ClassVar[str] = ""
    help_steps: ClassVar[tuple[str, ...]] = ()  # ids of the sentences that say how the work of this page goes
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
        """Head, body, what happened, status, keys; above all of it, if need be, that the window is too small."""
        yield TextLine(id="head")
        with Vertical(id="body"):
            yield from self.body()
        yield Sentence(id="told")
        yield StatusBar()
        yield KeyBar(self.keys)
        yield Sentence(id="too-small")

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
            self.name_place(self._place)
            await self.look_again()

    @property
    def too_small(self) -> bool:
        """Whether the window cannot show a page."""
        return self.size.width < COLUMNS_LEAST or self.size.height < ROWS_LEAST

    def on_resize(self, event: events.Resize) -> None:
        """A window that is too small says so over the page; what was typed stays, and nothing commits unseen."""
        width, height = event.size.width, event.size.height
        small = width < COLUMNS_LEAST or height < ROWS_LEAST
        if small:
            limits = {"columns": COLUMNS_LEAST, "rows": ROWS_LEAST, "width": width, "height": height}
            self.query_one("#too-small", Sentence).say(self.words.say("frame.too_small", **limits))
        if small or self.has_class("-small"):
            self.unseen()
        self.set_class(small, "-small")

    def commit_allowed(self, event: events.Key) -> bool:
        """Nothing commits that has no room to be read."""
        return not self.too_small and super().commit_allowed(event)

    _place = ""

    def name_place(self, more: str = "") -> None:
        """Where we are, who sits here, and the time."""
        self._place = more
        clerk = self.counter.clerk
        who = f"{clerk.name}（{self.words.role(clerk.role)}）" if clerk else ""
        parts = [self.counter.station_name, say(self, self.title_id), more]
        place = " > ".join(part for part in parts if part)
        self.query_one("#head", TextLine).say(f" {place}", f" {who} {self.counter.time_of_day} ")

    @property
    def stands(self) -> bool:
        """Whether the page has its parts: the app may have news for one that is still being built."""
        return bool(self.query(KeyBar))

    def tick(self) -> None:
        """Time went on."""
        if self.stands:
            self.name_place(self._place)

    def tell(self, sentence: str) -> None:
        """What just happened, in one sentence; a page that was left meanwhile has nowhere to say it."""
        if self.stands:
            self.query_one("#told", Sentence).say(sentence)

    @property
    def told(self) -> str:
        """The sentence that is shown."""
        return self.query_one("#told", Sentence).text

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
        if self.stands:
            self.query_one(StatusBar).show(status)

    def show_keys(self, keys: tuple[KeyLabel, ...]) -> None:
        """The keys of this page from now on: the same places, other labels or reasons."""
        self.query_one(KeyBar).show(keys)

    def labels(self) -> dict[str, KeyLabel]:
        """What each key does here now, by its name: those of the bar, and those that work on every page."""
        return {label.key: label for label in (*EVERYWHERE, *self.query_one(KeyBar).keys)}

    def reason(self, key: str) -> str:
        """Why a key is off, in words; empty where it is on."""
        return self.query_one(KeyBar).reason(key)

    async def run_key(self, key: str) -> None:
        """Does what a key would do: the menu is the twin of the function keys."""
        for binding in self._bindings.key_to_bindings.get(key, ()):
            await self.app.run_action(binding.action, self)
            return

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
