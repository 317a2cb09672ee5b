"""The desk: everything a clerk does to cases here. One verb is one transaction is one journal entry.

A verb returns only when the disk has it: what the desk said can be printed. It knows no network and no words; trouble
is a StationError with a code and a field.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from station import canonical, catalogue, drafts, journal, leases, materials, replica, settings
from station.act_request import checked_args, read_request, settled_value
from station.acts import ACTS
from station.case import Case, china_day
from station.case_document import lacking
from station.case_states import Place
from station.clerks import Clerk
from station.database import Database, Reader
from station.deadlines import clocks
from station.errors import BadInput, Refused
from station.intake import Warnings, bounded, checked_intake, takeable
from station.item import Item
from station.journal import Deed
from station.numbers import leased_number, spare_number
from station.operation import ARGS_BYTES_MAX, Base, Entry
from station.ports import Chance, Clock
from station.rights import Actor, permitted
from station.settings import StationIdentity

if TYPE_CHECKING:
    from sqlmodel import Session

REF_MAX = 200
FILE_NAME_MAX = 200
CREATING = "take"


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """What a verb answers: the case as it stands now."""

    case: str
    number: str
    status: str
    due: dict[str, Any]
    missing: tuple[str, ...] = ()
    warnings: tuple[dict[str, str], ...] = ()
    known: bool = False  # the same ref was taken before: this is that case


class Desk:
    """The verbs of one station. Give it a clerk who has signed in."""

    def __init__(self, database: Database, clock: Clock, chance: Chance) -> None:
        self._database = database
        self._clock = clock
        self._chance = chance

    @property
    def today(self) -> date:
        """The calendar day at the counter."""
        return china_day(self._clock.now_ms())

    def take(self, line: Any, clerk: Clerk, *, draft: str = "") -> Done:
        """收件: opens a case with a number that is final. The same `ref` again returns the first case.

        `draft` is the id of the draft that it was made of: it goes in the same transaction.

        Raises BadInput at a field; Refused: the item's reasons, `not_your_role`, `not_enrolled`.
        """
        if not isinstance(line, dict):
            raise BadInput("not_an_object", field="")
        ref = self._ref(line)
        from station.sessions import rows  # noqa: PLC0415  (looking must not wait for SQLModel)

        with self._database.writing() as session:
            reader = rows(session)
            if draft:
                drafts.discard(reader, draft)
            known = _case_of_ref(reader, ref)
            if known is not None:
                return _done(reader, replica.work(reader, known).case, known=True)
            return self._take(session, reader, line, clerk, ref)

    def act(self, line: Any, clerk: Clerk, *, base: Base | None = None) -> Done:
        """One act on one case, as a line asks for it. Raises BadInput at a field, Refused with the law's reason.

        `base` is what a page had shown of the case; a line without one speaks of the case as it stands now.
        """
        asked = read_request(line)
        from station.sessions import rows  # noqa: PLC0415

        with self._database.writing() as session:
            reader = rows(session)
            found = replica.work(reader, replica.find(reader, asked.case))
            args = checked_args(asked, found.case, found.item, self.today)
            return self._perform(session, reader, found, asked.act, args, clerk, base)

    def attach(self, case_ref: str, material: str, kept: materials.Blob, name: str, clerk: Clerk) -> Done:
        """A scan for one material; `kept` lies sealed on the disk already. Raises BadInput `unknown_material`."""
        from station.sessions import rows  # noqa: PLC0415

        with self._database.writing() as session:
            reader = rows(session)
            found = replica.work(reader, replica.find(reader, case_ref))
            known = found.item.material(material)
            if known is None:
                raise BadInput("unknown_material", field="material", name=material)
            materials.enter(session, kept, self._clock.now_ms())
            shown = bounded(Path(name).name, FILE_NAME_MAX, "file")
            args = {"material": known.id, "sha256": kept.sha256, "size": kept.size, "name": shown}
            return self._perform(session, reader, found, "attach", args, clerk)

    def settle(
        self, conflict: Mapping[str, Any], value: Any, reason: str, clerk: Clerk, *, typed: bool = False
    ) -> Done:
        """A person's choice between the values of a conflict: an act that names exactly the candidates seen.

        `conflict` is {"id", "case", "field", "seen"}; a `typed` value is checked as an amendment would be.
        """
        from station.sessions import rows  # noqa: PLC0415

        with self._database.writing() as session:
            reader = rows(session)
            found = replica.work(reader, conflict["case"])
            field = conflict["field"]
            if typed:
                value = settled_value(field, value, found.case, found.item, self.today)
            args = {"conflict": conflict["id"], "field": field, "value": value, "seen": conflict["seen"]}
            return self._perform(session, reader, found, "settle", args | {"reason": reason}, clerk)

    def _take(self, session: Session, reader: Reader, line: dict[str, Any], clerk: Clerk, ref: str) -> Done:
        identity = _enrolled(reader)
        item = self._item(reader, line)
        warnings = Warnings()
        args = checked_intake(line, item, self.today, warnings)
        permitted(None, CREATING, actor_of(clerk), item)
        args |= {"division": identity.division, "number": self._number(session, identity)}
        deed = Deed(act=CREATING, clerk=clerk.name, role=clerk.role, args=args)
        entry = self._journal(session, identity, deed)
        if ref:
            _keep_ref(session, ref, entry)
        case = replica.refresh(session, entry.case_id)
        return _done(reader, case, warnings=tuple(warnings))

    def _perform(
        self,
        session: Session,
        reader: Reader,
        found: replica.Work,
        act: str,
        args: dict[str, Any],
        clerk: Clerk,
        seen: Base | None = None,
    ) -> Done:
        assert act in ACTS
        identity = _enrolled(reader)
        permitted(found.case, act, actor_of(clerk), found.item, str(args.get("outcome") or ""))
        base = _seen(seen, Base(identity.hub_epoch, found.seq))
        deed = Deed(act=act, case=found.case.id, clerk=clerk.name, role=clerk.role, base=base, args=args)
        entry = self._journal(session, identity, deed)
        # The same reducer that the hub will use: an act that it refuses is taken back with the transaction.
        replica.expect(found, entry)
        return _done(reader, replica.refresh(session, found.case.id))

    def _journal(self, session: Session, identity: StationIdentity, deed: Deed) -> Entry:
        size = len(canonical.encode(deed.args))
        if size > ARGS_BYTES_MAX:
            raise BadInput("operation_too_large", field="", maximum=ARGS_BYTES_MAX, got=size)
        return journal.append(session, deed, identity.device, identity.epoch, self._clock, self._chance)

    def _number(self, session: Session, identity: StationIdentity) -> str:
        """Minted in the transaction that takes the case: never printed without it, never given twice."""
        serial = leases.take(session)
        if serial is None:
            return spare_number(identity.device_code, leases.take_spare(session))
        return leased_number(self.today.year, serial)

    def _item(self, reader: Reader, line: Mapping[str, Any]) -> Item:
        code = line.get("item")
        if not isinstance(code, str) or not code.strip():
            raise BadInput("field_missing", field="item")
        item = catalogue.newest(reader, code.strip(), self.today)
        takeable(item, self.today)
        return item

    def _ref(self, line: Mapping[str, Any]) -> str:
        ref = line.get("ref") or ""
        if not isinstance(ref, str):
            raise BadInput("not_text", field="ref")
        return bounded(ref, REF_MAX, "ref")


def _seen(shown: Base | None, now: Base) -> Base:
    """What the author had before him, also where a sync has brought more since; never more than is here.

    The hub holds the act against this base: a value that was never shown is not replaced without a word.
    """
    if shown is None:
        return now
    return shown if shown.hub_epoch != now.hub_epoch else min(shown, now, key=lambda base: base.seq)


def actor_of(clerk: Clerk) -> Actor:
    """A clerk as one who acts at this station."""
    return Actor(clerk.name, clerk.role, clerk.division, clerk.bodies, Place.STATION)


def _enrolled(reader: Reader) -> StationIdentity:
    identity = settings.identity(reader)
    if not identity.enrolled:
        raise Refused("not_enrolled")
    return identity


def _done(reader: Reader, case: Case, *, known: bool = False, warnings: tuple[dict[str, str], ...] = ()) -> Done:
    item = replica.item_of(reader, case)
    return Done(
        case=case.id,
        number=case.text("number"),
        status=case.status,
        due=clocks(case, item, replica.calendar(reader)).document(),
        missing=lacking(case, item),
        warnings=warnings,
        known=known,
    )


def _case_of_ref(reader: Reader, ref: str) -> str | None:
    if not ref:
        return None
    row = reader.execute("SELECT case_id FROM intake_ref WHERE ref = ?", (ref,)).fetchone()
    return None if row is None else str(row[0])


def _keep_ref(session: Session, ref: str, entry: Entry) -> None:
    from station.tables import IntakeRef  # noqa: PLC0415

    session.add(IntakeRef(ref=ref, op_id=entry.id, case_id=entry.case_id))
    session.flush()
