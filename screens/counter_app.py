"""The screens: one app, its pages, and what goes on beside them: the status line, and the sync in its own process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from screens.locked_counter import LockedCounter
from screens.ordered_keys import Dropped, OrderedApp
from screens.page_table import OPENED, PLACES, fetch_all, is_a, opened, page
from screens.pages.frame import CounterPage
from screens.pages.lock import PassphrasePage, SignInPage
from screens.quiet import KEYS_WAIT
from screens.widgets.status_bar import Part, SyncStatus
from screens.words import Words

if TYPE_CHECKING:
    from screens.counter import Counter
    from screens.hub_watch import HubWatch
    from screens.sync_process import Outcome
    from station.drafts import Draft
    from station.item import Item
    from station.people import Person

CLOCK_S = 2.0  # between two looks of the head at the clock


class CounterApp(OrderedApp[int]):
    """The counter of one station."""

    def __init__(self, counter: LockedCounter, words: Words, *, hint: str = "") -> None:
        """`hint` is told on the sign-in page: a demo says there who may sign in."""
        super().__init__()
        self.counter, self.words, self.hint = counter, words, hint
        self._watch: HubWatch | None = None  # once the base is open
        self._synced_from: tuple[Any, float] | None = None  # the page and the key that asked for a sync

    async def on_mount(self) -> None:
        """The lock, or nothing at all where the home is missing."""
        if self.counter.is_open or not self.counter.needs_passphrase():  # the key is in the keyring of this system
            self.open_counter(None)
            self.push_screen(SignInPage())
        else:
            self.push_screen(PassphrasePage())
        self.set_interval(CLOCK_S, self._tick)
        self.call_after_refresh(self._fetch_pages)

    def _fetch_pages(self) -> None:
        self.run_worker(asyncio.to_thread(fetch_all), group="pages")
        if self.counter.is_open:
            self.run_worker(self.hub.tick())

    def open_counter(self, passphrase: str | None) -> None:
        """Opens the base, which takes a moment on purpose. Raises NotAuthorised `passphrase_wrong`."""
        if self.counter.is_open:
            return
        from screens.counter import Counter  # noqa: PLC0415  (the first frame does not wait for it)

        counter = self.counter if isinstance(self.counter, Counter) else Counter(self.counter.home)
        counter.open(passphrase)
        self.counter = counter

    @property
    def hub(self) -> HubWatch:
        """What goes on with the hub. It begins when the base is open."""
        if self._watch is None:
            from screens import wiring  # noqa: PLC0415  (the first frame does not wait for it)
            from screens.hub_watch import HubWatch  # noqa: PLC0415
            from sync.knocking import Knocker  # noqa: PLC0415

            counter = cast("Counter", self.counter)
            ports = (wiring.clock, wiring.chance, lambda url: Knocker(url, wiring.clock))
            self._watch = HubWatch(counter, *ports, told=self._hub_told, over=self._sync_over)
            self.run_worker(self._watch.run(), group="hub")
        return self._watch

    @property
    def sync_status(self) -> SyncStatus:
        """What the line above the keys says."""
        return SyncStatus(Part("status.locked")) if self._watch is None else self._watch.status

    @property
    def device(self) -> str:
        """The id of this station at the hub."""
        return "" if self._watch is None else self._watch.glance.device

    @property
    def bug(self) -> BaseException | None:
        """What ended the app, where it was no person."""
        return self._exception

    def _fatal_error(self) -> None:
        """Textual would print every local of the traceback, citizens' names too. Who ran us tells where it was."""
        self._close_messages_no_wait()

    def keys_dropped(self, why: Dropped) -> None:
        """Keys were not delivered: says which and why."""
        super().keys_dropped(why)
        if isinstance(self.screen, CounterPage):
            self.screen.tell(self.words.say(f"dropped.{why.value}"))

    def switch(self, place: str) -> None:
        """From one page of the lock to the next."""
        self.switch_screen(SignInPage() if place == "sign_in" else page("today")())
        if place == "today":
            cast("Counter", self.counter).printing.warm_up()
        self.run_worker(self.hub.tick())

    def go(self, place: str) -> None:
        """To a page by its name."""
        under = self.screen
        if (self.counter.clerk is None and place != "help") or not isinstance(under, CounterPage):
            return
        if place in ("items", "today"):
            self._to_today()
        elif place == "help":
            self.push_screen(page("help")(under))
        elif place == "menu" and not is_a(under, "menu"):
            seen = under.painted_at is not None and self.pressed_at >= under.painted_at
            self.push_screen(page("menu")(under, seen=seen))
        elif place in PLACES and not is_a(under, place):
            self.push_screen(page(place)())

    def from_menu(self, key: str) -> None:
        """A row of the menu was opened: a place, or a key of the page below. The menu cannot wait for its own end."""
        self.run_worker(self._leave_menu(key), group=KEYS_WAIT)

    async def _leave_menu(self, key: str) -> None:
        await self.pop_screen()
        acts: dict[str, Callable[[], Any]] = {"lock": self.lock, "quit": self.exit}
        if key.startswith("f") and key[1:].isdigit():
            await self.screen.run_key(key)  # type: ignore[attr-defined]
        else:
            acts.get(key, lambda: self.go(key))()

    def open(self, kind: str, key: str) -> None:
        """A row of today or of a list."""
        if kind in OPENED:
            self.push_screen(opened(kind, key))
        elif kind == "draft":
            self._resume(key)

    def look_at_item(self, code: str, person: Person) -> None:
        """An item whole, with the person for whom it may be begun."""
        self.push_screen(page("item_page")(code, person))

    def start(self, item: Item, draft: Draft) -> None:
        """An intake begins; the pages on the way to it are left. Where one of this item lies below, back to it."""
        below: Any = self.screen_stack[-2]
        if is_a(below, "intake") and below.item.code == item.code:
            self.pop_screen()
        elif is_a(below, "today"):
            self.switch_screen(page("intake")(item, draft))
        else:
            self._to_today()
            self.push_screen(page("intake")(item, draft))

    def _resume(self, draft_id: str) -> None:
        counter = cast("Counter", self.counter)
        draft = next((each for each in counter.drafts() if each.id == draft_id), None)
        if draft is not None:
            self.push_screen(page("intake")(counter.item(draft.item, draft.item_version), draft))

    def choose(
        self,
        name: str,
        answers: tuple[tuple[str, str], ...],
        picked: list[str],
        several: bool,  # noqa: FBT001 - of a field that asks
        answered: Callable[[list[str] | None], None],
    ) -> None:
        """A pick list over the page that asks."""
        self.push_screen(page("choices")(name, answers, picked, several=several), answered)

    def taken(self, done: Any, name: str, item: Item) -> None:
        """A case was taken: its page replaces the intake's."""
        self.switch_screen(page("taken")(done, name, item))

    def action_leave_page(self) -> None:
        """One level back; today is the ground."""
        if not is_a(self.screen, "today") and len(self.screen_stack) > 2:
            self.pop_screen()

    def _to_today(self) -> None:
        while not is_a(self.screen, "today") and len(self.screen_stack) > 2:
            self.pop_screen()

    def lock(self) -> None:
        """The clerk leaves; drafts are kept, the base stays open for the next one."""
        if not self.counter.is_open:
            return
        cast("Counter", self.counter).leave()
        while len(self.screen_stack) > 2:
            self.pop_screen()
        self.switch_screen(SignInPage())

    def sync_now(self) -> None:
        """Starts a sync; where one runs, shows how far it has come."""
        if self.hub.sync_now():
            self._synced_from = (self.screen, self.pressed_at)
        else:
            self.go("sync_page")

    def _hub_told(self) -> None:
        if self.screen_stack and isinstance(self.screen, CounterPage):
            self.screen.show_status(self.sync_status)

    def _sync_over(self, outcome: Outcome, asked: bool) -> None:  # noqa: FBT001 - whether a person asked for it
        """Says how it went and shows what came, where the clerk has not gone on: a list must not move under a key."""
        up = self.screen if self.screen_stack else None  # none where the screens are just ending
        here = is_a(up, "sync_page") or (asked and self._synced_from == (up, self.pressed_at))
        if here and isinstance(up, CounterPage):
            up.tell(self._said_of(outcome))
            self.run_worker(up.look_again())

    def _said_of(self, outcome: Outcome) -> str:
        if outcome.kind == "cancelled":
            return self.words.say("sync_page.cancelled")
        return self.words.error(outcome.error) if outcome.error else self.words.say("sync.done", **outcome.report)

    def _tick(self) -> None:
        if isinstance(self.screen, CounterPage):
            self.screen.tick()
