"""`print`: a paper of a case, as text, as printer bytes or as pages, to a file, a device or a printer in the network.

Reading the case is audited like any read. `on_printed` is told as soon as anything left: from then on the number is in
somebody's hand, and a commit is not undone any more but withdrawn.
"""

from __future__ import annotations

import base64
from argparse import Namespace
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec

from screens import wiring
from screens.case_commands import case_document
from screens.context import Context
from station.errors import NotYet, StationError

if TYPE_CHECKING:
    from screens.papers.facts import Facts
    from screens.papers.printers import Sent
    from screens.words import Words
    from station.database import Database
    from station.paper import Paper

SETTINGS = "papers"  # key of the station's settings
STDOUT = "-"
A4_COLUMNS = 0  # of `--width`: no receipt printer


class Printed(msgspec.Struct, frozen=True, kw_only=True):
    """A paper that left, or began to."""

    case: str
    number: str
    doc: str
    format: str
    at: int
    whole: bool


Hook = Callable[[Printed], None]


def print_paper(context: Context, args: Namespace) -> int:
    """One paper of one case."""
    makers = _makers()
    if args.doc not in makers:
        raise NotYet("not_yet", what=f"print --doc {args.doc}")
    with wiring.station_base(context.home) as database:
        clerk = wiring.signed_in(database, context.clerk)
        facts = facts_of(database, args.case, clerk.name)
    from screens.words import Words  # noqa: PLC0415

    words = Words.of(args.paper_lang)
    parts = rendered(makers[args.doc](facts, words), args, words)
    answer = {
        "case": facts.document["case"],
        "number": facts.number,
        "doc": args.doc,
        "format": args.format,
        "out": args.out,
    }
    if args.out == STDOUT and context.as_json:
        return context.answer(answer | _enclosed(b"".join(parts), args.format))
    sent = send(parts, args, facts)
    if args.out == STDOUT:
        return 0
    answer |= {"parts": sent.parts, "bytes": sent.bytes, "confirmed": sent.confirmed}
    return context.answer(answer, lambda: context.words.say("print.done", number=facts.number, out=args.out))


def facts_of(database: Database, ref: str, clerk: str) -> Facts:
    """What a paper is made from; the read is in the audit before anything is seen."""
    from screens.papers.facts import Facts, PaperSettings, day_of  # noqa: PLC0415
    from station import catalogue, replica, settings  # noqa: PLC0415

    document = case_document(database, ref, clerk)
    who = wiring.identity(database)
    with database.reading() as reader:
        found = replica.work(reader, document["case"])
        record = catalogue.record(reader, found.item.code, found.item.version)
        chosen = msgspec.convert(settings.get(reader, SETTINGS, {}), PaperSettings)
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


def made(database: Database, doc: str, ref: str, clerk: str, words: Words) -> Paper:
    """A paper of a case, for a page that shows or prints it. Raises NotYet, Refused `paper_not_now`."""
    makers = _makers()
    if doc not in makers:
        raise NotYet("not_yet", what=f"print --doc {doc}")
    return makers[doc](facts_of(database, ref, clerk), words)


def rendered(paper: Paper, args: Namespace, words: Words) -> list[bytes]:
    """The bytes of a paper, part by part where the printer cuts."""
    if args.format == "escpos":
        from screens.papers.escpos import escpos  # noqa: PLC0415

        return escpos(paper, args.width or 58)
    if args.format == "pdf":
        from screens.papers.pdf import pdf  # noqa: PLC0415

        return [pdf(paper, args.page, args.font, words.say("paper.page", page="{page}", pages="{pages}"))]
    from screens.papers.text import COLUMNS_58, COLUMNS_80, COLUMNS_A4, text  # noqa: PLC0415

    columns = {58: COLUMNS_58, 80: COLUMNS_80}.get(args.width or A4_COLUMNS, COLUMNS_A4)
    return [text(paper, columns).encode("utf-8")]


def send(parts: list[bytes], args: Namespace, facts: Facts, on_printed: Hook | None = None) -> Sent:
    """Sends the parts, and tells the hook what left, also where it broke off half-way."""
    from screens.papers import printers  # noqa: PLC0415

    def told(*, whole: bool) -> None:
        if on_printed is not None:
            on_printed(
                Printed(
                    case=facts.document["case"],
                    number=facts.number,
                    doc=args.doc,
                    format=args.format,
                    at=wiring.clock.now_ms(),
                    whole=whole,
                )
            )

    try:
        sent = printers.at(args.out).send(parts)
    except StationError as error:
        if error.fields.get("sent"):
            told(whole=False)
        raise
    told(whole=True)
    return sent


def _makers() -> dict[str, Callable[[Facts, Words], Paper]]:
    from screens.papers.notice import notice  # noqa: PLC0415
    from screens.papers.receipt import receipt  # noqa: PLC0415

    return {"receipt": receipt, "notice": notice}


def _enclosed(data: bytes, form: str) -> dict[str, Any]:
    """The paper inside the one JSON document."""
    if form == "txt":
        return {"text": data.decode("utf-8")}
    return {"base64": base64.b64encode(data).decode("ascii")}
