"""`print`: a paper of a case, as text, as printer bytes or as pages, to a file, a device or a printer on a line."""

from __future__ import annotations

import base64
from argparse import Namespace
from typing import Any

from screens import print_desk, wiring
from screens.context import Context
from screens.print_desk import Left, Made, PrintDesk, PrintOrder

STDOUT = "-"


def print_paper(context: Context, args: Namespace) -> int:
    """One paper of one case. What left is noted, so that the next one is marked as a reprint."""
    from screens.words import Words  # noqa: PLC0415

    words = Words.of(args.paper_lang)
    with wiring.station_base(context.home) as database:
        clerk = wiring.signed_in(database, context.clerk)
        desk = PrintDesk(database)
        ready = desk.made(_order(args, clerk.name), words)
        parts = print_desk.parts_of(ready, words)
        if args.out == STDOUT and context.as_json:
            noted = desk.note(ready, whole=True)
            _warned(context, noted=noted)
            return context.answer(_answer(ready) | _enclosed(b"".join(parts), args.format))
        left = desk.send(ready, parts)
    _warned(context, noted=left.noted)
    return 0 if args.out == STDOUT else _told(context, ready, left)


def _order(args: Namespace, clerk: str) -> PrintOrder:
    return PrintOrder(
        doc=args.doc,
        case=args.case,
        clerk=clerk,
        out=args.out,
        format=args.format,
        width=args.width,
        page=args.page,
        font=args.font,
    )


def _answer(ready: Made) -> dict[str, Any]:
    order = ready.order
    return {
        "case": ready.case,
        "number": ready.number,
        "doc": order.doc,
        "format": order.format,
        "out": order.out,
        "copy": ready.times + 1,
    }


def _told(context: Context, ready: Made, left: Left) -> int:
    sent = left.sent
    answer = _answer(ready) | {"out": left.out, "parts": sent.parts, "bytes": sent.bytes, "confirmed": sent.confirmed}
    return context.answer(answer, lambda: context.words.say("print.done", number=ready.number, out=left.out))


def _warned(context: Context, *, noted: bool) -> None:
    if not noted:
        context.say(context.words.say("print.not_noted"))


def _enclosed(data: bytes, form: str) -> dict[str, Any]:
    """The paper inside the one JSON document."""
    if form == "txt":
        return {"text": data.decode("utf-8")}
    return {"base64": base64.b64encode(data).decode("ascii")}
