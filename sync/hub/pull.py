"""What the hub tells a station: for each case of its scope that changed, the fields that changed since its cursor.

After three weeks offline a case that was touched ten times comes down once. What the station did itself and what simply
took effect is not sent back. Cases go in the order of their last change; the cursor says what is whole and how far.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Iterator

import msgspec
from sqlalchemy import Select, select
from sqlmodel import Session, col

from station import canonical
from sync import messages
from sync.hub.tables import CaseRow, HistoryRow, HubConflictRow, StationRow
from sync.merge import Mark
from sync.messages import CaseDelta, Down

OUT_OF_TURN_BYTES = 256 * 1024  # beside the verdicts in one block, whose limit is four times that
PAGE_CASES = 500  # rows looked at in one query
_CURSOR_MAC_BYTES = 6  # against a damaged cursor, not against its owner


class Cursor(msgspec.Struct, frozen=True):
    """How far a station has pulled.

    `since` is what it has whole: every change up to there. None: nothing yet, so it gets everything, its own acts too.
    `position` is how far the run that leads beyond `since` has come, in the order of the cases' last changes. The two
    are one number only when nothing is left: a case that changed early and late lies late in the run.
    """

    since: int | None
    position: int


NOTHING = Cursor(None, 0)


def read_cursor(text: str, secret: bytes, hub_epoch: int) -> Cursor:
    """The cursor behind its text. One of another epoch, or a damaged one, starts again from nothing."""
    body, _, mac = text.rpartition(".")
    if not body or not hmac.compare_digest(mac, _mac(body, secret)):
        return NOTHING
    epoch, since, position = body.split(".")
    if epoch != str(hub_epoch):
        return NOTHING
    return Cursor(int(since) if since else None, int(position))


def cursor_text(cursor: Cursor, secret: bytes, hub_epoch: int) -> str:
    """A cursor as the station keeps it: opaque to it."""
    body = f"{hub_epoch}.{'' if cursor.since is None else cursor.since}.{cursor.position}"
    return f"{body}.{_mac(body, secret)}"


def _mac(body: str, secret: bytes) -> str:
    return hashlib.blake2b(body.encode(), key=secret, digest_size=_CURSOR_MAC_BYTES).hexdigest()


class Pull:
    """One station's news, as blocks. `more` is true when the message was full before the news ended."""

    def __init__(self, session: Session, station: StationRow, cursor: Cursor, secret: bytes, hub_epoch: int) -> None:
        self._session = session
        self._station = station
        self._cursor = cursor
        self._secret = secret
        self._hub_epoch = hub_epoch
        self.more = False
        self._told: set[str] = set()

    def out_of_turn(self, case_ids: Iterable[str]) -> tuple[CaseDelta, ...]:
        """What changed in these cases, for the block of the verdicts that changed them; `blocks` leaves them out then.

        What does not fit into that block comes in its turn.
        """
        query = self._changed().where(col(CaseRow.id).in_(sorted(case_ids)))
        found: list[CaseDelta] = []
        size = 0
        for row in self._session.execute(query).scalars():
            delta = self._delta(row)
            size += len(messages.encoded(delta)) if delta else 0
            if size > OUT_OF_TURN_BYTES:
                break
            self._told.add(row.id)
            if delta is not None:
                found.append(delta)
        return tuple(found)

    def blocks(self, upto: int, budget: int) -> Iterator[Down]:
        """Blocks of deltas, at most `budget` bytes in all; each carries its own cursor.

        `upto` is the hub's sequence in the snapshot that `session` reads: a case that changed after it would be passed
        over with its earlier changes.
        """
        run: list[CaseDelta] = []
        size = spent = 0
        last = self._cursor.position  # every case up to here is in what was yielded or in `run`
        for seq, delta, weight in self._deltas(upto):
            if (run or spent) and spent + size + weight > budget:
                self.more = True
                break
            if run and size + weight > messages.BLOCK_BYTES:
                yield self._block(run, Cursor(self._cursor.since, last))
                spent, run, size = spent + size, [], 0
            if delta is not None:
                run.append(delta)
                size += weight
            last = seq
        end = Cursor(self._cursor.since, last) if self.more else Cursor(upto, upto)
        if run or end != self._cursor:
            yield self._block(run, end)

    def _block(self, run: list[CaseDelta], cursor: Cursor) -> Down:
        return Down(cases=tuple(run), cursor=cursor_text(cursor, self._secret, self._hub_epoch))

    def _deltas(self, upto: int) -> Iterator[tuple[int, CaseDelta | None, int]]:
        after = self._cursor.position
        while True:
            rows = self._page(after, upto)
            for row in rows:
                delta = None if row.id in self._told else self._delta(row)
                yield row.seq, delta, len(messages.encoded(delta)) if delta else 0
            if len(rows) < PAGE_CASES:
                return
            after = rows[-1].seq

    def _page(self, after: int, upto: int) -> list[CaseRow]:
        query = self._changed().where(col(CaseRow.seq) > after, col(CaseRow.seq) <= upto)
        return list(self._session.execute(query.order_by(col(CaseRow.seq)).limit(PAGE_CASES)).scalars())

    def _changed(self) -> Select[CaseRow]:
        """The cases of the station's scope whose last change it has not got."""
        own = col(CaseRow.division).like(f"{self._station.division}%")
        return select(CaseRow).where(own, col(CaseRow.seq) > self._cursor.position)

    def _delta(self, row: CaseRow) -> CaseDelta | None:
        marks = msgspec.json.decode(row.marks, type=dict[str, Mark])
        told = {name for name, mark in marks.items() if self._is_news(mark.seq, mark.device, mark.echo)}
        fields = canonical.decode(row.fields)
        delta = CaseDelta(
            id=row.id,
            seq=row.seq,
            whole=self._cursor.since is None,
            set={name: fields[name] for name in sorted(told) if name in fields},
            unset=tuple(sorted(name for name in told if name not in fields)),
            history=self._history(row.id),
            conflicts=self._conflicts(row.id),
        )
        return delta if delta.set or delta.unset or delta.history or delta.conflicts else None

    def _is_news(self, seq: int, device: str, echo: bool) -> bool:  # noqa: FBT001  (a fact of the row)
        if self._cursor.since is None:
            return True
        return seq > self._cursor.since and (echo or device != self._station.id)

    def _history(self, case_id: str) -> tuple[dict[str, object], ...]:
        query = select(HistoryRow).where(
            col(HistoryRow.case_id) == case_id, col(HistoryRow.seq) > (self._cursor.since or 0)
        )
        rows = self._session.execute(query.order_by(col(HistoryRow.seq))).scalars()
        return tuple(canonical.decode(row.body) for row in rows if self._is_news(row.seq, row.device, row.echo))

    def _conflicts(self, case_id: str) -> tuple[dict[str, object], ...]:
        query = select(HubConflictRow).where(
            col(HubConflictRow.case_id) == case_id, col(HubConflictRow.seq) > (self._cursor.since or 0)
        )
        return tuple(canonical.decode(row.body) for row in self._session.execute(query).scalars())
