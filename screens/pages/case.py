"""One case whole: where it stands and its clocks, its materials, its form, what happened to it. Digits turn the parts.

Opening it is a read of personal data and is written down as one; showing a whole identity number is written down too.
"""

from __future__ import annotations

from typing import Any, ClassVar, Protocol, cast

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal

from screens.case_commands import SeenCase
from screens.case_facts import CaseFacts
from screens.case_words import due_mark
from screens.counter_cases import steps_of
from screens.pages.frame import CounterPage
from screens.widgets.key_bar import KeyLabel
from screens.widgets.reader import Reader
from screens.widgets.text_lines import Facts, TextLine
from station.act_offers import Offer
from station.case_queue import Key
from station.case_states import State

PARTS = ("standing", "materials", "answers", "history")  # by their digits
COVERED = ("standing", "answers")  # parts with numbers that are half hidden
LABEL_CELLS = {"standing": 14, "materials": 12, "answers": 30, "history": 12}
WHOLE_S = 10  # so long a whole identity number stands on the screen
NOTICE, RECEIPT = "notice", "receipt"


class Queue(Protocol):
    """The page below, where it is a list that knows what comes before and after a case."""

    async def beside(self, key: Key, by: int) -> Key | None:
        """The case before or after that one."""


class CasePage(CounterPage):
    """One case whole."""

    CSS = """
    #parts { text-style: bold; }
    CasePage #room { height: 1fr; }
    CasePage #room > Reader { width: 1fr; }
    CasePage #room > Facts { width: 38; padding-left: 2; display: none; }
    CasePage.-wide #room > Facts { display: block; }
    """
    title_id = "case.title"
    help_steps = ("case.help_parts", "case.help_acts", "case.help_beside", "case.help_number", "case.help_paper")
    commit_keys = frozenset()
    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(str(place), f"part({place})", show=False) for place in range(1, len(PARTS) + 1)),
        Binding("left", "turn(-1)", show=False),
        Binding("right", "turn(1)", show=False),
        Binding("f4", "whole", show=False),
        Binding("f6,enter", "acts", show=False),
        Binding("f7", "beside(-1)", show=False),
        Binding("f8", "beside(1)", show=False),
        Binding("ctrl+p", "paper", show=False),
        Binding("ctrl+r", "person", show=False),
    ]

    def __init__(self, case_id: str) -> None:
        super().__init__()
        self.case_id = case_id
        self._seen: SeenCase | None = None
        self._offers: tuple[Offer, ...] = ()
        self._part = 0
        self._whole = False
        self._masks: Any = None  # the timer that hides a number again
        self._queue: Queue | None = None

    @property
    def keys(self) -> tuple[KeyLabel, ...]:  # type: ignore[override]  # what F7, F8 and Ctrl+P do depends on the case
        """The keys of this page."""
        alone = None if self._queue is not None else "case.no_list"
        return (
            KeyLabel("f1", "key.help"),
            KeyLabel("f4", "key.whole_number"),
            KeyLabel("f6", "key.acts"),
            KeyLabel("f7", "key.row_before", alone),
            KeyLabel("f8", "key.row_after", alone),
            KeyLabel("ctrl+p", f"key.{self._doc}"),
            KeyLabel("ctrl+r", "key.person"),
            KeyLabel("escape", "key.back"),
            KeyLabel("f10", "key.menu"),
        )

    @property
    def _doc(self) -> str:
        """The paper that belongs to the state of the case."""
        correcting = self._seen is not None and self._seen.case.status == State.CORRECTION
        return NOTICE if correcting else RECEIPT

    def body(self) -> ComposeResult:
        """What it is, its parts by digit, one part; beside it, where there is room, the whole in short."""
        yield TextLine(id="line")
        yield TextLine(id="parts")
        with Horizontal(id="room"):
            yield Reader(label_cells=LABEL_CELLS[PARTS[0]], id="part")
            yield Facts(id="summary")

    async def begin(self) -> None:
        """Reads the case, after the audit has it."""
        below = self.app.screen_stack[-2] if len(self.app.screen_stack) > 1 else None
        self._queue = cast(Queue, below) if hasattr(below, "beside") else None
        self.query_one("#part").focus()
        await self._read()

    async def look_again(self) -> None:
        """Back from an act, or a sync brought something: reads anew only what has changed, and says what is new."""
        stand = await self.asked(self.counter.stand, self.case_id)
        before = self._seen
        if before is None or stand is None or stand == before.stand:
            return
        if await self._read() and self._seen is not None:
            self._tell_news({line.op for line in before.case.history})

    async def _read(self) -> bool:
        found = await self.asked(self._looked, self.case_id)
        if found is not None:
            self._seen, self._offers = found
            self._mask()
            self._show(stay=False)
        return found is not None

    def _looked(self, case_id: str) -> tuple[SeenCase, tuple[Offer, ...]]:
        seen = self.counter.seen_case(case_id)
        return seen, self.counter.offers(seen)

    def _tell_news(self, known: set[str]) -> None:
        """What was done here since, and what came: the last of each in one sentence."""
        assert self._seen is not None
        news = [line for line in self._seen.case.history if line.op not in known]
        device = self.app.device  # type: ignore[attr-defined]
        mine = [line for line in news if line.station == device and not line.seq]
        if mine:
            paper = self.words.say("case.print_notice") if mine[-1].act == "ask_correction" else ""
            self.tell(self.words.say("case.saved", act=mine[-1].act) + paper)
        elif news:
            self.tell(self.words.say("case.news", act=news[-1].act, by=news[-1].by))

    # What is shown.

    @property
    def _facts(self) -> CaseFacts:
        assert self._seen is not None
        steps = steps_of(self._seen.case, self._offers)
        device = self.app.device  # type: ignore[attr-defined]
        return CaseFacts(self.words, self._seen, self.counter.today, steps, device)

    def _show(self, *, stay: bool) -> None:
        if self._seen is None:
            return
        shown, facts, part = self._seen.document, self._facts, PARTS[self._part]
        self.name_place(f"{shown['applicant']['name']} {shown['item_name']}")
        due = due_mark(self.words, facts.due, self.counter.today)
        line = (shown["number"], due, self.words.state(shown["status"]), self.words.sync(shown["sync"]))
        self.query_one("#line", TextLine).say("  ".join(each for each in line if each))
        covers = {"whole": self._whole} if part in COVERED else {}
        lines = getattr(facts, part)(**covers)
        self.query_one("#part", Reader).show(lines, LABEL_CELLS[part], stay=stay)
        self.query_one("#summary", Facts).show(facts.summary())
        self.show_keys(self.keys)

    def _name_parts(self) -> None:
        if self._seen is None:
            return
        say, facts = self.words.say, self._facts
        names = [
            f"{'>' if place == self._part else ' '}{place + 1}{say(f'case.part_{part}')}"
            + (f"({facts.count(part)})" if part != "standing" else "")
            for place, part in enumerate(PARTS)
        ]
        first, last, count = self.query_one("#part", Reader).place
        more = say("case.lines", first=first, last=last, count=count) if count > last - first + 1 else ""
        self.query_one("#parts", TextLine).say("  ".join(names), more)

    def on_reader_moved(self, _event: Reader.Moved) -> None:
        """Other lines are seen."""
        self._name_parts()

    def action_part(self, number: int) -> None:
        """To a part by its digit."""
        self._part = number - 1
        self._show(stay=False)

    def action_turn(self, by: int) -> None:
        """To the next part or the last one."""
        self.action_part((self._part + by) % len(PARTS) + 1)

    async def action_whole(self) -> None:
        """Shows the identity numbers whole for a moment, after the audit has it; again hides them."""
        if self._whole:
            self._mask()
        elif await self.asked(self.counter.uncover, self.case_id):
            self._whole = True
            self._part = self._part if PARTS[self._part] in COVERED else 0
            self._masks = self.set_timer(WHOLE_S, self._mask)
            self.tell(self.words.say("case.whole", seconds=WHOLE_S))
        self._show(stay=True)

    def _mask(self) -> None:
        if self._masks is not None:
            self._masks.stop()
        self._whole, self._masks = False, None
        self._show(stay=True)

    @on(events.ScreenSuspend)
    def _covered(self) -> None:
        """Another page lies over it: nothing is whole when it comes back."""
        self._mask()

    # Where one goes from here.

    async def action_beside(self, by: int) -> None:
        """The case before or after this one, in the list that it was opened from."""
        if off := self.reason("f7"):
            self.tell(off)
            return
        if self._queue is None or self._seen is None:
            return
        found = await self._queue.beside(self._seen.stand.key, by)
        if found is None:
            self.tell(self.words.say("case.first" if by < 0 else "case.last_one"))
            self.app.bell()
        else:
            self.tell("")
            self.case_id = found[2]
            await self._read()

    def action_acts(self) -> None:
        """What may be done to it."""
        self.app.open("acts", self.case_id)  # type: ignore[attr-defined]

    def action_paper(self) -> None:
        """The paper of its state, ready to print."""
        self.app.open(self._doc, self.case_id)  # type: ignore[attr-defined]

    def action_person(self) -> None:
        """Who the applicant is, and what else he has here."""
        self.app.open("person", self.case_id)  # type: ignore[attr-defined]
