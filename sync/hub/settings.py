"""What a hub is: its epoch (which grows when it is restored) and the secret that marks cursors as its own."""

from __future__ import annotations

import msgspec
from sqlalchemy import insert, select, update
from sqlmodel import Session, col

from station import canonical
from station.errors import Damaged
from station.ports import Chance
from sync import signatures
from sync.hub.tables import Counter, HubSetting

SECRET_BYTES = 32
COUNTERS = ("seq", "serial", "device_code", "dseq", "catalogue")


class HubIdentity(msgspec.Struct, frozen=True):
    """The epoch and the cursor secret of this hub."""

    epoch: int
    secret: bytes


def begin(session: Session, chance: Chance) -> None:
    """A new hub: epoch 1, all counters at nothing."""
    put(session, "epoch", 1)
    put(session, "secret", signatures.to_text(chance.token(SECRET_BYTES)))
    session.execute(insert(Counter), [{"name": name, "value": 0} for name in COUNTERS])


def identity(session: Session) -> HubIdentity:
    """Raises Damaged `hub_not_begun` where `hub init` never finished."""
    epoch, secret = get(session, "epoch"), get(session, "secret")
    if not isinstance(epoch, int) or not isinstance(secret, str):
        raise Damaged("hub_not_begun")
    return HubIdentity(epoch, signatures.from_text(secret, SECRET_BYTES))


def get(session: Session, key: str) -> object:
    """A setting, or None."""
    value = session.execute(select(col(HubSetting.value)).where(col(HubSetting.key) == key)).scalar()
    return None if value is None else canonical.decode(value)


def put(session: Session, key: str, value: object) -> None:
    """Keeps a setting."""
    text = canonical.encode(value).decode()
    if get(session, key) is None:
        session.execute(insert(HubSetting).values(key=key, value=text))
    else:
        session.execute(update(HubSetting).where(col(HubSetting.key) == key).values(value=text))
