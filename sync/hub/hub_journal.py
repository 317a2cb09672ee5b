"""The hub's own acts as operations: the same shape, chain and reducer as a station's, with the device name `hub`."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from station import canonical
from station.operation import CHAIN_START, HUB, SALT_BYTES, Base, Entry, Operation, chained
from station.ports import Chance, Clock
from sync import signatures
from sync.hub.database import next_number
from sync.hub.tables import OperationRow


def entry(
    session: Session, clock: Clock, chance: Chance, hub_epoch: int, case_id: str, act: str, **who_and_what: Any
) -> Entry:
    """The next entry of the hub's journal. `who_and_what` is clerk, role, args and seq: the base that was looked at."""
    dseq = next_number(session, "dseq")
    op = Operation(
        device=HUB,
        epoch=hub_epoch,
        dseq=dseq,
        act=act,
        case=case_id,
        clerk=who_and_what["clerk"],
        role=who_and_what["role"],
        at=clock.now_ms(),
        base=Base(hub_epoch, who_and_what["seq"]),
        salt=signatures.to_text(chance.token(SALT_BYTES)),
        args=canonical.decode(canonical.encode(who_and_what.get("args") or {})),
    )
    return chained(op, _last_link(session, hub_epoch, dseq))


def _last_link(session: Session, hub_epoch: int, dseq: int) -> str:
    if dseq == 1:
        return CHAIN_START
    query = select(col(OperationRow.hash)).where(
        col(OperationRow.device) == HUB, col(OperationRow.epoch) == hub_epoch, col(OperationRow.dseq) == dseq - 1
    )
    return session.execute(query).scalar() or CHAIN_START
