"""`station hub ...`: the hub from its own command line. Every command works while the hub serves."""

from __future__ import annotations

import json
import os
import sys
from argparse import Namespace
from pathlib import Path
from typing import Any

from screens import json_lines, wiring
from screens.case_commands import day_of, listed, shown
from screens.conflict_commands import shown as conflicts_shown
from screens.context import Context, table
from station.errors import BadInput, NotAuthorised, NotYet, Refused

PIN_DIGITS = 6
CATALOGUE_BYTES_MAX = 256 * 1024 * 1024


def init(context: Context, args: Namespace) -> int:
    """Makes the home of a hub: keys, base, calendar."""
    document = new_hub(context, hosts=args.host, db=args.db, secret=os.environ.get("STATION_PASSPHRASE") or None)
    if document["plaintext_keys"]:
        context.say(context.words.say("serve.plaintext_keys"))
    return context.answer(document, lambda: context.words.say("hub.init_done", **document))


def new_hub(context: Context, *, hosts: list[str], db: str | None, secret: str | None) -> dict[str, Any]:
    """A hub in its home. Raises Refused `home_exists`, `keys_exist`."""
    from station import durable_files  # noqa: PLC0415
    from sync.hub import authority, publication, schema, settings  # noqa: PLC0415
    from sync.hub.calendar_seed import seed_document  # noqa: PLC0415
    from sync.hub.database import HubDatabase, sqlite_url  # noqa: PLC0415

    home = context.hub_home
    if (home / wiring.HUB_CONFIG).exists():
        raise Refused("home_exists", home=str(home))
    durable_files.make_folder(home)
    keys = authority.make_keys(home, hosts, wiring.clock.now_ms(), wiring.chance, secret)
    if not db:
        (home / wiring.HUB_BASE).touch(mode=0o600)  # its journals take the same mode
    database = HubDatabase(db or sqlite_url(home / wiring.HUB_BASE))
    schema.migrate(database)
    with database.writing() as session:
        settings.begin(session, wiring.chance)
        publication.publish_calendar(session, seed_document(), wiring.clock.now_ms())
    database.close()
    durable_files.write(home / wiring.HUB_CONFIG, json.dumps({"db": db, "hosts": hosts}).encode())
    return {
        "home": str(home),
        "ca": str(keys.ca_file),
        "offline_key": str(keys.ca_key_file),
        "plaintext_keys": keys.plaintext_keys,
    }


def serve(context: Context, args: Namespace) -> int:
    """Serves stations until SIGTERM or SIGINT."""
    from sync.hub import authority, server, settings  # noqa: PLC0415
    from sync.hub.asgi import make_app  # noqa: PLC0415
    from sync.hub.service import Hub  # noqa: PLC0415

    home = context.hub_home
    secret = wiring.passphrase(ask=(home / "keys" / "lock.json").exists())
    with wiring.hub_base(home) as database:
        keys = authority.open_keys(home, secret)
        ca = keys.ca_pem if args.tls == "self" else ""
        hub = Hub(database, keys.answer, wiring.clock, wiring.chance, ca_pem=ca)

        def ready(url: str) -> None:
            with database.writing() as session:
                settings.put(session, "url", url)
            server.print_ready(url)

        server.serve(
            lambda: make_app(hub),
            args.host,
            args.port,
            tls=_tls(args.tls),
            home=home,
            passphrase=secret,
            workers=args.workers,
            on_ready=ready,
        )
    return 0


def publish(context: Context, args: Namespace) -> int:
    """Publishes a catalogue, checked first; a hard fault stops it whole."""
    from sync.hub import publication  # noqa: PLC0415

    document = _json_file(args.file)
    try:
        with wiring.hub_base(context.hub_home) as database, database.writing() as session:
            found = publication.publish(session, document, wiring.clock.now_ms())
    except BadInput as refusal:
        for fault in refusal.fields.get("faults", ()):
            context.say(context.words.say("publish.fault", **fault))
        raise
    for finding in found["advice"]:
        context.say(context.words.say("publish.advice", **finding))
    return context.answer(found, lambda: context.words.say("publish.done", **found))


def calendar(context: Context, args: Namespace) -> int:
    """Publishes holidays and adjusted working days."""
    from sync.hub import publication  # noqa: PLC0415

    document = _json_file(args.file)
    with wiring.hub_base(context.hub_home) as database, database.writing() as session:
        found = publication.publish_calendar(session, document, wiring.clock.now_ms())
    return context.answer(found, lambda: context.words.say("calendar.done", **found))


def station(context: Context, args: Namespace) -> int:
    """Adds, lists or revokes stations."""
    from sync.hub import registry, settings  # noqa: PLC0415

    with wiring.hub_base(context.hub_home) as database:
        if args.station_command == "list":
            found = wiring.office(database).status()["stations"]
            return context.answer(found, lambda: _stations(context, found))
        with database.writing() as session:
            if args.station_command == "revoke":
                if args.mode != "lock":
                    raise NotYet("not_yet", what=f"revoke --mode {args.mode}")
                registry.revoke(session, args.id)
                return context.answer({"station": args.id, "state": "revoked"})
            made = registry.add_station(session, args.division, args.name, wiring.clock.now_ms(), wiring.chance)
            url = settings.get(session, "url") or _expected_url(context)
    document = {**made, "hub_url": url}
    return context.answer(document, lambda: context.words.say("station.added", **document))


def _expected_url(context: Context) -> str:
    hosts = wiring.hub_config(context.hub_home).get("hosts") or ["127.0.0.1"]
    return f"https://{hosts[0]}:8443"


def clerk(context: Context, args: Namespace) -> int:
    """Adds a person who may work. The first PIN comes from STATION_PIN, else it is made."""
    from sync.hub import registry  # noqa: PLC0415

    given = os.environ.get("STATION_PIN")
    pin = given or str(int.from_bytes(wiring.chance.token(8), "big") % 10**PIN_DIGITS).zfill(PIN_DIGITS)
    with wiring.hub_base(context.hub_home) as database, database.writing() as session:
        registry.add_clerk(session, args.name, args.role, args.division, args.body, pin)
    document = {"clerk": args.name, "pin": pin}
    return context.answer(document, lambda: context.words.say("clerk.added", **document))


def cases(context: Context, args: Namespace) -> int:
    """A list of cases at the hub."""
    from station import case_lists  # noqa: PLC0415

    if not 0 < args.limit <= case_lists.LIMIT_MAX:
        raise BadInput("limit_range", field="limit", maximum=case_lists.LIMIT_MAX)
    with wiring.hub_base(context.hub_home) as database:
        rows = wiring.office(database).cases(
            args.status, args.division, args.text, args.limit, due_before=day_of(args.due_before)
        )
    return context.answer(rows, lambda: listed(context, rows))


def case(context: Context, args: Namespace) -> int:
    """One case whole, as the hub holds it."""
    with wiring.hub_base(context.hub_home) as database:
        found = wiring.office(database).case(args.case)
    return context.answer(found, lambda: shown(context, found))


def act(context: Context, args: Namespace) -> int:
    """Acts at the hub, one a line."""
    if not context.clerk:
        raise NotAuthorised("clerk_needed")
    with wiring.hub_base(context.hub_home) as database:
        office = wiring.office(database)
        actor = office.sign_in(context.clerk, wiring.pin())
        return json_lines.run(context, args.file, lambda line: _acted(office.act(line, actor)))


def status(context: Context, _args: Namespace) -> int:
    """Stations with their last contact, what waits, and the sequence."""
    with wiring.hub_base(context.hub_home) as database:
        found = wiring.office(database).status()
    return context.answer(found, lambda: _status(context, found))


def conflicts(context: Context, args: Namespace) -> int:
    """Open conflicts of the whole hub; settling one needs --as."""
    with wiring.hub_base(context.hub_home) as database:
        office = wiring.office(database)
        if args.conflicts_command == "settle":
            if not context.clerk:
                raise NotAuthorised("clerk_needed")
            if not args.reason.strip():
                raise BadInput("reason_missing", field="reason")
            actor = office.sign_in(context.clerk, wiring.pin())
            return context.answer(office.settle(args.id, args.take, args.value, args.reason, actor))
        found = office.conflicts()
    if args.conflicts_command == "show":
        chosen = [each for each in found if each["id"] == args.id]
        if not chosen:
            raise BadInput("conflict_unknown", field="conflict", conflict=args.id)
        return context.answer(chosen[0])
    return context.answer(found, lambda: conflicts_shown(context, found))


def _acted(done: dict[str, Any]) -> dict[str, Any]:
    return {key: done[key] for key in ("case", "number", "status", "due")}


def _tls(given: str) -> Any:
    if given in ("self", "off"):
        return given
    certificate, _, key = given.partition(",")
    if not certificate or not key:
        raise BadInput("tls_form", field="tls")
    return Path(certificate), Path(key)


def _json_file(file: str) -> Any:
    """The JSON document of a file (- for standard input). Raises BadInput `file_unreadable`, `file_json`."""
    from sync.limits import Limits  # noqa: PLC0415
    from sync.strict_json import strict_json  # noqa: PLC0415

    if Path(file).suffix.lower() in (".csv", ".xlsx"):
        raise NotYet("not_yet", what=f"publish {Path(file).suffix}")
    try:
        data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as trouble:
        raise BadInput("file_unreadable", field="file", file=Path(file).name) from trouble
    try:
        return strict_json(data, Limits(block_bytes=CATALOGUE_BYTES_MAX))
    except BadInput as trouble:
        raise BadInput("file_json", field="file", reason=trouble.fields.get("reason", trouble.code)) from trouble


def _stations(context: Context, found: list[dict[str, Any]]) -> str:
    names = ("station", "name", "division", "state", "last_contact", "pending")
    titles = [context.words.say(f"column.{name}") for name in names]
    rows = [each | {"state": context.words.sync(each["state"])} for each in found]
    return table([[each[name] for name in names] for each in rows], titles)


def _status(context: Context, found: dict[str, Any]) -> str:
    rest = {key: value for key, value in found.items() if key != "stations"}
    lines = [f"{context.words.say('column.' + key)}: {value}" for key, value in rest.items()]
    return "\n".join([*lines, "", _stations(context, found["stations"])])
