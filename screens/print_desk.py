"""Printing, one way for the command line and the pages: read, make, mark a reprint, send, note what left.

Reading the case is audited like any read. What left is noted after it left: from then on the number is in somebody's
hand, and a commit is not undone any more but withdrawn. Where even noting fails, the paper is out all the same: the
note waits in this process for the next paper.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec

from screens import wiring
from screens.case_commands import case_document
from station import printed
from station.errors import NotYet, StationError
from station.printed import Printed

if TYPE_CHECKING:
    from screens.papers.facts import Facts
    from screens.papers.printer_setting import PrinterSetting
    from screens.papers.printers import Sent
    from screens.words import Words
    from station.database import Database
    from station.paper import Paper

PAPERS = "papers"  # key of the station's settings
ENDINGS = {"txt": "txt", "pdf": "pdf", "escpos": "bin"}


class PrintOrder(msgspec.Struct, frozen=True, kw_only=True):
    """Which paper of which case, how and where to. An `out` that ends like a folder gets a file of its own."""

    doc: str
    case: str  # id or number
    clerk: str
    out: str
    format: Literal["txt", "pdf", "escpos"] = "txt"
    width: int | None = None
    page: Literal["a4", "a5"] = "a4"
    font: str = "auto"
    copies: int = 1


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """A paper that is ready to leave. `times`: how often it left before."""

    order: PrintOrder
    case: str
    number: str
    times: int
    paper: Paper


class Left(msgspec.Struct, frozen=True, kw_only=True):
    """A paper that left: how, where to, when, and whether that could be noted."""

    sent: Sent
    out: str
    at: int
    noted: bool


class PrintDesk:
    """The papers of one station. Verbs may be called from threads; who prints sends one paper after the other."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._late: list[Printed] = []  # what left and is not noted yet
        self._noting = threading.Lock()

    def made(self, order: PrintOrder, words: Words) -> Made:
        """The paper as it would leave now. Raises NotYet, BadInput `case_unknown`, Refused `paper_not_now`."""
        from screens.papers.reprint import marked  # noqa: PLC0415

        makers = _makers()
        if order.doc not in makers:
            raise NotYet("not_yet", what=f"print --doc {order.doc}")
        facts = facts_of(self._database, order.case, order.clerk)
        case = str(facts.document["case"])
        times = self._times(case, order.doc)
        paper = marked(makers[order.doc](facts, words), times, wiring.clock.now_ms(), words)
        return Made(order=order, case=case, number=facts.number, times=times, paper=paper)

    def send(self, ready: Made, parts: Sequence[bytes]) -> Left:
        """Sends the parts and notes what left, also where it broke off half-way. StationError: printer_*."""
        out = out_of(ready.order, f"{ready.number}-{ready.order.doc}", ready.times)
        try:
            sent = deliver(parts, out, ready.order)
        except StationError as error:
            if error.fields.get("sent"):
                self.note(ready, whole=False)
            raise
        noted = self.note(ready, whole=True)
        return Left(sent=sent, out=out, at=wiring.clock.now_ms(), noted=noted)

    def note(self, ready: Made, *, whole: bool) -> bool:
        """Keeps that a paper left. False where the base takes nothing now: then it is kept here for the next time."""
        order = ready.order
        line = Printed(
            case=ready.case,
            doc=order.doc,
            at=wiring.clock.now_ms(),
            clerk=order.clerk,
            format=order.format,
            whole=whole,
        )
        with self._noting:
            self._late.append(line)
            try:
                with self._database.changing() as rows:
                    for each in self._late:
                        printed.note(rows, each)
            except StationError:
                return False
            self._late.clear()
            return True

    def history(self, case: str) -> tuple[Printed, ...]:
        """What left of one case, the oldest first."""
        with self._database.reading() as reader:
            noted = printed.of_case(reader, case)
        return (*noted, *(each for each in tuple(self._late) if each.case == case))

    def _times(self, case: str, doc: str) -> int:
        return sum(each.doc == doc for each in self.history(case))


def order_of(setting: PrinterSetting, doc: str, case: str, clerk: str) -> PrintOrder:
    """What the station's setting makes of a paper."""
    return PrintOrder(
        doc=doc,
        case=case,
        clerk=clerk,
        out=setting.target,
        format=setting.format,
        width=setting.width,
        page="a5" if setting.paper == "a5" else "a4",
        copies=1 if setting.kind == "folder" else setting.copies,  # a file can be printed as often as anybody likes
    )


def parts_of(ready: Made, words: Words) -> list[bytes]:
    """The bytes of a paper in all its copies, part by part where the printer cuts. StationError: font_missing."""
    return bytes_of(ready.paper, ready.order, words) * ready.order.copies


def bytes_of(paper: Paper, order: PrintOrder, words: Words) -> list[bytes]:
    """One copy of a paper as the order wants it."""
    if order.format == "escpos":
        from screens.papers.escpos import escpos  # noqa: PLC0415

        return escpos(paper, order.width or 58)
    if order.format == "pdf":
        from screens.papers.pdf import pdf  # noqa: PLC0415

        return [pdf(paper, order.page, order.font, words.say("paper.page", page="{page}", pages="{pages}"))]
    from screens.papers.text import text  # noqa: PLC0415

    return [text(paper, columns_of(order.width)).encode("utf-8")]


def columns_of(width: int | None) -> int:
    """Columns of a roll of so many millimetres; without one, of a sheet."""
    from screens.papers.text import COLUMNS_58, COLUMNS_80, COLUMNS_A4  # noqa: PLC0415

    return {58: COLUMNS_58, 80: COLUMNS_80}.get(width or 0, COLUMNS_A4)


def deliver(parts: Sequence[bytes], out: str, order: PrintOrder) -> Sent:
    """Brings bytes to where they go. StationError: printer_*."""
    from screens.papers import printers  # noqa: PLC0415

    return printers.at(out, order.page).send(parts)


def out_of(order: PrintOrder, name: str, times: int) -> str:
    """Where an order goes: in a folder to a file of its own, so that a reprint does not replace the first paper."""
    from screens.papers.printer_setting import FOLDER_ENDS  # noqa: PLC0415

    if not order.out.endswith(FOLDER_ENDS):
        return order.out
    again = f"-{times + 1}" if times else ""
    return str(Path(order.out) / f"{name}{again}.{ENDINGS[order.format]}")


def facts_of(database: Database, ref: str, clerk: str) -> Facts:
    """What a paper is made from; the read is in the audit before anything is seen."""
    from screens.papers.facts import Facts, PaperSettings, day_of  # noqa: PLC0415
    from station import catalogue, replica, settings  # noqa: PLC0415

    document = case_document(database, ref, clerk)
    who = wiring.identity(database)
    with database.reading() as reader:
        found = replica.work(reader, document["case"])
        record = catalogue.record(reader, found.item.code, found.item.version)
        chosen = msgspec.convert(settings.get(reader, PAPERS, {}), PaperSettings)
    return Facts(
        document=document,
        case=found.case,
        item=found.item,
        station=who.name,
        division=who.division,
        today=day_of(wiring.clock.now_ms()),
        settings=chosen,
        link_phone=str(record.get("link_way") or ""),
    )


def _makers() -> dict[str, Callable[[Facts, Words], Paper]]:
    from screens.papers.notice import notice  # noqa: PLC0415
    from screens.papers.receipt import receipt  # noqa: PLC0415

    return {"receipt": receipt, "notice": notice}
