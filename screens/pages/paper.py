"""A paper on the screen as it would be printed now; beside it the printer, its state, and what was printed when."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal

from screens.pages.printing import PrintingPage
from screens.widgets.key_bar import KeyLabel
from screens.widgets.sheet import SIDES, Sheet
from screens.widgets.text_lines import Fact, Facts
from station.case import china_time

if TYPE_CHECKING:
    from screens.print_jobs import Preview, Report

DOCS = ("receipt", "notice")
WIDTHS = {"1": 58, "2": 80, "3": None}  # of a preview: millimetres of a roll, or a sheet
BESIDE_LEAST = 24  # cells of the panel
COLUMNS_LEAST = 32  # of a paper


class PaperPage(PrintingPage):
    """A paper that can be looked at, printed, and changed for the other one of its case."""

    CSS = """
    #room { height: 1fr; }
    #beside { width: 1fr; padding-left: 2; }
    """
    title_id = "paper_page.title"
    help_steps = ("paper_page.help_print", "paper_page.help_other", "paper_page.help_width")
    commit_keys = frozenset()
    keys: ClassVar[tuple[KeyLabel, ...]] = (
        KeyLabel("f1", "key.help"),
        KeyLabel("ctrl+p", "key.print"),
        KeyLabel("f6", "key.other_paper"),
        KeyLabel("1-3", "key.paper_width"),
        KeyLabel("escape", "key.back"),
        KeyLabel("f10", "key.menu"),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+p", "print", show=False),
        Binding("f6", "other", show=False),
        *(Binding(digit, f"width({digit})", show=False) for digit in WIDTHS),
    ]

    def __init__(self, doc: str, case_id: str) -> None:
        super().__init__()
        self._doc, self.case_id = doc, case_id
        self._preview: Preview | None = None
        self._width: int | None = None

    def body(self) -> ComposeResult:
        """The paper, and what is known of its printing."""
        with Horizontal(id="room"):
            yield Sheet(id="paper")
            yield Facts(id="beside")

    async def begin(self) -> None:
        """Reads the paper; opening it is a read of personal data, and is written down as one."""
        self.query_one("#paper").focus()
        if await self._read(self._doc) and self._preview is not None:
            self._width = self._preview.setting.width
            self.printing = {report.doc: report for report in self._preview.failed}
            for report in self._preview.failed:
                self.tell(self.words.error(report.error) if report.error is not None else "")
            self._show()

    async def look_again(self) -> None:
        """Printed, or back from another page: the next one would bear another mark."""
        if await self._read(self._doc):
            self._show()

    async def _read(self, doc: str) -> bool:
        found = await self.asked(self.counter.printing.preview, doc, self.case_id, self.words)
        if found is not None:
            self._doc, self._preview = doc, found
        return found is not None

    def _show(self) -> None:
        from screens.papers.text import text  # noqa: PLC0415
        from screens.print_desk import columns_of  # noqa: PLC0415

        if self._preview is None:
            return
        made = self._preview.made
        self.name_place(made.number)
        room = max(COLUMNS_LEAST, self.size.width - 2 - SIDES - BESIDE_LEAST)
        columns = min(columns_of(self._width), room)
        self.query_one("#paper", Sheet).show(text(made.paper, columns).splitlines(), columns)
        self.printing_changed()

    def on_resize(self, _event: events.Resize) -> None:
        """Another width of the window may have room for another width of the paper; Textual calls the frame's too."""
        self._show()

    def printing_changed(self) -> None:
        """The panel."""
        if self._preview is None:
            return
        say, setting = self.words.say, self._preview.setting
        lines = [
            Fact(say("paper_page.printer"), setting.name or say("printer.none_chosen")),
            Fact(say("paper_page.paper"), say(f"printer.paper_{setting.paper}")),
            Fact(say("paper_page.copies"), str(setting.copies)),
        ]
        lines += [self._state(doc) for doc in self.printing]
        lines += [Fact(say("paper_page.shown"), say(f"paper_page.width_{self._width or 'sheet'}")), *self._history()]
        self.query_one("#beside", Facts).show(lines)

    def _state(self, doc: str) -> Fact:
        """How a paper went, in short: the panel is narrow, and trouble is told below."""
        report = self.printing[doc]
        if report is None or report.error is None:
            return self.printing_fact(doc)
        return Fact(self.words.say(f"printing.{doc}"), self.words.say("printing.failed"), loud=True)

    def _history(self) -> list[Fact]:
        """What left of this case, the last one first: when, which paper, by whose hand."""
        say = self.words.say
        left = self._preview.history if self._preview is not None else ()
        lines = []
        for each in reversed(left):
            when = china_time(each.at)[5:16].replace("T", " ")
            broken = "" if each.whole else say("paper_page.broken")
            lines.append(Fact("", f"{when} {say(f'printing.{each.doc}')}{broken} {each.clerk}"))
        return [Fact("", say("paper_page.left" if lines else "paper_page.never"), loud=True), *lines]

    async def action_print(self) -> None:
        """Prints what is shown."""
        if self._preview is None:
            return
        case, number = self._preview.made.case, self._preview.made.number
        await self.start_printing(self._doc, self.counter.printing.print, self._doc, case, number, self.words)

    def ended(self, report: Report) -> None:
        """The paper came out, or did not: its history is another one now."""
        super().ended(report)
        self.tell(self.words.error(report.error) if report.error is not None else "")
        self.run_worker(self.look_again(), exclusive=True)

    async def action_other(self) -> None:
        """The other paper of this case, where it has one."""
        if await self._read(DOCS[1 - DOCS.index(self._doc)]):
            self.tell("")
            self._show()

    def action_width(self, digit: int) -> None:
        """Shows the paper in another width; what is printed stays as it was set."""
        self._width = WIDTHS[str(digit)]
        self.tell("")
        self._show()
