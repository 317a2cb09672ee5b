"""The locked counter: the passphrase opens the base once, the PIN says who sits here."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Vertical

from screens.pages.frame import CounterPage
from screens.widgets.key_bar import KeyLabel
from screens.widgets.row_cells import Column
from screens.widgets.row_list import RowList
from screens.widgets.row_window import Row
from screens.widgets.text_field import TextField
from screens.widgets.text_lines import Sentence, TextLine

CLERK_COLUMNS = (Column(12), Column(16, grows=True), Column(12))
PIN_MOST = 32


class DoorPage(CounterPage):
    """A box in the middle of an empty page; Esc twice leaves the program."""

    DEFAULT_CSS = """
    DoorPage #body { align: center middle; }
    DoorPage .door { width: 64; height: auto; border: ascii $foreground 50%; padding: 1 2; }
    DoorPage .door > TextField { margin-top: 1; }
    DoorPage .door > RowList { height: auto; max-height: 9; margin-top: 1; }
    DoorPage .door > Sentence { margin-top: 1; }
    """
    commit_keys = frozenset()
    _leaving = False

    def action_back(self) -> None:
        """Asks once; nothing is open that could be lost."""
        if self._leaving:
            self.app.exit(0)
            return
        self._leaving = True
        self.tell(self.words.say("lock.leave_again"))


class PassphrasePage(DoorPage):
    """Opens the base of the station."""

    title_id = "lock.title"
    help_steps: ClassVar[tuple[str, ...]] = ("lock.help_passphrase", "lock.help_lost")
    keys = (KeyLabel("f1", "key.help"), KeyLabel("enter", "key.open"), KeyLabel("escape", "key.leave"))

    def body(self) -> ComposeResult:
        """One field."""
        with Vertical(classes="door"):
            yield TextLine(self.words.say("lock.passphrase_needed"))
            yield TextField(password=True, id="passphrase")
            yield Sentence(self.words.say("lock.kept"))

    async def begin(self) -> None:
        """The field has the keys from the first frame on."""
        self.query_one("#passphrase").focus()

    async def on_input_submitted(self, event: TextField.Submitted) -> None:
        """Enter: stretches the passphrase, which takes a moment on purpose."""
        event.stop()
        field = self.query_one("#passphrase", TextField)
        self.tell(self.words.say("lock.opening"))
        opened = await self.asked(self._open, field.value)
        field.value = ""
        if opened:
            self.app.switch("sign_in")  # type: ignore[attr-defined]

    def _open(self, passphrase: str) -> bool:
        self.app.open_counter(passphrase or None)  # type: ignore[attr-defined]
        return True


class SignInPage(DoorPage):
    """Who sits here, and the PIN that says so. The field always has the keys; the arrows choose the clerk."""

    title_id = "lock.sign_in"
    help_steps: ClassVar[tuple[str, ...]] = ("lock.help_clerk", "lock.help_pin", "lock.help_drafts")
    keys = (KeyLabel("f1", "key.help"), KeyLabel("enter", "key.sign_in"), KeyLabel("escape", "key.leave"))

    def body(self) -> ComposeResult:
        """The clerks, and the PIN of the one under the cursor."""
        clerks = RowList(CLERK_COLUMNS, numbered=False, id="clerks")
        clerks.can_focus = False
        with Vertical(classes="door"):
            yield TextLine(self.words.say("lock.who"))
            yield clerks
            yield TextLine(id="name")
            yield TextField(password=True, id="pin", max_length=PIN_MOST, drives=clerks)
            yield Sentence(self.words.say("lock.drafts_kept"))

    async def begin(self) -> None:
        """The clerks whom the hub sent here, whoever sat here last in front."""
        found = await self.asked(self.counter.clerks) or ()
        self.tell(getattr(self.app, "hint", ""))
        rows = [Row(each.name, (each.name, self.words.role(each.role), each.division)) for each in found]
        clerks = self.query_one("#clerks", RowList)
        clerks.styles.height = max(1, min(len(rows), 9))
        clerks.show(rows)
        self._address()
        self.query_one("#pin").focus()
        if not rows:
            self.tell(self.words.say("lock.no_clerks"))

    def on_row_list_moved(self, event: RowList.Moved) -> None:
        """Another clerk."""
        event.stop()
        self._address()

    def _address(self) -> None:
        row = self.query_one("#clerks", RowList).current
        self.query_one("#name", TextLine).say(self.words.say("lock.pin_of", name=str(row.key)) if row else "")

    async def on_input_submitted(self, event: TextField.Submitted) -> None:
        """Enter: the PIN."""
        event.stop()
        field, row = self.query_one("#pin", TextField), self.query_one("#clerks", RowList).current
        signed_in = await self.asked(self._sign_in, str(row.key) if row else "", field.value)
        field.value = ""
        if signed_in:
            self.app.switch("today")  # type: ignore[attr-defined]

    def _sign_in(self, name: str, pin: str) -> bool:
        self.counter.sign_in(name, pin)
        return True
