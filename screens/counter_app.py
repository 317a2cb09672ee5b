"""The screens: one app, its pages, and what goes on beside them: the status line, and the sync in its own process."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from typing import Any

from screens.counter import Counter
from screens.ordered_keys import Dropped, OrderedApp
from screens.pages.case import CasePage
from screens.pages.cases import CasesPage
from screens.pages.conflict import ConflictPage
from screens.pages.frame import CounterPage
from screens.pages.help import HelpPage
from screens.pages.intake import IntakePage
from screens.pages.lock import PassphrasePage, SignInPage
from screens.pages.menu import MenuPage
from screens.pages.paper import PaperPage
from screens.pages.taken import TakenPage
from screens.pages.today import TodayPage
from screens.quiet import KEYS_WAIT
from screens.widgets.status_bar import Part, SyncStatus
from screens.words import Words
from station.errors import StationError
from station.item import Item

PLACES: dict[str, type[CounterPage]] = {"cases": CasesPage}  # pages that need nothing to open
OPENED: dict[str, Callable[[str], CounterPage]] = {  # pages of one thing, by its id
    "case": CasePage,
    "conflict": ConflictPage,
    "receipt": lambda key: PaperPage("receipt", key),
}
STATUS_S = 2.0  # the line is true within five seconds
ANSWERED, UNREACHABLE = 0, 3


class CounterApp(OrderedApp[int]):
    """The counter of one station."""

    def __init__(self, counter: Counter, words: Words, *, hint: str = "") -> None:
        """`hint` is told on the sign-in page: a demo says there who may sign in."""
        super().__init__()
        self.counter, self.words, self.hint = counter, words, hint
        self.sync_status = SyncStatus(Part("status.locked"))
        self.device = ""
        self._syncing: asyncio.Task[None] | None = None

    async def on_mount(self) -> None:
        """The lock, or nothing at all where the home is missing."""
        locked = not self.counter.is_open
        if locked and not self.counter.needs_passphrase():
            self.counter.open(None)  # the key is in the keyring of this system
            locked = False
        self.push_screen(PassphrasePage() if locked else SignInPage())
        self.set_interval(STATUS_S, self._look_at_status)

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
        self.switch_screen({"sign_in": SignInPage, "today": TodayPage}[place]())
        self.run_worker(self._look_at_status())

    def go(self, place: str) -> None:
        """To a page by its name."""
        under = self.screen
        if (self.counter.clerk is None and place != "help") or not isinstance(under, CounterPage):
            return
        if place in ("items", "today"):
            self._to_today()
        elif place == "help":
            self.push_screen(HelpPage(under))
        elif place == "menu" and not isinstance(under, MenuPage):
            seen = under.painted_at is not None and self.pressed_at >= under.painted_at
            self.push_screen(MenuPage(under, seen=seen))
        elif place in PLACES and not isinstance(under, PLACES[place]):
            self.push_screen(PLACES[place]())

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
            self.push_screen(OPENED[kind](key))
        elif kind == "item":
            item = self.counter.item(key)
            self.push_screen(IntakePage(item, self.counter.new_draft(item)))
        elif kind == "draft":
            self._resume(key)

    def _resume(self, draft_id: str) -> None:
        draft = next((each for each in self.counter.drafts() if each.id == draft_id), None)
        if draft is not None:
            self.push_screen(IntakePage(self.counter.item(draft.item, draft.item_version), draft))

    def taken(self, done: Any, name: str, item: Item) -> None:
        """A case was taken: its page replaces the intake's."""
        self.switch_screen(TakenPage(done, name, item))

    def action_leave_page(self) -> None:
        """One level back; today is the ground."""
        if not isinstance(self.screen, TodayPage) and len(self.screen_stack) > 2:
            self.pop_screen()

    def _to_today(self) -> None:
        while not isinstance(self.screen, TodayPage) and len(self.screen_stack) > 2:
            self.pop_screen()

    def lock(self) -> None:
        """The clerk leaves; drafts are kept, the base stays open for the next one."""
        if not self.counter.is_open:
            return
        self.counter.leave()
        while len(self.screen_stack) > 2:
            self.pop_screen()
        self.switch_screen(SignInPage())

    def sync_now(self) -> None:
        """Starts a sync, if none of ours runs."""
        if self.counter.is_open and (self._syncing is None or self._syncing.done()):
            self._syncing = asyncio.create_task(self._sync())

    async def _sync(self) -> None:
        self._show(SyncStatus(Part("status.syncing")))
        command = [sys.executable, "-m", "screens.command_line", "--home", str(self.counter.home), "--json", "sync"]
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            env=self.counter.environment(),
        )
        await process.wait()
        await self._look_at_status()
        if isinstance(self.screen, CounterPage):
            await self.screen.look_again()

    async def _look_at_status(self) -> None:
        if not self.counter.is_open or (self._syncing is not None and not self._syncing.done()):
            return
        try:
            standing = await asyncio.to_thread(self.counter.standing)
        except StationError as error:
            self._show(SyncStatus(Part("status.trouble", {"code": error.code})))
            return
        if isinstance(self.screen, CounterPage):
            self.screen.tick()
        self.device = standing["device"] or ""
        self._show(_status(standing))

    def _show(self, status: SyncStatus) -> None:
        self.sync_status = status
        if isinstance(self.screen, CounterPage):
            self.screen.show_status(status)


def _status(standing: dict[str, Any]) -> SyncStatus:
    contact = (standing["last_contact"] or "")[:16].replace("T", " ")
    parts = [Part("status.pending", {"count": standing["pending"]})]
    parts.append(Part("status.contact", {"at": contact}) if contact else Part("status.never"))
    if standing["conflicts"]:
        parts.append(Part("status.conflicts", {"count": standing["conflicts"]}))
    if standing["problems"]:
        parts.append(Part("status.problems", {"count": standing["problems"]}))
    return SyncStatus(Part(f"sync.{standing['state']}"), tuple(parts))
