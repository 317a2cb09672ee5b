"""The sync: whether the hub can be reached and why not, how far a sync has come, what waits, how the last ones went."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from screens import hub_status
from screens.hub_status import Known
from screens.pages.frame import CounterPage
from screens.widgets.key_bar import KeyLabel
from screens.widgets.row_cells import Column
from screens.widgets.row_list import RowList
from screens.widgets.row_window import Row
from screens.widgets.status_bar import Meter, SyncStatus, drawn, said
from screens.widgets.text_lines import Fact, Facts, TextLine
from station.errors import StationError

if TYPE_CHECKING:
    from screens.hub_watch import HubWatch
    from screens.sync_process import SyncState
    from station.outbox import Attempt, Waiting

COLUMNS = (Column(12), Column(10), Column(8), Column(11), Column(14, grows=True))
METER_CELLS = 26


def _keys(*, running: bool) -> tuple[KeyLabel, ...]:
    return (
        KeyLabel("f1", "key.help"),
        KeyLabel("f5", "key.sync", "sync_page.running" if running else None),
        KeyLabel("f6", "key.stop", None if running else "sync_page.not_running"),
        KeyLabel("enter", "key.open"),
        KeyLabel("escape", "key.back"),
        KeyLabel("f10", "key.menu"),
    )


class SyncPage(CounterPage):
    """What the status line has no room for."""

    CSS = """
    SyncPage #state { height: auto; }
    SyncPage #phase { margin-top: 1; }
    SyncPage .listing { margin-top: 1; }
    """
    title_id = "sync_page.title"
    help_steps = ("sync_page.help_state", "sync_page.help_now", "sync_page.help_rows")
    keys: ClassVar[tuple[KeyLabel, ...]] = _keys(running=False)
    commit_keys = frozenset()
    BINDINGS: ClassVar[list[BindingType]] = [Binding("f6", "stop", show=False)]

    @property
    def hub(self) -> HubWatch:
        """What goes on with the hub."""
        return self.app.hub  # type: ignore[attr-defined, no-any-return]

    def body(self) -> ComposeResult:
        """The state, the meters, what waits and the last attempts."""
        yield Facts(id="state")
        for name in ("phase", "up", "down"):
            yield TextLine(id=name)
        with Vertical(classes="listing"):
            yield RowList(COLUMNS, id="rows")
            yield Facts(id="attempts")

    async def begin(self) -> None:
        """All of it as it stands."""
        self.query_one("#rows").focus()
        self._paint()
        await self.look_again()

    async def look_again(self) -> None:
        """Reads what waits anew."""
        found = await self.asked(self.counter.waiting)
        if found is None:
            return
        waiting, problems, attempts = found
        self._read_for = self._counts()
        rows = [*map(self._waiting, waiting), *map(self._problem, problems)]
        if rows != self.query_one("#rows", RowList).window.rows:
            self.query_one("#rows", RowList).show(rows)
        self.query_one("#attempts", Facts).show(self._attempts(attempts))

    def show_status(self, status: SyncStatus) -> None:
        """The line has changed, and what this page shows with it."""
        super().show_status(status)
        if not self.is_mounted or not getattr(self, "_begun", False):
            return
        self._paint()
        if self._counts() != self._read_for:
            self._read_for = self._counts()
            self.run_worker(self.look_again())

    _read_for: tuple[Any, ...] = ()

    def _counts(self) -> tuple[Any, ...]:
        """What the rows depend on."""
        glance = self.hub.glance
        return glance.pending, glance.problems, glance.contact, glance.failed

    def _paint(self) -> None:
        known = self.hub.known
        self.query_one("#state", Facts).show(self._state(known))
        for name, text in zip(("phase", "up", "down"), self._progress(known.running), strict=True):
            self.query_one(f"#{name}", TextLine).say(text)
        self.show_keys(_keys(running=self.hub.process.running))

    def _state(self, known: Known) -> list[Fact]:
        say = self.words.say
        parts = [*hub_status.why(known), hub_status.contact(known.glance.contact, known.now_ms)]
        text = "  ".join(said(self, part) for part in parts)
        facts = [Fact(say("sync_page.state"), f"[{say(hub_status.state(known))}] {text}")]
        if (trouble := self.hub.trouble) is not None and known.running is None:
            facts.append(Fact(say("sync_page.reason"), self._sentence(trouble), loud=True))
        return [*facts, Fact(say("sync_page.next"), self._plan(known))]

    def _sentence(self, trouble: StationError) -> str:
        pid = trouble.fields.get("pid") if trouble.code == "busy" else None
        return self.words.error(trouble) + (self.words.say("sync_page.by_process", pid=pid) if pid else "")

    def _plan(self, known: Known) -> str:
        if known.running is not None:
            return self.words.say("sync_page.now")
        planned = self.words.say("sync_page.none_planned")
        if known.next_ms is not None:
            planned = self.words.say("status.next", at=hub_status.time_of(known.next_ms, known.now_ms))
        return f"{planned}  {self.words.say('sync_page.now')}"

    def _progress(self, running: SyncState | None) -> tuple[str, str, str]:
        """The three lines below the state: what is being done, what goes up, what comes down."""
        if running is None:
            return self.words.say("sync_page.idle"), "", ""
        phase, left = said(self, hub_status.phase(running)), said(self, hub_status.time_left(running))
        return f"{phase}  {left}", self._up(running), self._down(running)

    def _up(self, running: SyncState) -> str:
        share = max(running.done, running.sent) / running.total if running.total else 1.0
        return self.words.say(
            "sync_page.up",
            meter=drawn(Meter(share), METER_CELLS),
            done=running.done,
            total=running.total,
            size=hub_status.size(running.bytes_up),
        )

    def _down(self, running: SyncState) -> str:
        share = running.came / running.answer if running.answer else None
        coming = running.phase in ("receiving", "fetching")
        meter = Meter(share, running.beat) if coming else Meter(0.0)
        return self.words.say(
            "sync_page.down",
            meter=drawn(meter, METER_CELLS),
            pulled=running.pulled,
            size=hub_status.size(running.bytes_down),
        )

    def _waiting(self, act: Waiting) -> Row:
        say, now = self.words.say, self.hub.known.now_ms
        tried = say("sync_page.not_tried")
        if act.failed is not None:
            tried = said(self, hub_status.short_reason(act.failed))
        return Row(act.case, (act.number, act.name, self.words.act(act.act), hub_status.time_of(act.at, now), tried))

    def _problem(self, problem: dict[str, Any]) -> Row:
        fields = dict(problem["error"])
        sentence = self.words.error(StationError(str(fields.pop("code")), **fields))
        at = problem["at"][5:16].replace("T", " ")
        cells = (self.words.say("sync_page.problem"), problem["by"], self.words.act(problem["act"]), at, sentence)
        return Row(problem["case"], cells, "late")

    def _attempts(self, attempts: list[Attempt]) -> list[Fact]:
        say, now = self.words.say, self.hub.known.now_ms
        lines = [Fact(hub_status.time_of(each.at, now), self._attempt(each), bool(each.failed)) for each in attempts]
        return [Fact("", say("sync_page.attempts")), *(lines or [Fact("", say("sync_page.no_attempts"))])]

    def _attempt(self, attempt: Attempt) -> str:
        fields = {"seconds": f"{attempt.seconds:.1f}", "pushed": attempt.pushed, "pulled": attempt.pulled}
        if attempt.failed is not None:
            why = said(self, hub_status.short_reason(attempt.failed))
            return self.words.say("sync_page.attempt_failed", why=why, **fields)
        size = hub_status.size(attempt.bytes_up + attempt.bytes_down)
        return self.words.say("sync_page.attempt_good", size=size, **fields)

    def on_row_list_opened(self, event: RowList.Opened) -> None:
        """Enter: the case."""
        event.stop()
        self.app.open("case", event.row.key)  # type: ignore[attr-defined]

    def action_sync(self) -> None:
        """Starts one, or says that one runs."""
        if self.hub.process.running:
            self.tell(self.words.say("sync_page.running"))
        else:
            super().action_sync()

    def action_stop(self) -> None:
        """Ends the one that runs; nothing is lost."""
        if not self.hub.process.running:
            self.tell(self.words.say("sync_page.not_running"))
            return
        self.tell(self.words.say("sync_page.stopping"))
        self.run_worker(self.hub.stop())
