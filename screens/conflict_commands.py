"""`conflicts` and `problems`: what waits for a person, and what did not take effect."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING, Any

from screens import wiring
from screens.context import Context, table

if TYPE_CHECKING:
    from station.database import Database
    from sync.conflict import Conflict

COLUMNS = ("case", "field", "base", "mine", "theirs", "by", "at", "rule")


def conflicts(context: Context, args: Namespace) -> int:
    """Leads to list, show or settle. Values are personal data: the read is audited."""
    with wiring.station_base(context.home) as database:
        clerk = wiring.signed_in(database, context.clerk)
        if args.conflicts_command == "settle":
            return _settle(context, args, database, clerk)
        from sync import settling  # noqa: PLC0415

        one = args.conflicts_command == "show"
        found = [settling.one(database, args.id)] if one else settling.waiting(database)
        _audit(database, clerk.name, found)
        device = wiring.identity(database).device
    documents = [each.document(device) for each in found]
    if args.conflicts_command == "show":
        return context.answer(documents[0])
    return context.answer(documents, lambda: shown(context, documents))


def _settle(context: Context, args: Namespace, database: Database, clerk: Any) -> int:
    from sync import settling  # noqa: PLC0415

    device = wiring.identity(database).device
    choice = {"take": args.take, "value": args.value, "reason": args.reason}
    done = settling.settle(database, wiring.desk(database), clerk, device, args.id, **choice)
    answer = {"case": done.case, "number": done.number, "status": done.status, "due": done.due, "conflict": args.id}
    return context.answer(answer)


def _audit(database: Database, clerk: str, found: list[Conflict]) -> None:
    from station import read_audit  # noqa: PLC0415

    if not found:
        return
    with database.changing() as rows:
        for case_id in dict.fromkeys(each.case for each in found):
            read_audit.append(rows, at=wiring.clock.now_ms(), clerk=clerk, case_id=case_id, what="conflict")


def shown(context: Context, documents: list[dict[str, Any]]) -> str:
    """Conflicts as a table for people."""
    words = context.words
    rows = [[each["id"], *(each[name] for name in COLUMNS[:-1]), words.rule(each["rule"])] for each in documents]
    return table(rows, [words.say("column.conflict"), *(words.say(f"column.{name}") for name in COLUMNS)])


def problems(context: Context, _args: Namespace) -> int:
    """Rejected, quarantined and waiting operations, with the reason and what to do."""
    from station import case_lists  # noqa: PLC0415
    from station.errors import StationError  # noqa: PLC0415

    with wiring.station_base(context.home) as database, database.reading() as reader:
        found = case_lists.problems(reader)
    for each in found:
        error = dict(each["error"])
        each["words"] = context.words.error(StationError(str(error.pop("code")), **error))
    titles = [context.words.say(f"column.{name}") for name in ("at", "act", "by", "case", "rule", "reason")]
    rows = [
        (each["at"], context.words.act(each["act"]), each["by"], each["case"], each["rule"], each["words"])
        for each in found
    ]
    return context.answer(found, lambda: table(rows, titles))
