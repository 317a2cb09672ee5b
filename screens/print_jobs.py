"""Printing beside the counter: one paper after the other in a thread of its own, so that no key waits for a printer.

A job never raises: it reports what happened, and the page that is up says it. The thread does not keep the program from
ending; `end` gives it a moment to finish what has begun.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import TYPE_CHECKING, Literal

import msgspec

from screens import print_desk, wiring
from screens.print_desk import Made, PrintDesk
from station import settings
from station.errors import Refused, StationError

if TYPE_CHECKING:
    from screens.papers.facts import PaperSettings
    from screens.papers.found_printers import Found
    from screens.papers.printer_setting import PrinterSetting, Typed
    from screens.papers.printers import Sent
    from screens.words import Words
    from station.clerks import Clerk
    from station.database import Database
    from station.printed import Printed

END_S = 2.0  # that the end of the program waits for a paper that is leaving
FAILED_MOST = 100  # papers that did not come out and are remembered while the program runs
TRIAL = "trial"

# How a job ended. `printed` is what a printer confirmed; `sent` went out unanswered; `kept` lies in a file; `queued`
# waits in the system's own printing; `none` and `by_hand` printed nothing, as it was set.
Ending = Literal["printed", "sent", "kept", "queued", "none", "by_hand", "failed"]


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """How a job ended. `times`: how often this paper had left before."""

    case: str
    doc: str
    number: str
    ending: Ending
    at: int
    out: str = ""
    times: int = 0
    noted: bool = True
    error: StationError | None = None


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """A paper as it would leave now, on which printer, what left of this case, and what did not since the start."""

    made: Made
    setting: PrinterSetting
    history: tuple[Printed, ...]
    failed: tuple[Report, ...]


class _Job(msgspec.Struct, frozen=True, kw_only=True):
    case: str
    doc: str
    number: str
    clerk: str
    words: Words


class PrintJobs:
    """The printing of an open counter. Verbs raise StationError; futures never do."""

    def __init__(self, database: Database, clerk: Callable[[], Clerk]) -> None:
        self._database, self._clerk = database, clerk
        self._desk = PrintDesk(database)
        self._line: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._under_way: set[tuple[str, str]] = set()
        self._failed: dict[tuple[str, str], Report] = {}  # papers that somebody still waits for
        self._guard = threading.Lock()

    def setting(self) -> PrinterSetting:
        """The printer that this station chose."""
        from screens.papers import printer_setting  # noqa: PLC0415

        with self._database.reading() as reader:
            return printer_setting.of(settings.get(reader, printer_setting.KEY, {}))

    def papers(self) -> PaperSettings:
        """What this station chose to stand on every paper."""
        from screens.papers.facts import PaperSettings  # noqa: PLC0415

        with self._database.reading() as reader:
            return msgspec.convert(settings.get(reader, print_desk.PAPERS, {}), PaperSettings)

    def save(self, typed: Typed) -> PrinterSetting:
        """Keeps what a person chose. Raises BadInput at the field that is wrong; nothing is kept then."""
        from screens.papers import printer_setting  # noqa: PLC0415

        setting, papers = printer_setting.read(typed)
        with self._database.changing() as rows:
            settings.keep(rows, printer_setting.KEY, setting)
            settings.keep(rows, print_desk.PAPERS, papers)
        return setting

    def found(self) -> tuple[Found, ...]:
        """The printers that this computer has."""
        from screens.papers import found_printers  # noqa: PLC0415

        return found_printers.found()

    def preview(self, doc: str, case: str, words: Words) -> Preview:
        """A paper to be looked at; the read is audited. Raises Refused `paper_not_now`, `nothing_to_correct`."""
        setting = self.setting()
        made = self._desk.made(print_desk.order_of(setting, doc, case, self._clerk().name), words)
        failed = tuple(report for key, report in tuple(self._failed.items()) if key[0] == made.case)
        return Preview(made=made, setting=setting, history=self._desk.history(made.case), failed=failed)

    def print(self, doc: str, case: str, number: str, words: Words) -> Future[Report]:
        """Prints a paper because a person asked for it. Raises Refused `printing_already`."""
        return self._put(_Job(case=case, doc=doc, number=number, clerk=self._clerk().name, words=words))

    def print_taken(self, doc: str, case: str, number: str, words: Words) -> Future[Report]:
        """Prints a paper of a case that was just taken, if the station chose so."""
        job = _Job(case=case, doc=doc, number=number, clerk=self._clerk().name, words=words)
        unwanted = _unwanted(self.setting(), doc)
        if unwanted is None:
            return self._put(job)
        answer: Future[Report] = Future()
        answer.set_result(_report(job, unwanted))
        return answer

    def trial(self, typed: Typed, words: Words) -> Future[Report]:
        """Prints the trial page as a person chose, saved or not. Raises BadInput, Refused `printing_already`."""
        from screens.papers import printer_setting  # noqa: PLC0415

        setting, papers = printer_setting.read(typed)
        if setting.kind == "none":
            raise Refused("printer_none")
        job = _Job(case="", doc=TRIAL, number="", clerk="", words=words)
        return self._put(job, lambda: self._tried(job, setting, papers))

    def warm_up(self) -> None:
        """Fetches beside the keys what lies between F9 and the first byte: half a second at the first case else."""
        self._do(_fetch)

    def end(self, patience_s: float = END_S) -> None:
        """The counter closes: what has begun gets a moment."""
        if self._thread is not None:
            self._line.put(None)
            self._thread.join(patience_s)
            self._thread = None

    def _put(self, job: _Job, work: Callable[[], Report] | None = None) -> Future[Report]:
        key = (job.case, job.doc)
        with self._guard:
            if key in self._under_way:
                raise Refused("printing_already")
            self._under_way.add(key)
        answer: Future[Report] = Future()
        do = work or (lambda: self._printed(job))

        def run() -> None:
            report = _safely(do, job)
            self._remember(key, report)
            self._under_way.discard(key)
            with suppress(Exception):  # nobody waits for it any more
                answer.set_result(report)

        self._do(run)
        return answer

    def _do(self, work: Callable[[], None]) -> None:
        self._line.put(work)
        with self._guard:
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="printing", daemon=True)
                self._thread.start()

    def _remember(self, key: tuple[str, str], report: Report) -> None:
        self._failed.pop(key, None)
        if report.error is not None:
            self._failed[key] = report
            for oldest in list(self._failed)[:-FAILED_MOST]:
                del self._failed[oldest]

    def _work(self) -> None:
        while (run := self._line.get()) is not None:
            run()

    def _printed(self, job: _Job) -> Report:
        from screens.papers.printer_setting import checked  # noqa: PLC0415

        setting = self.setting()
        if setting.kind == "none":
            raise Refused("printer_none")
        order = print_desk.order_of(checked(setting), job.doc, job.case, job.clerk)
        ready = self._desk.made(order, job.words)
        left = self._desk.send(ready, print_desk.parts_of(ready, job.words))
        report = _report(job, _ending(setting, left.sent), out=left.out)
        return msgspec.structs.replace(report, at=left.at, times=ready.times, noted=left.noted)

    def _tried(self, job: _Job, setting: PrinterSetting, papers: PaperSettings) -> Report:
        from screens.papers.trial import trial  # noqa: PLC0415

        words = job.words
        order = print_desk.order_of(setting, TRIAL, "", "")
        columns = print_desk.columns_of(setting.width) if setting.width else 0
        named = words.say(f"printer.paper_{setting.paper}")
        paper = trial(words, columns=columns, paper=named, target=setting.target, settings=papers)
        out = print_desk.out_of(order, TRIAL, 0)
        sent = print_desk.deliver(print_desk.bytes_of(paper, order, words), out, order)
        return _report(job, _ending(setting, sent), out=out)


def _fetch() -> None:
    with suppress(ImportError):  # what is missing is told when it is needed
        from screens.papers import escpos, notice, printer_setting, receipt  # noqa: F401, PLC0415
        from station import sessions, tables  # noqa: F401, PLC0415  (SQLModel, with which a case is written)


def _safely(do: Callable[[], Report], job: _Job) -> Report:
    try:
        return do()
    except StationError as error:
        return msgspec.structs.replace(_report(job, "failed"), error=error)
    except Exception as bug:  # a paper that cannot be made must not end the counter
        broken = StationError("print_broken", kind=type(bug).__name__)
        return msgspec.structs.replace(_report(job, "failed"), error=broken)


def _unwanted(setting: PrinterSetting, doc: str) -> Literal["none", "by_hand"] | None:
    """Why a paper of an intake is not printed by itself."""
    if setting.kind == "none":
        return "none"
    wanted = setting.automatic and (doc != "notice" or setting.notice)
    return None if wanted else "by_hand"


def _ending(setting: PrinterSetting, sent: Sent) -> Ending:
    if setting.kind == "folder":
        return "kept"
    if setting.kind == "system":
        return "queued"
    return "printed" if sent.parts and sent.confirmed == sent.parts else "sent"


def _report(job: _Job, ending: Ending, *, out: str = "") -> Report:
    return Report(case=job.case, doc=job.doc, number=job.number, ending=ending, at=wiring.clock.now_ms(), out=out)
