"""What pages that print have in common: the printer works beside them, and they say how it went.

A paper that fails after its page was left is told on the page that is up.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from screens.pages.frame import CounterPage
from screens.widgets.text_lines import Fact
from station.case import china_time
from station.errors import StationError

if TYPE_CHECKING:
    from textual.app import App

    from screens.print_jobs import Report
    from screens.words import Words

PRINTING = "printing"  # the group of workers that wait for a paper; no key waits for them


class PrintingPage(CounterPage):
    """A page of one case whose papers are printed beside it."""

    case_id: str = ""

    def __init__(self) -> None:
        super().__init__()
        self.printing: dict[str, Report | None] = {}  # by paper, how it went; None while it goes on

    async def start_printing(self, doc: str, ask: Callable[..., Future[Report]], *args: Any) -> None:
        """Begins a paper; its trouble, now or later, is said on this page."""
        future = await self.asked(ask, *args)
        if future is not None:
            self.printing[doc] = None
            self.printing_changed()
            self.app.run_worker(_followed(self.app, future), group=PRINTING)

    def ended(self, report: Report) -> None:
        """A paper of this page came out, or did not."""
        self.printing[report.doc] = report
        self.printing_changed()

    def printing_changed(self) -> None:
        """Shows how the papers of this page went."""

    def printing_fact(self, doc: str) -> Fact:
        """One paper and how it went, as a line of a panel."""
        report = self.printing[doc]
        said = self.words.say("printing.now") if report is None else ending(self.words, report)
        failed = report is not None and report.error is not None
        return Fact(self.words.say(f"printing.{doc}"), said, loud=failed)


async def _followed(app: App[Any], future: Future[Report]) -> None:
    """Waits for a paper and tells whom it concerns."""
    report = await asyncio.wrap_future(future)
    if not app.screen_stack:
        return  # the program is ending
    for page in app.screen_stack:
        if isinstance(page, PrintingPage) and page.case_id == report.case:
            page.call_next(_on, page, page.ended, report)
    top = app.screen
    if report.error is None or not isinstance(top, CounterPage):
        return
    app.bell()
    if not (isinstance(top, PrintingPage) and top.case_id == report.case):
        top.call_next(_on, top, top.tell, elsewhere(top.words, report, report.error))


def _on(page: CounterPage, verb: Callable[..., None], news: Any) -> None:
    """Brings news to a page when its turn comes: it may just have opened, or just be going."""
    if page.stands:
        verb(news)


def ending(words: Words, report: Report) -> str:
    """How a paper went, in a sentence."""
    if report.error is not None:
        return words.error(report.error)
    way = f"by_hand_{report.doc}" if report.ending == "by_hand" else report.ending
    said = words.say(f"printing.{way}", time=china_time(report.at)[11:16], out=report.out)
    if report.times:
        said += words.say("printing.again", times=report.times)
    return said if report.noted else said + words.say("print.not_noted")


def elsewhere(words: Words, report: Report, error: StationError) -> str:
    """The trouble of a paper whose page was left: which case, which paper, what to do."""
    paper = words.say(f"printing.{report.doc}")
    head = words.say("printing.elsewhere", number=report.number, paper=paper) if report.number else ""
    return head + words.error(error)
