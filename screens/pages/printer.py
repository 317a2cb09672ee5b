"""The printer of this station: where papers go, on what, how many, and what stands on all of them."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, TypeVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widget import Widget

from screens.pages.printing import PrintingPage, ending
from screens.widgets.choice_line import ChoiceLine
from screens.widgets.key_bar import KeyLabel
from screens.widgets.row_cells import Column
from screens.widgets.row_list import RowList
from screens.widgets.row_window import Row
from screens.widgets.text_field import TextField
from screens.widgets.text_lines import Sentence, TextLine
from station.errors import StationError

if TYPE_CHECKING:
    from screens.papers.facts import PaperSettings
    from screens.papers.found_printers import Found
    from screens.papers.printer_setting import PrinterSetting, Typed

Answer = TypeVar("Answer")

LABEL_CELLS = 18
WAYS_MOST = 7  # rows of the list that are seen at once
NETWORK, FOLDER, NONE = "network", "folder", "none"
TYPED_WAYS = (NETWORK, FOLDER)  # whose address a person types
PAPERS = ("58", "80", "a4", "a5")
YES, NO = "yes", "no"
COPIES_DIGITS, PHONE_MOST, ADDRESS_MOST = 2, 40, 300
FIELDS = {"target": "address", "public_phone": "phone", "query_url": "query-url"}  # where the id is another word
TRIAL = "trial"


class PrinterPage(PrintingPage):
    """Choices and fields; F6 prints a trial page as they stand, F9 keeps them."""

    CSS = f"""
    .row {{ height: auto; }}
    .row > TextLine {{ width: {LABEL_CELLS}; }}
    .row > TextField, .row > ChoiceLine {{ width: 1fr; }}
    #note {{ margin-bottom: 1; }}
    #state {{ margin-top: 1; }}
    """
    title_id = "printer.title"
    help_steps = ("printer.help_choose", "printer.help_paper", "printer.help_trial", "printer.help_save")
    keys: ClassVar[tuple[KeyLabel, ...]] = (
        KeyLabel("f1", "key.help"),
        KeyLabel("f6", "key.trial_page"),
        KeyLabel("f9", "key.keep"),
        KeyLabel("escape", "key.back"),
        KeyLabel("f10", "key.menu"),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f6", "trial", show=False),
        Binding("f9", "save", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._saved: Typed | None = None
        self._left_once = False

    def body(self) -> ComposeResult:
        """The printers, then the fields in the order in which they are asked."""
        yield RowList((Column(26, grows=True), Column(16), Column(14)), id="ways")
        yield Sentence(id="note")
        yield self._row("address", TextField(id="address", max_length=ADDRESS_MOST))
        yield self._row("paper", self._choice("paper", [(paper, f"printer.paper_{paper}") for paper in PAPERS]))
        for name in ("automatic", "notice"):
            yield self._row(name, self._choice(name, [(YES, "printer.yes"), (NO, "printer.no")]))
        yield self._row("copies", TextField(id="copies", max_length=COPIES_DIGITS))
        yield self._row("phone", TextField(id="phone", max_length=PHONE_MOST))
        yield self._row("query-url", TextField(id="query-url", max_length=ADDRESS_MOST))
        yield Sentence(id="state")

    def _row(self, name: str, field: Widget) -> Horizontal:
        label = TextLine(self.words.say(f"printer.{name.replace('-', '_')}"))
        return Horizontal(label, field, classes="row", id=f"row-{name}")

    def _choice(self, name: str, choices: list[tuple[str, str]]) -> ChoiceLine:
        return ChoiceLine([(value, self.words.say(label)) for value, label in choices], choices[0][0], id=name)

    async def begin(self) -> None:
        """What was chosen, among what this computer has."""
        jobs = self.counter.printing
        read = await self.asked(lambda: (jobs.setting(), jobs.papers(), jobs.found()))
        if read is None:
            return
        setting, papers, found = read
        self._fill(setting, papers)
        ways = self.query_one("#ways", RowList)
        rows = self._ways(setting, found)
        ways.styles.height = min(WAYS_MOST, len(rows))
        ways.show(rows)
        ways.action_move(self._place_of(setting, rows))
        ways.focus()
        self._moved()
        self.call_after_refresh(self._remember)

    def _fill(self, setting: PrinterSetting, papers: PaperSettings) -> None:
        address = setting.target.removeprefix("tcp://") if setting.kind != "system" else ""
        for name, value in (
            ("address", address),
            ("copies", str(setting.copies)),
            ("phone", papers.phone),
            ("query-url", papers.query_url),
        ):
            self.query_one(f"#{name}", TextField).value = value
        self._choose("paper", setting.paper)
        self._choose("automatic", YES if setting.automatic else NO)
        self._choose("notice", YES if setting.notice else NO)

    def _choose(self, name: str, value: str) -> None:
        self.query_one(f"#{name}", ChoiceLine).choose(value)

    def _ways(self, setting: PrinterSetting, found: tuple[Found, ...]) -> list[Row]:
        """What was found, what was chosen and is not there now, and what can always be chosen."""
        say = self.words.say
        targets = {each.target: each.state for each in found}
        fixed = setting.kind == "folder" or setting.target.startswith("tcp://")
        if setting.target and not fixed and setting.target not in targets:
            targets[setting.target] = "gone"  # type: ignore[assignment]  # what no look can find
        rows = [
            Row(("found", target, state), (target, say(f"printer.{_sort(target)}"), say(f"printer.state_{state}")))
            for target, state in targets.items()
        ]
        return rows + [
            Row((way, "", ""), (say(f"printer.{way}"), say(f"printer.{way}_for"), ""))
            for way in (NETWORK, FOLDER, NONE)
        ]

    def _place_of(self, setting: PrinterSetting, rows: list[Row]) -> int:
        way = "found" if setting.target else NONE
        if setting.target.startswith("tcp://"):
            way = NETWORK
        elif setting.kind == "folder":
            way = FOLDER
        wanted = (way, setting.target if way == "found" else "")
        return next((place for place, row in enumerate(rows) if row.key[:2] == wanted), 0)

    def _remember(self) -> None:
        self._saved = self._typed()

    @on(RowList.Moved, "#ways")
    def _moved(self) -> None:
        """Another printer: what is to be known of it, and whether an address is typed."""
        row = self.query_one("#ways", RowList).current
        if row is None:
            return
        way, target, state = row.key
        self.query_one("#row-address").display = way in TYPED_WAYS
        note = f"printer.note_{state or way}" if state != "ready" else f"printer.note_{_sort(target)}"
        more = self.words.say("printer.windows") if sys.platform == "win32" else ""
        self.query_one("#note", Sentence).say(self.words.say(note) + more)

    def on_row_list_opened(self, event: RowList.Opened) -> None:
        """Enter: on to the fields."""
        event.stop()
        self.focus_next()

    def on_input_submitted(self, event: TextField.Submitted) -> None:
        """Enter: the next field."""
        event.stop()
        self.focus_next()

    def on_choice_line_submitted(self, event: ChoiceLine.Submitted) -> None:
        """Enter: the next field."""
        event.stop()
        self.focus_next()

    def on_key(self, event: events.Key) -> None:
        """Another key than Esc: the next Esc asks again."""
        self._left_once = self._left_once and event.key == "escape"

    def _typed(self) -> Typed:
        from screens.papers.printer_setting import Typed  # noqa: PLC0415

        row = self.query_one("#ways", RowList).current
        way, target, _state = row.key if row is not None else (NONE, "", "")
        return Typed(
            way=way,
            target=target,
            address=self._text("address") if way in TYPED_WAYS else "",
            paper=self.query_one("#paper", ChoiceLine).value,
            automatic=self.query_one("#automatic", ChoiceLine).value == YES,
            notice=self.query_one("#notice", ChoiceLine).value == YES,
            copies=self._text("copies"),
            phone=self._text("phone"),
            query_url=self._text("query-url"),
        )

    def _text(self, name: str) -> str:
        return self.query_one(f"#{name}", TextField).value

    async def action_save(self) -> None:
        """Keeps what stands here."""
        typed = self._typed()
        if await self._checked(lambda: self.counter.printing.save(typed)) is not None:
            self._saved = typed
            self.tell(self.words.say("printer.saved"))

    async def action_trial(self) -> None:
        """Prints a trial page as it stands here, kept or not."""
        typed = self._typed()
        future = await self._checked(lambda: self.counter.printing.trial(typed, self.words))
        if future is not None:
            self.tell("")
            await self.start_printing(TRIAL, lambda: future)

    async def _checked(self, verb: Callable[[], Answer]) -> Answer | None:
        """Runs a verb; trouble at a field is told and brings the keys there."""
        try:
            return await asyncio.to_thread(verb)
        except StationError as error:
            self.tell(self.words.error(error))
            self.app.bell()
            name = str(error.fields.get("field", ""))
            for field in self.query(f"#{FIELDS.get(name, name)}") if name else ():
                field.focus()
            return None

    def printing_changed(self) -> None:
        """How the trial page came out."""
        report = self.printing.get(TRIAL)
        said = self.words.say("printing.now") if report is None else ending(self.words, report)
        more = self.words.say("printer.look_at_it") if report is not None and report.error is None else ""
        self.query_one("#state", Sentence).say(f"{said} {more}".rstrip())

    def action_back(self) -> None:
        """Back; what is not kept yet is said once."""
        if self._saved is not None and self._typed() != self._saved and not self._left_once:
            self._left_once = True
            self.tell(self.words.say("printer.not_saved"))
            return
        super().action_back()


def _sort(target: str) -> str:
    """What kind of printer stands behind a target that was found or kept."""
    if target.startswith("cups:"):
        return "system"
    if "/tty" in target:
        return "serial"
    return "device" if target.startswith("/dev/") else "file"
