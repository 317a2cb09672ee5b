"""`take`, `act`, `attach`, `cases`, `case`: what a clerk does to cases, from the command line."""

from __future__ import annotations

from argparse import Namespace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from screens import json_lines, wiring
from screens.context import Context, table
from station.errors import BadInput

if TYPE_CHECKING:
    from station.case import Case
    from station.case_queue import Stand
    from station.database import Database
    from station.desk import Done
    from station.item import Item


def take(context: Context, args: Namespace) -> int:
    """Intakes, one JSON object a line."""
    with wiring.station_base(context.home) as database:
        clerk = wiring.signed_in(database, context.clerk)
        desk = wiring.desk(database)
        return json_lines.run(context, args.file, lambda line: _taken(context, desk.take(line, clerk)))


def act(context: Context, args: Namespace) -> int:
    """Acts on cases, one a line."""
    with wiring.station_base(context.home) as database:
        clerk = wiring.signed_in(database, context.clerk)
        desk = wiring.desk(database)
        return json_lines.run(context, args.file, lambda line: _acted(desk.act(line, clerk)))


def attach(context: Context, args: Namespace) -> int:
    """A scan or file for one material: kept, hashed and recorded; it travels later."""
    from station.materials import Materials  # noqa: PLC0415

    key = wiring.base_key(context.home)
    with wiring.station_base(context.home) as database:
        clerk = wiring.signed_in(database, context.clerk)
        kept = Materials(context.home, key, wiring.chance).keep_file(Path(args.file))
        done = wiring.desk(database).attach(args.case, args.material, kept, args.file, clerk)
        return context.answer(_acted(done) | {"sha256": kept.sha256, "size": kept.size, "at_hub": False})


def cases(context: Context, args: Namespace) -> int:
    """A list of cases. No identity numbers: they stay behind `case`, which is audited."""
    import msgspec  # noqa: PLC0415

    from station import case_lists  # noqa: PLC0415

    wanted = case_lists.Wanted(
        status=args.status,
        due_before=day_of(args.due_before),
        text=args.text,
        division=args.division,
        limit=args.limit,
    )
    with wiring.station_base(context.home) as database:
        wiring.signed_in(database, context.clerk)
        with database.reading() as reader:
            rows = [msgspec.structs.asdict(row) for row in case_lists.cases(reader, wanted)]
    return context.answer(rows, lambda: listed(context, rows))


def case(context: Context, args: Namespace) -> int:
    """One case whole, unmasked for the clerk who signed in; the read is written down first."""
    with wiring.station_base(context.home) as database:
        clerk = wiring.signed_in(database, context.clerk)
        found = case_document(database, args.case, clerk.name)
    return context.answer(found, lambda: shown(context, found))


class SeenCase(NamedTuple):
    """A case as it was shown. `stand` has the base of what is done from there, and tells whether it is still so."""

    document: dict[str, Any]
    case: Case
    item: Item
    stand: Stand


def case_document(database: Database, ref: str, clerk: str) -> dict[str, Any]:
    """The case as scripts see it: both ends say the same of it."""
    return seen_case(database, ref, clerk).document


def seen_case(database: Database, ref: str, clerk: str) -> SeenCase:
    """The case whole. Who reads personal data is in the chained read audit before he sees it."""
    from station import case_queue, read_audit, replica  # noqa: PLC0415
    from station.case_document import document  # noqa: PLC0415
    from sync.settling import open_of  # noqa: PLC0415

    device = wiring.identity(database).device
    with database.reading() as reader:
        case_id = replica.find(reader, ref)
    with database.changing() as rows:
        read_audit.append(rows, at=wiring.clock.now_ms(), clerk=clerk, case_id=case_id, what="case")
    with database.reading() as reader:
        found = replica.work(reader, case_id)
        calendar = replica.calendar(reader)
        conflicts = [each.document(device) for each in open_of(reader, case_id)]
        stand = case_queue.stand(reader, case_id)
    assert stand is not None
    shown_as = document(found.case, found.item, calendar, conflicts=conflicts, sync=found.sync)
    return SeenCase(shown_as, found.case, found.item, stand)


def listed(context: Context, rows: list[dict[str, Any]]) -> str:
    """Cases as a table for people."""
    words = context.words
    names = ("number", "name", "item_name", "status", "due", "sync")
    shown_as = {"status": words.state, "sync": words.sync}
    cells = [
        [shown_as[name](row[name]) if name in shown_as else row.get(name, row["item"]) for name in names]
        for row in rows
    ]
    return table(cells, [words.say(f"column.{name}") for name in names])


def shown(context: Context, found: dict[str, Any]) -> str:
    """One case for people: who, what, where it stands, what is missing, what happened."""
    words = context.words
    applicant = found["applicant"]
    top = [
        (words.say("column.number"), found["number"]),
        (words.say("column.item"), found["item_name"]),
        (words.say("column.status"), words.state(found["status"])),
        (words.say("column.name"), applicant["name"]),
        (words.say("column.id_no"), applicant["id_no"]),
        (words.say("column.phone"), applicant["phone"]),
        (words.say("column.address"), applicant["address"]),
        (words.say("column.missing"), "、".join(found["missing_labels"])),
        (words.say("column.sync"), words.sync(found["sync"])),
    ]
    due = [(words.say(f"column.due_{name}"), day) for name, day in found["due"].items() if isinstance(day, str)]
    acts = [
        (line["at"], words.act(line["act"]), line["by"], words.state(line["to"]), words.rule(line["rule"]))
        for line in found["history"]
    ]
    titles = [words.say(f"column.{name}") for name in ("at", "act", "by", "status", "rule")]
    return table(top[1:] + due, top[0]) + "\n\n" + table(acts, titles)


def _taken(context: Context, done: Done) -> dict[str, Any]:
    for warning in done.warnings:
        context.say(context.words.warning(warning))
    answer = _acted(done) | {"missing": list(done.missing)}
    if done.warnings:
        answer["warnings"] = list(done.warnings)
    if done.known:
        answer["known"] = True
    return answer


def _acted(done: Done) -> dict[str, Any]:
    return {"case": done.case, "number": done.number, "status": done.status, "due": done.due}


def day_of(text: str | None) -> date | None:
    """The day of `--due-before`. Raises BadInput `date_form`."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadInput("date_form", field="due_before") from None
