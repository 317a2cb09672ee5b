"""One meeting with the hub: push and pull until level or out of rounds. What is said; `runner.py` says when.

Read, then talk, then write: no transaction is ever open while the network is. After talking, look again: the clerk may
have typed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import Any, Literal

import msgspec
import zstandard

from station import catalogue, journal, leases, replica, settings
from station.case import china_day
from station.database import Database, Reader
from station.errors import BadInput, HubRefused, NotOurHub, Refused
from station.operation import Entry
from station.ports import Clock
from station.settings import StationIdentity
from station.workdays import from_document
from sync import messages, signatures, wire
from sync.installing import CLERKS_HASH, CURSOR, Installing
from sync.limits import Limits
from sync.messages import Answer, Down, Have, Hello, Up, WireOperation
from sync.signatures import SigningKey
from sync.strict_json import strict_json
from sync.transport import Transport

ROUNDS_MAX = 1_000  # a station busier than this many messages in one meeting can go on in the next
OPERATIONS_MAX = 4_000  # of one message, whatever their size: bounds memory on a small machine
DOCUMENT_BYTES_MAX = 256 * 1024 * 1024  # a catalogue of 10,000 items is a sixth of it
COUNTER, CONTACT, HUB_TIME = "exchange_counter", "last_contact", "hub_time_offset_ms"
CATALOGUE_VERSION, CALENDAR_VERSION, NEWEST_LEASE = "catalogue_version", "calendar_version", "newest_lease"

Phase = Literal["sending", "receiving", "fetching", "installing"]


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """Where a meeting stands. How far the message under way has come is counted in the transport's traffic."""

    phase: Phase = "sending"
    done: int = 0  # operations acknowledged so far
    total: int = 0  # operations to push in all
    offered: int = 0  # of them in the message under way
    pulled: int = 0  # cases that came so far


Progress = Callable[[Step], None]


class Report(msgspec.Struct):
    """What one meeting did: the promise of `station sync --json`, without what only the runner knows."""

    pushed: int = 0
    pulled: int = 0
    level: bool = False


class Exchange:
    """Talks to the hub for one station. `progress` hears of every message, block and pack; `step` is the last of it."""

    def __init__(
        self, database: Database, transport: Transport, clock: Clock, progress: Progress | None = None
    ) -> None:
        self._database = database
        self._transport = transport
        self._clock = clock
        self._progress = progress
        self.step = Step()

    def run(self, *, until_ms: int | None = None, max_bytes: int | None = None) -> Report:
        """Exchanges until level, until the time (`elapsed_ms`) or the body bytes are spent.

        Raises HubUnreachable, HubRefused or NotOurHub; what was acknowledged before stays acknowledged.
        """
        report = Report()
        for _ in range(ROUNDS_MAX):
            more = self._round(report)
            if not more:
                report.level = True
                return report
            spent = self._transport.traffic.bytes_up + self._transport.traffic.bytes_down
            if max_bytes is not None and spent >= max_bytes:
                return report
            if until_ms is not None and self._clock.elapsed_ms() >= until_ms:
                return report
        return report

    def _round(self, report: Report) -> bool:
        """One message and its answer. True where there is more to say."""
        with self._database.reading() as reader:
            identity = _enrolled(reader)
            entries = _batch(journal.pending(reader, OPERATIONS_MAX))
            hello = _hello(reader, identity, entries, self._clock)
        hello = self._counted(hello)
        message = _sealed(hello, entries, identity)
        self._tell("sending", offered=len(entries), total=report.pushed + hello.pending)
        answer, installing = self._talk(message, identity, report)
        if entries and answer.stored < hello.first - 1:
            # It holds less than it once acknowledged: a hub restored from an old copy. Here nothing is lost.
            raise HubRefused("hub_behind", stored=answer.stored, ours=hello.first - 1)
        report.pushed += installing.installed.acknowledged
        report.pulled += len(installing.installed.cases)
        self._packs(answer)
        with self._database.reading() as reader:
            unsent = journal.pending_count(reader)
            whole_again = settings.get(reader, CURSOR, "") == ""
        stuck = bool(entries) and not installing.installed.acknowledged
        return answer.more or whole_again or (unsent > 0 and not stuck)

    def _tell(self, phase: Phase, **known: int) -> None:
        self.step = msgspec.structs.replace(self.step, phase=phase, **known)
        if self._progress is not None:
            self._progress(self.step)

    def _counted(self, hello: Hello) -> Hello:
        """The counter is kept before it is used: after a crash the next hello has a fresh one."""
        with self._database.changing() as rows:
            counter = int(settings.get(rows, COUNTER, 0)) + 1
            settings.keep(rows, COUNTER, counter)
        return msgspec.structs.replace(hello, counter=counter)

    def _talk(self, message: bytes, identity: StationIdentity, report: Report) -> tuple[Answer, Installing]:
        installing = Installing(self._database, identity.epoch, self._clock.now_ms())
        opener = wire.Opener(messages.DOMAIN_ANSWER, signatures.from_text(identity.hub_key, 32, field="hub_key"))
        answer: Answer | None = None
        for event in _events(opener, self._transport.exchange(message)):
            if isinstance(event, wire.Head):
                answer = _answer(event, wire.hash_of(message))
                self._met(answer)
                self._tell("receiving")
            else:
                self._tell("installing")
                installing.block(_down(event))
                done, pulled = installing.installed.acknowledged, len(installing.installed.cases)
                self._tell("receiving", done=report.pushed + done, pulled=report.pulled + pulled)
        if answer is None:
            raise NotOurHub("not_our_hub", reason="empty")
        return answer, installing

    def _met(self, answer: Answer) -> None:
        """The hub spoke, and signed it: keep when, and how far our clock is from its own."""
        now = self._clock.now_ms()
        with self._database.changing() as rows:
            settings.keep(rows, CONTACT, now)
            settings.keep(rows, HUB_TIME, answer.time - now)
            known = settings.identity(rows)
        if known.hub_epoch != answer.hub_epoch:
            self._begin_again(answer.hub_epoch)

    def _begin_again(self, hub_epoch: int) -> None:
        """The hub is not the one that counted our sequences: it was restored. Everything is asked for anew."""
        with self._database.writing() as session:
            identity = settings.identity(_rows(session))
            settings.put_identity(session, msgspec.structs.replace(identity, hub_epoch=hub_epoch))
            replica.forget_sequences(session)
            settings.put(session, CURSOR, "")

    def _packs(self, answer: Answer) -> None:
        """Fetches what was published since: each pack is named by its hash in the signed head."""
        for kind, name in sorted(answer.packs.items()):
            if kind in _INSTALL:
                self._tell("fetching")
                document = _unpacked(self._transport.pack(name), name)
                self._tell("installing")
                with self._database.writing() as session:
                    _INSTALL[kind](session, document, self._clock)


def _events(opener: wire.Opener, chunks: Iterator[bytes]) -> Iterator[wire.Event]:
    """What holds of the answer, as it arrives. Anything that does not hold came from somebody else."""
    try:
        for chunk in chunks:
            yield from opener.feed(chunk)
        complete = opener.close()
    except BadInput as trouble:
        raise NotOurHub("not_our_hub", reason=trouble.code) from trouble
    if not complete:
        raise NotOurHub("not_our_hub", reason="wire_truncated")


def _answer(head: wire.Head, request: str) -> Answer:
    answer = _read(head.fields, Answer)
    if answer.request != request:
        raise NotOurHub("not_our_hub", reason="other_request")
    return answer


def _down(event: wire.Event) -> Down:
    assert isinstance(event, wire.Block)
    return _read(event.value, Down)


def _read(value: Any, kind: type[messages.Message]) -> messages.Message:
    try:
        return messages.read(value, kind)
    except BadInput as trouble:
        raise NotOurHub("not_our_hub", reason=trouble.code) from trouble


def _enrolled(reader: Reader) -> StationIdentity:
    identity = settings.identity(reader)
    if not identity.enrolled:
        raise Refused("not_enrolled")
    return identity


def _batch(entries: list[Entry]) -> list[tuple[WireOperation, bytes]]:
    """As many operations as fit into one message; they are consecutive, because verdicts come in order."""
    batch: list[tuple[WireOperation, bytes]] = []
    size = 0
    for place, entry in enumerate(entries):
        wired = messages.to_wire(entry.op)
        data = messages.encoded(wired)
        consecutive = entry.op.dseq == entries[0].op.dseq + place
        if not consecutive or (batch and size + len(data) > messages.MESSAGE_BYTES):
            break
        batch.append((wired, data))
        size += len(data)
    return batch


def _hello(reader: Reader, identity: StationIdentity, batch: list[tuple[WireOperation, bytes]], clock: Clock) -> Hello:
    first = journal.pending(reader, 1)
    have = Have(
        catalogue=settings.get(reader, CATALOGUE_VERSION, 0),
        calendar=settings.get(reader, CALENDAR_VERSION, 0),
        clerks=settings.get(reader, CLERKS_HASH, ""),
        lease=max((first for first, _, _ in leases.leases(reader)), default=0),
        numbers=leases.remaining(reader),
    )
    return Hello(
        device=identity.device,
        epoch=identity.epoch,
        counter=0,
        time=clock.now_ms(),
        hub_epoch=identity.hub_epoch,
        cursor=settings.get(reader, CURSOR, ""),
        first=first[0].op.dseq if batch else 0,
        prev=first[0].prev if batch else "",
        pending=journal.pending_count(reader),
        have=have,
    )


def _sealed(hello: Hello, batch: list[tuple[WireOperation, bytes]], identity: StationIdentity) -> bytes:
    blocks = [messages.encoded(Up(tuple(run))) for run in messages.blocks_of(batch)]
    key = SigningKey(signatures.from_text(identity.signing_key, signatures.SEED_BYTES, field="signing_key"))
    return wire.seal(hello, blocks, key, messages.DOMAIN_HELLO, sender=identity.device)


def _unpacked(chunks: Iterator[bytes], name: str) -> Any:
    data = b"".join(chunks)
    if hashlib.sha256(data).hexdigest() != name:
        raise NotOurHub("not_our_hub", reason="pack_hash")
    # A frame may claim any size: what comes out is counted, not what it claims.
    document = zstandard.ZstdDecompressor().stream_reader(data).read(DOCUMENT_BYTES_MAX + 1)
    if len(document) > DOCUMENT_BYTES_MAX:
        raise NotOurHub("not_our_hub", reason="too_large")
    return strict_json(document, Limits(block_bytes=DOCUMENT_BYTES_MAX))


def _install_catalogue(session: Any, document: Any, clock: Clock) -> None:
    published = [(each["record"], each["keys"]) for each in document["items"]]
    catalogue.install(session, published, china_day(clock.now_ms()))
    settings.put(session, CATALOGUE_VERSION, document["version"])


def _install_calendar(session: Any, document: Any, _clock: Clock) -> None:
    calendar = from_document(document)
    catalogue.install_calendar(session, calendar.version, document)
    replica.refresh_all(session)  # due dates are counted, and the days have changed
    settings.put(session, CALENDAR_VERSION, calendar.version)


def _rows(session: Any) -> Reader:
    from station.sessions import rows  # noqa: PLC0415

    return rows(session)


_INSTALL: dict[str, Callable[[Any, Any, Clock], None]] = {
    "catalogue": _install_catalogue,
    "calendar": _install_calendar,
}
