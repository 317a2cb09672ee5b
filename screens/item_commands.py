"""`items search` and `items show`: the service catalogue from the command line."""

from __future__ import annotations

from argparse import Namespace

from screens import wiring
from screens.context import Context, table
from station.errors import BadInput

LIMIT_MAX = 1_000


def items(context: Context, args: Namespace) -> int:
    """Leads to search or show."""
    return _search(context, args) if args.items_command == "search" else _show(context, args)


def _search(context: Context, args: Namespace) -> int:
    from station import catalogue  # noqa: PLC0415
    from station.item_search import ItemIndex  # noqa: PLC0415

    if not 0 < args.limit <= LIMIT_MAX:
        raise BadInput("limit_range", field="limit", maximum=LIMIT_MAX)
    with wiring.station_base(context.home) as database, database.reading() as reader:
        entries = catalogue.entries(reader)
    found = [
        {
            "code": hit.entry.code,
            "version": hit.entry.version,
            "name": hit.entry.name,
            "department": hit.entry.department,
        }
        for hit in ItemIndex(entries).search(" ".join(args.text), args.limit)
    ]
    names = ("code", "version", "name", "department")
    titles = [context.words.say(f"column.{name}") for name in ("item", "version", "item_name", "department")]
    return context.answer(found, lambda: table([[each[name] for name in names] for each in found], titles))


def _show(context: Context, args: Namespace) -> int:
    from station import catalogue  # noqa: PLC0415
    from station.case import china_day  # noqa: PLC0415

    with wiring.station_base(context.home) as database, database.reading() as reader:
        item = catalogue.newest(reader, args.code, china_day(wiring.clock.now_ms()))
        record = catalogue.record(reader, item.code, item.version)
    shown = {"code": item.code, "version": item.version, "name": item.name, "department": item.implementing_dept}
    return context.answer(shown | record)
