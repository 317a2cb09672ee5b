"""The hub without HTTP: bytes in, bytes out. One call answers one message of one station.

A message is authenticated before anything in it is used, its counter is used up once, its operations are committed
block by block, and what the hub answers is signed over the hash of the request.
"""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import update
from sqlmodel import Session, col

from station.errors import BadInput, NotAuthorised, Refused
from station.ports import Chance, Clock
from sync import enrolment, messages, signatures, wire
from sync.hub import publication, registry
from sync.hub.database import HubDatabase, current_number
from sync.hub.publication import Items
from sync.hub.pull import Pull, read_cursor
from sync.hub.push import Push
from sync.hub.settings import HubIdentity, identity
from sync.hub.tables import StationRow
from sync.messages import Answer, CaseDelta, Down, Hello, Settled, Up
from sync.signatures import SigningKey


class Hub:
    """The service behind the doors. Thread-safe: it keeps nothing but what never changes."""

    def __init__(
        self, database: HubDatabase, key: SigningKey, clock: Clock, chance: Chance, *, ca_pem: str = ""
    ) -> None:
        self._database = database
        self._ca_pem = ca_pem
        self._key = key
        self._clock = clock
        self._chance = chance
        self._items = Items(database)

    def sync(self, body: bytes) -> bytes:
        """The sealed answer to one sealed hello.

        Raises BadInput (wire_*, message_form), NotAuthorised (device_*), Refused (counter_used, journal_fork).
        """
        opener = wire.Opener(messages.DOMAIN_HELLO, self._public_key)
        events = opener.feed(body)
        if not events:
            raise BadInput("wire_truncated", blocks=0)
        head, *blocks = events
        assert isinstance(head, wire.Head)
        hello = messages.read(head.fields, Hello)
        known, station = self._admit(hello, head.sender)
        push = Push(self._database, self._items, self._clock, self._chance, known.epoch)
        push.begin(hello, station)
        for block in blocks:
            assert isinstance(block, wire.Block)
            push.block(messages.read(block.value, Up))
        opener.close()
        push.confirm_acceptances()
        return self._answer(known, hello, head, push)

    def pack(self, name: str) -> bytes | None:
        """An immutable pack, or None."""
        with self._database.reading() as session:
            return publication.pack(session, name)

    def enrol(self, body: bytes) -> bytes:
        """The answer to a request made with a one-time code: the same device may ask again, another may not."""
        with self._database.writing() as session:
            request = enrolment.check_request(body, lambda code_id: _code_key(session, code_id))
            row = registry.station_of_code(session, request.code_id)
            assert row is not None
            key = signatures.from_text(row.code_key, enrolment.CODE_KEY_BYTES)
            device_key = signatures.to_text(request.device_key)
            if row.state == "revoked":
                return enrolment.make_refusal(request, key, "device_revoked")
            if row.state != "invited" and row.public_key != device_key:
                return enrolment.make_refusal(request, key, "code_used")
            if row.state == "invited" and row.code_until < self._clock.now_ms():
                return enrolment.make_refusal(request, key, "code_expired")
            values = {"state": "enrolled", "public_key": device_key, "last_contact": self._clock.now_ms()}
            session.execute(update(StationRow).where(col(StationRow.id) == row.id).values(**values))
            known = identity(session)
            return enrolment.make_answer(request, key, self._welcome(row, known))

    def _welcome(self, row: StationRow, known: HubIdentity) -> dict[str, Any]:
        return {
            "device": row.id,
            "division": row.division,
            "name": row.name,
            "device_code": row.device_code,
            "epoch": row.epoch,
            "hub_epoch": known.epoch,
            "hub_key": self._key.public_text,
            "ca": self._ca_pem,
        }

    def _public_key(self, device: str) -> bytes | None:
        with self._database.reading() as session:
            row = registry.station(session, device)
            return signatures.from_text(row.public_key, signatures.PUBLIC_BYTES)

    def _admit(self, hello: Hello, sender: str) -> tuple[HubIdentity, StationRow]:
        """Uses the hello's counter up, once. Raises Refused `counter_used`, `epoch_unknown` or `protocol_version`."""
        if hello.device != sender:
            raise NotAuthorised("device_unknown")
        with self._database.writing() as session:
            station = registry.station(session, hello.device)
            if not 0 < hello.v <= messages.VERSION:
                raise Refused("protocol_version", known=messages.VERSION)
            if hello.epoch != station.epoch:
                raise Refused("epoch_unknown", epoch=station.epoch)
            if hello.counter <= station.exchange:
                raise Refused("counter_used", counter=station.exchange)
            values = {"exchange": hello.counter, "last_contact": self._clock.now_ms(), "pending_told": hello.pending}
            session.execute(update(StationRow).where(col(StationRow.id) == station.id).values(**values))
            return identity(session), station

    def _answer(self, known: HubIdentity, hello: Hello, head: wire.Head, push: Push) -> bytes:
        with self._database.writing() as session:
            station = registry.station(session, hello.device)
            left = max(0, hello.pending - push.taken)
            session.execute(update(StationRow).where(col(StationRow.id) == station.id).values(pending_told=left))
            news = self._news(session, station, hello)
            wanted = _packs_wanted(session, hello)
        with self._database.reading() as session:
            upto = current_number(session, "seq")  # of this snapshot, and of no other
            cursor = read_cursor(hello.cursor, known.secret, known.epoch)
            pull = Pull(session, station, cursor, known.secret, known.epoch)
            # A case may speak of an item that the station does not know yet: first the catalogue, then cases.
            waits = publication.CATALOGUE in wanted
            first = pull.out_of_turn(push.changed)
            cases = [] if waits else list(pull.blocks(upto, messages.MESSAGE_BYTES))
        down = _with_verdicts(news, push.settled, first, cases)
        answer = Answer(
            hub_epoch=known.epoch,
            request=head.hash,
            time=self._clock.now_ms(),
            stored=push.stored,
            more=pull.more or waits,
            packs=wanted,
        )
        return wire.seal(answer, [messages.encoded(each) for each in down], self._key, messages.DOMAIN_ANSWER)

    def _news(self, session: Session, station: StationRow, hello: Hello) -> Down:
        clerks, clerks_hash = registry.clerks_for(session, station.division)
        leases = registry.leases_for(session, station.id, hello.have.lease, hello.have.numbers, self._clock.now_ms())
        news = Down(leases=leases)
        if clerks_hash != hello.have.clerks:
            news = Down(leases=leases, clerks=tuple(clerks), clerks_hash=clerks_hash)
        return news


def _with_verdicts(news: Down, settled: list[Settled], own: tuple[CaseDelta, ...], cases: list[Down]) -> list[Down]:
    """The blocks of an answer. Verdicts and the cases that they speak of stand or fall together: no edit vanishes."""
    applied = messages.runs((each.dseq, each.seq) for each in settled if each.verdict.outcome == "applied")
    others = tuple(each for each in settled if each.verdict.outcome != "applied")
    first = cases[0] if cases else Down()
    first = msgspec.structs.replace(news, applied=applied, settled=others, cases=own + first.cases, cursor=first.cursor)
    return [each for each in (first, *cases[1:]) if each != Down()]


def _packs_wanted(session: Session, hello: Hello) -> dict[str, str]:
    current = publication.versions(session)
    have = {publication.CATALOGUE: hello.have.catalogue, publication.CALENDAR: hello.have.calendar}
    return {kind: name for kind, name in publication.packs(session).items() if have[kind] != current[kind]}


def _code_key(session: Session, code_id: str) -> bytes | None:
    row = registry.station_of_code(session, code_id)
    return None if row is None else signatures.from_text(row.code_key, enrolment.CODE_KEY_BYTES)
