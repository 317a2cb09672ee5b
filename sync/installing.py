"""What a station does with a block of the hub's answer: verdicts, cases, clerks and leases, in one transaction.

Every block may come twice and means the same the second time. The cursor moves in the transaction of its data.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import msgspec

from station import canonical, clerks, journal, leases, replica, settings
from station.case import HistoryLine
from station.clerks import PublishedClerk
from station.database import Database, Reader
from station.errors import Damaged, StationError
from station.operation import Entry
from station.reducer import changed, effect
from station.replica import Mirror
from sync.conflict import Conflict
from sync.merge import Verdict
from sync.messages import CaseDelta, Down

if TYPE_CHECKING:
    from sqlmodel import Session

CURSOR = "cursor"
CLERKS_HASH = "clerks_hash"


class Installed(msgspec.Struct):
    """What one exchange changed here."""

    acknowledged: int = 0
    cases: set[str] = msgspec.field(default_factory=set)


class Installing:
    """Installs the blocks of one answer."""

    def __init__(self, database: Database, epoch: int, now_ms: int) -> None:
        self._database = database
        self._epoch = epoch
        self._now_ms = now_ms
        self.installed = Installed()
        self._lost = False  # our mirror is not what the hub saw: the cursor stays at nothing until all came again

    def block(self, down: Down) -> None:
        """One block, in one transaction. Raises Damaged `verdict_unknown` for what we never said."""
        from station.sessions import rows  # noqa: PLC0415  (an exchange that brings nothing needs no SQLModel)

        with self._database.writing() as session:
            reader = rows(session)
            touched: set[str] = set()
            for dseq, seq, count in down.applied:
                for step in range(count):
                    touched.add(self._applied(session, reader, dseq + step, seq + step))
            for settled in down.settled:
                touched.add(self._settled(session, reader, settled.dseq, settled.seq, settled.verdict))
            for delta in down.cases:
                if self._case(session, reader, delta):
                    touched.add(delta.id)
            self._news(session, down)
            _refresh(session, touched)
        self.installed.cases |= {delta.id for delta in down.cases}

    def _applied(self, session: Session, reader: Reader, dseq: int, seq: int) -> str:
        """Our own act took effect as we saw it: the mirror gets it from our journal, not from the wire."""
        entry = self._entry(reader, dseq)
        if self._keep_verdict(session, reader, entry, Verdict("applied"), seq):
            self._mirror_own(session, reader, entry, seq)
        return entry.case_id

    def _settled(self, session: Session, reader: Reader, dseq: int, seq: int, verdict: Verdict) -> str:
        entry = self._entry(reader, dseq)
        self._keep_verdict(session, reader, entry, verdict, seq)
        return entry.case_id

    def _keep_verdict(self, session: Session, reader: Reader, entry: Entry, verdict: Verdict, seq: int) -> bool:
        if reader.execute("SELECT 1 FROM verdict WHERE op_id = ?", (entry.id,)).fetchone():
            return False
        kept = journal.Verdict(
            op_id=entry.id,
            outcome=verdict.outcome,
            rule=verdict.rule,
            code=verdict.code,
            fields=verdict.fields,
            seq=seq,
            at=self._now_ms,
        )
        journal.settle(session, kept)
        self.installed.acknowledged += 1
        return True

    def _mirror_own(self, session: Session, reader: Reader, entry: Entry, seq: int) -> None:
        known = replica.mirror(reader, entry.case_id)
        case = known.case if known else None
        try:
            item = replica.item_for(reader, case, entry)
            done = effect(case, entry, item)
        except StationError:
            # Our mirror is not what the hub saw. Ask for everything again rather than guess.
            self._ask_for_all(session)
            return
        line = msgspec.structs.replace(done.line, seq=seq)
        marks = {**(known.marks if known else {}), **dict.fromkeys(done.writes, seq)}
        after = changed(case, entry.case_id, done.writes, (line,))
        replica.put_mirror(session, Mirror(after, known.seq if known else 0, marks))

    def _case(self, session: Session, reader: Reader, delta: CaseDelta) -> bool:
        known = None if delta.whole else replica.mirror(reader, delta.id)
        if known is None and not delta.whole and "item" not in delta.set:
            self._ask_for_all(session)  # a part of a case that we do not have
            return False
        lines = [msgspec.convert(each, HistoryLine) for each in delta.history]
        writes: dict[str, Any] = {**delta.set, **dict.fromkeys(delta.unset)}
        case = changed(known.case if known else None, delta.id, writes, lines)
        marks = {**(known.marks if known else {}), **dict.fromkeys(writes, delta.seq)}
        replica.put_mirror(session, Mirror(case, delta.seq, marks))
        for each in delta.conflicts:
            _put_conflict(session, msgspec.convert(each, Conflict))
        return True

    def _news(self, session: Session, down: Down) -> None:
        for first, count in down.leases:
            leases.add(session, first, count)
        if down.clerks is not None:
            known = {clerk.name: clerk for clerk in clerks.every(_rows(session))}
            published = [msgspec.convert(each, PublishedClerk) for each in down.clerks]
            gone = set(known) - {clerk.name for clerk in published}
            clerks.install(session, published)
            clerks.dismiss(session, gone)
            settings.put(session, CLERKS_HASH, down.clerks_hash)
        if down.cursor and not self._lost:
            settings.put(session, CURSOR, down.cursor)

    def _ask_for_all(self, session: Session) -> None:
        settings.put(session, CURSOR, "")
        self._lost = True

    def _entry(self, reader: Reader, dseq: int) -> Entry:
        entry = journal.entry_at(reader, self._epoch, dseq)
        if entry is None:
            raise Damaged("verdict_unknown", dseq=dseq)
        return entry


def _refresh(session: Session, touched: Iterable[str]) -> None:
    for case_id in sorted(touched):
        replica.refresh_any(session, case_id)


def _rows(session: Session) -> Reader:
    from station.sessions import rows  # noqa: PLC0415

    return rows(session)


def _put_conflict(session: Session, conflict: Conflict) -> None:
    from station.tables import ConflictRow  # noqa: PLC0415

    body = canonical.encode(conflict).decode()
    session.merge(ConflictRow(id=conflict.id, case_id=conflict.case, state=conflict.state, seq=conflict.seq, body=body))
    session.flush()
