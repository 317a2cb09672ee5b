"""The locked counter: the passphrase opens the base once, the PIN says who sits here."""

from __future__ import annotations

from textual.app import ComposeResult

from screens.pages.frame import CounterPage
from screens.widgets.key_bar import KeyLabel
from screens.widgets.row_cells import Column
from screens.widgets.row_list import RowList
from screens.widgets.row_window import Row
from screens.widgets.text_field import TextField
from screens.widgets.text_lines import TextLine

CLERK_COLUMNS = (Column(12), Column(24, grows=True), Column(14))


class PassphrasePage(CounterPage):
    """Opens the base of the station."""

    title_id = "lock.title"
    keys = (KeyLabel("f1", "key.help"), KeyLabel("enter", "key.open"))
    commit_keys = frozenset()

    def body(self) -> ComposeResult:
        """One field."""
        yield TextLine(self.words.say("lock.passphrase_needed"))
        yield TextField(password=True, id="passphrase")

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
        self.counter.open(passphrase or None)
        return True

    def action_back(self) -> None:
        """Leaves the program: nothing is open yet."""
        self.app.exit(0)


class SignInPage(CounterPage):
    """Who sits here, and the PIN that says so."""

    title_id = "lock.sign_in"
    keys = (KeyLabel("f1", "key.help"), KeyLabel("enter", "key.next"), KeyLabel("escape", "key.leave"))
    commit_keys = frozenset()

    def body(self) -> ComposeResult:
        """The clerks by digit, and the PIN."""
        yield TextLine(self.words.say("lock.who"))
        yield RowList(CLERK_COLUMNS, digits_open=True, id="clerks")
        yield TextLine(id="name")
        yield TextField(password=True, id="pin", max_length=32)

    async def begin(self) -> None:
        """The clerks whom the hub sent here."""
        found = await self.asked(self.counter.clerks) or ()
        self.tell(getattr(self.app, "hint", ""))
        rows = [Row(each.name, (each.name, self.words.role(each.role), each.division)) for each in found]
        self.query_one("#clerks", RowList).show(rows)
        if not rows:
            self.tell(self.words.say("lock.no_clerks"))
        elif len(rows) == 1:
            self._chosen(rows[0].key)
        else:
            self.query_one("#clerks").focus()

    def on_row_list_opened(self, event: RowList.Opened) -> None:
        """A clerk by Enter or digit."""
        self._chosen(str(event.row.key))

    def _chosen(self, name: str) -> None:
        self.query_one("#name", TextLine).say(self.words.say("lock.pin_of", name=name))
        self._clerk = name
        self.query_one("#pin").focus()

    async def on_input_submitted(self, event: TextField.Submitted) -> None:
        """Enter: the PIN."""
        event.stop()
        field = self.query_one("#pin", TextField)
        signed_in = await self.asked(self._sign_in, field.value)
        field.value = ""
        if signed_in:
            self.app.switch("today")  # type: ignore[attr-defined]

    def _sign_in(self, pin: str) -> bool:
        self.counter.sign_in(getattr(self, "_clerk", ""), pin)
        return True

    def action_back(self) -> None:
        """To the clerks, then out of the program."""
        clerks = self.query_one("#clerks", RowList)
        if clerks.has_focus or not clerks.window.rows:
            self.app.exit(0)
        else:
            clerks.focus()
