"""`init`, `enrol`, `sync`, `status`, `verify`: a station as a whole."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from screens import wiring
from screens.context import DONE, FAILED, Context
from station.errors import BadInput, Refused

if TYPE_CHECKING:
    from station.database import Database
    from station.settings import StationIdentity
    from sync.exchange import Step
    from sync.transport import Transport

CA_BYTES_MAX = 64 * 1024
DIVISION_DIGITS = (4, 6, 9, 12)


def init(context: Context, args: Namespace) -> int:
    """Makes the home of a station: its key, its base, its name and place."""
    from station import vault  # noqa: PLC0415

    division = _division(args.division)
    if not args.name.strip():
        raise BadInput("name_empty", field="name")
    home = context.home
    if (home / wiring.BASE).exists():
        raise Refused("home_exists", home=str(home))
    mode, key = _new_key(context, args.keys)
    new_station(home, key, division, args.name.strip())
    document = {"home": str(home), "division": division, "name": args.name.strip(), "keys": mode}
    assert vault.mode(home) == mode
    return context.answer(document, lambda: context.words.say("init.done", **document))


def new_station(home: Path, key: bytes, division: str, name: str) -> None:
    """The base of a new station, with its place and name."""
    from station import schema, settings  # noqa: PLC0415
    from station.database import Database  # noqa: PLC0415
    from station.settings import StationIdentity  # noqa: PLC0415

    database = Database(home / wiring.BASE, key)
    schema.migrate(database)
    with database.writing() as session:
        settings.put_identity(session, StationIdentity(division=division, name=name))
    database.close()


def _new_key(context: Context, asked: str | None) -> tuple[str, bytes]:
    """The key of a new home: in the keyring where a safe one answers, else under a passphrase, and it says so."""
    from station import vault  # noqa: PLC0415

    home = context.home
    if (home / vault.FILE).exists():
        return vault.mode(home), wiring.base_key(home)  # an init that was cut short: the same key again
    if asked != "passphrase":
        try:
            return "keyring", vault.create(home, "keyring", None, wiring.chance)
        except Refused as refusal:
            if asked == "keyring" or refusal.code != "keyring_unavailable":
                raise
            context.say(context.words.say("init.keyring_unavailable"))
    secret = wiring.passphrase(ask=True)
    return "passphrase", vault.create(home, "passphrase", secret, wiring.chance)


def enrol(context: Context, args: Namespace) -> int:
    """Makes this station known to its hub, and ends with a first sync."""
    from sync import enrolling  # noqa: PLC0415

    ca = _ca(args.ca)
    with wiring.station_base(context.home) as database:
        with wiring.transport(args.url, ca, first_contact=not ca) as way:
            welcome = enrolling.enrol(database, way, args.url, args.code, ca, wiring.chance)
        report = _sync(context, database, Namespace(hub=None, max_bytes=None, max_seconds=None))
    document = {
        "device": welcome.device,
        "division": welcome.division,
        "name": welcome.name,
        "hub": args.url,
        "sync": report,
    }
    return context.answer(document, lambda: context.words.say("enrol.done", device=welcome.device, hub=args.url))


def sync(context: Context, args: Namespace) -> int:
    """One sync with the hub."""
    with wiring.station_base(context.home) as database:
        report = _sync(context, database, args)
    return context.answer(report, lambda: context.words.say("sync.done", **report))


def _sync(context: Context, database: Database, args: Namespace) -> dict[str, Any]:
    from sync import runner  # noqa: PLC0415

    with way_to_hub(database, args.hub) as way:
        budget = runner.Budget(args.max_bytes, args.max_seconds)
        return runner.sync(context.home, database, way, wiring.clock, budget, _progress(context))


@contextmanager
def way_to_hub(database: Database, url: str | None = None) -> Iterator[Transport]:
    """The way to the hub of this station, or to its hub at another address. Raises Refused `not_enrolled`."""
    who = wiring.identity(database)
    if not who.enrolled:
        raise Refused("not_enrolled")
    with wiring.transport(url or who.hub_url, who.ca, time_floor_ms=_time_floor(database, who)) as way:
        yield way


def _time_floor(database: Database, who: StationIdentity) -> int:
    """The latest time that the hub signed: it judges certificates, the laptop's clock does not."""
    from station import settings  # noqa: PLC0415

    with database.reading() as reader:
        contact = settings.get(reader, "last_contact", 0)
        offset = settings.get(reader, "hub_time_offset_ms", 0)
    return int(contact) + int(offset) if who.ca and contact else 0


def _progress(context: Context) -> Any:
    """A line that grows, on a terminal only."""
    if context.as_json or not sys.stderr.isatty():
        return None

    told: list[tuple[int, int]] = []

    def show(step: Step) -> None:
        reached = (step.done, step.total)
        if step.phase == "receiving" and reached not in told:
            told.append(reached)
            line = context.words.say("sync.progress", done=step.done, total=step.total)
            sys.stderr.write(f"\r{line}" + ("\n" if step.done >= step.total else ""))
            sys.stderr.flush()

    return show


def status(context: Context, _args: Namespace) -> int:
    """How this station stands, without asking the network."""
    from station import case_lists  # noqa: PLC0415

    with wiring.station_base(context.home) as database, database.reading() as reader:
        found = case_lists.standing(reader)
    return context.answer(found, lambda: _standing(context, found))


def _standing(context: Context, found: dict[str, Any]) -> str:
    words = context.words
    enrolled = words.say("truth.yes" if found["enrolled"] else "truth.no")
    shown = {**found, "state": words.sync(found["state"]), "enrolled": enrolled}
    lines = [f"{words.say('column.' + name)}: {value}" for name, value in shown.items() if value is not None]
    return "\n".join(lines)


def verify(context: Context, _args: Namespace) -> int:
    """Journal, work, read audit and files against each other. Exit 1 on a fault."""
    from station.verification import verify as check  # noqa: PLC0415

    key = wiring.base_key(context.home)
    with wiring.station_base(context.home) as database:
        found = check(database, context.home, key, wiring.chance)
    context.answer(found, lambda: _verified(context, found))
    return FAILED if found["faults"] else DONE


def _verified(context: Context, found: dict[str, Any]) -> str:
    from station.errors import Damaged  # noqa: PLC0415

    if not found["faults"]:
        return context.words.say("verify.ok", **{key: value for key, value in found.items() if key != "faults"})
    faults = [dict(each) for each in found["faults"]]
    return "\n".join(context.words.error(Damaged(str(each.pop("code")), **each)) for each in faults)


def _division(code: str) -> str:
    if not (code.isascii() and code.isdigit() and len(code) in DIVISION_DIGITS):
        raise BadInput("division_form", field="division")
    return code


def _ca(file: str | None) -> str:
    if not file:
        return ""
    try:
        data = Path(file).read_bytes()[: CA_BYTES_MAX + 1]
        if len(data) > CA_BYTES_MAX:
            raise BadInput("ca_form", field="ca")
        return data.decode("ascii")
    except OSError as trouble:
        raise BadInput("file_unreadable", field="ca", file=Path(file).name) from trouble
    except UnicodeDecodeError as trouble:
        raise BadInput("ca_form", field="ca") from trouble
